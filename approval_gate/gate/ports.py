"""What a gate is given: the plan of one request, and the world, each part of it as a protocol."""

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from approval_gate.core import timing
from approval_gate.core.conditions.model import Condition
from approval_gate.core.ending import Conclusion, Ending
from approval_gate.core.facts import NO_FACTS, Facts
from approval_gate.core.marker import Marker
from approval_gate.core.model import Member, Outcome, Person, Request, Rule, Thread
from approval_gate.core.notices import Notice
from approval_gate.core.notification import Notification
from approval_gate.core.policy.model import Reminder
from approval_gate.core.record.model import (
    AskedPolicy,
    Initiators,
    Inputs,
    Requested,
    ShownChecklist,
)
from approval_gate.core.request_facts import Rechecked
from approval_gate.core.timing import Deadline
from approval_gate.core.verdict import Decision


class Issue(Protocol):
    """An approval issue that can be written to.

    Every call may raise a GitHubError. One that retries takes the deadline of its last try.
    """

    @property
    def number(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def author_id(self) -> int: ...
    @property
    def marker(self) -> Marker: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    def find_comment(self, name: str, until: Deadline | None = None) -> int | None: ...
    def comment(self, name: str, text: str, until: Deadline | None = None) -> int: ...
    def close(self, labels: Collection[str], *, completed: bool, until: Deadline | None = None) -> None: ...


class StaleIssue(Issue, Protocol):
    """Another open issue of the run: an earlier attempt's, or a duplicate. Answers there do not count."""

    def answers(self, until: Deadline | None = None) -> Iterable[tuple[Person | None, str]]: ...


class ApprovalIssue(Issue, Protocol):
    """The issue of this request, where people answer."""

    @property
    def id(self) -> int: ...
    @property
    def repository(self) -> str: ...
    @property
    def author(self) -> Person: ...
    @property
    def opened_at(self) -> datetime: ...
    @property
    def may_have_duplicate(self) -> bool: ...
    def poll(self, people: Collection[int], *, facts: bool) -> Thread: ...
    def confirm(self, people: Collection[int], edited: int | None = None) -> Thread: ...
    def edit_comment(self, comment_id: int, name: str, text: str) -> None: ...
    def react(self, comment_id: int, content: str) -> int: ...
    def remove_reaction(self, comment_id: int, reaction_id: int) -> None: ...
    def add_labels(self, labels: Sequence[str]) -> None: ...
    def assign(self, logins: Sequence[str]) -> list[str]: ...


class IssueTracker(Protocol):
    """The issues of the repository that the request goes to. Every call may raise a GitHubError."""

    def open(
        self, marker: Marker, title: str, body: str, labels: Sequence[str], checklist: Sequence[str]
    ) -> ApprovalIssue: ...
    def open_issues(self, until: Deadline | None = None) -> Iterable[StaleIssue]: ...


class Connection(Protocol):
    """GitHub's time, and what is left of the hour's requests."""

    @property
    def requests_used(self) -> int: ...
    def now(self) -> datetime: ...
    def budget(self, poll_cost: float) -> timing.Budget | None: ...
    def shorten_timeouts(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What an approval rests on besides the conversation. Each call asks GitHub, and may raise a GitHubError.

    One that retries takes the deadline of its last try.

    Attributes:
        facts: returns the facts with what these conditions rest on read again. What could not be read has a
            source with a problem: that holds an approval back, and ends nothing.
        recheck: returns the members as they are now, by id, and by which answers.
        commit_of_tag: None if the tag is gone.
        policy_digest: of the file on the default branch; None if it is gone.
    """

    facts: Callable[[Facts, Sequence[Condition], Deadline], Facts]
    recheck: Callable[[Iterable[Member], Deadline], Mapping[int, Rechecked]]
    commit_of_tag: Callable[[str], str | None]
    policy_digest: Callable[[str, Deadline], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub:
    """GitHub, as far as one request needs it.

    Attributes:
        overdue: follow-ups that are past their time, and what their owners are told there.
    """

    connection: Connection
    tracker: IssueTracker
    sources: Sources
    overdue: Sequence[tuple[Issue, str]] = ()


class Messages(Protocol):
    """What people read."""

    def issue(self, now: datetime, deadline: datetime) -> tuple[str, Sequence[str]]: ...
    def status(self, decision: Decision, issue_url: str, confirming: datetime | None = None) -> str: ...
    def final_status(self, end: Conclusion) -> str: ...
    def notice(self, notice: Notice, issue_url: str, decision: Decision, now: datetime) -> str: ...
    def objected(self, url: str, logins: Sequence[str]) -> str: ...
    def asked(self, decision: Decision, issue_url: str) -> Notification: ...
    def reminded(self, decision: Decision, issue_url: str) -> Notification: ...
    def decided(self, end: Conclusion, issue_url: str) -> Notification: ...
    def replaced(self, url: str, voters: Iterable[str], *, duplicate: bool) -> str: ...
    def closing(self, end: Conclusion, record: Mapping[str, object]) -> Sequence[str]: ...
    def summary(self, end: Conclusion, record: Mapping[str, object]) -> str: ...
    def last_words(self, end: Conclusion) -> tuple[str, str]: ...


class Log(Protocol):
    """The job's log; warnings and errors lead to an entry of the troubleshooting page."""

    def say(self, line: str = "") -> None: ...
    def warn(self, text: str, entry: str, about: str = "") -> None: ...
    def error(self, text: str, entry: str, about: str = "") -> None: ...
    def where(self, error: Exception) -> None: ...


class Notifications(Protocol):
    """Messages to people outside of GitHub.

    ``send`` waits for nothing. ``collect`` returns a sentence for each message that was not sent: of those
    that have ended, or of all, for which it waits a limited time.
    """

    def send(self, message: Notification) -> None: ...
    def collect(self, *, wait: bool = False) -> Iterable[str]: ...


class Outputs(Protocol):
    """The job's outputs and summary."""

    @property
    def values(self) -> Mapping[str, str]: ...
    def set(self, values: Mapping[str, str]) -> None: ...
    def keep(self, name: str, value: str) -> None: ...
    def save(self, name: str, text: str) -> str: ...
    def summarize(self, markdown: str) -> None: ...


class Concludable(Protocol):
    """What ends: a gate, or what takes its place where none could be made.

    ``last_words`` returns what the last line of the log is about, and the line.
    """

    def stopped(self, elapsed: float, signal: str) -> Ending: ...
    def conclusion(self, ending: Ending) -> Conclusion: ...
    def record(self, ending: Ending) -> Mapping[str, object]: ...
    def close(self, end: Conclusion, record: Mapping[str, object]) -> None: ...
    def summary(self, end: Conclusion, record: Mapping[str, object]) -> str: ...
    def last_words(self, end: Conclusion) -> tuple[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
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

    def deadline(self, seconds: float) -> Deadline:
        """Return the moment so many seconds from now."""
        return Deadline.after(self.monotonic, seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContext:
    """What the record says of a request besides the decision and the facts."""

    requested: Requested
    checklist: ShownChecklist | None = None
    initiators: Initiators | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One request, ready to be opened.

    Attributes:
        tags: the tags that are deployed, if any; they must keep naming the request's commit.
        tags_known: whether the token can see tags.
        named: what can become a tag while people are asked, but not one of another commit.
        facts: as they were read before the issue is opened.
        policy: the document that people are asked under, if there is one; it must not change.
    """

    request: Request
    marker: Marker
    rule: Rule
    roster: tuple[Member, ...]
    title: str
    labels: tuple[str, ...]
    polling_interval: float
    tags: tuple[str, ...]
    keep_open: bool
    fail_on_denial: bool
    fail_on_timeout: bool
    record: RecordContext
    facts: Facts = NO_FACTS
    tags_known: bool = True
    named: str | None = None
    policy: AskedPolicy | None = None
    reminders: tuple[Reminder, ...] = ()

    @property
    def passing(self) -> tuple[Outcome, ...]:
        """The outcomes besides an approval that do not fail the step."""
        failing = {Outcome.DENIED: self.fail_on_denial, Outcome.TIMED_OUT: self.fail_on_timeout}
        return tuple(outcome for outcome, fails in failing.items() if not fails)

    @property
    def inputs(self) -> Inputs:
        """What the outcome is derived from, before anybody is asked."""
        return Inputs(
            rule=self.rule,
            roster=self.roster,
            passing=self.passing,
            initiators=self.record.initiators,
            facts=self.facts,
            tags=self.tags if self.tags_known else None,
        )
