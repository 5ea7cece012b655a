"""Comments written after the gate: its cleanup, and the deployment's result."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from approval_gate.core.blocks import fenced
from approval_gate.core.follow_up import FollowUpIssue, owners
from approval_gate.core.model import Outcome
from approval_gate.core.record.canonical import indented
from approval_gate.core.result import Label, Result, Results, label_of, sentence
from approval_gate.render.templating import fill
from approval_gate.render.times import after

_ICONS = {Label.DEPLOYED: "🚀", Label.FAILED: "❌", Label.ROLLED_BACK: "↩️", Label.NOT_DEPLOYED: "🚫"}
_SAID = {
    Result.SUCCESS: "succeeded",
    Result.FAILURE: "**failed**",
    Result.CANCELLED: "**was cancelled**",
    Result.SKIPPED: "did not run",
}
_RAN = frozenset(Result) - {Result.SKIPPED}
_LOG = "read the run's log"
_AGAIN = "trigger a new deployment"
_INCIDENT = "Follow your incident response process."


def _next(results: Results) -> str:
    """Say what to do next; empty if everything went well (process, Deployment Failed After Approval)."""
    match label_of(results), results.rollback:
        case Label.DEPLOYED, _:
            return ""
        case Label.NOT_DEPLOYED, _:
            return f"to try again, {_AGAIN}."
        case Label.ROLLED_BACK, _:
            return f"check that the earlier version runs, and {_LOG}. When the cause is fixed, {_AGAIN}."
        case _, Result.FAILURE | Result.CANCELLED:
            return f"the rollback did not succeed, so check first what runs now. Then {_LOG}. {_INCIDENT}"
    return f"{_LOG}, check what runs now, and roll back if that is needed. {_INCIDENT}"


class ResultMessages:
    """Writes the comments on an issue after its gate."""

    def __init__(self, run_id: int, run_url: str, run_attempt: int) -> None:
        self._run = {"run_id": run_id, "run_url": run_url, "run_attempt": run_attempt}

    def swept(self, status: Outcome, now: datetime, opened: datetime) -> str:
        """Write the closing comment that a stopped gate could not write."""
        return self._render("swept.md", status=status.value, when=after(now, opened))

    def result(
        self,
        results: Results,
        now: datetime,
        opened: datetime,
        standing: Sequence[str] = (),
        follow_up: FollowUpIssue | None = None,
        record: Mapping[str, object] | None = None,
    ) -> str:
        """Write the comment with the deployment's result and its record.

        Earlier labels that are kept, and the follow-up, are named.
        """
        parts = {
            "Deployment": results.deployment,
            "Monitoring": results.monitoring,
            "Full test suite": results.suite,
            "Rollback": results.rollback,
        }
        return self._render(
            "result.md",
            icon=_ICONS[label_of(results)],
            sentence=sentence(results),
            parts=[(what, _SAID[how]) for what, how in parts.items() if how is not None],
            rolled_back_to=results.rolled_back_to if results.rollback in _RAN else None,
            follow_up=follow_up,
            owners=follow_up and owners(follow_up),
            record=record and fenced(indented(record), "json"),
            when=after(now, opened),
            next="" if standing else _next(results),
            standing=standing,
            release_url=results.release_url,
            rollback_url=results.rollback_url,
        )

    def _render(self, name: str, **values: object) -> str:
        return fill(name, **self._run, **values)
