"""What is deployed: the tags that must go on naming the run's commit, and a version that names no other."""

from collections.abc import Callable
from functools import partial

from approval_gate.core.version import branch_names, is_hash
from approval_gate.errors import InputError, PermissionDeniedError
from approval_gate.gate.confirmation import moved
from approval_gate.github.client import Client
from approval_gate.github.repository import commit_of_branch, commit_of_hash, commit_of_tag
from approval_gate.runner.environment import RunContext


def find(client: Client, environment: RunContext, version: str) -> tuple[tuple[str, ...], bool]:
    """Find the tags that are deployed: the ref, and what ``version`` names besides it.

    Where ``version`` is the ref's own name it says nothing of its own: a branch that is called
    like a tag is not that tag.

    Returns:
        Those that name the run's commit, and must go on doing so; and whether
        it is known that there are no more.

    Raises:
        PermissionDeniedError: the ref is a tag, and this token cannot see what it names.
        TamperedError: the ref names another commit than when the run began.
        InputError: ``version`` names another commit than the run's.
        GitHubError: GitHub has a fault.
    """
    found = _of_ref(client, environment) if environment.ref_type == "tag" else ()
    if version == environment.ref_name:
        return found, True
    try:
        return (*found, *_of_version(client, environment, version)), True
    except PermissionDeniedError:
        return found, False


def _of_ref(client: Client, environment: RunContext) -> tuple[str]:
    ref = environment.ref_name
    try:
        commit = client.with_retry(lambda: commit_of_tag(client, environment.repository, ref))
    except PermissionDeniedError as error:
        raise _unseen(ref, error.detail) from error
    if commit is None:
        # GitHub says "not found" of what a token may not see, too.
        raise _unseen(ref, "GitHub finds no such tag.")
    if commit != environment.sha:
        raise moved(ref, commit, environment.sha)
    return (ref,)


def _unseen(ref: str, detail: str) -> PermissionDeniedError:
    return PermissionDeniedError(
        f"The token cannot read the tag {ref}, so nobody would see that it moves.",
        remedy="Grant the token `contents: read`. If somebody deleted the tag, start a new deployment. "
        "No issue was opened.",
        detail=detail,
    )


def _of_version(client: Client, environment: RunContext, version: str) -> tuple[str, ...]:
    """Return the version if it is a tag.

    Raises:
        InputError: it is a tag, a branch or a hash of another commit.
    """
    repository, sha = environment.repository, environment.sha

    def names(kind: str, name: str, commit_of: Callable[[Client, str, str], str | None]) -> bool:
        commit = client.with_retry(partial(commit_of, client, repository, name))
        if commit not in {None, sha}:
            raise _other(kind, name, str(commit), sha)
        return commit is not None

    tagged = names("tag", version, commit_of_tag)
    for branch in branch_names(version):
        names("branch", branch, commit_of_branch)
    if is_hash(version) and not sha.startswith(version.lower()):
        names("hash", version, commit_of_hash)
    return (version,) if tagged else ()


def _other(kind: str, name: str, commit: str, sha: str) -> InputError:
    start = {
        "tag": 'Start the run from the tag: "Run workflow" takes one in the place of a branch.',
        "branch": "Start the run from that branch, or write the version of what this run deploys.",
        "hash": "Start the run from that commit, or write the version of what this run deploys.",
    }
    return InputError(
        f"version: the {kind} {name} is commit {commit[:7]}, but this run is of {sha[:7]}.",
        remedy=f"{start[kind]} No issue was opened.",
    )
