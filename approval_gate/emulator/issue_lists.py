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

_FILTERS: Mapping[str, Callable[[Issue, str | None], bool]] = {
    "createdBy": lambda issue, login: (login or "").lower() == issue.author.login.lower(),
    "assignee": lambda issue, login: (
        (login or "").lower() in (_lower(it.login for it in issue.assignees) or {""})
    ),
}
"""The conditions by their name in ``filterBy``; null as a login means nobody."""

_ORDERS: Mapping[str, Callable[[Issue], tuple[datetime, int]]] = {
    "CREATED_AT": lambda issue: (issue.created_at, issue.id),
    "UPDATED_AT": lambda issue: (issue.updated_at, issue.id),
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
    filters: Mapping[str, Any],
    order: Mapping[str, str],
) -> list[Issue]:
    """List the issues of a repository by the arguments of ``Repository.issues``.

    Args:
        repo: whose issues to list.
        states: the states to include; None for all.
        filters: ``filterBy``; false, the schema's default, is not a condition.
        order: ``orderBy``.

    Raises:
        GraphQLError: a filter or an order is not supported.
    """
    conditions = {name: value for name, value in filters.items() if value is not False}
    unknown = [*(conditions.keys() - _FILTERS), *({order["field"]} - _ORDERS.keys())]
    if unknown:
        raise GraphQLError(f"The embedded GitHub does not list issues by {', '.join(unknown)}")
    found = [
        issue
        for issue in repo.existing_issues()
        if (states is None or issue.state.upper() in states)
        and all(_FILTERS[name](issue, value) for name, value in conditions.items())
    ]
    return sorted(found, key=_ORDERS[order["field"]], reverse=order["direction"] == "DESC")


def _lower(names: Iterable[str]) -> set[str]:
    return {name.lower() for name in names}
