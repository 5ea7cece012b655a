"""Whether issues with certain labels are open."""

from collections.abc import Sequence

from approval_gate.core.conditions.found import Found, failed, named, passed, unread, worst
from approval_gate.core.conditions.model import State
from approval_gate.core.facts import OpenIssues
from approval_gate.core.wording import are, join_some, plural


def look(labels: Sequence[str], issues: Sequence[OpenIssues]) -> Found:
    """Look at the open issues with each label; there must be none."""
    first = worst(found for label in labels for found in _look(label, issues))
    if first.state is not State.PASSED:
        return first
    return passed(f"no issue labelled {join_some(map(named, labels), 'or')} is open", at=first.at)


def _look(label: str, issues: Sequence[OpenIssues]) -> list[Found]:
    """Look at one label; its name is the same in every case, as GitHub has it."""
    read = [it for it in issues if it.label.casefold() == label.casefold()]
    return [_of(it) for it in read] or [unread(None)]


def _of(issues: OpenIssues) -> Found:
    if issues.source.problem:
        return unread(issues.source)
    at, label = issues.source.at, named(issues.label)
    if not issues.first:
        said = f"{plural(issues.count, 'issue')} labelled {label} {are(issues.count)} open"
        return failed(said, at=at) if issues.count else passed(said, at=at)
    first, others = issues.first[0], issues.count - 1
    title = f"#{first.number} {named(first.title)}"
    if others < 1:
        return failed(f"{title} is open", first.url, at)
    return failed(f"{title} and {plural(others, 'more issue')} labelled {label} are open", first.url, at)
