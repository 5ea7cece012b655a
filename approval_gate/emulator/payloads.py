"""The JSON objects of GitHub's REST API.

Each function builds one schema of GitHub's OpenAPI description; the tests
validate every response against that description.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from approval_gate.emulator.world import (
    ROLES,
    App,
    Comment,
    Commit,
    Deployment,
    Environment,
    Issue,
    Job,
    Repo,
    Signature,
    Team,
    User,
    node_id,
)

ENTRIES = 100_000
"""The most entries of a tree that are listed (https://docs.github.com/en/rest/git/trees#get-a-tree)."""

EPOCH = "2020-01-01T00:00:00Z"
_TIMES = {"created_at": EPOCH, "updated_at": EPOCH}

_USER_LINKS = (
    *("followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events"),
    "received_events",
)
_REPO_LINKS = (
    *("archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits", "compare"),
    *("contents", "contributors", "deployments", "downloads", "events", "forks", "git_commits", "git_refs"),
    *("git_tags", "hooks", "issue_comment", "issue_events", "issues", "keys", "labels", "languages"),
    *("merges", "milestones", "notifications", "pulls", "releases", "stargazers", "statuses"),
    *("subscribers", "subscription", "tags", "teams", "trees"),
)


def time(moment: datetime) -> str:
    """Write a time as GitHub does."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


GHOST = User(10137, "ghost")
"""The account that replaces every deleted one (https://github.com/ghost)."""


def user(account: User | None, base: str) -> dict[str, Any]:
    """Schema ``simple-user``; a deleted account is shown as the ghost."""
    account = GHOST if account is None or account.gone else account
    url = f"{base}/users/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": account.node_id,
        "avatar_url": f"{base}/avatars/{account.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{base}/{account.login}",
        "type": account.type,
        "site_admin": False,
        **{f"{name}_url": f"{url}/{name}" for name in _USER_LINKS},
    }


def installation(app: App, account: dict[str, Any], base: str) -> dict[str, Any]:
    """Schema ``installation``."""
    url = f"{base}/app/installations/{app.installation}"
    return {
        "id": app.installation,
        "account": account,
        "repository_selection": "selected",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{base}/installation/repositories",
        "html_url": url,
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": account["id"],
        "target_type": account["type"],
        "permissions": dict(app.permissions),
        "events": [],
        **_TIMES,
        **dict.fromkeys(("single_file_name", "suspended_by", "suspended_at")),
    }


def public_user(account: User, base: str) -> dict[str, Any]:
    """Schema ``public-user``."""
    empty = ("bio", "company", "email", "hireable", "location", "name")
    return {
        **user(account, base),
        **dict.fromkeys(empty),
        "blog": "",
        **dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0),
        **_TIMES,
    }


def collaborator(account: User, repo: Repo, base: str) -> dict[str, Any]:
    """Schema ``collaborator``: ``role_name`` can be a custom role's, ``permissions`` are what it includes."""
    role = permissions(repo.role(account))
    return {**user(account, base), "role_name": repo.role_name(account), "permissions": role}


def collaborator_permission(account: User, repo: Repo, base: str) -> dict[str, Any]:
    """Schema ``repository-collaborator-permission``: ``permission`` has fewer values than ``role_name``."""
    it, role = collaborator(account, repo, base), repo.role(account)
    permission = {"maintain": "write", "triage": "read"}.get(role, role)
    return {"permission": permission, "role_name": it["role_name"], "user": it}


def permissions(role: str) -> dict[str, bool]:
    """The permissions that a role includes."""
    names = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
    return {name: ROLES.index(role) >= ROLES.index(least) for name, least in names.items()}


def team_repository(repo: Repo, role: str, owner: dict[str, Any], base: str) -> dict[str, Any]:
    """Schema ``team-repository``: a repository with a team's permissions."""
    whole = {**repository(repo, owner, base), "has_downloads": True}
    return {**whole, "permissions": permissions(role), "role_name": role}


def repository(repo: Repo, owner: dict[str, Any], base: str) -> dict[str, Any]:
    """Schema ``full-repository``."""
    url = f"{base}/repos/{repo.full_name}"
    counts = (
        "forks forks_count network_count open_issues open_issues_count size stargazers_count"
        " subscribers_count watchers watchers_count"
    )
    absent = ("fork", "has_projects", "has_wiki", "has_pages", "has_discussions", "archived", "disabled")
    return {
        "id": repo.id,
        "node_id": repo.node_id,
        "name": repo.name,
        "full_name": repo.full_name,
        "owner": owner,
        "private": repo.private,
        "html_url": f"{base}/{repo.full_name}",
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in _REPO_LINKS},
        "clone_url": f"{base}/{repo.full_name}.git",
        "git_url": f"{base}/{repo.full_name}.git",
        "ssh_url": f"git@github:{repo.full_name}.git",
        "svn_url": f"{base}/{repo.full_name}",
        **dict.fromkeys(("description", "mirror_url", "homepage", "language", "license")),
        **dict.fromkeys(counts.split(), 0),
        "default_branch": repo.default_branch,
        "has_issues": repo.has_issues,
        **dict.fromkeys(absent, False),
        "pushed_at": EPOCH,
        **_TIMES,
    }


def label(name: str, repo: Repo, base: str) -> dict[str, Any]:
    """Schema ``label``."""
    number = int.from_bytes(hashlib.sha256(name.lower().encode()).digest()[:4], "big")
    return {
        "id": number,
        "node_id": node_id("LA", number),
        "url": f"{base}/repos/{repo.full_name}/labels/{name}",
        "name": name,
        "description": None,
        "color": "ededed",
        "default": False,
    }


def app(slug: str | None, base: str) -> dict[str, Any] | None:
    """Schema ``nullable-integration``."""
    if slug is None:
        return None
    owner = user(User(1, slug, "Organization"), base)
    return {
        "id": 15368,
        "slug": slug,
        "node_id": node_id("A", 15368),
        "owner": owner,
        "name": slug,
        "description": "",
        "external_url": base,
        "html_url": f"{base}/apps/{slug}",
        **_TIMES,
        "permissions": {"issues": "write", "metadata": "read"},
        "events": [],
    }


def issue(it: Issue, repo: Repo, base: str) -> dict[str, Any]:
    """Schema ``issue``; ``performed_via_github_app`` is null on every issue."""
    url = f"{base}/repos/{repo.full_name}/issues/{it.number}"
    assignees = [user(account, base) for account in it.assignees]
    return {
        "id": it.id,
        "node_id": it.node_id,
        "number": it.number,
        "url": url,
        "repository_url": f"{base}/repos/{repo.full_name}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": f"{base}/{repo.full_name}/issues/{it.number}",
        "title": it.title,
        "body": it.body,
        "user": user(it.author, base),
        "labels": [label(name, repo, base) for name in it.labels],
        "state": it.state,
        "state_reason": it.state_reason,
        "locked": it.locked,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "comments": len(it.comments),
        "created_at": time(it.created_at),
        "updated_at": time(it.updated_at),
        "closed_at": time(it.closed_at) if it.closed_at else None,
        "closed_by": user(it.closed_by, base) if it.closed_by else None,
        "performed_via_github_app": None,
        "parent_issue_url": _parent(it, base),
        "sub_issues_summary": _summary(it),
    }


def _parent(it: Issue, base: str) -> str | None:
    return f"{base}/repos/{it.parent[0].full_name}/issues/{it.parent[1].number}" if it.parent else None


def _summary(it: Issue) -> dict[str, int]:
    """Schema ``sub-issues-summary``."""
    done = sum(child.state == "closed" for child in it.sub_issues)
    total = len(it.sub_issues)
    return {"total": total, "completed": done, "percent_completed": 100 * done // total if total else 0}


def comment(it: Comment, parent: Issue, repo: Repo, base: str) -> dict[str, Any]:
    """Schema ``issue-comment``."""
    url = f"{base}/repos/{repo.full_name}/issues/comments/{it.id}"
    return {
        "id": it.id,
        "node_id": it.node_id,
        "url": url,
        "html_url": f"{base}/{repo.full_name}/issues/{parent.number}#issuecomment-{it.id}",
        "issue_url": f"{base}/repos/{repo.full_name}/issues/{parent.number}",
        "body": it.body,
        "user": user(it.author, base),
        "created_at": time(it.created_at),
        "updated_at": time(it.updated_at),
        "performed_via_github_app": app(it.via_app, base),
    }


def reaction(number: int, account: User, content: str, at: datetime, base: str) -> dict[str, Any]:
    """Schema ``reaction``."""
    return {
        "id": number,
        "node_id": node_id("REA", number),
        "user": user(account, base),
        "content": content,
        "created_at": time(at),
    }


def organization(login: str, number: int, base: str) -> dict[str, Any]:
    """Schemas ``team-organization`` and ``organization-full``, which share most fields."""
    url = f"{base}/orgs/{login}"
    links = ("hooks", "issues", "members", "public_members", "repos", "events")
    return {
        "login": login,
        "id": number,
        "node_id": node_id("O", number),
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in links},
        "avatar_url": f"{base}/avatars/{number}",
        "html_url": f"{base}/{login}",
        "description": None,
        "has_organization_projects": False,
        "has_repository_projects": False,
        **dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0),
        "type": "Organization",
        **_TIMES,
        "archived_at": None,
    }


def team(it: Team, members: int, org_id: int, base: str) -> dict[str, Any]:
    """Schema ``team-full``."""
    url = f"{base}/organizations/{org_id}/team/{it.id}"
    return {
        "id": it.id,
        "node_id": it.node_id,
        "url": url,
        "html_url": f"{base}/orgs/{it.org}/teams/{it.slug}",
        "name": it.slug,
        "slug": it.slug,
        "description": None,
        "permission": "pull",
        "type": "organization",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "members_count": members,
        "repos_count": 0,
        **_TIMES,
        "organization": organization(it.org, org_id, base),
    }


def deployment(it: Deployment, repo: Repo, base: str) -> dict[str, Any]:
    """Schema ``deployment``."""
    url = f"{base}/repos/{repo.full_name}/deployments/{it.id}"
    return {
        "id": it.id,
        "node_id": it.node_id,
        "url": url,
        "statuses_url": f"{url}/statuses",
        "repository_url": f"{base}/repos/{repo.full_name}",
        "ref": it.ref,
        "sha": it.sha,
        "task": "deploy",
        "payload": {},
        "environment": it.environment,
        "description": None,
        "creator": user(it.creator, base),
        "created_at": time(it.created_at),
        "updated_at": time(it.created_at),
    }


def deployment_status(it: Deployment, place: int, repo: Repo, base: str) -> dict[str, Any]:
    """Schema ``deployment-status``."""
    status, whole = it.statuses[place], deployment(it, repo, base)
    number = it.id * 100 + place
    return {
        "id": number,
        "node_id": f"{it.node_id}{place}",
        "url": f"{whole['statuses_url']}/{number}",
        "deployment_url": whole["url"],
        "repository_url": whole["repository_url"],
        "state": status.state.lower(),
        "environment": it.environment,
        "description": "",
        "creator": whole["creator"],
        "target_url": it.log_url or "",
        "log_url": it.log_url or "",
        "environment_url": "",
        "created_at": time(status.at),
        "updated_at": time(status.at),
    }


def environment(it: Environment, repo: Repo, base: str) -> dict[str, Any]:
    """Schema ``environment``; only the rules in use are listed."""
    rules: dict[str, dict[str, Any]] = {}
    if it.wait_timer:
        rules["wait_timer"] = {"wait_timer": it.wait_timer}
    if it.reviewers:
        reviewers = [_reviewer(who, base) for who in it.reviewers]
        rules["required_reviewers"] = {"prevent_self_review": False, "reviewers": reviewers}
    if it.branches is not None:
        rules["branch_policy"] = {}
    named = it.branches is not None and it.branches != "protected"
    return {
        "id": it.id,
        "node_id": it.node_id,
        "name": it.name,
        "url": f"{base}/repos/{repo.full_name}/environments/{quote(it.name, safe='')}",
        "html_url": f"{base}/{repo.full_name}/deployments/activity_log?environments_filter={quote(it.name)}",
        **_TIMES,
        "protection_rules": [
            {"id": number, "node_id": node_id("GA", number), "type": kind, **rule}
            for number, (kind, rule) in enumerate(rules.items(), start=1)
        ],
        "deployment_branch_policy": None
        if it.branches is None
        else {"protected_branches": not named, "custom_branch_policies": named},
    }


def listed_team(it: Team, base: str) -> dict[str, Any]:
    """Schema ``team``, which has fewer fields than ``team-full``."""
    unlisted = {"members_count", "repos_count", "created_at", "updated_at", "organization"}
    listed = {key: value for key, value in team(it, 0, 1, base).items() if key not in unlisted}
    return {**listed, "parent": None}


def _reviewer(who: User | Team, base: str) -> dict[str, Any]:
    if isinstance(who, User):
        return {"type": "User", "reviewer": user(who, base)}
    return {"type": "Team", "reviewer": listed_team(who, base)}


def branch_policy(kind: str, name: str) -> dict[str, Any]:
    """Schema ``deployment-branch-policy``."""
    number = int.from_bytes(hashlib.sha256(f"{kind}:{name}".encode()).digest()[:4], "big")
    return {"id": number, "node_id": node_id("GABP", number), "name": name, "type": kind}


def file(repo: Repo, path: str, data: bytes, base: str) -> dict[str, Any]:
    """Schema ``content-file``."""
    content = {"encoding": "base64", "content": base64.encodebytes(data).decode()}
    return {**_entry(repo, path, "file", data, base), **content}


def folder(repo: Repo, path: str, files: Mapping[str, bytes], base: str) -> list[dict[str, Any]]:
    """Schema ``content-directory``: the files and folders directly in a folder."""
    inside = {
        rest: data for name, data in files.items() if (rest := name.removeprefix(path)) != name or not path
    }
    names = dict.fromkeys(name.partition("/")[0] for name in inside)
    return [
        _entry(repo, f"{path}{name}", "file" if name in inside else "dir", inside.get(name, b""), base)
        for name in names
    ]


def _entry(repo: Repo, path: str, kind: str, data: bytes, base: str) -> dict[str, Any]:
    url = f"{base}/repos/{repo.full_name}/contents/{path}"
    links = {"git": f"{url}/git", "html": f"{url}/html", "self": url}
    return {
        "type": kind,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        "size": len(data),
        "url": url,
        "git_url": links["git"],
        "html_url": links["html"],
        "download_url": f"{url}/raw",
        "_links": links,
    }


def tree(repo: Repo, files: Sequence[str], folders: Sequence[str], base: str) -> dict[str, Any]:
    """Schema ``git-tree``, in the order of Git; more than :data:`ENTRIES` are left out."""
    url = f"{base}/repos/{repo.full_name}/git"
    entries = [
        {"path": path, "mode": mode, "type": kind, "sha": (sha := _sha(path)), "url": f"{url}/{kind}s/{sha}"}
        for paths, mode, kind in ((files, "100644", "blob"), (folders, "040000", "tree"))
        for path in paths
    ]
    entries.sort(key=lambda entry: entry["path"])
    sha = _sha("")
    shown = {"tree": entries[:ENTRIES], "truncated": len(entries) > ENTRIES}
    return {"sha": sha, "url": f"{url}/trees/{sha}", **shown}


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def git_ref(repo: Repo, ref: str, kind: str, sha: str, base: str) -> dict[str, Any]:
    """Schema ``git-ref``; ``ref`` is the full name."""
    return {
        "ref": ref,
        "node_id": "REF_x",
        "url": f"{base}/repos/{repo.full_name}/git/{ref}",
        "object": git_object(repo, kind, sha, base),
    }


def git_object(repo: Repo, kind: str, sha: str, base: str) -> dict[str, Any]:
    """The object that a reference points to."""
    return {"type": kind, "sha": sha, "url": f"{base}/repos/{repo.full_name}/git/{kind}s/{sha}"}


def commit(it: Commit, repo: Repo, author: User | None, committer: User | None, base: str) -> dict[str, Any]:
    """Schema ``commit``; ``author`` and ``committer`` are null for an address without an account."""
    url = f"{base}/repos/{repo.full_name}/commits/{it.sha}"
    git = f"{base}/repos/{repo.full_name}/git"

    def signature(who: Signature) -> dict[str, str]:
        return {"name": who.name, "email": who.email, "date": time(it.at)}

    trailers = [f"Co-authored-by: {who.name} <{who.email}>" for who in it.authors[1:]]
    return {
        "sha": it.sha,
        "node_id": it.node_id,
        "url": url,
        "html_url": f"{base}/{repo.full_name}/commit/{it.sha}",
        "comments_url": f"{url}/comments",
        "commit": {
            "url": f"{git}/commits/{it.sha}",
            "author": signature(it.authors[0]),
            "committer": signature(it.committer),
            "message": "\n".join(["A change", *([""] if trailers else []), *trailers]),
            "tree": {"sha": it.sha[::-1], "url": f"{git}/trees/{it.sha[::-1]}"},
            "comment_count": 0,
            "verification": {
                "verified": it.signed,
                "reason": "valid" if it.signed else "unsigned",
                "signature": "-----BEGIN PGP SIGNATURE-----" if it.signed else None,
                "payload": f"tree {it.sha[::-1]}" if it.signed else None,
                "verified_at": time(it.at) if it.signed else None,
            },
        },
        "author": None if author is None else user(author, base),
        "committer": None if committer is None else user(committer, base),
        "parents": [
            {
                "sha": sha,
                "url": f"{base}/repos/{repo.full_name}/commits/{sha}",
                "html_url": f"{base}/{repo.full_name}/commit/{sha}",
            }
            for sha in it.parents
        ],
    }


def comparison(html_url: str, url: str, ahead: int, behind: int) -> dict[str, Any]:
    """Schema ``commit-comparison``, without its commits."""
    statuses = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    return {
        "url": url,
        "html_url": html_url,
        "permalink_url": html_url,
        "diff_url": f"{html_url}.diff",
        "patch_url": f"{html_url}.patch",
        "status": statuses.get((ahead > 0, behind > 0), "diverged"),
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
    }


def changed_file(paths: tuple[str, ...], sha: str, repo: Repo, base: str) -> dict[str, Any]:
    """Schema ``diff-entry``; of two paths the file was renamed from the first."""
    path = quote(paths[-1])
    return {
        "sha": sha[::-1],
        "filename": paths[-1],
        "status": "modified" if len(paths) == 1 else "renamed",
        "additions": 1,
        "deletions": 1,
        "changes": 2,
        "blob_url": f"{base}/{repo.full_name}/blob/{sha}/{path}",
        "raw_url": f"{base}/{repo.full_name}/raw/{sha}/{path}",
        "contents_url": f"{base}/repos/{repo.full_name}/contents/{path}?ref={sha}",
        **({} if len(paths) == 1 else {"previous_filename": paths[0]}),
    }


def run(repo: Repo, run_id: int, attempts: list[User], attempt: int, base: str) -> dict[str, Any]:
    """Schema ``workflow-run``."""
    url = f"{base}/repos/{repo.full_name}/actions/runs/{run_id}"
    links = ("jobs", "logs", "check_suite", "cancel", "rerun", "artifacts", "workflow")
    holder = user(User(1, repo.owner, "Organization"), base)
    excluded = {"mirror_url", "license"}  # null is not allowed here
    minimal = {key: value for key, value in repository(repo, holder, base).items() if key not in excluded}
    return {
        "id": run_id,
        "node_id": node_id("WFR", run_id),
        "head_branch": repo.default_branch,
        "head_sha": "0" * 40,
        "path": ".github/workflows/production-deploy.yml",
        "display_title": "deploy",
        "run_number": 1,
        "run_attempt": attempt,
        "event": "push",
        "status": "in_progress",
        "conclusion": None,
        "workflow_id": 1,
        "url": url,
        "html_url": f"{base}/{repo.full_name}/actions/runs/{run_id}",
        **{f"{name}_url": f"{url}/{name}" for name in links},
        "pull_requests": [],
        **_TIMES,
        "actor": user(attempts[0], base),
        "triggering_actor": user(attempts[attempt - 1], base),
        "head_commit": None,
        "repository": minimal,
        "head_repository": minimal,
    }


def job(it: Job, repo: Repo, run_id: int, base: str) -> dict[str, Any]:
    """Schema ``job``. The steps of a job that was carried over are not listed."""
    url = f"{base}/repos/{repo.full_name}/actions"
    status = "completed" if it.conclusion else "queued" if it.queued else "in_progress"
    ended = it.completed_at and time(it.completed_at)
    steps = () if it.carried_over else it.steps
    return {
        "id": it.id,
        "run_id": run_id,
        "run_url": f"{url}/runs/{run_id}",
        "run_attempt": it.attempt,
        "node_id": it.node_id,
        "head_sha": "0" * 40,
        "head_branch": repo.default_branch,
        "url": f"{url}/jobs/{it.id}",
        "html_url": f"{base}/{repo.full_name}/actions/runs/{run_id}/job/{it.id}",
        "status": status,
        "conclusion": it.conclusion,
        "created_at": time(it.created_at),
        "started_at": time(it.started_at),
        "completed_at": ended,
        "name": it.name,
        "steps": [
            {
                "name": name,
                "status": "completed" if conclusion else "in_progress",
                "conclusion": conclusion,
                "number": number,
                "started_at": time(it.started_at),
                "completed_at": ended if conclusion else None,
            }
            for number, (name, conclusion) in enumerate(steps, 1)
        ],
        "check_run_url": f"{base}/repos/{repo.full_name}/check-runs/{it.id}",
        "labels": ["ubuntu-latest"],
        "runner_id": 1 if it.runner else None,
        "runner_name": it.runner,
        "runner_group_id": 2 if it.runner else None,
        "runner_group_name": "GitHub Actions" if it.runner else None,
        "workflow_name": "Deploy",
    }
