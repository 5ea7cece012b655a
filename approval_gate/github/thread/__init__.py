"""The approval issue as it is read, poll by poll, and remembered."""

from approval_gate.github.thread.issue import CreatedIssue
from approval_gate.github.thread.reader import ThreadReader

__all__ = ["CreatedIssue", "ThreadReader"]
