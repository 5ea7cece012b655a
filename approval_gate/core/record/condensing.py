"""Leaves out of very long facts what no check depends on: most jobs, files, pull requests and authors."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from approval_gate.core.conditions.assess import assess
from approval_gate.core.conditions.model import Assessment, Condition
from approval_gate.core.facts import Author, Facts, Job, PullRequest
from approval_gate.core.model import Person
from approval_gate.core.plain import cut
from approval_gate.core.record.canonical import size
from approval_gate.core.record.model import Inputs
from approval_gate.core.record.plain import plain

FULL_FACTS = 30_000
"""The longest facts in characters that are kept whole: with a usual conversation they fit in one comment."""

FEW = 20
"""How many entries of each list are kept in any case."""

_FEW_OF_ONE = 3
"""The same for a list within an entry."""

_TITLE, _NAME = 40, 80
_LISTS = (
    *("jobs.listed", "change.pull_requests.merged", "change.pull_requests.pushed"),
    *("change.files.paths", "change.authors", "change.unknown"),
)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""No check whose result depends on the time uses one of these lists."""


def condensed(inputs: Inputs) -> tuple[Facts, int]:
    """Return facts on which every check is assessed alike, and how many entries were left out or cut."""
    facts, cuts = inputs.facts, 0
    if size(plain(facts)) <= FULL_FACTS:
        return facts, 0
    members = {member.person.id for member in inputs.roster or ()}
    conditions = inputs.rule.conditions if inputs.rule else ()
    for path in _LISTS:
        before = _items(facts, path)
        if before:
            whole, without = _assess(conditions, facts), _assess(conditions, _put(facts, path, ()))
            stated = [one for one, other in zip(whole, without, strict=True) if one != other]
            using = [it.condition for it in stated]
            shorter = _shorter(facts, path, members, using)
            facts = next((it for it in shorter if _assess(using, it) == stated), facts)
            cuts += len({*before} - {*_items(facts, path)})
    return facts, cuts


def _assess(conditions: Iterable[Condition], facts: Facts) -> list[Assessment]:
    return [assess(it, facts, _ANY_TIME, _ANY_TIME) for it in conditions]


def _shorter(
    facts: Facts, path: str, members: Collection[int], using: Collection[Condition]
) -> Iterator[Facts]:
    """Yield facts with ever less left out of one list, which some conditions use."""
    items, without = _items(facts, path), _assess(using, _put(facts, path, ()))
    needed = [
        it
        for it in items
        if (isinstance(it, Person) and it.id in members)
        or _assess(using, _put(facts, path, (it,))) != without
    ]
    steps = {name for it in using for job in it.jobs for name in job.steps}
    for kept in (needed[:FEW], needed, items):
        chosen = {*items[:FEW], *kept}
        yield _put(facts, path, tuple(_slim(it, steps) for it in items if it in chosen))


def _slim(entry: Any, steps: Collection[str]) -> Any:  # noqa: ANN401 - an entry of any of the lists
    """Shorten an entry's texts, and what it lists."""
    if isinstance(entry, Job):
        few = {*entry.steps[:_FEW_OF_ONE], *(it for it in entry.steps if it.name in steps)}
        kept = (
            it if it.name in steps else replace(it, name=cut(it.name, _NAME))
            for it in entry.steps
            if it in few
        )
        return replace(entry, name=cut(entry.name, _NAME), steps=tuple(kept))
    if isinstance(entry, PullRequest):
        return _slim_pull_request(entry)
    return replace(entry, name=cut(entry.name, _NAME)) if isinstance(entry, Author) else entry


def _slim_pull_request(entry: PullRequest) -> PullRequest:
    """Keep the reviews that count most, and the authors who gave one of these."""
    others, head = {*entry.by_others}, entry.head
    ranked = sorted(entry.approvals, key=lambda it: (it not in others, it.commit != head, it.by.bot))
    few = tuple(ranked[:_FEW_OF_ONE])
    authors = tuple(it for it in entry.authors if it in {review.by for review in few})
    return replace(entry, title=cut(entry.title, _TITLE), authors=authors, approvals=few)


def _items(facts: Facts, path: str) -> tuple[Any, ...]:
    """Return the entries of a list; none if it was not read."""
    value: Any = facts
    for name in path.split("."):
        value = value and getattr(value, name)
    return value or ()


def _put(value: Any, path: str, items: tuple[Any, ...]) -> Any:  # noqa: ANN401 - facts, or a part of them
    """Return facts with other entries in a list."""
    name, _, rest = path.partition(".")
    return replace(value, **{name: _put(getattr(value, name), rest, items) if rest else items})
