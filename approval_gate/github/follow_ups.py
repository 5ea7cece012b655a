"""The follow-ups of one repository, which the gate's own account opened."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from approval_gate.core.follow_up import LABEL, FollowUpIssue
from approval_gate.core.marker import FollowUpMarker, read_follow_up
from approval_gate.core.timing import LAG
from approval_gate.errors import GitHubError, RejectedError
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

    def of_run(self, run_id: int) -> FollowUpIssue | None:
        """Return the follow-up of a run, open or closed; the first if a fault of GitHub's opened two."""
        return next((it for it, _ in reversed([*self.listed("all")]) if it.marker.run_id == run_id), None)

    def open(
        self, marker: FollowUpMarker, title: Callable[[datetime], str], body: str, owner: str
    ) -> FollowUpIssue:
        """Open a follow-up, once; without an owner if GitHub cannot assign it to them.

        The title is made from the time of opening.
        """

        def create() -> FollowUpIssue:
            content = {"title": title(self._client.now()), "body": marker.body(body), "labels": [LABEL]}
            try:
                answer = self._client.write("POST", self._issues, {**content, "assignees": [owner]})
            except RejectedError:
                answer = self._client.write("POST", self._issues, content)
            data = answer.data
            found = parse("the new follow-up", partial(read_issue, data, self._client.now()))
            return parse("the new follow-up", partial(_follow_up, data, found, marker))

        return self._client.write_once(create, partial(self.of_run, marker.run_id), lag=LAG)

    def make_sub_issue(self, number: int, follow_up: FollowUpIssue) -> GitHubError | None:
        """Make a follow-up a sub-issue of an issue; return why that cannot be, as on an older server.

        (https://docs.github.com/en/rest/issues/sub-issues#add-sub-issue)
        """
        try:
            self._client.write("POST", f"{self._issues}/{number}/sub_issues", {"sub_issue_id": follow_up.id})
        except GitHubError as error:
            return error
        return None


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
