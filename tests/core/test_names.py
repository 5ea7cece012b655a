"""What a name among the approvers means by itself."""

import pytest

from approval_gate.core.model import Code
from approval_gate.core.names import (
    Holders,
    Login,
    NameProblem,
    Owners,
    Plain,
    Reviewers,
    Right,
    Team,
    explained,
    parse,
)


@pytest.mark.parametrize(
    ("name", "is_"),
    [
        ("ann", Plain("ann")),
        ("@ann", Plain("ann")),
        ("helper[bot]", Plain("helper[bot]")),
        ("ann_acme", Plain("ann_acme")),
        ("user:ann", Login("ann")),
        ("@user:@ann", Login("ann")),
        ("USER:ann", Login("ann")),
        ("acme/devops-team", Team("acme", "devops-team")),
        ("@acme/devops-team", Team("acme", "devops-team")),
        ("codeowners:/deploy/", Owners("/deploy/")),
        ("CodeOwners: /deploy/ ", Owners("/deploy/")),
        ("codeowners:", Owners("")),
        ("environment:production", Reviewers("production")),
        ("@Environment: Production EU/1", Reviewers("Production EU/1")),
        (f"environment:{'x' * 255}", Reviewers("x" * 255)),
        ("role:write", Holders(Right.WRITE)),
        ("role:maintain", Holders(Right.MAINTAIN)),
        ("@ROLE: Admin", Holders(Right.ADMIN)),
    ],
)
def test_a_name_says_itself_whether_it_is_a_team_a_user_a_list_or_undecided(name: str, is_: object) -> None:
    assert parse(name) == is_


SEPARATED = "names are separated by commas or line ends, without brackets or quotes."
FORMS = (
    "Write `ann`, `team`, `org/team`, `user:ann`, `codeowners:/path/`, `environment:production` or "
    "`role:maintain`."
)
BLANKS = "it contains blanks."
SLUG = "Write a team by its slug, `{}`; separate several names by commas, `{}`."
EMAIL = "an e-mail address, which is not a name on GitHub."
LOGIN = "Write the login of its account."
ENVIRONMENT = "Write it as in `environment:production`."
RIGHTS = "Write `role:write`, `role:maintain` or `role:admin`, or name a team."


@pytest.mark.parametrize(
    ("names", "cause", "remedy"),
    [
        (['["ann"', '"bob"]'], f'"["ann"" and ""bob"]" are not names: {SEPARATED}', "Write `ann,bob`."),
        (
            ["'ann'", "'acme/devops'", "'cy']"],
            f"\"'ann'\", \"'acme/devops'\" and \"'cy']\" are not names: {SEPARATED}",
            "Write `ann,acme/devops,cy`.",
        ),
        (["ann;bob"], f'"ann;bob" is not a name: {SEPARATED}', "Write `ann,bob`."),
        (
            ["ann|bob", "cy;dee"],
            f'"ann|bob" and "cy;dee" are not names: {SEPARATED}',
            "Write `ann,bob,cy,dee`.",
        ),
        (["- ann"], '"- ann" is not a name.', FORMS),
        (
            ["DevOps Team"],
            f'"DevOps Team" is not a name: {BLANKS}',
            SLUG.format("devops-team", "DevOps,Team"),
        ),
        (
            ["@Platform Leads (EU)"],
            f'"@Platform Leads (EU)" is not a name: {SEPARATED}',
            "Write `Platform,Leads,EU`.",
        ),
        (["ann bob cy"], f'"ann bob cy" is not a name: {BLANKS}', SLUG.format("ann-bob-cy", "ann,bob,cy")),
        (["ann - bob"], f'"ann - bob" is not a name: {BLANKS}', SLUG.format("ann-bob", "ann,bob")),
        (["-ann\tbob-"], f'"-ann\tbob-" is not a name: {BLANKS}', SLUG.format("ann-bob", "ann,bob")),
        (["ann@acme.example"], f'"ann@acme.example" is {EMAIL}', LOGIN),
        (["user:ann@acme.example"], f'"user:ann@acme.example" is {EMAIL}', LOGIN),
        (["user:acme/devops"], '"user:acme/devops" is not a name.', FORMS),
        (["ann..", "x/y/z", "../../user"], '"x/y/z" and "../../user" are not names.', FORMS),
        (["ä", '";"'], '"ä" and "";"" are not names.', FORMS),
        (["usr:ann"], '"usr:ann" is not a name.', "Did you mean `user:ann`?"),
        (
            ["codeowner:/deploy/"],
            '"codeowner:/deploy/" is not a name.',
            "Did you mean `codeowners:/deploy/`?",
        ),
        (["usr: @ann"], '"usr: @ann" is not a name.', "Did you mean `user:ann`?"),
        (["usr:a/b"], '"usr:a/b" is not a name.', FORMS),
        (["usr:x:ann"], '"usr:x:ann" is not a name.', FORMS),
        (["x:ann"], '"x:ann" is not a name.', FORMS),
        (["env:production"], '"env:production" is not a name.', "Did you mean `environment:production`?"),
        (["enviroment: eu"], '"enviroment: eu" is not a name.', "Did you mean `environment:eu`?"),
        (["environment:"], '"environment:" is not a name: the environment is missing.', ENVIRONMENT),
        (["environment:a\u202eb"], '"environment:a\u202eb" is not a name.', ENVIRONMENT),
        ([f"environment:{'x' * 256}"], f'"environment:{"x" * 88}" is not a name.', ENVIRONMENT),
        (
            ["[environment:production", "role:maintain]"],
            (
                f'"[environment:production" is not a name: {SEPARATED} "role:maintain]" is not a right on a '
                "repository."
            ),
            "Write `environment:production`. Did you mean `role:maintain`?",
        ),
        (["right:maintain"], '"right:maintain" is not a name.', "Did you mean `role:maintain`?"),
        (["permission:x"], '"permission:x" is not a name.', FORMS),
        (["role:owner"], '"role:owner" is not a right on a repository.', "Did you mean `role:admin`?"),
        (
            ["role:maintainers", "role:mantain"],
            '"role:maintainers" and "role:mantain" are not rights on a repository.',
            "Did you mean `role:maintain`?",
        ),
        (["role:push"], '"role:push" is not a right on a repository.', "Did you mean `role:write`?"),
        (
            ["role:read", "role:triage", "role:", "role:sre"],
            (
                '"role:read", "role:triage", "role:" and "role:sre" are not rights with which people can '
                "approve."
            ),
            RIGHTS,
        ),
        (["<b>ann</b>"], '"<b>ann</b>" is not a name.', FORMS),
        (["${{ secrets.X }}"], f'"${{{{ secrets.X }}}}" is not a name: {SEPARATED}', "Write `secrets.X`."),
    ],
)
def test_a_malformed_name_says_what_to_write(names: list[str], cause: str, remedy: str) -> None:
    wrong = [parse(name) for name in names]
    problems = [one for one in wrong if isinstance(one, NameProblem)]
    assert explained(problems) == (cause, remedy)
    assert {problem.code for problem in problems} == {Code.INPUT}


@pytest.mark.parametrize("name", ["ent:ops", "@ent:ops", "ENT:Ops", "acme/ent:ops", "@acme/ent:ops"])
def test_an_enterprise_team_is_recognised(name: str) -> None:
    assert explained([problem for problem in [parse(name)] if isinstance(problem, NameProblem)]) == (
        f'"{name}" is an enterprise team, which a repository\'s token cannot read.',
        "Name its people, or a team of the organisation.",
    )


def test_a_team_is_shown_with_its_organisation() -> None:
    assert str(Team("acme", "devops-team")) == "acme/devops-team"


def test_problems_of_one_cause_are_grouped_and_each_remedy_is_given_once() -> None:
    plain = [
        NameProblem(name, "a plain name", "Write `<0>` or `<1>`.", (f"user:{name}", f"x/{name}"))
        for name in "ab"
    ]
    other = NameProblem("c", "gone", "Leave it out.")
    assert explained([*plain, other, plain[0]]) == (
        '"a" and "b" are a plain name. "c" is gone.',
        "Write `user:a,user:b` or `x/a,x/b`. Leave it out.",
    )


def test_a_long_name_is_cut_and_no_problem_gives_no_text() -> None:
    assert explained([NameProblem("x" * 200, "long", "Cut it.")])[0] == f'"{"x" * 100}" is long.'
    assert explained([]) == ("", "")


def test_each_right_includes_those_before_it_and_is_shown_by_its_name() -> None:
    assert Right.NONE < Right.READ < Right.TRIAGE < Right.WRITE < Right.MAINTAIN < Right.ADMIN
    assert [str(right) for right in Right] == ["none", "read", "triage", "write", "maintain", "admin"]
