"""Which facts conditions need."""

import pytest

from approval_gate.core.conditions.model import Calendar, Condition, RequiredDeployment, RequiredJob
from approval_gate.core.conditions.needs import Needs, needs, stands_for


def test_without_conditions_nothing_is_needed() -> None:
    assert needs([]) == Needs()


def test_conditions_that_github_has_no_part_in_need_nothing() -> None:
    assert needs([Condition(item="Business hours", hours=Calendar(zone="Europe/Berlin"))]) == Needs()


def test_what_several_conditions_need_is_read_once() -> None:
    build, unit = RequiredJob(name="Build"), RequiredJob(name="Build", steps=("Unit tests",))
    found = needs(
        [
            Condition(item="Tests", jobs=(build, unit)),
            Condition(item="Build", jobs=(build,)),
            Condition(item="Quiet", no_open_issues=("incident", "freeze")),
            Condition(item="No incident", no_open_issues=("incident",)),
            Condition(item="Staging", deployed_to=RequiredDeployment(environment="staging")),
            Condition(item="Canary", deployed_to=RequiredDeployment(environment="canary")),
            Condition(item="Staging again", deployed_to=RequiredDeployment(environment="staging")),
            Condition(item="Reviewed", reviews=True),
            Condition(item="Documented", changed=("docs/**",)),
        ]
    )
    assert found == Needs(
        jobs=(build, unit),
        labels=("incident", "freeze"),
        environments=("staging", "canary"),
        reviews=True,
        files=True,
    )


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ("Test", True),
        ("Test (3.12)", True),
        ("Test (3.12, linux) / unit", True),
        ("Test / unit", True),
        ("test", False),
        ("Test 2", False),
        ("Tests", False),
        ("Unit / Test", False),
        ("Test(3.12)", False),
    ],
)
def test_a_name_stands_for_its_matrix_and_for_the_workflow_that_it_calls(shown: str, *, meant: bool) -> None:
    assert stands_for("Test", shown) is meant
