"""The values of a decision record. The names of fields are the keys of its JSON.

What could not be read is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from approval_gate.core.artifacts import Artifact
from approval_gate.core.conditions.model import State
from approval_gate.core.facts import NO_FACTS, Facts
from approval_gate.core.model import Code, Member, Modification, Outcome, Person, Rule, Thread

SCHEMA = "approval-gate/decision/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account by its id, if that is known, and its login."""

    id: int | None
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryName:
    """A repository by its id, if that is known, and its name."""

    id: int | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunName:
    """An attempt of a run, and its page."""

    id: int
    attempt: int
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowName:
    """A workflow: its name, its file at a ref, and the commit of that file."""

    name: str | None
    ref: str | None
    commit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """What is to be deployed, who asked for it, and which run waits.

    Attributes:
        details: what the request says about itself, by the heading of each field.
        artifacts: what is deployed, as far as the workflow names it.
        logs_kept_days: how long GitHub keeps the run's logs.
    """

    repository: RepositoryName | None = None
    run: RunName | None = None
    workflow: WorkflowName | None = None
    job: str | None = None
    actor: Account | None = None
    triggering_actor: Account | None = None
    ref: str | None = None
    commit: str | None = None
    environment: str | None = None
    version: str | None = None
    type: str | None = None
    details: Mapping[str, str | None] | None = None
    artifacts: tuple[Artifact, ...] = ()
    logs_kept_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedIssue:
    """The approval issue; the digest is that of its text as the gate wrote it."""

    repository: str
    number: int
    id: int
    url: str
    title: str
    body_digest: str
    nonce: str
    author: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPolicy:
    """The policy document that people were asked under, and the commit of the default branch that had it."""

    path: str
    digest: str
    commit: str | None
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChecklist:
    """The checklist as it was shown, and whether every item had to be ticked."""

    required: bool
    items: tuple[str, ...]


# What is decided again ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSignal:
    """A stop signal, and the whole seconds from the start of the step until it came."""

    signal: str
    elapsed_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error that ended the run. It is an input: it cannot be recomputed."""

    code: Code
    reason: str
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiators:
    """Who started an attempt of the run, and whether these are all of them."""

    people: tuple[Account, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A role that somebody still had at the confirmation, and GitHub's answer that showed it."""

    role: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedPerson:
    """Somebody whose rights an approval rests on, when they were read again, and GitHub's answers.

    Attributes:
        write: the answer about write access; None if that is not required.
    """

    id: int
    login: str
    at: datetime
    write: str | None
    membership: tuple[Membership, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedTag:
    """The commit that a tag named at the confirmation."""

    name: str
    commit: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedPolicy:
    """The policy's digest at the confirmation."""

    digest: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Everything that an approval rests on apart from the conversation, read again before it was given."""

    at: datetime
    people: tuple[ConfirmedPerson, ...] = ()
    tags: tuple[ConfirmedTag, ...] = ()
    policy: ConfirmedPolicy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionInputs:
    """Everything that people's decision is made from."""

    rule: Rule
    roster: tuple[Member, ...]
    thread: Thread
    now: datetime
    facts: Facts = NO_FACTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything that an outcome is derived from.

    Attributes:
        thread: None, as ``now``, if nobody was asked.
        passing: the outcomes besides an approval that do not fail the step.
        tags: those that must name the run's commit; None if the token cannot see tags.
        confirmation: without one nothing is approved.
    """

    rule: Rule | None = None
    roster: tuple[Member, ...] | None = None
    thread: Thread | None = None
    now: datetime | None = None
    passing: tuple[Outcome, ...] = ()
    stopped: StopSignal | None = None
    error: Failure | None = None
    initiators: Initiators | None = None
    tags: tuple[str, ...] | None = None
    confirmation: Confirmation | None = None
    facts: Facts = NO_FACTS

    @property
    def asked(self) -> DecisionInputs | None:
        """What people's decision is made from; None if nobody was asked."""
        if self.rule is None or self.roster is None or self.thread is None or self.now is None:
            return None
        return DecisionInputs(
            rule=self.rule, roster=self.roster, thread=self.thread, now=self.now, facts=self.facts
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Everything in a record that nothing is derived for: what GitHub, the runner and the workflow say.

    Attributes:
        gate: the program's version.
        asked_at: when GitHub opened the issue.
        ended_at: when the record was written.
    """

    gate: str
    ended_at: datetime
    request: Requested = Requested()
    asked_at: datetime | None = None
    issue: AskedIssue | None = None
    policy: AskedPolicy | None = None
    checklist: ShownChecklist | None = None


# What is derived ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """Somebody whose approval counts, in which roles, whether it decided, and the comment that approves."""

    id: int
    login: str
    roles: tuple[str, ...]
    decisive: bool
    comment_id: int
    url: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedVote:
    """A command in the thread, and whether it counts."""

    comment_id: int
    person: Person | None
    verb: str
    note: str | None
    at: datetime
    status: str
    cause: Modification | None
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedObjection:
    """A comment that keeps the gate from approving."""

    person: Person
    comment_id: int
    ground: str
    at: datetime
    text: str | None
    by: Person | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedCheck:
    """An item of the checklist that had to be ticked."""

    item: str
    by: Person | None
    at: datetime | None
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedCondition:
    """An item of the checklist that verifies itself: what the facts say to it, and where to see it."""

    item: str
    required: bool
    state: State
    reason: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedDecision:
    """What follows from the thread and the facts.

    Attributes:
        self_approved: whether somebody whose approval counts started an attempt of the run; None if unknown.
    """

    outcome: Outcome | None
    reason_code: Code | None
    reason: str
    deadline: datetime
    approvers: tuple[Approver, ...]
    denied_by: tuple[Account, ...]
    votes: tuple[StatedVote, ...]
    objections: tuple[StatedObjection, ...]
    checklist: tuple[StatedCheck, ...]
    conditions: tuple[StatedCondition, ...]
    self_approved: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """Everything in a record that follows from the rest of it.

    Attributes:
        outcome: None, as what follows, of inputs that decide nothing yet: no gate writes such a record.
        decided_at: None unless the conversation itself came to an outcome.
    """

    outcome: Outcome | None
    reason_code: Code | None
    reason: str | None
    exit_code: int | None
    decided_at: datetime | None
    decision: StatedDecision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What a record does not have, because it decides nothing.

    Attributes:
        facts: how many jobs, pull requests, commits, files and people were left out or shortened.
    """

    comments: int
    texts_cut: int
    facts: int
