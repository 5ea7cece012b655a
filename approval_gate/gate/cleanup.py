"""Cleanup after a gate that was killed: the issue that it left open is ended as its gate would have."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from approval_gate.core.layout import row
from approval_gate.core.marker import Marker
from approval_gate.core.model import Outcome
from approval_gate.core.result import added
from approval_gate.core.timing import LAG
from approval_gate.gate.past_issue import IssueTracker, PastIssue, comment_once
from approval_gate.gate.ports import Log


@dataclass(frozen=True, slots=True, kw_only=True)
class KilledGate:
    """What is known of a gate that was killed.

    Attributes:
        status: the outcome in its outputs.
        keep_open: whether an approved request's issue stays open for the deployment's result.
    """

    marker: Marker
    status: Outcome
    keep_open: bool


def sweep(
    gate: KilledGate,
    tracker: IssueTracker,
    message: Callable[[Outcome, datetime], str],
    log: Log,
    sleep: Callable[[float], object],
    *,
    last: bool = True,
) -> None:
    """Close the issue that a gate left open, if it did; by a fault of GitHub's it may have opened two.

    The message takes the outcome and when the issue was opened. At the last try, a comment that
    cannot be written is left out.
    """
    own = tracker.own_account()
    found = _left_open(gate.marker, own, tracker, log)
    if not found:
        # It may have been opened just before its gate was killed.
        sleep(LAG)
        found = _left_open(gate.marker, own, tracker, log)
    if not found:
        log.say("The gate left no issue open, so the sweep does nothing.")
    for issue in found:
        # Where there are two, the gate went on with the one that has its status.
        duplicate = len(found) > 1 and issue.find_comment("status") is None
        _end(replace(gate, status=Outcome.ERROR) if duplicate else gate, issue, message, log, last=last)


def _end(
    gate: KilledGate,
    issue: PastIssue,
    message: Callable[[Outcome, datetime], str],
    log: Log,
    *,
    last: bool,
) -> None:
    """End an issue as its gate would have."""
    approved = gate.status is Outcome.APPROVED
    outcome = Outcome.CANCELLED if gate.status is Outcome.ERROR else gate.status
    labels = added(issue.labels, outcome.value)
    done = [f"labelled {outcome}"] if labels != issue.labels else []
    if approved and gate.keep_open:
        if done:
            issue.set_labels(labels)
        return _log(issue, [*done, "left open for the deployment's result"], log)
    # First the comment: a closed issue is not found again.
    if not approved:
        text = partial(message, gate.status, issue.opened_at)
        if comment_once(issue, "closing", "closing comment", text, log, last=last):
            done.insert(0, "closing comment written")
    issue.close(labels, completed=approved)
    return _log(issue, [*done, "closed"], log)


def _log(issue: PastIssue, done: Sequence[str], log: Log) -> None:
    log.say("The gate was stopped before it closed its issue")
    log.say(row("issue", issue.url))
    log.say(row("done", ", ".join(done)))


def _left_open(marker: Marker, own: int, tracker: IssueTracker, log: Log) -> list[PastIssue]:
    found = []
    for issue in tracker.open_issues():
        if issue.marker != marker:
            continue
        if issue.author_id == own:
            found.append(issue)
            continue
        log.warn(
            f"{issue.url} has this gate's marker, but another account wrote it, so it is left alone.\n"
            "If it is the gate's, pass the token that the gate had, and run this again.",
            "another-account-wrote-the-issue",
        )
    return found
