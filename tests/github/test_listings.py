"""Approvers as teams already keep them: an environment's reviewers, and people with a right."""

import json
from collections.abc import Callable

import pytest

from approval_gate.core.model import Ineligibility
from approval_gate.core.names import explained
from approval_gate.errors import OutageError
from tests.github.scene import SHOP, Scene, error
from tests.github.test_people import (
    changed,
    find,
    gather,
    ineligibilities,
    lost_after,
    problems,
    roles,
    roster,
    who,
)

ENVIRONMENT = f"/repos/{SHOP}/environments/production"
PEOPLE = f"/repos/{SHOP}/collaborators"


@pytest.fixture(autouse=True)
def shop(scene: Scene) -> None:
    """Two people and a team review what goes to production, and other people have other rights."""
    scene.world.team("acme/devops", ["ann", "bob"])
    scene.world.permit(SHOP, "write", "acme/devops")
    scene.world.permit(SHOP, "none", "ann", "bob")
    scene.world.permit(SHOP, "write", "cy")
    scene.world.permit(SHOP, "admin", "root")
    scene.world.permit(SHOP, "maintain", "mia")
    scene.world.permit(SHOP, "triage", "tim")
    scene.world.environment(SHOP, "production", reviewers=["cy", "acme/devops", "mia"])


def told(scene: Scene, *names: str, token: str = "app") -> tuple[str, str]:
    """Return what is wrong with names, and what to do."""
    return explained(problems(scene, *names, token=token))


def asked(scene: Scene) -> list[str]:
    return [request.path for request in scene.world.requests]


# An environment's reviewers --------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["environment:production", "@environment:production", "Environment: PRODUCTION"]
)
def test_an_environments_reviewers_are_approvers(scene: Scene, name: str) -> None:
    members = roster(scene, name)
    assert who(members) == ["cy", "ann", "bob", "mia"]
    assert all(member.roles == (name,) and member.ineligibility is None for member in members)


def test_reading_an_environment_with_a_team_and_two_users_takes_five_requests(scene: Scene) -> None:
    roster(scene, "environment:production")
    assert asked(scene) == [
        ENVIRONMENT,
        f"{PEOPLE}/cy/permission",
        f"/orgs/acme/teams/devops/repos/{SHOP}",
        "/orgs/acme/teams/devops/members",
        f"{PEOPLE}/mia/permission",
    ]


def test_the_recheck_of_two_who_approved_reads_the_environment_again_and_them(scene: Scene) -> None:
    people = scene.people()
    members = {member.login: member for member in gather(people, roles("environment:production"))}
    before = len(scene.world.requests)
    found = {now.member.login: now for now in people.recheck([members["cy"], members["ann"]]).values()}
    assert asked(scene)[before:] == [
        ENVIRONMENT,
        f"{PEOPLE}/cy/permission",
        "/orgs/acme/teams/devops/members",
        f"/orgs/acme/teams/devops/repos/{SHOP}",
    ]
    assert {login: [it.answer for it in now.membership] for login, now in found.items()} == {
        "cy": ["environment:production names user:cy; user cy: the same account"],
        "ann": ["environment:production names acme/devops; team acme/devops: listed"],
    }
    assert {login: now.write for login, now in found.items()} == {
        "cy": "permission write",
        "ann": "team acme/devops: push",
    }


def test_an_environments_name_can_have_blanks_and_slashes(scene: Scene) -> None:
    scene.world.environment(SHOP, "EU / production #1", reviewers=["cy"])
    assert who(roster(scene, "environment:EU / production #1")) == ["cy"]
    assert lost_after(scene, ["environment:EU / production #1"], lambda: None) == {}


def test_a_reviewer_without_write_access_cannot_approve(scene: Scene) -> None:
    scene.world.environment(SHOP, "production", reviewers=["cy", "tim"])
    members = roster(scene, "environment:production")
    assert ineligibilities(members) == {"cy": None, "tim": Ineligibility.NO_WRITE}
    (named,) = find(scene, "environment:production")
    assert [person.login for person in named.listed] == ["cy", "tim"]


def test_an_environments_reviewers_need_no_write_access_where_that_is_not_required(scene: Scene) -> None:
    scene.world.environment(SHOP, "production", reviewers=["tim", "acme/devops"])
    members = roster(scene, "environment:production", require_write=False)
    assert ineligibilities(members) == {"tim": None, "ann": None, "bob": None}


@pytest.mark.parametrize(
    ("remaining", "lost"),
    [
        (["acme/devops", "mia"], ["cy"]),
        (["cy", "mia"], ["ann", "bob"]),
        (["cy", "ann", "mia"], ["ann", "bob"]),
        ([], ["cy", "ann", "bob", "mia"]),
    ],
)
def test_a_former_reviewer_cannot_approve(scene: Scene, remaining: list[str], lost: list[str]) -> None:
    act = lambda: scene.world.environment(SHOP, "production", reviewers=remaining)  # noqa: E731 - one line
    assert lost_after(scene, ["environment:production"], act) == dict.fromkeys(lost, Ineligibility.LEFT)


def test_after_an_environment_was_deleted_none_of_its_reviewers_can_approve(scene: Scene) -> None:
    lost = lost_after(scene, ["environment:production"], scene.world.repos[SHOP].environments.clear)
    assert lost == dict.fromkeys(("cy", "ann", "bob", "mia"), Ineligibility.LEFT)


def test_a_reviewer_whose_name_another_account_took_over_cannot_approve(scene: Scene) -> None:
    def take_over() -> None:
        scene.world.rename_user("cy", "cyrus")
        scene.world.permit(SHOP, "write", "cy")
        scene.world.environment(SHOP, "production", reviewers=["cy", "acme/devops", "mia"])

    assert lost_after(scene, ["environment:production"], take_over) == {"cy": Ineligibility.LEFT}


def test_an_environment_that_is_not_there_is_named_with_the_repository(scene: Scene) -> None:
    assert told(scene, "environment:prod") == (
        '"environment:prod" is not an environment of acme/shop.',
        "Correct the name, or create the environment in the repository's settings.",
    )


def test_several_environments_that_are_not_there_are_named_together(scene: Scene) -> None:
    scene.world.environment(SHOP, "eu")
    assert told(scene, "environment:a", "environment:b", "environment:eu")[0] == (
        '"environment:a" and "environment:b" are not environments of acme/shop. '
        '"environment:eu" is an environment without required reviewers.'
    )


def test_an_environment_without_reviewers_has_no_approvers(scene: Scene) -> None:
    scene.world.environment(SHOP, "staging", wait_timer=5, branches="protected")
    assert told(scene, "environment:staging") == (
        '"environment:staging" is an environment without required reviewers.',
        "Add them in the repository's settings, or name the approvers.",
    )


def test_an_environment_that_the_token_cannot_read_says_what_to_grant(scene: Scene) -> None:
    scene.world.token(
        "little", login="little[bot]", app="little", permissions={"issues": "write"}, repos=[SHOP]
    )
    assert told(scene, "environment:production", token="little") == (
        '"environment:production" is an environment that this token cannot read.',
        "Grant the token `actions: read`.",
    )


def test_a_reviewing_team_that_the_token_cannot_see_is_named_with_the_environment(scene: Scene) -> None:
    cause, remedy = told(scene, "environment:production", token="job")
    assert cause == '"acme/devops of environment:production" is not a team that this token can see.'
    assert "`Members: read`" in remedy


def test_reviewers_who_are_people_are_read_with_a_token_that_sees_no_teams(scene: Scene) -> None:
    scene.world.environment(SHOP, "production", reviewers=["cy", "mia"])
    assert who(roster(scene, "environment:production", token="job")) == ["cy", "mia"]


def test_an_enterprise_team_that_reviews_is_refused(scene: Scene) -> None:
    scene.world.team("acme/ent:ops", ["ann"])
    scene.world.environment(SHOP, "production", reviewers=["acme/ent:ops"])
    cause, _ = told(scene, "environment:production")
    assert cause.startswith('"acme/ent:ops of environment:production" is an enterprise team')


def test_a_bot_that_reviews_cannot_approve(scene: Scene) -> None:
    scene.world.user("deployer[bot]", kind="Bot")
    scene.world.environment(SHOP, "production", reviewers=["deployer[bot]", "cy"])
    assert ineligibilities(roster(scene, "environment:production")) == {
        "deployer[bot]": Ineligibility.BOT,
        "cy": None,
    }


def test_one_refusal_of_an_environment_is_confirmed_before_it_is_believed(scene: Scene) -> None:
    scene.fault(f"{ENVIRONMENT}$", status=404)
    assert who(roster(scene, "environment:production")) == ["cy", "ann", "bob", "mia"]
    act = lambda: scene.fault(f"{ENVIRONMENT}$", status=403)  # noqa: E731 - one line
    assert lost_after(scene, ["environment:production"], act) == {}


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{}",
        '{"name": "staging", "protection_rules": []}',
        '{"name": "production", "protection_rules": [{"type": "required_reviewers"}]}',
        '{"name": "production", "protection_rules": [{"type": "required_reviewers", "reviewers": [{}]}]}',
        *(
            '{"name": "production", "protection_rules": [{"type": "required_reviewers", "reviewers": '
            f'[{{"type": {kind}, "reviewer": {reviewer}}}]}}]}}'
            for kind, reviewer in (
                ('"User"', "null"),
                ('"User"', '{"slug": "devops"}'),
                ('"Team"', '{"login": "ann"}'),
                ('"Robot"', '{"login": "ann", "slug": "ann"}'),
            )
        ),
    ],
)
def test_an_environment_of_another_shape_is_an_outage(scene: Scene, body: str) -> None:
    scene.fault(f"{ENVIRONMENT}$", status=200, body=body, times=None)
    error(OutageError, lambda: roster(scene, "environment:production"))


# People with a right ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("role:write", ["ann", "bob", "cy", "root", "mia"]),
        ("role:maintain", ["root", "mia"]),
        ("role:admin", ["root"]),
        ("@Role:Maintain", ["root", "mia"]),
    ],
)
def test_a_role_is_everyone_who_has_at_least_that_right(scene: Scene, name: str, people: list[str]) -> None:
    members = roster(scene, name, token="job")
    assert set(who(members)) == set(people)
    assert all(member.roles == (name,) and member.ineligibility is None for member in members)


def test_250_people_with_a_right_are_read_in_three_requests(scene: Scene) -> None:
    scene.world.permit(SHOP, "write", *(f"dev{number}" for number in range(245)))
    members = roster(scene, "role:write")
    assert len(members) == 250
    assert all(member.ineligibility is None for member in members)
    assert [path.partition("?")[0] for path in asked(scene)] == [PEOPLE, PEOPLE, PEOPLE]


def test_a_right_in_several_roles_is_read_once(scene: Scene) -> None:
    roster(scene, "role:admin", alone=["role:admin"])
    assert asked(scene) == [PEOPLE]


def test_a_row_decides_by_its_own_right_whatever_the_filter_let_through(scene: Scene) -> None:
    everybody = scene.people()
    path = f"{PEOPLE}?permission=pull&per_page=100"
    body = scene.client().read(path).data
    scene.fault(f"{PEOPLE}$", status=200, body=json.dumps(body), times=None)
    found = gather(everybody, roles("role:maintain"))
    assert {"tim", "cy"} <= {row["login"] for row in body}
    assert set(who(found)) == {"root", "mia"}


@pytest.mark.parametrize(
    ("base", "right"), [("write", None), ("maintain", "role:maintain"), ("read", "none")]
)
def test_a_custom_role_is_the_right_that_its_permissions_include(
    scene: Scene, base: str, right: str | None
) -> None:
    scene.world.permit(SHOP, base, "cy", custom="deployer")
    assert ("cy" in who(roster(scene, "role:write"))) == (base != "read")
    assert ("cy" in who(roster(scene, "role:maintain"))) == (right == "role:maintain")


@pytest.mark.parametrize(
    ("body", "role", "held"),
    [
        ('"permission": "admin", "user": {"id": ID, "login": "root"}', "admin", "admin"),
        ('"permission": "write", "user": {"id": ID, "login": "root"}', "maintain", None),
        (
            '"permission": "write", "role_name": "x", "user": {"id": ID, "login": "root"}',
            "write",
            "x, which includes write",
        ),
        (
            (
                '"permission": "write", "role_name": "x", "user": {"id": ID, "login": "root", '
                '"permissions": {"push": true, "maintain": true, "admin": false}}'
            ),
            "maintain",
            "x, which includes maintain",
        ),
    ],
)
def test_the_right_of_a_person_is_read_as_older_servers_and_custom_roles_give_it(
    scene: Scene, body: str, role: str, held: str | None
) -> None:
    people = scene.people()
    (root,) = [one for one in gather(people, roles(f"role:{role}")) if one.login == "root"]
    text = f"{{{body.replace('ID', str(root.person.id))}}}"
    scene.fault(f"{PEOPLE}/root/permission", status=200, body=text, times=None)
    (now,) = people.recheck([root]).values()
    answer = "no longer held" if held is None else f"role:{role}: {held}"
    assert [it.answer for it in now.membership] == [answer]
    assert (now.member.ineligibility is None) == (held is not None)


def test_the_recheck_reads_each_persons_right_and_records_it(scene: Scene) -> None:
    scene.world.permit(SHOP, "maintain", "cy", custom="deployer")
    people = scene.people()
    members = gather(people, roles("role:maintain"))
    before = len(scene.world.requests)
    found = {now.member.login: now for now in people.recheck(members).values()}
    assert sorted(asked(scene)[before:]) == [
        f"{PEOPLE}/{login}/permission" for login in ("cy", "mia", "root")
    ]
    assert {login: (now.write, *(it.answer for it in now.membership)) for login, now in found.items()} == {
        "cy": ("permission write", "role:maintain: deployer, which includes maintain"),
        "mia": ("permission write", "role:maintain: maintain"),
        "root": ("permission admin", "role:maintain: admin"),
    }


@pytest.mark.parametrize(
    ("name", "login", "role", "still"),
    [
        ("role:maintain", "mia", "write", False),
        ("role:maintain", "root", "maintain", True),
        ("role:admin", "root", "maintain", False),
        ("role:write", "cy", "triage", False),
        ("role:write", "cy", "none", False),
        ("role:write", "mia", "write", True),
    ],
)
def test_a_person_who_lost_the_right_cannot_approve(
    scene: Scene, name: str, login: str, role: str, *, still: bool
) -> None:
    lost = lost_after(scene, [name], lambda: scene.world.permit(SHOP, role, login))
    assert lost == ({} if still else {login: Ineligibility.LEFT})


def test_a_person_whose_right_came_from_a_team_loses_it_with_the_team(scene: Scene) -> None:
    act = lambda: scene.world.leave("acme/devops", "bob")  # noqa: E731 - one line
    assert lost_after(scene, ["role:write"], act) == {"bob": Ineligibility.LEFT}


def test_a_person_keeps_the_role_that_a_right_no_longer_gives_through_another_name(scene: Scene) -> None:
    people = scene.people()
    members = [one for one in gather(people, roles("role:maintain", "user:mia")) if one.login == "mia"]
    scene.world.permit(SHOP, "write", "mia")
    (now,) = changed(people, members).values()
    assert (now.ineligibility, now.roles) == (None, ("user:mia",))


@pytest.mark.parametrize("require_write", [True, False])
def test_a_right_is_an_accounts_and_not_a_names(scene: Scene, *, require_write: bool) -> None:
    def take_over() -> None:
        scene.world.rename_user("mia", "maria")
        scene.world.permit(SHOP, "admin", "mia")

    lost = lost_after(scene, ["role:maintain"], take_over, require_write=require_write)
    assert lost == {"mia": Ineligibility.LEFT}


def test_a_right_that_nobody_has_is_empty(scene: Scene) -> None:
    scene.world.permit(SHOP, "write", "root")
    (named,) = find(scene, "role:admin")
    assert (named.people, named.empty, named.problems) == ((), ("role:admin",), ())


def test_a_bot_with_a_right_cannot_approve(scene: Scene) -> None:
    row = '[{"id": 9, "login": "robot[bot]", "type": "Bot", "role_name": "admin", "permissions": {}}]'
    scene.fault(f"{PEOPLE}$", status=200, body=row)
    assert ineligibilities(roster(scene, "role:admin")) == {"robot[bot]": Ineligibility.BOT}


def test_a_token_that_cannot_list_collaborators_is_told_what_to_do(scene: Scene) -> None:
    scene.world.token("reader", login="dee")
    assert told(scene, "role:admin", "role:write", token="reader") == (
        '"role:admin" and "role:write" are rights whose holders this token cannot list.',
        "Use a token that can write to the repository, or name a team or people.",
    )


def test_one_refusal_of_a_persons_right_is_confirmed_before_it_is_believed(scene: Scene) -> None:
    act = lambda: scene.fault(f"{PEOPLE}/root/permission", status=404)  # noqa: E731 - one line
    assert lost_after(scene, ["role:admin"], act) == {}


def test_one_refusal_of_the_list_is_confirmed_before_it_is_believed(scene: Scene) -> None:
    scene.fault(f"{PEOPLE}$", status=403)
    assert who(roster(scene, "role:admin")) == ["root"]


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[7]",
        '[{"id": 1, "login": "a", "permissions": {}}]',
        '[{"id": 1, "login": "a", "role_name": "x"}]',
        '[{"id": 10137, "login": "ghost", "role_name": "admin", "permissions": {}}]',
    ],
)
def test_collaborators_of_another_shape_are_an_outage(scene: Scene, body: str) -> None:
    scene.fault(f"{PEOPLE}$", status=200, body=body, times=None)
    error(OutageError, lambda: roster(scene, "role:maintain"))


# Both ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("break_", "path"),
    [
        (lambda scene: scene.fault(ENVIRONMENT, status=502, times=None), "environment:production"),
        (lambda scene: scene.fault(f"{PEOPLE}/", status=502, times=None), "role:maintain"),
    ],
)
def test_a_fault_that_lasts_through_the_recheck_is_an_outage_and_not_a_yes(
    scene: Scene, break_: Callable[[Scene], object], path: str
) -> None:
    error(OutageError, lambda: lost_after(scene, [path], lambda: break_(scene)))
