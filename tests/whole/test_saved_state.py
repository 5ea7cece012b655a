"""What `wait` saves for later steps: how to find its issue, and whether they need to."""

import re

import pytest

from approval_gate.emulator import Request
from approval_gate.rehearsal.rehearse import outputs_of
from approval_gate.rehearsal.scenarios import REPOSITORY
from approval_gate.runner.outputs import OUTPUTS
from tests.whole.stage import Ended, Stage

NONCE = "0123456789abcdef" * 2
ISSUE = f"/repos/{REPOSITORY}/issues/1$"


def marker_nonce(end: Ended) -> str:
    assert end.issue is not None
    found = re.search(
        r"\n\n<!-- approval-gate:v1 run=4242 attempt=1 nonce=([0-9a-f]{32}) -->\n$", end.issue.body
    )
    assert found
    return found[1]


def test_the_marker_has_the_nonce_that_the_action_chose(stage: Stage) -> None:
    end = stage.run({"timeout-minutes": "1"}, APPROVAL_GATE_NONCE=NONCE)
    assert (marker_nonce(end), end.outputs["nonce"]) == (NONCE, NONCE)


@pytest.mark.parametrize("nonce", ["", "x", NONCE.upper(), NONCE + "0", f"{NONCE}\n", "(unset)"], ids=repr)
def test_an_invalid_nonce_is_replaced(stage: Stage, nonce: str) -> None:
    end = stage.run({"timeout-minutes": "1"}, APPROVAL_GATE_NONCE=nonce)
    assert marker_nonce(end) == end.outputs["nonce"] != NONCE


def test_the_nonce_is_written_before_the_first_request(stage: Stage) -> None:
    seen: list[str] = []

    def note(_: Request) -> None:
        if not seen:
            seen.append(outputs_of((stage.folder / "1" / "output").read_text(encoding="utf-8"))["nonce"])

    stage.world.script.append(note)
    assert seen == [stage.run({"timeout-minutes": "1"}).outputs["nonce"]]


def test_a_docker_actions_post_step_gets_the_saved_state_and_the_outcome(stage: Stage) -> None:
    state = stage.folder / "state"
    stage.run({"timeout-minutes": "1"}, GITHUB_STATE=str(state), APPROVAL_GATE_NONCE=NONCE)
    assert outputs_of(state.read_text(encoding="utf-8")) == {
        "nonce": NONCE,
        "status": "timed-out",
        "finished": "true",
    }


def test_internal_outputs_are_not_in_the_contract() -> None:
    assert not {"nonce", "finished"} & set(OUTPUTS)


def ends_by_itself(stage: Stage) -> Ended:
    return stage.run({"timeout-minutes": "1"})


def is_stopped(stage: Stage) -> Ended:
    stage.stops(1)
    return stage.run()


def opens_no_issue(stage: Stage) -> Ended:
    return stage.run({"approvers": "nobody-at-all"})


def has_an_invalid_input(stage: Stage) -> Ended:
    return stage.run({"minimum-approvals": "two"})


def keeps_the_issue_open(stage: Stage) -> Ended:
    stage.says(1, "cid", "approve")
    stage.says(1, "lea", "approve")
    return stage.run({"keep-issue-open": "true"})


@pytest.mark.parametrize(
    "ends", [ends_by_itself, is_stopped, opens_no_issue, has_an_invalid_input, keeps_the_issue_open]
)
def test_a_gate_that_leaves_nothing_to_close_ends_marked_as_finished(stage: Stage, ends) -> None:  # noqa: ANN001 - a row
    end = ends(stage)
    assert list(end.outputs.items())[-1] == ("finished", "true")


def cannot_close(stage: Stage) -> Ended:
    stage.fault(method="PATCH", path=ISSUE, times=None, status=500)
    return stage.run({"timeout-minutes": "1"})


def cannot_label_what_stays_open(stage: Stage) -> Ended:
    stage.fault(method="POST", path=f"{ISSUE[:-1]}/labels", times=None, status=403)
    return keeps_the_issue_open(stage)


def does_not_know_whether_it_opened_the_issue(stage: Stage) -> Ended:
    stage.fault(method="POST", path=f"/repos/{REPOSITORY}/issues$", kind="after-effect")
    stage.fault(path=f"/repos/{REPOSITORY}/issues$", times=None, status=500)
    return stage.run()


@pytest.mark.parametrize(
    "ends", [cannot_close, cannot_label_what_stays_open, does_not_know_whether_it_opened_the_issue]
)
def test_a_gate_that_might_have_left_its_issue_open_is_not_marked_as_finished(stage: Stage, ends) -> None:  # noqa: ANN001 - a row
    end = ends(stage)
    assert end.issue is not None
    assert end.issue.state == "open"
    assert "finished" not in end.outputs
    assert end.outputs["nonce"] == marker_nonce(end)


def test_a_crash_before_the_closing_leaves_the_gate_unfinished(stage: Stage, mocker) -> None:  # noqa: ANN001 - pytest-mock's
    mocker.patch("approval_gate.github.issue.ApprovalIssue.close", side_effect=ZeroDivisionError)
    end = stage.run({"timeout-minutes": "1"})
    assert (end.exit_code, end.status) == (3, "timed-out")
    assert "finished" not in end.outputs
