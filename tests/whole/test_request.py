"""Who is asked, what is refused before anything is opened, and what the issue says."""

import json
import re

import pytest

from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, RUN
from tests.whole.stage import Ended, Stage


def asked(end: Ended) -> list[str]:
    assert end.issue is not None
    who = end.issue.body.partition("Who can approve")[2].partition("</details>")[0]
    return re.findall(r"@([\w-]+)", re.sub("`[^`]*`", "", who))


def only(stage: Stage, approvers: str, **inputs: str) -> Ended:
    names = {name.replace("_", "-"): value for name, value in inputs.items()}
    return stage.run({"approvers": approvers, "minimum-approvals": "1", "timeout-minutes": "1", **names})


@pytest.mark.parametrize(
    ("approvers", "people"),
    [
        ("ann", ["ann"]),
        ("@ann, @bob", ["ann", "bob"]),
        ("ann\nbob", ["ann", "bob"]),
        ("user:ann", ["ann"]),
        ("@user:@ann", ["ann"]),
        ("devops-team", ["ann", "bob", "cid"]),
        ("@acme/devops-team", ["ann", "bob", "cid"]),
        ("ACME/Devops-Team", ["ann", "bob", "cid"]),
        ("codeowners:/deploy/", ["ayo-anu", "ann", "bob", "cid"]),
        ("cid,devops-team,CID", ["cid", "ann", "bob"]),
        ("devops-team,acme/devops-team", ["ann", "bob", "cid"]),
        ("everyone", ["ann", "bob", "cid", "lea", "max", "sue", "sam", "sid"]),
    ],
)
def test_each_form_of_a_name_is_resolved_to_people(stage: Stage, approvers: str, people: list[str]) -> None:
    world = stage.world
    world.team("acme/everyone")
    for slug in ("devops-team", "platform-leads", "sre-team"):
        world.teams["acme", slug].parent = world.teams["acme", "everyone"]
    world.permit(REPOSITORY, "write", "acme/everyone")
    assert asked(only(stage, approvers)) == people


def test_every_member_of_a_team_of_hundreds_is_read_and_mentioned(stage: Stage) -> None:
    crowd = [f"dev{number}" for number in range(230)]
    stage.world.team("acme/crowd", crowd)
    stage.world.permit(REPOSITORY, "write", "acme/crowd")
    end = only(stage, "crowd")
    assert end.issue is not None
    mentioned = set(re.findall(r"@(dev\d+)", end.texts()))
    assert mentioned == set(crowd)
    assert all(len(set(re.findall("@dev", c.body))) <= 50 for c in end.issue.comments)
    assert len(end.issue.assignees) == 10


def test_a_person_listed_under_two_names_counts_once(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    stage.says(2, "ann", "approve")
    end = stage.run({"approvers": "ANN,devops-team", "timeout-minutes": "5"})
    assert end.status == "timed-out"
    assert end.counted == "ann"


def test_everyone_must_approve_where_no_number_is_given(stage: Stage) -> None:
    for minute, login in enumerate(("ann", "bob"), start=1):
        stage.says(minute, login, "approve")
    end = stage.run({"approvers": "devops-team", "minimum-approvals": "", "timeout-minutes": "5"})
    assert end.reason == "The window closed with 2 of 3 approvals, from ann and bob. Still to answer: cid."


REFUSED = {
    "a user with a team's name": (
        {"approvers": "mallory", "token": "demo-job-token"},
        2,
        "roster",
        '"mallory" is not a team that this token can see, and not a user who can write to acme/shop.',
    ),
    "a name that is not a team's": (
        {"approvers": "acme/nope"},
        2,
        "roster",
        'approvers: "acme/nope" is not a team that this token can see.',
    ),
    "more approvals than people": (
        {"approvers": "devops-team", "minimum-approvals": "4"},
        2,
        "unsatisfiable",
        "minimum-approvals is 4, but only 3 people can approve.",
    ),
    "the exclusions leave nobody": (
        {"approvers": "dee", "minimum-approvals": "1", "exclude-workflow-initiator-as-approver": "true"},
        2,
        "unsatisfiable",
        'but nobody can approve. "dee" is barred for having asked for this deployment.',
    ),
    "a person who can approve alone is not among the approvers": (
        {"approve-alone": "sam"},
        2,
        "input",
        "approve-alone: sam (sam) is not among the approvers.",
    ),
    "a path without an owner": (
        {"approvers": "codeowners:/docs/"},
        2,
        "roster",
        "CODEOWNERS gives /docs/ none",
    ),
    "an empty path": ({"approvers": "codeowners:"}, 2, "roster", "an empty path"),
    "an invalid name": (
        {"approvers": "ann bob"},
        2,
        "input",
        '"ann bob" is not a name: it contains blanks.',
    ),
    "several e-mail addresses": (
        {"approvers": "ann@acme.example, bob@acme.example"},
        2,
        "input",
        '"ann@acme.example" and "bob@acme.example" are e-mail addresses, which are not names on GitHub.',
    ),
    "a checklist that does not exist": (
        {"checklist": "docs/list.md"},
        2,
        "input",
        "checklist: 'docs/list.md'",
    ),
    "a checklist that is a folder": (
        {"checklist": ".github"},
        2,
        "input",
        "checklist: '.github' is not the path of a text",
    ),
    "a checklist that is the root folder": (
        {"checklist": "/"},
        2,
        "input",
        "checklist: '/' is not the path of a text file",
    ),
    "a checklist that is not text": ({"checklist": "logo.png"}, 2, "input", "checklist: 'logo.png'"),
    "a checklist with an endless name": ({"checklist": "x" * 9_000}, 2, "input", "checklist: 'xxx"),
    "a checklist outside of the repository": (
        {"checklist": "../list.md"},
        2,
        "input",
        "checklist: '../list.md'",
    ),
    "a target repository that is not visible": (
        {"target-repository": "elsewhere"},
        2,
        "input",
        "target-repository: acme/elsewhere is not visible",
    ),
    "a target repository without issues": (
        {"target-repository": "acme/silent"},
        2,
        "input",
        "issues switched off",
    ),
}


@pytest.mark.parametrize(("inputs", "exit_code", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_an_unsatisfiable_request_is_refused_at_once(
    stage: Stage, inputs: dict[str, str], exit_code: int, code: str, words: str
) -> None:
    stage.world.repo("acme/silent", private=False, has_issues=False)
    stage.world.repos[REPOSITORY].files["logo.png"] = b"\x89PNG"
    end = stage.run(inputs)
    assert (end.exit_code, end.status, end.code, end.issue) == (exit_code, "error", code, None)
    assert words in end.outputs["reason"]
    assert words in end.log
    assert "No issue was opened." in end.outputs["reason"]
    assert not [request for request in end.requests if request.method != "GET"]
    assert stage.passed == 0


def test_a_token_that_cannot_read_teams_is_refused_with_the_needed_permission(stage: Stage) -> None:
    end = stage.run({"token": "demo-job-token"})
    assert (end.exit_code, end.code, end.issue) == (2, "roster", None)
    assert (
        '"devops-team" and "platform-leads" are neither a user nor a team that this token can see' in end.log
    )
    assert "organisation permission `Members: read`" in end.log


def test_a_token_without_a_needed_permission_is_refused(stage: Stage) -> None:
    stage.world.tokens["demo-app-token"].permissions = {"metadata": "read", "contents": "read"}
    end = stage.run()
    assert (end.exit_code, end.code, end.issue) == (5, "permission", None)
    assert "permissions: issues: write" in end.outputs["reason"]


@pytest.mark.parametrize("how", ["refused", "not found", "deleted"])
def test_issues_write_alone_on_a_tag_names_contents_read_however_github_refuses(
    stage: Stage, how: str
) -> None:
    if how == "refused":
        stage.world.tokens["demo-app-token"].permissions = {"issues": "write", "metadata": "read"}
    elif how == "not found":
        stage.fault(path=f"/repos/{REPOSITORY}/git/ref/tags/", times=None, status=404)
    else:
        stage.world.tag(REPOSITORY, "v1.2.3", None)
    end = stage.run()
    assert (end.exit_code, end.code, end.issue) == (5, "permission", None)
    assert "The token cannot read the tag v1.2.3, so the gate would not notice if it moved." in end.log
    assert "Grant the token `contents: read`." in end.log
    assert "No issue was opened." in end.log


READ_ONLY = {"issues": "read", "contents": "read", "actions": "read", "metadata": "read"}
PULL_REQUEST = {"GITHUB_REF": "refs/pull/12/merge", "GITHUB_REF_NAME": "12/merge"}
CANNOT = "A pull request from a fork has a token that can only read, whatever `permissions` says"
GIVE = "Give the job `permissions: issues: write`"


@pytest.mark.parametrize(
    ("head", "says", "silent"),
    [
        ({"full_name": "mallory/shop"}, [CANNOT, "`workflow_dispatch`"], [GIVE]),
        (None, [CANNOT], [GIVE]),
        ({"full_name": "Acme/Shop"}, [GIVE], [CANNOT]),
        ("no payload", [GIVE, CANNOT], []),
        ({}, [GIVE, CANNOT], []),
    ],
    ids=str,
)
def test_a_pull_request_from_a_fork_is_refused_with_a_way_that_works(
    stage: Stage, head: object, says: list[str], silent: list[str]
) -> None:
    stage.world.tokens["demo-app-token"].permissions = READ_ONLY
    event = stage.folder / "event.json"
    if head != "no payload":
        event.write_text(json.dumps({"pull_request": {"head": {"repo": head}}}), encoding="utf-8")
    end = stage.run(GITHUB_EVENT_PATH=str(event), **PULL_REQUEST)
    assert (end.exit_code, end.code, end.issue) == (5, "permission", None)
    assert [words for words in (*says, "No issue was opened.") if words not in end.log] == []
    assert [words for words in silent if words in end.log] == []


def test_a_read_only_token_on_a_push_is_not_reported_as_a_forks(stage: Stage) -> None:
    stage.world.tokens["demo-app-token"].permissions = READ_ONLY
    event = stage.folder / "event.json"
    event.write_text('{"pull_request": {"head": {"repo": null}}}', encoding="utf-8")
    end = stage.run(GITHUB_EVENT_PATH=str(event))
    assert (GIVE in end.log, CANNOT in end.log) == (True, False)


def test_the_end_of_the_api_version_is_one_warning(stage: Stage) -> None:
    stage.world.sunset = {"deprecation": "@1741564800", "sunset": "Wed, 10 Mar 2027 00:00:00 GMT"}
    end = stage.run({"timeout-minutes": "2"})
    said = "GitHub will stop answering version 2022-11-28 of its API (Deprecation: @1741564800, Sunset: Wed"
    assert (end.status, end.log.count(said)) == ("timed-out", 1)


def test_a_retired_version_of_the_api_is_named(stage: Stage) -> None:
    stage.world.retired = {"2022-11-28"}
    end = stage.run()
    assert (end.exit_code, end.issue) == (5, None)
    assert end.code != "issue-gone"
    assert "GitHub no longer answers version 2022-11-28 of its API." in end.log


def test_an_input_that_github_rejects_is_not_an_outage(stage: Stage) -> None:
    body = (
        '{"message": "Validation Failed", "errors": [{"resource": "Issue", "field": "title", "code": "x"}]}'
    )
    stage.fault(method="POST", path=f"/repos/{REPOSITORY}/issues$", times=None, status=422, body=body)
    end = stage.run()
    assert (end.exit_code, end.code, end.issue) == (2, "input", None)
    assert "Correct `issue-title`. No issue was opened." in end.log
    assert "Failed: Issue.title: x" in end.log


def test_a_mail_address_in_codeowners_is_refused(stage: Stage) -> None:
    stage.world.repos[REPOSITORY].files[".github/CODEOWNERS"] = "/deploy/ ops@example.com\n"
    end = stage.run({"approvers": "codeowners:/deploy/"})
    assert "is without an owner" not in end.outputs["reason"]
    assert "owned by ops@example.com: an e-mail address is not an account" in end.outputs["reason"]


def test_a_missing_codeowners_file_is_refused(stage: Stage) -> None:
    stage.world.repos[REPOSITORY].files.clear()
    end = stage.run({"approvers": "codeowners:/deploy/"})
    assert end.code == "roster"
    assert "has no CODEOWNERS file on its branch main" in end.outputs["reason"]


def test_a_persons_token_never_votes(stage: Stage) -> None:
    stage.world.token("pat", login="ann")
    stage.says(1, "ann", "approve")
    stage.says(2, "bob", "approve")
    end = stage.run({"token": "pat", "timeout-minutes": "5"})
    assert end.status == "timed-out"
    assert "  cannot     ann: the gate runs as this account\n" in end.log


def test_comments_by_the_tokens_own_account_can_object_but_not_approve(stage: Stage) -> None:
    stage.world.token("pat", login="ann")
    stage.says(1, "ann", "approve")
    stage.says(2, "bob", "approve")
    stage.says(3, "ann", "deny - wait")
    end = stage.run({"token": "pat"})
    assert (end.status, end.outputs["denied-by"]) == ("denied", "ann")
    assert "ann's approval does not count: the gate runs as this account" in end.log


def test_the_initiator_can_deny_and_cannot_approve(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    stage.says(2, "bob", "approve")
    stage.says(3, "ann", "deny - I saw an error")
    end = stage.run(
        {"exclude-workflow-initiator-as-approver": "true"}, GITHUB_ACTOR="ann", GITHUB_TRIGGERING_ACTOR="ann"
    )
    assert (end.status, end.outputs["denied-by"]) == ("denied", "ann")
    assert "ann's approval does not count: requested this deployment" in end.log
    assert end.issue is not None
    assert "- **Requested by**: @ann, who cannot approve this\n" in end.issue.body


def test_a_person_who_started_an_earlier_attempt_is_an_initiator_too(stage: Stage) -> None:
    stage.world.run(REPOSITORY, RUN, ["bob", "cid", "dee"])
    end = stage.run(
        {"exclude-workflow-initiator-as-approver": "true", "timeout-minutes": "1"},
        GITHUB_RUN_ATTEMPT="3",
        GITHUB_ACTOR="bob",
        GITHUB_ACTOR_ID="77",
        GITHUB_TRIGGERING_ACTOR="dee",
    )
    assert asked(end) == ["ann", "lea", "max", "sue", "ayo-anu"]
    assert end.record["inputs"]["initiators"]["complete"] is True


@pytest.mark.parametrize("who", ["GITHUB_ACTOR", "GITHUB_TRIGGERING_ACTOR"])
def test_an_initiator_unknown_to_github_is_still_ineligible(stage: Stage, who: str) -> None:
    stage.fault(path="/users/ann$", status=404)
    end = stage.run(
        {"exclude-workflow-initiator-as-approver": "true", "timeout-minutes": "1"}, **{who: "ann"}
    )
    assert end.issue is not None
    assert "ann" not in asked(end)


@pytest.mark.parametrize(
    ("attempt", "barring", "unknown"), [("2", "true", True), ("1", "true", False), ("2", "false", False)]
)
def test_where_earlier_attempts_cannot_be_seen_log_issue_and_record_say_so(
    stage: Stage, attempt: str, barring: str, *, unknown: bool
) -> None:
    stage.world.tokens["demo-app-token"].permissions = {"issues": "write", "contents": "read"}
    end = stage.run(
        {"exclude-workflow-initiator-as-approver": barring, "timeout-minutes": "1"},
        GITHUB_RUN_ATTEMPT=attempt,
        GITHUB_ACTIONS="true",
    )
    assert end.issue is not None
    warned = [line for line in end.log.splitlines() if "who started the earlier attempts" in line]
    assert [line.startswith("::warning ") for line in warned] == [True] * unknown
    assert all("Grant it `actions: read`." in line for line in warned)
    row = next(line for line in end.issue.body.splitlines() if line.startswith("- **Requested by**: "))
    assert ("The token cannot see who started other attempts of this run" in row) is unknown
    assert end.record["inputs"]["initiators"]["complete"] is (attempt == "1")


def test_the_record_names_who_started_each_attempt_by_id_whether_or_not_that_excludes_them(
    stage: Stage,
) -> None:
    ids = {login: stage.world.user(login).id for login in ("bob", "cid", "dee")}
    stage.world.run(REPOSITORY, RUN, ["bob", "cid", "dee"])
    stage.says(1, "cid", "approve")
    stage.says(1, "lea", "approve")
    end = stage.run(
        GITHUB_RUN_ATTEMPT="3",
        GITHUB_ACTOR="bob",
        GITHUB_ACTOR_ID=str(ids["bob"]),
        GITHUB_TRIGGERING_ACTOR="dee",
    )
    request, initiators = end.record["request"], end.record["inputs"]["initiators"]
    assert request["actor"] == {"id": ids["bob"], "login": "bob"}
    assert request["triggering_actor"] == {"id": ids["dee"], "login": "dee"}
    assert {person["login"]: person["id"] for person in initiators["people"]} == ids
    assert initiators["complete"] is True
    assert (end.status, end.record["decision"]["self_approved"]) == ("approved", True)
    assert not [request for request in end.requests if request.path.startswith("/users/")]


def test_of_an_attempt_that_cannot_be_read_the_triggering_actors_id_is_looked_up(stage: Stage) -> None:
    stage.world.tokens["demo-app-token"].permissions = {"issues": "write", "contents": "read"}
    end = stage.run({"timeout-minutes": "1"}, GITHUB_RUN_ATTEMPT="2", GITHUB_TRIGGERING_ACTOR="cid")
    assert end.record["request"]["triggering_actor"] == {"id": stage.world.user("cid").id, "login": "cid"}
    assert end.record["inputs"]["initiators"]["complete"] is False


def test_of_a_first_attempt_nothing_is_read_about_who_started_it(stage: Stage) -> None:
    end = stage.run({"timeout-minutes": "1"})
    dee = {"id": stage.world.user("dee").id, "login": "dee"}
    assert end.record["request"]["actor"] == end.record["request"]["triggering_actor"] == dee
    assert end.record["inputs"]["initiators"] == {"people": [dee], "complete": True}
    assert not [request for request in end.requests if request.path.startswith("/users/")]


def test_the_record_has_the_workflows_file_its_commit_and_how_long_logs_are_kept(stage: Stage) -> None:
    workflow = f"{REPOSITORY}/.github/workflows/deploy.yml@refs/tags/v1.2.3"
    request = stage.run({"timeout-minutes": "1"}).record["request"]
    assert request["workflow"] == {
        "name": "Production Deployment Pipeline",
        "ref": workflow,
        "commit": request["commit"],
    }
    assert request["logs_kept_days"] == 90
    assert request["repository"] == {"id": stage.world.repos[REPOSITORY].id, "name": REPOSITORY}


def test_a_rerun_replaces_the_issue_left_open_by_the_previous_attempt(stage: Stage) -> None:
    github = stage.github()
    stage.says(1, "cid", "approve")
    stage.stops(2)
    stage.fault(method="PATCH", path=f"/repos/{REPOSITORY}/issues/1$", times=None, status=500)
    first = stage.run_on(github)
    assert first.issue is not None
    assert first.issue.state == "open"
    stage.world.faults.clear()
    stage.says(4, "lea", "approve")
    second = stage.run_on(github, {"timeout-minutes": "5"}, GITHUB_RUN_ATTEMPT="2")
    old, new = stage.world.issues(REPOSITORY)
    assert (old.state, old.labels[-1]) == ("closed", "cancelled")
    assert new.number == 2
    assert "@cid: please answer there." in old.comments[-1].body
    assert f"/{REPOSITORY}/issues/2" in old.comments[-1].body
    assert second.status == "timed-out"
    assert second.counted == "lea"
    assert second.outputs["run-attempt"] == "2"


class TestTheIssue:
    def test_shows_the_deployment_and_how_to_answer(self, stage: Stage) -> None:
        end = only(stage, "devops-team")
        assert end.issue is not None
        body = end.issue.body
        assert body.startswith(
            "**dee** wants to deploy **v1.2.3** to **production**. It needs **1 approval** within 1 minute, "
            "before **14:01 UTC**.\n"
        )
        assert "**To answer, comment** `approve` or `deny - your reason`" in body
        assert f"\n- **Commit**: [{COMMIT}](" in body
        assert f"/{REPOSITORY}/actions/runs/{RUN}/attempts/1) of Production Deployment Pipeline\n" in body
        assert body.count("- [ ] ") == 18

    def test_has_the_steps_title_labels_and_text(self, stage: Stage) -> None:
        end = only(
            stage,
            "devops-team",
            issue_title="Ship it",
            issue_labels="release,  urgent",
            issue_body="## What\n- [ ] my own item",
            environment="staging",
        )
        assert end.issue is not None
        assert (end.issue.title, end.issue.labels) == ("Ship it", ["release", "urgent", "timed-out"])
        assert "## What\n- [ ] my own item" in end.issue.body
        assert end.issue.body.count("- [ ] ") == 1

    def test_names_the_environment(self, stage: Stage) -> None:
        end = only(stage, "devops-team", environment="staging", version="2026.3", checklist="none")
        assert end.issue is not None
        assert end.issue.title == "Staging Deployment Approval: 2026.3"
        assert end.issue.labels[:3] == ["deployment", "staging", "approval-required"]
        assert "- [ ]" not in end.issue.body

    def test_has_the_checklist_of_the_default_branch(self, stage: Stage) -> None:
        stage.world.repos[REPOSITORY].files["docs/list.md"] = "- [ ] one\n- [ ] two\n"
        end = only(stage, "devops-team", checklist="docs/list.md")
        assert end.issue is not None
        assert end.issue.body.count("- [ ] ") == 2

    def test_continues_in_comments_if_its_text_is_long(self, stage: Stage) -> None:
        lines = [f"line {number} says approve" for number in range(6000)]
        end = only(stage, "devops-team", issue_body="\n".join(["approve", *lines]))
        assert end.issue is not None
        assert end.status == "timed-out"
        assert "in the comments below" in end.issue.body
        assert all(len(comment.body) <= 65_536 for comment in end.issue.comments)
        assert all(line in end.texts() for line in lines[::500])

    @pytest.mark.parametrize(
        ("body", "checklist", "moved"),
        [
            (29_000, 29_000, set()),
            (29_900, 36_000, {"details"}),
            (55_000, 20_000, {"details"}),
            (20_000, 55_000, {"details"}),
            (0, 77_000, {"list"}),
            (1_000, 60_000, {"list"}),
            (90_000, 77_000, {"details", "list"}),
        ],
    )
    def test_moves_only_the_overflow_into_comments(
        self, stage: Stage, body: int, checklist: int, moved: set[str]
    ) -> None:
        point, item = "about the deployment\n", "- [ ] an item\n"
        stage.world.repos[REPOSITORY].files["list.md"] = item * (checklist // len(item))
        end = only(stage, "devops-team", issue_body=point * (body // len(point)), checklist="list.md")
        assert end.status == "timed-out"
        assert end.issue is not None
        told = set(re.findall(r"The (details|list).* in the comments below\.", end.issue.body))
        assert told == moved
        assert all(len(text) <= 65_536 for text in (end.issue.body, *(c.body for c in end.issue.comments)))
        assert end.texts().count(point.strip()) == body // len(point)
        assert end.texts().count(item.strip()) == checklist // len(item)

    def test_can_be_answered_by_every_team_member_in_a_public_repository(self, stage: Stage) -> None:
        stage.world.repos[REPOSITORY].private = False
        stage.world.permit(REPOSITORY, "read", "ann")
        stage.says(0.5, "ann", "approve")
        end = only(stage, "devops-team", require_write_access="false")
        assert end.issue is not None
        assert (end.status, end.issue.locked) == ("approved", False)

    def test_can_be_opened_in_another_repository(self, stage: Stage) -> None:
        stage.world.repo("acme/approvals")
        stage.world.tokens["demo-app-token"].repos = [REPOSITORY, "acme/approvals"]
        end = only(stage, "devops-team", target_repository="approvals", target_repository_owner="acme")
        assert end.outputs["issue-url"].endswith("/acme/approvals/issues/1")
        assert stage.world.issues("acme/approvals")[0].state == "closed"

    def test_is_opened_even_if_some_people_cannot_be_assigned(self, stage: Stage) -> None:
        stage.world.repos[REPOSITORY].private = False
        stage.world.permit(REPOSITORY, "none", "acme/devops-team")
        stage.world.permit(REPOSITORY, "read", "ann", "bob")
        end = only(stage, "acme/devops-team", require_write_access="false")
        assert end.issue is not None
        assert [user.login for user in end.issue.assignees] == ["ann", "bob"]
        assert "Not assigned to the issue: cid." in end.log

    def test_gets_dropped_labels_again(self, stage: Stage) -> None:
        stage.world.script.append(
            lambda request: (
                stage.world.issue(REPOSITORY, 1).labels.clear()
                if request.status == 201 and request.path.endswith("/issues")
                else None
            )
        )
        token = stage.world.tokens["demo-app-token"]
        stage.fault(method="POST", path=f"/repos/{REPOSITORY}/issues$", kind="after-effect")
        assert token.permissions["issues"] == "write"
        end = only(stage, "devops-team")
        assert end.issue is not None
        assert end.issue.labels[:3] == ["deployment", "production", "approval-required"]


class TestHints:
    def test_a_near_miss_gets_one(self, stage: Stage) -> None:
        stage.says(0.2, "ann", "approve?")
        stage.says(0.3, "bob", "Does anybody know whether the migration was tested at all?")
        stage.says(0.4, "mallory", "approve?")
        end = only(stage, "devops-team")
        ann, mallory = end.hints()
        assert "as an answer: `approve?`. To approve, comment exactly `approve`" in ann
        assert "@mallory, [your comment](" in mallory
        assert "only the approvers of this request can answer it." in mallory

    def test_nobody_gets_more_than_three(self, stage: Stage) -> None:
        for number in range(6):
            stage.says(0.1 + number / 10, "ann", "aproved" + "!" * number)
        assert len(only(stage, "devops-team").hints()) == 3

    def test_strangers_share_ten_reactions(self, stage: Stage) -> None:
        for number in range(30):
            stage.says(0.1 + number / 100, f"stranger{number}", "approve")
        end = only(stage, "devops-team")
        assert end.issue is not None
        assert sum(len(c.reactions) for c in end.issue.comments) == 10

    def test_a_vote_that_was_edited_loses_its_thumb(self, stage: Stage) -> None:
        stage.says(1, "ann", "approve")
        stage.edits(2, "ann", "approve - more")
        end = stage.run({"timeout-minutes": "5"})
        assert end.reactions("ann") == [["confused"]]

    def test_a_deleted_status_is_written_again(self, stage: Stage) -> None:
        stage.at(1, lambda: stage.world.delete_comment(stage.last("acme-approval-gate[bot]"), by="bob"))
        stage.says(2, "ann", "approve")
        end = stage.run({"timeout-minutes": "5"})
        assert "1 of 2 approvals" in end.status_comment()


def test_the_log_has_no_line_for_each_poll(stage: Stage) -> None:
    end = stage.run()
    assert len(end.log.splitlines()) < 20


def test_a_flood_of_strangers_keeps_record_and_outputs_small(stage: Stage) -> None:
    for number in range(400):
        stage.says(0.1 + number / 1000, f"s{number}", "approve - " + "x" * 3000)
    end = only(stage, "devops-team")
    assert len(end.outputs["decision"]) < 600_000
    assert end.record["left_out"]["comments"] > 100
    assert len(end.closing()) < 65_000
