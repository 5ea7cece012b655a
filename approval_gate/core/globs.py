"""Patterns of paths and refs, as GitHub has them."""

import re
from functools import lru_cache

_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern matches all of a path.

    ``?`` matches a character and ``*`` any number of them, but no slash; ``**`` matches anything, and ``**/``
    also nothing (https://docs.github.com/en/actions/managing-workflow-runs-and-deployments/managing-deployments/managing-environments-for-deployment#deployment-branches-and-tags).
    """
    return _compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"((?<![^/])\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(_WILD.get(part, re.escape(part)) for part in parts), re.DOTALL)
