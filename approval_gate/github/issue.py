"""What the gate writes: the issue, its comments, reactions, labels, its closing.

A write is never repeated blindly. What is made carries a marker, an HTML
comment with a nonce of this request, by which it is found again when GitHub's
answer was lost.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from approval_gate.core.wording import join
from approval_gate.errors import (
    LAG,
    InputError,
    NotFoundError,
    OutageError,
    PermissionDeniedError,
    RejectedError,
    UnauthenticatedError,
)
from approval_gate.github.client import Client
from approval_gate.github.paging import items
from approval_gate.github.parse import Answer, ListedComment, comment_of, labels_of, parse, person_of, time_of
from approval_gate.github.people import account_id
from approval_gate.github.thread import CreatedIssue

T = TypeVar("T")

ASSIGNEES = 10
"""The most people GitHub assigns to an issue (https://docs.github.com/en/rest/issues/assignees)."""

_LOOKED_THROUGH = 100

GRANT = "Give the job `permissions: issues: write`, or pass a token that has it."
"""The remedy where no issue can be opened."""

_WRITTEN_FROM = {
    "Issue.title": "`issue-title`",
    "Issue.body": "`issue-body`",
}
"""The inputs that GitHub's words about a rejected issue lead back to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What tells the gate's own issues apart: the run, its attempt, and a nonce."""

    run_id: int
    run_attempt: int
    nonce: str

    def __str__(self) -> str:
        return f"<!-- approval-gate:v1 run={self.run_id} attempt={self.run_attempt} nonce={self.nonce} -->"

    def tagged(self, what: str) -> str:
        """Return the marker of a comment that belongs to the request."""
        return f"<!-- approval-gate:v1 {what} nonce={self.nonce} -->"

    def tag_of(self, body: str) -> str | None:
        """Read which of the request's comments a text begins as; None if it is none of them."""
        found = re.match(self.tagged(r"([\w-]+)"), body)
        return found[1] if found else None


_MARKER = re.compile(
    r"<!-- approval-gate:v1 run=(?P<run>\d{1,20}) attempt=(?P<attempt>\d{1,6})"
    r" nonce=(?P<nonce>[0-9a-f]{32}) -->"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An open issue of this run that nobody should answer on any more.

    Attributes:
        twin: whether it is the request's own, opened beside it by a fault, and
            not an earlier attempt's.
    """

    number: int
    url: str
    marker: Marker
    labels: tuple[str, ...]
    twin: bool


def read_marker(body: str) -> Marker | None:
    """Read the marker that an issue's body begins with."""
    found = _MARKER.match(body)
    if found is None:
        return None
    return Marker(run_id=int(found["run"]), run_attempt=int(found["attempt"]), nonce=found["nonce"])


class IssueDesk:
    """Writes to the issues of one repository.

    Args:
        repository: ``owner/name`` of the repository that the issue goes to.
        marker: of this request.
        grant: the remedy where the token cannot open issues.

    Attributes:
        tried: how often the issue was asked for: after a fault that hides it for long there may be two.
    """

    def __init__(self, client: Client, repository: str, marker: Marker, grant: str = GRANT) -> None:
        self._client, self._grant = client, grant
        self._issues = f"/repos/{repository}/issues"
        self._marker = marker
        self._doubtful: set[str] = set()
        self.tried = 0

    def open(self, title: str, body: str, labels: Sequence[str]) -> CreatedIssue:
        """Open the approval issue; without labels, if GitHub rejects it with them.

        Raises:
            InputError: GitHub does not take what the workflow gave.
            GitHubError: GitHub refused, or its fault outlasted the patience.
        """
        try:
            return self._opened({"title": title, "body": body, "labels": list(labels)})
        except RejectedError as error:
            if labels:
                return self.open(title, body, ())
            raise _not_taken(error) from error

    def _opened(self, content: Mapping[str, object]) -> CreatedIssue:
        def create() -> CreatedIssue:
            self.tried += 1
            try:
                answer = self._client.write("POST", self._issues, content)
            except (PermissionDeniedError, NotFoundError) as error:
                raise PermissionDeniedError(
                    "The token may not open issues.",
                    remedy=f"{self._grant} No issue was opened.",
                    detail=error.detail,
                ) from error
            return parse("the new issue", partial(_opened, answer.data))

        return self._client.write_once(create, self._lost_issue, lag=LAG)

    def _lost_issue(self) -> CreatedIssue | None:
        """Find the issue that a lost answer told of; only the token's own account is believed."""
        answer = self._client.get(self._issues, {"state": "all", "per_page": _LOOKED_THROUGH})
        marked = [data for data in items(answer) if read_marker(data.get("body") or "") == self._marker]
        if not marked:
            return None
        own = self._own_account()
        ours = [data for data in marked if parse("an issue", partial(_described, data))[0] == own]
        return parse("the issue", partial(_opened, ours[-1])) if ours else None

    def _own_account(self) -> int:
        try:
            return account_id(self._client)
        except PermissionDeniedError as error:
            raise PermissionDeniedError(
                "GitHub's answer was lost, and whose the issue is that was opened cannot be known.",
                remedy="Close it by hand, and pass a token that may use GitHub's GraphQL.",
                detail=error.detail,
            ) from error

    def left(self, number: int, author_id: int) -> list[Left]:
        """Find what is open of earlier attempts of this run, and of this request beside its issue.

        Only what the same account wrote is believed: anybody can write a marker.

        Args:
            number: of the request's issue.
            author_id: whose it is.
        """
        found = []
        for data in self._client.pages(self._issues, {"state": "open"}):
            author, marker, labels = parse("an issue", partial(_described, data))
            if author != author_id or marker is None or "pull_request" in data or data["number"] == number:
                continue
            twin = marker == self._marker
            earlier = marker.run_id == self._marker.run_id and marker.run_attempt < self._marker.run_attempt
            if twin or earlier:
                url = data["html_url"]
                found.append(Left(number=data["number"], url=url, marker=marker, labels=labels, twin=twin))
        return found

    def add_labels(self, number: int, labels: Sequence[str]) -> tuple[str, ...]:
        """Add labels, and return all there are now.

        GitHub makes those that do not exist, and adding twice changes nothing.
        """
        answer = self._client.write("POST", f"{self._issues}/{number}/labels", {"labels": list(labels)})
        return parse("the labels", lambda: tuple(str(label["name"]) for label in answer.data))

    def assign(self, number: int, logins: Sequence[str]) -> set[str]:
        """Assign people, and return the lower-case logins of all who are assigned now.

        Raises:
            RejectedError: one of them cannot be assigned.
            GitHubError: GitHub refused, or has a fault.
        """
        path = f"{self._issues}/{number}/assignees"
        answer = self._client.write("POST", path, {"assignees": list(logins)})
        return parse("assignees", lambda: {str(user["login"]).lower() for user in answer.data["assignees"]})

    def comment(self, number: int, what: str, text: str, author_id: int) -> int:
        """Write a comment that belongs to the request, once, and return its id.

        One that an earlier call failed to write may be there all the same, with
        that call's text; then it gets this one.

        Args:
            number: of the issue.
            what: names the comment among the request's others, ``status`` say.
            text: in Markdown, without the marker.
            author_id: see :meth:`written`.
        """
        content = {"body": f"{self._marker.tagged(what)}\n{text}"}
        path = f"{self._issues}/{number}/comments"

        def create() -> int:
            return parse("a new comment", partial(_id, self._client.write("POST", path, content)))

        again = what in self._doubtful

        def found() -> int | None:
            there = self.written(number, what, author_id)
            if there is not None and again:
                self.edit_comment(there, what, text)
            return there

        self._doubtful.add(what)
        written = self._client.write_once(create, found, tried=again, lag=LAG)
        self._doubtful.remove(what)
        return written

    def written(self, number: int, what: str, author_id: int) -> int | None:
        """Find a comment that belongs to the request, and return its id; None if there is none.

        Args:
            number: of the issue.
            what: names the comment.
            author_id: whose comments alone are believed, since anybody can copy a marker.
        """
        tag = self._marker.tagged(what)
        for data in self._client.pages(f"{self._issues}/{number}/comments"):
            comment = parse("a comment", partial(comment_of, data))
            if comment.author and comment.author.id == author_id and comment.text.startswith(tag):
                return comment.id
        return None

    def edit_comment(self, comment_id: int, what: str, text: str) -> ListedComment:
        """Rewrite a comment of the request's own, and return it as it is now.

        Raises:
            NotFoundError: it seems to be gone; before it is written anew it is looked up.
            GitHubError: GitHub refused, or has a fault.
        """
        body = f"{self._marker.tagged(what)}\n{text}"
        try:
            answer = self._client.write("PATCH", f"{self._issues}/comments/{comment_id}", {"body": body})
        except NotFoundError:
            self._doubtful.add(what)
            raise
        return parse("the comment", partial(comment_of, answer.data))

    def react(self, comment_id: int, content: str) -> int:
        """React to a comment: ``+1``, ``-1`` or ``confused``; reacting twice changes nothing."""
        path = f"{self._issues}/comments/{comment_id}/reactions"
        return parse("a reaction", partial(_id, self._client.write("POST", path, {"content": content})))

    def take_back(self, comment_id: int, reaction_id: int) -> None:
        """Take a reaction of one's own back."""
        self._client.write("DELETE", f"{self._issues}/comments/{comment_id}/reactions/{reaction_id}")

    def close(self, number: int, labels: Collection[str], *, completed: bool) -> None:
        """Close an issue and set its labels, in one request, once."""
        reason = "completed" if completed else "not_planned"
        self._change(number, labels, {"state": "closed", "state_reason": reason})

    def relabel(self, number: int, labels: Collection[str]) -> None:
        """Set an issue's labels, and leave its state."""
        self._change(number, labels, {})

    def _change(self, number: int, labels: Collection[str], state: Mapping[str, str]) -> None:
        path = f"{self._issues}/{number}"

        def changed() -> bool | None:
            now, has = parse("the issue", partial(_state_and_labels, self._client.get(path)))
            return (has == frozenset(labels) and state.get("state", now) == now) or None

        def change() -> bool:
            # An answer that does not speak of the issue does not say that it is closed.
            answer = self._client.write("PATCH", path, {**state, "labels": list(labels)})
            parse("the issue", partial(_state_and_labels, answer))
            return True

        self._client.write_once(_passing(change), _passing(changed))


def _not_taken(error: RejectedError) -> InputError:
    """Return the error of an issue that GitHub rejects, with the inputs that it is of."""
    inputs = dict.fromkeys(name for word, name in _WRITTEN_FROM.items() if word in error.detail)
    return InputError(
        "GitHub does not take the issue as the workflow's inputs make it.",
        remedy=f"Correct {join(inputs, 'and') or 'what its answer names'}. No issue was opened.",
        detail=error.detail,
    )


def _passing(call: Callable[[], T]) -> Callable[[], T]:
    """Have it tried again, too, where the issue seems gone or the token refused: for a moment both may."""

    def tried() -> T:
        try:
            return call()
        except (NotFoundError, UnauthenticatedError) as error:
            raise OutageError(error.problem, remedy=error.remedy, detail=error.detail) from error

    return tried


def _opened(data: Any) -> CreatedIssue:  # noqa: ANN401 - JSON
    author = person_of(data["user"])
    if author is None:
        raise TypeError("the new issue has no author")
    return CreatedIssue(
        number=int(data["number"]),
        id=int(data["id"]),
        node_id=str(data["node_id"]),
        url=str(data["html_url"]),
        author=author,
        opened_at=time_of(data["created_at"]),
        title=str(data["title"]),
        body=str(data["body"] or ""),
        labels=labels_of(data),
        updated_at=time_of(data["updated_at"]),
    )


def _described(data: Any) -> tuple[int | None, Marker | None, tuple[str, ...]]:  # noqa: ANN401 - JSON
    author = person_of(data["user"])
    return (author.id if author else None), read_marker(data["body"] or ""), labels_of(data)


def _state_and_labels(answer: Answer) -> tuple[str, frozenset[str]]:
    return str(answer.data["state"]), frozenset(labels_of(answer.data))


def _id(answer: Answer) -> int:
    return int(answer.data["id"])
