"""After an emergency, the report opens the follow-up that the policy asks for: once, assigned, and due."""

import copy
import itertools
import json
import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from approval_gate.core.blocks import fenced
from approval_gate.core.follow_up import LABEL
from approval_gate.core.marker import FollowUpMarker
from approval_gate.core.record.canonical import digest, indented
from approval_gate.core.record.comments import joined
from approval_gate.emulator.world import Issue, Revision
from approval_gate.github.wire import SenderFactory
from approval_gate.rehearsal.scenarios import REPOSITORY, RUN
from tests.whole.stage import Stage
from tests.whole.test_overdue import plant
from tests.whole.test_policy import EMERGENCY, FILE, POLICY, add_policy, run

BOT = "acme-approval-gate[bot]"
ISSUES = f"/repos/{REPOSITORY}/issues"
DUE = "Wed 4 March 2026, 14:10 UTC"


@pytest.fixture
def emergency(stage: Stage) -> Stage:
    """A stage with an emergency that one lead approved, and whose issue is open for the result."""
    return approved(stage)


def approved(stage: Stage) -> Stage:
    stage.says(1, "lea", "approve - checkout is down")
    assert run(stage, {**EMERGENCY, "keep-issue-open": "true"}).status == "approved"
    stage.passed = 600
    return stage


def follow_ups(stage: Stage) -> list[Issue]:
    return [it for it in stage.world.issues(REPOSITORY) if LABEL in it.labels]


def results(stage: Stage) -> list[str]:
    return [
        c.body for c in stage.world.issue(REPOSITORY, 1).comments if " result-" in c.body.splitlines()[-1]
    ]


def record(stage: Stage) -> dict[str, Any]:
    """The record in the last result."""
    (fence,) = re.findall(r"```json\n(.*?)\n```", results(stage)[-1], re.DOTALL)
    return dict(json.loads(fence))


def rewrite(stage: Stage, **changes: object) -> None:
    """Put another record into the closing comment, as anybody who can write can."""
    (comment,) = [c for c in stage.world.issue(REPOSITORY, 1).comments if " closing nonce=" in c.body]
    (fence,) = re.findall(r"```json\n(.*?)\n```", comment.body, re.DOTALL)
    other = json.dumps({**json.loads(fence), **changes})
    comment.revisions.append(Revision(comment.body.replace(fence, other), comment.author, stage.now()))


def test_the_follow_up_is_opened_filled_in_assigned_and_below_the_approval_issue(emergency: Stage) -> None:
    done = emergency.report("failure", {"rollback-result": "success", "rolled-back-to": "v1.2.2"})
    assert (done.exit_code, done.writes) == (
        0,
        [("POST", ""), ("POST", "/1/sub_issues"), ("POST", "/1/comments"), ("PATCH", "/1")],
    )
    (it,) = follow_ups(emergency)
    assert (it.title, it.labels) == (f"Post-mortem of v1.2.3, due {DUE}", ["follow-up"])
    assert [user.login for user in it.assignees] == ["dee"]
    assert it.parent is not None
    assert it.parent[1].number == 1
    lines = it.body.splitlines()
    assert lines[0] == (
        "This follows the emergency deployment of **v1.2.3** to **production**. Complete it within "
        "**48 hours** of its opening, and close the issue when it is done."
    )
    facts = dict(re.findall(r"^- \*\*(.+?)\*\*: (.*)$", it.body, re.MULTILINE))
    assert facts["Approval"].startswith("[issue 1](http://")
    assert facts["Requested"] == "by @dee, Mon 2 March 2026, 14:00 UTC"
    assert facts["Approved"].startswith("by lea (platform-lead), Mon 2 March 2026, 14:01")
    assert facts["Result"].startswith("Rolled back: the deployment failed ([run 4242](http://")
    assert facts["Rolled back to"] == "v1.2.2"
    assert facts["Incident"] == "#INC-12345"
    assert facts["Root Cause"] == "Database connection pool exhaustion"
    assert [line for line in lines if line.startswith("####")] == [
        "#### Root cause",
        "#### Timeline",
        "#### Process improvements",
    ]
    assert lines[-1].startswith(f"<!-- approval-gate:v1 follow-up run={RUN} attempt=1 hours=48 nonce=")


def test_the_result_names_the_follow_up_and_its_record_is_whole(emergency: Stage) -> None:
    emergency.report("success", {"monitoring-result": "success"})
    (text,) = results(emergency)
    assert re.search(
        rf"\n- Follow-up: \[Post-mortem of v1\.2\.3\]\(http://\S+/issues/2\), due {DUE}, assigned to dee\n",
        text,
    )
    found = record(emergency)
    gate = found.pop("gate")
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", gate)
    assert found.pop("decision_digest").startswith("sha256:")
    assert found.pop("digest").startswith("sha256:")
    base = emergency.world.issue(REPOSITORY, 1)
    assert base.state == "closed"
    url = found["follow_up"].pop("url")
    assert url.endswith("/acme/shop/issues/2")
    assert found["run"].pop("url").endswith("/acme/shop/actions/runs/4242/attempts/1")
    assert found == {
        "schema": "approval-gate/result/v1",
        "result": "deployed",
        "at": "2026-03-02T14:10:00Z",
        "parts": {"deployment": "success", "monitoring": "success", "suite": None, "rollback": None},
        "release_url": None,
        "rollback_url": None,
        "rolled_back_to": None,
        "run": {"id": RUN, "attempt": 1},
        "repository": found["repository"],
        "issue": 1,
        "follow_up": {"number": 2, "due_at": "2026-03-04T14:10:00Z"},
    }


def test_a_version_that_was_not_gone_back_to_is_not_on_record(emergency: Stage) -> None:
    emergency.report("failure", {"rollback-result": "failure", "rolled-back-to": "v1.2.2"})
    assert record(emergency)["rolled_back_to"] is None
    assert "\n- Rollback to v1.2.2 **failed**\n" in results(emergency)[0]


def test_reports_again_and_re_runs_open_no_second_one(emergency: Stage) -> None:
    emergency.report("failure")
    assert emergency.report("failure").writes == []
    emergency.report("success", GITHUB_RUN_ATTEMPT="2")
    assert len(follow_ups(emergency)) == 1
    assert record(emergency)["follow_up"]["number"] == 2
    emergency.world.close_issue(REPOSITORY, 2, by="dee")
    emergency.report("success", {"suite-result": "failure"}, GITHUB_RUN_ATTEMPT="2")
    assert len(follow_ups(emergency)) == 1


def test_a_new_approval_in_the_same_run_leads_to_the_same_follow_up(emergency: Stage) -> None:
    emergency.report("failure")
    emergency.says(12, "lea", "approve - again")
    run(emergency, {**EMERGENCY, "keep-issue-open": "true"}, GITHUB_RUN_ATTEMPT="2")
    number = emergency.world.issues(REPOSITORY)[-1].number
    emergency.report("success", {"issue-number": str(number)}, GITHUB_RUN_ATTEMPT="2")
    assert len(follow_ups(emergency)) == 1


def test_without_a_deployment_there_is_no_follow_up(emergency: Stage) -> None:
    emergency.report("skipped")
    assert (follow_ups(emergency), record(emergency)["follow_up"]) == ([], None)


def test_only_an_emergency_has_a_follow_up(stage: Stage) -> None:
    stage.says(1, "ayo-anu", "approve")
    run(stage, {"keep-issue-open": "true"})
    done = stage.report("success")
    assert (follow_ups(stage), record(stage)["follow_up"]) == ([], None)
    assert not [r for r in done.requests if "/contents/" in r.path]


def test_a_policy_without_one_asks_for_none(emergency: Stage) -> None:
    add_policy(emergency, POLICY.replace("follow-up: {hours: 48, title: Post-mortem}\n", ""))
    emergency.report("success")
    assert follow_ups(emergency) == []


def test_the_policys_own_template_replaces_the_questions_and_cannot_hide_the_marker(emergency: Stage) -> None:
    add_policy(emergency, POLICY.replace("title: Post-mortem", "title: Review, template: .github/pm.md"))
    emergency.world.repos[REPOSITORY].files[".github/pm.md"] = "## Five whys\n\n```\nnever closed"
    emergency.report("success")
    (it,) = follow_ups(emergency)
    assert it.title.startswith("Review of v1.2.3, due ")
    assert "- **Incident**: #INC-12345\n" in it.body
    assert "\n\n## Five whys\n\n```\nnever closed\n```\n\n<!-- approval-gate:v1 follow-up " in it.body
    assert "#### Root cause" not in it.body


@pytest.mark.parametrize(
    ("found", "words"),
    [(None, "pm.md does not exist"), (b"\xff", "pm.md is not text in UTF-8")],
)
def test_a_template_that_cannot_be_read_is_a_warning(
    emergency: Stage, found: bytes | None, words: str
) -> None:
    add_policy(emergency, POLICY.replace("title: Post-mortem", "template: .github/pm.md"))
    if found is not None:
        emergency.world.repos[REPOSITORY].files[".github/pm.md"] = found
    done = emergency.report("success")
    assert done.exit_code == 0
    assert f"The template .github/{words}. The built-in text is used." in done.log
    assert "#### Root cause" in follow_ups(emergency)[0].body


def test_a_template_that_github_does_not_give_is_a_warning(emergency: Stage) -> None:
    add_policy(emergency, POLICY.replace("title: Post-mortem", "template: .github/pm.md"))
    path = f"/repos/{REPOSITORY}/contents/.github/pm.md$"
    emergency.fault(path=path, times=None, status=403)
    done = emergency.report("success")
    assert (done.exit_code, len(follow_ups(emergency))) == (0, 1)
    assert "The template .github/pm.md could not be read: " in done.log


# What cannot be read ------------------------------------------------------------------


def test_where_no_record_can_be_read_nothing_is_guessed_and_the_log_says_what_to_do(emergency: Stage) -> None:
    (comment,) = [c for c in emergency.world.issue(REPOSITORY, 1).comments if " closing nonce=" in c.body]
    emergency.world.issue(REPOSITORY, 1).comments.remove(comment)
    done = emergency.report("success")
    assert (done.exit_code, follow_ups(emergency)) == (0, [])
    assert "There is no record of the gate on http://127.0.0.1:" in done.log
    assert "If this was an emergency, open its post-mortem by hand." in done.log
    assert (record(emergency)["decision_digest"], record(emergency)["follow_up"]) == (None, None)


@pytest.mark.parametrize("fence", ["", "[]", "{", '{"a": 1, "a": 1}', "[" * 10_000, '{"a": NaN}'])
def test_a_damaged_record_counts_as_none(emergency: Stage, fence: str) -> None:
    (comment,) = [c for c in emergency.world.issue(REPOSITORY, 1).comments if " closing nonce=" in c.body]
    body = re.sub(r"```json\n.*?\n```", lambda _: f"```json\n{fence}\n```", comment.body, flags=re.DOTALL)
    comment.revisions.append(Revision(body, comment.author, emergency.now()))
    done = emergency.report("success")
    assert (done.exit_code, follow_ups(emergency)) == (0, [])
    assert "There is no record of the gate" in done.log


def test_a_strangers_record_is_not_the_gates(emergency: Stage) -> None:
    (comment,) = [c for c in emergency.world.issue(REPOSITORY, 1).comments if " closing nonce=" in c.body]
    comment.author = emergency.world.user("mallory")
    assert "There is no record of the gate" in emergency.report("success").log


def test_an_edited_record_is_a_warning_and_the_follow_up_is_opened_all_the_same(emergency: Stage) -> None:
    rewrite(emergency, reason="because")
    done = emergency.report("success")
    assert "was edited. The result refers to no decision." in done.log
    assert record(emergency)["decision_digest"] is None
    assert len(follow_ups(emergency)) == 1


def test_an_emergency_that_was_edited_into_another_type_is_a_warning(emergency: Stage) -> None:
    (comment,) = [c for c in emergency.world.issue(REPOSITORY, 1).comments if " closing nonce=" in c.body]
    document = json.loads(joined([comment.body]))
    document["policy"]["type"] = "standard"
    block = fenced(indented({**document, "digest": digest(document)}), "json")
    body = re.sub(r"```json\n.*?\n```", lambda _: block, comment.body, flags=re.DOTALL)
    emergency.passed += 60
    emergency.world.edit_comment(comment.id, by="max", body=body)
    done = emergency.report("success")
    assert (done.exit_code, follow_ups(emergency)) == (0, [])
    assert "was edited. The result refers to no decision. If this was an emergency, see whether" in done.log
    assert record(emergency)["decision_digest"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"asked_at": "0001-01-01T00:00:00+14:00", "decided_at": "9999-12-31T23:59:59-14:00"},
        {"request": None, "decision": None, "asked_at": 7},
        {
            "request": {"version": 1, "actor": [], "details": [], "commit": "x" * 40},
            "decision": {"approvers": {}},
        },
        {
            "decision": {"approvers": [None, {"login": "a b"}, {"login": "lea", "roles": 1}]},
            "asked_at": "today",
        },
        {
            "request": {"actor": {"login": "../x"}, "details": {"a": None}},
            "decided_at": "2026-03-02T14:00:00",
        },
    ],
    ids=str,
)
def test_whatever_an_edited_record_says_the_follow_up_is_opened(
    emergency: Stage, changes: dict[str, Any]
) -> None:
    rewrite(emergency, **changes)
    assert emergency.report("success").exit_code == 0
    assert len(follow_ups(emergency)) == 1


def test_hostile_details_and_version_are_shown_and_do_nothing_else(emergency: Stage) -> None:
    hostile = "x @acme/devops-team <b> [a](http://evil)\n\n<!-- \u202e"
    request = {
        "version": hostile,
        "environment": hostile,
        "actor": {"login": "dee"},
        "details": {hostile: hostile, "Incident": "x" * 5000},
    }
    rewrite(emergency, request=request)
    emergency.report("success", {"rollback-result": "success", "rolled-back-to": "@ann <b>"})
    (it,) = follow_ups(emergency)
    assert it.title == f"Post-mortem of x @acme/devops-team <b> [a](http://evil) <!--, due {DUE}"
    shown = "`x @acme/devops-team <b> [a](http://evil) <!--`"
    assert it.body.startswith(f"This follows the emergency deployment of **{shown}** to **{shown}**. ")
    assert f"\n- **{shown}**: {shown}\n" in it.body
    assert "\n- **Rolled back to**: `@ann <b>`\n" in it.body
    assert "- Rollback to `@ann <b>` succeeded\n" in results(emergency)[0]
    assert len(it.body) < 4_000


@pytest.mark.parametrize("path", ["../../../user", "", ".github/none.yml"])
def test_a_policy_that_cannot_be_read_is_a_warning(emergency: Stage, path: str) -> None:
    rewrite(emergency, policy={"path": path, "type": "emergency", "digest": "x", "commit": None})
    done = emergency.report("success")
    assert (done.exit_code, follow_ups(emergency)) == (0, [])
    assert ("The follow-up was not opened: " in done.log) is (path != "")


def test_a_policy_that_is_none_any_more_is_a_warning(emergency: Stage) -> None:
    add_policy(emergency, "version: 2")
    done = emergency.report("success")
    assert f"The follow-up was not opened: {FILE} is not a policy any more." in done.log


def test_the_policy_is_read_as_of_the_commit_that_the_gate_read(emergency: Stage) -> None:
    world = emergency.world
    then = world.push(REPOSITORY, "ann", {})
    world.push(REPOSITORY, "ann", {FILE: POLICY.replace("hours: 48", "hours: 1")})
    digest = policy(emergency)["digest"]
    rewrite(emergency, policy={"path": FILE, "type": "emergency", "digest": digest, "commit": then})
    done = emergency.report("success")
    assert follow_ups(emergency)[0].title.endswith(DUE)
    assert "has changed since" not in done.log


def test_todays_policy_is_used_where_that_commit_is_gone(emergency: Stage) -> None:
    emergency.world.repos[REPOSITORY].files[FILE] = POLICY.replace("hours: 48", "hours: 1")
    rewrite(emergency, policy={**policy(emergency), "commit": "f" * 40})
    done = emergency.report("success")
    assert follow_ups(emergency)[0].title.endswith("due Mon 2 March 2026, 15:10 UTC")
    assert f"{FILE} has changed since the gate read it; the follow-up is as the policy says now\n" in done.log


def policy(stage: Stage) -> dict[str, Any]:
    (comment,) = [c for c in stage.world.issue(REPOSITORY, 1).comments if " closing nonce=" in c.body]
    (fence,) = re.findall(r"```json\n(.*?)\n```", comment.body, re.DOTALL)
    return dict(json.loads(fence)["policy"])


# Faults and strangers -----------------------------------------------------------------


def test_a_strangers_marker_does_not_prevent_the_follow_up(emergency: Stage) -> None:
    it = plant(emergency, by="mallory")
    marker = FollowUpMarker(run_id=RUN, run_attempt=1, nonce="0" * 32, hours=48)
    it.revisions[-1] = Revision(marker.body("x"), it.author, it.created_at)
    emergency.report("success")
    assert [one.author.login for one in follow_ups(emergency)] == ["mallory", BOT]


def test_somebody_who_cannot_be_assigned_is_mentioned(emergency: Stage) -> None:
    emergency.world.permit(REPOSITORY, "none", "dee")
    emergency.report("success")
    (it,) = follow_ups(emergency)
    assert it.assignees == []
    assert "- **Requested**: by @dee, " in it.body
    assert "assigned to nobody" in results(emergency)[0]


@pytest.mark.parametrize("status", [403, 404, 410, 422, 502])
def test_where_it_cannot_be_a_sub_issue_the_link_suffices(emergency: Stage, status: int) -> None:
    emergency.fault(method="POST", path=f"{ISSUES}/1/sub_issues", times=None, status=status)
    done = emergency.report("success")
    assert (done.exit_code, len(follow_ups(emergency))) == (0, 1)
    assert "not a sub-issue of the approval issue, only linked: " in done.log
    assert "Warning" not in done.log


@pytest.mark.parametrize(
    "fault",
    [{"kind": "after-effect"}, {"status": 502, "effect": True}, {"kind": "reset"}, {"status": 503}],
    ids=str,
)
def test_it_is_opened_once_even_if_a_response_is_lost(emergency: Stage, fault: dict[str, Any]) -> None:
    emergency.fault(method="POST", path=f"{ISSUES}$", **fault)
    assert emergency.report("success").exit_code == 0
    assert len(follow_ups(emergency)) == 1


def test_it_is_opened_once_even_if_githubs_list_lags(emergency: Stage) -> None:
    emergency.world.lists_lag = timedelta(seconds=8)
    emergency.fault(method="POST", path=f"{ISSUES}$", kind="after-effect")
    assert emergency.report("success").exit_code == 0
    assert len(follow_ups(emergency)) == 1


def test_the_result_is_written_even_if_the_follow_up_cannot_be_opened(emergency: Stage) -> None:
    emergency.fault(method="POST", path=f"{ISSUES}$", times=None, status=403)
    done = emergency.report("success")
    assert (done.exit_code, follow_ups(emergency), record(emergency)["follow_up"]) == (0, [], None)
    assert "The follow-up was not opened: " in done.log
    emergency.world.faults.clear()
    assert emergency.report("success").writes == [("POST", ""), ("POST", "/1/sub_issues")]


def test_the_follow_up_can_be_overdue_at_the_next_gate(emergency: Stage) -> None:
    emergency.report("success")
    emergency.passed = timedelta(hours=48).total_seconds() + 601
    end = run(emergency)
    assert (end.code, end.exit_code) == ("policy", 2)
    assert f"/issues/2, due {DUE}, assigned to dee" in end.outputs["reason"]


class Killed(BaseException):
    """The end of a process."""


def kills(sender: SenderFactory, at: int, *, effect: bool) -> SenderFactory:
    """Return senders of which the process dies at a request, before or after it has its effect."""
    count = itertools.count(1)

    def made(*arguments: Any) -> Any:
        wire = sender(*arguments)
        send = wire.send

        def dying(*given: Any, **more: Any) -> Any:
            dies = next(count) == at
            if dies and not effect:
                raise Killed
            response = send(*given, **more)
            if dies:
                raise Killed
            return response

        wire.send = dying  # type: ignore[method-assign]
        return wire

    return made


@pytest.mark.parametrize("effect", [False, True], ids=["before", "after"])
def test_a_report_that_is_killed_at_any_request_is_finished_by_the_next_one(
    emergency: Stage, *, effect: bool
) -> None:
    before = copy.deepcopy(emergency.world.issue(REPOSITORY, 1)), emergency.passed
    total = 0
    for at in itertools.count(1):
        emergency.tap = partial(kills, at=at, effect=effect)
        try:
            emergency.report("success")
            break
        except Killed:
            total += 1
        emergency.tap = lambda sender: sender
        emergency.passed += 60
        assert emergency.report("success").exit_code == 0
        assert (len(follow_ups(emergency)), len(results(emergency))) == (1, 1)
        assert emergency.world.issue(REPOSITORY, 1).state == "closed"
        issues = emergency.world.repos[REPOSITORY].issues
        issues.clear()
        issues[1], emergency.passed = copy.deepcopy(before[0]), before[1]
    assert total > 8
