"""A client of GitHub's APIs: retries and their limits, GitHub's clock, and the budget of requests."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import requests
import tenacity

from approval_gate.core.timing import LONGEST_BACKOFF, RETRY_LIMIT, SHORTEST_BACKOFF, Budget, Deadline
from approval_gate.errors import (
    GitHubError,
    NotFoundError,
    OutageError,
    PermissionDeniedError,
    RetiredError,
    TransientError,
)
from approval_gate.github import paging
from approval_gate.github.clock import Clock
from approval_gate.github.errors import answer_of, graphql_data, graphql_parts
from approval_gate.github.parse import Answer, note_request_id
from approval_gate.github.wire import SenderFactory, Signature, Wire, without_secret

T = TypeVar("T")
R = TypeVar("R")

API_VERSION = "2022-11-28"
"""Sent as ``X-GitHub-Api-Version``: the newest that every supported GitHub
Enterprise Server knows (https://docs.github.com/en/rest/about-the-rest-api/api-versions)."""

_HOPS = 3
_REDIRECTS = frozenset({301, 302, 307, 308})
_NONE: Mapping[str, Any] = MappingProxyType({})
_ENDS = ("Deprecation", "Sunset")


class Credential(Protocol):
    """The account that sends the requests."""

    def auth(self) -> Signature:
        """Return what signs the next request; it can change each time."""

    def refused(self) -> bool:
        """Note that GitHub did not accept it; return whether there may be another."""

    def shorten_timeouts(self) -> None:
        """Give up soon from now on."""


class Meter:
    """GitHub's time, budget and announcements, as the headers of its responses give them.

    Attributes:
        requests_used: requests that GitHub has charged so far.
        deprecation: what GitHub says about the end of the API's version; empty if nothing
            (https://docs.github.com/en/rest/about-the-rest-api/api-versions).
        expiration: when the token ends, in GitHub's words; empty if it does not say
            (https://github.blog/changelog/2021-07-26-expiration-options-for-personal-access-tokens/).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started: datetime | None = None
        self._limits: tuple[int, float] | None = None
        self.requests_used = 0
        self.expiration = self.deprecation = ""

    def note(self, headers: Mapping[str, str]) -> None:
        """Read a response's headers."""
        ends = [f"{name}: {headers[name.lower()]}" for name in _ENDS if name.lower() in headers]
        self.deprecation = self.deprecation or ", ".join(ends)
        self.expiration = headers.get("github-authentication-token-expiration", self.expiration)
        try:
            date = parsedate_to_datetime(headers.get("date", ""))
            self._started = date - timedelta(seconds=self._clock.monotonic())
        except (TypeError, ValueError):
            pass
        if headers.get("x-ratelimit-resource", "core") != "core":
            self.requests_used += 1  # a budget of its own, of the same size: sparing one spares the other
            return
        try:
            remaining, reset = int(headers["x-ratelimit-remaining"]), float(headers["x-ratelimit-reset"])
        except (KeyError, ValueError):
            return
        if self._limits is not None:
            self.requests_used += max(0, self._limits[0] - remaining)
        self._limits = (remaining, reset)

    def now(self) -> datetime:
        """Return the time by GitHub's clock; before any response, by the machine's own."""
        if self._started is None:
            return datetime.now(UTC)
        return self._started + timedelta(seconds=self._clock.monotonic())

    def budget(self, poll_cost: float) -> Budget | None:
        """Return what is left of the hour's requests; None before GitHub has said so."""
        if self._limits is None:
            return None
        remaining, reset = self._limits
        return Budget(remaining, max(0.0, reset - self.now().timestamp()), poll_cost)


class Client:
    """Sends requests to one GitHub for one account.

    What :meth:`limited` and :meth:`until` return shares everything with it but that limit.

    Args:
        credential: of the account; never shown, not even by ``repr``.
        api_url: ``https://api.github.com``, or GitHub Enterprise Server's ``…/api/v3``.
        clock: measures time and waits.
        api_version: of GitHub's REST API.
        retry_limit: seconds for which each request is tried again while GitHub has a fault.
        sender: makes what sends the requests.
    """

    def __init__(
        self,
        credential: Credential,
        api_url: str,
        clock: Clock,
        *,
        api_version: str = API_VERSION,
        retry_limit: float = RETRY_LIMIT,
        sender: SenderFactory = Wire,
    ) -> None:
        self._credential = credential
        self._clock = clock
        self._wire = sender(api_url, api_version)
        self.retry_limit = retry_limit
        self.deadline: Deadline | None = None
        self.meter = Meter(clock)
        self.monotonic, self.now, self.budget = clock.monotonic, self.meter.now, self.meter.budget

    def __repr__(self) -> str:
        return f"Client({self._wire.api_url!r})"

    def limited(self, seconds: float) -> "Client":
        """Return this client with another retry limit."""
        view = copy(self)
        view.retry_limit = seconds
        return view

    def until(self, deadline: Deadline | None) -> "Client":
        """Return this client with a deadline for the last try of all its requests; without one, as it is."""
        view = copy(self)
        view.deadline = deadline or self.deadline
        return view

    def shorten_timeouts(self) -> None:
        """Give up soon from now on, and on the first fault: the runner is about to kill the process."""
        self._wire.shorten_timeouts()
        self._credential.shorten_timeouts()

    @property
    def requests_used(self) -> int:
        """The requests that GitHub has charged so far."""
        return self.meter.requests_used

    def warnings(self) -> tuple[tuple[str, str], ...]:
        """Return a warning and its entry if GitHub has announced the end of the API's version."""
        if not self.meter.deprecation:
            return ()
        version, when = self._wire.api_version, self.meter.deprecation
        said = f"GitHub will stop answering version {version} of its API ({when}): update the action."
        return ((said, RetiredError.entry),)

    # Reads ---------------------------------------------------------------------------

    def get(
        self,
        path: str,
        parameters: Mapping[str, str | int] | None = None,
        *,
        etag: str | None = None,
        accept: str | None = None,
    ) -> Answer:
        """Read once."""
        given = {"If-None-Match": etag, "Accept": accept}
        headers = {name: value for name, value in given.items() if value is not None}
        return self._send("GET", path, parameters=parameters or {}, headers=headers)

    def read(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Answer:
        """Read, and retry while GitHub has a fault."""
        return self.with_retry(lambda: self.get(path, parameters))

    def read_confirmed(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Answer:
        """Read where a refusal means something: a 403 or a 404 can be a passing fault, so it is confirmed."""
        try:
            return self.read(path, parameters)
        except (NotFoundError, PermissionDeniedError):
            return self.read(path, parameters)

    def pages(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Iterator[Any]:
        """Read every item of every page, each page as :meth:`read` does."""
        for answer in paging.forward(self.read, path, parameters):
            yield from paging.items(answer)

    def graphql(self, query: str, variables: Mapping[str, object]) -> dict[str, Any]:
        """Ask GraphQL once, and return its ``data``."""
        answer = self._ask(query, variables)
        return graphql_data(answer.data, answer.headers)

    def graphql_parts(
        self, query: str, variables: Mapping[str, object]
    ) -> tuple[dict[str, Any], dict[str, PermissionDeniedError]]:
        """Ask GraphQL once; return its ``data``, and which fields of the query the token may not read."""
        answer = self._ask(query, variables)
        return graphql_parts(answer.data, answer.headers)

    def _ask(self, query: str, variables: Mapping[str, object]) -> Answer:
        content = {"query": query, "variables": dict(variables)}
        return self._send("POST", self._wire.graphql_url, body=content)

    # Writes --------------------------------------------------------------------------

    def write(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Answer:
        """Write once. After a TransientError it may or may not have taken effect."""
        return self._send(method, path, body={} if body is None else body)

    def write_once(
        self, write: Callable[[], T], found: Callable[[], T | None], *, tried: bool = False, lag: float = 0.0
    ) -> T:
        """Write until it is certain that it took effect, and only once.

        After a fault the effect is looked up before anything is written again.

        Args:
            write: one try.
            found: looks up what an earlier try created, if it did.
            tried: whether an earlier call may have written it.
            lag: seconds for which a lookup can miss what was written; it is not written again before.
        """
        until = self._last_try()
        doubt: TransientError | None = None
        visible = until

        def attempt() -> T:
            nonlocal tried, doubt, visible
            while tried:
                if (there := found()) is not None:
                    return there
                if doubt is None or visible.passed:
                    break
                if self._wire.hurried or visible.at > until.at:
                    raise doubt
                self._pause(visible.left)
            tried = True
            try:
                return write()
            except TransientError as error:
                doubt, visible = error, Deadline.after(self.monotonic, lag)
                raise

        return self.with_retry(attempt)

    def with_retry(self, call: Callable[[], T]) -> T:
        """Call until there is no fault, with exponential backoff and jitter, and as late as GitHub asks."""
        until = self._last_try()
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientError),
            wait=backoff,
            stop=lambda state: self._wire.hurried or not until.allows(state.upcoming_sleep),
            sleep=self._pause,
            reraise=True,
        )
        return retrying(call)

    def _last_try(self) -> Deadline:
        if self.deadline:
            return self.deadline.within(self.retry_limit)
        return Deadline.after(self.monotonic, self.retry_limit)

    def _pause(self, seconds: float) -> None:
        """Wait for the next try; a stop signal makes it the last, and a quick one."""
        if self._clock.sleep(seconds):
            self.shorten_timeouts()

    # One request ---------------------------------------------------------------------

    def _send(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str | int] = _NONE,
        headers: Mapping[str, str] = _NONE,
        body: Mapping[str, object] | None = None,
    ) -> Answer:
        """Send a request, on to where GitHub redirects it, and with a new token if the old one ended."""
        url, signature = path, self._credential.auth()
        for _ in range(_HOPS):
            try:
                response = self._wire.send(
                    signature, method, url, parameters=parameters, headers=headers, body=body
                )
            except OSError as error:
                problem = f"GitHub did not answer {method} {path}."
                raise OutageError(problem, detail=type(error).__name__) from error
            note_request_id(response.headers)
            self.meter.note(response.headers)
            if response.status == requests.codes.unauthorized and self._credential.refused():
                signature = self._credential.auth()  # a refused request had no effect
                continue
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or location is None:
                break
            # GitHub asks for the same request there, whatever its method
            # (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects).
            if not self._is_ours(location):
                raise OutageError(f"GitHub redirected {method} {path} elsewhere.")
            url, parameters = location, {}
        try:
            return answer_of(method, path, response, self._wire.api_version)
        except GitHubError as error:
            error.detail = without_secret(error.detail, signature)
            raise

    def _is_ours(self, location: str) -> bool:
        """Whether an address is on the host of this client."""
        here, there = urlsplit(self._wire.api_url), urlsplit(location)
        return not there.netloc or (there.scheme, there.netloc) == (here.scheme, here.netloc)


_exponential = tenacity.wait_random_exponential(multiplier=1, max=LONGEST_BACKOFF, min=SHORTEST_BACKOFF)


def backoff(state: tenacity.RetryCallState) -> float:
    """Return the seconds until the next try: what GitHub asked for, or more each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, TransientError) else None
    return max(asked or 0.0, _exponential(state))


def in_parts(
    client: Client, ask: Callable[[Client, Sequence[T]], R], items: Sequence[T], least: int
) -> list[R]:
    """Ask about many things in one request; after a fault in smaller ones, with retries.

    GitHub ends a query that takes it more than ten seconds, as it would the same one again
    (https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#timeouts).
    """
    if len(items) > least:
        with suppress(TransientError):
            return [ask(client.limited(0), items)]
    return [ask(client, items[start : start + least]) for start in range(0, len(items), least)]
