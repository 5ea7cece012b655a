"""The runtime that launch.sh chooses for the program, and the errors if there is none."""

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.launch.machine import Machine
from tests.launch.runner import Step

LIMIT = 30


def test_the_outputs_of_an_unfinished_gate_say_error(machine: Machine) -> None:
    machine.docker["run"] = {"code": 137}
    _, _, outputs = machine.job().run()
    nonce = outputs.pop("nonce")
    assert outputs == {
        "approval-status": "error",
        "reason-code": "internal",
        "reason": "The gate did not finish.",
        "run-attempt": "2",
    }
    assert len(nonce) == 32


@pytest.mark.parametrize(
    ("break_docker", "problem"),
    [
        (lambda m: m.docker.update(info={"code": 1}), "no Docker daemon for Linux containers answers"),
        (lambda m: m.docker.update(info={"out": "windows 28.2.2 []"}), "no Docker daemon for Linux"),
        (lambda m: m.docker.update(info={"out": "  []"}), "no Docker daemon for Linux"),
        (lambda m: m.without("docker"), "there is no docker command"),
    ],
)
def test_without_docker_the_program_runs_in_python(
    machine: Machine, break_docker: Callable[[Machine], None], problem: str
) -> None:
    break_docker(machine)
    _, log, _ = machine.job().run()
    assert problem in log
    assert "Trying Python" in log
    assert "The program runs: wait" in log
    assert len(machine.installed()) == 1


def test_docker_is_not_used_in_a_job_that_runs_in_a_container(machine: Machine) -> None:
    _, log, _ = machine.job(None, job_container_id="abc").run()
    assert "Docker cannot be used: the job runs in a container itself. Trying Python." in log
    assert not machine.calls("info")


def test_the_runtime_python_does_not_try_docker(machine: Machine) -> None:
    machine.job({"runtime": "python"}).run()
    assert not machine.calls("info")
    assert len(machine.installed()) == 1


def test_libraries_are_installed_with_hashes_into_a_private_folder_of_the_step(machine: Machine) -> None:
    job = machine.job({"runtime": "python"})
    for _ in range(2):
        job.run()
    first, second = machine.installed()
    for installed in (first, second):
        assert (installed.mode, installed.owner) == ("700", str(os.getuid()))
        assert installed.python.startswith(f"{job.folder}/approval-gate-launch.")
        assert "--no-deps --require-hashes --only-binary :all:" in installed.words
        assert installed.words.endswith("/requirements/run.txt")
    assert first.python != second.python


def test_no_file_that_an_earlier_job_could_have_written_is_run(tmp_path: Path) -> None:
    machine = Machine(tmp_path, real=True)
    job = machine.job({"runtime": "python", "approvers": ""})
    planted = f'#!/bin/sh\ntouch "{tmp_path}/planted"\nexec "{machine.path}/python3.14" "$@"\n'
    lock = (machine.action / "requirements" / "run.txt").read_bytes()
    # A virtual environment where older versions kept one, and a Python in the tool cache that PATH leads to.
    key = hashlib.sha256(lock).hexdigest()[:32]
    cache = machine.tools / "Python" / "3.14.0" / "x64" / "bin"
    for folder in (machine.tools / "approval-gate" / key / "bin", cache, job.folder / "approval-gate" / key):
        folder.mkdir(parents=True)
        for name in ("python", "python3"):
            (folder / name).write_text(planted)
            (folder / name).chmod(0o755)
    (machine.path / "python3.13").symlink_to(cache / "python3")
    (machine.path / "python3.14").rename(machine.path / "python3.12")
    _, log, _ = job.run()
    assert f"with {machine.path}/python3.12." in log
    assert not (tmp_path / "planted").exists()


def test_the_installation_is_removed_when_the_program_ends(tmp_path: Path) -> None:
    job = Machine(tmp_path, real=True).job({"runtime": "python", "approvers": ""})
    code, _, outputs = job.run()
    assert (code, outputs["reason-code"]) == (2, "input")
    assert not list(job.folder.glob("approval-gate-launch.*"))


def test_pip_ignores_the_users_configuration_unless_the_job_names_it(machine: Machine) -> None:
    job = machine.job({"runtime": "python"})
    job.run()
    machine.variables["PIP_CONFIG_FILE"] = "/etc/pip.conf"
    machine.job({"runtime": "python"}).run()
    default, configured = machine.installed()
    assert default.configuration.startswith(f"{job.folder}/approval-gate-launch.")
    assert configured.configuration == "/etc/pip.conf"


def test_a_private_folder_of_another_user_is_refused(machine: Machine) -> None:
    foreign = machine.folder / "foreign" if os.getuid() == 0 else Path("/usr")
    if os.getuid() == 0:
        foreign.mkdir()
        os.chown(foreign, 4711, 4712)
    machine.fake("mktemp", f"#!/bin/sh\necho {foreign}\n")
    code, log, outputs = machine.job({"runtime": "python"}).run()
    assert (code, outputs["reason-code"], outputs["finished"]) == (5, "internal", "true")
    assert "RUNNER_TEMP cannot be written." in log
    assert foreign.exists()


def test_a_failed_installation_of_the_libraries_is_an_outage(tmp_path: Path) -> None:
    machine = Machine(tmp_path, pip_exits=1, pip_says="no route ::error::x")
    machine.docker["pull"] = {"code": 1}
    code, log, outputs = machine.job().run()
    assert (code, outputs["reason-code"], outputs["finished"]) == (5, "outage", "true")
    assert "could not be pulled; the gate's libraries could not be installed" in log
    assert "Installing the gate's libraries by their hashes, with " in log
    assert "no route : :error: :x" in log
    assert list(machine.tools.iterdir()) == []


def test_without_docker_and_without_python_the_error_names_both(machine: Machine) -> None:
    machine.without("docker", "python3.14")
    code, log, outputs = machine.job().run()
    assert (code, outputs["approval-status"], outputs["reason-code"]) == (2, "error", "input")
    lacking = "there is no Python 3.11 or later with venv (python3 and python3.11 to python3.14 on PATH)"
    assert f"there is no docker command; {lacking}" in outputs["reason"]
    assert log.endswith(
        "%0AUse a runner with a Docker daemon that answers, or install Python 3.11 or later with venv "
        "on the runner (its tool cache is used only on GitHub's own runners). No issue was opened.%0A"
        "See docs/troubleshooting.md#the-gate-cannot-run-here\n"
    )
    assert outputs["finished"] == "true"


def test_in_a_job_container_without_docker_and_python_the_error_names_the_container_action(
    machine: Machine,
) -> None:
    machine.without("docker", "python3.14")
    code, log, outputs = machine.job(None, job_container_id="abc").run()
    assert (code, outputs["approval-status"], outputs["reason-code"]) == (2, "error", "input")
    assert outputs["run-attempt"] == "2"
    assert outputs["finished"] == "true"
    assert log.endswith(
        "%0AWrite `uses: org/approval-gate/container@VERSION`, which is made for a job in a container "
        "and takes the same inputs. No issue was opened.%0A"
        "See docs/troubleshooting.md#the-gate-cannot-run-here\n"
    )
    assert "setup-python" not in log


@pytest.mark.parametrize("runtime", ["docker", "python"])
def test_in_a_job_container_without_the_chosen_runtime_the_error_names_that_action_too(
    machine: Machine, runtime: str
) -> None:
    machine.without("docker", "python3.14")
    code, log, outputs = machine.job({"runtime": runtime}, job_container_id="abc").run()
    assert (code, outputs["approval-status"]) == (2, "error")
    assert f"with runtime {runtime}" in log
    assert "org/approval-gate/container@VERSION" in log


def test_the_tool_cache_is_used_on_githubs_own_runners(machine: Machine) -> None:
    machine.variables["RUNNER_ENVIRONMENT"] = "github-hosted"
    cached = machine.tools / "Python" / "3.13.1" / "x64" / "bin"
    cached.mkdir(parents=True)
    (machine.path / "python3.14").rename(cached / "python3")
    machine.without("docker")
    _, log, _ = machine.job().run()
    assert "The program runs: wait" in log


@pytest.mark.parametrize("system", ["Windows", "macOS"])
def test_an_operating_system_other_than_linux_is_refused(machine: Machine, system: str) -> None:
    machine.variables["RUNNER_OS"] = system
    code, log, outputs = machine.job().run()
    assert (code, outputs["approval-status"], outputs["reason-code"]) == (2, "error", "input")
    assert log == (
        f"::error title=Approval gate::The gate needs a Linux runner, and this one is {system}.%0A"
        "Write `runs-on: ubuntu-latest` in the gate's own job; the deployment can run on any other. "
        "No issue was opened.%0ASee docs/troubleshooting.md#the-gate-cannot-run-here\n"
    )
    assert not machine.calls("info")


@pytest.mark.parametrize("runtime", ["podman", "Docker", "docker python"])
def test_an_unknown_runtime_is_an_invalid_input(machine: Machine, runtime: str) -> None:
    code, log, outputs = machine.job({"runtime": runtime}).run()
    assert (code, outputs["reason-code"]) == (2, "input")
    named = runtime.replace(" ", "?")
    assert f"runtime: '{named}' is not a runtime.%0AWrite `auto`, `docker` or `python`." in log


def test_outputs_that_cannot_be_written_are_an_error(machine: Machine) -> None:
    job = machine.job()
    job.output().symlink_to("/proc/version")
    with job.started() as step:
        log = step.end()
    assert step.process.returncode == 5
    assert log == (
        "::error title=Approval gate::GITHUB_OUTPUT cannot be written. No issue was opened.%0A"
        "See docs/troubleshooting.md#the-outputs-cannot-be-written\n"
    )


def test_a_temporary_folder_that_cannot_be_written_is_an_error(machine: Machine) -> None:
    machine.fake("mktemp", "#!/bin/sh\nexit 1\n")
    code, log, outputs = machine.job().run()
    assert (code, outputs["approval-status"], outputs["reason-code"]) == (5, "error", "internal")
    assert log == (
        "::error title=Approval gate::RUNNER_TEMP cannot be written.%0A"
        "Give the runner's user write access to that folder. No issue was opened.%0A"
        "See docs/troubleshooting.md#the-gate-cannot-run-here\n"
    )
    assert outputs["finished"] == "true"


@pytest.mark.parametrize("verb", ["info", "image inspect", "pull", "trial"])
def test_a_job_that_is_cancelled_while_docker_hangs_ends_promptly(machine: Machine, verb: str) -> None:
    machine.docker.setdefault(verb, {})["hangs"] = True
    with machine.job().started() as step:
        _until((machine.folder / "hangs").exists, step)
        assert step.cancel() < 3
        log = step.end()
        outputs = step.outputs()
    assert step.process.returncode == 4
    assert (outputs["approval-status"], outputs["reason-code"]) == ("cancelled", "signal")
    assert outputs["finished"] == "true"
    assert log == (
        "The job was stopped before the gate began. No issue was opened. "
        "See docs/troubleshooting.md#the-job-was-stopped\n"
    )


@pytest.mark.parametrize("call", ["probe", "venv", "pip"])
def test_a_cancelled_installation_leaves_no_files(tmp_path: Path, call: str) -> None:
    machine = Machine(tmp_path, python_hangs=call)
    job = machine.job({"runtime": "python"})
    with job.started() as step:
        _until((machine.folder / "hangs").exists, step)
        assert step.cancel() < 3
    assert step.process.returncode == 4
    assert step.outputs()["approval-status"] == "cancelled"
    assert not list(job.folder.glob("approval-gate-launch.*"))


@pytest.mark.parametrize("verb", ["ps", "kill"])
def test_a_sweep_that_is_cancelled_while_docker_hangs_ends_promptly(machine: Machine, verb: str) -> None:
    machine.docker |= {"run": {"code": 137}, "ps": {"out": "0123abc"}}
    machine.docker.setdefault(verb, {})["hangs"] = True
    job = machine.job()
    job.run()
    with job.started(1) as step:
        _until((machine.folder / "hangs").exists, step)
        assert step.cancel() < 3
        log = step.end()
    assert step.process.returncode == 4
    assert log == (
        "The job was stopped before the gate began. See docs/troubleshooting.md#the-job-was-stopped\n"
    )


def _until(happened: Callable[[], bool], step: Step) -> None:
    pause = threading.Event()
    for _ in range(LIMIT * 20):
        if happened():
            return
        assert step.process.poll() is None
        pause.wait(0.05)
    raise AssertionError("it never happened")
