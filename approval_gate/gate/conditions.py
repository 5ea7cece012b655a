"""The verified checks before an issue is opened: where waiting cannot help, nobody is asked."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from approval_gate.core.conditions.assess import assess
from approval_gate.core.conditions.model import Assessment
from approval_gate.core.conditions.remedies import remedy
from approval_gate.core.conditions.sources import lacking
from approval_gate.core.facts import Facts, StatedDetail
from approval_gate.core.model import Rule
from approval_gate.core.policy.model import DeploymentType, DetailValue, Policy
from approval_gate.core.tasks import item_name, short_name
from approval_gate.core.wording import join
from approval_gate.errors import CheckFailedError, InputError


def stated(
    deployment_type: DeploymentType, details: Sequence[DetailValue], rule: Rule
) -> tuple[StatedDetail, ...]:
    """Return what the request says of each detail that a check is about.

    The details of the type are the first that were filled in, in its order.
    """
    needed = {condition.details.name for condition in rule.conditions if condition.details is not None}
    named = zip(deployment_type.details, details, strict=False)
    return tuple(
        StatedDetail(name=it.name, heading=found.heading, value=found.value)
        for it, found in named
        if it.name in needed
    )


def assessed(rule: Rule, facts: Facts, now: datetime) -> tuple[Assessment, ...]:
    """Assess every condition as if people were asked now."""
    return tuple(assess(condition, facts, now, now + rule.window) for condition in rule.conditions)


def check_labels(rule: Rule, labels: Iterable[str]) -> None:
    """Refuse a request whose own issue would keep a check from passing: it is open and has such a label."""
    own = {label.casefold(): label for label in labels}
    for condition in rule.conditions:
        clash = [own[it.casefold()] for it in condition.no_open_issues if it.casefold() in own]
        if clash:
            check = short_name(condition.item)
            raise InputError(
                f"issue-labels: the check {check} allows no open issue with the label {clash[0]}, "
                "and the approval issue would have it.",
                remedy="Leave that label out.",
            )


def check_required(assessments: Sequence[Assessment], facts: Facts, policy: Policy) -> None:
    """Refuse a request with required checks that have not passed and that waiting cannot change.

    Raises:
        CheckFailedError: it names each of them, why it has not passed, and what to do.
    """
    failed = [it for it in assessments if it.holds_back and it.lasting]
    if len(failed) == 1:
        problem, advice = _problem(failed[0]), _advice(failed[0], facts, policy)
        raise CheckFailedError(f"A required check has not passed: {problem}", remedy=advice)
    if failed:
        lines = (f"- {_problem(it)} {_advice(it, facts, policy)}" for it in failed)
        raise CheckFailedError(f"{len(failed)} required checks have not passed.", detail="\n".join(lines))


def _problem(assessment: Assessment) -> str:
    where = f" ({assessment.url})" if assessment.url else ""
    return f"{short_name(assessment.condition.item)}: {assessment.reason}{where}."


def _advice(assessment: Assessment, facts: Facts, policy: Policy) -> str:
    return " ".join(_remedies(assessment, facts, policy))


def _remedies(assessment: Assessment, facts: Facts, policy: Policy) -> Iterator[str]:
    grants = lacking(assessment.condition, facts)
    if grants:
        yield f"Grant the token {join((f'`{grant}`' for grant in grants), 'and')}."
    yield from filter(None, [remedy(assessment)])
    name = item_name(assessment.condition.item)
    waiving = [it.name for it in policy.deployments if name in it.waive]
    if waiving:
        yield f"A deployment of the type {join(waiving, 'or')} waives this check."
