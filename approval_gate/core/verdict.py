"""What a decision consists of: the values that the status, summary, log and record show."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from approval_gate.core.commands import Verb
from approval_gate.core.conditions.model import Assessment
from approval_gate.core.model import Code, Ineligibility, Member, Modification, Outcome, Person
from approval_gate.core.quorum import Tally


class VoteStatus(StrEnum):
    """Why a vote counts or does not; the value follows the person's name."""

    COUNTS = "counts"
    INDECISIVE = "counts, but cannot decide: another role must approve"
    NOT_LISTED = "is not among the approvers"
    GHOST = "no longer has an account"
    INITIATOR = Ineligibility.INITIATOR.value
    AUTHOR = Ineligibility.AUTHOR.value
    NO_WRITE = Ineligibility.NO_WRITE.value
    LEFT = Ineligibility.LEFT.value
    OWN_ACCOUNT = Ineligibility.OWN_ACCOUNT.value
    BOT = Ineligibility.BOT.value
    VIA_APP = "answered through an app; write it by hand"
    VIA_EMAIL = "answered by e-mail, which does not count here; comment on the issue's page"
    HIDDEN = "wrote a comment that is hidden now; write a new one"
    EDITED = "edited the comment; write a new one"
    TAMPERED = "wrote a comment that somebody else edited; write a new one"
    DELETED = "wrote a comment that was deleted; write a new one"
    LATE = "answered after the window closed"
    BEFORE_CHANGE = "answered before the request was changed; write a new comment"
    UNCONFIRMED = "wrote a comment that not all of GitHub shows yet"
    ANSWERS_QUESTION = "answered a question with it; comment `approve` to approve"
    OBJECTS = "objects in the same comment"
    SUPERSEDED = "gave a later answer"
    UNJUSTIFIED = "must give a reason: comment `approve - your reason`"
    NEEDS_REASON = "must give a reason: comment `deny - your reason`"


class ItemProblem(StrEnum):
    """Why an item of the checklist does not count as checked; the value follows the item."""

    GONE = "is no longer in the issue; put it back"
    OPEN = "is not ticked"
    UNKNOWN = "is ticked by an unknown person; untick it and tick it again"
    STRANGER = "is ticked by somebody who cannot approve; untick it and tick it again"
    LATE = "was ticked after the window closed"


def slug(value: StrEnum) -> str:
    """Return the name of a status, a ground or a problem for records and keys: ``before-change``."""
    return value.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """An item of the checklist, the person on the roster who ticked it, and why it does not count, if so."""

    item: str
    by: Person | None
    at: datetime | None
    problem: ItemProblem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A comment that is a command, whether it counts, and the modification that prevents it, if one does."""

    comment_id: int
    person: Person | None
    verb: Verb
    note: str | None
    at: datetime
    status: VoteStatus
    cause: Modification | None = None

    @property
    def counts(self) -> bool:
        """Whether it counts, which an approval that cannot decide does too."""
        return self.status in {VoteStatus.COUNTS, VoteStatus.INDECISIVE}


class Ground(StrEnum):
    """Why a comment objects."""

    DENIED = "denied"
    NO_REASON = "denied without a reason"
    WORDS = "said something that reads as a no"
    EDITED_BY_OTHERS = "has a comment that somebody else edited into a no"
    UNREAD = "has a comment that can no longer be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A comment that keeps the gate from approving until its author gives a fresh command.

    Attributes:
        comment_id: 0 if it was deleted before it was read.
        at: when it was written or last modified.
        text: the words that object, as typed, or the denial's reason.
        by: the other person who edited or deleted it, if that is known.
    """

    person: Person
    comment_id: int
    ground: Ground
    at: datetime
    text: str | None = None
    by: Person | None = None

    @property
    def denies(self) -> bool:
        """Whether it is a denial, which can stop the deployment rather than only hold it."""
        return self.ground in {Ground.DENIED, Ground.NO_REASON}


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A comment that is not a command and was probably meant as one, and its first line as typed."""

    comment_id: int
    person: Person
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a thread comes to.

    Attributes:
        outcome: None, as the code, while people can still change it.
        approvers: the people whose approval counts, in the order in which they
            approved, each with the roles in which it counts.
        objections: those that hold, in the order of the comments.
        deniers: the people whose denial holds, or whose closing of the issue is one.
        awaited: the people who could still approve.
        assessments: what the facts say to each condition of the rule.
    """

    outcome: Outcome | None
    code: Code | None
    approvers: tuple[Member, ...]
    tally: Tally
    objections: tuple[Objection, ...]
    deniers: tuple[Member, ...]
    awaited: tuple[Member, ...]
    checks: tuple[Check, ...]
    assessments: tuple[Assessment, ...]
    opened_at: datetime
    deadline: datetime

    @property
    def lacking(self) -> tuple[Check, ...]:
        """The items that are not checked yet, without which no quorum approves."""
        return tuple(check for check in self.checks if check.problem is not None)

    @property
    def blocking(self) -> tuple[Assessment, ...]:
        """The required conditions that have not passed, without which no quorum approves."""
        return tuple(it for it in self.assessments if it.holds_back)

    @property
    def waits_for_checks(self) -> bool:
        """Whether only required conditions that have not passed keep it from an approval."""
        open_still = self.outcome in {None, Outcome.TIMED_OUT}
        return (
            open_still and self.tally.met and not self.objections and not self.lacking and bool(self.blocking)
        )

    @property
    def holds(self) -> tuple[Objection, ...]:
        """The objections other than denials, whose authors are asked to answer."""
        return tuple(objection for objection in self.objections if not objection.denies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Verdict):
    """A verdict, and why.

    Attributes:
        reason: why it ended, or what it waits for.
        needs: which approvals are missing and who can give them, as a phrase; empty if none is, or it
            ended, or a denial holds.
        votes: every command in the thread, in the order of the comments.
        near_misses: the comments that deserve a hint. They decide nothing, and a record does not keep them.
        lifted: the objections that their authors lifted. They decide nothing either, and a record has the
            comments that they are in.
    """

    reason: str
    votes: tuple[Vote, ...]
    needs: str = ""
    near_misses: tuple[NearMiss, ...] = field(default=(), compare=False)
    lifted: tuple[Objection, ...] = field(default=(), compare=False)
