"""The heading of the log, and the events that it gains as the decision changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from approval_gate.core.conditions.model import Condition
from approval_gate.core.decision import decide
from approval_gate.core.facts import Facts, OpenIssue, OpenIssues, Source
from approval_gate.core.layout import NOTE, STATE, WIDTH, laid_out, width
from approval_gate.core.model import (
    ChecklistItem,
    Ineligibility,
    Member,
    Modification,
    Person,
    Requirement,
    Rule,
)
from approval_gate.core.notices import Notice
from approval_gate.core.policy.model import Reminder
from approval_gate.core.progress import STRANGERS, Progress, advance, heading, known_facts, told
from approval_gate.core.verdict import NearMiss, VoteStatus
from tests.core.language import PEOPLE, REQUEST, minute, roster, talk
from tests.core.scenes import Scene, anything, law

RULE = Rule(minimum=2, window=timedelta(minutes=60))
NEEDS_2 = "0 of 2, needs 2 from ann, bob or cy"
ANN = f"09:03:00  ann approves{' ' * 30}1 of 2, needs 1 more from bob or cy"


def log(*lines: str, rule: Rule = RULE, who: str = "ann bob cy") -> list[str]:
    """Return what the log says where the gate looks just after each line."""
    found: list[str] = []
    logged, _ = advance(Progress(), decide(rule, roster(who), talk(), minute(0)), minute(0))
    day = minute(0).date()
    for count in range(1, len(lines) + 1):
        now = minute(float(lines[count - 1].partition(" ")[0]))
        decision = decide(rule, roster(who), talk(*lines[:count]), now)
        logged, events = advance(logged, decision, now)
        day, new = laid_out(events, day)
        found.extend(new)
    return found


def beside(event: str, state: str) -> str:
    return f"{event:{STATE}}{state}"


def below(state: str) -> str:
    return f"{'':{STATE}}{state}"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("3 mallory: hello",), []),
        (
            ("3 ann: approve - looks good",),
            [beside('09:03:00  ann approves: "looks good"', "1 of 2, needs 1 more from bob or cy")],
        ),
        (("3 ann: approve", "8 ann: approve - sure"), [ANN, '09:08:00  ann approves: "sure"']),
        (("3 ann: deny - red",), ["09:03:00  ann denies"]),
        (
            ("3 ann: approve", "4 ann edits #1: approve it"),
            [ANN, beside("09:04:00  ann's approval no longer counts: edited by ann", ""), below(NEEDS_2)],
        ),
        (
            ("3 ann: approve", "9 dee edits #1: approve it"),
            [ANN, beside("09:09:00  ann's approval no longer counts: edited by dee", ""), below(NEEDS_2)],
        ),
        (
            ("3 ann: approve", "9 dee deletes #1"),
            [ANN, beside("09:09:00  ann's approval no longer counts: deleted by dee", ""), below(NEEDS_2)],
        ),
        (
            ("3 ann: approve", "9 someone deletes #1"),
            [ANN, "09:09:00  ann's approval no longer counts: deleted by somebody", below(NEEDS_2)],
        ),
        (
            ("3 ann: approve", "4 dee changes the request"),
            [ANN, "09:04:00  ann's approval no longer counts: dee changed the request", below(NEEDS_2)],
        ),
        (
            ("3 ann: approve", "4 ann: revoke"),
            [ANN, beside("09:04:00  ann takes everything back", NEEDS_2)],
        ),
        (("3 mallory: approve - me too",), ["09:03:00  mallory's approval does not count: not an approver"]),
        (("3 ghost: approve",), ["09:03:00  a deleted account's approval does not count: the account no "]),
        (
            ("4 cy: stop", "5 ann: approve", "6 bob: approve", "9 cy: revoke"),
            [
                beside('09:04:00  cy objects: "stop"', "held until cy answers; cy is asked"),
                beside("09:05:00  ann approves", "1 of 2, needs 1 more from bob or cy"),
                beside("09:06:00  bob approves", "2 of 2, held until cy answers"),
                beside("09:09:00  cy takes everything back", "2 of 2"),
            ],
        ),
        (
            ("4 cy: stop", "5 cy: wait", "6 bob: stop", "7 bob: revoke", "8 cy: revoke"),
            [
                beside('09:04:00  cy objects: "stop"', "held until cy answers; cy is asked"),
                '09:05:00  cy objects: "wait"',
                beside('09:06:00  bob objects: "stop"', "held until cy and bob answer; bob is asked"),
                beside("09:07:00  bob takes everything back", "held until cy answers"),
                beside("09:08:00  cy takes everything back", NEEDS_2),
            ],
        ),
        (
            ("4 dee deletes an unseen comment of cy",),
            [
                "09:04:00  a comment of cy was deleted by dee before it was read",
                below("held until cy answers; cy is asked"),
            ],
        ),
        (
            ("3 ann: deny", "4 ann: deny - red tests"),
            [
                beside(
                    "09:03:00  ann denies without a reason", "0 of 2, held until ann answers; ann is asked"
                ),
                "09:04:00  ann denies",
            ],
        ),
        (
            ("3 ann: deny", "61 mallory: hi"),
            ["09:03:00  ann denies without a reason               0 of 2, held until ann answers; ann is "],
        ),
        (("61 ann: approve",), ["10:01:00  ann's approval does not count: written after the window closed"]),
        (
            ("3 bob: is it ours?", "4 ann: yes"),
            ["09:04:00  ann's approval does not count: it may be the answer to a question"],
        ),
    ],
)
def test_each_answer_and_objection_is_a_line_and_so_is_what_is_missing(
    lines: tuple[str, ...], expected: list[str]
) -> None:
    found = log(*lines)
    assert len(found) == len(expected)
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(start.rstrip())


@pytest.mark.parametrize("status", VoteStatus)
def test_the_log_says_of_every_status_why_an_answer_does_not_count(status: VoteStatus) -> None:
    decision = decide(RULE, roster("ann bob cy"), talk("3 ann: approve"), minute(3))
    decision = replace(decision, votes=(replace(decision.votes[0], status=status),))
    _, events = advance(Progress(), decision, minute(3))
    if status is VoteStatus.SUPERSEDED:
        assert [event.what for event in events if "ann" in event.what] == []
    else:
        assert events[0].what.startswith("ann")
        assert "{" not in events[0].what


def test_one_change_of_the_request_is_one_line_for_all_whose_answers_it_voids() -> None:
    rule = replace(RULE, minimum=3)
    *_, line, state = log("3 ann: approve", "4 bob: approve", "5 dee changes the request", rule=rule)
    assert line == "09:05:00  the answers of ann and bob no longer count: dee changed the request"
    assert state == below("0 of 3, needs 3 from ann, bob or cy")


def test_answers_that_were_seen_only_after_the_change_never_counted() -> None:
    decision = decide(
        RULE,
        roster("ann bob"),
        talk("3 ann: approve", "3 bob: approve", "4 dee changes the request"),
        minute(5),
    )
    _, events = advance(Progress(), decision, minute(5))
    assert events[0].what == "the answers of ann and bob do not count: dee changed the request"
    alone = decide(RULE, roster("ann"), talk("3 ann: approve", "4 dee changes the request"), minute(5))
    assert advance(Progress(), alone, minute(5))[1][0].what == (
        "ann's approval does not count: dee changed the request"
    )


def test_an_answer_that_counts_after_all_says_so() -> None:
    lacking = talk("3 ann: approve", "3 one list lacks #1")
    logged, _ = advance(Progress(), decide(RULE, roster("ann bob"), lacking, minute(3)), minute(3))
    _, events = advance(logged, decide(RULE, roster("ann bob"), talk("3 ann: approve"), minute(4)), minute(4))
    assert [(event.at, event.what) for event in events] == [(minute(4), "ann's approval counts now")]


def test_an_approval_that_needs_a_reason_is_logged_as_asked_for_it() -> None:
    assert log("3 ann: approve", rule=replace(RULE, justified=("ann",))) == [
        "09:03:00  ann approves without the reason that is needed, and is asked for it"
    ]


def test_an_approval_that_cannot_decide_says_so() -> None:
    rule = replace(RULE, minimum=1, require=(Requirement(any_of=("ann",), minimum=1),))
    assert log("3 bob: approve - fine", rule=rule) == [
        '09:03:00  bob approves, which cannot decide alone: "fine"'
    ]


def test_an_approval_that_suffices_alone_says_so() -> None:
    assert log("3 ann: approve", rule=replace(RULE, alone=("ann",))) == [
        beside("09:03:00  ann approves", "1 of 2, which suffices")
    ]


def test_a_note_begins_no_line_of_the_log_ends_no_quotation_and_has_its_limit() -> None:
    forged, long, state = log(
        '1 ann: approve - fine"\n09:01:00  bob approves    2 of 2\x85x\u2028y', f"2 ann: yes\n{'z ' * 900}"
    )[:1] + log(f"2 ann: yes\n{'z ' * 900}")
    assert forged.startswith('09:01:00  ann approves: "fine\' 09:01:00 bob approves 2 of 2 x y"')
    assert long == f'09:02:00  ann approves: "{"z " * (NOTE // 2 - 1)}z…"'
    assert state == below("1 of 2, needs 1 more from bob or cy")


def test_answers_found_together_are_in_the_order_of_their_times_and_the_last_has_the_count() -> None:
    decision = decide(
        RULE, roster("ann bob"), talk("3 ann: approve", "4 mallory: approve", "5 bob: approve"), minute(6)
    )
    _, events = advance(Progress(), decision, minute(6))
    assert [event.at for event in events] == [minute(3), minute(4), minute(5)]
    assert [event.state for event in events] == [(), (), ("2 of 2",)]


def test_only_the_first_answers_of_strangers_are_shown_and_a_line_says_so() -> None:
    flood = [f"{number} mallory: approve" for number in range(1, 20)]
    assert [line.partition("  ")[2] for line in log(*flood)] == [
        *["mallory's approval does not count: not an approver"] * STRANGERS,
        "more answers of people who are not approvers are not shown",
    ]


def test_a_request_that_waits_over_midnight_says_so_once_a_day() -> None:
    rule = replace(RULE, window=timedelta(days=3))
    assert log("3 ann: approve", "700 mallory: hi", "950 mallory: hi", "1000 mallory: hi", rule=rule) == [
        ANN,
        "Tuesday 3 March",
        beside("00:50:00  still waiting", "1 of 2, needs 1 more from bob or cy"),
    ]
    assert log("3 ann: stop", "950 mallory: hi", rule=rule)[1:] == [
        "Tuesday 3 March",
        beside("00:50:00  still waiting", NEEDS_2),
        below("held until ann answers"),
    ]


def test_a_request_that_waits_for_its_checklist_over_midnight_says_so() -> None:
    rule = replace(RULE, window=timedelta(days=1), checklist=("one", "two"))
    thread = talk("3 ann: approve", "4 bob: approve")
    logged, _ = advance(Progress(), decide(rule, roster("ann bob"), thread, minute(5)), minute(5))
    _, (event,) = advance(logged, decide(rule, roster("ann bob"), thread, minute(950)), minute(950))
    assert (event.what, event.state) == ("still waiting", ("2 of 2", "waiting for 2 checklist items"))


@pytest.mark.parametrize(
    ("rule", "lines", "state"),
    [
        (replace(RULE, checklist=("one",)), ["3 ann: approve"], "1 of 2, needs 1 more from bob or cy"),
        (
            replace(RULE, alone=("ann",)),
            ["3 ann: approve", "4 cy: stop"],
            "1 of 2, which suffices, held until cy answers",
        ),
    ],
)
def test_what_a_request_waits_for_over_midnight_is_all_that_is_left(
    rule: Rule, lines: list[str], state: str
) -> None:
    assert news(lines, now=900, rule=replace(rule, window=timedelta(days=1))) == [
        (900, "still waiting", state)
    ]


def news(seen: Sequence[str], *more: str, now: float, rule: Rule = RULE) -> list[tuple[float, str, str]]:
    """Return what the log gains at a minute by the lines after those that were seen a minute before."""
    logged = Progress()
    for at, lines in ((now - 1, seen), (now, (*seen, *more))):
        decision = decide(rule, roster("ann bob cy"), talk(*lines), minute(at))
        logged, events = advance(logged, decision, minute(at))
    return [
        ((event.at - minute(0)) / timedelta(minutes=1), event.what, ", ".join(event.state))
        for event in events
    ]


def test_what_the_request_waits_for_is_logged_at_once() -> None:
    decision = decide(RULE, roster("ann bob cy"), talk(), minute(1))
    assert [(event.at, event.what) for event in advance(Progress(), decision, minute(1))[1]] == [
        (minute(1), NEEDS_2)
    ]


def test_a_change_has_the_time_at_which_it_was_made_however_late_it_is_seen() -> None:
    assert news(["3 ann: approve"], "6 dee edits #1: approve it", now=9) == [
        (6, "ann's approval no longer counts: edited by dee", NEEDS_2)
    ]
    assert news([], "3 ann: approve", "6 ann deletes #1", now=9) == [
        (6, "ann's approval does not count: deleted by ann", "")
    ]


def test_an_answer_that_not_all_of_github_shows_does_not_count_yet() -> None:
    assert news([], "3 ann: approve", "3 one list lacks #1", now=4) == [
        (3, "ann's approval does not count yet: not all of GitHub shows it", "")
    ]


def test_the_reason_of_a_denial_that_ends_the_request_is_left_to_the_end_and_any_other_note_is_shown() -> (
    None
):
    assert news([], "3 ann: approve - fine", "4 bob: deny - red", now=5) == [
        (3, 'ann approves: "fine"', ""),
        (4, "bob denies", ""),
    ]


def test_an_objection_without_a_text_is_a_line_without_a_quotation() -> None:
    assert news([], "4 dee deletes an unseen comment of cy", now=5) == [
        (4, "a comment of cy was deleted by dee before it was read", "held until cy answers; cy is asked")
    ]


def test_when_one_of_several_objections_is_lifted_nobody_is_asked_again() -> None:
    assert news(["3 cy: stop", "4 bob: stop"], "5 bob: revoke", now=6) == [
        (5, "bob takes everything back", "held until cy answers")
    ]


def test_answers_of_approvers_are_shown_however_many_and_after_those_of_strangers() -> None:
    flood = [f"{number} mallory: approve" for number in range(1, STRANGERS + 2)]
    shown = news([], "0.5 ann: approve", *flood, "20 bob: approve", now=21)
    assert [what for _, what, _ in shown] == [
        "ann approves",
        *["mallory's approval does not count: not an approver"] * STRANGERS,
        "more answers of people who are not approvers are not shown",
        "bob approves",
    ]
    assert [what for _, what, state in shown if state] == ["bob approves"]
    often = [f"{number} ann: {'revoke' if number % 2 else 'approve'}" for number in range(1, 30)]
    logged = [line.partition("  ")[2].split(" ")[0] for line in log(*often)]
    assert logged.count("ann") == len(often)


def test_the_answer_of_a_stranger_changes_nothing_that_the_request_waits_for() -> None:
    strangers = [f"{number} mallory: approve" for number in range(4, 5 + STRANGERS)]
    shown = news([], "3 ann: approve", *strangers, now=20)
    assert [what for _, what, state in shown if state] == ["ann approves"]


# The checklist --------------------------------------------------------------------------


def checked(*boxes: str, answers: Sequence[str] = ()) -> list[str]:
    """Return what the log says where the boxes change like this: one letter an item, who ticked it.

    A blank is an open item, a minus one that is gone.
    """
    rule = replace(RULE, checklist=tuple(f"**Item {number}** - x" for number in range(len(boxes[0]))))
    logged, _ = advance(Progress(), decide(rule, roster("ann bob cy"), talk(), minute(0)), minute(0))
    found: list[str] = []
    by = {"a": "ann", "m": "mallory"}
    for count, row in enumerate(boxes, 1):
        thread = talk(*answers)
        items = tuple(
            ChecklistItem(
                there=box != "-",
                modification=Modification(by=PEOPLE[by[box]], at=minute(count)) if box in by else None,
            )
            for box in row
        )
        decision = decide(rule, roster("ann bob cy"), replace(thread, checklist_items=items), minute(count))
        logged, events = advance(logged, decision, minute(count))
        found.extend(laid_out(events, None)[1])
    return found


def test_the_log_says_how_much_of_the_checklist_is_ticked_and_which_ticks_do_not_count() -> None:
    assert checked("  ", "a ", "am", "a-", "aa") == [
        "09:02:00  1 of 2 checklist items is ticked",
        (
            "09:03:00  a checklist item is ticked by somebody who cannot approve; untick it and tick it "
            'again: "**Item 1** - x"'
        ),
        '09:04:00  a checklist item is no longer in the issue; put it back: "**Item 1** - x"',
        "09:05:00  2 of 2 checklist items are ticked",
    ]


def test_a_tick_that_does_not_count_changes_nothing_that_the_request_waits_for() -> None:
    answers = ("0.1 ann: approve", "0.2 bob: approve")
    (_, approves, ticked, *_) = checked("m ", "a ", answers=answers)
    assert approves == beside("09:00:12  bob approves", "2 of 2, waiting for 2 checklist items")
    assert "is ticked by somebody who cannot approve" in ticked


def test_once_there_are_enough_approvals_the_log_says_that_items_are_waited_for() -> None:
    answers = ("0.1 ann: approve", "0.2 bob: approve")
    assert checked("  ", "a ", "aa", answers=answers)[1:] == [
        beside("09:00:12  bob approves", "2 of 2, waiting for 2 checklist items"),
        beside("09:02:00  1 of 2 checklist items is ticked", "waiting for 1 checklist item"),
        beside("09:03:00  2 of 2 checklist items are ticked", "2 of 2"),
    ]


# What people were told ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "who", "said"),
    [
        (None, ["ann", "bob"], "reminded ann and bob"),
        (None, [], "nobody is left to be reminded"),
        ("sre", ["ann"], "called the backup (sre): ann"),
        ("sre", [], "the backup (sre) is not needed"),
    ],
)
def test_a_reminder_is_a_line_that_names_who_was_called(role: str | None, who: list[str], said: str) -> None:
    people = tuple(PEOPLE[login] for login in who)
    reminder = Reminder(after=timedelta(minutes=5), role=role)
    assert told(Notice(key="call-0", people=people, about=reminder)) == said


def test_a_hint_is_a_line_with_what_was_not_understood() -> None:
    near = NearMiss(comment_id=1, person=PEOPLE["ann"], line='approve?"\n15:00 x')
    assert told(Notice(key="hint-1", people=(PEOPLE["ann"],), about=near)) == (
        "ann's comment is not an answer, and ann is told so: \"approve?' 15:00 x\""
    )


def test_a_notice_about_an_answer_has_no_line_since_the_answer_has_one() -> None:
    vote = decide(RULE, roster("ann"), talk("3 ann: approve"), minute(3)).votes[0]
    assert told(Notice(key="edited-1", people=(PEOPLE["ann"],), about=vote)) == ""


# The heading ----------------------------------------------------------------------------


def member(login: str, *roles: str, why: Ineligibility | None = None) -> Member:
    return Member(person=Person(id=hash(login), login=login), roles=roles or (login,), ineligibility=why)


TEAM = [member(login, "devops") for login in ("ann", "bob", "cid")]


def head(
    members: Sequence[Member] = TEAM, rule: Rule = RULE, kind: str | None = None, **request: str | None
) -> list[str]:
    return list(heading(replace(REQUEST, **request), rule, members, kind))  # type: ignore[arg-type]


def test_the_heading_says_what_goes_where_who_can_approve_and_who_requested_it() -> None:
    assert head([*TEAM, member("lea")]) == [
        "Approval gate for v1 → production",
        "  approvers  devops (3) and lea: 4 people",
        "  needs      2 approvals",
        "  requested  by dee, who cannot approve it",
    ]


def test_the_heading_counts_one_person_and_a_pair() -> None:
    assert head([member("lea")])[1] == "  approvers  lea: 1 person"
    assert head(TEAM[:2])[1] == "  approvers  devops (2): 2 people"


def test_the_heading_names_the_type_and_leaves_out_an_unknown_environment() -> None:
    assert head(kind="emergency", environment=None)[0] == "Approval gate for v1 (emergency)"


def test_what_is_deployed_cannot_forge_a_line_of_the_heading() -> None:
    assert head(version="v1\n14:00:00  ann approves", environment="a\u2028b")[:1] == [
        "Approval gate for v1 14:00:00 ann approves → a b"
    ]


def test_a_requester_who_can_approve_is_not_said_to_be_unable() -> None:
    assert head(actor="Ann", triggering_actor="Ann")[-1] == "  requested  by Ann"


def test_the_person_who_ran_it_again_is_named_too() -> None:
    assert head(triggering_actor="eve")[-1] == (
        "  requested  by dee, run again by eve; dee and eve cannot approve it"
    )
    assert head(triggering_actor="ann")[-1] == "  requested  by dee, run again by ann; dee cannot approve it"


def test_those_who_are_barred_are_named_with_the_cause_and_the_requester_once() -> None:
    barred = [
        member("dee", why=Ineligibility.INITIATOR),
        member("eve", why=Ineligibility.INITIATOR),
        member("fay", why=Ineligibility.AUTHOR),
        member("gus", why=Ineligibility.AUTHOR),
        member("hal", why=Ineligibility.NO_WRITE),
    ]
    assert head([*TEAM, *barred])[3:] == [
        "  requested  by dee, who cannot approve it",
        (
            "  cannot     eve: requested this deployment; fay and gus: wrote some of what is deployed; "
            "hal: no write access to this repository"
        ),
    ]


@pytest.mark.parametrize(
    ("rule", "needs"),
    [
        (replace(RULE, minimum=1), "1 approval"),
        (
            replace(RULE, minimum=1, require=(Requirement(any_of=("lead", "owner"), minimum=1),)),
            "1 approval from lead or owner",
        ),
        (
            replace(
                RULE,
                minimum=3,
                require=(
                    Requirement(any_of=("lead",), minimum=1),
                    Requirement(any_of=("sre",), minimum=1),
                ),
            ),
            "3 approvals, 1 of them from lead and 1 of them from sre",
        ),
        (replace(RULE, alone=("ann",)), "2 approvals, or 1 from ann alone"),
        (replace(RULE, alone=("ann", "devops")), "2 approvals, or 1 from ann, bob, cid or ann alone"),
        (replace(RULE, minimum=1, alone=("ann",)), "1 approval"),
        (replace(RULE, checklist=("a", "b")), "2 approvals, and 2 ticked checklist items"),
    ],
)
def test_the_heading_says_what_is_needed(rule: Rule, needs: str) -> None:
    assert head([*TEAM, member("ann")], rule)[2] == f"  needs      {needs}"


def test_the_heading_fits_a_terminal_with_two_hundred_approvers() -> None:
    many = [member(f"approver-{number:03}") for number in range(200)]
    assert head(many)[1] == (
        "  approvers  approver-000, approver-001, approver-002, approver-003, approver-004 and 195 more: "
        "200 people"
    )


# Laws ------------------------------------------------------------------------------------


@law()
@given(anything())
def test_what_was_logged_is_not_logged_again(scene: Scene) -> None:
    logged, _ = advance(Progress(), scene.decide(), scene.now)
    assert advance(logged, scene.decide(), scene.now) == (logged, ())


@law()
@given(anything())
def test_no_text_of_a_comment_begins_a_line(scene: Scene) -> None:
    _, events = advance(Progress(), scene.decide(), scene.now)
    _, lines = laid_out(events, None)
    assert not any(set("\r\n\x85\u2028\u2029") & set(line) for line in lines)


@law()
@given(anything())
def test_no_line_with_what_a_request_waits_for_is_wider_than_a_terminal(scene: Scene) -> None:
    for event in advance(Progress(), scene.decide(), scene.now)[1]:
        _, lines = laid_out([event], None)
        assert all(any(part in line for line in lines) for part in event.state)
        assert all(width(line) <= WIDTH for line in lines if event.what not in line)


@law()
@given(anything())
def test_answers_that_a_look_at_an_older_copy_lacks_are_not_logged_again(scene: Scene) -> None:
    logged, _ = advance(Progress(), scene.decide(), scene.now)
    logged, _ = advance(logged, scene.having().decide(), scene.now)
    _, events = advance(logged, scene.decide(), scene.now)
    assert len(events) <= 1  # what is missing changed in between


def test_a_strangers_further_answers_hide_nothing_of_an_approvers() -> None:
    strangers = [f"{number} mallory: approve" for number in range(1, STRANGERS + 3)]
    found = log(*strangers, f"{STRANGERS + 4} ann: approve")
    assert sum("mallory" in line for line in found) == STRANGERS
    assert sum("more answers of people who are not approvers are not shown" in line for line in found) == 1
    assert found[-1].endswith("1 of 2, needs 1 more from bob or cy")


def test_a_change_of_the_request_that_outdates_many_approvals_names_a_few() -> None:
    people = [login for login in PEOPLE if login not in {"dee", "mallory"}][:8]
    approvals = [f"{number + 1} {login}: approve" for number, login in enumerate(people)]
    found = log(
        *approvals,
        "20 dee changes the request",
        rule=replace(RULE, minimum=9),
        who=" ".join([*people, "dee"]),
    )
    assert f"the answers of {', '.join(people[:5])} and 3 others no longer count: " in " ".join(found)


# The checks that verify themselves ------------------------------------------------------

INCIDENTS = Condition(item="**No active incidents** - anywhere", required=True, no_open_issues=("incident",))
BUGS = Condition(item="No bugs", no_open_issues=("bug",))
CHECKED = replace(RULE, conditions=(INCIDENTS, BUGS))
WAITING = "waiting for 1 check: No active incidents"


def open_issues(label: str, *titles: str, problem: str = "", at: float = 0) -> OpenIssues:
    source = Source(where="GraphQL", at=minute(at), problem=problem)
    first = tuple(OpenIssue(number=12 + place, title=title, url="") for place, title in enumerate(titles))
    return OpenIssues(label=label, source=source, count=len(titles), first=first)


def checked_log(*steps: tuple[float, Facts, Sequence[str]], rule: Rule = CHECKED) -> list[str]:
    """Return what the log says of each state of the facts, at a minute and with the lines said by then."""
    lines: list[str] = []
    day = minute(0).date()
    opening = decide(rule, roster("ann bob cy"), talk(), minute(0), steps[0][1])
    logged, _ = advance(Progress(), opening, minute(0))
    for now, facts, said in steps:
        decision = decide(rule, roster("ann bob cy"), talk(*said), minute(now), facts)
        logged, events = advance(logged, decision, minute(now))
        _, new = laid_out(events, day)
        lines.extend(new)
    return lines


CLEAR = Facts(issues=(open_issues("incident"), open_issues("bug")))
INCIDENT = Facts(issues=(open_issues("incident", "Checkout is down"), open_issues("bug")))
BUG = Facts(issues=(open_issues("incident"), open_issues("bug", "Typo")))
QUORUM = ("1 ann: approve", "2 bob: approve")


def test_a_check_that_changes_is_a_line_and_so_is_what_is_waited_for_once_there_is_a_quorum() -> None:
    assert checked_log(
        (0, INCIDENT, ()),
        (1, INCIDENT, QUORUM[:1]),
        (2, INCIDENT, QUORUM),
        (3, INCIDENT, QUORUM),
        (4, CLEAR, QUORUM),
    ) == [
        beside("09:01:00  ann approves", "1 of 2, needs 1 more from bob or cy"),
        beside("09:02:00  bob approves", "2 of 2"),
        below(WAITING),
        '09:04:00  check passed: No active incidents (no issue labelled "incident" is open)',
        below("2 of 2"),
    ]


def test_a_required_check_that_fails_after_the_quorum_says_why_and_what_is_waited_for() -> None:
    *_, bob, why, count, state = checked_log((0, CLEAR, ()), (1, CLEAR, QUORUM[:1]), (2, INCIDENT, QUORUM))
    assert bob == "09:02:00  bob approves"
    assert why == '09:02:00  check failed: No active incidents (#12 "Checkout is down" is open)'
    assert [count, state] == [below("2 of 2"), below(WAITING)]


def test_a_check_that_is_not_required_is_logged_and_never_waited_for() -> None:
    lines = checked_log((0, CLEAR, ()), (1, BUG, QUORUM[:1]), (2, BUG, QUORUM))
    assert '09:01:00  check failed: No bugs (#12 "Typo" is open)' in lines
    assert lines[-1] == beside("09:02:00  bob approves", "2 of 2")


def test_a_check_that_could_not_be_read_says_so() -> None:
    unread = Facts(issues=(open_issues("incident", problem="GitHub did not answer."), open_issues("bug")))
    line, *_ = checked_log((0, CLEAR, ()), (2, unread, ()))
    assert line == "09:02:00  check unknown: No active incidents (GitHub did not answer)"


def test_boxes_and_checks_are_waited_for_together() -> None:
    rule = replace(CHECKED, checklist=("tests",))
    *_, boxes, checks = checked_log((0, INCIDENT, ()), (2, INCIDENT, QUORUM), rule=rule)
    assert boxes == beside("09:02:00  bob approves", "2 of 2, waiting for 1 checklist item")
    assert checks == below(WAITING)


def test_many_checks_that_are_waited_for_are_counted() -> None:
    many = tuple(replace(INCIDENTS, item=f"Check {number}") for number in range(5))
    *_, last = checked_log((0, INCIDENT, ()), (2, INCIDENT, QUORUM), rule=replace(RULE, conditions=many))
    assert last.strip() == "waiting for 5 checks: Check 0 and 4 more"


def test_long_names_of_checks_fit_the_column_of_what_is_waited_for() -> None:
    for count in (1, 2, 30):
        many = tuple(replace(INCIDENTS, item=f"{number} {'long ' * 40}") for number in range(10, 10 + count))
        *_, last = checked_log((0, INCIDENT, ()), (2, INCIDENT, QUORUM), rule=replace(RULE, conditions=many))
        assert "waiting for" in last
        assert width(last) <= WIDTH


def rows(facts: Facts, *lacking: str) -> list[str]:
    decision = decide(CHECKED, roster("ann bob cy"), talk(), minute(0), facts)
    return list(known_facts(decision.assessments, lacking))


def test_the_heading_says_which_checks_passed_and_why_the_others_did_not() -> None:
    assert rows(CLEAR) == ["  checks     passed: No active incidents and No bugs"]
    assert rows(INCIDENT) == [
        "  checks     passed: No bugs",
        '             failed: No active incidents (#12 "Checkout is down" is open, required)',
    ]
    assert rows(BUG) == [
        "  checks     passed: No active incidents",
        '             failed: No bugs (#12 "Typo" is open)',
    ]


def test_the_heading_has_no_row_without_checks_and_one_for_what_the_token_cannot_see() -> None:
    assert list(known_facts((), ())) == []
    assert list(known_facts((), ("actions: read", "deployments: read"))) == [
        "  not shown  what the token cannot see; grant it actions: read and deployments: read"
    ]
