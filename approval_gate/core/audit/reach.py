"""Says what an audit does not see."""

from collections.abc import Iterable, Iterator, Sequence

from approval_gate.core.audit.model import AuditedRequest, FoundDeployment, Scope
from approval_gate.core.model import SHARED
from approval_gate.core.wording import join, join_some, plural


def out_of_reach(
    scope: Scope, requests: Sequence[AuditedRequest], deployments: Iterable[FoundDeployment]
) -> tuple[str, ...]:
    """Say what these repositories, accounts and days leave out, a text each."""
    return tuple(_lines(scope, requests, deployments))


def _lines(
    scope: Scope, requests: Sequence[AuditedRequest], deployments: Iterable[FoundDeployment]
) -> Iterator[str]:
    if SHARED in scope.accounts:
        yield (
            f"Any workflow of a repository can write as {SHARED}. So a record that is ok was written by some "
            "workflow of the repository, not necessarily by the gate. To be sure, give the gate a GitHub App "
            "of its own, or have each record attested."
        )
    if not requests:
        yield (
            f"No approval issue by {join(scope.accounts, 'or')} was found. If the gate uses a GitHub App or "
            "another token, name its account: --account 'NAME[bot]'."
        )
    else:
        yield f"Only issues that {join(scope.accounts, 'or')} opened were read. Others: --account."
    yield from _elsewhere(scope, requests)
    yield (
        "Issues that were deleted or transferred are not seen. A deployment that one of them approved is "
        "listed as one without an approval."
    )
    yield "GitHub knows only deployments by jobs that name an environment, or that were reported to it."
    if scope.organization:
        yield f"Repositories of {scope.organization} that the token cannot see are not part of this audit."
    if unread := sum(not it.complete for it in deployments):
        yield f"{plural(unread, 'deployment')} had more statuses than are read, so their success is unknown."


def _elsewhere(scope: Scope, requests: Iterable[AuditedRequest]) -> Iterator[str]:
    """Name the repositories whose requests were found, but whose deployments were not read."""
    known = {it.id for it in scope.repositories}
    others = sorted({it.repository.name for it in requests if it.repository.id not in known})
    if others:
        options = " ".join(f"--repository {name}" for name in others[:3])
        yield (
            f"These repositories have requests of {join_some(others, 'and')}, whose own "
            f"deployments were not read. Add them: {options}"
        )
    yield (
        "Requests that target-repository sends to another repository are found only if that one is "
        "audited, too: --repository can be given several times."
    )
