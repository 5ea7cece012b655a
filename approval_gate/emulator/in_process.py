"""The embedded GitHub in the client's own process, without a socket.

Its responses are identical to those over HTTP (``tests/emulator/test_in_process.py``
compares them).
"""

from urllib.parse import urlsplit

from approval_gate.emulator.service import RawRequest, RawResponse, Service
from approval_gate.emulator.world import World

URL = "http://127.0.0.1:1"
"""An address without a server: a request over HTTP fails."""


class InProcess:
    """An embedded GitHub for clients in this process, at the base address ``url``."""

    def __init__(self, world: World, url: str = URL) -> None:
        self.world, self.url = world, url
        self._service = Service(world)

    def handle(self, raw: RawRequest) -> RawResponse:
        """Handle a request; the caller breaks the connection where the response says so.

        Raises:
            ConnectionError: the request is for another address.
        """
        if not raw.address.startswith(f"{self.url}/"):
            raise ConnectionError(f"{raw.address} is not at {self.url}")
        headers = {**raw.headers, "host": urlsplit(raw.address).netloc}
        return self._service.handle(RawRequest(raw.method, raw.address, headers, raw.body))
