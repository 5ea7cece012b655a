"""A fault of GitHub never counts as an answer, and never creates a second issue."""

from datetime import timedelta
from typing import Any

import pytest

from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.whole.stage import Stage

ISSUES = f"/repos/{REPOSITORY}/issues$"
ISSUE = f"/repos/{REPOSITORY}/issues/1$"
COMMENTS = f"/repos/{REPOSITORY}/issues/1/comments$"
LIMITED = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772460300"}  # 14:05 on the day of the scene

PASSING: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "502 as a page": {
        "status": 502,
        "body": "<html>Bad Gateway</html>",
        "headers": {"content-type": "text/html"},
    },
    "503 with Retry-After": {"status": 503, "headers": {"retry-after": "7"}},
    "429 with Retry-After": {"status": 429, "headers": {"retry-after": "20"}},
    "429 without headers": {"status": 429},
    "a secondary limit": {"status": 403, "body": '{"message": "You have exceeded a secondary rate limit"}'},
    "the primary limit": {"status": 403, "headers": LIMITED},
    "a reset connection": {"kind": "reset"},
    "a truncated answer": {"kind": "truncate"},
    "text that is not JSON": {"status": 200, "body": "{"},
    "JSON of another shape": {"status": 200, "body": '{"hello": 1}'},
    "an empty answer": {"status": 200, "body": ""},
    "a 401 that passes": {"status": 401},
    "a 404 that passes": {"status": 404},
}
READS = {
    "the issue": {"method": "GET", "path": ISSUE},
    "its comments": {"method": "GET", "path": COMMENTS},
    "GraphQL": {"method": "POST", "path": "/graphql$", "body_pattern": r"node\(id"},
}


def people(stage: Stage) -> None:
    stage.says(8, "cid", "approve")
    stage.says(9, "lea", "approve")


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_passing_fault_while_waiting_changes_nothing(
    stage: Stage, read: dict[str, str], fault: dict[str, Any]
) -> None:
    people(stage)
    stage.fault(**read, times=3, **fault)
    end = stage.run()
    assert end.status == "approved"
    assert len(stage.world.issues(REPOSITORY)) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 500}, "outage"),
        ({"kind": "reset"}, "outage"),
        ({"status": 200, "body": "[1]"}, "outage"),
        ({"status": 429}, "rate-limit"),
        ({"status": 403, "headers": {**LIMITED, "x-ratelimit-reset": "1772467200"}}, "rate-limit"),
    ],
    ids=str,
)
def test_an_outage_that_lasts_to_the_deadline_is_an_error_and_not_a_timeout(
    stage: Stage, fault: dict[str, Any], code: str
) -> None:
    stage.says(1, "cid", "approve")
    stage.fault(path=COMMENTS, first=12, times=None, **fault)
    end = stage.run()
    assert (end.exit_code, end.status, end.code) == (5, "error", code)
    assert 3600 <= stage.passed <= 3680
    assert end.issue is not None
    assert end.issue.state == "closed"
    assert ". Run the job again later. " in end.reason
    assert end.closing().partition("<details>")[0].count("un the job again") == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "unauthenticated"), (404, "issue-gone"), (410, "issue-gone"), (403, "permission")],
)
def test_a_lasting_refusal_ends_the_gate_soon(stage: Stage, status: int, code: str) -> None:
    stage.fault(path=ISSUE, first=5, times=None, status=status)
    end = stage.run()
    assert (end.exit_code, end.status, end.code) == (5, "error", code)
    assert stage.passed < 4 * 37 + 60


@pytest.mark.parametrize("fault", [{"kind": "after-effect"}, {"status": 502, "effect": True}], ids=str)
def test_an_issue_whose_creation_response_was_lost_is_found(stage: Stage, fault: dict[str, Any]) -> None:
    people(stage)
    stage.fault(method="POST", path=ISSUES, **fault)
    end = stage.run()
    assert end.status == "approved"
    assert len(stage.world.issues(REPOSITORY)) == 1


@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"status": 502}, {"status": 503}], ids=str)
def test_an_issue_that_was_not_created_is_created_by_the_retry(stage: Stage, fault: dict[str, Any]) -> None:
    people(stage)
    stage.fault(method="POST", path=ISSUES, times=2, **fault)
    assert stage.run().status == "approved"
    assert len(stage.world.issues(REPOSITORY)) == 1


@pytest.mark.parametrize(
    "fault", [{"kind": "after-effect"}, {"status": 502, "effect": True}, {"status": 500}], ids=str
)
def test_a_comment_is_written_once_even_if_the_response_is_lost(stage: Stage, fault: dict[str, Any]) -> None:
    people(stage)
    stage.fault(method="POST", path=COMMENTS, **fault)
    end = stage.run()
    assert end.status == "approved"
    assert end.texts().count(" status nonce=") == 1
    assert end.texts().count(" closing nonce=") == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "after-effect"},
        {"status": 502, "effect": True},
        {"status": 500},
        {"status": 200, "body": '{"hello": 1}'},
    ],
    ids=str,
)
def test_the_issue_is_closed_even_if_the_response_is_lost(stage: Stage, fault: dict[str, Any]) -> None:
    people(stage)
    stage.fault(method="PATCH", path=ISSUE, **fault)
    end = stage.run()
    assert end.issue is not None
    assert (end.status, end.issue.state, end.issue.labels[-1]) == ("approved", "closed", "approved")


def test_notices_can_fail_without_effect_on_the_outcome(stage: Stage) -> None:
    people(stage)
    for method, path in (
        ("POST", f"{COMMENTS}"),
        ("PATCH", ".*"),
        ("POST", f"{ISSUE[:-1]}/(assignees|labels)"),
        ("POST", ".*/reactions"),
    ):
        stage.fault(method=method, path=path, times=None, status=500)
    end = stage.run()
    assert (end.exit_code, end.status) == (0, "approved")
    assert "could not close the issue" in end.log
    assert "could not write the closing comment" in end.log


@pytest.mark.parametrize(
    ("path", "fault", "code"),
    [
        (f"/repos/{REPOSITORY}$", {"status": 401}, "unauthenticated"),
        (f"/repos/{REPOSITORY}$", {"status": 404}, "permission"),
        (f"/repos/{REPOSITORY}$", {"status": 500}, "outage"),
        (
            "/orgs/acme/teams/devops-team/members",
            {"status": 429, "headers": {"retry-after": "3000"}},
            "rate-limit",
        ),
        (f"/repos/{REPOSITORY}/collaborators/ayo-anu/permission", {"kind": "reset"}, "outage"),
        ("/orgs/acme/teams/devops-team/repos", {"status": 503}, "outage"),
        (f"/repos/{REPOSITORY}/collaborators/ayo-anu/permission", {"status": 200, "body": "[]"}, "outage"),
    ],
    ids=str,
)
def test_no_issue_is_opened_while_people_cannot_be_looked_up(
    stage: Stage, path: str, fault: dict[str, Any], code: str
) -> None:
    stage.fault(path=path, times=None, **fault)
    end = stage.run()
    assert (end.exit_code, end.status, end.code, end.issue) == (5, "error", code, None)
    assert stage.passed <= 90
    assert "Traceback" not in end.log


MEMBERS = "/orgs/acme/teams/devops-team/members$"


def test_a_fault_while_people_are_looked_up_is_waited_out(stage: Stage) -> None:
    people(stage)
    stage.fault(path="/orgs/acme/teams/devops-team/members", times=2, status=502)
    assert stage.run().status == "approved"


def test_a_fault_while_confirming_is_retried(stage: Stage) -> None:
    people(stage)
    stage.fault(path=MEMBERS, first=2, times=120, status=502)
    assert stage.run().status == "approved"


@pytest.mark.parametrize(
    "fault", [{"status": 502}, {"status": 429, "headers": {"retry-after": "90"}}], ids=str
)
def test_comments_that_fail_do_not_delay_the_end_past_the_deadline(
    stage: Stage, fault: dict[str, Any]
) -> None:
    stage.says(9.5, "cid", "approve")
    stage.at(9.9, lambda: stage.fault(method="POST", path=COMMENTS, times=None, **fault))
    end = stage.run({"timeout-minutes": "10"})
    assert end.status == "timed-out"
    assert 600 <= stage.passed <= 620
    assert end.issue is not None
    assert end.issue.state == "closed"


@pytest.mark.parametrize(("times", "status"), [(None, "error"), (4, "approved")])
def test_a_failing_recheck_of_people_does_not_delay_the_end_past_the_deadline(
    stage: Stage, times: int | None, status: str
) -> None:
    stage.says(9.8, "cid", "approve")
    stage.says(9.9, "lea", "approve")
    stage.fault(path=MEMBERS, first=2, times=times, status=502)
    end = stage.run({"timeout-minutes": "10"})
    assert end.status == status
    assert stage.passed <= 620


def test_an_answer_gets_its_reaction_soon_even_if_comments_fail(stage: Stage) -> None:
    shown: list[int] = []

    def look() -> None:
        answer = next(c for c in stage.world.issues(REPOSITORY)[-1].comments if c.body == "approve")
        shown.append(len(answer.reactions))

    stage.fault(method="POST", path=COMMENTS, times=None, status=500)
    stage.says(8, "cid", "approve")
    stage.at(8.8, look)
    stage.run()
    assert shown == [1]


def test_a_status_whose_response_was_lost_is_found_and_updated(stage: Stage) -> None:
    stage.says(0.5, "cid", "approve")
    stage.fault(method="POST", path=COMMENTS, status=502, effect=True)
    stage.fault(path=COMMENTS, times=3, status=502)
    shown: list[str] = []
    stage.at(5, lambda: shown.extend(c.body for c in stage.world.issues(REPOSITORY)[-1].comments))
    end = stage.run({"timeout-minutes": "10"})
    assert end.texts().count(" status nonce=") == 1
    assert any("1 of 2 approvals" in body for body in shown)


def test_a_status_that_seems_gone_for_a_moment_is_not_written_twice(stage: Stage) -> None:
    people(stage)
    stage.fault(method="PATCH", path=f"/repos/{REPOSITORY}/issues/comments/", status=404)
    end = stage.run()
    assert end.texts().count(" status nonce=") == 1
    assert "✅ Approved by @cid (devops-team) and @lea " in end.status_comment()


@pytest.mark.parametrize("path", [ISSUE, COMMENTS])
def test_one_response_with_a_wrong_date_does_not_close_the_window(stage: Stage, path: str) -> None:
    people(stage)
    stage.fault(path=path, first=4, kind="skew", skew=timedelta(minutes=70))
    assert stage.run().status == "approved"


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_of_githubs_that_differs_shifts_nothing(stage: Stage, minutes: int) -> None:
    stage.passed = 7.0
    people(stage)
    stage.world.skew = timedelta(minutes=minutes)
    end = stage.run()
    assert end.status == "approved"
    assert end.issue is not None
    assert end.issue.state == "closed"


def test_every_refusal_names_the_request_id(stage: Stage) -> None:
    stage.fault(path=f"/repos/{REPOSITORY}$", status=401)
    assert "(request 0400:1A2B:" in stage.run().outputs["reason"]


def test_a_low_request_budget_slows_polling(stage: Stage) -> None:
    for token in stage.world.tokens.values():
        token.limit = 200
    for minute in range(1, 58):
        stage.says(minute, "mallory", f"talk {minute}")
    end = stage.run({"polling-interval-seconds": "1"})
    assert end.status == "timed-out"
    assert end.issue is not None
    assert end.issue.labels[-1] == "timed-out"
    assert sum(request.charged for request in end.requests if request.path != "/graphql") < 200


def test_polling_a_quiet_issue_is_free(stage: Stage) -> None:
    end = stage.run({"polling-interval-seconds": "30"})
    waited = [
        r for r in end.requests if r.method == "GET" and r.path.startswith(f"/repos/{REPOSITORY}/issues/1")
    ]
    assert len(waited) > 200
    assert sum(request.charged for request in waited) <= 10


@pytest.mark.parametrize(
    ("minute", "new"), [(1, "acme/store"), (5, "acme/store"), (5, "other/shop"), (8.5, "acme/shop-2")]
)
def test_a_repository_renamed_during_the_wait_ends_the_gate_and_says_so(
    stage: Stage, minute: float, new: str
) -> None:
    stage.world.org("other")
    stage.at(minute, lambda: stage.world.rename_repo(REPOSITORY, new))
    stage.says(4, "cid", "approve")
    stage.says(9, "lea", "approve")
    end = stage.run()
    assert (end.status, end.outputs["approvers"]) == ("approved", "cid,lea")
    issue = stage.world.issue(new, 1)
    assert (issue.state, issue.labels[-1]) == ("closed", "approved")
    assert "Approved" in end.closing()
    assert "could not" not in end.log


SPENT = '{"errors": [{"type": "RATE_LIMIT", "message": "API rate limit already exceeded for user ID 1."}]}'


@pytest.mark.parametrize("kind", ["RATE_LIMIT", "RATE_LIMITED"])
@pytest.mark.parametrize("first", [1, 2], ids=["before the issue is opened", "later"])
def test_a_spent_budget_of_graphql_is_a_rate_limit_that_ends_with_its_reset(
    stage: Stage, kind: str, first: int
) -> None:
    stage.says(2, "cid", "approve")
    stage.says(3, "lea", "approve")
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772463900"}  # 15:05 that day
    body = SPENT.replace("RATE_LIMIT", kind)
    limit = {"status": 200, "headers": headers, "body": body, "times": None, "first": first}
    stage.fault(method="POST", path="/graphql$", **limit)
    end = stage.run()
    assert (end.exit_code, end.status, end.code) == (5, "error", "rate-limit")


def test_graphql_is_retried_after_its_reset(stage: Stage) -> None:
    people(stage)
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772460045"}  # 14:00:45
    stage.fault(method="POST", path="/graphql$", status=200, headers=headers, body=SPENT)
    assert stage.run().status == "approved"
    asked = [r.at for r in stage.world.requests if r.path == "/graphql"]
    assert (asked[1] - asked[0]).total_seconds() >= 46
