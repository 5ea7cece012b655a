"""The embedded GitHub in the client's own process, without a socket.

Its responses are identical to those over HTTP (``tests/emulator/test_in_process.py``
compares them).
"""

from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from approval_gate.emulator.service import RawRequest, Service
from approval_gate.emulator.world import World

URL = "http://127.0.0.1:1"
"""An address without a server: a request that bypasses the transport fails."""


class InProcess:
    """An embedded GitHub for clients in this process, at the base address ``url``."""

    def __init__(self, world: World, url: str = URL) -> None:
        self.world, self.url = world, url
        self._service = Service(world)

    def transport(self, _total: float) -> HTTPAdapter:
        """Return an adapter for ``requests``; it needs no time limit."""
        return _Adapter(self._service, self.url)


class NeedsHTTPError(BaseException):
    """A fault was to break the connection, but there is none.

    It is not an ``Exception``, so that the program under test does not handle it.
    """


class _Adapter(HTTPAdapter):
    def __init__(self, service: Service, url: str) -> None:
        super().__init__(max_retries=0)
        self._service, self._url = service, url

    def send(
        self,
        request: requests.PreparedRequest,
        *_: Any,  # noqa: ANN401 - of requests
        **__: Any,  # noqa: ANN401 - of requests
    ) -> requests.Response:
        """Handle a request.

        Raises:
            requests.ConnectionError: the request is for another address.
            NeedsHTTPError: a fault was to break the connection.
        """
        address = request.url or ""
        if not address.startswith(f"{self._url}/"):
            raise requests.ConnectionError(f"{address} is not at {self._url}", request=request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        headers["host"] = urlsplit(address).netloc
        body = request.body or b""
        content = body.encode() if isinstance(body, str) else bytes(body)
        answer = self._service.handle(RawRequest(request.method or "", address, headers, content))
        if answer.broken_by is not None:
            raise NeedsHTTPError(f"{request.method} {address}: {answer.broken_by}")
        response = HTTPResponse(
            body=BytesIO(answer.body),
            headers=HTTPHeaderDict(answer.headers),
            status=answer.status,
            version=11,
            reason=HTTPStatus(answer.status).phrase,
            preload_content=False,
            request_method=request.method,
            request_url=request.url,
        )
        return self.build_response(request, response)
