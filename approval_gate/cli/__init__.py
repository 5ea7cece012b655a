"""The command line: one command a verb; each builds the adapters and maps its end to the exit code."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module

import click
from click.shell_completion import CompletionItem

from approval_gate import __version__
from approval_gate.runner.usage import explained
from approval_gate.troubleshooting import DOCUMENTS, see

_VERBS: Mapping[str, str] = {
    "wait": "Open the approval issue, and wait until people have answered.",
    "report": "Post the deployment's result on the approval issue, and close it.",
    "sweep": "Close the issue that a killed `wait` of this run left open.",
    "verify": "Check decision records: by themselves, and against GitHub.",
    "audit": "List recent approvals, and compare them with the deployments on record.",
    "policy": "Check and explain the document that says who can approve what.",
    "record": "Show what a decision record consists of.",
    "rehearse": "Watch a gate in an embedded GitHub, where scripted people answer.",
}
"""Each verb with its summary, which help and shells list. Each has a module of its name, which is loaded when
it is called: what reads a file, or lists the verbs, does not wait for what speaks to GitHub."""

_STEPS = {"wait", "report", "sweep"}
"""The verbs whose modules load what speaks to GitHub. A shell completes them by their inputs alone."""

_ENTRY = "the-command-line-is-wrong"
_WELCOME = f"""\
approval-gate holds a deployment until people have approved it on an issue.

  approval-gate rehearse       watch a deployment being approved
  approval-gate policy check   check .github/approval-policy.yml
  approval-gate --help         list all commands

In a workflow it is a step. To add it, see
{DOCUMENTS}quick-start.md
"""


@contextmanager
def _explained() -> Iterator[None]:
    """Have every error of the command line lead to its entry of the troubleshooting page."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise click.UsageError(f"{explained(error)}\n{see(_ENTRY)}", ctx=error.ctx) from error
    except click.ClickException as error:
        raise click.ClickException(f"{error.message}\n{see(_ENTRY)}") from error


class _Verbs(click.Group):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with _explained():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        with _explained():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's form
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        if ctx.resilient_parsing and cmd_name in _STEPS:  # a shell asks what could follow
            from approval_gate.runner.options import bare  # noqa: PLC0415 - only where it is needed

            return bare(cmd_name)
        module = import_module(f"approval_gate.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's form
        with formatter.section("Commands"):
            formatter.write_dl([*_VERBS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        verbs = [
            CompletionItem(verb, help=text) for verb, text in _VERBS.items() if verb.startswith(incomplete)
        ]
        return [*verbs, *click.Command.shell_complete(self, ctx, incomplete)]


@click.group(
    cls=_Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`approval-gate COMMAND --help` shows a command's options. Exit codes, and completion for bash, "
    f"zsh and fish: {DOCUMENTS}command-line.md",
)
@click.version_option(__version__)
@click.pass_context
def main(context: click.Context) -> None:
    """Hold a deployment until enough people have approved it on a GitHub issue."""
    if context.invoked_subcommand is None:
        click.echo(_WELCOME, nl=False, err=True)
        context.exit(2)
