"""The gate under a policy document: deployment types, emergencies, reminders, and a policy that changes."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from approval_gate.core.policy.model import digest
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY
from tests.whole.pipeline import build
from tests.whole.stage import Ended, Stage

FILE = ".github/policy.yml"
POLICY = (Path(__file__).resolve().parents[2] / "examples" / "approval-policy.yml").read_text(
    encoding="utf-8"
)
WITHOUT_CHECKS = (
    re.sub(r"^    waive: .*\n", "", POLICY.partition("\nchecklist:")[0], flags=re.MULTILINE) + "\n"
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


def add_policy(stage: Stage, text: str = POLICY) -> None:
    stage.world.repos[REPOSITORY].files[FILE] = text
    build(stage.world)


def run(stage: Stage, inputs: Mapping[str, str] = {}, **variables: Any) -> Ended:
    if FILE not in stage.world.repos[REPOSITORY].files:
        add_policy(stage)
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
    assert "### ⌛ No decision in time: 0 of 1 approval, 14:30 UTC, 30 minutes after" in end.closing()


def test_a_step_can_shorten_the_policys_window(stage: Stage) -> None:
    assert ", 10 minutes after the request" in run(stage, {"timeout-minutes": "10"}).closing()


def test_the_digest_is_in_issue_and_record(stage: Stage) -> None:
    stage.says(1, "ayo-anu", "approve")
    end = run(stage)
    short = digest(POLICY)[7:19]
    assert end.issue is not None
    assert f"\n- **Type**: standard, by the [policy {short}](http://" in end.issue.body
    assert f"/{REPOSITORY}/blob/HEAD/{FILE})\n" in end.issue.body
    assert end.record["policy"] == {
        "path": FILE,
        "digest": digest(POLICY),
        "commit": stage.world.repos[REPOSITORY].branches["main"],
        "type": "standard",
    }


def test_the_checklist_is_the_policys(stage: Stage) -> None:
    add_policy(stage, WITHOUT_CHECKS + 'checklist:\n  Ours:\n    - "**Cake** - ordered"\n')
    end = run(stage, {"timeout-minutes": "1"})
    assert end.issue is not None
    assert "#### Ours\n- [ ] **Cake** - ordered\n" in end.issue.body
    assert "All tests passing" not in end.issue.body


def test_without_a_checklist_in_the_policy_it_is_the_processs(stage: Stage) -> None:
    add_policy(stage, WITHOUT_CHECKS)
    end = run(stage, {"timeout-minutes": "1"})
    assert end.issue is not None
    assert end.issue.body.count("- [ ] ") == 18


# Emergencies ---------------------------------------------------------------------------


def test_an_emergency_is_decided_by_one_lead(stage: Stage) -> None:
    stage.says(1, "lea", "approve")
    end = run(stage, EMERGENCY)
    assert (end.status, end.code) == ("approved", "quorum")


def test_an_emergency_shows_its_type_and_mentions_the_named_approver_first(stage: Stage) -> None:
    end = run(stage, EMERGENCY)
    assert end.issue is not None
    assert end.issue.title == "🚨 Production Deployment Approval: v1.2.3"
    lines = end.issue.body.splitlines()
    first = "🚨 **Emergency:** **dee** wants to deploy **v1.2.3** to **production**. It needs **1 approval** "
    assert lines[:7] == [
        first + "from platform-lead or platform-owner within 30 minutes, before **14:30 UTC**.",
        "",
        "- **Severity**: P0 - Production Outage",
        "- **Impact**: 100% of users unable to checkout",
        "- **Incident**: #INC-12345",
        "- Not given: Downtime, Fix, Rollback Plan, Estimated Fix Time",
        "",
    ]
    assert lines[7].startswith(
        "**To answer, comment** `approve` or `deny - your reason`. You can add a note: "
    )
    assert lines[9] == "@max, this request names you as its approver."
    assert "- **Root Cause**: Database connection pool exhaustion" in lines
    assert "- **Post-Mortem**: Scheduled for tomorrow 10am" in lines
    assert "- sre (not decisive; needs a reason: `approve - your reason`): @sam, @sid" in lines
    assert "- **Production outages** - System down or degraded" in lines
    assert end.record["request"]["details"]["Impact"] == "100% of users unable to checkout"
    assert end.record["request"]["details"]["Fix"] is None


def test_an_unknown_field_is_shown_and_breaks_nothing(stage: Stage) -> None:
    end = run(stage, {**EMERGENCY, "details": TEMPLATE + "**a | @ann <!--**: b | @ann -->\n"})
    assert end.issue is not None
    assert "\n- **`a | @ann <!--`**: `b | @ann -->`\n" in end.issue.body
    assert "\n- **Incident**: #INC-12345\n" in end.issue.body


def test_being_named_as_the_approver_gives_no_authority(stage: Stage) -> None:
    stage.says(1, "mallory", "approve")
    end = run(stage, {**EMERGENCY, "details": TEMPLATE.replace("@max", "@mallory")})
    assert end.status == "timed-out"
    assert end.issue is not None
    assert "names you as its approver" not in end.issue.body


def test_every_field_of_the_template_is_shown_even_if_the_policy_names_only_some(stage: Stage) -> None:
    add_policy(stage, POLICY.replace("      downtime: [Downtime]\n", ""))
    end = run(stage, EMERGENCY)
    assert end.issue is not None
    assert "\n- Not given: Fix, Rollback Plan, Estimated Fix Time, Downtime\n" in end.issue.body
    assert "Justification" not in end.issue.body


def test_impact_and_justification_are_both_shown(stage: Stage) -> None:
    end = run(stage, {**EMERGENCY, "details": TEMPLATE + "**Justification**: the shop is down\n"})
    assert end.issue is not None
    assert "\n- **Justification**: the shop is down\n" in end.issue.body
    assert "\n- **Impact**: 100% of users unable to checkout\n" in end.issue.body
    assert end.record["request"]["details"]["Impact"] == "100% of users unable to checkout"


def test_the_impact_is_shown_as_not_given_where_another_field_is_the_justification(stage: Stage) -> None:
    end = run(stage, {**EMERGENCY, "details": TEMPLATE.replace("**Impact**", "**Justification**")})
    assert end.issue is not None
    assert "\n- Not given: Downtime, Fix, Rollback Plan, Estimated Fix Time, Impact\n" in end.issue.body


@pytest.mark.parametrize(("word", "counted"), [("approve", False), ("approve - the shop is down", True)])
def test_in_an_emergency_an_sre_gives_a_reason_and_cannot_decide(
    stage: Stage,
    word: str,
    counted: bool,  # noqa: FBT001 - a table's column
) -> None:
    stage.says(1, "sam", word)
    end = run(stage, EMERGENCY)
    assert (end.status, end.counted) == ("timed-out", "sam" if counted else "")
    assert end.reactions("sam") == [["+1" if counted else "confused"]]
    assert len(end.notices()) == (0 if counted else 1)
    missing = "The window closed with 0 of 1 approval; 1 from platform-lead or platform-owner is missing."
    assert end.reason.startswith(missing)
    assert ("The approval of sam could not decide." in end.reason) is counted
    assert end.reason.endswith(
        "Still to answer: ayo-anu, lea, max, sue, ann and " + f"{3 if counted else 4} others."
    )


def test_a_stopped_gate_says_how_many_approvals_it_had(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    stage.stops(2)
    assert "The job was stopped with 0 of 1 approval. " in run(stage, EMERGENCY).outputs["reason"]


# Refused before anything is opened -----------------------------------------------------

REFUSED = {
    "an emergency without details": (
        {"deployment-type": "emergency"},
        "input",
        "details: Incident, Root Cause, Justification and Post-Mortem are missing, which the policy",
    ),
    "an emergency without its post-mortem": (
        {**EMERGENCY, "details": TEMPLATE.replace("**Post-Mortem**: Scheduled for tomorrow 10am", "")},
        "input",
        "details: Post-Mortem is missing, which the policy requires for emergency.",
    ),
    "details without the form's fields": (
        {"details": "the shop is down"},
        "input",
        "details: it is neither lines such as `**Incident**: #INC-12345` nor a YAML mapping of such names.",
    ),
    "a policy that does not exist": (
        {"policy-file": "policy.yml"},
        "policy",
        "policy-file: policy.yml does not exist on the branch main.",
    ),
}


@pytest.mark.parametrize(("inputs", "code", "told"), REFUSED.values(), ids=REFUSED)
def test_an_impossible_request_is_refused_at_once(
    stage: Stage, inputs: Mapping[str, str], code: str, told: str
) -> None:
    end = run(stage, inputs)
    assert (end.exit_code, end.status, end.code, end.issue) == (2, "error", code, None)
    assert told in end.log


def test_a_ref_that_the_policy_does_not_name_is_refused(stage: Stage) -> None:
    end = run(stage, GITHUB_REF_TYPE="branch", GITHUB_REF_NAME="v1-hack")
    assert (end.exit_code, end.code, end.issue) == (2, "policy", None)
    assert (
        "The policy does not allow deployments of refs/heads/v1-hack: "
        "its refs are refs/heads/main, refs/tags/v*." in end.log
    )


def test_an_invalid_policy_is_reported_line_by_line(stage: Stage) -> None:
    add_policy(stage, POLICY.replace("minimum-approvals: 1", "minimum: 1"))
    end = run(stage)
    assert (end.exit_code, end.code, end.issue) == (2, "policy", None)
    assert f"{FILE}:27: deployments.emergency.minimum-approvals: it is missing." in end.log


def test_a_requirement_that_nobody_can_meet_is_refused_at_once(stage: Stage) -> None:
    add_policy(stage, POLICY.replace("[platform-leads]", "[acme/platform-leads]"))
    stage.world.permit(REPOSITORY, "read", "acme/platform-leads", "ayo-anu")
    end = run(stage, EMERGENCY)
    assert (end.exit_code, end.code, end.issue) == (2, "unsatisfiable", None)
    assert "as platform-lead or platform-owner" in end.log


def test_a_team_of_the_policy_that_cannot_be_seen_is_named_by_its_place(stage: Stage) -> None:
    add_policy(stage, POLICY.replace("[sre-team]", "[acme/sre-crew]"))
    end = run(stage)
    assert (end.exit_code, end.code) == (2, "roster")
    assert 'roles.sre.members: "acme/sre-crew"' in end.log


# A policy that changes -----------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [POLICY.replace("minimum-approvals: 2", "minimum-approvals: 1"), POLICY + "\n", None]
)
def test_a_policy_that_changes_while_the_gate_waits_ends_it(stage: Stage, text: str | None) -> None:
    def change() -> None:
        if text is None:
            del stage.world.repos[REPOSITORY].files[FILE]
        else:
            add_policy(stage, text)

    stage.says(1, "ann", "approve")
    stage.at(2, change)
    stage.says(3, "lea", "approve")
    end = run(stage)
    assert (end.exit_code, end.status, end.code) == (5, "error", "policy-changed")
    assert f"people were asked under {digest(POLICY)[7:19]}" in end.log
    assert end.issue is not None
    assert end.issue.state == "closed"


def test_a_policy_that_changes_does_not_hinder_a_denial(stage: Stage) -> None:
    stage.at(1, lambda: add_policy(stage, POLICY + "\n"))
    stage.says(2, "ann", "deny - not today")
    assert run(stage).status == "denied"


# Reminders ---------------------------------------------------------------------------------


def reminders(end: Ended) -> list[str]:
    assert end.issue is not None
    return [c.body for c in end.issue.comments if " call-" in c.body]


def test_the_backup_and_then_the_others_are_reminded_once(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    end = run(stage)
    backup, reminder = reminders(end)
    called = (
        "@sam, @sid: you are the backup approvers, and this still needs 1 approval. It closes at 15:00 UTC"
    )
    assert backup.startswith(called)
    assert "in 40 minutes." in backup
    assert reminder.startswith("@ayo-anu, @lea, @max, @sue, @bob, @cid: this still needs 1 approval. ")
    assert "14:20:" in end.log
    assert "14:30:" in end.log


def test_a_hotfix_reminds_after_ten_minutes(stage: Stage) -> None:
    stage.says(15, "ann", "deny - no")
    assert len(reminders(run(stage, {"deployment-type": "hotfix"}))) == 1


def test_without_a_policy_people_are_reminded_once_halfway_through_the_window(stage: Stage) -> None:
    stage.says(10, "ann", "approve")
    end = stage.run({"timeout-minutes": "40"})
    (reminder,) = reminders(end)
    assert reminder.startswith(
        "@bob, @cid, @lea, @max, @sue, @ayo-anu: this still needs 1 approval. It closes "
    )
    assert "in 20 minutes." in reminder


def test_nobody_is_reminded_early(stage: Stage) -> None:
    stage.says(19, "ann", "deny - no")
    assert reminders(run(stage)) == []


def test_a_reminder_that_github_refuses_is_sent_later(stage: Stage) -> None:
    stage.at(19, lambda: stage.fault(path=".*/comments$", method="POST", status=502, times=9))
    end = run(stage)
    assert len(reminders(end)) == 2
    assert "GitHub has a fault." in end.log


def test_a_backup_who_has_answered_is_not_reminded(stage: Stage) -> None:
    stage.says(1, "sam", "approve")
    stage.says(2, "sid", "revoke")
    add_policy(stage, POLICY.replace("minimum-approvals: 2", "minimum-approvals: 4"))
    stage.says(3, "sid", "approve")
    stage.says(25, "ann", "deny - enough")
    end = run(stage)
    assert reminders(end) == []
    assert "the backup (sre) is not needed" in end.log


# Commit authors -------------------------------------------------------

EXCLUDING = POLICY + "\nexclude: [commit-authors]\n"
EXCLUDING_KNOWN = POLICY + "\nexclude: [known-commit-authors]\n"
SEEING = {"issues": "write", "contents": "read", "actions": "read", "deployments": "read"}
EVE = "Eve `@bob` ::error::x <eve@nowhere.example>"


def wrote(stage: Stage, *authors: str, deployed: bool = True) -> str | None:
    """Make these people the authors of the deployed commits, the last of which is the run's own."""
    stage.world.tokens["demo-app-token"].permissions = SEEING
    since = None
    if deployed:
        since = stage.world.commit(REPOSITORY, "cid")
        stage.world.deploy(REPOSITORY, "production", since, "IN_PROGRESS", "SUCCESS")
    for author in authors[:-1]:
        stage.world.commit(REPOSITORY, author)
    stage.world.commit(REPOSITORY, authors[-1], sha=COMMIT)
    return since


def change_row(end: Ended) -> str:
    assert end.issue is not None
    (row,) = (line for line in end.issue.body.splitlines() if line.startswith("- **Change**: "))
    return row.removeprefix("- **Change**: ")


def test_a_commit_author_cannot_approve(stage: Stage) -> None:
    since = wrote(stage, "mallory", "ann")
    add_policy(stage, EXCLUDING)
    stage.says(1, "ann", "approve")
    stage.says(2, "cid", "approve")
    stage.says(3, "bob", "approve")
    end = run(stage)
    assert (end.status, end.outputs["approvers"]) == ("approved", "cid,bob")
    assert end.replayed() == "approved"
    assert "ann's approval does not count: wrote some of what is deployed" in end.log
    assert "wrote some of what is deployed" in end.closing()
    assert end.reactions("ann") == [["confused"]]
    change = end.record["inputs"]["facts"]["change"]
    assert [person["login"] for person in change.pop("authors")] == ["mallory", "ann"]
    assert (change["since"], change["whole"], change["commits"], change["unknown"]) == (since, False, 2, [])
    compared = f"/{REPOSITORY}/compare/{since}...{COMMIT})"
    assert change_row(end).startswith("[2 commits](http://")
    assert change_row(end).endswith(
        f"{compared} since the last deployment, by 2 people. @ann wrote some of it and cannot approve."
    )
    assert "@mallory" not in end.texts()


def test_a_commit_author_can_deny(stage: Stage) -> None:
    wrote(stage, "ann")
    add_policy(stage, EXCLUDING)
    stage.says(1, "bob", "approve")
    stage.says(2, "ann", "deny - I found a mistake of mine")
    end = run(stage)
    assert (end.status, end.outputs["denied-by"]) == ("denied", "ann")


def test_an_owner_who_is_a_commit_author_cannot_approve_alone(stage: Stage) -> None:
    wrote(stage, "ayo-anu")
    add_policy(stage, EXCLUDING)
    stage.says(1, "ayo-anu", "approve")
    assert run(stage, {"timeout-minutes": "5"}).status == "timed-out"


def test_co_authors_and_committers_cannot_approve_either(stage: Stage) -> None:
    wrote(stage, "mallory")
    head = stage.world.repos[REPOSITORY].commits.pop(COMMIT)
    stage.world.commit(REPOSITORY, "mallory", committer="bob", co_authors=["ann"], sha=head.sha)
    add_policy(stage, EXCLUDING)
    end = run(stage, {"timeout-minutes": "1"})
    assert ". @ann and @bob wrote some of it and cannot approve." in change_row(end)


def test_an_initiator_who_is_also_an_author_is_ineligible_as_the_initiator(stage: Stage) -> None:
    wrote(stage, "ann", "bob")
    add_policy(stage, POLICY + "\nexclude: [commit-authors, workflow-initiator]\n")
    end = run(stage, {"timeout-minutes": "1"}, GITHUB_ACTOR="ann", GITHUB_TRIGGERING_ACTOR="ann")
    assert end.issue is not None
    assert "- **Requested by**: @ann, who cannot approve this\n" in end.issue.body
    assert change_row(end).endswith(". @bob wrote some of it and cannot approve.")
    assert "  requested  by ann, who cannot approve it\n" in end.log


def test_where_everybody_who_could_decide_is_a_commit_author_no_issue_is_opened(stage: Stage) -> None:
    wrote(stage, "lea", "max", "sue", "ayo-anu")
    add_policy(stage, EXCLUDING)
    end = run(stage, EMERGENCY)
    assert (end.exit_code, end.code, end.issue) == (2, "unsatisfiable", None)
    assert '"ayo-anu", "lea", "max" and "sue" are barred as an author of what is deployed.' in end.log


def test_an_author_without_an_account_stops_the_gate_before_the_issue_is_opened(stage: Stage) -> None:
    wrote(stage, "ann", EVE, EVE)
    add_policy(stage, EXCLUDING)
    end = run(stage, GITHUB_ACTIONS="true")
    assert (end.exit_code, end.status, end.code, end.issue) == (2, "error", "policy", None)
    assert (
        "exclude: commit-authors cannot bar 1 author of what is new, because they have no account." in end.log
    )
    assert "or write known-commit-authors, which bars only those who have one" in end.log
    shas = [commit.sha[:7] for commit in stage.world.repos[REPOSITORY].commits.values()]
    assert f"'Eve `@bob` : :error: :x <eve@nowhere.example>' in {shas[-2]}, {COMMIT[:7]}" in end.log
    assert "'Eve `@bob` :`:error:`:x `<eve@nowhere.example>`' in " in end.summary


def test_of_many_authors_without_an_account_some_are_named_and_all_are_counted(stage: Stage) -> None:
    wrote(stage, *(f"N{number} <n{number % 8}@nowhere.example>" for number in range(70)))
    add_policy(stage, EXCLUDING)
    end = run(stage)
    assert "cannot bar 8 authors of what is new" in end.log
    assert end.log.count(" and 4 more") == 5
    assert "; and 3 more" in end.log


def test_authors_without_an_account_can_be_ignored_and_are_counted(stage: Stage) -> None:
    wrote(stage, "ann", EVE, "Fay <fay@nowhere.example>")
    add_policy(stage, EXCLUDING_KNOWN)
    stage.says(1, "ann", "approve")
    stage.says(2, "bob", "approve")
    stage.says(3, "lea", "approve")
    end = run(stage, GITHUB_ACTIONS="true")
    assert (end.status, end.outputs["approvers"]) == ("approved", "bob,lea")
    assert len(end.record["inputs"]["facts"]["change"]["unknown"]) == 2
    (warned,) = (line for line in end.log.splitlines() if "have no account" in line)
    assert warned.startswith(
        "::warning title=Approval gate::2 authors of what is new cannot be barred from approving, "
        "because they have no account: 'Eve "
    )
    assert change_row(end).endswith(
        ". @ann wrote some of it and cannot approve. 2 authors without an account cannot be barred."
    )
    assert "nowhere.example" not in end.texts()


def test_no_warning_is_written_where_every_author_has_an_account(stage: Stage) -> None:
    wrote(stage, "ann")
    add_policy(stage, EXCLUDING_KNOWN)
    end = run(stage, {"timeout-minutes": "1"})
    assert "account" not in end.log
    assert "account" not in change_row(end)


def test_without_an_earlier_deployment_all_of_the_history_is_new(stage: Stage) -> None:
    wrote(stage, "ann", "bob", deployed=False)
    add_policy(stage, EXCLUDING)
    end = run(stage, {"timeout-minutes": "1"})
    change = end.record["inputs"]["facts"]["change"]
    assert [person["login"] for person in change.pop("authors")] == ["bob", "ann"]
    assert (change["since"], change["whole"], change["commits"], change["unknown"]) == (None, True, 2, [])
    assert (
        f"/{REPOSITORY}/commits/{COMMIT}) (no earlier deployment of production is on record), by 2 people"
        in (change_row(end))
    )
    assert change_row(end).startswith("[both commits](")


def test_a_history_of_one_commit_is_described_in_the_singular(stage: Stage) -> None:
    wrote(stage, "ann", deployed=False)
    add_policy(stage, EXCLUDING)
    assert change_row(run(stage, {"timeout-minutes": "1"})).startswith("[the only commit](")


def test_where_the_deployed_commit_is_gone_the_issue_says_so(stage: Stage) -> None:
    wrote(stage, "ann", deployed=False)
    stage.world.deploy(REPOSITORY, "production", "de" * 20, "SUCCESS")
    add_policy(stage, EXCLUDING)
    assert "(it cannot be compared with `dededed`, which was deployed last), by 1 person. @ann" in change_row(
        run(stage, {"timeout-minutes": "1"})
    )


def test_authors_of_deployed_commits_stay_eligible(stage: Stage) -> None:
    wrote(stage, "ann")
    stage.world.deploy(REPOSITORY, "production", COMMIT, "SUCCESS")
    add_policy(stage, EXCLUDING)
    stage.says(1, "ann", "approve")
    stage.says(2, "bob", "approve")
    end = run(stage)
    assert end.outputs["approvers"] == "ann,bob"
    assert change_row(end).startswith("[nothing new](")
    assert change_row(end).endswith(" since the last deployment")


def test_the_last_deployment_is_that_of_the_requests_environment(stage: Stage) -> None:
    since = wrote(stage, "ann")
    stage.world.deploy(REPOSITORY, "staging", COMMIT, "SUCCESS")
    add_policy(stage, EXCLUDING)
    end = run(stage, {"timeout-minutes": "1", "environment": "staging"})
    found = end.record["inputs"]["facts"]["change"]
    assert (found["since"], found["commits"]) == (COMMIT, 0)
    end = run(stage, {"timeout-minutes": "1"})
    found = end.record["inputs"]["facts"]["change"]
    assert (found["since"], found["commits"]) == (since, 1)


def test_a_co_author_bot_is_recognised_by_the_servers_no_reply_address(stage: Stage) -> None:
    wrote(stage, "ann")
    del stage.world.repos[REPOSITORY].commits[COMMIT]
    address = "77+deploy[bot]@users.noreply.127.0.0.1"
    stage.world.commit(REPOSITORY, "ann", co_authors=[f"deploy[bot] <{address}>"], sha=COMMIT)
    add_policy(stage, EXCLUDING)
    change = run(stage, {"timeout-minutes": "1"}).record["inputs"]["facts"]["change"]
    assert len(change["authors"]) == 2


def test_of_many_authors_only_some_are_named(stage: Stage) -> None:
    people = [f"dev{number}" for number in range(14)]
    stage.world.team("acme/devs", people)
    stage.world.permit(REPOSITORY, "write", *people)
    wrote(stage, *people)
    add_policy(stage, EXCLUDING.replace("[devops-team]", "[devops-team, acme/devs]"))
    row = change_row(run(stage, {"timeout-minutes": "1"}))
    assert ", @dev9 and 4 more wrote some of it" in row
    assert "@dev10" not in row


def test_a_token_that_cannot_read_deployments_is_reported_with_the_missing_permission(stage: Stage) -> None:
    wrote(stage, "ann")
    stage.world.tokens["demo-app-token"].permissions = {**SEEING, "deployments": "none"}
    add_policy(stage, EXCLUDING)
    end = run(stage)
    assert (end.exit_code, end.code, end.issue) == (5, "permission", None)
    assert "Grant it `contents: read` and `deployments: read`. No issue was opened." in end.log


def test_the_authors_of_what_is_new_are_shown_and_can_approve_where_none_is_excluded(stage: Stage) -> None:
    wrote(stage, "ann")
    add_policy(stage, POLICY + "\nexclude: [workflow-initiator]\n")
    stage.says(1, "ann", "approve")
    stage.says(2, "lea", "approve")
    end = run(stage)
    assert (end.status, end.outputs["approvers"]) == ("approved", "ann,lea")
    assert [it["login"] for it in end.record["inputs"]["facts"]["change"]["authors"]] == ["ann"]
    assert "1 commit" in change_row(end)
    assert "wrote some of it" not in change_row(end)


@pytest.mark.parametrize(("policy", "advised"), [(POLICY, True), (EXCLUDING, False)])
def test_an_initiator_that_is_a_bot_is_shown_with_the_advice_to_exclude_authors(
    stage: Stage, policy: str, *, advised: bool
) -> None:
    wrote(stage, "renovate[bot]")
    add_policy(stage, policy)
    bot = "renovate[bot]"
    end = run(stage, {"timeout-minutes": "1"}, GITHUB_ACTOR=bot, GITHUB_TRIGGERING_ACTOR=bot)
    assert end.issue is not None
    advice = ". The authors of this change can approve it unless the policy excludes `commit-authors`."
    assert f"- **Requested by**: `{bot}`, a bot{advice if advised else ''}\n" in end.issue.body


def test_a_person_who_reruns_a_bots_run_is_mentioned(stage: Stage) -> None:
    stage.world.user("renovate[bot]", kind="Bot")
    end = run(stage, {"timeout-minutes": "1"}, GITHUB_ACTOR="renovate[bot]")
    assert end.issue is not None
    assert "- **Requested by**: `renovate[bot]`, a bot, run again by @dee. The authors of" in end.issue.body
