"""The lists and the search of issues in GraphQL, as ``gh issue list`` uses them.

An unsupported condition is an error: ignoring it would return too many issues.

https://docs.github.com/en/search-github/searching-on-github/searching-issues-and-pull-requests
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from graphql import GraphQLError

from approval_gate.emulator.world import Issue, Repo, Token, World

FOUND = 1_000
"""The most issues that a search returns over all its pages (https://docs.github.com/en/rest/search/search)."""

_FILTERS = frozenset({"createdBy", "since"})

_TERM = re.compile(r'(?P<name>[a-z]+):(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))(?:\s+|$)')

_GROUP = re.compile(r"\(([^()\s]+)\)")
"""A group of one term: newer versions of gh write the repository so."""

_QUALIFIERS: Mapping[str, Callable[[Repo, Issue, str], bool]] = {
    "repo": lambda repo, _, value: value == repo.full_name.lower(),
    "label": lambda _, issue, value: value in _lower(issue.labels),
    "author": lambda _, issue, value: value == issue.author.login.lower(),
    "state": lambda _, issue, value: value == issue.state,
    "type": lambda _repo, _issue, value: value == "issue",
    "is": lambda _, issue, value: value in {"issue", issue.state},
}


def search(world: World, token: Token, query: str) -> list[tuple[Repo, Issue]]:
    """Find the issues that meet every qualifier of a query, newest first.

    Raises:
        GraphQLError: a part of the query is not a supported qualifier.
    """
    conditions = list(_conditions(query))
    found = [
        (repo, issue)
        for repo in world.repos.values()
        if token.can(repo, "issues")
        for issue in repo.existing_issues()
        if all(_QUALIFIERS[name](repo, issue, value) for name, value in conditions)
    ]
    return sorted(found, key=lambda one: (one[1].created_at, one[1].id), reverse=True)


def _conditions(query: str) -> Iterator[tuple[str, str]]:
    query, position = _GROUP.sub(r"\1", query), 0
    while position < len(query):
        term = _TERM.match(query, position)
        if term is None or term["name"] not in _QUALIFIERS:
            raise GraphQLError(f"The embedded GitHub does not search for {query[position:]!r}")
        yield term["name"], (term["quoted"] or term["bare"] or "").lower()
        position = term.end()


def listed(
    repo: Repo,
    states: Sequence[str] | None,
    labels: Sequence[str] | None,
    filters: Mapping[str, Any],
    order: Mapping[str, str],
) -> list[Issue]:
    """List the issues of a repository by the arguments of ``Repository.issues``, ordered by creation.

    Args:
        repo: whose issues to list.
        states: the states to include; None for all.
        labels: one of them, which GitHub compares without case; None for all issues.
        filters: ``filterBy``: the login that created them, and the time since which they were updated;
            false is the schema's default.
        order: ``orderBy``.

    Raises:
        GraphQLError: a filter or an order is not supported.
    """
    unknown = [name for name, value in filters.items() if value is not False and name not in _FILTERS]
    unknown += {order["field"]} - {"CREATED_AT"}
    unknown += ["several labels"] if labels is not None and len(labels) != 1 else []
    if unknown:
        raise GraphQLError(f"The embedded GitHub does not list issues by {', '.join(unknown)}")
    by, since = filters.get("createdBy"), filters.get("since")
    start = datetime.fromisoformat(since) if since else None
    found = [
        issue
        for issue in repo.existing_issues()
        if states is None or issue.state.upper() in states
        if labels is None or labels[0].lower() in _lower(issue.labels)
        if by is None or issue.author.login.lower() == by.lower()
        if start is None or issue.updated_at >= start
    ]
    return sorted(found, key=lambda it: (it.created_at, it.id), reverse=order["direction"] == "DESC")


def _lower(names: Iterable[str]) -> set[str]:
    return {name.lower() for name in names}
