"""The approval issue as it is read, look by look, and remembered."""

from approval_gate.github.thread.history import Barrier
from approval_gate.github.thread.issue import Opened
from approval_gate.github.thread.reader import ThreadReader

__all__ = ["Barrier", "Opened", "ThreadReader"]
