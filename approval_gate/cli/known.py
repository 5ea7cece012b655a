"""What is known of a request while it is prepared."""

from dataclasses import replace
from typing import Any

from approval_gate.core.record.model import AskedPolicy, Inputs, Requested


class Known:
    """The facts of a request so far: they are in its record even if nobody is asked."""

    def __init__(self, requested: Requested) -> None:
        self.requested = requested
        self.policy: AskedPolicy | None = None
        self.inputs = Inputs()

    def learn(self, **facts: Any) -> None:  # noqa: ANN401 - the fields of a request
        """Add what was read of the request."""
        self.requested = replace(self.requested, **facts)
