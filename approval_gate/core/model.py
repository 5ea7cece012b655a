"""The values that the rest of the core works with.

All are frozen. Times are aware datetimes by GitHub's clock. A person is
identified by a numeric id: a login can be renamed, and then taken by somebody else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from approval_gate.core.conditions.model import Condition


class Outcome(StrEnum):
    """How a run ends; the value is the output ``approval-status``."""

    APPROVED = "approved"
    DENIED = "denied"
    TIMED_OUT = "timed-out"
    CANCELLED = "cancelled"
    ERROR = "error"


class Code(StrEnum):
    """Why a run ended; the value is the output ``reason-code``."""

    QUORUM = "quorum"
    APPROVED_ALONE = "approved-alone"
    DENIED = "denied"
    DENIED_WITHOUT_REASON = "denied-without-reason"
    WINDOW_CLOSED = "window-closed"
    SIGNAL = "signal"
    ISSUE_CLOSED = "issue-closed"
    REPLACED = "replaced"
    INPUT = "input"
    POLICY = "policy"
    POLICY_CHANGED = "policy-changed"
    ROSTER = "roster"
    UNSATISFIABLE = "unsatisfiable"
    CHECK_FAILED = "check-failed"
    TAMPERED = "tampered"
    ISSUE_GONE = "issue-gone"
    PERMISSION = "permission"
    UNAUTHENTICATED = "unauthenticated"
    RATE_LIMIT = "rate-limit"
    OUTAGE = "outage"
    INTERNAL = "internal"


SHARED = "github-actions[bot]"
"""The account of every workflow's own token, in every repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account; the id identifies it, and the login is only its name."""

    id: int
    login: str
    bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Modification:
    """An edit or a deletion, who made it (None if unknown), and when."""

    by: Person | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One text of a comment, None if it can no longer be read, and its author, None if unknown."""

    text: str | None
    by: Person | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment and all that is known of its history.

    Attributes:
        id: 0 for a comment that was deleted before it was read, which has one revision without a text.
        author: None if the account no longer exists.
        revisions: from the original to the latest.
        via_app: whether an app wrote it in the author's name.
        agreed: whether GitHub's two lists of comments agree on it; while they
            do not, it can object but not approve.

    Raises:
        ValueError: it has no revision.
    """

    id: int
    author: Person | None
    revisions: tuple[Revision, ...]
    created_at: datetime
    deletion: Modification | None = None
    via_app: bool = False
    via_email: bool = False
    hidden: bool = False
    agreed: bool = True

    def __post_init__(self) -> None:
        if not self.revisions:
            raise ValueError(f"the comment {self.id} has no text")

    @property
    def modifications(self) -> tuple[Modification, ...]:
        """Every edit and the deletion."""
        edits = tuple([Modification(by=revision.by, at=revision.at) for revision in self.revisions[1:]])
        return (*edits, self.deletion) if self.deletion else edits

    @property
    def modified_at(self) -> datetime | None:
        """When it was last edited or deleted; None if never."""
        times = [revision.at for revision in self.revisions[1:]]
        if self.deletion is not None:
            times.append(self.deletion.at)
        return max(times, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Somebody closed the issue, even if it was reopened since."""

    by: Person | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """Whether the issue's body still has a checklist item, and the edit that ticked it, if it is ticked."""

    there: bool
    modification: Modification | None = None

    @property
    def ticked(self) -> bool | None:
        """Whether it is ticked; None if the body no longer has it."""
        return self.modification is not None if self.there else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The issue as it was read.

    Attributes:
        opened_at: when the issue was opened, and the window with it.
        author_id: the account that opened the issue, which is the token's.
        comments: every known comment, deleted ones included, in any order.
        changed: the last change of the title, the body (tick marks aside) or its further comments.
        checklist_items: in the order of the rule's checklist; empty until the body has been read.
    """

    opened_at: datetime
    author_id: int
    comments: tuple[Comment, ...] = ()
    changed: Modification | None = None
    closing: Closing | None = None
    checklist_items: tuple[ChecklistItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """An approval issue as GitHub has it later, with everything that its record can be compared with.

    Attributes:
        title: as it is now.
        text: as it was first; None if that can no longer be read.
        own: the gate's own comments of which a record can be made, with their names, in their order.
    """

    issue_id: int
    url: str
    author: Person
    nonce: str
    title: str
    text: str | None
    own: tuple[tuple[str, Comment], ...]
    thread: Thread


class Ineligibility(StrEnum):
    """Why a listed person cannot approve; the value follows the person's name."""

    INITIATOR = "asked for this deployment"
    AUTHOR = "wrote some of what is deployed"
    NO_WRITE = "has no write access to this repository"
    LEFT = "can no longer approve: membership or write access was lost while the gate waited"
    OWN_ACCOUNT = "is the account that runs this gate"
    BOT = "is not a person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person on the roster, the roles in the policy's order, and why the approval cannot count, if so."""

    person: Person
    roles: tuple[str, ...]
    ineligibility: Ineligibility | None = None

    @property
    def login(self) -> str:
        """The person's login."""
        return self.person.login

    @property
    def may_approve(self) -> bool:
        """Whether this person's approval can count."""
        return self.ineligibility is None

    @property
    def may_object(self) -> bool:
        """Whether this person's objections hold the gate, even after leaving the team; a bot's do not."""
        return self.ineligibility is not Ineligibility.BOT

    @property
    def may_deny(self) -> bool:
        """Whether this person's denial stops the deployment; without write access it only holds it."""
        return self.ineligibility not in {Ineligibility.BOT, Ineligibility.NO_WRITE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words that give a command; they are literal, and case does not matter."""

    approve: tuple[str, ...] = ("approve", "approved", "lgtm", "yes")
    deny: tuple[str, ...] = ("deny", "denied", "reject", "no")
    revoke: tuple[str, ...] = ("revoke",)


MOST_SEATS = 100
"""The most approvals that one requirement can need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """Approvals that must come from certain roles, each from a different person.

    Raises:
        ValueError: it names no role, or the minimum is out of range.
    """

    any_of: tuple[str, ...]
    minimum: int

    def __post_init__(self) -> None:
        if not self.any_of or not 1 <= self.minimum <= MOST_SEATS:
            raise ValueError(f"{self.minimum} approvals from {self.any_of!r} cannot be required")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The rule by which one deployment is approved.

    Attributes:
        minimum: how many people must approve, those of ``require`` included.
        alone: the roles of which one approval suffices.
        justified: the roles whose approval counts only with a note.
        denial_needs_reason: whether a denial without a reason only holds until the deadline.
        closing_denies: whether closing the issue is a denial.
        email_votes: whether an approval by e-mail counts.
        checklist: the items that people who can approve must tick before approvals suffice.
        conditions: the items that verify themselves; those that are required must pass as well.
    """

    minimum: int
    window: timedelta
    alone: tuple[str, ...] = ()
    require: tuple[Requirement, ...] = ()
    justified: tuple[str, ...] = ()
    vocabulary: Vocabulary = Vocabulary()
    denial_needs_reason: bool = True
    closing_denies: bool = False
    email_votes: bool = True
    checklist: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be deployed, who asked for it, and which run waits.

    Attributes:
        ref_type: ``tag``, ``branch``, ``pull request`` or ``commit``.
        environment: None if the workflow does not name one.
    """

    repository: str
    run_id: int
    run_attempt: int
    run_url: str
    job: str
    workflow: str
    actor: str
    triggering_actor: str
    sha: str
    ref_name: str
    ref_type: str
    environment: str | None
    version: str

    @property
    def repository_url(self) -> str:
        """The address of the repository."""
        return self.run_url.rpartition("/actions/runs/")[0]
