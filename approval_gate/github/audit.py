"""Reads everything that an audit needs, repository by repository."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from approval_gate.core.audit.model import (
    Audit,
    AuditedRequest,
    Finding,
    FoundDeployment,
    Kind,
    Repository,
    Scope,
)
from approval_gate.core.audit.reach import out_of_reach
from approval_gate.core.audit.reconcile import audit
from approval_gate.core.audit.records import is_request
from approval_gate.core.audit.requests import read_request
from approval_gate.core.timing import LONGEST_RUN
from approval_gate.errors import NotFoundError, PermissionDeniedError
from approval_gate.github.approvals import (
    Listed,
    list_repositories,
    read_deployments,
    read_issues,
    read_repository,
)
from approval_gate.github.client import Client

PRODUCTION = "production"
"""The environment that is audited if none is named, in addition to those that the records name."""

STEPS = 100
"""How many steps of progress a repository's deployments count as: how many are recent is not known before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to audit: some repositories or an organisation; all environments if none is named."""

    repositories: tuple[str, ...]
    organization: str
    environments: tuple[str, ...]
    accounts: tuple[str, ...]
    days: int


class Progress(Protocol):
    """Shows how far the reading is."""

    def expect(self, steps: int) -> None:
        """Expect so many more steps."""

    def advance(self, steps: int = 1) -> None:
        """Count so many steps as done."""


def read_audit(client: Client, wanted: Wanted, progress: Progress) -> Audit:
    """Read everything, and judge it.

    Raises:
        GitHubError: something could not be read: an audit of a part would look like one of the whole.
    """
    until = client.now().replace(microsecond=0)
    reader = _Reader(client, wanted, until - timedelta(days=wanted.days), until, progress)
    names = reader.choose() if wanted.organization else wanted.repositories
    for name in names:
        reader.read_requests(name)
    environments = wanted.environments or reader.environments()
    for repository in tuple(reader.repositories.values()):
        reader.read_deployments(repository, environments)
    scope = Scope(
        since=reader.since,
        until=until,
        days=wanted.days,
        accounts=wanted.accounts,
        repositories=tuple(reader.repositories.values()),
        environments=tuple(environments),
        organization=wanted.organization,
    )
    return audit(
        scope,
        reader.requests,
        reader.deployments,
        reader.open_issues,
        reader.findings,
        out_of_reach(scope, reader.requests, reader.deployments),
    )


class _Reader:
    """What was read so far."""

    def __init__(
        self, client: Client, wanted: Wanted, since: datetime, until: datetime, progress: Progress
    ) -> None:
        self._client, self._wanted, self._progress = client, wanted, progress
        self.since, self._until = since, until
        self.repositories: dict[int, Repository] = {}
        self.requests: list[AuditedRequest] = []
        self.deployments: list[FoundDeployment] = []
        self.open_issues: dict[tuple[int, int], bool] = {}
        self.findings: list[Finding] = []

    def choose(self) -> list[str]:
        """Return the repositories of the organisation that have requests.

        Where GitHub finds none anywhere, those with deployments: its search by author is not complete
        everywhere. A repository with deployments and without a request is a finding.
        """
        wanted = self._wanted
        where = wanted.environments or (PRODUCTION,)
        found = [*list_repositories(self._client, wanted.organization, wanted.accounts, self.since, where)]
        if not any(it.has_issues for it in found):
            return [it.repository.name for it in found if it.has_deployments]
        self.findings += [_ungated(it, where) for it in found if it.has_deployments and not it.has_issues]
        return [it.repository.name for it in found if it.has_issues]

    def read_requests(self, name: str) -> None:
        """Read the requests of a repository, also those from before that can have led to a deployment."""
        try:
            repository = read_repository(self._client, name)
        except (NotFoundError, PermissionDeniedError) as error:
            if not self._wanted.organization:
                raise
            self.findings.append(
                Finding(kind=Kind.UNREAD, about=name, text=f"It could not be read: {error.problem}", url="")
            )
            return
        self.repositories[repository.id] = repository
        before = self.since - LONGEST_RUN
        accounts, expect = self._wanted.accounts, self._progress.expect
        for issue in read_issues(self._client, repository.name, accounts, before, expect):
            self._progress.advance()
            self.open_issues[repository.id, issue.number] = issue.is_open
            if is_request(issue):
                self.requests.append(read_request(issue))

    def environments(self) -> tuple[str, ...]:
        """Return the environments that the records name, and the usual one."""
        named = {it.environment.lower(): it.environment for it in self.requests if it.environment}
        return tuple(sorted({PRODUCTION: PRODUCTION, **named}.values()))

    def read_deployments(self, repository: Repository, environments: Sequence[str]) -> None:
        """Read the deployments of these days."""
        self._progress.expect(STEPS)
        days, done = self._until - self.since, 0
        for deployment in read_deployments(self._client, repository.name, environments, self.since):
            self.deployments.append(deployment)
            part = int(STEPS * ((self._until - deployment.created_at) / days))
            self._progress.advance(max(0, part - done))
            done = max(done, part)
        self._progress.advance(STEPS - done)


def _ungated(listed: Listed, environments: Sequence[str]) -> Finding:
    return Finding(
        kind=Kind.UNAPPROVED,
        about=listed.repository.name,
        text=f"It has deployments to {', '.join(environments)}, and no request for approval.",
        url="",
    )
