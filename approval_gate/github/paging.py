"""Lists of many pages, walked forward and backward as GitHub's ``Link`` headers lead (RFC 8288).

https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from approval_gate.errors import OutageError
from approval_gate.github.parse import Answer, request_id_suffix

PAGE = 100
"""The items of the largest page."""

Read: TypeAlias = Callable[[str, Mapping[str, str | int]], Answer]
"""Reads an address with parameters; may raise a GitHubError."""

_LINK = re.compile(r'<([^>]+)>\s*;\s*rel="(\w+)"')


def forward(read: Read, path: str, parameters: Mapping[str, str | int] | None = None) -> Iterator[Answer]:
    """Read page after page, each where GitHub says the next one is.

    Raises:
        GitHubError: as ``read`` does; pages that lead in a circle are a fault too.
    """
    answer = read(path, {**(parameters or {}), "per_page": PAGE})
    yield answer
    yield from _walk(read, answer, lambda page: _link(page, "next"))


def backward(read: Read, path: str) -> Iterator[Answer]:
    """Read the pages of what is listed in the order of its creation, the last page first.

    A deletion in the meantime moves all that follows it to earlier pages, which
    are still to be read: nothing is passed over. An addition in the meantime
    comes after the end, and may be missing.

    Raises:
        GitHubError: see :func:`forward`; a last page that does not lead to the one before it is a fault too.
    """
    first = last = read(path, {"per_page": PAGE})
    for page in _walk(read, first, _towards_the_end):
        last = page
    if last is not first and _link(last, "prev") is None:
        raise OutageError("GitHub's last page does not lead back.", detail=request_id_suffix(last.headers))
    yield last
    yield from _walk(read, last, lambda page: _link(page, "prev"))


def items(answer: Answer) -> list[Any]:
    """Return the items of a page.

    Raises:
        OutageError: the page is not a list.
    """
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
