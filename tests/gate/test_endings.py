"""How a request ends, when, and which reads the decision depends on."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from approval_gate.core.ending import Conclusion, Ending
from approval_gate.core.model import Code, Ineligibility, Outcome, Rule
from approval_gate.core.record.conclude import Asked, conclude
from approval_gate.core.record.document import document, rederived
from approval_gate.core.record.model import Inputs, StopSignal
from approval_gate.core.timing import Budget
from approval_gate.errors import (
    GitHubError,
    IssueGoneError,
    NotFoundError,
    OutageError,
    PermissionDeniedError,
    RateLimitError,
    TamperedError,
    UnauthenticatedError,
    UnsettledError,
)
from approval_gate.gate.ending import EndingWriter, failed, tell
from tests.core import language
from tests.core.records import GIVEN, inputs, recorded
from tests.gate.stage import (
    ALONE,
    APPROVED,
    CLOSED,
    DENIED,
    REPLACED,
    STOPPED,
    TAG_COMMIT,
    TIMED_OUT,
    UNREASONED,
    Stage,
    end,
)

# What people say ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("play", "ends", "minute", "exit_code"),
    [
        (("3 ann: approve", "7 bob comments: approve"), APPROVED, 7, 0),
        (("3 ann: approve", "7 bob: approve", "7 cy: approve"), APPROVED, 7, 0),
        (("3 ann: approve", "4 ann: approve", "9 mallory: approve"), TIMED_OUT, 60, 3),
        (("3 ann: approve", "5 ann: revoke", "7 bob: approve"), TIMED_OUT, 60, 3),
        (("3 ann: approve", "5 ann edits #1: approve - sure", "7 bob: approve"), TIMED_OUT, 60, 3),
        (("5 bob: deny - tests red",), DENIED, 5, 1),
        (("3 ann: approve", "7 bob: approve", "7 cy: deny - wrong tag"), DENIED, 7, 1),
        (("5 bob: deny",), UNREASONED, 60, 1),
        (("5 bob: deny", "8 bob: deny - tests red"), DENIED, 8, 1),
        (("5 bob: deny", "8 bob: approve", "9 ann: approve"), APPROVED, 9, 0),
        (("3 ann: approve", "4 bob: approve"), APPROVED, 4, 0),
        ((), TIMED_OUT, 60, 3),
        (("60 ann: approve", "60 bob: approve"), APPROVED, 60, 0),
        (("5 bob closes the issue",), CLOSED, 5, 4),
        (("5 mallory closes the issue",), CLOSED, 5, 4),
        (("5 gate closes the issue",), REPLACED, 5, 4),
        (("3 ann: approve", "5 bob: approve", "5 mallory closes the issue"), CLOSED, 5, 4),
    ],
)
def test_the_outcome_comes_when_people_bring_it(
    play: tuple[str, ...], ends: tuple[Outcome, Code], minute: float, exit_code: int
) -> None:
    stage = Stage().plays(*play)
    ending = stage.run()
    assert end(ending) == ends
    assert stage.minute == minute
    assert ending.exit_code == exit_code
    assert stage.outputs.values["approval-status"] == ends[0].value
    assert stage.outputs.values["reason-code"] == ends[1].value


def test_one_approval_is_enough_from_a_person_who_can_approve_alone() -> None:
    stage = Stage("ann* bob cy").plays("3 ann: approve")
    assert end(stage.run()) == ALONE
    assert stage.minute == 3


def test_the_initiator_can_deny_and_cannot_approve() -> None:
    assert end(Stage("ann bob dee!").plays("1 dee: approve", "2 ann: approve").run()) == TIMED_OUT
    assert end(Stage("ann bob dee!").plays("1 dee: deny - wrong tag").run()) == DENIED


def test_closing_the_issue_denies_where_that_is_configured() -> None:
    ending = Stage(closing_denies=True).plays("5 bob closes the issue").run()
    assert end(ending) == (Outcome.DENIED, Code.ISSUE_CLOSED)


@pytest.mark.parametrize(
    ("play", "plan", "exit_code"),
    [
        (("5 bob: deny - red",), {"fail_on_denial": False}, 0),
        (("5 bob: deny - red",), {"fail_on_timeout": False}, 1),
        ((), {"fail_on_timeout": False}, 0),
        ((), {"fail_on_denial": False}, 3),
        (("5 bob closes the issue",), {"fail_on_timeout": False, "fail_on_denial": False}, 4),
    ],
)
def test_denials_and_timeouts_pass_the_step_where_that_is_configured(
    play: tuple[str, ...], plan: dict[str, Any], exit_code: int
) -> None:
    assert Stage(**plan).plays(*play).run().exit_code == exit_code


# The deadline ------------------------------------------------------------------------


def test_the_window_closes_exactly_at_the_deadline_after_one_last_full_read() -> None:
    stage = Stage(polling_interval=7.0)
    assert end(stage.run()) == TIMED_OUT
    assert stage.machine.seconds == 3600
    assert stage.minutes("confirm") == [60]
    assert stage.minutes("poll")[-1] < 60


def test_a_denial_that_only_the_last_full_read_finds_counts() -> None:
    stage = Stage().plays("3 ann: approve")
    stage.during("confirm", "bob: deny - tests red")
    assert end(stage.run()) == DENIED


def test_polls_are_the_polling_interval_apart() -> None:
    stage = Stage(polling_interval=20.0)
    stage.run()
    looks = stage.minutes("poll")
    assert {round((b - a) * 60) for a, b in pairwise(looks)} == {20}


def test_the_last_wait_ends_at_the_deadline() -> None:
    stage = Stage(polling_interval=2500.0)
    stage.run()
    assert stage.machine.slept == [2500, 1100]


def budget(stage: Stage, cost: float) -> Budget:
    """Return the rest of a budget of 200 requests."""
    return Budget(max(0, 200 - stage.host.requests_used), max(0.0, 3600 - stage.machine.seconds), cost)


def test_polls_that_cost_requests_are_less_frequent() -> None:
    free, dear = Stage(), Stage()
    for stage in (free, dear):
        stage.host.left_of_budget = partial(budget, stage)
    dear.host.cost = 2
    free.run()
    dear.run()
    assert len(free.minutes("poll")) == 120
    assert len(dear.minutes("poll")) < 80
    assert dear.host.requests_used <= 200 - 30
    assert max(dear.machine.slept) > 30


def test_the_cost_of_a_poll_is_an_average_over_many() -> None:
    stage = Stage(polling_interval=60.0)
    costs: list[float] = []

    def note(cost: float) -> None:
        if cost:
            costs.append(cost)

    stage.host.left_of_budget = note
    stage.host.cost = 2
    stage.run()
    assert costs[:2] == [0.1, 0.2]
    assert costs[25] == 2


def test_writes_caused_by_a_poll_count_towards_its_cost() -> None:
    stage = Stage(polling_interval=60.0).plays("2.5 ann: approve")
    costs: list[float] = []

    def note(cost: float) -> None:
        if cost:
            costs.append(cost)

    def write() -> None:
        stage.host.requests_used += 4

    stage.host.left_of_budget = note
    stage.host.meanwhile["react"] = [write]
    stage.run()
    assert costs[0] == 4 / 20


@pytest.mark.parametrize(("left", "told"), [(31, True), (30, False)])
def test_the_reserve_is_not_spent_on_messages(left: int, *, told: bool) -> None:
    stage = Stage().plays("2 ann: approve", "3 bob: deny", "4 cy: aproved", "9 bob: revoke", "9 bob: yes")
    stage.at(1, lambda: setattr(stage.host, "left_of_budget", lambda _cost: Budget(left, 3000, 0)))
    assert end(stage.run()) == APPROVED
    assert bool(stage.reactions()) is told
    assert len(stage.said("hint") + stage.said("reason")) == (2 if told else 0)
    assert len([text for text in stage.statuses() if "final" not in text]) == (3 if told else 1)


# Confirming --------------------------------------------------------------------------

TWO = ("3 ann: approve", "5 bob: approve")


def test_an_approval_is_confirmed_by_people_then_the_tag_then_the_conversation() -> None:
    stage = Stage(tags=("v1",)).plays(*TWO)
    assert end(stage.run()) == APPROVED
    asked = [name for name in stage.did_names() if name in {"recheck", "commit_of_tag", "confirm"}]
    assert asked == ["recheck", "commit_of_tag", "confirm"]
    assert stage.did("recheck") == [(["ann", "bob"],)]
    assert stage.did("commit_of_tag") == [("v1",)]


def test_the_confirmation_is_logged() -> None:
    stage = Stage(tags=("v1",)).plays(*TWO)
    stage.run()
    line = "confirmed: 2 votes unedited, both can still approve, v1 is still a1b2c3d"
    assert [entry for entry in stage.log.lines if "confirmed" in entry] == [f"09:05:00  {line}"]


def test_a_denial_is_not_confirmed() -> None:
    stage = Stage(tags=("v1",)).plays("3 bob: deny - red")
    stage.run()
    assert not {"recheck", "commit_of_tag", "confirm"} & set(stage.did_names())
    assert not any("confirmed" in entry for entry in stage.log.lines)


def test_an_approver_who_has_left_does_not_count_and_another_can_step_in() -> None:
    stage = Stage().plays(*TWO, "6 ann: hello", "9 cy: approve")
    stage.during("recheck", "bob leaves")
    assert end(stage.run()) == APPROVED
    assert stage.minute == 9
    assert stage.outputs.values["approvers"] == "ann,cy"
    assert stage.did("recheck") == [(["ann", "bob"],), (["ann", "cy"],)]


def test_an_approver_who_has_left_stays_ineligible() -> None:
    stage = Stage().plays(*TWO, "9 bob: approve")
    stage.during("recheck", "bob leaves")
    stage.at(8, stage.host.gone.clear)
    assert end(stage.run()) == TIMED_OUT


def test_the_denial_of_an_approver_who_has_left_still_counts() -> None:
    stage = Stage(minimum=2).plays(*TWO, "9 bob: deny - red", "12 cy: approve")
    stage.during("recheck", "bob leaves")
    assert end(stage.run()) == DENIED


def test_a_denial_while_confirming_stops_it() -> None:
    stage = Stage().plays(*TWO)
    stage.during("confirm", "cy: deny - wrong tag")
    assert end(stage.run()) == DENIED
    assert stage.outputs.values["denied-by"] == "cy"


def test_a_bare_denial_while_confirming_holds_the_approval() -> None:
    stage = Stage().plays(*TWO)
    stage.during("confirm", "cy: deny")
    assert end(stage.run()) == UNREASONED
    assert stage.said("reason") == ["cy: NO_REASON"]


def test_a_revocation_while_confirming_stops_it() -> None:
    stage = Stage().plays(*TWO)
    stage.during("recheck", "bob: revoke")
    assert end(stage.run()) == TIMED_OUT


def test_a_closing_while_confirming_stops_it() -> None:
    stage = Stage().plays(*TWO)
    stage.during("commit_of_tag", "mallory closes the issue")
    stage.during("confirm", "mallory closes the issue")
    assert end(stage.run()) == CLOSED


def test_an_approver_who_joins_during_the_confirmation_is_checked_too() -> None:
    stage = Stage(tags=("v1",)).plays(*TWO)
    stage.during("confirm", "cy: approve")
    assert end(stage.run()) == APPROVED
    assert stage.did("recheck") == [(["ann", "bob"],), (["cy"],)]
    assert len(stage.did("confirm")) == 2
    assert stage.outputs.values["approvers"] == "ann,bob,cy"


def test_an_approver_who_joins_during_the_confirmation_and_has_left_does_not_count() -> None:
    stage = Stage(minimum=3).plays(*TWO, "7 cy: approve")
    stage.host.gone.add("cy")
    assert end(stage.run()) == TIMED_OUT
    assert stage.host.gone == {"cy"}


@pytest.mark.parametrize(
    ("tags", "said"),
    [({"v1": "f" * 40}, "names fffffff now"), ({}, "is gone")],
)
def test_a_moved_tag_ends_the_gate(tags: dict[str, str], said: str) -> None:
    stage = Stage(tags=("v1",)).plays(*TWO)
    stage.at(4, lambda: setattr(stage.host, "tags", tags))
    ending = stage.run()
    assert end(ending) == (Outcome.ERROR, Code.TAMPERED)
    assert (ending.exit_code, stage.minute) == (5, 5)
    assert ending.reason == f"The tag v1 {said}; this deployment is of a1b2c3d."


def test_each_of_several_tags_must_stay_on_the_commit() -> None:
    stage = Stage(tags=("v1", "stable")).plays(*TWO)
    stage.host.tags["stable"] = TAG_COMMIT
    assert end(stage.run()) == APPROVED
    assert any("v1 is still a1b2c3d, stable is still a1b2c3d" in entry for entry in stage.log.lines)
    stage = Stage(tags=("v1", "stable")).plays(*TWO)
    stage.host.tags["stable"] = "f" * 40
    assert stage.run().reason == "The tag stable names fffffff now; this deployment is of a1b2c3d."


def test_a_tag_that_moves_while_people_are_rechecked_ends_the_gate() -> None:
    stage = Stage(tags=("v1",)).plays(*TWO)
    stage.during("recheck", "the tag moves")
    assert end(stage.run()) == (Outcome.ERROR, Code.TAMPERED)


def test_without_a_tag_none_is_read() -> None:
    stage = Stage().plays(*TWO)
    stage.run()
    assert stage.did("commit_of_tag") == []


def test_an_approval_at_the_deadline_is_confirmed_too() -> None:
    stage = Stage().plays("60 ann: approve", "60 bob: approve")
    stage.host.gone.add("bob")
    assert end(stage.run()) == TIMED_OUT
    assert stage.did("recheck") == [(["ann", "bob"],)]


def test_the_voters_are_everybody_who_can_approve_or_deny() -> None:
    stage = Stage("ann dee!")
    stage.run()
    assert stage.did("poll")[0] == ([1, 4],)


# A stop signal -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minute", "ends", "exit_code"),
    [(7, STOPPED, 4), (58.7, STOPPED, 4), (58.8, TIMED_OUT, 3), (59.9, TIMED_OUT, 3)],
)
def test_a_stop_cancels_until_shortly_before_the_deadline(
    minute: float, ends: tuple[Outcome, Code], exit_code: int
) -> None:
    stage = Stage().plays("3 ann: approve", f"{minute} the job is stopped")
    ending = stage.run()
    assert end(ending) == ends
    assert ending.exit_code == exit_code
    assert "with 1 of 2 approvals" in ending.reason
    assert stage.host.hurried
    assert stage.did("close") == [(ends[0].value, False)]


def test_a_stop_just_before_the_deadline_passes_the_step_where_a_timeout_does() -> None:
    assert Stage(fail_on_timeout=False).plays("59 the job is stopped").run().exit_code == 0


def test_a_stop_near_the_end_names_the_author_of_an_objection_that_holds() -> None:
    stage = Stage().plays("2 cy: stop", "3 ann: approve", "4 bob: approve", "59 the job is stopped")
    ending = stage.run()
    assert end(ending) == TIMED_OUT
    assert ending.reason == "The window closed with 2 of 2 approvals, from ann and bob. cy objects."


def test_a_quorum_that_was_not_confirmed_when_the_job_was_stopped_is_not_approved() -> None:
    stage = Stage().plays(*TWO)
    stage.fails("confirm", DOWN, since=0, until=59)
    stage.plays("59 the job is stopped")
    assert end(stage.run()) == TIMED_OUT


def test_a_stop_never_approves() -> None:
    stage = Stage().plays(*TWO)
    stage.during("confirm", "the job is stopped")
    assert end(stage.run()) == STOPPED
    assert stage.outputs.values["approval-status"] == "cancelled"


def test_a_stop_before_the_issue_is_open_leaves_nothing_to_close() -> None:
    stage = Stage()
    stage.during("open", "the job is stopped")
    assert stage.run().reason == "The job was stopped (SIGINT) while the gate was opening the issue."
    assert stage.did("close") == []
    assert stage.did("comment") == []
    assert stage.outputs.summaries == ["summary: signal None"]


# Faults -----------------------------------------------------------------------------

DOWN = OutageError("GitHub has a fault.", detail="(request 1)")
LOST = NotFoundError("GitHub finds nothing there.", detail="(request 2)")
REFUSED = UnauthenticatedError("GitHub does not accept the token.")
SLOWER = RateLimitError("GitHub asks for fewer requests.", retry_after=300)


@pytest.mark.parametrize("error", [DOWN, LOST, REFUSED, SLOWER])
def test_a_fault_that_passes_does_not_matter(error: GitHubError) -> None:
    stage = Stage().plays(*TWO)
    stage.fails("read", error, since=2, until=2.2)
    assert end(stage.run()) == APPROVED


@pytest.mark.parametrize("what", ["poll", "recheck", "commit_of_tag", "confirm"])
def test_a_fault_of_any_request_is_retried(what: str) -> None:
    stage = Stage(tags=("v1",)).plays(*TWO)
    stage.fails(what, DOWN, times=3)
    assert end(stage.run()) == APPROVED


def test_an_outage_is_logged_once_when_it_begins_and_once_when_it_ends() -> None:
    stage = Stage()
    stage.fails("read", DOWN, since=2, until=5)
    stage.fails("read", DOWN, since=30, until=32)
    stage.run()
    outage = [
        "GitHub has a fault; trying again          (request 1)",
        "GitHub answers again, after {}",
    ]
    told = [line[10:] for line in stage.log.lines if "again" in line]
    assert told == [line.format(time) for time in ("3 min", "2 min") for line in outage]


def test_each_kind_of_fault_in_an_outage_is_logged_once() -> None:
    stage = Stage()
    for minute in (2, 4):
        stage.fails("read", DOWN, since=minute, until=minute + 1)
        stage.fails(
            "read", RateLimitError("GitHub asks for fewer requests."), since=minute + 1, until=minute + 2
        )
    stage.run()
    assert [line[10:].partition("   ")[0] for line in stage.log.lines if "again" in line] == [
        "GitHub has a fault; trying again",
        "GitHub asks for fewer requests; trying again",
        "GitHub answers again, after 4 min",
    ]


def test_a_budget_that_is_used_up_is_logged_with_the_time_of_the_next_look() -> None:
    stage = Stage()
    stage.at(1, lambda: setattr(stage.host, "left_of_budget", lambda _cost: Budget(0, 1200, 0)))
    stage.at(2, lambda: setattr(stage.host, "left_of_budget", lambda _cost: None))
    stage.run()
    assert [line for line in stage.log.lines if "allows" in line] == [
        "09:01:00  GitHub allows no more requests for now; answers are read again at 09:21:00"
    ]


def test_responses_that_do_not_agree_yet_are_not_logged_as_an_outage() -> None:
    stage = Stage()
    stage.fails("read", UnsettledError("Somebody answered."), since=2, until=5)
    stage.run()
    assert [line[10:] for line in stage.log.lines if "again" in line] == [
        "Somebody answered; reading it again"
    ]


def test_the_vote_that_decides_is_logged_though_the_confirmation_fails() -> None:
    stage = Stage(tags=("v1",)).plays("1 ann: approve", "5 bob: approve")
    stage.host.tags["v1"] = "f" * 40
    assert stage.run().code is Code.TAMPERED
    assert sum(f"bob approves{' ' * 30}2 of 2" in line for line in stage.log.lines) == 1


def test_retries_back_off_to_a_minute() -> None:
    stage = Stage()
    stage.fails("read", DOWN, until=10)
    stage.run()
    assert stage.machine.slept[:8] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_after_an_outage_the_backoff_starts_again() -> None:
    stage = Stage()
    stage.fails("poll", DOWN, times=4)
    stage.fails("poll", DOWN, since=1, times=2)
    stage.run()
    assert stage.machine.slept[:4] == [1, 2, 4, 8]
    later = stage.machine.slept[4:]
    assert later[:4].count(1) == 1


def test_an_outage_that_lasts_to_the_deadline_is_an_error_and_not_a_timeout() -> None:
    stage = Stage().plays("3 ann: approve")
    stage.fails("read", DOWN, since=30)
    ending = stage.run()
    assert end(ending) == (Outcome.ERROR, Code.OUTAGE)
    assert ending.exit_code == 5
    assert 3600 <= stage.machine.seconds <= 3615


def test_an_outage_that_ends_within_seconds_of_the_deadline_still_gets_its_last_read() -> None:
    stage = Stage()
    stage.fails("read", DOWN, since=30, until=60.2)
    assert end(stage.run()) == TIMED_OUT
    assert 3612 <= stage.machine.seconds <= 3615


def test_an_approval_before_the_deadline_is_found_by_the_late_last_read() -> None:
    stage = Stage().plays("59 ann: approve", "59 bob: approve")
    stage.fails("read", DOWN, since=30, until=60.2)
    assert end(stage.run()) == APPROVED


def test_a_rate_limit_is_waited_for_as_long_as_github_asks() -> None:
    stage = Stage()
    stage.fails("poll", SLOWER, times=1)
    stage.run()
    assert stage.machine.slept[0] == 300


def test_a_rate_limit_is_never_waited_for_past_the_deadline() -> None:
    stage = Stage().plays("58 ann: approve", "58 bob: approve")
    stage.fails("poll", RateLimitError("Fewer.", retry_after=9999), since=50, times=1)
    assert end(stage.run()) == APPROVED
    assert stage.machine.seconds == 3600


def test_a_rate_limit_that_lasts_to_the_deadline_is_an_error() -> None:
    stage = Stage()
    stage.fails("read", SLOWER, since=10)
    assert end(stage.run()) == (Outcome.ERROR, Code.RATE_LIMIT)
    assert stage.machine.seconds <= 3615


@pytest.mark.parametrize(("error", "code"), [(LOST, Code.ISSUE_GONE), (REFUSED, Code.UNAUTHENTICATED)])
def test_a_refusal_that_lasts_twenty_seconds_ends_the_gate(error: GitHubError, code: Code) -> None:
    stage = Stage()
    stage.fails("read", error, since=10)
    ending = stage.run()
    assert end(ending) == (Outcome.ERROR, code)
    assert 20 <= stage.machine.seconds - 600 <= 30


@pytest.mark.parametrize("error", [LOST, REFUSED])
def test_a_refusal_that_passes_within_twenty_seconds_does_not_matter(error: GitHubError) -> None:
    stage = Stage().plays(*TWO)
    stage.fails("read", error, since=4, until=4.3)
    assert end(stage.run()) == APPROVED


def test_a_404_at_the_end_of_an_outage_is_timed_from_the_404() -> None:
    stage = Stage().plays("20 ann: approve", "20 bob: approve")
    stage.fails("read", DOWN, since=10, until=12)
    stage.fails("read", LOST, since=12, times=1)
    assert end(stage.run()) == APPROVED


def test_refusals_with_answers_between_them_do_not_add_up() -> None:
    stage = Stage().plays("20 ann: approve", "20 bob: approve")
    for minute in range(1, 15):
        stage.fails("poll", LOST, since=minute, times=1)
    assert end(stage.run()) == APPROVED


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermissionDeniedError("not accessible by integration"), Code.PERMISSION),
        (IssueGoneError("The issue is gone."), Code.ISSUE_GONE),
        (TamperedError("It was transferred."), Code.TAMPERED),
    ],
)
def test_a_permanent_error_ends_the_gate_at_once(error: GitHubError, code: Code) -> None:
    stage = Stage()
    stage.fails("poll", error, since=10)
    ending = stage.run()
    assert end(ending) == (Outcome.ERROR, code)
    assert stage.minute == 10


@pytest.mark.parametrize(("lasts", "warned"), [(IssueGoneError("It is gone."), 0), (LOST, 2)])
def test_an_issue_that_is_gone_is_said_once(lasts: GitHubError, warned: int) -> None:
    stage = Stage()
    stage.fails("poll", IssueGoneError("The issue is gone."), since=10)
    for what in ("close", "comment"):
        stage.fails(what, lasts, since=10)
    assert end(stage.run()) == (Outcome.ERROR, Code.ISSUE_GONE)
    assert len(stage.log.warnings) == warned
    assert len(stage.log.errors) == 1


def test_a_failing_confirmation_never_approves() -> None:
    stage = Stage().plays(*TWO)
    stage.fails("recheck", DOWN)
    assert end(stage.run()) == (Outcome.ERROR, Code.OUTAGE)
    assert stage.did("close") == [(None, False)]


def test_an_approval_that_is_not_confirmed_whole_is_a_fault_and_not_waited_for() -> None:
    stage = Stage("ann* bob cy").plays("3 ann: approve")
    stage.host.unread = {"owner"}
    with pytest.raises(AssertionError, match="membership"):
        stage.run()
    assert stage.minute == 3


def test_an_issue_that_cannot_be_opened_is_an_error_with_outputs() -> None:
    stage = Stage()
    stage.fails("open", PermissionDeniedError("The token cannot open issues."))
    ending = stage.run()
    assert end(ending) == (Outcome.ERROR, Code.PERMISSION)
    assert stage.outputs.values["approval-status"] == "error"
    assert stage.outputs.values["record-path"] == "/records/approval-gate-77-1.json"
    assert "issue-number" not in stage.outputs.values
    assert record(stage)["issue"] is None


# Writing it down ---------------------------------------------------------------------


def record(stage: Stage) -> dict[str, Any]:
    return dict(json.loads(stage.outputs.values["decision"]))


def test_every_output_has_its_final_value() -> None:
    stage = Stage().plays(*TWO)
    stage.run()
    values = dict(stage.outputs.values)
    assert json.loads(values.pop("decision"))["outcome"] == "approved"
    assert values == {
        "approval-status": "approved",
        "reason-code": "quorum",
        "reason": "Approved by ann and bob. https://github.test/acme/shop/issues/42",
        "issue-number": "42",
        "issue-url": "https://github.test/acme/shop/issues/42",
        "approvers": "ann,bob",
        "denied-by": "",
        "run-attempt": "1",
        "record-path": "/records/approval-gate-77-1-42.json",
        "subjects-path": "/records/approval-gate-77-1-42.sha256",
    }
    record = stage.outputs.values["decision"]
    assert stage.outputs.saved == {
        "approval-gate-77-1-42.json": record,
        "approval-gate-77-1-42.sha256": (
            f"{hashlib.sha256(record.encode()).hexdigest()}  approval-gate-77-1-42.json\n"
        ),
    }


@pytest.mark.parametrize(
    "play", [TWO, ("4 bob: deny - red",), ("4 bob: deny",), (), ("4 cy closes the issue",)]
)
def test_a_record_can_be_decided_again(play: tuple[str, ...]) -> None:
    stage = Stage().plays(*play)
    ending = stage.run()
    again = rederived(record(stage))
    assert (again["outcome"], again["reason_code"], again["reason"], again["exit_code"]) == (
        *end(ending),
        ending.reason,
        ending.exit_code,
    )


def test_the_record_names_the_issue_and_the_text_that_people_were_shown() -> None:
    stage = Stage().plays(*TWO)
    stage.run()
    text = stage.plan.marker.body("09:00 to 10:00")
    assert record(stage)["issue"] == {
        "repository": "acme/shop",
        "number": 42,
        "id": 900042,
        "url": "https://github.test/acme/shop/issues/42",
        "title": "Deploy v1",
        "body_digest": "sha256:" + hashlib.sha256(text.encode()).hexdigest(),
        "nonce": "0" * 32,
        "author": {"id": 900, "login": "gate[bot]"},
    }


def test_the_record_has_what_the_confirmation_read_and_when() -> None:
    stage = Stage(tags=("v1",)).plays(*TWO)
    stage.run()
    assert record(stage)["inputs"]["confirmation"] == {
        "at": "2026-03-02T09:05:00Z",
        "people": [
            {
                "id": number,
                "login": login,
                "at": "2026-03-02T09:05:00Z",
                "write": "permission write",
                "membership": [{"role": login, "answer": "listed"}],
            }
            for number, login in ((1, "ann"), (2, "bob"))
        ],
        "tags": [{"name": "v1", "commit": TAG_COMMIT, "at": "2026-03-02T09:05:00Z"}],
        "policy": None,
    }


def test_a_record_that_is_too_long_goes_on_in_further_comments_each_written_once() -> None:
    stage = Stage().plays(*TWO)
    stage.texts.more_of_the_record = ("the rest", "the end")
    stage.run()
    assert stage.said("record-2") == ["the rest"]
    assert stage.said("record-3") == ["the end"]


def test_a_record_does_not_go_on_after_a_part_that_could_not_be_written() -> None:
    stage = Stage().plays(*TWO)
    stage.texts.more_of_the_record = ("the rest",)
    stage.fails("comment", OutageError("GitHub is down."), since=5)
    stage.run()
    assert stage.said("record-2") == []


def test_the_record_names_the_approvers_who_had_left() -> None:
    stage = Stage().plays(*TWO)
    stage.during("recheck", "bob leaves")
    stage.run()
    assert [member["ineligibility"] for member in record(stage)["inputs"]["roster"]] == [
        None,
        Ineligibility.LEFT.value,
        None,
    ]


def test_outputs_are_written_before_the_issue_is_closed() -> None:
    stage = Stage().plays(*TWO)
    stage.run()
    outcome, *before = stage.outputs.flushed_after
    assert outcome == Outcome.APPROVED
    assert before[-1] == "set"
    assert not {"close", "summarize"} & set(before)
    assert stage.did_names()[len(before) :] == [
        *("notify", "close", "comment", "edit_comment"),
        *("react", "collect", "summarize"),
    ]


@pytest.mark.parametrize(
    ("said", "look"),
    [(("1 ann: approve", "1 bob: approve"), "confirm"), (("1 ann: deny - red tests",), "poll")],
)
def test_nothing_is_posted_between_the_last_poll_and_the_outputs(said: Sequence[str], look: str) -> None:
    """A denial in between would not count, and a stop signal would turn a denial into a cancellation."""
    stage = Stage().plays(*said)
    stage.run()
    _, *before = stage.outputs.flushed_after
    last = len(before) - before[::-1].index(look)
    assert before[last:] == ["save", "save", "set"]
    assert stage.did("react") != []


def test_after_the_decision_the_first_reaction_that_fails_is_the_last() -> None:
    stage = Stage().plays("1 ann: approve", "1 bob: approve", "1 mallory: approve")
    stage.fails("react", DOWN)
    assert stage.run().exit_code == 0
    assert len(stage.did("react")) == 1


def test_a_comment_that_cannot_be_written_after_the_outputs_is_a_warning() -> None:
    stage = Stage().plays(*TWO)
    for what in ("close", "comment"):
        stage.fails(what, DOWN, since=5)
    assert stage.run().exit_code == 0
    assert stage.outputs.values["approval-status"] == "approved"
    assert [warning.partition(":")[0] for warning in stage.log.warnings] == [
        "The gate could not close the issue",
        "The gate could not write the closing comment",
    ]
    assert stage.outputs.summaries != []


def test_a_summary_that_cannot_be_written_after_the_outputs_is_a_warning() -> None:
    stage = Stage().plays(*TWO)
    stage.outputs.broken.add("summarize")
    assert stage.run().exit_code == 0
    assert stage.outputs.values["approval-status"] == "approved"
    assert any("summary" in warning for warning in stage.log.warnings)


def test_nothing_is_posted_if_the_outputs_cannot_be_written() -> None:
    stage = Stage().plays(*TWO)
    stage.at(5, lambda: stage.outputs.broken.add("set"))
    with pytest.raises(OSError, match="No space left"):
        stage.run()
    assert stage.outputs.flushed_after == []
    assert stage.did("close") == []


@pytest.mark.parametrize(
    ("play", "label", "completed"),
    [
        (TWO, "approved", True),
        (("4 bob: deny - red",), "denied", False),
        ((), "timed-out", False),
        (("4 bob closes the issue",), "cancelled", False),
    ],
)
def test_the_issue_is_closed_with_the_outcome_as_a_label(
    play: tuple[str, ...], label: str, *, completed: bool
) -> None:
    stage = Stage().plays(*play)
    ending = stage.run()
    assert stage.did("close") == [(label, completed)]
    assert stage.said("closing") == [f"closing: {ending.code}"]
    assert stage.outputs.summaries == [f"summary: {ending.code} https://github.test/acme/shop/issues/42"]


def test_an_error_does_not_label_the_issue() -> None:
    stage = Stage()
    stage.gate.open()
    stage.conclude(Ending(outcome=Outcome.ERROR, code=Code.INTERNAL, reason="It failed.", exit_code=5))
    assert stage.did("close") == [(None, False)]
    assert stage.said("closing") == ["closing: internal"]


def test_an_approved_issue_is_left_open_for_the_result() -> None:
    stage = Stage(keep_open=True).plays(*TWO)
    stage.run()
    assert stage.did("close") == []
    assert stage.did("add_labels")[-1] == (["approved"],)
    assert stage.said("closing") == ["closing: quorum"]


def test_a_denied_issue_is_closed_even_if_approved_ones_are_left_open() -> None:
    stage = Stage(keep_open=True).plays("4 bob: deny - red")
    stage.run()
    assert stage.did("close") == [("denied", False)]
    assert stage.did("add_labels") == []


# Confirming --------------------------------------------------------------------------


def test_the_status_shows_the_confirmation_before_the_conversation_is_read() -> None:
    stage = Stage().plays(*TWO)
    assert end(stage.run()) == APPROVED
    ((_, text),) = stage.did("barrier")
    assert text == "2 given; confirming since 09:05:00 UTC."
    names = stage.did_names()
    assert names.index("recheck") < names.index("barrier") < names.index("confirm")


@pytest.mark.parametrize("seconds", [1, 5, 10])
def test_a_read_that_does_not_show_the_status_yet_is_repeated_and_the_status_is_not(seconds: float) -> None:
    stage = Stage().plays(*TWO)
    until = 5 + (seconds - 0.01) / 60
    stage.fails("confirm", UnsettledError("It does not show yet."), since=5, until=until)
    assert end(stage.run()) == APPROVED
    assert len(stage.did("barrier")) == 1
    assert stage.host.machine.seconds <= 300 + seconds + 3
    assert not [line for line in stage.log.lines if "does not show" in line]


def test_a_status_that_never_shows_is_a_fault_after_the_longest_lag_of_a_list() -> None:
    stage = Stage().plays(*TWO)
    stage.fails("confirm", UnsettledError("It does not show yet."), since=5, until=6)
    assert end(stage.run()) == APPROVED
    assert any("It does not show yet; reading it again" in line for line in stage.log.lines)
    assert 2 < len(stage.did("barrier")) < 7


def test_where_the_status_cannot_be_written_the_conversation_is_read_twice_ten_seconds_apart() -> None:
    stage = Stage().plays(*TWO)
    stage.fails("barrier", PermissionDeniedError("locked"), since=0, until=60)
    assert end(stage.run()) == APPROVED
    first, second = stage.minutes("confirm")
    assert second - first == pytest.approx(10 / 60)


def test_a_comment_between_those_two_reads_counts() -> None:
    stage = Stage().plays(*TWO)
    stage.fails("barrier", PermissionDeniedError("locked"), since=0, until=60)
    stage.plays("5.1 cy: deny - red tests")
    assert stage.run().outcome is Outcome.DENIED


def test_an_approvers_comment_between_those_two_reads_repeats_them() -> None:
    stage = Stage().plays(*TWO, "5.1 cy: hello")
    stage.fails("barrier", PermissionDeniedError("locked"), since=0, until=60)
    assert end(stage.run()) == APPROVED
    assert len(stage.did("confirm")) == 4
    assert any("changed while the approval was being confirmed" in line for line in stage.log.lines)


def test_strangers_do_not_make_those_two_reads_differ() -> None:
    stage = Stage().plays(*TWO)
    stage.fails("barrier", PermissionDeniedError("locked"), since=0, until=60)
    stage.plays("5.05 mallory: hello", "5.1 mallory: deny - x")
    assert end(stage.run()) == APPROVED
    assert len(stage.did("confirm")) == 2


def test_a_status_that_somebody_deleted_is_written_again_to_confirm() -> None:
    stage = Stage().plays(*TWO)
    stage.host.meanwhile["recheck"] = [stage.host.written.clear]
    assert end(stage.run()) == APPROVED
    assert [what for what, _ in stage.did("comment")].count("status") == 2
    assert len(stage.did("confirm")) == 1


def test_a_vote_missing_from_one_list_is_read_again_at_the_next_poll() -> None:
    stage = Stage().plays(*TWO)
    stage.host.disputed = {2}
    at_next_poll = {"poll": [stage.host.disputed.clear]}
    stage.host.meanwhile["confirm"] = [lambda: stage.host.meanwhile.update(at_next_poll)]
    assert end(stage.run()) == APPROVED
    first, second = stage.minutes("confirm")
    assert 0 < second - first <= 0.5  # polls are half a minute apart


def test_a_failed_confirmation_is_repeated_once_a_minute() -> None:
    stage = Stage().plays(*TWO)
    stage.host.hidden = {2}
    assert stage.run().outcome is Outcome.TIMED_OUT
    minutes = stage.minutes("confirm")
    assert 50 <= len(minutes) <= 58
    assert all(later - earlier >= 0.99 for earlier, later in pairwise(minutes[:-2]))


def test_an_approval_that_failed_confirmation_is_confirmed_again_when_a_listed_person_comments() -> None:
    stage = Stage().plays(*TWO, "5.5 cy: hello")
    stage.host.hidden = {2}
    stage.run()
    assert len([minute for minute in stage.minutes("confirm") if minute < 5.7]) == 2


def test_a_flood_by_strangers_does_not_repeat_the_confirmation() -> None:
    stage = Stage().plays(*TWO, *(f"{5 + n / 80} mallory: hello" for n in range(1, 400)))
    stage.host.hidden = {2}
    stage.run()
    assert len([minute for minute in stage.minutes("confirm") if minute < 10.5]) <= 6


@pytest.mark.parametrize("counted", [True, False])
def test_whether_a_comment_came_by_mail_is_read_at_every_poll_only_where_that_does_not_count(
    counted: bool,  # noqa: FBT001 - a column of the table
) -> None:
    stage = Stage(email_votes=counted)
    stage.run()
    assert stage.host.read_facts is not counted


# Every ending -------------------------------------------------------------------------


class Unopened:
    """Writes an ending before there is a gate."""

    inputs = Inputs()

    def record(self, ending: Ending) -> dict[str, Any]:
        if ending == QUORUM:
            return recorded(
                inputs(RULE, language.roster("ann"), language.talk("1 ann: approve"), language.minute(5))
            )
        error = failed(ending) if ending.outcome is Outcome.ERROR else None
        return document(GIVEN, replace(self.inputs, error=error))

    def stopped(self, elapsed: float, signal: str) -> Ending:
        stop = StopSignal(signal=signal, elapsed_seconds=int(elapsed))
        self.inputs = Inputs(stopped=stop)
        ending = conclude(self.inputs, Asked()).ending
        assert ending is not None
        return ending

    def conclusion(self, ending: Ending) -> Conclusion:
        return Conclusion(ending=ending)

    def close(self, end: Conclusion, record: object) -> None:
        assert end.ending.exit_code
        assert record

    def summary(self, end: Conclusion, record: object) -> str:
        assert record
        return f"summary: {end.ending.code}"

    def last_words(self, end: Conclusion) -> tuple[str, str]:
        return "v1", f"{end.ending.text} The end."


class Broken(Unopened):
    """A gate with a fault of the program itself in one place."""

    def __init__(self, what: str) -> None:
        self._what = what

    def record(self, ending: Ending) -> dict[str, Any]:
        if self._what == "record":
            raise ZeroDivisionError
        return super().record(ending)

    def close(self, end: Conclusion, record: object) -> None:
        if self._what == "close":
            raise ZeroDivisionError
        assert (end.ending, bool(record)) == (QUORUM, True)


RULE = Rule(minimum=1, window=timedelta(minutes=60))
QUORUM = Ending(outcome=Outcome.APPROVED, code=Code.QUORUM, reason="Approved by ann.", exit_code=0)


def writer(stage: Stage) -> EndingWriter:
    return EndingWriter(stage.outputs, stage.log, "77", Unopened())


def test_a_fault_of_the_program_before_the_outputs_are_written_is_the_ending() -> None:
    stage = Stage()
    ending = writer(stage).conclude(QUORUM, Broken("record"))
    assert (ending.code, ending.exit_code) == (Code.INTERNAL, 5)
    assert stage.outputs.values["approval-status"] == "error"
    assert stage.outputs.summaries == ["summary: internal"]
    assert stage.log.lines == ["Where it failed: ZeroDivisionError"]
    assert stage.log.errors == [
        "The program itself failed (ZeroDivisionError).\nPlease report it with this job's log. The end."
    ]


def test_a_fault_of_the_program_after_the_outputs_are_written_changes_nothing() -> None:
    stage = Stage()
    assert writer(stage).conclude(QUORUM, Broken("close")) == QUORUM
    assert stage.outputs.values["approval-status"] == "approved"
    assert stage.log.lines == ["Where it failed: ZeroDivisionError", "Approved by ann. The end."]


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        (QUORUM, "lines"),
        (Ending(outcome=Outcome.DENIED, code=Code.DENIED, reason="No.", exit_code=1), "errors"),
        (Ending(outcome=Outcome.DENIED, code=Code.DENIED, reason="No.", exit_code=0), "warnings"),
        (Ending(outcome=Outcome.ERROR, code=Code.INPUT, reason="No.", exit_code=2, message="N\no"), "errors"),
    ],
)
def test_the_last_line_of_the_log_is_the_ending(ending: Ending, kind: str) -> None:
    stage = Stage()
    assert tell(ending, stage.log, "The end.", "v1") == ending.exit_code
    assert getattr(stage.log, kind) == ["The end."]
    assert len([*stage.log.lines, *stage.log.errors, *stage.log.warnings]) == 1


class Another(Broken):
    """A gate whose record comes to another outcome than the run."""

    def record(self, ending: Ending) -> dict[str, Any]:
        return {**super().record(ending), "outcome": self._what}


def test_a_record_that_comes_to_another_outcome_is_a_fault_of_the_program() -> None:
    stage = Stage()
    ending = writer(stage).conclude(replace(QUORUM, outcome=Outcome.DENIED), Another("approved"))
    assert (ending.code, ending.exit_code) == (Code.INTERNAL, 5)
    assert stage.outputs.values["approval-status"] == "error"


def test_the_last_resort_writes_that_the_job_was_stopped() -> None:
    stage = Stage()
    assert writer(stage).last_resort(Broken("nothing"), 12.9, "SIGTERM") == 4
    assert stage.outputs.values["reason-code"] == "signal"
    assert record(stage)["outcome"] == "cancelled"
    assert record(stage)["inputs"]["stopped"] == {"signal": "SIGTERM", "elapsed_seconds": 12}
    assert stage.outputs.values["record-path"] == "/records/approval-gate-77-1.json"


def test_the_last_resort_has_the_record_of_the_request() -> None:
    stage = Stage().plays("3 ann: approve")
    stage.at(4, partial(writer(stage).last_resort, stage.gate, 240, "SIGTERM"))
    stage.at(4, lambda: stage.happens("the job is stopped"))
    stage.run()
    first = next(
        done.given[0] for done in stage.journal if done.what == "set" and "decision" in done.given[0]
    )
    written = json.loads(first["decision"])
    assert written["reason"].startswith("The job was stopped (SIGTERM) with 1 of 2 approvals, from ann.")
    assert written["issue"]["number"] == 42


def test_the_last_resort_writes_that_nobody_was_asked_where_the_request_cannot_be_recorded() -> None:
    stage = Stage()
    assert writer(stage).last_resort(Broken("record"), 1, "SIGTERM") == 4
    assert record(stage)["reason"].startswith("The job was stopped (SIGTERM) before anybody was asked.")


def test_the_last_resort_leaves_an_ending_that_is_written() -> None:
    stage = Stage()
    one = writer(stage)
    one.conclude(QUORUM, Broken("nothing"))
    assert one.last_resort(Broken("nothing"), 1, "SIGTERM") == 0
    assert stage.outputs.values["approval-status"] == "approved"


def test_the_last_resort_needs_no_file() -> None:
    stage = Stage()
    stage.outputs.broken.update({"set", "save"})
    assert writer(stage).last_resort(Broken("nothing"), 1, "SIGTERM") == 4


def test_a_run_without_a_number_has_a_record_too() -> None:
    stage = Stage()
    EndingWriter(stage.outputs, stage.log, "../77", Unopened()).last_resort(Unopened(), 1, "SIGTERM")
    assert list(stage.outputs.saved) == ["approval-gate-1.json", "approval-gate-1.sha256"]
