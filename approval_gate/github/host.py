"""GitHub as one request needs it: the adapters of this package behind one face."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial

from approval_gate.core.model import Member, Outcome, Person, Thread
from approval_gate.core.policy.model import digest
from approval_gate.core.result import added
from approval_gate.core.timing import Budget
from approval_gate.errors import RejectedError
from approval_gate.github.client import Client
from approval_gate.github.issue import ASSIGNEES, GRANT, IssueDesk, Left, Marker
from approval_gate.github.parse import ListedComment, comment_of, parse
from approval_gate.github.people import People
from approval_gate.github.repository import commit_of_tag, read_file
from approval_gate.github.thread import CreatedIssue, ThreadReader


class GitHubHost:
    """One request on GitHub.

    Args:
        repository: ``owner/name`` that deploys; its tags are looked at.
        target: ``owner/name`` that the issue goes to.
        checklist: the items of its body that must be ticked.
        grant: the remedy where the token cannot open issues.
    """

    def __init__(
        self,
        client: Client,
        repository: str,
        target: str,
        marker: Marker,
        people: People,
        checklist: tuple[str, ...] = (),
        grant: str = GRANT,
    ) -> None:
        self._client = client
        self._repository = repository
        self._target = target
        self._marker = marker
        self._desk = IssueDesk(client, target, marker, grant)
        self._people = people
        self._checklist = checklist
        self._opened: CreatedIssue | None = None
        self._reader: ThreadReader | None = None

    @property
    def charged(self) -> int:
        """Requests that GitHub has charged so far."""
        return self._client.requests_used

    @property
    def may_have_twin(self) -> bool:
        """Whether the issue was asked for more than once, so that there may be two."""
        return self._desk.tried > 1

    @property
    def marker(self) -> str:
        """What the issue's body begins with."""
        return str(self._marker)

    def now(self) -> datetime:
        """Return the time in GitHub's clock."""
        return self._client.now()

    def budget(self, look_cost: float) -> Budget | None:
        """Return what is left of the hour's requests."""
        return self._client.budget(look_cost)

    def bear(self, seconds: float) -> None:
        """From now on repeat a request for so long at the most."""
        self._client.retry_limit = seconds

    def hurry(self) -> None:
        """From now on give up soon, and on the first fault."""
        self._client.shorten_timeouts()

    def open(self, title: str, body: str, labels: Sequence[str]) -> CreatedIssue:
        """Open the approval issue."""
        opened = self._opened = self._desk.open(title, body, labels)
        self._reader = ThreadReader(self._client, self._target, opened, self._marker.tag_of, self._checklist)
        return opened

    def poll(self, people: Collection[int], *, facts: bool) -> Thread:
        """Look whether anything changed."""
        return self._reading().poll(people, facts=facts)

    def confirm(self, people: Collection[int], barrier: ListedComment | None = None) -> Thread:
        """Read everything by both APIs, the edit history included, as new as the barrier."""
        return self._reading().confirm(people, barrier)

    def barrier(self, comment_id: int, what: str, text: str) -> ListedComment:
        """Rewrite a comment of the request's own, so that a read that shows it is known to be new."""
        return self._desk.edit_comment(comment_id, what, text)

    def recheck(self, members: Iterable[Member]) -> dict[int, Member]:
        """Tell who of these may no longer approve."""
        return self._people.recheck(members)

    def commit_of_tag(self, tag: str) -> str | None:
        """Return the commit that a tag of the deploying repository names now."""
        return commit_of_tag(self._client, self._repository, tag)

    def policy_digest(self, file: str) -> str | None:
        """Return the digest of the policy on the default branch as it is now; None if it is gone."""
        text = read_file(self._client, self._repository, file)
        return None if text is None else digest(text)

    def comment(self, what: str, text: str) -> int:
        """Write a comment of the request's own."""
        return self._desk.comment(self._number(), what, text, self._author())

    def edit_comment(self, comment_id: int, what: str, text: str) -> None:
        """Rewrite a comment of the request's own."""
        self._desk.edit_comment(comment_id, what, text)

    def react(self, comment_id: int, content: str) -> int:
        """React to a comment, and return the reaction's id."""
        return self._desk.react(comment_id, content)

    def take_back(self, comment_id: int, reaction_id: int) -> None:
        """Take a reaction back."""
        self._desk.take_back(comment_id, reaction_id)

    def add_labels(self, labels: Sequence[str]) -> None:
        """Add labels to the issue."""
        self._reading().labels = self._desk.add_labels(self._number(), labels)

    def assign(self, logins: Sequence[str]) -> list[str]:
        """Assign the first ten, and return who is not assigned.

        One who cannot be assigned can cost all the others, so then it is one by one.
        """
        some = list(logins[:ASSIGNEES])
        try:
            assigned = self._desk.assign(self._number(), some)
        except RejectedError:
            assigned = set()
            for login in some:
                assigned |= self._assign_one(login)
        return [login for login in logins if login.lower() not in assigned]

    def _assign_one(self, login: str) -> set[str]:
        try:
            return self._desk.assign(self._number(), [login])
        except RejectedError:
            return set()

    def close(self, label: str | None, *, completed: bool) -> None:
        """Close the issue with the labels it has and one more."""
        has = self._reading().labels
        self._desk.close(self._number(), added(has, label) if label else has, completed=completed)

    def left(self) -> list[Left]:
        """Find what is open of this run beside the request's issue."""
        return self._desk.left(self._number(), self._author())

    def concluded(self, left: Left) -> bool:
        """Tell whether its gate wrote how it ended: anybody who may set labels can set an outcome's."""
        return self._desk_of(left).written(left.number, "closing", self._author()) is not None

    def answers_on(self, left: Left) -> list[tuple[Person | None, str]]:
        """Read who said what on such an issue."""
        path = f"/repos/{self._target}/issues/{left.number}/comments"
        comments = (parse("a comment", partial(comment_of, data)) for data in self._client.pages(path))
        return [(it.author, it.text) for it in comments]

    def replace(self, left: Left, text: str) -> None:
        """Close such an issue, and say where the request's is."""
        desk = self._desk_of(left)
        desk.comment(left.number, "replaced", text, self._author())
        labels = [label for label in left.labels if label not in set(Outcome)]
        desk.close(left.number, [*labels, Outcome.CANCELLED.value], completed=False)

    def _desk_of(self, left: Left) -> IssueDesk:
        return IssueDesk(self._client, self._target, left.marker)

    def _reading(self) -> ThreadReader:
        assert self._reader is not None  # noqa: S101 - the gate opens the issue first
        return self._reader

    def _number(self) -> int:
        return self._reading().created.number

    def _author(self) -> int:
        return self._reading().created.author.id
