"""Text that people typed, made harmless where it is shown as plain text: in a chat, a mail or an SMS.

Each service has its own form of a mention, and many read it in plain text too: ``@everyone``, ``<!channel>``,
``<@U024BE7LH>``, ``<at>Ann</at>``, ``[CQ:at,qq=all]``, ``[~accountid:1]``, ``{@participants}``,
``(met)all(met)``. All need characters that are replaced here. An at sign becomes a word, because some
services also accept characters that look like one.
"""

import re

from approval_gate.core.plain import cut, visible

LIMIT = 200
"""The most characters of a text that somebody typed."""

_INERT = str.maketrans(
    {
        **dict.fromkeys("@\uff20\ufe6b", "(at)"),
        **dict.fromkeys("<\uff1c\ufe64", "\u2039"),
        **dict.fromkeys(">\uff1e\ufe65", "\u203a"),
        **dict.fromkeys("[{\uff3b\uff5b", "("),
        **dict.fromkeys("]}\uff3d\uff5d", ")"),
    }
)
"""Each with its wide and small forms; instead of angle brackets there are single angle quotation marks."""
_TAG = re.compile(r"\((?=\w{3}\))")
"""What begins a tag of KOOK, such as ``(met)`` and ``(rol)`` (https://developer.kookapp.cn/doc/kmarkdown)."""


def inert(text: str, limit: int = LIMIT) -> str:
    """Put text on one line, without anything that a service reads as a mention."""
    return cut(_TAG.sub("( ", visible(text).translate(_INERT)), limit)
