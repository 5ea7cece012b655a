"""How a run ends, derived from everything that it read: by the gate itself, and again from its record."""

from dataclasses import dataclass
from datetime import timedelta

from approval_gate.core import quorum
from approval_gate.core.commands import Verb
from approval_gate.core.conditions.sources import sources
from approval_gate.core.decision import decide
from approval_gate.core.ending import Ending, as_ended, ended, stopped, unasked
from approval_gate.core.facts import Facts
from approval_gate.core.model import Member, Outcome
from approval_gate.core.record.model import (
    Account,
    Approver,
    Confirmation,
    DecisionInputs,
    Derived,
    Initiators,
    Inputs,
    StatedCheck,
    StatedCondition,
    StatedDecision,
    StatedObjection,
    StatedVote,
    StopSignal,
)
from approval_gate.core.verdict import Decision, Vote, slug


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What people were asked about, which a confirmation must find unchanged; None if it is not known.

    Attributes:
        commit: of the run.
        policy: the document's digest; None without a document.
        issue_url: where they were asked.
    """

    commit: str | None = None
    policy: str | None = None
    issue_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a run ends, None while nothing has ended it; and what people decided, None if nobody was asked."""

    ending: Ending | None
    decision: Decision | None


def conclude(inputs: Inputs, about: Asked) -> Result:
    """Derive how a run ends. Total.

    An error ends it whatever people said, and a stop signal never as approved.
    Otherwise people decide; an approval needs a confirmation of all that it rests on.
    """
    asked = inputs.asked
    decision = decide(asked.rule, asked.roster, asked.thread, asked.now, asked.facts) if asked else None
    if inputs.error is not None:
        failed = inputs.error
        ending: Ending | None = Ending(
            outcome=Outcome.ERROR, code=failed.code, reason=failed.reason, exit_code=failed.exit_code
        )
    elif inputs.stopped is not None:
        ending, decision = _stopped(inputs, inputs.stopped, asked, decision)
    elif decision is None or (
        decision.outcome is Outcome.APPROVED and not is_confirmed(inputs, decision, about)
    ):
        ending = None
    else:
        ending = ended(decision, inputs.passing)
    if decision is not None:
        decision = as_ended(decision, ending.outcome if ending else None)
    return Result(ending=ending, decision=decision)


def _stopped(
    inputs: Inputs, stop: StopSignal, asked: DecisionInputs | None, decision: Decision | None
) -> tuple[Ending | None, Decision | None]:
    """Return how a stop signal ends a run, and its decision: near the deadline, the one there."""
    if asked is None:
        return unasked(stop.signal, opening=inputs.rule is not None), None
    elapsed = timedelta(seconds=stop.elapsed_seconds)
    last = stopped(asked.rule, asked.roster, asked.thread, elapsed, stop.signal, asked.facts)
    return ended(last, inputs.passing), decision if last.outcome is Outcome.CANCELLED else last


def rests_on(decision: Decision) -> set[int]:
    """Return the ids of those whose rights an approval depends on: they approved, or ticked the checklist."""
    return {
        *(member.person.id for member in decision.approvers),
        *(check.by.id for check in decision.checks if check.by),
    }


def is_confirmed(inputs: Inputs, decision: Decision, about: Asked) -> bool:
    """Whether all that an approval rests on was read again, and is what people were asked about."""
    confirmation = inputs.confirmation
    return (
        confirmation is not None
        and rests_on(decision) <= _still_listed(inputs.roster or (), confirmation)
        and is_current(decision, inputs.facts)
        and _still_names(confirmation, inputs.tags or (), about.commit)
        and (confirmation.policy and confirmation.policy.digest) == about.policy
    )


def is_current(decision: Decision, facts: Facts) -> bool:
    """Whether all that the required conditions rest on was read no earlier than the last approval."""
    required = (it.condition for it in decision.assessments if it.condition.required)
    read = [source.at for condition in required for source in sources(condition, facts)]
    return all(at >= vote.at for at in read for vote in decision.votes if _approves(vote))


def _still_listed(roster: tuple[Member, ...], confirmation: Confirmation) -> set[int]:
    """Return the ids of those of whom every role was read again."""
    read = {person.id: {it.role for it in person.membership} for person in confirmation.people}
    return {it.person.id for it in roster if it.person.id in read and read[it.person.id] >= {*it.roles}}


def _still_names(confirmation: Confirmation, tags: tuple[str, ...], commit: str | None) -> bool:
    """Whether every tag was read again, and each time it named the commit."""
    return {*tags} <= {it.name for it in confirmation.tags} and all(
        it.commit == commit for it in confirmation.tags
    )


# What a record states -------------------------------------------------------------------


def derived(inputs: Inputs, about: Asked) -> Derived:
    """Return everything in a record that follows from the rest of it."""
    result = conclude(inputs, about)
    ending, decision = result.ending, result.decision
    decided = decision is not None and decision.outcome is not None
    stated = None
    if decision is not None and inputs.rule is not None:
        seats = {member.person.id: role for member, role in quorum.seated(inputs.rule, decision.approvers)}
        approving = {vote.person.id: vote for vote in decision.votes if _approves(vote) and vote.person}
        approvers = tuple(
            Approver(
                id=member.person.id,
                login=member.login,
                roles=member.roles,
                decisive=seats[member.person.id] is not None,
                comment_id=approving[member.person.id].comment_id,
                url=_address(about.issue_url, approving[member.person.id].comment_id),
                at=approving[member.person.id].at,
            )
            for member in decision.approvers
        )
        stated = _stated(decision, approvers, inputs.initiators)
    return Derived(
        outcome=ending.outcome if ending else None,
        reason_code=ending.code if ending else None,
        reason=ending.reason if ending else None,
        exit_code=ending.exit_code if ending else None,
        decided_at=inputs.now if decided else None,
        decision=stated,
    )


def _approves(vote: Vote) -> bool:
    return vote.verb is Verb.APPROVE and vote.counts


def _address(issue_url: str | None, comment_id: int) -> str | None:
    return issue_url and f"{issue_url}#issuecomment-{comment_id}"


def _stated(
    decision: Decision, approvers: tuple[Approver, ...], initiators: Initiators | None
) -> StatedDecision:
    return StatedDecision(
        outcome=decision.outcome,
        reason_code=decision.code,
        reason=decision.reason,
        deadline=decision.deadline,
        approvers=approvers,
        denied_by=tuple(Account(id=member.person.id, login=member.login) for member in decision.deniers),
        votes=tuple(
            StatedVote(
                comment_id=vote.comment_id,
                person=vote.person,
                verb=vote.verb,
                note=vote.note,
                at=vote.at,
                status=slug(vote.status),
                cause=vote.cause,
                counts=vote.counts,
            )
            for vote in decision.votes
        ),
        objections=tuple(
            StatedObjection(
                person=it.person,
                comment_id=it.comment_id,
                ground=slug(it.ground),
                at=it.at,
                text=it.text,
                by=it.by,
            )
            for it in decision.objections
        ),
        checklist=tuple(
            StatedCheck(
                item=check.item, by=check.by, at=check.at, problem=check.problem and slug(check.problem)
            )
            for check in decision.checks
        ),
        conditions=tuple(
            StatedCondition(
                item=it.condition.item,
                required=it.condition.required,
                state=it.state,
                reason=it.reason,
                url=it.url,
            )
            for it in decision.assessments
        ),
        self_approved=_self_approved(approvers, initiators),
    )


def _self_approved(approvers: tuple[Approver, ...], initiators: Initiators | None) -> bool | None:
    known = {person.id for person in initiators.people} if initiators else set()
    if any(approver.id in known for approver in approvers):
        return True
    complete = initiators is not None and initiators.complete and None not in known
    return False if complete or not approvers else None
