"""Hold requests and answers against GitHub's own OpenAPI description."""

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from approval_gate.emulator import Request, World

DESCRIPTION = Path(__file__).parent / "data" / "openapi.json.gz"

ANYWHERE = {
    301: "a transferred issue or renamed repository, on every path of it",
    401: "a token that is not valid, on every path",
    403: "a permission that is lacking, or a budget that is used up, on every path",
    307: "a renamed repository, for what is not a GET, on every path of it",
    404: "what is not there or may not be seen, on every path",
    410: "issues that are switched off or deleted, on every path below them",
    422: "content that is rejected, wherever there is any",
}
"""Answers that the description does not list for each path, and why they occur there."""


class _HTTPRequest:
    """A recorded request as openapi-core wants it."""

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
    """A recorded answer as openapi-core wants it."""

    def __init__(self, request: Request) -> None:
        self.status_code = request.status
        self.content_type = request.answer_headers.get("content-type", "").partition(";")[0]
        self.headers = Headers(request.answer_headers)
        self.data = request.answer.encode()


@cache
def description() -> tuple[OpenAPI, dict[str, Any]]:
    """Load the description once."""
    whole = json.loads(gzip.decompress(DESCRIPTION.read_bytes()))
    return OpenAPI.from_dict(whole), whole


def check(request: Request) -> None:
    """Hold one request and its answer against the description.

    Raises:
        AssertionError: either is not as GitHub describes it.
    """
    if request.path in {"/graphql", "/api/graphql"}:
        return  # graphql-core holds it against GitHub's schema
    what = f"{request.method} {request.path}"
    openapi, _ = description()
    problems = list(openapi.iter_request_errors(_HTTPRequest(request)))
    assert not problems, f"{what}: the request: {_said(problems)}"
    if request.faulty or request.status == 304:
        return
    problems = list(openapi.iter_response_errors(_HTTPRequest(request), _HTTPResponse(request)))
    unlisted = any(type(problem).__name__ == "ResponseNotFound" for problem in problems)
    if unlisted and request.status in ANYWHERE:
        error = json.loads(request.answer)
        assert {"message", "documentation_url"} <= set(error), f"{what}: not GitHub's error: {error}"
        return
    assert not problems, f"{what}: the answer {request.status}: {_said(problems)}"


_VARYING = re.compile(r"[0-9a-f]{32,64}|[0-9]+")
_held: set[str] = set()


def check_all(world: World, since: int = 0) -> None:
    """Hold everything that went over the wire against the description, from some request on.

    What differs in nothing but numbers and hashes from what was held already, by whatever test, is not
    held again.

    Raises:
        AssertionError: see :func:`check`; or something was asked that the embedded GitHub does not have.
    """
    assert not world.unknown
    for request in world.requests[since:]:
        parts = (request.method, request.path, request.query, request.body, request.status, request.faulty)
        shape = _VARYING.sub("0", f"{parts!r} {request.answer}")
        if shape not in _held:
            check(request)
            _held.add(shape)


def _quoted(path: str) -> str:
    """Put the slashes of a path or a name into one segment, as the description has them."""
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


def _said(problems: list[Exception]) -> str:
    return "; ".join(f"{problem}: {problem.__cause__ or ''} {_details(problem)}" for problem in problems)[
        :1500
    ]


def _details(problem: Exception) -> list[str]:
    cause = problem.__cause__ or problem
    errors = getattr(cause, "schema_errors", ())
    return [f"{error.json_path}: {error.message[:200]}" for error in errors][:5]
