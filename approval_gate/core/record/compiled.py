"""Compares a record with its policy document: the rule is compiled again.

The digest shows whether it is the same document. The rule must follow from it,
so that the gate required no less than the document does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace

from approval_gate.core.conditions.model import Condition
from approval_gate.core.model import Member, Rule
from approval_gate.core.plain import cut, visible
from approval_gate.core.policy.model import DeploymentType, Exclusion, Policy, alike, checklist, rule
from approval_gate.core.record.checks import Check, failed, ok, unchecked
from approval_gate.core.record.reading import Record
from approval_gate.core.tasks import item_name
from approval_gate.core.wording import join, join_some, plural

_TEXT = 100


def compiled(record: Record, policy: Policy, digest: str) -> Iterator[Check]:
    """Compare a record with a policy, and with the digest of the document that it was read from."""
    stated, inputs = record.given.policy, record.inputs
    if stated is None:
        yield failed("policy", "The record names no policy document: the step's own inputs were used.")
        return
    if stated.digest == digest:
        yield ok("policy", f"People were asked under this document, {digest}.")
    else:
        yield failed("policy", f"People were asked under {_short(stated.digest)}, and this is {digest}.")
    kind = policy.deployment(stated.type)
    if kind is None:
        yield failed("rule", f"The document has no type of deployment {_short(stated.type)}.")
    elif inputs.rule is None or inputs.roster is None:
        yield unchecked("rule", "Nobody was asked, so the record has no rule.")
    else:
        yield _rule(inputs.rule, inputs.roster, policy, kind)
        yield _roles(inputs.roster, policy, kind)
        yield _limits(record, policy, kind)


def _rule(stated: Rule, roster: tuple[Member, ...], policy: Policy, kind: DeploymentType) -> Check:
    """Whether the rule is the document's, except for what inputs can change: a shorter window, more words."""
    made = rule(
        policy,
        replace(kind, window=min(kind.window, stated.window)),
        roster,
        vocabulary=stated.vocabulary,
        denial_needs_reason=stated.denial_needs_reason,
        closing_denies=stated.closing_denies,
        email_votes=stated.email_votes,
    )
    checks = [*_conditions(stated.conditions, made.conditions)]
    made = replace(made, checklist=stated.checklist, conditions=stated.conditions)
    other = [it.name for it in fields(made) if getattr(made, it.name) != getattr(stated, it.name)]
    if other:
        checks.insert(0, f"By the document, these fields differ: {join(other, 'and')}.")
    if checks:
        return failed("rule", " ".join(checks))
    return ok("rule", f"It is what the document requires for {kind.name}.")


def _conditions(stated: Sequence[Condition], made: Sequence[Condition]) -> Iterator[str]:
    """Compare the checks of a record with those of the document that the type does not waive."""
    items = [condition.item for condition in made]
    waived = [it.item for it in made if it.item not in [condition.item for condition in stated]]
    if waived:
        yield f"The record leaves out {_checks(waived)}, which the document does not waive."
    added = [it.item for it in stated if it.item not in items]
    if added:
        yield f"The document does not have {_checks(added)} for this type."
    if not waived and not added and stated != made:
        others = [it.item for it in made if it not in stated]
        yield f"The document requires something else of {_checks(others)}." if others else _ORDER


_ORDER = "The checks are not in the document's order."


def _checks(items: Sequence[str]) -> str:
    names = (_short(item_name(item)) for item in items)
    return f"the check{'' if len(items) == 1 else 's'} {join_some(names, 'and')}"


def _roles(roster: tuple[Member, ...], policy: Policy, kind: DeploymentType) -> Check:
    """Whether everybody has roles of this type, in the document's order."""
    order = [role.name for role in policy.voting(kind)]
    wrong = [it.login for it in roster if [name for name in order if name in it.roles] != [*it.roles]]
    if wrong:
        return failed("roles", f"The document gives other roles to {_people(wrong)}.")
    return ok("roles", f"The document has the roles of all {plural(len(roster), 'person', 'people')}.")


def _limits(record: Record, policy: Policy, kind: DeploymentType) -> Check:
    """Whether ref, details, checklist and who is barred are as the document says."""
    request, inputs, problems = record.given.request, record.inputs, []
    if request.ref is not None and not policy.allows(request.ref):
        problems.append(f"The document does not allow {_short(request.ref)}.")
    barred = set()
    if Exclusion.INITIATOR in policy.exclude and inputs.initiators is not None:
        barred |= {person.id for person in inputs.initiators.people}
    if policy.excludes_authors and inputs.facts.change is not None:
        barred |= {person.id for person in inputs.facts.change.authors}
    free = [it.login for it in inputs.roster or () if it.may_approve and it.person.id in barred]
    if free:
        problems.append(f"The document bars {_people(free)}, but the record does not.")
    given = {alike(heading): value for heading, value in (request.details or {}).items() if value}
    lacking = [
        it.name for it in kind.details if it.required and given.keys().isdisjoint(map(alike, it.headings))
    ]
    if lacking:
        problems.append(f"The document requires {join(lacking, 'and')}, which the request does not have.")
    others = [it.name for it in inputs.facts.details if it.value != _value(it.name, kind, given)]
    if others:
        problems.append(f"The checks used another {join(others, 'and')} than the request states.")
    shown = record.given.checklist.items if record.given.checklist else ()
    boxes = [item.text for group in checklist(policy, kind) for item in group.items if item.condition is None]
    left_out = [text for text in boxes if text not in shown]
    if left_out:
        problems.append(
            f"The document's checklist has {plural(len(left_out), 'item')} that nobody was shown."
        )
    if problems:
        return failed("limits", " ".join(problems))
    return ok("limits", "Ref, details, checklist and barred people are as the document says.")


def _value(name: str, kind: DeploymentType, given: Mapping[str, str]) -> str | None:
    """Return what a request states of a detail, under its headings or its name."""
    detail = next((it for it in kind.details if it.name == name), None)
    headings = (*detail.headings, detail.name) if detail else ()
    return next((given[key] for key in map(alike, headings) if key in given), None)


def _people(logins: list[str]) -> str:
    return _short(join_some(logins, "and"))


def _short(text: str) -> str:
    return cut(visible(text), _TEXT)
