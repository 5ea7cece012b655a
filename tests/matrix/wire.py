"""The gate's requests: recorded by kind and phase, and made to fail before they reach GitHub.

Most faults are the embedded GitHub's. Two are on the way to it: a refused connection
goes to a closed port instead, and one that hangs to a port without an accepting
server, so that the errors are the kernel's own.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import urlsplit

import requests

from approval_gate.core.timing import CONNECT_TIMEOUT, SHORT_TIMEOUT
from approval_gate.emulator import Fault, World
from approval_gate.gate.confirmation import Confirmation
from approval_gate.gate.loop import Gate
from approval_gate.github import wire as github_wire
from approval_gate.github.deadline import DeadlineAdapter
from approval_gate.github.issue import ApprovalIssue
from approval_gate.github.wire import Response, Sender, SenderFactory, Signature
from tests.matrix.faults import BEFORE_GITHUB
from tests.whole.broken import port
from tests.whole.stage import Stage

HANGS = 0.02
"""Real seconds that a hanging request takes; on the fake clock it takes the gate's timeout."""

REPO = r"(?:/repos/[^/]+/[^/]+|/repositories/\d+)"
ISSUE = rf"{REPO}/issues/\d+"
KINDS: tuple[tuple[str, str, str, str], ...] = (
    ("GET installation", "GET", rf"{REPO}/installation", ""),
    ("POST app token", "POST", r"/app/installations/\d+/access_tokens", ""),
    ("GET repository", "GET", REPO, ""),
    ("GET file", "GET", rf"{REPO}/contents/.+", ""),
    ("GET own account", "GET", "/user", ""),
    ("GET user", "GET", "/users/[^/]+", ""),
    ("GET team", "GET", "/orgs/[^/]+/teams/[^/]+", ""),
    ("GET members", "GET", "/orgs/[^/]+/teams/[^/]+/members", ""),
    ("GET team right", "GET", "/orgs/[^/]+/teams/[^/]+/repos/[^/]+/[^/]+", ""),
    ("GET teams", "GET", "/orgs/[^/]+/teams", ""),
    ("GET permission", "GET", rf"{REPO}/collaborators/[^/]+/permission", ""),
    ("GET tag", "GET", rf"{REPO}/git/ref/tags/.+", ""),
    ("GET branch", "GET", rf"{REPO}/git/ref/heads/.+", ""),
    ("GET tag object", "GET", rf"{REPO}/git/tags/[^/]+", ""),
    ("GET collaborators", "GET", rf"{REPO}/collaborators", ""),
    ("GET environment", "GET", rf"{REPO}/environments/[^/]+", ""),
    ("GET jobs", "GET", rf"{REPO}/actions/runs/\d+/attempts/\d+/jobs", ""),
    ("GraphQL situation", "POST", "(?:/api)?/graphql", r"(?:here|elsewhere0|open0): repository"),
    ("GET compare", "GET", rf"{REPO}/compare/.+", ""),
    ("GET commits", "GET", rf"{REPO}/commits", ""),
    ("GraphQL authors", "POST", "(?:/api)?/graphql", r"fragment Wrote on Commit"),
    ("GraphQL pull requests", "POST", "(?:/api)?/graphql", r"latestOpinionatedReviews"),
    ("GET attempt", "GET", rf"{REPO}/actions/runs/\d+/attempts/\d+", ""),
    ("GET issues", "GET", rf"{REPO}/issues", ""),
    ("POST issue", "POST", rf"{REPO}/issues", ""),
    ("GET issue", "GET", ISSUE, ""),
    ("PATCH issue", "PATCH", ISSUE, ""),
    ("GET comments", "GET", rf"{ISSUE}/comments", ""),
    ("POST comment", "POST", rf"{ISSUE}/comments", ""),
    ("PATCH comment", "PATCH", rf"{REPO}/issues/comments/\d+", ""),
    ("POST labels", "POST", rf"{ISSUE}/labels", ""),
    ("POST assignees", "POST", rf"{ISSUE}/assignees", ""),
    ("POST reaction", "POST", rf"{REPO}/issues/comments/\d+/reactions", ""),
    ("DELETE reaction", "DELETE", rf"{REPO}/issues/comments/\d+/reactions/\d+", ""),
    ("GraphQL trial", "POST", "(?:/api)?/graphql", r"revised: comments"),
    ("GraphQL account", "POST", "(?:/api)?/graphql", r"query \{ viewer \{"),
    ("GraphQL comments", "POST", "(?:/api)?/graphql", r"userContentEdits\(first: 100\)"),
    ("GraphQL issue", "POST", "(?:/api)?/graphql", r"node\(id: \$id\)"),
)
"""Every kind of request that a gate can send: name, method, path, and part of the body."""

REPORTS = (*KINDS, ("POST sub-issue", "POST", rf"{ISSUE}/sub_issues", ""))
"""The same with what only a report sends."""

_WHAT = re.compile(r"<!-- approval-gate:v1 ([a-z]+)(?:-\d+)? nonce=")


@cache
def _kinds(method: str, path: str) -> list[tuple[str, re.Pattern[str]]]:
    """Return the kinds that a request can be of, each with what its body has."""
    return [
        (kind, re.compile(asks))
        for kind, its_method, pattern, asks in REPORTS
        if method == its_method and re.fullmatch(f"{pattern}/?", path)
    ]


class Sent(NamedTuple):
    """A request: in which phase of the gate, of which kind, and when."""

    phase: str
    kind: str
    what: str
    at: float

    @property
    def key(self) -> tuple[str, str]:
        """The phase and kind, which identify a row."""
        return self.phase, f"{self.kind} {self.what}".strip()


@dataclass
class Wire:
    """Sits between a gate and its GitHub.

    Attributes:
        passed: returns the fake clock's seconds; ``pass_time`` advances it.
        url: of the embedded GitHub; requests to any other address are errors.
    """

    passed: Callable[[], float]
    pass_time: Callable[[float], object]
    url: str = ""
    phase: str = "opening"
    sent: list[Sent] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    concluded: float | None = None

    def schedule(self, fault: Fault, world: World) -> None:
        """Schedule a fault: on the way to GitHub, or at GitHub."""
        (self.faults if fault.kind in BEFORE_GITHUB else world.faults).append(fault)

    def note(self, method: str, path: str, body: object) -> None:
        text = json.dumps(body)
        kind = next((it for it, asks in _kinds(method, path) if asks.search(text)), None)
        if kind is None:
            self.strange.append(f"{method} {path} {text[:200]}")
            return
        told = _WHAT.search(text)
        self.sent.append(Sent(self.phase, kind, told[1] if told else "", self.passed()))

    def send(self, sender: Sender, signature: Signature, method: str, url: str, **given: Any) -> Response:
        """Send a request, unless it has a fault on the way."""
        address = urlsplit(url if urlsplit(url).netloc else f"{sender.api_url}{url}")
        if f"{address.scheme}://{address.netloc}" != self.url:
            self.strange.append(f"{method} {url}, which is not GitHub")
        self.note(method, address.path, given["body"])
        fault = next((f for f in self.faults if f.matches(method, address.path, given["body"])), None)
        if fault is None:
            return sender.send(signature, method, url, **given)
        with port(listens=fault.kind == "hang") as lost_port:
            url = f"http://127.0.0.1:{lost_port}"
            lost = github_wire.Wire(url, sender.api_version, lambda _: DeadlineAdapter(HANGS))
            try:
                return lost.send(signature, method, "/", **given)
            except requests.Timeout:
                self.pass_time(SHORT_TIMEOUT if sender.hurried else CONNECT_TIMEOUT)
                raise

    def tap(self, sender: SenderFactory) -> SenderFactory:
        return lambda api_url, api_version: _Tap(self, sender(api_url, api_version))

    @contextmanager
    def tapped(self, stage: Stage, url: str) -> Iterator[None]:
        """Record the requests of a stage's programs to the GitHub at an address, and inject the faults."""
        self.url = url
        with ExitStack() as taps:
            taps.enter_context(patch.object(stage, "tap", self.tap))
            for owner, name, phase in (
                (Gate, "open", "asking"),
                (Gate, "wait", "waiting"),
                (Confirmation, "confirm", "confirming"),
                (ApprovalIssue, "confirm", "confirming"),
                (Gate, "close", "ending"),
            ):
                taps.enter_context(patch.object(owner, name, self._in(phase, getattr(owner, name))))
            yield

    def _in(self, phase: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def within(*given: Any, **named: Any) -> Any:
            before, self.phase = self.phase, phase
            if phase == "ending":
                self.concluded = self.passed()
            try:
                return call(*given, **named)
            finally:
                self.phase = before

        return within


class _Tap:
    """Passes requests on to a sender, unless the wire has a fault for them."""

    def __init__(self, wire: Wire, sender: Sender) -> None:
        self._wire, self._sender = wire, sender
        self.api_url, self.api_version = sender.api_url, sender.api_version
        self.graphql_url, self.hurried = sender.graphql_url, sender.hurried

    def shorten_timeouts(self) -> None:
        self.hurried = True
        self._sender.shorten_timeouts()

    def send(self, signature: Signature, method: str, url: str, **given: Any) -> Response:
        return self._wire.send(self._sender, signature, method, url, **given)


of_kind = {
    kind: partial(Fault, method=m, path=f"{path}/?$", body_pattern=asks) for kind, m, path, asks in REPORTS
}
"""Return a function that makes a fault for one kind of request."""
