"""The patterns of details: only those that no value can make slow.

Python's matcher tries every way to match. A pattern is used only if a value of
:data:`LONGEST` characters cannot have many.
"""

import re
import warnings
from functools import lru_cache

from approval_gate.core.suggest import Malformed

LONGEST = 200
"""Characters of the longest pattern, and of the longest value that one is compared with."""

_MOST = (LONGEST + 1) ** 3 * 2
"""The most ways in which a value can be tried: three repetitions without an end, and a choice."""

_PART = re.compile(
    r"(?P<back>\\[1-9])"
    r"|(?P<plain>\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:)"
    r"|(?P<extension>\(\?)"
    r"|(?P<group>\)(?:[*+]|\{[0-9,]*\}))"
    r"|(?P<repeated>[*+]|\{(?P<least>[0-9]*)(?P<comma>,?)(?P<most>[0-9]*)\})"
    r"|(?P<choice>[?|])",
    re.DOTALL,
)
_SIMPLER = "Write a simpler one, such as `CHG-[0-9]+`."


@lru_cache(maxsize=64)
def compiled(text: str) -> re.Pattern[str]:
    """Return a pattern that is quick to match.

    Raises:
        Malformed: it is not a pattern, or it can be slow.
    """
    if len(text) > LONGEST:
        raise Malformed(f"it has {len(text)} characters; {LONGEST} are allowed.", _SIMPLER)
    ways = 1
    for part in _PART.finditer(text):
        if part["back"]:
            raise Malformed(f"`{part[0]}` is a back reference, which can be slow to match.", _SIMPLER)
        if part["extension"]:
            raise Malformed("it uses `(?…)`, which is not supported.", "Write groups as `(…)` or `(?:…)`.")
        if part["group"]:
            problem = "it repeats a group, which can be slow to match."
            raise Malformed(problem, "Repeat a character or a class, such as `[0-9]+`.")
        ways *= _ways(part)
    if ways > _MOST:
        problem = "it has so many repetitions and choices that it can be slow to match."
        raise Malformed(problem, "Use three of `*` and `+` at the most.")
    try:
        with warnings.catch_warnings(action="error"):
            return re.compile(text)
    except (re.error, FutureWarning, OverflowError) as error:
        raise Malformed(f"it is not a regular expression: {error}.", _SIMPLER) from error


def _ways(part: re.Match[str]) -> int:
    """Return in how many ways a part of a pattern can match."""
    if part["choice"]:
        return 2
    if not part["repeated"] or (part["least"] is not None and not part["comma"]):
        return 1
    most = min(int(part["most"] or LONGEST), LONGEST) if part["least"] is not None else LONGEST
    return max(1, most - int(part["least"] or 0) + 1)
