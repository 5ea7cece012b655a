"""Who may vote, as what, and who is barred and why."""

from collections.abc import Collection, Iterable, Mapping

from approval_gate.core.model import Bar, Member, Person


def assemble(
    found: Iterable[tuple[str, Person]],
    *,
    own_id: int | None,
    writers: Collection[int] | None,
    barred: Mapping[int, Bar],
) -> tuple[Member, ...]:
    """Put people and their roles together, each person once, in the order of the roles.

    Args:
        found: a role's name with a person of it, any number of each.
        own_id: the account of the gate's own token, if it is a person's.
        writers: the ids of those who can write to the repository; None if it
            is not asked for.
        barred: who had a hand in what is deployed, and how.
    """
    people: dict[int, Person] = {}
    roles: dict[int, dict[str, None]] = {}
    for role, person in found:
        people.setdefault(person.id, person)
        roles.setdefault(person.id, {})[role] = None

    def bar(person: Person) -> Bar | None:
        if person.bot:
            return Bar.BOT
        if person.id == own_id:
            return Bar.OWN_ACCOUNT
        if writers is not None and person.id not in writers:
            return Bar.NO_WRITE
        return barred.get(person.id)

    return tuple(
        Member(person=person, roles=tuple(roles[person.id]), bar=bar(person)) for person in people.values()
    )
