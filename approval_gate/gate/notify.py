"""What people are told while they are awaited, and how often: log, status, reactions, hints and calls.

None of it decides anything. A failure of it is a warning, and holds nothing up
for longer than a courtesy may.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from approval_gate.core import timing
from approval_gate.core.commands import Verb, read
from approval_gate.core.ending import Ending
from approval_gate.core.model import Comment
from approval_gate.core.notices import notices
from approval_gate.core.timing import COMMENTS_PAUSE, COURTESY, WEIGHTY, Deadline
from approval_gate.core.verdict import Decision, Objection, Vote, VoteStatus
from approval_gate.core.wording import by_whom, counted, minutes, names, objects
from approval_gate.errors import GitHubError, NotFoundError, TransientError
from approval_gate.gate.ports import ApprovalIssue, Connection, Log, Messages, Plan, Runtime

STRANGERS = 10
"""Reactions that people who may not vote can bring about altogether."""

HINTS = 3
"""Hints that one approver gets, and that all who may not vote get together."""

STRANGERS_READ = 100
"""Comments of people who may not vote that are looked at for a hint."""

NOTICES = 10
"""How many notices one approver gets at most; the status always says what is missing."""

_ALL_STRANGERS = 0  # no account's id

_NOTE = 300
"""Characters of a note that the log shows."""


class BestEffort:
    """What the decision does not hang on.

    Args:
        log: takes the warnings.
        runtime: shelter from a stop signal, and the time.
        left: returns the seconds for which anything can still be retried.
    """

    def __init__(self, log: Log, runtime: Runtime, left: Callable[[], float]) -> None:
        self._log, self._runtime, self._left = log, runtime, left
        self._failing: set[str] = set()

    def limit(self, seconds: float = COURTESY) -> Deadline:
        """Return the deadline of what begins now and may take so many seconds altogether."""
        return self._runtime.deadline(min(seconds, self._left()))

    def do(self, what: str, do: Callable[[], object]) -> GitHubError | None:
        """Do it; a failure is a warning, the first in a row, and returned."""
        try:
            with self._runtime.shielded():
                do()
        except GitHubError as error:
            if what not in self._failing:
                self._log.warn(f"The gate could not {what}: {error.problem} {error.detail}")
            self._failing.add(what)
            return error
        self._failing.discard(what)
        return None

    def comment(
        self, issue: ApprovalIssue, name: str, what: str, text: str, until: Deadline | None = None
    ) -> GitHubError | None:
        """Write a comment of that name on the issue, once."""
        return self.do(what, partial(issue.comment, name, text, until or self.limit()))


class Notifier:
    """What people see of one request beside its issue's text."""

    def __init__(
        self,
        plan: Plan,
        connection: Connection,
        texts: Messages,
        log: Log,
        runtime: Runtime,
        courtesies: BestEffort,
    ) -> None:
        self._plan, self._connection, self._texts = plan, connection, texts
        self._log, self._runtime, self._courtesies = log, runtime, courtesies
        self._members = {member.person.id for member in plan.roster}
        self._missing = ""
        self._told: dict[int, VoteStatus] = {}
        self._logged: dict[int, VoteStatus] = {}
        self._objecting: set[Objection] = set()
        self._status: tuple[int, str] | None = None
        self._status_from = self._comments_from = 0.0
        self._reactions: dict[int, tuple[str, int]] = {}
        self._unreacted: Sequence[Vote] = ()
        self._stranger_reactions = 0
        self._told_once: set[str] = set()
        self._hints: Counter[int] = Counter()
        self._notices: Counter[int] = Counter()
        self._called: set[int] = set()

    def begin(self, issue: ApprovalIssue, further: Sequence[str], decision: Decision) -> None:
        """Tell where people are asked, and until when; what the issue's text has no room for, and the status.

        Args:
            issue: as it was opened.
            further: what continues its text.
            decision: before anybody has answered.
        """
        rule = self._plan.rule
        day = "%Y-%m-%d " if rule.takes_a_day else ""
        deadline = issue.opened_at + rule.window
        length = f"{minutes(rule.window)} min"
        self._log.say(f"  issue      {issue.url}")
        self._log.say(f"  until      {deadline:{day}%H:%M:%S} UTC ({length})")
        until = self._courtesies.limit(WEIGHTY)
        for position, more in enumerate(further):
            self._courtesies.comment(issue, f"more-{position}", "continue the issue's text", more, until)
        self._missing = decision.reason
        self._log.say(f"  missing    {decision.reason}")
        self.announce(issue, decision, ())

    def announce(self, issue: ApprovalIssue, decision: Decision, comments: Sequence[Comment]) -> None:
        """Log what is new, bring the status up to date, react, and help who was not understood."""
        with_count = self.say_votes(decision)
        new = [vote for vote in decision.votes if self._told.get(vote.comment_id) is not vote.status]
        self._told.update((vote.comment_id, vote.status) for vote in new)
        if decision.outcome is not None:
            # Until it is written down it waits for nothing: who denies meanwhile would not be heard.
            self._unreacted = new
            return
        self._say_what_is_missing(decision, with_count=with_count)
        self._show_status(issue, decision)
        for vote in new:
            self._react(issue, vote)
        self._help(issue, decision, comments)
        self._call(issue, decision)

    def end(self, issue: ApprovalIssue, ending: Ending, decision: Decision | None) -> None:
        """Show the outcome in the status."""
        if self._status is not None:
            text = self._texts.final_status(ending, decision, issue.url)
            self._courtesies.do("show the outcome in the status", lambda: self._write_status(issue, text))

    def react_at_last(self, issue: ApprovalIssue, until: Deadline) -> None:
        """React to the answers that ended it, until one fails or the time is up."""
        for vote in self._unreacted:
            if until.passed or self._react(issue, vote):
                break

    def say(self, what: str) -> None:
        """Log something with GitHub's time."""
        self._log.say(f"{self._connection.now():%H:%M:%S}  {what}")

    def say_votes(self, decision: Decision) -> bool:
        """Log what is new, with its own time, and what counts otherwise now, with the time of that.

        Returns:
            Whether the last line has the count.
        """
        now = self._connection.now()
        new = sorted(
            (
                (now if vote.comment_id in self._logged else vote.at, vote)
                for vote in decision.votes
                if self._logged.get(vote.comment_id) is not vote.status
                and vote.status is not VoteStatus.SUPERSEDED
            ),
            key=lambda timed: timed[0],
        )
        # The count is of all that one look found.
        last = next((vote for _, vote in reversed(new) if vote.counts), None)
        for at, vote in new:
            so_far = f"    {decision.tally.filled} of {decision.tally.needed}" if vote is last else ""
            self._log.say(f"{at:%H:%M:%S}  {_said(vote)}{so_far}")
        self._logged.update((vote.comment_id, vote.status) for vote in decision.votes)
        objecting = [it for it in decision.holds if it not in self._objecting]
        for objection in objecting:
            self._log.say(f"{objection.at:%H:%M:%S}  {_objects(objection)}")
        self._objecting.update(objecting)
        return bool(new) and new[-1][1] is last and not objecting

    def _say_what_is_missing(self, decision: Decision, *, with_count: bool) -> None:
        """Log what is missing when it changes; the line of a vote may have the count already."""
        if decision.reason == self._missing:
            return
        self._missing = decision.reason
        rest = decision.reason.removeprefix(f"{counted(decision.tally)}; ") if with_count else ""
        if rest:
            self._log.say(f"          {rest}")
        else:
            self.say(decision.reason)

    def _show_status(self, issue: ApprovalIssue, decision: Decision) -> None:
        text = self._texts.status(decision, issue.url)
        if self._status is not None and self._status[1] == text:
            return
        if self._runtime.monotonic() < max(self._status_from, self._comments_from) or self._at_reserve():
            return

        def show() -> None:
            try:
                self._status = (self._write_status(issue, text), text)
            except NotFoundError:  # somebody deleted it
                self._status = (issue.comment("status", text, self._courtesies.limit()), text)

        if self._tell("show the status", show) is not None:
            self._status_from = self._runtime.monotonic() + COMMENTS_PAUSE

    def _write_status(self, issue: ApprovalIssue, text: str) -> int:
        if self._status is None:
            return issue.comment("status", text, self._courtesies.limit())
        issue.edit_comment(self._status[0], "status", text)
        return self._status[0]

    def write_barrier(self, issue: ApprovalIssue, decision: Decision) -> int | None:
        """Say in the status that an approval is being confirmed.

        A read of the conversation that shows this edit is not older than it.

        Returns:
            The comment that the reads must show as it was edited; None where it cannot be written, on a
            locked issue for example.
        """
        given = counted(decision.tally)
        reason = f"{given}; Confirming since {self._connection.now():%H:%M:%S} UTC."
        text = self._texts.status(replace(decision, outcome=None, code=None, reason=reason), issue.url)
        found: list[int] = []
        self._courtesies.do(
            "say in the status that it confirms", lambda: found.append(self._edit_status(issue, text))
        )
        return found[0] if found else None

    def _edit_status(self, issue: ApprovalIssue, text: str) -> int:
        until = self._courtesies.limit()
        identity = self._status[0] if self._status else issue.comment("status", text, until)
        self._status = identity, text
        try:
            issue.edit_comment(identity, "status", text)
        except NotFoundError:  # somebody deleted it
            self._status = None
        else:
            return identity
        identity = issue.comment("status", text, until)
        self._status = identity, text
        issue.edit_comment(identity, "status", text)
        return identity

    def _react(self, issue: ApprovalIssue, vote: Vote) -> GitHubError | None:
        """Show on an answer whether it counts; one that a later answer took the place of shows nothing."""
        if vote.comment_id == 0 or vote.status in {
            VoteStatus.DELETED,
            VoteStatus.GHOST,
            VoteStatus.OWN_ACCOUNT,
        }:
            return None
        if vote.person is None or vote.person.id not in self._members:
            self._stranger_reactions += 1
            if self._stranger_reactions > STRANGERS:
                return None
        if self._at_reserve():
            return None
        objects = vote.verb is Verb.DENY and vote.status in {VoteStatus.COUNTS, VoteStatus.NEEDS_REASON}
        content = "-1" if objects else "+1" if vote.counts else "confused"

        def react() -> None:
            before = self._reactions.pop(vote.comment_id, None)
            if vote.status is not VoteStatus.SUPERSEDED:
                self._reactions[vote.comment_id] = (content, issue.react(vote.comment_id, content))
            if before is not None and (vote.status is VoteStatus.SUPERSEDED or before[0] != content):
                issue.remove_reaction(vote.comment_id, before[1])

        return self._courtesies.do("react to an answer", react)

    def _help(self, issue: ApprovalIssue, decision: Decision, comments: Sequence[Comment]) -> None:
        """Tell people by name what waits for them or no longer counts; hint at what was not understood."""
        for notice in notices(decision):
            people = [person for person in notice.people if self._notices[person.id] < NOTICES]
            text = self._texts.notice(notice, issue.url)
            if people and self._tell_once(issue, "tell people", notice.key, text):
                self._notices.update(person.id for person in people)
        vocabulary = self._plan.rule.vocabulary
        votes = {vote.comment_id for vote in decision.votes}
        strangers = 0
        for comment in comments:
            author, said = comment.author, comment.texts[-1]
            if author is None or author.bot or author.id == issue.author_id or comment.id in votes:
                continue
            listed = author.id in self._members
            strangers += not listed
            if said is None or comment.deletion is not None or strangers > STRANGERS_READ:
                continue
            allowance = author.id if listed else _ALL_STRANGERS
            if self._hints[allowance] < HINTS and read(said, vocabulary).near:
                hint = self._texts.hint(author.login, said.strip().split("\n", 1)[0], listed=listed)
                self._hints[allowance] += self._tell_once(
                    issue, "hint at the words", f"hint-{comment.id}", hint
                )

    def _tell_once(self, issue: ApprovalIssue, what: str, key: str, text: str) -> bool:
        """Tell people something of its own key; what a fault keeps from being told is told later."""
        if key in self._told_once or self._runtime.monotonic() < self._comments_from or self._at_reserve():
            return False
        error = self._tell(what, partial(issue.comment, key, text, self._courtesies.limit()))
        if isinstance(error, TransientError):
            return False
        self._told_once.add(key)
        return True

    def _call(self, issue: ApprovalIssue, decision: Decision) -> None:
        """Call those once more who have not answered, or call a backup in, when it is time."""
        now = self._connection.now()
        for number, call in enumerate(self._plan.reminders):
            if number in self._called or now < issue.opened_at + call.after:
                continue
            people = [m for m in decision.awaited if call.role is None or call.role in m.roles]
            text = self._texts.called(call, people, decision)
            if people and self._runtime.monotonic() < self._comments_from:
                return
            call_them = partial(issue.comment, f"call-{number}", text, self._courtesies.limit())
            told = not people or not isinstance(self._tell("call people", call_them), TransientError)
            if told:
                self._called.add(number)
                who = call.role or "those who have not answered"
                self.say(f"called     {who}: {names(people) or 'nobody is left'}")

    def _tell(self, what: str, do: Callable[[], object]) -> GitHubError | None:
        """Write a comment; after a fault there are none for a while, or for as long as GitHub asks."""
        error = self._courtesies.do(what, do)
        if isinstance(error, TransientError):
            wait = max(COMMENTS_PAUSE, error.retry_after or 0.0)
            self._comments_from = self._runtime.monotonic() + wait
        return error

    def _at_reserve(self) -> bool:
        """Tell whether so few requests are left that all of them are for the decision and the end."""
        budget = self._connection.budget(0)
        return budget is not None and budget.remaining <= timing.RESERVE


def _said(vote: Vote) -> str:
    login = vote.person.login if vote.person else "a deleted account"
    note = f': "{_on_one_line(vote.note)}"' if vote.note else ""
    if vote.counts:
        verb = {"approve": "approves", "deny": "denies", "revoke": "takes the answer back"}[vote.verb]
        but = (
            ", which cannot decide alone: another role must approve"
            if vote.status is VoteStatus.INDECISIVE
            else ""
        )
        return f"{login} {verb}{note}{but}"
    if vote.status is VoteStatus.NEEDS_REASON:
        return f"{login} denies, and is asked for the reason"
    if vote.status is VoteStatus.UNJUSTIFIED:
        return f"{login} approves, which counts only with a reason, and is asked for it"
    by = by_whom(vote)
    return f'{login}\'s "{vote.verb}" does not count: {vote.status}{f" ({by})" if by else ""}{note}'


def _objects(objection: Objection) -> str:
    what = objects(objection)
    return f'{what}: "{_on_one_line(objection.text)}"' if objection.text else what


def _on_one_line(note: str) -> str:
    """Return what somebody typed without its line ends, of which each could begin a line of the log's own."""
    words = " ".join(note.split())
    return words if len(words) <= _NOTE else f"{words[: _NOTE - 1]}…"
