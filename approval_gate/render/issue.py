"""The approval issue's body: the request, the approvers, the deadline, and how to answer."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from approval_gate.core.blocks import closed
from approval_gate.core.change import Change
from approval_gate.core.model import Ineligibility, Member, Request, Rule, Vocabulary
from approval_gate.core.policy.model import DeploymentType, DetailValue, Group
from approval_gate.core.quorum import alone, tally
from approval_gate.core.wording import join, mentions, plural
from approval_gate.render import markdown
from approval_gate.render.templating import fill, source

MENTIONS = 50
"""The most people GitHub notifies of one text."""

AUTHORS = 10
"""The most commit authors that are named."""

EMERGENCY = (
    "Incident",
    "Severity",
    "Root Cause",
    "Impact",
    "Downtime",
    "Fix",
    "Rollback Plan",
    "Estimated Fix Time",
    "Post-Mortem",
    "Approver",
)
"""The fields of the process's Emergency Deployment Template."""

_LOGIN = re.compile(r"@([A-Za-z0-9][A-Za-z0-9-]{0,38})")

_OVERFLOWS = ((), ("body",), ("checklist",), ("body", "checklist"))
"""What moves from the issue's body into comments while it is too long, in the order of trying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyContext:
    """What a policy document says of this deployment, in addition to its rule."""

    deployment_type: DeploymentType
    digest: str
    details: tuple[DetailValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the issue's body is about.

    Attributes:
        issue_body: the workflow author's own Markdown, placed above the checklist.
        checklist: Markdown of the list; empty if there is none, or only the one in the body.
        initiators_known: whether everyone is known who is ineligible for having asked.
        terms: None without a policy document.
        change: None if the commits were not compared.
    """

    request: Request
    rule: Rule
    roster: tuple[Member, ...]
    issue_body: str
    checklist: str
    initiators_known: bool = True
    terms: PolicyContext | None = None
    change: Change | None = None


def issue_text(subject: Subject, now: datetime, deadline: datetime) -> tuple[str, list[str]]:
    """Write the body of the approval issue, and what did not fit."""
    rule, roster, terms = subject.rule, subject.roster, subject.terms
    named = _named_approver(subject)
    asked = sorted((m for m in roster if m.may_approve), key=lambda m: m != named)
    body, checklist = closed(subject.issue_body), closed(subject.checklist)
    for overflow in _OVERFLOWS:
        text = fill(
            "issue.md",
            request=subject.request,
            rule=rule,
            ref=_ref(subject.request),
            terms=terms,
            now=now,
            deadline=deadline,
            groups=_groups(rule, asked[:MENTIONS]),
            asked=asked,
            added_words=_added_words(rule.vocabulary),
            barred=[member for member in roster if member.ineligibility is not None],
            initiator_barred=any(member.ineligibility is Ineligibility.INITIATOR for member in roster),
            initiators_known=subject.initiators_known,
            news=None if subject.change is None else _change(subject.change, subject),
            named=named.login if named else None,
            needs=_needs(rule),
            details=_details(terms),
            issue_body=body,
            checklist=checklist,
            overflow=overflow,
        )
        if len(text) <= markdown.LIMIT:
            break
    later = [asked[start : start + MENTIONS] for start in range(MENTIONS, len(asked), MENTIONS)]
    further = [
        *(markdown.chunks(body) if "body" in overflow else ()),
        *(markdown.chunks(checklist) if "checklist" in overflow else ()),
        *(f"You are asked too: {_mentions(rule, some)}" for some in later),
    ]
    return text, further


def process_checklist() -> str:
    """Return the process's own list (Pre-deployment Checklist)."""
    return source("checklist.md")


def as_tasks(groups: Iterable[Group]) -> str:
    """Write a policy's checklist as a task list."""
    lists = ((group.title, "".join(f"- [ ] {item}\n" for item in group.items)) for group in groups)
    return "\n".join(f"#### {title}\n{items}" for title, items in lists)


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
            parts.append(f"{join(added, 'and', rest='others')} {verb[len(added) > 1]}, too")
    return f"{'; '.join(parts)}." if parts else ""


def _details(terms: PolicyContext | None) -> list[DetailValue]:
    """Return the details to show: for an emergency every field of the process's template."""
    if terms is None or not terms.deployment_type.emergency:
        return list(terms.details) if terms else []
    there = {detail.heading.casefold() for detail in terms.details}
    absent = [
        DetailValue(heading=heading, value=None, required=False)
        for heading in EMERGENCY
        if heading.casefold() not in there
    ]
    return [*terms.details, *absent]


def _ref(request: Request) -> str:
    """Name the run's ref: ``tag `v1.2.3```, or a pull request with a link to it."""
    if request.ref_type != "pull request":
        return f"{request.ref_type} {markdown.cell(request.ref_name)}"
    number = request.ref_name.partition("/")[0]
    return f"pull request {markdown.link(f'#{number}', f'{request.repository_url}/pull/{number}')}"


def _change(change: Change, subject: Subject) -> str:
    """Say how many commits are new since when, and which approvers wrote some; nobody else is mentioned."""
    request, commits = subject.request, plural(change.commits, "commit")
    page = f"commits/{request.sha}" if change.whole else f"compare/{change.since}...{request.sha}"
    url = f"{request.repository_url}/{page}"
    if not change.whole:
        said = f"{markdown.link(commits if change.commits else 'nothing new', url)} since the last deployment"
    else:
        environment = markdown.cell(request.environment or "")
        said = markdown.link(f"all {commits}" if change.commits > 1 else "the only commit", url)
        said += (
            f": no earlier deployment of {environment} is on record"
            if change.since is None
            else f": they cannot be compared with `{change.since[:7]}`, which was deployed last"
        )
    authors = mentions(m for m in subject.roster if m.ineligibility is Ineligibility.AUTHOR)
    if authors:
        named = authors if len(authors) <= AUTHORS else [*authors[:AUTHORS], f"{len(authors) - AUTHORS} more"]
        said += f"; {join(named, 'and')} wrote some of it and cannot approve"
    if change.unknown:
        said += f"; {plural(len(change.unknown), 'author')} without an account cannot be barred"
    return said


def _needs(rule: Rule) -> str:
    """Say how many approvals are needed, and from which roles."""
    number = tally(rule, ()).needed
    whose = [
        f"{'' if need.minimum == number else f'{need.minimum} of them '}from {' or '.join(need.any_of)}"
        for need in rule.require
    ]
    return ", ".join((f"**{plural(number, 'approval')}**", *whose)) + ("," if whose else "")


def _groups(rule: Rule, members: Sequence[Member]) -> list[str]:
    """Group people by the name that made them approvers."""
    by_name: dict[str, list[Member]] = {}
    for member in members:
        by_name.setdefault(member.roles[0], []).append(member)
    lines = []
    for name, group in by_name.items():
        logins = [member.login.lower() for member in group]
        bare = name.lower().removeprefix("@").removeprefix("user:")
        lines.append(
            _mentions(rule, group) if logins == [bare] else f"{markdown.code(name)}: {_mentions(rule, group)}"
        )
    return lines


def _mentions(rule: Rule, members: Iterable[Member]) -> str:
    return ", ".join(f"@{m.login}{' (alone)' if alone(rule, m) else ''}" for m in members)
