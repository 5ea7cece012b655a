"""Decides what a thread comes to, and explains every vote.

Two rules make it safe. An approval counts only while it is fresh: in time,
by somebody who can approve, never modified, and not contradicted by the same
person. An objection holds, even if it is edited or deleted, until its author
gives a fresh command after its last modification. So tampering can only make
the outcome worse, and nothing that arrives late can approve.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from approval_gate.core import outcomes, quorum, wording
from approval_gate.core.commands import Verb
from approval_gate.core.conditions.assess import assess
from approval_gate.core.facts import NO_FACTS, Facts
from approval_gate.core.model import Code, Member, Outcome, Rule, Thread
from approval_gate.core.statements import Statement, is_after, near_misses, statements_in
from approval_gate.core.verdict import (
    Check,
    Decision,
    Ground,
    ItemProblem,
    Objection,
    Verdict,
    Vote,
    VoteStatus,
)


def decide(
    rule: Rule, roster: Sequence[Member], thread: Thread, now: datetime, facts: Facts = NO_FACTS
) -> Decision:
    """Decide what a thread comes to at one moment by GitHub's clock, and why. Total: it raises nothing.

    The roster includes the people who are barred.
    """
    hearing = hear(rule, roster, thread)
    verdict = judge(rule, hearing, roster, thread, now, facts)
    votes = tuple(_votes(rule, hearing, verdict.objections, over=now >= verdict.deadline))
    needs = wording.needs(rule, verdict)
    ended = verdict.outcome is not None
    return Decision(
        outcome=verdict.outcome,
        code=verdict.code,
        approvers=verdict.approvers,
        tally=verdict.tally,
        objections=verdict.objections,
        deniers=verdict.deniers,
        awaited=verdict.awaited,
        checks=verdict.checks,
        assessments=verdict.assessments,
        opened_at=verdict.opened_at,
        deadline=verdict.deadline,
        reason=outcomes.why(rule, verdict, thread.closing) if ended else wording.pending(verdict, needs),
        votes=votes,
        needs=needs,
        near_misses=tuple(near_misses(rule, hearing.members, thread, {vote.comment_id for vote in votes})),
        lifted=hearing.lifted,
    )


def judge(
    rule: Rule, hearing: "Hearing", roster: Sequence[Member], thread: Thread, now: datetime, facts: Facts
) -> Verdict:
    """Decide what was heard comes to at one moment, without the reasons."""
    deadline = thread.opened_at + rule.window
    members = hearing.members
    given = [stance.approval for stance in hearing.stances.values() if stance.approval]
    given.sort(key=lambda statement: statement.comment.id)
    approvers = tuple(statement.member for statement in given if statement.member)
    tally = quorum.tally(rule, approvers)
    objections = tuple(objection for at, objection in hearing.holding if tally.met or at <= deadline)
    checks = tuple(_checks(rule, members, thread, deadline))
    assessments = tuple(assess(condition, facts, now, deadline) for condition in rule.conditions)
    verified = not any(it.holds_back for it in assessments)
    enough = tally.met and verified and all(check.problem is None for check in checks)
    outcome, code = _outcome(
        rule, thread, members, objections, tally if enough else None, over=now >= deadline
    )
    # Ordered by each person's last denial.
    denying = [*dict.fromkeys(it.person.id for it in reversed(objections) if it.denies)][::-1]
    if outcome is Outcome.DENIED and code is Code.ISSUE_CLOSED and thread.closing and thread.closing.by:
        denying = [thread.closing.by.id]
    answered = {thread.author_id, *denying, *(member.person.id for member in approvers)}
    return Verdict(
        outcome=outcome,
        code=code,
        approvers=approvers,
        tally=tally,
        objections=objections,
        deniers=tuple(members[identity] for identity in denying),
        awaited=tuple(member for member in roster if member.may_approve and member.person.id not in answered),
        checks=checks,
        assessments=assessments,
        opened_at=thread.opened_at,
        deadline=deadline,
    )


def _outcome(
    rule: Rule,
    thread: Thread,
    members: Mapping[int, Member],
    objections: Sequence[Objection],
    enough: quorum.Tally | None,
    *,
    over: bool,
) -> tuple[Outcome | None, Code | None]:
    """Return how it ends, if it does; ``enough`` are the approvals, if they and the checklist suffice."""
    grounds = {objection.ground for objection in objections}
    if Ground.DENIED in grounds:
        return Outcome.DENIED, Code.DENIED
    if thread.closing is not None:
        closer = thread.closing.by
        if closer is not None and closer.id == thread.author_id:
            return Outcome.CANCELLED, Code.REPLACED
        member = members.get(closer.id) if closer else None
        if rule.closing_denies and member is not None and member.may_deny:
            return Outcome.DENIED, Code.ISSUE_CLOSED
        return Outcome.CANCELLED, Code.ISSUE_CLOSED
    if over and Ground.NO_REASON in grounds:
        return Outcome.DENIED, Code.DENIED_WITHOUT_REASON
    if enough is not None and not objections:
        return Outcome.APPROVED, Code.APPROVED_ALONE if enough.missing else Code.QUORUM
    if over:
        return Outcome.TIMED_OUT, Code.WINDOW_CLOSED
    return None, None


# What each person says ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stance:
    """What one person's statements come to: the objections that hold, the approval that counts, if any.

    ``fresh`` are the commands that are fresh, the last of each verb.
    """

    objections: frozenset[Statement]
    approval: Statement | None
    fresh: Collection[Statement]

    @property
    def answer(self) -> Statement | None:
        """The last fresh command."""
        return max(self.fresh, key=lambda statement: statement.comment.id, default=None)


@dataclass(frozen=True, slots=True)
class Hearing:
    """What everybody says, whenever it is judged.

    Attributes:
        members: the roster by id.
        statements: what the comments say, in order.
        stances: what each person's statements come to, by id.
        holding: the objections that are not lifted, in order, each with the time of its comment.
        lifted: the objections that their authors lifted.
    """

    members: Mapping[int, Member]
    statements: Sequence[Statement]
    stances: Mapping[int, _Stance]
    holding: Sequence[tuple[datetime, Objection]]
    lifted: tuple[Objection, ...]


def hear(rule: Rule, roster: Sequence[Member], thread: Thread) -> Hearing:
    """Read a thread: what everybody says, and what each person's statements come to."""
    members = {member.person.id: member for member in roster}
    statements = list(statements_in(rule, members, thread))
    said: dict[int, list[Statement]] = defaultdict(list)
    for statement in statements:
        if statement.member is not None and statement.status is not VoteStatus.BOT:
            said[statement.member.person.id].append(statement)
    stances = {identity: _stance(all_of_it) for identity, all_of_it in said.items()}
    holding, lifted = [], []
    for statement in statements:
        if (objection := statement.objection) is None:
            continue
        if statement in stances[objection.person.id].objections:
            holding.append((statement.comment.created_at, objection))
        else:
            lifted.append(objection)
    return Hearing(members, statements, stances, holding, tuple(lifted))


def _stance(said: Sequence[Statement]) -> _Stance:
    """Reduce one person's statements, in the order of their comments, to what counts.

    Times ascend with ids, so the last fresh command of a verb lifts everything that earlier ones lift.
    """
    fresh = {
        statement.verb: statement
        for statement in said
        if statement.status is VoteStatus.COUNTS and statement.command and statement.stale is None
    }
    approval = fresh.get(Verb.APPROVE)
    objecting = [statement for statement in said if statement.objection is not None]
    against = [it for it in said if it.objection is not None or it.verb is Verb.REVOKE]
    if approval is not None and not all(is_after(approval, other) for other in against):
        approval = None
    return _Stance(
        objections=frozenset(
            statement for statement in objecting if not any(_lifts(it, statement) for it in fresh.values())
        ),
        approval=approval,
        fresh=fresh.values(),
    )


def _lifts(answer: Statement, objecting: Statement) -> bool:
    """Whether a fresh command lifts an objection; a denial lifts no other, which can have the reason."""
    both_deny = answer.verb is Verb.DENY and objecting.verb is Verb.DENY
    return not both_deny and is_after(answer, objecting)


# Votes and checks ----------------------------------------------------------------------


def _votes(rule: Rule, hearing: Hearing, objections: Sequence[Objection], *, over: bool) -> Iterator[Vote]:
    by_comment = {objection.comment_id: objection for objection in objections}
    for statement in hearing.statements:
        command, comment, member = statement.command, statement.comment, statement.member
        if command is None:
            continue
        status = statement.status
        if status is VoteStatus.COUNTS and member is not None:
            objection = by_comment.get(comment.id)
            stance = hearing.stances[member.person.id]
            status = _final_status(rule, statement, stance, objection, over=over)
        yield Vote(
            comment_id=comment.id,
            person=comment.author,
            verb=command.verb,
            note=command.note,
            at=comment.created_at,
            status=status,
            cause=statement.cause,
        )


def _final_status(
    rule: Rule, statement: Statement, stance: _Stance, objection: Objection | None, *, over: bool
) -> VoteStatus:
    """Return the status of a vote that is valid by itself, given everything else that was said."""
    assert statement.member is not None  # noqa: S101 - a vote that counts by itself has a member
    if statement.verb is Verb.APPROVE:
        if statement is not stance.approval:
            return VoteStatus.SUPERSEDED
        return VoteStatus.COUNTS if quorum.decides(rule, statement.member.roles) else VoteStatus.INDECISIVE
    if statement.verb is Verb.REVOKE:
        return _revocation_status(statement, stance)
    if statement not in stance.objections:
        return VoteStatus.SUPERSEDED
    if objection is None:
        return VoteStatus.LATE
    if not objection.denies:
        return VoteStatus.NO_WRITE
    waits = objection.ground is Ground.NO_REASON and not over
    return VoteStatus.NEEDS_REASON if waits else VoteStatus.COUNTS


def _revocation_status(statement: Statement, stance: _Stance) -> VoteStatus:
    """Return the status of a revocation, which counts while nothing else of its author's does."""
    answer = stance.answer
    if answer is not None and is_after(answer, statement):
        return VoteStatus.SUPERSEDED
    if answer is not statement and (stance.approval or stance.objections):
        return statement.stale or VoteStatus.SUPERSEDED
    return VoteStatus.COUNTS


def _checks(rule: Rule, members: Mapping[int, Member], thread: Thread, deadline: datetime) -> Iterator[Check]:
    """Check that each item was ticked by somebody who can approve; unread items count as not ticked."""
    for item, box in zip_longest(rule.checklist, thread.checklist_items[: len(rule.checklist)]):
        tick = box.modification if box else None
        by = members.get(tick.by.id) if tick and tick.by else None
        problem = None
        if box and not box.there:
            problem = ItemProblem.GONE
        elif tick is None:
            problem = ItemProblem.OPEN
        elif tick.by is None:
            problem = ItemProblem.UNKNOWN
        elif by is None or not by.may_approve:
            problem = ItemProblem.STRANGER
        elif tick.at > deadline:
            problem = ItemProblem.LATE
        yield Check(item=item, by=by.person if by else None, at=tick.at if tick else None, problem=problem)
