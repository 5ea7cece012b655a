"""Connecting to GitHub: as a gate in its run, and with a token that somebody gives at a terminal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from approval_gate.core.policy.lint import Facts, roles_to_resolve
from approval_gate.core.policy.model import Policy
from approval_gate.errors import (
    InputError,
    NotFoundError,
    PermissionDeniedError,
    TransientError,
    UnauthenticatedError,
)
from approval_gate.github.client import API_VERSION, Client, Credential
from approval_gate.github.clock import Clock, SystemClock
from approval_gate.github.facts import read_policy_facts
from approval_gate.github.repository import Repository, read_repository
from approval_gate.github.wire import SenderFactory, Wire, static_token
from approval_gate.github.workflows import read_places
from approval_gate.runner.checks import Access, is_token
from approval_gate.runner.environment import RunContext, read_api_url


def connect(
    credential: Credential,
    api_url: str,
    environ: Mapping[str, str],
    clock: Clock,
    sender: SenderFactory = Wire,
) -> Client:
    """Connect to the GitHub at an address."""
    version = environ.get("APPROVAL_GATE_API_VERSION") or API_VERSION
    return Client(credential, api_url, clock, api_version=version, sender=sender)


def connect_as(
    access: Access,
    environment: RunContext,
    environ: Mapping[str, str],
    clock: Clock,
    hide: Callable[[str], None],
    sender: SenderFactory | None = None,
) -> Client:
    """Connect to the GitHub of this run; ``hide`` is called with what must not appear in the log.

    Raises:
        InputError: the app's key is not a private key.
        GitHubError: the app has no access, or GitHub has a fault.
    """
    credential, sender = access.credential, sender or Wire
    if isinstance(credential, str):
        hide(credential)
        return connect(static_token(credential), environment.api_url, environ, clock, sender)
    hide(credential.private_key)
    # Only a gate with an app waits for the library that signs.
    from approval_gate.github.app import Installation, app_key  # noqa: PLC0415

    owner, _, name = environment.repository.partition("/")
    other, _, target = access.target_repository.partition("/")
    names = dict.fromkeys([name, target] if other.lower() == owner.lower() else [name])
    key = app_key(credential.id, credential.private_key)
    app = connect(key, environment.api_url, environ, clock, sender)
    installation = Installation(app, environment.repository, [*names], hide)
    installation.check()
    return connect(installation, environment.api_url, environ, clock, sender)


def policy_facts(
    policy: Policy,
    repository: str,
    environments: Sequence[str],
    token: str,
    environ: Mapping[str, str],
    machine: Clock | None = None,
) -> Facts:
    """Gather what a policy is checked against, with the token that the gate will have.

    Raises:
        InputError: the token or GitHub's address cannot be used.
        GitHubError: GitHub refused, or has a fault.
    """
    with from_terminal(token, environ, machine) as client:
        deploying = read_deploying(client, repository, _UNSEEN)
        facts = read_policy_facts(client, deploying, roles_to_resolve(policy), environments)
        return replace(facts, places=read_places(client, deploying, policy))


@contextmanager
def from_terminal(
    token: str, environ: Mapping[str, str], machine: Clock | None = None, sender: SenderFactory = Wire
) -> Iterator[Client]:
    """Connect with a token that somebody gave at a terminal; an error says what to do there.

    Raises:
        InputError: the token or GitHub's address cannot be used.
    """
    if not is_token(token):
        raise InputError("The token holds characters that no token has.", remedy=_ANOTHER)
    try:
        yield connect(static_token(token), read_api_url(environ), environ, machine or SystemClock(), sender)
    except UnauthenticatedError as error:
        error.remedy = _ANOTHER
        raise
    except TransientError as error:
        error.remedy = error.remedy or "Try again when GitHub answers; nothing was changed."
        raise


def read_deploying(client: Client, full_name: str, remedy: str) -> Repository:
    """Read the repository that deploys; the remedy is for a token that cannot see it."""
    try:
        return read_repository(client, full_name)
    except NotFoundError as error:
        raise PermissionDeniedError(
            f"The token cannot see {full_name}, the repository that deploys.",
            remedy=remedy,
            detail=error.detail,
        ) from error


_UNSEEN = "Correct the name, or set GH_TOKEN or GITHUB_TOKEN to one that can see it."
_ANOTHER = "Set GH_TOKEN or GITHUB_TOKEN to one that is valid."
