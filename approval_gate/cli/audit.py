"""``audit``: the approvals of some days, compared with the deployments on record."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from approval_gate.cli.connect import from_terminal
from approval_gate.cli.terminal import accounts_option, token_option
from approval_gate.core.audit.model import Audit
from approval_gate.core.suggest import repository as repository_in
from approval_gate.errors import InputError
from approval_gate.gate.ending import failure, tell
from approval_gate.github.audit import Progress, Wanted, read_audit
from approval_gate.github.clock import Clock
from approval_gate.github.people import VIEWER
from approval_gate.github.wire import SenderFactory, Wire
from approval_gate.render.audit_page import as_page
from approval_gate.render.audit_rows import as_csv, as_json
from approval_gate.render.audit_text import as_table, summary
from approval_gate.runner.environment import REPOSITORY
from approval_gate.runner.log import Log, harmless
from approval_gate.runner.options import Verb
from approval_gate.runner.signals import admit
from approval_gate.runner.usage import Choice, Whole
from approval_gate.troubleshooting import see

_FORMATS: Mapping[str, Callable[[Audit], str]] = {
    "table": as_table,
    "csv": as_csv,
    "json": as_json,
    "html": as_page,
}


class AuditCommand:
    """One ``audit``."""

    def __init__(
        self, environ: Mapping[str, str], clock: Clock | None = None, sender: SenderFactory = Wire
    ) -> None:
        self.environ = environ
        self.log = Log(sys.stderr, in_actions=environ.get("GITHUB_ACTIONS") == "true")
        self._clock = clock
        self._sender = sender

    def carry_out(self, wanted: Wanted, token: str) -> Audit:
        """Connect to GitHub, learn its time and that it takes the token, and read everything.

        Raises:
            InputError: the token or GitHub's address cannot be used.
            GitHubError: GitHub refused, or has a fault.
        """
        with from_terminal(token, self.environ, self._clock, self._sender) as client, _progress() as progress:
            client.with_retry(lambda: client.graphql(VIEWER, {}))
            return read_audit(client, wanted, progress)


@click.command(cls=Verb)
@click.option(
    "--repository",
    "repositories",
    metavar="OWNER/NAME",
    multiple=True,
    help="A repository to audit; can be given several times.  [default: the workflow's]",
)
@click.option("--organization", metavar="LOGIN", help="Audit all of its repositories that the token can see.")
@click.option(
    "--days",
    type=Whole(1, 3650),
    default=90,
    show_default=True,
    help="How many days back it goes.",
)
@click.option(
    "--environment",
    "environments",
    metavar="NAME",
    multiple=True,
    help="An environment whose deployments are compared; can be given several times.  "
    "[default: production, and those that the records name]",
)
@accounts_option(help="The account that opens the issues")
@click.option(
    "--format",
    "form",
    type=Choice([*_FORMATS]),
    help="The format.  [default: by the ending of the file's name, otherwise table]",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write, once everything was read.  [default: standard output]",
)
@click.option("--fail-on-findings", is_flag=True, help="Exit with 1 if there are findings.")
@token_option(help="The token to read with.")
@click.pass_context
def audit(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - click's, each of its own type
    """List recent approvals, and compare them with the deployments on record.

    Each approval issue is found by its author and its marker, whatever its labels
    are, and its record is checked. Findings are records that were edited, forged or
    lost, deployments that no record approves, approvals without a result, and
    overdue follow-ups. Nothing is changed.

    The token needs `issues: read` and `deployments: read`.

    Exits with 0 if it is done, 1 if there are findings and --fail-on-findings is
    given, 2 if an option is wrong, and 5 if GitHub could not be asked. If any part
    cannot be read, that is an error, and nothing is written.
    """
    admit()
    command = context.obj or AuditCommand(os.environ)
    repositories = _repositories(given, command.environ)
    output: Path | None = given["output"]
    ending = output.suffix[1:].lower() if output else ""
    form: str = given["form"] or (ending if ending in _FORMATS else "table")
    if output is not None and not output.absolute().parent.is_dir():
        raise click.UsageError(f"--output: there is no folder {output.absolute().parent}.")
    if not (given["token"] or "").strip():
        raise click.UsageError("There is no token: set GH_TOKEN or GITHUB_TOKEN.")
    wanted = Wanted(
        repositories=repositories,
        organization=given["organization"] or "",
        environments=given["environments"],
        accounts=given["accounts"],
        days=given["days"],
    )
    try:
        found = command.carry_out(wanted, given["token"].strip())
        _write(_FORMATS[form](found), output)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
        failed = failure(error, command.log)
        sys.exit(tell(failed, command.log, failed.text))
    if form != "table" or output:
        click.echo("\n".join(map(harmless, summary(found).splitlines())), err=True)
    if found.findings:
        click.echo(see("findings-of-an-audit"), err=True)
    sys.exit(1 if given["fail_on_findings"] and found.findings else 0)


def _repositories(given: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the repositories to audit; none if a whole organisation is."""
    named: tuple[str, ...] = given["repositories"]
    if named and given["organization"]:
        raise click.UsageError("--repository and --organization are both given: give one of them.")
    if not named and not given["organization"]:
        named = tuple(filter(None, [environ.get("GITHUB_REPOSITORY")]))
        if not named:
            raise click.UsageError("Name what to audit: `--repository owner/name` or `--organization login`.")
    wrong = next((name for name in named if not REPOSITORY.fullmatch(name)), None)
    if wrong is not None:
        written = repository_in(wrong) or "owner/name"
        raise click.UsageError(f"--repository: {wrong[:100]!r} is not a repository: write `{written}`.")
    return tuple({name.lower(): name for name in named}.values())


def _write(text: str, output: Path | None) -> None:
    """Write the text as it is, to a file at once or not at all.

    Raises:
        InputError: the file cannot be written.
    """
    data = text.encode("utf-8", "replace")
    if output is None:
        return click.echo(data, nl=False)
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        try:
            part.write_bytes(data)
            part.replace(output)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"--output: {output} cannot be written: {error.strerror}.", remedy="Name another file."
        ) from error


class _Bar:
    """A progress bar, which learns its length while it advances."""

    def __init__(self, bar: Any) -> None:  # noqa: ANN401 - click does not export its type
        self._bar = bar

    def expect(self, steps: int) -> None:
        """See :class:`Progress`."""
        self._bar.length = (self._bar.length or 0) + steps

    def advance(self, steps: int = 1) -> None:
        """See :class:`Progress`."""
        self._bar.update(steps)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show the progress at a terminal."""
    with click.progressbar(length=0, label="Reading", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield _Bar(bar)
