"""How required conditions affect a decision: they hold an approval, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from approval_gate.core.conditions.model import Condition
from approval_gate.core.decision import decide
from approval_gate.core.ending import stopped
from approval_gate.core.facts import Facts, OpenIssue, OpenIssues, Source
from approval_gate.core.model import Code, Outcome, Rule
from approval_gate.core.verdict import Decision
from tests.core.language import minute, roster, talk

DOWN = OpenIssue(number=12, title="Checkout is down", url="https://github.test/acme/shop/issues/12")
INCIDENTS = Condition(
    item="**No active incidents** - none is open", required=True, no_open_issues=("incident",)
)
OUTAGES = Condition(item="**No outages**", required=True, no_open_issues=("outage",))
RULE = Rule(minimum=2, window=timedelta(minutes=60), conditions=(INCIDENTS,))
QUORUM = ("1 ann: approve", "2 bob: approve")


def facts(incidents: int = 0, outages: int = 0) -> Facts:
    source = Source(where="POST /graphql", at=minute(0))
    return Facts(
        issues=(
            OpenIssues(label="incident", source=source, count=incidents, first=(DOWN,) * bool(incidents)),
            OpenIssues(label="outage", source=source, count=outages, first=(DOWN,) * bool(outages)),
        )
    )


def decided(*lines: str, found: Facts | None = None, rule: Rule = RULE, now: float = 30) -> Decision:
    given = facts(incidents=1) if found is None else found
    return decide(rule, roster("ann bob cy"), talk(*lines), minute(now), given)


def test_a_quorum_waits_for_a_required_check_and_names_it() -> None:
    decision = decided(*QUORUM)
    assert decision.outcome is None
    assert [it.reason for it in decision.blocking] == ['#12 "Checkout is down" is open']
    assert decision.reason == "1 required check has not passed: No active incidents."


def test_it_approves_once_the_check_passes() -> None:
    decision = decided(*QUORUM, found=facts())
    assert (decision.outcome, decision.code) == (Outcome.APPROVED, Code.QUORUM)
    assert decision.blocking == ()
    assert decision.reason == "Approved by ann and bob."


def test_without_facts_nothing_is_approved() -> None:
    assert decided(*QUORUM, found=Facts()).outcome is None


def test_what_is_missing_is_told_in_order() -> None:
    rule = replace(RULE, conditions=(INCIDENTS, OUTAGES), checklist=("plan",))
    assert decided("1 ann: approve", found=facts(1, 1), rule=rule).reason == (
        "1 of 2 approvals, needs 1 more from bob or cy. "
        "2 required checks have not passed: No active incidents and No outages. "
        "1 of 1 checklist items is still open."
    )


def test_of_many_checks_the_first_are_named() -> None:
    rule = replace(RULE, conditions=tuple(replace(INCIDENTS, item=f"**Check {n}**") for n in range(9)))
    assert decided(*QUORUM, rule=rule).reason == (
        "9 required checks have not passed: Check 0, Check 1, Check 2, Check 3, Check 4 and 4 others."
    )


def test_a_hostile_name_of_a_check_keeps_to_its_line() -> None:
    rule = replace(RULE, conditions=(replace(INCIDENTS, item="x\n\u202e## Approved" + "!" * 500),))
    reason = decided(*QUORUM, rule=rule).reason
    assert reason.startswith("1 required check has not passed: x ## Approved!!!")
    assert reason.endswith("!….")
    assert len(reason) < 120


@pytest.mark.parametrize("now", [60, 200])
def test_at_the_deadline_a_quorum_without_the_check_is_too_late_and_the_reason_names_it(now: float) -> None:
    decision = decided(*QUORUM, now=now)
    assert (decision.outcome, decision.code) == (Outcome.TIMED_OUT, Code.WINDOW_CLOSED)
    assert decision.reason == (
        "The window closed with 2 of 2 approvals, from ann and bob. "
        "1 required check has not passed: No active incidents."
    )


def test_without_a_quorum_the_missing_approvals_are_the_reason() -> None:
    assert decided("1 ann: approve", now=60).reason == (
        "The window closed with 1 of 2 approvals, from ann. Still to answer: bob and cy."
    )


@pytest.mark.parametrize("lines", [("3 cy: deny - red",), ("3 ann closes the issue",)])
def test_people_can_end_it_while_it_waits_for_a_check(lines: tuple[str, ...]) -> None:
    with_it, without = decided(*QUORUM, *lines), decided(*QUORUM, *lines, found=facts())
    assert (with_it.outcome, with_it.code, with_it.reason) == (without.outcome, without.code, without.reason)
    assert with_it.outcome in {Outcome.DENIED, Outcome.CANCELLED}


def test_an_objection_is_told_before_the_check() -> None:
    decision = decided(*QUORUM, "3 cy: stop")
    assert decision.reason == (
        "cy objects; approval waits until cy answers. 1 required check has not passed: No active incidents."
    )


def test_a_sole_approver_waits_for_the_check_too() -> None:
    rule = replace(RULE, alone=("owner",))
    decision = decide(rule, roster("ann* bob"), talk("1 ann: approve"), minute(30), facts(incidents=1))
    assert decision.outcome is None


class TestAStop:
    """A stop signal ends a request on the facts that were read last."""

    def test_late_in_the_window_names_the_check(self) -> None:
        decision = stopped(
            RULE, roster("ann bob"), talk(*QUORUM), timedelta(minutes=59), "SIGTERM", facts(incidents=1)
        )
        assert (decision.outcome, decision.code) == (Outcome.TIMED_OUT, Code.WINDOW_CLOSED)
        assert decision.reason.endswith("1 required check has not passed: No active incidents.")
        assert "before they were confirmed" not in decision.reason

    def test_of_a_quorum_whose_checks_passed_is_one_that_nobody_confirmed(self) -> None:
        decision = stopped(RULE, roster("ann bob"), talk(*QUORUM), timedelta(minutes=59), "SIGTERM", facts())
        assert decision.outcome is Outcome.TIMED_OUT
        assert "before they were confirmed" in decision.reason

    def test_before_that_is_cancelled_with_what_the_facts_say(self) -> None:
        decision = stopped(RULE, roster("ann bob"), talk(*QUORUM), timedelta(), "SIGTERM", facts(incidents=1))
        assert (decision.outcome, decision.code) == (Outcome.CANCELLED, Code.SIGNAL)
        assert len(decision.blocking) == 1
