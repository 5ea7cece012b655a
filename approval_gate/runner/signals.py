"""Turns a stop signal into an exception where that is safe.

The runner sends SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL
(actions/runner, ProcessInvoker.cs). A signal interrupts a read and a pause at
once. A write finishes, since otherwise its effect would be unknown, but is not
retried. If everything hangs, a thread ends the process before the runner does.
"""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from approval_gate.core.timing import HARD_EXIT

STOPPED = (signal.SIGINT, signal.SIGTERM)


def admit() -> None:
    """Unblock the stop signals, which the launcher blocks while the program is imported.

    During the import one would end the program with a traceback.
    """
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPED)


class Stop(BaseException):
    """The run must stop, for the signal of that name. Not an Exception, so no error handler catches it."""


class Signals:
    """Watches for stop signals; raises at most one exception, and only where that is safe.

    The watching thread calls ``last_resort`` with the signal's name before it ends the process, for the
    exit code.
    """

    def __init__(self, last_resort: Callable[[str], int]) -> None:
        self._last_resort = last_resort
        self._shields = 1
        self._raised = False
        self.received = False
        self._name = ""
        self._read, self._write = os.pipe()

    def __del__(self) -> None:
        os.close(self._read)
        os.close(self._write)

    def install(self) -> None:
        """Start watching. Call it once, in the main thread."""
        threading.Thread(target=self._watch, daemon=True).start()
        for number in STOPPED:
            signal.signal(number, self._handle)
        admit()

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signal module's form
        if not self.received:
            self.received = True
            self._name = signal.Signals(number).name
            # A pipe, since this thread could hold the lock of any other means.
            os.write(self._write, b"!")
        self.check()

    def check(self) -> None:
        """Raise a Stop, once, if a signal came and no shield is in force."""
        if self.received and not self._shields and not self._raised:
            self._raised = True
            raise Stop(self._name)

    def sleep(self, seconds: float) -> bool:
        """Wait until a signal comes, and return whether one came."""
        # The pipe is never read, so that a signal ends every later wait too.
        select.select([self._read], [], [], seconds)
        return self.received

    @contextmanager
    def exposed(self) -> Iterator[None]:
        """Let a signal, even an earlier one, interrupt the block; outside of such blocks none does."""
        self._shields -= 1
        try:
            self.check()
            yield
        finally:
            self._shields += 1

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Shield the block from signals; one that comes meanwhile is raised after it."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
            self.check()

    def _watch(self) -> None:
        select.select([self._read], [], [])
        time.sleep(HARD_EXIT)
        os._exit(self._last_resort(self._name))
