"""What approvers mean, through the whole program: one of each kind; tests/core/test_objections.py has all.

ann, bob and cid are devops engineers, lea leads, two approvals are needed. ann has approved before bob
comments, and lea approves last.
"""

import pytest

from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.whole.stage import Ended, Killed, Stage


def said_by_bob(stage: Stage, text: str, inputs: dict[str, str] | None = None) -> Ended:
    stage.says(1, "ann", "approve")
    stage.says(2, "bob", text)
    stage.says(3, "lea", "approve")
    return stage.run(inputs or {})


@pytest.mark.parametrize("text", ["No. The migration is broken.", "deny -- migration broken"])
def test_an_objection_holds_until_its_author_answers_and_its_author_is_asked_once(
    stage: Stage, text: str
) -> None:
    end = said_by_bob(stage, text)
    assert (end.status, end.code, end.outputs["approvers"]) == ("timed-out", "window-closed", "")
    assert end.reason == "The window closed with 2 of 2 approvals, from ann and lea. bob objects."
    (notice,) = end.notices()
    assert notice.startswith("@bob, I read [this](")
    assert notice.endswith(
        "as an objection, so the deployment waits. Comment `deny - your reason` to stop it, `approve` to let "
        "it go on, or `revoke` to keep out of it."
    ) or notice.count("`revoke`")
    assert end.replayed() == "timed-out"


@pytest.mark.parametrize("answer", ["approve", "revoke", "approve - was another service, sorry"])
def test_an_objection_ends_with_its_authors_answer(stage: Stage, answer: str) -> None:
    stage.says(5, "bob", answer)
    assert said_by_bob(stage, "No. The migration is broken.").status == "approved"


def test_the_author_of_an_objection_is_asked_within_one_poll(stage: Stage) -> None:
    end = said_by_bob(stage, "nope")
    assert end.issue is not None
    said = next(c.created_at for c in end.issue.comments if c.body == "nope")
    asked = next(c.created_at for c in end.issue.comments if "I read [this]" in c.body)
    assert (asked - said).total_seconds() <= 37


def test_talk_holds_nothing(stage: Stage) -> None:
    end = said_by_bob(stage, "should we wait for the DBA?")
    assert (end.status, end.outputs["approvers"]) == ("approved", "ann,lea")
    assert end.notices() == []


def test_an_approval_withdrawn_in_other_words_holds_until_its_author_answers(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    stage.says(2, "ann", "I take it back")
    stage.says(3, "lea", "approve")
    end = stage.run()
    assert (end.status, end.counted) == ("timed-out", "lea")
    assert [notice.partition(",")[0] for notice in end.notices()] == ["@ann"]


def test_an_objection_behind_a_pasted_log_holds(stage: Stage) -> None:
    log = "".join(f"10:00:{number % 60:02} worker {number} finished its batch\n" for number in range(200))
    end = said_by_bob(stage, f"{log}\nPlease do not deploy yet")
    assert end.reason == "The window closed with 2 of 2 approvals, from ann and lea. bob objects."


QUOTED = (
    "On Mon, Mar 2, 2026 at 2:01 PM gate wrote:\n\n> To answer, comment `approve` or `deny - your reason`.\n"
)


@pytest.mark.parametrize(
    "mail", [f"{QUOTED}\ndeny - broken", "> @bob, please answer.\n\ndeny - broken\n\n-- \nBob\n"]
)
def test_a_denial_below_a_quoted_mail_denies_with_its_own_reason(stage: Stage, mail: str) -> None:
    end = said_by_bob(stage, mail)
    assert (end.status, end.outputs["denied-by"]) == ("denied", "bob")
    assert [vote["note"] for vote in end.record["decision"]["votes"] if vote["verb"] == "deny"] == ["broken"]


def test_a_denial_below_a_greeting_holds_and_its_author_is_asked(stage: Stage) -> None:
    end = said_by_bob(stage, "Hello,\n\ndeny - broken")
    assert end.status == "timed-out"
    assert len(end.notices()) == 1


def test_the_author_of_a_denial_above_a_quoted_mail_is_asked_for_a_reason(stage: Stage) -> None:
    end = said_by_bob(stage, f"deny\n\n{QUOTED}")
    assert (end.status, end.code) == ("denied", "denied-without-reason")
    assert end.notices()[0].startswith("@bob, [your denial](")
    assert "your reason" not in str(end.record["decision"])


WORDS = {"additional-approved-words": "🚀", "additional-denied-words": ":no_entry:,🛑,却下"}


@pytest.mark.parametrize(
    "text", ["🛑 smoke test is red", "🛑🏽 red", ":no_entry: red", "⛔ red", "却下：テスト失敗"]
)
def test_a_configured_word_of_denial_objects(stage: Stage, text: str) -> None:
    end = said_by_bob(stage, text, WORDS)
    assert end.status in {"timed-out", "denied"}
    assert end.outputs["approvers"] == ""
    assert end.notices() or end.status == "denied"


def test_the_issue_lists_the_words_that_the_workflow_added(stage: Stage) -> None:
    end = stage.run(WORDS)
    assert end.issue is not None
    assert "`🚀` approves, too; `:no_entry:`, `🛑` and `却下` deny, too." in end.issue.body


@pytest.mark.parametrize("text", ["🚀🚀", "👍", "looks good to me", "aprove"])
def test_a_probable_approval_gets_one_hint(stage: Stage, text: str) -> None:
    end = said_by_bob(stage, text, WORDS)
    assert (end.status, end.outputs["approvers"]) == ("approved", "ann,lea")
    assert len(end.hints()) == 1


def test_a_known_near_approval_that_its_author_deletes_holds_nothing(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    stage.says(2, "lea", "aprove")
    stage.deletes(3, "lea")
    stage.says(4, "lea", "approve")
    assert stage.run().status == "approved"


# Notices --------------------------------------------------------------------------


def test_approvers_before_a_change_of_the_request_learn_who_changed_it(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    stage.at(2, lambda: stage.world.edit_issue(REPOSITORY, 1, by="cid", title="Something else"))
    end = stage.run()
    (notice,) = end.notices()
    assert notice.startswith("@ann, your [approval](")
    assert " no longer counts: cid changed [the request](" in notice
    assert notice.endswith(") at 14:02 UTC. Read it again and comment `approve` if you still agree.")
    assert end.record["decision"]["votes"][0]["cause"]["by"]["login"] == "cid"
    assert "ann's approval no longer counts: cid changed the request" in end.log


def test_the_author_of_an_edited_approval_learns_what_to_do(stage: Stage) -> None:
    stage.says(1, "bob", "approve")
    stage.edits(2, "bob", "approve - fine")
    (notice,) = stage.run().notices()
    assert (
        "no longer counts: you edited it at 14:02 UTC. Comment `approve` again if you still agree." in notice
    )


def test_the_author_of_a_deleted_approval_learns_who_deleted_it(stage: Stage) -> None:
    stage.says(1, "cid", "approve")
    stage.deletes(3, "cid", by="ann")
    end = stage.run()
    (notice,) = end.notices()
    assert notice.startswith("@cid, your approval no longer counts: ann deleted it at 14:03 UTC.")
    assert end.record["decision"]["votes"][0]["cause"]["by"]["login"] == "ann"


def test_a_person_who_has_answered_again_gets_no_notice(stage: Stage) -> None:
    stage.says(1, "bob", "approve")
    stage.edits(2, "bob", "approve - fine")
    stage.says(2, "bob", "approve")
    assert stage.run().notices() == []


def test_people_who_objected_on_a_replaced_request_are_mentioned_on_the_new_one(stage: Stage) -> None:
    def kill() -> None:
        raise Killed

    stage.says(1, "ann", "approve")
    stage.says(1, "bob", "No. The migration is broken.")
    stage.says(1, "cid", "stop")
    stage.says(1, "cid", "revoke")
    stage.at(2, kill)
    stage.run_to_death(Killed)
    end = stage.run(GITHUB_RUN_ATTEMPT="2")
    (told,) = end.notices()
    assert told.startswith("@bob, you objected on [the earlier request](")
    old = stage.world.issue(REPOSITORY, 1)
    assert "@ann, @bob, @cid: please answer there." in old.comments[-1].body
