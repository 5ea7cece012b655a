"""Finds what a Markdown text leaves open: code, comments and HTML that would swallow the text after it.

https://github.github.com/gfm/#fenced-code-blocks and https://github.github.com/gfm/#html-blocks
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from itertools import count

MOST_REOPENED = 20
"""The most HTML elements that are opened again for the next part of a text."""

_DEEPEST = 20  # nested lists; deeper ones are not told apart, and reading them would take long
_LINE_END = re.compile(r"\r\n|\r|\n")
_QUOTES = re.compile(r"(?: {0,3}>[ \t]?)*+")
_QUOTE = re.compile(">")
_BLANK = re.compile(r"\A\s*\Z")
_MARKER = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)])(?:[ ]{1,4}(?![ ])|[ ](?=[ ]{4})|\Z)")
_INTERRUPTS = re.compile(r"(?:[-*+]|1[.)])[ ]+[^ ]")  # any other list must begin after a blank line
_RULE = re.compile(r"(?:(?:\*[ ]*){3,}|(?:-[ ]*){3,}|(?:_[ ]*){3,})\Z")
_HEADING = re.compile(r"#{1,6}(?:[ ]|\Z)")
_FENCE = re.compile(r"(?P<row>`{3,}(?=[^`]*\Z)|~{3,})(?P<info>.*)")
# The starts of raw HTML that goes on until a certain text, with that text; "" is _RAW_END_TAG.
_RAW = (
    (re.compile(r"<(pre|script|style|textarea)(?=[\s>]|\Z)", re.IGNORECASE), ""),
    (re.compile(r"<!--"), "-->"),
    (re.compile(r"<\?"), "?>"),
    (re.compile(r"<!\[CDATA\["), "]]>"),
    (re.compile(r"<![A-Za-z]"), ">"),
)
_RAW_END_TAG = re.compile(r"</(?:pre|script|style|textarea)>", re.IGNORECASE)
_ATTRIBUTES = r"""(?:\s++[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+(?:[^\s"'=<>`]++|'[^']*+'|"[^"]*+"))?+)*+\s*+/?"""
_TAG = re.compile(rf"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*+){_ATTRIBUTES}>", re.ASCII)
_TAG_END = re.compile(">")
_BOGUS = re.compile(r"<(?:[?!]|/(?![A-Za-z>]))")
_BEGUN = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*+)", re.ASCII)
_ALONE = re.compile(rf"{_TAG.pattern}[ \t]*\Z".replace("?P<end>", "").replace("?P<name>", ""), re.ASCII)
_BLOCK_TAG = re.compile(
    r"</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog"
    r"|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe"
    r"|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table"
    r"|tbody|td|tfoot|th|thead|title|tr|track|ul)(?=[\s>]|/>|\Z)",
    re.IGNORECASE | re.ASCII,
)
# Elements that GitHub allows and that go on until they are closed.
_HOLDING = re.compile(
    r"a|b|blockquote|code|d[dlt]|del|details|div|em|h[1-6]|i|ins|kbd|li|ol|p|picture|pre|q|ruby|s|samp|span"
    r"|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|ul|var"
)

_UNRAVELLED = "<!-- '\"> <!-- -->"
"""Ends an unfinished HTML comment, tag or attribute, whichever it is; otherwise it is only a comment."""


class Kind(Enum):
    """What a line is: text, in which Markdown applies, or HTML or code, in which it does not."""

    TEXT = auto()
    HTML = auto()
    CODE = auto()


@dataclass(frozen=True, slots=True)
class Open:
    """What closes all that is open at the end of a text, and what opens it again before the next part."""

    close: str = ""
    again: str = ""


@dataclass(slots=True)
class _Block:
    """Code or HTML that has begun.

    Attributes:
        quotes: how many quotes it is in.
        offset: how far it is indented.
        ends: matches the line that ends it.
        begin: the text that would begin it again, as ``end`` would end it; both "" for
            HTML that a blank line ends.
    """

    quotes: int
    offset: int
    ends: re.Pattern[str]
    kind: Kind = Kind.HTML
    begin: str = ""
    end: str = ""

    def inside(self, line: str) -> str | None:
        """Return the part of a line that is inside; None if the line is outside."""
        quoted = re.match(rf"(?: {{0,3}}>[ \t]?){{{self.quotes}}}", line)
        if quoted is None:
            return None
        rest = line[quoted.end() :].expandtabs(4)
        if rest.strip() and _indent(rest) < self.offset:
            return None
        return rest[self.offset :]

    def opened(self) -> Open:
        """Return what it leaves open."""
        if not self.end:
            return Open()
        around = "> " * self.quotes
        # A list, nested as deep as it takes to indent by so much, which is 2 at least.
        item = "- " * (self.offset // 2 - 1) + ("-  " if self.offset % 2 else "- ") if self.offset else ""
        return Open(f"\n{around}{' ' * self.offset}{self.end}", f"{around}{item}{self.begin}\n")


@dataclass(slots=True)
class _Reader:
    """Reads a text line by line."""

    block: _Block | None = None
    paragraph: bool = False
    quotes: int = 0
    offsets: list[int] = field(default_factory=list)

    def read(self, line: str) -> Kind:
        """Read the next line and return what it is."""
        if self.block is not None:
            inside = self.block.inside(line)
            if inside is not None:
                block, ended = self.block, self.block.ends.search(inside)
                if not ended or block.end:
                    self.block = None if ended else block
                    return block.kind
            self.block = None
        return self._begun(line)

    def _begun(self, line: str) -> Kind:
        quoted = _QUOTES.match(line)
        prefix = quoted[0] if quoted else ""
        rest = line[len(prefix) :].expandtabs(4)
        blank = not rest.strip()
        lazy = self.paragraph and not prefix and not blank and _goes_on(rest, 0)
        if prefix.count(">") != self.quotes and not lazy:
            self.quotes, self.paragraph = prefix.count(">"), False
            self.offsets.clear()
        if blank:
            self.paragraph = False
            return Kind.TEXT
        return self._of(rest)

    def _of(self, rest: str) -> Kind:
        indent = _indent(rest)
        around = max((offset for offset in self.offsets if offset <= indent), default=0)
        if self.paragraph and self.offsets and indent < self.offsets[-1] and _goes_on(rest, around):
            return Kind.TEXT
        within = len(self.offsets)
        while self.offsets and indent < self.offsets[-1]:
            self.offsets.pop()
        if within > len(self.offsets):
            self.paragraph = False
        offset = self.offsets[-1] if self.offsets else 0
        if indent - offset >= 4:  # noqa: PLR2004 - the indentation of code
            return Kind.TEXT if self.paragraph else Kind.CODE
        body = rest[indent:]
        while len(self.offsets) < _DEEPEST and (marker := _MARKER.match(body)) and not _RULE.match(body):
            if self.paragraph and not _INTERRUPTS.match(body):
                return Kind.TEXT
            offset = indent + (len(marker[0]) if body[marker.end() :] else marker.end() + 1)
            self.offsets.append(offset)
            indent, body, self.paragraph = offset, body[marker.end() :], False
            if _indent(body) >= 4:  # noqa: PLR2004 - the same
                return Kind.CODE
        return self._begins(body, offset)

    def _begins(self, body: str, offset: int) -> Kind:
        fence = _FENCE.match(body)
        if fence is not None:
            row = fence["row"]
            ends = re.compile(rf"\A {{0,3}}{row}{row[0]}*[ \t]*\Z")
            self.block = _Block(self.quotes, offset, ends, Kind.CODE, f"{row}{fence['info']}"[:200], row)
            self.paragraph = False
            return Kind.CODE
        for begins, end in _RAW:
            if found := begins.match(body):
                self.paragraph = False
                ends = re.compile(re.escape(end)) if end else _RAW_END_TAG
                if not ends.search(body, found.end() if end == ">" else 0):
                    first, last = (found[0], end) if end else (f"{found[0]}>", f"</{found[1]}>")
                    self.block = _Block(self.quotes, offset, ends, Kind.HTML, first, last)
                return Kind.HTML
        if _BLOCK_TAG.match(body) or (not self.paragraph and _ALONE.match(body)):
            self.block = _Block(self.quotes, offset, _BLANK)
            self.paragraph = False
            return Kind.HTML
        self.paragraph = not (_RULE.match(body) or _HEADING.match(body))
        return Kind.TEXT


def lines(text: str) -> Iterator[tuple[str, Kind]]:
    """Yield each line of a text, and what it is."""
    reader = _Reader()
    for line in _LINE_END.split(text):
        yield line, reader.read(line)


def opened(text: str) -> Open:
    """Return what a text leaves open."""
    reader, elements = _Reader(), _Elements()
    for line in _LINE_END.split(text):
        elements.add(line, reader.read(line))
    block = reader.block
    if block is not None and block.kind is Kind.HTML:
        elements.add(block.end, Kind.HTML)
    elements.flush()
    left = Open() if block is None else block.opened()
    end, begin, names = left.close, left.again, [*elements.open.values()]
    if elements.ravelled:
        end += f"\n\n{_UNRAVELLED}"
    if names:
        end += "\n\n" + "".join(f"</{name}>" for name in reversed(names))
        begin = "".join(f"<{name}>" for name in names[-MOST_REOPENED:]) + f"\n\n{begin}"
    return Open(end, begin)


def fenced(text: str, language: str = "") -> str:
    """Show text as a code block that it cannot close."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def closed(text: str) -> str:
    """Return a text with everything closed that it leaves open."""
    return f"{text}{opened(text).close}"


@dataclass(slots=True)
class _Elements:
    """The names of the HTML elements that are open, outermost first, by their numbers."""

    ravelled: bool = False
    open: dict[int, str] = field(default_factory=dict)
    _places: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _numbers: Iterator[int] = field(default_factory=count)
    _part: list[str] = field(default_factory=list)
    _kind: Kind = Kind.TEXT

    def add(self, line: str, kind: Kind) -> None:
        """Add the next line; a paragraph or a block of HTML is read as a whole."""
        if kind is not self._kind or (kind is Kind.TEXT and not line.strip()):
            self.flush()
            self._kind = kind
        if kind is not Kind.CODE:
            self._part.append(line)

    def flush(self) -> None:
        """Read the lines collected so far."""
        text, self._part = "\n".join(self._part), []
        spans = _code_spans(text) if self._kind is Kind.TEXT else {}
        comments = True
        last = cache(text.rfind)
        starts = re.compile(r"\\.|`+|<", re.DOTALL) if self._kind is Kind.TEXT else re.compile("<")
        at = 0
        while found := starts.search(text, at):
            at = spans.get(found.start(), found.end())
            if found[0] != "<":
                continue
            tag = _TAG.match(text, found.start())
            if tag is not None:
                self._meet(tag["name"].lower(), ends=bool(tag["end"]))
                at = tag.end()
            elif text.startswith("<!--", found.start()):
                end = text.find("-->", found.start()) if comments else -1
                comments = end >= 0
                at = end + 3 if comments else at
                self.ravelled |= self._kind is Kind.HTML and not comments
            elif _BOGUS.match(text, found.start()):
                if self._kind is Kind.HTML or _is_complete(text, found.start(), last):
                    at = self._after_bogus(text, at)
            elif self._kind is Kind.HTML and (begun := _BEGUN.match(text, found.start())):
                self.ravelled = True
                self._meet(begun["name"].lower(), ends=bool(begun["end"]))

    def _after_bogus(self, text: str, start: int) -> int:
        """Return where a browser ends an instruction, a declaration and the like: at the first ``>``.

        https://html.spec.whatwg.org/multipage/parsing.html#bogus-comment-state
        """
        end = _TAG_END.search(text, start)
        if end is None:
            self.ravelled = True
            return len(text)
        return end.end()

    def _meet(self, name: str, *, ends: bool) -> None:
        if not _HOLDING.fullmatch(name):
            return
        if not ends:
            number = next(self._numbers)
            self.open[number] = name
            self._places[name].append(number)
        elif self._places[name] and not self.ravelled:
            # Elements inside it can go on all the same, and closing one too many does no harm.
            del self.open[self._places[name].pop()]


def _is_complete(text: str, start: int, last: Callable[[str], int]) -> bool:
    """Whether an instruction or a declaration ends; in a paragraph Markdown shows any other as text.

    ``last`` finds the last place of an end, each once.
    """
    begun = ((begins.match(text, start), end) for begins, end in _RAW[2:])
    return any(found and last(end) >= found.end() for found, end in begun)


def _code_spans(text: str) -> dict[int, int]:
    """Return where each code span of a paragraph begins, and where it ends."""
    spans: dict[int, int] = {}
    following: dict[int, int] = {}  # where the next row of each length begins
    for row in reversed([*re.finditer("`+", text)]):
        length = row.end() - row.start()
        if length in following:
            spans[row.start()] = following[length] + length
        following[length] = row.start()
    return spans


def _goes_on(line: str, offset: int) -> bool:
    """Whether a line that is less indented or quoted than a paragraph continues it."""
    if _indent(line) - offset >= 4:  # noqa: PLR2004 - code does not end a paragraph
        return True
    body = line.lstrip(" ")
    begins = (_MARKER, _RULE, _HEADING, _FENCE, _QUOTE, _BLOCK_TAG, *(raw for raw, _ in _RAW))
    return not any(form.match(body) for form in begins)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))
