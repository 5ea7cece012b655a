"""Validate requests and responses against GitHub's OpenAPI description."""

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from approval_gate.emulator import Request, World

DESCRIPTION = Path(__file__).parent / "data" / "openapi.json.gz"

ANYWHERE = {
    301: "GET on any path of a transferred issue or a renamed repository",
    307: "another method on any path of a renamed repository",
    401: "an invalid token, on every path",
    403: "a missing permission or an exhausted rate limit, on every path",
    404: "an object that does not exist or is hidden from the token, on every path",
    410: "deleted or disabled issues, on every path below them",
    422: "invalid content, for every request that has some",
}
"""Statuses that the description does not list for each path, and where they can occur."""


class _HTTPRequest:
    """A recorded request in the form of openapi-core."""

    def __init__(self, request: Request) -> None:
        self.host_url = "http://localhost"
        self.path = _quoted(request.path)
        self.method = request.method.lower()
        self.content_type = request.headers.get("content-type", "")
        self.body = json.dumps(request.body).encode() if request.body is not None else None
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.query),
            header=Headers(request.headers),
            cookie=ImmutableMultiDict(),
        )


class _HTTPResponse:
    """A recorded response in the form of openapi-core."""

    def __init__(self, request: Request) -> None:
        self.status_code = request.status
        self.content_type = request.answer_headers.get("content-type", "").partition(";")[0]
        self.headers = Headers(request.answer_headers)
        self.data = request.answer.encode()


@cache
def description() -> tuple[OpenAPI, dict[str, Any]]:
    """Load the description, which is known to be a valid one; cached."""
    whole = json.loads(gzip.decompress(DESCRIPTION.read_bytes()))
    return OpenAPI.from_dict(whole, config=Config(spec_validator_cls=None)), whole


def check(request: Request) -> None:
    """Validate one request and its response against the description.

    Raises:
        AssertionError: one of them does not conform.
    """
    if request.path in {"/graphql", "/api/graphql"}:
        return  # graphql-core has validated it against GitHub's schema
    what = f"{request.method} {request.path}"
    openapi, _ = description()
    problems = list(openapi.iter_request_errors(_HTTPRequest(request)))
    assert not problems, f"{what}: the request: {_explained(problems)}"
    if request.faulty or request.status == 304:
        return
    problems = list(openapi.iter_response_errors(_HTTPRequest(request), _HTTPResponse(request)))
    unlisted = any(type(problem).__name__ == "ResponseNotFound" for problem in problems)
    if unlisted and request.status in ANYWHERE:
        error = json.loads(request.answer)
        assert {"message", "documentation_url"} <= set(error), f"{what}: not GitHub's error: {error}"
        return
    assert not problems, f"{what}: the response {request.status}: {_explained(problems)}"


_ADDRESS_OR_TIME = re.compile(r"https?://\S+|\d{4}-\d\d-\d\dT[\d:]+Z")
_valid: set[tuple[object, ...]] = set()


def check_all(world: World, since: int = 0) -> None:
    """Validate all requests of a world, from the number ``since`` on, with their responses.

    An exchange that has the shape of one that is known to be valid, from any test, is skipped.

    Raises:
        AssertionError: see :func:`check`; or a request used something that the emulator does not support.
    """
    assert not world.unknown
    for request in world.requests[since:]:
        answer = "" if request.faulty or not request.answer else json.loads(request.answer)
        path = tuple(part if part in _words() else "" for part in request.path.split("/"))
        parts = (request.method, path, request.status, request.faulty)
        shape = (*parts, *map(_shape, (request.query, request.body, answer)))
        if shape not in _valid:
            check(request)
            _valid.add(shape)


def _shape(value: object) -> object:
    """Reduce JSON to what a schema can object to: types, single words, and each kind of item once."""
    if isinstance(value, dict):
        return frozenset((name, _shape(member)) for name, member in value.items())
    if isinstance(value, list):
        return list, frozenset(map(_shape, value))
    if not isinstance(value, str):
        return type(value), value is True or value == 0
    if value in _words() or not value:
        return value
    return "address or time" if _ADDRESS_OR_TIME.fullmatch(value) else "text"


@cache
def _words() -> frozenset[str]:
    """Return the words that the description knows: the values of enumerations, and the parts of paths."""
    _, whole = description()
    found = {part for path in whole["paths"] for part in path.split("/")}

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            found.update(word for word in node.get("enum", ()) if isinstance(word, str))
            for member in node.values():
                collect(member)
        elif isinstance(node, list):
            for member in node:
                collect(member)

    collect(whole)
    return frozenset(found)


def _quoted(path: str) -> str:
    """Quote the slashes inside a path parameter: the description expects one segment."""
    for marker, ending in (
        ("/contents/", ""),
        ("/git/ref/", ""),
        ("/environments/", "/deployment-branch-policies"),
    ):
        before, found, rest = path.partition(marker)
        if found:
            whole = rest.removesuffix(ending)
            return before + marker + whole.replace("/", "%2F") + rest[len(whole) :]
    return path


def _explained(problems: list[Exception]) -> str:
    return "; ".join(f"{problem}: {problem.__cause__ or ''} {_details(problem)}" for problem in problems)[
        :1500
    ]


def _details(problem: Exception) -> list[str]:
    cause = problem.__cause__ or problem
    errors = getattr(cause, "schema_errors", ())
    return [f"{error.json_path}: {error.message[:200]}" for error in errors][:5]
