"""What the design says of small scenes, worked out a second time.

Nothing here comes from the program: neither its code nor its values. A scene
says who commented what, what became of each comment, and when we look;
``judge`` says how the gate must answer. Above each rule stands the sentence of
the design that it comes from; where the design is silent, the comment says so.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product


class Who(StrEnum):
    """The three people: two on the roster, one not."""

    OWNER = "owner"
    MEMBER = "member"
    STRANGER = "stranger"


class Kind(StrEnum):
    """What a comment says."""

    APPROVE = "approve"
    DENY = "deny with a reason"
    BARE = "deny without a reason"
    REVOKE = "revoke"
    TALK = "talk"


DENIALS = frozenset({Kind.DENY, Kind.BARE})
COMMANDS = frozenset(Kind) - {Kind.TALK}


class Moment(StrEnum):
    """When we look."""

    BEFORE = "before the deadline"
    AT = "at the deadline"
    AFTER = "after the deadline"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a comment.

    Attributes:
        by_author: or else by somebody who has access to the repository.
        into: what it says now; None if it was deleted.
        at_once: before the next comment; or else after every comment.
    """

    by_author: bool
    into: Kind | None
    at_once: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment, and what became of it."""

    who: Who
    kind: Kind
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the deployment asks for."""

    minimum: int
    owner_alone: bool
    reason_needed: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """A thread and the moment at which it is read.

    Attributes:
        late: how many of the remarks, the last ones, come after the deadline.
            After the deadline is also when a change that is not made at once
            is made, if that is when we look.
    """

    terms: Terms
    remarks: tuple[Remark, ...]
    moment: Moment
    late: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the gate must answer; no outcome while people are awaited."""

    outcome: str | None
    code: str | None
    approvers: tuple[Who, ...]
    deniers: frozenset[Who]
    held: frozenset[Who]


def judge(scene: Scene) -> Verdict:
    """Answer as the design has it."""
    first_late = len(scene.remarks) - scene.late
    minds = [
        mind(who, [Said(i, i >= first_late, r) for i, r in enumerate(scene.remarks) if r.who is who])
        # "Eligible is who is on the roster": whatever the stranger says is nothing.
        for who in (Who.OWNER, Who.MEMBER)
    ]
    over = scene.moment is not Moment.BEFORE
    denials = [denial for each in minds for denial in each.denials]
    in_time = [denial for denial in denials if not denial.late]
    given = sorted((each.approval, each.who) for each in minds if each.approval is not None)
    approvers = tuple(who for _place, who in given)
    enough = suffices(scene.terms, approvers)
    # "A denial in the thread stops the deployment even if the quorum came first: nobody ships past a
    # visible 'deny'." Where there is no quorum, one that comes after the deadline has nothing to stop:
    # "`timed-out`: the window closed first". Two sentences pull apart where somebody of the quorum is who
    # denies then: it came first, but "each person has one standing vote, the last". The program takes the
    # second: the approval is displaced, the quorum is none, and the window closed. It never approves.
    heard = denials if enough else in_time
    held = frozenset(each.who for each in minds if each.held)

    def verdict(outcome: str | None, code: str | None) -> Verdict:
        return Verdict(
            outcome,
            code,
            approvers=approvers,
            deniers=frozenset(denial.remark.who for denial in heard),
            held=held,
        )

    # "`denied`: an eligible person denied". "`require-denial-reason`: true" is what the reason hangs on.
    if any(has_reason(denial) or not scene.terms.reason_needed for denial in heard):
        return verdict("denied", "denied")
    # "A denial without a reason holds the gate and asks for one; at the deadline it is a denial."
    if heard:
        return verdict("denied", "denied-without-reason") if over else verdict(None, None)
    # "When somebody else edited or deleted an eligible person's comment, approval holds …"
    if enough and not held:
        return verdict("approved", "quorum" if len(approvers) >= scene.terms.minimum else "approved-alone")
    # "`timed-out`: the window closed first".
    return verdict("timed-out", "window-closed") if over else verdict(None, None)


def suffices(terms: Terms, approvers: Sequence[Who]) -> bool:
    """Whether these are enough.

    "The sole approver satisfies every minimum."
    """
    return len(approvers) >= terms.minimum or (terms.owner_alone and Who.OWNER in approvers)


@dataclass(frozen=True, slots=True)
class Said:
    """A remark in its place: "comments rank by id"."""

    place: int
    late: bool
    remark: Remark

    @property
    def texts(self) -> set[Kind | None]:
        """Everything that it ever said."""
        change = self.remark.change
        return {self.remark.kind} if change is None else {self.remark.kind, change.into}

    def after(self, other: "Said") -> bool:
        """Whether it was written when the other one had been written, and touched for the last time."""
        change = other.remark.change
        return self.place > other.place and (change is None or change.at_once)


@dataclass(frozen=True, slots=True)
class Mind:
    """What one person's comments come to.

    Attributes:
        denials: those that stand.
        approval: the place of the one that counts.
        held: whether approval waits for a word of this person.
    """

    who: Who
    denials: tuple[Said, ...]
    approval: int | None
    held: bool


def mind(who: Who, said: Sequence[Said]) -> Mind:
    """Read what one person said, from the first to the last."""
    denials = tuple(one for one in said if denies(one) and not any(lifts(other, one) for other in said))
    approval = next((one for one in reversed(said) if approves(one)), None)
    # "`revoke` takes one's approval back." "An edited `revoke` revokes." A late one does too: the design
    # says of approvals alone that they can come too late. It is silent on one that was touched after a later
    # approval; the program has the approval taken back: "tampering can only make the outcome worse".
    taken_back = approval is None or any(revokes(one) and not approval.after(one) for one in said)
    return Mind(
        who=who,
        denials=denials,
        approval=None if approval is None or taken_back or denials else approval.place,
        held=any(holds(one) and not any(speaks(other, one) for other in said) for one in said),
    )


def approves(one: Said) -> bool:
    """Whether this approval counts.

    "An approval does not count that was edited by anyone, […] was written after the deadline […].
    It then displaces nothing." A deleted one is in no thread any more.
    """
    return one.remark.kind is Kind.APPROVE and one.remark.change is None and not one.late


def denies(one: Said) -> bool:
    """Whether this is a denial.

    "A denial stands, edited or deleted though it be": one that is edited away is a denial still. One
    that was edited in is "a denial in the thread".
    """
    return not one.texts.isdisjoint(DENIALS)


def has_reason(one: Said) -> bool:
    """Whether a denial gives its reason: once given it is not lost, and an edit may bring it."""
    return Kind.DENY in one.texts


def revokes(one: Said) -> bool:
    """Whether this takes an approval back.

    "An edited `revoke` revokes." And by "tampering can only make the outcome worse" a deleted one does.
    """
    return Kind.REVOKE in one.texts


def lifts(one: Said, denial: Said) -> bool:
    """Whether this ends a denial.

    "A denial stands, edited or deleted though it be, until its author writes a fresh command." Fresh is
    what was written after the denial was last touched, and was not touched itself: "tampering can only
    make the outcome worse". An approval that does not count "displaces nothing".

    Nothing written after the deadline undoes a denial: "the window closed first". The design does not say
    so of a denial that came after the deadline too; the program takes it so there as well, which is stricter.
    """
    fresh = one.after(denial) and one.remark.change is None and not one.late
    return fresh and (approves(one) if one.remark.kind is Kind.APPROVE else one.remark.kind in COMMANDS)


def holds(one: Said) -> bool:
    """Whether "somebody else edited or deleted an eligible person's comment"."""
    return one.remark.change is not None and not one.remark.change.by_author


def speaks(one: Said, touched: Said) -> bool:
    """Whether "that person speaks again": says anything, after it happened and before the window closes.

    The design is silent on a word that was deleted itself. The program takes it that nothing was said.
    """
    deleted = one.remark.change is not None and one.remark.change.into is None
    return one.after(touched) and not one.late and not deleted


def everybody(changes: Callable[[Kind], Iterable[Change | None]]) -> tuple[Remark, ...]:
    """Every remark of every kind by everybody, with each of the changes that befall this kind."""
    return tuple(Remark(who, kind, change) for who, kind in product(Who, Kind) for change in changes(kind))


def untouched(_kind: Kind) -> Iterator[Change | None]:
    """Nothing becomes of a comment."""
    yield None


def one_of_each(kind: Kind, *, at_once: bool) -> Iterator[Change | None]:
    """Nothing; edited into something else, by its author and by another; deleted."""
    into = Kind.APPROVE if kind is Kind.TALK else Kind.TALK
    yield None
    yield Change(by_author=True, into=into, at_once=at_once)
    yield Change(by_author=False, into=into, at_once=at_once)
    yield Change(by_author=True, into=None, at_once=at_once)


def all_changes(_kind: Kind) -> Iterator[Change | None]:
    """Nothing; edited into anything and deleted, by its author and by another, at once and at last."""
    yield None
    for by_author, into, at_once in product((True, False), (*Kind, None), (True, False)):
        yield Change(by_author=by_author, into=into, at_once=at_once)


def scenes(terms: Terms, remarks: tuple[Remark, ...]) -> Iterator[Scene]:
    """Every way in which a thread can lie about the deadline.

    All of it before the deadline and read after it is the same as read at the deadline, unless changes
    that are made at last come after it.
    """
    yield Scene(terms, remarks, Moment.BEFORE)
    yield Scene(terms, remarks, Moment.AT)
    at_last = any(remark.change is not None and not remark.change.at_once for remark in remarks)
    for late in range(0 if at_last else 1, len(remarks) + 1):
        yield Scene(terms, remarks, Moment.AFTER, late)
