"""Tampering while GitHub refuses, lacks or delays something, and the tags that are deployed."""

import json
from datetime import timedelta

import pytest

from approval_gate.emulator import Request
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY
from tests.whole.stage import BEGAN, Stage


def _quorum(stage: Stage, minute: float = 30) -> None:
    stage.says(minute, "lea", "approve")
    stage.says(minute, "max", "approve")


def test_where_graphql_is_refused_no_issue_is_opened(stage: Stage) -> None:
    for token in stage.world.tokens.values():
        token.graphql = False
    end = stage.run()
    assert (end.exit_code, end.code, end.issue) == (5, "permission", None)
    assert "by GitHub's GraphQL, which shows who edited, hid or deleted a comment." in end.log
    assert "Pass a token that can: `token: ${{ github.token }}`" in end.log
    assert "No issue was opened." in end.log


def test_where_graphql_lacks_a_field_no_issue_is_opened(stage: Stage) -> None:
    errors = [{"message": "Field 'isMinimized' doesn't exist", "extensions": {"code": "undefinedField"}}]
    body = json.dumps({"errors": errors})
    stage.fault(method="POST", path="/graphql", status=200, body=body, times=None)
    end = stage.run()
    assert (end.exit_code, end.code, end.issue) == (5, "permission", None)
    assert "isMinimized" in end.log
    assert stage.passed < 60


def test_a_fault_of_graphql_before_the_issue_is_waited_out(stage: Stage) -> None:
    stage.fault(method="POST", path="/graphql", status=502, times=2)
    _quorum(stage, 2)
    assert stage.run().status == "approved"


@pytest.mark.parametrize("status", [403, 404])
def test_a_passing_refusal_of_graphql_is_waited_out(stage: Stage, status: int) -> None:
    _quorum(stage, 2)
    stage.fault(
        method="POST", path="/graphql", body_pattern="COMMENT_DELETED", first=2, times=2, status=status
    )
    assert stage.run().status == "approved"


@pytest.mark.parametrize("status", [403, 404])
def test_a_lasting_refusal_of_graphql_is_an_error_with_a_remedy(stage: Stage, status: int) -> None:
    _quorum(stage, 2)
    stage.fault(
        method="POST", path="/graphql", body_pattern="COMMENT_DELETED", first=2, times=None, status=status
    )
    end = stage.run()
    assert (end.exit_code, end.code) == (5, "permission")
    assert "Start a new deployment with a token that can." in end.log
    assert stage.now() < BEGAN + timedelta(minutes=4)


def test_a_comment_missing_from_a_stale_page_is_not_lost(stage: Stage) -> None:
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


def test_the_tag_that_version_names_must_stay_on_the_runs_commit(stage: Stage) -> None:
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


def test_a_version_that_becomes_a_tag_of_the_same_commit_is_accepted(stage: Stage) -> None:
    stage.at(1, lambda: stage.world.tag(REPOSITORY, "2026.3", COMMIT))
    stage.says(2, "cid", "approve")
    stage.says(2, "lea", "approve")
    assert stage.run({"version": "2026.3"}).status == "approved"


def test_a_version_that_does_not_name_a_tag_is_only_a_name(stage: Stage) -> None:
    _quorum(stage, 1)
    end = stage.run({"version": "2026.3"}, **BRANCH)
    assert (end.status, end.record["inputs"]["tags"]) == ("approved", [])


def test_a_version_other_than_the_refs_tag_cannot_name_a_tag_of_another_commit(stage: Stage) -> None:
    stage.world.tag(REPOSITORY, "v1.2.2", COMMIT[::-1])
    end = stage.run({"version": "v1.2.2"})
    assert (end.exit_code, end.code, end.issue) == (2, "input", None)
    assert "version: the tag v1.2.2 is commit" in end.log


@pytest.mark.parametrize("moved", ["v1.2.3", "stable"])
def test_both_the_refs_tag_and_the_tag_that_version_names_must_not_move(stage: Stage, moved: str) -> None:
    stage.world.tag(REPOSITORY, "stable", COMMIT)
    stage.at(1, lambda: stage.world.tag(REPOSITORY, moved, "e" * 40))
    _quorum(stage, 2)
    end = stage.run({"version": "stable"})
    assert (end.exit_code, end.code) == (5, "tampered")
    assert f"The tag {moved} names eeeeeee now" in end.log
    assert end.record["inputs"]["tags"] == ["v1.2.3", "stable"]


@pytest.mark.parametrize(
    ("commit", "code"), [("e" * 40, "tampered"), (None, "permission")], ids=["moved", "gone or not visible"]
)
def test_a_ref_that_moved_or_went_before_the_issue_was_opened_is_refused(
    stage: Stage, commit: str | None, code: str
) -> None:
    stage.world.tag(REPOSITORY, "v1.2.3", commit)
    end = stage.run()
    assert (end.exit_code, end.code, end.issue) == (5, code, None)


@pytest.mark.parametrize("variables", [{}, BRANCH], ids=["tag", "version"])
def test_a_fault_while_the_tag_is_first_read_is_waited_out(stage: Stage, variables: dict[str, str]) -> None:
    stage.fault(path=f"/repos/{REPOSITORY}/git/ref/tags/", status=502)
    _quorum(stage, 2)
    assert stage.run({"version": "v1.2.3"}, **variables).status == "approved"


@pytest.mark.parametrize("tag", ["web@1.2.3", "größer", "v1.2.3_(a)", "1#2"])
def test_the_refs_tag_is_checked_whatever_its_name(stage: Stage, tag: str) -> None:
    stage.world.tag(REPOSITORY, tag, COMMIT)
    stage.at(1, lambda: stage.world.tag(REPOSITORY, tag, "e" * 40))
    _quorum(stage, 2)
    end = stage.run(GITHUB_REF_NAME=tag)
    assert (end.exit_code, end.code) == (5, "tampered")


BLIND = {"issues": "write", "actions": "read", "metadata": "read"}


def test_a_tag_that_the_token_cannot_read_is_not_deployed(stage: Stage) -> None:
    stage.world.tokens["demo-app-token"].permissions = BLIND
    end = stage.run()
    assert (end.exit_code, end.code, end.issue) == (5, "permission", None)
    assert "Grant the token `contents: read`." in end.log


def test_where_tags_cannot_be_read_the_log_warns_about_the_version(stage: Stage) -> None:
    stage.world.tokens["demo-app-token"].permissions = BLIND
    _quorum(stage, 2)
    end = stage.run({"version": "2026.3"}, **BRANCH)
    assert (end.status, end.record["inputs"]["tags"]) == ("approved", None)
    assert end.log.count("The token cannot read tags and branches, so it is not checked which commit") == 1


def test_a_branch_needs_no_permission_to_read_tags(stage: Stage) -> None:
    stage.world.tokens["demo-app-token"].permissions = BLIND
    end = stage.run({"timeout-minutes": "1"}, **BRANCH)
    assert (end.status, "cannot read tags" in end.log) == ("timed-out", False)


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
def test_a_former_code_owner_can_no_longer_approve(
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


def test_an_issue_edited_too_often_to_be_read_is_treated_as_tampered_with(stage: Stage) -> None:
    def edit() -> None:
        issue = stage.world.issue(REPOSITORY, 1)
        for number in range(1_100):
            stage.world.edit_issue(REPOSITORY, 1, by="bob", body=f"{issue.body.rstrip()} {number % 2}")

    stage.at(1, edit)
    _quorum(stage, 2)
    assert stage.run({"timeout-minutes": "5"}).code == "tampered"


# Lists that change while they are read --------------------------------------------------


def test_a_comment_deleted_between_two_pages_does_not_hide_a_denial(stage: Stage) -> None:
    """Pages are offsets: the comments after a deleted one move up, into a page that was already read."""
    denied: list[int] = []
    shifted: list[str] = []

    def fills(count: int) -> None:
        while len(stage.world.issue(REPOSITORY, 1).comments) < count:
            stage.world.comment(REPOSITORY, 1, "mallory", "hi")

    def meanwhile(request: Request) -> None:
        if request.method != "GET" or not stage.world.issues(REPOSITORY):
            return
        confirming = request.path.endswith("/members") and stage.now() >= BEGAN + timedelta(minutes=3)
        if confirming and not denied:
            fills(100)
            denied.append(stage.world.comment(REPOSITORY, 1, "cid", "deny - red tests").id)
            stage.passed += 2
        elif denied and not shifted and request.path.endswith("/comments") and "since" not in request.query:
            # Between this page and the next.
            shifted.append(request.path)
            mallorys = (c for c in stage.world.issue(REPOSITORY, 1).comments if c.body == "hi")
            stage.world.delete_comment(next(mallorys).id, by="mallory")
            stage.world.comment(REPOSITORY, 1, "mallory", "hi")

    stage.at(1, lambda: fills(98))
    _quorum(stage, 3)
    stage.world.script.append(meanwhile)
    end = stage.run({"timeout-minutes": "10", "polling-interval-seconds": "3"})
    assert shifted
    assert (end.status, end.outputs["denied-by"]) == ("denied", "cid")


@pytest.mark.parametrize("version", ["v0.9.0", "tags/v0.9.0", "refs/tags/v0.9.0"])
def test_a_tag_of_another_commit_is_refused_in_every_spelling(stage: Stage, version: str) -> None:
    stage.world.tag(REPOSITORY, "v0.9.0", "f" * 40)
    end = stage.run({"version": version}, **BRANCH)
    assert (end.exit_code, end.code, end.issue) == (2, "input", None)
    assert "version: the tag v0.9.0 is commit fffffff" in end.log


@pytest.mark.parametrize("version", ["tags/", "refs/tags/"])
def test_a_version_that_is_an_empty_ref_is_replaced_by_the_runs_ref(stage: Stage, version: str) -> None:
    _quorum(stage, 1)
    end = stage.run({"version": version}, **BRANCH)
    assert end.issue is not None
    assert end.issue.title == "Production Deployment Approval: main"


def test_a_tag_whose_name_begins_like_a_ref_keeps_its_name(stage: Stage) -> None:
    stage.world.tag(REPOSITORY, "tags/v1", COMMIT)
    stage.world.tag(REPOSITORY, "v1", "f" * 40)
    _quorum(stage, 1)
    end = stage.run({"version": "tags/v1"}, GITHUB_REF_NAME="tags/v1", GITHUB_REF="refs/tags/tags/v1")
    assert (end.status, end.record["inputs"]["tags"]) == ("approved", ["tags/v1"])


def test_one_passing_refusal_does_not_make_a_user_with_a_teams_name_an_approver(stage: Stage) -> None:
    stage.world.user("devops-team")
    stage.fault(method="GET", path="/orgs/acme/teams/devops-team/repos/.*$", status=404, times=1)
    stage.says(1, "devops-team", "approve")
    stage.says(1, "lea", "approve")
    end = stage.run({"timeout-minutes": "5"})
    assert end.status == "timed-out"
    assert end.reason.startswith("The window closed with 1 of 2 approvals, from lea. ")


@pytest.mark.parametrize("name", ["environment", "version"])
def test_the_version_cannot_begin_a_line_of_the_log(stage: Stage, name: str) -> None:
    forged = "14:02:00  ann approves    2 of 2"
    end = stage.run({name: f"v1\n{forged}\nx", "timeout-minutes": "5"}, **BRANCH)
    assert (end.exit_code, end.code) == (2, "input")
    assert not any(line.startswith(forged) for line in end.log.splitlines())


def test_an_issue_filled_with_labels_is_closed_with_the_gates_own_label(stage: Stage) -> None:
    def fills() -> None:
        issue = stage.world.issue(REPOSITORY, 1)
        issue.labels += [f"label-{number}" for number in range(100 - len(issue.labels))]
        issue.updated_at = stage.now()

    stage.at(1, fills)
    stage.says(2, "cid", "deny - red tests")
    end = stage.run()
    assert end.issue is not None
    assert (end.status, end.issue.state, end.issue.labels[-1]) == ("denied", "closed", "denied")
    assert "::warning" not in end.log


@pytest.mark.parametrize("how", ["deleted", "through an app"])
def test_the_comment_that_lifted_a_hold_is_in_the_record_even_if_later_ones_could_not(
    stage: Stage, how: str
) -> None:
    stage.says(1, "cid", "hello")
    stage.edits(2, "cid", "hi", by="bob")
    stage.says(3, "cid", "not me")
    if how == "deleted":
        stage.says(4, "cid", "bye")
        stage.deletes(5, "cid")
    else:
        stage.says(4, "cid", "bye", via_app="bridge")
    _quorum(stage, 7)
    end = stage.run({"timeout-minutes": "10"})
    assert (end.status, end.replayed()) == ("approved", "approved")
