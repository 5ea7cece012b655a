"""Why a request ended, in words for the log, the texts and the outputs."""

import math
from collections import Counter

from approval_gate.core import quorum
from approval_gate.core.model import Closing, Code, Member, Outcome, Rule
from approval_gate.core.plain import quoted
from approval_gate.core.quorum import Tally
from approval_gate.core.verdict import Decision, Verdict
from approval_gate.core.wording import (
    are,
    at,
    counted,
    failing,
    join_some,
    names,
    objecting,
    open_items,
    unknown,
)

QUOTED = 200
"""How many characters of the reason of a denial are quoted on one line."""

QUOTES = 3
"""How many reasons are quoted on one line."""


def why(rule: Rule, verdict: Verdict, closing: Closing | None) -> str:
    """Say why a decision ended; of what people typed, it has logins, and the policy's names."""
    deniers = names(verdict.deniers)
    match verdict.code:
        case Code.QUORUM | Code.APPROVED_ALONE:
            return _approved(rule, verdict)
        case Code.DENIED:
            return f"Denied by {deniers}."
        case Code.DENIED_WITHOUT_REASON:
            return f"Denied by {deniers}, who gave no reason before the window closed."
        case Code.ISSUE_CLOSED:
            return _closed(rule, verdict, closing)
        case Code.REPLACED:
            return f"A re-run replaced this request, which had {given(rule, verdict)}."
    return window_closed(rule, verdict)


def with_reasons(decision: Decision) -> str:
    """Return why a decision ended, on one line; a denial with its reasons, shortened, which people typed."""
    quotes = {it.person.id: quoted(it.text or "", QUOTED) for it in decision.objections if it.denies}
    if decision.code is not Code.DENIED or not any(quotes.values()):
        return decision.reason
    said = [": ".join(filter(None, (it.login, quotes.get(it.person.id)))) for it in decision.deniers]
    rest = len(said) - QUOTES
    more = [f"{rest} others"] if rest > 1 else said[QUOTES:]
    return f"Denied by {'; by '.join([*said[:QUOTES], *more])}"


def given(rule: Rule, verdict: Verdict) -> str:
    """Say how many of the approvals are given, and by whom: ``1 of 2 approvals, from cid``."""
    counting = [member for member in verdict.approvers if quorum.decides(rule, member.roles)]
    return f"{counted(verdict.tally)}{f', from {names(counting)}' if counting else ''}"


def window_closed(rule: Rule, verdict: Verdict, *, unconfirmed: bool = False) -> str:
    """Say what there was and what was missing when the window closed."""
    but = ", before they were confirmed" if unconfirmed else ""
    said = [f"The window closed with {given(rule, verdict)}{but}{_vacant(verdict.tally)}."]
    idle = [member for member in verdict.approvers if not quorum.decides(rule, member.roles)]
    if idle:
        said.append(f"The approval{'' if len(idle) == 1 else 's'} of {names(idle)} could not decide.")
    if not verdict.tally.met:
        objectors = {objection.person.id for objection in verdict.holds}
        silent = [member for member in verdict.awaited if member.person.id not in objectors]
        said.extend([f"Still to answer: {names(silent)}."] if silent else [])
    said.extend(objecting(verdict))
    if verdict.tally.met:
        said.extend([*failing(verdict), *unknown(verdict), *open_items(verdict)])
    return " ".join(said)


def stopped_early(rule: Rule, verdict: Verdict, signal: str) -> str:
    """Say that a stop signal ended the request, and which limit of time may have sent it."""
    least = math.ceil(rule.window.total_seconds() / 60)
    by = f" ({signal})" if signal else ""
    return (
        f"The job was stopped{by} with {given(rule, verdict)}. If nobody cancelled it, the "
        "`timeout-minutes` of the step or of the job ended it. "
        f"Give the step `timeout-minutes: {least}` or more, as long as the window, and the job no less."
    )


def stopped_at_once(signal: str, *, opening: bool) -> str:
    """Say that a stop signal ended a run before anybody could answer."""
    by = f" ({signal})" if signal else ""
    if opening:
        return f"The job was stopped{by} while the gate was opening the issue."
    return f"The job was stopped{by} before anybody was asked. No issue was opened."


def decisive(rule: Rule, verdict: Verdict) -> tuple[tuple[Member, str], ...]:
    """Return those whose approval decided, each with the role; empty if that was everybody in any role."""
    seats = quorum.seated(rule, verdict.approvers)
    decided = tuple((member, role) for member, role in seats if role is not None)
    return decided if rule.require or len(decided) < len(seats) else ()


def in_role(login: str, role: str) -> str:
    """Return the role as long as it says more than the login does."""
    bare = role.casefold().removeprefix("@").removeprefix("user:")
    return "" if bare == login.casefold() else role


def _approved(rule: Rule, verdict: Verdict) -> str:
    everybody = names(verdict.approvers)
    if verdict.code is Code.APPROVED_ALONE:
        sole = [member for member in verdict.approvers if quorum.alone(rule, member)]
        only = len(sole) == len(verdict.approvers)
        who = everybody if only else f"{everybody}. Decisive: {names(sole)}"
        return f"Approved by {who}, who can approve alone."
    roles = [(member.login, in_role(member.login, role)) for member, role in decisive(rule, verdict)]
    if not roles:
        return f"Approved by {everybody}."
    deciding = join_some((f"{login} as {role}" if role else login for login, role in roles), "and")
    if len(roles) == len(verdict.approvers):
        return f"Approved by {deciding}."
    return f"Approved by {everybody}. Decisive: {deciding}."


def _closed(rule: Rule, verdict: Verdict, closing: Closing | None) -> str:
    who = closing.by.login if closing and closing.by else "Somebody"
    when = f" at {at(closing.at, verdict.opened_at)}" if closing else ""
    if verdict.outcome is Outcome.DENIED:
        return f"Denied by {names(verdict.deniers)}, who closed the approval issue{when}."
    return f"{who} closed the approval issue{when} with {given(rule, verdict)}."


def _vacant(tally: Tally) -> str:
    """Say how many of the missing approvals must come from which roles."""
    counts = Counter(tally.vacant)
    whose = [f"{count} from {join_some(seat, 'or')}" for seat, count in counts.items()]
    missing = f"{join_some(whose, 'and')} {are(len(tally.vacant))} missing"
    return f"; {missing}" if whose else ""
