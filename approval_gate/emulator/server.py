"""The embedded GitHub over HTTP on loopback, including the faults that break a connection."""

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.requests import Request as HTTPRequest
from starlette.types import Receive, Scope, Send

from approval_gate.emulator.service import RawRequest, Service
from approval_gate.emulator.world import World


@dataclass(frozen=True)
class Server:
    """A running server of the embedded GitHub."""

    world: World
    url: str


@contextmanager
def serve(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    certificate: Path | None = None,
    delay: float = 0.0,
) -> Iterator[Server]:
    """Serve a world on loopback until the context ends.

    Args:
        world: to serve.
        host: the address to listen on.
        port: 0 for a free one.
        certificate: a PEM file with a certificate and its private key, for https; None for http.
        delay: the latency of a request in seconds, half of it before the request is handled.
    """
    listener = socket.create_server((host, port))
    # Headers and body are sent as two segments; Nagle's algorithm would delay the second by 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    application = _Application(world, delay)
    config = uvicorn.Config(
        application,
        http="h11",
        log_level="critical",
        lifespan="off",
        server_header=False,
        date_header=False,
        ws="none",
        ssl_certfile=certificate,
    )
    server = _Uvicorn(config)
    application.connections = server.server_state.connections
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    server.ready.wait()
    try:
        scheme = "https" if certificate else "http"
        yield Server(world, f"{scheme}://{host}:{listener.getsockname()[1]}")
    finally:
        application.stop()
        server.end()
        thread.join()
        listener.close()


class _Uvicorn(uvicorn.Server):
    """uvicorn for a separate thread: it signals when it is ready, and installs no signal handlers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets=sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self._ended.wait()  # uvicorn's own loop wakes up ten times a second

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Abort the connections: the orderly end of a TLS connection would wait for the client."""
        await super().shutdown(sockets=sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    def end(self) -> None:
        """Stop without waiting for connections; can be called from another thread."""
        self.should_exit = self.force_exit = True
        self._loop.call_soon_threadsafe(self._ended.set)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Application:
    """The ASGI application."""

    def __init__(self, world: World, delay: float) -> None:
        self._service = Service(world)
        self._one_way = delay / 2
        self._stopped: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.connections: set[Any] = set()

    def stop(self) -> None:
        """Release the requests that hang."""
        if self._loop is not None and self._stopped is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if self._stopped is None:
            self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        await asyncio.sleep(self._one_way)
        answer = self._service.handle(await _read(scope, receive))
        await asyncio.sleep(self._one_way)
        if answer.broken_by == "hang":
            await self._stopped.wait()
        if answer.broken_by in {None, "truncate"}:
            headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            cut = answer.broken_by == "truncate"
            body = answer.body[: len(answer.body) // 2] if cut else answer.body
            await send({"type": "http.response.body", "body": body, "more_body": cut})
        if answer.broken_by is not None:
            _abort(next(it.transport for it in self.connections if it.client == scope["client"]))


async def _read(scope: Scope, receive: Receive) -> RawRequest:
    http = HTTPRequest(scope, receive)
    headers = {name.lower(): value for name, value in http.headers.items()}
    query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
    path = scope["raw_path"].decode()
    address = f"{scope['scheme']}://{headers.get('host', 'localhost')}{path}{query}"
    return RawRequest(http.method, address, headers, await http.body())


def _abort(transport: asyncio.Transport) -> None:
    """Reset the connection."""
    linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
