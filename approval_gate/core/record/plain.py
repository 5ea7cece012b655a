"""From values of the model to JSON values that every language reads alike, and back."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeAlias, get_args, get_origin, get_type_hints

from approval_gate.core.record.canonical import LARGEST, readable

_YEARS = range(2000, 3000)
"""The years that a record can be of: with any window, nothing is beyond the calendar's ends."""

_LONGEST = 10**9
"""The longest span in a record, in seconds; far longer than any window."""

_Reader: TypeAlias = Callable[[Any], Any]
"""Converts JSON values to a value of one type; raises what :func:`_read` expects if they do not fit."""

_LARGE = re.compile(r"-?[1-9][0-9]{15,39}", re.ASCII)
_PARTS = re.compile(r"[0-9]{1,9}\.[0-9]{6}", re.ASCII)


def plain(value: object) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Convert a value of the model to JSON values.

    A span is its whole seconds; one with a part of a second is a text, as is a number beyond 2^53.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, int):
        return value if -LARGEST <= value <= LARGEST else str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        seconds = value.days * 86_400 + value.seconds
        return f"{seconds}.{value.microseconds:06}" if value.microseconds else seconds
    if isinstance(value, Mapping):
        return {readable(key): plain(item) for key, item in value.items()}
    if isinstance(value, Collection):
        return [plain(item) for item in value]
    assert is_dataclass(value)  # noqa: S101 - the model has no other values
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}


def typed(kind: Any, value: Any) -> Any:  # noqa: ANN401 - the inverse of plain, told which type to build
    """Convert JSON values back to a value of the model, of the given type.

    Raises:
        ValueError: they are not of this type.
    """
    return _read(_reader(kind), value)


class _MisfitError(ValueError):
    """A value is not of its type; the path is that of the keys that lead to it."""

    def __init__(self, problem: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(f"{'.'.join(path)}: {problem}" if path else problem)
        self.problem, self.path = problem, path


def _read(reader: _Reader, value: Any) -> Any:  # noqa: ANN401 - see above
    """Convert a value, and say what about it does not fit."""
    try:
        return reader(value)
    except _MisfitError:
        raise
    except KeyError as error:
        raise _MisfitError("it is missing", (str(error.args[0]),)) from error
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise _MisfitError(str(error)) from error


def _part(key: str, reader: _Reader, value: Any) -> Any:  # noqa: ANN401 - see above
    """Convert a part of a value, and name it if it does not fit."""
    try:
        return _read(reader, value)
    except _MisfitError as error:
        raise _MisfitError(error.problem, (key, *error.path)) from error


@cache
def _reader(kind: Any) -> _Reader:  # noqa: ANN401 - one case for each type of the model
    """Return what converts JSON values to a type. To find it takes longer than to use it."""
    if get_origin(kind) is UnionType:
        arm = _reader(next(arm for arm in get_args(kind) if arm is not NoneType))
        return lambda value: None if value is None else arm(value)
    if get_origin(kind) is tuple:
        item = _reader(get_args(kind)[0])
        return lambda value: tuple(
            _part(str(place), item, it) for place, it in enumerate(_of(list, "a list", value))
        )
    if get_origin(kind) is Mapping:
        item = _reader(get_args(kind)[1])
        return lambda value: {key: _part(key, item, it) for key, it in _of(dict, "an object", value).items()}
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return partial(_object, kind, {field.name: _reader(hints[field.name]) for field in fields(kind)})
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind
    scalars: Mapping[Any, _Reader] = {datetime: _moment, timedelta: _span, int: _number}
    return scalars.get(kind) or partial(_of, kind, f"of type {kind.__name__}")


def _object(kind: type, parts: Mapping[str, _Reader], value: Any) -> Any:  # noqa: ANN401 - see above
    found = _of(dict, "an object", value)
    return kind(**{name: _part(name, reader, found[name]) for name, reader in parts.items()})


def _number(value: Any) -> int:  # noqa: ANN401 - see above
    large = isinstance(value, str) and _LARGE.fullmatch(value)
    return int(value if large else _of(int, "of type int", value))


def _of(kind: Any, what: str, value: Any) -> Any:  # noqa: ANN401 - see above
    if type(value) is not kind:  # True is an int, and not an id
        raise TypeError(f"{_shown(value)} is not {what}")
    return value


def _moment(value: Any) -> datetime:  # noqa: ANN401 - see above
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise TypeError(f"{_shown(value)} has no time zone")
    if found.year not in _YEARS:
        raise TypeError(f"{_shown(value)} is out of range")
    return found


def moment(value: object) -> datetime | None:
    """Read a time of a record, whatever its value is; None for anything but a time that a record can have."""
    try:
        return _moment(value)
    except (TypeError, ValueError):
        return None


def _span(value: object) -> timedelta:
    if isinstance(value, str) and _PARTS.fullmatch(value):
        seconds, _, parts = value.partition(".")
        span = timedelta(seconds=int(seconds), microseconds=int(parts))
    elif type(value) is int:
        span = timedelta(seconds=value)
    else:
        raise TypeError(f"{_shown(value)} is not a number of seconds")
    if not 0 <= span.total_seconds() <= _LONGEST:
        raise TypeError(f"{_shown(value)} seconds are out of range")
    return span


def _shown(value: object) -> str:
    return repr(value)[:100]
