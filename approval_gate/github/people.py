"""Resolves the names of the approvers to people, and checks them again before an approval.

Nothing is decided here: ineligibility and problems with names are data for the
core.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from approval_gate.core import names
from approval_gate.core.model import Code, Ineligibility, Member, Person
from approval_gate.core.names import Holders, Login, NameProblem, Owners, Reviewers, Team
from approval_gate.core.policy.model import Role
from approval_gate.core.record.model import Membership
from approval_gate.core.request_facts import Rechecked
from approval_gate.core.roster import Named
from approval_gate.core.timing import Deadline
from approval_gate.errors import NotFoundError, PermissionDeniedError
from approval_gate.github import answers
from approval_gate.github.client import Client
from approval_gate.github.listings import Listings
from approval_gate.github.parse import parse, person_of
from approval_gate.github.repository import Repository
from approval_gate.github.rights import Rights
from approval_gate.github.teams import TEAMS_NEED, Teams

VIEWER = "query { viewer { databaseId login } }"
"""Asks GraphQL for the token's account."""


@dataclass(frozen=True, slots=True)
class Source:
    """Why somebody is an approver.

    Attributes:
        by: their team, their login, or their right.
        by_right: whether the name means the team only while the team has write access.
        owner: the entry that lists the name (``codeowners:/deploy/``) and the name there, if there is one.
    """

    by: Team | Login | Holders
    by_right: bool = False
    owner: tuple[str, str] | None = None


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
        self._teams = Teams(client, repository)
        self._listings = Listings(client, repository)

    # Resolving -----------------------------------------------------------------------

    def find(self, roles: Iterable[Role]) -> tuple[Named, ...]:
        """Resolve each member of each role, such as ``ann``, ``org/team`` or ``environment:production``.

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
        what = names.parse(member)
        if isinstance(what, NameProblem):
            meanings[member] = _Meaning(problem=what)
        elif isinstance(what, Owners | Reviewers):
            listed, problem = self._listings.names(member, what)
            meanings = {name: self._meaning(name, member) for name in listed}
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
        """Resolve a name, once; ``given`` is the entry that lists it (``codeowners:/x/``), empty for none."""
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
        what = names.parse_name(name)
        if isinstance(what, NameProblem):
            return _Meaning(problem=what)
        if isinstance(what, Team):
            return self._team(what, name)
        if isinstance(what, Holders):
            return self._with_right(what, name)
        if not isinstance(what, Login):
            return self._plain(name, what.name, owned=owned)
        person = self._account(what.name)
        return _Meaning((person,), Source(what)) if person else _Meaning()

    def _with_right(self, holders: Holders, name: str) -> _Meaning:
        """Resolve ``role:maintain``."""
        try:
            people = self._rights.holders(holders.right)
        except (NotFoundError, PermissionDeniedError):
            return self._problem(
                name,
                "a right whose holders this token cannot list",
                "Use a token that can write to the repository, or name a team or people.",
            )
        return _Meaning(people, Source(holders))

    def _team(self, team: Team, name: str) -> _Meaning:
        """Resolve ``org/team``; it does not need write access of its own."""
        right = self._rights.of_team(team) if team.org.lower() == self._owner.lower() else None
        if right is None and not self._teams.exists(team):
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
        if writes or owned or person.bot or self._teams.visible():
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
        if not self._teams.visible():
            return self._problem(name, "neither a user nor a team that this token can see", TEAMS_NEED)
        if self._repository.owner_is_organization and self._teams.exists(team):
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

    # Teams and accounts --------------------------------------------------------------

    def _members_of(self, team: Team, *, right: bool, by_right: bool) -> _Meaning:
        people = self._teams.members(team)
        if right:
            self._rights.inherit(people, team)
        return _Meaning(people, Source(team, by_right))

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
        roles = tuple(role for role, answer in held.items() if answer is not None)
        lost = self._require_write and not self._rights.can_write(person)
        gone = lost or self._voting.isdisjoint(roles)
        now = replace(member, ineligibility=Ineligibility.LEFT) if gone else replace(member, roles=roles)
        return Rechecked(
            member=now,
            write=self._rights.answer(person) if self._require_write else None,
            membership=tuple(
                Membership(role=role, answer=answer or answers.LEFT) for role, answer in held.items()
            ),
        )

    def _held(self, person: Person, role: str) -> str | None:
        """Return GitHub's answer by which a person still has a role; None if nothing gives it any more."""
        sources = self._sources.get((person.id, role), ())
        return next(filter(None, (self._answer(person, source) for source in sources)), None)

    def _answer(self, person: Person, source: Source) -> str | None:
        """Return GitHub's answer if a source still holds; a renamed login does not: people saw the former."""
        if source.owner is not None and not self._still_lists(*source.owner):
            return None
        if isinstance(source.by, Holders):
            return self._rights.holds(person, source.by.right)
        if isinstance(source.by, Login):
            now = self._account(source.by.name)
            same = now is not None and now.id == person.id
            return answers.account(source.by.name, source.owner) if same else None
        holds = self._still_in(person, source.by, by_right=source.by_right)
        return answers.member(source.by, source.owner, writes=source.by_right) if holds else None

    def _still_in(self, person: Person, team: Team, *, by_right: bool) -> bool:
        if (person.id, person.login.lower()) not in self._teams.members_now(team):
            return False
        right = self._rights.of_team(team)
        if right is None and by_right:  # a passing fault, or a renamed repository
            self._rights.follow()
            right = self._rights.of_team(team)
        if right:
            self._rights.inherit([person], team)
        return bool(right) or not by_right

    def _still_lists(self, member: str, name: str) -> bool:
        """Whether CODEOWNERS on the default branch, or the environment, lists a name now."""
        what = names.parse(member)
        listed = self._listings.names(member, what)[0] if isinstance(what, Owners | Reviewers) else ()
        return name in (one.lower() for one in listed)


def _is_login(meaning: _Meaning) -> bool:
    return meaning.source is not None and isinstance(meaning.source.by, Login)
