"""A gate that is killed at one of its requests, and the next attempt of its run.

The killed gate is a process of its own. It gets SIGKILL after the embedded GitHub
received a request and before it replied. The sweep and the next attempt run in
this process, on a clock that only their waiting advances.
"""

import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from approval_gate.core.marker import Marker
from approval_gate.emulator import Fault, Request, Server, World
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.rehearse import outputs_of, runner_environment
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, RUN, Scenario, scene
from tests.kill.gate import start
from tests.whole.keys import pair
from tests.whole.stage import BEGAN, Done, Ended, Stage

LIMIT = 60
FIRST, KILLED, LAST = 1, 2, 3
"""The numbers of the attempts, and of their issues if each opened one."""

POLICY = """\
version: 1
roles:
  lead: {members: [platform-leads]}
  devops: {members: [devops-team]}
  owner: {members: ["environment:production", "role:admin"]}
deployments:
  standard:
    minimum-approvals: 2
    timeout-minutes: 60
    approvers: [lead, devops, owner]
    require: [{any-of: [lead], minimum: 1}]
exclude: [workflow-initiator, commit-authors]
checklist:
  Checks:
    - {item: "**Tests**", verify: {jobs: [Build]}, required: true}
    - {item: "**Reviews**", verify: {reviews: true}, required: true}
    - {item: "**No incident**", verify: {no-open-issues: [incident]}, required: true}
    - {item: "**Staging**", verify: {deployed-to: staging}, required: true}
"""
GRANTED: Mapping[str, str] = {
    "issues": "write",
    **dict.fromkeys(("metadata", "contents", "actions", "deployments", "members", "pull_requests"), "read"),
}
INPUTS: Mapping[str, str] = {
    "policy-file": "policy.yml",
    **dict.fromkeys(("approvers", "minimum-approvals", "timeout-minutes"), ""),
    "issue-body": f"{'what is deployed, at length. ' * 50}\n" * 50,
}
COMMENTS: Mapping[int, Sequence[tuple[str, str]]] = {
    1: (("ann", "aproved"), ("bob", "deny"), ("cid", "approve")),
    3: (("bob", "approve"), ("lea", "approve")),
}
"""Comments by the number of the poll after which people write them; after the second, `cid` also edits."""

ANSWERS = {"approved": (("max", "approve"), ("sue", "approve")), "denied": (("max", "deny - not now"),)}
"""The comments of other people on the next attempt, by its outcome."""


def at(ordinal: int, *, effect: bool) -> Fault:
    """Return the moment of the request with an ordinal, before or after its effect."""
    return Fault(method="", first=ordinal, kind="hang", effect=effect)


def at_the(method: str, path: str, *, effect: bool) -> Fault:
    """Return the moment of the first request with a method and path, before or after its effect."""
    return Fault(method=method, path=f"/repos/{REPOSITORY}{path}", kind="hang", effect=effect)


@dataclass(frozen=True, kw_only=True)
class After:
    """The state that a kill left, and the results of the sweep and the next attempt.

    Attributes:
        request: method and path of the request at which the gate was killed; empty if it was not.
        exit_code: of the killed process.
        outputs: of the killed process.
        left: state and labels of every issue after the kill.
        swept: the result of the sweep, if there was one.
        end: the result of the next attempt.
        open_then: the issues that were open when people answered the next attempt.
        newest: the number of the next attempt's issue.
        issues: all issues in the end.
    """

    request: tuple[str, str]
    exit_code: int
    outputs: Mapping[str, str]
    left: Sequence[tuple[str, Sequence[str]]]
    swept: Done | None
    end: Ended
    open_then: Sequence[int]
    newest: int
    issues: Sequence[Issue]


@dataclass
class Killing:
    """A world with a gate that can be killed.

    Attributes:
        folder: for the files of the runner.
        moment: the request at which to kill the gate; None to let it end.
        killed_at: method and path of the request at which it was killed.
        outputs: of the gate.
    """

    folder: Path
    moment: Fault | None = None
    world: World = field(default_factory=scene)
    killed_at: tuple[str, str] = ("", "")
    outputs: Mapping[str, str] = field(default_factory=dict)
    _polls: int = 0

    def __post_init__(self) -> None:
        began = time.monotonic()
        self.stage = Stage(self.folder, self.world)
        self.world._clock = lambda: BEGAN + timedelta(seconds=time.monotonic() - began)
        repo = self.world.repos[REPOSITORY]
        repo.private, repo.files["policy.yml"] = False, POLICY
        self._pass_checks()
        private, public = pair()
        app = self.world.app("gatekeeper", public_key=public, repos=[REPOSITORY], permissions=GRANTED)
        self.access = {"app-id": str(app.id), "app-private-key": private}
        self._open_stale_issue()
        if self.moment is not None:
            self.world.faults.append(self.moment)

    def _pass_checks(self) -> None:
        """Have jobs that the last attempt carries over, a reviewed pull request, and staging deployed."""
        world, repo = self.world, self.world.repos[REPOSITORY]
        world.run(REPOSITORY, RUN, ["dee"] * KILLED)
        world.job(REPOSITORY, RUN, "Build")
        world.rerun_failed_jobs(REPOSITORY, RUN, "dee")
        before = world.commit(REPOSITORY, "dee")
        world.deploy(REPOSITORY, "production", before, "SUCCESS")
        world.commit(REPOSITORY, "eve", sha=COMMIT)
        # Issues have the numbers of the attempts that open them.
        numbers, repo.numbers = repo.numbers, count(90)
        merged = world.pull_request(REPOSITORY, "eve", [COMMIT])
        repo.numbers = numbers
        world.review(merged, "sue")
        world.merge(REPOSITORY, merged, "eve", before, "push")
        world.deploy(REPOSITORY, "staging", COMMIT, "SUCCESS")
        world.environment(REPOSITORY, "production", reviewers=["ayo-anu"])

    def _open_stale_issue(self) -> None:
        """Open an issue of the first attempt with an approval on it."""
        body = Marker(run_id=RUN, run_attempt=1, nonce="0" * 32).body("Deploy?")
        stale = self.world.open_issue(REPOSITORY, "gatekeeper[bot]", "x", body)
        self.world.comment(REPOSITORY, stale.number, "sue", "approve")

    def run(self) -> int:
        """Run the gate, kill it at the chosen request, and return its exit code."""
        with self.stage.served() as github:
            process = start(self._environment(github))
            self.world.script.append(partial(self._after, process))
            try:
                process.join(LIMIT)
                ended = process.exitcode
            finally:
                process.kill()
                process.join()
        assert ended is not None, f"it ran for more than {LIMIT} seconds"
        self.world.script.clear()
        self.world.faults.clear()
        self.outputs = outputs_of((self.folder / "output").read_text(encoding="utf-8"))
        self.stage.passed = (self.world._clock() - BEGAN).total_seconds()
        self.world._clock = self.stage.now
        return ended

    def _environment(self, github: Server) -> dict[str, str]:
        output = self.folder / "output"
        output.touch()
        inputs = {**INPUTS, **self.access, "polling-interval-seconds": "0.1"}
        scenario = Scenario(about="", exit_code=0, inputs=inputs)
        environment = runner_environment(github, scenario, str(self.folder), output, self.folder / "summary")
        return {**environment, "GITHUB_RUN_ATTEMPT": str(KILLED), "PYTHONUNBUFFERED": ""}

    def _after(self, process: BaseProcess, request: Request) -> None:
        """Kill the gate or let people comment, while the gate waits for the response to a request."""
        if request.faulty:
            self.killed_at = request.method, request.path
            process.kill()
        elif (request.method, request.path) == ("GET", f"/repos/{REPOSITORY}/issues/{KILLED}/comments"):
            self._polls += 1
            for login, text in COMMENTS.get(self._polls, ()):
                self.world.comment(REPOSITORY, KILLED, login, text)
            if self._polls == 2:
                self.world.edit_comment(self.stage.last("cid"), by="cid", body="approve - well")

    def sweep(self) -> Done:
        """Run the sweep, as the action does after a gate that did not finish."""
        return self.stage.post_gate(
            "sweep",
            self.access,
            APPROVAL_GATE_NONCE=self.outputs["nonce"],
            APPROVAL_GATE_STATUS=self.outputs["approval-status"],
            GITHUB_RUN_ATTEMPT=str(KILLED),
        )

    def run_again(self, answers: Sequence[tuple[str, str]]) -> tuple[Ended, list[int]]:
        """Run the next attempt; return its result and the issues that were open when people answered."""
        then: list[int] = []
        minute = self.stage.passed / 60 + 1
        self.stage.at(minute, lambda: then.extend(it.number for it in self._issues() if it.state == "open"))
        for login, text in answers:
            self.stage.says(minute, login, text)
        return self.stage.run({**INPUTS, **self.access}, GITHUB_RUN_ATTEMPT=str(LAST)), then

    def _issues(self) -> list[Issue]:
        return self.world.issues(REPOSITORY)


def record() -> list[tuple[str, str]]:
    """Let a gate run to its end, and return its requests."""
    with TemporaryDirectory() as folder:
        killing = Killing(Path(folder))
        assert killing.run() == 0
        assert killing.outputs["approvers"] == "bob,lea"
        return [(request.method, request.path) for request in killing.world.requests]


def kill(moment: Fault, verdict: str, *, swept: bool) -> After:
    """Kill a gate at a moment, optionally sweep, and run the next attempt to a verdict."""
    with TemporaryDirectory() as folder:
        killing = Killing(Path(folder), moment)
        exit_code = killing.run()
        left = [(it.state, tuple(it.labels)) for it in killing.world.issues(REPOSITORY)]
        done = killing.sweep() if swept else None
        end, open_then = killing.run_again(ANSWERS[verdict])
        return After(
            request=killing.killed_at,
            exit_code=exit_code,
            outputs=dict(killing.outputs),
            left=left,
            swept=done,
            end=end,
            open_then=open_then,
            newest=killing.stage.number(),
            issues=killing.world.issues(REPOSITORY),
        )


def check(after: After, verdict: str, *, flushed: bool) -> None:
    """Check the state after a kill and the result of the next attempt.

    Args:
        after: to check.
        verdict: the expected outcome of the next attempt.
        flushed: whether the killed gate had written its outputs.

    Raises:
        AssertionError: one of them is wrong.
    """
    _check_state_after_kill(after, flushed=flushed)
    assert after.open_then == [after.newest], "another issue was open while people answered"
    *old, new = after.issues
    assert all(issue.state == "closed" for issue in after.issues)
    for issue, (state, _) in zip(old, after.left, strict=True):
        replaced = [comment.body for comment in issue.comments if " replaced nonce=" in comment.body]
        swept = after.swept is not None and issue.number == KILLED
        if state == "open" and not swept:
            assert f"/{REPOSITORY}/issues/{new.number}" in replaced[-1], "it is not closed as replaced"
            assert (issue.state_reason, issue.labels[-1]) == ("not_planned", "cancelled")
        if swept:
            assert issue.labels[-1] == ("approved" if flushed else "cancelled")
            assert not replaced
    _check_the_verdict(after, verdict)


def _check_state_after_kill(after: After, *, flushed: bool) -> None:
    assert after.exit_code == -signal.SIGKILL
    assert after.outputs["approval-status"] == ("approved" if flushed else "error")
    assert after.outputs["reason-code"] == ("quorum" if flushed else "internal")
    assert after.outputs["approvers"] == ("bob,lea" if flushed else "")
    assert "finished" not in after.outputs
    assert len(after.left) <= KILLED, "it opened more than one issue"
    left_open = len(after.left) == KILLED and after.left[-1][0] == "open"
    if after.swept is not None:
        assert after.swept.exit_code == 0
        assert ("the sweep does nothing" in after.swept.log) is not left_open


def _check_the_verdict(after: After, verdict: str) -> None:
    end = after.end
    assert (end.status, end.outputs["run-attempt"]) == (verdict, str(LAST))
    assert (end.outputs["approvers"], end.outputs["denied-by"]) == {
        "approved": ("max,sue", ""),
        "denied": ("", "max"),
    }[verdict], "a vote was carried over, or lost"
    assert end.replayed() == verdict
