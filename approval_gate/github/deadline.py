"""A request's total time, whatever the far end does.

A read of a socket has a timeout of its own, which each byte that arrives
begins anew: a server that drips bytes would hold a request for ever. Here the
reads of one answer, its headers included, share what is left of the request's
time. No thread is needed for it.
"""

import io
import socket
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPResponse
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool


class DeadlineAdapter(HTTPAdapter):
    """Sends requests that end, one way or the other, in so many seconds.

    To look up the host's name is not among them: that is the system's.

    Args:
        total: the seconds.
    """

    def __init__(self, total: float) -> None:
        super().__init__(max_retries=0)
        self._total = total
        self._until = 0.0

    def send(
        self,
        request: requests.PreparedRequest,
        *arguments: Any,  # noqa: ANN401 - of requests
        **options: Any,  # noqa: ANN401 - of requests
    ) -> requests.Response:
        """Send a request: a third of its time is to connect at the most."""
        self._until = time.monotonic() + self._total
        timeout = options.get("timeout") or self._total
        options["timeout"] = (min(timeout, self._total / 3), min(timeout, self._total))
        return super().send(request, *arguments, **options)

    def get_connection_with_tls_context(
        self,
        *arguments: Any,  # noqa: ANN401 - of requests
        **options: Any,  # noqa: ANN401 - of requests
    ) -> HTTPConnectionPool:
        """Return the connections to a host, or to the proxy before it: their answers are read in time."""
        pool = super().get_connection_with_tls_context(*arguments, **options)
        assert isinstance(pool, HTTPConnectionPool)  # noqa: S101 - as requests documents it
        connection: Any = pool.ConnectionCls
        if not isinstance(connection.response_class, partial):
            answers = {"response_class": staticmethod(partial(_Response, self._left))}
            pool.ConnectionCls = type("Connection", (connection,), answers)
        return pool

    def _left(self) -> float:
        return self._until - time.monotonic()


class _Response(HTTPResponse):
    """An answer that is read from the socket in what is left of the time."""

    fp: Any = None  # a stop signal can arrive before there is a file, and Python closes what it drops

    def __init__(self, left: Callable[[], float], sock: socket.socket, *rest: Any, **options: Any) -> None:  # noqa: ANN401 - of http.client
        super().__init__(sock, *rest, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Socket(sock, left))


class _Socket(io.RawIOBase):
    """What arrives at a socket, until the time is up."""

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        self._socket, self._left = sock, left
        self._file = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - of io
        left = self._left()
        if left <= 0:
            raise TimeoutError("timed out")
        longest = self._socket.gettimeout()
        self._socket.settimeout(left if longest is None else min(left, longest))
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()
