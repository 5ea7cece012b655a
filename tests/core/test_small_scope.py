"""The decision and the oracle agree; `make small-scope` compares them on a great many more scenes."""

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product
from pathlib import Path

import pytest

from approval_gate.core.verdict import Verdict
from tests.core import oracle
from tests.core.oracle import (
    Change,
    Kind,
    Moment,
    Remark,
    Scene,
    Terms,
    Who,
    all_changes,
    every_manner,
    everybody,
    scenes,
    untouched,
)
from tests.core.small_scope import decided, disagreement, disagreements, judged

OWNER_ALONE = Terms(minimum=2, owner_alone=True, reason_needed=True)
ALL_TERMS = [Terms(*each) for each in product((1, 2), (True, False), (True, False), (True, False))]


def changes(kind: Kind) -> Iterator[Change | None]:
    into = Kind.APPROVE if kind is Kind.TALK else Kind.TALK
    yield None
    yield Change(by_author=True, into=into, at_once=False)
    yield Change(by_author=False, into=into, at_once=True)
    yield Change(by_author=True, into=None, at_once=True)


@pytest.mark.parametrize("terms", ALL_TERMS, ids=str)
def test_every_single_comment_is_judged_as_the_design_says(
    terms: Terms,
) -> None:
    for remark in (*everybody(all_changes), *every_manner()):
        for scene in scenes(terms, (remark,)):
            assert not any(difference for _, difference in disagreements(scene))


def test_a_comment_after_one_that_was_changed_is_judged_as_the_design_has_it() -> None:
    for thread in product((*everybody(changes), *every_manner()), everybody(untouched)):
        for scene in scenes(OWNER_ALONE, thread):
            assert not any(difference for _, difference in disagreements(scene))


def test_a_verdict_without_its_reasons_is_that_of_the_decision() -> None:
    for thread in product(everybody(changes), everybody(untouched)):
        for scene in scenes(OWNER_ALONE, thread):
            decision, verdict = decided(scene), judged(scene)
            assert all(getattr(verdict, it.name) == getattr(decision, it.name) for it in fields(Verdict))


def test_a_required_check_that_has_not_passed_holds_every_approval() -> None:
    held = []
    for thread in product(everybody(changes), everybody(untouched)):
        for scene in scenes(OWNER_ALONE, thread):
            (right, _), *others = disagreements(scene)
            assert (right.outcome == "approved") == bool(others)
            held += [with_it.outcome for with_it, _ in others]
    assert set(held) == {None, "timed-out"}


def test_the_oracle_imports_nothing_of_the_program() -> None:
    assert "approval_gate" not in Path(oracle.__file__).read_text(encoding="utf-8")


def test_a_disagreement_is_shown_as_a_conversation() -> None:
    def forgetful(scene: Scene) -> Verdict:
        return decided(replace(scene, remarks=scene.remarks[:1]))

    denial = Remark(Who.MEMBER, Kind.DENY, Change(by_author=True, into=None, at_once=True))
    scene = Scene(OWNER_ALONE, (Remark(Who.OWNER, Kind.APPROVE), denial), Moment.BEFORE)
    told = disagreement(scene, forgetful)[1].splitlines()
    assert told == [
        "2 must approve; the owner's approval suffices alone; a denial needs a reason",
        "   10  #1 owner: approve, by hand",
        "   20  #2 member: deny with a reason, by hand",
        "   25  member deletes #2",
        "   55  the gate polls, before the deadline",
        "   60  -- the deadline --",
        "the design says: denied (denied); approvers owner; deniers member",
        "decide says:     approved (approved-alone); approvers owner",
    ]
