"""One run with one fault, checked against the rules for every run."""

import random
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from approval_gate.core.model import Code
from approval_gate.core.timing import LAST_READ
from approval_gate.emulator import Fault
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.rehearse import outputs_of
from tests.emulator.conformance import check_all
from tests.matrix import faults
from tests.matrix.scenes import SCENES, Scene, small_organisation
from tests.matrix.wire import Sent, Wire, of_kind
from tests.whole.stage import BEGAN, Ended, Stage

TIMES: tuple[int | None, ...] = (1, 3, None)
EVERYTHING = "everything"
PATIENCE, TIMEOUT, WEIGHTY = 90.0, 10.0, 30.0
"""Seconds: for retries before the issue is opened, for one request, for everything at the end."""

_EXITS = {"approved": 0, "denied": 1, "timed-out": 3}
_REFUSALS = {Code.INPUT, Code.POLICY, Code.ROSTER, Code.UNSATISFIABLE, Code.CHECK_FAILED}
LETTERS: Mapping[str, str] = {"approved": "A", "denied": "D", "timed-out": "T"}


class Row(NamedTuple):
    """Requests that fail: those of a scene from the first one of a phase and a kind."""

    scene: str
    phase: str
    kind: str
    what: str
    first: int
    at: float

    @property
    def key(self) -> tuple[str, str]:
        return self.phase, f"{self.kind} {self.what}".strip()

    def __str__(self) -> str:
        return f"{self.phase:10} {self.key[1]}"


@dataclass
class Played:
    """A finished run, and questions about it."""

    scene: Scene
    stage: Stage
    wire: Wire
    end: Ended
    left: bool = False
    hits: int = 0

    @property
    def letter(self) -> str:
        status = self.end.status
        return LETTERS.get(status) or (f"E:{self.end.code}" if status == "error" else status)

    @property
    def concluded(self) -> float:
        """When the outcome was written, in seconds from the beginning."""
        return self.stage.passed if self.wire.concluded is None else self.wire.concluded

    @property
    def ours(self) -> list[Issue]:
        """The issues that the run opened."""
        return [i for i in self.stage.world.issues(self.scene.repository) if i.title != "Earlier"]


def play(scene: Scene, *, failing: Fault | None = None) -> Played:
    """Run a gate in a scene, and sweep after it if it left its issue open."""
    random.seed(1)
    folder = Path(tempfile.mkdtemp(prefix="matrix-"))
    try:
        return _play(scene, folder, failing)
    finally:
        shutil.rmtree(folder)


def _play(scene: Scene, folder: Path, failing: Fault | None) -> Played:
    # Runs without faults are checked against GitHub's description; here that would take a tenth of the time.
    stage = Stage(folder, small_organisation(), conforms=check_all if failing is None else lambda *_: None)
    scene.set_up(stage)
    wire = Wire(stage.monotonic, stage.sleep)
    if failing is not None:
        wire.schedule(failing, stage.world)
    stage.world.faults.extend(scene.lost())
    state = folder / "state"
    variables = {"GITHUB_STATE": str(state), "APPROVAL_GATE_NONCE": "a" * 32, **scene.variables}
    github = stage.github()
    with wire.tapped(stage, github.url):
        end = stage.run_on(github, scene.inputs, **variables)
    played = Played(scene, stage, wire, end)
    if failing is not None:
        played.hits = max(0, min(failing.met - failing.first + 1, failing.times or failing.met))
    kept = scene.keeps_open and end.status == "approved"
    if any(issue.state == "open" and not (kept and "approved" in issue.labels) for issue in played.ours):
        played.left = True
        stage.world.faults.clear()
        told = {f"STATE_{name}": value for name, value in outputs_of(state.read_text()).items()}
        taken = {
            *("token", "app-id", "app-private-key"),
            *("target-repository", "target-repository-owner", "keep-issue-open"),
        }
        inputs = {name: value for name, value in scene.inputs.items() if name in taken}
        stage.post_gate("sweep", inputs, **told, **scene.variables)
    return played


@cache
def recorded(name: str) -> tuple[Sent, ...]:
    """The requests of a scene's gate when nothing fails."""
    played = play(SCENES[name])
    assert played.letter == LETTERS[SCENES[name].verdict], played.end.log
    assert not played.wire.strange, played.wire.strange
    return tuple(played.wire.sent)


def decided(name: str) -> float:
    """When a scene is decided if nothing fails, in seconds."""
    return next(sent.at for sent in recorded(name) if sent.phase == "ending")


def rows(name: str) -> Iterator[Row]:
    """The requests of a scene: the first of each kind in each phase, and everything from each phase on."""
    counts: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    for number, sent in enumerate(recorded(name), start=1):
        counts[sent.kind] = counts.get(sent.kind, 0) + 1
        if (sent.phase, "") not in seen:
            yield Row(name, sent.phase, EVERYTHING, "", number, sent.at)
        row = Row(name, sent.phase, sent.kind, sent.what, counts[sent.kind], sent.at)
        if row.key not in seen:
            yield row
        seen |= {(sent.phase, ""), row.key}


def failing(row: Row, name: str, times: int | None) -> Fault:
    """Return the fault of a cell."""
    what = {**faults.fault(name, row.at), "first": row.first, "times": times}
    return Fault(method="", **what) if row.kind == EVERYTHING else of_kind[row.kind](**what)


def wrong(played: Played, *, name: str) -> list[str]:
    """Return the rules for every run that this run breaks."""
    scene, end = played.scene, played.end
    until = BEGAN + timedelta(seconds=played.concluded)
    issues = played.ours
    found = _contradictions(end)
    if end.status == "approved" and not (issues and scene.quorum(issues[0], until)):
        found.append("approved without a quorum")
    if end.status in {"approved", "denied"} and end.status != scene.verdict:
        found.append(f"{end.status}, and nobody said so")
    if len(issues) > 1:
        found.append(f"{len(issues)} issues")
    kept = scene.keeps_open and end.status == "approved"
    if issues and issues[0].state != ("open" if kept else "closed"):
        found.append("the issue is left open" if issues[0].state == "open" else "the issue is not kept open")
    if kept and issues and "approved" not in issues[0].labels:
        found.append("the issue is not labelled")
    for issue in [] if scene.lost is not list and name == "stale" else issues:
        # A lost response and a stale list in the lookup that follows: two faults at once.
        found.extend(f"{count} comments {mark}" for mark, count in Counter(marks(issue)).items() if count > 1)
    found.extend(f"unknown: {strange}" for strange in played.wire.strange)
    return found + _late(played, skew=600.0 if name in {"+10", "-10"} else 0.0)


def marks(issue: Issue) -> list[str]:
    """Return the names of the gate's comments on an issue, in their order."""
    return re.findall(r"v1 ([\w-]+) nonce", "\n".join(comment.body for comment in issue.comments))


def _contradictions(end: Ended) -> list[str]:
    """Find contradictions between outputs, exit code, record and log."""
    found = []
    if not end.outputs["reason"] or end.record["outcome"] != end.status:
        found.append("the outputs do not fit each other")
    refused = end.status == "error" and end.code in _REFUSALS
    if end.exit_code != _EXITS.get(end.status, 2 if refused else 5):
        found.append(f"exit code {end.exit_code} of {end.status}")
    if end.status in _EXITS and end.replayed() != end.status:
        found.append(f"the record replays to {end.replayed()}")
    if "Traceback" in end.log or "Where it failed" in end.log or end.code == "internal":
        found.append("the program itself failed")
    return found


def _late(played: Played, *, skew: float) -> list[str]:
    """Find what took longer than allowed."""
    found = []
    concluded = played.concluded
    if played.ours:
        opened = (played.ours[0].created_at - BEGAN).total_seconds()
        limit = opened + played.scene.window * 60 + LAST_READ + TIMEOUT + skew
    else:
        limit = 2 * (PATIENCE + TIMEOUT)
    if concluded > limit + 1:
        found.append(f"decided after {concluded:.0f} s, {concluded - limit:.0f} too late")
    # Each of three texts is tried once, however long the one before it took; an app can need a token first.
    if played.stage.passed > concluded + WEIGHTY + (3 + played.scene.by_app) * TIMEOUT:
        found.append(f"told people for {played.stage.passed - concluded:.0f} s")
    return found
