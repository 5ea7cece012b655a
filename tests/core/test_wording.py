"""How lists, counts and people are put into a sentence."""

from datetime import UTC, datetime, timedelta

import pytest

from approval_gate.core.wording import are, day, every, join, join_some, mentions, minutes, names, plural
from tests.core.language import PEOPLE, roster


@pytest.mark.parametrize(
    ("words", "whole", "cut"),
    [
        ("", "", ""),
        ("a", "a", "a"),
        ("ab", "a or b", "a or b"),
        ("abc", "a, b or c", "a, b or c"),
        ("abcdef", "a, b, c, d, e or f", "a, b, c, d, e or f"),
        ("abcdefg", "a, b, c, d, e, f or g", "a, b, c, d, e or 2 others"),
        ("abcdefgh", "a, b, c, d, e, f, g or h", "a, b, c, d, e or 3 others"),
    ],
)
def test_words_are_joined_and_a_long_list_can_be_cut(words: str, whole: str, cut: str) -> None:
    assert join(words, "or") == whole
    assert join_some(iter(words), "or") == cut
    assert join_some("abcd", "or", most=3) == "a, b or 2 others"


@pytest.mark.parametrize(
    ("count", "nouns", "said"),
    [
        (0, ("approval",), "0 approvals are"),
        (1, ("approval",), "1 approval is"),
        (2, ("approval",), "2 approvals are"),
        (1, ("person", "people"), "1 person is"),
        (3, ("person", "people"), "3 people are"),
    ],
)
def test_a_noun_and_its_verb_agree_with_the_count(count: int, nouns: tuple[str, ...], said: str) -> None:
    assert f"{plural(count, *nouns)} {are(count)}" == said


def test_things_of_which_there_are_no_others_are_all_of_them() -> None:
    assert [every(2, "commit"), every(3, "commit")] == ["both commits", "all 3 commits"]


def test_minutes_have_decimals_only_if_needed() -> None:
    assert [minutes(timedelta(seconds=seconds)) for seconds in (3600, 30, 90)] == ["60", "0.5", "1.5"]


def test_people_and_members_are_named_by_their_logins_and_mentioned() -> None:
    people = [PEOPLE["ann"], *roster("bob cy")]
    assert names(people) == "ann, bob and cy"
    assert names(people, "or") == "ann, bob or cy"
    assert names(people * 3) == "ann, bob, cy, ann, bob and 4 others"
    assert mentions(people) == ["@ann", "@bob", "@cy"]


def test_a_time_is_preceded_by_its_day_unless_it_is_that_of_another_time() -> None:
    evening = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert day(evening + timedelta(minutes=29), evening) == ""
    assert day(evening + timedelta(minutes=30), evening) == "Tue 3 March, "
