"""``policy``: what a policy document says, before it decides anything."""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from approval_gate.core import document
from approval_gate.core.decision import decide
from approval_gate.core.model import Comment, Member, Person, Thread, Vocabulary
from approval_gate.core.policy import Policy, flat, rule
from approval_gate.render import policy as render
from approval_gate.runner.inputs import OPTIONS, declared
from approval_gate.runner.signals import admit

DEFAULT = ".github/approval-policy.yml"
_OPENED = datetime(2026, 1, 1, tzinfo=UTC)
_FILE = click.argument("file", default=DEFAULT, type=click.Path(path_type=Path))


@click.group()
def policy() -> None:
    """Check and explain the document that says who may approve what."""
    admit()


@policy.command()
@_FILE
def check(file: Path) -> None:
    """Tell everything that is wrong with a policy document; exits with 2 if there is anything."""
    read = _read(file)
    for note in render.notes(read):
        click.echo(f"note: {note}")
    types = ", ".join(kind.name for kind in read.deployments)
    click.echo(f"{file}: in order. Types of deployment: {types}.")


@policy.command()
def schema() -> None:
    """Print the document's JSON Schema, for editors."""
    click.echo(json.dumps(document.schema(), indent=2))


_FLAT = ("approvers", "minimum-approvals", "approve-alone", "timeout-minutes")
_FLAT_OPTIONS = [option for option in OPTIONS if option[0] in _FLAT]


@policy.command()
@_FILE
@declared(_FLAT_OPTIONS)
@click.option("--deployment-type", default="standard", help="The type that is voted on.")
@click.option("--roster", help="Who is what: `ann=devops+sre,bob=platform-lead`.")
@click.option("--votes", help="Who says what: `ann=approve,bob=deny - not tested`.")
def explain(
    file: Path,
    deployment_type: str,
    roster: str | None,
    votes: str | None,
    **inputs: Any,  # noqa: ANN401 - each checked by its type
) -> None:
    """Say in plain words who can approve what, and what these votes would come to.

    With --approvers it is a step's inputs that are explained, and no FILE.
    """
    read = _step(deployment_type, inputs) if inputs["approvers"] else _read(file)
    if not votes:
        click.echo(render.explain(read), nl=False)
        return
    people = _roster(read, roster or "")
    kind = read.deployment(deployment_type)
    if kind is None:
        names = ", ".join(kind.name for kind in read.deployments)
        raise click.UsageError(f"There is no type {deployment_type!r}; there are {names}.")
    asked = rule(read, kind, people, vocabulary=Vocabulary(), denial_needs_reason=True, closing_denies=False)
    may = [replace(m, roles=tuple(r for r in m.roles if r in kind.approvers)) for m in people]
    thread = _thread(people, votes)
    now = _OPENED + timedelta(seconds=len(thread.comments))
    decision = decide(asked, [member for member in may if member.roles], thread, now)
    click.echo(render.verdict(decision), nl=False)


def _step(kind: str, inputs: Mapping[str, Any]) -> Policy:
    minutes = inputs["timeout_minutes"]
    return flat(
        deployment_type=kind,
        approvers=inputs["approvers"],
        alone=inputs["approve_alone"],
        minimum=inputs["minimum_approvals"],
        window=None if minutes is None else timedelta(minutes=minutes),
        exclude_initiator=False,
    )


def _read(file: Path) -> Policy:
    if not file.is_file():
        raise click.UsageError(f"There is no file {file}.")
    try:
        return document.read(file.read_bytes())
    except document.DocumentError as error:
        click.echo(render.findings(str(file), error.findings), err=True)
        sys.exit(2)


def _pairs(option: str, text: str) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    wrong = next((login for login, equals, said in pairs if not (equals and login.strip() and said)), None)
    if wrong is not None:
        raise click.UsageError(f"--{option}: {wrong!r} is not followed by `=` and something.")
    return [(login.strip(), said) for login, _, said in pairs]


def _roster(read: Policy, text: str) -> list[Member]:
    known = {role.name for role in read.roles}
    members = []
    for number, (login, names) in enumerate(_pairs("roster", text), start=1):
        roles = tuple(name.strip() for name in names.split("+"))
        unknown = next((role for role in roles if role not in known), None)
        if unknown is not None:
            raise click.UsageError(f"--roster: there is no role {unknown!r}; there are {', '.join(known)}.")
        members.append(Member(person=Person(id=number, login=login), roles=roles))
    return members


def _thread(people: list[Member], text: str) -> Thread:
    by_login = {member.person.login: member.person for member in people}
    comments = [
        Comment(
            id=number,
            author=by_login.get(login) or Person(id=-number, login=login),
            texts=(said,),
            created_at=_OPENED + timedelta(seconds=number),
        )
        for number, (login, said) in enumerate(_pairs("votes", text), start=1)
    ]
    return Thread(opened_at=_OPENED, author_id=0, comments=tuple(comments))
