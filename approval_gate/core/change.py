"""The commits that a deployment adds, and their authors."""

from collections.abc import Sequence
from dataclasses import dataclass

from approval_gate.core.model import Person

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownAuthor:
    """An author without an account: a name and an address, which anybody can have typed, and the commits."""

    name: str
    email: str
    commits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The commits that were not deployed before.

    Attributes:
        since: the commit that was deployed last; None if no deployment succeeded yet.
        whole: whether these are all commits of the history, since there is no
            earlier deployment to compare with.
        people: the accounts that wrote or committed them, each once.
        unknown: the authors without an account, each once.
    """

    since: str | None
    whole: bool
    commits: int
    people: tuple[Person, ...]
    unknown: tuple[UnknownAuthor, ...]


def show_unknown(authors: Sequence[UnknownAuthor]) -> str:
    """Show authors who have no account, and where they are named: text that anybody can have typed."""
    left = len(authors) - _SHOWN
    return "; ".join([*map(_show, authors[:_SHOWN]), *([f"and {left} more"] if left > 0 else [])])


def _show(author: UnknownAuthor) -> str:
    signature = f"{author.name[:60]} <{author.email[:100]}>".strip()
    left = len(author.commits) - _SHOWN
    commits = ", ".join(sha[:7] for sha in author.commits[:_SHOWN])
    return f"{signature!r} in {commits}{f' and {left} more' if left > 0 else ''}"
