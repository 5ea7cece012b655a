"""What the job's log says while people answer: the heading, each answer that is new, and what is missing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from approval_gate.core import quorum
from approval_gate.core.commands import Verb
from approval_gate.core.conditions.model import Assessment, State
from approval_gate.core.layout import Event, flat, quotation, row
from approval_gate.core.model import Ineligibility, Member, Modification, Outcome, Person, Request, Rule
from approval_gate.core.notices import Notice
from approval_gate.core.plain import cut
from approval_gate.core.policy.model import Reminder
from approval_gate.core.tasks import item_name
from approval_gate.core.verdict import Decision, ItemProblem, NearMiss, Objection, Vote, VoteStatus
from approval_gate.core.wording import are, join, join_some, names, objects, plural

STRANGERS = 10
"""The most answers of people who are not approvers that the log shows."""

_NAME = 60
"""How many characters of a check's name a line shows."""

_SHORT, _NAMED = 28, 2
"""How many of them the column of what is waited for shows, and of how many checks."""

_VERBS = {Verb.APPROVE: "approves", Verb.DENY: "denies", Verb.REVOKE: "takes everything back"}
_NOUNS = {Verb.APPROVE: "approval", Verb.DENY: "denial", Verb.REVOKE: "revocation"}
_STRANGE = {VoteStatus.NOT_LISTED, VoteStatus.GHOST}
_WHY = {
    VoteStatus.NOT_LISTED: "not an approver",
    VoteStatus.GHOST: "the account no longer exists",
    VoteStatus.INITIATOR: "requested this deployment",
    VoteStatus.AUTHOR: "wrote some of what is deployed",
    VoteStatus.NO_WRITE: "no write access to this repository",
    VoteStatus.LEFT: "membership or write access was lost",
    VoteStatus.OWN_ACCOUNT: "the gate runs as this account",
    VoteStatus.BOT: "not a person",
    VoteStatus.VIA_APP: "written through an app",
    VoteStatus.VIA_EMAIL: "sent by e-mail",
    VoteStatus.HIDDEN: "the comment is hidden",
    VoteStatus.EDITED: "edited by {by}",
    VoteStatus.TAMPERED: "edited by {by}",
    VoteStatus.DELETED: "deleted by {by}",
    VoteStatus.LATE: "written after the window closed",
    VoteStatus.BEFORE_CHANGE: "{by} changed the request",
    VoteStatus.UNCONFIRMED: "not all of GitHub shows it",
    VoteStatus.ANSWERS_QUESTION: "it may be the answer to a question",
    VoteStatus.OBJECTS: "the same comment objects",
}
"""Why a vote does not count, after a colon; ``by`` is the person who changed something."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a decision waits for: approvals, in words; people's answers; boxes to tick; names of checks."""

    approvals: tuple[str, ...] = ()
    holders: tuple[Person, ...] = ()
    boxes: int = 0
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the log already shows.

    Attributes:
        votes: the last status of each, by comment.
        problems: of the checklist's boxes, by their place.
        states: of the verified checks, by their place.
        at: when a decision was logged last.
    """

    votes: Mapping[int, VoteStatus] = field(default_factory=dict)
    objections: frozenset[Objection] = frozenset()
    problems: Mapping[int, ItemProblem | None] = field(default_factory=dict)
    states: Mapping[int, State] = field(default_factory=dict)
    waiting: Waiting = Waiting()
    at: datetime | None = None


# The heading ----------------------------------------------------------------------------


def heading(request: Request, rule: Rule, roster: Iterable[Member], kind: str | None) -> Iterator[str]:
    """Yield the first lines: what goes where, of whom it needs how many approvals, and who requested it.

    ``kind`` is the type of deployment, if a policy document has several.
    """
    members = list(roster)
    asked = [member for member in members if member.may_approve]
    where = f" → {flat(request.environment)}" if request.environment else ""
    yield f"Approval gate for {flat(request.version)}{where}{f' ({kind})' if kind else ''}"
    counts: dict[str, int] = defaultdict(int)
    for member in asked:
        counts[member.roles[0]] += 1
    listed = [f"{name} ({count})" if count > 1 else name for name, count in counts.items()]
    people = plural(len(asked), "person", "people")
    yield row("approvers", f"{join_some(listed, 'and', rest='more')}: {people}")
    yield row("needs", _needs(rule, asked))
    yield row("requested", _requested(request, asked))
    requesters = {request.actor.casefold(), request.triggering_actor.casefold()}
    barred: dict[Ineligibility, list[Member]] = defaultdict(list)
    for member in members:
        why, known = member.ineligibility, member.login.casefold() in requesters
        if why is not None and not (why is Ineligibility.INITIATOR and known):
            barred[why].append(member)
    if barred:
        each = (f"{names(people)}: {_WHY[VoteStatus[why.name]]}" for why, people in barred.items())
        yield row("cannot", "; ".join(each))


def known_facts(assessments: Sequence[Assessment], lacking: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the heading about facts: what each verified check was, and what is not shown.

    ``lacking`` are the permissions without which the token cannot see all of it.
    """
    passed = [_name(it) for it in assessments if it.state is State.PASSED]
    others = [it for it in assessments if it.state is not State.PASSED]
    said = [f"passed: {join_some(passed, 'and', rest='more')}"] if passed else []
    for it in others:
        required = ", required" if it.holds_back else ""
        said.append(f"{it.state}: {_name(it)} ({flat(it.reason)}{required})")
    for place, line in enumerate(said):
        yield row("" if place else "checks", line)
    if lacking:
        yield row("not shown", f"what the token cannot see; grant it {join(lacking, 'and')}")


def _needs(rule: Rule, asked: list[Member]) -> str:
    number = quorum.tally(rule, ()).needed
    whose = [
        f"{'' if need.minimum == number else f'{need.minimum} of them '}from {join(need.any_of, 'or')}"
        for need in rule.require
    ]
    roles = f"{' ' if whose[0].startswith('from') else ', '}{join(whose, 'and')}" if whose else ""
    single = [member for member in asked if number > 1 and quorum.alone(rule, member)]
    alone = [f"or 1 from {names(single, 'or')} alone"] if single else []
    ticks = [f"and {plural(len(rule.checklist), 'ticked checklist item')}"] if rule.checklist else []
    return ", ".join([f"{plural(number, 'approval')}{roles}", *alone, *ticks])


def _requested(request: Request, asked: Iterable[Member]) -> str:
    able = {member.login.casefold() for member in asked}
    people = list(dict.fromkeys([request.actor, request.triggering_actor]))
    unable = [login for login in people if login.casefold() not in able]
    by = f"by {', run again by '.join(people)}"
    if not unable:
        return by
    return (
        f"{by}, who cannot approve it"
        if len(people) == 1
        else f"{by}; {join(unable, 'and')} cannot approve it"
    )


def told(notice: Notice) -> str:
    """Say what people were told that no answer's own line says: a reminder, or how to answer; else empty."""
    people = names(notice.people)
    if isinstance(notice.about, NearMiss):
        return f"{people}'s comment is not an answer, and {people} is told so: {quotation(notice.about.line)}"
    if not isinstance(notice.about, Reminder):
        return ""
    role = notice.about.role
    if role is None:
        return f"reminded {people}" if people else "nobody is left to be reminded"
    return f"called the backup ({role}): {people}" if people else f"the backup ({role}) is not needed"


# What is new ----------------------------------------------------------------------------


def advance(logged: Progress, decision: Decision, now: datetime) -> tuple[Progress, tuple[Event, ...]]:
    """Return what the log shows once a decision is logged, and the events that this adds.

    The last event that can have changed it shows what the request waits for, if that changed.
    On a new day it is repeated, so that a log of several days says that the gate still waits.
    """
    said = [
        *_votes(logged, decision, now),
        *_objections(logged, decision),
        *_boxes(logged, decision, now),
        *_verified(logged, decision, now),
    ]
    said.sort(key=lambda each: each[0].at)
    waiting, met = waits_for(decision), decision.tally.met
    goes_on = decision.outcome in {None, Outcome.APPROVED}
    state = _state(logged.waiting, waiting, met=met) if goes_on else ()
    events = [event for event, _ in said]
    last = max((place for place, (_, changes) in enumerate(said) if changes), default=None)
    if state and last is not None:
        events[last] = replace(events[last], state=state)
    elif state:
        events.append(Event(now, ", ".join(state)))
    elif decision.outcome is None and logged.at is not None and now.date() > logged.at.date():
        events.append(Event(now, "still waiting", _whole(waiting, met=met)))
    after = Progress(
        votes={**logged.votes, **{vote.comment_id: vote.status for vote in decision.votes}},
        objections=logged.objections.union(decision.holds),
        problems={place: check.problem for place, check in enumerate(decision.checks)},
        states={place: it.state for place, it in enumerate(decision.assessments)},
        waiting=waiting,
        at=now,
    )
    return after, tuple(events)


def waits_for(decision: Decision) -> Waiting:
    """Return what a decision waits for."""
    tally = decision.tally
    missing = decision.needs or ("which suffices" if tally.alone and tally.missing else "")
    approvals = (f"{tally.filled} of {tally.needed}", *([missing] if missing else []))
    holders = dict.fromkeys(objection.person for objection in decision.objections)
    checks = tuple(_name(it, _SHORT) for it in decision.blocking)
    return Waiting(approvals, tuple(holders), len(decision.lacking), checks)


def _state(before: Waiting, after: Waiting, *, met: bool) -> tuple[str, ...]:
    """Say what changed in what a decision waits for, and once there are enough approvals, what is left."""
    given = after.approvals != before.approvals
    freed = bool(before.holders) and not after.holders
    closed = met and (after.boxes, after.checks) != (before.boxes, before.checks)
    left = tuple(_left(after))
    parts = [*after.approvals] if given or freed or (closed and not left) else []
    if after.holders and (after.holders != before.holders or (given and met)):
        new = [person for person in after.holders if person not in before.holders]
        parts.append(f"{_held(after)}{f'; {names(new)} {are(len(new))} asked' if new else ''}")
    if met and (given or freed or closed):
        parts.extend(left)
    return tuple(parts)


def _whole(waiting: Waiting, *, met: bool) -> tuple[str, ...]:
    """Say all that a decision waits for."""
    held = [_held(waiting)] if waiting.holders else []
    return (*waiting.approvals, *held, *(_left(waiting) if met else ()))


def _held(waiting: Waiting) -> str:
    verb = "answer" if len(waiting.holders) > 1 else "answers"
    return f"held until {names(waiting.holders)} {verb}"


def _left(waiting: Waiting) -> Iterator[str]:
    """Say what is waited for besides people's answers, once there are enough approvals."""
    if waiting.boxes:
        yield f"waiting for {plural(waiting.boxes, 'checklist item')}"
    if waiting.checks:
        number = plural(len(waiting.checks), "check")
        yield f"waiting for {number}: {join_some(waiting.checks, 'and', rest='more', most=_NAMED)}"


# Each event comes with whether it can have changed what the request waits for.
_Told = tuple[Event, bool]


def _votes(logged: Progress, decision: Decision, now: datetime) -> Iterator[_Told]:
    strangers = sum(status in _STRANGE for status in logged.votes.values())
    together: dict[Modification, list[Vote]] = defaultdict(list)
    for vote in decision.votes:
        before = logged.votes.get(vote.comment_id)
        over = vote.verb is Verb.DENY and vote.counts and before and decision.outcome
        if vote.status is before or vote.status is VoteStatus.SUPERSEDED or over:
            continue  # of a denial without a reason that counts at the deadline, the end says so
        if vote.status in _STRANGE and before is None:
            strangers += 1
            if strangers == STRANGERS + 1:
                yield Event(vote.at, "more answers of people who are not approvers are not shown"), False
            if strangers > STRANGERS:
                continue
        if vote.status is VoteStatus.BEFORE_CHANGE and vote.cause is not None:
            together[vote.cause].append(vote)
            continue
        at = now if before else vote.at
        yield Event(_since(vote, at), _vote(vote, before, decision)), vote.status not in _STRANGE
    for cause, votes in together.items():
        again = any(vote.comment_id in logged.votes for vote in votes)
        yield Event(max(cause.at, *(vote.at for vote in votes)), _outdated(votes, again=again)), True


def _since(vote: Vote, at: datetime) -> datetime:
    """Return when a vote became what it is: when somebody changed it, if that is known."""
    return max(vote.cause.at, vote.at) if vote.cause else at


def _vote(vote: Vote, before: VoteStatus | None, decision: Decision) -> str:
    login = vote.person.login if vote.person else "a deleted account"
    if vote.status is VoteStatus.NEEDS_REASON:
        return f"{login} denies without a reason"
    if vote.status is VoteStatus.UNJUSTIFIED:
        return f"{login} approves without the reason that is needed, and is asked for it"
    counted = before in {VoteStatus.COUNTS, VoteStatus.INDECISIVE}
    if not vote.counts:
        not_now = "no longer counts" if counted else "does not count"
        if vote.status is VoteStatus.UNCONFIRMED:
            not_now = "does not count yet"
        return f"{login}'s {_NOUNS[vote.verb]} {not_now}: {_why(vote)}"
    if before is not None:
        return f"{login}'s {_NOUNS[vote.verb]} counts now"
    indecisive = ", which cannot decide alone" if vote.status is VoteStatus.INDECISIVE else ""
    # The annotation at the end repeats why it was denied.
    repeated = vote.verb is Verb.DENY and decision.outcome is Outcome.DENIED
    note = f": {quotation(vote.note)}" if vote.note and not repeated else ""
    return f"{login} {_VERBS[vote.verb]}{indecisive}{note}"


def _why(vote: Vote) -> str:
    by = vote.cause.by.login if vote.cause and vote.cause.by else "somebody"
    return _WHY[vote.status].format(by=by)


def _outdated(votes: list[Vote], *, again: bool) -> str:
    people = [vote.person.login for vote in votes if vote.person]
    one = f"{people[0]}'s {_NOUNS[votes[0].verb]} {'no longer counts' if again else 'does not count'}"
    many = f"the answers of {join_some(people, 'and')} {'no longer' if again else 'do not'} count"
    return f"{many if len(votes) > 1 else one}: {_why(votes[0])}"


def _objections(logged: Progress, decision: Decision) -> Iterator[_Told]:
    for objection in decision.holds:
        if objection not in logged.objections:
            text = f": {quotation(objection.text)}" if objection.text else ""
            yield Event(objection.at, f"{objects(objection)}{text}"), True


def _boxes(logged: Progress, decision: Decision, now: datetime) -> Iterator[_Told]:
    """Tell how many items are ticked where that changed, and which ticks do not count."""
    if not logged.problems:
        return
    for place, check in enumerate(decision.checks):
        if check.problem not in {None, ItemProblem.OPEN, logged.problems[place]}:
            yield Event(now, f"a checklist item {check.problem}: {quotation(check.item)}"), False
    ticked = len(decision.checks) - len(decision.lacking)
    if ticked != sum(problem is None for problem in logged.problems.values()):
        yield (
            Event(now, f"{ticked} of {plural(len(decision.checks), 'checklist item')} {are(ticked)} ticked"),
            True,
        )


def _verified(logged: Progress, decision: Decision, now: datetime) -> Iterator[_Told]:
    """Tell which verified checks have another state than before; the heading says what each one was."""
    for place, it in enumerate(decision.assessments):
        if it.state is not logged.states.get(place, it.state):
            yield Event(now, f"check {it.state}: {_name(it)} ({flat(it.reason)})"), True


def _name(assessment: Assessment, limit: int = _NAME) -> str:
    return cut(item_name(assessment.condition.item), limit)
