"""A checklist that must be ticked: who can tick it, what holds an approval, and what people are told."""

import json
import re
from collections.abc import Callable

import pytest

from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.whole.stage import Ended, Stage

TICKED = {"require-checklist": "true"}
LIST = "- [ ] **Tests** - green\n- [ ] Rollback plan\n"
OWN = {**TICKED, "issue-body": LIST}
ALL = r"."


def ticks(stage: Stage, minute: float, login: str, which: str = ALL) -> None:
    """Somebody ticks the boxes on the lines that match, with one edit for all of them."""
    edit_body(
        stage, minute, login, lambda line: line.replace("[ ]", "[x]") if re.search(which, line) else line
    )


def unticks(stage: Stage, minute: float, login: str, which: str = ALL) -> None:
    edit_body(
        stage, minute, login, lambda line: line.replace("[x]", "[ ]") if re.search(which, line) else line
    )


def edit_body(stage: Stage, minute: float, login: str, change: Callable[[str], str]) -> None:
    def edit() -> None:
        issue = stage.world.issues(REPOSITORY)[-1]
        body = "\n".join(change(line) for line in issue.body.split("\n"))
        stage.world.edit_issue(REPOSITORY, issue.number, by=login, body=body)

    stage.at(minute, edit)


def two_approve(stage: Stage, minute: float = 1) -> None:
    stage.says(minute, "ann", "approve")
    stage.says(minute, "bob", "approve")


def test_a_quorum_waits_until_everything_is_ticked(stage: Stage) -> None:
    two_approve(stage)
    ticks(stage, 20, "bob")
    end = stage.run(TICKED)
    assert (end.status, end.code) == ("approved", "quorum")
    assert stage.passed > 20 * 60
    assert "2 approvals, and 18 ticked checklist items" in end.log
    assert end.replayed() == "approved"


def test_without_the_input_the_checklist_need_not_be_ticked(stage: Stage) -> None:
    two_approve(stage)
    end = stage.run()
    assert end.status == "approved"
    assert end.issue is not None
    assert "By approving you confirm these checks." in end.issue.body
    assert "Checklist:" not in end.texts()
    assert end.record["decision"]["checklist"] == []


def test_the_issue_says_that_the_deployment_waits_for_the_ticks(stage: Stage) -> None:
    end = stage.run({**TICKED, "timeout-minutes": "1"})
    assert end.issue is not None
    assert "The deployment waits until people who can approve have ticked every one" in end.issue.body


def test_several_people_can_share_the_list(stage: Stage) -> None:
    ticks(stage, 1, "ann", "Tests")
    ticks(stage, 2, "cid", "Rollback")
    two_approve(stage, 3)
    end = stage.run(OWN)
    assert end.status == "approved"
    assert "**Checklist: 2 of 2**, ticked by @ann (1) and @cid (1)." in end.closing()


def test_the_record_names_who_ticked_what(stage: Stage) -> None:
    ticks(stage, 1, "ann", "Tests")
    ticks(stage, 2, "cid", "Rollback")
    two_approve(stage, 3)
    first, second = stage.run(OWN).record["decision"]["checklist"]
    assert (first["item"], first["by"]["login"], first["problem"]) == ("**Tests** - green", "ann", None)
    assert (second["item"], second["by"]["login"], second["at"]) == (
        "Rollback plan",
        "cid",
        "2026-03-02T14:02:00Z",
    )


def test_the_status_lists_the_open_items(stage: Stage) -> None:
    ticks(stage, 1, "ann", "Tests")
    end = stage.run({**OWN, "timeout-minutes": "5"})
    assert "**Checklist: 1 of 2**, ticked by @ann (1). Still open: Rollback plan." in end.status_comment()
    assert (end.status, end.code) == ("timed-out", "window-closed")


def test_a_quorum_that_timed_out_lists_the_open_items(stage: Stage) -> None:
    two_approve(stage)
    ticks(stage, 2, "ann", "Tests")
    end = stage.run({**OWN, "timeout-minutes": "5"})
    assert (end.status, end.exit_code) == ("timed-out", 3)
    assert end.reason == (
        "The window closed with 2 of 2 approvals, from ann and bob. 1 of 2 checklist items is still open."
    )
    assert "Still open: Rollback plan." in end.closing()


def strangers_tick(stage: Stage) -> None:
    ticks(stage, 2, "gil")


def the_initiator_ticks(stage: Stage) -> None:
    ticks(stage, 2, "cid")


def untick(stage: Stage) -> None:
    ticks(stage, 0.5, "ann", "Tests")
    unticks(stage, 2, "gil", "Tests")


def remove(stage: Stage) -> None:
    """The boxes are ticked, then one is removed, and everybody approves again."""
    ticks(stage, 0.5, "ann")
    edit_body(stage, 2, "gil", lambda line: "" if "Rollback" in line else line)


def reword(stage: Stage) -> None:
    ticks(stage, 0.5, "ann")
    edit_body(stage, 2, "ann", lambda line: line.replace("Rollback plan", "A plan"))


def retick(stage: Stage) -> None:
    """Somebody else unticks a box that an approver ticked, and ticks it again."""
    ticks(stage, 0.5, "ann")
    unticks(stage, 0.6, "gil", "Tests")
    ticks(stage, 0.7, "gil", "Tests")


LACKING = {
    "ticked by a stranger": (strangers_tick, "- Tests is ticked by somebody who cannot approve"),
    "ticked by the initiator": (
        the_initiator_ticks,
        "- Tests is ticked by somebody who cannot approve",
    ),
    "unticked by a stranger": (untick, "Still open: Tests, Rollback plan."),
    "removed": (remove, "- Rollback plan is no longer in the issue; put it back"),
    "reworded": (reword, "- Rollback plan is no longer in the issue; put it back"),
    "ticked again by a stranger": (retick, "- Tests is ticked by somebody who cannot approve"),
}


@pytest.mark.parametrize(("act", "said"), LACKING.values(), ids=LACKING)
def test_an_approval_waits_for_an_item_that_is(stage: Stage, act: Callable[[Stage], None], said: str) -> None:
    stage.world.permit(REPOSITORY, "write", "gil")
    act(stage)
    two_approve(stage, 3)
    end = stage.run(
        {**OWN, "timeout-minutes": "6", "exclude-workflow-initiator-as-approver": "true"}, GITHUB_ACTOR="cid"
    )
    assert end.status == "timed-out"
    assert said in end.closing()


def test_an_approver_can_fix_a_strangers_tick(stage: Stage) -> None:
    ticks(stage, 1, "gil")
    unticks(stage, 2, "ann")
    ticks(stage, 3, "ann")
    two_approve(stage, 4)
    assert stage.run(OWN).status == "approved"


def test_an_approver_alone_waits_for_the_list_too(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    end = stage.run({**OWN, "approve-alone": "devops-team", "timeout-minutes": "5"})
    assert end.status == "timed-out"


def test_a_denial_does_not_wait_for_the_list(stage: Stage) -> None:
    stage.says(1, "ann", "deny - red")
    assert stage.run(OWN).status == "denied"


def test_a_tick_by_a_person_who_left_the_team_does_not_count(stage: Stage) -> None:
    ticks(stage, 1, "cid")
    stage.at(2, lambda: stage.world.leave("acme/devops-team", "cid"))
    two_approve(stage, 3)
    end = stage.run({**OWN, "timeout-minutes": "5"})
    assert end.status == "timed-out"
    assert "- Tests is ticked by somebody who cannot approve" in end.closing()


def test_a_list_that_is_ticked_when_opened_is_unticked_first(stage: Stage) -> None:
    end = stage.run({**TICKED, "issue-body": "- [x] Tests\n", "timeout-minutes": "1"})
    assert end.issue is not None
    assert "- [ ] Tests" in end.issue.body
    assert "Still open: Tests." in end.closing()


def test_the_history_is_read_again_when_it_lags_behind(stage: Stage) -> None:
    ticks(stage, 1, "ann")
    two_approve(stage, 2)
    lagging = {"title": "", "body": "", "createdAt": "2026-03-02T14:00:00Z", "userContentEdits": None}
    answer = json.dumps({"data": {"node": {**lagging, "timelineItems": None}}})
    stage.fault(method="POST", path="/graphql", first=2, status=200, body=answer)
    end = stage.run(OWN)
    assert end.status == "approved"
    assert stage.passed < 3 * 60


def test_a_fault_while_the_history_is_read_is_waited_out(stage: Stage) -> None:
    ticks(stage, 1, "ann")
    two_approve(stage, 2)
    stage.fault(method="POST", path="/graphql", first=2, times=3)
    assert stage.run(OWN).status == "approved"


REFUSED = {
    "no list": ({"checklist": "none"}, 2, "input", "require-checklist: there is no list to tick."),
    "a list too long": (
        {"issue-body": "".join(f"- [ ] {number} {'x' * 90}\n" for number in range(900))},
        2,
        "input",
        "require-checklist: the issue cannot show the whole list.",
    ),
}


@pytest.mark.parametrize(("inputs", "exit_code", "code", "said"), REFUSED.values(), ids=REFUSED)
def test_the_gate_refuses_at_once(
    stage: Stage, inputs: dict[str, str], exit_code: int, code: str, said: str
) -> None:
    stage.world.repos[REPOSITORY].files["docs/list.md"] = LIST
    end = stage.run({**TICKED, **inputs})
    assert (end.exit_code, end.code) == (exit_code, code)
    assert said in end.log
    assert end.issue is None


def test_a_token_that_cannot_read_who_ticks_is_refused_at_once(stage: Stage) -> None:
    for token in stage.world.tokens.values():
        token.graphql = False
    end: Ended = stage.run(OWN)
    assert (end.exit_code, end.code) == (5, "permission")
    assert "by GitHub's GraphQL, which shows who edited" in end.log
    assert end.issue is None


def test_a_token_that_loses_its_permission_stops_the_gate(stage: Stage) -> None:
    def refuse() -> None:
        for token in stage.world.tokens.values():
            token.graphql = False

    stage.at(1, refuse)
    ticks(stage, 2, "ann")
    end = stage.run(OWN)
    assert (end.status, end.code) == ("error", "permission")
    assert end.issue is not None
    assert end.issue.state == "closed"
