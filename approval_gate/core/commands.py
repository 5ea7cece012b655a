"""Reads the text of a comment: a command, an objection, a question.

The grammar is strict about what approves and generous about what stops
(process, Approval Process, steps 3 and 4).
"""

import difflib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from approval_gate.core import words
from approval_gate.core.model import Vocabulary
from approval_gate.core.objections import EXCERPT, asks_in, objection_in, passages
from approval_gate.core.signs import MODIFIERS, forms, is_emoji, with_signs
from approval_gate.core.speech import LINE_END, Speech, clauses, fold, is_question_mark, own_words

TEXT_LIMIT = 2_000
"""How many characters are kept of a comment whose author may not vote."""

LINE_LIMIT = 1_000
"""A longer first line is never an approval."""


class Verb(StrEnum):
    """The effect of a command."""

    APPROVE = "approve"
    DENY = "deny"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Command:
    """A verb, and the note or reason given with it."""

    verb: Verb
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text says.

    Attributes:
        objection: the words that read as a no, as typed, ``EXCERPT`` characters at
            most. A denial always has one; the note of an approval can have one.
        near: whether a text without a command or an objection was probably meant
            as a command, so that a hint helps.
        asks: whether the author's own words ask something.
        bare_answer: whether the command is the word "yes" or "no".
    """

    command: Command | None = None
    objection: str | None = None
    near: bool = False
    asks: bool = False
    bare_answer: bool = False


@lru_cache(maxsize=2**15)
def read(text: str, vocabulary: Vocabulary) -> Reading:
    """Read a whole text. Total, and linear in the length of the text."""
    speech = own_words(text)
    own = passages(speech.lines if speech.first is not None else speech.code)
    asks = asks_in(own)
    given = _command(speech, vocabulary)
    if given is None:
        objection = objection_in(own, _added(vocabulary))
        line = speech.lines[speech.first] if speech.first is not None else _first_line(text)
        near = objection is None and _comes_near(line, vocabulary)
        return Reading(objection=objection, near=near, asks=asks)
    command, answer = given
    if command.verb is Verb.DENY:
        objection = speech.lines[speech.first or 0].strip()[:EXCERPT]
        if answer and command.note is not None:
            # "No - that alert is another service" may not mean a denial: it holds, and its author is asked.
            return Reading(objection=objection, asks=asks)
    else:
        # A revocation takes back by itself, so its reason can say so without objecting.
        objection = objection_in(
            passages((command.note or "").split("\n")),
            _added(vocabulary),
            taking_back=command.verb is not Verb.REVOKE,
        )
    return Reading(command, objection, asks=asks, bare_answer=answer)


def _added(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the denial words that a workflow adds to the built-in ones, in all their forms."""
    added = [word.strip() for word in vocabulary.deny if word not in _PLAIN.deny]
    return tuple(form for word in added for form in forms(word) if form)


_PLAIN = Vocabulary()
_ANSWERS = frozenset({"yes", "no"})
_BEFORE_WORD = "/ \t\r\n"


def begins_as_command(text: str, vocabulary: Vocabulary) -> bool:
    """Whether the first word of a text can begin a command; this is cheap to find out."""
    return text.lstrip(_BEFORE_WORD)[:_LONGEST].lower().startswith(_openings(vocabulary))


@cache
def _openings(vocabulary: Vocabulary) -> tuple[str, ...]:
    words = (word for _, group in _by_verb(vocabulary) for word in group)
    return tuple(form.lower().lstrip(_BEFORE_WORD) for word in words for form in forms(word) if form)


@lru_cache(maxsize=2**15)
def parse(text: str, vocabulary: Vocabulary) -> Command | None:
    """Read only the command in a text, which is much quicker than :func:`read`."""
    given = _command(own_words(text), vocabulary)
    if given is None:
        return None
    command, answer = given
    return None if command.verb is Verb.DENY and answer and command.note is not None else command


# --- Commands ---------------------------------------------------------------------------------

# Four blanks or a tab make a code block (https://spec.commonmark.org/0.31.2/#indented-code-blocks).
_CODE = re.compile(r" {0,3}\t| {4}")

_STRICT = re.compile(r"[.!]?|[ \t]+[-–—][ \t]+(?P<note>\S.*)")
_GENEROUS = re.compile(r"[.!]?|:(?P<after>.*)|[ \t]+[-–—](?:[ \t](?P<note>.*))?")
_SLASHED = re.compile(r"[ \t](?P<note>.*)")


def _command(speech: Speech, vocabulary: Vocabulary) -> tuple[Command, bool] | None:
    """Return the command in the first of the author's own lines, and whether it is the word "yes" or "no"."""
    if speech.first is None:
        return None
    line, rest = speech.lines[speech.first], "\n".join(speech.lines[speech.first + 1 :])
    if _CODE.match(line):
        return None
    approves = speech.opens and len(line) <= LINE_LIMIT and not _asks(line)
    line = line.strip(" \t")
    for verb, group in _by_verb(vocabulary):
        for word in filter(None, group):
            found = _note_after(line, word, verb)
            if found is not None:
                if verb is Verb.APPROVE and not approves:
                    return None
                return Command(verb, f"{found}\n{rest}".strip() or None), word.lower() in _ANSWERS
    return None


def _asks(line: str) -> bool:
    """Whether the last visible character is a question mark, in any script or width.

    Blanks, invisible characters and combining marks, such as the one that turns
    a character into an emoji, are skipped.
    """
    last = next((c for c in reversed(line) if unicodedata.category(c)[0] not in {"Z", "C", "M"}), " ")
    return is_question_mark(last)


def _by_verb(vocabulary: Vocabulary) -> tuple[tuple[Verb, tuple[str, ...]], ...]:
    """List the words with their verb; a word of two verbs is found as the one that stops."""
    return (
        (Verb.DENY, vocabulary.deny),
        (Verb.REVOKE, vocabulary.revoke),
        (Verb.APPROVE, vocabulary.approve),
    )


def _note_after(line: str, word: str, verb: Verb) -> str | None:
    """Return the note ("" if there is none) if the line is a command by this word, else None."""
    slash = line.startswith("/")
    for spoken in (line, line[1:]) if slash else (line,):
        for form in forms(word):
            tail = _after_word(spoken, form)
            found = None if tail is None else _match_tail(tail, verb, slash=slash)
            if found is not None:
                return found
    return None


def _after_word(spoken: str, word: str) -> str | None:
    """Return what follows the word, or None if the line does not begin with it.

    Case is ignored within ASCII only: the long s and the Kelvin sign do not match s and k.
    The skin tone and variation selector of an emoji belong to it.
    """
    head = spoken[: len(word)]
    if head.lower() != word.lower() or head.isascii() != word.isascii():
        return None
    return spoken[len(word) :].lstrip(MODIFIERS if is_emoji(word) else "")


def _match_tail(tail: str, verb: Verb, *, slash: bool) -> str | None:
    """Return the note of a well-formed tail ("" if it has none), else None."""
    found = (_GENEROUS if verb is Verb.DENY else _STRICT).fullmatch(tail)
    if found is None and verb is Verb.DENY and slash:
        found = _SLASHED.fullmatch(tail)
    return None if found is None else next(filter(None, found.groups()), "")


# --- Near misses ------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+")
# "yes, ship it" was meant as an answer.
_SET_OFF = re.compile(r"[,;:.!?]+\s|\s+[-–—]|[-–—]\s")
_SHORT = 3
_ANSWER_LENGTH = 3
_RESEMBLANCE = 0.8
_LONGEST = 200


def _comes_near(line: str, vocabulary: Vocabulary) -> bool:
    """Whether a line that is not a command was probably meant as one.

    This is so for ``approve?``, ``aproved``, ``approve: fine``, ``> approve`` and
    look-alike letters, and not for talk that merely contains a word. A short word
    such as ``yes`` must be alone, or set off from what follows.
    """
    spoken = fold(with_signs(line[:_LONGEST])).strip()
    return _agrees(spoken) or _is_glued(spoken, vocabulary) or _resembles_command(spoken, vocabulary)


def _agrees(spoken: str) -> bool:
    """Whether a line agrees without a command: "looks good to me", thumbs up."""
    signs = "".join(spoken.split())
    first = next(clauses(spoken), None)
    said = first is not None and " ".join(first.words) in words.AGREEING
    return said or signs == "+1" or (signs != "" and words.AGREEING_SIGNS.issuperset(signs))


def _is_glued(spoken: str, vocabulary: Vocabulary) -> bool:
    """Whether a line begins with an added approval word to which something is joined."""
    own = (fold(form) for word in vocabulary.approve if word not in _PLAIN.approve for form in forms(word))
    return any(len(word) > _SHORT or not word.isascii() for word in own if word and spoken.startswith(word))


def _resembles_command(spoken: str, vocabulary: Vocabulary) -> bool:
    found = list(_WORD.finditer(spoken))
    if not found:
        return False
    said = [match.group() for match in found]
    alone = len(said) == 1
    set_off = alone or _SET_OFF.match(spoken, found[0].end()) is not None
    # "I approve this" is an answer, a sentence is talk.
    candidates = said[:1] if len(said) > _ANSWER_LENGTH else said
    groups = (group for verb, group in _by_verb(vocabulary) if alone or verb is Verb.APPROVE)
    return any(
        (set_off and len(keyword) <= _SHORT and said[0] == keyword)
        or any(_resembles(word, keyword) for word in candidates)
        for group in groups
        for keyword in map(fold, group)
    )


def _resembles(word: str, keyword: str) -> bool:
    return len(keyword) > _SHORT and difflib.SequenceMatcher(None, word, keyword).ratio() >= _RESEMBLANCE


def _first_line(text: str) -> str:
    return next((line for line in LINE_END.split(text) if line.strip(" \t")), "")
