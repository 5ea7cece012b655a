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
from approval_gate.core.conditions.model import Assessment, State
from approval_gate.core.model import Member, Person, Vocabulary
from approval_gate.core.policy.model import Reminder
from approval_gate.core.verdict import Check, Decision, Ground, NearMiss, Objection, Vote, VoteStatus, slug

NOTICES = 10
"""The most notices that one person gets; the status always shows what is missing."""

HINTS = 3
"""The most hints that one approver gets, and that all people who may not vote get together."""

MENTIONS = 50
"""The most people GitHub notifies of one text."""

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
"""The statuses of answers that counted before, or of which a new one would count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """The reaction that the comment of a vote should have.

    Attributes:
        content: GitHub's name of the reaction; empty for none.
        listed: whether the vote is of somebody on the roster.
    """

    key: str
    comment_id: int
    content: str
    listed: bool


@dataclass(frozen=True, slots=True)
class OpenItems:
    """The items of the checklist that are all that an approval waits for."""

    lacking: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class FailedChecks:
    """The required checks that are all that an approval waits for."""

    blocking: tuple[Assessment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that people are told once, in a comment.

    Attributes:
        people: the people it is for; empty for a reminder that nobody needs.
        about: the objection that they should answer, the vote that does not count, the
            comment that was probably meant as a command, the open items, the checks that have
            not passed, or the reminder.
    """

    key: str
    people: tuple[Person, ...]
    about: Objection | Vote | NearMiss | OpenItems | FailedChecks | Reminder


Item = Reaction | Notice


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
        reminders: those of the policy.
        elapsed: the time since the issue was opened.
        written: each item as it was last written, by its key.
    """
    listed = frozenset(member.person.id for member in roster)
    near = decision.near_misses
    hints = [Notice(key=f"hint-{it.comment_id}", people=(it.person,), about=it) for it in near]
    limited = _within_limits((*notices(decision), *hints), listed, written)
    calls = _unwritten(_calls(decision, reminders, elapsed), written)
    return *reactions(decision, listed, written), *limited, *calls


def reactions(decision: Decision, listed: Collection[int], written: Mapping[str, Item]) -> Iterator[Reaction]:
    """Return the reactions that should be given, changed or taken back; see :func:`due`."""
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


def notices(decision: Decision) -> list[Notice]:
    """Return every notice that answers call for, in the order of the comments; last about the checklist."""
    about_comments = sorted([*_questions(decision), *_void_votes(decision)], key=_comment_id)
    return [*about_comments, *_open_items(decision), *_failed_checks(decision)]


def _comment_id(notice: Notice) -> int:
    return notice.about.comment_id if isinstance(notice.about, (Objection, Vote)) else 0


def _within_limits(
    wanted: Iterable[Notice], listed: Collection[int], written: Mapping[str, Item]
) -> Iterator[Notice]:
    """Drop the notices that are written, and the people who already got the most that they can get."""
    earlier = (it for it in written.values() if isinstance(it, Notice) and not isinstance(it.about, Reminder))
    given = Counter(_allowance(notice, it, listed) for notice in earlier for it in notice.people)
    for notice in _unwritten(wanted, written):
        limit = HINTS if isinstance(notice.about, NearMiss) else NOTICES
        people = [it for it in notice.people if given[_allowance(notice, it, listed)] < limit]
        if people:
            given.update(_allowance(notice, it, listed) for it in people)
            yield replace(notice, people=tuple(people))


def _unwritten(wanted: Iterable[Notice], written: Mapping[str, Item]) -> Iterator[Notice]:
    """Return the notices that are not written yet, each to no more people than GitHub notifies of one text.

    The last part of one to more people has the notice's own key: once it is written, all of them are.
    """
    for notice in wanted:
        if notice.key in written:
            continue
        last = max(0, len(notice.people) - 1) // MENTIONS
        for number in range(last + 1):
            key = notice.key if number == last else f"{notice.key}-{number + 1}"
            if key not in written:
                some = notice.people[number * MENTIONS : (number + 1) * MENTIONS]
                yield replace(notice, key=key, people=some)


def _allowance(notice: Notice, person: Person, listed: Collection[int]) -> tuple[bool, int]:
    """Return what a notice to a person counts against: people outside the roster share their hints."""
    hint = isinstance(notice.about, NearMiss)
    return hint, 0 if hint and person.id not in listed else person.id


def _calls(decision: Decision, reminders: Sequence[Reminder], elapsed: timedelta) -> Iterator[Notice]:
    """Call each backup role at its time, and remind everybody else at theirs."""
    backups = {reminder.role for reminder in reminders if reminder.role}
    for number, reminder in enumerate(reminders):
        if elapsed < reminder.after:
            continue
        role, awaited = reminder.role, decision.awaited
        if decision.tally.met:  # then it waits for the people who hold it, or for open items
            people = () if role else _holding(decision) or _people(decision.approvers)
        elif role:
            people = _people(member for member in awaited if role in member.roles)
        else:
            people = _people(member for member in awaited if not backups.issuperset(member.roles))
        yield Notice(key=f"call-{number}", people=people, about=reminder)


def _holding(decision: Decision) -> tuple[Person, ...]:
    return tuple(dict.fromkeys(objection.person for objection in decision.objections))


def _people(members: Iterable[Member]) -> tuple[Person, ...]:
    return tuple(member.person for member in members)


def _open_items(decision: Decision) -> Iterator[Notice]:
    """Tell those who approved that the checklist is all that is left."""
    if decision.tally.met and not decision.objections and decision.lacking:
        yield Notice(key="checklist", people=_people(decision.approvers), about=OpenItems(decision.lacking))


def _failed_checks(decision: Decision) -> Iterator[Notice]:
    """Tell those who approved which checks are all that is left.

    Nobody can do anything about a job that still runs, or about a fault of GitHub that passes.
    """
    blocking = decision.blocking
    if decision.waits_for_checks and any(it.state is State.FAILED or it.lasting for it in blocking):
        yield Notice(key="checks", people=_people(decision.approvers), about=FailedChecks(blocking))


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
    """Tell people whose last answer does not count, though an approval or the end of a hold depends on it.

    A change of the request is one cause for all. Whoever objected after that answer is asked
    about the objection instead.
    """
    approving, objected = _ids(decision.approvers), {it.person.id: it.at for it in decision.objections}
    last = {vote.person.id: vote for vote in decision.votes if vote.person}
    together: dict[str, list[Vote]] = {}
    for identity, vote in last.items():
        since = objected.get(identity)
        answers = since is not None and vote.at > since and vote.verb is not Verb.DENY
        approves = since is None and vote.verb is Verb.APPROVE and identity not in approving
        by_oneself = vote.status is VoteStatus.DELETED and vote.cause and vote.cause.by == vote.person
        if vote.status in _VOID and (answers or (approves and not by_oneself)):
            together.setdefault(_cause(vote), []).append(vote)
    for key, votes in together.items():
        yield Notice(key=key, people=tuple(vote.person for vote in votes if vote.person), about=votes[0])


def _cause(vote: Vote) -> str:
    if vote.status is VoteStatus.BEFORE_CHANGE and vote.cause is not None:
        return f"changed-{_seconds(vote.cause.at)}"
    modified = f"-{_seconds(vote.cause.at)}" if vote.cause else ""
    return f"{slug(vote.status)}-{vote.comment_id}{modified}"


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
    """Return the logins of those on the roster who answered a replaced issue, and of those who objected last.

    ``said`` has each comment's author and text, in order.
    """
    listed = {member.person.id for member in roster}
    objects: dict[str, bool] = {}
    for person, text in said:
        reading = read(text, vocabulary)
        if person is not None and person.id in listed and (reading.command or reading.objection):
            objects[person.login] = reading.objection is not None
    return tuple(objects), tuple(login for login, objecting in objects.items() if objecting)
