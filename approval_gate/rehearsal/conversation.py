"""The conversation on an approval issue, as a person follows it on a terminal."""

import html
import re
import shutil
import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

from approval_gate.emulator.world import Comment, Issue

GATE = "gate"
UNBROKEN = "\xa0"
"""A blank at which no line is broken."""
REACTIONS = {"+1": "👍", "-1": "👎", "confused": "😕"}

_WIDTH = 100
_NARROWEST = 40
_NAME = 9
_FOLDED = re.compile(r"<details><summary>(.*?)</summary>.*?</details>", re.DOTALL)
_FOLD = "▸"
_INVISIBLE = re.compile(r"<!--.*?-->|</?(?:sub|sup|br)[^>]*>|^#+ |\*\*|^\|[^\n]*$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\([^()\s]*\)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


class Conversation:
    """Says what people do, and what the gate wrote since it was last looked at."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._texts: dict[int, list[str]] = {}
        self._reactions: set[int] = set()

    def tell(self, who: str, text: str) -> None:
        """Say what somebody writes or does; nothing if the text is empty."""
        for part in wrapped(text, _NAME + 2):
            self._say(f"{who:>{_NAME}}  {part}".rstrip())
            who = ""

    def look(self, issue: Issue) -> bool:
        """Say what is new of the gate, and return whether anything is.

        That is its reactions, what is new of a changed text, and a new text in whole.
        """
        said = []
        if issue.id not in self._texts:
            self._texts[issue.id] = opening(issue.body)
            self._say(f"\n── Issue #{issue.number}: {issue.title}")
            said.append("\n".join(self._texts[issue.id]))
        said.append(", ".join(one for comment in issue.comments for one in self._new_reactions(comment)))
        own = [comment for comment in issue.comments if comment.author is issue.author]
        for comment in sorted(own, key=lambda one: one.id not in self._texts):
            before, now = self._texts.get(comment.id), plain(comment.body)
            self._texts[comment.id] = now
            said.append("\n".join(now if before is None else _changed(before, now, plain(own[-1].body))))
        for text in said:
            self.tell(GATE, text)
        return any(said)

    def _new_reactions(self, comment: Comment) -> Iterator[str]:
        author = comment.author.login if comment.author else "ghost"
        for number, _, content in comment.reactions:
            if number not in self._reactions:
                self._reactions.add(number)
                yield f"{REACTIONS.get(content, content)} {author}"


def _changed(before: Sequence[str], now: Sequence[str], newest: Sequence[str]) -> list[str]:
    """Return the new lines of a changed text, except those of its list: reactions show the votes.

    At the end the text begins as the newest comment does, and says nothing in addition to it.
    """
    if newest != now and newest[:1] == now[:1]:
        return []
    return [line for line in now if line not in before and not line.startswith("- ")]


def wrapped(text: str, indent: int = 0) -> Iterator[str]:
    """Break lines where the terminal ends, and at 100 columns at the latest."""
    width = max(_NARROWEST, min(_WIDTH, shutil.get_terminal_size((_WIDTH, 0)).columns)) - indent
    for line in text.splitlines():
        for part in textwrap.wrap(line, width, subsequent_indent="  ", break_on_hyphens=False) or [""]:
            yield part.replace(UNBROKEN, " ")


def opening(body: str) -> list[str]:
    """Return the visible lines of a request to the first that is folded: what people read first."""
    return list(takewhile(lambda line: not line.startswith(_FOLD), plain(body)))


def plain(markdown: str) -> list[str]:
    """Return the lines of a text of the gate's that are visible on GitHub, without markup and tables."""
    text = _LINK.sub(r"\1", _INVISIBLE.sub("", _FOLDED.sub(rf"{_FOLD} \1", markdown)))
    lines = (html.unescape(_ESCAPED.sub(r"\1", line)).strip() for line in text.splitlines())
    return [line for line in lines if line]
