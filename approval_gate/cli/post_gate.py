"""What the verbs after the gate share: retry, the connection, and how errors end them."""

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial

import click

from approval_gate.cli.connect import connect_as
from approval_gate.core.timing import PERSISTS, RETRY_PAUSES, Deadline
from approval_gate.errors import GitHubError, Problems
from approval_gate.gate.ending import failure, tell
from approval_gate.github.client import Client
from approval_gate.github.clock import Clock, SystemClock
from approval_gate.github.tracker import IssueTracker
from approval_gate.github.wire import SenderFactory, Wire
from approval_gate.render.result import ResultMessages
from approval_gate.runner.checks import read_access
from approval_gate.runner.environment import RunContext
from approval_gate.runner.inputs import AccessInputs
from approval_gate.runner.log import Log
from approval_gate.runner.options import Verb, usage_error
from approval_gate.runner.signals import admit


class PostGateCommand:
    """One ``sweep`` or ``report``."""

    def __init__(
        self, environ: Mapping[str, str], clock: Clock | None = None, sender: SenderFactory = Wire
    ) -> None:
        self.environ = environ
        self.log = Log(in_actions=environ.get("GITHUB_ACTIONS") == "true")
        self.clock = clock or SystemClock()
        self._sender = sender
        self._client: Client | None = None

    def carry_out(self, do: Callable[..., None], given: AccessInputs, problems: Problems) -> int:
        """Do it unless inputs are wrong, and return the exit code; every error is reported here."""
        admit()
        try:
            problems.raise_together()
            self._with_retry(partial(do, self, given))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
            return self.refuse(error)
        for warning in self._client.warnings() if self._client else ():
            self.log.warn(*warning)
        return 0

    def _with_retry(self, do: Callable[..., None]) -> None:
        """Do it, and again while a refusal can be a passing fault; nothing is written twice."""
        until = Deadline.after(self.clock.monotonic, PERSISTS)
        for pause in RETRY_PAUSES:
            try:
                return do(last=False)
            except GitHubError:
                if not until.allows(pause):
                    break
                self.clock.sleep(pause)
        return do(last=True)

    def refuse(self, error: Exception) -> int:
        """Report what went wrong, and return the exit code."""
        ending = failure(error, self.log)
        return tell(ending, self.log, ending.text)

    def connect(
        self, given: AccessInputs, run: RunContext, *, last: bool
    ) -> tuple[Client, IssueTracker, ResultMessages]:
        """Connect to GitHub; the last try gives up sooner than a client does by itself."""
        access = read_access(given, run)
        if self._client is None:
            self._client = connect_as(access, run, self.environ, self.clock, self.log.mask, self._sender)
        client = self._client.limited(PERSISTS) if last else self._client
        messages = ResultMessages(run.run_id, run.run_url, run.run_attempt)
        return client, IssueTracker(client, access.target_repository), messages


class PostGateVerb(Verb):
    """A verb that reports wrong arguments as it does every other error."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse arguments for the command that the caller gives, or else for one in this environment."""
        ctx.obj = ctx.obj or PostGateCommand(os.environ)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            sys.exit(ctx.obj.refuse(usage_error(error)))
