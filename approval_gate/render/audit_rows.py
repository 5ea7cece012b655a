"""An audit as CSV and as JSON, for other programs."""

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from approval_gate.core.audit.figures import outcome
from approval_gate.core.audit.model import Audit, AuditedRequest, Finding, Reconciled
from approval_gate.core.plain import visible

SCHEMA = "approval-gate/audit/v1"

COLUMNS = (
    *("kind", "repository", "reference", "url", "asked_at", "asked_by", "type", "version", "environment"),
    *("commit", "outcome", "reason", "approvers", "decided_at", "minutes", "result", "rolled_back"),
    *("rolled_back_to", "follow_up", "self_approved", "record", "details", "run_url", "logs_kept_days"),
    "look_at",
)
"""The columns of the CSV. Its rows are the requests, and the deployments that none of them approved."""

_FORMULA = re.compile(r"""(^|[,;|"'])(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])""")
"""Where a spreadsheet can begin to read a formula: at a cell's start, or where a text could start another
cell (https://owasp.org/www-community/attacks/CSV_Injection)."""


def as_csv(audit: Audit) -> str:
    """Return the rows as CSV (RFC 4180), every cell quoted, and none of them a formula."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    looks = defaultdict(list)
    for finding in (*audit.findings, *audit.remarks):
        looks[finding.about].append(finding.text)
    for row in (*_requests(audit), *_deployments(audit)):
        row["look_at"] = " ".join(looks[row.pop("about", row.get("reference", ""))])
        writer.writerow([cell(row.get(name)) for name in COLUMNS])
    return text.getvalue()


def cell(value: object) -> str:
    """Return a cell's text: on one line, without invisible characters, and harmless in a spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, bool | int):
        return str(value).lower()
    return _FORMULA.sub(r"\1\2'", visible(str(value)))


def as_json(audit: Audit) -> str:
    """Return the audit as JSON, its texts as they are."""
    scope = audit.scope
    document = {
        "schema": SCHEMA,
        "since": _time(scope.since),
        "until": _time(scope.until),
        "days": scope.days,
        "organization": scope.organization or None,
        "repositories": [{"id": it.id, "name": it.name} for it in scope.repositories],
        "environments": [*scope.environments],
        "accounts": [*scope.accounts],
        "requests": [_request(it) for it in audit.requests],
        "deployments": [_deployment(it) for it in audit.deployments],
        "findings": [_finding(it) for it in audit.findings],
        "remarks": [_finding(it) for it in audit.remarks],
        "out_of_reach": [*audit.out_of_reach],
    }
    # ASCII, so that no half of a surrogate pair can prevent writing it.
    return json.dumps(document, indent=2) + "\n"


def _requests(audit: Audit) -> Iterator[dict[str, Any]]:
    for request in audit.requests:
        row = _request(request)
        due = request.follow_up
        row["kind"] = "request"
        row["approvers"] = ", ".join(request.approvers)
        row["follow_up"] = due and f"{due.url} due {_time(due.due_at) or 'some time'}"
        row["details"] = "; ".join(f"{name}: {value}" for name, value in request.details)
        yield row


def _deployments(audit: Audit) -> Iterator[dict[str, Any]]:
    for it in audit.deployments:
        if not it.request:
            found = it.deployment
            yield {
                "kind": "deployment",
                "repository": found.repository.name,
                "reference": f"deployment {found.id}",
                "about": f"{found.repository.name}, deployment {found.id}",
                "url": found.url,
                "environment": found.environment,
                "commit": found.commit,
                "result": "deployed",
                "decided_at": None,
                "asked_at": _time(found.succeeded_at),
            }


def _request(it: AuditedRequest) -> dict[str, Any]:
    due = it.follow_up
    return {
        "repository": it.repository.name,
        "reference": it.reference,
        "url": it.url,
        "asked_at": _time(it.asked_at),
        "asked_by": it.asked_by or None,
        "type": it.deployment_type or None,
        "version": it.version or None,
        "environment": it.environment,
        "commit": it.commit or None,
        "outcome": outcome(it),
        "reason": it.reason or None,
        "approvers": [*it.approvers],
        "decided_at": _time(it.decided_at),
        "minutes": it.minutes,
        "result": it.result or None,
        "rolled_back": it.rolled_back,
        "rolled_back_to": it.rolled_back_to or None,
        "follow_up": due
        and {"number": due.number, "url": due.url, "due_at": _time(due.due_at), "open": due.is_open},
        "self_approved": it.self_approved,
        "record": it.record.value,
        "problem": it.problem or None,
        "digest": it.digest or None,
        "details": dict(it.details),
        "run_url": it.run_url or None,
        "logs_kept_days": it.logs_kept_days,
    }


def _deployment(it: Reconciled) -> dict[str, Any]:
    found = it.deployment
    return {
        "repository": found.repository.name,
        "id": found.id,
        "environment": found.environment,
        "commit": found.commit,
        "created_at": _time(found.created_at),
        "succeeded_at": _time(found.succeeded_at),
        "url": found.url,
        "approved_by": it.request or None,
    }


def _finding(it: Finding) -> dict[str, Any]:
    return {
        "kind": it.kind.value,
        "about": it.about,
        "text": it.text,
        "url": it.url or None,
        "at": _time(it.at),
    }


def _time(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z") if time else None
