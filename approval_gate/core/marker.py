"""The marker that identifies a request's issue and comments.

It is an HTML comment with a nonce on a line of its own, after the text: mail and
push messages show the beginning. With it the gate finds what it wrote when
GitHub's response was lost. A marker that people typed is followed by the gate's
own, so only the last one is read. Anybody can copy a marker, so it counts only in
texts by the token's own account.
"""

import re
from dataclasses import dataclass

CONTINUATION = "more-"
"""The prefix of the names of comments that continue the issue's text: an edit of one changes the request."""

RECORD = ("closing", "record-")
"""The prefixes of the names of comments that have the decision record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What identifies a request: the run, its attempt, and a nonce of 32 hexadecimal digits."""

    run_id: int
    run_attempt: int
    nonce: str

    def __str__(self) -> str:
        """Return the line that identifies the issue."""
        return f"<!-- approval-gate:v1 run={self.run_id} attempt={self.run_attempt} nonce={self.nonce} -->"

    def body(self, text: str) -> str:
        """Return a text as the issue's body."""
        return _signed(text, str(self))

    def comment(self, name: str, text: str) -> str:
        """Return a text as the request's comment of this name."""
        return _signed(text, self._tag(name))

    def tag_of(self, text: str) -> str | None:
        """Return the name of the request's comment that has this text; None if it is not one of them."""
        found = _last(re.compile(_LINE.format(self._tag(r"([\w-]+)"))), text)
        return found[1] if found else None

    def _tag(self, name: str) -> str:
        return f"<!-- approval-gate:v1 {name} nonce={self.nonce} -->"

    def replaces(self, other: "Marker") -> bool:
        """Whether the other marker's issue is stale: a duplicate, or one of an earlier attempt of the run."""
        earlier = other.run_id == self.run_id and other.run_attempt < self.run_attempt
        return earlier or other == self


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpMarker(Marker):
    """What identifies the follow-up of a run, and how many hours after its opening it is due.

    The nonce is that of the approval issue for which it was opened.
    """

    hours: int

    def __str__(self) -> str:
        """Return the line that identifies the issue."""
        run = f"run={self.run_id} attempt={self.run_attempt}"
        return f"<!-- approval-gate:v1 follow-up {run} hours={self.hours} nonce={self.nonce} -->"


UNMARKED = Marker(run_id=-1, run_attempt=0, nonce="")
"""The marker of an issue without one: no run has this id, and no text can have this marker."""

_LINE = r"(?m)^{}\s*$"
_MARKER = re.compile(
    _LINE.format(
        r"<!-- approval-gate:v1 run=(?P<run>\d{1,20}) attempt=(?P<attempt>\d{1,6})"
        r" nonce=(?P<nonce>[0-9a-f]{32}) -->"
    )
)

_FOLLOW_UP = re.compile(
    _LINE.format(
        r"<!-- approval-gate:v1 follow-up run=(?P<run>\d{1,20}) attempt=(?P<attempt>\d{1,6})"
        r" hours=(?P<hours>\d{1,4}) nonce=(?P<nonce>[0-9a-f]{32}) -->"
    )
)


def read_marker(body: str) -> Marker:
    """Read the marker of an issue's body; :data:`UNMARKED` if there is none."""
    found = _last(_MARKER, body)
    if found is None:
        return UNMARKED
    return Marker(run_id=int(found["run"]), run_attempt=int(found["attempt"]), nonce=found["nonce"])


def read_follow_up(body: str) -> FollowUpMarker | None:
    """Read the marker of a follow-up's body; None if there is none."""
    found = _last(_FOLLOW_UP, body)
    if found is None:
        return None
    return FollowUpMarker(
        run_id=int(found["run"]),
        run_attempt=int(found["attempt"]),
        nonce=found["nonce"],
        hours=int(found["hours"]),
    )


def _signed(text: str, marker: str) -> str:
    """End a text with a marker, after a blank line that ends any table or list before it."""
    return f"{text.rstrip()}\n\n{marker}\n"


def _last(marker: re.Pattern[str], text: str) -> re.Match[str] | None:
    return max(marker.finditer(text), key=re.Match.start, default=None)
