"""From the names in an input to people, and whether they still are who they were.

Every name is resolved before anything is opened; a name that is nobody stops
the gate. Nothing here decides anything: who is barred, and why, is data for
the core.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from codeowners import CodeOwners

from approval_gate.core.model import Bar, Member, Person
from approval_gate.core.policy import NAMES, Role
from approval_gate.core.roster import assemble
from approval_gate.errors import InputError, NotFoundError, PermissionDeniedError, RosterError
from approval_gate.github.client import Client
from approval_gate.github.reading import person_of, shaped
from approval_gate.github.repository import Repository, read_file

VIEWER = "query { viewer { databaseId login } }"
"""Asks GraphQL whose a token is."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?:\[bot\])?")
_WRITERS = frozenset({"admin", "write"})
_CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks for it, in this order
(https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-file-location)."""

TEAMS_NEED = (
    "Check the spelling. To see teams takes the organisation permission `Members: read`, which a workflow's "
    "own GITHUB_TOKEN cannot have: pass a GitHub App (`app-id`) or a `token` that has it, or list people "
    "instead."
)


@dataclass(frozen=True, slots=True)
class Team:
    """A team by its organisation and slug."""

    org: str
    slug: str

    def __str__(self) -> str:
        return f"{self.org}/{self.slug}"


@dataclass(frozen=True, slots=True)
class Login:
    """A user by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Owner:
    """What owns a path: the role's member that says so, the name in the file, and what that name is."""

    member: str
    name: str
    source: Team | Login


Source = Team | Login | Owner


def account_id(client: Client) -> int:
    """Return the id of the account that a token writes as, be it a person's or an app's.

    REST refuses to tell an app's token (``GET /user`` is 403 for it); GraphQL
    tells every one (https://docs.github.com/en/graphql/reference/queries#viewer).

    Raises:
        PermissionDeniedError: GraphQL does not let this token ask.
        GitHubError: the token is not valid, or GitHub has a fault.
    """
    try:
        data = client.patiently(lambda: client.graphql(VIEWER, {}))
    except PermissionDeniedError as error:
        raise PermissionDeniedError(
            "Which account this token writes as cannot be known.",
            remedy="Pass the token that the gate had. Nothing was touched.",
            detail=error.detail,
        ) from error
    return shaped("the token's account", lambda: int(data["viewer"]["databaseId"]))


class People:
    """Who the names of one request are.

    Args:
        repository: the one that deploys; write access is to this one.
        require_write: whether only those who can write to it may vote.
    """

    def __init__(self, client: Client, repository: Repository, *, require_write: bool) -> None:
        self._client = client
        self._repository = repository
        self._owner = repository.full_name.partition("/")[0]
        self._require_write = require_write
        self._sources: dict[tuple[int, str], list[Source]] = {}
        self._voting: set[str] = set()
        self._writes: dict[str, tuple[int, bool]] = {}
        self._owners: dict[str, frozenset[str]] = {}

    def roster(
        self, roles: Sequence[Role], barred: Mapping[int, Bar], own: Person | None
    ) -> tuple[Member, ...]:
        """Resolve roles to the people who may vote, each once, in the order of the roles.

        Args:
            roles: their members are ``ann``, ``team``, ``org/team``, ``user:ann``, ``codeowners:/path/``.
            barred: who had a hand in what is deployed, and how.
            own: the account of the token, if it is a person's.

        Raises:
            InputError: a name is malformed, or there are too many or none.
            RosterError: a name is nobody who can be seen.
            GitHubError: GitHub refused, or has a fault.
        """
        names = sum(len(role.members) for role in roles)
        if not names or names > NAMES:
            raise InputError(
                f"{roles[0].source if roles else 'approvers'}: {names or 'no'} names are given; "
                f"it takes 1 to {NAMES}.",
                remedy="Name users, teams (`team`, `org/team`) or `codeowners:/path/`, separated by commas.",
            )
        found = []
        for role in roles:
            for name in role.members:
                for person, source in self._people_of(role, name):
                    found.append((role.name, person))
                    self._sources.setdefault((person.id, role.name), []).append(source)
        people = {person.id: person for _, person in found}.values()
        asked = [person for person in people if not person.bot]
        writers = {person.id for person in asked if self.can_write(person)} if self._require_write else None
        members = assemble(found, own_id=own.id if own else None, writers=writers, barred=barred)
        self._voting = {role.name for role in roles if role.votes}
        sources = {role.name: role.source for role in roles}
        for member in members:
            if self._voting.isdisjoint(member.roles):
                raise InputError(
                    f"{sources[member.roles[0]]}: {member.person.login} ({member.roles[0]}) "
                    "is not among the approvers.",
                    remedy="Only who is in `approvers` can approve alone.",
                )
        return members

    def recheck(self, members: Iterable[Member]) -> dict[int, Member]:
        """Look again at people: who of them is not any more what they were, and is what now.

        Raises:
            GitHubError: GitHub refused, or has a fault.
        """
        self._writes.clear()
        self._owners.clear()
        now = {member.person.id: (member, self._as_of_now(member)) for member in members}
        return {identity: after for identity, (before, after) in now.items() if after != before}

    def own_account(self) -> Person | None:
        """Return the person whose token this is; None for an app's, which is no person.

        Raises:
            GitHubError: the token is not valid, or GitHub has a fault.
        """
        try:
            return shaped("the token's account", lambda: person_of(self._client.read("/user").data))
        except (PermissionDeniedError, NotFoundError):
            return None

    def user(self, login: str) -> Person | None:
        """Look up a login; None if there is no such account.

        Raises:
            GitHubError: GitHub refused, or has a fault.
        """
        try:
            answer = self._client.read_twice(f"/users/{login}")
        except NotFoundError:
            return None
        return shaped(f"the user {login}", lambda: person_of(answer.data))

    # Resolving -----------------------------------------------------------------------

    def names(self, member: str) -> list[str]:
        """Return the names that a role's member stands for: the code owners of a path, or its own.

        Raises:
            RosterError: nobody owns the path, or one who is no account.
            GitHubError: GitHub refused, or has a fault.
        """
        return self._code_owners(member) if member.lower().startswith("codeowners:") else [member]

    def resolve(self, given: str, name: str) -> Iterator[tuple[Person, Team | Login]]:
        """Find the people of one name, each with what makes them so; a team may have none.

        Args:
            given: the role's member that the name comes from, for the message.
            name: the name.

        Raises:
            InputError: it is malformed.
            RosterError: it is nobody who can be seen.
            GitHubError: GitHub refused, or has a fault.
        """
        bare = name.removeprefix("@")
        only_user = bare.lower().startswith("user:")
        bare = bare[5:].removeprefix("@") if only_user else bare
        org, slash, slug = bare.partition("/")
        if not all(_NAME.fullmatch(part) for part in ((org, slug) if slash else (bare,))):
            raise InputError(
                f"{given!r} is no name.",
                remedy="It takes `ann`, `team`, `org/team`, `user:ann` or `codeowners:/path/`.",
            )
        if slash:
            team = Team(org, slug)
            if not self._is_team(team):
                raise self._nobody(given, "is not a team that this token can see")
            yield from self._members(team)
        elif only_user:
            yield self._person(given, bare, sure=True), Login(bare)
        else:
            team = Team(self._owner, bare)
            if self._repository.owner_is_organization and self._is_team(team):
                yield from self._members(team)
            else:
                yield self._person(given, bare, sure=False), Login(bare)

    def _people_of(self, role: Role, member: str) -> Iterator[tuple[Person, Source]]:
        """Resolve a role's member; an error says where it is written, and that nothing happened yet."""
        try:
            for name in self.names(member):
                for person, source in self.resolve(member, name):
                    yield person, source if name == member else Owner(member, name.lower(), source)
        except RosterError as error:
            remedy = f"{error.remedy} No issue was opened."
            raise RosterError(f"{role.source}: {error.problem}", remedy=remedy) from error
        except InputError as error:
            raise InputError(f"{role.source}: {error.problem}", remedy=error.remedy) from error

    def _is_team(self, team: Team) -> bool:
        try:
            self._client.read_twice(f"/orgs/{team.org}/teams/{team.slug}")
        except (NotFoundError, PermissionDeniedError):
            return False
        return True

    def _members(self, team: Team) -> Iterator[tuple[Person, Team]]:
        """List a team, its child teams' members included.

        (https://docs.github.com/en/rest/teams/members#list-team-members).
        """
        for data in self._client.pages(f"/orgs/{team.org}/teams/{team.slug}/members"):
            person = shaped(f"the team {team}", partial(person_of, data))
            if person is not None:
                yield person, team

    def _person(self, given: str, login: str, *, sure: bool) -> Person:
        """Resolve a user.

        A bare name must be able to write: anybody can register the name of a
        team which this token cannot see.
        """
        person = self.user(login)
        if person is None:
            raise self._nobody(given, "is neither a user nor a team that this token can see")
        if not sure and not self.can_write(person):
            if self._require_write:
                why = f"the user {person.login} has no write access to {self._repository.full_name}"
            else:
                why = "a plain name could be a stranger's"
            raise self._nobody(given, f"is no team that this token can see, and {why}")
        if not sure and not self._require_write:
            raise InputError(
                f"{given!r} is a plain name, and require-write-access is false.",
                remedy=f"Without that check write `user:{login}`, or name a team that the token can read.",
            )
        return person

    @staticmethod
    def _nobody(given: str, why: str) -> RosterError:
        return RosterError(f'"{given}" {why}.', remedy=TEAMS_NEED)

    def _code_owners(self, name: str) -> list[str]:
        path = name.partition(":")[2].strip()
        texts = (read_file(self._client, self._repository.full_name, file) for file in _CODEOWNERS)
        text = next((text for text in texts if text is not None), None)
        if text is None:
            raise RosterError(
                f"{name!r} needs a CODEOWNERS file, and {self._repository.full_name} has none "
                f"on its branch {self._repository.default_branch}.",
                remedy="Add .github/CODEOWNERS there, or name the approvers.",
            )
        owners = CodeOwners(text).of(path.removeprefix("/"))
        if not path or not owners:
            raise RosterError(
                f"{name!r} names nobody: CODEOWNERS gives {path or 'an empty path'} no owner.",
                remedy="Write a path as CODEOWNERS has it, `codeowners:/deploy/` say.",
            )
        mails = [owner for kind, owner in owners if kind == "EMAIL"]
        if mails:
            raise RosterError(
                f"{name!r} names the e-mail address {mails[0]}, which is no account on GitHub.",
                remedy="Name its owner as @login in CODEOWNERS.",
            )
        return [owner for _, owner in owners]

    # Rights --------------------------------------------------------------------------

    def can_write(self, person: Person) -> bool:
        """Tell whether a person can write here: ``permission`` folds maintain into write.

        (https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user).

        Raises:
            GitHubError: GitHub refused, or has a fault.
        """
        login = person.login.lower()
        if login not in self._writes:
            path = f"/repos/{self._repository.full_name}/collaborators/{person.login}/permission"
            try:
                data = self._client.read_twice(path).data
            except NotFoundError:
                self._writes[login] = (person.id, False)
            else:
                self._writes[login] = shaped(
                    f"the rights of {person.login}",
                    lambda: (int(data["user"]["id"]), data["permission"] in _WRITERS),
                )
        identity, writes = self._writes[login]
        return writes and identity == person.id

    def _as_of_now(self, member: Member) -> Member:
        """Return a member with the roles that are left, or as one who left."""
        person = member.person
        if not self._is_still_there(person):
            return replace(member, bar=Bar.LEFT)
        roles = tuple(
            role
            for role in member.roles
            if any(self._still_in(person, source) for source in self._sources.get((person.id, role), ()))
        )
        gone = self._voting.isdisjoint(roles)
        return replace(member, bar=Bar.LEFT) if gone else replace(member, roles=roles)

    def _is_still_there(self, person: Person) -> bool:
        """Tell whether the name still is this account's, with write access where that is asked for."""
        if self._require_write:
            return self.can_write(person)
        now = self.user(person.login)
        return now is not None and now.id == person.id

    def _still_owns(self, owner: Owner) -> bool:
        """Tell whether the path is the name's on the default branch as it is now."""
        if owner.member not in self._owners:
            try:
                names = self._code_owners(owner.member)
            except RosterError:
                names = []
            self._owners[owner.member] = frozenset(name.lower() for name in names)
        return owner.name in self._owners[owner.member]

    def _still_in(self, person: Person, source: Source) -> bool:
        if isinstance(source, Owner):
            return self._still_owns(source) and self._still_in(person, source.source)
        if isinstance(source, Login):
            now = self.user(source.name)
            return now is not None and now.id == person.id
        path = f"/orgs/{source.org}/teams/{source.slug}/memberships/{person.login}"
        try:
            answer = self._client.read_twice(path)
        except NotFoundError:
            return False
        return shaped("a membership", lambda: bool(answer.data["state"] == "active"))
