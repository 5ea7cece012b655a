"""From GitHub's JSON to the values of the core; what does not fit is a fault, not a guess."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any, TypeVar

from approval_gate.core.model import Person
from approval_gate.errors import OutageError

T = TypeVar("T")

GHOST = 10137
"""The account that stands for those that are gone (https://github.com/ghost)."""


GHOST = 10137
"""The account ``ghost``, which stands for every one that was deleted (https://github.com/ghost)."""

_last: ContextVar[str] = ContextVar("_last", default="")


def seen(headers: Mapping[str, str]) -> str:
    """Return the request id that GitHub's support asks for, as a message's end."""
    request_id = headers.get("x-github-request-id")
    return f" (request {request_id})" if request_id else ""


def answered(headers: Mapping[str, str]) -> None:
    """Remember the last answer: what has another shape than documented is built from it."""
    _last.set(seen(headers))


def shaped(what: str, build: Callable[[], T]) -> T:
    """Build a value from an answer.

    Raises:
        OutageError: the answer lacks what GitHub documents, or has it in another shape.
    """
    try:
        return build()
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise OutageError(
            f"GitHub's answer about {what} is not of the documented shape.",
            detail=f"{type(error).__name__}: {error}"[:200] + _last.get(),
        ) from error


def person_of(data: Mapping[str, Any] | None) -> Person | None:
    """Read a user object; None for an account that is gone, which REST calls ``ghost``."""
    if data is None:
        return None
    identity, login, kind = data["id"], data["login"], data.get("type", "User")
    if not isinstance(identity, int) or not isinstance(login, str):
        raise TypeError("a user has a numeric id and a login")
    if identity == GHOST:
        return None
    return Person(id=identity, login=login, bot=kind != "User")


def time_of(text: str) -> datetime:
    """Read a time; GitHub writes ``2026-01-01T00:00:00Z``."""
    return datetime.fromisoformat(text)


def labels_of(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Read an issue's labels; GitHub may write one as its mere name."""
    return tuple(label["name"] if isinstance(label, dict) else str(label) for label in data["labels"])
