"""The JSON Schema of a record, made from the types of its values."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from approval_gate.core.record.canonical import LARGEST
from approval_gate.core.record.model import SCHEMA, Derived, Given, Inputs, LeftOut

_PARTS = (Given, Derived)
_ADDED: Mapping[str, type] = {"inputs": Inputs, "left_out": LeftOut}
_DIGEST = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_WHOLE = {
    "anyOf": [
        {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST},
        {"type": "string", "pattern": "^-?[1-9][0-9]{15,}$"},
    ],
    "description": "A whole number; one beyond 2^53 is a text.",
}
_SPAN = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": r"^[0-9]+\.[0-9]{6}$"},
    ],
    "description": "Seconds; with a part of a second, a text.",
}
_SCALARS: Mapping[type, Mapping[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"$ref": "#/$defs/Whole"},
    timedelta: {"$ref": "#/$defs/Span"},
    datetime: {"type": "string", "format": "date-time", "pattern": "Z$"},
}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a decision record."""
    definitions: dict[str, Any] = {"Whole": _WHOLE, "Span": _SPAN}
    properties: dict[str, Any] = {"schema": {"const": SCHEMA}}
    for part in _PARTS:
        properties |= _properties(part, definitions)
    properties |= {key: _schema(kind, definitions) for key, kind in _ADDED.items()}
    properties["digest"] = {
        **_DIGEST,
        "description": "SHA-256 of the record without this key, in its canonical form (RFC 8785).",
    }
    # A gate's record always has an outcome.
    for key in ("outcome", "reason_code", "reason", "exit_code"):
        properties[key] = properties[key]["anyOf"][0]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        "description": "How a gate ended, why, and everything that this follows from.",
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "$defs": dict(sorted(definitions.items())),
    }


def _properties(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: _schema(hints[field.name], definitions) for field in fields(kind)}


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any type of the model
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        [inner] = (arm for arm in arguments if arm is not NoneType)
        return {"anyOf": [_schema(inner, definitions), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _schema(arguments[1], definitions)}
    if is_dataclass(kind) and isinstance(kind, type):
        _define(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if issubclass(kind, StrEnum):
        return {"enum": [each.value for each in kind]}
    return dict(_SCALARS[kind])


def _define(kind: Any, definitions: dict[str, Any]) -> None:  # noqa: ANN401 - a dataclass
    if kind.__name__ in definitions:
        return
    definitions[kind.__name__] = {}
    properties = _properties(kind, definitions)
    definitions[kind.__name__] = {
        "description": (kind.__doc__ or "").partition("\n")[0],
        "type": "object",
        "properties": properties,
        "required": [*properties],
    }
