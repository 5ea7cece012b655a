"""What a name among the approvers means by itself, and why one cannot be used.

Only GitHub knows the rest: whether the team or user exists, and which of the
two a plain name is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from approval_gate.core.model import Code
from approval_gate.core.suggest import closest
from approval_gate.core.wording import are, join

OWNERS = "codeowners:"
"""The prefix of a path whose code owners are meant."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?:\[bot\])?", re.ASCII)
_WORD = re.compile(rf"(?:user:)?{_NAME.pattern}(?:/{_NAME.pattern})?", re.ASCII)
_ENTERPRISE = re.compile(r"(?:[^/]+/)?ent:\S+", re.ASCII | re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_SHOWN = 100
_PREFIXES = {"user": "user:", "login": "user:", "person": "user:", "team": "", "group": ""}
"""What somebody can write before a colon, and the prefix that is meant."""

_PLURALS = {
    "not a name": "not names",
    "not a team": "not teams",
    "not an account": "not accounts",
    "an e-mail address, which is not a name": "e-mail addresses, which are not names",
    "an enterprise team": "enterprise teams",
}
"""How a cause begins, of one name and of several."""

_FORMS = "Write `ann`, `team`, `org/team`, `user:ann` or `codeowners:/path/`."


@dataclass(frozen=True, slots=True)
class Team:
    """A team by its organisation and slug."""

    org: str
    slug: str

    def __str__(self) -> str:
        return f"{self.org}/{self.slug}"


@dataclass(frozen=True, slots=True)
class Login:
    """A user by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Plain:
    """A name that can be a team's or a user's."""

    name: str


@dataclass(frozen=True, slots=True)
class NameProblem:
    """Why a name cannot be used.

    Attributes:
        cause: what it is instead, to follow "is" or "are".
        remedy: what to do; ``<0>`` and ``<1>`` are placeholders for the fixes.
    """

    name: str
    cause: str
    remedy: str
    fixes: tuple[str, ...] = ()
    code: Code = Code.ROSTER


def explained(problems: Iterable[NameProblem]) -> tuple[str, str]:
    """Return what is wrong with names and what to do: each cause and remedy once, with all its names."""
    causes: dict[str, dict[str, None]] = {}
    remedies: dict[str, dict[tuple[str, ...], None]] = {}
    for problem in problems:
        causes.setdefault(problem.cause, {})[f'"{problem.name[:_SHOWN]}"'] = None
        remedies.setdefault(problem.remedy, {})[problem.fixes] = None
    why = (
        f"{join(names, 'and')} {are(len(names))} {cause if len(names) == 1 else _several(cause)}."
        for cause, names in causes.items()
    )
    return " ".join(why), " ".join(_filled(remedy, fixes) for remedy, fixes in remedies.items())


def _several(cause: str) -> str:
    """Put a cause in the plural."""
    one = next((words for words in _PLURALS if cause.startswith(words)), "")
    return f"{_PLURALS.get(one, '')}{cause.removeprefix(one)}"


def _filled(remedy: str, fixes: Iterable[tuple[str, ...]]) -> str:
    for place, some in enumerate(zip(*fixes, strict=True)):
        remedy = remedy.replace(f"<{place}>", ",".join(some))
    return remedy


def parse(name: str) -> Team | Login | Plain | NameProblem:
    """Read a name: ``ann``, ``team``, ``org/team`` or ``user:ann``, each with or without ``@``."""
    bare = name.removeprefix("@")
    only_user = bare.lower().startswith("user:")
    if _ENTERPRISE.fullmatch(bare):
        remedy = "Name its people, or a team of the organisation."
        return NameProblem(name, "an enterprise team, which a repository's token cannot read", remedy)
    bare = bare[5:].removeprefix("@") if only_user else bare
    org, slash, slug = bare.partition("/")
    if not all(_NAME.fullmatch(part) for part in ((org, slug) if slash else (bare,))):
        return _malformed(name, bare)
    if only_user:
        return Login(bare) if not slash else _malformed(name, bare)
    return Team(org, slug) if slash else Plain(bare)


def _malformed(name: str, bare: str) -> NameProblem:
    """Explain a malformed name, with a suggestion where the intent can be guessed."""
    words = [word.strip("-") for word in re.split(r"[^A-Za-z0-9._:/-]+", bare, flags=re.ASCII)]
    words = [word for word in words if _WORD.fullmatch(word)]
    if re.search(r"[\"'\[\]{}();|]", bare) and words:
        cause = "not a name: names are separated by commas or line ends, without brackets or quotes"
        return NameProblem(name, cause, "Write `<0>`.", (",".join(words),), Code.INPUT)
    if _EMAIL.fullmatch(bare):
        remedy = "Write the login of its account."
        return NameProblem(name, "an e-mail address, which is not a name on GitHub", remedy, code=Code.INPUT)
    if re.search(r"\s", bare) and len(words) > 1:
        cause = "not a name: it contains blanks"
        remedy = "Write a team by its slug, `<0>`; separate several names by commas, `<1>`."
        fixes = ("-".join(words).lower(), ",".join(words))
        return NameProblem(name, cause, remedy, fixes, Code.INPUT)
    kind, colon, rest = bare.partition(":")
    if rest.startswith("/") and closest(kind, [OWNERS]) and rest.isprintable():
        return NameProblem(name, "not a name", "Did you mean `<0>`?", (f"{OWNERS}{rest}",), Code.INPUT)
    who, prefix = rest.strip().removeprefix("@"), _PREFIXES.get(closest(kind.strip(), _PREFIXES))
    if colon and _NAME.fullmatch(who) and prefix is not None:
        return NameProblem(name, "not a name", "Did you mean `<0>`?", (f"{prefix}{who}",), Code.INPUT)
    return NameProblem(name, "not a name", _FORMS, code=Code.INPUT)
