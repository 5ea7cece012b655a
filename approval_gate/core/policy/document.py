"""From a policy document's bytes to a :class:`Policy`, or to everything that is wrong with it.

The document decides who may ship, so nothing in it is guessed: whatever is
unknown, doubled, of another type or never used is a finding that tells line,
path, what is there and what is allowed. Of YAML it takes mappings, lists and
plain values; anchors, aliases and tags are refused, as are size, depth and number
that no policy needs.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError
from yaml.reader import ReaderError

from approval_gate.core.model import MOST_SEATS, Requirement
from approval_gate.core.policy.model import DeploymentType, Detail, Exclusion, Group, Policy, Role, alike

LARGEST = 64 * 1024
"""Bytes of the largest document that is read."""

DEEPEST = 12
"""How deep it may nest; a policy needs 5."""

MOST = 10_000
"""Keys and values of the largest document that is read; a policy of 64 KB has some 8,000."""

_FINDINGS = 20
_SHOWN = 60

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong with a document.

    Attributes:
        line: where, counted from 1.
        path: the YAML path, as ``deployments.standard.approvers[1]``.
        problem: what is there, and what is allowed.
    """

    line: int
    path: str
    problem: str


class DocumentError(ValueError):
    """The document is no policy; ``findings`` tell why, in the order of the lines."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(finding.problem for finding in findings))
        self.findings = tuple(findings)


# The document's shape -----------------------------------------------------------------

_LINE = r"^[^\x00-\x1f\x7f\x85\u2028\u2029]*$"
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,49}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=_LINE)]
Minutes = Annotated[float, Field(ge=0.01, le=7200)]
Headings = Annotated[list[Text], Field(min_length=1, max_length=10)]
Roles = Annotated[list[Name], Field(min_length=1, max_length=100)]


def _whole(value: object) -> object:
    """Refuse what equals a whole number and is none: `true`, `1.0`."""
    if type(value) is int:
        return value
    raise PydanticCustomError("literal_error", "not 1", {"expected": "1"})


class _Strict(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        alias_generator=lambda name: name.replace("_", "-"),
        validate_by_name=False,
        validate_by_alias=True,
    )


class RoleDocument(_Strict):
    """As what somebody may vote."""

    members: Annotated[list[Text], Field(min_length=1, max_length=200)] = Field(
        description="Users, teams (`team`, `org/team`), `user:ann`, `codeowners:/path/`."
    )
    approves_alone: bool = Field(default=False, description="One approval of this role suffices.")
    backup_after_minutes: Minutes | None = Field(
        default=None, description="When this role is called in, if the gate still waits."
    )


class RequireDocument(_Strict):
    """Approvals that must be among them, each of another person."""

    any_of: Roles = Field(description="The roles from which they may come.")
    minimum: Annotated[int, Field(ge=1, le=MOST_SEATS)] = Field(description="How many.")


class DeploymentDocument(_Strict):
    """A type of deployment: what it takes."""

    minimum_approvals: Annotated[int, Field(ge=1, le=1000)] = Field(description="How many must approve.")
    timeout_minutes: Minutes = Field(description="How long they have.")
    approvers: Roles = Field(description="The roles that may vote.")
    require: Annotated[list[RequireDocument], Field(max_length=20)] = Field(
        default=[], description="Whose approvals must be among them."
    )
    justification_from: Annotated[list[Name], Field(max_length=100)] = Field(
        default=[], description="The roles whose approval counts only with a note."
    )
    details: Annotated[dict[Name, Headings], Field(max_length=30)] = Field(
        default={}, description="What the request must say, and under which headings it may."
    )
    optional_details: Annotated[dict[Name, Headings], Field(max_length=30)] = Field(
        default={}, description="What the request may say, and under which headings."
    )
    remind_after_minutes: Minutes | None = Field(
        default=None, description="When those who have not answered are mentioned once more."
    )


class PolicyDocument(_Strict):
    """Who may approve what."""

    version: Annotated[Literal[1], BeforeValidator(_whole)] = Field(description="The version of this format.")
    roles: Annotated[dict[Name, RoleDocument], Field(min_length=1, max_length=100)] = Field(
        description="As what somebody may vote."
    )
    deployments: Annotated[dict[Name, DeploymentDocument], Field(min_length=1, max_length=50)] = Field(
        description="The types of deployment, which `deployment-type` names."
    )
    refs: Annotated[list[Text], Field(max_length=50)] = Field(
        default=[], description="What may be deployed: `refs/heads/main`, `refs/tags/v*`; anything if empty."
    )
    exclude: Annotated[
        list[Literal["workflow-initiator", "commit-authors", "known-commit-authors"]], Field(max_length=3)
    ] = Field(
        default=[],
        description="Who may not approve what they had a hand in. `commit-authors` opens nothing while one "
        "of them has no account; `known-commit-authors` bars those who have.",
    )
    checklist: Annotated[dict[Text, Headings], Field(max_length=20)] | None = Field(
        default=None, description="Groups of items; the process's own if not given."
    )


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a document."""
    made = PolicyDocument.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "approval policy"}


def read(document: bytes) -> Policy:
    """Read a policy.

    Raises:
        DocumentError: it is none.
    """
    source = _Source(document)
    try:
        checked = PolicyDocument.model_validate(source.value)
    except ValidationError as error:
        raise DocumentError(
            _ordered(source.finding(_path(e["loc"]), _told(e)) for e in error.errors(include_url=False))
        ) from error
    wrong = _ordered(source.finding(path, problem) for path, problem in _inconsistent(checked))
    if wrong:
        raise DocumentError(wrong)
    return _policy(checked)


def findings(document: bytes, problems: Iterable[tuple[Path, str]]) -> list[Finding]:
    """Say where in a policy problems are that are not its own, in the order of the lines.

    Raises:
        DocumentError: it is not YAML of plain values.
    """
    source = _Source(document)
    return _ordered(source.finding(path, _printable(problem)) for path, problem in problems)


def plain(document: bytes) -> object:
    """Read YAML of plain values, whatever it says, each as it is written: `1.10` and `12e45` are text here.

    Raises:
        DocumentError: it is none.
    """
    return _Source(document, _as_written).value


# From bytes to values, each with its line ----------------------------------------------


class _Source:
    """A document as plain values, and where each of them stands."""

    def __init__(self, document: bytes, scalar: Callable[[yaml.ScalarNode], object] | None = None) -> None:
        self._scalar = scalar or _scalar
        self._lines: dict[Path, int] = {(): 1}
        if len(document) > LARGEST:
            raise DocumentError(
                [self.finding((), f"it has {len(document)} bytes; a policy may have {LARGEST}.")]
            )
        try:
            text = document.decode()
        except UnicodeDecodeError as error:
            line = document[: error.start].count(b"\n") + 1
            raise DocumentError([_at(line, "it is not UTF-8.")]) from error
        try:
            root = self._checked(text)
        except yaml.YAMLError as error:
            raise DocumentError([_at(*_no_yaml(error, text))]) from error
        self.value = None if root is None else self._value(root, ())

    def finding(self, path: Path, problem: str) -> Finding:
        """Say where something is: at its own line, or where the nearest thing around it begins."""
        known = path
        while known not in self._lines:
            known = known[:-1]
        return Finding(line=self._lines[known], path=_written(path), problem=problem)

    @staticmethod
    def _checked(text: str) -> yaml.Node | None:
        """Compose a document that holds nothing but plain values, not too deep and not too many."""
        depth = nodes = 0
        for event in yaml.parse(text, Loader=yaml.BaseLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > DEEPEST:
                raise DocumentError([_at(line, f"it nests deeper than {DEEPEST} levels.")])
            nodes += isinstance(event, yaml.NodeEvent)
            if nodes > MOST:
                raise DocumentError([_at(line, f"it has more than {MOST} keys and values.")])
            if getattr(event, "anchor", None) is not None:
                raise DocumentError([_at(line, "it has an anchor or an alias; write the values out.")])
            tag = getattr(event, "tag", None)
            if tag is not None:
                raise DocumentError([_at(line, f"it has the tag {_shown(tag)}; write a plain value.")])
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.BaseLoader)
        return node

    def _value(self, node: yaml.Node, path: Path) -> object:
        self._lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, number)) for number, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)  # noqa: S101 - there is no other kind
        return self._scalar(node)

    def _pairs(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[object, object]]:
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = key.value if isinstance(key, yaml.ScalarNode) else "a list or mapping"
            if not isinstance(key, yaml.ScalarNode) or name in seen:
                what = (
                    f"the key {_shown(name)} is there twice" if name in seen else "a key must be plain text"
                )
                raise DocumentError([Finding(line=line, path=_written(path), problem=f"{what}.")])
            seen.add(name)
            self._lines[(*path, name)] = line
            yield name, self._value(value, (*path, name))


def _scalar(node: yaml.ScalarNode) -> object:
    """Return a plain value as YAML 1.2's core schema has it; what it does not know stays the text that it is.

    So `yes`, `1:40` and `0x1F` are text. `010` is too, which is 8 to one reader and 10 to another.
    """
    text = str(node.value)
    if node.style is not None or len(text) > _LONGEST_NUMBER:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _as_written(node: yaml.ScalarNode) -> str | None:
    return None if _scalar(node) is None else str(node.value)


_LONGEST_NUMBER = 40
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(
    r"[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(?:inf|Inf|INF))"
    r"|\.(?:nan|NaN|NAN)"
)


def _no_yaml(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    if isinstance(error, ReaderError):
        return text.count("\n", 0, error.position) + 1, f"it is not YAML: {error.reason}."
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    return (mark.line + 1 if mark else 1), f"it is not YAML: {problem}."


def _at(line: int, problem: str) -> Finding:
    return Finding(line=line, path="", problem=problem)


# What is wrong, in words ---------------------------------------------------------------


def _told(error: Any) -> str:  # noqa: ANN401 - pydantic's own dictionary
    """Say what is there and what is allowed."""
    kind, found, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return "it is missing."
    if kind == "extra_forbidden":
        return f"this key is not known{_instead(error['loc'])}."
    if kind == "literal_error":
        what = f"the text {_shown(found)}" if isinstance(found, str) else _shown(found)
        return f"{what} is not {context['expected']}."
    if kind == "string_pattern_mismatch" and context["pattern"] != _LINE:
        return f"{_shown(found)} is no name: lower-case letters, digits and hyphens, 50 at most."
    if kind == "string_pattern_mismatch":
        return f"{_shown(found)} is not text on one line."
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound = f"at least {context['ge']:g}" if "ge" in context else f"at most {context['le']:g}"
        return f"{_shown(found)} is out of range: {bound} is allowed."
    if kind in {"too_short", "too_long"}:
        least, most = context.get("min_length"), context.get("max_length")
        bound = f"at most {most}" if least is None else f"at least {least}"
        return f"it has {len(found)} entries; {bound} are allowed."
    if kind in {"string_too_short", "string_too_long"}:
        return (
            f"{_shown(found)} is {'empty' if kind == 'string_too_short' else 'longer than 500 characters'}."
        )
    what = f"the text {_shown(found)}" if isinstance(found, str) else _shown(found)
    quoted = (
        "; put quotes around it" if kind == "string_type" and isinstance(found, (bool, int, float)) else ""
    )
    return f"{what} is not {_KINDS.get(kind, 'allowed here')}{quoted}."


_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "`true` or `false`",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}


def _instead(loc: Sequence[str | int]) -> str:
    """Name the keys that are known where one is not."""
    path = _path(loc)
    owner: type[BaseModel] = PolicyDocument
    if len(path) > 2 and path[0] == "roles":  # noqa: PLR2004 - roles.<name>.<key>
        owner = RoleDocument
    if len(path) > 2 and path[0] == "deployments":  # noqa: PLR2004 - the same
        owner = RequireDocument if len(path) > 3 else DeploymentDocument  # noqa: PLR2004 - the same
    return f"; there are {', '.join(str(field.alias) for field in owner.model_fields.values())}"


def _inconsistent(document: PolicyDocument) -> Iterator[tuple[Path, str]]:
    """Find what no single value shows: roles that are not there, or never used, and the like."""
    for name, kind in document.deployments.items():
        here: Path = ("deployments", name)
        yield from _unknown_roles(here, kind, document.roles)
        yield from _doubled_details(here, kind)
        yield from _requirements(here, kind)
        remind, window = kind.remind_after_minutes, kind.timeout_minutes
        if remind is not None and remind >= window:
            yield (
                (*here, "remind-after-minutes"),
                f"{remind:g} minutes are not within the window of {window:g}.",
            )
    yield from _doubled_exclusions(document.exclude)
    yield from _blank(document)
    for name, role in document.roles.items():
        yield from _role(
            ("roles", name), role, [k for k in document.deployments.values() if name in k.approvers]
        )


def _role(here: Path, role: RoleDocument, kinds: Sequence[DeploymentDocument]) -> Iterator[tuple[Path, str]]:
    """Hold a role against the types of deployment that name it."""
    for number, member in enumerate(role.members):
        if member in role.members[:number]:
            yield (*here, "members", number), f"{_shown(member)} is there twice."
    if not kinds:
        yield here, "no type of deployment names this role among its approvers."
        return
    backup, longest = role.backup_after_minutes, max(kind.timeout_minutes for kind in kinds)
    if backup is not None and backup >= longest:
        problem = f"{backup:g} minutes are not within the window of any type that names this role"
        yield (*here, "backup-after-minutes"), f"{problem}; the longest has {longest:g}."


def _blank(document: PolicyDocument) -> Iterator[tuple[Path, str]]:
    """Find text that says nothing, and refs that none can be."""
    for number, ref in enumerate(document.refs):
        if " " in ref:
            yield ("refs", number), f"{_shown(ref)} has a blank, as no branch and no tag has."
    for title, items in (document.checklist or {}).items():
        if not title.strip():
            yield ("checklist", title), "it is blank."
        for number, item in enumerate(items):
            if not item.strip():
                yield ("checklist", title, number), "it is blank."


def _doubled_exclusions(exclude: Sequence[str]) -> Iterator[tuple[Path, str]]:
    for number, excluded in enumerate(exclude):
        if excluded in exclude[:number]:
            yield ("exclude", number), f"{_shown(excluded)} is there twice."
    if {Exclusion.AUTHORS.value, Exclusion.KNOWN_AUTHORS.value} <= set(exclude):
        differ = "`commit-authors` and `known-commit-authors` differ in what becomes of authors"
        yield ("exclude",), f"{differ} who have no account; one of them is allowed."


def _unknown_roles(
    here: Path, kind: DeploymentDocument, roles: Mapping[str, object]
) -> Iterator[tuple[Path, str]]:
    for number, role in enumerate(kind.approvers):
        path = (*here, "approvers", number)
        if role not in roles:
            yield path, f"the role {_shown(role)} is not defined; there are {', '.join(roles)}."
        if role in kind.approvers[:number]:
            yield path, f"the role {_shown(role)} is there twice."
    meant = [
        *(
            ((*here, "require", number, "any-of", place), role)
            for number, need in enumerate(kind.require)
            for place, role in enumerate(need.any_of)
        ),
        *(
            ((*here, "justification-from", number), role)
            for number, role in enumerate(kind.justification_from)
        ),
    ]
    for where, role in meant:
        if role not in kind.approvers:
            problem = f"the role {_shown(role)} is not among this type's approvers"
            yield where, f"{problem}: {', '.join(kind.approvers)}."


def _requirements(here: Path, kind: DeploymentDocument) -> Iterator[tuple[Path, str]]:
    for number, need in enumerate(kind.require):
        for place, role in enumerate(need.any_of):
            if role in need.any_of[:place]:
                yield (*here, "require", number, "any-of", place), f"the role {_shown(role)} is there twice."
    required, minimum = sum(need.minimum for need in kind.require), kind.minimum_approvals
    if required > minimum:
        problem = f"{required} approvals are required of roles, and minimum-approvals is {minimum}."
        yield (*here, "minimum-approvals"), problem


def _doubled_details(here: Path, kind: DeploymentDocument) -> Iterator[tuple[Path, str]]:
    """Find headings that two details would take what is said under, as :func:`details.fill` compares them."""
    names: set[str] = set()
    taken: dict[str, str] = {}
    for part, details in (("details", kind.details), ("optional-details", kind.optional_details)):
        for name, headings in details.items():
            if name in names:
                yield (*here, part, name), "it is among the required details too."
            elif alike(name) in taken:
                yield (*here, part, name), "another detail has this name among its headings, or is called so."
            names.add(name)
            for number, heading in enumerate(headings):
                key = alike(heading)
                if not key:
                    yield (*here, part, name, number), "it is blank."
                elif key in taken:
                    yield (*here, part, name, number), f"the heading {_shown(heading)} {taken[key]}."
                taken[key] = "is there twice"
            taken.setdefault(alike(name), "is another detail's name")


def _path(loc: Sequence[str | int]) -> Path:
    """Drop what pydantic puts behind a mapping's key that is wrong itself."""
    return tuple(part for part in loc if part != "[key]")


def _written(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")[
        :200
    ]


def _shown(value: object) -> str:
    """Show a value of the document in a message."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"`{_printable(short)}`"


def _printable(text: str) -> str:
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def _ordered(findings: Iterator[Finding]) -> list[Finding]:
    """Sort by line; of very many the first, and how many more there are."""
    found = sorted(dict.fromkeys(findings), key=lambda finding: finding.line)
    shown, more = found[:_FINDINGS], found[_FINDINGS:]
    if more:
        what = "1 more thing is" if len(more) == 1 else f"{len(more)} more things are"
        shown.append(_at(more[0].line, f"{what} wrong from here on, and told once these are mended."))
    return shown


# From the document to the policy -------------------------------------------------------


def _policy(document: PolicyDocument) -> Policy:
    return Policy(
        roles=tuple(
            Role(
                name=name,
                members=tuple(role.members),
                source=f"roles.{name}.members",
                approves_alone=role.approves_alone,
                backup_after=_span(role.backup_after_minutes),
            )
            for name, role in document.roles.items()
        ),
        deployments=tuple(_deployment(name, kind) for name, kind in document.deployments.items()),
        refs=tuple(document.refs),
        exclude=tuple(Exclusion(name) for name in document.exclude),
        checklist=None
        if document.checklist is None
        else tuple(Group(title=title, items=tuple(items)) for title, items in document.checklist.items()),
    )


def _deployment(name: str, kind: DeploymentDocument) -> DeploymentType:
    return DeploymentType(
        name=name,
        minimum=kind.minimum_approvals,
        window=timedelta(minutes=kind.timeout_minutes),
        approvers=tuple(kind.approvers),
        require=tuple(Requirement(any_of=tuple(need.any_of), minimum=need.minimum) for need in kind.require),
        justified=tuple(kind.justification_from),
        details=(
            *(Detail(name=n, headings=tuple(h), required=True) for n, h in kind.details.items()),
            *(Detail(name=n, headings=tuple(h), required=False) for n, h in kind.optional_details.items()),
        ),
        remind_after=_span(kind.remind_after_minutes),
        emergency=name == "emergency",
    )


def _span(minutes: float | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)
