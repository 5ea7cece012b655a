"""Cancelled and killed steps, with the real program and an embedded GitHub.

Tested here with Python, and in tests/container with Docker.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from approval_gate.core.timing import HARD_EXIT
from approval_gate.emulator import Fault, Request, Server, serve
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.rehearse import runner_environment
from approval_gate.rehearsal.scenarios import REPOSITORY, STEP, Scenario, scene
from tests.launch.machine import Machine
from tests.launch.runner import CANCELLATION, Job, Step

LIMIT = 60

JobOf = Callable[[Mapping[str, str]], Job]
"""Sets up the gate's step in a job with these environment variables."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The first folder on the job's PATH."""
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
    """Start the gate's step, and enter once it waits for people."""
    polled = threading.Event()

    def notice(request: Request) -> None:
        if request.method == "GET" and request.path.endswith("/issues/1/comments"):
            polled.set()

    world = scene()
    world.script.append(notice)
    with serve(world) as github:
        job = job_of(variables_of(github))
        with job.started() as step:
            assert polled.wait(LIMIT), step.end()
            yield job, step, github


def variables_of(github: Server) -> dict[str, str]:
    """Return the GITHUB_* variables of a job; the step adds those of its files."""
    nowhere = Path("/nowhere")
    environment = runner_environment(github, Scenario(about="", exit_code=0), str(nowhere), nowhere, nowhere)
    return {name: value for name, value in environment.items() if name.startswith("GITHUB_")}


def issue(github: Server) -> Issue:
    return github.world.issue(REPOSITORY, 1)


def test_a_cancelled_job_closes_the_issue_long_before_it_has_to_end(job_of: JobOf) -> None:
    with waiting(job_of) as (_, step, github):
        assert step.cancel() < HARD_EXIT
        assert step.process.returncode == 4
        outputs = step.outputs()
        assert (outputs["approval-status"], outputs["reason-code"]) == ("cancelled", "signal")
        assert (outputs["issue-number"], outputs["finished"]) == ("1", "true")
        assert (issue(github).state, issue(github).labels[-1]) == ("closed", "cancelled")


def test_the_record_is_written_to_record_path(job_of: JobOf) -> None:
    with waiting(job_of) as (job, step, _):
        step.cancel()
        path = Path(step.outputs()["record-path"])
        subjects = Path(step.outputs()["subjects-path"])
    assert path.parent == subjects.parent == job.folder / "approval-gate"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert subjects.read_text(encoding="utf-8") == f"{digest}  {path.name}\n"
    assert path.read_text(encoding="utf-8").rstrip("\n") == step.outputs()["decision"]


def test_while_github_hangs_a_cancelled_job_ends_at_the_first_signal_and_the_sweep_closes_the_issue(
    job_of: JobOf,
) -> None:
    with waiting(job_of) as (job, step, github):
        github.world.faults += [Fault(method=m, kind="hang", times=None) for m in ("GET", "POST", "PATCH")]
        assert step.cancel() < CANCELLATION[0][1]
        assert step.outputs()["approval-status"] == "cancelled"
        github.world.faults.clear()
        sweep(job, step)
        assert (issue(github).state, issue(github).labels[-1]) == ("closed", "cancelled")


def test_a_sweep_closes_the_issue_of_a_killed_gate(job_of: JobOf) -> None:
    with waiting(job_of) as (job, step, github):
        step.process.kill()
        step.process.wait(LIMIT)
        assert step.outputs()["approval-status"] == "error"
        assert issue(github).state == "open"
        sweep(job, step)
        assert (issue(github).state, issue(github).labels[-1]) == ("closed", "cancelled")


def test_a_sweep_closes_only_the_issue_of_its_own_matrix_job(job_of: JobOf) -> None:
    with waiting(job_of) as (job, step, github), job_of(variables_of(github)).started() as other:
        while "issue-number" not in other.outputs() or not other.outputs()["issue-number"]:
            assert other.process.poll() is None
        step.process.kill()
        step.process.wait(LIMIT)
        sweep(job, step)
        assert issue(github).state == "closed"
        assert github.world.issue(REPOSITORY, 2).state == "open"


def test_a_cancellation_by_the_steps_own_time_limit_counts_as_the_timeout(job_of: JobOf, path: Path) -> None:
    # Both the step and the gate have 60 minutes, and pulling the image has used some of the step's.
    date = path / "date"
    date.write_text(f"#!/bin/sh\necho {int(time.time()) - 3599}\n")
    date.chmod(0o755)
    with waiting(job_of) as (_, step, github):
        assert step.cancel() < HARD_EXIT
        assert step.process.returncode == 3
        assert step.outputs()["approval-status"] == "timed-out"
        assert (issue(github).state, issue(github).labels[-1]) == ("closed", "timed-out")


def sweep(job: Job, step: Step) -> None:
    """Run the action's second step, the sweep."""
    before = step.outputs()
    job.read(step)
    assert job.wants_sweep()
    code, log, outputs = job.run(1)
    assert code == 0, log
    assert outputs == {}
    assert step.outputs() == before
