"""The machine's time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The machine's time, used to measure durations, and to date what GitHub was not asked about."""

    def now(self) -> datetime:
        """Return the time of day."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment."""

    def sleep(self, seconds: float) -> bool | None:
        """Wait; return whether a stop signal cut it short. A stop signal may also raise."""


class SystemClock:
    """This machine's own time."""

    monotonic = staticmethod(time.monotonic)

    @staticmethod
    def now() -> datetime:
        """Return the time of day."""
        return datetime.now(UTC)

    def __init__(self, sleep: Callable[[float], bool | None] = time.sleep) -> None:
        self.sleep = sleep
