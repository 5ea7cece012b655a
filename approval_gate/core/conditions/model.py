"""What a checklist item requires of the facts (``verify:`` of a policy document), and what is found."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Whether a condition holds. Only what was read and found to hold has passed."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Weekday(StrEnum):
    """A day of the week, in the order of ``datetime.weekday``."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredJob:
    """A job that must have succeeded, by the name that GitHub shows, and its steps that must have run."""

    name: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredDeployment:
    """Another environment where this commit must have succeeded, and within which time; None for ever."""

    environment: str
    within: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredDetail:
    """A detail that the request must state; the whole value must match the pattern, if there is one."""

    name: str
    pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """A part of the day in minutes from midnight, without its end, which can be on the next day."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRange:
    """A range of days, both included: ``2026-12-24``."""

    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When a deployment is allowed.

    Attributes:
        zone: a name of the IANA time zone database.
        days: empty for every day.
        between: empty for the whole day. A range over midnight belongs to the day on which it starts, and
            a frozen day ends it. Where clocks change, a range is from the first moment when they show
            its start to the first when they show its end; a time that they skip is the next one.
        frozen: days on which nothing is deployed.
    """

    zone: str
    days: tuple[Weekday, ...] = ()
    between: tuple[TimeRange, ...] = ()
    frozen: tuple[DateRange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An item of the checklist that verifies itself. Exactly one of the parts is given.

    Attributes:
        item: the item's Markdown, one line.
        required: whether nothing is approved before it has passed.
        jobs: all of which must have succeeded.
        reviews: whether every pull request of the change must have been reviewed.
        no_open_issues: labels of which no issue may be open.
        changed: patterns of paths, one of which the change must touch.
    """

    item: str
    required: bool = False
    jobs: tuple[RequiredJob, ...] = ()
    reviews: bool = False
    no_open_issues: tuple[str, ...] = ()
    deployed_to: RequiredDeployment | None = None
    details: RequiredDetail | None = None
    changed: tuple[str, ...] = ()
    hours: Calendar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What the facts say to a condition.

    Attributes:
        reason: one sentence in plain text, without a full stop: ``Build & Test succeeded``. It can
            quote what people typed, made visible and cut.
        url: where to see it.
        at: when what it rests on was read; None if nothing was, as for ``hours``.
        lasting: whether waiting until the deadline cannot change it.
    """

    condition: Condition
    state: State
    reason: str
    url: str | None = None
    at: datetime | None = None
    lasting: bool = False

    @property
    def holds_back(self) -> bool:
        """Whether nothing is approved while this is so."""
        return self.condition.required and self.state is not State.PASSED
