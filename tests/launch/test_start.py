"""A stop signal while Python starts, during the first second, cancels like any later one."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.launch.machine import Machine
from tests.launch.runner import ROOT, read_outputs

LIMIT = 30
SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])

# Shadows the real click, and continues the import when a byte arrives on the pipe.
_CLICK = """
import os, pathlib, sys
folder = pathlib.Path(__file__).parent
go = os.open(folder / "go", os.O_RDONLY)  # first, or a byte written before anybody reads is lost
(folder / "importing").touch()
os.read(go, 1)
sys.path[:] = [place for place in sys.path if place != str(folder)]
del sys.modules["click"]
import click
"""


class SlowStart:
    """A folder for the Python path that suspends the program's import until a signal was sent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "click.py").write_text(_CLICK, encoding="utf-8")
        os.mkfifo(folder / "go")
        self._go = os.open(folder / "go", os.O_RDWR)

    def interrupt(self, process: subprocess.Popen[str], number: signal.Signals) -> None:
        """Signal a process during its import, and let the import continue."""
        _until((self._folder / "importing").exists)
        process.send_signal(number)
        os.write(self._go, b"!")
        os.close(self._go)


@SIGNALS
def test_a_step_that_is_cancelled_while_python_starts_ends_as_cancelled(
    tmp_path: Path, number: signal.Signals
) -> None:
    machine = Machine(tmp_path, real=True)
    slow = SlowStart(machine.action)
    with machine.job({"runtime": "python"}).started() as step:
        slow.interrupt(step.process, number)
        log = step.end()
    assert step.process.returncode == 4, log
    outputs = step.outputs()
    assert (outputs["approval-status"], outputs["reason-code"]) == ("cancelled", "signal")
    assert outputs["finished"] == "true"


@SIGNALS
@pytest.mark.parametrize("words", [("-m", "approval_gate", "wait"), ("wait",)], ids=["module", "verb.py"])
def test_a_container_that_is_cancelled_while_python_starts_ends_as_cancelled(
    tmp_path: Path, words: tuple[str, ...], number: signal.Signals
) -> None:
    (tmp_path / "wait").symlink_to(ROOT / "container" / "verb.py")
    slow, output = SlowStart(tmp_path), tmp_path / "output"
    with started(
        tmp_path, words, GITHUB_OUTPUT=str(output), INPUT_APPROVERS="ann", INPUT_TOKEN="t"
    ) as process:
        slow.interrupt(process, number)
        log = process.communicate(timeout=LIMIT)[0]
    assert process.returncode == 4, log
    assert read_outputs(output.read_text(encoding="utf-8"))["approval-status"] == "cancelled"


@pytest.mark.parametrize("verb", ["sweep", "report", "rehearse"])
def test_a_verb_without_cleanup_is_terminated_by_the_signal(tmp_path: Path, verb: str) -> None:
    slow = SlowStart(tmp_path)
    with started(tmp_path, ("-m", "approval_gate", verb)) as process:
        slow.interrupt(process, signal.SIGTERM)
        process.communicate(timeout=LIMIT)
    assert process.returncode == -signal.SIGTERM


@contextmanager
def started(folder: Path, words: tuple[str, ...], **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Start the program, and kill it in the end if it is still running."""
    process = subprocess.Popen(
        (sys.executable, *words),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{folder}:{ROOT}", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _until(happened: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(LIMIT * 20):
        if happened():
            return
        pause.wait(0.05)
    raise AssertionError("it never happened")
