"""An issue that an earlier step opened, as what comes after the gate sees it.

It is touched only if the token's own account wrote it and its marker is of
this run: anybody can write a marker. Everything can be done again, and changes
nothing then.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from approval_gate.core.model import Outcome
from approval_gate.core.result import Results
from approval_gate.errors import GitHubError, LockedError


class Mark(Protocol):
    """What tells a request apart: its run, the attempt, and a nonce, since twins share both."""

    @property
    def run_id(self) -> int: ...
    @property
    def run_attempt(self) -> int: ...
    @property
    def nonce(self) -> str: ...


class Approval(Protocol):
    """An issue; without a marker it is no approval issue."""

    @property
    def number(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def author_id(self) -> int | None: ...
    @property
    def marker(self) -> Mark | None: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def is_open(self) -> bool: ...


class Issues(Protocol):
    """The issues of the repository that the request went to. Every call may raise a GitHubError."""

    def now(self) -> datetime: ...
    def own_account(self) -> int: ...
    def all_open(self) -> Iterable[Approval]: ...
    def read(self, number: int) -> Approval | None: ...
    def has_comment(self, issue: Any, what: str, author_id: int) -> bool: ...  # noqa: ANN401 - what read() gave
    def comment(self, issue: Any, what: str, text: str, author_id: int) -> None: ...  # noqa: ANN401 - the same
    def label(self, issue: Any, labels: Sequence[str]) -> None: ...  # noqa: ANN401 - the same
    def close(self, issue: Any, labels: Sequence[str], *, completed: bool) -> None: ...  # noqa: ANN401 - the same


class Messages(Protocol):
    """What people read."""

    def swept(self, status: Outcome) -> str: ...
    def result(
        self,
        results: Results,
        now: datetime,
        standing: Sequence[str],
        *,
        release_url: str | None,
        rollback_url: str | None,
    ) -> str: ...


class Log(Protocol):
    """The job's log."""

    def say(self, line: str = "") -> None: ...
    def warn(self, text: str) -> None: ...


class OnceComment:
    """Writes a comment that belongs to a request, once.

    On a locked issue no app can comment, and what must be done is done all the
    same: then it is a warning. So is every other error at the last try.
    """

    def __init__(self, issues: Issues, issue: Approval, own: int, job: Log, *, last: bool) -> None:
        self._issues, self._issue, self._own = issues, issue, own
        self.job, self._last = job, last

    def write(self, what: str, name: str, text: Callable[[], str]) -> None:
        """Write it, unless it is there.

        Args:
            what: names it among the request's own.
            name: the same, for people.
            text: in Markdown.

        Raises:
            GitHubError: it cannot be written, and may be at the next try.
        """
        try:
            if not self._issues.has_comment(self._issue, what, self._own):
                self._issues.comment(self._issue, what, text(), self._own)
        except GitHubError as error:
            if not self._last and not isinstance(error, LockedError):
                raise
            self.job.warn(
                f"The {name} could not be written on {self._issue.url}: {error.problem} {error.detail}"
            )
