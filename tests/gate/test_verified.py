"""The checks that verify themselves: when their facts are read again, and what holds an approval back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from approval_gate.core.conditions.model import Calendar, Condition, TimeRange
from approval_gate.core.facts import Facts, OpenIssue, OpenIssues, Source
from approval_gate.core.model import Code, Outcome
from approval_gate.core.timing import Budget
from approval_gate.errors import OutageError
from tests.gate.stage import APPROVED, DENIED, OPENED, STOPPED, TIMED_OUT, Stage, end

INCIDENTS = Condition(item="**No active incidents**", required=True, no_open_issues=("incident",))
BUGS = Condition(item="**No bugs**", no_open_issues=("bug",))
DOWN = OpenIssue(number=12, title="Checkout is down", url="https://github.test/acme/shop/issues/12")
QUORUM = ("3 ann: approve", "5 bob: approve")
SILENT_FAULT = "the open issues could not be read: GitHub did not answer"


def a_stage(*conditions: Condition, incidents: Sequence[OpenIssue] = (), **plan: object) -> Stage:
    """Return a gate with checks, opened on what was known when it was opened."""
    source = Source(where="GraphQL", at=OPENED - timedelta(seconds=5))
    known = (
        OpenIssues(label="incident", source=source, count=len(incidents), first=tuple(incidents)),
        OpenIssues(label="bug", source=source),
    )
    stage = Stage(conditions=conditions or (INCIDENTS,), facts=Facts(issues=known), **plan)
    stage.host.incidents = list(incidents)
    return stage


def opens(stage: Stage) -> None:
    stage.host.incidents.append(DOWN)


def closes(stage: Stage) -> None:
    stage.host.incidents.clear()


def test_nothing_is_read_again_while_nobody_has_approved() -> None:
    stage = a_stage(incidents=[DOWN]).plays("3 ann: approve", "9 mallory: approve")
    assert end(stage.run()) == TIMED_OUT
    assert stage.minutes("facts") == []


def test_a_request_without_checks_reads_no_facts() -> None:
    stage = Stage().plays(*QUORUM)
    assert end(stage.run()) == APPROVED
    assert stage.did("facts") == []


def test_a_check_that_failed_at_the_opening_is_read_again_as_soon_as_there_is_a_quorum() -> None:
    stage = a_stage(incidents=[DOWN]).plays(*QUORUM)
    stage.at(4, partial(closes, stage))
    assert end(stage.run()) == APPROVED
    assert stage.minutes("facts") == [5, 5]  # a look, and the confirmation


def test_an_open_incident_holds_the_approval_until_it_is_closed_and_is_looked_at_once_a_minute() -> None:
    stage = a_stage(incidents=[DOWN]).plays(*QUORUM)
    stage.at(20.2, partial(closes, stage))
    assert end(stage.run()) == APPROVED
    assert stage.minute == 21
    assert stage.minutes("facts") == [*range(5, 22), 21]
    assert stage.did("facts")[0] == (["**No active incidents**"],)


def test_an_incident_that_is_opened_after_the_opening_is_found_by_the_confirmation() -> None:
    stage = a_stage().plays(*QUORUM)
    stage.at(4, partial(opens, stage))
    stage.at(9.8, partial(closes, stage))
    assert end(stage.run()) == APPROVED
    assert stage.minutes("facts") == [5, 6, 7, 8, 9, 10, 10]


def test_an_incident_that_is_opened_between_the_look_and_the_confirmation_prevents_the_approval() -> None:
    stage = a_stage(incidents=[DOWN]).plays(*QUORUM)
    stage.at(4, partial(closes, stage))
    stage.host.meanwhile["facts"] = [lambda: stage.host.meanwhile.update(facts=[partial(opens, stage)])]
    assert end(stage.run()) == TIMED_OUT
    assert stage.outputs.values["approvers"] == ""


def test_a_required_check_that_never_passes_ends_as_timed_out_and_is_named() -> None:
    stage = a_stage(incidents=[DOWN]).plays(*QUORUM)
    ending = stage.run()
    assert (end(ending), ending.exit_code) == (TIMED_OUT, 3)
    looks = stage.minutes("facts")
    assert looks == [*range(5, 61)]


def test_at_the_deadline_the_checks_are_read_once_more_however_short_the_last_look_is_ago() -> None:
    stage = a_stage(incidents=[DOWN]).plays("59 ann: approve", "59.4 bob: approve")
    stage.at(59.9, partial(closes, stage))
    assert end(stage.run()) == APPROVED
    assert stage.minutes("facts") == [59.5, 60, 60]


@pytest.mark.parametrize("until", [20.2, None])
def test_a_fault_while_the_facts_are_read_holds_the_approval_and_ends_nothing(until: float | None) -> None:
    stage = a_stage().plays(*QUORUM)

    def fails(problem: str) -> None:
        stage.host.facts_problem = problem

    stage.at(4, partial(fails, SILENT_FAULT))
    if until is not None:
        stage.at(until, partial(fails, ""))
    ending = stage.run()
    if until is not None:
        assert (end(ending), stage.minute) == (APPROVED, 21)
        return
    assert (end(ending), ending.exit_code) == (TIMED_OUT, 3)


def test_facts_that_cannot_be_read_at_all_are_read_again_like_the_conversation() -> None:
    stage = a_stage().plays(*QUORUM)
    stage.fails("facts", OutageError("GitHub did not answer."), times=2)
    assert end(stage.run()) == APPROVED


def test_an_approval_that_comes_while_the_facts_are_read_is_decided_on_newer_facts() -> None:
    stage = a_stage().plays(*QUORUM)

    def answers() -> None:
        stage.machine.seconds += 1
        stage.happens("bob: approve")

    stage.host.meanwhile["confirm"] = [answers]
    assert end(stage.run()) == APPROVED
    assert len(stage.did("facts")) == 2
    assert "The last approval came while the checks were being read; reading it again" in stage.log.text


def test_facts_that_are_older_than_the_approvals_never_approve() -> None:
    stage = a_stage().plays(*QUORUM)
    stage.host.facts_are_new = False
    assert end(stage.run()) == (Outcome.ERROR, Code.OUTAGE)
    assert stage.outputs.values["approval-status"] == "error"


def test_a_denial_ends_the_request_while_a_check_holds_it() -> None:
    stage = a_stage(incidents=[DOWN]).plays(*QUORUM, "9 cy: deny - not today")
    assert end(stage.run()) == DENIED
    assert stage.minute == 9


def test_checks_are_not_read_again_while_an_objection_holds_or_boxes_are_open() -> None:
    stage = a_stage(incidents=[DOWN]).plays(*QUORUM, "2 cy: please wait")
    stage.run()
    assert stage.did("facts") == []
    stage = a_stage(incidents=[DOWN], checklist=("tests",)).plays(*QUORUM)
    stage.run()
    assert stage.did("facts") == []


@pytest.mark.parametrize(("minute", "ends"), [(30, STOPPED), (59.5, TIMED_OUT)])
def test_a_stop_during_a_hold_approves_nothing(minute: float, ends: tuple[Outcome, Code]) -> None:
    stage = a_stage(incidents=[DOWN]).plays(*QUORUM, f"{minute} the job is stopped")
    ending = stage.run()
    assert end(ending) == ends
    assert stage.outputs.values["approvers"] == ""
    assert ending.exit_code != 0


def test_a_check_that_is_not_required_holds_nothing_and_is_read_again_for_the_record() -> None:
    bugs = replace(BUGS, no_open_issues=("incident",))
    stage = a_stage(bugs).plays(*QUORUM)
    stage.at(4, partial(opens, stage))
    assert end(stage.run()) == APPROVED
    (fact, _) = stage.record["inputs"]["facts"]["issues"]
    assert (fact["count"], fact["source"]["at"]) == (1, "2026-03-02T09:05:00Z")


def test_a_check_of_the_hours_passes_by_itself() -> None:
    hours = Calendar(zone="UTC", between=(TimeRange(start=9 * 60 + 10, end=17 * 60),))
    stage = a_stage(Condition(item="**Business hours**", required=True, hours=hours)).plays(*QUORUM)
    assert end(stage.run()) == APPROVED
    assert stage.minute == 10


def test_the_log_says_what_is_waited_for_and_when_a_check_changes() -> None:
    stage = a_stage().plays(*QUORUM)
    stage.at(4, partial(opens, stage))
    stage.at(9.8, partial(closes, stage))
    stage.run()
    text = stage.log.text
    assert '09:05:00  check failed: No active incidents (#12 "Checkout is down" is open)' in text
    assert "waiting for 1 check: No active incidents" in text
    assert '09:10:00  check passed: No active incidents (no issue labelled "incident" is open)' in text


def test_those_who_approved_are_told_once_what_holds_it_back() -> None:
    stage = a_stage(incidents=[DOWN]).plays(*QUORUM, "8 cy: approve")
    stage.at(20, partial(closes, stage))
    assert end(stage.run()) == APPROVED
    assert stage.said("checks") == ['ann and bob: #12 "Checkout is down" is open']
    assert stage.minutes("comment")[-2] == 5


def test_a_look_reads_only_what_holds_the_approval_and_the_confirmation_everything() -> None:
    stage = a_stage(INCIDENTS, BUGS, incidents=[DOWN]).plays(*QUORUM)
    stage.at(5.5, partial(closes, stage))
    assert end(stage.run()) == APPROVED
    both = ["**No active incidents**", "**No bugs**"]
    assert [given for (given,) in stage.did("facts")] == [both[:1], both[:1], both]


@pytest.mark.parametrize(("left", "looks"), [(60, [60]), (61, [*range(5, 61)])])
def test_while_few_requests_are_left_the_checks_are_read_again_only_at_the_deadline(
    left: int, looks: list[float]
) -> None:
    stage = a_stage(incidents=[DOWN]).plays(*QUORUM)
    stage.host.left_of_budget = lambda _cost: Budget(remaining=left, reset_in=3000, poll_cost=0)
    assert end(stage.run()) == TIMED_OUT
    assert stage.minutes("facts") == looks
