"""What is wrong with a command line, and what was probably meant."""

import click

from approval_gate.core.suggest import near, question


def explained(error: click.UsageError) -> str:
    """Return what click found wrong, and what an unknown option or command was probably meant to be."""
    context = error.ctx
    if context is None:
        return error.format_message()
    parameters = context.command.get_params(context)
    if isinstance(error, click.BadOptionUsage):
        option = next(one for one in parameters if error.option_name in one.opts)
        value = "" if getattr(option, "is_flag", False) else f" {option.make_metavar(context)}"
        return f"{error.message} Write `{error.option_name}{value}`."
    if isinstance(error, click.NoSuchOption):
        written, remedy = error.option_name.lstrip("-"), "`{path} --help` lists the options."
    elif isinstance(error, click.exceptions.NoSuchCommand):
        written, remedy = error.command_name, "Write one of {commands}."
    else:
        return error.format_message()
    names = {name: name for name in _commands(context)}
    for one in parameters:
        shown = one.opts if isinstance(one, click.Option) else [one.human_readable_name]
        names |= {name.strip("-").lower(): name for name in shown}
    meant = question(names[name] for name in near(written, names))
    some = remedy.format(path=context.command_path, commands=", ".join(_commands(context)))
    return f"{error.message} {meant or some}"


def _commands(context: click.Context) -> list[str]:
    command = context.command
    return command.list_commands(context) if isinstance(command, click.Group) else []
