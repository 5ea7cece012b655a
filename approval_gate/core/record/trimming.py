"""Leaves out of a record what decides nothing: talk, most of a flood, the rest of long texts and facts."""

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter

from approval_gate.core.commands import Command, Reading, Verb, read
from approval_gate.core.decision import decide
from approval_gate.core.model import Comment, Revision, Vocabulary
from approval_gate.core.outcomes import QUOTED, with_reasons
from approval_gate.core.plain import quoted
from approval_gate.core.record.canonical import size
from approval_gate.core.record.condensing import condensed
from approval_gate.core.record.model import DecisionInputs, Inputs, LeftOut
from approval_gate.core.record.plain import plain
from approval_gate.core.statements import statements_in

VOTES_KEPT = 100
"""How many commands of one thread a record holds: enough for any real thread, and
a bound on how large a flood can make a job's outputs."""

FULL_TEXTS = 60_000
"""The longest inputs in characters whose texts are kept whole: about what one comment on GitHub holds."""

SHORT_TEXT = 250
"""How many characters of each text a longer record keeps: more than is quoted of a denial's reason."""

_TAIL = 20


def trimmed(inputs: Inputs) -> tuple[Inputs, LeftOut]:
    """Return shorter inputs that lead to the same outcome, and what was left out of them."""
    facts, cuts = condensed(inputs)
    inputs = replace(inputs, facts=facts)
    asked = inputs.asked
    if asked is None:
        return inputs, LeftOut(comments=0, texts_cut=0, facts=cuts)
    essence = _essence(asked)
    whole = replace(inputs, thread=replace(asked.thread, comments=essence))
    kept = essence
    if size(plain(whole)) > FULL_TEXTS:
        kept = tuple(_shorter(comment, asked.rule.vocabulary) for comment in essence)
    cut = sum(
        before is not after
        for old, new in zip(essence, kept, strict=True)
        for before, after in zip(old.revisions, new.revisions, strict=True)
    )
    left_out = LeftOut(comments=len(asked.thread.comments) - len(kept), texts_cut=cut, facts=cuts)
    return replace(inputs, thread=replace(asked.thread, comments=kept)), left_out


def _essence(inputs: DecisionInputs) -> tuple[Comment, ...]:
    """Leave out the comments that the decision does not depend on: talk, and most of a flood.

    Kept are the members' commands and objections, the comment before a bare yes
    or no, and strangers' commands while there is room.
    """
    members = {member.person.id: member for member in inputs.roster}
    statements = list(statements_in(inputs.rule, members, inputs.thread))
    ours = [statement.comment for statement in statements if statement.member is not None]
    strangers = [statement.comment for statement in statements if statement.member is None]
    questions = [statement.before for statement in statements if statement.before is not None]
    if len(ours) > VOTES_KEPT:
        ours = _thinned(inputs, ours)
    room = max(0, VOTES_KEPT - len(ours))
    chosen = {id(comment): comment for comment in (*ours, *strangers[:room], *questions)}
    slim = (_slim(comment, inputs.rule.vocabulary) for comment in chosen.values())
    return tuple(sorted(slim, key=lambda comment: comment.id))


def _shorter(comment: Comment, vocabulary: Vocabulary) -> Comment:
    return replace(comment, revisions=tuple(_shortened(it, vocabulary) for it in comment.revisions))


def _shortened(revision: Revision, vocabulary: Vocabulary) -> Revision:
    """Cut a text, unless it would then say something else."""
    text = revision.text
    if text is None or len(text) <= SHORT_TEXT:
        return revision
    objection = read(text, vocabulary).objection or ""
    # "…" in front keeps the start of a line that is too long for a command from being one; a question is
    # recognised by its end.
    head, tail = text[:SHORT_TEXT], text[-_TAIL:]
    shorter = (f"{head}…", f"…{head}", f"{head}…{tail}", f"…{head}…{tail}", objection)
    gist = gist_of(revision, vocabulary), _quoted(text, vocabulary)
    cuts = (replace(revision, text=short) for short in shorter)
    return next(
        (cut for cut in cuts if (gist_of(cut, vocabulary), _quoted(cut.text or "", vocabulary)) == gist),
        revision,
    )


def _quoted(text: str, vocabulary: Vocabulary) -> str:
    """Return what is quoted of a denial's reason; empty for any other text."""
    command = read(text, vocabulary).command
    return quoted(command.note or "", QUOTED) if command and command.verb is Verb.DENY else ""


def gist_of(revision: Revision, vocabulary: Vocabulary) -> Reading | None:
    """Return how a text is read, without its words; None if it cannot be read."""
    if revision.text is None:
        return None
    reading = read(revision.text, vocabulary)
    command = reading.command and Command(reading.command.verb, reading.command.note and "…")
    return replace(reading, command=command, objection=reading.objection and "…", near=False)


def _slim(comment: Comment, vocabulary: Vocabulary) -> Comment:
    """Keep only the revisions that decide: the original, and each author's last text of each kind."""
    first, *edits = comment.revisions
    kept = {(gist_of(it, vocabulary), it.by and it.by.id): it for it in edits}
    return replace(comment, revisions=(first, *sorted(kept.values(), key=lambda it: it.at)))


def _thinned(inputs: DecisionInputs, comments: Sequence[Comment]) -> list[Comment]:
    """Drop what one member repeated very often, unless that would change the outcome."""
    by_author: dict[int | None, list[Comment]] = {}
    for comment in comments:
        by_author.setdefault(comment.author.id if comment.author else None, []).append(comment)
    whole = decide(inputs.rule, inputs.roster, inputs.thread, inputs.now, inputs.facts)
    # The reason names the first of a person's objections.
    first = {objection.person.id: objection.comment_id for objection in reversed(whole.objections)}
    share = max(1, VOTES_KEPT // len(by_author) - bool(first))
    chosen = {id(comment) for said in by_author.values() for comment in said[-share:]}
    kept = [it for it in comments if id(it) in chosen or (it.id and it.id in first.values())]
    part = replace(inputs, thread=replace(inputs.thread, comments=tuple(kept)))
    return kept if _results(part) == _results(inputs) else list(comments)


def _results(inputs: DecisionInputs) -> list[object]:
    """Return what a run's ending can depend on: now, or at the deadline for one that was stopped."""
    moments = (inputs.now, inputs.thread.opened_at + inputs.rule.window)
    decisions = (
        decide(inputs.rule, inputs.roster, inputs.thread, moment, inputs.facts) for moment in moments
    )
    gist = attrgetter("outcome", "code", "reason", "approvers", "deniers")
    return [(gist(decision), with_reasons(decision)) for decision in decisions]
