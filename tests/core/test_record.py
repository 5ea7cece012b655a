"""The decision record: what it holds, what changes it, and what it refuses."""

import copy
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from approval_gate.core.artifacts import LONGEST, MOST, Artifact
from approval_gate.core.commands import Command, Reading, Verb
from approval_gate.core.conditions.model import Condition, RequiredDetail
from approval_gate.core.decision import decide
from approval_gate.core.facts import Facts, OpenIssues, Source
from approval_gate.core.model import (
    Code,
    Ineligibility,
    Member,
    Outcome,
    Person,
    Requirement,
    Revision,
    Rule,
    Thread,
    Vocabulary,
)
from approval_gate.core.record import trimming
from approval_gate.core.record.canonical import canonical, compact, digest, indented
from approval_gate.core.record.document import document, inputs_of, outputs_of, rederived, subjects_of
from approval_gate.core.record.model import (
    SCHEMA,
    Account,
    DecisionInputs,
    Failure,
    Given,
    Initiators,
    Inputs,
    Requested,
    StopSignal,
)
from approval_gate.core.record.plain import plain
from approval_gate.core.record.trimming import SHORT_TEXT, VOTES_KEPT, gist_of
from approval_gate.core.verdict import Decision
from tests.core.language import GATE, OPENED, OWNER, PEOPLE, edited, minute, roster, said, talk
from tests.core.records import GIVEN, ISSUE, facts, recorded

RULE = Rule(
    minimum=2, window=timedelta(minutes=60), alone=(OWNER,), vocabulary=Vocabulary(approve=("approve", "+1"))
)
WRONG = Failure(code=Code.INPUT, reason="No approvers.", exit_code=2)
LINES = (
    "1 ann: approve - fine",
    "2 bob: approve",
    "3 cy: deny - red",
    "4 cy edits #3: hm",
    "5 cy: revoke",
    "6 mallory: approve",
    "7 ghost: approve",
    "8 bob: so be it",
    "9 ann: hello",
    "10 ann through an app: hello",
    "11 ann deletes #9",
    "12 dee: <lost>",
    "13 dee edits #10: hello",
    "14 dee: it was nothing",
)
WHO = "ann bob* cy(initiator) dee(left)"


def inputs(*lines: str, who: str = WHO) -> DecisionInputs:
    return DecisionInputs(rule=RULE, roster=roster(who), thread=talk(*lines), now=minute(20))


def decided(given: DecisionInputs) -> Decision:
    return decide(given.rule, given.roster, given.thread, given.now, given.facts)


def written(given: DecisionInputs, **more: Any) -> dict[str, Any]:
    return recorded(given, **more)


def again_from(document: dict[str, Any]) -> Decision:
    """Decide again from a record's inputs."""
    asked = inputs_of(document).asked
    assert asked is not None
    return decided(asked)


def whole() -> dict[str, Any]:
    """Return a record with a bit of everything, as read back from a file."""
    return written(inputs(*LINES, "15 bob changes the request", "15 eli closes the issue"))


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path to every value in a document, containers included."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from leaves(item, (*path, key))


def put(document: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """Return a copy of the document with another value in one place."""
    changed = copy.deepcopy(document)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def drop(document: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """Return a copy of the document without the value in one place."""
    changed = copy.deepcopy(document)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return changed


class TestDocument:
    def test_has_every_key_and_what_is_unknown_is_null(self) -> None:
        bare = document(Given(gate="1.0.0", ended_at=minute(1)), Inputs(error=WRONG))
        assert bare == {
            "schema": "approval-gate/decision/v1",
            "gate": "1.0.0",
            "outcome": "error",
            "reason_code": "input",
            "reason": "No approvers.",
            "exit_code": 2,
            "asked_at": None,
            "decided_at": None,
            "ended_at": "2026-03-02T09:01:00Z",
            "request": {
                **dict.fromkeys(
                    (
                        *("repository", "run", "workflow", "job", "actor", "triggering_actor", "ref"),
                        *("commit", "environment", "version", "type", "details", "logs_kept_days"),
                    )
                ),
                "artifacts": [],
            },
            "issue": None,
            "policy": None,
            "checklist": None,
            "inputs": {
                **dict.fromkeys(("rule", "roster", "thread", "now", "stopped", "initiators")),
                **dict.fromkeys(("tags", "confirmation")),
                "passing": [],
                "facts": {"change": None, "jobs": None, "issues": [], "deployed": [], "details": []},
                "error": {"code": "input", "reason": "No approvers.", "exit_code": 2},
            },
            "decision": None,
            "left_out": {"comments": 0, "texts_cut": 0, "facts": 0},
            "digest": digest(bare),
        }
        assert set(whole()) == set(bare)
        assert set(whole()["inputs"]) == set(bare["inputs"])

    def test_gives_the_outputs(self) -> None:
        made = written(inputs("1 ann: approve", "2 bob: approve"))
        outputs = outputs_of(made)
        assert outputs.pop("decision") == canonical(made)
        assert outputs == {
            "approval-status": "approved",
            "reason-code": "quorum",
            "reason": f"{made['reason']} {ISSUE.url}",
            "approvers": "ann,bob",
            "denied-by": "",
        }

    def test_gives_the_reason_with_the_reasons_of_a_denial_and_who_denied(self) -> None:
        made = written(inputs("1 ann: deny - red", "2 bob: deny - red"))
        outputs = outputs_of(made)
        assert outputs["reason"] == f'Denied by ann: "red"; by bob: "red" {ISSUE.url}'
        assert outputs["denied-by"] == "ann,bob"

    def test_of_a_run_that_asked_nobody_gives_the_outputs_too(self) -> None:
        outputs = outputs_of(document(Given(gate="1.0.0", ended_at=OPENED), Inputs(error=WRONG)))
        assert (outputs["approvers"], outputs["denied-by"]) == ("", "")
        assert outputs["reason"] == "No approvers."

    def test_holds_the_decision_with_every_vote(self) -> None:
        lines = ("1 ann: approve", "2 mallory: approve", "3 cy: deny - red", "4 dee: +1")
        made = written(inputs(*lines))
        assert made["decided_at"] == "2026-03-02T09:20:00Z"

        def vote(number: int, who: tuple[int, str], *said: str | None, status: str) -> dict[str, Any]:
            verb, note = said
            return {
                "comment_id": number * 10,
                "person": {"id": who[0], "login": who[1], "bot": False},
                "verb": verb,
                "note": note,
                "at": f"2026-03-02T09:0{number}:00Z",
                "status": status,
                "cause": None,
                "counts": status == "counts",
            }

        assert made["decision"] == {
            "outcome": "denied",
            "reason_code": "denied",
            "reason": "Denied by cy.",
            "deadline": "2026-03-02T10:00:00Z",
            "approvers": [],
            "denied_by": [{"id": 3, "login": "cy"}],
            "votes": [
                vote(1, (1, "ann"), "approve", None, status="counts"),
                vote(2, (71, "mallory"), "approve", None, status="not-listed"),
                vote(3, (3, "cy"), "deny", "red", status="counts"),
                vote(4, (4, "dee"), "approve", None, status="left"),
            ],
            "objections": [
                {
                    "person": {"id": 3, "login": "cy", "bot": False},
                    "comment_id": 30,
                    "ground": "denied",
                    "at": "2026-03-02T09:03:00Z",
                    "text": "red",
                    "by": None,
                }
            ],
            "checklist": [],
            "conditions": [],
            "self_approved": False,
        }

    def test_states_each_verified_check_as_it_was_decided_upon(self) -> None:
        opened = OpenIssues(label="incident", source=Source(where="GraphQL issues", at=minute(19)), count=1)
        given = replace(
            inputs("1 ann: approve", "2 bob: approve"),
            rule=replace(
                RULE,
                conditions=(
                    Condition(item="**No active incidents**", required=True, no_open_issues=("incident",)),
                    Condition(item="**Change ticket**", details=RequiredDetail(name="change-ticket")),
                ),
            ),
            facts=Facts(issues=(opened,)),
        )
        made = written(given)
        assert made["outcome"] is None
        assert made["inputs"]["facts"] == plain(given.facts)
        assert made["decision"]["conditions"] == [
            {
                "item": it.condition.item,
                "required": it.condition.required,
                "state": it.state.value,
                "reason": it.reason,
                "url": it.url,
            }
            for it in decided(given).assessments
        ]
        first, second = made["decision"]["conditions"]
        assert (first["item"], first["required"]) == ("**No active incidents**", True)
        assert second["required"] is False
        assert "passed" not in {first["state"], second["state"]}

    def test_names_each_approver_with_roles_and_the_comment_and_whether_it_decided(self) -> None:
        given = inputs("1 ann: approve", "2 ann: approve", "3 bob: approve")
        owner_first = replace(RULE, minimum=1, require=(Requirement(any_of=(OWNER,), minimum=1),))
        made = written(replace(given, rule=owner_first))
        assert made["decision"]["approvers"] == [
            {
                "id": 1,
                "login": "ann",
                "roles": ["ann"],
                "decisive": False,
                "comment_id": 20,
                "url": f"{ISSUE.url}#issuecomment-20",
                "at": "2026-03-02T09:02:00Z",
            },
            {
                "id": 2,
                "login": "bob",
                "roles": ["bob", "owner"],
                "decisive": True,
                "comment_id": 30,
                "url": f"{ISSUE.url}#issuecomment-30",
                "at": "2026-03-02T09:03:00Z",
            },
        ]

    @pytest.mark.parametrize(
        ("initiators", "known"),
        [
            (Initiators(people=(Account(id=1, login="ann"),), complete=False), True),
            (Initiators(people=(Account(id=5, login="eli"),), complete=True), False),
            (Initiators(people=(Account(id=5, login="eli"),), complete=False), None),
            (Initiators(people=(Account(id=None, login="eli"),), complete=True), None),
            (None, None),
        ],
    )
    def test_says_whether_somebody_approved_what_they_had_started(
        self, initiators: Initiators | None, known: object
    ) -> None:
        made = written(inputs("1 ann: approve", "3 bob: approve"), initiators=initiators)
        assert made["decision"]["self_approved"] is known
        denied = written(inputs("1 ann: deny - red"), initiators=initiators)
        assert denied["decision"]["self_approved"] is False

    def test_of_a_pending_decision_has_no_outcome(self) -> None:
        made = written(inputs("1 ann: approve"))
        assert [made[key] for key in ("outcome", "reason_code", "reason", "exit_code")] == [None] * 4
        assert made["decision"]["outcome"] is None
        assert made["decided_at"] is None

    @pytest.mark.parametrize("lines", [("1 ann: approve", "2 bob: approve"), ("1 ann: approve",)], ids=str)
    def test_of_a_run_that_ended_otherwise_has_votes_but_no_approvers(self, lines: tuple[str, ...]) -> None:
        stop = StopSignal(signal="SIGINT", elapsed_seconds=9)
        for ended in ({"error": WRONG}, {"stopped": stop}, {"confirmation": None}):
            made = written(inputs(*lines, who="ann bob"), **ended)
            assert made["outcome"] != "approved"
            stated = made["decision"]
            assert (stated["outcome"], stated["reason_code"], stated["approvers"]) == (None, None, [])
            assert [vote["counts"] for vote in stated["votes"]] == [True] * len(lines)
            assert "pproved" not in stated["reason"]

    def test_for_people_has_the_same_value_readable_letters_and_nothing_invisible(self) -> None:
        document = written(inputs("1 ann: approve - größer 好 \u202etxt\u202c \U000e0061 🚀"))
        text = indented(document)
        assert json.loads(text) == json.loads(canonical(document))
        assert len(text.splitlines()) > 100
        assert text.startswith('{\n  "')
        keys = [line for line in text.splitlines() if line.startswith('  "')]
        assert keys == sorted(keys)
        assert '"note": "größer 好 \\u202etxt\\u202c \\udb40\\udc61 🚀"' in text
        assert text.replace("\n", "").isprintable()

    def test_names_every_verb(self) -> None:
        document = written(inputs("1 ann: approve", "2 bob: +1", "3 ann: revoke", "4 bob: deny - red"))
        verbs = [vote["verb"] for vote in document["decision"]["votes"]]
        assert verbs == ["approve", "approve", "revoke", "deny"]

    def test_leaves_out_talk_and_counts_it(self) -> None:
        document = written(
            inputs("1 mallory: hello", "2 ann: approve", "3 bob: hm", "4 bob: approve", "5 ghost: hi")
        )
        assert [comment["id"] for comment in document["inputs"]["thread"]["comments"]] == [20, 40]
        assert document["left_out"]["comments"] == 3

    def test_keeps_objections_and_leaves_out_talk_that_others_touched(self) -> None:
        lines = (
            "1 cy: hm",
            "2 ann: approve",
            "3 dee: stop",
            "4 bob edits #1: so",
            "5 bob: wait",
            "6 bob: hm",
        )
        document = written(inputs(*lines, who="ann bob cy dee"))
        assert [comment["id"] for comment in document["inputs"]["thread"]["comments"]] == [20, 30, 40]
        assert again_from(document).objections == decided(inputs(*lines, who="ann bob cy dee")).objections

    def test_keeps_the_question_that_a_yes_answers(self) -> None:
        lines = ("1 mallory: is it ours?", "2 ann: yes", "3 mallory: and now?", "4 mallory: hm", "5 bob: yes")
        given = inputs(*lines, who="ann bob")
        document = written(replace(given, rule=replace(RULE, vocabulary=Vocabulary())))
        assert [comment["id"] for comment in document["inputs"]["thread"]["comments"]] == [10, 20, 40, 50]
        assert [vote.status.name for vote in again_from(document).votes] == ["ANSWERS_QUESTION", "COUNTS"]

    def test_names_the_person_who_kept_an_approval_from_counting(self) -> None:
        document = written(inputs("1 ann: approve", "2 mallory deletes #1"))
        assert document["decision"]["votes"][0]["cause"] == {
            "by": {"id": 71, "login": "mallory", "bot": False},
            "at": "2026-03-02T09:02:00Z",
        }

    def test_keeps_a_strangers_vote(self) -> None:
        document = written(inputs("1 mallory: deny - red", "2 mallory: hello", "3 ghost: approve"))
        assert [comment["id"] for comment in document["inputs"]["thread"]["comments"]] == [10, 30]

    def test_keeps_a_denial_that_was_edited_away(self) -> None:
        lines = ("1 cy: hm", "2 cy edits #1: deny - red", "3 cy edits #1: a", "4 cy edits #1: b", "5 cy: so")
        document = written(inputs(*lines))
        first = document["inputs"]["thread"]["comments"][0]
        assert "deny - red" in [revision["text"] for revision in first["revisions"]]
        assert document["decision"]["votes"][0]["note"] == "red"
        assert again_from(document) == decided(inputs(*lines))

    def test_keeps_the_last_of_many_edits_by_each_person(self) -> None:
        edits = [f"{count} {'cy' if count % 2 else 'bob'} edits #1: hm {count}" for count in range(2, 12)]
        given = inputs("1 cy: deny - red", *edits)
        first = written(given)["inputs"]["thread"]["comments"][0]
        assert [(it["text"], it["by"]["login"], it["at"]) for it in first["revisions"]] == [
            ("deny - red", "cy", "2026-03-02T09:01:00Z"),
            ("hm 10", "bob", "2026-03-02T09:10:00Z"),
            ("hm 11", "cy", "2026-03-02T09:11:00Z"),
        ]
        assert again_from(written(given)) == decided(given)

    def test_keeps_a_text_that_can_no_longer_be_read(self) -> None:
        given = inputs("1 cy: hello", "2 cy edits #1: <lost>", "3 cy edits #1: hm", "4 cy edits #1: so")
        first = written(given)["inputs"]["thread"]["comments"][0]
        assert [revision["text"] for revision in first["revisions"]] == ["hello", None, "so"]
        assert again_from(written(given)) == decided(given)

    def test_times_are_utc(self) -> None:
        east = timezone(timedelta(hours=2))
        given = inputs("1 ann: approve")
        moved = replace(given, now=given.now.astimezone(east))
        assert written(moved) == written(given)
        assert written(given)["inputs"]["now"] == "2026-03-02T09:20:00Z"

    def test_times_are_utc_wherever_it_runs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        here = canonical(written(inputs(*LINES)))
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TZ", "Asia/Tokyo")
            time.tzset()
            there = canonical(written(inputs(*LINES)))
        time.tzset()
        assert there == here

    def test_fractions_of_a_second_survive(self) -> None:
        given = replace(inputs("1 ann: approve"), now=OPENED + timedelta(seconds=1, microseconds=250))
        assert inputs_of(written(given)).now == given.now


class TestCanonical:
    def test_is_one_line_with_sorted_keys(self) -> None:
        assert canonical({"b": 1, "a": ["é\n", None]}) == '{"a":["é\\n",null],"b":1}'

    def test_sorts_keys_by_their_utf_16_units(self) -> None:
        assert canonical({"\ufb33": 1, "😀": 2}) == '{"😀":2,"\ufb33":1}'

    @pytest.mark.parametrize("value", [2**53, float("nan"), "\ud800", {"\udfff": 1}])
    def test_of_what_has_none_is_refused(self, value: object) -> None:
        with pytest.raises(ValueError, match=r"."):
            canonical(value)

    def test_does_not_depend_on_the_order_of_keys(self) -> None:
        document = whole()
        turned = dict(reversed(list(document.items())))
        assert list(turned) != list(document)
        assert canonical(turned) == canonical(document)
        assert digest(turned) == digest(document)

    def test_hostile_text_stays_on_the_line(self) -> None:
        line = canonical(written(inputs("1 ann: approve\r\n::set-output name=x::\x00y")))
        assert min(line) == " "


class TestDigest:
    def test_is_the_sha_256_of_the_rest(self) -> None:
        assert digest({"a": 1}) == ("sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862")

    def test_leaves_itself_out(self) -> None:
        document = whole()
        assert digest(document) == document["digest"]
        assert digest({**document, "digest": "sha256:0"}) == document["digest"]

    def test_is_unchanged_after_a_round_trip_through_a_file(self) -> None:
        document = written(inputs(*LINES))
        assert digest(json.loads(canonical(document))) == document["digest"]

    def test_changes_with_every_value(self) -> None:
        document = whole()
        paths = [path for path in leaves(document) if path != ("digest",)]
        assert len(paths) > 200
        for path in paths:
            assert digest(put(document, path, "something else")) != document["digest"], path

    def test_changes_with_every_omission(self) -> None:
        document = whole()
        for path in leaves(document):
            if path != ("digest",):
                assert digest(drop(document, path)) != document["digest"], path


class TestReplay:
    @pytest.mark.parametrize(
        "lines",
        [
            (),
            ("1 ann: approve",),
            ("1 ann: approve", "2 dee: approve", "3 bob: +1"),
            ("1 ann: deny - red\nbecause", "2 ann: approve"),
            ("1 ann: approve", "2 mallory edits #1: deny"),
            ("1 ann: <lost>", "2 ann edits #1: hm", "3 bob: approve"),
            ("1 ann: approve", "2 bob deletes an unseen comment of ann"),
            ("1 ann: approve", "2 cy changes the request", "3 bob: approve"),
            ("1 ann: approve", "2 cy closes the issue"),
            ("1 ann: approve", "2 someone closes the issue"),
            LINES,
        ],
        ids=range(11),
    )
    def test_comes_to_the_same_decision(self, lines: tuple[str, ...]) -> None:
        given = inputs(*lines)
        again = again_from(json.loads(canonical(written(given))))
        assert again == decided(given)

    def test_reads_the_inputs_back_as_they_were(self) -> None:
        lines = (
            "1 ann: approve",
            "2 cy: deny - red",
            "3 mallory: no",
            "3 bob deletes #2",
            "4 eli closes the issue",
        )
        given = inputs(*lines)
        assert inputs_of(json.loads(canonical(written(given)))) == facts(given)

    def test_does_not_trust_the_decision_that_the_record_states(self) -> None:
        document = whole()
        lie = put(put(document, ("decision", "outcome"), "approved"), ("outcome",), "approved")
        assert rederived(lie) == rederived(document)

    @pytest.mark.parametrize(
        ("word", "ineligibility"),
        [
            (None, None),
            ("asked for this deployment", Ineligibility.INITIATOR),
            ("has no write access to this repository", Ineligibility.NO_WRITE),
            (
                "can no longer approve: membership or write access was lost while the gate waited",
                Ineligibility.LEFT,
            ),
            ("is the account that runs this gate", Ineligibility.OWN_ACCOUNT),
            ("is not a person", Ineligibility.BOT),
        ],
    )
    def test_reads_the_bars_that_records_are_written_with(
        self, word: str | None, ineligibility: Ineligibility | None
    ) -> None:
        old = put(whole(), ("inputs", "roster", 0, "ineligibility"), word)
        assert inputs_of(old).roster[0].ineligibility is ineligibility

    def test_ignores_unknown_keys(self) -> None:
        document = whole()
        assert rederived({**document, "more": 1}) == rederived(document)


class TestMalformed:
    """A record that cannot be read is refused with a ValueError, whatever is wrong with it."""

    @pytest.mark.parametrize(
        "document",
        [
            {},
            {"schema": SCHEMA},
            {"inputs": {}},
            {"schema": "approval-gate/decision/v2", "inputs": {}},
            {"schema": None, "inputs": {}},
            {"schema": SCHEMA, "inputs": None},
            {"schema": SCHEMA, "inputs": {}},
            {"schema": SCHEMA, "inputs": []},
            {"schema": SCHEMA, "inputs": "x"},
            {"schema": SCHEMA, "inputs": 7},
        ],
        ids=range(10),
    )
    def test_something_that_is_not_a_record_is_refused(self, document: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="record"):
            again_from(document)

    def test_another_schema_of_the_same_shape_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not a record of schema"):
            rederived({**whole(), "schema": "approval-gate/decision/v2"})

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (("now",), 7),
            (("now",), "yesterday"),
            (("now",), ["2026-03-02T09:00:00Z"]),
            (("now",), "2026-03-02T09:00:00"),
            (("thread", "opened_at"), "2026-03-02T09:00:00"),
            (("rule", "minimum"), "2"),
            (("rule", "minimum"), None),
            (("rule", "minimum"), 2.5),
            (("rule", "window"), "60"),
            (("rule", "window"), None),
            (("rule", "window"), 1e300),
            (("rule", "denial_needs_reason"), "yes"),
            (("rule", "denial_needs_reason"), 1),
            (("rule", "vocabulary", "approve"), None),
            (("rule", "vocabulary", "approve"), 7),
            (("rule", "vocabulary", "approve"), [7]),
            (("roster",), [None]),
            (("roster",), 7),
            (("roster", 0, "ineligibility"), "is asleep"),
            (("rule", "closing_denies"), "false"),
            (("roster", 0, "person"), None),
            (("roster", 0, "person", "id"), "1"),
            (("roster", 0, "person", "login"), None),
            (("thread", "author_id"), None),
            (("thread", "comments"), None),
            (("thread", "comments", 0, "id"), "10"),
            (("thread", "comments", 0, "revisions"), None),
            (("thread", "comments", 0, "revisions"), []),
            (("thread", "comments", 0, "revisions"), [7]),
            (("thread", "comments", 0, "revisions", 0, "text"), [7]),
            (("thread", "comments", 0, "author"), 1),
            (("thread", "comments", 0, "revisions"), {"by": 1}),
            (("thread", "comments", 0, "deletion"), "2026-03-02T09:00:00Z"),
            (("thread", "closing"), []),
            (("thread", "changed"), 0),
        ],
    )
    def test_a_value_of_the_wrong_type_is_refused(self, path: tuple[str | int, ...], value: object) -> None:
        with pytest.raises(ValueError, match=r"."):
            rederived(put(whole(), ("inputs", *path), value))

    @pytest.mark.parametrize(
        ("path", "value", "told"),
        [
            (("now",), "2026-03-02T09:00:00", "malformed: now: '2026-03-02T09:00:00' has no time zone"),
            (("rule", "minimum"), "2", "malformed: rule.minimum: '2' is not of type int"),
            (("rule", "closing_denies"), 1, "malformed: rule.closing_denies: 1 is not of type bool"),
        ],
    )
    def test_the_refusal_names_the_problem(
        self, path: tuple[str | int, ...], value: object, told: str
    ) -> None:
        with pytest.raises(ValueError, match=re.escape(told)):
            rederived(put(whole(), ("inputs", *path), value))

    def test_a_record_with_any_part_missing_is_refused(self) -> None:
        document = whole()
        for path in leaves(document["inputs"]):
            if isinstance(path[-1], str):
                with pytest.raises(ValueError, match="malformed"):
                    rederived(drop(document, ("inputs", *path)))

    def test_no_other_value_causes_another_error(self) -> None:
        document = whole()
        values: list[object] = [None, True, 7, -1.5, float("nan"), "", "x", [], [[]], {}, {"by": 1}, 10**400]
        refused = 0
        for path in leaves(document["inputs"]):
            for value in values:
                try:
                    rederived(put(document, ("inputs", *path), value))
                except ValueError:
                    refused += 1
        assert refused > 1000


class TestFloods:
    """However much people write, the record stays within a job's outputs, which hold a megabyte in all."""

    MOST = 1_000_000

    @staticmethod
    def flood(authors: list[Person], text: str, count: int = 500) -> DecisionInputs:
        comments = tuple(
            said(number, authors[number % len(authors)], text, minute(number / 60))
            for number in range(1, count + 1)
        )
        thread = Thread(opened_at=OPENED, author_id=GATE, comments=comments)
        return DecisionInputs(rule=RULE, roster=roster("ann bob cy"), thread=thread, now=minute(55))

    @pytest.mark.parametrize(
        "text",
        [
            "approve",
            "approve - " + "x" * 980,
            "deny - " + "x" * 1990,
            "deny " + "x" * 1990,
            "approve\n" + "😀" * 1990,
        ],
        ids=range(5),
    )
    @pytest.mark.parametrize("who", ["mallory", "mallory oscar", "ann", "ann bob cy", "ann mallory"])
    def test_of_votes_do_not_make_an_endless_record(self, who: str, text: str) -> None:
        given = self.flood([PEOPLE[login] for login in who.split()], text)
        document = written(given)
        assert len(document["inputs"]["thread"]["comments"]) <= VOTES_KEPT
        assert document["left_out"]["comments"] >= len(given.thread.comments) - VOTES_KEPT
        again = again_from(document)
        assert (again.outcome, again.code, again.approvers, again.deniers) == (
            decided(given).outcome,
            decided(given).code,
            decided(given).approvers,
            decided(given).deniers,
        )

    @pytest.mark.parametrize("who", ["mallory", "ann bob cy"])
    @pytest.mark.parametrize(
        "text", ["deny - " + "x" * 1990, "approve\n" + "😀" * 1990], ids=["ascii", "emoji"]
    )
    def test_of_long_votes_fit_a_jobs_outputs(self, who: str, text: str) -> None:
        given = self.flood([PEOPLE[login] for login in who.split()], text)
        assert len(canonical(written(given))) <= self.MOST

    def test_of_edits_do_not_make_an_endless_record(self) -> None:
        comment = said(10, PEOPLE["ann"], "approve", minute(1))
        edits = (
            Revision(text=f"approve - {number}", by=PEOPLE["ann"], at=minute(2 + number / 1000))
            for number in range(5000)
        )
        comment = replace(comment, revisions=(*comment.revisions, *edits))
        thread = Thread(opened_at=OPENED, author_id=GATE, comments=(comment,))
        given = DecisionInputs(rule=RULE, roster=roster("ann bob"), thread=thread, now=minute(10))
        assert len(canonical(written(given))) < 10_000
        assert again_from(written(given)) == decided(given)

    @pytest.mark.parametrize("who", ["mallory", "ann bob cy"])
    @pytest.mark.parametrize(
        "late", ["approve - " + "😀" * 1990, "approve - " + "😀" * 900 + "?"], ids=range(2)
    )
    def test_of_votes_edited_into_long_talk_fit_a_jobs_outputs(self, who: str, late: str) -> None:
        given = self.flood([PEOPLE[login] for login in who.split()], "approve")
        comments = tuple(
            edited(comment, late, PEOPLE["ann"], comment.created_at) for comment in given.thread.comments
        )
        given = replace(given, thread=replace(given.thread, comments=comments))
        assert len(canonical(written(given))) <= self.MOST
        assert again_from(written(given)).outcome is decided(given).outcome

    def test_of_long_votes_keep_the_start_of_each(self) -> None:
        given = self.flood([PEOPLE["mallory"]], "deny - " + "x" * 1990, VOTES_KEPT)
        fitting = "deny - " + "y" * (SHORT_TEXT - len("deny - "))
        first, second, third, *others = given.thread.comments
        comments = (
            said(first.id, first.author, fitting, first.created_at),
            said(second.id, second.author, fitting + "y", second.created_at),
            edited(
                said(third.id, third.author, "deny - " + "z" * 1990, third.created_at),
                "hello",
                third.author,
                third.created_at,
            ),
            *others,
        )
        given = replace(given, thread=replace(given.thread, comments=comments))
        comments_kept = written(given)["inputs"]["thread"]["comments"]
        kept = [[revision["text"] for revision in comment["revisions"]] for comment in comments_kept]
        assert kept[0] == [fitting]
        assert kept[1] == [fitting + "…"]
        assert kept[2] == ["deny - " + "z" * (SHORT_TEXT - len("deny - ")) + "…", "hello"]
        assert kept[3:] == [["deny - " + "x" * (SHORT_TEXT - len("deny - ")) + "…"]] * (len(kept) - 3)

    def test_texts_are_whole_up_to_the_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        given = self.flood([PEOPLE["mallory"]], "deny - " + "x" * 500, 3)
        whole = written(given)
        assert whole["left_out"]["texts_cut"] == 0
        size = len(canonical(whole["inputs"]))
        monkeypatch.setattr(trimming, "FULL_TEXTS", size)
        assert written(given) == whole
        monkeypatch.setattr(trimming, "FULL_TEXTS", size - 1)
        assert written(given)["left_out"]["texts_cut"] == 3

    @pytest.mark.parametrize(
        "text",
        [
            "approve - " + "x" * 900 + "?",
            "approve - " + "x" * 1990,
            "\n" * 1900 + "deny - red",
            "deny" + " " * 1900,
            "deny" + "\n" * 1900,
        ],
        ids=range(5),
    )
    def test_shortened_texts_do_not_change_a_vote(self, text: str) -> None:
        given = self.flood([PEOPLE["mallory"], PEOPLE["ann"]], "revoke - " + "x" * 1990, VOTES_KEPT)
        first, second, *others = given.thread.comments
        first, second = (
            edited(said(it.id, it.author, "yes", it.created_at), text, PEOPLE["ann"], minute(9))
            for it in (first, second)
        )
        given = replace(given, thread=replace(given.thread, comments=(first, second, *others)))
        again = again_from(written(given))
        assert [(vote.comment_id, vote.verb, vote.status) for vote in again.votes] == [
            (vote.comment_id, vote.verb, vote.status) for vote in decided(given).votes
        ]
        assert [bool(vote.note) for vote in again.votes] == [bool(vote.note) for vote in decided(given).votes]

    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("x " * 200 + "\nplease do not deploy\n" + "y " * 99, "please do not deploy"),
            ("deny - " + "x" * 250, "deny - " + "x" * 243 + "…"),
            ("deny -" + " " * 300 + "tests are red", "deny -" + " " * 300 + "tests are red"),
            ("approve\n" + "x" * 250, "approve\n" + "x" * 242 + "…"),
            ("approve" + "\n" * 300 + "fine", "approve" + "\n" * 243 + "…"),
            ("x" * 250, "x" * 250),
        ],
        ids=["objection", "denial", "reason", "approval", "note", "short"],
    )
    def test_a_long_text_is_cut_only_where_it_reads_as_before(
        self, text: str, kept: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(trimming, "FULL_TEXTS", 0)
        comment = edited(said(10, PEOPLE["ann"], "deny", minute(1)), text, PEOPLE["ann"], minute(2))
        thread = Thread(opened_at=OPENED, author_id=GATE, comments=(comment,))
        given = DecisionInputs(rule=RULE, roster=roster("ann bob"), thread=thread, now=minute(10))
        (there,) = written(given)["inputs"]["thread"]["comments"]
        assert there["revisions"][1]["text"] == kept

    @pytest.mark.parametrize(
        ("text", "gist"),
        [
            ("deny - red", Reading(Command(Verb.DENY, "…"), objection="…")),
            ("deny", Reading(Command(Verb.DENY), objection="…")),
            ("approve", Reading(Command(Verb.APPROVE))),
            ("approve - fine", Reading(Command(Verb.APPROVE, "…"))),
            ("aproved", Reading()),
            ("Is it ready?", Reading(asks=True)),
            (None, None),
        ],
    )
    def test_the_gist_of_a_text_is_how_it_reads_without_its_words(
        self, text: str | None, gist: Reading | None
    ) -> None:
        assert gist_of(Revision(text=text, by=PEOPLE["ann"], at=OPENED), RULE.vocabulary) == gist

    def test_a_denial_in_a_flood_is_kept(self) -> None:
        given = self.flood([PEOPLE["bob"], PEOPLE["ann"]], "approve", 1000)
        denial = said(1, PEOPLE["cy"], "deny - red", minute(1 / 60))
        thread = replace(given.thread, comments=(denial, *given.thread.comments[1:]))
        given = replace(given, thread=thread)
        document = written(given)
        assert document["decision"]["outcome"] == "denied"
        assert again_from(document).outcome is Outcome.DENIED
        assert len(document["inputs"]["thread"]["comments"]) <= VOTES_KEPT

    def test_any_amount_of_talk_is_left_out(self) -> None:
        given = self.flood([PEOPLE["mallory"]], "hello")
        assert written(given)["inputs"]["thread"]["comments"] == []
        assert written(given)["left_out"]["comments"] == 500

    def test_votes_up_to_the_limit_are_all_kept(self) -> None:
        given = self.flood([PEOPLE["mallory"], PEOPLE["ann"]], "approve", VOTES_KEPT)
        assert written(given)["left_out"]["comments"] == 0
        unevenly = [PEOPLE["bob"], *[PEOPLE["ann"]] * 9]
        assert written(self.flood(unevenly, "approve", VOTES_KEPT))["left_out"]["comments"] == 0
        one_more = self.flood([PEOPLE["mallory"], PEOPLE["ann"]], "approve", VOTES_KEPT + 1)
        assert written(one_more)["left_out"]["comments"] == 1

    def test_of_more_people_than_that_everyones_last_answer_is_kept(self) -> None:
        people = [Person(id=1000 + number, login=f"p{number}") for number in range(VOTES_KEPT + 1)]
        given = self.flood(people, "approve", 3 * len(people))
        given = replace(given, roster=tuple(Member(person=person, roles=("team",)) for person in people))
        kept = inputs_of(written(given)).thread.comments
        assert kept == given.thread.comments[-len(people) :]

    def test_what_the_decision_depends_on_is_kept_beyond_the_limit(self) -> None:
        """An early denial by the flood's own author: leaving it out would change the outcome."""
        given = self.flood([PEOPLE["ann"], PEOPLE["bob"]], "approve", 600)
        first = given.thread.comments[0]
        first = said(first.id, first.author, "deny - red", first.created_at)
        first = edited(first, "deny - red", PEOPLE["bob"], minute(54))
        thread = replace(given.thread, comments=(first, *given.thread.comments[1:]))
        given = replace(given, thread=thread)
        assert decided(given).outcome is Outcome.DENIED
        assert again_from(written(given)).outcome is Outcome.DENIED


def test_a_time_in_another_zone_is_the_same_moment() -> None:
    given = written(inputs("1 ann: approve"))
    shifted = put(given, ("inputs", "now"), "2026-03-02T11:20:00+02:00")
    assert inputs_of(shifted).now == datetime(2026, 3, 2, 9, 20, tzinfo=UTC)


def test_a_number_beyond_two_to_the_53rd_is_a_text_and_read_back() -> None:
    given = inputs("1 ann: approve")
    large = replace(given.thread, author_id=2**53)
    made = written(replace(given, thread=large))
    assert made["inputs"]["thread"]["author_id"] == "9007199254740992"
    assert inputs_of(made).asked == replace(given, thread=large)


def test_a_window_is_in_whole_seconds_and_one_with_a_part_of_a_second_is_a_text() -> None:
    given = inputs("1 ann: approve")
    assert written(given)["inputs"]["rule"]["window"] == 3600
    short = replace(given, rule=replace(RULE, window=timedelta(seconds=1, milliseconds=600)))
    made = written(short)
    assert made["inputs"]["rule"]["window"] == "1.600000"
    assert inputs_of(made).asked == short


def test_a_lone_surrogate_is_replaced_in_texts_and_keys() -> None:
    text = "approve - \ud83d and \ud83d\ude00"
    assert written(inputs(f"1 ann: {text}"))["decision"]["votes"][0]["note"] == "\ufffd and 😀"
    request = Requested(version="\udc80", details={"\ud800": "\udfff"})
    made = document(Given(gate="1.0.0", ended_at=OPENED, request=request), Inputs(error=WRONG))
    assert made["request"]["version"] == "\ufffd"
    assert made["request"]["details"] == {"\ufffd": "\ufffd"}


@pytest.mark.parametrize("path", [("request", "commit"), ("issue", "url")])
def test_what_people_were_asked_about_must_be_text(path: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=f"the record's {path[0]} is malformed: {path[1]} is not a text"):
        rederived(put(whole(), path, 7))


def test_the_compact_form_is_on_one_line_with_sorted_keys_and_readable_letters() -> None:
    assert compact({"b": "ü", "a": [1, "x\u202ey"]}) == '{"a":[1,"x\\u202ey"],"b":"ü"}'


def test_an_attestation_of_an_approval_is_about_the_record_and_the_artifacts() -> None:
    names = ("shop-a", "shop-b", "it.json-c")
    one, two, file = (Artifact(name=name, digest=f"sha256:{name[-1] * 64}") for name in names)
    given = replace(GIVEN, request=replace(GIVEN.request, artifacts=(one, two)))
    for lines, approved in ((("1 ann: approve", "2 bob: approve"), True), (("1 ann: deny - red",), False)):
        record = document(given, facts(inputs(*lines, who="ann bob cy")))
        assert record["request"]["artifacts"] == [{"name": it.name, "digest": it.digest} for it in (one, two)]
        subjects = f"{'c' * 64}  it.json-c\n"
        deployed = f"{'a' * 64}  shop-a\n{'b' * 64}  shop-b\n"
        assert record["outcome"] == ("approved" if approved else "denied")
        assert subjects_of(record, file) == subjects + (deployed if approved else "")


def test_a_record_fits_a_jobs_outputs_as_github_counts_them() -> None:
    """In UTF-16, two bytes for most characters: 1 MB in all."""
    names = (f"{number:0{LONGEST // MOST - 73}}" for number in range(MOST))
    artifacts = tuple(Artifact(name=name, digest=f"sha256:{'a' * 64}") for name in names)
    assert len(canonical(plain(artifacts)).encode("utf-16-le")) <= TestFloods.MOST // 3
    for text in ("deny - " + "x" * 1990, "approve\n" + "😀" * 1990, "approve - " + "😀" * 900 + "?"):
        given = TestFloods.flood([PEOPLE[login] for login in ("ann", "bob", "cy")], text)
        assert len(canonical(written(given)).encode("utf-16-le")) <= TestFloods.MOST
