"""The people who may vote, their roles, and why some of them cannot approve."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import pytest

from approval_gate.core import roster as rosters
from approval_gate.core.model import Ineligibility, Member, Person, Rule
from approval_gate.core.roster import Named, assemble
from tests.core.language import PEOPLE, roster

ANN, BOB, ROBOT = PEOPLE["ann"], PEOPLE["bob"], PEOPLE["robot"]


def named(role: str, *people: Person, **how: Any) -> Named:
    return Named(role=role, place=0, member=role, people=people, **how)


def listed(*people: Person, absent: Sequence[str] = ()) -> Named:
    return named("them", *people, listed=people, absent=tuple(absent))


def test_a_person_is_there_once_with_every_role_in_its_order() -> None:
    found = [named("lead", BOB), named("devops", ANN, BOB), named("devops", ANN), named("sre", BOB)]
    assert assemble(found, own_id=None, writers=None, barred={}) == (
        Member(person=BOB, roles=("lead", "devops", "sre")),
        Member(person=ANN, roles=("devops",)),
    )


def test_a_person_renamed_between_two_answers_is_one_person() -> None:
    renamed = roster("ann")[0].person
    found = [named("devops", ANN), named("sre", renamed)]
    assert len(assemble(found, own_id=None, writers=None, barred={})) == 1


def test_without_people_the_roster_is_empty() -> None:
    assert assemble([], own_id=1, writers=set(), barred={1: Ineligibility.INITIATOR}) == ()


@pytest.mark.parametrize(
    ("who", "own", "writers", "barred", "ineligibility"),
    [
        ("ann", None, None, None, None),
        ("ann", None, {"ann"}, None, None),
        ("ann", None, {"bob"}, None, Ineligibility.NO_WRITE),
        ("ann", None, set(), Ineligibility.INITIATOR, Ineligibility.NO_WRITE),
        ("ann", None, None, Ineligibility.INITIATOR, Ineligibility.INITIATOR),
        ("ann", None, {"ann"}, Ineligibility.AUTHOR, Ineligibility.AUTHOR),
        ("ann", "bob", {"ann"}, None, None),
        ("ann", "ann", {"ann"}, Ineligibility.INITIATOR, Ineligibility.OWN_ACCOUNT),
        ("ann", "ann", set(), None, Ineligibility.OWN_ACCOUNT),
        ("robot", "robot", set(), Ineligibility.INITIATOR, Ineligibility.BOT),
    ],
)
def test_the_most_serious_reason_is_the_one_given(
    who: str,
    own: str | None,
    writers: Collection[str] | None,
    barred: Ineligibility | None,
    ineligibility: Ineligibility | None,
) -> None:
    (member,) = assemble(
        [named("devops", PEOPLE[who])],
        own_id=PEOPLE[own].id if own else None,
        writers=None if writers is None else {PEOPLE[login].id for login in writers},
        barred={PEOPLE[who].id: barred} if barred else {},
    )
    assert member.ineligibility is ineligibility


# Who cannot approve, and why ------------------------------------------------------------


def members(*people: Person, **bars: Ineligibility) -> tuple[Member, ...]:
    return tuple(Member(person=p, roles=("them",), ineligibility=bars.get(p.login)) for p in people)


def test_each_listed_person_who_cannot_approve_is_explained() -> None:
    names = [listed(ANN, BOB, absent=["gone"]), named("team", PEOPLE["cy"])]
    some = members(ANN, BOB, PEOPLE["cy"], bob=Ineligibility.NO_WRITE, cy=Ineligibility.NO_WRITE)
    wrong = rosters.unable(names, some)
    assert [problem.name for problem in wrong] == ["bob", "gone"]
    assert wrong[0].cause == "without write access to this repository"
    assert wrong[1].cause == "not an account on GitHub"


@pytest.mark.parametrize(
    "ineligibility",
    [Ineligibility.INITIATOR, Ineligibility.AUTHOR, Ineligibility.BOT, Ineligibility.OWN_ACCOUNT],
)
def test_people_barred_otherwise_are_explained_only_if_the_rule_cannot_be_met(
    ineligibility: Ineligibility,
) -> None:
    assert rosters.unable([listed(ANN)], members(ANN, ann=ineligibility)) == ()


HOUR = timedelta(hours=1)
RULE = Rule(minimum=1, window=HOUR)


@pytest.mark.parametrize(
    ("ineligibility", "cause", "remedy"),
    [
        (Ineligibility.OWN_ACCOUNT, "the account whose token the gate uses", "`${{ github.token }}`"),
        (
            Ineligibility.INITIATOR,
            "barred for having asked for this deployment",
            "Have somebody other than `ann`",
        ),
        (Ineligibility.AUTHOR, "barred as an author of what is deployed", "approvers other than `ann`"),
        (Ineligibility.NO_WRITE, "without write access to this repository", "Give `ann` write access"),
        (
            Ineligibility.BOT,
            "a bot or an organisation, which cannot approve",
            "Name people instead of `ann`.",
        ),
    ],
)
def test_if_the_rule_cannot_be_met_each_cause_has_its_own_remedy(
    ineligibility: Ineligibility, cause: str, remedy: str
) -> None:
    short = rosters.short(RULE, [listed(ANN)], members(ANN, ann=ineligibility))
    assert short is not None
    assert short[0] == f'1, but nobody can approve. "ann" is {cause}.'
    assert remedy in short[1]
    assert "lower minimum-approvals" not in short[1]


def test_if_there_are_too_few_people_the_minimum_is_a_cause_too() -> None:
    two = Rule(minimum=3, window=HOUR)
    short = rosters.short(two, [listed(ANN, BOB)], members(ANN, BOB, bob=Ineligibility.NO_WRITE))
    assert short is not None
    assert short[0] == ('3, but only 1 person can approve. "bob" is without write access to this repository.')
    assert short[1].endswith("remove the name. Add an approver, or lower minimum-approvals.")
    alone = rosters.short(two, [listed(ANN)], members(ANN))
    assert alone == ("3, but only 1 person can approve.", "Add an approver, or lower minimum-approvals.")


def test_names_that_no_account_has_are_counted_among_the_causes() -> None:
    short = rosters.short(Rule(minimum=2, window=HOUR), [listed(ANN, absent=["x", "y", "x"])], members(ANN))
    assert short is not None
    assert short[0] == ('2, but only 1 person can approve. "x" and "y" are not accounts on GitHub.')
    assert "Correct or remove `x,y`" in short[1]


def test_a_rule_that_can_be_met_needs_no_explanation() -> None:
    assert rosters.short(RULE, [listed(ANN, BOB)], members(ANN, BOB, bob=Ineligibility.NO_WRITE)) is None
