"""Text that people typed, made harmless in GitHub's Markdown.

A code span is inert: GitHub reads no mention, reference, link, HTML or markup
inside it (https://spec.commonmark.org/0.31.2/#code-spans). So typed text is
shown in one, on one line, without invisible characters, unless it consists of
plain words.
"""

import re
import unicodedata
from urllib.parse import quote

from approval_gate.core.blocks import Open, opened
from approval_gate.core.plain import cut, visible

LIMIT = 60_000
"""Characters of one body: GitHub takes 65,536."""

_PLAIN = re.compile(
    r"""(?:\#(?=[^\W\d_]))?[^\W_]  # begins with a letter, a digit or ``#INC-1``: no list, no heading
    (?:
        (?: [^\W_] | (?<=[^\W_])_(?=[^\W_]) | [ ](?![ ]) | [.,;!?'’()%/+–—…-]
            | (?<=[ ])&(?=[ ]) | :(?=[ ]) | (?<=\b[0-9]{2}):(?=[0-9]{2}\b)  # also within a time
        )*
        (?:[^\W_] | [)'’%…])
    )?
    [.!?]?""",
    re.VERBOSE,
)
_AUTOLINKED = re.compile(r":(?!\d\d-\d\d:)[\w+-]+:|\bwww\.|\bGH-[0-9]|\b[0-9a-f]{7,40}\b", re.IGNORECASE)
"""What GitHub links without any markup
(https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls)."""

_CODE = re.compile("(`[^`]+`)")
_WORD = re.compile(r"""(:[\w+-]+:|[^\s"'(),;:.!?…](?:\S*[^\s"'(),;:.!?…])?)""")
"""A word without the punctuation around it; ``:tada:`` is an emoji's name."""
_NUMBER = re.compile(r"^([0-9]{1,9})(?=[.)])")
"""What would begin a numbered list."""

_LEFT_TO_RIGHT = "\u200e"
"""An invisible letter: GitHub aligns a paragraph by its first, and signs go in the direction of theirs."""

_IN_ADDRESSES = ":/?#@!$&+,;=%-._~"


def code(text: str, limit: int = 300) -> str:
    """Show hostile text as a code span."""
    shown = cut(visible(text), limit)
    if not shown:
        return ""
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    around = _LEFT_TO_RIGHT if _is_from_right_to_left(shown) else ""
    return f"{around}{fence}{pad}{shown}{pad}{fence}{around}"


def is_plain(text: str) -> bool:
    """Whether text consists of words to which neither Markdown nor GitHub gives a meaning.

    Words that are written from right to left would move what is around them.
    """
    return bool(_PLAIN.fullmatch(text)) and not _AUTOLINKED.search(text) and not _is_from_right_to_left(text)


def _is_from_right_to_left(text: str) -> bool:
    """Whether some of a text is written from right to left."""
    return any(unicodedata.bidirectional(char) in {"R", "AL", "AN"} for char in text)


def name(text: str, limit: int = 100) -> str:
    """Show a name that somebody chose: a version, an environment, a role; as code unless it is plain."""
    return text if len(text) <= limit and is_plain(text) else code(text, limit)


def said(text: str, limit: int = 200) -> str:
    """Show what somebody said: in quotation marks, or as code unless it is plain."""
    shown = cut(visible(text), limit)
    return f'"{shown}"' if is_plain(shown) else code(text, limit)


def prose(text: str, limit: int = 1500) -> str:
    """Show a sentence of the program's, which may contain names and answers from elsewhere.

    What the sentence itself has as code stays so, and each further word that is not plain becomes code.
    """
    written = ""
    for part in _CODE.split(cut(visible(text), limit)):
        coded = _CODE.fullmatch(part) is not None
        words = ["", part[1:-1]] if coded else _WORD.split(part.replace("`", "'"))
        for place, word in enumerate(words):
            inert = place % 2 == 0 or (not coded and (word == "&" or is_plain(word)))
            shown = word if inert else code(word)
            glued = written.endswith("`") and shown.startswith("`")
            written += f" {shown}" if glued else shown
    return _NUMBER.sub(r"\1\\", written)


def link(text: str, address: str) -> str:
    """Link to a hostile address: any character that has a meaning in Markdown is percent-encoded.

    An ampersand would begin an entity
    (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
    """
    return f"[{text}]({quote(address, safe=_IN_ADDRESSES).replace('&', '&amp;')})"


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
