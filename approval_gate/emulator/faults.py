"""What can go wrong on the wire, ordered per request."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

Kind = Literal["status", "reset", "hang", "truncate", "after-effect", "stale", "skew"]


_AROUND = "around=1"  # what tells the other address of a circle of redirects from the first


@dataclass(kw_only=True)
class Fault:
    """A fault for some of the requests that match.

    Attributes:
        method: of the requests; empty for every one.
        path: a regular expression that the path begins with, GraphQL's included.
        asks: a regular expression that is somewhere in the body.
        first: which matching request it begins with, from 1.
        times: how many requests have it; None for all that follow.
        kind: ``status`` answers ``status``; ``reset`` closes the connection
            unanswered; ``hang`` never answers; ``truncate`` sends half the body;
            ``after-effect`` takes effect and then closes the connection; ``stale``
            answers a read as before the last change, and a list that was not asked for
            before without what was made in the last five seconds; ``skew`` is off by
            ``skew`` in the ``Date``.
        effect: whether a ``status`` fault takes effect all the same.
        headers: of the answer; ``location`` may be ``itself``, or ``circle``: an address that leads back.
        body: of the answer; None for a JSON message.
    """

    method: str = "GET"
    path: str = ""
    asks: str = ""
    first: int = 1
    times: int | None = 1
    kind: Kind = "status"
    status: int = 502
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    effect: bool = False
    skew: timedelta = timedelta()
    met: int = 0

    def matches(self, method: str, path: str, body: object = None) -> bool:
        """Count a request, and tell whether it is one of those that fail."""
        if self.method not in {"", method} or not re.match(self.path, path):
            return False
        if self.asks and not re.search(self.asks, json.dumps(body)):
            return False
        self.met += 1
        return self.first <= self.met and (self.times is None or self.met < self.first + self.times)

    def answers(self, address: str) -> dict[str, str]:
        """Return the headers of the answer to a request for an address."""
        headers = dict(self.headers)
        first = address.removesuffix(f"?{_AROUND}").removesuffix(f"&{_AROUND}")
        other = f"{address}{'&' if '?' in address else '?'}{_AROUND}"
        around = other if first == address else first
        location = headers.get("location", "")
        if location:
            headers["location"] = {"itself": address, "circle": around}.get(location, location)
        return headers
