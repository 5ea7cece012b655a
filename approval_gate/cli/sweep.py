"""``sweep``: close what a killed gate left open."""

import sys
from datetime import datetime
from typing import Any

import click

from approval_gate.cli.post_gate import PostGateCommand, PostGateVerb
from approval_gate.core.marker import Marker
from approval_gate.core.model import Outcome
from approval_gate.gate import cleanup
from approval_gate.runner.environment import nonce_of, read_run_context
from approval_gate.runner.inputs import SweepInputs, inputs_of
from approval_gate.runner.options import options, problems_of


@click.command(cls=PostGateVerb)
@options(inputs_of(SweepInputs))
@click.pass_context
def sweep(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - every input, checked by its type
    """Close the issue that a killed `wait` of this run left open.

    Exits with 0 if there was nothing to close or it is closed, 2 if an input is
    wrong, and 5 if GitHub could not be asked.
    """
    sys.exit(context.obj.carry_out(_sweep, SweepInputs(**given), problems_of(context)))


def _sweep(command: PostGateCommand, given: SweepInputs, *, last: bool) -> None:
    environ, log = command.environ, command.log
    if environ.get("STATE_finished") == "true":
        return log.say("The gate finished by itself, so the sweep does nothing.")
    nonce = nonce_of(environ.get("APPROVAL_GATE_NONCE")) or nonce_of(environ.get("STATE_nonce"))
    if nonce is None:
        return log.say("No gate was started here, so the sweep does nothing.")
    run = read_run_context(environ)
    client, tracker, messages = command.connect(given, run, last=last)
    gate = cleanup.KilledGate(
        marker=Marker(run_id=run.run_id, run_attempt=run.run_attempt, nonce=nonce),
        status=_outcome(environ.get("APPROVAL_GATE_STATUS"))
        or _outcome(environ.get("STATE_status"))
        or Outcome.ERROR,
        keep_open=given.keep_issue_open,
    )

    def message(status: Outcome, opened: datetime) -> str:
        return messages.swept(status, client.now(), opened)

    return cleanup.sweep(gate, tracker, message, log, command.clock.sleep, last=last)


def _outcome(text: str | None) -> Outcome | None:
    return Outcome(text) if text in set(Outcome) else None
