"""A diagonal of the fault matrix, and that the matrix notices a broken gate."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pytest_mock import MockerFixture

from approval_gate.core.ending import Ending
from approval_gate.core.model import Code, Comment, Outcome, Revision
from approval_gate.core.record.conclude import Asked, Result, conclude
from approval_gate.core.record.model import Inputs
from approval_gate.core.verdict import Decision
from approval_gate.errors import NotFoundError, TransientError
from approval_gate.gate.loop import Gate
from approval_gate.github.client import Client
from approval_gate.github.issue import ApprovalIssue
from tests.matrix import faults, post_gate
from tests.matrix.__main__ import all_rows, offences, play_cell, unknown_requests
from tests.matrix.cell import EVERYTHING, TIMES, Row
from tests.matrix.rules import Cell
from tests.matrix.scenes import SCENES
from tests.matrix.wire import KINDS


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return all_rows()


def find(rows: list[Row], scene: str, words: str) -> Row:
    return next(row for row in rows if row.scene == scene and f"{row.phase} {row.key[1]}" == words)


def test_every_request_fails_once_and_every_class_of_faults_is_met(rows: list[Row]) -> None:
    """One cell a request: the class and the number of faults change from one to the next."""
    first_of = {(row.key, row.scene if row.kind == EVERYTHING else ""): row for row in reversed(rows)}
    names = list(faults.CLASSES)
    asked: set[tuple[str, str]] = set()
    offending = []
    for number, row in enumerate(first_of.values()):
        cell = Cell(row, names[number * 5 % len(names)], TIMES[number % len(TIMES)])
        outcome, _ = play_cell(cell)
        asked |= outcome.asked
        if found := offences(cell, outcome):
            offending.append((str(cell), found, outcome.log))
    assert not offending
    assert len(first_of) >= len(names)
    assert not unknown_requests(asked, rows)


def test_every_kind_of_request_is_made_in_some_scene(rows: list[Row]) -> None:
    assert {row.kind for row in rows} == {kind for kind, *_ in KINDS} | {EVERYTHING}


def test_the_scenes_cover_every_ending() -> None:
    assert {scene.verdict for scene in SCENES.values()} == {"approved", "denied", "timed-out"}


def test_each_request_of_sweep_and_report_fails_once() -> None:
    """One cell a request, as above."""
    names = list(faults.CLASSES)
    some = [
        post_gate.Cell(*request, names[number * 5 % len(names)], TIMES[number % len(TIMES)])
        for number, request in enumerate(dict.fromkeys(cell[:3] for cell in post_gate.cells()))
    ]
    assert len(some) >= len(names)
    assert {cell: found for cell in some if (found := post_gate.offences(cell))} == {}


def test_a_command_that_writes_twice_is_noticed(mocker: MockerFixture) -> None:
    mocker.patch.object(ApprovalIssue, "find_comment", return_value=None)
    cell = post_gate.Cell("sweep", "a token", "PATCH issue", "500", None)
    assert "['closing', 'closing'" in str(post_gate.offences(cell))


# Broken gates -----------------------------------------------------------------


def offends(cell: Cell) -> str:
    return "; ".join(offences(cell, play_cell(cell)[0]))


def test_a_request_unknown_to_the_matrix_is_reported(rows: list[Row], mocker: MockerFixture) -> None:
    def assign(issue: Any, _logins: Any) -> list[str]:
        issue._client.get("/rate_limit")
        return []

    mocker.patch.object(ApprovalIssue, "assign", assign)
    row = find(rows, "approved", "asking POST assignees")
    assert "unknown: GET /rate_limit" in offends(Cell(row, "500", 1))


def test_a_gate_that_repeats_writes_blindly_is_noticed(rows: list[Row], mocker: MockerFixture) -> None:
    def write_once(client: Client, write: Callable[[], Any], *_: Any, **__: Any) -> Any:
        return client.with_retry(write)

    mocker.patch.object(Client, "write_once", write_once)
    assert "2 issues" in offends(Cell(find(rows, "approved", "asking POST issue"), "lost", 1))
    assert "2 comments closing" in offends(
        Cell(find(rows, "approved", "ending POST comment closing"), "cut", 1)
    )


def test_a_gate_that_treats_a_404_as_a_denial_is_noticed(rows: list[Row], mocker: MockerFixture) -> None:
    poll = Gate._poll

    def denied_if_gone(gate: Gate) -> Decision:
        try:
            return poll(gate)
        except NotFoundError:
            thread, [member, *_] = gate._inputs.thread, gate._confirmation.roster
            assert thread is not None
            text = Revision(text="deny - it is gone", by=member.person, at=thread.opened_at)
            denial = Comment(id=1, author=member.person, revisions=(text,), created_at=thread.opened_at)
            return gate._decide(replace(thread, comments=(denial,)))

    mocker.patch.object(Gate, "_poll", denied_if_gone)
    assert "denied, and nobody said so" in offends(
        Cell(find(rows, "approved", "waiting GET issue"), "404", 1)
    )


def test_a_gate_that_takes_silence_for_consent_is_noticed(rows: list[Row], mocker: MockerFixture) -> None:
    def lenient(inputs: Inputs, about: Asked) -> Result:
        result = conclude(inputs, about)
        if result.ending is None or result.ending.outcome is not Outcome.TIMED_OUT:
            return result
        silence = Ending(outcome=Outcome.APPROVED, code=Code.QUORUM, reason="Nobody objected.", exit_code=0)
        return replace(result, ending=silence)

    for user in ("gate.loop", "core.record.conclude"):
        mocker.patch(f"approval_gate.{user}.conclude", lenient)
    found = offends(Cell(find(rows, "timed-out", "waiting GET comments"), "500", 1))
    assert "approved without a quorum" in found


def test_a_gate_that_ends_otherwise_than_it_concludes_fails(rows: list[Row], mocker: MockerFixture) -> None:
    wait = Gate.wait

    def lenient(gate: Gate) -> Any:
        try:
            return wait(gate)
        except TransientError:
            return Ending(
                outcome=Outcome.APPROVED, code=Code.QUORUM, reason="Silence is consent.", exit_code=0
            )

    mocker.patch.object(Gate, "wait", lenient)
    found = offends(Cell(find(rows, "timed-out", "waiting GET comments"), "500", None))
    assert "ends as E:internal" in found


def test_a_record_that_comes_to_another_outcome_is_noticed(rows: list[Row], mocker: MockerFixture) -> None:
    mocker.patch("tests.whole.stage.rederived", return_value={"outcome": "approved"})
    assert "the record replays to approved" in offends(
        Cell(find(rows, "denied", "asking POST issue"), "500", 1)
    )


def test_an_issue_that_is_left_open_is_noticed(rows: list[Row], mocker: MockerFixture) -> None:
    mocker.patch.object(ApprovalIssue, "close", return_value=None)
    assert "the issue is left open" in offends(Cell(find(rows, "denied", "asking POST issue"), "500", 1))
