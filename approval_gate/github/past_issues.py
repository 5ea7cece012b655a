"""Approval issues as they are met after their gate is gone: found, read, and written to once more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from approval_gate.errors import IssueGoneError, NotFoundError
from approval_gate.github.client import Client
from approval_gate.github.issue import IssueDesk, Marker, read_marker
from approval_gate.github.parse import labels_of, parse, person_of
from approval_gate.github.people import account_id


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIssue:
    """An issue; without a marker it is no approval issue."""

    number: int
    url: str
    address: str
    author_id: int | None
    marker: Marker | None
    labels: tuple[str, ...]
    is_open: bool


class PastIssues:
    """The issues of one repository.

    Args:
        repository: ``owner/name`` that the requests went to.
    """

    def __init__(self, client: Client, repository: str) -> None:
        self._client = client
        self._repository = repository
        self._issues = f"/repos/{repository}/issues"

    def now(self) -> datetime:
        """Return the time in GitHub's clock."""
        return self._client.now()

    def own_account(self) -> int:
        """Return the id of the account that the token writes as."""
        return account_id(self._client)

    def all_open(self) -> Iterator[KnownIssue]:
        """Read the open issues, the newest first."""
        for data in self._client.pages(self._issues, {"state": "open"}):
            yield parse("an issue", partial(_known, data))

    def read(self, number: int) -> KnownIssue | None:
        """Read an issue; None if there is none that this token may see.

        Raises:
            IssueGoneError: it was deleted, or is another repository's now.
            GitHubError: GitHub refused, or has a fault.
        """
        path = f"{self._issues}/{number}"
        try:
            data = self._client.read_confirmed(path).data
        except NotFoundError:
            return None
        issue = parse(f"issue {number}", partial(_known, data))
        if not (issue.address.lower().endswith(path.lower()) or self._is_here(issue)):
            raise IssueGoneError(
                f"Issue {number} of {self._repository} was moved to {issue.url}.",
                remedy="What it is now is not what people answered to. Nothing was written.",
            )
        return issue

    def _is_here(self, issue: KnownIssue) -> bool:
        """Tell whether an issue is in the repository, which may have been renamed since."""
        data = self._client.read(f"/repos/{self._repository}").data
        here = parse(f"the repository {self._repository}", lambda: str(data["url"]))
        return issue.address.lower() == f"{here}/issues/{issue.number}".lower()

    def has_comment(self, issue: KnownIssue, what: str, author_id: int) -> bool:
        """Tell whether a comment of the request's own was written; only its author's marker is believed."""
        return self._desk(issue).written(issue.number, what, author_id) is not None

    def comment(self, issue: KnownIssue, what: str, text: str, author_id: int) -> None:
        """Write a comment of the request's own, once."""
        self._desk(issue).comment(issue.number, what, text, author_id)

    def label(self, issue: KnownIssue, labels: Sequence[str]) -> None:
        """Set an issue's labels, and leave its state."""
        self._desk(issue).relabel(issue.number, labels)

    def close(self, issue: KnownIssue, labels: Sequence[str], *, completed: bool) -> None:
        """Close an issue and set its labels."""
        self._desk(issue).close(issue.number, labels, completed=completed)

    def _desk(self, issue: KnownIssue) -> IssueDesk:
        assert issue.marker is not None  # noqa: S101 - nobody writes to what has none
        return IssueDesk(self._client, self._repository, issue.marker)


def _known(data: Any) -> KnownIssue:  # noqa: ANN401 - JSON
    author = person_of(data["user"])
    return KnownIssue(
        number=int(data["number"]),
        url=str(data["html_url"]),
        address=str(data["url"]),
        author_id=author.id if author else None,
        marker=None if "pull_request" in data else read_marker(data["body"] or ""),
        labels=labels_of(data),
        is_open=data["state"] == "open",
    )
