"""How approvers' names are resolved: who is asked, what is refused, and how many requests it takes."""

from collections.abc import Sequence

import pytest
from click.testing import CliRunner

from approval_gate.cli import main
from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.whole.stage import Ended, Stage

DEFAULT_TOKEN = "demo-job-token"


def only(stage: Stage, approvers: str, minimum: str = "1", **inputs: str) -> Ended:
    names = {name.replace("_", "-"): value for name, value in inputs.items()}
    return stage.run({"approvers": approvers, "minimum-approvals": minimum, "timeout-minutes": "5", **names})


def refused(end: Ended, code: str, *words: str) -> None:
    assert (end.exit_code, end.status, end.code, end.issue) == (2, "error", code, None)
    reason = end.outputs["reason"]
    for word in (*words, "No issue was opened."):
        assert word in reason, reason


def warnings(end: Ended) -> list[str]:
    return [line for line in end.log.splitlines() if "Not everybody who is listed can approve" in line]


# A name is never guessed ---------------------------------------------------------------


def squat(stage: Stage, role: str) -> None:
    """Mallory creates a team with the name of sue, who has this role now."""
    stage.world.team("acme/sue", ["mallory"])
    stage.world.permit(REPOSITORY, "write", "mallory")
    stage.world.leave("acme/platform-leads", "sue")
    stage.world.permit(REPOSITORY, role, "sue")


@pytest.mark.parametrize("role", ["write", "read", "none"])
@pytest.mark.parametrize("asked", ["devops-team,sue", "sue,devops-team", "devops-team,@sue"])
def test_a_team_created_under_an_approvers_name_cannot_approve(stage: Stage, asked: str, role: str) -> None:
    squat(stage, role)
    stage.says(1, "mallory", "approve")
    end = only(stage, asked)
    assert (end.status, end.outputs["approvers"]) == ("timed-out", "")
    assert len(warnings(end)) == (role != "write")


def test_a_user_who_shares_a_name_with_a_team_can_approve(stage: Stage) -> None:
    squat(stage, "write")
    stage.says(1, "sue", "approve")
    end = only(stage, "devops-team,sue")
    assert (end.status, end.outputs["approvers"]) == ("approved", "sue")


def test_a_team_created_under_an_approvers_name_during_the_wait_cannot_approve(
    stage: Stage,
) -> None:
    def take_over() -> None:
        squat(stage, "read")
        stage.world.permit(REPOSITORY, "write", "acme/sue")

    stage.says(1, "sue", "approve")
    stage.at(2, take_over)
    stage.says(3, "mallory", "approve")
    end = only(stage, "cid,sue", minimum="2")
    stage.says(8, "cid", "approve")
    assert (end.status, end.outputs["approvers"]) == ("timed-out", "")


def test_a_user_who_loses_write_access_before_the_confirmation_does_not_count(stage: Stage) -> None:
    stage.world.permit(REPOSITORY, "write", "hal")
    stage.says(1, "hal", "approve")
    stage.at(2, lambda: squat(stage, "read"))
    stage.at(2, lambda: stage.world.permit(REPOSITORY, "read", "hal"))
    stage.says(3, "cid", "approve")
    end = only(stage, "cid,hal", minimum="2")
    assert end.status == "timed-out"


def test_a_user_who_gains_write_access_under_a_teams_name_stops_the_next_gate(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    stage.at(0.5, lambda: stage.world.permit(REPOSITORY, "write", "devops-team"))
    github = stage.github()
    inputs = {"approvers": "devops-team", "minimum-approvals": "1", "timeout-minutes": "5"}
    first = stage.run_on(github, inputs)
    second = stage.run_on(github, inputs)
    assert first.status == "approved"
    assert (second.exit_code, second.code) == (2, "roster")


@pytest.mark.parametrize("role", ["write", "maintain", "admin"])
def test_a_name_shared_by_a_team_and_a_user_who_can_both_write_is_refused_before_the_issue_is_opened(
    stage: Stage, role: str
) -> None:
    squat(stage, "write")
    stage.world.permit(REPOSITORY, role, "acme/sue")
    refused(
        only(stage, "devops-team,sue"),
        "roster",
        '"sue" is both a team and a user with write access to acme/shop.',
        "Write `user:sue` for the user or `acme/sue` for the team.",
    )


def test_two_ambiguous_names_are_reported_together(stage: Stage) -> None:
    stage.world.permit(REPOSITORY, "write", "devops-team", "platform-leads")
    refused(
        stage.run(),
        "roster",
        '"devops-team" and "platform-leads" are both a team and a user',
        "Write `user:devops-team,user:platform-leads` for the user or `acme/devops-team,acme/platform-leads`",
    )


def test_a_renamed_account_is_not_found_under_a_name_that_nobody_has(stage: Stage) -> None:
    stage.world.rename_user("ayo-anu", "ayo")
    stage.says(1, "ayo", "approve")
    end = only(stage, "devops-team,ayo-anu")
    assert end.status == "timed-out"
    assert '"ayo-anu" is not an account on GitHub.' in warnings(end)[0]


@pytest.mark.parametrize("approvers", ["ent:ops", "acme/ent:ops", "devops-team,@ent:ops"])
def test_an_enterprise_team_is_refused_as_unreadable(stage: Stage, approvers: str) -> None:
    stage.world.team("acme/ent:ops", ["ann"])
    refused(only(stage, approvers), "roster", "an enterprise team", "Name its people, or a team")


# CODEOWNERS ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "/deploy/ @acme/devops-team # not @mallory any more\n",
        "/deploy/ @acme/devops-team\n/deploy/ @mallory bad!!owner\n",
        "/deploy/ @acme/devops-team\n[dx]* @mallory\n",
        "/deploy/ @acme/devops-team\n!/deploy/ @mallory\n",
        "/deploy/ @devops-team #@mallory\n",
    ],
)
def test_only_people_whom_github_reads_as_code_owners_become_approvers(stage: Stage, text: str) -> None:
    stage.world.permit(REPOSITORY, "write", "mallory")
    stage.world.repos[REPOSITORY].files[".github/CODEOWNERS"] = text
    stage.says(1, "mallory", "approve")
    stage.says(2, "cid", "approve")
    end = only(stage, "codeowners:/deploy/")
    assert (end.status, end.outputs["approvers"]) == ("approved", "cid")


def test_a_name_in_codeowners_is_the_user_and_not_the_team_of_that_name(stage: Stage) -> None:
    squat(stage, "write")
    stage.world.repos[REPOSITORY].files[".github/CODEOWNERS"] = "/deploy/ @sue\n"
    stage.says(1, "mallory", "approve")
    stage.says(2, "sue", "approve")
    end = only(stage, "codeowners:/deploy/")
    assert (end.status, end.outputs["approvers"]) == ("approved", "sue")


# People who cannot count -----------------------------------------------------------------


def test_one_warning_names_every_ineligible_approver_with_a_remedy_each(stage: Stage) -> None:
    stage.world.permit(REPOSITORY, "read", "reader")
    stage.says(1, "reader", "approve")
    stage.says(2, "bob", "approve")
    end = only(stage, "ann,bob,reader,gone-account", GITHUB_ACTIONS="true")
    assert (end.status, end.outputs["approvers"]) == ("approved", "bob")
    (warning,) = warnings(end)
    for words in (
        '"reader" is without write access to this repository.',
        '"gone-account" is not an account on GitHub.',
        "Give `reader` write access, or remove the name.",
        "Correct or remove `gone-account`",
    ):
        assert words in warning


def test_the_issue_names_the_ineligible_approvers(stage: Stage) -> None:
    stage.world.permit(REPOSITORY, "read", "reader")
    end = only(stage, "ann,bob,reader,gone-account")
    assert end.issue is not None
    assert "Listed, but cannot approve:\n- reader has no write access to this repository\n" in end.issue.body
    assert "@reader" not in end.issue.body


def test_the_issue_names_ten_of_many_ineligible_approvers(stage: Stage) -> None:
    stage.world.team("acme/many", ["ann", *(f"p{number}" for number in range(12))])
    end = only(stage, "acme/many")
    assert end.issue is not None
    assert end.issue.body.count(" has no write access to this repository\n") == 10
    assert "\n- and 2 more\n" in end.issue.body


def test_a_suspended_approver_is_listed_as_ineligible(stage: Stage) -> None:
    stage.world.suspend("bob")
    end = only(stage, "ann,bob,cid", minimum="2")
    assert '"bob" is not an account on GitHub.' in warnings(end)[0]


@pytest.mark.parametrize("minimum", ["", "4"])
def test_where_everyone_must_approve_each_problem_name_is_reported_with_its_remedy(
    stage: Stage, minimum: str
) -> None:
    stage.world.permit(REPOSITORY, "read", "reader", "tim")
    refused(
        only(stage, "ann,bob,reader,tim,gone-account", minimum=minimum),
        "unsatisfiable" if minimum else "roster",
        '"reader" and "tim" are without write access',
        '"gone-account" is not an account on GitHub.',
        "Give `reader,tim` write access",
        "Correct or remove `gone-account`",
    )


def test_plain_names_without_the_write_check_are_refused_with_the_form_to_write(stage: Stage) -> None:
    stage.world.permit(REPOSITORY, "read", "amy", "kim")
    for approvers, fix in (("amy,kim", "`user:amy,user:kim`"), ("ann,bob", "`user:ann,user:bob`")):
        refused(only(stage, approvers, require_write_access="false"), "input", f"write {fix}")
    assert only(stage, "user:amy,user:kim", require_write_access="false").status == "timed-out"


@pytest.mark.parametrize("approvers", ["ann", "user:ann"])
def test_an_approver_whose_own_token_runs_the_gate_learns_which_token_to_pass(
    stage: Stage, approvers: str
) -> None:
    stage.world.token("hers", login="ann")
    refused(
        only(stage, approvers, secret="hers"),
        "unsatisfiable",
        "nobody can approve",
        '"ann" is the account whose token the gate uses.',
        "Remove `secret` and `token`, or pass `${{ github.token }}`",
    )


def test_the_error_says_that_an_approver_started_the_deployment(stage: Stage) -> None:
    end = stage.run(
        {
            "approvers": "ann",
            "minimum-approvals": "1",
            "exclude-workflow-initiator-as-approver": "true",
        },
        GITHUB_ACTOR="ann",
        GITHUB_TRIGGERING_ACTOR="ann",
    )
    refused(end, "unsatisfiable", '"ann" is barred for having asked for this deployment.', "somebody other")
    assert "lower minimum-approvals" not in end.outputs["reason"]


@pytest.mark.parametrize("token", ["demo-app-token", DEFAULT_TOKEN])
@pytest.mark.parametrize("login", ["dependabot[bot]", "renovate[bot]"])
def test_the_error_says_that_the_only_approver_is_a_bot(stage: Stage, login: str, token: str) -> None:
    stage.world.user(login, kind="Bot")
    refused(
        only(stage, login, token=token),
        "unsatisfiable",
        f'"{login}" is a bot or an organisation, which cannot approve.',
        f"Name people instead of `{login}`.",
    )


@pytest.mark.parametrize(
    ("approvers", "words"),
    [
        ('["ann","bob"]', ["names are separated by commas or line ends", "Write `ann,bob`."]),
        ("ann;bob", ["names are separated by commas or line ends", "Write `ann,bob`."]),
        ("DevOps Team", ["Write a team by its slug, `devops-team`"]),
        ("ann@acme.example", ["an e-mail address", "Write the login of its account."]),
        ("ann;bob,Platform Leads", ["`ann,bob`", "`platform-leads`"]),
        ("", ["no names are given", "A variable or a secret that is not set is empty."]),
        (" , \n ", ["no names are given", "A variable or a secret that is not set is empty."]),
    ],
)
def test_an_invalid_name_is_refused_with_the_probable_meaning(
    stage: Stage, approvers: str, words: Sequence[str]
) -> None:
    refused(only(stage, approvers), "input", "approvers: ", *words)


def test_all_problems_with_names_are_reported_at_once(stage: Stage) -> None:
    end = only(stage, "acme/nope,ann;bob,ent:ops,codeowners:/docs/,ann", approve_alone="x y")
    refused(
        end,
        "input",
        '"acme/nope" is not a team that this token can see.',
        '"ann;bob" is not a name',
        '"ent:ops" is an enterprise team',
        '"codeowners:/docs/" is without an owner',
        'approve-alone: "x y" is not a name',
    )


@pytest.mark.parametrize("login", ["mallory", "kim"])
def test_where_teams_are_invisible_a_name_without_write_access_is_reported_as_a_possible_team(
    stage: Stage, login: str
) -> None:
    stage.world.permit(REPOSITORY, "read", login)
    refused(
        only(stage, f"ayo-anu,{login}", token=DEFAULT_TOKEN),
        "roster",
        f'"{login}" is not a team that this token can see, and not a user who can write to acme/shop.',
        f"Write `user:{login}` if a person is meant.",
    )
    assert only(stage, f"ayo-anu,user:{login}", token=DEFAULT_TOKEN).status == "timed-out"


@pytest.mark.parametrize(
    "name",
    [
        *("devops-team", "acme/nope", "DevOps Team", "crew", "ent:ops", "codeowners:/docs/"),
        *("environment:nowhere", "environment:bare", "environment:", "env:production", "role:owner"),
    ],
)
def test_policy_check_and_the_gate_report_a_name_alike(stage: Stage, name: str) -> None:
    stage.world.permit(REPOSITORY, "write", "devops-team")
    stage.world.team("acme/crew", ["mallory"])
    stage.world.environment(REPOSITORY, "bare")
    file = stage.folder / "policy.yml"
    file.write_text(
        f'version: 1\nroles: {{all: {{members: [ann, "{name}"]}}}}\n'
        "deployments: {standard: {minimum-approvals: 1, timeout-minutes: 5, approvers: [all]}}\n"
    )
    with stage.served() as github:
        end = stage.run_on(github, {"approvers": f"ann,{name}", "minimum-approvals": "1"})
        environ = {"GITHUB_API_URL": github.url, "GH_TOKEN": "demo-app-token"}
        arguments = ["policy", "check", str(file), "--repository", REPOSITORY]
        done = CliRunner().invoke(main, arguments, env=environ)
    wrong = end.outputs["reason"].removeprefix("approvers: ").removesuffix(" No issue was opened.")
    assert f'"{name}" is ' in wrong
    assert wrong in done.stderr


def test_too_many_names_are_refused(stage: Stage) -> None:
    refused(
        only(stage, ",".join(f"p{n}" for n in range(201))), "input", "201 names are given; it takes 1 to 200"
    )


# Where teams already keep them -----------------------------------------------------------


def confirmed(end: Ended) -> dict[str, list[str]]:
    """Return GitHub's last answers about each person's membership, as the record has them."""
    people = end.record["inputs"]["confirmation"]["people"]
    return {person["login"]: [it["answer"] for it in person["membership"]] for person in people}


def test_two_of_an_environments_reviewers_approve_with_the_workflows_own_token(stage: Stage) -> None:
    stage.world.environment(REPOSITORY, "production", reviewers=["ann", "bob", "ayo-anu"])
    stage.says(1, "cid", "approve")
    stage.says(2, "ann", "approve")
    stage.says(3, "bob", "approve")
    end = only(stage, "environment:production", "2", token=DEFAULT_TOKEN)
    assert (end.status, end.outputs["approvers"]) == ("approved", "ann,bob")
    assert confirmed(end) == {
        login: [f"environment:production names user:{login}; user {login}: the same account"]
        for login in ("ann", "bob")
    }


def test_a_maintainer_approves_with_the_workflows_own_token(stage: Stage) -> None:
    stage.world.permit(REPOSITORY, "maintain", "ann")
    stage.says(1, "cid", "approve")
    stage.says(2, "ann", "approve")
    end = only(stage, "role:maintain", token=DEFAULT_TOKEN)
    assert (end.status, end.outputs["approvers"]) == ("approved", "ann")
    assert confirmed(end) == {"ann": ["role:maintain: maintain"]}


def test_an_administrator_among_the_maintainers_approves_alone(stage: Stage) -> None:
    stage.world.permit(REPOSITORY, "maintain", "ann", "bob")
    stage.world.permit(REPOSITORY, "admin", "cid")
    stage.says(1, "ann", "approve")
    stage.says(2, "cid", "approve")
    end = only(stage, "role:maintain", "3", approve_alone="role:admin")
    assert (end.status, end.code, end.outputs["approvers"]) == ("approved", "approved-alone", "ann,cid")


@pytest.mark.parametrize("approvers", ["environment:production", "role:maintain"])
def test_a_reviewer_who_is_removed_before_the_confirmation_does_not_count(
    stage: Stage, approvers: str
) -> None:
    def remove() -> None:
        stage.world.environment(REPOSITORY, "production", reviewers=["bob"])
        stage.world.permit(REPOSITORY, "write", "ann")

    stage.world.environment(REPOSITORY, "production", reviewers=["ann", "bob"])
    stage.world.permit(REPOSITORY, "maintain", "ann", "bob")
    stage.says(1, "ann", "approve")
    stage.at(2, remove)
    stage.says(3, "bob", "approve")
    end = only(stage, approvers, "2")
    assert (end.status, end.outputs["approvers"]) == ("timed-out", "")
    assert "membership or write access was lost" in end.log


def test_a_policys_roles_can_be_an_environments_reviewers_and_a_right(stage: Stage) -> None:
    stage.world.environment(REPOSITORY, "production", reviewers=["acme/devops-team"])
    stage.world.permit(REPOSITORY, "maintain", "sue")
    stage.world.repos[REPOSITORY].files["kept.yml"] = (
        "version: 1\n"
        "roles:\n"
        '  release: {members: ["environment:production"]}\n'
        '  owner: {members: ["role:maintain"]}\n'
        "deployments:\n"
        "  standard:\n"
        "    minimum-approvals: 2\n"
        "    timeout-minutes: 5\n"
        "    approvers: [release, owner]\n"
        "    require: [{any-of: [owner], minimum: 1}]\n"
    )
    stage.says(1, "ann", "approve")
    stage.says(2, "bob", "approve")
    stage.says(3, "sue", "approve")
    flat = dict.fromkeys(("approvers", "minimum-approvals", "timeout-minutes"), "")
    end = stage.run({**flat, "policy-file": "kept.yml"})
    assert end.status == "approved"
    assert "sue" in end.outputs["approvers"].split(",")


@pytest.mark.parametrize(
    ("approvers", "code", "words"),
    [
        ("environment:prod", "roster", ["is not an environment of acme/shop.", "create the environment"]),
        ("environment:bare", "roster", ["is an environment without required reviewers.", "Add them"]),
        ("env:production", "input", ["Did you mean `environment:production`?"]),
        ("environment:", "input", ["is not a name: the environment is missing.", "`environment:production`"]),
        ("role:read", "input", ["is not a right with which people can approve.", "`role:write`"]),
        ("role:owner", "input", ["is not a right on a repository. Did you mean `role:admin`?"]),
        ("role:admin", "unsatisfiable", ["minimum-approvals is 1, but nobody can approve."]),
    ],
)
def test_an_environment_or_a_right_that_gives_no_approvers_is_refused(
    stage: Stage, approvers: str, code: str, words: Sequence[str]
) -> None:
    stage.world.environment(REPOSITORY, "bare")
    stage.world.permit(REPOSITORY, "maintain", "ayo-anu")
    refused(only(stage, approvers), code, *words)


def test_an_environment_is_refused_that_the_token_cannot_read(stage: Stage) -> None:
    stage.world.environment(REPOSITORY, "production", reviewers=["ann"])
    stage.world.token(
        "little",
        login="little[bot]",
        app="little",
        permissions={"issues": "write", "contents": "read"},
        repos=[REPOSITORY],
    )
    refused(
        only(stage, "environment:production", token="little"),
        "roster",
        '"environment:production" is an environment that this token cannot read.',
        "Grant the token `actions: read`.",
    )


def test_a_right_is_refused_whose_holders_the_token_cannot_list(stage: Stage) -> None:
    stage.world.token("reader", login="mallory")
    refused(
        only(stage, "role:maintain", token="reader"),
        "roster",
        '"role:maintain" is a right whose holders this token cannot list.',
        "Use a token that can write to the repository, or name a team or people.",
    )


def test_a_hostile_name_of_an_environment_is_shown_as_text(stage: Stage) -> None:
    name = "x` **bold** <b> @acme/platform-leads ![](https://evil.example)"
    stage.world.environment(REPOSITORY, name, reviewers=["ann"])
    stage.says(1, "ann", "approve")
    end = only(stage, f"environment:{name}")
    assert end.status == "approved"
    assert end.issue is not None
    for text in (end.issue.body, *(comment.body for comment in end.issue.comments)):
        shown = text.partition("```json")[0]
        assert shown.count("<b>") == shown.count(f"``environment:{name}``")


# Few requests ----------------------------------------------------------------------------


def requests_used(end: Ended, upto: str = "") -> int:
    """Count the requests that GitHub charged, up to and including the first one of this method and path."""
    count = 0
    for request in end.requests:
        count += request.charged
        if upto and f"{request.method} {request.path}" == upto:
            break
    return count


OPENED = f"POST /repos/{REPOSITORY}/issues"


@pytest.mark.parametrize(
    ("approvers", "minimum", "most"), [("many", "2", 15), ("acme/many", "2", 15), ("many,ayo-anu", "2", 15)]
)
@pytest.mark.parametrize("size", [5, 200])
def test_checking_a_teams_write_access_takes_few_requests_at_any_size(
    stage: Stage, approvers: str, minimum: str, most: int, size: int
) -> None:
    stage.world.team("acme/many", [f"p{number}" for number in range(size)])
    stage.world.permit(REPOSITORY, "write", "acme/many")
    assert requests_used(only(stage, approvers, minimum), OPENED) <= most


def test_two_hundred_members_of_a_team_without_write_access_are_checked_by_the_list_of_collaborators(
    stage: Stage,
) -> None:
    people = [f"p{number}" for number in range(200)]
    stage.world.team("acme/many", people)
    stage.world.permit(REPOSITORY, "write", *people)
    assert requests_used(only(stage, "acme/many", "2"), OPENED) <= 15


def test_the_processs_own_names_are_resolved_within_ten_requests(stage: Stage) -> None:
    assert requests_used(stage.run({"timeout-minutes": "1"}), "GET /user") <= 10


def test_two_approvals_of_a_team_of_five_take_thirty_requests_in_all(stage: Stage) -> None:
    stage.world.team("acme/five", [f"p{number}" for number in range(5)])
    stage.world.permit(REPOSITORY, "write", "acme/five")
    stage.says(1, "p0", "approve")
    stage.says(1, "p1", "approve")
    end = only(stage, "five", "2")
    assert end.status == "approved"
    assert requests_used(end) <= 30
