"""The jobs and steps of workflow files, by the names that GitHub shows for them.

A name is known but for its expressions, ``${{ … }}``, which stand for any text here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from approval_gate.core.conditions.needs import stands_for

_DEEPEST = 10
"""How many workflows can call each other in a chain, the first included.

(https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows#nesting-reusable-workflows)
"""

_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_LOCAL = "./"


@dataclass(frozen=True, slots=True)
class Name:
    """A name that GitHub shows, as a file has it."""

    written: str

    def __str__(self) -> str:
        """Show each expression as an ellipsis."""
        return _EXPRESSION.sub("…", self.written)

    def can_be(self, name: str) -> bool:
        """Whether this can be shown as a name."""
        parts = map(re.escape, _EXPRESSION.split(self.written))
        return re.fullmatch(".*".join(parts), name, re.DOTALL) is not None

    def is_meant_by(self, name: str) -> bool:
        """Whether a policy that has this name for a job can mean this one."""
        first, *others = _EXPRESSION.split(self.written)
        if not others:
            return stands_for(name, first)
        # What follows the first expression matters only for an equal name: the expression can be any text.
        begins = (f"{name} (", f"{name} / ")
        return self.can_be(name) or any(it.startswith(first) or first.startswith(it) for it in begins)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step: its name as GitHub shows it, and its id, if it has one."""

    name: Name
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job of a workflow file.

    Attributes:
        names: by any of which it is shown: those of a matrix have values behind them.
        steps: None if they are in a workflow that was not read.
        calls: the workflow that it calls, as written: ``./.github/workflows/build.yml``.
    """

    id: str
    names: tuple[Name, ...]
    steps: tuple[Step, ...] | None = ()
    calls: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow file and its jobs; None if it could not be read."""

    path: str
    jobs: tuple[Job, ...] | None


def shown(workflows: Sequence[Workflow]) -> dict[str, list[Job]]:
    """Return the jobs that a run of each workflow shows, those of the workflows that it calls included."""
    files = {workflow.path: workflow for workflow in workflows}
    return {path: list(_shown(workflow, files, _DEEPEST)) for path, workflow in files.items()}


def _shown(workflow: Workflow, files: Mapping[str, Workflow], depth: int) -> Iterator[Job]:
    for job in workflow.jobs or ():
        called = files.get(job.calls.removeprefix(_LOCAL)) if job.calls.startswith(_LOCAL) else None
        if not job.calls:
            yield job
        elif called is None or called.jobs is None or depth == 1:
            yield replace(
                job, names=tuple(Name(f"{name.written} / ${{{{}}}}") for name in job.names), steps=None
            )
        else:
            for inner in _shown(called, files, depth - 1):
                names = (Name(f"{name.written} / {its.written}") for name in job.names for its in inner.names)
                yield replace(inner, id=job.id, names=tuple(names))
