"""Many gates of one repository share one hour's requests, and each one is decided."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from io import StringIO
from pathlib import Path

import pytest

from approval_gate.cli import main
from approval_gate.cli.wait import Run
from approval_gate.emulator import InProcess, World
from approval_gate.rehearsal.rehearse import outputs_of, runner_environment
from approval_gate.rehearsal.scenarios import REPOSITORY, RUN, Scenario, scene
from tests.whole.direct import sender
from tests.whole.stage import BEGAN

TOKEN = "demo-app-token"
HOUR = 1000
GATES = 20


@dataclass
class Clock:
    """A clock that many threads share: one thread runs at a time, and time advances when it waits.

    So every run is the same: the thread that wakes first runs first, and of threads that wake
    together the one that began to wait first.
    """

    passed: float = 0.0
    _due: list[tuple[float, int, Callable[[], object]]] = field(default_factory=list)
    _order: int = 0
    _idle: threading.Event = field(default_factory=threading.Event)

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        self._order += 1
        heappush(self._due, (seconds, self._order, act))

    def sleep(self, seconds: float) -> None:
        """Wait, in a thread that was started with :meth:`start`."""
        woken = threading.Event()
        self.at(self.passed + seconds, lambda: self._run(woken.set))
        self._idle.set()
        woken.wait()

    def start(self, seconds: float, work: Callable[[], object]) -> None:
        """Start work in a thread of its own, after these seconds."""

        def run() -> None:
            try:
                work()
            finally:
                self._idle.set()

        self.at(seconds, lambda: self._run(threading.Thread(target=run, daemon=True).start))

    def _run(self, go: Callable[[], object]) -> None:
        self._idle.clear()
        go()
        self._idle.wait()

    def play(self) -> None:
        """Run everything that is scheduled."""
        while self._due:
            at, _, act = heappop(self._due)
            self.passed = max(self.passed, at)
            act()


@dataclass
class Row:
    """Gates side by side, on one GitHub, with one token."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    world: World = field(default_factory=scene)
    ends: dict[int, dict[str, str]] = field(default_factory=dict)
    codes: dict[int, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world._clock = self.clock.now
        self.world.tokens[TOKEN].limit = HOUR

    def run(self, github: InProcess, number: int, **inputs: str) -> None:
        folder = self.folder / str(number)
        folder.mkdir()
        output, summary = folder / "output", folder / "summary"
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        scenario = Scenario(about="", exit_code=0, inputs=given)
        environ = runner_environment(github, scenario, str(folder), output, summary)
        environ |= {"GITHUB_RUN_ID": str(RUN + number)}
        self.world.run(REPOSITORY, RUN + number, ["dee"])
        run = Run(environ, self.clock, sender(github))
        run.signals.install = lambda: None  # type: ignore[method-assign]
        run.log._stream = StringIO()
        try:
            main.main(["wait"], obj=run, standalone_mode=False)
        except SystemExit as end:
            self.codes[number] = end.code
        self.ends[number] = dict(outputs_of(output.read_text(encoding="utf-8")))

    def says(self, minute: float, number: int, login: str, text: str) -> None:
        """Somebody comments on a gate's issue."""

        def say() -> None:
            issue = next(i for i in self.world.issues(REPOSITORY) if f" run={RUN + number} " in i.body)
            self.world.comment(REPOSITORY, issue.number, login, text)

        self.clock.at(minute * 60, say)


def approved_at_different_minutes(row: Row, number: int) -> None:
    row.says(3 + 2.5 * number, number, "ann", "approve")
    row.says(4 + 2.6 * number, number, "lea", "approve - checked")


def flooded_as_well(row: Row, number: int) -> None:
    approved_at_different_minutes(row, number)
    for place in range(170):
        row.says(2 + place / 3 + number / 100, number, "mallory", "approve" if place % 2 else "hello")


def talked_about_and_approved_late(row: Row, number: int) -> None:
    row.says(10 + number, number, "ann", "approve")
    row.says(52 + number / 5, number, "lea", "approve")
    for place in range(14):
        row.says(2 + 4 * place + number / 5, number, "bob", "hello" if place % 2 else "approve?")


@pytest.mark.parametrize(
    ("people", "seconds"),
    [(approved_at_different_minutes, 20), (flooded_as_well, 3), (talked_about_and_approved_late, 60)],
)
def test_twenty_gates_share_an_hours_budget_and_each_is_decided(
    tmp_path: Path, people: Callable[[Row, int], None], seconds: int
) -> None:
    row = Row(tmp_path)
    github = InProcess(row.world)
    for number in range(GATES):
        row.clock.start(number * 5, partial(row.run, github, number, polling_interval_seconds=f"{seconds}"))
        people(row, number)
    row.clock.play()
    assert row.codes == dict.fromkeys(range(GATES), 0)
    assert {end["reason-code"] for end in row.ends.values()} == {"quorum"}
    assert {end["approvers"] for end in row.ends.values()} == {"ann,lea"}
    assert [issue.state for issue in row.world.issues(REPOSITORY)] == ["closed"] * GATES
    assert not [request for request in row.world.requests if "rate limit" in request.answer]
