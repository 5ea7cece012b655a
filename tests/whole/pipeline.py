"""The jobs that the example's pipeline runs before its gate, on the embedded GitHub."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from approval_gate.emulator.world import World
from approval_gate.github.workflows import workflow_of
from approval_gate.rehearsal.scenarios import REPOSITORY, RUN

_FILE = Path(__file__).resolve().parents[2] / "examples" / "production-deploy.yml"
_GATE = "approval-gate"


@cache
def built() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the jobs above the gate, with their steps, by the names that GitHub shows."""
    return tuple(_before_the_gate())


def _before_the_gate() -> Iterator[tuple[str, tuple[str, ...]]]:
    for job in workflow_of(_FILE.name, _FILE.read_text(encoding="utf-8")).jobs or ():
        if job.id == _GATE:
            return
        yield str(job.names[0]), tuple(str(step.name) for step in job.steps or ())


def build(world: World) -> None:
    """Add the jobs to the run, in which every step succeeded, as in a usual run."""
    for name, steps in built():
        world.job(REPOSITORY, RUN, name, steps=[(step, "success") for step in steps])
