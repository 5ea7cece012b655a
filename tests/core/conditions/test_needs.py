"""Which facts conditions need."""

from datetime import timedelta

from approval_gate.core.conditions.model import (
    Calendar,
    Condition,
    RequiredDeployment,
    RequiredDetail,
    RequiredJob,
)
from approval_gate.core.conditions.needs import Needs, needs

TEST = RequiredJob(name="Test", steps=("Unit tests",))
SCAN = RequiredJob(name="Scan")


def test_conditions_need_what_their_parts_are_about_each_once() -> None:
    conditions = (
        Condition(item="a", jobs=(TEST, SCAN)),
        Condition(item="b", jobs=(TEST,)),
        Condition(item="c", no_open_issues=("incident", "outage")),
        Condition(item="d", no_open_issues=("incident",)),
        Condition(item="e", deployed_to=RequiredDeployment(environment="staging")),
        Condition(item="f", deployed_to=RequiredDeployment(environment="staging", within=timedelta(1))),
        Condition(item="g", reviews=True),
        Condition(item="h", changed=("docs/**",)),
    )
    assert needs(conditions) == Needs(
        jobs=(TEST, SCAN),
        labels=("incident", "outage"),
        environments=("staging",),
        reviews=True,
        files=True,
    )


def test_what_the_request_and_the_clock_say_needs_nothing() -> None:
    hours = Condition(item="a", hours=Calendar(zone="UTC"))
    details = Condition(item="b", details=RequiredDetail(name="incident"))
    assert needs((hours, details)) == needs(()) == Needs()
