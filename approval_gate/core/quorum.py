"""How many distinct people it takes, as what, and whether these people can ever do it.

A rule is a row of seats: those that it requires of certain roles, and as many
that anybody may take as the minimum asks beyond them. It is met when each seat
is taken by another person, whoever sits where: maximum matching decides
(https://en.wikipedia.org/wiki/Hall%27s_marriage_theorem).
"""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from approval_gate.core.model import Member, Rule

Seat = tuple[str, ...]
"""The roles one of which its person must have; empty if anybody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What some people's approvals come to.

    Attributes:
        filled: how many seats they take.
        vacant: the required seats that they leave, in the rule's order.
        open: how many seats they leave that anybody may take.
        alone: whether one of them approves alone, which satisfies every rule
            (process, Approval Authority Matrix).
    """

    filled: int
    vacant: tuple[Seat, ...]
    open: int
    alone: bool

    @property
    def missing(self) -> int:
        """How many seats are left."""
        return len(self.vacant) + self.open

    @property
    def needed(self) -> int:
        """How many seats the rule has."""
        return self.filled + self.missing

    @property
    def met(self) -> bool:
        """Whether these approvals suffice."""
        return self.alone or not self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacancy:
    """Vacant seats of one kind, and who could take one of them now."""

    seat: Seat
    count: int
    candidates: tuple[Member, ...]


def tally(rule: Rule, approvers: Iterable[Member]) -> Tally:
    """Count approvals; each person's counts once, whatever roles it has."""
    people = _distinct(approvers)
    seating = _Matching(_required(rule), people)
    others = min(_free(rule), len(people) - len(seating.taken))
    return Tally(
        filled=len(seating.taken) + others,
        vacant=tuple(seating.seats[number] for number in seating.vacant),
        open=_free(rule) - others,
        alone=any(alone(rule, member) for member in people),
    )


def alone(rule: Rule, member: Member) -> bool:
    """Tell whether this person's approval suffices alone."""
    return any(role in rule.alone for role in member.roles)


def decides(rule: Rule, roles: Collection[str]) -> bool:
    """Tell whether somebody with these roles can ever make a difference: alone, or on some seat."""
    return (
        _free(rule) > 0
        or any(role in rule.alone for role in roles)
        or any(fits(seat, roles) for seat in _required(rule))
    )


def acting(rule: Rule, member: Member, note: str | None) -> Member:
    """Return as what somebody approves: a role that must justify itself takes a note.

    (process, Approval Authority Matrix: "with justification").
    """
    if note:
        return member
    return replace(member, roles=tuple(role for role in member.roles if role not in rule.justified))


def satisfiable(rule: Rule, roster: Iterable[Member]) -> bool:
    """Tell whether the rule is met if everybody who may approve does, each with a note."""
    return tally(rule, [member for member in roster if member.may_approve]).met


def lacking(rule: Rule, roster: Iterable[Member]) -> str | None:
    """Say what these people can never give, as ``2, but only 1 person may approve``; None if they can."""
    able = [member for member in roster if member.may_approve]
    if satisfiable(rule, able):
        return None
    vacant = tally(rule, able).vacant
    if not vacant:
        return f"{rule.minimum}, but {_few(able)} may approve"
    seat, roles = vacant[0], " or ".join(vacant[0])
    fitting = [member for member in able if fits(seat, member.roles)]
    asked = _required(rule).count(seat)
    if len(fitting) >= asked:
        return f"{rule.minimum}, but nobody is left to approve as {roles}: each gives one approval"
    of = "" if asked == rule.minimum else f", and {asked} of them from {roles}"
    return f"{rule.minimum}{of}, but {_few(fitting)} may approve as {roles}"


def _few(members: Sequence[Member]) -> str:
    return f"only {len(members)} {'person' if len(members) == 1 else 'people'}" if members else "nobody"


def openings(rule: Rule, approvers: Iterable[Member], candidates: Sequence[Member]) -> tuple[Vacancy, ...]:
    """Say which seats are vacant, and who of the candidates would fill one by an approval.

    That is who fits it, and also who would free somebody for it by taking that
    person's seat.
    """
    people = _distinct(approvers)
    seating = _Matching(_required(rule), people)
    found: dict[Seat, Vacancy] = {}
    for number in seating.vacant:
        seat = seating.seats[number]
        if seat in found:
            found[seat] = replace(found[seat], count=found[seat].count + 1)
            continue
        movable = {seating.seats[reached] for reached in seating.reach(number)}
        could = tuple(m for m in candidates if any(fits(taken, m.roles) for taken in movable))
        found[seat] = Vacancy(seat=seat, count=1, candidates=could)
    left = _free(rule) - (len(people) - len(seating.taken))
    anybody = (Vacancy(seat=(), count=left, candidates=tuple(candidates)),) if left > 0 else ()
    return (*found.values(), *anybody)


def fits(seat: Seat, roles: Collection[str]) -> bool:
    """Tell whether somebody with these roles may take a seat."""
    return not seat or any(role in seat for role in roles)


def _required(rule: Rule) -> tuple[Seat, ...]:
    """Return the seats that not everybody may take."""
    return tuple(need.any_of for need in rule.require for _ in range(need.minimum))


def _free(rule: Rule) -> int:
    """Return how many seats anybody may take; nobody at all is never enough."""
    return max(0, max(rule.minimum, 1) - len(_required(rule)))


def _distinct(people: Iterable[Member]) -> list[Member]:
    return list({member.person.id: member for member in people}.values())


class _Matching:
    """People on seats, as many as there can be; of the seats the first go first.

    Seat after seat, an augmenting path is looked for breadth first. Which
    seats are taken in the end does not depend on the order of the people.

    Attributes:
        seats: which there are.
        taken: who (an index into the people) is on which seat.
    """

    def __init__(self, seats: Sequence[Seat], people: Sequence[Member]) -> None:
        self.seats = seats
        self.taken: dict[int, int] = {}
        self._place: dict[int, int] = {}
        self._fitting = {
            seat: [number for number, member in enumerate(people) if fits(seat, member.roles)]
            for seat in dict.fromkeys(seats)
        }
        for seat in range(len(seats)):
            self.reach(seat)

    @property
    def vacant(self) -> list[int]:
        """The seats on which nobody is."""
        return [seat for seat in range(len(self.seats)) if seat not in self.taken]

    def reach(self, vacant: int) -> list[int]:
        """Fill a vacant seat if anybody is left to; return the seats that were in play."""
        came_from: dict[int, int] = {}
        reached = [vacant]
        queue = deque(reached)
        while queue:
            seat = queue.popleft()
            for person in self._fitting[self.seats[seat]]:
                if person in came_from:
                    continue
                came_from[person] = seat
                if person not in self._place:
                    self._seat(person, came_from)
                    return reached
                reached.append(self._place[person])
                queue.append(self._place[person])
        return reached

    def _seat(self, person: int, came_from: dict[int, int]) -> None:
        """Move everybody along the path: each to the seat from which the person was found."""
        before: int | None = person
        while before is not None:
            person, seat = before, came_from[before]
            before = self.taken.get(seat)
            self.taken[seat], self._place[person] = person, seat
