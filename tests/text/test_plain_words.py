"""Words that look harmless are shown as they are, and everything else as code."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from approval_gate.core.plain import quoted, visible
from approval_gate.render import markdown
from tests.core.scenes import law
from tests.text.corpus import corpus
from tests.text.test_hostile_text import TEXTS

GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])
CORPUS = sorted(corpus().values())
LINKED = re.compile(r"@\w|#\d|GH-\d|://|www\.|:[\w+-]+:|\$|\b[0-9a-f]{7,40}\b", re.IGNORECASE)
"""What GitHub makes a mention, a link, an emoji or a formula of outside of code."""

anything = TEXTS | st.sampled_from(CORPUS).map(lambda text: text[:400])


def outside_of_code(text: str) -> str:
    """Return the text that Markdown shows outside of code; it must be one paragraph without markup."""
    opening, inline, closing = GFM.parse(text)
    assert (opening.type, closing.type) == ("paragraph_open", "paragraph_close")
    assert {child.type for child in inline.children or ()} <= {"text", "code_inline"}
    return "".join(
        child.content if child.type == "text" else "\N{MIDDLE DOT}" for child in inline.children or ()
    )


@law(200)
@given(anything)
@example("1. x")
@example("x `` y")
@example("`x`@y")
@example("@a`b`@c")
@example("-")
@example("a\n===")
@example(":0:")
@example("done (:white_check_mark:), ::a::b:c:")
def test_a_sentence_has_no_effect_and_code_around_what_could(text: str) -> None:
    shown = markdown.prose(f"{text}")
    if shown:
        assert not LINKED.search(outside_of_code(shown))


@law(200)
@given(anything)
def test_a_name_and_an_utterance_have_no_effect(text: str) -> None:
    for shown in (markdown.name(text), markdown.said(text)):
        if shown:
            assert not LINKED.search(outside_of_code(f"by {shown} at noon"))


@law(200)
@given(anything)
def test_nothing_closes_a_quotation(text: str) -> None:
    shown = quoted(text, 50)
    assert len(shown) <= 52
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert shown == "" or (shown[0], shown[-1], shown.count('"')) == ('"', '"', 2)


@pytest.mark.parametrize(
    "text",
    [
        "All checks passed",
        "Database migration needs more testing. Found issue in staging.",
        "Note: it isn't tested (in staging)",
        "it’s über – fine!",
        "v1.2.3",
        "platform-lead",
        "my_environment",
        "release/1.2",
        "100% of users",
        "#INC-12345",
        "Build & Test",
        "within 09:00-17:00 (Europe/Berlin)",
    ],
)
def test_plain_words_are_shown_as_they_are(text: str) -> None:
    assert markdown.name(text) == text
    assert markdown.said(text) == f'"{text}"'


@pytest.mark.parametrize(
    "text",
    [
        "@lea",
        "#1",
        "GH-1",
        "_x_",
        "x *y*",
        "see www.x.y",
        "https://x.y",
        ":+1:",
        "a1b2c3d4",
        "R&D",
        "x &lt y",
        "x  y",
    ],
)
def test_everything_else_is_code(text: str) -> None:
    assert markdown.name(text) == f"`{visible(text)}`"


def test_words_written_from_right_to_left_do_not_move_what_is_around_them() -> None:
    assert markdown.said("אושר") == "\u200e`אושר`\u200e"


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        (
            "GitHub answered 500 to GET /repos/acme/shop: Server Error (request 0400:1A2B:29)",
            "GitHub answered 500 to GET `/repos/acme/shop`: Server Error (request `0400:1A2B:29`)",
        ),
        ("Give the job `permissions: issues: write`.", "Give the job `permissions: issues: write`."),
        ('"acme/no-team" is not a team', '"acme/no-team" is not a team'),
        ("'@everyone' is not a number.", "'`@everyone`' is not a number."),
        ("The tag <b>x</b> is gone.", "The tag `<b>x</b>` is gone."),
        ('"Build & Test" succeeded', '"Build & Test" succeeded'),
        ("a &lt; b", "a `&lt`; b"),
        ("", ""),
    ],
)
def test_a_sentence_stays_a_sentence(sentence: str, shown: str) -> None:
    assert markdown.prose(sentence) == shown


def test_a_sentence_is_cut_where_it_is_too_long() -> None:
    assert markdown.prose("word " * 20, 12) == "word word w…"


def test_a_heap_of_accents_is_cut_and_the_accents_of_a_language_are_not() -> None:
    assert visible("a" + "\u0301\u0489\u20dd" * 200 + "b") == "a" + "\u0301\u0489\u20dd" * 2 + "\u0301\u0489b"
    for word in ("בְּרֵאשִׁ֖ית", "Việt Nam", "ที่นี่", "བསྒྲུབས", "क्षत्रिय"):
        assert visible(unicodedata.normalize("NFD", word)) == unicodedata.normalize("NFD", word)
