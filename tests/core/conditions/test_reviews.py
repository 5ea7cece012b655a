"""The condition that somebody else reviewed the change."""

from dataclasses import replace

from approval_gate.core.facts import Change, Facts, PullRequest, PullRequests, Review
from approval_gate.core.model import Person
from tests.core.conditions.language import DENIED, FAULT, NOW, READ, look, shown
from tests.core.language import PEOPLE

ANN, BOB, CY, ROBOT = (PEOPLE[login] for login in ("ann", "bob", "cy", "robot"))
HEAD, OLDER = "b" * 40, "a" * 40


def pull(
    number: int, *approved_by: Person, author: Person | None = ANN, on: str = HEAD, complete: bool = True
) -> PullRequest:
    """Return a merged pull request of an author, and of bob, who wrote a commit of it."""
    return PullRequest(
        number=number,
        title="Faster checkout",
        url=f"https://github.test/acme/shop/pull/{number}",
        author=author,
        head=HEAD,
        authors=(BOB, *([author] if author else [])),
        approvals=tuple(Review(by=person, commit=on) for person in approved_by),
        complete=complete,
    )


def change(*merged: PullRequest, pushed: tuple[str, ...] = (), commits: int = 3) -> Facts:
    requests = PullRequests(source=READ, merged=merged, pushed=pushed)
    return Facts(change=Change(source=READ, since=OLDER, commits=commits, pull_requests=requests))


def test_an_approval_of_the_last_commit_by_somebody_else_passes() -> None:
    found = look(change(pull(12, CY)), reviews=True)
    assert shown(found) == "passed: #12 was reviewed by somebody who wrote none of it"
    assert found.url == pull(12).url
    assert found.at == NOW
    found = look(change(pull(12, CY), pull(13, CY, ANN)), reviews=True)
    assert shown(found) == "passed: both pull requests were reviewed"


def test_without_one_it_fails_and_can_still_be_reviewed() -> None:
    found = look(change(pull(11, CY), pull(12)), reviews=True)
    assert shown(found) == "failed: #12 was merged without a review"
    assert found.url == pull(12).url
    found = look(change(pull(12), pull(13), pull(14)), reviews=True)
    assert (
        shown(found) == "failed: #12 was merged without a review, and 2 more pull requests were not reviewed"
    )
    found = look(change(pull(12), pull(13)), reviews=True)
    assert shown(found) == "failed: #12 was merged without a review, and 1 more pull request was not reviewed"


def test_nobody_reviews_their_own_work() -> None:
    said = "failed: #12 was approved only by people who wrote some of it"
    assert shown(look(change(pull(12, BOB)), reviews=True)) == said
    only_author = replace(pull(12, ANN), authors=())
    assert shown(look(change(only_author), reviews=True)) == said
    assert shown(look(change(pull(12, ANN, ROBOT)), reviews=True)) == said
    assert shown(look(change(pull(12, BOB, CY)), reviews=True)).startswith("passed")


def test_a_renamed_author_is_still_the_author() -> None:
    renamed = replace(ANN, login="anna")
    assert look(change(pull(12, renamed)), reviews=True).holds_back


def test_no_bot_reviews() -> None:
    found = look(change(pull(12, ROBOT)), reviews=True)
    assert shown(found) == "failed: #12 was approved only by bots"


def test_the_work_of_a_bot_or_of_a_deleted_account_is_reviewed_like_any_other() -> None:
    for author in (ROBOT, None):
        assert shown(look(change(pull(12, CY, author=author)), reviews=True)).startswith("passed")
        assert look(change(pull(12, author=author)), reviews=True).holds_back


def test_an_approval_of_an_older_commit_is_none() -> None:
    found = look(change(pull(12, CY, on=OLDER)), reviews=True)
    assert shown(found) == "failed: #12 was not reviewed again after its last commit"


def test_commits_without_a_pull_request_fail_it_for_good() -> None:
    found = look(change(pull(12, CY), pushed=(OLDER,)), reviews=True)
    assert shown(found) == "failed!: aaaaaaa was pushed without a pull request"
    found = look(change(pushed=(OLDER, HEAD)), reviews=True)
    assert shown(found) == "failed!: 2 commits were pushed without a pull request, such as aaaaaaa"


def test_one_that_was_not_read_to_its_end_is_unknown() -> None:
    found = look(change(pull(12, CY, complete=False)), reviews=True)
    assert shown(found) == "unknown: #12 has more commits or reviews than can be read"
    assert shown(look(change(pull(12, complete=False), pull(13)), reviews=True)) == (
        "failed: #13 was merged without a review, and 1 more pull request was not reviewed"
    )


def test_whatever_a_pull_request_lacks_leads_to_it() -> None:
    for lacking in (pull(12), pull(12, BOB), pull(12, CY, on=OLDER), pull(12, CY, complete=False)):
        found = look(change(lacking), reviews=True)
        assert found.holds_back
        assert (found.url, found.at) == (pull(12).url, NOW)


def test_nothing_new_needs_no_review() -> None:
    passed = "passed: nothing is new since the last deployment"
    assert shown(look(change(commits=0), reviews=True)) == passed
    unread = Facts(change=Change(source=READ, since=HEAD, commits=0))
    assert shown(look(unread, reviews=True)) == passed


def test_what_was_not_read_is_unknown() -> None:
    absent = "unknown: what it depends on was not read"
    assert shown(look(reviews=True)) == absent
    assert shown(look(Facts(change=Change(source=READ, commits=1)), reviews=True)) == absent
    assert shown(look(Facts(change=Change(source=FAULT)), reviews=True)) == "unknown: GitHub answered 502"
    denied = PullRequests(source=DENIED, merged=(pull(12, CY),))
    for commits in (0, 1):
        facts = Facts(change=Change(source=READ, commits=commits, pull_requests=denied))
        assert shown(look(facts, reviews=True)) == "unknown!: The token lacks `actions: read`"
    assert shown(look(change(commits=2), reviews=True)) == (
        "unknown: what the commits belong to was not read"
    )
