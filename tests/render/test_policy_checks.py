"""The checks of a policy in sentences."""

import pytest

from approval_gate.core.policy.schema import read_policy
from approval_gate.render.policy import explain

DOCUMENT = """\
version: 1
roles: {{lead: {{members: [ann]}}}}
deployments:
  standard:
    minimum-approvals: 1
    timeout-minutes: 60
    approvers: [lead]
    optional-details: {{ticket: [Ticket]}}
    waive: [{waive}]
checklist: {{Checks: [{items}]}}
"""


def explained(*items: str, waive: str = "") -> str:
    text = DOCUMENT.format(items=", ".join(items), waive=waive)
    return explain(read_policy(text.encode()))


@pytest.mark.parametrize(
    ("verify", "said"),
    [
        ("{jobs: [Build & Test]}", "Build & Test must have succeeded."),
        (
            "{jobs: {Build & Test: [Unit tests], Lint: []}}",
            "Build & Test and Lint must have succeeded, with the step Unit tests.",
        ),
        (
            "{jobs: {Build & Test: [Unit tests], Integration Tests: [Integration tests, End-to-end tests]}}",
            (
                "Build & Test and Integration Tests must have succeeded, with the steps Unit tests, "
                "Integration tests and End-to-end tests."
            ),
        ),
        (
            "{reviews: true}",
            (
                "every pull request of the change must have been approved on its last commit, "
                "by somebody who can write and wrote none of it."
            ),
        ),
        ("{no-open-issues: [incident, P0]}", "every issue labelled incident or P0 must be closed."),
        ("{deployed-to: staging}", "this commit must have been deployed to staging."),
        (
            "{deployed-to: staging, within-hours: 24}",
            "this commit must have been deployed to staging in the last 24 hours.",
        ),
        (
            "{deployed-to: staging, within-hours: 1}",
            "this commit must have been deployed to staging in the last hour.",
        ),
        ("{details: ticket}", "the request must state Ticket."),
        ("{details: ticket, pattern: 'CHG-[0-9]+'}", "the request must state Ticket in the form CHG-[0-9]+."),
        ("{changed: [CHANGELOG.md, 'docs/**']}", "the change must touch CHANGELOG.md or docs/**."),
        (
            "{hours: {zone: UTC, between: [09:00-12:00, 22:00-04:00, 23:00-24:00]}}",
            "the time must be between 09:00 and 12:00, 22:00 and 04:00 or 23:00 and 24:00 (UTC).",
        ),
        (
            (
                "{hours: {zone: Europe/Berlin, days: [monday-friday, sunday], between: [09:00-17:00], "
                "frozen: [2026-12-24..2026-12-26, 2027-01-01]}}"
            ),
            (
                "the time must be between 09:00 and 17:00 on Monday to Friday or Sunday, "
                "and not on 2026-12-24 to 2026-12-26 or 2027-01-01 (Europe/Berlin)."
            ),
        ),
        ("{hours: {zone: UTC, days: [saturday-sunday]}}", "the day must be Saturday or Sunday (UTC)."),
        ("{hours: {zone: UTC, frozen: [2027-01-01]}}", "the day must not be 2027-01-01 (UTC)."),
        (
            "{hours: {zone: UTC, days: [monday], frozen: [2027-01-04]}}",
            "the day must be Monday, and not on 2027-01-04 (UTC).",
        ),
    ],
)
def test_a_required_check_is_a_sentence_and_one_that_is_not_says_so(verify: str, said: str) -> None:
    lines = explained(
        f"{{item: '**A** - x', verify: {verify}, required: true}}", f"{{item: B - x, verify: {verify}}}"
    )
    head, first, second = lines.splitlines()[-3:]
    assert head == "Checks that verify themselves:"
    assert first == f"  A: before approval, {said}"
    assert second == f"  B: {said.replace(' must ', ' should ')[:-1]}; this is only shown."


@pytest.mark.parametrize(("boxes", "said"), [("x", "the other item"), ("x, y", "the other 2 items")])
def test_how_many_items_people_tick_is_said(boxes: str, said: str) -> None:
    checked = explained("{item: A, verify: {reviews: true}}", boxes)
    assert checked.endswith(f"\nPeople tick {said} of the checklist.\n")


def test_a_checklist_of_boxes_alone_is_not_explained() -> None:
    assert "tick" not in explained("x", "y")
    assert "Checks" not in explained("x", "y")


def test_a_type_says_what_it_waives() -> None:
    said = explained("{item: '**A** - x', verify: {reviews: true}}", "'**B** - y'", "C", waive="B, A")
    assert "\n  It waives A and B.\n  Everyone who can approve" in said


def test_hostile_names_stay_on_their_line() -> None:
    said = explained('{item: "A\u202e", verify: {jobs: ["B\u202e"]}}')
    assert said.endswith("\n  A: B\\u202e should have succeeded; this is only shown.\n")
