"""Tells the embedded GitHub which jobs and steps act runs, as the real GitHub knows them of its runner."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from approval_gate.emulator import World
from approval_gate.emulator.world import Job
from approval_gate.rehearsal.scenarios import REPOSITORY, RUN

RUNNER = "act"
"""The name of the runner. It runs one job at a time, as far as the gate's job is concerned."""

_LINE = re.compile(r"\[[^/\]]*/(?P<job>[^\]]*?) *\] +(?:⭐|✅|❌|🏁) +(?P<what>.*)")
_STEP = re.compile(r"(?P<result>Success|Failure) - Main (?P<name>.*?)(?: \[[^ ]+\])?")
_ENDED = re.compile(r"Job (?P<result>succeeded|failed)")
_CONCLUSIONS = {"Success": "success", "Failure": "failure", "succeeded": "success", "failed": "failure"}


class Pipeline:
    """The jobs of a workflow, by the lines that act prints while it runs them."""

    def __init__(self, world: World, workflow: str) -> None:
        self._world = world
        jobs = yaml.safe_load(workflow)["jobs"]
        self._steps = {str(job.get("name", key)): _names(job) for key, job in jobs.items()}
        self._jobs: dict[str, Job] = {}
        self._ran: dict[str, dict[str, str]] = {}

    def hear(self, line: str) -> None:
        """Take a line of act's output: a job begins with its first one."""
        found = _LINE.match(line)
        if found is None:
            return
        name, what = found["job"], found["what"]
        with self._world.lock:
            if name not in self._jobs:
                self._jobs[name] = self._world.job(REPOSITORY, RUN, name, None, runner=RUNNER)
            if step := _STEP.fullmatch(what):
                self._ran.setdefault(name, {})[step["name"]] = _CONCLUSIONS[step["result"]]
            elif ended := _ENDED.match(what):
                self._end(name, _CONCLUSIONS[ended["result"]])

    def _end(self, name: str, conclusion: str) -> None:
        job, ran = self._jobs[name], self._ran.get(name, {})
        job.conclusion, job.completed_at = conclusion, self._world.now()
        job.steps = [(step, ran.get(step, "skipped")) for step in self._steps.get(name, ran)]


def _names(job: Mapping[str, Any]) -> list[str]:
    """Return the names that GitHub shows for a job's steps."""
    return [str(step.get("name") or step.get("uses") or step.get("run")) for step in job.get("steps", ())]
