"""A copy of GitHub's that is behind: GraphQL does not know yet what REST has told, and is not believed."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_mock import MockerFixture

from approval_gate.rehearsal import graphql
from approval_gate.rehearsal.payloads import time
from approval_gate.rehearsal.scenarios import REPOSITORY
from approval_gate.rehearsal.world import Issue
from tests.whole.stage import Stage
from tests.whole.test_checklist import OWN, ticks, unticks
from tests.whole.test_trust import SETTINGS, _writes_further_on

A_SECOND = 1 / 60
SOON = {"timeout-minutes": "10", "polling-interval-seconds": "3"}


@pytest.fixture(autouse=True)
def behind(stage: Stage) -> None:
    stage.world.graphql_lag = timedelta(seconds=8)
    stage.says(1, "cid", "approve")
    stage.says(3 + A_SECOND / 2, "lea", "approve")


def test_where_nothing_happens_it_is_approved(stage: Stage) -> None:
    assert stage.run(SOON).status == "approved"


def test_the_text_that_goes_on_is_changed(stage: Stage) -> None:
    stage.at(3 + A_SECOND, lambda: _writes_further_on(stage, "bob", "a line in"))
    end = stage.run({**SETTINGS["a text that goes on in comments"], **SOON})
    assert end.status == "timed-out"


def test_a_box_is_unticked(stage: Stage) -> None:
    ticks(stage, 1, "ann")
    unticks(stage, 3 + A_SECOND, "bob", "Rollback")
    assert stage.run({**OWN, **SOON}).status == "timed-out"


def test_a_denial_is_deleted_before_it_is_seen(stage: Stage) -> None:
    stage.says(3 + A_SECOND, "max", "deny - red tests")
    stage.deletes(3 + 2 * A_SECOND, "max", by="bob")
    assert stage.run(SOON).status == "timed-out"


def test_it_is_closed_and_reopened(stage: Stage) -> None:
    stage.at(3 + A_SECOND, lambda: stage.world.close_issue(REPOSITORY, stage.number(), by="max"))
    stage.at(3 + 2 * A_SECOND, lambda: stage.world.reopen_issue(REPOSITORY, stage.number(), by="bob"))
    end = stage.run(SOON)
    assert (end.status, end.code) == ("cancelled", "issue-closed")


def test_what_is_never_told_alike_holds_nobody_up_for_ever(stage: Stage, mocker: MockerFixture) -> None:
    """A GitHub whose GraphQL does not move an issue's time with all that REST does."""
    begin = graphql._Issue.__init__

    def issue(self: Any, it: Issue, *rest: Any, **more: Any) -> None:
        begin(self, it, *rest, **more)
        self.updatedAt = time(it.created_at)

    mocker.patch.object(graphql._Issue, "__init__", issue)
    end = stage.run(SOON)
    assert end.status == "approved"
    assert timedelta(minutes=3, seconds=10) <= timedelta(seconds=stage.passed) < timedelta(minutes=4)
