"""Figures of the gate, printed as a table; never a test.

    python bench/run.py [--peer path/to/manual-approval] [--runs 9]

Every figure is taken in this one run, on this machine, against the embedded
GitHub in a process of its own. The peer, where it is given, is started the
same way: as its container's entry point would be, with its inputs as variables.
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
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import requests

from approval_gate.core.decision import decide
from approval_gate.core.model import Comment, Member, Person, Revision, Rule, Seats, Thread
from approval_gate.core.pace import interval
from approval_gate.github.client import Client, fixed
from approval_gate.github.host import GitHubHost
from approval_gate.github.issues import Marker
from approval_gate.github.people import People
from approval_gate.github.repository import Repository
from approval_gate.rehearsal import World, serve
from approval_gate.rehearsal.rehearse import runner_environment
from approval_gate.rehearsal.scenarios import REPOSITORY, SCENARIOS, TEAMS, scene

MEBIBYTE = 1024.0
THREAD = 10_000
HOUR = timedelta(hours=1)
EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "approval-policy.yml"
CHECK = [sys.executable, "-m", "approval_gate", "policy", "check"]
GATE = [sys.executable, "-m", "approval_gate", "wait"]


@dataclass(frozen=True)
class Figure:
    """A line of the table."""

    name: str
    aim: str
    ours: str
    peer: str = ""


def memory(pid: int) -> float:
    """Return a process's resident memory in MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / MEBIBYTE


def peer_environment(base: Mapping[str, str]) -> dict[str, str]:
    """Return the peer's inputs: it cannot read teams of another organisation, so people are listed."""
    people = [login for slug in ("devops-team", "platform-leads") for login in TEAMS[slug]]
    return {
        **base,
        "GITHUB_REPOSITORY_OWNER": "acme",
        "INPUT_SECRET": base["INPUT_TOKEN"],
        "INPUT_APPROVERS": ",".join([*people, "ayo-anu"]),
        "INPUT_MINIMUM-APPROVALS": "2",
        "INPUT_POLLING-INTERVAL-SECONDS": "10",
    }


def one_run(command: list[str], peer: bool) -> tuple[float, float, float]:  # noqa: FBT001 - a switch
    """Run a gate to its approval; return seconds to the issue, seconds from vote to end, MiB."""
    world = scene()
    with serve(world) as github, tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "output")
        output.touch()
        environment = runner_environment(github, SCENARIOS["approved"], folder, output, output)
        environment = peer_environment(environment) if peer else environment
        began = time.monotonic()
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as gate:  # noqa: S603 - ours
            while not world.issues(REPOSITORY):
                time.sleep(0.001)
            opened = time.monotonic() - began
            world.comment(REPOSITORY, 1, "ann", "approve")
            time.sleep(4 + random.uniform(0, 10 if peer else 3))  # noqa: S311 - a phase of the polling, no secret
            size = memory(gate.pid)
            voted = time.monotonic()
            world.comment(REPOSITORY, 1, "lea", "approve")
            gate.wait(60)
            return opened, time.monotonic() - voted, size


class Simulated:
    """A machine whose hours pass at once."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.began = datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        """Return the seconds passed."""
        return self.passed

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.passed += seconds

    def now(self) -> datetime:
        """Return the time of day."""
        return self.began + timedelta(seconds=self.passed)


def opened_host(url: str, machine: object, comments: int) -> GitHubHost:
    """Open an issue by hand, fill its thread, and return the host that reads it."""
    client = Client(fixed("demo-app-token"), url, machine)  # type: ignore[arg-type]
    repository = Repository(
        full_name=REPOSITORY, has_issues=True, private=True, default_branch="main", owner_is_organization=True
    )
    people = People(client, repository, require_write=True)
    marker = Marker(run_id=1, run_attempt=1, nonce="0" * 32)
    host = GitHubHost(client, REPOSITORY, REPOSITORY, marker, people)
    host.open("Production Deployment Approval: v1.2.3", str(marker), ["deployment"])
    if comments:
        requests.post(f"{url}/bench/fill/{comments}", timeout=60)
    return host


def quiet_hour() -> tuple[int, float, float]:
    """Wait an hour in which nobody says anything; return charged requests and MiB before and after."""
    machine = Simulated()
    template = scene()
    template._clock = machine.now  # noqa: SLF001 - the world's time is the simulated machine's
    with serve(template) as github:
        host = opened_host(github.url, machine, 0)
        template.requests.clear()
        charged, before = 0, 0.0
        costs = [0] * 20
        while machine.passed < HOUR.total_seconds():
            earlier = host.charged
            host.look([])
            costs = [*costs[1:], host.charged - earlier]
            left = HOUR.total_seconds() - machine.passed
            machine.sleep(max(0.001, interval(3.0, left, host.budget(sum(costs) / len(costs)))))
            charged += sum(request.charged for request in template.requests)
            template.requests.clear()  # the embedded GitHub's own memory is not what is measured
            before = before or memory(os.getpid())
        return charged, before, memory(os.getpid())


@contextmanager
def separate_server(comments: int) -> Iterator[str]:
    """Serve, in a process of its own, a scene whose first issue gets a long thread."""
    command = [sys.executable, __file__, "--serve", str(comments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - ours
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def serve_forever(comments: int) -> None:
    """Be that server: fill the thread as soon as the issue exists."""
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


def long_thread() -> None:
    """Read and decide a long thread in this process, and print CPU seconds and MiB as JSON."""
    with separate_server(THREAD) as url:
        machine = SimpleNamespace(monotonic=time.monotonic, sleep=time.sleep)
        host = opened_host(url, machine, 0)
        began = time.process_time()
        thread = host.look([])
        decide(Rule(minimum=2, window=HOUR), (), thread, host.now())
        spent = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE
        print(json.dumps({"cpu": spent, "peak": peak, "comments": len(thread.comments)}))


def large_policy() -> float:
    """Return the milliseconds, a median, in which 50 roles, 200 people and 30 seats are decided."""
    dice = random.Random(1)  # noqa: S311 - the same policy each time
    roles = [f"role-{number}" for number in range(50)]
    people = [
        Member(person=Person(id=number, login=f"p{number}"), roles=tuple(dice.sample(roles, 3)))
        for number in range(1, 201)
    ]
    asked = Rule(
        minimum=30,
        window=HOUR,
        require=tuple(Seats(any_of=tuple(dice.sample(roles, 2)), minimum=3) for _ in range(10)),
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
    """Return the seconds, a median, in which the example's policy is checked from the shell."""
    spent = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run([*CHECK, EXAMPLE], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def measured(command: list[str], runs: int, *, peer: bool) -> tuple[float, float, float]:
    """Return the medians of some runs."""
    samples = [one_run(command, peer) for _ in range(runs)]
    opened, ended, size = (statistics.median(column) for column in zip(*samples, strict=True))
    return opened, ended, size


def table(figures: list[Figure]) -> None:
    """Print the figures."""
    widths = [max(len(getattr(f, n)) for f in figures) for n in ("name", "aim", "ours", "peer")]
    for figure in figures:
        cells = (figure.name, figure.aim, figure.ours, figure.peer)
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def main() -> None:
    """Take the figures and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="a manual-approval binary")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--long-thread", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve is not None:
        return serve_forever(given.serve)
    if given.long_thread:
        return long_thread()
    opened, ended, size = measured(GATE, given.runs, peer=False)
    peer = measured([given.peer], given.runs, peer=True) if given.peer else None
    charged, before, after = quiet_hour()
    lines = subprocess.run(  # noqa: S603 - ours
        [sys.executable, __file__, "--long-thread"], capture_output=True, text=True, check=True
    ).stdout
    long = json.loads(lines.splitlines()[-1])
    table(
        [
            Figure("", "aim", "measured", "peer" if peer else ""),
            Figure(
                "start to issue opened, median",
                "0.5 s",
                f"{opened:.2f} s",
                f"{peer[0]:.2f} s" if peer else "",
            ),
            Figure(
                "vote to exit, default polling, median",
                "2 s",
                f"{ended:.2f} s",
                f"{peer[1]:.2f} s" if peer else "",
            ),
            Figure("charged requests in a quiet hour", "10", str(charged)),
            Figure(f"{long['comments']} comments read and decided, CPU", "1 s", f"{long['cpu']:.2f} s"),
            Figure(
                "resident memory while waiting",
                "60 MiB",
                f"{size:.0f} MiB",
                f"{peer[2]:.0f} MiB" if peer else "",
            ),
            Figure("50 roles, 200 people, 30 seats decided, median", "20 ms", f"{large_policy():.1f} ms"),
            Figure("policy check from the shell, median", "0.4 s", f"{check_offline(given.runs):.2f} s"),
            Figure("resident memory with that thread, peak", "75 MiB", f"{long['peak']:.0f} MiB"),
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
