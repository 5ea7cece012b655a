"""How many different people a rule needs, in which roles, and whether these people can meet it.

A rule is a row of seats: one for each approval that it requires of certain
roles, then seats for anybody, up to the minimum. It is met when each seat can
be given to a different person, which maximum matching determines
(https://en.wikipedia.org/wiki/Hall%27s_marriage_theorem).
"""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from approval_gate.core.model import Member, Rule

Seat = tuple[str, ...]
"""The roles of which its person must hold one; empty for anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How some people's approvals fill a rule's seats.

    Attributes:
        vacant: the seats for certain roles that stay vacant, in the rule's order.
        open: how many seats for anybody stay vacant.
        alone: whether one of them may approve alone, which meets every rule
            (process, Approval Authority Matrix).
    """

    filled: int
    vacant: tuple[Seat, ...]
    open: int
    alone: bool

    @property
    def missing(self) -> int:
        """How many seats are vacant."""
        return len(self.vacant) + self.open

    @property
    def needed(self) -> int:
        """How many seats the rule has."""
        return self.filled + self.missing

    @property
    def met(self) -> bool:
        """Whether these approvals meet the rule."""
        return self.alone or not self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacancy:
    """Vacant seats of one kind, and the people who could fill one."""

    seat: Seat
    count: int
    candidates: tuple[Member, ...]


def tally(rule: Rule, approvers: Iterable[Member]) -> Tally:
    """Fill a rule's seats; each person fills one, however many roles it holds."""
    people = _distinct(approvers)
    seating = _Matching(required(rule), people)
    free = _free(rule)
    others = min(free, len(people) - len(seating.taken))
    return Tally(
        filled=len(seating.taken) + others,
        vacant=tuple(seating.seats[number] for number in seating.vacant),
        open=free - others,
        alone=any(alone(rule, member) for member in people),
    )


def alone(rule: Rule, member: Member) -> bool:
    """Whether this person's approval suffices alone."""
    return any(role in rule.alone for role in member.roles)


def decides(rule: Rule, roles: Collection[str]) -> bool:
    """Whether an approval in these roles can ever matter: alone, or by filling a seat."""
    return (
        _free(rule) > 0
        or any(role in rule.alone for role in roles)
        or any(fits(seat, roles) for seat in required(rule))
    )


def acting(rule: Rule, member: Member, note: str | None) -> Member:
    """Drop the roles that need a justification when there is no note.

    (process, Approval Authority Matrix: "with justification").
    """
    if note or not rule.justified:
        return member
    return replace(member, roles=tuple(role for role in member.roles if role not in rule.justified))


def seated(rule: Rule, approvers: Iterable[Member]) -> tuple[tuple[Member, str | None], ...]:
    """Return each approver with the role in which the approval decides; None if it cannot decide.

    If the seats are not all filled, those who may approve alone decide. A person
    who fits a seat that is filled already decides in the same role.
    """
    people = _distinct(approvers)
    matching = _Matching(required(rule), people)
    seat_of = {person: matching.seats[number] for number, person in matching.taken.items()}
    others: Sequence[Seat] = ((),) if _free(rule) else required(rule)
    filled = tally(rule, people)

    def role(number: int, member: Member) -> str | None:
        if filled.alone and filled.missing:
            return next((it for it in member.roles if it in rule.alone), None)
        seats = [seat_of[number]] if number in seat_of else others
        return next((it for seat in seats for it in member.roles if fits(seat, [it])), None)

    return tuple((member, role(number, member)) for number, member in enumerate(people))


def satisfiable(rule: Rule, roster: Iterable[Member]) -> bool:
    """Whether the rule is met if everybody who can approve does, with a note."""
    return tally(rule, [member for member in roster if member.may_approve]).met


def vacancies(rule: Rule, approvers: Iterable[Member], candidates: Sequence[Member]) -> tuple[Vacancy, ...]:
    """Return the vacant seats, and the candidates whose approval would fill one of them.

    These are the people who fit the seat, and those who fit another person's
    seat and so free that person for it.
    """
    people = _distinct(approvers)
    seating = _Matching(required(rule), people)
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
    """Whether somebody with these roles can fill a seat."""
    return not seat or any(role in seat for role in roles)


def required(rule: Rule) -> tuple[Seat, ...]:
    """Return the seats for certain roles."""
    return tuple(need.any_of for need in rule.require for _ in range(need.minimum))


def _free(rule: Rule) -> int:
    """Return how many seats there are for anybody; every rule has at least one seat."""
    return max(0, max(rule.minimum, 1) - len(required(rule)))


def _distinct(people: Iterable[Member]) -> list[Member]:
    return list({member.person.id: member for member in people}.values())


class _Matching:
    """A largest possible assignment of people to seats; earlier seats are filled first.

    For one seat after the other an augmenting path is searched breadth first.
    The order of the people does not change which seats are filled. People are
    indices into the sequence; ``taken`` has the one on each seat that is filled.
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
        self.vacant = [seat for seat in range(len(seats)) if seat not in self.taken]

    def reach(self, vacant: int) -> list[int]:
        """Fill a vacant seat if possible, and return every seat whose person could move to fill it."""
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
        """Move everybody on the path to the seat from which they were found."""
        before: int | None = person
        while before is not None:
            person, seat = before, came_from[before]
            before = self.taken.get(seat)
            self.taken[seat], self._place[person] = person, seat
