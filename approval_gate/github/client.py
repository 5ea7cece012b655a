"""One request and what its answer means: authentication, errors, time, budget.

PyGithub signs and sends; its own retries and pauses are off, since it repeats
a POST blindly and sleeps through a cancellation. Whether a request is repeated
is decided here for reads and by the callers for writes.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeAlias, TypeVar
from urllib.parse import urlsplit

import requests
import tenacity
from github import Auth, Github
from github.Requester import Requester

from approval_gate import __version__
from approval_gate.core.timing import Budget
from approval_gate.core.wording import join
from approval_gate.errors import (
    GitHubError,
    IssueGoneError,
    LockedError,
    NotFoundError,
    OutageError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    RetiredError,
    TransientError,
    UnauthenticatedError,
)
from approval_gate.github.deadline import DeadlineAdapter
from approval_gate.github.parse import answered, seen

T = TypeVar("T")

API_VERSION = "2022-11-28"
"""Sent as ``X-GitHub-Api-Version``: the newest that every supported GitHub
Enterprise Server knows (https://docs.github.com/en/rest/about-the-rest-api/api-versions)."""

PAGE = 100
"""The largest page (https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api)."""

SECONDARY_WAIT = 60.0
"""Seconds to wait at the least when a limit names no time
(https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api)."""

GRANT = "Grant the token what this needs."
"""The remedy where a permission is lacking and GitHub does not say which."""

# What PyGithub logs has whole answers in it, and an app's new token is one. This logger leads nowhere.
Requester.injectLogger(logging.Logger("silent", logging.CRITICAL + 1))  # noqa: LOG001 - nobody can configure it

_CORRECT = "Correct the input that GitHub's answer speaks of. If there is none, please report it."
_PERMISSION = re.compile(r"([a-z_]+)=(read|write|admin)")
_LINK = re.compile(r'<([^>]+)>\s*;\s*rel="(\w+)"')
_TIMEOUT = 10
_HURRIED_TIMEOUT = 2
_TOTAL = 15.0
_LONGEST_BACKOFF = 30.0
_MOVED = 301
_REDIRECTS = frozenset({_MOVED, 302, 307, 308})
_ENDS = ("Deprecation", "Sunset")
_GRAPHQL_LIMITS = frozenset({"RATE_LIMIT", "RATE_LIMITED"})
_MOVED_TO = "x-moved-to"


class Clock(Protocol):
    """The machine's time: it only ever measures how long something takes."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment."""

    def sleep(self, seconds: float) -> bool | None:
        """Wait, and tell whether a stop signal cut it short; one may end it by an exception too."""


class SystemClock:
    """This machine's own time."""

    monotonic = staticmethod(time.monotonic)

    def __init__(self, sleep: Callable[[float], bool | None] = time.sleep) -> None:
        self.sleep = sleep


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that is no error: 2xx, or 304 to a conditional request."""

    status: int
    headers: Mapping[str, str]
    data: Any = field(repr=False)

    @property
    def unchanged(self) -> bool:
        """Whether GitHub says that nothing has changed (304)."""
        return self.status == 304  # noqa: PLR2004 - its own name

    @property
    def etag(self) -> str | None:
        """The tag to ask with next time."""
        return self.headers.get("etag")

    def page(self, which: str) -> str | None:
        """Return the address of the ``next``, ``prev`` or ``last`` page, if there is one (RFC 8288)."""
        return next((url for url, rel in _LINK.findall(self.headers.get("link", "")) if rel == which), None)


Read: TypeAlias = Callable[[str, Mapping[str, str | int]], Answer]
"""One of the client's reads, with the parameters of the address."""


class Credential(Protocol):
    """Who asks."""

    def auth(self) -> Auth.Auth:
        """Return what signs the next request, which may be another each time."""

    def refused(self) -> bool:
        """Be told that GitHub did not accept it, and tell whether there may be another."""

    def hurry(self) -> None:
        """From now on give up soon."""


class StaticCredential:
    """A credential that is what it is."""

    def __init__(self, auth: Auth.Auth) -> None:
        self._auth = auth

    def auth(self) -> Auth.Auth:
        """Return what signs every request."""
        return self._auth

    def refused(self) -> bool:
        """Tell that there is no other."""
        return False

    def hurry(self) -> None:
        """Do nothing: it asks nobody."""


def fixed(token: str) -> StaticCredential:
    """Return the credential that a token is."""
    return StaticCredential(Auth.Token(token))


class Client:
    """Sends requests to one GitHub for one account.

    Args:
        credential: who asks; never shown, not even by ``repr``.
        api_url: ``https://api.github.com``, or GitHub Enterprise Server's ``…/api/v3``.
        clock: the machine's time.
        patience: seconds for which a read is repeated while GitHub has a fault.

    Attributes:
        charged: requests that GitHub has charged so far.
        deprecation: what GitHub says of the end of what was asked, with its date; empty if nothing
            (https://docs.github.com/en/rest/about-the-rest-api/api-versions).
        expiration: when the token ends, in GitHub's words; empty if it says nothing of that
            (https://github.blog/changelog/2021-07-26-expiration-options-for-personal-access-tokens/).
    """

    def __init__(
        self,
        credential: Credential,
        api_url: str,
        clock: Clock,
        *,
        api_version: str = API_VERSION,
        patience: float = 90.0,
    ) -> None:
        self._credential = credential
        self._api_url = api_url
        self._api_version = api_version
        self._clock = clock
        self.patience = patience
        self._hurried = False
        self._auth: Auth.Auth | None = None
        self._requester: Any = None
        self._offset: timedelta | None = None
        self._zero = datetime(1970, 1, 1, tzinfo=UTC)
        self._limits: tuple[int, float] | None = None
        self.charged = 0
        self.expiration = self.deprecation = ""

    def __repr__(self) -> str:
        return f"Client({self._api_url!r})"

    def _connect(self, auth: Auth.Auth) -> Any:  # noqa: ANN401 - PyGithub's Requester, used for its one method
        requester: Any = Github(
            auth=auth,
            base_url=self._api_url,
            timeout=_HURRIED_TIMEOUT if self._hurried else _TIMEOUT,
            user_agent=f"approval-gate/{__version__}",
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            api_version=self._api_version,
        ).requester
        # It has no public way to the one connection that it keeps.
        session = requester._Requester__createConnection().session  # noqa: SLF001
        session.hooks["response"].append(_not_followed)
        total = min(_TOTAL, _HURRIED_TIMEOUT) if self._hurried else _TOTAL
        for scheme in ("https://", "http://"):
            session.mount(scheme, DeadlineAdapter(total))
        return requester

    def hurry(self) -> None:
        """From now on give up soon, and on the first fault: the runner is about to kill us."""
        self._hurried, self.patience = True, 0.0
        self._requester = None
        self._credential.hurry()

    def _signed(self) -> Any:  # noqa: ANN401 - as above
        """Return what sends the next request, signed by who asks now."""
        auth = self._credential.auth()
        if self._requester is None or auth != self._auth:
            self._auth, self._requester = auth, self._connect(auth)
        return self._requester

    def bear(self, seconds: float) -> None:
        """From now on repeat a request for so long at the most; not at all after :meth:`hurry`."""
        self.patience = 0.0 if self._hurried else seconds

    # Time and budget -----------------------------------------------------------------

    def monotonic(self) -> float:
        """Return the machine's seconds since some fixed moment."""
        return self._clock.monotonic()

    def now(self) -> datetime:
        """Return the time in GitHub's clock, as its last answer told it.

        Before any answer the machine's own clock has to do.
        """
        if self._offset is None:
            return datetime.now(UTC)
        return self._zero + timedelta(seconds=self._clock.monotonic()) + self._offset

    def budget(self, look_cost: float) -> Budget | None:
        """Return what is left of the hour's requests; None before GitHub has said so."""
        if self._limits is None:
            return None
        remaining, reset = self._limits
        return Budget(remaining, max(0.0, reset - self.now().timestamp()), look_cost)

    def ending(self) -> tuple[str, ...]:
        """Return a warning if GitHub says that what was asked comes to its end."""
        if not self.deprecation:
            return ()
        version, when = self._api_version, self.deprecation
        return (f"GitHub will stop answering version {version} of its API ({when}): update the action.",)

    # Reads ---------------------------------------------------------------------------

    def get(
        self,
        path: str,
        parameters: Mapping[str, str | int] | None = None,
        *,
        etag: str | None = None,
        accept: str | None = None,
    ) -> Answer:
        """Read once.

        Raises:
            GitHubError: GitHub answered with an error, or not at all.
        """
        given = {"If-None-Match": etag, "Accept": accept}
        headers = {name: value for name, value in given.items() if value is not None}
        return self._send("GET", path, parameters=parameters, headers=headers)

    def read(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Answer:
        """Read, patiently: repeat while GitHub has a fault.

        Raises:
            GitHubError: GitHub refused, or the fault outlasted the patience.
        """
        return self.patiently(lambda: self.get(path, parameters))

    def read_twice(self, path: str) -> Answer:
        """Read, patiently, where a refusal means something: a 403 or a 404 may be a passing fault.

        Raises:
            NotFoundError: GitHub found nothing, and nothing again.
            GitHubError: see :meth:`read`.
        """
        try:
            return self.read(path)
        except (NotFoundError, PermissionDeniedError):
            return self.read(path)

    def pages(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Iterator[Any]:
        """Read every item of every page, patiently.

        Raises:
            GitHubError: see :meth:`read`; a page that is no list is a fault too.
        """
        for answer in self.answers(self.read, path, parameters):
            yield from items(answer)

    @staticmethod
    def answers(read: Read, path: str, parameters: Mapping[str, str | int] | None = None) -> Iterator[Answer]:
        """Read page after page where GitHub says the next one is, with one of the reads above.

        Raises:
            GitHubError: see :meth:`get`; pages that lead in a circle are a fault too.
        """
        answer = read(path, {**(parameters or {}), "per_page": PAGE})
        yield answer
        yield from _walk(read, answer, lambda page: page.page("next"))

    @staticmethod
    def answers_backwards(read: Read, path: str) -> Iterator[Answer]:
        """Read the pages of what is listed in the order in which it came to be, the last one first.

        What is deleted meanwhile has all that follows it move up, to a page that
        is still to be read: nothing is passed over. What is added meanwhile comes
        after the end, and may be missing.

        Raises:
            GitHubError: see :meth:`answers`; a last page that leads to none before it is a fault too.
        """
        first = last = read(path, {"per_page": PAGE})
        for page in _walk(read, first, _towards_the_end):
            last = page
        if last is not first and last.page("prev") is None:
            raise OutageError("GitHub's last page does not lead back.", detail=seen(last.headers))
        yield last
        yield from _walk(read, last, lambda page: page.page("prev"))

    def patiently(self, call: Callable[[], T]) -> T:
        """Repeat a read with exponential backoff and jitter, as GitHub asks for it.

        Raises:
            GitHubError: what the last try raised.
        """
        began = self._clock.monotonic()
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientError),
            wait=backoff,
            stop=lambda state: self._clock.monotonic() + state.upcoming_sleep > began + self.patience,
            sleep=self._pause,
            reraise=True,
        )
        return retrying(call)

    def _pause(self, seconds: float) -> None:
        """Wait for the next try; a stop signal makes it the last, and a quick one."""
        if self._clock.sleep(seconds):
            self.hurry()

    def graphql(self, query: str, variables: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        """Ask GraphQL once, and return its ``data``.

        Raises:
            PermissionDeniedError: this token may not ask it.
            GitHubError: any other refusal or fault.
        """
        path = self._signed().graphql_url
        answer = self._send("POST", path, body={"query": query, "variables": dict(variables)})
        if not isinstance(answer.data, dict):
            raise OutageError("GitHub's GraphQL answered what is no answer.", detail=seen(answer.headers))
        errors = [error for error in answer.data.get("errors") or () if isinstance(error, dict)]
        words = "; ".join(str(error.get("message", "")) for error in errors)[:300]
        said = f"{words}{seen(answer.headers)}"
        kinds = {error.get("type") for error in errors}
        if kinds & _GRAPHQL_LIMITS:
            raise RateLimitError(
                "GitHub's GraphQL asks for fewer requests.",
                detail=said,
                retry_after=_limit_wait(answer.headers, primary=True),
            )
        if any((error.get("extensions") or {}).get("code") == "undefinedField" for error in errors):
            raise RejectedError("GitHub's GraphQL does not have a field that the gate asks for.", detail=said)
        if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES"}:
            raise PermissionDeniedError("This token may not read it by GraphQL.", detail=said)
        if kinds - {"NOT_FOUND"} or not isinstance(answer.data.get("data"), dict):
            raise OutageError("GitHub's GraphQL answered with an error.", detail=said)
        return answer.data["data"]

    # Writes --------------------------------------------------------------------------

    def write(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Answer:
        """Write once; nothing here repeats it.

        Raises:
            TransientError: it may or may not have taken effect.
            GitHubError: it was refused.
        """
        return self._send(method, path, body={} if body is None else body)

    def settle(
        self, write: Callable[[], T], found: Callable[[], T | None], *, tried: bool = False, lag: float = 0.0
    ) -> T:
        """Write until it is certain that it took effect, and only once.

        After a fault the effect is looked up before anything is written again.

        Args:
            write: one try.
            found: looks up what an earlier try brought about, if it did.
            tried: whether an earlier call may have written it.
            lag: seconds for which what was written may not be found yet; until
                then it is not written again.

        Raises:
            GitHubError: it was refused, or the fault outlasted the patience.
        """
        until = self._clock.monotonic() + self.patience
        doubt: TransientError | None = None
        visible = 0.0

        def attempt() -> T:
            nonlocal tried, doubt, visible
            while tried:
                if (there := found()) is not None:
                    return there
                now = self._clock.monotonic()
                if doubt is None or now >= visible:
                    break
                if self._hurried or visible > until:
                    raise doubt
                self._pause(visible - now)
            tried = True
            try:
                return write()
            except TransientError as error:
                doubt, visible = error, self._clock.monotonic() + lag
                raise

        return self.patiently(attempt)

    # The wire ------------------------------------------------------------------------

    def _send(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Answer:
        url, requester = path, self._signed()
        for _ in range(3):
            try:
                status, received, text = requester.requestJson(
                    method, url, dict(parameters or {}), dict(headers or {}), body
                )
            except (requests.RequestException, OSError) as error:
                raise OutageError(
                    f"GitHub did not answer {method} {path}.", detail=f"{type(error).__name__}"
                ) from error
            answered(received)
            self._note(received)
            if status == requests.codes.unauthorized and self._credential.refused():
                # What is refused had no effect.
                requester = self._signed()
                continue
            location = received.get(_MOVED_TO) or received.get("location")
            if status not in _REDIRECTS or location is None:
                break
            # GitHub asks for the same request there, whatever its method
            # (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects).
            if not self._is_ours(location):
                raise OutageError(f"GitHub redirected {method} {path} elsewhere.")
            url, parameters = location, {}
        try:
            return _answer(method, path, status, received, text, self._api_version)
        except GitHubError as error:
            error.detail = self._without_token(error.detail)
            raise

    def _without_token(self, text: str) -> str:
        """Return somebody else's words without the token, should they repeat it."""
        return text.replace(self._auth.token, "***") if isinstance(self._auth, Auth.Token) else text

    def _is_ours(self, location: str) -> bool:
        """Tell whether an address is on the host that we speak to."""
        here, there = urlsplit(self._api_url), urlsplit(location)
        return not there.netloc or (there.scheme, there.netloc) == (here.scheme, here.netloc)

    def _note(self, headers: Mapping[str, str]) -> None:
        """Take the time, the budget, the token's end and the API's from an answer's headers."""
        told = [f"{name}: {headers[name.lower()]}" for name in _ENDS if name.lower() in headers]
        self.deprecation = self.deprecation or ", ".join(told)
        self.expiration = headers.get("github-authentication-token-expiration", self.expiration)
        try:
            date = parsedate_to_datetime(headers.get("date", ""))
            self._offset = date - self._zero - timedelta(seconds=self._clock.monotonic())
        except (TypeError, ValueError):
            pass
        if headers.get("x-ratelimit-resource", "core") != "core":
            self.charged += 1  # another budget, of the same size: who spares one spares the other
            return
        try:
            remaining, reset = int(headers["x-ratelimit-remaining"]), float(headers["x-ratelimit-reset"])
        except (KeyError, ValueError):
            return
        if self._limits is not None:
            self.charged += max(0, self._limits[0] - remaining)
        self._limits = (remaining, reset)


def _not_followed(response: requests.Response, **_: object) -> None:
    """Keep PyGithub from following a 301: it would drop the query, and run in a circle without end."""
    if response.status_code == _MOVED and "location" in response.headers:
        response.headers[_MOVED_TO] = response.headers.pop("location")


def _towards_the_end(answer: Answer) -> str | None:
    following = answer.page("next")
    return following and (answer.page("last") or following)


def _walk(read: Read, answer: Answer, following: Callable[[Answer], str | None]) -> Iterator[Answer]:
    """Read what an answer leads to, one page after the other.

    Raises:
        GitHubError: GitHub refused, or has a fault; pages that lead in a circle are one.
    """
    before = set()
    while (address := following(answer)) is not None:
        if address in before:
            raise OutageError("GitHub's pages lead in a circle.", detail=seen(answer.headers))
        before.add(address)
        answer = read(address, {})
        yield answer


def items(answer: Answer) -> list[Any]:
    """Return the items of a page.

    Raises:
        OutageError: the page is no list.
    """
    if not isinstance(answer.data, list):
        raise OutageError("GitHub answered a list with something else.", detail=seen(answer.headers))
    return answer.data


_exponential = tenacity.wait_random_exponential(multiplier=1, max=_LONGEST_BACKOFF, min=0.5)


def backoff(state: tenacity.RetryCallState) -> float:
    """Return the seconds until the next try: what GitHub asked for, or more each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, TransientError) else None
    return max(asked or 0.0, _exponential(state))


def _answer(
    method: str, path: str, status: int, headers: Mapping[str, str], text: str, version: str
) -> Answer:
    """Turn a response into an answer or an error."""
    if status == requests.codes.not_modified or requests.codes.ok <= status < requests.codes.multiple_choices:
        try:
            data = json.loads(text) if text.strip() else None
        except ValueError as error:
            raise OutageError(
                f"GitHub's answer to {method} {path} cannot be read.", detail=seen(headers)
            ) from error
        return Answer(status, headers, data)
    raise _error(method, path, status, headers, _message(text), version)


def _error(
    method: str, path: str, status: int, headers: Mapping[str, str], said: str, version: str
) -> GitHubError:
    what = f"{method} {path.partition('?')[0]}"
    detail = f"GitHub answered {status} to {what}{f': {said}' if said else ''}{seen(headers)}"
    wait = _retry_after(headers)
    spent = headers.get("x-ratelimit-remaining") == "0"
    if status == 429 or (  # noqa: PLR2004 - 429 is its own name
        status == requests.codes.forbidden and (spent or wait is not None or "rate limit" in said.lower())
    ):
        return RateLimitError(
            "GitHub asks for fewer requests.",
            detail=detail,
            retry_after=_limit_wait(headers, primary=spent),
        )
    if status == requests.codes.unauthorized:
        return UnauthenticatedError(
            "GitHub does not accept the token.",
            remedy="Pass a valid token, `token: ${{ github.token }}` say. "
            "A token made by a GitHub App lives for one hour.",
            detail=detail,
        )
    if status == requests.codes.forbidden and "locked" in said.lower():
        return LockedError(
            "The conversation is locked, and GitHub lets no app write there.",
            remedy="Unlock the issue.",
            detail=detail,
        )
    if status == requests.codes.forbidden:
        grant = _grant(headers.get("x-accepted-github-permissions", ""))
        return PermissionDeniedError(f"The token may not {what}.", remedy=grant, detail=detail)
    if status == requests.codes.not_found:
        return NotFoundError("GitHub finds nothing there that this token may see.", detail=detail)
    if status == requests.codes.gone and ("version" in said.lower() or "/issues" not in path):
        return RetiredError(
            f"GitHub no longer answers version {version} of its API.",
            remedy="Update the action; a newer version of the API can be named in APPROVAL_GATE_API_VERSION.",
            detail=detail,
        )
    if status == requests.codes.gone:
        return IssueGoneError("The issue, or the repository's issues, are gone.", detail=detail)
    if status in {requests.codes.bad_request, requests.codes.conflict, requests.codes.unprocessable}:
        return RejectedError("GitHub rejected a request as invalid.", remedy=_CORRECT, detail=detail)
    return OutageError("GitHub has a fault.", detail=detail, retry_after=wait)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError):
        return None


def _grant(accepted: str) -> str:
    """Return the remedy of a lacking permission, from what GitHub says would suffice.

    ``;`` separates alternatives, ``,`` what is needed together; of the
    alternatives the one with ``issues`` is what the gate works with.
    """
    alternatives = [found for it in accepted.split(";") if (found := _PERMISSION.findall(it))]
    if not alternatives:
        return GRANT
    needed = next((it for it in alternatives if ("issues", "write") in it), alternatives[0])
    return f"Grant the token {join([f'`{name}: {level}`' for name, level in needed], 'and')}."


def _limit_wait(headers: Mapping[str, str], *, primary: bool) -> float:
    """Return how long a limit wants us to wait: as asked, until the reset, or a minute."""
    asked = _retry_after(headers)
    if asked is not None:
        return asked
    try:
        reset = float(headers["x-ratelimit-reset"])
        now = parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return SECONDARY_WAIT
    return max(1.0, reset - now + 1) if primary else SECONDARY_WAIT


def _message(text: str) -> str:
    """Return GitHub's own words, if the answer has any; what was rejected, and why, among them.

    (https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed)
    """
    try:
        data = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(data, dict):
        return ""
    message, errors = data.get("message"), data.get("errors")
    words = message[:300] if isinstance(message, str) else ""
    wrong = [_rejected(error) for error in (errors if isinstance(errors, list) else [errors]) if error]
    return f"{words}{': ' if words and wrong else ''}{'; '.join(wrong)[:600]}"


def _rejected(error: object) -> str:
    """Write one of the ``errors`` of an answer: what is rejected, and why."""
    if not isinstance(error, dict):
        return str(error)
    what = ".".join(str(error[key]) for key in ("resource", "field") if error.get(key))
    why = ", ".join(str(error[key]) for key in ("code", "message") if error.get(key))
    return ": ".join(filter(None, (what, why)))
