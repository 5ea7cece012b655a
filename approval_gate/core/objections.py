"""The rule by which a person's own words object: when a reader would take them for a no.

=====================  ====================================================  =======================
what                   where                                                 data
=====================  ====================================================  =======================
a sign: ``👎`` ``-1``   anywhere but in a question                            ``signs.NO_SIGNS``
taking back            anywhere: "pull my approval", "changed my mind"       ``TAKING_BACK``
holding                anywhere: "hold off", "should be postponed"           ``HOLDING_PHRASES``
refusing               anywhere: "it's a no from me", "thumbs down"          ``REFUSING_PHRASES``
negated approval       anywhere: "not ready", "don't you dare deploy"        ``NEGATIONS``
an order or a refusal  at the head of a clause: "stop", "please hold this"   ``ORDERS``
"no"                   at the head of a clause, unless a noun follows ("no   ``NOES``, ``WAIVERS``
                       problem") or a go-ahead ("no, go ahead")
an added denial word   anywhere but in a question                            the vocabulary
=====================  ====================================================  =======================

A clause ends at ``. ! ? ; … ,``, a colon, a spaced dash, a bracket, an emoji, "but", "because" or "or".
A question objects only as a request: "can you wait?", "please hold?".
A negated order is not an order: "no need to wait".
Case, width, accents and emphasis do not matter, nor does one letter too many, one too few, or two swapped.
All words and patterns are data in :mod:`approval_gate.core.words`, which explains the notation.

Known errors. Missed: "let's give it another day", "over my dead body", and languages other than English
unless configured. Talk that holds: "we don't deploy to eu in this one", "wait, really? nice!". A concern
without a word of refusal ("CI is red") is talk on purpose.
"""

import re
from collections.abc import Sequence

from approval_gate.core import words as data
from approval_gate.core.patterns import Match, heads_of, index_of, matches, meant
from approval_gate.core.signs import NO_SIGNS, with_signs
from approval_gate.core.speech import Clause, clauses, fold, visible

EXCERPT = 200
"""How many characters of an objection are shown at most."""


Passages = tuple[tuple[str, str], ...]
"""Each line and each wrapped paragraph: as typed, and with its markup removed."""


def objection_in(own: Passages, added: Sequence[str] = (), *, taking_back: bool = True) -> str | None:
    """Return the words that object, as typed; None if none do.

    ``added`` are the denial words of a workflow; ``taking_back`` is whether words that take something
    back object.
    """
    skipped = () if taking_back else ("TAKING_BACK",)
    for typed, line in own:
        if (found := _objection(line, added, skipped)) is not None:
            whole = typed.strip()
            return whole if len(whole) <= EXCERPT else line[found[0] : found[1]].strip()[:EXCERPT]
    return None


def asks_in(own: Passages) -> bool:
    """Whether the author's own lines ask something."""
    lines = (list(clauses(line)) for _, line in own)
    return any(_asks(parts, n, clause.words) for parts in lines for n, clause in enumerate(parts))


_WRAPPED = 60
"""A mail program does not wrap a line shorter than this."""


def passages(lines: Sequence[str]) -> Passages:
    """Return the author's own lines, and each paragraph that a mail program wrapped as one line more."""
    read = [with_signs(line) for line in visible(lines)]
    own = list(zip(lines, read, strict=True))
    start = 0
    for n in range(1, len(read) + 1):
        if n == len(read) or len(read[n - 1]) < _WRAPPED or not read[n]:
            if n - start > 1:
                own.append((" ".join(lines[start:n]), " ".join(read[start:n])))
            start = n
    return tuple((typed, line) for typed, line in own if line)


def _objection(line: str, added: Sequence[str], skipped: Sequence[str]) -> tuple[int, int] | None:
    """Return where the part of a line that objects starts and ends."""
    parts = list(clauses(line))
    found = ((clause.start, clause.stop) for n, clause in enumerate(parts) if _objects(parts, n, skipped))
    return _added_word(line, added) or next(found, None)


def _added_word(line: str, added: Sequence[str]) -> tuple[int, int] | None:
    """Find an added denial word: apart or, in a script without blanks, joined to other letters."""
    folded = fold(line) if added else ""
    for word in filter(None, map(fold, added)):
        at = folded.find(word)
        while at >= 0:
            end = at + len(word)
            if _is_apart(folded, at, end):
                sentence = _SENTENCE.match(folded, end)
                if sentence is None or not sentence[0].endswith("?"):
                    return 0, len(line)
                end = sentence.end()
            at = folded.find(word, end)
    return None


_SENTENCE = re.compile(r"[^.!?;]*[.!?;]")


def _is_apart(text: str, start: int, end: int) -> bool:
    """Whether no letter is joined to a word; in a script without blanks one can be."""
    edges = ((text[start - 1 : start], text[start]), (text[end : end + 1], text[end - 1]))
    return not any(
        outer.isalnum() and inner.isalnum() and not _has_no_blanks(inner) for outer, inner in edges
    )


def _has_no_blanks(char: str) -> bool:
    """Whether a character is of a script without blanks, or one that joins endings to words: Korean."""
    return any(first <= char <= last for first, last in _WITHOUT_BLANKS)


_WITHOUT_BLANKS = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u11ff"),
    ("\u3040", "\u9fff"),
    ("\U00020000", "\U0003ffff"),
)


# --- Clauses ----------------------------------------------------------------------------------


_OBJECTIONS = index_of("TAKING_BACK", "HOLDING_PHRASES", "REFUSING_PHRASES", "NEGATIONS", "ORDERS", "NOES")
_WAIVERS = index_of("WAIVERS")
_WAIVERS_NEGATED = index_of("WAIVERS_NEGATED")


def _objects(parts: Sequence[Clause], n: int, skipped: Sequence[str]) -> bool:
    words = meant(parts[n].words)
    asking = _asks(parts, n, words)
    request = _request(words, asking=asking)
    if asking and request is None:
        return False
    words = words[request or 0 :]
    return (
        not NO_SIGNS.isdisjoint(words)
        or _subtracts(words)
        or any(
            _counts(parts, n, words, match)
            for match in matches(words, _OBJECTIONS)
            if match.pattern.group not in skipped and not (request is not None and match.start)
        )
    )


def _subtracts(words: Sequence[str]) -> bool:
    """Whether "-1" is a vote rather than a number."""
    heads = heads_of(words, data.COURTESY)
    return any(
        word == "-1" and (n in heads or words[n - 1] in data.BEFORE_MINUS) for n, word in enumerate(words)
    )


def _counts(parts: Sequence[Clause], n: int, words: Sequence[str], match: Match) -> bool:
    """Whether a pattern that matches objects in this place."""
    if match.pattern.group == "NEGATIONS":
        before = words[match.start - 1] if match.start else parts[n - 1].end if n else ""
        return before not in data.BEFORE_NEGATION
    if match.pattern.group == "NOES":
        return not _labelled(parts, n) and not _waived(parts, n, words[match.start + 1 :])
    return not _negated(words, match)


def _labelled(parts: Sequence[Clause], n: int) -> bool:
    """Whether a lone "no" fills in a form: "downtime: no"."""
    if not n or parts[n - 1].end != ":" or len(parts[n].words) > 1:
        return False
    return data.ANSWER.isdisjoint(parts[n - 1].words)


def _asks(parts: Sequence[Clause], n: int, words: Sequence[str]) -> bool:
    """Whether a clause asks: by its end, by its beginning, or as the first of two joined by "or"."""
    if parts[n].end == "?":
        return True
    if tuple(words[:2]) not in data.ORDERING and words[:1] and words[0] in data.INVERTED:
        return not data.PRONOUN.isdisjoint(words[1:2])
    if words and words[0] in data.ASKING and len(words) > 1:
        return True
    return parts[n].end == "or" and n + 1 < len(parts) and parts[n + 1].end == "?"


def _request(words: Sequence[str], *, asking: bool) -> int | None:
    """Return how many words open a request: "can you please", or "please" in a question; None if none do."""
    polite = _first_other(words, data.COURTESY)
    opener = next((o for o in data.REQUESTS if _opens(words[polite:], o)), ())
    if not opener and (not asking or data.COURTEOUS_REQUEST.isdisjoint(words[: polite + 1])):
        return None
    polite += len(opener)
    return polite + _first_other(words[polite:], data.COURTESY)


def _opens(words: Sequence[str], opener: Sequence[frozenset[str]]) -> bool:
    return len(words) >= len(opener) and all(word in some for word, some in zip(words, opener, strict=False))


def _first_other(words: Sequence[str], openers: frozenset[str]) -> int:
    return next((n for n, word in enumerate(words) if word not in openers), len(words))


def _waived(parts: Sequence[Clause], n: int, rest: Sequence[str]) -> bool:
    """Whether a go-ahead follows a "no": "no, go ahead"."""
    more = 2 if [part.end for part in parts[n : n + 2]] == [",", ","] else 1
    following = (meant(clause.words) for clause in parts[n + 1 : n + 1 + more])
    return _goes_on(rest) or any(map(_goes_on, following))


def _goes_on(words: Sequence[str]) -> bool:
    waived = data.NEGATED.isdisjoint(words) and any(matches(words, _WAIVERS))
    return waived or any(matches(words, _WAIVERS_NEGATED))


def _negated(words: Sequence[str], match: Match) -> bool:
    """Whether a negation precedes: "nothing to hold it up"; but "no wait" is a refusal and an order."""
    before = words[max(match.start - 4, 0) : match.start]
    return not data.NEGATED.isdisjoint(before) or (before[-1:] == ("no",) and match.pattern.head != "^demand")
