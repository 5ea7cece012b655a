"""A flood of comments on an issue costs neither the decision nor the hour's requests."""

from collections.abc import Callable
from itertools import cycle

import pytest

from approval_gate.core.timing import RESERVE
from approval_gate.emulator import Request
from tests.whole.stage import Ended, Stage

HOUR = 1_000
TOKEN = "demo-app-token"
EVERY = 3 / 60
UNTIL = 59

Flood = Callable[[Stage], None]


def skip_conformance_check(*_: object) -> None:
    """The requests are the same as without a flood, and other tests check them."""


@pytest.fixture
def flooded(stage: Stage) -> Stage:
    """A stage with a workflow's request budget, on which two people will approve in the end."""
    stage.conforms = skip_conformance_check
    stage.world.tokens[TOKEN].limit = HOUR
    stage.says(30, "cid", "approve")
    stage.says(55, "lea", "approve")
    return stage


def times(until: float = UNTIL) -> list[float]:
    return [1 + EVERY * number for number in range(int((until - 1) / EVERY))]


def floods(*texts: str, login: str = "mallory") -> Flood:
    def flood(stage: Stage) -> None:
        for minute, text in zip(times(), cycle(texts), strict=False):
            stage.says(minute, login, text)

    return flood


def edits(*texts: str, login: str = "mallory") -> Flood:
    def flood(stage: Stage) -> None:
        stage.says(0.9, login, texts[0])
        for minute, text in zip(times(40), cycle(texts[1:]), strict=False):
            stage.edits(minute, login, text)
        stage.says(52, login, "revoke - that was me")

    return flood


def deletes(stage: Stage) -> None:
    for minute in times(10):
        stage.says(minute, "mallory", "approve")
        stage.deletes(minute + EVERY / 2, "mallory")


FLOODS: dict[str, tuple[Flood, str]] = {
    "a reader's answers": (floods("approve", "deny - no", "approve?", "hello", "> approve"), "cid,lea"),
    "an approver's commands": (floods("approve", "revoke", login="ann"), "cid,lea,ann"),
    "a reader's edits": (edits("approve", "hello", "approve"), "cid,lea"),
    "an approver's edits": (edits("hello", "approve", "hello", login="ann"), "cid,lea"),
    "a reader's deletions": (deletes, "cid,lea"),
}


def sent(end: Ended, *, graphql: bool) -> list[Request]:
    return [request for request in end.requests if (request.path == "/graphql") is graphql]


def lowest(end: Ended, *, graphql: bool) -> int:
    """The lowest rest of the hour's requests."""
    return min(int(r.answer_headers["x-ratelimit-remaining"]) for r in sent(end, graphql=graphql))


@pytest.mark.parametrize(("flood", "approvers"), FLOODS.values(), ids=FLOODS)
def test_a_flood_every_three_seconds_costs_neither_the_decision_nor_the_budget(
    flooded: Stage, flood: Flood, approvers: str
) -> None:
    flood(flooded)
    minimum = str(approvers.count(",") + 1)
    end = flooded.run({"polling-interval-seconds": "3", "minimum-approvals": minimum})
    assert (end.status, end.code, end.outputs["approvers"]) == ("approved", "quorum", approvers)
    assert 55 * 60 <= flooded.passed < 57 * 60
    assert lowest(end, graphql=False) >= RESERVE
    assert lowest(end, graphql=True) >= HOUR / 2
    assert not [request for request in end.requests if "rate limit" in request.answer]
    assert sum(bool(given) for given in end.reactions("mallory")) <= 10
    assert len(end.hints()) <= 3
    assert len(end.outputs["decision"]) < 100_000
    assert len(end.summary) < 100_000
    assert len(end.log) < 200_000
    assert end.replayed() == "approved"
