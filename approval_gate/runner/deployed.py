"""The deployment as the workflow names it: its environment and its version."""

import re
import unicodedata

from approval_gate.core.version import described_commit, is_expression, unseen
from approval_gate.errors import InputError
from approval_gate.runner.environment import RunContext

_AROUND = " \t\r\n"  # what YAML leaves around a text
_TAG_PREFIX = re.compile(r"\A(refs/)?tags/")
_INPUTS = frozenset({"environment", "version"})
_SHOWN = 5


def read_destination(given: str | None, *, titled: bool) -> str | None:
    """Return the environment that is deployed to; None if unknown, as with a workflow's own title."""
    environment = (given or "").strip(_AROUND)
    if not environment:
        return None if titled else "production"
    return _seen("environment", environment)


def read_version(given: str | None, environment: RunContext) -> str:
    """Return the version, by default the run's ref; of a tag spelled as a ref, only its name.

    Raises:
        InputError: Git would resolve it to another commit (https://git-scm.com/docs/gitrevisions),
            or it has invisible characters.
    """
    ref_name = _seen(environment.ref_type, environment.ref_name)
    version = _seen("version", (given or "").strip(_AROUND))
    if version != ref_name:
        version = _TAG_PREFIX.sub("", version)
    if not version or version == ref_name:
        return ref_name
    if is_expression(version):
        raise InputError(
            f"version: {version[:100]!r} is an expression from which Git computes a commit.",
            remedy="Write a tag, or any other name.",
            entry="version-names-another-commit",
        )
    commit = described_commit(version)
    if commit is not None and not environment.sha.startswith(commit):
        raise InputError(
            f"version: {version[:100]!r} names the commit {commit[:7]}, but this run is of "
            f"{environment.sha[:7]}.",
            remedy="Write a version of the run's commit, or start the run from the other one.",
            entry="version-names-another-commit",
        )
    return version


def _seen(what: str, text: str) -> str:
    """Return a text that people will read, or raise if one of its characters is invisible."""
    hidden = unseen(text)
    if hidden:
        listed = ", ".join(f"U+{ord(c):04X} {unicodedata.name(c, '')}".rstrip() for c in hidden[:_SHOWN])
        raise InputError(
            f"{what}: {text[:100]!a} holds characters that nobody can see: {listed}.",
            remedy="Write it without." if what in _INPUTS else f"Create the {what} again without them.",
        )
    return text
