"""How the runner reads the program's log and outputs, and GitHub its Markdown.

The runner's part follows its source, actions/runner at 258d6c857: ``ActionCommand.cs``,
``ActionCommandManager.cs``, ``FileCommandManager.cs``; its line ends are those of .NET's ``ReadLine``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from approval_gate.render.markdown import is_plain

KNOWN = (
    *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice"),
    *("remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning"),
)
"""The commands that the runner knows."""


@dataclass(frozen=True)
class Command:
    name: str
    data: str


def lines(log: str) -> list[str]:
    """The lines of a log, as .NET's StreamReader splits them."""
    return re.split("\r\n|\r|\n", log)


def commands(log: str) -> list[Command]:
    """Every command in a log that the runner executes."""
    found, stop = [], ""
    for line in lines(log):
        known = {*KNOWN, stop} - {""}
        command = _new_form(line, known) or _old_form(line, known)
        if command is None:
            continue
        if stop:
            stop = "" if command.name == stop else stop
        elif command.name == "stop-commands":
            stop = command.data.lower()
        found.append(command)
    return found


def _new_form(line: str, known: set[str]) -> Command | None:
    """``::name key=value::data`` at the beginning of a line."""
    start = re.match(r"\s*::(?P<info>.*?)::(?P<data>.*)", line, re.DOTALL)
    return _known(start, known)


def _old_form(line: str, known: set[str]) -> Command | None:
    """``##[name key=value;]data`` anywhere in a line."""
    return _known(re.search(r"##\[(?P<info>[^\]]*)\](?P<data>.*)", line, re.DOTALL), known)


def _known(found: re.Match[str] | None, known: set[str]) -> Command | None:
    if found is None:
        return None
    name = found["info"].partition(" ")[0].lower()
    data = found["data"].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    return Command(name, data) if name in known else None


def outputs(file: str) -> list[tuple[str, str]]:
    """The pairs in an output file; the last one of a name wins.

    Raises:
        AssertionError: the runner would fail the step over it.
    """
    pairs = []
    left = iter(file.split("\n"))
    for line in filter(None, left):
        name, found, rest = _split(line)
        assert name or found == "="
        if found == "<<":
            assert rest
            value = []
            for part in left:
                if part == rest:
                    break
                value.append(part)
            else:
                raise AssertionError(f"the delimiter {rest!r} is not found")
            rest = "\n".join(value)
        pairs.append((name, rest))
    return pairs


def _split(line: str) -> tuple[str, str, str]:
    """Split at the first ``=`` or ``<<``."""
    found = re.search("=|<<", line)
    assert found, f"the runner cannot read {line!r}"
    return line[: found.start()], found[0], line[found.end() :]


# Markdown --------------------------------------------------------------------------------------------

CODE = "·code·"
"""What takes the place of code."""

_GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_SAID = re.compile('"([^"]*)"')


def rendered(text: str) -> list[Token]:
    """The tokens of a Markdown text, nested ones after their parents."""
    return list(_flat(_GFM.parse(text)))


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def around(text: str) -> list[str]:
    """The parts of a Markdown text without the content of code: everything that can have an effect.

    Plain words in quotation marks are the same as a code span, and so is one between two marks of direction:
    so the program shows what people said.
    """
    shown = []
    for token in _GFM.parse(text):
        if token.type == "inline":
            words = "".join(map(_outside_of_code, token.children or []))
            words = words.replace(f"\u200e{CODE}\u200e", CODE)
            shown.append(_SAID.sub(lambda said: CODE if is_plain(said[1]) else said[0], words))
        else:
            shown.append(_outside_of_code(token))
    return shown


def _outside_of_code(token: Token) -> str:
    if token.type in {"code_inline", "fence"}:
        return CODE
    attributes = " ".join(f"{name}={value}" for name, value in token.attrs.items())
    return token.content if token.type == "text" else f"<{token.type} {attributes} {token.content.strip()}>"


def blocks(text: str) -> list[str]:
    """The content of the code blocks of a Markdown text."""
    return [token.content for token in rendered(text) if token.type in {"fence", "code_block"}]
