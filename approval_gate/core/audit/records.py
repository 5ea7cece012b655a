"""Finds the records of a request and its result among the issue's comments, and checks them.

A record is ok if the account that opened the issue wrote it, nobody edited the comment since, everything
that can be computed again comes to the same, and it is about this very issue. Other accounts' comments are
ignored, whatever they contain, unless they are all that there is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from approval_gate.core.audit.model import FoundComment, FoundIssue, RecordState, ResultState
from approval_gate.core.marker import UNMARKED, read_marker
from approval_gate.core.record.canonical import digest
from approval_gate.core.record.checks import State
from approval_gate.core.record.comments import CONTINUED, joined
from approval_gate.core.record.origin import opened_elsewhere
from approval_gate.core.record.reading import NotARecordError, parse, read_object
from approval_gate.core.record.verification import check
from approval_gate.core.result import Label

_CLOSING, _REPLACED, _RESULT = "closing", "replaced", "result-"


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A request's record; the document is None unless it can be believed to be what the gate wrote.

    ``ended`` is how the request ended if a comment without a record says so, and empty otherwise.
    """

    state: RecordState
    document: Mapping[str, Any] | None = None
    problem: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True)
class FoundResult:
    """A deployment's result, as its report wrote it; ``document`` is None if only its name is known."""

    state: ResultState
    label: str = ""
    document: Mapping[str, Any] | None = None
    problem: str = ""


def is_request(issue: FoundIssue) -> bool:
    """Whether an issue is an approval issue: by its marker, whatever its labels are."""
    return read_marker(issue.body) is not UNMARKED


def needs_more(issue: FoundIssue) -> bool:
    """Whether an issue of which only the last comments were read is a request whose end is not among them."""
    if not is_request(issue):
        return False
    closing = list(_tagged(issue, _CLOSING))
    if not closing:
        return not any(_tagged(issue, _REPLACED))
    text = _text(issue)
    return bool(text) and _read(text)[0] is None


def find_record(issue: FoundIssue) -> FoundRecord:
    """Find the record of the request that an issue is."""
    closing = list(_tagged(issue, _CLOSING))
    if not closing:
        return _without_closing(issue)
    edited = any(comment.edited for comment in (*closing, *_tagged(issue, CONTINUED)))
    text = _text(issue)
    if not text:
        if edited:
            problem = "The closing comment was edited, and has no record."
            return FoundRecord(RecordState.TOUCHED, problem=problem)
        problem = "The closing comment has no record: the gate was stopped before it wrote one."
        return FoundRecord(RecordState.MISSING, problem=problem, ended="cancelled")
    document, wrong = _read(text)
    if document is not None:
        wrong = next(_contradictions(issue, document), "")
    if wrong:
        return FoundRecord(RecordState.FORGED, problem=wrong)
    if edited:
        problem = "A comment that has the record was edited after it was written."
        return FoundRecord(RecordState.TOUCHED, document, problem)
    return FoundRecord(RecordState.OK, document)


def find_result(issue: FoundIssue, record: Mapping[str, Any] | None) -> FoundResult:
    """Find the result that was reported last; a run that deployed nothing does not undo a deployment."""
    found = [
        _result(issue, comment, name, record) for comment, name in _named(issue) if name.startswith(_RESULT)
    ]
    deployed = [it for it in found if it.label != Label.NOT_DEPLOYED]
    return (deployed or found or [FoundResult(ResultState.ABSENT)])[-1]


def _result(
    issue: FoundIssue, comment: FoundComment, name: str, record: Mapping[str, Any] | None
) -> FoundResult:
    """Read the comment of a report, whose name has the run's attempt and the result's label."""
    label = name.removeprefix(_RESULT).partition("-")[2]
    text = joined([comment.text])
    try:
        document = read_object(text) if text else None
    except NotARecordError as error:
        return FoundResult(ResultState.DOUBTFUL, label, problem=str(error))
    if comment.edited:
        problem = "Its comment was edited after it was written."
        return FoundResult(ResultState.DOUBTFUL, label, problem=problem)
    wrong = "" if document is None else _result_problem(issue, document, label, record)
    if wrong:
        return FoundResult(ResultState.DOUBTFUL, label, problem=wrong)
    return FoundResult(ResultState.OK, label, document)


def _result_problem(
    issue: FoundIssue, document: Mapping[str, Any], label: str, record: Mapping[str, Any] | None
) -> str:
    """Say what contradicts a result's record; empty if nothing does."""
    if document.get("digest") != digest(document):
        return "Its digest is not that of its content."
    if document.get("result") != label:
        return "It says something other than its comment."
    if document.get("issue") != issue.number:
        return "It is about another issue."
    decided = document.get("decision_digest")
    if record is not None and decided is not None and decided != record.get("digest"):
        return "It is about another decision."
    return ""


def _without_closing(issue: FoundIssue) -> FoundRecord:
    if any(_tagged(issue, _REPLACED)):
        problem = "A re-run replaced the request before its gate wrote a record."
        return FoundRecord(RecordState.MISSING, problem=problem, ended="cancelled")
    if any(name == _CLOSING for _, name in _named(issue, ours=False)):
        return FoundRecord(RecordState.FORGED, problem="Another account wrote the only record.")
    marker = read_marker(issue.body)
    if any(it.edited and marker.tag_of(it.text) is None and _is_ours(issue, it) for it in issue.comments):
        problem = "A comment of the gate's account was edited, and has no marker any more."
        return FoundRecord(RecordState.TOUCHED, problem=problem)
    return FoundRecord(RecordState.MISSING, problem="No comment has a record.")


def _text(issue: FoundIssue) -> str:
    """Return the record's text, put together from the closing comment and those that continue it."""
    parts = [*_tagged(issue, _CLOSING), *_tagged(issue, CONTINUED)]
    # A lost answer can have made GitHub keep the same comment twice.
    return joined(dict.fromkeys(comment.text for comment in parts))


def _read(text: str) -> tuple[dict[str, Any] | None, str]:
    """Return the record, or why it is not a record."""
    try:
        return parse(text), ""
    except NotARecordError as error:
        return None, str(error)


def _contradictions(issue: FoundIssue, document: Mapping[str, Any]) -> Iterator[str]:
    """Say what contradicts the record: itself, or the issue that it is on."""
    yield from (f"{it.what}: {it.detail}" for it in check(document) if it.state is State.FAILED)
    of = document.get("issue") or {}
    same = {
        "issue": (of.get("id"), issue.id),
        "number": (of.get("number"), issue.number),
        "nonce": (of.get("nonce"), read_marker(issue.body).nonce),
        "account": ((of.get("author") or {}).get("id"), issue.author.id),
    }
    deployed = (document["request"]["repository"] or {}).get("name")
    yield from filter(None, [opened_elsewhere(issue.author.login, deployed, of.get("repository", ""))])
    yield from (f"The record is about another {what}." for what, (says, fact) in same.items() if says != fact)


def _tagged(issue: FoundIssue, begin: str) -> Iterator[FoundComment]:
    """Yield the comments of the issue's own account whose names begin so."""
    return (comment for comment, name in _named(issue) if name.startswith(begin))


def _named(issue: FoundIssue, *, ours: bool = True) -> Iterator[tuple[FoundComment, str]]:
    """Yield the request's comments with their names; anybody can copy a marker, so by account."""
    marker = read_marker(issue.body)
    for comment in issue.comments:
        name = marker.tag_of(comment.text)
        if name is not None and _is_ours(issue, comment) is ours:
            yield comment, name


def _is_ours(issue: FoundIssue, comment: FoundComment) -> bool:
    """Whether the account that opened the issue wrote a comment."""
    return comment.author is not None and comment.author.id == issue.author.id
