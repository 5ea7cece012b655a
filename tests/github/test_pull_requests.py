"""The pull requests that brought in what is new: who wrote them, who approved them, and what has none."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from approval_gate.core.facts import Change, Files, PullRequest, PullRequests, Source
from approval_gate.core.model import Person
from approval_gate.emulator import world as embedded
from approval_gate.github import change as subject
from approval_gate.github import pull_requests
from approval_gate.github.change import read_change, read_change_again
from approval_gate.github.situation import read_last_deployment
from tests.github.scene import SHOP, Scene

NEEDED = {"contents": "read", "deployments": "read", "pull_requests": "read"}


@pytest.fixture(autouse=True)
def _permitted(scene: Scene) -> None:
    scene.world.tokens["app"].permissions = dict(NEEDED)


class Branch:
    """The default branch, with everything deployed that it has at first."""

    def __init__(self, scene: Scene) -> None:
        self.world = scene.world
        self.head = self.world.commit(SHOP, "zoe")
        self.world.deploy(SHOP, "production", self.head, "SUCCESS")

    def push(self, author: str, **how: Any) -> str:
        self.head = self.world.commit(SHOP, author, parents=[self.head], **how)
        return self.head

    def request(self, *authors: str, title: str = "A change") -> embedded.PullRequest:
        """Open a pull request with a commit of each author."""
        commits = [self.head]
        for author in authors:
            commits.append(self.world.commit(SHOP, author, parents=[commits[-1]]))
        return self.world.pull_request(SHOP, authors[0], commits[1:], title)

    def merge(self, it: embedded.PullRequest, how: str = "merge", by: str = "cy") -> None:
        self.head = self.world.merge(SHOP, it, by, self.head, how)

    def merged(self, *authors: str, how: str = "merge", by: str = "") -> embedded.PullRequest:
        """Merge a pull request, with an approval if somebody gives one."""
        it = self.request(*authors)
        if by:
            self.world.review(it, by)
        self.merge(it, how)
        return it


@pytest.fixture
def branch(scene: Scene) -> Branch:
    return Branch(scene)


def read(scene: Scene, branch: Branch, **options: Any) -> Change:
    client = scene.client(**options)
    last = read_last_deployment(client, SHOP, "production")
    return read_change(client, SHOP, last, branch.head, "github.com").change


def again(scene: Scene, branch: Branch, known: Change, **options: Any) -> Change:
    client = scene.client(**options)
    client.get("/meta")  # tells the time
    return read_change_again(client, SHOP, "production", branch.head, "github.com", known)


def requests(found: Change) -> PullRequests:
    assert found.pull_requests is not None
    return found.pull_requests


def only(found: Change) -> PullRequest:
    (request,) = requests(found).merged
    return request


def names(people: tuple[Person, ...]) -> list[str]:
    return [person.login for person in people]


def numbers(found: Change) -> list[int]:
    return [it.number for it in requests(found).merged]


def reviewed(found: Change) -> list[bool]:
    return [it.reviewed for it in requests(found).merged]


FAULTS: dict[str, Callable[[Scene, int], object]] = {
    "the last deployment": lambda it, status: it.fault("/graphql", method="POST", status=status),
    "the comparison": lambda it, status: it.fault(".*/compare/", status=status),
    "the authors": lambda it, status: it.fault("/graphql", method="POST", first=2, status=status),
    "the pull requests": lambda it, status: it.fault("/graphql", method="POST", first=3, status=status),
}


# What a pull request says ------------------------------------------------------------------


def test_a_merged_pull_request_is_read_with_authors_and_approvals(scene: Scene, branch: Branch) -> None:
    it = branch.request("ann", "bob", title="Faster checkout")
    branch.world.review(it, "cy")
    branch.merge(it)
    found = only(read(scene, branch))
    assert (found.number, found.title, found.author) == (it.number, "Faster checkout", scene.person("ann"))
    assert found.url == f"{scene.url}/acme/shop/pull/{it.number}"
    assert (found.head, names(found.authors)) == (it.commits[-1], ["ann", "bob"])
    assert [(review.by.login, review.commit) for review in found.approvals] == [("cy", it.commits[-1])]
    assert (found.complete, found.reviewed) == (True, True)


@pytest.mark.parametrize("how", ["merge", "squash", "rebase", "push"])
def test_however_it_was_merged_none_of_it_was_pushed(scene: Scene, branch: Branch, how: str) -> None:
    it = branch.merged("ann", "bob", how=how, by="cy")
    found = read(scene, branch)
    assert (numbers(found), requests(found).pushed, reviewed(found)) == ([it.number], (), [True])
    assert names(only(found).authors) == ["ann", "bob"]


def test_a_commit_without_a_pull_request_was_pushed(scene: Scene, branch: Branch) -> None:
    branch.merged("ann", by="cy")
    pushed = branch.push("bob")
    found = read(scene, branch)
    assert (requests(found).pushed, reviewed(found)) == ((pushed,), [True])


def test_a_change_of_pushed_commits_alone_needs_no_request_for_pull_requests(
    scene: Scene, branch: Branch
) -> None:
    pushed = branch.push("bob")
    assert requests(read(scene, branch)).pushed == (pushed,)
    assert len(scene.world.requests) == 3


def test_a_merge_commit_that_github_did_not_make_was_pushed(scene: Scene, branch: Branch) -> None:
    it = branch.merged("ann", how="by hand", by="cy")
    found = read(scene, branch)
    assert (requests(found).pushed, reviewed(found)) == ((it.merge_commit,), [True])


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("parents", [1, 2])
def test_a_commit_on_top_of_a_pull_request_is_not_reviewed_with_it(
    scene: Scene, branch: Branch, parents: int, *, signed: bool
) -> None:
    it = branch.request("ann")
    branch.world.review(it, "cy")
    github = "GitHub <noreply@github.com>"
    under = [it.commits[-1], branch.head][:parents]
    on_top = branch.world.commit(SHOP, "ann", committer=github, parents=under, signed=signed)
    it.merge_commit, it.introduced = on_top, (*it.commits, on_top)
    branch.head = on_top
    made_by_github = signed and parents == 2
    assert requests(read(scene, branch)).pushed == (() if made_by_github else (on_top,))


def test_a_merge_with_the_valid_signature_of_a_person_was_pushed(scene: Scene, branch: Branch) -> None:
    it = branch.request("ann")
    branch.world.review(it, "cy")
    merge = branch.world.commit(SHOP, "ann", parents=[branch.head, it.commits[-1]], signed=True)
    it.merge_commit, it.introduced = merge, (*it.commits, merge)
    branch.head = merge
    assert requests(read(scene, branch)).pushed == (merge,)


def test_a_merge_commit_that_github_gives_no_pull_request_for_was_not_pushed(
    scene: Scene, branch: Branch
) -> None:
    it = branch.merged("ann", by="cy")
    it.introduced = tuple(it.commits)
    assert requests(read(scene, branch)).pushed == ()


def test_an_open_pull_request_brings_nothing_in(scene: Scene, branch: Branch) -> None:
    it = branch.request("ann")
    branch.world.review(it, "cy")
    branch.head = it.commits[-1]
    found = requests(read(scene, branch))
    assert (found.merged, found.pushed) == ((), tuple(it.commits))


def test_a_pull_request_of_another_repository_does_not_count(scene: Scene, branch: Branch) -> None:
    branch.world.repo("acme/upstream", private=False)
    pushed = branch.push("ann")
    branch.world.commit("acme/upstream", "ann", sha=pushed)
    other = branch.world.pull_request("acme/upstream", "ann", [pushed])
    branch.world.review(other, "cy")
    branch.world.merge("acme/upstream", other, "cy", pushed, "push")
    found = requests(read(scene, branch))
    assert (found.merged, found.pushed) == ((), (pushed,))


def test_a_reverted_pull_request_counts_as_does_its_revert(scene: Scene, branch: Branch) -> None:
    first = branch.merged("ann", by="cy")
    second = branch.merged("bob", by="cy")
    found = read(scene, branch)
    assert (numbers(found), reviewed(found)) == ([first.number, second.number], [True, True])


def test_nothing_new_has_no_pull_requests(scene: Scene, branch: Branch) -> None:
    found = read(scene, branch)
    assert (found.commits, found.pull_requests, found.files) == (0, None, Files(paths=(), complete=True))


# Who wrote and who approved ----------------------------------------------------------------


def test_a_pull_request_without_a_review_is_not_reviewed(scene: Scene, branch: Branch) -> None:
    branch.merged("ann")
    assert reviewed(read(scene, branch)) == [False]


def test_an_approval_of_an_earlier_commit_is_not_one_of_the_last(scene: Scene, branch: Branch) -> None:
    it = branch.request("ann", "ann")
    branch.world.review(it, "cy", sha=it.commits[0])
    branch.merge(it)
    found = only(read(scene, branch))
    assert ([review.commit for review in found.approvals], found.reviewed) == ([it.commits[0]], False)


def test_an_approval_of_a_commit_that_is_gone_is_not_one_of_the_last(scene: Scene, branch: Branch) -> None:
    it = branch.request("ann")
    branch.world.review(it, "cy", sha="de" * 20)
    branch.merge(it)
    found = only(read(scene, branch))
    assert ([review.commit for review in found.approvals], found.reviewed) == ([""], False)


@pytest.mark.parametrize("wrote", ["author", "co-author", "committer", "opened"])
def test_nobody_reviews_what_they_wrote(scene: Scene, branch: Branch, wrote: str) -> None:
    how = {"co-author": {"co_authors": ["cy"]}, "committer": {"committer": "cy"}}.get(wrote, {})
    commit = branch.world.commit(SHOP, "cy" if wrote == "author" else "ann", parents=[branch.head], **how)
    it = branch.world.pull_request(SHOP, "cy" if wrote == "opened" else "ann", [commit])
    branch.world.review(it, "cy")
    branch.merge(it, "squash")
    assert reviewed(read(scene, branch)) == [False]


def test_a_no_reply_address_in_a_commit_is_its_accounts(scene: Scene, branch: Branch) -> None:
    address = f"C <{scene.person('cy').id}+cy@users.noreply.github.com>"
    commit = branch.world.commit(SHOP, address, parents=[branch.head])
    branch.world.emails.clear()
    it = branch.world.pull_request(SHOP, "ann", [commit])
    branch.world.review(it, "cy")
    branch.merge(it)
    assert reviewed(read(scene, branch)) == [False]


def test_only_people_who_can_write_review(scene: Scene, branch: Branch) -> None:
    branch.merged("ann", by="dee")
    assert only(read(scene, branch)).approvals == ()


@pytest.mark.parametrize("state", ["CHANGES_REQUESTED", "DISMISSED", "COMMENTED"])
def test_the_last_opinion_of_a_person_counts(scene: Scene, branch: Branch, state: str) -> None:
    it = branch.request("ann")
    branch.world.review(it, "cy")
    branch.world.review(it, "cy", state)
    branch.merge(it)
    assert reviewed(read(scene, branch)) == [state == "COMMENTED"]


def test_a_bots_review_is_shown_and_does_not_count(scene: Scene, branch: Branch) -> None:
    branch.world.user("lint[bot]", kind="Bot")
    branch.world.permit(SHOP, "write", "lint[bot]")
    it = branch.merged("ann", by="lint[bot]")
    found = only(read(scene, branch))
    assert [(review.by.login, review.by.bot) for review in found.approvals] == [("lint[bot]", True)]
    assert (found.number, found.reviewed) == (it.number, False)


def test_a_bots_pull_request_can_be_reviewed(scene: Scene, branch: Branch) -> None:
    branch.merged("renovate[bot]", how="squash", by="cy")
    found = only(read(scene, branch))
    assert found.author == scene.person("renovate[bot]")
    assert found.reviewed


def test_the_author_of_a_pull_request_can_be_gone(scene: Scene, branch: Branch) -> None:
    branch.merged("eve", by="cy")
    scene.world.delete_user("eve")
    assert only(read(scene, branch)).author is None


def test_a_title_is_kept_as_it_is_written(scene: Scene, branch: Branch) -> None:
    title = "`@ann` <!-- x --> \u202e ::error::"
    branch.merge(branch.request("ann", title=title))
    assert only(read(scene, branch)).title == title


# Files -------------------------------------------------------------------------------------


def test_the_files_of_all_new_commits_are_told_once_and_a_moved_one_by_both_names(
    scene: Scene, branch: Branch
) -> None:
    branch.push("ann", files=["CHANGELOG.md", "docs/a.md"])
    branch.push("bob", files=["CHANGELOG.md", ("src/a.py", "lib/a.py")])
    assert read(scene, branch).files == Files(
        paths=("CHANGELOG.md", "docs/a.md", "src/a.py", "lib/a.py"), complete=True
    )


@pytest.mark.parametrize(("count", "complete"), [(299, True), (300, False), (301, False)])
def test_as_many_files_as_github_lists_may_not_be_all(
    scene: Scene, branch: Branch, count: int, *, complete: bool
) -> None:
    branch.push("ann", files=[f"src/{number}.py" for number in range(count)])
    files = read(scene, branch).files
    assert files is not None
    assert (len(files.paths), files.complete) == (min(count, 300), complete)


def test_the_files_are_those_of_the_first_page(scene: Scene, branch: Branch) -> None:
    branch.push("ann", files=["CHANGELOG.md"])
    for _ in range(100):
        branch.push("ann")
    found = read(scene, branch)
    assert (found.commits, found.files) == (101, Files(paths=("CHANGELOG.md",), complete=True))


def test_the_files_of_a_whole_history_are_not_read(scene: Scene) -> None:
    branch = Branch(scene)
    scene.world.repos[SHOP].deployments.clear()
    branch.merged("ann", by="cy")
    found = read(scene, branch)
    assert (found.whole, found.files, reviewed(found)) == (True, None, [True])


# Requests ----------------------------------------------------------------------------------


def test_an_ordinary_change_takes_four_requests(scene: Scene, branch: Branch) -> None:
    for author in ("ann", "bob", "ann"):
        branch.merged(author, author, by="cy")
    found = read(scene, branch)
    assert (found.commits, len(requests(found).merged), reviewed(found)) == (9, 3, [True] * 3)
    assert [it.method for it in scene.world.requests] == ["POST", "GET", "POST", "POST"]


def test_five_hundred_commits_in_a_hundred_and_twenty_pull_requests_take_eight_requests(
    scene: Scene, branch: Branch
) -> None:
    for number in range(120):
        authors = ["ann"] * (4 if number < 20 else 3)
        branch.merged(*authors, by="cy")
    found = read(scene, branch)
    assert (found.commits, len(requests(found).merged)) == (500, 120)
    assert (requests(found).pushed, all(reviewed(found))) == ((), True)
    assert len(scene.world.requests) == 8


def test_a_large_query_that_fails_is_asked_again_in_parts(scene: Scene, branch: Branch) -> None:
    for _ in range(60):
        branch.merged("ann", by="cy")
    scene.fault("/graphql", method="POST", first=2, status=502)
    scene.fault("/graphql", method="POST", first=4, status=502)
    found = read(scene, branch)
    assert (found.commits, len(requests(found).merged), all(reviewed(found))) == (120, 60, True)
    # One for the last deployment, three for the commits, three for the pull requests; no pause between them.
    assert (len(scene.asked("POST")), scene.machine.slept) == (7, [])


def test_more_commits_of_a_pull_request_than_a_page_holds_are_all_read(scene: Scene, branch: Branch) -> None:
    branch.merged(*["ann"] * 120, "cy", how="squash", by="cy")
    branch.merged("ann", by="cy")
    found = read(scene, branch)
    assert [names(it.authors) for it in requests(found).merged] == [["ann", "cy"], ["ann"]]
    assert (reviewed(found), len(scene.world.requests)) == ([False, True], 5)


def test_of_a_pull_request_with_more_commits_than_are_read_it_is_unknown_who_wrote_it(
    scene: Scene, branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_requests, "COMMITS", 200)
    branch.merged(*["ann"] * 250, how="squash", by="cy")
    found = only(read(scene, branch))
    assert (found.complete, found.reviewed) == (False, True)


@pytest.mark.parametrize("size", [1, 5, 6, 20, 21, 100])
def test_all_commits_are_read_in_one_request_up_to_a_hundred(scene: Scene, branch: Branch, size: int) -> None:
    branch.merged(*["ann"] * (size - 1), "bob", how="squash", by="cy")
    found = only(read(scene, branch))
    assert (found.complete, "bob" in names(found.authors)) == (True, True)
    assert len(scene.world.requests) == 4


def test_of_a_commit_with_very_many_authors_it_is_unknown_who_wrote_it(scene: Scene, branch: Branch) -> None:
    commit = branch.world.commit(
        SHOP, "ann", co_authors=[f"user{number}" for number in range(20)], parents=[branch.head]
    )
    it = branch.world.pull_request(SHOP, "ann", [commit])
    branch.merge(it, "squash")
    assert only(read(scene, branch)).complete is False


def test_with_more_reviews_than_can_be_read_it_is_unknown_who_approved(scene: Scene, branch: Branch) -> None:
    people = [f"user{number}" for number in range(101)]
    branch.world.permit(SHOP, "write", *people)
    it = branch.request("ann")
    for person in people:
        branch.world.review(it, person)
    branch.merge(it)
    found = only(read(scene, branch))
    assert (found.complete, len(found.approvals)) == (False, 100)


# A later look ------------------------------------------------------------------------------


def test_a_review_that_came_later_is_found_in_one_request(scene: Scene, branch: Branch) -> None:
    it = branch.merged("ann")
    branch.push("bob")
    known = read(scene, branch)
    branch.world.review(it, "cy")
    scene.world.requests.clear()
    scene.machine.seconds += 60
    found = again(scene, branch, known)
    assert (reviewed(known), reviewed(found)) == ([False], [True])
    assert len(scene.asked("POST")) == 1
    assert (requests(found).pushed, found.source) == (requests(known).pushed, known.source)
    assert (requests(found).source.at - requests(known).source.at).seconds == 60


def test_a_review_that_was_dismissed_later_no_longer_counts(scene: Scene, branch: Branch) -> None:
    it = branch.merged("ann", by="cy")
    known = read(scene, branch)
    branch.world.review(it, "cy", "DISMISSED")
    assert reviewed(again(scene, branch, known)) == [False]


def test_what_was_incomplete_stays_so(scene: Scene, branch: Branch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull_requests, "COMMITS", 100)
    branch.merged(*["ann"] * 101, how="squash", by="cy")
    assert only(again(scene, branch, read(scene, branch))).complete is False


def test_where_nothing_is_new_no_request_is_made_again(scene: Scene, branch: Branch) -> None:
    known = read(scene, branch)
    scene.world.requests.clear()
    assert again(scene, branch, known) is known
    assert not scene.asked("POST")


def test_after_a_fault_in_a_later_look_the_next_one_reads_the_reviews(scene: Scene, branch: Branch) -> None:
    it = branch.merged("ann")
    known = read(scene, branch)
    scene.fault("/graphql", method="POST", status=502, times=1)
    lost = again(scene, branch, known, retry_limit=0)
    assert (requests(lost).source.problem != "", requests(lost).source.lasting) == (True, False)
    branch.world.review(it, "cy")
    found = again(scene, branch, lost)
    assert (reviewed(found), requests(found).source.problem) == ([True], "")


@pytest.mark.parametrize("first", [1, 2, 3])
def test_after_a_fault_at_the_opening_a_later_look_reads_everything(
    scene: Scene, branch: Branch, first: int
) -> None:
    branch.merged("ann", by="cy")
    scene.fault("/graphql", method="POST", first=first, status=502)
    lost = read(scene, branch, retry_limit=0)
    assert lost.source.problem or requests(lost).source.problem
    found = again(scene, branch, lost)
    assert (found.source.problem, requests(found).source.problem, reviewed(found)) == ("", "", [True])


@pytest.mark.parametrize("where", ["/graphql", ".*/compare/"])
def test_a_fault_of_a_later_look_leaves_what_is_known_of_the_commits(
    scene: Scene, branch: Branch, where: str
) -> None:
    branch.merged("ann", by="cy")
    FAULTS["the pull requests"](scene, 502)
    known = read(scene, branch, retry_limit=0)
    scene.fault(where, method="POST" if where == "/graphql" else "GET", status=502)
    lost = again(scene, branch, known, retry_limit=0)
    assert (lost.source, lost.authors, requests(lost).source.problem != "") == (
        known.source,
        known.authors,
        True,
    )
    assert (requests(lost).source.lasting, requests(lost).merged) == (False, ())
    assert reviewed(again(scene, branch, lost)) == [True]


@pytest.mark.parametrize("lacking", ["contents", "deployments", "pull_requests"])
def test_what_a_token_may_not_see_is_not_asked_for_again(scene: Scene, branch: Branch, lacking: str) -> None:
    branch.merged("ann", by="cy")
    del scene.world.tokens["app"].permissions[lacking]
    known = read(scene, branch)
    scene.world.requests.clear()
    assert again(scene, branch, known) is known
    assert [it.path for it in scene.world.requests] == ["/meta"]


# Refused, or not to be trusted -------------------------------------------------------------


def problem(source: Source) -> tuple[str, bool, tuple[str, ...]]:
    return source.problem, source.lasting, source.grant


def test_without_the_permission_for_pull_requests_the_rest_is_read(scene: Scene, branch: Branch) -> None:
    branch.merged("ann", by="cy")
    del scene.world.tokens["app"].permissions["pull_requests"]
    found = read(scene, branch)
    assert (found.source.problem, found.commits, names(found.authors)) == ("", 2, ["cy", "ann"][::-1])
    assert problem(requests(found).source) == (
        "the token needs pull-requests: read to see the pull requests of what is new",
        True,
        ("pull-requests: read",),
    )


@pytest.mark.parametrize("lacking", ["contents", "deployments"])
def test_without_a_permission_for_the_change_nothing_of_it_is_known(
    scene: Scene, branch: Branch, lacking: str
) -> None:
    branch.merged("ann", by="cy")
    del scene.world.tokens["app"].permissions[lacking]
    found = read(scene, branch)
    assert problem(found.source) == (
        "the token needs contents: read and deployments: read to see what is new since the last deployment",
        True,
        ("contents: read", "deployments: read"),
    )
    assert (found.commits, found.authors, found.files, found.pull_requests) == (0, (), None, None)


@pytest.mark.parametrize("where", FAULTS)
def test_a_refusal_that_passes_changes_nothing(scene: Scene, branch: Branch, where: str) -> None:
    branch.merged("ann", by="cy")
    FAULTS[where](scene, 403)
    assert reviewed(read(scene, branch)) == [True]


@pytest.mark.parametrize("confirm", [True, False])
def test_a_missing_permission_costs_a_request_only_if_something_depends_on_it(
    scene: Scene, branch: Branch, *, confirm: bool
) -> None:
    branch.merged("ann", by="cy")
    del scene.world.tokens["app"].permissions["pull_requests"]
    client = scene.client()
    last = read_last_deployment(client, SHOP, "production")
    found = read_change(client, SHOP, last, branch.head, "github.com", confirm=confirm).change
    assert (requests(found).source.grant, found.commits) == (("pull-requests: read",), 2)
    assert len(scene.world.requests) == 3 + confirm


def test_a_permission_that_is_taken_away_later_is_a_problem(scene: Scene, branch: Branch) -> None:
    branch.merged("ann", by="cy")
    known = read(scene, branch)
    del scene.world.tokens["app"].permissions["pull_requests"]
    assert requests(again(scene, branch, known)).source.grant == ("pull-requests: read",)


def test_more_commits_than_are_read_are_a_problem_and_not_an_error(
    scene: Scene, branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "COMMITS", 3)
    since = branch.head
    for _ in range(4):
        branch.push("ann")
    found = read(scene, branch)
    assert problem(found.source) == (
        f"there are more than 3 commits since {since[:7]} was deployed, too many to read who wrote them",
        True,
        (),
    )


def test_a_history_that_is_too_long_is_known_after_its_first_page(
    scene: Scene, branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "COMMITS", 200)
    scene.world.repos[SHOP].deployments.clear()
    for _ in range(200):
        branch.push("ann")
    found = read(scene, branch)
    assert found.source.problem.startswith("there are more than 200 commits in all, since no deployment")
    assert len(scene.asked("GET")) == 1


def test_authors_who_must_be_barred_are_read_of_more_commits_without_their_pull_requests(
    scene: Scene, branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "COMMITS", 3)
    for _ in range(4):
        branch.push("ann")
    client = scene.client()
    last = read_last_deployment(client, SHOP, "production")
    found = read_change(client, SHOP, last, branch.head, "github.com", barred=True).change
    assert (found.commits, names(found.authors)) == (4, ["ann"])
    assert problem(requests(found).source)[0].startswith("there are more than 3 commits")


def answered(data: object) -> str:
    return json.dumps({"data": data})


def node(sha: str, found: object) -> dict[str, object]:
    return {"oid": sha, "authors": {"totalCount": 0, "nodes": []}, "associatedPullRequests": found}


@pytest.mark.parametrize(
    "found",
    [
        None,
        {},
        {"totalCount": 1, "nodes": []},
        {"totalCount": 1, "nodes": [None]},
        {"totalCount": 1, "nodes": [{"number": 7, "merged": True, "baseRepository": {}}]},
        {"totalCount": 0, "nodes": None},
    ],
)
def test_associations_of_another_shape_or_incomplete_are_a_problem_of_the_pull_requests(
    scene: Scene, branch: Branch, found: object
) -> None:
    branch.push("ann")
    body = answered({"ids0": [node(branch.head, found)]})
    scene.fault("/graphql", method="POST", first=2, status=200, body=body)
    change = read(scene, branch)
    source = requests(change).source
    assert (change.source.problem, change.commits) == ("", 1)
    assert source.problem.startswith("the pull requests of what is new could not be read: ")
    assert (source.lasting, requests(change).pushed) == (False, ())


def pull_request(**others: object) -> dict[str, Any]:
    commit = {
        "oid": "ab" * 20,
        "committer": None,
        "authors": {"totalCount": 1, "nodes": [{"name": "Ann", "email": "ann@example.com", "user": None}]},
    }
    end = {"hasNextPage": False, "endCursor": None}
    return {
        "number": 1,
        "title": "A change",
        "url": "https://github.com/acme/shop/pull/1",
        "author": None,
        "mergeCommit": None,
        "headRefOid": "ab" * 20,
        "latestOpinionatedReviews": {"totalCount": 0, "nodes": [], "pageInfo": {"hasNextPage": False}},
        "commits": {"totalCount": 1, "nodes": [{"commit": commit}], "pageInfo": end},
    } | others


def reviews(*nodes: object, total: int | None = None) -> dict[str, object]:
    page = {"hasNextPage": False}
    return {"totalCount": len(nodes) if total is None else total, "nodes": [*nodes], "pageInfo": page}


APPROVAL = {
    "state": "APPROVED",
    "author": {"type": "User", "id": 77, "login": "cy"},
    "commit": {"oid": "ab" * 20},
}


def told(scene: Scene, branch: Branch, data: object) -> PullRequests:
    """Read a change whose one pull request GitHub answers so."""
    branch.merged("ann", by="cy")
    scene.fault("/graphql", method="POST", first=3, status=200, body=answered(data), times=2)
    return requests(read(scene, branch))


def test_an_answer_of_the_documented_shape_is_read(scene: Scene, branch: Branch) -> None:
    found = told(
        scene, branch, {"repository": {"p1": pull_request(latestOpinionatedReviews=reviews(APPROVAL))}}
    )
    assert (found.source.problem, found.merged[0].reviewed) == ("", True)


@pytest.mark.parametrize(
    "other",
    [
        None,
        {},
        pull_request(headRefOid="HEAD"),
        pull_request(latestOpinionatedReviews=None),
        pull_request(latestOpinionatedReviews=reviews(total=1)),
        pull_request(latestOpinionatedReviews=reviews(None)),
        pull_request(latestOpinionatedReviews=reviews(APPROVAL | {"commit": {"oid": "HEAD"}})),
        pull_request(commits=None),
        pull_request(commits=pull_request()["commits"] | {"nodes": [None]}),
        pull_request(
            commits=pull_request()["commits"] | {"pageInfo": {"hasNextPage": True, "endCursor": None}}
        ),
        pull_request(number=None),
    ],
)
def test_a_pull_request_of_another_shape_is_a_problem(scene: Scene, branch: Branch, other: object) -> None:
    found = told(scene, branch, {"repository": {"p1": other}})
    assert found.source.problem.startswith("the pull requests of what is new could not be read: ")
    assert (found.merged, found.pushed, found.source.lasting) == ((), (), False)


@pytest.mark.parametrize(("data", "lasting"), [({"repository": None}, True), ({"repository": []}, False)])
def test_a_repository_that_is_not_there_is_a_problem(
    scene: Scene, branch: Branch, data: object, *, lasting: bool
) -> None:
    found = told(scene, branch, data)
    assert (found.merged, found.source.problem != "", found.source.lasting) == ((), True, lasting)


def test_fewer_commits_of_a_pull_request_than_it_has_leave_its_authors_unknown(
    scene: Scene, branch: Branch
) -> None:
    fewer = pull_request(commits=pull_request()["commits"] | {"totalCount": 2})
    assert told(scene, branch, {"repository": {"p1": fewer}}).merged[0].complete is False


def test_an_account_that_is_neither_a_person_nor_a_bot_approves_nothing(scene: Scene, branch: Branch) -> None:
    mannequin = APPROVAL | {"author": {"type": "Mannequin", "login": "cy"}}
    other = pull_request(latestOpinionatedReviews=reviews(mannequin))
    assert told(scene, branch, {"repository": {"p1": other}}).merged[0].approvals == ()


@pytest.mark.parametrize("where", FAULTS)
def test_a_fault_of_any_request_is_a_problem_that_can_pass(scene: Scene, branch: Branch, where: str) -> None:
    branch.merged("ann", by="cy")
    FAULTS[where](scene, 502)
    found = read(scene, branch, retry_limit=0)
    source = requests(found).source if where == "the pull requests" else found.source
    assert (source.problem != "", source.lasting, source.grant) == (True, False, ())
    assert found.pull_requests is None or not requests(found).merged
