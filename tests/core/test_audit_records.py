"""What the record among an issue's comments is worth, and what a request's row takes from it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from approval_gate.core.audit.model import (
    AuditedRequest,
    FollowUp,
    FoundComment,
    FoundIssue,
    RecordState,
    Repository,
    ResultState,
)
from approval_gate.core.audit.records import find_record, find_result, is_request, needs_more
from approval_gate.core.audit.requests import _approvers, _repository, read_request
from approval_gate.core.blocks import fenced
from approval_gate.core.marker import Marker
from approval_gate.core.model import SHARED, Person
from approval_gate.core.record.canonical import indented
from approval_gate.core.record.comments import parts
from approval_gate.core.record.document import rederived
from tests.core.audits import SHOP
from tests.core.evidence import record, signed

RECORD = record("approved")
OTHER = record("approved-alone")
ISSUE = RECORD["issue"]
GATE = Person(id=ISSUE["author"]["id"], login=ISSUE["author"]["login"], bot=True)
GIL = {"id": 77, "login": "gil"}
MALLORY = Person(id=66, login="mallory")
MARKER = Marker(run_id=9, run_attempt=2, nonce=ISSUE["nonce"])
STOPPED = "The closing comment has no record: the gate was stopped before it wrote one."
EDITED_AWAY = "The closing comment was edited, and has no record."
NOT_JSON = "It is not JSON: line 1, Expecting value."
OTHERWISE = "It says something other than its comment."
RESULT: dict[str, Any] = {
    "schema": "approval-gate/result/v1",
    "result": "rolled-back",
    "issue": ISSUE["number"],
    "decision_digest": RECORD["digest"],
    "rolled_back_to": "v1.2.2",
    "follow_up": {
        "number": 43,
        "url": "https://github.com/a/b/issues/43",
        "due_at": "2026-03-04T09:00:00Z",
    },
}


def said(name: str, text: str, *, by: Person | None = GATE, edited: bool = False) -> FoundComment:
    return FoundComment(author=by, text=MARKER.comment(name, text), edited=edited)


def block(document: dict[str, Any]) -> str:
    return fenced(indented(document), "json")


def closing(document: dict[str, Any] = RECORD, **how: Any) -> FoundComment:
    return said("closing", block(document), **how)


def reported(document: dict[str, Any] = RESULT, *, label: str = "rolled-back", **how: Any) -> FoundComment:
    return said(f"result-1-{label}", block(signed(document)), **how)


def issue(*comments: FoundComment, **changes: Any) -> FoundIssue:
    found = FoundIssue(
        repository=SHOP,
        id=ISSUE["id"],
        number=ISSUE["number"],
        url=ISSUE["url"],
        author=GATE,
        opened_at=datetime.fromisoformat(RECORD["asked_at"]),
        is_open=False,
        body=MARKER.body("Please answer."),
        comments=comments,
    )
    return replace(found, **changes)


def state(*comments: FoundComment, **changes: Any) -> tuple[str, str]:
    found = find_record(issue(*comments, **changes))
    return found.state.value, found.problem


# Records ---------------------------------------------------------------------------------


def test_a_request_that_the_deployed_repositorys_own_token_cannot_have_opened_is_forged() -> None:
    shared = replace(GATE, login=SHARED)
    assert state(closing(), author=shared) == ("ok", "")
    url = ISSUE["url"].replace("acme/", "mallory/")
    document = RECORD | {"issue": ISSUE | {"repository": "mallory/shop", "url": url}}
    there = closing(signed(document | rederived(document)))
    assert state(there) == ("ok", "")
    told = f"{SHARED} opened it in mallory/shop, where a workflow of acme/shop cannot write."
    assert state(there, author=shared) == ("forged", told)


def test_an_untouched_record_that_holds_is_ok() -> None:
    assert state(closing()) == ("ok", "")
    assert find_record(issue(closing())).document == RECORD


def test_a_record_in_several_comments_is_put_together() -> None:
    texts = parts(RECORD, 2_000)
    names = ["closing", *(f"record-{place}" for place in range(2, len(texts) + 1))]
    comments = [said(name, text) for name, text in zip(names, texts, strict=True)]
    assert len(comments) > 2
    assert state(*comments) == ("ok", "")
    edited = [*comments[:-1], replace(comments[-1], edited=True)]
    assert state(*edited)[0] == "touched"
    assert needs_more(issue(*comments[1:]))
    assert needs_more(issue(*comments[:-1]))


def test_the_same_comment_twice_is_one() -> None:
    assert state(closing(), closing())[0] == "ok"
    assert state(closing(), closing(OTHER))[0] == "forged"


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        (closing(edited=True), ("touched", "A comment that has the record was edited after it was written.")),
        (closing(by=MALLORY), ("forged", "Another account wrote the only record.")),
        (closing(by=None), ("forged", "Another account wrote the only record.")),
        (closing(RECORD | {"outcome": "denied"}), ("forged", "")),
        (closing(signed(RECORD | {"outcome": "denied"})), ("forged", "")),
        (said("closing", fenced('{"schema": 1}', "json")), ("forged", "")),
        (said("closing", fenced("[", "json")), ("forged", NOT_JSON)),
        (said("closing", "Cancelled."), ("missing", STOPPED)),
        (
            said("closing", "Cancelled.", edited=True),
            ("touched", EDITED_AWAY),
        ),
        (
            said("replaced", "Replaced."),
            ("missing", "A re-run replaced the request before its gate wrote a record."),
        ),
        (said("status", "Approved."), ("missing", "No comment has a record.")),
        (
            FoundComment(author=GATE, text="Nothing to see.", edited=True),
            ("touched", "A comment of the gate's account was edited, and has no marker any more."),
        ),
        (FoundComment(author=MALLORY, text="approve", edited=True), ("missing", "No comment has a record.")),
    ],
)
def test_anything_else_is_touched_missing_or_forged(comment: FoundComment, expected: tuple[str, str]) -> None:
    found, problem = state(comment)
    assert found == expected[0]
    assert problem == expected[1] or (not expected[1] and problem)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"id": 5}, "issue"),
        ({"number": 5}, "number"),
        ({"body": Marker(run_id=9, run_attempt=2, nonce="1" * 32).body("")}, ""),
        ({"author": MALLORY}, ""),
    ],
)
def test_a_record_of_another_issue_is_forged(changes: dict[str, Any], what: str) -> None:
    found = find_record(issue(closing(), **changes))
    assert found.state is not RecordState.OK
    assert what == "" or found.problem == f"The record is about another {what}."


def test_a_record_that_names_another_account_or_nonce_is_forged() -> None:
    other = signed(RECORD | {"issue": RECORD["issue"] | {"nonce": "1" * 32}})
    assert state(closing(other)) == ("forged", "The record is about another nonce.")
    other = signed(RECORD | {"issue": RECORD["issue"] | {"author": {"id": 66, "login": "mallory"}}})
    assert state(closing(other))[0] == "forged"
    assert state(closing(by=MALLORY), author=MALLORY) == ("forged", "The record is about another account.")


def test_only_a_request_whose_end_was_not_read_needs_more() -> None:
    assert not needs_more(issue(closing()))
    assert not needs_more(issue(said("replaced", "Replaced.")))
    assert not needs_more(issue(said("closing", "Cancelled.")))
    assert needs_more(issue(closing(by=MALLORY)))
    assert not needs_more(issue(body="No marker."))
    assert not is_request(issue(body="No marker."))


# Results ---------------------------------------------------------------------------------


def result(*comments: FoundComment) -> tuple[str, str, str]:
    found = find_result(issue(*comments), RECORD)
    return found.state.value, found.label, found.problem


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        (reported(), ("ok", "")),
        (said("result-1-rolled-back", "Rolled back."), ("ok", "")),
        (reported(RESULT | {"decision_digest": None}), ("ok", "")),
        (reported(edited=True), ("doubtful", "Its comment was edited after it was written.")),
        (said("result-1-rolled-back", block(RESULT)), ("doubtful", "Its digest is not that of its content.")),
        (said("result-1-rolled-back", fenced("[", "json")), ("doubtful", NOT_JSON)),
        (
            reported(RESULT | {"result": "deployed"}),
            ("doubtful", OTHERWISE),
        ),
        (reported(RESULT | {"issue": 8}), ("doubtful", "It is about another issue.")),
        (reported(RESULT | {"decision_digest": "sha256:0"}), ("doubtful", "It is about another decision.")),
    ],
)
def test_a_result_is_read_from_its_report(comment: FoundComment, expected: tuple[str, str]) -> None:
    found, label, problem = result(comment)
    assert (found, label) == (expected[0], "rolled-back")
    assert problem == expected[1] or (expected == ("doubtful", "") and problem)


def test_the_last_result_counts_and_one_that_deployed_nothing_undoes_none() -> None:
    skipped = said("result-2-not-deployed", "Not deployed.")
    first, second = said("result-1-deployed", "Deployed."), said("result-2-rolled-back", "Rolled back.")
    assert result(first, second)[1] == "rolled-back"
    assert result(first, skipped)[1] == "deployed"
    assert result(skipped)[1] == "not-deployed"
    assert result(replace(first, author=MALLORY)) == (ResultState.ABSENT.value, "", "")


# Rows ------------------------------------------------------------------------------------


def test_a_row_has_what_the_records_say() -> None:
    due = FollowUp(
        number=43,
        url="https://github.com/a/b/issues/43",
        due_at=datetime(2026, 3, 4, 9, 0, tzinfo=UTC),
    )
    found = read_request(issue(closing(), reported()))
    assert found.rolled_back
    assert found == AuditedRequest(
        repository=Repository(id=1002, name="acme/shop"),
        issue_repository=SHOP,
        number=1,
        reference="acme/shop#1",
        url=ISSUE["url"],
        asked_at=datetime(2026, 3, 2, 14, 0, tzinfo=UTC),
        asked_by="dee",
        deployment_type="standard",
        version="v1.2.3",
        environment="production",
        commit=RECORD["request"]["commit"],
        outcome="approved",
        reason="Approved by cid and lea.",
        approvers=("cid (devops-team)", "lea (platform-leads)"),
        decided_at=datetime(2026, 3, 2, 14, 9, 15, tzinfo=UTC),
        result="rolled-back",
        rolled_back_to="v1.2.2",
        follow_up=due,
        self_approved=False,
        record=RecordState.OK,
        problem="",
        result_problem="",
        details=(),
        run_url=RECORD["request"]["run"]["url"],
        logs_kept_days=90,
        digest=RECORD["digest"],
    )


def row(other: Mapping[str, Any] | None = None, **changes: Any) -> AuditedRequest:
    """Return the row of a record that says something else about the request."""
    document = {**RECORD, **(other or {}), "request": RECORD["request"] | changes}
    return read_request(issue(closing(signed(document | rederived(document)))))


def test_a_row_has_the_details_and_the_person_who_ran_it_again() -> None:
    details = {"Change Ticket": "CHG-42", "Window": "tonight"}
    assert row(details=details).details == (("Change Ticket", "CHG-42"), ("Window", "tonight"))
    started = RECORD["inputs"]["initiators"]["people"]
    people = {"inputs": RECORD["inputs"] | {"initiators": {"complete": True, "people": [*started, GIL]}}}
    assert row(people, triggering_actor=GIL).asked_by == "gil"


def test_a_repository_without_a_number_or_a_name_is_none() -> None:
    assert _repository(None) is None
    assert _repository({"id": 7, "name": ""}) is None
    assert _repository({"id": "7", "name": "acme/shop"}) is None
    assert _repository({"id": 7, "name": "acme/shop"}) == SHOP


@pytest.mark.parametrize(
    ("roles", "shown"),
    [([], "cid"), (["devops-team"], "cid (devops-team)"), (["lead", "owner"], "cid (lead, owner)")],
)
def test_an_approver_is_named_with_the_roles(roles: list[str], shown: str) -> None:
    assert list(_approvers([{"login": "cid", "roles": roles}])) == [shown]


def test_a_result_that_can_be_relied_on_has_no_problem_and_another_says_which() -> None:
    assert read_request(issue(closing(), reported())).result_problem == ""
    edited = read_request(issue(closing(), reported(edited=True)))
    assert edited.result_problem == "Its comment was edited after it was written."


def test_a_result_of_another_decision_than_the_records_is_doubtful() -> None:
    other = reported(RESULT | {"decision_digest": OTHER["digest"]})
    assert read_request(issue(closing(), other)).result_problem == "It is about another decision."


@pytest.mark.parametrize(
    ("comments", "is_open", "outcome"),
    [
        ([], True, ""),
        ([], False, "unknown"),
        ([closing(by=MALLORY)], True, "unknown"),
        ([said("closing", "Cancelled.")], False, "cancelled"),
        ([said("replaced", "Replaced.")], False, "cancelled"),
    ],
)
def test_without_a_record_only_what_the_gate_left_tells_how_it_ended(
    comments: list[FoundComment],
    is_open: bool,  # noqa: FBT001 - a column
    outcome: str,
) -> None:
    row = read_request(issue(*comments, is_open=is_open))
    assert (row.outcome, row.version, row.commit, row.approvers) == (outcome, "", "", ())


@pytest.mark.parametrize("due_at", ["tomorrow", "2026-03-04T09:00:00", 7, None])
def test_a_time_that_cannot_be_read_is_none(due_at: object) -> None:
    follow_up = RESULT["follow_up"] | {"due_at": due_at}
    row = read_request(issue(closing(), reported(RESULT | {"follow_up": follow_up})))
    assert row.follow_up is not None
    assert row.follow_up.due_at is None


@pytest.mark.parametrize("follow_up", [None, {}, "text", {"number": True}, {"number": "43"}])
def test_a_follow_up_without_a_number_is_none(follow_up: object) -> None:
    assert read_request(issue(closing(), reported(RESULT | {"follow_up": follow_up}))).follow_up is None


def test_a_time_at_the_calendars_end_is_none() -> None:
    due = RESULT["follow_up"] | {"due_at": "9999-12-31T23:59:59-14:00"}
    row = read_request(issue(closing(), reported(RESULT | {"follow_up": due})))
    assert row.follow_up == FollowUp(number=43, url=due["url"], due_at=None)
