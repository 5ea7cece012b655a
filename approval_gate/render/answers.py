"""What became of each answer, a line each, as the status lists it: what counts first, strangers' last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from approval_gate.core import outcomes, quorum
from approval_gate.core.commands import Verb
from approval_gate.core.model import Ineligibility, Member, Person, Rule
from approval_gate.core.plain import visible
from approval_gate.core.verdict import Decision, Ground, Objection, Vote, VoteStatus
from approval_gate.core.wording import at, join, join_some
from approval_gate.render import markdown

ROWS = 40
"""The most answers of listed people that are shown."""

UNFOLDED = 12
"""The most answers that are seen at once; of those that count, the first five."""

STRANGERS = 3
"""The most people who are not listed of whom an answer is shown."""

_ICONS = {Verb.APPROVE: "👍", Verb.DENY: "👎", Verb.REVOKE: "↩️"}
_HOLDS, _DOES_NOT_COUNT, _PAST = "✋", "😕", "↩️"
_COUNTS, _REPLACED = 0, 3
_RANK = {"👍": _COUNTS, "👎": _COUNTS, _HOLDS: 1, _DOES_NOT_COUNT: 2, _PAST: _REPLACED}
_DID = {Verb.APPROVE: "approved", Verb.DENY: "denied", Verb.REVOKE: "took it back"}
_AGAIN = {
    Verb.APPROVE: "Comment `approve` again.",
    Verb.DENY: "Comment `deny - your reason` again.",
    Verb.REVOKE: "Comment `revoke` again.",
}

_INELIGIBLE = {
    VoteStatus.INITIATOR,
    VoteStatus.AUTHOR,
    VoteStatus.NO_WRITE,
    VoteStatus.LEFT,
    VoteStatus.OWN_ACCOUNT,
    VoteStatus.BOT,
}
_MODIFIED = {
    VoteStatus.BEFORE_CHANGE: "changed the request",
    VoteStatus.EDITED: "edited it",
    VoteStatus.TAMPERED: "edited it",
    VoteStatus.DELETED: "deleted it",
}
_REASONS = {
    VoteStatus.INDECISIVE: ("It counts, but another role decides.", ""),
    VoteStatus.VIA_APP: ("It was written through an app, so it does not count.", "Write it by hand."),
    VoteStatus.VIA_EMAIL: ("It came by e-mail, which does not count here.", "Comment on this page."),
    VoteStatus.HIDDEN: ("The comment is hidden, so it does not count.", "Write a new one."),
    VoteStatus.LATE: ("It came after the window closed.", ""),
    VoteStatus.UNCONFIRMED: ("Not all of GitHub shows it yet.", ""),
    VoteStatus.ANSWERS_QUESTION: (
        "It may answer the question before it, so it does not count.",
        "Comment `approve` to approve.",
    ),
    VoteStatus.OBJECTS: ("The same comment objects.", ""),
    VoteStatus.SUPERSEDED: ("A later answer took its place.", ""),
    VoteStatus.UNJUSTIFIED: ("It counts only with a reason.", "Comment `approve - your reason`."),
    VoteStatus.NEEDS_REASON: ("It has no reason.", "Comment `deny - your reason`, or `revoke`."),
}
"""Why a vote does not count as it is, and what its author can do while anything can be done."""


def votes(
    decision: Decision | None, rule: Rule, roster: Sequence[Member], issue_url: str
) -> dict[str, object]:
    """Return what the templates show of the answers: a line each, strangers in one, how many are left out."""
    if decision is None:
        return {"rows": [], "folded": [], "strangers": "", "left_out": 0}
    members = {member.person.id: member for member in roster}
    listed = [vote for vote in decision.votes if vote.person and vote.person.id in members]
    strange = [vote for vote in decision.votes if not vote.person or vote.person.id not in members]
    commands = {vote.comment_id for vote in listed}
    held = [it for it in decision.holds if it.comment_id not in commands]
    lines = _Lines(decision, rule, members, issue_url, frozenset(it.comment_id for it in decision.holds))
    answers: list[Vote | Objection] = [*listed, *held]
    ranked = sorted(answers, key=lambda it: (lines.rank(it), -it.comment_id))
    shown = sorted(ranked[:ROWS], key=lambda it: (lines.rank(it), it.comment_id))
    seen = shown
    if len(shown) > UNFOLDED:
        counting = [it for it in shown if lines.rank(it) == _COUNTS]
        telling = [it for it in shown if _COUNTS < lines.rank(it) < _REPLACED]
        seen = [*counting[:5], *telling][:UNFOLDED]
    return {
        "rows": [lines.show(it) for it in seen],
        "folded": [lines.show(it) for it in shown if it not in seen],
        "strangers": _strangers(strange, issue_url),
        "left_out": len(ranked) - len(shown),
    }


def approval(rule: Rule, member: Member) -> str:
    """Return the command with which this person approves."""
    return "approve" if quorum.acting(rule, member, None).roles else "approve - your reason"


def _strangers(strange: Iterable[Vote], issue_url: str) -> str:
    """Name those who are not listed and answered, the latest first, each with a link to the last answer."""
    last: dict[str, Vote] = {}
    for vote in strange:
        login = vote.person.login if vote.person else "a deleted account"
        last.pop(login, None)
        last[login] = vote
    said = [f"[{markdown.name(login)}]({_address(issue_url, it)})" for login, it in reversed(last.items())]
    return join_some(said, "and", most=STRANGERS + 1)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Writes the lines of one decision; ``held`` are the comments that hold it."""

    decision: Decision
    rule: Rule
    members: Mapping[int, Member]
    issue_url: str
    held: frozenset[int]

    def rank(self, answer: Vote | Objection) -> int:
        """Return where an answer comes: what counts, what holds, what does not count, what was replaced."""
        return _RANK[self._icon(answer)]

    def show(self, answer: Vote | Objection) -> str:
        """Show an answer on one line."""
        return self.vote(answer) if isinstance(answer, Vote) else self.objection(answer)

    def vote(self, vote: Vote) -> str:
        """Show a vote: who, what and when, the note, why it does not count, and what to do."""
        did, why = _DID[vote.verb], self._why(vote)
        link = did if vote.status is VoteStatus.DELETED else f"[{did}]({_address(self.issue_url, vote)})"
        said = f"{self._icon(vote)} {self._who(vote)} {link} at {self._at(vote.at)}"
        note = markdown.said(vote.note) if vote.note and visible(vote.note) else ""
        if not why:
            return f"{said}{note and ': '}{note}"
        return f"{said}{f' ({note})' if note else ''}. {why}"

    def objection(self, objection: Objection) -> str:
        """Show an objection that is not a command: what was said or done, and what lifts it."""
        login, by = f"@{objection.person.login}", _someone(objection.by)
        comment, when = f"comment]({_address(self.issue_url, objection)})", self._at(objection.at)
        if objection.ground is Ground.EDITED_BY_OTHERS:
            said = f"{by} edited [a {comment} of {login} at {when}, and it objects now."
        elif objection.ground is Ground.UNREAD and objection.comment_id == 0:
            said = f"{by} deleted a comment of {login} at {when}, before it was read."
        elif objection.ground is Ground.UNREAD:
            said = f"An earlier text of [a {comment} of {login} can no longer be read."
        else:
            words = markdown.said(objection.text or "")
            said = f"{login} [said]({_address(self.issue_url, objection)}) {words} at {when}."
        return " ".join(filter(None, (_HOLDS, said, self._waits(objection.person))))

    def _icon(self, answer: Vote | Objection) -> str:
        if isinstance(answer, Objection) or answer.comment_id in self.held:
            return _HOLDS
        if answer.counts:
            return _ICONS[answer.verb]
        special = {VoteStatus.NEEDS_REASON: _HOLDS, VoteStatus.SUPERSEDED: _PAST}
        return special.get(answer.status, _DOES_NOT_COUNT)

    def _who(self, vote: Vote) -> str:
        """Mention the author of a vote; of an approval that counts with the role in which it does."""
        assert vote.person is not None  # noqa: S101 - it is listed
        login = f"@{vote.person.login}"
        if not vote.counts or vote.verb is not Verb.APPROVE:
            return login
        member = self.members[vote.person.id]
        seats = quorum.seated(self.rule, self.decision.approvers)
        decides = next((role for it, role in seats if it.person == vote.person), None)
        role = outcomes.in_role(member.login, decides or member.roles[0])
        return f"{login} ({markdown.name(role)})" if role else login

    def _why(self, vote: Vote) -> str:
        """Say why a vote does not count as it is, and what its author can do; empty if it counts."""
        why, todo = self._reason(vote)
        if vote.comment_id in self.held:
            todo = self._waits(vote.person)
        return " ".join(filter(None, (why, todo if self.decision.outcome is None else "")))

    def _reason(self, vote: Vote) -> tuple[str, str]:
        holds = vote.comment_id in self.held
        if vote.status in _INELIGIBLE:
            return (
                f"It {'only holds' if holds else 'does not count'}: {_someone(vote.person)} {vote.status}.",
                "",
            )
        if vote.status in _MODIFIED:
            when = f" at {self._at(vote.cause.at)}" if vote.cause else ""
            did = f"{_someone(vote.cause.by if vote.cause else None)} {_MODIFIED[vote.status]}{when}"
            return (f"{did}.", "") if holds else (f"{did}, so it no longer counts.", _AGAIN[vote.verb])
        return _REASONS.get(vote.status, ("", ""))

    def _waits(self, person: Person | None) -> str:
        """Say which commands of a person lift what holds, while anything can."""
        if self.decision.outcome is not None or person is None:
            return ""
        member = self.members[person.id]
        commands = [f"`{approval(self.rule, member)}`"] if member.may_approve else []
        commands += [] if member.ineligibility is Ineligibility.NO_WRITE else ["`deny - your reason`"]
        said = join([*commands, "`revoke`"], "or")
        return f"The deployment waits until {markdown.name(member.login)} comments {said}."

    def _at(self, time: datetime) -> str:
        return at(time, self.decision.opened_at)


def _someone(person: Person | None) -> str:
    return markdown.name(person.login) if person else "somebody"


def _address(issue_url: str, answer: Vote | Objection) -> str:
    return f"{issue_url}#issuecomment-{answer.comment_id}"
