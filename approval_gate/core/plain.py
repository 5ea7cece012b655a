"""Text that people typed, on one line and of bounded length: the first step of every way to show it."""

import re
import unicodedata
from itertools import groupby, islice

MARKS = 8
"""The most marks, such as accents, on one letter: a heap of them covers the lines around it."""

ADDRESS = 60
"""The most characters in which an address is shown."""

_ADDRESS = re.compile(
    r"https://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,5})?)(?P<rest>[/?#][a-z0-9/?#&=+,;:@%._-]{0,900}|)",
    re.IGNORECASE | re.ASCII,
)
"""An address without credentials, blanks, and characters that mean something in Markdown."""

_PATH = re.compile(r"[a-z0-9/%.-]*", re.IGNORECASE | re.ASCII)
_BLANKS = re.compile(r"\s+")
_UNSEEN = {"Cc": " ", "Cf": None, "Cs": None, "Co": None}
"""What replaces characters of these categories: line ends and the like are blanks."""


def visible(text: str) -> str:
    """Put text on one line, without control, formatting and direction characters, and heaps of accents."""
    kinds = {char: unicodedata.category(char) for char in set(text)}
    shown = text.translate({ord(char): _UNSEEN[kind] for char, kind in kinds.items() if kind in _UNSEEN})
    marks = {char for char, kind in kinds.items() if kind.startswith("M")}
    if marks:
        runs = groupby(shown, marks.__contains__)
        shown = "".join("".join(islice(run, MARKS if heap else None)) for heap, run in runs)
    return _BLANKS.sub(" ", shown).strip()


def cut(text: str, limit: int) -> str:
    """Shorten text to a number of characters, and show that it was."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def address(text: str) -> str:
    """Return the words of a link to an https address: its host in full, and the beginning of its path.

    Empty if the text is anything else, or if the link's words could hide where the address leads.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None or len(found["host"]) > ADDRESS:
        return ""
    first = "".join(_PATH.findall(found["rest"])[:1])[: ADDRESS - len(found["host"])]
    return f"{found['host']}{first}{'…' if first != found['rest'] else ''}"


def quoted(text: str, limit: int) -> str:
    """Quote text where Markdown has no meaning; nothing in it can close the quotation; empty if invisible."""
    shown = cut(visible(text), limit).replace('"', "'")
    return shown and f'"{shown}"'
