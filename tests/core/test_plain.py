"""Text that people typed, on one line and of bounded length."""

import pytest

from approval_gate.core.plain import MARKS, cut, quoted, visible

ACCENT = "\u0301"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("one\ntwo\r\n three\x1b[31m", "one two three [31m"),
        ("one\u2028two\u2029three", "one two three"),
        ("a\u200bb\u202ec\ufeffd", "abcd"),
        ("a\ud800b", "ab"),
        ("a\ue000b", "ab"),
        ("  a \t b  ", "a b"),
        (f"e{ACCENT}te{ACCENT}", f"e{ACCENT}te{ACCENT}"),
        (f"a{ACCENT * MARKS}b{ACCENT * (MARKS + 1)}", f"a{ACCENT * MARKS}b{ACCENT * MARKS}"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa"),
    ],
)
def test_what_nobody_sees_goes_and_what_is_seen_is_on_one_line(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("abcd", "abcd"), ("abcde", "abcde"), ("abcdef", "abcd…"), ("abc def", "abc…"), (" abcdef", " abc…")],
)
def test_a_long_text_is_cut_where_it_shows(text: str, shown: str) -> None:
    assert cut(text, 5) == shown


def test_a_quotation_cannot_be_closed_by_what_is_in_it_and_nothing_is_not_quoted() -> None:
    assert quoted('say "no"', 20) == "\"say 'no'\""
    assert quoted("abcdef", 5) == '"abcd…"'
    assert quoted("\u200b", 5) == ""
