"""The lines of the job's log while people answer: each new vote and objection, and what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from approval_gate.core.verdict import Decision, Objection, Vote, VoteStatus
from approval_gate.core.wording import by_whom, counted, objects

NOTE = 300
"""How many characters of a note or an objection the log shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the log already shows: the last status of each vote, by comment, and the last reason."""

    votes: Mapping[int, VoteStatus] = field(default_factory=dict)
    objections: frozenset[Objection] = frozenset()
    missing: str = ""


def advance(logged: Progress, decision: Decision, now: datetime) -> tuple[Progress, tuple[str, ...]]:
    """Return what the log shows once a decision is logged, and the lines that this adds.

    A new vote is logged with its own time, a vote whose status changed with the
    present time. What is missing follows while there is no outcome.
    """
    votes = [
        (now if vote.comment_id in logged.votes else vote.at, vote)
        for vote in decision.votes
        if vote.status not in {VoteStatus.SUPERSEDED, logged.votes.get(vote.comment_id)}
    ]
    votes.sort(key=lambda timed: timed[0])
    # The count is that of the whole decision, so only the last vote that counts shows it.
    last = next((vote for _, vote in reversed(votes) if vote.counts), None)
    count = f"    {decision.tally.filled} of {decision.tally.needed}"
    lines = [f"{at:%H:%M:%S}  {_vote(vote)}{count if vote is last else ''}" for at, vote in votes]
    objections = [objection for objection in decision.holds if objection not in logged.objections]
    lines.extend(f"{objection.at:%H:%M:%S}  {_objection(objection)}" for objection in objections)
    missing = logged.missing if decision.outcome else decision.reason
    if missing != logged.missing:
        counts = bool(votes) and votes[-1][1] is last and not objections
        rest = missing.removeprefix(f"{counted(decision.tally)}, ") if counts else ""
        lines.append(f"          {rest}" if rest else f"{now:%H:%M:%S}  {missing}")
    after = Progress(
        votes={**logged.votes, **{vote.comment_id: vote.status for vote in decision.votes}},
        objections=logged.objections.union(objections),
        missing=missing,
    )
    return after, tuple(lines)


def _vote(vote: Vote) -> str:
    login = vote.person.login if vote.person else "a deleted account"
    note = f': "{_on_one_line(vote.note)}"' if vote.note else ""
    if vote.counts:
        verb = {"approve": "approves", "deny": "denies", "revoke": "takes the answer back"}[vote.verb]
        indecisive = vote.status is VoteStatus.INDECISIVE
        but = ", which cannot decide alone: another role must approve" if indecisive else ""
        return f"{login} {verb}{note}{but}"
    if vote.status is VoteStatus.NEEDS_REASON:
        return f"{login} denies, and is asked for the reason"
    if vote.status is VoteStatus.UNJUSTIFIED:
        return f"{login} approves, which counts only with a reason, and is asked for it"
    by = by_whom(vote)
    return f'{login}\'s "{vote.verb}" does not count: {vote.status}{f" ({by})" if by else ""}{note}'


def _objection(objection: Objection) -> str:
    what = objects(objection)
    return f'{what}: "{_on_one_line(objection.text)}"' if objection.text else what


def _on_one_line(note: str) -> str:
    """Return a note without line ends, any of which could forge a line of the log."""
    words = " ".join(note.split())
    return words if len(words) <= NOTE else f"{words[: NOTE - 1]}…"
