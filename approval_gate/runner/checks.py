"""Checks that no input can pass by itself: inputs are compared, and completed from the run."""

import re
from dataclasses import dataclass, field
from datetime import timedelta

from approval_gate.core.model import Vocabulary
from approval_gate.core.policy.checks import own_labels
from approval_gate.core.policy.model import Policy, flat, is_path
from approval_gate.core.result import Results
from approval_gate.core.suggest import repository as repository_in
from approval_gate.core.wording import join
from approval_gate.errors import InputError, Problems
from approval_gate.runner.body import read_body
from approval_gate.runner.deployed import read_destination, read_version
from approval_gate.runner.environment import REPOSITORY, RunContext
from approval_gate.runner.inputs import NEEDS, AccessInputs, ReportInputs, WaitInputs

_TITLE_LIMIT = 256
_NO_SECRETS = (
    "A secret that does not exist is empty, and pull requests from forks or by Dependabot get no secrets."
)
_APP_ID = re.compile(r"[A-Za-z0-9.]{1,50}", re.ASCII)
_OF_THE_POLICY = ("deployment_type", "details")
"""Inputs that mean nothing without a policy document."""

_INSTEAD_OF_A_POLICY = (
    "approvers",
    "minimum_approvals",
    "approve_alone",
    "exclude_workflow_initiator_as_approver",
    "require_write_access",
    "checklist",
)
"""Inputs that contradict a policy document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A GitHub App, and the key that it signs with."""

    id: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A token, or an app that makes its own, and the repository of the issue."""

    credential: "str | App" = field(repr=False)
    target_repository: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs of one ``wait``, checked together and completed from the run."""

    given: WaitInputs
    access: Access
    environment: str | None
    version: str
    issue_title: str
    issue_body: str
    issue_labels: tuple[str, ...]
    policy_file: str | None
    vocabulary: Vocabulary


def read_inputs(given: WaitInputs, run: RunContext, problems: Problems | None = None) -> Inputs:
    """Check inputs together, and complete them from the run.

    Raises:
        InputError: one for everything that is wrong, the problems of single inputs included.
    """
    wrong = problems or Problems()
    with wrong:
        access = read_access(given, run)
    with wrong:
        place = read_destination(given.environment, titled=bool(given.issue_title))
    with wrong:
        version = read_version(given.version, run)
    with wrong:
        body = read_body(given.issue_body, given.issue_body_file_path, run)
    with wrong:
        policy_file = _policy_file(given)
    with wrong:
        vocabulary = _vocabulary(given.additional_approved_words, given.additional_denied_words)
    wrong.raise_together()
    labels = given.issue_labels
    if labels is None:
        labels = own_labels(place)
    return Inputs(
        given=given,
        access=access,
        environment=place,
        version=version,
        issue_title=_title(given.issue_title, place, version),
        issue_body=body,
        issue_labels=labels,
        policy_file=policy_file,
        vocabulary=vocabulary,
    )


def read_access(given: AccessInputs, run: RunContext) -> Access:
    """Check the inputs that every verb has, and complete them from the run."""
    return Access(credential=_app(given) or _token(given), target_repository=_target(given, run))


def read_results(given: ReportInputs) -> Results:
    """Return how the parts of a deployment ended; the result of the deployment itself is required."""
    if given.result is None:
        raise InputError("result: it is empty.", remedy=f"{NEEDS} The job must be among this job's `needs`.")
    return Results(
        deployment=given.result,
        monitoring=given.monitoring_result,
        suite=given.suite_result,
        rollback=given.rollback_result,
        release_url=given.release_url,
        rollback_url=given.rollback_url,
        rolled_back_to=given.rolled_back_to or None,
    )


def step_policy(given: WaitInputs) -> Policy:
    """Return the policy of a step that has no document."""
    minutes = given.timeout_minutes
    return flat(
        deployment_type=given.deployment_type,
        approvers=given.approvers,
        alone=given.approve_alone,
        minimum=given.minimum_approvals,
        window=None if minutes is None else timedelta(minutes=minutes),
        exclude_initiator=given.exclude_workflow_initiator_as_approver,
    )


def is_token(text: str) -> bool:
    """Tell whether text holds only characters that a token may have."""
    return text.isascii() and text.isprintable() and " " not in text


def _title(given: str, place: str | None, version: str) -> str:
    title = given or f"{(place or '')[:1].upper()}{(place or '')[1:]} Deployment Approval: {version}"
    return " ".join(title.split())[:_TITLE_LIMIT]


def _policy_file(given: WaitInputs) -> str | None:
    """Return the path of the policy; inputs that contradict it, or mean nothing without it, are refused."""
    file, unset = given.policy_file.strip().removeprefix("/"), WaitInputs()
    refused = _INSTEAD_OF_A_POLICY if file else _OF_THE_POLICY
    those = [name.replace("_", "-") for name in refused if getattr(given, name) != getattr(unset, name)]
    if those and not file:
        raise InputError(
            f"{join(those, 'and')}: this needs policy-file, and none is given.",
            remedy="Add policy-file, or leave this out.",
            entry="the-policy-cannot-be-used",
        )
    if those:
        raise InputError(
            f"{join(those, 'and')}: policy-file says this already.",
            remedy="Leave it out here, or leave out policy-file.",
            entry="the-policy-cannot-be-used",
        )
    if file and not is_path(file):
        raise InputError(
            f"policy-file: {file[:200]!r} is not a path in this repository.",
            remedy="Write the path from the repository's top, such as `.github/approval-policy.yml`.",
            entry="the-policy-cannot-be-used",
        )
    return file or None


def _app(given: AccessInputs) -> App | None:
    """Return the app, if one is given; it takes precedence over a token, which has a default."""
    identity, key = given.app_id.strip(), given.app_private_key.strip()
    if not identity and not key:
        return None
    for name, value in (("app-id", identity), ("app-private-key", key)):
        if not value:
            raise InputError(
                f"{name}: it is empty, and an app needs both app-id and app-private-key.",
                remedy=_NO_SECRETS,
                entry="the-token-is-empty",
            )
    if not _APP_ID.fullmatch(identity):
        raise InputError(
            "app-id: it is neither an app's number nor its client id.",
            remedy="Copy the App ID or the Client ID from the app's settings.",
            entry="the-github-app-has-no-access",
        )
    return App(id=identity, private_key=key)


def _token(given: AccessInputs) -> str:
    # In an action `token` has a default, so it is there even where `secret` was given.
    found = (given.secret or given.token).strip()
    if not found:
        raise InputError(
            "token: it is empty.",
            remedy=f"{_NO_SECRETS} Leave `token` out to use the job's own.",
            entry="the-token-is-empty",
        )
    if not is_token(found):
        raise InputError(
            "token: it holds characters that no token has, such as a blank or a line end.",
            remedy="Store the token as the secret again, and nothing else.",
            entry="github-does-not-accept-the-token",
        )
    return found


def _vocabulary(approve: tuple[str, ...], deny: tuple[str, ...]) -> Vocabulary:
    base = Vocabulary()
    for name, words, others in (
        ("additional-approved-words", approve, (*base.deny, *deny, *base.revoke)),
        ("additional-denied-words", deny, (*base.approve, *approve, *base.revoke)),
    ):
        taken = {other.lower() for other in others}
        both = next((word for word in words if word.lower() in taken), None)
        if both is not None:
            raise InputError(
                f"{name}: {both!r} already means something else here.", remedy="Use another word."
            )
    return Vocabulary(
        approve=tuple(dict.fromkeys((*base.approve, *approve))),
        deny=tuple(dict.fromkeys((*base.deny, *deny))),
    )


def _target(given: AccessInputs, run: RunContext) -> str:
    """Return ``owner/name`` of the repository that the issue is opened in."""
    owner, _, name = run.repository.partition("/")
    repository = given.target_repository or name
    if "/" in repository:
        named, _, repository = repository.partition("/")
        if given.target_repository_owner and given.target_repository_owner.lower() != named.lower():
            raise InputError(
                f"target-repository names the owner {named[:100]!r}, and target-repository-owner "
                f"{given.target_repository_owner[:100]!r}.",
                remedy="Leave out target-repository-owner.",
            )
        owner = named
    else:
        owner = given.target_repository_owner or owner
    if not REPOSITORY.fullmatch(f"{owner}/{repository}"):
        raise InputError(
            f"target-repository: {f'{owner}/{repository}'[:100]!r} is not a repository's name.",
            remedy=f"Write `{repository_in(given.target_repository) or 'owner/name'}`.",
        )
    return f"{owner}/{repository}"
