"""The embedded GitHub in process responds exactly as over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from approval_gate.emulator import Fault, World, serve
from approval_gate.emulator.faults import BREAKING
from approval_gate.emulator.in_process import InProcess, NeedsHTTPError
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, scene

REPO = f"/repos/{REPOSITORY}"
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

    def __init__(self, session: requests.Session, url: str) -> None:
        self.session, self.url = session, url
        self.responses: list[tuple[Any, ...]] = []

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        headers = {"Authorization": "token demo-app-token"} | headers
        response = self.session.request(
            method, f"{self.url}{path}", json=body, headers=headers, timeout=10, allow_redirects=False
        )
        raw = [(name, value) for name, value in response.raw.headers.items()]
        self.responses.append(
            (response.status_code, response.reason, raw, response.content, response.encoding)
        )
        assert response.headers == dict(raw)
        return response

    def hold(self) -> None:
        for method, path, body in CONVERSATION:
            response = self.ask(method, path, body)
            if "etag" in response.headers:
                self.ask(method, path, body, **{"If-None-Match": response.headers["ETag"]})
            if "next" in response.links:
                self.ask(method, response.links["next"]["url"].removeprefix(self.url))
        for token in ("demo-job-token", "wrong"):
            self.ask("GET", REPO, Authorization=f"token {token}")
        for method in ("GET", "POST", "DELETE"):
            self.ask(method, "/repos/acme/former/issues", {} if method == "POST" else None)
        for _ in FAULTS:
            self.ask("GET", f"{REPO}/issues/1")
            self.ask("POST", f"{REPO}/issues/1/comments", {"body": "again"})


def held(faults: tuple[dict[str, Any], ...]) -> list[tuple[Talk, World]]:
    """Hold the conversation over HTTP, and then in process with the same address."""
    over_http, in_process = furnished(faults), furnished(faults)
    with serve(over_http) as server, requests.Session() as session:
        first = Talk(session, server.url)
        first.hold()
    github = InProcess(in_process, server.url)
    with requests.Session() as session:
        session.mount("http://", github.transport(1.0))
        second = Talk(session, server.url)
        second.hold()
    return [(first, over_http), (second, in_process)]


def test_a_conversation_is_the_same_in_process_as_over_http() -> None:
    (first, over_http), (second, in_process) = held(FAULTS)
    assert len(first.responses) > 40
    assert {200, 201, 204, 301, 304, 307, 401, 404, 422, 502, 503} <= {it[0] for it in first.responses}
    assert all(fault.met >= fault.first for fault in over_http.faults)
    for there, here in zip(first.responses, second.responses, strict=True):
        assert there == here
    assert [vars(request) for request in over_http.requests] == [
        vars(request) for request in in_process.requests
    ]


@pytest.mark.parametrize("kind", sorted(BREAKING))
def test_in_process_a_fault_that_breaks_the_connection_is_an_error(kind: Any) -> None:
    github = InProcess(furnished(({"kind": kind, "path": REPO},)))
    with requests.Session() as session:
        session.mount("http://", github.transport(1.0))
        with pytest.raises(NeedsHTTPError, match=kind):
            session.get(f"{github.url}{REPO}", timeout=1)


def test_in_process_no_other_address_is_reached() -> None:
    github = InProcess(furnished())
    with requests.Session() as session:
        session.mount("http://", github.transport(1.0))
        for url in ("http://127.0.0.1:2/user", "http://127.0.0.1:11/user", "http://evil.example/user"):
            with pytest.raises(requests.ConnectionError):
                session.get(url, timeout=1)
    assert not github.world.requests
