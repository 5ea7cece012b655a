"""The first words of the status comment: what is given, what is missing, until when."""

from collections.abc import Iterator
from datetime import datetime

from approval_gate.core import quorum
from approval_gate.core.model import Rule
from approval_gate.core.verdict import Decision
from approval_gate.core.wording import at, counted, join, join_some, names, plural


def heading(rule: Rule, decision: Decision, *, confirming: bool) -> str:
    """Say what is given, and in a few words what is waited for."""
    tally = decision.tally
    if decision.deniers:
        return f"Denied by {names(decision.deniers)} without a reason"
    if not tally.met:
        return counted(tally)
    given = f"Approved by {tally.filled} of {tally.needed}"
    if tally.missing:
        given = f"Approved by {names(it for it in decision.approvers if quorum.alone(rule, it))} alone"
    if confirming:
        return f"{given}, not final yet"
    if decision.holds:
        return f"{given}, held by {_holders(decision)}"
    checks, items = len(decision.blocking), len(decision.lacking)
    left = [
        *([plural(checks, "check")] if checks else []),
        *([plural(items, "checklist item")] if items else []),
    ]
    return f"{given}, waiting for {join(left, 'and')}"


def waits(decision: Decision, confirming: datetime | None) -> Iterator[str]:
    """Say what is missing, a sentence each, and until when there is time."""
    if confirming is not None:
        yield f"Confirming since {confirming:%H:%M:%S} UTC that nothing changed."
    elif decision.deniers:
        yield "It becomes a denial with the reason, or when the window closes."
    else:
        if decision.needs:
            yield f"{decision.needs[0].upper()}{decision.needs[1:]}."
        if decision.holds and not decision.tally.met:
            yield f"Held by {_holders(decision)}."
    yield f"Closes at **{at(decision.deadline, decision.opened_at)}**."


def _holders(decision: Decision) -> str:
    logins = dict.fromkeys(objection.person.login for objection in decision.holds)
    return join_some(logins, "and")
