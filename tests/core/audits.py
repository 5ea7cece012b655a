"""Requests, deployments and whole audits, for the tests of what is made of them."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from approval_gate.core.audit.model import (
    Audit,
    AuditedRequest,
    FollowUp,
    FoundDeployment,
    RecordState,
    Repository,
    Scope,
)
from approval_gate.core.audit.reach import out_of_reach
from approval_gate.core.audit.reconcile import audit
from approval_gate.core.model import SHARED

SHOP = Repository(id=7, name="acme/shop")
INFRA = Repository(id=8, name="acme/infra")
UNTIL = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
COMMIT = "a1b2c3d4" * 5

SCOPE = Scope(
    since=UNTIL - timedelta(days=90),
    until=UNTIL,
    days=90,
    accounts=(SHARED,),
    repositories=(SHOP,),
    environments=("production",),
)


def asked(number: int = 42, **changes: Any) -> AuditedRequest:
    """A request that was approved ten days before the end, and deployed."""
    at = changes.pop("asked_at", UNTIL - timedelta(days=10))
    return replace(
        AuditedRequest(
            repository=SHOP,
            issue_repository=SHOP,
            number=number,
            reference=f"acme/shop#{number}",
            url=f"https://github.com/acme/shop/issues/{number}",
            asked_at=at,
            asked_by="dee",
            deployment_type="standard",
            version="v1.2.3",
            environment="production",
            commit=COMMIT,
            outcome="approved",
            reason="2 of 2 approvals.",
            approvers=("cid (devops-team)", "lea (platform-leads)"),
            decided_at=at + timedelta(minutes=20),
            result="deployed",
            rolled_back_to="",
            follow_up=None,
            self_approved=False,
            record=RecordState.OK,
            problem="",
            result_problem="",
            details=(),
            run_url="https://github.com/acme/shop/actions/runs/4242/attempts/1",
            logs_kept_days=90,
            digest="sha256:" + "0" * 64,
        ),
        **changes,
    )


def deployed(number: int = 4711, **changes: Any) -> FoundDeployment:
    """A deployment that succeeded half an hour after the request."""
    at = changes.pop("at", UNTIL - timedelta(days=10) + timedelta(minutes=30))
    return replace(
        FoundDeployment(
            repository=SHOP,
            id=number,
            environment="production",
            commit=COMMIT,
            created_at=at - timedelta(minutes=5),
            succeeded_at=at,
            ended=True,
            url=f"https://github.com/acme/shop/actions/runs/4242/job/{number}",
        ),
        **changes,
    )


def judged(
    requests: list[AuditedRequest], deployments: list[FoundDeployment] | None = None, **scope: Any
) -> Audit:
    """The audit of these."""
    found = replace(SCOPE, **scope)
    some = deployments or []
    return audit(found, requests, some, {}, out_of_reach=out_of_reach(found, requests, some))


def quarter(count: int = 180, *, hostile: str = "") -> Audit:
    """Ninety days with everything that an audit can show; the hostile text is in each field that is typed."""
    dice = random.Random(7)  # noqa: S311 - the same quarter each time
    requests, deployments = [], []
    for number in range(1, count + 1):
        at = SCOPE.since + timedelta(minutes=90 * 24 * 60 * number / (count + 1))
        commit = f"{dice.getrandbits(160):040x}"
        emergency = number % 29 == 0
        outcome = dice.choices(["approved", "denied", "timed-out", "cancelled", "error"], [86, 5, 4, 3, 2])[0]
        approved = outcome == "approved"
        result = dice.choices(["deployed", "deployment-failed", "rolled-back"], [93, 3, 4])[0]
        ends_at = at + timedelta(minutes=dice.randint(4, 55))
        due = FollowUp(
            number=5000 + number,
            url=f"https://github.com/acme/shop/issues/{5000 + number}",
            due_at=at + timedelta(hours=48),
            is_open=number % 2 == 0,
        )
        details = [("Change Ticket", f"https://tickets.example/browse/CHG-{1000 + number}")]
        if emergency:
            details += [("Incident", f"INC-{number}"), ("Impact", f"Checkout is down {hostile}".strip())]
        requests.append(
            asked(
                number,
                asked_at=at,
                asked_by=hostile or dice.choice(["dee", "max", "kim-from-payments"]),
                deployment_type="emergency" if emergency else dice.choice(["standard"] * 8 + ["hotfix"]),
                version=hostile or f"v1.{number // 10}.{number % 10}",
                commit=commit,
                outcome=outcome,
                reason=hostile or {"denied": "ann denied: The migration is untested."}.get(outcome, ""),
                approvers=tuple(
                    dice.sample(["cid (devops-team)", "lea (platform-leads)", "ayo-anu (platform-owner)"], 2)
                )
                if approved
                else (),
                decided_at=ends_at,
                result=result if approved and number % 37 else "",
                rolled_back_to="v1.0.9" if approved and result == "rolled-back" else "",
                follow_up=due if emergency and approved else None,
                self_approved=number % 41 == 0 if approved else None,
                details=tuple(details),
                logs_kept_days=90 if number % 3 else 30,
            )
        )
        if approved and number % 37:
            deployments.append(deployed(9000 + number, commit=commit, at=ends_at + timedelta(minutes=8)))
    if hostile:
        requests[5] = replace(
            requests[5],
            commit=hostile,
            environment=hostile,
            approvers=(hostile,),
            outcome=hostile,
            result=hostile,
            rolled_back_to=hostile,
            run_url=f"javascript:{hostile}",
            details=((hostile, f"http://{hostile}"), ("Ticket", f"javascript:{hostile}")),
        )
        deployments[5] = replace(deployments[5], commit=hostile, url=f"javascript:{hostile}")
    requests[9] = replace(
        requests[9],
        record=RecordState.TOUCHED,
        problem="A comment that has the record was edited after it was written.",
    )
    requests[30] = replace(
        requests[30],
        record=RecordState.FORGED,
        problem=f"outcome: it is not what its content leads to. {hostile}".strip(),
        outcome="unknown",
        version="",
        commit="",
        approvers=(),
        decided_at=None,
        result="",
        details=(),
    )
    requests[50] = replace(
        requests[50],
        record=RecordState.MISSING,
        problem="No comment has a record.",
        outcome="unknown",
        version="",
        commit="",
        approvers=(),
        decided_at=None,
        result="",
        details=(),
    )
    deployments.append(deployed(9999, commit="f00d" * 10, at=UNTIL - timedelta(days=3)))
    open_issues = {
        (SHOP.id, it.follow_up.number): bool(it.follow_up.is_open) for it in requests if it.follow_up
    }
    scope = replace(SCOPE, environments=("production", hostile)) if hostile else SCOPE
    reach = out_of_reach(scope, requests, deployments)
    return audit(scope, requests, deployments, open_issues, out_of_reach=reach)
