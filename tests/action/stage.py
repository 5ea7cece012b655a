"""An example workflow, run by act on the embedded GitHub with scripted people.

The tests run copies of the example and the action, modified for act and for speed;
`_replaced` fails if a modification no longer applies.

act 0.2.89 differs from the runner. These differences are worked around here:

- it sets INPUT_* for a composite action's steps (as_the_runner.py);
- it merges the outputs of those steps into the action's outputs, with precedence;
- it gives no `jobs.*.result` to the outputs of a called workflow;
- it gives a skipped job's outputs as the text of their expressions;
- it does not accept `--input` together with an event file;
- it does not create the tool cache that it names (conftest.py);
- it fetches when a checkout names a ref;
- it fetches the actions of others from github.com, so `fakes` has some that keep artifacts in a folder,
  and the workflows of others, which are then called in the same repository.

These are not, so the tests here do not cover them: act has no environments,
concurrency, permissions or re-runs; it ends a step only by SIGKILL and then skips
`always()` steps of a composite action; it does not parse `##[…]` commands
(tests/launch and tests/program cover signals and the log); and it runs no job after a
called workflow that failed.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import Any

import yaml

from approval_gate.emulator import Request, World, serve
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.scenarios import REPOSITORY, RUN, VERSION, scene
from tests.action.pipeline import RUNNER, Pipeline
from tests.emulator.conformance import check_all
from tests.notify.listeners import Heard, http

PROJECT = Path(__file__).parents[2]
OURS = ("action.yml", "report", "launch.sh", "image.lock", "approval_gate", "requirements/run.txt")
HERE = Path(__file__).parent
ACTION = "org/approval-gate@v1"
FAKES = HERE / "fakes"
"""Actions of others that the examples use, each for the one that its folder is named after."""
BEFORE = "v1.2.2"
"""The previous version, on another commit."""
POLICY = ".github/approval-policy.yml"
PIPELINE = "production-deploy"
"""The example whose jobs the example policy names."""

LIMIT = 240
"""Seconds for a whole workflow, far more than an unanswered gate needs."""

Reply = tuple[str, str]
"""A login and the text of a comment."""


@dataclass
class Ended:
    """The result of a workflow run, with its traces."""

    exit_code: int
    log: str
    needs: Mapping[str, Any]
    journal: Sequence[Mapping[str, Any]]
    issues: Sequence[Issue]
    releases: Mapping[str, Any]
    artifacts: Path
    messages: Sequence[str]

    def result(self, job: str) -> str:
        """Return a job's result, as a later job sees it."""
        return str(self.needs[job]["result"])

    def results(self) -> dict[str, str]:
        return {job: self.result(job) for job in self.needs}

    def output(self, job: str, name: str) -> str:
        return str((self.needs[job]["outputs"] or {}).get(name, ""))

    def made(self) -> list[str]:
        """List the targets that `make` was called with, in order."""
        return [target for call in self.journal if call["tool"] == "make" for target in call["arguments"]]

    def applied(self) -> list[str]:
        """List the calls of `terraform` that change something."""
        calls = (call["arguments"] for call in self.journal if call["tool"] == "terraform")
        return [" ".join(arguments) for arguments in calls if arguments[0] == "apply"]

    def environment(self, target: str) -> Mapping[str, str]:
        """Return the environment that a target was called in."""
        call = next(call for call in self.journal if target in call["arguments"])
        return dict(call["environment"])

    def attested(self) -> dict[str, Any]:
        """Return the predicate of each attestation, by the SHA-256 of its subject."""
        return {
            path.name: json.loads((path / "predicate").read_bytes())
            for path in (self.artifacts / "attested").glob("*")
        }

    def labels(self) -> list[str]:
        return self.issues[0].labels


def governed(world: World) -> World:
    """Add the example policy to the repository."""
    policy = (PROJECT / "examples" / "approval-policy.yml").read_text(encoding="utf-8")
    world.repos[REPOSITORY].files[POLICY] = policy
    return world


def without_jobs(world: World) -> None:
    """Remove the checks of jobs from the policy, as its adopter does for a workflow without these jobs."""
    policy = str(world.repos[REPOSITORY].files.get(POLICY, ""))
    item = r"    - item: (.*)\n      verify:\n        jobs:\n(?:          .*\n)+(?:      required: .*\n)?"
    if policy:
        world.repos[REPOSITORY].files[POLICY] = _replaced(item, r"    - \1\n", policy)


@dataclass
class Stage:
    """Runs examples in a repository with act.

    Attributes:
        folder: for the repository and everything that the run writes.
        home: act's home directory.
        environment: a virtual environment with the gate's libraries.
        actor: the account that starts the workflow.
        window: ``timeout-minutes`` of the gate.
        edit: modifies the text of the action files and the examples.
        texts: further workflows, by name, which are not examples.
        answers: returns the comments of people on an approval issue.
        failing: the targets for which `make` fails, and what goes wrong with `terraform`.
        world: the embedded GitHub's.
        commit: the commit that was pushed.
    """

    folder: Path
    home: Path
    environment: Path
    actor: str = "dee"
    window: str = "2"
    edit: Callable[[str], str] = lambda text: text
    texts: Mapping[str, str] = field(default_factory=dict)
    answers: Callable[[Issue], Sequence[Reply]] = lambda _: ()
    failing: Sequence[str] = ()
    world: World = field(default_factory=lambda: governed(scene()))
    commit: str = ""

    def push(self, *examples: str, ref: str = f"refs/tags/{VERSION}") -> Ended:
        """Push the version's tag or a branch, and run the first of the examples; it can call the others."""
        return self._run(examples, "push", {"ref": ref})

    def dispatch(self, example: str, ref: str = f"refs/tags/{VERSION}", **inputs: str) -> Ended:
        """Start the workflow by hand."""
        return self._run([example], "workflow_dispatch", {"ref": ref, "inputs": inputs})

    def _run(self, examples: Sequence[str], event: str, payload: Mapping[str, Any]) -> Ended:
        repository, action = self._repository(examples), self._action()
        workflow = repository / ".github" / "workflows" / f"{examples[0]}.yml"
        self.commit = _git(repository, "rev-parse", "HEAD")
        self.world.tag(REPOSITORY, VERSION, self.commit)
        self.world.script.append(self._answer)
        if examples[0] != PIPELINE:
            without_jobs(self.world)
        # act accepts inputs and a ref only in an event file.
        (self.folder / "event.json").write_text(json.dumps(payload), encoding="utf-8")
        with serve(self.world) as github, http() as chat:
            variables = {
                "GITHUB_REPOSITORY": REPOSITORY,
                "GITHUB_RUN_ID": str(RUN),
                "GITHUB_API_URL": github.url,
                "GITHUB_SERVER_URL": github.url,
                "RUNNER_NAME": RUNNER,
                "WITNESS": str(self.folder / "needs.json"),
                "ARTIFACTS": str(self.folder / "artifacts"),
            }
            secrets = {
                "GITHUB_TOKEN": "demo-job-token",
                "APPROVAL_GATE_TOKEN": "demo-app-token",
                "NOTIFY_URLS": f"http://{chat.address}/",
            }
            output = self._follow(
                [
                    *(Path(sys.executable).with_name("act"), event),
                    *(part for used in _local(repository, action) for part in ("--local-repository", used)),
                    *("--workflows", f".github/workflows/{examples[0]}.yml"),
                    *("--eventpath", self.folder / "event.json"),
                    *("--platform", "ubuntu-latest=-self-hosted", "--no-cache-server", "--actor", self.actor),
                    *(part for name, value in variables.items() for part in ("--env", f"{name}={value}")),
                    *(part for name, value in secrets.items() for part in ("--secret", f"{name}={value}")),
                ],
                repository,
                Pipeline(self.world, workflow.read_text(encoding="utf-8")),
            )
        check_all(self.world)
        return self._ended(*output, chat)

    def _follow(self, command: Sequence[str | Path], repository: Path, pipeline: Pipeline) -> tuple[int, str]:
        """Run act, tell the pipeline each line, and return the exit code and the output."""
        lines = []
        with subprocess.Popen(
            command,
            cwd=repository,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        ) as act:
            limit = Timer(LIMIT, lambda: os.killpg(act.pid, signal.SIGKILL))
            limit.start()
            assert act.stdout is not None
            for line in act.stdout:
                sys.stdout.write(line)  # pytest shows it if the test fails
                lines.append(line)
                pipeline.hear(line)
            limit.cancel()
        return act.returncode, "".join(lines)

    def _ended(self, exit_code: int, log: str, chat: Heard) -> Ended:
        journal, needs = self.folder / "journal", self.folder / "needs.json"
        return Ended(
            exit_code=exit_code,
            log=log,
            needs=json.loads(needs.read_text(encoding="utf-8")) if needs.exists() else {},
            journal=[json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()],
            issues=self.world.issues(REPOSITORY),
            releases={
                path.stem: json.loads(path.read_text(encoding="utf-8"))
                for path in self.folder.glob("v*.json")
            },
            artifacts=self.folder / "artifacts",
            messages=[f"{it['title']}: {it['text']}" for it in chat.json],
        )

    def _answer(self, request: Request) -> None:
        """Let people answer once the gate has posted its instructions on the issue."""
        found = re.fullmatch(rf"/repos/{REPOSITORY}/issues/(\d+)/comments", request.path)
        if request.method != "POST" or found is None:
            return
        issue = self.world.issue(REPOSITORY, int(found[1]))
        if len(issue.comments) == 1:
            for login, text in self.answers(issue):
                self.world.comment(REPOSITORY, issue.number, login, text)

    # The copy --------------------------------------------------------------------------

    def _repository(self, examples: Sequence[str]) -> Path:
        repository = self.folder / "repository"
        workflows = repository / ".github" / "workflows"
        workflows.mkdir(parents=True)
        for name in examples:
            path = PROJECT / "examples" / f"{name}.yml"
            text = self.texts.get(name) or path.read_text(encoding="utf-8")
            text = _runnable(self.edit(text))
            text = _witnessed(text) if name == examples[0] else text
            (workflows / f"{name}.yml").write_text(text, encoding="utf-8")
        _git(repository, "init", "--quiet", "--initial-branch=main")
        _git(repository, "add", ".")
        author = ("-c", "user.name=dee", "-c", "user.email=dee@acme.example")
        for version in (BEFORE, VERSION):
            _git(repository, *author, "commit", "--quiet", "--allow-empty", "--message", version)
            _git(repository, "tag", version)
        return repository

    def _action(self) -> Path:
        """Return a copy of the action."""
        folder = self.folder / "action"
        for name in OURS:
            source, target = PROJECT / name, folder / name
            target.parent.mkdir(exist_ok=True, parents=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "rehearsal"))
            else:
                shutil.copy(source, target)
        for path in (folder / "action.yml", folder / "report" / "action.yml"):
            path.write_text(self._modified(path.read_text(encoding="utf-8")), encoding="utf-8")
        timing = folder / "approval_gate" / "core" / "timing.py"
        text = _replaced(r"(?m)^CHECKS_AGAIN = .*$", "CHECKS_AGAIN = 1.0", timing.read_text(encoding="utf-8"))
        timing.write_text(text, encoding="utf-8")
        return folder

    def _modified(self, text: str) -> str:
        """Return an action file modified for act, with short times and without Docker."""
        text = _replaced("  INPUT_", "  MAPPED_INPUT_", self.edit(text))
        run = f'run: exec "{sys.executable}" "{HERE / "as_the_runner.py"}" bash '
        text = _replaced("run: exec bash ", run, text)
        text = _replaced('default: "auto"\n', 'default: "python"\n', text)
        if "polling-interval-seconds:" in text:
            description = r"    description: >-\n(?: {6}.*\n)+"
            text = _replaced(rf"(?m)^  ([\w-]+:\n{description}    value: )", r"  mapped-\1", text)
            text = _replaced('default: "3"\n', 'default: "0.2"\n', text)
            window = rf'(  timeout-minutes:\n{description}    default: )""'
            text = _replaced(window, rf'\g<1>"{self.window}"', text)
        return text

    def _environment(self) -> dict[str, str]:
        """Return this process's environment with fake tools, without variables of act or the runner."""
        tools, journal = self.folder / "bin", self.folder / "journal"
        tools.mkdir()
        journal.touch()
        for tool in ("make", "gh", "docker", "terraform"):
            words = [sys.executable, str(HERE / "tools.py"), str(journal), ",".join(self.failing), tool]
            script = f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n'
            (tools / tool).write_text(script, encoding="utf-8")
            (tools / tool).chmod(0o755)
        python = f'case "$*" in *"-m venv "*) exec cp -al {self.environment} "${{@: -1}}" ;; esac\n'
        (tools / "python3.14").write_text(
            f'#!/bin/bash\n{python}exec {sys.executable} "$@"\n', encoding="utf-8"
        )
        (tools / "python3.14").chmod(0o755)
        dropped = ("ACT", "APPROVAL_GATE_", "GH_", "GITHUB_", "INPUT_", "RUNNER_", "XDG_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        return {
            **kept,
            "HOME": str(self.home),
            "PATH": f"{tools}:{os.environ['PATH']}",
            **{name: f"127.0.0.1,{os.environ.get(name, '')}" for name in ("NO_PROXY", "no_proxy")},
            "ACT_DISABLE_VERSION_CHECK": "1",
        }


def _local(repository: Path, action: Path) -> set[str]:
    """Return the actions that the workflows use, each with the folder that act takes it from."""
    folders = {ACTION: action}
    for path in (repository / ".github" / "workflows").iterdir():
        for name, ref in re.findall(r"uses: ([\w-]+/[\w-]+)@(\S+)", path.read_text(encoding="utf-8")):
            if (FAKES / name.replace("/", "-")).is_dir():
                folders[f"{name}@{ref}"] = FAKES / name.replace("/", "-")
    return {f"{used}={folder}" for used, folder in folders.items()}


def _runnable(text: str) -> str:
    """Return an example that runs under act."""
    text = re.sub(r" {10}ref: \$\{\{ github\.sha \}\}.*\n", "", text)
    text = re.sub(r"acme/workflows/(\S+)@\w+", r"./\1", text)
    text = re.sub(r"steps\.gate\.outputs\.", r"\g<0>mapped-", text)
    unless_skipped = r"(needs.\1.result != 'skipped' && \g<0> || '')"
    text = re.sub(r"needs\.([\w-]+)\.outputs\.[\w-]+", unless_skipped, text)
    if ".result }}" in text and "workflow_call:" in text:
        text = _replaced(r"jobs\.(\w+)\.result", r"jobs.\1.outputs.result", text)
        text = _replaced(r"(  deploy:\n)", r"\1    outputs:\n      result: ${{ steps.last.outcome }}\n", text)
        text = _replaced(r"( {6}- name: Deploy\n)", r"\1        id: last\n", text)
    return text


def _witnessed(text: str) -> str:
    """Return an example with an added last job, which records the results and outputs of the others."""
    return f"""{text}
  witness:
    needs: [{", ".join(yaml.safe_load(text)["jobs"])}]
    if: always()
    runs-on: ubuntu-latest
    steps:
      - run: printf '%s' "$NEEDS" >"$WITNESS"
        env: {{NEEDS: "${{{{ toJSON(needs) }}}}"}}
"""


def _replaced(pattern: str, new: str, text: str) -> str:
    changed, count = re.subn(pattern, new, text)
    assert count, f"{pattern!r} does not match: adapt this modification to the file"
    return changed


def _git(folder: Path, *arguments: str) -> str:
    command = ("git", *arguments)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()
