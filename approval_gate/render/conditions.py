"""The checks that verify themselves: a line each, and what is said of them while the gate waits and later."""

import re
from collections.abc import Callable, Iterator, Sequence

from approval_gate.core import tasks
from approval_gate.core.conditions.model import Assessment, State
from approval_gate.core.model import Outcome
from approval_gate.core.verdict import Decision
from approval_gate.core.wording import at, plural
from approval_gate.render import markdown
from approval_gate.render.subject import PolicyContext, Subject
from approval_gate.render.templating import item_name

LINES = 30
"""The most checks that are listed."""

_SIGNS = {State.PASSED: "✅", State.FAILED: "❌", State.UNKNOWN: "❓"}
_REASON = 400
_REFERENCE = re.compile(r"(?<!`)`(#[0-9]{1,9})`(?!`)")


def check(it: Assessment) -> str:
    """Show a check: whether it passed, its name, why, and where to see that."""
    return f"{_SIGNS[it.state]} **{item_name(it.condition.item)}**: {_reason(it)}"


def check_asked(it: Assessment) -> str:
    """Show a check in the request, and whether the deployment waits for it."""
    return f"{check(it)}{'. The deployment waits for it.' if it.holds_back else ''}"


def explained(subject: Subject) -> list[str]:
    """Say what the list is: which of its lines the gate verified, and what people do with the boxes."""
    return list(_explained(subject))


def _explained(subject: Subject) -> Iterator[str]:
    found, must = subject.assessments, subject.rule.checklist
    boxes = bool(must or tasks.items(subject.checklist) or (subject.checklist and not found))
    if found:
        # Marks in the workflow's own text, which is above the list, are whatever somebody wrote.
        which = "everything marked ✅, ❌ or ❓ in the list below" if boxes else "the list below"
        yield f"The gate itself checked {which}, when it opened this issue."
        if any(it.state is not State.PASSED and not it.holds_back for it in found):
            yield "❌ and ❓ hold nothing back unless the line says so."
    if must:
        yield (
            "Tick each box as you check it. The deployment waits until people who can approve have ticked "
            "every one. Ticking is not an answer."
        )
    elif boxes:
        what = "the items with a box" if found else "these checks"
        yield f"By approving you confirm {what}. Ticking is optional and is not an answer."


def _reason(it: Assessment) -> str:
    said = markdown.prose(it.reason, _REASON)
    # Within a link, GitHub makes no reference of a number.
    return markdown.link(_REFERENCE.sub(r"\1", said), it.url) if it.url else said


def waived(terms: PolicyContext | None, shown: Callable[[str], str] = item_name) -> str:
    """Name the items that the type of deployment leaves out; empty if there are none."""
    if terms is None or not terms.waived:
        return ""
    kind = terms.deployment_type
    what = "an emergency" if kind.emergency else f"{kind.name} deployments"
    return f"Waived for {what}: {_named(terms.waived, shown)}."


def verified(decision: Decision | None, subject: Subject, *, over: bool) -> dict[str, object]:
    """Return what the templates show of the checks while the gate waits, and when it is over.

    These are the required ones that have not passed, and when those were looked at last; while it waits,
    the others that have changed since the request; at the end, those that passed and the rest.
    """
    found = decision.assessments if decision else ()
    outcome = decision.outcome if decision else None
    shown = not over or outcome in {Outcome.APPROVED, Outcome.TIMED_OUT}
    blocking = [it for it in found if it.holds_back and shown]
    others = [it for it in found if it not in blocking and shown]
    before = {it.condition: it.state for it in subject.assessments}
    changed = [it for it in others if before.get(it.condition, it.state) is not it.state]
    passed = [it for it in others if it.state is State.PASSED]
    read = [it.at for it in blocking if it.at is not None]
    return {
        "blocking": _listed(blocking),
        "required": plural(len(blocking), "required check"),
        "looked": at(max(read), decision.opened_at) if decision and read else "",
        "changed": [] if over else _listed(changed),
        "counted": f"{len(passed)} of {plural(len(found), 'check')} passed"
        if over and found and shown
        else "",
        "passed": _listed(passed),
        "optional": _listed([it for it in others if it not in passed]),
        "waived": waived(subject.terms) if over and shown else "",
    }


def summed_up(decision: Decision | None, terms: PolicyContext | None) -> str:
    """Say in plain text how many checks passed, which others are not required, and what was waived."""
    found = decision.assessments if decision else ()
    passed = [it for it in found if it.state is State.PASSED]
    optional = [it.condition.item for it in found if it not in passed and not it.holds_back]
    rest = f"; not required: {_named(optional, tasks.item_name)}" if optional else ""
    checks = f"{_counted(passed, found)}{rest}." if found else ""
    return " ".join(filter(None, (checks, waived(terms, tasks.item_name))))


def waited_for(decision: Decision) -> str:
    """Say which required checks have not passed: ``1 check: No active incidents``; empty if all have."""
    items = [it.condition.item for it in decision.blocking]
    return f"{plural(len(items), 'check')}: {_named(items, item_name)}" if items else ""


def _counted(passed: Sequence[Assessment], found: Sequence[Assessment]) -> str:
    return f"{len(passed)} of {plural(len(found), 'check')} passed"


def _listed(found: Sequence[Assessment]) -> list[str]:
    more = [f"and {len(found) - LINES} more"] if len(found) > LINES else []
    return [*map(check, found[:LINES]), *more]


def _named(items: Sequence[str], shown: Callable[[str], str]) -> str:
    more = [f"and {len(items) - LINES} more"] if len(items) > LINES else []
    return ", ".join([*map(shown, items[:LINES]), *more])
