"""What is wrong with a command line, and what was probably meant."""

import re

import click

from approval_gate.core.suggest import did_you_mean, in_unit, near, question, whole_number


class Choice(click.Choice[str]):
    """One of a few words; the error for another names the one that was probably meant."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        """Return the message for a word that is not one of them."""
        said = super().get_invalid_choice_message(str(value), ctx)
        return f"{said} {did_you_mean(str(value), self.choices)}".rstrip()


class Whole(click.IntRange):
    """A whole number; the error for a text says how a span or a word is written as one."""

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,12}", value, re.ASCII):
            name = (param and param.name) or ""
            meant = in_unit(value, name) or whole_number(value)
            self.fail(f"{value[:100]!r} is not a whole number. {meant}".rstrip(), param, ctx)
        return super().convert(int(value), param, ctx)


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
