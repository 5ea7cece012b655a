"""Finds an author's own words in a comment, without quotes, code and the tail of an e-mail.

Everything here takes time linear in the length of the text, whatever it is: each
line is read once, and no pattern backtracks over a long run of characters.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from approval_gate.core.signs import NO_SIGNS

# GitHub's web form ends lines with CR LF and its API with LF; the other line
# ends of Unicode are not line ends in Markdown.
LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Speech:
    """The author's own words.

    Attributes:
        lines: as typed, blank ones included, without fenced code.
        first: the index in ``lines`` of the first line that is not blank; None if there is none.
        opens: whether only blank lines precede that line in the text.
        code: the lines of fenced code, which are read only if there is nothing else.
    """

    lines: tuple[str, ...]
    first: int | None
    opens: bool
    code: tuple[str, ...]


def own_words(text: str) -> Speech:
    """Separate the author's own words from quotes, pasted code and what a mail program added."""
    lines = LINE_END.split(text)
    fenced = _fenced(lines)
    kept: list[int] = []
    first: int | None = None
    index = 0
    while index < len(lines):
        line = lines[index]
        if fenced[index] or _is_quoted(line):
            index += 1
            continue
        span = _attribution(lines, index)
        if span:
            following = next((n for n in range(index + span, len(lines)) if not _is_blank(lines[n])), None)
            if following is None or fenced[following] or not _is_quoted(lines[following]):
                break
            index = following
            continue
        if first is not None and _ends_mail(lines, index):
            break
        if first is None and not _is_blank(line):
            first = len(kept)
        kept.append(index)
        index += 1
    opens = first is not None and all(map(_is_blank, lines[: kept[first]]))
    code = (line for line, inside in zip(lines, fenced, strict=True) if inside and not _FENCE.match(line))
    return Speech(tuple(lines[n] for n in kept), first, opens, tuple(code))


def _is_blank(line: str) -> bool:
    return not line.strip(" \t")


_QUOTE = re.compile(r" {0,3}>")


def _is_quoted(line: str) -> bool:
    return _QUOTE.match(line) is not None


# https://spec.commonmark.org/0.31.2/#fenced-code-blocks
_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,})(?P<info>.*)", re.DOTALL)


def _fenced(lines: Sequence[str]) -> list[bool]:
    """Return for each line whether it belongs to fenced code, fences included.

    A fence that is never closed does not count, since the lines after it can be meant as words.
    """
    fences = [_fence(line) for line in lines]
    # The longest fence that can close, of each kind, from here to the end.
    longest = {"`": 0, "~": 0}
    closing: list[int] = [0] * len(lines)
    for n in range(len(lines) - 1, -1, -1):
        mark, length, bare = fences[n]
        closing[n] = longest.get(mark, 0)
        if bare:
            longest[mark] = max(longest[mark], length)
    inside = [False] * len(lines)
    open_mark, open_length = "", 0
    for n, (mark, length, bare) in enumerate(fences):
        if open_mark:
            inside[n] = True
            if bare and mark == open_mark and length >= open_length:
                open_mark = ""
        elif mark and closing[n] >= length:
            inside[n] = True
            open_mark, open_length = mark, length
    return inside


def _fence(line: str) -> tuple[str, int, bool]:
    """Return a fence's character ("" if it is not a fence), its length, and whether it can close another."""
    match = _FENCE.match(line)
    if match is None or (match["mark"][0] == "`" and "`" in match["info"]):
        return "", 0, False
    return match["mark"][0], len(match["mark"]), not match["info"].strip()


# --- Mail -------------------------------------------------------------------------------------

_ATTRIBUTION = re.compile(
    r"[*_]{0,2}(?:on|am|le|el|op|il|em|den)\b(?=[^\n]*\d)[^\n]*"
    r"(?:\bwrote|\bschrieb\b[^\n]*|a écrit|escribió|\bschreef\b[^\n]*|ha scritto|escreveu|\bskrev\b[^\n]*)"
    r"[ \u00a0]*:[*_]{0,2}"
    # Phones put the name first: "bob <bob@acme.example> schrieb am Di., 3. März 2026, 16:12:"
    r"|[^@\n]*@[^\n]*(?:wrote|schrieb|a écrit|escribió|schreef|ha scritto|escreveu|skrev)\b[^\n]*\d[^\n]*:",
    re.IGNORECASE,
)
_ATTRIBUTION_LENGTH = 300
_OPENING = re.compile(r"[*_]{0,2}(?:on|am|le|el|op|il|em|den)\b|[^@\n]*@", re.IGNORECASE)


def _attribution(lines: Sequence[str], index: int) -> int:
    """Return how many lines "On … wrote:" occupies from here, up to three; 0 if it does not begin here."""
    joined = ""
    for span, line in enumerate(lines[index : index + 3], 1):
        joined = f"{joined} {line.strip()}".strip()
        if _is_blank(line) or len(joined) > _ATTRIBUTION_LENGTH or not _OPENING.match(joined):
            return 0
        if joined.rstrip("*_").endswith(":"):
            return span if _ATTRIBUTION.fullmatch(joined) else 0
    return 0


_TAIL = re.compile(
    r"--[ \t]*"
    r"|_{5,}[ \t]*"
    r"|-{3,}[ ]?(?:original message|ursprüngliche nachricht|message d'origine|mensaje original"
    r"|oorspronkelijk bericht|forwarded message)[ ]?-{3,}.*"
    r"|(?:sent from my|sent from outlook|sent via|sent with|get outlook|von meinem|gesendet von|envoyé de mon"
    r"|envoyé depuis|enviado desde|verzonden vanaf|verstuurd vanaf|inviato da|reply to this email directly"
    r"|you are receiving this because|diese nachricht wurde von|yahoo mail:)\b.*",
    re.IGNORECASE,
)
_FROM = re.compile(r"(?:from|von|de|van|da)[ \u00a0]?:.*", re.IGNORECASE)
_HEADER = re.compile(
    r"(?:sent|date|to|cc|subject|gesendet|an|datum|betreff|envoyé|à|objet|date|verzonden|aan|onderwerp|enviado|para"
    r"|asunto|fecha|inviato|oggetto)[ \u00a0]?:.*",
    re.IGNORECASE,
)


def _ends_mail(lines: Sequence[str], index: int) -> bool:
    """Whether a signature or a mail program's addition begins here."""
    line = _bare_line(lines[index])
    if _TAIL.fullmatch(line):
        return True
    if not _FROM.fullmatch(line):
        return False
    return any(_HEADER.fullmatch(_bare_line(following)) for following in lines[index + 1 : index + 4])


def _bare_line(line: str) -> str:
    return line[:_ATTRIBUTION_LENGTH].strip().replace("*", "").replace("\u2019", "'").strip("[]")


# --- Markdown ---------------------------------------------------------------------------------

_LINK_END = re.compile(r"\]\([^()\n]{0,500}\)")
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,300}>")
_LIST_MARK = re.compile(r"[ \t]*(?:(?:[-*+•]|\d{1,9}[.)]|#{1,6})[ \t]+)+(?:\[[ xX]\][ \t]+)?")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s)>\]]*", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w./])@[\w-]+(?:/[\w.-]+)?")
_UNDERSCORES = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])")
_SENTENCE_WITHOUT_BLANK = re.compile(r"(?<=[A-Za-z][a-z])\.(?=[A-Z][a-z])")
_INLINE_CODE = re.compile(r"`[^`\n]*`")
_ONLY_IN_CODE = re.compile(r"[(){}=;$\\]")
# "the "Do not deploy on Fridays" page" is a name.
_QUOTED_NAME = re.compile(
    r"(?<=\bthe |\bour |\bits )[\"\u201c\u201e][^\"\u201c\u201d\n]{1,200}[\"\u201d\u201c](?= \w)",
    re.IGNORECASE,
)
_EMPHASIS = str.maketrans("", "", "*`")
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u00b4\uff07", "'"))


def visible(lines: Sequence[str]) -> list[str]:
    """Return the lines without Markdown's markup, addresses, mentions and HTML comments."""
    return [_visible(line) for line in _without_comments("\n".join(lines)).split("\n")] if lines else []


def _without_comments(text: str) -> str:
    """Remove HTML comments but not their line ends; one that is never closed is text."""
    parts: list[str] = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts += [text[at:start], "\n" * text.count("\n", start, end)]
        at = end + 3
    return "".join([*parts, text[at:]])


def _visible(line: str) -> str:
    line = _INLINE_CODE.sub(lambda code: " " if _ONLY_IN_CODE.search(code[0]) else code[0], line)
    line = line.replace("()", "-call")
    line = _LINK_END.sub(" ", html.unescape(line).translate(_APOSTROPHES))
    line = _ADDRESS.sub(" ", line)
    line = _TAG.sub(" ", line)
    if mark := _LIST_MARK.match(line):
        line = line[mark.end() :]
    line = _MENTION.sub(" ", line.replace("[", " ").replace("]", " "))
    line = _UNDERSCORES.sub(" ", line.translate(_EMPHASIS).replace("~~", " | "))  # struck out
    line = _QUOTED_NAME.sub(" ", _SENTENCE_WITHOUT_BLANK.sub(". ", line))
    return without_marks(" ".join(word for word in line.split() if not _is_mail_address(word)))


def _is_mail_address(word: str) -> bool:
    return "@" in word[1:-1] and "." in word.rpartition("@")[2]


def fold(text: str) -> str:
    """Remove differences of appearance: case, width, accents, invisible marks, skin tones."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not _is_mark(char))


def without_marks(text: str) -> str:
    """Remove invisible characters and an emoji's skin tone and variation selector; accents stay."""
    return "".join(char for char in unicodedata.normalize("NFC", text) if not _is_mark(char))


@cache
def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in {"Mn", "Cf", "Me"} or "\U0001f3fb" <= char <= "\U0001f3ff"


# --- Clauses ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a line, and where in the line it starts and stops.

    Attributes:
        words: its words, folded; words joined by ``-``, ``/`` or ``.`` are one.
        end: the mark that ends it: ``?``, ``.``, ``:``, "or", or ``,``, which also represents "but".
    """

    words: tuple[str, ...]
    end: str
    start: int
    stop: int


_TOKEN = re.compile(
    r"(?P<word>[^\W_]+(?:[-'./_+&\u2010\u2011][^\W_]+)*)"
    r"|(?P<minus>(?<![\w.])[-\u2212\u2013][ ]?1(?![\w%]|[.:,]\d))"
    r"|(?P<stop>[.!;\u2026|()\u3002\u3001\uff01\uff1b\uff08\uff09{}=]|->|--+"
    r"|(?<!\S)[-\u2013\u2014\u2212](?!\S)|[\u2013\u2014])"
    r"|(?P<comma>,(?!\d)|\uff0c)"
    r"|(?P<colon>:(?!\S)|\uff1a)"
    r"|(?P<sign>[^\s\w])"
)
_ENDS = {"comma": ",", "colon": ":", "stop": ".", "sign": ".", "word": ",", "minus": ""}
_BREAKS = {"or": "or"} | dict.fromkeys(
    ("but", "because", "however", "although", "cuz", "coz", "bcs", "cos", "since"), ","
)


def clauses(text: str) -> Iterator[Clause]:
    """Split a line into clauses; an empty one is left out unless a question mark ends it."""
    words: list[str] = []
    start = 0
    for token in _TOKEN.finditer(text):
        kind, value = token.lastgroup or "", token.group()
        word = fold(value) if kind == "word" else "-1" if kind == "minus" else value
        end = "?" if kind == "sign" and is_question_mark(value) else _BREAKS.get(word, _ENDS[kind])
        if kind == "minus" or value in NO_SIGNS or (kind == "word" and word not in _BREAKS):
            words.append(word)
        elif kind != "sign" or end == "?" or unicodedata.category(value) == "So":
            if words or end == "?":
                yield Clause(tuple(words), end, start, token.end())
            words, start = [], token.end()
    if words:
        yield Clause(tuple(words), ".", start, len(text))


@cache
def is_question_mark(char: str) -> bool:
    """Whether a character is a question mark, in any script or width."""
    name = unicodedata.name(char, "") if len(char) == 1 else ""
    return "QUESTION" in name or "INTERROBANG" in name
