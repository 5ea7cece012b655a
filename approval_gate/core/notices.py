"""Who must be told something by name: GitHub notifies nobody of a reaction or of an edit.

A notice is due to everybody whose approval stops counting, and to everybody
whose answer the gate waits for, once for each cause.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from approval_gate.core.commands import Verb, read
from approval_gate.core.model import Member, Person, Vocabulary
from approval_gate.core.verdict import Decision, Ground, Objection, Vote, VoteStatus

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
"""Why an approval of a listed person does not count, where it once did or a new one would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What some people are told, once.

    Attributes:
        key: tells it apart from every other notice of the request.
        people: whom it is for.
        about: the objection that waits for them, or the vote that does not count.
    """

    key: str
    people: tuple[Person, ...]
    about: Objection | Vote


def notices(decision: Decision) -> tuple[Notice, ...]:
    """Return every notice that is due, in the order of the comments that they are about."""
    due = [*_questions(decision), *_void_votes(decision)]
    return tuple(sorted(due, key=lambda notice: notice.about.comment_id))


def answered(
    said: Iterable[tuple[Person | None, str]], roster: Iterable[Member], vocabulary: Vocabulary
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who of the roster answered on a request that is replaced, and who of them objected last.

    Args:
        said: each comment's author and text, in their order.
        roster: who may vote.
        vocabulary: the words that make a command.

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


def _questions(decision: Decision) -> Iterator[Notice]:
    """Ask each person once about what waits for them: the first objection of theirs that stands."""
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
    """Tell people whose last approval does not count; one change of the request is one cause for all."""
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
    touched = f"-{_seconds(vote.cause.at)}" if vote.cause else ""
    return f"{vote.status.name.lower().replace('_', '-')}-{vote.comment_id}{touched}"


def _place(objection: Objection) -> str:
    """Name an objection; one that was deleted before it was read has no comment, but a time."""
    return str(objection.comment_id or f"{objection.person.id}-{_seconds(objection.at)}")


def _seconds(moment: datetime) -> str:
    return f"{moment.timestamp():.0f}"


def _ids(members: tuple[Member, ...]) -> set[int]:
    return {member.person.id for member in members}
