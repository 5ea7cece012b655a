"""Text that people type is harmless where it is shown: in the log, in Markdown, in the outputs."""

import io
import re

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from approval_gate.core.blocks import fenced
from approval_gate.rehearsal.rehearse import outputs_of
from approval_gate.render import markdown
from approval_gate.runner.log import Log, harmless
from approval_gate.runner.outputs import OUTPUTS, Outputs
from tests.core.scenes import law
from tests.text import readers

PIECES = st.sampled_from(
    [
        *(
            "::",
            "##[",
            "]",
            "set-output name=x::y",
            "\r",
            "\n",
            "\x85",
            "\u2028",
            "\u202e",
            "\u200b",
            "\x00",
            ":",
            "#",
        ),
        *(
            "`",
            "``",
            "|",
            "\\",
            "<!--",
            "-->",
            "<b>",
            "@everyone",
            "#12",
            "http://x.y",
            "![](",
            "[a](b)",
            "*",
            "_",
        ),
        *("<<EOF", "EOF", "approval-status=approved", " ", "\t", "word", "😀", "é"),
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=60)
GFM = MarkdownIt("commonmark").enable("table")


def commands(text: str) -> list[str]:
    """Find what the runner would treat as a command (actions/runner, ActionCommand.cs)."""
    lines = re.split("\r\n|\r|\n", text)
    return [line for line in lines if "##[" in line or re.match(r"\s*::[^:]*::", line)]


@given(TEXTS)
@example(":::::")
@example("###[[")
def test_a_line_of_the_log_cannot_be_a_command(text: str) -> None:
    stream = io.StringIO()
    log = Log(stream, in_actions=True)
    log.say(f"ann says {text}")
    log.say(text)
    assert commands(stream.getvalue()) == []


@given(TEXTS, TEXTS)
@example("::error::x", "x,file=a::b")
@example("x", "100%25%0A%3A")
def test_an_annotation_stays_one_command_with_one_property(text: str, about: str) -> None:
    stream = io.StringIO()
    Log(stream, in_actions=True).error(f"{text}\n{text}", "an-entry", about)
    assert len(stream.getvalue().splitlines()) == 1
    assert len(commands(stream.getvalue())) == 1
    properties, _, message = stream.getvalue().removeprefix("::error ").partition("::")
    assert properties.startswith("title=Approval gate")
    assert not set(properties) & set(":,\n")
    assert message.endswith("#an-entry\n")


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
@example("100%25%0A")
@example("::add-mask::x")
@example("##[error]x")
def test_the_secret_itself_is_masked(secret: str) -> None:
    stream = io.StringIO()
    Log(stream, in_actions=True).mask(secret)
    assert readers.commands(stream.getvalue()) == [readers.Command("add-mask", secret)]


@given(TEXTS)
def test_a_harmless_text_is_unchanged(text: str) -> None:
    assert harmless(harmless(text)) == harmless(text)


@given(TEXTS)
@example("`")
@example(" `` ")
def test_a_code_span_shows_text_and_nothing_else(text: str) -> None:
    shown = markdown.code(text, 100)
    (inline,) = GFM.parse(f"before {shown} after")[1:2]
    kinds = [child.type for child in inline.children or ()]
    assert kinds == (["text", "code_inline", "text"] if shown else ["text"])


@given(TEXTS.map(lambda text: "".join(c for c in text if not c.isspace() and c.isprintable())))
@example(")")
@example("&lt;")
def test_a_link_to_an_address_is_one_link_and_nothing_else(rest: str) -> None:
    shown = markdown.link("release", f"https://x{rest}")
    (inline,) = GFM.parse(f"before {shown} after")[1:2]
    children = inline.children or ()
    assert [child.type for child in children] == ["text", "link_open", "text", "link_close", "text"]
    assert [child.content for child in children if child.type == "text"] == ["before ", "release", " after"]
    assert str(children[1].attrs["href"]).startswith("https://x")


@given(TEXTS)
def test_a_code_block_is_not_closed_by_its_content(text: str) -> None:
    tokens = GFM.parse(fenced(f"x{text}"))
    assert [token.type for token in tokens] == ["fence"]


@law(50)
@given(
    st.dictionaries(st.sampled_from(sorted(OUTPUTS)), TEXTS.filter(lambda text: "\r" not in text), min_size=1)
)
def test_an_output_is_read_back_as_it_was_written(tmp_path_factory, values: dict[str, str]) -> None:  # noqa: ANN001 - pytest's
    file = tmp_path_factory.mktemp("outputs") / "output"
    outputs = Outputs(str(file), None, None)
    clean = {name: value.encode("utf-8", "replace").decode() for name, value in values.items()}
    outputs.set(clean)
    with file.open(encoding="utf-8", newline="\n") as stream:
        assert outputs_of(stream.read()) == clean


def test_a_delimiter_is_used_once_and_cannot_be_guessed(tmp_path) -> None:  # noqa: ANN001 - pytest's
    file = tmp_path / "output"
    outputs = Outputs(str(file), None, None)
    for _ in range(3):
        known = re.findall("<<(.*)", file.read_text(encoding="utf-8")) if file.exists() else []
        outputs.set({"reason": "\n".join(("x", "EOF", *known, "approval-status=approved")), "approvers": ""})
    used = re.findall("^(?:reason|approvers)<<(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(used) == len(set(used)) == 6
    assert {name for name, _ in readers.outputs(file.read_text(encoding="utf-8"))} == {"reason", "approvers"}


def test_a_summary_beyond_the_runners_limit_is_cut(tmp_path) -> None:  # noqa: ANN001 - pytest's
    outputs = Outputs(None, str(tmp_path / "summary"), None)
    outputs.summarize("😀" * 400_000)
    assert 0 < (tmp_path / "summary").stat().st_size <= 1024 * 1024


@given(st.text(alphabet=st.sampled_from("ab \n"), max_size=300), st.integers(5, 50))
def test_chunks_lose_nothing_but_line_ends(text: str, limit: int) -> None:
    pieces = markdown.chunks(text, limit)
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert "".join(pieces).replace("\n", "") == text.replace("\n", "")
