"""Text that people typed, on one line and of bounded length."""

import pytest

from approval_gate.core.plain import ADDRESS, MARKS, address, cut, quoted, visible

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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://acme.atlassian.net/browse/CHG-991", "acme.atlassian.net/browse/CHG-991"),
        ("https://jira:8443/browse/CHG-991", "jira:8443/browse/CHG-991"),
        ("https://x.example", "x.example"),
        ("HTTPS://X.example/", "X.example/"),
        ("https://x.example?a=b&c=d#e", "x.example…"),
        ("https://x.example/a_b/c", "x.example/a…"),
        ("https://x.example/@lea/:tada:", "x.example/…"),
        ("https://x.example/a/b#c", "x.example/a/b…"),
        (f"https://x.example/{'a' * ADDRESS}", f"x.example/{'a' * (ADDRESS - len('x.example/'))}…"),
        (f"https://{'x' * ADDRESS}/a", f"{'x' * ADDRESS}…"),
        ("https://xn--80ak6aa92e.example/", "xn--80ak6aa92e.example/"),
    ],
)
def test_an_address_is_shown_with_its_whole_host_and_the_beginning_of_its_path(text: str, shown: str) -> None:
    assert address(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CHG-991",
        "http://x.example",
        "https://",
        "https://x..example",
        "https://x.example:",
        "https://x.example:8a",
        "https://github.com@x.example/",
        "https://github.com:443@x.example/",
        "https://github.com\\@x.example/",
        "https://github.com\uff0fx.example/",
        "https://аpple.example/",
        "https://[::1]/",
        "https://x.example/a b",
        "https://x.example/\u202egpj.exe",
        "https://x.example/(a)",
        "https://x.example/[a]",
        "https://x.example/<a>",
        "https://x.example/`a`",
        "https://x.example/*a*",
        "https://x.example/~a~",
        "https://x.example/|a",
        "https://x.example/$a$",
        "https://x.example/\\a",
        'https://x.example/"a"',
        "https://x.example/a\n",
        "see https://x.example",
        "https://x.example and more",
        "javascript:alert(1)//https://x.example",
        f"https://{'x' * (ADDRESS + 1)}/",
        f"https://x.example/{'a' * 901}",
    ],
)
def test_any_other_text_is_not_an_address_to_link(text: str) -> None:
    assert address(text) == ""
