"""A stop signal, turned into an exception where that is safe.

The runner sends SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL
(actions/runner, ProcessInvoker.cs). A GET and a pause are broken off at once;
a write is let finish, or its effect would be unknown, but the pauses between
its tries end. Should everything hang, a thread ends the process before the
runner would.
"""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOPPED = (signal.SIGINT, signal.SIGTERM)

HARD_EXIT = 5.5
"""Seconds after the first signal at which the process ends, whatever it does."""


def admit() -> None:
    """Let stop signals in; whoever starts the program holds them back while it is imported.

    One that comes then would end it with a traceback, as an error.
    """
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPED)


class Stop(BaseException):
    """The run was told to stop. No error: nothing that catches errors catches it."""


class Signals:
    """Watches for stop signals; at most one exception comes of them, and only where it may.

    Args:
        last_resort: called by the watching thread before it ends the process,
            and returns the exit code.
    """

    def __init__(self, last_resort: Callable[[], int]) -> None:
        self._last_resort = last_resort
        self._shields = 1
        self._raised = False
        self.received = False
        self._read, self._write = os.pipe()

    def install(self) -> None:
        """Begin to watch. To be called once, in the main thread."""
        threading.Thread(target=self._watch, daemon=True).start()
        for number in STOPPED:
            signal.signal(number, self._handle)
        admit()

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signal module's form
        if not self.received:
            self.received = True
            # A pipe, since a lock could be held by the very thread that is interrupted here.
            os.write(self._write, b"!")
        self.check()

    def check(self) -> None:
        """Raise if a signal came and nothing shields from it.

        Raises:
            Stop: once.
        """
        if self.received and not self._shields and not self._raised:
            self._raised = True
            raise Stop

    def sleep(self, seconds: float) -> bool:
        """Wait, and tell whether a signal cut it short; inside a shield too, where none is raised.

        Raises:
            Stop: a signal came, and nothing shields from it.
        """
        select.select([self._read], [], [], seconds)  # nobody reads the pipe: it ends every later wait too
        return self.received

    @contextmanager
    def exposed(self) -> Iterator[None]:
        """Let a signal break off what is inside; outside of this none ever does.

        Raises:
            Stop: a signal came, now or before.
        """
        self._shields -= 1
        try:
            self.check()
            yield
        finally:
            self._shields += 1

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Let what is inside finish, or fail; a signal that came meanwhile takes effect after it."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
            self.check()

    def _watch(self) -> None:
        select.select([self._read], [], [])
        time.sleep(HARD_EXIT)
        os._exit(self._last_resort())
