"""Writes the texts about follow-ups."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from approval_gate.core.approval import Approval
from approval_gate.core.blocks import closed
from approval_gate.core.follow_up import FollowUpIssue
from approval_gate.core.outcomes import in_role
from approval_gate.core.policy.model import DetailValue, FollowUp
from approval_gate.core.result import Result, Results, Run, sentence
from approval_gate.core.wording import dated, join
from approval_gate.render import markdown
from approval_gate.render.facts import shown
from approval_gate.render.templating import account, fill, source

_ASKED = 30_000
"""How many characters of a template are used."""


def overdue(follow_up: FollowUpIssue, blocked: Sequence[str]) -> str:
    """Tell the owners of a follow-up that it is overdue, and which types of deployment wait for it."""
    return fill("overdue.md", follow_up=follow_up, blocked=blocked)


def follow_up_text(
    approval: Approval,
    rule: FollowUp,
    results: Results,
    run: Run,
    issue: tuple[int, str],
    now: datetime,
    template: str | None,
) -> str:
    """Write a follow-up: what is known, then the questions, from the policy's template or the built-in one.

    The issue is the approval's: its number and its address.
    """
    facts = [f"**{name}**: {text}" for name, text in _facts(approval, results, run, issue, now)]
    details = [
        shown(DetailValue(heading=heading, value=value, required=False))
        for heading, value in approval.details
    ]
    asked = source("post_mortem.md") if template is None else markdown.chunks(closed(template), _ASKED)[0]
    return fill("follow_up.md", approval=approval, hours=rule.hours, facts=[*facts, *details], asked=asked)


def _facts(
    approval: Approval, results: Results, run: Run, issue: tuple[int, str], now: datetime
) -> Iterator[tuple[str, str]]:
    yield "Approval", markdown.link(f"issue {issue[0]}", issue[1])
    if approval.commit:
        page = f"{run.url.partition('/actions/')[0]}/commit/{approval.commit}"
        yield "Commit", markdown.link(approval.commit, page)
    if approval.actor:
        yield "Requested", _at(f"by {account(approval.actor)}", approval.asked_at)
    if approval.approvers:
        who = join((_approver(login, roles) for login, roles in approval.approvers), "and")
        yield "Approved", _at(f"by {who}", approval.decided_at)
    attempt = f", attempt {run.attempt}" if run.attempt > 1 else ""
    yield "Result", _at(f"{sentence(results)} ({markdown.link(f'run {run.id}', run.url)}{attempt})", now)
    if results.rolled_back_to and results.rollback is Result.SUCCESS:
        yield "Rolled back to", markdown.name(results.rolled_back_to)


def _at(what: str, time: datetime | None) -> str:
    return f"{what}, {dated(time)}" if time else what


def _approver(login: str, roles: Sequence[str]) -> str:
    named = join((markdown.name(role) for role in roles if in_role(login, role)), "and")
    return f"{login} ({named})" if named else login
