"""The endpoints of GitHub's REST API, with their permissions and their effect on the world.

Replies are data; the server adds headers, rate limits and faults. An
unsupported route, parameter or body member is refused with 501 and recorded in
``World.unknown``: a test cannot pass on something that the emulator ignores.
https://docs.github.com/en/rest
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from approval_gate.emulator import payloads
from approval_gate.emulator.call import Call, RefusedError, Reply, invalid, not_found
from approval_gate.emulator.world import (
    WRITERS,
    App,
    Comment,
    Commit,
    Deployment,
    Environment,
    Issue,
    Repo,
    Request,
    Team,
    User,
)

BODY_LIMIT = 65_536
"""Characters in the body of an issue or a comment."""

LABEL_LIMIT = 50
"""Characters in a label's name (https://github.com/github/docs/issues/32156)."""

COMPARED_FILES = 300
"""The most files of a comparison (https://docs.github.com/en/rest/commits/commits#compare-two-commits)."""

SUB_ISSUES = 100
"""The most sub-issues of one issue
(https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/adding-sub-issues)."""

PAGED = ("per_page", "page")
"""The query parameters of every list."""

_REACTIONS = frozenset({"+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"})


Handler = Callable[..., Reply]


@dataclass(frozen=True)
class _Route:
    """An endpoint with the query parameters and body members that it supports, and what it requires."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    query: frozenset[str]
    body: frozenset[str]
    needs: str

    def unknown(self, request: Request) -> Iterator[str]:
        """Describe the parameters and body members of a request that are not supported."""
        yield from (f"the parameter {name}" for name in request.query if name not in self.query)
        if isinstance(request.body, dict):
            yield from (f"{name} in the body" for name in request.body if name not in self.body)
        elif request.body is not None:
            yield "a body that is not an object"

    def reply(self, call: Call, variables: dict[str, Any]) -> Reply:
        """Find the objects that the path names, require the permission, and handle the request."""
        if "repo" in variables:
            repo = variables["repo"] = call.repo(variables["repo"])
            if "it" in variables:
                variables["it"] = call.issue(repo, int(variables["it"]))
            if "comment" in variables:
                variables |= call.comment(repo, int(variables["comment"]))
            if self.needs:
                call.require(repo, *self.needs.split("="))
        return self.handler(call, **variables)


_ROUTES: list[_Route] = []


def route(
    method: str, path: str, *, query: tuple[str, ...] = (), body: tuple[str, ...] = (), needs: str = ""
) -> Callable[[Handler], Handler]:
    """Register a handler for a path.

    Args:
        method: of HTTP.
        path: with variables in braces, which become the handler's arguments: ``repo`` a repository,
            ``it`` its issue and ``comment`` its comment, the others text; ``{name:path}`` can
            contain slashes.
        query: the supported query parameters.
        body: the supported members of the request's body.
        needs: the permission on the repository, for example ``issues=write``.
    """
    pattern = re.sub(r"\{(repo|full_name)\}", r"(?P<\1>[^/]+/[^/]+)", path)
    pattern = re.sub(r"\{(\w+):path\}", r"(?P<\1>.+)", pattern)
    compiled = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern))

    def register(handler: Handler) -> Handler:
        _ROUTES.append(_Route(method, compiled, handler, frozenset(query), frozenset(body), needs))
        return handler

    return register


def answer(call: Call) -> Reply:
    """Handle a request."""
    request = call.request
    for known in _ROUTES:
        found = known.pattern.fullmatch(request.path)
        if found is None or known.method != request.method:
            continue
        unknown = list(known.unknown(request))
        if unknown:
            return unsupported(call, f"{' and '.join(unknown)} of {request.method} {request.path}")
        try:
            return known.reply(call, found.groupdict())
        except RefusedError as refused:
            return refused.reply
    return unsupported(call, f"{request.method} {request.path}")


def unsupported(call: Call, what: str) -> Reply:
    """Refuse something that the emulator does not implement, and record it."""
    call.world.unknown.append(what)
    return RefusedError(501, f"The embedded GitHub does not have {what}.").reply


@route("GET", "/meta")
def _get_meta(_: Call) -> Reply:
    """The server's version, as of an Enterprise Server: gh requests it before a search.

    https://docs.github.com/en/enterprise-server/rest/meta/meta
    """
    return Reply(200, {"verifiable_password_authentication": True, "installed_version": "3.18.0"})


# People ------------------------------------------------------------------------------


@route("GET", "/user")
def _get_user(call: Call) -> Reply:
    """The token's account; forbidden for an app's token."""
    if call.token.app:
        raise RefusedError(403, "Resource not accessible by integration")
    return Reply(200, payloads.public_user(call.user, call.base))


@route("GET", "/users/{login}")
def _get_account(call: Call, login: str) -> Reply:
    return Reply(200, payloads.public_user(_account(call, login), call.base))


def _account(call: Call, login: str) -> User:
    """Return an account; a suspended account is not found."""
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
    """Return a team that the token can see; enterprise teams (``ent:slug``) are not found."""
    found = call.world.teams.get((org.lower(), slug.lower()))
    if found is None or slug.lower().startswith("ent:") or not _sees_teams(call, org):
        raise not_found()
    return found


@route("GET", "/orgs/{org}/teams", query=PAGED)
def _list_teams(call: Call, org: str) -> Reply:
    if not _sees_teams(call, org):
        raise RefusedError(403, "Resource not accessible by integration")
    teams = [team for team in call.world.teams.values() if team.org.lower() == org.lower()]
    return call.page(teams, lambda team: payloads.listed_team(team, call.base))


@route("GET", "/orgs/{org}/teams/{slug}/repos/{full_name}")
def _get_team_right(call: Call, org: str, slug: str, full_name: str) -> Reply:
    """A team's permission on a repository; the reply has a body only for the repository media type.

    A former name of the repository is not found here.
    """
    team, repo = _team(call, org, slug), call.world.repos.get(full_name.lower())
    role = "none" if repo is None or not call.token.reaches(repo) else repo.team_role(team)
    if repo is None or role == "none":
        raise not_found()
    if "application/vnd.github.v3.repository+json" not in call.request.headers.get("accept", ""):
        return Reply(204)
    return Reply(200, payloads.team_repository(repo, role, _owner(call, repo), call.base))


@route("GET", "/orgs/{org}/teams/{slug}")
def _get_team(call: Call, org: str, slug: str) -> Reply:
    team = _team(call, org, slug)
    members = len(call.world.team_members(team))
    return Reply(200, payloads.team(team, members, call.world.orgs[org.lower()], call.base))


@route("GET", "/orgs/{org}/teams/{slug}/members", query=PAGED)
def _list_members(call: Call, org: str, slug: str) -> Reply:
    """A team's members, including those of child teams."""
    members = call.world.team_members(_team(call, org, slug))
    return call.page(members, lambda account: payloads.user(account, call.base))


# Repositories ------------------------------------------------------------------------


@route("GET", "/repos/{repo}")
def _get_repository(call: Call, repo: Repo) -> Reply:
    return Reply(200, payloads.repository(repo, _owner(call, repo), call.base))


def _owner(call: Call, repo: Repo) -> dict[str, Any]:
    org = call.world.orgs.get(repo.owner.lower())
    holder = User(org, repo.owner, "Organization") if org else call.world.user(repo.owner)
    return payloads.user(holder, call.base)


@route("GET", "/repos/{repo}/contents/", query=("ref",), needs="contents=read")
@route("GET", "/repos/{repo}/contents/{path:path}", query=("ref",), needs="contents=read")
def _get_content(call: Call, repo: Repo, path: str = "") -> Reply:
    ref = call.request.query.get("ref", repo.default_branch)
    is_head = ref in {repo.default_branch, repo.branches.get(repo.default_branch)}
    if not is_head and ref not in repo.trees:
        raise not_found()
    tree = repo.files if is_head else repo.trees[ref]
    files = {file: text.encode() if isinstance(text, str) else text for file, text in tree.items()}
    if path in files:
        return Reply(200, payloads.file(repo, path, files[path], call.base))
    inside = payloads.folder(repo, f"{path.strip('/')}/".lstrip("/"), files, call.base)
    if not inside:
        raise not_found()
    return Reply(200, inside)


@route("GET", "/repos/{repo}/collaborators", query=(*PAGED, "permission"))
def _list_collaborators(call: Call, repo: Repo) -> Reply:
    """The people with a role in the repository, their own or a team's; requires write access."""
    if not (call.token.reaches(repo) if call.token.app else repo.role(call.user) in WRITERS):
        raise RefusedError(403, "Must have push access to view repository collaborators.")
    least = call.request.query.get("permission", "pull")
    people = [
        user
        for user in call.world.users.values()
        if user.type == "User" and payloads.permissions(repo.granted_role(user))[least]
    ]
    return call.page(people, lambda user: payloads.collaborator(user, repo, call.base))


@route("GET", "/repos/{repo}/collaborators/{login}/permission")
def _get_permission(call: Call, repo: Repo, login: str) -> Reply:
    account = _account(call, login)
    return Reply(200, payloads.collaborator_permission(account, repo, call.base))


def _tag_object(commit: str) -> str:
    return commit[::-1]


@route("GET", "/repos/{repo}/git/ref/{ref:path}", needs="contents=read")
def _get_ref(call: Call, repo: Repo, ref: str) -> Reply:
    """A branch's commit, or a tag's: its tag object if it is annotated."""
    kind, _, name = ref.partition("/")
    if kind == "heads" and name in repo.branches:
        target = ("commit", repo.branches[name])
    elif kind == "tags" and name in repo.tags:
        commit, annotated = repo.tags[name]
        target = ("tag", _tag_object(commit)) if annotated else ("commit", commit)
    else:
        raise not_found()
    return Reply(200, payloads.git_ref(repo, f"refs/{ref}", *target, call.base))


@route("GET", "/repos/{repo}/git/tags/{sha}", needs="contents=read")
def _get_tag(call: Call, repo: Repo, sha: str) -> Reply:
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


@route("GET", "/repos/{repo}/git/trees/{ref:path}", query=("recursive",), needs="contents=read")
def _get_tree(call: Call, repo: Repo, ref: str) -> Reply:
    """The files and folders of the default branch: of its top or, recursively, all that are listed."""
    if ref not in {"HEAD", repo.default_branch, repo.branches.get(repo.default_branch)} or not repo.files:
        raise not_found()
    paths = [path for path in repo.files if "recursive" in call.request.query or "/" not in path]
    folders = {path[:end] for path in repo.files for end, char in enumerate(path) if char == "/"}
    if "recursive" not in call.request.query:
        folders = {folder for folder in folders if "/" not in folder}
    return Reply(200, payloads.tree(repo, paths, sorted(folders), call.base))


@route("GET", "/repos/{repo}/actions/runs/{run}/attempts/{attempt}", needs="actions=read")
def _get_attempt(call: Call, repo: Repo, run: str, attempt: str) -> Reply:
    attempts = repo.runs.get(int(run), [])
    if not 1 <= int(attempt) <= len(attempts):
        raise not_found()
    return Reply(200, payloads.run(repo, int(run), attempts, int(attempt), call.base))


@route("GET", "/repos/{repo}/actions/runs/{run}/attempts/{attempt}/jobs", query=PAGED, needs="actions=read")
def _list_jobs(call: Call, repo: Repo, run: str, attempt: str) -> Reply:
    """The jobs of an attempt, those that it carries over from earlier ones included."""
    number = int(run)
    if not 1 <= int(attempt) <= len(repo.runs.get(number, ())):
        raise not_found()
    jobs = [it for it in repo.jobs.get(number, ()) if it.attempt == int(attempt)]
    reply = call.page(jobs, lambda it: payloads.job(it, repo, number, call.base))
    reply.data = {"total_count": len(jobs), "jobs": reply.data}
    return reply


def _commit(call: Call, repo: Repo, it: Commit) -> dict[str, Any]:
    account = call.world.account_of
    return payloads.commit(it, repo, account(it.authors[0].email), account(it.committer.email), call.base)


@route("GET", "/repos/{repo}/commits", query=(*PAGED, "sha"), needs="contents=read")
def _list_commits(call: Call, repo: Repo) -> Reply:
    """A commit and its ancestors, newest first."""
    commits = repo.history(call.request.query.get("sha", next(reversed(repo.commits), "")))
    if not commits:
        raise not_found()
    return call.page(commits[::-1], lambda it: _commit(call, repo, it))


@route("GET", "/repos/{repo}/commits/{ref}", query=PAGED, needs="contents=read")
def _get_commit(call: Call, repo: Repo, ref: str) -> Reply:
    """A commit by its hash or an unambiguous prefix of it."""
    found = [it for it in repo.commits.values() if it.sha.startswith(ref.lower())]
    if len(found) != 1 or len(ref) < 4:  # noqa: PLR2004 - Git's shortest abbreviation
        raise RefusedError(422, f"No commit found for SHA: {ref}")
    return Reply(200, _commit(call, repo, found[0]))


@route("GET", "/repos/{repo}/compare/{basehead}", query=PAGED, needs="contents=read")
def _compare_commits(call: Call, repo: Repo, basehead: str) -> Reply:
    """The commits in the history of one commit but not of another, oldest first, in pages."""
    base, _, head = basehead.partition("...")
    before, after = repo.history(base), repo.history(head)
    old = {it.sha for it in before}
    common = [it for it in after if it.sha in old]
    if not common:
        raise not_found()
    new = [it for it in after if it.sha not in old]
    reply = call.page(new, lambda it: _commit(call, repo, it))
    url = f"{call.base}/{repo.full_name}/compare/{basehead}"
    reply.data = {
        **payloads.comparison(url, f"{call.base}{call.request.path}", len(new), len(before) - len(common)),
        "base_commit": _commit(call, repo, repo.commits[base]),
        "merge_base_commit": _commit(call, repo, common[-1]),
        "commits": reply.data,
    }
    if reply.pages is not None and reply.pages[0] == 1:
        files = {(file,) if isinstance(file, str) else file: it.sha for it in new for file in it.files}
        changed = list(files.items())[:COMPARED_FILES]
        reply.data["files"] = [payloads.changed_file(paths, sha, repo, call.base) for paths, sha in changed]
    return reply


def _signed(call: Call) -> App:
    if call.token.signed_by is None:
        raise RefusedError(401, "A JSON web token could not be decoded")
    return call.token.signed_by


@route("GET", "/repos/{full_name}/installation")
def _get_installation(call: Call, full_name: str) -> Reply:
    app = _signed(call)
    if full_name.lower() not in [repo.lower() for repo in app.repos]:
        raise not_found()
    owner = full_name.partition("/")[0]
    account = payloads.user(User(call.world.orgs[owner.lower()], owner, "Organization"), call.base)
    return Reply(200, payloads.installation(app, account, call.base))


@route("POST", "/app/installations/{installation}/access_tokens", body=("repositories", "permissions"))
def _create_token(call: Call, installation: str) -> Reply:
    """A new token of an installation, for some of its repositories and permissions."""
    app = _signed(call)
    if int(installation) != app.installation:
        raise not_found()
    by_name = {repo.partition("/")[2].lower(): repo for repo in app.repos}
    chosen = [str(name).lower() for name in call.body_member("repositories", list) or by_name]
    if not set(chosen) <= set(by_name):
        problem = "does not exist or is not accessible"
        message = f"There is at least one that {problem}."
        raise invalid("Installation", "repositories", "invalid", problem, message)
    permissions = call.body_member("permissions", dict) or dict(app.permissions)
    for permission, level in permissions.items():
        if app.permissions.get(permission) not in {"write", level}:
            problem = "is not granted to this installation"
            raise invalid("Installation", permission, "invalid", problem, f"A permission {problem}.")
    token = call.world.mint(app, [by_name[name] for name in chosen], permissions)
    assert token.expires_at is not None  # noqa: S101 - an installation's token always expires
    data = {
        "token": token.value,
        "expires_at": payloads.time(token.expires_at),
        "permissions": permissions,
        "repository_selection": "selected",
    }
    return Reply(201, data)


def _environment(repo: Repo, name: str) -> Environment:
    found = repo.environments.get(name.lower())
    if found is None:
        raise not_found()
    return found


@route(
    "GET",
    "/repos/{repo}/environments/{environment:path}/deployment-branch-policies",
    query=PAGED,
    needs="actions=read",
)
def _list_branch_policies(call: Call, repo: Repo, environment: str) -> Reply:
    """The patterns of the branches and tags that can be deployed to an environment."""
    found = _environment(repo, environment)
    named = found.branches if isinstance(found.branches, list) else []
    reply = call.page(named, lambda policy: payloads.branch_policy(*policy))
    reply.data = {"total_count": len(named), "branch_policies": reply.data}
    return reply


@route("GET", "/repos/{repo}/environments/{environment:path}", needs="actions=read")
def _get_environment(call: Call, repo: Repo, environment: str) -> Reply:
    return Reply(200, payloads.environment(_environment(repo, environment), repo, call.base))


@route(
    "GET", "/repos/{repo}/deployments", query=(*PAGED, "environment", "ref", "sha"), needs="deployments=read"
)
def _list_deployments(call: Call, repo: Repo) -> Reply:
    """A repository's deployments, newest first."""
    filters = [(key, value) for key, value in call.request.query.items() if key not in PAGED]
    found = [it for it in repo.deployments if all(getattr(it, key) == value for key, value in filters)]
    return call.page(found[::-1], lambda it: payloads.deployment(it, repo, call.base))


@route("GET", "/repos/{repo}/deployments/{number}", needs="deployments=read")
def _get_deployment(call: Call, repo: Repo, number: str) -> Reply:
    return Reply(200, payloads.deployment(_deployment(repo, number), repo, call.base))


@route("GET", "/repos/{repo}/deployments/{number}/statuses", query=PAGED, needs="deployments=read")
def _list_deployment_statuses(call: Call, repo: Repo, number: str) -> Reply:
    """A deployment's statuses, newest first."""
    it = _deployment(repo, number)
    places = range(len(it.statuses))[::-1]
    return call.page(places, lambda place: payloads.deployment_status(it, place, repo, call.base))


def _deployment(repo: Repo, number: str) -> Deployment:
    found = next((it for it in repo.deployments if str(it.id) == number), None)
    if found is None:
        raise not_found()
    return found


# Issues ------------------------------------------------------------------------------


@route("POST", "/repos/{repo}/issues", body=("title", "body", "labels", "assignees"))
def _create_issue(call: Call, repo: Repo) -> Reply:
    """A new issue; labels and assignees are silently dropped if the user has no write access."""
    if call.token.app:
        call.require(repo, "issues", "write")
    if not repo.has_issues:
        raise RefusedError(410, "Issues are disabled for this repo")
    title = call.body_member("title", str, required=True)
    body = _text(call, "Issue")
    it = call.world.draft(repo, call.user, title.strip(), body)
    if call.token.can(repo, "issues", "write"):
        it.labels = _labels(repo, [], call.body_member("labels", list) or [])
        _assign(call, repo, it, call.body_member("assignees", list) or [], strict=True)
    repo.issues[it.number] = it
    return Reply(
        201, payloads.issue(it, repo, call.base), {"location": f"{call.base}{call.request.path}/{it.number}"}
    )


@route("GET", "/repos/{repo}/issues", query=(*PAGED, "after", "state", "labels"), needs="issues=read")
def _list_issues(call: Call, repo: Repo) -> Reply:
    """A repository's issues, newest first."""
    if not repo.has_issues:
        raise RefusedError(410, "Issues are disabled for this repo")
    state = call.request.query.get("state", "open")
    labels = {label.lower() for label in call.request.query.get("labels", "").split(",") if label}
    known = call.world.now() - call.world.lists_lag
    found = [
        it
        for it in reversed(repo.existing_issues())
        if it.created_at <= known
        and state in {it.state, "all"}
        and labels <= {label.lower() for label in it.labels}
    ]
    return call.page_by_cursor(found, lambda it: payloads.issue(it, repo, call.base))


@route("GET", "/repos/{repo}/issues/{it}")
def _get_issue(call: Call, repo: Repo, it: Issue) -> Reply:
    return Reply(200, payloads.issue(it, repo, call.base))


@route(
    "PATCH",
    "/repos/{repo}/issues/{it}",
    body=("state", "state_reason", "labels"),
    needs="issues=write",
)
def _update_issue(call: Call, repo: Repo, it: Issue) -> Reply:
    _check_lock(call, it, "update issue")
    state = call.body_member("state", str)
    if state not in {None, "open", "closed"}:
        raise invalid("Issue", "state", "invalid")
    labels = call.body_member("labels", list)
    if labels is not None:
        it.labels = _labels(repo, [], labels)
    it.updated_at = call.world.now()
    login = call.user.login
    if state == "closed":
        reason = call.body_member("state_reason", str) or "completed"
        call.world.close_issue(repo.full_name, it.number, by=login, reason=reason)
    if state == "open" and it.state == "closed":
        call.world.reopen_issue(repo.full_name, it.number, by=login)
    return Reply(200, payloads.issue(it, repo, call.base))


@route("POST", "/repos/{repo}/issues/{it}/assignees", body=("assignees",), needs="issues=write")
def _add_assignees(call: Call, repo: Repo, it: Issue) -> Reply:
    """Assign people; those who cannot be assigned are skipped."""
    _assign(call, repo, it, call.body_member("assignees", list) or [], strict=False)
    return Reply(201, payloads.issue(it, repo, call.base))


@route("POST", "/repos/{repo}/issues/{it}/labels", body=("labels",), needs="issues=write")
def _add_labels(call: Call, repo: Repo, it: Issue) -> Reply:
    """Add labels; new ones are created in the repository."""
    it.labels = _labels(repo, it.labels, call.body_member("labels", list, required=True))
    it.updated_at = call.world.now()
    return Reply(200, [payloads.label(label, repo, call.base) for label in it.labels])


@route(
    "POST",
    "/repos/{repo}/issues/{it}/sub_issues",
    body=("sub_issue_id", "replace_parent"),
    needs="issues=write",
)
def _add_sub_issue(call: Call, repo: Repo, it: Issue) -> Reply:
    """Make an issue of the same owner a sub-issue of this one; it can have one parent.

    https://docs.github.com/en/rest/issues/sub-issues, https://github.com/cli/cli/pull/13413. GitHub does not
    document which of the two it returns.
    """
    number, replaces = (
        call.body_member("sub_issue_id", int, required=True),
        call.body_member("replace_parent", bool),
    )
    found = [
        one
        for other in call.world.repos.values()
        if other.owner.lower() == repo.owner.lower() and call.token.can(other, "issues")
        for one in other.existing_issues()
        if one.id == number
    ]
    if not found:
        raise not_found()
    (child,) = found
    if child is it or len(it.sub_issues) >= SUB_ISSUES:
        raise invalid("Issue", "sub_issue_id", "invalid")
    if child.parent is not None and not replaces:
        raise invalid("Issue", "sub_issue_id", "custom", "Sub issue may only have one parent")
    if child.parent is not None:
        child.parent[1].sub_issues.remove(child)
    it.sub_issues.append(child)
    child.parent, it.updated_at = (repo, it), call.world.now()
    return Reply(
        201, payloads.issue(it, repo, call.base), {"location": f"{call.base}{call.request.path}/{number}"}
    )


@route("PUT", "/repos/{repo}/issues/{it}/lock", needs="issues=write")
def _lock_issue(call: Call, it: Issue, **_: object) -> Reply:
    """Restrict the conversation to people with write access."""
    it.locked, it.updated_at = True, call.world.now()
    return Reply(204)


# Comments ----------------------------------------------------------------------------


@route("GET", "/repos/{repo}/issues/{it}/comments", query=(*PAGED, "since"))
def _list_comments(call: Call, repo: Repo, it: Issue) -> Reply:
    """An issue's comments by id; ``since`` filters by the time of the last change."""
    since = call.request.query.get("since")
    after = datetime.fromisoformat(since) if since else None
    known = it.comments_as_of(call.world.now() - call.world.lists_lag)
    listed = [c for c in known if after is None or c.updated_at >= after]
    return call.page(listed, lambda comment: payloads.comment(comment, it, repo, call.base))


@route("POST", "/repos/{repo}/issues/{it}/comments", body=("body",))
def _create_comment(call: Call, repo: Repo, it: Issue) -> Reply:
    if call.token.app:
        call.require(repo, "issues", "write")
    if it.locked and (call.token.app or not call.token.can(repo, "issues", "write")):
        raise _locked("create comment")
    body = _text(call, "IssueComment", required=True)
    made = call.world.comment(repo.full_name, it.number, call.user.login, body, via_app=call.token.app)
    return Reply(
        201, payloads.comment(made, it, repo, call.base), {"location": f"{call.base}{call.request.path}"}
    )


def _locked(what: str) -> RefusedError:
    """Return GitHub's error for an action that is not allowed on a locked issue.

    https://docs.github.com/en/communities/moderating-comments-and-conversations/locking-conversations;
    apps can do less than people: https://github.com/github/gh-aw/issues/34998
    """
    return RefusedError(403, f"Unable to {what} because issue is locked.")


@route("GET", "/repos/{repo}/issues/comments/{comment}")
def _get_comment(call: Call, repo: Repo, it: Issue, comment: Comment) -> Reply:
    return Reply(200, payloads.comment(comment, it, repo, call.base))


@route("PATCH", "/repos/{repo}/issues/comments/{comment}", body=("body",), needs="issues=write")
def _update_comment(call: Call, repo: Repo, it: Issue, comment: Comment) -> Reply:
    _check_lock(call, it, "update comment")
    body = _text(call, "IssueComment", required=True)
    call.world.edit_comment(comment.id, by=call.user.login, body=body)
    return Reply(200, payloads.comment(comment, it, repo, call.base))


@route("DELETE", "/repos/{repo}/issues/comments/{comment}", needs="issues=write")
def _delete_comment(call: Call, comment: Comment, **_: object) -> Reply:
    call.world.delete_comment(comment.id, by=call.user.login)
    return Reply(204)


@route(
    "POST",
    "/repos/{repo}/issues/comments/{comment}/reactions",
    body=("content",),
    needs="issues=write",
)
def _create_reaction(call: Call, it: Issue, comment: Comment, **_: object) -> Reply:
    """React to a comment; an existing reaction is returned with 200.

    The comment's ``updated_at`` does not change.
    """
    if it.locked:
        raise _locked("create reaction")
    content = call.body_member("content", str, required=True)
    if content not in _REACTIONS:
        raise invalid("Reaction", "content", "invalid")
    now = call.world.now()
    for reaction_id, account, existing in comment.reactions:
        if account is call.user and existing == content:
            return Reply(200, payloads.reaction(reaction_id, account, content, now, call.base))
    reaction_id = call.world.next_id()
    comment.reactions.append((reaction_id, call.user, content))
    return Reply(201, payloads.reaction(reaction_id, call.user, content, now, call.base))


@route(
    "DELETE",
    "/repos/{repo}/issues/comments/{comment}/reactions/{reaction}",
    needs="issues=write",
)
def _delete_reaction(call: Call, comment: Comment, reaction: str, **_: object) -> Reply:
    """Remove the user's own reaction."""
    kept = [one for one in comment.reactions if one[:2] != (int(reaction), call.user)]
    if len(kept) == len(comment.reactions):
        raise not_found()
    comment.reactions[:] = kept
    return Reply(204)


def _check_lock(call: Call, it: Issue, what: str) -> None:
    """Refuse an app's edit on a locked issue unless ``World.locked_edits`` allows it."""
    if it.locked and call.token.app and not call.world.locked_edits:
        raise _locked(what)


# Fields of requests ------------------------------------------------------------------


def _text(call: Call, resource: str, *, required: bool = False) -> str:
    body = call.body_member("body", str, required=required) or ""
    if len(body) > BODY_LIMIT:
        raise invalid(resource, "body", "too_long", f"is too long (maximum is {BODY_LIMIT} characters)")
    return str(body)


def _labels(repo: Repo, current: list[str], labels: list[Any]) -> list[str]:
    """Return an issue's current labels with more added; new ones are created in the repository."""
    result = list(current)
    known = {label.lower(): label for label in repo.labels}
    for label in labels:
        name = label["name"] if isinstance(label, dict) else label
        if not isinstance(name, str):
            raise invalid("Label", "name", "invalid")
        if len(name) > LABEL_LIMIT:
            raise invalid("Label", "name", "invalid", f"is too long (maximum is {LABEL_LIMIT} characters)")
        if name.lower() not in known:
            known[name.lower()] = name
            repo.labels.append(name)
        if known[name.lower()] not in result:
            result.append(known[name.lower()])
    if len(result) > 100:  # noqa: PLR2004 - GitHub's limit, https://github.com/actions/labeler/issues/115
        raise invalid("Issue", "labels", "too_long")
    return result


def _assign(call: Call, repo: Repo, it: Issue, logins: list[Any], *, strict: bool) -> None:
    """Assign up to ten people.

    Raises:
        RefusedError: ``strict`` is set, and one of them cannot be assigned.
    """
    for login in logins:
        account = call.world.users.get(str(login).lower())
        if account is None or repo.granted_role(account) == "none":
            if strict:
                raise invalid("Issue", "assignees", "invalid")
        elif account not in it.assignees and len(it.assignees) < 10:  # noqa: PLR2004 - GitHub's limit
            it.assignees.append(account)
