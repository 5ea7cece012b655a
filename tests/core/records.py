"""Records for tests: of a conversation, with the confirmation that an approval needs."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from approval_gate.core.decision import decide
from approval_gate.core.model import Member, Rule, Thread
from approval_gate.core.record.canonical import canonical
from approval_gate.core.record.conclude import rests_on
from approval_gate.core.record.document import document
from approval_gate.core.record.model import (
    Account,
    AskedIssue,
    Confirmation,
    ConfirmedPerson,
    ConfirmedTag,
    DecisionInputs,
    Given,
    Initiators,
    Inputs,
    Membership,
    Requested,
    RunName,
)
from tests.core.language import OPENED, minute

COMMIT = "a1b2c3d4" * 5
ISSUE = AskedIssue(
    repository="acme/shop",
    number=7,
    id=900007,
    url="https://github.example/acme/shop/issues/7",
    title="Production Deployment Approval: v1.2.3",
    body_digest="sha256:" + "0" * 64,
    nonce="0" * 32,
    author=Account(id=900, login="gate"),
)
GIVEN = Given(
    gate="1.0.0",
    asked_at=OPENED,
    ended_at=minute(61),
    request=Requested(
        run=RunName(id=9, attempt=2, url="https://github.example/acme/shop/actions/runs/9"),
        actor=Account(id=5, login="eli"),
        commit=COMMIT,
        version="v1.2.3",
        details={},
    ),
    issue=ISSUE,
)
INITIATORS = Initiators(people=(Account(id=5, login="eli"),), complete=True)


def confirmation(given: DecisionInputs) -> Confirmation:
    """Return the confirmation of everything that this could be approved on."""
    decision = decide(given.rule, given.roster, given.thread, given.now, given.facts)
    people = {member.person.id: member for member in given.roster}
    return Confirmation(
        at=given.now,
        people=tuple(
            ConfirmedPerson(
                id=identity,
                login=people[identity].login,
                at=given.now,
                write="permission write",
                membership=tuple(Membership(role=role, answer="listed") for role in people[identity].roles),
            )
            for identity in sorted(rests_on(decision))
        ),
        tags=(ConfirmedTag(name="v1.2.3", commit=COMMIT, at=given.now),),
    )


def inputs(rule: Rule, members: Iterable[Member], thread: Thread, now: datetime) -> DecisionInputs:
    return DecisionInputs(rule=rule, roster=tuple(members), thread=thread, now=now)


def facts(given: DecisionInputs, **more: Any) -> Inputs:
    """Return the inputs of a record, confirmed."""
    plain = Inputs(
        rule=given.rule,
        roster=given.roster,
        thread=given.thread,
        now=given.now,
        facts=given.facts,
        initiators=INITIATORS,
        tags=("v1.2.3",),
        confirmation=confirmation(given),
    )
    return replace(plain, **more)


def recorded(given: DecisionInputs, **more: Any) -> dict[str, Any]:
    """Return the record, as read back from a file."""
    parsed: dict[str, Any] = json.loads(canonical(document(GIVEN, facts(given, **more))))
    return parsed
