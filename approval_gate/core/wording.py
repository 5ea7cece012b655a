"""What a decision says in words: the one sentence that names what is missing, or why it ended."""

from collections import Counter
from collections.abc import Iterable, Iterator

from approval_gate.core import quorum
from approval_gate.core.model import Closing, Code, Member, Outcome, Rule
from approval_gate.core.quorum import Tally
from approval_gate.core.verdict import Decision, Ground, Objection, Vote, VoteStatus

NAMED = 6
"""The most words of a list that is cut."""


def join(words: Iterable[str], conjunction: str, *, rest: str | None = None) -> str:
    """Join words as prose: ``ann, bob and cid``.

    Args:
        words: any number, none of them empty.
        conjunction: what stands before the last.
        rest: what those are called that a long list leaves out, such as
            ``others``; None to leave none out.
    """
    listed = list(words)
    if rest is not None and len(listed) > NAMED:
        listed = [*listed[: NAMED - 1], f"{len(listed) - NAMED + 1} {rest}"]
    *first, last = listed or [""]
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def names(members: Iterable[Member]) -> str:
    """Join people's logins as prose: ``ann, bob and cid``."""
    return _join(_logins(members), "and")


def counted(tally: Tally) -> str:
    """Say how many approvals there are of how many: ``1 of 2 approvals``."""
    return f"{tally.filled} of {tally.needed} approval{'s' if tally.needed != 1 else ''}"


def reason(rule: Rule, decision: Decision, closing: Closing | None) -> str:
    """Say why it ended, or what is missing; only logins and roles of what people typed are in it."""
    outcome, code = decision.outcome, decision.code
    approvers, deniers = names(decision.approvers), names(decision.deniers)
    given = counted(decision.tally)
    if outcome is Outcome.APPROVED:
        single = names(member for member in decision.approvers if quorum.alone(rule, member))
        who = ", who" if single == approvers else f"; {single}"
        return f"Approved by {approvers}{f'{who} may approve alone' if code is Code.APPROVED_ALONE else ''}."
    if code is Code.DENIED:
        return f"Denied by {deniers}."
    if code is Code.DENIED_WITHOUT_REASON:
        return f"Denied by {deniers}, who gave no reason before the window closed."
    if code is Code.ISSUE_CLOSED:
        what = ", which is a denial here" if outcome is Outcome.DENIED else ""
        closer = f" by {closing.by.login}" if closing and closing.by else ""
        return f"The approval issue was closed{closer} with {given}{what}."
    if code is Code.REPLACED:
        return f"The gate's own account closed the approval issue with {given}: a re-run replaced it."
    if outcome is Outcome.TIMED_OUT:
        open_items = _open_items(decision) if decision.tally.met else ()
        closed = f"The window closed with {given}{_vacant(decision.tally)}."
        return " ".join((closed, *_objecting(decision, over=True), *open_items))
    if decision.deniers:
        return (
            f"{deniers} denied without a reason; it is a denial at the deadline, or once the reason is given."
        )
    held = (*_objecting(decision, over=False), *_open_items(decision))
    return " ".join(held if decision.tally.met else (f"{given}; {_who_can(rule, decision)}.", *held))


def _objecting(decision: Decision, *, over: bool) -> Iterator[str]:
    """Say whose objection stands."""
    first: dict[int, Objection] = {}
    for objection in decision.holds:
        first.setdefault(objection.person.id, objection)
    if first:
        people = _join((objection.person.login for objection in first.values()), "and")
        what = _join((objects(objection) for objection in first.values()), "and")
        verb = "answer" if len(first) > 1 else "answers"
        yield f"{_sentence(what)}." if over else f"{_sentence(what)}; approval waits until {people} {verb}."


def _open_items(decision: Decision) -> Iterator[str]:
    """Say how much of the checklist is open."""
    if decision.lacking:
        count, of = len(decision.lacking), len(decision.checks)
        yield f"{count} of {of} checklist items {'is' if count == 1 else 'are'} still open."


def by_whom(vote: Vote) -> str:
    """Name whoever else keeps a vote from counting: ``changed by dee``; empty if nobody else does."""
    by = vote.cause.by if vote.cause else None
    what = {
        VoteStatus.BEFORE_CHANGE: "changed",
        VoteStatus.TAMPERED: "edited",
        VoteStatus.DELETED: "deleted",
    }.get(vote.status)
    return f"{what} by {by.login}" if by and what and by != vote.person else ""


def objects(objection: Objection) -> str:
    """Say of one objection whose it is, and who else had a hand in it."""
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
    """Begin a sentence; a login keeps its first letter."""
    return f"A{text[1:]}" if text.startswith(("a comment of ", "an earlier text ")) else text


def _vacant(tally: Tally) -> str:
    """Say how many of what is missing had to come from which roles."""
    counts = Counter(tally.vacant)
    whose = [f"{count} from {_join(seat, 'or')}" for seat, count in counts.items()]
    return f"; {_join(whose, 'and')} {'is' if len(tally.vacant) == 1 else 'are'} missing" if whose else ""


def _who_can(rule: Rule, decision: Decision) -> str:
    """Say which approvals are missing, and who could still give them."""
    awaited, missing, begun = decision.awaited, decision.tally.missing, decision.tally.filled > 0
    found = quorum.openings(rule, decision.approvers, awaited)
    if not quorum.tally(rule, [*decision.approvers, *awaited]).met:
        roles = next((_join(o.seat, "or") for o in found if o.seat and not o.candidates), "")
        who = f"only {_join(_logins(awaited), 'or')}" if awaited and not roles else "nobody"
        return f"{who} can still approve{f' as {roles}' if roles else ''}, so it cannot be reached"
    parts = []
    for opening in found:
        direct = [member for member in opening.candidates if quorum.fits(opening.seat, member.roles)]
        roles = f" as {_join(opening.seat, 'or')}" if opening.seat and direct else ""
        who = _join(_logins(direct or opening.candidates), "or")
        parts.append(f"{who} can give {_share(opening, missing, begun=begun)}{roles}")
    single = [m for m in awaited if quorum.alone(rule, m) and (missing > 1 or m not in found[0].candidates)]
    alone = f", {_join(_logins(single), 'or')} alone" if single else ""
    return f"{'; '.join(parts)}{alone}"


def _share(opening: quorum.Vacancy, missing: int, *, begun: bool) -> str:
    """Say how much of what is missing these seats are: ``it``, ``the other``, ``the 2 more``, ``one``."""
    if opening.count < missing:
        some = "one" if opening.count == 1 else str(opening.count)
        rest = "the other" if opening.count == 1 else f"the other {opening.count}"
        return some if opening.seat else rest
    if missing == 1:
        return "the other" if begun else "it"
    return f"the {missing}{' more' if begun else ''}"


def _logins(members: Iterable[Member]) -> list[str]:
    return [member.person.login for member in members]


def _join(words: Iterable[str], conjunction: str) -> str:
    return join(words, conjunction, rest="others")
