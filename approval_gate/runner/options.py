"""From a declaration of inputs to the options of a command line.

Each input is an option of every verb that takes it. Where the option is not given it is read from
``INPUT_<NAME>``: with underscores, or with hyphens as the runner sets it for docker actions. An empty or
blank value means that the input was not given.

The help of a verb shows its options by group. A shell completes the values that an input can have.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar, get_args

import click
from click.shell_completion import CompletionItem

from approval_gate.core.suggest import in_unit, true_or_false, whole_number
from approval_gate.errors import InputError, Problems
from approval_gate.runner.inputs import Input, Names, ReportInputs, SweepInputs, WaitInputs, inputs_of
from approval_gate.runner.usage import explained

F = TypeVar("F", bound=Callable[..., Any])

_SPLIT = re.compile(r"[,\n]")
_BOOLEANS = ("true", "false")
_COLUMN = 30
"""The width of the options' names in help; a longer one has a line of its own."""


class _Parsed(click.ParamType[Any]):
    """A text that a function reads, which raises ValueError for one that cannot be used."""

    name = "text"

    def __init__(self, parse: Callable[[str], Any], choices: Sequence[str] = ()) -> None:
        self._parse = parse
        self._choices = choices

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's form
        try:
            return self._parse(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's form
        param: click.Parameter,  # noqa: ARG002 - the same
        incomplete: str,
    ) -> list[CompletionItem]:
        """Complete a value of which there are few."""
        return [CompletionItem(choice) for choice in self._choices if choice.startswith(incomplete)]


def _number(text: str, *, name: str, least: float, most: float, whole: bool) -> float:
    text = text.strip()
    if not re.fullmatch(
        r"[+-]?[0-9]{1,12}" if whole else r"[+-]?[0-9]{1,12}(\.[0-9]{1,12})?", text, re.ASCII
    ):
        what = "a whole number" if whole else "a number"
        meant = in_unit(text, name) or (whole_number(text) if whole else "")
        raise ValueError(f"{text[:100]!r} is not {what}. {meant}".rstrip())
    number = int(text) if whole else float(text)
    if not least <= number <= most:
        raise ValueError(f"{text} is not between {least:.12g} and {most:.12g}.")
    return number


def _boolean(text: str) -> bool:
    if text.strip().lower() not in {"true", "false"}:
        raise ValueError(f"{text[:100]!r} is neither `true` nor `false`. {true_or_false(text)}".rstrip())
    return text.strip().lower() == "true"


def _names(text: str) -> Names:
    return tuple(dict.fromkeys(filter(None, (part.strip() for part in _SPLIT.split(text)))))


def _parser(one: Input) -> Callable[[str], Any]:
    """Return what reads an input's text: its own function, or what its type says."""
    if one.parse is not str:
        return one.parse
    for python_type in (one.type, *get_args(one.type)):
        if python_type is bool:
            return _boolean
        if python_type == Names:
            return _names
        if python_type in {int, float}:
            whole = python_type is int
            return partial(_number, name=one.name, least=one.least, most=one.most, whole=whole)
    return one.parse


_METAVARS: Mapping[object, str] = {Names: "LIST", int: "NUMBER", float: "NUMBER"}


class InputOption(click.Option):
    """An option that is an input of an action."""

    def __init__(self, names: Sequence[str], *, declared: Input) -> None:
        types = {declared.type, *get_args(declared.type)}
        choices = _BOOLEANS if bool in types else declared.choices
        metavar = "|".join(choices) or next((_METAVARS[one] for one in types if one in _METAVARS), "TEXT")
        default = declared.otherwise or declared.default_text
        super().__init__(
            names,
            type=_Parsed(_parser(declared), choices),
            default=declared.default,
            help=f"{declared.description}  [default: {default}]" if default else declared.description,
            metavar=metavar,
        )
        self.group = str(declared.group)

    @property
    def input_name(self) -> str:
        """The input's name, as a workflow writes it."""
        return (self.name or "").replace("_", "-")

    def value_from_envvar(self, ctx: click.Context) -> str | None:
        """Read ``INPUT_A_B`` or ``INPUT_A-B`` as the verb has it; both and different is an error."""
        environ: Mapping[str, str] = getattr(ctx.obj, "environ", {})
        upper = self.input_name.upper()
        spellings = {f"INPUT_{upper.replace('-', '_')}", f"INPUT_{upper}"}
        given = {value for name in spellings if (value := environ.get(name, "")).strip()}
        if len(given) > 1:
            both = " and ".join(sorted(spellings))
            raise click.BadParameter(f"{both} are set and differ. Set one of them.", ctx, self)
        return given.pop() if given else None

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        """Note what is wrong with the value, and go on: all problems are reported at once."""
        value = self.default
        with problems_of(ctx):
            try:
                value, args = super().handle_parse_result(ctx, opts, args)
            except click.BadParameter as error:
                ctx.params[self.name or ""] = value
                raise usage_error(error) from error
        return value, args

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, Any]:
        """Treat a blank value as one that was not given."""
        return super().consume_value(ctx, {key: value for key, value in opts.items() if str(value).strip()})


def options(inputs: Iterable[Input]) -> Callable[[F], F]:
    """Give a click command an option for each of these inputs."""

    def declare(command: F) -> F:
        for one in reversed([*inputs]):
            command = click.option(f"--{one.name}", cls=InputOption, declared=one)(command)
        return command

    return declare


class Verb(click.Command):
    """A command whose help shows its options by group, all of them aligned."""

    allow_extra_args = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; of one too many, say what it probably is: a part of a value with blanks."""
        try:
            super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise
        if ctx.args and not ctx.resilient_parsing:
            more = " ".join(ctx.args)[:100]
            raise click.UsageError(f"{more!r} is one argument too many. Quote a value that has blanks.", ctx)
        return ctx.args

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each group's options under its name, and the options without a group at the end."""
        records = [
            (getattr(option, "group", "Options"), record)
            for option in self.get_params(ctx)
            if isinstance(option, click.Option) and (record := option.get_help_record(ctx)) is not None
        ]
        for group in sorted(dict.fromkeys(group for group, _ in records), key="Options".__eq__):
            with formatter.section(group):
                formatter.write_dl(
                    [(name.ljust(_COLUMN), text) for of, (name, text) in records if of == group], _COLUMN
                )


def bare(verb: str) -> Verb:
    """Return a verb with the options that it takes as a step, and nothing that it does."""
    given = {"wait": WaitInputs, "report": ReportInputs, "sweep": SweepInputs}[verb]
    return click.command(verb, cls=Verb)(options(inputs_of(given))(lambda **_: None))


def problems_of(context: click.Context) -> Problems:
    """Return what is wrong with the options of a command line."""
    problems = context.meta.setdefault(__name__, Problems())
    assert isinstance(problems, Problems)  # noqa: S101 - nobody else writes under this name
    return problems


def usage_error(error: click.UsageError) -> InputError:
    """Return what click found wrong as the error of an input, with the input's own name."""
    option = error.param if isinstance(error, click.BadParameter) else None
    name = f"{option.input_name}: " if isinstance(option, InputOption) else ""
    said = error.message if isinstance(error, click.BadParameter) else explained(error)
    return InputError(f"{name}{said}")
