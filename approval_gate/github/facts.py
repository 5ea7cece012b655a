"""Reads what is judged beforehand: about a request by the gate, about a policy by ``policy check``."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Literal
from urllib.parse import urlsplit

from approval_gate.core.change import UnknownAuthor
from approval_gate.core.facts import Change
from approval_gate.core.model import Person, Request
from approval_gate.core.policy.findings import Finding
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
    Token,
)
from approval_gate.core.policy.model import DeploymentType, Exclusion, Policy, Role
from approval_gate.core.request_facts import NamedCommit, RequestFacts
from approval_gate.core.roster import Named
from approval_gate.core.version import branch_names, is_hash
from approval_gate.errors import NotFoundError, PermissionDeniedError
from approval_gate.github import environments, paging
from approval_gate.github.change import read_change
from approval_gate.github.client import Client
from approval_gate.github.parse import parse, time_of
from approval_gate.github.people import VIEWER, People
from approval_gate.github.repository import (
    Repository,
    commit_of_branch,
    commit_of_hash,
    commit_of_tag,
    read_file,
    triggering_actors,
)
from approval_gate.github.situation import read_last_deployment

_WORKFLOWS = frozenset({"github-actions", "github-actions[bot]"})


def read_policy_facts(
    client: Client, repository: Repository, roles: Sequence[Role], environments: Sequence[str]
) -> Facts:
    """Read what a policy is checked against, with the token that the gate will have."""
    names, own, writers = _voters(People(client, repository, require_write=True), roles)
    return Facts(
        repository=repository.full_name,
        private=repository.private,
        names=names,
        writers=writers or frozenset(),
        token=_token(client, own),
        own=own,
        environments=_environments(client, repository, environments),
    )


def read_request_facts(
    client: Client,
    repository: Repository,
    people: People,
    request: Request,
    policy: Policy,
    deployment_type: DeploymentType,
    actor_id: int | None,
    checklist: str | None,
) -> RequestFacts:
    """Read what a request of the repository that deploys depends on.

    The actor is the run's, if the runner gives the id; ``checklist`` is the path of a file, if there is one.

    Raises:
        PolicyError: more is new in the environment than can be read.
    """
    change: Change | None = None
    unknown: tuple[UnknownAuthor, ...] = ()
    if policy.excludes_authors and request.environment is not None:
        host = urlsplit(request.run_url).hostname or ""
        name = repository.full_name
        last = read_last_deployment(client, name, request.environment, request.run_id)
        change, unknown = read_change(client, name, last, request.sha, host, barred=True)
    names, own, writers = _voters(people, policy.voting(deployment_type))
    excluded = Exclusion.INITIATOR in policy.exclude
    initiators, complete = _initiators(client, people, request, actor_id, excluded=excluded)
    return RequestFacts(
        names=names,
        own=own,
        writers=writers,
        initiators=initiators,
        initiators_known=complete or not excluded,
        initiators_complete=complete,
        change=change,
        unknown_authors=unknown,
        checklist=read_file(client, repository.full_name, checklist) if checklist else None,
        ref=_ref(client, request) if request.ref_type == "tag" else None,
        version=_version(client, request) if request.version != request.ref_name else (),
    )


def _voters(
    people: People, roles: Sequence[Role]
) -> tuple[tuple[Named, ...], Person | None, frozenset[int] | None]:
    names = people.find(roles)
    own = people.own_account()
    return names, own, people.writers(names)


def _initiators(
    client: Client, people: People, request: Request, actor_id: int | None, *, excluded: bool
) -> tuple[tuple[Person, ...], bool]:
    """Return everybody who started an attempt of the run, and whether they are all known.

    For a first attempt the runner's word is enough, unless the policy excludes them: then the account
    is read by its id, since it can have been renamed.
    """
    started = None
    if request.run_attempt > 1:
        started = triggering_actors(client, request.repository, request.run_id, request.run_attempt)
    logins = {request.actor, request.triggering_actor}
    if not excluded:
        logins -= {request.actor, *(person.login for person in started or ())}
    found = [person for login in sorted(logins) if (person := people.user(login)) is not None]
    if actor_id is not None:
        found.append(Person(id=actor_id, login=request.actor))
    return (*found, *(started or ())), started is not None or request.run_attempt == 1


def _ref(client: Client, request: Request) -> NamedCommit:
    """Read the commit of the run's tag."""
    ref = NamedCommit(kind="tag", name=request.ref_name, commit=None)
    try:
        commit = client.with_retry(lambda: commit_of_tag(client, request.repository, request.ref_name))
    except PermissionDeniedError as error:
        return replace(ref, refusal=error.detail)
    return replace(ref, commit=commit)


def _version(client: Client, request: Request) -> tuple[NamedCommit, ...] | None:
    """Read what the version names in Git; None if the token cannot see that."""
    version = request.version

    def named(
        kind: Literal["tag", "branch", "hash"], name: str, read: Callable[[Client, str, str], str | None]
    ) -> NamedCommit:
        commit = client.with_retry(lambda: read(client, request.repository, name))
        return NamedCommit(kind=kind, name=name, commit=commit)

    try:
        found = [named("tag", version, commit_of_tag)]
        found += [named("branch", name, commit_of_branch) for name in branch_names(version)]
        if is_hash(version) and not request.sha.startswith(version.lower()):
            found.append(named("hash", version, commit_of_hash))
    except PermissionDeniedError:
        return None
    return tuple(found)


def _token(client: Client, own: Person | None) -> Token | None:
    """Return the token's holder and expiry; None if they are unknown."""
    now = client.now()
    if own is not None:
        try:
            end = _end(client.meter.expiration) if client.meter.expiration else None
        except ValueError:
            return None
        return Token(holder=Holder.PERSON, seen_at=now, expires_at=end)
    try:
        data = client.with_retry(lambda: client.graphql(VIEWER, {}))
    except PermissionDeniedError:
        return None
    login = parse("the token's account", lambda: str(data["viewer"]["login"].lower()))
    return Token(holder=Holder.JOB if login in _WORKFLOWS else Holder.APP, seen_at=now)


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
    return (*deployed, *(it for it in others if isinstance(it.protection, Protection)))


def _environment(client: Client, repository: Repository, name: str) -> Environment:
    """Read an environment and its protection.

    (https://docs.github.com/en/rest/deployments/environments#get-an-environment,
    https://docs.github.com/en/rest/deployments/branch-policies#list-deployment-branch-policies)
    """
    path = environments.address(repository, name)
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
        grant = environments.needed(error)
        return Environment(name=name, protection=Finding(problem="the token cannot read it.", remedy=grant))
    return Environment(name=name, protection=protection)


def _protection(name: str, data: Any) -> Protection:  # noqa: ANN401 - JSON
    rules = environments.rules_of(name, data)
    policy = data.get("deployment_branch_policy")
    branches = Branches.ANY
    if policy is not None:
        branches = Branches.PROTECTED if policy["protected_branches"] else Branches.NAMED
    return Protection(
        reviewed=any(rule["type"] == environments.REVIEWERS and rule["reviewers"] for rule in rules),
        wait_minutes=sum(int(rule["wait_timer"]) for rule in rules if rule["type"] == "wait_timer"),
        branches=branches,
    )


def _patterns(data: Any) -> list[Pattern]:  # noqa: ANN401 - JSON
    """Parse a page of patterns; on an older server, which has no tag patterns, each is a branch's."""
    return [
        Pattern(kind=str(policy.get("type", "branch")), name=str(policy["name"]))
        for policy in data["branch_policies"]
    ]
