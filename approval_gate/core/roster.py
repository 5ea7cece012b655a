"""Who may vote, as what, and who is barred and why."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from approval_gate.core import quorum
from approval_gate.core.model import Ineligibility, Member, Person, Rule
from approval_gate.core.names import NameProblem, told


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Whom a role's member stands for.

    Attributes:
        role: the role's name.
        place: which of its members, counted from 0.
        member: as it is written.
        people: everybody it brings in.
        listed: those of them who are named themselves, not by a team.
        absent: the names that neither an account nor a team has.
        empty: the teams among its names that have no member.
        problems: what is wrong with the others.
    """

    role: str
    place: int
    member: str
    people: tuple[Person, ...] = ()
    listed: tuple[Person, ...] = ()
    absent: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    problems: tuple[NameProblem, ...] = ()


def assemble(
    names: Iterable[Named],
    *,
    own_id: int | None,
    writers: Collection[int] | None,
    barred: Mapping[int, Ineligibility],
) -> tuple[Member, ...]:
    """Put people and their roles together, each person once, in the order of the roles.

    Args:
        names: what the members of the roles came to.
        own_id: the account of the gate's own token, if it is a person's.
        writers: the ids of those who can write to the repository; None if it
            is not asked for.
        barred: who had a hand in what is deployed, and how.
    """
    people: dict[int, Person] = {}
    roles: dict[int, dict[str, None]] = {}
    for named in names:
        for person in named.people:
            people.setdefault(person.id, person)
            roles.setdefault(person.id, {})[named.role] = None

    def ineligibility(person: Person) -> Ineligibility | None:
        if person.bot:
            return Ineligibility.BOT
        if person.id == own_id:
            return Ineligibility.OWN_ACCOUNT
        if writers is not None and person.id not in writers:
            return Ineligibility.NO_WRITE
        return barred.get(person.id)

    return tuple(
        Member(person=person, roles=tuple(roles[person.id]), ineligibility=ineligibility(person))
        for person in people.values()
    )


def unable(names: Sequence[Named], members: Iterable[Member]) -> tuple[NameProblem, ...]:
    """Say of each person who is listed, and not by a team, why an approval of theirs cannot count.

    That is no write access, or no account at all; it stops nothing by itself.
    """
    listed = {person.id for named in names for person in named.listed}
    without = [m for m in members if m.person.id in listed and m.ineligibility is Ineligibility.NO_WRITE]
    return (*_barred(without), *absent(names))


def short(rule: Rule, names: Sequence[Named], members: Sequence[Member]) -> tuple[str, str] | None:
    """Say what these people can never give and why, and what to do; None if they can.

    The problem reads on from ``minimum-approvals is``.
    """
    lacking = quorum.lacking(rule, members)
    if lacking is None:
        return None
    gone = tuple(absent(names))
    why, remedy = told((*_barred(members), *gone))
    if not gone and quorum.lacking(rule, [replace(member, ineligibility=None) for member in members]):
        remedy = f"{remedy} Add an approver, or lower minimum-approvals.".lstrip()
    return f"{lacking}. {why}".rstrip(), remedy


def _barred(members: Iterable[Member]) -> Iterator[NameProblem]:
    for member in members:
        if member.ineligibility is not None:
            cause, remedy = _CAUSES[member.ineligibility]
            yield NameProblem(member.person.login, cause, remedy, (member.person.login,))


def absent(names: Iterable[Named]) -> Iterator[NameProblem]:
    """Say of each name that no account has, what to do about it."""
    for name in dict.fromkeys(name for named in names for name in named.absent):
        yield NameProblem(
            name,
            "not an account that GitHub knows",
            "Correct `<0>`, or leave it out: an account may be renamed, deleted or suspended.",
            (name,),
        )


_CAUSES: Mapping[Ineligibility, tuple[str, str]] = {
    Ineligibility.NO_WRITE: (
        "without write access to this repository",
        "Give `<0>` write access, or leave the name out.",
    ),
    Ineligibility.OWN_ACCOUNT: (
        "the account whose token the gate works with",
        "Leave `secret` and `token` out, or pass `${{ github.token }}`, and the vote of `<0>` counts.",
    ),
    Ineligibility.INITIATOR: (
        "barred as the one who asked for this deployment",
        "Have somebody other than `<0>` start the run, or name further approvers.",
    ),
    Ineligibility.AUTHOR: (
        "barred as an author of what is deployed",
        "Name approvers besides `<0>` who wrote none of it.",
    ),
    Ineligibility.LEFT: ("no longer an approver", "Name approvers besides `<0>`."),
    Ineligibility.BOT: ("a bot or an organisation, which cannot approve", "Name people instead of `<0>`."),
}
"""Of each bar the cause and the remedy, as of a :class:`NameProblem`."""
