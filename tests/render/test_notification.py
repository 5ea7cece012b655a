"""The messages to people outside of GitHub."""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from approval_gate.core.decision import decide
from approval_gate.core.ending import Conclusion, ended
from approval_gate.core.model import Member, Rule, Thread
from approval_gate.core.notification import Event, Notification, Tone
from approval_gate.core.result import Result, Results
from approval_gate.render import notification
from approval_gate.render.notification import Deployed
from tests.core.language import GATE, OPENED, PEOPLE, minute, talk
from tests.gate.stage import REQUEST

ISSUE = "https://github.com/acme/shop/issues/42"
ASKED = replace(REQUEST, actor="dee", version="v1.2.3", environment="production")
RULE = Rule(minimum=2, window=timedelta(minutes=60))
ROSTER = tuple(Member(person=PEOPLE[name], roles=(name,)) for name in ("ann", "bob", "cid"))


def conclusion(*lines: str, at: float = 5) -> Conclusion:
    decision = decide(RULE, ROSTER, talk(*lines), minute(at))
    ending = ended(decision)
    assert ending is not None
    return Conclusion(ending=ending, decision=decision)


def test_people_are_told_who_wants_to_deploy_what_and_until_when() -> None:
    unread = decide(RULE, ROSTER, Thread(opened_at=OPENED, author_id=GATE), OPENED)
    it = notification.asked(ASKED, unread, ISSUE)
    assert it == Notification(
        event=Event.ASKED,
        tone=Tone.INFO,
        title="Approval needed: v1.2.3 to production",
        text=(
            "dee wants to deploy v1.2.3 to production from acme/shop. 0 of 2 approvals, needs 2 from "
            "ann, bob or cid. It closes at 10:00 UTC."
        ),
        repository="acme/shop",
        environment="production",
        version="v1.2.3",
        outcome=None,
        issue_url=ISSUE,
        run_url=ASKED.run_url,
    )


def test_a_reminder_says_what_is_missing() -> None:
    it = notification.reminded(ASKED, decide(RULE, ROSTER, talk("1 ann: approve"), minute(30)), ISSUE)
    assert (it.event, it.title) == (Event.REMINDED, "Approval still needed: v1.2.3 to production")
    assert it.text == "1 of 2 approvals, needs 1 more from bob or cid. It closes at 10:00 UTC."


@pytest.mark.parametrize(
    ("lines", "at", "title", "text", "outcome"),
    [
        (("1 ann: approve", "2 bob: approve"), 5, "Approved", "Approved by ann and bob.", "approved"),
        (("1 ann: deny - broken @here",), 5, "Denied", 'Denied by ann: "broken (at)here"', "denied"),
        ((), 60, "No decision in time", "The window closed with 0 of 2 approvals.", "timed-out"),
    ],
)
def test_the_end_is_told_with_its_reason(
    lines: tuple[str, ...], at: float, title: str, text: str, outcome: str
) -> None:
    it = notification.decided(ASKED, conclusion(*lines, at=at), ISSUE)
    assert (it.event, it.title, it.outcome) == (Event.DECIDED, f"{title}: v1.2.3 to production", outcome)
    assert it.text.startswith(text)


def test_of_a_long_reason_200_characters_are_told() -> None:
    it = notification.decided(ASKED, conclusion(f"1 ann: deny - {'broken ' * 200}"), ISSUE)
    assert len(it.text) == len('Denied by ann: ""') + 200


@pytest.mark.parametrize(
    ("results", "title", "text", "tone"),
    [
        (Results(deployment=Result.SUCCESS), "Deployed", "Deployed.", Tone.SUCCESS),
        (
            Results(deployment=Result.FAILURE, rollback=Result.SUCCESS),
            "Rolled back",
            "Rolled back: the deployment failed.",
            Tone.WARNING,
        ),
        (
            Results(deployment=Result.SUCCESS, monitoring=Result.FAILURE),
            "Deployment failed",
            "Deployed, but monitoring failed.",
            Tone.FAILURE,
        ),
        (
            Results(deployment=Result.SKIPPED),
            "Not deployed",
            "Not deployed: the deployment did not run.",
            Tone.WARNING,
        ),
    ],
)
def test_the_result_is_told(results: Results, title: str, text: str, tone: Tone) -> None:
    it = notification.result(results, Deployed(repository="acme/shop", issue_url=ISSUE, run_url="u"))
    assert (it.event, it.title, it.tone) == (Event.RESULT, f"{title}: acme/shop", tone)
    assert it.text == f"acme/shop: {text}"
    assert (it.environment, it.version) == (None, None)


def test_nothing_that_somebody_chose_mentions_anybody() -> None:
    hostile = replace(ASKED, actor="<!here>", version="@everyone", environment="[CQ:at,qq=all]")
    for it in (
        notification.asked(hostile, decide(RULE, ROSTER, talk(), OPENED), ISSUE),
        notification.decided(hostile, conclusion("1 ann: deny - @everyone"), ISSUE),
        notification.result(
            Results(deployment=Result.SUCCESS), Deployed.asked_for(replace(hostile, actor="a"), ISSUE)
        ),
    ):
        assert not set("@<>[]") & set("".join(str(value) for value in asdict(it).values()))
        assert "(at)everyone to (CQ:at,qq=all)" in it.title


def test_a_version_without_an_environment_stands_alone() -> None:
    it = notification.decided(replace(ASKED, environment=None), conclusion("1 ann: deny - no"), ISSUE)
    assert it.title == "Denied: v1.2.3"
