"""The action's own steps on a real engine: bash, launch.sh, ``docker run``, PID 1."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from approval_gate.rehearsal.scenarios import REPOSITORY, STEP
from tests.container.engine import DOCKER, ROOT, docker, inspect
from tests.launch.runner import Job
from tests.launch.test_cancel import (  # these must hold for each runtime
    JobOf,
    issue,
    sweep,
    test_a_cancellation_by_the_steps_own_time_limit_counts_as_the_timeout,
    test_a_cancelled_job_closes_the_issue_long_before_it_has_to_end,
    test_a_sweep_closes_only_the_issue_of_its_own_matrix_job,
    test_a_sweep_closes_the_issue_of_a_killed_gate,
    test_the_record_is_written_to_record_path,
    test_while_github_hangs_a_cancelled_job_ends_at_the_first_signal_and_the_sweep_closes_the_issue,
    waiting,
)

__all__ = [
    "test_a_cancellation_by_the_steps_own_time_limit_counts_as_the_timeout",
    "test_a_cancelled_job_closes_the_issue_long_before_it_has_to_end",
    "test_a_sweep_closes_only_the_issue_of_its_own_matrix_job",
    "test_a_sweep_closes_the_issue_of_a_killed_gate",
    "test_the_record_is_written_to_record_path",
    "test_while_github_hangs_a_cancelled_job_ends_at_the_first_signal_and_the_sweep_closes_the_issue",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@pytest.fixture
def job_of(image: str, tmp_path: Path, path: Path) -> JobOf:
    def job(variables: Mapping[str, str]) -> Job:
        engine = {name: os.environ[name] for name in ("DOCKER_HOST",) if name in os.environ}
        return Job(
            tmp_path / "temp",
            ROOT,
            {
                "PATH": f"{path}:{Path(DOCKER).parent}:/usr/bin:/bin",
                "RUNNER_OS": "Linux",
                "GITHUB_ACTIONS": "true",
                "GITHUB_WORKSPACE": str(tmp_path),
                **engine,
                **variables,
            },
            {**STEP, "token": "demo-app-token", "runtime": "docker", "image": image},
        )

    return job


def containers() -> list[str]:
    """List the names of the gate's containers, running or not."""
    return docker("ps", "--all", "--filter", "label=approval-gate.run=4242", "--format", "{{.Names}}").split()


@pytest.fixture(autouse=True)
def _cleared() -> Iterator[None]:
    """Remove the containers of tests that killed the engine's CLI."""
    yield
    for name in containers():
        docker("rm", "--force", name)


def test_no_container_survives_a_cancelled_job(job_of: JobOf) -> None:
    with waiting(job_of) as (_, step, _):
        assert len(containers()) == 1
        step.cancel()
        assert containers() == []


def test_the_container_of_a_killed_gate_is_stopped_by_the_sweep(job_of: JobOf) -> None:
    with waiting(job_of) as (job, step, github):
        step.process.kill()
        step.process.wait()
        assert len(containers()) == 1
        sweep(job, step)
        assert containers() == []
        assert issue(github).state == "closed"


def test_it_is_restricted_and_its_command_line_holds_no_secret(job_of: JobOf) -> None:
    with waiting(job_of) as (job, step, _):
        about = inspect(containers()[0])
        host = about["HostConfig"]
        assert host["ReadonlyRootfs"]
        assert (host["CapDrop"], host["CapAdd"], host["Privileged"]) == (["ALL"], None, False)
        assert host["SecurityOpt"] == ["no-new-privileges"]
        assert (host["PidsLimit"], host["Memory"]) == (64, 256 * 1024 * 1024)
        assert about["Config"]["User"] == f"{os.getuid()}:{os.getgid()}"
        mounts = {mount["Destination"]: mount["RW"] for mount in about["Mounts"]}
        assert mounts == {str(job.commands): True, str(job.folder / "approval-gate"): True}
        about["Config"].pop("Env")
        command_line = Path(f"/proc/{step.process.pid}/cmdline").read_bytes()
        assert command_line.startswith(b"docker\0run\0")
        assert "demo-app-token" not in str(about)
        assert b"demo-app-token" not in command_line


def test_a_body_file_is_read_from_the_workspace(job_of: JobOf, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("These are the notes.", encoding="utf-8")

    def with_notes(variables: Mapping[str, str]) -> Job:
        job = job_of(variables)
        return Job(job.folder, job.action, job.variables, {**job.inputs, "issue-body-file-path": "notes.md"})

    with waiting(with_notes) as (_, step, github):
        assert "These are the notes." in github.world.issue(REPOSITORY, 1).body
        step.cancel()
