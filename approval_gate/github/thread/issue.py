"""What is known of the approval issue itself: its text, its checklist, its closing. Values in, values out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from approval_gate.core.model import ChecklistItem, Closing, Modification, Person
from approval_gate.core.tasks import checklist_items, ticked, unticked
from approval_gate.core.timing import RESOLUTION
from approval_gate.errors import TamperedError
from approval_gate.github.parse import GHOST, ListedComment, labels_of, person_of, time_of
from approval_gate.github.thread.deletions import Deletion
from approval_gate.github.thread.store import EditHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedIssue:
    """The issue as REST has it; ``count`` is of its comments."""

    id: int
    node_id: str
    number: int
    url: str
    author: Person
    opened_at: datetime
    title: str
    body: str
    labels: tuple[str, ...]
    updated_at: datetime
    closing: Closing | None = None
    count: int = 0

    @property
    def content(self) -> tuple[str, str]:
        """What people answer to: the title without the spaces that GitHub trims, the body without ticks."""
        return " ".join(self.title.split()), unticked(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueHistory:
    """What happened to the issue, from GraphQL, and the conversation where that was read with it."""

    body: EditHistory
    updated_at: datetime
    renamed: tuple[Modification, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    closings: tuple[Closing, ...] = ()
    comments: tuple[ListedComment, ...] = ()


def read_issue(data: Mapping[str, Any], now: datetime) -> ListedIssue:
    """Read REST's JSON; a closing without a time is dated by ``now``, and a deleted account is the ghost."""
    closing = None
    if str(data["state"]) == "closed":
        closed_at = data.get("closed_at")
        closing = Closing(by=person_of(data.get("closed_by")), at=time_of(closed_at) if closed_at else now)
    return ListedIssue(
        id=int(data["id"]),
        node_id=str(data["node_id"]),
        number=int(data["number"]),
        url=str(data["html_url"]),
        author=person_of(data["user"]) or Person(id=GHOST, login="ghost"),
        opened_at=time_of(data["created_at"]),
        title=str(data["title"]),
        body=str(data["body"] or ""),
        closing=closing,
        labels=labels_of(data),
        count=int(data["comments"]),
        updated_at=time_of(data["updated_at"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueState:
    """What the issue says now, and what was done to it since it was opened.

    Attributes:
        created: as it was created, or found.
        original: the text that it was created with; None if it is not known.
        checklist: the items of its body that must be ticked.
        listed: as REST had it last; ``updated_at`` never goes back.
        closing: the first one.
        checklist_items: what became of each item, by the history that was read last.
        changes: of its title and, more than ticks, of its body.
        noticed: a change that no history explains yet, with the time when there was none yet.
    """

    created: ListedIssue
    original: str | None = None
    checklist: tuple[str, ...]
    listed: ListedIssue
    closing: Closing | None = None
    checklist_items: tuple[ChecklistItem, ...]
    changes: tuple[Modification, ...] = ()
    noticed: tuple[datetime, Modification] | None = None

    @classmethod
    def of(cls, created: ListedIssue, checklist: tuple[str, ...]) -> "IssueState":
        """Return the state in which it was created."""
        items = checklist_items(checklist, (created.body,), ())
        return cls(created=created, checklist=checklist, listed=created, checklist_items=items)

    @property
    def unexplained(self) -> bool:
        """Whether its history must be read: it changed, or an item is not as the history had it."""
        if self.noticed or not self.checklist:
            return self.noticed is not None
        return ticked(self.checklist, self.listed.body) != tuple(it.ticked for it in self.checklist_items)

    def changed(self, further: Iterable[Modification] = ()) -> Modification | None:
        """Return who last changed what people answer to, here or ``further`` on in comments, and when."""
        noticed = [self.noticed[1]] if self.noticed else []
        return max([*self.changes, *noticed, *further], key=lambda change: change.at, default=None)

    def again(self, listed: ListedIssue, now: datetime, before: datetime) -> "IssueState":
        """Take in the issue as REST has it ``now``; ``before`` it was as it was known.

        Raises:
            TamperedError: it is another issue.
        """
        if listed.id != self.created.id:
            raise TamperedError(
                f"Issue {self.created.number} is no longer the approval issue: it was transferred.",
                remedy="Start a new deployment.",
            )
        noticed = self.noticed
        if listed.content != self.listed.content:
            # By GitHub's own time of the change, if its clock seems slow.
            change = Modification(by=None, at=max(now, listed.updated_at))
            noticed = min(before, noticed[0] if noticed else before), change
        updated_at = max(listed.updated_at, self.listed.updated_at)
        return replace(
            self,
            listed=replace(listed, updated_at=updated_at),
            closing=self.closing or listed.closing,
            noticed=noticed,
        )

    def explained(self, history: IssueHistory) -> "IssueState":
        """Take in its history; a change that it does not have is by somebody unknown."""
        changes = dict.fromkeys([*self.changes, *history.renamed, *history.body.content_changes()])
        if self.noticed and not any(it.at >= self.noticed[0] - RESOLUTION for it in changes):
            changes[self.noticed[1]] = None
        texts = history.body.texts or (self.listed.body,)
        return replace(
            self,
            original=texts[0],
            closing=self.closing or next(iter(history.closings), None),
            checklist_items=checklist_items(self.checklist, texts, history.body.edits),
            changes=tuple(changes),
            noticed=None,
        )
