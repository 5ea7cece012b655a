"""What GitHub has of an approval, for those who verify its record later."""

from collections.abc import Collection, Mapping

from approval_gate.cli.connect import from_terminal
from approval_gate.core.model import Conversation
from approval_gate.core.record.comments import joined
from approval_gate.errors import NotFoundError
from approval_gate.github.clock import Clock
from approval_gate.github.issue import ApprovalIssue
from approval_gate.github.tracker import IssueTracker


def read_record(
    repository: str, number: int, token: str, environ: Mapping[str, str], clock: Clock | None = None
) -> str:
    """Return the record that the account that opened an issue wrote there; empty if there is none.

    Raises:
        InputError: the token or GitHub's address cannot be used.
        GitHubError: GitHub refused, or has a fault.
    """
    with from_terminal(token, environ, clock) as client:
        return joined(_found(IssueTracker(client, repository), repository, number).record())


def read_conversation(
    repository: str,
    number: int,
    people: Collection[int],
    token: str,
    environ: Mapping[str, str],
    clock: Clock | None = None,
) -> Conversation:
    """Read an approval issue as it is now; ``people`` are those who could vote.

    Raises:
        InputError: the token or GitHub's address cannot be used.
        GitHubError: GitHub refused, or has a fault.
    """
    with from_terminal(token, environ, clock) as client:
        return _found(IssueTracker(client, repository), repository, number).examine(people)


def _found(tracker: IssueTracker, repository: str, number: int) -> ApprovalIssue:
    issue = tracker.find(number)
    if issue is None:
        raise NotFoundError(
            f"There is no issue {number} in {repository} that this token can see.",
            remedy="Correct the address, or set GH_TOKEN or GITHUB_TOKEN to a token with `issues: read`.",
        )
    return issue
