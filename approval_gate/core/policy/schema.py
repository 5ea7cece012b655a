"""The shape of a policy document, and the way from its bytes to a :class:`Policy`.

Anything unknown, of another type or out of range is a finding that says what is
there and what is allowed.
"""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from approval_gate.core.model import MOST_SEATS, Requirement
from approval_gate.core.policy import calendar, checks, yaml
from approval_gate.core.policy.findings import DocumentError, Finding, Path, contradictions, literal
from approval_gate.core.policy.model import (
    EMERGENCY,
    DeploymentType,
    Detail,
    Exclusion,
    FollowUp,
    Group,
    Policy,
    Role,
)
from approval_gate.core.policy.shapes import LINE, NAME, Name, Strict, Text
from approval_gate.core.policy.verify import (
    MALFORMED,
    TAGS,
    HoursDocument,
    ItemDocument,
    ItemOrText,
    VerifyDocument,
    item,
)
from approval_gate.core.suggest import did_you_mean, in_unit, meant_or_known, true_or_false
from approval_gate.core.timing import LONGEST_FOLLOW_UP, LONGEST_WINDOW, SHORTEST_WINDOW

_QUOTED = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,9})?|true|false")
_SHORT = 60
Minutes = Annotated[float, Field(ge=SHORTEST_WINDOW, le=LONGEST_WINDOW)]
Headings = Annotated[list[Text], Field(min_length=1, max_length=10)]
Items = Annotated[list[ItemOrText], Field(min_length=1, max_length=10)]
Roles = Annotated[list[Name], Field(min_length=1, max_length=100)]


def _whole(value: object) -> object:
    """Refuse values that equal a whole number but are something else: `true`, `1.0`."""
    if type(value) is int:
        return value
    raise PydanticCustomError("literal_error", "not 1", {"expected": "1"})


class RoleDocument(Strict):
    """A role, and who holds it."""

    members: Annotated[list[Text], Field(min_length=1, max_length=200)] = Field(
        description="Users, teams (`team`, `org/team`), `user:ann`, `codeowners:/path/`, "
        "`environment:production` (its required reviewers), `role:maintain` (people with at least that role)."
    )
    approves_alone: bool = Field(default=False, description="Whether one approval of this role is enough.")
    backup_after_minutes: Minutes | None = Field(
        default=None,
        description="How many minutes after the opening this role is mentioned, if the gate still waits.",
    )


class RequireDocument(Strict):
    """Approvals that must come from certain roles, each from a different person."""

    any_of: Roles = Field(description="The roles they can come from.")
    minimum: Annotated[int, Field(ge=1, le=MOST_SEATS)] = Field(description="How many are needed.")


class DeploymentDocument(Strict):
    """A type of deployment, and what it needs."""

    minimum_approvals: Annotated[int, Field(ge=1, le=1000)] = Field(
        description="How many people must approve."
    )
    timeout_minutes: Minutes = Field(description="How long they have.")
    approvers: Roles = Field(description="The roles that can vote.")
    require: Annotated[list[RequireDocument], Field(max_length=20)] = Field(
        default=[], description="The roles that must be among those who approve."
    )
    justification_from: Annotated[list[Name], Field(max_length=100)] = Field(
        default=[], description="The roles whose approval counts only with a note."
    )
    details: Annotated[dict[Name, Headings], Field(max_length=30)] = Field(
        default={}, description="What the request must state, and the headings for it."
    )
    optional_details: Annotated[dict[Name, Headings], Field(max_length=30)] = Field(
        default={}, description="What the request can state as well, and the headings for it."
    )
    remind_after_minutes: Minutes | None = Field(
        default=None,
        description="How many minutes after the opening people who have not answered are mentioned again, "
        "apart from backup roles.",
    )
    waive: Annotated[list[Text], Field(max_length=100)] = Field(
        default=[],
        description="The checklist's items that are left out, by name: what is bold, or precedes ` - `.",
    )


class FollowUpDocument(Strict):
    """The issue that `report` opens after an emergency."""

    hours: Annotated[int, Field(ge=1, le=LONGEST_FOLLOW_UP)] = Field(
        description="How many hours after its opening it is due."
    )
    title: Annotated[Text, StringConstraints(max_length=100)] = Field(
        default="Post-mortem", description="What its title begins with."
    )
    template: Text | None = Field(
        default=None,
        description="A Markdown file on the default branch with its text. Without it, a built-in text.",
    )


class PolicyDocument(Strict):
    """Who can approve what."""

    version: Annotated[Literal[1], BeforeValidator(_whole)] = Field(description="The version of this format.")
    roles: Annotated[dict[Name, RoleDocument], Field(min_length=1, max_length=100)] = Field(
        description="The roles, and who holds them."
    )
    deployments: Annotated[dict[Name, DeploymentDocument], Field(min_length=1, max_length=50)] = Field(
        description="The types of deployment; the input `deployment-type` names one."
    )
    refs: Annotated[list[Text], Field(max_length=50)] = Field(
        default=[],
        description="The refs that can be deployed: `refs/heads/main`, `refs/tags/v*`. Without it, any ref.",
    )
    exclude: Annotated[
        list[Literal["workflow-initiator", "commit-authors", "known-commit-authors"]], Field(max_length=3)
    ] = Field(
        default=[],
        description="People who cannot approve their own work. With `commit-authors` no request is opened "
        "while an author has no account; `known-commit-authors` bars the authors who have one.",
    )
    checklist: Annotated[dict[Text, Items], Field(max_length=20)] | None = Field(
        default=None,
        description="Sections of items, which people tick or which verify themselves; without it the "
        "process's own checklist is used.",
    )
    follow_up: FollowUpDocument | None = Field(
        default=None,
        description="The issue that `report` opens after a deployment of the type `emergency`, such as a "
        "post-mortem.",
    )
    block_on_overdue: Annotated[list[Name], Field(max_length=50)] = Field(
        default=[], description="The types of deployment that are refused while a follow-up is overdue."
    )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a document."""
    made = PolicyDocument.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "approval policy"}


def read_policy(document: bytes) -> Policy:
    """Read a policy.

    Raises:
        DocumentError: the document is not a policy, or it contradicts itself.
    """
    found = yaml.read(document)
    try:
        parsed = PolicyDocument.model_validate(found.value)
    except ValidationError as error:
        wrong = [*found.malformed, *map(_finding, error.errors(include_url=False))]
        raise DocumentError(found.placed(wrong), _UNCHECKED) from error
    policy = _policy(parsed)
    if wrong := found.placed([*found.malformed, *contradictions(policy), *checks.contradictions(policy)]):
        raise DocumentError(wrong)
    return policy


_UNCHECKED = "Whether roles, approvers and times fit together is checked once this is fixed."


def _finding(error: Any) -> Finding:  # noqa: ANN401 - pydantic's own dictionary
    # pydantic adds "[key]" behind the key of a mapping if the key itself is wrong, and the tag of a choice.
    path = tuple(part for part in error["loc"] if part not in {"[key]", *TAGS})
    return Finding(path=path, problem=_problem(error, path), remedy=_remedy(error, path))


def _remedy(error: Any, path: Path) -> str:  # noqa: ANN401 - as above
    """Say what was probably meant."""
    kind, found, key = error["type"], error["input"], str(path[-1]) if path else ""
    text = found if isinstance(found, str) else ""
    if kind == MALFORMED:
        return str(error["ctx"]["remedy"])
    if not path and found is not None:
        return "Write `version`, `roles` and `deployments`."
    if kind == "extra_forbidden":
        return meant_or_known(key, _keys(path))
    if kind == "literal_error":
        return did_you_mean(text, re.findall(r"'([^']+)'", error["ctx"]["expected"]))
    if kind == "string_pattern_mismatch" and error["ctx"]["pattern"] != LINE:
        return _name_meant(text, path)
    if kind in {"int_type", "float_type"}:
        return "Remove the quotes." if _QUOTED.fullmatch(text) else in_unit(text, key)
    if kind == "bool_type":
        return "Remove the quotes." if _QUOTED.fullmatch(text) else true_or_false(str(found))
    return _shape(kind, found, key)


def _shape(kind: str, found: object, key: str) -> str:
    """Say how a value is written that is a text, a list or a mapping where another of these belongs."""
    text = found if isinstance(found, str) else ""
    if kind == "list_type" and text:
        like, entry = _LISTED.get(key, ("", text))
        entry = text if re.match(like, text) else entry
        return f"Write `[{entry}]`." if entry.isprintable() and len(entry) < _SHORT else ""
    if kind == "string_type" and isinstance(found, (bool, int, float)):
        return "Put quotes around it."
    if kind == "string_type" and isinstance(found, list) and len(found) == 1 and isinstance(found[0], str):
        return f"Write {literal(found[0])}."
    return _MAPPINGS.get(key, "") if kind in {"dict_type", "model_type"} else ""


_LISTED = {
    "days": (calendar.DAYS, "monday-friday"),
    "between": (calendar.TIMES, "09:00-17:00"),
    "frozen": (calendar.DATES, "2026-12-24..2026-12-26"),
}
"""What an entry of a calendar's lists looks like, and one."""

_MAPPINGS = {
    "verify": "Write a mapping, such as `{reviews: true}`.",
    "hours": "Write a mapping, such as `{zone: UTC, between: [09:00-17:00]}`.",
}


def _name_meant(text: str, path: Path) -> str:
    """Say which name was probably meant; approvers are roles."""
    if path[2:3] == ("approvers",) and re.search("[/:@]", text):
        return "Put it among the members of a role, and write the role's name here."
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return f"Write `{name}`." if re.match(NAME, name) else ""


def _problem(error: Any, path: Path) -> str:  # noqa: ANN401 - as above
    """Say what is there and what is allowed."""
    kind, found, context = error["type"], error["input"], error.get("ctx", {})
    template = _PROBLEMS.get(kind, "{shown} is not allowed here.")
    if context.get("pattern") == LINE:
        template = "{quoted} is not text on one line."
    if found is None and not path:
        return "the document is empty; it needs `version`, `roles` and `deployments`."
    if found is None:
        template = template.replace("{shown} is not ", "it is empty; it must be ")
    values = {
        "shown": f"the text {literal(found)}" if isinstance(found, str) else literal(found),
        "quoted": literal(found),
        "count": len(found) if isinstance(found, list | dict) else None,
    }
    return template.format(**values, **context)


_PROBLEMS = {
    MALFORMED: "{problem}",
    "missing": "it is missing.",
    "extra_forbidden": "this key is not known.",
    "literal_error": "{shown} is not {expected}.",
    "string_pattern_mismatch": "{quoted} is not a name: lower-case letters, digits and hyphens, at most 50.",
    "greater_than_equal": "{quoted} is out of range: at least {ge:g} is allowed.",
    "less_than_equal": "{quoted} is out of range: at most {le:g} is allowed.",
    "too_short": "it has {count} entries; it needs at least {min_length}.",
    "too_long": "it has {count} entries; at most {max_length} are allowed.",
    "string_too_short": "it is empty.",
    "string_too_long": "{quoted} is longer than {max_length} characters.",
    "string_type": "{shown} is not text.",
    "int_type": "{shown} is not a whole number.",
    "float_type": "{shown} is not a number.",
    "bool_type": "{shown} is not `true` or `false`.",
    "list_type": "{shown} is not a list.",
    "dict_type": "{shown} is not a mapping.",
    "model_type": "{shown} is not a mapping.",
}


def _keys(path: Path) -> list[str]:
    """Return the keys that are known where an unknown one is."""
    owners: dict[tuple[Path, int], type[BaseModel]] = {
        (("roles",), 3): RoleDocument,
        (("deployments",), 3): DeploymentDocument,
        (("deployments",), 5): RequireDocument,
        (("follow-up",), 2): FollowUpDocument,
        (("checklist",), 4): ItemDocument,
        (("checklist",), 5): VerifyDocument,
        (("checklist",), 6): HoursDocument,
    }
    owner = owners.get((path[:1], len(path)), PolicyDocument)
    return [str(field.alias) for field in owner.model_fields.values()]


def _policy(document: PolicyDocument) -> Policy:
    checklist = document.checklist
    return Policy(
        roles=tuple(_role(name, role) for name, role in document.roles.items()),
        deployments=tuple(_deployment_type(name, found) for name, found in document.deployments.items()),
        refs=tuple(document.refs),
        exclude=tuple(map(Exclusion, document.exclude)),
        checklist=None
        if checklist is None
        else tuple(Group(title=title, items=tuple(map(item, items))) for title, items in checklist.items()),
        follow_up=None if document.follow_up is None else _follow_up(document.follow_up),
        block_on_overdue=tuple(document.block_on_overdue),
    )


def _follow_up(document: FollowUpDocument) -> FollowUp:
    template = document.template and document.template.removeprefix("/")
    return FollowUp(hours=document.hours, title=document.title, template=template)


def _role(name: str, role: RoleDocument) -> Role:
    return Role(
        name=name,
        members=tuple(role.members),
        source=f"roles.{name}.members",
        approves_alone=role.approves_alone,
        backup_after=_span(role.backup_after_minutes),
    )


def _deployment_type(name: str, document: DeploymentDocument) -> DeploymentType:
    return DeploymentType(
        name=name,
        minimum=document.minimum_approvals,
        window=timedelta(minutes=document.timeout_minutes),
        approvers=tuple(document.approvers),
        require=tuple(
            Requirement(any_of=tuple(need.any_of), minimum=need.minimum) for need in document.require
        ),
        justified=tuple(document.justification_from),
        details=tuple(
            Detail(name=name, headings=tuple(headings), required=required)
            for required, details in ((True, document.details), (False, document.optional_details))
            for name, headings in details.items()
        ),
        remind_after=_span(document.remind_after_minutes),
        waive=tuple(document.waive),
        emergency=name == EMERGENCY,
    )


def _span(minutes: float | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)
