"""Writes a record in comments, as code blocks: one that is too long continues in the next comment."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from approval_gate.core.blocks import fenced
from approval_gate.core.record.canonical import compact, indented

CONTINUED = "record-"
"""The prefix of the names of comments that continue a record: ``record-2``."""

_BLOCK = re.compile(r"^(?P<fence>`{3,})json\n(?P<text>.*?)\n(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL)


def parts(document: Mapping[str, Any], room: int) -> list[str]:
    """Return a record as code blocks, each with at most so many characters of it.

    Their contents, joined, are the record's JSON: indented if one block holds it.
    """
    text = indented(document)
    if len(text) > room:
        text = compact(document)
    return [fenced(text[start : start + room], "json") for start in range(0, len(text), room)]


def joined(comments: Iterable[str]) -> str:
    """Return the JSON in the last code block of each comment; empty if there is none."""
    texts = []
    for comment in comments:
        blocks = [*_BLOCK.finditer(comment.replace("\r\n", "\n"))]
        texts += [blocks[-1]["text"]] if blocks else []
    return "".join(texts)
