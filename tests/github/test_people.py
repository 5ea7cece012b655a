"""From names to people, and whether they still are who they were."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approval_gate.core.model import Bar, Member
from approval_gate.core.policy import NAMES, Role, flat
from approval_gate.errors import (
    GateError,
    InputError,
    OutageError,
    PermissionDeniedError,
    RosterError,
    UnauthenticatedError,
)
from approval_gate.github.people import People, account_id
from tests.github.scene import SHOP, Scene, error

OWNERS = """\
*            @ann
/deploy/     @acme/devops @bob
/deploy/db/  @cy
/mail/       ann@example.com
/none/
"""


@pytest.fixture(autouse=True)
def teams(scene: Scene) -> None:
    scene.world.team("acme/devops", ["ann", "bob"])
    scene.world.permit(SHOP, "admin", "root")
    scene.world.permit(SHOP, "maintain", "mia")
    scene.world.permit(SHOP, "triage", "tim")
    scene.world.user("stranger")


def roster(scene: Scene, *names: str, alone: Sequence[str] = (), **how: Any) -> tuple[Member, ...]:
    people = scene.people(how.pop("token", "app"), require_write=how.pop("require_write", True))
    barred = {scene.person(login).id: Bar.INITIATOR for login in how.pop("initiators", ())}
    own = how.pop("own", None)
    return people.roster(roles(*names, alone=alone), barred, scene.person(own) if own else None)


def roles(*names: str, alone: Sequence[str] = ()) -> tuple[Role, ...]:
    """Make the roles that these inputs are."""
    return flat(
        deployment_type="standard",
        approvers=names,
        alone=alone,
        minimum=None,
        window=timedelta(minutes=60),
        exclude_initiator=False,
    ).roles


def who(members: Sequence[Member]) -> list[str]:
    return [member.person.login for member in members]


# Names -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("ann", ["ann"]),
        ("@ann", ["ann"]),
        ("ANN", ["ann"]),
        ("user:ann", ["ann"]),
        ("@user:ann", ["ann"]),
        ("user:@ann", ["ann"]),
        ("USER:Ann", ["ann"]),
        ("devops", ["ann", "bob"]),
        ("@devops", ["ann", "bob"]),
        ("acme/devops", ["ann", "bob"]),
        ("@acme/devops", ["ann", "bob"]),
        ("ACME/DevOps", ["ann", "bob"]),
        ("mia", ["mia"]),
        ("root", ["root"]),
    ],
)
def test_a_name_is_people(scene: Scene, name: str, people: list[str]) -> None:
    members = roster(scene, name)
    assert who(members) == people
    assert all(member.roles == (name,) and member.bar is None for member in members)


def test_a_name_is_a_team_before_it_is_a_user(scene: Scene) -> None:
    scene.world.permit(SHOP, "write", "devops")
    assert who(roster(scene, "devops")) == ["ann", "bob"]
    assert who(roster(scene, "user:devops")) == ["devops"]


def test_a_users_repository_has_no_teams_to_ask_for(scene: Scene) -> None:
    repository = scene.shop().__class__(
        full_name=SHOP, has_issues=True, private=True, default_branch="main", owner_is_organization=False
    )
    people = People(scene.client(), repository, require_write=True)
    assert who(people.roster(roles("ann"), {}, None)) == ["ann"]
    assert scene.asked("GET", "/teams/ann") == []


def test_a_team_brings_its_child_teams_members(scene: Scene) -> None:
    scene.world.team("acme/platform", ["bob"])
    scene.world.team("acme/platform-leads", ["cy"], parent="acme/platform")
    assert who(roster(scene, "platform")) == ["bob", "cy"]


def test_a_team_of_hundreds_is_read_whole(scene: Scene) -> None:
    crowd = [f"p{n}" for n in range(210)]
    scene.world.permit(SHOP, "write", *crowd)
    scene.world.team("acme/all", crowd)
    assert who(roster(scene, "all")) == crowd


def test_a_member_whose_account_is_gone_is_passed_over(scene: Scene) -> None:
    (ann,) = scene.world.teams["acme", "devops"].members[:1]
    body = f'[null, {{"id": {ann.id}, "login": "ann", "type": "User"}}]'
    scene.fault("/orgs/acme/teams/devops/members", status=200, body=body)
    assert who(roster(scene, "devops")) == ["ann"]


def test_one_who_comes_by_several_names_is_one_person(scene: Scene) -> None:
    members = roster(scene, "ann", "Ann", "devops", "user:ann", "ann")
    assert who(members) == ["ann", "bob"]
    assert members[0].roles == ("ann", "Ann", "devops", "user:ann")
    assert members[1].roles == ("devops",)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "@",
        "a b",
        "-ann",
        "a/b/c",
        "acme/",
        "/devops",
        "../x",
        "ann?x",
        "user:",
        "user:a/b/c",
        "ä",
        "x" * 101,
    ],
)
def test_what_is_no_name_is_refused_with_the_option(scene: Scene, name: str) -> None:
    met = error(InputError, lambda: roster(scene, name))
    assert met.problem.startswith(f"approvers: {name!r}")
    assert "org/team" in met.remedy
    assert scene.world.requests == []


@pytest.mark.parametrize(("names", "said"), [([], "no names"), (["ann"] * (NAMES + 1), "201 names")])
def test_too_many_names_or_none_are_refused(scene: Scene, names: list[str], said: str) -> None:
    assert said in error(InputError, lambda: roster(scene, *names)).problem


def test_as_many_names_as_there_may_be_are_taken(scene: Scene) -> None:
    assert who(roster(scene, *["ann"] * NAMES)) == ["ann"]


@pytest.mark.parametrize("name", ["nobody", "user:nobody", "acme/nobody", "other/devops"])
def test_a_name_that_is_nobody_stops_the_gate(scene: Scene, name: str) -> None:
    met = error(RosterError, lambda: roster(scene, "ann", name))
    assert f'approvers: "{name}"' in met.problem
    assert "No issue was opened." in met.remedy


@pytest.mark.parametrize("name", ["devops", "acme/devops"])
def test_a_team_that_the_token_cannot_read_says_what_it_takes(scene: Scene, name: str) -> None:
    met = error(RosterError, lambda: roster(scene, name, token="job"))
    assert "`Members: read`" in met.remedy
    assert "GITHUB_TOKEN cannot have" in met.remedy


def test_a_team_that_is_refused_is_one_that_cannot_be_read(scene: Scene) -> None:
    scene.fault("/orgs/acme/teams/devops", status=403, times=None)
    assert "`Members: read`" in error(RosterError, lambda: roster(scene, "acme/devops")).remedy


@pytest.mark.parametrize("require_write", [True, False])
def test_a_stranger_who_registered_a_teams_name_does_not_get_in(scene: Scene, *, require_write: bool) -> None:
    scene.world.user("devops")
    met = error(RosterError, lambda: roster(scene, "devops", token="job", require_write=require_write))
    assert '"devops" is no team that this token can see, and ' in met.problem


def test_a_fault_while_resolving_passes(scene: Scene) -> None:
    for path in (
        "/orgs/acme/teams/devops$",
        "/orgs/acme/teams/devops/members",
        "/repos/acme/shop/collaborators",
    ):
        scene.fault(path, status=502)
    assert who(roster(scene, "devops")) == ["ann", "bob"]


def test_a_refused_token_is_no_matter_of_names(scene: Scene) -> None:
    error(UnauthenticatedError, lambda: roster(scene, "ann", token="nobody's"))


# Alone -------------------------------------------------------------------------------


def test_who_approves_alone_is_marked(scene: Scene) -> None:
    members = roster(scene, "devops", "cy", alone=["cy", "user:bob"])
    assert [(member.person.login, member.roles) for member in members] == [
        ("ann", ("devops",)),
        ("bob", ("devops", "user:bob")),
        ("cy", ("cy",)),
    ]


def test_who_approves_alone_must_be_among_the_approvers(scene: Scene) -> None:
    met = error(InputError, lambda: roster(scene, "ann", alone=["devops"]))
    assert met.problem == "approve-alone: bob (devops) is not among the approvers."


def test_a_bad_name_among_those_who_approve_alone_is_named_by_its_option(scene: Scene) -> None:
    assert error(InputError, lambda: roster(scene, "ann", alone=["a b"])).problem.startswith("approve-alone:")


# CODEOWNERS --------------------------------------------------------------------------


@pytest.mark.parametrize("file", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"])
@pytest.mark.parametrize(
    ("path", "people"),
    [
        ("/deploy/", ["ann", "bob"]),
        ("deploy/", ["ann", "bob"]),
        ("/deploy/db/x.sql", ["cy"]),
        ("/README.md", ["ann"]),
    ],
)
def test_code_owners_are_approvers(scene: Scene, file: str, path: str, people: list[str]) -> None:
    scene.world.repos[SHOP].files[file] = OWNERS
    members = roster(scene, f"codeowners:{path}")
    assert who(members) == people
    assert members[0].roles == (f"codeowners:{path}",)


def test_the_file_that_github_looks_at_first_counts(scene: Scene) -> None:
    scene.world.repos[SHOP].files |= {"CODEOWNERS": "* @bob", ".github/CODEOWNERS": "* @cy"}
    assert who(roster(scene, "CodeOwners:/x")) == ["cy"]


def test_without_a_file_there_are_no_code_owners(scene: Scene) -> None:
    met = error(RosterError, lambda: roster(scene, "codeowners:/deploy/"))
    assert "has none on its branch main" in met.problem
    assert "No issue was opened." in met.remedy


@pytest.mark.parametrize(
    ("path", "said"), [("/none/x", "gives /none/x no owner"), ("", "gives an empty path no owner")]
)
def test_a_path_that_nobody_owns_is_refused(scene: Scene, path: str, said: str) -> None:
    scene.world.repos[SHOP].files["CODEOWNERS"] = OWNERS
    assert said in error(RosterError, lambda: roster(scene, f"codeowners:{path}")).problem


def test_a_mail_address_is_no_account(scene: Scene) -> None:
    scene.world.repos[SHOP].files["CODEOWNERS"] = OWNERS
    met = error(RosterError, lambda: roster(scene, "codeowners:/mail/x"))
    assert "ann@example.com" in met.problem


def test_an_owner_who_is_nobody_is_named_with_what_was_given(scene: Scene) -> None:
    scene.world.repos[SHOP].files["CODEOWNERS"] = "* @nobody"
    assert "codeowners:/x" in error(RosterError, lambda: roster(scene, "codeowners:/x")).problem


# Bars --------------------------------------------------------------------------------


def bars(members: Sequence[Member]) -> dict[str, Bar | None]:
    return {member.person.login: member.bar for member in members}


def test_who_cannot_write_is_barred(scene: Scene) -> None:
    scene.world.team("acme/mixed", ["ann", "dee", "tim", "stranger", "mia", "root"])
    assert bars(roster(scene, "mixed")) == {
        "ann": None,
        "dee": Bar.NO_WRITE,
        "tim": Bar.NO_WRITE,
        "stranger": Bar.NO_WRITE,
        "mia": None,
        "root": None,
    }


def test_who_asked_for_the_deployment_is_barred(scene: Scene) -> None:
    assert bars(roster(scene, "devops", initiators=["bob", "cy"])) == {"ann": None, "bob": Bar.INITIATOR}


def test_an_initiator_without_write_access_has_no_voice_at_all(scene: Scene) -> None:
    scene.world.team("acme/mixed", ["dee"])
    assert bars(roster(scene, "mixed", initiators=["dee"])) == {"dee": Bar.NO_WRITE}


def test_the_tokens_own_account_is_barred(scene: Scene) -> None:
    assert bars(roster(scene, "devops", own="ann", initiators=["ann"])) == {
        "ann": Bar.OWN_ACCOUNT,
        "bob": None,
    }


def test_a_bot_is_barred(scene: Scene) -> None:
    scene.world.permit(SHOP, "write", "app[bot]")
    assert bars(roster(scene, "app[bot]", own="app[bot]")) == {"app[bot]": Bar.BOT}


def test_somebody_whose_rights_github_does_not_know_cannot_write(scene: Scene) -> None:
    scene.fault(f"/repos/{SHOP}/collaborators/ann", status=404, times=None)
    assert bars(roster(scene, "devops")) == {"ann": Bar.NO_WRITE, "bob": None}


def test_the_rights_of_one_who_took_over_the_name_are_not_taken_for_theirs(scene: Scene) -> None:
    scene.fault(
        f"/repos/{SHOP}/collaborators/ann", status=200, body='{"permission": "write", "user": {"id": 1}}'
    )
    assert bars(roster(scene, "devops")) == {"ann": Bar.NO_WRITE, "bob": None}


def test_the_rights_of_each_person_are_asked_for_once(scene: Scene) -> None:
    roster(scene, "ann", "devops", "ANN")
    assert len(scene.asked("GET", "/collaborators/ann/permission")) == 1


# Without write access ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["user:stranger", "acme/guests", "guests"])
def test_without_that_rule_strangers_can_be_named_as_such(scene: Scene, name: str) -> None:
    scene.world.team("acme/guests", ["stranger"])
    assert bars(roster(scene, name, require_write=False)) == {"stranger": None}


def test_without_that_rule_a_plain_name_is_refused_even_of_one_who_can_write(scene: Scene) -> None:
    met = error(InputError, lambda: roster(scene, "ann", require_write=False))
    assert "`user:ann`" in met.remedy


def test_without_that_rule_bots_and_initiators_are_barred_all_the_same(scene: Scene) -> None:
    members = roster(scene, "user:stranger", "user:app[bot]", require_write=False, initiators=["stranger"])
    assert bars(members) == {"stranger": Bar.INITIATOR, "app[bot]": Bar.BOT}


# Looking again -----------------------------------------------------------------------


def again(scene: Scene, names: Sequence[str], act: Callable[[], object], **how: Any) -> dict[str, Bar]:
    """Return who may no longer approve, once something has happened."""
    people = scene.people(**how)
    members = people.roster(roles(*names), {}, None)
    act()
    changed = people.recheck(members)
    return {member.person.login: member.bar for member in changed.values() if member.bar}


@pytest.mark.parametrize("names", [["ann"], ["user:ann"], ["devops"], ["acme/devops"]])
def test_who_is_still_there_may_approve(scene: Scene, names: list[str]) -> None:
    assert again(scene, names, lambda: None) == {}


@pytest.mark.parametrize("names", [["devops"], ["acme/devops"]])
def test_who_left_the_team_may_not(scene: Scene, names: list[str]) -> None:
    assert again(scene, names, lambda: scene.world.leave("acme/devops", "ann")) == {"ann": Bar.LEFT}


def test_who_left_the_team_and_is_named_too_still_may(scene: Scene) -> None:
    assert again(scene, ["devops", "ann"], lambda: scene.world.leave("acme/devops", "ann")) == {}


def test_who_left_those_who_approve_alone_still_votes_as_one_of_many(scene: Scene) -> None:
    scene.world.team("acme/owners", ["ann"])
    people = scene.people()
    ann, _ = people.roster(roles("devops", alone=["owners"]), {}, None)
    assert ann.roles == ("devops", "owners")
    assert people.recheck([ann]) == {}
    scene.world.leave("acme/owners", "ann")
    assert people.recheck([ann]) == {ann.person.id: replace(ann, roles=("devops",))}


def test_approving_alone_keeps_nobody_in_who_left_the_approvers(scene: Scene) -> None:
    scene.world.team("acme/owners", ["ann"])
    people = scene.people()
    ann, _ = people.roster(roles("devops", alone=["owners"]), {}, None)
    scene.world.leave("acme/devops", "ann")
    assert people.recheck([ann]) == {ann.person.id: replace(ann, bar=Bar.LEFT)}


def test_who_lost_write_access_may_not(scene: Scene) -> None:
    assert again(scene, ["devops"], lambda: scene.world.permit(SHOP, "read", "bob")) == {"bob": Bar.LEFT}


def test_without_that_rule_losing_write_access_is_nothing(scene: Scene) -> None:
    act = lambda: scene.world.permit(SHOP, "none", "bob")  # noqa: E731 - one line
    assert again(scene, ["acme/devops"], act, require_write=False) == {}


@pytest.mark.parametrize(("name", "require_write"), [("ann", True), ("user:ann", True), ("user:ann", False)])
def test_who_was_renamed_may_not_for_the_name_is_anybodys_now(
    scene: Scene, name: str, *, require_write: bool
) -> None:
    def take_over() -> None:
        scene.world.rename_user("ann", "anne")
        scene.world.permit(SHOP, "write", "ann")

    assert again(scene, [name], take_over, require_write=require_write) == {"ann": Bar.LEFT}


@pytest.mark.parametrize("require_write", [True, False])
def test_who_has_no_account_any_more_may_not(scene: Scene, *, require_write: bool) -> None:
    act = lambda: scene.world.delete_user("ann")  # noqa: E731 - one line
    assert again(scene, ["user:ann"], act, require_write=require_write) == {"ann": Bar.LEFT}


def test_an_invitation_is_no_membership(scene: Scene) -> None:
    path = "/orgs/acme/teams/devops/memberships/ann"
    act = lambda: scene.fault(path, status=200, body='{"state": "pending"}')  # noqa: E731 - one line
    assert again(scene, ["devops"], act) == {"ann": Bar.LEFT}


@pytest.mark.parametrize(
    "path",
    [f"/repos/{SHOP}/collaborators/ann", "/orgs/acme/teams/devops/memberships/ann"],
)
@pytest.mark.parametrize("body", ["[]", "null", "{}", '{"permission": "write", "user": null}'])
def test_an_answer_of_another_shape_is_an_outage_and_no_right(scene: Scene, path: str, body: str) -> None:
    def act() -> None:
        scene.fault(path, status=200, body=body)

    error(OutageError, lambda: again(scene, ["devops"], act))


def test_a_fault_while_looking_again_is_waited_out(scene: Scene) -> None:
    def act() -> None:
        scene.fault(f"/repos/{SHOP}/collaborators/ann", status=502)

    assert again(scene, ["devops"], act) == {}
    assert len(scene.machine.slept) == 1


# Accounts ----------------------------------------------------------------------------


def test_an_apps_token_is_nobodys(scene: Scene) -> None:
    assert scene.people().own_account() is None


def test_a_persons_token_is_that_persons(scene: Scene) -> None:
    scene.world.token("pat", login="ann")
    assert scene.people("pat").own_account() == scene.person("ann")


def test_a_token_that_is_refused_is_no_apps(scene: Scene) -> None:
    error(UnauthenticatedError, scene.people("nobody's").own_account)


def test_a_user_is_looked_up(scene: Scene) -> None:
    assert scene.people().user("ANN") == scene.person("ann")
    assert scene.people().user("nobody") is None


FAULTS: list[tuple[str, Callable[[People], object]]] = [
    ("/user$", People.own_account),
    ("/users/ann", lambda people: people.user("ann")),
    ("/users/ann", lambda people: people.roster(roles("user:ann"), {}, None)),
    ("/orgs/acme/teams/devops/members", lambda people: people.roster(roles("devops"), {}, None)),
    (f"/repos/{SHOP}/contents", lambda people: people.roster(roles("codeowners:/x"), {}, None)),
    (f"/repos/{SHOP}/collaborators/ann", lambda people: people.roster(roles("ann"), {}, None)),
]


@pytest.mark.parametrize("body", ['[{"id": "x", "login": "ann"}]', "[1]", '[{"type": "User"}]', "7", "{}"])
@pytest.mark.parametrize(("path", "call"), FAULTS)
def test_people_of_another_shape_are_an_outage(
    scene: Scene, path: str, call: Callable[[People], object], body: str
) -> None:
    scene.fault(path, status=200, body=body, times=None)
    error(OutageError, lambda: call(scene.people()))


def test_every_refusal_of_a_name_is_an_error_of_the_input_or_the_roster() -> None:
    assert {InputError.exit_code, RosterError.exit_code} == {2}
    assert issubclass(RosterError, GateError)


# The token's account -----------------------------------------------------------------


def test_the_account_of_an_apps_token_is_its_bot(scene: Scene) -> None:
    assert account_id(scene.client("job")) == scene.person("job[bot]").id


def test_the_account_of_a_persons_token_is_the_person(scene: Scene) -> None:
    scene.world.token("hers", login="ann")
    assert account_id(scene.client("hers")) == scene.person("ann").id


def test_an_account_that_cannot_be_known_says_what_to_pass(scene: Scene) -> None:
    scene.world.tokens["job"].graphql = False
    met = error(PermissionDeniedError, lambda: account_id(scene.client("job")))
    assert met.problem == "Which account this token writes as cannot be known."
    assert "Nothing was touched." in met.remedy


def test_the_account_is_asked_for_again_after_a_fault(scene: Scene) -> None:
    scene.fault("/graphql", method="POST", status=502, times=2)
    assert account_id(scene.client("job")) == scene.person("job[bot]").id


@pytest.mark.parametrize("viewer", ["null", '{"databaseId": null, "login": "x"}', '{"login": "x"}', "[]"])
def test_an_account_without_a_number_is_none(scene: Scene, viewer: str) -> None:
    body = f'{{"data": {{"viewer": {viewer}}}}}'
    scene.fault("/graphql", method="POST", status=200, body=body, times=None)
    error(OutageError, lambda: account_id(scene.client("job")))
