"""Reads a record strictly: anything else is refused in one sentence, whatever the bytes are."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from approval_gate.core.plain import cut, quoted, visible
from approval_gate.core.record.canonical import LARGEST
from approval_gate.core.record.model import SCHEMA, Derived, Given, Inputs, LeftOut
from approval_gate.core.record.plain import plain, typed

LIMIT = 1_000_000
"""The longest record in bytes: a job's outputs hold no more (https://docs.github.com/en/actions/reference/limits)."""

_DIGITS = len(str(LARGEST))
_SHOWN = 60


class NotARecordError(ValueError):
    """It is not a record; the message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Others:
    """The parts of a record that are neither given nor derived."""

    inputs: Inputs
    left_out: LeftOut
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(_Others):
    """A record as values."""

    given: Given
    derived: Derived

    def document(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "schema": SCHEMA,
            **plain(self.given),
            "inputs": plain(self.inputs),
            "left_out": plain(self.left_out),
            **plain(self.derived),
            "digest": self.digest,
        }


def parse(data: bytes | str) -> dict[str, Any]:
    """Read a decision record of this version, as JSON values.

    Raises:
        NotARecordError: it is something else.
    """
    document = read_object(data)
    record_of(document)
    return document


def record_of(document: Mapping[str, Any]) -> Record:
    """Read a decision record of this version from JSON values.

    Raises:
        NotARecordError: they are something else, or are not written as a gate writes them.
    """
    schema = document.get("schema")
    if schema != SCHEMA:
        found = quoted(schema, _SHOWN) if isinstance(schema, str) else "none"
        raise NotARecordError(f"Its schema is {found}, but this version reads {SCHEMA}.")
    try:
        others = typed(_Others, document)
        record = Record(
            given=typed(Given, document),
            derived=typed(Derived, document),
            **{it.name: getattr(others, it.name) for it in fields(others)},
        )
    except ValueError as error:
        raise NotARecordError(
            f"It is not of the form of a record: {cut(visible(str(error)), 200)}."
        ) from None
    except RecursionError:
        raise NotARecordError("It is nested too deeply.") from None
    if record.derived.outcome is None:
        raise NotARecordError("It states no outcome.")
    other = next(differences(document, record.document()), None)
    if other is not None:
        raise NotARecordError(f"{cut(visible(other), _SHOWN)} is not written as a gate writes it.")
    return record


def read_object(data: bytes | str) -> dict[str, Any]:
    """Read a JSON object as RFC 8785 can write one: no key twice, whole numbers, valid Unicode.

    Raises:
        NotARecordError: it is something else.
    """
    if len(data) > LIMIT:
        raise NotARecordError("It is longer than 1 MB.")
    try:
        text = data.decode() if isinstance(data, bytes) else data
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise NotARecordError("It is not text in UTF-8.") from None
    except UnicodeEncodeError:
        raise NotARecordError("It has half of a surrogate pair, which is not a character.") from None
    except RecursionError:
        raise NotARecordError("It is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise NotARecordError(f"It is not JSON: line {error.lineno}, {error.msg}.") from None
    if not isinstance(value, dict):
        raise NotARecordError("It is JSON, but not an object.")
    return value


def differences(one: object, other: object, path: str = "") -> Iterator[str]:
    """Yield the paths of what differs between two JSON values: ``decision.approvers.0.login``."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = [(key, one.get(key, _NOTHING), other.get(key, _NOTHING)) for key in {**one, **other}]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(str(place), *both) for place, both in enumerate(zip(one, other, strict=True))]
    else:
        yield from [] if type(one) is type(other) and one == other else [path]
        return
    for key, this, that in pairs:
        yield from differences(this, that, f"{path}.{key}" if path else key)


_NOTHING = object()


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise NotARecordError(f"It has the key {quoted(key, _SHOWN)} twice.")
        found[key] = value
    return found


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > _DIGITS or abs(int(text)) > LARGEST:
        raise NotARecordError(f"It has the number {cut(text, _SHOWN)}, which is beyond 2^53.")
    return int(text)


def _no_number(text: str) -> float:
    raise NotARecordError(f"It has the number {cut(text, _SHOWN)}, which is not whole.")
