"""The wire: HTTP on loopback, with GitHub's headers, budgets, entity tags and faults."""

import asyncio
import hashlib
import json
import re
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import uvicorn
from starlette.requests import Request as HTTPRequest
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from approval_gate.emulator import graphql, payloads, rest
from approval_gate.emulator.faults import Fault
from approval_gate.emulator.rest import Call, RefusedError, Reply
from approval_gate.emulator.world import Request, Token, World

_PREFIX = "/api/v3"
_GRAPHQL = frozenset({"/graphql", "/api/graphql"})
_VERSION = "2022-11-28"
_BY_ID = re.compile(r"/repositories/(\d+)(?=/|$)")
_BY_NAME = re.compile(r"/repos/([^/]+/[^/]+)(?=/|$)")
_BUDGET = timedelta(hours=1)
_LAG = timedelta(seconds=5)
_ACTING = frozenset({"after-effect", "truncate", "stale", "skew"})


@dataclass(frozen=True)
class Server:
    """The embedded GitHub while it runs."""

    world: World
    url: str


@contextmanager
def serve(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    certificate: Path | None = None,
    delay: float = 0.0,
) -> Iterator[Server]:
    """Serve a world on loopback until the context ends.

    Args:
        world: what is served.
        host: the address to listen on.
        port: 0 for one that is free.
        certificate: a PEM file with it and its private key, for https; http without one.
        delay: seconds that each request spends on the way, half of them before it is received.
    """
    listener = socket.create_server((host, port))
    # Headers and body leave as two segments; Nagle's algorithm would hold the second for 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    application = _Application(world, delay)
    config = uvicorn.Config(
        application,
        http=application.protocol,  # type: ignore[arg-type]
        log_level="critical",
        lifespan="off",
        server_header=False,
        date_header=False,
        ws="none",
        ssl_certfile=certificate,
    )
    server = _Uvicorn(config)
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    server.ready.wait()
    try:
        scheme = "https" if certificate else "http"
        yield Server(world, f"{scheme}://{host}:{listener.getsockname()[1]}")
    finally:
        application.stop()
        server.end()
        thread.join()
        listener.close()


class _Uvicorn(uvicorn.Server):
    """uvicorn in a thread of its own: it says when it is ready, and leaves signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets=sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self._ended.wait()  # uvicorn's own loop looks ten times a second

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the connections at once: a TLS connection that is closed in order waits for the far end."""
        await super().shutdown(sockets=sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    def end(self) -> None:
        """Stop, from another thread, without waiting for connections."""
        self.should_exit = self.force_exit = True
        self._loop.call_soon_threadsafe(self._ended.set)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Protocol(H11Protocol):
    """A connection that can be found, to be broken on order."""

    def __init__(
        self,
        connections: dict[tuple[str, int], asyncio.Transport],
        *rest: Any,  # noqa: ANN401 - uvicorn's form
        **options: Any,  # noqa: ANN401 - uvicorn's form
    ) -> None:
        super().__init__(*rest, **options)
        self._connections = connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._connections[transport.get_extra_info("peername")] = transport


class _Application:
    """The ASGI application."""

    def __init__(self, world: World, delay: float) -> None:
        self._world = world
        self._one_way = delay / 2
        self._stopped: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._serial = 0
        self._connections: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self, *arguments: Any, **options: Any) -> "_Protocol":  # noqa: ANN401 - uvicorn's form
        """Make the protocol of a connection, which is known by its far end."""
        return _Protocol(self._connections, *arguments, **options)

    def stop(self) -> None:
        """Let go of the requests that hang."""
        if self._loop is not None and self._stopped is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._stopped is None:
            self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        await asyncio.sleep(self._one_way)
        request = await self._read(scope, receive)
        base = f"{scope['scheme']}://{request.headers.get('host', 'localhost')}"
        with self._world.lock:
            asked = (request.method, request.path, request.body)
            fault = next((f for f in self._world.faults if f.matches(*asked)), None)
            acts = fault is None or fault.effect or fault.kind in _ACTING
            reply = self._answer(request, base, fault) if acts else Reply(500)
            headers, body = self._finish(request, reply, base, fault.skew if fault else timedelta())
            request.faulty = fault is not None
            self._world.requests.append(request)
        for react in list(self._world.script):
            react(request)
        await asyncio.sleep(self._one_way)
        await self._send(scope, send, fault, reply.status, headers, body)

    async def _read(self, scope: Scope, receive: Receive) -> Request:
        http = HTTPRequest(scope, receive)
        try:
            data = await http.json()
        except ValueError:
            data = None
        path = str(http.scope["path"])  # decoded, whatever is in it
        if path.startswith(f"{_PREFIX}/"):
            path = path.removeprefix(_PREFIX)
        path = _by_name(self._world, path)
        headers = {name.lower(): value for name, value in http.headers.items()}
        return Request(http.method, path, dict(http.query_params), headers, data, self._world.now())

    def _answer(self, request: Request, base: str, fault: Fault | None) -> Reply:
        if "user-agent" not in request.headers:
            return RefusedError(403, "Request forbidden by administrative rules.").reply
        token = self._token(request.headers.get("authorization", "").partition(" ")[2])
        if token is None:
            return RefusedError(401, "Bad credentials").reply
        version = request.headers.get("x-github-api-version", _VERSION)
        if version in self._world.retired:
            return RefusedError(410, f"API version {version} is no longer supported.").reply
        call = Call(self._world, token, request, base)
        bucket = "graphql" if request.path in _GRAPHQL else "core"
        if request.path == "/rate_limit":
            limits = {name: self._limits(token, name) for name in ("core", "graphql", "search")}
            return rest.rate_limit(limits)
        if self._limits(token, bucket)["remaining"] == 0:
            reply = _spent(token, bucket)
        elif request.path in _GRAPHQL:
            reply = Reply(200, graphql.answer(self._world, token, request.body, base))
        else:
            reply = rest.answer(call)
        if reply.status == 200:  # noqa: PLR2004 - OK
            self._keep(request, reply, token, stale=fault is not None and fault.kind == "stale")
        limits = self._limits(token, bucket)
        if reply.status != 304 and limits["remaining"]:  # noqa: PLR2004 - not modified: free
            token.used[bucket] = token.used.get(bucket, 0) + 1
            request.charged = True
        reply.headers |= _limit_headers(self._limits(token, bucket), bucket)
        if token.expires_at is not None and token.app is None:
            # https://github.blog/changelog/2021-07-26-expiration-options-for-personal-access-tokens/
            expiration = f"{token.expires_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
            reply.headers["github-authentication-token-expiration"] = expiration
        return reply

    def _token(self, text: str) -> Token | None:
        """Find a token that is good still."""
        token = self._world.tokens.get(text) or self._signed(text)
        over = token is not None and token.expires_at is not None and self._world.now() >= token.expires_at
        return None if token is None or token.revoked or over else token

    def _signed(self, text: str) -> Token | None:
        """Find who signed this as an app; whether it is fresh is a matter of real clocks."""
        try:
            issuer = jwt.decode(text, options={"verify_signature": False})["iss"]
            app = self._world.apps[issuer]
            jwt.decode(
                text,
                app.public_key,
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False},
            )
        except (jwt.PyJWTError, KeyError):
            return None
        bot = self._world.user(f"{app.slug}[bot]", kind="Bot")
        return Token(text, bot, app.slug, {}, (), {}, limit=5000, graphql=False, signed_by=app)

    def _keep(self, request: Request, reply: Reply, token: Token, *, stale: bool) -> None:
        """Answer from what was answered before, where that is asked for or suffices."""
        reply.data = self._aged(request, reply.data, stale=stale)
        if request.method == "GET":
            tag = reply.headers["etag"] = _tag(token, reply.data)
            if request.headers.get("if-none-match") == tag:
                reply.status, reply.data = 304, None

    def _aged(self, request: Request, data: object, *, stale: bool) -> object:
        """Remember what a request was answered, and return it; if stale, what it was before that."""
        asked = f"{request.method} {request.path} {request.query} {request.body}"
        given = self._world.given.setdefault(asked, [])
        if not given or given[-1] != data:
            given.append(data)
        if not stale:
            return data
        return given[-2] if len(given) > 1 else self._lagging(data)

    def _lagging(self, data: object) -> object:
        """Return a list without what was made just now, as one lags that was not asked for before."""
        if not isinstance(data, list):
            return data
        known = payloads.time(self._world.now() - _LAG)
        return [item for item in data if item.get("created_at", "") <= known]

    def _limits(self, token: Token, bucket: str) -> dict[str, Any]:
        now = self._world.now()
        if token.resets_at is None or now >= token.resets_at:
            token.resets_at, token.used = now + _BUDGET, {}
        used = token.used.get(bucket, 0)
        reset = int(token.resets_at.timestamp())
        return {"limit": token.limit, "used": used, "remaining": max(0, token.limit - used), "reset": reset}

    def _finish(
        self, request: Request, reply: Reply, base: str, skew: timedelta
    ) -> tuple[dict[str, str], bytes]:
        self._serial += 1
        body = b"" if reply.data is None else json.dumps(reply.data).encode()
        headers = {
            "date": format_datetime(
                (self._world.now() + self._world.skew + skew).astimezone(UTC), usegmt=True
            ),
            "x-github-request-id": f"0400:1A2B:{self._serial:X}",
            "x-github-media-type": "github.v3; format=json",
            "x-github-api-version-selected": request.headers.get("x-github-api-version", _VERSION),
            **self._world.sunset,
            **reply.headers,
        }
        if body:
            headers["content-type"] = "application/json; charset=utf-8"
        if link := _link(request, f"{base}{_by_id(self._world, request.path)}", reply):
            headers["link"] = link
        request.status, request.answer_headers, request.answer = reply.status, headers, body.decode()
        return headers, body

    async def _send(
        self,
        scope: Scope,
        send: Send,
        fault: Fault | None,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        if fault is not None and fault.kind == "status":
            status = fault.status
            headers = {"date": headers["date"], "x-github-request-id": headers["x-github-request-id"]}
            query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
            host = dict(scope["headers"])[b"host"].decode()
            address = f"{scope['scheme']}://{host}{scope['path']}{query}"
            headers |= {"content-type": "application/json", **fault.answers(address)}
            text = json.dumps({"message": "Server Error"}) if fault.body is None else fault.body
            body = text.encode()
        elif fault is not None and fault.kind == "hang":
            assert self._stopped is not None  # noqa: S101 - made with the first request
            await self._stopped.wait()
        if fault is not None and fault.kind in {"reset", "hang", "after-effect"}:
            _abort(self._connections[scope["client"]])
            return
        cut = fault is not None and fault.kind == "truncate"
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        if status not in {204, 304}:
            raw.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": raw})
        if cut:
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            _abort(self._connections[scope["client"]])
        else:
            await send({"type": "http.response.body", "body": body})


def _abort(transport: asyncio.Transport) -> None:
    """Close the connection with a reset instead of an answer."""
    linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


def _tag(token: Token, data: object) -> str:
    text = f"{token.value}{json.dumps(data)}"
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()}"'


def _spent(token: Token, bucket: str) -> Reply:
    """Return GitHub's answer when a budget is used up: GraphQL's is not an error of HTTP.

    (https://github.com/yanyongyu/githubkit/issues/271)
    """
    if bucket == "core":
        return RefusedError(403, "API rate limit exceeded for installation.").reply
    message = f"API rate limit already exceeded for user ID {token.user.id}."
    return Reply(200, {"errors": [{"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": message}]})


def _limit_headers(limits: Mapping[str, Any], bucket: str) -> dict[str, str]:
    shown = {f"x-ratelimit-{name}": str(value) for name, value in limits.items()}
    return {**shown, "x-ratelimit-resource": bucket}


def _by_name(world: World, path: str) -> str:
    """Return the path of a repository that is asked for by its id as the one by its name."""
    found = _BY_ID.match(path)
    repo = next((repo for repo in world.repos.values() if found and repo.id == int(found[1])), None)
    return path if found is None or repo is None else f"/repos/{repo.full_name}{path[found.end() :]}"


def _by_id(world: World, path: str) -> str:
    """Return a path as GitHub's pages lead to it: by the repository's id, which no new name changes."""
    found = _BY_NAME.match(path)
    repo = world.repos.get(found[1].lower()) if found else None
    return path if found is None or repo is None else f"/repositories/{repo.id}{path[found.end() :]}"


def _link(request: Request, address: str, reply: Reply) -> str:
    number, last = reply.pages or (1, 1)
    steps = dict(reply.links)
    if number > 1:
        steps |= {"prev": {"page": f"{number - 1}"}, "first": {"page": "1"}}
    if number < last:
        steps |= {"next": {"page": f"{number + 1}"}, "last": {"page": f"{last}"}}
    kept = {name: value for name, value in request.query.items() if name not in {"after", "before"}}
    return ", ".join(f'<{address}?{urlencode({**kept, **step})}>; rel="{rel}"' for rel, step in steps.items())
