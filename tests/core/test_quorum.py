"""How many people it takes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from approval_gate.core import quorum
from approval_gate.core.model import Rule
from tests.core.language import PEOPLE, roster

RULE = Rule(minimum=2, window=timedelta(minutes=60))


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
    ],
)
def test_met(minimum: int, approvers: str, met: bool) -> None:  # noqa: FBT001 - a table's column
    assert quorum.met(replace(RULE, minimum=minimum), roster(approvers)) is met


def test_a_person_is_an_id_and_no_login() -> None:
    (ann,) = roster("ann")
    renamed = replace(ann, person=replace(PEOPLE["ann"], login="anna"))
    assert quorum.met(RULE, [ann, renamed]) is False


@pytest.mark.parametrize(
    ("approvers", "alone"),
    [("", False), ("ann", False), ("ann bob", False), ("ann*", True), ("ann bob*", True)],
)
def test_alone(approvers: str, alone: bool) -> None:  # noqa: FBT001 - a table's column
    assert quorum.alone(roster(approvers)) is alone


@pytest.mark.parametrize(
    ("minimum", "who", "satisfiable"),
    [
        (1, "", False),
        (1, "ann", True),
        (2, "ann", False),
        (2, "ann bob", True),
        (2, "ann bob(initiator)", False),
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
def test_satisfiable(minimum: int, who: str, satisfiable: bool) -> None:  # noqa: FBT001 - a table's column
    assert quorum.satisfiable(replace(RULE, minimum=minimum), roster(who)) is satisfiable
