"""The other jobs of the run as one fact: what failed first, what passed last, a link to each."""

from collections import Counter
from collections.abc import Iterator
from enum import IntEnum

from approval_gate.core.facts import Job, Jobs
from approval_gate.core.wording import plural
from approval_gate.render import markdown

JOBS = 20
"""The most jobs that are named."""

STEPS = 3
"""The most skipped steps of a job that are named."""

_NAME = 60
_UNBROKEN = "\xa0"


class _Conclusion(IntEnum):
    """How a job ended, the gravest first."""

    FAILED = 0
    CANCELLED = 1
    UNKNOWN = 2
    SKIPPED = 3
    PASSED = 4


_CONCLUSIONS = {
    "failure": _Conclusion.FAILED,
    "timed_out": _Conclusion.FAILED,
    "startup_failure": _Conclusion.FAILED,
    "cancelled": _Conclusion.CANCELLED,
    "skipped": _Conclusion.SKIPPED,
    "success": _Conclusion.PASSED,
}
"""GitHub's conclusions of a job (https://docs.github.com/en/rest/actions/workflow-jobs)."""

_SIGNS = {
    _Conclusion.FAILED: ("❌", "failed"),
    _Conclusion.CANCELLED: ("🚫", "cancelled"),
    _Conclusion.UNKNOWN: ("❓", "ended in another way"),
    _Conclusion.SKIPPED: ("⏭️", "skipped"),
    _Conclusion.PASSED: ("✅", "passed"),
}
_SAID_BY_SIGN = {"failure", "cancelled", "skipped", "success"}


def pipeline(jobs: Jobs) -> str:
    """Show the jobs, the gravest first; empty if there are none, as when they could not be read."""
    ended = sorted((job for job in jobs.listed if job.conclusion is not None), key=_weight)
    running = len(jobs.listed) - len(ended)
    shown = [
        *map(_show, ended[:JOBS]),
        *_rest(Counter(map(_conclusion, ended[JOBS:])), jobs.passed, alone=not ended),
        *([f"⏳{_UNBROKEN}{running} still running"] if running else []),
    ]
    return f"{_UNBROKEN}· ".join(shown)


def _rest(rest: Counter[_Conclusion], passed: int, *, alone: bool) -> Iterator[str]:
    """Count the jobs that are not named."""
    rest[_Conclusion.PASSED] += passed
    counts = {_SIGNS[conclusion][1]: count for conclusion, count in sorted(rest.items()) if count}
    if alone and passed:
        yield f"{_SIGNS[_Conclusion.PASSED][0]}{_UNBROKEN}{plural(passed, 'job')} passed"
    elif len(counts) == 1:
        yield from (f"and {count} more {ended}" for ended, count in counts.items())
    elif counts:
        each = ", ".join(f"{count} {ended}" for ended, count in counts.items())
        yield f"and {rest.total()} more: {each}"


def _conclusion(job: Job) -> _Conclusion:
    return _CONCLUSIONS.get(job.conclusion or "", _Conclusion.UNKNOWN)


def _weight(job: Job) -> tuple[_Conclusion, bool]:
    return _conclusion(job), not _skipped(job)


def _skipped(job: Job) -> list[str]:
    """Return the skipped steps of a job that passed; of any other, those after the failure are."""
    if _conclusion(job) is not _Conclusion.PASSED:
        return []
    return [step.name for step in job.steps if step.conclusion == "skipped"]


def _show(job: Job) -> str:
    name = markdown.link(markdown.name(job.name, _NAME), job.url)
    notes = f" ({'; '.join(said)})" if (said := list(_notes(job))) else ""
    return f"{_SIGNS[_conclusion(job)][0]}{_UNBROKEN}{name}{notes}"


def _notes(job: Job) -> Iterator[str]:
    if job.conclusion not in _SAID_BY_SIGN:
        yield markdown.name(str(job.conclusion).replace("_", " "), _NAME)
    if job.carried_over:
        yield "from an earlier attempt"
    if skipped := _skipped(job):
        more = ["…"] if len(skipped) > STEPS else []
        named = ", ".join([*(markdown.name(step, _NAME) for step in skipped[:STEPS]), *more])
        yield f"{plural(len(skipped), 'step')} skipped: {named}"
