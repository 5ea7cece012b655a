"""What became of each answer and of each checklist item, as the status and the summary list it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from approval_gate.core.commands import Verb
from approval_gate.core.model import Member
from approval_gate.core.verdict import Decision, ItemProblem, Objection, Vote, VoteStatus
from approval_gate.core.wording import at, by_whom, objects
from approval_gate.render import markdown
from approval_gate.render.templating import item_name

ROWS = 40
"""The most votes that a table shows."""

ITEMS = 30
"""The most checklist items that are listed as open."""

_HELD = "waits"
_MARKS = {Verb.APPROVE: "👍", Verb.DENY: "👎", Verb.REVOKE: "taken back"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A vote as a table shows it."""

    who: str
    said: str
    mark: str
    remark: str


def table(decision: Decision | None, roster: Sequence[Member], issue_url: str) -> dict[str, object]:
    """Return what the templates show of the answers: the rows, and how many votes are left out."""
    if decision is None:
        return {"rows": [], "left_out": 0}
    members = {member.person.id for member in roster}
    votes = {vote.comment_id for vote in decision.votes}
    rows = [
        (vote.comment_id, _vote(vote, decision.opened_at, members, issue_url))
        for vote in _most_relevant(decision.votes, members)
    ]
    held = [it for it in decision.holds if it.comment_id not in votes][-ROWS:]
    rows += [(it.comment_id, _objection(it, decision.opened_at, issue_url)) for it in held]
    rows.sort(key=lambda placed: placed[0])
    return {"rows": [row for _, row in rows], "left_out": max(0, len(decision.votes) - ROWS)}


def _most_relevant(votes: Sequence[Vote], members: Collection[int]) -> list[Vote]:
    """Choose the votes that fit, in order: those that matter, members' others, strangers'; newest first."""

    def rank(place: int) -> tuple[bool, bool, int]:
        vote = votes[place]
        matters = vote.counts or vote.status is VoteStatus.NEEDS_REASON
        return matters, vote.person is not None and vote.person.id in members, place

    chosen = sorted(range(len(votes)), key=rank)[-ROWS:]
    return [votes[place] for place in sorted(chosen)]


def _vote(vote: Vote, opened: datetime, members: Collection[int], issue_url: str) -> Row:
    listed = vote.person is not None and vote.person.id in members
    login = vote.person.login if vote.person else "ghost"
    waits = vote.status in {VoteStatus.NEEDS_REASON, VoteStatus.OBJECTS}
    return Row(
        who=f"@{login}" if listed else markdown.cell(login),
        said=f"[{vote.verb}]({issue_url}#issuecomment-{vote.comment_id})",
        mark=_MARKS[vote.verb] if vote.counts else _HELD if waits else "no",
        remark=_remark(vote, opened),
    )


def _objection(objection: Objection, opened: datetime, issue_url: str) -> Row:
    """Show an objection that is not a command; one that was deleted before it was read has no address."""
    link = f"[objection]({issue_url}#issuecomment-{objection.comment_id})"
    words = f" {markdown.cell(objection.text)}" if objection.text else ""
    return Row(
        who=f"@{objection.person.login}",
        said=link if objection.comment_id else "objection",
        mark=_HELD,
        remark=f"{at(objection.at, opened)}{words or f' {objects(objection)}'}",
    )


def _remark(vote: Vote, opened: datetime) -> str:
    note = f" {markdown.cell(vote.note)}" if vote.note else ""
    if not vote.counts:
        by = by_whom(vote)
        who = f" ({by}, {at(vote.cause.at, opened)})" if by and vote.cause else ""
        return f"{vote.status}{who}{note and ':'}{note}"
    return f"{at(vote.at, opened)}{note}{f'; {vote.status}' if vote.status is VoteStatus.INDECISIVE else ''}"


def checklist(decision: Decision | None) -> dict[str, object]:
    """Return what the templates show of the checklist: ticks by person, what is open, what does not count."""
    checks = decision.checks if decision else ()
    ticked = Counter(check.by.login for check in checks if check.by and check.problem is None)
    lacking = [check for check in checks if check.problem is not None]
    shown = lacking[:ITEMS]
    return {
        "tickers": [f"@{login} ({count})" for login, count in ticked.items()],
        "open": [item_name(check.item) for check in shown if check.problem is ItemProblem.OPEN],
        "faulty": [check for check in shown if check.problem is not ItemProblem.OPEN],
        "unshown": len(lacking) - len(shown),
    }
