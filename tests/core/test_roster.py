"""Who may vote, as what, and who is barred and why."""

from collections.abc import Collection

import pytest

from approval_gate.core.model import Bar, Member
from approval_gate.core.roster import assemble
from tests.core.language import PEOPLE, roster

ANN, BOB, ROBOT = PEOPLE["ann"], PEOPLE["bob"], PEOPLE["robot"]


def test_a_person_is_there_once_with_every_role_in_its_order() -> None:
    found = [("lead", BOB), ("devops", ANN), ("devops", BOB), ("devops", ANN), ("sre", BOB)]
    assert assemble(found, own_id=None, writers=None, barred={}) == (
        Member(person=BOB, roles=("lead", "devops", "sre")),
        Member(person=ANN, roles=("devops",)),
    )


def test_who_was_renamed_between_two_answers_is_one_person() -> None:
    renamed = roster("ann")[0].person
    found = [("devops", ANN), ("sre", renamed)]
    assert len(assemble(found, own_id=None, writers=None, barred={})) == 1


def test_nobody_found_is_nobody() -> None:
    assert assemble([], own_id=1, writers=set(), barred={1: Bar.INITIATOR}) == ()


@pytest.mark.parametrize(
    ("who", "own", "writers", "barred", "bar"),
    [
        ("ann", None, None, None, None),
        ("ann", None, {"ann"}, None, None),
        ("ann", None, {"bob"}, None, Bar.NO_WRITE),
        ("ann", None, set(), Bar.INITIATOR, Bar.NO_WRITE),
        ("ann", None, None, Bar.INITIATOR, Bar.INITIATOR),
        ("ann", None, {"ann"}, Bar.AUTHOR, Bar.AUTHOR),
        ("ann", "bob", {"ann"}, None, None),
        ("ann", "ann", {"ann"}, Bar.INITIATOR, Bar.OWN_ACCOUNT),
        ("ann", "ann", set(), None, Bar.OWN_ACCOUNT),
        ("robot", "robot", set(), Bar.INITIATOR, Bar.BOT),
    ],
)
def test_the_gravest_reason_is_the_one_that_is_told(
    who: str, own: str | None, writers: Collection[str] | None, barred: Bar | None, bar: Bar | None
) -> None:
    (member,) = assemble(
        [("devops", PEOPLE[who])],
        own_id=PEOPLE[own].id if own else None,
        writers=None if writers is None else {PEOPLE[login].id for login in writers},
        barred={PEOPLE[who].id: barred} if barred else {},
    )
    assert member.bar is bar
