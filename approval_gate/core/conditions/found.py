"""What the facts say to one part of a condition, and which of several parts decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from approval_gate.core.conditions.model import State
from approval_gate.core.facts import Source
from approval_gate.core.plain import cut, quoted, visible

NAME = 60
"""The most characters of a name in a reason."""

SENTENCE = 300
"""The most characters of a source's problem in a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found, with the fields of an :class:`~approval_gate.core.conditions.model.Assessment`."""

    state: State
    reason: str
    url: str | None = None
    at: datetime | None = None
    lasting: bool = False


def passed(reason: str, url: str | None = None, at: datetime | None = None) -> Found:
    """Return that it holds."""
    return Found(state=State.PASSED, reason=reason, url=url, at=at)


def failed(
    reason: str, url: str | None = None, at: datetime | None = None, *, lasting: bool = False
) -> Found:
    """Return that it does not hold."""
    return Found(state=State.FAILED, reason=reason, url=url, at=at, lasting=lasting)


def unknown(
    reason: str, url: str | None = None, at: datetime | None = None, *, lasting: bool = False
) -> Found:
    """Return that it cannot be told."""
    return Found(state=State.UNKNOWN, reason=reason, url=url, at=at, lasting=lasting)


def unread(source: Source | None) -> Found:
    """Return why nothing is known of what a source would say; it is absent, or has a problem."""
    if source is None:
        return unknown("what it depends on was not read")
    return unknown(problem(source), at=source.at, lasting=source.lasting)


def problem(source: Source) -> str:
    """Return why a source could not be read, as a reason."""
    return cut(visible(source.problem), SENTENCE).rstrip(".") or "what it depends on could not be read"


def worst(found: Iterable[Found]) -> Found:
    """Return what decides: what waiting cannot change, then a failure, then a doubt; a doubt without any."""
    return min(found, key=_severity, default=unknown("it says nothing to verify", lasting=True))


def _severity(found: Found) -> tuple[bool, bool, bool]:
    return found.state is State.PASSED, not found.lasting, found.state is not State.FAILED


@lru_cache(maxsize=1024)
def named(name: str) -> str:
    """Quote a name, visible and cut, so that nothing in it reads as part of the sentence."""
    return quoted(name, NAME) or '""'
