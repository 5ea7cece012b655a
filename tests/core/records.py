"""Records for tests: of a conversation, with the confirmation that an approval needs."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from approval_gate.core.conditions.model import (
    Calendar,
    Condition,
    RequiredDeployment,
    RequiredDetail,
    RequiredJob,
    TimeRange,
    Weekday,
)
from approval_gate.core.decision import decide
from approval_gate.core.facts import (
    Author,
    Change,
    Deployed,
    Facts,
    Files,
    Job,
    Jobs,
    OpenIssues,
    PullRequest,
    PullRequests,
    Review,
    Source,
    StatedDetail,
    Step,
)
from approval_gate.core.model import Member, Person, Rule, Thread
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
    RepositoryName,
    Requested,
    RunName,
)
from tests.core.language import OPENED, minute, roster, talk

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
        run=RunName(id=9, attempt=2, url="https://github.example/acme/shop/actions/runs/9/attempts/2"),
        actor=Account(id=5, login="eli"),
        commit=COMMIT,
        version="v1.2.3",
        details={},
    ),
    issue=ISSUE,
)
INITIATORS = Initiators(people=(Account(id=5, login="eli"),), complete=True)

CHECKS = (
    Condition(
        item="**All tests passing** - Unit and integration",
        required=True,
        jobs=(RequiredJob(name="Build & Test", steps=("Unit tests",)), RequiredJob(name="Integration Tests")),
    ),
    Condition(item="**Code review completed** - By a peer", required=True, reviews=True),
    Condition(item="**No active incidents**", required=True, no_open_issues=("incident",)),
    Condition(
        item="**Deployed to staging**",
        required=True,
        deployed_to=RequiredDeployment(environment="staging", within=timedelta(hours=24)),
    ),
    Condition(
        item="**Change ticket**",
        required=True,
        details=RequiredDetail(name="change-ticket", pattern="CHG-[0-9]+"),
    ),
    Condition(item="**Documentation updated**", changed=("docs/**",)),
    Condition(
        item="**Business hours**",
        required=True,
        hours=Calendar(zone="UTC", days=(Weekday.MONDAY,), between=(TimeRange(start=480, end=1020),)),
    ),
)
"""A check of each kind, which passes on the facts below."""

_RUN = "https://github.example/acme/shop/actions/runs/9"


def source(where: str, at: float = 19, **more: Any) -> Source:
    return Source(where=where, at=minute(at), **more)


def job(name: str, conclusion: str | None = "success", number: int = 1, *steps: Step) -> Job:
    return Job(id=number, name=name, url=f"{_RUN}/job/{number}", conclusion=conclusion, steps=steps)


def pull_request(number: int, title: str = "Retry payments", **more: Any) -> PullRequest:
    author, reviewer = Person(id=6, login="fay"), Person(id=2, login="bob")
    plain = PullRequest(
        number=number,
        title=title,
        url=f"https://github.example/acme/shop/pull/{number}",
        author=author,
        head=f"{number:040x}",
        authors=(author,),
        approvals=(Review(by=reviewer, commit=f"{number:040x}"),),
    )
    return replace(plain, **more)


FACTS = Facts(
    change=Change(
        source=source("GET /repos/acme/shop/compare", 0),
        since="f" * 40,
        commits=4,
        authors=(Person(id=6, login="fay"),),
        unknown=(Author(name="A. Nonym", commit="e" * 40),),
        files=Files(paths=("docs/payments.md", "src/payments.py"), complete=True),
        pull_requests=PullRequests(
            source=source("GraphQL pull requests"), merged=(pull_request(12), pull_request(14))
        ),
    ),
    jobs=Jobs(
        source=source("GET /repos/acme/shop/actions/runs/9/attempts/2/jobs"),
        listed=(
            job("Build & Test", "success", 1, Step(name="Unit tests", conclusion="success")),
            job("Integration Tests", "success", 2, Step(name="Upload", conclusion="skipped")),
            job("Security Scan", "failure", 3),
        ),
        passed=2,
    ),
    issues=(OpenIssues(label="incident", source=source("GraphQL situation")),),
    deployed=(
        Deployed(
            environment="staging", source=source("GraphQL situation"), at=minute(-120), url=f"{_RUN}/job/4"
        ),
    ),
    details=(StatedDetail(name="change-ticket", heading="Change Ticket", value="CHG-42"),),
)
"""Everything that can be read, as it was after the last approval."""


def under_checks(known: Facts = FACTS, conditions: tuple[Condition, ...] = CHECKS) -> DecisionInputs:
    """Return two approvals under some checks."""
    rule = Rule(minimum=2, window=timedelta(minutes=60), conditions=conditions)
    thread = talk("1 ann: approve", "2 bob: approve")
    return replace(inputs(rule, roster("ann bob cy"), thread, minute(20)), facts=known)


def checked(given: DecisionInputs | None = None, **more: Any) -> dict[str, Any]:
    """Return the record of two approvals under all the checks, as read back from a file."""
    request = replace(
        GIVEN.request,
        repository=RepositoryName(id=7, name="acme/shop"),
        ref="refs/tags/v1.2.3",
        triggering_actor=GIVEN.request.actor,
        details={"Change Ticket": "CHG-42"},
    )
    about = replace(GIVEN, request=request)
    made = document(about, facts(given or under_checks(), **more))
    parsed: dict[str, Any] = json.loads(canonical(made))
    return parsed


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
