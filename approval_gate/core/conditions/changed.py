"""Whether the change touches a file."""

from collections.abc import Sequence

from approval_gate.core.conditions.found import Found, failed, named, passed, unknown, unread
from approval_gate.core.facts import Change
from approval_gate.core.globs import matches
from approval_gate.core.wording import join_some


def look(patterns: Sequence[str], change: Change | None) -> Found:
    """Look for a path that matches a pattern among those that the change touches.

    The commits are fixed, so waiting changes nothing.
    """
    if change is None or change.source.problem:
        return unread(change.source if change else None)
    at, files = change.source.at, change.files
    if files is None:
        return unread(None)
    found = next((path for path in files.paths if any(matches(each, path) for each in patterns)), None)
    if found is not None:
        return passed(f"the change touches {named(found)}", at=at)
    shown = join_some(map(named, patterns), "or")
    if change.whole:
        return unknown("there is no earlier deployment to compare with", at=at, lasting=True)
    if not files.complete:
        return unknown(f"not all changed files could be read; none of them is {shown}", at=at, lasting=True)
    return failed(f"the change does not touch {shown}", at=at, lasting=True)
