"""What precedes the gate in a rehearsal: the last deployment, what was merged since, the run's other jobs."""

from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

from approval_gate.emulator.world import Job, World
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, RUN

_FIRST = 226
"""The number of the first pull request since the last deployment."""

ARTIFACTS = f"shop-api@sha256:{'3f9ac41d77b0':0<64}\nshop-web@sha256:{'77b052c0ffee':0<64}"
"""What the build job made, as the input `artifacts` takes it."""

_TESTS = {
    "Build & Test": ("Build", "Unit tests"),
    "Integration Tests": ("Integration tests", "End-to-end tests"),
}
"""The jobs with steps that an emergency can skip."""


class _Merged(NamedTuple):
    """A pull request: who wrote how many commits, who approved it, and how it was merged."""

    title: str
    author: str
    commits: int
    reviewer: str | None
    how: str = "merge"


_MERGED = (
    _Merged("Retry a payment that timed out", "kim", 2, "lea"),
    _Merged("Show the price with its currency", "dee", 3, "cid"),
    _Merged("Bump urllib3 to 2.5.0", "dependabot[bot]", 1, "max", "squash"),
    _Merged("Fix a typo in the order mail", "eli", 1, "bob", "squash"),
    _Merged("Cache the exchange rates", "kim", 3, "ann"),
    _Merged("Raise the limit of the basket", "eli", 1, None, "push"),
)


def precede(world: World, *, tests_skipped: bool) -> Job:
    """Put a usual history into the scenarios' world, and return the gate's own job, which is running."""
    repo = world.repos[REPOSITORY]
    repo.numbers = count(_FIRST)
    head = world.commit(REPOSITORY, "dee", parents=[])
    world.tag(REPOSITORY, "v1.2.2", head)
    world.deploy(REPOSITORY, "production", head, "SUCCESS", ref="v1.2.2")
    for it in _MERGED:
        head = _merge(world, it, head, last=it is _MERGED[-1])
    token = world.tokens["demo-app-token"]
    token.permissions = {**token.permissions, "deployments": "read", "pull_requests": "read"}
    scan = ("Find CRITICAL and HIGH vulnerabilities", "success")
    world.job(REPOSITORY, RUN, "Security Scanning", steps=[scan])
    for name, steps in _TESTS.items():
        ran = [(step, "skipped" if tests_skipped and "tests" in step else "success") for step in steps]
        world.job(REPOSITORY, RUN, name, steps=ran)
    world.job(REPOSITORY, RUN, "Build Production Images")
    return world.job(REPOSITORY, RUN, "Production Approval Gate", None)


def _merge(world: World, it: _Merged, onto: str, *, last: bool) -> str:
    """Open, review and merge a pull request, and return the new head of the branch."""
    commits: Sequence[str] = ()
    for _ in range(it.commits):
        parents = [*commits[-1:]] or [onto]
        sha = COMMIT if last else None
        commits = (*commits, world.commit(REPOSITORY, it.author, parents=parents, sha=sha))
    request = world.pull_request(REPOSITORY, it.author, commits, it.title)
    if it.reviewer is not None:
        world.review(request, it.reviewer)
    return world.merge(REPOSITORY, request, it.reviewer or it.author, onto, it.how)
