"""Options that the verbs for a terminal share."""

from collections.abc import Callable
from typing import Any

import click

from approval_gate.core.model import SHARED

_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")  # in the order of GitHub's own command line


def token_option(*, help: str) -> Callable[[Any], Any]:  # noqa: A002 - click's name
    """Return the decorator for ``--token``; the help begins with what the token is."""
    return click.option(
        "--token",
        envvar=_TOKENS,
        help=f"{help} Prefer GH_TOKEN or GITHUB_TOKEN, since others can see a command line.",
    )


def accounts_option(*, help: str) -> Callable[[Any], Any]:  # noqa: A002 - click's name
    """Return the decorator for ``--account``; the help begins with what the account is."""
    return click.option(
        "--account",
        "accounts",
        metavar="LOGIN",
        multiple=True,
        default=(SHARED,),
        show_default=True,
        help=f"{help}; for a GitHub App `NAME[bot]`. Can be given several times.",
    )
