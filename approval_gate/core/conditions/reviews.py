"""Whether somebody else reviewed every pull request of the change, as it was merged."""

from dataclasses import replace

from approval_gate.core.conditions.found import Found, failed, passed, unknown, unread, worst
from approval_gate.core.conditions.model import State
from approval_gate.core.facts import Change, PullRequest, PullRequests
from approval_gate.core.plain import visible
from approval_gate.core.wording import every, plural

_NOTHING = "nothing is new since the last deployment"


def look(change: Change | None) -> Found:
    """Look at the reviews of everything that the change merged, and at what came without a pull request."""
    if change is None or change.source.problem:
        return unread(change.source if change else None)
    requests = change.pull_requests
    if requests is None and not change.commits:
        return passed(_NOTHING, at=change.source.at)
    if requests is None or requests.source.problem:
        return unread(requests.source if requests else None)
    return replace(_look(requests, change.commits), at=requests.source.at)


def _look(requests: PullRequests, commits: int) -> Found:
    if requests.pushed:
        return failed(_pushed(requests.pushed), lasting=True)
    if not requests.merged:
        # Every commit belongs to a pull request, or was pushed without one.
        return unknown("what the commits belong to was not read") if commits else passed(_NOTHING)
    found = [_of(request) for request in requests.merged]
    first = worst(found)
    if first.state is State.PASSED:
        return first if len(found) == 1 else passed(f"{every(len(found), 'pull request')} were reviewed")
    others = sum(it.state is not State.PASSED for it in found) - 1
    was = "was" if others == 1 else "were"
    more = f", and {plural(others, 'more pull request')} {was} not reviewed" if others else ""
    return replace(first, reason=f"{first.reason}{more}")


def _of(request: PullRequest) -> Found:
    number, url = f"#{request.number}", request.url
    if not request.complete:
        return unknown(f"{number} has more commits or reviews than can be read", url)
    if request.reviewed:
        return passed(f"{number} was reviewed by somebody who wrote none of it", url)
    if request.by_others:
        return failed(f"{number} was not reviewed again after its last commit", url)
    if request.approvals:
        bots = all(review.by.bot for review in request.approvals)
        who = "bots" if bots else "people who wrote some of it"
        return failed(f"{number} was approved only by {who}", url)
    return failed(f"{number} was merged without a review", url)


def _pushed(commits: tuple[str, ...]) -> str:
    first = visible(commits[0])[:7]
    if len(commits) == 1:
        return f"{first} was pushed without a pull request"
    return f"{len(commits)} commits were pushed without a pull request, such as {first}"
