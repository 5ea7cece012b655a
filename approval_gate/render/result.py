"""Comments written after the gate: its cleanup, and the deployment's result."""

from collections.abc import Sequence
from datetime import datetime

from approval_gate.core.model import Outcome
from approval_gate.core.result import Label, Result, Results, label_of, sentence
from approval_gate.render.templating import fill

_ICONS = {Label.DEPLOYED: "🚀", Label.FAILED: "❌", Label.ROLLED_BACK: "↩️", Label.NOT_DEPLOYED: "🚫"}
_SAID = {
    Result.SUCCESS: "succeeded",
    Result.FAILURE: "**failed**",
    Result.CANCELLED: "**was cancelled**",
    Result.SKIPPED: "did not run",
}


class ResultMessages:
    """Fills the templates.

    Args:
        run_id: of the run.
        run_url: the page of its attempt.
        run_attempt: the attempt that is at work now.
    """

    def __init__(self, run_id: int, run_url: str, run_attempt: int) -> None:
        self._run = {"run_id": run_id, "run_url": run_url, "run_attempt": run_attempt}

    def swept(self, status: Outcome) -> str:
        """Write the closing comment that a stopped gate could not write."""
        return self._render("swept.md", status=status.value)

    def result(
        self,
        results: Results,
        now: datetime,
        standing: Sequence[str],
        *,
        release_url: str | None,
        rollback_url: str | None,
    ) -> str:
        """Write the comment with the deployment's result.

        Args:
            results: of each part.
            now: when it is reported.
            standing: the labels of an earlier attempt that this result does not replace.
            release_url: of the release, from an input.
            rollback_url: of the rollback, from an input.
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
            now=now,
            standing=standing,
            release_url=release_url,
            rollback_url=rollback_url,
        )

    def _render(self, name: str, **values: object) -> str:
        return fill(name, **self._run, **values)
