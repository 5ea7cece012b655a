"""From the thread as read to the decision, with every vote explained.

Two ideas carry it. An approval counts only while it is fresh: written in
time, by somebody who may, never touched, with nothing of the same person's
against it. An objection stands, whatever was done to it, until its author
gives a fresh command after the last touch. So tampering can only make the
outcome worse, and nothing that comes late can approve.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from approval_gate.core import quorum, wording
from approval_gate.core.commands import Command, Reading, Verb, begins_as_command, parse, read
from approval_gate.core.model import (
    Box,
    Code,
    Comment,
    Member,
    Outcome,
    Person,
    Revision,
    Rule,
    Thread,
    Touch,
    Vocabulary,
)
from approval_gate.core.verdict import Check, Decision, Ground, Lack, Objection, Vote, Why


@dataclass(frozen=True, slots=True, eq=False)
class _Statement:
    """A comment, read: the command in it, if any, and the objection, if any.

    Attributes:
        member: its author as a member, in the roles in which this approval counts.
        why: why the command does not count by itself; it may still turn out superseded.
        cause: the modification that keeps it from counting, if one does.
    """

    comment: Comment
    member: Member | None
    command: Command | None
    why: Why
    cause: Touch | None
    objection: Objection | None

    @property
    def verb(self) -> Verb | None:
        """The verb of the command."""
        return self.command.verb if self.command else None


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
    statements = list(_statements(rule, members, thread))
    minds = _minds(rule, statements, deadline)
    given = [mind.approval for mind in minds.values() if mind.approval is not None]
    given.sort(key=lambda statement: statement.comment.id)
    approvers = tuple(statement.member for statement in given if statement.member)
    tally = quorum.tally(rule, approvers)
    objections = tuple(
        objection
        for statement in statements
        if (objection := statement.objection) is not None
        and statement in minds[objection.person.id].objections
        and (tally.met or _in_time(statement.comment, deadline))
    )
    approving = {member.person.id for member in approvers}
    # In the order of each person's last denial.
    denying = [*dict.fromkeys(it.person.id for it in reversed(objections) if it.denies)][::-1]
    pending = Decision(
        outcome=None,
        code=None,
        reason="",
        votes=tuple(_votes(rule, statements, minds, objections, now, deadline)),
        approvers=approvers,
        tally=tally,
        objections=objections,
        deniers=tuple(members[identity] for identity in denying),
        awaited=tuple(
            m for m in roster if m.may_approve and m.person.id not in {*approving, *denying, thread.author_id}
        ),
        checks=_checks(rule, members, thread, deadline),
        deadline=deadline,
    )
    outcome, code = _outcome(rule, thread, pending, members, now)
    if outcome is Outcome.DENIED and code is Code.ISSUE_CLOSED and thread.closure and thread.closure.by:
        pending = replace(pending, deniers=(members[thread.closure.by.id],))
    ended = replace(pending, outcome=outcome, code=code)
    return replace(ended, reason=wording.reason(rule, ended, thread.closure))


def _outcome(
    rule: Rule, thread: Thread, pending: Decision, members: Mapping[int, Member], now: datetime
) -> tuple[Outcome | None, Code | None]:
    over = now >= pending.deadline
    grounds = {objection.ground for objection in pending.objections}
    if Ground.DENIED in grounds:
        return Outcome.DENIED, Code.DENIED
    if thread.closure is not None:
        closer = thread.closure.by
        if closer is not None and closer.id == thread.author_id:
            return Outcome.CANCELLED, Code.REPLACED
        member = members.get(closer.id) if closer else None
        if rule.closing_denies and member is not None and member.may_deny:
            return Outcome.DENIED, Code.ISSUE_CLOSED
        return Outcome.CANCELLED, Code.ISSUE_CLOSED
    if over and Ground.NO_REASON in grounds:
        return Outcome.DENIED, Code.DENIED_WITHOUT_REASON
    if pending.tally.met and not pending.objections and not pending.lacking:
        return Outcome.APPROVED, Code.APPROVED_ALONE if pending.tally.missing else Code.QUORUM
    if over:
        return Outcome.TIMED_OUT, Code.WINDOW_CLOSED
    return None, None


# Reading comments ----------------------------------------------------------------------


def _statements(rule: Rule, members: Mapping[int, Member], thread: Thread) -> Iterator[_Statement]:
    """Read the comments in their order; talk is left out."""
    deadline = thread.opened_at + rule.window
    before: Comment | None = None
    for comment in sorted(thread.comments, key=lambda comment: comment.id):
        member = members.get(comment.author.id) if comment.author else None
        if member is None:
            statement = _of_a_stranger(rule, thread, comment)
        else:
            statement = _statement(rule, member, thread, comment, before, deadline)
        if statement.command is not None or statement.objection is not None:
            yield statement
        if comment.id and not (comment.author and comment.author.bot):
            before = comment


def _of_a_stranger(rule: Rule, thread: Thread, comment: Comment) -> _Statement:
    """Read a comment of somebody who has no voice: of a flood only commands are looked for."""
    original = comment.revisions[0].text or ""
    command = parse(original, rule.vocabulary) if begins_as_command(original, rule.vocabulary) else None
    return _Statement(comment, None, command, _standing_to_speak(comment, None, thread), None, None)


def _is_asked(comment: Comment, before: Comment | None, vocabulary: Vocabulary) -> bool:
    """Tell whether another person asked something just before, which a `yes` or a `no` may answer."""
    if before is None or before.author is None or comment.author is None:
        return False
    return before.author.id != comment.author.id and any(
        reading.asks for _, reading in _readings(before, vocabulary)
    )


def _statement(
    rule: Rule, member: Member, thread: Thread, comment: Comment, before: Comment | None, deadline: datetime
) -> _Statement:
    command, bare = _own_command(comment, rule.vocabulary)
    answer = bare and _is_asked(comment, before, rule.vocabulary)
    why, cause = _standing_to_speak(comment, member, thread), None
    objection = None
    if why is Why.COUNTS:
        objection = _objection(rule, comment, member, command, answer=answer)
    if answer and command is not None and command.verb is Verb.DENY:
        command = None
    if command is not None and command.verb is Verb.APPROVE and why is Why.COUNTS:
        acting = quorum.acting(rule, member, command.note)
        why, cause = _approval_problem(rule, comment, member, thread, deadline)
        if why is Why.COUNTS and answer:
            why = Why.ANSWERS_QUESTION
        if why is Why.COUNTS and objection is not None:
            why = Why.OBJECTS
        if why is Why.COUNTS and member.roles and not acting.roles:
            why = Why.UNJUSTIFIED
        member = acting
    return _Statement(comment, member, command, why, cause, objection)


def _readings(comment: Comment, vocabulary: Vocabulary) -> list[tuple[Revision, Reading]]:
    return [(it, read(it.text, vocabulary)) for it in comment.revisions if it.text is not None]


def _is_own(revision: Revision, comment: Comment) -> bool:
    """Tell whether a comment's author wrote this text of it; an unknown editor may be anybody."""
    if revision is comment.revisions[0]:
        return True
    return comment.author is not None and revision.by is not None and revision.by.id == comment.author.id


def _own_command(comment: Comment, vocabulary: Vocabulary) -> tuple[Command | None, bool]:
    """Read a comment as the command that its author gave with it, and tell whether by a mere yes or no.

    Of all its texts the one that stops counts: a denial that was edited into
    talk, or into an approval, is still a denial. The reason is the last given.
    What somebody else wrote into it is no command of the author's.
    """
    found = [
        (reading.command, reading.bare_answer)
        for revision, reading in _readings(comment, vocabulary)
        if reading.command is not None and _is_own(revision, comment)
    ]
    for verb in (Verb.DENY, Verb.REVOKE, Verb.APPROVE):
        said = [(command, bare) for command, bare in found if command.verb is verb]
        if said:
            return next(((command, bare) for command, bare in reversed(said) if command.note), said[-1])
    return None, False


def _objection(
    rule: Rule, comment: Comment, member: Member, command: Command | None, *, answer: bool
) -> Objection | None:
    """Return what a listed person's comment objects, whoever wrote that into it; None if nothing."""
    at = comment.touched_at or comment.created_at

    def objection(ground: Ground, text: str | None = None, by: Person | None = None) -> Objection:
        return Objection(person=member.person, comment_id=comment.id, ground=ground, at=at, text=text, by=by)

    if command is not None and command.verb is Verb.DENY and not answer and member.may_deny:
        bare = rule.denial_needs_reason and not command.note
        return objection(Ground.NO_REASON if bare else Ground.DENIED, command.note)
    for revision, reading in reversed(_readings(comment, rule.vocabulary)):
        denies = reading.command is not None and reading.command.verb is Verb.DENY
        if _is_own(revision, comment):
            if reading.objection is not None or denies:
                return objection(Ground.WORDS, reading.objection)
        elif reading.objection is not None or (reading.command and reading.command.verb is not Verb.APPROVE):
            return objection(Ground.EDITED_BY_OTHERS, reading.objection, revision.by)
    if None in comment.texts and not _deleted_by_author(comment):
        by = comment.deletion.by if comment.deletion else None
        return objection(Ground.UNREAD, by=by)
    return None


def _deleted_by_author(comment: Comment) -> bool:
    """Tell whether the author alone deleted it unread: what one takes back oneself holds nothing."""
    by = comment.deletion.by if comment.deletion and not comment.id else None
    return by is not None and comment.author is not None and by.id == comment.author.id


def _standing_to_speak(comment: Comment, member: Member | None, thread: Thread) -> Why:
    """Say why this person has no voice at all, neither for nor against."""
    if comment.author is None:
        return Why.GHOST
    if comment.author.bot:
        return Why.BOT
    if member is None:
        return Why.OWN_ACCOUNT if comment.author.id == thread.author_id else Why.NOT_LISTED
    return Why.COUNTS if member.may_object else Why.BOT


def _approval_problem(
    rule: Rule, comment: Comment, member: Member, thread: Thread, deadline: datetime
) -> tuple[Why, Touch | None]:
    """Say why an approval does not count, and what was done to it if that is the cause."""
    if member.bar is not None:
        return Why(member.bar.value), None
    if comment.author is not None and comment.author.id == thread.author_id:
        return Why.OWN_ACCOUNT, None
    problem = _freshness_problem(rule, comment, deadline)
    if problem is not None:
        return problem
    changed = thread.changed
    if changed is not None and comment.created_at <= changed.at:
        return Why.BEFORE_CHANGE, changed
    return Why.COUNTS, None


def _freshness_problem(rule: Rule, comment: Comment, deadline: datetime) -> tuple[Why, Touch | None] | None:
    """Say why a command is not fresh: in time, untouched, visible, in the author's own hand."""
    others = _touch_by_others(comment)
    problems = (
        (comment.via_app, Why.VIA_APP, None),
        (comment.via_email and not rule.email_votes, Why.VIA_EMAIL, None),
        (comment.deletion is not None, Why.DELETED, comment.deletion),
        (others is not None, Why.TAMPERED, others),
        (bool(comment.touches), Why.EDITED, next(reversed(comment.touches), None)),
        (comment.hidden, Why.HIDDEN, None),
        (not _in_time(comment, deadline), Why.LATE, None),
        (not comment.agreed, Why.UNCONFIRMED, None),
    )
    return next(((why, cause) for wrong, why, cause in problems if wrong), None)


def _touch_by_others(comment: Comment) -> Touch | None:
    """Return the last edit or deletion by somebody who is not the author, or who is unknown."""
    author = comment.author
    return next(
        (it for it in reversed(comment.touches) if author is None or it.by is None or it.by.id != author.id),
        None,
    )


def _in_time(comment: Comment, deadline: datetime) -> bool:
    return comment.created_at <= deadline


def _is_after(later: _Statement, earlier: _Statement) -> bool:
    """Tell whether one comment was written after the other was last touched."""
    touched = earlier.comment.touched_at
    return later.comment.id > earlier.comment.id and (touched is None or later.comment.created_at > touched)


# What each person says, all in all ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mind:
    """What one person's statements come to.

    Attributes:
        objections: those that stand.
        approval: the one that counts, if any.
        answer: the last fresh command.
    """

    objections: frozenset[_Statement]
    approval: _Statement | None
    answer: _Statement | None


def _minds(rule: Rule, statements: Sequence[_Statement], deadline: datetime) -> dict[int, _Mind]:
    said: dict[int, list[_Statement]] = defaultdict(list)
    for statement in statements:
        if statement.member is not None and statement.why is not Why.BOT:
            said[statement.member.person.id].append(statement)
    return {identity: _mind(rule, all_of_it, deadline) for identity, all_of_it in said.items()}


def _mind(rule: Rule, said: Sequence[_Statement], deadline: datetime) -> _Mind:
    """Say what stands of all that one person said, from the first to the last.

    Times ascend with ids, so the last fresh command of each verb lifts whatever an earlier one lifts.
    """
    fresh = {
        statement.verb: statement
        for statement in said
        if statement.why is Why.COUNTS
        and statement.command is not None
        and _freshness_problem(rule, statement.comment, deadline) is None
    }
    approval = fresh.get(Verb.APPROVE)
    objecting = [statement for statement in said if statement.objection is not None]
    against = [*objecting, *(statement for statement in said if statement.verb is Verb.REVOKE)]
    if approval is not None and not all(_is_after(approval, other) for other in against):
        approval = None
    return _Mind(
        objections=frozenset(
            statement for statement in objecting if not any(_lifts(it, statement) for it in fresh.values())
        ),
        approval=approval,
        answer=max(fresh.values(), key=lambda statement: statement.comment.id, default=None),
    )


def _lifts(answer: _Statement, objecting: _Statement) -> bool:
    """Tell whether a fresh command answers an objection; a denial leaves an earlier one its reason."""
    both_deny = answer.verb is Verb.DENY and objecting.verb is Verb.DENY
    return not both_deny and _is_after(answer, objecting)


# Votes and checks ----------------------------------------------------------------------


def _votes(
    rule: Rule,
    statements: Sequence[_Statement],
    minds: Mapping[int, _Mind],
    objections: Sequence[Objection],
    now: datetime,
    deadline: datetime,
) -> Iterator[Vote]:
    heard = {objection.comment_id: objection for objection in objections}
    for statement in statements:
        command, comment, member = statement.command, statement.comment, statement.member
        if command is None:
            continue
        why = statement.why
        if why is Why.COUNTS and member is not None:
            mind = minds[member.person.id]
            why = _final_status(rule, statement, mind, heard.get(comment.id), now, deadline)
        yield Vote(
            comment_id=comment.id,
            person=comment.author,
            verb=command.verb,
            note=command.note,
            at=comment.created_at,
            why=why,
            cause=statement.cause,
        )


def _final_status(
    rule: Rule,
    statement: _Statement,
    mind: _Mind,
    objection: Objection | None,
    now: datetime,
    deadline: datetime,
) -> Why:
    """Say what became of a vote that is well-formed by itself, once all are known."""
    assert statement.member is not None  # noqa: S101 - a vote that counts by itself has a member
    if statement.verb is Verb.APPROVE:
        if statement is not mind.approval:
            return Why.SUPERSEDED
        return Why.COUNTS if quorum.decides(rule, statement.member.roles) else Why.INDECISIVE
    if statement.verb is Verb.REVOKE:
        return _status_of_revocation(rule, statement, mind, deadline)
    if statement not in mind.objections:
        return Why.SUPERSEDED
    if objection is None:
        return Why.LATE
    if not objection.denies:
        return Why.NO_WRITE
    return Why.NEEDS_REASON if objection.ground is Ground.NO_REASON and now < deadline else Why.COUNTS


def _status_of_revocation(rule: Rule, statement: _Statement, mind: _Mind, deadline: datetime) -> Why:
    """Say whether a revocation is what its author said last."""
    later = mind.answer is not None and _is_after(mind.answer, statement)
    if later or (mind.answer is not statement and (mind.approval or mind.objections)):
        problem = None if later else _freshness_problem(rule, statement.comment, deadline)
        return problem[0] if problem else Why.SUPERSEDED
    return Why.COUNTS


def _checks(
    rule: Rule, members: Mapping[int, Member], thread: Thread, deadline: datetime
) -> tuple[Check, ...]:
    """Say of each item whether somebody ticked it who may; where no box was read none is ticked."""
    unread = [Box(there=True)] * (len(rule.checklist) - len(thread.boxes))
    return tuple(
        _check(item, box, members, deadline)
        for item, box in zip(rule.checklist, (*thread.boxes, *unread), strict=False)
    )


def _check(item: str, box: Box, members: Mapping[int, Member], deadline: datetime) -> Check:
    touch = box.touch
    by = members.get(touch.by.id) if touch and touch.by is not None else None
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
