"""Whether the request states a detail, in the form that is required."""

import re
from collections.abc import Sequence

from approval_gate.core.conditions import regex
from approval_gate.core.conditions.found import Found, failed, named, passed, unknown, unread
from approval_gate.core.conditions.model import RequiredDetail
from approval_gate.core.facts import StatedDetail
from approval_gate.core.suggest import Malformed


def look(required: RequiredDetail, details: Sequence[StatedDetail]) -> Found:
    """Look at what the request states, which nobody can change while the gate waits."""
    detail = next((it for it in details if it.name == required.name), None)
    if detail is None:
        return unread(None)
    heading, value = named(detail.heading), (detail.value or "").strip()
    if not value:
        return failed(f"the request does not state {heading}", lasting=True)
    if required.pattern is None:
        return passed(f"{heading} is {named(value)}")
    pattern = _compiled(required.pattern)
    if pattern is None:
        return unknown(f"{named(required.pattern)} is not a pattern", lasting=True)
    if len(value) > regex.LONGEST:
        return failed(f"{heading} has more than {regex.LONGEST} characters", lasting=True)
    if pattern.fullmatch(value) is None:
        said = f"{heading} is {named(value)}"
        return failed(f"{said}, which does not match {named(required.pattern)}", lasting=True)
    return passed(f"{heading} is {named(value)}")


def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return a pattern; None if it is not one, or can be slow."""
    try:
        return regex.compiled(pattern)
    except Malformed:
        return None
