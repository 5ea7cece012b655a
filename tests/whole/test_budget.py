"""What one approval costs of the hour's requests."""

import pytest

from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.whole.stage import Ended, Stage

FIVE = {"approvers": "five", "minimum-approvals": "2", "polling-interval-seconds": "3"}


def team_of_five(stage: Stage) -> None:
    stage.world.team("acme/five", ["ann", "bob", "cid", "lea", "max"])
    stage.world.permit(REPOSITORY, "write", "acme/five")
    for login in ("ann", "lea"):
        stage.says(3, login, "approve")


def charged(end: Ended) -> int:
    return sum(request.charged for request in end.requests)


def test_an_approval_by_two_of_a_team_of_five_takes_at_most_thirty_requests(stage: Stage) -> None:
    team_of_five(stage)
    end = stage.run(FIVE)
    assert (end.status, end.outputs["approvers"]) == ("approved", "ann,lea")
    assert charged(end) <= 30


@pytest.mark.parametrize("count", [90, 190])
def test_comments_of_strangers_cost_no_more_requests_than_their_pages(stage: Stage, count: int) -> None:
    team_of_five(stage)
    stage.conforms = lambda *_: None  # hundreds of comments, of the shapes that other tests hold

    def flood() -> None:
        for number in range(count):
            stage.world.comment(REPOSITORY, 1, "mallory", f"{number}")

    stage.at(2, flood)
    end = stage.run(FIVE)
    pages = 1 + count // 100
    assert end.status == "approved"
    # Read as they come, for the ten seconds in which another may be listed late, and by both APIs to confirm.
    assert charged(end) <= 30 + 7 * pages
