"""The contradictions within a checklist, and between it and the types of deployment."""

from collections import Counter
from collections.abc import Iterator, Sequence

from approval_gate.core.conditions.model import Condition
from approval_gate.core.policy.findings import BLANK, Finding, Path, literal, repeated
from approval_gate.core.policy.model import DeploymentType, Group, Policy, waived
from approval_gate.core.suggest import did_you_mean
from approval_gate.core.tasks import item_name
from approval_gate.core.wording import join


def own_labels(environment: str | None) -> tuple[str, ...]:
    """Return the labels that a request has if the workflow gives no others."""
    return tuple(filter(None, ("deployment", environment, "approval-required")))


def contradictions(policy: Policy) -> Iterator[Finding]:
    """Find blank items, checks that no request can pass, and items to waive that are not there."""
    for group in policy.checklist or ():
        yield from _texts(group)
        for number, item in enumerate(group.items):
            if item.condition is not None:
                here: Path = ("checklist", group.title, number, "verify")
                yield from _lists(here, item.condition)
                yield from _detail((*here, "details"), item.condition, policy)
                yield from labels(here, item.condition, own_labels(None))
    names = [item_name(item.text) for group in policy.checklist or () for item in group.items]
    for deployment_type in policy.deployments:
        yield from _waived(deployment_type, names)


def labels(here: Path, condition: Condition, own: Sequence[str]) -> Iterator[Finding]:
    """Find labels that the request itself has, so that its own issue would be open."""
    alike = {label.casefold() for label in own}
    for number, label in enumerate(condition.no_open_issues):
        if label.casefold() in alike:
            yield Finding(
                path=(*here, "no-open-issues", number),
                problem=f"the gate's own issue has the label {literal(label)}, so this check never passes.",
                remedy="Use a label that no request has.",
            )


def _texts(group: Group) -> Iterator[Finding]:
    here: Path = ("checklist", group.title)
    blank = [(*here, number) for number, item in enumerate(group.items) if not item.text.strip()]
    for path in [here, *blank] if not group.title.strip() else blank:
        yield Finding(path=path, problem="it is blank.", remedy=BLANK)


def _lists(here: Path, condition: Condition) -> Iterator[Finding]:
    """Find entries that are there twice; of a calendar's they do no harm."""
    yield from repeated((*here, "jobs"), [job.name for job in condition.jobs], "the job ")
    for job in condition.jobs:
        yield from repeated((*here, "jobs", job.name), job.steps, "the step ")
    yield from repeated((*here, "no-open-issues"), condition.no_open_issues, "the label ")
    yield from repeated((*here, "changed"), condition.changed)


def _detail(path: Path, condition: Condition, policy: Policy) -> Iterator[Finding]:
    """Find a detail that a type of deployment with this check does not have."""
    if condition.details is None:
        return
    name = condition.details.name
    lacking = [
        deployment_type
        for deployment_type in policy.deployments
        if condition not in [item.condition for item in waived(policy, deployment_type)]
        if name not in [detail.name for detail in deployment_type.details]
    ]
    if lacking:
        types = join((literal(each.name) for each in lacking), "and")
        has = f"the type {types} has" if len(lacking) == 1 else f"the types {types} have"
        known = dict.fromkeys(detail.name for each in policy.deployments for detail in each.details)
        remedy = did_you_mean(name, [one for one in known if one != name])
        yield Finding(
            path=path,
            problem=f"{has} no detail {literal(name)}.",
            remedy=remedy or "Add it to `optional-details`, or waive the item there.",
        )


def _waived(deployment_type: DeploymentType, names: Sequence[str]) -> Iterator[Finding]:
    here: Path = ("deployments", deployment_type.name, "waive")
    yield from repeated(here, deployment_type.waive)
    times = Counter(names)
    for number, name in enumerate(deployment_type.waive):
        if not names:
            problem = "the document has no `checklist` whose items have names."
            yield Finding(path=(*here, number), problem=problem, remedy="Add one, or remove this.")
        elif not times[name]:
            remedy = did_you_mean(name, times) or (
                f"Write what is bold in an item, or what precedes ` - `, such as {literal(names[0])}."
            )
            problem = f"the checklist has no item {literal(name)}."
            yield Finding(path=(*here, number), problem=problem, remedy=remedy)
        elif times[name] > 1:
            problem = f"the checklist has {times[name]} items {literal(name)}."
            yield Finding(path=(*here, number), problem=problem, remedy="Give each a name of its own.")
