"""Sends the gate's requests to an embedded GitHub in process, without PyGithub and requests.

They are the same as over HTTP (``tests/emulator/test_in_process.py`` compares them), and take a third
less time. A connection that a fault breaks is a real one.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from github.Requester import Requester

from approval_gate import __version__
from approval_gate.emulator import InProcess, Server
from approval_gate.emulator.service import RawRequest, RawResponse
from approval_gate.github.wire import Response, SenderFactory, Signature, Wire
from tests.whole.broken import broken

_ACCEPTED = 202


@dataclass
class Direct:
    """A sender whose requests a function answers."""

    answer: Callable[[RawRequest], RawResponse]
    api_url: str
    api_version: str
    hurried: bool = False

    def __post_init__(self) -> None:
        self.graphql_url = Wire(self.api_url, self.api_version).graphql_url

    def shorten_timeouts(self) -> None:
        self.hurried = True

    def send(
        self,
        signature: Signature,
        method: str,
        url: str,
        *,
        parameters: Mapping[str, str | int],
        headers: Mapping[str, str],
        body: Mapping[str, object] | None,
    ) -> Response:
        address = url if urlsplit(url).netloc else f"{self.api_url}{url}"
        address = Requester.add_parameters_to_url(address, dict(parameters))
        sent = {
            **{name.lower(): value for name, value in headers.items()},
            "authorization": f"{signature.token_type} {signature.token}",
            "user-agent": f"approval-gate/{__version__}",
            "x-github-api-version": self.api_version,
        }
        if body is not None:
            sent["content-type"] = "application/json"
        content = b"" if body is None else json.dumps(body).encode()
        response = self.answer(RawRequest(method, address, sent, content))
        if response.broken_by is not None:
            with broken(response) as port:
                lost = Wire(f"http://127.0.0.1:{port}", self.api_version)
                path = urlsplit(address)._replace(scheme="", netloc="").geturl()
                return lost.send(signature, method, path, parameters={}, headers=headers, body=body)
        status = 200 if response.status == _ACCEPTED else response.status
        received = {name.lower(): value for name, value in response.headers}
        return Response(status, received, response.body.decode())


def sender(github: InProcess | Server) -> SenderFactory:
    """Return what sends requests to an embedded GitHub."""
    return partial(Direct, github.handle) if isinstance(github, InProcess) else Wire
