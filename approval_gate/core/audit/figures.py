"""An audit in numbers: in total, by week, and by month."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from statistics import median

from approval_gate.core.audit.model import Audit, AuditedRequest, RecordState

_WEEK = 7

WAITING = "waiting"
"""The outcome of a request that people can still answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The key figures; ``minutes`` is the median from request to approval, None if none was approved."""

    requests: int
    outcomes: Mapping[str, int]
    minutes: int | None
    deployments: int
    unapproved: int
    rolled_back: int
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week, which begins on a Monday: how its requests ended, and how much there is to look at."""

    monday: date
    outcomes: Mapping[str, int]
    looks: int

    @property
    def requests(self) -> int:
        """The requests of the week."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month with its requests, newest first."""

    first: date
    requests: tuple[AuditedRequest, ...]
    looks: int


def figures(audit: Audit) -> Figures:
    """Count what an audit has."""
    approved = [it.minutes for it in audit.requests if it.outcome == "approved" and it.minutes is not None]
    return Figures(
        requests=len(audit.requests),
        outcomes=Counter(map(outcome, audit.requests)),
        minutes=round(median(approved)) if approved else None,
        deployments=len(audit.deployments),
        unapproved=sum(not it.request for it in audit.deployments),
        rolled_back=sum(it.rolled_back for it in audit.requests),
        records=sum(it.record is RecordState.OK for it in audit.requests),
    )


def weeks(audit: Audit) -> tuple[Week, ...]:
    """Return every week of the days that are audited, also those without a request."""
    asked: dict[date, Counter[str]] = {}
    monday, last = _monday(audit.scope.since), _monday(audit.scope.until)
    while monday <= last:
        asked[monday] = Counter()
        monday = date.fromordinal(monday.toordinal() + _WEEK)
    for request in audit.requests:
        asked[_monday(request.asked_at)][outcome(request)] += 1
    looks = Counter(_monday(it.at) for it in (*audit.findings, *audit.remarks) if it.at)
    return tuple(
        Week(monday=monday, outcomes=counts, looks=looks[monday]) for monday, counts in asked.items()
    )


def months(audit: Audit) -> tuple[Month, ...]:
    """Return the months with requests, newest first."""
    looks = Counter(it.about for it in audit.findings)
    newest_first = sorted(audit.requests, key=lambda it: it.asked_at, reverse=True)
    grouped = groupby(newest_first, key=lambda it: it.asked_at.astimezone(UTC).date().replace(day=1))
    found = [(first, tuple(requests)) for first, requests in grouped]
    return tuple(
        Month(first=first, requests=requests, looks=sum(looks[it.reference] for it in requests))
        for first, requests in found
    )


def outcome(request: AuditedRequest) -> str:
    """Return how a request ended, or that it waits."""
    return request.outcome or WAITING


def _monday(time: datetime) -> date:
    day = time.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())
