"""A machine whose docker and python are fakes that note what they were asked."""

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
import json, os, pathlib, signal, sys, time
folder = pathlib.Path({folder!r})
said = json.loads((folder / "docker.json").read_text())
words = sys.argv[1:]
verb = " ".join(words[:2]) if words[0] == "image" else "trial" if "--entrypoint" in words else words[0]
with (folder / "asked").open("a") as asked:
    asked.write(json.dumps({{"verb": verb, "words": words, "environment": dict(os.environ)}}) + "\\n")
answer = said.get(verb, {{}})
if verb == "build" and not answer.get("code"):
    pathlib.Path(words[words.index("--iidfile") + 1]).write_text("sha256:built")
times = folder / f"times-{{verb}}"
count = len(times.read_text()) if times.exists() else 0
times.write_text("x" * (count + 1))
if answer.get("hangs"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (folder / "hangs").touch()
    time.sleep(600)
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
_SAYS_SO = 'echo "The program runs: ${@: -1}"'
_HANGS = "touch {folder}/hangs; /bin/sleep 600"
_REALLY = 'exec {python} "$@"'


@dataclass(frozen=True)
class Installed:
    """One call of pip.

    Attributes:
        mode: of the private folder, in octal.
        owner: its user id.
        configuration: what PIP_CONFIG_FILE says.
        python: the environment's.
        words: what follows it.
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
        docker: what the fake docker answers to each verb: out, code, times (how often it fails), hangs.
        python_hangs: what the fake Python never ends: ``probe``, ``venv`` or ``pip``.
        real: whether the program runs, or a fake that says so.
        lock: the reference in ``image.lock``; empty for a checkout that was never released.
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
            program=_REALLY.format(python=sys.executable) if self.real else _SAYS_SO,
        )
        self.fake("python3.14", python)

    def fake(self, name: str, text: str) -> None:
        """Put a command of one's own on PATH."""
        file = self.path / name
        file.write_text(text)
        file.chmod(file.stat().st_mode | stat.S_IXUSR)

    def without(self, *names: str) -> None:
        """Take a command away, and whatever the system has of the name."""
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

    def asked(self, verb: str) -> list[dict[str, Any]]:
        """Return what docker was asked with a verb, in order."""
        file = self.folder / "asked"
        asked = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [one for one in asked if one["verb"] == verb]

    def container(self) -> list[str]:
        """Return the words of the one ``docker run``."""
        (run,) = self.asked("run")
        words: list[str] = run["words"]
        return words

    def installed(self) -> list[Installed]:
        """Return each installation of the gate's libraries, in order."""
        file = self.folder / "installed"
        lines = file.read_text().splitlines() if file.exists() else []
        return [Installed(*line.split(" ", 4)) for line in lines]


def options(words: list[str], name: str) -> list[str]:
    """Return every value of an option that takes one."""
    return [value for option, value in itertools.pairwise(words) if option == name]
