"""The follow-up: an issue that is opened after an emergency (process, Post-deployment), and is due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from approval_gate.core.marker import FollowUpMarker
from approval_gate.core.plain import cut, visible
from approval_gate.core.wording import dated, join, plural

LABEL = "follow-up"
"""The label of follow-ups, by which they are listed."""

SHOWN = 5
"""The most overdue follow-ups that are named."""

_DUE = ", due "
_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpIssue:
    """A follow-up that the gate's own account opened.

    Attributes:
        id: GitHub's own of the issue, which is not its number.
        owners: the logins of everybody it is assigned to.
        opened_at: by GitHub's clock.
    """

    id: int
    number: int
    url: str
    title: str
    owners: tuple[str, ...]
    opened_at: datetime
    marker: FollowUpMarker

    @property
    def due_at(self) -> datetime:
        """When it is due; nobody can change that by editing the title."""
        return self.opened_at + timedelta(hours=self.marker.hours)

    @property
    def name(self) -> str:
        """Its title, which people can edit, without the due date."""
        return cut(visible(self.title.partition(_DUE)[0]), _NAME)


def title(what: str, version: str, due_at: datetime) -> str:
    """Return the title of a new follow-up: ``Post-mortem of v1.2.3, due Wed 4 March 2026, 14:00 UTC``."""
    return f"{cut(visible(what), _NAME)} of {cut(visible(version), _NAME)}{_DUE}{dated(due_at)}"


def overdue(found: Iterable[FollowUpIssue], now: datetime) -> tuple[FollowUpIssue, ...]:
    """Return those that are overdue, the longest first."""
    return tuple(sorted((it for it in found if it.due_at < now), key=lambda it: it.due_at))


def owners(it: FollowUpIssue) -> str:
    """Say who is assigned to a follow-up: ``assigned to dee``."""
    return f"assigned to {join(it.owners, 'and')}" if it.owners else "assigned to nobody"


def listed(some: Sequence[FollowUpIssue]) -> str:
    """Name overdue follow-ups with their address, time and owner."""
    named = [f"{it.url}, due {dated(it.due_at)}, {owners(it)}" for it in some[:SHOWN]]
    more = len(some) - SHOWN
    return "; ".join([*named, *([f"and {plural(more, 'other')}"] if more > 0 else [])])
