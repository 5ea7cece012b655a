"""The workflow's own text for the issue, which may be in a file."""

import os
import stat
from pathlib import Path

from approval_gate.errors import InputError
from approval_gate.runner.environment import RunContext

_ENTRY = "the-issues-text-cannot-be-read"
_LIMIT = 1024 * 1024
_CREDENTIALS = "git-credentials-"  # in RUNNER_TEMP, since actions/checkout@v6


def read_body(text: str | None, path: str | None, environment: RunContext) -> str:
    """Return the text for the issue's body; a file must be under the run's workspace or temporary folder."""
    if text and path:
        both = "issue-body and issue-body-file-path are both given."
        raise InputError(both, remedy="Give one of them.", entry=_ENTRY)
    return _read(path, environment) if path else text or ""


def _read(path: str, environment: RunContext) -> str:
    """Read the file, but not through a link: one in a checkout could lead to the token in ``.git/config``."""
    shown = f"issue-body-file-path: {path[:200]!r}"
    file, inside = _located(path, environment, shown)
    if ".git" in (part.casefold() for part in inside.parts):
        raise InputError(
            f"{shown} is under `.git`, which can hold a token.",
            remedy="Write the text to another file.",
            entry=_ENTRY,
        )
    if inside.name.startswith(_CREDENTIALS):
        kept = f"{shown} is where a checkout keeps its token."
        raise InputError(kept, remedy="Name another file.", entry=_ENTRY)
    try:
        if os.path.realpath(file) != str(file):
            raise InputError(
                f"{shown} is a link, or leads over one.",
                remedy="Name the file that it leads to.",
                entry=_ENTRY,
            )
        return _regular(file, shown)
    except FileNotFoundError as error:
        missing = f"{shown} does not exist."
        raise InputError(missing, remedy="Write it in an earlier step of this job.", entry=_ENTRY) from error
    except (OSError, ValueError) as error:
        raise InputError(
            f"{shown} cannot be read as text ({type(error).__name__}).",
            remedy="Write it as a text file in UTF-8.",
            entry=_ENTRY,
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
        f"{shown} is not under the workspace or RUNNER_TEMP.",
        remedy="Write the file to one of them.",
        entry=_ENTRY,
    )


def _regular(file: Path, shown: str) -> str:
    """Read a regular file; a link that replaces it after the check is not followed."""
    about = file.lstat()
    if not stat.S_ISREG(about.st_mode):
        what = "a folder" if stat.S_ISDIR(about.st_mode) else "not a regular file"
        raise InputError(f"{shown} is {what}.", remedy="Name a text file.", entry=_ENTRY)
    if about.st_size > _LIMIT:
        size = f"{shown} has {about.st_size} bytes; at most 1 MiB is read."
        raise InputError(size, remedy="Write a shorter text there.", entry=_ENTRY)
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as opened:
        return opened.read(_LIMIT).decode()
