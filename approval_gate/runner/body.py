"""The workflow's own text for the issue, which may be in a file."""

import os
import stat
from pathlib import Path

from approval_gate.errors import InputError
from approval_gate.runner.environment import RunContext

_LIMIT = 1024 * 1024
_CREDENTIALS = "git-credentials-"  # in RUNNER_TEMP, since actions/checkout@v6


def read_body(text: str | None, path: str | None, environment: RunContext) -> str:
    """Return the text for the issue's body; a file must be under the run's workspace or temporary folder."""
    if text and path:
        raise InputError("issue-body and issue-body-file-path are both given.", remedy="Give one of them.")
    return _read(path, environment) if path else text or ""


def _read(path: str, environment: RunContext) -> str:
    """Read the file, but not through a link: one in a checkout could lead to the token in ``.git/config``."""
    shown = f"issue-body-file-path: {path[:200]!r}"
    file, inside = _located(path, environment, shown)
    if ".git" in (part.casefold() for part in inside.parts):
        raise InputError(
            f"{shown} is under `.git`, which may hold a token.", remedy="Write the text to another file."
        )
    if inside.name.startswith(_CREDENTIALS):
        raise InputError(f"{shown} is where a checkout keeps its token.", remedy="Name another file.")
    try:
        if os.path.realpath(file) != str(file):
            raise InputError(
                f"{shown} is a link, or leads over one.", remedy="Name the file that it leads to."
            )
        return _regular(file, shown)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{shown} cannot be read ({type(error).__name__}).", remedy="Write it as a text file in UTF-8."
        ) from error


def _located(path: str, environment: RunContext, shown: str) -> tuple[Path, Path]:
    """Return where the file is, and its path below one of the folders that it may be in."""
    roots = [root for root in (environment.workspace, environment.temp) if root]
    named = Path(os.path.normpath(Path(roots[0] if roots else "/", path)))
    for root in roots:
        real = Path(root).resolve()
        for spelling in (Path(os.path.normpath(root)), real):
            if named.is_relative_to(spelling):
                inside = named.relative_to(spelling)
                return real / inside, inside
    raise InputError(
        f"{shown} is not under the workspace or RUNNER_TEMP.", remedy="Write the file to one of them."
    )


def _regular(file: Path, shown: str) -> str:
    """Read a regular file; a link that replaces it after the check is not followed."""
    about = file.lstat()
    if not stat.S_ISREG(about.st_mode) or about.st_size > _LIMIT:
        raise InputError(
            f"{shown} is not a regular file of at most 1 MiB.", remedy="Write a shorter text there."
        )
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as opened:
        return opened.read(_LIMIT).decode()
