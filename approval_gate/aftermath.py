"""What comes after the gate: sweeping up what a killed one left open, and reporting the deployment's result.

Both touch an issue only if the token's own account wrote it and its marker is
of this run: anybody can write a marker. Both can be done again, and change
nothing then.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from approval_gate.core.model import Outcome
from approval_gate.core.result import Label, Results, added, label_of, relabelled, sentence
from approval_gate.errors import LAG, GitHubError, InputError, LockedError


class Mark(Protocol):
    """What tells a request apart: its run, the attempt, and a nonce, since twins share both."""

    @property
    def run_id(self) -> int: ...
    @property
    def run_attempt(self) -> int: ...
    @property
    def nonce(self) -> str: ...


class Approval(Protocol):
    """An issue; without a marker it is no approval issue."""

    @property
    def number(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def author_id(self) -> int | None: ...
    @property
    def marker(self) -> Mark | None: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def is_open(self) -> bool: ...


class Issues(Protocol):
    """The issues of the repository that the request went to. Every call may raise a GitHubError."""

    def now(self) -> datetime: ...
    def own_account(self) -> int: ...
    def all_open(self) -> Iterable[Approval]: ...
    def read(self, number: int) -> Approval | None: ...
    def has_comment(self, issue: Any, what: str, author_id: int) -> bool: ...  # noqa: ANN401 - what read() gave
    def comment(self, issue: Any, what: str, text: str, author_id: int) -> None: ...  # noqa: ANN401 - the same
    def label(self, issue: Any, labels: Sequence[str]) -> None: ...  # noqa: ANN401 - the same
    def close(self, issue: Any, labels: Sequence[str], *, completed: bool) -> None: ...  # noqa: ANN401 - the same


class Texts(Protocol):
    """What people read."""

    def swept(self, status: Outcome) -> str: ...
    def result(
        self,
        results: Results,
        now: datetime,
        standing: Sequence[str],
        *,
        release_url: str | None,
        rollback_url: str | None,
    ) -> str: ...


class Report(Protocol):
    """The job's log."""

    def say(self, line: str = "") -> None: ...
    def warn(self, text: str) -> None: ...


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


def sweep(
    left: Left,
    issues: Issues,
    texts: Texts,
    job: Report,
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
        comment = _Comment(issues, issue, own, job, last=last)
        _end(replace(left, status=Outcome.ERROR) if twin else left, issue, issues, texts, comment)


class _Comment:
    """Writes a comment that belongs to a request, once.

    On a locked issue no app can comment, and what must be done is done all the
    same: then it is a warning. So is every other error at the last try.
    """

    def __init__(self, issues: Issues, issue: Approval, own: int, job: Report, *, last: bool) -> None:
        self._issues, self._issue, self._own = issues, issue, own
        self.job, self._last = job, last

    def write(self, what: str, name: str, text: Callable[[], str]) -> None:
        """Write it, unless it is there.

        Args:
            what: names it among the request's own.
            name: the same, for people.
            text: in Markdown.

        Raises:
            GitHubError: it cannot be written, and may be at the next try.
        """
        try:
            if not self._issues.has_comment(self._issue, what, self._own):
                self._issues.comment(self._issue, what, text(), self._own)
        except GitHubError as error:
            if not self._last and not isinstance(error, LockedError):
                raise
            self.job.warn(
                f"The {name} could not be written on {self._issue.url}: {error.problem} {error.detail}"
            )


def _end(left: Left, issue: Approval, issues: Issues, texts: Texts, comment: _Comment) -> None:
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


def _left_open(mark: Mark, own: int, issues: Issues, job: Report) -> list[Approval]:
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


def report(deployment: Deployment, issues: Issues, texts: Texts, job: Report, *, last: bool = True) -> None:
    """Post a deployment's result on its approval issue, label it, and close it.

    Args:
        deployment: what is over.
        issues: of the repository that the request went to.
        texts: what people read.
        job: its log.
        last: see :func:`sweep`.

    Raises:
        InputError: the issue is none of this run's; nothing was written.
        GitHubError: GitHub refused, or has a fault.
    """
    own = issues.own_account()
    issue = _of_this_run(deployment, own, issues)
    label = label_of(deployment.results)
    labels = relabelled(issue.labels, label)
    said = f"result-{deployment.run_attempt}-{label}"
    _Comment(issues, issue, own, job, last=last).write(
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


def _identity(mark: Mark) -> tuple[int, int, str]:
    return mark.run_id, mark.run_attempt, mark.nonce


def _results_among(labels: Sequence[str]) -> tuple[Label, ...]:
    has = {name.lower() for name in labels}
    return tuple(label for label in Label if label in has)
