"""Reads the approval issues and the deployments of some days, by GraphQL and a page at a time.

Schema: https://docs.github.com/en/graphql/reference/objects#repository, #issue, #deployment. A page that
cannot be read is an error: an audit of a part would look like one of the whole.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from approval_gate.core.audit.model import FoundComment, FoundDeployment, FoundIssue, Repository
from approval_gate.core.audit.records import needs_more
from approval_gate.core.model import Person
from approval_gate.errors import NotFoundError, PermissionDeniedError
from approval_gate.github import paging
from approval_gate.github.client import Client
from approval_gate.github.parse import parse, person_of, time_of

LAST_COMMENTS = 10
"""How many of each issue's comments are read with the list. The closing comment and the result are usually
among the last; where they are not, the issue's comments are read separately."""

_ISSUES_PAGE = 50
"""A page's issues: each brings whole texts, and GitHub ends a query that takes more than ten seconds
(https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api)."""

_STATUSES = 20
"""The most statuses of a deployment that are read; a workflow's has three or four."""

_GRANT = "Set GH_TOKEN or GITHUB_TOKEN to one with `issues: read` and `deployments: read` there."
_UNSEEN = "Correct the name, or set GH_TOKEN or GITHUB_TOKEN to one that can see it."

_BOT = "[bot]"
_SUCCEEDED = "SUCCESS"
_ENDED = frozenset({"SUCCESS", "FAILURE", "ERROR", "INACTIVE"})

_PERSON = "type: __typename login ... on User { id: databaseId } ... on Bot { id: databaseId }"
_COMMENTS = f"""
  totalCount
  pageInfo {{ hasNextPage endCursor }}
  nodes {{
    body lastEditedAt
    author {{ {_PERSON} }}
  }}
"""

_REPOSITORY = """
query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { databaseId nameWithOwner }
}"""

_ISSUES = f"""
query($owner: String!, $name: String!, $filter: IssueFilters!, $page: Int!, $last: Int!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    databaseId nameWithOwner
    issues(
      first: $page
      after: $after
      filterBy: $filter
      orderBy: {{field: CREATED_AT, direction: ASC}}
    ) {{
      totalCount
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        node: id id: fullDatabaseId number url state body createdAt
        author {{ {_PERSON} }}
        comments(last: $last) {{ {_COMMENTS} }}
      }}
    }}
  }}
}}"""

_WHOLE = f"""
query($id: ID!, $after: String) {{
  node(id: $id) {{ ... on Issue {{ comments(first: 100, after: $after) {{ {_COMMENTS} }} }} }}
}}"""

_DEPLOYMENTS = f"""
query($owner: String!, $name: String!, $environments: [String!], $after: String) {{
  repository(owner: $owner, name: $name) {{
    databaseId nameWithOwner
    deployments(
      first: 100
      after: $after
      environments: $environments
      orderBy: {{field: CREATED_AT, direction: DESC}}
    ) {{
      totalCount
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        id: databaseId commitOid environment createdAt
        statuses(first: {_STATUSES}) {{ totalCount nodes {{ state createdAt logUrl }} }}
      }}
    }}
  }}
}}"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A repository of an organisation, as far as an audit is concerned.

    Attributes:
        repository: its name and id.
        has_issues: whether one of the accounts opened an issue there that changed since.
        has_deployments: whether there was a deployment since.
    """

    repository: Repository
    has_issues: bool
    has_deployments: bool


Total = Callable[[int], None]
"""Called with the number of items in a list, before they are returned."""


def list_repositories(
    client: Client,
    organization: str,
    accounts: Sequence[str],
    since: datetime,
    environments: Sequence[str],
) -> Iterator[Listed]:
    """List the repositories of an organisation that the token can see, archived ones as well.

    Raises:
        NotFoundError: there is no such organisation, or the token cannot see it.
    """
    filters = {f"by{place}": _filter(account, since) for place, account in enumerate(accounts)}
    query = _repositories_query(filters)
    variables = {"login": organization, "environments": [*environments], **filters}
    for data in _pages(
        client, query, variables, "organization", "repositories", f"the organisation {organization}"
    ):
        for node in data["nodes"]:
            if node is not None:
                yield parse("a repository", partial(_listed, node, [*filters], since))


def _repositories_query(filters: Mapping[str, object]) -> str:
    """Return the query for all repositories, which counts the issues by each filter."""
    counted = " ".join(f"{name}: issues(filterBy: ${name}) {{ totalCount }}" for name in filters)
    declared = " ".join(f"${name}: IssueFilters!" for name in filters)
    return f"""
query($login: String!, $environments: [String!], $after: String, {declared}) {{
  organization(login: $login) {{
    repositories(first: 100, after: $after) {{
      totalCount
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        databaseId nameWithOwner {counted}
        deployments(
          first: 1 environments: $environments orderBy: {{field: CREATED_AT, direction: DESC}}
        ) {{ nodes {{ createdAt }} }}
      }}
    }}
  }}
}}"""


def _listed(node: Mapping[str, Any], filters: Sequence[str], since: datetime) -> Listed:
    last = node["deployments"]["nodes"]
    return Listed(
        repository=_repository(node),
        has_issues=any(node[name]["totalCount"] for name in filters),
        has_deployments=any(time_of(it["createdAt"]) >= since for it in last),
    )


def read_repository(client: Client, full_name: str) -> Repository:
    """Read a repository's id, and its name now.

    Raises:
        NotFoundError: the token cannot see it.
    """
    data = client.with_retry(partial(client.graphql, _REPOSITORY, _named(full_name)))
    if data.get("repository") is None:
        raise NotFoundError(f"GitHub does not show {full_name} to this token.", remedy=_UNSEEN)
    return parse(f"the repository {full_name}", partial(_repository, data["repository"]))


def read_issues(
    client: Client, full_name: str, accounts: Sequence[str], since: datetime, total: Total
) -> Iterator[FoundIssue]:
    """Read the issues of some accounts that changed since, oldest first for each account.

    On GitHub Enterprise Cloud with its own domain, GitHub finds no issue by the name of an App's account
    (https://github.com/renovatebot/renovate/issues/44730). So where none is found, all issues are read.
    """
    count = 0
    for account in accounts:
        for issue in _issues(client, full_name, _filter(account, since), total):
            count += 1
            yield issue
    if not count and any(account.endswith(_BOT) for account in accounts):
        names = {account.lower() for account in accounts}
        for issue in _issues(client, full_name, {"since": since.isoformat()}, total):
            if issue.author.login.lower() in names:
                yield issue


def read_deployments(
    client: Client, full_name: str, environments: Sequence[str], since: datetime
) -> Iterator[FoundDeployment]:
    """Read the deployments to some environments since a moment, newest first."""
    variables = {**_named(full_name), "environments": [*environments]}
    what = f"the deployments of {full_name}"
    for data in _pages(client, _DEPLOYMENTS, variables, "repository", "deployments", what):
        for node in data["nodes"]:
            if node is None:
                continue
            deployment = parse("a deployment", partial(_deployment, data["of"], node))
            if deployment.created_at < since:
                return
            yield deployment


def _issues(client: Client, full_name: str, by: Mapping[str, object], total: Total) -> Iterator[FoundIssue]:
    variables = {**_named(full_name), "filter": by, "page": _ISSUES_PAGE, "last": LAST_COMMENTS}
    pages = _pages(client, _ISSUES, variables, "repository", "issues", f"the issues of {full_name}")
    for place, data in enumerate(pages):
        if place == 0:
            total(data["totalCount"])
        for node in data["nodes"]:
            if node is not None and node["author"] is not None:
                issue = parse("an issue", partial(_issue, data["of"], node))
                more = node["comments"]["totalCount"] > len(issue.comments)
                yield _whole(client, issue, node["node"]) if more and needs_more(issue) else issue


def _whole(client: Client, issue: FoundIssue, node_id: str) -> FoundIssue:
    """Read all comments of an issue."""
    what = f"comments on {issue.url}"
    found: list[FoundComment] = []
    for data in _pages(client, _WHOLE, {"id": node_id}, "node", "comments", what):
        found += parse(what, partial(_comments, data))
    return replace(issue, comments=tuple(found))


def _pages(
    client: Client, query: str, variables: Mapping[str, object], of: str, name: str, what: str
) -> Iterator[Mapping[str, Any]]:
    """Read a list page by page, each with its owner; a page without a usable cursor is a fault."""
    after: str | None = None
    while True:
        try:
            data = client.with_retry(partial(client.graphql, query, {**variables, "after": after}))
        except PermissionDeniedError as error:
            raise PermissionDeniedError(
                f"The token cannot read {what}.", remedy=_GRANT, detail=error.detail
            ) from error
        if data.get(of) is None:
            raise NotFoundError(f"GitHub does not show {what} to this token.", remedy=_UNSEEN)
        page = parse(what, partial(_page, data[of], name))
        after = parse(what, partial(paging.cursor, page, after))
        yield page
        if after is None:
            return


def _page(of: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {**of[name], "of": of}


def _filter(account: str, since: datetime) -> dict[str, object]:
    return {"createdBy": account, "since": since.isoformat()}


def _named(full_name: str) -> dict[str, object]:
    owner, _, name = full_name.partition("/")
    return {"owner": owner, "name": name}


def _repository(node: Mapping[str, Any]) -> Repository:
    return Repository(id=int(node["databaseId"]), name=str(node["nameWithOwner"]))


def _issue(of: Mapping[str, Any], node: Mapping[str, Any]) -> FoundIssue:
    author = _author(node["author"])
    if author is None:
        raise ValueError("an issue of an account without an id")
    return FoundIssue(
        repository=_repository(of),
        id=int(node["id"]),
        number=int(node["number"]),
        url=str(node["url"]),
        author=author,
        opened_at=time_of(node["createdAt"]),
        is_open=node["state"] == "OPEN",
        body=str(node["body"]),
        comments=tuple(_comments(node["comments"])),
    )


def _comments(data: Mapping[str, Any]) -> list[FoundComment]:
    return [
        FoundComment(
            author=_author(node["author"]), text=str(node["body"]), edited=node["lastEditedAt"] is not None
        )
        for node in data["nodes"]
        if node is not None
    ]


def _author(node: Mapping[str, Any] | None) -> Person | None:
    """Read an account with the login that REST and the records have: a bot's ends with ``[bot]``."""
    person = person_of(node)
    if person is None or not person.bot or person.login.endswith(_BOT):
        return person
    return replace(person, login=f"{person.login}{_BOT}")


def _deployment(of: Mapping[str, Any], node: Mapping[str, Any]) -> FoundDeployment:
    statuses = node["statuses"]
    found = [it for it in statuses["nodes"] if it is not None]
    succeeded = [time_of(it["createdAt"]) for it in found if it["state"] == _SUCCEEDED]
    return FoundDeployment(
        repository=_repository(of),
        id=int(node["id"] or 0),
        environment=str(node["environment"] or ""),
        commit=str(node["commitOid"]),
        created_at=time_of(node["createdAt"]),
        succeeded_at=min(succeeded, default=None),
        ended=any(it["state"] in _ENDED for it in found),
        url=next((str(it["logUrl"]) for it in found if it["logUrl"]), None),
        complete=bool(succeeded) or statuses["totalCount"] <= len(found),
    )
