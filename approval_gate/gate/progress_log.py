"""The lines of the job's log between the opening of a request and its end."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from approval_gate.core.layout import Event, laid_out, length, row
from approval_gate.core.progress import Progress, advance
from approval_gate.core.verdict import Decision
from approval_gate.core.wording import day
from approval_gate.gate.ports import ApprovalIssue, Log


class ProgressLog:
    """Logs what happens, each thing once; ``now`` returns GitHub's time."""

    def __init__(self, log: Log, now: Callable[[], datetime]) -> None:
        self._log, self._now = log, now
        self._logged = Progress()
        self._day: date | None = None

    def begin(self, issue: ApprovalIssue, decision: Decision) -> None:
        """Log where people are asked and until when, which ends the heading."""
        opened, closes = decision.opened_at, decision.deadline
        until = f"{day(closes, opened)}{closes:%H:%M:%S} UTC ({length(closes - opened)})"
        self._log.say(row("issue", issue.url))
        self._log.say(row("until", until))
        self._logged, _ = advance(Progress(), decision, opened)
        self._day = opened.date()

    def say(self, what: str, state: str = "") -> None:
        """Log something that happens now."""
        self._write([Event(self._now(), what, (state,) if state else ())])

    def say_paused(self, seconds: float) -> None:
        """Log that GitHub allows no request for a while, so that answers are read only after it."""
        until = self._now() + timedelta(seconds=seconds)
        self.say(f"GitHub allows no more requests for now; answers are read again at {until:%H:%M:%S}")

    def progress(self, decision: Decision) -> None:
        """Log what a decision brings that is new."""
        self._logged, events = advance(self._logged, decision, self._now())
        self._write(events)

    def _write(self, events: Sequence[Event]) -> None:
        self._day, lines = laid_out(events, self._day)
        for line in lines:
            self._log.say(line)
