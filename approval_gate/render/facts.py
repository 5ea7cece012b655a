"""The facts of a request, a line each: what is deployed, who asked for it, and what is said of it.

A list and not a table: a long value, such as a whole commit, breaks at the edge of a phone's screen.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from approval_gate.core.artifacts import Artifact
from approval_gate.core.follow_up import SHOWN, FollowUpIssue, owners
from approval_gate.core.model import Ineligibility, Member, Request
from approval_gate.core.plain import address, cut, visible
from approval_gate.core.policy.model import DetailValue, short
from approval_gate.core.wording import dated, join, mentions, plural
from approval_gate.render import markdown
from approval_gate.render.change import change
from approval_gate.render.pipeline import pipeline
from approval_gate.render.subject import PolicyContext, Subject
from approval_gate.render.templating import account, is_bot

AUTHORS = 10
"""The most commit authors that are named."""

ARTIFACTS = 10
"""The most artifacts that are named."""

DIGITS = 12
"""How many digits of a digest are shown."""

EMERGENCY = (
    "Incident",
    "Severity",
    "Root Cause",
    "Impact",
    "Downtime",
    "Fix",
    "Rollback Plan",
    "Estimated Fix Time",
    "Post-Mortem",
    "Approver",
)
"""The fields of the process's Emergency Deployment Template."""

_URGENT = ("severity", "impact", "justification", "incident", "fix", "rollback plan")
"""What an approver of an emergency reads first, in this order."""

_APPROVER = "approver"
_SHA = re.compile("[0-9a-f]+")
_VALUE = 1_000


def urgent(terms: PolicyContext | None) -> list[str]:
    """Return what comes first in an emergency, and what its request does not say; empty for any other."""
    if terms is None or not terms.deployment_type.emergency:
        return []
    given = {detail.heading.casefold(): detail for detail in terms.details if detail.value}
    absent = [heading for heading in _headings(terms.details) if heading.casefold() not in given]
    first = [shown(given[heading]) for heading in _URGENT if heading in given]
    return [*first, *([f"Not given: {', '.join(map(_heading, absent))}"] if absent else [])]


def facts(subject: Subject, named: Member | None) -> list[str]:
    """Return the request's facts; of an emergency those that :func:`urgent` has not."""
    return [
        *(f"**{name}**: {text}" for name, text in _facts(subject)),
        *(shown(detail) for detail in _further(subject.terms, named)),
        *(f"**Overdue**: {text}" for text in _overdue(subject.overdue)),
    ]


def _overdue(follow_ups: Sequence[FollowUpIssue]) -> Iterator[str]:
    """Name overdue follow-ups, a line each; of many, the first."""
    for it in follow_ups[:SHOWN]:
        yield f"{markdown.link(markdown.name(it.name), it.url)}, due {dated(it.due_at)}, {owners(it)}"
    if len(follow_ups) > SHOWN:
        yield f"{plural(len(follow_ups) - SHOWN, 'more follow-up')}"


def _facts(subject: Subject) -> Iterator[tuple[str, str]]:
    request, terms = subject.request, subject.terms
    sha = request.sha if _SHA.fullmatch(request.sha) else markdown.code(request.sha)
    commit = markdown.link(sha, f"{request.repository_url}/commit/{request.sha}")
    yield "Commit", f"{commit}, {_ref(request)}"
    if new := _change(subject):
        yield "Change", _sentences(new)
    if subject.artifacts:
        yield "Artifacts", _artifacts(subject.artifacts)
    again = f", attempt {request.run_attempt}" if request.run_attempt > 1 else ""
    run = markdown.link(f"run {request.run_id}", request.run_url)
    jobs = pipeline(subject.facts.jobs) if subject.facts.jobs else ""
    yield "Pipeline", f"{run} of {markdown.name(request.workflow)}{again}{': ' if jobs else ''}{jobs}"
    yield "Requested by", _requested(subject)
    if terms is not None:
        policy = markdown.link(
            f"policy {short(terms.digest)}", f"{request.repository_url}/blob/HEAD/{terms.path}"
        )
        yield "Type", f"{markdown.name(terms.deployment_type.name)}, by the {policy}"


def _requested(subject: Subject) -> str:
    request = subject.request
    said = [account(request.actor)]
    able = {member.login.casefold() for member in subject.roster if member.may_approve}
    if request.actor.casefold() not in able and not is_bot(request.actor):
        said[0] += ", who cannot approve this"
    if request.triggering_actor != request.actor:
        said[0] += f", run again by {account(request.triggering_actor)}"
    if not subject.initiators_known:
        said.append("The token cannot see who started other attempts of this run, so they are not excluded")
    if is_bot(request.actor) and not _bars_authors(subject):
        said.append("The authors of this change can approve it unless the policy excludes `commit-authors`")
    return _sentences(said)


def _ref(request: Request) -> str:
    """Name the run's ref: ``tag v1.2.3``, or a pull request with a link to it."""
    if request.ref_type != "pull request":
        return f"{request.ref_type} {markdown.name(request.ref_name)}"
    number = request.ref_name.partition("/")[0]
    return f"pull request {markdown.link(f'#{number}', f'{request.repository_url}/pull/{number}')}"


def _change(subject: Subject) -> list[str]:
    """Say what is new, and which approvers wrote some of it; nobody else is mentioned."""
    new = subject.facts.change
    said = change(new, subject.request) if new else []
    authors = mentions(m for m in subject.roster if m.ineligibility is Ineligibility.AUTHOR)
    if said and authors:
        named = authors if len(authors) <= AUTHORS else [*authors[:AUTHORS], f"{len(authors) - AUTHORS} more"]
        said.append(f"{join(named, 'and')} wrote some of it and cannot approve")
    if said and new and new.unknown and _bars_authors(subject):
        said.append(f"{plural(len(new.unknown), 'author')} without an account cannot be barred")
    return said


def _bars_authors(subject: Subject) -> bool:
    return subject.terms is not None and subject.terms.bars_authors


def _artifacts(artifacts: Sequence[Artifact]) -> str:
    """Name what is deployed, each with the beginning of its digest; of many, the first."""
    named = [f"{markdown.name(it.name)} {_short(it.digest)}" for it in artifacts[:ARTIFACTS]]
    more = len(artifacts) - ARTIFACTS
    return ", ".join([*named, *([f"and {more} more"] if more > 0 else [])])


def _short(digest: str) -> str:
    """Shorten a digest to its kind and its first digits."""
    kind, _, digits = digest.partition(":")
    return markdown.code(f"{kind}:{digits[:DIGITS]}…")


def _sentences(said: Sequence[str]) -> str:
    """Join sentences; a single one is a phrase, without a full stop."""
    return f"{'. '.join(said)}." if len(said) > 1 else said[0]


def _further(terms: PolicyContext | None, named: Member | None) -> Iterator[DetailValue]:
    """Return the details that are given, without those that are shown elsewhere."""
    if terms is None:
        return
    emergency = terms.deployment_type.emergency
    for detail in terms.details:
        heading = detail.heading.casefold()
        elsewhere = emergency and (heading in _URGENT or (named is not None and heading == _APPROVER))
        if detail.value and not elsewhere:
            yield detail


def _headings(details: Iterable[DetailValue]) -> list[str]:
    """Return the headings of an emergency's details and of the process's template, each once."""
    known = {detail.heading.casefold(): detail.heading for detail in details}
    return [*known.values(), *(heading for heading in EMERGENCY if heading.casefold() not in known)]


def shown(detail: DetailValue) -> str:
    """Show a detail of a request."""
    value = detail.value or ""
    words = address(value)
    said = markdown.link(words, value) if words else markdown.name(cut(visible(value), _VALUE), _VALUE)
    return f"**{_heading(detail.heading)}**: {said}"


def _heading(heading: str) -> str:
    return markdown.name(visible(heading))
