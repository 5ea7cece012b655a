"""The approval issue's body: the request, the approvers, the deadline, and how to answer."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from approval_gate.core import quorum
from approval_gate.core.blocks import closed
from approval_gate.core.conditions.model import Assessment, Condition
from approval_gate.core.model import Member, Rule, Vocabulary
from approval_gate.core.notices import MENTIONS
from approval_gate.core.policy.model import Group, Item
from approval_gate.core.wording import join, join_some, plural
from approval_gate.render import markdown
from approval_gate.render.conditions import check_asked, explained, waived
from approval_gate.render.facts import facts, urgent
from approval_gate.render.subject import Subject
from approval_gate.render.templating import fill, source

_LOGIN = re.compile(r"@([A-Za-z0-9][A-Za-z0-9-]{0,38})")

_OVERFLOWS = ((), ("body",), ("checklist",), ("body", "checklist"))
"""What moves from the issue's body into comments while it is too long, in the order of trying."""


def issue_text(subject: Subject, now: datetime, deadline: datetime) -> tuple[str, list[str]]:
    """Write the body of the approval issue, and what did not fit."""
    rule, roster = subject.rule, subject.roster
    named = _named_approver(subject)
    asked = sorted((m for m in roster if m.may_approve), key=lambda m: m != named)
    body, checklist = closed(subject.issue_body), closed(subject.checklist)
    for overflow in _OVERFLOWS:
        text = fill(
            "issue.md",
            request=subject.request,
            rule=rule,
            now=now,
            deadline=deadline,
            groups=_groups(rule, asked[:MENTIONS]),
            asked=asked,
            added_words=_added_words(rule.vocabulary),
            barred=[member for member in roster if member.ineligibility is not None],
            urgent=urgent(subject.terms),
            facts=facts(subject, named),
            named=named.login if named else None,
            needs=_needs(rule),
            issue_body=body,
            checklist=checklist,
            explained=explained(subject),
            waived=waived(subject.terms),
            overflow=overflow,
        )
        if len(text) <= markdown.LIMIT:
            break
    later = [asked[start : start + MENTIONS] for start in range(MENTIONS, len(asked), MENTIONS)]
    further = [
        *(markdown.chunks(body) if "body" in overflow else ()),
        *(markdown.chunks(checklist) if "checklist" in overflow else ()),
        *(f"These people can approve this, too: {_mentions(rule, some)}" for some in later),
    ]
    return text, further


def process_checklist() -> str:
    """Return the process's own list (Pre-deployment Checklist)."""
    return source("checklist.md")


def as_list(groups: Iterable[Group], assessments: Iterable[Assessment] = ()) -> str:
    """Write a policy's checklist: boxes that people tick, and the checks that were assessed."""
    found = {it.condition: check_asked(it) for it in assessments}
    lists = ((group.title, [*_lines(group.items, found)]) for group in groups)
    return "\n".join(f"#### {title}\n{''.join(lines)}" for title, lines in lists if lines)


def _lines(items: Iterable[Item], checks: Mapping[Condition, str]) -> Iterator[str]:
    for item in items:
        if item.condition is None:
            yield f"- [ ] {item.text}\n"
        elif item.condition in checks:
            yield f"- {checks[item.condition]}\n"


def _named_approver(subject: Subject) -> Member | None:
    """Find the member that the process's template names as ``Approver``; it gives no authority."""
    details = subject.terms.details if subject.terms else ()
    said = next((d.value for d in details if d.heading.casefold() == "approver" and d.value), "")
    logins = {login.casefold() for login in _LOGIN.findall(said)}
    able = (member for member in subject.roster if member.may_approve)
    return next((member for member in able if member.login.casefold() in logins), None)


def _added_words(vocabulary: Vocabulary) -> str:
    """Name the words that the workflow added to approve or deny; empty if none."""
    plain, parts = Vocabulary(), []
    for words, usual, verb in (
        (vocabulary.approve, plain.approve, ("approves", "approve")),
        (vocabulary.deny, plain.deny, ("denies", "deny")),
    ):
        added = [markdown.code(word) for word in words if word not in usual]
        if added:
            parts.append(f"{join_some(added, 'and')} {verb[len(added) > 1]}, too")
    return f"{'; '.join(parts)}." if parts else ""


def _needs(rule: Rule) -> str:
    """Say how many approvals are needed, and from which roles."""
    number = quorum.tally(rule, ()).needed
    needed = f"**{plural(number, 'approval')}**"
    seats = [(need.minimum, join(map(markdown.name, need.any_of), "or")) for need in rule.require]
    if [count for count, _ in seats] == [number]:
        return f"{needed} from {seats[0][1]}"
    of_them = join((f"{count} of them from {roles}" for count, roles in seats), "and")
    return f"{needed}, {of_them}," if of_them else needed


def _groups(rule: Rule, members: Sequence[Member]) -> list[str]:
    """Group people by the name that made them approvers, and say what is special about their approval."""
    by_name: dict[str, list[Member]] = {}
    for member in members:
        by_name.setdefault(member.roles[0], []).append(member)
    lines = []
    for name, group in by_name.items():
        logins = [member.login.lower() for member in group]
        bare = name.lower().removeprefix("@").removeprefix("user:")
        title = "" if logins == [bare] else f"{markdown.name(name)}{_how(rule, name, group)}: "
        lines.append(f"{title}{_mentions(rule, group)}")
    return lines


def _how(rule: Rule, role: str, group: Iterable[Member]) -> str:
    """Say how the approvals of a role differ: they cannot decide, or need a reason."""
    decides = any(quorum.decides(rule, member.roles) for member in group)
    said = [] if decides else ["not decisive"]
    if role in rule.justified:
        said.append("needs a reason: `approve - your reason`")
    return f" ({'; '.join(said)})" if said else ""


def _mentions(rule: Rule, members: Iterable[Member]) -> str:
    return ", ".join(f"@{m.login}{' (can approve alone)' if quorum.alone(rule, m) else ''}" for m in members)
