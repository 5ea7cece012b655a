"""A second implementation of the design's rules, for small scenes.

It uses neither the program's code nor its values. A scene says who commented
what, what happened to each comment, and when the thread is read; ``judge`` says
how the gate must answer. Each rule quotes the sentence of the design that it
implements; where the design says nothing, the comment says so.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
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
    OBJECT = "object in other words"
    TALK = "talk"


DENIALS = frozenset({Kind.DENY, Kind.BARE})
COMMANDS = frozenset({Kind.APPROVE, Kind.REVOKE, *DENIALS})


class Manner(StrEnum):
    """How a comment was written, and whether it is hidden now."""

    PLAIN = "by hand"
    MAIL = "by mail"
    HIDDEN = "by hand, and hidden"


class Moment(StrEnum):
    """When the thread is read."""

    BEFORE = "before the deadline"
    AT = "at the deadline"
    AFTER = "after the deadline"


@dataclass(frozen=True, slots=True)
class Change:
    """An edit or a deletion of a comment.

    Attributes:
        by_author: whether the author made it; otherwise somebody else did.
        into: what the comment says now; None if it was deleted.
        at_once: whether it was made before the next comment; otherwise after
            all comments.
    """

    by_author: bool
    into: Kind | None
    at_once: bool


# Remarks, terms and what is made of them are compared by identity: each is made once and is in a great many
# scenes, and what a person's remarks come to is worked out once for all of those.
@dataclass(frozen=True, slots=True, eq=False)
class Remark:
    """A comment, and what happened to it."""

    who: Who
    kind: Kind
    change: Change | None = None
    manner: Manner = Manner.PLAIN


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The rule by which the deployment is approved, and whether a required check has not passed."""

    minimum: int
    owner_alone: bool
    reason_needed: bool
    mail_counts: bool = True
    check_open: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A thread and the moment at which it is read.

    Attributes:
        late: how many remarks, counted from the last, are written after the
            deadline. If the thread is read after the deadline, changes that
            are not made at once are made after it too.
    """

    terms: Terms
    remarks: tuple[Remark, ...]
    moment: Moment
    late: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the gate must answer; the outcome is None while it waits."""

    outcome: str | None
    code: str | None
    approvers: tuple[Who, ...]
    deniers: frozenset[Who]
    held: frozenset[Who]


def judge(scene: Scene) -> Verdict:
    """Answer as the design says."""
    first_late = len(scene.remarks) - scene.late
    mail_counts = scene.terms.mail_counts
    told = [in_place(place, place >= first_late, it, mail_counts) for place, it in enumerate(scene.remarks)]
    # "Whatever somebody who is listed says": a stranger's remarks have no effect.
    owner, member = (
        mind(who, tuple([one for one in told if one.remark.who is who])) for who in (Who.OWNER, Who.MEMBER)
    )
    return conclude(scene.terms, owner, member, scene.moment is not Moment.BEFORE)


@lru_cache(maxsize=100_000)
def conclude(terms: Terms, owner: "Mind", member: "Mind", over: bool) -> Verdict:  # noqa: FBT001 - quickest to cache
    """Answer from what the two people come to, and whether the deadline is over."""
    minds = (owner, member)
    given = sorted((each.approval, each.who) for each in minds if each.approval is not None)
    approvers = tuple(who for _place, who in given)
    enough = suffices(terms, approvers)
    # "A denial in the thread stops the deployment even if the quorum came first: nobody ships past a
    # visible "no"." Where there is no quorum, one that comes after the deadline has nothing to stop:
    # "`timed-out`: the window closed first". Two sentences conflict if somebody of the quorum denies then:
    # the quorum came first, but "each person has one standing word, the last". The program follows the
    # second: the approval is displaced, so there is no quorum, and the window closed. It never approves.
    heard = [one for each in minds for one in each.objections if enough or not one.late]
    denials = [one for one in heard if denies(one)]
    # "Every other one holds."
    held = frozenset(one.remark.who for one in heard if not denies(one))

    def verdict(outcome: str | None, code: str | None) -> Verdict:
        return Verdict(
            outcome,
            code,
            approvers=approvers,
            deniers=frozenset(denial.remark.who for denial in denials),
            held=held,
        )

    # "`denied`: an eligible person denied". A reason is needed with "`require-denial-reason`: true".
    if any(has_reason(denial) or not terms.reason_needed for denial in denials):
        return verdict("denied", "denied")
    # "A denial without a reason holds the gate and asks for one; at the deadline it is a denial."
    if denials and over:
        return verdict("denied", "denied-without-reason")
    # "Any other objection that still holds at the deadline makes it `timed-out`."
    # A check that is "`required` and not passed holds the approval", and nothing else.
    if enough and not heard and not terms.check_open:
        return verdict("approved", "quorum" if len(approvers) >= terms.minimum else "approved-alone")
    # "`timed-out`: the window closed first".
    return verdict("timed-out", "window-closed") if over else verdict(None, None)


def suffices(terms: Terms, approvers: Sequence[Who]) -> bool:
    """Whether these approvers suffice.

    "The sole approver satisfies every minimum."
    """
    return len(approvers) >= terms.minimum or (terms.owner_alone and Who.OWNER in approvers)


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """A remark and its place in the thread: "comments rank by id"."""

    place: int
    late: bool
    remark: Remark
    mail_counts: bool

    @property
    def own_texts(self) -> set[Kind | None]:
        """Everything that its author ever wrote in it."""
        change = self.remark.change
        by_author = change is not None and change.by_author
        return {self.remark.kind, change.into} if change and by_author else {self.remark.kind}

    @property
    def text_of_another(self) -> Kind | None:
        """What somebody else wrote in it."""
        change = self.remark.change
        return change.into if change is not None and not change.by_author else None

    @property
    def fresh(self) -> bool:
        """Whether it is "untouched, in time, not hidden, not through an app, by mail only where allowed"."""
        by_mail_in_vain = self.remark.manner is Manner.MAIL and not self.mail_counts
        hidden = self.remark.manner is Manner.HIDDEN
        return not (self.remark.change or self.late or hidden or by_mail_in_vain)

    def after(self, other: "Said") -> bool:
        """Whether it was written after the other one, and after the other's last modification."""
        change = other.remark.change
        return self.place > other.place and (change is None or change.at_once)


in_place = lru_cache(maxsize=100_000)(Said)


@dataclass(frozen=True, slots=True, eq=False)
class Mind:
    """What one person's comments come to.

    Attributes:
        objections: the objections that hold, denials included.
        approval: the place of the approval that counts.
    """

    who: Who
    objections: tuple[Said, ...]
    approval: int | None


@lru_cache(maxsize=100_000)
def mind(who: Who, said: tuple[Said, ...]) -> Mind:
    """Reduce one person's remarks, in order, to what counts.

    "Each person has one standing word, the last, and beside it every objection that is not lifted yet."
    """
    objecting = [one for one in said if denies(one) or holds(one)]
    standing = tuple(one for one in objecting if not any(lifts(other, one) for other in said))
    approval = next((one for one in reversed(said) if one.remark.kind is Kind.APPROVE and one.fresh), None)
    # "`revoke` takes back everything its author said." So does a late or a modified one: the design says only
    # of approvals that they can be too late, and "tampering can only make the outcome worse". Likewise an
    # objection after an approval displaces it, even if a later `revoke` lifts the objection.
    against = [*objecting, *(one for one in said if Kind.REVOKE in one.own_texts)]
    good = approval is not None and all(approval.after(one) for one in against)
    return Mind(who, standing, approval.place if approval and good else None)


def denies(one: Said) -> bool:
    """Whether this is a denial.

    "A well-formed denial is an objection with an effect of its own", and "an objection stands […] edited,
    hidden or deleted though it be": a denial that was edited away is still one. One that its author edited in
    is "a denial in the thread". "A revision that anybody but the author wrote never denies."
    """
    return not one.own_texts.isdisjoint(DENIALS)


def has_reason(one: Said) -> bool:
    """Whether a denial gives its reason: a reason once given stays, and an edit can add one."""
    return Kind.DENY in one.own_texts


def holds(one: Said) -> bool:
    """Whether this objects in another way.

    "Whatever somebody […] says that a reader would take for a no: a word of denial, holding or taking back."
    "A revision that anybody but the author wrote […] that objects holds." "A text that is known and does not
    object holds nothing, whoever edited or deleted it."
    """
    others = {Kind.OBJECT, Kind.REVOKE, *DENIALS}
    return Kind.OBJECT in one.own_texts or one.text_of_another in others


def lifts(one: Said, objection: Said) -> bool:
    """Whether this ends an objection.

    "Until its author gives a fresh command […] after it and after its last touch." An approval that does
    not count "displaces nothing". "A later bare `deny` keeps the earlier reason": so no denial ends another.
    """
    kind = one.remark.kind
    if kind in DENIALS and denies(objection):
        return False
    return kind in COMMANDS and one.fresh and one.after(objection)


def everybody(changes: Callable[[Kind], Iterable[Change | None]]) -> tuple[Remark, ...]:
    """Return every remark of every kind by everybody, with each of the changes for this kind."""
    return tuple(Remark(who, kind, change) for who, kind in product(Who, Kind) for change in changes(kind))


def every_manner() -> tuple[Remark, ...]:
    """Return every unmodified remark of every kind by everybody: by hand, by mail, and hidden."""
    return tuple(Remark(who, kind, manner=manner) for who, kind, manner in product(Who, Kind, Manner))


def untouched(_kind: Kind) -> Iterator[Change | None]:
    """Yield only that nothing happens to a comment."""
    yield None


def one_of_each(kind: Kind, *, at_once: bool) -> Iterator[Change | None]:
    """Yield nothing, an edit into something else by the author and by another person, and a deletion."""
    into = Kind.APPROVE if kind is Kind.TALK else Kind.TALK
    yield None
    yield Change(by_author=True, into=into, at_once=at_once)
    yield Change(by_author=False, into=into, at_once=at_once)
    yield Change(by_author=True, into=None, at_once=at_once)


def all_changes(_kind: Kind) -> Iterator[Change | None]:
    """Yield nothing, and every edit and deletion, by the author and by another person, at once and later."""
    yield None
    for by_author, into, at_once in product((True, False), (*Kind, None), (True, False)):
        yield Change(by_author=by_author, into=into, at_once=at_once)


def with_check_open(scene: Scene) -> Scene:
    """Return a scene with a required check that has not passed."""
    return replace(scene, terms=_with_check_open(scene.terms))


@cache
def _with_check_open(terms: Terms) -> Terms:
    return replace(terms, check_open=True)


def scenes(terms: Terms, remarks: tuple[Remark, ...]) -> Iterator[Scene]:
    """Yield every position of a thread relative to the deadline.

    A thread that lies entirely before the deadline is the same read after it as read at it, unless some
    changes are made after the deadline.
    """
    yield Scene(terms, remarks, Moment.BEFORE)
    yield Scene(terms, remarks, Moment.AT)
    at_last = any(remark.change is not None and not remark.change.at_once for remark in remarks)
    for late in range(0 if at_last else 1, len(remarks) + 1):
        yield Scene(terms, remarks, Moment.AFTER, late)
