"""Matches the patterns of :mod:`approval_gate.core.words`, and corrects spelling.

This is linear in the number of words: a pattern reads some twenty words from
where it begins, and at each word only the patterns that begin with it are tried.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from approval_gate.core import words as data

_Element = str | frozenset[str] | tuple[int, frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Elements that successive words must match.

    Attributes:
        group: the name of the constant that it comes from.
        head: ``^``, ``^demand`` or ``^self`` if it matches only at such a head, or "".
        elements: each is a set of words ("" is the end of the clause), ``!CLASS``, ``NUMBER``, or a gap: its
            greatest length and the words allowed in it.
    """

    group: str
    head: str
    elements: tuple[_Element, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern, and the index of the word where it matches."""

    start: int
    pattern: Pattern


Index = dict[str, list[Pattern]]
"""Patterns by their first words."""

_CLASSES = {name: value for name, value in vars(data).items() if isinstance(value, frozenset)}
_GAPS: dict[str, _Element] = {"~": (6, data.SMALL), "*": (3, None)}


def index_of(*groups: str) -> Index:
    """Compile the patterns of these groups, which are names of constants in ``words``."""
    index: Index = {}
    for group in groups:
        for text in getattr(data, group):
            first, *rest = text.split()
            head = first if first.startswith("^") else ""
            begin, *others = map(_element, rest if head else [first, *rest])
            for word in frozenset(begin):
                index.setdefault(str(word), []).append(Pattern(group, head, tuple(others)))
    return index


def _element(text: str) -> _Element:
    if text in _GAPS:
        return _GAPS[text]
    if text == "NUMBER" or text.startswith("!"):
        return text
    one_of = text.replace("$", "").split("|")
    return frozenset().union(*(_CLASSES.get(one, frozenset({one})) for one in one_of))


def matches(words: Sequence[str], index: Index) -> Iterator[Match]:
    """Yield every match of every pattern."""
    heads = {
        "^": heads_of(words, data.COURTESY),
        "^demand": heads_of(words, data.DEMANDING),
        "^self": heads_of(words, data.PERFORMING),
    }
    for place, word in enumerate(words):
        for pattern in index.get(word, ()):
            at_head = not pattern.head or place in heads[pattern.head]
            if at_head and _fits(pattern.elements, 0, words, place + 1):
                yield Match(place, pattern)


def heads_of(words: Sequence[str], openers: frozenset[str]) -> set[int]:
    """Return where the head of a clause can be: after openers, and always after "please"."""
    places = {n + 1 for n, word in enumerate(words) if word in data.PLEASE}
    for n, word in enumerate(words):
        places.add(n)
        if word not in openers:
            break
    return places


def _fits(elements: Sequence[_Element], k: int, words: Sequence[str], at: int) -> bool:
    """Whether the elements from the k-th on match the words from a position on."""
    if k == len(elements):
        return True
    element = elements[k]
    if isinstance(element, tuple):
        return any(_fits(elements, k + 1, words, place) for place in _places(element, words, at))
    return _is(element, words[at] if at < len(words) else "") and _fits(elements, k + 1, words, at + 1)


def _places(gap: tuple[int, frozenset[str] | None], words: Sequence[str], at: int) -> Iterator[int]:
    """Yield the positions where a gap can end."""
    most, allowed = gap
    yield at
    for place in range(at, min(at + most, len(words))):
        if allowed is not None and words[place] not in allowed:
            return
        yield place + 1


def _is(element: str | frozenset[str], word: str) -> bool:
    if isinstance(element, frozenset):
        return word in element
    if element == "NUMBER":
        return word[:1].isdigit()
    return word not in _CLASSES[element[1:]]


# --- Spelling ---------------------------------------------------------------------------------

_SHORTEST = 4
_LONGEST = 16
_LONGEST_RUN = 64
_RUN = re.compile(r"(.)\1{2,}")  # "nooooo"
_SPELT = frozenset(word for word in data.SPELT if len(word) >= _SHORTEST)
_KNOWN = frozenset().union(*_CLASSES.values()) - data.REAL


def _deletions(word: str) -> list[str]:
    return [word[:n] + word[n + 1 :] for n in range(1, len(word))]


_SHORTENED = {short: word for word in sorted(_SPELT) for short in _deletions(word) if len(short) >= _SHORTEST}


def meant(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words with their spelling corrected, and each pair of ``words.PAIRS`` as one word."""
    found: list[str] = []
    for typed in words:
        word = _spelt(typed) if len(typed) <= _LONGEST_RUN else typed
        pair = data.PAIRS.get((found[-1], word)) if found else None
        if pair is None or (pair in data.DESCRIBES and not data.SPEAKERS.isdisjoint(found[-2:-1])):
            found.append(word)
        else:
            found[-1] = pair
    return tuple(found)


@lru_cache(maxsize=4096)
def _spelt(word: str) -> str:
    """Return the known word that differs by one letter more or less, or by two swapped; else the word."""
    if word in _KNOWN:
        return word
    if drawn := {_RUN.sub(r"\1", word), _RUN.sub(r"\1\1", word)} & _KNOWN:
        return min(drawn)
    if not _SHORTEST <= len(word) <= _LONGEST or word in data.REAL:
        return word
    if word in _SHORTENED:
        return _SHORTENED[word]
    swapped = [word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(1, len(word) - 1)]
    return next((other for other in swapped + _deletions(word) if other in _SPELT), word)
