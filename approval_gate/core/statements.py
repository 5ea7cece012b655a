"""Reads the comments of a thread: the command and the objection in each, if there are any."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from approval_gate.core import quorum
from approval_gate.core.commands import Command, Reading, Verb, begins_as_command, parse, read
from approval_gate.core.model import Comment, Member, Modification, Person, Revision, Rule, Thread, Vocabulary
from approval_gate.core.verdict import Ground, NearMiss, Objection, VoteStatus

STRANGERS_READ = 100
"""How many comments by people who may not vote are read for near misses, which bounds the cost of a flood."""


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A comment as read.

    Attributes:
        member: its author as a member, with the roles in which this approval counts.
        status: the status of the command by itself; a later comment can supersede it.
        cause: the modification that keeps the command from counting, if one does.
        stale: why a command in it would not be fresh; None if it would.
        before: the comment before a bare yes or no, which can be an answer to it.
    """

    comment: Comment
    member: Member | None
    command: Command | None
    status: VoteStatus
    cause: Modification | None = None
    stale: VoteStatus | None = None
    objection: Objection | None = None
    before: Comment | None = None

    @property
    def verb(self) -> Verb | None:
        """The verb of the command."""
        return self.command.verb if self.command else None


def statements_in(rule: Rule, members: Mapping[int, Member], thread: Thread) -> Iterator[Statement]:
    """Yield the comments that say something, in order, without talk."""
    terms = ThreadTerms(rule, thread.author_id, thread.changed, thread.opened_at + rule.window)
    before: Comment | None = None
    for comment in sorted(thread.comments, key=lambda comment: comment.id):
        member = members.get(comment.author.id) if comment.author else None
        if member is None:
            statement = _of_a_stranger(terms, comment)
        else:
            statement = statement_of(terms, member, comment, before)
        if statement.command is not None or statement.objection is not None:
            yield statement
        if comment.id and not (comment.author and comment.author.bot):
            before = comment


def near_misses(
    rule: Rule, members: Collection[int], thread: Thread, commands: Collection[int]
) -> Iterator[NearMiss]:
    """Find the comments that were probably meant as a command, in order; members and commands are ids."""
    strangers = 0
    for comment in sorted(thread.comments, key=lambda comment: comment.id):
        author, text = comment.author, comment.revisions[-1].text
        if author is None or author.bot or author.id == thread.author_id or comment.id in commands:
            continue
        if author.id not in members:
            strangers += 1
            if strangers > STRANGERS_READ:
                continue
        if text is not None and comment.deletion is None and read(text, rule.vocabulary).near:
            yield NearMiss(comment_id=comment.id, person=author, line=text.strip().split("\n", 1)[0])


@dataclass(frozen=True, slots=True)
class ThreadTerms:
    """Everything besides its author and its neighbour that decides how a comment is read.

    Attributes:
        opener: the account that opened the issue.
        changed: the last change of what is asked.
    """

    rule: Rule
    opener: int
    changed: Modification | None
    deadline: datetime


def _of_a_stranger(terms: ThreadTerms, comment: Comment) -> Statement:
    """Read a comment of somebody who may not vote: only for a command, since there can be very many."""
    original = comment.revisions[0].text or ""
    vocabulary = terms.rule.vocabulary
    command = parse(original, vocabulary) if begins_as_command(original, vocabulary) else None
    return Statement(comment, None, command, _basic_status(comment, None, terms.opener))


def _is_asked(comment: Comment, before: Comment | None, vocabulary: Vocabulary) -> bool:
    """Whether the comment before is another person's question, which a `yes` or a `no` can answer."""
    if before is None or before.author is None or _is_by_author(before.author, comment):
        return False
    return any(reading.asks for _, reading in _readings(before, vocabulary))


def statement_of(terms: ThreadTerms, member: Member, comment: Comment, before: Comment | None) -> Statement:
    """Read the comment of somebody who is listed; a bare answer can be one to the comment ``before``."""
    rule = terms.rule
    readings = _readings(comment, rule.vocabulary)
    command, bare = _own_command(readings, comment)
    answer = bare and _is_asked(comment, before, rule.vocabulary)
    status, cause, objection = _basic_status(comment, member, terms.opener), None, None
    stale = _freshness_problem(rule, comment, terms.deadline)
    if status is VoteStatus.COUNTS:
        objection = _objection(rule, readings, comment, member, command, answer=answer)
    if answer and command is not None and command.verb is Verb.DENY:
        command = None
    if command is not None and command.verb is Verb.APPROVE and status is VoteStatus.COUNTS:
        acting = quorum.acting(rule, member, command.note)
        status, cause = _approval_problem(terms, comment, member, stale)
        if status is VoteStatus.COUNTS and answer:
            status = VoteStatus.ANSWERS_QUESTION
        if status is VoteStatus.COUNTS and objection is not None:
            status = VoteStatus.OBJECTS
        if status is VoteStatus.COUNTS and member.roles and not acting.roles:
            status = VoteStatus.UNJUSTIFIED
        member = acting
    return Statement(
        comment, member, command, status, cause, stale and stale[0], objection, before if bare else None
    )


_Readings = list[tuple[Revision, Reading]]
_STOPPING = (Verb.DENY, Verb.REVOKE, Verb.APPROVE)


def _readings(comment: Comment, vocabulary: Vocabulary) -> _Readings:
    return [(it, read(it.text, vocabulary)) for it in comment.revisions if it.text is not None]


def _is_own(revision: Revision, comment: Comment) -> bool:
    """Whether a comment's author wrote this text of it."""
    return revision is comment.revisions[0] or _is_by_author(revision.by, comment)


def _own_command(readings: _Readings, comment: Comment) -> tuple[Command | None, bool]:
    """Return the command that a comment's author gave with it, and whether it is a bare yes or no.

    Of all its texts the one that stops counts: a denial that was edited into
    talk, or into an approval, is still a denial. The last reason given is used.
    A text by somebody else is not the author's command.
    """
    found = [
        (reading.command, reading.bare_answer)
        for revision, reading in readings
        if reading.command is not None and _is_own(revision, comment)
    ]
    if not found:
        return None, False
    stops = min((command.verb for command, _ in found), key=_STOPPING.index)
    said = [(command, bare) for command, bare in found if command.verb is stops]
    return next(((command, bare) for command, bare in reversed(said) if command.note), said[-1])


def _objection(
    rule: Rule,
    readings: _Readings,
    comment: Comment,
    member: Member,
    command: Command | None,
    *,
    answer: bool,
) -> Objection | None:
    """Return the objection in a listed person's comment, even one that somebody else wrote; or None."""
    at = comment.modified_at or comment.created_at

    def objection(ground: Ground, text: str | None = None, by: Person | None = None) -> Objection:
        return Objection(person=member.person, comment_id=comment.id, ground=ground, at=at, text=text, by=by)

    if command is not None and command.verb is Verb.DENY and not answer and member.may_deny:
        bare = rule.denial_needs_reason and not command.note
        return objection(Ground.NO_REASON if bare else Ground.DENIED, command.note)
    for revision, reading in reversed(readings):
        denies = reading.command is not None and reading.command.verb is Verb.DENY
        if _is_own(revision, comment):
            if reading.objection is not None or denies:
                return objection(Ground.WORDS, reading.objection)
        elif reading.objection is not None or (reading.command and reading.command.verb is not Verb.APPROVE):
            return objection(Ground.EDITED_BY_OTHERS, reading.objection, revision.by)
    by = comment.deletion.by if comment.deletion else None
    # A comment that its author deleted before it was read does not hold.
    unread = any(revision.text is None for revision in comment.revisions)
    if unread and (comment.id or not _is_by_author(by, comment)):
        return objection(Ground.UNREAD, by=by)
    return None


def _basic_status(comment: Comment, member: Member | None, opener: int) -> VoteStatus:
    """Return why this person can neither approve nor object, or ``COUNTS``."""
    if comment.author is None:
        return VoteStatus.GHOST
    if comment.author.bot:
        return VoteStatus.BOT
    if member is None:
        return VoteStatus.OWN_ACCOUNT if comment.author.id == opener else VoteStatus.NOT_LISTED
    return VoteStatus.COUNTS if member.may_object else VoteStatus.BOT


_Problem = tuple[VoteStatus, Modification | None]


def _approval_problem(
    terms: ThreadTerms, comment: Comment, member: Member, stale: _Problem | None
) -> _Problem:
    """Return the status of an approval, and the modification that keeps it from counting, if one does."""
    if member.ineligibility is not None:
        return VoteStatus(member.ineligibility.value), None
    if comment.author is not None and comment.author.id == terms.opener:
        return VoteStatus.OWN_ACCOUNT, None
    if stale is not None:
        return stale
    changed = terms.changed
    if changed is not None and comment.created_at <= changed.at:
        return VoteStatus.BEFORE_CHANGE, changed
    return VoteStatus.COUNTS, None


def _freshness_problem(rule: Rule, comment: Comment, deadline: datetime) -> _Problem | None:
    """Return why a command is not fresh: late, modified, hidden, or not typed by its author; else None."""
    if comment.via_app:
        return VoteStatus.VIA_APP, None
    if comment.via_email and not rule.email_votes:
        return VoteStatus.VIA_EMAIL, None
    if comment.deletion is not None:
        return VoteStatus.DELETED, comment.deletion
    if modifications := comment.modifications:
        others = (it for it in reversed(modifications) if not _is_by_author(it.by, comment))
        by_others = next(others, None)
        return (VoteStatus.TAMPERED, by_others) if by_others else (VoteStatus.EDITED, modifications[-1])
    if comment.hidden:
        return VoteStatus.HIDDEN, None
    if not in_time(comment, deadline):
        return VoteStatus.LATE, None
    return None if comment.agreed else (VoteStatus.UNCONFIRMED, None)


def _is_by_author(by: Person | None, comment: Comment) -> bool:
    """Whether a comment's author did something; an unknown account is not taken for the author."""
    return by is not None and comment.author is not None and by.id == comment.author.id


def in_time(comment: Comment, deadline: datetime) -> bool:
    """Whether a comment was written before the window closed, by GitHub's clock."""
    return comment.created_at <= deadline


def is_after(later: Statement, earlier: Statement) -> bool:
    """Whether one comment was written after the other was last modified."""
    if later.comment.id <= earlier.comment.id:
        return False
    modified_at = earlier.comment.modified_at
    return modified_at is None or later.comment.created_at > modified_at
