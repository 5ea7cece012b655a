"""Situations in which the program prints its messages, played in this process.

Many are those of other suites, which are played again here, so that no reference is out of date.
"""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from approval_gate.core.record.canonical import canonical
from approval_gate.errors import InputError
from approval_gate.gate.ending import failure
from approval_gate.rehearsal.scenarios import REPOSITORY
from approval_gate.runner.log import Log
from approval_gate.runner.outputs import Outputs
from tests.core.policy import test_document
from tests.messages.rare import rare
from tests.messages.recorded import Recorded, Situation, call
from tests.program import test_policy as test_program_policy
from tests.program import test_verify
from tests.runner import given, test_body, test_inputs
from tests.whole import (
    test_app,
    test_audit,
    test_checklist,
    test_deployed,
    test_follow_up,
    test_names,
    test_notifications,
    test_outcomes,
    test_overdue,
    test_policy,
    test_report,
    test_request,
    test_sweep,
    test_tampering,
    test_verified,
)
from tests.whole import test_inputs as test_inputs_whole
from tests.whole.keys import pair

EXAMPLE = Path(test_document.EXAMPLE)


def refusals() -> Iterator[tuple[str, Situation]]:
    """Yield the requests that other suites have refused, each with its inputs."""
    for name, (inputs, *_) in test_request.REFUSED.items():
        yield name, lambda stage, inputs=inputs: stage.run(inputs)
    for name, (inputs, *_) in test_policy.REFUSED.items():
        yield name, lambda stage, inputs=inputs: test_policy.run(stage, inputs)
    for name, (inputs, _) in test_inputs.BAD.items():
        yield name, lambda _, inputs=inputs: refused(inputs)


def refused(inputs: Mapping[str, str], **variables: str) -> str:
    """Return what is printed of inputs that cannot be used."""
    with pytest.raises(InputError) as met:
        given.read(inputs, **variables)
    return failure(met.value, Log()).text


def documents() -> Iterator[tuple[str, Situation]]:
    """Yield the policy documents in which other suites have one thing wrong."""
    for here, there, told in test_document.GOLDEN:
        text = test_document.SMALL.replace(here, there, 1)
        if told:
            yield f"{here} → {there}"[:60], lambda _, text=text: call("policy", "check", "-", stdin=text)


# What other suites play ----------------------------------------------------------------------------


def references() -> Iterator[tuple[str, Situation]]:
    """Yield tests of other suites that play on a stage, with all sets of their parameters or one."""
    for module, names in REFERENCES.items():
        for entry in names.split():
            name, _, position = entry.rstrip("]").partition("[")
            owner, _, method = name.rpartition(".")
            function = getattr(getattr(module, owner)() if owner else module, method)
            sets = _sets(function)
            for arguments in [sets[int(position)]] if position else sets:
                yield f"{module.__name__}.{name}", lambda stage, f=function, a=arguments: _on(stage, f, a)


def _sets(function: Callable[..., None]) -> list[dict[str, Any]]:
    """Return each set of a test's parameters."""
    sets: list[dict[str, Any]] = [{}]
    for mark in getattr(function, "pytestmark", ()):
        names, values = mark.args
        names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
        rows = [dict(zip(names, row if len(names) > 1 else (row,), strict=True)) for row in values]
        sets = [{**one, **row} for one in sets for row in rows]
    return sets


def _on(stage: Recorded, function: Callable[..., None], arguments: Mapping[str, Any]) -> None:
    """Play a test on a stage, with the fixtures that it asks for."""
    values = dict(arguments)
    for name in inspect.signature(function).parameters:
        if name == "stage":
            values[name] = stage
        if name == "approved":
            stage.says(1, "ann", "approve")
            stage.says(1, "lea", "approve")
            stage.run({"keep-issue-open": "true"})
            values[name] = stage
        if name == "emergency":
            values[name] = test_follow_up.approved(stage)
        if name == "app":
            permissions = test_app.GRANTED
            values[name] = stage.world.app(
                "gatekeeper", public_key=pair()[1], repos=[REPOSITORY], permissions=permissions
            )
    function(**values)


REFERENCES: Mapping[Any, str] = {
    test_app: """
        test_the_gate_refuses_at_once
        test_an_app_that_is_not_installed_is_reported
        test_an_app_without_a_permission_is_reported_with_its_name
    """,
    test_checklist: """
        test_the_gate_refuses_at_once
    """,
    test_deployed: """
        TestAVersion.test_that_is_the_hash_of_another_commit_is_refused
        TestAVersion.test_that_is_a_branch_of_another_commit_is_refused
        TestAVersion.test_is_not_looked_up_without_the_permission_and_the_log_says_so
        TestAnEnvironment.test_an_unnamed_environment_has_no_last_deployment_to_exclude_authors_by
    """,
    test_follow_up: """
        test_where_no_record_can_be_read_nothing_is_guessed_and_the_log_says_what_to_do
        test_an_edited_record_is_a_warning_and_the_follow_up_is_opened_all_the_same
        test_a_template_that_cannot_be_read_is_a_warning[0]
        test_a_template_that_github_does_not_give_is_a_warning
        test_a_policy_that_cannot_be_read_is_a_warning[0]
        test_a_policy_that_cannot_be_read_is_a_warning[2]
        test_a_policy_that_is_none_any_more_is_a_warning
        test_todays_policy_is_used_where_that_commit_is_gone
        test_where_it_cannot_be_a_sub_issue_the_link_suffices[0]
        test_the_result_is_written_even_if_the_follow_up_cannot_be_opened
    """,
    test_inputs_whole: """
        test_a_wrong_token_is_unauthenticated
        test_all_problems_are_reported_in_one_error
    """,
    test_names: """
        test_a_name_shared_by_a_team_and_a_user_who_can_both_write_is_refused_before_the_issue_is_opened[0]
        test_an_enterprise_team_is_refused_as_unreadable[0]
        test_where_everyone_must_approve_each_problem_name_is_reported_with_its_remedy
        test_plain_names_without_the_write_check_are_refused_with_the_form_to_write
        test_the_error_says_that_the_only_approver_is_a_bot[1]
        test_an_approver_whose_own_token_runs_the_gate_learns_which_token_to_pass
        test_an_invalid_name_is_refused_with_the_probable_meaning
        test_too_many_names_are_refused
        test_an_environment_or_a_right_that_gives_no_approvers_is_refused
        test_an_environment_is_refused_that_the_token_cannot_read
        test_a_right_is_refused_whose_holders_the_token_cannot_list
    """,
    test_notifications: """
        test_a_dead_address_is_a_warning_in_the_gate
        test_a_dead_address_is_a_warning_in_the_report
        test_a_wrong_address_is_an_error_before_the_issue_is_opened
        test_a_process_that_cannot_be_started_is_a_warning
        test_an_address_at_which_nobody_listens_is_a_warning
    """,
    test_outcomes: """
        test_a_stopped_job_closes_its_issue
        test_after_a_stop_while_people_are_looked_up_no_issue_is_opened
    """,
    test_verified: """
        test_all_that_failed_is_said_at_once_and_is_in_the_record
        test_a_permission_that_a_required_check_needs_is_named
        test_a_job_that_failed_ends_the_gate_before_anybody_is_asked
        test_a_label_of_the_approval_issue_that_a_check_forbids_is_refused
        test_a_check_of_what_is_new_needs_an_environment
        test_an_approval_that_comes_while_the_checks_are_read_is_decided_on_newer_facts
        test_a_permission_that_is_lost_while_it_waits_holds_the_approval
    """,
    test_overdue: """
        test_a_listed_type_is_refused_before_anybody_is_asked
        test_of_thirty_five_are_named_and_the_rest_is_counted
        test_a_locked_follow_up_is_a_warning
    """,
    test_audit: """
        test_a_repository_that_the_token_cannot_see_is_an_error
        test_an_organisation_is_audited_where_the_account_has_issues
        test_a_repository_of_an_organisation_that_cannot_be_read_is_a_finding
        test_a_token_without_the_permission_is_an_error
        test_a_token_that_is_not_valid_is_an_error
        test_a_file_that_cannot_be_written_is_an_error
    """,
    test_policy: """
        test_a_ref_that_the_policy_does_not_name_is_refused
        test_an_invalid_policy_is_reported_line_by_line
        test_a_policy_that_changes_while_the_gate_waits_ends_it[1]
        test_where_everybody_who_could_decide_is_a_commit_author_no_issue_is_opened
        test_an_author_without_an_account_stops_the_gate_before_the_issue_is_opened
        test_authors_without_an_account_can_be_ignored_and_are_counted
        test_a_token_that_cannot_read_deployments_is_reported_with_the_missing_permission
    """,
    test_report: """
        test_the_log_warns_of_a_deployment_that_nobody_approved[1]
        test_an_issue_that_does_not_exist_is_refused
        test_our_issue_is_refused_with_another_accounts_token
        test_another_runs_issue_is_refused[0]
        test_a_transferred_issue_is_refused
        test_with_a_token_of_an_unknown_account_nothing_is_changed
        test_the_issue_is_labelled_and_closed_even_if_the_result_cannot_be_written[0]
    """,
    test_request: """
        test_issues_write_alone_on_a_tag_names_contents_read_however_github_refuses
        test_a_pull_request_from_a_fork_is_refused_with_a_way_that_works[3]
        test_the_end_of_the_api_version_is_one_warning
        test_a_retired_version_of_the_api_is_named
        test_an_input_that_github_rejects_is_not_an_outage
        test_a_mail_address_in_codeowners_is_refused
        test_a_missing_codeowners_file_is_refused
        test_where_earlier_attempts_cannot_be_seen_log_issue_and_record_say_so[0]
        test_a_rerun_replaces_the_issue_left_open_by_the_previous_attempt
    """,
    test_sweep: """
        test_a_killed_gates_issue_is_closed_as_cancelled
        test_an_approved_issue_that_awaits_its_result_is_labelled_and_stays_open
    """,
    test_tampering: """
        test_where_graphql_is_refused_no_issue_is_opened
        test_where_graphql_lacks_a_field_no_issue_is_opened
        test_a_lasting_refusal_of_graphql_is_an_error_with_a_remedy[0]
        test_the_tag_that_version_names_must_stay_on_the_runs_commit
        test_a_version_that_names_a_tag_of_another_commit_is_refused
        test_an_issue_edited_too_often_to_be_read_is_treated_as_tampered_with
    """,
}


# On the command line -------------------------------------------------------------------------------

FILE = str(EXAMPLE)
HERE = ("--repository", REPOSITORY)
CALLS: Sequence[tuple[str, ...]] = (
    ("policy", "check", "none.yml"),
    ("policy", "check", "elsewhere/zzz"),
    ("policy", "check", "/"),
    ("policy", "check", FILE),
    ("policy", "check", FILE, "--token", "x"),
    ("policy", "check", FILE, "--repository", "shop", "--token", "x"),
    ("policy", "check", FILE, *HERE),
    ("policy", "check", FILE, *HERE, "--token", "a b"),
    ("policy", "explain", FILE, "--approvers", "ann"),
    ("policy", "explain", FILE, "--roster", "ann=devops"),
    ("policy", "explain", "--approvers", ","),
    ("policy", "explain", FILE, "--minimum-approvals", "2"),
    ("policy", "explain", FILE, "--votes", "ann"),
    ("policy", "explain", FILE, "--votes", "ann=approve"),
    ("policy", "explain", FILE, "--votes", "ann=approve", "--roster", "ann=devop"),
    ("policy", "explain", "--approvers", "ann,acme/ops", "--votes", "ann=approve"),
    ("policy", "explain", "--approvers", "ann", "--votes", "ann=maybe"),
    ("policy", "explain", "--approvers", "ann", FILE),
    ("policy", "schema", "x"),
    ("audit",),
    ("audit", "--repository", "shop"),
    ("audit", *HERE),
    ("audit", *HERE, "--organization", "acme"),
    ("audit", *HERE, "--token", "a b"),
    ("audit", *HERE, "--token", "x", "--output", "/none/audit.html"),
    ("rehearse", "aproved"),
    ("rehearse", "--full=yes"),
    ("sweep", "--nonce", "x"),
    ("start",),
    ("audit", "--days", "3months"),
    ("polcy",),
)
WAIVING = test_document.SMALL.replace("sre]\n", "sre]\n    waive: [Tests]\n", 1)
DOCUMENTS: Sequence[str | bytes] = (
    "",
    "text",
    b"\xff",
    "x" * 70_000,
    "[" * 20,
    "- 1\n" * 10_001,
    "\n".join(f"k{number}: 1" for number in range(30)),
    test_document.SMALL.replace("  emergency:", "  urgent:") + "follow-up: {hours: 48}",
    test_document.SMALL + "block-on-overdue: [standard]",
    'version: 1\nrefs: ["\\ud800"]\n',
    WAIVING.replace(WAIVING[WAIVING.index("checklist:") :], ""),
    WAIVING.replace("plans]", "Tests]"),
    test_document.SMALL.replace(
        "plans]", f"{{item: x, verify: {{details: incident, pattern: {'a' * 201}}}}}]"
    ),
)
PLACES = """\
version: 1
roles: {lead: {members: [ann]}}
deployments: {standard: {minimum-approvals: 1, timeout-minutes: 30, approvers: [lead]}}
checklist:
  Checks:
    - {item: a, verify: {jobs: {zzz: [], Build: [zzz]}}}
    - {item: b, verify: {no-open-issues: [zzz]}}
    - {item: c, verify: {deployed-to: zzz}}
    - {item: d, verify: {deployed-to: production}}
    - {item: e, verify: {changed: [zzz]}}
"""
"""A policy whose checks name what is not there."""


def calls() -> Iterator[tuple[str, Situation]]:
    """Yield calls of the command line that are wrong, or have something to say."""
    for arguments in CALLS:
        yield " ".join(arguments), lambda _, arguments=arguments: call(*arguments)
    for text in DOCUMENTS:
        yield repr(text)[:60], lambda _, text=text: call("policy", "check", "-", stdin=text)
    unset = dict.fromkeys(("GITHUB_REPOSITORY", "GITHUB_RUN_ID"))
    yield "no runner", lambda _: call("wait", INPUT_TOKEN="x", **unset)
    check = ("policy", "check", "-", *HERE, "--token", "x")
    yield "a wrong document and a repository", lambda _: call(*check, stdin="text")
    yield "outputs that cannot be written", lambda _: call("wait", GITHUB_OUTPUT="/proc/none/output")
    yield "outputs that cannot be written at the end", full_disk
    yield "a scenario that ends otherwise", lambda _: rehearsed(return_value=False)
    yield "no rehearsal", without_rehearsal
    yield "a policy where it is used", used_policy
    yield "records that are verified", verified


def full_disk(_: Recorded) -> str:
    with patch.object(Outputs, "set", side_effect=[None, OSError(28, "No space left on device")]):
        return call("wait", INPUT_TOKEN="x")


def rehearsed(**how: Any) -> str:
    with patch("approval_gate.rehearsal.rehearse.rehearse", **how):
        return call("rehearse")


def without_rehearsal(_: Recorded) -> str:
    with patch.dict(sys.modules, {"approval_gate.rehearsal.rehearse": None}):
        return call("rehearse")


def used_policy(stage: Recorded) -> str:
    """Check a policy against repositories in which much is wrong."""
    file = stage.folder / "policy.yml"
    file.write_text(test_program_policy.BROKEN + "exclude: [workflow-initiator]\n", encoding="utf-8")
    printed = []
    with test_program_policy.github() as there:
        world = there.world
        printed.append(there.check(FILE, "--environment", "elsewhere", GH_TOKEN="demo-app-token").output)
        world.tokens["demo-app-token"].graphql = False
        printed.append(there.check(FILE, GH_TOKEN="demo-app-token").output)
        world.tokens["demo-job-token"].repos = []
        printed.append(there.check(FILE, GH_TOKEN="demo-job-token").output)
        world.tokens["demo-job-token"].repos = None
        printed.append(there.check(FILE, "--environment", "elsewhere", GH_TOKEN="wrong").output)
        world.team("acme/ghosts")
        world.permit(REPOSITORY, "write", "acme/ghosts", "acme/machines", "ann", "bob")
        world.permit(REPOSITORY, "triage", "acme/devops-team")
        world.permit(REPOSITORY, "write", "sam")
        world.tokens["machine"].expires_at = world.now() + timedelta(minutes=30)
        world.environment(REPOSITORY, "production", wait_timer=5, branches=[("tag", "v*"), ("branch", "dev")])
        world.environment(REPOSITORY, "approval-gate", reviewers=["ann"], branches="protected")
        printed.append(there.check(str(file)).output)
        world.environment(REPOSITORY, "production", reviewers=["ann"])
        printed.append(there.check(str(file)).output)
        long = FILE_TEXT.replace("timeout-minutes: 60", "timeout-minutes: 600")
        file.write_text(long, encoding="utf-8")
        printed.append(there.check(str(file), GH_TOKEN=None, GITHUB_TOKEN="demo-job-token").output)
        names = ", ".join(f"user:u{number}" for number in range(150))
        file.write_text(
            "version: 1\nroles:\n"
            f"  a: {{members: [{names}]}}\n  b: {{members: [{names}, 'acme-approval-gate[bot]']}}\n"
            "  c: {members: ['acme-approval-gate[bot]', ann]}\n"
            "deployments:\n"
            "  many: {minimum-approvals: 1, timeout-minutes: 5, approvers: [a, b]}\n"
            "  few: {minimum-approvals: 1, timeout-minutes: 5, approvers: [c]}\n",
            encoding="utf-8",
        )
        world.environment(REPOSITORY, "production", branches=[("branch", "main")])
        world.environment(REPOSITORY, "production-rollback")
        printed.append(there.check(str(file)).output)
        world.environment(REPOSITORY, "production", branches="protected")
        printed.append(there.check(str(file)).output)
        world.environment(REPOSITORY, "production", branches=[("branch", "main")])
        world.environment(REPOSITORY, "production-rollback", branches=[("branch", "dev")])
        printed.append(there.check(str(file)).output)
        file.write_text(PLACES, encoding="utf-8")
        files = world.repos[REPOSITORY].files
        for workflow in ("jobs: {build: {name: Build}}", "a: b: c"):
            files[".github/workflows/ci.yml"] = workflow
            printed.append(there.check(str(file)).output)
        world.tokens["demo-app-token"].graphql = True
        world.tokens["demo-app-token"].permissions["contents"] = "none"
        printed.append(there.check(str(file), GH_TOKEN="demo-app-token").output)
        admins = FILE_TEXT.replace("[ayo-anu]", "['role:admin']")
        assert admins != FILE_TEXT
        file.write_text(admins, encoding="utf-8")
        world.permit(REPOSITORY, "write", "ayo-anu")
        printed.append(there.check(str(file)).output)
        world.tokens["machine"].permissions = {"issues": "write", "members": "read"}
        printed.append(there.check(FILE).output)
    return "\n".join(printed)


def verified(stage: Recorded) -> str:
    """Verify a record with each option, well and badly."""
    record = stage.folder / "record.json"
    with test_verify.served(stage) as there:
        record.write_text(canonical(there.document), encoding="utf-8")
        calls: Sequence[tuple[str, ...]] = (
            ("-", "--thread"),
            ("-", "--policy", FILE, "--expect", "denied"),
            ("-", "--policy", "/"),
            ("-", "--policy", str(record)),
            ("-", "--save", "/"),
            ("-", "--commit", "x"),
            ("-", "--token", "x"),
            ("-", "--expect", "approved", "--artifact", ""),
            ("-", "--account", "x"),
            ("-", "--thread", "--account", "x"),
            ("/",),
            ("a", "b", "--save", "c"),
            (f"{there.address}999",),
            ("https://elsewhere.example/acme/shop/issues/1",),
        )
        printed = [there.verify(*words).output for words in calls]
        printed.append(there.verify("-", "--thread", GH_TOKEN=None).output)
        printed.extend(test_verify.refusals(there))
    return "\n".join(printed)


FILE_TEXT = EXAMPLE.read_text(encoding="utf-8")


# A step whose inputs, variables or files are wrong -------------------------------------------------


def steps() -> Iterator[tuple[str, Situation]]:
    """Yield steps that end before there is a request, and what else only their inputs decide."""
    for path, _ in test_body.REFUSED.values():
        yield f"the body {path[:40]}", lambda stage, path=path: body(stage, path)
    both = {"issue-body": "x", "issue-body-file-path": "x"}
    yield "two bodies", lambda stage: stage.run(both)
    yield "an invisible character", lambda stage: stage.run({"version": "v1\u200b"})
    yield "a ref with one", lambda stage: stage.run(GITHUB_REF_NAME="v1\u200b")
    yield "another commit", lambda stage: stage.run({"version": "v1-3-gdeadbee"})
    yield "a wrong variable", lambda stage: stage.run(GITHUB_RUN_ID="x")
    yield "a wrong address", lambda stage: stage.run(GITHUB_SERVER_URL="x")
    yield "a wrong hash", lambda stage: stage.run(GITHUB_SHA="x")
    yield "a missing variable", lambda stage: stage.run(GITHUB_ACTOR="(unset)")
    yield "two spellings", lambda stage: stage.run(**{"INPUT_MINIMUM-APPROVALS": "7"})
    yield "a policy that is a folder", lambda stage: test_policy.run(stage, {"policy-file": ".github"})
    yield "an unknown type", lambda stage: test_policy.run(stage, {"deployment-type": "nightly"})
    yield "a longer window", lambda stage: test_policy.run(stage, {"timeout-minutes": "61"})
    misspelt = test_policy.TEMPLATE.replace("**Incident**", "**Insident**")
    yield (
        "a misspelt detail",
        lambda stage: test_policy.run(stage, {**test_policy.EMERGENCY, "details": misspelt}),
    )
    yield (
        "no issues",
        lambda stage: (
            stage.world.repo("acme/silent", private=False, has_issues=False),
            stage.run({"target-repository": "acme/silent"}),
        ),
    )
    yield "no token of this repository", unseen
    yield "neither user nor team", lambda stage: stage.run({"approvers": "nobody", "token": "demo-job-token"})
    yield (
        "a team without its own right",
        lambda stage: (
            stage.world.team("acme/nightly", ["ann"]),
            stage.run({"approvers": "nightly", "minimum-approvals": "1"}),
        ),
    )
    yield "a long label", lambda stage: stage.run({"issue-labels": "x" * 60, "timeout-minutes": "1"})
    yield "a long window", long_window
    yield "a sweep of nothing", lambda stage: stage.post_gate("sweep")
    yield "a sweep after the end", lambda stage: stage.post_gate("sweep", STATE_finished="true")
    yield "a report of nothing", lambda stage: stage.post_gate("report", {"result": "success"})
    for wrong in ({"result": ""}, {"result": "succes"}, {"release-url": "shop.example"}):
        yield f"a report of {wrong}", lambda stage, wrong=wrong: stage.report("success", wrong)
    for name, inputs in ENDS.items():
        yield name, lambda stage, inputs=inputs: (stage.says(1, "ann", "deny - no"), stage.run(inputs))
    yield "no policy there", lambda stage: stage.run({"policy-file": "/logo.png", "approvers": ""})
    files = {"RUNNER_TEMP": "/proc/none", "GITHUB_STEP_SUMMARY": "/proc/none"}
    yield "files that cannot be written", lambda stage: stage.run({"timeout-minutes": "1"}, **files)
    yield "a fault of the program", crash
    yield "a sweep that finds nothing", swept_twice
    yield "a sweep of another account's issue", another_account


def body(stage: Recorded, path: str) -> str:
    workspace = str(test_body.furnish(stage.folder))
    return refused({"issue-body-file-path": path}, GITHUB_WORKSPACE=workspace)


ENDS: Mapping[str, Mapping[str, str]] = {
    "a denial": {},
    "an elsewhere policy": {"policy-file": "../x", "approvers": "", "minimum-approvals": ""},
    "a stranger": {"approvers": "ann,cid,mallory", "minimum-approvals": "1"},
    "eleven people": {
        "approvers": "devops-team,platform-leads,sre-team,ayo-anu,user:hal,user:mallory,user:dee"
    },
}


def crash(stage: Recorded) -> None:
    with patch("approval_gate.cli.prepare.prepare", side_effect=ZeroDivisionError):
        stage.run()


def swept_twice(stage: Recorded) -> None:
    gate = test_sweep.killed(stage)
    stage.sweep(gate)
    stage.sweep(gate)


def another_account(stage: Recorded) -> None:
    gate = test_sweep.killed(stage)
    stage.sweep(gate, {"token": "demo-job-token"})


def long_window(stage: Recorded) -> None:
    stage.stops(1)
    stage.run({"timeout-minutes": "361"})


def unseen(stage: Recorded) -> None:
    stage.world.tokens["demo-app-token"].repos = []
    stage.run()


# GitHub's faults -----------------------------------------------------------------------------------


def faults() -> Iterator[tuple[str, Situation]]:
    """Yield faults of GitHub: while the gate waits, while it writes, and before there is an issue."""
    comments, issue = f"/repos/{REPOSITORY}/issues/1/comments$", f"/repos/{REPOSITORY}/issues/1$"
    while_waiting: Mapping[str, dict[str, Any]] = {
        "no JSON": {"path": issue, "status": 200, "body": "{", "times": None},
        "another shape": {"path": issue, "status": 200, "body": '{"hello": 1}', "times": None},
        "no list": {"path": comments, "status": 200, "body": "{}", "times": None},
        "a lost issue": {"path": issue, "status": 404, "times": None},
        "a limit": {"path": issue, "status": 429, "times": None},
        "a redirect": {
            "path": issue,
            "status": 301,
            "headers": {"location": "http://elsewhere.example/"},
            "times": None,
        },
        "issues switched off": {"path": issue, "status": 410, "times": None},
    }
    for name, fault in while_waiting.items():
        yield name, lambda stage, fault=fault: during(stage, fault)
    limited = '{"errors": [{"type": "RATE_LIMITED", "message": "x"}]}'
    forbidden = '{"errors": [{"type": "FORBIDDEN", "message": "x"}]}'
    for name, answer in {
        "GraphQL's limit": limited,
        "GraphQL's refusal": forbidden,
        "an error of GraphQL's": '{"errors": [{"type": "X", "message": "x"}]}',
        "no object of GraphQL's": "[]",
        "another number of nodes": '{"data": {"nodes": []}}',
    }.items():
        yield (
            name,
            lambda stage, answer=answer: confirming(stage, {"status": 200, "body": answer, "times": None}),
        )
    for name, (method, path) in {
        "no status": ("POST", comments),
        "no closing": ("PATCH", issue),
        "no reaction": ("POST", f"/repos/{REPOSITORY}/issues/comments/"),
        "no edit": ("PATCH", f"/repos/{REPOSITORY}/issues/comments/"),
        "no assignees": ("POST", f"{issue[:-1]}/assignees"),
        "no labels": ("POST", f"{issue[:-1]}/labels"),
    }.items():
        yield name, lambda stage, method=method, path=path: writing(stage, method, path)
    yield "a closed issue", closed
    yield (
        "an unknown rejection",
        lambda stage: before(stage, {"path": "/repos", "status": 422}),
    )
    yield "a lost connection", lost_connection
    yield "a locked conversation", locked
    yield "an attempt before", attempts


def during(stage: Recorded, fault: Mapping[str, Any]) -> None:
    """A fault that begins a minute after the opening, and three answers."""
    stage.at(1, lambda: stage.fault(**fault))
    stage.says(1, "ann", "approve")
    stage.says(2, "eve", "hello")
    stage.run({"timeout-minutes": "4"})


def confirming(stage: Recorded, answer: Mapping[str, Any]) -> None:
    """A fault of GraphQL's while an approval is confirmed."""
    stage.at(1, lambda: stage.fault(method="POST", path="/graphql$", **answer))
    stage.says(1, "ann", "approve")
    stage.edits(1.5, "ann", "approve - edited")
    stage.says(2, "lea", "approve")
    stage.says(3, "cid", "approve")
    stage.run({"timeout-minutes": "5"})


def writing(stage: Recorded, method: str, path: str) -> None:
    """A gate whose writes of one sort GitHub refuses."""
    stage.fault(method=method, path=path, times=None, status=403)
    stage.says(1, "ann", "approve")
    stage.says(2, "lea", "approve")
    stage.run({"timeout-minutes": "3", "issue-body": "x" * 70_000, "keep-issue-open": "false"})


def before(stage: Recorded, fault: Mapping[str, Any]) -> None:
    stage.fault(times=None, **fault)
    stage.run()


def lost_connection(stage: Recorded) -> None:
    stage.fault(path="/repos", kind="reset", times=None)
    stage.run()


def locked(stage: Recorded) -> None:
    body = '{"message": "Unable to create comment because issue is locked."}'
    stage.fault(
        method="POST", path=f"/repos/{REPOSITORY}/issues/1/comments", times=None, status=403, body=body
    )
    stage.run({"timeout-minutes": "1"})


def attempts(stage: Recorded) -> None:
    """A run again, which cannot see nor close the issue of the attempt before."""
    test_sweep.killed(stage)
    stage.fault(method="PATCH", path=f"/repos/{REPOSITORY}/issues/1$", times=None, status=403)
    stage.run({"timeout-minutes": "1"}, GITHUB_RUN_ATTEMPT="2")
    stage.fault(path=f"/repos/{REPOSITORY}/issues$", times=None, status=403)
    stage.run({"timeout-minutes": "1"}, GITHUB_RUN_ATTEMPT="3")


def closed(stage: Recorded) -> None:
    stage.at(1, lambda: stage.world.close_issue(REPOSITORY, 1, by="eve"))
    stage.run()


def situations() -> Iterator[tuple[str, Situation]]:
    """Yield every situation, with its name."""
    for some in (refusals, documents, references, calls, steps, faults, rare):
        yield from some()
