"""The runs that are recorded: each outcome, and each large part of what the gate does."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from approval_gate.rehearsal.scenarios import COMMIT, RUN
from tests.whole.keys import pair
from tests.whole.pipeline import build
from tests.whole.stage import REPOSITORY, Killed, Stage

Run = Callable[[Stage], Iterator[Any]]
RUNS: dict[str, Run] = {}

_NONCE = {"APPROVAL_GATE_NONCE": "0123456789abcdef" * 2}
_POLICY = {
    "policy-file": ".github/policy.yml",
    "approvers": "",
    "minimum-approvals": "",
    "timeout-minutes": "",
}
_EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "approval-policy.yml"
_DETAILS = """\
**Incident**: #INC-12345
**Severity**: P0 - Production Outage
**Root Cause**: Database connection pool exhaustion
**Impact**: 100% of users unable to checkout
**Post-Mortem**: Scheduled for tomorrow 10am

**Approver**: @max
"""
_ARTIFACTS = f"ghcr.io/acme/shop-api@sha256:{'3f9a' * 16}\nghcr.io/acme/shop-web@sha256:{'77b0' * 16}\n"
_EMERGENCY = {**_POLICY, "deployment-type": "emergency", "details": _DETAILS}
_CHECKED = {**_POLICY, "details": "**Change Ticket**: CHG-42"}
_CHECKS = """\
version: 1
roles: {devops: {members: [acme/devops-team]}, lead: {members: [acme/platform-leads]}}
deployments:
  standard:
    minimum-approvals: 2
    timeout-minutes: 60
    approvers: [devops, lead]
    optional-details: {change-ticket: [Change Ticket]}
  emergency:
    minimum-approvals: 1
    timeout-minutes: 30
    approvers: [lead]
    optional-details: {change-ticket: [Change Ticket]}
    waive: [All tests passing]
checklist:
  Technical checks:
    - item: "**All tests passing** - Unit, integration, and E2E tests successful"
      verify: {jobs: {Build & Test: [Unit tests], Integration Tests: [End-to-end tests]}}
      required: true
    - {item: "**Code review completed**", verify: {reviews: true}, required: true}
    - {item: "**Documentation updated**", verify: {changed: ["docs/**"]}}
    - {item: "**Scans passed**", verify: {jobs: [Security Scan]}}
    - "**Rollback plan ready**"
  Business checks:
    - {item: "**No active incidents**", verify: {no-open-issues: [incident]}, required: true}
    - {item: "**Tried in staging**", verify: {deployed-to: staging, within-hours: 24}, required: true}
    - {item: "**Change ticket**", verify: {details: change-ticket, pattern: "CHG-[0-9]+"}, required: true}
    - item: "**Business hours**"
      verify: {hours: {zone: Europe/Berlin, days: [monday-friday], between: ["09:00-17:00"]}}
      required: true
"""
_CHECKLIST = {"require-checklist": "true", "issue-body": "- [ ] **Tests** - green\n- [ ] Rollback plan\n"}
_ISSUES = f"/repos/{REPOSITORY}/issues$"
_ISSUE = f"/repos/{REPOSITORY}/issues/1$"
_COMMENTS = f"/repos/{REPOSITORY}/issues/1/comments$"
_DAY = 24 * 3600


def run(each: Run) -> Run:
    RUNS[each.__name__.replace("_", "-")] = each
    return each


def _wait(stage: Stage, inputs: Mapping[str, str] | None = None, **variables: str) -> Any:
    return stage.run(inputs or {}, **{**_NONCE, **variables})


def _two_approve(stage: Stage, minute: float = 2) -> None:
    stage.says(minute, "cid", "approve - All checks passed")
    stage.says(minute + 5, "lea", "/approve")


def _under_the_policy(stage: Stage) -> None:
    stage.world.repos[REPOSITORY].files[".github/policy.yml"] = _EXAMPLE.read_text(encoding="utf-8")
    build(stage.world)


def _ticks(stage: Stage, minute: float, login: str, item: str) -> None:
    def edit() -> None:
        body = stage.world.issue(REPOSITORY, 1).body
        ticked = body.replace(f"- [ ] {item}", f"- [x] {item}")
        stage.world.edit_issue(REPOSITORY, 1, by=login, body=ticked)

    stage.at(minute, edit)


def _killed(stage: Stage, minute: float, inputs: Mapping[str, str] | None = None) -> Any:
    def kill() -> None:
        raise Killed

    stage.at(minute, kill)
    stage.deadly = Killed
    return _wait(stage, inputs)


# Outcomes ------------------------------------------------------------------------------


@run
def approved(stage: Stage) -> Iterator[Any]:
    stage.says(0.5, "dee", "v1.2.3 is ready: payment retries, 14 commits.")
    stage.says(1, "mallory", "approve")
    stage.says(1, "bob", "approve")
    stage.says(1, "ann", "approve?")
    stage.edits(3, "bob", "approve - well, if the tests pass")
    stage.says(4, "cid", "approve - All checks passed, migrations tested in staging")
    stage.says(9, "lea", "/approve")
    yield _wait(stage)


@run
def approved_alone(stage: Stage) -> Iterator[Any]:
    stage.says(1, "ayo-anu", "LGTM!")
    yield _wait(stage, {"approve-alone": "ayo-anu", "exclude-workflow-initiator-as-approver": "true"})


@run
def denied(stage: Stage) -> Iterator[Any]:
    stage.says(1, "cid", "approve")
    stage.says(2, "bob", "deny")
    stage.says(5, "bob", "deny - Database migration needs more testing. Found issue in staging.")
    yield _wait(stage)


@run
def timed_out(stage: Stage) -> Iterator[Any]:
    stage.says(1, "cid", "approve")
    yield _wait(stage, {"timeout-minutes": "10"})


@run
def cancelled(stage: Stage) -> Iterator[Any]:
    stage.says(1, "cid", "approve")
    stage.stops(3)
    yield _wait(stage)


@run
def closed_by_a_person(stage: Stage) -> Iterator[Any]:
    stage.says(1, "cid", "approve")
    stage.at(3, lambda: stage.world.close_issue(REPOSITORY, 1, by="sue"))
    yield _wait(stage)


@run
def input_error(stage: Stage) -> Iterator[Any]:
    wrong = {
        "approvers": "nobody-there, acme/no-team",
        "minimum-approvals": "0",
        "timeout-minutes": "soon",
        "fail-on-denial": "maybe",
    }
    yield _wait(stage, wrong)
    yield _wait(stage, {"approvers": "nobody-there, acme/no-team, ann"})
    yield _wait(stage, {"minimum-approvals": "9"})


@run
def token_without_teams(stage: Stage) -> Iterator[Any]:
    yield _wait(stage, {"token": "demo-job-token"})


@run
def tag_moved(stage: Stage) -> Iterator[Any]:
    stage.at(2, lambda: stage.world.tag(REPOSITORY, "v1.2.3", "f" * 40))
    _two_approve(stage, 3)
    yield _wait(stage)


# GitHub's errors -----------------------------------------------------------------------


@run
def outage(stage: Stage) -> Iterator[Any]:
    stage.says(1, "cid", "approve")
    stage.fault(path=_COMMENTS, first=5, times=None, status=500)
    yield _wait(stage, {"timeout-minutes": "5"})


@run
def rate_limit(stage: Stage) -> Iterator[Any]:
    stage.fault(path=_COMMENTS, first=5, times=None, status=429)
    yield _wait(stage, {"timeout-minutes": "5"})


@run
def issue_gone(stage: Stage) -> Iterator[Any]:
    stage.at(2, lambda: stage.world.delete_issue(REPOSITORY, 1))
    yield _wait(stage)


@run
def permission_refused(stage: Stage) -> Iterator[Any]:
    stage.fault(method="POST", path=_ISSUES, times=None, status=403)
    yield _wait(stage)


@run
def faults_that_pass(stage: Stage) -> Iterator[Any]:
    """The responses to the issue, to the status and to the closing are lost, and reads fail in between."""
    _two_approve(stage)
    stage.fault(method="POST", path=_ISSUES, status=502, effect=True)
    stage.fault(method="POST", path=_COMMENTS, kind="after-effect")
    stage.fault(method="POST", path=_COMMENTS, first=3, status=503)
    stage.fault(path=_ISSUE, first=4, times=2, status=502)
    stage.fault(path=_COMMENTS, first=6, times=1, status=429, headers={"retry-after": "20"})
    stage.fault(method="PATCH", path=_ISSUE, status=500)
    yield _wait(stage)


# A policy, an emergency, a checklist ---------------------------------------------------


@run
def policy(stage: Stage) -> Iterator[Any]:
    _under_the_policy(stage)
    stage.says(1, "sam", "approve")
    stage.says(2, "lea", "approve")
    yield _wait(stage, {**_POLICY, "artifacts": _ARTIFACTS})


@run
def policy_changed(stage: Stage) -> Iterator[Any]:
    _under_the_policy(stage)
    files = stage.world.repos[REPOSITORY].files
    stage.at(3, lambda: files.update({".github/policy.yml": f"{files['.github/policy.yml']}\n# later\n"}))
    _two_approve(stage, 4)
    yield _wait(stage, _POLICY)


@run
def policy_wrong(stage: Stage) -> Iterator[Any]:
    stage.world.repos[REPOSITORY].files[".github/policy.yml"] = (
        "version: 1\n"
        "roles:\n"
        "  lead: {members: [lea, lea], alone: yes}\n"
        "deployments:\n"
        "  standard: {approvers: [boss]}\n"
    )
    yield _wait(stage, _POLICY)


@run
def emergency(stage: Stage) -> Iterator[Any]:
    _under_the_policy(stage)
    stage.says(1, "bob", "approve")
    stage.says(2, "sam", "approve")
    stage.says(4, "sam", "approve - the shop is down, the fix is reviewed")
    stage.says(24, "lea", "approve - I lead the incident")
    yield _wait(stage, _EMERGENCY)


@run
def checklist(stage: Stage) -> Iterator[Any]:
    _ticks(stage, 1, "ann", "**Tests**")
    _ticks(stage, 2, "mallory", "Rollback")
    stage.says(3, "ann", "approve")
    stage.says(3, "bob", "approve")
    stage.at(
        6,
        lambda: stage.world.edit_issue(
            REPOSITORY,
            1,
            by="cid",
            body=stage.world.issue(REPOSITORY, 1).body.replace("- [x] Rollback", "- [ ] Rollback"),
        ),
    )
    _ticks(stage, 8, "cid", "Rollback")
    yield _wait(stage, _CHECKLIST)


@run
def commit_authors(stage: Stage) -> Iterator[Any]:
    """Authors of new commits cannot approve them; approvers come from CODEOWNERS."""
    world = stage.world
    world.tokens["demo-app-token"].permissions = {
        "issues": "write",
        "contents": "read",
        "actions": "read",
        "deployments": "read",
    }
    world.deploy(REPOSITORY, "production", world.commit(REPOSITORY, "cid"), "IN_PROGRESS", "SUCCESS")
    world.commit(REPOSITORY, "mallory")
    world.commit(REPOSITORY, "ann", sha="a1b2c3d4e5f60718293a4b5c6d7e8f9012345678")
    world.repos[REPOSITORY].files[".github/policy.yml"] = (
        "version: 1\n"
        "roles:\n"
        '  owner: {members: ["codeowners:/deploy/"]}\n'
        "deployments:\n"
        "  standard: {minimum-approvals: 2, timeout-minutes: 30, approvers: [owner]}\n"
        "exclude: [commit-authors]\n"
    )
    stage.says(1, "ann", "approve")
    stage.says(2, "bob", "approve")
    stage.says(3, "ayo-anu", "approve")
    yield _wait(stage, _POLICY)


@run
def app(stage: Stage) -> Iterator[Any]:
    """A GitHub App's token is renewed within the hour."""
    permissions = {"issues": "write", "contents": "read", "metadata": "read", "members": "read"}
    made = stage.world.app("gatekeeper", public_key=pair()[1], repos=[REPOSITORY], permissions=permissions)
    _two_approve(stage, 70)
    credential = {"token": "unused", "app-id": str(made.id), "app-private-key": pair()[0]}
    yield _wait(stage, {**credential, "timeout-minutes": "90", "polling-interval-seconds": "300"})


# Verified checks -----------------------------------------------------------------------


def _under_checks(stage: Stage, build: str = "success") -> None:
    """A change of two reviewed pull requests, jobs that ran, and an incident; every kind of check."""
    world = stage.world
    for token in world.tokens.values():
        token.permissions |= {"deployments": "read", "pull_requests": "read"}
    world.repos[REPOSITORY].files[".github/policy.yml"] = _CHECKS
    last = world.commit(REPOSITORY, "cid")
    world.deploy(REPOSITORY, "production", last, "IN_PROGRESS", "SUCCESS")
    written = world.commit(REPOSITORY, "dee", parents=[last], files=["src/payments.py"])
    merged = world.pull_request(REPOSITORY, "dee", [written], "Retry payments")
    world.review(merged, "bob")
    squashed = world.merge(REPOSITORY, merged, "dee", last, "squash")
    whose = ["A. Nonym <nonym@nowhere.example>"]
    world.commit(REPOSITORY, "fay", co_authors=whose, sha=COMMIT, parents=[squashed], files=["docs/a.md"])
    merged = world.pull_request(REPOSITORY, "fay", [COMMIT], "Fix `the` <docs>")
    world.review(merged, "ann")
    world.merge(REPOSITORY, merged, "fay", squashed, "push")
    world.deploy(REPOSITORY, "staging", COMMIT, "SUCCESS")
    world.job(
        REPOSITORY, RUN, "Build & Test", build, steps=[("Unit tests", "success"), ("Upload", "skipped")]
    )
    world.job(REPOSITORY, RUN, "Integration Tests", steps=[("End-to-end tests", "success")])
    world.job(REPOSITORY, RUN, "Security Scan", "neutral")
    incident = world.open_issue(REPOSITORY, "ann", "Checkout is down", "")
    incident.labels = ["incident"]
    stage.at(6, lambda: world.close_issue(REPOSITORY, incident.number, by="ann"))


@run
def checks(stage: Stage) -> Iterator[Any]:
    """Two approve while an incident is open; once it is closed, they have approved."""
    _under_checks(stage)
    stage.says(2, "cid", "approve")
    stage.says(3, "lea", "approve")
    yield _wait(stage, _CHECKED)


@run
def check_failed(stage: Stage) -> Iterator[Any]:
    _under_checks(stage, "failure")
    yield _wait(stage, {**_CHECKED, "details": "**Change Ticket**: none"})


@run
def check_waived(stage: Stage) -> Iterator[Any]:
    """An emergency waives the tests that failed, and one lead approves it."""
    _under_checks(stage, "failure")
    stage.says(7, "lea", "approve")
    yield _wait(stage, {**_CHECKED, "deployment-type": "emergency"})


# What people write ---------------------------------------------------------------------


@run
def objections_and_notices(stage: Stage) -> Iterator[Any]:
    stage.says(1, "ann", "approve")
    stage.says(2, "bob", "No. The migration is broken.")
    stage.says(3, "cid", "approved!! but see the logs")
    stage.says(4, "lea", "approve")
    stage.says(5, "max", "deny, was that tested?")
    stage.says(6, "sue", "approve", via_email=True)
    stage.says(7, "mallory", "hold on")
    stage.says(9, "max", "revoke")
    stage.says(12, "ann", "scratch that")
    stage.says(14, "ann", "approve")
    stage.says(20, "bob", "approve - was another service, sorry")
    yield _wait(stage)


@run
def edited_and_deleted(stage: Stage) -> Iterator[Any]:
    stage.says(1, "ann", "approve")
    stage.edits(3, "ann", "deny - no", by="ayo-anu")
    stage.says(4, "bob", "deny - broken")
    stage.deletes(4.1, "bob", by="ayo-anu")
    stage.says(5, "cid", "approve")
    stage.deletes(7, "cid")
    stage.says(8, "lea", "approve")
    yield _wait(stage, {"timeout-minutes": "15"})


@run
def locked(stage: Stage) -> Iterator[Any]:
    stage.world.repos[REPOSITORY].private = False
    stage.at(3, lambda: setattr(stage.world.issue(REPOSITORY, 1), "locked", True))
    stage.says(1, "cid", "approve")
    stage.says(6, "lea", "approve")
    yield _wait(stage)


# After the gate ------------------------------------------------------------------------


@run
def swept(stage: Stage) -> Iterator[Any]:
    """A killed gate's issue is closed by the step after it; a second sweep finds nothing."""
    gate = _killed(stage, 2)
    yield gate
    yield stage.sweep(gate)
    yield stage.sweep(gate)


@run
def run_again(stage: Stage) -> Iterator[Any]:
    """The second attempt of a run finds the issue of the first, killed attempt."""
    stage.says(1, "cid", "approve")
    yield _killed(stage, 2)
    stage.world.run(REPOSITORY, 4242, ["dee", "dee"])
    _two_approve(stage, 10)
    yield _wait(stage, GITHUB_RUN_ATTEMPT="2", APPROVAL_GATE_NONCE="fedcba9876543210" * 2)


@run
def reported_deployed(stage: Stage) -> Iterator[Any]:
    _two_approve(stage)
    yield _wait(stage, {"keep-issue-open": "true"})
    stage.passed = _DAY
    results = {"monitoring-result": "success", "suite-result": "success"}
    release = {"release-url": "https://github.com/acme/shop/releases/tag/v1.2.3"}
    yield stage.report("success", {**results, **release})
    stage.passed += 60
    yield stage.report("success")


@run
def reported_failed(stage: Stage) -> Iterator[Any]:
    _two_approve(stage)
    yield _wait(stage)
    stage.passed = _DAY
    yield stage.report("failure")


@run
def reported_rolled_back(stage: Stage) -> Iterator[Any]:
    _two_approve(stage)
    yield _wait(stage, {"keep-issue-open": "true"})
    stage.passed = _DAY
    stage.fault(method="POST", path=_COMMENTS, kind="after-effect")
    rollback = {
        "rollback-result": "success",
        "rollback-url": "https://github.com/acme/shop/actions/runs/4243",
    }
    yield stage.report("success", {"monitoring-result": "failure", **rollback})


@run
def report_refused(stage: Stage) -> Iterator[Any]:
    stage.says(1, "cid", "deny - red tests")
    yield _wait(stage)
    yield stage.report("success")
    yield stage.report("perhaps")
