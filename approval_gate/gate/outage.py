"""Whether an outage of GitHub, or a refusal, has lasted too long to try on."""

from datetime import timedelta

from approval_gate.core.timing import LAST_READ, OUTAGE_BACKOFF, PERSISTS, Deadline
from approval_gate.errors import (
    GitHubError,
    IssueGoneError,
    NotFoundError,
    TransientError,
    UnauthenticatedError,
    UnsettledError,
)
from approval_gate.gate.ports import Runtime


class OutageTracker:
    """How long GitHub has not given an answer, and whether to try on."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._until: Deadline | None = None
        self._kind: type[GitHubError] = GitHubError
        self._kinds: set[type[GitHubError]] = set()
        self._tries = 0
        self._since = runtime.monotonic()

    def is_news(self, error: GitHubError) -> bool:
        """Whether a fault is the first of its kind in a row; note that it is told."""
        known = type(error) in self._kinds
        self._kinds.add(type(error))
        return not known

    def met(self, error: GitHubError, overdue: float) -> float:
        """Note a fault and return the seconds to wait before the next try, or raise if it lasts too long.

        ``overdue`` are seconds since the deadline, negative before it.
        """
        if not self._tries:
            self._since = self._runtime.monotonic()
        self._tries += 1
        if self._until is None or type(error) is not self._kind:
            self._kind, self._until = type(error), self._runtime.deadline(PERSISTS)
        if isinstance(error, NotFoundError) and self._until.passed:
            raise IssueGoneError(
                "The approval issue can no longer be found.",
                remedy="It was deleted, or the token can no longer see it. Start a new deployment.",
                detail=error.detail,
            ) from error
        if isinstance(error, UnauthenticatedError) and self._until.passed:
            raise error
        if overdue >= LAST_READ:
            raise error
        wait = min(OUTAGE_BACKOFF, 2.0 ** min(self._tries - 1, 8)) * (1 - self._runtime.jitter() / 2)
        if isinstance(error, TransientError):
            wait = max(wait, error.retry_after or 0.0)
        else:
            wait = min(wait, PERSISTS / 2)
        # Not past the deadline, save for the tries at a last read.
        return min(wait, -overdue) if overdue < 0 else min(wait, LAST_READ - overdue)

    def over(self) -> timedelta | None:
        """Note an answer; return how long the outage was that it ends, if it ends one."""
        outage = any(not issubclass(kind, UnsettledError) for kind in self._kinds)
        self._until, self._tries = None, 0
        self._kinds.clear()
        return timedelta(seconds=self._runtime.monotonic() - self._since) if outage else None
