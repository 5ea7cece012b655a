"""The gate running in its image."""

import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from approval_gate.core.timing import HARD_EXIT
from approval_gate.emulator import Fault, Request, World
from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.container.engine import GID, LIMIT, NETWORK, PYTHON, TOKEN, UID, Contained, docker, gate, inspect
from tests.launch.runner import CANCELLATION
from tests.notify.listeners import http, smtp

COMMENTS = re.compile(r"/issues/1/comments$")


def setting(event: threading.Event) -> Callable[[Request], None]:
    """Return a script that sets an event when the gate reads the comments."""

    def notice(request: Request) -> None:
        if request.method == "GET" and COMMENTS.search(request.path):
            event.set()

    return notice


class People:
    """Two approvers, who approve after the gate's first comment."""

    def __init__(self) -> None:
        self.world: World | None = None
        self._answered = False

    def __call__(self, request: Request) -> None:
        if self.world and request.method == "POST" and COMMENTS.search(request.path) and not self._answered:
            self._answered = True
            for login in ("bob", "cid"):
                self.world.comment(REPOSITORY, 1, login, "approve")


def approved(run: Contained, people: People) -> tuple[str, str]:
    """Let a run be approved, and return its standard output and error."""
    people.world = run.github.world
    code, out, err = run.end()
    assert code == 0, out + err
    outputs = run.outputs()
    assert (outputs["approval-status"], outputs["approvers"]) == ("approved", "bob,cid")
    assert (run.issue.state, run.issue.labels[-1]) == ("closed", "approved")
    return out, err


def hyphened(variable: str) -> str:
    """Return the name that the runner gives to an input's variable for a docker action."""
    kind, _, name = variable.partition("_")
    return f"{kind}_{name.replace('_', '-')}" if kind == "INPUT" else variable


def test_a_run_succeeds_read_only_unprivileged_and_as_an_arbitrary_user(image: str, tmp_path: Path) -> None:
    people = People()
    with gate(image, tmp_path, script=people) as run:
        out, err = approved(run, people)
    assert err == ""
    assert "Approval gate for v1.2.3 → production" in out
    assert TOKEN not in out
    written = [tmp_path / "output", tmp_path / "summary", Path(run.outputs()["record-path"])]
    assert {(file.stat().st_uid, file.stat().st_gid) for file in written} == {(UID, GID)}
    assert all(file.stat().st_size for file in written)


def test_a_run_tells_people_outside_of_github(image: str, tmp_path: Path) -> None:
    people = People()
    with http() as service, smtp() as mail:
        urls = f"http://{service.address}/\nmailto://{mail.address}?from=gate@example.com&to=ops@example.com"
        with gate(image, tmp_path, script=people, options=("--env", f"INPUT_NOTIFY_URLS={urls}")) as run:
            out, err = approved(run, people)
    assert err == ""
    assert "notify-urls" not in out
    assert sorted(str(message["event"]) for message in service.json) == ["asked", "decided"]
    assert len(mail.bodies) == 2


def test_it_runs_as_the_runner_starts_a_docker_action(action_image: str, tmp_path: Path) -> None:
    # The runner passes no --user (actions/runner, DockerCommandManager.cs) and owns the files.
    people = People()
    entrypoint = ("--entrypoint", "/opt/approval-gate/bin/wait")
    with gate(
        action_image,
        tmp_path,
        script=people,
        options=entrypoint,
        restrictions=NETWORK,
        variable_name=hyphened,
    ) as run:
        approved(run, people)
    for file in (tmp_path / "output", tmp_path / "summary"):
        about = file.stat()
        assert (about.st_uid, about.st_gid, about.st_mode & 0o777) == (UID, GID, 0o644)


def test_it_runs_without_a_shell(image: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.touch(mode=0o444)
    hidden = [part for shell in ("sh", "bash", "dash") for part in ("--volume", f"{broken}:/bin/{shell}:ro")]
    assert "permission denied" in docker("run", "--rm", *hidden, "--entrypoint", "/bin/sh", image, fails=True)
    people = People()
    with gate(image, tmp_path, script=people, options=hidden) as run:
        approved(run, people)


def test_all_bytecode_is_compiled_in_advance(image: str, tmp_path: Path) -> None:
    people = People()
    command = ("-v", "-I", "-m", "approval_gate", "wait")
    with gate(image, tmp_path, *command, script=people, options=("--entrypoint", PYTHON)) as run:
        _, err = approved(run, people)
    loaded = re.findall(r"^# code object from '(.*)\.pyc'$", err, re.MULTILINE)
    assert any("/site-packages/approval_gate/" in path for path in loaded)
    assert any("/__pycache__/ssl." in path for path in loaded)
    assert re.findall(r"^# code object from (/.*)$", err, re.MULTILINE) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_as_pid_1_it_ends_soon_after_a_signal(
    image: str, tmp_path: Path, waiting: threading.Event, number: signal.Signals
) -> None:
    with gate(image, tmp_path, script=setting(waiting)) as run:
        assert waiting.wait(LIMIT)
        seconds = run.stop(number)
        assert run.process.returncode == 4
        assert seconds < HARD_EXIT
        assert (run.issue.state, run.issue.labels[-1]) == ("closed", "cancelled")
        assert run.outputs()["approval-status"] == "cancelled"
        assert run.outputs()["issue-number"] == "1"


def test_as_pid_1_it_ends_before_the_second_signal_when_github_hangs(
    image: str, tmp_path: Path, waiting: threading.Event
) -> None:
    with gate(image, tmp_path, script=setting(waiting)) as run:
        assert waiting.wait(LIMIT)
        for method in ("GET", "POST", "PATCH"):
            run.github.world.faults.append(Fault(method=method, kind="hang", times=None))
        seconds = run.stop(signal.SIGINT)
        assert run.process.returncode == 4
        assert seconds < CANCELLATION[0][1]
        assert run.outputs()["approval-status"] == "cancelled"


def test_neither_command_line_shows_the_token(image: str, tmp_path: Path, waiting: threading.Event) -> None:
    with gate(image, tmp_path, script=setting(waiting)) as run:
        assert waiting.wait(LIMIT)
        about = inspect(run.name)
        assert f"INPUT_TOKEN={TOKEN}" in about["Config"].pop("Env")
        assert TOKEN not in str(about)
        assert TOKEN.encode() not in Path(f"/proc/{run.process.pid}/cmdline").read_bytes()
        assert about["Path"] == PYTHON
        assert about["Args"] == ["-I", "-m", "approval_gate", "wait"]
        top = docker("top", run.name, "-o", "pid,args").splitlines()
        assert len(top) == 2
