"""A rehearsal: runs the gate as a child process against the embedded GitHub, and shows the conversation."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from approval_gate.emulator.in_process import InProcess
from approval_gate.emulator.server import Server, serve
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, RUN, STEP, VERSION, Scenario, Stage, scene

_JOB_TOKEN = "The token: the job's own GITHUB_TOKEN, the default of the action.\n"  # noqa: S105 - a sentence
_APP_TOKEN = """\
The token: a GitHub App's, which can read teams. The job's own GITHUB_TOKEN cannot
           (see `make demo SCENARIO=no-teams`).
"""  # noqa: S105 - a sentence
_OPEN_TIMEOUT = 10.0
_EXIT_TIMEOUT = 120.0


def rehearse(scenario: Scenario, say: Callable[[str], None]) -> bool:
    """Play and show a scenario; return whether the gate exited with its exit code."""
    inputs = {**STEP, **scenario.inputs}
    say(scenario.about)
    shown = [f"{name}: {_on_one_line(value)}" for name, value in inputs.items() if value]
    say(f"The step:  {'  '.join(shown)}")
    say(_JOB_TOKEN if scenario.own_token else _APP_TOKEN)
    with serve(scene()) as github, tempfile.TemporaryDirectory() as folder:
        output, summary = Path(folder, "output"), Path(folder, "summary")
        output.touch()
        summary.touch()
        environment = runner_environment(github, scenario, folder, output, summary)
        command = [sys.executable, "-m", "approval_gate", "wait"]
        with subprocess.Popen(command, env=environment) as gate:  # noqa: S603 - our own program
            threading.Thread(
                target=_play, args=(scenario, Stage(github.world, gate, say)), daemon=True
            ).start()
            exit_code = gate.wait(_EXIT_TIMEOUT)
        for issue in github.world.issues(REPOSITORY):
            _show(issue, say)
        _show_outputs(output.read_text(encoding="utf-8"), say)
    say(f"Exit code: {exit_code}")
    return exit_code == scenario.exit_code


def runner_environment(
    github: Server | InProcess, scenario: Scenario, folder: str, output: Path, summary: Path
) -> dict[str, str]:
    """Return the environment variables that the runner sets for a scenario's step."""
    inputs = {
        **STEP,
        **scenario.inputs,
        "token": "demo-job-token" if scenario.own_token else "demo-app-token",
    }
    return {
        **{name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "LANG") if name in os.environ},
        "PYTHONUNBUFFERED": "1",
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_RUN_ID": str(RUN),
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_ACTOR": "dee",
        "GITHUB_TRIGGERING_ACTOR": "dee",
        "GITHUB_SHA": COMMIT,
        "GITHUB_REF_NAME": VERSION,
        "GITHUB_REF_TYPE": "tag",
        "GITHUB_WORKFLOW": "Production Deployment Pipeline",
        "GITHUB_JOB": "approval-gate",
        "GITHUB_API_URL": github.url,
        "GITHUB_SERVER_URL": github.url,
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
        "RUNNER_TEMP": folder,
        **{f"INPUT_{name.upper().replace('-', '_')}": value for name, value in inputs.items()},
    }


def _on_one_line(text: str) -> str:
    first, *more = text.splitlines()
    return f"{first} … and {len(more)} more lines" if more else first


def _play(scenario: Scenario, stage: Stage) -> None:
    """Perform the scenario's acts once the issue is open."""
    began = time.monotonic()
    while not stage.world.issues(REPOSITORY):
        if time.monotonic() - began > _OPEN_TIMEOUT or stage.gate.poll() is not None:
            return
        time.sleep(0.05)
    opened = time.monotonic()
    for at, act in scenario.acts:
        time.sleep(max(0.0, opened + at - time.monotonic()))
        if stage.gate.poll() is not None:
            return
        act(stage)


def _show(issue: Issue, say: Callable[[str], None]) -> None:
    """Show an issue and its comments."""
    rule = "─" * 78
    say(f"\n{rule}\nIssue #{issue.number} · {issue.state}   {issue.title}")
    say(
        f"labels: {', '.join(issue.labels)}   assigned: {', '.join(u.login for u in issue.assignees)}\n{rule}"
    )
    say(issue.body)
    marks = {"+1": "👍", "-1": "👎", "confused": "😕"}
    for comment in issue.comments:
        reactions = " ".join(marks.get(content, content) for _, _, content in comment.reactions)
        edited = " (edited)" if len(comment.revisions) > 1 else ""
        who = comment.author.login if comment.author else "ghost"
        say(f"{rule}\n{who}{edited} {reactions}".rstrip())
        say(comment.body.rstrip())
    say(rule)


def _show_outputs(text: str, say: Callable[[str], None]) -> None:
    """Show the step's outputs."""
    say("\nOutputs")
    for name, value in outputs_of(text).items():
        say(f"  {name:16} {value if len(value) <= 90 else value[:89] + '…'}".rstrip())  # noqa: PLR2004 - a line


def outputs_of(text: str) -> Mapping[str, str]:
    """Parse the runner's output file; the last value of a name wins.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
    """
    values: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        name, found, delimiter = line.partition("<<")
        if found:
            value = []
            for part in lines:
                if part == delimiter:
                    break
                value.append(part)
            values[name] = "\n".join(value)
    return values
