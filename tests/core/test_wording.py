"""How a list is put into a sentence."""

import pytest

from approval_gate.core.wording import join


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
    assert join(iter(words), "or", rest="others") == cut
