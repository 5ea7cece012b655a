"""SIGKILL before and after each request of a run, and what the next attempt makes of it."""

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
"""The ordinal, whether the request takes effect, whether a sweep follows, and the next verdict."""

VERDICTS = tuple(ANSWERS)


def kills(count: int) -> Iterable[Kill]:
    """Every request, before and after its effect; a third is swept, and either verdict follows."""
    for ordinal in range(1, count + 1):
        for effect in (False, True):
            number = 2 * ordinal + effect
            yield ordinal, effect, number % 3 == 0, VERDICTS[number // 3 % 2]


def wrong(one: Kill, asked: tuple[str, str], *, flushed: bool) -> str:
    """Kill, and say what went wrong; empty if nothing did."""
    ordinal, effect, swept, verdict = one
    try:
        after = kill(at(ordinal, effect=effect), verdict, swept=swept)
        assert kind(after.request) == kind(asked), f"it was another request: {after.request}"
        check(after, verdict, flushed=flushed)
    except Exception as error:  # noqa: BLE001 - all of them are told together
        where = f"request {ordinal} ({' '.join(asked)}) {'after' if effect else 'before'} its effect"
        return f"killed at {where}, {'swept, ' if swept else ''}then {verdict}: {error!r}"
    return ""


def kind(request: tuple[str, str]) -> str:
    return re.sub("[0-9]+", "0", " ".join(request))


@pytest.fixture(scope="module")
def run() -> list[tuple[str, str]]:
    return record()


def test_the_run_that_is_killed_does_all_that_a_run_does(run: list[tuple[str, str]]) -> None:
    repo = f"/repos/{REPOSITORY}"
    did = Counter(kind(request) for request in run)
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
        ("POST", "/graphql", 4),
        ("GET", f"{repo}/git/ref/tags/v0.0.0", 2),
        ("PATCH", f"{repo}/issues/0", 2),
    ):
        assert did[f"{method} {path}"] >= least, f"{method} {path}"


def test_killed_anywhere(run: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    closing = 1 + run.index(("PATCH", f"/repos/{REPOSITORY}/issues/{KILLED}"))
    # A fork of this process would have its threads' locks and not its threads.
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1 + (os.cpu_count() or 1), mp_context=spawning) as pool:
        tried = [
            pool.submit(wrong, one, run[one[0] - 1], flushed=one[0] >= closing) for one in kills(len(run))
        ]
        found = [problem for one in tried if (problem := one.result(LIMIT * len(tried)))]
    with capsys.disabled():
        print(f"\n{len(tried)} kills, at {len(run)} requests: {len(found)} went wrong")  # noqa: T201 - asked for
    assert not found, "\n".join(found)
