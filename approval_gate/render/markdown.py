"""Text that people typed, made harmless in GitHub's Markdown.

A code span is inert: GitHub reads no mention, reference, link, HTML or markup
inside it (https://spec.commonmark.org/0.31.2/#code-spans). So typed text is
shown in one, on one line, without invisible characters.
"""

import re
import unicodedata
from urllib.parse import quote

from approval_gate.core.blocks import Open, opened

LIMIT = 60_000
"""Characters of one body: GitHub takes 65,536."""

_BLANKS = re.compile(r"\s+")
_IN_ADDRESSES = ":/?#@!$&+,;=%-._~"


def visible(text: str) -> str:
    """Put text on one line, without control, formatting and direction characters."""
    shown = (" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text)
    kept = "".join(char for char in shown if unicodedata.category(char) not in {"Cf", "Cs", "Co"})
    return _BLANKS.sub(" ", kept).strip()


def cut(text: str, limit: int) -> str:
    """Shorten text to a number of characters, and show that it was."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def code(text: str, limit: int = 300) -> str:
    """Show hostile text as a code span."""
    shown = cut(visible(text), limit)
    if not shown:
        return ""
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def cell(text: str, limit: int = 200) -> str:
    r"""Show hostile text as a code span in a table, where a pipe must be written ``\|``.

    (https://github.github.com/gfm/#tables-extension-).
    """
    return code(text, limit).replace("|", "\\|")


def link(text: str, address: str) -> str:
    """Link to a hostile address: any character that has a meaning in Markdown is percent-encoded.

    An ampersand would begin an entity
    (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
    """
    return f"[{text}]({quote(address, safe=_IN_ADDRESSES).replace('&', '&amp;')})"


def fenced(text: str, language: str = "") -> str:
    """Show text as a code block that it cannot close."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def chunks(text: str, limit: int = LIMIT) -> list[str]:
    """Split Markdown into pieces of at most so many characters, each valid by itself.

    A block that is open where a piece ends, such as a code block, is closed there and reopened in the next.
    """
    pieces = []
    again = ""
    while text:
        end = _end(text, again, limit)
        left = opened(again + text[:end])
        if not end:  # what is open leaves no room
            end, again, left = limit, "", Open()
        pieces.append(f"{again}{text[:end]}{left.close}")
        again, text = left.again, text[end:].removeprefix("\n")
    return pieces


def _end(text: str, again: str, limit: int) -> int:
    """Return where the next piece ends, with room to reopen and close blocks; 0 if there is no room."""
    room = limit - len(again)
    while room > 0:
        end = len(text) if len(text) <= room else _seam(text, room)
        over = len(again) + end + len(opened(again + text[:end]).close) - limit
        if over <= 0:
            return end
        room = min(end - 1, max(end - over, end // 2))
    return 0


def _seam(text: str, most: int) -> int:
    """Return where to cut a text, if possible in the second half of so many characters.

    Best after a blank line before an unindented line, then before an unindented line, then at any line end.
    """
    for seam in (r"\n(?=\n\S)", r"\n(?=\S)", r"\n"):
        places = [found.start() for found in re.finditer(seam, text[most // 2 : most + 2])]
        fitting = [most // 2 + place for place in places if 0 < most // 2 + place <= most]
        if fitting:
            return fitting[-1]
    return most
