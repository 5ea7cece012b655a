"""Measures the gate and prints a table of figures; it is not a test.

    python bench/run.py [--peer path/to/manual-approval] [--runs 9]

All figures come from one run on this machine, against the embedded GitHub over
HTTP. The gate is a child process, timed from its start. The peer, if given, is
started like its container's entry point, with its inputs as variables; it reads
only the first 30 people of a team. The column "before" has the figures from before
issue 12, which set the aims.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from approval_gate.core.commands import read
from approval_gate.core.conditions.model import RequiredJob
from approval_gate.core.conditions.needs import Needs
from approval_gate.core.decision import decide
from approval_gate.core.facts import OwnJob
from approval_gate.core.marker import Marker
from approval_gate.core.model import Comment, Member, Person, Requirement, Revision, Rule, Thread, Vocabulary
from approval_gate.core.model import Request as DeploymentRequest
from approval_gate.core.timing import interval
from approval_gate.emulator import World, serve
from approval_gate.emulator.world import Request
from approval_gate.github.client import Client
from approval_gate.github.clock import SystemClock
from approval_gate.github.deployment_facts import read_facts
from approval_gate.github.issue import ApprovalIssue
from approval_gate.github.repository import read_repository
from approval_gate.github.tracker import IssueTracker
from approval_gate.github.wire import static_token
from approval_gate.rehearsal.rehearse import runner_environment
from approval_gate.rehearsal.scenarios import REPOSITORY, RUN, STEP, TEAMS, Scenario, scene
from tests.core.hostile import UNITS

MEBIBYTE = 1024.0
THREAD = 10_000
HOUR = timedelta(hours=1)
EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "approval-policy.yml"
CHECK = [sys.executable, "-m", "approval_gate", "policy", "check"]
GATE = [sys.executable, "-m", "approval_gate", "wait"]
AUDIT = [
    *(sys.executable, "-m", "approval_gate", "audit", "--repository", REPOSITORY),
    *("--account", "acme-approval-gate[bot]", "--fail-on-findings"),
]
AUDITORS_TOKEN = "auditors"  # noqa: S105 - of the embedded GitHub
APPROVALS = 2_000
SLOW = 0.1
"""Seconds for a request to github.com."""
SETTLED = 4.0
"""Seconds after the issue is opened until the gate only polls."""
LIMIT = 120.0
"""Seconds within which a gate must open its issue, and later end."""


@dataclass(frozen=True)
class Figure:
    """A row of the table."""

    name: str
    aim: str
    ours: str
    before: str = ""
    peer: str = ""


def memory(pid: int) -> float:
    """Return a process's resident memory in MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / MEBIBYTE


@dataclass(frozen=True)
class Program:
    """A program to measure.

    Attributes:
        command: that starts it.
        interval: the seconds between two polls.
        peer: whether it is the peer, whose inputs have other names.
    """

    command: Sequence[str]
    interval: float
    peer: bool = False

    def environment(self, base: Mapping[str, str]) -> Mapping[str, str]:
        """Return the environment variables for it."""
        if not self.peer:
            return base
        approvers = base["INPUT_APPROVERS"]
        if approvers == STEP["approvers"]:  # the peer gets the teams' members
            people = [login for slug in ("devops-team", "platform-leads") for login in TEAMS[slug]]
            approvers = ",".join([*people, "ayo-anu"])
        return {
            **base,
            "GITHUB_REPOSITORY_OWNER": "acme",
            "INPUT_SECRET": base["INPUT_TOKEN"],
            "INPUT_APPROVERS": approvers,
            "INPUT_MINIMUM-APPROVALS": "2",
            "INPUT_POLLING-INTERVAL-SECONDS": f"{self.interval:g}",
        }


class Running:
    """Observes a started gate through its requests to the embedded GitHub."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.began = time.monotonic()
        self.opened = 0.0
        self.opening_cost = 0
        self._open = threading.Event()
        self._request = threading.Event()
        world.script.append(self._see)

    @property
    def cost(self) -> int:
        """The number of charged requests so far."""
        return sum(request.charged for request in self.world.requests)

    def wait_for_issue(self) -> None:
        """Wait until the request that opens the issue has been received."""
        if not self._open.wait(LIMIT):
            raise RuntimeError("the gate opened no issue")

    def wait_for_request(self) -> None:
        """Wait until the next request has been received."""
        self._request.clear()
        if not self._request.wait(LIMIT):
            raise RuntimeError("the gate makes no more requests")

    def _see(self, request: Request) -> None:
        if not self._open.is_set() and self.world.issues(REPOSITORY):
            self.opened = time.monotonic() - self.began
            self.opening_cost = self.cost
            self._open.set()
        self._request.set()
        del request


@contextmanager
def running(
    program: Program, *, team: int = 0, delay: float = 0.0
) -> Iterator[tuple[Running, subprocess.Popen[bytes]]]:
    """Start a gate, wait for its issue, and terminate it in the end if it is still running.

    Args:
        program: to start.
        team: the size of the one team of approvers; 0 for the approvers of the demo.
        delay: the seconds for a request.
    """
    world, inputs = scene(), {}
    if team:
        inputs["approvers"] = "crew"
        world.team("acme/crew", [f"p{number}" for number in range(team)])
        world.permit(REPOSITORY, "write", "acme/crew")
    with serve(world, delay=delay) as github, tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "output")
        output.touch()
        step = Scenario(about="", exit_code=0, inputs=inputs)
        environment = program.environment(runner_environment(github, step, folder, output, output))
        state = Running(world)
        with subprocess.Popen(  # noqa: S603 - ours
            program.command, env=environment, stdout=subprocess.DEVNULL
        ) as gate:
            try:
                state.wait_for_issue()
                yield state, gate
            finally:
                gate.terminate()


def approved(gate: subprocess.Popen[bytes]) -> None:
    """Wait for the gate's end; it must have been approved."""
    if code := gate.wait(LIMIT):
        raise RuntimeError(f"the gate ended with {code}")


def vote_to_exit(program: Program, phase: float, delay: float) -> tuple[float, float, float]:
    """Run the demo's step until two people have approved it.

    Args:
        program: to run.
        phase: of the second vote, as a fraction of the time between two polls.
        delay: the seconds for a request.

    Returns:
        Seconds from the second vote to the exit; seconds to the issue; MiB while waiting.
    """
    with running(program, delay=delay) as (state, gate):
        state.world.comment(REPOSITORY, 1, "ann", "approve")
        time.sleep(SETTLED)
        state.wait_for_request()
        time.sleep(phase * (program.interval + 2 * delay))  # a poll is two requests
        size = memory(gate.pid)
        voted = time.monotonic()
        state.world.comment(REPOSITORY, 1, "lea", "approve")
        approved(gate)
        return time.monotonic() - voted, state.opened, size


def start(program: Program, team: int) -> tuple[float, float]:
    """Return the seconds, at :data:`SLOW` a request, and the charged requests until the issue is opened."""
    with running(program, team=team, delay=SLOW) as (state, _):
        return state.opened, state.opening_cost


def whole_cost(program: Program) -> float:
    """Return the charged requests of a whole run: two of a team of five approve between two polls."""
    with running(program, team=5) as (state, gate):
        time.sleep(SETTLED)
        state.wait_for_request()
        with state.world.lock:  # no request between the two votes
            state.world.comment(REPOSITORY, 1, "p0", "approve")
            state.world.comment(REPOSITORY, 1, "p1", "approve")
        approved(gate)
        return state.cost


@dataclass(frozen=True)
class Timings:
    """The medians of one program's runs: seconds, charged requests and MiB."""

    opened: float
    ended: float
    size: float
    slow_ended: float
    slow_start: Mapping[int, tuple[float, ...]]
    cost: float


def timings(program: Program, runs: int) -> Timings:
    """Run a program repeatedly, with votes at evenly spread phases of the polling."""
    phases = [(number + 0.5) / runs for number in range(runs)]
    ended, opened, size = medians([vote_to_exit(program, phase, 0.0) for phase in phases])
    slow_ended, _, _ = medians([vote_to_exit(program, phase, SLOW) for phase in phases])
    starts = {team: medians([start(program, team) for _ in range(runs)]) for team in (200, 5, 0)}
    costs = [whole_cost(program) for _ in range(min(runs, 3))]
    return Timings(opened, ended, size, slow_ended, starts, max(costs))


def medians(samples: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    """Return the median of each column."""
    return tuple(statistics.median(column) for column in zip(*samples, strict=True))


class Simulated:
    """A simulated clock."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.began = datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        """Return the seconds since the start."""
        return self.passed

    def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        self.passed += seconds

    def now(self) -> datetime:
        """Return the date and time."""
        return self.began + timedelta(seconds=self.passed)


def opened_issue(url: str, machine: object) -> tuple[Client, ApprovalIssue]:
    """Open an approval issue, and return the client and the issue's handle."""
    client = Client(static_token("demo-app-token"), url, machine)  # type: ignore[arg-type]
    marker = Marker(run_id=1, run_attempt=1, nonce="0" * 32)
    title = "Production Deployment Approval: v1.2.3"
    return client, IssueTracker(client, REPOSITORY).open(marker, title, "Deploy?", ["deployment"])


def quiet_hour() -> tuple[int, float, float]:
    """Poll for a simulated hour without comments; return the charged requests, and MiB before and after."""
    machine = Simulated()
    template = scene()
    template._clock = machine.now  # noqa: SLF001 - the world's time is the simulated machine's
    with serve(template) as github:
        client, issue = opened_issue(github.url, machine)
        template.requests.clear()
        charged, before = 0, 0.0
        costs = [0] * 20
        while machine.passed < HOUR.total_seconds():
            earlier = client.requests_used
            issue.poll([], facts=False)
            costs = [*costs[1:], client.requests_used - earlier]
            left = HOUR.total_seconds() - machine.passed
            machine.sleep(max(0.001, interval(3.0, left, client.budget(sum(costs) / len(costs)))))
            charged += sum(request.charged for request in template.requests)
            template.requests.clear()  # the memory of the embedded GitHub must not grow
            before = before or memory(os.getpid())
        return charged, before, memory(os.getpid())


@contextmanager
def separate_server(comments: int) -> Iterator[str]:
    """Serve a world whose first issue gets a long thread, in a child process."""
    command = [sys.executable, __file__, "--serve", str(comments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - ours
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def serve_forever(comments: int) -> None:
    """Run that server: fill the thread as soon as the issue exists."""
    world: World = scene()
    filled = False

    def fill(request: SimpleNamespace) -> None:
        nonlocal filled
        if not filled and world.issues(REPOSITORY):
            filled = True
            for number in range(comments):
                login = ("mallory", "ann", "bob")[number % 3]
                world.comment(
                    REPOSITORY, 1, login, "approve?" if number % 2 else f"talk number {number} " * 8
                )
        del request

    world.script.append(fill)  # type: ignore[arg-type]
    with serve(world) as github:
        sys.stdout.write(f"{github.url}\n")
        sys.stdout.flush()
        time.sleep(600)


def serve_quarter() -> None:
    """Serve a quarter of approvals and deployments, in a child process."""
    # Elsewhere the stage of the tests would only add to the memory that is measured.
    from tests.scale.quarter import fill  # noqa: PLC0415
    from tests.whole.stage import Stage  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        fill(stage, APPROVALS)
        stage.world.permit(REPOSITORY, "read", "auditor")
        stage.world.token(AUDITORS_TOKEN, login="auditor")
        with serve(stage.world) as github:
            sys.stdout.write(f"{github.url}\n")
            sys.stdout.flush()
            time.sleep(600)


def audit_of_a_quarter() -> tuple[float, float]:
    """Return the seconds and the peak MiB of an audit that writes the page."""
    command = [sys.executable, __file__, "--serve-quarter"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,  # noqa: S603 - ours
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdout is not None
        try:
            url = server.stdout.readline().strip()
            environ = {**os.environ, "GITHUB_API_URL": url, "GH_TOKEN": AUDITORS_TOKEN}
            began = time.perf_counter()
            page = Path(folder, "audit.html")
            audit = subprocess.Popen([*AUDIT, "--output", page], env=environ, stderr=subprocess.DEVNULL)  # noqa: S603
            _, status, usage = os.wait4(audit.pid, 0)
            audit.returncode = os.waitstatus_to_exitcode(status)
            spent = time.perf_counter() - began
            if audit.returncode or not page.exists():
                raise RuntimeError(f"the audit ended with {audit.returncode}")
            return spent, usage.ru_maxrss / MEBIBYTE
        finally:
            server.terminate()


def facts_of(requests: int, commits: int) -> tuple[int, float]:
    """Return the requests and the median seconds, at :data:`SLOW` each, for all facts about a deployment.

    Args:
        requests: pull requests since the last deployment.
        commits: of all of them.
    """
    world = scene()
    names = ("actions", "contents", "deployments", "issues", "pull_requests")
    world.token(
        "facts",
        login="facts[bot]",
        app="facts",
        permissions=dict.fromkeys(names, "read"),
        repos=[REPOSITORY],
    )
    head = world.commit(REPOSITORY, "ann")
    world.deploy(REPOSITORY, "production", head, "SUCCESS")
    for number in range(requests):
        own = [
            head := world.commit(REPOSITORY, "bob", parents=[head])
            for _ in range(commits // requests + (number < commits % requests))
        ]
        merged = world.pull_request(REPOSITORY, "bob", own)
        world.review(merged, "ann")
        world.merge(REPOSITORY, merged, "ann", head, "push")
    world.deploy(REPOSITORY, "staging", head, "SUCCESS")
    for name in ("Build", "Lint", "Gate"):
        world.job(REPOSITORY, RUN, name)
    needed = Needs(jobs=(RequiredJob(name="Build"),), labels=("incident",), environments=("staging",))
    with serve(world, delay=SLOW) as github:
        client = Client(static_token("facts"), github.url, SystemClock(time.sleep))
        repository = read_repository(client, REPOSITORY)
        spent = []
        for _ in range(5):  # in the first one the embedded GitHub parses its schema
            world.requests.clear()
            began = time.perf_counter()
            change = read_facts(client, repository, _request(head), needed, OwnJob()).change
            spent.append(time.perf_counter() - began)
        if change is None or change.source.problem or change.commits != commits:
            raise RuntimeError(f"the facts were not read: {change}")
        return len(world.requests), statistics.median(spent)


def _request(head: str) -> DeploymentRequest:
    return DeploymentRequest(
        repository=REPOSITORY,
        run_id=RUN,
        run_attempt=1,
        run_url=f"https://github.com/{REPOSITORY}/actions/runs/{RUN}/attempts/1",
        job="gate",
        workflow="deploy",
        actor="dee",
        triggering_actor="dee",
        sha=head,
        ref_name="main",
        ref_type="branch",
        environment="production",
        version="v1.2.3",
    )


def long_thread() -> None:
    """Read and decide a long thread in this process, and print CPU seconds and MiB as JSON."""
    with separate_server(THREAD) as url:
        machine = SimpleNamespace(monotonic=time.monotonic, sleep=time.sleep)
        client, issue = opened_issue(url, machine)
        began = time.process_time()
        thread = issue.poll([], facts=False)
        decide(Rule(minimum=2, window=HOUR), (), thread, client.now())
        spent = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE
        print(json.dumps({"cpu": spent, "peak": peak, "comments": len(thread.comments)}))


def hostile_texts() -> tuple[float, float]:
    """Return the CPU seconds for the slowest text of 60,000 characters, and the ratio to half of it."""
    slowest = max(((unit * 60_000)[:60_000] for unit in UNITS), key=_reading)
    # The quickest of several, since other work on the machine only adds to a time.
    half, whole = (min(_reading(slowest[:size]) for _ in range(5)) for size in (30_000, 60_000))
    return whole, whole / half


def _reading(text: str) -> float:
    """Return the CPU seconds to read a text that was not read before."""
    read.cache_clear()
    began = time.process_time()
    read(text, Vocabulary())
    return time.process_time() - began


def large_policy() -> float:
    """Return the median milliseconds for a decision with 50 roles, 200 people and 30 required approvals."""
    dice = random.Random(1)  # noqa: S311 - the same policy each time
    roles = [f"role-{number}" for number in range(50)]
    people = [
        Member(person=Person(id=number, login=f"p{number}"), roles=tuple(dice.sample(roles, 3)))
        for number in range(1, 201)
    ]
    asked = Rule(
        minimum=30,
        window=HOUR,
        require=tuple(Requirement(any_of=tuple(dice.sample(roles, 2)), minimum=3) for _ in range(10)),
    )
    opened = datetime(2026, 1, 1, tzinfo=UTC)
    texts = {m: (Revision(text="approve", by=m.person, at=opened),) for m in people}
    comments = tuple(
        Comment(id=m.person.id, author=m.person, revisions=texts[m], created_at=opened) for m in people
    )
    spent = []
    for _ in range(21):
        began = time.perf_counter()
        decide(asked, people, Thread(opened_at=opened, author_id=0, comments=comments), opened)
        spent.append(time.perf_counter() - began)
    return 1000 * statistics.median(spent)


def check_offline(runs: int) -> float:
    """Return the median seconds for `policy check` of the example policy."""
    spent = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run([*CHECK, EXAMPLE], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def gate_figures(ours: Timings, peer: Timings | None) -> list[Figure]:
    """Return the figures that the peer also has."""

    def figure(name: str, aim: str, before: str, form: str, value: Callable[[Timings], float]) -> Figure:
        return Figure(name, aim, form.format(value(ours)), before, form.format(value(peer)) if peer else "")

    seconds, number = "{:.2f} s", "{:.0f}"
    return [
        figure("start to issue, loopback", "0.5 s", "", seconds, lambda t: t.opened),
        figure("vote to exit, loopback", "2 s", "", seconds, lambda t: t.ended),
        figure(
            "start to issue, team of 200, 100 ms a request",
            "2.5 s",
            "21.6 s",
            seconds,
            lambda t: t.slow_start[200][0],
        ),
        figure("  charged requests", "15", "207", number, lambda t: t.slow_start[200][1]),
        figure(
            "start to issue, team of 5, 100 ms a request",
            "1.5 s",
            "1.6 s",
            seconds,
            lambda t: t.slow_start[5][0],
        ),
        figure(
            "start to issue, the demo's approvers, 100 ms a request",
            "2 s",
            "2.1 s",
            seconds,
            lambda t: t.slow_start[0][0],
        ),
        figure("  charged requests", "15", "17", number, lambda t: t.slow_start[0][1]),
        figure("vote to exit, 100 ms a request", "3.3 s", "3.9 s", seconds, lambda t: t.slow_ended),
        figure(
            "charged requests, two of a team of 5 approve in one poll", "30", "34", number, lambda t: t.cost
        ),
        figure("resident memory while waiting", "60 MiB", "", "{:.0f} MiB", lambda t: t.size),
    ]


def facts_figures() -> list[Figure]:
    """Return the figures of the facts that are read before the issue is opened."""
    usual, large = facts_of(2, 5), facts_of(120, 500)
    return [
        Figure("facts of 5 commits in 2 pull requests, 100 ms a request", "0.6 s", f"{usual[1]:.2f} s"),
        Figure("  requests", "6", str(usual[0])),
        Figure("facts of 500 commits in 120 pull requests, 100 ms a request", "", f"{large[1]:.2f} s"),
        Figure("  requests, of which one reads the jobs", "9", str(large[0])),
    ]


def table(figures: list[Figure]) -> None:
    """Print the figures."""
    columns = ("name", "aim", "ours", "before", "peer")
    widths = [max(len(getattr(f, n)) for f in figures) for n in columns]
    for figure in figures:
        cells = [getattr(figure, name) for name in columns]
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="a manual-approval binary")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--serve-quarter", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--long-thread", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        return serve_forever(options.serve)
    if options.serve_quarter:
        return serve_quarter()
    if options.long_thread:
        return long_thread()
    ours = timings(Program(GATE, interval=3.0), options.runs)
    peer = timings(Program([options.peer], interval=10.0, peer=True), options.runs) if options.peer else None
    charged, before, after = quiet_hour()
    lines = subprocess.run(  # noqa: S603 - ours
        [sys.executable, __file__, "--long-thread"], capture_output=True, text=True, check=True
    ).stdout
    long = json.loads(lines.splitlines()[-1])
    audited = audit_of_a_quarter()
    table(
        [
            Figure("median of the runs", "aim", "measured", "before", "peer" if peer else ""),
            *gate_figures(ours, peer),
            *facts_figures(),
            Figure("charged requests in a quiet hour", "10", str(charged)),
            Figure(f"{long['comments']} comments read and decided, CPU", "1 s", f"{long['cpu']:.2f} s"),
            Figure(
                "60,000 hostile characters read, CPU, slowest",
                "1 s",
                f"{(slowest := hostile_texts())[0]:.2f} s",
            ),
            Figure("  ratio to half as many", "2", f"{slowest[1]:.1f}"),
            Figure("decision with 50 roles, 200 people, 30 approvals", "20 ms", f"{large_policy():.1f} ms"),
            Figure("policy check from the shell, median", "0.4 s", f"{check_offline(options.runs):.2f} s"),
            Figure(
                "audit of 2,000 requests and deployments",
                "20 s",
                f"{(audited := audit_of_a_quarter())[0]:.1f} s",
            ),
            Figure("  resident memory, peak", "150 MiB", f"{audited[1]:.0f} MiB"),
            Figure("resident memory with 10,000 comments, peak", "75 MiB", f"{long['peak']:.0f} MiB"),
            Figure(
                "growth over a waiting hour (its GitHub in the same process)",
                "flat",
                f"{after - before:+.1f} MiB",
            ),
        ]
    )
    return None


if __name__ == "__main__":
    main()
