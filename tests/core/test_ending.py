"""How a decision, or a stop signal, ends a run."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_gate.core.decision import decide
from approval_gate.core.ending import Ending, as_ended, ended, stopped
from approval_gate.core.model import Code, Outcome, Rule
from tests.core.language import minute, roster, talk
from tests.core.scenes import Scene, anything, law

RULE = Rule(minimum=2, window=timedelta(minutes=60))
BOTH = (Outcome.DENIED, Outcome.TIMED_OUT)


def ending_of(*lines: str, passing: tuple[Outcome, ...] = (), now: float = 60) -> Ending | None:
    return ended(decide(RULE, roster("ann bob cy"), talk(*lines), minute(now)), passing)


@pytest.mark.parametrize(
    ("lines", "passing", "code", "exit_code"),
    [
        (("3 ann: approve", "4 bob: approve"), (), Code.QUORUM, 0),
        (("3 ann: deny - red",), (), Code.DENIED, 1),
        (("3 ann: deny - red",), (Outcome.TIMED_OUT,), Code.DENIED, 1),
        (("3 ann: deny - red",), BOTH, Code.DENIED, 0),
        ((), (), Code.WINDOW_CLOSED, 3),
        ((), (Outcome.DENIED,), Code.WINDOW_CLOSED, 3),
        ((), BOTH, Code.WINDOW_CLOSED, 0),
        (("5 ann closes the issue",), BOTH, Code.ISSUE_CLOSED, 4),
    ],
)
def test_each_outcome_has_its_exit_code_and_some_may_pass(
    lines: tuple[str, ...], passing: tuple[Outcome, ...], code: Code, exit_code: int
) -> None:
    ending = ending_of(*lines, passing=passing)
    assert ending is not None
    decision = decide(RULE, roster("ann bob cy"), talk(*lines), minute(60))
    assert (ending.code, ending.exit_code) == (code, exit_code)
    assert ending.outcome is decision.outcome
    assert ending.reason.startswith(decision.reason.removesuffix("."))


def test_nothing_has_ended_while_people_are_awaited() -> None:
    assert ending_of("3 ann: approve", now=30) is None


def test_only_a_run_that_ended_as_approved_has_approvers() -> None:
    decision = decide(RULE, roster("ann bob cy"), talk("3 ann: approve", "4 bob: approve"), minute(5))
    assert as_ended(decision, Outcome.APPROVED) == decision
    unconfirmed = as_ended(decision, Outcome.TIMED_OUT)
    assert (unconfirmed.outcome, unconfirmed.code, unconfirmed.approvers) == (None, None, ())
    assert unconfirmed.reason == "The quorum was never confirmed, so it decided nothing."
    assert unconfirmed.votes == decision.votes


def test_a_decision_that_was_no_approval_keeps_its_outcome_and_reason() -> None:
    decision = decide(RULE, roster("ann bob cy"), talk("3 ann: approve", "4 bob: deny - red"), minute(5))
    assert as_ended(decision, Outcome.DENIED) == replace(decision, approvers=())


def test_the_log_shows_the_message_or_else_the_reason() -> None:
    ending = Ending(outcome=Outcome.ERROR, code=Code.INPUT, reason="Wrong. Fix it.", exit_code=2)
    assert ending.text == "Wrong. Fix it."
    assert replace(ending, message="Wrong.\nFix it.").text == "Wrong.\nFix it."


def test_a_stop_cancels_and_names_the_limit_that_may_have_expired() -> None:
    thread = talk("3 ann: approve")
    decision = stopped(RULE, roster("ann bob"), thread, timedelta(minutes=58, seconds=47.9))
    assert (decision.outcome, decision.code) == (Outcome.CANCELLED, Code.SIGNAL)
    assert decision.reason == (
        "The job was stopped with 1 of 2 approvals, from ann. If nobody cancelled it, the `timeout-minutes` "
        "of the step or of the job ended it. Give the step `timeout-minutes: 60` or more, as long as the "
        "window, and the job no less."
    )


def test_a_window_of_a_part_of_a_minute_is_rounded_up_in_the_advice() -> None:
    rule = replace(RULE, window=timedelta(minutes=60, seconds=1))
    assert "`timeout-minutes: 61`" in stopped(rule, (), talk(), timedelta()).reason


@pytest.mark.parametrize(
    ("lines", "code", "reason"),
    [
        (
            (),
            Code.WINDOW_CLOSED,
            "The window closed with 0 of 2 approvals. Still to answer: ann, bob and cy.",
        ),
        (
            ("3 ann: approve", "4 bob: approve"),
            Code.WINDOW_CLOSED,
            "The window closed with 2 of 2 approvals, from ann and bob, before they were confirmed.",
        ),
        (
            ("3 ann: approve", "4 bob: approve", "5 cy: stop"),
            Code.WINDOW_CLOSED,
            "The window closed with 2 of 2 approvals, from ann and bob. cy objects.",
        ),
        (
            ("3 ann: deny",),
            Code.DENIED_WITHOUT_REASON,
            "Denied by ann, who gave no reason before the window closed.",
        ),
    ],
)
def test_a_stop_in_the_last_two_percent_of_the_window_is_what_the_deadline_decides(
    lines: tuple[str, ...], code: Code, reason: str
) -> None:
    decision = stopped(RULE, roster("ann bob cy"), talk(*lines), timedelta(minutes=58, seconds=48))
    assert (decision.code, decision.reason) == (code, reason)


@law()
@given(anything(), st.integers(0, 70))
def test_a_stop_always_ends_the_run_and_never_as_approved(scene: Scene, minutes: int) -> None:
    decision = stopped(scene.rule, scene.roster, scene.thread, timedelta(minutes=minutes))
    ending = ended(decision)
    assert ending is not None
    assert ending.outcome is not Outcome.APPROVED
    assert ending.exit_code
