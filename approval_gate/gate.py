"""The loop: open, look, decide, announce, wait, confirm, end.

It sequences and nothing else. What is decided is the core's, what is written
and read the adapters', which come in as the protocols below.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from approval_gate.core import pace
from approval_gate.core.commands import Verb, comes_near, parse
from approval_gate.core.decision import Decision, Vote, Why, command_of, counted, decide, names
from approval_gate.core.model import Code, Comment, Member, Outcome, Person, Request, Rule, Thread
from approval_gate.core.policy import Call, short
from approval_gate.core.quorum import tally
from approval_gate.core.record import Ending, Inputs, canonical, document
from approval_gate.errors import (
    PERSISTS,
    GitHubError,
    IssueGoneError,
    NotFoundError,
    PolicyChangedError,
    TamperedError,
    TransientError,
    UnauthenticatedError,
    UnsettledError,
)

LAST_READ = 15.0
"""Seconds past the deadline in which a last full read may still succeed."""

STRANGERS = 10
"""Reactions that people who may not vote can bring about altogether."""

HINTS = 3
"""Hints that one approver gets, and that all who may not vote get together."""

ASKS = 10
"""How often one approver is asked for a reason; the status goes on saying that it is missing."""

_ALL_STRANGERS = 0  # no account's id

_LONGEST_BACKOFF = 60.0
_COMMENTS_PAUSE = 30.0
_COURTESY = 2.0
"""Seconds for which a courtesy is tried: whoever answers is waiting for the next look."""

_WEIGHTY = 30.0
"""Seconds for which is tried, altogether, what nobody can do without, where no answer waits for it."""

_LOOKS_AVERAGED = 20

_NOTE = 300
"""Characters of a note that the log shows."""


class Issue(Protocol):
    """The issue that was opened."""

    @property
    def number(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def author(self) -> Person: ...
    @property
    def opened_at(self) -> datetime: ...
    @property
    def labels(self) -> tuple[str, ...]: ...


class Left(Protocol):
    """An open issue of this run's beside the request's: an earlier attempt's, or its own twin."""

    @property
    def number(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def twin(self) -> bool: ...


class Host(Protocol):
    """GitHub, as far as one request needs it. Every call may raise a GitHubError."""

    @property
    def charged(self) -> int: ...
    @property
    def history_refused(self) -> bool: ...
    @property
    def may_have_twin(self) -> bool: ...
    @property
    def marker(self) -> str: ...
    def now(self) -> datetime: ...
    def budget(self, look_cost: float) -> pace.Budget | None: ...
    def open(self, title: str, body: str, labels: Sequence[str]) -> Issue: ...
    def look(self, voters: Collection[int]) -> Thread: ...
    def confirm(self, voters: Collection[int]) -> Thread: ...
    def recheck(self, members: Iterable[Member]) -> dict[int, Member]: ...
    def commit_of_tag(self, tag: str) -> str | None: ...
    def policy_digest(self, file: str) -> str | None: ...
    def comment(self, what: str, text: str) -> int: ...
    def edit_comment(self, comment_id: int, what: str, text: str) -> None: ...
    def react(self, comment_id: int, content: str) -> int: ...
    def take_back(self, comment_id: int, reaction_id: int) -> None: ...
    def add_labels(self, labels: Sequence[str]) -> None: ...
    def assign(self, logins: Sequence[str]) -> list[str]: ...
    def lock(self) -> None: ...
    def close(self, label: str | None, *, completed: bool) -> None: ...
    def left(self) -> Sequence[Left]: ...
    def concluded(self, left: Any) -> bool: ...  # noqa: ANN401 - what left() gave
    def answers_on(self, left: Any) -> list[tuple[Person | None, str]]: ...  # noqa: ANN401 - the same
    def replace(self, left: Any, text: str) -> None: ...  # noqa: ANN401 - the same
    def bear(self, seconds: float) -> None: ...
    def hurry(self) -> None: ...


class Texts(Protocol):
    """What people read."""

    def issue(self, marker: str, now: datetime, deadline: datetime) -> Any: ...  # noqa: ANN401 - body and further
    def status(self, decision: Decision, issue_url: str) -> str: ...
    def final_status(self, ending: Ending, decision: Decision | None, issue_url: str) -> str: ...
    def hint(self, login: str, text: str, *, listed: bool) -> str: ...
    def ask_for_reason(self, login: str) -> str: ...
    def ask_for_justification(self, login: str) -> str: ...
    def called(self, call: Call, people: Sequence[Member], decision: Decision) -> str: ...
    def replaced(self, url: str, voters: Iterable[str], *, twin: bool) -> str: ...
    def closing(
        self, ending: Ending, decision: Decision | None, record: Mapping[str, object], url: str
    ) -> str: ...
    def summary(
        self, ending: Ending, decision: Decision | None, record: Mapping[str, object], url: str | None
    ) -> str: ...


class Report(Protocol):
    """The job's log."""

    def say(self, line: str = "") -> None: ...
    def group(self, title: str) -> None: ...
    def end_group(self) -> None: ...
    def warn(self, text: str) -> None: ...


class Sink(Protocol):
    """The job's outputs and summary."""

    def set(self, values: Mapping[str, str]) -> None: ...
    def save_record(self, name: str, record: str) -> str: ...
    def summarize(self, markdown: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """Time as this machine measures it, and shelter from a stop signal.

    Attributes:
        monotonic: seconds since some fixed moment.
        sleep: waits; a stop signal ends it by an exception.
        shielded: a context in which a stop signal waits for the end of a write.
        jitter: a number below 1 that keeps gates from trying again in step.
    """

    monotonic: Callable[[], float]
    sleep: Callable[[float], object]
    shielded: Callable[[], AbstractContextManager[None]]
    jitter: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """A policy document: where it is on the default branch, and what it is told by."""

    path: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One request, ready to be opened.

    Attributes:
        tags: the tags that are deployed, if any; they must go on naming the request's commit.
        named: what may become a tag while people are asked, and must not be another commit's then.
        policy: the document that people are asked under, if it is one; it must not change.
        calls: when people are called once more.
        lock: whether the conversation is locked to those with write access.
        facts: what the record says beside the decision.
    """

    request: Request
    rule: Rule
    roster: tuple[Member, ...]
    title: str
    labels: tuple[str, ...]
    polling_interval: float
    tags: tuple[str, ...]
    lock: bool
    keep_open: bool
    fail_on_denial: bool
    fail_on_timeout: bool
    facts: Mapping[str, object]
    named: str | None = None
    policy: PolicyFile | None = None
    calls: tuple[Call, ...] = ()


class Gate:
    """One request, from its opening to its end."""

    def __init__(self, plan: Plan, host: Host, texts: Texts, log: Report, sink: Sink, pauses: Pauses) -> None:
        self._plan, self._host, self._texts = plan, host, texts
        self._log, self._sink, self._pauses = log, sink, pauses
        self._roster = plan.roster
        self._issue: Issue | None = None
        self._decision: Decision | None = None
        self._inputs: Inputs | None = None
        self._status: tuple[int, str] | None = None
        self._status_from = self._comments_from = 0.0
        self._failing: set[str] = set()
        self._told: dict[int, Why] = {}
        self._logged: dict[int, Why] = {}
        self._without_history = False
        self._missing = ""
        self._called: set[int] = set()
        self._hinted: set[int] = set()
        self._hints: Counter[int] = Counter()
        self._asks: Counter[int] = Counter()
        self._pondered: dict[int, tuple[tuple[str | None, ...], bool]] = {}
        self._stranger_reactions = 0
        self._reactions: dict[int, tuple[str, int]] = {}
        self._unreacted: Sequence[Vote] = ()
        self._costs: deque[int] = deque([0] * _LOOKS_AVERAGED, maxlen=_LOOKS_AVERAGED)
        self._charged = 0
        self._confirmed = ""
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
        now = self._host.now()
        text = self._texts.issue(self._host.marker, now, now + rule.window)
        self.left_open = True
        with self._pauses.shielded():
            issue = self._issue = self._host.open(plan.title, text.body, plan.labels)
            self._sink.set({"issue-number": str(issue.number), "issue-url": issue.url})
        deadline = issue.opened_at + rule.window
        self._log.say(f"  issue      {issue.url}")
        day = "%Y-%m-%d " if rule.takes_a_day else ""
        self._log.say(f"  until      {deadline:{day}%H:%M:%S} UTC ({_minutes(rule.window)})")
        patience = self._weighty()
        for position, more in enumerate(text.further):
            self._courtesy("continue the issue's text", self._commented(f"more-{position}", more), patience())
        decision = self._decide(Thread(opened_at=issue.opened_at, author_id=issue.author.id))
        self._missing = decision.reason
        self._log.say(f"  missing    {decision.reason}")
        self._announce(decision, ())
        self._label(issue)
        self._replace_others(issue, _COURTESY)
        asked = [member.person.login for member in self._roster if member.may_approve]
        self._courtesy("assign the approvers", lambda: self._assign(asked))
        if plan.lock:
            self._courtesy("lock the conversation", self._host.lock)
        self._charged = self._host.charged

    def _label(self, issue: Issue) -> None:
        has = {label.lower() for label in issue.labels}
        dropped = [label for label in self._plan.labels if label.lower() not in has]
        if dropped:
            what = f"set the labels {', '.join(dropped)}, which GitHub dropped"
            self._courtesy(what, lambda: self._host.add_labels(dropped))

    def _assign(self, asked: Sequence[str]) -> None:
        left_out = set(self._host.assign(asked))
        if left_out:
            who = names(member for member in self._roster if member.person.login in left_out)
            self._log.warn(
                f"Not assigned to the issue: {who}. GitHub assigns ten people at the most, and none "
                "without access; being mentioned there suffices."
            )

    def _replace_others(self, issue: Issue, patience: float) -> None:
        """Close what of this run waits for answers beside the issue; what was decided may await a result."""
        if self._plan.request.run_attempt == 1 and not self._host.may_have_twin:
            return
        found: list[Left] = []
        self._courtesy(
            "see whether more of this run is open", lambda: found.extend(self._host.left()), patience
        )
        for left in found:
            how = "a fault of GitHub's opened too" if left.twin else "an earlier attempt left open"
            what = f"close {left.url}, which {how}, and where no answer counts"
            self._courtesy(what, partial(self._replace, left, issue, how), patience)

    def _replace(self, left: Left, issue: Issue, how: str) -> None:
        if set(Outcome) & set(left.labels) and self._host.concluded(left):
            return
        people = {member.person.id for member in self._roster}
        voters = {
            person.login: None
            for person, text in self._host.answers_on(left)
            if person and person.id in people and parse(text, self._plan.rule.vocabulary)
        }
        self._host.replace(left, self._texts.replaced(issue.url, voters, twin=left.twin))
        self._log.say(f"  replaced   {left.url}, which {how}")

    # Waiting -------------------------------------------------------------------------

    def wait(self) -> Ending:
        """Wait for people, until there is an outcome.

        Raises:
            GitHubError: GitHub cannot be asked, or the issue is not what it was.
        """
        trouble = _Trouble(self._pauses)
        while True:
            try:
                decision = self._look()
            except (TransientError, NotFoundError, UnauthenticatedError) as error:
                overdue = self._host.now() - self._deadline()
                pause = trouble.met(error, overdue.total_seconds())
                if trouble.first:
                    on = "It is read again." if isinstance(error, UnsettledError) else "Trying on."
                    self._log.say(f"{self._clock()}  {error.problem} {on} {error.detail}".rstrip())
            else:
                if trouble.over():
                    self._log.say(f"{self._clock()}  GitHub answers again.")
                if decision.outcome is not None and decision.code is not None:
                    return self._ending(decision.outcome, decision.code, decision.reason)
                pause = self._interval()
            self._pauses.sleep(pause)

    def _look(self) -> Decision:
        """Read what is new, decide, and tell people what became of it."""
        self._host.bear(min(_COURTESY, self._left()))
        voters = [member.person.id for member in self._roster if member.may_deny]
        last = self._host.now() >= self._deadline()
        thread = self._host.confirm(voters) if last else self._host.look(voters)
        self._count_cost()
        if not last and self._host.now() >= self._deadline():
            # The window closed meanwhile, or seems to: one answer with a wrong date does not close it.
            thread = self._host.confirm(voters)
        self._say_if_history_is_refused()
        decision = self._decide(thread)
        if decision.outcome is Outcome.APPROVED:
            self._say_votes(decision)
            decision, thread = self._confirm(decision, voters)
        self._announce(decision, thread.comments)
        return decision

    def _count_cost(self) -> None:
        """Note what was charged since the last look: what it made the gate write costs as much as reading."""
        charged = self._host.charged
        self._costs.append(charged - self._charged)
        self._charged = charged

    def _confirm(self, decision: Decision, voters: Collection[int]) -> tuple[Decision, Thread]:
        """Ask again whoever and whatever the approval rests on, the conversation last."""
        checked: set[int] = set()
        while True:
            unchecked = _rests_on(decision) - checked
            changed = self._host.recheck([m for m in self._roster if m.person.id in unchecked])
            checked |= unchecked
            self._roster = tuple(changed.get(member.person.id, member) for member in self._roster)
            self._check_tag()
            self._check_policy()
            thread = self._host.confirm(voters)
            decision = self._decide(thread)
            if decision.outcome is not Outcome.APPROVED or _rests_on(decision) <= checked:
                break
        if decision.outcome is Outcome.APPROVED:
            self._confirmed = self._what_was_confirmed(decision)
        return decision, thread

    def _check_tag(self) -> None:
        sha = self._plan.request.sha
        for tag in self._plan.tags:
            commit = self._host.commit_of_tag(tag)
            if commit != sha:
                raise moved(tag, commit, sha)
        named = self._plan.named
        commit = self._host.commit_of_tag(named) if named else None
        if named and commit not in {None, sha}:
            raise moved(named, commit, sha)

    def _check_policy(self) -> None:
        policy = self._plan.policy
        if policy is None:
            return
        now = self._host.policy_digest(policy.path)
        if now != policy.digest:
            became = f"is {short(now)} now" if now else "is gone"
            raise PolicyChangedError(
                f"The policy {policy.path} {became}; people were asked under {short(policy.digest)}.",
                remedy="Start a new deployment; it is asked for under the new policy.",
            )

    def _what_was_confirmed(self, decision: Decision) -> str:
        count = len(decision.approvers)
        votes = f"{count} vote{'s' if count > 1 else ''}"
        history = "untouched as far as their times tell" if self._host.history_refused else "unedited"
        tags = "".join(f", {tag} is still {self._plan.request.sha[:7]}" for tag in self._plan.tags)
        return f"confirmed: {votes} {history}, {names(decision.approvers)} may still approve{tags}"

    def _decide(self, thread: Thread) -> Decision:
        now = self._host.now()
        self._inputs = Inputs(rule=self._plan.rule, roster=self._roster, thread=thread, now=now)
        self._decision = decide(self._plan.rule, self._roster, thread, now)
        return self._decision

    def _deadline(self) -> datetime:
        return self._opened().opened_at + self._plan.rule.window

    def _left(self) -> float:
        """Return for how long anything may still be tried again: a last read's time past the deadline."""
        return max(0.0, (self._deadline() - self._host.now()).total_seconds() + LAST_READ)

    def _opened(self) -> Issue:
        assert self._issue is not None  # noqa: S101 - nothing waits before it is open
        return self._issue

    def _interval(self) -> float:
        left = (self._deadline() - self._host.now()).total_seconds()
        budget = self._host.budget(sum(self._costs) / len(self._costs))
        return pace.interval(self._plan.polling_interval, left, budget)

    def _at_reserve(self) -> bool:
        """Tell whether so few requests are left that all of them are for the decision and the end."""
        budget = self._host.budget(0)
        return budget is not None and budget.remaining <= pace.RESERVE

    # Telling people ------------------------------------------------------------------

    def _announce(self, decision: Decision, comments: Sequence[Comment]) -> None:
        """Log what is new, bring the status up to date, react, and help who was not understood."""
        self._say_votes(decision)
        new = [vote for vote in decision.votes if self._told.get(vote.comment_id) is not vote.why]
        self._told.update((vote.comment_id, vote.why) for vote in new)
        if decision.outcome is not None:
            # Until it is written down it waits for nothing: who denies meanwhile would not be heard.
            self._unreacted = new
            return
        self._say_what_is_missing(decision, after=new[-1] if new else None)
        self._show_status(decision)
        for vote in new:
            self._react(vote)
        self._help(decision, comments)
        self._call(decision)

    def _say_votes(self, decision: Decision) -> None:
        """Log what is new or counts otherwise now."""
        for vote in decision.votes:
            if self._logged.get(vote.comment_id) is not vote.why and vote.why is not Why.SUPERSEDED:
                self._log.say(f"{vote.at:%H:%M:%S}  {self._said(vote, decision)}")
            self._logged[vote.comment_id] = vote.why

    def _say_if_history_is_refused(self) -> None:
        if self._host.history_refused and not self._without_history:
            self._without_history = True
            self._log.warn(
                "This token may not use GitHub's GraphQL, so edits are told by REST's times alone: who "
                "edited, and what was deleted unseen, is not known. The record says `history_read: false`."
            )

    def _said(self, vote: Vote, decision: Decision) -> str:
        login = vote.person.login if vote.person else "a deleted account"
        note = f': "{_on_one_line(vote.note)}"' if vote.note else ""
        if vote.counts:
            verb = {"approve": "approves", "deny": "denies", "revoke": "takes the answer back"}[vote.verb]
            but = (
                ", which cannot decide alone: another role must approve" if vote.why is Why.INDECISIVE else ""
            )
            return f"{login} {verb}{note}{but}    {decision.tally.filled} of {decision.tally.needed}"
        if vote.why is Why.NEEDS_REASON:
            return f"{login} denies, and is asked for the reason"
        if vote.why is Why.UNJUSTIFIED:
            return f"{login} approves, which counts only with a reason, and is asked for it"
        return f'{login}\'s "{vote.verb}" does not count: {vote.why}{note}'

    def _say_what_is_missing(self, decision: Decision, after: Vote | None) -> None:
        """Log what is missing when it changes; the line of a vote that counts has the count already."""
        if decision.reason == self._missing:
            return
        self._missing = decision.reason
        counted_already = after is not None and after.counts
        rest = decision.reason.removeprefix(f"{counted(decision.tally)}; ") if counted_already else ""
        self._log.say(f"          {rest}" if rest else f"{self._clock()}  {decision.reason}")

    def _show_status(self, decision: Decision) -> None:
        text = self._texts.status(decision, self._opened().url)
        if self._status is not None and self._status[1] == text:
            return
        if self._pauses.monotonic() < max(self._status_from, self._comments_from) or self._at_reserve():
            return

        def show() -> None:
            try:
                self._status = (self._write_status(text), text)
            except NotFoundError:  # somebody deleted it
                self._status = (self._host.comment("status", text), text)

        if self._tell("show the status", show) is not None:
            self._status_from = self._pauses.monotonic() + _COMMENTS_PAUSE

    def _write_status(self, text: str) -> int:
        if self._status is None:
            return self._host.comment("status", text)
        self._host.edit_comment(self._status[0], "status", text)
        return self._status[0]

    def _react(self, vote: Vote) -> GitHubError | None:
        """Show on an answer whether it counts; one that a later answer took the place of shows nothing."""
        if vote.comment_id == 0 or vote.why in {Why.DELETED, Why.GHOST, Why.OWN_ACCOUNT}:
            return None
        members = {member.person.id for member in self._roster}
        if vote.person is None or vote.person.id not in members:
            self._stranger_reactions += 1
            if self._stranger_reactions > STRANGERS:
                return None
        if self._at_reserve():
            return None
        objects = vote.verb is Verb.DENY and vote.why in {Why.COUNTS, Why.NEEDS_REASON}
        content = "-1" if objects else "+1" if vote.counts else "confused"

        def react() -> None:
            before = self._reactions.pop(vote.comment_id, None)
            if vote.why is not Why.SUPERSEDED:
                self._reactions[vote.comment_id] = (content, self._host.react(vote.comment_id, content))
            if before is not None and (vote.why is Why.SUPERSEDED or before[0] != content):
                self._host.take_back(vote.comment_id, before[1])

        return self._courtesy("react to an answer", react)

    def _help(self, decision: Decision, comments: Sequence[Comment]) -> None:
        """Hint once at what was not understood, and ask once for a missing reason."""
        asks = {
            Why.NEEDS_REASON: self._texts.ask_for_reason,
            Why.UNJUSTIFIED: self._texts.ask_for_justification,
        }
        given = {member.person.id for member in decision.approvers}
        for vote in decision.votes:
            ask = asks.get(vote.why)
            person = vote.person
            if ask and person and person.id not in given and self._asks[person.id] < ASKS:
                text = ask(person.login)
                self._asks[person.id] += self._tell_once("ask for a reason", vote.comment_id, text)
        members = {member.person.id for member in self._roster}
        for comment in comments:
            author, said = comment.author, comment.texts[-1]
            if author is None or author.bot or author.id == self._opened().author.id:
                continue
            if said is None or comment.deletion is not None:
                continue
            listed = author.id in members
            purse = author.id if listed else _ALL_STRANGERS
            if self._hints[purse] < HINTS and self._comes_near(comment, said):
                hint = self._texts.hint(author.login, said.strip().split("\n", 1)[0], listed=listed)
                self._hints[purse] += self._tell_once("hint at the words", comment.id, hint)

    def _comes_near(self, comment: Comment, said: str) -> bool:
        """Tell whether a comment was meant as an answer and is none; the same texts are pondered once."""
        known = self._pondered.get(comment.id)
        if known is None or known[0] != comment.texts:
            vocabulary = self._plan.rule.vocabulary
            near = command_of(comment, vocabulary) is None and comes_near(said, vocabulary)
            known = self._pondered[comment.id] = comment.texts, near
        return known[1]

    def _tell_once(self, what: str, comment_id: int, text: str) -> bool:
        """Tell somebody something about a comment; what a fault keeps from being told is told later."""
        if comment_id in self._hinted or self._pauses.monotonic() < self._comments_from or self._at_reserve():
            return False
        error = self._tell(what, self._commented(f"hint-{comment_id}", text))
        if isinstance(error, TransientError):
            return False
        self._hinted.add(comment_id)
        return True

    def _call(self, decision: Decision) -> None:
        """Call those once more who have not answered, or call a backup in, when it is time."""
        now = self._host.now()
        for number, call in enumerate(self._plan.calls):
            if number in self._called or now < self._opened().opened_at + call.after:
                continue
            people = [m for m in decision.awaited if call.role is None or call.role in m.roles]
            text = self._texts.called(call, people, decision)
            if people and self._pauses.monotonic() < self._comments_from:
                return
            told = not people or not isinstance(
                self._tell("call people", self._commented(f"call-{number}", text)), TransientError
            )
            if told:
                self._called.add(number)
                who = call.role or "those who have not answered"
                self._log.say(f"{self._clock()}  called     {who}: {names(people) or 'nobody is left'}")

    def _commented(self, what: str, text: str) -> Callable[[], None]:
        def comment() -> None:
            self._host.comment(what, text)

        return comment

    def _tell(self, what: str, do: Callable[[], object]) -> GitHubError | None:
        """Write a comment; after a fault there are none for a while, or for as long as GitHub asks."""
        error = self._courtesy(what, do)
        if isinstance(error, TransientError):
            wait = max(_COMMENTS_PAUSE, error.retry_after or 0.0)
            self._comments_from = self._pauses.monotonic() + wait
        return error

    def _weighty(self, seconds: float = _WEIGHTY) -> Callable[[], float]:
        """Begin what is tried for longer, and return what tells the seconds left for all of it."""
        until = self._pauses.monotonic() + seconds
        return lambda: max(0.0, until - self._pauses.monotonic())

    def _courtesy(
        self, what: str, do: Callable[[], object], patience: float = _COURTESY
    ) -> GitHubError | None:
        """Do what the decision does not hang on; a failure is a warning, the first in a row, and returned."""
        self._host.bear(min(patience, self._left()))
        try:
            with self._pauses.shielded():
                do()
        except GitHubError as error:
            if what not in self._failing:
                self._log.warn(f"The gate could not {what}: {error.problem} {error.detail}")
            self._failing.add(what)
            return error
        self._failing.discard(what)
        return None

    # The end -------------------------------------------------------------------------

    def stopped(self, elapsed: float) -> Ending:
        """Return how a stop signal ends the request.

        The step's own limit is as long as the window, in the process, and comes
        first by a hair: what is stopped in the last 2 % of the window timed out.

        Args:
            elapsed: seconds since the step began.
        """
        self._host.hurry()
        self._hurried = True
        window = self._plan.rule.window
        given = self._decision.tally if self._decision else tally(self._plan.rule, ())
        so_far = f"with {counted(given)}"
        if elapsed >= 0.98 * window.total_seconds():
            if self._decision and self._decision.deniers:
                reason = (
                    f"Denied by {names(self._decision.deniers)}, who gave no reason before the window closed."
                )
                return self._ending(Outcome.DENIED, Code.DENIED_WITHOUT_REASON, reason)
            return self._ending(Outcome.TIMED_OUT, Code.WINDOW_CLOSED, f"The window closed {so_far}.")
        return self._ending(Outcome.CANCELLED, Code.SIGNAL, f"The job was stopped {so_far}.")

    def _ending(self, outcome: Outcome, code: Code, reason: str) -> Ending:
        exit_code = {
            Outcome.APPROVED: 0,
            Outcome.DENIED: 1 if self._plan.fail_on_denial else 0,
            Outcome.TIMED_OUT: 3 if self._plan.fail_on_timeout else 0,
            Outcome.CANCELLED: 4,
            Outcome.ERROR: 5,
        }[outcome]
        return Ending(outcome=outcome, code=code, reason=reason, exit_code=exit_code)

    def conclude(self, ending: Ending, flushed: Callable[[Ending], None]) -> None:
        """Write the outcome down, then tell people: once it is written, it stands.

        Args:
            ending: the outcome.
            flushed: is told as soon as it is written.

        Raises:
            OSError: the outputs cannot be written.
        """
        record = self._record(ending)
        self._sink.set(self._outputs(ending, record))
        flushed(ending)
        if self._confirmed and ending.outcome is Outcome.APPROVED:
            self._log.say(f"{self._clock()}  {self._confirmed}")
        url = self._issue.url if self._issue else None
        if self._issue is not None:
            self._close(ending, record, self._issue)
        try:
            self._sink.summarize(self._texts.summary(ending, self._decision, record, url))
        except OSError as error:
            self._log.warn(f"The gate could not write the job's summary: {error.strerror}")

    def _close(self, ending: Ending, record: Mapping[str, object], issue: Issue) -> None:
        # What it ended for was waited for long enough.
        lasting = ending.code in {Code.ISSUE_GONE, Code.UNAUTHENTICATED}
        patience = self._weighty(0.0 if lasting else _WEIGHTY)
        label = None if ending.outcome is Outcome.ERROR else ending.outcome.value
        if ending.outcome is Outcome.APPROVED and self._plan.keep_open:
            what, do = "label the issue", lambda: self._host.add_labels([Outcome.APPROVED.value])
        else:
            approved = ending.outcome is Outcome.APPROVED
            what, do = "close the issue", lambda: self._host.close(label, completed=approved)
        error = self._courtesy(what, do, patience())
        self.left_open = error is not None
        text = self._texts.closing(ending, self._decision, record, issue.url)
        untold = self._courtesy("write the closing comment", self._commented("closing", text), patience())
        if self._hurried and (error or untold):
            return  # the runner gives no time to wait for GitHub
        if self._host.may_have_twin:
            self._replace_others(issue, patience())
        if self._status is not None:
            final = self._texts.final_status(ending, self._decision, issue.url)
            self._courtesy("show the outcome in the status", lambda: self._write_status(final), patience())
        for vote in () if self._hurried else self._unreacted:
            if not patience() or self._react(vote):
                break

    def _record(self, ending: Ending) -> dict[str, Any]:
        issue = self._issue
        facts: dict[str, object] = {
            **self._plan.facts,
            "issue": {"number": issue.number, "url": issue.url} if issue else None,
            "history_read": not self._host.history_refused,
            "confirmed": bool(self._confirmed),
        }
        inputs = self._inputs if issue else None
        return document(ending, self._plan.request, inputs, self._decision, facts)

    def _outputs(self, ending: Ending, record: Mapping[str, Any]) -> dict[str, str]:
        line = canonical(record)
        decision = self._decision
        name = f"approval-gate-{self._plan.request.run_id}-{self._plan.request.run_attempt}"
        number = f"-{self._issue.number}" if self._issue else ""
        return {
            "approval-status": ending.outcome.value,
            "reason-code": ending.code.value,
            "reason": ending.reason,
            "approvers": _logins(decision.approvers if decision else ()),
            "denied-by": _logins(decision.deniers if decision else ()),
            "decision": line,
            "record-path": self._saved(f"{name}{number}.json", line),
        }

    def _saved(self, name: str, line: str) -> str:
        try:
            return self._sink.save_record(name, line)
        except OSError as error:
            self._log.warn(f"The gate could not write the record to a file: {error.strerror}")
            return ""

    def _clock(self) -> str:
        return f"{self._host.now():%H:%M:%S}"


def moved(tag: str, commit: str | None, asked: str) -> TamperedError:
    """Return the error of a tag that names another commit than people are asked about."""
    now = f"names {commit[:7]} now" if commit else "is gone"
    return TamperedError(
        f"The tag {tag} {now}; this deployment is of {asked[:7]}.",
        remedy="Start a new deployment of what the tag names.",
    )


class _Trouble:
    """How long GitHub has not given an answer, and whether to try on."""

    def __init__(self, pauses: Pauses) -> None:
        self._pauses = pauses
        self._since: float | None = None
        self._kind: type[GitHubError] = GitHubError
        self._tries = 0

    @property
    def first(self) -> bool:
        """Whether this is the first fault in a row."""
        return self._tries == 1

    def met(self, error: GitHubError, overdue: float) -> float:
        """Note a fault and return the seconds to wait before the next try.

        Args:
            error: the fault.
            overdue: seconds since the deadline, negative before it.

        Raises:
            GitHubError: it has lasted too long.
        """
        now = self._pauses.monotonic()
        self._tries += 1
        if self._since is None or type(error) is not self._kind:
            self._since, self._kind = now, type(error)
        lasted = now - self._since
        if isinstance(error, NotFoundError) and lasted >= PERSISTS:
            raise IssueGoneError(
                "The approval issue is not to be found any more.",
                remedy="It was deleted, or the token may not see it any more. Start a new deployment.",
                detail=error.detail,
            ) from error
        if isinstance(error, UnauthenticatedError) and lasted >= PERSISTS:
            raise error
        if overdue >= LAST_READ:
            raise error
        wait = min(_LONGEST_BACKOFF, 2.0 ** min(self._tries - 1, 8)) * (1 - self._pauses.jitter() / 2)
        if isinstance(error, TransientError):
            wait = max(wait, error.retry_after or 0.0)
        else:
            wait = min(wait, PERSISTS / 2)
        # Not past the deadline, save for the tries at a last read.
        return min(wait, -overdue) if overdue < 0 else min(wait, LAST_READ - overdue)

    def over(self) -> bool:
        """Note an answer; tell whether it ends a trouble of GitHub's."""
        had = self._since is not None and not issubclass(self._kind, UnsettledError)
        self._since, self._tries = None, 0
        return had


def _rests_on(decision: Decision) -> set[int]:
    """Return whose rights an approval hangs on: who approved, and who ticked the checklist."""
    return {
        *(member.person.id for member in decision.approvers),
        *(check.by.id for check in decision.checks if check.by),
    }


def _on_one_line(note: str) -> str:
    """Return what somebody typed without its line ends, of which each could begin a line of the log's own."""
    words = " ".join(note.split())
    return words if len(words) <= _NOTE else f"{words[: _NOTE - 1]}…"


def _logins(members: Iterable[Member]) -> str:
    return ",".join(member.person.login for member in members)


def _minutes(window: timedelta) -> str:
    return f"{window.total_seconds() / 60:g} min"
