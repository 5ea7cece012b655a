"""What a gate is given: the plan of one request, and the world, each part of it as a protocol."""

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from approval_gate.core import timing
from approval_gate.core.ending import Ending
from approval_gate.core.model import Member, Person, Request, Rule, Thread
from approval_gate.core.notices import Notice
from approval_gate.core.policy.model import Reminder
from approval_gate.core.verdict import Decision


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
    def may_have_twin(self) -> bool: ...
    @property
    def marker(self) -> str: ...
    def now(self) -> datetime: ...
    def budget(self, look_cost: float) -> timing.Budget | None: ...
    def open(self, title: str, body: str, labels: Sequence[str]) -> Issue: ...
    def poll(self, people: Collection[int], *, facts: bool) -> Thread: ...
    def confirm(self, people: Collection[int], barrier: Any | None = None) -> Thread: ...  # noqa: ANN401 - barrier() gave
    def barrier(self, comment_id: int, what: str, text: str) -> Any: ...  # noqa: ANN401 - for confirm()
    def recheck(self, members: Iterable[Member]) -> dict[int, Member]: ...
    def commit_of_tag(self, tag: str) -> str | None: ...
    def policy_digest(self, file: str) -> str | None: ...
    def comment(self, what: str, text: str) -> int: ...
    def edit_comment(self, comment_id: int, what: str, text: str) -> None: ...
    def react(self, comment_id: int, content: str) -> int: ...
    def take_back(self, comment_id: int, reaction_id: int) -> None: ...
    def add_labels(self, labels: Sequence[str]) -> None: ...
    def assign(self, logins: Sequence[str]) -> list[str]: ...
    def close(self, label: str | None, *, completed: bool) -> None: ...
    def left(self) -> Sequence[Left]: ...
    def concluded(self, left: Any) -> bool: ...  # noqa: ANN401 - what left() gave
    def answers_on(self, left: Any) -> list[tuple[Person | None, str]]: ...  # noqa: ANN401 - the same
    def replace(self, left: Any, text: str) -> None: ...  # noqa: ANN401 - the same
    def bear(self, seconds: float) -> None: ...
    def hurry(self) -> None: ...


class Messages(Protocol):
    """What people read."""

    def issue(self, marker: str, now: datetime, deadline: datetime) -> Any: ...  # noqa: ANN401 - body and further
    def status(self, decision: Decision, issue_url: str) -> str: ...
    def final_status(self, ending: Ending, decision: Decision | None, issue_url: str) -> str: ...
    def hint(self, login: str, text: str, *, listed: bool) -> str: ...
    def notice(self, notice: Notice, issue_url: str) -> str: ...
    def called(self, call: Reminder, people: Sequence[Member], decision: Decision) -> str: ...
    def objected(self, url: str, logins: Sequence[str]) -> str: ...
    def replaced(self, url: str, voters: Iterable[str], *, twin: bool) -> str: ...
    def closing(
        self, ending: Ending, decision: Decision | None, record: Mapping[str, object], url: str
    ) -> str: ...
    def summary(
        self, ending: Ending, decision: Decision | None, record: Mapping[str, object], url: str | None
    ) -> str: ...


class Log(Protocol):
    """The job's log."""

    def say(self, line: str = "") -> None: ...
    def group(self, title: str) -> None: ...
    def end_group(self) -> None: ...
    def warn(self, text: str) -> None: ...


class Outputs(Protocol):
    """The job's outputs and summary."""

    def set(self, values: Mapping[str, str]) -> None: ...
    def save_record(self, name: str, record: str) -> str: ...
    def summarize(self, markdown: str) -> None: ...


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
        facts: what the record says beside the decision.
    """

    request: Request
    rule: Rule
    roster: tuple[Member, ...]
    title: str
    labels: tuple[str, ...]
    polling_interval: float
    tags: tuple[str, ...]
    keep_open: bool
    fail_on_denial: bool
    fail_on_timeout: bool
    facts: Mapping[str, object]
    named: str | None = None
    policy: PolicyFile | None = None
    reminders: tuple[Reminder, ...] = ()
