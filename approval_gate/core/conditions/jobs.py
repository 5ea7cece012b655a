"""Whether jobs of the run succeeded, and the steps that must have run in them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from approval_gate.core.conditions.found import Found, failed, named, passed, unknown, unread, worst
from approval_gate.core.conditions.model import RequiredJob, State
from approval_gate.core.conditions.needs import stands_for
from approval_gate.core.facts import Job, Jobs
from approval_gate.core.wording import join_some, plural

_ENDINGS = {
    "action_required": "needs somebody to act",
    "cancelled": "was cancelled",
    "failure": "failed",
    "neutral": "ended as neutral",
    "skipped": "was skipped",
    "stale": "went stale",
    "startup_failure": "could not start",
    "timed_out": "timed out",
}
"""How a job or a step ends without success, by GitHub's word for it."""


def look(required: Sequence[RequiredJob], jobs: Jobs | None) -> Found:
    """Look at every job that is required; all that have its name must have succeeded."""
    if jobs is None or jobs.source.problem:
        return unread(jobs.source if jobs else None)
    at = jobs.source.at
    running = any(job.conclusion is None for job in jobs.listed)
    found = [it for each in required for it in _look(each, jobs.listed, running=running)]
    first = worst(found)
    if first.state is State.PASSED:
        matching = [job for job in jobs.listed if any(stands_for(each.name, job.name) for each in required)]
        return passed(_success(required, matching), _page(matching), at)
    others = sum(it.state is not State.PASSED for it in found) - 1
    have = "has" if others == 1 else "have"
    more = f", and {plural(others, 'more job')} {have} not succeeded" if others else ""
    return replace(first, reason=f"{first.reason}{more}", at=at)


def _look(required: RequiredJob, listed: Sequence[Job], *, running: bool) -> Iterator[Found]:
    matching = [job for job in listed if stands_for(required.name, job.name)]
    if not matching:
        yet = " yet" if running else ""
        yield failed(f"this run has no job {named(required.name)}{yet}", lasting=not running)
    for job in matching:
        yield worst(_parts(job, required.steps))


def _parts(job: Job, steps: Sequence[str]) -> Iterator[Found]:
    """Look at a job and at its required steps, all of which end with it."""
    yield _ended(named(job.name), job.conclusion, job.url)
    if job.conclusion == "success":
        for name in steps:
            conclusions = [step.conclusion for step in job.steps if step.name == name]
            if not conclusions:
                yield failed(f"{named(job.name)} has no step {named(name)}", job.url, lasting=True)
            for conclusion in conclusions:
                step = f"the step {named(name)} of {named(job.name)}"
                yield _ended(step, conclusion or "skipped", job.url)


def _ended(what: str, conclusion: str | None, url: str) -> Found:
    if conclusion == "success":
        return passed(f"{what} succeeded", url)
    if conclusion is None:
        return unknown(f"{what} is still running", url)
    if conclusion in _ENDINGS:
        return failed(f"{what} {_ENDINGS[conclusion]}", url, lasting=True)
    return unknown(f"{what} ended as {named(conclusion)}, which has no known meaning", url, lasting=True)


def _success(required: Sequence[RequiredJob], matching: Sequence[Job]) -> str:
    """Say what succeeded, how many jobs these are, and how much of it an earlier attempt did."""
    names = join_some((named(each.name) for each in required), "and")
    jobs, earlier = len(matching), sum(job.carried_over for job in matching)
    count = f" ({plural(jobs, 'job')})" if jobs > len(required) else ""
    some = "" if earlier == jobs else f", {earlier} of {jobs}"
    carried = f"{some} in an earlier attempt" if earlier else ""
    steps = sum(len(each.steps) for each in required)
    ran = f", and {plural(steps, 'required step')} ran" if steps else ""
    return f"{names}{count} succeeded{carried}{ran}"


def _page(jobs: Sequence[Job]) -> str:
    """Return the page of a job; of several, that of their run."""
    return jobs[0].url if len(jobs) == 1 else jobs[0].url.partition("/job/")[0]
