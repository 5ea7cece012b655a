"""The embedded GitHub in process responds exactly as over HTTP."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from approval_gate.emulator import Fault, Request, World, serve
from approval_gate.emulator.faults import BREAKING
from approval_gate.emulator.in_process import InProcess
from approval_gate.github.wire import Response, Sender, Wire, token_signature
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, scene
from tests.whole.direct import sender

REPO = f"/repos/{REPOSITORY}"
OF_THE_CONNECTION = frozenset({"accept", "accept-encoding", "connection", "content-length"})
ISSUE, COMMENTS = f"{REPO}/issues/1$", f"{REPO}/issues/1/comments$"
"""The requests that have faults, in this order and after everything else."""

CONVERSATION: tuple[tuple[str, str, Any], ...] = (
    ("POST", f"{REPO}/issues", {"title": "Déployer ☂", "body": "1\r\n2 😀", "labels": ["deployment"]}),
    *(("POST", f"{REPO}/issues/1/comments", {"body": f"{n}"}) for n in range(3)),
    ("GET", f"{REPO}/issues/1/comments?per_page=2", None),
    ("GET", f"{REPO}/issues/1/comments?page=2&per_page=2", None),
    ("GET", f"{REPO}/issues?state=open&labels=&per_page=1", None),
    ("GET", f"/api/v3{REPO}", None),
    ("GET", f"/repositories/1{'/issues'}", None),
    ("GET", f"{REPO}/git/ref/tags/v1.2.3", None),
    ("GET", f"{REPO}/git/ref/tags/na%C3%AFve%2Fname%20%25", None),
    ("GET", f"{REPO}/compare/{COMMIT}...{COMMIT}", None),
    ("PATCH", f"{REPO}/issues/1", {"state": "closed"}),
    ("POST", f"{REPO}/issues", {"title": "x", "labels": ["x" * 51]}),
    ("POST", f"{REPO}/issues/comments/1/reactions", {"content": "+1"}),
    ("DELETE", f"{REPO}/issues/comments/3", None),
    ("POST", "/graphql", {"query": "{ viewer { login } }"}),
    ("POST", "/api/graphql", {"query": "{ nothing }"}),
    ("GET", "/users/nobody", None),
    ("GET", "/no/such/route", None),
    ("GET", "/rate_limit", None),
)
"""Requests to both APIs: reads, writes, pages of lists, unknown objects and refusals."""

FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 502, "body": "<html>Bad Gateway</html>", "headers": {"content-type": "text/html"}},
    {"status": 503, "headers": {"Retry-After": "7"}, "effect": True, "method": "POST", "path": COMMENTS},
    {"status": 204, "body": ""},
    {"status": 304, "body": ""},
    {"status": 200, "body": '{"hello": "é"}'},
    {"status": 301, "headers": {"location": "itself"}},
    {"status": 307, "headers": {"location": "circle"}},
    {"kind": "stale"},
    {"kind": "skew", "skew": timedelta(minutes=10)},
)
"""One fault of each kind that does not break the connection."""


def furnished(faults: tuple[dict[str, Any], ...] = ()) -> World:
    world = scene()
    now = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
    world._clock = lambda: now
    world.faults.extend(Fault(**{"path": ISSUE, **what}) for what in faults)
    world.rename_repo(world.repo("acme/former").full_name, "acme/renamed")
    return world


class Talk:
    """A client that records the responses of a conversation."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self.responses: list[Response] = []

    def ask(
        self, method: str, path: str, body: Any = None, token: str = "demo-app-token", **headers: str
    ) -> Response:
        path, _, query = path.partition("?")
        response = self.sender.send(
            token_signature(token),
            method,
            f"{self.sender.api_url}{path}" if path.startswith("/api") else path,
            parameters=dict(parse_qsl(query, keep_blank_values=True)),
            headers=headers,
            body=body,
        )
        self.responses.append(response)
        return response

    def hold(self) -> None:
        for method, path, body in CONVERSATION:
            response = self.ask(method, path, body)
            if "etag" in response.headers:
                self.ask(method, path, body, **{"If-None-Match": response.headers["etag"]})
            if following := re.search(r'<([^>]+)>; rel="next"', response.headers.get("link", "")):
                self.ask(method, following[1])
        for token in ("demo-job-token", "wrong"):
            self.ask("GET", REPO, token=token)
        for method in ("GET", "POST", "DELETE"):
            self.ask(method, "/repos/acme/former/issues", {} if method == "POST" else None)
        for _ in FAULTS:
            self.ask("GET", f"{REPO}/issues/1", Accept="application/vnd.github.full+json")
            self.ask("POST", f"{REPO}/issues/1/comments", {"body": "again"})


def held(faults: tuple[dict[str, Any], ...]) -> list[tuple[Talk, World]]:
    """Hold the conversation over HTTP, and then in process with the same address."""
    over_http, in_process = furnished(faults), furnished(faults)
    with serve(over_http) as server:
        first = Talk(Wire(server.url, "2022-11-28"))
        first.hold()
    second = Talk(sender(InProcess(in_process, server.url))(server.url, "2022-11-28"))
    second.hold()
    return [(first, over_http), (second, in_process)]


def recorded(world: World) -> list[dict[str, Any]]:
    """What the world recorded of its requests, without the headers that only a connection needs."""

    def headers(request: Request) -> dict[str, str]:
        return {name: value for name, value in request.headers.items() if name not in OF_THE_CONNECTION}

    return [{**vars(request), "headers": headers(request)} for request in world.requests]


def test_a_conversation_is_the_same_in_process_as_over_http() -> None:
    (first, over_http), (second, in_process) = held(FAULTS)
    assert len(first.responses) > 40
    assert {200, 201, 204, 301, 304, 307, 401, 404, 422, 502, 503} <= {it[0] for it in first.responses}
    assert all(fault.met >= fault.first for fault in over_http.faults)
    for there, here in zip(first.responses, second.responses, strict=True):
        assert there == here
    assert recorded(over_http) == recorded(in_process)


@pytest.mark.parametrize("kind", sorted(BREAKING - {"hang"}))
@pytest.mark.parametrize(
    "request_", [("GET", f"{REPO}/issues?page=2", None), ("POST", COMMENTS, {"body": "é"})]
)
def test_a_fault_breaks_a_connection_in_process_as_over_http(
    kind: Any, request_: tuple[str, str, dict[str, str] | None]
) -> None:
    fault = {"kind": kind, "method": "", "path": REPO}
    over_http, in_process = furnished((fault,)), furnished((fault,))
    with serve(over_http) as server:
        error = broken(Wire(server.url, "2022-11-28"), *request_)
        assert broken(sender(InProcess(in_process, server.url))(server.url, "2022-11-28"), *request_) == error
    assert recorded(over_http) == recorded(in_process)
    assert len(in_process.requests) == 1


def broken(sender: Sender, method: str, path: str, body: dict[str, str] | None) -> tuple[type[OSError], str]:
    with pytest.raises(OSError, match="reset by peer") as caught:
        Talk(sender).ask(method, path, body)
    return caught.type, str(caught.value)


def test_in_process_a_connection_that_is_to_hang_is_an_error() -> None:
    github = InProcess(furnished(({"kind": "hang", "path": REPO},)))
    with pytest.raises(ValueError, match="takes a server"):
        Talk(sender(github)(github.url, "2022-11-28")).ask("GET", REPO)


@pytest.mark.parametrize("url", ["http://127.0.0.1:2", "http://127.0.0.1:11", "http://evil.example"])
def test_in_process_no_other_address_is_reached(url: str) -> None:
    github = InProcess(furnished())
    with pytest.raises(ConnectionError):
        Talk(sender(github)(url, "2022-11-28")).ask("GET", "/user")
    assert not github.world.requests
