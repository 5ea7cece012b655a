"""Connections that break: the client's errors are the kernel's own."""

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from approval_gate.emulator.service import RawResponse

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@contextmanager
def port(*, listens: bool) -> Iterator[int]:
    """A local port: one without an accepting server, or a closed one."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if listens:
            taken.listen(1)
        yield taken.getsockname()[1]


@contextmanager
def broken(response: RawResponse) -> Iterator[int]:
    """A local port whose server reads one request, sends half of this response or none, and resets.

    Raises:
        ValueError: the connection is to hang, which takes a server.
    """
    if response.broken_by == "hang":
        raise ValueError("a connection that hangs takes a server: Stage.served")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sent = _half(response) if response.broken_by == "truncate" else b""
        server = Thread(target=_serve, args=(listener, sent), daemon=True)
        server.start()
        yield listener.getsockname()[1]
        server.join()


def _serve(listener: socket.socket, sent: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        received = b""
        while not _is_whole(received):
            received += connection.recv(1 << 16)
        connection.sendall(sent)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


def _half(response: RawResponse) -> bytes:
    headers = "".join(f"{name}: {value}\r\n" for name, value in response.headers)
    head = f"HTTP/1.1 {response.status} Status\r\n{headers}\r\n"
    return head.encode("latin-1") + response.body[: len(response.body) // 2]
