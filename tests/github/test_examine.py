"""An approval issue as it is found later: its first text, its record's comments, and what people said."""

import pytest

from approval_gate.core.commands import TEXT_LIMIT
from approval_gate.core.marker import UNMARKED
from approval_gate.core.model import Conversation
from approval_gate.github.issue import ApprovalIssue
from tests.github.scene import BODY, MARKER, NONCE, SHOP, Reading, texts, versions

LONG = "x" * (3 * TEXT_LIMIT)


def found(issue: Reading) -> ApprovalIssue:
    """Find the issue as a later command does."""
    handle = issue.scene.tracker().find(issue.opened.number)
    assert handle is not None
    return handle


def examined(issue: Reading) -> Conversation:
    issue.later()
    return found(issue).examine(issue.voters())


def test_the_issue_is_described_as_it_was_opened(issue: Reading) -> None:
    it = examined(issue)
    assert (it.url, it.issue_id) == (issue.opened.url, issue.opened.id)
    assert (it.author.login, it.nonce) == ("app[bot]", NONCE)
    assert (it.title, it.text) == ("Deploy v1", BODY)
    assert (it.own, it.thread.comments, it.thread.changed) == ((), (), None)


def test_the_first_text_is_found_below_its_edits_and_the_title_is_todays(issue: Reading) -> None:
    world, number = issue.scene.world, issue.opened.number
    world.edit_issue(SHOP, number, by="ann", body=BODY.replace("- [ ] All", "- [x] All"))
    it = examined(issue)
    assert (it.text, it.thread.changed) == (BODY, None)
    world.edit_issue(SHOP, number, by="ann", title="Deploy v2")
    it = examined(issue)
    assert (it.text, it.title) == (BODY, "Deploy v2")
    assert it.thread.changed is not None
    assert it.thread.changed.by == issue.scene.person("ann")


def test_the_comments_with_the_record_are_whole_and_in_order_and_others_of_the_gate_are_not_among_them(
    issue: Reading,
) -> None:
    for name, text in (("status", "1 of 2"), ("closing", LONG), ("record-2", f"more {LONG}")):
        issue.handle.comment(name, text)
    issue.comment("mallory", MARKER.comment("closing", "forged"))
    issue.comment("ann", "approve")
    it = examined(issue)
    assert [name for name, _ in it.own] == ["closing", "record-2"]
    assert [versions(comment) for _, comment in it.own] == [
        (MARKER.comment("closing", LONG),),
        (MARKER.comment("record-2", f"more {LONG}"),),
    ]
    assert texts(it.thread) == [(MARKER.comment("closing", "forged"),), ("approve",)]
    assert found(issue).record() == [(text, False) for _, comment in it.own for text in versions(comment)]


def test_an_edit_of_the_record_is_found_even_if_it_was_undone(issue: Reading) -> None:
    issue.handle.comment("closing", "a record")
    number = issue.issue().comments[-1].id
    for text in ("another", "a record"):
        issue.later()
        issue.edit(number, "ann", MARKER.comment("closing", text))
    ((_, comment),) = examined(issue).own
    assert [(it.by and it.by.login) for it in comment.modifications] == ["ann", "ann"]
    assert comment.revisions[0].text == comment.revisions[-1].text


def test_what_an_edit_took_out_of_the_gates_own_comment_makes_it_anybodys(issue: Reading) -> None:
    issue.handle.comment("closing", "a record")
    issue.edit(issue.issue().comments[-1].id, "ann", "no marker any more")
    assert examined(issue).own == ()


def test_of_an_issue_without_a_marker_nothing_is_the_gates(issue: Reading) -> None:
    issue.handle.comment("closing", "a record")
    issue.scene.world.edit_issue(SHOP, issue.opened.number, by="ann", body="no marker")
    it = examined(issue)
    assert (it.nonce, it.own, found(issue).record()) == (UNMARKED.nonce, (), [])


def test_a_copy_of_githubs_that_is_behind_for_a_moment_is_asked_again(issue: Reading) -> None:
    comment = issue.comment("ann", "approve")
    issue.later()
    issue.edit(comment, "ann", "approve it")
    issue.scene.fault(path="/graphql", status=502, times=1)
    assert [len(versions(it)) for it in examined(issue).thread.comments] == [2]


@pytest.mark.parametrize(("by", "unread"), [("ann", []), ("mallory", ["ann"])])
def test_of_a_deleted_vote_only_another_persons_deletion_is_left(
    issue: Reading, by: str, unread: list[str]
) -> None:
    comment = issue.comment("ann", "approve")
    issue.later()
    issue.delete(comment, by)
    left = examined(issue).thread.comments
    assert [it.author and it.author.login for it in left] == unread
    assert all(versions(it) == (None,) for it in left)
