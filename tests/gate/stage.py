"""The gate among fakes of GitHub, its people and the job, with a clock that only moves when the gate waits.

    stage = Stage()
    stage.plays("3 ann: approve", "5 bob: deny - tests red", "6 cy edits #1: no")
    ended = stage.run()

A line begins with the minute since the request was opened; comments are
numbered from 1 in the order in which they are written. Anything else is
scheduled as a call: ``stage.at(4, lambda: ...)``.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from approval_gate.core.conditions.model import Condition
from approval_gate.core.ending import Conclusion, Ending
from approval_gate.core.facts import Facts, OpenIssue, OpenIssues, Source
from approval_gate.core.marker import Marker
from approval_gate.core.model import (
    Closing,
    Code,
    Comment,
    Ineligibility,
    Member,
    Modification,
    Outcome,
    Person,
    Revision,
    Rule,
    Thread,
)
from approval_gate.core.notices import FailedChecks, Notice, OpenItems
from approval_gate.core.notification import Event, Notification, Tone
from approval_gate.core.policy.model import Reminder
from approval_gate.core.record.model import Membership, Requested
from approval_gate.core.request_facts import Rechecked
from approval_gate.core.timing import Budget, Deadline
from approval_gate.core.verdict import Decision, NearMiss, Objection, Vote
from approval_gate.errors import GitHubError, NotFoundError
from approval_gate.gate.ending import EndingWriter
from approval_gate.gate.loop import Gate
from approval_gate.gate.ports import GitHub, Plan, RecordContext, Runtime, Sources
from tests.core import language

OPENED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GATE = Person(id=900, login="gate[bot]", bot=True)
IDS = {"ann": 1, "bob": 2, "cy": 3, "dee": 4, "mallory": 71}
TAG_COMMIT = "a1b2c3d4" * 5
REQUEST = replace(
    language.REQUEST,
    run_id=77,
    run_url="https://github.test/acme/shop/actions/runs/77",
    sha=TAG_COMMIT,
)
MARKER = Marker(run_id=77, run_attempt=1, nonce="0" * 32)
PLAN = Plan(
    request=REQUEST,
    marker=MARKER,
    rule=Rule(minimum=2, window=timedelta(minutes=60), alone=("owner",)),
    roster=(),
    title="Deploy v1",
    labels=("deployment", "production"),
    polling_interval=30.0,
    tags=(),
    keep_open=False,
    fail_on_denial=True,
    fail_on_timeout=True,
    record=RecordContext(requested=Requested(commit=TAG_COMMIT)),
)


class StopSignal(BaseException):
    """The job is stopped."""


FIRST = 3_000_000_000
"""One less than the first comment's id: GitHub's ids are beyond 2^31."""


URL = "https://github.test/acme/shop/issues/42"
"""The issue that is opened."""


@dataclass(frozen=True)
class StaleIssue:
    """An open issue other than the request's, and the answers on it."""

    number: int
    labels: tuple[str, ...] = ()
    duplicate: bool = False
    concluded: bool = False
    said: tuple[tuple[Person | None, str], ...] = ()
    host: Any = None
    author_id: int = GATE.id
    run_id: int = 77
    run_attempt: int = 1

    @property
    def url(self) -> str:
        return f"https://github.test/acme/shop/issues/{self.number}"

    @property
    def marker(self) -> Marker:
        other = Marker(run_id=self.run_id, run_attempt=self.run_attempt, nonce="f" * 32)
        return self.host.marker if self.duplicate else other

    def find_comment(self, name: str, until: Deadline | None = None) -> int | None:
        assert name == "closing"
        self.host._do("find_comment", self.number, until=until)
        return 1 if self.concluded else None

    def answers(self, until: Deadline | None = None) -> list[tuple[Person | None, str]]:
        self.host._do("answers", self.number, until=until)
        return list(self.said)

    def comment(self, name: str, text: str, until: Deadline | None = None) -> int:
        assert name == "replaced"
        self.host._do("replace", self.number, text, until=until)
        return 1

    def close(self, labels: Collection[str], *, completed: bool, until: Deadline | None = None) -> None:
        assert until is not None
        assert (list(labels)[-1], completed) == ("cancelled", False)
        self.host.stale = [other for other in self.host.stale if other.number != self.number]


@dataclass(frozen=True)
class Done:
    """Something that the gate did: when, what, its arguments, and whether stop signals were held back.

    And for how many seconds it could be retried, if it had a deadline.
    """

    at: float
    what: str
    given: tuple[Any, ...]
    sheltered: bool
    retried_for: float | None = None


@dataclass
class Failure:
    """An error that a call raises instead of answering: from when, until when, and how often."""

    what: str
    error: GitHubError
    since: float
    until: float
    times: float


@dataclass
class FakeClock:
    """A clock that moves by waiting; what is due happens meanwhile."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)
    due: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def monotonic(self) -> float:
        return 5000.0 + self.seconds

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        assert len(self.slept) < 5000, "the gate waits forever"
        self.slept.append(seconds)
        until = self.seconds + seconds
        while self.due and self.due[0][0] <= until:
            at, act = self.due.pop(0)
            self.seconds = max(self.seconds, at)
            act()
        self.seconds = until


@dataclass
class FakeGitHub:
    """GitHub: the connection, the tracker, the sources, and the issue that was opened."""

    machine: FakeClock
    journal: list[Done]
    sheltered: Callable[[], bool]
    marker: Marker
    checklist: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    id: int = 900042
    number: int = 42
    repository: str = "acme/shop"
    url: str = URL
    author: Person = GATE
    author_id: int = GATE.id
    opened_at: datetime = OPENED
    thread: Thread = field(default_factory=lambda: Thread(opened_at=OPENED, author_id=GATE.id))
    requests_used: int = 0
    cost: int = 0
    left_of_budget: Callable[[float], Budget | None] = lambda _cost: None
    dropped: tuple[str, ...] = ()
    unassignable: tuple[str, ...] = ()
    gone: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    facts_problem: str = ""
    facts_are_new: bool = True
    incidents: list[OpenIssue] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=lambda: {"v1": TAG_COMMIT})
    stale: list[StaleIssue] = field(default_factory=list)
    may_have_duplicate: bool = False
    failures: list[Failure] = field(default_factory=list)
    meanwhile: dict[str, list[Callable[[], object]]] = field(default_factory=dict)
    written: dict[int, str] = field(default_factory=dict)
    reactions: dict[int, tuple[int, str]] = field(default_factory=dict)
    hurried: bool = False
    read_facts: bool = False
    last_barrier: int | None = None
    disputed: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)

    def _do(self, what: str, *given: Any, until: Deadline | None = None) -> None:
        retried_for = until and until.left
        self.journal.append(Done(self.machine.seconds, what, given, self.sheltered(), retried_for))
        for act in self.meanwhile.pop(what, []):
            act()
        minute = self.machine.seconds / 60
        for trouble in self.failures:
            meant = {"poll", "confirm", "recheck"} if trouble.what == "read" else {trouble.what}
            if what in meant and trouble.since <= minute < trouble.until and trouble.times > 0:
                trouble.times -= 1
                raise trouble.error

    def now(self) -> datetime:
        return OPENED + timedelta(seconds=self.machine.seconds)

    def budget(self, poll_cost: float) -> Budget | None:
        return self.left_of_budget(poll_cost)

    def open(
        self, marker: Marker, title: str, body: str, labels: Sequence[str], checklist: Sequence[str]
    ) -> "FakeGitHub":
        assert (marker, tuple(checklist)) == (self.marker, self.checklist)
        self._do("open", title, body, tuple(labels))
        self.labels = tuple(label.upper() for label in labels if label not in self.dropped)
        return self

    def poll(self, people: Collection[int], *, facts: bool) -> Thread:
        self._do("poll", sorted(people))
        self.read_facts = facts
        self.requests_used += self.cost
        return self.thread

    def confirm(self, people: Collection[int], edited: int | None = None) -> Thread:
        self._do("confirm", sorted(people))
        assert edited in {None, self.last_barrier}
        comments = tuple(
            replace(c, agreed=c.id - FIRST not in self.disputed, hidden=c.id - FIRST in self.hidden)
            for c in self.thread.comments
        )
        return replace(self.thread, comments=comments)

    def recheck(self, members: Iterable[Member], until: Deadline) -> dict[int, Rechecked]:
        asked = list(members)
        self._do("recheck", [member.person.login for member in asked], until=until)
        return {
            member.person.id: Rechecked(
                member=replace(member, ineligibility=Ineligibility.LEFT)
                if member.person.login in self.gone
                else member,
                write="permission write",
                membership=tuple(
                    Membership(role=role, answer="listed") for role in member.roles if role not in self.unread
                ),
            )
            for member in asked
        }

    def read_again(self, facts: Facts, conditions: Sequence[Condition], until: Deadline) -> Facts:
        self._do("facts", [condition.item for condition in conditions], until=until)
        at = self.now() if self.facts_are_new else facts.issues[0].source.at
        source = Source(where="GraphQL", at=at, problem=self.facts_problem)
        labels = {label for condition in conditions for label in condition.no_open_issues}
        known = {it.label: it for it in facts.issues}
        for label in labels:
            first = tuple(it for it in self.incidents if label == "incident")
            known[label] = OpenIssues(label=label, source=source, count=len(first), first=first)
        return replace(facts, issues=tuple(known.values()))

    def commit_of_tag(self, tag: str) -> str | None:
        self._do("commit_of_tag", tag)
        return self.tags.get(tag)

    def policy_digest(self, file: str, until: Deadline) -> str | None:
        raise AssertionError(f"no play has a policy, {file} {until}")

    def find_comment(self, name: str, until: Deadline | None = None) -> int | None:
        raise AssertionError(f"the gate knows its own comments, {name} {until}")

    def comment(self, name: str, text: str, until: Deadline | None = None) -> int:
        assert until is not None
        self._do("comment", name, text, until=until)
        number = FIRST + 9000 + len(self.journal)
        self.written[number] = name
        return number

    def edit_comment(self, comment_id: int, name: str, text: str) -> None:
        confirming = "confirming since" in text
        self._do("barrier" if confirming else "edit_comment", name, text)
        if confirming and comment_id not in self.written:
            raise NotFoundError("it is gone")
        assert self.written[comment_id] == name
        self.last_barrier = comment_id

    def react(self, comment_id: int, content: str) -> int:
        self._do("react", comment_id - FIRST, content)
        there = [number for number, given in self.reactions.items() if given == (comment_id, content)]
        number = there[0] if there else 8000 + len(self.journal)
        self.reactions[number] = (comment_id, content)
        return number

    def remove_reaction(self, comment_id: int, reaction_id: int) -> None:
        self._do("remove_reaction", comment_id - FIRST)
        assert self.reactions.pop(reaction_id)[0] == comment_id

    def add_labels(self, labels: Sequence[str]) -> None:
        self._do("add_labels", list(labels))

    def assign(self, logins: Sequence[str]) -> list[str]:
        self._do("assign", list(logins))
        return [login for login in logins if login in self.unassignable]

    def close(self, labels: Collection[str], *, completed: bool, until: Deadline | None = None) -> None:
        more = [label for label in labels if label not in self.labels]
        self._do("close", more[0] if more else None, completed, until=until)

    def open_issues(self, until: Deadline | None = None) -> list[StaleIssue]:
        self._do("open_issues", until=until)
        return [replace(issue, host=self) for issue in self.stale]

    def shorten_timeouts(self) -> None:
        self.hurried = True


@dataclass
class Messages:
    """The texts that people read, as short as possible."""

    further: tuple[str, ...] = ()
    more_of_the_record: tuple[str, ...] = ()

    def issue(self, now: datetime, deadline: datetime) -> tuple[str, tuple[str, ...]]:
        return f"{now:%H:%M} to {deadline:%H:%M}", self.further

    def status(self, decision: Decision, issue_url: str, confirming: datetime | None = None) -> str:
        assert issue_url == URL
        waits = f"confirming since {confirming:%H:%M:%S} UTC." if confirming else decision.reason
        return f"{len(decision.approvers)} given; {waits}"

    def final_status(self, end: Conclusion) -> str:
        assert end.asked is not None
        return f"final: {self._seen(end)}"

    def notice(self, notice: Notice, issue_url: str, decision: Decision, now: datetime) -> str:
        assert now >= OPENED
        assert issue_url == URL
        assert decision.outcome is None
        who = " and ".join(person.login for person in notice.people)
        match notice.about:
            case NearMiss(line=line):
                return f"{who} said {line}"
            case Objection(ground=ground):
                return f"{who}: {ground.name}"
            case Vote(status=status):
                return f"{who}: {status.name}"
            case Reminder():
                return f"{who}: please answer"
            case OpenItems():
                return f"{who}: please tick"
            case FailedChecks(blocking=blocking):
                return f"{who}: {', '.join(it.reason for it in blocking)}"
        raise AssertionError(notice)

    def objected(self, url: str, logins: Sequence[str]) -> str:
        return f"{url}: {', '.join(logins)} objected"

    def asked(self, decision: Decision, issue_url: str) -> Notification:
        return notification(Event.ASKED, decision.reason, issue_url)

    def reminded(self, decision: Decision, issue_url: str) -> Notification:
        return notification(Event.REMINDED, decision.reason, issue_url)

    def decided(self, end: Conclusion, issue_url: str) -> Notification:
        return notification(Event.DECIDED, self._seen(end), issue_url)

    def replaced(self, url: str, voters: Iterable[str], *, duplicate: bool) -> str:
        return f"{url}{', its duplicate,' if duplicate else ''} for {', '.join(voters)}"

    def closing(self, end: Conclusion, record: Mapping[str, object]) -> list[str]:
        assert record["outcome"] == end.ending.outcome.value
        assert end.asked is not None
        return [f"closing: {self._seen(end)}", *self.more_of_the_record]

    def summary(self, end: Conclusion, record: Mapping[str, object]) -> str:
        assert record["outcome"] == end.ending.outcome.value
        return f"summary: {self._seen(end)} {end.asked and end.asked.url}"

    def last_words(self, end: Conclusion) -> tuple[str, str]:
        return f"gate {end.asked and end.asked.number}", end.ending.text

    def _seen(self, end: Conclusion) -> str:
        assert end.decision is None or end.decision.deadline > OPENED
        if end.asked is not None:
            assert (end.asked.number, end.asked.url, end.asked.opened_at) == (42, URL, OPENED)
            assert end.asked.ended_at >= OPENED
        return str(end.ending.code)


def notification(event: Event, text: str, issue_url: str) -> Notification:
    """Return a message to people outside of GitHub."""
    return Notification(
        event=event,
        tone=Tone.INFO,
        title=event.value,
        text=text,
        repository="acme/shop",
        environment=None,
        version="v1",
        outcome=None,
        issue_url=issue_url,
        run_url="",
    )


@dataclass
class Notifications:
    """People outside of GitHub, whom nobody reaches if there are problems."""

    machine: FakeClock
    journal: list[Done]
    sheltered: Callable[[], bool]
    problems: list[str] = field(default_factory=list)

    def send(self, message: Notification) -> None:
        assert message.issue_url == URL
        given = message.event.value, message.text
        self.journal.append(Done(self.machine.seconds, "notify", given, self.sheltered()))

    def collect(self, *, wait: bool = False) -> list[str]:
        if wait:
            self.journal.append(Done(self.machine.seconds, "collect", (), self.sheltered()))
        return self.problems


@dataclass
class Log:
    """The job's log."""

    lines: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def say(self, line: str = "") -> None:
        self.lines.append(line)

    def warn(self, text: str, entry: str, about: str = "") -> None:  # noqa: ARG002 - the log's form
        self.warnings.append(text)

    def error(self, text: str, entry: str, about: str = "") -> None:  # noqa: ARG002 - the same
        self.errors.append(text)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def where(self, error: Exception) -> None:
        self.lines.append(f"Where it failed: {type(error).__name__}")


@dataclass
class Outputs:
    """The job's outputs, records and summary."""

    machine: FakeClock
    journal: list[Done]
    sheltered: Callable[[], bool]
    values: dict[str, str] = field(default_factory=lambda: {"run-attempt": "1"})
    flushed_after: list[str] = field(default_factory=list)
    saved: dict[str, str] = field(default_factory=dict)
    summaries: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def _do(self, what: str, *given: Any) -> None:
        self.journal.append(Done(self.machine.seconds, what, given, self.sheltered()))
        if what in self.broken:
            raise OSError(28, "No space left on device")

    def set(self, values: Mapping[str, str]) -> None:
        self._do("set", dict(values))
        self.values.update(values)

    def keep(self, name: str, value: str) -> None:
        assert name == "status"
        self.flushed_after.extend([value, *(done.what for done in self.journal)])

    def save(self, name: str, text: str) -> str:
        self._do("save", name)
        self.saved[name] = text
        return f"/records/{name}"

    def summarize(self, markdown: str) -> None:
        self._do("summarize", markdown)
        self.summaries.append(markdown)


def person(login: str) -> Person:
    """Return the account of this name; p7 is one of many strangers."""
    number = IDS.get(login) or 1000 + int(login.removeprefix("p"))
    return Person(id=number, login=login)


def member(name: str) -> Member:
    """Return a member: ``ann``, ``ann*`` (can approve alone) or ``ann!`` (the initiator)."""
    login = name.rstrip("*!")
    ineligibility = Ineligibility.INITIATOR if name.endswith("!") else None
    return Member(
        person=person(login),
        roles=(login, *(["owner"] if name.endswith("*") else [])),
        ineligibility=ineligibility,
    )


class Stage:
    """Everything around one gate."""

    def __init__(self, roster: str = "ann bob cy", **plan: Any) -> None:
        rule = {name: plan.pop(name) for name in list(plan) if name in Rule.__dataclass_fields__}
        self.plan = replace(
            PLAN,
            rule=replace(PLAN.rule, **rule),
            roster=tuple(member(name) for name in roster.split()),
            **plan,
        )
        self.machine = FakeClock()
        self.journal: list[Done] = []
        self._shelters = 0
        self.plan = replace(self.plan, marker=replace(MARKER, run_attempt=self.plan.request.run_attempt))
        self.host = FakeGitHub(self.machine, self.journal, self._sheltered, self.plan.marker)
        self.host.checklist = self.plan.rule.checklist
        self.texts = Messages()
        self.log = Log()
        self.outputs = Outputs(self.machine, self.journal, self._sheltered)
        self.notifications = Notifications(self.machine, self.journal, self._sheltered)
        self.build()

    def build(self) -> None:
        """Build the gate from what the stage has now."""
        runtime = Runtime(
            monotonic=self.machine.monotonic,
            sleep=self.machine.sleep,
            shielded=self._shielded,
            jitter=lambda: 0.0,
        )
        sources = Sources(
            facts=self.host.read_again,
            recheck=self.host.recheck,
            commit_of_tag=self.host.commit_of_tag,
            policy_digest=self.host.policy_digest,
        )
        github = GitHub(connection=self.host, tracker=self.host, sources=sources)
        self.gate = Gate(self.plan, github, self.texts, self.log, self.outputs, runtime, self.notifications)

    def _sheltered(self) -> bool:
        return self._shelters > 0

    @contextmanager
    def _shielded(self) -> Iterator[None]:
        self._shelters += 1
        yield
        self._shelters -= 1

    # What happens --------------------------------------------------------------------

    def at(self, minute: float, act: Callable[[], object]) -> None:
        self.machine.due.append((minute * 60, act))
        self.machine.due.sort(key=lambda due: due[0])

    def plays(self, *lines: str) -> "Stage":
        for line in lines:
            count, _, rest = line.partition(" ")
            self.at(float(count), partial(self.happens, rest))
        return self

    def during(self, what: str, *lines: str) -> None:
        """Let something happen while the gate waits for the answer of a call."""
        acts = self.host.meanwhile.setdefault(what, [])
        acts.extend(partial(self.happens, line) for line in lines)

    def fails(
        self,
        what: str,
        error: GitHubError,
        *,
        since: float = 0,
        until: float = float("inf"),
        times: float = float("inf"),
    ) -> None:
        """Let a call fail; ``read`` means every read that the decision depends on."""
        self.host.failures.append(Failure(what, error, since, until, times))

    def happens(self, line: str) -> None:
        for pattern, act in _EVENTS:
            found = re.fullmatch(pattern, line, re.DOTALL)
            if found:
                act(self, **found.groupdict())
                return
        raise AssertionError(f"not a line of a play: {line!r}")

    def _says(self, who: str, text: str) -> None:
        thread = self.host.thread
        comment = Comment(
            id=FIRST + len(thread.comments) + 1,
            author=person(who),
            revisions=(Revision(text=text, by=person(who), at=self.host.now()),),
            created_at=self.host.now(),
        )
        self.host.thread = replace(thread, comments=(*thread.comments, comment))

    def _change(self, number: str, change: Callable[[Comment], Comment]) -> None:
        comments = tuple(change(c) if c.id == FIRST + int(number) else c for c in self.host.thread.comments)
        self.host.thread = replace(self.host.thread, comments=comments)

    def _edits(self, who: str, number: str, text: str) -> None:
        revision = Revision(text=text, by=person(who), at=self.host.now())
        self._change(number, lambda c: replace(c, revisions=(*c.revisions, revision)))

    def _deletes(self, who: str, number: str) -> None:
        modification = Modification(by=person(who), at=self.host.now())
        self._change(number, lambda c: replace(c, deletion=modification))

    def _changes(self, who: str) -> None:
        self.host.thread = replace(self.host.thread, changed=Modification(by=person(who), at=self.host.now()))

    def _closes(self, who: str) -> None:
        by = GATE if who == "gate" else person(who)
        self.host.thread = replace(self.host.thread, closing=Closing(by=by, at=self.host.now()))

    def _leaves(self, who: str) -> None:
        self.host.gone.add(who)

    def _moves(self) -> None:
        self.host.tags["v1"] = "f" * 40

    def _stops(self) -> None:
        raise StopSignal

    # The run -------------------------------------------------------------------------

    def run(self) -> Ending:
        """Open, wait and conclude, as the command line does."""
        try:
            self.gate.open()
            ending = self.gate.wait()
        except StopSignal:
            ending = self.gate.stopped(self.machine.seconds, "SIGINT")
        except GitHubError as error:
            ending = Ending(
                outcome=Outcome.ERROR, code=error.code, reason=error.problem, exit_code=error.exit_code
            )
        self.conclude(ending)
        return ending

    def conclude(self, ending: Ending) -> None:
        run_id = str(self.plan.request.run_id)
        EndingWriter(self.outputs, self.log, run_id, self.gate).conclude(ending, self.gate)

    # The result -----------------------------------------------------------------

    def did_names(self) -> list[str]:
        return [done.what for done in self.journal]

    def did(self, what: str) -> list[tuple[Any, ...]]:
        return [done.given for done in self.journal if done.what == what]

    def minutes(self, what: str) -> list[float]:
        return [done.at / 60 for done in self.journal if done.what == what]

    @property
    def record(self) -> dict[str, Any]:
        return dict(json.loads(self.outputs.values["decision"]))

    @property
    def minute(self) -> float:
        return self.machine.seconds / 60

    def said(self, what: str) -> list[str]:
        """Return the comments of this name (for example ``closing``), the oldest first."""
        return [given[1] for given in self.did("comment") if given[0].startswith(what)]

    def statuses(self) -> list[str]:
        """Return each text that the status comment had."""
        return [
            done.given[1]
            for done in self.journal
            if done.what in {"comment", "edit_comment"} and done.given[0] == "status"
        ]

    def reactions(self) -> list[tuple[int, str]]:
        """Return the reactions on each comment, by its number in the play."""
        return sorted((comment_id - FIRST, content) for comment_id, content in self.host.reactions.values())


_EVENTS: tuple[tuple[str, Callable[..., None]], ...] = (
    (r"(?P<who>\w+) comments?: (?P<text>.*)", Stage._says),
    (r"(?P<who>\w+): (?P<text>.*)", Stage._says),
    (r"(?P<who>\w+) edits #(?P<number>\d+): (?P<text>.*)", Stage._edits),
    (r"(?P<who>\w+) deletes #(?P<number>\d+)", Stage._deletes),
    (r"(?P<who>\w+) changes the request", Stage._changes),
    (r"(?P<who>\w+) closes the issue", Stage._closes),
    (r"(?P<who>\w+) leaves", Stage._leaves),
    (r"the tag moves", Stage._moves),
    (r"the job is stopped", Stage._stops),
)

APPROVED = Outcome.APPROVED, Code.QUORUM
ALONE = Outcome.APPROVED, Code.APPROVED_ALONE
DENIED = Outcome.DENIED, Code.DENIED
UNREASONED = Outcome.DENIED, Code.DENIED_WITHOUT_REASON
TIMED_OUT = Outcome.TIMED_OUT, Code.WINDOW_CLOSED
CLOSED = Outcome.CANCELLED, Code.ISSUE_CLOSED
REPLACED = Outcome.CANCELLED, Code.REPLACED
STOPPED = Outcome.CANCELLED, Code.SIGNAL


def end(ending: Ending) -> tuple[Outcome, Code]:
    """Return an ending as the tables name it."""
    return ending.outcome, ending.code
