"""What people are told while the gate waits, and that none of it affects the decision."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from approval_gate.core.model import Thread
from approval_gate.core.policy.model import Reminder
from approval_gate.core.timing import Budget
from approval_gate.errors import GitHubError, NotFoundError, OutageError, RateLimitError, RejectedError
from approval_gate.gate.confirmation import moved
from tests.gate.stage import (
    APPROVED,
    DENIED,
    REQUEST,
    STOPPED,
    TIMED_OUT,
    Stage,
    StaleIssue,
    end,
    person,
)

TWO = ("3 ann: approve", "5 bob: approve")
DOWN = OutageError("GitHub has a fault.", detail="(request 1)")

# Opening -----------------------------------------------------------------------------


def opened(**how: Any) -> Stage:
    stage = Stage(**how)
    stage.gate.open()
    return stage


def test_the_issue_is_opened_with_window_and_labels() -> None:
    stage = opened()
    assert stage.did("open") == [("Deploy v1", "09:00 to 10:00", ("deployment", "production"))]


def test_the_issues_address_is_an_output_as_soon_as_it_exists() -> None:
    stage = opened()
    assert stage.did_names()[:2] == ["open", "set"]
    assert stage.did("set")[0] == (
        {"issue-number": "42", "issue-url": "https://github.test/acme/shop/issues/42"},
    )


def test_no_stop_signal_comes_between_the_issue_and_its_output() -> None:
    stage = opened()
    assert [done.sheltered for done in stage.journal[:2]] == [True, True]


def test_the_log_says_where_and_until_when() -> None:
    assert opened().log.lines[:2] == [
        "  issue      https://github.test/acme/shop/issues/42",
        "  until      10:00:00 UTC (60 min)",
    ]


def test_a_long_issue_is_continued_in_comments() -> None:
    stage = Stage()
    stage.texts.further = ("@p1 @p2", "@p3")
    stage.gate.open()
    assert stage.did("comment")[:2] == [("more-0", "@p1 @p2"), ("more-1", "@p3")]


def test_the_status_is_there_from_the_beginning() -> None:
    stage = opened()
    assert stage.statuses() == ["0 given; 0 of 2 approvals, needs 2 from ann, bob or cy."]


def test_the_people_who_can_approve_are_assigned() -> None:
    assert opened(roster="ann bob dee!").did("assign") == [(["ann", "bob"],)]


def test_a_warning_names_the_people_who_cannot_be_assigned() -> None:
    stage = Stage()
    stage.host.unassignable = ("ann", "cy")
    stage.gate.open()
    (warning,) = stage.log.warnings
    assert warning.startswith("Not assigned to the issue: ann and cy. ")
    assert warning.endswith("being mentioned there suffices.")


def test_labels_that_github_dropped_are_set_again() -> None:
    stage = Stage()
    stage.host.dropped = ("production",)
    stage.gate.open()
    assert stage.did("add_labels") == [(["production"],)]


def test_labels_in_another_case_are_not_set_again() -> None:
    assert opened().did("add_labels") == []


def test_labels_that_cannot_be_set_are_named_in_the_warning() -> None:
    stage = Stage()
    stage.host.dropped = ("production",)
    stage.fails("add_labels", RejectedError("Rejected.", detail="(request 7)"))
    stage.gate.open()
    (warning,) = stage.log.warnings
    assert warning == (
        "The gate could not set the labels production, which GitHub dropped: Rejected. (request 7)"
    )


# Earlier attempts --------------------------------------------------------------------


def second_attempt(*stale: StaleIssue) -> Stage:
    """Open a second attempt after a first one that left these issues open."""
    stage = Stage(request=replace(REQUEST, run_attempt=2))
    stage.host.stale = list(stale)
    stage.gate.open()
    return stage


def test_the_first_attempt_does_not_look_for_earlier_ones() -> None:
    assert opened().did("open_issues") == []


def test_an_issue_left_open_by_an_earlier_attempt_is_replaced() -> None:
    stage = second_attempt(StaleIssue(7), StaleIssue(8))
    address = "https://github.test/acme/shop/issues/42"
    assert stage.did("replace") == [(7, f"{address} for "), (8, f"{address} for ")]
    said = "  replaced   https://github.test/acme/shop/issues/7, which an earlier attempt left open"
    assert said in stage.log.lines


@pytest.mark.parametrize("label", ["approved", "denied", "timed-out", "cancelled"])
def test_a_decided_issue_is_left_alone(label: str) -> None:
    stage = second_attempt(
        StaleIssue(7, labels=("deployment", label), concluded=True), StaleIssue(8, labels=("deployment",))
    )
    assert [number for number, _ in stage.did("replace")] == [8]
    assert [number for (number,) in stage.did("answers")] == [8]


def test_an_outcome_label_set_by_a_person_does_not_keep_an_issue_open() -> None:
    stage = second_attempt(StaleIssue(7, labels=("approved",)))
    assert [number for number, _ in stage.did("replace")] == [7]


def test_a_decided_issue_that_could_not_be_closed_is_replaced() -> None:
    stage = second_attempt(StaleIssue(7, labels=("deployment",), concluded=True))
    assert [number for number, _ in stage.did("replace")] == [7]


def test_a_duplicate_that_a_fault_opened_is_closed_as_soon_as_it_is_seen() -> None:
    stage = Stage().plays(*TWO)
    stage.host.may_have_duplicate = True
    duplicate = StaleIssue(43, duplicate=True, said=((person("bob"), "deny"),))
    stage.at(2, lambda: stage.host.stale.append(duplicate))
    assert end(stage.run()) == APPROVED
    assert stage.did("replace") == [(43, "https://github.test/acme/shop/issues/42, its duplicate, for bob")]
    assert "  replaced   https://github.test/acme/shop/issues/43, which a fault of GitHub's opened too" in (
        stage.log.lines
    )
    assert stage.did("open_issues") == [(), ()]


def test_the_people_who_had_voted_are_mentioned_once_and_nobody_else() -> None:
    answers = (
        (person("ann"), "approve"),
        (person("ann"), "approve - sure"),
        (person("bob"), "hello"),
        (person("cy"), "deny - red"),
        (person("mallory"), "approve"),
        (None, "approve"),
    )
    stage = second_attempt(StaleIssue(7, said=answers))
    assert stage.did("replace") == [(7, "https://github.test/acme/shop/issues/42 for ann, cy")]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("open_issues", "see whether more of this run is open"),
        ("answers", "close https://github.test/acme/shop/issues/7, which an earlier attempt left open"),
        ("replace", "close https://github.test/acme/shop/issues/7, which an earlier attempt left open"),
    ],
)
def test_an_earlier_attempt_that_cannot_be_replaced_is_a_warning(what: str, said: str) -> None:
    stage = Stage(request=replace(REQUEST, run_attempt=2)).plays(*TWO)
    stage.host.stale = [StaleIssue(7), StaleIssue(8)]
    stage.fails(what, DOWN)
    assert end(stage.run()) == APPROVED
    warning = stage.log.warnings[0]
    assert warning.startswith(f"The gate could not {said}")


def test_an_issue_that_cannot_be_replaced_does_not_keep_others_open() -> None:
    stage = Stage(request=replace(REQUEST, run_attempt=2))
    stage.host.stale = [StaleIssue(7), StaleIssue(8)]
    stage.fails("replace", DOWN, times=1)
    stage.gate.open()
    assert [number for number, _ in stage.did("replace")] == [7, 8]
    assert stage.host.stale == [StaleIssue(7)]


def test_votes_on_an_earlier_attempt_count_nowhere_else() -> None:
    stage = Stage(request=replace(REQUEST, run_attempt=2)).plays("3 ann: approve")
    stage.host.stale = [StaleIssue(7, said=((person("bob"), "approve"),))]
    assert end(stage.run()) == TIMED_OUT


# Status ------------------------------------------------------------------------------


def test_the_status_is_edited_only_when_it_changes() -> None:
    stage = Stage().plays("3 ann: approve", "9 mallory: hello", "12 ann: hello", "20 ann: revoke")
    stage.run()
    assert len(stage.minutes("edit_comment")) == 3
    assert stage.minutes("edit_comment")[:2] == [3, 20]
    assert stage.statuses()[:3] == [
        "0 given; 0 of 2 approvals, needs 2 from ann, bob or cy.",
        "1 given; 1 of 2 approvals, needs 1 more from bob or cy.",
        "0 given; 0 of 2 approvals, needs 2 from ann, bob or cy.",
    ]


def test_there_is_one_status_comment() -> None:
    stage = Stage().plays("3 ann: approve", "20 ann: revoke")
    stage.run()
    assert len(stage.said("status")) == 1


def test_a_deleted_status_is_posted_again_and_the_new_one_is_edited_from_then_on() -> None:
    stage = Stage().plays("3 ann: approve", "9 ann: revoke")
    stage.fails("edit_comment", NotFoundError("gone"), times=1)
    stage.run()
    assert stage.minutes("comment")[:2] == [0, 3]
    assert stage.minutes("edit_comment") == [3, 9, 60]
    assert stage.log.warnings == []


def test_a_status_that_cannot_be_shown_is_a_warning_and_tried_again_after_half_a_minute() -> None:
    stage = Stage(polling_interval=5.0)
    stage.fails("comment", DOWN, until=2)
    stage.run()
    tries = [done.at for done in stage.journal if done.what == "comment" and done.given[0] == "status"]
    assert tries == [0, 30, 60, 90, 120]
    assert stage.log.warnings == ["The gate could not show the status: GitHub has a fault. (request 1)"]


def test_a_second_failure_of_comments_is_a_second_warning() -> None:
    stage = Stage(polling_interval=5.0).plays("20 ann: approve")
    stage.fails("comment", DOWN, until=2)
    stage.fails("edit_comment", DOWN, since=20, until=21)
    stage.run()
    assert len(stage.log.warnings) == 2
    assert len(stage.statuses()) == 5 + 3 + 1


def test_a_rate_limit_on_comments_is_waited_for_as_long_as_github_asks() -> None:
    stage = Stage(polling_interval=5.0).plays("1 ann: approve?")
    stage.fails("comment", RateLimitError("Fewer.", retry_after=120), until=1)
    stage.run()
    assert stage.minutes("comment")[:3] == [0, 2, 2]
    assert stage.said("hint") == ["ann said approve?"]


@pytest.mark.parametrize(("says", "hint"), [("approve?", "ann said approve?"), ("deny", "ann: NO_REASON")])
def test_a_hint_delayed_by_a_fault_is_given_once(says: str, hint: str) -> None:
    stage = Stage(polling_interval=5.0).plays(f"3 ann: {says}")
    for what in ("comment", "edit_comment"):
        stage.fails(what, DOWN, since=3, until=3.2)
    stage.run()
    assert stage.said("hint") + stage.said("reason") == [hint] * (1 + (says == "approve?"))
    assert stage.minutes("comment")[-2] == 3.5


def test_a_hint_that_github_refuses_is_not_retried() -> None:
    stage = Stage().plays("3 ann: approve?")
    stage.fails("comment", RejectedError("no"), since=3, until=50)
    stage.run()
    assert len(stage.said("hint")) == 1


def test_messages_are_not_retried_for_long_while_people_wait() -> None:
    stage = Stage().plays("3 ann: approve", "7 bob: approve?", "9 cy: deny")
    stage.run()
    waiting = [done for done in stage.journal if done.what in MESSAGES and done.at < 3600]
    assert {done.retried_for for done in waiting} == {2, None}


def test_the_last_messages_share_a_longer_limit() -> None:
    stage = Stage().plays(*TWO)
    stage.host.meanwhile["close"] = [partial(stage.machine.sleep, 12)]
    stage.run()
    assert [done.retried_for for done in stage.journal if done.retried_for][-2:] == [30, 18]


def test_all_continuation_comments_share_one_deadline() -> None:
    stage = Stage()
    stage.texts.further = ("@p1 @p2", "@p3", "@p4")
    stage.host.meanwhile["comment"] = [partial(stage.machine.sleep, 20)]
    stage.gate.open()
    assert [done.retried_for for done in stage.journal if done.what == "comment"] == [30, 10, 10, 2]


def test_no_retry_goes_on_past_the_deadline_for_longer_than_a_last_read() -> None:
    stage = Stage().plays("59.9 ann: approve", "60 bob: approve")
    stage.run()
    assert [done.what for done in stage.journal if done.at >= 3600 and (done.retried_for or 0) > 15] == []
    stage = Stage()
    stage.fails("read", DOWN, since=50)
    stage.run()
    assert [done.retried_for for done in stage.journal if done.what in {"close", "comment"}][-2:] == [0, 0]


def test_the_last_status_shows_the_outcome() -> None:
    stage = Stage().plays(*TWO)
    stage.run()
    assert stage.statuses()[-1] == "final: quorum"


def test_a_stopped_gate_says_so_in_the_status_too() -> None:
    stage = Stage().plays("3 the job is stopped")
    stage.run()
    assert stage.statuses()[-1] == "final: signal"
    assert stage.did("react") == []


@pytest.mark.parametrize("what", ["close", "comment"])
def test_a_stopped_gate_has_no_time_for_the_status_where_github_fails(what: str) -> None:
    stage = Stage().plays("3 the job is stopped")
    stage.fails(what, DOWN, since=2)
    stage.run()
    assert not any("final" in text for text in stage.statuses())


def test_a_status_that_was_never_shown_is_not_shown_at_the_end() -> None:
    stage = Stage().plays("3 ann closes the issue")
    stage.fails("comment", DOWN, until=1)
    stage.fails("comment", DOWN, since=1, until=2.9)
    stage.run()
    assert stage.statuses()[-1].startswith("0 given")
    assert stage.did("edit_comment") == []


# Reactions ---------------------------------------------------------------------------


def test_a_reaction_is_given_once() -> None:
    stage = Stage().plays("3 ann: approve", "30 bob: hello")
    stage.run()
    assert stage.did("react") == [(1, "+1")]


def test_a_vote_that_was_edited_loses_its_thumb() -> None:
    stage = Stage().plays("3 ann: approve", "6 ann edits #1: approve - sure")
    stage.run()
    assert stage.did("react") == [(1, "+1"), (1, "confused")]
    assert stage.reactions() == [(1, "confused")]


def test_a_bare_denial_that_gets_a_reason_keeps_its_thumb() -> None:
    stage = Stage().plays("3 ann: deny", "6 ann edits #1: deny - red")
    stage.run()
    assert stage.reactions() == [(1, "-1")]
    assert stage.did("remove_reaction") == []


def test_a_deleted_vote_gets_no_reaction() -> None:
    stage = Stage().plays("3 ann: approve", "6 bob deletes #1")
    stage.run()
    assert stage.did("react") == [(1, "+1")]


def test_a_vote_given_again_takes_the_thumb_from_the_earlier_one() -> None:
    stage = Stage().plays("3 ann: approve", "6 ann: approve")
    stage.run()
    assert stage.did("react") == [(1, "+1"), (2, "+1")]
    assert stage.did("remove_reaction") == [(1,)]
    assert stage.reactions() == [(2, "+1")]


def test_the_votes_that_end_it_get_a_reaction_too() -> None:
    stage = Stage().plays(*TWO)
    stage.run()
    assert stage.reactions() == [(1, "+1"), (2, "+1")]


# Hints -------------------------------------------------------------------------------


def test_a_near_miss_gets_one_hint() -> None:
    stage = Stage().plays("3 ann: approve?\nplease", "9 bob: hello")
    stage.run()
    assert stage.said("hint") == ["ann said approve?"]
    assert stage.minutes("comment")[1] == 3


def test_the_author_of_a_denial_without_a_reason_is_asked_for_one_once() -> None:
    stage = Stage().plays("3 ann: deny", "9 bob: hello")
    stage.run()
    assert stage.said("reason") == ["ann: NO_REASON"]


# Notices ------------------------------------------------------------------------


def test_the_author_of_an_objection_is_asked_within_one_poll() -> None:
    stage = Stage().plays("3 cy: stop")
    stage.run()
    (asked,) = (
        at
        for at, (name, _) in zip(stage.minutes("comment"), stage.did("comment"), strict=True)
        if name.startswith("objection-")
    )
    assert asked - 3 <= 0.1


def test_an_approver_whose_role_needs_a_reason_is_asked_for_one_once() -> None:
    stage = Stage(justified=("ann",)).plays("3 ann: approve", "9 bob: approve", "12 ann: approve - hotfix")
    assert end(stage.run()) == APPROVED
    assert stage.said("justification") == ["ann: UNJUSTIFIED"]
    assert stage.reactions() == [(1, "confused"), (2, "+1"), (3, "+1")]


def test_nobody_gets_a_hint_after_the_decision() -> None:
    stage = Stage().plays("5 ann: approve", "5 bob: approve", "5 cy: approve?")
    assert end(stage.run()) == APPROVED
    assert stage.said("hint") == []


# The log -----------------------------------------------------------------------------


def test_the_log_reports_each_answer_and_what_is_missing() -> None:
    stage = Stage().plays("4 cy: stop", "5 ann: approve", "6 bob: approve", "9 cy: revoke")
    stage.run()
    assert stage.log.lines[2:] == [
        '09:04:00  cy objects: "stop"                        held until cy answers; cy is asked',
        "09:05:00  ann approves                              1 of 2, needs 1 more from bob or cy",
        "09:06:00  bob approves                              2 of 2, held until cy answers",
        "09:09:00  cy takes everything back                  2 of 2",
        "09:09:00  confirmed: 2 votes unedited, both can still approve",
        stage.log.lines[-1],
    ]


def test_the_log_says_who_was_reminded_and_whose_comment_is_not_an_answer() -> None:
    stage = Stage(reminders=(Reminder(after=timedelta(minutes=30), role=None),)).plays("4 ann: approve?")
    stage.run()
    assert stage.log.lines[2:4] == [
        '09:04:00  ann\'s comment is not an answer, and ann is told so: "approve?"',
        "09:30:00  reminded ann, bob and cy",
    ]


def test_the_end_of_a_window_on_another_day_names_the_day() -> None:
    stage = opened(window=timedelta(hours=24))
    assert stage.log.lines[1] == "  until      Tue 3 March, 09:00:00 UTC (24 h)"


def test_a_wait_over_midnight_says_once_that_it_goes_on() -> None:
    stage = Stage(window=timedelta(hours=24))
    stage.run()
    assert stage.log.lines[2:4] == [
        "Tuesday 3 March",
        "00:00:00  still waiting                             0 of 2, needs 2 from ann, bob or cy",
    ]


def test_an_approval_that_is_not_confirmed_for_a_while_is_logged_once() -> None:
    stage = Stage(polling_interval=5.0).plays(*TWO)
    confirm = stage.host.confirm

    def disagrees(people: Collection[int], edited: int | None = None) -> Thread:
        thread = confirm(people, edited)
        if stage.minute >= 8:
            return thread
        return replace(thread, comments=tuple(replace(it, agreed=False) for it in thread.comments))

    stage.host.confirm = disagrees  # type: ignore[method-assign]
    assert end(stage.run()) == APPROVED
    assert [line[10:].partition("  ")[0] for line in stage.log.lines[2:-1]] == [
        "ann approves",
        "ann's approval does not count yet: not all of GitHub shows it",
        "bob's approval does not count yet: not all of GitHub shows it",
        "",
        "ann's approval counts now",
        "bob's approval counts now",
        "confirmed: 2 votes unedited, both can still approve",
    ]


def test_a_quiet_wait_logs_nothing() -> None:
    stage = Stage()
    stage.run()
    assert [line for line in stage.log.lines if line[:2] in {"09", "10"}] == []


# Messages --------------------------------------------------------------------------

MESSAGES = ("comment", "edit_comment", "react", "remove_reaction", "assign", "add_labels")


@pytest.mark.parametrize("what", MESSAGES)
@pytest.mark.parametrize("error", [DOWN, NotFoundError("gone"), RejectedError("no")])
@pytest.mark.parametrize(
    ("play", "ends"), [(TWO, APPROVED), (("3 ann: deny - red",), DENIED), (("3 ann: deny?",), TIMED_OUT)]
)
def test_a_message_that_fails_is_a_warning_and_changes_nothing(
    what: str, error: GitHubError, play: tuple[str, ...], ends: tuple[Any, Any]
) -> None:
    stage = Stage().plays(*play)
    stage.host.dropped = ("production",)
    stage.fails(what, error)
    assert end(stage.run()) == ends
    tried = bool(stage.did(what))
    reposted = what == "edit_comment" and isinstance(error, NotFoundError)
    assert bool(stage.log.warnings) is (tried and not reposted) or reposted
    assert all("The gate could not " in warning for warning in stage.log.warnings)


def test_no_stop_signal_interrupts_a_write() -> None:
    stage = Stage().plays(
        "3 ann: approve", "5 ann edits #1: approve - x", "6 bob: approve?", "7 cy: deny", "9 cy: deny - red"
    )
    stage.host.dropped = ("production",)
    stage.run()
    writes = {"open", "close", *MESSAGES}
    assert {done.what for done in stage.journal if done.what in writes} == writes
    assert [done.what for done in stage.journal if done.what in writes and not done.sheltered] == []


def test_a_stop_signal_interrupts_every_read() -> None:
    stage = Stage(tags=("v1",)).plays(*TWO)
    stage.run()
    reads = {"poll", "confirm", "recheck", "commit_of_tag"}
    assert [done.what for done in stage.journal if done.what in reads and done.sheltered] == []


def test_a_stop_during_a_message_still_closes_the_issue() -> None:
    stage = Stage()
    stage.during("assign", "the job is stopped")
    assert end(stage.run()) == STOPPED
    assert stage.did("close") == [("cancelled", False)]


# A tag -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("commit", "asked", "said"),
    [
        ("b" * 40, "a" * 40, "The tag v1 names bbbbbbb now; this deployment is of aaaaaaa."),
        (None, "a" * 40, "The tag v1 is gone; this deployment is of aaaaaaa."),
    ],
)
def test_a_moved_tag_says_where_it_was_and_is(commit: str | None, asked: str, said: str) -> None:
    error = moved("v1", commit, asked)
    assert error.problem == said
    assert error.remedy


# Only the difference is written --------------------------------------------------------


def test_a_reaction_that_is_already_shown_is_not_given_again() -> None:
    stage = Stage().plays("3 ann: deny", "6 ann edits #1: deny - red")
    stage.run()
    assert stage.did("react") == [(1, "-1")]


def test_writes_held_back_by_the_reserve_follow_once_the_budget_allows() -> None:
    stage = Stage().plays("2 ann: approve", "3 bob: deny", "4 cy: aproved")
    stage.at(1, lambda: setattr(stage.host, "left_of_budget", lambda _cost: Budget(30, 3000, 0)))
    stage.at(10, lambda: setattr(stage.host, "left_of_budget", lambda _cost: None))
    stage.run()
    assert set(stage.minutes("react")) == {10}
    assert stage.reactions() == [(1, "+1"), (2, "-1")]
    assert len(stage.said("reason") + stage.said("hint")) == 2
    assert [line for line in stage.log.lines if "allows" in line] == [
        "09:02:00  GitHub allows few more requests for now; status, reactions and notices wait"
    ]


def test_a_notice_mentions_only_people_who_have_had_fewer_than_ten() -> None:
    again = (f"{n} ann: {'revoke' if n % 2 else 'deny'}" for n in range(1, 28))
    stage = Stage("ann bob cy dee", minimum=3).plays(
        *again, "28 ann: approve", "28 bob: approve", "30 dee changes the request"
    )
    stage.run()
    assert stage.said("changed") == ["bob: BEFORE_CHANGE"]


def test_a_status_that_is_always_deleted_delays_nothing() -> None:
    stage = Stage().plays(*TWO)
    stage.fails("barrier", NotFoundError("gone"))
    assert end(stage.run()) == APPROVED
    assert len(stage.did("confirm")) == 2
