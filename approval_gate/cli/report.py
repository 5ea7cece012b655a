"""``report``: the deployment's result on its approval issue."""

import sys
from typing import Any

import click

from approval_gate.cli.post_gate import PostGateCommand, PostGateVerb
from approval_gate.gate import result
from approval_gate.gate.notify import UNSENT
from approval_gate.notify.sender import Sender
from approval_gate.render import notification
from approval_gate.runner.checks import read_results
from approval_gate.runner.environment import read_run_context
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
    run = read_run_context(command.environ)
    deployment = result.Deployment(
        issue_number=given.issue_number,
        run_id=run.run_id,
        run_attempt=run.run_attempt,
        results=read_results(given),
    )

    def notify(issue_url: str) -> None:
        it = notification.Deployed(repository=run.repository, issue_url=issue_url, run_url=run.run_url)
        sender.send(notification.result(deployment.results, it))

    with Sender(given.notify_urls) as sender:
        sender.begin_check()
        client, tracker, messages = command.connect(given, run, last=last)
        sender.check()
        try:
            return result.report(
                deployment, tracker, messages.result, command.log, client.now, notify, last=last
            )
        finally:
            for problem in sender.collect(wait=True):
                command.log.warn(problem, UNSENT)
