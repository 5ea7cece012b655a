"""Why a request ended: who decided, with which words, and who had not answered."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_gate.core import outcomes
from approval_gate.core.conditions.model import Condition, RequiredJob
from approval_gate.core.decision import decide
from approval_gate.core.ending import ended, stopped
from approval_gate.core.facts import Facts, Jobs, OpenIssues, Source
from approval_gate.core.model import Requirement, Rule
from approval_gate.core.verdict import Decision
from tests.core.language import OWNER, minute, roster, talk
from tests.core.scenes import Scene, anything, law

RULE = Rule(minimum=2, window=timedelta(minutes=60), alone=(OWNER,))
EMERGENCY = replace(RULE, minimum=1, require=(Requirement(any_of=("lead", OWNER), minimum=1),))
NO_LEAD = "The window closed with 0 of 1 approval; 1 from lead or owner is missing."
TEXTS = st.text() | st.text(st.sampled_from('a"\n\r\u2028\u202e\x00`:# .')) | st.just("long " * 200)


def decided(
    *lines: str, rule: Rule = RULE, who: str = "ann bob cy dee", now: float = 60
) -> tuple[Rule, Decision]:
    return rule, decide(rule, roster(who), talk(*lines), minute(now))


def reason(*lines: str, **more: object) -> str:
    """Return the reason that the outputs state."""
    _, decision = decided(*lines, **more)  # type: ignore[arg-type]
    ending = ended(decision)
    assert ending is not None
    return ending.reason


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ("1 bob: deny - Database migration needs more testing. Found issue in staging.",),
            'Denied by bob: "Database migration needs more testing. Found issue in staging."',
        ),
        (("1 bob: deny - red", "2 ann: deny - too late"), 'Denied by bob: "red"; by ann: "too late"'),
        (("1 bob: deny - red", "2 bob: deny - redder"), 'Denied by bob: "redder"'),
        (("1 bob: deny - red", "2 ann: deny"), 'Denied by bob: "red"; by ann'),
        (
            ("1 ann: deny - a", "1 bob: deny - b", "1 cy: deny - c", "1 dee: deny - d"),
            'Denied by ann: "a"; by bob: "b"; by cy: "c"; by dee: "d"',
        ),
        (
            ("1 ann: deny - a", "1 bob: deny - b", "1 cy: deny - c", "1 dee: deny - d", "1 eli: deny - e"),
            'Denied by ann: "a"; by bob: "b"; by cy: "c"; by 2 others',
        ),
        (("1 bob: deny - \u200b",), "Denied by bob."),
        (("1 bob: deny",), "Denied by bob, who gave no reason before the window closed."),
    ],
)
def test_a_denial_is_told_with_its_reasons(lines: tuple[str, ...], said: str) -> None:
    assert reason(*lines, who="ann bob cy dee eli") == said


@law()
@given(TEXTS, TEXTS)
def test_a_reason_is_one_line_in_quotation_marks_and_not_long(one: str, two: str) -> None:
    _, decision = decided(f"1 ann: deny - {one}", f"2 bob: deny - {two}")
    ending = ended(decision)
    assert ending is not None
    assert ending.reason.startswith(("Denied by ", "The window closed "))
    assert len(ending.reason) <= 60 + 2 * outcomes.QUOTED
    assert ending.reason.count('"') in {0, 2, 4}
    assert "\n" not in ending.reason
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in ending.reason)


@pytest.mark.parametrize(
    ("lines", "who", "rule", "said"),
    [
        (("1 ann: approve", "2 bob: approve"), "ann:devops bob:lead", RULE, "Approved by ann and bob."),
        (("1 ann: approve",), "ann* bob", RULE, "Approved by ann, who can approve alone."),
        (
            ("1 bob: approve", "2 ann: approve"),
            "ann* bob cy",
            replace(RULE, minimum=3),
            "Approved by bob and ann. Decisive: ann, who can approve alone.",
        ),
        (("1 ann: approve",), "ann:lead bob", EMERGENCY, "Approved by ann as lead."),
        (
            ("1 bob: approve", "2 ann: approve"),
            "ann:lead bob:devops",
            EMERGENCY,
            "Approved by bob and ann. Decisive: ann as lead.",
        ),
        (
            ("1 ann: approve",),
            "ann:ann",
            replace(EMERGENCY, require=(Requirement(any_of=("ann",), minimum=1),)),
            "Approved by ann.",
        ),
    ],
)
def test_an_approval_names_whose_approval_decided(
    lines: tuple[str, ...], who: str, rule: Rule, said: str
) -> None:
    assert reason(*lines, who=who, rule=rule) == said


@pytest.mark.parametrize(
    ("lines", "rule", "said"),
    [
        (
            ("1 ann: approve", "2 bob: No. It is broken."),
            RULE,
            "The window closed with 1 of 2 approvals, from ann. Still to answer: cy and dee. bob objects.",
        ),
        (
            ("1 cy: approve", "2 dee: approve"),
            EMERGENCY,
            f"{NO_LEAD} The approvals of cy and dee could not decide. Still to answer: ann and bob.",
        ),
        (
            ("1 cy: approve", "2 ann: No. Wait.", "3 bob: No. Wait.", "4 dee: hold on"),
            EMERGENCY,
            f"{NO_LEAD} The approval of cy could not decide. ann, bob and dee object.",
        ),
    ],
)
def test_a_timeout_names_who_approved_who_objected_and_who_had_not_answered(
    lines: tuple[str, ...], rule: Rule, said: str
) -> None:
    assert reason(*lines, rule=rule, who="ann:lead bob:lead cy:devops dee:devops") == said


def test_a_timeout_says_each_comment_that_was_tampered_with_in_a_sentence() -> None:
    lines = [f"{n} dee deletes an unseen comment of {who}" for n, who in enumerate(("ann", "bob", "cy"), 1)]
    said = reason(*lines, "5 mallory deletes an unseen comment of dee")
    assert said.endswith(
        "A comment of ann was deleted by dee before it was read. "
        "A comment of bob was deleted by dee before it was read. "
        "A comment of cy was deleted by dee before it was read. Changed or lost, too: 1 more comment."
    )
    assert reason(*lines).endswith(" cy was deleted by dee before it was read.")


def test_a_window_that_closes_before_checks_passed_names_them_and_why_one_could_not_be_verified() -> None:
    source = Source(where="GET /", at=minute(2), problem="the open issues could not be read: no answer")
    incidents = Condition(item="**No incidents** - none", required=True, no_open_issues=("incident",))
    tests = Condition(item="Tests", required=True, jobs=(RequiredJob(name="Test"),))
    known = Facts(
        issues=(OpenIssues(label="incident", source=source),),
        jobs=Jobs(source=replace(source, problem="")),
    )
    rule = replace(RULE, conditions=(tests, incidents))
    decision = decide(rule, roster("ann bob cy"), talk("1 ann: approve", "2 bob: approve"), minute(60), known)
    assert decision.reason == (
        "The window closed with 2 of 2 approvals, from ann and bob. 2 required checks have not passed: Tests "
        "and No incidents. No incidents could not be verified: the open issues could not be read: no answer."
    )


def test_a_closing_names_the_day_where_it_is_another_than_the_requests() -> None:
    rule = replace(RULE, window=timedelta(days=2))
    said = reason("1 ann: approve", "1500 bob closes the issue", rule=rule, now=1501)
    assert said == "bob closed the approval issue at Tue 3 March, 10:00 UTC with 1 of 2 approvals, from ann."


def test_a_stop_names_its_signal() -> None:
    decision = stopped(RULE, roster("ann bob"), talk(), timedelta(), "SIGTERM")
    assert decision.reason.startswith("The job was stopped (SIGTERM) with 0 of 2 approvals. ")


@law()
@given(anything())
def test_who_decided_is_among_the_approvers(scene: Scene) -> None:
    decision = scene.decide()
    deciding = outcomes.decisive(scene.rule, decision)
    assert {member.person.id for member, _ in deciding} <= {member.person.id for member in decision.approvers}
    assert all(role in member.roles for member, role in deciding)


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("lead", "lead"),
        ("ann", ""),
        ("Ann", ""),
        ("@ann", ""),
        ("user:ann", ""),
        ("@user:ann", ""),
        ("user:annika", "user:annika"),
    ],
)
def test_a_role_is_told_unless_it_is_the_persons_own_name(role: str, told: str) -> None:
    (ann,) = roster("ann")
    assert outcomes.in_role(ann.login, role) == told
