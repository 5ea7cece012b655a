"""GitHub's JSON to values: an undocumented shape is a fault and is not guessed at."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from approval_gate.core.model import Closing, Person
from approval_gate.errors import OutageError
from approval_gate.github.parse import GHOST, ListedComment, comment_of, parse, person_of, time_of
from approval_gate.github.thread.issue import read_issue
from tests.github.scene import error

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANN = {"id": 1, "login": "ann", "type": "User"}
COMMENT = {
    "id": 5,
    "node_id": "IC_5",
    "user": ANN,
    "body": "approve",
    "created_at": "2026-03-02T09:00:00Z",
    "updated_at": "2026-03-02T09:00:07Z",
    "performed_via_github_app": None,
}
ISSUE = {
    "id": 8,
    "node_id": "I_8",
    "number": 1,
    "html_url": "https://github.com/acme/shop/issues/1",
    "user": ANN,
    "created_at": "2026-03-02T09:00:00Z",
    "title": "Deploy v1",
    "body": None,
    "state": "closed",
    "closed_at": "2026-03-02T09:00:07Z",
    "closed_by": ANN,
    "labels": [{"name": "deployment"}, "urgent"],
    "comments": 3,
    "updated_at": "2026-03-02T09:00:07Z",
}


def without(data: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != name}


def test_an_unparsable_answer_is_described_and_cut() -> None:
    def build() -> None:
        raise ValueError("x" * 1000)

    met = error(OutageError, lambda: parse("a comment", build))
    assert met.problem == "GitHub's answer about a comment is not of the documented shape."
    assert len(met.detail.partition(" (request ")[0]) == 200


def test_a_time_is_read_in_githubs_format() -> None:
    assert time_of("2026-03-02T09:00:00Z") == AT


# Accounts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "bot"), [("User", False), ("Bot", True), ("Organization", True), ("Mannequin", True)]
)
def test_only_a_user_is_a_person(kind: str, *, bot: bool) -> None:
    assert person_of({**ANN, "type": kind}) == Person(id=1, login="ann", bot=bot)


@pytest.mark.parametrize("kind", ["User", "Bot", "Organization"])
def test_a_deleted_account_and_one_without_an_id_in_graphql_are_nobody(kind: str) -> None:
    assert person_of(None) is None
    assert person_of({"id": GHOST, "login": "ghost", "type": kind}) is None
    assert person_of({"id": GHOST + 1, "login": "ghost", "type": kind}) is not None
    assert person_of({"login": "ann", "type": "Mannequin"}) is None


@pytest.mark.parametrize(
    "data", [{}, "ann", 7, {"login": "ann"}, {**ANN, "id": "1"}, {**ANN, "id": None}, {**ANN, "login": None}]
)
def test_an_account_of_another_shape_is_a_fault(data: Any) -> None:
    error(OutageError, lambda: parse("an account", partial(person_of, data)))


# Comments and the issue -----------------------------------------------------------------


def test_a_comment_of_rest_is_read() -> None:
    assert comment_of(COMMENT) == ListedComment(
        id=5,
        node_id="IC_5",
        author=Person(id=1, login="ann"),
        text="approve",
        created_at=AT,
        updated_at=AT + timedelta(seconds=7),
    )


def test_a_comment_without_a_text_or_an_author_is_read_and_one_through_an_app_is_marked() -> None:
    comment = comment_of({**COMMENT, "body": None, "user": None, "performed_via_github_app": {"id": 3}})
    assert (comment.text, comment.author, comment.via_app) == ("", None, True)


@pytest.mark.parametrize(
    "data",
    [
        *(without(COMMENT, name) for name in COMMENT if name != "performed_via_github_app"),
        {**COMMENT, "id": "x"},
        {**COMMENT, "created_at": "yesterday"},
        "x",
        None,
    ],
)
def test_a_comment_of_another_shape_is_a_fault(data: Any) -> None:
    error(OutageError, lambda: parse("a comment", partial(comment_of, data)))


def test_an_issue_of_rest_is_read() -> None:
    issue = read_issue(ISSUE, AT)
    assert (issue.id, issue.title, issue.body, issue.count) == (8, "Deploy v1", "", 3)
    assert (issue.node_id, issue.number, issue.url) == ("I_8", 1, "https://github.com/acme/shop/issues/1")
    assert (issue.author, issue.opened_at) == (Person(id=1, login="ann"), AT)
    assert (issue.labels, issue.updated_at) == (("deployment", "urgent"), AT + timedelta(seconds=7))
    assert issue.closing == Closing(by=Person(id=1, login="ann"), at=AT + timedelta(seconds=7))
    assert read_issue({**ISSUE, "state": "open"}, AT).closing is None
    assert read_issue({**ISSUE, "user": None}, AT).author.id == GHOST


def test_a_closing_without_a_time_is_dated_by_the_read() -> None:
    closing = read_issue({**ISSUE, "closed_at": None}, AT + timedelta(seconds=9)).closing
    assert closing is not None
    assert closing.at == AT + timedelta(seconds=9)


@pytest.mark.parametrize(
    "data",
    [
        *(without(ISSUE, name) for name in ISSUE if not name.startswith("closed")),
        {**ISSUE, "labels": [{}]},
        {**ISSUE, "updated_at": None},
        [],
        None,
    ],
)
def test_an_issue_of_another_shape_is_a_fault(data: Any) -> None:
    error(OutageError, lambda: parse("the approval issue", partial(read_issue, data, AT)))
