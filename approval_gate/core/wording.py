"""Words of a list, put together as a sentence has them."""

from collections.abc import Iterable

NAMED = 6
"""The most words of a list that is cut."""


def join(words: Iterable[str], conjunction: str, *, rest: str | None = None) -> str:
    """Join words as prose: ``ann, bob and cid``.

    Args:
        words: any number, none of them empty.
        conjunction: what stands before the last.
        rest: what those are called that a long list leaves out, such as
            ``others``; None to leave none out.
    """
    listed = list(words)
    if rest is not None and len(listed) > NAMED:
        listed = [*listed[: NAMED - 1], f"{len(listed) - NAMED + 1} {rest}"]
    *first, last = listed or [""]
    return f"{', '.join(first)} {conjunction} {last}" if first else last
