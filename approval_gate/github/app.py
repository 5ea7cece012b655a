"""A GitHub App as the account that asks: its installation's token, renewed before it expires.

The app signs with its private key, and GitHub gives it a token of one hour for
the repositories where it is installed
(https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from approval_gate.core.timing import TOKEN_MARGIN, TOKEN_RETRY
from approval_gate.core.wording import join
from approval_gate.errors import (
    GitHubError,
    InputError,
    NotFoundError,
    PermissionDeniedError,
    RejectedError,
    TransientError,
    UnauthenticatedError,
)
from approval_gate.github.client import Client
from approval_gate.github.parse import Answer, parse, time_of
from approval_gate.github.wire import Signature, StaticCredential, app_signature, token_signature

_NEEDED = {"issues": "write"}
_USED = {
    **_NEEDED,
    "contents": "read",
    "members": "read",
    "actions": "read",
    "deployments": "read",
    "pull_requests": "read",
    "metadata": "read",
}
"""The permissions that the gate uses. A token gets those of them that the app was granted, and no others."""

_LEVELS = ("read", "write", "admin")


def app_key(app_id: str, private_key: str) -> StaticCredential:
    """Return what signs as the app itself.

    Args:
        app_id: the app's id, or its client id.
        private_key: PEM; its line ends can be written as a backslash and an n, as secrets often are.

    Raises:
        InputError: it is not a private key.
    """
    try:
        return StaticCredential(app_signature(app_id, private_key.strip().replace("\\n", "\n") + "\n"))
    except ValueError:
        raise InputError(
            "app-private-key: it is not a private key of an app.",
            remedy="Store the whole .pem file that GitHub gave as the secret.",
        ) from None


class Installation:
    """The app's access to the repositories of one run.

    Args:
        client: signs as the app itself.
        repository: ``owner/name`` that deploys.
        names: the only repositories of this owner that the token gives access to.
        mask: is called with each new token, to keep it out of the log.
    """

    def __init__(
        self, client: Client, repository: str, names: Sequence[str], mask: Callable[[str], None]
    ) -> None:
        self._client = client
        self._repository = repository
        self._names = list(names)
        self._mask = mask
        self._id: int | None = None
        self._granted: Mapping[str, str] = {}
        self._signature: Signature | None = None
        self._expires_at = self._renewed_from = datetime.min.replace(tzinfo=UTC)

    def auth(self) -> Signature:
        """Return the token that signs the next request.

        Raises:
            GitHubError: there is no valid token, and a new one cannot be created.
        """
        now = self._client.now()
        if self._signature is None or now >= self._expires_at:
            return self._mint()
        if now >= self._renewed_from:
            try:
                return self._mint()
            except GitHubError:
                # The old token is still valid. Without a pause, every request would wait for this fault.
                self._renewed_from = self._client.now() + TOKEN_RETRY
        return self._signature

    def refused(self) -> bool:
        """Have a new token created for the next request, since GitHub did not accept this one."""
        self._signature = None
        return True

    def shorten_timeouts(self) -> None:
        """Give up soon from now on."""
        self._client.shorten_timeouts()

    def check(self) -> None:
        """Create the first token, with retries, and check that it has the permissions that the gate needs.

        Raises:
            UnauthenticatedError: the key is not this app's.
            PermissionDeniedError: the app is not installed here, or lacks a permission.
        """
        self._client.with_retry(self._mint)
        lacking = [
            f"`{name}: {level}`"
            for name, level in _NEEDED.items()
            if not _suffices(self._granted.get(name), level)
        ]
        if lacking:
            raise PermissionDeniedError(
                f"The app's installation on {self._repository} lacks {join(lacking, 'and')}.",
                remedy="Grant it in the app's settings, and accept it where the app is installed.",
                detail=f"granted: {', '.join(f'{n}: {v}' for n, v in sorted(self._granted.items()))}",
            )

    def _mint(self) -> Signature:
        """Create a token; if the response is lost, the unused token expires within an hour."""
        try:
            if self._id is None:
                found = self._client.get(f"/repos/{self._repository}/installation")
                self._id, self._granted = parse("the app's installation", lambda: _installation(found))
            used = {name: level for name, level in _USED.items() if _suffices(self._granted.get(name), level)}
            body = {"repositories": self._names, "permissions": used}
            answer = self._client.write("POST", f"/app/installations/{self._id}/access_tokens", body)
        except TransientError:
            raise
        except UnauthenticatedError as error:
            raise UnauthenticatedError(
                "GitHub does not accept app-id with app-private-key.",
                remedy="Check that the key is this app's, not revoked, and that the runner's clock is right.",
                detail=error.detail,
            ) from error
        except (NotFoundError, PermissionDeniedError, RejectedError) as error:
            self._id = None  # the permissions may have changed: read them again before the next token
            raise PermissionDeniedError(
                f"The app has no access to {join(self._names, 'and')}, or is suspended.",
                remedy=f"Install it on {self._repository}, with these repositories selected.",
                detail=error.detail,
            ) from error
        token, self._expires_at = parse("the app's token", lambda: _token(answer))
        self._mask(token)
        self._signature, self._renewed_from = token_signature(token), self._expires_at - TOKEN_MARGIN
        return self._signature


def _installation(answer: Answer) -> tuple[int, dict[str, str]]:
    granted = answer.data["permissions"]
    return int(answer.data["id"]), {str(name): str(level) for name, level in granted.items()}


def _token(answer: Answer) -> tuple[str, datetime]:
    return str(answer.data["token"]), time_of(answer.data["expires_at"])


def _suffices(granted: str | None, needed: str) -> bool:
    return granted in _LEVELS and _LEVELS.index(granted) >= _LEVELS.index(needed)
