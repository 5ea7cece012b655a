"""The exclusion of authors: whom it bars, what stops it, and what is told of it."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from approval_gate.core.change import Change, UnknownAuthor
from approval_gate.core.policy.model import Exclusion, Policy
from approval_gate.errors import InputError, PolicyError
from approval_gate.github.change import read_change
from approval_gate.github.client import Client
from approval_gate.github.repository import Repository
from approval_gate.render.issue import ChangeSummary
from approval_gate.render.times import plural
from approval_gate.runner.checks import Inputs
from approval_gate.runner.environment import RunContext

_SHOWN = 5


def find(
    client: Client, repository: Repository, policy: Policy, environment: RunContext, inputs: Inputs
) -> Change | None:
    """Find who wrote what is new; None if the policy does not ask.

    Raises:
        InputError: nobody says what is deployed to.
        PolicyError: somebody is to be barred who has no account, or there is more than can be read.
        GitHubError: GitHub refused, or has a fault.
    """
    if not policy.excludes_authors:
        return None
    if inputs.environment is None:
        raise InputError(
            "environment: it is not given, and the policy excludes the authors of what is new there.",
            remedy="Write `environment: production`, or what else is deployed to. No issue was opened.",
        )
    host = urlsplit(environment.server_url).hostname or ""
    change = read_change(client, repository.full_name, inputs.environment, environment.sha, host)
    if change.unknown and Exclusion.COMMIT_AUTHORS in policy.exclude:
        raise PolicyError(
            f"exclude: commit-authors cannot bar {plural(len(change.unknown), 'author')} of what is new, "
            "for want of an account.",
            remedy="Have each address linked to its account, or write known-commit-authors, which bars those "
            "who have one and counts the others. No issue was opened.",
            detail=_shown(change.unknown),
        )
    return change


def warnings(change: Change | None) -> tuple[str, ...]:
    """Say who could not be barred."""
    if change is None or not change.unknown:
        return ()
    some = f"{plural(len(change.unknown), 'author')} of what is new cannot be barred from approving"
    return (f"{some}, for want of an account: {_shown(change.unknown)}.",)


def facts(change: Change | None) -> dict[str, object] | None:
    """Return what the record says of it; who is barred stands in its roster."""
    if change is None:
        return None
    return {
        "since": change.since,
        "whole": change.whole,
        "commits": change.commits,
        "known": len(change.people),
        "unknown": len(change.unknown),
    }


def news(change: Change | None, environment: RunContext) -> ChangeSummary | None:
    """Return what the issue says of it."""
    if change is None:
        return None
    what = f"commits/{environment.sha}" if change.whole else f"compare/{change.since}...{environment.sha}"
    return ChangeSummary(change=change, url=f"{environment.server_url}/{environment.repository}/{what}")


def _shown(strangers: Sequence[UnknownAuthor]) -> str:
    """Show who has no account, and where they are named: text that anybody may have typed."""
    shown = [f"{_signature(stranger)} in {_commits(stranger.commits)}" for stranger in strangers[:_SHOWN]]
    left = len(strangers) - len(shown)
    return "; ".join([*shown, *([f"and {left} more"] if left else [])])


def _signature(stranger: UnknownAuthor) -> str:
    return repr(f"{stranger.name[:60]} <{stranger.email[:100]}>".strip())


def _commits(hashes: Sequence[str]) -> str:
    left = len(hashes) - _SHOWN
    return ", ".join(sha[:7] for sha in hashes[:_SHOWN]) + (f" and {left} more" if left > 0 else "")
