"""A GitHub with delayed replicas: an approval waits until both lists show the gate's latest write."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_mock import MockerFixture

from approval_gate.emulator import graphql
from approval_gate.emulator.payloads import time
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.whole.stage import BEGAN, Stage
from tests.whole.test_checklist import OWN, ticks, unticks
from tests.whole.test_trust import SETTINGS, _edits_continuation

A_SECOND = 1 / 60
SOON = {"timeout-minutes": "10", "polling-interval-seconds": "3"}
BEHIND = [("lists", 3), ("lists", 10), ("graphql", 3), ("graphql", 10), ("both", 3), ("both", 10)]
QUORUM = BEGAN + timedelta(minutes=3)


def lags(stage: Stage, which: str, seconds: float) -> None:
    """Delay REST's lists, GraphQL or both by these seconds."""
    lag = timedelta(seconds=seconds)
    stage.world.lists_lag = lag if which in {"lists", "both"} else timedelta()
    stage.world.graphql_lag = lag if which in {"graphql", "both"} else timedelta()


@pytest.fixture(autouse=True)
def quorum(stage: Stage) -> None:
    stage.conforms = lambda *_: None  # hundreds of comments; other tests check their shape
    stage.says(1, "cid", "approve")
    stage.says(3 + A_SECOND / 2, "lea", "approve")


@pytest.mark.parametrize(("which", "seconds"), [("neither", 0), *BEHIND])
def test_an_approval_waits_only_for_the_lag_and_two_reads(stage: Stage, which: str, seconds: float) -> None:
    lags(stage, which, seconds)
    assert stage.run(SOON).status == "approved"
    polled = seconds if which in {"lists", "both"} else 0
    assert stage.now() <= QUORUM + timedelta(seconds=polled + 3 + seconds + 6)


def fills(stage: Stage, count: int) -> None:
    while len(stage.world.issue(REPOSITORY, 1).comments) < count:
        stage.world.comment(REPOSITORY, 1, "mallory", "hello")


def deletes(stage: Stage, count: int) -> None:
    """Somebody deletes her own comments, the oldest first."""
    hers = [c.id for c in stage.world.issue(REPOSITORY, 1).comments if c.body == "hello"]
    for number in hers[:count]:
        stage.world.delete_comment(number, by="mallory")


def one_deletes_her_own(stage: Stage) -> None:
    stage.says(2, "mallory", "hello")
    stage.at(3 + 2.5 * A_SECOND, lambda: deletes(stage, 1))


def several_delete_on_several_pages(stage: Stage) -> None:
    stage.at(2, lambda: fills(stage, 250))
    stage.at(3 + 2.5 * A_SECOND, lambda: deletes(stage, 120))


def a_flood_goes_on(stage: Stage) -> None:
    for number in range(240):
        stage.says(2 + number / 80, "mallory", "hello")
    stage.at(3 + 2.5 * A_SECOND, lambda: deletes(stage, 3))


def the_count_fits_again(stage: Stage) -> None:
    stage.says(2, "mallory", "hello")
    stage.at(3 + 2.5 * A_SECOND, lambda: deletes(stage, 1))
    stage.says(3 + 3 * A_SECOND, "mallory", "hello")


@pytest.mark.parametrize(
    ("which", "seconds", "hiding"),
    [
        *((*behind, hiding) for behind in BEHIND for hiding in (one_deletes_her_own, the_count_fits_again)),
        *((*behind, several_delete_on_several_pages) for behind in (BEHIND[0], BEHIND[-1])),
        *((*behind, a_flood_goes_on) for behind in (BEHIND[0], BEHIND[-1])),
    ],
)
def test_a_denial_that_the_lists_do_not_show_yet_prevents_the_approval(
    stage: Stage, which: str, seconds: float, hiding: Callable[[Stage], None]
) -> None:
    lags(stage, which, seconds)
    stage.says(3 + 2 * A_SECOND, "max", "deny - red tests")
    hiding(stage)
    end = stage.run({**SOON, "polling-interval-seconds": "2"})
    if which == "graphql":  # the denial can come after the outcome then
        assert end.status == "denied" or stage.now() < QUORUM + timedelta(seconds=2)
    else:
        assert (end.status, end.outputs["denied-by"]) == ("denied", "max")


@pytest.mark.parametrize(("which", "seconds"), BEHIND)
@pytest.mark.parametrize("text", ["No. The migration is broken.", "please wait"])
def test_an_objection_that_the_lists_do_not_show_yet_holds(
    stage: Stage, which: str, seconds: float, text: str
) -> None:
    lags(stage, which, seconds)
    stage.says(3, "max", text)
    assert stage.run(SOON).status == "timed-out"


def test_a_flood_of_strangers_repeats_nothing(stage: Stage) -> None:
    for number in range(240):
        stage.says(2 + number / 80, "mallory", "hello")
    end = stage.run(SOON)
    assert end.status == "approved"
    assert stage.now() <= QUORUM + timedelta(seconds=6)
    written = [r for r in end.sent("PATCH") if "Confirming since" in str(r.body)]
    assert len(written) == 1


@pytest.mark.parametrize("seconds", [4, 9.5])
def test_a_denial_that_is_listed_late_counts_as_soon_as_it_is_listed(stage: Stage, seconds: float) -> None:
    lags(stage, "lists", seconds)
    stage.says(2, "max", "deny - red tests")
    assert stage.run(SOON).status == "denied"
    assert stage.now() < BEGAN + timedelta(minutes=2, seconds=seconds + 6)


@pytest.mark.parametrize(("which", "seconds"), [("graphql", 8), ("lists", 4), ("both", 4)])
def test_an_approval_just_before_the_deadline_is_confirmed_even_if_the_copies_are_behind(
    stage: Stage, which: str, seconds: float
) -> None:
    lags(stage, which, seconds)
    stage.says(3 + 2 * A_SECOND, "lea", "revoke")
    stage.says(4 + 54 * A_SECOND, "lea", "approve")
    end = stage.run({"timeout-minutes": "5", "polling-interval-seconds": "100"})
    assert end.status == "approved"
    assert stage.now() >= BEGAN + timedelta(minutes=5)


# Changes to the request meanwhile -----------------------------------------------


@pytest.fixture
def behind(stage: Stage) -> None:
    lags(stage, "graphql", 8)


@pytest.mark.usefixtures("behind")
def test_a_changed_continuation_comment_is_noticed(stage: Stage) -> None:
    stage.at(3 + A_SECOND, lambda: _edits_continuation(stage, "bob", "a line in"))
    end = stage.run({**SETTINGS["a text with continuation comments"], **SOON})
    assert end.status == "timed-out"


@pytest.mark.usefixtures("behind")
def test_an_unticked_box_is_noticed(stage: Stage) -> None:
    ticks(stage, 1, "ann")
    unticks(stage, 3 + A_SECOND, "bob", "Rollback")
    assert stage.run({**OWN, **SOON}).status == "timed-out"


@pytest.mark.usefixtures("behind")
def test_a_denial_deleted_before_it_is_seen_is_noticed(stage: Stage) -> None:
    stage.says(3 + A_SECOND, "max", "deny - red tests")
    stage.deletes(3 + 2 * A_SECOND, "max", by="bob")
    assert stage.run(SOON).status == "timed-out"


@pytest.mark.usefixtures("behind")
def test_a_closing_that_was_reopened_is_noticed(stage: Stage) -> None:
    stage.at(3 + A_SECOND, lambda: stage.world.close_issue(REPOSITORY, stage.number(), by="max"))
    stage.at(3 + 2 * A_SECOND, lambda: stage.world.reopen_issue(REPOSITORY, stage.number(), by="bob"))
    end = stage.run(SOON)
    assert (end.status, end.code) == ("cancelled", "issue-closed")


@pytest.mark.usefixtures("behind")
def test_a_hidden_approval_is_noticed(stage: Stage) -> None:
    stage.at(3 + A_SECOND, lambda: stage.world.hide_comment(stage.last("lea")))
    assert stage.run(SOON).status == "timed-out"


def test_lists_that_never_agree_do_not_delay_the_end(stage: Stage, mocker: MockerFixture) -> None:
    """A GitHub that updates an issue's time less often in GraphQL than in REST."""
    begin = graphql._Issue.__init__

    def issue(self: Any, it: Issue, *rest: Any) -> None:
        begin(self, it, *rest)
        self.updatedAt = time(it.created_at)

    mocker.patch.object(graphql._Issue, "__init__", issue)
    stage.edits(2, "cid", "approve", by="cid")
    stage.says(2.5, "cid", "approve")
    assert stage.run(SOON).status == "approved"
    assert stage.now() < BEGAN + timedelta(minutes=4)


# The status itself -------------------------------------------------------------------


def confirming(stage: Stage, act: Callable[[], object]) -> None:
    """Do something once, right after the gate's status says that it is confirming."""

    def react(request: Any) -> None:
        if request.method == "PATCH" and "Confirming since" in str(request.body):
            stage.world.script.remove(react)
            act()

    stage.world.script.append(react)


def status(stage: Stage) -> int:
    comments = stage.world.issue(REPOSITORY, stage.number()).comments
    return next(c.id for c in comments if " status nonce=" in c.body)


@pytest.mark.parametrize(("which", "seconds"), [("neither", 0), ("both", 4)])
def test_a_status_that_somebody_edits_meanwhile_still_shows_how_new_a_read_is(
    stage: Stage, which: str, seconds: float
) -> None:
    lags(stage, which, seconds)

    def edits() -> None:
        stage.passed += 1
        stage.world.edit_comment(status(stage), by="bob", body="mine")

    confirming(stage, edits)
    assert stage.run(SOON).status == "approved"


def test_a_status_that_somebody_deletes_meanwhile_is_written_again(stage: Stage) -> None:
    confirming(stage, lambda: stage.world.delete_comment(status(stage), by="bob"))
    end = stage.run(SOON)
    assert end.status == "approved"
    assert stage.now() <= QUORUM + timedelta(seconds=3 + 10 + 12)


def test_on_a_locked_issue_the_conversation_is_read_twice(stage: Stage) -> None:
    stage.at(2, lambda: setattr(stage.world.issue(REPOSITORY, 1), "locked", True))
    stage.fault(method="PATCH", path=f"/repos/{REPOSITORY}/issues/comments/", times=None, status=403)
    lags(stage, "both", 9)
    stage.says(3 + 2 * A_SECOND, "max", "deny - red tests")
    assert stage.run({**SOON, "polling-interval-seconds": "2"}).status == "denied"


def test_an_approval_on_a_locked_issue_is_confirmed(stage: Stage) -> None:
    stage.at(2, lambda: setattr(stage.world.issue(REPOSITORY, 1), "locked", True))
    stage.fault(method="PATCH", path=f"/repos/{REPOSITORY}/issues/comments/", times=None, status=403)
    assert stage.run(SOON).status == "approved"
    assert stage.now() <= QUORUM + timedelta(seconds=3 + 10)
