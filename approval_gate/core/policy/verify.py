"""The shape of a checklist's items: plain ones, and those that verify themselves (``verify:``)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from approval_gate.core.conditions import regex
from approval_gate.core.conditions.model import (
    Calendar,
    Condition,
    RequiredDeployment,
    RequiredDetail,
    RequiredJob,
    Weekday,
)
from approval_gate.core.policy import calendar
from approval_gate.core.policy.findings import literal
from approval_gate.core.policy.model import Item, is_path
from approval_gate.core.policy.shapes import Name, Strict, Text
from approval_gate.core.suggest import Malformed
from approval_gate.core.wording import join

MALFORMED = "malformed"
"""The type of an error whose context has the problem and the remedy."""

TAGS = ("[text]", "[mapping]", "[list]")
"""What the place of an error has besides keys and positions: which of two shapes was read."""

LONGEST = 24 * 365
"""Hours of the longest time within which a deployment elsewhere must have succeeded."""


def _malformed(problem: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError(MALFORMED, "{problem}", {"problem": problem, "remedy": remedy})


def _read(how: Callable[[str], object]) -> AfterValidator:
    """Make a validator that reads a text, and says what is wrong with it."""

    def validate(text: str) -> str:
        try:
            how(text)
        except Malformed as error:
            raise _malformed(error.problem, error.remedy) from error
        return text

    return AfterValidator(validate)


def _path(pattern: str) -> None:
    """Check that a pattern can be one of files from the repository's top."""
    meant = pattern.removeprefix("./").lstrip("/!")
    meant += "**" if meant.endswith("/") else ""
    if meant != pattern or not is_path(pattern):
        problem = f"{literal(pattern)} is not a pattern of files, from the repository's top."
        raise Malformed(problem, f"Write {literal(meant)}." if is_path(meant) else "Write it as `docs/**`.")


def _pattern(text: str) -> None:
    """Check that a pattern is one of details, without the slashes that other languages put around it."""
    if len(text) > len("//") and text[0] == text[-1] == "/":
        problem = "it has slashes around it, which the value would have to have, too."
        raise Malformed(problem, f"Write {literal(text[1:-1])}.")
    regex.compiled(text)


def _true(value: bool) -> bool:  # noqa: FBT001 - a validator
    if not value:
        raise _malformed("`false` verifies nothing.", "Write `true`.")
    return value


def _extra(**schema: Any) -> Any:  # noqa: ANN401 - what pydantic returns
    return Field(json_schema_extra=schema)


Days = Annotated[Text, _read(calendar.days), _extra(pattern=calendar.DAYS)]
Times = Annotated[Text, _read(calendar.times), _extra(pattern=calendar.TIMES)]
Dates = Annotated[Text, _read(calendar.dates), _extra(pattern=calendar.DATES)]
Zone = Annotated[Text, _read(calendar.zone), _extra(examples=["Europe/Berlin", "UTC"])]
Pattern = Annotated[Text, _read(_pattern), _extra(maxLength=regex.LONGEST)]
Paths = Annotated[Text, _read(_path)]
Jobs = Annotated[
    Annotated[
        dict[Text, Annotated[list[Text], Field(max_length=50)]],
        Field(min_length=1, max_length=50),
        Tag("[mapping]"),
    ]
    | Annotated[list[Text], Field(min_length=1, max_length=50), Tag("[list]")],
    Discriminator(lambda value: "[mapping]" if isinstance(value, dict) else "[list]"),
]


def _without_null(schema: dict[str, Any]) -> None:
    """Leave the values that :class:`_Given` refuses out of the JSON Schema, so that no editor offers them."""
    for shape in schema["properties"].values():
        if "anyOf" in shape:
            given, _null = shape.pop("anyOf")
            shape.pop("default")
            shape.update(given)


class _Given(Strict):
    """A mapping without empty values: an empty one would verify less than it seems to."""

    model_config = ConfigDict(json_schema_extra=_without_null)

    @field_validator("*", mode="before")
    @classmethod
    def _given(cls, value: object) -> object:
        if value is None:
            raise _malformed("it is empty.", "Write a value, or remove it.")
        return value


class HoursDocument(_Given):
    """When a deployment is allowed."""

    zone: Zone = Field(description="The time zone, by its name in the IANA database.")
    days: Annotated[list[Days], Field(min_length=1, max_length=7)] | None = Field(
        default=None, description="Days of the week: `monday-friday`. Without it, every day."
    )
    between: Annotated[list[Times], Field(min_length=1, max_length=20)] | None = Field(
        default=None,
        description="Times of the day: `09:00-17:00`. `22:00-04:00` belongs to the day on which it starts. "
        "Without it, the whole day.",
    )
    frozen: Annotated[list[Dates], Field(min_length=1, max_length=100)] | None = Field(
        default=None,
        description="Days on which nothing is deployed: `2027-01-01`, `2026-12-24..2026-12-26`.",
    )

    @model_validator(mode="after")
    def _closes(self) -> "HoursDocument":
        if not (self.days or self.between or self.frozen):
            problem = "it allows every hour of every day."
            raise _malformed(problem, "Add `days`, `between` or `frozen`, or remove it.")
        return self


def _one_kind(schema: dict[str, Any]) -> None:
    """Say in the JSON Schema what :meth:`VerifyDocument._kind` checks."""
    _without_null(schema)
    schema["oneOf"] = [{"required": [kind]} for kind in _KINDS]
    schema["dependentRequired"] = {part: [kind] for part, kind in _PARTS.items()}


class VerifyDocument(_Given):
    """What verifies an item: one of these."""

    model_config = ConfigDict(json_schema_extra=_one_kind)

    jobs: Jobs | None = Field(
        default=None,
        description="Jobs of this run, by the names that GitHub shows, which must have succeeded; in a "
        "mapping, each with the steps that must have run.",
    )
    reviews: Annotated[bool, AfterValidator(_true), _extra(const=True)] | None = Field(
        default=None,
        description="Whether somebody who can write, and who wrote none of it, approved the last commit of "
        "every pull request of the change.",
    )
    no_open_issues: Annotated[list[Text], Field(min_length=1, max_length=10)] | None = Field(
        default=None, description="Labels: no issue of this repository that has one of them can be open."
    )
    deployed_to: Text | None = Field(
        default=None, description="Another environment to which this commit must have been deployed."
    )
    within_hours: Annotated[float, Field(ge=0.1, le=LONGEST)] | None = Field(
        default=None, description="In how many of the last hours. Without it, at any time."
    )
    details: Name | None = Field(
        default=None, description="A name of `details` or `optional-details`, which the request must state."
    )
    pattern: Pattern | None = Field(
        default=None, description="A regular expression that the whole value of the detail must match."
    )
    changed: Annotated[list[Paths], Field(min_length=1, max_length=50)] | None = Field(
        default=None,
        description="Patterns of files, one of which must be among those that the change touches: `docs/**`.",
    )
    hours: HoursDocument | None = Field(default=None, description="When a deployment is allowed.")

    @model_validator(mode="after")
    def _kind(self) -> "VerifyDocument":
        given = [name for name, field in self._named().items() if field is not None]
        kinds = [name for name in given if name not in _PARTS]
        lost = [name for name in given if name in _PARTS and _PARTS[name] not in given]
        if lost:
            problem = f"{literal(lost[0])} is only used with {literal(_PARTS[lost[0]])}."
            raise _malformed(problem, "Add it, or remove this.")
        if not kinds:
            raise _malformed("it verifies nothing.", f"Write one of {', '.join(_KINDS)}.")
        if len(kinds) > 1:
            problem = f"{join(map(literal, kinds), 'and')} are {len(kinds)} checks."
            raise _malformed(problem, "Write an item for each.")
        return self

    def _named(self) -> dict[str, object]:
        return {str(field.alias): getattr(self, name) for name, field in type(self).model_fields.items()}


class ItemDocument(_Given):
    """An item of the checklist, and what verifies it."""

    item: Text = Field(description="Its Markdown, on one line: `**All tests passing** - Unit tests`.")
    verify: VerifyDocument | None = Field(
        default=None, description="What verifies it. Without it, people tick the item."
    )
    required: bool = Field(
        default=False, description="Whether nothing is approved before it has passed; only with `verify`."
    )

    @model_validator(mode="after")
    def _verified(self) -> "ItemDocument":
        if self.required and self.verify is None:
            problem = "it is `required`, but nothing verifies it."
            raise _malformed(problem, "Add `verify`, or remove `required`.")
        return self


ItemOrText = Annotated[
    Annotated[Text, Tag("[text]")] | Annotated[ItemDocument, Tag("[mapping]")],
    Discriminator(lambda value: "[mapping]" if isinstance(value, dict | ItemDocument) else "[text]"),
]

_PARTS = {"within-hours": "deployed-to", "pattern": "details"}
"""What is only used with a kind of check, and the kind."""

_KINDS = tuple(
    str(field.alias) for field in VerifyDocument.model_fields.values() if str(field.alias) not in _PARTS
)


def item(written: "str | ItemDocument") -> Item:
    """Make an item of what a document has."""
    if isinstance(written, str):
        return Item(text=written)
    if written.verify is None:
        return Item(text=written.item)
    return Item(text=written.item, condition=_condition(written, written.verify))


def _condition(written: ItemDocument, verify: VerifyDocument) -> Condition:
    jobs = verify.jobs or ()
    steps = jobs.items() if isinstance(jobs, dict) else [(name, []) for name in jobs]
    within = None if verify.within_hours is None else timedelta(hours=verify.within_hours)
    elsewhere, detail = verify.deployed_to, verify.details
    return Condition(
        item=written.item,
        required=written.required,
        jobs=tuple(RequiredJob(name=name, steps=tuple(its)) for name, its in steps),
        reviews=bool(verify.reviews),
        no_open_issues=tuple(verify.no_open_issues or ()),
        deployed_to=None if elsewhere is None else RequiredDeployment(environment=elsewhere, within=within),
        details=None if detail is None else RequiredDetail(name=detail, pattern=verify.pattern),
        changed=tuple(verify.changed or ()),
        hours=None if verify.hours is None else _calendar(verify.hours),
    )


def _calendar(hours: HoursDocument) -> Calendar:
    days = {day for text in hours.days or () for day in calendar.days(text)}
    return Calendar(
        zone=hours.zone,
        days=tuple(day for day in Weekday if day in days),
        between=tuple(map(calendar.times, hours.between or ())),
        frozen=tuple(map(calendar.dates, hours.frozen or ())),
    )
