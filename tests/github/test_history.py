"""What GraphQL knows of the conversation, and how long the gate waits for it: answers in, values out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from approval_gate.core.model import Closing, Modification, Person
from approval_gate.errors import (
    GitHubError,
    NotFoundError,
    OutageError,
    PermissionDeniedError,
    TamperedError,
    UnsettledError,
)
from approval_gate.github.client import Client
from approval_gate.github.parse import CommentFacts
from approval_gate.github.thread.deletions import Deletion
from approval_gate.github.thread.history import History
from approval_gate.github.thread.queries import comment_histories, issue_history
from approval_gate.github.thread.store import EditHistory
from tests.github.scene import error

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANN, BOB = Person(id=1, login="ann"), Person(id=2, login="bob")
NOBODY_MORE = {"pageInfo": {"hasNextPage": False, "endCursor": None}}


@dataclass
class GraphQL:
    """A client with prepared answers and a clock that is set by hand."""

    answers: list[Any] = field(default_factory=list)
    asked: list[Mapping[str, object]] = field(default_factory=list)
    seconds: float = 100.0

    def monotonic(self) -> float:
        return self.seconds

    def graphql(self, query: str, variables: Mapping[str, object]) -> Any:
        assert query.strip().startswith("query(")
        self.asked.append(variables)
        answer = self.answers.pop(0)
        if isinstance(answer, GitHubError):
            raise answer
        return answer


def client(*answers: Any) -> Client:
    return cast("Client", GraphQL(list(answers)))


def time(seconds: int) -> str:
    return (AT + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def user(person: Person | None) -> dict[str, Any] | None:
    return person and {"login": person.login, "type": "Bot" if person.bot else "User", "id": person.id}


def edits(*revisions: tuple[str | None, int], count: int | None = None) -> dict[str, Any]:
    """Return the edits of a text, given from the original on, as GraphQL lists them: the newest first."""
    nodes = [
        {"editedAt": time(seconds), "diff": text, "editor": user(BOB)}
        for text, seconds in reversed(revisions)
    ]
    return {"totalCount": len(nodes) if count is None else count, "nodes": nodes, **NOBODY_MORE}


def comment(text: str, updated: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": "8000000001",
        "node_id": "IC_1",
        "user": user(ANN),
        "body": text,
        "created_at": time(0),
        "updated_at": time(updated),
        "isMinimized": False,
        "createdViaEmail": False,
        "lastEditedAt": time(updated) if updated else None,
        "userContentEdits": None,
        **more,
    }


def issue(updated: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "body": "text",
        "created_at": time(0),
        "updated_at": time(updated),
        "lastEditedAt": None,
        "userContentEdits": edits(),
        "timelineItems": {"nodes": [], **NOBODY_MORE},
        "comments": {"nodes": [], **NOBODY_MORE},
        **more,
    }


def history_of(node: dict[str, Any]) -> EditHistory:
    found = comment_histories(client({"nodes": [node]}), ["IC_1"])["IC_1"]
    assert found is not None
    return found[1]


def by_bob(seconds: int) -> Modification:
    return Modification(by=BOB, at=AT + timedelta(seconds=seconds))


# Answers to values ----------------------------------------------------------------------


def test_a_comment_is_read_with_the_facts_only_graphql_has() -> None:
    node = comment("hi", 5, isMinimized=True, createdViaEmail=True)
    found = comment_histories(client({"nodes": [node]}), ["IC_1"])["IC_1"]
    assert found is not None
    assert (found[0].id, found[0].author, found[0].text) == (8000000001, ANN, "hi")
    assert found[0].facts == CommentFacts(hidden=True, via_email=True, edited_at=AT + timedelta(seconds=5))


@pytest.mark.parametrize(
    ("node", "texts", "made"),
    [
        (comment("a"), (), []),
        (comment("b", 5, userContentEdits=edits(("a", 0), ("b", 5))), ("a", "b"), [5]),
        (comment("b", 5, userContentEdits=edits((None, 0), ("b", 5))), (None, "b"), [5]),
        (comment("b", 5, userContentEdits=edits(("b", 5))), (None, "b"), [5]),
        (comment("c", 9, userContentEdits=edits(("b", 5), ("c", 9), count=3)), (None, "b", "c"), [5, 9]),
    ],
)
def test_the_edits_of_a_text_are_read_with_the_original_first(
    node: dict[str, Any], texts: tuple[str | None, ...], made: list[int]
) -> None:
    assert history_of(node) == EditHistory(texts=texts, edits=tuple(by_bob(second) for second in made))


def test_an_edit_without_a_revision_is_by_an_unknown_user() -> None:
    unknown = Modification(by=None, at=AT + timedelta(seconds=5))
    assert history_of(comment("b", 5)) == EditHistory(texts=(None, "b"), edits=(unknown,))


def test_an_issues_history_has_its_events_with_actor_and_time() -> None:
    made = {"createdAt": time(5), "actor": user(BOB)}
    events = [
        {"__typename": "RenamedTitleEvent", **made},
        {"__typename": "ClosedEvent", "createdAt": time(6), "actor": None},
        {"__typename": "CommentDeletedEvent", **made, "deletedCommentAuthor": user(ANN)},
        {
            "__typename": "CommentDeletedEvent",
            **made,
            "deletedCommentAuthor": {"login": "x", "type": "Mannequin"},
        },
        None,
    ]
    past = issue_history(client({"node": issue(timelineItems={"nodes": events, **NOBODY_MORE})}), "I_5")
    assert past.renamed == (by_bob(5),)
    assert past.closings == (Closing(by=None, at=AT + timedelta(seconds=6)),)
    assert past.deletions == tuple(Deletion(author=it, modification=by_bob(5)) for it in (ANN, None))


def test_the_lists_of_an_issues_history_are_read_page_by_page_side_by_side() -> None:
    def page(texts: list[str], end: str, *, more: bool) -> dict[str, Any]:
        nodes = [{"editedAt": time(9), "diff": text, "editor": None} for text in texts]
        return {"totalCount": 3, "nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": end}}

    github = GraphQL(
        [
            {"node": issue(userContentEdits=page(["c", "b"], "first", more=True))},
            {"node": issue(9, userContentEdits=page(["a"], "second", more=False))},
        ]
    )
    past = issue_history(cast("Client", github), "I_5")
    assert (past.body.texts, past.updated_at) == ((None, "a", "b", "c"), AT)
    assert [asked["userContentEdits"] for asked in github.asked] == [None, "first"]


@pytest.mark.parametrize("nodes", [[], None, [{"node_id": "x"}], [1], ["x"], [comment("x", user={})]])
def test_comments_of_another_shape_are_an_outage(nodes: object) -> None:
    error(OutageError, lambda: comment_histories(client({"nodes": nodes}), ["IC_1"]))


@pytest.mark.parametrize(
    "node",
    [
        None,
        "x",
        {"timelineItems": None},
        issue(timelineItems={"nodes": []}),
        issue(timelineItems={"nodes": [], "pageInfo": {"hasNextPage": True}}),
        issue(timelineItems={"nodes": None, "pageInfo": {"hasNextPage": False}}),
        issue(timelineItems={"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}),
        issue(userContentEdits={**edits(), "pageInfo": {"hasNextPage": True, "endCursor": None}}),
        issue(updated_at=None),
    ],
)
def test_an_issues_history_of_another_shape_is_an_outage(node: object) -> None:
    error(OutageError, lambda: issue_history(client({"node": node}), "I_5"))


@pytest.mark.parametrize("which", ["timelineItems", "userContentEdits"])
def test_pages_that_form_a_loop_are_an_outage(which: str) -> None:
    again = {"hasNextPage": True, "endCursor": "1"}
    node = {"node": issue(**{which: {"totalCount": 0, "nodes": [], "pageInfo": again}})}
    error(OutageError, lambda: issue_history(client(node, node), "I_5"))


def test_an_issue_edited_too_often_to_be_read_is_an_error() -> None:
    page = edits(*[("text", 9)] * 100)
    pages = [
        {
            "node": issue(
                userContentEdits={**page, "pageInfo": {"hasNextPage": True, "endCursor": str(number)}}
            )
        }
        for number in range(11)
    ]
    assert "1000 times" in error(TamperedError, lambda: issue_history(client(*pages), "I_5")).problem


# Waiting for a copy that is behind --------------------------------------------------------------

BEHIND = {"nodes": [comment("a")]}
CURRENT = {"nodes": [comment("b", 5, userContentEdits=edits(("a", 0), ("b", 5)))]}
REFUSED = PermissionDeniedError("No.")


def reads(history: History) -> list[str]:
    """Read the history of a comment that REST shows as edited in second 5, and return its texts."""
    revised, past = history.read({"IC_1": AT + timedelta(seconds=5)}, None)
    assert past is None
    return [it.text for it, _ in revised]


def reader(*answers: Any) -> tuple[GraphQL, History]:
    github = GraphQL(list(answers))
    return github, History(cast("Client", github), "I_5")


@pytest.mark.parametrize("late", [BEHIND, {"nodes": [None]}])
def test_a_copy_that_is_behind_is_waited_for_and_then_accepted(late: dict[str, Any]) -> None:
    github, history = reader(late, late, late, late)
    error(UnsettledError, lambda: reads(history))
    github.seconds += 9.9
    error(UnsettledError, lambda: reads(history))
    github.seconds += 0.1
    assert reads(history) == (["a"] if late is BEHIND else [])
    error(UnsettledError, lambda: reads(history))


def test_a_copy_that_falls_behind_again_is_given_the_whole_time_again() -> None:
    github, history = reader(BEHIND, CURRENT, BEHIND, BEHIND)
    error(UnsettledError, lambda: reads(history))
    github.seconds += 9
    assert reads(history) == ["b"]
    for _ in range(2):
        error(UnsettledError, lambda: reads(history))
        github.seconds += 9


def test_the_issues_copy_is_waited_for_too() -> None:
    _, history = reader({"node": issue(5)}, {"node": issue(6)})
    error(UnsettledError, lambda: history.read({}, AT + timedelta(seconds=6)))
    assert history.read({}, AT + timedelta(seconds=6))[1] is not None


@pytest.mark.parametrize("refusal", [REFUSED, NotFoundError("Nothing there.")])
@pytest.mark.parametrize(
    "call", [reads, lambda history: history.whole(lambda _: True, None)], ids=["read", "whole"]
)
def test_a_refusal_is_a_fault_until_it_has_lasted(
    refusal: GitHubError, call: Callable[[History], object]
) -> None:
    github, history = reader(refusal, refusal, refusal)
    error(OutageError, lambda: call(history))
    github.seconds += 19.9
    error(OutageError, lambda: call(history))
    github.seconds += 0.1
    assert "token that can" in error(PermissionDeniedError, lambda: call(history)).remedy


def test_an_answer_ends_a_refusal() -> None:
    github, history = reader(REFUSED, CURRENT, REFUSED)
    error(OutageError, lambda: reads(history))
    github.seconds += 15
    assert reads(history) == ["b"]
    github.seconds += 15
    error(OutageError, lambda: reads(history))


def test_a_comment_that_disappears_while_its_edits_are_read_is_confirmed_again() -> None:
    whole = {"node": issue(comments={"nodes": [comment("b", 5)], **NOBODY_MORE})}
    _, history = reader(whole, {"nodes": [None]})
    error(UnsettledError, lambda: history.whole(lambda _: True, None))


def test_only_edits_that_matter_are_read_to_confirm() -> None:
    comments = [
        comment("a"),
        comment("b", 5, id="2", node_id="IC_2"),
        comment("b", 5, id="3", node_id="IC_3"),
    ]
    github, history = reader({"node": issue(comments={"nodes": comments, **NOBODY_MORE})}, CURRENT)
    revised, past = history.whole(lambda it: it.id == 2, None)
    assert ([it.text for it, _ in revised], len(past.comments)) == (["b"], 3)
    assert github.asked[1]["ids"] == ["IC_2"]
