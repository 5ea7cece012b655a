"""When people outside of GitHub are told something, and that the gate waits for none of it."""

from datetime import timedelta

import pytest

from approval_gate.core.policy.model import Reminder
from approval_gate.errors import OutageError, PermissionDeniedError
from tests.gate.stage import Stage

DOWN = OutageError("GitHub has a fault.")
LATE = "Address 1 of notify-urls did not get a message: it did not answer in time."
REMINDERS = tuple(Reminder(after=timedelta(minutes=minutes), role=None) for minutes in (10, 30))


def told(stage: Stage) -> list[str]:
    return [str(event) for event, _ in stage.did("notify")]


def test_they_are_told_that_people_are_asked_as_soon_as_the_issue_has_its_outputs() -> None:
    stage = Stage()
    stage.gate.open()
    assert stage.did_names()[:3] == ["open", "set", "notify"]
    assert stage.did("notify") == [("asked", "0 of 2 approvals, needs 2 from ann, bob or cy.")]


def test_they_are_told_once_that_it_is_decided_and_never_of_a_vote() -> None:
    stage = Stage().plays("1 ann: approve", "2 bob: hmm", "3 bob: approve")
    stage.run()
    assert stage.did("notify")[1:] == [("decided", "quorum")]


def test_the_decision_is_sent_after_the_outputs_and_before_the_issue_is_closed() -> None:
    stage = Stage().plays("1 ann: approve", "2 bob: approve")
    stage.run()
    names = stage.did_names()
    last = names.index("notify", names.index("notify") + 1)
    assert names[last - 1] == "set"
    assert last < names.index("close")
    assert "collect" not in names[:last]


def test_the_end_waits_for_the_messages_last_before_the_summary() -> None:
    stage = Stage().plays("1 ann: deny - broken")
    stage.run()
    assert stage.did_names()[-2:] == ["collect", "summarize"]


def test_each_reminder_on_the_issue_is_one_outside_too() -> None:
    stage = Stage(reminders=REMINDERS).plays("12 ann: approve", "40 bob: approve")
    stage.run()
    assert stage.minutes("notify")[1:3] == [10.0, 30.0]
    assert stage.did("notify")[2] == ("reminded", "1 of 2 approvals, needs 1 more from bob or cy.")
    assert told(stage) == ["asked", "reminded", "reminded", "decided"]


def test_a_reminder_of_several_comments_is_one_outside() -> None:
    stage = Stage(" ".join(f"p{number}" for number in range(120)), minimum=100, reminders=REMINDERS[:1])
    stage.plays("30 p1: deny - no").run()
    assert len(stage.said("call-")) == 3
    assert told(stage) == ["asked", "reminded", "decided"]


def test_a_reminder_that_nobody_needs_is_none_outside_either() -> None:
    stage = Stage("ann bob", reminders=(Reminder(after=timedelta(minutes=10), role="owner"),))
    stage.plays("30 ann: deny - no").run()
    assert told(stage) == ["asked", "decided"]


def test_a_reminder_that_cannot_be_posted_is_sent_when_it_can() -> None:
    stage = Stage(reminders=REMINDERS[:1]).plays("30 ann: deny - no")
    stage.fails("comment", DOWN, since=10, until=11)
    stage.run()
    assert told(stage) == ["asked", "reminded", "decided"]
    assert stage.minutes("notify")[1] >= 11


def test_a_reminder_that_github_refuses_is_not_sent() -> None:
    stage = Stage(reminders=REMINDERS[:1]).plays("30 ann: deny - no")
    stage.fails("comment", PermissionDeniedError("GitHub refused."), since=10, until=11)
    stage.run()
    assert told(stage) == ["asked", "decided"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((), "window-closed"),
        (("1 ann: deny - no",), "denied"),
        (("1 the job is stopped",), "signal"),
        (("1 dee closes the issue",), "issue-closed"),
    ],
)
def test_every_ending_is_told(lines: tuple[str, ...], code: str) -> None:
    stage = Stage().plays(*lines)
    stage.run()
    assert stage.did("notify")[1:] == [("decided", code)]


def test_an_error_is_told_too() -> None:
    stage = Stage()
    stage.fails("read", DOWN)
    stage.run()
    assert stage.did("notify")[1:] == [("decided", "outage")]


def test_where_nobody_was_asked_nobody_is_told() -> None:
    stage = Stage()
    stage.fails("open", DOWN)
    stage.run()
    assert "notify" not in stage.did_names()
    assert "collect" not in stage.did_names()


def test_no_stop_signal_interrupts_the_start_of_a_message() -> None:
    stage = Stage().plays("1 ann: deny - no")
    stage.run()
    assert [done.sheltered for done in stage.journal if done.what in {"notify", "collect"}] == [True] * 3


def test_what_was_not_sent_is_one_warning_and_changes_nothing() -> None:
    stage, other = (Stage().plays("1 ann: approve", "3 bob: approve") for _ in range(2))
    stage.notifications.problems = [LATE]
    assert stage.run() == other.run()
    assert stage.log.warnings == [LATE]
    assert other.log.warnings == []
    assert stage.journal == other.journal
