"""The lines that the log gains as the decision changes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from approval_gate.core.decision import decide
from approval_gate.core.model import Requirement, Rule
from approval_gate.core.progress import NOTE, Progress, advance
from tests.core.language import minute, roster, talk
from tests.core.scenes import Scene, anything, law

RULE = Rule(minimum=2, window=timedelta(minutes=60))
WAITING = "needs 2 from ann, bob or cy."


def log(*lines: str, rule: Rule = RULE) -> list[str]:
    """Return what the log says where the gate looks just after each line."""
    found: list[str] = []
    logged = Progress(missing=decide(rule, roster("ann bob cy"), talk(), minute(0)).reason)
    for count in range(1, len(lines) + 1):
        now = minute(float(lines[count - 1].partition(" ")[0]))
        decision = decide(rule, roster("ann bob cy"), talk(*lines[:count]), now)
        logged, new = advance(logged, decision, now)
        found.extend(new)
    return found


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("3 mallory: hello",), []),
        (
            ("3 ann: approve - looks good",),
            ['09:03:00  ann approves: "looks good"    1 of 2', "          needs 1 more from bob or cy."],
        ),
        (("3 ann: deny - red",), ['09:03:00  ann denies: "red"    0 of 2']),
        (
            ("3 ann: approve", "8 ann: approve - sure", "9 bob: hello"),
            [
                "09:03:00  ann approves    1 of 2",
                "          needs 1 more from bob or cy.",
                '09:08:00  ann approves: "sure"    1 of 2',
            ],
        ),
        (
            ("3 ann: approve", "4 ann edits #1: approve it"),
            [
                "09:03:00  ann approves    1 of 2",
                "          needs 1 more from bob or cy.",
                '09:04:00  ann\'s "approve" does not count: edited the comment; write a new one',
                f"09:04:00  0 of 2 approvals, {WAITING}",
            ],
        ),
        (
            ("3 ann: approve", "4 ann: revoke"),
            [
                "09:03:00  ann approves    1 of 2",
                "          needs 1 more from bob or cy.",
                "09:04:00  ann takes the answer back    0 of 2",
                f"          {WAITING}",
            ],
        ),
        (
            ("3 mallory: approve - me too",),
            ['09:03:00  mallory\'s "approve" does not count: is not among the approvers: "me too"'],
        ),
        (
            ("3 ann: approve", "4 bob: approve", "9 mallory edits #1: approve it"),
            [
                "09:03:00  ann approves    1 of 2",
                "          needs 1 more from bob or cy.",
                "09:04:00  bob approves    2 of 2",
                (
                    '09:09:00  ann\'s "approve" does not count: wrote a comment that somebody else edited; '
                    "write a new one (edited by mallory)"
                ),
                "09:09:00  1 of 2 approvals, needs 1 more from ann or cy.",
            ],
        ),
        (
            ("4 cy: stop", "5 ann: approve"),
            [
                '09:04:00  cy objects: "stop"',
                f"09:04:00  0 of 2 approvals, {WAITING} cy objects; approval waits until cy answers.",
                "09:05:00  ann approves    1 of 2",
                "          needs 1 more from bob or cy. cy objects; approval waits until cy answers.",
            ],
        ),
        (
            ("4 mallory deletes an unseen comment of cy",),
            [
                "09:04:00  a comment of cy was deleted by mallory before it was read",
                (
                    f"09:04:00  0 of 2 approvals, {WAITING} A comment of cy was deleted by mallory before it "
                    "was read; approval waits until cy answers."
                ),
            ],
        ),
        (
            ("3 ann: deny",),
            [
                "09:03:00  ann denies, and is asked for the reason",
                (
                    "09:03:00  ann denied without a reason; it is a denial at the deadline, or once the "
                    "reason is given."
                ),
            ],
        ),
        (
            ("3 ghost: approve",),
            ['09:03:00  a deleted account\'s "approve" does not count: no longer has an account'],
        ),
    ],
)
def test_each_vote_and_objection_is_a_line_and_so_is_what_is_missing(
    lines: tuple[str, ...], expected: list[str]
) -> None:
    assert log(*lines) == expected


def test_an_approval_that_needs_a_reason_is_logged_as_asked_for_it() -> None:
    assert log("3 ann: approve", rule=replace(RULE, justified=("ann",))) == [
        "09:03:00  ann approves, which counts only with a reason, and is asked for it"
    ]


def test_an_approval_that_cannot_decide_says_so() -> None:
    rule = replace(RULE, minimum=1, require=(Requirement(any_of=("ann",), minimum=1),))
    first, *_ = log("3 bob: approve - fine", rule=rule)
    assert first == (
        '09:03:00  bob approves: "fine", which cannot decide alone: another role must approve    0 of 1'
    )


def test_a_note_begins_no_line_of_the_log_and_has_its_limit() -> None:
    first, second, _ = log(
        "1 mallory: approve - fine\n09:01:00  bob approves    2 of 2\x85x\u2028y", f"2 ann: yes\n{'z ' * 900}"
    )
    assert first.endswith('approvers: "fine 09:01:00 bob approves 2 of 2 x y"')
    assert second == f'09:02:00  ann approves: "{"z " * (NOTE // 2 - 1)}z…"    1 of 2'


def test_votes_found_together_are_in_the_order_of_their_times_and_the_last_has_the_count() -> None:
    decision = decide(
        RULE, roster("ann bob"), talk("3 ann: approve", "4 mallory: approve", "5 bob: approve"), minute(6)
    )
    _, lines = advance(Progress(), decision, minute(6))
    assert [line[:8] for line in lines] == ["09:03:00", "09:04:00", "09:05:00"]
    assert [line.endswith("2 of 2") for line in lines] == [False, False, True]


# Laws ------------------------------------------------------------------------------------


@law()
@given(anything())
def test_what_was_logged_is_not_logged_again(scene: Scene) -> None:
    logged, _ = advance(Progress(), scene.decide(), scene.now)
    assert advance(logged, scene.decide(), scene.now) == (logged, ())


@law()
@given(anything())
def test_no_text_of_a_comment_begins_a_line(scene: Scene) -> None:
    _, lines = advance(Progress(), scene.decide(), scene.now)
    assert not any(set("\r\n\x85\u2028\u2029") & set(line) for line in lines)


@law()
@given(anything())
def test_votes_that_a_look_at_an_older_copy_lacks_are_not_logged_again(scene: Scene) -> None:
    logged, _ = advance(Progress(), scene.decide(), scene.now)
    logged, _ = advance(logged, scene.having().decide(), scene.now)
    _, lines = advance(logged, scene.decide(), scene.now)
    assert len(lines) <= 1  # what is missing changed in between
