"""Every ending has a record, with as much of the request as could be read, and it can be derived again."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from approval_gate.core.record.canonical import canonical, digest
from approval_gate.core.record.comments import CONTINUED, joined
from tests.whole.stage import REPOSITORY, Ended, Stage

RUN_FACTS = {
    "run": {"id": 4242, "attempt": 1},
    "ref": "refs/tags/v1.2.3",
    "commit": "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678",
}


def known(end: Ended) -> dict[str, Any]:
    """Return what the record says about the request, without the run's address."""
    request: dict[str, Any] = end.record["request"]
    request["run"].pop("url")
    return {**{key: request[key] for key in RUN_FACTS}, **request}


@pytest.mark.parametrize(
    ("inputs", "code", "there"),
    [
        ({"minimum-approvals": "0"}, "input", {"version": "v1.2.3", "environment": "production"}),
        (
            {"version": "v1.2.3", "environment": "staging", "timeout-minutes": "soon"},
            "input",
            {"version": "v1.2.3", "environment": "staging"},
        ),
        (
            {"approvers": "acme/no-team"},
            "roster",
            {"repository": {"id": 1002, "name": REPOSITORY}, "details": {}, "type": "standard"},
        ),
    ],
)
def test_an_error_before_anybody_is_asked_leaves_what_was_read(
    stage: Stage, inputs: Mapping[str, str], code: str, there: Mapping[str, Any]
) -> None:
    end = stage.run(inputs)
    assert (end.status, end.code, end.replayed()) == ("error", code, "error")
    found = known(end)
    assert {key: found[key] for key in (*RUN_FACTS, *there)} == {**RUN_FACTS, **there}
    assert end.record["decision"] is None
    assert end.record["inputs"]["error"]["reason"] == end.record["reason"]


def test_an_error_under_a_policy_names_the_policy(stage: Stage) -> None:
    stage.world.repos[REPOSITORY].files[".github/policy.yml"] = (
        "version: 1\n"
        "roles:\n"
        "  lead: {members: [acme/no-team]}\n"
        "deployments:\n"
        "  standard: {minimum-approvals: 1, timeout-minutes: 30, approvers: [lead]}\n"
    )
    empty = {"policy-file": ".github/policy.yml", "approvers": "", "minimum-approvals": ""}
    end = stage.run({**empty, "timeout-minutes": ""})
    assert (end.status, end.code) == ("error", "roster")
    assert end.record["policy"]["path"] == ".github/policy.yml"
    assert end.record["policy"]["commit"] == stage.world.repos[REPOSITORY].branches["main"]


def test_a_mistyped_option_leaves_a_record_of_the_run(stage: Stage) -> None:
    end = stage.run_on(stage.github(), {}, ["--minimum-aprovals", "2"])
    assert (end.status, end.code) == ("error", "input")
    assert {key: known(end)[key] for key in RUN_FACTS} == RUN_FACTS


def test_a_malformed_variable_of_the_runner_is_null_and_the_others_are_there(stage: Stage) -> None:
    end = stage.run(GITHUB_RUN_ID="first", GITHUB_RETENTION_DAYS="-1", GITHUB_WORKFLOW_REF="(unset)")
    request = end.record["request"]
    assert end.code == "input"
    assert (request["run"], request["logs_kept_days"], request["workflow"]["ref"]) == (None, None, None)
    assert request["commit"] == RUN_FACTS["commit"]


def test_an_issue_that_cannot_be_opened_leaves_the_rule_and_the_roster(stage: Stage) -> None:
    stage.fault(method="POST", path=f"/repos/{REPOSITORY}/issues$", times=None, status=403)
    end = stage.run()
    assert end.code == "permission"
    assert end.record["inputs"]["rule"]["minimum"] == 2
    assert len(end.record["inputs"]["roster"]) == 7
    assert (end.record["inputs"]["thread"], end.record["decision"], end.record["issue"]) == (None, None, None)


def test_a_stop_has_the_signal_and_the_seconds(stage: Stage) -> None:
    stage.stops(3)
    end = stage.run()
    assert end.record["inputs"]["stopped"] == {"signal": "", "elapsed_seconds": 180}
    assert end.replayed() == "cancelled"


def test_a_record_too_long_for_the_closing_comment_goes_on_in_further_ones_once_each(stage: Stage) -> None:
    people = [f"stranger-{number}" for number in range(60)]
    for number, login in enumerate(people):
        stage.world.user(login)
        stage.says(1 + number / 100, login, f"deny - {'x' * 240}{number}")
    stage.says(5, "cid", "approve")
    stage.says(5, "lea", "approve")
    end = stage.run()
    assert end.issue is not None
    own = [it.body for it in end.issue.comments if it.author is end.issue.author]
    record = [body for body in own if " closing nonce=" in body or f" {CONTINUED}" in body]
    assert len(record) > 1
    assert max(map(len, record)) <= 65_536
    shown = json.loads(joined(record))
    assert shown == end.record
    assert digest(shown) == end.record["digest"]
    assert (end.status, end.replayed()) == ("approved", "approved")
    names = [f" {CONTINUED}{number} nonce=" for number in range(2, len(record) + 1)]
    assert [sum(name in body for body in own) for name in names] == [1] * len(names)


def test_a_part_of_a_record_whose_answer_is_lost_is_not_written_twice(stage: Stage) -> None:
    for number in range(60):
        stage.world.user(f"stranger-{number}")
        stage.says(1 + number / 100, f"stranger-{number}", f"deny - {'x' * 240}{number}")
    stage.says(5, "cid", "deny - red tests")
    comments = f"/repos/{REPOSITORY}/issues/1/comments$"
    for first in (2, 3):
        stage.fault(method="POST", path=comments, first=first, status=502, effect=True)
    end = stage.run()
    assert end.issue is not None
    own = [it.body for it in end.issue.comments if it.author is end.issue.author]
    for name in (" closing nonce=", f" {CONTINUED}2 nonce="):
        assert sum(name in body for body in own) == 1
    assert json.loads(joined(body for body in own if "```json" in body)) == end.record


def test_output_and_file_have_the_same_bytes_and_the_comment_the_same_value(stage: Stage) -> None:
    stage.says(1, "cid", "approve - größer 好 \u202etxt\u202c \ud800 \x7f")
    stage.says(1, "lea", "approve")
    end = stage.run()
    with open(end.outputs["record-path"], encoding="utf-8") as file:  # noqa: PTH123 - a path as a job has it
        assert file.read() == end.outputs["decision"] == canonical(end.record)
    assert json.loads(joined([end.closing()])) == json.loads(joined([end.summary])) == end.record
