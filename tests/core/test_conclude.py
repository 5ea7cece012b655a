"""How a run ends, derived from everything that it read: nothing unconfirmed is ever approved."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approval_gate.core.conditions.model import Condition, RequiredDeployment, RequiredDetail, RequiredJob
from approval_gate.core.conditions.sources import sources
from approval_gate.core.facts import (
    NO_FACTS,
    Change,
    Deployed,
    Facts,
    Jobs,
    OpenIssues,
    PullRequests,
    Source,
)
from approval_gate.core.model import ChecklistItem, Code, Modification, Outcome, Rule
from approval_gate.core.record.conclude import Asked, Result, conclude
from approval_gate.core.record.model import (
    Confirmation,
    ConfirmedPolicy,
    ConfirmedTag,
    DecisionInputs,
    Failure,
    Inputs,
    StopSignal,
)
from tests.core.language import PEOPLE, minute, roster, talk
from tests.core.records import COMMIT, confirmation, facts

RULE = Rule(minimum=2, window=timedelta(minutes=60))
ABOUT = Asked(commit=COMMIT)
QUORUM = ("1 ann: approve", "2 bob: approve")
ERROR = Failure(code=Code.OUTAGE, reason="GitHub did not answer.", exit_code=5)


def people(*lines: str, now: float = 20) -> DecisionInputs:
    return DecisionInputs(rule=RULE, roster=roster("ann bob cy"), thread=talk(*lines), now=minute(now))


def concluded(*lines: str, now: float = 20, about: Asked = ABOUT, **more: Any) -> Result:
    return conclude(facts(people(*lines, now=now), **more), about)


def confirmed(**more: Any) -> Confirmation:
    return replace(confirmation(people(*QUORUM)), **more)


def test_a_confirmed_quorum_is_approved() -> None:
    result = concluded(*QUORUM)
    assert result.ending is not None
    assert (result.ending.outcome, result.ending.code, result.ending.exit_code) == (
        Outcome.APPROVED,
        Code.QUORUM,
        0,
    )
    assert result.decision is not None
    assert [member.login for member in result.decision.approvers] == ["ann", "bob"]


FIRST, *_ = confirmed().people
TAG, *_ = confirmed().tags
POLICY = ConfirmedPolicy(digest="sha256:1", at=minute(20))


@pytest.mark.parametrize(
    ("what", "about"),
    [
        (None, ABOUT),
        (confirmed(people=()), ABOUT),
        (confirmed(people=(FIRST,)), ABOUT),
        (confirmed(people=(FIRST, replace(FIRST, id=3, login="bob"))), ABOUT),
        (confirmed(people=tuple(replace(it, membership=()) for it in confirmed().people)), ABOUT),
        (confirmed(tags=()), ABOUT),
        (confirmed(tags=(replace(TAG, commit="f" * 40), TAG)), ABOUT),
        (confirmed(tags=(replace(TAG, name="v1.2.4"),)), ABOUT),
        (confirmed(tags=(replace(TAG, commit="f" * 40),)), ABOUT),
        (confirmed(tags=(TAG, replace(TAG, name="stable", commit="f" * 40))), ABOUT),
        (confirmed(), replace(ABOUT, commit="f" * 40)),
        (confirmed(), replace(ABOUT, commit=None)),
        (confirmed(), replace(ABOUT, policy="sha256:1")),
        (confirmed(policy=POLICY), ABOUT),
        (confirmed(policy=POLICY), replace(ABOUT, policy="sha256:2")),
    ],
)
def test_a_quorum_is_not_approved_unless_all_that_it_rests_on_was_confirmed(
    what: Confirmation | None, about: Asked
) -> None:
    result = concluded(*QUORUM, confirmation=what, about=about)
    assert result.ending is None
    assert result.decision is not None
    assert (result.decision.outcome, result.decision.approvers) == (None, ())


def test_a_policy_that_was_read_again_and_is_the_same_confirms() -> None:
    result = concluded(
        *QUORUM, confirmation=confirmed(policy=POLICY), about=replace(ABOUT, policy="sha256:1")
    )
    assert result.ending is not None
    assert result.ending.outcome is Outcome.APPROVED


def test_a_tag_that_was_made_meanwhile_confirms_too() -> None:
    made = ConfirmedTag(name="stable", commit=COMMIT, at=minute(20))
    result = concluded(*QUORUM, confirmation=confirmed(tags=(TAG, made)))
    assert result.ending is not None


def test_an_approval_without_tags_needs_no_tag_to_be_confirmed() -> None:
    for tags in ((), None):
        assert concluded(*QUORUM, tags=tags, confirmation=confirmed(tags=())).ending is not None


def test_the_rights_of_who_ticked_the_checklist_must_be_confirmed_too() -> None:
    ticked = ChecklistItem(there=True, modification=Modification(by=PEOPLE["cy"], at=minute(3)))
    given = people(*QUORUM)
    given = replace(
        given,
        rule=replace(RULE, checklist=("tests",)),
        thread=replace(given.thread, checklist_items=(ticked,)),
    )
    assert conclude(facts(given), ABOUT).ending is not None
    assert conclude(facts(given, confirmation=confirmed()), ABOUT).ending is None


# The checks that verify themselves -------------------------------------------------------

INCIDENTS = Condition(item="**No active incidents**", required=True, no_open_issues=("incident",))
EVERY_SOURCE = Condition(
    item="**Everything**",
    required=True,
    jobs=(RequiredJob(name="Test"),),
    reviews=True,
    no_open_issues=("incident",),
    deployed_to=RequiredDeployment(environment="staging"),
)


def read(at: float) -> Source:
    return Source(where="GraphQL issues", at=minute(at))


def none_open(at: float, label: str = "incident") -> OpenIssues:
    return OpenIssues(label=label, source=read(at))


@pytest.mark.parametrize(
    ("at", "required", "ends"),
    [(1.99, True, False), (2, True, True), (3, True, True), (0, False, True)],
)
def test_a_required_check_must_have_been_read_no_earlier_than_the_last_approval(
    at: float, *, required: bool, ends: bool
) -> None:
    given = people(*QUORUM, "3 mallory: approve", "4 cy: hello")
    given = replace(
        given,
        rule=replace(RULE, conditions=(replace(INCIDENTS, required=required),)),
        facts=Facts(issues=(none_open(at),)),
    )
    inputs = replace(facts(given), facts=given.facts)
    assert (conclude(inputs, ABOUT).ending is not None) == ends


@pytest.mark.parametrize(
    ("found", "times"),
    [
        (NO_FACTS, []),
        (Facts(jobs=Jobs(source=read(1))), [1]),
        (Facts(change=Change(source=read(1))), []),
        (Facts(change=Change(source=read(1), pull_requests=PullRequests(source=read(2)))), [2]),
        (Facts(issues=(none_open(1, "bug"), none_open(2))), [2]),
        (
            Facts(
                deployed=(
                    Deployed(environment="dev", source=read(1)),
                    Deployed(environment="staging", source=read(2)),
                )
            ),
            [2],
        ),
    ],
)
def test_a_check_rests_on_what_it_names_and_what_can_change(found: Facts, times: list[float]) -> None:
    assert [source.at for source in sources(EVERY_SOURCE, found)] == [minute(at) for at in times]
    details = Condition(item="**Ticket**", details=RequiredDetail(name="change-ticket"))
    assert list(sources(details, found)) == []


@pytest.mark.parametrize("lines", [(), QUORUM, ("3 cy: deny - red",)])
def test_an_error_ends_it_whatever_people_said(lines: tuple[str, ...]) -> None:
    result = concluded(*lines, error=ERROR, stopped=StopSignal(signal="SIGINT", elapsed_seconds=1))
    assert result.ending is not None
    assert (result.ending.outcome, result.ending.code, result.ending.reason, result.ending.exit_code) == (
        Outcome.ERROR,
        Code.OUTAGE,
        "GitHub did not answer.",
        5,
    )
    assert result.decision is not None
    assert result.decision.approvers == ()


def test_a_stop_is_never_approved_and_states_what_there_was() -> None:
    result = concluded(*QUORUM, stopped=StopSignal(signal="SIGINT", elapsed_seconds=60))
    assert result.ending is not None
    assert (result.ending.outcome, result.ending.code, result.ending.exit_code) == (
        Outcome.CANCELLED,
        Code.SIGNAL,
        4,
    )
    assert result.decision is not None
    assert result.decision.reason == "The quorum was never confirmed, so it decided nothing."


@pytest.mark.parametrize(
    ("lines", "passing", "end"),
    [
        (("3 ann: deny",), (), (Outcome.DENIED, Code.DENIED_WITHOUT_REASON, 1)),
        (("3 ann: deny",), (Outcome.DENIED,), (Outcome.DENIED, Code.DENIED_WITHOUT_REASON, 0)),
        (QUORUM, (), (Outcome.TIMED_OUT, Code.WINDOW_CLOSED, 3)),
    ],
)
def test_a_stop_in_the_last_part_of_the_window_ends_as_its_deadline_would(
    lines: tuple[str, ...], passing: tuple[Outcome, ...], end: tuple[Outcome, Code, int]
) -> None:
    stop = StopSignal(signal="SIGTERM", elapsed_seconds=3599)
    result = concluded(*lines, now=59, stopped=stop, passing=passing)
    assert result.ending is not None
    assert (result.ending.outcome, result.ending.code, result.ending.exit_code) == end
    assert result.decision is not None
    assert result.decision.outcome is end[0]
    assert result.decision.approvers == ()


@pytest.mark.parametrize(
    ("rule", "signal", "reason"),
    [
        (None, "SIGTERM", "The job was stopped (SIGTERM) before anybody was asked. No issue was opened."),
        (None, "", "The job was stopped before anybody was asked. No issue was opened."),
        (RULE, "SIGINT", "The job was stopped (SIGINT) while the gate was opening the issue."),
    ],
)
def test_a_stop_before_anybody_could_answer_cancels(rule: Rule | None, signal: str, reason: str) -> None:
    result = conclude(Inputs(rule=rule, stopped=StopSignal(signal=signal, elapsed_seconds=1)), Asked())
    assert result.ending is not None
    assert (result.ending.outcome, result.ending.reason, result.ending.exit_code) == (
        Outcome.CANCELLED,
        reason,
        4,
    )
    assert result.decision is None


def test_nothing_has_ended_while_people_can_still_answer_or_nobody_was_asked() -> None:
    pending = concluded("1 ann: approve")
    assert pending.ending is None
    assert pending.decision is not None
    assert conclude(Inputs(), Asked()) == Result(ending=None, decision=None)


@pytest.mark.parametrize(
    ("passing", "exit_code"), [((), 1), ((Outcome.DENIED,), 0), ((Outcome.TIMED_OUT,), 1)]
)
def test_a_denial_has_the_exit_code_that_the_workflow_asks_for(
    passing: tuple[Outcome, ...], exit_code: int
) -> None:
    result = concluded("3 cy: deny - red", passing=passing, confirmation=None)
    assert result.ending is not None
    assert (result.ending.outcome, result.ending.exit_code) == (Outcome.DENIED, exit_code)
    assert result.ending.reason == 'Denied by cy: "red"'
