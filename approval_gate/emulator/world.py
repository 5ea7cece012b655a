"""The state of the embedded GitHub, and what people do to it.

Identities only ever grow, times have GitHub's resolution of one second, and
what a person does takes effect at the world's own clock.
"""

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from approval_gate.emulator.faults import Fault

_NAMED = re.compile(r"(?P<name>[^<]*?) *<(?P<email>[^>]*)>")
_NO_REPLY = re.compile(r"(?P<id>\d+)\+[^@]+@users\.noreply\..+")

FIRST_COMMENT = 3_000_000_000
"""Ids of comments are beyond 2^31 by now, so that GraphQL's ``databaseId`` has no room for them."""

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
"""The roles on a repository, each with the rights of those before it."""

WRITERS = frozenset({"admin", "maintain", "write"})
"""The roles that can write to a repository."""


class NotAllowedError(Exception):
    """Somebody tried what GitHub does not let them do."""


@dataclass(eq=False)
class User:
    """An account: a person's, or an app's bot."""

    id: int
    login: str
    type: str = "User"
    gone: bool = False
    suspended: bool = False

    @property
    def node_id(self) -> str:
        """The id in GraphQL."""
        return node_id("U", self.id)


@dataclass(eq=False)
class Team:
    """A team of an organisation; a child team's members are its parent's too."""

    id: int
    org: str
    slug: str
    members: list[User] = field(default_factory=list)
    parent: "Team | None" = None

    @property
    def line(self) -> "list[Team]":
        """This team and those that it is a child of, whose rights it inherits."""
        return [self, *(self.parent.line if self.parent else ())]


@dataclass(frozen=True)
class Revision:
    """One text of a comment or an issue; the first is the original."""

    text: str | None
    by: User | None
    at: datetime


@dataclass(eq=False)
class Comment:
    """A comment on an issue."""

    id: int
    author: User | None
    revisions: list[Revision]
    created_at: datetime
    updated_at: datetime
    via_app: str | None = None
    via_email: bool = False
    hidings: list[tuple[datetime, str | None]] = field(default_factory=list)
    reactions: list[tuple[int, User, str]] = field(default_factory=list)

    @property
    def body(self) -> str:
        """Its text now."""
        return self.revisions[-1].text or ""

    @property
    def hidden_as(self) -> str | None:
        """Why it is hidden now (GitHub calls that minimized); None if it is not."""
        return self.hidings[-1][1] if self.hidings else None

    @property
    def node_id(self) -> str:
        """The id in GraphQL."""
        return node_id("IC", self.id)

    def as_of(self, moment: datetime) -> "Comment":
        """Return what it was at a moment; one that did not exist yet is as it was first."""
        if self.updated_at <= moment:
            return self
        revisions = [self.revisions[0], *(r for r in self.revisions[1:] if r.at <= moment)]
        hidings = [hiding for hiding in self.hidings if hiding[0] <= moment]
        updated_at = max([self.created_at, *(r.at for r in revisions), *(at for at, _ in hidings)])
        return replace(self, revisions=revisions, hidings=hidings, updated_at=updated_at)


@dataclass(frozen=True)
class Event:
    """Something that happened to an issue; the kind is GraphQL's type."""

    id: int
    kind: str
    actor: User | None
    at: datetime
    subject: User | None = None
    before: str = ""
    after: str = ""


@dataclass(eq=False)
class Issue:
    """An issue and its conversation."""

    id: int
    number: int
    author: User
    title: str
    revisions: list[Revision]
    created_at: datetime
    updated_at: datetime
    labels: list[str] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    deleted_comments: list[tuple[Comment, datetime]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    state: str = "open"
    state_reason: str | None = None
    locked: bool = False
    closed_at: datetime | None = None
    closed_by: User | None = None
    deleted: bool = False
    moved_to: tuple["Repo", int] | None = None

    @property
    def body(self) -> str:
        """Its text now."""
        return self.revisions[-1].text or ""

    @property
    def node_id(self) -> str:
        """The id in GraphQL."""
        return node_id("I", self.id)

    def comments_as_of(self, moment: datetime) -> list[Comment]:
        """Return the comments as a list has them that is not newer than a moment."""
        if self.updated_at <= moment:
            return self.comments
        gone = [comment for comment, at in self.deleted_comments if at > moment]
        known = [comment.as_of(moment) for comment in (*self.comments, *gone) if comment.created_at <= moment]
        return sorted(known, key=lambda comment: comment.id)

    def as_of(self, moment: datetime) -> "Issue":
        """Return what it was at a moment: its text, its comments and what had happened."""
        if self.updated_at <= moment:
            return self
        comments = self.comments_as_of(moment)
        events = [event for event in self.events if event.at <= moment]
        later = [e for e in self.events if e.at > moment]
        revisions = [self.revisions[0], *(r for r in self.revisions[1:] if r.at <= moment)]
        title = next((e.before for e in later if e.kind == "RenamedTitleEvent"), self.title)
        turns = {"ClosedEvent": "open", "ReopenedEvent": "closed"}
        state = next((turns[e.kind] for e in later if e.kind in turns), self.state)
        times = [
            self.created_at,
            *(r.at for r in revisions),
            *(e.at for e in events),
            *(c.updated_at for c in comments),
            *(at for _, at in self.deleted_comments if at <= moment),
        ]
        return replace(
            self,
            title=title,
            revisions=revisions,
            comments=comments,
            deleted_comments=[],
            events=events,
            state=state,
            updated_at=max(times),
        )


@dataclass(frozen=True)
class Signature:
    """Somebody as a commit names them; whose account it is, is GitHub's to say."""

    name: str
    email: str


@dataclass(frozen=True)
class Commit:
    """A commit; ``authors`` are its author and those of its trailers."""

    id: int
    sha: str
    authors: tuple[Signature, ...]
    committer: Signature
    parents: tuple[str, ...]
    at: datetime

    @property
    def node_id(self) -> str:
        """The id in GraphQL."""
        return node_id("C", self.id)


@dataclass(eq=False)
class Deployment:
    """A deployment, and the states that it was in, the first to the last; ``ref`` is what was asked for."""

    id: int
    environment: str
    sha: str
    ref: str
    creator: User
    created_at: datetime
    states: list[str]

    @property
    def node_id(self) -> str:
        """The id in GraphQL."""
        return node_id("DE", self.id)


@dataclass(eq=False)
class Environment:
    """An environment that is deployed to.

    Attributes:
        branches: ``None`` for any, ``"protected"``, or the patterns, each with
            ``branch`` or ``tag``.
    """

    id: int
    name: str
    reviewers: list[User | Team]
    wait_timer: int
    branches: str | list[tuple[str, str]] | None


@dataclass(eq=False)
class Repo:
    """A repository, as far as the gate sees it."""

    id: int
    owner: str
    name: str
    private: bool
    has_issues: bool
    default_branch: str
    files: dict[str, str | bytes]
    teams: Mapping[tuple[str, str], Team]
    roles: dict[int, str] = field(default_factory=dict)
    team_roles: dict[Team, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    issues: dict[int, Issue] = field(default_factory=dict)
    tags: dict[str, tuple[str, bool]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    runs: dict[int, list[User]] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)
    environments: dict[str, Environment] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def full_name(self) -> str:
        """Owner and name."""
        return f"{self.owner}/{self.name}"

    def team_role(self, team: Team) -> str:
        """Return what a team was given here, itself or as a child of another."""
        return max((self.team_roles.get(one, "none") for one in team.line), key=ROLES.index)

    def given(self, user: User) -> str:
        """Return the role that somebody was given here, alone or by a team: rights add up."""
        if user.suspended:
            return "none"
        roles = [self.roles.get(user.id, "none")]
        if self.team_roles:
            roles += [self.team_role(team) for team in self.teams.values() if user in team.members]
        return max(roles, key=ROLES.index)

    def role(self, user: User) -> str:
        """Return a user's role; on a public repository everybody can read."""
        return max(self.given(user), "none" if self.private else "read", key=ROLES.index)

    def assignable(self, user: User) -> bool:
        """Tell whether a user can be assigned to issues."""
        return self.given(user) != "none"

    def history(self, sha: str) -> list[Commit]:
        """Return a commit and all that came before it, the oldest first; nothing if there is none."""
        found: set[str] = set()
        ahead = [sha]
        while ahead:
            one = ahead.pop()
            if one in self.commits and one not in found:
                found.add(one)
                ahead += self.commits[one].parents
        return [commit for commit in self.commits.values() if commit.sha in found]


@dataclass(eq=False)
class App:
    """A GitHub App and its one installation.

    Attributes:
        id: the app's, which is not the installation's.
        public_key: PEM; what verifies the app's signature.
        repos: where it is installed.
        permissions: of its installation, those on the organisation among them.
        lifetime: how long its tokens live.
    """

    id: int
    installation: int
    slug: str
    public_key: str
    repos: Sequence[str]
    permissions: Mapping[str, str]
    lifetime: timedelta = timedelta(hours=1)


@dataclass(eq=False)
class Token:
    """A credential: a person's, an app's on some repositories, or the app's own signature."""

    value: str = field(repr=False)
    user: User
    app: str | None
    permissions: Mapping[str, str]
    repos: Sequence[str] | None
    org_permissions: Mapping[str, str]
    limit: int
    graphql: bool
    expires_at: datetime | None = None
    revoked: bool = False
    signed_by: App | None = None
    used: dict[str, int] = field(default_factory=dict)
    resets_at: datetime | None = None

    def reaches(self, repo: Repo) -> bool:
        """Tell whether the token is for this repository at all."""
        if self.app:
            return repo.full_name.lower() in [name.lower() for name in self.repos or ()]
        return repo.role(self.user) != "none"

    def may(self, repo: Repo, permission: str, level: str = "read") -> bool:
        """Tell whether the token has a permission on a repository."""
        if self.app:
            return self.reaches(repo) and self.permissions.get(permission, "none") in {"write", level}
        return repo.role(self.user) != "none" if level == "read" else repo.role(self.user) in WRITERS


@dataclass
class Request:
    """A request that was answered, with its answer."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    at: datetime
    status: int = 0
    charged: bool = False
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""
    faulty: bool = False


def node_id(kind: str, number: int) -> str:
    """Make an opaque id like GitHub's."""
    return f"{kind}_{base64.urlsafe_b64encode(number.to_bytes(8, 'big')).decode().rstrip('=')}"


def whole(time: datetime) -> datetime:
    """Cut a time to the second."""
    return time.astimezone(UTC).replace(microsecond=0)


class World:
    """Everything on this GitHub.

    Args:
        clock: the time; the machine's if not given.

    Attributes:
        moved: repositories by the names that they had before.
        locked_edits: whether an app can still change a locked issue and its own comments there, which is
            not documented; it can neither comment nor react.
        retired: versions of the API that are not answered any more.
        sunset: the headers that tell of a version's end.
        lists_lag: how far REST's lists are behind, as GitHub's may be for some seconds.
        graphql_lag: the same of GraphQL.
        unknown: what was asked that this GitHub does not have; a test in which that happens has failed.
    """

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self.skew = timedelta()
        self.lock = threading.RLock()
        self._ids = count(1001)
        self._comment_ids = count(FIRST_COMMENT)
        self.moved: dict[str, Repo] = {}
        self.locked_edits = True
        self.retired: set[str] = set()
        self.sunset: dict[str, str] = {}
        self.lists_lag = self.graphql_lag = timedelta()
        self.users: dict[str, User] = {}
        self.emails: dict[str, User] = {}
        self.orgs: dict[str, int] = {}
        self.teams: dict[tuple[str, str], Team] = {}
        self.repos: dict[str, Repo] = {}
        self.tokens: dict[str, Token] = {}
        self.apps: dict[str, App] = {}
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.given: dict[str, list[object]] = {}
        self.script: list[Callable[[Request], None]] = []
        self.unknown: list[str] = []

    def now(self) -> datetime:
        """Return the time, to the second."""
        return whole(self._clock())

    def next_id(self) -> int:
        """Return a number that nothing else has."""
        return next(self._ids)

    # The scene -----------------------------------------------------------------------

    def user(self, login: str, *, kind: str = "User") -> User:
        """Return the account of that name, made if there is none."""
        key = login.lower()
        if key not in self.users:
            self.users[key] = User(self.next_id(), login, kind)
        return self.users[key]

    def org(self, login: str) -> None:
        """Make an organisation."""
        self.orgs.setdefault(login.lower(), self.next_id())

    def team(self, name: str, members: Sequence[str] = (), *, parent: str | None = None) -> Team:
        """Make a team, ``acme/devops-team``, with its members."""
        org, _, slug = name.partition("/")
        self.org(org)
        above = self.teams[_key(parent)] if parent else None
        team = Team(self.next_id(), org, slug, [self.user(login) for login in members], above)
        self.teams[_key(name)] = team
        return team

    def team_members(self, team: Team) -> list[User]:
        """List a team's members, those of its child teams included."""
        found = list(team.members)
        for child in self.teams.values():
            if child.parent is team:
                found += self.team_members(child)
        return [user for user in dict.fromkeys(found) if not (user.gone or user.suspended)]

    def repo(
        self,
        full_name: str,
        *,
        private: bool = True,
        has_issues: bool = True,
        default_branch: str = "main",
        files: Mapping[str, str | bytes] | None = None,
    ) -> Repo:
        """Make a repository; its owner is the organisation of that name, or a user."""
        owner, _, name = full_name.partition("/")
        if owner.lower() not in self.orgs:
            self.user(owner)
        number, contents = self.next_id(), dict(files or {})
        repo = Repo(number, owner, name, private, has_issues, default_branch, contents, self.teams)
        self.repos[full_name.lower()] = repo
        self.moved.pop(full_name.lower(), None)
        return repo

    def rename_repo(self, full_name: str, new: str) -> None:
        """Rename or transfer a repository; its former name leads to it."""
        with self.lock:
            repo = self.moved[full_name.lower()] = self.repos.pop(full_name.lower())
            repo.owner, _, repo.name = new.partition("/")
            self.moved.pop(new.lower(), None)
            self.repos[new.lower()] = repo
            holders: list[Token | App] = [*self.tokens.values(), *self.apps.values()]
            for holder in holders:
                if holder.repos is not None:
                    names = [new if it.lower() == full_name.lower() else it for it in holder.repos]
                    holder.repos = names

    def permit(self, full_name: str, role: str, *names: str) -> None:
        """Give people, and teams such as ``acme/leads``, one of the :data:`ROLES` on a repository."""
        with self.lock:
            repo = self.repos[full_name.lower()]
            for name in names:
                if "/" in name:
                    repo.team_roles[self.teams[_key(name)]] = role
                else:
                    repo.roles[self.user(name).id] = role

    def suspend(self, login: str) -> None:
        """Suspend an account, as the administrator of an enterprise can."""
        with self.lock:
            self.user(login).suspended = True

    def tag(self, full_name: str, name: str, commit: str | None, *, annotated: bool = False) -> None:
        """Set a tag, or move it; None deletes it."""
        with self.lock:
            tags = self.repos[full_name.lower()].tags
            tags.pop(name, None)
            if commit is not None:
                tags[name] = (commit, annotated)

    def branch(self, full_name: str, name: str, head: str) -> None:
        """Set a branch's head, or move it."""
        with self.lock:
            self.repos[full_name.lower()].branches[name] = head

    def commit(
        self,
        full_name: str,
        author: str,
        *,
        committer: str | None = None,
        co_authors: Sequence[str] = (),
        parents: Sequence[str] | None = None,
        sha: str | None = None,
    ) -> str:
        """Commit something on top of the last commit, or of these, and return its hash.

        Args:
            full_name: of the repository.
            author: a login, whose address is linked to the account, or ``name <address>`` as it stands.
            committer: the same; the author if not given.
            co_authors: the same, as trailers.
            parents: hashes.
            sha: its own hash.
        """
        with self.lock:
            repo = self.repos[full_name.lower()]
            number = self.next_id()
            made = Commit(
                number,
                sha or hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest(),
                tuple(self._signature(who) for who in (author, *co_authors)),
                self._signature(committer or author),
                tuple(list(repo.commits)[-1:] if parents is None else parents),
                self.now(),
            )
            repo.commits[made.sha] = made
            return made.sha

    def account_of(self, email: str) -> User | None:
        """Return whose an address is: linked to an account, or given by GitHub to it."""
        found = _NO_REPLY.fullmatch(email)
        if found is not None:
            return next((user for user in self.users.values() if user.id == int(found["id"])), None)
        user = self.emails.get(email.lower())
        return None if user is None or user.gone else user

    def deploy(self, full_name: str, environment: str, sha: str, *states: str, ref: str = "") -> Deployment:
        """Record a deployment of a workflow's; its success makes the environment's earlier ones inactive."""
        with self.lock:
            repo = self.repos[full_name.lower()]
            if "SUCCESS" in states:
                for before in repo.deployments:
                    if before.environment == environment and before.states[-1:] == ["SUCCESS"]:
                        before.states.append("INACTIVE")
            bot = self.user("github-actions[bot]", kind="Bot")
            made = Deployment(self.next_id(), environment, sha, ref or sha, bot, self.now(), list(states))
            repo.deployments.append(made)
            return made

    def run(self, full_name: str, run_id: int, attempts: Sequence[str]) -> None:
        """Make a workflow run; each attempt was started by one of these."""
        self.repos[full_name.lower()].runs[run_id] = [self.user(login) for login in attempts]

    def environment(
        self,
        full_name: str,
        name: str,
        *,
        reviewers: Sequence[str] = (),
        wait_timer: int = 0,
        branches: str | Sequence[tuple[str, str]] | None = None,
    ) -> Environment:
        """Make an environment; a reviewer is a user or, as ``acme/leads``, a team."""
        named = [self.teams[_key(who)] if "/" in who else self.user(who) for who in reviewers]
        taken = list(branches) if branches is not None and not isinstance(branches, str) else branches
        made = Environment(self.next_id(), name, named, wait_timer, taken)
        self.repos[full_name.lower()].environments[name.lower()] = made
        return made

    def token(
        self,
        value: str,
        *,
        login: str,
        app: str | None = None,
        permissions: Mapping[str, str] | None = None,
        repos: Sequence[str] | None = None,
        org_permissions: Mapping[str, str] | None = None,
        limit: int = 5000,
        graphql: bool = True,
    ) -> Token:
        """Make a token of a person, or with ``app`` one of an app's installation.

        A workflow's own token is one of the app ``github-actions``: it has the
        permissions of the job and none on the organisation.
        """
        token = Token(
            value,
            self.user(login, kind="Bot" if app else "User"),
            app,
            permissions or {},
            repos,
            org_permissions or {},
            limit,
            graphql,
        )
        self.tokens[value] = token
        return token

    def app(
        self,
        slug: str,
        *,
        public_key: str,
        repos: Sequence[str],
        permissions: Mapping[str, str],
        lifetime: timedelta = timedelta(hours=1),
    ) -> App:
        """Make a GitHub App, installed on some repositories."""
        app = App(self.next_id(), self.next_id(), slug, public_key, repos, permissions, lifetime)
        self.user(f"{slug}[bot]", kind="Bot")
        self.apps[str(app.id)] = app
        return app

    def mint(self, app: App, repos: Sequence[str], permissions: Mapping[str, str]) -> Token:
        """Make a token of an app's installation."""
        token = self.token(
            f"ghs_{app.id}_{self.next_id()}",
            login=f"{app.slug}[bot]",
            app=app.slug,
            permissions=permissions,
            repos=repos,
            org_permissions=permissions,
        )
        token.expires_at = self.now() + app.lifetime
        return token

    # What people do ------------------------------------------------------------------

    def found(self, full_name: str) -> Repo:
        """Return a repository by its name, or by one that it had."""
        return self.repos.get(full_name.lower()) or self.moved[full_name.lower()]

    def issue(self, full_name: str, number: int) -> Issue:
        """Return an issue."""
        return self.found(full_name).issues[number]

    def issues(self, full_name: str) -> list[Issue]:
        """List the issues of a repository, oldest first."""
        return list(self.found(full_name).issues.values())

    def comment(
        self,
        full_name: str,
        number: int,
        login: str,
        body: str,
        *,
        via_app: str | None = None,
        via_email: bool = False,
    ) -> Comment:
        """Comment on an issue.

        Raises:
            NotAllowedError: the conversation is locked, to bots and to who cannot write.
        """
        with self.lock:
            repo, user = self.found(full_name), self.user(login)
            issue = repo.issues[number]
            if issue.locked and (repo.role(user) not in WRITERS or user.type == "Bot"):
                raise NotAllowedError(f"{login} cannot comment on a locked issue")
            now = self.now()
            identity = next(self._comment_ids)
            comment = Comment(identity, user, [Revision(body, user, now)], now, now, via_app, via_email)
            issue.comments.append(comment)
            issue.updated_at = now
            return comment

    def find_comment(self, comment_id: int) -> tuple[Repo, Issue, Comment] | None:
        """Find a comment anywhere."""
        for repo in self.repos.values():
            for issue in repo.issues.values():
                for comment in issue.comments:
                    if comment.id == comment_id:
                        return repo, issue, comment
        return None

    def edit_comment(self, comment_id: int, *, by: str, body: str) -> None:
        """Edit a comment."""
        with self.lock:
            _, issue, comment = self._comment(comment_id)
            comment.revisions.append(Revision(body, self.user(by), self.now()))
            comment.updated_at = issue.updated_at = self.now()

    def delete_revision(self, comment_id: int, position: int) -> None:
        """Remove a text from a comment's history, as its page lets writers do."""
        with self.lock:
            comment = self._comment(comment_id)[2]
            old = comment.revisions[position]
            comment.revisions[position] = Revision(None, old.by, old.at)

    def hide_comment(self, comment_id: int, reason: str | None = "off-topic") -> None:
        """Hide a comment (minimize it, as writers can), or show it again; its text stays as it is."""
        with self.lock:
            _, issue, comment = self._comment(comment_id)
            comment.hidings.append((self.now(), reason))
            comment.updated_at = issue.updated_at = self.now()

    def delete_comment(self, comment_id: int, *, by: str) -> None:
        """Delete a comment; of one's own no event is left, as it seems."""
        with self.lock:
            _, issue, comment = self._comment(comment_id)
            issue.comments.remove(comment)
            issue.deleted_comments.append((comment, self.now()))
            issue.updated_at = self.now()
            if comment.author is not self.user(by):
                self._happen(issue, "CommentDeletedEvent", by, subject=comment.author)

    def edit_issue(
        self, full_name: str, number: int, *, by: str, title: str | None = None, body: str | None = None
    ) -> None:
        """Change an issue's title or body."""
        with self.lock:
            issue = self.issue(full_name, number)
            if title is not None and title != issue.title:
                self._happen(issue, "RenamedTitleEvent", by, before=issue.title, after=title)
                issue.title = title
            if body is not None and body != issue.body:
                issue.revisions.append(Revision(body, self.user(by), self.now()))
            issue.updated_at = self.now()

    def close_issue(self, full_name: str, number: int, *, by: str, reason: str = "completed") -> None:
        """Close an issue."""
        with self.lock:
            issue = self.issue(full_name, number)
            if issue.state == "closed":
                return
            issue.state, issue.state_reason = "closed", reason
            issue.closed_at, issue.closed_by = self.now(), self.user(by)
            self._happen(issue, "ClosedEvent", by)

    def reopen_issue(self, full_name: str, number: int, *, by: str) -> None:
        """Open a closed issue again."""
        with self.lock:
            issue = self.issue(full_name, number)
            issue.state, issue.state_reason, issue.closed_at, issue.closed_by = "open", "reopened", None, None
            self._happen(issue, "ReopenedEvent", by)

    def draft(self, repo: Repo, author: User, title: str, body: str) -> Issue:
        """Make an issue that is not in the repository yet."""
        now = self.now()
        return Issue(
            self.next_id(), next(repo.numbers), author, title, [Revision(body, author, now)], now, now
        )

    def open_issue(self, full_name: str, login: str, title: str, body: str) -> Issue:
        """Have somebody open an issue."""
        with self.lock:
            repo = self.repos[full_name.lower()]
            issue = self.draft(repo, self.user(login), title, body)
            repo.issues[issue.number] = issue
            return issue

    def delete_issue(self, full_name: str, number: int) -> None:
        """Delete an issue, as an administrator can."""
        with self.lock:
            self.issue(full_name, number).deleted = True

    def transfer_issue(self, full_name: str, number: int, target: str) -> Issue:
        """Transfer an issue: it is another issue then, and the old address leads to it."""
        with self.lock:
            issue, repo = self.issue(full_name, number), self.repos[target.lower()]
            new = next(repo.numbers)
            moved = Issue(
                self.next_id(), new, issue.author, issue.title, issue.revisions, issue.created_at, self.now()
            )
            moved.comments, issue.comments = issue.comments, []
            repo.issues[new] = moved
            issue.moved_to = (repo, new)
            return moved

    def join(self, team: str, login: str) -> None:
        """Add somebody to a team."""
        with self.lock:
            self.teams[_key(team)].members.append(self.user(login))

    def leave(self, team: str, login: str) -> None:
        """Take somebody out of a team."""
        with self.lock:
            self.teams[_key(team)].members.remove(self.user(login))

    def delete_user(self, login: str) -> None:
        """Delete an account; what it wrote is a ghost's then."""
        with self.lock:
            user = self.users.pop(login.lower())
            user.gone = True
            for repo in self.repos.values():
                for issue in repo.issues.values():
                    for comment in issue.comments:
                        if comment.author is user:
                            comment.author = None

    def rename_user(self, login: str, new: str) -> None:
        """Rename an account; the old name is free for anybody."""
        with self.lock:
            user = self.users.pop(login.lower())
            user.login = new
            self.users[new.lower()] = user

    def _signature(self, who: str) -> Signature:
        named = _NAMED.fullmatch(who)
        if named is not None:
            return Signature(named["name"], named["email"])
        email = f"{who.lower()}@example.com"
        self.emails[email] = self.user(who, kind="Bot" if who.endswith("[bot]") else "User")
        return Signature(who, email)

    def _comment(self, comment_id: int) -> tuple[Repo, Issue, Comment]:
        found = self.find_comment(comment_id)
        if found is None:
            raise KeyError(comment_id)
        return found

    def _happen(
        self,
        issue: Issue,
        kind: str,
        by: str,
        *,
        subject: User | None = None,
        before: str = "",
        after: str = "",
    ) -> None:
        now = self.now()
        issue.events.append(Event(self.next_id(), kind, self.user(by), now, subject, before, after))
        issue.updated_at = now


def _key(name: str) -> tuple[str, str]:
    org, _, slug = name.lower().partition("/")
    return org, slug
