"""An external command that hangs is killed in time, and the message names it and a remedy."""

import threading
from pathlib import Path

import pytest

from tests.launch.machine import RELEASED, Machine

SECONDS = "2"
"""The time limit in these tests, enough for a command that does not hang on a busy machine."""

IMAGE = f"the image {RELEASED} could not be pulled (`docker pull` was stopped after 2 seconds)"
TRIAL = "the daemon does not see the runner's files, or does not run the image"
DAEMON = "Use a runner with a Docker daemon that answers."
HUNG = {
    "info": (
        "no Docker daemon for Linux containers answers (`docker info` was stopped after 2 seconds)",
        DAEMON,
    ),
    "pull": (IMAGE, "See that this runner reaches the image's registry, or set `image` to a mirror."),
    "trial": (
        f"{TRIAL} (`docker run` was stopped after 2 seconds)",
        "Use a runner whose Docker daemon sees the runner's files.",
    ),
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, variables={"APPROVAL_GATE_COMMAND_LIMIT": SECONDS})


@pytest.mark.parametrize("verb", HUNG)
def test_a_docker_command_that_hangs_is_killed_and_named_with_a_remedy(machine: Machine, verb: str) -> None:
    machine.docker.setdefault(verb, {})["hangs"] = True
    code, log, outputs = machine.job({"runtime": "docker"}).run()
    problem, remedy = HUNG[verb]
    assert (code, outputs["approval-status"], outputs["reason-code"]) == (5, "error", "outage")
    assert f"The gate cannot run here with runtime docker: {problem}.%0A{remedy}" in log
    assert log.endswith(" No issue was opened.%0ASee docs/troubleshooting.md#the-gate-cannot-run-here\n")
    assert outputs["finished"] == "true"
    assert len(machine.calls(verb)) == 1
    assert not machine.calls("run")


def test_if_docker_hangs_python_is_used(machine: Machine) -> None:
    machine.docker["pull"] = {"hangs": True}
    code, log, _ = machine.job().run()
    assert code == 0
    assert f"Docker cannot be used: {IMAGE}. Trying Python." in log
    assert "The program runs: wait" in log


def test_after_an_inspection_that_hangs_the_image_is_pulled(machine: Machine) -> None:
    machine.docker["image inspect"] = {"hangs": True}
    assert machine.job({"runtime": "docker"}).run()[0] == 0
    assert machine.container()[-2:] == [RELEASED, "wait"]


def test_a_build_that_hangs_is_killed(tmp_path: Path) -> None:
    machine = Machine(tmp_path, lock="", variables={"APPROVAL_GATE_COMMAND_LIMIT": SECONDS})
    machine.docker["build"] = {"hangs": True}
    code, log, outputs = machine.job({"runtime": "docker"}).run()
    assert (code, outputs["reason-code"]) == (5, "outage")
    assert "an image could not be built (`docker build` was stopped after 2 seconds)." in log
    assert "Use a released version, which has an image." in log


@pytest.mark.parametrize(
    ("call", "problem", "code"),
    [
        ("probe", "with venv (python3 and python3.11 to python3.14 on PATH) (`python3.14` was", "outage"),
        ("venv", "libraries could not be installed (`python -m venv` was", "outage"),
        ("pip", "libraries could not be installed (`pip install` was", "outage"),
    ],
)
def test_a_python_that_hangs_is_killed(tmp_path: Path, call: str, problem: str, code: str) -> None:
    machine = Machine(tmp_path, python_hangs=call, variables={"APPROVAL_GATE_COMMAND_LIMIT": SECONDS})
    machine.without()
    job = machine.job({"runtime": "python"})
    ended, log, outputs = job.run()
    assert (ended, outputs["reason-code"], outputs["finished"]) == (5, code, "true")
    assert f"{problem} stopped after 2 seconds)." in log
    assert not list(job.folder.glob("approval-gate-launch.*"))


def test_the_children_of_a_hanging_command_are_killed_with_it(machine: Machine) -> None:
    pids = machine.folder / "pids"
    machine.fake("docker", f'#!/bin/bash\n/bin/sleep 600 &\necho $! $$ >"{pids}"\ntrap "" TERM INT\nwait\n')
    machine.job({"runtime": "docker"}).run()
    pause = threading.Event()
    for pid in pids.read_text().split():
        for _ in range(400):
            if not runs(pid):
                break
            pause.wait(0.05)
        assert not runs(pid)


def runs(pid: str) -> bool:
    """Tell whether a process is running and not a zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("verb", ["ps", "kill"])
def test_a_sweep_continues_if_docker_hangs_and_logs_what_is_unknown(machine: Machine, verb: str) -> None:
    machine.docker |= {"run": {"code": 137}, "ps": {"out": "0123abc"}}
    job = machine.job()
    job.run()
    machine.docker.setdefault(verb, {})["hangs"] = True
    machine.job()  # saves the new behaviour of docker
    code, log, _ = job.run(1)
    message = {
        "ps": "It is not known whether the gate left a container running: `docker ps` was stopped after 2",
        "kill": "The gate left a container running: `docker kill` was stopped after 2",
    }
    assert message[verb] in log
    assert machine.calls("run")[-1]["words"][-1] == "sweep"
    assert code == 137
