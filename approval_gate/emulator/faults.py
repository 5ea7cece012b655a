"""Faults of the network and the server that a test injects into chosen requests."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

Kind = Literal["status", "reset", "hang", "truncate", "after-effect", "stale", "skew"]

BREAKING = frozenset({"reset", "hang", "truncate", "after-effect"})
"""The kinds that break the connection, which is possible only over HTTP."""

ACTING = frozenset({"after-effect", "truncate", "stale", "skew"})
"""The kinds with which a request takes effect."""

_AROUND = "around=1"  # the parameter of the second address in a redirect loop


@dataclass(kw_only=True)
class Fault:
    """A fault for some of the matching requests.

    Attributes:
        method: of the requests; empty for any.
        path: a regular expression for the start of the path, GraphQL's included.
        body_pattern: a regular expression to search for in the request's body.
        first: the matching request that the fault starts with, counted from 1.
        times: the number of requests with the fault; None for all from then on.
        kind: ``status`` replies with ``status``; ``reset`` closes the connection
            without a reply; ``hang`` never replies; ``truncate`` sends half the body;
            ``after-effect`` performs the request, then closes the connection; ``stale``
            replies to a read as before the last change, or to a list that was never
            requested before without items from the last five seconds; ``skew`` shifts
            the ``Date`` header by ``skew``.
        effect: whether the request is performed despite a ``status`` or ``hang`` fault.
        headers: of the reply; ``location`` can be ``itself``, or ``circle`` for a redirect loop.
        body: of the reply; None for a JSON message.
        met: the number of matching requests so far.
    """

    method: str = "GET"
    path: str = ""
    body_pattern: str = ""
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
        """Count a request if it matches, and tell whether it gets the fault."""
        if self.method not in {"", method} or not re.match(self.path, path):
            return False
        if self.body_pattern and not re.search(self.body_pattern, json.dumps(body)):
            return False
        self.met += 1
        return self.first <= self.met and (self.times is None or self.met < self.first + self.times)

    def answers(self, address: str) -> dict[str, str]:
        """Return the headers of the reply to a request for an address."""
        headers = dict(self.headers)
        first = address.removesuffix(f"?{_AROUND}").removesuffix(f"&{_AROUND}")
        other = f"{address}{'&' if '?' in address else '?'}{_AROUND}"
        around = other if first == address else first
        location = headers.get("location", "")
        if location:
            headers["location"] = {"itself": address, "circle": around}.get(location, location)
        return headers
