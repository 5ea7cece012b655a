"""Emoji that say no, and emoji and their shortcodes as one and the same word."""

import re
import unicodedata
from functools import cache

SHORTCODES: dict[str, tuple[str, ...]] = {
    "👎": ("-1", "thumbsdown", "thumbs_down"),
    "🛑": ("stop_sign", "octagonal_sign"),
    "⛔": ("no_entry",),
    "🚫": ("no_entry_sign", "prohibited"),
    "❌": ("x", "cross_mark"),
    "✋": ("hand", "raised_hand"),
    "🙅": ("no_good", "ng_woman", "no_good_woman", "no_good_man", "ng_man"),
    "❎": ("negative_squared_cross_mark",),
}
"""What says no wherever it stands, with the shortcodes of each on GitHub."""

SIGNS = frozenset(SHORTCODES)

_BY_SHORTCODE = {f":{code}:": sign for sign, codes in SHORTCODES.items() for code in codes}
_SHORTCODE = re.compile(r":[a-z0-9_+-]{1,40}:", re.IGNORECASE)


def with_signs(text: str) -> str:
    """Return the text with the shortcodes of ``SIGNS`` replaced by them, and other shortcodes by a blank."""
    return _SHORTCODE.sub(lambda found: f" {_BY_SHORTCODE.get(found[0].lower(), '')} ", text)


@cache
def forms(word: str) -> tuple[str, ...]:
    """Return the ways to type one word: an emoji and all its shortcodes, or the word alone."""
    plain = "".join(char for char in word if char not in _MODIFIERS)
    sign = _BY_SHORTCODE.get(plain.lower(), plain)
    return (sign, *(f":{code}:" for code in SHORTCODES.get(sign, ()))) if is_emoji(plain) else (word,)


def without_modifiers(text: str) -> str:
    """Return the text without the tones and variation selectors at its beginning."""
    return text.lstrip("".join(_MODIFIERS))


_MODIFIERS = frozenset("\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")


def is_emoji(word: str) -> bool:
    """Tell whether a word is an emoji or a shortcode."""
    return _SHORTCODE.fullmatch(word) is not None or any(unicodedata.category(char) == "So" for char in word)
