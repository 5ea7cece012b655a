"""How the status describes each answer, in which order, and what comes before them."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approval_gate.core.model import Requirement, Rule
from approval_gate.render.answers import ROWS, STRANGERS
from tests.core.language import minute, roster, said, talk
from tests.golden.situations import RULE, URL, Situation, person, standard

LEAD = Rule(minimum=1, window=timedelta(hours=1), require=(Requirement(any_of=("lead",), minimum=1),))


def asked(who: str, *lines: str, rule: Rule = RULE, after: float = 15, **more: Any) -> Situation:
    """A request to these people, and what was said on it."""
    situation = standard(rule=rule, after=after, thread=talk(*lines), **more)
    return replace(situation, subject=replace(situation.subject, roster=roster(who)))


def status(who: str, *lines: str, **more: Any) -> str:
    return asked(who, *lines, **more).texts()["status"]


def rows(text: str) -> list[str]:
    """The lines of the answers, with ``#10`` for the address of comment 10."""
    return [
        re.sub(rf"\]\({re.escape(URL)}#issuecomment-(\d+)\)", r"](#\1)", line)[2:]
        for line in text.splitlines()
        if line.startswith("- ")
    ]


def row(who: str, *lines: str, **more: Any) -> str:
    return rows(status(who, *lines, **more))[-1]


APPROVED = "[approved](#10) at 09:01 UTC"
WAITS = "The deployment waits until cy comments"
ANY = f"{WAITS} `approve`, `deny - your reason` or `revoke`."
PEOPLE = "ann:devops bob:lead cy:devops"


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (("1 ann: approve",), "👍 @ann (devops) APPROVED"),
        (
            ("1 ann: approve - tested *twice*",),
            "👍 @ann (devops) APPROVED: `tested *twice*`",
        ),
        (("1 cy: approve - all fine",), '👍 @cy (devops) APPROVED: "all fine"'),
        (("1 cy: revoke",), "↩️ @cy [took it back](#10) at 09:01 UTC"),
        (
            ("1 cy: deny",),
            (
                "✋ @cy [denied](#10) at 09:01 UTC. It has no reason. "
                "Comment `deny - your reason`, or `revoke`."
            ),
        ),
        (
            ("2 cy: No. The migration is broken.",),
            f'✋ @cy [said](#10) "No. The migration is broken." at 09:02 UTC. {ANY}',
        ),
        (
            ("1 cy: fine", "2 mallory edits #1: deny - no"),
            f"✋ mallory edited [a comment](#10) of @cy at 09:02 UTC, and it objects now. {ANY}",
        ),
        (
            ("2 ann deletes an unseen comment of cy",),
            f"✋ ann deleted a comment of @cy at 09:02 UTC, before it was read. {ANY}",
        ),
        (("1 cy: <lost>",), f"✋ An earlier text of [a comment](#10) of @cy can no longer be read. {ANY}"),
        (
            ("1 cy: approve - but do not deploy before 5pm",),
            (f'✋ @cy APPROVED ("but do not deploy before 5pm"). The same comment objects. {ANY}'),
        ),
        (
            ("1 cy: stop", "2 cy edits #1: approve"),
            f"✋ @cy APPROVED. cy edited it at 09:02 UTC. {ANY}",
        ),
        (
            ("1 cy: approve", "2 cy edits #1: approve - so"),
            (
                '😕 @cy APPROVED ("so"). cy edited it at 09:02 UTC, so it no longer counts. '
                "Comment `approve` again."
            ),
        ),
        (
            ("1 cy: approve", "2 ann edits #1: approve - so"),
            ("😕 @cy APPROVED. ann edited it at 09:02 UTC, so it no longer counts. Comment `approve` again."),
        ),
        (
            ("1 cy: approve", "2 ann deletes #1"),
            (
                "😕 @cy approved at 09:01 UTC. ann deleted it at 09:02 UTC, so it no longer counts. "
                "Comment `approve` again."
            ),
        ),
        (
            ("1 cy: approve", "2 dee changes the request"),
            (
                "😕 @cy APPROVED. dee changed the request at 09:02 UTC, so it no longer counts. "
                "Comment `approve` again."
            ),
        ),
        (
            ("1 cy: approve", "2 dee hides #1"),
            "😕 @cy APPROVED. The comment is hidden, so it does not count. Write a new one.",
        ),
        (
            ("1 cy through an app: approve",),
            ("😕 @cy APPROVED. It was written through an app, so it does not count. Write it by hand."),
        ),
        (
            ("1 cy: approve", "2 cy: approve"),
            "↩️ @cy APPROVED. A later answer took its place.",
        ),
    ],
)
def test_a_line_says_who_what_when_why_it_does_not_count_and_what_to_do(
    lines: tuple[str, ...], shown: str
) -> None:
    assert row(PEOPLE, *lines) == shown.replace("APPROVED", APPROVED)


@pytest.mark.parametrize(
    ("who", "text", "shown"),
    [
        (
            "cy(initiator)",
            "approve",
            "😕 @cy APPROVED. It does not count: cy asked for this deployment.",
        ),
        (
            "cy(initiator)",
            "stop",
            f'✋ @cy [said](#10) "stop" at 09:01 UTC. {WAITS} `deny - your reason` or `revoke`.',
        ),
        (
            "cy(no-write)",
            "deny - red",
            (
                '✋ @cy [denied](#10) at 09:01 UTC ("red"). It only holds: cy has no write access to this '
                f"repository. {WAITS} `revoke`."
            ),
        ),
    ],
)
def test_a_person_who_cannot_approve_is_told_what_counts(who: str, text: str, shown: str) -> None:
    assert row(f"ann bob {who}", f"1 cy: {text}") == shown.replace("APPROVED", APPROVED)


def test_an_approval_that_cannot_decide_says_so_after_its_note() -> None:
    assert row(PEOPLE, "1 ann: approve - fine by me", rule=LEAD) == (
        '👍 @ann (devops) [approved](#10) at 09:01 UTC ("fine by me"). It counts, but another role decides.'
    )


def test_an_approval_without_its_required_reason_says_so() -> None:
    assert row(PEOPLE, "1 cy: approve", rule=replace(RULE, justified=("devops",))) == (
        "😕 @cy [approved](#10) at 09:01 UTC. It counts only with a reason. Comment `approve - your reason`."
    )


def test_what_lifts_an_objection_has_the_reason_that_an_approval_needs() -> None:
    assert row(PEOPLE, "1 cy: stop", rule=replace(RULE, justified=("devops",))) == (
        f'✋ @cy [said](#10) "stop" at 09:01 UTC. {WAITS} `approve - your reason`, `deny - your reason` '
        "or `revoke`."
    )


def test_a_person_who_is_listed_by_name_has_no_role_that_says_more() -> None:
    assert row("ann:ann bob", "1 ann: approve") == "👍 @ann [approved](#10) at 09:01 UTC"


def test_an_answer_on_another_day_names_it() -> None:
    long = replace(RULE, window=timedelta(days=2))
    text = row(PEOPLE, "1000 ann: approve", rule=long, after=1001)
    assert text == "👍 @ann (devops) [approved](#10) at Tue 3 March, 01:40 UTC"


def test_what_counts_comes_first_then_what_holds_then_what_does_not_count_and_strangers_last() -> None:
    text = status(
        PEOPLE,
        *(
            "1 mallory: approve",
            "2 cy: approve",
            "3 cy edits #2: approve - x",
            "4 cy: stop",
            "5 ann: approve",
        ),
        *("6 bob: approve", "7 bob: approve"),
    )
    assert [it.split(" at ")[0] for it in rows(text)] == [
        "👍 @ann (devops) [approved](#40)",
        "👍 @bob (lead) [approved](#60)",
        '✋ @cy [said](#30) "stop"',
        "😕 @cy [approved](#20)",
        "↩️ @bob [approved](#50)",
        "😕 Not approvers: [mallory](#10)",
    ]


def test_of_many_strangers_the_latest_are_named_each_once() -> None:
    crowd = [said(n, person(f"p{n:03}"), "approve", minute(1)) for n in range(1, 30)]
    thread = replace(talk(), comments=(*crowd, said(31, person("p029"), "deny", minute(2))))
    (line,) = rows(standard(thread=thread).texts()["status"])
    assert line == f"😕 Not approvers: [p029](#31), [p028](#28), [p027](#27) and {29 - STRANGERS} others"


def test_many_answers_are_folded_except_the_first_that_count_and_those_that_need_something() -> None:
    crowd = "bob cy dee eli cid lea max sue sam sid oscar mallory"
    lines = [f"{n} {login}: approve" for n, login in enumerate(crowd.split(), 1)]
    text = status(f"ann {crowd}", "0.5 ann: approve", *lines, "20 ann: stop", after=30)
    seen, _, folded = text.partition("<details><summary>")
    assert [it[0] for it in rows(seen)] == ["👍"] * 5 + ["✋"]
    assert folded.startswith(f"{len(rows(folded))} more answers of approvers</summary>\n\n- 👍 ")
    assert rows(folded)[-1].startswith("↩️ @ann")
    assert text.endswith("\n\n</details>\n")


def test_old_answers_do_not_displace_one_that_counts() -> None:
    later = [f"{n / 10 + 2} cy: approve" for n in range(60)]
    text = status(PEOPLE, "1 ann: approve", *later, rule=replace(RULE, minimum=3))
    seen, _, folded = text.partition("<details><summary>")
    assert [it[:6] for it in rows(seen)] == ["👍 @ann", "👍 @cy "]
    assert folded.startswith("59 more answers of approvers</summary>")
    assert len(rows(folded)) == ROWS - 1
    assert rows(folded)[-1] == f"and {61 - ROWS} more"


def test_the_last_status_shows_the_same_lines_without_what_to_do() -> None:
    lines = ("1 ann: approve", "2 cy: approve", "3 dee hides #2", "4 bob: stop")
    text = asked(PEOPLE, *lines, after=60).texts()["final status"]
    assert rows(text) == [
        "👍 @ann (devops) [approved](#10) at 09:01 UTC",
        '✋ @bob [said](#30) "stop" at 09:04 UTC.',
        "😕 @cy [approved](#20) at 09:02 UTC. The comment is hidden, so it does not count.",
    ]


@pytest.mark.parametrize(
    ("lines", "heading", "waits"),
    [
        ((), "0 of 2 approvals", "Needs 2 from ann, bob or cy. "),
        (("1 ann: approve",), "1 of 2 approvals", "Needs 1 more from bob or cy. "),
        (
            ("1 ann: approve", "2 cy: stop"),
            "1 of 2 approvals",
            "Needs 1 more from bob or cy. Held by cy. ",
        ),
        (
            ("1 ann: approve", "2 cy: approve", "3 cy: stop", "4 bob: approve", "5 ann: wait", "6 ann: hm"),
            "1 of 2 approvals",
            None,
        ),
        (
            ("1 ann: approve", "2 bob: approve", "3 cy: stop"),
            "Approved by 2 of 2, held by cy",
            "",
        ),
        (
            ("1 ann: approve", "2 bob: approve", "3 cy: deny"),
            "Denied by cy without a reason",
            "It becomes a denial with the reason, or when the window closes. ",
        ),
    ],
)
def test_the_status_begins_with_what_is_given_and_what_is_missing(
    lines: tuple[str, ...], heading: str, waits: str | None
) -> None:
    first, second = status(PEOPLE, *lines).splitlines()[:2]
    assert first == f"### ⏳ {heading}"
    assert second.endswith("Closes at **10:00 UTC**.")
    assert waits is None or second == f"{waits}Closes at **10:00 UTC**."


def test_a_window_that_ends_on_another_day_names_the_day() -> None:
    long, short = (replace(RULE, window=timedelta(hours=hours)) for hours in (24, 12))
    assert "Closes at **Tue 3 March, 09:00 UTC**." in status(PEOPLE, rule=long)
    assert "Closes at **21:00 UTC**." in status(PEOPLE, rule=short)
