"""Reads the jobs of a run's attempt.

https://docs.github.com/en/rest/actions/workflow-jobs#list-jobs-for-a-workflow-run-attempt
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from approval_gate.core.conditions.model import RequiredJob
from approval_gate.core.conditions.needs import stands_for
from approval_gate.core.facts import Job, Jobs, OwnJob, Step
from approval_gate.core.model import Request
from approval_gate.core.timing import CARRIED_OVER
from approval_gate.errors import GitHubError, UnsettledError
from approval_gate.github import paging
from approval_gate.github.client import Client
from approval_gate.github.parse import Answer, parse, text_of, time_of, web_address
from approval_gate.github.sources import read_from, unread, unreadable

LIMIT = 1_000
"""The most jobs that are read: ten requests."""

LISTED = 20
"""The most jobs that are listed though they passed with no step skipped and no condition names them."""

_GRANT = ("actions: read",)
_WHAT = "the jobs of this run"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """A job as GitHub lists it.

    Attributes:
        attempt: the one that did its work, as far as GitHub says.
        started_at: which a job keeps when a later attempt carries it over.
        check_run: the id of its check run, which is the job's own on github.com, but was not always.
        wanted: the steps that must have run in it.
        steps: all of them; none if GitHub does not list them.
    """

    job: Job
    attempt: int
    started_at: str | None
    runner: str | None
    check_run: int
    wanted: frozenset[str]
    steps: tuple[Step, ...]

    @property
    def untold(self) -> bool:
        """Whether steps are needed that are not listed: a job that ran has some."""
        return bool(self.wanted) and not self.steps and self.job.conclusion == "success"

    @property
    def shown(self) -> Job:
        """The job with the steps that were skipped, or that a condition names."""
        kept = (it for it in self.steps if it.conclusion == "skipped" or it.name in self.wanted)
        return replace(self.job, steps=tuple(kept))

    @property
    def plain(self) -> bool:
        """Whether it passed, and no step was skipped."""
        return self.job.conclusion == "success" and all(it.conclusion != "skipped" for it in self.steps)


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
    reader = _Reader(client, full_name, request, named)
    where, at = f"GET {reader.path(request.run_attempt)}", client.now()
    try:
        found = reader.complete(reader.attempt(request.run_attempt))
    except _TooManyError:
        return Jobs(source=unreadable(where, at, f"there are more than {LIMIT} jobs"))
    except GitHubError as error:
        return Jobs(source=unread(where, at, _WHAT, _GRANT, error))
    listed, passed = _select(_newest(_others(found, own)), named)
    return Jobs(source=read_from(where, at), listed=listed, passed=passed)


class _TooManyError(Exception):
    """There are more jobs than are read."""


class _Reader:
    """Reads the jobs of a run's attempts."""

    def __init__(
        self, client: Client, full_name: str, request: Request, named: Sequence[RequiredJob]
    ) -> None:
        self._client, self._full_name, self._request, self._named = client, full_name, request, named

    def path(self, attempt: int) -> str:
        """Return where the jobs of an attempt are."""
        return f"/repos/{self._full_name}/actions/runs/{self._request.run_id}/attempts/{attempt}/jobs"

    def attempt(self, attempt: int) -> list[_Listed]:
        """Return all jobs of an attempt; once more if the list changed between its pages."""
        try:
            return self._pages(attempt)
        except UnsettledError:
            return self._pages(attempt)

    def complete(self, found: list[_Listed]) -> list[_Listed]:
        """Return the jobs with the steps that GitHub lists only where they ran, in an earlier attempt.

        (https://github.com/r-universe-org/help/issues/607)
        """
        attempt = self._request.run_attempt
        while attempt > 1 and any(it.untold for it in found):
            attempt -= 1
            earlier: dict[tuple[str, str | None], tuple[Step, ...]] = {}
            for it in self.attempt(attempt):  # with the same name and time, each has the steps of all
                key = it.job.name, it.started_at
                earlier[key] = (*earlier.get(key, ()), *it.steps)
            found = [
                replace(it, steps=earlier.get((it.job.name, it.started_at), ())) if it.untold else it
                for it in found
            ]
        return found

    def _pages(self, attempt: int) -> list[_Listed]:
        found: dict[int, _Listed] = {}
        total = 0
        # A refusal can be a passing fault, which matters only if something depends on it.
        read = self._client.read_confirmed if self._named else self._client.read
        for answer in paging.forward(read, self.path(attempt)):
            total, some = parse(_WHAT, partial(self._page, answer))
            found |= {it.job.id: it for it in some}
            if total > LIMIT:
                raise _TooManyError
        if len(found) != total:
            raise UnsettledError(f"GitHub listed {len(found)} of {total}.")
        return list(found.values())

    def _page(self, answer: Answer) -> tuple[int, list[_Listed]]:
        return int(answer.data["total_count"]), [self._listed(it) for it in answer.data["jobs"]]

    def _listed(self, data: Mapping[str, Any]) -> _Listed:
        name, started_at = text_of(data["name"]), data["started_at"]
        attempt = int(data.get("run_attempt") or self._request.run_attempt)
        job = Job(
            id=int(data["id"]),
            name=name,
            url=web_address(data["html_url"]) or self._request.run_url,
            conclusion=_conclusion(data),
            carried_over=attempt < self._request.run_attempt or _is_old(started_at, data.get("created_at")),
        )
        return _Listed(
            job=job,
            attempt=attempt,
            started_at=started_at,
            runner=data["runner_name"],
            check_run=int(text_of(data["check_run_url"]).rpartition("/")[2]),
            wanted=frozenset(step for one in self._named if stands_for(one.name, name) for step in one.steps),
            steps=tuple(
                Step(name=text_of(it["name"]), conclusion=_conclusion(it)) for it in data.get("steps") or ()
            ),
        )


def _is_old(started_at: str | None, created_at: str | None) -> bool:
    """Whether a job began well before it was made: another attempt did its work. Old servers do not say."""
    if started_at is None or created_at is None:
        return False
    return time_of(started_at) < time_of(created_at) - CARRIED_OVER


def _conclusion(data: Mapping[str, Any]) -> str | None:
    """Return how it ended; None while it has not. What GitHub does not say is not a success."""
    return str(data["conclusion"] or "unknown") if data["status"] == "completed" else None


def _others(found: Sequence[_Listed], own: OwnJob) -> list[_Listed]:
    """Leave out the gate's own job, which is running; if it is not certain which one it is, none."""
    running = [it for it in found if it.job.conclusion is None]
    mine = [it for it in running if it.check_run == own.id]
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
        if it.plain and not is_named:
            passed += 1
            if passed > LISTED:
                continue
        listed.append(it.shown)
    return tuple(listed), max(0, passed - LISTED)
