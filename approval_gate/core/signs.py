"""Emoji and their shortcodes, which are treated as the same word, and the emoji that refuse.

Python knows the shortcodes that are the emoji's name in Unicode (``:rocket:``,
``:no_entry:``). The others are in a table, which spares every gate a library
for the few words that a workflow adds.
"""

import re
import unicodedata
from functools import cache

from approval_gate.core.shortcodes import TABLE

NO_SIGNS = frozenset("👎🛑⛔🚫❌✋🙅")
"""Emoji that refuse wherever they appear."""

_SHORTCODES = {sign: codes for sign, *codes in map(str.split, TABLE.split(","))}
_BY_SHORTCODE = {code: sign for sign, codes in _SHORTCODES.items() for code in codes}
_SHORTCODE = re.compile(r":([a-z0-9_+-]{1,40}):", re.IGNORECASE)
MODIFIERS = "\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
"""The variation selectors and skin tones of emoji."""


def with_signs(text: str) -> str:
    """Replace shortcodes by their emoji."""
    return _SHORTCODE.sub(lambda found: f" {sign} " if (sign := _sign(found[1])) else found[0], text)


@cache
def forms(word: str) -> tuple[str, ...]:
    """Return the ways to type a word: an emoji and its shortcodes, or just the word."""
    shortcode = _SHORTCODE.fullmatch(word)
    sign = _sign(shortcode[1]) if shortcode else "".join(char for char in word if char not in MODIFIERS)
    if len(sign) != 1 or not is_emoji(sign):
        return (word,)
    name = unicodedata.name(sign, "").lower().replace(" ", "_")
    return (sign, *(f":{code}:" for code in (*_SHORTCODES.get(sign, ()), name)))


def _sign(code: str) -> str:
    """Return the emoji of a shortcode, or ""."""
    try:
        return _BY_SHORTCODE.get(code.lower()) or unicodedata.lookup(code.replace("_", " "))
    except KeyError:
        return ""


def is_emoji(word: str) -> bool:
    """Whether a word is an emoji or a shortcode."""
    return _SHORTCODE.fullmatch(word) is not None or any(unicodedata.category(char) == "So" for char in word)
