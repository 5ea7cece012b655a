"""What comes after the gate: ``sweep`` and ``report``."""

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import click

from approval_gate.cli.connect import connect_as
from approval_gate.core.marker import Marker
from approval_gate.core.model import Outcome
from approval_gate.core.timing import PERSISTS, RETRY_PAUSES, Deadline
from approval_gate.errors import GitHubError, Problems
from approval_gate.gate import cleanup, result
from approval_gate.gate.cleanup import KilledGate
from approval_gate.gate.ending import failure, tell
from approval_gate.gate.result import Deployment
from approval_gate.github.client import Client, Clock, SystemClock
from approval_gate.github.deadline import DeadlineAdapter
from approval_gate.github.tracker import IssueTracker
from approval_gate.github.wire import Transport
from approval_gate.render.result import ResultMessages
from approval_gate.runner.checks import read_access, read_results
from approval_gate.runner.environment import RunContext, nonce_of, read_run_context
from approval_gate.runner.inputs import AccessInputs, ReportInputs, SweepInputs, inputs_of
from approval_gate.runner.log import Log
from approval_gate.runner.options import options, problems_of, usage_error
from approval_gate.runner.signals import admit


class PostGateCommand:
    """One ``sweep`` or ``report``."""

    def __init__(
        self,
        environ: Mapping[str, str],
        clock: Clock | None = None,
        transport: Transport = DeadlineAdapter,
    ) -> None:
        self.environ = environ
        self.log = Log(in_actions=environ.get("GITHUB_ACTIONS") == "true")
        self._clock = clock or SystemClock()
        self._transport = transport
        self._client: Client | None = None

    def carry_out(self, do: Callable[..., None], problems: Problems) -> int:
        """Do it unless inputs are wrong, and return the exit code; every error is reported here."""
        admit()
        try:
            problems.raise_together()
            self._with_retry(do)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
            return self.refuse(error)
        for warning in self._client.warnings() if self._client else ():
            self.log.warn(warning)
        return 0

    def _with_retry(self, do: Callable[..., None]) -> None:
        """Do it, and again while a refusal can be a passing fault; nothing is written twice."""
        until = Deadline.after(self._clock.monotonic, PERSISTS)
        for pause in RETRY_PAUSES:
            try:
                return do(last=False)
            except GitHubError:
                if not until.allows(pause):
                    break
                self._clock.sleep(pause)
        return do(last=True)

    def refuse(self, error: Exception) -> int:
        """Report what went wrong, and return the exit code."""
        return tell(failure(error, self.log), self.log)

    def sweep(self, given: SweepInputs, *, last: bool) -> None:
        """Close what a killed gate left open; at the last try without what cannot be written."""
        if self.environ.get("STATE_finished") == "true":
            return self.log.say("The gate finished by itself: there is nothing to sweep.")
        nonce = nonce_of(self.environ.get("APPROVAL_GATE_NONCE")) or nonce_of(self.environ.get("STATE_nonce"))
        if nonce is None:
            return self.log.say("No gate was begun here: there is nothing to sweep.")
        environment = read_run_context(self.environ)
        _, tracker = self._connect(given, environment, last=last)
        gate = KilledGate(
            marker=Marker(run_id=environment.run_id, run_attempt=environment.run_attempt, nonce=nonce),
            status=self._outcome("APPROVAL_GATE_STATUS") or self._outcome("STATE_status") or Outcome.ERROR,
            keep_open=given.keep_issue_open,
        )
        messages = ResultMessages(environment.run_id, environment.run_url, environment.run_attempt)
        return cleanup.sweep(gate, tracker, messages.swept, self.log, self._clock.sleep, last=last)

    def report(self, given: ReportInputs, *, last: bool) -> None:
        """Post a deployment's result on its approval issue; the same."""
        if given.issue_number is None:
            return self.log.say(
                "issue-number is empty, so there is nothing to report on: the gate opened no issue, or its "
                "job does not pass it on (`outputs: issue-number: ${{ steps.gate.outputs.issue-number }}`)."
            )
        environment = read_run_context(self.environ)
        deployment = Deployment(
            issue_number=given.issue_number,
            run_id=environment.run_id,
            run_attempt=environment.run_attempt,
            results=read_results(given),
        )
        client, tracker = self._connect(given, environment, last=last)
        messages = ResultMessages(environment.run_id, environment.run_url, environment.run_attempt)
        return result.report(deployment, tracker, messages.result, self.log, client.now, last=last)

    def _outcome(self, name: str) -> Outcome | None:
        text = self.environ.get(name)
        return Outcome(text) if text in set(Outcome) else None

    def _connect(
        self, given: AccessInputs, environment: RunContext, *, last: bool
    ) -> tuple[Client, IssueTracker]:
        access = read_access(given, environment)
        client = connect_as(access, environment, self.environ, self._clock, self.log.mask, self._transport)
        self._client = client
        if last:
            client = client.limited(PERSISTS)
        return client, IssueTracker(client, access.target_repository)


class _Command(click.Command):
    """A verb that reports wrong arguments as it does every other error."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.obj = ctx.obj or PostGateCommand(os.environ)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            sys.exit(ctx.obj.refuse(usage_error(error)))


@click.command(cls=_Command)
@options(inputs_of(SweepInputs))
@click.pass_context
def sweep(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - every input, checked by its type
    """Close the issue that a killed `wait` of this run left open.

    Exits with 0 if there was nothing to close or it is closed, 2 if an input is
    wrong, and 5 if GitHub could not be asked.
    """
    do = partial(context.obj.sweep, SweepInputs(**given))
    sys.exit(context.obj.carry_out(do, problems_of(context)))


@click.command(cls=_Command)
@options(inputs_of(ReportInputs))
@click.pass_context
def report(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - the same
    """Post the deployment's result on its approval issue, label it, and close it.

    Exits with 0 if it is done, 2 if an input is wrong or the issue is not this
    run's, and 5 if GitHub could not be asked.
    """
    do = partial(context.obj.report, ReportInputs(**given))
    sys.exit(context.obj.carry_out(do, problems_of(context)))
