"""Requests are compared with the deployments on record, and what does not fit is found."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from approval_gate.core.audit.figures import figures, months, weeks
from approval_gate.core.audit.model import Audit, Finding, FollowUp, Kind, RecordState
from approval_gate.core.audit.reconcile import audit
from approval_gate.core.timing import HOSTED_JOB, LONGEST_WINDOW
from tests.core.audits import COMMIT, INFRA, SCOPE, SHOP, UNTIL, asked, deployed, judged, quarter

OTHER = "f00d" * 10
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def found(of: Audit) -> list[tuple[str, str]]:
    return [(it.kind.value, it.text) for it in (*of.findings, *of.remarks)]


# Deployments -----------------------------------------------------------------------------


def test_an_approved_deployment_with_a_result_has_no_finding() -> None:
    result = judged([asked()], [deployed()])
    assert found(result) == []
    assert [(it.deployment.id, it.request) for it in result.deployments] == [(4711, "acme/shop#42")]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"commit": OTHER}, "no request for this commit is on record"),
        ({"environment": "staging"}, "no request for this commit is on record"),
        ({"repository": INFRA}, "no request for this commit is on record"),
        ({"outcome": "denied", "result": ""}, "acme/shop#42 ended as denied"),
        ({"outcome": "", "result": "", "decided_at": None}, "acme/shop#42 is not decided"),
        ({"decided_at": UNTIL - HOUR}, "acme/shop#42 approved it only afterwards"),
        ({"record": RecordState.TOUCHED, "problem": "Edited."}, "the record of acme/shop#42 is touched"),
    ],
)
def test_a_deployment_without_an_approval_of_its_commit_is_found(
    changes: dict[str, object], why: str
) -> None:
    result = judged([asked(**changes)], [deployed()])
    text = f"a1b2c3d was deployed to production, and {why}."
    assert (Kind.UNAPPROVED.value, text) in found(result)
    assert [it.request for it in result.deployments] == [""]


@pytest.mark.parametrize("environment", ["Production", None])
def test_an_environment_is_compared_without_case_and_one_that_is_not_named_can_be_any(
    environment: str | None,
) -> None:
    assert found(judged([asked(environment=environment)], [deployed()])) == []


def test_the_latest_approval_before_the_deployment_counts() -> None:
    first, second = asked(1), asked(2, asked_at=UNTIL - timedelta(days=10) + timedelta(minutes=5))
    result = judged([second, first], [deployed()])
    assert [it.request for it in result.deployments] == ["acme/shop#2"]


def test_an_approval_at_the_moment_of_the_deployment_counts() -> None:
    moment = UNTIL - timedelta(days=9)
    assert found(judged([asked(decided_at=moment)], [deployed(at=moment)])) == []


def test_of_two_approvals_the_one_that_was_decided_last_counts_whenever_it_was_asked() -> None:
    first = asked(1, asked_at=UNTIL - timedelta(days=11), decided_at=UNTIL - timedelta(days=9, hours=1))
    second = asked(2, asked_at=UNTIL - timedelta(days=10), decided_at=UNTIL - timedelta(days=9, hours=2))
    result = judged([first, second], [deployed(at=UNTIL - timedelta(days=9))])
    assert [it.request for it in result.deployments] == ["acme/shop#1"]


def test_a_deployment_without_an_approval_leads_to_it_and_has_its_time() -> None:
    moment = UNTIL - timedelta(days=9)
    (of,) = judged([], [deployed(at=moment, url="https://github.com/d")]).findings
    assert (of.at, of.url) == (moment, "https://github.com/d")
    (of,) = judged([], [deployed(at=moment, url=None)]).findings
    assert (of.at, of.url) == (moment, "")


@pytest.mark.parametrize(
    ("environment", "shown"), [("x" * 61, "x" * 59 + "…"), ("x" * 60, "x" * 60), ("\u202e", "it")]
)
def test_an_environments_name_is_cut_and_shown_without_invisible_characters(
    environment: str, shown: str
) -> None:
    (of,) = judged([], [deployed(environment=environment)]).findings
    assert of.text.startswith(f"a1b2c3d was deployed to {shown}, and ")


def test_a_deployment_that_did_not_succeed_needs_no_approval() -> None:
    assert found(judged([], [deployed(succeeded_at=None)])) == []


def test_a_request_from_before_the_days_can_have_approved_a_deployment_and_is_not_listed() -> None:
    early = asked(asked_at=SCOPE.since - timedelta(days=1))
    result = judged([early], [deployed(at=SCOPE.since + HOUR)])
    assert (result.requests, found(result)) == ((), [])
    assert [it.request for it in result.deployments] == ["acme/shop#42"]


def test_a_request_at_the_first_moment_of_the_days_is_listed() -> None:
    assert [it.number for it in judged([asked(asked_at=SCOPE.since)]).requests] == [42]


# Results ---------------------------------------------------------------------------------


def test_an_approval_without_a_result_is_found_once_its_job_is_over() -> None:
    text = ("approval-without-result", "v1.2.3 was approved, and no result is on record.")
    assert found(judged([asked(result="")])) == [text]
    assert found(judged([asked(result="", asked_at=UNTIL - HOUR)])) == []


def test_an_approval_can_lack_its_result_as_long_as_a_job_can_run() -> None:
    just = asked(result="", decided_at=UNTIL - HOSTED_JOB)
    assert found(judged([just])) == []
    assert len(found(judged([replace(just, decided_at=UNTIL - HOSTED_JOB - SECOND)]))) == 1


def test_a_request_without_a_result_has_an_empty_one() -> None:
    assert judged([asked(result="")]).requests[0].result == ""


@pytest.mark.parametrize(
    ("deployments", "result"),
    [
        ([deployed()], "deployed"),
        ([deployed(succeeded_at=None)], "deployment-failed"),
        ([deployed(succeeded_at=None), deployed(4712)], "deployed"),
        ([deployed(), deployed(4712, succeeded_at=None)], "deployed"),
        ([deployed(succeeded_at=None, ended=False)], ""),
    ],
)
def test_githubs_deployment_is_the_result_where_none_was_reported(
    deployments: list[object], result: str
) -> None:
    of = judged([asked(result="")], deployments)  # type: ignore[arg-type]
    assert [it.result for it in of.requests] == [result]


def test_a_result_that_was_reported_takes_precedence() -> None:
    of = judged([asked(result="rolled-back")], [deployed()])
    assert [(it.result, it.rolled_back) for it in of.requests] == [("rolled-back", True)]


# Other findings --------------------------------------------------------------------------


@pytest.mark.parametrize("state", [RecordState.FORGED, RecordState.TOUCHED, RecordState.MISSING])
def test_a_record_that_is_not_ok_is_found(state: RecordState) -> None:
    request = asked(record=state, problem="Something.", outcome="unknown")
    assert found(judged([request])) == [(f"{state}-record", "Something.")]


def test_a_request_without_a_record_is_no_finding_while_people_can_answer_or_if_a_run_ended_it() -> None:
    waiting = asked(record=RecordState.MISSING, outcome="", decided_at=None, asked_at=UNTIL - HOUR)
    assert found(judged([waiting])) == []
    replaced = asked(record=RecordState.MISSING, outcome="cancelled", decided_at=None)
    assert found(judged([replaced])) == []
    forgotten = asked(record=RecordState.MISSING, outcome="", decided_at=None, problem="Nothing.")
    assert found(judged([forgotten])) == [("missing-record", "Nothing.")]


def test_a_request_can_lack_its_record_for_the_longest_window() -> None:
    longest = timedelta(minutes=LONGEST_WINDOW)
    waiting = asked(record=RecordState.MISSING, outcome="", decided_at=None, asked_at=UNTIL - longest)
    assert found(judged([waiting])) == []
    assert len(found(judged([replace(waiting, asked_at=UNTIL - longest - SECOND)]))) == 1


def test_a_finding_about_a_request_leads_to_it() -> None:
    (of,) = judged([asked(result_problem="Its comment was edited.")]).findings
    assert (of.about, of.url) == ("acme/shop#42", asked().url)


def test_a_doubtful_result_is_found() -> None:
    text = "The result cannot be relied on. Its comment was edited."
    assert found(judged([asked(result_problem="Its comment was edited.")])) == [("doubtful-result", text)]


@pytest.mark.parametrize(
    ("is_open", "hours", "overdue"),
    [(True, -1, True), (True, 0, False), (True, 1, False), (False, -1, False), (None, -1, False)],
)
def test_a_follow_up_that_is_open_past_its_day_is_found(
    is_open: bool | None,  # noqa: FBT001 - a column
    hours: int,
    overdue: bool,  # noqa: FBT001 - a column
) -> None:
    due = FollowUp(number=43, url="", due_at=UNTIL + hours * HOUR)
    known = {} if is_open is None else {(SHOP.id, 43): is_open}
    of = audit(SCOPE, [asked(follow_up=due)], [], known)
    text = "The follow-up #43 was due on 2026-03-31 and is still open."
    assert found(of) == ([("overdue-follow-up", text)] if overdue else [])
    assert of.requests[0].follow_up == replace(due, is_open=is_open)


def test_a_follow_up_without_a_day_is_not_overdue() -> None:
    due = FollowUp(number=43, url="", due_at=None)
    assert found(audit(SCOPE, [asked(follow_up=due)], [], {(SHOP.id, 43): True})) == []


def test_self_approval_and_logs_that_are_kept_too_short_are_remarks() -> None:
    of = judged([asked(self_approved=True), asked(2, logs_kept_days=30), asked(3, logs_kept_days=None)])
    assert of.findings == ()
    assert found(of) == [
        ("self-approved", "Someone who started the run is among those who approved it."),
        ("logs-not-kept", "The logs of 1 run are kept for 30 days, fewer than the 90 that are audited."),
    ]


def test_the_runs_of_each_repository_whose_logs_are_kept_too_short_are_counted() -> None:
    there = asked(3, repository=INFRA, logs_kept_days=30)
    (shop, infra) = judged([asked(1, logs_kept_days=30), asked(2, logs_kept_days=30), there]).remarks
    text = "The logs of 2 runs are kept for 30 days, fewer than the 90 that are audited."
    assert shop == Finding(kind=Kind.LOGS, about="acme/shop", text=text, url="")
    assert (infra.about, infra.text) == ("acme/infra", text.replace("2 runs", "1 run"))


def test_findings_are_ordered_by_kind_and_time() -> None:
    unread = Finding(kind=Kind.UNREAD, about="acme/infra", text="It could not be read.", url="")
    late = asked(2, record=RecordState.TOUCHED, asked_at=UNTIL - HOUR)
    early = asked(1, record=RecordState.TOUCHED, asked_at=UNTIL - 2 * HOUR)
    of = audit(SCOPE, [late, early], [deployed(commit=OTHER)], {}, [unread])
    assert [it.about for it in of.findings] == [
        "acme/shop#1",
        "acme/shop#2",
        "acme/shop, deployment 4711",
        "acme/infra",
    ]


def test_a_request_for_another_environment_than_those_audited_is_left_out() -> None:
    requests = [asked(1), asked(2, environment="staging"), asked(3, environment=None)]
    assert [it.number for it in judged(requests).requests] == [1, 3]
    assert [it.number for it in judged(requests, environments=()).requests] == [1, 2, 3]


# What is out of reach --------------------------------------------------------------------


def reach(of: Audit) -> str:
    return "\n".join(of.out_of_reach)


SHARED_ACCOUNT = """
Any workflow of a repository can write as github-actions[bot]. So a record that is ok was written by some
workflow of the repository, not necessarily by the gate. To be sure, give the gate a GitHub App of its
own, or have each record attested.
"""
NONE_FOUND = """
No approval issue by acme-gate[bot] or ops was found. If the gate uses a GitHub App or another token,
name its account: --account 'NAME[bot]'.
"""
ELSEWHERE = """
These repositories have requests of acme/0, acme/1, acme/2 and acme/3, whose own deployments were not
read. Add them: --repository acme/0 --repository acme/1 --repository acme/2
"""
SENT = """
Requests that target-repository sends to another repository are found only if that one is audited, too:
--repository can be given several times.
"""
DELETED = """
Issues that were deleted or transferred are not seen. A deployment that one of them approved is listed as
one without an approval.
"""
UNNAMED = "GitHub knows only deployments by jobs that name an environment, or that were reported to it."


def test_what_an_audit_leaves_out_is_said() -> None:
    def lines(*texts: str) -> tuple[str, ...]:
        return tuple(" ".join(text.split()) for text in texts)

    accounts = ("acme-gate[bot]", "ops")
    assert judged([], accounts=accounts).out_of_reach == lines(NONE_FOUND, SENT, DELETED, UNNAMED)
    elsewhere = [asked(number, repository=replace(INFRA, name=f"acme/{number}")) for number in range(4)]
    assert judged(elsewhere, accounts=accounts).out_of_reach[:2] == (
        "Only issues that acme-gate[bot] or ops opened were read. Others: --account.",
        *lines(ELSEWHERE),
    )
    assert judged([]).out_of_reach[:1] == lines(SHARED_ACCOUNT)


def test_an_account_that_other_workflows_share_is_named() -> None:
    assert "Any workflow of a repository can write as github-actions[bot]." in reach(judged([asked()]))
    assert "Any workflow" not in reach(judged([asked()], accounts=("acme-gate[bot]",)))


def test_without_any_request_another_account_is_suggested() -> None:
    assert "No approval issue by github-actions[bot] was found." in reach(judged([]))
    assert "Only issues that github-actions[bot] opened were read." in reach(judged([asked()]))


def test_a_repository_whose_requests_are_here_and_that_was_not_read_is_named() -> None:
    there = reach(judged([asked(repository=INFRA)]))
    assert "These repositories have requests of acme/infra" in there
    assert "Add them: --repository acme/infra" in there
    assert "Add them" not in reach(judged([asked()]))


def test_an_organisation_and_long_lists_of_statuses_are_named() -> None:
    assert "Repositories of acme that the token cannot see" in reach(judged([], organization="acme"))
    cut = judged([], [deployed(succeeded_at=None, complete=False)])
    assert "1 deployment had more statuses than are read" in reach(cut)


# Figures ---------------------------------------------------------------------------------


def test_the_figures_count_requests_deployments_and_records() -> None:
    requests = [
        asked(1),
        asked(2, decided_at=UNTIL - timedelta(days=10) + timedelta(minutes=41), result="rolled-back"),
        asked(3, outcome="denied", result="", approvers=()),
        asked(4, outcome="", result="", decided_at=None, record=RecordState.MISSING),
    ]
    of = judged(requests, [deployed(), deployed(4712, commit=OTHER)])
    count = figures(of)
    assert dict(count.outcomes) == {"approved": 2, "denied": 1, "waiting": 1}
    assert (count.requests, count.minutes, count.deployments, count.unapproved) == (4, 30, 2, 1)
    assert (count.rolled_back, count.records) == (1, 3)
    assert figures(judged([])).minutes is None


def test_every_week_of_the_days_is_there_with_what_is_to_be_looked_at() -> None:
    of = judged([asked(), asked(2, record=RecordState.TOUCHED)])
    found = weeks(of)
    assert (found[0].monday, found[-1].monday, len(found)) == (date(2025, 12, 29), date(2026, 3, 30), 14)
    (week,) = [it for it in found if it.requests]
    assert (week.monday, dict(week.outcomes), week.looks) == (date(2026, 3, 16), {"approved": 2}, 1)


def test_requests_are_folded_by_month_newest_first() -> None:
    of = judged(
        [asked(1), asked(2, asked_at=UNTIL - HOUR), asked(3, asked_at=UNTIL - timedelta(days=40), result="")]
    )
    assert [(it.first, [one.number for one in it.requests], it.looks) for it in months(of)] == [
        (date(2026, 3, 1), [2, 1], 0),
        (date(2026, 2, 1), [3], 1),
    ]


def test_a_decision_is_never_before_its_request() -> None:
    assert asked(decided_at=UNTIL - timedelta(days=30)).minutes == 0
    assert asked(decided_at=None).minutes is None


def test_a_quarter_has_every_kind_of_finding_but_those_of_reading() -> None:
    of = quarter()
    kinds = {it.kind for it in (*of.findings, *of.remarks)}
    assert set(Kind) - kinds == {Kind.RESULT, Kind.UNREAD}
    assert COMMIT not in {it.commit for it in of.requests}
