"""The deployment's result, reported on its approval issue."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from approval_gate import __version__
from approval_gate.core.approval import Approval, approval_of
from approval_gate.core.follow_up import FollowUpIssue
from approval_gate.core.layout import row
from approval_gate.core.model import Outcome
from approval_gate.core.record.canonical import digest
from approval_gate.core.record.comments import joined
from approval_gate.core.record.reading import read_object
from approval_gate.core.result import (
    Label,
    Results,
    Run,
    added,
    label_of,
    relabelled,
    result_document,
    sentence,
)
from approval_gate.errors import GitHubError, InputError, PolicyError
from approval_gate.gate.follow_up import ENTRY as FOLLOW_UP
from approval_gate.gate.past_issue import IssueTracker, PastIssue, comment_once
from approval_gate.gate.ports import Log

_RECORD = "the-gates-record-cannot-be-used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment that is over, and its approval issue."""

    issue_number: int
    run: Run
    results: Results


class Messages(Protocol):
    """The text about the result; ``record`` is the result record."""

    def result(
        self,
        results: Results,
        now: datetime,
        opened: datetime,
        standing: Sequence[str],
        follow_up: FollowUpIssue | None,
        record: Mapping[str, object],
    ) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Effects of a report outside of the approval issue.

    Attributes:
        notify: called with the issue's address and its approval once the result is posted.
        follow_up: opens what the policy asks for, of the issue and its approval.
    """

    notify: Callable[[str, Approval | None], None]
    follow_up: Callable[[PastIssue, Approval], FollowUpIssue | None]


def report(
    deployment: Deployment,
    tracker: IssueTracker,
    messages: Messages,
    log: Log,
    now: Callable[[], datetime],
    effects: Effects,
    *,
    last: bool = True,
) -> None:
    """Open the follow-up, post a deployment's result on its approval issue, label it, and close it.

    At the last try, what cannot be written or read is left out.

    Raises:
        InputError: the issue is not one of this run; nothing was written.
        GitHubError: GitHub refused, or has a fault.
    """
    issue = _of_this_run(deployment, tracker)
    label = label_of(deployment.results)
    labels = relabelled(issue.labels, label)
    approval = _approval(issue, log, last=last)
    follow_up = None
    if label is not Label.NOT_DEPLOYED:
        follow_up = _follow_up(issue, approval, effects, log, last=last)

    def text() -> str:
        kept = () if added(labels, label) == labels else _results_among(labels)
        record = result_document(
            deployment.results,
            deployment.run,
            gate=__version__,
            at=now(),
            issue=issue.number,
            decision=approval.digest if approval else None,
            follow_up=follow_up,
        )
        return messages.result(deployment.results, now(), issue.opened_at, kept, follow_up, record)

    name, done = f"result-{deployment.run.attempt}-{label}", []
    if comment_once(issue, name, "result", text, log, last=last):
        done.append("result posted")
        effects.notify(issue.url, approval)
    if labels != issue.labels:
        done.append(f"labelled {label}")
    if issue.is_open:
        issue.close(labels, completed=Label.DEPLOYED in _results_among(labels))
        done.append("closed")
    elif labels != issue.labels:
        issue.set_labels(labels)
    if label is not Label.NOT_DEPLOYED and Outcome.APPROVED not in map(str.lower, issue.labels):
        log.warn(
            f"{issue.url} is not labelled approved: see whether this deployment waited for its gate.",
            "the-issue-is-not-labelled-approved",
        )
    log.say(sentence(deployment.results))
    log.say(row("issue", issue.url))
    log.say(row("done", ", ".join(done) or "nothing, since this was reported before"))


def _approval(issue: PastIssue, log: Log, *, last: bool) -> Approval | None:
    """Read the gate's record on the issue; None if there is none that can be read."""
    try:
        found = issue.record()
    except GitHubError:
        if not last:
            raise
        return None
    try:
        record = read_object(joined(text for text, _ in found))
        approval = approval_of(record, digest(record))
    except (ValueError, RecursionError):
        return None
    if approval.digest is None or any(edited for _, edited in found):
        log.warn(
            f"The gate's record on {issue.url} was edited. The result refers to no decision. "
            "If this was an emergency, see whether its post-mortem was opened.",
            _RECORD,
        )
        return replace(approval, digest=None)
    return approval


def _follow_up(
    issue: PastIssue, approval: Approval | None, effects: Effects, log: Log, *, last: bool
) -> FollowUpIssue | None:
    """Open what the policy asks for; at the last try, a warning says why that could not be done."""
    if approval is None:
        log.warn(
            f"There is no record of the gate on {issue.url} that can be read, so no follow-up was opened. "
            "If this was an emergency, open its post-mortem by hand.",
            _RECORD,
        )
        return None
    try:
        return effects.follow_up(issue, approval)
    except GitHubError as error:
        if not last:
            raise
        reason = error.line
    except PolicyError as error:
        reason = error.line
    log.warn(f"The follow-up was not opened: {reason} Report again, or open it by hand.", FOLLOW_UP)
    return None


def _of_this_run(deployment: Deployment, tracker: IssueTracker) -> PastIssue:
    own, number = tracker.own_account(), deployment.issue_number
    issue = tracker.find(number)
    if issue is None:
        raise InputError(
            f"issue-number: there is no issue {number} there that this token can see.",
            remedy="Pass the gate's output `issue-number`, and the target-repository that the gate had.",
        )
    if issue.author_id != own:
        raise InputError(
            f"issue-number: issue {number} was not opened by the account of this token.",
            remedy="Pass the token that the gate had. Nothing was written.",
        )
    marker = issue.marker
    if marker.run_id != deployment.run.id or marker.run_attempt > deployment.run.attempt:
        raise InputError(
            f"issue-number: issue {number} is not an approval issue of this run.",
            remedy="Pass the output `issue-number` of this run's own gate. Nothing was written.",
        )
    return issue


def _results_among(labels: Sequence[str]) -> tuple[Label, ...]:
    has = {name.lower() for name in labels}
    return tuple(label for label in Label if label in has)
