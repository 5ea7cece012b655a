"""An issue that an earlier step opened, as what comes after the gate sees it.

It is changed only if the token's own account wrote it and its marker is of
this run: anybody can write a marker. Everything can be repeated without effect.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from approval_gate.core.timing import Deadline
from approval_gate.errors import GitHubError, LockedError
from approval_gate.gate.notify import UNWRITTEN
from approval_gate.gate.ports import Issue, Log


class PastIssue(Issue, Protocol):
    """An issue that was found."""

    @property
    def is_open(self) -> bool: ...
    @property
    def opened_at(self) -> datetime: ...
    def record(self) -> Sequence[tuple[str, bool]]: ...
    def set_labels(self, labels: Collection[str], until: Deadline | None = None) -> None: ...


class IssueTracker(Protocol):
    """The issues of the repository that the request went to. Every call may raise a GitHubError."""

    def own_account(self) -> int: ...
    def find(self, number: int) -> PastIssue | None: ...
    def open_issues(self) -> Iterable[PastIssue]: ...


def comment_once(
    issue: Issue, name: str, what: str, text: Callable[[], str], log: Log, *, last: bool
) -> bool:
    """Write a comment of the request's own, unless it is there; return whether it was written now.

    On a locked issue no app can comment, but it can still be labelled and
    closed: then it is a warning. So is every other error at the last try; before, it is raised.
    The warning calls the comment ``what``.
    """
    try:
        if issue.find_comment(name) is not None:
            return False
        issue.comment(name, text())
    except GitHubError as error:
        if not last and not isinstance(error, LockedError):
            raise
        log.warn(f"The {what} could not be written on {issue.url}: {error.line}", UNWRITTEN)
        return False
    return True
