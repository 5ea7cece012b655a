"""Reads the facts about a deployment that the approvers see and that conditions are assessed on.

Nothing here raises: what cannot be read has a source with a problem, and no condition passes on it.
"""

from dataclasses import replace
from urllib.parse import urlsplit

from approval_gate.core.conditions.needs import Needs
from approval_gate.core.facts import Change, Facts, OwnJob
from approval_gate.core.model import Request
from approval_gate.github.change import read_change, read_change_again
from approval_gate.github.client import Client
from approval_gate.github.jobs import read_jobs
from approval_gate.github.repository import Repository
from approval_gate.github.situation import read_situation


def read_facts(
    client: Client,
    repository: Repository,
    request: Request,
    needs: Needs,
    own_job: OwnJob,
    *,
    change: Change | None = None,
) -> Facts:
    """Read all facts, before the issue is opened: in six requests at most if the change is a usual one.

    The details that the request states are not GitHub's to tell; the caller adds them.

    Args:
        client: of the GitHub that the run is on; its deadline bounds how long faults are retried.
        repository: the one that deploys.
        request: names the run, the commit and the environment; without an environment there is no change.
        needs: what conditions need besides the jobs and the change, which are always shown.
        own_job: the gate's own job, which is left out.
        change: the change if it was read already, since the policy excludes its authors.
    """
    name, head = repository.full_name, request.sha
    jobs = read_jobs(client, name, request, needs.jobs, own_job)
    here = request.environment if change is None else None
    situation = read_situation(
        client,
        name,
        head,
        here=here,
        elsewhere=needs.environments,
        labels=needs.labels,
        run_id=request.run_id,
        confirm=needs != Needs(),
    )
    if situation.last is not None:
        change = read_change(client, name, situation.last, head, _host(request), confirm=needs.reviews).change
    return Facts(change=change, jobs=jobs, issues=situation.issues, deployed=situation.deployed)


def read_again(
    client: Client, facts: Facts, repository: Repository, request: Request, needs: Needs, own_job: OwnJob
) -> Facts:
    """Read what conditions use again, in three requests at most: jobs, reviews, issues and deployments.

    What they do not use stays as it was read before. The commits of a change and its files cannot change:
    once read, they keep the time at which they were.
    """
    name, head = repository.full_name, request.sha
    jobs, change = facts.jobs, facts.change
    if needs.jobs:
        jobs = read_jobs(client, name, request, needs.jobs, own_job)
    situation = read_situation(client, name, head, elsewhere=needs.environments, labels=needs.labels)
    uses_change = needs.reviews or (needs.files and change is not None and change.source.problem)
    if uses_change and change is not None and request.environment is not None:
        change = read_change_again(
            client, name, request.environment, head, _host(request), change, run_id=request.run_id
        )
    issues = {it.label: it for it in (*facts.issues, *situation.issues)}
    deployed = {it.environment: it for it in (*facts.deployed, *situation.deployed)}
    return replace(
        facts, change=change, jobs=jobs, issues=tuple(issues.values()), deployed=tuple(deployed.values())
    )


def _host(request: Request) -> str:
    return urlsplit(request.run_url).hostname or ""
