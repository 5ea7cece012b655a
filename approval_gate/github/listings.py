"""The names that are kept elsewhere: the owners of a path, the reviewers of an environment."""

from codeowners import CodeOwners

from approval_gate.core.names import NameProblem, Owners, Reviewers
from approval_gate.github.client import Client
from approval_gate.github.codeowners import owners_of, read_owners
from approval_gate.github.environments import read_reviewers
from approval_gate.github.repository import Repository


class Listings:
    """What CODEOWNERS and environments list now, each read once."""

    def __init__(self, client: Client, repository: Repository) -> None:
        self._client = client
        self._repository = repository
        self._file: tuple[CodeOwners | None] | None = None
        self._reviewers: dict[str, tuple[list[str], NameProblem | None]] = {}

    def names(self, member: str, what: Owners | Reviewers) -> tuple[list[str], NameProblem | None]:
        """Return the names behind an entry, and what is wrong with the entry."""
        if isinstance(what, Owners):
            if self._file is None:
                self._file = (read_owners(self._client, self._repository),)
            return owners_of(member, what.path, *self._file, self._repository)
        if member not in self._reviewers:
            found = read_reviewers(self._client, self._repository, member, what.environment)
            self._reviewers[member] = found
        return self._reviewers[member]
