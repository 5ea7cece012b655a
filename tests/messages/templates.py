"""Every text in the code that can be a message, read from the syntax trees.

Where messages are raised is not searched for, since a text can take any way there: every string of
three words or more counts, unless it is a docstring, a pattern, help, a query, or in a module whose
texts other tests hold.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "approval_gate"

ELSEWHERE = (
    "emulator/",
    "rehearsal/",
    "render/",
    "core/audit/",
    "core/blocks.py",
    "core/conditions/",
    "core/commands.py",
    "core/layout.py",
    "core/model.py",
    "core/notices.py",
    "core/objections.py",
    "core/outcomes.py",
    "core/patterns.py",
    "core/plain.py",
    "core/progress.py",
    "core/record/",
    "core/result.py",
    "core/shortcodes.py",
    "core/signs.py",
    "core/speech.py",
    "core/verdict.py",
    "core/wording.py",
    "core/words.py",
    "core/ending.py",
    "gate/progress_log.py",
    "github/answers.py",
    "runner/outputs.py",
)
"""Modules whose texts are the conversation's, the log's, the record's or data; other tests hold them."""

_HELP = {"help", "description", "epilog", "otherwise", "short_help"}
_WORD = re.compile(r"[A-Za-z][a-z'`-]*")
_WORDS = 3
_PLACE = re.compile(r"\{[a-z_:!]*\}|<[01]>|\0")
_QUOTED = re.compile(r"`[^`]*`")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with places that values fill, and where it is in the code."""

    where: str
    text: str

    @property
    def words(self) -> str:
        """Without a full stop at the end, where the log goes on: "...; trying again"."""
        return self.text.rstrip(".")

    def is_in(self, lines: str) -> bool:
        """Whether one of these lines was made from it."""
        words = " ".join(max(_PLACE.split(self.words), key=len).split())
        at = lines.find(words)
        while at >= 0:
            end = lines.find("\n", at)
            if self.made(lines[lines.rfind("\n", 0, at) + 1 : end]):
                return True
            at = lines.find(words, end)
        return False

    def made(self, line: str) -> bool:
        """Whether a printed line was made from it: its words are there in order."""
        at = 0
        for part in _PLACE.split(self.words):
            at = line.find(" ".join(part.split()), at)
            if at < 0:
                return False
        return True


@cache
def templates() -> tuple[Template, ...]:
    """Return every text of the package that can be a message."""
    return tuple(_found())


def _found() -> Iterator[Template]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(ELSEWHERE):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for line, text in _texts(tree, _left_out(tree)):
                yield Template(f"{name}:{line}", text)


def _left_out(tree: ast.Module) -> set[int]:
    """Return the nodes that are no messages: docstrings, help, patterns, and names of what is parsed."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg in _HELP:
            found.update(map(id, ast.walk(node.value)))
        if isinstance(node, ast.FunctionDef) and node.name == "answer":  # GitHub's, for the record
            found.update(map(id, ast.walk(node)))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _NO_MESSAGES:
            given = (*node.args, *(keyword.value for keyword in node.keywords))
            found.update(id(part) for one in given for part in ast.walk(one))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "parse":
            found.update(map(id, ast.walk(node.args[0])))  # what fills a place of another text
        if isinstance(node, ast.FormattedValue) and node.format_spec:
            found.update(map(id, ast.walk(node.format_spec)))
    return found


_NO_MESSAGES = {
    *("re.compile", "_input", "_notify_urls", "ValueError", "TypeError"),
    "AssertionError",  # a fault of the program, whose message nobody sees
    *("_Right", "Membership"),  # GitHub's answers, for the record
    "unreadable",  # the problem of a source, likewise
}
_CODE = re.compile(r"\$\w|\.\.\. on |createdAt|databaseId|editedAt|mergeCommit|totalCount|approval-gate:v1")
"""Texts of GraphQL, and the marker."""


def _texts(tree: ast.Module, left_out: set[int]) -> Iterator[tuple[int, str]]:
    inner = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
        if isinstance(part, ast.Constant)
    }
    for node in ast.walk(tree):
        if id(node) in left_out or id(node) in inner:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(str(it.value) if isinstance(it, ast.Constant) else "\0" for it in node.values)
        else:
            continue
        if not _CODE.search(text):
            yield from ((node.lineno, part) for part in text.split("\n") if _is_prose(part))


def _is_prose(text: str) -> bool:
    """Whether a text has three words or more besides its places and what is quoted in it."""
    words = _QUOTED.sub(" ", _PLACE.sub(" ", text)).split()
    return sum(bool(_WORD.fullmatch(word.strip(",.;:()\"'"))) for word in words) >= _WORDS
