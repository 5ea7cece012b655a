"""How many people a rule needs, and in which roles."""

import itertools
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from approval_gate.core import quorum
from approval_gate.core.decision import decide
from approval_gate.core.model import Member, Outcome, Person, Requirement, Rule, Thread
from approval_gate.core.wording import shortfall
from tests.core.language import OWNER, PEOPLE, minute, roster
from tests.core.language import said as comment
from tests.core.scenes import Scene, anything, law

RULE = Rule(minimum=2, window=timedelta(minutes=60), alone=(OWNER,))


def rule(minimum: int, *require: str, justified: Sequence[str] = ()) -> Rule:
    """Read ``2 lead owner``: two people, each of whom is lead or owner."""
    seats = (text.split() for text in require)
    return replace(
        RULE,
        minimum=minimum,
        require=tuple(Requirement(minimum=int(count), any_of=tuple(roles)) for count, *roles in seats),
        justified=tuple(justified),
    )


@pytest.mark.parametrize(
    ("minimum", "approvers", "met"),
    [
        (1, "", False),
        (1, "ann", True),
        (1, "ann bob", True),
        (2, "", False),
        (2, "ann", False),
        (2, "ann bob", True),
        (2, "ann bob cy", True),
        (3, "ann bob", False),
        (3, "ann bob cy", True),
        (2, "ann*", True),
        (9, "ann*", True),
        (9, "bob ann*", True),
        (2, "ann ann", False),
        (3, "ann bob ann", False),
        (0, "", False),
        (0, "ann", True),
    ],
)
def test_a_minimum_is_met_by_that_many_people(minimum: int, approvers: str, met: bool) -> None:  # noqa: FBT001 - a table's column
    assert quorum.tally(replace(RULE, minimum=minimum), roster(approvers)).met is met


@pytest.mark.parametrize(
    ("asked", "who", "said"),
    [
        (rule(2), "ann bob", None),
        (rule(2), "ann*", None),
        (rule(2), "ann", "2, but only 1 person can approve"),
        (rule(3), "ann bob cy(no-write)", "3, but only 2 people can approve"),
        (rule(2), "ann(left) bob(bot)", "2, but nobody can approve"),
        (rule(1, "1 lead owner"), "ann:sre", "1, but nobody can approve as lead or owner"),
        (rule(2, "2 lead"), "ann:lead bob:sre", "2, but only 1 person can approve as lead"),
        (rule(2, "1 lead"), "ann:sre bob:sre", "2, and 1 of them from lead, but nobody can approve as lead"),
        (
            rule(2, "1 lead", "1 sre"),
            "ann:lead:sre",
            "2, but nobody is left to approve as sre: each person gives one approval",
        ),
    ],
)
def test_a_shortfall_is_explained(asked: Rule, who: str, said: str | None) -> None:
    assert shortfall(asked, roster(who)) == said


LEAD, LEAD_OR_OWNER = ("lead",), ("lead", "owner")


@pytest.mark.parametrize(
    ("asked", "approvers", "filled", "vacant"),
    [
        # The process's emergency: the roles that decide.
        (rule(1, "1 lead owner"), "", 0, [LEAD_OR_OWNER]),
        (rule(1, "1 lead owner"), "ann:devops", 0, [LEAD_OR_OWNER]),
        (rule(1, "1 lead owner"), "ann:devops bob:sre cy:devops", 0, [LEAD_OR_OWNER]),
        (rule(1, "1 lead owner"), "ann:lead", 1, []),
        (rule(1, "1 lead owner"), "ann:devops bob:owner", 1, []),
        # The minimum counts everybody, the required roles included.
        (rule(2, "1 lead"), "ann:lead", 1, [()]),
        (rule(2, "1 lead"), "ann:devops", 1, [LEAD]),
        (rule(2, "1 lead"), "ann:devops bob:devops", 1, [LEAD]),
        (rule(2, "1 lead"), "ann:devops bob:lead", 2, []),
        (rule(2, "1 lead"), "ann:lead bob:lead", 2, []),
        (rule(3, "2 lead"), "ann:lead bob:devops cy:devops", 2, [LEAD]),
        # Requirements beyond the minimum are requirements all the same.
        (rule(1, "2 lead"), "ann:lead", 1, [LEAD]),
        (rule(1, "1 lead", "1 sre"), "ann:lead", 1, [("sre",)]),
        (rule(1, "1 lead", "1 sre"), "ann:lead bob:sre", 2, []),
        # One person fills one seat.
        (rule(1, "1 lead", "1 sre"), "ann:lead:sre", 1, [("sre",)]),
        (rule(1, "1 lead", "1 sre"), "ann:lead:sre ann:lead:sre", 1, [("sre",)]),
        (rule(1, "1 lead", "1 sre"), "ann:lead:sre bob:lead", 2, []),
        (rule(1, "1 lead", "1 sre"), "bob:lead ann:lead:sre", 2, []),
        (rule(1, "1 lead", "1 sre"), "ann:lead:sre bob:lead:sre", 2, []),
        # The first person moves to another seat, and so does the person who filled that one.
        (rule(1, "1 a b", "1 a"), "ann:a bob:b", 2, []),
        (rule(1, "1 a b", "1 b c", "1 a"), "ann:a bob:b cy:c", 3, []),
        (rule(1, "1 a b", "1 b c", "1 a"), "cy:c bob:b ann:a", 3, []),
        (rule(1, "1 a b", "1 b c", "1 a"), "ann:a bob:a cy:b", 3, []),
        (rule(1, "1 a b", "1 b c", "1 a"), "ann:a bob:c dee:c", 2, [("a",)]),
        # Earlier seats are filled first.
        (rule(1, "1 a", "1 a"), "ann:a", 1, [("a",)]),
        (rule(1, "1 b", "1 a", "1 a b"), "ann:a", 1, [("b",), ("a", "b")]),
        (rule(4, "1 b"), "ann:a bob:a", 2, [("b",), ()]),
    ],
)
def test_each_seat_is_filled_by_a_different_person(
    asked: Rule, approvers: str, filled: int, vacant: list[tuple[str, ...]]
) -> None:
    tally = quorum.tally(asked, roster(approvers))
    left = [*tally.vacant, *[()] * tally.open]
    assert (tally.filled, left, tally.needed) == (filled, vacant, filled + len(vacant))
    assert tally.met is (not vacant)


def test_a_person_who_approves_alone_meets_every_requirement() -> None:
    tally = quorum.tally(rule(3, "1 lead"), roster("ann:devops*"))
    assert (tally.met, tally.alone, tally.filled) == (True, True, 1)
    assert (tally.vacant, tally.open) == ((LEAD,), 1)


def test_an_enormous_minimum_is_simply_not_reached() -> None:
    tally = quorum.tally(rule(10**100), roster("ann bob"))
    assert (tally.filled, tally.open, tally.met) == (2, 10**100 - 2, False)


@pytest.mark.parametrize(("roles", "minimum"), [((), 1), (("a",), 0), (("a",), -1), (("a",), 101)])
def test_a_requirement_needs_a_role_and_a_possible_minimum(roles: tuple[str, ...], minimum: int) -> None:
    with pytest.raises(ValueError, match="cannot be required"):
        Requirement(any_of=roles, minimum=minimum)
    assert Requirement(any_of=("a",), minimum=100).minimum == 100


def test_a_person_is_identified_by_id_and_not_by_login() -> None:
    (ann,) = roster("ann")
    renamed = replace(ann, person=replace(PEOPLE["ann"], login="anna"))
    assert quorum.tally(RULE, [ann, renamed]).met is False


@pytest.mark.parametrize(
    ("approvers", "alone"),
    [("", False), ("ann", False), ("ann bob", False), ("ann*", True), ("ann bob*", True)],
)
def test_a_person_approves_alone_in_a_role_that_does(approvers: str, alone: bool) -> None:  # noqa: FBT001 - a table's column
    assert quorum.tally(RULE, roster(approvers)).alone is alone
    assert any(quorum.alone(RULE, member) for member in roster(approvers)) is alone


@pytest.mark.parametrize(
    ("asked", "roles", "decides"),
    [
        (rule(1, "1 lead"), "lead", True),
        (rule(1, "1 lead"), "devops", False),
        (rule(1, "1 lead"), "devops lead", True),
        (rule(1, "1 lead"), "owner", True),
        (rule(2, "1 lead"), "devops", True),
        (rule(2, "1 lead", "1 sre"), "devops", False),
        (rule(2, "1 lead", "1 sre"), "sre", True),
        (rule(1), "devops", True),
        (rule(1, "1 lead"), "", False),
        (rule(1), "", True),
    ],
)
def test_a_role_decides_if_it_fits_a_seat_or_approves_alone(
    asked: Rule,
    roles: str,
    decides: bool,  # noqa: FBT001 - a table's column
) -> None:
    assert quorum.decides(asked, roles.split()) is decides


@pytest.mark.parametrize(
    ("who", "note", "roles"),
    [
        ("ann:sre", None, ""),
        ("ann:sre", "", ""),
        ("ann:sre", "the shop is down", "sre"),
        ("ann:devops:sre", None, "devops"),
        ("ann:sre:devops", None, "devops"),
        ("ann:devops:sre", "the shop is down", "devops sre"),
        ("ann:devops", None, "devops"),
        ("ann:sre*", None, "owner"),
    ],
)
def test_a_role_that_needs_a_justification_counts_only_with_a_note(
    who: str, note: str | None, roles: str
) -> None:
    (member,) = roster(who)
    acting = quorum.acting(rule(1, justified=["sre", "qa"]), member, note)
    assert acting == replace(member, roles=tuple(roles.split()))


@pytest.mark.parametrize(
    ("minimum", "who", "satisfiable"),
    [
        (1, "", False),
        (1, "ann", True),
        (2, "ann", False),
        (2, "ann bob", True),
        (2, "ann bob(initiator)", False),
        (2, "ann bob(author)", False),
        (2, "ann bob(left)", False),
        (2, "ann bob(no-write)", False),
        (2, "ann bob(own)", False),
        (2, "ann bob(bot)", False),
        (2, "ann bob(initiator) cy", True),
        (2, "ann*", True),
        (2, "ann*(initiator)", False),
        (2, "ann*(no-write) bob", False),
        (1, "ann(initiator)", False),
        (2, "ann ann", False),
    ],
)
def test_a_rule_is_satisfiable_if_everybody_who_can_approve_meets_it(
    minimum: int, who: str, *, satisfiable: bool
) -> None:
    assert quorum.satisfiable(replace(RULE, minimum=minimum), roster(who)) is satisfiable


@pytest.mark.parametrize(
    ("asked", "approvers", "candidates", "vacancies"),
    [
        (rule(2), "", "ann bob", [((), 2, "ann bob")]),
        (rule(2), "ann", "bob cy", [((), 1, "bob cy")]),
        (rule(1, "1 lead"), "ann:devops", "bob:lead cy:devops", [(LEAD, 1, "bob")]),
        (rule(1, "1 lead"), "", "cy:devops", [(LEAD, 1, "")]),
        (rule(3, "1 lead"), "", "bob:lead cy:devops", [(LEAD, 1, "bob"), ((), 2, "bob cy")]),
        (rule(1, "2 lead"), "", "bob:lead cy:lead", [(LEAD, 2, "bob cy")]),
        # cy would fill ann's seat, and free her for the vacant one.
        (rule(1, "1 a b", "1 a"), "ann:a", "bob:a cy:b dee:c", [(("a",), 1, "bob cy")]),
        (rule(1, "1 a b", "1 b c", "1 a"), "ann:a bob:b", "cy:c dee:d", [(("a",), 1, "cy")]),
        # Only a lead frees anybody for the lead's seat.
        (rule(1, "1 b c", "1 a"), "bob:b", "cy:c dee:a", [(("a",), 1, "dee")]),
        (rule(1), "ann", "bob", []),
        (rule(4, "2 lead", "1 sre"), "", "bob:sre", [(LEAD, 2, ""), (("sre",), 1, "bob"), ((), 1, "bob")]),
    ],
)
def test_vacancies_name_the_people_who_could_fill_them(
    asked: Rule, approvers: str, candidates: str, vacancies: list[tuple[tuple[str, ...], int, str]]
) -> None:
    found = quorum.vacancies(asked, roster(approvers), roster(candidates))
    assert [
        (opening.seat, opening.count, " ".join(m.person.login for m in opening.candidates))
        for opening in found
    ] == vacancies


# Laws, against an oracle that tries every assignment -----------------------------------

ROLES = ("a", "b", "c", "d")
SOME = st.lists(st.sampled_from(ROLES), min_size=1, max_size=3, unique=True).map(tuple)
REQUIRED = st.lists(st.builds(Requirement, any_of=SOME, minimum=st.integers(1, 2)), max_size=3).map(tuple)
RULES = st.builds(Rule, minimum=st.integers(1, 5), window=st.just(RULE.window), require=REQUIRED)
CROWDS = st.lists(
    st.lists(st.sampled_from([*ROLES, *ROLES, *ROLES, OWNER]), max_size=3, unique=True), max_size=5
).map(
    lambda crowd: [
        Member(person=Person(id=number, login=f"p{number}"), roles=tuple(roles))
        for number, roles in enumerate(crowd)
    ]
)
ALONE = st.sampled_from([(), (OWNER,)])


def oracle(asked: Rule, approvers: Collection[Member]) -> bool:
    """Try every assignment of people to the required seats, in the terms of the policy."""
    if any(role in asked.alone for member in approvers for role in member.roles):
        return True
    places = [need for need in asked.require for _ in range(need.minimum)]
    return len(approvers) >= asked.minimum and any(
        all(set(need.any_of) & set(member.roles) for need, member in zip(places, some, strict=True))
        for some in itertools.permutations(approvers, len(places))
    )


@law(400)
@given(RULES, ALONE, CROWDS)
def test_a_rule_is_met_exactly_if_some_assignment_of_people_to_seats_meets_it(
    asked: Rule, alone: tuple[str, ...], crowd: list[Member]
) -> None:
    asked = replace(asked, alone=alone)
    met = quorum.tally(asked, crowd).met
    event(f"met {met}")
    assert met is oracle(asked, crowd)


WORDS = st.sampled_from(["approve", "approve", "approve - it must be", "revoke", "hello"])


@law(400)
@given(RULES, ALONE, CROWDS, st.lists(st.sampled_from(ROLES), max_size=2, unique=True).map(tuple), st.data())
def test_a_conversation_is_approved_exactly_if_the_oracle_approves_its_last_answers(
    asked: Rule, alone: tuple[str, ...], crowd: list[Member], justified: tuple[str, ...], data: st.DataObject
) -> None:
    few, most = min(asked.minimum, 2), asked.require[: data.draw(st.integers(0, 1))]
    asked = replace(asked, minimum=few, require=most, alone=alone, justified=justified)
    said = data.draw(
        st.lists(st.tuples(st.integers(0, max(0, len(crowd) - 1)), WORDS), min_size=2, max_size=8)
    )
    comments = [
        comment(number, crowd[who].person, words, minute(number))
        for number, (who, words) in enumerate(said, start=1)
        if who < len(crowd)
    ]
    last: dict[int, str] = {}
    for who, words in said:
        # An approval does not displace another if all its roles need a note, since it does not count.
        mute = (
            words == "approve"
            and who < len(crowd)
            and crowd[who].roles
            and set(crowd[who].roles) <= set(justified)
        )
        if words != "hello" and not mute:
            last[who] = words
    voters = [
        member
        if " - " in last[who]
        else replace(member, roles=tuple(r for r in member.roles if r not in justified))
        for who, member in enumerate(crowd)
        if last.get(who, "").startswith("approve")
    ]
    thread = Thread(opened_at=minute(0), author_id=900, comments=tuple(comments))
    decision = decide(asked, crowd, thread, minute(20))
    event(f"outcome {decision.outcome}")
    assert (decision.outcome is Outcome.APPROVED) is oracle(asked, voters)


@law(200)
@given(RULES, ALONE, CROWDS)
def test_a_rule_is_satisfiable_exactly_if_some_set_of_votes_meets_it(
    asked: Rule, alone: tuple[str, ...], crowd: list[Member]
) -> None:
    asked = replace(asked, alone=alone)
    some = itertools.chain.from_iterable(
        itertools.combinations(crowd, count) for count in range(len(crowd) + 1)
    )
    assert quorum.satisfiable(asked, crowd) is any(oracle(asked, voters) for voters in some)


@law(200)
@given(RULES, ALONE, CROWDS)
def test_an_extra_approval_never_unapproves(asked: Rule, alone: tuple[str, ...], crowd: list[Member]) -> None:
    asked = replace(asked, alone=alone)
    before = quorum.tally(asked, crowd[:-1])
    after = quorum.tally(asked, crowd)
    assert after.met or not before.met
    assert before.filled <= after.filled <= before.filled + 1


@law(200)
@given(RULES, CROWDS, st.data())
def test_removing_a_required_seat_never_unapproves(
    asked: Rule, crowd: list[Member], data: st.DataObject
) -> None:
    if not asked.require:
        return
    gone = data.draw(st.integers(0, len(asked.require) - 1))
    fewer = replace(asked, require=asked.require[:gone] + asked.require[gone + 1 :])
    assert quorum.tally(fewer, crowd).met or not quorum.tally(asked, crowd).met


@law(200)
@given(RULES, CROWDS, st.randoms(use_true_random=False))
def test_the_order_of_the_people_does_not_matter(asked: Rule, crowd: list[Member], chance: object) -> None:
    before = quorum.tally(asked, crowd)
    shuffled = list(crowd)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert quorum.tally(asked, shuffled) == before


@law(200)
@given(RULES, CROWDS, CROWDS)
def test_a_vacancy_names_exactly_the_people_who_would_fill_a_seat(
    asked: Rule, crowd: list[Member], others: list[Member]
) -> None:
    fresh = [replace(m, person=replace(m.person, id=100 + m.person.id)) for m in others]
    named = {
        member.person.id for found in quorum.vacancies(asked, crowd, fresh) for member in found.candidates
    }
    filled = quorum.tally(asked, crowd).filled
    assert named == {m.person.id for m in fresh if quorum.tally(asked, [*crowd, m]).filled > filled}


@law(200)
@given(RULES, ALONE, CROWDS)
def test_an_indecisive_approval_never_makes_the_difference(
    asked: Rule, alone: tuple[str, ...], crowd: list[Member]
) -> None:
    asked = replace(asked, alone=alone)
    for member in crowd:
        others = [other for other in crowd if other is not member]
        if not quorum.decides(asked, member.roles):
            assert quorum.tally(asked, crowd).met is quorum.tally(asked, others).met


@pytest.mark.parametrize(
    ("asked", "who", "decisive"),
    [
        (rule(2), "ann:devops bob:lead", "ann as devops, bob as lead"),
        (rule(2), "ann:devops bob:lead cy:sre", "ann as devops, bob as lead, cy as sre"),
        (rule(1, "1 lead owner"), "ann:devops bob:lead", "ann -, bob as lead"),
        (rule(1, "1 lead owner"), "ann:devops,lead", "ann as lead"),
        (rule(1, "1 lead"), "ann:lead bob:lead", "ann as lead, bob as lead"),
        (rule(2, "1 lead"), "ann:devops bob:lead,devops", "ann as devops, bob as lead"),
        (rule(2, "1 lead", "1 sre"), "ann:lead,sre bob:lead", "ann as sre, bob as lead"),
        (rule(2), "ann:devops,owner", "ann as owner"),
        (rule(3), "bob:lead ann:owner", "bob -, ann as owner"),
        (rule(2), "bob:lead ann:devops,owner", "bob as lead, ann as devops"),
        (rule(2), "ann:devops ann:devops", "ann as devops"),
        (rule(2, "1 lead"), "ann:devops", "ann as devops"),
        (rule(1, "1 lead"), "ann:devops", "ann -"),
        (rule(1), "", ""),
    ],
)
def test_each_approval_decides_in_the_role_of_the_seat_that_it_fills(
    asked: Rule, who: str, decisive: str
) -> None:
    members = []
    for text in who.split():
        login, _, roles = text.partition(":")
        members.append(Member(person=PEOPLE[login], roles=tuple(roles.split(","))))
    seated = quorum.seated(asked, members)
    assert ", ".join(f"{m.login} {f'as {role}' if role else '-'}" for m, role in seated) == decisive


@law()
@given(anything())
def test_whoever_decides_holds_the_role_and_a_quorum_has_somebody_who_decides(scene: Scene) -> None:
    seated = quorum.seated(scene.rule, scene.roster)
    assert all(role is None or role in member.roles for member, role in seated)
    if quorum.tally(scene.rule, scene.roster).met:
        assert any(role is not None or not member.roles for member, role in seated)
        deciding = [member for member, role in seated if role is not None or not member.roles]
        assert quorum.tally(scene.rule, deciding).met
