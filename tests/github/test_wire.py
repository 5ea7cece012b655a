"""Why each internal part of PyGithub is used: without it a test here fails."""

import ast
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from github.Requester import Requester
from pytest_mock import MockerFixture
from requests.adapters import HTTPAdapter

import approval_gate
from approval_gate.emulator import Fault, World, serve
from approval_gate.github.wire import Wire, app_signature, token_signature, without_secret
from tests.github.scene import SHOP, Machine, Scene, furnish
from tests.whole.keys import pair

REPO = f"/repos/{SHOP}"
TOKEN = token_signature("app")
ROOT = Path(approval_gate.__file__).parent


@pytest.fixture
def world() -> World:
    world = World()
    furnish(world, Machine())
    return world


@pytest.fixture
def wire(world: World) -> Iterator[Wire]:
    with serve(world) as github:
        yield Wire(github.url, "2022-11-28")


def send(wire: Wire, method: str = "GET", path: str = REPO, body: Any = None, **given: Any) -> Any:
    return wire.send(TOKEN, method, path, parameters={}, headers={}, body=body, **given)


def test_no_other_file_of_the_program_imports_pygithub() -> None:
    importing = set()
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [it.name for it in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.partition(".")[0] == "github" for name in names):
                importing.add(str(file.relative_to(ROOT)))
    assert importing == {"github/wire.py"}


# The requester -------------------------------------------------------------------------


def test_an_answer_has_its_headers_and_its_original_text(wire: Wire) -> None:
    """PyGithub's objects hide the headers, and send another request whenever an attribute is missing."""
    response = send(wire)
    assert response.status == 200
    assert response.headers["x-ratelimit-limit"] == "5000"
    assert response.text.startswith("{")


def test_an_error_response_is_returned_and_not_raised(wire: Wire) -> None:
    response = send(wire, path="/repos/acme/nothing")
    assert (response.status, "Not Found" in response.text) == (404, True)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_fault_is_neither_retried_nor_waited_for(
    world: World, wire: Wire, mocker: MockerFixture, method: str
) -> None:
    """By default PyGithub retries every request, and pauses between requests and between writes."""
    sleep = mocker.patch.object(time, "sleep")
    world.faults.append(Fault(method=method, path=REPO, status=502, times=None))
    assert [send(wire, method).status for _ in range(3)] == [502] * 3
    assert len(world.requests) == 3
    sleep.assert_not_called()


@pytest.mark.parametrize(
    ("api_url", "graphql_url"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://github.example/api/v3", "https://github.example/api/graphql"),
        ("http://127.0.0.1:8080/api/v3", "http://127.0.0.1:8080/api/graphql"),
    ],
)
def test_each_server_has_its_own_graphql_address(api_url: str, graphql_url: str) -> None:
    assert Wire(api_url, "2022-11-28").graphql_url == graphql_url


# The private name ----------------------------------------------------------------------


def test_a_requesters_only_connection_uses_our_transport() -> None:
    """PyGithub has no public way to set it; without it a request has no total time limit."""
    made: list[float] = []

    class Refusing(HTTPAdapter):
        def send(self, *_: Any, **__: Any) -> requests.Response:
            raise requests.ConnectionError

    def transport(total: float) -> HTTPAdapter:
        made.append(total)
        return Refusing()

    wire = Wire("https://github.example", "2022-11-28", transport)
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            send(wire)
    assert made == [15.0]
    wire.shorten_timeouts()
    with pytest.raises(requests.ConnectionError):
        send(wire)
    assert made == [15.0, 2.0]


def test_the_connection_is_kept_between_requests(scene: Scene, mocker: MockerFixture) -> None:
    connect = mocker.spy(HTTPAdapter, "get_connection_with_tls_context")
    wire = Wire(scene.url, "2022-11-28")
    for _ in range(3):
        send(wire)
    pools = {id(call) for call in connect.spy_return_list}
    assert len(pools) == 1


def test_another_signature_uses_another_connection(world: World, wire: Wire) -> None:
    send(wire)
    wire.send(token_signature("job"), "GET", REPO, parameters={}, headers={}, body=None)
    sent = [request.headers["authorization"].partition(" ")[2] for request in world.requests]
    assert sent == ["app", "job"]


# The hook ------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?page=2"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_301_is_returned_with_its_address_and_not_followed(
    world: World, wire: Wire, method: str, query: str
) -> None:
    """PyGithub follows it without its query, with every method, and in a loop until the stack overflows."""
    location = f"http://127.0.0.1:1{REPO}{query}"
    world.faults.append(Fault(method=method, path=REPO, status=301, headers={"location": location}))
    response = send(wire, method)
    assert (response.status, response.headers["location"]) == (301, location)
    assert len(world.requests) == 1


def test_a_301_to_another_host_does_not_raise_pygithubs_error(world: World, wire: Wire) -> None:
    """It would raise a RuntimeError with the address in it."""
    away = {"location": "https://evil.example/"}
    world.faults.append(Fault(path=REPO, status=301, headers=away))
    assert send(wire).headers["location"] == "https://evil.example/"


def test_a_202_is_returned_at_once(world: World, wire: Wire, mocker: MockerFixture) -> None:
    """PyGithub sleeps and asks again, for as long as the answer is 202."""
    sleep = mocker.patch.object(time, "sleep")
    world.faults.append(Fault(path=REPO, status=202, body="{}", times=None))
    assert send(wire) == (200, mocker.ANY, "{}")
    assert len(world.requests) == 1
    sleep.assert_not_called()


# The silenced logger -------------------------------------------------------------------


def test_pygithub_logs_nothing_at_any_level(
    world: World, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    """At DEBUG it logs whole answers, including the token of an app."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="github.Requester")
    answer = '{"token": "ghs_new"}'
    world.faults.append(Fault(method="POST", path="/app/", status=201, body=answer))
    assert send(wire, "POST", "/app/installations/1/access_tokens", {}).text == answer
    assert "ghs_new" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith("github")]


def test_without_the_silenced_logger_it_would_log_tokens(
    world: World, wire: Wire, caplog: pytest.LogCaptureFixture, mocker: MockerFixture
) -> None:
    """As long as this passes, the silenced logger is needed."""
    mocker.patch.object(Requester, "_Requester__logger", None)
    caplog.set_level(logging.DEBUG, logger="github.Requester")
    world.faults.append(Fault(path=REPO, status=200, body='{"token": "ghs_new"}'))
    send(wire)
    assert "ghs_new" in caplog.text


# Signing -------------------------------------------------------------------------------


def test_an_app_signs_with_its_key() -> None:
    private, _ = pair()
    assert app_signature("1", private).token.count(".") == 2


@pytest.mark.parametrize(
    "key", ["", "x", "-----BEGIN RSA PRIVATE KEY-----\nsecret\n-----END RSA PRIVATE KEY-----"]
)
def test_an_invalid_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match="not a private key") as caught:
        app_signature("1", key)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert str(caught.value) == "not a private key"


def test_a_token_quoted_in_an_error_is_hidden() -> None:
    assert without_secret("Forbidden for app", TOKEN) == "Forbidden for ***"
    private, _ = pair()
    assert without_secret("Forbidden for app", app_signature("1", private)) == "Forbidden for app"
