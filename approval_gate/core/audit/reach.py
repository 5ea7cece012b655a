"""What an audit does not see, in words."""

from collections.abc import Iterable, Iterator, Sequence

from approval_gate.core.audit.model import AuditedRequest, FoundDeployment, Scope
from approval_gate.core.model import SHARED
from approval_gate.core.wording import join, plural


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
            f"Any workflow of a repository can write as {SHARED}. A record of that account that is ok was "
            "written by a workflow of the repository, and not necessarily by the gate. A gate with a GitHub "
            "App of its own, or an attestation of the record, closes this gap."
        )
    if not requests:
        yield (
            f"No approval issue by {join(scope.accounts, 'or')} was found. If the gate uses a GitHub App or "
            "another token, name its account: --account 'NAME[bot]'."
        )
    else:
        yield f"Only issues that {join(scope.accounts, 'or')} opened are read. Other accounts: --account."
    yield from _elsewhere(scope, requests)
    yield (
        "Issues that were deleted or transferred are not seen. What they approved is listed as a deployment "
        "without an approval."
    )
    yield "Deployments are known only of jobs that name an environment, or that report them to GitHub."
    if scope.organization:
        yield f"Repositories of {scope.organization} that the token cannot see are not part of this audit."
    if unread := sum(not it.complete for it in deployments):
        yield f"{plural(unread, 'deployment')} had more statuses than are read, so their success is unknown."


def _elsewhere(scope: Scope, requests: Iterable[AuditedRequest]) -> Iterator[str]:
    """Name the repositories whose requests are here and which were not read; the reverse can be true, too."""
    known = {it.id for it in scope.repositories}
    others = sorted({it.repository.name for it in requests if it.repository.id not in known})
    if others:
        options = " ".join(f"--repository {name}" for name in others[:3])
        yield (
            f"Requests of {join(others, 'and', rest='others')} are in these repositories, whose deployments "
            f"were not read. Add them: {options}"
        )
    yield (
        "Requests that target-repository sends to another repository are found only if that one is "
        "audited, too: --repository can be given several times."
    )
