"""What is deployed that was not before, and whose it is."""

from dataclasses import dataclass

from approval_gate.core.model import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownAuthor:
    """Somebody whom commits name and who is no account: a name and an address that anybody may have typed.

    Attributes:
        commits: the commits' hashes, in the order in which they were read.
    """

    name: str
    email: str
    commits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The commits that are deployed and were not before.

    Attributes:
        since: the commit that was deployed last; None if no deployment succeeded yet.
        whole: whether it is all of the history, since there is nothing to compare with.
        commits: how many.
        people: the accounts of those who wrote or committed them, each once.
        unknown: those who are no account, each once.
    """

    since: str | None
    whole: bool
    commits: int
    people: tuple[Person, ...]
    unknown: tuple[UnknownAuthor, ...]
