"""Reading the issue: new, changed and deleted comments, and the requests that takes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from approval_gate.core.model import Comment, Modification, Revision, Thread
from approval_gate.errors import (
    GateError,
    IssueGoneError,
    NotFoundError,
    OutageError,
    PermissionDeniedError,
    TamperedError,
    UnsettledError,
)
from approval_gate.github.parse import ListedComment
from approval_gate.github.thread.queries import try_everything
from tests.github.scene import BODY, ISSUES, MARKER, SHOP, Reading, edits, error, only, texts, versions


def changed_at(thread: Thread) -> datetime | None:
    return thread.changed.at if thread.changed else None


# Polling -----------------------------------------------------------------------------


def test_a_new_issue_is_empty(issue: Reading) -> None:
    thread = issue.poll()
    assert thread.comments == ()
    assert (thread.changed, thread.closing) == (None, None)
    assert thread.opened_at == issue.opened.opened_at
    assert thread.author_id == issue.scene.world.users["app[bot]"].id


def test_a_comment_is_read_with_its_author_and_time(issue: Reading) -> None:
    issue.poll()
    number = issue.comment("ann", "approve")
    written = issue.scene.world.now()
    comment = only(issue.poll())
    ann = issue.scene.person("ann")
    original = Revision(text="approve", by=ann, at=written)
    assert comment == Comment(id=number, author=ann, revisions=(original,), created_at=written)


def test_a_comment_of_a_deleted_account_has_no_author(issue: Reading) -> None:
    issue.comment("zoe", "approve")
    issue.scene.world.delete_user("zoe")
    assert only(issue.poll()).author is None
    assert only(issue.confirm()).author is None


def test_the_author_stays_known_when_the_account_is_deleted(issue: Reading) -> None:
    issue.comment("ann", "deny - red")
    ann = issue.scene.person("ann")
    issue.poll()
    issue.scene.world.delete_user("ann")
    issue.scene.world.user("ann").id = ann.id  # the reader knows the roster by id
    assert only(issue.confirm()).author == ann


def test_the_gates_own_comments_are_not_in_the_thread(issue: Reading) -> None:
    issue.poll()
    issue.handle.comment("status", "0 of 2")
    issue.comment("ann", "hello")
    assert texts(issue.poll()) == [("hello",)]


def test_polling_a_quiet_issue_costs_nothing(issue: Reading) -> None:
    for _ in range(3):
        issue.poll()
    charged = issue.client.requests_used
    before = len(issue.scene.world.requests)
    for _ in range(5):
        issue.poll()
    polls = issue.scene.world.requests[before:]
    assert [request.status for request in polls] == [304] * 10
    assert issue.client.requests_used == charged


def test_a_new_comment_is_read_with_two_requests(issue: Reading) -> None:
    for _ in range(3):
        issue.poll()
    issue.comment("ann", "approve")
    before = len(issue.scene.world.requests)
    assert texts(issue.poll()) == [("approve",)]
    assert [r.status for r in issue.scene.world.requests[before:]] == [200, 200]


def test_a_comment_written_in_the_second_of_the_last_poll_is_read(issue: Reading) -> None:
    issue.poll()
    issue.comment("ann", "approve")
    thread = issue.reader.poll(issue.voters())
    assert texts(thread) == [("approve",)]


@pytest.mark.parametrize("how", ["poll", "confirm"])
def test_all_pages_of_a_long_conversation_are_read(issue: Reading, how: str) -> None:
    for number in range(250):
        issue.comment("mallory", f"{number}")
    assert texts(getattr(issue, how)()) == [(f"{number}",) for number in range(250)]


def test_a_flood_between_two_polls_is_read_completely(issue: Reading) -> None:
    issue.poll()
    for number in range(130):
        issue.comment("mallory", f"{number}")
    assert texts(issue.poll()) == [(f"{number}",) for number in range(130)]


def test_each_comment_of_a_flood_is_read_once_and_not_at_every_poll(issue: Reading) -> None:
    for _ in range(10):
        for number in range(120):
            issue.comment("mallory", f"{number}")
        assert versions(issue.poll().comments[-1]) == ("119",)
    before = len(issue.scene.world.requests)
    issue.comment("ann", "approve")
    assert versions(issue.poll().comments[-1]) == ("approve",)
    assert len(issue.scene.world.requests) - before == 2
    assert (
        len(issue.scene.asked("GET", "/comments")) <= 10 * 2 + 2
    )  # the first page is read twice the first time


@pytest.mark.parametrize("lag", [2, 9])
def test_a_comment_that_is_listed_late_is_not_lost_in_a_flood(issue: Reading, lag: int) -> None:
    issue.poll()
    for number in range(130):
        issue.comment("mallory", f"{number}")
    issue.scene.world.lists_lag = timedelta(seconds=lag)
    issue.later(30)
    issue.comment("ann", "deny - red")
    issue.later(-59)
    assert len(issue.poll().comments) == 130
    assert versions(issue.poll().comments[-1]) == ("deny - red",)


def test_a_fault_between_two_pages_of_a_flood_loses_nothing(issue: Reading) -> None:
    issue.poll()
    for number in range(130):
        issue.comment("mallory", f"{number}")
    issue.scene.fault(f"{ISSUES}/1/comments", first=2)
    error(OutageError, issue.poll)
    assert texts(issue.poll()) == [(f"{number}",) for number in range(130)]


def test_a_deletion_in_a_flood_is_noticed(issue: Reading) -> None:
    gone = issue.comment("ann", "deny - red")
    issue.poll()
    for number in range(130):
        issue.comment("mallory", f"{number}")
    issue.delete(gone, "bob")
    (comment,) = [c for c in issue.poll().comments if c.id == gone]
    assert comment.deletion is not None


@pytest.mark.parametrize("body", ["{}", "null", '[{"id": 1}]'])
def test_comments_of_another_shape_are_an_outage(issue: Reading, body: str) -> None:
    issue.scene.fault(f"{ISSUES}/1/comments", status=200, body=body)
    error(OutageError, issue.poll)


@pytest.mark.parametrize("body", ["null", "{}"])
def test_an_issue_of_another_shape_is_an_outage(issue: Reading, body: str) -> None:
    issue.scene.fault(f"{ISSUES}/1$", status=200, body=body)
    error(OutageError, issue.poll)


def test_a_fault_during_a_poll_is_not_retried_here(issue: Reading) -> None:
    issue.scene.fault(f"{ISSUES}/1", status=502)
    error(OutageError, issue.poll)
    assert issue.scene.machine.slept == []


def test_a_fault_between_two_pages_loses_nothing(issue: Reading) -> None:
    for number in range(150):
        issue.comment("mallory", f"{number}")
    issue.poll()
    issue.scene.fault(f"{ISSUES}/1/comments", first=2, status=502)
    error(OutageError, issue.confirm)
    thread = issue.poll()
    assert [comment.deletion for comment in thread.comments] == [None] * 150


# Edits -------------------------------------------------------------------------------


def test_an_edit_between_two_polls_keeps_the_old_text_and_names_the_editor(issue: Reading) -> None:
    number = issue.comment("ann", "deny - tests red")
    issue.poll()
    issue.edit(number, "bob", "approve")
    edited = issue.scene.world.now()
    comment = only(issue.poll())
    assert versions(comment) == ("deny - tests red", "approve")
    assert edits(comment) == [Modification(by=issue.scene.person("bob"), at=edited)]


def test_an_edit_that_was_changed_back_is_noticed(issue: Reading) -> None:
    number = issue.comment("ann", "approve")
    issue.poll()
    issue.edit(number, "ann", "deny - no")
    issue.later(1)
    issue.edit(number, "ann", "approve")
    comment = only(issue.poll())
    assert len(edits(comment)) == 2
    assert "deny - no" in versions(comment)
    assert versions(comment)[-1] == "approve"


def test_an_edit_before_the_first_poll_is_read_from_the_history(issue: Reading) -> None:
    number = issue.comment("ann", "deny - tests red")
    issue.later(5)
    issue.edit(number, "bob", "approve")
    comment = only(issue.poll())
    assert versions(comment) == ("deny - tests red", "approve")
    assert [modification.by for modification in edits(comment)] == [issue.scene.person("bob")]


def test_an_edit_in_the_first_second_is_found_when_confirming(issue: Reading) -> None:
    number = issue.comment("ann", "deny - tests red")
    issue.edit(number, "bob", "approve")
    assert edits(only(issue.poll())) == []
    comment = only(issue.confirm())
    assert "deny - tests red" in versions(comment)
    assert versions(comment)[-1] == "approve"


def test_an_edit_in_the_first_second_counts_as_an_edit(issue: Reading) -> None:
    number = issue.comment("ann", "nonsense")
    issue.edit(number, "bob", "approve")
    assert [modification.by for modification in edits(only(issue.confirm()))] == [issue.scene.person("bob")]


def test_more_edits_than_a_page_holds_leave_the_oldest_unreadable(issue: Reading) -> None:
    number = issue.comment("ann", "deny - tests red")
    for count in range(120):
        issue.later(1)
        issue.edit(number, "ann", f"text {count}")
    comment = only(issue.confirm())
    assert versions(comment)[0] is None
    assert versions(comment)[-1] == "text 119"


def test_the_history_of_strangers_is_not_read(issue: Reading) -> None:
    number = issue.comment("mallory", "approve")
    issue.later(5)
    issue.poll()
    asked = len(issue.scene.asked("POST", "/graphql"))
    issue.edit(number, "mallory", "deny - x")
    issue.poll()
    assert len(issue.scene.asked("POST", "/graphql")) == asked == 0


def test_the_revisions_of_a_hundred_edited_comments_are_read_with_one_request(issue: Reading) -> None:
    for count in range(150):
        number = issue.comment("ann", f"{count}")
        issue.later(1)
        issue.edit(number, "ann", f"{count}!")
    issue.confirm()
    named = [len(r.body["variables"].get("ids") or []) for r in issue.scene.asked("POST", "/graphql")]
    assert named == [0, 0, 100, 50]


def test_revisions_are_read_only_for_edited_comments_by_roster_members(issue: Reading) -> None:
    issue.comment("ann", "approve")
    for login in ("mallory", "bob"):
        issue.edit(issue.comment(login, "hello"), login, "hi")
    asked = len(issue.scene.asked("POST", "/graphql"))
    assert texts(issue.confirm()) == [("approve",), ("hi",), ("hello", "hi")]
    named = [r.body["variables"].get("ids") for r in issue.scene.asked("POST", "/graphql")[asked:]]
    assert [len(ids or []) for ids in named] == [0, 1]


def test_a_conversation_of_a_hundred_comments_is_confirmed_with_one_graphql_request(issue: Reading) -> None:
    for count in range(100):
        issue.comment("mallory", f"{count}")
    issue.poll()
    asked = len(issue.scene.world.requests)
    assert len(issue.confirm().comments) == 100
    assert [r.path.rpartition("/")[2] for r in issue.scene.world.requests[asked:]] == [
        "1",
        "graphql",
        "comments",
    ]


def test_an_apparent_edit_is_cleared_by_the_history(issue: Reading) -> None:
    number = issue.comment("ann", "approve")
    found = issue.scene.world.find_comment(number)
    assert found is not None
    found[2].updated_at += timedelta(seconds=5)
    issue.poll()
    assert edits(only(issue.confirm())) == []


# Hidden, and by mail -----------------------------------------------------------------


@pytest.mark.parametrize("how", ["poll", "confirm"])
def test_hiding_a_comment_is_noticed_and_is_not_an_edit(issue: Reading, how: str) -> None:
    number = issue.comment("ann", "deny - tests red")
    issue.later(5)
    issue.scene.world.hide_comment(number)
    comment = only(getattr(issue, how)())
    assert (comment.hidden, comment.modifications) == (True, ())
    issue.scene.world.hide_comment(number, None)
    assert not only(getattr(issue, how)()).hidden


def test_a_comment_hidden_in_its_first_second_is_found_when_confirming(issue: Reading) -> None:
    issue.scene.world.hide_comment(issue.comment("ann", "approve"))
    assert not only(issue.poll()).hidden
    assert only(issue.confirm()).hidden


def test_comments_by_mail_are_known_after_confirming(issue: Reading) -> None:
    issue.scene.world.comment(SHOP, 1, "ann", "approve", via_email=True)
    assert not only(issue.poll()).via_email
    assert only(issue.confirm()).via_email
    assert only(issue.poll()).via_email


def test_comments_by_mail_are_known_at_once_if_they_do_not_count(issue: Reading) -> None:
    issue.scene.world.comment(SHOP, 1, "ann", "approve", via_email=True)
    issue.later()
    assert only(issue.reader.poll(issue.voters(), facts=True)).via_email
    issue.reader.poll(issue.voters(), facts=True)
    assert len(issue.scene.asked("POST", "/graphql")) == 1


# Deletions ---------------------------------------------------------------------------


def test_a_deleted_comment_stays_known_with_the_account_that_deleted_it(issue: Reading) -> None:
    number = issue.comment("ann", "deny - tests red")
    issue.poll()
    issue.delete(number, "bob")
    deleted = issue.scene.world.now()
    comment = only(issue.poll())
    assert (comment.id, versions(comment)) == (number, ("deny - tests red",))
    assert comment.deletion == Modification(by=issue.scene.person("bob"), at=deleted)


def test_a_deletion_is_found_even_if_a_new_comment_keeps_the_count(issue: Reading) -> None:
    number = issue.comment("ann", "deny - tests red")
    issue.poll()
    issue.delete(number, "bob")
    issue.comment("bob", "approve")
    gone = [comment.deletion is not None for comment in issue.confirm().comments]
    assert gone == [True, False]


def test_a_comment_deleted_before_it_was_read_is_an_unread_text_of_its_author(issue: Reading) -> None:
    issue.poll()
    number = issue.comment("ann", "deny - tests red")
    issue.delete(number, "bob")
    deleted = issue.scene.world.now()
    comment = only(issue.confirm())
    assert (comment.id, versions(comment)) == (0, (None,))
    assert comment.author == issue.scene.person("ann")
    assert comment.deletion == Modification(by=issue.scene.person("bob"), at=deleted)


def test_deleting_a_comment_of_the_gate_leaves_nothing_in_the_thread(issue: Reading) -> None:
    status = issue.handle.comment("status", "0 of 2")
    issue.poll()
    issue.delete(status, "bob")
    assert issue.poll().comments == ()
    assert issue.confirm().comments == ()


def test_a_comment_missing_from_a_stale_page_comes_back(issue: Reading) -> None:
    number = issue.comment("ann", "approve")
    issue.poll()
    issue.scene.fault(f"{ISSUES}/1/comments", status=200, body="[]")
    disputed = only(issue.confirm())
    assert (disputed.id, disputed.deletion, disputed.agreed) == (number, None, False)
    comment = only(issue.confirm())
    assert (comment.id, comment.deletion, comment.agreed) == (number, None, True)


def test_a_count_that_does_not_match_is_checked_again_after_a_fault(issue: Reading) -> None:
    number = issue.comment("ann", "deny - tests red")
    issue.poll()
    issue.delete(number, "bob")
    issue.scene.fault(f"{ISSUES}/1/comments", first=2, status=502)
    error(OutageError, issue.poll)
    assert only(issue.poll()).deletion is not None


def test_a_deletion_that_the_list_shows_late_is_found_as_soon_as_it_does(issue: Reading) -> None:
    number = issue.comment("ann", "deny - tests red")
    issue.poll()
    issue.scene.world.lists_lag = timedelta(seconds=5)
    issue.delete(number, "bob")
    issue.later(-58)
    assert only(issue.poll()).deletion is None
    issue.later(-56)
    assert only(issue.poll()).deletion is not None


# Continuation comments ----------------------------------------------------------


def more(text: str) -> str:
    return MARKER.comment("more-0", text)


def test_editing_a_continuation_comment_before_the_first_poll_is_a_change(issue: Reading) -> None:
    further = issue.handle.comment("more-0", "and more")
    issue.later()
    issue.edit(further, "bob", more("and less"))
    edited_at = issue.scene.world.now()
    assert changed_at(issue.poll()) == edited_at


def test_ticks_in_continuation_comments_and_edits_of_the_gates_other_comments_are_not_a_change(
    issue: Reading,
) -> None:
    further = issue.handle.comment("more-0", "- [ ] and more")
    status = issue.handle.comment("status", "0 of 2")
    issue.poll()
    issue.edit(further, "bob", more("- [x] and more"))
    issue.edit(status, "bob", "9 of 2")
    assert issue.confirm().changed is None


def test_deleting_a_continuation_comment_is_a_change(issue: Reading) -> None:
    further = issue.handle.comment("more-0", "and more")
    issue.poll()
    issue.delete(further, "bob")
    gone = issue.poll().changed
    assert gone is not None
    assert issue.confirm().changed == gone


# The history -------------------------------------------------------------------------


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("call", [Reading.poll, Reading.confirm])
def test_a_refusal_of_the_history_is_a_fault_like_any_other(
    issue: Reading, status: int, call: Callable[[Reading], Any]
) -> None:
    number = issue.comment("ann", "hello")
    issue.later(5)
    issue.edit(number, "bob", "approve")
    issue.scene.fault("/graphql", method="POST", status=status)
    error(OutageError, lambda: call(issue))
    assert [modification.by for modification in edits(only(call(issue)))] == [issue.scene.person("bob")]


def test_a_long_history_of_the_issue_is_read_page_by_page(issue: Reading) -> None:
    for count in range(130):
        issue.scene.world.edit_issue(SHOP, 1, by="mallory", title=f"{count}")
    number = issue.comment("ann", "deny - tests red")
    issue.delete(number, "bob")
    thread = issue.confirm()
    assert [comment.id for comment in thread.comments] == [0]
    assert len(issue.scene.asked("POST", "/graphql")) == 2


# The issue itself --------------------------------------------------------------------


def tick(body: str) -> str:
    return body.replace("- [ ] Backup made", "- [x] Backup made")


@pytest.mark.parametrize("how", ["poll", "confirm"])
@pytest.mark.parametrize(
    "change",
    [{"title": "Deploy v2"}, {"body": BODY.replace("Backup", "No backup")}, {"body": tick(BODY) + "more"}],
)
def test_a_changed_request_is_noticed(issue: Reading, how: str, change: dict[str, str]) -> None:
    issue.poll()
    issue.scene.world.edit_issue(SHOP, 1, by="bob", **change)
    changed = getattr(issue, how)().changed
    assert changed is not None
    assert changed.by == issue.scene.person("bob")
    assert issue.scene.world.now() - changed.at <= timedelta(minutes=1)


@pytest.mark.parametrize("how", ["poll", "confirm"])
def test_ticks_do_not_change_the_request(issue: Reading, how: str) -> None:
    issue.poll()
    issue.scene.world.edit_issue(SHOP, 1, by="bob", body=tick(BODY))
    assert getattr(issue, how)().changed is None


@pytest.mark.parametrize("count", [99, 100, 250])
def test_many_ticks_do_not_change_the_request(issue: Reading, count: int) -> None:
    issue.poll()
    for number in range(count):
        issue.later(1)
        issue.scene.world.edit_issue(SHOP, 1, by="bob", body=BODY if number % 2 else tick(BODY))
    assert issue.confirm().changed is None


def test_a_change_under_many_ticks_is_found(issue: Reading) -> None:
    issue.poll()
    issue.later(1)
    issue.scene.world.edit_issue(SHOP, 1, by="bob", body="another")
    issue.later(1)
    issue.scene.world.edit_issue(SHOP, 1, by="bob", body=BODY)
    changed_back = issue.scene.world.now()
    for number in range(250):
        issue.later(1)
        issue.scene.world.edit_issue(SHOP, 1, by="bob", body=BODY if number % 2 else tick(BODY))
    assert changed_at(issue.confirm()) == changed_back


def test_a_request_changed_back_between_polls_is_found_when_confirming(issue: Reading) -> None:
    issue.poll()
    issue.scene.world.edit_issue(SHOP, 1, by="bob", title="Deploy v2", body="another")
    issue.later(1)
    issue.scene.world.edit_issue(SHOP, 1, by="bob", title="Deploy v1", body=BODY)
    changed_back = issue.scene.world.now()
    assert issue.poll().changed is None
    assert changed_at(issue.confirm()) == changed_back


@pytest.mark.parametrize("how", ["poll", "confirm"])
def test_a_closing_names_the_account_that_closed_the_issue(issue: Reading, how: str) -> None:
    issue.scene.world.close_issue(SHOP, 1, by="bob")
    closed = issue.scene.world.now()
    closing = getattr(issue, how)().closing
    assert closing is not None
    assert (closing.by, closing.at) == (issue.scene.person("bob"), closed)


def test_an_issue_closed_and_reopened_between_polls_is_found_when_confirming(issue: Reading) -> None:
    issue.poll()
    issue.scene.world.close_issue(SHOP, 1, by="bob")
    issue.scene.world.reopen_issue(SHOP, 1, by="cy")
    issue.scene.world.close_issue(SHOP, 1, by="cy")
    issue.scene.world.reopen_issue(SHOP, 1, by="cy")
    closing = issue.confirm().closing
    assert closing is not None
    assert closing.by == issue.scene.person("bob")


def test_a_deleted_issue_is_gone(issue: Reading) -> None:
    issue.poll()
    issue.scene.world.delete_issue(SHOP, 1)
    error(IssueGoneError, issue.poll)


def test_issues_that_were_switched_off_are_gone(issue: Reading) -> None:
    issue.poll()
    issue.scene.world.repos[SHOP].has_issues = False
    error(IssueGoneError, issue.poll)


@pytest.mark.parametrize("how", ["poll", "confirm"])
def test_a_transferred_issue_is_another_issue(issue: Reading, how: str) -> None:
    issue.comment("ann", "approve")
    issue.poll()
    issue.scene.world.repo("acme/other")
    issue.scene.world.tokens["app"].repos = [SHOP, "acme/other"]
    issue.scene.world.transfer_issue(SHOP, 1, "acme/other")
    for _ in range(2):
        assert "transferred" in error(TamperedError, getattr(issue, how)).problem


def test_an_issue_that_became_invisible_is_not_found(issue: Reading) -> None:
    issue.poll()
    issue.scene.world.tokens["app"].repos = []
    error(NotFoundError, issue.poll)


# Faults ------------------------------------------------------------------------------

FAILURES: list[tuple[dict[str, Any], type[GateError]]] = [
    ({"status": 410}, IssueGoneError),
    ({"status": 404}, NotFoundError),
    ({"kind": "truncate"}, OutageError),
]


@pytest.mark.parametrize(("how", "kind"), FAILURES)
@pytest.mark.parametrize("call", [Reading.poll, Reading.confirm])
def test_a_refusal_ends_the_read(
    issue: Reading, how: dict[str, Any], kind: type[GateError], call: Callable[[Reading], object]
) -> None:
    issue.scene.fault(f"{ISSUES}/1", **how)
    error(kind, lambda: call(issue))


# The barrier -------------------------------------------------------------------------


def confirming(issue: Reading) -> ListedComment:
    """Edit the status comment, as the gate does before it trusts a read."""
    status = issue.handle.comment("status", "2 of 2")
    issue.later(1)
    issue.handle.edit_comment(status, "status", "2 of 2, confirming")
    return issue.handle._edits[status]


@pytest.mark.parametrize("lag", ["lists_lag", "graphql_lag"])
def test_a_read_that_does_not_show_the_status_is_not_believed(issue: Reading, lag: str) -> None:
    issue.comment("ann", "approve")
    barrier = confirming(issue)
    setattr(issue.scene.world, lag, timedelta(seconds=3))
    error(UnsettledError, lambda: issue.reader.confirm(issue.voters(), barrier))
    issue.later(2)
    error(UnsettledError, lambda: issue.reader.confirm(issue.voters(), barrier))
    issue.later(1)
    assert only(issue.reader.confirm(issue.voters(), barrier)).agreed


def test_two_edits_of_the_same_second_differ_by_their_text(issue: Reading) -> None:
    barrier = confirming(issue)
    earlier = replace(barrier, text="another text")
    error(UnsettledError, lambda: issue.reader.confirm(issue.voters(), earlier))
    assert issue.reader.confirm(issue.voters(), barrier).comments == ()


def test_every_page_of_graphql_must_show_the_status(issue: Reading) -> None:
    for number in range(150):
        issue.comment("mallory", f"{number}")
    barrier = confirming(issue)
    asked = len(issue.scene.asked("POST", "/graphql"))

    def falls_behind(request: Any) -> None:
        if request.path == "/graphql":
            issue.scene.world.graphql_lag = timedelta(seconds=5)

    issue.scene.world.script.append(falls_behind)
    error(UnsettledError, lambda: issue.reader.confirm(issue.voters(), barrier))
    assert len(issue.scene.asked("POST", "/graphql")) - asked == 2


def test_revisions_must_show_the_status_too(issue: Reading) -> None:
    issue.edit(issue.comment("ann", "deny"), "ann", "approve")
    barrier = confirming(issue)

    def falls_behind(request: Any) -> None:
        if request.path == "/graphql":
            issue.scene.world.graphql_lag = timedelta(seconds=5)

    issue.scene.world.script.append(falls_behind)
    error(UnsettledError, lambda: issue.reader.confirm(issue.voters(), barrier))
    assert issue.scene.world.requests[-1].path == "/graphql"


def test_lists_do_not_agree_if_only_one_has_a_comment(issue: Reading) -> None:
    issue.comment("ann", "approve")
    barrier = confirming(issue)

    def says(request: Any) -> None:
        if request.path == "/graphql":
            issue.scene.world.script.clear()
            issue.comment("bob", "deny - red")

    issue.scene.world.script.append(says)
    thread = issue.reader.confirm(issue.voters(), barrier)
    assert [(versions(c), c.agreed) for c in thread.comments] == [
        (("approve",), True),
        (("deny - red",), False),
    ]


def test_lists_do_not_agree_on_different_texts_and_both_texts_are_known(
    issue: Reading,
) -> None:
    number = issue.comment("ann", "deny - red")

    def edits_it(request: Any) -> None:
        if request.path == "/graphql":
            issue.scene.world.script.clear()
            issue.edit(number, "bob", "approve")

    issue.scene.world.script.append(edits_it)
    comment = only(issue.confirm())
    assert (versions(comment), comment.agreed) == (("deny - red", "approve"), False)


# Before anything is opened -----------------------------------------------------------


def test_one_request_tries_everything_that_is_read_later(issue: Reading) -> None:
    asked = len(issue.scene.world.requests)
    try_everything(issue.scene.client(), SHOP)
    (request,) = issue.scene.world.requests[asked:]
    for name in ("fullDatabaseId", "isMinimized", "createdViaEmail", "lastEditedAt", "timelineItems", "diff"):
        assert name in request.body["query"]


@pytest.mark.parametrize("how", ["no GraphQL", "no repository", "no issues"])
def test_a_token_that_cannot_read_it_is_refused_with_a_remedy(issue: Reading, how: str) -> None:
    token = issue.scene.world.tokens["app"]
    token.graphql = how != "no GraphQL"
    token.repos = [] if how == "no repository" else token.repos
    token.permissions = {} if how == "no issues" else token.permissions
    met = error(PermissionDeniedError, lambda: try_everything(issue.scene.client(), SHOP))
    assert "permissions: issues: write" in met.remedy


def test_a_graphql_without_a_needed_field_is_an_error_with_a_remedy(issue: Reading) -> None:
    body = '{"errors": [{"message": "no field", "extensions": {"code": "undefinedField"}}]}'
    issue.scene.fault("/graphql", method="POST", status=200, body=body)
    met = error(PermissionDeniedError, lambda: try_everything(issue.scene.client(), SHOP))
    assert ("no field" in met.detail, "Update GitHub Enterprise Server" in met.remedy) == (True, True)
