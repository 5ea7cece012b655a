"""The values that the gate thinks in.

Everything is frozen. Times are aware datetimes in GitHub's clock. A person is
a numeric id: a login can be renamed and taken over by somebody else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


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
    TAMPERED = "tampered"
    ISSUE_GONE = "issue-gone"
    PERMISSION = "permission"
    UNAUTHENTICATED = "unauthenticated"
    RATE_LIMIT = "rate-limit"
    OUTAGE = "outage"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account. The id is its identity, the login only its name."""

    id: int
    login: str
    bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Modification:
    """An edit or a deletion: by whom (None if unknown) and when."""

    by: Person | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One text of a comment.

    Attributes:
        text: None if it existed and can no longer be read.
        by: who wrote it; None if that is unknown.
        at: when.
    """

    text: str | None
    by: Person | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment with everything that is known of its past.

    Attributes:
        id: GitHub's; 0 for a comment that was deleted before it was seen, whose
            one text is None.
        author: None if the account no longer exists.
        revisions: its texts from the first, which is the original, to the last.
        via_app: whether an app wrote it in the author's name.
        via_email: whether it came as a reply to a notification.
        hidden: whether it is hidden (minimized) now.
        agreed: whether both of GitHub's lists of comments show it alike; one
            that only one of them shows cannot approve yet, and can object.

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
    def texts(self) -> tuple[str | None, ...]:
        """The text of every revision."""
        return tuple(revision.text for revision in self.revisions)

    @property
    def modifications(self) -> tuple[Modification, ...]:
        """Every edit and the deletion."""
        edits = tuple(Modification(by=revision.by, at=revision.at) for revision in self.revisions[1:])
        return edits if self.deletion is None else (*edits, self.deletion)

    @property
    def modified_at(self) -> datetime | None:
        """When it was last edited or deleted; None if it never was."""
        return max((modification.at for modification in self.modifications), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The issue was closed by somebody, even if it was opened again."""

    by: Person | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """A box of the checklist as it now is in the issue's body.

    Attributes:
        there: whether the body has it at all.
        touch: who ticked it, as far as can be told; None if it is not ticked.
    """

    there: bool
    modification: Modification | None = None

    @property
    def ticked(self) -> bool | None:
        """Whether it is ticked; None if it is not there."""
        return self.modification is not None if self.there else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The issue as it was read.

    Attributes:
        opened_at: when the request was made; the window begins here.
        comments: every comment known, the deleted ones included, in any order.
        author_id: the account that opened the issue, which is the token's own.
        changed: who last changed the title, the body (tick marks aside) or its
            further comments, and when; None if nobody did.
        closure: set once somebody closed the issue.
        boxes: what became of each item of the rule's checklist, in its order;
            empty until they were read.
    """

    opened_at: datetime
    author_id: int
    comments: tuple[Comment, ...] = ()
    changed: Modification | None = None
    closing: Closing | None = None
    checklist_items: tuple[ChecklistItem, ...] = ()


class Ineligibility(StrEnum):
    """What keeps somebody who is listed from approving."""

    INITIATOR = "asked for this deployment"
    AUTHOR = "wrote some of what is deployed"
    NO_WRITE = "has no write access to this repository"
    LEFT = "may no longer approve: membership or write access went while the gate waited"
    OWN_ACCOUNT = "is the account that runs this gate"
    BOT = "is not a person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody on the roster.

    Attributes:
        roles: as what this person may vote, in the policy's order.
        bar: why this person's approval cannot count, or None.
    """

    person: Person
    roles: tuple[str, ...]
    ineligibility: Ineligibility | None = None

    @property
    def may_approve(self) -> bool:
        """Whether an approval of this person can count."""
        return self.ineligibility is None

    @property
    def may_object(self) -> bool:
        """Whether an objection of this person keeps the gate from approving.

        It does for everybody who was listed when the issue was opened: leaving
        the team washes nothing away. Only bots have no voice.
        """
        return self.ineligibility is not Ineligibility.BOT

    @property
    def may_deny(self) -> bool:
        """Whether a denial of this person stops the deployment; without write access it only holds."""
        return self.ineligibility not in {Ineligibility.BOT, Ineligibility.NO_WRITE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words that make a command: literal, compared without case."""

    approve: tuple[str, ...] = ("approve", "approved", "lgtm", "yes")
    deny: tuple[str, ...] = ("deny", "denied", "reject", "no")
    revoke: tuple[str, ...] = ("revoke",)


MOST_SEATS = 100
"""The most approvals that one requirement may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """Approvals that must come from some of the roles, each from another person.

    Raises:
        ValueError: it names no role, or asks for an absurd number.
    """

    any_of: tuple[str, ...]
    minimum: int

    def __post_init__(self) -> None:
        if not self.any_of or not 1 <= self.minimum <= MOST_SEATS:
            raise ValueError(f"{self.minimum} approvals from {self.any_of!r} cannot be required")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What this deployment asks for.

    Attributes:
        minimum: how many people must approve, those of ``require`` among them.
        window: how long they have.
        alone: the roles one of whose approvals suffices.
        require: whose approvals must be among them.
        justified: the roles whose approval counts only with a note.
        checklist: the items that must be ticked, by people who may approve,
            before any approval is enough; empty if none need be.
        email_votes: whether an approval that came by e-mail counts.
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

    @property
    def takes_a_day(self) -> bool:
        """Whether the window may well close on another day, which is named then."""
        return self.window > timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be deployed, who asks, and which run waits for it.

    Attributes:
        ref_type: ``tag``, ``branch``, ``pull request`` or ``commit``.
        environment: None if nobody said.
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
        """The page of the repository."""
        return self.run_url.rpartition("/actions/runs/")[0]
