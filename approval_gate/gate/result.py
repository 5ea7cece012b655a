"""The deployment's result, reported on its approval issue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from approval_gate.core.layout import row
from approval_gate.core.model import Outcome
from approval_gate.core.result import Label, Results, added, label_of, relabelled, sentence
from approval_gate.errors import InputError
from approval_gate.gate.past_issue import IssueTracker, PastIssue, comment_once
from approval_gate.gate.ports import Log


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment that is over, and its approval issue."""

    issue_number: int
    run_id: int
    run_attempt: int
    results: Results


def report(
    deployment: Deployment,
    tracker: IssueTracker,
    message: Callable[[Results, datetime, datetime, Sequence[str]], str],
    log: Log,
    now: Callable[[], datetime],
    notify: Callable[[str], None],
    *,
    last: bool = True,
) -> None:
    """Post a deployment's result on its approval issue, label it, and close it.

    At the last try, a comment that cannot be written is left out. ``notify`` is called with the issue's
    address once the result is posted.

    Raises:
        InputError: the issue is not one of this run; nothing was written.
        GitHubError: GitHub refused, or has a fault.
    """
    issue = _of_this_run(deployment, tracker)
    label = label_of(deployment.results)
    labels = relabelled(issue.labels, label)

    def text() -> str:
        kept = () if added(labels, label) == labels else _results_among(labels)
        return message(deployment.results, now(), issue.opened_at, kept)

    name, done = f"result-{deployment.run_attempt}-{label}", []
    if comment_once(issue, name, "result", text, log, last=last):
        done.append("result posted")
        notify(issue.url)
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
    if marker.run_id != deployment.run_id or marker.run_attempt > deployment.run_attempt:
        raise InputError(
            f"issue-number: issue {number} is not an approval issue of this run.",
            remedy="Pass the output `issue-number` of this run's own gate. Nothing was written.",
        )
    return issue


def _results_among(labels: Sequence[str]) -> tuple[Label, ...]:
    has = {name.lower() for name in labels}
    return tuple(label for label in Label if label in has)
