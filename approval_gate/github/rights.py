"""Write access to a repository, read in few requests.

Members inherit their team's right, and rights add up: people without one by a
team are looked up one by one, or among the repository's collaborators, before they
are reported as unable to write.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple

from approval_gate.core.model import Person
from approval_gate.core.names import Right, Team
from approval_gate.errors import NotFoundError, PermissionDeniedError
from approval_gate.github import answers, paging
from approval_gate.github.client import Client
from approval_gate.github.parse import parse, person_of
from approval_gate.github.repository import Repository, read_repository

_AS_REPOSITORY = "application/vnd.github.v3.repository+json"
"""Makes GitHub return a team's right, not only whether it has one."""

_FILTERS = {Right.WRITE: "push", Right.MAINTAIN: "maintain", Right.ADMIN: "admin"}
"""GitHub's names of the rights in a filter and in ``permissions``; each includes those before it."""

_PERMISSIONS = {"pull": Right.READ, "triage": Right.TRIAGE, **{name: r for r, name in _FILTERS.items()}}
_ROLES = {str(right): right for right in Right}
_WRITERS = frozenset({"admin", "write"})
_FEW = 5
"""The most people that are looked up one by one without reading the list of collaborators."""


class _Writes(NamedTuple):
    """Whether somebody can write, and what GitHub answered."""

    writes: bool
    answer: str


class _Account(NamedTuple):
    """Somebody, their right, and what GitHub calls it."""

    person: Person
    right: Right
    role: str


_LISTED = _Writes(writes=True, answer=answers.LISTED)
_UNLISTED = _Writes(writes=False, answer=answers.UNLISTED)
_UNSEEN = _Writes(writes=False, answer=answers.NOBODY)


class Rights:
    """The rights of teams and people in one repository."""

    def __init__(self, client: Client, repository: Repository) -> None:
        self._client = client
        self._full_name = repository.full_name
        self._teams: dict[str, bool] = {}
        self._logins: dict[str, _Account] = {}
        self._holders: dict[Right, tuple[Person, ...]] = {}
        self._people: dict[int, _Writes] = {}

    @property
    def _collaborators(self) -> str:
        return f"/repos/{self._full_name}/collaborators"

    def follow(self) -> None:
        """Use the repository's current name from now on."""
        self._full_name = read_repository(self._client, self._full_name).full_name

    def of_team(self, team: Team) -> bool | None:
        """Whether a team has write access; None if it has no right here, or the token cannot see it.

        (https://docs.github.com/en/rest/teams/teams#check-team-permissions-for-a-repository).
        """
        key = str(team).lower()
        if key not in self._teams:
            path = f"/orgs/{team.org}/teams/{team.slug}/repos/{self._full_name}"
            try:
                data = self._client.with_retry(lambda: self._client.get(path, accept=_AS_REPOSITORY)).data
            except (NotFoundError, PermissionDeniedError):
                return None
            self._teams[key] = parse(f"the right of {team}", lambda: bool(data["permissions"]["push"]))
        return self._teams[key]

    def of_login(self, login: str) -> Person | None:
        """Read an account and its right, and keep both; None if GitHub finds nobody.

        ``permission`` folds maintain into write
        (https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user).
        """
        key = login.lower()
        if key not in self._logins:
            try:
                data = self._client.read(f"/repos/{self._full_name}/collaborators/{login}/permission").data
            except NotFoundError:
                return None
            account, writes = parse(f"the rights of {login}", partial(_rights_of, data))
            self._logins[key], self._people[account.person.id] = account, writes
        return self._logins[key].person

    def holders(self, right: Right) -> tuple[Person, ...]:
        """List the people who have at least a right here, by the page.

        GitHub filters collaborators "by the permissions they have"; each row's own right decides
        (https://docs.github.com/en/rest/collaborators/collaborators#list-repository-collaborators).

        Raises:
            NotFoundError: the token cannot see them.
            PermissionDeniedError: the same.
        """
        if right not in self._holders:
            pages = paging.forward(
                self._client.read_confirmed, self._collaborators, {"permission": _FILTERS[right]}
            )
            found = [
                one.person
                for page in pages
                for one in parse("the collaborators", partial(_accounts_of, paging.items(page)))
                if one.right >= right
            ]
            self._holders[right] = tuple(found)
            self._people.update({person.id: _LISTED for person in found})
        return self._holders[right]

    def holds(self, person: Person, right: Right) -> str | None:
        """Return GitHub's answer that a person has at least a right now; None if not."""
        now = self.of_login(person.login) or self.of_login(person.login)  # None may be a passing fault
        if now is None or now.id != person.id:
            return None
        account = self._logins[person.login.lower()]
        return answers.right(right, account.right, account.role) if account.right >= right else None

    def inherit(self, members: Iterable[Person], team: Team) -> None:
        """Keep that these people can write, as members of a team that can."""
        right = _Writes(writes=True, answer=answers.by_team(team))
        self._people.update({person.id: right for person in members})

    def writers(self, people: Iterable[Person]) -> frozenset[int]:
        """Return the ids of the people with write access."""
        by_id = {person.id: person for person in people}
        self._look_through_the_pages(by_id.keys() - self._people.keys())
        return frozenset(identity for identity, person in by_id.items() if self.can_write(person))

    def can_write(self, person: Person) -> bool:
        """Whether a person can write; another account that took over the login is another person."""
        if person.id not in self._people:
            self._people[person.id] = _UNSEEN
            if self.of_login(person.login) is None:  # which may be a passing fault
                self.of_login(person.login)
        return self._people[person.id].writes

    def answer(self, person: Person) -> str:
        """Return what GitHub answered about a person's right, for the record."""
        return self._people.get(person.id, _UNSEEN).answer

    def _look_through_the_pages(self, left: set[int]) -> None:
        """Read the repository's collaborators as long as that is cheaper than reading each person.

        (https://docs.github.com/en/rest/collaborators/collaborators#list-repository-collaborators).
        """
        if len(left) <= _FEW:
            return
        pages = paging.forward(self._client.read, self._collaborators, {"permission": "push"})
        try:
            for read, page in enumerate(pages, start=1):
                found = parse("the collaborators", partial(_ids_of, paging.items(page)))
                self._people.update(dict.fromkeys(found & left, _LISTED))
                left -= found
                if read >= len(left):
                    return
        except (NotFoundError, PermissionDeniedError):
            return
        self._people.update(dict.fromkeys(left, _UNLISTED))


def _ids_of(people: Any) -> set[int]:  # noqa: ANN401 - JSON
    return {int(person["id"]) for person in people}


def _accounts_of(rows: Any) -> list[_Account]:  # noqa: ANN401 - JSON
    return [_account_of(row, str(row["role_name"]), row["permissions"]) for row in rows]


def _rights_of(data: Any) -> tuple[_Account, _Writes]:  # noqa: ANN401 - JSON
    """Read a person's right; an older server has no ``role_name``, and need not have ``permissions``."""
    permission = str(data["permission"])
    role, permissions = str(data.get("role_name", permission)), data["user"].get("permissions") or {}
    account = _account_of(data["user"], role, permissions, _ROLES.get(permission, Right.NONE))
    return account, _Writes(writes=permission in _WRITERS, answer=answers.permission(permission))


def _account_of(user: Any, role: str, permissions: Any, least: Right = Right.NONE) -> _Account:  # noqa: ANN401 - JSON
    """Read an account and its right: that of a custom role is what its ``permissions`` include.

    (https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/about-custom-repository-roles)
    """
    person = person_of(user)
    if person is None:
        raise ValueError("a right without an account")
    included = [it for name, it in _PERMISSIONS.items() if permissions.get(name) is True]
    return _Account(person, _ROLES.get(role, max(included, default=least)), role)
