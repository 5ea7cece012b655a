"""Values of the model as JSON, and back: to the same value, or to a sentence that says what does not fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from approval_gate.core.model import Outcome
from approval_gate.core.record.canonical import LARGEST
from approval_gate.core.record.plain import plain, typed

BILLION = 10**9
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Seat:
    """A value with a part that can be missing."""

    holder: str
    since: datetime | None


@pytest.mark.parametrize(
    ("kind", "value", "json"),
    [
        (str, "a", "a"),
        (bool, True, True),
        (Outcome, Outcome.APPROVED, "approved"),
        (int, LARGEST, LARGEST),
        (int, -LARGEST, -LARGEST),
        (int, LARGEST + 1, str(LARGEST + 1)),
        (int, -LARGEST - 1, str(-LARGEST - 1)),
        (datetime, NOON, "2026-03-04T12:00:00Z"),
        (timedelta, timedelta(0), 0),
        (timedelta, timedelta(seconds=BILLION), BILLION),
        (timedelta, timedelta(days=1, microseconds=5), "86400.000005"),
        (tuple[int, ...], (1, 2), [1, 2]),
        (Mapping[str, int], {"a": 1}, {"a": 1}),
        (Seat, Seat("ann", NOON), {"holder": "ann", "since": "2026-03-04T12:00:00Z"}),
        (tuple[Seat, ...], (Seat("ann", None),), [{"holder": "ann", "since": None}]),
    ],
)
def test_a_value_is_the_same_after_it_was_json(kind: Any, value: object, json: object) -> None:
    written = plain(value)
    assert (written, type(written)) == (json, type(json))
    again = typed(kind, json)
    assert (again, type(again)) == (value, type(value))


def test_half_of_a_surrogate_pair_is_not_written() -> None:
    assert plain("a\ud800b") == "a\ufffdb"
    assert plain({"\udfff": 1}) == {"\ufffd": 1}


@pytest.mark.parametrize(
    ("kind", "json", "problem"),
    [
        (int, True, "True is not of type int"),
        (int, "9" * 15, f"'{'9' * 15}' is not of type int"),
        (int, "0" * 16, f"'{'0' * 16}' is not of type int"),
        (str, ["x" * 200], f"['{'x' * 98} is not of type str"),
        (Outcome, "maybe", "'maybe' is not a valid Outcome"),
        (datetime, "2026-03-04T12:00:00", "'2026-03-04T12:00:00' has no time zone"),
        (datetime, "1999-12-31T23:59:59Z", "'1999-12-31T23:59:59Z' is out of range"),
        (timedelta, -1, "-1 seconds are out of range"),
        (timedelta, BILLION + 1, f"{BILLION + 1} seconds are out of range"),
        (timedelta, f"{BILLION - 1}.9999999", f"'{BILLION - 1}.9999999' is not a number of seconds"),
        (timedelta, 1.5, "1.5 is not a number of seconds"),
        (tuple[int, ...], {}, "{} is not a list"),
        (tuple[int, ...], [1, None], "1: None is not of type int"),
        (Mapping[str, int], [], "[] is not an object"),
        (Mapping[str, tuple[int, ...]], {"a": [0, "b"]}, "a.1: 'b' is not of type int"),
        (Seat, "ann", "'ann' is not an object"),
        (Seat, {"holder": "ann"}, "since: it is missing"),
        (tuple[Seat, ...], [{"since": None}], "0.holder: it is missing"),
        (Seat | None, {"holder": None, "since": None}, "holder: None is not of type str"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(kind: Any, json: object, problem: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole message is compared
        typed(kind, json)
    assert str(error.value) == problem
