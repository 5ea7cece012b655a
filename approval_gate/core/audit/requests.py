"""From an approval issue to a row of the audit."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from approval_gate.core.audit.model import (
    AuditedRequest,
    FollowUp,
    FoundIssue,
    RecordState,
    Repository,
    ResultState,
)
from approval_gate.core.audit.records import FoundRecord, FoundResult, find_record, find_result
from approval_gate.core.record.plain import moment

UNKNOWN = "unknown"
"""The outcome of a request that is over, and whose record cannot be believed."""


def read_request(issue: FoundIssue) -> AuditedRequest:
    """Read what an approval issue says, as far as it can be believed."""
    record = find_record(issue)
    document = record.document or {}
    result = find_result(issue, record.document)
    said = document.get("request") or {}
    decision = document.get("decision") or {}
    return AuditedRequest(
        repository=_repository(said.get("repository")) or issue.repository,
        issue_repository=issue.repository,
        number=issue.number,
        reference=f"{issue.repository.name}#{issue.number}",
        url=issue.url,
        asked_at=issue.opened_at,
        asked_by=_login(said.get("triggering_actor")),
        deployment_type=_text(said.get("type")),
        version=_text(said.get("version")),
        environment=_text(said.get("environment")) or None,
        commit=_text(said.get("commit")),
        outcome=_text(document.get("outcome")) or _outcome(issue, record),
        reason=_text(document.get("reason")),
        approvers=tuple(_approvers(decision.get("approvers") or ())),
        decided_at=moment(document.get("decided_at")),
        result=result.label,
        rolled_back_to=_text((result.document or {}).get("rolled_back_to")),
        follow_up=_follow_up(result),
        self_approved=_boolean(decision.get("self_approved")),
        record=record.state,
        problem=record.problem,
        result_problem=result.problem if result.state is ResultState.DOUBTFUL else "",
        details=_details(said.get("details") or {}),
        run_url=_text((said.get("run") or {}).get("url")),
        logs_kept_days=_number(said.get("logs_kept_days")),
        digest=_text(document.get("digest")),
    )


def _outcome(issue: FoundIssue, record: FoundRecord) -> str:
    """Return how a request without a record ended; empty while its gate may wait."""
    waits = issue.is_open and record.state is RecordState.MISSING
    return record.ended or ("" if waits else UNKNOWN)


def _approvers(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Name each approver with the roles: ``cid (devops-team)``."""
    for one in found:
        roles = ", ".join(map(str, one.get("roles") or ()))
        yield f"{_login(one)} ({roles})" if roles else _login(one)


def _follow_up(result: FoundResult) -> FollowUp | None:
    said = (result.document or {}).get("follow_up")
    if not isinstance(said, dict) or (number := _number(said.get("number"))) is None:
        return None
    return FollowUp(number=number, url=_text(said.get("url")), due_at=moment(said.get("due_at")))


def _repository(said: Mapping[str, Any] | None) -> Repository | None:
    number, name = _number((said or {}).get("id")), _text((said or {}).get("name"))
    return None if number is None or not name else Repository(id=number, name=name)


def _details(said: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in said.items())


def _login(said: Mapping[str, Any] | None) -> str:
    return _text((said or {}).get("login"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
