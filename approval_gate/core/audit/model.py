"""The values that an audit reads, and its result."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from approval_gate.core.model import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository; its name can change, its id cannot."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundComment:
    """A comment on an approval issue."""

    author: Person | None
    text: str
    edited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundIssue:
    """An issue that one of the audited accounts opened, with the comments that were read."""

    repository: Repository
    id: int
    number: int
    url: str
    author: Person
    opened_at: datetime
    is_open: bool
    body: str
    comments: tuple[FoundComment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDeployment:
    """A deployment on record at GitHub.

    Attributes:
        succeeded_at: when it first succeeded; None if it did not.
        ended: whether it came to an end.
        url: the job that deployed; None if GitHub does not know it.
        complete: whether all its statuses were read.
    """

    repository: Repository
    id: int
    environment: str
    commit: str
    created_at: datetime
    succeeded_at: datetime | None
    ended: bool
    url: str | None
    complete: bool = True


class RecordState(StrEnum):
    """The state of a request's record."""

    OK = "ok"
    TOUCHED = "touched"
    MISSING = "missing"
    FORGED = "forged"


class ResultState(StrEnum):
    """The state of a result's record."""

    OK = "ok"
    ABSENT = "absent"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """The follow-up issue of a deployment; ``is_open`` is None if it was not among the issues read."""

    number: int
    url: str
    due_at: datetime | None
    is_open: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRequest:
    """A request for approval, from its issue and its record.

    Fields that only a record has are empty or None if there is no record, or if it is forged.

    Attributes:
        repository: that deploys.
        issue_repository: where the issue is, which can be another.
        reference: ``acme/shop#42``.
        outcome: empty while people can still answer, and ``unknown`` if nothing reliable says it.
        problem: why the record is not ok.
        result: empty if none is on record.
    """

    repository: Repository
    issue_repository: Repository
    number: int
    reference: str
    url: str
    asked_at: datetime
    asked_by: str
    deployment_type: str
    version: str
    environment: str | None
    commit: str
    outcome: str
    reason: str
    approvers: tuple[str, ...]
    decided_at: datetime | None
    result: str
    rolled_back_to: str
    follow_up: FollowUp | None
    self_approved: bool | None
    record: RecordState
    problem: str
    result_problem: str
    details: tuple[tuple[str, str], ...]
    run_url: str
    logs_kept_days: int | None
    digest: str

    @property
    def minutes(self) -> int | None:
        """The minutes from the request to the decision."""
        if self.decided_at is None:
            return None
        return max(0, round((self.decided_at - self.asked_at).total_seconds() / 60))

    @property
    def is_approved(self) -> bool:
        """Whether a record that is ok says that it was approved."""
        return self.outcome == "approved" and self.record is RecordState.OK

    @property
    def rolled_back(self) -> bool:
        """Whether the deployment was rolled back."""
        return self.result == "rolled-back"


class Kind(StrEnum):
    """The kind of a finding or remark."""

    FORGED = "forged-record"
    TOUCHED = "touched-record"
    MISSING = "missing-record"
    UNAPPROVED = "unapproved-deployment"
    NO_RESULT = "approval-without-result"
    RESULT = "doubtful-result"
    OVERDUE = "overdue-follow-up"
    UNREAD = "unread-repository"
    SELF_APPROVED = "self-approved"
    LOGS = "logs-not-kept"

    @property
    def is_finding(self) -> bool:
        """Whether it is a finding; the others are remarks."""
        return self not in {Kind.SELF_APPROVED, Kind.LOGS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to look at: a sentence, and the address of what it is about."""

    kind: Kind
    about: str
    text: str
    url: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is audited: the time between two moments, the gates' accounts, repositories and environments.

    ``environments`` is empty if all of them are meant.
    """

    since: datetime
    until: datetime
    days: int
    accounts: tuple[str, ...]
    repositories: tuple[Repository, ...]
    environments: tuple[str, ...]
    organization: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """A deployment that succeeded, and the reference of the request that approved it; empty if none did."""

    deployment: FoundDeployment
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """An audit's result."""

    scope: Scope
    requests: tuple[AuditedRequest, ...]
    deployments: tuple[Reconciled, ...]
    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...]
    out_of_reach: tuple[str, ...]
