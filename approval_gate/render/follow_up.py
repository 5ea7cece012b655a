"""What people read about follow-ups."""

from collections.abc import Sequence

from approval_gate.core.follow_up import FollowUpIssue
from approval_gate.render.templating import fill


def overdue(follow_up: FollowUpIssue, blocked: Sequence[str]) -> str:
    """Tell the owners of a follow-up that it is overdue, and which types of deployment wait for it."""
    return fill("overdue.md", follow_up=follow_up, blocked=blocked)
