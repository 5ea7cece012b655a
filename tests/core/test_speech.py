"""An author's own words in a comment, without markup, and the clauses of a line."""

import pytest

from approval_gate.core.speech import Clause, clauses, own_words, visible

WROTE = "On Tue, Mar 3, 2026 at 4:12 PM bob <bob@acme.example>"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"ok\n\n{WROTE} wrote:\n\n> approve?", ["ok", ""]),
        (f"ok\n{WROTE}\nwrote:\n> approve?", ["ok"]),
        ("ok\nOn Tue, Mar 3, 2026 at 4:12 PM\nbob <bob@acme.example>\nwrote:\n> approve?", ["ok"]),
        (f"ok\n*{WROTE} wrote:*\n> approve?", ["ok"]),
        (f"{WROTE} wrote:\n> approve?\n\nok", ["", "ok"]),
        (f"{WROTE} wrote:\nok", []),
        ("On Tuesday\nok\n", ["On Tuesday", "ok", ""]),
        (
            "On 3\na\nb\nbob wrote:\n> approve?",
            ["On 3", "a", "b", "bob wrote:"],
        ),
    ],
)
def test_a_mail_that_is_answered_is_not_the_authors(text: str, kept: list[str]) -> None:
    assert [*own_words(text).lines] == kept


@pytest.mark.parametrize(
    "tail",
    [
        "-- \nann",
        "[Sent from my phone]",
        "Envoyé de mon iPhone",
        "-----Message d\u2019origine-----",
        "-----Message d'origine-----",
        "From: bob\nSent: Monday\nstop",
        "*From:* bob\n*Sent:* Monday",
        "From: bob\nx\ny\nTo: ann",
    ],
)
def test_what_a_mail_program_adds_is_not_the_authors(tail: str) -> None:
    assert own_words(f"ok\n{tail}").lines == ("ok",)


@pytest.mark.parametrize(
    "text",
    [
        "ok\nTo: ann\nFrom: bob",
        "ok\nFrom: bob\nx\ny\nz\nTo: ann",
        "ok\nSubject: x\nTo: ann",
        "ok\n\n\nFrom: bob",
        "From: bob\nSent: Monday",
    ],
)
def test_lines_that_look_like_a_mails_and_are_not_its_end_are_the_authors(text: str) -> None:
    assert own_words(text).lines == tuple(text.split("\n"))


@pytest.mark.parametrize(
    ("text", "lines", "code"),
    [
        ("a\n```\nb\n```\nc", ("a", "c"), ("b",)),
        ("a\n~~~~\nb\n~~~\nc\n~~~~", ("a",), ("b", "c")),
        ("a\n```\nb", ("a", "```", "b"), ()),
        ("```", ("```",), ()),
        ("a\n``` x`y\nb\n```", ("a", "``` x`y", "b", "```"), ()),
        ("a\n~~~\nb\n```\nc\n~~~\nd", ("a", "d"), ("b", "c")),
        ("a\n```\nb\n``` x\nc\n```", ("a",), ("b", "c")),
    ],
)
def test_fenced_code_is_apart_and_a_fence_that_is_never_closed_is_text(
    text: str, lines: tuple[str, ...], code: tuple[str, ...]
) -> None:
    speech = own_words(text)
    assert (speech.lines, speech.code) == (lines, code)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("ok <!-- do not ship --> go <!-- no -->", "ok go"),
        ("<!---->a-->b", "a-->b"),
        ("a<!--b-->c<!--d-->e", "ace"),
        ("<!-- a", "<!-- a"),
        ("call `do()` now", "call now"),
        ("call `do` now", "call do now"),
        ("call do() now", "call do-call now"),
        ("see https://acme.example/do/not and go", "see and go"),
        ("see [the page](https://acme.example) now", "see the page now"),
        ("thanks @ann, go", "thanks , go"),
        ("write to ann@acme.example please", "write to please"),
        ("write to a@b.c please", "write to please"),
        ("write to a@b please", "write to a@b please"),
        ('as the "Do not deploy" page says', "as the page says"),
        ("done.Go", "done. Go"),
        ("~~wait~~ go", "| wait | go"),
        ("- [x] done", "done"),
        ("<b>go</b>", "go"),
        ("snake_case _go_", "snake_case go"),
    ],
)
def test_a_line_is_shown_without_markup_addresses_and_names(line: str, shown: str) -> None:
    assert [" ".join(it.split()) for it in visible([line])] == [shown]


def test_the_line_ends_in_a_comment_stay() -> None:
    assert visible(["a <!-- b", "c", "d --> e"]) == ["a", "", "e"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", []),
        ("ok", [Clause(("ok",), ".", 0, 2)]),
        ("ok, go", [Clause(("ok",), ",", 0, 3), Clause(("go",), ".", 3, 6)]),
        ("ok?! go", [Clause(("ok",), "?", 0, 3), Clause(("go",), ".", 4, 7)]),
        ("?", [Clause((), "?", 0, 1)]),
        (", go", [Clause(("go",), ".", 1, 4)]),
        ("no but go", [Clause(("no",), ",", 0, 6), Clause(("go",), ".", 6, 9)]),
        ("stop or go", [Clause(("stop",), "or", 0, 7), Clause(("go",), ".", 7, 10)]),
        ("nice \U0001f389 go", [Clause(("nice",), ".", 0, 6), Clause(("go",), ".", 6, 9)]),
        ("10 % done", [Clause(("10", "done"), ".", 0, 9)]),
        ("- 1", [Clause(("-1",), ".", 0, 3)]),
        ("well \u26d4 no", [Clause(("well", "\u26d4", "no"), ".", 0, 9)]),
    ],
)
def test_a_line_is_split_into_clauses(line: str, found: list[Clause]) -> None:
    assert [*clauses(line)] == found
