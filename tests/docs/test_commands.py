"""Every command that the documents show is run, or has its reason not to be."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from approval_gate.cli import main
from tests.docs.pages import BLOCKS, PAGES, ROOT, Block

SHELLS = {"bash", "console", "sh", "shell"}
NOT_RUN = {
    r"git (tag|push) ": "changes a repository on github.com",
    r"gh ": "asks github.com; tests/clients runs the commands of the audit",
    r"jq ": "needs a record; tests/clients computes the digest of every golden one",
    r"make demo\b": "takes ten seconds; .ci/run plays every scenario",
    r"(printf .* \| )?approval-gate verify ": "needs a record; tests/program runs it with each option",
    r"approval-gate rehearse \w": "takes ten seconds; .ci/run plays every scenario",
    r"make test\b": "is what runs this test",
    r"make live ": "asks github.com",
    r"approval-gate policy check \S+ --repository ": "asks github.com; tests/program compares the output",
    r"approval-gate audit ": "asks github.com; tests/whole runs audits",
    r"python3 scripts/release.py check-source ": "needs a release; tests/release tests each step",
    r"python scripts/prune_\w+.py ": "needs files of npm packages",
}
"""Commands that are not run here, as patterns, and why."""


@dataclass(frozen=True)
class Command:
    """A command, the output that the document shows (None if none), and where."""

    line: str
    shown: str | None
    place: str

    def __str__(self) -> str:
        return f"{self.place} {self.line[:40]}"


def commands(block: Block) -> list[Command]:
    """Return the commands of a block. Those of a console begin with `$ `, and their output follows."""
    text = block.text.replace("\\\n", "")
    if block.language != "console":
        lines = (line.strip() for line in text.splitlines())
        return [Command(line, None, str(block)) for line in lines if line and not line.startswith("#")]
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert parts[0] == "", f"{block}: a console begins with `$ `"
    split = (part.partition("\n") for part in parts[1:])
    return [Command(line, shown or None, str(block)) for line, _, shown in split]


ALL = [command for block in BLOCKS if block.language in SHELLS for command in commands(block)]


def reason(command: Command) -> str:
    return next((why for pattern, why in NOT_RUN.items() if re.match(pattern, command.line)), "")


@pytest.mark.parametrize("command", [one for one in ALL if not reason(one)], ids=str)
def test_a_command_works_and_prints_what_the_document_shows(command: Command, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    done = subprocess.run(
        ["bash", "-ec", command.line],  # noqa: S607 - the bash of this machine
        cwd=tmp_path,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path)},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    assert command.shown in (None, done.stdout)


@pytest.mark.parametrize("pattern", NOT_RUN)
def test_a_reason_not_to_run_a_command_is_still_needed(pattern: str) -> None:
    assert any(re.match(pattern, command.line) for command in ALL)


@pytest.mark.parametrize("command", [one for one in ALL if one.line.startswith("make ")], ids=str)
def test_a_target_of_make_exists(command: Command) -> None:
    assert is_target(command.line.split()[1])


def test_a_command_in_running_text_exists() -> None:
    """Verbs and options only; what such a command does is not tried."""
    unknown = []
    for each in PAGES:
        for code in each.codes:
            words = code.split()
            if words[:1] == ["make"] and len(words) > 1 and not is_target(words[1]):
                unknown.append(f"{each}: {code}")
            if words[:1] == ["approval-gate"] and not is_command(words[1:]):
                unknown.append(f"{each}: {code}")
    assert unknown == []


def is_target(name: str) -> bool:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return bool(re.search(rf"^{re.escape(name)}: ", makefile, re.MULTILINE))


def is_command(words: list[str]) -> bool:
    """Whether each verb and option is one of ``approval-gate``; "…" is the place of any verb."""
    command: click.Command = main
    for word in words:
        if word.startswith("-"):
            names = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
            if word.partition("=")[0] not in {*names, "--help", "-h", "--version"}:
                return False
        elif isinstance(command, click.Group) and word != "…":
            found = command.get_command(click.Context(command), word)
            if found is None:
                return False
            command = found
    return True


def test_every_block_has_a_language_that_tests_know() -> None:
    """A command in a block without a language would not be run."""
    assert [
        str(block)
        for block in BLOCKS
        if re.match(r"\s*(\$ |make |approval-gate )", block.text) and block.language not in SHELLS
    ] == []
