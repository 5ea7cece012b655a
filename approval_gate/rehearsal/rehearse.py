"""A rehearsal: runs the gate as a child process against the embedded GitHub, and shows the conversation."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from approval_gate.core.plain import cut
from approval_gate.core.wording import plural
from approval_gate.emulator.in_process import InProcess
from approval_gate.emulator.server import Server, serve
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.conversation import REACTIONS, UNBROKEN, Conversation, wrapped
from approval_gate.rehearsal.history import ARTIFACTS, precede
from approval_gate.rehearsal.scenarios import (
    COMMIT,
    REPOSITORY,
    RUN,
    STEP,
    TEAMS,
    VERSION,
    Scenario,
    Stage,
    scene,
)
from approval_gate.runner.outputs import OUTPUTS

_ABOUT = """\
Rehearsal: dee deploys v1.2.3 to production, and the gate asks the approvers.
{about}
The gate is the real program. GitHub and people are simulated on this machine.
"""
_JOB_TOKEN = "the job's own, which cannot read teams"  # noqa: S105 - a sentence
_APP_TOKEN = "a GitHub App's, which can read teams"  # noqa: S105 - a sentence
_QUICK = {"polling-interval-seconds": "0.5"}
"""Nobody waits long for the gate's next look; otherwise the step is the process's own."""

_BUILT = {"artifacts": ARTIFACTS}
_FIRST = 30
"""The most characters of the first of several lines that are shown."""

_TICK = 0.2
_PAUSE = 0.4
_ANSWERED = 0.8
"""Seconds: between two looks at the issue; between two acts; without a word of the gate after an answer."""

_EXIT_TIMEOUT = 120.0


def rehearse(scenario: Scenario, say: Callable[[str], None], *, full: bool = False) -> bool:
    """Play and show a scenario; return whether the gate exited with its exit code."""
    conversation = Conversation(say)
    _introduce(scenario, conversation, say)
    world = scene()
    own_job = precede(world, tests_skipped=scenario.tests_skipped)
    with serve(world) as github, tempfile.TemporaryDirectory() as folder:
        output, summary, log = (Path(folder, name) for name in ("output", "summary", "log"))
        output.touch()
        summary.touch()
        environment = runner_environment(github, scenario, folder, output, summary) | _variables(
            _QUICK | _BUILT
        )
        environment["APPROVAL_GATE_JOB"] = str(own_job.id)
        command = [sys.executable, "-m", "approval_gate", "wait"]
        with (
            log.open("wb") as stream,
            subprocess.Popen(command, env=environment, stdout=stream, stderr=subprocess.STDOUT) as gate,  # noqa: S603 - our own program
        ):
            _play(scenario, Stage(github.world, gate, conversation))
        outputs = outputs_of(output.read_text(encoding="utf-8"))
        issues, exit_code = github.world.issues(REPOSITORY), gate.returncode
        if full or not issues or exit_code != scenario.exit_code:
            text = log.read_text(encoding="utf-8")
            _section("The step's log", text.splitlines() if full else wrapped(text, 2), say)
        if full:
            for issue in issues:
                _show(issue, say)
            _section("The job's summary", summary.read_text(encoding="utf-8").splitlines(), say)
            _section(
                "The gate's requests",
                (f"{it.status} {it.method} {it.path}" for it in github.world.requests),
                say,
            )
    lines = _outputs(outputs, full=full)
    _section("The step's outputs", lines if full else wrapped("\n".join(lines), 2), say)
    then = "succeeds, and the deployment goes on" if exit_code == 0 else "fails, and nothing is deployed"
    say(f"\nExit code: {exit_code}. The step {then}.")
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
        "GITHUB_ACTOR_ID": str(github.world.user("dee").id),
        "GITHUB_TRIGGERING_ACTOR": "dee",
        "GITHUB_SHA": COMMIT,
        "GITHUB_REF_NAME": VERSION,
        "GITHUB_REF_TYPE": "tag",
        "GITHUB_WORKFLOW": "Production Deployment Pipeline",
        "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/deploy.yml@refs/tags/{VERSION}",
        "GITHUB_WORKFLOW_SHA": COMMIT,
        "GITHUB_RETENTION_DAYS": "90",
        "GITHUB_JOB": "approval-gate",
        "GITHUB_API_URL": github.url,
        "GITHUB_SERVER_URL": github.url,
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
        "RUNNER_TEMP": folder,
        **_variables(inputs),
    }


def _variables(inputs: Mapping[str, str]) -> dict[str, str]:
    return {f"INPUT_{name.upper().replace('-', '_')}": value for name, value in inputs.items()}


def _introduce(scenario: Scenario, conversation: Conversation, say: Callable[[str], None]) -> None:
    """Say what happens, with which inputs, and who the people are."""
    say(_ABOUT.format(about=scenario.about))
    given = {name: value for name, value in {**STEP, **scenario.inputs, **_BUILT, **_QUICK}.items() if value}
    step = (f"{name}: {_on_one_line(value)}".replace(" ", UNBROKEN) for name, value in given.items())
    conversation.tell("step", "  ".join(step))
    conversation.tell("token", _JOB_TOKEN if scenario.own_token else _APP_TOKEN)
    teams = (f"{team}: {', '.join(members)}".replace(" ", UNBROKEN) for team, members in TEAMS.items())
    conversation.tell("teams", "  ".join(teams))


def _on_one_line(text: str) -> str:
    first, *more = text.splitlines()
    begun = cut(first, _FIRST).removesuffix("…")
    return f"{begun} … and {plural(len(more), 'more line')}" if more else first


def _play(scenario: Scenario, stage: Stage) -> None:
    """Perform the scenario's acts, and say what the gate does, until it ends."""
    acts, answered = list(scenario.acts), False
    began = last = time.monotonic()
    running = True
    while running:
        running = stage.gate.poll() is None
        now = time.monotonic()
        issues = stage.world.issues(REPOSITORY)
        with stage.world.lock:
            for issue in issues:
                if stage.conversation.look(issue):
                    answered, last = True, now
        if running and issues and acts and now - last >= _PAUSE:
            act = acts[0]
            if act is not None:
                act(stage)
                answered, last = False, now
            if act is not None or (answered and now - last >= _ANSWERED):
                del acts[0]
        if now - began > _EXIT_TIMEOUT:
            stage.gate.kill()
        time.sleep(_TICK)


def _section(title: str, lines: Iterable[str], say: Callable[[str], None]) -> None:
    say(f"\n── {title}")
    for line in lines:
        say(f"  {line}".rstrip())


def _show(issue: Issue, say: Callable[[str], None]) -> None:
    """Show the Markdown of an issue and of its comments."""
    labels, people = ", ".join(issue.labels), ", ".join(user.login for user in issue.assignees)
    about = (f"labels: {labels}", f"assigned: {people}", "")
    title = f"Issue #{issue.number}, {issue.state}: {issue.title}"
    _section(title, (*about, *issue.body.rstrip().splitlines()), say)
    for comment in issue.comments:
        reactions = " ".join(REACTIONS.get(content, content) for _, _, content in comment.reactions)
        edited = " (edited)" if len(comment.revisions) > 1 else ""
        who = comment.author.login if comment.author else "ghost"
        _section(f"{who}{edited} {reactions}".rstrip(), comment.body.rstrip().splitlines(), say)


def _outputs(values: Mapping[str, str], *, full: bool) -> list[str]:
    """List the outputs that have a value; of the longest ones only what they hold, unless in full."""
    given = {name: value for name, value in values.items() if name in OUTPUTS and value}
    if not full:
        given["decision"] = f"the record, {len(given['decision']):,} characters of JSON"
        given["record-path"] = "a file with the record"
        if "subjects-path" in given:
            given["subjects-path"] = "a file with checksums for an attestation"
    return [f"{name:16} {value}" for name, value in given.items()]


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
