"""The decision record: everything that ``decide`` used and returned, as canonical JSON.

A record is enough to decide again: ``replay`` reads the inputs back, and must
come to the outcome that the record states.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from approval_gate.core.commands import Command, Reading, read
from approval_gate.core.decision import decide
from approval_gate.core.ending import Ending, as_ended
from approval_gate.core.model import Comment, Member, Outcome, Request, Revision, Rule, Thread, Vocabulary
from approval_gate.core.statements import statements_in
from approval_gate.core.verdict import Decision, slug

SCHEMA = "approval-gate/decision/v1"

VOTES_KEPT = 100
"""How many commands of one thread a record holds: enough for any real thread, and
a bound on how large a flood can make a job's outputs."""

FULL_TEXTS = 200_000
"""The longest record in characters whose texts are kept whole; a job's outputs hold 1 MB
(https://docs.github.com/en/actions/reference/limits)."""

SHORT_TEXT = 150
"""How many characters of each text a longer record keeps."""

_TAIL = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionInputs:
    """Everything that a decision was made from."""

    rule: Rule
    roster: tuple[Member, ...]
    thread: Thread
    now: datetime


def document(
    ending: Ending,
    request: Request | None,
    inputs: DecisionInputs | None = None,
    decision: Decision | None = None,
    extra: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """Build the record of a run as plain JSON values, its digest included.

    The request is None if not even that could be read; ``extra`` has further
    facts, such as the issue's address.
    """
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "outcome": ending.outcome.value,
        "reason_code": ending.code.value,
        "reason": ending.reason,
        "exit_code": ending.exit_code,
        "request": _plain(request),
        **{key: _plain(value) for key, value in (extra or {}).items()},
    }
    if inputs is not None and decision is not None:
        decision = as_ended(decision, ending.outcome)
        kept = _fitting(_essence(inputs))
        body["inputs"] = _plain(kept)
        body["comments_left_out"] = len(inputs.thread.comments) - len(kept.thread.comments)
        decided = decide(kept.rule, kept.roster, kept.thread, kept.now)
        body["decision"] = {
            "outcome": _plain(decision.outcome),
            "reason_code": _plain(decision.code),
            "reason": decision.reason,
            "deadline": _plain(decision.deadline),
            "approvers": [_plain(member.person) for member in decision.approvers],
            "denied_by": [_plain(member.person) for member in decision.deniers],
            "votes": [
                {**_plain(vote), "status": slug(vote.status), "counts": vote.counts} for vote in decided.votes
            ],
            "objections": [{**_plain(it), "ground": slug(it.ground)} for it in decided.objections],
            "checklist": [
                {**_plain(check), "problem": check.problem and slug(check.problem)}
                for check in decision.checks
            ],
        }
    return {**body, "digest": digest(body)}


def outputs_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the job's outputs that come from a record, the record included.

    The reason is followed by the issue's address.
    """
    decision, issue = document.get("decision", {}), document.get("issue") or {}
    return {
        "approval-status": document["outcome"],
        "reason-code": document["reason_code"],
        "reason": " ".join(filter(None, (document["reason"], issue.get("url")))),
        "approvers": ",".join(person["login"] for person in decision.get("approvers", ())),
        "denied-by": ",".join(person["login"] for person in decision.get("denied_by", ())),
        "decision": canonical(document),
    }


def canonical(document: Mapping[str, Any]) -> str:
    """Write a record on one line: sorted keys, no blanks, ASCII only."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def indented(document: Mapping[str, Any]) -> str:
    """Write a record for people: the value of the canonical form, with line ends and readable letters.

    What cannot be seen is written as an escape, since it could reorder or hide what is around it.
    """
    text = json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False)
    shown = (char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)
    return "".join(shown)


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a record without its digest, as ``sha256:<hex>``."""
    body = {key: value for key, value in document.items() if key != "digest"}
    return "sha256:" + hashlib.sha256(canonical(body).encode()).hexdigest()


def inputs_of(document: Mapping[str, Any]) -> DecisionInputs:
    """Read back what a record's decision was made from.

    Raises:
        ValueError: the record has no inputs, or they are not of this schema.
    """
    if document.get("schema") != SCHEMA or "inputs" not in document:
        raise ValueError(f"not a record of schema {SCHEMA} with inputs")
    try:
        value = _typed(DecisionInputs, document["inputs"])
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"the record's inputs are malformed: {error}") from error
    assert isinstance(value, DecisionInputs)  # noqa: S101 - _typed builds what it is asked for
    return value


def replay(document: Mapping[str, Any]) -> Decision:
    """Decide again from a record's inputs; the decision is not approved unless the run was.

    Raises:
        ValueError: see :func:`inputs_of`; or the record states no outcome.
    """
    inputs = inputs_of(document)
    decision = decide(inputs.rule, inputs.roster, inputs.thread, inputs.now)
    return as_ended(decision, Outcome(str(document.get("outcome"))))


def _essence(inputs: DecisionInputs) -> DecisionInputs:
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
    kept = sorted(slim, key=lambda comment: comment.id)
    return replace(inputs, thread=replace(inputs.thread, comments=tuple(kept)))


def _fitting(inputs: DecisionInputs) -> DecisionInputs:
    """Shorten the texts if all of them are too long for a job's outputs."""
    if len(canonical({"inputs": _plain(inputs)})) <= FULL_TEXTS:
        return inputs
    vocabulary = inputs.rule.vocabulary
    comments = (
        replace(comment, revisions=tuple(_shortened(it, vocabulary) for it in comment.revisions))
        for comment in inputs.thread.comments
    )
    return replace(inputs, thread=replace(inputs.thread, comments=tuple(comments)))


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
    gist = _gist(revision, vocabulary)
    cuts = (replace(revision, text=short) for short in shorter)
    return next((cut for cut in cuts if _gist(cut, vocabulary) == gist), revision)


def _gist(revision: Revision, vocabulary: Vocabulary) -> Reading | None:
    """Return the part of a text that decides: its reading without the words; None if it cannot be read."""
    if revision.text is None:
        return None
    reading = read(revision.text, vocabulary)
    command = reading.command and Command(reading.command.verb, reading.command.note and "…")
    return replace(reading, command=command, objection=reading.objection and "…", near=False)


def _slim(comment: Comment, vocabulary: Vocabulary) -> Comment:
    """Keep only the revisions that decide: the original, and each author's last text of each kind."""
    first, *edits = comment.revisions
    kept = {(_gist(it, vocabulary), it.by and it.by.id): it for it in edits}
    return replace(comment, revisions=(first, *sorted(kept.values(), key=lambda it: it.at)))


def _thinned(inputs: DecisionInputs, comments: Sequence[Comment]) -> list[Comment]:
    """Drop what one member repeated very often, unless that would change the outcome."""
    by_author: dict[int | None, list[Comment]] = {}
    for comment in comments:
        by_author.setdefault(comment.author.id if comment.author else None, []).append(comment)
    whole = decide(inputs.rule, inputs.roster, inputs.thread, inputs.now)
    # The reason names the first of a person's objections.
    first = {objection.person.id: objection.comment_id for objection in reversed(whole.objections)}
    share = max(1, VOTES_KEPT // len(by_author) - bool(first))
    chosen = {id(comment) for said in by_author.values() for comment in said[-share:]}
    kept = [it for it in comments if id(it) in chosen or (it.id and it.id in first.values())]
    part = decide(inputs.rule, inputs.roster, replace(inputs.thread, comments=tuple(kept)), inputs.now)
    gist = attrgetter("outcome", "code", "reason", "approvers", "deniers")
    return kept if gist(part) == gist(whole) else list(comments)


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Convert a value of the model to JSON values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Collection) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


def _typed(kind: Any, value: Any) -> Any:  # noqa: ANN401 - the inverse of _plain, told which type to build
    """Convert JSON values back to a value of the model, of the given type."""
    if get_origin(kind) is UnionType:
        if value is None:
            return None
        return _typed(next(arm for arm in get_args(kind) if arm is not NoneType), value)
    if get_origin(kind) is tuple:
        return tuple(_typed(get_args(kind)[0], item) for item in value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{field.name: _typed(hints[field.name], value[field.name]) for field in fields(kind)})
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise TypeError(f"{value!r} has no time zone")
        return moment
    if kind is timedelta:
        return timedelta(seconds=value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is not of type {kind.__name__}")
    return value
