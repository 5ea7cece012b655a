"""``rehearse``: the same gate on an embedded GitHub."""

from contextlib import suppress

import click

from approval_gate.runner.signals import admit


def _scenarios(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    with suppress(ImportError):
        from approval_gate.rehearsal.scenarios import SCENARIOS  # noqa: PLC0415 - an optional extra

        return [name for name in SCENARIOS if name.startswith(incomplete)]
    return []


@click.command()
@click.option("--scenario", default="approved", shell_complete=_scenarios, help="What happens; see --list.")
@click.option("--list", "listed", is_flag=True, help="List the scenarios.")
def rehearse(scenario: str, *, listed: bool) -> None:
    """Run the same gate against an embedded GitHub, where scripted people answer."""
    admit()
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
        raise click.UsageError(f"Unknown scenario {scenario!r}; known are {', '.join(SCENARIOS)}.")
    if not play(SCENARIOS[scenario], click.echo):
        raise click.ClickException("The gate did not end as this scenario has it.")
