"""The findings of a verification: one line for each check."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class State(StrEnum):
    """Whether something holds; a line begins with the value."""

    OK = "ok"
    FAILED = "FAILED"
    UNCHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked, whether it holds, and the details, as text that can be shown anywhere."""

    what: str
    state: State
    detail: str


def ok(what: str, detail: str) -> Check:
    """Return a check that holds."""
    return Check(what, State.OK, detail)


def failed(what: str, detail: str) -> Check:
    """Return a check that does not hold."""
    return Check(what, State.FAILED, detail)


def unchecked(what: str, detail: str) -> Check:
    """Return a check that could not be made."""
    return Check(what, State.UNCHECKED, detail)


def on(time: datetime) -> str:
    """Say when something happened: ``on 2026-03-02 at 14:01:00 UTC``."""
    return f"on {time.astimezone(UTC):%Y-%m-%d at %H:%M:%S UTC}"
