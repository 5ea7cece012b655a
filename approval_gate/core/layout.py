"""How the lines of the job's log are laid out: the heading, then one line for each event.

The columns are the time, what happened, and what the request waits for since::

    14:11:09  cid approves: "All checks passed"         1 of 2, needs 1 more from ann, bob or 4 others

What has no room there is on lines of its own, in the same column; only a part that is
too long for the column begins further left. So nothing that people typed moves a column.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

WIDTH = 98
"""The columns of a line: those of a terminal of 100, less the two by which the demo indents the log."""

EVENT, STATE = 10, 52
"""Where the two columns after the time begin."""

NOTE = 300
"""How many characters of what somebody typed a line shows."""

_RIGHT_TO_LEFT = {"R", "AL", "AN"}
_ACCENTS = {"Mn", "Me"}
_WIDE = {"W", "F"}


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, when, and what the request waits for since then, as far as that changed."""

    at: datetime
    what: str
    state: tuple[str, ...] = ()


def laid_out(events: Iterable[Event], day: date | None) -> tuple[date | None, tuple[str, ...]]:
    """Return the lines of some events, with each day that begins; and the day of the last one.

    ``day`` is that of the line before; None at the beginning, whose day is not named.
    """
    lines: list[str] = []
    for event in events:
        at = event.at.astimezone(UTC)
        if day not in {None, at.date()}:
            lines.append(f"{at:%A} {at.day} {at:%B}")
        day = at.date()
        lines.extend(_lines(f"{at:%H:%M:%S}", event.what, event.state))
    return day, tuple(lines)


def _lines(time: str, what: str, state: tuple[str, ...]) -> Iterator[str]:
    line, below = f"{time:{EVENT}}{what}", list(_packed(state))
    # After text from the right to the left, a number on the same line would be shown on its other side.
    turned = any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in what)
    if below and not turned and width(line) <= STATE - 2 and width(below[0]) <= WIDTH - STATE:
        line = f"{line}{' ' * (STATE - width(line))}{below.pop(0)}"
    yield line
    for part in below:
        yield f"{' ' * min(STATE, max(EVENT, WIDTH - width(part)))}{part}"


def _packed(parts: tuple[str, ...]) -> Iterator[str]:
    """Join the parts of a state as far as they fit in its column."""
    joined = ""
    for part in parts:
        longer = f"{joined}, {part}" if joined else part
        if joined and width(longer) > WIDTH - STATE:
            yield joined
            longer = part
        joined = longer
    if joined:
        yield joined


def row(name: str, value: str) -> str:
    """Return a line of the heading."""
    return f"  {name:9}  {value}"


def width(text: str) -> int:
    """Return how many columns a text takes: two for a wide character, none for an accent."""
    shown = (char for char in text if unicodedata.category(char) not in _ACCENTS)
    return sum(1 + (unicodedata.east_asian_width(char) in _WIDE) for char in shown)


def length(span: timedelta) -> str:
    """Return a duration: ``45 s``, ``60 min``, ``2 h 30 min``, ``24 h``."""
    seconds = round(span.total_seconds())
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes <= 120:  # noqa: PLR2004 - more are easier to read in hours
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def flat(text: str) -> str:
    """Put what somebody typed on one line, and shorten it."""
    words = " ".join(text[: 4 * NOTE].split())
    return words if len(words) <= NOTE and len(text) <= 4 * NOTE else f"{words[: NOTE - 1]}…"


def quotation(text: str) -> str:
    """Quote what somebody typed so that it cannot end its own quotation."""
    words = flat(text).replace('"', "'")
    return f'"{words}"'
