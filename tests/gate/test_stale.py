"""In addition to the request's own issue, only known stale issues are closed."""

from dataclasses import replace

import pytest

from tests.gate.stage import REQUEST, Stage, StaleIssue


@pytest.mark.parametrize(
    "other",
    [
        StaleIssue(7, author_id=71),
        StaleIssue(7, duplicate=True, author_id=71),
        StaleIssue(42, duplicate=True),
        StaleIssue(7, run_id=78),
        StaleIssue(7, run_attempt=2),
        StaleIssue(7, run_attempt=3),
    ],
    ids=[
        "an earlier attempt's marker, written by another account",
        "the request's own marker, written by another account",
        "the request itself",
        "another run",
        "another gate of this attempt",
        "a later attempt",
    ],
)
def test_an_issue_that_is_not_stale_is_left_alone(other: StaleIssue) -> None:
    stage = Stage(request=replace(REQUEST, run_attempt=2))
    stage.host.stale = [other, StaleIssue(8)]
    stage.gate.open()
    assert [number for number, _ in stage.did("replace")] == [8]
