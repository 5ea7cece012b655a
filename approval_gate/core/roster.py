"""The people who may vote, their roles, and why some of them cannot approve."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from approval_gate.core.model import Ineligibility, Member, Person, Rule
from approval_gate.core.names import NameProblem, explained
from approval_gate.core.wording import shortfall


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The people that one member of a role stands for.

    Attributes:
        place: the member's position in the role, counted from 0.
        member: as written, for example ``acme/devops`` or ``codeowners:/deploy/``.
        listed: the people who are named themselves rather than through a team.
        absent: the names that neither an account nor a team has.
        empty: the teams that have no members, and the rights that nobody has.
        problems: the names that cannot be used, and why.
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
    """Combine people and their roles, each person once, in the order of the roles.

    Args:
        names: the people that the members of the roles stand for.
        own_id: the account of the gate's own token, if it is a person's.
        writers: the ids of those who can write to the repository; None if nobody needs to.
        barred: the ids of those whom the policy excludes, and why.
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
    """Explain why an individually listed person's approval cannot count.

    There is no write access, or no such account. Neither stops the gate by itself.
    """
    listed = {person.id for named in names for person in named.listed}
    without = [m for m in members if m.person.id in listed and m.ineligibility is Ineligibility.NO_WRITE]
    return (*_barred(without), *absent(names))


def short(rule: Rule, names: Sequence[Named], members: Sequence[Member]) -> tuple[str, str] | None:
    """Explain why these people can never meet a rule, and what to do; None if they can.

    The explanation continues the words ``minimum-approvals is``.
    """
    missing = shortfall(rule, members)
    if missing is None:
        return None
    gone = tuple(absent(names))
    why, remedy = explained((*_barred(members), *gone))
    if not gone and shortfall(rule, [replace(member, ineligibility=None) for member in members]):
        remedy = f"{remedy} Add an approver, or lower minimum-approvals.".lstrip()
    return f"{missing}. {why}".rstrip(), remedy


def _barred(members: Iterable[Member]) -> Iterator[NameProblem]:
    for member in members:
        told = member.ineligibility and _CAUSES.get(member.ineligibility)
        if told:
            yield NameProblem(member.login, *told, (member.login,))


def absent(names: Iterable[Named]) -> Iterator[NameProblem]:
    """Explain each name that no account has."""
    for name in dict.fromkeys(name for named in names for name in named.absent):
        yield NameProblem(
            name,
            "not an account on GitHub",
            "Correct or remove `<0>`: the account may have been renamed, deleted or suspended.",
            (name,),
        )


_CAUSES: Mapping[Ineligibility, tuple[str, str]] = {
    Ineligibility.NO_WRITE: (
        "without write access to this repository",
        "Give `<0>` write access, or remove the name.",
    ),
    Ineligibility.OWN_ACCOUNT: (
        "the account whose token the gate uses",
        "Remove `secret` and `token`, or pass `${{ github.token }}`, and the vote of `<0>` counts.",
    ),
    Ineligibility.INITIATOR: (
        "barred for having asked for this deployment",
        "Have somebody other than `<0>` start the run, or add approvers.",
    ),
    Ineligibility.AUTHOR: (
        "barred as an author of what is deployed",
        "Add approvers other than `<0>` who wrote none of it.",
    ),
    Ineligibility.BOT: ("a bot or an organisation, which cannot approve", "Name people instead of `<0>`."),
}
"""The cause and the remedy of each, as in a :class:`NameProblem`; nobody has left before the request."""
