"""The loop: open, poll, decide, announce, wait, confirm, end.

It sequences and does nothing else. The core decides, the notifier tells people
what they should know meanwhile, and adapters read and write, as the protocols
of ``ports``.
"""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from approval_gate import __version__
from approval_gate.core import timing
from approval_gate.core.decision import decide
from approval_gate.core.ending import Asked, Conclusion, Ending
from approval_gate.core.layout import length
from approval_gate.core.model import Code, Outcome, Thread
from approval_gate.core.record.conclude import Result, conclude
from approval_gate.core.record.document import asked, document
from approval_gate.core.record.model import Given, Inputs, StopSignal
from approval_gate.core.timing import LAST_READ, WEIGHTY
from approval_gate.core.verdict import Decision
from approval_gate.errors import NotFoundError, TransientError, UnauthenticatedError, UnsettledError
from approval_gate.gate.confirmation import Confirmation, agreed
from approval_gate.gate.ending import failed
from approval_gate.gate.facts import LatestFacts
from approval_gate.gate.lifecycle import IssueLifecycle
from approval_gate.gate.notify import BestEffort, Notifier
from approval_gate.gate.outage import OutageTracker
from approval_gate.gate.ports import (
    ApprovalIssue,
    GitHub,
    Log,
    Messages,
    Notifications,
    Outputs,
    Plan,
    Runtime,
)
from approval_gate.gate.progress_log import ProgressLog

_POLLS_AVERAGED = 20


class Gate:
    """One request, from its opening to its end."""

    def __init__(
        self,
        plan: Plan,
        github: GitHub,
        messages: Messages,
        log: Log,
        outputs: Outputs,
        runtime: Runtime,
        notifications: Notifications,
    ) -> None:
        self._plan, self._messages, self._runtime = plan, messages, runtime
        self._connection = github.connection
        self._best_effort = BestEffort(log, runtime, notifications, self._left)
        self._lifecycle = IssueLifecycle(plan, github, messages, outputs, log, runtime, self._best_effort)
        progress = ProgressLog(log, github.connection.now)
        self._notifier = Notifier(plan, github.connection, messages, progress, runtime, self._best_effort)
        self._facts = LatestFacts(plan, github.sources, runtime, github.connection.budget, self._left)
        self._confirmation = Confirmation(
            plan,
            github.sources,
            self._facts,
            self._notifier,
            runtime,
            self._decide,
            github.connection.now,
            self._left,
        )
        self._inputs = plan.inputs
        # The requests used by the time of each of the latest polls.
        self._used = deque([0], maxlen=_POLLS_AVERAGED + 1)
        self._hurried = False

    @property
    def left_open(self) -> bool:
        """Whether an issue may be open that nobody waits at."""
        return self._lifecycle.left_open

    def open(self) -> None:
        """Open the issue, and tell everybody who is asked.

        Raises:
            GitHubError: the issue could not be opened; everything else only warns.
        """
        now = self._connection.now()
        body, further = self._messages.issue(now, now + self._plan.rule.window)
        issue = self._lifecycle.open(body)
        decision = self._decide(Thread(opened_at=issue.opened_at, author_id=issue.author_id))
        self._best_effort.notify(self._messages.asked(decision, issue.url))
        self._notifier.begin(issue, further, decision)
        self._lifecycle.introduce(issue)
        self._used.extend([self._connection.requests_used] * (_POLLS_AVERAGED + 1))

    def wait(self) -> Ending:
        """Wait for people, until there is an outcome.

        Raises:
            GitHubError: GitHub cannot be asked, or the issue is not what it was.
        """
        trouble = OutageTracker(self._runtime)
        while True:
            try:
                decision = self._poll()
            except (TransientError, NotFoundError, UnauthenticatedError) as error:
                overdue = self._connection.now() - self._deadline()
                pause = trouble.met(error, overdue.total_seconds())
                if trouble.is_news(error):
                    again = "reading it again" if isinstance(error, UnsettledError) else "trying again"
                    self._notifier.log.say(f"{error.problem.rstrip('.')}; {again}", error.detail)
            else:
                outage = trouble.over()
                if outage is not None:
                    self._notifier.log.say(f"GitHub answers again, after {length(outage)}")
                if decision.outcome is not None:
                    return self._ending()
                pause = self._interval()
                if pause > max(timing.LONGEST, self._plan.polling_interval):
                    self._notifier.log.say_paused(pause)
            self._best_effort.collect()
            self._runtime.sleep(pause)

    def _poll(self) -> Decision:
        """Read what is new, decide, and tell people what became of it."""
        issue = self._opened()
        people = [member.person.id for member in self._confirmation.roster if member.may_object]
        last = self._connection.now() >= self._deadline()
        by_mail = not self._plan.rule.email_votes
        thread = agreed(issue.confirm(people)) if last else issue.poll(people, facts=by_mail)
        # What the gate wrote since the last poll is charged like reading.
        self._used.append(self._connection.requests_used)
        thread, last = self._read_if_over(issue, people, thread, last=last)
        decision = self._decide(thread)
        if self._facts.look(decision, last=last):
            thread, last = self._read_if_over(issue, people, thread, last=last)
            decision = self._decide(thread)
        if decision.outcome is Outcome.APPROVED:
            try:
                decision = self._confirmation.confirm(issue, decision, thread, last=last)
            finally:  # of an approval that cannot be confirmed, the answers are logged as they were read
                self._notifier.log.progress(decision)
        self._notifier.announce(issue, decision)
        return decision

    def _read_if_over(
        self, issue: ApprovalIssue, people: Collection[int], thread: Thread, *, last: bool
    ) -> tuple[Thread, bool]:
        """Read the conversation again if the window closed meanwhile, or seems to; return whether it did.

        One answer with a wrong date does not close it.
        """
        if last or self._connection.now() < self._deadline():
            return thread, last
        return agreed(issue.confirm(people)), True

    def _decide(self, thread: Thread) -> Decision:
        roster, now, facts = self._confirmation.roster, self._connection.now(), self._facts.known
        self._inputs = replace(self._inputs, roster=roster, thread=thread, now=now, facts=facts)
        return decide(self._plan.rule, roster, thread, now, facts)

    def _concluded(self, ending: Ending | None = None) -> Result:
        """Derive from everything that was read how the run ends, by this error if it is one."""
        return conclude(self._known(ending), asked(self._given()))

    def _ending(self) -> Ending:
        """Return how people ended the run.

        Raises:
            AssertionError: they approved, but not all that the approval rests on is confirmed.
        """
        ending = self._concluded().ending
        if ending is None:
            raise AssertionError(self._confirmation.facts)
        return ending

    def _known(self, ending: Ending | None) -> Inputs:
        """Return everything that was read, and the error that ended the run, if one did."""
        inputs = replace(self._inputs, confirmation=self._confirmation.facts)
        if ending is None or ending.outcome is not Outcome.ERROR:
            return inputs
        return replace(inputs, error=failed(ending))

    def _given(self) -> Given:
        plan, issue = self._plan, self._lifecycle.issue
        return Given(
            gate=__version__,
            request=plan.record.requested,
            asked_at=issue.opened_at if issue else None,
            ended_at=self._connection.now(),
            issue=self._lifecycle.asked,
            policy=plan.policy,
            checklist=plan.record.checklist,
        )

    def _deadline(self) -> datetime:
        return self._opened().opened_at + self._plan.rule.window

    def _left(self) -> float:
        """Return the seconds for which anything can still be retried: until the last read must end."""
        return max(0.0, (self._deadline() - self._connection.now()).total_seconds() + LAST_READ)

    def _opened(self) -> ApprovalIssue:
        assert self._lifecycle.issue is not None  # noqa: S101 - nothing waits before it is open
        return self._lifecycle.issue

    def _interval(self) -> float:
        left = (self._deadline() - self._connection.now()).total_seconds()
        budget = self._connection.budget((self._used[-1] - self._used[0]) / _POLLS_AVERAGED)
        return timing.interval(self._plan.polling_interval, left, budget)

    def stopped(self, elapsed: float, signal: str) -> Ending:
        """Return how a stop signal ends the request so many seconds after the step began."""
        self._connection.shorten_timeouts()
        self._hurried = True
        issue = self._lifecycle.issue
        if issue is not None and self._inputs.asked is None:  # it came while the issue was being opened
            self._decide(Thread(opened_at=issue.opened_at, author_id=issue.author_id))
        stop = StopSignal(signal=signal, elapsed_seconds=int(elapsed))
        self._inputs = replace(self._inputs, stopped=stop)
        ending = self._concluded().ending
        assert ending is not None  # noqa: S101 - a stop ends it one way or the other
        return ending

    def record(self, ending: Ending) -> dict[str, Any]:
        """Return the record of a request that ended like this."""
        return document(self._given(), self._known(ending))

    def conclusion(self, ending: Ending) -> Conclusion:
        """Return the end of the request with what the texts about it show, as of now."""
        issue, on = self._lifecycle.issue, None
        if issue is not None:
            on = Asked(
                number=issue.number,
                url=issue.url,
                opened_at=issue.opened_at,
                ended_at=self._connection.now(),
            )
        return Conclusion(ending=ending, decision=self._concluded(ending).decision, asked=on)

    def summary(self, end: Conclusion, record: Mapping[str, object]) -> str:
        """Return the job's summary of a request that ended like this."""
        return self._messages.summary(end, record)

    def last_words(self, end: Conclusion) -> tuple[str, str]:
        """Return what the last line of the log is about, and the line."""
        return self._messages.last_words(end)

    def close(self, end: Conclusion, record: Mapping[str, object]) -> None:
        """Close the issue, and tell people how it ended."""
        if end.decision is not None and end.ending.outcome is Outcome.APPROVED:
            self._notifier.log.say(self._confirmation.sentence(end.decision))
        issue = self._lifecycle.issue
        if issue is not None:
            self._best_effort.notify(self._messages.decided(end, issue.url))
            self._close(issue, end, record)
            self._best_effort.collect(wait=True)

    def _close(self, issue: ApprovalIssue, end: Conclusion, record: Mapping[str, object]) -> None:
        ending, decision = end.ending, end.decision
        # These two were retried for long enough before they ended it.
        lasting = ending.code in {Code.ISSUE_GONE, Code.UNAUTHENTICATED}
        until = self._best_effort.limit(0.0 if lasting else WEIGHTY)
        self._best_effort.known = Code.ISSUE_GONE if ending.code is Code.ISSUE_GONE else None
        texts = self._messages.closing(end, record)
        closed = self._lifecycle.close(issue, ending, texts, until)
        if self._hurried and not closed:
            return  # the runner gives no time to wait for GitHub
        self._lifecycle.close_duplicates(issue, until)
        self._notifier.end(issue, end)
        if not self._hurried and decision is not None and decision.outcome is not None:
            self._notifier.react_at_last(issue, decision, until)
