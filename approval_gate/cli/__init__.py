"""The command line: one command a verb; each builds the adapters and maps its end to the exit code."""

from importlib import import_module

import click

from approval_gate import __version__

_VERBS = ("wait", "report", "sweep", "policy", "rehearse")
"""Each has a module of its name, which is loaded when it is called: what reads a file does not wait for
what speaks to GitHub."""


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's form
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        if cmd_name not in _VERBS:
            return None
        module = import_module(f"approval_gate.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Hold a deployment until enough people have approved it on a GitHub issue."""
