"""CODEOWNERS as GitHub reads it.

(https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners).
"""

import re

from codeowners import CodeOwners

from approval_gate.core.names import NameProblem
from approval_gate.github.client import Client
from approval_gate.github.repository import Repository, read_file

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks for the file, in this order."""

_COMMENT = re.compile(r"(?:^|[ \t])#.*")
_BLANKS = re.compile(r"(?<!\\)[ \t]+")
_PATTERN = re.compile(r"(?![!]|\\#)(?:[^\s\[\]\\]|\\[^\s\[\]]|\\ )+")
_OWNER = re.compile(
    r"@[a-z0-9][a-z0-9_-]*(?:/(?:ent:)?[a-z0-9][a-z0-9._-]*)?|[^\s@]+@[^\s@]+", re.ASCII | re.IGNORECASE
)


def read_owners(client: Client, repository: Repository) -> CodeOwners | None:
    """Read the file from the default branch; None if it does not exist."""
    texts = (read_file(client, repository.full_name, place) for place in PLACES)
    text = next((text for text in texts if text is not None), None)
    return None if text is None else CodeOwners("\n".join(_valid(text)))


def owners_of(
    member: str, path: str, file: CodeOwners | None, repository: Repository
) -> tuple[list[str], NameProblem | None]:
    """Return the names that own the path of a ``codeowners:`` entry, and what is wrong with it."""
    if file is None:
        place = f"{repository.full_name} has no CODEOWNERS file on its branch {repository.default_branch}"
        remedy = "Add .github/CODEOWNERS there, or name the approvers."
        return [], NameProblem(member, f"without an owner: {place}", remedy)
    owners = file.of(path.removeprefix("/"))
    if not path or not owners:
        cause = f"without an owner: CODEOWNERS gives {path or 'an empty path'} none"
        remedy = "Write a path as CODEOWNERS has it, for example `codeowners:/deploy/`."
        return [], NameProblem(member, cause, remedy)
    mails = [owner for kind, owner in owners if kind == "EMAIL"]
    names = [owner for kind, owner in owners if kind != "EMAIL"]
    if not mails:
        return names, None
    cause = f"owned by {', '.join(mails)}: an e-mail address is not an account on GitHub"
    return names, NameProblem(member, cause, "Name the owner as @login in CODEOWNERS.")


def _valid(text: str) -> list[str]:
    """Return the lines that GitHub accepts, without comments; it skips any other line whole.

    The package also reads GitLab's sections, negation and character ranges, and
    drops an invalid owner instead of its line.
    """
    lines = []
    for line in text.split("\n"):
        pattern, *owners = _BLANKS.split(_COMMENT.sub("", line.rstrip("\r")).strip(" \t"))
        if _PATTERN.fullmatch(pattern) and all(_OWNER.fullmatch(owner) for owner in owners):
            lines.append(" ".join([pattern, *owners]))
    return lines
