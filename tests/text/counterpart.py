"""A thread of hostile comments and its counterpart: the same thread with harmless words in each comment.

What people type is only shown as code or as plain words between quotation marks.
So everything around it is the same for both.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from approval_gate.core.commands import Verb, read
from approval_gate.core.layout import EVENT
from approval_gate.core.model import Vocabulary
from approval_gate.core.plain import visible
from approval_gate.core.record.canonical import canonical, digest
from approval_gate.core.record.document import rederived
from tests.text.readers import Command, around, blocks, commands, lines

WORDS = Vocabulary()
RECORD = "<html_block  <details><summary>Decision record</summary>>"
OURS = {"add-mask", "group", "endgroup", "warning", "error"}


def harmless(text: str) -> str:
    """Return a text with the same meaning and harmless words."""
    said = read(text, WORDS)
    command = said.command
    if command is None:
        words = "stop" if said.objection else "aprove" if said.near else "hello"
        return f"{words}\nis it so?" if said.asks else words
    # An invisible note is not shown, but it still counts as given.
    note = "" if not command.note else " - x" if visible(command.note) else " - \u200b"
    objects = "\nstop" if said.objection and command.verb is not Verb.DENY else ""
    verb = command.verb if not said.bare_answer else "yes" if command.verb is Verb.APPROVE else "no"
    return f"{verb}{note}{objects}" + ("\nis it so?" if said.asks else "")


def skeleton(text: str) -> list[str]:
    """Everything in a Markdown text that is not code, up to the record."""
    parts = around(text)
    folds = [place for place, part in enumerate(parts) if part == RECORD]
    assert len(folds) <= 1
    return parts[: folds[0]] if folds else parts


def record_in(text: str) -> str:
    """The record in a closing comment or a summary: the content of its code blocks."""
    assert skeleton(text) != around(text), "there is no record"
    found = blocks(text)
    assert len(found) <= 1
    return found[0].rstrip("\n") if found else ""


def unquoted(text: str) -> str:
    """A text without what is between quotation marks."""
    return re.sub('"[^"]*"', '""', text)


def is_one_clean_line(text: str) -> bool:
    """Whether a text has neither a line end nor a character that is invisible."""
    return not {unicodedata.category(char) for char in text} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def log_skeleton(log: str) -> list[str]:
    """The lines of a log without quoted texts, which cannot end their own quotation.

    What a request waits for is beside an event or below it, as there is room.
    """
    joined: list[str] = []
    for line in lines(log):
        shown = re.sub(r': "[^"]*"', "", line)
        if shown.startswith(" " * EVENT) and joined:
            joined[-1] += f" {shown}"
        else:
            joined.append(shown)
    return [" ".join(re.split(r",?\s+", line)) for line in joined]


def said_to_the_runner(log: str) -> list[str]:
    """The commands in a log; each is one of the program's own, and nothing in it is invisible."""
    assert not {unicodedata.category(char) for char in log.replace("\n", "")} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    found = commands(log)
    assert {command.name for command in found} <= OURS
    for command in found:
        if command.name in {"warning", "error"}:
            assert re.search(f"(?m)^::{command.name} title=Approval gate(?:%3A [^:,]*)?::", log)
    return [command.name for command in found]


def annotations(log: str) -> list[Command]:
    return [command for command in commands(log) if command.name in {"warning", "error"}]


def replayed(line: str) -> str | None:
    """The outcome of a record decided again; it must be one line of JSON with the right digest."""
    assert min(line) >= " "
    record: Mapping[str, Any] = json.loads(line)
    assert record["digest"] == digest(record)
    assert canonical(record) == line
    outcome: str | None = rederived(record)["outcome"]
    return outcome
