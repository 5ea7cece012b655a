"""What can go wrong on the wire, ordered per request."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["status", "reset", "hang", "truncate", "after-effect"]


@dataclass(kw_only=True)
class Fault:
    """A fault for some of the requests that match.

    Attributes:
        path: a regular expression that the path begins with, GraphQL's included.
        first: which matching request it begins with, from 1.
        times: how many requests have it; None for all that follow.
        kind: ``status`` answers ``status``; ``reset`` closes the connection
            unanswered; ``hang`` never answers; ``truncate`` sends half the body;
            ``after-effect`` takes effect and then closes the connection.
        effect: whether a ``status`` fault takes effect all the same.
        body: of the answer; None for a JSON message.
    """

    method: str = "GET"
    path: str = ""
    first: int = 1
    times: int | None = 1
    kind: Kind = "status"
    status: int = 502
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    effect: bool = False
    met: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Count a request, and tell whether it is one of those that fail."""
        if method != self.method or not re.match(self.path, path):
            return False
        self.met += 1
        return self.first <= self.met and (self.times is None or self.met < self.first + self.times)
