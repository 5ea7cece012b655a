"""The language of these tests means what it appears to."""

from dataclasses import replace

import pytest

from approval_gate.core.model import (
    Closing,
    Comment,
    Ineligibility,
    Member,
    Modification,
    Person,
    Revision,
    Thread,
)
from tests.core.language import GATE, OPENED, OWNER, PEOPLE, minute, roster, said, talk


def test_a_conversation_becomes_a_thread() -> None:
    ann, bob = PEOPLE["ann"], PEOPLE["bob"]
    assert talk(
        "1 ann: approve",
        "2 bob through an app: deny - first\nsecond",
        "3 ann edits #1: <lost>",
        "4 someone deletes #1",
        "5 ghost: yes",
        "6 bob deletes an unseen comment of ann",
        "7 cy changes the request",
        "8.5 bob closes the issue",
    ) == Thread(
        opened_at=OPENED,
        author_id=GATE,
        comments=(
            Comment(
                id=10,
                author=ann,
                revisions=(
                    Revision(text="approve", by=ann, at=minute(1)),
                    Revision(text=None, by=ann, at=minute(3)),
                ),
                created_at=minute(1),
                deletion=Modification(by=None, at=minute(4)),
            ),
            said(20, bob, "deny - first\nsecond", minute(2), via_app=True),
            said(30, None, "yes", minute(5)),
            replace(said(0, ann, None, minute(6)), deletion=Modification(by=bob, at=minute(6))),
        ),
        changed=Modification(by=PEOPLE["cy"], at=minute(7)),
        closing=Closing(by=bob, at=minute(8.5)),
    )


def test_a_roster_marks_people_who_approve_alone_and_people_who_are_barred() -> None:
    assert roster("ann bob* cy*(left) dee:lead:sre") == (
        Member(person=Person(id=1, login="ann"), roles=("ann",)),
        Member(person=Person(id=2, login="bob"), roles=("bob", OWNER)),
        Member(person=Person(id=3, login="cy"), roles=("cy", OWNER), ineligibility=Ineligibility.LEFT),
        Member(person=Person(id=4, login="dee"), roles=("lead", "sre")),
    )


def test_anything_else_is_refused() -> None:
    with pytest.raises(AssertionError, match="not a line of a conversation"):
        talk("1 ann whispers")


def test_the_last_modification_is_the_last_edit_or_the_deletion() -> None:
    (comment,) = talk("1 ann: approve", "3 ann edits #1: a", "9 bob edits #1: b", "5 cy deletes #1").comments
    assert [modification.at for modification in comment.modifications] == [minute(3), minute(9), minute(5)]
    assert comment.modified_at == minute(9)


def test_an_unmodified_comment_has_no_modification() -> None:
    (comment,) = talk("1 ann: approve").comments
    assert comment.modifications == ()
    assert comment.modified_at is None


@pytest.mark.parametrize(
    ("who", "may_approve", "may_deny"),
    [
        ("ann", True, True),
        ("ann(initiator)", False, True),
        ("ann(left)", False, True),
        ("ann(no-write)", False, False),
        ("ann(own)", False, True),
        ("ann(bot)", False, False),
    ],
)
def test_what_an_ineligible_person_can_still_do(who: str, may_approve: bool, may_deny: bool) -> None:  # noqa: FBT001 - a table's columns
    (member,) = roster(who)
    assert (member.may_approve, member.may_deny) == (may_approve, may_deny)
