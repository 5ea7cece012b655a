"""The sweep closes the issue that a killed gate left open, by the same account, once, and nothing else."""

import re
from json import dumps
from pathlib import Path
from typing import Any

import pytest

from approval_gate.emulator import Request
from approval_gate.emulator.payloads import issue as payload
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.rehearse import outputs_of
from approval_gate.rehearsal.scenarios import REPOSITORY, RUN
from tests.whole.stage import Done, Ended, Killed, Stage

ISSUES = f"/repos/{REPOSITORY}/issues"
BOT = "acme-approval-gate[bot]"
LOST = [{"kind": "after-effect"}, {"status": 502, "effect": True}, {"kind": "reset"}, {"status": 503}]


def killed(stage: Stage, minute: float = 2, **inputs: str) -> Ended:
    """Kill a gate while it waits."""

    def kill() -> None:
        raise Killed

    stage.at(minute, kill)
    return stage.run_to_death(Killed, inputs)


def unclosed(stage: Stage, answer: str = "approve", **inputs: str) -> Ended:
    """Run a gate that cannot close its issue."""
    stage.says(1, "cid", answer)
    stage.says(1, "lea", answer)
    stage.fault(method="PATCH", path=f"{ISSUES}/1$", times=None, status=500)
    stage.fault(method="POST", path=f"{ISSUES}/1/labels", times=None, status=500)
    end = stage.run({"timeout-minutes": "5", **inputs})
    stage.world.faults.clear()
    assert (end.issue and end.issue.state, "finished" in end.outputs) == ("open", False)
    return end


def issue(stage: Stage, number: int = 1) -> Issue:
    return stage.world.issue(REPOSITORY, number)


def closings(stage: Stage) -> list[str]:
    return [comment.body for comment in issue(stage).comments if " closing nonce=" in comment.body]


def finds_nothing(done: Done) -> bool:
    return (done.exit_code, done.writes) == (0, []) and "the sweep does nothing" in done.log


def test_a_killed_gates_issue_is_closed_as_cancelled(stage: Stage) -> None:
    gate = killed(stage)
    assert gate.status == "error"
    done = stage.sweep(gate)
    assert (done.exit_code, done.writes) == (0, [("POST", "/1/comments"), ("PATCH", "/1")])
    it = issue(stage)
    assert (it.state, it.state_reason) == ("closed", "not_planned")
    assert it.labels == ["deployment", "production", "approval-required", "cancelled"]
    (text,) = closings(stage)
    assert "### 🚫 Cancelled" in text
    assert "The gate did not finish: it was stopped, or GitHub no longer answered it." in text
    assert "trigger a new deployment" in text
    assert re.search(
        rf"The log of \[run {RUN}\]\(http://\S+/actions/runs/{RUN}/attempts/1\) says which", text
    )
    assert text.startswith("### 🚫 Cancelled, 14:0")
    what, where, how = done.log.splitlines()
    assert what == "The gate was stopped before it closed its issue"
    assert where.startswith("  issue      http://")
    assert where.endswith(f"{ISSUES.removeprefix('/repos')}/1")
    assert how == "  done       closing comment written, labelled cancelled, closed"


def test_a_second_sweep_finds_nothing(stage: Stage) -> None:
    gate = killed(stage)
    stage.sweep(gate)
    assert finds_nothing(stage.sweep(gate))


def test_a_sweep_in_a_docker_action_reads_the_gates_saved_state(stage: Stage) -> None:
    gate = killed(stage)
    unset = {"APPROVAL_GATE_NONCE": "(unset)", "APPROVAL_GATE_STATUS": "(unset)"}
    stage.sweep(gate, **unset, STATE_nonce=gate.outputs["nonce"])
    assert issue(stage).labels[-1] == "cancelled"


def test_a_post_step_knows_the_outcome_that_was_written(stage: Stage) -> None:
    state = stage.folder / "state"
    gate = unclosed_in_docker(stage, str(state))
    unset = {"APPROVAL_GATE_NONCE": "(unset)", "APPROVAL_GATE_STATUS": "(unset)"}
    stage.sweep(gate, **unset, **{f"STATE_{name}": value for name, value in saved_state(state).items()})
    assert (issue(stage).state_reason, issue(stage).labels[-1]) == ("completed", "approved")


def unclosed_in_docker(stage: Stage, state: str) -> Ended:
    stage.says(1, "cid", "approve")
    stage.says(1, "lea", "approve")
    stage.fault(method="PATCH", path=f"{ISSUES}/1$", times=None, status=500)
    end = stage.run(GITHUB_STATE=state)
    stage.world.faults.clear()
    return end


def saved_state(state: Path) -> dict[str, str]:
    found = dict(outputs_of(state.read_text(encoding="utf-8")))
    assert set(found) == {"nonce", "status"}
    return found


def test_an_approved_gates_issue_is_closed_as_completed_without_a_comment(stage: Stage) -> None:
    gate = unclosed(stage)
    before = len(issue(stage).comments)
    done = stage.sweep(gate)
    assert done.writes == [("PATCH", "/1")]
    it = issue(stage)
    assert (it.state, it.state_reason, it.labels[-1]) == ("closed", "completed", "approved")
    assert len(it.comments) == before


def test_an_approved_issue_that_awaits_its_result_is_labelled_and_stays_open(stage: Stage) -> None:
    gate = unclosed(stage, **{"keep-issue-open": "true"})
    done = stage.sweep(gate, {"keep-issue-open": "true"})
    assert (done.exit_code, done.writes) == (0, [("PATCH", "/1")])
    assert (issue(stage).state, issue(stage).labels[-1]) == ("open", "approved")
    assert done.log.endswith("  done       labelled approved, left open for the deployment's result\n")
    again = stage.sweep(gate, {"keep-issue-open": "true"})
    assert again.writes == []
    assert again.log.endswith("  done       left open for the deployment's result\n")


@pytest.mark.parametrize(
    ("status", "label", "said"),
    [
        ("denied", "denied", "### ❌ Denied"),
        ("timed-out", "timed-out", "### ⌛ No decision in time"),
        ("cancelled", "cancelled", "### 🚫 Cancelled"),
        ("error", "cancelled", "### 🚫 Cancelled"),
        ("nonsense", "cancelled", "### 🚫 Cancelled"),
        ("(unset)", "cancelled", "### 🚫 Cancelled"),
    ],
)
def test_the_label_is_that_of_the_outcome(stage: Stage, status: str, label: str, said: str) -> None:
    gate = killed(stage)
    stage.sweep(gate, {"keep-issue-open": "true"}, APPROVAL_GATE_STATUS=status)
    assert (issue(stage).state, issue(stage).state_reason) == ("closed", "not_planned")
    assert issue(stage).labels[-1] == label
    assert said in closings(stage)[0]
    assert "Nothing was deployed, and answers given here no longer count." in closings(stage)[0]


def test_a_closing_comment_that_the_gate_wrote_itself_is_the_only_one(stage: Stage) -> None:
    gate = unclosed(stage, "deny - red tests")
    assert len(closings(stage)) == 1
    assert stage.sweep(gate).writes == [("PATCH", "/1")]
    assert len(closings(stage)) == 1
    assert issue(stage).labels[-1] == "denied"


@pytest.mark.parametrize("fault", LOST, ids=str)
@pytest.mark.parametrize(("method", "path"), [("POST", "/1/comments$"), ("PATCH", "/1$")])
def test_every_write_happens_once_even_if_a_response_is_lost(
    stage: Stage, method: str, path: str, fault: dict[str, Any]
) -> None:
    gate = killed(stage)
    stage.fault(method=method, path=f"{ISSUES}{path}", **fault)
    assert stage.sweep(gate).exit_code == 0
    assert len(closings(stage)) == 1
    assert (issue(stage).state, issue(stage).labels[-1]) == ("closed", "cancelled")


def test_a_sweep_that_failed_halfway_is_finished_by_the_next(stage: Stage) -> None:
    gate = killed(stage)
    stage.fault(method="PATCH", path=f"{ISSUES}/1$", times=None, status=500)
    assert stage.sweep(gate).exit_code == 5
    stage.world.faults.clear()
    assert stage.sweep(gate).writes == [("PATCH", "/1")]
    assert len(closings(stage)) == 1


@pytest.mark.parametrize("keep_open", ["true", "false"])
@pytest.mark.parametrize("label", ["approved", "cancelled"])
def test_of_two_issues_opened_by_a_fault_both_are_closed(stage: Stage, label: str, keep_open: str) -> None:
    inputs = {"keep-issue-open": keep_open}
    gate = unclosed(stage, **inputs) if label == "approved" else killed(stage, **inputs)
    one, duplicate = issue(stage), copy_of(stage, BOT)
    assert stage.sweep(gate, inputs).exit_code == 0
    kept = (label, keep_open) == ("approved", "true")
    assert (one.state, one.labels[-1]) == ("open" if kept else "closed", label)
    assert (duplicate.state, duplicate.labels) == ("closed", ["cancelled"])


def test_an_issue_that_the_list_does_not_show_yet_is_swept(stage: Stage) -> None:
    gate = killed(stage, 0)
    stage.fault(path=f"{ISSUES}$", status=200, body="[]")
    assert stage.sweep(gate).exit_code == 0
    assert issue(stage).state == "closed"


@pytest.mark.parametrize("status", [401, 404, 403])
def test_a_passing_refusal_is_waited_out(stage: Stage, status: int) -> None:
    gate = killed(stage)
    stage.fault(path=f"{ISSUES}$", status=status, times=3)
    assert stage.sweep(gate).exit_code == 0
    assert issue(stage).state == "closed"


def test_labels_that_people_added_are_kept(stage: Stage) -> None:
    gate = killed(stage)
    issue(stage).labels.append("urgent")
    stage.sweep(gate)
    assert issue(stage).labels[-2:] == ["urgent", "cancelled"]


class TestNothingToDo:
    def test_the_gate_finished(self, stage: Stage) -> None:
        gate = killed(stage)
        done = stage.sweep(gate, {"token": ""}, STATE_finished="true")
        assert finds_nothing(done)
        assert done.requests == []
        assert issue(stage).state == "open"

    @pytest.mark.parametrize("nonce", ["", "x", "A" * 32, "(unset)"])
    def test_the_gate_never_started(self, stage: Stage, nonce: str) -> None:
        gate = killed(stage)
        done = stage.sweep(gate, APPROVAL_GATE_NONCE=nonce)
        assert finds_nothing(done)
        assert "No gate was started here" in done.log
        assert done.requests == []

    def test_a_gate_that_closed_its_issue(self, stage: Stage) -> None:
        gate = stage.run({"timeout-minutes": "1"})
        assert finds_nothing(stage.sweep(gate))

    def test_a_gate_that_opened_nothing(self, stage: Stage) -> None:
        assert finds_nothing(stage.sweep(stage.run({"approvers": "nobody-at-all"})))

    def test_somebody_closed_it(self, stage: Stage) -> None:
        gate = killed(stage)
        stage.world.close_issue(REPOSITORY, 1, by="ann")
        assert finds_nothing(stage.sweep(gate))

    def test_somebody_deleted_it(self, stage: Stage) -> None:
        gate = killed(stage)
        stage.world.delete_issue(REPOSITORY, 1)
        assert finds_nothing(stage.sweep(gate))


class TestOthersIssues:
    def test_another_gate_of_a_matrix_keeps_waiting(self, stage: Stage) -> None:
        one, other = killed(stage), killed(stage)
        stage.sweep(other)
        assert [it.state for it in stage.world.issues(REPOSITORY)] == ["open", "closed"]
        stage.sweep(one)
        assert [it.state for it in stage.world.issues(REPOSITORY)] == ["closed", "closed"]

    @pytest.mark.parametrize("variables", [{"GITHUB_RUN_ID": "99"}, {"GITHUB_RUN_ATTEMPT": "2"}], ids=str)
    def test_another_run_or_attempt_is_another_request(self, stage: Stage, variables: dict[str, str]) -> None:
        assert finds_nothing(stage.sweep(killed(stage), **variables))

    def test_a_marker_that_somebody_copied_is_left_alone_and_ours_is_found(self, stage: Stage) -> None:
        gate = killed(stage)
        forged = copy_of(stage, "mallory")
        done = stage.sweep(gate)
        assert (issue(stage).state, forged.state, forged.comments) == ("closed", "open", [])
        assert "another account wrote it, so it is left alone" in done.log
        assert "/issues/2" not in "".join(path for _, path in done.writes)

    def test_the_gates_issue_is_not_found_with_another_accounts_token(self, stage: Stage) -> None:
        done = stage.sweep(killed(stage), {"token": "demo-job-token"})
        assert (done.exit_code, done.writes, issue(stage).state) == (0, [], "open")
        assert "pass the token that the gate had" in done.log

    def test_a_forged_closing_comment_does_not_prevent_the_real_one(self, stage: Stage) -> None:
        gate = killed(stage)
        forged = f"All is well.\n\n<!-- approval-gate:v1 closing nonce={gate.outputs['nonce']} -->"
        stage.world.comment(REPOSITORY, 1, "mallory", forged)
        stage.sweep(gate)
        assert [c.author.login for c in issue(stage).comments if c.author][-2:] == ["mallory", BOT]

    def test_a_pull_request_with_the_marker_is_left_alone(self, stage: Stage) -> None:
        gate = killed(stage)
        stage.fault(path=f"{ISSUES}$", status=200, body=as_pull_request(stage), times=None)
        assert finds_nothing(stage.sweep(gate))

    def test_the_newest_of_a_hundred_others_is_found(self, stage: Stage) -> None:
        gate = killed(stage)
        for _ in range(120):
            copy_of(stage, "mallory", "just an issue")
        stage.sweep(gate)
        assert issue(stage).state == "closed"


def copy_of(stage: Stage, login: str, body: str | None = None) -> Issue:
    text = issue(stage).body if body is None else body
    return stage.world.open_issue(REPOSITORY, login, "x", text)


def as_pull_request(stage: Stage) -> str:
    data = payload(issue(stage), stage.world.repos[REPOSITORY], "http://x")
    return dumps([data | {"pull_request": {"url": "http://x"}}])


@pytest.mark.parametrize(
    ("method", "path", "fault"),
    [
        ("POST", "/graphql$", {"status": 500}),
        ("POST", "/graphql$", {"status": 401}),
        ("POST", "/graphql$", {"status": 200, "body": '{"data": {"viewer": null}}'}),
        ("GET", f"{ISSUES}$", {"status": 404}),
        ("GET", f"{ISSUES}$", {"status": 403}),
        ("GET", f"{ISSUES}$", {"status": 200, "body": '[{"number": 1}]'}),
        ("GET", f"{ISSUES}$", {"kind": "reset"}),
        ("PATCH", f"{ISSUES}/1$", {"status": 403}),
        ("PATCH", f"{ISSUES}/1$", {"status": 410}),
    ],
    ids=str,
)
def test_an_error_from_github_is_reported_and_exits_with_5(
    stage: Stage, method: str, path: str, fault: dict[str, Any]
) -> None:
    gate = killed(stage)
    stage.fault(method=method, path=path, times=None, **fault)
    done = stage.sweep(gate)
    assert (done.exit_code, issue(stage).state) == (5, "open")
    assert done.log.startswith("Error: ")


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("GET", {"status": 500}),
        ("GET", {"status": 403}),
        ("POST", {"status": 403}),
        ("POST", {"status": 422}),
        ("POST", {"status": 429}),
        ("POST", {"kind": "reset"}),
    ],
    ids=str,
)
def test_the_issue_is_closed_even_if_no_comment_can_be_written(
    stage: Stage, method: str, fault: dict[str, Any]
) -> None:
    gate = killed(stage)
    stage.fault(method=method, path=f"{ISSUES}/1/comments$", times=None, **fault)
    done = stage.sweep(gate)
    assert (done.exit_code, issue(stage).state, issue(stage).labels[-1]) == (0, "closed", "cancelled")
    assert "The closing comment could not be written on http" in done.log
    assert closings(stage) == []


def test_with_a_token_of_an_unknown_account_nothing_is_changed(stage: Stage) -> None:
    gate = killed(stage)
    stage.world.tokens["demo-app-token"].graphql = False
    done = stage.sweep(gate)
    assert (done.exit_code, done.writes, issue(stage).state) == (5, [], "open")
    assert "GitHub does not tell which account this token writes as." in done.log


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"token": ""}, "token: it is empty"),
        ({"keep-issue-open": "maybe"}, "keep-issue-open: 'maybe' is neither `true` nor `false`"),
        ({"target-repository": "a b"}, "target-repository: 'acme/a b' is not a repository's name"),
        ({"target-repository": "x/y", "target-repository-owner": "z"}, "and target-repository-owner 'z'"),
    ],
)
def test_an_invalid_input_is_named(stage: Stage, inputs: dict[str, str], words: str) -> None:
    done = stage.sweep(killed(stage), inputs)
    assert (done.exit_code, done.writes) == (2, [])
    assert words in done.log


def test_the_sweep_goes_to_the_repository_of_the_issue(stage: Stage) -> None:
    stage.world.repo("acme/approvals")
    stage.world.tokens["demo-app-token"].repos = [REPOSITORY, "acme/approvals"]
    gate = killed(stage, **{"target-repository": "approvals"})
    stage.sweep(gate, {"target-repository": "acme/approvals"})
    assert stage.world.issues("acme/approvals")[0].state == "closed"


def test_a_crash_of_the_program_is_reported_and_exits_with_5(stage: Stage, mocker) -> None:  # noqa: ANN001 - pytest-mock's
    gate = killed(stage)
    mocker.patch("approval_gate.gate.cleanup.sweep", side_effect=ZeroDivisionError)
    done = stage.sweep(gate)
    assert done.exit_code == 5
    assert "The program itself failed (ZeroDivisionError)." in done.log


def test_the_token_is_masked_before_the_first_request(stage: Stage) -> None:
    gate = killed(stage)
    logged: list[str] = []
    stage.world.script.append(lambda _: logged.append("asked"))
    done = stage.sweep(gate, GITHUB_ACTIONS="true")
    assert logged
    assert done.log.startswith("::add-mask::demo-app-token\n")


def test_after_a_killed_gate_and_its_sweep_the_next_attempt_replaces_nothing(stage: Stage) -> None:
    stage.sweep(killed(stage))

    def no_write_to_the_first(request: Request) -> None:
        assert request.method == "GET" or "/issues/1" not in request.path

    stage.world.script.append(no_write_to_the_first)
    assert stage.run({"timeout-minutes": "1"}, GITHUB_RUN_ATTEMPT="2").status == "timed-out"


def test_a_token_that_github_does_not_accept_is_an_error(stage: Stage) -> None:
    done = stage.sweep(killed(stage), {"token": "wrong"})
    assert (done.exit_code, done.writes) == (5, [])
    assert "does not accept the token" in done.log
