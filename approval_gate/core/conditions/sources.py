"""What was read for a condition: when, and which permissions are missing."""

from collections.abc import Iterable, Iterator

from approval_gate.core.conditions.model import Condition
from approval_gate.core.facts import Facts, Source


def sources(condition: Condition, facts: Facts) -> Iterator[Source]:
    """Yield the sources that a condition rests on and that are read again before an approval.

    The commits and files of the change are not among them: people are asked about these. Nor is a source
    that is absent, without which the condition has not passed.
    """
    if condition.jobs and facts.jobs is not None:
        yield facts.jobs.source
    if condition.reviews and facts.change is not None and facts.change.pull_requests is not None:
        yield facts.change.pull_requests.source
    labels = {label.casefold() for label in condition.no_open_issues}
    yield from (it.source for it in facts.issues if it.label.casefold() in labels)
    if condition.deployed_to is not None:
        name = condition.deployed_to.environment.casefold()
        yield from (it.source for it in facts.deployed if it.environment.casefold() == name)


def lacking(condition: Condition, facts: Facts) -> tuple[str, ...]:
    """Return the permissions that would let the token read what a condition rests on, each once."""
    read = list(sources(condition, facts))
    if (condition.reviews or condition.changed) and facts.change is not None:
        read.append(facts.change.source)
    return _grants(read)


def lacking_anywhere(facts: Facts) -> tuple[str, ...]:
    """Return the permissions that would let the token read all facts that it could not, each once."""
    change = facts.change
    read = [change, change and change.pull_requests, facts.jobs, *facts.deployed, *facts.issues]
    return _grants(it.source for it in read if it is not None)


def _grants(read: Iterable[Source]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(grant for source in read for grant in source.grant))
