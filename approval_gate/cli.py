"""The command line: builds the adapters, runs the gate, maps its end to the exit code."""

import os
import re
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import click

from approval_gate import __version__
from approval_gate.cli_aftermath import report, sweep
from approval_gate.core import quorum
from approval_gate.core.model import Code, Member, Outcome, Person, Request, Rule
from approval_gate.core.record import Ending, canonical, document
from approval_gate.errors import (
    GateError,
    InputError,
    NotFoundError,
    PermissionDeniedError,
    UnsatisfiableError,
)
from approval_gate.gate import Gate, Pauses, Plan, moved
from approval_gate.github.client import API_VERSION, Client, Clock, Machine
from approval_gate.github.host import GitHubHost
from approval_gate.github.issues import Marker
from approval_gate.github.people import People
from approval_gate.github.repository import (
    Repository,
    commit_of_tag,
    read_file,
    read_repository,
    triggering_actors,
)
from approval_gate.render.pages import Pages
from approval_gate.runner.environment import Environment, nonce_of, read_environment
from approval_gate.runner.inputs import OPTIONS, Inputs, declared, read_inputs, usage_error
from approval_gate.runner.log import Log
from approval_gate.runner.outputs import Outputs
from approval_gate.runner.signals import Signals, Stop

_TAG_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}")


class Run:
    """One ``wait``, from the environment to the exit code.

    Args:
        environ: the environment's variables.
        machine: what measures time and waits.
    """

    def __init__(self, environ: Mapping[str, str], machine: Clock | None = None) -> None:
        self.environ = environ
        self._machine = machine or Machine()
        self.outputs = Outputs(
            environ.get("GITHUB_OUTPUT"),
            environ.get("GITHUB_STEP_SUMMARY"),
            environ.get("RUNNER_TEMP"),
            environ.get("GITHUB_STATE"),
        )
        self.nonce = nonce_of(environ.get("APPROVAL_GATE_NONCE")) or secrets.token_hex(16)
        self.report = Log(in_actions=environ.get("GITHUB_ACTIONS") == "true")
        self.signals = Signals(self._last_resort)
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

    def wait(self, given: Mapping[str, Any]) -> int:
        """Run the gate and return the exit code; every way it can go ends here."""
        told = ""
        self.signals.install()
        try:
            with self.signals.exposed():
                self._gate = self._prepare(given)
                self._gate.open()
                ending = self._gate.wait()
        except Stop:
            ending = (
                self._gate.stopped(self._machine.monotonic() - self._began)
                if self._gate
                else _stopped_early()
            )
        except GateError as error:
            ending, told = error_ending(error), str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is no approval
            ending = self._crashed(error)
        return self._end(ending, told or ending.reason)

    def refuse(self, wrong: InputError) -> int:
        """End a gate that was never begun, and return the exit code."""
        return self._end(error_ending(wrong), str(wrong))

    def _end(self, ending: Ending, told: str) -> int:
        self._conclude(self._gate, ending)
        self._say(ending, told)
        if self._gate is None or not self._gate.left_open:
            with suppress(OSError):  # a sweep then looks for what is not there
                self.outputs.note("finished", "true")
        return ending.exit_code

    def _conclude(self, gate: Gate | None, ending: Ending) -> None:
        try:
            if gate is None:
                self.fail(ending)
            else:
                gate.conclude(ending, self._flushed)
        except OSError as error:
            # What begin() wrote stands: an error. Nothing is deployed on it.
            self.report.error(f"The outputs cannot be written: {error.strerror}.")
            raise SystemExit(GateError.exit_code) from error
        except Exception as error:  # noqa: BLE001 - the outcome is written; telling people is a courtesy
            self._crashed(error)

    def _flushed(self, ending: Ending) -> None:
        self._ended = ending
        with suppress(OSError):  # a sweep then takes it for a gate that failed
            self.outputs.keep("status", ending.outcome.value)

    def fail(self, ending: Ending) -> None:
        """Write down an end that came before there was a request."""
        record = document(ending, None)
        self.outputs.set(
            {
                "approval-status": ending.outcome.value,
                "reason-code": ending.code.value,
                "reason": ending.reason,
                "decision": canonical(record),
            }
        )
        self._flushed(ending)

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

    def _prepare(self, given: Mapping[str, Any]) -> Gate:
        """Read and check everything; nothing is opened yet."""
        environment = read_environment(self.environ)
        inputs = read_inputs(given, environment)
        self.report.mask(inputs.token)
        client = Client(
            inputs.token,
            environment.api_url,
            self._machine,
            api_version=self.environ.get("APPROVAL_GATE_API_VERSION") or API_VERSION,
        )
        repository = _repository(client, environment.repository)
        target = _target(client, repository, inputs)
        people = People(client, repository, require_write=inputs.require_write_access)
        roster, attempts_known = _roster(client, people, inputs, environment)
        rule = _rule(inputs, roster)
        request = _request(inputs, environment)
        tag, commit, facts = _deployed(client, environment, inputs)
        marker = Marker(run_id=environment.run_id, run_attempt=environment.run_attempt, nonce=self.nonce)
        plan = Plan(
            request=request,
            rule=rule,
            roster=roster,
            title=inputs.issue_title,
            labels=inputs.issue_labels,
            polling_interval=inputs.polling_interval,
            tag=tag,
            tag_commit=commit,
            lock=inputs.require_write_access and not target.private and target == repository,
            keep_open=inputs.keep_issue_open,
            fail_on_denial=inputs.fail_on_denial,
            fail_on_timeout=inputs.fail_on_timeout,
            facts={"gate": __version__, "initiators_known": attempts_known, **facts},
        )
        self._say_who(plan)
        texts = Pages(
            request,
            rule,
            roster,
            issue_body=inputs.issue_body,
            checklist=_checklist(client, repository, inputs.checklist),
        )
        host = GitHubHost(client, repository.full_name, target.full_name, marker, people)
        pauses = Pauses(
            monotonic=self._machine.monotonic, sleep=self._machine.sleep, shielded=self.signals.shielded
        )
        return Gate(plan, host, texts, self.report, self.outputs, pauses)

    def _say_who(self, plan: Plan) -> None:
        asked = [member for member in plan.roster if member.may_approve]
        self.report.say(f"Approval gate for {plan.request.version} → {plan.request.environment}")
        people = f"{len(asked)} {'person' if len(asked) == 1 else 'people'}"
        barred = [member for member in plan.roster if member.bar is not None]
        but = f"; {', '.join(m.person.login for m in barred)} may not" if barred else ""
        self.report.say(f"  who        {_by_name(asked)}: {people}, {plan.rule.minimum} must approve{but}")
        self.report.group("  Who may approve")
        for member in plan.roster:
            rights = f"may not: {member.bar}" if member.bar else "alone" if member.alone else ""
            self.report.say(f"    {member.person.login} ({', '.join(member.via)}) {rights}")
        self.report.end_group()


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
    if inputs.target_repository.lower() != repository.full_name.lower():
        try:
            target = read_repository(client, inputs.target_repository)
        except NotFoundError as error:
            raise InputError(
                f"target-repository: {inputs.target_repository} is not to be seen with this token.",
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


def _roster(
    client: Client, people: People, inputs: Inputs, environment: Environment
) -> tuple[tuple[Member, ...], bool]:
    """Resolve the approvers; also tell whether everybody who asked for this is known."""
    initiators: list[Person] = []
    known = True
    if inputs.exclude_initiator:
        initiators, known = _initiators(client, people, environment)
    own = people.own_account()
    return people.roster(inputs.approvers, inputs.approve_alone, initiators, own), known


def _initiators(client: Client, people: People, environment: Environment) -> tuple[list[Person], bool]:
    """Find who asked for the deployment: the actor, and whoever started any attempt."""
    logins = dict.fromkeys((environment.actor, environment.triggering_actor))
    found = [person for login in logins if (person := people.user(login)) is not None]
    if environment.actor_id is not None:
        found.append(Person(id=environment.actor_id, login=environment.actor))
    if environment.run_attempt == 1:
        return found, True
    earlier = triggering_actors(
        client, environment.repository, environment.run_id, environment.run_attempt - 1
    )
    return [*found, *(earlier or ())], earlier is not None


def _rule(inputs: Inputs, roster: Sequence[Member]) -> Rule:
    able = [member for member in roster if member.may_approve]
    rule = Rule(
        minimum=inputs.minimum_approvals or max(1, len(able)),
        window=timedelta(minutes=inputs.timeout_minutes),
        vocabulary=inputs.vocabulary,
        denial_needs_reason=inputs.require_denial_reason,
        closing_denies=inputs.closing_denies,
    )
    if not quorum.satisfiable(rule, roster):
        count = f"only {len(able)} {'person' if len(able) == 1 else 'people'}" if able else "nobody"
        listed = ", ".join(m.person.login for m in roster)
        barred = "; ".join(f"{m.person.login} {m.bar}" for m in roster if m.bar is not None)
        raise UnsatisfiableError(
            f"minimum-approvals is {rule.minimum}, but {count} may approve.",
            remedy="Add an approver, or lower minimum-approvals. No issue was opened.",
            detail=f"approvers: {listed}{f' ({barred})' if barred else ''}",
        )
    return rule


def _request(inputs: Inputs, environment: Environment) -> Request:
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


def _deployed(
    client: Client, environment: Environment, inputs: Inputs
) -> tuple[str | None, str | None, dict[str, object]]:
    """Find the tag that is deployed, if any: the ref, or what ``version`` names.

    Returns:
        The tag, the commit that it must go on naming, and what the record says of it.
    """
    tag = environment.ref_name if environment.ref_type == "tag" else inputs.version
    if not _TAG_NAME.fullmatch(tag):
        return None, None, {"tag": None}
    try:
        commit = commit_of_tag(client, environment.repository, tag)
    except PermissionDeniedError:
        commit = None
    if commit is None:
        return None, None, {"tag": None}
    if environment.ref_type == "tag" and commit != environment.sha:
        raise moved(tag, commit, environment.sha)
    return tag, commit, {"tag": {"name": tag, "commit": commit}}


def _checklist(client: Client, repository: Repository, choice: str) -> str | None:
    """Return the list's Markdown; None for the process's own."""
    if choice == "default":
        return None
    if choice == "none":
        return ""
    text = read_file(client, repository, choice.removeprefix("/")) if ".." not in choice else None
    if text is None:
        raise InputError(
            f"checklist: {choice[:200]!r} is not a file on the branch {repository.default_branch}.",
            remedy="Write `default`, `none`, or the path of a Markdown file there. No issue was opened.",
        )
    return text


def _by_name(members: Sequence[Member]) -> str:
    counts: dict[str, int] = {}
    for member in members:
        counts[member.via[0]] = counts.get(member.via[0], 0) + 1
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
            raise SystemExit(run.refuse(usage_error(error, "No issue was opened."))) from error
        context.meta["run"] = run
        return context


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Hold a deployment until enough people have approved it on a GitHub issue."""


@main.command(cls=_WaitCommand)
@declared(OPTIONS)
@click.pass_context
def wait(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - every input, checked by its type
    """Open the approval issue, wait for answers, and end with the outcome.

    Exits with 0 if approved, 1 if denied, 2 if an input is wrong, 3 if nobody
    decided in time, 4 if cancelled, and 5 if GitHub could not be asked.
    """
    run: Run = context.meta["run"]
    sys.exit(run.wait(given))


main.add_command(sweep)
main.add_command(report)


@main.command()
@click.option("--scenario", default="approved", help="What happens; see --list.")
@click.option("--list", "listed", is_flag=True, help="List the scenarios.")
def rehearse(scenario: str, *, listed: bool) -> None:
    """Run the same gate against an embedded GitHub, where scripted people answer."""
    try:
        from approval_gate.rehearsal.rehearse import rehearse as play  # noqa: PLC0415 - an optional extra
        from approval_gate.rehearsal.scenarios import SCENARIOS  # noqa: PLC0415 - the same
    except ImportError as error:
        raise click.ClickException(
            f"The rehearsal needs {error.name}; install approval-gate[rehearsal]."
        ) from error
    if listed:
        click.echo("\n".join(SCENARIOS))
        return
    if scenario not in SCENARIOS:
        raise click.UsageError(f"There is no scenario {scenario!r}; there are {', '.join(SCENARIOS)}.")
    if not play(SCENARIOS[scenario], click.echo):
        raise click.ClickException("The gate did not end as this scenario has it.")
