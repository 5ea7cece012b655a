"""What people see while the gate waits, and how often: log, status, reactions, hints and reminders.

None of it decides anything. A failure is a warning, and delays the gate for at most COURTESY. People outside
of GitHub are told too, without any delay.
"""

from collections.abc import Callable, Sequence
from functools import partial

from approval_gate.core import timing
from approval_gate.core.ending import Conclusion
from approval_gate.core.marker import CONTINUATION
from approval_gate.core.model import Code
from approval_gate.core.notices import Item, Notice, Reaction, due, reactions
from approval_gate.core.notification import Notification
from approval_gate.core.policy.model import Reminder
from approval_gate.core.progress import told
from approval_gate.core.timing import COMMENTS_PAUSE, COURTESY, WEIGHTY, Deadline
from approval_gate.core.verdict import Decision
from approval_gate.errors import GitHubError, NotFoundError, TransientError
from approval_gate.gate.ports import (
    ApprovalIssue,
    Connection,
    Issue,
    Log,
    Messages,
    Notifications,
    Plan,
    Runtime,
)
from approval_gate.gate.progress_log import ProgressLog

UNWRITTEN = "the-gate-could-not-write-something"
"""The entry of the troubleshooting page for what GitHub did not take."""

UNSENT = "a-notification-was-not-sent"
"""The entry for what a service outside of GitHub did not take."""


class BestEffort:
    """What the decision does not depend on; ``left`` returns the seconds in which it can be retried.

    Attributes:
        known: what the run ended with; that it also prevents something else is not worth a warning.
    """

    def __init__(
        self, log: Log, runtime: Runtime, notifications: Notifications, left: Callable[[], float]
    ) -> None:
        self._log, self._runtime, self._left = log, runtime, left
        self._notifications = notifications
        self._failing: set[str] = set()
        self.known: Code | None = None

    def limit(self, seconds: float = COURTESY) -> Deadline:
        """Return the deadline of what begins now and may take so many seconds altogether."""
        return self._runtime.deadline(min(seconds, self._left()))

    def do(self, what: str, do: Callable[[], object]) -> GitHubError | None:
        """Do it; a failure is a warning, the first in a row, and returned."""
        try:
            with self._runtime.shielded():
                do()
        except GitHubError as error:
            if what not in self._failing and error.code is not self.known:
                self._log.warn(f"The gate could not {what}: {error.line}", UNWRITTEN)
            self._failing.add(what)
            return error
        self._failing.discard(what)
        return None

    def comment(
        self, issue: ApprovalIssue, name: str, what: str, text: str, until: Deadline | None = None
    ) -> GitHubError | None:
        """Write a comment of that name on the issue, once."""
        return self.do(what, partial(issue.comment, name, text, until or self.limit()))

    def notify(self, message: Notification) -> None:
        """Begin to send a message to people outside of GitHub."""
        with self._runtime.shielded():
            self._notifications.send(message)

    def collect(self, *, wait: bool = False) -> None:
        """Warn of messages that were not sent; at the end wait for those that are being sent."""
        with self._runtime.shielded():
            for problem in self._notifications.collect(wait=wait):
                if problem not in self._failing:
                    self._log.warn(problem, UNSENT)
                self._failing.add(problem)


def remind_once(issue: Issue, text: str, until: Deadline) -> None:
    """Tell the owner of an overdue follow-up that it is, unless that was done before."""
    if issue.find_comment("overdue", until) is None:
        issue.comment("overdue", text, until)


class Notifier:
    """What people see of one request besides its issue's text, and what the log says meanwhile.

    What should be there is a function of the core, ``due``; here the difference from
    what was written is written, one comment or reaction after another.
    """

    def __init__(
        self,
        plan: Plan,
        connection: Connection,
        messages: Messages,
        log: ProgressLog,
        runtime: Runtime,
        best_effort: BestEffort,
    ) -> None:
        self._plan, self._connection, self._messages = plan, connection, messages
        self.log, self._runtime, self._best_effort = log, runtime, best_effort
        self._written: dict[str, Item] = {}
        self._reaction_ids: dict[int, int] = {}
        # The status comment, and what it shows; empty if that is unknown.
        self._status: tuple[int, str] | None = None
        self._status_pause = self._comments_pause = runtime.deadline(0)
        self._reserved = False

    def begin(self, issue: ApprovalIssue, further: Sequence[str], decision: Decision) -> None:
        """Log where people are asked and until when; write the rest of the issue's text, and the status."""
        self.log.begin(issue, decision)
        limit = self._best_effort.limit(WEIGHTY)
        for position, more in enumerate(further):
            self._best_effort.comment(
                issue, f"{CONTINUATION}{position}", "continue the issue's text", more, limit
            )
        self.announce(issue, decision)

    def announce(self, issue: ApprovalIssue, decision: Decision) -> None:
        """Log what is new, and unless there is an outcome write what people should see."""
        self.log.progress(decision)
        if decision.outcome is not None:
            return  # It is written down first: a denial that came meanwhile would not be heard.
        self._show_status(issue, decision)
        elapsed = self._connection.now() - issue.opened_at
        for item in due(decision, self._plan.roster, self._plan.reminders, elapsed, self._written):
            if isinstance(item, Reaction):
                self._react(issue, item)
            else:
                self._tell(issue, item, decision)

    def end(self, issue: ApprovalIssue, end: Conclusion) -> None:
        """Show the outcome in the status."""
        if self._status is not None:
            text = self._messages.final_status(end)
            edit = partial(issue.edit_comment, self._status[0], "status", text)
            self._best_effort.do("show the outcome in the status", edit)

    def react_at_last(self, issue: ApprovalIssue, decision: Decision, until: Deadline) -> None:
        """React to the answers that brought the outcome, until one fails or the time is up."""
        listed = {member.person.id for member in self._plan.roster}
        for reaction in reactions(decision, listed, self._written):
            if until.passed or self._react(issue, reaction):
                break

    def write_barrier(self, issue: ApprovalIssue, decision: Decision) -> int | None:
        """Say in the status that an approval is being confirmed.

        A read of the conversation that shows this edit is not older than it. Return the comment that
        the reads must show as it was edited; None where it cannot be written, as on a locked issue.
        """
        text = self._messages.status(decision, issue.url, confirming=self._connection.now())

        def edit() -> None:
            if not self._edit_status(issue, text):
                self._post_status(issue, text)
                self._edit_status(issue, text)

        error = self._best_effort.do("say in the status that it confirms", edit)
        return self._status[0] if self._status is not None and error is None else None

    def _show_status(self, issue: ApprovalIssue, decision: Decision) -> None:
        text = self._messages.status(decision, issue.url)
        if self._status is not None and self._status[1] == text:
            return
        if not (self._status_pause.passed and self._comments_pause.passed) or self._at_reserve():
            return

        def show() -> None:
            if not self._edit_status(issue, text):
                self._post_status(issue, text)

        if self._comment("show the status", show) is not None:
            self._status_pause = self._runtime.deadline(COMMENTS_PAUSE)

    def _post_status(self, issue: ApprovalIssue, text: str) -> None:
        self._status = issue.comment("status", text, self._best_effort.limit()), text

    def _edit_status(self, issue: ApprovalIssue, text: str) -> bool:
        """Rewrite the status; return False if there is none, or somebody deleted it."""
        if self._status is None:
            return False
        comment_id, _ = self._status
        self._status = comment_id, ""
        try:
            issue.edit_comment(comment_id, "status", text)
        except NotFoundError:
            self._status = None
            return False
        self._status = comment_id, text
        return True

    def _react(self, issue: ApprovalIssue, reaction: Reaction) -> GitHubError | None:
        """Give, change or take back a reaction. It is tried once."""
        if self._at_reserve():
            return None
        self._written[reaction.key] = reaction
        comment_id = reaction.comment_id
        before = self._reaction_ids.pop(comment_id, None)

        def react() -> None:
            if reaction.content:
                self._reaction_ids[comment_id] = issue.react(comment_id, reaction.content)
            if before is not None:
                issue.remove_reaction(comment_id, before)

        return self._best_effort.do("react to an answer", react)

    def _tell(self, issue: ApprovalIssue, notice: Notice, decision: Decision) -> None:
        """Write a notice, once; one that a fault prevents stays due."""
        reminder = notice.about if isinstance(notice.about, Reminder) else None
        if notice.people:
            if not self._comments_pause.passed or (reminder is None and self._at_reserve()):
                return
            text = self._messages.notice(notice, issue.url, decision, self._connection.now())
            write = partial(issue.comment, notice.key, text, self._best_effort.limit())
            error = self._comment("tell people", write)
            if isinstance(error, TransientError):
                return
            if reminder is not None and error is None and not self._has_reminded(reminder):
                self._best_effort.notify(self._messages.reminded(decision, issue.url))
        self._written[notice.key] = notice
        if said := told(notice):
            self.log.say(said)

    def _has_reminded(self, reminder: Reminder) -> bool:
        """Whether a part of a long reminder is written already."""
        return any(isinstance(item, Notice) and item.about == reminder for item in self._written.values())

    def _comment(self, what: str, do: Callable[[], object]) -> GitHubError | None:
        """Write a comment; after a fault there are none for a while, or for as long as GitHub asks."""
        error = self._best_effort.do(what, do)
        if isinstance(error, TransientError):
            self._comments_pause = self._runtime.deadline(max(COMMENTS_PAUSE, error.retry_after or 0.0))
        return error

    def _at_reserve(self) -> bool:
        """Whether so few requests are left that all of them are for the decision and the end."""
        budget = self._connection.budget(0)
        reserved = budget is not None and budget.remaining <= timing.RESERVE
        if reserved and not self._reserved:
            self.log.say("GitHub allows few more requests for now; status, reactions and notices wait")
        self._reserved = reserved
        return reserved
