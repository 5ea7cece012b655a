"""The examples, run by act on the embedded GitHub."""

import hashlib
import json
import re
import textwrap

import pytest

from approval_gate.emulator import Request
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.scenarios import REPOSITORY, VERSION
from tests.action.stage import BEFORE, Reply, Stage
from tests.action.tools import IMAGES, PLAN, URL
from tests.docs.pages import page

APPROVED = {
    "one-approver": [("ayo-anu", "approve")],
    "two-of-a-team": [("ann", "approve"), ("bob", "approve - migrations tested in staging")],
    "manual-approval-after": [("cid", "ship it")],
}
TWO_OF_THE_TEAM = APPROVED["two-of-a-team"]
DENIED = {
    "one-approver": [("ayo-anu", "deny - Database migration needs more testing.")],
    "two-of-a-team": [("ann", "approve"), ("bob", "approve"), ("cid", "deny - not before the holidays")],
}
PASSED = ["security-scan", "build", "test", "integration-tests", "e2e-tests", "push-images"]
EMERGENCY = {
    "deployment_type": "emergency",
    "incident": "INC-12345",
    "root_cause": "The connection pool is exhausted",
    "impact": "Nobody can check out",
    "post_mortem": "Tomorrow at 10",
}
TEMPLATE = {
    "severity": "P0 - Production Outage",
    "downtime": "15 minutes so far",
    "fix": "Increase the pool's size",
    "rollback_plan": "Revert to v1.2.2; $(touch /tmp/x) `id` ${{ github.token }}",
    "estimated_fix_time": "5 minutes",
}
TWO = [("ann", "approve"), ("lea", "/approve")]


@pytest.mark.parametrize("example", APPROVED)
def test_an_approved_version_is_deployed(stage: Stage, example: str) -> None:
    stage.answers = lambda _: APPROVED[example]
    ended = stage.push(example)
    assert ended.exit_code == 0
    assert ended.results() == {"approval-gate": "success", "deploy": "success"}
    assert ended.output("approval-gate", "approval-status") == "approved"
    assert ended.output("approval-gate", "run-attempt") == "1"
    assert ended.made() == ["deploy"]
    assert (ended.issues[0].state, ended.labels()[-1]) == ("closed", "approved")


@pytest.mark.parametrize(("second", "result"), [("approve", "success"), ("deny - just a test", "skipped")])
def test_the_workflow_of_the_quick_start_deploys_only_after_two_approvals(
    stage: Stage, second: str, result: str
) -> None:
    """It is pasted as it is, and runs with the workflow's own token."""
    [workflow] = [block.text for block in page("docs/quick-start.md").blocks if block.language == "yaml"]
    stage.texts = {"quick-start": workflow}
    stage.answers = lambda _: [("ann", "approve"), ("bob", second)]
    assert stage.push("quick-start").result("deploy") == result


@pytest.mark.parametrize("example", DENIED)
def test_a_denied_version_is_not_deployed(stage: Stage, example: str) -> None:
    stage.answers = lambda _: DENIED[example]
    ended = stage.push(example)
    assert ended.exit_code == 1
    assert ended.results() == {"approval-gate": "failure", "deploy": "skipped"}
    assert ended.output("approval-gate", "approval-status") == "denied"
    assert ended.made() == []
    assert (ended.issues[0].state, ended.labels()[-1]) == ("closed", "denied")


@pytest.mark.parametrize(
    ("example", "comments"),
    [
        ("one-approver", [("mallory", "approve")]),
        ("two-of-a-team", [("ann", "approve"), ("bob", "approve")]),  # ann pushed the tag
    ],
)
def test_a_version_with_too_few_approvals_at_the_deadline_is_not_deployed(
    stage: Stage, example: str, comments: list[Reply]
) -> None:
    stage.actor, stage.window = "ann", "0.05"
    stage.answers = lambda _: comments
    ended = stage.push(example)
    assert ended.exit_code == 1
    assert ended.results() == {"approval-gate": "failure", "deploy": "skipped"}
    assert ended.output("approval-gate", "approval-status") == "timed-out"
    assert ended.made() == []
    assert (ended.issues[0].state, ended.labels()[-1]) == ("closed", "timed-out")


def test_each_environment_is_deployed_on_its_own_approval(stage: Stage) -> None:
    def answers(issue: Issue) -> list[Reply]:
        return [("bob", "deny - their fair is on" if "-us" in issue.title else "approve")]

    stage.answers = answers
    ended = stage.push("matrix-of-environments", "gated-deployment")
    assert ended.exit_code == 1
    assert ended.made() == ["deploy"]
    assert ended.environment("deploy")["ENVIRONMENT"] == "production-eu"
    by_title = {issue.title: issue.labels[-1] for issue in ended.issues}
    assert by_title == {
        f"Production-eu Deployment Approval: {VERSION}": "approved",
        f"Production-us Deployment Approval: {VERSION}": "denied",
    }


def test_a_deployment_behind_the_reusable_gate_needs_its_approval(stage: Stage) -> None:
    stage.answers = lambda _: APPROVED["two-of-a-team"]
    ended = stage.push("uses-reusable-gate", "reusable-gate")
    assert ended.exit_code == 0
    assert ended.output("approval-gate", "approval-status") == "approved"
    assert ended.output("approval-gate", "issue-url").endswith("/issues/1")
    assert ended.made() == ["deploy"]


def test_the_reusable_gate_passes_a_denial_to_its_caller(stage: Stage) -> None:
    stage.answers = lambda _: DENIED["two-of-a-team"]
    ended = stage.push("uses-reusable-gate", "reusable-gate")
    assert ended.exit_code == 1
    assert ended.made() == []
    assert ended.labels()[-1] == "denied"


def test_a_deployment_behind_the_attested_gate_needs_an_attestation_of_its_approval(stage: Stage) -> None:
    stage.answers = lambda _: TWO
    ended = stage.push("uses-gate-attested", "gate-attested")
    assert ended.exit_code == 0
    assert ended.made() == ["deploy"]
    [(subject, record)] = ended.attested().items()
    [kept] = ended.artifacts.glob("*/approval-gate-*.json")
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == subject
    assert json.loads(kept.read_bytes()) == record
    assert (record["outcome"], record["issue"]["number"]) == ("approved", 1)


def test_a_record_that_was_not_attested_deploys_nothing(stage: Stage) -> None:
    forged = 'echo "{}" >"$RUNNER_TEMP"/approval/*.json\n          gh attestation verify'
    stage.edit = lambda text: text.replace("gh attestation verify", forged)
    stage.answers = lambda _: TWO
    ended = stage.push("uses-gate-attested", "gate-attested")
    assert ended.output("approval-gate", "approval-status") == "approved"
    assert ended.result("deploy") == "failure"
    assert ended.made() == []


def test_an_attested_record_that_is_not_an_approval_deploys_nothing(stage: Stage) -> None:
    denied = 'sed -i "s/approved/denied/g" "$RUNNER_TEMP"/approval/*.json\n          : instead of'
    stage.edit = lambda text: text.replace("gh attestation verify", denied)
    stage.answers = lambda _: TWO
    ended = stage.push("uses-gate-attested", "gate-attested")
    assert ended.result("deploy") == "failure"
    assert ended.made() == []


def test_an_approval_that_cannot_be_attested_deploys_nothing(stage: Stage) -> None:
    """As in a private repository without GitHub Enterprise Cloud."""
    stage.edit = lambda text: text.replace("subject-checksums: ${{", "subject-checksums: /absent${{")
    stage.answers = lambda _: TWO
    ended = stage.push("uses-gate-attested", "gate-attested")
    assert ended.exit_code == 1
    assert ended.labels()[-1] == "approved"
    assert ended.attested() == {}
    assert ended.made() == []


def test_the_attested_gate_attests_a_denial_and_passes_it_to_its_caller(stage: Stage) -> None:
    stage.answers = lambda _: [("ann", "approve"), ("sue", "deny - not on a Friday")]
    ended = stage.push("uses-gate-attested", "gate-attested")
    assert ended.exit_code == 1
    assert ended.made() == []
    assert [record["outcome"] for record in ended.attested().values()] == ["denied"]


def test_the_attested_gate_attests_an_error(stage: Stage) -> None:
    stage.world.repos[REPOSITORY].files.clear()
    ended = stage.push("uses-gate-attested", "gate-attested")
    assert ended.exit_code == 1
    assert [record["reason_code"] for record in ended.attested().values()] == ["policy"]


IN_ORDER = {"staging": [("ann", "approve")], "production": TWO_OF_THE_TEAM}


def test_production_is_asked_for_after_staging_was_deployed(stage: Stage) -> None:
    stage.answers = lambda issue: IN_ORDER["staging" if "Staging" in issue.title else "production"]
    ended = stage.push("environments-in-order", "gated-deployment")
    assert ended.exit_code == 0
    assert ended.made() == ["deploy", "deploy"]
    assert [call["environment"]["ENVIRONMENT"] for call in ended.journal] == ["staging", "production"]
    assert [issue.title for issue in ended.issues] == [
        f"Staging Deployment Approval: {VERSION}",
        f"Production Deployment Approval: {VERSION}",
    ]


def test_production_is_not_asked_for_if_staging_was_not_deployed(stage: Stage) -> None:
    # As after "Re-run failed jobs": the gate's approval is of an earlier attempt, and its workflow succeeds.
    stage.edit = lambda text: text.replace("${{ steps.gate.outputs.run-attempt }}", "'0'")
    stage.answers = lambda _: IN_ORDER["staging"]
    ended = stage.push("environments-in-order", "gated-deployment")
    assert ended.results() == {"staging": "success", "production": "skipped"}
    assert ended.made() == []
    assert len(ended.issues) == 1


MAIN = "refs/heads/main"


def test_the_plan_that_was_shown_is_applied_after_the_approval(stage: Stage) -> None:
    stage.answers = lambda _: APPROVED["one-approver"]
    ended = stage.push("terraform-plan", ref=MAIN)
    assert ended.exit_code == 0
    assert ended.applied() == ["apply -input=false plan.tfplan"]
    [issue] = ended.issues
    [kept] = (stage.folder / "artifacts").glob("*/plan.tfplan")
    assert f"applied {kept.read_bytes().hex()}" in ended.log
    assert f"sha256 `{hashlib.sha256(kept.read_bytes()).hexdigest()}`" in issue.body
    assert textwrap.indent(PLAN, "    ", lambda _: True).rstrip() in issue.body
    assert (issue.state, issue.labels[-1]) == ("closed", "approved")


def test_another_plan_than_the_one_that_was_shown_is_not_applied(stage: Stage) -> None:
    def answers(_: Issue) -> list[Reply]:
        [kept] = (stage.folder / "artifacts").glob("*/plan.tfplan")
        kept.write_bytes(b"another")
        return APPROVED["one-approver"]

    stage.answers = answers
    ended = stage.push("terraform-plan", ref=MAIN)
    assert ended.result("approval-gate") == "success"
    assert ended.result("apply") == "failure"
    assert ended.applied() == []


@pytest.mark.parametrize(
    ("failing", "result"), [("changes", "success"), ("plan", "failure"), ("length", "failure")]
)
def test_without_a_plan_that_can_be_shown_nobody_is_asked(stage: Stage, failing: str, result: str) -> None:
    stage.failing = [failing]
    ended = stage.push("terraform-plan", ref=MAIN)
    assert ended.results() == {"plan": result, "approval-gate": "skipped", "apply": "skipped"}
    assert ended.issues == []


def test_the_pipeline_runs_from_the_tag_to_the_closed_issue(stage: Stage) -> None:
    stage.answers = lambda _: TWO
    ended = stage.push("production-deploy")
    ran = {job for job, result in ended.results().items() if result == "success"}
    assert ended.exit_code == 0
    assert set(ended.needs) - ran == {"rollback", "full-suite", "release-rolled-back"}
    assert ended.made() == [*PASSED, "deploy", "monitor", "notify"]
    assert ended.environment("security-scan")["FAIL_ON"] == "CRITICAL,HIGH"
    assert ended.environment("deploy")["IMAGES"] == IMAGES
    assert ended.environment("deploy")["VERSION"] == VERSION
    assert (ended.issues[0].state, ended.labels()[-2:]) == ("closed", ["approved", "deployed"])
    assert "Tests were skipped" not in ended.issues[0].body
    assert "still running" not in ended.issues[0].body
    attested = ended.attested()
    record, same = attested.pop(IMAGES.rpartition(":")[2]), *attested.values()
    assert record == same
    assert (record["outcome"], record["request"]["commit"]) == ("approved", stage.commit)
    assert [f"{it['name']}@{it['digest']}" for it in record["request"]["artifacts"]] == [IMAGES]
    assert "ghcr.io/acme/shop" in ended.issues[0].body
    assert re.search(r"✅\s\[Integration Tests\]\(http", ended.issues[0].body)
    assert "✅ **All tests passing**: [" in ended.issues[0].body
    release = ended.releases[VERSION]
    assert "**Deployed** to production at 20" in release["body"]
    assert "approved by ann, lea ([issue](" in release["body"]
    assert "prerelease" not in release
    assert URL + VERSION in ended.issues[0].comments[-1].body
    assert "test suite" not in ended.issues[0].comments[-1].body
    last = [request for request in stage.world.requests if request.method in {"POST", "PATCH"}][-2:]
    commented, closed = (f"{request.method} {request.path}" for request in last)
    assert commented == f"POST /repos/{REPOSITORY}/issues/1/comments"
    assert closed == f"PATCH /repos/{REPOSITORY}/issues/1"  # with the deployment's result, not before
    told = [message.partition(":")[0] for message in sorted(ended.messages)]
    assert told == ["Approval needed", "Approved", "Deployed"]
    notified = ended.environment("notify")
    assert (notified["APPROVAL"], notified["DEPLOYMENT"], notified["ROLLBACK"]) == (
        "approved",
        "success",
        "skipped",
    )
    assert notified["RELEASE_URL"] == URL + VERSION


@pytest.mark.parametrize("forgery", ["s/approved/denied/g", 's/"commit":"[^"]*"/"commit":"b0b"/', "s/^.*$//"])
def test_a_record_that_does_not_approve_this_commit_deploys_nothing(stage: Stage, forgery: str) -> None:
    stage.edit = lambda text: text.replace("/approval/*.json |", f"/approval/*.json | sed '{forgery}' |")
    stage.answers = lambda _: TWO
    ended = stage.push("production-deploy")
    assert ended.exit_code == 1
    assert ended.made() == [*PASSED, "notify"]
    assert ended.result("deploy-production") == ended.result("rollback") == "skipped"
    assert ended.labels()[-1] == "not-deployed"


def test_images_that_are_not_the_approved_ones_are_not_deployed(stage: Stage) -> None:
    stage.edit = lambda text: text.replace('--artifact "$IMAGES"', '--artifact "${IMAGES/5a5a/5b5b}"')
    stage.answers = lambda _: TWO
    ended = stage.push("production-deploy")
    assert ended.made() == [*PASSED, "notify"]
    assert (ended.result("verify-approval"), ended.result("deploy-production")) == ("failure", "skipped")
    assert ended.labels()[-1] == "not-deployed"


def test_a_failed_deployment_is_rolled_back_and_labelled_so(stage: Stage) -> None:
    stage.answers, stage.failing = lambda _: TWO, ["deploy"]
    ended = stage.push("production-deploy")
    assert ended.exit_code == 1
    assert ended.made() == [*PASSED, "deploy", "rollback", "notify"]
    assert (ended.issues[0].state, ended.labels()[-2:]) == ("closed", ["approved", "rolled-back"])
    assert ended.releases == {}
    assert ended.environment("notify")["ROLLBACK"] == "success"
    assert max(ended.messages).startswith("Rolled back")
    assert '"rolled_back_to": "v1.2.2"' in ended.issues[0].comments[-1].body


def test_a_deployment_that_fails_monitoring_is_rolled_back_and_its_release_says_so(stage: Stage) -> None:
    stage.answers, stage.failing = lambda _: TWO, ["monitor"]
    ended = stage.push("production-deploy")
    assert ended.exit_code == 1
    assert ended.made() == [*PASSED, "deploy", "monitor", "rollback", "notify"]
    assert (ended.issues[0].state, ended.labels()[-2:]) == ("closed", ["approved", "rolled-back"])
    release = ended.releases[VERSION]
    assert re.search(r"\*\*Deployed\*\* .*\*\*Rolled back\*\* .*: success\.", release["body"], re.DOTALL)
    assert release["prerelease"] == "true"


def test_a_deployment_without_monitoring_is_rolled_back(stage: Stage) -> None:
    # As if the run was cancelled before monitoring, or monitoring was re-run after a rollback.
    condition = "    if: needs.approval-gate.outputs.run-attempt == github.run_attempt\n"
    stage.edit = lambda text: text.replace(condition, "    if: github.run_attempt == '2'\n")
    stage.answers = lambda _: TWO
    ended = stage.push("production-deploy")
    assert ended.made() == [*PASSED, "deploy", "rollback", "notify"]
    assert ended.labels()[-1] == "rolled-back"


def test_a_deployment_of_an_earlier_attempt_is_never_rolled_back(stage: Stage) -> None:
    # As if the rollback was re-run weeks later: the results of the gate and the deployment are carried over.
    def carried_over(text: str) -> str:
        condition = "needs.approval-gate.outputs.run-attempt == github.run_attempt\n    runs-on"
        text = text.replace("${{ steps.gate.outputs.run-attempt }}", "'0'")
        return text.replace(condition, "needs.approval-gate.outputs.run-attempt == '0'\n    runs-on", 1)

    stage.edit, stage.failing, stage.answers = carried_over, ["deploy"], lambda _: TWO
    ended = stage.push("production-deploy")
    assert ended.result("deploy-production") == "failure"
    assert ended.result("rollback") == "skipped"
    assert "rollback" not in ended.made()


def test_after_a_failed_rollback_neither_issue_nor_release_says_deployed(stage: Stage) -> None:
    stage.answers, stage.failing = lambda _: TWO, ["monitor", "rollback"]
    ended = stage.push("production-deploy")
    assert ended.labels()[-1] == "deployment-failed"
    assert ended.releases[VERSION]["body"].endswith(": failure.")


def test_a_denial_is_reported_and_the_team_is_notified_of_the_reason(stage: Stage) -> None:
    stage.answers = lambda _: [("ann", "approve"), ("sue", "deny - not on a Friday")]
    ended = stage.push("production-deploy")
    assert ended.exit_code == 1
    assert ended.made() == [*PASSED, "notify"]
    assert ended.result("deploy-production") == ended.result("rollback") == "skipped"
    assert ended.result("report") == "success"
    assert ended.issues[0].state == "closed"
    assert {"denied", "not-deployed"} <= set(ended.labels())
    assert [record["outcome"] for record in ended.attested().values()] == ["denied"]
    reason = ended.environment("notify")["REASON"]
    assert reason.startswith('Denied by sue: "not on a Friday" http')


def test_a_failed_scan_opens_no_issue(stage: Stage) -> None:
    stage.failing = ["security-scan"]
    ended = stage.push("production-deploy")
    assert ended.exit_code == 1
    assert ended.made() == ["security-scan", "notify"]
    assert ended.issues == []
    assert ended.result("report") == "success"


def test_an_emergency_skips_tests_is_approved_by_one_lead_and_tested_after_the_deployment(
    stage: Stage,
) -> None:
    stage.answers = lambda _: [("sam", "approve"), ("lea", "approve")]
    ended = stage.dispatch(
        "production-deploy", "refs/heads/main", version="v1.3.0", skip_tests="true", **EMERGENCY, **TEMPLATE
    )
    assert ended.exit_code == 0
    assert ended.made()[:4] == ["security-scan", "build", "push-images", "deploy"]
    assert {"test", "integration-tests", "e2e-tests"} < set(ended.made()[4:])
    assert ended.result("full-suite") == "success"
    assert ended.issues[0].title == "🚨 Production Deployment Approval: v1.3.0"
    assert "- **Incident**: INC-12345\n" in ended.issues[0].body
    for heading, value in zip(
        ("Severity", "Downtime", "Fix", "Estimated Fix Time"),
        (TEMPLATE[name] for name in ("severity", "downtime", "fix", "estimated_fix_time")),
        strict=True,
    ):
        assert f"- **{heading}**: {value}\n" in ended.issues[0].body
    assert "Revert to v1.2.2; $(touch /tmp/x)" in ended.issues[0].body
    assert ended.output("approval-gate", "approvers") == "lea"
    assert "**Tests were skipped.**" in ended.issues[0].body
    assert "Waived for an emergency: All tests passing" in ended.issues[0].body
    assert ended.labels()[-1] == "deployed"
    assert "Full test suite succeeded" in ended.issues[0].comments[-1].body
    _, post_mortem = ended.issues
    assert post_mortem.title.startswith("Post-mortem of v1.3.0, due ")
    assert [person.login for person in post_mortem.assignees] == ["dee"]
    assert "Root cause" in post_mortem.body
    assert post_mortem.state == "open"
    assert f'"number": {post_mortem.number}' in ended.issues[0].comments[-1].body
    assert ended.releases["v1.3.0"]["target"] == stage.commit  # a new version, which the release tags


def test_an_open_incident_holds_the_deployment_until_it_is_closed(stage: Stage) -> None:
    incident = stage.world.open_issue(REPOSITORY, "sam", "Checkout is down", "Since 14:00.")
    incident.labels = ["incident"]
    held = []

    def close_once_it_holds(request: Request) -> None:
        if request.method == "PATCH" and "waiting for 1 check" in str(request.body):
            held.append(stage.world.issues(REPOSITORY)[1].state)
            stage.world.close_issue(REPOSITORY, incident.number, by="sam")

    stage.world.script.append(close_once_it_holds)
    stage.answers = lambda _: TWO
    ended = stage.push("production-deploy")
    assert held[0] == "open"
    assert f"❌ **No active incidents**: [#{incident.number} " in ended.issues[1].body
    assert ended.exit_code == 0
    assert "deploy" in ended.made()


def test_an_incident_that_stays_open_deploys_nothing(stage: Stage) -> None:
    stage.world.open_issue(REPOSITORY, "sam", "Checkout is down", "Since 14:00.").labels = ["incident"]
    stage.window, stage.answers = "0.1", lambda _: TWO
    ended = stage.push("production-deploy")
    assert ended.output("approval-gate", "approval-status") == "timed-out"
    assert "No active incidents" in ended.output("approval-gate", "reason")
    assert ended.made() == [*PASSED, "notify"]


def test_without_the_emergencys_waiver_nobody_is_asked_about_tests_that_were_skipped(stage: Stage) -> None:
    """The workflow itself refuses them, so its own step is taken away here."""
    refusal = r"      - name: Allow skipped tests only in an emergency\n(?: {8}.*\n)+"
    stage.edit = lambda text: re.sub(refusal, "", text)
    ended = stage.dispatch("production-deploy", version=VERSION, skip_tests="true")
    assert ended.output("approval-gate", "approval-status") == "error"
    assert "All tests passing" in ended.output("approval-gate", "reason")
    assert ended.made() == ["security-scan", "build", "push-images", "notify"]
    assert ended.issues == []


def test_an_emergency_without_a_justification_opens_no_issue(stage: Stage) -> None:
    ended = stage.dispatch("production-deploy", version=VERSION, deployment_type="emergency")
    assert ended.exit_code == 1
    assert ended.issues == []
    assert ended.result("approval-gate") == "failure"
    assert "Incident, Root Cause, Justification and Post-Mortem are missing" in ended.log


@pytest.mark.parametrize("kind", ["standard", "hotfix"])
def test_tests_can_be_skipped_only_in_an_emergency(stage: Stage, kind: str) -> None:
    ended = stage.dispatch("production-deploy", version=VERSION, skip_tests="true", deployment_type=kind)
    assert ended.exit_code == 1
    assert ended.made() == ["notify"]
    assert ended.issues == []
    assert "Tests can be skipped only in an emergency." in ended.log


def test_a_dispatch_runs_the_tests_unless_it_skips_them(stage: Stage) -> None:
    stage.failing = ["test"]
    ended = stage.dispatch("production-deploy", version=VERSION, skip_tests="false")
    assert ended.made() == ["security-scan", "build", "test", "notify"]
    assert ended.issues == []


@pytest.mark.parametrize("version", [BEFORE, "1.2.3", "v1.2.3; true"])
def test_an_invalid_version_or_one_of_another_commit_opens_no_issue(stage: Stage, version: str) -> None:
    ended = stage.dispatch("production-deploy", version=version)
    assert ended.made() == ["notify"]
    assert ended.issues == []


def test_the_approval_of_an_earlier_attempt_deploys_nothing(stage: Stage) -> None:
    # As after "Re-run failed jobs", which act does not support: the gate's job is from another attempt.
    stage.edit = lambda text: text.replace("${{ steps.gate.outputs.run-attempt }}", "'0'")
    stage.answers = lambda _: APPROVED["one-approver"]
    ended = stage.push("one-approver")
    assert ended.output("approval-gate", "approval-status") == "approved"
    assert ended.results() == {"approval-gate": "success", "deploy": "skipped"}
    assert ended.made() == []


def test_an_input_that_the_action_does_not_map_is_missing(stage: Stage) -> None:
    # Without as_the_runner.py, act would set it for the step.
    stage.edit = lambda text: re.sub(r" +INPUT_APPROVERS: .*\n", "", text)
    stage.answers = lambda _: APPROVED["one-approver"]
    ended = stage.push("one-approver")
    assert ended.results() == {"approval-gate": "failure", "deploy": "skipped"}
    assert ended.output("approval-gate", "approval-status") == "error"
    assert ended.issues == []


def test_an_output_that_the_action_does_not_map_is_missing(stage: Stage) -> None:
    # Without the changes of stage.py, act would set it from the step's output.
    stage.edit = lambda text: text.replace("value: ${{ steps.gate.outputs.approval-status }}", "value: ''")
    stage.answers = lambda _: APPROVED["one-approver"]
    ended = stage.push("one-approver")
    assert ended.output("approval-gate", "approval-status") == ""
    assert ended.results() == {"approval-gate": "success", "deploy": "skipped"}
