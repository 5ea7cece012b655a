"""The commits that a deployment adds, and their authors."""

from dataclasses import dataclass

from approval_gate.core.model import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownAuthor:
    """An author without an account: a name and an address, which anybody can have typed.

    Attributes:
        commits: the hashes of this author's commits, in the order in which they were read.
    """

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
        commits: how many there are.
        people: the accounts that wrote or committed them, each once.
        unknown: the authors without an account, each once.
    """

    since: str | None
    whole: bool
    commits: int
    people: tuple[Person, ...]
    unknown: tuple[UnknownAuthor, ...]
