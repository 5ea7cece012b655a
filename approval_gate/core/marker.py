"""The marker that identifies a request's issue and comments.

It is an HTML comment with a nonce at the start of a text. With it the gate finds
what it wrote when GitHub's response was lost. Anybody can copy a marker, so it
counts only in texts by the token's own account.
"""

import re
from dataclasses import dataclass

CONTINUATION = "more-"
"""Begins the names of comments that continue the issue's text: an edit of one changes the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What identifies a request: the run, its attempt, and a nonce of 32 hexadecimal digits."""

    run_id: int
    run_attempt: int
    nonce: str

    def __str__(self) -> str:
        """Return the text with which the issue's body begins."""
        return f"<!-- approval-gate:v1 run={self.run_id} attempt={self.run_attempt} nonce={self.nonce} -->"

    def tagged(self, name: str) -> str:
        """Return the text with which the request's comment of this name begins."""
        return f"<!-- approval-gate:v1 {name} nonce={self.nonce} -->"

    def tag_of(self, text: str) -> str | None:
        """Return the name of the request's comment that begins like this; None if none does."""
        found = re.match(self.tagged(r"([\w-]+)"), text)
        return found[1] if found else None

    def replaces(self, other: "Marker") -> bool:
        """Whether the other marker's issue is stale: a duplicate, or one of an earlier attempt of the run."""
        earlier = other.run_id == self.run_id and other.run_attempt < self.run_attempt
        return earlier or other == self


UNMARKED = Marker(run_id=-1, run_attempt=0, nonce="")
"""The marker of an issue without one: no run has this id, and no text can have this marker."""

_MARKER = re.compile(
    r"<!-- approval-gate:v1 run=(?P<run>\d{1,20}) attempt=(?P<attempt>\d{1,6})"
    r" nonce=(?P<nonce>[0-9a-f]{32}) -->"
)


def read_marker(body: str) -> Marker:
    """Read the marker at the start of an issue's body; :data:`UNMARKED` if there is none."""
    found = _MARKER.match(body)
    if found is None:
        return UNMARKED
    return Marker(run_id=int(found["run"]), run_attempt=int(found["attempt"]), nonce=found["nonce"])
