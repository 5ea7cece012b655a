"""Authors of new commits without an account, with their addresses: for a message, never for the record."""

from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownAuthor:
    """An author without an account: a name and an address, which anybody can have typed, and the commits."""

    name: str
    email: str
    commits: tuple[str, ...]


def show_unknown(authors: Sequence[UnknownAuthor]) -> str:
    """Show authors who have no account, and where they are named: text that anybody can have typed."""
    left = len(authors) - _SHOWN
    return "; ".join([*map(_show, authors[:_SHOWN]), *([f"and {left} more"] if left > 0 else [])])


def _show(author: UnknownAuthor) -> str:
    signature = f"{author.name[:60]} <{author.email[:100]}>".strip()
    left = len(author.commits) - _SHOWN
    commits = ", ".join(sha[:7] for sha in author.commits[:_SHOWN])
    return f"{signature!r} in {commits}{f' and {left} more' if left > 0 else ''}"
