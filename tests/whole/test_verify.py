"""A gate's record, held against the issue on which it ended: who wrote what there, and what became of it."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import pytest

from approval_gate.cli.connect import connect
from approval_gate.core.model import SHARED, Conversation
from approval_gate.core.record.checks import Check, State
from approval_gate.core.record.comments import joined
from approval_gate.core.record.origin import compare
from approval_gate.core.record.reading import NotARecordError, parse, record_of
from approval_gate.github.tracker import IssueTracker
from approval_gate.github.wire import static_token
from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.core.evidence import leaves, name, others, put, signed
from tests.core.test_record_verification import covers, listed
from tests.whole.direct import sender
from tests.whole.stage import Ended, Stage

TWO = ("cid", "lea")
GATE = "acme-approval-gate[bot]"


@pytest.fixture
def end(stage: Stage) -> Ended:
    """A deployment that cid and lea approved, an hour ago."""
    stage.says(1, "ann", "Looks fine to me.")
    stage.says(2, "cid", "approve - tested")
    stage.says(3, "lea", "approve")
    end = stage.run()
    assert end.status == "approved"
    stage.passed += 3_600
    return end


def found(
    stage: Stage, document: Mapping[str, Any], number: int = 1, account: str = GATE
) -> dict[str, Check]:
    """Compare a record with an issue, and return what was found by its name."""
    record = record_of(document)
    people = [member.person.id for member in record.inputs.roster or () if member.may_object]
    return {_name(it): it for it in compare(record, conversation(stage, people, number), [account])}


def _name(it: Check) -> str:
    return f"answer {re.findall(r'comment ([0-9]+)', it.detail)[0]}" if it.what == "answer" else it.what


def conversation(stage: Stage, people: Collection[int], number: int = 1) -> Conversation:
    """Read an issue as somebody does who verifies a record."""
    github = stage.github()
    client = connect(static_token("demo-app-token"), github.url, {}, stage, sender(github))
    issue = IssueTracker(client, REPOSITORY).find(number)
    assert issue is not None
    return issue.examine(people)


def wrong(found: Mapping[str, Check]) -> dict[str, str]:
    return {what: it.detail for what, it in found.items() if it.state is State.FAILED}


def comment(stage: Stage, part: str) -> Any:
    return next(it for it in stage.world.issue(REPOSITORY, 1).comments if part in it.body)


def closing(stage: Stage) -> Any:
    return comment(stage, " closing nonce=")


def vote(end: Ended, login: str) -> int:
    return next(it["comment_id"] for it in end.record["decision"]["approvers"] if it["login"] == login)


def test_what_nobody_touched_holds(stage: Stage, end: Ended) -> None:
    it = found(stage, end.record)
    votes = [f"answer {vote(end, login)}" for login in TWO]
    assert [*it] == ["issue", "request", "closing", *votes, "denials", "rights"]
    assert wrong(it) == {}
    assert [check.what for check in it.values() if check.state is State.UNCHECKED] == ["rights"]
    assert it["issue"].detail == f"{GATE} opened it with this record's nonce."
    assert (
        it[votes[0]].detail
        == f"cid wrote comment {vote(end, 'cid')} on 2026-03-02 at 14:02:00 UTC, as recorded."
    )


# The closing comment -----------------------------------------------------------------------


def test_a_strangers_copy_of_the_closing_comment_counts_for_nothing(stage: Stage, end: Ended) -> None:
    stage.world.comment(REPOSITORY, 1, "mallory", closing(stage).body)
    assert wrong(found(stage, end.record)) == {}
    stage.world.delete_comment(closing(stage).id, by=GATE)
    assert wrong(found(stage, end.record)) == {"closing": f"There is no closing comment by {GATE}."}


def test_a_strangers_valid_record_of_another_decision_counts_for_nothing(stage: Stage, end: Ended) -> None:
    forged = signed({**end.record, "gate": "9.9.9"})
    text = f"```json\n{json.dumps(forged)}\n```\n{closing(stage).body.splitlines()[-1]}\n"
    stage.world.comment(REPOSITORY, 1, "mallory", text)
    assert wrong(found(stage, forged)) == {"closing": "The closing comment has another record."}


def test_a_second_closing_comment_of_the_same_account_changes_nothing(stage: Stage, end: Ended) -> None:
    forged = signed({**end.record, "gate": "9.9.9"})
    text = f"```json\n{json.dumps(forged)}\n```\n{closing(stage).body.splitlines()[-1]}\n"
    stage.world.comment(REPOSITORY, 1, GATE, text)
    assert wrong(found(stage, end.record)) == {}
    assert wrong(found(stage, forged)) == {"closing": "The closing comment has another record."}


def test_an_edited_closing_comment_is_touched_even_if_it_reads_as_before(stage: Stage, end: Ended) -> None:
    number, text = closing(stage).id, closing(stage).body
    stage.world.edit_comment(number, by="mallory", body=text.replace("Approved", "Denied"))
    stage.passed += 60
    stage.world.edit_comment(number, by="max", body=text)
    told = "The closing comment was edited by max on 2026-03-02 at 15:04:"
    assert wrong(found(stage, end.record))["closing"].startswith(told)


def test_an_edit_that_takes_the_marker_out_leaves_no_closing_comment(stage: Stage, end: Ended) -> None:
    stage.world.edit_comment(closing(stage).id, by="max", body="gone")
    assert wrong(found(stage, end.record)) == {"closing": f"There is no closing comment by {GATE}."}


def test_a_deleted_record_is_missing(stage: Stage, end: Ended) -> None:
    stage.world.delete_comment(closing(stage).id, by="max")
    assert wrong(found(stage, end.record)) == {"closing": f"There is no closing comment by {GATE}."}


def test_a_record_in_several_comments_is_compared_as_one(stage: Stage) -> None:
    for number in range(100):
        stage.says(1, f"stranger{number}", "approve - " + "x" * 100)
    stage.says(2, "cid", "approve")
    stage.says(3, "lea", "approve")
    end = stage.run()
    stage.passed += 3_600
    parts = [it for it in stage.world.issue(REPOSITORY, 1).comments if " record-" in it.body]
    assert parts
    assert parse(joined([closing(stage).body, *(it.body for it in parts)])) == end.record
    assert wrong(found(stage, end.record)) == {}
    stage.world.edit_comment(parts[-1].id, by="max", body=parts[-1].body + " ")
    assert wrong(found(stage, end.record))["closing"].startswith("The closing comment was edited by max")
    stage.world.delete_comment(parts[-1].id, by="max")
    told = wrong(found(stage, end.record))["closing"]
    assert told.startswith("The closing comment has no record. It is not JSON: ")


def test_every_lie_that_the_document_leaves_to_github_is_caught_there(stage: Stage, end: Ended) -> None:
    people = [user.id for user in stage.world.users.values()]
    told, known = 0, conversation(stage, people)
    for field in listed("`--thread`"):
        for path, value in leaves(end.record):
            if not covers([field], name(path)):
                continue
            for other in others(value):
                document = put(end.record, path, other)
                try:
                    parse(json.dumps(document))
                except NotARecordError:
                    continue
                told += 1
                found = compare(record_of(document), known, [GATE])
                assert any(it.state is State.FAILED for it in found), (field, path)
    assert told > 100


# The issue ---------------------------------------------------------------------------------


def test_an_issue_that_a_stranger_opened_and_closed_with_a_valid_record_is_not_the_gates(
    stage: Stage, end: Ended
) -> None:
    assert wrong(found(stage, end.record, account="Acme-Approval-Gate[bot]")) == {}
    assert wrong(found(stage, end.record, account=SHARED)) == {
        "issue": f"{GATE} opened it, and not {SHARED}. Name the gate's account: --account."
    }


def test_a_workflow_of_another_repository_cannot_have_asked_with_its_own_token(
    stage: Stage, end: Ended
) -> None:
    known = conversation(stage, [])
    there = replace(known, author=replace(known.author, login=SHARED))
    document = end.record
    document["request"]["repository"]["name"] = "mallory/shop"
    for record, told in (
        (end.record, None),
        (document, f"{SHARED} opened it in {REPOSITORY}, where a workflow of mallory/shop cannot write."),
    ):
        issue = next(compare(record_of(signed(record)), there, [SHARED]))
        assert (issue.detail if issue.state is State.FAILED else None) == told


def test_a_record_of_another_issue_is_not_compared_further(stage: Stage, end: Ended) -> None:
    stage.world.open_issue(REPOSITORY, "mallory", "Deploy", stage.world.issue(REPOSITORY, 1).body)
    it = found(stage, end.record, number=2)
    assert [*it] == ["issue"]
    url = end.record["issue"]["url"]
    assert wrong(it) == {"issue": f"{url[:-1]}2 is not the record's issue, which is {url}."}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"nonce": "0" * 32}, "Its marker has another nonce than the record."),
        ({"author": {"id": 7, "login": "eve\u202e"}}, f"{GATE} opened it; the record says eve."),
    ],
)
def test_an_issue_of_another_account_or_request_is_not_the_records(
    stage: Stage, end: Ended, change: Mapping[str, Any], told: str
) -> None:
    document = end.record
    document["issue"] |= change
    assert wrong(found(stage, signed(document))) == {"issue": told}


def test_an_issue_whose_marker_was_taken_out_is_not_the_records(stage: Stage, end: Ended) -> None:
    stage.world.edit_issue(REPOSITORY, 1, by="max", body="Deploy v1.2.3")
    assert wrong(found(stage, end.record)) == {"issue": "Its marker has another nonce than the record."}


def test_ticks_change_nothing(stage: Stage, end: Ended) -> None:
    body = stage.world.issue(REPOSITORY, 1).body
    stage.world.edit_issue(REPOSITORY, 1, by="max", body=body.replace("- [ ]", "- [x]"))
    assert wrong(found(stage, end.record)) == {}


@pytest.mark.parametrize("what", ["title", "body"])
def test_a_request_that_was_changed_since_is_found_even_if_it_was_changed_back(
    stage: Stage, end: Ended, what: str
) -> None:
    issue = stage.world.issue(REPOSITORY, 1)
    text = getattr(issue, what)
    for new in (f"Another {text}", text):
        stage.world.edit_issue(REPOSITORY, 1, by="max", **{what: new})
    told = wrong(found(stage, end.record))["request"]
    assert told.startswith("The title or the text was changed by max on 2026-03-02 at 15:")
    assert told.endswith(", which is not in the record.")


def test_a_text_or_a_title_that_the_record_does_not_have_is_found(stage: Stage, end: Ended) -> None:
    document = end.record
    document["issue"]["body_digest"] = "sha256:" + "0" * 64
    told = "The issue's first text is not the one whose digest the record has."
    assert wrong(found(stage, signed(document)))["request"] == told
    document = end.record
    document["issue"]["title"] = "Another"
    told = f'The title is "{end.record["issue"]["title"]}"; the record says "Another".'
    assert wrong(found(stage, signed(document)))["request"] == told


def test_a_change_that_the_record_has_is_none_and_a_lost_first_text_is_not_checked(stage: Stage) -> None:
    def changes() -> None:
        body = stage.world.issue(REPOSITORY, 1).body
        stage.world.edit_issue(REPOSITORY, 1, by="max", body=f"Read this first.\n\n{body}")

    stage.at(1, changes)
    stage.says(2, "cid", "approve")
    stage.says(3, "lea", "approve")
    end = stage.run()
    assert found(stage, end.record)["request"].state is State.OK
    first = stage.world.issue(REPOSITORY, 1).revisions
    first[0] = replace(first[0], text=None)
    it = found(stage, end.record)["request"]
    assert (it.state, it.detail) == (State.UNCHECKED, "The issue's first text can no longer be read.")


def test_a_record_without_an_issue_is_compared_with_nothing(stage: Stage, end: Ended) -> None:
    assert found(stage, signed({**end.record, "issue": None})) == {}


# The answers -------------------------------------------------------------------------------

Touch = Callable[[Stage, int], object]
TOUCHED: dict[str, tuple[Touch, str]] = {
    "edited by its author": (
        lambda stage, it: stage.world.edit_comment(it, by="cid", body="approve - tested!"),
        "cid wrote comment {}. It was edited by cid on 2026-03-02 at 15:0",
    ),
    "edited by somebody else": (
        lambda stage, it: stage.world.edit_comment(it, by="max", body="deny - no"),
        "cid wrote comment {}. It was edited by max on 2026-03-02 at 15:0",
    ),
    "deleted by its author": (
        lambda stage, it: stage.world.delete_comment(it, by="cid"),
        "cid wrote comment {}, which no longer exists.",
    ),
    "deleted by somebody else": (
        lambda stage, it: stage.world.delete_comment(it, by="max"),
        "cid wrote comment {}, which no longer exists.",
    ),
    "hidden": (lambda stage, it: stage.world.hide_comment(it), "cid wrote comment {}, which is hidden now."),
}


@pytest.mark.parametrize(("touch", "told"), TOUCHED.values(), ids=TOUCHED)
def test_a_vote_that_was_touched_after_the_decision_is_found(
    stage: Stage, end: Ended, touch: Touch, told: str
) -> None:
    identity = vote(end, "cid")
    touch(stage, identity)
    assert wrong(found(stage, end.record))[f"answer {identity}"].startswith(told.format(identity))


def test_somebody_who_was_renamed_is_the_same_person(stage: Stage, end: Ended) -> None:
    stage.world.rename_user("cid", "cidney")
    stage.world.rename_user(GATE, "gatekeeper[bot]")
    assert wrong(found(stage, end.record, account="gatekeeper[bot]")) == {}


def test_a_vote_of_a_deleted_account_is_not_checked(stage: Stage, end: Ended) -> None:
    stage.world.delete_user("cid")
    it = found(stage, end.record)[f"answer {vote(end, 'cid')}"]
    assert (it.state, it.detail) == (
        State.UNCHECKED,
        f"cid wrote comment {vote(end, 'cid')}. The author's account no longer exists.",
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"author": {"id": 7, "login": "eve", "bot": False}}, "cid wrote comment {}; the record says eve."),
        (
            {"created_at": "2026-03-02T14:01:30Z"},
            "cid wrote comment {} on 2026-03-02 at 14:02:00 UTC; the record says on 2026",
        ),
        (
            {"via_email": True},
            "cid wrote comment {} in another way than recorded: through an app or by e-mail.",
        ),
    ],
)
def test_a_vote_that_is_not_as_recorded_is_found(
    stage: Stage, end: Ended, change: Mapping[str, Any], told: str
) -> None:
    document = end.record
    it = next(it for it in document["inputs"]["thread"]["comments"] if it["id"] == vote(end, "cid"))
    it |= change
    assert wrong(found(stage, signed(document)))[f"answer {it['id']}"].startswith(told.format(it["id"]))


def test_a_vote_with_another_text_is_found(stage: Stage, end: Ended) -> None:
    document = end.record
    it = next(it for it in document["inputs"]["thread"]["comments"] if it["id"] == vote(end, "cid"))
    it["revisions"][0]["text"] = "approve - all is well"
    document["left_out"]["texts_cut"] = 1
    it = found(stage, document)[f"answer {it['id']}"]
    assert it.state is State.OK, "a text that was cut says the same"
    document["left_out"]["texts_cut"] = 0
    told = f'cid wrote comment {vote(end, "cid")} with another text: "approve - tested".'
    assert wrong(found(stage, document))[f"answer {vote(end, 'cid')}"] == told


def test_a_text_that_the_record_does_not_have_is_not_the_one_there(stage: Stage, end: Ended) -> None:
    document = end.record
    it = next(it for it in document["inputs"]["thread"]["comments"] if it["id"] == vote(end, "cid"))
    it["revisions"][0]["text"] = None
    assert f"answer {it['id']}" in wrong(found(stage, signed(document)))


# Denials -----------------------------------------------------------------------------------


def test_a_denial_that_came_later_is_found(stage: Stage, end: Ended) -> None:
    identity = stage.world.comment(REPOSITORY, 1, "max", "deny - it is broken").id
    told = wrong(found(stage, end.record))["denials"]
    assert told.startswith("max denied on 2026-03-02 at 15:0")
    assert told.endswith(f", after the decision: comment {identity}.")


def test_a_denial_that_was_taken_back_a_strangers_and_talk_are_not_denials(stage: Stage, end: Ended) -> None:
    stage.world.comment(REPOSITORY, 1, "max", "deny - it is broken")
    stage.passed += 60
    stage.world.comment(REPOSITORY, 1, "max", "approve - it was my network")
    stage.world.comment(REPOSITORY, 1, "mallory", "deny - I do not like it")
    stage.world.comment(REPOSITORY, 1, "ann", "This broke the search, we roll back.")
    assert wrong(found(stage, end.record)) == {}


def test_a_denial_that_a_forged_record_leaves_out_is_found(stage: Stage) -> None:
    stage.says(1, "max", "deny - it is broken")
    document = stage.run().record
    thread, decision = document["inputs"]["thread"], document["decision"]
    thread["comments"], decision["objections"], decision["votes"] = [], [], []
    told = wrong(found(stage, signed(document)))["denials"]
    assert told.startswith("max denied on 2026-03-02 at 14:01:00 UTC, which is not in the record: comment ")


def test_of_a_denied_record_the_denial_is_compared(stage: Stage) -> None:
    stage.says(1, "max", "deny - it is broken")
    end = stage.run()
    assert wrong(found(stage, end.record)) == {}
    identity = end.record["decision"]["objections"][0]["comment_id"]
    stage.passed += 60
    stage.world.edit_comment(identity, by="max", body="it is fine")
    assert wrong(found(stage, end.record))[f"answer {identity}"].startswith(
        f"max wrote comment {identity}. It was edited by max"
    )


def test_a_comment_that_was_deleted_before_the_decision_is_not_checked(stage: Stage) -> None:
    stage.says(1, "ann", "Hello.")
    stage.deletes(2, "ann", by="max")
    stage.says(3, "cid", "approve")
    stage.says(4, "lea", "approve")
    end = stage.run()
    assert end.status == "approved"
    it = found(stage, end.record)["denials"]
    assert it.state is State.UNCHECKED
    assert it.detail.startswith("A comment by ann was deleted on 2026-03-02 at 14:02:00 UTC")


def test_an_objection_that_was_deleted_in_time_is_as_recorded(stage: Stage) -> None:
    stage.says(1, "bob", "No. The migration is broken.")
    stage.deletes(3, "bob", by="max")
    end = stage.run({"timeout-minutes": "5"})
    (objection,) = end.record["decision"]["objections"]
    it = found(stage, end.record)
    assert wrong(it) == {}
    identity = objection["comment_id"]
    told = f"bob wrote comment {identity}, which was deleted before the decision."
    assert it[f"answer {identity}"].detail == told


def test_of_a_gate_that_failed_with_people_asked_the_record_is_compared_too(stage: Stage) -> None:
    stage.says(1, "cid", "approve")
    stage.fault(path=f"/repos/{REPOSITORY}/issues/1/comments$", first=5, times=20, status=500)
    end = stage.run({"timeout-minutes": "5"})
    stage.world.faults.clear()
    it = found(stage, end.record)
    assert "closing" in it
    assert {*wrong(it)} <= {"closing"}


def test_a_record_of_nobody_has_no_denials_to_compare(stage: Stage, end: Ended) -> None:
    document = end.record
    document["inputs"] |= {"rule": None, "roster": None, "thread": None, "now": None}
    document["decision"] = None
    it = found(stage, signed(document))["denials"]
    assert (it.state, it.detail) == (State.UNCHECKED, "According to the record, nobody was asked.")
