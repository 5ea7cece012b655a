"""The parts of the texts about a request's end: the heading, who decided it, how it went."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from approval_gate.core import outcomes, quorum
from approval_gate.core.commands import Verb
from approval_gate.core.ending import Asked, Conclusion
from approval_gate.core.model import Code, Member, Outcome, Request, Rule
from approval_gate.core.plain import visible
from approval_gate.core.verdict import Decision, Objection, VoteStatus
from approval_gate.core.wording import at, counted, join, join_some, mentions, objects, plural
from approval_gate.render import markdown
from approval_gate.render.times import after

REASONS = 10
"""The most reasons for a denial that are shown."""

EVENTS = 3
"""The most answers in a timeline."""

ICONS = {
    Outcome.APPROVED: "✅",
    Outcome.DENIED: "❌",
    Outcome.TIMED_OUT: "⌛",
    Outcome.CANCELLED: "🚫",
    Outcome.ERROR: "⚠️",
}

_WORDS = {
    Outcome.APPROVED: "approved",
    Outcome.DENIED: "denied",
    Outcome.TIMED_OUT: "no decision",
    Outcome.CANCELLED: "cancelled",
    Outcome.ERROR: "the gate failed",
}
_VERBS = {Verb.APPROVE: "approve", Verb.DENY: "deny", Verb.REVOKE: "revoke"}


def plain_title(version: str, environment: str | None) -> str:
    """Say what goes where, for the log: ``v1.2.3 → production``."""
    return f"{version} → {environment}" if environment else version


def title(version: str, environment: str | None) -> str:
    """Say what goes where: ``v1.2.3 to production``."""
    return (
        f"{markdown.name(version)} to {markdown.name(environment)}" if environment else markdown.name(version)
    )


def what(end: Conclusion, rule: Rule) -> str:
    """Say how it ended and who brought that about, as a heading begins."""
    decision, ending = end.decision, end.ending
    if decision is not None and ending.outcome is Outcome.APPROVED:
        return f"Approved by {_approvers(rule, decision)}"
    if decision is not None and ending.outcome is Outcome.DENIED:
        how = {
            Code.DENIED_WITHOUT_REASON: " without a reason",
            Code.ISSUE_CLOSED: ", who closed the issue",
        }.get(ending.code, "")
        return f"Denied by {join_some(mentions(decision.deniers), 'and')}{how}"
    if ending.code is Code.REPLACED:
        return "Replaced by a re-run"
    if ending.outcome is Outcome.TIMED_OUT:
        return f"No decision in time{f': {_obstacle(decision)}' if decision else ''}"
    return "Cancelled" if ending.outcome is Outcome.CANCELLED else "The gate failed"


def _obstacle(decision: Decision) -> str:
    """Say in a few words what prevented the approval."""
    if decision.tally.met and decision.holds:
        objecting = dict.fromkeys(objection.person.login for objection in decision.holds)
        return f"{join_some(map(markdown.name, objecting), 'and')} objected"
    if decision.tally.met and decision.blocking:
        return f"{plural(len(decision.blocking), 'required check')} had not passed"
    if decision.tally.met and decision.lacking:
        return f"{len(decision.lacking)} of {plural(len(decision.checks), 'checklist item')} open"
    return counted(decision.tally)


def lacking_checks(end: Conclusion) -> int:
    """Return how many required checks alone kept an approval back until the window closed."""
    decision = end.decision
    if decision is None or end.ending.outcome is not Outcome.TIMED_OUT or decision.holds:
        return 0
    return len(decision.blocking) if decision.tally.met else 0


def when(asked: Asked) -> str:
    """Say when it ended and how long that took."""
    return after(asked.ended_at, asked.opened_at)


def decisive(rule: Rule, decision: Decision) -> str:
    """Say whose approvals decided, if that was not everybody's; empty if it was."""
    if decision.code is Code.APPROVED_ALONE:
        sole = [f"@{member.login}" for member in decision.approvers if quorum.alone(rule, member)]
        return f"{join(sole, 'and')} can approve alone."
    seats = outcomes.decisive(rule, decision)
    if len(seats) in {0, len(decision.approvers)}:
        return ""
    roles = [(f"@{member.login}", outcomes.in_role(member.login, role)) for member, role in seats]
    deciding = [f"{login} as {markdown.name(role)}" if role else login for login, role in roles]
    return f"Decisive: {join_some(deciding, 'and')}."


def reasons(decision: Decision) -> tuple[list[str], int]:
    """Return why people denied, with their names if they are several, and how many reasons are left out."""
    said = [it for it in decision.objections if it.denies and it.text and visible(it.text)]
    several = len({it.person.id for it in said}) > 1 or len(decision.deniers) > 1
    shown = [
        f"{f'- {markdown.name(it.person.login)}: ' if several else ''}{markdown.said(it.text or '', 1000)}"
        for it in said[:REASONS]
    ]
    return shown, len(said) - len(shown)


def timeline(end: Conclusion, roster: Sequence[Member], request: Request) -> Iterator[str]:
    """Return what happened, a line each: the request, the first answers that matter, the end."""
    asked, decision = end.asked, end.decision
    if asked is None:
        return
    yield f"{at(asked.opened_at, asked.opened_at)}: requested by {markdown.name(request.actor)}"
    events = sorted(_events(decision, roster, asked)) if decision else []
    yield from (f"{at(time, asked.opened_at)}: {said}" for time, _, said in events[:EVENTS])
    if more := len(events) - EVENTS:
        yield from [f"{plural(more, 'more answer')} on the issue"] if more > 0 else []
    yield f"{at(asked.ended_at, asked.opened_at)}: {_WORDS[end.ending.outcome]}"


def _events(
    decision: Decision, roster: Sequence[Member], asked: Asked
) -> Iterator[tuple[datetime, int, str]]:
    listed = {member.person.id for member in roster}
    for vote in decision.votes:
        matters = vote.counts or vote.status is VoteStatus.NEEDS_REASON
        if matters and vote.person is not None and vote.person.id in listed:
            yield (
                vote.at,
                vote.comment_id,
                _answer(vote.verb, vote.note, vote.comment_id, vote.person.login, asked.url),
            )
    for objection in (*decision.holds, *decision.lifted):
        yield objection.at, objection.comment_id, _objection(objection, asked.url)


def _answer(verb: Verb, note: str | None, comment_id: int, login: str, url: str) -> str:
    said = f": {markdown.said(note)}" if note and visible(note) else ""
    return f"{markdown.name(login)} commented [{_VERBS[verb]}]({url}#issuecomment-{comment_id}){said}"


def _objection(objection: Objection, url: str) -> str:
    text, login, comment_id = objection.text, objection.person.login, objection.comment_id
    if objection.denies:
        return _answer(Verb.DENY, text, comment_id, login, url)
    if not text or not visible(text):
        return objects(objection)
    return f"{markdown.name(login)} [objected]({url}#issuecomment-{comment_id}): {markdown.said(text)}"


def _approvers(rule: Rule, decision: Decision) -> str:
    named = []
    for member, role in quorum.seated(rule, decision.approvers):
        shown = outcomes.in_role(member.login, role or member.roles[0])
        named.append(f"@{member.login}{f' ({markdown.name(shown)})' if shown else ''}")
    return join_some(named, "and")
