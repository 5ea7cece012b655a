"""A gate that gets SIGKILL before or after the effect of each of its requests, and the next attempt."""

import multiprocessing
import os
import re
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

import pytest

from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.kill.killing import ANSWERS, KILLED, LIMIT, at, check, kill, record

Kill = tuple[int, bool, bool, str]
"""The request's ordinal, whether it takes effect, whether a sweep follows, and the next attempt's verdict."""

VERDICTS = tuple(ANSWERS)


def kills(count: int) -> Iterable[Kill]:
    """Kill at every request, before and after its effect; a third is swept, and the verdicts alternate."""
    for ordinal in range(1, count + 1):
        for effect in (False, True):
            number = 2 * ordinal + effect
            yield ordinal, effect, number % 3 == 0, VERDICTS[number // 3 % 2]


def problem_of(one: Kill, expected: tuple[str, str], *, flushed: bool) -> str:
    """Kill and check; return a description of the problem, empty if there was none."""
    ordinal, effect, swept, verdict = one
    try:
        after = kill(at(ordinal, effect=effect), verdict, swept=swept)
        assert kind(after.request) == kind(expected), f"it was another request: {after.request}"
        check(after, verdict, flushed=flushed)
    except Exception as error:  # noqa: BLE001 - all problems are reported together
        where = f"request {ordinal} ({' '.join(expected)}) {'after' if effect else 'before'} its effect"
        return f"killed at {where}, {'swept, ' if swept else ''}then {verdict}: {error!r}"
    return ""


def kind(request: tuple[str, str]) -> str:
    return re.sub("[0-9]+", "0", " ".join(request))


@pytest.fixture(scope="module")
def run() -> list[tuple[str, str]]:
    return record()


def test_the_killed_run_makes_every_kind_of_request(run: list[tuple[str, str]]) -> None:
    repo = f"/repos/{REPOSITORY}"
    made = Counter(kind(request) for request in run)
    assert sum("/compare/" in path for _, path in run) == 1
    for method, path, least in (
        ("GET", f"{repo}/installation", 1),
        ("POST", "/app/installations/0/access_tokens", 1),
        ("GET", "/orgs/acme/teams/devops-team/members", 2),
        ("GET", f"{repo}/contents/policy.yml", 2),
        ("GET", f"{repo}/actions/runs/0/attempts/0", 2),
        ("POST", f"{repo}/issues", 1),
        ("POST", f"{repo}/issues/0/comments", 6),
        ("PATCH", f"{repo}/issues/comments/0", 2),
        ("POST", f"{repo}/issues/0/assignees", 1),
        ("POST", f"{repo}/issues/comments/0/reactions", 4),
        ("DELETE", f"{repo}/issues/comments/0/reactions/0", 1),
        ("POST", "/graphql", 9),
        ("GET", f"{repo}/actions/runs/0/attempts/0/jobs", 2),
        ("GET", f"{repo}/environments/production", 1),
        ("GET", f"{repo}/collaborators", 1),
        ("GET", f"{repo}/git/ref/tags/v0.0.0", 2),
        ("PATCH", f"{repo}/issues/0", 2),
    ):
        assert made[f"{method} {path}"] >= least, f"{method} {path}"


def test_after_a_kill_at_any_request_the_next_attempt_is_right(
    run: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    closing = 1 + run.index(("PATCH", f"/repos/{REPOSITORY}/issues/{KILLED}"))
    # A forked worker would inherit locked locks of threads that it does not have.
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1 + (os.cpu_count() or 1), mp_context=spawning) as pool:
        tried = [
            pool.submit(problem_of, one, run[one[0] - 1], flushed=one[0] >= closing)
            for one in kills(len(run))
        ]
        found = [problem for one in tried if (problem := one.result(LIMIT * len(tried)))]
    with capsys.disabled():
        print(f"\n{len(tried)} kills, at {len(run)} requests: {len(found)} went wrong")  # noqa: T201 - a figure
    assert not found, "\n".join(found)
