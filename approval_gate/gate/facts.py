"""What GitHub says about the deployment, as it was read last, and when it is read again.

Nothing is read while nobody has answered: the facts matter once people have approved.
"""

from collections.abc import Callable, Iterable

from approval_gate.core.conditions.model import Condition
from approval_gate.core.timing import CHECKS_AGAIN, DECISIVE, RESERVE, Budget
from approval_gate.core.verdict import Decision
from approval_gate.gate.ports import Plan, Runtime, Sources


class LatestFacts:
    """The facts of one request.

    ``budget`` returns what is left of the hour's requests, ``left`` the seconds for which anything can
    still be retried.

    Attributes:
        known: as they were read last. What could not be read has a source with a problem.
    """

    def __init__(
        self,
        plan: Plan,
        sources: Sources,
        runtime: Runtime,
        budget: Callable[[float], Budget | None],
        left: Callable[[], float],
    ) -> None:
        self._conditions, self._read = plan.rule.conditions, sources.facts
        self._runtime, self._budget, self._left = runtime, budget, left
        self._again = runtime.deadline(0)
        self.known = plan.facts

    def look(self, decision: Decision, *, last: bool) -> bool:
        """Read again what holds back an approval that waits for nothing else; return whether it was read.

        That is at most once a minute while there are requests to spare, and at the ``last`` poll in any case.
        """
        due = self._again.passed and self._can_spare()
        if not decision.waits_for_checks or not (last or due):
            return False
        self._read_again(it.condition for it in decision.blocking)
        return True

    def confirm(self) -> None:
        """Read again whatever the checks rest on."""
        if self._conditions:
            self._read_again(self._conditions)

    def _can_spare(self) -> bool:
        """Whether a look leaves enough requests to go on reading answers, besides those kept for the end."""
        budget = self._budget(0)
        return budget is None or budget.remaining > 2 * RESERVE

    def _read_again(self, conditions: Iterable[Condition]) -> None:
        until = self._runtime.deadline(min(DECISIVE, self._left()))
        self.known = self._read(self.known, tuple(conditions), until)
        self._again = self._runtime.deadline(CHECKS_AGAIN)
