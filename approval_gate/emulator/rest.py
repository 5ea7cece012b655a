"""GitHub's REST API: what each endpoint does to the world, and for whom.

Every answer here is data; headers, budgets and faults are the server's part.
A route, parameter or member of a body that is not here is refused with 501
and kept in ``World.unknown``: what is silently ignored would look tested.
https://docs.github.com/en/rest
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from approval_gate.emulator import payloads
from approval_gate.emulator.world import (
    WRITERS,
    App,
    Comment,
    Commit,
    Environment,
    Issue,
    Repo,
    Request,
    Team,
    Token,
    User,
    World,
)

BODY_LIMIT = 65_536
"""Characters of a body."""

LABEL_LIMIT = 50
"""Characters of a label's name (https://github.com/github/docs/issues/32156)."""

DOCS = "https://docs.github.com/rest"

PAGED = ("per_page", "page")
"""The parameters of every list."""

_REACTIONS = frozenset({"+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"})


@dataclass
class Reply:
    """An answer: status, JSON, and headers beside those that every answer has.

    ``pages`` is set where the answer is one page of a list: its number and the
    last. ``links`` are parameters of the pages before and after it, in a list
    that tells nothing else.
    """

    status: int
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    pages: tuple[int, int] | None = None
    links: dict[str, dict[str, str]] = field(default_factory=dict)


class RefusedError(Exception):
    """GitHub answers with an error."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        data = {"message": message, "documentation_url": DOCS, "status": str(status)}
        self.reply = Reply(status, data, {name.replace("_", "-"): value for name, value in headers.items()})


def not_found() -> RefusedError:
    """Return GitHub's answer to what is not there, and to what this token may not see."""
    return RefusedError(404, "Not Found")


_RESOURCES = {"comments": "IssueComment", "reactions": "Reaction", "labels": "Label"}
_WHY = {"missing_field": "is missing", "invalid": "is invalid", "too_long": "is too long"}


def invalid(
    resource: str, name: str, code: str, why: str = "", said: str = "Validation Failed"
) -> RefusedError:
    """Return GitHub's answer to content that it rejects: what of it, and why.

    (https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed)
    """
    error = RefusedError(422, said)
    message = f"{name} {why or _WHY[code]}"
    error.reply.data["errors"] = [{"resource": resource, "field": name, "code": code, "message": message}]
    return error


@dataclass
class Call:
    """A request on its way: who asks, for what."""

    world: World
    token: Token
    request: Request
    base: str

    @property
    def user(self) -> User:
        """Who asks."""
        return self.token.user

    def sent(self, name: str, kind: type | tuple[type, ...], *, required: bool = False) -> Any:  # noqa: ANN401 - JSON
        """Return a member of the body.

        Raises:
            RefusedError: it is missing, or of another type.
        """
        body = self.request.body if isinstance(self.request.body, dict) else {}
        value = body.get(name)
        if value is None and not required:
            return None
        if not isinstance(value, kind) or value == "":
            resource = _RESOURCES.get(self.request.path.rpartition("/")[2], "Issue")
            raise invalid(resource, name, "missing_field" if not value else "invalid")
        return value

    def repo(self, owner: str, name: str) -> Repo:
        """Return a repository that the token may see.

        Raises:
            RefusedError: there is none, or it has another name now.
        """
        full_name = f"{owner}/{name}".lower()
        moved = self.world.moved.get(full_name)
        if moved is not None and (not moved.private or self.token.reaches(moved)):
            raise self._elsewhere(moved, self.request.path.removeprefix(f"/repos/{owner}/{name}"))
        repo = self.world.repos.get(full_name)
        if repo is None or (repo.private and not self.token.reaches(repo)):
            raise not_found()
        return repo

    def _elsewhere(self, repo: Repo, rest: str) -> RefusedError:
        """Return GitHub's answer to a request for a repository by its former name.

        (https://github.com/octokit/fixtures, scenario ``rename-repository``)
        """
        status, message = (
            (301, "Moved Permanently") if self.request.method == "GET" else (307, "Temporary Redirect")
        )
        query = f"?{urlencode(self.request.query)}" if self.request.query else ""
        location = f"{self.base}/repositories/{repo.id}{rest}{query}"
        error = RefusedError(status, message, location=location)
        error.reply.data["url"] = location
        return error

    def may(self, repo: Repo, permission: str, level: str = "read") -> bool:
        """Tell whether the token has a permission on a repository."""
        return self.token.may(repo, permission, level)

    def need(self, repo: Repo, permission: str, level: str) -> None:
        """Refuse as GitHub does where the permission is lacking.

        Raises:
            RefusedError: 403 for an app's token, and for a person without the right.
        """
        if self.may(repo, permission, level):
            return
        if self.token.app:
            accepted = f"{permission}={level}"
            if permission == "issues" and "/issues/" in self.request.path:
                accepted += f"; pull_requests={level}"  # a pull request has the same comments and labels
            message = "Resource not accessible by integration"
            raise RefusedError(403, message, x_accepted_github_permissions=accepted)
        raise RefusedError(403, "Must have admin rights to Repository.")

    def issue(self, repo: Repo, number: str) -> Issue:
        """Return an issue.

        Raises:
            RefusedError: it is gone, moved, or was never there.
        """
        if not self.may(repo, "issues"):
            self.need(repo, "issues", "read")
        if not repo.has_issues:
            raise RefusedError(410, "Issues are disabled for this repo")
        it = repo.issues.get(int(number))
        if it is None:
            raise not_found()
        if it.deleted:
            raise RefusedError(410, "This issue was deleted")
        if it.moved_to is not None:
            other, moved = it.moved_to
            rest = self.request.path.partition(f"/issues/{number}")[2]
            location = f"{self.base}/repos/{other.full_name}/issues/{moved}{rest}"
            raise RefusedError(301, "Moved Permanently", location=location)
        return it

    def page(self, items: list[Any]) -> Reply:
        """Cut a list to the page that was asked for."""
        size, number = self._asked()
        last = max(1, -(-len(items) // size))
        return Reply(200, items[(number - 1) * size : number * size], pages=(number, last))

    def page_by_cursor(self, items: list[Issue]) -> Reply:
        """Cut a list of issues, the newest first, to the page after or before a cursor, or of a number."""
        size, number = self._asked()
        query = self.request.query
        if "after" in query:
            rest = [it for it in items if it.number < _place(query["after"])]
            shown, before, after = rest[:size], True, len(rest) > size
        elif "before" in query:
            rest = [it for it in items if it.number > _place(query["before"])]
            shown, before, after = rest[-size:], len(rest) > size, True
        else:
            shown = items[(number - 1) * size : number * size]
            before, after = number > 1, len(items) > number * size
        reply = Reply(200, shown)
        if shown and before:
            reply.links["prev"] = {"before": _cursor(shown[0]), "page": str(number - 1)}
        if shown and after:
            reply.links["next"] = {"after": _cursor(shown[-1]), "page": str(number + 1)}
        return reply

    def _asked(self) -> tuple[int, int]:
        size = min(max(1, _number(self.request.query.get("per_page"), 30)), 100)
        return size, max(1, _number(self.request.query.get("page"), 1))


def _cursor(it: Issue) -> str:
    return base64.urlsafe_b64encode(f"cursor:v2:{it.number}".encode()).decode()


def _place(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("cursor:v2:"))
    except ValueError:
        raise invalid("Issue", "after", "invalid") from None


Handler = Callable[..., Reply]


@dataclass(frozen=True)
class _Route:
    """An endpoint, and the parameters and members of a body that it knows."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    query: frozenset[str]
    body: frozenset[str]

    def unknown(self, request: Request) -> Iterator[str]:
        """Find what a request has and this endpoint does not."""
        yield from (f"the parameter {name}" for name in request.query if name not in self.query)
        if isinstance(request.body, dict):
            yield from (f"{name} in the body" for name in request.body if name not in self.body)
        elif request.body is not None:
            yield "a body that is not an object"


_ROUTES: list[_Route] = []


def route(
    method: str, path: str, *, query: tuple[str, ...] = (), body: tuple[str, ...] = ()
) -> Callable[[Handler], Handler]:
    """Register a handler for a path like GitHub's documentation writes it.

    Args:
        method: of HTTP.
        path: with its variables in braces.
        query: the parameters that it knows.
        body: the members of the request's body that it knows.
    """
    pattern = re.sub(r"\{(\w+):path\}", r"(?P<\1>.+)", path)
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)

    def register(handler: Handler) -> Handler:
        _ROUTES.append(_Route(method, re.compile(pattern), handler, frozenset(query), frozenset(body)))
        return handler

    return register


def answer(call: Call) -> Reply:
    """Carry out a request."""
    request = call.request
    for known in _ROUTES:
        found = known.pattern.fullmatch(request.path)
        if found is None or known.method != request.method:
            continue
        unknown = list(known.unknown(request))
        if unknown:
            return lacking(call, f"{' and '.join(unknown)} of {request.method} {request.path}")
        try:
            return known.handler(call, **found.groupdict())
        except RefusedError as refused:
            return refused.reply
    return lacking(call, f"{request.method} {request.path}")


def lacking(call: Call, what: str) -> Reply:
    """Return the answer to what the real GitHub may have and this one has not, and remember it."""
    call.world.unknown.append(what)
    return RefusedError(501, f"The embedded GitHub does not have {what}.").reply


# The server --------------------------------------------------------------------------


@route("GET", "/meta")
def get_meta(_: Call) -> Reply:
    """What this GitHub is: to gh, which asks for the version before it searches, an Enterprise Server.

    https://docs.github.com/en/enterprise-server/rest/meta/meta
    """
    return Reply(200, {"verifiable_password_authentication": True, "installed_version": "3.18.0"})


# People ------------------------------------------------------------------------------


@route("GET", "/user")
def get_user(call: Call) -> Reply:
    """The token's own account; an app's token has none."""
    if call.token.app:
        raise RefusedError(403, "Resource not accessible by integration")
    return Reply(200, payloads.public_user(call.user, call.base))


@route("GET", "/users/{login}")
def get_account(call: Call, login: str) -> Reply:
    """An account by its name."""
    return Reply(200, payloads.public_user(_account(call, login), call.base))


def _account(call: Call, login: str) -> User:
    """Return an account; a suspended one is hidden from everybody."""
    account = call.world.users.get(login.lower())
    if account is None or account.suspended:
        raise not_found()
    return account


def _sees_teams(call: Call, org: str) -> bool:
    if call.token.app:
        return "members" in call.token.org_permissions
    return any(
        call.user in team.members for team in call.world.teams.values() if team.org.lower() == org.lower()
    )


def _team(call: Call, org: str, slug: str) -> Team:
    """Return a team that the token may see; an enterprise's own teams, ``ent:slug``, are none of these."""
    found = call.world.teams.get((org.lower(), slug.lower()))
    if found is None or slug.lower().startswith("ent:") or not _sees_teams(call, org):
        raise not_found()
    return found


@route("GET", "/orgs/{org}/teams", query=PAGED)
def list_teams(call: Call, org: str) -> Reply:
    """An organisation's teams."""
    if not _sees_teams(call, org):
        raise RefusedError(403, "Resource not accessible by integration")
    teams = [team for team in call.world.teams.values() if team.org.lower() == org.lower()]
    return call.page([payloads.listed_team(team, call.base) for team in teams])


@route("GET", "/orgs/{org}/teams/{slug}/repos/{owner}/{name}")
def get_team_right(call: Call, org: str, slug: str, owner: str, name: str) -> Reply:
    """What a team may do in a repository, by its present name; only with the right type is it said."""
    team, repo = _team(call, org, slug), call.world.repos.get(f"{owner}/{name}".lower())
    role = "none" if repo is None or not call.token.reaches(repo) else repo.team_role(team)
    if repo is None or role == "none":
        raise not_found()
    if "application/vnd.github.v3.repository+json" not in call.request.headers.get("accept", ""):
        return Reply(204)
    return Reply(200, payloads.team_repository(repo, role, _owner(call, repo), call.base))


@route("GET", "/orgs/{org}/teams/{slug}")
def get_team(call: Call, org: str, slug: str) -> Reply:
    """A team."""
    team = _team(call, org, slug)
    members = len(call.world.team_members(team))
    return Reply(200, payloads.team(team, members, call.world.orgs[org.lower()], call.base))


@route("GET", "/orgs/{org}/teams/{slug}/members", query=PAGED)
def list_members(call: Call, org: str, slug: str) -> Reply:
    """A team's members, those of child teams included."""
    members = call.world.team_members(_team(call, org, slug))
    return call.page([payloads.user(account, call.base) for account in members])


@route("GET", "/orgs/{org}/teams/{slug}/memberships/{login}")
def get_membership(call: Call, org: str, slug: str, login: str) -> Reply:
    """Whether somebody is in a team."""
    members = call.world.team_members(_team(call, org, slug))
    if not any(account.login.lower() == login.lower() for account in members):
        raise not_found()
    url = f"{call.base}{call.request.path}"
    return Reply(200, {"url": url, "role": "member", "state": "active"})


# Repositories ------------------------------------------------------------------------


@route("GET", "/repos/{owner}/{name}")
def get_repository(call: Call, owner: str, name: str) -> Reply:
    """A repository."""
    repo = call.repo(owner, name)
    return Reply(200, payloads.repository(repo, _owner(call, repo), call.base))


def _owner(call: Call, repo: Repo) -> dict[str, Any]:
    org = call.world.orgs.get(repo.owner.lower())
    holder = User(org, repo.owner, "Organization") if org else call.world.user(repo.owner)
    return payloads.user(holder, call.base)


@route("GET", "/repos/{owner}/{name}/contents/", query=("ref",))
@route("GET", "/repos/{owner}/{name}/contents/{path:path}", query=("ref",))
def get_content(call: Call, owner: str, name: str, path: str = "") -> Reply:
    """A file of the default branch, or what lies in a folder of it."""
    repo = call.repo(owner, name)
    call.need(repo, "contents", "read")
    if call.request.query.get("ref", repo.default_branch) != repo.default_branch:
        raise not_found()
    files = {file: text.encode() if isinstance(text, str) else text for file, text in repo.files.items()}
    if path in files:
        return Reply(200, payloads.file(repo, path, files[path], call.base))
    inside = payloads.folder(repo, f"{path.strip('/')}/".lstrip("/"), files, call.base)
    if not inside:
        raise not_found()
    return Reply(200, inside)


@route("GET", "/repos/{owner}/{name}/collaborators", query=(*PAGED, "permission"))
def list_collaborators(call: Call, owner: str, name: str) -> Reply:
    """The people who were given a role here, alone or by a team; only those who can write may ask."""
    repo = call.repo(owner, name)
    if not (call.token.reaches(repo) if call.token.app else repo.role(call.user) in WRITERS):
        raise RefusedError(403, "Must have push access to view repository collaborators.")
    least = call.request.query.get("permission", "pull")
    given = [(user, repo.given(user)) for user in call.world.users.values() if user.type == "User"]
    return call.page(
        [
            payloads.collaborator(user, role, call.base)
            for user, role in given
            if payloads.permissions(role)[least]
        ]
    )


@route("GET", "/repos/{owner}/{name}/collaborators/{login}/permission")
def get_permission(call: Call, owner: str, name: str, login: str) -> Reply:
    """What somebody may do in a repository."""
    repo, account = call.repo(owner, name), _account(call, login)
    return Reply(200, payloads.collaborator_permission(account, repo.role(account), call.base))


def _tag_object(commit: str) -> str:
    return commit[::-1]


@route("GET", "/repos/{owner}/{name}/git/ref/tags/{tag:path}")
def get_tag_ref(call: Call, owner: str, name: str, tag: str) -> Reply:
    """A tag: the commit, or the tag object if it is annotated."""
    repo = call.repo(owner, name)
    call.need(repo, "contents", "read")
    if tag not in repo.tags:
        raise not_found()
    commit, annotated = repo.tags[tag]
    kind, sha = ("tag", _tag_object(commit)) if annotated else ("commit", commit)
    return Reply(200, payloads.git_ref(repo, f"refs/tags/{tag}", kind, sha, call.base))


@route("GET", "/repos/{owner}/{name}/git/ref/heads/{branch:path}")
def get_branch_ref(call: Call, owner: str, name: str, branch: str) -> Reply:
    """A branch: the commit that is its head."""
    repo = call.repo(owner, name)
    call.need(repo, "contents", "read")
    if branch not in repo.branches:
        raise not_found()
    return Reply(
        200, payloads.git_ref(repo, f"refs/heads/{branch}", "commit", repo.branches[branch], call.base)
    )


@route("GET", "/repos/{owner}/{name}/git/tags/{sha}")
def get_tag(call: Call, owner: str, name: str, sha: str) -> Reply:
    """An annotated tag's object."""
    repo = call.repo(owner, name)
    call.need(repo, "contents", "read")
    for tag, (commit, annotated) in repo.tags.items():
        if annotated and _tag_object(commit) == sha:
            data = {
                "node_id": "TA_x",
                "tag": tag,
                "sha": sha,
                "url": f"{call.base}{call.request.path}",
                "message": "",
                "tagger": {"date": payloads.EPOCH, "email": "dee@example.com", "name": "dee"},
                "object": payloads.git_object(repo, "commit", commit, call.base),
            }
            return Reply(200, data)
    raise not_found()


@route("GET", "/repos/{owner}/{name}/actions/runs/{run}/attempts/{attempt}")
def get_attempt(call: Call, owner: str, name: str, run: str, attempt: str) -> Reply:
    """An attempt of a workflow run."""
    repo = call.repo(owner, name)
    call.need(repo, "actions", "read")
    attempts = repo.runs.get(int(run), [])
    if not 1 <= int(attempt) <= len(attempts):
        raise not_found()
    return Reply(200, payloads.run(repo, int(run), attempts, int(attempt), call.base))


# Commits -----------------------------------------------------------------------------


def _commit(call: Call, repo: Repo, it: Commit) -> dict[str, Any]:
    account = call.world.account_of
    return payloads.commit(it, repo, account(it.authors[0].email), account(it.committer.email), call.base)


@route("GET", "/repos/{owner}/{name}/commits", query=(*PAGED, "sha"))
def list_commits(call: Call, owner: str, name: str) -> Reply:
    """A commit and what came before it, the newest first."""
    repo = call.repo(owner, name)
    call.need(repo, "contents", "read")
    commits = repo.history(call.request.query.get("sha", next(reversed(repo.commits), "")))
    if not commits:
        raise not_found()
    reply = call.page(commits[::-1])
    reply.data = [_commit(call, repo, it) for it in reply.data]
    return reply


@route("GET", "/repos/{owner}/{name}/commits/{ref}", query=PAGED)
def get_commit(call: Call, owner: str, name: str, ref: str) -> Reply:
    """A commit by its hash, or by as much of the beginning as one commit alone has."""
    repo = call.repo(owner, name)
    call.need(repo, "contents", "read")
    found = [it for it in repo.commits.values() if it.sha.startswith(ref.lower())]
    if len(found) != 1 or len(ref) < 4:  # noqa: PLR2004 - fewer digits Git takes for no hash
        raise RefusedError(422, f"No commit found for SHA: {ref}")
    return Reply(200, _commit(call, repo, found[0]))


@route("GET", "/repos/{owner}/{name}/compare/{basehead}", query=PAGED)
def compare_commits(call: Call, owner: str, name: str, basehead: str) -> Reply:
    """What one commit has that another has not, the oldest first, a page of it at a time."""
    repo = call.repo(owner, name)
    call.need(repo, "contents", "read")
    base, _, head = basehead.partition("...")
    before, after = repo.history(base), repo.history(head)
    old = {it.sha for it in before}
    common = [it for it in after if it.sha in old]
    if not common:
        raise not_found()
    new = [it for it in after if it.sha not in old]
    reply = call.page(new)
    url = f"{call.base}/{repo.full_name}/compare/{basehead}"
    reply.data = {
        **payloads.comparison(url, f"{call.base}{call.request.path}", len(new), len(before) - len(common)),
        "base_commit": _commit(call, repo, repo.commits[base]),
        "merge_base_commit": _commit(call, repo, common[-1]),
        "commits": [_commit(call, repo, it) for it in reply.data],
    }
    return reply


# Apps --------------------------------------------------------------------------------


def _signed(call: Call) -> App:
    if call.token.signed_by is None:
        raise RefusedError(401, "A JSON web token could not be decoded")
    return call.token.signed_by


@route("GET", "/repos/{owner}/{name}/installation")
def get_installation(call: Call, owner: str, name: str) -> Reply:
    """The installation of the app that asks."""
    app = _signed(call)
    if f"{owner}/{name}".lower() not in [repo.lower() for repo in app.repos]:
        raise not_found()
    account = payloads.user(User(call.world.orgs[owner.lower()], owner, "Organization"), call.base)
    return Reply(200, payloads.installation(app, account, call.base))


@route("POST", "/app/installations/{installation}/access_tokens", body=("repositories", "permissions"))
def create_token(call: Call, installation: str) -> Reply:
    """A token of an installation, for some of its repositories and with some of its permissions."""
    app = _signed(call)
    if int(installation) != app.installation:
        raise not_found()
    by_name = {repo.partition("/")[2].lower(): repo for repo in app.repos}
    chosen = [str(name).lower() for name in call.sent("repositories", list) or by_name]
    if not set(chosen) <= set(by_name):
        why = "does not exist or is not accessible"
        raise invalid("Installation", "repositories", "invalid", why, f"There is at least one that {why}.")
    permissions = call.sent("permissions", dict) or dict(app.permissions)
    for permission, level in permissions.items():
        if app.permissions.get(permission) not in {"write", level}:
            why = "is not granted to this installation"
            raise invalid("Installation", permission, "invalid", why, f"A permission {why}.")
    token = call.world.mint(app, [by_name[name] for name in chosen], permissions)
    assert token.expires_at is not None  # noqa: S101 - a minted one has an end
    data = {
        "token": token.value,
        "expires_at": payloads.time(token.expires_at),
        "permissions": permissions,
        "repository_selection": "selected",
    }
    return Reply(201, data)


# Environments ------------------------------------------------------------------------


def _environment(call: Call, owner: str, name: str, environment: str) -> tuple[Repo, Environment]:
    repo = call.repo(owner, name)
    call.need(repo, "actions", "read")
    found = repo.environments.get(environment.lower())
    if found is None:
        raise not_found()
    return repo, found


@route("GET", "/repos/{owner}/{name}/environments/{environment:path}/deployment-branch-policies", query=PAGED)
def list_branch_policies(call: Call, owner: str, name: str, environment: str) -> Reply:
    """Which branches and tags an environment takes, where it names them."""
    _, found = _environment(call, owner, name, environment)
    named = found.branches if isinstance(found.branches, list) else []
    reply = call.page([payloads.branch_policy(*policy) for policy in named])
    reply.data = {"total_count": len(named), "branch_policies": reply.data}
    return reply


@route("GET", "/repos/{owner}/{name}/environments/{environment:path}")
def get_environment(call: Call, owner: str, name: str, environment: str) -> Reply:
    """An environment, and what protects it."""
    repo, found = _environment(call, owner, name, environment)
    return Reply(200, payloads.environment(found, repo, call.base))


# Deployments -------------------------------------------------------------------------


@route("GET", "/repos/{owner}/{name}/deployments", query=(*PAGED, "environment", "ref", "sha"))
def list_deployments(call: Call, owner: str, name: str) -> Reply:
    """A repository's deployments, the newest first."""
    repo = call.repo(owner, name)
    call.need(repo, "deployments", "read")
    asked = {
        key: call.request.query[key] for key in ("environment", "ref", "sha") if key in call.request.query
    }
    found = [it for it in repo.deployments if all(getattr(it, key) == value for key, value in asked.items())]
    return call.page([payloads.deployment(it, repo, call.base) for it in reversed(found)])


@route("GET", "/repos/{owner}/{name}/deployments/{number}")
def get_deployment(call: Call, owner: str, name: str, number: str) -> Reply:
    """A deployment."""
    repo = call.repo(owner, name)
    call.need(repo, "deployments", "read")
    found = next((it for it in repo.deployments if str(it.id) == number), None)
    if found is None:
        raise not_found()
    return Reply(200, payloads.deployment(found, repo, call.base))


# Issues ------------------------------------------------------------------------------


@route("POST", "/repos/{owner}/{name}/issues", body=("title", "body", "labels", "assignees"))
def create_issue(call: Call, owner: str, name: str) -> Reply:
    """A new issue; labels of who cannot push are dropped without a word."""
    repo = call.repo(owner, name)
    if call.token.app:
        call.need(repo, "issues", "write")
    if not repo.has_issues:
        raise RefusedError(410, "Issues are disabled for this repo")
    title = call.sent("title", str, required=True)
    body = _text(call, "Issue")
    it = call.world.draft(repo, call.user, title.strip(), body)
    if call.may(repo, "issues", "write"):
        it.labels = _labels(repo, [], call.sent("labels", list) or [])
        _assign(call, repo, it, call.sent("assignees", list) or [], strict=True)
    repo.issues[it.number] = it
    return Reply(
        201, payloads.issue(it, repo, call.base), {"location": f"{call.base}{call.request.path}/{it.number}"}
    )


@route("GET", "/repos/{owner}/{name}/issues", query=(*PAGED, "after", "before", "state", "labels"))
def list_issues(call: Call, owner: str, name: str) -> Reply:
    """A repository's issues, the newest first."""
    repo = call.repo(owner, name)
    call.need(repo, "issues", "read")
    if not repo.has_issues:
        raise RefusedError(410, "Issues are disabled for this repo")
    state = call.request.query.get("state", "open")
    labels = set(filter(None, call.request.query.get("labels", "").split(",")))
    known = call.world.now() - call.world.lists_lag
    found = [
        it
        for it in reversed(repo.issues.values())
        if it.created_at <= known
        and not it.deleted
        and it.moved_to is None
        and state in {it.state, "all"}
        and labels <= set(it.labels)
    ]
    reply = call.page_by_cursor(found)
    reply.data = [payloads.issue(it, repo, call.base) for it in reply.data]
    return reply


@route("GET", "/repos/{owner}/{name}/issues/{number}")
def get_issue(call: Call, owner: str, name: str, number: str) -> Reply:
    """An issue."""
    repo = call.repo(owner, name)
    return Reply(200, payloads.issue(call.issue(repo, number), repo, call.base))


@route(
    "PATCH",
    "/repos/{owner}/{name}/issues/{number}",
    body=("title", "body", "state", "state_reason", "labels"),
)
def update_issue(call: Call, owner: str, name: str, number: str) -> Reply:
    """Change an issue: its state, labels, title or body."""
    repo = call.repo(owner, name)
    it = call.issue(repo, number)
    call.need(repo, "issues", "write")
    _check_lock(call, it, "update issue")
    state = call.sent("state", str)
    if state not in {None, "open", "closed"}:
        raise invalid("Issue", "state", "invalid")
    labels = call.sent("labels", list)
    if labels is not None:
        it.labels = _labels(repo, [], labels)
    login = call.user.login
    call.world.edit_issue(
        repo.full_name, it.number, by=login, title=call.sent("title", str), body=call.sent("body", str)
    )
    if state == "closed":
        reason = call.sent("state_reason", str) or "completed"
        call.world.close_issue(repo.full_name, it.number, by=login, reason=reason)
    if state == "open" and it.state == "closed":
        call.world.reopen_issue(repo.full_name, it.number, by=login)
    return Reply(200, payloads.issue(it, repo, call.base))


@route("POST", "/repos/{owner}/{name}/issues/{number}/assignees", body=("assignees",))
def add_assignees(call: Call, owner: str, name: str, number: str) -> Reply:
    """Assign people; who cannot be assigned is passed over."""
    repo = call.repo(owner, name)
    it = call.issue(repo, number)
    call.need(repo, "issues", "write")
    _assign(call, repo, it, call.sent("assignees", list) or [], strict=False)
    return Reply(201, payloads.issue(it, repo, call.base))


@route("POST", "/repos/{owner}/{name}/issues/{number}/labels", body=("labels",))
def add_labels(call: Call, owner: str, name: str, number: str) -> Reply:
    """Add labels; those that do not exist are made."""
    repo = call.repo(owner, name)
    it = call.issue(repo, number)
    call.need(repo, "issues", "write")
    it.labels = _labels(repo, it.labels, call.sent("labels", list, required=True))
    it.updated_at = call.world.now()
    return Reply(200, [payloads.label(label, repo, call.base) for label in it.labels])


@route("PUT", "/repos/{owner}/{name}/issues/{number}/lock")
def lock_issue(call: Call, owner: str, name: str, number: str) -> Reply:
    """Leave the conversation to those who can write."""
    repo = call.repo(owner, name)
    it = call.issue(repo, number)
    call.need(repo, "issues", "write")
    it.locked, it.updated_at = True, call.world.now()
    return Reply(204)


# Comments ----------------------------------------------------------------------------


@route("GET", "/repos/{owner}/{name}/issues/{number}/comments", query=(*PAGED, "since"))
def list_comments(call: Call, owner: str, name: str, number: str) -> Reply:
    """An issue's comments by id; ``since`` compares with the last change."""
    repo = call.repo(owner, name)
    it = call.issue(repo, number)
    since = call.request.query.get("since")
    after = datetime.fromisoformat(since) if since else None
    known = it.comments_as_of(call.world.now() - call.world.lists_lag)
    listed = [c for c in known if after is None or c.updated_at >= after]
    reply = call.page(listed)
    reply.data = [payloads.comment(c, it, repo, call.base) for c in reply.data]
    return reply


@route("POST", "/repos/{owner}/{name}/issues/{number}/comments", body=("body",))
def create_comment(call: Call, owner: str, name: str, number: str) -> Reply:
    """A new comment."""
    repo = call.repo(owner, name)
    it = call.issue(repo, number)
    if call.token.app:
        call.need(repo, "issues", "write")
    if it.locked and (call.token.app or not call.may(repo, "issues", "write")):
        raise _locked("create comment")
    call.sent("body", str, required=True)
    body = _text(call, "IssueComment")
    made = call.world.comment(repo.full_name, it.number, call.user.login, body, via_app=call.token.app)
    return Reply(
        201, payloads.comment(made, it, repo, call.base), {"location": f"{call.base}{call.request.path}"}
    )


def _locked(what: str) -> RefusedError:
    """Return GitHub's answer to what nobody may do on a locked issue, an app less than people.

    (https://docs.github.com/en/communities/moderating-comments-and-conversations/locking-conversations;
    for apps https://github.com/github/gh-aw/issues/34998)
    """
    return RefusedError(403, f"Unable to {what} because issue is locked.")


def _comment(call: Call, owner: str, name: str, number: str) -> tuple[Repo, Issue, Comment]:
    repo = call.repo(owner, name)
    found = call.world.find_comment(int(number))
    if found is None or found[0] is not repo:
        raise not_found()
    return found


@route("GET", "/repos/{owner}/{name}/issues/comments/{number}")
def get_comment(call: Call, owner: str, name: str, number: str) -> Reply:
    """A comment."""
    repo, it, comment = _comment(call, owner, name, number)
    return Reply(200, payloads.comment(comment, it, repo, call.base))


@route("PATCH", "/repos/{owner}/{name}/issues/comments/{number}", body=("body",))
def update_comment(call: Call, owner: str, name: str, number: str) -> Reply:
    """Edit a comment."""
    repo, it, comment = _comment(call, owner, name, number)
    call.need(repo, "issues", "write")
    _check_lock(call, it, "update comment")
    call.sent("body", str, required=True)
    call.world.edit_comment(comment.id, by=call.user.login, body=_text(call, "IssueComment"))
    return Reply(200, payloads.comment(comment, it, repo, call.base))


@route("DELETE", "/repos/{owner}/{name}/issues/comments/{number}")
def delete_comment(call: Call, owner: str, name: str, number: str) -> Reply:
    """Delete a comment."""
    repo, _, comment = _comment(call, owner, name, number)
    call.need(repo, "issues", "write")
    call.world.delete_comment(comment.id, by=call.user.login)
    return Reply(204)


@route("POST", "/repos/{owner}/{name}/issues/comments/{number}/reactions", body=("content",))
def create_reaction(call: Call, owner: str, name: str, number: str) -> Reply:
    """React to a comment; the second time nothing changes, and nothing dates it."""
    repo, it, comment = _comment(call, owner, name, number)
    call.need(repo, "issues", "write")
    if it.locked:
        raise _locked("create reaction")
    content = call.sent("content", str, required=True)
    if content not in _REACTIONS:
        raise invalid("Reaction", "content", "invalid")
    now = call.world.now()
    for identity, account, given in comment.reactions:
        if account is call.user and given == content:
            return Reply(200, payloads.reaction(identity, account, given, now, call.base))
    identity = call.world.next_id()
    comment.reactions.append((identity, call.user, content))
    return Reply(201, payloads.reaction(identity, call.user, content, now, call.base))


@route("DELETE", "/repos/{owner}/{name}/issues/comments/{number}/reactions/{reaction}")
def delete_reaction(call: Call, owner: str, name: str, number: str, reaction: str) -> Reply:
    """Take one's reaction back."""
    repo, _, comment = _comment(call, owner, name, number)
    call.need(repo, "issues", "write")
    kept = [given for given in comment.reactions if (given[0], given[1]) != (int(reaction), call.user)]
    if len(kept) == len(comment.reactions):
        raise not_found()
    comment.reactions[:] = kept
    return Reply(204)


def _check_lock(call: Call, it: Issue, what: str) -> None:
    """Refuse an app's edit on a locked issue, where this GitHub does."""
    if it.locked and call.token.app and not call.world.locked_edits:
        raise _locked(what)


# Parts -------------------------------------------------------------------------------


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default


def _text(call: Call, resource: str) -> str:
    body = call.sent("body", str) or ""
    if len(body) > BODY_LIMIT:
        raise invalid(resource, "body", "too_long", f"is too long (maximum is {BODY_LIMIT} characters)")
    return str(body)


def _labels(repo: Repo, has: list[str], labels: list[Any]) -> list[str]:
    """Return the labels that an issue has, and these; those that do not exist are made."""
    has = list(has)
    known = {label.lower(): label for label in repo.labels}
    for given in labels:
        wanted = given["name"] if isinstance(given, dict) else given
        if not isinstance(wanted, str):
            raise invalid("Label", "name", "invalid")
        if len(wanted) > LABEL_LIMIT:
            raise invalid("Label", "name", "invalid", f"is too long (maximum is {LABEL_LIMIT} characters)")
        if wanted.lower() not in known:
            known[wanted.lower()] = wanted
            repo.labels.append(wanted)
        if known[wanted.lower()] not in has:
            has.append(known[wanted.lower()])
    if len(has) > 100:  # noqa: PLR2004 - GitHub's limit, https://github.com/actions/labeler/issues/115
        raise invalid("Issue", "labels", "too_long")
    return has


def _assign(call: Call, repo: Repo, it: Issue, logins: list[Any], *, strict: bool) -> None:
    """Assign up to ten people.

    Raises:
        RefusedError: with a new issue one who cannot be assigned is an error.
    """
    for login in logins:
        account = call.world.users.get(str(login).lower())
        if account is None or not repo.assignable(account):
            if strict:
                raise invalid("Issue", "assignees", "invalid")
        elif account not in it.assignees and len(it.assignees) < 10:  # noqa: PLR2004 - GitHub's limit
            it.assignees.append(account)


def rate_limit(limits: Mapping[str, Mapping[str, Any]]) -> Reply:
    """Schema ``rate-limit-overview``; asking costs nothing."""
    return Reply(200, {"resources": dict(limits), "rate": dict(limits["core"])})
