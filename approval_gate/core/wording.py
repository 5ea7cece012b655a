"""English for people: lists and counts, and what a decision is missing."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from approval_gate.core import quorum
from approval_gate.core.conditions.model import State
from approval_gate.core.model import Member, Person, Rule
from approval_gate.core.quorum import Tally
from approval_gate.core.tasks import short_name
from approval_gate.core.verdict import Ground, Objection, Verdict

NAMED = 6
"""How many words a shortened list has at most."""

CANDIDATES = 3
"""How many of the people who can still approve are named at most."""


def join(words: Iterable[str], conjunction: str) -> str:
    """Join words as prose: ``ann, bob and cid``."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def join_some(words: Iterable[str], conjunction: str, rest: str = "others", most: int = NAMED) -> str:
    """Join words as prose, but not too many: ``ann, bob and 5 others``."""
    listed = list(words)
    if len(listed) > most:
        listed = [*listed[: most - 1], f"{len(listed) - most + 1} {rest}"]
    return join(listed, conjunction)


def names(people: Iterable[Person | Member], conjunction: str = "and") -> str:
    """Join people's logins as prose; of many, the first."""
    return join_some((person.login for person in people), conjunction)


def mentions(people: Iterable[Person | Member]) -> list[str]:
    """Return what notifies each person: ``@ann``."""
    return [f"@{person.login}" for person in people]


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Count something: ``1 approval``, ``2 approvals``, ``2 people``."""
    return f"1 {noun}" if count == 1 else f"{count} {nouns or f'{noun}s'}"


def every(count: int, noun: str) -> str:
    """Name several things, of which there are no others: ``both commits``, ``all 3 commits``."""
    return f"both {noun}s" if count == 2 else f"all {count} {noun}s"  # noqa: PLR2004


def are(count: int) -> str:
    """Return the verb for so many subjects."""
    return "is" if count == 1 else "are"


def minutes(span: timedelta) -> str:
    """Return a span's minutes: ``60``, ``0.5``."""
    return f"{span / timedelta(minutes=1):g}"


def day(time: datetime, since: datetime) -> str:
    """Return what precedes a time that is on another day than ``since`` in UTC: ``Tue 3 March, ``."""
    time = time.astimezone(UTC)
    same = time.date() == since.astimezone(UTC).date()
    return "" if same else f"{time:%a} {time.day} {time:%B}, "


def at(time: datetime, opened: datetime) -> str:
    """Show a time: ``15:04 UTC``, or ``Tue 3 March, 09:00 UTC`` if the request is of another day."""
    return f"{day(time, opened)}{time.astimezone(UTC):%H:%M} UTC"


def dated(time: datetime) -> str:
    """Show a time with its day and year: ``Wed 4 March 2026, 14:00 UTC``."""
    time = time.astimezone(UTC)
    return f"{time:%a} {time.day} {time:%B %Y}, {time:%H:%M} UTC"


def counted(tally: Tally) -> str:
    """Say how many of the approvals that are needed are given: ``1 of 2 approvals``."""
    return f"{tally.filled} of {plural(tally.needed, 'approval')}"


def shortfall(rule: Rule, roster: Iterable[Member]) -> str | None:
    """Say what these people can never give: ``2, but only 1 person can approve``; None if they can."""
    able = [member for member in roster if member.may_approve]
    tally = quorum.tally(rule, able)
    if tally.met:
        return None
    if not tally.vacant:
        return f"{rule.minimum}, but {_only(able)} can approve"
    seat, roles = tally.vacant[0], join(tally.vacant[0], "or")
    fitting = [member for member in able if quorum.fits(seat, member.roles)]
    needed = quorum.required(rule).count(seat)
    if len(fitting) >= needed:
        return f"{rule.minimum}, but nobody is left to approve as {roles}: each person gives one approval"
    of_them = "" if needed == rule.minimum else f", and {needed} of them from {roles}"
    return f"{rule.minimum}{of_them}, but {_only(fitting)} can approve as {roles}"


def _only(people: Sequence[Member]) -> str:
    return f"only {plural(len(people), 'person', 'people')}" if people else "nobody"


def pending(verdict: Verdict, needs: str) -> str:
    """Say what a decision waits for; of what people typed, it has logins, and the policy's names."""
    given = f"{counted(verdict.tally)}, {needs}."
    return " ".join((*((given,) if needs else ()), *held(verdict)))


def held(verdict: Verdict) -> tuple[str, ...]:
    """Say what a decision waits for apart from approvals: reasons, answers, checks, checklist items."""
    if verdict.deniers:
        who = names(verdict.deniers)
        return (
            f"{who} denied without a reason; it is a denial at the deadline, or once the reason is given.",
        )
    return (*_blocking(verdict), *failing(verdict), *open_items(verdict))


def objecting(verdict: Verdict) -> Iterator[str]:
    """Say whose objections held to the end, each person once and in short sentences."""
    first = _first_holds(verdict)
    outright = [objection.person for objection in first if objection.ground is Ground.WORDS]
    if outright:
        yield f"{names(outright)} {'objects' if len(outright) == 1 else 'object'}."
    described = [_sentence(objects(objection)) for objection in first if objection.ground is not Ground.WORDS]
    yield from (f"{said}." for said in described[:CANDIDATES])
    if more := described[CANDIDATES:]:
        yield f"Changed or lost, too: {plural(len(more), 'more comment')}."


def _blocking(verdict: Verdict) -> Iterator[str]:
    """Say whose objections hold, and whose answers lift them."""
    first = _first_holds(verdict)
    if first:
        what = join_some(map(objects, first), "and")
        people = names(objection.person for objection in first)
        verb = "answer" if len(first) > 1 else "answers"
        yield f"{_sentence(what)}; approval waits until {people} {verb}."


def _first_holds(verdict: Verdict) -> list[Objection]:
    """Return the first objection of each person that holds."""
    first: dict[int, Objection] = {}
    for objection in verdict.holds:
        first.setdefault(objection.person.id, objection)
    return list(first.values())


def failing(verdict: Verdict) -> Iterator[str]:
    """Name the required checks that have not passed."""
    if count := len(verdict.blocking):
        have = "has" if count == 1 else "have"
        items = join_some((short_name(it.condition.item) for it in verdict.blocking), "and")
        yield f"{plural(count, 'required check')} {have} not passed: {items}."


def unknown(verdict: Verdict) -> Iterator[str]:
    """Say of the first required check of which it is not known whether it passes why that is so."""
    first = next((it for it in verdict.blocking if it.state is State.UNKNOWN), None)
    if first is not None:
        yield f"{short_name(first.condition.item)} could not be verified: {first.reason}."


def open_items(verdict: Verdict) -> Iterator[str]:
    """Say how much of the checklist is open."""
    if count := len(verdict.lacking):
        yield f"{count} of {len(verdict.checks)} checklist items {are(count)} still open."


def objects(objection: Objection) -> str:
    """Say whose objection it is, and which other person had a part in it."""
    login = objection.person.login
    by = f" by {objection.by.login}" if objection.by else ""
    if objection.ground is Ground.EDITED_BY_OTHERS:
        return f"a comment of {login} was edited{by or ' by somebody else'} and reads as an objection now"
    if objection.ground is Ground.UNREAD and objection.comment_id == 0:
        return f"a comment of {login} was deleted{by} before it was read"
    if objection.ground is Ground.UNREAD:
        return f"an earlier text of a comment of {login} can no longer be read"
    return f"{login} objects"


def _sentence(text: str) -> str:
    """Begin a sentence with a capital, unless it begins with a login."""
    return f"A{text[1:]}" if text.startswith(("a comment of ", "an earlier text ")) else text


def needs(rule: Rule, verdict: Verdict) -> str:
    """Say which approvals are missing, and who could still give them; empty if nobody is waited for.

    A phrase: ``needs 2 from ann, bob or 5 others``, ``needs 1 more from bob as lead``.
    """
    awaited, tally = verdict.awaited, verdict.tally
    if verdict.outcome or tally.met or verdict.deniers:
        return ""
    more = " more" if tally.filled else ""
    vacancies = quorum.vacancies(rule, verdict.approvers, awaited)
    if not quorum.tally(rule, [*verdict.approvers, *awaited]).met:
        hopeless = next((it.seat for it in vacancies if it.seat and not it.candidates), ())
        who = f"only {_some(awaited)}" if awaited and not hopeless else "nobody"
        return f"needs {tally.missing}{more}, but {who} can still approve{_as(hopeless)}"
    parts = []
    for vacancy in vacancies:
        direct = [member for member in vacancy.candidates if quorum.fits(vacancy.seat, member.roles)]
        roles = _as(vacancy.seat if direct else ())
        parts.append(f"{vacancy.count}{more} from {_some(direct or vacancy.candidates)}{roles}")
    single = [
        m
        for m in awaited
        if quorum.alone(rule, m) and (tally.missing > 1 or m not in vacancies[0].candidates)
    ]
    alone = f", or 1 from {_some(single)} alone" if single else ""
    return f"needs {join(parts, 'and')}{alone}"


def _some(people: Iterable[Member]) -> str:
    return join_some((member.login for member in people), "or", most=CANDIDATES)


def _as(roles: Sequence[str]) -> str:
    return f" as {join_some(roles, 'or')}" if roles else ""
