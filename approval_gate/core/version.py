"""What the name of a version can mean to Git, and what a reader cannot see in it.

https://git-scm.com/docs/gitrevisions
"""

import re
import unicodedata

_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
# Default_Ignorable_Code_Point of other categories (https://www.unicode.org/reports/tr44/#DerivedCoreProperties.txt):
# the grapheme joiner, the Hangul fillers, Khmer's inherent vowels, variation selectors; then two blank signs.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
    "\u2800\U0001d159]"
)

# `v1^0`, `v1~`, `v1~2^`, `v1@{0}`, `a..b`, `:/words` and `@`; `1.0~rc1`, as Debian writes it, is not one.
_EXPRESSION = re.compile(r"\^|~[0-9]*(?:~|\Z)|@\{|\.\.|\A:/|\A@\Z")
# What `git describe` prints: Git reads the hash alone.
_DESCRIBED = re.compile(r"-(?:[0-9]+-g(?P<short>[0-9a-f]{4,64})|g(?P<long>[0-9a-f]{7,64}))\Z", re.IGNORECASE)
_HASH = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
_BRANCH_FOLDERS = re.compile(r"\A(?:(?:refs/)?heads/|(?:refs/remotes/|remotes/)?origin/)")


def unseen(text: str) -> tuple[str, ...]:
    """Return the invisible characters of a text, each once; a plain space is not one."""
    hidden = (
        char
        for char in text
        if char != " " and (unicodedata.category(char) in _UNSEEN_CATEGORIES or _UNSEEN.match(char))
    )
    return tuple(dict.fromkeys(hidden))


def is_expression(version: str) -> bool:
    """Whether Git computes a commit from a version instead of looking it up as a name."""
    return _EXPRESSION.search(version) is not None


def described_commit(version: str) -> str | None:
    """Return the hash in a version of the form that ``git describe`` prints; None for any other form."""
    found = _DESCRIBED.search(version)
    return (found["short"] or found["long"]).lower() if found else None


def is_hash(version: str) -> bool:
    """Whether a version can be a commit's hash or the start of one."""
    return _HASH.fullmatch(version) is not None


def branch_names(version: str) -> tuple[str, ...]:
    """Return the names of the branches that Git can take a version for."""
    return tuple(dict.fromkeys((version, _BRANCH_FOLDERS.sub("", version))))
