"""``report``: the deployment's result on its approval issue."""

import sys
from functools import partial
from typing import Any

import click

from approval_gate.cli.post_gate import PostGateCommand, PostGateVerb
from approval_gate.core.approval import Approval, PolicyRead
from approval_gate.core.policy.findings import DocumentError
from approval_gate.core.policy.model import FollowUp, digest, is_path
from approval_gate.core.policy.schema import read_policy
from approval_gate.core.result import Run
from approval_gate.errors import PolicyError
from approval_gate.gate import result
from approval_gate.gate.follow_up import Opener
from approval_gate.gate.notify import UNSENT
from approval_gate.gate.past_issue import PastIssue
from approval_gate.github.client import Client
from approval_gate.github.repository import find_file
from approval_gate.notify.sender import Sender
from approval_gate.render import notification
from approval_gate.render.follow_up import follow_up_text
from approval_gate.runner.checks import read_results
from approval_gate.runner.environment import read_requested, read_run_context
from approval_gate.runner.inputs import ReportInputs, inputs_of
from approval_gate.runner.options import options, problems_of


@click.command(cls=PostGateVerb)
@options(inputs_of(ReportInputs))
@click.pass_context
def report(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - every input, checked by its type
    """Post the deployment's result on its approval issue, label it, and close it.

    Exits with 0 if it is done, 2 if an input is wrong or the issue is not this
    run's, and 5 if GitHub could not be asked.
    """
    sys.exit(context.obj.carry_out(_report, ReportInputs(**given), problems_of(context)))


def _report(command: PostGateCommand, given: ReportInputs, *, last: bool) -> None:
    if given.issue_number is None:
        return command.log.say(
            "issue-number is empty, so nothing is reported: the gate opened no issue, or its "
            "job does not pass it on (`outputs: issue-number: ${{ steps.gate.outputs.issue-number }}`)."
        )
    for address in given.notify_urls:
        command.log.mask(address)
    run, requested = read_run_context(command.environ), read_requested(command.environ)
    deployment = result.Deployment(
        issue_number=given.issue_number,
        run=Run(
            id=run.run_id,
            attempt=run.run_attempt,
            url=run.run_url,
            repository=run.repository,
            repository_id=requested.repository.id if requested.repository else None,
        ),
        results=read_results(given),
    )

    def notify(issue_url: str, approval: Approval | None) -> None:
        it = notification.Deployed(
            repository=run.repository,
            issue_url=issue_url,
            run_url=run.run_url,
            environment=(approval and approval.environment) or None,
            version=(approval and approval.version) or None,
        )
        sender.send(notification.result(deployment.results, it))

    with Sender(given.notify_urls) as sender:
        sender.begin_check()
        client, tracker, messages = command.connect(given, run, last=last)
        sender.check()
        try:
            opener = Opener(
                follow_ups=tracker.follow_ups(),
                files=_Files(client, run.repository),
                text=partial(_follow_up_text, deployment, client),
                log=command.log,
            )
            effects = result.Effects(notify=notify, follow_up=opener.open)
            return result.report(deployment, tracker, messages, command.log, client.now, effects, last=last)
        finally:
            for problem in sender.collect(wait=True):
                command.log.warn(problem, UNSENT)


class _Files:
    """The files of the repository that deploys."""

    def __init__(self, client: Client, repository: str) -> None:
        self._client, self._repository = client, repository

    def policy(self, read: PolicyRead) -> tuple[FollowUp | None, str]:
        """Return the follow-up of the policy that the gate read, or of today's, and a note."""
        if not is_path(read.path):
            raise PolicyError(f"The record names {read.path[:100]!r} as the policy's file.")
        text = self._find(read.path, read.commit)[0] if read.commit else None
        if text is None or digest(text) != read.digest:
            text, instead = self._find(read.path)
            if text is None:
                raise PolicyError(f"The policy {read.path} {instead} on the default branch.")
        changed = digest(text) != read.digest
        note = (
            f"{read.path} has changed since the gate read it; the follow-up is as the policy says now"
            if changed
            else ""
        )
        try:
            return read_policy(text.encode()).follow_up_of(read.kind), note
        except DocumentError as error:
            raise PolicyError(f"{read.path} is not a policy any more.", detail=str(error)) from error

    def template(self, path: str) -> tuple[str | None, str]:
        """Return a file's text from the default branch, or what is there instead."""
        return self._find(path)

    def _find(self, path: str, commit: str = "") -> tuple[str | None, str]:
        return find_file(self._client, self._repository, path, commit)


def _follow_up_text(
    deployment: result.Deployment,
    client: Client,
    approval: Approval,
    rule: FollowUp,
    issue: PastIssue,
    template: str | None,
) -> str:
    place = issue.number, issue.url
    return follow_up_text(approval, rule, deployment.results, deployment.run, place, client.now(), template)
