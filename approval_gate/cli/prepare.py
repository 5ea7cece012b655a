"""From a run and its inputs to a request that can be opened: GitHub is asked, and its answers are judged."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from approval_gate.cli.checklist import CHECKLIST, Text, checklist_path, choose
from approval_gate.cli.connect import read_deploying
from approval_gate.cli.facts import FactReader
from approval_gate.cli.known import Known
from approval_gate.core.conditions.model import Assessment
from approval_gate.core.follow_up import SHOWN, FollowUpIssue, overdue
from approval_gate.core.marker import Marker
from approval_gate.core.model import Request
from approval_gate.core.policy.model import (
    DeploymentType,
    DetailValue,
    Policy,
    checklist,
    digest,
    reminders,
    rule,
    waived,
)
from approval_gate.core.record.model import AskedPolicy, RepositoryName, Requested
from approval_gate.core.request_facts import RequestFacts
from approval_gate.core.tasks import items
from approval_gate.core.timing import COURTESY, Deadline
from approval_gate.errors import GitHubError, InputError, NotFoundError, PolicyError
from approval_gate.gate import conditions
from approval_gate.gate import prepare as judge
from approval_gate.gate.notify import remind_once
from approval_gate.gate.ports import GitHub, Issue, Plan, RecordContext, Sources
from approval_gate.github.client import Client
from approval_gate.github.facts import read_request_facts
from approval_gate.github.issue import ApprovalIssue
from approval_gate.github.people import People
from approval_gate.github.repository import (
    Repository,
    commit_of_branch,
    commit_of_tag,
    find_file,
    read_file,
    read_repository,
)
from approval_gate.github.thread.queries import try_everything
from approval_gate.github.tracker import GRANT, IssueTracker
from approval_gate.render.follow_up import overdue as overdue_text
from approval_gate.render.issue import as_list
from approval_gate.render.messages import GateMessages
from approval_gate.render.subject import PolicyContext, Subject
from approval_gate.runner.checks import Inputs, step_policy
from approval_gate.runner.environment import RunContext

_TARGET = "the-issue-cannot-be-opened-there"
_UNSEEN = "Pass a token of this repository, for example `token: ${{ github.token }}`."
_FROM_A_FORK = (
    "A pull request from a fork has a token that can only read, whatever `permissions` says. Ask for the "
    "approval where the code is merged: run the gate on `push` or by `workflow_dispatch`."
)


class _Found(NamedTuple):
    """What the policy and GitHub say about a request, and what was concluded from it."""

    request: Request
    policy: Policy
    file: AskedPolicy | None
    deployment_type: DeploymentType
    details: tuple[DetailValue, ...]
    facts: RequestFacts
    voters: judge.Voters
    text: Text
    tags: tuple[str, ...]


class Prepared(NamedTuple):
    """A request that can be opened, what its checks were found to be, and warnings with their entries."""

    plan: Plan
    github: GitHub
    messages: GateMessages
    checks: tuple[Assessment, ...]
    warnings: Iterator[tuple[str, str]]


def prepare(client: Client, run: RunContext, inputs: Inputs, known: Known, nonce: str) -> Prepared:
    """Resolve and check everything that the request names; nothing is opened yet."""
    known.learn(version=inputs.version, environment=inputs.environment, artifacts=inputs.given.artifacts)
    repository = read_deploying(client, run.repository, _UNSEEN)
    known.learn(repository=RepositoryName(id=repository.id, name=repository.full_name))
    target = _target(client, repository, inputs)
    people = People(client, repository, require_write=inputs.given.require_write_access)
    found = _find(client, repository, people, run, inputs, known)
    tracker = IssueTracker(client, target.full_name, _grant(run))
    if target.id == repository.id:
        conditions.check_labels(found.voters.rule, inputs.issue_labels)
    overdue = _overdue(client, tracker, found)
    try_everything(client, target.full_name)
    reader = FactReader(client=client, repository=repository, request=found.request, own_job=run.own_job)
    plan, checks = _checked(_plan(found, inputs, known.requested, nonce), found, reader, known)
    required, now = found.text.required, client.now()
    messages = _messages(found, plan, checks, [it for it, _ in overdue])
    if required and items(messages.issue(now, now)[0]) != required:
        raise InputError(
            "require-checklist: the issue cannot show the whole list.",
            remedy="Shorten it or the issue's body.",
            entry=CHECKLIST,
        )
    github = GitHub(
        connection=client,
        tracker=tracker,
        sources=Sources(
            facts=reader.read_again,
            recheck=people.recheck,
            commit_of_tag=partial(commit_of_tag, client, repository.full_name),
            policy_digest=partial(_digest_now, client, repository.full_name),
        ),
        overdue=_reminders(found.policy, overdue),
    )
    warnings = judge.warnings(found.voters, found.facts, inputs.issue_labels, hosted=run.hosted)
    return Prepared(plan, github, messages, checks, warnings)


def _find(
    client: Client,
    repository: Repository,
    people: People,
    run: RunContext,
    inputs: Inputs,
    known: Known,
) -> _Found:
    """Read the policy, ask GitHub what it makes necessary, and judge the answers."""
    given, request = inputs.given, _request(inputs, run)
    policy, file = _policy(client, repository, inputs)
    known.policy = file
    window = timedelta(minutes=given.timeout_minutes) if file and given.timeout_minutes else None
    deployment_type = judge.deployment_type(policy, given.deployment_type, run.ref, window)
    details = judge.details(deployment_type, given.details)
    known.learn(details={detail.heading: detail.value for detail in details})
    judge.check_askable(policy, deployment_type, inputs.environment)
    facts = read_request_facts(
        client,
        repository,
        people,
        request,
        policy,
        deployment_type,
        run.actor_id,
        checklist_path(policy, inputs),
    )
    known.requested = judge.identified(known.requested, facts.initiators)
    terms = partial(
        rule,
        policy,
        deployment_type,
        vocabulary=inputs.vocabulary,
        denial_needs_reason=given.require_denial_reason,
        closing_denies=given.close_issue_means_denial,
        email_votes=given.allow_email_votes,
    )
    return _Found(
        request=request,
        policy=policy,
        file=file,
        deployment_type=deployment_type,
        details=details,
        facts=facts,
        voters=judge.voters(policy, deployment_type, request, facts, terms),
        text=choose(policy, deployment_type, repository.default_branch, inputs, facts.checklist),
        tags=judge.tags(request, facts),
    )


def _checked(
    plan: Plan, found: _Found, reader: FactReader, known: Known
) -> tuple[Plan, tuple[Assessment, ...]]:
    """Add the facts to a plan that nothing else refuses, and judge the checks that rest on them.

    Raises:
        CheckFailedError: required checks have not passed, and waiting cannot change that.
    """
    details = conditions.stated(found.deployment_type, found.details, plan.rule)
    facts = reader.read(plan.rule.conditions, found.facts.change, details)
    plan = replace(plan, facts=facts)
    known.inputs = plan.inputs
    checks = conditions.assessed(plan.rule, facts, reader.client.now())
    conditions.check_required(checks, facts, found.policy)
    return plan, checks


def _plan(found: _Found, inputs: Inputs, requested: Requested, nonce: str) -> Plan:
    given, request, deployment_type = inputs.given, found.request, found.deployment_type
    tags, known = found.tags, found.facts.version is not None
    return Plan(
        request=request,
        marker=Marker(run_id=request.run_id, run_attempt=request.run_attempt, nonce=nonce),
        rule=replace(found.voters.rule, checklist=found.text.required),
        roster=found.voters.roster,
        title=f"🚨 {inputs.issue_title}" if deployment_type.emergency else inputs.issue_title,
        labels=judge.labels(inputs.issue_labels),
        polling_interval=given.polling_interval_seconds,
        tags=tags,
        keep_open=given.keep_issue_open,
        fail_on_denial=given.fail_on_denial,
        fail_on_timeout=given.fail_on_timeout,
        record=RecordContext(
            requested=requested,
            checklist=found.text.shown,
            initiators=judge.initiators_record(requested, found.facts),
        ),
        tags_known=known,
        named=inputs.version if known and inputs.version not in {*tags, request.ref_name} else None,
        policy=found.file,
        reminders=reminders(found.policy, deployment_type),
    )


def _overdue(
    client: Client, tracker: IssueTracker, found: _Found
) -> list[tuple[FollowUpIssue, ApprovalIssue]]:
    """Find the follow-ups that are overdue; if they block this type, tell their owners first."""
    policy = found.policy
    if policy.follow_up is None and not policy.block_on_overdue:
        return []
    listed = dict(tracker.follow_ups().listed())
    late = [(it, listed[it]) for it in overdue(listed, client.now())]
    try:
        judge.check_overdue(policy, found.deployment_type, [it for it, _ in late])
    except PolicyError:
        for issue, text in _reminders(policy, late):
            with suppress(GitHubError):
                remind_once(issue, text, Deadline.after(client.monotonic, COURTESY))
        raise
    return late


def _reminders(
    policy: Policy, overdue: Sequence[tuple[FollowUpIssue, ApprovalIssue]]
) -> list[tuple[Issue, str]]:
    return [(issue, overdue_text(it, policy.block_on_overdue)) for it, issue in overdue[:SHOWN]]


def _messages(
    found: _Found, plan: Plan, checks: tuple[Assessment, ...], overdue: Sequence[FollowUpIssue]
) -> GateMessages:
    file, policy, kind, terms = found.file, found.policy, found.deployment_type, None
    if file:
        terms = PolicyContext(
            deployment_type=kind,
            path=file.path,
            digest=file.digest,
            details=found.details,
            waived=tuple(item.text for item in waived(policy, kind)),
            bars_authors=policy.excludes_authors,
        )
    return GateMessages(
        Subject(
            request=found.request,
            rule=plan.rule,
            roster=found.voters.roster,
            issue_body=found.text.body,
            checklist=as_list(checklist(policy, kind), checks) if policy.checklist else found.text.checklist,
            initiators_known=found.facts.initiators_known,
            terms=terms,
            facts=plan.facts,
            assessments=checks,
            artifacts=plan.record.requested.artifacts,
            overdue=tuple(overdue),
        )
    )


def _digest_now(client: Client, repository: str, file: str, until: Deadline) -> str | None:
    text = read_file(client.until(until), repository, file)
    return None if text is None else digest(text)


def _grant(run: RunContext) -> str:
    """Return the remedy where the token cannot open issues."""
    if run.from_fork is None:
        return f"{GRANT} {_FROM_A_FORK}"
    return _FROM_A_FORK if run.from_fork else GRANT


def _target(client: Client, repository: Repository, inputs: Inputs) -> Repository:
    target = repository
    if inputs.access.target_repository.lower() != repository.full_name.lower():
        try:
            target = read_repository(client, inputs.access.target_repository)
        except NotFoundError as error:
            raise InputError(
                f"target-repository: {inputs.access.target_repository} is not visible with this token.",
                remedy="Correct the name, or pass a token that can see it.",
                detail=error.detail,
                entry=_TARGET,
            ) from error
    if not target.has_issues:
        raise InputError(
            f"target-repository: {target.full_name} has its issues switched off.",
            remedy="Switch them on in the repository's settings, or name another target-repository.",
            entry=_TARGET,
        )
    return target


def _policy(client: Client, repository: Repository, inputs: Inputs) -> tuple[Policy, AskedPolicy | None]:
    """Read the policy from the default branch, or make one of the inputs.

    Never from the workspace or the ref that is deployed: the change that waits
    for approval could have rewritten who approves it.
    """
    path = inputs.policy_file
    if path is None:
        return step_policy(inputs.given), None
    # Only a run with a document waits for what reads it.
    from approval_gate.core.policy.findings import DocumentError  # noqa: PLC0415
    from approval_gate.core.policy.schema import read_policy  # noqa: PLC0415
    from approval_gate.render.policy import findings  # noqa: PLC0415

    commit = client.with_retry(
        lambda: commit_of_branch(client, repository.full_name, repository.default_branch)
    )
    text, instead = find_file(client, repository.full_name, path, commit or "")
    if text is None:
        raise PolicyError(
            f"policy-file: {path} {instead} on the branch {repository.default_branch}.",
            remedy="It is only read from there: merge it, or correct the path.",
        )
    try:
        policy = read_policy(text.encode())
    except DocumentError as error:
        raise PolicyError(
            f"policy-file: {path} on the branch {repository.default_branch} is not a policy.",
            remedy="Fix this; `approval-gate policy check` reports the same.",
            detail="\n".join(filter(None, (findings(path, error.findings), error.unchecked))),
        ) from error
    name = inputs.given.deployment_type
    return policy, AskedPolicy(path=path, digest=digest(text), commit=commit, type=name)


def _request(inputs: Inputs, run: RunContext) -> Request:
    return Request(
        repository=run.repository,
        run_id=run.run_id,
        run_attempt=run.run_attempt,
        run_url=run.run_url,
        job=run.job,
        workflow=run.workflow,
        actor=run.actor,
        triggering_actor=run.triggering_actor,
        sha=run.sha,
        ref_name=run.ref_name,
        ref_type=run.ref_type,
        environment=inputs.environment,
        version=inputs.version,
    )
