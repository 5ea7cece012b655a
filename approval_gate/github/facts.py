"""Reads what ``policy check`` judges: a people, the token's lifetime, the environments' protection."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from approval_gate.core.model import Person
from approval_gate.core.policy.lint import (
    GATE,
    ROLLBACK,
    Branches,
    Environment,
    Facts,
    Holder,
    Pattern,
    Protection,
    Purpose,
    Refusal,
    Token,
)
from approval_gate.core.policy.model import Role
from approval_gate.errors import NotFoundError, PermissionDeniedError
from approval_gate.github import paging
from approval_gate.github.client import Client
from approval_gate.github.errors import GRANT
from approval_gate.github.parse import parse, time_of
from approval_gate.github.people import VIEWER, People
from approval_gate.github.repository import Repository

_WORKFLOWS = frozenset({"github-actions", "github-actions[bot]"})


def gather(
    client: Client, repository: Repository, roles: Sequence[Role], environments: Sequence[str]
) -> Facts:
    """Read everything.

    Args:
        client: with the token that the gate will have.
        repository: the one that deploys.
        roles: the roles to resolve.
        environments: the names of the environments that are deployed to.

    Raises:
        GitHubError: GitHub refused a request that every gate makes, or has a fault.
    """
    people = People(client, repository, require_write=True)
    own = people.own_account()
    names = people.find(roles)
    return Facts(
        repository=repository.full_name,
        private=repository.private,
        names=names,
        writers=people.writers(names) or frozenset(),
        token=_token(client, own),
        own=own,
        environments=_environments(client, repository, environments),
    )


def _token(client: Client, own: Person | None) -> Token | None:
    """Return the token's holder and expiry; None if they are unknown."""
    now = client.now()
    if own is not None:
        try:
            end = _end(client.expiration) if client.expiration else None
        except ValueError:
            return None
        return Token(holder=Holder.PERSON, seen_at=now, expires_at=end)
    try:
        data = client.with_retry(lambda: client.graphql(VIEWER, {}))
    except PermissionDeniedError:
        return None
    login = parse("the token's account", partial(_login, data))
    return Token(holder=Holder.JOB if login in _WORKFLOWS else Holder.APP, seen_at=now)


def _login(data: Any) -> str:  # noqa: ANN401 - JSON
    return str(data["viewer"]["login"].lower())


def _end(text: str) -> datetime:
    """Parse ``2026-12-01 00:00:00 UTC``; some tokens have ``2026-12-01 00:00:00 +0200``.

    (https://github.com/google/go-github/issues/2649)
    """
    end = time_of(text.replace(" UTC", "+00:00").replace(" +", "+").replace(" -", "-"))
    if end.tzinfo is None:
        raise ValueError("a time without a zone")
    return end


def _environments(client: Client, repository: Repository, names: Sequence[str]) -> tuple[Environment, ...]:
    """Read the environments that are deployed to, and their visible companions."""
    wanted = dict.fromkeys(names)
    deployed = [_environment(client, repository, name) for name in wanted]
    companions = {**{name + ROLLBACK: Purpose.ROLLBACK for name in wanted}, GATE: Purpose.GATE}
    others = [
        replace(_environment(client, repository, name), purpose=purpose)
        for name, purpose in companions.items()
        if wanted and name not in wanted
    ]
    return (*deployed, *(other for other in others if isinstance(other.protection, Protection)))


def _environment(client: Client, repository: Repository, name: str) -> Environment:
    """Read an environment and its protection.

    (https://docs.github.com/en/rest/deployments/environments#get-an-environment,
    https://docs.github.com/en/rest/deployments/branch-policies#list-deployment-branch-policies)
    """
    path = f"/repos/{repository.full_name}/environments/{quote(name, safe='', errors='surrogateescape')}"
    what = f"the environment {name}"
    try:
        data = client.read(path).data
        protection = parse(what, partial(_protection, name, data))
        if protection.branches is Branches.NAMED:
            pages = paging.forward(client.read, f"{path}/deployment-branch-policies")
            patterns = [one for page in pages for one in parse(what, partial(_patterns, page.data))]
            protection = replace(protection, patterns=tuple(patterns))
    except NotFoundError:
        return Environment(name=name, protection=None)
    except PermissionDeniedError as error:
        grant = "Grant the token `actions: read`." if error.remedy == GRANT else error.remedy
        return Environment(name=name, protection=Refusal(problem="the token may not read it.", remedy=grant))
    return Environment(name=name, protection=protection)


def _protection(name: str, data: Any) -> Protection:  # noqa: ANN401 - JSON
    if data["name"].lower() != name.lower():  # such as `..`, which is another address
        raise ValueError("another environment than requested")
    rules = data.get("protection_rules") or []
    taken = data.get("deployment_branch_policy")
    branches = Branches.ANY
    if taken is not None:
        branches = Branches.PROTECTED if taken["protected_branches"] else Branches.NAMED
    return Protection(
        reviewed=any(rule["type"] == "required_reviewers" and rule["reviewers"] for rule in rules),
        wait_minutes=sum(int(rule["wait_timer"]) for rule in rules if rule["type"] == "wait_timer"),
        branches=branches,
    )


def _patterns(data: Any) -> list[Pattern]:  # noqa: ANN401 - JSON
    """Parse a page of patterns; on an older server, which has no tag patterns, each is a branch's."""
    return [
        Pattern(kind=str(policy.get("type", "branch")), name=str(policy["name"]))
        for policy in data["branch_policies"]
    ]
