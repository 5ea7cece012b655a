"""What is refused, missing or late while people tamper, and the tags that are deployed."""

import pytest

from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY
from tests.whole.stage import Stage


def _quorum(stage: Stage, minute: float = 30) -> None:
    stage.says(minute, "lea", "approve")
    stage.says(minute, "max", "approve")


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


def test_a_version_that_becomes_the_tag_of_another_commit_stops_the_gate(stage: Stage) -> None:
    stage.at(1, lambda: stage.world.tag(REPOSITORY, "2026.3", "e" * 40))
    stage.says(2, "cid", "approve")
    stage.says(2, "lea", "approve")
    end = stage.run({"version": "2026.3"})
    assert (end.exit_code, end.code) == (5, "tampered")
    assert "The tag 2026.3 names eeeeeee now" in end.log


def test_a_version_that_becomes_a_tag_of_the_same_commit_is_fine(stage: Stage) -> None:
    stage.at(1, lambda: stage.world.tag(REPOSITORY, "2026.3", COMMIT))
    stage.says(2, "cid", "approve")
    stage.says(2, "lea", "approve")
    assert stage.run({"version": "2026.3"}).status == "approved"


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


OWNED = """\
version: 1
roles:
  owners: {members: ["codeowners:/deploy/"]}
deployments:
  standard: {minimum-approvals: 2, timeout-minutes: 10, approvers: [owners]}
"""
BY_OWNERS = {
    "input": {"approvers": "codeowners:/deploy/", "minimum-approvals": "2", "timeout-minutes": "10"},
    "policy": {
        "policy-file": "owned.yml",
        **dict.fromkeys(("approvers", "minimum-approvals", "timeout-minutes"), ""),
    },
}


@pytest.mark.parametrize("inputs", BY_OWNERS.values(), ids=BY_OWNERS)
@pytest.mark.parametrize(
    ("becomes", "status"),
    [
        ("/deploy/ @ayo-anu\n", "timed-out"),
        ("/docs/ @acme/devops-team\n", "timed-out"),
        (None, "timed-out"),
        ("/deploy/ @AYO-ANU @Acme/Devops-Team @acme/sre-team\n", "approved"),
    ],
)
def test_who_owns_the_path_no_more_approves_no_more(
    stage: Stage, inputs: dict[str, str], becomes: str | None, status: str
) -> None:
    files = stage.world.repos[REPOSITORY].files
    files |= {".github/CODEOWNERS": "/deploy/ @ayo-anu @acme/devops-team\n", "owned.yml": OWNED}

    def change() -> None:
        del files[".github/CODEOWNERS"]
        if becomes is not None:
            files[".github/CODEOWNERS"] = becomes

    stage.at(2, change)
    stage.says(4, "cid", "approve")
    stage.says(4, "ann", "approve")
    assert stage.run(inputs).status == status


def test_an_issue_that_is_edited_beyond_all_reading_is_tampered_with(stage: Stage) -> None:
    def edit() -> None:
        issue = stage.world.issue(REPOSITORY, 1)
        for number in range(1_100):
            stage.world.edit_issue(REPOSITORY, 1, by="bob", body=f"{issue.body.rstrip()} {number % 2}")

    stage.at(1, edit)
    _quorum(stage, 2)
    assert stage.run({"timeout-minutes": "5"}).code == "tampered"
