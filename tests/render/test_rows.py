"""How the tables describe each answer, and which answers they show."""

from dataclasses import replace
from datetime import timedelta

from approval_gate.core.decision import decide
from approval_gate.core.ending import Asked, Conclusion, Ending
from approval_gate.core.model import Code, Comment, Outcome, Person, Requirement, Revision, Rule, Thread
from approval_gate.core.verdict import Decision
from approval_gate.render.answers import ROWS
from approval_gate.render.messages import GateMessages
from approval_gate.render.subject import Subject
from tests.gate.stage import OPENED, PLAN, REQUEST, URL, member, person

ROSTER = tuple(member(name) for name in ("ann", "bob", "cy"))


def comment(number: int, author: Person, text: str) -> Comment:
    at = OPENED + timedelta(seconds=number)
    return Comment(
        id=number, author=author, revisions=(Revision(text=text, by=author, at=at),), created_at=at
    )


def said(*answers: str, rule: Rule = PLAN.rule) -> Decision:
    """Return the decision on answers like ``ann: approve``."""
    comments = []
    for number, answer in enumerate(answers, 1):
        who, _, text = answer.partition(": ")
        comments.append(comment(number, person(who), text))
    thread = Thread(opened_at=OPENED, author_id=900, comments=tuple(comments))
    return decide(rule, ROSTER, thread, OPENED + timedelta(minutes=10))


def status(decision: Decision, rule: Rule = PLAN.rule) -> str:
    pages = GateMessages(Subject(request=REQUEST, rule=rule, roster=ROSTER, issue_body="", checklist=""))
    return pages.status(decision, URL)


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if "#issuecomment-" in line]


def numbers(text: str) -> list[int]:
    return [int(row.partition("#issuecomment-")[2].partition(")")[0]) for row in rows(text)]


def test_an_approval_that_cannot_decide_says_so_after_its_note() -> None:
    rule = Rule(minimum=1, window=timedelta(hours=1), require=(Requirement(any_of=("ann",), minimum=1),))
    (row,) = rows(status(said("bob: approve - fine by me", rule=rule), rule))
    assert row.endswith(
        "| 👍 | 09:00 UTC `fine by me`; counts, but cannot decide: another role must approve |"
    )


def test_an_answer_on_the_requests_day_shows_no_day_however_long_the_window() -> None:
    rule = Rule(minimum=2, window=timedelta(days=2))
    (row,) = rows(status(said("bob: approve", rule=rule), rule))
    assert row.endswith("| 👍 | 09:00 UTC |")


def test_an_approval_without_its_required_reason_says_so() -> None:
    rule = Rule(minimum=1, window=timedelta(hours=1), justified=("ann",))
    (row,) = rows(status(said("ann: approve", rule=rule), rule))
    assert row.endswith("| no | must give a reason: comment `approve - your reason` |")


def test_strangers_answers_do_not_displace_the_approvers() -> None:
    crowd = [f"p{number}: approve" for number in range(60)]
    text = status(said("ann: approve", *crowd, "bob: hello", "cy: deny"))
    assert numbers(text) == [1, *range(64 - ROWS, 62), 63]
    assert "22 more answers are not shown" in text


def test_old_answers_do_not_displace_one_that_counts() -> None:
    text = status(said("ann: approve", *["cy: approve"] * 60))
    assert numbers(text) == [1, *range(63 - ROWS, 62)]


def test_few_answers_are_all_shown_in_their_order() -> None:
    text = status(said("p1: approve", "ann: approve", "p2: deny", "bob: revoke"))
    assert numbers(text) == [1, 2, 3, 4]
    assert "not shown" not in text


def test_the_last_status_shows_the_same_rows() -> None:
    decision = said("ann: approve", *[f"p{number}: approve" for number in range(60)])
    ending = Ending(outcome=Outcome.TIMED_OUT, code=Code.WINDOW_CLOSED, reason="Over.", exit_code=3)
    asked = Asked(number=42, url=URL, opened_at=OPENED, ended_at=OPENED + timedelta(hours=1))
    pages = GateMessages(Subject(request=REQUEST, rule=PLAN.rule, roster=ROSTER, issue_body="", checklist=""))
    text = pages.final_status(Conclusion(ending=ending, decision=decision, asked=asked))
    assert numbers(text) == [1, *range(63 - ROWS, 62)]
    assert "21 more answers are not shown" in text


def test_a_window_that_ends_on_another_day_names_the_day() -> None:
    long, short = (replace(PLAN.rule, window=timedelta(hours=hours)) for hours in (24, 12))
    assert "Closes at **Tue 3 March, 09:00 UTC**." in status(said("ann: approve", rule=long), long)
    assert "Closes at **21:00 UTC**." in status(said("ann: approve", rule=short), short)
