"""On a locked issue no app can comment or react; the gate still decides, labels and closes it."""

import pytest

from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.whole.stage import Killed, Stage

NO_APP = "The conversation is locked, and GitHub lets no app write there."


@pytest.fixture(params=[True, False], ids=["edits pass", "edits are refused"])
def edits(request: pytest.FixtureRequest, stage: Stage) -> bool:
    """Whether GitHub lets an app change a locked issue, which is not documented."""
    stage.world.locked_edits = request.param
    return bool(request.param)


def issue(stage: Stage) -> Issue:
    return stage.world.issue(REPOSITORY, 1)


def lock(stage: Stage) -> None:
    issue(stage).locked = True


def opens_in_public(stage: Stage) -> None:
    stage.world.repos[REPOSITORY].private = False


@pytest.mark.parametrize("minutes", [0.01, 3, 5.99], ids=str)
def test_a_locked_issue_is_decided_labelled_and_closed_and_the_log_lists_the_unwritten_comments(
    stage: Stage, minutes: float, *, edits: bool
) -> None:
    opens_in_public(stage)
    stage.at(minutes, lambda: lock(stage))
    stage.says(1 if minutes < 1 else 0.5, "cid", "approve")
    stage.says(6, "lea", "approve")
    end = stage.run()
    assert (end.status, end.code, end.outputs["approvers"]) == ("approved", "quorum", "cid,lea")
    assert (issue(stage).state == "closed", "approved" in issue(stage).labels) == (edits, edits)
    assert f"The gate could not write the closing comment: {NO_APP}" in end.log
    assert ("The gate could not close the issue" in end.log) is not edits
    assert "Traceback" not in end.log


def test_a_denial_on_a_locked_issue_counts(stage: Stage, *, edits: bool) -> None:
    stage.at(1, lambda: lock(stage))
    stage.says(2, "cid", "deny - red tests")
    end = stage.run()
    assert (end.status, end.outputs["denied-by"], issue(stage).state) == (
        "denied",
        "cid",
        "closed" if edits else "open",
    )


@pytest.mark.parametrize("inputs", [{}, {"require-write-access": "true"}], ids=str)
def test_the_gate_never_locks_the_issue(stage: Stage, inputs: dict[str, str]) -> None:
    opens_in_public(stage)
    stage.says(1, "cid", "approve")
    stage.says(2, "lea", "approve")
    end = stage.run(inputs)
    assert end.status == "approved"
    assert not issue(stage).locked
    assert end.sent("PUT") == []
    assert end.reactions("cid") == [["+1"]]


def test_a_killed_gates_locked_issue_is_swept(stage: Stage, *, edits: bool) -> None:
    def kill() -> None:
        raise Killed

    stage.at(2, kill)
    gate = stage.run_to_death(Killed)
    lock(stage)
    done = stage.sweep(gate)
    assert "The closing comment could not be written on http://127.0.0.1" in done.log
    assert NO_APP in done.log
    told = (done.exit_code, issue(stage).state, issue(stage).labels[-1])
    assert told == ((0, "closed", "cancelled") if edits else (5, "open", "approval-required"))


def test_a_result_labels_and_closes_a_locked_issue(stage: Stage, *, edits: bool) -> None:
    stage.says(1, "cid", "approve")
    stage.says(1, "lea", "approve")
    assert stage.run({"keep-issue-open": "true"}).status == "approved"
    lock(stage)
    done = stage.report("success")
    assert "The result could not be written on http://127.0.0.1" in done.log
    assert NO_APP in done.log
    told = (done.exit_code, issue(stage).state, issue(stage).labels[-1])
    assert told == ((0, "closed", "deployed") if edits else (5, "open", "approved"))
