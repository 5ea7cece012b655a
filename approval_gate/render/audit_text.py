"""An audit for a terminal: the rows, what needs a look, and what is out of reach."""

from collections.abc import Iterator, Sequence
from datetime import UTC

from approval_gate.core.audit.figures import figures, outcome
from approval_gate.core.audit.model import Audit, AuditedRequest, Finding
from approval_gate.core.layout import width
from approval_gate.core.plain import cut, visible
from approval_gate.core.wording import join_some, plural

_HEADINGS = (
    *(
        "ISSUE",
        "ASKED (UTC)",
        "BY",
        "TYPE",
        "VERSION",
        "ENVIRONMENT",
        "COMMIT",
        "OUTCOME",
        "APPROVERS",
        "MIN",
    ),
    *("RESULT", "ROLLED BACK", "FOLLOW-UP", "SELF", "RECORD"),
)
_WIDEST = {"BY": 20, "TYPE": 14, "VERSION": 24, "ENVIRONMENT": 16, "APPROVERS": 40}
_OTHERS = 24
_FEW = 20
"""How many sentences of a kind are listed; JSON, CSV and the page have all of them."""


def as_table(audit: Audit) -> str:
    """Return the requests as a table, newest last, and then what :func:`summary` says."""
    rows = [_HEADINGS, *(tuple(_cells(it)) for it in audit.requests)]
    if len(rows) == 1:
        return summary(audit)
    limited = [
        [cut(visible(text), _WIDEST.get(of, _OTHERS)) for of, text in zip(_HEADINGS, row, strict=True)]
        for row in rows
    ]
    widths = [max(map(width, column)) for column in zip(*limited, strict=True)]
    lines = [
        "  ".join(text + " " * (most - width(text)) for text, most in zip(row, widths, strict=True)).rstrip()
        for row in limited
    ]
    return "\n".join([*lines, "", summary(audit)])


def summary(audit: Audit) -> str:
    """Say what was audited, the figures, what needs a look, and what is out of reach."""
    return "\n".join(_summary(audit)).rstrip() + "\n"


def overview(audit: Audit) -> str:
    """Say in one line what was audited."""
    scope, names = audit.scope, [it.name for it in audit.scope.repositories]
    days = f"{scope.since:%Y-%m-%d} to {scope.until:%Y-%m-%d}"
    where = scope.organization or join_some(names, "and")
    if scope.organization:
        where = f"{where} ({plural(len(names), 'repository', 'repositories')} read)"
    return f"{visible(where)}, {days}, {plural(scope.days, 'day')}"


def _summary(audit: Audit) -> Iterator[str]:
    count = figures(audit)
    ended = ", ".join(f"{number} {how}" for how, number in sorted(count.outcomes.items()))
    yield overview(audit)
    yield f"{plural(count.requests, 'request')}{f': {ended}' if ended else ''}"
    yield (
        f"{plural(count.deployments, 'successful deployment')} on record, "
        f"{count.unapproved or 'none'} without an approval"
    )
    yield from _listed(f"{plural(len(audit.findings), 'finding')}", audit.findings)
    yield from _listed(f"{plural(len(audit.remarks), 'remark')}", audit.remarks)
    if audit.out_of_reach:
        yield from ("", "Out of reach of this audit:", *(f"- {visible(it)}" for it in audit.out_of_reach))


def _listed(title: str, found: Sequence[Finding]) -> Iterator[str]:
    if not found:
        yield from ("", f"No {title.partition(' ')[2]}.")
        return
    yield from ("", f"{title}:")
    for kind in dict.fromkeys(it.kind for it in found):
        of_kind = [it for it in found if it.kind is kind]
        yield from (f"- {kind}: {visible(it.about)}: {visible(it.text)}" for it in of_kind[:_FEW])
        if more := len(of_kind) - _FEW:
            yield from [f"- {kind}: and {more} more"] if more > 0 else []


def _cells(it: AuditedRequest) -> Iterator[str]:
    yield it.reference
    yield f"{it.asked_at.astimezone(UTC):%Y-%m-%d %H:%M}"
    yield it.asked_by
    yield it.deployment_type
    yield it.version
    yield it.environment or ""
    yield it.commit[:7]
    yield outcome(it)
    yield ", ".join(it.approvers)
    yield "" if it.minutes is None else str(it.minutes)
    yield it.result
    yield (it.rolled_back_to or "yes") if it.rolled_back else ""
    yield f"#{it.follow_up.number}" if it.follow_up else ""
    yield {True: "yes", False: "no", None: ""}[it.self_approved]
    yield it.record
