"""The result of a deployment: its label, its sentence, and the labels that stay."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from approval_gate.core.follow_up import FollowUpIssue
from approval_gate.core.marker import FollowUpMarker
from approval_gate.core.record.canonical import digest
from approval_gate.core.result import (
    Label,
    Result,
    Results,
    Run,
    added,
    label_of,
    relabelled,
    result_document,
    sentence,
)

OK, BAD, STOP, SKIP = Result.SUCCESS, Result.FAILURE, Result.CANCELLED, Result.SKIPPED

# deployment, monitoring, suite, rollback -> label, line
ROWS = [
    (OK, None, None, None, "deployed", "Deployed"),
    (OK, OK, None, None, "deployed", "Deployed"),
    (OK, OK, OK, SKIP, "deployed", "Deployed"),
    (OK, SKIP, SKIP, SKIP, "deployed", "Deployed"),
    (OK, STOP, None, None, "deployed", "Deployed, but monitoring was cancelled"),
    (OK, OK, STOP, None, "deployed", "Deployed, but the full test suite was cancelled"),
    (OK, BAD, None, None, "deployment-failed", "Deployed, but monitoring failed"),
    (OK, BAD, None, SKIP, "deployment-failed", "Deployed, but monitoring failed and no rollback ran"),
    (OK, OK, BAD, None, "deployment-failed", "Deployed, but the full test suite failed"),
    (
        OK,
        BAD,
        BAD,
        BAD,
        "deployment-failed",
        "Deployed, but monitoring failed, the full test suite failed and the rollback failed",
    ),
    (
        OK,
        BAD,
        None,
        STOP,
        "deployment-failed",
        "Deployed, but monitoring failed and the rollback was cancelled",
    ),
    (OK, None, None, BAD, "deployment-failed", "Deployed, but the rollback failed"),
    (OK, None, None, STOP, "deployment-failed", "Deployed, but the rollback was cancelled"),
    (BAD, None, None, None, "deployment-failed", "The deployment failed"),
    (BAD, SKIP, None, SKIP, "deployment-failed", "The deployment failed and no rollback ran"),
    (BAD, None, None, BAD, "deployment-failed", "The deployment failed and the rollback failed"),
    (STOP, None, None, None, "deployment-failed", "The deployment was cancelled"),
    (STOP, OK, OK, None, "deployment-failed", "The deployment was cancelled"),
    (OK, BAD, None, OK, "rolled-back", "Rolled back: monitoring failed"),
    (OK, OK, None, OK, "rolled-back", "Rolled back"),
    (BAD, None, None, OK, "rolled-back", "Rolled back: the deployment failed"),
    (STOP, None, None, OK, "rolled-back", "Rolled back: the deployment was cancelled"),
    (BAD, BAD, None, OK, "rolled-back", "Rolled back: the deployment failed and monitoring failed"),
    (SKIP, None, None, OK, "rolled-back", "Rolled back"),
    (SKIP, None, None, None, "not-deployed", "Not deployed: the deployment did not run"),
    (SKIP, SKIP, SKIP, SKIP, "not-deployed", "Not deployed: the deployment did not run"),
    (SKIP, BAD, None, BAD, "not-deployed", "Not deployed: the deployment did not run"),
]


@pytest.mark.parametrize(("deployment", "monitoring", "suite", "rollback", "label", "line"), ROWS)
def test_results_have_a_label_and_a_sentence(
    deployment: Result,
    monitoring: Result | None,
    suite: Result | None,
    rollback: Result | None,
    label: str,
    line: str,
) -> None:
    results = Results(deployment=deployment, monitoring=monitoring, suite=suite, rollback=rollback)
    assert (label_of(results), sentence(results)) == (label, line)


def test_only_a_deployment_without_failures_is_deployed_and_every_result_has_a_sentence() -> None:
    maybe = (None, *Result)
    for deployment, monitoring, suite, rollback in itertools.product(Result, maybe, maybe, maybe):
        results = Results(deployment=deployment, monitoring=monitoring, suite=suite, rollback=rollback)
        deployed = label_of(results) is Label.DEPLOYED
        assert deployed == (
            deployment is OK and BAD not in {monitoring, suite, rollback} and rollback not in {OK, STOP}
        )
        assert sentence(results).startswith(
            {
                Label.DEPLOYED: "Deployed",
                Label.FAILED: ("Deployed, but ", "The deployment "),
                Label.ROLLED_BACK: "Rolled back",
                Label.NOT_DEPLOYED: "Not deployed",
            }[label_of(results)]
        )


@pytest.mark.parametrize(
    ("before", "label", "after"),
    [
        ((), "deployed", ("deployed",)),
        (("approved",), "deployed", ("approved", "deployed")),
        (("approved", "deployed"), "deployed", ("approved", "deployed")),
        (("Deployed", "x"), "deployed", ("Deployed", "x")),
        (("deployed", "x"), "rolled-back", ("x", "rolled-back")),
        (("Deployment-Failed", "rolled-back", "x"), "deployed", ("x", "deployed")),
        (("not-deployed", "x"), "deployed", ("x", "deployed")),
        (("not-deployed", "x"), "deployment-failed", ("x", "deployment-failed")),
        (("x",), "not-deployed", ("x", "not-deployed")),
        (("not-deployed",), "not-deployed", ("not-deployed",)),
        (("deployed", "x"), "not-deployed", ("deployed", "x")),
        (("Rolled-Back",), "not-deployed", ("Rolled-Back",)),
        (("deployment-failed", "not-deployed"), "not-deployed", ("deployment-failed", "not-deployed")),
    ],
)
def test_a_result_replaces_an_earlier_one_unless_nothing_was_deployed(
    before: tuple[str, ...], label: str, after: tuple[str, ...]
) -> None:
    assert relabelled(before, Label(label)) == after


def test_a_label_is_added_once_whatever_its_case() -> None:
    assert added(("a",), "cancelled") == ("a", "cancelled")
    assert added(("Cancelled",), "cancelled") == ("Cancelled",)


def test_the_last_unrelated_label_of_a_hundred_makes_room() -> None:
    others = tuple(f"label-{number}" for number in range(98))
    assert added((*others, "mine", "Approved"), "deployed") == (*others, "Approved", "deployed")
    assert added((*others, "approved"), "deployed") == (*others, "approved", "deployed")


# The record ------------------------------------------------------------------------------

RUN = Run(
    id=4242, attempt=2, url="https://x/actions/runs/4242/attempts/2", repository="acme/shop", repository_id=7
)
AT = datetime(2026, 3, 2, 14, 31, 7, tzinfo=UTC)


def recorded(results: Results, follow_up: FollowUpIssue | None = None) -> dict[str, Any]:
    return result_document(
        results, RUN, gate="1.0.0", at=AT, issue=42, decision="sha256:1", follow_up=follow_up
    )


def test_a_record_says_how_each_part_ended() -> None:
    record = recorded(
        Results(deployment=OK, monitoring=BAD, suite=SKIP, rollback=STOP, release_url="https://r")
    )
    assert record.pop("digest") == digest(record)
    assert record == {
        "schema": "approval-gate/result/v1",
        "gate": "1.0.0",
        "result": "deployment-failed",
        "at": "2026-03-02T14:31:07Z",
        "parts": {
            "deployment": "success",
            "monitoring": "failure",
            "suite": "skipped",
            "rollback": "cancelled",
        },
        "release_url": "https://r",
        "rollback_url": None,
        "rolled_back_to": None,
        "run": {"id": 4242, "attempt": 2, "url": RUN.url},
        "repository": {"id": 7, "name": "acme/shop"},
        "issue": 42,
        "decision_digest": "sha256:1",
        "follow_up": None,
    }


@pytest.mark.parametrize(("rollback", "version"), [(OK, "v1"), (BAD, None), (SKIP, None), (None, None)])
def test_only_a_successful_rollback_went_back_to_a_version(
    rollback: Result | None, version: str | None
) -> None:
    record = recorded(Results(deployment=BAD, rollback=rollback, rolled_back_to="v1"))
    assert record["rolled_back_to"] == version


def test_a_record_names_the_follow_up_and_when_it_is_due() -> None:
    marker = FollowUpMarker(run_id=4242, run_attempt=1, nonce="0" * 32, hours=48)
    issue = FollowUpIssue(
        id=1, number=43, url="https://x/43", title="x", owners=(), opened_at=AT, marker=marker
    )
    assert recorded(Results(deployment=OK), issue)["follow_up"] == {
        "number": 43,
        "url": "https://x/43",
        "due_at": "2026-03-04T14:31:07Z",
    }
