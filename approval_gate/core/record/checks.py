"""What is found when a record is verified: one line for each thing that was looked at."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Whether something holds; the value is what a line begins with."""

    OK = "ok"
    FAILED = "FAILED"
    UNCHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it holds, and what was found, in words that can be shown anywhere."""

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
