"""Runs the gate's image on a real engine, restricted at least as tightly as ``launch.sh`` does."""

import json
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from approval_gate.emulator import Request, Server, serve
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.rehearse import outputs_of, runner_environment
from approval_gate.rehearsal.scenarios import REPOSITORY, Scenario, scene

ROOT = Path(__file__).parents[2]
TOKEN = "demo-app-token"
DOCKER = shutil.which("docker") or "docker"
PYTHON = "/opt/approval-gate/bin/python"
LIMIT = 60

UID, GID = (4711, 4712) if os.getuid() == 0 else (os.getuid(), os.getgid())
"""The owner of the runner's files: a user that the image does not know."""

HOST_VARIABLES = frozenset({"PATH", "PYTHONPATH", "HOME", "LANG"})
"""Variables that have no meaning in a container."""

NETWORK = ("--network", "host")
RESTRICTIONS = (
    *(*NETWORK, "--read-only"),
    *("--tmpfs", "/tmp:rw,noexec,nosuid,nodev,size=16m"),  # noqa: S108 - in the container
    *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
    *("--user", f"{UID}:{GID}", "--pids-limit", "32", "--memory", "160m"),
)


def docker(*arguments: str, fails: bool | None = False) -> str:
    """Run a command of the engine and return its output, errors included.

    Args:
        fails: whether it must fail; None to accept either.
    """
    done = subprocess.run(
        (DOCKER, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert fails in {bool(done.returncode), None}, done.stdout
    return done.stdout


def inspect(name: str) -> dict[str, Any]:
    return dict(json.loads(docker("inspect", name))[0])


def build(tag: str, context: Path = ROOT, *options: str) -> None:
    """Build the image offline, from what ``scripts/engine`` provides."""
    base = ("--build-arg", "BASE", "--build-arg", "BUILDER")
    docker("build", "--network", "none", "--no-cache", *base, *options, "--tag", tag, str(context))


@dataclass
class Contained:
    """A gate that runs in a container, as the child of the engine's CLI, as with the runner."""

    name: str
    process: subprocess.Popen[str]
    github: Server
    folder: Path

    @property
    def issue(self) -> Issue:
        return self.github.world.issue(REPOSITORY, 1)

    def outputs(self) -> dict[str, str]:
        return dict(outputs_of((self.folder / "output").read_text(encoding="utf-8")))

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, out, err

    def stop(self, number: signal.Signals) -> float:
        """Signal the CLI, as the runner does, and return the seconds until the gate has exited.

        The time that the engine needs to clean up afterwards is not counted.
        """
        began = datetime.now(UTC)
        self.process.send_signal(number)
        self.process.wait(LIMIT)
        ended = datetime.fromisoformat(inspect(self.name)["State"]["FinishedAt"])
        return (ended - began).total_seconds()


@contextmanager
def gate(
    image: str,
    folder: Path,
    *arguments: str,
    script: Callable[[Request], None] | None = None,
    options: Sequence[str] = (),
    restrictions: Sequence[str] = RESTRICTIONS,
    variable_name: Callable[[str], str] = str,
) -> Iterator[Contained]:
    """Run the gate in its container against an embedded GitHub.

    Args:
        image: to run.
        folder: mounted in the container; it holds the runner's files.
        arguments: replace the image's command.
        script: is called with every request.
        options: of ``docker run``, in addition to ``restrictions``.
        restrictions: options of ``docker run``.
        variable_name: maps the name of an environment variable.
    """
    world = scene()
    if script is not None:
        world.script.append(script)
    for file in (folder / "output", folder / "summary"):
        file.touch()
        file.chmod(0o644)
        os.chown(file, UID, GID)
    os.chown(folder, UID, GID)
    name = f"approval-gate-{secrets.token_hex(6)}"
    with serve(world) as github:
        scenario = Scenario(about="", exit_code=0, inputs={"polling-interval-seconds": "0.2"})
        environment = runner_environment(github, scenario, str(folder), folder / "output", folder / "summary")
        variables = {variable_name(k): value for k, value in environment.items() if k not in HOST_VARIABLES}
        by_name = [part for key in variables for part in ("--env", key)]
        shared = ("--name", name, "--volume", f"{folder}:{folder}")
        process = subprocess.Popen(
            (DOCKER, "run", *restrictions, *shared, *by_name, *options, image, *arguments),
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield Contained(name, process, github, folder)
        finally:
            docker("rm", "--force", name, fails=None)
            process.communicate(timeout=LIMIT)
