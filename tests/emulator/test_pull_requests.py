"""The embedded GitHub's pull requests, reviews and compared files, tested over HTTP with a plain client."""

from collections.abc import Iterator
from typing import Any

import pytest

from approval_gate.emulator import serve
from approval_gate.rehearsal.scenarios import REPOSITORY, scene
from tests.emulator.conformance import check_all
from tests.emulator.test_wire import REPO, GitHub

READ = {"contents": "read", "pull_requests": "read"}
ASSOCIATED = """
query($ids: [ID!]!) { nodes(ids: $ids) { ... on Commit { associatedPullRequests(first: 5) {
  totalCount nodes { number merged baseRepository { nameWithOwner } commits { totalCount } } } } } }"""
REQUEST = """
query($number: Int!, $writers: Boolean) { repository(owner: "acme", name: "shop") {
  pullRequest(number: $number) {
    number title url merged headRefOid
    author { type: __typename login ... on Bot { databaseId } }
    mergeCommit { oid }
    commits(first: 100) { totalCount nodes { commit { oid committer { email } } } }
    latestOpinionatedReviews(first: 100, writersOnly: $writers) {
      totalCount nodes { state author { login } commit { oid } } } } } }"""


@pytest.fixture
def github() -> Iterator[GitHub]:
    world = scene()
    with serve(world) as server:
        client = GitHub(world, server.url)
        world.tokens["demo-app-token"].permissions = dict(READ)
        yield client
        check_all(world)


def associated(github: GitHub, sha: str) -> list[dict[str, Any]]:
    node = github.world.repos[REPOSITORY].commits[sha].node_id
    answer: Any = github.query(ASSOCIATED, ids=[node])
    found: list[dict[str, Any]] = answer["data"]["nodes"][0]["associatedPullRequests"]["nodes"]
    return found


def request(github: GitHub, number: int, *, writers: bool = True) -> dict[str, Any]:
    answer: Any = github.query(REQUEST, number=number, writers=writers)
    found: dict[str, Any] = answer["data"]["repository"]["pullRequest"]
    return found


@pytest.mark.parametrize(
    ("how", "own", "brought_in"),
    [("merge", True, 3), ("squash", False, 1), ("rebase", False, 2), ("push", True, 2)],
)
def test_a_commit_has_the_merged_pull_request_that_brought_it_in(
    github: GitHub, how: str, *, own: bool, brought_in: int
) -> None:
    world = github.world
    root = world.commit(REPOSITORY, "ann")
    one = world.commit(REPOSITORY, "ann", parents=[root], co_authors=["bob"])
    two = world.commit(REPOSITORY, "ann", parents=[one])
    it = world.pull_request(REPOSITORY, "ann", [one, two])
    assert [found["merged"] for found in associated(github, one)] == [False]
    head = world.merge(REPOSITORY, it, "cid", root, how)
    new = github.get(f"{REPO}/compare/{root}...{head}").json()["commits"]
    assert ({one, two} <= {commit["sha"] for commit in new}, len(new)) == (own, brought_in)
    told = {
        "number": it.number,
        "merged": True,
        "baseRepository": {"nameWithOwner": REPOSITORY},
        "commits": {"totalCount": 2},
    }
    assert [associated(github, commit["sha"]) for commit in new] == [[told]] * brought_in
    assert associated(github, one) == ([told] if own else [])
    assert request(github, it.number)["mergeCommit"] == {"oid": head}


def test_a_merge_in_the_browser_is_committed_by_github_and_a_rebase_by_who_merges(github: GitHub) -> None:
    world = github.world
    root = world.commit(REPOSITORY, "ann")
    emails = {}
    for how in ("merge", "squash", "rebase"):
        one = world.commit(REPOSITORY, "ann", parents=[root])
        head = world.merge(REPOSITORY, world.pull_request(REPOSITORY, "ann", [one]), "cid", root, how)
        signed = github.get(f"{REPO}/commits/{head}").json()["commit"]
        emails[how] = (signed["author"]["email"], signed["committer"]["email"])
    assert emails == {
        "merge": ("cid@example.com", "noreply@github.com"),
        "squash": ("ann@example.com", "noreply@github.com"),
        "rebase": ("ann@example.com", "cid@example.com"),
    }


def test_each_accounts_last_opinion_is_told_of_those_who_can_write(github: GitHub) -> None:
    world = github.world
    one, two = (world.commit(REPOSITORY, "renovate[bot]") for _ in range(2))
    it = world.pull_request(REPOSITORY, "renovate[bot]", [one, two], "Bump")
    world.review(it, "cid", sha=one)
    world.review(it, "cid", "CHANGES_REQUESTED", sha=one)
    world.review(it, "cid")
    world.review(it, "cid", "COMMENTED")
    world.review(it, "bob", "DISMISSED", sha="de" * 20)
    world.review(it, "mallory")
    found = request(github, it.number)
    assert (found["title"], found["headRefOid"], found["merged"], found["mergeCommit"]) == (
        "Bump",
        two,
        False,
        None,
    )
    assert found["url"] == f"{github.url}/{REPOSITORY}/pull/{it.number}"
    number = world.users["renovate[bot]"].id
    assert found["author"] == {"type": "Bot", "login": "renovate", "databaseId": number}
    assert [own["commit"]["oid"] for own in found["commits"]["nodes"]] == [one, two]
    assert found["latestOpinionatedReviews"] == {
        "totalCount": 2,
        "nodes": [
            {"state": "APPROVED", "author": {"login": "cid"}, "commit": {"oid": two}},
            {"state": "DISMISSED", "author": {"login": "bob"}, "commit": None},
        ],
    }
    everybody = request(github, it.number, writers=False)["latestOpinionatedReviews"]
    assert [review["author"]["login"] for review in everybody["nodes"]] == ["cid", "bob", "mallory"]


def test_an_unknown_pull_request_is_null_with_an_error(github: GitHub) -> None:
    assert request(github, 99) is None
    answer: Any = github.query(REQUEST, number=99)
    assert answer["errors"] == [
        {"type": "NOT_FOUND", "message": "Could not resolve to a PullRequest with the number of 99."}
    ]


def test_pull_requests_need_their_permission_and_leave_the_rest_of_a_commit(github: GitHub) -> None:
    world = github.world
    one = world.commit(REPOSITORY, "ann")
    it = world.pull_request(REPOSITORY, "ann", [one])
    world.tokens["demo-app-token"].permissions = {"contents": "read"}
    assert "FORBIDDEN" in str(github.query(REQUEST, number=it.number)["errors"])
    whole = ASSOCIATED.replace("... on Commit {", "... on Commit { oid authors(first: 1) { totalCount }")
    answer: Any = github.query(whole, ids=[world.repos[REPOSITORY].commits[one].node_id])
    assert answer["data"]["nodes"] == [
        {"oid": one, "authors": {"totalCount": 1}, "associatedPullRequests": None}
    ]
    assert [error["path"] for error in answer["errors"]] == [["nodes", 0, "associatedPullRequests"]]


def test_a_private_repositorys_pull_requests_are_hidden_from_other_tokens(github: GitHub) -> None:
    world = github.world
    world.repo("acme/secret", private=True)
    one = world.commit(REPOSITORY, "ann")
    world.commit("acme/secret", "ann", sha=one)
    world.pull_request("acme/secret", "ann", [one])
    assert associated(github, one) == []


def test_the_changed_files_are_on_a_comparisons_first_page_and_300_at_the_most(github: GitHub) -> None:
    world = github.world
    root = world.commit(REPOSITORY, "ann")
    world.commit(REPOSITORY, "ann", files=["a b.md", ("old.py", "new.py")])
    head = world.commit(REPOSITORY, "ann", files=["a b.md"])
    compared = github.get(f"{REPO}/compare/{root}...{head}?per_page=1")
    assert [
        (it["filename"], it["status"], it.get("previous_filename")) for it in compared.json()["files"]
    ] == [
        ("a b.md", "modified", None),
        ("new.py", "renamed", "old.py"),
    ]
    assert "files" not in github.get(compared.links["next"]["url"]).json()
    head = world.commit(REPOSITORY, "ann", files=[f"{number}.py" for number in range(400)])
    assert len(github.get(f"{REPO}/compare/{root}...{head}").json()["files"]) == 300


def test_a_push_changes_the_files_that_it_is_given(github: GitHub) -> None:
    first = github.world.push(REPOSITORY, "ann", {"a.txt": "1"})
    second = github.world.push(REPOSITORY, "ann", {"b.txt": "2"})
    compared = github.get(f"{REPO}/compare/{first}...{second}").json()
    assert [it["filename"] for it in compared["files"]] == ["b.txt"]
