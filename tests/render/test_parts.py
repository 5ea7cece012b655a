"""A long text in parts: each part renders correctly alone, and nothing is lost."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from approval_gate.render import markdown
from tests.core.scenes import law
from tests.core.test_blocks import TEXTS, around

MARKDOWN = MarkdownIt("commonmark", {"html": True})
LINE = "# not a heading, and @nobody is called, number {}"


def code(part: str) -> str:
    return "".join(token.content for token in MARKDOWN.parse(part) if token.type in {"fence", "code_block"})


@pytest.mark.parametrize(
    ("begin", "before", "end"),
    [
        ("```", "", "```"),
        ("`````md", "", "`````"),
        ("~~~ sh", "", "~~~"),
        ("> ```", "> ", "> ```"),
        ("1. step\n\n   ```", "   ", "   ```"),
        ("- - - ```", "      ", "      ```"),
        ("<details><summary>Log</summary>\n\n```", "", "```\n\n</details>"),
        ("```", "", ""),
    ],
)
def test_code_is_code_in_every_part(begin: str, before: str, end: str) -> None:
    lines = [f"{before}{LINE.format(number)}" for number in range(1_500)]
    parts = markdown.chunks("\n".join([begin, *lines, end]), 20_000)
    assert len(parts) > 3
    for part in parts:
        assert len(part) <= 20_000
        assert around(part) == ["li"]
        assert not [token for token in MARKDOWN.parse(part) if token.type == "heading_open"]
    shown = "\n".join(code(part) for part in parts)
    assert [line for line in shown.split("\n") if line.strip()] == [LINE.format(n) for n in range(1_500)]


def test_a_comment_is_a_comment_in_every_part() -> None:
    text = "\n".join(["<!--", *(f"- [ ] hidden {number}" for number in range(3_000)), "-->", "shown"])
    parts = markdown.chunks(text, 10_000)
    html = [MARKDOWN.render(part) for part in parts]
    assert all(page.startswith("<!--") for page in html)
    assert html[-1].rstrip().endswith("<p>shown</p>")
    assert all("-->" in page for page in html)


def test_a_folded_block_is_folded_in_every_part() -> None:
    text = "<details><summary>Log</summary>\n\n" + "a line of it\n\n" * 2_000 + "</details>\n\nafter"
    parts = markdown.chunks(text, 5_000)
    for part in parts[1:]:
        assert part.startswith("<details>\n\n")
    assert all(part.count("<details>") == part.count("</details>") for part in parts)


def test_a_text_is_cut_between_paragraphs_where_it_can_be() -> None:
    table = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 20
    parts = markdown.chunks("\n".join([table] * 20), 1_000)
    assert all(part.lstrip().startswith("| a | b |") for part in parts)


def test_a_nested_list_is_cut_before_an_outer_item() -> None:
    parts = markdown.chunks("- outer\n    - inner\n    - inner\n" * 200, 1_000)
    assert all(part.startswith("- outer") for part in parts)


def test_one_endless_line_is_cut_anywhere() -> None:
    parts = markdown.chunks("x" * 2_500, 1_000)
    assert [len(part) for part in parts] == [1_000, 1_000, 500]


@pytest.mark.parametrize("text", ["<details>" * 3_000, "<div>\n\n" * 3_000, "<!--" * 5_000, "```\n" * 5_001])
def test_a_block_without_end_is_split_into_parts_that_fit(text: str) -> None:
    assert all(0 < len(part) <= 2_000 for part in markdown.chunks(text, 2_000))


@law()
@given(TEXTS, st.integers(120, 300))
def test_each_part_of_any_text_fits_and_hides_nothing_that_follows(text: str, limit: int) -> None:
    parts = markdown.chunks("\n".join([text] * 6), limit)
    assert all(0 < len(part) <= limit for part in parts)


@law()
@given(TEXTS)
def test_the_next_part_is_rendered_independently(text: str) -> None:
    assume(not re.search(r"--\s+>", text))  # Python's parser ends a comment with it, but no browser does
    parts = markdown.chunks("\n".join([text] * 12), 1_000)
    assert all(around(part) == ["li"] for part in parts)
