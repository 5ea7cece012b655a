"""The facts that a policy is checked against: people, the token, the environment."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from approval_gate.core.policy.findings import Finding
from approval_gate.core.policy.lint import (
    Branches,
    Environment,
    Facts,
    Holder,
    Pattern,
    Protection,
    Purpose,
)
from approval_gate.core.policy.model import Role
from approval_gate.core.roster import Named
from approval_gate.errors import OutageError, UnauthenticatedError
from approval_gate.github.facts import read_policy_facts
from tests.emulator.conformance import check_all
from tests.github.scene import EVERYTHING, SHOP, Scene, error

PLACE = f"/repos/{SHOP}/environments/production"
POLICIES = f"{PLACE}/deployment-branch-policies"


@pytest.fixture(autouse=True)
def described(scene: Scene) -> Iterator[None]:
    scene.world.team("acme/devops", ["ann", "bob"])
    scene.world.permit(SHOP, "write", "acme/devops")
    yield
    check_all(scene.world)


def ask(scene: Scene, *members: str, token: str = "app", environments: Sequence[str] = ()) -> Facts:
    role = Role(name="devops", members=members, source="roles.devops.members")
    return read_policy_facts(scene.client(token), scene.shop(), [role], environments)


# People --------------------------------------------------------------------------------


def people(scene: Scene, *logins: str) -> dict[str, Any]:
    return {"people": tuple(scene.person(login) for login in logins)}


def test_each_member_of_each_role_is_the_people_that_it_brings_in(scene: Scene) -> None:
    roles = [
        Role(name="lead", members=("cy",), source="roles.lead.members"),
        Role(name="devops", members=("acme/devops", "cy"), source="roles.devops.members"),
    ]
    found = read_policy_facts(scene.client(), scene.shop(), roles, [])
    cy = {**people(scene, "cy"), "listed": people(scene, "cy")["people"]}
    assert found.names == (
        Named(role="lead", place=0, member="cy", **cy),
        Named(role="devops", place=0, member="acme/devops", **people(scene, "ann", "bob")),
        Named(role="devops", place=1, member="cy", **cy),
    )
    assert found.writers == {scene.person(login).id for login in ("ann", "bob", "cy")}
    assert (found.repository, found.private, found.environments) == (SHOP, True, ())
    assert len(scene.asked("GET", "/cy/permission")) == 1


def test_a_bad_name_does_not_hide_the_next(scene: Scene) -> None:
    found = ask(scene, "acme/nobody", "a b", "codeowners:/x", "nobody", "cy")
    assert [[problem.cause for problem in named.problems] for named in found.names] == [
        ["not a team that this token can see"],
        ["not a name: it contains blanks"],
        ["without an owner: acme/shop has no CODEOWNERS file on its branch main"],
        [],
        [],
    ]
    assert [named.absent for named in found.names] == [(), (), (), ("nobody",), ()]
    assert found.people == (scene.person("cy"),)
    assert "No issue was opened" not in str(found.names)


def test_an_unknown_code_owner_does_not_hide_the_others(scene: Scene) -> None:
    scene.world.team("acme/bare")
    scene.world.repos[SHOP].files["CODEOWNERS"] = "/x @nobody @cy @acme/bare @acme/devops @acme/none\n"
    (named,) = ask(scene, "codeowners:/x").names
    assert named.people == tuple(scene.person(login) for login in ("cy", "ann", "bob"))
    assert named.listed == (scene.person("cy"),)
    assert (named.absent, named.empty) == (("@nobody",), ("@acme/bare",))
    assert [problem.name for problem in named.problems] == ["@acme/none of codeowners:/x"]


def test_an_invisible_team_is_refused_with_the_needed_permission(scene: Scene) -> None:
    (named,) = ask(scene, "devops", token="job").names
    (wrong,) = named.problems
    assert wrong.cause == "neither a user nor a team that this token can see"
    assert "GITHUB_TOKEN cannot have" in wrong.remedy


def test_readers_and_bots_are_not_writers(scene: Scene) -> None:
    scene.world.permit(SHOP, "write", "app[bot]")
    found = ask(scene, "user:dee", "user:app[bot]", "ann")
    assert found.writers == {scene.person("ann").id}
    assert [person.bot for person in found.people] == [False, True, False]


def test_a_fault_is_not_an_absent_person(scene: Scene) -> None:
    scene.fault(f"/repos/{SHOP}/collaborators/ann", status=502, times=None)
    error(OutageError, lambda: ask(scene, "user:ann"))


# The token -----------------------------------------------------------------------------


def test_a_jobs_own_token_is_distinguished_from_an_apps(scene: Scene) -> None:
    scene.world.token(
        "own", login="github-actions[bot]", app="github-actions", permissions=EVERYTHING, repos=[SHOP]
    )
    for name, holder in (("own", Holder.JOB), ("app", Holder.APP)):
        found = ask(scene, "ann", token=name)
        assert found.token is not None
        assert (found.token.holder, found.token.expires_at, found.own) == (holder, None, None)


def test_graphql_may_leave_the_bot_out_of_a_login(scene: Scene) -> None:
    body = '{"data": {"viewer": {"databaseId": 1, "login": "github-actions"}}}'
    scene.fault("/graphql", method="POST", status=200, body=body)
    found = ask(scene, "ann")
    assert found.token is not None
    assert found.token.holder is Holder.JOB


def test_a_persons_token_expires_when_github_says(scene: Scene) -> None:
    ends = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
    scene.world.token("hers", login="ann").expires_at = ends
    found = ask(scene, "cy", token="hers")
    assert found.token is not None
    assert (found.token.holder, found.token.expires_at) == (Holder.PERSON, ends)
    assert found.own == scene.person("ann")
    assert found.token.seen_at == scene.world.now()
    assert scene.asked("POST", "/graphql") == []


def test_a_persons_token_can_have_no_expiry(scene: Scene) -> None:
    scene.world.token("hers", login="ann")
    found = ask(scene, "cy", token="hers")
    assert found.token is not None
    assert (found.token.holder, found.token.expires_at) == (Holder.PERSON, None)


@pytest.mark.parametrize(
    ("header", "hour"),
    [
        ("2026-03-04 09:00:00 UTC", 9),
        ("2026-03-04 09:00:00 +0200", 7),
        ("2026-03-04 09:00:00 -0700", 16),
        ("2026-03-04T09:00:00Z", 9),
        ("2026-03-04 09:00:00", None),
        ("soon", None),
    ],
)
def test_the_expiry_of_a_token_is_read_in_every_format_or_unknown(
    scene: Scene, header: str, hour: int | None
) -> None:
    scene.world.token("hers", login="ann")
    body = f'{{"id": {scene.person("ann").id}, "login": "ann", "type": "User"}}'
    headers = {"github-authentication-token-expiration": header}
    scene.fault("/user$", status=200, body=body, headers=headers)
    found = ask(scene, "cy", token="hers").token
    if hour is None:
        assert found is None
    else:
        assert found is not None
        assert found.expires_at == datetime(2026, 3, 4, hour, 0, tzinfo=UTC)


def test_the_owner_of_a_token_can_be_unknown(scene: Scene) -> None:
    scene.world.tokens["job"].graphql = False
    assert ask(scene, "ann", token="job").token is None


@pytest.mark.parametrize("viewer", ["null", '{"login": null}', '{"login": 7}', "[]"])
def test_an_account_of_another_shape_is_an_outage(scene: Scene, viewer: str) -> None:
    body = f'{{"data": {{"viewer": {viewer}}}}}'
    scene.fault("/graphql", method="POST", status=200, body=body, times=None)
    error(OutageError, lambda: ask(scene, "ann"))


def test_a_refused_token_is_not_a_problem_with_names(scene: Scene) -> None:
    error(UnauthenticatedError, lambda: ask(scene, "ann", token="nobody's"))


# The environment -----------------------------------------------------------------------


BARE = Protection(reviewed=False, wait_minutes=0, branches=Branches.ANY)


def protection(scene: Scene, name: str = "production", **how: Any) -> Protection | Finding | None:
    (found,) = ask(scene, environments=[name], **how).environments
    assert found == Environment(name=name, protection=found.protection)
    return found.protection


def test_an_environment_is_read_with_all_its_protection_rules(scene: Scene) -> None:
    scene.world.environment(
        SHOP,
        "production",
        reviewers=["ann", "acme/devops"],
        wait_timer=30,
        branches=[("branch", "main"), ("tag", "v*")],
    )
    assert protection(scene) == Protection(
        reviewed=True,
        wait_minutes=30,
        branches=Branches.NAMED,
        patterns=(Pattern(kind="branch", name="main"), Pattern(kind="tag", name="v*")),
    )


@pytest.mark.parametrize(
    ("branches", "taken"), [(None, Branches.ANY), ("protected", Branches.PROTECTED), ([], Branches.NAMED)]
)
def test_an_environment_without_protection_has_none(
    scene: Scene, branches: str | Sequence[tuple[str, str]] | None, taken: Branches
) -> None:
    scene.world.environment(SHOP, "production", branches=branches)
    assert protection(scene) == replace(BARE, branches=taken)
    asked = scene.asked("GET", "/deployment-branch-policies")
    assert len(asked) == (taken is Branches.NAMED)


def test_more_patterns_than_a_page_holds_are_all_read(scene: Scene) -> None:
    scene.world.environment(SHOP, "production", branches=[("tag", f"v{number}") for number in range(230)])
    found = protection(scene)
    assert isinstance(found, Protection)
    assert len(found.patterns) == 230


@pytest.mark.parametrize("name", ["eu/west 1", "größe", "50%", "a?b#c"])
def test_an_environment_of_any_name_is_found(scene: Scene, name: str) -> None:
    scene.world.environment(SHOP, name, branches=[("branch", "main")])
    found = protection(scene, name)
    assert isinstance(found, Protection)
    assert found.patterns == (Pattern(kind="branch", name="main"),)


def test_a_slash_in_a_name_is_escaped(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    client, sent = scene.client(), []
    read = client.read
    monkeypatch.setattr(client, "read", lambda path, *rest: (sent.append(path), read(path, *rest))[1])
    scene.world.environment(SHOP, "eu/west 1", branches=[("branch", "main")])
    read_policy_facts(client, scene.shop(), [], ["eu/west 1"])
    address = f"/repos/{SHOP}/environments/eu%2Fwest%201"
    assert [path for path in sent if path.startswith(address)][:2] == [
        address,
        f"{address}/deployment-branch-policies",
    ]


def test_companion_environments_are_read_if_they_exist(scene: Scene) -> None:
    for name in ("production", "staging", "production-rollback", "approval-gate", "test-rollback"):
        scene.world.environment(SHOP, name)
    found = ask(scene, environments=["production", "staging", "none"]).environments
    assert [(one.name, one.purpose) for one in found] == [
        ("production", Purpose.DEPLOYMENT),
        ("staging", Purpose.DEPLOYMENT),
        ("none", Purpose.DEPLOYMENT),
        ("production-rollback", Purpose.ROLLBACK),
        ("approval-gate", Purpose.GATE),
    ]
    assert [one.protection for one in found] == [BARE, BARE, None, BARE, BARE]


def test_a_named_environment_is_read_once_as_a_deployment_environment(scene: Scene) -> None:
    scene.world.environment(SHOP, "approval-gate")
    (found,) = ask(scene, environments=["approval-gate", "approval-gate"]).environments
    assert found.purpose is Purpose.DEPLOYMENT


def test_an_unreadable_companion_environment_is_not_reported_twice(scene: Scene) -> None:
    scene.world.environment(SHOP, "production")
    scene.world.tokens["app"].permissions = {"issues": "write", "contents": "read"}
    (found,) = ask(scene, environments=["production"]).environments
    assert isinstance(found.protection, Finding)


def test_a_review_rule_without_reviewers_does_not_count(scene: Scene) -> None:
    body = '{"name": "production", "protection_rules": [{"type": "required_reviewers", "reviewers": []}]}'
    scene.fault(f"{PLACE}$", status=200, body=body)
    assert protection(scene) == BARE


def test_a_missing_environment_has_no_protection(scene: Scene) -> None:
    assert protection(scene) is None


@pytest.mark.parametrize("path", [f"{PLACE}$", POLICIES])
def test_for_an_unreadable_environment_the_missing_permission_is_named(scene: Scene, path: str) -> None:
    scene.world.environment(SHOP, "production", branches=[("branch", "main")])
    said = {"x-accepted-github-permissions": "environments=read"}
    for headers, grant in ((said, "environments"), ({}, "actions")):
        scene.fault(path, status=403, headers=headers)
        assert protection(scene) == Finding(
            problem="the token cannot read it.", remedy=f"Grant the token `{grant}: read`."
        )


def test_the_embedded_githubs_refusal_names_the_permission_too(scene: Scene) -> None:
    scene.world.environment(SHOP, "production")
    scene.world.tokens["app"].permissions = {"issues": "write", "contents": "read"}
    found = protection(scene)
    assert isinstance(found, Finding)
    assert found.remedy == "Grant the token `actions: read`."


def test_rules_of_a_server_without_tag_rules_are_for_branches(scene: Scene) -> None:
    scene.world.environment(SHOP, "production", branches=[("branch", "x")])
    body = '{"total_count": 1, "branch_policies": [{"id": 1, "name": "main"}]}'
    scene.fault(POLICIES, status=200, body=body)
    found = protection(scene)
    assert isinstance(found, Protection)
    assert found.patterns == (Pattern(kind="branch", name="main"),)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{PLACE}$", "[]"),
        (f"{PLACE}$", "{}"),
        (f"{PLACE}$", '{"name": "other", "deployment_branch_policy": null}'),
        (f"{PLACE}$", '{"name": "production", "protection_rules": [{"type": "wait_timer"}]}'),
        (f"{PLACE}$", '{"name": "production", "protection_rules": [7]}'),
        (f"{PLACE}$", '{"name": "production", "deployment_branch_policy": {}}'),
        (f"{PLACE}$", '{"name": "production", "deployment_branch_policy": {"custom_branch_policies": true}}'),
        (POLICIES, "[]"),
        (POLICIES, '{"branch_policies": [{}]}'),
        (POLICIES, '{"branch_policies": null}'),
    ],
)
def test_an_environment_of_another_shape_is_an_outage(scene: Scene, path: str, body: str) -> None:
    scene.world.environment(SHOP, "production", branches=[("branch", "main")])
    scene.fault(path, status=200, body=body, times=None)
    error(OutageError, lambda: protection(scene))


def test_a_name_that_changes_the_address_is_not_an_environment(scene: Scene) -> None:
    scene.fault(f"/repos/{SHOP}/$", status=404)
    assert protection(scene, "..") is None
    shop = scene.fault(f"/repos/{SHOP}/$", status=200, body='{"name": "shop"}')
    error(OutageError, lambda: protection(scene, ".."))
    scene.world.faults.remove(shop)
    scene.world.requests[:] = [r for r in scene.world.requests if r.path != f"/repos/{SHOP}/"]
