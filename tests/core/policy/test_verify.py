"""Checklist items that verify themselves: what a document says becomes conditions, for each type its own."""

from datetime import timedelta

import pytest

from approval_gate.core.conditions.model import (
    Calendar,
    Condition,
    DateRange,
    RequiredDeployment,
    RequiredDetail,
    RequiredJob,
    TimeRange,
    Weekday,
)
from approval_gate.core.policy import schema
from approval_gate.core.policy.findings import DocumentError
from approval_gate.core.policy.model import Group, Item, Policy, checklist, rule, waived
from tests.core.policy.documents import SMALL

LAST = SMALL.splitlines()[-1]


def read(*items: str, waive: str = "") -> Policy:
    text = SMALL.replace(LAST, f"  Checks: [{', '.join(items)}]")
    if waive:
        text = text.replace("approvers: [lead, sre]\n", f"approvers: [lead, sre]\n    waive: [{waive}]\n")
    return schema.read_policy(text.encode())


def condition_of(verify: str) -> Condition:
    policy = read(f"{{item: x, verify: {verify}}}", waive="x" if "details" in verify else "")
    assert policy.checklist is not None
    (item,) = policy.checklist[0].items
    assert item.condition is not None
    return item.condition


@pytest.mark.parametrize(
    ("verify", "condition"),
    [
        ("{jobs: [Build, Test]}", {"jobs": (RequiredJob(name="Build"), RequiredJob(name="Test"))}),
        (
            "{jobs: {Build & Test: [Unit tests], Lint: []}}",
            {"jobs": (RequiredJob(name="Build & Test", steps=("Unit tests",)), RequiredJob(name="Lint"))},
        ),
        ("{reviews: true}", {"reviews": True}),
        ("{no-open-issues: [incident, P0]}", {"no_open_issues": ("incident", "P0")}),
        ("{deployed-to: staging}", {"deployed_to": RequiredDeployment(environment="staging")}),
        (
            "{deployed-to: staging, within-hours: 1.5}",
            {"deployed_to": RequiredDeployment(environment="staging", within=timedelta(minutes=90))},
        ),
        ("{details: incident}", {"details": RequiredDetail(name="incident")}),
        (
            "{details: incident, pattern: 'INC-[0-9]+'}",
            {"details": RequiredDetail(name="incident", pattern="INC-[0-9]+")},
        ),
        ("{changed: [CHANGELOG.md, 'docs/**']}", {"changed": ("CHANGELOG.md", "docs/**")}),
        ("{hours: {zone: UTC, days: [monday]}}", {"hours": Calendar(zone="UTC", days=(Weekday.MONDAY,))}),
    ],
)
def test_an_item_with_verify_becomes_a_condition(verify: str, condition: dict[str, object]) -> None:
    assert condition_of(verify) == Condition(item="x", **condition)  # type: ignore[arg-type]


def test_an_item_is_a_box_unless_something_verifies_it() -> None:
    policy = read("plain", "{item: mapped}", "{item: checked, verify: {reviews: true}, required: true}")
    checked = Item(text="checked", condition=Condition(item="checked", required=True, reviews=True))
    items = (Item(text="plain"), Item(text="mapped"), checked)
    assert policy.checklist == (Group(title="Checks", items=items),)


@pytest.mark.parametrize(
    ("days", "meant"),
    [
        ("monday", "monday"),
        ("monday-friday", "monday tuesday wednesday thursday friday"),
        ("friday-monday", "monday friday saturday sunday"),
        ("sunday-sunday", "sunday"),
        ("sunday, monday-tuesday, tuesday", "monday tuesday sunday"),
        ("monday-sunday", " ".join(Weekday)),
    ],
)
def test_days_are_kept_in_the_order_of_the_week(days: str, meant: str) -> None:
    calendar = condition_of(f"{{hours: {{zone: UTC, days: [{days}]}}}}").hours
    assert calendar is not None
    assert calendar.days == tuple(map(Weekday, meant.split()))


@pytest.mark.parametrize(
    ("times", "start", "end"),
    [
        ("09:00-17:00", 540, 1020),
        ("00:00-24:00", 0, 1440),
        ("22:00-04:00", 1320, 1680),
        ("12:30-12:29", 750, 2189),
        ("23:59-00:00", 1439, 1440),
    ],
)
def test_a_range_that_ends_before_it_starts_ends_on_the_next_day(times: str, start: int, end: int) -> None:
    calendar = condition_of(f"{{hours: {{zone: UTC, between: ['{times}']}}}}").hours
    assert calendar == Calendar(zone="UTC", between=(TimeRange(start=start, end=end),))


def test_frozen_days_are_ranges() -> None:
    calendar = condition_of("{hours: {zone: UTC, frozen: [2028-02-29, 2026-12-24..2027-01-02]}}").hours
    assert calendar is not None
    assert calendar.frozen == (
        DateRange(first="2028-02-29", last="2028-02-29"),
        DateRange(first="2026-12-24", last="2027-01-02"),
    )


# Waiving -------------------------------------------------------------------------------

ITEMS = (
    "'**Tests** - green'",
    "{item: '**Reviews** - all', verify: {reviews: true}, required: true}",
    "{item: No incidents - none, verify: {no-open-issues: [incident]}}",
)


def test_a_type_has_the_checklist_without_what_it_waives() -> None:
    policy = read(*ITEMS, waive="Reviews, Tests")
    assert policy.checklist is not None
    tests, reviews, incidents = policy.checklist[0].items
    standard, emergency = policy.deployments
    assert waived(policy, standard) == (tests, reviews)
    assert checklist(policy, standard) == (Group(title="Checks", items=(incidents,)),)
    assert waived(policy, emergency) == ()
    assert checklist(policy, emergency) == policy.checklist


def test_the_rule_of_a_type_has_the_conditions_that_it_does_not_waive() -> None:
    policy = read(*ITEMS, waive="Reviews")
    assert policy.checklist is not None
    _, reviews, incidents = (item.condition for item in policy.checklist[0].items)
    standard, emergency = policy.deployments
    assert rule(policy, standard, ()).conditions == (incidents,)
    assert rule(policy, emergency, ()).conditions == (reviews, incidents)


def test_a_group_of_which_everything_is_waived_is_left_out() -> None:
    policy = read(*ITEMS, waive="Reviews, Tests, No incidents")
    assert checklist(policy, policy.deployments[0]) == ()


def test_without_a_checklist_there_is_nothing_to_waive() -> None:
    text = SMALL[: SMALL.index("checklist:")]
    policy = schema.read_policy(text.encode())
    assert checklist(policy, policy.deployments[0]) == waived(policy, policy.deployments[0]) == ()
    wrong = text.replace("60\n", "60\n    waive: [Tests]\n", 1)
    with pytest.raises(DocumentError, match=r"no `checklist` whose items have names. Add one"):
        schema.read_policy(wrong.encode())


def test_a_name_that_two_items_have_waives_neither() -> None:
    with pytest.raises(DocumentError, match=r"the checklist has 2 items `Tests`. Give each a name"):
        read("'**Tests** - green'", "Tests - of the interface", waive="Tests")


def test_a_detail_is_needed_only_by_the_types_that_do_not_waive_its_check() -> None:
    item = "{item: Ticket, verify: {details: fix}}"
    assert read(item, waive="Ticket")
    with pytest.raises(DocumentError, match=r"the type `standard` has no detail `fix`"):
        read(item)
