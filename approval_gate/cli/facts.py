"""``policy check`` against a repository: builds the adapters, and says what to do where one fails."""

from collections.abc import Mapping, Sequence

from approval_gate.cli.prepare import connect
from approval_gate.core.policy.lint import Facts, roles_to_resolve
from approval_gate.core.policy.model import Policy
from approval_gate.errors import (
    InputError,
    NotFoundError,
    PermissionDeniedError,
    TransientError,
    UnauthenticatedError,
)
from approval_gate.github.client import Client, Clock, SystemClock
from approval_gate.github.facts import gather
from approval_gate.github.repository import Repository, read_repository
from approval_gate.github.wire import static_token
from approval_gate.runner.checks import is_token
from approval_gate.runner.environment import read_api_url


def ask(
    policy: Policy,
    repository: str,
    environments: Sequence[str],
    token: str,
    environ: Mapping[str, str],
    machine: Clock | None = None,
) -> Facts:
    """Ask GitHub for all that a policy is held against.

    Args:
        policy: what is held against it.
        repository: ``owner/name``, the one that deploys.
        environments: what is deployed to.
        token: the one that the gate is to have.
        environ: the environment's variables; they say where GitHub is.
        machine: what measures time and waits.

    Raises:
        InputError: the token or GitHub's address cannot be used.
        GitHubError: GitHub refused, or has a fault.
    """
    if not is_token(token):
        raise InputError("The token holds characters that no token has.", remedy=_ANOTHER)
    client = connect(static_token(token), read_api_url(environ), environ, machine or SystemClock())
    try:
        return gather(client, _repository(client, repository), roles_to_resolve(policy), environments)
    except UnauthenticatedError as error:
        raise UnauthenticatedError(error.problem, remedy=_ANOTHER, detail=error.detail) from error
    except TransientError as error:
        remedy = error.remedy or "Try again when GitHub answers; nothing was changed."
        raise type(error)(error.problem, remedy=remedy, detail=error.detail) from error


def _repository(client: Client, full_name: str) -> Repository:
    try:
        return read_repository(client, full_name)
    except NotFoundError as error:
        raise PermissionDeniedError(
            f"The token cannot see {full_name}.",
            remedy="Correct the name, or set GH_TOKEN or GITHUB_TOKEN to one that may see it.",
            detail=error.detail,
        ) from error


_ANOTHER = "Set GH_TOKEN or GITHUB_TOKEN to one that is valid."
