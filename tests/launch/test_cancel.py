"""The runner's own ways to end a step, against the action's real program and an embedded GitHub.

These hold for each runtime: here for Python, and in tests/container for docker.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from approval_gate.emulator import Fault, Request, Server, serve
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.rehearse import runner_environment
from approval_gate.rehearsal.scenarios import REPOSITORY, STEP, Scenario, scene
from tests.launch.machine import Machine
from tests.launch.runner import Job, Step

LIMIT = 60

JobOf = Callable[[Mapping[str, str]], Job]
"""Sets up the process's own step in a job that has these variables."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder that the job's PATH begins with."""
    return tmp_path / "bin"


@pytest.fixture
def job_of(tmp_path: Path) -> JobOf:
    machine = Machine(tmp_path, real=True)

    def job(variables: Mapping[str, str]) -> Job:
        machine.variables |= variables
        return machine.job({**STEP, "token": "demo-app-token", "runtime": "python"})

    return job


@contextmanager
def waiting(job_of: JobOf) -> Iterator[tuple[Job, Step, Server]]:
    """The process's own step, once the program waits for people."""
    looked = threading.Event()

    def notice(request: Request) -> None:
        if request.method == "GET" and request.path.endswith("/issues/1/comments"):
            looked.set()

    world = scene()
    world.script.append(notice)
    with serve(world) as github:
        job = job_of(variables_of(github))
        with job.started() as step:
            assert looked.wait(LIMIT), step.end()
            yield job, step, github


def variables_of(github: Server) -> dict[str, str]:
    """Return what the runner tells of the run, the files of a step aside."""
    nowhere = Path("/nowhere")
    given = runner_environment(github, Scenario(about="", exit_code=0), str(nowhere), nowhere, nowhere)
    return {name: value for name, value in given.items() if name.startswith("GITHUB_")}


def issue(github: Server) -> Issue:
    return github.world.issue(REPOSITORY, 1)


def test_a_cancelled_job_closes_the_issue_within_three_seconds(job_of: JobOf) -> None:
    with waiting(job_of) as (_, step, github):
        assert step.cancel() < 3
        assert step.process.returncode == 4
        outputs = step.outputs()
        assert (outputs["approval-status"], outputs["reason-code"]) == ("cancelled", "signal")
        assert (outputs["issue-number"], outputs["finished"]) == ("1", "true")
        assert (issue(github).state, issue(github).labels[-1]) == ("closed", "cancelled")


def test_the_record_lies_where_its_output_says(job_of: JobOf) -> None:
    with waiting(job_of) as (job, step, _):
        step.cancel()
        path = Path(step.outputs()["record-path"])
    assert path.parent == job.folder / "approval-gate"
    assert path.read_text(encoding="utf-8").rstrip("\n") == step.outputs()["decision"]


def test_while_github_hangs_it_is_gone_within_six_seconds_and_the_sweep_closes_the_issue(
    job_of: JobOf,
) -> None:
    with waiting(job_of) as (job, step, github):
        github.world.faults += [Fault(method=m, kind="hang", times=None) for m in ("GET", "POST", "PATCH")]
        assert step.cancel() < 6
        assert step.outputs()["approval-status"] == "cancelled"
        github.world.faults.clear()
        sweep(job, step)
        assert (issue(github).state, issue(github).labels[-1]) == ("closed", "cancelled")


def test_what_a_killed_gate_left_open_is_swept(job_of: JobOf) -> None:
    with waiting(job_of) as (job, step, github):
        step.process.kill()
        step.process.wait(LIMIT)
        assert step.outputs()["approval-status"] == "error"
        assert issue(github).state == "open"
        sweep(job, step)
        assert (issue(github).state, issue(github).labels[-1]) == ("closed", "cancelled")


def test_the_sweep_of_a_matrix_leaves_the_twins_issue_alone(job_of: JobOf) -> None:
    with waiting(job_of) as (job, step, github):
        twin = job_of(variables_of(github))
        with twin.started() as other:
            while "issue-number" not in other.outputs() or not other.outputs()["issue-number"]:
                assert other.process.poll() is None
            step.process.kill()
            step.process.wait(LIMIT)
            sweep(job, step)
            assert issue(github).state == "closed"
            assert github.world.issue(REPOSITORY, 2).state == "open"


def test_the_steps_own_limit_beside_a_window_as_long_is_the_timeout(job_of: JobOf, path: Path) -> None:
    # The process's step: 60 minutes of each, and the image took its seconds to come.
    date = path / "date"
    date.write_text(f"#!/bin/sh\necho {int(time.time()) - 3599}\n")
    date.chmod(0o755)
    with waiting(job_of) as (_, step, github):
        assert step.cancel() < 3
        assert step.process.returncode == 3
        assert step.outputs()["approval-status"] == "timed-out"
        assert (issue(github).state, issue(github).labels[-1]) == ("closed", "timed-out")


def sweep(job: Job, step: Step) -> None:
    """Let the action's second step run, as it would."""
    before = step.outputs()
    job.read(step)
    assert job.wants_sweep()
    code, log, outputs = job.run(1)
    assert code == 0, log
    assert outputs == {}
    assert step.outputs() == before
