"""What became of each item of the checklist, as the status lists it: by the group that an item is in."""

from collections import Counter

from approval_gate.core import tasks
from approval_gate.core.verdict import Decision, ItemProblem
from approval_gate.render import markdown
from approval_gate.render.subject import Subject
from approval_gate.render.templating import item_name

ITEMS = 30
"""The most items that are listed as open."""


def checklist(decision: Decision | None, subject: Subject) -> dict[str, object]:
    """Return what the templates show of the checklist: ticks by person, what is open, what does not count."""
    checks = decision.checks if decision else ()
    ticked = Counter(check.by.login for check in checks if check.by and check.problem is None)
    lacking = [check for check in checks if check.problem is not None]
    shown = lacking[:ITEMS]
    text = f"{subject.issue_body}\n\n{subject.checklist}"
    groups = tasks.headings(text) if shown else {}
    still: dict[str, list[str]] = {}
    for check in shown:
        if check.problem is ItemProblem.OPEN:
            still.setdefault(groups.get(check.item, ""), []).append(item_name(check.item))
    single = still.pop("", []) if len(still) == 1 else []
    return {
        "tickers": [f"@{login} ({count})" for login, count in ticked.items()],
        "open": ", ".join(single),
        "groups": [f"{markdown.name(it) or 'Others'}: {', '.join(names)}" for it, names in still.items()],
        "faulty": [check for check in shown if check.problem is not ItemProblem.OPEN],
        "unshown": len(lacking) - len(shown),
    }
