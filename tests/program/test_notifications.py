"""A service that never answers holds up no gate that is being stopped."""

import os
import signal
import threading
from pathlib import Path

import pytest

from tests.notify.listeners import silent
from tests.program.test_program import LIMIT, child, when

SECRET = "t0p-s3cret"
LATE = "Warning: Address 1 of notify-urls did not get a message: it did not answer in time."


@pytest.fixture
def waiting() -> threading.Event:
    return threading.Event()


def test_a_stopped_gate_waits_a_second_for_it(tmp_path: Path, waiting: threading.Event) -> None:
    with silent() as mute:
        urls = {"INPUT_NOTIFY_URLS": f"http://{mute}/{SECRET}"}
        with child(tmp_path, script=when(waiting, "/issues/1/comments"), **urls) as gate:
            assert waiting.wait(LIMIT)
            seconds = gate.stop(signal.SIGTERM)
            code, out, err = gate.end()
            assert (code, err) == (4, "")
            assert 1 <= seconds < 4
            assert gate.outputs()["approval-status"] == "cancelled"
            assert gate.github.world.issue("acme/shop", 1).state == "closed"
            assert out.count(LATE) == 1
            assert SECRET not in out


def test_a_gate_that_is_stopped_while_it_waits_for_it_ends_soon(
    tmp_path: Path, waiting: threading.Event
) -> None:
    with silent() as mute:
        urls = {"INPUT_NOTIFY_URLS": f"http://{mute}/{SECRET}", "INPUT_TIMEOUT_MINUTES": "0.02"}
        with child(tmp_path, script=when(waiting, "/issues/1$", "PATCH"), **urls) as gate:
            assert waiting.wait(LIMIT)
            seconds = gate.stop(signal.SIGINT)
            code, out, _ = gate.end()
            assert (code, gate.outputs()["approval-status"]) == (3, "timed-out")
            assert 1 <= seconds < 4
            assert out.count(LATE) == 1


def test_no_process_that_it_starts_shows_an_address(tmp_path: Path, waiting: threading.Event) -> None:
    with silent() as mute:
        urls = {"INPUT_NOTIFY_URLS": f"http://{mute}/{SECRET}"}
        with child(tmp_path, script=when(waiting, "/issues/1/comments"), **urls) as gate:
            assert waiting.wait(LIMIT)
            sending = [
                folder
                for folder in Path("/proc").iterdir()
                if folder.name.isdecimal() and _parent(folder) == gate.process.pid
            ]
            assert len(sending) == 1
            for folder in (*sending, Path(f"/proc/{gate.process.pid}")):
                assert SECRET.encode() not in (folder / "cmdline").read_bytes()
            assert SECRET.encode() not in (sending[0] / "environ").read_bytes()


def _parent(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        return os.getpid()
