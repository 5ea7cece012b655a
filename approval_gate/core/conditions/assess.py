"""Assesses conditions on the facts. Total; what was not read, or is not understood, has not passed."""

from collections.abc import Iterator
from datetime import datetime

from approval_gate.core.conditions import calendar, changed, deployed, details, issues, jobs, reviews
from approval_gate.core.conditions.found import Found, unknown, worst
from approval_gate.core.conditions.model import Assessment, Condition
from approval_gate.core.facts import Facts


def assess(condition: Condition, facts: Facts, now: datetime, until: datetime) -> Assessment:
    """Assess a condition at a moment; ``until`` is the deadline, up to which waiting can help."""
    try:
        found = worst(_parts(condition, facts, now, until))
    except OverflowError:
        found = unknown("it depends on a time that no calendar has", lasting=True)
    return Assessment(
        condition=condition,
        state=found.state,
        reason=found.reason,
        url=found.url,
        at=found.at,
        lasting=found.lasting,
    )


def _parts(condition: Condition, facts: Facts, now: datetime, until: datetime) -> Iterator[Found]:
    """Yield what the facts say to each part of a condition, which usually has one."""
    if condition.jobs:
        yield jobs.look(condition.jobs, facts.jobs)
    if condition.reviews:
        yield reviews.look(facts.change)
    if condition.no_open_issues:
        yield issues.look(condition.no_open_issues, facts.issues)
    if condition.deployed_to is not None:
        yield deployed.look(condition.deployed_to, facts.deployed, now)
    if condition.details is not None:
        yield details.look(condition.details, facts.details)
    if condition.changed:
        yield changed.look(condition.changed, facts.change)
    if condition.hours is not None:
        yield calendar.look(condition.hours, now, until)
