"""The reactions, notices, hints and reminders that a request should have.

GitHub notifies nobody of a reaction or an edit. So everybody whose approval
stops counting is mentioned, and everybody whose answer the gate waits for, once
for each cause.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from approval_gate.core.commands import Verb, read
from approval_gate.core.model import Member, Person, Vocabulary
from approval_gate.core.policy.model import Reminder
from approval_gate.core.verdict import Decision, Ground, NearMiss, Objection, Vote, VoteStatus

NOTICES = 10
"""The most notices that one person gets; the status always shows what is missing."""

HINTS = 3
"""The most hints that one approver gets, and that all people who may not vote get together."""

STRANGERS = 10
"""The most reactions to votes of people who may not vote."""

_VOID = frozenset(
    {
        VoteStatus.BEFORE_CHANGE,
        VoteStatus.EDITED,
        VoteStatus.TAMPERED,
        VoteStatus.DELETED,
        VoteStatus.HIDDEN,
        VoteStatus.LEFT,
        VoteStatus.VIA_APP,
        VoteStatus.VIA_EMAIL,
        VoteStatus.ANSWERS_QUESTION,
        VoteStatus.OBJECTS,
    }
)
"""The statuses of approvals that counted before, or of which a new one would count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """The reaction that the comment of a vote should have.

    Attributes:
        key: identifies it among everything that is written for the request.
        content: GitHub's name of the reaction; empty for none.
        listed: whether the vote is of somebody on the roster.
    """

    key: str
    comment_id: int
    content: str
    listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that people are told once.

    Attributes:
        key: identifies it, as in a :class:`Reaction`.
        people: the people it is for.
        about: the objection that they should answer, or the vote that does not count.
    """

    key: str
    people: tuple[Person, ...]
    about: Objection | Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """How to write a command, for the author of a comment that was probably meant as one.

    Attributes:
        listed: whether the author is on the roster; otherwise a command would not count.
    """

    key: str
    about: NearMiss
    listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A reminder that is due.

    Attributes:
        people: the people it is for who have not answered; empty if all have.
    """

    key: str
    reminder: Reminder
    people: tuple[Member, ...]


Item = Reaction | Notice | Hint | Call


def due(
    decision: Decision,
    roster: Iterable[Member],
    reminders: Sequence[Reminder],
    elapsed: timedelta,
    written: Mapping[str, Item],
) -> tuple[Item, ...]:
    """Return the items that are not written yet, in the order in which they should be.

    Args:
        decision: the present decision.
        roster: the people who may vote.
        reminders: the times at which people are reminded.
        elapsed: the time since the issue was opened.
        written: the items that are written, by key, as they were last written.
    """
    listed = frozenset(member.person.id for member in roster)
    return (
        *reactions(decision, listed, written),
        *_within_limits(notices(decision), written),
        *_hints(decision, listed, written),
        *_calls(decision, reminders, elapsed, written),
    )


def reactions(decision: Decision, listed: Collection[int], written: Mapping[str, Item]) -> Iterator[Reaction]:
    """Return the reactions that should be given, changed or taken back.

    Args:
        decision: the present decision.
        listed: the ids of the people on the roster.
        written: see :func:`due`.
    """
    strangers = sum(isinstance(item, Reaction) and not item.listed for item in written.values())
    for vote in decision.votes:
        content = _content(vote)
        if content is None or vote.person is None:
            continue
        key, by_listed = f"reaction-{vote.comment_id}", vote.person.id in listed
        reaction = Reaction(key=key, comment_id=vote.comment_id, content=content, listed=by_listed)
        if key in written:
            if written[key] != reaction:
                yield reaction
        elif content and (by_listed or strangers < STRANGERS):
            strangers += not by_listed
            yield reaction


def _content(vote: Vote) -> str | None:
    """Return the reaction that a vote should have, empty for none; None to leave the comment as it is."""
    if vote.status in {VoteStatus.DELETED, VoteStatus.GHOST, VoteStatus.OWN_ACCOUNT}:
        return None
    if vote.status is VoteStatus.SUPERSEDED:
        return ""
    if vote.verb is Verb.DENY and vote.status in {VoteStatus.COUNTS, VoteStatus.NEEDS_REASON}:
        return "-1"
    return "+1" if vote.counts else "confused"


def notices(decision: Decision) -> tuple[Notice, ...]:
    """Return every notice that should exist, in the order of the comments they are about."""
    due = [*_questions(decision), *_void_votes(decision)]
    return tuple(sorted(due, key=lambda notice: notice.about.comment_id))


def _within_limits(wanted: Iterable[Notice], written: Mapping[str, Item]) -> Iterator[Notice]:
    """Drop the notices that are written, and the people who already got the most that one person gets."""
    earlier = [item for item in written.values() if isinstance(item, Notice)]
    given = Counter(person.id for notice in earlier for person in notice.people)
    for notice in wanted:
        people = tuple(person for person in notice.people if given[person.id] < NOTICES)
        if people and notice.key not in written:
            given.update(person.id for person in people)
            yield replace(notice, people=people)


def _hints(decision: Decision, listed: Collection[int], written: Mapping[str, Item]) -> Iterator[Hint]:
    def allowance(near: NearMiss) -> int | None:
        return near.person.id if near.person.id in listed else None

    given = Counter(allowance(item.about) for item in written.values() if isinstance(item, Hint))
    for near in decision.near_misses:
        key, whose = f"hint-{near.comment_id}", allowance(near)
        if key not in written and given[whose] < HINTS:
            given[whose] += 1
            yield Hint(key=key, about=near, listed=whose is not None)


def _calls(
    decision: Decision, reminders: Sequence[Reminder], elapsed: timedelta, written: Mapping[str, Item]
) -> Iterator[Call]:
    for number, reminder in enumerate(reminders):
        key = f"call-{number}"
        if key not in written and elapsed >= reminder.after:
            role = reminder.role
            people = tuple(it for it in decision.awaited if role is None or role in it.roles)
            yield Call(key=key, reminder=reminder, people=people)


def _questions(decision: Decision) -> Iterator[Notice]:
    """Ask each person about the first of their objections that holds."""
    settled = {it.person.id for it in decision.objections if it.ground is Ground.DENIED}
    for objection in decision.objections:
        person = objection.person
        if person.id not in settled:
            settled.add(person.id)
            what = "reason" if objection.ground is Ground.NO_REASON else "objection"
            yield Notice(key=f"{what}-{_place(objection)}", people=(person,), about=objection)
    given = _ids(decision.approvers)
    for vote in decision.votes:
        if vote.status is VoteStatus.UNJUSTIFIED and vote.person and vote.person.id not in given:
            yield Notice(key=f"justification-{vote.comment_id}", people=(vote.person,), about=vote)


def _void_votes(decision: Decision) -> Iterator[Notice]:
    """Tell people whose last approval does not count; a change of the request is one cause for all."""
    settled = _ids(decision.approvers) | {objection.person.id for objection in decision.objections}
    last = {vote.person.id: vote for vote in decision.votes if vote.person}
    together: dict[str, list[Vote]] = {}
    for identity, vote in last.items():
        by_oneself = vote.status is VoteStatus.DELETED and vote.cause and vote.cause.by == vote.person
        if vote.verb is Verb.APPROVE and vote.status in _VOID and identity not in settled and not by_oneself:
            together.setdefault(_cause(vote), []).append(vote)
    for key, votes in together.items():
        yield Notice(key=key, people=tuple(vote.person for vote in votes if vote.person), about=votes[0])


def _cause(vote: Vote) -> str:
    if vote.status is VoteStatus.BEFORE_CHANGE and vote.cause is not None:
        return f"changed-{_seconds(vote.cause.at)}"
    modified = f"-{_seconds(vote.cause.at)}" if vote.cause else ""
    return f"{vote.status.name.lower().replace('_', '-')}-{vote.comment_id}{modified}"


def _place(objection: Objection) -> str:
    """Identify an objection; one that was deleted before it was read has a time instead of a comment."""
    return str(objection.comment_id or f"{objection.person.id}-{_seconds(objection.at)}")


def _seconds(moment: datetime) -> str:
    return f"{moment.timestamp():.0f}"


def _ids(members: tuple[Member, ...]) -> set[int]:
    return {member.person.id for member in members}


def answered(
    said: Iterable[tuple[Person | None, str]], roster: Iterable[Member], vocabulary: Vocabulary
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the people on the roster who answered an issue that is replaced, and those who objected last.

    Args:
        said: each comment's author and text, in order.
        roster: the people who may vote.
        vocabulary: the words that give a command.

    Returns:
        Two tuples of logins.
    """
    listed = {member.person.id for member in roster}
    objects: dict[str, bool] = {}
    for person, text in said:
        reading = read(text, vocabulary)
        if person is not None and person.id in listed and (reading.command or reading.objection):
            objects[person.login] = reading.objection is not None
    return tuple(objects), tuple(login for login, objecting in objects.items() if objecting)
