"""The one file that uses PyGithub: its requester, and its classes that sign requests.

PyGithub's object API hides headers and completes objects lazily, its retries
repeat a POST blindly, and its pauses ignore a stop signal: none of that is used.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias
from urllib.parse import urlsplit

import requests
from github import Auth, Github
from github.Requester import Requester
from requests.adapters import BaseAdapter

from approval_gate import __version__
from approval_gate.core.timing import CONNECT_TIMEOUT, REQUEST_TIMEOUT, SHORT_TIMEOUT
from approval_gate.github.deadline import DeadlineAdapter

Signature: TypeAlias = Auth.Auth
"""What signs a request."""

token_signature = Auth.Token

Transport: TypeAlias = Callable[[float], BaseAdapter]
"""Makes what carries requests, each for at most so many seconds in total."""

_ACCEPTED = 202
_MOVED = 301
_MOVED_TO = "x-moved-to"

# PyGithub logs whole responses, and an app's new token is one. This logger leads nowhere.
Requester.injectLogger(logging.Logger("silent", logging.CRITICAL + 1))  # noqa: LOG001 - nobody can configure it


class Response(NamedTuple):
    """What came back: the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


class Sender(Protocol):
    """Sends signed requests to one GitHub: :class:`Wire`, or what stands in for it in a test.

    Attributes:
        graphql_url: the address of the GraphQL API.
        hurried: whether it gives up soon.
    """

    api_url: str
    api_version: str
    graphql_url: str
    hurried: bool

    def shorten_timeouts(self) -> None:
        """Give up soon from now on."""

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
        """Send one request."""


SenderFactory: TypeAlias = Callable[[str, str], Sender]
"""Makes a sender for the address and the version of an API."""


def app_signature(app_id: str, private_key: str) -> Signature:
    """Sign as an app itself, with its private key in PEM.

    Raises:
        ValueError: it is not a private key; the message does not repeat it.
    """
    try:
        signature = Auth.AppAuth(app_id, private_key)
        signature.create_jwt()
    except Exception:  # noqa: BLE001 - of several libraries; their messages may hold some of the key
        raise ValueError("not a private key") from None
    return signature


def without_secret(text: str, signature: Signature) -> str:
    """Return GitHub's words with the token replaced, in case they repeat it."""
    return text.replace(signature.token, "***") if isinstance(signature, Auth.Token) else text


class StaticCredential:
    """A credential that never changes."""

    def __init__(self, signature: Signature) -> None:
        self._signature = signature

    def auth(self) -> Signature:
        """Return what signs every request."""
        return self._signature

    def refused(self) -> bool:
        """Return False: there is no other."""
        return False

    def shorten_timeouts(self) -> None:
        """Do nothing: it sends no requests of its own."""


def static_token(token: str) -> StaticCredential:
    """Return a token as a credential."""
    return StaticCredential(token_signature(token))


class Wire:
    """Sends signed requests to one GitHub, each once, without following redirects."""

    def __init__(self, api_url: str, api_version: str, transport: Transport = DeadlineAdapter) -> None:
        self.api_url = api_url
        self.api_version = api_version
        self.hurried = False
        self._transport = transport
        self._signature: Signature | None = None
        self._requester: Any = None
        address = urlsplit(api_url)
        path = Requester.get_graphql_prefix(address.path)
        self.graphql_url = f"{address.scheme}://{address.netloc}{path}"

    def shorten_timeouts(self) -> None:
        """Give up soon from now on: the runner is about to kill the process."""
        self.hurried, self._requester = True, None

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
        """Send one request, to a path under the API's address or an absolute address on the same host.

        Raises:
            OSError: there was no response, or only part of one; every error of requests is an OSError.
        """
        if self._requester is None or signature != self._signature:  # a signature has its own connection
            self._signature, self._requester = signature, self._connect(signature)
        status, received, text = self._requester.requestJson(
            method, url, dict(parameters), dict(headers), body
        )
        if _MOVED_TO in received:
            received["location"] = received.pop(_MOVED_TO)
        return Response(status, received, text)

    def _connect(self, signature: Signature) -> Any:  # noqa: ANN401 - PyGithub's Requester, for its one method
        requester: Any = Github(
            auth=signature,
            base_url=self.api_url,
            timeout=int(SHORT_TIMEOUT if self.hurried else CONNECT_TIMEOUT),
            user_agent=f"approval-gate/{__version__}",
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            api_version=self.api_version,
        ).requester
        # The requester keeps one connection, and has no public way to it.
        session = requester._Requester__createConnection().session  # noqa: SLF001
        session.hooks["response"].append(_as_it_is)
        adapter = self._transport(min(REQUEST_TIMEOUT, SHORT_TIMEOUT) if self.hurried else REQUEST_TIMEOUT)
        for scheme in ("https://", "http://"):
            session.mount(scheme, adapter)
        return requester


def _as_it_is(response: requests.Response, **_: object) -> None:
    """Keep PyGithub from sending a request again.

    It would follow a 301 without its query, and in a circle without end; and
    after a 202 it would sleep and ask again, also without end.
    """
    if response.status_code == _ACCEPTED:
        response.status_code = requests.codes.ok
    if response.status_code == _MOVED and "location" in response.headers:
        response.headers[_MOVED_TO] = response.headers.pop("location")
