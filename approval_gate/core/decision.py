"""From the thread as read to the decision, with every vote explained.

Two ideas carry it. An approval counts only while it is fresh: written in
time, by somebody who may, never touched, with nothing of the same person's
after it. An objection stands, whatever was done to it, until its author gives
a fresh command after the last touch. So tampering can only make the outcome
worse, and nothing that comes late can approve.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from approval_gate.core import quorum
from approval_gate.core.commands import Command, Verb, parse
from approval_gate.core.model import (
    Bar,
    Box,
    Closure,
    Code,
    Comment,
    Member,
    Outcome,
    Person,
    Rule,
    Thread,
    Vocabulary,
)
from approval_gate.core.quorum import Tally
from approval_gate.core.wording import join


class Why(StrEnum):
    """Why a vote counts or does not; the value reads after the person's name."""

    COUNTS = "counts"
    INDECISIVE = "counts, but cannot decide: another role must approve"
    NOT_LISTED = "is not among the approvers"
    GHOST = "no longer has an account"
    INITIATOR = Bar.INITIATOR.value
    AUTHOR = Bar.AUTHOR.value
    NO_WRITE = Bar.NO_WRITE.value
    LEFT = Bar.LEFT.value
    OWN_ACCOUNT = Bar.OWN_ACCOUNT.value
    BOT = Bar.BOT.value
    VIA_APP = "answered through an app; write it by hand"
    EDITED = "edited the comment; write it anew"
    TAMPERED = "did not leave the comment as it was: somebody else edited it; write it anew"
    DELETED = "no longer has this comment: it was deleted"
    LATE = "answered after the window closed"
    BEFORE_CHANGE = "answered before the request was changed; write it anew"
    SUPERSEDED = "gave a later answer"
    UNJUSTIFIED = "has to say why this must be: comment `approve - your reason`"
    NEEDS_REASON = "has to say why: comment `deny - your reason`"


class Lack(StrEnum):
    """What an item of the checklist still lacks; the value reads after the item."""

    GONE = "is not in the issue any more; put it back"
    OPEN = "is not ticked"
    UNKNOWN = "is ticked, but by whom cannot be told; take the tick away and set it again"
    STRANGER = "is ticked by somebody who may not approve; take the tick away and set it again"
    LATE = "was ticked after the window closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """An item of the checklist, and what became of it.

    Attributes:
        by: who ticked it, if that is somebody of the roster.
        at: when; None if it is not ticked.
        lack: why it does not count; None if it does.
    """

    item: str
    by: Person | None
    at: datetime | None
    lack: Lack | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A comment that is a command, and what became of it."""

    comment_id: int
    person: Person | None
    verb: Verb
    note: str | None
    at: datetime
    why: Why

    @property
    def counts(self) -> bool:
        """Whether it is heard; one that cannot decide is heard too."""
        return self.why in {Why.COUNTS, Why.INDECISIVE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Somebody else touched this person's comment: approval waits for a word of theirs.

    Attributes:
        answer: whether the word must be a command: the comment cannot be read
            any more, and may have been a denial.
    """

    person: Person
    comment_id: int
    by: int | None
    at: datetime
    answer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The one value that the status, the summary, the log and the record render.

    Attributes:
        outcome: None while people are awaited.
        code: None while people are awaited.
        reason: one sentence: why it ended, or what is missing.
        votes: every command in the thread, in the order of the comments.
        approvers: whose approval counts, in the order in which they gave it,
            each in the roles in which it does.
        tally: what these approvals come to.
        deniers: whose denial stands.
        holds: what keeps a quorum from approving until somebody speaks.
        awaited: who could still approve.
        checks: the checklist, where the rule asks for one.
        deadline: when the window closes.
    """

    outcome: Outcome | None
    code: Code | None
    reason: str
    votes: tuple[Vote, ...]
    approvers: tuple[Member, ...]
    tally: Tally
    deniers: tuple[Member, ...]
    holds: tuple[Hold, ...]
    awaited: tuple[Member, ...]
    checks: tuple[Check, ...]
    deadline: datetime

    @property
    def lacking(self) -> tuple[Check, ...]:
        """What keeps a quorum from approving until somebody ticks it."""
        return tuple(check for check in self.checks if check.lack is not None)


@dataclass(frozen=True, slots=True)
class _Ballot:
    """A comment of somebody's, read as a command."""

    comment: Comment
    command: Command
    member: Member | None
    why: Why


def decide(rule: Rule, roster: Sequence[Member], thread: Thread, now: datetime) -> Decision:
    """Decide what the thread says at a moment.

    Args:
        rule: what this deployment asks for.
        roster: who may vote, and who of them is barred.
        thread: the issue as read, in any order.
        now: the time, in GitHub's clock.

    Returns:
        The decision; its outcome is None while people are awaited. Total: it
        raises nothing.
    """
    deadline = thread.opened_at + rule.window
    members = {member.person.id: member for member in roster}
    ballots = _read(rule, members, thread, deadline)
    standing = _standing(ballots, deadline)
    approvers = tuple(b.member for b in standing if b.command.verb is Verb.APPROVE and b.member)
    holds = _holds(members, thread, ballots, deadline)
    tally = quorum.tally(rule, approvers)
    denials = [b for b in standing if b.command.verb is Verb.DENY and _heard(b, deadline, enough=tally.met)]
    given = {member.person.id for member in approvers}
    denied = {b.member.person.id: b.member for b in denials if b.member}
    last = _last_fresh(ballots, deadline)
    pending = Decision(
        outcome=None,
        code=None,
        reason="",
        votes=tuple(_vote(b, _fate(b, rule, thread, now, standing, last, enough=tally.met)) for b in ballots),
        approvers=approvers,
        tally=tally,
        deniers=tuple(denied.values()),
        holds=holds,
        awaited=tuple(
            m for m in roster if m.may_approve and m.person.id not in {*given, *denied, thread.author_id}
        ),
        checks=_checks(rule, members, thread, deadline),
        deadline=deadline,
    )
    outcome, code = _outcome(rule, thread, pending, denials, members, now)
    if outcome is Outcome.DENIED and code is Code.ISSUE_CLOSED and thread.closure and thread.closure.by:
        pending = replace(pending, deniers=(members[thread.closure.by.id],))
    reason = _sentence(rule, pending, (outcome, code), denials, thread.closure)
    return replace(pending, outcome=outcome, code=code, reason=reason)


def _outcome(
    rule: Rule,
    thread: Thread,
    pending: Decision,
    denials: Sequence[_Ballot],
    members: dict[int, Member],
    now: datetime,
) -> tuple[Outcome | None, Code | None]:
    over = now >= pending.deadline
    if any(b.command.note for b in denials) or (denials and not rule.denial_needs_reason):
        return Outcome.DENIED, Code.DENIED
    if thread.closure is not None:
        if thread.closure.by is not None and thread.closure.by.id == thread.author_id:
            return Outcome.CANCELLED, Code.REPLACED
        closer = members.get(thread.closure.by.id) if thread.closure.by else None
        if rule.closing_denies and closer is not None and closer.may_deny:
            return Outcome.DENIED, Code.ISSUE_CLOSED
        return Outcome.CANCELLED, Code.ISSUE_CLOSED
    if denials and over:
        return Outcome.DENIED, Code.DENIED_WITHOUT_REASON
    if not denials and not pending.holds and not pending.lacking and pending.tally.met:
        return Outcome.APPROVED, Code.APPROVED_ALONE if pending.tally.missing else Code.QUORUM
    if over:
        return Outcome.TIMED_OUT, Code.WINDOW_CLOSED
    return None, None


def command_of(comment: Comment, vocabulary: Vocabulary) -> Command | None:
    """Read a comment as the command that it is, or was before it was edited.

    Of all its texts the one that stops counts: a denial that was edited into
    talk, or into an approval, is still a denial. The reason is the last given.
    """
    commands = [c for text in comment.texts if text is not None and (c := parse(text, vocabulary))]
    for verb in (Verb.DENY, Verb.REVOKE, Verb.APPROVE):
        said = [command for command in commands if command.verb is verb]
        if said:
            return next((command for command in reversed(said) if command.note), said[-1])
    return None


def _read(rule: Rule, members: dict[int, Member], thread: Thread, deadline: datetime) -> list[_Ballot]:
    ballots = []
    for comment in sorted(thread.comments, key=lambda comment: comment.id):
        command = command_of(comment, rule.vocabulary)
        if command is None:
            continue
        member = members.get(comment.author.id) if comment.author else None
        why = _bar(comment, member, thread)
        if why is Why.COUNTS and command.verb is Verb.APPROVE and member is not None:
            acting = quorum.acting(rule, member, command.note)
            why = _flaw(comment, member, thread, deadline)
            if why is Why.COUNTS and member.roles and not acting.roles:
                why = Why.UNJUSTIFIED
            member = acting
        ballots.append(_Ballot(comment, command, member, why))
    return ballots


def _bar(comment: Comment, member: Member | None, thread: Thread) -> Why:
    """Say why this person has no voice at all, neither for nor against."""
    if comment.author is None:
        return Why.GHOST
    if comment.author.id == thread.author_id:
        return Why.OWN_ACCOUNT
    if comment.author.bot:
        return Why.BOT
    if member is None:
        return Why.NOT_LISTED
    return Why.COUNTS if member.may_deny or member.bar is None else Why(member.bar.value)


def _flaw(comment: Comment, member: Member | None, thread: Thread, deadline: datetime) -> Why:
    """Say why an approval does not count, though its author has a voice."""
    if member is not None and member.bar is not None:
        return Why(member.bar.value)
    flaws = (
        (comment.via_app, Why.VIA_APP),
        (comment.deletion is not None, Why.DELETED),
        (_touched_by_others(comment), Why.TAMPERED),
        (bool(comment.edits), Why.EDITED),
        (comment.created_at > deadline, Why.LATE),
        (thread.changed_at is not None and comment.created_at <= thread.changed_at, Why.BEFORE_CHANGE),
    )
    return next((why for flawed, why in flaws if flawed), Why.COUNTS)


def _touched_by_others(comment: Comment) -> bool:
    """Tell whether anybody but the author may have touched it; who is unknown may be anybody."""
    return any(comment.author is None or touch.by != comment.author.id for touch in comment.touches)


def _after(later: Comment, earlier: Comment) -> bool:
    """Tell whether one comment was written after the other was last touched."""
    touched = earlier.touched_at
    return later.id > earlier.id and (touched is None or later.created_at > touched)


def _untouched(comment: Comment, deadline: datetime) -> bool:
    """Tell whether it was written in time and never touched."""
    return not comment.touches and comment.created_at <= deadline


def _fresh(comment: Comment, deadline: datetime) -> bool:
    """Tell whether it can lift what stands: untouched, and by its author's own hand."""
    return _untouched(comment, deadline) and not comment.via_app


def _standing(ballots: Sequence[_Ballot], deadline: datetime) -> list[_Ballot]:
    """Return what stands: of each person the denials, or else the last approval."""
    voices: dict[int, list[_Ballot]] = defaultdict(list)
    for ballot in ballots:
        if ballot.why is Why.COUNTS and ballot.member is not None:
            voices[ballot.member.person.id].append(ballot)
    standing = [b for said in voices.values() for b in _last_word(said, deadline)]
    return sorted(standing, key=lambda b: b.comment.id)


def _last_word(said: Sequence[_Ballot], deadline: datetime) -> list[_Ballot]:
    """Return one person's standing denials, or else the standing approval, if any.

    The latest are looked at first: they are what most of a flood is taken the place of by.
    """
    objections = [b for b in said if b.command.verb is not Verb.APPROVE]
    fresh = [b for b in said if _fresh(b.comment, deadline)]
    denials = [
        b
        for b in objections
        if b.command.verb is Verb.DENY and not any(_after(f.comment, b.comment) for f in reversed(fresh))
    ]
    approvals = [
        b
        for b in said
        if b.command.verb is Verb.APPROVE and all(_after(b.comment, o.comment) for o in reversed(objections))
    ]
    return denials or approvals[-1:]


def _last_fresh(ballots: Iterable[_Ballot], deadline: datetime) -> dict[int, Comment]:
    """Return each person's last untouched command in time."""
    return {
        ballot.member.person.id: ballot.comment
        for ballot in ballots
        if ballot.why is Why.COUNTS and ballot.member is not None and _untouched(ballot.comment, deadline)
    }


def _fate(
    ballot: _Ballot,
    rule: Rule,
    thread: Thread,
    now: datetime,
    standing: Sequence[_Ballot],
    last: Mapping[int, Comment],
    *,
    enough: bool,
) -> Why:
    """Say what became of a vote once all are known."""
    deadline = thread.opened_at + rule.window
    if ballot.why is not Why.COUNTS or ballot.member is None:
        return ballot.why
    if ballot.command.verb is Verb.REVOKE:
        person = ballot.member.person
        left = _after(last.get(person.id, ballot.comment), ballot.comment) or any(
            b.member is not None and b.member.person == person for b in standing
        )
        flaw = _flaw(ballot.comment, None, thread, deadline)
        return Why.COUNTS if not left else Why.SUPERSEDED if flaw is Why.COUNTS else flaw
    if ballot not in standing:
        return Why.SUPERSEDED
    if ballot.command.verb is Verb.DENY and not _heard(ballot, deadline, enough=enough):
        return Why.LATE
    if ballot.command.verb is Verb.APPROVE:
        return Why.COUNTS if quorum.decides(rule, ballot.member.roles) else Why.INDECISIVE
    bare = rule.denial_needs_reason and not ballot.command.note
    return Why.NEEDS_REASON if bare and now < deadline else Why.COUNTS


def _heard(denial: _Ballot, deadline: datetime, *, enough: bool) -> bool:
    """Tell whether a denial stops anything: one that is late only stops an approval."""
    return enough or denial.comment.created_at <= deadline


def _vote(ballot: _Ballot, why: Why) -> Vote:
    return Vote(
        comment_id=ballot.comment.id,
        person=ballot.comment.author,
        verb=ballot.command.verb,
        note=ballot.command.note,
        at=ballot.comment.created_at,
        why=why,
    )


def _holds(
    members: dict[int, Member], thread: Thread, ballots: Sequence[_Ballot], deadline: datetime
) -> tuple[Hold, ...]:
    """Find the eligible people who must speak again before anything is approved.

    That is whose comment somebody else edited or deleted, and whose comment
    has a past that cannot be read: it may have been a denial, so talk is not
    enough then, unless its author alone deleted it.
    """
    spoke = _last_words(comment for comment in thread.comments if speaks(comment, deadline))
    answered = _last_words(b.comment for b in ballots if _fresh(b.comment, deadline))
    holds = []
    for comment in sorted(thread.comments, key=lambda comment: comment.id):
        author = comment.author
        member = members.get(author.id) if author else None
        touched = comment.touched_at or comment.created_at
        if author is None or member is None or not member.may_deny:
            continue
        by_others, unread = _touched_by_others(comment), None in comment.texts
        answer = unread and (by_others or comment.deletion is None)
        last = (answered if answer else spoke).get(author.id)
        if (by_others or unread) and (last is None or last <= touched):
            by = next((t.by for t in reversed(comment.touches) if t.by != author.id), None)
            holds.append(Hold(person=author, comment_id=comment.id, by=by, at=touched, answer=answer))
    return tuple(holds)


def speaks(comment: Comment, deadline: datetime) -> bool:
    """Tell whether somebody is heard by a comment at all, be it talk, as whoever must speak again has to."""
    return comment.deletion is None and not comment.via_app and comment.created_at <= deadline


def _last_words(comments: Iterable[Comment]) -> dict[int, datetime]:
    """Return when each person last wrote one of these."""
    last: dict[int, datetime] = {}
    for comment in comments:
        if comment.author is not None:
            before = last.get(comment.author.id, comment.created_at)
            last[comment.author.id] = max(before, comment.created_at)
    return last


def _checks(rule: Rule, members: dict[int, Member], thread: Thread, deadline: datetime) -> tuple[Check, ...]:
    """Say of each item whether somebody ticked it who may; where no box was read none is ticked."""
    unread = [Box(there=True)] * (len(rule.checklist) - len(thread.boxes))
    return tuple(
        _check(item, box, members, deadline)
        for item, box in zip(rule.checklist, (*thread.boxes, *unread), strict=False)
    )


def _check(item: str, box: Box, members: dict[int, Member], deadline: datetime) -> Check:
    touch = box.touch
    by = members.get(touch.by) if touch and touch.by is not None else None
    lack = None
    if not box.there:
        lack = Lack.GONE
    elif touch is None:
        lack = Lack.OPEN
    elif touch.by is None:
        lack = Lack.UNKNOWN
    elif by is None or not by.may_approve:
        lack = Lack.STRANGER
    elif touch.at > deadline:
        lack = Lack.LATE
    return Check(item=item, by=by.person if by else None, at=touch.at if touch else None, lack=lack)


def _sentence(
    rule: Rule,
    pending: Decision,
    end: tuple[Outcome | None, Code | None],
    denials: Sequence[_Ballot],
    closure: Closure | None,
) -> str:
    outcome, code = end
    approvers, deniers = names(pending.approvers), names(pending.deniers)
    given = counted(pending.tally)
    if outcome is Outcome.APPROVED:
        single = names(member for member in pending.approvers if quorum.alone(rule, member))
        who = ", who" if single == approvers else f"; {single}"
        return f"Approved by {approvers}{f'{who} may approve alone' if code is Code.APPROVED_ALONE else ''}."
    if code is Code.DENIED:
        return f"Denied by {deniers}."
    if code is Code.DENIED_WITHOUT_REASON:
        return f"Denied by {deniers}, who gave no reason before the window closed."
    if code is Code.ISSUE_CLOSED:
        what = ", which is a denial here" if outcome is Outcome.DENIED else ""
        closer = f" by {closure.by.login}" if closure and closure.by else ""
        return f"The approval issue was closed{closer} with {given}{what}."
    if code is Code.REPLACED:
        return f"The gate's own account closed the approval issue with {given}: a re-run replaced it."
    if outcome is Outcome.TIMED_OUT:
        held = _held(pending) if pending.tally.met else ()
        return " ".join((f"The window closed with {given}{_vacant(pending.tally)}.", *held))
    if denials:
        return (
            f"{deniers} denied without a reason; it is a denial at the deadline, or once the reason is given."
        )
    if pending.tally.met:
        return " ".join(_held(pending))
    return " ".join((f"{given}; {_who_can(rule, pending)}.", *_held(pending)))


def _held(pending: Decision) -> Iterator[str]:
    """Say what keeps a quorum from approving."""
    people = list(dict.fromkeys(hold.person.login for hold in pending.holds))
    if people:
        whose = (
            f"Comments of {_join(people, 'and')} were" if len(people) > 1 else f"A comment of {people[0]} was"
        )
        speak = "answer" if any(hold.answer for hold in pending.holds) else "comment"
        speak = speak if len(people) > 1 else f"{speak}s"
        yield f"{whose} edited or deleted; approval waits until {_join(people, 'and')} {speak} again."
    if pending.lacking:
        count, of = len(pending.lacking), len(pending.checks)
        yield f"{count} of {of} checklist items {'is' if count == 1 else 'are'} still open."


def counted(tally: Tally) -> str:
    """Say how many approvals there are of how many: ``1 of 2 approvals``."""
    return f"{tally.filled} of {tally.needed} approval{'s' if tally.needed != 1 else ''}"


def _vacant(tally: Tally) -> str:
    """Say how many of what is missing had to come from which roles."""
    counts = Counter(tally.vacant)
    whose = [f"{count} from {_join(seat, 'or')}" for seat, count in counts.items()]
    return f"; {_join(whose, 'and')} {'is' if len(tally.vacant) == 1 else 'are'} missing" if whose else ""


def _who_can(rule: Rule, pending: Decision) -> str:
    """Say which approvals are missing, and who of the awaited could give them."""
    awaited, missing, begun = pending.awaited, pending.tally.missing, pending.tally.filled > 0
    found = quorum.openings(rule, pending.approvers, awaited)
    if not quorum.tally(rule, [*pending.approvers, *awaited]).met:
        roles = next((_join(o.seat, "or") for o in found if o.seat and not o.candidates), "")
        who = f"only {_join(_logins(awaited), 'or')}" if awaited and not roles else "nobody"
        return f"{who} can still approve{f' as {roles}' if roles else ''}, so it cannot be reached"
    parts = []
    for opening in found:
        direct = [member for member in opening.candidates if quorum.fits(opening.seat, member.roles)]
        roles = f" as {_join(opening.seat, 'or')}" if opening.seat and direct else ""
        who = _join(_logins(direct or opening.candidates), "or")
        parts.append(f"{who} can give {_share(opening, missing, begun=begun)}{roles}")
    single = [m for m in awaited if quorum.alone(rule, m) and (missing > 1 or m not in found[0].candidates)]
    alone = f", {_join(_logins(single), 'or')} alone" if single else ""
    return f"{'; '.join(parts)}{alone}"


def _share(opening: quorum.Opening, missing: int, *, begun: bool) -> str:
    """Say how much of what is missing these seats are: ``it``, ``the other``, ``the 2 more``, ``one``."""
    if opening.count < missing:
        some = "one" if opening.count == 1 else str(opening.count)
        rest = "the other" if opening.count == 1 else f"the other {opening.count}"
        return some if opening.seat else rest
    if missing == 1:
        return "the other" if begun else "it"
    return f"the {missing}{' more' if begun else ''}"


def _logins(members: Iterable[Member]) -> list[str]:
    return [member.person.login for member in members]


def names(members: Iterable[Member]) -> str:
    """Join people's logins as prose: ``ann, bob and cid``."""
    return _join(_logins(members), "and")


def _join(words: Iterable[str], conjunction: str) -> str:
    return join(words, conjunction, rest="others")
