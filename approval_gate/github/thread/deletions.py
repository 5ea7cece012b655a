"""Which deletion event belongs to which comment: GitHub's events name the author, not the comment.

Deleting one's own comment leaves no event, it seems; deleting somebody else's leaves one
(https://docs.github.com/en/communities/moderating-comments-and-conversations/managing-disruptive-comments).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from approval_gate.core.model import Modification, Person
from approval_gate.core.timing import LAG, RESOLUTION

_LATE = timedelta(seconds=LAG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A deletion event: the comment's author (None for a deleted account), who deleted it, and when."""

    author: Person | None
    modification: Modification


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """A comment that was read and is no longer listed.

    Attributes:
        id: of the comment.
        author: None for an account that is gone.
        after: when the last read began that can have had it.
        found_at: when the read began that did not have it.
    """

    id: int
    author: Person | None
    after: datetime
    found_at: datetime

    def may_be(self, event: Deletion) -> bool:
        """Whether an event can belong to this comment: lists lag, and GitHub's times are whole seconds."""
        of_author = event.author is None or (self.author is not None and event.author.id == self.author.id)
        return of_author and self.after - _LATE <= event.modification.at <= self.found_at + RESOLUTION


def explain(
    vanished: Sequence[Vanished], events: Sequence[Deletion]
) -> tuple[dict[int, Modification], tuple[Deletion, ...]]:
    """Assign deletion events to the comments that vanished.

    An event belongs to a comment only where it can belong to no other, and the comment to no other
    event. A comment without any event was deleted by its author.

    Returns:
        Who deleted each comment that vanished and when, by its id; and the remaining events, each of a
        comment that was never read.
    """
    modifications: dict[int, Modification] = {}
    left = list(events)
    for gone in vanished:
        own = [event for event in events if gone.may_be(event)]
        rivals = [it for it in vanished if any(it.may_be(event) for event in own)]
        if not own:
            modifications[gone.id] = Modification(by=gone.author, at=gone.found_at)
        elif len(own) == 1 and len(rivals) == 1:
            modifications[gone.id] = own[0].modification
            left.remove(own[0])
        else:
            by = {event.modification.by for event in own}
            known = by.pop() if len(by) == 1 else None
            modifications[gone.id] = Modification(by=known, at=gone.found_at)
    return modifications, tuple(left)
