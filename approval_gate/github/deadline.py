"""A limit on the total time of a request, whatever the server does.

A socket's timeout starts again with every byte that arrives, so a server that
sends one byte at a time could hold a request for ever. Here all reads of one
response, its headers included, share the time that is left of the request. It
needs no thread.
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
    """Sends requests, each of which ends within a total time.

    The lookup of the host's name is not included: the system has its own limit.

    Args:
        total: seconds for one request.
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
        """Send a request; at most a third of its time can go to connecting."""
        self._until = time.monotonic() + self._total
        timeout = options.get("timeout") or self._total
        options["timeout"] = (min(timeout, self._total / 3), min(timeout, self._total))
        return super().send(request, *arguments, **options)

    def get_connection_with_tls_context(
        self,
        *arguments: Any,  # noqa: ANN401 - of requests
        **options: Any,  # noqa: ANN401 - of requests
    ) -> HTTPConnectionPool:
        """Return the connections to a host or its proxy, which read their responses in the time left."""
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
    """A response whose reads share the time that is left."""

    fp: Any = None  # a stop signal can arrive before there is a file, and Python closes what it drops

    def __init__(self, left: Callable[[], float], sock: socket.socket, *rest: Any, **options: Any) -> None:  # noqa: ANN401 - of http.client
        super().__init__(sock, *rest, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Socket(sock, left))


class _Socket(io.RawIOBase):
    """The bytes that arrive at a socket, until the time is up."""

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
