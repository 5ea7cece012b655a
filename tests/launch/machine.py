"""A machine with fakes of docker and Python that record their calls."""

import itertools
import json
import os
import shutil
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.launch.runner import ROOT, Job

DIGEST = f"sha256:{'1a' * 32}"
RELEASED = f"ghcr.io/org/approval-gate@{DIGEST}"

_DOCKER = """\
#!{python} -I
import json, os, pathlib, signal, sys
folder = pathlib.Path({folder!r})
answers = json.loads((folder / "docker.json").read_text())
words = sys.argv[1:]
verb = " ".join(words[:2]) if words[0] == "image" else "trial" if "--entrypoint" in words else words[0]
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps({{"verb": verb, "words": words, "environment": dict(os.environ)}}) + "\\n")
answer = answers.get(verb, {{}})
if verb == "build" and not answer.get("code"):
    pathlib.Path(words[words.index("--iidfile") + 1]).write_text("sha256:built")
times = folder / f"times-{{verb}}"
count = len(times.read_text()) if times.exists() else 0
times.write_text("x" * (count + 1))
if answer.get("hangs"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (folder / "hangs").touch()
    signal.pause()
print(answer.get("out", ""))
sys.exit(answer.get("code", 0) if count < answer.get("times", 99) else 0)
"""

_PYTHON = """\
#!/bin/bash
case "$*" in
    *"import sys, venv, ensurepip"*) {probe_hangs}; exit 0 ;;
    *"-m venv "*) {venv_hangs}; mkdir -p "${{@: -1}}/bin" && cp "$0" "${{@: -1}}/bin/python" ;;
    *"-m pip "*)
        folder=$(stat -c '%a %u' "${{0%/python/bin/python}}")
        echo "$folder $PIP_CONFIG_FILE $0 $*" >>{folder}/installed
        {pip_hangs}
        echo "{pip_says}"
        exit {pip_exits}
        ;;
    *"approval_gate.cli"*) {program} ;;
    *) exec {python} "$@" ;;
esac
"""
_PRINTS_VERB = 'echo "The program runs: ${@: -1}"'
_HANGS = "touch {folder}/hangs; /bin/sleep 600"
_RUNS_PROGRAM = 'exec {python} "$@"'


@dataclass(frozen=True)
class Installed:
    """One call of pip.

    Attributes:
        mode: of the step's private folder, in octal.
        owner: of that folder, a user id.
        configuration: the value of PIP_CONFIG_FILE.
        python: the path of the virtual environment's Python.
        words: the arguments of that Python.
    """

    mode: str
    owner: str
    configuration: str
    python: str
    words: str


@dataclass
class Machine:
    """A Linux runner with the action checked out on it.

    Attributes:
        folder: for everything on the machine.
        lock: the reference in ``image.lock``; empty for a checkout that was never released.
        docker: the fake docker's behaviour by verb: ``out``, ``code``, ``times`` (to fail), ``hangs``.
        pip_exits: the exit code of the fake pip.
        python_hangs: the call in which the fake Python hangs: ``probe``, ``venv`` or ``pip``.
        pip_says: the output of the fake pip.
        real: whether the real program runs, or a fake that prints the verb.
        variables: more environment variables of the job.
    """

    folder: Path
    lock: str = RELEASED
    docker: dict[str, dict[str, Any]] = field(default_factory=dict)
    pip_exits: int = 0
    python_hangs: str = ""
    pip_says: str = ""
    real: bool = False
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.path = self.folder / "bin"
        self.path.mkdir()
        self.tools = self.folder / "tool-cache"
        self.tools.mkdir()
        self.action = self.folder / "action"
        self.action.mkdir()
        for name in ("action.yml", "launch.sh"):
            shutil.copy(ROOT / name, self.action)
        for name in ("approval_gate", "requirements"):
            (self.action / name).symlink_to(ROOT / name)
        (self.action / "image.lock").write_text(f"# A comment.\n{self.lock}\n")
        self.docker.setdefault("info", {"out": "linux 28.2.2 [name=seccomp,profile=builtin]"})
        self.docker.setdefault("image inspect", {"code": 1})
        self.fake("docker", _DOCKER.format(python=sys.executable, folder=str(self.folder)))
        self.fake("sleep", "#!/bin/sh\n")
        python = _PYTHON.format(
            folder=self.folder,
            python=sys.executable,
            pip_exits=self.pip_exits,
            **{
                f"{what}_hangs": _HANGS.format(folder=self.folder) if what == self.python_hangs else ":"
                for what in ("probe", "venv", "pip")
            },
            pip_says=self.pip_says,
            program=_RUNS_PROGRAM.format(python=sys.executable) if self.real else _PRINTS_VERB,
        )
        self.fake("python3.14", python)

    def fake(self, name: str, text: str) -> None:
        """Put a fake command on PATH."""
        file = self.path / name
        file.write_text(text)
        file.chmod(file.stat().st_mode | stat.S_IXUSR)

    def without(self, *names: str) -> None:
        """Remove fake commands, and hide the system's docker and python3 commands."""
        for name in names:
            (self.path / name).unlink(missing_ok=True)
        kept = self.folder / "system"
        kept.mkdir(exist_ok=True)
        for folder in ("/bin", "/usr/bin"):
            for file in Path(folder).iterdir():
                if not file.name.startswith(("docker", "python3")) and not (kept / file.name).exists():
                    (kept / file.name).symlink_to(file)

    def job(self, inputs: dict[str, str] | None = None, **contexts: str) -> Job:
        """Set up a job with the action as its step."""
        (self.folder / "docker.json").write_text(json.dumps(self.docker))
        kept = self.folder / "system"
        system = str(kept) if kept.exists() else "/usr/bin:/bin"
        temp = self.folder / "temp"
        return Job(
            temp,
            self.action,
            {
                "PATH": f"{self.path}:{system}",
                "HOME": str(self.folder),
                "LANG": os.environ.get("LANG", "C.UTF-8"),
                "RUNNER_OS": "Linux",
                "RUNNER_TOOL_CACHE": str(self.tools),
                "GITHUB_RUN_ID": "4242",
                "GITHUB_RUN_ATTEMPT": "2",
                "GITHUB_ACTIONS": "true",
                **self.variables,
            },
            {"approvers": "ann", "token": "a-secret-token", **(inputs or {})},
            {name.replace("_", "."): value for name, value in contexts.items()},
        )

    def calls(self, verb: str) -> list[dict[str, Any]]:
        """Return the calls of docker with a verb, in order."""
        file = self.folder / "calls"
        calls = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [one for one in calls if one["verb"] == verb]

    def container(self) -> list[str]:
        """Return the arguments of the one ``docker run``."""
        (run,) = self.calls("run")
        words: list[str] = run["words"]
        return words

    def installed(self) -> list[Installed]:
        """Return the installations of the gate's libraries, in order."""
        file = self.folder / "installed"
        lines = file.read_text().splitlines() if file.exists() else []
        return [Installed(*line.split(" ", 4)) for line in lines]


def options(words: list[str], name: str) -> list[str]:
    """Return every value of an option."""
    return [value for option, value in itertools.pairwise(words) if option == name]
