"""``policy``: what a policy document says, before it decides anything."""

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from approval_gate.cli.terminal import token_option
from approval_gate.core.decision import decide
from approval_gate.core.model import Comment, Member, Person, Revision, Thread
from approval_gate.core.policy import lint, yaml
from approval_gate.core.policy.findings import DocumentError, Finding
from approval_gate.core.policy.model import DeploymentType, Policy, rule
from approval_gate.core.policy.schema import json_schema, read_policy
from approval_gate.core.suggest import closest, did_you_mean, question
from approval_gate.core.suggest import repository as repository_in
from approval_gate.core.wording import are, join
from approval_gate.errors import GateError, InputError
from approval_gate.gate.prepare import check_alone
from approval_gate.render import policy as render
from approval_gate.runner.checks import step_policy
from approval_gate.runner.environment import REPOSITORY
from approval_gate.runner.inputs import WaitInputs, inputs_of
from approval_gate.runner.log import Log, harmless
from approval_gate.runner.options import Verb, options, problems_of
from approval_gate.runner.signals import admit
from approval_gate.troubleshooting import see

DEFAULT = ".github/approval-policy.yml"
_STDIN = Path("-")
_NO_PAIR = (
    "--{option}: {written!r} is not followed by `=` and a text. Write `ann=approve,bob=deny - not tested`."
)
_OPENED = datetime(2026, 1, 1, tzinfo=UTC)
_NEXT_VOTE = re.compile(r"(?:\s*,\s*)+(?=[^\s,=]*\s*=|$)")  # any other comma is part of a note
_PLAIN = re.compile(r"(?:user:)?([A-Za-z0-9][A-Za-z0-9._-]*)")
_FILE = click.argument("file", default=DEFAULT, type=click.Path(path_type=Path))


@click.group()
def policy() -> None:
    """Check and explain the document that says who can approve what."""
    admit()


@policy.command(cls=Verb)
@_FILE
@click.option(
    "--repository",
    metavar="OWNER/NAME",
    help="Also check it against the repository that deploys: its people, its environments, the token.",
)
@click.option(
    "--environment",
    "environments",
    metavar="NAME",
    multiple=True,
    help="An environment that is deployed to; can be given several times.  [default: production]",
)
@token_option(help="The gate's token.")
@click.pass_context
def check(
    context: click.Context,
    file: Path,
    repository: str | None,
    environments: tuple[str, ...],
    token: str | None,
) -> None:
    """Report everything that is wrong with a policy document.

    FILE is .github/approval-policy.yml if it is not given; `-` reads standard input.

    With --repository, also check it against that repository: teams that are empty
    or cannot be seen, people without write access, too few people when one is
    away, a window longer than the token's lifetime. The protection of each
    environment is compared with the policy, and that of `NAME-rollback` and of
    `approval-gate` if they exist. Jobs, steps, labels, environments and files that
    a check names must be there. Nothing is opened or changed.

    Exits with 0 if all is in order, 2 if anything is wrong, and 5 if GitHub
    could not be asked.
    """
    read, data = _read(file, f"{repository} is asked once this is fixed." if repository else "")
    given = context.get_parameter_source("token") is ParameterSource.COMMANDLINE
    if repository is None and (given or environments):
        raise click.UsageError("--token and --environment are only used with --repository: add it.")
    facts = None if repository is None else _facts(read, repository, environments or ("production",), token)
    for note in (*render.notes(read), *(lint.notes(facts) if facts else ())):
        click.echo(f"note: {note}")
    found = yaml.read(data).placed(lint.findings(read, facts) if facts else lint.malformed(read))
    if found:
        _refuse(file, found)
    types = ", ".join(each.name for each in read.deployments)
    there = f" {render.looked_at(read, facts)}" if facts else ""
    click.echo(f"{_shown(file)}: in order. Types of deployment: {types}.{there}")


def _facts(read: Policy, repository: str, environments: Sequence[str], token: str | None) -> lint.Facts:
    """Ask GitHub; if that fails, report why and end."""
    if not REPOSITORY.fullmatch(repository):
        written = repository_in(repository) or "owner/name"
        raise click.UsageError(f"--repository: {repository[:100]!r} is not a repository: write `{written}`.")
    if not (token and token.strip()):
        raise click.UsageError("--repository needs a token, and there is none: set GH_TOKEN or GITHUB_TOKEN.")
    # Only a check of a repository waits for what speaks to GitHub.
    from approval_gate.cli.connect import policy_facts  # noqa: PLC0415

    try:
        return policy_facts(read, repository, environments, token.strip(), os.environ)
    except GateError as error:
        Log(sys.stderr, in_actions=os.environ.get("GITHUB_ACTIONS") == "true").error(str(error), error.entry)
        sys.exit(error.exit_code)


@policy.command(cls=Verb)
def schema() -> None:
    """Print the document's JSON Schema, for editors."""
    click.echo(json.dumps(json_schema(), indent=2))


def _deployment_types(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete a deployment type of the document; of one that cannot be read there is none."""
    try:
        # FILE is still among the arguments, since click stops reading them at an option without its value.
        file = Path(next(iter(context.args), context.params["file"]))
        types = read_policy(file.read_bytes()).deployments
    except (OSError, DocumentError):
        return []
    return [each.name for each in types if each.name.startswith(incomplete)]


_FLAT = (
    "approvers",
    "minimum-approvals",
    "approve-alone",
    "exclude-workflow-initiator-as-approver",
    "timeout-minutes",
)


@policy.command(cls=Verb)
@_FILE
@options(one for one in inputs_of(WaitInputs) if one.name in _FLAT)
@click.option(
    "--deployment-type",
    default="standard",
    show_default=True,
    shell_complete=_deployment_types,
    help="The deployment type that is voted on.",
)
@click.option(
    "--roster",
    help="Each person's roles: `ann=devops+sre,bob=platform-lead`. Needed for the members of teams.",
)
@click.option("--votes", help="Each person's comment: `ann=approve,bob=deny - not tested`.")
@click.pass_context
def explain(
    context: click.Context,
    /,
    file: Path,
    deployment_type: str,
    roster: str | None,
    votes: str | None,
    **inputs: Any,  # noqa: ANN401 - each checked by its type
) -> None:
    """Explain who can approve what, and what given votes come to.

    FILE is .github/approval-policy.yml if it is not given. With --approvers, a
    step without a policy document is explained instead.
    """
    step = WaitInputs(deployment_type=deployment_type, **inputs)
    read = _step(context, step) if _of_step(context, inputs) else _document(file)
    if roster and not votes:
        raise click.UsageError("--roster is only used with --votes: add them.")
    if not votes:
        click.echo(render.explain(read), nl=False)
        return
    chosen = read.deployment(deployment_type)
    if chosen is None:
        raise click.UsageError(
            _unknown("--deployment-type", "type", deployment_type, [each.name for each in read.deployments])
        )
    said = _votes(votes)
    people = _roster(read, roster) if roster else _plain(read, chosen, [login for login, _ in said])
    may = [replace(m, roles=tuple(r for r in m.roles if r in chosen.approvers)) for m in people]
    thread = _thread(people, said)
    now = _OPENED + timedelta(seconds=len(thread.comments))
    asked = replace(rule(read, chosen, people), conditions=())  # what votes come to, whatever checks find
    decision = decide(asked, [member for member in may if member.roles], thread, now)
    click.echo(render.verdict(decision, said), nl=False)


def _step(context: click.Context, given: WaitInputs) -> Policy:
    """Return the policy of a step, or end with all that is wrong with its inputs."""
    problems, read = problems_of(context), step_policy(given)
    for found in lint.malformed(read):
        with problems:
            raise InputError(f"approvers: {found.problem}", remedy=found.remedy)
    try:
        problems.raise_together()
    except InputError as error:
        raise click.UsageError(str(error)) from error
    return read


def _document(file: Path) -> Policy:
    """Return the policy of a document, or end with what is wrong with it."""
    read, data = _read(file)
    if wrong := yaml.read(data).placed(lint.malformed(read)):
        _refuse(file, wrong)
    return read


def _of_step(context: click.Context, inputs: Mapping[str, Any]) -> bool:
    """Whether a step's inputs are to be explained; arguments that would be ignored are refused."""

    def given(name: str) -> bool:
        source = context.get_parameter_source(name.replace("-", "_"))
        return source is ParameterSource.COMMANDLINE

    if not inputs["approvers"]:
        beside = next(filter(given, _FLAT), None)
        if beside == "approvers":
            raise click.UsageError("--approvers: no names are given. Write `--approvers ann,bob`.")
        if beside is not None:
            raise click.UsageError(f"--{beside} is only used with --approvers: a document has its own value.")
        return False
    if given("file"):
        raise click.UsageError(
            f"FILE ({str(context.params['file'])[:100]!r}) and --approvers are both given: give one of them. "
            "Quote a value that has blanks."
        )
    return True


def _read(file: Path, unasked: str = "") -> tuple[Policy, bytes]:
    """Return the policy and the document that it was read from, or exit; ``-`` is standard input.

    What would be checked afterwards is ``unasked``, a sentence.
    """
    try:
        data = sys.stdin.buffer.read() if file == _STDIN else file.read_bytes()
    except FileNotFoundError as error:
        raise click.UsageError(f"There is no file {file}. {_meant(file)}") from error
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}. {_meant(file)}") from error
    try:
        return read_policy(data), data
    except DocumentError as error:
        _refuse(file, error.findings, " ".join(filter(None, (error.unchecked, unasked))))


def _meant(file: Path) -> str:
    """Ask for the policy that was probably meant: of those in the folder the one with the likest name."""
    folder = file if file.is_dir() else file.parent
    found = {other.name: other for other in sorted(folder.glob("*.y*ml")) if _is_policy(other)}
    name = closest(file.name, found) or next(iter(found), "")
    return question([str(found[name])]) if name else "Name the policy's file, or `-` for standard input."


def _is_policy(file: Path) -> bool:
    """Whether a file looks like a policy document."""
    try:
        text = file.read_bytes()[: yaml.LARGEST]
    except OSError:
        return False
    return all(re.search(rb"^%b:" % key, text, re.MULTILINE) for key in (b"roles", b"deployments"))


def _refuse(file: Path, found: Iterable[Finding], unchecked: str = "") -> NoReturn:
    """Report what is wrong, and what could not be checked because of it, and exit."""
    for finding in found:
        click.echo(harmless(render.findings(_shown(file), [finding])), err=True)
    if unchecked:
        click.echo(f"note: {unchecked}", err=True)
    click.echo(see("findings-of-policy-check"), err=True)
    sys.exit(2)


def _shown(file: Path) -> str:
    return "<stdin>" if file == _STDIN else str(file)


def _unknown(option: str, what: str, written: str, known: Sequence[str]) -> str:
    """Say that an option names something unknown, and what was probably meant."""
    there = f"{option}: there is no {what} {written!r}; there are {join(known, 'and')}."
    return f"{there} {did_you_mean(written, known)}".rstrip()


def _votes(text: str) -> list[tuple[str, str]]:
    votes = _pairs("votes", _NEXT_VOTE.split(text))
    for _, said in votes:
        word, comma, rest = said.partition(",")
        if comma and word.strip().isalpha():  # without a note before it, the comma separates votes
            raise click.UsageError(_NO_PAIR.format(option="votes", written=rest.strip()))
    return votes


def _pairs(option: str, parts: Iterable[str]) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in parts if part.strip()]
    wrong = next((login for login, equals, said in pairs if not (equals and login.strip() and said)), None)
    if wrong is not None:
        raise click.UsageError(_NO_PAIR.format(option=option, written=wrong))
    return [(login.strip(), said) for login, _, said in pairs]


def _roster(read: Policy, text: str) -> list[Member]:
    known = [role.name for role in read.roles]
    members = []
    for number, (login, names) in enumerate(_pairs("roster", text.split(",")), start=1):
        roles = tuple(name.strip() for name in names.split("+"))
        unknown = next((role for role in roles if role not in known), None)
        if unknown is not None:
            raise click.UsageError(_unknown("--roster", "role", unknown, [*known]))
        members.append(Member(person=Person(id=number, login=login), roles=roles))
    try:
        check_alone(read.roles, members)
    except InputError as error:
        raise click.UsageError(f"{error.problem} {error.remedy}") from error
    return members


def _plain(read: Policy, deployment_type: DeploymentType, voters: Iterable[str]) -> list[Member]:
    """Take each plain name for a person's, since only GitHub knows which are teams'."""
    others = [
        name for role in read.voting(deployment_type) for name in role.members if not _PLAIN.fullmatch(name)
    ]
    if deployment_type.minimum is None and others:
        raise click.UsageError(
            f"--votes: everybody must approve, and it is not known here who {others[0]} stands for. "
            "Give everybody's roles with --roster."
        )
    logins: dict[str, str] = {}
    roles: dict[str, list[str]] = {}
    for role in read.voting(deployment_type):
        for name in filter(None, map(_PLAIN.fullmatch, role.members)):
            login = logins.setdefault(name[1].lower(), name[1])
            roles.setdefault(login, []).append(role.name)
    voting = [role for role in read.voting(deployment_type) if role.votes]
    names = {role.name for role in voting}
    approvers = {login: held for login, held in roles.items() if not names.isdisjoint(held)}
    unknown = [login for login in dict.fromkeys(voters) if logins.get(login.lower()) not in approvers]
    if unknown:
        some = next((role for role in voting if not role.approves_alone), voting[0]).name
        as_what = {
            login: approvers.get(logins.get(login.lower(), "")) or [some, *roles.get(login, ())]
            for login in voters
        }
        example = ",".join(f"{login}={'+'.join(held)}" for login, held in as_what.items())
        who = f"{join(unknown, 'and')} {are(len(unknown))}"
        raise click.UsageError(
            f"--votes: {who} not among the approvers by name. Give everybody's roles: `--roster {example}`."
        )
    return [
        Member(person=Person(id=number, login=login), roles=tuple(held))
        for number, (login, held) in enumerate(approvers.items(), start=1)
    ]


def _thread(people: list[Member], votes: Iterable[tuple[str, str]]) -> Thread:
    by_login = {member.login.lower(): member.person for member in people}
    comments = []
    for number, (login, said) in enumerate(votes, start=1):
        author = by_login.get(login.lower()) or Person(id=-number, login=login)
        at = _OPENED + timedelta(seconds=number)
        text = Revision(text=said, by=author, at=at)
        comments.append(Comment(id=number, author=author, revisions=(text,), created_at=at))
    return Thread(opened_at=_OPENED, author_id=0, comments=tuple(comments))
