"""The state of the embedded GitHub, and the actions of people on it.

Ids only grow, times have GitHub's resolution of one second, and an action is
dated by the world's clock.
"""

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, ClassVar

from approval_gate.emulator.faults import Fault

_NAMED = re.compile(r"(?P<name>[^<]*?) *<(?P<email>[^>]*)>")
_NO_REPLY = re.compile(r"(?P<id>\d+)\+[^@]+@users\.noreply\..+")

FIRST_COMMENT = 3_000_000_000
"""Comment ids on github.com exceed 2^31, so GraphQL's ``databaseId`` is null for them."""

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
"""The roles on a repository, each with the permissions of the roles before it."""

WRITERS = frozenset({"admin", "maintain", "write"})
"""The roles that can write to a repository."""


class NotAllowedError(Exception):
    """An action that GitHub does not allow this user."""


def node_id(kind: str, number: int) -> str:
    """Make an opaque id like GitHub's."""
    return f"{kind}_{base64.urlsafe_b64encode(number.to_bytes(8, 'big')).decode().rstrip('=')}"


class _Node:
    """An object with an id in GraphQL; ``kind`` is the prefix of its class."""

    id: int
    _kind: ClassVar[str]

    def __init_subclass__(cls, kind: str = "") -> None:
        cls._kind = kind

    @property
    def node_id(self) -> str:
        """The id in GraphQL."""
        return node_id(self._kind, self.id)


class _Text(_Node):
    """A comment or an issue, with its revisions."""

    revisions: list["Revision"]

    @property
    def body(self) -> str:
        """The current text."""
        return self.revisions[-1].text or ""


@dataclass(eq=False)
class User(_Node, kind="U"):
    """An account: a person's, or an app's bot."""

    id: int
    login: str
    type: str = "User"
    gone: bool = False
    suspended: bool = False


@dataclass(eq=False)
class Team(_Node, kind="T"):
    """A team of an organisation; the members of a child team are also members of its parent."""

    id: int
    org: str
    slug: str
    members: list[User] = field(default_factory=list)
    parent: "Team | None" = None

    @property
    def ancestry(self) -> "list[Team]":
        """This team and its ancestors, whose roles it inherits."""
        return [self, *(self.parent.ancestry if self.parent else ())]


@dataclass(frozen=True)
class Revision:
    """One version of the text of a comment or an issue; the first is the original."""

    text: str | None
    by: User | None
    at: datetime


@dataclass(eq=False)
class Comment(_Text, kind="IC"):
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
    def hidden_as(self) -> str | None:
        """The reason for which it is hidden now ("minimized" in GraphQL); None if it is visible."""
        return self.hidings[-1][1] if self.hidings else None

    def as_of(self, moment: datetime) -> "Comment":
        """Return the comment in its state at a moment, or in its first state if it did not exist yet."""
        if self.updated_at <= moment:
            return self
        revisions = [self.revisions[0], *(r for r in self.revisions[1:] if r.at <= moment)]
        hidings = [hiding for hiding in self.hidings if hiding[0] <= moment]
        updated_at = max([self.created_at, *(r.at for r in revisions), *(at for at, _ in hidings)])
        return replace(self, revisions=revisions, hidings=hidings, updated_at=updated_at)


@dataclass(frozen=True)
class Event:
    """An event of an issue's timeline; the kind is GraphQL's type."""

    id: int
    kind: str
    actor: User | None
    at: datetime
    subject: User | None = None
    before: str = ""
    after: str = ""


@dataclass(eq=False)
class Issue(_Text, kind="I"):
    """An issue with its comments and events."""

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
    parent: tuple["Repo", "Issue"] | None = None
    sub_issues: list["Issue"] = field(default_factory=list)

    def comments_as_of(self, moment: datetime) -> list[Comment]:
        """Return the comments in their state at a moment."""
        if self.updated_at <= moment:
            return self.comments
        gone = [comment for comment, at in self.deleted_comments if at > moment]
        known = [comment.as_of(moment) for comment in (*self.comments, *gone) if comment.created_at <= moment]
        return sorted(known, key=lambda comment: comment.id)

    def as_of(self, moment: datetime) -> "Issue":
        """Return the issue in its state at a moment: text, comments and events."""
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
    """A name and an email address in a commit; GitHub matches the address with an account."""

    name: str
    email: str


@dataclass(frozen=True)
class Commit(_Node, kind="C"):
    """A commit.

    Attributes:
        authors: its author, and the co-authors in its trailers.
        files: the paths that it changes; a pair for one that it renames.
        signed: whether GitHub made it, and signed it.
    """

    id: int
    sha: str
    authors: tuple[Signature, ...]
    committer: Signature
    parents: tuple[str, ...]
    at: datetime
    files: tuple[str | tuple[str, str], ...] = ()
    signed: bool = False


@dataclass(frozen=True)
class Review(_Node, kind="PRR"):
    """A review of a pull request, of one of its commits."""

    id: int
    author: User
    state: str
    sha: str


@dataclass(eq=False)
class PullRequest(_Node, kind="PR"):
    """A pull request.

    Attributes:
        commits: the hashes of its own commits, the oldest first.
        merge_commit: None until it is merged.
        introduced: the hashes that its merge brought into the branch.
    """

    id: int
    number: int
    title: str
    author: User
    commits: list[str]
    reviews: list[Review] = field(default_factory=list)
    merge_commit: str | None = None
    introduced: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeploymentStatus:
    """A state of a deployment, and since when."""

    state: str
    at: datetime


@dataclass(eq=False)
class Deployment(_Node, kind="DE"):
    """A deployment with its statuses, oldest first.

    Attributes:
        ref: the name that was deployed.
        log_url: the job that deployed it; GitHub adds it to each status.
    """

    id: int
    environment: str
    sha: str
    ref: str
    creator: User
    created_at: datetime
    statuses: list[DeploymentStatus]
    log_url: str | None = None


@dataclass(eq=False)
class Job(_Node, kind="CR"):
    """A job of a run's attempt; its id is also that of its check run.

    Attributes:
        attempt: of the run.
        conclusion: None while it runs.
        steps: names and conclusions.
        runner: the name of the runner that runs it.
        queued: whether it waits for a runner.
        carried_over: whether an earlier attempt did the work: then no steps are listed
            (https://github.com/r-universe-org/help/issues/607).
    """

    id: int
    name: str
    attempt: int
    conclusion: str | None
    steps: Sequence[tuple[str, str | None]]
    runner: str | None
    created_at: datetime
    started_at: datetime
    completed_at: datetime | None
    queued: bool = False
    carried_over: bool = False


@dataclass(eq=False)
class Environment(_Node, kind="EN"):
    """A deployment environment.

    Attributes:
        branches: ``None`` for any, ``"protected"``, or pairs of ``branch`` or
            ``tag`` and a pattern.
    """

    id: int
    name: str
    reviewers: list[User | Team]
    wait_timer: int
    branches: str | list[tuple[str, str]] | None


@dataclass(eq=False)
class Repo(_Node, kind="R"):
    """A repository."""

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
    custom_roles: dict[int, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    issues: dict[int, Issue] = field(default_factory=dict)
    tags: dict[str, tuple[str, bool]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    runs: dict[int, list[User]] = field(default_factory=dict)
    jobs: dict[int, list[Job]] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    trees: dict[str, dict[str, str | bytes]] = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)
    pull_requests: dict[int, PullRequest] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    archived: bool = False

    @property
    def full_name(self) -> str:
        """Owner and name."""
        return f"{self.owner}/{self.name}"

    def team_role(self, team: Team) -> str:
        """Return a team's role, its own or an inherited one, whichever is higher."""
        return max((self.team_roles.get(one, "none") for one in team.ancestry), key=ROLES.index)

    def granted_role(self, user: User) -> str:
        """Return the highest role that was granted to a user or to one of the user's teams."""
        if user.suspended:
            return "none"
        roles = [self.roles.get(user.id, "none")]
        if self.team_roles:
            roles += [self.team_role(team) for team in self.teams.values() if user in team.members]
        return max(roles, key=ROLES.index)

    def role(self, user: User) -> str:
        """Return a user's role; everybody can read a public repository."""
        return max(self.granted_role(user), "none" if self.private else "read", key=ROLES.index)

    def role_name(self, user: User) -> str:
        """Return what GitHub calls a user's role: a custom role's own name, if none is higher."""
        role = self.role(user)
        return self.custom_roles.get(user.id, role) if role == self.roles.get(user.id) else role

    def existing_issues(self) -> list[Issue]:
        """List the issues, oldest first, except deleted and transferred ones."""
        return [issue for issue in self.issues.values() if not issue.deleted and issue.moved_to is None]

    def history(self, sha: str) -> list[Commit]:
        """Return a commit and its ancestors, oldest first; empty for an unknown commit."""
        found: set[str] = set()
        pending = [sha]
        while pending:
            one = pending.pop()
            if one in self.commits and one not in found:
                found.add(one)
                pending += self.commits[one].parents
        return [commit for commit in self.commits.values() if commit.sha in found]


@dataclass(eq=False)
class App:
    """A GitHub App and its one installation.

    Attributes:
        installation: its id.
        public_key: PEM; verifies the app's signature.
        permissions: of its installation, organisation permissions included.
        lifetime: until a token of the installation expires.
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
    """A credential of a person, of an app's installation, or an app's signature (JWT)."""

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
        """Tell whether the token can see the repository."""
        if self.app:
            return repo.full_name.lower() in [name.lower() for name in self.repos or ()]
        return repo.role(self.user) != "none"

    def can(self, repo: Repo, permission: str, level: str = "read") -> bool:
        """Tell whether the token has a permission on a repository."""
        if self.app:
            return self.reaches(repo) and self.permissions.get(permission, "none") in {"write", level}
        return repo.role(self.user) != "none" if level == "read" else repo.role(self.user) in WRITERS


@dataclass
class Request:
    """A request with its response."""

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


class World:
    """Everything on this GitHub.

    Args:
        clock: gives the time; the system's clock by default.

    Attributes:
        moved: repositories by their former names.
        locked_edits: whether an app can still edit a locked issue and its own comments there (not
            documented); it can neither comment nor react.
        retired: API versions that are no longer supported.
        sunset: headers that announce the end of an API version.
        lists_lag: how stale REST's lists are; GitHub's can lag by some seconds.
        graphql_lag: how stale GraphQL is.
        unknown: the unsupported things that clients requested; they fail a test.
        script: called with each request after its response was made.
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
        self.earlier_replies: dict[str, list[object]] = {}
        self.script: list[Callable[[Request], None]] = []
        self.unknown: list[str] = []

    def now(self) -> datetime:
        """Return the time, to the second."""
        return self._clock().astimezone(UTC).replace(microsecond=0)

    def next_id(self) -> int:
        """Return a number that nothing else has."""
        return next(self._ids)

    # Setup ---------------------------------------------------------------------------

    def user(self, login: str, *, kind: str = "User") -> User:
        """Return the account of that name; create it if there is none."""
        key = login.lower()
        if key not in self.users:
            self.users[key] = User(self.next_id(), login, kind)
        return self.users[key]

    def org(self, login: str) -> None:
        """Create an organisation."""
        self.orgs.setdefault(login.lower(), self.next_id())

    def team(self, name: str, members: Sequence[str] = (), *, parent: str | None = None) -> Team:
        """Create a team, for example ``acme/devops-team``, with its members."""
        org, _, slug = name.partition("/")
        self.org(org)
        above = self.teams[_key(parent)] if parent else None
        team = Team(self.next_id(), org, slug, [self.user(login) for login in members], above)
        self.teams[_key(name)] = team
        return team

    def team_members(self, team: Team) -> list[User]:
        """List a team's members, including those of its child teams."""
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
        labels: Sequence[str] = (),
    ) -> Repo:
        """Create a repository; its owner is the organisation of that name, or a user."""
        owner, _, name = full_name.partition("/")
        if owner.lower() not in self.orgs:
            self.user(owner)
        number, contents = self.next_id(), dict(files or {})
        repo = Repo(number, owner, name, private, has_issues, default_branch, contents, self.teams)
        repo.labels += labels
        self.repos[full_name.lower()] = repo
        self.moved.pop(full_name.lower(), None)
        return repo

    def rename_repo(self, full_name: str, new: str) -> None:
        """Rename or transfer a repository; its former name redirects to it."""
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

    def permit(self, full_name: str, role: str, *names: str, custom: str | None = None) -> None:
        """Grant people and teams (``acme/leads``) one of the :data:`ROLES` on a repository.

        ``custom`` is the name of a person's custom role, which builds upon that one
        (https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/about-custom-repository-roles).
        """
        with self.lock:
            repo = self.repos[full_name.lower()]
            for name in names:
                if "/" in name:
                    repo.team_roles[self.teams[_key(name)]] = role
                else:
                    repo.roles[self.user(name).id] = role
                    repo.custom_roles[self.user(name).id] = custom or role

    def suspend(self, login: str) -> None:
        """Suspend an account, as an enterprise administrator can."""
        with self.lock:
            self.user(login).suspended = True

    def tag(self, full_name: str, name: str, commit: str | None, *, annotated: bool = False) -> None:
        """Create or move a tag; None deletes it."""
        with self.lock:
            tags = self.repos[full_name.lower()].tags
            tags.pop(name, None)
            if commit is not None:
                tags[name] = (commit, annotated)

    def branch(self, full_name: str, name: str, head: str) -> None:
        """Create or move a branch."""
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
        files: Sequence[str | tuple[str, str]] = (),
        signed: bool = False,
    ) -> str:
        """Create a commit and return its hash.

        Args:
            full_name: of the repository.
            author: a login, whose address is linked to the account, or ``name <address>``.
            committer: likewise; the author by default.
            co_authors: likewise, for the trailers.
            parents: hashes; the last commit by default.
            sha: the hash of the new commit; a computed one by default.
            files: the paths that it changes; a pair for one that it renames.
            signed: whether GitHub signs it.
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
                tuple(files),
                signed,
            )
            repo.commits[made.sha] = made
            return made.sha

    def pull_request(
        self, full_name: str, author: str, commits: Sequence[str], title: str = "A change"
    ) -> PullRequest:
        """Open a pull request with commits that exist, the last of them its head."""
        with self.lock:
            repo = self.repos[full_name.lower()]
            kind = "Bot" if author.endswith("[bot]") else "User"
            made = PullRequest(
                self.next_id(), next(repo.numbers), title, self.user(author, kind=kind), list(commits)
            )
            repo.pull_requests[made.number] = made
            return made

    def review(self, it: PullRequest, by: str, state: str = "APPROVED", sha: str | None = None) -> None:
        """Review a pull request as it is, or one of its earlier commits."""
        with self.lock:
            author = self.user(by, kind="Bot" if by.endswith("[bot]") else "User")
            it.reviews.append(Review(self.next_id(), author, state, sha or it.commits[-1]))

    def merge(self, full_name: str, it: PullRequest, by: str, onto: str, how: str = "merge") -> str:
        """Merge a pull request and return the new head of the branch.

        Args:
            full_name: of the repository.
            it: the pull request.
            by: a login.
            onto: the hash that the branch has before.
            how: ``merge``, ``squash`` or ``rebase``; ``push`` where the commits are pushed to the branch, or
                ``by hand`` with a merge commit that was not made by GitHub
                (https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges#indirect-merges).
        """
        with self.lock:
            repo = self.repos[full_name.lower()]
            github, login = "GitHub <noreply@github.com>", it.author.login
            if how in {"merge", "by hand"}:
                signed, parents = how == "merge", [onto, it.commits[-1]]
                committer = github if signed else by
                made = [self.commit(full_name, by, committer=committer, parents=parents, signed=signed)]
                it.introduced = (*it.commits, *made)
            elif how == "squash":
                made = [self.commit(full_name, login, committer=github, parents=[onto], signed=True)]
                it.introduced = tuple(made)
            elif how == "rebase":
                made = [onto]
                for own in it.commits:
                    authors = [f"{who.name} <{who.email}>" for who in repo.commits[own].authors]
                    made.append(
                        self.commit(
                            full_name, authors[0], committer=by, co_authors=authors[1:], parents=[made[-1]]
                        )
                    )
                it.introduced = tuple(made[1:])
            else:
                made = it.commits
                it.introduced = tuple(made)
            it.merge_commit = made[-1]
            return made[-1]

    def push(self, full_name: str, author: str, files: Mapping[str, str | bytes]) -> str:
        """Commit files to the default branch and return the commit's hash; earlier commits keep theirs."""
        with self.lock:
            repo = self.repos[full_name.lower()]
            head = repo.branches.get(repo.default_branch)
            if head is not None:
                repo.trees[head] = dict(repo.files)
            repo.files |= files
            made = self.commit(full_name, author, files=list(files))
            repo.branches[repo.default_branch] = made
            return made

    def account_of(self, email: str) -> User | None:
        """Return the account that an email address is linked to, or whose no-reply address it is."""
        found = _NO_REPLY.fullmatch(email)
        if found is not None:
            return next((user for user in self.users.values() if user.id == int(found["id"])), None)
        user = self.emails.get(email.lower())
        return None if user is None or user.gone else user

    def deploy(
        self,
        full_name: str,
        environment: str,
        sha: str,
        *states: str,
        ref: str = "",
        log_url: str | None = None,
    ) -> Deployment:
        """Record a workflow's deployment; its success makes earlier ones of the environment inactive."""
        with self.lock:
            repo = self.repos[full_name.lower()]
            now = self.now()
            if "SUCCESS" in states:
                for earlier in repo.deployments:
                    active = [status.state for status in earlier.statuses[-1:]] == ["SUCCESS"]
                    if earlier.environment == environment and active:
                        earlier.statuses.append(DeploymentStatus("INACTIVE", now))
            bot = self.user("github-actions[bot]", kind="Bot")
            statuses = [DeploymentStatus(state, now) for state in states]
            made = Deployment(self.next_id(), environment, sha, ref or sha, bot, now, statuses, log_url)
            repo.deployments.append(made)
            return made

    def run(self, full_name: str, run_id: int, attempts: Sequence[str]) -> None:
        """Create a workflow run; ``attempts`` are the logins that started each attempt."""
        self.repos[full_name.lower()].runs[run_id] = [self.user(login) for login in attempts]

    def job(
        self,
        full_name: str,
        run_id: int,
        name: str,
        conclusion: str | None = "success",
        *,
        steps: Sequence[tuple[str, str | None]] = (),
        runner: str | None = None,
        queued: bool = False,
    ) -> Job:
        """Record a job of the newest attempt of a run; without a conclusion it is running, or queued."""
        with self.lock:
            repo, now = self.repos[full_name.lower()], self.now()
            attempt = max(1, len(repo.runs.get(run_id, ())))
            ended = None if conclusion is None else now
            made = Job(
                self.next_id(), name, attempt, conclusion, steps, runner, now, now, ended, queued=queued
            )
            repo.jobs.setdefault(run_id, []).append(made)
            return made

    def rerun_failed_jobs(self, full_name: str, run_id: int, login: str) -> None:
        """Begin an attempt that carries over the jobs that succeeded or were skipped, under new ids."""
        with self.lock:
            repo = self.repos[full_name.lower()]
            jobs, last = repo.jobs[run_id], len(repo.runs[run_id])
            repo.runs[run_id].append(self.user(login))
            jobs += [
                replace(it, id=self.next_id(), attempt=last + 1, created_at=self.now(), carried_over=True)
                for it in jobs
                if it.attempt == last and it.conclusion in {"success", "skipped"}
            ]

    def environment(
        self,
        full_name: str,
        name: str,
        *,
        reviewers: Sequence[str] = (),
        wait_timer: int = 0,
        branches: str | Sequence[tuple[str, str]] | None = None,
    ) -> Environment:
        """Create an environment; a reviewer is a user or a team (``acme/leads``)."""
        named = [self.teams[_key(who)] if "/" in who else self.user(who) for who in reviewers]
        allowed = list(branches) if branches is not None and not isinstance(branches, str) else branches
        made = Environment(self.next_id(), name, named, wait_timer, allowed)
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
        """Create a token of a person or, with ``app``, of an app's installation.

        A workflow's ``GITHUB_TOKEN`` belongs to the app ``github-actions``: it has
        the job's permissions and none on the organisation.
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
        """Create a GitHub App that is installed in some repositories."""
        app = App(self.next_id(), self.next_id(), slug, public_key, repos, permissions, lifetime)
        self.user(f"{slug}[bot]", kind="Bot")
        self.apps[str(app.id)] = app
        return app

    def mint(self, app: App, repos: Sequence[str], permissions: Mapping[str, str]) -> Token:
        """Create a token of an app's installation."""
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

    # Actions -------------------------------------------------------------------------

    def repo_named(self, full_name: str) -> Repo:
        """Return a repository by its current or a former name."""
        return self.repos.get(full_name.lower()) or self.moved[full_name.lower()]

    def issue(self, full_name: str, number: int) -> Issue:
        """Return an issue."""
        return self.repo_named(full_name).issues[number]

    def issues(self, full_name: str) -> list[Issue]:
        """List the issues of a repository, oldest first."""
        return list(self.repo_named(full_name).issues.values())

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
            NotAllowedError: the conversation is locked, and the user is a bot or cannot write.
        """
        with self.lock:
            repo, user = self.repo_named(full_name), self.user(login)
            issue = repo.issues[number]
            if issue.locked and (repo.role(user) not in WRITERS or user.type == "Bot"):
                raise NotAllowedError(f"{login} cannot comment on a locked issue")
            now = self.now()
            comment_id = next(self._comment_ids)
            comment = Comment(comment_id, user, [Revision(body, user, now)], now, now, via_app, via_email)
            issue.comments.append(comment)
            issue.updated_at = now
            return comment

    def find_comment(self, comment_id: int) -> tuple[Repo, Issue, Comment]:
        """Find a comment in any repository, or raise a KeyError."""
        for repo in self.repos.values():
            for issue in repo.issues.values():
                for comment in issue.comments:
                    if comment.id == comment_id:
                        return repo, issue, comment
        raise KeyError(comment_id)

    def edit_comment(self, comment_id: int, *, by: str, body: str) -> None:
        """Edit a comment."""
        with self.lock:
            _, issue, comment = self.find_comment(comment_id)
            comment.revisions.append(Revision(body, self.user(by), self.now()))
            comment.updated_at = issue.updated_at = self.now()

    def delete_revision(self, comment_id: int, position: int) -> None:
        """Delete a revision from a comment's edit history, as people with write access can."""
        with self.lock:
            comment = self.find_comment(comment_id)[2]
            old = comment.revisions[position]
            comment.revisions[position] = Revision(None, old.by, old.at)

    def hide_comment(self, comment_id: int, reason: str | None = "off-topic") -> None:
        """Hide (minimize) a comment, or with ``reason=None`` unhide it; its text is unchanged."""
        with self.lock:
            _, issue, comment = self.find_comment(comment_id)
            comment.hidings.append((self.now(), reason))
            comment.updated_at = issue.updated_at = self.now()

    def delete_comment(self, comment_id: int, *, by: str) -> None:
        """Delete a comment; deleting one's own apparently leaves no event."""
        with self.lock:
            _, issue, comment = self.find_comment(comment_id)
            issue.comments.remove(comment)
            issue.deleted_comments.append((comment, self.now()))
            issue.updated_at = self.now()
            if comment.author is not self.user(by):
                self._add_event(issue, "CommentDeletedEvent", by, subject=comment.author)

    def edit_issue(
        self, full_name: str, number: int, *, by: str, title: str | None = None, body: str | None = None
    ) -> None:
        """Change an issue's title or body."""
        with self.lock:
            issue = self.issue(full_name, number)
            if title is not None and title != issue.title:
                self._add_event(issue, "RenamedTitleEvent", by, before=issue.title, after=title)
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
            self._add_event(issue, "ClosedEvent", by)

    def reopen_issue(self, full_name: str, number: int, *, by: str) -> None:
        """Reopen a closed issue."""
        with self.lock:
            issue = self.issue(full_name, number)
            issue.state, issue.state_reason, issue.closed_at, issue.closed_by = "open", "reopened", None, None
            self._add_event(issue, "ReopenedEvent", by)

    def draft(self, repo: Repo, author: User, title: str, body: str) -> Issue:
        """Create an issue without adding it to the repository."""
        now = self.now()
        return Issue(
            self.next_id(), next(repo.numbers), author, title, [Revision(body, author, now)], now, now
        )

    def open_issue(self, full_name: str, login: str, title: str, body: str) -> Issue:
        """Open an issue."""
        with self.lock:
            repo = self.repos[full_name.lower()]
            issue = self.draft(repo, self.user(login), title, body)
            repo.issues[issue.number] = issue
            return issue

    def delete_issue(self, full_name: str, number: int) -> None:
        """Delete an issue, as administrators can."""
        with self.lock:
            self.issue(full_name, number).deleted = True

    def transfer_issue(self, full_name: str, number: int, target: str) -> Issue:
        """Transfer an issue: it becomes a new issue, and the old address redirects to it."""
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
        """Add a user to a team."""
        with self.lock:
            self.teams[_key(team)].members.append(self.user(login))

    def leave(self, team: str, login: str) -> None:
        """Remove a user from a team."""
        with self.lock:
            self.teams[_key(team)].members.remove(self.user(login))

    def delete_user(self, login: str) -> None:
        """Delete an account; its comments are attributed to the ghost."""
        with self.lock:
            user = self.users.pop(login.lower())
            user.gone = True
            for repo in self.repos.values():
                for issue in repo.issues.values():
                    for comment in issue.comments:
                        if comment.author is user:
                            comment.author = None

    def rename_user(self, login: str, new: str) -> None:
        """Rename an account; the old name becomes available."""
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

    def _add_event(
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
