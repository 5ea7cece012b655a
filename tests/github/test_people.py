"""From names to people, and whether they are still eligible."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approval_gate.core.model import Code, Ineligibility, Member
from approval_gate.core.names import NameProblem
from approval_gate.core.policy.model import Role, flat
from approval_gate.core.roster import Named, assemble
from approval_gate.core.timing import Deadline
from approval_gate.errors import OutageError, PermissionDeniedError, UnauthenticatedError
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
    scene.world.permit(SHOP, "write", "acme/devops")
    scene.world.permit(SHOP, "none", "ann", "bob")
    scene.world.permit(SHOP, "admin", "root")
    scene.world.permit(SHOP, "maintain", "mia")
    scene.world.permit(SHOP, "triage", "tim")
    scene.world.user("stranger")


def find(scene: Scene, *names: str, token: str = "app", require_write: bool = True) -> tuple[Named, ...]:
    return scene.people(token, require_write=require_write).find(roles(*names))


def problems(scene: Scene, *names: str, **how: Any) -> list[NameProblem]:
    return [problem for named in find(scene, *names, **how) for problem in named.problems]


def absent(scene: Scene, *names: str, **how: Any) -> list[str]:
    found = find(scene, *names, **how)
    assert [problem for named in found for problem in named.problems] == []
    return [name for named in found for name in named.absent]


def gather(
    people: People, asked: Sequence[Role], *, own: int | None = None, barred: Sequence[int] = ()
) -> tuple[Member, ...]:
    """Build a roster as the gate does."""
    names = people.find(asked)
    assert [problem for named in names for problem in named.problems] == []
    initiators = dict.fromkeys(barred, Ineligibility.INITIATOR)
    return assemble(names, own_id=own, writers=people.writers(names), barred=initiators)


def roster(scene: Scene, *names: str, alone: Sequence[str] = (), **how: Any) -> tuple[Member, ...]:
    people = scene.people(how.pop("token", "app"), require_write=how.pop("require_write", True))
    barred = [scene.person(login).id for login in how.pop("initiators", ())]
    own = how.pop("own", None)
    return gather(
        people, roles(*names, alone=alone), own=scene.person(own).id if own else None, barred=barred
    )


def roles(*names: str, alone: Sequence[str] = ()) -> tuple[Role, ...]:
    """Return the roles that these inputs define."""
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
def test_each_form_of_a_name_is_resolved_to_people(scene: Scene, name: str, people: list[str]) -> None:
    members = roster(scene, name)
    assert who(members) == people
    assert all(member.roles == (name,) and member.ineligibility is None for member in members)


def test_a_plain_name_is_a_team_with_write_access_even_if_a_reader_has_the_name(scene: Scene) -> None:
    scene.world.permit(SHOP, "read", "devops")
    assert who(roster(scene, "devops")) == ["ann", "bob"]


def test_a_plain_name_shared_by_a_team_and_a_user_who_can_both_write_is_refused(scene: Scene) -> None:
    scene.world.permit(SHOP, "write", "devops")
    (wrong,) = problems(scene, "devops")
    assert wrong.cause == "both a team and a user with write access to acme/shop"
    assert wrong.fixes == ("user:devops", "acme/devops")
    assert who(roster(scene, "user:devops")) == ["devops"]
    assert who(roster(scene, "acme/devops")) == ["ann", "bob"]


@pytest.mark.parametrize("right", ["none", "read", "triage"])
@pytest.mark.parametrize("writes", [True, False])
def test_a_plain_name_is_the_user_where_the_team_of_that_name_has_no_write_access(
    scene: Scene, right: str, *, writes: bool
) -> None:
    scene.world.team("acme/sue", ["mallory"])
    scene.world.permit(SHOP, right, "acme/sue")
    scene.world.permit(SHOP, "write" if writes else "read", "sue")
    assert ineligibilities(roster(scene, "sue")) == {"sue": None if writes else Ineligibility.NO_WRITE}


@pytest.mark.parametrize("right", ["none", "read", "triage", "write", "maintain", "admin"])
@pytest.mark.parametrize("role", [None, "none", "read", "triage", "write", "maintain", "admin"])
def test_an_ambiguous_plain_name_never_makes_a_roster(scene: Scene, right: str, role: str | None) -> None:
    writers = {"write", "maintain", "admin"}
    scene.world.team("acme/sue", ["mallory"])
    scene.world.permit(SHOP, right, "acme/sue")
    if role is not None:
        scene.world.permit(SHOP, role, "sue")
    (named,) = find(scene, "sue")
    people = [person.login for person in named.people]
    if right in writers and role in writers:
        assert (people, len(named.problems)) == ([], 1)
    elif right in writers:
        assert (people, named.problems) == (["mallory"], ())
    elif role is not None:
        assert (people, named.problems) == (["sue"], ())
    else:
        assert (people, len(named.problems)) == ([], 1)


def test_a_plain_name_of_only_a_team_without_write_access_is_refused(scene: Scene) -> None:
    scene.world.team("acme/crew", ["mallory"])
    (wrong,) = problems(scene, "crew")
    assert "neither a user nor a team with write access of its own to acme/shop" in wrong.cause
    assert (wrong.remedy, wrong.fixes) == ("Write `<0>` if the team is meant.", ("acme/crew",))


def test_a_child_team_has_its_parents_write_access(scene: Scene) -> None:
    scene.world.team("acme/night", ["zoe"], parent="acme/devops")
    assert who(roster(scene, "night")) == ["zoe"]


def test_a_team_written_with_a_slash_needs_no_write_access(scene: Scene) -> None:
    scene.world.team("acme/crew", ["cy", "dee"])
    assert ineligibilities(roster(scene, "acme/crew")) == {"cy": None, "dee": Ineligibility.NO_WRITE}


@pytest.mark.parametrize("name", ["ent:ops", "@ent:ops", "acme/ent:ops", "ENT:ops", "@acme/ent:ops"])
def test_an_enterprise_team_is_refused_as_unreadable(scene: Scene, name: str) -> None:
    scene.world.team("acme/ent:ops", ["ann"])
    (wrong,) = problems(scene, name)
    assert (wrong.name, wrong.code) == (name, Code.ROSTER)
    assert "enterprise team" in wrong.cause
    assert scene.world.requests == []


def test_a_users_repository_has_no_teams(scene: Scene) -> None:
    repository = replace(scene.shop(), owner_is_organization=False)
    people = People(scene.client(), repository, require_write=True)
    members = gather(people, roles("ann", "dee"))
    assert ineligibilities(members) == {"ann": None, "dee": Ineligibility.NO_WRITE}
    assert [named.absent for named in people.find(roles("nobody"))] == [("nobody",)]
    assert not [request for request in scene.world.requests if "/teams" in request.path]


def test_a_team_includes_its_child_teams_members(scene: Scene) -> None:
    scene.world.team("acme/platform", ["bob"])
    scene.world.team("acme/platform-leads", ["cy"], parent="acme/platform")
    scene.world.permit(SHOP, "write", "acme/platform")
    assert who(roster(scene, "platform")) == ["bob", "cy"]


def test_every_member_of_a_team_of_hundreds_is_read(scene: Scene) -> None:
    crowd = [f"p{n}" for n in range(210)]
    scene.world.team("acme/all", crowd)
    scene.world.permit(SHOP, "write", "acme/all")
    assert who(roster(scene, "all")) == crowd


def test_a_member_with_a_deleted_account_is_skipped(scene: Scene) -> None:
    (ann,) = scene.world.teams["acme", "devops"].members[:1]
    body = f'[null, {{"id": {ann.id}, "login": "ann", "type": "User"}}]'
    scene.fault("/orgs/acme/teams/devops/members", status=200, body=body)
    assert who(roster(scene, "devops")) == ["ann"]


def test_a_person_listed_under_several_names_is_one_person(scene: Scene) -> None:
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
def test_an_invalid_name_is_refused_without_a_request(scene: Scene, name: str) -> None:
    (wrong,) = problems(scene, name)
    assert (wrong.name, wrong.code) == (name, Code.INPUT)
    assert scene.world.requests == []


@pytest.mark.parametrize("name", ["nobody", "user:nobody", "@nobody"])
def test_a_name_that_nobody_has_is_absent_where_the_token_sees_teams(scene: Scene, name: str) -> None:
    assert absent(scene, "ann", name) == [name]


def test_a_suspended_account_is_absent(scene: Scene) -> None:
    scene.world.permit(SHOP, "write", "pam")
    scene.world.suspend("pam")
    assert absent(scene, "pam", "user:pam") == ["pam", "user:pam"]


@pytest.mark.parametrize("name", ["acme/nobody", "other/devops"])
def test_an_invisible_team_is_refused(scene: Scene, name: str) -> None:
    (wrong,) = problems(scene, "ann", name)
    assert (wrong.name, wrong.cause) == (name, "not a team that this token can see")


@pytest.mark.parametrize("name", ["devops", "acme/devops"])
def test_an_unreadable_team_is_refused_with_the_needed_permission(scene: Scene, name: str) -> None:
    (wrong,) = problems(scene, name, token="job")
    assert "`Members: read`" in wrong.remedy
    assert "GITHUB_TOKEN cannot have" in wrong.remedy


def test_a_team_that_github_refuses_is_unreadable(scene: Scene) -> None:
    scene.fault("/orgs/acme/teams/devops", status=403, times=None)
    assert "`Members: read`" in problems(scene, "acme/devops")[0].remedy


@pytest.mark.parametrize("name", ["devops", "dee"])
def test_the_name_of_a_user_who_cannot_write_can_be_that_of_an_invisible_team(
    scene: Scene, name: str
) -> None:
    scene.world.user("devops")
    (wrong,) = problems(scene, name, token="job")
    assert "not a team that this token can see, and not a user who can write" in wrong.cause
    assert wrong.remedy.endswith("Write `<0>` if a person is meant.")
    assert wrong.fixes == (f"user:{name}",)
    assert ineligibilities(roster(scene, f"user:{name}", token="job")) == {name: Ineligibility.NO_WRITE}


def test_the_list_of_teams_is_read_once_if_no_team_was_visible(scene: Scene) -> None:
    assert ineligibilities(roster(scene, "dee", "tim", "stranger")) == dict.fromkeys(
        ("dee", "tim", "stranger"), Ineligibility.NO_WRITE
    )
    assert len(scene.asked("GET", "/orgs/acme/teams")) == 1


def test_every_wrong_name_is_reported(scene: Scene) -> None:
    wrong = problems(scene, "acme/nobody", "a;b", "ann", "codeowners:/x", "ent:ops")
    assert [problem.name for problem in wrong] == ["acme/nobody", "a;b", "codeowners:/x", "ent:ops"]


def test_a_fault_while_names_are_resolved_is_waited_out(scene: Scene) -> None:
    for path in (
        "/orgs/acme/teams/devops/repos",
        "/orgs/acme/teams/devops/members",
        "/repos/acme/shop/collaborators",
    ):
        scene.fault(path, status=502)
    assert who(roster(scene, "devops")) == ["ann", "bob"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"/orgs/acme/teams/devops/repos/{SHOP}", "devops"),
        (f"/orgs/acme/teams/devops/repos/{SHOP}", "acme/devops"),
        (f"/repos/{SHOP}/collaborators/cy/permission", "cy"),
        (f"/repos/{SHOP}/collaborators/cy/permission", "user:cy"),
    ],
)
def test_one_passing_refusal_does_not_change_whose_name_it_is(scene: Scene, path: str, name: str) -> None:
    scene.fault(f"{path}$", status=404)
    expected = {"cy": None} if "cy" in name else {"ann": None, "bob": None}
    assert ineligibilities(roster(scene, name)) == expected


def test_a_refused_token_is_not_a_problem_with_names(scene: Scene) -> None:
    error(UnauthenticatedError, lambda: roster(scene, "ann", token="nobody's"))


# Alone -------------------------------------------------------------------------------


def test_people_who_can_approve_alone_are_marked(scene: Scene) -> None:
    members = roster(scene, "devops", "cy", alone=["cy", "user:bob"])
    assert [(member.person.login, member.roles) for member in members] == [
        ("ann", ("devops",)),
        ("bob", ("devops", "user:bob")),
        ("cy", ("cy",)),
    ]


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


def test_the_file_that_github_reads_first_counts(scene: Scene) -> None:
    scene.world.repos[SHOP].files |= {"CODEOWNERS": "* @bob", ".github/CODEOWNERS": "* @cy"}
    assert who(roster(scene, "CodeOwners:/x")) == ["cy"]


def owned(scene: Scene, text: str, path: str = "/deploy/", **how: Any) -> list[str]:
    """Return the approvers that a CODEOWNERS file gives."""
    scene.world.repos[SHOP].files["CODEOWNERS"] = text
    return who(roster(scene, f"codeowners:{path}", **how))


@pytest.mark.parametrize(
    "line",
    [
        "/deploy/ @acme/devops # not @mallory any more",
        "/deploy/ @acme/devops #@mallory",
        "/deploy/\t@acme/devops\t# @mallory",
        "/deploy/ @acme/devops\r\n# /deploy/ @mallory\r",
        "/deploy/ @acme/devops\n/deploy/ @mallory bad!!owner",
        "/deploy/ @acme/devops\n/deploy/ bad!!owner @mallory",
        "/deploy/ @acme/devops\n/deploy/ @mallory @",
        "/deploy/ @acme/devops\n/deploy/ @mallory @acme/",
        "/deploy/ @acme/devops\n/deploy/ @mal\u00adlory",
        "/deploy/ @acme/devops\n[ab]* @mallory",
        "/deploy/ @acme/devops\n[a-z]eploy/ @mallory",
        "/deploy/ @acme/devops\n!/deploy/ @mallory",
        "/deploy/ @acme/devops\n[Deployment] @mallory",
        "/deploy/ @acme/devops\n^[Deployment] @mallory",
        "/deploy/ @acme/devops\u2028/deploy/ @mallory\n/deploy/ @acme/devops",
        "/deploy/ @acme/devops\n\\#* @mallory",
    ],
)
def test_codeowners_is_read_as_github_reads_it(scene: Scene, line: str) -> None:
    scene.world.permit(SHOP, "write", "mallory")
    assert owned(scene, f"* @cy\n{line}\n") == ["ann", "bob"]


def test_the_last_matching_line_wins_even_if_it_has_no_owners(scene: Scene) -> None:
    assert owned(scene, "/deploy/ @acme/devops\n/deploy/ @cy\n") == ["cy"]
    scene.world.repos[SHOP].files["CODEOWNERS"] = "* @cy\n/deploy/\n"
    (wrong,) = problems(scene, "codeowners:/deploy/")
    assert wrong.cause == "without an owner: CODEOWNERS gives /deploy/ none"


def test_a_space_in_a_path_is_escaped_with_a_backslash(scene: Scene) -> None:
    assert owned(scene, "* @cy\n/the\\ docs/ @mia\n", "/the docs/") == ["mia"]


@pytest.mark.parametrize("writes", [True, False])
def test_a_name_in_codeowners_is_the_user_even_if_a_team_with_write_access_has_it_too(
    scene: Scene, *, writes: bool
) -> None:
    scene.world.permit(SHOP, "write" if writes else "read", "devops")
    assert owned(scene, "/deploy/ @devops\n") == ["devops"]


def test_a_name_in_codeowners_without_an_account_is_the_team_with_write_access(scene: Scene) -> None:
    assert owned(scene, "/deploy/ @devops\n") == ["ann", "bob"]
    assert lost_after(scene, ["codeowners:/deploy/"], lambda: None) == {}


def test_an_unknown_name_in_codeowners_is_not_a_team_without_write_access(scene: Scene) -> None:
    scene.world.team("acme/crew", ["mallory"])
    scene.world.repos[SHOP].files["CODEOWNERS"] = "/deploy/ @crew @gone\n"
    (named,) = find(scene, "codeowners:/deploy/")
    assert [problem.fixes for problem in named.problems] == [("acme/crew",)]
    assert (named.people, named.absent) == ((), ("@gone",))


def test_a_reader_in_codeowners_is_a_person_even_where_no_team_can_be_seen(scene: Scene) -> None:
    scene.world.repos[SHOP].files["CODEOWNERS"] = "/deploy/ @dee @cy\n"
    members = roster(scene, "codeowners:/deploy/", token="job")
    assert ineligibilities(members) == {"dee": Ineligibility.NO_WRITE, "cy": None}


def test_without_a_codeowners_file_there_are_no_owners(scene: Scene) -> None:
    (wrong,) = problems(scene, "codeowners:/deploy/")
    assert wrong.cause == "without an owner: acme/shop has no CODEOWNERS file on its branch main"


@pytest.mark.parametrize(
    ("path", "said"), [("/none/x", "gives /none/x none"), ("", "gives an empty path none")]
)
def test_a_path_that_nobody_owns_is_refused(scene: Scene, path: str, said: str) -> None:
    scene.world.repos[SHOP].files["CODEOWNERS"] = OWNERS
    assert said in problems(scene, f"codeowners:{path}")[0].cause


def test_a_mail_address_is_not_an_account(scene: Scene) -> None:
    scene.world.repos[SHOP].files["CODEOWNERS"] = OWNERS
    (wrong,) = problems(scene, "codeowners:/mail/x")
    assert "ann@example.com" in wrong.cause


def test_the_file_is_read_once_for_several_entries(scene: Scene) -> None:
    scene.world.repos[SHOP].files["CODEOWNERS"] = OWNERS
    roster(scene, "codeowners:/deploy/", "codeowners:/deploy/db/x")
    assert len(scene.asked("GET", "/contents/CODEOWNERS")) == 1


def test_a_wrong_owner_is_reported_with_its_entry(scene: Scene) -> None:
    scene.world.repos[SHOP].files["CODEOWNERS"] = "* @acme/nobody @cy"
    (named,) = find(scene, "codeowners:/x")
    assert [problem.name for problem in named.problems] == ["@acme/nobody of codeowners:/x"]
    assert [person.login for person in named.people] == ["cy"]


# Ineligibility --------------------------------------------------------------------------------


def ineligibilities(members: Sequence[Member]) -> dict[str, Ineligibility | None]:
    return {member.person.login: member.ineligibility for member in members}


def test_a_person_without_write_access_is_ineligible(scene: Scene) -> None:
    scene.world.team("acme/mixed", ["ann", "dee", "tim", "stranger", "mia", "root"])
    assert ineligibilities(roster(scene, "acme/mixed")) == {
        "ann": None,
        "dee": Ineligibility.NO_WRITE,
        "tim": Ineligibility.NO_WRITE,
        "stranger": Ineligibility.NO_WRITE,
        "mia": None,
        "root": None,
    }


def test_the_initiator_is_ineligible(scene: Scene) -> None:
    assert ineligibilities(roster(scene, "devops", initiators=["bob", "cy"])) == {
        "ann": None,
        "bob": Ineligibility.INITIATOR,
    }


def test_an_initiator_without_write_access_has_no_vote(scene: Scene) -> None:
    scene.world.team("acme/mixed", ["dee"])
    assert ineligibilities(roster(scene, "acme/mixed", initiators=["dee"])) == {"dee": Ineligibility.NO_WRITE}


def test_the_tokens_own_account_is_ineligible(scene: Scene) -> None:
    assert ineligibilities(roster(scene, "devops", own="ann", initiators=["ann"])) == {
        "ann": Ineligibility.OWN_ACCOUNT,
        "bob": None,
    }


def test_a_bot_is_ineligible(scene: Scene) -> None:
    scene.world.permit(SHOP, "write", "app[bot]")
    assert ineligibilities(roster(scene, "app[bot]", own="app[bot]")) == {"app[bot]": Ineligibility.BOT}


def test_a_person_with_unknown_rights_cannot_write(scene: Scene) -> None:
    scene.fault(f"/repos/{SHOP}/collaborators/cy", status=404, times=None)
    assert ineligibilities(roster(scene, "cy", "devops")) == {
        "cy": Ineligibility.NO_WRITE,
        "ann": None,
        "bob": None,
    }


def test_the_rights_of_an_account_that_took_over_a_name_are_not_the_former_holders(scene: Scene) -> None:
    scene.world.team("acme/crew", ["cy", "mia"])
    scene.fault(
        f"/repos/{SHOP}/collaborators/cy",
        status=200,
        body='{"permission": "write", "user": {"id": 1, "login": "cy"}}',
    )
    assert ineligibilities(roster(scene, "acme/crew")) == {"cy": Ineligibility.NO_WRITE, "mia": None}


# Few requests ------------------------------------------------------------------------


def test_each_persons_rights_are_read_once(scene: Scene) -> None:
    roster(scene, "cy", "acme/devops", "user:CY", "@cy", "cy")
    assert len([r for r in scene.asked("GET", "/permission") if "/cy/" in r.path.lower()]) == 1


def test_the_rights_of_members_of_a_team_with_write_access_are_not_read(scene: Scene) -> None:
    roster(scene, "acme/devops")
    assert len(scene.world.requests) == 2


def test_members_of_a_team_that_can_only_read_can_write_by_rights_of_their_own(scene: Scene) -> None:
    scene.world.team("acme/readers", ["cy", "mia", "dee"])
    scene.world.permit(SHOP, "read", "acme/readers")
    assert ineligibilities(roster(scene, "acme/readers")) == {
        "cy": None,
        "mia": None,
        "dee": Ineligibility.NO_WRITE,
    }


def crew(scene: Scene, count: int, writing: int) -> None:
    people = [f"p{number}" for number in range(count)]
    scene.world.team("acme/crew", people)
    scene.world.permit(SHOP, "write", *people[:writing])


@pytest.mark.parametrize(
    ("count", "writing", "pages", "single"),
    [(5, 2, 0, 5), (6, 6, 1, 0), (6, 4, 1, 0), (150, 120, 2, 0), (40, 0, 1, 0)],
)
def test_many_people_are_checked_by_the_list_of_collaborators(
    scene: Scene, count: int, writing: int, pages: int, single: int
) -> None:
    crew(scene, count, writing)
    members = roster(scene, "acme/crew")
    assert [member.ineligibility for member in members] == [None] * writing + [Ineligibility.NO_WRITE] * (
        count - writing
    )
    assert len(scene.asked("GET", "/collaborators")) == pages
    assert len(scene.asked("GET", "/permission")) == single


def test_the_list_of_collaborators_is_not_read_where_single_reads_cost_less(scene: Scene) -> None:
    scene.world.permit(SHOP, "write", *(f"other{number}" for number in range(900)))
    crew(scene, 6, 3)
    members = roster(scene, "acme/crew")
    assert [member.ineligibility for member in members] == [None] * 3 + [Ineligibility.NO_WRITE] * 3
    assert len(scene.asked("GET", "/collaborators")) + len(scene.asked("GET", "/permission")) <= 12


def test_where_the_list_of_collaborators_is_refused_rights_are_read_one_by_one(scene: Scene) -> None:
    crew(scene, 7, 3)
    scene.fault(f"/repos/{SHOP}/collaborators$", status=403, times=None)
    assert [member.ineligibility for member in roster(scene, "acme/crew")] == [None] * 3 + [
        Ineligibility.NO_WRITE
    ] * 4
    assert len({request.path for request in scene.asked("GET", "/permission")}) == 7


@pytest.mark.parametrize("body", ["{}", "[{}]", "[7]", '[{"id": null}]'])
def test_collaborators_of_another_shape_are_an_outage(scene: Scene, body: str) -> None:
    crew(scene, 7, 3)
    scene.fault(f"/repos/{SHOP}/collaborators$", status=200, body=body, times=None)
    error(OutageError, lambda: roster(scene, "acme/crew"))


# Without write access ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["user:stranger", "acme/guests"])
def test_without_the_write_check_users_without_access_can_be_named(scene: Scene, name: str) -> None:
    scene.world.team("acme/guests", ["stranger"])
    assert ineligibilities(roster(scene, name, require_write=False)) == {"stranger": None}


@pytest.mark.parametrize("name", ["ann", "cy", "stranger", "codeowners:/deploy/"])
@pytest.mark.parametrize("token", ["app", "job"])
def test_without_the_write_check_a_plain_name_is_refused_even_if_the_user_can_write(
    scene: Scene, name: str, token: str
) -> None:
    scene.world.repos[SHOP].files["CODEOWNERS"] = "* @stranger"
    (wrong,) = problems(scene, name, require_write=False, token=token)
    assert wrong.code is Code.INPUT
    assert wrong.fixes == ("user:stranger" if ":" in name else f"user:{name}",)


def test_without_the_write_check_a_plain_name_can_be_a_team_with_write_access(scene: Scene) -> None:
    assert ineligibilities(roster(scene, "devops", require_write=False)) == {"ann": None, "bob": None}


def test_without_the_write_check_bots_and_initiators_are_still_ineligible(scene: Scene) -> None:
    members = roster(scene, "user:stranger", "user:app[bot]", require_write=False, initiators=["stranger"])
    assert ineligibilities(members) == {"stranger": Ineligibility.INITIATOR, "app[bot]": Ineligibility.BOT}


# The recheck -----------------------------------------------------------------------


def changed(people: People, members: Iterable[Member]) -> dict[int, Member]:
    """Return the members who are not what they were."""
    asked = {member.person.id: member for member in members}
    found = people.recheck(asked.values())
    assert found.keys() == asked.keys()
    return {identity: now.member for identity, now in found.items() if now.member != asked[identity]}


def lost_after(
    scene: Scene, names: Sequence[str], act: Callable[[], object], **how: Any
) -> dict[str, Ineligibility]:
    """Return the people who can no longer approve after this act."""
    people = scene.people(**how)
    members = gather(people, roles(*names))
    act()
    found = changed(people, members)
    return {member.person.login: member.ineligibility for member in found.values() if member.ineligibility}


@pytest.mark.parametrize("names", [["ann"], ["user:ann"], ["devops"], ["acme/devops"]])
def test_a_remaining_member_can_approve(scene: Scene, names: list[str]) -> None:
    assert lost_after(scene, names, lambda: None) == {}


@pytest.mark.parametrize("names", [["devops"], ["acme/devops"]])
def test_a_former_team_member_cannot_approve(scene: Scene, names: list[str]) -> None:
    assert lost_after(scene, names, lambda: scene.world.leave("acme/devops", "ann")) == {
        "ann": Ineligibility.LEFT
    }


def test_a_former_team_member_who_is_also_named_can_approve(scene: Scene) -> None:
    scene.world.permit(SHOP, "write", "ann")
    assert lost_after(scene, ["devops", "ann"], lambda: scene.world.leave("acme/devops", "ann")) == {}


def test_a_former_member_of_the_alone_role_votes_in_the_remaining_role(scene: Scene) -> None:
    scene.world.team("acme/owners", ["ann"])
    people = scene.people()
    ann, _ = gather(people, roles("devops", alone=["acme/owners"]))
    assert ann.roles == ("devops", "acme/owners")
    assert changed(people, [ann]) == {}
    scene.world.leave("acme/owners", "ann")
    assert changed(people, [ann]) == {ann.person.id: replace(ann, roles=("devops",))}


def test_a_person_who_left_the_approvers_cannot_approve_alone(scene: Scene) -> None:
    scene.world.team("acme/owners", ["ann"])
    people = scene.people()
    ann, _ = gather(people, roles("devops", alone=["acme/owners"]))
    scene.world.leave("acme/devops", "ann")
    assert changed(people, [ann]) == {ann.person.id: replace(ann, ineligibility=Ineligibility.LEFT)}


def test_the_recheck_says_by_which_answers(scene: Scene) -> None:
    scene.world.team("acme/crew", ["cy", "mia"])
    people = scene.people()
    members = gather(people, roles("ann", "acme/crew", "devops", "user:root"))
    scene.world.leave("acme/crew", "mia")
    found = {now.member.login: now for now in people.recheck(members).values()}
    assert {login: now.write for login, now in found.items()} == {
        "ann": "team acme/devops: push",
        "bob": "team acme/devops: push",
        "cy": "permission write",
        "mia": "permission write",
        "root": "permission admin",
    }
    answers = {login: {it.role: it.answer for it in now.membership} for login, now in found.items()}
    assert answers == {
        "ann": {
            "ann": "user ann: the same account",
            "devops": "team acme/devops: listed, and the team can write",
        },
        "bob": {"devops": "team acme/devops: listed, and the team can write"},
        "cy": {"acme/crew": "team acme/crew: listed"},
        "mia": {"acme/crew": "no longer held"},
        "root": {"user:root": "user root: the same account"},
    }


def test_the_recheck_has_no_answer_about_write_access_where_that_is_not_required(scene: Scene) -> None:
    people = scene.people(require_write=False)
    (now,) = people.recheck(gather(people, roles("user:ann"))).values()
    assert now.write is None


def test_the_recheck_of_people_is_retried_only_until_its_deadline(scene: Scene) -> None:
    people = scene.people()
    (ann,) = gather(people, roles("ann"))
    scene.fault(f"/repos/{SHOP}/collaborators/ann/permission", status=502, times=None)
    error(OutageError, lambda: people.recheck([ann], Deadline.after(scene.machine.monotonic, 5)))
    assert 0 < sum(scene.machine.slept) <= 5


def test_a_person_who_lost_write_access_cannot_approve(scene: Scene) -> None:
    scene.world.team("acme/crew", ["cy", "mia"])
    act = lambda: scene.world.permit(SHOP, "read", "cy")  # noqa: E731 - one line
    assert lost_after(scene, ["acme/crew", "user:root"], act) == {"cy": Ineligibility.LEFT}


@pytest.mark.parametrize("names", [["devops"], ["acme/devops"]])
def test_a_member_of_a_team_that_lost_write_access_cannot_approve(scene: Scene, names: list[str]) -> None:
    act = lambda: scene.world.permit(SHOP, "read", "acme/devops")  # noqa: E731 - one line
    assert lost_after(scene, names, act) == {"ann": Ineligibility.LEFT, "bob": Ineligibility.LEFT}


def test_a_member_with_write_access_of_their_own_can_approve_for_a_team_written_with_a_slash(
    scene: Scene,
) -> None:
    def act() -> None:
        scene.world.permit(SHOP, "none", "acme/devops")
        scene.world.permit(SHOP, "write", "bob")

    assert lost_after(scene, ["acme/devops"], act) == {"ann": Ineligibility.LEFT}
    scene.world.permit(SHOP, "write", "acme/devops")
    assert lost_after(scene, ["devops"], act) == {"ann": Ineligibility.LEFT, "bob": Ineligibility.LEFT}


def test_an_approver_who_lost_write_access_is_not_replaced_by_a_team_with_the_name(
    scene: Scene,
) -> None:
    def act() -> None:
        scene.world.permit(SHOP, "none", "cy")
        scene.world.team("acme/cy", ["mallory"])
        scene.world.permit(SHOP, "write", "acme/cy", "mallory")

    assert lost_after(scene, ["cy", "mia"], act) == {"cy": Ineligibility.LEFT}


def test_write_access_gained_meanwhile_changes_nothing(scene: Scene) -> None:
    people = scene.people()
    members = gather(people, roles("dee", "cy"))
    assert ineligibilities(members) == {"dee": Ineligibility.NO_WRITE, "cy": None}
    scene.world.permit(SHOP, "write", "dee")
    assert changed(people, [member for member in members if member.ineligibility is None]) == {}


def test_a_user_who_gains_write_access_under_a_teams_name_changes_nothing_for_its_members(
    scene: Scene,
) -> None:
    scene.world.user("devops")
    assert lost_after(scene, ["devops"], lambda: scene.world.permit(SHOP, "write", "devops")) == {}


def test_without_the_write_check_losing_write_access_changes_nothing(scene: Scene) -> None:
    act = lambda: scene.world.permit(SHOP, "none", "acme/devops")  # noqa: E731 - one line
    assert lost_after(scene, ["acme/devops"], act, require_write=False) == {}


def test_rechecking_members_of_one_team_takes_two_requests(scene: Scene) -> None:
    people = scene.people()
    members = gather(people, roles("devops"))
    before = len(scene.world.requests)
    assert changed(people, members) == {}
    assert len(scene.world.requests) - before == 2


def test_rechecking_a_member_of_a_team_without_write_access_reads_the_team_and_the_person(
    scene: Scene,
) -> None:
    scene.world.team("acme/crew", ["cy", "mia"])
    people = scene.people()
    members = gather(people, roles("acme/crew"))
    before = len(scene.world.requests)
    assert changed(people, members[:1]) == {}
    asked = [request.path for request in scene.world.requests[before:]]
    assert asked == [
        "/orgs/acme/teams/crew/members",
        f"/orgs/acme/teams/crew/repos/{SHOP}",
        f"/repos/{SHOP}/collaborators/cy/permission",
    ]


@pytest.mark.parametrize("names", [["devops"], ["acme/devops"]])
def test_members_of_a_team_can_still_approve_after_the_repository_is_renamed(
    scene: Scene, names: list[str]
) -> None:
    assert lost_after(scene, names, lambda: scene.world.rename_repo(SHOP, "acme/store")) == {}


def test_a_member_of_a_deleted_team_cannot_approve(scene: Scene) -> None:
    act = lambda: scene.world.teams.pop(("acme", "devops"))  # noqa: E731 - one line
    assert lost_after(scene, ["devops"], act) == {"ann": Ineligibility.LEFT, "bob": Ineligibility.LEFT}


@pytest.mark.parametrize("names", [["devops"], ["acme/devops"]])
def test_a_renamed_team_member_cannot_approve_since_the_name_is_free(scene: Scene, names: list[str]) -> None:
    def take_over() -> None:
        scene.world.rename_user("ann", "anne")
        scene.world.rename_user("bob", "ann")

    assert lost_after(scene, names, take_over) == {"ann": Ineligibility.LEFT, "bob": Ineligibility.LEFT}


def test_a_former_code_owner_cannot_approve(scene: Scene) -> None:
    files = scene.world.repos[SHOP].files
    for after in ("/deploy/ @acme/devops\n", "/deploy/ @acme/devops # @cy\n", ""):
        files["CODEOWNERS"] = "/deploy/ @acme/devops @cy\n"
        act = lambda: files.update({"CODEOWNERS": after})  # noqa: B023, E731 - called at once
        expected = (
            {"cy": Ineligibility.LEFT} if after else dict.fromkeys(("ann", "bob", "cy"), Ineligibility.LEFT)
        )
        assert lost_after(scene, ["codeowners:/deploy/"], act) == expected


@pytest.mark.parametrize(("name", "require_write"), [("ann", True), ("user:ann", True), ("user:ann", False)])
def test_a_renamed_person_cannot_approve_since_the_name_is_free(
    scene: Scene, name: str, *, require_write: bool
) -> None:
    def take_over() -> None:
        scene.world.rename_user("ann", "anne")
        scene.world.permit(SHOP, "write", "ann")

    assert lost_after(scene, [name], take_over, require_write=require_write) == {"ann": Ineligibility.LEFT}


@pytest.mark.parametrize("require_write", [True, False])
def test_a_deleted_account_cannot_approve(scene: Scene, *, require_write: bool) -> None:
    act = lambda: scene.world.delete_user("ann")  # noqa: E731 - one line
    assert lost_after(scene, ["user:ann"], act, require_write=require_write) == {"ann": Ineligibility.LEFT}


@pytest.mark.parametrize(
    ("path", "bodies"),
    [
        (f"/repos/{SHOP}/collaborators/cy", ["[]", "null", "{}", '{"permission": "write", "user": null}']),
        ("/orgs/acme/teams/devops/members", ["{}", "null", "[7]", '[{"login": "ann"}]']),
        (
            "/orgs/acme/teams/devops/repos",
            ["[]", "null", "{}", '{"permissions": {}}', '{"permissions": null}'],
        ),
    ],
)
def test_rights_of_another_shape_are_an_outage_and_not_write_access(
    scene: Scene, path: str, bodies: list[str]
) -> None:
    for body in bodies:
        scene.world.faults.clear()
        error(
            OutageError,
            lambda: lost_after(
                scene,
                ["devops", "cy"],
                lambda: scene.fault(path, status=200, body=body, times=None),  # noqa: B023 - called at once
            ),
        )


def test_faults_during_the_recheck_are_waited_out(scene: Scene) -> None:
    def act() -> None:
        scene.fault(f"/repos/{SHOP}/collaborators/cy", status=502)
        scene.fault("/orgs/acme/teams/devops/members", status=502)

    assert lost_after(scene, ["devops", "cy"], act) == {}
    assert len(scene.machine.slept) == 2


@pytest.mark.parametrize(
    "path", [f"/orgs/acme/teams/devops/repos/{SHOP}", f"/repos/{SHOP}/collaborators/cy/.*"]
)
def test_one_refusal_during_the_recheck_excludes_nobody(scene: Scene, path: str) -> None:
    act = lambda: scene.fault(f"{path}$", status=404)  # noqa: E731 - one line
    assert lost_after(scene, ["devops", "cy"], act) == {}


# Accounts ----------------------------------------------------------------------------


def test_an_apps_token_belongs_to_nobody(scene: Scene) -> None:
    assert scene.people().own_account() is None


def test_a_persons_token_belongs_to_that_person(scene: Scene) -> None:
    scene.world.token("pat", login="ann")
    assert scene.people("pat").own_account() == scene.person("ann")


def test_a_refused_token_is_not_an_apps(scene: Scene) -> None:
    error(UnauthenticatedError, scene.people("nobody's").own_account)


def test_a_user_is_looked_up(scene: Scene) -> None:
    assert scene.people().user("ANN") == scene.person("ann")
    assert scene.people().user("nobody") is None


FAULTS: list[tuple[str, Callable[[People], object]]] = [
    ("/user$", People.own_account),
    ("/users/ann", lambda people: people.user("ann")),
    ("/users/nobody", lambda people: gather(people, roles("user:nobody"))),
    ("/orgs/acme/teams/devops/members", lambda people: gather(people, roles("devops"))),
    ("/orgs/acme/teams/devops/repos", lambda people: gather(people, roles("devops"))),
    (f"/repos/{SHOP}/contents", lambda people: gather(people, roles("codeowners:/x"))),
    (f"/repos/{SHOP}/collaborators/ann", lambda people: gather(people, roles("ann"))),
]


@pytest.mark.parametrize("body", ['[{"id": "x", "login": "ann"}]', "[1]", '[{"type": "User"}]', "7", "{}"])
@pytest.mark.parametrize(("path", "call"), FAULTS)
def test_people_of_another_shape_are_an_outage(
    scene: Scene, path: str, call: Callable[[People], object], body: str
) -> None:
    scene.fault(path, status=200, body=body, times=None)
    error(OutageError, lambda: call(scene.people()))


# The token's account -----------------------------------------------------------------


def test_the_account_of_an_apps_token_is_its_bot(scene: Scene) -> None:
    assert account_id(scene.client("job")) == scene.person("job[bot]").id


def test_the_account_of_a_persons_token_is_the_person(scene: Scene) -> None:
    scene.world.token("hers", login="ann")
    assert account_id(scene.client("hers")) == scene.person("ann").id


def test_an_unknown_account_is_refused_with_a_remedy(scene: Scene) -> None:
    scene.world.tokens["job"].graphql = False
    met = error(PermissionDeniedError, lambda: account_id(scene.client("job")))
    assert met.problem == "GitHub does not tell which account this token writes as."
    assert "Nothing was changed." in met.remedy


def test_the_account_is_read_again_after_a_fault(scene: Scene) -> None:
    scene.fault("/graphql", method="POST", status=502, times=2)
    assert account_id(scene.client("job")) == scene.person("job[bot]").id


@pytest.mark.parametrize("viewer", ["null", '{"databaseId": null, "login": "x"}', '{"login": "x"}', "[]"])
def test_an_account_without_an_id_is_an_outage(scene: Scene, viewer: str) -> None:
    body = f'{{"data": {{"viewer": {viewer}}}}}'
    scene.fault("/graphql", method="POST", status=200, body=body, times=None)
    error(OutageError, lambda: account_id(scene.client("job")))
