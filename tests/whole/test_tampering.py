"""What people do to comments and to the issue can only make the outcome worse."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY
from tests.whole.stage import Stage


class Row(NamedTuple):
    what: str
    acts: Callable[[Stage], None]
    ends: tuple[str, str]


def _quorum(stage: Stage, minute: float = 30) -> None:
    stage.says(minute, "lea", "approve")
    stage.says(minute, "max", "approve")


def acts(*steps: Callable[[Stage], None], quorum: bool = True) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        for step in steps:
            step(stage)
        if quorum:
            _quorum(stage)

    return play


def says(minute: float, login: str, text: str) -> Callable[[Stage], None]:
    return lambda stage: stage.says(minute, login, text)


def edits(minute: float, login: str, text: str, by: str | None = None) -> Callable[[Stage], None]:
    return lambda stage: stage.edits(minute, login, text, by=by)


def deletes(minute: float, login: str, by: str | None = None) -> Callable[[Stage], None]:
    return lambda stage: stage.deletes(minute, login, by=by)


def changes(minute: float, **what: str) -> Callable[[Stage], None]:
    return lambda stage: stage.at(minute, lambda: stage.world.edit_issue(REPOSITORY, 1, by="bob", **what))


def body(minute: float, change: Callable[[str], str]) -> Callable[[Stage], None]:
    def edit(stage: Stage) -> None:
        text = change(stage.world.issue(REPOSITORY, 1).body)
        stage.world.edit_issue(REPOSITORY, 1, by="bob", body=text)

    return lambda stage: stage.at(minute, lambda: edit(stage))


APPROVED = ("approved", "quorum")
DENIED = ("denied", "denied")
HELD = ("timed-out", "window-closed")

ROWS = (
    Row(
        "an approval edited by its author",
        acts(says(1, "cid", "approve"), edits(5, "cid", "approve - x")),
        APPROVED,
    ),
    Row(
        "an approval edited by its author does not count",
        acts(
            says(1, "cid", "approve"), edits(5, "cid", "approve - x"), says(6, "lea", "approve"), quorum=False
        ),
        HELD,
    ),
    Row(
        "an approval edited within its first second does not count",
        acts(says(1, "cid", "yes?"), edits(1, "cid", "approve"), says(6, "lea", "approve"), quorum=False),
        HELD,
    ),
    Row(
        "talk edited into an approval does not count",
        acts(says(1, "cid", "hello"), edits(5, "cid", "approve"), says(6, "lea", "approve"), quorum=False),
        HELD,
    ),
    Row(
        "an approval edited there and back does not count",
        acts(
            says(1, "cid", "approve"),
            edits(5, "cid", "x"),
            edits(6, "cid", "approve"),
            says(7, "lea", "approve"),
            quorum=False,
        ),
        HELD,
    ),
    Row(
        "somebody else's edit of a comment holds",
        acts(says(1, "cid", "hello"), edits(5, "cid", "hi", "bob")),
        HELD,
    ),
    Row(
        "somebody else's edit holds until that person speaks",
        acts(says(1, "cid", "hello"), edits(5, "cid", "hi", "bob"), says(8, "cid", "that was not me")),
        APPROVED,
    ),
    Row(
        "somebody else turns talk into an approval",
        acts(says(1, "cid", "hello"), edits(5, "cid", "approve", "bob")),
        HELD,
    ),
    Row(
        "a denial edited into talk stands",
        acts(says(1, "cid", "deny - red tests"), edits(1.01, "cid", "never mind")),
        DENIED,
    ),
    Row(
        "a denial edited into an approval stands",
        acts(says(1, "cid", "deny - red tests"), edits(1.01, "cid", "approve")),
        DENIED,
    ),
    Row(
        "a bare denial edited into an approval stands",
        acts(says(1, "cid", "deny"), edits(5, "cid", "approve")),
        ("denied", "denied-without-reason"),
    ),
    Row(
        "a bare denial deleted by its author stands",
        acts(says(1, "cid", "deny"), deletes(5, "cid")),
        ("denied", "denied-without-reason"),
    ),
    Row(
        "a bare denial deleted by another stands",
        acts(says(1, "cid", "deny"), deletes(5, "cid", "bob")),
        ("denied", "denied-without-reason"),
    ),
    Row(
        "a deleted denial ends with a fresh answer of its author's",
        acts(says(1, "cid", "deny"), deletes(5, "cid"), says(6, "cid", "approve")),
        APPROVED,
    ),
    Row(
        "a comment deleted by another before it was seen holds",
        acts(says(1, "cid", "deny - wait"), deletes(1, "cid", "bob")),
        HELD,
    ),
    Row(
        "a comment deleted by its author before it was seen holds",
        acts(says(1, "cid", "deny - wait"), deletes(1, "cid")),
        HELD,
    ),
    Row(
        "talk deleted by its author after it was seen does not matter",
        acts(says(1, "cid", "hello"), deletes(5, "cid")),
        APPROVED,
    ),
    Row("talk deleted by another holds", acts(says(1, "cid", "hello"), deletes(5, "cid", "bob")), HELD),
    Row(
        "a deleted approval does not count",
        acts(says(1, "cid", "approve"), deletes(5, "cid"), says(6, "lea", "approve"), quorum=False),
        HELD,
    ),
    Row(
        "an edited revocation revokes",
        acts(
            says(1, "cid", "approve"),
            says(2, "cid", "revoke"),
            edits(3, "cid", "thanks all"),
            says(6, "lea", "approve"),
            quorum=False,
        ),
        HELD,
    ),
    Row(
        "strangers edit and delete what they like",
        acts(says(1, "mallory", "deny - x"), deletes(3, "mallory")),
        APPROVED,
    ),
    Row(
        "approvals before the title changed do not count",
        acts(says(1, "cid", "approve"), changes(5, title="Another"), says(6, "lea", "approve"), quorum=False),
        HELD,
    ),
    Row(
        "approvals before the body changed do not count, though it was changed back",
        acts(
            says(1, "cid", "approve"),
            body(5, lambda text: text + "\nAnd more."),
            body(5.01, lambda text: text.removesuffix("\nAnd more.")),
            says(6, "lea", "approve"),
            quorum=False,
        ),
        HELD,
    ),
    Row(
        "approvals after a change count",
        acts(changes(5, title="Another"), says(6, "lea", "approve"), says(7, "max", "approve"), quorum=False),
        APPROVED,
    ),
    Row(
        "ticking the list changes nothing",
        acts(
            says(1, "cid", "approve"),
            body(5, lambda text: text.replace("- [ ]", "- [x]", 4).replace("\n", "\r\n")),
            says(6, "lea", "approve"),
            quorum=False,
        ),
        APPROVED,
    ),
    Row(
        "deleting items of the list is a change",
        acts(
            says(1, "cid", "approve"),
            body(5, lambda text: text.replace("- [ ] **Rollback plan ready**", "- [x] **Ready**")),
            says(6, "lea", "approve"),
            quorum=False,
        ),
        HELD,
    ),
    Row(
        "who left the team does not count",
        acts(
            says(1, "cid", "approve"),
            lambda stage: stage.at(2, lambda: stage.world.leave("acme/devops-team", "cid")),
            says(6, "lea", "approve"),
            quorum=False,
        ),
        HELD,
    ),
    Row(
        "who lost write access does not count",
        acts(
            says(1, "cid", "approve"),
            lambda stage: stage.at(2, lambda: stage.world.permit(REPOSITORY, "read", "cid")),
            says(6, "lea", "approve"),
            quorum=False,
        ),
        HELD,
    ),
    Row(
        "a denial of who left stops all the same",
        acts(
            lambda stage: stage.at(2, lambda: stage.world.leave("acme/devops-team", "cid")),
            says(5, "cid", "deny - I still care"),
            says(5, "lea", "approve"),
            says(5, "max", "approve"),
            quorum=False,
        ),
        DENIED,
    ),
    Row(
        "who joins the team while the gate waits does not count",
        acts(
            lambda stage: stage.at(2, lambda: stage.world.join("acme/devops-team", "dee")),
            says(5, "dee", "approve"),
            says(6, "lea", "approve"),
            quorum=False,
        ),
        HELD,
    ),
    Row(
        "a stranger takes over an approver's name",
        acts(
            lambda stage: stage.at(2, lambda: stage.world.rename_user("ayo-anu", "ayo")),
            lambda stage: stage.at(3, lambda: stage.world.permit(REPOSITORY, "write", "ayo-anu")),
            says(5, "ayo-anu", "approve"),
            says(6, "lea", "approve"),
            quorum=False,
        ),
        HELD,
    ),
    Row(
        "an account that is deleted keeps its denial",
        acts(says(1, "cid", "deny"), lambda stage: stage.at(5, lambda: stage.world.delete_user("cid"))),
        ("denied", "denied-without-reason"),
    ),
    Row(
        "a moved tag",
        acts(lambda stage: stage.at(2, lambda: stage.world.tag(REPOSITORY, "v1.2.3", "f" * 40))),
        ("error", "tampered"),
    ),
    Row(
        "a deleted tag",
        acts(lambda stage: stage.at(2, lambda: stage.world.tag(REPOSITORY, "v1.2.3", None))),
        ("error", "tampered"),
    ),
    Row(
        "the issue is transferred",
        acts(lambda stage: stage.at(2, lambda: stage.world.transfer_issue(REPOSITORY, 1, "acme/other"))),
        ("error", "tampered"),
    ),
    Row(
        "the issue is deleted",
        acts(lambda stage: stage.at(2, lambda: stage.world.delete_issue(REPOSITORY, 1)), quorum=False),
        ("error", "issue-gone"),
    ),
    Row(
        "an app answers in a person's name",
        acts(
            lambda s: s.says(1, "cid", "approve", via_app="bridge"), says(2, "lea", "approve"), quorum=False
        ),
        HELD,
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=[row.what for row in ROWS])
def test_tampering(stage: Stage, row: Row) -> None:
    stage.world.repo("acme/other")
    for token in stage.world.tokens.values():
        token.repos = [REPOSITORY, "acme/other"]
    row.acts(stage)
    end = stage.run()
    assert (end.status, end.code) == row.ends
    if end.status != "error":
        assert end.replayed() == end.status


def test_where_the_history_is_refused_times_decide_and_the_record_says_so(stage: Stage) -> None:
    for token in stage.world.tokens.values():
        token.graphql = False
    stage.says(1, "cid", "approve")
    stage.edits(5, "cid", "approve - x")
    stage.says(6, "cid", "approve")
    stage.says(7, "lea", "approve")
    end = stage.run()
    assert end.status == "approved"
    assert end.record["history_read"] is False
    assert "untouched as far as their times tell" in end.log


def test_an_edit_by_nobody_knows_whom_holds(stage: Stage) -> None:
    for token in stage.world.tokens.values():
        token.graphql = False
    stage.says(1, "cid", "hello")
    stage.edits(5, "cid", "hello all")
    _quorum(stage)
    end = stage.run()
    assert end.status == "timed-out"
    assert (
        "A comment of cid was edited or deleted; approval waits until cid comments again."
        in end.outputs["reason"]
    )


def test_a_revision_that_was_removed_holds(stage: Stage) -> None:
    stage.says(1, "cid", "deny - no")
    stage.edits(1.01, "cid", "hello")
    stage.at(1.02, lambda: stage.world.delete_revision(stage.last("cid"), 0))
    _quorum(stage, 2)
    assert stage.run().status == "timed-out"


def test_a_comment_that_a_stale_page_lacks_is_not_lost(stage: Stage) -> None:
    stage.says(1, "cid", "approve")
    stage.at(2, lambda: _hide(stage))
    stage.at(3, lambda: _show(stage))
    stage.says(4, "lea", "approve")
    assert stage.run().status == "approved"


def _hide(stage: Stage) -> None:
    issue = stage.world.issue(REPOSITORY, 1)
    stage.hidden = [c for c in issue.comments if c.author and c.author.login == "cid"]  # type: ignore[attr-defined]
    issue.comments = [c for c in issue.comments if c not in stage.hidden]  # type: ignore[attr-defined]


def _show(stage: Stage) -> None:
    issue = stage.world.issue(REPOSITORY, 1)
    issue.comments = sorted([*issue.comments, *stage.hidden], key=lambda c: c.id)  # type: ignore[attr-defined]


BRANCH = {"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main"}


def test_the_tag_that_version_names_is_held_to_the_runs_commit(stage: Stage) -> None:
    stage.world.tag(REPOSITORY, "v1.2.2", COMMIT, annotated=True)
    stage.at(1, lambda: stage.world.tag(REPOSITORY, "v1.2.2", "e" * 40))
    _quorum(stage, 2)
    end = stage.run({"version": "v1.2.2"}, **BRANCH)
    assert (end.exit_code, end.code) == (5, "tampered")


def test_a_version_that_names_a_tag_of_another_commit_is_refused(stage: Stage) -> None:
    stage.world.tag(REPOSITORY, "v1.2.2", COMMIT[::-1], annotated=True)
    end = stage.run({"version": "v1.2.2"}, **BRANCH)
    assert (end.exit_code, end.code, end.issue) == (2, "input", None)
    assert (
        f"version: the tag v1.2.2 is commit {COMMIT[::-1][:7]}, but this run is of {COMMIT[:7]}." in end.log
    )


def test_a_version_that_names_no_tag_is_only_a_name(stage: Stage) -> None:
    _quorum(stage, 1)
    end = stage.run({"version": "2026.3"}, **BRANCH)
    assert (end.status, end.record["tags"]) == ("approved", [])


def test_a_version_beside_the_refs_tag_may_name_no_tag_of_another_commit(stage: Stage) -> None:
    stage.world.tag(REPOSITORY, "v1.2.2", COMMIT[::-1])
    end = stage.run({"version": "v1.2.2"})
    assert (end.exit_code, end.code, end.issue) == (2, "input", None)
    assert "version: the tag v1.2.2 is commit" in end.log


@pytest.mark.parametrize("moved", ["v1.2.3", "stable"])
def test_the_refs_tag_and_the_one_that_version_names_are_both_held(stage: Stage, moved: str) -> None:
    stage.world.tag(REPOSITORY, "stable", COMMIT)
    stage.at(1, lambda: stage.world.tag(REPOSITORY, moved, "e" * 40))
    _quorum(stage, 2)
    end = stage.run({"version": "stable"})
    assert (end.exit_code, end.code) == (5, "tampered")
    assert f"The tag {moved} names eeeeeee now" in end.log
    assert end.record["tags"] == ["v1.2.3", "stable"]


@pytest.mark.parametrize("commit", ["e" * 40, None], ids=["moved", "gone"])
def test_a_ref_that_moved_or_went_before_anything_was_opened(stage: Stage, commit: str | None) -> None:
    stage.world.tag(REPOSITORY, "v1.2.3", commit)
    end = stage.run()
    assert (end.exit_code, end.code, end.issue) == (5, "tampered", None)


@pytest.mark.parametrize("variables", [{}, BRANCH], ids=["tag", "version"])
def test_a_fault_while_the_tag_is_first_looked_at_is_waited_out(
    stage: Stage, variables: dict[str, str]
) -> None:
    stage.fault(path=f"/repos/{REPOSITORY}/git/ref/tags/", status=502)
    _quorum(stage, 2)
    assert stage.run({"version": "v1.2.3"}, **variables).status == "approved"


@pytest.mark.parametrize("tag", ["web@1.2.3", "größer", "v1.2.3_(a)", "1#2"])
def test_the_refs_tag_is_held_whatever_its_name(stage: Stage, tag: str) -> None:
    stage.world.tag(REPOSITORY, tag, COMMIT)
    stage.at(1, lambda: stage.world.tag(REPOSITORY, tag, "e" * 40))
    _quorum(stage, 2)
    end = stage.run(GITHUB_REF_NAME=tag)
    assert (end.exit_code, end.code) == (5, "tampered")


BLIND = {"issues": "write", "actions": "read", "metadata": "read"}


def test_a_tag_is_not_deployed_where_the_token_may_not_see_it(stage: Stage) -> None:
    stage.world.tokens["demo-app-token"].permissions = BLIND
    end = stage.run()
    assert (end.exit_code, end.code, end.issue) == (5, "permission", None)
    assert "Grant the token `contents: read`." in end.log


def test_where_tags_may_not_be_seen_a_version_is_warned_of(stage: Stage) -> None:
    stage.world.tokens["demo-app-token"].permissions = BLIND
    _quorum(stage, 2)
    end = stage.run({"version": "2026.3"}, **BRANCH)
    assert (end.status, end.record["tags"]) == ("approved", None)
    assert end.log.count("The token may not read tags, so whether `version` names one") == 1


def test_where_tags_may_not_be_seen_a_branch_is_no_matter(stage: Stage) -> None:
    stage.world.tokens["demo-app-token"].permissions = BLIND
    end = stage.run({"timeout-minutes": "1"}, **BRANCH)
    assert (end.status, "may not read tags" in end.log) == ("timed-out", False)
