"""An overdue follow-up is in the next issue, its owner is told, and types that wait for it are refused."""

from datetime import timedelta

import pytest

from approval_gate.core.follow_up import LABEL
from approval_gate.core.marker import FollowUpMarker
from approval_gate.emulator.world import Issue, Revision
from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.whole.stage import BEGAN, Ended, Stage
from tests.whole.test_policy import EMERGENCY, POLICY, add_policy, run

BOT = "acme-approval-gate[bot]"
TITLE = "Post-mortem of v1.0.0, due Sun 1 March 2026, 14:00 UTC"
UNBLOCKED = POLICY.replace("block-on-overdue: [standard]\n", "")


def plant(
    stage: Stage,
    late: float = 24 * 3600,
    *,
    by: str = BOT,
    owners: tuple[str, ...] = ("dee",),
    title: str = TITLE,
    hours: int = 48,
    number: int = 1,
) -> Issue:
    """Open a follow-up that is late by so many seconds."""
    marker = FollowUpMarker(run_id=1000 + number, run_attempt=1, nonce=f"{number:032x}", hours=hours)
    it = stage.world.open_issue(REPOSITORY, by, title, marker.body("What happened?"))
    it.created_at = it.updated_at = BEGAN - timedelta(hours=hours, seconds=late)
    it.labels, it.assignees = [LABEL], [stage.world.user(login) for login in owners]
    return it


def told(it: Issue) -> list[str]:
    """What the gate said on a follow-up."""
    return [c.body.partition("\n\n<!--")[0] for c in it.comments if " overdue nonce=" in c.body]


def named(end: Ended) -> list[str]:
    assert end.issue is not None
    return [line for line in end.issue.body.splitlines() if line.startswith("- **Overdue**")]


def emergency(stage: Stage) -> Ended:
    stage.says(1, "lea", "approve")
    return run(stage, EMERGENCY)


def test_the_next_issue_names_it_and_its_owner_is_told_once(stage: Stage) -> None:
    it = plant(stage)
    end = emergency(stage)
    assert end.status == "approved"
    (line,) = named(end)
    assert line.startswith("- **Overdue**: [Post-mortem of v1.0.0](http://127.0.0.1:")
    assert line.endswith("/acme/shop/issues/1), due Sun 1 March 2026, 14:00 UTC, assigned to dee")
    assert told(it) == [
        (
            "@dee, this was due on **Sun 1 March 2026, 14:00 UTC**. Until it is closed, the gate refuses "
            "deployments of the type standard.\n\nFinish it, then close this issue."
        )
    ]
    emergency(stage)
    assert len(told(it)) == 1


def test_it_costs_one_request_and_nothing_where_the_policy_has_no_follow_up(stage: Stage) -> None:
    add_policy(stage, UNBLOCKED.replace("follow-up: {hours: 48, title: Post-mortem}\n", ""))
    plant(stage)
    without = run(stage, {"timeout-minutes": "1"})
    assert (named(without), len(without.sent("GET", f"/repos/{REPOSITORY}/issues"))) == ([], 0)
    add_policy(stage, UNBLOCKED)
    stage.world.close_issue(REPOSITORY, 1, by="dee")
    having = run(stage, {"timeout-minutes": "1"})
    (listing,) = having.sent("GET", f"/repos/{REPOSITORY}/issues")
    assert listing.query["labels"] == "follow-up"
    assert len(having.requests) == len(without.requests) + 1


def test_a_listed_type_is_refused_before_anybody_is_asked(stage: Stage) -> None:
    it = plant(stage)
    end = run(stage)
    assert (end.exit_code, end.status, end.code, end.outputs["issue-number"]) == (2, "error", "policy", "")
    assert end.issue is it
    url = f"/{REPOSITORY}/issues/1, due Sun 1 March 2026, 14:00 UTC, assigned to dee."
    assert end.outputs["reason"].startswith(
        "deployment-type: standard is refused while a follow-up is overdue: http://127.0.0.1:"
    )
    assert url in end.outputs["reason"]
    assert "Close each of these issues once its work is done, then run this again." in end.log
    assert len(told(it)) == 1
    run(stage)
    assert len(told(it)) == 1
    assert run(stage, {"deployment-type": "hotfix", "timeout-minutes": "1"}).status == "timed-out"


def test_a_refusal_does_not_depend_on_telling_the_owner(stage: Stage) -> None:
    it = plant(stage)
    stage.fault(method="POST", path=f"/repos/{REPOSITORY}/issues/1/comments", times=None, status=502)
    assert run(stage).code == "policy"
    assert told(it) == []


@pytest.mark.parametrize("listed", ["hotfix", "emergency"])
def test_a_hotfix_or_an_emergency_is_refused_only_if_it_is_listed(stage: Stage, listed: str) -> None:
    plant(stage)
    add_policy(stage, POLICY.replace("block-on-overdue: [standard]", f"block-on-overdue: [{listed}]"))
    inputs = EMERGENCY if listed == "emergency" else {"deployment-type": listed}
    assert run(stage, inputs).code == "policy"
    stage.says(1, "ayo-anu", "approve")
    assert run(stage).status == "approved"


@pytest.mark.parametrize(("late", "code"), [(0, "approved-alone"), (1, "policy")])
def test_it_blocks_from_the_second_after_its_time(stage: Stage, late: float, code: str) -> None:
    plant(stage, late)
    stage.says(1, "ayo-anu", "approve")
    assert run(stage).code == code


def test_closing_it_means_that_it_is_done_and_reopening_it_that_it_is_not(stage: Stage) -> None:
    plant(stage)
    stage.world.close_issue(REPOSITORY, 1, by="mallory")
    stage.says(1, "ayo-anu", "approve")
    assert run(stage).status == "approved"
    stage.world.reopen_issue(REPOSITORY, 1, by="mallory")
    assert run(stage).code == "policy"


def test_a_strangers_copy_of_the_marker_does_not_count(stage: Stage) -> None:
    it = plant(stage, by="mallory")
    stage.says(1, "ayo-anu", "approve")
    end = run(stage)
    assert (end.status, named(end), told(it)) == ("approved", [], [])


def test_a_label_without_the_marker_makes_no_follow_up(stage: Stage) -> None:
    it = plant(stage)
    it.revisions[-1] = Revision("Look into it.", it.author, it.created_at)
    stage.says(1, "ayo-anu", "approve")
    end = run(stage)
    assert (end.status, named(end), told(it)) == ("approved", [], [])


def test_a_comment_of_a_strangers_does_not_replace_the_gates(stage: Stage) -> None:
    it = plant(stage)
    marker = FollowUpMarker(run_id=1001, run_attempt=1, nonce=f"{1:032x}", hours=48)
    stage.world.comment(REPOSITORY, 1, "mallory", marker.comment("overdue", "Nothing to do."))
    run(stage)
    assert [text[:4] for text in told(it)] == ["Noth", "@dee"]


def test_its_time_follows_from_the_marker_whatever_the_title_says(stage: Stage) -> None:
    plant(stage, title="Post-mortem of v1.0.0, due Mon 1 January 2035, 00:00 UTC")
    assert "due Sun 1 March 2026, 14:00 UTC, assigned to dee" in run(stage).outputs["reason"]


def test_a_hostile_title_is_shown_and_does_nothing_else(stage: Stage) -> None:
    plant(stage, title="](http://evil) @acme/devops-team <b>\u202e\n::error::x")
    (line,) = named(emergency(stage))
    assert line.startswith(
        "- **Overdue**: [`](http://evil) @acme/devops-team <b> ::error::x`](http://127.0.0.1:"
    )


def test_of_thirty_five_are_named_and_the_rest_is_counted(stage: Stage) -> None:
    issues = [plant(stage, 3600 * number, number=number, owners=()) for number in range(1, 31)]
    end = emergency(stage)
    assert len(named(end)) == 6
    assert named(end)[0].endswith(
        "/acme/shop/issues/30), due Sun 1 March 2026, 08:00 UTC, assigned to nobody"
    )
    assert named(end)[5] == "- **Overdue**: 25 more follow-ups"
    assert [it.number for it in issues if told(it)] == [26, 27, 28, 29, 30]
    assert told(issues[-1])[0].startswith(
        "This was due on **Sun 1 March 2026, 08:00 UTC**. Nobody is assigned to it. Until it is closed,"
    )
    assert run(stage).outputs["reason"].count("assigned to nobody") == 5


def test_without_blocking_the_owner_is_told_where_it_is_named(stage: Stage) -> None:
    add_policy(stage, UNBLOCKED)
    it = plant(stage)
    run(stage, {"timeout-minutes": "1"})
    assert told(it)[0].endswith(
        "Until it is closed, every approval issue names it.\n\nFinish it, then close this issue."
    )


def test_a_locked_follow_up_is_a_warning(stage: Stage) -> None:
    it = plant(stage)
    it.locked = True
    end = emergency(stage)
    assert end.status == "approved"
    assert "The gate could not say on http://127.0.0.1:" in end.log
    assert "/acme/shop/issues/1 that it is overdue: " in end.log
