"""The gate under a policy document: types, emergencies, calls, and a policy that changes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from approval_gate.core.policy import digest
from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.whole.stage import Ended, Stage

FILE = ".github/policy.yml"
POLICY = (Path(__file__).resolve().parents[2] / "examples" / "approval-policy.yml").read_text(
    encoding="utf-8"
)
UNDER = {"policy-file": FILE, "approvers": "", "minimum-approvals": "", "timeout-minutes": ""}
TEMPLATE = """\
🚨 EMERGENCY DEPLOYMENT

**Incident**: #INC-12345
**Severity**: P0 - Production Outage
**Root Cause**: Database connection pool exhaustion
**Impact**: 100% of users unable to checkout
**Post-Mortem**: Scheduled for tomorrow 10am

**Approver**: @max
"""
EMERGENCY = {"deployment-type": "emergency", "details": TEMPLATE}


def lay(stage: Stage, text: str = POLICY) -> None:
    stage.world.repos[REPOSITORY].files[FILE] = text


def run(stage: Stage, inputs: Mapping[str, str] = {}, **variables: Any) -> Ended:
    if FILE not in stage.world.repos[REPOSITORY].files:
        lay(stage)
    return stage.run({**UNDER, **inputs}, **variables)


# Types ---------------------------------------------------------------------------------


def test_a_standard_deployment_takes_two_of_any_role(stage: Stage) -> None:
    stage.says(1, "sam", "approve")
    stage.says(2, "lea", "approve")
    end = run(stage)
    assert (end.exit_code, end.status, end.code) == (0, "approved", "quorum")
    assert end.outputs["approvers"] == "sam,lea"
    assert end.replayed() == "approved"


def test_the_owner_approves_alone(stage: Stage) -> None:
    stage.says(1, "ayo-anu", "approve")
    end = run(stage)
    assert (end.status, end.code) == ("approved", "approved-alone")


def test_the_policys_window_closes(stage: Stage) -> None:
    end = run(stage, EMERGENCY)
    assert (end.exit_code, end.status) == (3, "timed-out")
    assert "No decision within 30 minutes" in end.closing()


def test_a_step_may_shorten_the_policys_window(stage: Stage) -> None:
    assert "No decision within 10 minutes" in run(stage, {"timeout-minutes": "10"}).closing()


def test_the_digest_is_in_issue_status_and_record(stage: Stage) -> None:
    stage.says(1, "ayo-anu", "approve")
    end = run(stage)
    short = digest(POLICY)[7:19]
    assert end.issue is not None
    assert f"| Type | `standard`, by the policy `{short}` |" in end.issue.body
    assert f"<sub>Policy `{short}`, `standard`</sub>" in end.status_comment()
    assert end.record["policy"] == {"file": FILE, "digest": digest(POLICY), "type": "standard"}


def test_the_checklist_is_the_policys(stage: Stage) -> None:
    lay(stage, POLICY.partition("\nchecklist:")[0] + '\nchecklist:\n  Ours:\n    - "**Cake** - ordered"\n')
    end = run(stage, {"timeout-minutes": "1"})
    assert end.issue is not None
    assert "#### Ours\n- [ ] **Cake** - ordered\n" in end.issue.body
    assert "All tests passing" not in end.issue.body


def test_without_a_checklist_in_the_policy_it_is_the_processs(stage: Stage) -> None:
    lay(stage, POLICY.partition("\nchecklist:")[0])
    end = run(stage, {"timeout-minutes": "1"})
    assert end.issue is not None
    assert end.issue.body.count("- [ ] ") == 18


# Emergencies ---------------------------------------------------------------------------


def test_an_emergency_is_decided_by_one_lead(stage: Stage) -> None:
    stage.says(1, "lea", "approve")
    end = run(stage, EMERGENCY)
    assert (end.status, end.code) == ("approved", "quorum")


def test_an_emergency_says_what_it_is_and_whom_it_asks_first(stage: Stage) -> None:
    end = run(stage, EMERGENCY)
    assert end.issue is not None
    assert end.issue.title == "🚨 Production Deployment Approval: v1.2.3"
    body = end.issue.body
    assert "It needs **1 approval**, from platform-lead or platform-owner, before" in body
    assert "@max, this request names you as its approver." in body
    assert "An approval of `sre` counts only with a reason: `approve - your reason`." in body
    assert [line for line in body.splitlines() if line.startswith("- **")][:4] == [
        "- **Production outages** - System down or degraded",
        "- **Security vulnerabilities** - Critical security fixes",
        "- **Data integrity issues** - Data corruption or loss prevention",
        "- **Revenue-impacting bugs** - Issues affecting business operations",
    ]
    rows = dict(
        (cell.strip(" `") for cell in line.split("|")[1:3])
        for line in body.partition("🚨 Emergency deployment")[2].partition("###")[0].splitlines()
        if line.startswith("| ") and line.count("|") == 3
    )
    assert rows.pop("") == ""
    assert rows == {
        "Incident": "#INC-12345",
        "Root Cause": "Database connection pool exhaustion",
        "Impact": "100% of users unable to checkout",
        "Post-Mortem": "Scheduled for tomorrow 10am",
        "Severity": "P0 - Production Outage",
        "Downtime": "not given",
        "Fix": "not given",
        "Rollback Plan": "not given",
        "Estimated Fix Time": "not given",
        "Approver": "@max",
    }
    assert end.record["details"]["Impact"] == "100% of users unable to checkout"
    assert end.record["details"]["Fix"] is None


def test_a_field_that_nobody_knows_is_shown_and_breaks_nothing(stage: Stage) -> None:
    end = run(stage, {**EMERGENCY, "details": TEMPLATE + "**a | @ann <!--**: b | @ann -->\n"})
    assert end.issue is not None
    (line,) = (line for line in end.issue.body.splitlines() if line.startswith("| `a"))
    assert line.replace("\\|", "").count("|") == 3
    assert "| Incident | `#INC-12345` |" in end.issue.body


def test_being_named_as_the_approver_gives_no_authority(stage: Stage) -> None:
    stage.says(1, "mallory", "approve")
    end = run(stage, {**EMERGENCY, "details": TEMPLATE.replace("@max", "@mallory")})
    assert end.status == "timed-out"
    assert end.issue is not None
    assert "names you as its approver" not in end.issue.body


def test_every_field_of_the_template_is_shown_though_the_policy_names_but_some(stage: Stage) -> None:
    lay(stage, POLICY.replace("      downtime: [Downtime]\n", ""))
    end = run(stage, EMERGENCY)
    assert end.issue is not None
    assert "| Downtime | not given |" in end.issue.body
    assert "| Justification |" not in end.issue.body


@pytest.mark.parametrize(("word", "counted"), [("approve", False), ("approve - the shop is down", True)])
def test_in_an_emergency_an_sre_gives_a_reason_and_cannot_decide(
    stage: Stage,
    word: str,
    counted: bool,  # noqa: FBT001 - a table's column
) -> None:
    stage.says(1, "sam", word)
    end = run(stage, EMERGENCY)
    assert (end.status, end.outputs["approvers"]) == ("timed-out", "sam" if counted else "")
    assert end.reactions("sam") == [["+1" if counted else "confused"]]
    assert len(end.hints()) == (0 if counted else 1)
    assert end.outputs["reason"] == (
        "The window closed with 0 of 1 approval; 1 from platform-lead or platform-owner is missing."
    )


def test_what_is_stopped_says_how_many_approvals_decide(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    stage.stops(2)
    assert run(stage, EMERGENCY).outputs["reason"] == "The job was stopped with 0 of 1 approval."


# Refused before anything is opened -----------------------------------------------------

REFUSED = {
    "a type that the policy has not": (
        {"deployment-type": "nightly"},
        "policy",
        "deployment-type: the policy has no 'nightly'; there are standard, hotfix, emergency.",
    ),
    "an emergency that says nothing": (
        {"deployment-type": "emergency"},
        "input",
        "details: Incident and Root Cause and Justification and Post-Mortem are missing, which the policy",
    ),
    "an emergency without its post-mortem": (
        {**EMERGENCY, "details": TEMPLATE.replace("**Post-Mortem**: Scheduled for tomorrow 10am", "")},
        "input",
        "details: Post-Mortem is missing, which the policy asks for with emergency.",
    ),
    "details that have no form": (
        {"details": "the shop is down"},
        "input",
        "details: it is neither lines such as `**Incident**: #INC-12345` nor a YAML mapping of such names.",
    ),
    "a window longer than the policy's": (
        {"timeout-minutes": "90"},
        "input",
        "timeout-minutes: 90 is longer than the policy's window of 60 minutes for standard",
    ),
    "a policy that is not there": (
        {"policy-file": "policy.yml"},
        "policy",
        "policy-file: policy.yml is no text file on the branch main.",
    ),
    "a path out of the repository": (
        {"policy-file": "../policy.yml"},
        "input",
        "policy-file: '../policy.yml' is no path in this repository.",
    ),
    "approvers beside the policy": ({"approvers": "ann"}, "input", "approvers: it cannot stand beside"),
    "a minimum beside the policy": (
        {"minimum-approvals": "1"},
        "input",
        "minimum-approvals: it cannot stand beside policy-file.",
    ),
    "a checklist beside the policy": (
        {"checklist": "none"},
        "input",
        "checklist: it cannot stand beside policy-file.",
    ),
    "strangers beside the policy": (
        {"require-write-access": "false"},
        "input",
        "require-write-access: it cannot stand beside policy-file.",
    ),
    "a type without a policy": (
        {"policy-file": "", "approvers": "ann", "deployment-type": "emergency"},
        "input",
        "deployment-type: it needs a policy-file",
    ),
    "details without a policy": (
        {"policy-file": "", "approvers": "ann", "details": TEMPLATE},
        "input",
        "details: it needs a policy-file",
    ),
}


@pytest.mark.parametrize(("inputs", "code", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_told_at_once(
    stage: Stage, inputs: Mapping[str, str], code: str, told: str
) -> None:
    end = run(stage, inputs)
    assert (end.exit_code, end.status, end.code, end.issue) == (2, "error", code, None)
    assert told in end.log


def test_a_ref_that_the_policy_does_not_name_is_refused(stage: Stage) -> None:
    end = run(stage, GITHUB_REF_TYPE="branch", GITHUB_REF_NAME="v1-hack")
    assert (end.exit_code, end.code, end.issue) == (2, "policy", None)
    assert (
        "The policy lets nobody deploy refs/heads/v1-hack: its refs are refs/heads/main, refs/tags/v*."
        in end.log
    )


def test_a_document_that_is_no_policy_is_told_line_by_line(stage: Stage) -> None:
    lay(stage, POLICY.replace("minimum-approvals: 1", "minimum: 1"))
    end = run(stage)
    assert (end.exit_code, end.code, end.issue) == (2, "policy", None)
    assert f"{FILE}:27: deployments.emergency.minimum-approvals: it is missing." in end.log


def test_a_requirement_that_nobody_can_meet_is_told_at_once(stage: Stage) -> None:
    lay(stage, POLICY.replace("[ayo-anu]", "[user:ayo-anu]"))
    for login in ("lea", "max", "sue", "ayo-anu"):
        stage.world.permit(REPOSITORY, "read", login)
    end = run(stage, EMERGENCY)
    assert (end.exit_code, end.code, end.issue) == (2, "unsatisfiable", None)
    assert "as platform-lead or platform-owner" in end.log


def test_a_team_of_the_policy_that_cannot_be_seen_is_named_by_its_place(stage: Stage) -> None:
    lay(stage, POLICY.replace("[sre-team]", "[sre-crew]"))
    end = run(stage)
    assert (end.exit_code, end.code) == (2, "roster")
    assert 'roles.sre.members: "sre-crew"' in end.log


# A policy that changes -----------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [POLICY.replace("minimum-approvals: 2", "minimum-approvals: 1"), POLICY + "\n", None]
)
def test_a_policy_that_changes_while_the_gate_waits_ends_it(stage: Stage, text: str | None) -> None:
    def change() -> None:
        if text is None:
            del stage.world.repos[REPOSITORY].files[FILE]
        else:
            lay(stage, text)

    stage.says(1, "ann", "approve")
    stage.at(2, change)
    stage.says(3, "lea", "approve")
    end = run(stage)
    assert (end.exit_code, end.status, end.code) == (5, "error", "policy-changed")
    assert f"people were asked under {digest(POLICY)[7:19]}" in end.log
    assert end.issue is not None
    assert end.issue.state == "closed"


def test_a_policy_that_changes_does_not_hinder_a_denial(stage: Stage) -> None:
    stage.at(1, lambda: lay(stage, POLICY + "\n"))
    stage.says(2, "ann", "deny - not today")
    assert run(stage).status == "denied"


# Calls ---------------------------------------------------------------------------------


def calls(end: Ended) -> list[str]:
    assert end.issue is not None
    return [c.body for c in end.issue.comments if " call-" in c.body]


def test_the_backup_and_then_the_others_are_called_once(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    end = run(stage)
    backup, reminder = calls(end)
    assert "@sam, @sid: the backup is called in" in backup
    assert "this deployment still waits for you" in reminder
    assert "@ann" not in reminder
    assert all(f"@{login}" in reminder for login in ("bob", "lea", "ayo-anu", "sam"))
    assert "1 of 2 approvals; " in reminder
    assert "14:20:" in end.log
    assert "14:30:" in end.log


def test_a_hotfix_reminds_after_ten_minutes(stage: Stage) -> None:
    stage.says(15, "ann", "deny - no")
    assert len(calls(run(stage, {"deployment-type": "hotfix"}))) == 1


def test_nobody_is_called_before_it_is_time(stage: Stage) -> None:
    stage.says(19, "ann", "deny - no")
    assert calls(run(stage)) == []


def test_a_call_that_github_refuses_is_made_later(stage: Stage) -> None:
    stage.at(19, lambda: stage.fault(path="/comments$", method="POST", status=502, times=3))
    end = run(stage)
    assert len(calls(end)) == 2


def test_a_backup_that_has_answered_is_not_called(stage: Stage) -> None:
    stage.says(1, "sam", "approve")
    stage.says(2, "sid", "revoke")
    lay(stage, POLICY.replace("minimum-approvals: 2", "minimum-approvals: 4"))
    stage.says(3, "sid", "approve")
    stage.says(25, "ann", "deny - enough")
    end = run(stage)
    assert calls(end) == []
    assert "called     sre: nobody is left" in end.log
