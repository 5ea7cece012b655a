"""Values that the tests of conditions share: what was read, and how it is assessed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from approval_gate.core.conditions.assess import assess
from approval_gate.core.conditions.model import Assessment, Condition
from approval_gate.core.facts import NO_FACTS, Facts, Source

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday."""

UNTIL = NOW + timedelta(hours=1)
READ = Source(where="GET /here", at=NOW)
DENIED = replace(READ, problem="The token lacks `actions: read`.", lasting=True)
FAULT = replace(READ, problem="GitHub answered 502.")


def look(facts: Facts = NO_FACTS, now: datetime = NOW, until: datetime = UNTIL, **parts: Any) -> Assessment:
    """Assess a condition that has these parts."""
    return assess(Condition(item="**It**", required=True, **parts), facts, now, until)


def shown(assessment: Assessment) -> str:
    """Show an assessment on one line; one that waiting cannot change has ``!``."""
    return f"{assessment.state}{'!' if assessment.lasting else ''}: {assessment.reason}"
