"""Reads the jobs of a run's attempt.

https://docs.github.com/en/rest/actions/workflow-jobs#list-jobs-for-a-workflow-run-attempt
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from approval_gate.core.conditions.model import RequiredJob
from approval_gate.core.conditions.needs import stands_for
from approval_gate.core.facts import Job, Jobs, OwnJob, Step
from approval_gate.core.model import Request
from approval_gate.errors import GitHubError, UnsettledError
from approval_gate.github import paging
from approval_gate.github.client import Client
from approval_gate.github.parse import Answer, parse, web_address
from approval_gate.github.sources import read_from, too_much, unread

LIMIT = 1_000
"""The most jobs that are read: ten requests."""

LISTED = 20
"""The most jobs that are listed though they passed with no step skipped and no condition names them."""

_GRANT = ("actions: read",)
_WHAT = "the jobs of this run"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """A job as GitHub lists it: the attempt that did its work, its runner, and whether all its steps ran."""

    job: Job
    attempt: int
    runner: str | None
    whole: bool


def read_jobs(
    client: Client, full_name: str, request: Request, named: Sequence[RequiredJob], own: OwnJob
) -> Jobs:
    """Read the other jobs of the request's attempt; if that fails, it is the source's problem.

    Args:
        client: of the GitHub that the run is on.
        full_name: the current name of the repository that deploys.
        request: names the run and its attempt.
        named: the jobs that conditions name, and their steps.
        own: the gate's own job, which is left out.
    """
    path = f"/repos/{full_name}/actions/runs/{request.run_id}/attempts/{request.run_attempt}/jobs"
    where, at = f"GET {path}", client.now()
    try:
        try:
            found = _read(client, path, request, named)
        except UnsettledError:  # the list changed between its pages
            found = _read(client, path, request, named)
    except GitHubError as error:
        return Jobs(source=unread(where, at, _WHAT, _GRANT, error))
    if found is None:
        return Jobs(source=too_much(where, at, f"there are more than {LIMIT} jobs"))
    listed, passed = _select(_newest(_others(found, own)), named)
    return Jobs(source=read_from(where, at), listed=listed, passed=passed)


def _read(client: Client, path: str, request: Request, named: Sequence[RequiredJob]) -> list[_Listed] | None:
    """Return all jobs; None if there are too many."""
    found: dict[int, _Listed] = {}
    total = 0
    for answer in paging.forward(client.read_confirmed, path):
        total, some = parse(_WHAT, partial(_page, answer, request, named))
        found |= {it.job.id: it for it in some}
        if total > LIMIT:
            return None
    if len(found) != total:
        raise UnsettledError(f"GitHub listed {len(found)} of {total}.")
    return list(found.values())


def _page(answer: Answer, request: Request, named: Sequence[RequiredJob]) -> tuple[int, list[_Listed]]:
    return int(answer.data["total_count"]), [_listed(it, request, named) for it in answer.data["jobs"]]


def _listed(data: Mapping[str, Any], request: Request, named: Sequence[RequiredJob]) -> _Listed:
    """Parse a job; of its steps those are kept that were skipped, or that a condition names."""
    name = _text(data["name"])
    wanted = {step for job in named if stands_for(job.name, name) for step in job.steps}
    steps = [_step(it) for it in data.get("steps") or ()]
    attempt = int(data.get("run_attempt") or request.run_attempt)
    number = int(data["id"])
    return _Listed(
        job=Job(
            id=number,
            name=name,
            url=web_address(data["html_url"]) or request.run_url,
            conclusion=_conclusion(data),
            carried_over=attempt < request.run_attempt,
            steps=tuple(it for it in steps if it.conclusion == "skipped" or it.name in wanted),
        ),
        attempt=attempt,
        runner=data.get("runner_name"),
        whole=all(it.conclusion != "skipped" for it in steps),
    )


def _step(data: Mapping[str, Any]) -> Step:
    return Step(name=_text(data["name"]), conclusion=_conclusion(data))


def _conclusion(data: Mapping[str, Any]) -> str | None:
    """Return how it ended; None while it has not. What GitHub does not say is not a success."""
    return str(data["conclusion"] or "unknown") if data["status"] == "completed" else None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a job has a name and an address")
    return value


def _others(found: Sequence[_Listed], own: OwnJob) -> list[_Listed]:
    """Leave out the gate's own job, which is running; if it is not certain which one it is, none."""
    running = [it for it in found if it.job.conclusion is None]
    mine = [it for it in running if it.job.id == own.id]
    if own.id is None:
        mine = [it for it in running if own.runner is not None and it.runner == own.runner]
    return [it for it in found if it not in mine] if len(mine) == 1 else list(found)


def _newest(found: Iterable[_Listed]) -> list[_Listed]:
    """Leave out what an earlier attempt did under the name of a newer job.

    Several jobs of one attempt can have the same name: the jobs of a matrix with a fixed name have.
    """
    jobs = list(found)
    newest: dict[str, int] = {}
    for it in jobs:
        newest[it.job.name] = max(it.attempt, newest.get(it.job.name, 0))
    return [it for it in jobs if it.attempt == newest[it.job.name]]


def _select(found: Iterable[_Listed], named: Sequence[RequiredJob]) -> tuple[tuple[Job, ...], int]:
    """Return the jobs to list, and how many of those that passed are only counted."""
    listed: list[Job] = []
    passed = 0
    for it in found:
        is_named = any(stands_for(one.name, it.job.name) for one in named)
        if it.job.conclusion == "success" and it.whole and not is_named:
            passed += 1
            if passed > LISTED:
                continue
        listed.append(it.job)
    return tuple(listed), max(0, passed - LISTED)
