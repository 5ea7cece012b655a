"""The result of a deployment that was approved: its label, and a sentence about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from approval_gate.core.follow_up import FollowUpIssue
from approval_gate.core.model import Outcome
from approval_gate.core.record.canonical import digest
from approval_gate.core.wording import join

SCHEMA = "approval-gate/result/v1"

LABELS = 100
"""The most labels that GitHub lets an issue have (https://github.com/actions/labeler/issues/115)."""


class Result(StrEnum):
    """How a job ended, as ``needs.<job>.result`` reports it.

    (https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#needs-context).
    """

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


class Label(StrEnum):
    """The label that the approval issue gets for the deployment's result."""

    DEPLOYED = "deployed"
    FAILED = "deployment-failed"
    ROLLED_BACK = "rolled-back"
    NOT_DEPLOYED = "not-deployed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """How each part of a deployment ended, and pages about it; None for what was not reported.

    Attributes:
        rolled_back_to: the version that the rollback was to go back to.
    """

    deployment: Result
    monitoring: Result | None = None
    suite: Result | None = None
    rollback: Result | None = None
    release_url: str | None = None
    rollback_url: str | None = None
    rolled_back_to: str | None = None


_BROKEN = frozenset({Result.FAILURE, Result.CANCELLED})
_ENDED = {Result.FAILURE: "failed", Result.CANCELLED: "was cancelled"}


def label_of(results: Results) -> Label:
    """Return the label for these results.

    A check that was cancelled found nothing, so it does not make a deployment
    failed; a rollback that started and did not succeed does.
    """
    if results.rollback is Result.SUCCESS:
        return Label.ROLLED_BACK
    if results.deployment is Result.SKIPPED:
        return Label.NOT_DEPLOYED
    ill = Result.FAILURE in {results.monitoring, results.suite} or results.rollback in _BROKEN
    return Label.DEPLOYED if results.deployment is Result.SUCCESS and not ill else Label.FAILED


def sentence(results: Results) -> str:
    """Describe the results in one sentence, without a full stop."""
    label = label_of(results)
    parts = {
        "the deployment": results.deployment,
        "monitoring": results.monitoring,
        "the full test suite": results.suite,
        "the rollback": results.rollback,
    }
    broken = [f"{what} {_ENDED[how]}" for what, how in parts.items() if how in _BROKEN]
    if label is Label.NOT_DEPLOYED:
        return "Not deployed: the deployment did not run"
    if label is Label.ROLLED_BACK:
        return f"Rolled back: {join(broken, 'and')}" if broken else "Rolled back"
    if label is Label.FAILED and results.rollback is Result.SKIPPED:
        broken.append("no rollback ran")
    if results.deployment is not Result.SUCCESS:
        return join(broken, "and").capitalize()
    return f"Deployed, but {join(broken, 'and')}" if broken else "Deployed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that deployed, and the repository that it is of; an id is None if the runner does not give it."""

    id: int
    attempt: int
    url: str
    repository: str
    repository_id: int | None


def result_document(
    results: Results,
    run: Run,
    *,
    gate: str,
    at: datetime,
    issue: int,
    decision: str | None,
    follow_up: FollowUpIssue | None,
) -> dict[str, Any]:
    """Build the record of a deployment's result, its digest included.

    Args:
        results: how each part ended.
        run: the run that deployed.
        gate: the program's version.
        at: the time of the report.
        issue: the approval issue's number.
        decision: the digest of the gate's record; None if there is none that can be read.
        follow_up: the follow-up, if one was opened.
    """
    went_back = results.rollback is Result.SUCCESS
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "gate": gate,
        "result": label_of(results).value,
        "at": _stamp(at),
        "parts": {
            "deployment": results.deployment.value,
            "monitoring": results.monitoring and results.monitoring.value,
            "suite": results.suite and results.suite.value,
            "rollback": results.rollback and results.rollback.value,
        },
        "release_url": results.release_url,
        "rollback_url": results.rollback_url,
        "rolled_back_to": results.rolled_back_to if went_back else None,
        "run": {"id": run.id, "attempt": run.attempt, "url": run.url},
        "repository": {"id": run.repository_id, "name": run.repository},
        "issue": issue,
        "decision_digest": decision,
        "follow_up": follow_up
        and {"number": follow_up.number, "url": follow_up.url, "due_at": _stamp(follow_up.due_at)},
    }
    return {**body, "digest": digest(body)}


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def relabelled(labels: Sequence[str], label: Label) -> tuple[str, ...]:
    """Return an issue's labels with the label of a result, in place of an earlier result's.

    An attempt that deployed nothing does not undo an earlier deployment, so
    ``not-deployed`` replaces no other result. GitHub ignores the case of labels.
    """
    others = {other.value for other in Label if other is not label}
    if label is Label.NOT_DEPLOYED and any(name.lower() in others for name in labels):
        return tuple(labels)
    return added([name for name in labels if name.lower() not in others], label)


def added(labels: Sequence[str], label: str) -> tuple[str, ...]:
    """Return an issue's labels with one more, unless it is among them.

    If the issue has as many as it can, the last one that is neither an outcome nor a result is dropped.
    """
    if any(name.lower() == label for name in labels):
        return tuple(labels)
    ours = {*Outcome, *Label}
    least = next((name for name in reversed(labels) if name.lower() not in ours), None)
    dropped = least if len(labels) >= LABELS else None
    return (*(name for name in labels if name != dropped), label)
