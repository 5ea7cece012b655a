"""The audit with `gh` after a run of the gate, on the embedded GitHub.

gh treats every host except github.com as a GitHub Enterprise Server, and requires https.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from approval_gate.emulator import World, serve
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, VERSION
from tests.docs.pages import page
from tests.emulator import certificate
from tests.emulator.conformance import check_all
from tests.whole.stage import Stage

# The commands of the Production Deployment Approval Process, section "Accessing Audit Trail".
DEPLOYMENTS = "gh api repos/:owner/:repo/deployments | jq '.[] | {id, ref, environment, created_at}'"
WITHOUT_JQ = "gh api repos/:owner/:repo/deployments --jq '.[] | {id, ref, environment, created_at}'"
DEPLOYMENT = "gh api repos/:owner/:repo/deployments/:deployment_id"
ISSUES = 'gh issue list --label "deployment,production" --state closed'

Gh = Callable[[str], str]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A deployment that ann and lea approved."""
    stage = Stage(tmp_path)
    stage.says(1, "ann", "approve")
    stage.says(2, "lea", "approve")
    assert stage.run().status == "approved"
    return stage


@pytest.fixture
def world(stage: Stage) -> World:
    return stage.world


@pytest.fixture
def gh(world: World, tmp_path: Path) -> Iterator[Gh]:
    """Run a command line in the shell of ann, and return its output."""
    world.token("hers", login="ann")
    trusted = certificate.make(tmp_path / "certificate.pem")
    with serve(world, certificate=trusted) as github:
        environ = _environment(github.url.removeprefix("https://"), trusted, tmp_path)

        def run(line: str) -> str:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", line],  # noqa: S607 - the shell that everybody has
                env=environ,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
            assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
            return done.stdout

        since = len(world.requests)
        yield run
        check_all(world, since)


def _environment(host: str, trusted: Path, folder: Path) -> Mapping[str, str]:
    """Return variables with which gh uses only the embedded GitHub and ignores the user's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GH_", "GITHUB_"))}
    return {
        **kept,
        **{name: f"127.0.0.1,{os.environ.get(name, '')}" for name in ("NO_PROXY", "no_proxy")},
        "GH_CONFIG_DIR": str(folder / "gh"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "GH_ENTERPRISE_TOKEN": "hers",
        "GH_HOST": host,
        "GH_REPO": f"{host}/{REPOSITORY}",
        "SSL_CERT_FILE": str(trusted),
    }


def values(text: str) -> list[dict[str, Any]]:
    """Parse the concatenated JSON values in a text."""
    decoder, found = json.JSONDecoder(), []
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def rows(text: str) -> list[list[str]]:
    """Split gh's table, which is tab-separated when not written to a terminal."""
    return [line.split("\t") for line in text.splitlines()]


def test_the_audit_lists_deployments_newest_first(world: World, gh: Gh) -> None:
    before = world.deploy(REPOSITORY, "production", "be" * 20, "SUCCESS", ref="v1.2.2")
    made = world.deploy(REPOSITORY, "production", COMMIT, "SUCCESS", ref=VERSION)
    assert values(gh(DEPLOYMENTS)) == [
        {
            "id": made.id,
            "ref": VERSION,
            "environment": "production",
            "created_at": f"{made.created_at:%Y-%m-%dT%H:%M:%SZ}",
        },
        {
            "id": before.id,
            "ref": "v1.2.2",
            "environment": "production",
            "created_at": f"{before.created_at:%Y-%m-%dT%H:%M:%SZ}",
        },
    ]


def test_ghs_own_filter_gives_the_same_list(world: World, gh: Gh) -> None:
    world.deploy(REPOSITORY, "production", COMMIT, ref=VERSION)
    assert [it["ref"] for it in values(gh(WITHOUT_JQ))] == [VERSION]


def test_the_audit_shows_the_requested_deployment(world: World, gh: Gh) -> None:
    made = world.deploy(REPOSITORY, "production", COMMIT, "SUCCESS", ref=VERSION)
    world.deploy(REPOSITORY, "staging", "be" * 20)
    (shown,) = values(gh(DEPLOYMENT.replace(":deployment_id", str(made.id))))
    assert (shown["id"], shown["sha"], shown["environment"]) == (made.id, COMMIT, "production")
    assert shown["creator"]["login"] == "github-actions[bot]"


def test_the_audit_lists_the_approval_issue_that_the_gate_closed(world: World, gh: Gh) -> None:
    world.open_issue(REPOSITORY, "dee", "Something else", "").labels.append("deployment")
    world.close_issue(REPOSITORY, 2, by="dee")
    [(number, state, title, labels, _)] = rows(gh(ISSUES))
    issue = world.issue(REPOSITORY, 1)
    assert (number, state, title) == ("1", "CLOSED", issue.title)
    assert {"deployment", "production", "approved"} <= set(labels.split(", "))
    assert labels.split(", ") == issue.labels


def test_an_open_issue_is_not_among_the_closed_ones(world: World, gh: Gh) -> None:
    world.reopen_issue(REPOSITORY, 1, by="dee")
    assert rows(gh(ISSUES)) == []
    assert [row[0] for row in rows(gh(ISSUES.replace("closed", "open")))] == ["1"]


@pytest.mark.parametrize("labels", ['--label "deployment,production" ', ""])
def test_gh_lists_thirty_issues_unless_a_limit_is_given(world: World, gh: Gh, labels: str) -> None:
    for _ in range(130):
        issue = world.open_issue(REPOSITORY, "dee", "Another request", "")
        issue.labels += ["deployment", "production"]
        world.close_issue(REPOSITORY, issue.number, by="dee")
    listed = f"gh issue list {labels}--state closed"
    assert [row[0] for row in rows(gh(listed))] == [str(number) for number in range(131, 101, -1)]
    whole = [row[0] for row in rows(gh(f"{listed} -L 1000"))]
    assert whole == [str(number) for number in range(131, 0, -1)]


def test_gh_follows_the_pages_of_a_list(world: World, gh: Gh) -> None:
    made = [world.deploy(REPOSITORY, "production", COMMIT).id for _ in range(5)]
    listed = gh("gh api --paginate 'repos/:owner/:repo/deployments?per_page=2' --jq '.[].id'")
    assert [int(line) for line in listed.split()] == made[::-1]


def test_gh_reads_the_comments_on_the_approval_issue(world: World, gh: Gh) -> None:
    listed = gh(
        "gh api --paginate repos/:owner/:repo/issues/1/comments --jq '.[] | {user: .user.login, body}'"
    )
    assert values(listed) == [
        {"user": comment.author.login if comment.author else None, "body": comment.body}
        for comment in world.issue(REPOSITORY, 1).comments
    ]


def test_gh_shows_the_used_part_of_the_rate_limit(world: World, gh: Gh) -> None:
    gh(DEPLOYMENTS)
    (core,) = values(gh("gh api rate_limit --jq .resources.core"))
    assert (core["limit"], core["used"], core["remaining"]) == (5000, 1, 4999)
    assert world.tokens["hers"].used == {"core": 1}


SHOWN = [
    line
    for block in page("docs/audit.md").blocks
    if block.language == "bash" and "tests do not run it" not in block.text
    for line in block.text.replace("\\\n", "").splitlines()
    if line.startswith("gh ")
]
"""The commands that the documentation shows to auditors, with 4711 for a deployment and 42 for an issue."""


@pytest.mark.parametrize("line", SHOWN)
def test_a_command_of_the_audits_documentation_finds_something(world: World, gh: Gh, line: str) -> None:
    made = world.deploy(REPOSITORY, "production", COMMIT, "SUCCESS", ref=VERSION)
    world.issue(REPOSITORY, 1).labels.append("denied")
    assert gh(line.replace("4711", str(made.id)).replace("42", "1")).strip()


def test_gh_reports_an_unknown_deployment_as_not_found(gh: Gh) -> None:
    with pytest.raises(AssertionError, match=r"Not Found \(HTTP 404\)"):
        gh(DEPLOYMENT.replace(":deployment_id", "99"))
