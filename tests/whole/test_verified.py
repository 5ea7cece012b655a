"""Checks that verify themselves, from the policy document to the outcome, and what they cost."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from approval_gate.emulator import Request
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, RUN
from tests.whole.stage import NO_INPUTS, Ended, Stage

FILE = ".github/policy.yml"
UNDER = {"policy-file": FILE, "approvers": "", "minimum-approvals": "", "timeout-minutes": ""}
TESTS = '{item: "**All tests passing** - unit", verify: {jobs: {Build: [Unit tests]}}, required: true}'
INCIDENTS = '{item: "**No active incidents**", verify: {no-open-issues: [incident]}, required: true}'
STAGING = '{item: "**Tried in staging**", verify: {deployed-to: staging}, required: true}'
REVIEWS = '{item: "**Reviewed**", verify: {reviews: true}, required: true}'
TICKET = '{item: "**Ticket**", verify: {details: change-ticket, pattern: "CHG-[0-9]+"}, required: true}'
HOURS = '{item: "**Business hours**", verify: {hours: {zone: UTC, between: ["14:30-17:00"]}}, required: true}'
NIGHT = HOURS.replace("14:30-17:00", "02:00-04:00")
BOX = '"**Rollback plan ready**"'
TIMEOUT = ("timed-out", "window-closed")
APPROVED = ("approved", "quorum")
CHECK_FAILED = ("error", "check-failed")


def policy(*checks: str) -> str:
    """Write a document whose emergencies waive the tests and the hours, where there are such checks."""
    waived = [name for name in ("All tests passing", "Business hours") if name in "".join(checks)]
    return f"""\
version: 1
roles: {{devops: {{members: [acme/devops-team]}}, leads: {{members: [acme/platform-leads]}}}}
deployments:
  standard:
    minimum-approvals: 2
    timeout-minutes: 60
    approvers: [devops, leads]
    optional-details: {{change-ticket: [Change Ticket]}}
  emergency:
    minimum-approvals: 1
    timeout-minutes: 30
    approvers: [leads]
    optional-details: {{change-ticket: [Change Ticket]}}
    waive: [{", ".join(waived)}]
checklist:
  Technical checks:
{"".join(f"    - {check}{chr(10)}" for check in checks)}"""


def run(stage: Stage, *checks: str, inputs: Mapping[str, str] = NO_INPUTS, **variables: Any) -> Ended:
    stage.world.repos[REPOSITORY].files[FILE] = policy(*checks)
    return stage.run({**UNDER, **inputs}, **variables)


def quorum(stage: Stage, *minutes: float) -> None:
    first, second = minutes or (2, 3)
    stage.says(first, "cid", "approve")
    stage.says(second, "lea", "approve")


def built(stage: Stage, conclusion: str | None = "success", *steps: tuple[str, str | None]) -> None:
    stage.world.job(REPOSITORY, RUN, "Build", conclusion, steps=steps or [("Unit tests", "success")])


def incident(stage: Stage, *, now: bool = True) -> Issue:
    """An incident that is open, or that can be opened again."""
    issue = stage.world.open_issue(REPOSITORY, "ann", "Checkout is down", "")
    issue.labels = [*issue.labels, "incident"]
    if not now:
        stage.world.close_issue(REPOSITORY, issue.number, by="ann")
    return issue


def ends(end: Ended) -> tuple[str, str]:
    return end.status, end.code


def fails(stage: Stage, times: int | None) -> None:
    """Let GitHub have a fault whenever it is asked for the run's jobs."""
    stage.fault(method="GET", path=f"/repos/{REPOSITORY}/actions/", times=times, status=502)


def looks(end: Ended) -> int:
    """Count the requests for facts after the issue was opened."""
    opened = end.requests.index(end.sent("POST", "/issues")[0])
    return sum("/jobs" in it.path or "open0: repository" in str(it.body) for it in end.requests[opened:])


# Second 0 ------------------------------------------------------------------------------


def test_a_job_that_failed_ends_the_gate_before_anybody_is_asked(stage: Stage) -> None:
    built(stage, "failure")
    end = run(stage, TESTS, INCIDENTS)
    assert (end.exit_code, *ends(end)) == (2, *CHECK_FAILED)
    assert end.issue is None
    assert 'A required check has not passed: All tests passing: "Build" failed (' in end.reason
    assert "A deployment of the type emergency waives this check." in end.reason
    assert "#a-required-check-has-not-passed" in end.log


def test_all_that_failed_is_said_at_once_and_is_in_the_record(stage: Stage) -> None:
    built(stage, "success", ("Unit tests", "skipped"))
    end = run(stage, TESTS, TICKET, INCIDENTS, inputs={"details": "**Change Ticket**: none"})
    assert ends(end) == CHECK_FAILED
    assert "2 required checks have not passed." in end.reason
    assert "All tests passing: " in end.reason
    assert "Ticket: " in end.reason
    facts = end.record["inputs"]["facts"]
    assert [job["name"] for job in facts["jobs"]["listed"]] == ["Build"]
    assert facts["details"] == [{"name": "change-ticket", "heading": "Change Ticket", "value": "none"}]
    assert [it["item"] for it in end.record["inputs"]["rule"]["conditions"]][1] == "**Ticket**"
    assert len(end.record["inputs"]["roster"]) == 6
    assert end.replayed() == "error"


def test_a_permission_that_a_required_check_needs_is_named(stage: Stage) -> None:
    del stage.world.tokens["demo-job-token"].permissions["actions"]
    end = run(stage, TESTS)
    assert ends(end) == CHECK_FAILED
    assert "the token needs actions: read to see the jobs of this run" in end.reason
    assert "Grant the token `actions: read`." in end.reason


def test_hours_that_do_not_open_within_the_window_end_the_gate(stage: Stage) -> None:
    end = run(stage, NIGHT)
    assert ends(end) == CHECK_FAILED
    assert "outside 02:00-04:00 (UTC), opens Tue 02:00" in end.reason


def test_a_label_of_the_approval_issue_that_a_check_forbids_is_refused(stage: Stage) -> None:
    end = run(stage, INCIDENTS, inputs={"issue-labels": "deployment, Incident"})
    assert ends(end) == ("error", "input")
    assert "issue-labels: the check No active incidents allows no open issue with the label Inc" in end.reason


def test_a_check_of_what_is_new_needs_an_environment(stage: Stage) -> None:
    inputs = {"environment": "", "issue-title": "Deploy"}
    end = run(stage, REVIEWS, inputs=inputs)
    assert ends(end) == ("error", "input")
    assert "environment: it is not given, and a required check is about what is new there: Rev" in end.reason
    quorum(stage)
    optional = REVIEWS.replace("required: true", "required: false")
    assert ends(run(stage, optional, inputs=inputs)) == APPROVED


def test_a_check_that_is_not_required_ends_nothing(stage: Stage) -> None:
    built(stage, "failure")
    quorum(stage)
    end = run(stage, TESTS.replace("required: true", "required: false"))
    assert ends(end) == APPROVED
    assert 'checks     failed: All tests passing ("Build" failed)' in end.log


def test_an_emergency_passes_by_its_waiver_and_its_issue_says_what_is_waived(stage: Stage) -> None:
    built(stage, "failure")
    stage.says(1, "lea", "approve")
    end = run(stage, TESTS, NIGHT, BOX, inputs={"deployment-type": "emergency"})
    assert ends(end) == APPROVED
    assert end.issue is not None
    assert "Waived for an emergency: All tests passing, Business hours." in end.issue.body
    assert end.record["inputs"]["rule"]["conditions"] == []


def test_where_the_checklist_is_required_only_its_boxes_must_be_ticked(stage: Stage) -> None:
    built(stage)
    quorum(stage)
    required = {"require-checklist": "true"}
    end = run(stage, TESTS, BOX, inputs={**required, "timeout-minutes": "10"})
    assert ends(end) == TIMEOUT
    assert "1 of 1 checklist items is still open." in end.reason
    assert end.record["inputs"]["rule"]["checklist"] == ["**Rollback plan ready**"]


def test_a_required_checklist_can_have_nothing_but_checks(stage: Stage) -> None:
    built(stage)
    quorum(stage)
    assert ends(run(stage, TESTS, inputs={"require-checklist": "true"})) == APPROVED


# Holding -------------------------------------------------------------------------------


def test_everything_that_passes_is_approved_and_the_log_says_so(stage: Stage) -> None:
    built(stage)
    quorum(stage)
    end = run(stage, TESTS, INCIDENTS, BOX)
    assert ends(end) == APPROVED
    assert "  checks     passed: All tests passing and No active incidents\n" in end.log
    assert [it["state"] for it in end.record["decision"]["conditions"]] == ["passed", "passed"]
    assert end.replayed() == "approved"


def test_an_open_incident_holds_the_deployment_until_it_is_closed(stage: Stage) -> None:
    number = incident(stage).number
    quorum(stage)
    stage.at(20, lambda: stage.world.close_issue(REPOSITORY, number, by="ann"))
    end = run(stage, INCIDENTS)
    assert ends(end) == APPROVED
    assert 20 * 60 <= stage.passed <= 21 * 60 + 40
    assert "waiting for 1 check: No active incidents" in end.log
    assert "check passed: No active incidents" in end.log
    assert end.replayed() == "approved"


def test_an_incident_that_opens_after_the_issue_holds_what_people_approved(stage: Stage) -> None:
    number = incident(stage, now=False).number
    stage.at(2.5, lambda: stage.world.reopen_issue(REPOSITORY, number, by="ann"))
    stage.at(9, lambda: stage.world.close_issue(REPOSITORY, number, by="ann"))
    quorum(stage)
    end = run(stage, INCIDENTS)
    assert ends(end) == APPROVED
    assert 9 * 60 <= stage.passed <= 10 * 60 + 40
    assert 'check failed: No active incidents (#1 "Checkout is down" is open)' in end.log


def test_an_incident_that_is_never_closed_ends_as_timed_out_and_is_named(stage: Stage) -> None:
    incident(stage)
    quorum(stage)
    end = run(stage, INCIDENTS, inputs={"timeout-minutes": "10"})
    assert (end.exit_code, *ends(end)) == (3, *TIMEOUT)
    assert "No active incidents" in end.reason
    assert (end.outputs["approvers"], end.replayed()) == ("", "timed-out")


def test_a_job_that_still_runs_is_waited_for(stage: Stage) -> None:
    job = stage.world.job(REPOSITORY, RUN, "Build", None, steps=[("Unit tests", None)])

    def ends_well() -> None:
        job.conclusion, job.completed_at = "success", stage.now()
        job.steps = [("Unit tests", "success")]

    stage.at(7, ends_well)
    quorum(stage)
    end = run(stage, TESTS)
    assert ends(end) == APPROVED
    assert 7 * 60 <= stage.passed <= 8 * 60 + 40


def test_a_deployment_to_staging_while_it_waits_passes_the_check(stage: Stage) -> None:
    stage.world.tokens["demo-job-token"].permissions["deployments"] = "read"
    stage.world.commit(REPOSITORY, "dee", sha=COMMIT)
    quorum(stage)
    stage.at(5, lambda: stage.world.deploy(REPOSITORY, "staging", COMMIT, "SUCCESS"))
    end = run(stage, STAGING)
    assert ends(end) == APPROVED
    assert 5 * 60 <= stage.passed <= 6 * 60 + 40


def test_hours_that_open_within_the_window_are_waited_for_without_a_request(stage: Stage) -> None:
    quorum(stage)
    end = run(stage, HOURS)
    assert ends(end) == APPROVED
    assert 30 * 60 <= stage.passed <= 31 * 60
    assert looks(end) == 0


def test_a_fault_of_github_while_the_checks_are_read_again_holds_and_passes(stage: Stage) -> None:
    built(stage)
    quorum(stage)
    stage.at(2.5, partial(fails, stage, times=40))
    end = run(stage, TESTS)
    assert ends(end) == APPROVED
    assert "check unknown: All tests passing (the jobs of this run could not be read" in end.log


def test_a_wrong_date_while_the_checks_are_read_again_does_not_close_the_window(stage: Stage) -> None:
    issue = incident(stage)
    quorum(stage)
    asks = {"method": "POST", "path": "/graphql$", "body_pattern": "open0: repository"}
    stage.at(2.5, lambda: stage.fault(**asks, kind="skew", skew=timedelta(hours=2)))
    stage.at(10, lambda: stage.world.close_issue(REPOSITORY, issue.number, by="ann"))
    assert ends(run(stage, INCIDENTS)) == APPROVED


def test_one_refusal_of_githubs_before_the_issue_ends_nothing(stage: Stage) -> None:
    quorum(stage)
    asks = {"method": "POST", "path": "/graphql$", "body_pattern": "open0: repository"}
    stage.fault(**asks, status=404, body='{"message": "Not Found"}')
    assert ends(run(stage, INCIDENTS)) == APPROVED


def test_a_fault_of_github_that_lasts_to_the_deadline_is_timed_out_and_says_why(stage: Stage) -> None:
    built(stage)
    quorum(stage)
    stage.at(2.5, partial(fails, stage, times=None))
    end = run(stage, TESTS, inputs={"timeout-minutes": "10"})
    assert ends(end) == TIMEOUT
    assert "1 required check has not passed: All tests passing." in end.reason
    assert "All tests passing could not be verified: the jobs of this run could not be read: " in end.reason


def test_an_approval_that_comes_while_the_checks_are_read_is_decided_on_newer_facts(stage: Stage) -> None:
    done: list[bool] = []

    def late(request: Request) -> None:
        if stage.passed >= 180 and "open0: repository" in str(request.body) and not done:
            done.append(True)
            stage.passed += 1
            stage.world.comment(REPOSITORY, stage.number(), "ann", "approve")

    stage.world.script.append(late)
    quorum(stage)
    end = run(stage, INCIDENTS)
    assert ends(end) == APPROVED
    assert end.outputs["approvers"] == "cid,lea,ann"
    assert "The last approval came while the checks were being read; reading it again" in end.log
    assert looks(end) == 2


def test_a_permission_that_is_lost_while_it_waits_holds_the_approval(stage: Stage) -> None:
    built(stage)
    quorum(stage)
    stage.at(2.5, lambda: stage.world.tokens["demo-job-token"].permissions.pop("actions"))
    end = run(stage, TESTS, inputs={"timeout-minutes": "10"})
    assert ends(end) == TIMEOUT
    assert end.outputs["approvers"] == ""


def test_a_stop_signal_during_a_hold_approves_nothing(stage: Stage) -> None:
    incident(stage)
    quorum(stage)
    stage.stops(9)
    end = run(stage, INCIDENTS)
    assert (end.status, end.outputs["approvers"], end.replayed()) == ("cancelled", "", "cancelled")


# What it costs -------------------------------------------------------------------------


def test_nothing_is_read_again_while_nobody_answers(stage: Stage) -> None:
    incident(stage)
    built(stage)
    stage.says(5, "cid", "approve")
    end = run(stage, TESTS, INCIDENTS)
    assert ends(end) == TIMEOUT
    assert looks(end) == 0


def test_a_hold_of_an_hour_looks_at_most_once_a_minute(stage: Stage) -> None:
    incident(stage)
    quorum(stage)
    end = run(stage, INCIDENTS, inputs={"polling-interval-seconds": "3"})
    assert ends(end) == TIMEOUT
    assert 50 <= looks(end) <= 60
