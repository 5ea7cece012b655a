"""The deployment's result, reported on its approval issue."""

from collections.abc import Sequence
from dataclasses import dataclass

from approval_gate.core.model import Outcome
from approval_gate.core.result import Label, Results, added, label_of, relabelled, sentence
from approval_gate.errors import InputError
from approval_gate.gate.past_issue import Approval, Issues, Log, Messages, OnceComment


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment that is over.

    Attributes:
        issue_number: of the approval issue.
        release_url: of the release, or None.
        rollback_url: of whatever tells of the rollback, or None.
    """

    issue_number: int
    run_id: int
    run_attempt: int
    results: Results
    release_url: str | None = None
    rollback_url: str | None = None


def report(deployment: Deployment, issues: Issues, texts: Messages, job: Log, *, last: bool = True) -> None:
    """Post a deployment's result on its approval issue, label it, and close it.

    Args:
        deployment: what is over.
        issues: of the repository that the request went to.
        texts: what people read.
        job: its log.
        last: see :func:`approval_gate.gate.cleanup.sweep`.

    Raises:
        InputError: the issue is none of this run's; nothing was written.
        GitHubError: GitHub refused, or has a fault.
    """
    own = issues.own_account()
    issue = _of_this_run(deployment, own, issues)
    label = label_of(deployment.results)
    labels = relabelled(issue.labels, label)
    said = f"result-{deployment.run_attempt}-{label}"
    OnceComment(issues, issue, own, job, last=last).write(
        said,
        "result",
        lambda: texts.result(
            deployment.results,
            issues.now(),
            () if added(labels, label) == labels else _results_among(labels),
            release_url=deployment.release_url,
            rollback_url=deployment.rollback_url,
        ),
    )
    if issue.is_open:
        issues.close(issue, labels, completed=Label.DEPLOYED in _results_among(labels))
    elif labels != issue.labels:
        issues.label(issue, labels)
    if label is not Label.NOT_DEPLOYED and Outcome.APPROVED not in map(str.lower, issue.labels):
        job.warn(f"{issue.url} is not labelled approved: see whether this deployment waited for its gate.")
    job.say(f"{sentence(deployment.results)}. Reported on {issue.url}")


def _of_this_run(deployment: Deployment, own: int, issues: Issues) -> Approval:
    number = deployment.issue_number
    issue = issues.read(number)
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
    mark = issue.marker
    if mark is None or mark.run_id != deployment.run_id or mark.run_attempt > deployment.run_attempt:
        raise InputError(
            f"issue-number: issue {number} is no approval issue of this run.",
            remedy="Pass the output `issue-number` of this run's own gate. Nothing was written.",
        )
    return issue


def _results_among(labels: Sequence[str]) -> tuple[Label, ...]:
    has = {name.lower() for name in labels}
    return tuple(label for label in Label if label in has)
