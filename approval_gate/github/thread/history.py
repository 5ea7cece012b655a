"""Reads from GraphQL what REST only hints at; its copy can be behind for a while."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from approval_gate.core.timing import LAG, PERSISTS, Deadline
from approval_gate.errors import NotFoundError, OutageError, PermissionDeniedError, UnsettledError
from approval_gate.github.client import Client
from approval_gate.github.parse import ListedComment
from approval_gate.github.thread.issue import IssueHistory
from approval_gate.github.thread.queries import comment_histories, issue_history
from approval_gate.github.thread.store import EditHistory

Revised = list[tuple[ListedComment, EditHistory]]
"""Comments, each with its edits."""


class Copy(Enum):
    """GraphQL's copy of the conversation. The value: seconds until it is used as it is."""

    CURRENT = 0.0
    BEHIND = LAG
    REFUSED = PERSISTS


@dataclass(slots=True)
class History:
    """Reads the history of one issue and its comments."""

    client: Client
    node_id: str
    _copy: Copy = Copy.CURRENT
    _until: Deadline | None = None

    def read(
        self, comments: Mapping[str, datetime], issue: datetime | None
    ) -> tuple[Revised, IssueHistory | None]:
        """Read the history of some comments, without those that are gone, and of the issue.

        What is behind for longer than GitHub's copies lag is used as it is.

        Args:
            comments: the node ids, with the update time of each that REST has.
            issue: the same of the issue; None if its history need not be read.

        Raises:
            UnsettledError: GraphQL does not have yet what REST has.
        """
        with self._refusals():
            found = comment_histories(self.client, list(comments))
            past = issue_history(self.client, self.node_id) if issue else None
        behind = any(it is None or it[0].updated_at < comments[node] for node, it in found.items())
        if past and issue:
            behind |= past.updated_at < issue
        if self._can_change(Copy.BEHIND if behind else Copy.CURRENT):
            raise UnsettledError("GitHub's edit history is behind the conversation.")
        return [it for it in found.values() if it], past

    def whole(
        self, matters: Callable[[ListedComment], bool], barrier: ListedComment | None
    ) -> tuple[Revised, IssueHistory]:
        """Read the conversation with the history of the issue and of the comments that were edited.

        Args:
            matters: whether a comment's edits matter.
            barrier: the comment that each response must show as it is, or later.

        Raises:
            UnsettledError: a response is older than the barrier, or than the deletion of a comment.
        """
        with self._refusals():
            past = issue_history(self.client, self.node_id, barrier, comments=True)
            edited = [it for it in past.comments if it.facts and it.facts.edited_at and matters(it)]
            found = comment_histories(self.client, [it.node_id for it in edited], barrier)
        self._can_change(Copy.CURRENT)
        revised = [it for it in found.values() if it]
        if len(revised) < len(found):
            raise UnsettledError("A comment was deleted while the approval was being confirmed.")
        return revised, past

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Treat a refusal as a fault that can pass: GraphQL answered before the issue was opened."""
        try:
            yield
        except (PermissionDeniedError, NotFoundError) as error:
            if self._can_change(Copy.REFUSED):
                raise OutageError("GitHub's GraphQL refuses this token.", detail=error.detail) from error
            raise PermissionDeniedError(
                "This token can no longer read by GitHub's GraphQL who edited or deleted a comment.",
                remedy="Start a new deployment with a token that can.",
                detail=error.detail,
            ) from error

    def _can_change(self, copy: Copy) -> bool:
        """Note how GraphQL's copy is, and return whether to wait for another."""
        if copy is not self._copy:
            self._copy, self._until = copy, Deadline.after(self.client.monotonic, copy.value)
        if self._until is not None and not self._until.passed:
            return True
        self._copy = Copy.CURRENT
        return False
