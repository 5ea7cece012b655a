"""``wait``: one gate, from the environment to the exit code, whatever happens to it."""

import os
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from approval_gate import __version__
from approval_gate.cli.known import Known
from approval_gate.core.conditions.sources import lacking_anywhere
from approval_gate.core.ending import Conclusion, Ending
from approval_gate.core.model import Outcome
from approval_gate.core.progress import heading, known_facts
from approval_gate.core.record.conclude import Asked, conclude
from approval_gate.core.record.document import document
from approval_gate.core.record.model import Given, Inputs, StopSignal
from approval_gate.errors import UNOPENED, GateError, InputError, Problems
from approval_gate.gate.ending import EndingWriter, failed, failure
from approval_gate.gate.loop import Gate
from approval_gate.gate.ports import Runtime
from approval_gate.github.clock import Clock, SystemClock
from approval_gate.notify.sender import Sender
from approval_gate.render.ending import plain_title
from approval_gate.render.messages import early_summary
from approval_gate.runner.checks import read_inputs
from approval_gate.runner.environment import nonce_of, read_requested, read_run_context
from approval_gate.runner.inputs import WaitInputs, inputs_of
from approval_gate.runner.log import Log
from approval_gate.runner.options import Verb, options, problems_of, usage_error
from approval_gate.runner.outputs import Outputs
from approval_gate.runner.signals import Signals, Stop

if TYPE_CHECKING:
    from approval_gate.github.wire import SenderFactory

_FILES = "the-outputs-cannot-be-written"


class _Unopened:
    """Ends a run that has no gate: nobody was asked.

    Attributes:
        known: what it was to be about, as far as that was read.
    """

    left_open = False

    def __init__(self, known: Known, now: Callable[[], datetime]) -> None:
        self.known, self._now = known, now
        self._stopped: StopSignal | None = None

    @property
    def _title(self) -> tuple[str, str | None]:
        return self.known.requested.version or "", self.known.requested.environment

    def conclusion(self, ending: Ending) -> Conclusion:
        return Conclusion(ending=ending)

    def record(self, ending: Ending) -> Mapping[str, object]:
        inputs = Inputs(stopped=self._stopped)
        if ending.outcome is Outcome.ERROR:
            inputs = replace(self.known.inputs, stopped=self._stopped, error=failed(ending))
        given = Given(
            gate=__version__,
            request=self.known.requested,
            policy=self.known.policy,
            ended_at=self._now(),
        )
        return document(given, inputs)

    def close(self, end: Conclusion, record: Mapping[str, object]) -> None:
        pass

    def summary(self, end: Conclusion, record: Mapping[str, object]) -> str:
        return early_summary(end.ending, record, *self._title)

    def last_words(self, end: Conclusion) -> tuple[str, str]:
        return plain_title(*self._title), end.ending.text

    def stopped(self, elapsed: float, signal: str) -> Ending:
        self._stopped = StopSignal(signal=signal, elapsed_seconds=int(elapsed))
        ending = conclude(Inputs(stopped=self._stopped), Asked()).ending
        assert ending is not None  # noqa: S101 - a stop ends it
        return ending


class Run:
    """One ``wait``, from the environment to the exit code."""

    def __init__(
        self, environ: Mapping[str, str], clock: Clock | None = None, sender: "SenderFactory | None" = None
    ) -> None:
        self.environ = environ
        self.outputs = Outputs(
            environ.get("GITHUB_OUTPUT"),
            environ.get("GITHUB_STEP_SUMMARY"),
            environ.get("RUNNER_TEMP"),
            environ.get("GITHUB_STATE"),
        )
        self.nonce = nonce_of(environ.get("APPROVAL_GATE_NONCE")) or secrets.token_hex(16)
        self.log = Log(in_actions=environ.get("GITHUB_ACTIONS") == "true")
        self.signals = Signals(self._last_resort)
        self._notifications = Sender(())
        self._clock = clock or SystemClock(self.signals.sleep)
        self._unopened = _Unopened(Known(read_requested(environ)), self._clock.now)
        self._gate: Gate | _Unopened = self._unopened
        self._endings = EndingWriter(self.outputs, self.log, environ.get("GITHUB_RUN_ID", ""), self._unopened)
        self._sender = sender
        self._began = self._clock.monotonic() - self._already_waited()

    def begin(self) -> None:
        """Write the outputs of a gate that failed, and how a sweep finds its issue, or exit."""
        try:
            self.outputs.begin(self.environ.get("GITHUB_RUN_ATTEMPT") or "1")
            self.outputs.note("nonce", self.nonce)
        except OSError as error:
            state = self.environ.get("GITHUB_STATE")
            file = "GITHUB_STATE" if state and error.filename == state else "GITHUB_OUTPUT"
            self.log.error(f"{file} cannot be written: {error.strerror}. {UNOPENED}", _FILES)
            raise SystemExit(GateError.exit_code) from error

    def wait(self, given: WaitInputs, problems: Problems) -> int:
        """Run the gate and return the exit code, however it ends."""
        self.signals.install()
        self._unopened.known.learn(
            version=given.version or self.environ.get("GITHUB_REF_NAME") or None,
            environment=given.environment or (None if given.issue_title else "production"),
            type=given.deployment_type,
        )
        try:
            with self.signals.exposed():
                gate = self._gate = self._prepare(given, problems)
                gate.open()
                ending = gate.wait()
        except Stop as stop:
            ending = self._gate.stopped(self._elapsed, str(stop))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not an approval
            ending = failure(error, self.log, unopened=isinstance(self._gate, _Unopened))
        return self._end(ending)

    def refuse(self, wrong: InputError) -> int:
        """End a gate that was never begun, and return the exit code."""
        return self._end(failure(wrong, self.log, unopened=True))

    def _end(self, ending: Ending) -> int:
        try:
            with self._notifications:
                ending = self._endings.conclude(ending, self._gate)
        except OSError as error:
            # The outputs that begin() wrote remain: an error. Nothing is deployed on it.
            self.log.error(f"The outputs cannot be written: {error.strerror}.", _FILES)
            raise SystemExit(GateError.exit_code) from error
        if not self._gate.left_open:
            with suppress(OSError):  # a sweep then looks for what is not there
                self.outputs.note("finished", "true")
        return ending.exit_code

    def _last_resort(self, signal: str) -> int:
        return self._endings.last_resort(self._gate, self._elapsed, signal)

    @property
    def _elapsed(self) -> float:
        """Seconds since the step began."""
        return self._clock.monotonic() - self._began

    def _already_waited(self) -> float:
        """Return the seconds since the step began, as ``launch.sh`` notes it."""
        try:
            return max(0.0, time.time() - float(self.environ["APPROVAL_GATE_STARTED"]))
        except (KeyError, ValueError):
            return 0.0

    def _prepare(self, given: WaitInputs, problems: Problems) -> Gate:
        """Read and check everything; no issue is opened yet."""
        for address in given.notify_urls:
            self.log.mask(address)
        environment = read_run_context(self.environ)
        inputs = read_inputs(given, environment, problems)
        notifications = self._notifications = Sender(given.notify_urls, lambda: self.signals.received)
        notifications.begin_check()
        # Imported while the addresses are checked, because this takes most of the gate's start.
        from approval_gate.cli.connect import connect_as  # noqa: PLC0415
        from approval_gate.cli.prepare import prepare  # noqa: PLC0415

        client = connect_as(
            inputs.access, environment, self.environ, self._clock, self.log.mask, self._sender
        )
        plan, github, messages, checks, warnings = prepare(
            client, environment, inputs, self._unopened.known, self.nonce
        )
        notifications.check()
        kind = plan.policy.type if plan.policy else None
        about_facts = known_facts(checks, lacking_anywhere(plan.facts))
        for line in (*heading(plan.request, plan.rule, plan.roster, kind), *about_facts):
            self.log.say(line)
        for warning in (*warnings, *client.warnings()):
            self.log.warn(*warning)
        runtime = Runtime(
            monotonic=self._clock.monotonic, sleep=self._clock.sleep, shielded=self.signals.shielded
        )
        return Gate(plan, github, messages, self.log, self.outputs, runtime, notifications)


class _WaitCommand(Verb):
    """``wait``: its first act is to write the outputs of a gate that failed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.resilient_parsing:  # a shell asks what could follow
            return super().parse_args(ctx, args)
        ctx.obj = ctx.obj or Run(os.environ)
        help_is_wanted = not {*ctx.help_option_names}.isdisjoint(args)
        if not help_is_wanted:
            ctx.obj.begin()
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as error:
            sys.exit(ctx.obj.refuse(usage_error(error)))
        if help_is_wanted:  # it was a value: help itself ends the program
            ctx.obj.begin()
        return rest


@click.command(cls=_WaitCommand)
@options(inputs_of(WaitInputs))
@click.pass_context
def wait(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - every input, checked by its type
    """Open the approval issue, wait for answers, and end with the outcome.

    This is the gate's step in a workflow, where the action calls it. Each option
    is an input of the action: if it is not given, INPUT_<NAME> is read. The rest
    comes from the runner's variables (GITHUB_REPOSITORY, GITHUB_RUN_ID, …). To
    see a gate on a laptop, use `approval-gate rehearse`.

    Exits with 0 if approved, 1 if denied, 2 if an input is wrong, 3 if nobody
    decided in time, 4 if cancelled, and 5 if GitHub could not be asked.
    """
    sys.exit(context.obj.wait(WaitInputs(**given), problems_of(context)))
