"""The part of the gate's record that a report uses, even if somebody edited it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from approval_gate.core.approval import Approval, PolicyRead, approval_of

COMMIT = "a1b2c3d4" * 5
RECORD: dict[str, Any] = {
    "digest": "sha256:1",
    "asked_at": "2026-03-02T14:00:00Z",
    "decided_at": "2026-03-02T14:04:00Z",
    "request": {
        "version": "v1.2.3",
        "environment": "production",
        "commit": COMMIT,
        "actor": {"id": 5, "login": "dee"},
        "details": {"Incident": "INC-1", "Severity": None, "Fix": ""},
    },
    "policy": {"path": "policy.yml", "digest": "sha256:2", "commit": COMMIT, "type": "emergency"},
    "decision": {"approvers": [{"id": 1, "login": "lea", "roles": ["lead", "devops", "sre", "other"]}]},
}
NOTHING = Approval(
    digest=None,
    policy=None,
    version="",
    environment="",
    commit="",
    actor="",
    asked_at=None,
    decided_at=None,
    approvers=(),
    details=(),
)


def test_it_is_what_the_record_says() -> None:
    assert approval_of(RECORD, "sha256:1") == Approval(
        digest="sha256:1",
        policy=PolicyRead(path="policy.yml", digest="sha256:2", commit=COMMIT, kind="emergency"),
        version="v1.2.3",
        environment="production",
        commit=COMMIT,
        actor="dee",
        asked_at=datetime(2026, 3, 2, 14, 0, tzinfo=UTC),
        decided_at=datetime(2026, 3, 2, 14, 4, tzinfo=UTC),
        approvers=(("lea", ("lead", "devops", "sre")),),
        details=(("Incident", "INC-1"),),
    )


@pytest.mark.parametrize("stated", ["sha256:2", None, 7])
def test_a_digest_that_it_does_not_have_is_none(stated: object) -> None:
    assert approval_of({**RECORD, "digest": stated}, "sha256:1").digest is None


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"request": None, "policy": None, "decision": None, "asked_at": None, "decided_at": None},
        {"request": [], "policy": "x", "decision": 7, "asked_at": 7, "decided_at": True},
        {
            "request": {"version": 1, "actor": "dee", "details": [], "commit": "x"},
            "decision": {"approvers": {}},
        },
        {"request": {"actor": {"login": "../x"}}, "decision": {"approvers": [None, {"login": "a b"}]}},
        {"asked_at": "today", "decided_at": "2026-03-02T14:00:00"},
        {"policy": {"path": "x", "type": None}},
    ],
    ids=str,
)
def test_what_has_another_form_is_as_if_it_were_not_there(changes: dict[str, Any]) -> None:
    assert approval_of(changes, "sha256:1") == NOTHING


def test_roles_of_another_form_are_left_out() -> None:
    people = [{"login": "a", "roles": 1}, {"login": "b", "roles": [None, "sre"]}, {"login": "c[bot]"}]
    approval = approval_of({"decision": {"approvers": people}}, "sha256:1")
    assert approval.approvers == (("a", ()), ("b", ("sre",)), ("c[bot]", ()))
