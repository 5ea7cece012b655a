"""Suggests what somebody probably meant: a known name, a number of minutes."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_ALIKE, _FAR = 0.8, 0.6
"""How similar a name must be to be meant, and to be guessed: the share of common letters."""

_FEW = 3
_SPAN = re.compile(r"(?P<number>[0-9]{1,6}(?:\.[0-9]{1,3})?)\s*(?P<unit>[a-z]+)\.?", re.IGNORECASE)
_CLOCK = re.compile(r"(?P<hours>[0-9]{1,3}):(?P<minutes>[0-5][0-9])")
_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 604_800),
    **dict.fromkeys(("month", "months"), 2_592_000),
}
_COUNT = re.compile(r"(?:#|\S*/issues/)?([0-9]{1,9})(?:\s+[a-z]+)?", re.IGNORECASE)
"""A count of something, or an issue's number."""
_REPOSITORY = re.compile(
    r"(?:https?://|[^/\s@]+@)?[\w-]+(?:\.[\w-]+)+[:/]([\w.-]+/[\w.-]+?)(?:\.git)?(?:/\S*)?", re.ASCII
)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
_WORDS = {
    **dict.fromkeys(("yes", "y", "on", "1"), "true"),
    **dict.fromkeys(("no", "n", "off", "0"), "false"),
}


class Malformed(ValueError):  # noqa: N818 - a value of a document, not a failure of the program
    """A text that means nothing where it is: what is wrong with it, and what to write."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def near(written: str, known: Iterable[str]) -> list[str]:
    """Return the known names that were probably meant, the likeliest first.

    These are the most similar name; otherwise those that begin with the text or have it as a word, unless
    there are many; otherwise a name that is somewhat similar.
    """
    by_case, text = {name.lower(): name for name in known}, written.strip().lower()
    alike = get_close_matches(text, by_case, 1, _ALIKE)
    longer = [name for name in by_case if text and (name.startswith(text) or text in name.split("-"))]
    longer.sort(key=lambda name: not name.startswith(text))
    far = get_close_matches(text, by_case, 1, _FAR)
    return [by_case[name] for name in alike or longer[: len(longer) <= _FEW and _FEW] or far]


def closest(written: str, known: Iterable[str]) -> str:
    """Return the known name that was most probably meant; empty if none is near."""
    return next(iter(near(written, known)), "")


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Ask whether one of the names that are near was meant; empty if none is."""
    return question(near(written, known))


def question(names: Iterable[str]) -> str:
    """Ask whether one of these was meant; empty if there are none."""
    some = " or ".join(f"`{name}`" for name in names)
    return f"Did you mean {some}?" if some else ""


def meant_or_known(written: str, known: Sequence[str]) -> str:
    """Ask whether the known name that is most like it was meant; if none is, say which names there are."""
    return did_you_mean(written, known) or f"Write {'one of ' if len(known) > 1 else ''}{', '.join(known)}."


def in_unit(written: str, name: str) -> str:
    """Say how a span such as ``1h`` is written where the name of a value has the unit; empty if unknown."""
    unit = next((unit for unit in ("days", "hours", "minutes", "seconds") if name.endswith(unit)), "")
    text = written.strip()
    if clock := _CLOCK.fullmatch(text):
        seconds = int(clock["hours"]) * 3_600.0 + int(clock["minutes"]) * 60
    elif (span := _SPAN.fullmatch(text)) and (its := _unit(span["unit"].lower())):
        seconds = float(span["number"]) * _SECONDS[its]
    else:
        return ""
    return f"Write {unit}: {seconds / _SECONDS[unit]:g}." if unit else ""


def _unit(word: str) -> str:
    """Return the unit that a word is, or is like if it is long; empty if there is none."""
    return word if word in _SECONDS else next(iter(get_close_matches(word, _SECONDS, 1, _ALIKE)), "")


def whole_number(written: str) -> str:
    """Say which number is meant by ``#42``, an issue's address, ``two`` or ``2 people``; empty if unknown."""
    text = written.strip().lower()
    found = _COUNT.fullmatch(text)
    number = found[1] if found else _NUMBERS.get(text)
    return f"Write {number}." if number else ""


def repository(written: str) -> str:
    """Return the ``owner/name`` in a repository's address; empty if it is something else."""
    found = _REPOSITORY.fullmatch(written.strip())
    return found[1] if found else ""


def true_or_false(written: str) -> str:
    """Say which of the two is meant; empty if it is neither."""
    meant = _WORDS.get(written.strip().lower(), "") or closest(written.strip(), ("true", "false"))
    return f"Write `{meant}`." if meant else ""
