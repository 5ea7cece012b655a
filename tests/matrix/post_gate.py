"""The sweep and the report with every fault in each request: done once, or finished by the next run."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from approval_gate.core.marker import Marker
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.scenarios import REPOSITORY, RUN
from tests.matrix import faults
from tests.matrix.cell import PATIENCE, TIMES, marks
from tests.matrix.faults import WAITS
from tests.matrix.scenes import APP, UNDER_POLICY, small_organisation
from tests.matrix.wire import Wire, of_kind
from tests.whole.stage import Done, Stage

NONCE = "a" * 32
_OFTEN = {1: "once", 3: "three times", None: "permanently"}
TOKENS: Mapping[str, Mapping[str, str]] = {"a token": {}, "an app": APP}


@dataclass
class PostGateCommand:
    """A command, and what it leaves: a label, a comment of this name, and perhaps a follow-up."""

    verb: str
    inputs: Mapping[str, str]
    label: str
    comment: str
    emergency: bool = False


COMMANDS = {
    "sweep": PostGateCommand("sweep", {}, "cancelled", "closing"),
    "report": PostGateCommand(
        "report", {"issue-number": "1", "result": "success"}, "deployed", "result-1-deployed"
    ),
    "report of an emergency": PostGateCommand(
        "report", {"issue-number": "1", "result": "success"}, "deployed", "result-1-deployed", emergency=True
    ),
}


@cache
def closing(kind: str) -> str:
    """Return the closing comment of an approved gate: of an emergency, or of a standard deployment."""
    with TemporaryDirectory() as folder:
        stage = Stage(Path(folder), small_organisation(), conforms=lambda *_: None)
        stage.at(1, lambda: stage.world.comment(REPOSITORY, 1, "ayo-anu", "approve"))
        own = {"approvers": "ayo-anu", "minimum-approvals": "1", "timeout-minutes": ""}
        policy = {**UNDER_POLICY, "require-checklist": "false"}
        end = stage.run(policy if kind == "emergency" else own, APPROVAL_GATE_NONCE=NONCE)
        assert end.status == "approved", end.log
        return next(c.body for c in stage.world.issue(REPOSITORY, 1).comments if "v1 closing nonce" in c.body)


class Scene:
    """An issue that a gate left open, and a command that runs on it."""

    def __init__(self, folder: Path, command: PostGateCommand, token: str) -> None:
        self.command, self.inputs = command, {**command.inputs, **TOKENS[token]}
        self.stage = Stage(folder, small_organisation(), conforms=lambda *_: None)
        self.stage.passed = 300
        self.wire = Wire(self.stage.monotonic, self.stage.sleep)
        world = self.stage.world
        author = "gatekeeper[bot]" if token == "an app" else "acme-approval-gate[bot]"
        body = Marker(run_id=RUN, run_attempt=1, nonce=NONCE).body("Deploy?")
        world.open_issue(REPOSITORY, author, "Deploy", body)
        world.comment(REPOSITORY, 1, "max", "approve")
        if command.verb == "report":
            world.comment(REPOSITORY, 1, author, closing("emergency" if command.emergency else "standard"))
        self.stage.passed = 600

    def fail(self, kind: str, name: str, times: int | None) -> None:
        what: dict[str, Any] = {**faults.fault(name, self.stage.passed), "times": times}
        self.wire.schedule(of_kind[kind](**what), self.stage.world)

    def remove_faults(self) -> None:
        self.wire.faults.clear()
        self.stage.world.faults.clear()

    def run(self) -> Done:
        github = self.stage.github()
        with self.wire.tapped(self.stage, github.url):
            variables = {"APPROVAL_GATE_NONCE": NONCE, "APPROVAL_GATE_STATUS": "error"}
            return self.stage.post_gate_on(github, self.command.verb, self.inputs, **variables)

    @property
    def issue(self) -> Issue:
        return self.stage.world.issue(REPOSITORY, 1)

    def wrong(self, log: str = "") -> list[str]:
        """Return what is wrong with the issue; a missing comment must be mentioned in the log."""
        told = (self.issue.state, self.issue.labels, [m for m in marks(self.issue) if not self._was_there(m)])
        comments = [] if not told[2] and "could not be written on" in log else [self.command.comment]
        found = [] if told == ("closed", [self.command.label], comments) else [repr(told)]
        return found + self._wrong_follow_ups(log)

    def _wrong_follow_ups(self, log: str) -> list[str]:
        """Return what is wrong with the follow-ups; a missing one must be mentioned in the log."""
        count = len(self.stage.world.issues(REPOSITORY)) - 1
        missing = "The follow-up was not opened" in log or "so no follow-up was opened" in log
        expected = count == int(self.command.emergency) or (missing and count == 0)
        return [] if expected else [f"{count} follow-ups"]

    def _was_there(self, mark: str) -> bool:
        return self.command.verb == "report" and mark == "closing"


class Cell(NamedTuple):
    """A cell: a command with a credential, and the kind, class and number of its failing requests."""

    verb: str
    token: str
    kind: str
    name: str
    times: int | None

    def __str__(self) -> str:
        return f"{self.verb} by {self.token}, {self.kind}, {self.name} {_OFTEN[self.times]}"


@cache
def kinds(verb: str, token: str) -> list[str]:
    """The kinds of its requests when nothing fails."""
    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder), COMMANDS[verb], token)
        done = scene.run()
        assert (done.exit_code, scene.wrong(), scene.wire.strange) == (0, [], []), done.log
        return list(dict.fromkeys(sent.kind for sent in scene.wire.sent))


def cells() -> list[Cell]:
    """Every request of every command with every class of faults, once, three times and permanently."""
    return [
        Cell(verb, token, kind, name, times)
        for verb in COMMANDS
        for token in TOKENS
        for kind in kinds(verb, token)
        for name in faults.CLASSES
        for times in TIMES
    ]


def offences(cell: Cell) -> list[str]:
    """Run a command with a fault; return why it is neither done once nor finished by the next run."""
    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder), COMMANDS[cell.verb], cell.token)
        scene.fail(cell.kind, cell.name, cell.times)
        done = scene.run()
        found = scene.wrong(done.log) if done.exit_code == 0 else []
        outlasts = cell.times is None or WAITS.get(cell.name, 0.0) * cell.times > PATIENCE
        # A second 404 is believed.
        absent = cell[2:] == ("GET issue", "404", 3)
        if done.exit_code not in ({0, 2, 5} if outlasts or absent else {0}):
            found.append(f"it ends with {done.exit_code}: {done.log}")
        if done.exit_code != 0:
            scene.remove_faults()
            found += scene.wrong() if scene.run().exit_code == 0 else ["the next run fails too"]
        return found
