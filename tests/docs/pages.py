"""The documents, read as GitHub renders them."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
_PLACES = ("*.md", "docs/**/*.md", "examples/**/*.md", ".github/**/*.md")
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_ATTRIBUTE = re.compile(r'\b(?:href|src|srcset)="([^"]+)"')


@dataclass(frozen=True)
class Block:
    """A code block: its language, its text, and the line where it begins."""

    page: str
    language: str
    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


class Page:
    """A document."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.relative_to(ROOT).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.tokens = _MARKDOWN.parse(self.text)

    def __str__(self) -> str:
        return self.name

    @cached_property
    def blocks(self) -> list[Block]:
        """The code blocks."""
        return [
            Block(self.name, token.info.strip(), token.content, (token.map or [0])[0] + 1)
            for token in self.tokens
            if token.type in {"fence", "code_block"}
        ]

    @cached_property
    def anchors(self) -> set[str]:
        """The anchors of the headings, by GitHub's rules (https://github.com/Flet/github-slugger)."""
        seen: Counter[str] = Counter()
        anchors = set()
        for opening, inline in zip(self.tokens, self.tokens[1:], strict=False):
            if opening.type == "heading_open":
                title = "".join(child.content for child in inline.children or ())
                slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
                anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
                seen[slug] += 1
        return anchors

    @property
    def links(self) -> Iterator[str]:
        """Yield the target of each link and image, those in HTML included."""
        for token in self._inline():
            for name in ("href", "src"):
                if target := token.attrGet(name):
                    yield str(target)
        for token in (*self.tokens, *self._inline()):
            if token.type in {"html_block", "html_inline"}:
                yield from _ATTRIBUTE.findall(token.content)

    @property
    def unlinked(self) -> str:
        """The prose that is neither in a link nor code."""
        words, depth = [], 0
        for token in self._inline():
            depth += token.type == "link_open"
            depth -= token.type == "link_close"
            if not depth and token.type in {"text", "softbreak"}:
                words.append(token.content or " ")
        return "".join(words)

    @property
    def codes(self) -> list[str]:
        """The code in running text."""
        return [token.content for token in self._inline() if token.type == "code_inline"]

    @property
    def tables(self) -> list[list[list[str]]]:
        """The tables: their rows, headers first, and each cell as it is written."""
        tables: list[list[list[str]]] = []
        for before, token in zip(self.tokens, self.tokens[1:], strict=False):
            if before.type == "table_open":
                tables.append([])
            if before.type == "tr_open":
                tables[-1].append([])
            if before.type in {"th_open", "td_open"}:
                tables[-1][-1].append(token.content)
        return tables

    def _inline(self) -> Iterator[Token]:
        for token in self.tokens:
            yield from token.children or ()


@cache
def page(name: str) -> Page:
    """Return the document at a path in the repository."""
    return Page(ROOT / name)


PAGES = [Page(path) for path in sorted({path for place in _PLACES for path in ROOT.glob(place)})]
BLOCKS = [block for each in PAGES for block in each.blocks]
