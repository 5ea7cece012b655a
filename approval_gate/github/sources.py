"""Where a fact comes from, and the sentence that says why it could not be read."""

from collections.abc import Sequence
from datetime import datetime

from approval_gate.core.facts import Source
from approval_gate.core.wording import join
from approval_gate.errors import GitHubError, NotFoundError, PermissionDeniedError, RejectedError


def read_from(where: str, at: datetime) -> Source:
    """Return the source of something that was read, in GitHub's whole seconds."""
    return Source(where=where, at=at.replace(microsecond=0))


def unreadable(where: str, at: datetime, problem: str) -> Source:
    """Return the source of something that cannot be read however often it is tried."""
    return Source(where=where, at=at.replace(microsecond=0), problem=problem, lasting=True)


def unread(where: str, at: datetime, what: str, grant: Sequence[str], error: GitHubError) -> Source:
    """Return the source of something that could not be read.

    Args:
        where: the part of GitHub's API.
        at: when it was read.
        what: what is read there, in the plural: ``the jobs of this run``.
        grant: the permissions that it needs.
        error: why it could not be read. A refusal lasts; everything else can pass.
    """
    refused = isinstance(error, (PermissionDeniedError, NotFoundError))
    return Source(
        where=where,
        at=at.replace(microsecond=0),
        problem=f"the token needs {join(grant, 'and')} to see {what}"
        if refused
        else f"{what} could not be read: {error.problem.removesuffix('.')}",
        lasting=refused or isinstance(error, RejectedError),
        grant=tuple(grant) if refused else (),
    )
