"""How many of the hour's requests one approval costs."""

import pytest

from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.whole.stage import Ended, Stage

FIVE = {"approvers": "five", "minimum-approvals": "2", "polling-interval-seconds": "3"}


def team_of_five(stage: Stage) -> None:
    stage.world.team("acme/five", ["ann", "bob", "cid", "lea", "max"])
    stage.world.permit(REPOSITORY, "write", "acme/five")
    for login in ("ann", "lea"):
        stage.says(3, login, "approve")


def requests_used(end: Ended) -> int:
    return sum(request.charged for request in end.requests)


def test_an_approval_by_two_of_a_team_of_five_takes_at_most_thirty_requests(stage: Stage) -> None:
    team_of_five(stage)
    end = stage.run(FIVE)
    assert (end.status, end.outputs["approvers"]) == ("approved", "ann,lea")
    assert requests_used(end) <= 30


@pytest.mark.parametrize("count", [90, 190])
def test_comments_of_strangers_cost_no_more_requests_than_their_pages(stage: Stage, count: int) -> None:
    team_of_five(stage)
    stage.conforms = lambda *_: None  # hundreds of comments; other tests check their shape

    def flood() -> None:
        for number in range(count):
            stage.world.comment(REPOSITORY, 1, "mallory", f"{number}")

    stage.at(2, flood)
    end = stage.run(FIVE)
    pages = 1 + count // 100
    assert end.status == "approved"
    # Read as they come, for ten seconds in case another is listed late, and by both APIs to confirm.
    assert requests_used(end) <= 30 + 7 * pages
