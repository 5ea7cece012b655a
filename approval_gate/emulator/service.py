"""Handles requests independently of the transport: authentication, rate limits, entity tags and faults."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import jwt

from approval_gate.emulator import graphql, payloads, rest
from approval_gate.emulator.call import Call, RefusedError, Reply
from approval_gate.emulator.faults import ACTING, BREAKING, Fault, Kind
from approval_gate.emulator.world import Request, Token, World

_PREFIX = "/api/v3"
_GRAPHQL = frozenset({"/graphql", "/api/graphql"})
_VERSION = "2022-11-28"
_BY_ID = re.compile(r"/repositories/(\d+)(?=/|$)")
_BY_NAME = re.compile(r"/repos/([^/]+/[^/]+)(?=/|$)")
_LIMIT_PERIOD = timedelta(hours=1)
_LAG = timedelta(seconds=5)
_WITHOUT_BODY = frozenset({204, 304})


@dataclass(frozen=True)
class RawRequest:
    """A request as the transport received it.

    Attributes:
        address: the full URL, with the client's scheme and host.
        headers: by their names in lower case.
    """

    method: str
    address: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class RawResponse:
    """A response for the transport to send.

    Attributes:
        broken_by: the kind of fault that breaks the connection; None to send the response normally.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    broken_by: Kind | None = None


class Service:
    """Handles the requests to one world, which also records them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._serial = 0

    def handle(self, raw: RawRequest) -> RawResponse:
        """Handle one request, and run the world's script."""
        request = self._read(raw)
        base = f"{urlsplit(raw.address).scheme}://{raw.headers.get('host', 'localhost')}"
        with self._world.lock:
            parts = (request.method, request.path, request.body)
            fault = next((f for f in self._world.faults if f.matches(*parts)), None)
            acts = fault is None or fault.effect or fault.kind in ACTING
            reply = self._reply(request, base, fault) if acts else Reply(500)
            headers, body = self._finish(request, reply, base, fault.skew if fault else timedelta())
            request.faulty = fault is not None
            self._world.requests.append(request)
        for react in list(self._world.script):
            react(request)
        status = reply.status
        if fault is not None and fault.kind == "status":
            status = fault.status
            headers = {"date": headers["date"], "x-github-request-id": headers["x-github-request-id"]}
            headers |= {"content-type": "application/json", **fault.answers(raw.address)}
            text = json.dumps({"message": "Server Error"}) if fault.body is None else fault.body
            body = text.encode()
        if status not in _WITHOUT_BODY:
            headers["content-length"] = str(len(body))
        broken_by = fault.kind if fault is not None and fault.kind in BREAKING else None
        return RawResponse(status, list(headers.items()), body, broken_by)

    def _read(self, raw: RawRequest) -> Request:
        try:
            data = json.loads(raw.body)
        except ValueError:
            data = None
        address = urlsplit(raw.address)
        path = unquote(address.path)
        if path.startswith(f"{_PREFIX}/"):
            path = path.removeprefix(_PREFIX)
        path = _by_name(self._world, path)
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        return Request(raw.method, path, query, dict(raw.headers), data, self._world.now())

    def _reply(self, request: Request, base: str, fault: Fault | None) -> Reply:
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
            every = {name: self._limits(token, name) for name in ("core", "graphql", "search")}
            return Reply(200, {"resources": every, "rate": every["core"]})  # this request is free
        if self._limits(token, bucket)["remaining"] == 0:
            reply = _limit_exceeded(token, bucket)
        elif request.path in _GRAPHQL:
            reply = Reply(200, graphql.answer(self._world, token, request.body, base))
        else:
            reply = rest.answer(call)
        if reply.status == 200:  # noqa: PLR2004 - OK
            self._revalidate(request, reply, token, stale=fault is not None and fault.kind == "stale")
        if reply.status != 304 and self._limits(token, bucket)["remaining"]:  # noqa: PLR2004 - not modified: free
            token.used[bucket] = token.used.get(bucket, 0) + 1
            request.charged = True
        limits = self._limits(token, bucket)
        reply.headers |= {f"x-ratelimit-{name}": str(value) for name, value in limits.items()}
        reply.headers["x-ratelimit-resource"] = bucket
        if token.expires_at is not None and token.app is None:
            # https://github.blog/changelog/2021-07-26-expiration-options-for-personal-access-tokens/
            expiration = f"{token.expires_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
            reply.headers["github-authentication-token-expiration"] = expiration
        return reply

    def _token(self, text: str) -> Token | None:
        """Find a valid token, or verify an app's JWT."""
        token = self._world.tokens.get(text) or self._signed(text)
        if token is None or token.revoked:
            return None
        expired = token.expires_at is not None and self._world.now() >= token.expires_at
        return None if expired else token

    def _signed(self, text: str) -> Token | None:
        """Verify an app's JWT; its times are ignored, because the world's clock is not the app's."""
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

    def _revalidate(self, request: Request, reply: Reply, token: Token, *, stale: bool) -> None:
        """Set the entity tag, and reply 304 if the client has it; if stale, reply with an earlier state."""
        reply.data = self._current_or_stale(request, reply.data, stale=stale)
        if request.method == "GET":
            tag = reply.headers["etag"] = _tag(token, reply.data)
            if request.headers.get("if-none-match") == tag:
                reply.status, reply.data = 304, None

    def _current_or_stale(self, request: Request, data: object, *, stale: bool) -> object:
        """Record the data of a reply and return it; if stale, return the different data before it."""
        key = f"{request.method} {request.path} {request.query} {request.body}"
        earlier = self._world.earlier_replies.setdefault(key, [])
        if not earlier or earlier[-1] != data:
            earlier.append(data)
        if not stale:
            return data
        return earlier[-2] if len(earlier) > 1 else self._lagging(data)

    def _lagging(self, data: object) -> object:
        """Return a list without its newest items."""
        if not isinstance(data, list):
            return data
        known = payloads.time(self._world.now() - _LAG)
        return [item for item in data if item.get("created_at", "") <= known]

    def _limits(self, token: Token, bucket: str) -> dict[str, Any]:
        now = self._world.now()
        if token.resets_at is None or now >= token.resets_at:
            token.resets_at, token.used = now + _LIMIT_PERIOD, {}
        used = token.used.get(bucket, 0)
        reset = int(token.resets_at.timestamp())
        return {"limit": token.limit, "used": used, "remaining": max(0, token.limit - used), "reset": reset}

    def _finish(
        self, request: Request, reply: Reply, base: str, skew: timedelta
    ) -> tuple[dict[str, str], bytes]:
        self._serial += 1
        body = b"" if reply.data is None else json.dumps(reply.data).encode()
        date = (self._world.now() + self._world.skew + skew).astimezone(UTC)
        headers = {
            "date": format_datetime(date, usegmt=True),
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
        request.status, request.answer_headers, request.answer = reply.status, dict(headers), body.decode()
        return headers, body


def _tag(token: Token, data: object) -> str:
    text = f"{token.value}{json.dumps(data)}"
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()}"'


def _limit_exceeded(token: Token, bucket: str) -> Reply:
    """Return GitHub's reply to an exhausted rate limit; GraphQL's has the status 200.

    https://github.com/yanyongyu/githubkit/issues/271
    """
    if bucket == "core":
        return RefusedError(403, "API rate limit exceeded for installation.").reply
    message = f"API rate limit already exceeded for user ID {token.user.id}."
    return Reply(200, {"errors": [{"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": message}]})


def _by_name(world: World, path: str) -> str:
    """Return a path with a repository's id as the path with its name."""
    found = _BY_ID.match(path)
    repo = next((repo for repo in world.repos.values() if found and repo.id == int(found[1])), None)
    return path if found is None or repo is None else f"/repos/{repo.full_name}{path[found.end() :]}"


def _by_id(world: World, path: str) -> str:
    """Return a path with a repository's name as the path with its id, as in GitHub's links to pages."""
    found = _BY_NAME.match(path)
    repo = world.repos.get(found[1].lower()) if found else None
    return path if found is None or repo is None else f"/repositories/{repo.id}{path[found.end() :]}"


def _link(request: Request, address: str, reply: Reply) -> str:
    number, last = reply.pages or (1, 1)
    steps = {"next": reply.following} if reply.following else {}
    if number > 1:
        steps |= {"prev": {"page": f"{number - 1}"}, "first": {"page": "1"}}
    if number < last:
        steps |= {"next": {"page": f"{number + 1}"}, "last": {"page": f"{last}"}}
    kept = {name: value for name, value in request.query.items() if name != "after"}
    return ", ".join(f'<{address}?{urlencode({**kept, **step})}>; rel="{rel}"' for rel, step in steps.items())
