"""Lists of many pages, walked forward and backward as GitHub's ``Link`` headers lead (RFC 8288).

https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from approval_gate.errors import OutageError
from approval_gate.github.parse import Answer, request_id_suffix

PAGE = 100
"""The items of the largest page."""

Read: TypeAlias = Callable[[str, Mapping[str, str | int]], Answer]
"""Reads an address with parameters; may raise a GitHubError."""

_LINK = re.compile(r'<([^>]+)>\s*;\s*rel="(\w+)"')


def forward(read: Read, path: str, parameters: Mapping[str, str | int] | None = None) -> Iterator[Answer]:
    """Read page after page, each where GitHub says the next one is; a circle is a fault."""
    answer = read(path, {**(parameters or {}), "per_page": PAGE})
    yield answer
    yield from _walk(read, answer, lambda page: _link(page, "next"))


def backward(read: Read, path: str) -> Iterator[Answer]:
    """Read the pages of what is listed in the order of its creation, the last page first.

    A deletion in the meantime moves what follows it to earlier pages, which are still to be read, so
    nothing is missed. An addition in the meantime comes after the end, and can be missing. A last page that
    does not lead to the one before it is a fault.
    """
    first = last = read(path, {"per_page": PAGE})
    for page in _walk(read, first, _towards_the_end):
        last = page
    if last is not first and _link(last, "prev") is None:
        raise OutageError("GitHub's last page does not lead back.", detail=request_id_suffix(last.headers))
    yield last
    yield from _walk(read, last, lambda page: _link(page, "prev"))


def nodes(
    ask: Callable[[list[str]], Mapping[str, Any]], ids: Sequence[str], what: str
) -> Iterator[tuple[str, Any]]:
    """Ask GraphQL for nodes by id, so many as one query can name, and return each with its id.

    (https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api)
    """
    for start in range(0, len(ids), PAGE):
        some = list(ids[start : start + PAGE])
        found = ask(some).get("nodes")
        if not isinstance(found, list) or len(found) != len(some):
            raise OutageError(f"GitHub's GraphQL returned another number of {what} than was asked for.")
        yield from zip(some, found, strict=True)


def last_page(answer: Answer) -> int:
    """Return the number of the last page; 1 if GitHub names none, as on that page itself."""
    found = re.search(r"[?&]page=(\d{1,6})(?:&|$)", _link(answer, "last") or "")
    return int(found[1]) if found else 1


def cursor(page: Mapping[str, Any], before: str | None) -> str | None:
    """Return where GraphQL's next page begins; None after the last page."""
    info = page["pageInfo"]
    if info["hasNextPage"] and info["endCursor"] in {None, before}:
        raise ValueError("a page leads nowhere")
    return str(info["endCursor"]) if info["hasNextPage"] else None


def items(answer: Answer) -> list[Any]:
    """Return the items of a page; what is not a list is a fault."""
    if not isinstance(answer.data, list):
        detail = request_id_suffix(answer.headers)
        raise OutageError("GitHub answered a list with something else.", detail=detail)
    return answer.data


def _link(answer: Answer, which: str) -> str | None:
    """Return the address of the ``next``, ``prev`` or ``last`` page, if there is one."""
    return next((url for url, rel in _LINK.findall(answer.headers.get("link", "")) if rel == which), None)


def _towards_the_end(answer: Answer) -> str | None:
    following = _link(answer, "next")
    return following and (_link(answer, "last") or following)


def _walk(read: Read, answer: Answer, following: Callable[[Answer], str | None]) -> Iterator[Answer]:
    """Read the pages that follow an answer, one after the other."""
    visited = set()
    while (address := following(answer)) is not None:
        if address in visited:
            detail = request_id_suffix(answer.headers)
            raise OutageError("GitHub's pages lead in a circle.", detail=detail)
        visited.add(address)
        answer = read(address, {})
        yield answer
