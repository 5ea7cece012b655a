"""How a run ends: the outcome, the reason, and the exit code."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from approval_gate.core.decision import decide
from approval_gate.core.facts import NO_FACTS, Facts
from approval_gate.core.model import Code, Member, Outcome, Rule, Thread
from approval_gate.core.outcomes import stopped_at_once, stopped_early, window_closed, with_reasons
from approval_gate.core.timing import LAST_PART
from approval_gate.core.verdict import Decision

EXIT_CODES = {Outcome.APPROVED: 0, Outcome.DENIED: 1, Outcome.TIMED_OUT: 3, Outcome.CANCELLED: 4}
"""The exit code of each outcome that people or a signal bring about; an error has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended, why on one line, and the same on several lines if one is not enough for the log.

    The entry is that of the troubleshooting page, if it is not the reason code's own.
    """

    outcome: Outcome
    code: Code
    reason: str
    exit_code: int
    message: str = ""
    entry: str = ""

    @property
    def text(self) -> str:
        """The text for the log."""
        return self.message or self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The issue on which people were asked, from its opening to the end of the request."""

    number: int
    url: str
    opened_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """The end of one request: everything that the texts about it show.

    Attributes:
        decision: as :func:`as_ended` returns it; None if nothing was read.
        asked: None if no issue was opened.
    """

    ending: Ending
    decision: Decision | None = None
    asked: Asked | None = None


def ended(decision: Decision, passing: Collection[Outcome] = ()) -> Ending | None:
    """Return how a decision ends the run, if it does; an outcome in ``passing`` does not fail the step."""
    if decision.outcome is None or decision.code is None:
        return None
    exit_code = 0 if decision.outcome in passing else EXIT_CODES[decision.outcome]
    reason = with_reasons(decision)
    return Ending(outcome=decision.outcome, code=decision.code, reason=reason, exit_code=exit_code)


def stopped(
    rule: Rule,
    roster: Sequence[Member],
    thread: Thread,
    elapsed: timedelta,
    signal: str = "",
    facts: Facts = NO_FACTS,
) -> Decision:
    """Decide how a stop signal ends a request, which is never approved: nothing was confirmed.

    The recommended limit of the step, ``timeout-minutes``, is as long as the window,
    but it counts from the start of the step. So it expires shortly before the
    window does, and a signal that late is treated as the end of the window.
    """
    decision = decide(rule, roster, thread, thread.opened_at + rule.window, facts)
    if elapsed < LAST_PART * rule.window:
        reason = stopped_early(rule, decision, signal)
        return replace(decision, outcome=Outcome.CANCELLED, code=Code.SIGNAL, reason=reason)
    if decision.outcome is Outcome.APPROVED:
        reason = window_closed(rule, decision, unconfirmed=True)
        return replace(decision, outcome=Outcome.TIMED_OUT, code=Code.WINDOW_CLOSED, reason=reason)
    return decision


def unasked(signal: str, *, opening: bool) -> Ending:
    """Return how a stop signal ends a run in which nobody could answer yet."""
    return Ending(
        outcome=Outcome.CANCELLED,
        code=Code.SIGNAL,
        reason=stopped_at_once(signal, opening=opening),
        exit_code=EXIT_CODES[Outcome.CANCELLED],
    )


def as_ended(decision: Decision, outcome: Outcome | None) -> Decision:
    """Return a decision as a run with this outcome can state it; without one it has not ended.

    Only an approved run has approvers. Of a quorum that was never confirmed only
    the votes remain: it decided nothing.
    """
    if outcome is Outcome.APPROVED:
        return decision
    if decision.outcome is not Outcome.APPROVED:
        return replace(decision, approvers=())
    reason = "The quorum was never confirmed, so it decided nothing."
    return replace(decision, outcome=None, code=None, reason=reason, approvers=())
