"""Reads an approval from GitHub, to verify its record later."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from approval_gate.cli.connect import from_terminal
from approval_gate.core.model import Conversation
from approval_gate.core.record.comments import joined
from approval_gate.errors import IssueGoneError, NotFoundError, PermissionDeniedError
from approval_gate.github.client import Client
from approval_gate.github.clock import Clock
from approval_gate.github.issue import ApprovalIssue
from approval_gate.github.tracker import IssueTracker

_RIGHTS = "Set GH_TOKEN or GITHUB_TOKEN to a token that can read issues, by GraphQL too."
_GONE = "What is recorded cannot be compared with it any more."


def read_record(
    repository: str, number: int, token: str, environ: Mapping[str, str], clock: Clock | None = None
) -> str:
    """Return the record that the account that opened an issue wrote there; empty if there is none.

    Raises:
        InputError: the token or GitHub's address cannot be used.
        GitHubError: GitHub refused, or has a fault.
    """
    with _issue(repository, number, token, environ, clock) as issue:
        return joined(text for text, _ in issue.record())


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
    with _issue(repository, number, token, environ, clock) as issue:
        return issue.examine(people)


@contextmanager
def _issue(
    repository: str, number: int, token: str, environ: Mapping[str, str], clock: Clock | None
) -> Iterator[ApprovalIssue]:
    """Find an issue; an error says what to do at a terminal."""
    with from_terminal(token, environ, clock) as client:
        try:
            yield _found(client, repository, number)
        except (NotFoundError, PermissionDeniedError) as error:
            error.remedy = _RIGHTS
            raise
        except IssueGoneError as error:
            error.remedy = _GONE
            raise


def _found(client: Client, repository: str, number: int) -> ApprovalIssue:
    issue = IssueTracker(client, repository).find(number)
    if issue is None:
        raise NotFoundError(f"There is no issue {number} in {repository} that this token can see.")
    return issue
