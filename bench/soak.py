"""Runs many gates in a row with random people and faults, and checks outcomes, open issues and memory.

    python bench/soak.py [--gates 200] [--seed 1]

The whole program runs in this process, on the embedded GitHub, with a simulated
clock: each gate waits for up to a simulated hour. The expected outcome of each gate
follows from the people's acts, by separate rules in this file.
"""

import argparse
import gc
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from approval_gate.rehearsal.scenarios import REPOSITORY, TEAMS
from tests.whole.stage import Ended, Stage

MEBIBYTE = 1024 * 1024
VOTERS = [*TEAMS["devops-team"], *TEAMS["platform-leads"]]
STRANGERS = ["mallory", "oscar"]
WINDOW = 60
STEP = 4
"""Minutes between two acts: enough for faults to end and for the gate to see the first act."""

FAULTS: list[dict[str, object]] = [
    {"status": 500},
    {"status": 502, "body": "<html>Bad Gateway</html>", "headers": {"content-type": "text/html"}},
    {"status": 503, "headers": {"retry-after": "5"}},
    {"status": 429, "headers": {"retry-after": "15"}},
    {"status": 403, "body": '{"message": "You have exceeded a secondary rate limit"}'},
    {"status": 401},
    {"status": 404},
    {"status": 200, "body": "{"},
    {"status": 200, "body": '{"hello": 1}'},
    {"kind": "reset"},
    {"kind": "truncate"},
    {"kind": "after-effect"},
    {"status": 502, "effect": True},
]
WAITING = {"GET": (f"/repos/{REPOSITORY}/issues/1",), "POST": (f"/repos/{REPOSITORY}/issues", "/graphql")}


class Killed(BaseException):
    """Ends the gate like SIGKILL: no code of the gate catches it."""


@dataclass
class Play:
    """The acts of people on one gate, and the expected outcome."""

    stage: Stage
    chance: random.Random
    minimum: int
    approvals: set[str] = field(default_factory=set)
    denials: set[str] = field(default_factory=set)
    end: tuple[str, str] | None = None
    """The expected status and code, once no later act can change them."""

    def people(self) -> None:
        """Schedule random acts, one after the other, until the window closes."""
        acts: list[Callable[[float], None]] = [
            *[self.approve] * 5,
            self.deny,
            self.deny_bare,
            self.revoke,
            self.edit,
            self.close,
            self.stop,
            self.kill,
            *[self.talk] * 2,
            *[self.stranger] * 2,
        ]
        for minute in range(STEP, WINDOW - STEP, STEP):
            if self.end is None and self.chance.random() < 0.6:  # noqa: PLR2004 - most of the time
                self.chance.choice(acts)(minute)
                if not self.denials and len(self.approvals) >= self.minimum:
                    self.end = ("approved", "quorum")

    def expected(self) -> tuple[str, str]:
        """Return the status and the code that the gate must end with."""
        if self.end is not None:
            return self.end
        return ("denied", "denied-without-reason") if self.denials else ("timed-out", "window-closed")

    def approve(self, minute: float) -> None:
        """Approve; this withdraws the same person's denial."""
        login = self.chance.choice(VOTERS)
        self.stage.says(
            minute, login, self.chance.choice(["approve", "LGTM", "/approve", "yes - looks fine"])
        )
        self.approvals.add(login)
        self.denials.discard(login)

    def deny(self, minute: float) -> None:
        """Deny with a reason."""
        self.stage.says(minute, self.chance.choice(VOTERS), "deny - the migration is not tested")
        self.end = ("denied", "denied")

    def deny_bare(self, minute: float) -> None:
        """Deny without a reason; this blocks an approval."""
        login = self.chance.choice(VOTERS)
        self.stage.says(minute, login, "deny")
        self.denials.add(login)
        self.approvals.discard(login)

    def revoke(self, minute: float) -> None:
        """Withdraw an answer."""
        login = self.chance.choice(VOTERS)
        self.stage.says(minute, login, "revoke")
        self.approvals.discard(login)
        self.denials.discard(login)

    def edit(self, minute: float) -> None:
        """Approve, and edit the comment before the next poll, so that it never counts."""
        login = self.chance.choice(
            [v for v in VOTERS if v not in self.approvals | self.denials] or ["mallory"]
        )
        self.stage.says(minute, login, "approve")
        self.stage.edits(minute, login, "approve - with a note")

    def close(self, minute: float) -> None:
        """Close the issue."""
        self.stage.at(minute, lambda: self.stage.world.close_issue(REPOSITORY, 1, by="dee"))
        self.end = ("cancelled", "issue-closed")

    def stop(self, minute: float) -> None:
        """Cancel the job."""
        self.stage.stops(minute + 1)
        self.end = ("cancelled", "signal")

    def kill(self, minute: float) -> None:
        """Kill the gate; a sweep follows."""

        def kill() -> None:
            raise Killed

        self.stage.at(minute + 1, kill)
        self.end = ("error", "internal")

    def talk(self, minute: float) -> None:
        """Comment without an answer."""
        self.stage.says(minute, self.chance.choice(VOTERS), "> approve\n\nI will look at it.")

    def stranger(self, minute: float) -> None:
        """Answer as somebody who is not an approver."""
        self.stage.says(minute, self.chance.choice(STRANGERS), self.chance.choice(["approve", "deny - no"]))

    def faults(self) -> int:
        """Inject up to five faults, some for more than one request; return their number."""
        count = self.chance.randrange(6)
        for _ in range(count):
            method = self.chance.choice(["GET", "GET", "POST"])
            path = self.chance.choice(WAITING[method])
            what = dict(self.chance.choice(FAULTS))
            lasting = what.get("status") in {401, 404}
            self.stage.fault(
                method=method,
                path=path,
                first=self.chance.randrange(2 if lasting or method == "POST" else 1, 60),
                times=1 if lasting else self.chance.randint(1, 3),
                **what,
            )
        return count


def main() -> int:
    """Run all gates and print the figures; return 1 if any went wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--gates", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began, ends, wrong = time.monotonic(), Counter[str](), []
    faults = met = hours = 0.0
    memory = []
    for number in range(options.gates):
        with tempfile.TemporaryDirectory() as folder:
            # Conformance with GitHub's API is for the tests: the check would keep every exchange in memory.
            stage = Stage(Path(folder), conforms=lambda *_: None)
            play = Play(stage, random.Random(f"{options.seed}/{number}"), minimum=1 + number % 3)  # noqa: S311
            play.people()
            faults += play.faults()
            inputs = {"minimum-approvals": str(play.minimum), "timeout-minutes": str(WINDOW)}
            ended = stage.run_to_death(Killed, inputs)
            if play.expected()[0] == "error":
                stage.sweep(ended)
            met += sum(request.faulty for request in stage.world.requests)
            hours += stage.passed / 3600
            ends[f"{ended.status} ({ended.code})"] += 1
            wrong += [f"gate {number}: {problem}" for problem in problems(play, ended)]
        del stage, play, ended
        gc.collect()
        memory.append(resident())
    show(options, ends, wrong, memory, (faults, met, hours, time.monotonic() - began))
    return 1 if wrong else 0


def problems(play: Play, ended: Ended) -> list[str]:
    """List what is wrong with a gate's result."""
    open_issues = [issue for issue in play.stage.world.issues(REPOSITORY) if issue.state == "open"]
    checks = {
        f"it is {(ended.status, ended.code)}, and should be {play.expected()}": (ended.status, ended.code)
        == play.expected(),
        "an issue was left open": not open_issues,
        "there is more than one issue": len(play.stage.world.issues(REPOSITORY)) == 1,
        "its record gives another decision": ended.status != "approved" or ended.replayed() == "approved",
        "the log has a trace": "Traceback" not in ended.log,
    }
    return [problem for problem, fine in checks.items() if not fine]


def resident() -> float:
    """Return this process's resident memory in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / MEBIBYTE


def show(
    options: argparse.Namespace,
    ends: Counter[str],
    wrong: list[str],
    memory: list[float],
    figures: tuple[float, float, float, float],
) -> None:
    """Print the figures."""
    faults, met, hours, took = figures
    print(f"{options.gates} gates with the seed {options.seed}, in {took:.0f} s")
    for end, count in ends.most_common():
        print(f"  {count:4}  {end}")
    print(f"  {faults:4.0f}  faults injected, hit by {met:.0f} requests; {hours:.0f} hours of waiting")
    quarter = max(1, len(memory) // 4)
    first, last = sum(memory[quarter : 2 * quarter]) / quarter, sum(memory[-quarter:]) / quarter
    print(f"  memory  {first:.1f} MiB in the second quarter, {last:.1f} in the last")
    print(f"  {len(wrong)} went wrong")
    for problem in wrong:
        print(f"    {problem}")


if __name__ == "__main__":
    sys.exit(main())
