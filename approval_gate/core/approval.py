"""The part of the gate's record that a report uses.

Anyone who can write to the repository can have edited the comment with it, so its form is not relied on.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from approval_gate.core.record.plain import moment

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_ROLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A request and how it was approved; empty or None for what the record does not have.

    Attributes:
        digest: of the record; None if the record states a wrong one.
        policy: the path of the document, its digest, the commit that it was read from, and the type.
        approvers: the logins of those whose approval counted, each with their roles.
        details: what the request said, by heading.
    """

    digest: str | None
    policy: "PolicyRead | None"
    version: str
    environment: str
    commit: str
    actor: str
    asked_at: datetime | None
    decided_at: datetime | None
    approvers: tuple[tuple[str, tuple[str, ...]], ...]
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRead:
    """The document under which people were asked; ``kind`` is the type of deployment."""

    path: str
    digest: str
    commit: str
    kind: str


def approval_of(record: Mapping[str, Any], digest: str) -> Approval:
    """Read a record, whatever its values are; ``digest`` is the one computed again."""
    return Approval(
        digest=digest if record.get("digest") == digest else None,
        policy=_policy(record.get("policy")),
        version=_text(record, "request", "version"),
        environment=_text(record, "request", "environment"),
        commit=_matching(_COMMIT, _text(record, "request", "commit")),
        actor=_matching(_LOGIN, _text(record, "request", "actor", "login")),
        asked_at=moment(_text(record, "asked_at")),
        decided_at=moment(_text(record, "decided_at")),
        approvers=tuple(_approvers(_at(record, "decision", "approvers"))),
        details=tuple(_details(_at(record, "request", "details"))),
    )


def _policy(found: Any) -> PolicyRead | None:  # noqa: ANN401 - JSON
    path, kind = _text(found, "path"), _text(found, "type")
    if not (path and kind):
        return None
    commit = _matching(_COMMIT, _text(found, "commit"))
    return PolicyRead(path=path, digest=_text(found, "digest"), commit=commit, kind=kind)


def _approvers(found: Any) -> Sequence[tuple[str, tuple[str, ...]]]:  # noqa: ANN401 - JSON
    people = found if isinstance(found, list) else []
    logins = [(_matching(_LOGIN, _text(person, "login")), _at(person, "roles")) for person in people]
    return [(login, _roles(roles)) for login, roles in logins if login]


def _roles(found: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    roles = found if isinstance(found, list) else []
    return tuple(role for role in roles[:_ROLES] if isinstance(role, str))


def _details(found: Any) -> Sequence[tuple[str, str]]:  # noqa: ANN401 - JSON
    details = found if isinstance(found, dict) else {}
    return [(heading, value) for heading, value in details.items() if isinstance(value, str) and value]


def _at(value: Any, *path: str) -> Any:  # noqa: ANN401 - JSON
    """Return what is at a path of keys; None if nothing is."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _text(value: Any, *path: str) -> str:  # noqa: ANN401 - JSON
    found = _at(value, *path)
    return found if isinstance(found, str) else ""


def _matching(form: re.Pattern[str], text: str) -> str:
    return text if form.fullmatch(text) else ""
