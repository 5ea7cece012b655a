"""What GitHub says about a deployment: what is new, which jobs ran, what is open, what was deployed where.

These are values: adapters read them, conditions are assessed on them, and the
record has them. What could not be read has a source with a problem.
"""

from dataclasses import dataclass
from datetime import datetime

from approval_gate.core.model import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where and when something was read.

    Attributes:
        where: the part of GitHub's API that answered, for example ``GET /repos/…/jobs``.
        problem: why it could not be read, as a sentence; empty if it was.
        lasting: whether reading again cannot help, as with a missing permission.
        grant: the permissions that the token lacks for it, for example ``("actions: read",)``.
    """

    where: str
    at: datetime
    problem: str = ""
    lasting: bool = False
    grant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """An approving review by somebody with write access: whose, and of which commit."""

    by: Person
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A merged pull request of a change.

    Attributes:
        author: None if the account no longer exists.
        head: its last commit.
        authors: the accounts that wrote or committed its commits, each once.
        approvals: each person's last review, if it approves and the person can write.
        complete: whether all its commits and reviews were read.
    """

    number: int
    title: str
    url: str
    author: Person | None
    head: str
    authors: tuple[Person, ...]
    approvals: tuple[Review, ...]
    complete: bool = True

    @property
    def by_others(self) -> tuple[Review, ...]:
        """The approvals by people who wrote none of it, whichever of its commits they saw."""
        wrote = {person.id for person in (*self.authors, *filter(None, (self.author,)))}
        return tuple(it for it in self.approvals if not it.by.bot and it.by.id not in wrote)

    @property
    def reviewed(self) -> bool:
        """Whether its last commit has the approval of a person who wrote none of it."""
        return any(review.commit == self.head for review in self.by_others)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequests:
    """The merged pull requests of a change, and its commits that came without one."""

    source: Source
    merged: tuple[PullRequest, ...] = ()
    pushed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The paths that a change touches, and whether these are all of them."""

    paths: tuple[str, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """An author without an account: the name, and one of the commits; the address is left out."""

    name: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The commits since the environment's last successful deployment.

    Attributes:
        since: the commit that was deployed last; None if no deployment succeeded yet.
        whole: whether these are all commits of the history, since there is no earlier
            deployment to compare with.
        authors: the accounts that wrote or committed them, each once.
        unknown: the authors without an account.
        files: None if they were not read.
        pull_requests: None if they were not read.
    """

    source: Source
    since: str | None = None
    whole: bool = False
    commits: int = 0
    authors: tuple[Person, ...] = ()
    unknown: tuple[Author, ...] = ()
    files: Files | None = None
    pull_requests: PullRequests | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a job: how it ended, in GitHub's words (``success``, ``skipped``); None while it has not."""

    name: str
    conclusion: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job of the run.

    Attributes:
        conclusion: how it ended, in GitHub's words; None while it has not.
        carried_over: whether an earlier attempt of the run did the work.
        steps: those that were skipped, and those that a condition names.
    """

    id: int
    name: str
    url: str
    conclusion: str | None
    carried_over: bool = False
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnJob:
    """The gate's own job: the id of its check run if the runner gives it, or the runner that it runs on.

    Never its name: another job can have the same one.
    """

    id: int | None = None
    runner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """The other jobs of this attempt; of those with the same name, the ones that ran last.

    Attributes:
        listed: all of them, but for those that are counted.
        passed: how many more succeeded, with no step skipped, that no condition names.
    """

    source: Source
    listed: tuple[Job, ...] = ()
    passed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIssue:
    """An open issue."""

    number: int
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIssues:
    """How many issues with a label are open, and the first of them."""

    label: str
    source: Source
    count: int = 0
    first: tuple[OpenIssue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """When the commit was last deployed to another environment with success; None if it was not."""

    environment: str
    source: Source
    at: datetime | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedDetail:
    """A detail that the request states, by its name in the policy; None if it does not."""

    name: str
    heading: str
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that conditions are assessed on; what was not needed is absent."""

    change: Change | None = None
    jobs: Jobs | None = None
    issues: tuple[OpenIssues, ...] = ()
    deployed: tuple[Deployed, ...] = ()
    details: tuple[StatedDetail, ...] = ()


NO_FACTS = Facts()
"""Nothing was read: every condition is unknown on it."""
