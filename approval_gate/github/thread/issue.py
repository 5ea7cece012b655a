"""What is known of the approval issue itself: its text, its boxes, its closing. Values in, values out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from approval_gate.core.model import ChecklistItem, Closing, Modification, Person
from approval_gate.core.tasks import checklist_items, ticked, unticked
from approval_gate.errors import TamperedError
from approval_gate.github.parse import labels_of, person_of, time_of
from approval_gate.github.thread.comments import EditHistory

_A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The approval issue, as GitHub answered when it was made."""

    number: int
    id: int
    node_id: str
    url: str
    author: Person
    opened_at: datetime
    title: str
    body: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedIssue:
    """The issue as REST has it."""

    id: int
    title: str
    body: str
    closing: Closing | None
    labels: tuple[str, ...]
    count: int
    updated_at: datetime


def read_issue(data: Mapping[str, Any], now: datetime) -> ListedIssue:
    """Read REST's answer; a closing without a time is dated by now."""
    closing = None
    if str(data["state"]) == "closed":
        closed_at = data.get("closed_at")
        closing = Closing(by=person_of(data.get("closed_by")), at=time_of(closed_at) if closed_at else now)
    return ListedIssue(
        id=int(data["id"]),
        title=str(data["title"]),
        body=str(data["body"] or ""),
        closing=closing,
        labels=labels_of(data),
        count=int(data["comments"]),
        updated_at=time_of(data["updated_at"]),
    )


@dataclass(slots=True)
class IssueState:
    """What the issue says now, and what was done to it since it was opened.

    Args:
        opened: as it was made.
        checklist: the items of its body that must be ticked.
    """

    opened: Opened
    checklist: tuple[str, ...] = ()
    body: str = ""
    labels: tuple[str, ...] = ()
    count: int = 0
    updated_at: datetime | None = None
    closing: Closing | None = None
    checklist_items: tuple[ChecklistItem, ...] = ()
    _content: tuple[str, str] = ("", "")
    _noticed: tuple[datetime, Modification] | None = None
    _told: list[Modification] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.body, self.labels = self.opened.body, self.opened.labels
        self.checklist_items = checklist_items(self.checklist, (self.body,), ())
        self._content = (plain(self.opened.title), unticked(self.body))

    @property
    def changed(self) -> Modification | None:
        """Who last changed what people answer to, and when; None if nobody did."""
        noticed = [self._noticed[1]] if self._noticed else []
        return max([*self._told, *noticed], key=lambda modification: modification.at, default=None)

    @property
    def unexplained(self) -> bool:
        """Whether its history should be read: it changed, or a box is not as the history had it."""
        known = tuple(box.ticked for box in self.checklist_items)
        ticks = bool(self.checklist) and ticked(self.checklist, self.body) != known
        return ticks or self._noticed is not None

    def take(self, listed: ListedIssue, now: datetime, before: datetime) -> None:
        """Take in what REST says now.

        Args:
            listed: the issue.
            now: the time.
            before: when it was last as it was known.

        Raises:
            TamperedError: it is another issue.
        """
        if listed.id != self.opened.id:
            raise TamperedError(
                f"Issue {self.opened.number} is not the approval issue any more: it was transferred.",
                remedy="Start a new deployment.",
            )
        content = (plain(listed.title), unticked(listed.body))
        if content != self._content:
            # GitHub's own time of the change, should its clock seem slow.
            self.notice(max(now, listed.updated_at), before)
        self._content, self.body, self.labels, self.count = content, listed.body, listed.labels, listed.count
        self.closing = self.closing or listed.closing
        self.updated_at = max(listed.updated_at, self.updated_at or listed.updated_at)

    def notice(self, now: datetime, before: datetime) -> None:
        """Note that what people answer to changed between two moments."""
        before = min(before, self._noticed[0]) if self._noticed else before
        self._noticed = before, Modification(by=None, at=now)

    def take_past(
        self, body: EditHistory, changes: Iterable[Modification], closures: Iterable[Closing]
    ) -> None:
        """Take in what the history says.

        Args:
            body: the issue's texts.
            changes: who changed the title, and the text that goes on in comments.
            closures: who closed it.
        """
        told = dict.fromkeys([*self._told, *changes, *content_changes(body)])
        if self._noticed and not any(it.at >= self._noticed[0] - _A_SECOND for it in told):
            told[self._noticed[1]] = None
        self._told, self._noticed = list(told), None
        self.closing = self.closing or next(iter(closures), None)
        self.checklist_items = checklist_items(self.checklist, body.texts or (self.body,), body.edits)


def plain(title: str) -> str:
    """Return a title without the blanks that GitHub trims."""
    return " ".join(title.split())


def content_changes(body: EditHistory) -> list[Modification]:
    """Find the edits of a text that changed more than ticks."""
    first = len(body.texts) - len(body.edits)
    changes = []
    for position, edit in enumerate(body.edits, start=first):
        before, after = body.texts[position - 1 : position + 1] if position > 0 else (None, None)
        if before is None or after is None or unticked(before) != unticked(after):
            changes.append(edit)
    return changes
