"""Resolves the names of the approvers to people, and checks them again before an approval.

Nothing is decided here: ineligibility and problems with names are data for the
core.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from codeowners import CodeOwners

from approval_gate.core import names
from approval_gate.core.model import Code, Ineligibility, Member, Person
from approval_gate.core.names import OWNERS, Login, NameProblem, Team
from approval_gate.core.policy.model import Role
from approval_gate.core.record.model import Membership
from approval_gate.core.request_facts import Rechecked
from approval_gate.core.roster import Named
from approval_gate.core.timing import Deadline
from approval_gate.errors import NotFoundError, PermissionDeniedError
from approval_gate.github import answers
from approval_gate.github.client import Client
from approval_gate.github.codeowners import owners_of, read_owners
from approval_gate.github.paging import items
from approval_gate.github.parse import parse, person_of
from approval_gate.github.repository import Repository
from approval_gate.github.rights import Rights

VIEWER = "query { viewer { databaseId login } }"
"""Asks GraphQL for the token's account."""

TEAMS_NEED = (
    "Check the spelling. To see teams takes the organisation permission `Members: read`, which a workflow's "
    "own GITHUB_TOKEN cannot have: pass a GitHub App (`app-id`) or a `token` that has it, or list people "
    "instead."
)


@dataclass(frozen=True, slots=True)
class Source:
    """Why somebody is an approver.

    Attributes:
        by: their team, or their login.
        by_right: whether the name means the team only while the team has write access.
        owner: the ``codeowners:`` entry and the name in the file, if it came from one.
    """

    by: Team | Login
    by_right: bool = False
    owner: tuple[str, str] | None = None

    @property
    def answer(self) -> str:
        """What GitHub said, for the record."""
        if isinstance(self.by, Login):
            return answers.account(self.by.name, self.owner)
        return answers.member(self.by, self.owner, writes=self.by_right)


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What one name resolves to; nobody, if it has neither a source nor a problem."""

    people: tuple[Person, ...] = ()
    source: Source | None = None
    problem: NameProblem | None = None


def account_id(client: Client) -> int:
    """Return the id of the account that a token writes as, a person's or an app's.

    REST answers an app's token with 403 (``GET /user``); GraphQL answers every
    token (https://docs.github.com/en/graphql/reference/queries#viewer).

    Raises:
        PermissionDeniedError: GraphQL refuses this token.
    """
    try:
        data = client.with_retry(lambda: client.graphql(VIEWER, {}))
    except PermissionDeniedError as error:
        raise PermissionDeniedError(
            "GitHub does not tell which account this token writes as.",
            remedy="Pass the token that the gate had. Nothing was changed.",
            detail=error.detail,
        ) from error
    return parse("the token's account", lambda: int(data["viewer"]["databaseId"]))


class People:
    """Resolves the names of one request; write access is checked on the repository that deploys."""

    def __init__(self, client: Client, repository: Repository, *, require_write: bool) -> None:
        self._client = client
        self._repository = repository
        self._owner = repository.full_name.partition("/")[0]
        self._require_write = require_write
        self._rights = Rights(client, repository)
        self._meanings: dict[tuple[str, str], _Meaning] = {}
        self._sources: dict[tuple[int, str], list[Source]] = {}
        self._voting: set[str] = set()
        self._sees_teams: bool | None = None
        self._file: tuple[CodeOwners | None] | None = None
        self._members: dict[Team, frozenset[tuple[int, str]]] = {}

    # Resolving -----------------------------------------------------------------------

    def find(self, roles: Iterable[Role]) -> tuple[Named, ...]:
        """Resolve each member of each role, such as ``ann``, ``org/team`` or ``codeowners:/path/``.

        A problem with one name does not hide those of others.
        """
        found = []
        for role in roles:
            if role.votes:
                self._voting.add(role.name)
            for place, member in enumerate(role.members):
                found.append(self._named(role.name, place, member))
        return tuple(found)

    def writers(self, names: Iterable[Named]) -> frozenset[int] | None:
        """Return the ids of the people with write access; None if it is not required."""
        if not self._require_write:
            return None
        return self._rights.writers(person for named in names for person in named.people if not person.bot)

    def _named(self, role: str, place: int, member: str) -> Named:
        meanings: dict[str, _Meaning] = {}
        if member.lower().startswith(OWNERS):
            names, problem = self._code_owners(member)
            meanings = {name: self._meaning(name, member) for name in names}
            if problem is not None:
                meanings[member] = _Meaning(problem=problem)
        else:
            meanings[member] = self._meaning(member, "")
        for meaning in meanings.values():
            for person in meaning.people:
                self._sources.setdefault((person.id, role), []).extend(filter(None, [meaning.source]))
        all_ = meanings.items()
        return Named(
            role=role,
            place=place,
            member=member,
            people=tuple(person for _, one in all_ for person in one.people),
            listed=tuple(person for _, one in all_ if _is_login(one) for person in one.people),
            absent=tuple(name for name, one in all_ if one.source is None and one.problem is None),
            empty=tuple(name for name, one in all_ if one.source is not None and not one.people),
            problems=tuple(one.problem for _, one in all_ if one.problem is not None),
        )

    def _meaning(self, name: str, given: str) -> _Meaning:
        """Resolve a name, once; ``given`` is the ``codeowners:`` entry that it comes from, empty for none."""
        key = (name, given)
        if key not in self._meanings:
            meaning = self._resolve(name, owned=bool(given))
            source, problem = meaning.source, meaning.problem
            if given and source is not None:
                meaning = replace(meaning, source=replace(source, owner=(given, name.lower())))
            if given and problem is not None:
                meaning = _Meaning(problem=replace(problem, name=f"{name} of {given}"))
            self._meanings[key] = meaning
        return self._meanings[key]

    def _resolve(self, name: str, *, owned: bool) -> _Meaning:
        what = names.parse(name)
        if isinstance(what, NameProblem):
            return _Meaning(problem=what)
        if isinstance(what, Team):
            return self._team(what, name)
        if not isinstance(what, Login):
            return self._plain(name, what.name, owned=owned)
        person = self._account(what.name)
        return _Meaning((person,), Source(what)) if person else _Meaning()

    def _team(self, team: Team, name: str) -> _Meaning:
        """Resolve ``org/team``; it does not need write access of its own."""
        right = self._rights.of_team(team) if team.org.lower() == self._owner.lower() else None
        if right is None and not self._is_team(team):
            return self._problem(name, "not a team that this token can see", TEAMS_NEED)
        return self._members_of(team, right=bool(right), by_right=False)

    def _plain(self, name: str, login: str, *, owned: bool) -> _Meaning:
        """Resolve a plain name: a team if that has write access of its own, otherwise a user.

        Any member of an organisation can make a team; only an administrator can
        give it a repository. In CODEOWNERS a name is a user's if that user exists.
        """
        team = Team(self._owner, login)
        person, right = self._both(login, team, owned=owned)
        writes = person is not None and self._rights.can_write(person)
        if right and writes:
            return self._problem(
                name,
                f"both a team and a user with write access to {self._repository.full_name}",
                "Write `<0>` for the user or `<1>` for the team.",
                f"user:{login}",
                str(team),
            )
        if right:
            return self._members_of(team, right=True, by_right=True)
        person = person or self.user(login)
        if person is None:
            return self._nobody(name, team)
        if not self._require_write and not person.bot:
            return self._problem(
                name,
                "a plain name, which could be a stranger's where require-write-access is false",
                "Without that check write `<0>`, or name a team that the token can read.",
                f"user:{login}",
                code=Code.INPUT,
            )
        if writes or owned or person.bot or self._can_see_teams():
            return _Meaning((person,), Source(Login(login)))
        return self._problem(
            name,
            "not a team that this token can see, and not a user who can write to "
            f"{self._repository.full_name}",
            f"{TEAMS_NEED} Write `<0>` if a person is meant.",
            f"user:{login}",
        )

    def _both(self, login: str, team: Team, *, owned: bool) -> tuple[Person | None, bool]:
        """Read the account and the team; again if neither can write, which can be a passing fault."""
        person, right = None, False
        for _ in range(2):
            person = self._account(login) if owned else self._rights.of_login(login)
            if self._repository.owner_is_organization and not (owned and person):
                right = bool(self._rights.of_team(team))
            if right or (person is not None and (owned or self._rights.can_write(person))):
                break
        return person, right

    def _nobody(self, name: str, team: Team) -> _Meaning:
        """Resolve a plain name that neither a user nor a team with write access has."""
        if not self._can_see_teams():
            return self._problem(name, "neither a user nor a team that this token can see", TEAMS_NEED)
        if self._repository.owner_is_organization and self._is_team(team):
            return self._problem(
                name,
                f"neither a user nor a team with write access of its own to {self._repository.full_name}",
                "Write `<0>` if the team is meant.",
                str(team),
            )
        return _Meaning()

    @staticmethod
    def _problem(name: str, cause: str, remedy: str, *fixes: str, code: Code = Code.ROSTER) -> _Meaning:
        return _Meaning(problem=NameProblem(name, cause, remedy, fixes, code))

    def _code_owners(self, member: str) -> tuple[list[str], NameProblem | None]:
        if self._file is None:
            self._file = (read_owners(self._client, self._repository),)
        return owners_of(member, *self._file, self._repository)

    # Teams and accounts --------------------------------------------------------------

    def _is_team(self, team: Team) -> bool:
        """Whether a team exists and the token can see it."""
        try:
            answer = self._client.read_confirmed(f"/orgs/{team.org}/teams/{team.slug}")
        except (NotFoundError, PermissionDeniedError):
            return False
        parse(f"the team {team}", lambda: str(answer.data["slug"]))
        self._sees_teams = True
        return True

    def _can_see_teams(self) -> bool:
        """Whether the token can see the owner's teams; a user has none."""
        if self._sees_teams is None:
            self._sees_teams = not self._repository.owner_is_organization
            with suppress(NotFoundError, PermissionDeniedError):
                if not self._sees_teams:
                    items(self._client.read(f"/orgs/{self._owner}/teams", {"per_page": 1}))
                    self._sees_teams = True
        return self._sees_teams

    def _members_of(self, team: Team, *, right: bool, by_right: bool) -> _Meaning:
        self._sees_teams = True
        people = self._read_members(team)
        if right:
            self._rights.inherit(people, team)
        return _Meaning(people, Source(team, by_right))

    def _read_members(self, team: Team) -> tuple[Person, ...]:
        """List a team's members and its child teams' (https://docs.github.com/en/rest/teams/members#list-team-members)."""
        pages = self._client.pages(f"/orgs/{team.org}/teams/{team.slug}/members")
        people = (parse(f"the team {team}", partial(person_of, data)) for data in pages)
        return tuple(person for person in people if person is not None)

    def _account(self, login: str) -> Person | None:
        """Read an account, by its right where write access is required."""
        return (self._rights.of_login(login) if self._require_write else None) or self.user(login)

    def user(self, login: str) -> Person | None:
        """Read an account by its login; None if it does not exist."""
        try:
            answer = self._client.read_confirmed(f"/users/{login}")
        except NotFoundError:
            return None
        return parse(f"the user {login}", lambda: person_of(answer.data))

    def own_account(self) -> Person | None:
        """Return the token's person; None for an app's token."""
        try:
            return parse("the token's account", lambda: person_of(self._client.read("/user").data))
        except (PermissionDeniedError, NotFoundError):
            return None

    # Looking again -------------------------------------------------------------------

    def recheck(self, members: Iterable[Member], until: Deadline | None = None) -> dict[int, Rechecked]:
        """Read people again, and return them as they are now, by id, with the answers."""
        again = People(self._client.until(until), self._repository, require_write=self._require_write)
        again._sources, again._voting = self._sources, self._voting
        return {member.person.id: again._as_of_now(member) for member in members}

    def _as_of_now(self, member: Member) -> Rechecked:
        """Return a member with the remaining roles, or as one who left."""
        person = member.person
        held = {role: self._held(person, role) for role in member.roles}
        roles = tuple(role for role, source in held.items() if source is not None)
        lost = self._require_write and not self._rights.can_write(person)
        gone = lost or self._voting.isdisjoint(roles)
        now = replace(member, ineligibility=Ineligibility.LEFT) if gone else replace(member, roles=roles)
        return Rechecked(
            member=now,
            write=self._rights.answer(person) if self._require_write else None,
            membership=tuple(
                Membership(role=role, answer=source.answer if source else answers.LEFT)
                for role, source in held.items()
            ),
        )

    def _held(self, person: Person, role: str) -> Source | None:
        """Return why a person still has a role; None if nothing gives it any more."""
        sources = self._sources.get((person.id, role), ())
        return next((source for source in sources if self._still_in(person, source)), None)

    def _still_in(self, person: Person, source: Source) -> bool:
        """Whether a source still holds; a renamed login does not, since people saw the former one."""
        if source.owner is not None and not self._still_owns(*source.owner):
            return False
        if isinstance(source.by, Login):
            now = self._account(source.by.name)
            return now is not None and now.id == person.id
        if (person.id, person.login.lower()) not in self._members_now(source.by):
            return False
        right = self._rights.of_team(source.by)
        if right is None and source.by_right:  # a passing fault, or a renamed repository
            self._rights.follow()
            right = self._rights.of_team(source.by)
        if right:
            self._rights.inherit([person], source.by)
        return bool(right) or not source.by_right

    def _still_owns(self, member: str, name: str) -> bool:
        """Whether the name owns the path on the default branch now."""
        return name in (owner.lower() for owner in self._code_owners(member)[0])

    def _members_now(self, team: Team) -> frozenset[tuple[int, str]]:
        """Return a team's members now; none if it is gone."""
        if team not in self._members:
            try:
                people = self._read_members(team)
            except NotFoundError:
                people = ()
            self._members[team] = frozenset((person.id, person.login.lower()) for person in people)
        return self._members[team]


def _is_login(meaning: _Meaning) -> bool:
    return meaning.source is not None and isinstance(meaning.source.by, Login)
