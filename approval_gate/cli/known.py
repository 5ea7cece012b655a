"""What is known of a request while it is prepared."""

from dataclasses import replace
from typing import Any

from approval_gate.core.facts import NO_FACTS, Facts
from approval_gate.core.model import Rule
from approval_gate.core.record.model import AskedPolicy, Requested


class Known:
    """The facts of a request so far: they are in its record even if nobody is asked."""

    def __init__(self, requested: Requested) -> None:
        self.requested = requested
        self.policy: AskedPolicy | None = None
        self.rule: Rule | None = None
        self.facts: Facts = NO_FACTS

    def learn(self, **facts: Any) -> None:  # noqa: ANN401 - the fields of a request
        """Add what was read of the request."""
        self.requested = replace(self.requested, **facts)
