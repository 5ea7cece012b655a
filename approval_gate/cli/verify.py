"""``verify``: whether a decision record holds, by itself and against GitHub."""

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from approval_gate.cli.terminal import accounts_option, token_option
from approval_gate.core.artifacts import Artifact
from approval_gate.core.artifacts import parse as parse_artifacts
from approval_gate.core.layout import WIDTH, width
from approval_gate.core.model import Outcome
from approval_gate.core.plain import cut, visible
from approval_gate.core.record.canonical import canonical
from approval_gate.core.record.checks import Check, State, ok
from approval_gate.core.record.reading import LIMIT, NotARecordError, Record, parse, record_of
from approval_gate.core.record.verification import check, deployed, expected
from approval_gate.errors import GateError, InputError
from approval_gate.runner.environment import REPOSITORY, read_server_url
from approval_gate.runner.log import Log, harmless
from approval_gate.runner.options import Verb
from approval_gate.runner.signals import admit
from approval_gate.runner.usage import Choice
from approval_gate.troubleshooting import DOCUMENTS

_EXPECTED = ("commit", "environment", "version", "repository", "artifacts")
_STDIN = "-"
_DOES_NOT_HOLD = "a-record-does-not-hold"
_NO_RECORD = "it-is-not-a-record"
_STATES = max(map(len, State))
_NAMES = len("environment")
_DETAIL = _STATES + _NAMES + 4
"""The column in which details begin; a digest fits into the rest of the line."""

_OFFLINE = (
    "note: A digest proves no origin: anybody can write a record and its digest. --thread compares it with "
    f"GitHub, and an attestation proves which workflow wrote it: see {DOCUMENTS}audit.md"
)
_ONLINE = (
    "note: The account that opened the issue wrote this record there. Every workflow that has this account's "
    f"token could have done so; an attestation proves which one it was: see {DOCUMENTS}audit.md"
)


def _artifacts(
    context: click.Context, option: click.Parameter, text: str | None
) -> tuple[Artifact, ...] | None:
    """Read the artifacts to compare; an empty text, as of a job without outputs, is an error."""
    if text is None:
        return None
    try:
        found = parse_artifacts(text)
    except ValueError as error:
        raise click.BadParameter(str(error), context, option) from error
    if not found:
        raise click.BadParameter("it is empty. Write `name@sha256:…`.", context, option)
    return found


@click.command(cls=Verb)
@click.argument("records", metavar="RECORD...", nargs=-1, required=True, type=click.Path())
@click.option("--thread", is_flag=True, help="Compare it with its issue on GitHub.")
@accounts_option(help="With --thread, the gate's account")
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Compare it with the policy document that people were asked under.",
)
@click.option(
    "--expect",
    type=Choice([it.value for it in Outcome]),
    metavar="OUTCOME",
    help="The outcome that it must have: " + ", ".join(Outcome) + ".",
)
@click.option("--commit", metavar="SHA", help="The commit that it must name.")
@click.option("--environment", metavar="NAME", help="The environment that it must name.")
@click.option("--version", metavar="TEXT", help="The version that it must name.")
@click.option("--repository", metavar="OWNER/NAME", help="The repository that it must name.")
@click.option(
    "--artifact",
    "artifacts",
    metavar="NAME@SHA256:…",
    help="What is to be deployed, and it must name; several are several lines.",
    callback=_artifacts,
)
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write it to this file, in its canonical form.",
)
@token_option(help="The token that reads the issue.")
@click.pass_context
def verify(context: click.Context, /, records: tuple[str, ...], **given: Any) -> None:  # noqa: ANN401 - as declared
    """Check decision records.

    RECORD is a file, `-` for standard input, or the address of an approval issue.

    Every line says ok, FAILED or not checked. Without options GitHub is not asked
    about a file: the form and the digest are checked, and everything that follows
    from the rest of the record is computed again.

    With --thread the gate's account must have opened the issue and written this
    record in its closing comment, which nobody has edited. Each answer that counts
    must be as recorded, and the record must have every denial, also later ones.

    A deploy job also checks that the record approves what it deploys:
    `--expect approved --commit "$GITHUB_SHA" --environment production`. Where the
    gate was given artifacts, `--artifact "$IMAGES"` checks that they are the same.

    Exits with 0 if everything that was checked holds, 1 if something does not, 2 if
    it is not a record, and 5 if GitHub could not be asked.
    """
    admit()
    _refuse_idle(context, records, given)
    token = (given.pop("token") or "").strip()
    verification = _Verification(token=token, environ=os.environ, **given)
    codes = [verification.verify(record, first=not number) for number, record in enumerate(records)]
    sys.exit(max(codes))


def _refuse_idle(context: click.Context, records: Sequence[str], given: Mapping[str, Any]) -> None:
    """Refuse options that have no effect, one file for several records, and a missing token."""
    if given["save"] is not None and len(records) > 1:
        raise click.UsageError("--save takes one record, and several are given.")
    if given["expect"] is None and any(given[name] is not None for name in _EXPECTED):
        raise click.UsageError(
            "--commit, --environment, --version, --repository and --artifact are only used with --expect: "
            "add it."
        )
    if not given["thread"] and context.get_parameter_source("accounts") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--account is only used with --thread: add it.")
    online = given["thread"] or any(map(_is_address, records))
    if online and not (given["token"] or "").strip():
        raise click.UsageError("A token is needed to ask GitHub: set GH_TOKEN or GITHUB_TOKEN.")
    if not online and context.get_parameter_source("token") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--token is only used with --thread, or for the address of an issue.")


def _is_address(record: str) -> bool:
    return record.lower().startswith(("https://", "http://"))


@dataclass(frozen=True, kw_only=True)
class _Verification:
    """How each record is checked; the fields are the command's options."""

    token: str
    environ: Mapping[str, str]
    save: Path | None
    policy: Path | None
    thread: bool
    accounts: tuple[str, ...]
    expect: str | None
    commit: str | None
    environment: str | None
    version: str | None
    repository: str | None
    artifacts: tuple[Artifact, ...] | None

    def verify(self, source: str, *, first: bool) -> int:
        """Verify one record, show what is found line by line, and return the exit code."""
        shown, wrong = "standard input" if source == _STDIN else source, []
        actions = self.environ.get("GITHUB_ACTIONS") == "true"
        out, err = Log(sys.stdout, in_actions=actions), Log(sys.stderr, in_actions=actions)
        if not first:
            out.say()
        try:
            document = parse(self._read(source))
            for line in _wrapped(f"{shown}: {_about(record_of(document))}", WIDTH):
                out.say(line)
            for found in self._checks(document, record_of(document)):
                _print(out, found)
                wrong += [found.what] if found.state is State.FAILED else []
        except NotARecordError as error:
            err.error(f"{shown} is not a decision record.\n{error}", _NO_RECORD)
            return InputError.exit_code
        except GateError as error:
            err.error(str(error), error.entry)
            return error.exit_code
        if wrong:
            err.error(f"{shown} does not hold: {', '.join(dict.fromkeys(wrong))}.", _DOES_NOT_HOLD)
        out.say(_ONLINE if self.thread and not wrong else _OFFLINE)
        return int(bool(wrong))

    def _read(self, source: str) -> bytes | str:
        """Read a record's text from its file, standard input or its issue."""
        if _is_address(source):
            # Imported only where GitHub is asked, because it takes long.
            from approval_gate.cli.published import read_record  # noqa: PLC0415

            return read_record(*self._place(source), self.token, self.environ)
        try:
            if source == _STDIN:
                return sys.stdin.buffer.read(LIMIT + 1)
            with Path(source).open("rb") as file:
                return file.read(LIMIT + 1)
        except OSError as error:
            raise NotARecordError(f"It cannot be read: {error.strerror}.") from error

    def _place(self, address: str) -> tuple[str, int]:
        """Return the repository and the number of the issue at an address."""
        server = read_server_url(self.environ)
        form = rf"{re.escape(server)}/({REPOSITORY.pattern})/issues/([1-9][0-9]{{0,9}})/?(?:[?#].*)?"
        found = re.fullmatch(form, address, re.IGNORECASE)
        if found is None:
            raise InputError(
                f"{address[:200]} is not the address of an issue on {server}.",
                remedy=f"Write it like {server}/OWNER/NAME/issues/42. "
                "For another server, set GITHUB_SERVER_URL and GITHUB_API_URL.",
                entry=_NO_RECORD,
            )
        return found[1], int(found[2])

    def _checks(self, document: Mapping[str, Any], record: Record) -> Iterator[Check]:
        yield from check(document)
        if self.expect is not None:
            wanted = {"expected": self.expect, "commit": self.commit, "environment": self.environment}
            others = {"version": self.version, "repository": self.repository}
            given = {name: value for name, value in others.items() if value is not None}
            yield from expected(record, {**wanted, **given})
            yield from deployed(record, self.artifacts or ())
        if self.policy is not None:
            yield from _compiled(record, self.policy)
        if self.thread:
            yield from self._compared(record)
        if self.save is not None:
            yield _saved(document, self.save)

    def _compared(self, record: Record) -> Iterator[Check]:
        """Compare a record with its issue on GitHub."""
        from approval_gate.cli.published import read_conversation  # noqa: PLC0415 - see above
        from approval_gate.core.record.origin import compare, out_of_reach  # noqa: PLC0415 - the same

        issue, problem = record.given.issue, out_of_reach(record, read_server_url(self.environ))
        if issue is None or problem is not None:
            yield from filter(None, [problem])
            return
        people = [member.person.id for member in record.inputs.roster or () if member.may_object]
        found = read_conversation(issue.repository, issue.number, people, self.token, self.environ)
        yield from compare(record, found, self.accounts)


def _compiled(record: Record, file: Path) -> Iterator[Check]:
    """Compare a record with a policy document."""
    # Imported only here, because it takes long.
    from approval_gate.core.policy.findings import DocumentError  # noqa: PLC0415
    from approval_gate.core.policy.model import digest  # noqa: PLC0415
    from approval_gate.core.policy.schema import read_policy  # noqa: PLC0415
    from approval_gate.core.record.compiled import compiled  # noqa: PLC0415

    try:
        data = file.read_bytes()
        yield from compiled(record, read_policy(data), digest(data.decode()))
    except OSError as error:
        raise InputError(f"--policy: {file} cannot be read: {error.strerror}.") from error
    except DocumentError as error:
        raise InputError(
            f"--policy: {file} is not a policy document.",
            remedy=f"`approval-gate policy check {file}` says why.",
        ) from error


def _saved(document: Mapping[str, Any], file: Path) -> Check:
    try:
        file.write_text(canonical(document), encoding="utf-8")
    except OSError as error:
        raise InputError(f"--save: {file} cannot be written: {error.strerror}.") from error
    return ok("saved", str(file))


def _about(record: Record) -> str:
    """Say what a record is about: ``approved, v1.2.3 to production, acme/shop``."""
    request = record.given.request
    what = " to ".join(filter(None, (request.version, request.environment)))
    where = request.repository.name if request.repository else ""
    return cut(visible(", ".join(filter(None, (record.derived.outcome, what, where)))), 200)


def _print(out: Log, found: Check) -> None:
    first, *rest = _wrapped(found.detail, WIDTH - _DETAIL)
    out.say(f"{found.state:{_STATES}}  {found.what:{_NAMES}}  {first}")
    for line in rest:
        out.say(f"{' ' * _DETAIL}{line}")


def _wrapped(text: str, room: int) -> list[str]:
    """Break a text into lines of so many columns; a word that is longer is a line."""
    lines = [""]
    for word in harmless(text).split():
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and width(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
