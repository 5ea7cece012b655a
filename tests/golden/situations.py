"""The situations in which people read something, and every text that the gate writes in each.

A situation is made of values of the core, and its texts come from the program's own renderers.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from approval_gate.core.approval import Approval, PolicyRead
from approval_gate.core.artifacts import Artifact
from approval_gate.core.conditions.assess import assess
from approval_gate.core.decision import decide
from approval_gate.core.ending import Asked, Conclusion, Ending
from approval_gate.core.facts import NO_FACTS, Change, Facts
from approval_gate.core.follow_up import FollowUpIssue
from approval_gate.core.marker import FollowUpMarker
from approval_gate.core.model import (
    ChecklistItem,
    Ineligibility,
    Member,
    Modification,
    Outcome,
    Person,
    Request,
    Rule,
    Thread,
)
from approval_gate.core.notices import Notice, due
from approval_gate.core.policy.details import fill
from approval_gate.core.policy.model import (
    DetailValue,
    FollowUp,
    Group,
    Item,
    Policy,
    checklist,
    digest,
    reminders,
    waived,
)
from approval_gate.core.policy.model import rule as policy_rule
from approval_gate.core.policy.schema import read_policy
from approval_gate.core.record.conclude import Asked as About
from approval_gate.core.record.conclude import conclude
from approval_gate.core.record.document import document
from approval_gate.core.record.model import DecisionInputs, Given, Inputs, Requested, StopSignal
from approval_gate.core.result import Label, Result, Results, Run, result_document
from approval_gate.core.roster import Named, assemble
from approval_gate.core.tasks import items
from approval_gate.core.verdict import Decision
from approval_gate.errors import CheckFailedError, GitHubError, InputError, PolicyError
from approval_gate.gate.conditions import check_required
from approval_gate.gate.confirmation import moved
from approval_gate.gate.ending import failed, failure
from approval_gate.gate.prepare import check_overdue
from approval_gate.github.errors import answer_of
from approval_gate.github.wire import Response
from approval_gate.rehearsal.scenarios import TEAMS, TEMPLATE
from approval_gate.render.follow_up import follow_up_text, overdue
from approval_gate.render.issue import as_list, process_checklist
from approval_gate.render.messages import GateMessages, early_summary
from approval_gate.render.result import ResultMessages
from approval_gate.render.subject import PolicyContext, Subject
from tests.core.language import GATE, OPENED, PEOPLE, minute, said, talk
from tests.core.records import confirmation
from tests.core.records import facts as confirmed
from tests.gate.stage import REQUEST, Log
from tests.golden.verified import (
    ARTIFACTS,
    CHANGE,
    FACTS,
    INCIDENT,
    INCIDENTS,
    JOBS,
    NOTHING_READ,
    SKIPPED_TESTS,
    UNREAD,
    again,
    crowded,
    every_ending,
)
from tests.golden.verified import POLICY as VERIFIED
from tests.golden.verified import hostile as hostile_facts

URL = "https://github.com/acme/shop/issues/42"
RUN_URL = "https://github.com/acme/shop/actions/runs/4242/attempts/1"

TEXT = (Path(__file__).parents[2] / "examples" / "approval-policy.yml").read_text(encoding="utf-8")


def boxes(policy: Policy) -> Policy:
    """Return a policy whose items people tick, all of them; :func:`verified` has the texts of checks."""
    groups = (
        replace(group, items=tuple(replace(item, condition=None) for item in group.items))
        for group in policy.checklist or ()
    )
    types = (replace(each, waive=()) for each in policy.deployments)
    return replace(policy, checklist=tuple(groups), deployments=tuple(types))


POLICY = boxes(read_policy(TEXT.encode()))
DIGEST = "sha256:b6a33b4de797" + "0" * 52
"""Of the policy as people are shown it, so that a change of the example changes no text."""
ASKED = replace(
    REQUEST,
    run_id=4242,
    run_url=RUN_URL,
    workflow="Production Deployment Pipeline",
    sha="a1b2c3d4e5f60718293a4b5c6d7e8f9012345678",
    ref_name="v1.2.3",
    version="v1.2.3",
)
BY_TEAM = {
    "devops-team": TEAMS["devops-team"],
    "platform-leads": TEAMS["platform-leads"],
    "ayo-anu": ["ayo-anu"],
}
BY_ROLE = {
    "platform-owner": ["ayo-anu"],
    "platform-lead": TEAMS["platform-leads"],
    "devops": TEAMS["devops-team"],
    "sre": TEAMS["sre-team"],
}
TICKED = "- [ ] **Tests** - green on main\n- [ ] **Rollback plan** - rehearsed\n- [ ] **Team notified**\n"
RULE = Rule(minimum=2, window=timedelta(minutes=60), alone=("ayo-anu",))

Texts = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A request, what people did, and when its texts are read.

    Attributes:
        after: minutes since the request was opened.
        stop: whether a stop signal ends it then.
        error: the error that ends it then.
        latest: the facts as they were read last; None if that was for the request.
    """

    subject: Subject
    thread: Thread
    after: float = 0
    stop: bool = False
    error: Exception | None = None
    latest: Facts | None = None

    @property
    def facts(self) -> Facts:
        """The facts on which it is decided."""
        return self.latest or self.subject.facts

    @cached_property
    def decision(self) -> Decision:
        """What the thread comes to."""
        return decide(self.subject.rule, self.subject.roster, self.thread, minute(self.after), self.facts)

    def texts(self) -> Texts:
        """Return each text by its name."""
        subject, rule = self.subject, self.subject.rule
        messages, ending = GateMessages(subject), self._ending()
        body, further = messages.issue(OPENED, OPENED + rule.window)
        texts = {"issue": body, **{f"comment {number}": text for number, text in enumerate(further, 1)}}
        if ending is None:
            texts["status"] = messages.status(self.decision, URL)
            now = minute(self.after)
            return texts | {it.key: messages.notice(it, URL, self.decision, now) for it in self._notices()}
        end = self._end(ending)
        about, words = messages.last_words(end)
        return texts | {
            "final status": messages.final_status(end),
            **self.closing(document(_given(subject, minute(self.after)), self._inputs(ending))),
            "annotation": f"{about}\n{words}",
        }

    def closing(self, record: Mapping[str, object]) -> Texts:
        """Return the texts that have the record."""
        ending = self._ending()
        assert ending is not None
        messages, end = GateMessages(self.subject), self._end(ending)
        first, *more = messages.closing(end, record)
        further = {f"record {number}": text for number, text in enumerate(more, 2)}
        return {"closing": first, **further, "summary": messages.summary(end, record)}

    def _end(self, ending: Ending) -> Conclusion:
        asked = Asked(number=42, url=URL, opened_at=OPENED, ended_at=minute(self.after))
        decision = conclude(self._inputs(ending), About(commit=self.subject.request.sha)).decision
        return Conclusion(ending=ending, decision=decision, asked=asked)

    def _ending(self) -> Ending | None:
        if self.error is not None:
            return failure(self.error, Log())
        return conclude(self._inputs(None), About(commit=self.subject.request.sha)).ending

    def _inputs(self, ending: Ending | None) -> Inputs:
        asked = DecisionInputs(
            rule=self.subject.rule,
            roster=self.subject.roster,
            thread=self.thread,
            now=minute(self.after),
            facts=self.facts,
        )
        elapsed = int(timedelta(minutes=self.after).total_seconds())
        return confirmed(
            asked,
            initiators=None,
            tags=None,
            confirmation=replace(confirmation(asked), tags=()),
            stopped=StopSignal(signal="", elapsed_seconds=elapsed) if self.stop else None,
            error=failed(ending) if ending and self.error else None,
        )

    def _notices(self) -> Iterator[Notice]:
        subject = self.subject
        calls = reminders(POLICY, subject.terms.deployment_type) if subject.terms else ()
        for item in due(self.decision, subject.roster, calls, timedelta(minutes=self.after), {}):
            if isinstance(item, Notice) and item.people:
                yield item


def roster(groups: Mapping[str, Sequence[str]], authors: Sequence[str] = ()) -> tuple[Member, ...]:
    """Return the people of some teams or roles; dee asked for the deployment, and the authors wrote it."""
    named = [
        Named(role=role, place=0, member=role, people=tuple(person(login) for login in logins))
        for role, logins in groups.items()
    ]
    barred = {PEOPLE["dee"].id: Ineligibility.INITIATOR}
    barred |= {PEOPLE[login].id: Ineligibility.AUTHOR for login in authors}
    return assemble(named, own_id=GATE, writers=None, barred=barred)


def person(login: str) -> Person:
    """Return an account; one that the language of conversations does not know has its number at the end."""
    return PEOPLE.get(login) or Person(id=10_000 + int(login[-3:]), login=login)


def standard(
    *lines: str,
    after: float = 15,
    people: Mapping[str, Sequence[str]] = BY_TEAM,
    thread: Thread | None = None,
    request: Request = ASKED,
    rule: Rule = RULE,
    authors: Sequence[str] = (),
    **more: Any,
) -> Situation:
    """Return a deployment that a step's inputs describe; what is more is the subject's or the situation's."""
    its = {name: more.pop(name) for name in ("stop", "error", "latest") if name in more}
    subject = Subject(
        request=request,
        rule=rule,
        roster=roster(people, authors),
        **{"issue_body": "", "checklist": "", **more},
    )
    return Situation(subject=subject, thread=thread or talk(*lines), after=after, **its)


def under_policy(
    kind: str,
    *lines: str,
    after: float = 15,
    details: str = "",
    stop: bool = False,
    policy: Policy = POLICY,
    facts: Facts = NO_FACTS,
    latest: Facts | None = None,
    thread: Thread | None = None,
    **more: Any,
) -> Situation:
    """Return a deployment of a type of a policy; what is more is the subject's."""
    deployment_type = policy.deployment(kind)
    assert deployment_type is not None
    people = roster(BY_ROLE, more.pop("authors", ()))
    rule = policy_rule(policy, deployment_type, people)
    checks = tuple(assess(it, facts, OPENED, OPENED + rule.window) for it in rule.conditions)
    groups = checklist(policy, deployment_type)
    subject = Subject(
        request=more.pop("request", ASKED),
        rule=replace(rule, checklist=items(as_list(groups))) if more.pop("ticked", False) else rule,
        roster=people,
        issue_body="",
        checklist=as_list(groups, checks),
        terms=PolicyContext(
            deployment_type=deployment_type,
            path=".github/approval-policy.yml",
            digest=DIGEST,
            details=fill(deployment_type.details, details),
            waived=tuple(it.text for it in waived(policy, deployment_type)),
            bars_authors=more.pop("bars_authors", False),
        ),
        facts=facts,
        assessments=checks,
        **more,
    )
    return Situation(subject=subject, thread=thread or talk(*lines), after=after, stop=stop, latest=latest)


def verified(*lines: str, kind: str = "standard", after: float = 0, **more: Any) -> Situation:
    """Return a deployment whose checks verify themselves."""
    given = {"facts": FACTS, "details": "**Change Ticket**: CHG-991", **more}
    return under_policy(kind, *lines, after=after, policy=VERIFIED, **given)


def emergency(*lines: str, after: float = 6, details: str = TEMPLATE) -> Situation:
    """Return the process's emergency."""
    return under_policy("emergency", *lines, after=after, details=details)


def follow_up(version: str, *owners: str) -> FollowUpIssue:
    """Return the follow-up of an emergency."""
    return FollowUpIssue(
        id=900_043,
        number=43,
        url="https://github.com/acme/shop/issues/43",
        title=f"Post-mortem of {version}, due Wed 4 March 2026, 14:00 UTC",
        owners=owners,
        opened_at=OPENED - timedelta(days=3),
        marker=FollowUpMarker(run_id=4200, run_attempt=1, nonce="0" * 32, hours=48),
    )


def late(situation: Situation, *follow_ups: FollowUpIssue) -> Situation:
    """Return a situation in which these follow-ups are overdue."""
    return replace(situation, subject=replace(situation.subject, overdue=follow_ups))


def with_checklist(*by: str, lines: Sequence[str] = (), after: float = 10) -> Situation:
    """Return a request whose checklist must be ticked, and who ticked its first items."""
    boxes = [
        ChecklistItem(there=True, modification=Modification(by=PEOPLE[login], at=minute(3))) for login in by
    ]
    open_boxes = [ChecklistItem(there=True)] * (len(items(TICKED)) - len(boxes))
    return standard(
        thread=replace(talk(*lines), checklist_items=(*boxes, *open_boxes)),
        after=after,
        rule=replace(RULE, checklist=items(TICKED)),
        issue_body=TICKED,
    )


def refused(status: int, message: str) -> GitHubError:
    """Return the error that a refusal of GitHub's means."""
    headers = {"x-github-request-id": "C0DE:1234:5678"}
    response = Response(status=status, headers=headers, text=json.dumps({"message": message}))
    try:
        answer_of("POST", "/repos/acme/shop/issues/42/comments", response, "2022-11-28")
    except GitHubError as error:
        return error
    raise AssertionError(status)


# What can happen -----------------------------------------------------------------------

BOTH = ("3 cid: approve - All checks passed, migrations tested in staging", "9 lea: /approve")
MIXED = (
    "1 dee: v1.2.3 is ready: payment retries, 14 commits.",
    "2 mallory: approve",
    "3 cid: approve - All checks passed, migrations tested in staging",
    "4 bob: No. The migration is broken.",
    "5 ann: approve",
    "6 ann edits #5: approve - well, if the tests pass",
    "7 max: approved!! but see the logs",
    "8 sue by mail: approve",
    "9 mallory: please approve this",
)
LONG = replace(RULE, window=timedelta(hours=26))
BOT = "dependabot[bot]"
SAID = ("3 cid: approve", "9 lea: approve - migrations tested in staging")

SITUATIONS: Mapping[str, Situation] = {
    "standard": under_policy("standard", after=0),
    "standard-people-vote": standard(*MIXED),
    "standard-one-is-missing": standard(BOTH[0]),
    "standard-reminder": under_policy("standard", BOTH[0], after=31),
    "standard-over-a-day": standard(BOTH[0], after=90, rule=LONG),
    "standard-without-environment": standard(request=replace(ASKED, environment=None), after=0),
    "pull-request": standard(
        request=replace(ASKED, ref_name="231/merge", ref_type="pull request", version="a1b2c3d"), after=0
    ),
    "change-by-approvers": under_policy(
        "standard",
        authors=("bob", "cid"),
        request=replace(ASKED, triggering_actor="ann"),
        facts=Facts(change=replace(CHANGE, pull_requests=None)),
        bars_authors=True,
        after=0,
    ),
    "first-deployment-by-a-bot": standard(
        request=replace(ASKED, actor=BOT, triggering_actor=BOT),
        facts=Facts(change=replace(CHANGE, since=None, whole=True, commits=3, pull_requests=None)),
        initiators_known=False,
        after=0,
    ),
    "change-that-cannot-be-compared": standard(
        facts=Facts(change=replace(CHANGE, whole=True, authors=(), unknown=(), commits=1)), after=0
    ),
    "nothing-new": standard(
        facts=Facts(change=Change(source=CHANGE.source, since=ASKED.sha), jobs=JOBS), after=0
    ),
    "facts": verified(artifacts=ARTIFACTS),
    "facts-without-a-policy": standard(
        facts=FACTS, artifacts=ARTIFACTS, checklist=process_checklist(), after=0
    ),
    "facts-that-cannot-be-read": verified(facts=NOTHING_READ),
    "facts-of-300-jobs-and-120-pull-requests": verified(
        facts=crowded(),
        artifacts=tuple(
            Artifact(name=f"ghcr.io/acme/shop-{number}", digest=f"sha256:{number:064x}")
            for number in range(13)
        ),
    ),
    "facts-of-jobs-that-ended-in-each-way": verified(facts=every_ending()),
    "checks-to-tick-as-well": verified(*SAID, ticked=True, after=10, latest=again(INCIDENT, 10)),
    "checks-in-an-emergency": verified(
        kind="emergency",
        facts=SKIPPED_TESTS,
        details=f"{TEMPLATE}\n**Change Ticket**: CHG-991",
    ),
    "checks-hold": verified(*SAID, after=14, facts=INCIDENT, latest=again(INCIDENT, 14)),
    "checks-changed": verified(
        SAID[0], after=20, facts=INCIDENT, latest=replace(again(FACTS, 20), deployed=NOTHING_READ.deployed)
    ),
    "checks-reminder": verified(*SAID, after=31, latest=again(INCIDENT, 31)),
    "approved-with-checks": verified(*SAID, after=10, latest=again(FACTS, 10), artifacts=ARTIFACTS),
    "approved-with-checks-waived": verified(
        "4 lea: approve",
        kind="emergency",
        after=5,
        facts=SKIPPED_TESTS,
        latest=again(SKIPPED_TESTS, 5),
        details=f"{TEMPLATE}\n**Change Ticket**: CHG-991",
    ),
    "timed-out-with-checks": verified(*SAID, after=60, latest=again(INCIDENT, 59)),
    "hotfix": under_policy(
        "hotfix", after=0, details="**Change Ticket**: https://acme.atlassian.net/browse/CHG-991"
    ),
    "hotfix-reminder": under_policy("hotfix", "2 lea: approve", after=11),
    "emergency": emergency(after=0),
    "emergency-people-vote": emergency("1 bob: approve", "2 sam: approve", "3 sam: hold on"),
    "emergency-backup": emergency("1 bob: approve", after=21),
    "emergency-with-overdue-follow-ups": late(
        emergency(after=0), *(follow_up(f"v1.{number}.0", "dee") for number in range(6)), follow_up("v1.6.0")
    ),
    "emergency-few-details": emergency(
        after=0,
        details="Incident: INC-1\nRoot Cause: unknown\nImpact: checkout is down\nPost-Mortem: tomorrow",
    ),
    "checklist": with_checklist(after=0),
    "checklist-holds": with_checklist("ann", "mallory", lines=BOTH),
    "held-by-objection": standard(*BOTH[:1], "4 bob: No. The migration is broken.", "9 lea: approve"),
    "held-by-reason": standard(BOTH[0], "4 bob: deny"),
    "held-by-edit": standard(
        "2 ann: approve", "3 mallory edits #1: deny - no", "4 bob: deny", "5 dee deletes #2"
    ),
    "held-unread": standard("2 dee deletes an unseen comment of ann", "3 bob: <lost>"),
    "request-changed": standard(
        "2 cid: approve", "3 lea: approve", "4 dee changes the request", "5 max: approve"
    ),
    "approvals-stop-counting": standard(
        *("1 ann: approve", "1 bob: approve", "2 cid: approve", "3 lea through an app: approve"),
        *("4 dee hides #1", "5 mallory deletes #2", "6 mallory edits #3: approve - fine"),
        *("7 max: is this ours?", "8 ayo-anu: yes", "9 sue: stop", "10 sue through an app: revoke"),
    ),
    "email-does-not-count": standard("2 cid by mail: approve", rule=replace(RULE, email_votes=False)),
    "approved": standard("2 mallory: approve", *BOTH),
    "approved-alone": standard("1 ayo-anu: LGTM!"),
    "approved-with-checklist": with_checklist("ann", "ann", "bob", lines=BOTH),
    "approved-emergency": emergency("1 bob: approve", "4 lea: approve - I lead the incident"),
    "denied": standard(
        BOTH[0],
        "5 bob: deny - Database migration needs more testing. Found issue in staging.",
        "6 max: reject - same",
    ),
    "denied-without-reason": standard(BOTH[0], "5 bob: deny", after=60),
    "denied-by-closing": standard(BOTH[0], "5 sue closes the issue", rule=replace(RULE, closing_denies=True)),
    "timed-out": standard(BOTH[0], after=60),
    "timed-out-emergency": emergency("1 bob: approve", after=30),
    "timed-out-held": standard(*BOTH[:1], "4 bob: No. The migration is broken.", "9 lea: approve", after=60),
    "timed-out-over-a-day": standard(BOTH[0], after=26 * 60, rule=LONG),
    "timed-out-with-checklist": with_checklist("ann", lines=BOTH, after=60),
    "cancelled": standard(BOTH[0], stop=True),
    "cancelled-late": standard(BOTH[0], stop=True, after=59.9),
    "closed-by-a-person": standard(BOTH[0], "5 sue closes the issue"),
    "error-tag-moved": standard(BOTH[0], error=moved("v1.2.3", "f" * 40, ASKED.sha)),
    "error-of-the-program": standard(BOTH[0], error=RuntimeError("never shown")),
    **{
        f"error-{name}": standard(BOTH[0], error=refused(status, message))
        for name, status, message in (
            ("unauthenticated", 401, "Bad credentials"),
            ("permission", 403, "Resource not accessible by integration"),
            ("locked", 403, "Unable to create comment because issue is locked."),
            ("not-found", 404, "Not Found"),
            ("gone", 410, "This issue was deleted"),
            ("rejected", 422, "Validation Failed"),
            ("rate-limit", 429, "You have exceeded a secondary rate limit."),
            ("outage", 502, "Bad gateway"),
        )
    },
}
"""What people read while the gate waits, and when it ends."""


def _given(subject: Subject, now: datetime) -> Given:
    return Given(gate="1.0.0", ended_at=now, request=Requested(commit=subject.request.sha))


def _early(name: str, inputs: Inputs, *what: str) -> Texts:
    """Return the summary of a gate that asked nobody."""
    ending = conclude(inputs, About()).ending
    assert ending is not None
    return {name: early_summary(ending, document(Given(gate="1.0.0", ended_at=OPENED), inputs), *what)}


def blocked(*overdue: FollowUpIssue) -> PolicyError:
    """Return the error of a deployment that waits for follow-ups."""
    kind = POLICY.deployment("standard")
    assert kind is not None
    with pytest.raises(PolicyError) as met:
        check_overdue(POLICY, kind, overdue)
    return met.value


def refused_by_checks(facts: Facts) -> CheckFailedError:
    """Return the error of a deployment whose required checks cannot pass any more."""
    situation = verified(facts=facts)
    with pytest.raises(CheckFailedError) as met:
        check_required(situation.subject.assessments, facts, VERIFIED)
    return met.value


def early_endings() -> Texts:
    """Return the summary of gates that asked nobody."""
    errors = {
        "one error": InputError("timeout-minutes: 'soon' is not a number.", remedy="Write minutes: `60`."),
        "two errors": InputError(
            "2 inputs cannot be used.", detail="- approvers: it is empty.\n- checklist: none."
        ),
        "hostile": InputError(f"approvers: {HOSTILE!r} is not a name.", detail=HOSTILE),
        "a required check": refused_by_checks(SKIPPED_TESTS),
        "two required checks": refused_by_checks(
            replace(SKIPPED_TESTS, issues=(replace(INCIDENTS, source=UNREAD),))
        ),
        "an overdue follow-up": blocked(follow_up("v1.2.3", "dee"), follow_up("v1.3.0")),
    }
    stopped = Inputs(stopped=StopSignal(signal="SIGTERM", elapsed_seconds=2))
    texts = _early("stopped", stopped)
    for name, error in errors.items():
        ending = failure(error, Log())
        record = document(Given(gate="1.0.0", ended_at=OPENED), Inputs(error=failed(ending)))
        texts[name] = early_summary(ending, record)
    texts |= _early("with a version", stopped, "v1.2.3", "production")
    return texts | _early("hostile version", stopped, HOSTILE, HOSTILE)


RAN = Run(id=4242, attempt=1, url=RUN_URL, repository="acme/shop", repository_id=7)
APPROVAL = Approval(
    digest=DIGEST,
    policy=PolicyRead(path=".github/approval-policy.yml", digest=DIGEST, commit="", kind="emergency"),
    version="v1.2.3",
    environment="production",
    commit=ASKED.sha,
    actor="dee",
    asked_at=OPENED,
    decided_at=minute(4),
    approvers=(("bob", ("devops",)), ("lea", ("platform-lead", "devops")), ("ayo-anu", ("user:ayo-anu",))),
    details=(
        ("Incident", "#INC-12345"),
        ("Root Cause", "Database connection pool exhaustion"),
        ("Impact", "100% of users unable to checkout"),
    ),
)
LITTLE = replace(
    APPROVAL,
    **dict.fromkeys(("version", "environment", "commit", "actor"), ""),
    **dict.fromkeys(("asked_at", "decided_at")),
    **dict.fromkeys(("approvers", "details"), ()),
)
"""What a record says of which most was removed."""


def reported(
    results: Results,
    follow_up: FollowUpIssue | None = None,
    *,
    kept: Sequence[Label] = (),
    after: float = 40,
) -> str:
    """Return the comment with a result."""
    record = result_document(
        results, RAN, gate="1.0.0", at=minute(after), issue=42, decision=DIGEST, follow_up=follow_up
    )
    texts = ResultMessages(4242, RUN_URL, 1)
    return texts.result(results, minute(after), OPENED, kept, follow_up, record)


def asked_for(approval: Approval, template: str | None) -> str:
    """Return the text of a follow-up."""
    results = Results(deployment=Result.FAILURE, rollback=Result.SUCCESS, rolled_back_to="v1.2.2")
    rule = FollowUp(hours=48, title="Post-mortem")
    return follow_up_text(approval, rule, results, RAN, (42, URL), minute(40), template)


def a_long_record() -> Texts:
    """Return the closing comment, those in which its record goes on, and the summary."""
    return SITUATIONS["approved"].closing({"outcome": "approved", "text": HOSTILE * 100 + "word " * 20_000})


def after_the_gate() -> Texts:
    """Return the comments of later steps and of a run's next attempt."""
    texts = ResultMessages(4242, RUN_URL, 1)
    messages = GateMessages(standard().subject)
    results = {
        "deployed": Results(
            deployment=Result.SUCCESS,
            monitoring=Result.SUCCESS,
            suite=Result.SUCCESS,
            release_url="https://github.com/acme/shop/releases/tag/v1.2.3",
        ),
        "deployment failed": Results(deployment=Result.FAILURE),
        "rolled back": Results(
            deployment=Result.SUCCESS,
            monitoring=Result.FAILURE,
            rollback=Result.SUCCESS,
            rollback_url="https://github.com/acme/shop/actions/runs/4243",
        ),
        "rollback failed": Results(
            deployment=Result.SUCCESS, suite=Result.FAILURE, rollback=Result.CANCELLED
        ),
        "not deployed": Results(deployment=Result.SKIPPED),
    }
    return {
        **{
            f"swept {outcome}": texts.swept(outcome, minute(4), OPENED)
            for outcome in Outcome
            if outcome is not Outcome.APPROVED
        },
        "overdue": overdue(follow_up("v1.2.3", "dee"), ["standard"]),
        "overdue, nobody assigned": overdue(follow_up("v1.2.3"), []),
        "overdue, several owners and types": overdue(
            follow_up("v1.2.3", "dee", "ann"), ["standard", "hotfix"]
        ),
        "replaced": messages.replaced(URL, ["ann", "bob"], duplicate=False),
        "replaced duplicate": messages.replaced(URL, [], duplicate=True),
        "objected before": messages.objected(URL, ["ann", "bob"]),
        **{name: reported(result) for name, result in results.items()},
        "result kept": reported(results["not deployed"], kept=(Label.DEPLOYED,), after=24 * 60),
        "result with follow-up": reported(
            replace(results["rolled back"], rolled_back_to="v1.2.2"), follow_up("v1.2.3", "dee")
        ),
        "hostile result": reported(
            replace(results["rolled back"], rolled_back_to=HOSTILE), follow_up(HOSTILE, "dee")
        ),
        "follow-up": asked_for(APPROVAL, None),
        "follow-up by a template": asked_for(APPROVAL, "## Five whys\n\n1. Why?\n\n```\nnever closed"),
        "hostile follow-up": asked_for(
            replace(APPROVAL, version=HOSTILE, environment=HOSTILE, details=((HOSTILE, HOSTILE),)), None
        ),
        "follow-up of a record that says little": asked_for(LITTLE, None),
    }


# What is hard to show ------------------------------------------------------------------

HOSTILE = (
    "fine\r\n\n### ✅ Approved\n@everyone @acme/devops-team <!-- --> </sub></details> <b>x</b>"
    " <img src=x onerror=y> | a | b |\n|---|---|\n``` [x](https://evil.example)"
    " ![](https://evil.example/x.png) https://evil.example #1"
    " \u202e\u2066**bold** \u200b::error::x {{ x }} $`x`$"
)
HEBREW = "הפריסה נבדקה (גרסה 1.2.3) בסביבת staging, ואין תקלות: 100% @ann"
ARABIC = "تم اختبار النشر (الإصدار 1.2.3) في بيئة staging ولا توجد أعطال: 100٪ @ann"
WIDE = "x" * 100
LONG_NAME = "a-name-with-fifty-letters-is-the-longest-in-a-file"


def everywhere(text: str) -> dict[str, Situation]:
    """Return requests that have a text in every place in which somebody can type one.

    The names of types, roles and teams cannot be just anything, only long.
    """
    request = replace(
        ASKED, job=text, workflow=text, ref_name=text, ref_type="branch", environment=text, version=text
    )
    value = DetailValue(heading=text, value=text, required=False)
    talked = (
        "2 cid: approve - {}",
        "3 mallory: {}",
        "4 bob: stop {}",
        "5 max: approved!! {}",
        "6 ann: deny - {}",
    )
    thread = talk(*(line.format(text) for line in talked))
    boxes = (ChecklistItem(there=False), ChecklistItem(there=True))
    said = hostile_facts(text)
    conditions = [
        replace(it.condition, item=text)
        for group in VERIFIED.checklist or ()
        for it in group.items
        if it.condition
    ]
    checks = tuple(assess(it, said, OPENED, OPENED + RULE.window) for it in conditions)
    group = Group(title="Checks", items=tuple(Item(text=text, condition=it) for it in conditions))
    rules = replace(
        RULE,
        checklist=(text, f"**{text}** - x"),
        justified=(LONG_NAME,),
        alone=(LONG_NAME,),
        conditions=tuple(conditions),
    )
    kind = POLICY.deployments[0]

    def one(people: Mapping[str, Sequence[str]], *lines: str, **more: Any) -> Situation:
        conversation = replace(talk(*lines), checklist_items=boxes) if lines else thread
        found = standard(request=request, people=people, rule=rules, thread=conversation, **more)
        policy = PolicyContext(
            deployment_type=replace(kind, name=LONG_NAME, emergency=bool(lines)),
            path="policy.yml",
            digest=digest(text),
            details=(value,),
            waived=(text,),
        )
        subject = replace(
            found.subject,
            terms=policy,
            overdue=(follow_up(text, "dee"),),
            facts=said,
            assessments=checks,
            checklist=as_list([group], checks),
            artifacts=(Artifact(name=text, digest=text),),
        )
        return replace(found, subject=subject)

    roles = {LONG_NAME: ("ann", "bob", "cid"), "devops-team": ("max", "lea")}
    return {
        "waiting": one(roles, f"2 cid: approve - {text}", f"3 bob: stop {text}", f"4 max: approve!! {text}"),
        "held": one(roles, f"2 cid: {text}", f"3 ann: {text}"),
        "denied": one(roles),
        "failed": one(roles, f"2 cid: approve - {text}", error=InputError(text, remedy=text, detail=text)),
    }


def many() -> dict[str, Situation]:
    """Return requests that are large."""
    crowd = [f"{'approver-with-a-long-name-no'[:26]}-{number:03}" for number in range(200)]
    votes = [
        said(10 * number, person(login), "approve - " + "fine " * number, minute(number / 4))
        for number, login in enumerate(crowd[:45], 1)
    ]
    loud = talk(f"2 cid: approve - {'words ' * 170_000}", f"3 bob: deny - {'x' * 100_000}")
    crowded = {"a-team-whose-name-is-as-long-as-github-allows-" + "x" * 54: crowd}
    return {
        "200-approvers": standard(people=crowded, after=0),
        "45-votes": standard(
            people=crowded,
            thread=Thread(opened_at=OPENED, author_id=GATE, comments=tuple(votes)),
            rule=replace(RULE, minimum=50),
        ),
        "notes-of-1-MB": standard(thread=loud),
        "a-body-of-60000-characters": standard(
            issue_body="A line of the body, and nothing else.\n\n" * 1_540
        ),
    }


HARD: Mapping[str, Situation] = {
    f"{name}-{place}": situation
    for name, text in {"hostile": HOSTILE, "hebrew": HEBREW, "arabic": ARABIC, "wide": WIDE}.items()
    for place, situation in everywhere(text).items()
} | many()
"""Requests that would break a page that trusted what it shows."""

GALLERY: Mapping[str, Callable[[], Texts]] = {
    **{name: situation.texts for name, situation in (SITUATIONS | HARD).items()},
    "early-endings": early_endings,
    "after-the-gate": after_the_gate,
    "a-long-record": a_long_record,
}
"""What returns the texts of each situation."""
