"""The messages about a request to people outside of GitHub."""

from dataclasses import dataclass
from enum import StrEnum


class Event(StrEnum):
    """What a message is about. A single vote is not announced."""

    ASKED = "asked"
    REMINDED = "reminded"
    DECIDED = "decided"
    RESULT = "result"


class Tone(StrEnum):
    """How good the news is; many services choose a colour by it."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message, the same for every service: plain text in which nothing mentions anybody.

    Attributes:
        outcome: the gate's outcome or the deployment's result; None while people are asked.
        environment: None if it is unknown; the same goes for the version.
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
