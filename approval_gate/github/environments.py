"""Environments of the repository that deploys, and the people and teams who review deployments to them."""

from typing import Any
from urllib.parse import quote

from approval_gate.core.names import NameProblem
from approval_gate.errors import NotFoundError, PermissionDeniedError
from approval_gate.github.client import Client
from approval_gate.github.errors import GRANT
from approval_gate.github.parse import parse
from approval_gate.github.repository import Repository

REVIEWERS = "required_reviewers"
"""The type of the rule that lists an environment's reviewers."""


def address(repository: Repository, name: str) -> str:
    """Return where an environment is read, whatever its name has in it.

    (https://docs.github.com/en/rest/deployments/environments#get-an-environment)
    """
    return f"/repos/{repository.full_name}/environments/{quote(name, safe='', errors='surrogateescape')}"


def rules_of(name: str, data: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """Return an environment's protection rules; the names of environments have no case."""
    if data["name"].lower() != name.lower():  # such as `..`, which is another address
        raise ValueError("another environment than requested")
    return list(data.get("protection_rules") or ())


def needed(error: PermissionDeniedError) -> str:
    """Say what a token needs to read an environment."""
    return "Grant the token `actions: read`." if error.remedy == GRANT else error.remedy


def read_reviewers(
    client: Client, repository: Repository, member: str, name: str
) -> tuple[list[str], NameProblem | None]:
    """Return an environment's required reviewers as names, and what is wrong with the entry that names it."""
    what = f"the environment {name}"
    try:
        data = client.read_confirmed(address(repository, name)).data
    except NotFoundError:
        cause = f"not an environment of {repository.full_name}"
        remedy = "Correct the name, or create the environment in the repository's settings."
        return [], NameProblem(member, cause, remedy)
    except PermissionDeniedError as error:
        return [], NameProblem(member, "an environment that this token cannot read", needed(error))
    owner = repository.full_name.partition("/")[0]
    names = parse(what, lambda: _names(rules_of(name, data), owner))
    if names:
        return names, None
    remedy = "Add them in the repository's settings, or name the approvers."
    return [], NameProblem(member, "an environment without required reviewers", remedy)


def _names(rules: list[Any], owner: str) -> list[str]:
    """Return the reviewers of all rules; a team is one of the organisation that owns the repository."""
    found = [one for rule in rules if rule["type"] == REVIEWERS for one in rule["reviewers"]]
    return [_name(str(one["type"]), one["reviewer"], owner) for one in found]


def _name(kind: str, reviewer: Any, owner: str) -> str:  # noqa: ANN401 - JSON
    if kind == "User":
        return f"user:{reviewer['login']}"
    if kind == "Team":
        return f"{owner}/{reviewer['slug']}"
    raise ValueError("a reviewer who is neither a user nor a team")
