"""The job's log, in which no text can pass for a workflow command.

The runner looks for ``::command::`` at the start of a line and for
``##[command]`` anywhere in it
(https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands),
so both are broken up in every text, and line ends are removed.
"""

import sys
import traceback
import unicodedata
from typing import TextIO

from approval_gate.troubleshooting import see

LINE = 1_000
"""The runner's live log shows 1,024 characters of a line."""


TITLE = 200
"""How many characters of what it is about an annotation's title has."""

_MESSAGE, _PROPERTY = "%\r\n", "%\r\n:,"


def harmless(text: str) -> str:
    """Put text on one line in which the runner finds no command."""
    flat = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cf", "Cs"} else c for c in text)
    while "::" in flat or "##[" in flat:
        flat = flat.replace("::", ": :").replace("##[", "## [")
    return flat[:LINE]


class Log:
    """Writes the log of one run."""

    def __init__(self, stream: TextIO | None = None, *, in_actions: bool = True) -> None:
        self._stream = stream or sys.stdout
        self._in_actions = in_actions

    def say(self, line: str = "") -> None:
        """Write text, each line of it as a line of the log."""
        for part in line.split("\n"):
            self._write(harmless(part).rstrip())

    def group(self, title: str) -> None:
        """Begin a foldable group."""
        self._write(f"::group::{harmless(title)}" if self._in_actions else harmless(title))

    def end_group(self) -> None:
        """End the group."""
        if self._in_actions:
            self._write("::endgroup::")

    def warn(self, text: str, entry: str, about: str = "") -> None:
        """Write a warning, and where it is explained; the run's page shows it too, and its title what of."""
        self._annotate("warning", f"{text}\n{see(entry)}", about)

    def error(self, text: str, entry: str, about: str = "") -> None:
        """Write an error, and where it is explained; the run's page shows it too, and its title what of."""
        self._annotate("error", f"{text}\n{see(entry)}", about)

    def where(self, error: Exception) -> None:
        """Write where the program itself failed, without the error's message, which can be anyone's text."""
        self.group("Where it failed")
        self.say("".join(traceback.format_tb(error.__traceback__)) + type(error).__name__)
        self.end_group()

    def mask(self, secret: str) -> None:
        """Have the runner hide a secret in all that is printed; outside of Actions this does nothing."""
        if self._in_actions:
            for line in filter(None, secret.splitlines()):
                self._write(f"::add-mask::{line.replace('%', '%25')}")

    def _annotate(self, kind: str, text: str, about: str) -> None:
        lines = [harmless(line).rstrip() for line in text.split("\n")]
        if self._in_actions:
            title = f"Approval gate: {harmless(about)[:TITLE]}" if about else "Approval gate"
            message = "\n".join(lines)
            self._write(f"::{kind} title={_escaped(title, _PROPERTY)}::{_escaped(message, _MESSAGE)}")
        else:
            self._write(f"{kind.capitalize()}: " + "\n  ".join(lines))

    def _write(self, line: str) -> None:
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        self._stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
        self._stream.flush()


def _escaped(text: str, special: str) -> str:
    """Escape what has a meaning in a part of a command (actions/runner, ActionCommand.cs)."""
    return "".join(f"%{ord(char):02X}" if char in special else char for char in text)
