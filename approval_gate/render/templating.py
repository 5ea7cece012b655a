"""The templates: compiled once for each process, filled with values of the core."""

from functools import cache, partial
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined

from approval_gate.core import tasks
from approval_gate.core.wording import at, dated, join, plural
from approval_gate.render import markdown
from approval_gate.render.times import moment, span


def source(name: str) -> str:
    """Return the text of a template."""
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def fill(name: str, **values: object) -> str:
    """Fill a template, whose text ends with one line end."""
    return _environment().get_template(name).render(**values).strip() + "\n"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FunctionLoader(source),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - this is Markdown; hostile text goes through `code`, `name`, `said` or `link`
    )
    made.filters.update(
        code=markdown.code,
        link=markdown.link,
        name=markdown.name,
        prose=markdown.prose,
        said=markdown.said,
        at=at,
        dated=dated,
        moment=moment,
        span=span,
        plural=plural,
        account=account,
        is_bot=is_bot,
        item=item_name,
        listed=partial(join, conjunction="and"),
    )
    return made


def item_name(text: str) -> str:
    """Return the name of a checklist item in Markdown."""
    return markdown.name(tasks.short_name(text))


def account(login: str) -> str:
    """Mention an account; a bot is not mentioned, since its name without the brackets can be a person's."""
    return f"{markdown.code(login)}, a bot" if is_bot(login) else f"@{login}"


def is_bot(login: str) -> bool:
    """Whether a login is a bot's: only those end with ``[bot]``."""
    return login.endswith("[bot]")
