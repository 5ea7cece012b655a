"""``record``: what a decision record consists of."""

import json

import click

from approval_gate.core.record.schema import json_schema
from approval_gate.runner.options import Verb
from approval_gate.runner.signals import admit


@click.group()
def record() -> None:
    """Show what a decision record consists of."""
    admit()


@record.command(cls=Verb)
def schema() -> None:
    """Print the record's JSON Schema."""
    click.echo(json.dumps(json_schema(), indent=2))
