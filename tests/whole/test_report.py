"""The deployment's result is reported on its approval issue, once, and on no other issue."""

import re
from typing import Any

import pytest
from markdown_it import MarkdownIt

from approval_gate.emulator.world import Comment, Issue, Revision
from approval_gate.rehearsal.scenarios import REPOSITORY, RUN
from tests.whole.stage import Done, Stage

ISSUES = f"/repos/{REPOSITORY}/issues"
BOT = "acme-approval-gate[bot]"
RELEASE = "https://github.com/acme/shop/releases/tag/v1.2.3"
LOST = [{"kind": "after-effect"}, {"status": 502, "effect": True}, {"kind": "reset"}, {"status": 503}]


@pytest.fixture
def approved(stage: Stage) -> Stage:
    """A stage with an approved first issue that is open for the result."""
    stage.says(1, "cid", "approve")
    stage.says(1, "lea", "approve")
    assert stage.run({"keep-issue-open": "true"}).status == "approved"
    return stage


def issue(stage: Stage) -> Issue:
    return stage.world.issue(REPOSITORY, 1)


def results(stage: Stage) -> list[str]:
    return [c.body for c in issue(stage).comments if " result-" in c.body.splitlines()[-1]]


def refused(done: Done, words: str) -> None:
    assert (done.exit_code, done.writes) == (2, [])
    assert done.log.startswith("Error: issue-number: ")
    assert words in done.log


def test_a_successful_deployment_is_reported_labelled_and_closed(approved: Stage) -> None:
    approved.passed = 24 * 3600
    done = approved.report(
        "success", {"monitoring-result": "success", "suite-result": "success", "release-url": RELEASE}
    )
    assert (done.exit_code, done.writes) == (0, [("POST", "/1/comments"), ("PATCH", "/1")])
    it = issue(approved)
    assert (it.state, it.state_reason) == ("closed", "completed")
    assert it.labels == ["deployment", "production", "approval-required", "approved", "deployed"]
    (text,) = results(approved)
    lines = text.splitlines()
    assert re.fullmatch(r"<!-- approval-gate:v1 result-1-deployed nonce=[0-9a-f]{32} -->", lines.pop())
    assert lines[:5] == [
        "### 🚀 Deployed, Tue 3 March, 14:00 UTC, 24 hours after the request",
        "- Deployment succeeded",
        "- Monitoring succeeded",
        "- Full test suite succeeded",
        "",
    ]
    assert lines[5].startswith("[Run 4242](http://127.0.0.1:")
    assert lines[5].endswith(f"/actions/runs/{RUN}/attempts/1), [release]({RELEASE})")
    assert re.fullmatch(
        r"Deployed\n"
        r"  issue      http://\S+/acme/shop/issues/1\n"
        r"  done       result posted, labelled deployed, closed\n",
        done.log,
    )


def test_a_second_report_writes_nothing(approved: Stage) -> None:
    approved.report("success")
    approved.passed += 60
    again = approved.report("success")
    assert (again.exit_code, again.writes) == (0, [])
    assert again.log.endswith("  done       nothing, since this was reported before\n")
    assert len(results(approved)) == 1


@pytest.mark.parametrize(
    ("result", "inputs", "label", "line"),
    [
        ("failure", {}, "deployment-failed", "### ❌ The deployment failed"),
        ("cancelled", {}, "deployment-failed", "### ❌ The deployment was cancelled"),
        (
            "failure",
            {"rollback-result": "success", "rollback-url": "http://x.y/z"},
            "rolled-back",
            "### ↩️ Rolled back: the deployment failed",
        ),
        (
            "success",
            {"monitoring-result": "failure"},
            "deployment-failed",
            "### ❌ Deployed, but monitoring failed",
        ),
        (
            "success",
            {"suite-result": "failure", "rollback-result": "skipped"},
            "deployment-failed",
            "### ❌ Deployed, but the full test suite failed and no rollback ran",
        ),
        ("skipped", {}, "not-deployed", "### 🚫 Not deployed: the deployment did not run"),
    ],
)
def test_an_unsuccessful_deployment_closes_the_issue_as_not_planned(
    approved: Stage, result: str, inputs: dict[str, str], label: str, line: str
) -> None:
    assert approved.report(result, inputs).exit_code == 0
    it = issue(approved)
    assert (it.state, it.state_reason, it.labels[-1]) == ("closed", "not_planned", label)
    assert line in results(approved)[0]
    assert approved.report(result, inputs).writes == []


def test_the_rollback_is_linked_and_absent_parts_are_not_mentioned(approved: Stage) -> None:
    approved.report("failure", {"rollback-result": "success", "rollback-url": "http://x.y/z"})
    (text,) = results(approved)
    assert ", [rollback](http://x.y/z)\n" in text
    assert "- Deployment **failed**\n- Rollback succeeded\n" in text
    assert "Monitoring" not in text
    assert "[release]" not in text


def test_an_issue_that_the_gate_closed_gets_its_label_and_keeps_its_closing_reason(stage: Stage) -> None:
    stage.says(1, "cid", "approve")
    stage.says(1, "lea", "approve")
    stage.run()
    done = stage.report("failure")
    assert done.writes == [("POST", "/1/comments"), ("PATCH", "/1")]
    it = issue(stage)
    assert (it.state, it.state_reason, it.labels[-1]) == ("closed", "completed", "deployment-failed")
    assert done.requests[-1].body == {"labels": it.labels}
    assert stage.report("failure").writes == []


@pytest.mark.parametrize(("result", "warned"), [("success", True), ("failure", True), ("skipped", False)])
def test_the_log_warns_of_a_deployment_that_nobody_approved(
    stage: Stage, result: str, *, warned: bool
) -> None:
    stage.run({"timeout-minutes": "1"})
    done = stage.report(result)
    assert ("is not labelled approved: see whether this deployment waited for its gate" in done.log) is warned
    assert done.exit_code == 0


def test_labels_that_people_added_are_kept(approved: Stage) -> None:
    issue(approved).labels.append("urgent")
    approved.report("success")
    assert issue(approved).labels[-2:] == ["urgent", "deployed"]


class TestLaterAttempts:
    def test_a_later_result_replaces_the_earlier_one(self, approved: Stage) -> None:
        approved.report("failure")
        approved.report("success", GITHUB_RUN_ATTEMPT="2")
        labels = issue(approved).labels
        assert ("deployed" in labels, "deployment-failed" in labels) == (True, False)
        assert [re.findall(r"result-\d-[a-z-]+", text)[0] for text in results(approved)] == [
            "result-1-deployment-failed",
            "result-2-deployed",
        ]
        assert "/attempts/2), attempt 2" in results(approved)[1]

    def test_a_skipped_deployment_does_not_replace_an_earlier_result(self, approved: Stage) -> None:
        approved.report("failure", {"rollback-result": "success"})
        done = approved.report("skipped", GITHUB_RUN_ATTEMPT="2")
        assert done.writes == [("POST", "/1/comments")]
        assert issue(approved).labels[-1] == "rolled-back"
        assert "The result of an earlier attempt is kept: rolled-back." in results(approved)[1]
        assert approved.report("skipped", GITHUB_RUN_ATTEMPT="2").writes == []

    def test_a_result_replaces_an_earlier_skipped_deployment(self, approved: Stage) -> None:
        approved.report("skipped")
        approved.report("success", GITHUB_RUN_ATTEMPT="2")
        assert issue(approved).labels[-2:] == ["approved", "deployed"]

    def test_a_later_failure_of_the_same_attempt_is_reported_too(self, approved: Stage) -> None:
        approved.report("success")
        approved.report("success", {"monitoring-result": "failure"})
        assert issue(approved).labels[-1] == "deployment-failed"
        assert len(results(approved)) == 2

    def test_an_open_issue_is_closed_with_the_earlier_result_that_is_kept(self, approved: Stage) -> None:
        issue(approved).labels.append("deployed")
        approved.report("skipped", GITHUB_RUN_ATTEMPT="2")
        it = issue(approved)
        assert (it.state, it.state_reason, it.labels[-1]) == ("closed", "completed", "deployed")


@pytest.mark.parametrize("fault", LOST, ids=str)
@pytest.mark.parametrize(("method", "path"), [("POST", "/1/comments$"), ("PATCH", "/1$")])
def test_every_write_happens_once_even_if_a_response_is_lost(
    approved: Stage, method: str, path: str, fault: dict[str, Any]
) -> None:
    approved.fault(method=method, path=f"{ISSUES}{path}", **fault)
    assert approved.report("success").exit_code == 0
    assert len(results(approved)) == 1
    assert (issue(approved).state, issue(approved).labels[-1]) == ("closed", "deployed")


@pytest.mark.parametrize("fault", LOST, ids=str)
def test_a_label_is_set_even_if_the_response_is_lost(approved: Stage, fault: dict[str, Any]) -> None:
    approved.world.close_issue(REPOSITORY, 1, by="ann", reason="completed")
    approved.fault(method="PATCH", path=f"{ISSUES}/1$", **fault)
    assert approved.report("failure").exit_code == 0
    assert (issue(approved).state_reason, issue(approved).labels[-1]) == ("completed", "deployment-failed")


def test_a_report_that_failed_halfway_is_finished_by_the_next(approved: Stage) -> None:
    approved.fault(method="PATCH", path=f"{ISSUES}/1$", times=None, status=500)
    assert approved.report("success").exit_code == 5
    approved.world.faults.clear()
    assert approved.report("success").writes == [("PATCH", "/1")]
    assert len(results(approved)) == 1


# The wrong issue ---------------------------------------------------------------------------


def test_without_an_issue_the_report_does_nothing(stage: Stage) -> None:
    done = stage.report("skipped", {"issue-number": "", "token": ""})
    assert (done.exit_code, done.requests) == (0, [])
    assert "nothing is reported" in done.log


def test_an_issue_that_does_not_exist_is_refused(approved: Stage) -> None:
    refused(approved.report("success", {"issue-number": "7"}), "there is no issue 7 there")


def test_another_accounts_issue_with_our_marker_is_refused(approved: Stage) -> None:
    it = issue(approved)
    it.author = approved.world.user("mallory")
    refused(approved.report("success"), "was not opened by the account of this token")


def test_our_issue_is_refused_with_another_accounts_token(approved: Stage) -> None:
    done = approved.report("success", {"token": "demo-job-token"})
    refused(done, "was not opened by the account of this token")


def test_an_issue_whose_author_is_gone_is_refused(approved: Stage) -> None:
    it = issue(approved)
    it.author = approved.world.user("left")
    approved.fault(path=f"{ISSUES}/1$", status=200, body=without_author())
    refused(approved.report("success"), "was not opened by the account of this token")


def without_author() -> str:
    return (
        '{"number": 1, "html_url": "u", "url": "http://x/repos/acme/shop/issues/1", "user": null, '
        '"body": "", "labels": [], "state": "open"}'
    )


@pytest.mark.parametrize("variables", [{"GITHUB_RUN_ID": "99"}, {"GITHUB_RUN_ID": "424"}], ids=str)
def test_another_runs_issue_is_refused(approved: Stage, variables: dict[str, str]) -> None:
    refused(approved.report("success", **variables), "is not an approval issue of this run")


def test_a_later_attempts_issue_is_refused(approved: Stage) -> None:
    approved.run({"keep-issue-open": "true", "timeout-minutes": "1"}, GITHUB_RUN_ATTEMPT="2")
    done = approved.report("success", {"issue-number": "2"})
    refused(done, "issue 2 is not an approval issue of this run")
    assert approved.report("success", {"issue-number": "2"}, GITHUB_RUN_ATTEMPT="2").exit_code == 0


@pytest.mark.parametrize("body", ["", "Hello", "> {marker}", "x {marker}"])
def test_an_issue_of_ours_without_the_marker_is_refused(approved: Stage, body: str) -> None:
    it = issue(approved)
    marker = it.body.splitlines()[-1]
    it.revisions[-1] = Revision(body.format(marker=marker), it.author, it.created_at)
    refused(approved.report("success"), "is not an approval issue of this run")


def test_a_transferred_issue_is_refused(approved: Stage) -> None:
    approved.world.repo("acme/other")
    approved.world.tokens["demo-app-token"].repos = [REPOSITORY, "acme/other"]
    moved = approved.world.transfer_issue(REPOSITORY, 1, "acme/other")
    done = approved.report("success")
    assert (done.exit_code, done.writes, moved.state) == (5, [], "open")
    assert "Issue 1 of acme/shop was moved to " in done.log


def test_a_forged_result_does_not_prevent_the_real_one(approved: Stage) -> None:
    nonce = re.findall("nonce=([0-9a-f]{32})", issue(approved).body)[0]
    forged = f"### 🚀 Deployed\n\n<!-- approval-gate:v1 result-1-deployed nonce={nonce} -->\n"
    approved.world.comment(REPOSITORY, 1, "mallory", forged)
    approved.report("success")
    authors = [c.author.login for c in issue(approved).comments if c.body.endswith(forged[-60:]) and c.author]
    assert authors == ["mallory", BOT]


def test_an_earlier_result_behind_a_flood_of_comments_is_found(approved: Stage) -> None:
    approved.report("success")
    for count in range(150):
        approved.world.comment(REPOSITORY, 1, "ann", f"thanks {count}")
    mine: Comment = issue(approved).comments.pop(-151)
    issue(approved).comments.append(mine)
    assert approved.report("success").writes == []


def test_the_report_goes_to_the_repository_of_the_issue(stage: Stage) -> None:
    stage.world.repo("acme/approvals")
    stage.world.tokens["demo-app-token"].repos = [REPOSITORY, "acme/approvals"]
    target = {"target-repository": "approvals", "target-repository-owner": "ACME"}
    stage.run({**target, "timeout-minutes": "1"})
    assert stage.report("skipped", target).exit_code == 0
    assert stage.world.issues("acme/approvals")[0].labels[-1] == "not-deployed"


# Errors ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"result": ""}, "result: it is empty."),
        ({"result": "ok"}, "result: 'ok' is not one of success, failure, cancelled, skipped"),
        ({"result": "SUCCESS"}, "result: 'SUCCESS' is not one of"),
        ({"result": "::error::x\n##[error]y"}, "result: "),
        ({"monitoring-result": "good"}, "monitoring-result: 'good' is not one of"),
        ({"suite-result": "good"}, "suite-result: 'good' is not one of"),
        ({"rollback-result": "good"}, "rollback-result: 'good' is not one of"),
        ({"issue-number": "0"}, "issue-number: 0 is not between 1 and 1000000000."),
        ({"issue-number": "-1"}, "issue-number: -1 is not between"),
        ({"issue-number": "one"}, "issue-number: 'one' is not a whole number"),
        ({"issue-number": "1/../2"}, "issue-number: '1/../2' is not a whole number"),
        ({"release-url": "ftp://x/y"}, "release-url: 'ftp://x/y' is not an address: write it with https://"),
        ({"release-url": "javascript:alert(1)"}, "release-url: "),
        ({"release-url": "https://"}, "release-url: "),
        ({"release-url": "https:///x"}, "release-url: "),
        ({"release-url": "https://x/a b"}, "release-url: "),
        ({"release-url": " https://x/a"}, "release-url: "),
        ({"rollback-url": "https://x/a\nb"}, "rollback-url: "),
        ({"rollback-url": "https://x/\u200ba"}, "rollback-url: "),
        ({"rollback-url": "https://x/" + "a" * 3000}, "rollback-url: "),
        ({"rolled-back-to": "v1\nv2"}, "rolled-back-to: 'v1\\nv2' is not a version: write one line"),
        ({"rolled-back-to": "v" * 256}, "rolled-back-to: "),
        ({"token": ""}, "token: it is empty"),
        ({"target-repository": "a b"}, "target-repository: 'acme/a b' is not a repository's name"),
    ],
    ids=str,
)
def test_an_invalid_input_is_named(approved: Stage, inputs: dict[str, str], words: str) -> None:
    done = approved.report("success", inputs)
    assert (done.exit_code, done.requests) == (2, [])
    assert words in done.log
    assert len([line for line in done.log.splitlines() if line.startswith("Error: ")]) == 1
    assert "::" not in done.log
    assert "##[" not in done.log


def test_an_unknown_option_is_refused(approved: Stage) -> None:
    done = approved.post_gate("report", arguments=["--approvers", "ann"])
    assert (done.exit_code, "No such option" in done.log) == (2, True)


def test_options_are_read_from_the_command_line_too(approved: Stage) -> None:
    arguments = ["--issue-number", "1", "--result", "success", "--release-url", RELEASE]
    assert approved.post_gate("report", arguments=arguments).exit_code == 0
    assert issue(approved).labels[-1] == "deployed"


@pytest.mark.parametrize("name", ["INPUT_ISSUE-NUMBER", "INPUT_ISSUE_NUMBER"])
def test_both_spellings_of_an_input_are_read(approved: Stage, name: str) -> None:
    assert approved.post_gate("report", {"result": "success"}, **{name: "1"}).exit_code == 0
    assert issue(approved).labels[-1] == "deployed"


@pytest.mark.parametrize("name", ["GITHUB_RUN_ID", "GITHUB_REPOSITORY"])
def test_a_variable_that_is_missing_is_named(approved: Stage, name: str) -> None:
    done = approved.report("success", **{name: "(unset)"})
    assert (done.exit_code, f"{name} is not set" in done.log) == (2, True)


@pytest.mark.parametrize(
    ("method", "path", "fault"),
    [
        ("POST", "/graphql$", {"status": 500}),
        ("POST", "/graphql$", {"status": 200, "body": '{"data": {"viewer": {"databaseId": null}}}'}),
        ("GET", f"{ISSUES}/1$", {"status": 500}),
        ("GET", f"{ISSUES}/1$", {"status": 403}),
        ("GET", f"{ISSUES}/1$", {"status": 410}),
        ("GET", f"{ISSUES}/1$", {"status": 200, "body": "[]"}),
        ("PATCH", f"{ISSUES}/1$", {"status": 429}),
    ],
    ids=str,
)
def test_an_error_from_github_is_reported_and_exits_with_5(
    approved: Stage, method: str, path: str, fault: dict[str, Any]
) -> None:
    approved.fault(method=method, path=path, times=None, **fault)
    done = approved.report("success")
    assert (done.exit_code, issue(approved).state) == (5, "open")
    assert done.log.startswith("Error: ")


def test_with_a_token_of_an_unknown_account_nothing_is_changed(approved: Stage) -> None:
    approved.world.tokens["demo-app-token"].graphql = False
    done = approved.report("success")
    assert (done.exit_code, done.writes) == (5, [])
    assert "GitHub does not tell which account this token writes as." in done.log


HOSTILE = (
    "https://x.y/)**bold**[a](http://evil)",
    "https://x.y/<b>`code`</b>|\\",
    "https://x.y/@ann#12&lt;&copy;'\"",
    "https://x.y/%29%5Dé😀",
    "https://u:p@x.y:8/::error::##[error]?q=a&b=c;d",
)


@pytest.mark.parametrize("address", HOSTILE)
def test_a_hostile_address_is_only_a_link(approved: Stage, address: str) -> None:
    done = approved.report("success", {"release-url": address, "rollback-url": address})
    assert done.exit_code == 0
    (text,) = results(approved)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    (line,) = [t for t in tokens if t.type == "inline" and "[Run 4242]" in t.content]
    children = line.children or []
    kinds = {child.type for child in children}
    assert kinds == {"text", "link_open", "link_close"}
    texts = [child.content for child in children if child.type == "text"]
    assert texts[-3:] == ["release", ", ", "rollback"]
    links = [str(child.attrs["href"]) for child in children if child.type == "link_open"]
    assert len(links) == 3
    assert all(link.startswith("https://") for link in links[1:])


def test_an_ordinary_address_is_linked_unchanged(approved: Stage) -> None:
    address = "https://u.example:8443/a-b_c/~d?e=f&copy;=%20h#i,j;k!$'@+*"
    approved.report("success", {"release-url": address})
    tokens = MarkdownIt("commonmark").parse(results(approved)[0])
    links = [c.attrs["href"] for t in tokens for c in t.children or () if c.type == "link_open"]
    assert links[1] == address.replace("'", "%27").replace("*", "%2A")


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("GET", {"status": 500}),
        ("POST", {"status": 403}),
        ("POST", {"status": 422}),
        ("POST", {"status": 429}),
    ],
    ids=str,
)
def test_the_issue_is_labelled_and_closed_even_if_the_result_cannot_be_written(
    approved: Stage, method: str, fault: dict[str, Any]
) -> None:
    approved.fault(method=method, path=f"{ISSUES}/1/comments$", times=None, **fault)
    done = approved.report("success")
    assert (done.exit_code, issue(approved).state, issue(approved).labels[-1]) == (0, "closed", "deployed")
    assert "The result could not be written on http" in done.log
    approved.world.faults.clear()
    assert approved.report("success").exit_code == 0
    assert len(results(approved)) == 1


def test_the_result_is_reported_in_a_repository_that_was_renamed_since(approved: Stage) -> None:
    approved.world.rename_repo(REPOSITORY, "acme/store")
    done = approved.report("success")
    assert done.exit_code == 0, done.log
    it = approved.world.issue("acme/store", 1)
    assert (it.state, it.labels[-1]) == ("closed", "deployed")


def test_an_issue_of_the_same_number_in_another_repository_is_not_ours(approved: Stage) -> None:
    approved.world.repo("acme/other")
    approved.world.tokens["demo-app-token"].repos = [REPOSITORY, "acme/other"]
    moved = approved.world.transfer_issue(REPOSITORY, 1, "acme/other")
    assert approved.report("success").exit_code == 5
    assert (moved.number, moved.state) == (1, "open")


@pytest.mark.parametrize(
    "headers", [{"sunset": "Wed, 10 Mar 2027 00:00:00 GMT"}, {"deprecation": "@1741564800"}]
)
def test_the_end_of_the_api_version_is_one_warning(approved: Stage, headers: dict[str, str]) -> None:
    approved.world.sunset = headers
    done = approved.report("success")
    assert (done.exit_code, done.log.count("GitHub will stop answering version 2022-11-28")) == (0, 1)


def test_a_token_that_github_does_not_accept_is_an_error(approved: Stage) -> None:
    done = approved.report("success", {"token": "wrong"})
    assert (done.exit_code, done.writes) == (5, [])
    assert "does not accept the token" in done.log
