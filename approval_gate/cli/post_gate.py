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
from approval_gate.errors import GitHubError, InputError
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
    """One ``sweep`` or ``report``.

    Args:
        environ: the environment's variables.
        clock: measures time and waits.
        transport: what carries the requests to GitHub.
    """

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

    def carry_out(self, verb: Callable[..., None], given: AccessInputs) -> int:
        """Do it and return the exit code; every way it can go ends here."""
        admit()
        try:
            self._with_retry(partial(verb, self, given))
        except Exception as error:  # noqa: BLE001 - the last place where it can be told
            return self.refuse(error)
        for warning in self._client.warnings() if self._client else ():
            self.log.warn(warning)
        return 0

    def _with_retry(self, do: Callable[..., None]) -> None:
        """Do it, and again while a refusal can be a passing fault; what was done before is not done twice."""
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
        """Tell what went wrong, and return the exit code."""
        return tell(failure(error, self.log), self.log)

    def sweep(self, given: SweepInputs, *, last: bool) -> None:
        """Close what a killed gate left open; at the last try without what cannot be written."""
        if self.environ.get("STATE_finished") == "true":
            self.log.say("The gate finished by itself: there is nothing to sweep.")
            return
        nonce = nonce_of(self.environ.get("APPROVAL_GATE_NONCE")) or nonce_of(self.environ.get("STATE_nonce"))
        if nonce is None:
            self.log.say("No gate was begun here: there is nothing to sweep.")
            return
        environment = read_run_context(self.environ)
        _, tracker = self._connect(given, environment, last=last)
        gate = KilledGate(
            marker=Marker(run_id=environment.run_id, run_attempt=environment.run_attempt, nonce=nonce),
            status=self._outcome("APPROVAL_GATE_STATUS") or self._outcome("STATE_status") or Outcome.ERROR,
            keep_open=given.keep_issue_open,
        )
        cleanup.sweep(gate, tracker, _messages(environment), self.log, self._clock.sleep, last=last)

    def report(self, given: ReportInputs, *, last: bool) -> None:
        """Post a deployment's result on its approval issue; the same."""
        if given.issue_number is None:
            self.log.say(
                "issue-number is empty, so there is nothing to report on: the gate opened no issue, or its "
                "job does not pass it on (`outputs: issue-number: ${{ steps.gate.outputs.issue-number }}`)."
            )
            return
        environment = read_run_context(self.environ)
        deployment = Deployment(
            issue_number=given.issue_number,
            run_id=environment.run_id,
            run_attempt=environment.run_attempt,
            results=read_results(given),
            release_url=given.release_url,
            rollback_url=given.rollback_url,
        )
        client, tracker = self._connect(given, environment, last=last)
        result.report(deployment, tracker, _messages(environment), self.log, client.now, last=last)

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


def _messages(environment: RunContext) -> ResultMessages:
    return ResultMessages(environment.run_id, environment.run_url, environment.run_attempt)


class _Command(click.Command):
    """A verb whose wrong inputs are told as every other error is."""

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> click.Context:  # noqa: ANN401 - click's form
        parent = extra.get("parent")
        command = (
            parent.obj
            if parent and isinstance(parent.obj, PostGateCommand)
            else PostGateCommand(dict(os.environ))
        )
        extra["obj"] = dict(command.environ)
        try:
            context = super().make_context(info_name, args, *rest, **extra)
            problems_of(context).raise_together()
        except click.UsageError as error:
            raise SystemExit(command.refuse(usage_error(error))) from error
        except InputError as error:
            raise SystemExit(command.refuse(error)) from error
        context.meta["command"] = command
        return context


@click.command(cls=_Command)
@options(inputs_of(SweepInputs))
@click.pass_context
def sweep(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - every input, checked by its type
    """Close the issue that a killed `wait` of this run left open.

    Exits with 0 if there was nothing to close or it is closed, 2 if an input is
    wrong, and 5 if GitHub could not be asked.
    """
    sys.exit(context.meta["command"].carry_out(PostGateCommand.sweep, SweepInputs(**given)))


@click.command(cls=_Command)
@options(inputs_of(ReportInputs))
@click.pass_context
def report(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - the same
    """Post the deployment's result on its approval issue, label it, and close it.

    Exits with 0 if it is done, 2 if an input is wrong or the issue is not this
    run's, and 5 if GitHub could not be asked.
    """
    sys.exit(context.meta["command"].carry_out(PostGateCommand.report, ReportInputs(**given)))
