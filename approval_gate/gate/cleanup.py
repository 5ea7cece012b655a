"""Cleanup after a gate that was killed: the issue that it left open is ended as its gate would have."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from approval_gate.core.model import Outcome
from approval_gate.core.result import added
from approval_gate.errors import LAG
from approval_gate.gate.past_issue import Approval, Issues, Log, Mark, Messages, OnceComment


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a gate left behind.

    Attributes:
        mark: of its request.
        status: what its outputs say of the outcome.
        keep_open: whether an approved request's issue awaits the result.
    """

    mark: Mark
    status: Outcome
    keep_open: bool


def sweep(
    left: Left,
    issues: Issues,
    texts: Messages,
    job: Log,
    sleep: Callable[[float], object],
    *,
    last: bool = True,
) -> None:
    """Close the issue that a gate left open, if it did; by a fault of GitHub's it may have opened two.

    Args:
        left: what the gate left behind.
        issues: of the repository that the request went to.
        texts: what people read.
        job: its log.
        sleep: waits.
        last: whether this is the last try: then the issue is closed without a comment that cannot be written.

    Raises:
        GitHubError: GitHub refused, or has a fault.
    """
    own = issues.own_account()
    found = _left_open(left.mark, own, issues, job)
    if not found:
        # It may have been opened just before its gate was killed.
        sleep(LAG)
        found = _left_open(left.mark, own, issues, job)
    if not found:
        job.say("The gate left no issue open: there is nothing to sweep.")
    for issue in found:
        # Where there are two, the gate went on with the one that has its status.
        twin = len(found) > 1 and not issues.has_comment(issue, "status", own)
        comment = OnceComment(issues, issue, own, job, last=last)
        _end(replace(left, status=Outcome.ERROR) if twin else left, issue, issues, texts, comment)


def _end(left: Left, issue: Approval, issues: Issues, texts: Messages, comment: OnceComment) -> None:
    """End an issue as its gate would have."""
    approved = left.status is Outcome.APPROVED
    outcome = Outcome.CANCELLED if left.status is Outcome.ERROR else left.status
    labels = added(issue.labels, outcome.value)
    if approved and left.keep_open:
        if labels != issue.labels:
            issues.label(issue, labels)
        comment.job.say(f"{issue.url} is approved, and stays open for the deployment's result.")
        return
    # First the comment: a closed issue is not found again.
    if not approved:
        comment.write("closing", "closing comment", lambda: texts.swept(left.status))
    issues.close(issue, labels, completed=approved)
    comment.job.say(f"Closed {issue.url} as {outcome}, which the gate had left open.")


def _left_open(mark: Mark, own: int, issues: Issues, job: Log) -> list[Approval]:
    found = []
    for issue in issues.all_open():
        if issue.marker is None or _identity(issue.marker) != _identity(mark):
            continue
        if issue.author_id == own:
            found.append(issue)
            continue
        job.warn(
            f"{issue.url} has this gate's marker, but another account wrote it, so it is left alone.\n"
            "If it is the gate's, pass the token that the gate had, and run this again."
        )
    return found


def _identity(mark: Mark) -> tuple[int, int, str]:
    return mark.run_id, mark.run_attempt, mark.nonce
