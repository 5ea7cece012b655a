"""The verified checks before an issue is opened: those that waiting cannot change end the gate."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from approval_gate.core.conditions.model import Condition, RequiredDetail, RequiredJob, State
from approval_gate.core.facts import Facts, Job, Jobs, OpenIssue, OpenIssues, Source, StatedDetail
from approval_gate.core.model import Code, Rule
from approval_gate.core.policy.model import Detail, DetailValue, Policy, flat
from approval_gate.errors import CheckFailedError
from approval_gate.gate import conditions

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TESTS = Condition(
    item="**All tests passing** - unit and end to end",
    required=True,
    jobs=(RequiredJob(name="Build & Test"),),
)
SCANS = replace(TESTS, item="Scans", jobs=(RequiredJob(name="Scan"),))
INCIDENTS = Condition(item="**No active incidents**", required=True, no_open_issues=("incident",))
URL = "https://github.test/acme/shop/actions/runs/77/job/5"


def source(problem: str = "", *grant: str) -> Source:
    return Source(where="GET /", at=NOW, problem=problem, lasting=bool(grant), grant=grant)


def job(name: str, conclusion: str | None) -> Job:
    return Job(id=5, name=name, url=URL, conclusion=conclusion)


def facts(*jobs: Job, incidents: int = 0) -> Facts:
    first = tuple(OpenIssue(number=12, title="Down", url="") for _ in range(incidents))
    return Facts(
        jobs=Jobs(source=source(), listed=jobs),
        issues=(OpenIssues(label="incident", source=source(), count=incidents, first=first),),
    )


def policy(**waived: str) -> Policy:
    made = flat(
        deployment_type="standard",
        approvers=("ann",),
        alone=(),
        minimum=1,
        window=None,
        exclude_initiator=False,
    )
    (standard,) = made.deployments
    others = (replace(standard, name=name, waive=(item,)) for name, item in waived.items())
    return replace(made, deployments=(standard, *others))


def refused(known: Facts, *required: Condition, of: Policy | None = None) -> CheckFailedError:
    rule = Rule(minimum=1, window=timedelta(minutes=60), conditions=required)
    with pytest.raises(CheckFailedError) as raised:
        conditions.check_required(conditions.assessed(rule, known, NOW), known, of or policy())
    assert (raised.value.code, raised.value.exit_code) == (Code.CHECK_FAILED, 2)
    return raised.value


def test_a_job_that_failed_ends_the_gate_with_its_page_and_what_to_do() -> None:
    error = refused(facts(job("Build & Test", "failure")), TESTS)
    assert error.problem == (
        f'A required check has not passed: All tests passing: "Build & Test" failed ({URL}).'
    )
    assert "run those jobs again" in error.remedy


def test_the_types_that_waive_a_check_are_offered() -> None:
    known, of = facts(job("Build & Test", "failure")), policy(emergency="All tests passing", hotfix="Scans")
    assert "A deployment of the type emergency waives this check." in refused(known, TESTS, of=of).remedy


def test_a_permission_that_is_missing_is_named() -> None:
    known = Facts(jobs=Jobs(source=source("the token needs actions: read to see it", "actions: read")))
    error = refused(known, TESTS)
    assert "All tests passing: the token needs actions: read to see it." in error.problem
    assert error.remedy == "Grant the token `actions: read`."


def test_all_that_failed_is_in_one_message_a_line_each() -> None:
    error = refused(facts(job("Build & Test", "failure"), job("Scan", "cancelled")), TESTS, SCANS, INCIDENTS)
    assert error.problem == "2 required checks have not passed."
    first, second = error.detail.splitlines()
    assert first.startswith('- All tests passing: "Build & Test" failed (')
    assert second.startswith('- Scans: "Scan" was cancelled (')
    assert "run those jobs again" in second


@pytest.mark.parametrize(
    ("known", "condition"),
    [
        (facts(incidents=1), INCIDENTS),
        (facts(job("Build & Test", None)), TESTS),
        (facts(job("Build & Test", "failure")), replace(TESTS, required=False)),
        (facts(job("Build & Test", "success")), TESTS),
        (Facts(jobs=Jobs(source=source("GitHub did not answer"))), TESTS),
    ],
)
def test_a_request_is_opened_where_waiting_can_help_or_the_check_is_not_required(
    known: Facts, condition: Condition
) -> None:
    rule = Rule(minimum=1, window=timedelta(minutes=60), conditions=(condition,))
    found = conditions.assessed(rule, known, NOW)
    conditions.check_required(found, known, policy())
    assert [it.condition for it in found] == [condition]
    assert all(isinstance(it.state, State) for it in found)


def test_a_detail_that_a_check_is_about_is_a_fact_by_its_name_in_the_policy() -> None:
    (standard,) = policy().deployments
    ticket = Detail(name="change-ticket", headings=("Change Ticket", "Ticket"), required=False)
    given = (
        DetailValue(heading="Ticket", value="CHG-1", required=False),
        DetailValue(heading="Risk", value="low", required=False),
        DetailValue(heading="Else", value="x", required=False),
    )
    kind = replace(standard, details=(ticket, replace(ticket, name="risk")))
    about = Condition(item="Ticket", details=RequiredDetail(name="change-ticket"))
    rule = Rule(minimum=1, window=timedelta(minutes=60), conditions=(TESTS, about))
    assert conditions.stated(kind, given, rule) == (
        StatedDetail(name="change-ticket", heading="Ticket", value="CHG-1"),
    )
