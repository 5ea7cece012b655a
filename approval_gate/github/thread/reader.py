"""Reads the approval issue: by REST at every poll, and what changed by GraphQL; by both to confirm."""

from collections.abc import Collection
from dataclasses import replace

from approval_gate.core.marker import CONTINUATION, RECORD, Marker
from approval_gate.core.model import Conversation, Thread
from approval_gate.core.timing import LAG, Deadline
from approval_gate.errors import UnsettledError
from approval_gate.github.client import Client
from approval_gate.github.parse import ListedComment
from approval_gate.github.thread.feed import Feed
from approval_gate.github.thread.history import History
from approval_gate.github.thread.issue import IssueHistory, IssueState, ListedIssue
from approval_gate.github.thread.store import CommentStore, disputed


class ThreadReader:
    """Reads one issue; the arguments are those of :class:`ApprovalIssue`."""

    def __init__(
        self, client: Client, path: str, created: ListedIssue, marker: Marker, checklist: tuple[str, ...]
    ) -> None:
        self.created = created
        self._client = client
        self._feed = Feed(client, path)
        self._history = History(client, created.node_id)
        self._comments = CommentStore(created.author.id, marker)
        self._issue = IssueState.of(created, checklist)
        self._polled_at = created.opened_at
        self._accepted_excess = 0
        self._excess_until: Deadline | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The issue's labels, as they were read last."""
        return self._issue.listed.labels

    @labels.setter
    def labels(self, labels: tuple[str, ...]) -> None:
        self._issue = replace(self._issue, listed=replace(self._issue.listed, labels=labels))

    def poll(self, people: Collection[int], *, facts: bool = False) -> Thread:
        """Read what changed, and return the thread as it is now.

        Args:
            people: the ids of the people on the roster; the history of their comments is read.
            facts: whether it must be known at once which of their comments came by mail.

        Raises:
            UnsettledError: GraphQL does not have yet what REST has.
            TamperedError: the issue is not what it was.
        """
        self._comments.people = frozenset(people)
        now = self._client.now()
        for it in self._feed.news():
            self._comments.take(it)
        self._feed.issue(self._take_issue)
        self._look_for_deletions()
        self._polled_at = now
        self._read_history(facts=facts)
        return self._thread()

    def confirm(self, people: Collection[int], barrier: ListedComment | None = None) -> Thread:
        """Read the whole conversation by both APIs, without conditions, and the issue with its history.

        A comment that the two show differently is marked as not agreed.

        Args:
            people: the ids of the people on the roster.
            barrier: the status comment as the gate wrote it last; an older read does not count.

        Raises:
            UnsettledError: a read is older than the barrier.
            TamperedError: the issue is not what it was.
        """
        self._comments.people = frozenset(people)
        if barrier is None:
            # With a barrier the issue was polled a moment ago, and GraphQL's copy of it is as new.
            self._feed.issue(self._take_issue, conditional=False)
        revised, issue = self._history.whole(self._comments.reads_history_of, barrier)
        # Last, so that it has what was written while the others were read.
        listed = self._feed.whole()
        if barrier and not any(it.id == barrier.id and it.is_as_new_as(barrier) for it in listed):
            raise UnsettledError("GitHub's list of comments does not show yet what the gate wrote last.")
        self._take_whole([*issue.comments, *listed])
        for it, history in revised:
            self._comments.take_history(it, history)
        self._explain(issue)
        self._polled_at = self._client.now()
        return self._thread(disputed(issue.comments, listed))

    def examine(self, people: Collection[int]) -> Conversation:
        """Read the whole conversation as :meth:`confirm` does, and the comments with the gate's record."""
        self._comments.own = (CONTINUATION, *RECORD)
        thread = self.confirm(people)
        return Conversation(
            issue_id=self.created.id,
            url=self.created.url,
            author=self.created.author,
            nonce=self._comments.marker.nonce,
            title=self._issue.listed.title,
            text=self._issue.original,
            own=self._comments.named(RECORD),
            thread=thread,
        )

    def _take_issue(self, listed: ListedIssue) -> None:
        self._issue = self._issue.again(listed, self._client.now(), self._polled_at)

    def _look_for_deletions(self) -> None:
        """Read the whole list where the issue counts fewer comments than are known.

        The count and the list follow within seconds; a difference that lasts longer is accepted.
        """
        if self._excess() <= self._accepted_excess:
            return
        self._take_whole(self._feed.whole())
        if self._excess() > 0:
            self._excess_until = self._excess_until or Deadline.after(self._client.monotonic, LAG)
            if not self._excess_until.passed:
                return
        self._accepted_excess, self._excess_until = max(0, self._excess()), None

    def _excess(self) -> int:
        return self._comments.count() - self._issue.listed.count

    def _take_whole(self, listed: Collection[ListedComment]) -> None:
        for it in listed:
            self._comments.take(it)
        self._comments.miss({it.id for it in listed}, self._polled_at, self._client.now())

    def _read_history(self, *, facts: bool) -> None:
        """Ask GraphQL what REST only hints at: who edited or deleted what, and what is hidden now."""
        doubtful = self._comments.doubtful(facts=facts)
        unexplained = self._comments.unexplained or self._issue.unexplained
        if not doubtful and not unexplained:
            return
        revised, issue = self._history.read(doubtful, self._issue.listed.updated_at if unexplained else None)
        for it, history in revised:
            self._comments.take_history(it, history, settled=True)
        if issue is not None:
            self._explain(issue)

    def _explain(self, issue: IssueHistory) -> None:
        self._issue = self._issue.explained(issue)
        self._comments.explain(issue.deletions)

    def _thread(self, differing: Collection[int] = ()) -> Thread:
        return Thread(
            opened_at=self.created.opened_at,
            author_id=self.created.author.id,
            comments=self._comments.comments(differing),
            changed=self._issue.changed(self._comments.changes()),
            closing=self._issue.closing,
            checklist_items=self._issue.checklist_items,
        )
