"""The loop: open, look, decide, announce, wait, confirm, end.

It sequences and nothing else. What is decided is the core's, what people are
told meanwhile ``telling``'s, and what is written and read the adapters', which
come in as the protocols of ``ports``.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from approval_gate.core import timing
from approval_gate.core.decision import decide
from approval_gate.core.ending import Ending, as_ended, ended, stopped
from approval_gate.core.model import Code, Outcome, Thread
from approval_gate.core.notices import answered
from approval_gate.core.record import DecisionInputs, document
from approval_gate.core.result import added
from approval_gate.core.timing import LAST_READ, WEIGHTY, Deadline
from approval_gate.core.verdict import Decision
from approval_gate.core.wording import names
from approval_gate.errors import (
    NotFoundError,
    TransientError,
    UnauthenticatedError,
    UnsettledError,
)
from approval_gate.gate.confirmation import Confirmation, agreed
from approval_gate.gate.notify import BestEffort, Notifier
from approval_gate.gate.outage import OutageTracker
from approval_gate.gate.ports import ApprovalIssue, GitHub, Log, Messages, Outputs, Plan, Runtime, StaleIssue

_LOOKS_AVERAGED = 20


class Gate:
    """One request, from its opening to its end."""

    def __init__(
        self, plan: Plan, github: GitHub, texts: Messages, log: Log, sink: Outputs, runtime: Runtime
    ) -> None:
        self._plan, self._texts = plan, texts
        self._connection, self._tracker = github.connection, github.tracker
        self._log, self._sink, self._runtime = log, sink, runtime
        self._issue: ApprovalIssue | None = None
        self._decision: Decision | None = None
        self._inputs: DecisionInputs | None = None
        self._courtesies = BestEffort(log, runtime, self._left)
        self._telling = Notifier(plan, github.connection, texts, log, runtime, self._courtesies)
        self._confirmation = Confirmation(
            plan, github.sources, self._telling, runtime, self._decide, self._left
        )
        self._costs: deque[int] = deque([0] * _LOOKS_AVERAGED, maxlen=_LOOKS_AVERAGED)
        self._charged = 0
        self._hurried = False
        # From the moment it is asked for: an answer that is lost may be one of an issue that was opened.
        self.left_open = False

    # Opening -------------------------------------------------------------------------

    def open(self) -> None:
        """Open the issue, and tell of it everybody who is asked.

        Raises:
            GitHubError: the issue could not be opened; courtesies only warn.
        """
        plan, rule = self._plan, self._plan.rule
        now = self._connection.now()
        text = self._texts.issue(str(plan.marker), now, now + rule.window)
        self.left_open = True
        with self._runtime.shielded():
            issue = self._issue = self._tracker.open(
                plan.marker, plan.title, text.body, plan.labels, rule.checklist
            )
            self._sink.set({"issue-number": str(issue.number), "issue-url": issue.url})
        decision = self._decide(Thread(opened_at=issue.opened_at, author_id=issue.author_id))
        self._telling.begin(issue, text.further, decision)
        self._label(issue)
        self._replace_stale(issue)
        asked = [member.person.login for member in self._confirmation.roster if member.may_approve]
        self._courtesies.do("assign the approvers", lambda: self._assign(issue, asked))
        self._charged = self._connection.requests_used

    def _label(self, issue: ApprovalIssue) -> None:
        has = {label.lower() for label in issue.labels}
        dropped = [label for label in self._plan.labels if label.lower() not in has]
        if dropped:
            what = f"set the labels {', '.join(dropped)}, which GitHub dropped"
            self._courtesies.do(what, lambda: issue.add_labels(dropped))

    def _assign(self, issue: ApprovalIssue, asked: Sequence[str]) -> None:
        left_out = set(issue.assign(asked))
        if left_out:
            who = names(member for member in self._confirmation.roster if member.person.login in left_out)
            self._log.warn(
                f"Not assigned to the issue: {who}. GitHub assigns ten people at the most, and none "
                "without access; being mentioned there suffices."
            )

    def _replace_stale(self, issue: ApprovalIssue, until: Deadline | None = None) -> None:
        """Close the run's other open issues, except one that was decided: it may await its result."""
        if self._plan.request.run_attempt == 1 and not issue.may_have_duplicate:
            return
        found: list[StaleIssue] = []

        def find() -> None:
            # Only what the same account wrote is believed: anybody can write a marker.
            found.extend(
                other
                for other in self._tracker.open_issues(until or self._courtesies.limit())
                if other.number != issue.number
                and other.author_id == issue.author_id
                and issue.marker.replaces(other.marker)
            )

        self._courtesies.do("see whether more of this run is open", find)
        for other in found:
            how = (
                "a fault of GitHub's opened too"
                if other.marker == issue.marker
                else "an earlier attempt left open"
            )
            what = f"close {other.url}, which {how}, and where no answer counts"
            limit = until or self._courtesies.limit()
            self._courtesies.do(what, partial(self._replace, other, issue, how, limit))

    def _replace(self, other: StaleIssue, issue: ApprovalIssue, how: str, until: Deadline) -> None:
        if set(Outcome) & set(other.labels) and other.find_comment("closing", until) is not None:
            return  # anybody who can set labels can set an outcome's, but only its gate writes how it ended
        voters, objectors = answered(
            other.answers(until), self._confirmation.roster, self._plan.rule.vocabulary
        )
        duplicate = other.marker == issue.marker
        other.comment("replaced", self._texts.replaced(issue.url, voters, duplicate=duplicate), until)
        labels = [label for label in other.labels if label not in set(Outcome)]
        other.close([*labels, Outcome.CANCELLED.value], completed=False, until=until)
        self._log.say(f"  replaced   {other.url}, which {how}")
        if objectors:
            text = self._texts.objected(other.url, objectors)
            name, what = f"objected-{other.number}", "name those who objected before"
            self._courtesies.comment(issue, name, what, text)

    # Waiting -------------------------------------------------------------------------

    def wait(self) -> Ending:
        """Wait for people, until there is an outcome.

        Raises:
            GitHubError: GitHub cannot be asked, or the issue is not what it was.
        """
        trouble = OutageTracker(self._runtime)
        while True:
            try:
                decision = self._look()
            except (TransientError, NotFoundError, UnauthenticatedError) as error:
                overdue = self._connection.now() - self._deadline()
                pause = trouble.met(error, overdue.total_seconds())
                if trouble.first:
                    on = "It is read again." if isinstance(error, UnsettledError) else "Trying on."
                    self._telling.say(f"{error.problem} {on} {error.detail}".rstrip())
            else:
                if trouble.over():
                    self._telling.say("GitHub answers again.")
                ending = ended(decision, self._plan.passing)
                if ending is not None:
                    return ending
                pause = self._interval()
            self._runtime.sleep(pause)

    def _look(self) -> Decision:
        """Read what is new, decide, and tell people what became of it."""
        issue = self._opened()
        people = [member.person.id for member in self._confirmation.roster if member.may_object]
        last = self._connection.now() >= self._deadline()
        by_mail = not self._plan.rule.email_votes
        thread = agreed(issue.confirm(people)) if last else issue.poll(people, facts=by_mail)
        self._count_cost()
        if not last and self._connection.now() >= self._deadline():
            # The window closed meanwhile, or seems to: one answer with a wrong date does not close it.
            last, thread = True, agreed(issue.confirm(people))
        decision = self._decide(thread)
        if decision.outcome is Outcome.APPROVED:
            self._telling.say_votes(decision)
            decision, thread = self._confirmation.confirm(issue, decision, thread, last=last)
        self._telling.announce(issue, decision, thread.comments)
        return decision

    def _count_cost(self) -> None:
        """Note what was charged since the last look: what it made the gate write costs as much as reading."""
        charged = self._connection.requests_used
        self._costs.append(charged - self._charged)
        self._charged = charged

    def _decide(self, thread: Thread) -> Decision:
        now = self._connection.now()
        self._inputs = DecisionInputs(
            rule=self._plan.rule, roster=self._confirmation.roster, thread=thread, now=now
        )
        self._decision = decide(self._plan.rule, self._confirmation.roster, thread, now)
        return self._decision

    def _deadline(self) -> datetime:
        return self._opened().opened_at + self._plan.rule.window

    def _left(self) -> float:
        """Return for how long anything may still be tried again: a last read's time past the deadline."""
        return max(0.0, (self._deadline() - self._connection.now()).total_seconds() + LAST_READ)

    def _opened(self) -> ApprovalIssue:
        assert self._issue is not None  # noqa: S101 - nothing waits before it is open
        return self._issue

    def _interval(self) -> float:
        left = (self._deadline() - self._connection.now()).total_seconds()
        budget = self._connection.budget(sum(self._costs) / len(self._costs))
        return timing.interval(self._plan.polling_interval, left, budget)

    # The end -------------------------------------------------------------------------

    def stopped(self, elapsed: float) -> Ending:
        """Return how a stop signal ends the request.

        Args:
            elapsed: seconds since the step began.
        """
        self._connection.shorten_timeouts()
        self._hurried = True
        read = self._inputs.thread if self._inputs else Thread(opened_at=self._connection.now(), author_id=0)
        decision = stopped(self._plan.rule, self._confirmation.roster, read, timedelta(seconds=elapsed))
        ending = ended(decision, self._plan.passing)
        assert ending is not None  # noqa: S101 - a stop ends it one way or the other
        return ending

    def record(self, ending: Ending) -> dict[str, Any]:
        """Return the record of a request that ended like this."""
        issue = self._issue
        facts: dict[str, object] = {
            **self._plan.facts,
            "issue": {"number": issue.number, "url": issue.url} if issue else None,
            "confirmed": bool(self._confirmation.confirmed),
        }
        inputs = self._inputs if issue else None
        return document(ending, self._plan.request, inputs, self._decision, facts)

    def summary(self, ending: Ending, record: Mapping[str, object]) -> str:
        """Return the job's summary of a request that ended like this."""
        url = self._issue.url if self._issue else None
        return self._texts.summary(ending, self._ended(ending), record, url)

    def close(self, ending: Ending, record: Mapping[str, object]) -> None:
        """Tell people how it ended, and close the issue."""
        if self._confirmation.confirmed and ending.outcome is Outcome.APPROVED:
            self._telling.say(self._confirmation.confirmed)
        if self._issue is not None:
            self._close(ending, record, self._issue)

    def _ended(self, ending: Ending) -> Decision | None:
        return self._decision and as_ended(self._decision, ending.outcome)

    def _close(self, ending: Ending, record: Mapping[str, object], issue: ApprovalIssue) -> None:
        # What it ended for was waited for long enough.
        lasting = ending.code in {Code.ISSUE_GONE, Code.UNAUTHENTICATED}
        until = self._courtesies.limit(0.0 if lasting else WEIGHTY)
        approved = ending.outcome is Outcome.APPROVED

        def close() -> None:
            erred = ending.outcome is Outcome.ERROR
            labels = issue.labels if erred else added(issue.labels, ending.outcome.value)
            issue.close(labels, completed=approved, until=until)

        if approved and self._plan.keep_open:
            error = self._courtesies.do("label the issue", lambda: issue.add_labels([Outcome.APPROVED.value]))
        else:
            error = self._courtesies.do("close the issue", close)
        self.left_open = error is not None
        text = self._texts.closing(ending, self._ended(ending), record, issue.url)
        untold = self._courtesies.comment(issue, "closing", "write the closing comment", text, until)
        if self._hurried and (error or untold):
            return  # the runner gives no time to wait for GitHub
        if issue.may_have_duplicate:
            self._replace_stale(issue, until)
        self._telling.end(issue, ending, self._ended(ending))
        if not self._hurried:
            self._telling.react_at_last(issue, until)
