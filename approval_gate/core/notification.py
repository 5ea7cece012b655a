"""What people outside of GitHub are told about a request."""

from dataclasses import dataclass
from enum import StrEnum


class Event(StrEnum):
    """Why people are told something; a vote alone is no reason."""

    ASKED = "asked"
    REMINDED = "reminded"
    DECIDED = "decided"
    RESULT = "result"


class Tone(StrEnum):
    """How good the news is, by which many services choose a colour."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message, the same for every service: plain text in which nothing mentions anybody.

    Attributes:
        outcome: the gate's outcome or the deployment's result; None while people are asked.
        environment: None where it is unknown, as the version.
    """

    event: Event
    tone: Tone
    title: str
    text: str
    repository: str
    environment: str | None
    version: str | None
    outcome: str | None
    issue_url: str
    run_url: str
