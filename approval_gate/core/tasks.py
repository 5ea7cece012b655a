"""The items of a Markdown task list, which people tick.

There is one definition of an item, so that every part of the program finds the
same ones (https://github.github.com/gfm/#task-list-items-extension-).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count

from approval_gate.core.blocks import Kind, lines
from approval_gate.core.model import ChecklistItem, Modification
from approval_gate.core.plain import cut, visible

# GitHub ticks boxes in bulleted, numbered and quoted lists; `[x](…)` is a link.
_BOX = re.compile(r"^([ \t>]*(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)\[([xX ])\](?=\s|$)(.*)$", re.MULTILINE)

_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_HEADING = re.compile(r"^ {0,3}(?:#{1,6}[ \t]+(.*?)[ \t#]*|\*\*([^*]+)\*\*:?[ \t]*)$")

_NAME = 80
"""How many characters of an item's name are shown at most."""

_Key = tuple[str, int]
"""An item: its text, and how many items with the same text precede it."""


def unticked(body: str) -> str:
    """Return a body with nothing ticked and its line ends normalized, for comparisons."""
    trimmed = "\n".join(line.rstrip() for line in body.rstrip().split("\n"))
    return _BOX.sub(r"\1[ ]\3", trimmed)


def items(text: str) -> tuple[str, ...]:
    """Return the text of each item, in order; two can be the same."""
    return tuple(item for item, _ in _marks(text))


def item_name(text: str) -> str:
    """Return an item's name in plain text: the bold part at its beginning, else what precedes `` - ``."""
    line = visible(text)
    bold = _BOLD.match(line)
    return (bold[2] if bold else line.partition(" - ")[0]).strip("*_ ") or line


def short_name(text: str) -> str:
    """Return an item's name, not too long to be shown within a sentence."""
    return cut(item_name(text), _NAME)


def headings(text: str) -> dict[str, str]:
    """Return each item with the heading, or the line in bold, above it; empty if there is none."""
    above, found = "", {}
    for line in (line for line, kind in lines(text) if kind is Kind.TEXT):
        if (box := _BOX.match(line)) and box[3].strip():
            found[box[3].strip()] = above
        elif heading := _HEADING.match(line):
            above = heading[1] or heading[2]
    return found


def ticked(asked: Sequence[str], body: str) -> tuple[bool | None, ...]:
    """Return whether each item is ticked; None if the body does not have it."""
    marks = _marks(body)
    return tuple(marks.get(key) for key in _numbered(asked))


def checklist_items(
    asked: Sequence[str], texts: Sequence[str | None], edits: Sequence[Modification]
) -> tuple[ChecklistItem, ...]:
    """Return whether each item is there, and who ticked it last.

    The author of the edit that ticked an item counts as its ticker. An item
    first seen ticked after a text that cannot be read has an unknown ticker.

    Args:
        asked: the items, in the order of the list.
        texts: the body's, from the first to the last; None for one that can no longer be read.
        edits: those that made the last of these texts; the text before them is the original.
    """
    if not asked:
        return ()
    read = [None if text is None else _marks(text) for text in texts]
    original = len(texts) - len(edits)
    made = [*[None] * original, *edits[max(0, -original) :]]
    who: dict[_Key, Modification] = {}
    for before, now, edit in zip([None, *read], read, made, strict=False):
        if edit is not None:
            unknown = Modification(by=None, at=edit.at)
            who = {
                box: who.get(box, unknown) if before is None or before.get(box) else edit
                for box, tick in (now or {}).items()
                if tick
            }
    there = (read[-1] if read else None) or {}
    return tuple(ChecklistItem(there=box in there, modification=who.get(box)) for box in _numbered(asked))


@lru_cache(maxsize=64)
def _marks(text: str) -> Mapping[_Key, bool]:
    """Return each item and whether it is ticked; the same body is read again and again."""
    # GitHub shows no box in code, in a comment, in other HTML, or for an item without a word.
    boxes = (_BOX.match(line) for line, kind in lines(text) if kind is Kind.TEXT)
    found = [(box[3].strip(), box[2] != " ") for box in boxes if box and box[3].strip()]
    return dict(zip(_numbered(item for item, _ in found), (tick for _, tick in found), strict=True))


def _numbered(said: Iterable[str]) -> list[_Key]:
    """Distinguish items with the same text by their order."""
    numbers: defaultdict[str, Iterator[int]] = defaultdict(count)
    return [(item, next(numbers[item])) for item in said]
