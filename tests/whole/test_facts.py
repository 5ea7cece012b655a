"""What is read about a deployment before the issue is opened: whose jobs, whose issues, at what cost."""

from dataclasses import replace
from typing import Any

import pytest

from approval_gate.emulator.world import Request
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, RUN
from tests.whole.stage import Ended, Stage
from tests.whole.test_verified import FILE, INCIDENTS, STAGING, TESTS, UNDER, built, incident, policy

REVIEWS = '{item: "**Code review completed**", verify: {reviews: true}}'
CHECKS = (TESTS, INCIDENTS, STAGING, REVIEWS)
PERMISSIONS = ("contents", "deployments", "pull_requests")


@pytest.fixture(autouse=True)
def _granted(stage: Stage) -> None:
    for token in ("demo-app-token", "demo-job-token"):
        stage.world.tokens[token].permissions = {  # type: ignore[assignment]
            **stage.world.tokens[token].permissions,
            **dict.fromkeys(PERMISSIONS, "read"),
        }


def changed(stage: Stage) -> None:
    """A pull request since the last deployment, with a review; its merge is in staging, and built."""
    world = stage.world
    old = world.commit(REPOSITORY, "dee")
    world.deploy(REPOSITORY, "production", old, "SUCCESS")
    own = world.commit(REPOSITORY, "bob", parents=[old])
    request = world.pull_request(REPOSITORY, "bob", [own])
    world.review(request, "ann")
    github = "GitHub <noreply@github.com>"
    world.commit(REPOSITORY, "ann", committer=github, parents=[old, own], sha=COMMIT, signed=True)
    request.merge_commit, request.introduced = COMMIT, (own, COMMIT)
    world.deploy(REPOSITORY, "staging", COMMIT, "SUCCESS")
    built(stage)


def pushed(stage: Stage, *files: str) -> None:
    """A commit without a pull request since the last deployment, with these files."""
    world = stage.world
    world.deploy(REPOSITORY, "production", world.commit(REPOSITORY, "dee"), "SUCCESS")
    world.commit(REPOSITORY, "dee", sha=COMMIT, files=files)


def run(stage: Stage, document: str = "", **variables: str) -> Ended:
    stage.world.repos[REPOSITORY].files[FILE] = document or policy(*CHECKS)
    stage.says(1, "cid", "approve")
    stage.says(2, "lea", "approve")
    return stage.run(UNDER, **variables)


def about_facts(end: Ended) -> list[Request]:
    """Return the requests for facts before the issue was opened."""
    opened = end.requests.index(end.sent("POST", "/issues")[0])
    return [it for it in end.requests[:opened] if _is_about_facts(it)]


def _is_about_facts(request: Request) -> bool:
    parts = ("deployments(", "issues(labels", "associatedPullRequests", "latestOpinionatedReviews")
    query = str((request.body or {}).get("query", ""))
    return any(it in request.path for it in ("/jobs", "/compare/")) or any(it in query for it in parts)


def facts(end: Ended) -> dict[str, Any]:
    return dict(end.record["inputs"]["facts"])


def test_all_facts_of_a_usual_change_take_five_requests(stage: Stage) -> None:
    changed(stage)
    end = run(stage)
    assert end.status == "approved"
    assert [it["state"] for it in end.record["decision"]["conditions"]] == ["passed"] * 4
    assert facts(end)["change"]["commits"] == 2
    assert len(about_facts(end)) == 5


def test_a_policy_that_bars_the_authors_takes_one_request_more(stage: Stage) -> None:
    changed(stage)
    end = run(stage, f"{policy(*CHECKS)}exclude: [commit-authors]\n")
    assert facts(end)["change"]["commits"] == 2
    assert len(about_facts(end)) == 6


def test_a_job_of_the_run_that_has_the_environment_makes_nothing_seem_deployed(stage: Stage) -> None:
    changed(stage)
    own = f"https://github.com/{REPOSITORY}/actions/runs/{RUN}/job/1"
    stage.world.deploy(REPOSITORY, "production", COMMIT, "SUCCESS", log_url=own)
    barred = f"{policy(*CHECKS)}exclude: [commit-authors]\n"
    assert [facts(run(stage, it))["change"]["commits"] for it in ("", barred)] == [2, 2]


def test_a_reviewed_pull_request_that_was_merged_by_hand_is_refused(stage: Stage) -> None:
    changed(stage)
    commits = stage.world.repos[REPOSITORY].commits
    commits[COMMIT] = replace(commits[COMMIT], signed=False)
    end = run(stage, policy(REVIEWS.replace("}}", "}, required: true}")))
    assert (end.status, end.code) == ("error", "check-failed")
    assert f"Code review completed: {COMMIT[:7]} was pushed without a pull request" in end.reason


def test_the_gates_own_job_is_left_out_and_one_with_its_name_is_not(stage: Stage) -> None:
    changed(stage)
    other = stage.world.job(REPOSITORY, RUN, "approve", None)
    own = stage.world.job(REPOSITORY, RUN, "approve", None)
    listed = facts(run(stage, APPROVAL_GATE_JOB=str(own.id)))["jobs"]["listed"]
    assert [it["id"] for it in listed if it["name"] == "approve"] == [other.id]


def test_without_an_id_the_gates_own_job_is_told_by_its_runner(stage: Stage) -> None:
    changed(stage)
    stage.world.job(REPOSITORY, RUN, "approve", None, runner="GitHub Actions 7")
    listed = facts(run(stage, RUNNER_NAME="GitHub Actions 7"))["jobs"]["listed"]
    assert [it["name"] for it in listed] == ["Build"]


def test_incidents_are_those_of_the_repository_that_deploys_wherever_the_issue_is(stage: Stage) -> None:
    changed(stage)
    world = stage.world
    world.repo("acme/approvals")
    for name in ("demo-app-token", "demo-job-token"):
        world.tokens[name].repos = [REPOSITORY, "acme/approvals"]
    there = world.open_issue("acme/approvals", "ann", "Elsewhere", "")
    there.labels = ["incident"]
    stage.at(0.1, lambda: world.comment("acme/approvals", 2, "cid", "approve"))
    stage.at(0.2, lambda: world.comment("acme/approvals", 2, "lea", "approve"))
    here = incident(stage)
    stage.world.repos[REPOSITORY].files[FILE] = policy(INCIDENTS)
    stage.at(10, lambda: world.close_issue(REPOSITORY, here.number, by="ann"))
    end = stage.run({**UNDER, "target-repository": "acme/approvals"})
    assert facts(end)["issues"][0]["count"] == 0
    assert (end.status, 10 * 60 <= stage.passed <= 12 * 60) == ("approved", True)


DOCS = '{item: "**Documentation updated**", verify: {changed: ["docs/**"]}, required: true}'
REVIEWED = REVIEWS.replace("reviews: true}", "reviews: true}, required: true")


def test_a_required_change_of_a_file_is_found_in_what_is_new(stage: Stage) -> None:
    pushed(stage, "src/shop.py", "docs/shop.md")
    assert run(stage, policy(DOCS)).status == "approved"


def test_without_the_required_change_nobody_is_asked(stage: Stage) -> None:
    pushed(stage, "src/shop.py")
    end = run(stage, policy(DOCS))
    assert (end.code, end.issue) == ("check-failed", None)
    assert 'the change does not touch "docs/**". Add such a file, and deploy the commit' in end.reason


def test_a_commit_that_was_pushed_can_no_longer_be_reviewed_so_nobody_is_asked(stage: Stage) -> None:
    pushed(stage)
    end = run(stage, policy(REVIEWED))
    assert (end.code, end.issue) == ("check-failed", None)
    assert "a1b2c3d was pushed without a pull request. Bring such commits in by" in end.reason


def test_where_nothing_is_new_there_is_nothing_to_review(stage: Stage) -> None:
    stage.world.commit(REPOSITORY, "dee", sha=COMMIT)
    stage.world.deploy(REPOSITORY, "production", COMMIT, "SUCCESS")
    assert run(stage, policy(REVIEWED)).status == "approved"
