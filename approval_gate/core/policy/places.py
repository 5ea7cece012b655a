"""What the checks of a policy name in the repository that deploys, and is not there: jobs, labels, files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from approval_gate.core.conditions.model import Condition, RequiredJob
from approval_gate.core.globs import matches
from approval_gate.core.policy.checks import labels
from approval_gate.core.policy.findings import Finding, Path, literal
from approval_gate.core.policy.model import Policy
from approval_gate.core.policy.workflows import Job, Workflow, shown
from approval_gate.core.suggest import did_you_mean, near, question
from approval_gate.core.wording import join_some

_CORRECT = "Correct the pattern."
_SHOWN = 3
"""The most workflows that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What the default branch and the repository have; None for what no check names, or cannot be seen.

    Attributes:
        unread: what some check names and cannot be seen, or is more than can be read: ``labels``.
    """

    branch: str = ""
    workflows: tuple[Workflow, ...] | None = None
    labels: tuple[str, ...] | None = None
    environments: tuple[str, ...] | None = None
    paths: tuple[str, ...] | None = None
    unread: tuple[str, ...] = ()


NOWHERE = Places()
"""Nothing was read."""


def findings(policy: Policy, places: Places, deployed_to: Sequence[str]) -> Iterator[Finding]:
    """Find what checks name and is not there; ``deployed_to`` are the environments that are deployed to."""
    jobs = shown(places.workflows or ())
    for here, condition in conditions(policy):
        if condition.jobs and places.workflows is not None:
            yield from _jobs((*here, "jobs"), condition.jobs, jobs, places)
        for environment in deployed_to:
            yield from labels(here, condition, [environment])
        yield from _labels((*here, "no-open-issues"), condition.no_open_issues, places)
        yield from _elsewhere((*here, "deployed-to"), condition, places, deployed_to)
        yield from _files((*here, "changed"), condition.changed, places)


def conditions(policy: Policy) -> Iterator[tuple[Path, Condition]]:
    """Yield each condition with its place."""
    for group in policy.checklist or ():
        for number, item in enumerate(group.items):
            if item.condition is not None:
                yield ("checklist", group.title, number, "verify"), item.condition


def _jobs(
    here: Path, required: Sequence[RequiredJob], jobs: Mapping[str, Sequence[Job]], places: Places
) -> Iterator[Finding]:
    unread = [workflow.path for workflow in places.workflows or () if workflow.jobs is None]
    if unread:
        files = join_some(map(literal, unread), "and", most=_SHOWN)
        yield Finding(path=here, problem=f"the jobs of {files} cannot be read.", remedy="Correct the YAML.")
        return
    for each in required:
        meant = {
            path: [job for job in its if any(name.is_meant_by(each.name) for name in job.names)]
            for path, its in jobs.items()
        }
        if any(meant.values()):
            yield from _steps((*here, each.name), each, [its for its in meant.values() if its])
        else:
            everywhere = [job for its in jobs.values() for job in its]
            problem = f"no workflow on {places.branch} has a job with the name {literal(each.name)}."
            yield Finding(path=(*here, each.name), problem=problem, remedy=_job(each.name, everywhere))


def _job(name: str, jobs: Sequence[Job]) -> str:
    """Ask for the job that is meant, perhaps by its id."""
    known = {text: str(job.names[0]) for job in jobs for text in (job.id, str(job.names[0]))}
    meant = list(dict.fromkeys(known[text] for text in near(name, known)))
    return question(meant) or "Write a job's `name`, as GitHub shows it."


def _steps(here: Path, required: RequiredJob, workflows: Sequence[Sequence[Job]]) -> Iterator[Finding]:
    """Find steps that a job does not have, in the workflow that lacks the fewest of them."""
    lacking = [
        [(step, job) for step in required.steps for job in jobs if not _has(job, step)] for jobs in workflows
    ]
    for step, job in min(lacking, key=len):
        known = {text: str(it.name) for it in job.steps or () for text in (it.id, str(it.name)) if text}
        meant = list(dict.fromkeys(known[text] for text in near(step, known)))
        yield Finding(
            path=here,
            problem=f"the job {literal(job.names[0])} has no step {literal(step)}.",
            remedy=question(meant) or "Write a step's `name`, as GitHub shows it.",
        )


def _has(job: Job, step: str) -> bool:
    return job.steps is None or any(it.name.can_be(step) for it in job.steps)


def _labels(here: Path, named: Sequence[str], places: Places) -> Iterator[Finding]:
    if places.labels is None:
        return
    known = {label.casefold() for label in places.labels}
    for number, label in enumerate(named):
        if label.casefold() not in known:
            problem = f"there is no label {literal(label)}, so this check always passes."
            remedy = did_you_mean(label, places.labels) or "Correct the name, or create the label."
            yield Finding(path=(*here, number), problem=problem, remedy=remedy)


def _elsewhere(
    here: Path, condition: Condition, places: Places, deployed_to: Sequence[str]
) -> Iterator[Finding]:
    if condition.deployed_to is None:
        return
    name = condition.deployed_to.environment
    if name.casefold() in {each.casefold() for each in deployed_to}:
        problem = f"{literal(name)} is what is deployed to."
        yield Finding(path=here, problem=problem, remedy="Write the environment that comes before it.")
    elif places.environments is not None and name.casefold() not in map(str.casefold, places.environments):
        problem = (
            f"there is no environment {literal(name)} that the token can see, so this check never passes."
        )
        remedy = did_you_mean(name, places.environments) or "Correct the name."
        yield Finding(path=here, problem=problem, remedy=remedy)


def _files(here: Path, patterns: Sequence[str], places: Places) -> Iterator[Finding]:
    for number, pattern in enumerate(patterns):
        if places.paths is not None and not any(matches(pattern, path) for path in places.paths):
            yield Finding(
                path=(*here, number),
                problem=f"no file on {places.branch} matches {literal(pattern)}.",
                remedy=_file(pattern, places.paths),
            )


def _file(pattern: str, paths: Sequence[str]) -> str:
    """Ask for the pattern that is meant: another folder, any folder, or a file that is there."""
    lower = [path.lower() for path in paths]
    for meant in (f"{pattern}/**", f"**/{pattern}"):
        if any(matches(meant, path) for path in paths):
            return question([meant])
    if pattern.lower() in lower:
        return question([paths[lower.index(pattern.lower())]])
    top, slash, rest = pattern.partition("/")
    tops = dict.fromkeys(path.partition("/")[0] for path in paths if "/" in path)
    if slash and top not in tops and (known := near(top, tops)):
        return question([f"{known[0]}/{rest}"])
    folder = pattern.rpartition("/")[0]
    return did_you_mean(pattern, [path for path in paths if path.rpartition("/")[0] == folder]) or _CORRECT
