"""The embedded GitHub, used through @octokit/rest as in the scripts of workflows."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from approval_gate.emulator import World, serve
from approval_gate.rehearsal.scenarios import REPOSITORY, scene
from tests.emulator.conformance import check_all

SCRIPT = Path(__file__).with_name("octokit.mjs")
COMMENTS = [f"comment {number}" for number in range(1, 8)]


@pytest.fixture(scope="module")
def world() -> World:
    return scene()


@pytest.fixture(scope="module")
def responses(world: World, packages: Path) -> Mapping[str, Any]:
    """The responses to each step of the script."""
    with serve(world) as github:
        done = subprocess.run(
            ["node", "--input-type=module", "-"],  # noqa: S607 - whichever Node is there
            input=SCRIPT.read_text(encoding="utf-8"),
            cwd=packages,
            env={**os.environ, "URL": github.url, "TOKEN": "demo-app-token"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    check_all(world)
    return dict(json.loads(done.stdout))


def test_octokit_opens_an_issue(responses: Mapping[str, Any]) -> None:
    created = responses["created"]
    assert created["status"] == 201
    assert created["issue"]["title"] == "Deploy v1.2.3?"
    assert [label["name"] for label in created["issue"]["labels"]] == ["deployment"]
    assert created["issue"]["user"]["login"] == "acme-approval-gate[bot]"


def test_octokit_gets_the_reason_of_a_refused_issue(responses: Mapping[str, Any]) -> None:
    assert responses["untitled"]["status"] == 422
    assert responses["untitled"]["errors"][0]["field"] == "title"
    assert (responses["nowhere"]["status"], responses["nowhere"]["message"]) == (404, "Not Found")


def test_octokit_lists_issues_by_label_and_state(responses: Mapping[str, Any]) -> None:
    assert responses["listed"] == [1]


def test_octokit_pages_through_the_issues_newest_first(responses: Mapping[str, Any]) -> None:
    assert responses["paged"] == [6, 5, 4, 3, 2, 1]


def test_octokit_pages_through_the_comments_in_their_order(responses: Mapping[str, Any]) -> None:
    assert responses["pages"] == [COMMENTS[:3], COMMENTS[3:6], COMMENTS[6:]]
    assert responses["whole"] == COMMENTS


def test_octokit_edits_deletes_and_reacts(world: World, responses: Mapping[str, Any]) -> None:
    assert (responses["edited"], responses["reacted"], responses["deleted"]) == ("comment one", 201, 204)
    assert [comment.body for comment in world.issue(REPOSITORY, 1).comments] == COMMENTS[1:]


def test_octokit_adds_labels_that_did_not_exist(responses: Mapping[str, Any]) -> None:
    assert responses["labelled"] == ["deployment", "approved", "production"]


def test_octokit_gets_304_for_free_until_something_changes(responses: Mapping[str, Any]) -> None:
    assert (responses["unchanged"], responses["free"]) == (304, True)
    assert responses["changed"] == {"status": 200, "state": "closed"}


def test_octokit_closes_an_issue(world: World, responses: Mapping[str, Any]) -> None:
    closed = {"state": "closed", "reason": "completed", "by": "acme-approval-gate[bot]"}
    assert (responses["closed"], responses["left"]) == (closed, 5)
    assert world.issue(REPOSITORY, 1).labels == ["deployment", "approved", "production"]
