"""Checks the facts of a record: which were taken on GitHub's word, and whether the rest agrees with them."""

from collections.abc import Iterator

from approval_gate.core.conditions.assess import assess
from approval_gate.core.facts import Facts, Source
from approval_gate.core.model import Code
from approval_gate.core.plain import cut, quoted, visible
from approval_gate.core.record.checks import Check, on, unchecked
from approval_gate.core.record.reading import Record
from approval_gate.core.wording import join_some

_TEXT = 100
_LONG = 200


def sources(facts: Facts) -> Iterator[tuple[str, Source]]:
    """Yield everything that was read, and where and when."""
    change, jobs = facts.change, facts.jobs
    if change is not None:
        yield "the change", change.source
        if change.pull_requests is not None:
            yield "its pull requests", change.pull_requests.source
    if jobs is not None:
        yield "the run's jobs", jobs.source
    for opened in facts.issues:
        yield f"open issues labelled {quoted(opened.label, _TEXT)}", opened.source
    for deployed in facts.deployed:
        yield f"deployments to {cut(visible(deployed.environment), _TEXT)}", deployed.source


def taken(facts: Facts) -> Iterator[Check]:
    """Say of each source that what it gave was taken on GitHub's word; of several in one answer, at once."""
    found: dict[Source, list[str]] = {}
    for what, source in sources(facts):
        found.setdefault(source, []).append(what)
    for source, things in found.items():
        where = (
            f"{join_some(things, 'and', rest='more')} ({cut(visible(source.where), _LONG)} {on(source.at)})"
        )
        if source.problem:
            yield unchecked("source", f"Not read: {where}: {cut(visible(source.problem), _LONG)}.")
        else:
            yield unchecked("source", f"Taken on GitHub's word: {where}.")


def disagreements(record: Record) -> Iterator[str]:
    """Find facts that cannot be of this request."""
    given, inputs = record.given, record.inputs
    details = given.request.details or {}
    for it in inputs.facts.details:
        if details.get(it.heading) != it.value:
            yield f"The field {quoted(it.heading, _TEXT)} is not the one of the request."
    rule, error = inputs.rule, inputs.error
    if error is not None and error.code is Code.CHECK_FAILED and rule is not None:
        until = given.ended_at + rule.window
        states = (assess(each, inputs.facts, given.ended_at, until) for each in rule.conditions)
        if not any(it.holds_back for it in states):
            yield "A required check is said to have failed, and none of them has."
