"""GitHub's GraphQL API, executed on GitHub's schema.

``scripts/prune_graphql.py`` reduces the schema that GitHub publishes to the
fields in use, so a query that is valid here is valid there.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cache, cached_property, lru_cache, partial
from importlib import resources
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    default_field_resolver,
    execute_sync,
    parse,
    validate,
)

from approval_gate.emulator import issue_lists, payloads
from approval_gate.emulator.payloads import time
from approval_gate.emulator.world import (
    WRITERS,
    Comment,
    Commit,
    Deployment,
    Event,
    Issue,
    PullRequest,
    Repo,
    Review,
    Revision,
    Signature,
    Token,
    User,
    World,
    node_id,
)

NODES = 100
"""The most ids in one query, and the most items on a page."""

_LARGEST_INT = 2**31 - 1

_OPINIONS = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
"""The states of a review that is more than a comment."""

_EVENTS = {
    "COMMENT_DELETED_EVENT": "CommentDeletedEvent",
    "RENAMED_TITLE_EVENT": "RenamedTitleEvent",
    "CLOSED_EVENT": "ClosedEvent",
    "REOPENED_EVENT": "ReopenedEvent",
}


def answer(world: World, token: Token, body: object, base: str = "") -> dict[str, Any]:
    """Execute the query of a request's body and return GitHub's response, with ``data`` and ``errors``."""
    query = body.get("query") if isinstance(body, dict) else None
    variables = body.get("variables") if isinstance(body, dict) else None
    if not isinstance(query, str):
        return {"errors": [{"message": "A query attribute must be specified and must be a string."}]}
    if not token.graphql:
        message = "Resource not accessible by integration"
        return {"data": None, "errors": [{"type": "FORBIDDEN", "path": ["node"], "message": message}]}
    root = _Root(world, token, base)
    document, invalid = _document(query)
    result = ExecutionResult(None, invalid)
    if document is not None:
        result = execute_sync(
            _schema(),
            document,
            root,
            variable_values=variables,
            type_resolver=_type_of,
            field_resolver=_field_of,
        )
    world.unknown += [error.message for error in invalid]
    world.unknown += root.unsupported
    reply: dict[str, Any] = {"data": result.data}
    code = {"extensions": {"code": "undefinedField"}} if invalid else {}
    errors = [_shown(error) | code for error in result.errors or ()]
    errors += [{"type": "NOT_FOUND", "message": f"Could not resolve to {it}"} for it in root.missing]
    errors += [
        {"type": "ARGUMENT_LIMIT", "message": "You may not provide more than 100 node ids"}
    ] * root.excess
    return reply | ({"errors": errors} if errors else {})


@cache
def _schema() -> GraphQLSchema:
    text = (
        resources.files("approval_gate.emulator").joinpath("data/schema.graphql").read_text(encoding="utf-8")
    )
    return build_schema(text)


@lru_cache
def _document(query: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    """Parse a query and validate it; cached, because the gate repeats a few queries."""
    try:
        document = parse(query)
    except GraphQLError as error:
        return None, [error]
    errors = validate(_schema(), document)
    return (None if errors else document), errors


class _Root:
    """The fields of ``Query``."""

    def __init__(self, world: World, token: Token, base: str) -> None:
        self.world, self.token, self.base = world, token, base
        self.known = world.now() - world.graphql_lag
        self.missing: list[str] = []
        self.unsupported: list[str] = []
        self.excess = 0

    def viewer(self, _info: GraphQLResolveInfo[None]) -> dict[str, Any]:
        """Return the token's account; for an app its bot, though the type is ``User`` here."""
        account = self.token.user
        return {"id": account.node_id, "login": account.login, "databaseId": account.id}

    def node(self, _info: GraphQLResolveInfo[None], id: str) -> object | None:  # noqa: A002 - GraphQL's name
        """Find an object by its id."""
        found = self._views.get(id)
        if found is None:
            self.missing.append(f"a node {id}")
            return None
        return found()

    def nodes(self, info: GraphQLResolveInfo[None], ids: Sequence[str]) -> list[object | None]:
        """Find up to :data:`NODES` objects."""
        if len(ids) > NODES:
            self.excess = 1
            return []
        return [self.node(info, id) for id in ids]  # noqa: A001 - GraphQL's name

    def repository(
        self,
        _info: GraphQLResolveInfo[None],
        owner: str,
        name: str,
        followRenames: bool = True,  # noqa: ARG002, FBT001, FBT002, N803 - GraphQL's
    ) -> "_Repository | None":
        """Find a repository that the token can see."""
        full_name = f"{owner}/{name}".lower()
        repo = self.world.repos.get(full_name) or self.world.moved.get(full_name)
        if repo is None or not self.token.reaches(repo):
            self.missing.append(f"a Repository with the name '{owner}/{name}'.")
            return None
        return _Repository(repo, self)

    def organization(self, _info: GraphQLResolveInfo[None], login: str) -> "_Organization | None":
        """Find an organisation."""
        number = self.world.orgs.get(login.lower())
        if number is None:
            self.missing.append(f"an Organization with the login of '{login}'.")
            return None
        own = [it for it in self.world.repos.values() if it.owner.lower() == login.lower()]
        visible = [it for it in own if not it.private or self.token.reaches(it)]
        return _Organization(node_id("O", number), login, visible, self)

    def search(
        self,
        info: GraphQLResolveInfo[None],
        query: str,
        type: str,  # noqa: A002 - GraphQL's name
        first: int | None = None,
        last: int | None = None,
        **paging: Any,  # noqa: ANN401 - as _Connection has it
    ) -> dict[str, Any]:
        """Return a page of the issues found; ``last`` acts like ``first`` here, and gh relies on it."""
        if type != "ISSUE":
            raise GraphQLError(f"The embedded GitHub does not search for {type}")
        found = issue_lists.search(self.world, self.token, query)
        shown = _Connection(found[: issue_lists.FOUND], lambda pair: _Issue(pair[1], pair[0], self))
        return {**shown(info, first or last, **paging), "issueCount": len(found)}

    @cached_property
    def _views(self) -> dict[str, Callable[[], object]]:
        views: dict[str, Callable[[], object]] = {}
        for repo in self.world.repos.values():
            if repo.private and not self.token.reaches(repo):
                continue
            for commit in repo.commits.values():
                views[commit.node_id] = partial(_Commit, commit, repo, self)
            for issue in repo.existing_issues():
                if issue.created_at > self.known:
                    continue
                views[issue.node_id] = partial(_Issue, issue, repo, self)
                for comment in issue.comments_as_of(self.known):
                    views[comment.node_id] = partial(_Comment, comment)
        return views

    @cached_property
    def pull_requests(self) -> dict[str, list[tuple[PullRequest, Repo]]]:
        """The visible pull requests of each commit: those that brought it in, else the open ones."""
        merged: dict[str, list[tuple[PullRequest, Repo]]] = {}
        open_ones: dict[str, list[tuple[PullRequest, Repo]]] = {}
        for repo in self.world.repos.values():
            if repo.private and not self.token.reaches(repo):
                continue
            for it in repo.pull_requests.values():
                found, commits = (
                    (merged, it.introduced) if it.merge_commit is not None else (open_ones, it.commits)
                )
                for sha in commits:
                    found.setdefault(sha, []).append((it, repo))
        return open_ones | merged


class _Connection:
    """A list that is read in pages.

    Args:
        items: all of them, in order.
        node: makes the node of an item on the page.
    """

    def __init__(self, items: Sequence[Any], node: Callable[[Any], object] = lambda item: item) -> None:
        self._items, self._node = items, node

    def __call__(
        self,
        asked: GraphQLResolveInfo[None],
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        **others: object,
    ) -> dict[str, Any]:
        """Return a page; an empty one has no cursors.

        The ``last`` items before a cursor or the end are in the same order as the ``first`` ones.

        Raises:
            GraphQLError: the page's size is missing or too large, the cursor is invalid, or an
                argument is not supported.
        """
        if others:
            raise _error("UNSUPPORTED", f"The embedded GitHub does not know {', '.join(others)} here.")
        size = first if last is None else last
        if size is None and _asks_for_the_count_alone(asked):
            return {"totalCount": len(self._items)}
        if size is None:
            raise _error("MISSING_PAGINATION_BOUNDARIES", "You must provide a `first` or `last` value.")
        if first is not None and last is not None:
            raise _error("UNSUPPORTED", "Passing both `first` and `last` values is not supported.")
        if not 0 <= size <= NODES:
            raise _error("EXCESSIVE_PAGINATION", f"Requesting {size} records exceeds the limit of {NODES}.")
        start = _position(after) if after else 0
        end = _position(before) - 1 if before else len(self._items)
        if last is None:
            end = min(end, start + size)
        else:
            start = max(start, end - size)
        page = self._items[start:end]
        end = start + len(page)
        info = {
            "hasNextPage": end < len(self._items),
            "hasPreviousPage": start > 0,
            "startCursor": _cursor(start + 1) if page else None,
            "endCursor": _cursor(end) if page else None,
        }
        nodes = [self._node(item) for item in page]
        return {"totalCount": len(self._items), "nodes": nodes, "pageInfo": info}


def _asks_for_the_count_alone(asked: GraphQLResolveInfo[None]) -> bool:
    """Whether nothing of a list is selected but ``totalCount``, for which GitHub needs no page's size."""
    selected = [
        it for node in asked.field_nodes if node.selection_set for it in node.selection_set.selections
    ]
    return all(isinstance(it, FieldNode) and it.name.value == "totalCount" for it in selected)


class _Edit:
    """``UserContentEdit``."""

    def __init__(self, revision: Revision) -> None:
        self.editedAt = time(revision.at)
        self.diff = revision.text
        self.editor = _actor(revision.by)


class _Text:
    """The fields that issues and comments share."""

    def __init__(self, it: Issue | Comment) -> None:
        edited = it.revisions[1:]
        self.id = it.node_id
        self.databaseId = it.id if it.id <= _LARGEST_INT else None
        self.fullDatabaseId = str(it.id)
        self.body = it.body
        self.author = _actor(it.author)
        self.createdAt = time(it.created_at)
        self.updatedAt = time(it.updated_at)
        self.lastEditedAt = time(edited[-1].at) if edited else None
        self.editor = _actor(edited[-1].by) if edited else None
        self.includesCreatedEdit = bool(edited)
        # Newest first; the original is included once there is an edit.
        self.userContentEdits = _Connection(it.revisions[::-1] if edited else [], _Edit)


class _Comment(_Text):
    """``IssueComment``."""

    kind = "IssueComment"

    def __init__(self, it: Comment) -> None:
        super().__init__(it)
        self.createdViaEmail = it.via_email
        self.isMinimized = it.hidden_as is not None
        self.minimizedReason = it.hidden_as


class _Issue(_Text):
    """``Issue``."""

    kind = "Issue"

    def __init__(self, it: Issue, repo: Repo, root: "_Root") -> None:
        it = it.as_of(root.known)
        super().__init__(it)
        self.number = it.number
        self.url = f"{root.base}/{repo.full_name}/issues/{it.number}"
        self.title = it.title
        self.state = it.state.upper()
        self.stateReason = it.state_reason and it.state_reason.upper()
        self.comments = _Connection(it.comments, _Comment)
        labels = [payloads.label(name, repo, root.base) for name in it.labels]
        self.labels = _Connection([{**label, "id": label["node_id"]} for label in labels])
        self._events = it.events
        self._sees_actors = root.token.can(repo, "issues", "write")

    def timelineItems(  # noqa: N802 - GraphQL's name
        self,
        info: GraphQLResolveInfo[None],
        itemTypes: Sequence[str] = (),  # noqa: N803 - GraphQL's name
        **paging: Any,  # noqa: ANN401 - as _Connection has it
    ) -> dict[str, Any]:
        """Return a page of the issue's events."""
        kinds = {_EVENTS.get(kind) for kind in itemTypes}
        events = [event for event in self._events if event.kind in kinds]
        return _Connection(events, partial(_event, sees_actors=self._sees_actors))(info, **paging)


def _require(token: Token, repo: Repo, permission: str) -> None:
    if not token.can(repo, permission):
        raise _error("FORBIDDEN", "Resource not accessible by integration")


class _Organization:
    """``Organization``."""

    kind = "Organization"

    def __init__(self, identity: str, login: str, repos: Sequence[Repo], root: _Root) -> None:
        self.id, self.login = identity, login
        self.repositories = _Connection(repos, lambda it: _Repository(it, root))


class _Repository:
    """``Repository``."""

    kind = "Repository"

    def __init__(self, it: Repo, root: _Root) -> None:
        self.id = it.node_id
        self.databaseId = it.id
        self.nameWithOwner = it.full_name
        self.url = f"{root.base}/{it.full_name}"
        self.isArchived = it.archived
        self.hasIssuesEnabled = it.has_issues
        self._it, self._root, self._token = it, root, root.token

    def issues(
        self,
        info: GraphQLResolveInfo[None],
        states: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
        filterBy: dict[str, Any] | None = None,  # noqa: N803 - GraphQL's name
        orderBy: dict[str, str] | None = None,  # noqa: N803 - GraphQL's name
        **paging: Any,  # noqa: ANN401 - as _Connection has it
    ) -> dict[str, Any]:
        """Return a page of its issues."""
        _require(self._token, self._it, "issues")
        order = orderBy or {"field": "CREATED_AT", "direction": "ASC"}
        found = issue_lists.listed(self._it, states, labels, filterBy or {}, order)
        known = [it for it in found if it.created_at <= self._root.known]
        return _Connection(known, lambda it: _Issue(it, self._it, self._root))(info, **paging)

    def deployments(
        self,
        info: GraphQLResolveInfo[None],
        orderBy: dict[str, str],  # noqa: N803 - GraphQL's name
        environments: Sequence[str] | None = None,
        **paging: Any,  # noqa: ANN401 - as _Connection has it
    ) -> dict[str, Any]:
        """Return a page of the deployments to some environments."""
        return _deployments(
            info, self._it, self._token, self._it.deployments, orderBy, environments, **paging
        )

    def object(
        self, _info: GraphQLResolveInfo[None], oid: str | None = None, expression: str | None = None
    ) -> "_Commit | dict[str, Any] | None":
        """Find a commit, or what ``HEAD:path`` names: a folder or a file of the default branch."""
        _require(self._token, self._it, "contents")
        if expression is not None:
            revision, _, path = expression.partition(":")
            return _content(self._it, path) if revision == "HEAD" else None
        commit = self._it.commits.get(oid or "")
        return None if commit is None else _Commit(commit, self._it, self._root)

    def pullRequest(self, _info: GraphQLResolveInfo[None], number: int) -> "_PullRequest | None":  # noqa: N802 - GraphQL's name
        """Find a pull request."""
        _require(self._token, self._it, "pull_requests")
        found = self._it.pull_requests.get(number)
        if found is None:
            self._root.missing.append(f"a PullRequest with the number of {number}.")
            return None
        return _PullRequest(found, self._it, self._root)

    def pullRequests(  # noqa: N802 - GraphQL's name
        self,
        info: GraphQLResolveInfo[None],
        states: Sequence[str] | None = None,
        **paging: Any,  # noqa: ANN401 - as _Connection has it
    ) -> dict[str, Any]:
        """Return a page of its pull requests."""
        _require(self._token, self._it, "pull_requests")
        found = [
            it
            for it in self._it.pull_requests.values()
            if states is None or ("OPEN" if it.merge_commit is None else "MERGED") in states
        ]
        return _Connection(found, lambda it: _PullRequest(it, self._it, self._root))(info, **paging)

    def label(self, _info: GraphQLResolveInfo[None], name: str) -> dict[str, Any] | None:
        """Find a label; its name is the same in every case."""
        _require(self._token, self._it, "issues")
        return next((_label(it) for it in self._it.labels if it.casefold() == name.casefold()), None)

    def labels(self, info: GraphQLResolveInfo[None], **paging: Any) -> dict[str, Any]:  # noqa: ANN401 - as _Connection has it
        """Return a page of its labels."""
        _require(self._token, self._it, "issues")
        return _Connection(self._it.labels, _label)(info, **paging)

    def environments(
        self,
        info: GraphQLResolveInfo[None],
        names: Sequence[str] = (),
        **paging: Any,  # noqa: ANN401 - as _Connection has it
    ) -> dict[str, Any]:
        """Return a page of its environments."""
        _require(self._token, self._it, "actions")
        found = [it for it in self._it.environments.values() if not names or it.name in names]
        return _Connection(found, lambda it: {"id": f"EN_{it.name}", "name": it.name})(info, **paging)


def _label(name: str) -> dict[str, Any]:
    return {"id": f"LA_{name}", "name": name, "description": None, "color": "ededed"}


def _content(repo: Repo, path: str) -> dict[str, Any] | None:
    """Return a ``Tree`` or a ``Blob``; the text of a binary file is null."""
    if path in repo.files:
        data = repo.files[path]
        text = data if isinstance(data, str) else None
        return {"kind": "Blob", "id": f"B_{path}", "oid": _oid(path), "text": text, "isTruncated": False}
    folder = f"{path}/" if path else ""
    inside = [it.removeprefix(folder) for it in repo.files if it.startswith(folder)]
    entries = [
        {"name": name, "object": partial(_content_of, repo, f"{folder}{name}")}
        for name in dict.fromkeys(it.partition("/")[0] for it in inside)
    ]
    return {"kind": "Tree", "id": f"T_{path}", "oid": _oid(path), "entries": entries} if entries else None


def _content_of(repo: Repo, path: str, _info: GraphQLResolveInfo[None]) -> dict[str, Any] | None:
    return _content(repo, path)


def _oid(path: str) -> str:
    return hashlib.sha1(path.encode(), usedforsecurity=False).hexdigest()


def _deployments(
    info: GraphQLResolveInfo[None],
    repo: Repo,
    token: Token,
    among: Sequence[Deployment],
    orderBy: dict[str, str],  # noqa: N803 - GraphQL's name
    environments: Sequence[str] | None,
    **paging: Any,  # noqa: ANN401 - as _Connection has it
) -> dict[str, Any]:
    """Return a page of some deployments, by the environments and the order that are given."""
    _require(token, repo, "deployments")
    found = [it for it in among if environments is None or it.environment in environments]
    ordered = found[::-1] if orderBy["direction"] == "DESC" else found
    return _Connection(ordered, _deployment)(info, **paging)


def _deployment(it: Deployment) -> dict[str, Any]:
    statuses = [
        {
            "id": f"{it.node_id}{place}",
            "state": status.state,
            "createdAt": time(status.at),
            "logUrl": it.log_url,
        }
        for place, status in enumerate(it.statuses)
    ]
    return {
        "id": it.node_id,
        "databaseId": it.id if it.id <= _LARGEST_INT else None,
        "creator": _actor(it.creator),
        "commitOid": it.sha,
        "environment": it.environment,
        "createdAt": time(it.created_at),
        "statuses": _Connection(statuses[::-1]),
    }


class _Commit:
    """``Commit``."""

    kind = "Commit"

    def __init__(self, it: Commit, repo: Repo, root: _Root) -> None:
        self.id = it.node_id
        self.oid = it.sha
        self._it, self._repo, self._root, self._token = it, repo, root, root.token
        self.committer = self._actor(it.committer)

    def authors(self, info: GraphQLResolveInfo[None], **paging: Any) -> dict[str, Any]:  # noqa: ANN401 - as _Connection has it
        """Return a page of the author and the co-authors in the trailers."""
        _require(self._token, self._repo, "contents")
        return _Connection(self._it.authors, self._actor)(info, **paging)

    def deployments(
        self,
        info: GraphQLResolveInfo[None],
        orderBy: dict[str, str],  # noqa: N803 - GraphQL's name
        environments: Sequence[str] | None = None,
        **paging: Any,  # noqa: ANN401 - as _Connection has it
    ) -> dict[str, Any]:
        """Return a page of the commit's deployments to some environments."""
        own = [it for it in self._repo.deployments if it.sha == self._it.sha]
        return _deployments(info, self._repo, self._token, own, orderBy, environments, **paging)

    def associatedPullRequests(  # noqa: N802 - GraphQL's name
        self,
        info: GraphQLResolveInfo[None],
        orderBy: dict[str, str],  # noqa: ARG002, N803 - GraphQL's name; they are ordered by creation
        **paging: Any,  # noqa: ANN401 - as _Connection has it
    ) -> dict[str, Any]:
        """Return a page of the pull requests that brought the commit in, or that are open with it."""
        _require(self._token, self._repo, "pull_requests")
        found = self._root.pull_requests.get(self._it.sha, [])
        return _Connection(found, lambda pair: _PullRequest(pair[0], pair[1], self._root))(info, **paging)

    def _actor(self, who: Signature) -> dict[str, Any]:
        """Return a ``GitActor``; its ``user`` is null for bots."""
        account = self._root.world.account_of(who.email)
        person = account if account and account.type == "User" else None
        return {"name": who.name, "email": who.email, "user": _actor(person)}


class _PullRequest:
    """``PullRequest``."""

    kind = "PullRequest"

    def __init__(self, it: PullRequest, repo: Repo, root: _Root) -> None:
        self.id = it.node_id
        self.number = it.number
        self.title = it.title
        self.url = f"{root.base}/{repo.full_name}/pull/{it.number}"
        self.author = _actor(it.author)
        self.headRefOid = it.commits[-1]
        self.merged = it.merge_commit is not None
        self._it, self._repo, self._root = it, repo, root
        self.commits = _Connection(it.commits, self._own)

    def baseRepository(self, _info: GraphQLResolveInfo[None]) -> _Repository:  # noqa: N802 - GraphQL's name
        """Return the repository that it was opened in."""
        return _Repository(self._repo, self._root)

    def mergeCommit(self, _info: GraphQLResolveInfo[None]) -> _Commit | None:  # noqa: N802 - GraphQL's name
        """Return the commit that its merge made the head of the branch."""
        sha = self._it.merge_commit
        return None if sha is None else _Commit(self._repo.commits[sha], self._repo, self._root)

    def latestOpinionatedReviews(  # noqa: N802 - GraphQL's name
        self,
        info: GraphQLResolveInfo[None],
        writersOnly: bool,  # noqa: FBT001, N803 - GraphQL's name
        **paging: Any,  # noqa: ANN401 - as _Connection has it
    ) -> dict[str, Any]:
        """Return a page of each account's last review that is more than a comment."""
        latest = {it.author: it for it in self._it.reviews if it.state in _OPINIONS}
        shown = [it for who, it in latest.items() if not writersOnly or self._repo.role(who) in WRITERS]
        return _Connection(shown, self._review)(info, **paging)

    def _own(self, sha: str) -> dict[str, Any]:
        commit = _Commit(self._repo.commits[sha], self._repo, self._root)
        return {"id": f"PURC_{commit.id}", "commit": commit}

    def _review(self, it: Review) -> dict[str, Any]:
        seen = self._repo.commits.get(it.sha)
        return {
            "id": it.node_id,
            "author": _actor(it.author),
            "state": it.state,
            "commit": None if seen is None else _Commit(seen, self._repo, self._root),
        }


def _cursor(position: int) -> str:
    return base64.b64encode(f"cursor:v2:{position}".encode()).decode()


def _position(cursor: str) -> int:
    found = re.fullmatch(rb"cursor:v2:(\d+)", base64.b64decode(cursor))
    if found is None:
        raise _error("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.")
    return int(found[1])


def _shown(error: GraphQLError) -> dict[str, Any]:
    """Write an error as GitHub does: the type beside the message, and the path to the field."""
    path = {"path": error.path} if error.path else {}
    return {**path, "message": error.message, **(error.extensions or {})}


def _error(kind: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"type": kind})


def _event(event: Event, *, sees_actors: bool) -> dict[str, Any]:
    """Return an event; only tokens with write access see the actor of a deletion."""
    shown = sees_actors or event.kind != "CommentDeletedEvent"
    return {
        "kind": event.kind,
        "createdAt": time(event.at),
        "actor": _actor(event.actor if shown else None),
        "deletedCommentAuthor": _actor(event.subject),
        "previousTitle": event.before,
        "currentTitle": event.after,
    }


def _actor(user: User | None) -> dict[str, Any] | None:
    if user is None or user.gone:
        return None
    # GraphQL leaves out what REST appends to the login of a bot.
    return {"kind": user.type, "login": user.login.removesuffix("[bot]"), "databaseId": user.id}


def _field_of(value: Any, info: GraphQLResolveInfo[None], **arguments: Any) -> Any:  # noqa: ANN401 - any resolver's
    """Return a field; a field of the schema that is not implemented is an error, not null."""
    name = info.field_name
    if not (name in value if isinstance(value, dict) else hasattr(value, name)):
        what = f"the field {info.parent_type.name}.{name}"
        info.root_value.unsupported.append(what)
        raise GraphQLError(f"The embedded GitHub does not have {what}.")
    return default_field_resolver(value, info, **arguments)


def _type_of(value: Any, *_: object) -> str:  # noqa: ANN401 - any resolver's result
    return str(value["kind"] if isinstance(value, dict) else value.kind)
