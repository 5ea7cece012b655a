"""Local services that take messages, or do not."""

import json
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LONG = 60.0
"""More seconds than anything here takes on a busy machine."""


@dataclass
class Heard:
    """What a service got.

    Attributes:
        address: where it listens, ``127.0.0.1:1234``.
    """

    address: str
    paths: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def json(self) -> list[Any]:
        return [json.loads(body) for body in self.bodies]


@contextmanager
def http(status: int = 200) -> Iterator[Heard]:
    """A web service that answers with this status; a redirect leads to itself."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.paths.append(self.path)
            heard.headers.append(dict(self.headers))
            heard.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Service(ThreadingHTTPServer):
        request_queue_size = 64

    with Service(("127.0.0.1", 0), Handler) as server:
        heard = Heard(f"127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield heard
        server.shutdown()


@contextmanager
def smtp() -> Iterator[Heard]:
    """A mail service that takes every message; its body is what followed DATA."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 test\r\n")
            while line := self.rfile.readline():
                verb = line.split()[0].upper()
                if verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    heard.bodies.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                elif verb == b"RCPT":
                    heard.paths.append(line.decode().strip())
                self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
                if verb == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        heard = Heard(f"127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield heard
        server.shutdown()


@dataclass(frozen=True)
class Silent:
    """An address that accepts connections and never answers."""

    server: socket.socket

    def __str__(self) -> str:
        return f"127.0.0.1:{self.server.getsockname()[1]}"

    def wait(self) -> None:
        """Wait until somebody connects."""
        assert select.select([self.server], [], [], LONG)[0]


@contextmanager
def silent() -> Iterator[Silent]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Silent(server)


def refusing() -> str:
    """Return an address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"
