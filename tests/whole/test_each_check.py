"""Each kind of check that can change while people are asked: passed, failed, unknown, changed meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from approval_gate.emulator import Request
from approval_gate.emulator.world import World
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, RUN
from tests.whole.stage import Ended, Stage
from tests.whole.test_facts import PERMISSIONS, changed
from tests.whole.test_verified import (
    APPROVED,
    CHECK_FAILED,
    FILE,
    INCIDENTS,
    REVIEWS,
    STAGING,
    TESTS,
    TIMEOUT,
    UNDER,
    ends,
    incident,
    policy,
    quorum,
)

TOKEN = "demo-app-token"


@dataclass(frozen=True)
class Check:
    """A check, what makes it fail and pass again, and the requests and the permission that it takes."""

    text: str
    name: str
    breaks: Callable[[World], object]
    passes: Callable[[World], object]
    request: str
    permission: str


def _job_runs(world: World) -> None:
    job = world.repos[REPOSITORY].jobs[RUN][0]
    job.conclusion, job.completed_at, job.steps = None, None, [("Unit tests", None)]


def _job_succeeds(world: World) -> None:
    job = world.repos[REPOSITORY].jobs[RUN][0]
    job.conclusion, job.completed_at, job.steps = "success", world.now(), [("Unit tests", "success")]


def _review_is_dismissed(world: World) -> None:
    (request,) = world.repos[REPOSITORY].pull_requests.values()
    request.reviews.clear()


def _review_is_given(world: World) -> None:
    (request,) = world.repos[REPOSITORY].pull_requests.values()
    world.review(request, "ann")


def _staging_is_forgotten(world: World) -> None:
    deployments = world.repos[REPOSITORY].deployments
    deployments[:] = [it for it in deployments if it.environment != "staging"]


CHECKS = {
    "jobs": Check(TESTS, "All tests passing", _job_runs, _job_succeeds, "/jobs", "actions"),
    "reviews": Check(
        REVIEWS,
        "Reviewed",
        _review_is_dismissed,
        _review_is_given,
        "latestOpinionatedReviews",
        "pull_requests",
    ),
    "issues": Check(
        INCIDENTS,
        "No active incidents",
        lambda world: world.reopen_issue(REPOSITORY, 2, by="ann"),
        lambda world: world.close_issue(REPOSITORY, 2, by="ann"),
        "open0: repository",
        "",
    ),
    "deployments": Check(
        STAGING,
        "Tried in staging",
        _staging_is_forgotten,
        lambda world: world.deploy(REPOSITORY, "staging", COMMIT, "SUCCESS"),
        "elsewhere0: repository",
        "deployments",
    ),
}


@pytest.fixture(params=CHECKS)
def check(request: pytest.FixtureRequest, stage: Stage) -> Check:
    """A check that passes, in a deployment of which everything can be read."""
    token = stage.world.tokens[TOKEN]
    token.permissions = {**token.permissions, **dict.fromkeys(PERMISSIONS, "read")}  # type: ignore[assignment]
    changed(stage)
    incident(stage, now=False)
    quorum(stage)
    return CHECKS[request.param]


def run(stage: Stage, check: Check, **inputs: str) -> Ended:
    stage.world.repos[REPOSITORY].files[FILE] = policy(check.text)
    return stage.run({**UNDER, "timeout-minutes": "12", **inputs})


def is_about(check: Check, request: Request) -> bool:
    return check.request in f"{request.path} {request.body}"


def states(end: Ended) -> list[Any]:
    return [it["state"] for it in end.record["decision"]["conditions"]]


def test_a_check_that_passes_lets_people_approve(stage: Stage, check: Check) -> None:
    end = run(stage, check)
    assert (ends(end), states(end), end.replayed()) == (APPROVED, ["passed"], "approved")
    assert f"  checks     passed: {check.name}\n" in end.log


def test_a_check_that_fails_holds_the_approval_until_it_passes(stage: Stage, check: Check) -> None:
    check.breaks(stage.world)
    stage.at(7, lambda: check.passes(stage.world))
    end = run(stage, check)
    assert (ends(end), states(end), end.replayed()) == (APPROVED, ["passed"], "approved")
    assert 7 * 60 <= stage.passed <= 8 * 60 + 40


def test_a_check_that_fails_after_the_issue_was_opened_is_found_before_the_approval(
    stage: Stage, check: Check
) -> None:
    stage.at(2.5, lambda: check.breaks(stage.world))
    end = run(stage, check)
    assert (ends(end), end.outputs["approvers"], end.replayed()) == (TIMEOUT, "", "timed-out")
    assert f"1 required check has not passed: {check.name}." in end.reason


def test_a_check_that_fails_between_a_look_and_the_confirmation_prevents_the_approval(
    stage: Stage, check: Check
) -> None:
    check.breaks(stage.world)
    stage.at(2.5, lambda: check.passes(stage.world))
    looks: list[Request] = []

    def confirming(request: Request) -> None:
        if stage.passed >= 150 and is_about(check, request):
            looks.append(request)
            if len(looks) == 1:
                check.breaks(stage.world)

    stage.world.script.append(confirming)
    end = run(stage, check)
    assert (ends(end), end.outputs["approvers"], end.replayed()) == (TIMEOUT, "", "timed-out")
    assert states(end)[0] != "passed"
    assert len(looks) > 2


def test_a_check_that_github_cannot_tell_has_not_passed(stage: Stage, check: Check) -> None:
    def fails() -> None:
        if check.request == "/jobs":
            stage.fault(method="GET", path=f"/repos/{REPOSITORY}/actions/", times=None, status=502)
        else:
            stage.fault(method="POST", path="/graphql", body_pattern=check.request, times=None, status=502)

    stage.at(2.5, fails)
    end = run(stage, check)
    assert (ends(end), states(end), end.replayed()) == (TIMEOUT, ["unknown"], "timed-out")
    assert f"{check.name} could not be verified: " in end.reason


def test_a_check_that_the_token_cannot_see_ends_the_gate_and_names_the_permission(
    stage: Stage, check: Check
) -> None:
    if not check.permission:  # without it no issue is opened at all
        return
    del stage.world.tokens[TOKEN].permissions[check.permission]
    end = run(stage, check)
    assert (ends(end), end.issue is not None and end.issue.number) == (CHECK_FAILED, 2)
    assert f"`{check.permission.replace('_', '-')}: read`" in end.reason


def test_a_permission_that_is_lost_meanwhile_is_no_approval(stage: Stage, check: Check) -> None:
    if not check.permission:
        return
    stage.at(2.5, lambda: stage.world.tokens[TOKEN].permissions.pop(check.permission))
    end = run(stage, check)
    assert (ends(end), states(end)) == (TIMEOUT, ["unknown"])
