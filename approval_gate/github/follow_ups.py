"""The follow-ups of one repository, which the gate's own account opened."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from approval_gate.core.follow_up import LABEL, FollowUpIssue
from approval_gate.core.marker import FollowUpMarker, read_follow_up
from approval_gate.github.client import Client
from approval_gate.github.issue import ApprovalIssue
from approval_gate.github.parse import parse
from approval_gate.github.thread.issue import ListedIssue, read_issue


class FollowUps:
    """The follow-ups of one repository.

    Args:
        client: sends the requests.
        repository: ``owner/name``.
        own: returns the id of the account that the token writes as.
    """

    def __init__(self, client: Client, repository: str, own: Callable[[], int]) -> None:
        self._client, self._repository, self._own = client, repository, own
        self._issues = f"/repos/{repository}/issues"

    def listed(self, state: str = "open") -> Iterator[tuple[FollowUpIssue, ApprovalIssue]]:
        """List them, newest first, each with its handle; anybody can write a marker, so the author counts."""
        own = None
        for data in self._client.pages(self._issues, {"labels": LABEL, "state": state}):
            marker = parse("an issue", partial(_marker, data))
            if marker is None:
                continue
            own = self._own() if own is None else own
            found = parse("a follow-up", partial(read_issue, data, self._client.now()))
            if found.author.id == own:
                handle = ApprovalIssue(self._client, self._repository, found, marker)
                yield parse("a follow-up", partial(_follow_up, data, found, marker)), handle


def _marker(data: Mapping[str, Any]) -> FollowUpMarker | None:
    return None if "pull_request" in data else read_follow_up(data["body"] or "")


def _follow_up(data: Mapping[str, Any], issue: ListedIssue, marker: FollowUpMarker) -> FollowUpIssue:
    return FollowUpIssue(
        id=issue.id,
        number=issue.number,
        url=issue.url,
        title=issue.title,
        owners=tuple(str(user["login"]) for user in data["assignees"]),
        opened_at=issue.opened_at,
        marker=marker,
    )
