"""``wait``: one gate, from the environment to the exit code, whatever happens to it."""

import os
import re
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import click

from approval_gate.cli.prepare import connect_as, prepare
from approval_gate.core.ending import Ending
from approval_gate.core.model import Code, Member, Outcome
from approval_gate.core.quorum import alone, tally
from approval_gate.core.record import canonical, document
from approval_gate.errors import UNOPENED, GateError, InputError, Problems
from approval_gate.gate.loop import Gate
from approval_gate.gate.ports import Plan, Runtime
from approval_gate.github.client import Clock, SystemClock
from approval_gate.github.deadline import DeadlineAdapter
from approval_gate.github.wire import Transport
from approval_gate.render.messages import early_summary
from approval_gate.runner.checks import read_inputs
from approval_gate.runner.environment import nonce_of, read_run_context
from approval_gate.runner.inputs import WaitInputs, inputs_of
from approval_gate.runner.log import Log
from approval_gate.runner.options import options, problems_of, usage_error
from approval_gate.runner.outputs import Outputs
from approval_gate.runner.signals import Signals, Stop

_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)


class Run:
    """One ``wait``, from the environment to the exit code.

    Args:
        environ: the environment's variables.
        machine: what measures time and waits.
        transport: what carries the requests to GitHub.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        machine: Clock | None = None,
        transport: Transport = DeadlineAdapter,
    ) -> None:
        self.environ = environ
        self.outputs = Outputs(
            environ.get("GITHUB_OUTPUT"),
            environ.get("GITHUB_STEP_SUMMARY"),
            environ.get("RUNNER_TEMP"),
            environ.get("GITHUB_STATE"),
        )
        self.nonce = nonce_of(environ.get("APPROVAL_GATE_NONCE")) or secrets.token_hex(16)
        self.report = Log(in_actions=environ.get("GITHUB_ACTIONS") == "true")
        self.signals = Signals(self._last_resort)
        self._machine = machine or SystemClock(self.signals.sleep)
        self._transport = transport
        self._began = self._machine.monotonic() - self._already_waited()
        self._gate: Gate | None = None
        self._ended: Ending | None = None

    def begin(self) -> None:
        """Write the outputs of a gate that failed, and how a sweep finds its issue, before anything else.

        Raises:
            SystemExit: they cannot be written.
        """
        try:
            self.outputs.begin(self.environ.get("GITHUB_RUN_ATTEMPT") or "1")
            self.outputs.note("nonce", self.nonce)
        except OSError as error:
            state = self.environ.get("GITHUB_STATE")
            file = "GITHUB_STATE" if state and error.filename == state else "GITHUB_OUTPUT"
            self.report.error(f"{file} cannot be written: {error.strerror}. Nothing was asked.")
            raise SystemExit(GateError.exit_code) from error

    def wait(self, given: WaitInputs, problems: Problems) -> int:
        """Run the gate and return the exit code; every way it can go ends here.

        Args:
            given: the inputs.
            problems: what is wrong with single inputs.
        """
        told = ""
        self.signals.install()
        try:
            with self.signals.exposed():
                self._gate = self._prepare(given, problems)
                self._gate.open()
                ending = self._gate.wait()
        except Stop:
            ending = (
                self._gate.stopped(self._machine.monotonic() - self._began)
                if self._gate
                else _stopped_early()
            )
        except GateError as error:
            if self._gate is None and UNOPENED not in str(error):
                error.remedy = f"{error.remedy} {UNOPENED}".lstrip()
            ending, told = error_ending(error), str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is no approval
            ending = self._crashed(error)
        return self._end(ending, told or ending.reason)

    def refuse(self, wrong: InputError) -> int:
        """End a gate that was never begun, and return the exit code."""
        return self._end(error_ending(wrong), str(wrong))

    def _end(self, ending: Ending, told: str) -> int:
        ending, told = self._conclude(self._gate, ending, told)
        self._say(ending, told)
        if self._gate is None or not self._gate.left_open:
            with suppress(OSError):  # a sweep then looks for what is not there
                self.outputs.note("finished", "true")
        return ending.exit_code

    def _conclude(self, gate: Gate | None, ending: Ending, told: str) -> tuple[Ending, str]:
        """Write the end down and tell it; return it as it was written."""
        try:
            if gate is None:
                self.fail(ending, told)
            else:
                gate.conclude(ending, self._flushed)
        except OSError as error:
            # What begin() wrote stands: an error. Nothing is deployed on it.
            self.report.error(f"The outputs cannot be written: {error.strerror}.")
            raise SystemExit(GateError.exit_code) from error
        except Exception as error:  # noqa: BLE001 - once the outcome is written, telling people is a courtesy
            crashed = self._crashed(error)
            if self._ended is None:
                self.fail(crashed, crashed.reason)
                return crashed, crashed.reason
        return ending, told

    def _flushed(self, ending: Ending) -> None:
        self._ended = ending
        with suppress(OSError):  # a sweep then takes it for a gate that failed
            self.outputs.keep("status", ending.outcome.value)

    def fail(self, ending: Ending, told: str) -> None:
        """Write down an end that came before there was a request.

        Args:
            ending: how it ended.
            told: what happened and what to do next, line by line.
        """
        record = document(ending, None)
        numbers = (self.environ.get(name, "") for name in ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"))
        name = "-".join(["approval-gate", *filter(_NUMBER.fullmatch, numbers)])
        self.outputs.set(
            {
                "approval-status": ending.outcome.value,
                "reason-code": ending.code.value,
                "reason": ending.reason,
                "decision": canonical(record),
                "record-path": self._saved(f"{name}.json", canonical(record)),
            }
        )
        self._flushed(ending)
        try:
            self.outputs.summarize(early_summary(ending, told.splitlines(), record))
        except OSError as error:
            self.report.warn(f"The gate could not write the job's summary: {error.strerror}")

    def _saved(self, name: str, record: str) -> str:
        try:
            return self.outputs.save_record(name, record)
        except OSError as error:
            self.report.warn(f"The gate could not write the record to a file: {error.strerror}")
            return ""

    def _say(self, ending: Ending, text: str) -> None:
        if ending.outcome is Outcome.APPROVED:
            self.report.say(text)
        elif ending.exit_code:
            self.report.error(text)
        else:
            self.report.warn(text)

    def _crashed(self, error: Exception) -> Ending:
        self.report.where(error)
        reason = f"The gate itself failed ({type(error).__name__}). Please report it with the lines above."
        return Ending(outcome=Outcome.ERROR, code=Code.INTERNAL, reason=reason, exit_code=5)

    def _already_waited(self) -> float:
        """Return the seconds since the step began, as ``launch.sh`` notes it."""
        try:
            return max(0.0, time.time() - float(self.environ["APPROVAL_GATE_STARTED"]))
        except (KeyError, ValueError):
            return 0.0

    def _last_resort(self) -> int:
        """Say the least there is to say, since everything else hangs."""
        if self._ended is not None:
            return self._ended.exit_code
        ending = _stopped_early()
        with suppress(OSError):
            self.outputs.set(
                {
                    "approval-status": ending.outcome.value,
                    "reason-code": ending.code.value,
                    "reason": ending.reason,
                }
            )
        return ending.exit_code

    # What is asked -------------------------------------------------------------------

    def _prepare(self, given: WaitInputs, problems: Problems) -> Gate:
        """Read and check everything; nothing is opened yet."""
        environment = read_run_context(self.environ)
        inputs = read_inputs(given, environment, problems)
        client = connect_as(
            inputs.access, environment, self.environ, self._machine, self.report.mask, self._transport
        )
        plan, github, texts, warnings = prepare(client, environment, inputs, self.nonce)
        self._say_who(plan)
        for warning in (*warnings, *client.warnings()):
            self.report.warn(warning)
        runtime = Runtime(
            monotonic=self._machine.monotonic, sleep=self._machine.sleep, shielded=self.signals.shielded
        )
        return Gate(plan, github, texts, self.report, self.outputs, runtime)

    def _say_who(self, plan: Plan) -> None:
        asked = [member for member in plan.roster if member.may_approve]
        where = f" → {plan.request.environment}" if plan.request.environment else ""
        self.report.say(f"Approval gate for {plan.request.version}{where}")
        people = f"{len(asked)} {'person' if len(asked) == 1 else 'people'}"
        barred = [member for member in plan.roster if member.ineligibility is not None]
        but = f"; {', '.join(m.person.login for m in barred)} may not" if barred else ""
        self.report.say(
            f"  who        {_by_name(asked)}: {people}, {tally(plan.rule, ()).needed} must approve{but}"
        )
        self.report.group("  Who may approve")
        for member in plan.roster:
            rights = (
                f"may not: {member.ineligibility}"
                if member.ineligibility
                else "alone"
                if alone(plan.rule, member)
                else ""
            )
            self.report.say(f"    {member.person.login} ({', '.join(member.roles)}) {rights}")
        self.report.end_group()


def _by_name(members: Sequence[Member]) -> str:
    counts: dict[str, int] = {}
    for member in members:
        counts[member.roles[0]] = counts.get(member.roles[0], 0) + 1
    return ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.items())


def error_ending(error: GateError) -> Ending:
    """Return how an error ends a run."""
    reason = " ".join(filter(None, (error.problem, error.remedy, error.detail)))
    return Ending(outcome=Outcome.ERROR, code=error.code, reason=reason, exit_code=error.exit_code)


def _stopped_early() -> Ending:
    return Ending(
        outcome=Outcome.CANCELLED,
        code=Code.SIGNAL,
        reason="The job was stopped before the gate could finish.",
        exit_code=4,
    )


class _WaitCommand(click.Command):
    """``wait``: its first act is to write the outputs of a gate that failed."""

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> click.Context:  # noqa: ANN401 - click's form
        if "--help" in args:
            return super().make_context(info_name, args, *rest, **extra)
        parent = extra.get("parent")
        run = parent.obj if parent and isinstance(parent.obj, Run) else Run(dict(os.environ))
        run.begin()
        extra["obj"] = dict(run.environ)
        try:
            context = super().make_context(info_name, args, *rest, **extra)
        except click.UsageError as error:
            raise SystemExit(run.refuse(usage_error(error, UNOPENED))) from error
        context.meta["run"] = run
        return context


@click.command(cls=_WaitCommand)
@options(inputs_of(WaitInputs))
@click.pass_context
def wait(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - every input, checked by its type
    """Open the approval issue, wait for answers, and end with the outcome.

    Exits with 0 if approved, 1 if denied, 2 if an input is wrong, 3 if nobody
    decided in time, 4 if cancelled, and 5 if GitHub could not be asked.
    """
    run: Run = context.meta["run"]
    sys.exit(run.wait(WaitInputs(**given), problems_of(context)))
