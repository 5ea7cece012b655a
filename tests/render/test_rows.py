"""What the tables say of each answer, and which answers they show."""

from datetime import timedelta

from approval_gate.core.decision import Decision, decide
from approval_gate.core.model import Comment, Person, Rule, Seats, Thread
from approval_gate.render.pages import Pages
from tests.gate.stage import OPENED, PLAN, REQUEST, Issue, member, person

ROSTER = tuple(member(name) for name in ("ann", "bob", "cy"))


def comment(number: int, author: Person, text: str) -> Comment:
    at = OPENED + timedelta(seconds=number)
    return Comment(id=number, author=author, texts=(text,), created_at=at)


def said(*answers: str, rule: Rule = PLAN.rule) -> Decision:
    """Decide what ``ann: approve`` and the like come to."""
    comments = []
    for number, answer in enumerate(answers, 1):
        who, _, text = answer.partition(": ")
        comments.append(comment(number, person(who), text))
    thread = Thread(opened_at=OPENED, author_id=900, comments=tuple(comments))
    return decide(rule, ROSTER, thread, OPENED + timedelta(minutes=10))


def status(decision: Decision, rule: Rule = PLAN.rule) -> str:
    pages = Pages(REQUEST, rule, ROSTER, issue_body="", checklist=None)
    return pages.status(decision, Issue().url)


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if "#issuecomment-" in line]


def test_an_approval_that_cannot_decide_says_so_beside_its_note() -> None:
    rule = Rule(minimum=1, window=timedelta(hours=1), require=(Seats(any_of=("ann",), minimum=1),))
    (row,) = rows(status(said("bob: approve - fine by me", rule=rule), rule))
    assert row.endswith(
        "| 👍 | 09:00 UTC `fine by me`; counts, but cannot decide: another role must approve |"
    )


def test_an_approval_without_the_reason_that_it_takes_says_so() -> None:
    rule = Rule(minimum=1, window=timedelta(hours=1), justified=("ann",))
    (row,) = rows(status(said("ann: approve", rule=rule), rule))
    assert row.endswith("| no | has to say why this must be: comment `approve - your reason` |")


def test_a_reason_for_an_approval_is_asked_for_by_name() -> None:
    pages = Pages(REQUEST, PLAN.rule, ROSTER, issue_body="", checklist=None)
    assert pages.ask_for_justification("dan") == (
        "@dan, an approval of yours counts here only with a reason: comment `approve - your reason`.\n"
    )
