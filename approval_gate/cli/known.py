"""What is known of a request while it is prepared."""

from dataclasses import replace
from typing import Any

from approval_gate.core.record.model import AskedPolicy, Requested


class Known:
    """What is known of a request so far: its record has it, even if nobody is asked."""

    def __init__(self, requested: Requested) -> None:
        self.requested = requested
        self.policy: AskedPolicy | None = None

    def learn(self, **facts: Any) -> None:  # noqa: ANN401 - the fields of a request
        """Add what was read of the request."""
        self.requested = replace(self.requested, **facts)
