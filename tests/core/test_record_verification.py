"""A record is verified by itself: what follows from the rest is derived again, and the parts must agree."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from approval_gate.core.artifacts import Artifact
from approval_gate.core.facts import Change
from approval_gate.core.model import Modification, Person
from approval_gate.core.policy.model import digest as digest_of
from approval_gate.core.policy.schema import read_policy
from approval_gate.core.record.canonical import canonical
from approval_gate.core.record.checks import Check, State, failed, ok, unchecked
from approval_gate.core.record.compiled import compiled
from approval_gate.core.record.document import rederived
from approval_gate.core.record.origin import _made, out_of_reach
from approval_gate.core.record.plain import plain
from approval_gate.core.record.reading import NotARecordError, parse, record_of
from approval_gate.core.record.verification import check, deployed, expected
from approval_gate.core.timing import LAG
from tests.core.evidence import Path_, leaves, name, others, put, record, signed
from tests.core.records import source
from tests.golden.runs import RUNS

ROOT = Path(__file__).parents[2]
POLICY = (ROOT / "examples/approval-policy.yml").read_text(encoding="utf-8")
DOCUMENT = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
DERIVED = ("outcome", "reason_code", "reason", "exit_code", "decided_at", "decision", "digest", "schema")
RECORDED = [run for run in RUNS if run != "swept"]
LIED = (
    "approved",
    "denied",
    "timed-out",
    "cancelled",
    "closed-by-a-person",
    "emergency",
    "checklist",
    "commit-authors",
    "edited-and-deleted",
    "outage",
    "policy-changed",
    "input-error",
    "checks",
    "check-failed",
    "check-waived",
)
"""A record of each outcome and of each part that a record can have."""
APPROVED = {"approved", "emergency", "checklist", "checks", "check-waived"}


def listed(row: str) -> list[str]:
    """Return the fields that the document's table has in a row."""
    (found,) = re.findall(rf"^\| (.*) \| [^|]*{re.escape(row)}[^|]*\|$", DOCUMENT, re.MULTILINE)
    return re.findall(r"`([a-z_.*]+)`", found)


def covers(fields: list[str], path: str) -> bool:
    return any(fnmatchcase(path, field) or path.startswith(f"{field}.") for field in fields)


def failures(document: Mapping[str, Any]) -> list[str]:
    return [it.what for it in check(document) if it.state is State.FAILED]


@pytest.mark.parametrize("run", RECORDED)
def test_nothing_in_a_gates_own_record_fails(run: str) -> None:
    own = check(parse(canonical(record(run))))
    found = [it for it in own if it.what != "source"]
    assert [it.what for it in found] == ["form", "digest", "outcome", "decision", "times", "parts"]
    assert [it for it in own if it.state is State.FAILED] == []
    unchecked = [it.what for it in found if it.state is State.UNCHECKED]
    assert unchecked == (["outcome"] if record(run)["outcome"] == "error" else [])
    assert all(it.detail.isprintable() and it.detail for it in own)


@pytest.mark.parametrize("run", RECORDED)
def test_all_that_a_record_derives_follows_from_the_rest_of_it(run: str) -> None:
    document = record(run)
    again = rederived(document)
    if document["inputs"]["error"] is None:
        assert again == {key: document[key] for key in again}
    assert again["decision"] == document["decision"]


def test_a_wrong_digest_is_found_and_computed() -> None:
    document = record("approved")
    right, document["digest"] = document["digest"], "sha256:0\u202e"
    (found,) = [it for it in check(document) if it.state is State.FAILED]
    assert (found.what, found.detail) == ("digest", f"It is {right}, and the record states sha256:0.")


# Forged approvals --------------------------------------------------------------------------


def approve(document: dict[str, Any]) -> dict[str, Any]:
    """Have a record say that it was approved."""
    told = {
        "outcome": "approved",
        "reason_code": "quorum",
        "reason": "Approved by cid and lea.",
        "exit_code": 0,
    }
    return signed({**document, **told})


@pytest.mark.parametrize("run", [run for run in LIED if run not in APPROVED])
def test_no_record_is_made_an_approval_by_saying_so(run: str) -> None:
    assert "outcome" in failures(approve({**record(run), "outcome": "denied"}))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("inputs", "confirmation"), None),
        (("inputs", "confirmation", "people"), []),
        (("inputs", "confirmation", "tags"), []),
        (("inputs", "confirmation", "tags", 0, "commit"), "f" * 40),
        (("request", "commit"), "f" * 40),
        (("policy", "digest"), "sha256:" + "f" * 64),
        (("inputs", "confirmation", "policy"), None),
        (("inputs", "stopped"), {"signal": "SIGTERM", "elapsed_seconds": 5}),
        (("inputs", "error"), {"code": "outage", "reason": "x", "exit_code": 5}),
        (("inputs", "roster", 0, "ineligibility"), None),
    ],
)
def test_an_approval_without_one_of_its_grounds_is_not_one(path: Path_, value: object) -> None:
    document = record("policy")
    if path[1] == "roster":
        who = document["decision"]["approvers"][0]["id"]
        place = next(i for i, it in enumerate(document["inputs"]["roster"]) if it["person"]["id"] == who)
        path, value = ("inputs", "roster", place, "ineligibility"), "has no write access to this repository"
    assert failures(put(document, path, value))[0] == "outcome"


def test_the_lie_is_named_with_what_its_inputs_come_to() -> None:
    found = {it.what: it.detail for it in check(approve(record("denied")))}
    told = "Its inputs lead to denied (denied). These fields differ: outcome, reason_code and 2 more fields."
    assert found["outcome"] == told
    document = put(record("approved"), ("inputs", "confirmation"), None)
    found = {it.what: it.detail for it in check(document)}
    assert found["outcome"].startswith("Its inputs lead to no outcome. These fields differ: ")
    assert "decision.outcome" in found["decision"]


def test_an_error_is_an_input_that_nothing_derives() -> None:
    found = {it.what: it for it in check(record("outage"))}
    assert found["outcome"].state is State.UNCHECKED
    assert found["outcome"].detail == "error (outage): an error cannot be derived again."
    assert {it.what: it for it in check(record("input-error"))}["decision"].detail == "Nobody was asked."


# Times and parts ---------------------------------------------------------------------------

LATER, EARLIER = "2026-03-03T15:00:00Z", "2026-03-01T15:00:00Z"


def edited(document: dict[str, Any]) -> dict[str, Any]:
    comments = document["inputs"]["thread"]["comments"]
    return next(it for it in comments if len(it["revisions"]) > 1)


FIRST = record("approved")["inputs"]["thread"]["comments"][0]["id"]
EDITED = edited(record("approved"))["id"]
TIMES: dict[str, tuple[str, Callable[[dict[str, Any]], object], str]] = {
    "answers, and no issue": (
        "approved",
        lambda it: it.update(issue=None, asked_at=None),
        "The window does not begin when the issue was opened.",
    ),
    "a confirmation before the answers": (
        "approved",
        lambda it: it["inputs"]["confirmation"].update(at=it["asked_at"]),
        "The confirmation has an impossible time.",
    ),
    "an issue without a time": (
        "approved",
        lambda it: it.update(asked_at=None),
        "There is an issue without a time, or a time without an issue.",
    ),
    "another beginning": (
        "approved",
        lambda it: it.update(asked_at="2026-03-02T14:00:05Z"),
        "The window does not begin when the issue was opened.",
    ),
    "an early end": (
        "approved",
        lambda it: it.update(ended_at=EARLIER),
        "The end has an impossible time.",
    ),
    "a late decision": (
        "approved",
        lambda it: it.update(ended_at=it["asked_at"]),
        "The decision has an impossible time.",
    ),
    "a late confirmation": (
        "approved",
        lambda it: it["inputs"]["confirmation"].update(at=LATER),
        "The confirmation has an impossible time.",
    ),
    "an early person": (
        "approved",
        lambda it: it["inputs"]["confirmation"]["people"][0].update(at=EARLIER),
        "The confirmation has an impossible time.",
    ),
    "a late tag": (
        "approved",
        lambda it: it["inputs"]["confirmation"]["tags"][0].update(at=LATER),
        "The confirmation has an impossible time.",
    ),
    "a late policy": (
        "policy",
        lambda it: it["inputs"]["confirmation"]["policy"].update(at=LATER),
        "The confirmation has an impossible time.",
    ),
    "a comment before the issue": (
        "approved",
        lambda it: it["inputs"]["thread"]["comments"][0].update(created_at=EARLIER),
        "has an impossible time.",
    ),
    "a comment with two times": (
        "approved",
        lambda it: it["inputs"]["thread"]["comments"][0].update(created_at="2026-03-02T14:00:02Z"),
        "has two different times of writing.",
    ),
    "a decision before the issue": (
        "approved",
        lambda it: it["inputs"].update(now=EARLIER),
        "The decision has an impossible time.",
    ),
    "a comment after the decision": (
        "approved",
        lambda it: it["inputs"]["thread"]["comments"][0].update(created_at=LATER),
        f"Comment {FIRST} has an impossible time.",
    ),
    "an edit before its comment": (
        "approved",
        lambda it: edited(it)["revisions"][1].update(at=EARLIER),
        f"Comment {EDITED} has an impossible time.",
    ),
    "an edit after the decision": (
        "approved",
        lambda it: edited(it)["revisions"][1].update(at=LATER),
        "has an impossible time.",
    ),
}
PARTS: dict[str, tuple[str, Callable[[dict[str, Any]], object], str]] = {
    "a request that is not known": (
        "approved",
        lambda it: it["request"].update(run=None),
        "The record has an issue, but lacks the run, the commit or the people that it is about.",
    ),
    "another type": (
        "policy",
        lambda it: it["policy"].update(type="hotfix"),
        "The policy is about another type of deployment.",
    ),
    "no approval": (
        "denied",
        lambda it: it["inputs"]["rule"].update(minimum=0),
        "The rule requires no approval.",
    ),
    "no list": (
        "checklist",
        lambda it: it.update(checklist=None),
        "The checklist is not the one that the rule requires.",
    ),
    "an error that passed": (
        "outage",
        lambda it: it["inputs"]["error"].update(exit_code=0),
        "The error has the exit code of a success.",
    ),
    "two answers in one comment": (
        "approved",
        lambda it: [one.update(id=7) for one in it["inputs"]["thread"]["comments"]],
        "Comments do not each have an id of their own.",
    ),
    "answers in no comment": (
        "approved",
        lambda it: it["inputs"]["thread"]["comments"][0].update(id=0),
        "Comments do not each have an id of their own.",
    ),
    "a bot among the approvers": (
        "approved",
        lambda it: it["inputs"]["roster"][2]["person"].update(bot=True),
        "cid is a bot, but is not barred as one.",
    ),
    "a list that is not required": (
        "checklist",
        lambda it: it["checklist"].update(required=False),
        "The checklist is not the one that the rule requires.",
    ),
    "another list": (
        "checklist",
        lambda it: it["checklist"].update(items=["Another"]),
        "The checklist is not the one that the rule requires.",
    ),
    "another tag": (
        "denied",
        lambda it: it["request"].update(ref="refs/tags/v9"),
        "The deployed tag is not among those that were checked.",
    ),
    "another account": (
        "denied",
        lambda it: it["issue"]["author"].update(id=7),
        "The issue and the conversation are by different accounts.",
    ),
    "a commit that is none": (
        "denied",
        lambda it: it["request"].update(commit="main"),
        "request.commit is main, which is malformed.",
    ),
    "a nonce that is none": (
        "denied",
        lambda it: it["issue"].update(nonce="x\u202ey"),
        "issue.nonce is xy, which is malformed.",
    ),
    "a workflow's commit that is none": (
        "denied",
        lambda it: it["request"]["workflow"].update(commit="main"),
        "request.workflow.commit is main, which is malformed.",
    ),
    "an issue's digest that is none": (
        "denied",
        lambda it: it["issue"].update(body_digest="sha256:0"),
        "issue.body_digest is sha256:0, which is malformed.",
    ),
    "a policy's digest that is none": (
        "policy",
        lambda it: it["policy"].update(digest="sha256:0"),
        "policy.digest is sha256:0, which is malformed.",
    ),
    "a policy's commit that is none": (
        "policy",
        lambda it: it["policy"].update(commit="main"),
        "policy.commit is main, which is malformed.",
    ),
    "an artifact without a digest": (
        "policy",
        lambda it: it["request"]["artifacts"][1].update(digest="v1.2.3"),
        "request.artifacts is v1.2.3, which is malformed.",
    ),
    "another run": (
        "denied",
        lambda it: it["request"]["run"].update(id=7),
        "The run's address is of another run.",
    ),
    "an address that is none": (
        "denied",
        lambda it: it["request"]["run"].update(url=it["request"]["run"]["url"].replace("http", "javascript")),
        "The run's address is of another run.",
    ),
    "another issue": (
        "denied",
        lambda it: it["issue"].update(number=9),
        "The issue's address is of another issue.",
    ),
    "another server": (
        "denied",
        lambda it: it["issue"].update(url="https://elsewhere.example/acme/shop/issues/1"),
        "The issue's address is of another issue.",
    ),
    "another workflow": (
        "denied",
        lambda it: it["request"]["workflow"].update(ref="evil/shop/.github/workflows/x.yml@refs/heads/main"),
        "The workflow is of another repository.",
    ),
    "somebody twice": (
        "denied",
        lambda it: it["inputs"]["roster"].append(it["inputs"]["roster"][0]),
        "Somebody is on the roster twice.",
    ),
    "an unknown initiator": (
        "denied",
        lambda it: (
            it["request"]["actor"].update(id=7, login="eve\n"),
            it["inputs"].update(initiators={"people": [], "complete": True}),
        ),
        "eve started the run, but is not among its initiators.",
    ),
    "barred for nothing": (
        "denied",
        lambda it: it["inputs"]["roster"][0].update(ineligibility="asked for this deployment"),
        "is barred for starting the run, but did not start it.",
    ),
    "barred as an author": (
        "denied",
        lambda it: it["inputs"]["roster"][0].update(ineligibility="wrote some of what is deployed"),
        "is barred as an author, but is not one.",
    ),
    "barred as a bot": (
        "denied",
        lambda it: it["inputs"]["roster"][0].update(ineligibility="is not a person"),
        "is barred as a bot, but is not one.",
    ),
    "a stranger confirmed": (
        "approved",
        lambda it: it["inputs"]["confirmation"]["people"].append(
            {**it["inputs"]["confirmation"]["people"][0], "id": 7}
        ),
        "was confirmed, but the roster has another entry or none.",
    ),
    "another name confirmed": (
        "approved",
        lambda it: it["inputs"]["confirmation"]["people"][0].update(login="eve"),
        "eve was confirmed, but the roster has another entry or none.",
    ),
    "another role confirmed": (
        "approved",
        lambda it: it["inputs"]["confirmation"]["people"][0]["membership"][0].update(role="boss"),
        "was confirmed, but the roster has another entry or none.",
    ),
}


@pytest.mark.parametrize(("seconds", "found"), [(0, []), (-LAG, []), (-LAG - 1, ["times"])])
def test_what_github_says_can_be_behind_what_was_written(seconds: float, found: list[str]) -> None:
    document = record("denied")
    asked_at = datetime.fromisoformat(document["asked_at"])
    comment = document["inputs"]["thread"]["comments"][0]
    comment["created_at"] = (asked_at + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    comment["revisions"][0]["at"] = comment["created_at"]
    assert [it for it in failures(signed(document)) if it == "times"] == found


def test_somebody_barred_for_starting_the_run_is_known_by_id_or_by_name() -> None:
    document = record("denied")
    actor = document["request"]["triggering_actor"]
    member = document["inputs"]["roster"][0]
    member.update(
        person={**member["person"], "id": 7, "login": actor["login"].upper()},
        ineligibility="asked for this deployment",
    )
    assert "parts" not in failures(signed(document))
    actor.update(id=7, login="someone")
    document["inputs"]["initiators"] = None
    assert "parts" not in failures(signed(document))


def test_an_approver_who_lost_one_of_two_roles_contradicts_nothing() -> None:
    document = record("approved")
    document["inputs"]["confirmation"]["people"][0]["membership"].append({"role": "boss", "answer": "left"})
    assert failures(signed(document)) == []


@pytest.mark.parametrize(("run", "lie", "words"), TIMES.values(), ids=TIMES)
def test_times_that_cannot_be_are_found(
    run: str, lie: Callable[[dict[str, Any]], object], words: str
) -> None:
    assert_found("times", run, lie, words)


@pytest.mark.parametrize(("run", "lie", "words"), PARTS.values(), ids=PARTS)
def test_parts_of_different_requests_are_found(
    run: str, lie: Callable[[dict[str, Any]], object], words: str
) -> None:
    assert_found("parts", run, lie, words)


def assert_found(what: str, run: str, lie: Callable[[dict[str, Any]], object], words: str) -> None:
    document = record(run)
    lie(document)
    found = {it.what: it for it in check(signed(document))}[what]
    assert found.state is State.FAILED
    assert re.search(f"(^| ){re.escape(words)}( |$)", found.detail)


def test_the_workflow_is_compared_as_github_compares_names() -> None:
    document = record("denied")
    document["request"]["workflow"]["ref"] = "Acme/Shop/.github/workflows/deploy.yml@refs/tags/v1.2.3"
    assert failures(signed(document)) == []


def test_at_most_three_problems_are_named_in_a_line() -> None:
    document = record("denied")
    for number, member in enumerate(document["inputs"]["roster"]):
        member["ineligibility"] = "is not a person" if number % 2 else "wrote some of what is deployed"
    found = {it.what: it.detail for it in check(signed(document))}
    assert found["parts"].count(". ") == 2


# Its issue ---------------------------------------------------------------------------------


def test_a_record_without_an_issue_or_of_another_server_cannot_be_compared() -> None:
    document = record("denied")
    assert out_of_reach(record_of(document), "HTTP://127.0.0.1:1") is None
    document["issue"]["url"] = "https://elsewhere.example/" + "x" * 200
    shown = document["issue"]["url"][:199] + "…"
    assert out_of_reach(record_of(document), "https://github.com") == failed(
        "issue", f"{shown} is not on https://github.com."
    )
    document["issue"] = None
    assert out_of_reach(record_of(document), "https://github.com") == failed(
        "issue", "The record names no issue that it could be compared with."
    )


def test_a_change_by_an_account_that_github_does_not_name_is_one() -> None:
    at = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    said = _made("It was edited", Modification(by=None, at=at))
    assert said == "It was edited by an account that GitHub does not name on 2026-03-02 at 15:00:00 UTC"
    said = _made("It was edited", Modification(by=Person(id=1, login="ann"), at=at))
    assert said == "It was edited by ann on 2026-03-02 at 15:00:00 UTC"


# What a deployment expects -----------------------------------------------------------------

COMMIT = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"expected": "approved"}, Check("expected", State.OK, "approved")),
        ({"expected": "denied"}, Check("expected", State.FAILED, "The record has approved, not denied.")),
        ({"commit": COMMIT.upper()}, Check("commit", State.OK, COMMIT)),
        (
            {"commit": COMMIT[:7]},
            Check("commit", State.FAILED, f"The record has {COMMIT}, not {COMMIT[:7]}."),
        ),
        (
            {"commit": None},
            Check("commit", State.UNCHECKED, f"The record has {COMMIT}. Add --commit to compare it."),
        ),
        ({"repository": "ACME/shop"}, Check("repository", State.OK, "acme/shop")),
        (
            {"environment": "Production"},
            Check("environment", State.FAILED, "The record has production, not Production."),
        ),
        ({"version": "v1.2.3"}, Check("version", State.OK, "v1.2.3")),
        ({"version": "v1\u202e2"}, Check("version", State.FAILED, "The record has v1.2.3, not v12.")),
    ],
)
def test_a_record_is_compared_with_what_is_expected(wanted: dict[str, str | None], found: Check) -> None:
    assert [*expected(record_of(record("approved")), wanted)] == [found]


@pytest.mark.parametrize(
    ("digits", "found"),
    [
        (None, unchecked("artifact", "The record has 2 artifacts. Add --artifact to compare.")),
        ({"shop-api": "a"}, ok("artifact", "shop-api")),
        (
            {"shop-api": "b"},
            failed("artifact", f"The record has sha256:{'a' * 64} for shop-api, not sha256:{'b' * 64}."),
        ),
        ({"shop": "a"}, failed("artifact", "The record does not name shop.")),
    ],
)
def test_what_is_deployed_is_compared_with_the_artifacts_of_a_record(
    digits: dict[str, str] | None, found: Check
) -> None:
    document = record("approved")
    document["request"]["artifacts"] = [
        {"name": name, "digest": f"sha256:{digit * 64}"} for name, digit in (("shop-api", "a"), ("web", "b"))
    ]
    wanted = [Artifact(name=name, digest=f"sha256:{it * 64}") for name, it in (digits or {}).items()]
    assert [*deployed(record_of(document), wanted)] == [found]
    assert [*deployed(record_of(record("approved")), ())] == []


def test_nothing_that_is_expected_is_in_a_record_that_does_not_say_it() -> None:
    document = record("approved")
    document["request"] = {**dict.fromkeys(document["request"]), "artifacts": []}
    wanted = {"commit": COMMIT, "environment": "none", "version": "", "repository": "none"}
    found = [*expected(record_of(document), wanted)]
    assert [it.state for it in found] == [State.FAILED] * 4
    assert found[0].detail == f"The record has none, not {COMMIT}."


# The policy --------------------------------------------------------------------------------


def against(document: dict[str, Any], text: str = POLICY) -> dict[str, Check]:
    policy = read_policy(text.encode())
    return {it.what: it for it in compiled(record_of(document), policy, digest_of(text))}


def wrong(found: Mapping[str, Check]) -> dict[str, str]:
    return {what: it.detail for what, it in found.items() if it.state is State.FAILED}


TYPES = {"policy": "standard", "emergency": "emergency"}


@pytest.mark.parametrize("run", TYPES)
def test_a_record_follows_from_its_policy(run: str) -> None:
    found = against(record(run))
    assert wrong(found) == {}
    assert [*found] == ["policy", "rule", "roles", "limits"]
    assert found["rule"].detail == f"It is what the document requires for {TYPES[run]}."
    assert found["roles"].detail == "The document has the roles of all 9 people."
    assert found["limits"].detail == "Ref, details, checklist and barred people are as the document says."


def test_what_the_steps_inputs_can_change_is_not_held_against_the_policy() -> None:
    document = record("policy")
    rule = document["inputs"]["rule"]
    rule["vocabulary"]["approve"].append("ship it")
    rule["denial_needs_reason"] = not rule["denial_needs_reason"]
    rule["closing_denies"] = not rule["closing_denies"]
    rule["email_votes"] = not rule["email_votes"]
    assert wrong(against(document)) == {}
    rule["minimum"], rule["alone"] = 7, []
    assert wrong(against(document))["rule"] == "By the document, these fields differ: minimum and alone."


def test_every_lie_about_the_policy_that_the_document_lists_is_caught() -> None:
    for field in listed("`--policy`"):
        told = [
            put(record(run), path, other)
            for run in ("policy", "emergency")
            for path, value in leaves(record(run))
            if covers([field], name(path))
            for other in others(value)
        ]
        assert told, field
        assert any(caught(document) for document in told), field


def caught(document: dict[str, Any]) -> bool:
    try:
        return bool(wrong(against(parse(canonical(document)))))
    except NotARecordError:
        return False


def test_another_document_is_named_by_its_digest_and_its_rule_compared_all_the_same() -> None:
    text = POLICY.replace("minimum-approvals: 2", "minimum-approvals: 3")
    found = wrong(against(record("policy"), text))
    stated = record("policy")["policy"]["digest"]
    assert found == {
        "policy": f"People were asked under {stated}, and this is {digest_of(text)}.",
        "rule": "By the document, these fields differ: minimum.",
    }


def test_a_check_that_the_document_does_not_waive_is_found() -> None:
    document = record("policy")
    _, *others = document["inputs"]["rule"]["conditions"]
    document["inputs"]["rule"]["conditions"] = others
    assert wrong(against(document))["rule"] == (
        "The record leaves out the check All tests passing, which the document does not waive."
    )
    document["policy"]["type"] = "emergency"
    assert "The document does not have the checks No active incidents, " in wrong(against(document))["rule"]


def test_a_check_that_requires_less_than_the_document_is_found() -> None:
    document = record("policy")
    conditions = document["inputs"]["rule"]["conditions"]
    conditions[0]["required"] = False
    assert wrong(against(document))["rule"] == (
        "The document requires something else of the check All tests passing."
    )
    conditions[0]["required"] = True
    conditions.append(conditions.pop(0))
    assert wrong(against(document))["rule"] == "The checks are not in the document's order."


def test_a_detail_that_a_check_used_is_the_request_s() -> None:
    document = record("policy")
    (detail,) = document["inputs"]["facts"]["details"]
    detail["value"] = "CHG-1"
    assert wrong(against(document)) == {
        "limits": "The checks used another change-ticket than the request states."
    }
    document["request"]["details"] = {"Change ticket": "CHG-1"}
    assert wrong(against(document)) == {}
    detail["name"] = "none"
    assert "The checks used another none than" in wrong(against(document))["limits"]


def test_a_step_can_shorten_the_window_and_not_lengthen_it() -> None:
    document = record("policy")
    document["inputs"]["rule"]["window"] = 60
    assert wrong(against(document)) == {}
    document["inputs"]["rule"]["window"] = 3_601
    assert wrong(against(document)) == {"rule": "By the document, these fields differ: window."}


def test_roles_that_the_document_does_not_have_are_found() -> None:
    document = record("policy")
    member = document["inputs"]["roster"][0]
    member["roles"] = ["boss"]
    assert wrong(against(document))["roles"] == (
        f"The document gives other roles to {member['person']['login']}."
    )


def test_what_the_document_does_not_allow_is_found() -> None:
    document = record("emergency")
    document["request"].update(ref="refs/heads/evil", details={"Incident": "x"})
    document["inputs"]["initiators"] = {
        "people": [document["decision"]["approvers"][0] | {}],
        "complete": True,
    }
    person = {key: document["decision"]["approvers"][0][key] for key in ("id", "login")}
    document["inputs"]["initiators"]["people"] = [person]
    document["checklist"]["items"].pop()
    change = Change(source=source("GitHub"), commits=1, authors=(Person(**person),))
    document["inputs"]["facts"]["change"] = plain(change)
    for bar in ("workflow-initiator", "commit-authors"):
        found = wrong(against(document, f"{POLICY}exclude: [{bar}]\n"))["limits"]
        assert "The document does not allow refs/heads/evil." in found
        assert f"The document bars {person['login']}, but the record does not." in found
        assert "The document's checklist has 1 item that nobody was shown." in found
        assert "The document requires root-cause, justification and post-mortem, which" in found


def test_those_whom_the_document_bars_are_named_whether_they_started_the_run_or_wrote_the_change() -> None:
    document = record("emergency")
    people = [member["person"] for member in document["inputs"]["roster"][:2]]
    first, second = ({"id": person["id"], "login": person["login"]} for person in people)
    for member in document["inputs"]["roster"]:
        member["ineligibility"] = None
    document["inputs"]["initiators"] = {"people": [first], "complete": True}
    change = Change(source=source("GitHub"), commits=1, authors=(Person(**second),))
    document["inputs"]["facts"]["change"] = plain(change)
    both = f"The document bars {first['login']} and {second['login']}, but the record does not."
    bars = "exclude: [workflow-initiator, commit-authors]\n"
    assert wrong(against(document, POLICY + bars))["limits"] == both
    only_first = both.replace(f" and {second['login']}", "")
    assert wrong(against(document, f"{POLICY}exclude: [workflow-initiator]\n"))["limits"] == only_first
    assert "limits" not in wrong(against(document, POLICY))


def test_everything_that_differs_is_named_in_one_line() -> None:
    document = record("policy")
    document["inputs"]["rule"]["minimum"] = 7
    document["inputs"]["rule"]["conditions"][0]["required"] = False
    assert wrong(against(document))["rule"] == (
        "By the document, these fields differ: minimum. "
        "The document requires something else of the check All tests passing."
    )
    document = record("policy")
    (detail,) = document["inputs"]["facts"]["details"]
    document["inputs"]["facts"]["details"] = [
        detail | {"name": name, "value": "CHG-1"} for name in ("one", "other")
    ]
    document["checklist"] = None
    assert re.fullmatch(
        r"The checks used another one and other than the request states\. "
        r"The document's checklist has [0-9]+ items that nobody was shown\.",
        wrong(against(document))["limits"],
    )


def test_a_single_person_is_one() -> None:
    document = record("policy")
    del document["inputs"]["roster"][1:]
    assert against(document)["roles"].detail == "The document has the roles of all 1 person."


def test_without_a_policy_or_its_type_or_people_little_is_compared() -> None:
    assert wrong(against(record("approved"))) == {
        "policy": "The record names no policy document: the step's own inputs were used."
    }
    document = record("policy")
    document["policy"]["type"] = "nightly"
    assert wrong(against(document)) == {"rule": "The document has no type of deployment nightly."}
    document = record("policy")
    document["inputs"]["rule"] = None
    found = against(document)["rule"]
    assert (found.state, found.detail) == (State.UNCHECKED, "Nobody was asked, so the record has no rule.")
