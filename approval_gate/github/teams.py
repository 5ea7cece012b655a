"""An organisation's teams, as far as the token can see them."""

from contextlib import suppress
from functools import partial

from approval_gate.core.model import Person
from approval_gate.core.names import Team
from approval_gate.errors import NotFoundError, PermissionDeniedError
from approval_gate.github.client import Client
from approval_gate.github.paging import items
from approval_gate.github.parse import parse, person_of
from approval_gate.github.repository import Repository

TEAMS_NEED = (
    "Check the spelling. To see teams takes the organisation permission `Members: read`, which a workflow's "
    "own GITHUB_TOKEN cannot have: pass a GitHub App (`app-id`) or a `token` that has it, or list people "
    "instead."
)


class Teams:
    """The teams of a repository's owner, and their members."""

    def __init__(self, client: Client, repository: Repository) -> None:
        self._client = client
        self._owner = repository.full_name.partition("/")[0]
        self._visible = None if repository.owner_is_organization else True
        self._members: dict[Team, frozenset[tuple[int, str]]] = {}

    def exists(self, team: Team) -> bool:
        """Whether a team exists and the token can see it."""
        try:
            answer = self._client.read_confirmed(f"/orgs/{team.org}/teams/{team.slug}")
        except (NotFoundError, PermissionDeniedError):
            return False
        parse(f"the team {team}", lambda: str(answer.data["slug"]))
        self._visible = True
        return True

    def visible(self) -> bool:
        """Whether the token can see the owner's teams; a user has none."""
        if self._visible is None:
            self._visible = False
            with suppress(NotFoundError, PermissionDeniedError):
                items(self._client.read(f"/orgs/{self._owner}/teams", {"per_page": 1}))
                self._visible = True
        return self._visible

    def members(self, team: Team) -> tuple[Person, ...]:
        """List a team's members and its child teams' (https://docs.github.com/en/rest/teams/members#list-team-members)."""
        pages = self._client.pages(f"/orgs/{team.org}/teams/{team.slug}/members")
        people = (parse(f"the team {team}", partial(person_of, data)) for data in pages)
        found = tuple(person for person in people if person is not None)
        self._visible = True
        return found

    def members_now(self, team: Team) -> frozenset[tuple[int, str]]:
        """Return the ids and logins of a team's members, read once; none if the team is gone."""
        if team not in self._members:
            try:
                people = self.members(team)
            except NotFoundError:
                people = ()
            self._members[team] = frozenset((person.id, person.login.lower()) for person in people)
        return self._members[team]
