"""From the text of a comment to the command it gives, if any.

The grammar is strict where it lets something through and generous where it
stops something (process, Approval Process, steps 3 and 4).
"""

import difflib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from approval_gate.core.model import Vocabulary

TEXT_LIMIT = 2_000
"""How many characters of a comment are ever kept. More than a line can have
that approves, so that a text and its cut give the same command."""

LINE_LIMIT = 1_000
"""A longer first line is never an approval."""


class Verb(StrEnum):
    """What a command does."""

    APPROVE = "approve"
    DENY = "deny"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Command:
    """A verb, and the note or reason given with it."""

    verb: Verb
    note: str | None = None


# GitHub ends lines with CR LF in the web form and with LF from the API; no
# other character that Unicode calls a line end is one in Markdown.
_LINE_END = re.compile(r"\r\n|\r|\n")
# Four blanks or a tab make a code block (https://spec.commonmark.org/0.31.2/#indented-code-blocks).
_CODE = re.compile(r" {0,3}\t| {4}")

_STRICT = re.compile(r"[.!]?|[ \t]+[-–—][ \t]+(?P<note>\S.*)")
_GENEROUS = re.compile(r"[.!]?|:(?P<after>.*)|[ \t]+[-–—](?:[ \t](?P<note>.*))?")
_SLASHED = re.compile(r"[ \t](?P<note>.*)")


def parse(text: str, vocabulary: Vocabulary) -> Command | None:
    """Read the command in a comment's text.

    The first line that is not blank is a command, or the comment is talk. Only
    the first ``TEXT_LIMIT`` characters are read. A line that asks approves
    nothing, nor does one that runs into that limit: its end may be a question
    mark. Total: any text has an answer.
    """
    line, rest = _first_line(text[:TEXT_LIMIT])
    if _CODE.match(line):
        return None
    cut = rest is None and len(text) >= TEXT_LIMIT
    doubtful = cut or len(line) > LINE_LIMIT or _asks(line)
    line = line.strip(" \t")
    for verb, words in _by_verb(vocabulary):
        for word in filter(None, words):
            found = _note_after(line, word, verb)
            if found is not None:
                if verb is Verb.APPROVE and doubtful:
                    return None
                return Command(verb, f"{found}\n{rest or ''}".strip() or None)
    return None


def _asks(line: str) -> bool:
    """Tell whether the last character to be seen is a question mark, of whatever script or width.

    Not to be seen are blanks, what is invisible, and marks such as the one that
    makes an emoji of a character.
    """
    last = next((c for c in reversed(line) if unicodedata.category(c)[0] not in {"Z", "C", "M"}), " ")
    name = unicodedata.name(last, "")
    return "QUESTION" in name or "INTERROBANG" in name


def _note_after(line: str, word: str, verb: Verb) -> str | None:
    """Return the note ("" if there is none) if the line is the word's command, else None."""
    slash = line.startswith("/")
    for spoken in (line, line[1:]) if slash else (line,):
        tail = _after_word(spoken, word)
        found = None if tail is None else _match_tail(tail, verb, slash=slash)
        if found is not None:
            return found
    return None


def comes_near(text: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a comment that is no command was probably meant as one.

    ``approve?``, ``aproved``, ``approve: fine``, ``> approve`` and a look-alike
    letter come near; talk that merely contains a word does not. A word as short
    as ``no`` has to stand alone, or be set off from what follows.
    """
    if parse(text, vocabulary) is not None:
        return False
    line, _ = _first_line(text)
    spoken = _skeleton(line[:200])
    found = list(_WORD.finditer(spoken))
    if not found:
        return False
    words = [word.group() for word in found]
    keywords = [_skeleton(word) for _, group in _by_verb(vocabulary) for word in group]
    alone = len(words) == 1 or _SET_OFF.match(spoken, found[0].end())
    if alone and any(len(keyword) <= _SHORT and words[0] == keyword for keyword in keywords):
        return True
    if len(words) > 3:  # noqa: PLR2004 - "I approve this" and "not lgtm" are answers, a sentence is talk
        del words[1:]
    return any(_resembles(word, keyword) for word in words for keyword in keywords)


_WORD = re.compile(r"[^\W_]+")
# "no, too risky" was meant as an answer, "no problem" was not.
_SET_OFF = re.compile(r"[,;:.!?]+\s|\s+[-–—]|[-–—]\s")
_SHORT = 3
_RESEMBLANCE = 0.8


def _resembles(word: str, keyword: str) -> bool:
    return len(keyword) > _SHORT and difflib.SequenceMatcher(None, word, keyword).ratio() >= _RESEMBLANCE


def _skeleton(text: str) -> str:
    """Fold what merely looks different: case, accents, width, invisible marks."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if unicodedata.category(char) not in {"Mn", "Cf"})


def _by_verb(vocabulary: Vocabulary) -> tuple[tuple[Verb, tuple[str, ...]], ...]:
    """List the words with their verb; where they overlap, what stops comes first."""
    return (
        (Verb.DENY, vocabulary.deny),
        (Verb.REVOKE, vocabulary.revoke),
        (Verb.APPROVE, vocabulary.approve),
    )


def _first_line(text: str) -> tuple[str, str | None]:
    """Split at the end of the first line that is not blank; None if nothing ends it."""
    lines = _LINE_END.split(text)
    first = next((n for n, line in enumerate(lines) if line.strip(" \t")), 0)
    rest = lines[first + 1 :]
    return lines[first], "\n".join(rest) if rest else None


def _after_word(spoken: str, word: str) -> str | None:
    """Return what follows the word, or None if the line does not begin with it.

    Only ASCII folds with ASCII: the long s and the Kelvin sign are no letters of ours.
    """
    head = spoken[: len(word)]
    same = head.lower() == word.lower() and head.isascii() == word.isascii()
    return spoken[len(word) :] if same else None


def _match_tail(tail: str, verb: Verb, *, slash: bool) -> str | None:
    """Return the note of a well-formed tail ("" if it has none), else None."""
    patterns = [_STRICT]
    if verb is Verb.DENY:
        patterns = [_GENEROUS, _SLASHED] if slash else [_GENEROUS]
    for pattern in patterns:
        if match := pattern.fullmatch(tail):
            return next((note for note in match.groups() if note), "")
    return None
