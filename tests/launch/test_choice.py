"""In what launch.sh runs the program, and what it says where it cannot."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.launch.machine import Machine
from tests.launch.runner import Step

LIMIT = 30


def test_an_unfinished_gate_has_said_error_before_anything_else(machine: Machine) -> None:
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
    ("unusable", "why"),
    [
        (lambda m: m.docker.update(info={"code": 1}), "no Docker daemon for Linux containers answers"),
        (lambda m: m.docker.update(info={"out": "windows 28.2.2 []"}), "no Docker daemon for Linux"),
        (lambda m: m.docker.update(info={"out": "  []"}), "no Docker daemon for Linux"),
        (lambda m: m.without("docker"), "there is no docker command"),
    ],
)
def test_without_docker_the_program_runs_in_python(
    machine: Machine, unusable: Callable[[Machine], None], why: str
) -> None:
    unusable(machine)
    _, log, _ = machine.job().run()
    assert why in log
    assert "Trying Python" in log
    assert "The program runs: wait" in log
    assert machine.installed() == 1


def test_in_a_job_that_runs_in_a_container_docker_is_left_alone(machine: Machine) -> None:
    _, log, _ = machine.job(None, job_container_id="abc").run()
    assert "Docker cannot be used: the job runs in a container itself. Trying Python." in log
    assert not machine.asked("info")


def test_python_can_be_asked_for(machine: Machine) -> None:
    machine.job({"runtime": "python"}).run()
    assert not machine.asked("info")
    assert machine.installed() == 1


def test_libraries_are_installed_once_by_their_hashes_for_all_jobs_of_a_runner(machine: Machine) -> None:
    for _ in range(2):
        machine.job({"runtime": "python"}).run()
    assert machine.installed() == 1
    words = (machine.folder / "installed").read_text()
    assert "--no-deps --require-hashes --only-binary :all:" in words
    assert words.rstrip().endswith("/requirements/run.txt")
    assert [path.name for path in (machine.tools / "approval-gate").iterdir() if "new" in path.name] == []


def test_where_the_tool_cache_is_none_they_go_to_the_jobs_own_folder(machine: Machine) -> None:
    machine.variables["RUNNER_TOOL_CACHE"] = ""
    job = machine.job({"runtime": "python"})
    job.run()
    assert len(list((job.folder / "approval-gate").glob("*/bin/python"))) == 1


def test_where_the_tool_cache_cannot_be_written_they_go_there_too(machine: Machine) -> None:
    (machine.tools / "approval-gate").touch()
    job = machine.job({"runtime": "python"})
    _, log, _ = job.run()
    assert "The program runs: wait" in log
    assert len(list((job.folder / "approval-gate").glob("*/bin/python"))) == 1


def test_an_environment_that_gets_no_folder_is_made_nowhere_and_what_is_there_stays(
    machine: Machine,
) -> None:
    broken = '#!/bin/sh\ncase "$*" in */new.*) exit 1 ;; *) exec /usr/bin/mktemp "$@" ;; esac\n'
    machine.fake("mktemp", broken)
    of_another = machine.tools / "approval-gate" / "another"
    of_another.mkdir(parents=True)
    code, log, outputs = machine.job({"runtime": "python"}).run()
    assert (code, outputs["approval-status"], outputs["finished"]) == (2, "error", "true")
    assert f"{machine.tools}/approval-gate cannot be written" in log
    assert machine.installed() == 0
    assert of_another.exists()


def test_an_environment_that_gets_no_name_is_made_nowhere_and_what_is_there_stays(machine: Machine) -> None:
    (machine.action / "requirements").unlink()  # what its name is made from
    of_another = machine.tools / "approval-gate" / "another"
    of_another.mkdir(parents=True)
    code, log, outputs = machine.job({"runtime": "python"}).run()
    assert (code, outputs["approval-status"], outputs["finished"]) == (2, "error", "true")
    assert "the list of the gate's libraries cannot be read" in log
    assert machine.installed() == 0
    assert of_another.exists()


def test_an_environment_that_does_not_run_is_an_error(machine: Machine) -> None:
    machine.fake("mv", "#!/bin/sh\nexit 1\n")
    code, log, outputs = machine.job({"runtime": "python"}).run()
    assert (code, outputs["approval-status"], outputs["finished"]) == (2, "error", "true")
    assert f"the environment in {machine.tools}/approval-gate does not run" in log


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.job({"runtime": "python"}).run()
    (python,) = (machine.tools / "approval-gate").glob("*/bin/python")
    python.unlink()
    machine.job({"runtime": "python"}).run()
    assert machine.installed() == 2
    assert python.exists()


def test_libraries_that_cannot_be_installed_are_an_outage(tmp_path: Path) -> None:
    machine = Machine(tmp_path, pip_exits=1, pip_says="no route ::error::x")
    machine.docker["pull"] = {"code": 1}
    code, log, outputs = machine.job().run()
    assert (code, outputs["reason-code"], outputs["finished"]) == (5, "outage", "true")
    assert "could not be pulled; the gate's libraries could not be installed" in log
    assert "no route : :error: :x" in log
    assert list((machine.tools / "approval-gate").iterdir()) == []


def test_without_docker_and_without_python_the_error_names_both(machine: Machine) -> None:
    machine.without("docker", "python3.14")
    code, log, outputs = machine.job().run()
    assert (code, outputs["approval-status"], outputs["reason-code"]) == (2, "error", "input")
    assert "there is no docker command; there is no Python 3.11 or later with venv" in outputs["reason"]
    assert "python3 and python3.11 to python3.14 on PATH, the tool cache" in log
    assert outputs["finished"] == "true"


def test_a_python_of_the_tool_cache_will_do(machine: Machine) -> None:
    place = machine.tools / "Python" / "3.13.1" / "x64" / "bin"
    place.mkdir(parents=True)
    (machine.path / "python3.14").rename(place / "python3")
    machine.without("docker")
    _, log, _ = machine.job().run()
    assert "The program runs: wait" in log


@pytest.mark.parametrize("system", ["Windows", "macOS"])
def test_another_system_is_refused_at_once(machine: Machine, system: str) -> None:
    machine.variables["RUNNER_OS"] = system
    code, log, outputs = machine.job().run()
    assert (code, outputs["approval-status"], outputs["reason-code"]) == (2, "error", "input")
    assert log == (
        f"::error title=Approval gate::The gate needs a Linux runner, and this one is {system}.%0A"
        "Write `runs-on: ubuntu-latest` in the gate's own job; the deployment may run on any other.\n"
    )
    assert not machine.asked("info")


@pytest.mark.parametrize("runtime", ["podman", "Docker", "docker python"])
def test_an_unknown_runtime_is_a_wrong_input(machine: Machine, runtime: str) -> None:
    code, log, outputs = machine.job({"runtime": runtime}).run()
    assert (code, outputs["reason-code"]) == (2, "input")
    assert "runtime: it is none of `auto`, `docker` and `python`." in log


def test_outputs_that_cannot_be_written_end_it_with_the_reason(machine: Machine) -> None:
    job = machine.job()
    job.output().symlink_to("/proc/version")
    with job.started() as step:
        log = step.end()
    assert step.process.returncode == 5
    assert log == "::error title=Approval gate::GITHUB_OUTPUT cannot be written. Nothing was asked.\n"


def test_a_temporary_folder_that_cannot_be_written_is_an_error_and_no_denial(machine: Machine) -> None:
    machine.fake("mktemp", "#!/bin/sh\nexit 1\n")
    code, log, outputs = machine.job().run()
    assert (code, outputs["approval-status"], outputs["reason-code"]) == (5, "error", "internal")
    assert log == "::error title=Approval gate::RUNNER_TEMP cannot be written.\n"
    assert outputs["finished"] == "true"


@pytest.mark.parametrize("verb", ["info", "image inspect", "pull", "trial"])
def test_a_job_that_is_cancelled_while_docker_hangs_ends_at_once(machine: Machine, verb: str) -> None:
    machine.docker.setdefault(verb, {})["hangs"] = True
    with machine.job().started() as step:
        _until((machine.folder / "hangs").exists, step)
        assert step.cancel() < 3
        log = step.end()
        outputs = step.outputs()
    assert step.process.returncode == 4
    assert (outputs["approval-status"], outputs["reason-code"]) == ("cancelled", "signal")
    assert outputs["finished"] == "true"
    assert log == "The job was stopped before the gate began.\n"


def test_an_installation_that_is_cancelled_leaves_nothing_in_the_tool_cache(tmp_path: Path) -> None:
    machine = Machine(tmp_path, pip_hangs=True)
    with machine.job({"runtime": "python"}).started() as step:
        _until((machine.folder / "hangs").exists, step)
        assert step.cancel() < 3
    assert step.process.returncode == 4
    assert step.outputs()["approval-status"] == "cancelled"
    assert list((machine.tools / "approval-gate").iterdir()) == []


@pytest.mark.parametrize("verb", ["ps", "kill"])
def test_a_sweep_that_is_cancelled_while_docker_hangs_ends_at_once(machine: Machine, verb: str) -> None:
    machine.docker |= {"run": {"code": 137}, "ps": {"out": "0123abc"}}
    machine.docker.setdefault(verb, {})["hangs"] = True
    job = machine.job()
    job.run()
    with job.started(1) as step:
        _until((machine.folder / "hangs").exists, step)
        assert step.cancel() < 3
        log = step.end()
    assert step.process.returncode == 4
    assert log == "The job was stopped before the gate began.\n"


def _until(happened: Callable[[], bool], step: Step) -> None:
    pause = threading.Event()
    for _ in range(LIMIT * 20):
        if happened():
            return
        assert step.process.poll() is None
        pause.wait(0.05)
    raise AssertionError("it never happened")
