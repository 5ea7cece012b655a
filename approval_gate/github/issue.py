"""A handle on one approval issue: what is read of it, and written to it.

A write is never repeated blindly. Each comment of the request's own ends with
its marker, by which it is found again when GitHub's answer was lost.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TypeVar

from approval_gate.core.marker import RECORD, Marker
from approval_gate.core.model import Conversation, Person, Thread
from approval_gate.core.timing import LAG, Deadline
from approval_gate.errors import NotFoundError, OutageError, RejectedError, UnauthenticatedError
from approval_gate.github.client import Client
from approval_gate.github.parse import Answer, ListedComment, comment_of, labels_of, parse
from approval_gate.github.thread.issue import ListedIssue
from approval_gate.github.thread.reader import ThreadReader

T = TypeVar("T")

ASSIGNEES = 10
"""The most people GitHub assigns to an issue (https://docs.github.com/en/rest/issues/assignees)."""


class ApprovalIssue:
    """One approval issue.

    A method that retries takes ``until``, the deadline of its last try; without
    one it retries for as long as the client does.

    Args:
        client: sends the requests.
        repository: ``owner/name`` of the issue's repository.
        created: the issue, as GitHub returned it.
        marker: of its request; comments that end with it count only if the issue's author wrote them.
        checklist: the items of its body that must be ticked.
        may_have_duplicate: whether it was requested more than once, so that GitHub may have opened two.
    """

    def __init__(
        self,
        client: Client,
        repository: str,
        created: ListedIssue,
        marker: Marker,
        *,
        checklist: tuple[str, ...] = (),
        may_have_duplicate: bool = False,
    ) -> None:
        self._client = client
        self._issues = f"/repos/{repository}/issues"
        self._path = f"{self._issues}/{created.number}"
        self._reader = ThreadReader(client, self._path, created, marker, checklist)
        self._in_doubt: set[str] = set()
        self._edits: dict[int, ListedComment] = {}
        self.repository = repository
        self.marker = marker
        self.may_have_duplicate = may_have_duplicate

    @property
    def id(self) -> int:
        """The number that GitHub gives it among all issues."""
        return self._reader.created.id

    @property
    def number(self) -> int:
        """Its number in the repository."""
        return self._reader.created.number

    @property
    def url(self) -> str:
        """Its page."""
        return self._reader.created.url

    @property
    def author(self) -> Person:
        """Who opened it: the token's account."""
        return self._reader.created.author

    @property
    def author_id(self) -> int:
        """The id of that account."""
        return self.author.id

    @property
    def opened_at(self) -> datetime:
        """When GitHub opened it."""
        return self._reader.created.opened_at

    @property
    def is_open(self) -> bool:
        """Whether it was open when GitHub returned it."""
        return self._reader.created.closing is None

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels, as they were read last."""
        return self._reader.labels

    # Reading -------------------------------------------------------------------------

    def poll(self, people: Collection[int], *, facts: bool) -> Thread:
        """Read what changed, and return the thread; see :meth:`ThreadReader.poll`."""
        return self._reader.poll(people, facts=facts)

    def confirm(self, people: Collection[int], edited: int | None = None) -> Thread:
        """Read everything by both APIs; see :meth:`ThreadReader.confirm`.

        A read that does not show a comment as :meth:`edit_comment` wrote it last is not believed.
        """
        return self._reader.confirm(people, None if edited is None else self._edits[edited])

    def examine(self, people: Collection[int]) -> Conversation:
        """Read everything that its record can be compared with; see :meth:`ThreadReader.examine`."""
        return self._client.with_retry(lambda: self._reader.examine(people))

    def record(self) -> list[tuple[str, bool]]:
        """Return the comments in which the gate wrote its record, and whether each was edited."""
        named = (
            (self.marker.tag_of(it.text), it.text, it.updated_at > it.created_at)
            for it in self._comments(None)
            if it.author and it.author.id == self.author_id
        )
        return [(text, edited) for name, text, edited in named if name and name.startswith(RECORD)]

    def answers(self, until: Deadline | None = None) -> list[tuple[Person | None, str]]:
        """Return every comment's author and text."""
        return [(comment.author, comment.text) for comment in self._comments(until)]

    def find_comment(self, name: str, until: Deadline | None = None) -> int | None:
        """Return the id of the request's own comment of that name; None if there is none."""
        for comment in self._comments(until):
            own = comment.author is not None and comment.author.id == self.author_id
            if own and self.marker.tag_of(comment.text) == name:
                return comment.id
        return None

    def _comments(self, until: Deadline | None) -> Iterator[ListedComment]:
        for data in self._client.until(until).pages(f"{self._path}/comments"):
            yield parse("a comment", partial(comment_of, data))

    # Writing -------------------------------------------------------------------------

    def comment(self, name: str, text: str, until: Deadline | None = None) -> int:
        """Write a comment of the request's own, once, and return its id.

        The name, for example ``status``, goes into its marker. A call that failed
        may still have written it, with its own text; then that comment is rewritten.
        """
        again = name in self._in_doubt

        def create() -> int:
            answer = self._client.write("POST", f"{self._path}/comments", self._body(name, text))
            return parse("a new comment", partial(_id, answer))

        def find() -> int | None:
            found = self.find_comment(name, until)
            if found is not None and again:
                self.edit_comment(found, name, text)
            return found

        self._in_doubt.add(name)
        written = self._client.until(until).write_once(create, find, tried=again, lag=LAG)
        self._in_doubt.remove(name)
        return written

    def edit_comment(self, comment_id: int, name: str, text: str) -> None:
        """Rewrite a comment of the request's own.

        Raises:
            NotFoundError: it seems to be gone; the next :meth:`comment` of that name looks for it first.
        """
        path = f"{self._issues}/comments/{comment_id}"
        try:
            answer = self._client.write("PATCH", path, self._body(name, text))
        except NotFoundError:
            self._in_doubt.add(name)
            raise
        self._edits[comment_id] = parse("the comment", partial(comment_of, answer.data))

    def _body(self, name: str, text: str) -> dict[str, object]:
        return {"body": self.marker.comment(name, text)}

    def react(self, comment_id: int, content: str) -> int:
        """React to a comment with ``+1``, ``-1`` or ``confused``, and return the reaction's id.

        The same reaction again changes nothing.
        """
        path = f"{self._issues}/comments/{comment_id}/reactions"
        return parse("a reaction", partial(_id, self._client.write("POST", path, {"content": content})))

    def remove_reaction(self, comment_id: int, reaction_id: int) -> None:
        """Remove a reaction that the gate gave."""
        self._client.write("DELETE", f"{self._issues}/comments/{comment_id}/reactions/{reaction_id}")

    def add_labels(self, labels: Sequence[str]) -> None:
        """Add labels; GitHub creates those that do not exist."""
        answer = self._client.write("POST", f"{self._path}/labels", {"labels": list(labels)})
        self._reader.labels = parse("the labels", lambda: tuple(str(it["name"]) for it in answer.data))

    def assign(self, logins: Sequence[str]) -> list[str]:
        """Assign the first ten people, and return the logins that are not assigned.

        GitHub rejects all of them for one that cannot be assigned; then each is assigned alone.
        """
        some = list(logins[:ASSIGNEES])
        assigned: set[str] = set()
        try:
            assigned = self._assign(some)
        except RejectedError:
            for login in some:
                with suppress(RejectedError):
                    assigned |= self._assign([login])
        return [login for login in logins if login.lower() not in assigned]

    def _assign(self, logins: Sequence[str]) -> set[str]:
        """Assign people, and return the lower-case logins of all that are assigned now."""
        answer = self._client.write("POST", f"{self._path}/assignees", {"assignees": list(logins)})
        return parse("assignees", lambda: {str(user["login"]).lower() for user in answer.data["assignees"]})

    def set_labels(self, labels: Collection[str], until: Deadline | None = None) -> None:
        """Set the labels, and leave the state as it is."""
        self._change(labels, {}, until)

    def close(self, labels: Collection[str], *, completed: bool, until: Deadline | None = None) -> None:
        """Close the issue, as completed or as not planned, and set its labels, in one request, once."""
        reason = "completed" if completed else "not_planned"
        self._change(labels, {"state": "closed", "state_reason": reason}, until)

    def _change(self, labels: Collection[str], state: Mapping[str, str], until: Deadline | None) -> None:
        def find() -> bool | None:
            now, has = parse("the issue", partial(_state_and_labels, self._client.get(self._path)))
            return (has == frozenset(labels) and state.get("state", now) == now) or None

        def change() -> bool:
            # A response that does not describe the issue does not show that it is closed.
            answer = self._client.write("PATCH", self._path, {**state, "labels": list(labels)})
            parse("the issue", partial(_state_and_labels, answer))
            return True

        self._client.until(until).write_once(_with_passing_refusals(change), _with_passing_refusals(find))


def _with_passing_refusals(call: Callable[[], T]) -> Callable[[], T]:
    """Treat 404 and 401 as transient, since either may be a passing fault, so that the call is retried."""

    def tried() -> T:
        try:
            return call()
        except (NotFoundError, UnauthenticatedError) as error:
            raise OutageError(error.problem, remedy=error.remedy, detail=error.detail) from error

    return tried


def _state_and_labels(answer: Answer) -> tuple[str, frozenset[str]]:
    return str(answer.data["state"]), frozenset(labels_of(answer.data))


def _id(answer: Answer) -> int:
    return int(answer.data["id"])
