"""Starts the processes that send messages, and collects their results."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Self

from approval_gate.core.notification import Notification
from approval_gate.core.timing import NOTIFY, NOTIFY_LAST, NOTIFY_LOOK, NOTIFY_STOPPED, Deadline
from approval_gate.core.wording import join
from approval_gate.errors import InputError
from approval_gate.notify.child import WEB

_CHILD = str(Path(__file__).with_name("child.py"))
_PASSED_ON = {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "PATH", "LANG"}
"""The variables that a child gets, in upper or lower case: those for reaching a service, and no secret."""

_ENTRY = "an-address-to-notify-cannot-be-used"


class _Child:
    """A process that sends one message to all addresses, or checks them."""

    def __init__(self, addresses: Mapping[int, str], message: Notification | None) -> None:
        self._positions = tuple(addresses)
        self._until = Deadline.after(time.monotonic, NOTIFY)
        self._process = subprocess.Popen(  # noqa: S603 - a file of the gate's own
            [sys.executable, "-I", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name.upper() in _PASSED_ON},
            start_new_session=True,  # a terminal's Ctrl-C is for the gate, which then ends it
        )
        order = {
            "addresses": [*addresses.items()],
            "message": message and asdict(message),
            "seconds": NOTIFY,
        }
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        with suppress(BrokenPipeError), self._process.stdin as stdin:  # it fits into a pipe
            stdin.write(json.dumps(order).encode())

    def is_over(self, seconds: float) -> bool:
        """Wait so many seconds for the process, and return whether it ended or its time is up."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(min(seconds, self._until.left))
        return self._process.poll() is not None or self._until.passed

    def end(self) -> dict[int, str]:
        """Kill the process, and return the problem of each address, by its position; empty if there is none.

        An address that it did not report on has the problem ``late``.
        """
        self._process.kill()
        with self._process:
            assert self._process.stdout is not None  # noqa: S101 - it was asked for
            out = self._process.stdout.read()
        said = dict.fromkeys(self._positions, "late")
        for line in out.splitlines():
            with suppress(ValueError, TypeError, KeyError):  # half a line
                it = json.loads(line)
                said[it["position"]] = it["problem"]
        return said


class Sender:
    """Sends to the addresses of one run; without any it does nothing.

    ``stopped`` returns whether a stop signal came: then there is hardly any time.
    """

    def __init__(self, addresses: Sequence[str], stopped: Callable[[], bool] = lambda: False) -> None:
        self._addresses, self._stopped = dict(enumerate(addresses, 1)), stopped
        self._checking: _Child | None = None
        self._sending: list[_Child] = []
        self._unsent: list[str] = []

    def __enter__(self) -> Self:
        """Return this sender."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill what is left, such as a check that nobody waits for any more."""
        for child in filter(None, (self._checking, *self._sending)):
            child.end()

    def begin_check(self) -> None:
        """Begin to check the addresses; meanwhile the caller can do other things.

        Every web address can be sent to, so only the others are checked.
        """
        others = {at: it for at, it in self._addresses.items() if not it.lower().startswith(WEB)}
        if others:
            with suppress(OSError):  # a message that cannot be sent is a warning later
                self._checking = _Child(others, None)

    def check(self) -> None:
        """Wait for the check that was begun.

        Raises:
            InputError: some of them are not addresses of any service.
        """
        if self._checking is None:
            return
        self._checking.is_over(NOTIFY)
        child, self._checking = self._checking, None
        wrong = [position for position, problem in child.end().items() if problem == "unknown"]
        if wrong:
            which = f"address{'es' if len(wrong) > 1 else ''} {join(map(str, wrong), 'and')}"
            raise InputError(
                f"notify-urls: no service is known for {which} of {len(self._addresses)}.",
                remedy="Write an https:// address, or one as https://appriseit.com/services describes it.",
                entry=_ENTRY,
            )

    def send(self, message: Notification) -> None:
        """Send a message; its result is collected later."""
        if self._addresses:
            try:
                self._sending.append(_Child(self._addresses, message))
            except OSError as error:
                self._unsent.append(f"No message is sent to notify-urls: {error.strerror}.")

    def collect(self, *, wait: bool = False) -> Iterator[str]:
        """Say what was not sent, by processes that have ended or, after a limited wait, by all."""
        while self._unsent:
            yield self._unsent.pop()
        until = Deadline.after(time.monotonic, NOTIFY_LAST if wait else 0.0)
        for child in [*self._sending]:
            while not child.is_over(min(until.left, NOTIFY_LOOK)) and not until.passed:
                if self._stopped():
                    until = until.within(NOTIFY_STOPPED)
            if wait or child.is_over(0):
                self._sending.remove(child)
                yield from self._problems(child.end())

    def _problems(self, said: Mapping[int, str]) -> Iterator[str]:
        for position, problem in said.items():
            if problem:
                yield f"Address {position} of notify-urls did not get a message: {_why(problem)}."


def _why(problem: str) -> str:
    if problem.isdecimal():
        return f"it answered with status {problem}"
    return "it did not answer in time" if problem == "late" else "it cannot be reached, or refused it"
