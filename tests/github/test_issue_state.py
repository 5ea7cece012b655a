"""What is known of the approval issue: values in, values out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from approval_gate.core.model import ChecklistItem, Closing, Modification, Person
from approval_gate.errors import TamperedError
from approval_gate.github.thread.issue import IssueHistory, IssueState, ListedIssue
from approval_gate.github.thread.store import EditHistory
from tests.github.scene import error

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
BOB = Person(id=2, login="bob")
ITEM = "All tests passing"
BODY = f"Please approve.\n\n- [ ] {ITEM}"
TICKED = BODY.replace("[ ]", "[x]")
CREATED = ListedIssue(
    number=1,
    id=5,
    node_id="I_5",
    url="https://github.com/acme/shop/issues/1",
    author=Person(id=9, login="gate[bot]", bot=True),
    opened_at=AT,
    title="Deploy v1",
    body=BODY,
    labels=("deployment",),
    updated_at=AT,
)


def at(seconds: int) -> datetime:
    return AT + timedelta(seconds=seconds)


def by_bob(seconds: int) -> Modification:
    return Modification(by=BOB, at=at(seconds))


def state(*polls: dict[str, Any], checklist: tuple[str, ...] = ()) -> IssueState:
    """The state after polls a minute apart, each given by its differences from the creation."""
    it = IssueState.of(CREATED, checklist)
    for number, shown in enumerate(polls, 1):
        it = it.again(replace(CREATED, **shown), at(60 * number), at(60 * (number - 1)))
    return it


def history(*edits: tuple[str | None, int], **more: Any) -> IssueHistory:
    """GraphQL's history: the texts after the original, each with the author and second of its edit."""
    texts = (BODY, *(text for text, _ in edits))
    body = (
        EditHistory(texts=texts, edits=tuple(by_bob(second) for _, second in edits))
        if edits
        else EditHistory()
    )
    return IssueHistory(body=body, updated_at=AT, **more)


@pytest.mark.parametrize(
    "shown", [{}, {"title": "  Deploy \t v1 "}, {"body": TICKED}, {"body": BODY + " \r\n"}]
)
def test_spaces_and_ticks_do_not_change_the_request(shown: dict[str, Any]) -> None:
    it = state(shown)
    assert (it.changed(), it.unexplained) == (None, False)


@pytest.mark.parametrize("shown", [{"title": "Deploy v2"}, {"body": "another"}, {"body": TICKED + "more"}])
def test_a_change_is_dated_by_the_first_poll_that_shows_it(shown: dict[str, Any]) -> None:
    it = state(shown, shown)
    assert (it.changed(), it.unexplained) == (Modification(by=None, at=at(60)), True)
    assert state(shown, checklist=(ITEM,)).unexplained


def test_a_change_is_dated_by_github_where_its_clock_is_ahead() -> None:
    assert state({"title": "x", "updated_at": at(90)}).changed() == Modification(by=None, at=at(90))


def test_a_change_is_attributed_as_the_history_says() -> None:
    it = state({"body": "another"}).explained(history(("another", 30)))
    assert (it.changed(), it.unexplained) == (by_bob(30), False)
    assert state({"title": "x"}).explained(history(renamed=(by_bob(30),))).changed() == by_bob(30)


def test_a_change_missing_from_the_history_is_by_an_unknown_user() -> None:
    it = state({}, {"body": "another"}).explained(history((TICKED, 70), renamed=(by_bob(20),)))
    assert (it.changed(), it.unexplained) == (Modification(by=None, at=at(120)), False)


def test_a_change_just_before_a_poll_that_missed_it_explains_it() -> None:
    assert state({}, {"body": "another"}).explained(history(("another", 59))).changed() == by_bob(59)


def test_a_request_that_was_changed_back_counts_as_changed() -> None:
    assert state({"title": "Deploy v2"}, {}).changed() == Modification(by=None, at=at(120))
    assert state({}).explained(history(("another", 20), (BODY, 30))).changed() == by_bob(30)


def test_a_change_is_remembered_when_a_later_history_lacks_it() -> None:
    it = state({"body": "another"}).explained(history(("another", 30))).explained(history())
    assert it.changed() == by_bob(30)


def test_the_last_change_counts_even_if_it_is_of_a_continuation_comment() -> None:
    it = state().explained(history(("another", 30)))
    assert it.changed([by_bob(20)]) == by_bob(30)
    assert it.changed([by_bob(40)]) == by_bob(40)


def test_another_issue_under_the_same_number_is_an_error() -> None:
    assert "transferred" in error(TamperedError, lambda: state({"id": 6})).problem


def test_the_first_closing_is_kept_even_if_the_issue_is_reopened() -> None:
    first, second = Closing(by=BOB, at=at(50)), Closing(by=None, at=at(110))
    assert state({"closing": first}, {}, {"closing": second}).closing == first
    assert state().explained(history(closings=(first, second))).closing == first
    assert state({"closing": second}).explained(history(closings=(first,))).closing == second


def test_labels_and_the_count_are_the_latest_and_the_time_never_goes_back() -> None:
    listed = state({"updated_at": at(50)}, {"labels": ("urgent",), "count": 3}).listed
    assert (listed.labels, listed.count, listed.updated_at) == (("urgent",), 3, at(50))


def test_a_tick_is_explained_by_the_history_where_a_checklist_is_required() -> None:
    it = state({"body": TICKED}, checklist=(ITEM,))
    assert (it.unexplained, it.checklist_items) == (True, (ChecklistItem(there=True),))
    it = it.explained(history((TICKED, 30)))
    assert (it.unexplained, it.checklist_items) == (
        False,
        (ChecklistItem(there=True, modification=by_bob(30)),),
    )
    assert it.again(CREATED, at(180), at(120)).unexplained
