"""The shapes that the parts of a policy document share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

LINE = r"^[^\x00-\x1f\x7f\x85\u2028\u2029]*$"
NAME = r"^[a-z][a-z0-9-]{0,49}$"
Name = Annotated[str, StringConstraints(pattern=NAME)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=LINE)]


class Strict(BaseModel):
    """A mapping whose keys are known and whose values are of their type."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        alias_generator=lambda name: name.replace("_", "-"),
        validate_by_name=False,
        validate_by_alias=True,
    )
