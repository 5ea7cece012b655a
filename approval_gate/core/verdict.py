"""What a decision consists of: the values that status, summary, log and record render."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from approval_gate.core.commands import Verb
from approval_gate.core.model import Code, Ineligibility, Member, Modification, Outcome, Person
from approval_gate.core.quorum import Tally


class VoteStatus(StrEnum):
    """Why a vote counts or does not; the value reads after the person's name."""

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
    UNJUSTIFIED = "has to say why this must be: comment `approve - your reason`"
    NEEDS_REASON = "has to say why: comment `deny - your reason`"


class ItemProblem(StrEnum):
    """What an item of the checklist still lacks; the value reads after the item."""

    GONE = "is not in the issue any more; put it back"
    OPEN = "is not ticked"
    UNKNOWN = "is ticked, but by whom cannot be told; take the tick away and set it again"
    STRANGER = "is ticked by somebody who may not approve; take the tick away and set it again"
    LATE = "was ticked after the window closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """An item of the checklist, and what became of it.

    Attributes:
        by: who ticked it, if that is somebody of the roster.
        at: when; None if it is not ticked.
        lack: why it does not count; None if it does.
    """

    item: str
    by: Person | None
    at: datetime | None
    problem: ItemProblem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A comment that is a command, and what became of it.

    Attributes:
        note: what was said with it; None if nothing.
        at: when it was written.
        cause: the modification that keeps it from counting, if one does.
    """

    comment_id: int
    person: Person | None
    verb: Verb
    note: str | None
    at: datetime
    status: VoteStatus
    cause: Modification | None = None

    @property
    def counts(self) -> bool:
        """Whether it is heard; one that cannot decide is heard too."""
        return self.status in {VoteStatus.COUNTS, VoteStatus.INDECISIVE}


class Ground(StrEnum):
    """Why a comment objects."""

    DENIED = "denied"
    NO_REASON = "denied without a reason"
    WORDS = "said something that reads as a no"
    EDITED_BY_OTHERS = "has a comment that somebody else made read as a no"
    UNREAD = "has a comment that can no longer be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What keeps the gate from approving until its author gives a fresh command.

    Attributes:
        person: whose comment it is.
        comment_id: 0 if it was deleted before it was read.
        text: the words that object, as they were typed, or the denial's reason.
        at: when it was written, or last touched.
        by: who else wrote or deleted it; None if it was the author, or nobody knows who.
    """

    person: Person
    comment_id: int
    ground: Ground
    at: datetime
    text: str | None = None
    by: Person | None = None

    @property
    def denies(self) -> bool:
        """Whether it is a denial, which stops the deployment and does not only hold it."""
        return self.ground in {Ground.DENIED, Ground.NO_REASON}


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A comment that is not a command and was probably meant as one.

    Attributes:
        line: its first line, as typed.
    """

    comment_id: int
    person: Person
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The one value that the status, the summary, the log and the record render.

    Attributes:
        outcome: None while people are awaited.
        code: None while people are awaited.
        reason: one sentence: why it ended, or what is missing.
        votes: every command in the thread, in the order of the comments.
        approvers: whose approval counts, in the order in which they gave it,
            each in the roles in which it does.
        tally: what these approvals come to.
        objections: those that stand, in the order of the comments.
        deniers: whose denial stands, or whose closing of the issue is one.
        awaited: who could still approve.
        checks: the checklist, where the rule asks for one.
        deadline: when the window closes.
        near_misses: the comments that deserve a hint, in their order. They decide
            nothing, a record does not keep them, and a comparison ignores them.
    """

    outcome: Outcome | None
    code: Code | None
    reason: str
    votes: tuple[Vote, ...]
    approvers: tuple[Member, ...]
    tally: Tally
    objections: tuple[Objection, ...]
    deniers: tuple[Member, ...]
    awaited: tuple[Member, ...]
    checks: tuple[Check, ...]
    deadline: datetime
    near_misses: tuple[NearMiss, ...] = field(default=(), compare=False)

    @property
    def lacking(self) -> tuple[Check, ...]:
        """What keeps a quorum from approving until somebody ticks it."""
        return tuple(check for check in self.checks if check.problem is not None)

    @property
    def holds(self) -> tuple[Objection, ...]:
        """The objections that stop nothing by themselves, and whose authors are asked to answer."""
        return tuple(objection for objection in self.objections if not objection.denies)
