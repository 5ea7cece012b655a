"""The approval issues of one repository: one is opened, and others are found."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from approval_gate.core.marker import UNMARKED, Marker, read_marker
from approval_gate.core.timing import LAG, Deadline
from approval_gate.core.wording import join
from approval_gate.errors import (
    InputError,
    IssueGoneError,
    NotFoundError,
    OutageError,
    PermissionDeniedError,
    RejectedError,
)
from approval_gate.github.client import Client
from approval_gate.github.follow_ups import FollowUps
from approval_gate.github.issue import ApprovalIssue
from approval_gate.github.paging import items
from approval_gate.github.parse import GHOST, parse
from approval_gate.github.people import account_id
from approval_gate.github.thread.issue import ListedIssue, read_issue

GRANT = "Give the job `permissions: issues: write`, or pass a token that has it."
"""The remedy where no issue can be opened."""

_SEARCHED = 100
"""How many of the newest issues are searched for one whose response was lost."""

_INPUTS = {"Issue.title": "`issue-title`", "Issue.body": "`issue-body`"}
"""The inputs that GitHub's words about a rejected issue lead back to."""


class IssueTracker:
    """The issues of one repository; ``grant`` is the remedy where the token cannot open any."""

    def __init__(self, client: Client, repository: str, grant: str = GRANT) -> None:
        self._client, self._repository, self._grant = client, repository, grant
        self._issues = f"/repos/{repository}/issues"
        self._tries, self._own = 0, 0

    def own_account(self) -> int:
        """Return the id of the account that the token writes as."""
        self._own = self._own or account_id(self._client)
        return self._own

    def follow_ups(self) -> FollowUps:
        """Return the repository's follow-ups, which are this account's."""
        return FollowUps(self._client, self._repository, self.own_account)

    # Opening -------------------------------------------------------------------------

    def open(
        self, marker: Marker, title: str, body: str, labels: Sequence[str], checklist: Sequence[str] = ()
    ) -> ApprovalIssue:
        """Open an approval issue, once; without labels if GitHub rejects it with them.

        The body ends with the marker; the items of the checklist must be ticked there.

        Raises:
            InputError: GitHub rejects what the workflow gave.
        """
        content = {"title": title, "body": marker.body(body), "labels": list(labels)}
        try:
            created = self._client.write_once(
                partial(self._create, content), partial(self._find_lost, marker), lag=LAG
            )
        except RejectedError as error:
            if labels:
                return self.open(marker, title, body, (), checklist)
            raise _rejected(error) from error
        return ApprovalIssue(
            self._client,
            self._repository,
            created,
            marker,
            checklist=tuple(checklist),
            may_have_duplicate=self._tries > 1,
        )

    def _create(self, content: Mapping[str, object]) -> ListedIssue:
        self._tries += 1
        try:
            answer = self._client.write("POST", self._issues, content)
        except (PermissionDeniedError, NotFoundError) as error:
            raise PermissionDeniedError(
                "The token cannot open issues.",
                remedy=f"{self._grant} No issue was opened.",
                detail=error.detail,
            ) from error
        created = self._read("the new issue", answer.data)
        if created.author.id == GHOST:
            raise OutageError("GitHub's answer about the new issue has no author.")
        return created

    def _find_lost(self, marker: Marker) -> ListedIssue | None:
        """Find the issue of a response that was lost; only one that the token's own account wrote."""
        answer = self._client.get(self._issues, {"state": "all", "per_page": _SEARCHED})
        marked = [data for data in items(answer) if parse("an issue", partial(_marker, data)) == marker]
        if not marked:
            return None
        try:
            own = self.own_account()
        except PermissionDeniedError as error:
            raise PermissionDeniedError(
                "GitHub's answer was lost, so the gate cannot tell which issue it opened.",
                remedy="Close it by hand, and pass a token that can use GitHub's GraphQL.",
                detail=error.detail,
            ) from error
        found = [self._read("the issue", data) for data in marked]
        return next((issue for issue in reversed(found) if issue.author.id == own), None)

    # Finding -------------------------------------------------------------------------

    def open_issues(self, until: Deadline | None = None) -> Iterator[ApprovalIssue]:
        """Read the open approval issues, newest first; anybody can have written one."""
        for data in self._client.until(until).pages(self._issues, {"state": "open"}):
            marker = parse("an issue", partial(_marker, data))
            if marker is not UNMARKED:
                yield self._handle(data, marker)

    def find(self, number: int) -> ApprovalIssue | None:
        """Read an issue; None if there is none that this token can see.

        One that is not an approval issue is returned with :data:`UNMARKED`.

        Raises:
            IssueGoneError: it was transferred to another repository.
        """
        path = f"{self._issues}/{number}"
        try:
            data = self._client.read_confirmed(path).data
        except NotFoundError:
            return None
        what = f"issue {number}"
        address = parse(what, lambda: str(data["url"])).lower()
        issue = self._handle(data, parse(what, partial(_marker, data)))
        if not address.endswith(path.lower()) and address != self._current_address(issue):
            raise IssueGoneError(
                f"Issue {number} of {self._repository} was moved to {issue.url}.",
                remedy="What it is now is not what people answered to. Nothing was written.",
            )
        return issue

    def _current_address(self, issue: ApprovalIssue) -> str:
        """Return where the API has an issue of the repository, which may have been renamed since."""
        data = self._client.read(f"/repos/{self._repository}").data
        here = parse(f"the repository {self._repository}", lambda: str(data["url"]))
        return f"{here}/issues/{issue.number}".lower()

    def _handle(self, data: Any, marker: Marker) -> ApprovalIssue:  # noqa: ANN401 - JSON
        return ApprovalIssue(self._client, self._repository, self._read("an issue", data), marker)

    def _read(self, what: str, data: Any) -> ListedIssue:  # noqa: ANN401 - JSON
        return parse(what, partial(read_issue, data, self._client.now()))


def _rejected(error: RejectedError) -> InputError:
    """Return the error of an issue that GitHub rejects, naming the inputs that it was made from."""
    inputs = dict.fromkeys(name for word, name in _INPUTS.items() if word in error.detail)
    return InputError(
        "GitHub does not take the issue as the workflow's inputs make it.",
        remedy=f"Correct {join(inputs, 'and') or 'what its answer names'}. No issue was opened.",
        detail=error.detail,
    )


def _marker(data: Any) -> Marker:  # noqa: ANN401 - JSON
    return UNMARKED if "pull_request" in data else read_marker(data["body"] or "")
