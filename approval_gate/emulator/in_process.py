"""The embedded GitHub in the client's own process: it answers without a socket.

A response is what it is over HTTP, byte for byte and header for header
(``tests/emulator/test_in_process.py`` holds the two against each other).
"""

from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from approval_gate.emulator.service import Asked, Service
from approval_gate.emulator.world import World

URL = "http://127.0.0.1:1"
"""An address that no server of this machine has: what is sent there after all is refused."""


class InProcess:
    """An embedded GitHub for clients in this process.

    Args:
        world: what is asked for and changed.
        url: the address that it has for its clients.
    """

    def __init__(self, world: World, url: str = URL) -> None:
        self.world, self.url = world, url
        self._service = Service(world)

    def transport(self, _total: float) -> HTTPAdapter:
        """Return what carries requests here; no answer takes any time."""
        return _Adapter(self._service, self.url)


class NeedsHTTPError(BaseException):
    """A fault of the wire was ordered, and there is no wire.

    It is not an ``Exception``: the program would take one for a failure of its own.
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
        """Have a request answered.

        Raises:
            requests.ConnectionError: it is for another host.
            NeedsHTTPError: the connection was to break.
        """
        address = request.url or ""
        if not address.startswith(f"{self._url}/"):
            raise requests.ConnectionError(f"{address} is not at {self._url}", request=request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        headers["host"] = urlsplit(address).netloc
        body = request.body or b""
        content = body.encode() if isinstance(body, str) else bytes(body)
        answer = self._service.answer(Asked(request.method or "", address, headers, content))
        if answer.breaks is not None:
            raise NeedsHTTPError(f"{request.method} {address}: {answer.breaks}")
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
