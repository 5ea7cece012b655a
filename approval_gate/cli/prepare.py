"""From the environment and the inputs to a request that is ready to be opened: everything is checked here."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from approval_gate import __version__
from approval_gate.cli import authors, deployed
from approval_gate.cli.names import Voters, find_voters
from approval_gate.core.change import Change
from approval_gate.core.marker import Marker
from approval_gate.core.model import Request, Rule
from approval_gate.core.policy.model import (
    DeploymentType,
    DetailValue,
    Policy,
    Reminder,
    digest,
    flat,
    reminders,
)
from approval_gate.core.tasks import has_tasks, items, unticked
from approval_gate.core.timing import Deadline
from approval_gate.core.wording import join
from approval_gate.errors import (
    InputError,
    NotFoundError,
    PermissionDeniedError,
    PolicyError,
)
from approval_gate.gate.ports import GitHub, Plan, PolicyFile, Sources
from approval_gate.github.client import API_VERSION, Client, Clock, Credential
from approval_gate.github.deadline import DeadlineAdapter
from approval_gate.github.people import People
from approval_gate.github.repository import (
    Repository,
    commit_of_tag,
    read_file,
    read_repository,
)
from approval_gate.github.thread.queries import try_everything
from approval_gate.github.tracker import GRANT, IssueTracker
from approval_gate.github.wire import Transport, static_token
from approval_gate.render.issue import PolicyContext, Subject, as_tasks, process_checklist
from approval_gate.render.messages import GateMessages
from approval_gate.runner.checks import Access, Inputs
from approval_gate.runner.environment import RunContext

_PATH_LIMIT = 1_000
_FROM_A_FORK = (
    "A pull request from a fork has a token that can only read, whatever `permissions` says, and no secrets. "
    "Ask for the approval where the code is merged: run the gate on `push` or by `workflow_dispatch`. "
    "(`pull_request_target` has a token that can write: never check out the fork's code there.)"
)
_LABEL_LIMIT = 50  # characters (https://github.com/github/docs/pull/32156)
_HOSTED_JOB = timedelta(hours=6)
"""How long a job on a runner of GitHub's own lives (https://docs.github.com/en/actions/reference/limits)."""
_INITIATORS_UNKNOWN = (
    "The token may not see who started the earlier attempts of this run, so they are not barred from "
    "approving. Grant it `actions: read`."
)
_TAGS_UNKNOWN = (
    "The token may not read tags and branches, so whether `version` names one, and of which commit, is not "
    "looked at. Grant it `contents: read`."
)


class Prepared(NamedTuple):
    """A request, where it goes, and what people will read."""

    plan: Plan
    github: GitHub
    texts: GateMessages
    warnings: tuple[str, ...]


class _Text(NamedTuple):
    """What the issue says beside its own words; ``required`` are the items that must be ticked."""

    body: str
    checklist: str
    required: tuple[str, ...] = ()


class _Found(NamedTuple):
    """What the request rests on, each part as it was when it was asked for."""

    file: PolicyFile | None
    kind: DeploymentType
    rule: Rule
    reminders: tuple[Reminder, ...]
    details: tuple[DetailValue, ...]
    change: Change | None
    voters: Voters
    text: _Text
    tags: tuple[str, ...]
    tags_known: bool


def connect(
    credential: Credential,
    api_url: str,
    environ: Mapping[str, str],
    clock: Clock,
    transport: Transport = DeadlineAdapter,
) -> Client:
    """Connect to the GitHub at an address."""
    version = environ.get("APPROVAL_GATE_API_VERSION") or API_VERSION
    return Client(credential, api_url, clock, api_version=version, transport=transport)


def connect_as(
    access: Access,
    environment: RunContext,
    environ: Mapping[str, str],
    clock: Clock,
    hide: Callable[[str], None],
    transport: Transport = DeadlineAdapter,
) -> Client:
    """Connect to the GitHub of this run.

    Args:
        access: who asks, and for which repository beside the run's.
        environment: what the runner tells.
        environ: the environment's variables.
        clock: this machine's.
        hide: is given what must not be seen in the log.
        transport: what carries the requests.

    Raises:
        InputError: the app's key is none.
        GitHubError: the app has no access, or GitHub has a fault.
    """
    hide(access.secret)
    credential = access.credential
    if isinstance(credential, str):
        return connect(static_token(credential), environment.api_url, environ, clock, transport)
    # Only who works with an app waits for what signs.
    from approval_gate.github.app import Installation, app_key  # noqa: PLC0415

    owner, _, name = environment.repository.partition("/")
    other, _, target = access.target_repository.partition("/")
    names = dict.fromkeys([name, target] if other.lower() == owner.lower() else [name])
    key = app_key(credential.id, credential.private_key)
    app = connect(key, environment.api_url, environ, clock, transport)
    installation = Installation(app, environment.repository, [*names], hide)
    installation.check()
    return connect(installation, environment.api_url, environ, clock, transport)


def prepare(client: Client, environment: RunContext, inputs: Inputs, nonce: str) -> Prepared:
    """Resolve and check all that the request names; nothing is opened yet.

    Args:
        client: of the GitHub that the run is on.
        environment: what the runner tells.
        inputs: what the workflow gives.
        nonce: the marker's, 32 hexadecimal digits.

    Raises:
        InputError: an input cannot be used.
        PolicyError: the policy cannot, or this is none of the deployments that it allows.
        RosterError: a name is nobody who can be seen.
        UnsatisfiableError: these people can never give what is asked for.
        GitHubError: GitHub refused, or has a fault.
    """
    repository = _repository(client, environment.repository)
    target = _target(client, repository, inputs)
    people = People(client, repository, require_write=inputs.given.require_write_access)
    found = _find(client, repository, people, environment, inputs)
    request = _request(inputs, environment)
    plan = _plan(found, request, inputs, nonce)
    pages = GateMessages(
        Subject(
            request=request,
            rule=plan.rule,
            roster=plan.roster,
            issue_body=found.text.body,
            checklist=found.text.checklist,
            initiators_known=found.voters.initiators_known,
            terms=PolicyContext(kind=found.kind, digest=found.file.digest, details=found.details)
            if found.file
            else None,
            news=authors.news(found.change, environment),
        )
    )
    _check_whole(pages, found.text, client.now())
    try_everything(client, target.full_name)
    github = GitHub(
        connection=client,
        tracker=IssueTracker(client, target.full_name, _grant(environment)),
        sources=Sources(
            recheck=people.recheck,
            commit_of_tag=partial(commit_of_tag, client, repository.full_name),
            policy_digest=partial(_digest_now, client, repository.full_name),
        ),
    )
    return Prepared(
        plan, github, pages, (*_doubts(found, inputs, environment), *authors.warnings(found.change))
    )


def _digest_now(client: Client, repository: str, file: str, until: Deadline) -> str | None:
    text = read_file(client.until(until), repository, file)
    return None if text is None else digest(text)


def _grant(environment: RunContext) -> str:
    """Return the remedy where the token cannot open issues."""
    if environment.from_fork is None:
        return f"{GRANT} {_FROM_A_FORK}"
    return _FROM_A_FORK if environment.from_fork else GRANT


def _find(
    client: Client, repository: Repository, people: People, environment: RunContext, inputs: Inputs
) -> _Found:
    """Ask for all that the request rests on, and check it."""
    policy, file = _policy(client, repository, inputs)
    kind = _kind(policy, inputs, environment)
    details = _details(kind, inputs)
    change = authors.find(client, repository, policy, environment, inputs)
    voters = find_voters(client, people, policy, kind, inputs, environment, change)
    text = _text(client, repository, policy, inputs)
    tags, tags_known = deployed.find(client, environment, inputs.version)
    return _Found(
        file=file,
        kind=kind,
        rule=replace(voters.rule, checklist=text.required),
        reminders=reminders(policy, kind),
        details=details,
        change=change,
        voters=voters,
        text=text,
        tags=tags,
        tags_known=tags_known,
    )


def _plan(found: _Found, request: Request, inputs: Inputs, nonce: str) -> Plan:
    file, tags = found.file, found.tags
    facts = {
        "gate": __version__,
        "initiators_known": found.voters.initiators_known,
        "authors": authors.facts(found.change),
        "tags": list(tags) if found.tags_known else None,
        "policy": {"file": file.path, "digest": file.digest, "type": found.kind.name} if file else None,
        "details": {detail.heading: detail.value for detail in found.details},
    }
    return Plan(
        request=request,
        marker=Marker(run_id=request.run_id, run_attempt=request.run_attempt, nonce=nonce),
        rule=found.rule,
        roster=found.voters.roster,
        title=f"🚨 {inputs.issue_title}" if found.kind.emergency else inputs.issue_title,
        labels=tuple(dict.fromkeys(label[:_LABEL_LIMIT].rstrip() for label in inputs.issue_labels)),
        polling_interval=inputs.given.polling_interval_seconds,
        tags=tags,
        keep_open=inputs.given.keep_issue_open,
        fail_on_denial=inputs.given.fail_on_denial,
        fail_on_timeout=inputs.given.fail_on_timeout,
        facts=facts,
        named=inputs.version
        if found.tags_known and inputs.version not in {*tags, request.ref_name}
        else None,
        policy=file,
        reminders=found.reminders,
    )


def _doubts(found: _Found, inputs: Inputs, environment: RunContext) -> Iterator[str]:
    if found.voters.warning:
        yield found.voters.warning
    if not found.voters.initiators_known:
        yield _INITIATORS_UNKNOWN
    if not found.tags_known and inputs.version != environment.ref_name:
        yield _TAGS_UNKNOWN
    for label in _too_long(inputs.issue_labels):
        yield (
            f"The label {label[:100]!r} is cut to {_LABEL_LIMIT} characters, which is all that GitHub takes."
        )
    window = found.rule.window
    if window > _HOSTED_JOB and environment.hosted is not False:
        minutes = window.total_seconds() / 60
        yield (
            f"The window of {minutes:g} minutes is longer than the 360 minutes that a job "
            "on a GitHub-hosted runner lives: GitHub would end the job first, and nothing would be approved. "
            "Shorten the window, or run the gate's job on a self-hosted runner, with a `timeout-minutes` of "
            "its own that is as long."
        )


def _too_long(labels: Iterable[str]) -> list[str]:
    return [label for label in labels if len(label) > _LABEL_LIMIT]


def _repository(client: Client, full_name: str) -> Repository:
    try:
        return read_repository(client, full_name)
    except NotFoundError as error:
        raise PermissionDeniedError(
            f"The token cannot see {full_name}, the repository that deploys.",
            remedy="Pass a token of this repository, `token: ${{ github.token }}` say. No issue was opened.",
            detail=error.detail,
        ) from error


def _target(client: Client, repository: Repository, inputs: Inputs) -> Repository:
    target = repository
    if inputs.access.target_repository.lower() != repository.full_name.lower():
        try:
            target = read_repository(client, inputs.access.target_repository)
        except NotFoundError as error:
            raise InputError(
                f"target-repository: {inputs.access.target_repository} is not to be seen with this token.",
                remedy="Correct the name, or pass a token that may see it. No issue was opened.",
                detail=error.detail,
            ) from error
    if not target.has_issues:
        raise InputError(
            f"target-repository: {target.full_name} has its issues switched off.",
            remedy="Switch them on in the repository's settings, or name another target-repository. "
            "No issue was opened.",
        )
    return target


def _policy(client: Client, repository: Repository, inputs: Inputs) -> tuple[Policy, PolicyFile | None]:
    """Read the policy from the default branch, or make one of the inputs.

    Never from the workspace or the ref that is deployed: the change that waits
    for approval could have rewritten who approves it.
    """
    path = inputs.policy_file
    if path is None:
        minutes = inputs.given.timeout_minutes
        return flat(
            deployment_type=inputs.given.deployment_type,
            approvers=inputs.given.approvers,
            alone=inputs.given.approve_alone,
            minimum=inputs.given.minimum_approvals,
            window=None if minutes is None else timedelta(minutes=minutes),
            exclude_initiator=inputs.given.exclude_workflow_initiator_as_approver,
        ), None
    # Only who has a document waits for what reads it.
    from approval_gate.core.policy.findings import DocumentError  # noqa: PLC0415
    from approval_gate.core.policy.schema import read_policy  # noqa: PLC0415
    from approval_gate.render.policy import findings  # noqa: PLC0415

    text = read_file(client, repository.full_name, path)
    if text is None:
        raise PolicyError(
            f"policy-file: {path} is no text file on the branch {repository.default_branch}.",
            remedy="It is read from there alone: merge it, or correct the path. No issue was opened.",
        )
    try:
        return read_policy(text.encode()), PolicyFile(path=path, digest=digest(text))
    except DocumentError as error:
        raise PolicyError(
            f"policy-file: {path} on the branch {repository.default_branch} is no policy.",
            remedy="Mend it; `approval-gate policy check` says the same. No issue was opened.",
            detail=findings(path, error.findings),
        ) from error


def _kind(policy: Policy, inputs: Inputs, environment: RunContext) -> DeploymentType:
    """Find the type of this deployment, and whether it may be deployed at all."""
    kind = policy.deployment(inputs.given.deployment_type)
    if kind is None:
        names = ", ".join(kind.name for kind in policy.deployments)
        raise PolicyError(
            f"deployment-type: the policy has no {inputs.given.deployment_type[:100]!r}; there are {names}.",
            remedy="Take one of those. No issue was opened.",
        )
    if not policy.allows(environment.ref):
        raise PolicyError(
            f"The policy lets nobody deploy {environment.ref}: its refs are {', '.join(policy.refs)}.",
            remedy="Start the run from one of those. No issue was opened.",
        )
    if inputs.policy_file is None or inputs.given.timeout_minutes is None:
        return kind
    window = timedelta(minutes=inputs.given.timeout_minutes)
    if window > kind.window:
        raise InputError(
            f"timeout-minutes: {inputs.given.timeout_minutes:g} is longer than the policy's window of "
            f"{kind.window.total_seconds() / 60:g} minutes for {kind.name}; it may only shorten it.",
            remedy="Leave it out, or lengthen the window in the policy. No issue was opened.",
        )
    return replace(kind, window=window)


def _details(kind: DeploymentType, inputs: Inputs) -> tuple[DetailValue, ...]:
    """Read what the request says about itself; what the type requires must be there."""
    if not kind.details and not inputs.given.details:
        return ()
    from approval_gate.core.policy.details import fill, missing  # noqa: PLC0415 - as above

    try:
        filled = fill(kind.details, inputs.given.details)
    except ValueError as error:
        raise InputError(f"details: {error}", remedy="No issue was opened.") from error
    lacking = missing(filled)
    if lacking:
        raise InputError(
            f"details: {join(lacking, 'and')} {'is' if len(lacking) == 1 else 'are'} missing, "
            f"which the policy asks for with {kind.name}.",
            remedy=f"Add a line such as `**{lacking[0]}**: …`. No issue was opened.",
        )
    return filled


def _request(inputs: Inputs, environment: RunContext) -> Request:
    return Request(
        repository=environment.repository,
        run_id=environment.run_id,
        run_attempt=environment.run_attempt,
        run_url=environment.run_url,
        job=environment.job,
        workflow=environment.workflow,
        actor=environment.actor,
        triggering_actor=environment.triggering_actor,
        sha=environment.sha,
        ref_name=environment.ref_name,
        ref_type=environment.ref_type,
        environment=inputs.environment,
        version=inputs.version,
    )


def _text(client: Client, repository: Repository, policy: Policy, inputs: Inputs) -> _Text:
    """Find what the issue says beside its own words, and what of it must be ticked.

    Raises:
        InputError: there is no list, though one must be ticked.
        GitHubError: GitHub refused, or has a fault.
    """
    checklist = _checklist(client, repository, policy, inputs)
    if not inputs.given.require_checklist:
        return _Text(inputs.issue_body, checklist)
    required = (*items(inputs.issue_body), *items(checklist))
    if not required:
        raise InputError(
            "require-checklist: there is no list to tick.",
            remedy="Leave out `checklist: none`, or give the list an item. No issue was opened.",
        )
    return _Text(unticked(inputs.issue_body), unticked(checklist), required)


def _check_whole(pages: GateMessages, text: _Text, now: datetime) -> None:
    """See that what must be ticked stands in the issue as boxes.

    Raises:
        InputError: it does not.
    """
    if text.required and items(pages.issue("", now, now).body) != text.required:
        raise InputError(
            "require-checklist: the list does not stand whole in the issue.",
            remedy="Shorten it or the issue's body. No issue was opened.",
        )


def _checklist(client: Client, repository: Repository, policy: Policy, inputs: Inputs) -> str:
    """Return the list's Markdown; empty if there is none beside the body's own."""
    if policy.checklist is not None:
        return as_tasks(policy.checklist)
    choice = inputs.given.checklist
    if choice == "default":
        return "" if has_tasks(inputs.issue_body) else process_checklist()
    if choice == "none":
        return ""
    path = choice.removeprefix("/")
    beyond = ".." in path or len(path) > _PATH_LIMIT
    text = None if beyond else read_file(client, repository.full_name, path)
    if text is None:
        raise InputError(
            f"checklist: {choice[:200]!r} is not a text file on the branch {repository.default_branch}.",
            remedy="Write `default`, `none`, or the path of a Markdown file there. No issue was opened.",
        )
    return text
