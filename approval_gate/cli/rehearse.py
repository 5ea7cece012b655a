"""``rehearse``: the same gate on an embedded GitHub."""

from contextlib import suppress

import click

from approval_gate.core.suggest import did_you_mean
from approval_gate.core.wording import join
from approval_gate.runner.options import Verb
from approval_gate.runner.signals import admit


def _scenarios(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    with suppress(ImportError):
        from approval_gate.rehearsal.scenarios import SCENARIOS  # noqa: PLC0415 - an optional extra

        return [name for name in SCENARIOS if name.startswith(incomplete)]
    return []


@click.command(cls=Verb)
@click.argument("scenario", default="approved", shell_complete=_scenarios)
@click.option("--full", is_flag=True, help="Show all of it: log, issue, comments, summary, requests, record.")
@click.option("--list", "listed", is_flag=True, help="List the scenarios.")
def rehearse(scenario: str, *, full: bool, listed: bool) -> None:
    """Watch a gate in an embedded GitHub, where scripted people answer.

    The gate is the real program, run as a step of a workflow: it opens its issue,
    reads what people comment, and ends as it would on github.com. Nothing leaves
    this machine, and no token is needed. The conversation is shown as it goes on,
    then how it ended and the step's outputs.

    SCENARIO is one of --list; "approved" if it is not given. Exits with 0 if the
    gate ended as the scenario says.
    """
    admit()
    try:
        from approval_gate.rehearsal.rehearse import rehearse as play  # noqa: PLC0415 - an optional extra
        from approval_gate.rehearsal.scenarios import SCENARIOS  # noqa: PLC0415 - the same
    except ImportError as error:
        raise click.ClickException(
            f"The rehearsal needs the package {error.name}. Install `approval-gate[rehearsal]`."
        ) from error
    if listed:
        for name, each in SCENARIOS.items():
            click.echo(f"{name:10}  {each.about}")
        return
    if scenario not in SCENARIOS:
        there = f"There is no scenario {scenario!r}; there are {join(SCENARIOS, 'and')}."
        raise click.UsageError(f"{there} {did_you_mean(scenario, SCENARIOS)}".rstrip())
    if not play(SCENARIOS[scenario], click.echo, full=full):
        raise click.ClickException(
            f"The gate did not end as the scenario {scenario} says. Please report it with the lines above."
        )
