"""From GitHub's JSON to the values of the core; what does not fit is a fault, not a guess."""

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from approval_gate.core.model import Person
from approval_gate.errors import OutageError

T = TypeVar("T")

GHOST = 10137
"""The account ``ghost``, which GitHub shows instead of a deleted one (https://github.com/ghost)."""

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_WEB = re.compile(r"https?://[^\s<>\"]{1,2000}", re.ASCII)

_account = lru_cache(maxsize=1_000)(Person)
"""Makes one value for an account, however many comments it writes in a flood."""

_request_id: ContextVar[str] = ContextVar("_request_id", default="")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that is not an error: 2xx, or 304 to a conditional request."""

    status: int
    headers: Mapping[str, str]
    data: Any = field(repr=False)

    @property
    def unchanged(self) -> bool:
        """Whether GitHub says that nothing has changed (304)."""
        return self.status == 304  # noqa: PLR2004 - its own name

    @property
    def etag(self) -> str | None:
        """The tag to ask with next time."""
        return self.headers.get("etag")


def request_id_suffix(headers: Mapping[str, str]) -> str:
    """Return the request id that GitHub's support asks for, as a message's end."""
    request_id = headers.get("x-github-request-id")
    return f" (request {request_id})" if request_id else ""


def note_request_id(headers: Mapping[str, str]) -> None:
    """Remember the last response: :func:`parse` names it if it has another shape than documented."""
    _request_id.set(request_id_suffix(headers))


def parse(what: str, build: Callable[[], T]) -> T:
    """Build a value from the last response; what does not have the documented shape is an OutageError."""
    try:
        return build()
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise OutageError(
            f"GitHub's answer about {what} is not of the documented shape.",
            detail=f"{type(error).__name__}: {error}"[:200] + _request_id.get(),
        ) from error


def person_of(data: Mapping[str, Any] | None) -> Person | None:
    """Read an account of REST's, or of a query that names the fields as REST does.

    None for an account that is gone, which REST calls ``ghost``, and for one without an id, which in GraphQL
    is neither a user nor a bot.
    """
    if data is None:
        return None
    kind = data.get("type", "User")
    if kind not in {"User", "Bot"} and "id" not in data:
        return None
    identity, login = data["id"], data["login"]
    if not isinstance(identity, int) or not isinstance(login, str):
        raise TypeError("a user has a numeric id and a login")
    if identity == GHOST:
        return None
    return _account(id=identity, login=login, bot=kind != "User")


def time_of(text: str) -> datetime:
    """Read a time; GitHub writes ``2026-01-01T00:00:00Z``."""
    return datetime.fromisoformat(text)


def text_of(value: object) -> str:
    """Read a text; anything else is a fault."""
    if not isinstance(value, str):
        raise TypeError("a name is a text")
    return value


def sha_of(text: object) -> str:
    """Read a commit's hash."""
    if not isinstance(text, str) or not _SHA.fullmatch(text):
        raise ValueError("a commit has a hash")
    return text


def web_address(text: object) -> str | None:
    """Read an address that anybody can have given; None for what a browser would not open as a page."""
    return text if isinstance(text, str) and _WEB.fullmatch(text) else None


def labels_of(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Read an issue's labels; GitHub may write one as its mere name."""
    return tuple(label["name"] if isinstance(label, dict) else str(label) for label in data["labels"])


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentFacts:
    """What only GraphQL has of a comment; ``edited_at`` is None if it was never edited."""

    hidden: bool
    via_email: bool
    edited_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedComment:
    """A comment as one of GitHub's two lists has it; ``facts`` is None in REST's."""

    id: int
    node_id: str
    author: Person | None
    text: str
    created_at: datetime
    updated_at: datetime
    via_app: bool = False
    facts: CommentFacts | None = None

    def agrees_with(self, other: "ListedComment") -> bool:
        """Whether author and text are the same; the lists differ in the logins of bots."""
        mine, theirs = (it.author.id if it.author else None for it in (self, other))
        return mine == theirs and self.text.splitlines() == other.text.splitlines()

    def is_as_new_as(self, other: "ListedComment") -> bool:
        """Whether this is not an older state of the same comment."""
        return (self.updated_at, self.text == other.text) >= (other.updated_at, True)


def comment_of(data: Mapping[str, Any]) -> ListedComment:
    """Read a comment of REST's, or of a query that names the fields as REST does."""
    created_at, edited_at = time_of(data["created_at"]), data.get("lastEditedAt")
    return ListedComment(
        id=int(data["id"]),
        node_id=str(data["node_id"]),
        author=person_of(data["user"]),
        text=str(data["body"] or ""),
        created_at=created_at,
        # One value where the two are the same: there can be many comments.
        updated_at=created_at if data["updated_at"] == data["created_at"] else time_of(data["updated_at"]),
        via_app=data.get("performed_via_github_app") is not None,
        facts=CommentFacts(
            hidden=bool(data["isMinimized"]),
            via_email=bool(data["createdViaEmail"]),
            edited_at=time_of(edited_at) if edited_at else None,
        )
        if "isMinimized" in data
        else None,
    )
