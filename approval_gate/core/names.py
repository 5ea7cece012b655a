"""What a name among the approvers means by itself, and why one cannot be used.

Only GitHub knows the rest: whether the team or user exists, which of the two a
plain name is, and who is behind a path, an environment or a right.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

from approval_gate.core.model import Code
from approval_gate.core.suggest import closest
from approval_gate.core.wording import are, join

T = TypeVar("T")

OWNERS = "codeowners:"
"""The prefix of a path whose code owners are meant."""

ENVIRONMENT = "environment:"
"""The prefix of an environment whose required reviewers are meant."""

ROLE = "role:"
"""The prefix of a right on the repository; everyone who has at least that right is meant."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?:\[bot\])?", re.ASCII)
_WORD = re.compile(rf"(?:user:|environment:|role:)?{_NAME.pattern}(?:/{_NAME.pattern})?", re.ASCII)
_ENTERPRISE = re.compile(r"(?:[^/]+/)?ent:\S+", re.ASCII | re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_SHOWN = 100
_PREFIXES = {
    **dict.fromkeys(("user", "login", "person"), "user:"),
    **dict.fromkeys(("team", "group"), ""),
    **dict.fromkeys(("environment", "env", "environments", "reviewers"), ENVIRONMENT),
    **dict.fromkeys(("role", "right", "permission"), ROLE),
}
"""What somebody can write before a colon, and the prefix that is meant."""

_PLURALS = {
    "not a name": "not names",
    "not a team": "not teams",
    "not an account": "not accounts",
    "an e-mail address, which is not a name": "e-mail addresses, which are not names",
    "an enterprise team": "enterprise teams",
    "an environment": "environments",
    "not an environment": "not environments",
    "a right": "rights",
    "not a right": "not rights",
}
"""How a cause begins, of one name and of several."""

_FORMS = (
    "Write `ann`, `team`, `org/team`, `user:ann`, `codeowners:/path/`, `environment:production` or "
    "`role:maintain`."
)
_LONGEST_ENVIRONMENT = 255
"""GitHub's limit (https://docs.github.com/en/rest/deployments/environments)."""


class Right(IntEnum):
    """What somebody can do in a repository; each right includes those before it.

    (https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization)
    """

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5

    def __str__(self) -> str:
        return self.name.lower()


_VOTING = {str(right): right for right in (Right.WRITE, Right.MAINTAIN, Right.ADMIN)}
"""The rights that ``role:`` takes: people with a lesser one cannot write, so they could not approve."""

_RIGHTS = {
    **{name: name for name in _VOTING},
    **dict.fromkeys(("owner", "administrator"), "admin"),
    **dict.fromkeys(("maintainer", "maintainers"), "maintain"),
    **dict.fromkeys(("writer", "push", "developer"), "write"),
}
"""What somebody can write for a right, and the right that is meant."""


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
class Owners:
    """The code owners of a path."""

    path: str


@dataclass(frozen=True, slots=True)
class Reviewers:
    """The required reviewers of an environment."""

    environment: str


@dataclass(frozen=True, slots=True)
class Holders:
    """Everyone who has at least a right on the repository."""

    right: Right


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


def parse(member: str) -> Team | Login | Plain | Holders | Owners | Reviewers | NameProblem:
    """Read what a step or a policy lists: a name, ``codeowners:/path/`` or ``environment:production``.

    Each can have ``@`` in front.
    """
    return _prefixed(member, _LISTS) or parse_name(member)


def parse_name(name: str) -> Team | Login | Plain | Holders | NameProblem:
    """Read a name: ``ann``, ``team``, ``org/team``, ``user:ann`` or ``role:maintain``."""
    found = _prefixed(name, _NAMES)
    if found is not None:
        return found
    bare = name.removeprefix("@")
    if _ENTERPRISE.fullmatch(bare):
        remedy = "Name its people, or a team of the organisation."
        return NameProblem(name, "an enterprise team, which a repository's token cannot read", remedy)
    org, slash, slug = bare.partition("/")
    if not all(_NAME.fullmatch(part) for part in ((org, slug) if slash else (bare,))):
        return _malformed(name, bare)
    return Team(org, slug) if slash else Plain(bare)


def _prefixed(name: str, readers: Mapping[str, Callable[[str, str], T]]) -> T | None:
    """Read what follows a prefix; None if a name has none of these."""
    bare = name.removeprefix("@")
    found = next((prefix for prefix in readers if bare.lower().startswith(prefix)), None)
    return None if found is None else readers[found](name, bare[len(found) :])


def _login(name: str, rest: str) -> Login | NameProblem:
    bare = rest.removeprefix("@")
    return Login(bare) if _NAME.fullmatch(bare) else _malformed(name, bare)


def _owners(_: str, path: str) -> Owners:
    return Owners(path.strip())


def _reviewers(name: str, rest: str) -> Reviewers | NameProblem:
    environment = rest.strip()
    if environment and environment.isprintable() and len(environment) <= _LONGEST_ENVIRONMENT:
        return Reviewers(environment)
    cause = "not a name" if environment else "not a name: the environment is missing"
    return NameProblem(name, cause, f"Write it as in `{ENVIRONMENT}production`.", code=Code.INPUT)


def _holders(name: str, rest: str) -> Holders | NameProblem:
    right = rest.strip()
    found = _VOTING.get(right.lower())
    if found is not None:
        return Holders(found)
    meant = _RIGHTS.get(closest(right, _RIGHTS))
    if meant is not None:
        cause, fix = "not a right on a repository", f"{ROLE}{meant}"
        return NameProblem(name, cause, "Did you mean `<0>`?", (fix,), Code.INPUT)
    remedy = "Write `role:write`, `role:maintain` or `role:admin`, or name a team."
    return NameProblem(name, "not a right with which people can approve", remedy, code=Code.INPUT)


_LISTS: Mapping[str, Callable[[str, str], Owners | Reviewers | NameProblem]] = {
    OWNERS: _owners,
    ENVIRONMENT: _reviewers,
}
"""The prefixes of what lists names, and what reads the rest."""

_NAMES: Mapping[str, Callable[[str, str], Login | Holders | NameProblem]] = {"user:": _login, ROLE: _holders}
"""The prefixes of names, and what reads the rest."""


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
        meant = f"{prefix}{who}"
        if not isinstance(parse(meant), NameProblem):
            return NameProblem(name, "not a name", "Did you mean `<0>`?", (meant,), Code.INPUT)
    return NameProblem(name, "not a name", _FORMS, code=Code.INPUT)
