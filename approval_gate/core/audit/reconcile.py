"""Compares the requests with the deployments on record, and says what is missing or does not fit."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from approval_gate.core.audit.model import (
    Audit,
    AuditedRequest,
    Finding,
    FoundDeployment,
    Kind,
    Reconciled,
    RecordState,
    Repository,
    Scope,
)
from approval_gate.core.plain import cut, visible
from approval_gate.core.result import Label
from approval_gate.core.timing import HOSTED_JOB, LONGEST_WINDOW
from approval_gate.core.wording import plural

_Key = tuple[int, str]


def audit(
    scope: Scope,
    requests: Iterable[AuditedRequest],
    deployments: Iterable[FoundDeployment],
    open_issues: Mapping[tuple[int, int], bool],
    unread: Iterable[Finding] = (),
    out_of_reach: Sequence[str] = (),
) -> Audit:
    """Make an audit of what was read.

    Args:
        scope: what is audited.
        requests: also earlier ones, which can have approved a deployment of these days.
        deployments: of these days.
        open_issues: by a repository's id and a number, whether an issue that was read is open.
        unread: what could not be read, and should have been.
        out_of_reach: what no audit like this sees, a sentence each.
    """
    known = [_with_follow_up(it, open_issues) for it in requests if _is_meant(it, scope)]
    by_commit: dict[_Key, list[AuditedRequest]] = defaultdict(list)
    for it in known:
        by_commit[it.repository.id, it.commit].append(it)
    matched, unapproved, results = [], [], dict[str, str]()
    for deployment in deployments:
        of_commit = [it for it in by_commit[_key(deployment)] if _is_of_environment(it, deployment)]
        request = _approval(of_commit, deployment)
        if request is not None:
            results[request.reference] = _result(deployment, results.get(request.reference, ""))
        if deployment.succeeded_at is not None:
            matched.append(Reconciled(deployment=deployment, request=request.reference if request else ""))
            if request is None:
                unapproved.append(_unapproved(of_commit, deployment))
    shown = sorted(
        (
            replace(it, result=it.result or results.get(it.reference, ""))
            for it in known
            if scope.since <= it.asked_at <= scope.until
        ),
        key=lambda it: (it.asked_at, it.reference),
    )
    found = [*unread, *unapproved, *(one for it in shown for one in _findings(it, scope))]
    found += [*_logs(shown, scope)]
    order = list(Kind)
    found.sort(key=lambda it: (order.index(it.kind), it.at or scope.since))
    return Audit(
        scope=scope,
        requests=tuple(shown),
        deployments=tuple(matched),
        findings=tuple(it for it in found if it.kind.is_finding),
        remarks=tuple(it for it in found if not it.kind.is_finding),
        out_of_reach=tuple(out_of_reach),
    )


def _is_meant(request: AuditedRequest, scope: Scope) -> bool:
    """Whether a request is for an environment that is audited; one that names none can be."""
    named = {it.lower() for it in scope.environments}
    return not named or request.environment is None or request.environment.lower() in named


def _with_follow_up(request: AuditedRequest, open_issues: Mapping[tuple[int, int], bool]) -> AuditedRequest:
    if request.follow_up is None:
        return request
    is_open = open_issues.get((request.issue_repository.id, request.follow_up.number))
    return replace(request, follow_up=replace(request.follow_up, is_open=is_open))


# Deployments -----------------------------------------------------------------------------


def _key(deployment: FoundDeployment) -> _Key:
    return deployment.repository.id, deployment.commit


def _is_of_environment(request: AuditedRequest, deployment: FoundDeployment) -> bool:
    """Whether a request is for a deployment's environment, or names none; GitHub ignores case."""
    return request.environment is None or request.environment.lower() == deployment.environment.lower()


def _approval(of_commit: Collection[AuditedRequest], deployment: FoundDeployment) -> AuditedRequest | None:
    """Return the latest request that approved a deployment before it was over."""
    over = deployment.succeeded_at or deployment.created_at
    earlier = [it for it in of_commit if it.is_approved and it.decided_at and it.decided_at <= over]
    return max(earlier, key=lambda it: it.decided_at or it.asked_at, default=None)


def _result(deployment: FoundDeployment, earlier: str) -> str:
    """Return a request's result from a deployment; of several, a success counts."""
    if deployment.succeeded_at is not None:
        return Label.DEPLOYED.value
    return earlier or (Label.FAILED.value if deployment.ended else "")


def _unapproved(of_commit: Sequence[AuditedRequest], deployment: FoundDeployment) -> Finding:
    at = deployment.succeeded_at or deployment.created_at
    what = f"{deployment.commit[:7]} was deployed to {_shown(deployment.environment)}"
    return Finding(
        kind=Kind.UNAPPROVED,
        about=f"{deployment.repository.name}, deployment {deployment.id}",
        text=f"{what}, and {_lacking(of_commit)}.",
        url=deployment.url or "",
        at=at,
    )


def _lacking(of_commit: Sequence[AuditedRequest]) -> str:
    """Say why no request approved a deployment of its commit."""
    if not of_commit:
        return "no request for this commit is on record"
    late = next((it for it in of_commit if it.is_approved), None)
    if late is not None:
        return f"{late.reference} approved it only afterwards"
    last = of_commit[-1]
    if last.record is not RecordState.OK:
        return f"the record of {last.reference} is {last.record}"
    return f"{last.reference} ended as {last.outcome}" if last.outcome else f"{last.reference} is not decided"


# Findings --------------------------------------------------------------------------------


def _findings(request: AuditedRequest, scope: Scope) -> Iterator[Finding]:
    """Yield the findings and remarks about a request."""

    def found(kind: Kind, text: str) -> Finding:
        return Finding(kind=kind, about=request.reference, text=text, url=request.url, at=request.asked_at)

    of_record = {
        RecordState.FORGED: Kind.FORGED,
        RecordState.TOUCHED: Kind.TOUCHED,
        RecordState.MISSING: Kind.MISSING,
    }
    over = (scope.until - request.asked_at).total_seconds() > LONGEST_WINDOW * 60
    ended = request.outcome == "cancelled"
    if request.record in of_record and not (request.record is RecordState.MISSING and (ended or not over)):
        yield found(of_record[request.record], request.problem)
    if request.result_problem:
        yield found(Kind.RESULT, f"The result cannot be relied on. {request.result_problem}")
    settled = request.decided_at is not None and scope.until - request.decided_at > HOSTED_JOB
    if request.is_approved and not request.result and settled:
        yield found(Kind.NO_RESULT, f"{_shown(request.version)} was approved, and no result is on record.")
    due = request.follow_up
    if due is not None and due.is_open and due.due_at is not None and due.due_at < scope.until:
        day = f"{due.due_at:%Y-%m-%d}"
        yield found(Kind.OVERDUE, f"The follow-up #{due.number} was due on {day} and is still open.")
    if request.self_approved:
        yield found(Kind.SELF_APPROVED, "Someone who started the run is among those who approved it.")


def _logs(requests: Iterable[AuditedRequest], scope: Scope) -> Iterator[Finding]:
    """Yield each repository whose runs' logs are kept for fewer days than are audited."""
    short: Counter[tuple[Repository, int]] = Counter()
    for request in requests:
        if request.logs_kept_days is not None and request.logs_kept_days < scope.days:
            short[request.repository, request.logs_kept_days] += 1
    for (repository, days), count in short.items():
        yield Finding(
            kind=Kind.LOGS,
            about=repository.name,
            text=f"The logs of {plural(count, 'run')} are kept for {plural(days, 'day')}, "
            f"fewer than the {scope.days} that are audited.",
            url="",
        )


def _shown(text: str) -> str:
    return cut(visible(text), 60) or "it"
