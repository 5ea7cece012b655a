"""What a Markdown text leaves open, and which lines are text, as judged by a real parser."""

import re
from html.parser import HTMLParser
from time import process_time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from approval_gate.core.blocks import Kind, Open, closed, lines, opened
from tests.core.scenes import law

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
HOLDING = {"details", "summary", "div", "a", "b", "table", "tr", "td", "pre", "code", "sub"}
VOID = {"br", "hr", "img"}


class _Page(HTMLParser):
    """Finds the elements around a word."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word
        self.around: list[str] | None = None
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser's form
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            del self._open[len(self._open) - 1 - self._open[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if self.word in data:
            self.around = [tag for tag in self._open if tag in HOLDING or tag == "li"]


def around(text: str) -> list[str] | None:
    """Return the elements around a list that follows a text; None if the list is not shown at all."""
    page = _Page("SHOWN")
    page.feed(MARKDOWN.render(f"{text}\n\n- SHOWN\n"))
    page.close()
    return page.around


LEFT_OPEN = {
    "a fence": ("```", "\n```"),
    "a fence of more": ("text\n`````py\n```", "\n`````"),
    "a fence of tildes": ("~~~ sh\n```", "\n~~~"),
    "a fence in a list": ("- a\n\n  ```\n  x", "\n  ```"),
    "a fence in a numbered list": ("10. ```\n    x", "\n    ```"),
    "a fence in a quote": ("> ```\n> x", "\n> ```"),
    "a comment": ("<!-- to do\n\n- [ ] x", "\n-->"),
    "details": ("<details><summary>x</summary>\n\ntext", "\n\n</details>"),
    "details in details": ("<details>\n\n<details>\n\nx", "\n\n</details></details>"),
    "a fence in details": ("<details>\n\n```\nx", "\n```\n\n</details>"),
    "raw text": ("<pre>\n\n# x", "\n</pre>"),
    "a comment in raw text": ("<pre>\n\n<!-- x", "\n</pre>\n\n<!-- '\"> <!-- -->\n\n</pre>"),
    "a table": ("<table><tr><td>", "\n\n</td></tr></table>"),
    "an element in a line": ("a <b>c", "\n\n</b>"),
    "an instruction": ("<?php\n\nx", "\n?>"),
    "a declaration": ("<!DOCTYPE\n\nx", "\n>"),
    "a section of data": ("<![CDATA[\n\nx", "\n]]>"),
}
NOT_OPEN = [
    "",
    "text",
    "```\nx\n```",
    "~~~\n```\n~~~",
    "`<details>`",
    r"\<details>",
    "a <!-- b",
    "    ```",
    "<details>\n\nx\n\n</details>",
    "<!-- a -->",
    "```\n<details>\n```",
    "<!--\n<details>\n-->",
    "a `` ` <b> `` c",
    "List<String> and 1 < 2",
    "<https://example.com>",
    "text\n10. x\n    ```",
    "-     ```",
    "``` ` ```",
    "<br><img src=x>",
]


@pytest.mark.parametrize(("text", "close"), LEFT_OPEN.values(), ids=LEFT_OPEN)
def test_everything_left_open_is_closed(text: str, close: str) -> None:
    assert opened(text).close == close
    assert around(closed(text)) == ["li"]


@pytest.mark.parametrize("text", NOT_OPEN)
def test_a_text_that_leaves_nothing_open_is_unchanged(text: str) -> None:
    assert opened(text).close == ""
    assert closed(text) == text
    assert around(text) == ["li"]


@pytest.mark.parametrize(
    "text",
    [
        '<div title="',
        "<div title='a",
        "<details open",
        "<div><!--",
        "<div\n<!-- x",
        "<details>\n<?",
        "<details>\n<!x",
        "<details>\n</ x",
        "<details>\n<? </details> x",
        "<details>\n\na <? </details> ?> x",
        "<details>\n\na <!x </details> x",
        "<details>\n\na <![CDATA[ </details> ]]> x",
        "<details>\n\na <? <?",
        "<details>\n\na <! x",
        "<details>\n\na </ x",
    ],
)
def test_unfinished_html_hides_nothing(text: str) -> None:
    assert around(closed(text)) == ["li"]


@pytest.mark.parametrize(
    ("text", "close"),
    [
        ("> a <?b?> <details> > c", "</details>"),
        ("a <?b > <details> ?> c", "</details>"),
        ("a <!b> <details> > c", "</details>"),
        ("a <![CDATA[ <details> ]]> c", ""),
        ("a <![CDATA[ <details> c", "</details>"),
        ("a <? <details> c", "</details>"),
        ("a <? <details> ?> c", ""),
        ("a </ <details> c", "</details>"),
        ("<div title=\n<?b?>", "<!-- '\"> <!-- -->\n\n</div>"),
    ],
)
def test_an_instruction_or_a_declaration_hides_what_is_in_it_up_to_the_first_bracket(
    text: str, close: str
) -> None:
    assert opened(text).close.strip() == close


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("```py\nx", "```py\n"),
        ("> ~~~\n> x", "> ~~~\n"),
        ("- ```\n  x", "- ```\n"),
        ("-  ```\n   x", "-  ```\n"),
        ("- - ```\n    x", "- - ```\n"),
        ("<!-- x", "<!--\n"),
        ("<details>\n\n~~~\nx", "<details>\n\n~~~\n"),
        ("<pre>\n\nx", "<pre>\n"),
        ("text", ""),
    ],
)
def test_everything_left_open_is_opened_again_in_the_next_part(text: str, again: str) -> None:
    left = opened(text)
    assert left.again == again
    last = text.rpartition("\n")[2]
    assert opened(f"{left.again}{last}").close == left.close


def test_only_the_innermost_of_a_thousand_elements_are_opened_again() -> None:
    left = opened("<details>\n\n" * 1_000 + "<b>")
    assert left.again == "<details>" * 19 + "<b>\n\n"
    assert left.close.count("</details>") == 1_000


@pytest.mark.parametrize(
    "text",
    [
        "`" * 60_000,
        "".join("`" * n + " " for n in range(1, 340)),
        "<!--" * 15_000,
        "<b>" * 20_000 + "</a>" * 1_000,
        "<a b='" * 10_000,
        "> " * 30_000,
        "- " * 30_000,
        "<div>" + "<" * 60_000,
        "- a\n" + "  " * 30_000,
        "\n".join(" " * n + "- a" for n in range(300)),
        "- " * 30_000 + "x",
        "* " * 30_000 + "x",
        "- " * 15_000 + "x\n" + "y\n" * 15_000,
        "> " * 20_000 + "```\n" + "x\n" * 10_000,
        "<details>\n\n" * 5_000,
        "<div>" + "<?" * 30_000,
        "a" + "<? <![CDATA[ <!x " * 4_000,
    ],
    ids=range(17),
)
def test_no_text_takes_long(text: str) -> None:
    began = process_time()
    assert len(closed(text)) >= len(text)
    assert process_time() - began < 5  # the worst took a minute


PIECES = (
    *(
        "```",
        "````",
        "~~~",
        "```py",
        "<!--",
        "-->",
        "<!-- x -->",
        "<details>",
        "</details>",
        "<pre>",
        "</pre>",
    ),
    *(
        "<div>",
        "</div>",
        "text",
        "",
        "",
        "",
        " ",
        "- a",
        "  b",
        "    c",
        "1. x",
        "   ```",
        "  ```",
        "> q",
        "> ```",
    ),
    *("> <!--", ">", "# h", "- ```", "***", "`x`", "`", "a `<pre>` b", "<?", "?>", "<!X", "\t```", "- - y"),
    *(
        "     z",
        "-      c",
        "10. q",
        "<b>",
        "<x-y>",
        "a <!-- b",
        "``` ` ```",
        "<details open",
        '<div title="',
        "'>",
        '">',
    ),
    *(
        "<div><!--",
        "x <a href='y'>z",
        "</a>",
        "<table><tr><td>",
        "</table>",
        "a <b>c",
        "---",
        "* * *",
        "<sub>",
        "a <? b",
        "</ x",
        "<![CDATA[",
        "c ]]> d ?> e",
    ),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("\n".join)


HARD: dict[str, tuple[str, Open]] = {
    "HTML that goes on after a quote": ("> q\n</a>", Open()),
    "an instruction after a quote": ("> - a\n<?", Open("\n?>", "<?\n")),
    "HTML after an empty quote": (">\n</a>", Open()),
    "code that goes on after a quote": (">\ta\n\t```", Open()),
    "HTML after a fence in a list": ("- ```\n</a>", Open()),
    "a code span that is not code": ("`\n\ta", Open()),
    "a fence in an empty item": ("-\n\t```", Open("\n  ```", "- ```\n")),
    "an element after code in an item": ("-      c\n<b>", Open("\n\n</b>", "<b>\n\n")),
    "code in an item in an item": ("- -     x", Open()),
    "code after an empty heading": ("#\n\ta", Open()),
    "an element in a code span of two lines": ("`<b>\n`", Open()),
    "an element after a lone backtick": ("`<b>", Open("\n\n</b>", "<b>\n\n")),
    "a comment after a comment": ("<!-- x -->\n<!--", Open("\n-->", "<!--\n")),
    "an empty comment": ("x <!--> <i> --> y", Open("\n\n</i>", "<i>\n\n")),
    "two comments in HTML": (
        "<div><!--\n<!--",
        Open("\n\n<!-- '\"> <!-- -->\n\n</div>", "<div>\n\n"),
    ),
    "a comment in a quote": ("> <!--\n", Open("\n\n<!-- '\"> <!-- -->")),
    "two comments, one in a quote": (
        "> <!--\n'>\n<!--",
        Open("\n-->\n\n<!-- '\"> <!-- -->", "<!--\n"),
    ),
    "an unfinished element in another": (
        '<b>\n<div title="',
        Open("\n\n<!-- '\"> <!-- -->\n\n</div></b>", "<b><div>\n\n"),
    ),
    "an element between two backticks and a third": (
        "`\na `<pre>` b",
        Open("\n\n</pre>", "<pre>\n\n"),
    ),
    "a fence after HTML that goes on in an item": (
        "-\n    - y\n</script> x\n  ```",
        Open("\n  ```", "- ```\n"),
    ),
    "a fence after an empty numbered item": ("1)\n  ```", Open("\n```", "```\n")),
}


@pytest.mark.parametrize(("text", "left"), HARD.values(), ids=HARD)
def test_a_text_that_is_hard_to_read_is_read_as_a_markdown_parser_does(text: str, left: Open) -> None:
    assert opened(text) == left
    assert around(closed(text)) == ["li"]
    assert_told_apart(text)


@law()
@given(TEXTS)
def test_a_text_after_a_closed_one_is_shown_as_if_it_were_alone(text: str) -> None:
    assume(not re.search(r"--\s+>", text))  # ends a comment for Python's parser, but not for browsers
    assert around(closed(text)) == ["li"]


@law()
@given(TEXTS)
def test_text_is_told_from_code_and_html_as_a_markdown_parser_does(text: str) -> None:
    assert_told_apart(text)


def assert_told_apart(text: str) -> None:
    page = MARKDOWN.parse(text)
    outside = {
        n
        for token in page
        if token.type in {"fence", "code_block", "html_block"} and token.map
        for n in range(*token.map)
    }
    for number, (line, kind) in enumerate(lines(text)):
        if line.strip(" \t>"):
            assert (kind is Kind.TEXT) is (number not in outside), (number, line)
