"""The whole program in this process, on the embedded GitHub, on a clock that moves when the gate waits.

Nothing sleeps: when the gate waits, its own clock and GitHub's advance at once, and the acts of people
that are due by then happen.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from jwt import algorithms

from approval_gate.cli import main
from approval_gate.cli.post_gate import PostGateCommand
from approval_gate.cli.wait import Run
from approval_gate.core.policy import schema
from approval_gate.core.record.document import rederived
from approval_gate.emulator import Fault, InProcess, Request, Server, World, serve
from approval_gate.emulator.world import Issue
from approval_gate.github.wire import SenderFactory
from approval_gate.rehearsal.rehearse import outputs_of, runner_environment
from approval_gate.rehearsal.scenarios import REPOSITORY, Scenario, scene
from approval_gate.runner.signals import Stop
from tests.emulator.conformance import check_all
from tests.whole.direct import sender

BEGAN = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
NO_INPUTS: Mapping[str, str] = MappingProxyType({})
_KEPT = {"PATH", "HOME", "LANG", "TMPDIR"}


_NOTICE = re.compile(r"\n<!-- approval-gate:v1 (?!hint-|more-|call-)[a-z-]+-\d")


_key = cache(algorithms.load_pem_private_key)
_policy = cache(schema.read_policy)


@contextmanager
def quick() -> Iterator[None]:
    """Leave out work that takes time and does not change a run.

    Files are not flushed to the disk, a private key and a policy are parsed once, and the environment is
    small, because every request searches all of its variables for a proxy.
    """
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    with (
        patch.dict(os.environ, kept, clear=True),
        patch.object(os, "fsync", lambda _: None),
        patch.object(algorithms, "load_pem_private_key", _key),
        patch.object(schema, "read_policy", _policy),
    ):
        yield


class Killed(BaseException):
    """The gate's process was killed."""


@dataclass
class Ended:
    """How a run ended, and everything it left behind."""

    exit_code: int
    outputs: Mapping[str, str]
    summary: str
    log: str
    requests: list[Request]
    issue: Issue | None

    @property
    def status(self) -> str:
        return self.outputs["approval-status"]

    @property
    def code(self) -> str:
        return self.outputs["reason-code"]

    @property
    def reason(self) -> str:
        """The output ``reason`` without the issue's address, with which it ends where there is an issue."""
        words, address = self.outputs["reason"], self.outputs["issue-url"]
        assert words.endswith(f" {address}".rstrip())
        return words.removesuffix(address).rstrip()

    @property
    def record(self) -> dict[str, Any]:
        return dict(json.loads(self.outputs["decision"]))

    def replayed(self) -> str | None:
        outcome: str | None = rederived(self.record)["outcome"]
        return outcome

    @property
    def counted(self) -> str:
        """The people whose approvals count at the end, even without a quorum, in comment order."""
        votes = (self.record["decision"] or {}).get("votes", ())
        return ",".join(
            vote["person"]["login"] for vote in votes if vote["counts"] and vote["verb"] == "approve"
        )

    def texts(self) -> str:
        """Everything that the gate wrote on the issue."""
        assert self.issue is not None
        own = self.issue.author
        return "\n".join([self.issue.body, *(c.body for c in self.issue.comments if c.author is own)])

    def closing(self) -> str:
        assert self.issue is not None
        return next(c.body for c in self.issue.comments if " closing nonce=" in c.body)

    def status_comment(self) -> str:
        assert self.issue is not None
        return next(c.body for c in self.issue.comments if " status nonce=" in c.body)

    def hints(self) -> list[str]:
        assert self.issue is not None
        return [c.body for c in self.issue.comments if " hint-" in c.body]

    def notices(self) -> list[str]:
        """The comments that mention somebody, in the order in which they were written."""
        assert self.issue is not None
        return [_NOTICE.split(c.body)[0].strip() for c in self.issue.comments if _NOTICE.search(c.body)]

    def reactions(self, login: str) -> list[list[str]]:
        """The gate's reactions to each comment by this person."""
        assert self.issue is not None
        return [
            [content for _, _, content in c.reactions]
            for c in self.issue.comments
            if c.author and c.author.login == login
        ]

    def sent(self, method: str, ending: str = "") -> list[Request]:
        return [r for r in self.requests if r.method == method and r.path.endswith(ending)]


@dataclass
class Done:
    """How a sweep or a report ended."""

    exit_code: int
    log: str
    requests: list[Request]

    @property
    def writes(self) -> list[tuple[str, str]]:
        """Its writing requests: method and end of the path."""
        return [
            (r.method, r.path.partition("/issues")[2])
            for r in self.requests
            if r.method != "GET" and r.path != "/graphql"
        ]


@dataclass
class Stage:
    """A scene, what people will do in it, and the gate that runs in it."""

    folder: Path
    world: World = field(default_factory=scene)
    passed: float = 0.0
    _acts: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    runs: int = 0
    deadly: type[BaseException] | tuple[()] = ()
    conforms: Callable[..., None] = check_all
    tap: Callable[[SenderFactory], SenderFactory] = lambda sender: sender

    def __post_init__(self) -> None:
        self.world._clock = self.now

    # The one clock of the machine and of GitHub.

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        until = self.passed + seconds
        while self._acts and self._acts[0][0] <= until:
            at, act = self._acts.pop(0)
            self.passed = max(self.passed, at)
            act()
        self.passed = until

    # What people do.

    def at(self, minute: float, act: Callable[[], object]) -> None:
        """Do something this many minutes after the beginning."""

        def do() -> None:
            act()

        self._acts.append((minute * 60, do))
        self._acts.sort(key=lambda planned: planned[0])

    def says(self, minute: float, login: str, text: str, **how: str) -> None:
        self.at(minute, lambda: self.world.comment(REPOSITORY, self.number(), login, text, **how))

    def edits(self, minute: float, login: str, text: str, *, by: str | None = None) -> None:
        """Somebody's last comment is edited."""
        self.at(minute, lambda: self.world.edit_comment(self.last(login), by=by or login, body=text))

    def deletes(self, minute: float, login: str, *, by: str | None = None) -> None:
        """Somebody's last comment is deleted."""
        self.at(minute, lambda: self.world.delete_comment(self.last(login), by=by or login))

    def stops(self, minute: float) -> None:
        """The runner's first stop signal, as the program gets it."""

        def stop() -> None:
            raise Stop

        self.at(minute, stop)

    def number(self) -> int:
        return self.world.issues(REPOSITORY)[-1].number

    def last(self, login: str) -> int:
        comments = self.world.issues(REPOSITORY)[-1].comments
        return next(c.id for c in reversed(comments) if c.author and c.author.login == login)

    def fault(self, **what: Any) -> None:
        self.world.faults.append(Fault(**what))

    # The gate.

    def run(self, inputs: Mapping[str, str] = NO_INPUTS, **variables: str) -> Ended:
        """Run the gate with the inputs of the process's step and these."""
        return self.run_on(self.github(), inputs, **variables)

    def github(self) -> InProcess:
        """The embedded GitHub in this process."""
        return InProcess(self.world)

    @contextmanager
    def served(self) -> Iterator[Server]:
        with serve(self.world) as github:
            yield github

    def run_to_death(self, how: type[BaseException], inputs: Mapping[str, str] = NO_INPUTS) -> Ended:
        """Run the gate until an exception ends it at once, as a kill does."""
        self.deadly = how
        return self.run(inputs)

    def run_on(
        self,
        github: InProcess | Server,
        inputs: Mapping[str, str] = NO_INPUTS,
        arguments: Sequence[str] = (),
        **variables: str,
    ) -> Ended:
        self.runs += 1
        folder = self.folder / str(self.runs)
        folder.mkdir()
        output, summary = folder / "output", folder / "summary"
        scenario = Scenario(about="", exit_code=0, inputs={"polling-interval-seconds": "37", **inputs})
        environ = {**runner_environment(github, scenario, str(folder), output, summary), **variables}
        environ["INPUT_TOKEN"] = inputs.get("token", environ["INPUT_TOKEN"])
        run = Run(
            {name: value for name, value in environ.items() if value != "(unset)"},
            self,
            self.tap(sender(github)),
        )
        run.signals.install = lambda: None  # type: ignore[method-assign]
        before = len(self.world.requests)
        log = StringIO()
        with quick(), redirect_stdout(log):
            run.log._stream = log
            try:
                main.main(["wait", *arguments], obj=run, standalone_mode=False)
            except SystemExit as end:
                code = end.code
            except self.deadly:
                code = -9
        assert isinstance(code, int)
        self.conforms(self.world, before)
        issues = self.world.issues(REPOSITORY)
        return Ended(
            exit_code=code,
            outputs=outputs_of(output.read_text(encoding="utf-8")),
            summary=summary.read_text(encoding="utf-8") if summary.exists() else "",
            log=log.getvalue(),
            requests=self.world.requests[before:],
            issue=issues[-1] if issues else None,
        )

    def note(self, printed: str) -> None:
        """Take note of what another command printed here."""

    # The commands after the gate.

    def sweep(self, gate: Ended, inputs: Mapping[str, str] = NO_INPUTS, **variables: str) -> Done:
        """Run the sweep after a gate, as the action does."""
        told = {
            "APPROVAL_GATE_NONCE": gate.outputs["nonce"],
            "APPROVAL_GATE_STATUS": gate.outputs["approval-status"],
        }
        return self.post_gate("sweep", inputs, **{**told, **variables})

    def report(self, result: str, inputs: Mapping[str, str] = NO_INPUTS, **variables: str) -> Done:
        """Report on the first issue, as a workflow does."""
        return self.post_gate("report", {"issue-number": "1", "result": result, **inputs}, **variables)

    def post_gate(
        self,
        verb: str,
        inputs: Mapping[str, str] = NO_INPUTS,
        arguments: Sequence[str] = (),
        **variables: str,
    ) -> Done:
        return self.post_gate_on(self.github(), verb, inputs, arguments, **variables)

    def post_gate_on(
        self,
        github: InProcess | Server,
        verb: str,
        inputs: Mapping[str, str] = NO_INPUTS,
        arguments: Sequence[str] = (),
        **variables: str,
    ) -> Done:
        scenario = Scenario(about="", exit_code=0, inputs=inputs)
        folder = self.folder
        environ = runner_environment(
            github, scenario, str(folder), folder / "no-output", folder / "no-summary"
        )
        environ["INPUT_TOKEN"] = inputs.get("token", environ["INPUT_TOKEN"])
        environ |= variables
        command = PostGateCommand(
            {name: value for name, value in environ.items() if value != "(unset)"},
            self,
            self.tap(sender(github)),
        )
        before = len(self.world.requests)
        log = StringIO()
        command.log._stream = log
        try:
            with quick():
                main.main([verb, *arguments], obj=command, standalone_mode=False)
        except SystemExit as end:
            code = end.code
        assert isinstance(code, int)
        assert "Traceback" not in log.getvalue()
        assert not list(folder.glob("no-*"))
        self.conforms(self.world, before)
        return Done(exit_code=code, log=log.getvalue(), requests=self.world.requests[before:])
