"""A fake of the Actions runner for composite actions.

It maps each step's ``env`` (composite steps get no other ``INPUT_*``), starts bash
as for ``shell: bash``, signals only that process when the job is cancelled, and
reads the file of outputs however the step ended (actions/runner:
CompositeActionHandler.cs, ScriptHandler.cs, ProcessInvoker.cs).
"""

import itertools
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from approval_gate.rehearsal.rehearse import outputs_of

ROOT = Path(__file__).parent.parent.parent
# A shell cannot trap a signal that was ignored when it started, as SIGINT is in background jobs.
SHELL = ("env", "--default-signal=INT", "bash", "--noprofile", "--norc", "-e", "-o", "pipefail")
CANCELLATION = ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5), (signal.SIGKILL, None))
"""The signals of a cancellation, each with the seconds until the next
(ProcessInvoker.cs, lines 32-33 and 443-465)."""

_SERIAL = itertools.count()
_EXPRESSION = re.compile(r"\$\{\{ ([a-z._-]+) \}\}")
_LIMIT = 60


@dataclass
class Step:
    """A running or ended step."""

    process: subprocess.Popen[str]
    output: Path

    def cancel(self) -> float:
        """Cancel the step as the runner does, and return the seconds until it has ended."""
        began = time.monotonic()
        for number, timeout in CANCELLATION:
            self.process.send_signal(number)
            try:
                self.process.wait(timeout)
                break
            except subprocess.TimeoutExpired:
                continue
        return time.monotonic() - began

    def end(self) -> str:
        """Wait for the step's end and return its log."""
        return self.process.communicate(timeout=_LIMIT)[0]

    def outputs(self) -> dict[str, str]:
        """Read the outputs so far; the last value of a name wins."""
        return read_outputs(self.output.read_text(encoding="utf-8"))


@dataclass
class Job:
    """A job whose only step uses an action.

    Attributes:
        folder: RUNNER_TEMP.
        action: the action's folder.
        variables: the job's environment, including the runner's variables.
        inputs: the values in ``with:``.
        contexts: more values of expressions, for example of ``job.container.id``.
    """

    folder: Path
    action: Path
    variables: Mapping[str, str]
    inputs: Mapping[str, str]
    contexts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.definition = yaml.safe_load((self.action / "action.yml").read_text(encoding="utf-8"))
        self.commands = self.folder / "_runner_file_commands"
        self.commands.mkdir(parents=True, exist_ok=True)
        self._serial = next(_SERIAL)
        self._values = {"job.container.id": "", "github.token": "the-job-token", **self.contexts}
        for name, declared in self.definition["inputs"].items():
            self._values[f"inputs.{name}"] = self.inputs.get(name, self.evaluated(declared["default"]))

    def evaluated(self, text: str) -> str:
        """Replace expressions by their values; an unknown one is empty."""
        return _EXPRESSION.sub(lambda match: self._values.get(match[1], ""), text)

    def output(self, number: int = 0) -> Path:
        """Return the file of a step's outputs."""
        return self.commands / f"set_output_{self._serial}_{number}"

    def environment(self, step: Mapping[str, Any], output: Path) -> dict[str, str]:
        """Return the environment of a step."""
        summary = self.commands / "step_summary"
        summary.touch()
        return {
            **self.variables,
            **{name: self.evaluated(value) for name, value in step["env"].items()},
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_ACTION_PATH": str(self.action),
            "RUNNER_TEMP": str(self.folder),
        }

    @contextmanager
    def started(self, number: int = 0) -> Iterator[Step]:
        """Start a step; once it has ended, later steps see its outputs."""
        step = self.definition["runs"]["steps"][number]
        script, output = self.folder / f"step-{number}.sh", self.output(number)
        script.write_text(step["run"], encoding="utf-8")
        output.touch()
        process = subprocess.Popen(
            (*SHELL, str(script)),
            env=self.environment(step, output),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Step(process, output)
        finally:
            process.kill()
            process.communicate()
            self.read(Step(process, output))

    def read(self, step: Step) -> None:
        """Make the first step's outputs available to the second."""
        self._values |= {f"steps.gate.outputs.{name}": value for name, value in step.outputs().items()}

    def run(self, number: int = 0) -> tuple[int, str, dict[str, str]]:
        """Run a step to its end; return its exit code, log and outputs."""
        with self.started(number) as step:
            log = step.end()
            return step.process.returncode, log, step.outputs()

    def wants_sweep(self) -> bool:
        """Evaluate the second step's condition."""
        assert (
            self.definition["runs"]["steps"][1]["if"] == "always() && steps.gate.outputs.finished != 'true'"
        )
        return self._values.get("steps.gate.outputs.finished") != "true"


def read_outputs(text: str) -> dict[str, str]:
    """Read the file of outputs, lines and heredocs in order (FileCommandManager.cs, lines 391-434)."""
    values: dict[str, str] = {}
    rest = text.split("\n")
    while rest:
        line = rest.pop(0)
        name, equals, value = line.partition("=")
        if equals and "<<" not in name:
            values[name] = value
        elif "<<" in line:
            end = rest.index(line.partition("<<")[2])
            values |= outputs_of("\n".join([line, *rest[: end + 1]]))
            rest = rest[end + 1 :]
    return values
