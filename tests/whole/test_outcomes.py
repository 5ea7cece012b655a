"""Every way a request can end, from the step's inputs to the exit code."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from approval_gate.emulator import Request
from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.whole.stage import Stage


def test_two_approvers_approve(stage: Stage) -> None:
    stage.says(2, "cid", "approve - All checks passed")
    stage.says(9, "lea", "/approve")

    end = stage.run()

    assert (end.exit_code, end.status, end.code) == (0, "approved", "quorum")
    assert end.outputs["reason"] == f"Approved by cid and lea. {end.outputs['issue-url']}"
    assert end.outputs["approvers"] == "cid,lea"
    assert end.outputs["denied-by"] == ""
    assert end.outputs["run-attempt"] == "1"
    assert end.issue is not None
    assert end.issue.state == "closed"
    assert end.issue.labels == ["deployment", "production", "approval-required", "approved"]
    assert end.issue.title == "Production Deployment Approval: v1.2.3"
    assert "### ✅ Approved by @cid (devops-team) and @lea (platform-leads), 14:0" in end.closing()
    assert "### ✅ Approved by @cid (devops-team) and @lea (platform-leads), " in end.status_comment()
    assert end.reactions("cid") == [["+1"]]
    assert 'cid approves: "All checks passed"         1 of 2, needs 1 more from ann, bob or 4 ' in end.log
    assert "v1.2.3 is still a1b2c3d" in end.log
    assert end.replayed() == "approved"


def test_one_approval_by_a_person_in_approve_alone_is_enough(stage: Stage) -> None:
    stage.says(1, "ayo-anu", "LGTM!")
    end = stage.run({"approve-alone": "ayo-anu"})
    assert (end.exit_code, end.code) == (0, "approved-alone")
    assert end.reason == "Approved by ayo-anu, who can approve alone."


def test_one_denial_stops_a_request_that_two_people_approved(stage: Stage) -> None:
    stage.says(2, "cid", "approve")
    stage.says(3, "lea", "approve")
    stage.says(3, "bob", "deny - Database migration needs more testing")
    end = stage.run()
    assert (end.exit_code, end.status, end.code) == (1, "denied", "denied")
    assert end.outputs["denied-by"] == "bob"
    reason = '### ❌ Denied by @bob, 14:03 UTC, 3 minutes after the request\n"Database migration needs more'
    assert reason in end.closing()
    assert end.reactions("bob") == [["-1"]]


def test_a_denial_passes_the_step_where_it_must_not_fail_it(stage: Stage) -> None:
    stage.says(2, "bob", "deny: not today")
    end = stage.run({"fail-on-denial": "false"})
    assert (end.exit_code, end.status) == (0, "denied")


def test_a_denial_without_a_reason_holds_and_its_author_is_asked_for_one(stage: Stage) -> None:
    stage.says(1, "bob", "deny")
    stage.says(2, "cid", "approve")
    stage.says(3, "lea", "approve")
    end = stage.run()
    assert (end.exit_code, end.status, end.code) == (1, "denied", "denied-without-reason")
    assert stage.passed == pytest.approx(3600, abs=10)
    (notice,) = end.notices()
    assert notice.startswith("@bob, [your denial](")
    assert f"bob denies without a reason{' ' * 15}0 of 2, held until bob answers; bob is asked" in end.log


def test_a_bare_denial_is_final_where_no_reason_is_required(stage: Stage) -> None:
    stage.says(1, "bob", "deny")
    end = stage.run({"require-denial-reason": "false"})
    assert end.code == "denied"
    assert "No reason was given." in end.closing()


def test_a_revoked_denial_no_longer_stops_the_request(stage: Stage) -> None:
    stage.says(1, "bob", "deny")
    stage.says(2, "bob", "revoke")
    stage.says(3, "cid", "approve")
    stage.says(4, "lea", "approve")
    assert stage.run().status == "approved"


def test_one_approval_of_two_times_out(stage: Stage) -> None:
    stage.says(5, "cid", "approve")
    end = stage.run()
    assert (end.exit_code, end.status, end.code) == (3, "timed-out", "window-closed")
    silent = "ann, bob, lea, max, sue and ayo-anu"
    assert end.reason == f"The window closed with 1 of 2 approvals, from cid. Still to answer: {silent}."
    assert 3600 <= stage.passed < 3605
    assert "raise `timeout-minutes`" in end.closing()
    assert end.issue is not None
    assert end.issue.labels[-1] == "timed-out"


def test_a_timeout_passes_the_step_where_it_must_not_fail_it(stage: Stage) -> None:
    end = stage.run({"fail-on-timeout": "false", "timeout-minutes": "2.5"})
    assert (end.exit_code, end.status) == (0, "timed-out")
    assert stage.passed == pytest.approx(150, abs=5)


def test_an_approval_in_the_last_second_is_found_by_the_last_read(stage: Stage) -> None:
    stage.says(1, "cid", "approve")
    stage.says(59.99, "lea", "approve")
    assert stage.run({"polling-interval-seconds": "3600"}).status == "approved"


def test_an_approval_after_the_deadline_does_not_count(stage: Stage) -> None:
    stage.says(1, "cid", "approve")
    late = []

    def approve_late(request: Request) -> None:
        if stage.passed >= 3600 and request.path.endswith("/issues/1") and not late:
            stage.passed += 1
            late.append(stage.world.comment(REPOSITORY, 1, "lea", "approve"))

    stage.world.script.append(approve_late)
    end = stage.run()
    assert late
    assert end.status == "timed-out"
    assert "lea's approval does not count: written after the window closed" in end.log


def test_an_issue_that_somebody_closes_cancels_the_request(stage: Stage) -> None:
    stage.at(4, lambda: stage.world.close_issue(REPOSITORY, 1, by="sue"))
    end = stage.run()
    assert (end.exit_code, end.status, end.code) == (4, "cancelled", "issue-closed")
    assert end.reason == "sue closed the approval issue at 14:04 UTC with 0 of 2 approvals."


def test_a_stopped_job_closes_its_issue(stage: Stage) -> None:
    stage.says(1, "cid", "approve")
    stage.stops(2)
    end = stage.run()
    assert (end.exit_code, end.status, end.code) == (4, "cancelled", "signal")
    assert end.reason.startswith("The job was stopped with 1 of 2 approvals, from cid. ")
    assert "### 🚫 Cancelled, 14:02 UTC, 2 minutes after the request\n" in end.status_comment()
    assert end.issue is not None
    assert (end.issue.state, end.issue.labels[-1]) == ("closed", "cancelled")


@pytest.mark.parametrize(("window", "needed"), [("60", 60), ("90.5", 91), ("5", 5)])
def test_a_stop_before_the_deadline_mentions_the_steps_own_time_limit(
    stage: Stage, window: str, needed: int
) -> None:
    stage.stops(2)
    end = stage.run({"timeout-minutes": window, "minimum-approvals": "1"})
    said = (
        "The job was stopped with 0 of 1 approval. If nobody cancelled it, the `timeout-minutes` of the step "
        f"or of the job ended it. Give the step `timeout-minutes: {needed}` or more"
    )
    assert said in end.outputs["reason"]
    assert said in end.log
    assert said in end.closing()


def test_a_step_stopped_at_its_own_time_limit_has_timed_out(stage: Stage) -> None:
    stage.stops(59)
    end = stage.run()
    assert (end.exit_code, end.status, end.code) == (3, "timed-out", "window-closed")


def test_after_a_stop_while_people_are_looked_up_no_issue_is_opened(stage: Stage) -> None:
    stage.fault(path=f"/repos/{REPOSITORY}/collaborators/ayo-anu", status=503, headers={"retry-after": "30"})
    stage.stops(0.2)
    end = stage.run()
    assert (end.exit_code, end.status, end.issue) == (4, "cancelled", None)


def test_an_approved_issue_is_left_open_for_the_result(stage: Stage) -> None:
    stage.says(1, "cid", "approve")
    stage.says(1, "lea", "approve")
    end = stage.run({"keep-issue-open": "true"})
    assert end.issue is not None
    assert (end.status, end.issue.state, end.issue.labels[-1]) == ("approved", "open", "approved")
    assert "### ✅ Approved" in end.closing()


def test_the_record_that_people_read_has_the_value_of_the_output(stage: Stage) -> None:
    stage.says(1, "cid", "deny - größer als gedacht")
    end = stage.run()
    for text in (end.closing(), end.summary):
        shown = text.partition("```json\n")[2].partition("\n```")[0]
        assert json.loads(shown) == end.record
        assert "größer als gedacht" in shown
        assert len(shown.splitlines()) > 50


def test_a_denied_issue_is_closed_too(stage: Stage) -> None:
    stage.says(1, "cid", "deny - no")
    end = stage.run({"keep-issue-open": "true"})
    assert end.issue is not None
    assert end.issue.state == "closed"


def test_a_crash_before_the_outcome_is_written_is_an_error(stage: Stage, mocker) -> None:  # noqa: ANN001 - pytest-mock's
    stage.says(1, "cid", "approve")
    stage.says(1, "lea", "approve")
    mocker.patch("approval_gate.gate.loop.document", side_effect=RuntimeError)
    end = stage.run()
    assert (end.exit_code, end.status, end.code) == (5, "error", "internal")


def test_a_crash_of_the_gate_is_an_error_and_closes_the_issue(stage: Stage, mocker) -> None:  # noqa: ANN001 - pytest-mock's
    mocker.patch("approval_gate.core.timing.interval", side_effect=ZeroDivisionError)
    end = stage.run()
    assert (end.exit_code, end.status, end.code) == (5, "error", "internal")
    assert "ZeroDivisionError" in end.log
    assert end.issue is not None
    assert end.issue.state == "closed"


def test_every_output_is_written_and_the_records_file_has_the_same_bytes_as_its_output(stage: Stage) -> None:
    stage.says(1, "cid", "deny - no")
    end = stage.run()
    assert set(end.outputs) == {
        *("approval-status", "reason-code", "reason", "issue-number", "issue-url"),
        *("approvers", "denied-by", "run-attempt", "decision", "record-path", "subjects-path"),
        *("nonce", "finished"),
    }
    with open(end.outputs["record-path"], encoding="utf-8") as file:  # noqa: PTH123 - a path as a job has it
        assert file.read() == end.outputs["decision"]
    assert end.issue is not None
    assert end.outputs["issue-url"].endswith(f"/{REPOSITORY}/issues/{end.issue.number}")
    assert "### ❌ v1.2.3 to production: denied by @cid, " in end.summary
    assert end.outputs["issue-url"] in end.summary


ARTIFACTS = f"ghcr.io/acme/shop@sha256:{'3f' * 32}\ndist/app.tar.gz@sha256:{'77' * 32}"


@pytest.mark.parametrize(
    ("said", "status", "deployed"),
    [
        (
            ("approve", "approve"),
            "approved",
            f"{'3f' * 32}  ghcr.io/acme/shop\n{'77' * 32}  dist/app.tar.gz\n",
        ),
        (("approve", "deny - the wrong image"), "denied", ""),
    ],
)
def test_the_artifacts_are_shown_recorded_and_once_approved_the_subjects_of_an_attestation(
    stage: Stage, said: Sequence[str], status: str, deployed: str
) -> None:
    for login, text in zip(("cid", "lea"), said, strict=True):
        stage.says(1, login, text)
    end = stage.run({"artifacts": ARTIFACTS})
    assert end.status == status
    assert end.issue is not None
    assert "ghcr.io/acme/shop" in end.issue.body
    assert "dist/app.tar.gz" in end.issue.body
    named = [f"{it['name']}@{it['digest']}" for it in end.record["request"]["artifacts"]]
    assert named == ARTIFACTS.split("\n")
    record, subjects = Path(end.outputs["record-path"]), Path(end.outputs["subjects-path"])
    itself = f"{hashlib.sha256(record.read_bytes()).hexdigest()}  {record.name}\n"
    assert subjects.read_text(encoding="utf-8") == itself + deployed
    assert subjects.parent == record.parent


def test_an_artifact_without_a_digest_is_refused_and_no_issue_is_opened(stage: Stage) -> None:
    end = stage.run({"artifacts": "ghcr.io/acme/shop:v1.2.3"})
    assert (end.exit_code, end.code, end.issue) == (2, "input", None)
    assert "artifacts: line 1: 'ghcr.io/acme/shop:v1.2.3' has no SHA-256 digest" in end.outputs["reason"]
    assert end.record["request"]["artifacts"] == []


def test_a_step_stopped_at_its_limit_with_a_bare_denial_ends_as_denied(stage: Stage) -> None:
    stage.says(1, "bob", "deny")
    stage.stops(59)
    end = stage.run({"fail-on-timeout": "false"})
    assert (end.exit_code, end.status, end.code) == (1, "denied", "denied-without-reason")


def test_only_a_confirmed_approval_is_recorded_as_an_approval(stage: Stage) -> None:
    stage.says(1, "cid", "approve")
    stage.says(2, "lea", "approve")
    stage.at(1.5, lambda: stage.world.tag(REPOSITORY, "v1.2.3", "f" * 40))
    end = stage.run()
    assert (end.record["outcome"], end.record["inputs"]["confirmation"]) == ("error", None)
