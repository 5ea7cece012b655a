"""What a name among the approvers means by itself."""

import pytest

from approval_gate.core.model import Code
from approval_gate.core.names import Login, NameProblem, Plain, Team, explained, parse


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
    ],
)
def test_a_name_is_a_team_a_user_or_undecided(name: str, is_: object) -> None:
    assert parse(name) == is_


@pytest.mark.parametrize(
    ("names", "causes", "remedy"),
    [
        (
            ['["ann"', '"bob"]'],
            "separated by commas or line ends, without brackets or quotes",
            "Write `ann,bob`.",
        ),
        (["['ann'", "'acme/devops'", "'cy']"], "without brackets or quotes", "Write `ann,acme/devops,cy`."),
        (["ann;bob"], "separated by commas or line ends", "Write `ann,bob`."),
        (["ann|bob", "cy;dee"], "separated by commas", "Write `ann,bob,cy,dee`."),
        (["- ann"], "not a name", "Write `ann`, `team`, `org/team`"),
        (
            ["DevOps Team"],
            "it contains blanks",
            "slug, `devops-team`; separate several names by commas, `DevOps,Team`",
        ),
        (["@Platform Leads (EU)"], "names are separated", "Write `Platform,Leads,EU`."),
        (["ann bob cy"], "it contains blanks", "`ann,bob,cy`"),
        (["ann@acme.example"], "an e-mail address", "Write the login of its account."),
        (["user:ann@acme.example"], "an e-mail address", "Write the login of its account."),
        (["user:acme/devops"], "not a name", "Write `ann`"),
        (["ann..", "x/y/z", "../../user"], "not a name", "Write `ann`"),
        (["ä", '";"'], "not a name", "Write `ann`"),
        (["usr:ann"], "not a name", "Did you mean `user:ann`?"),
        (["<b>ann</b>"], "not a name", ""),
        (["${{ secrets.X }}"], "names are separated", "Write `secrets.X`."),
    ],
)
def test_a_malformed_name_says_what_to_write(names: list[str], causes: str, remedy: str) -> None:
    wrong = [parse(name) for name in names]
    problems = [one for one in wrong if isinstance(one, NameProblem)]
    said = explained(problems)
    assert causes in said[0]
    assert remedy in said[1]
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
