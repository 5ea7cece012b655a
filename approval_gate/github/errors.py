"""The errors that GitHub's responses mean: by status and headers, and by the errors in GraphQL's data.

https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

import json
import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from approval_gate.core.timing import SECONDARY_WAIT
from approval_gate.core.wording import join
from approval_gate.errors import (
    GitHubError,
    IssueGoneError,
    LockedError,
    NotFoundError,
    OutageError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    RetiredError,
    UnauthenticatedError,
)
from approval_gate.github.parse import Answer, request_id_suffix
from approval_gate.github.wire import Response

GRANT = "Grant the token what this needs."
"""The remedy for a lacking permission that GitHub does not name."""

_CORRECT = "Correct the input that GitHub's answer speaks of. If there is none, please report it."
_PERMISSION = re.compile(r"([a-z_]+)=(read|write|admin)")
_GRAPHQL_LIMITS = frozenset({"RATE_LIMIT", "RATE_LIMITED"})
_REDIRECTS = requests.codes.multiple_choices
_INVALID = frozenset({requests.codes.bad_request, requests.codes.conflict, requests.codes.unprocessable})


def answer_of(method: str, path: str, response: Response, api_version: str) -> Answer:
    """Return the answer that a response is, or raise the GitHubError that it means."""
    status = response.status
    if status != requests.codes.not_modified and not requests.codes.ok <= status < _REDIRECTS:
        raise _error_of(method, path, response, api_version)
    try:
        data = json.loads(response.text) if response.text.strip() else None
    except ValueError as error:
        problem = f"GitHub's answer to {method} {path} cannot be read."
        raise OutageError(problem, detail=request_id_suffix(response.headers)) from error
    return Answer(status, response.headers, data)


def _error_of(method: str, path: str, response: Response, api_version: str) -> GitHubError:
    status, headers, message = response.status, response.headers, _message(response.text)
    what = f"{method} {path.partition('?')[0]}"
    words = f": {message}" if message else ""
    detail = f"GitHub answered {status} to {what}{words}{request_id_suffix(headers)}"
    wait, spent = _retry_after(headers), headers.get("x-ratelimit-remaining") == "0"
    limited = spent or wait is not None or "rate limit" in message.lower()
    if status == requests.codes.too_many_requests or (status == requests.codes.forbidden and limited):
        return RateLimitError(
            "GitHub asks for fewer requests.",
            detail=detail,
            retry_after=_limit_wait(headers, primary=spent),
        )
    if status == requests.codes.unauthorized:
        return UnauthenticatedError(
            "GitHub does not accept the token.",
            remedy="Pass a valid token, for example `token: ${{ github.token }}`. "
            "A token made by a GitHub App lives for one hour.",
            detail=detail,
        )
    if status == requests.codes.forbidden and "locked" in message.lower():
        return LockedError(
            "The conversation is locked, and GitHub lets no app write there.",
            remedy="Unlock the issue.",
            detail=detail,
        )
    if status == requests.codes.forbidden:
        return _not_allowed(what, _grant(headers.get("x-accepted-github-permissions", "")), detail)
    if status == requests.codes.not_found:
        return NotFoundError("GitHub finds nothing there that this token can see.", detail=detail)
    if status == requests.codes.gone and ("version" in message.lower() or "/issues" not in path):
        return RetiredError(
            f"GitHub no longer answers version {api_version} of its API.",
            remedy="Update the action; a newer version of the API can be named in APPROVAL_GATE_API_VERSION.",
            detail=detail,
        )
    if status == requests.codes.gone:
        return IssueGoneError(
            "The issue was deleted, or the repository's issues are switched off.",
            remedy="Switch them on if they are off, and start a new deployment.",
            detail=detail,
        )
    if status in _INVALID:
        return RejectedError("GitHub rejected a request as invalid.", remedy=_CORRECT, detail=detail)
    return OutageError("GitHub has a fault.", detail=detail, retry_after=wait)


def _not_allowed(what: str, remedy: str, detail: str) -> PermissionDeniedError:
    return PermissionDeniedError(f"The token is not allowed to {what}.", remedy=remedy, detail=detail)


def graphql_data(data: object, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the ``data`` of GraphQL's answer, without the nodes that are gone.

    Raises:
        RateLimitError: GraphQL's own budget is spent.
        RejectedError: this GitHub does not have a field that was asked for.
        PermissionDeniedError: this token may not ask it.
        OutageError: any other error, and what is not an answer of GraphQL's.
    """
    found, errors = _graphql(data, headers)
    if (error := _graphql_error(errors, headers)) is not None:
        raise error
    if found is None:
        raise _no_data(errors, headers)
    return found


def graphql_parts(
    data: object, headers: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, PermissionDeniedError]]:
    """Return the ``data`` of GraphQL's answer, and why a field of the query itself is not there.

    GitHub answers the rest of a query if one part is forbidden. It names that part in the error's path, and
    null takes the place of the nearest field that can be null
    (https://spec.graphql.org/October2021/#sec-Handling-Field-Errors).

    Raises:
        GitHubError: as :func:`graphql_data` does, unless only some parts are forbidden.
    """
    found, errors = _graphql(data, headers)
    refused: dict[str, PermissionDeniedError] = {}
    for part in dict.fromkeys(map(_part, errors)):
        error = _graphql_error([it for it in errors if _part(it) == part], headers)
        if error is not None and (not part or not isinstance(error, PermissionDeniedError)):
            raise error
        if isinstance(error, PermissionDeniedError):
            refused[part] = error
    if found is None:
        raise next(iter(refused.values()), None) or _no_data(errors, headers)
    return found, refused


def _graphql(data: object, headers: Mapping[str, str]) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Return the data of an answer, and its errors."""
    if not isinstance(data, dict):
        raise OutageError(
            "GitHub's GraphQL did not answer with a JSON object.", detail=request_id_suffix(headers)
        )
    found = data.get("data")
    errors = [error for error in data.get("errors") or () if isinstance(error, dict)]
    return found if isinstance(found, dict) else None, errors


def _graphql_error(errors: Sequence[Mapping[str, Any]], headers: Mapping[str, str]) -> GitHubError | None:
    """Return what some errors mean; None if a node is gone, and nothing else."""
    detail = _graphql_detail(errors, headers)
    kinds = {error.get("type") for error in errors}
    if kinds & _GRAPHQL_LIMITS:
        return RateLimitError(
            "GitHub's GraphQL asks for fewer requests.",
            detail=detail,
            retry_after=_limit_wait(headers, primary=True),
        )
    if any((error.get("extensions") or {}).get("code") == "undefinedField" for error in errors):
        return RejectedError("GitHub's GraphQL does not have a field that the gate asks for.", detail=detail)
    if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES"}:
        return _not_allowed("ask GraphQL this", GRANT, detail)
    return _no_data(errors, headers) if kinds - {"NOT_FOUND"} else None


def _no_data(errors: Sequence[Mapping[str, Any]], headers: Mapping[str, str]) -> OutageError:
    return OutageError("GitHub's GraphQL answered with an error.", detail=_graphql_detail(errors, headers))


def _graphql_detail(errors: Sequence[Mapping[str, Any]], headers: Mapping[str, str]) -> str:
    words = "; ".join(str(error.get("message", "")) for error in errors)[:300]
    return f"{words}{request_id_suffix(headers)}"


def _part(error: Mapping[str, Any]) -> str:
    """Return the field of the query itself in which an error is; empty for the query as a whole."""
    path = error.get("path")
    return str(path[0]) if isinstance(path, list) and path else ""


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError):
        return None


def _limit_wait(headers: Mapping[str, str], *, primary: bool) -> float:
    """Return the seconds to wait: as the limit says, until the reset, or a minute."""
    asked = _retry_after(headers)
    if asked is not None:
        return asked
    try:
        reset = float(headers["x-ratelimit-reset"])
        now = parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return SECONDARY_WAIT
    return max(1.0, reset - now + 1) if primary else SECONDARY_WAIT


def _grant(accepted: str) -> str:
    """Return the remedy for a lacking permission, from what GitHub says would suffice.

    ``;`` separates alternatives, ``,`` what is needed together; of the
    alternatives the one with ``issues`` is what the gate works with.
    """
    alternatives = [found for it in accepted.split(";") if (found := _PERMISSION.findall(it))]
    if not alternatives:
        return GRANT
    needed = next((it for it in alternatives if ("issues", "write") in it), alternatives[0])
    return f"Grant the token {join([f'`{name}: {level}`' for name, level in needed], 'and')}."


def _message(text: str) -> str:
    """Return GitHub's own words, if the answer has any, with what was rejected and why.

    (https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed)
    """
    try:
        data = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(data, dict):
        return ""
    message, errors = data.get("message"), data.get("errors")
    words = message[:300] if isinstance(message, str) else ""
    wrong = [_rejected(error) for error in (errors if isinstance(errors, list) else [errors]) if error]
    return f"{words}{': ' if words and wrong else ''}{'; '.join(wrong)[:600]}"


def _rejected(error: object) -> str:
    """Write one of the ``errors`` of an answer: what is rejected, and why."""
    if not isinstance(error, dict):
        return str(error)
    what = ".".join(str(error[key]) for key in ("resource", "field") if error.get(key))
    why = ", ".join(str(error[key]) for key in ("code", "message") if error.get(key))
    return ": ".join(filter(None, (what, why)))
