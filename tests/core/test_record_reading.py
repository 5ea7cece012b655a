"""A record is read strictly: what is not one is refused in a sentence, and nothing breaks the reader."""

import copy
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approval_gate.core.record.canonical import canonical
from approval_gate.core.record.checks import State
from approval_gate.core.record.reading import (
    LIMIT,
    NotARecordError,
    differences,
    parse,
    read_object,
    record_of,
)
from approval_gate.core.record.verification import check
from tests.core.evidence import leaves, put, record

OTHER: dict[str, tuple[bytes | str, str]] = {
    "not UTF-8": (b"\xff\xfe{}", "It is not text in UTF-8."),
    "empty": (b"", "It is not JSON: line 1, Expecting value."),
    "cut off": ('{\n"a": [1,', "It is not JSON: line 2, Expecting value."),
    "a list": ("[]", "It is JSON, but not an object."),
    "a text": ('"record"', "It is JSON, but not an object."),
    "a key twice": ('{"a": {"b": 1, "b": 2}}', 'It has the key "b" twice.'),
    "not a number": ('{"a": NaN}', "It has the number NaN, which is not whole."),
    "endless": ('{"a": -Infinity}', "It has the number -Infinity, which is not whole."),
    "a part of a number": ('{"a": 1.5}', "It has the number 1.5, which is not whole."),
    "a power": ('{"a": 1e999}', "It has the number 1e999, which is not whole."),
    "beyond 2^53": ('{"a": 9007199254740992}', "It has the number 9007199254740992, which is beyond 2^53."),
    "5,000 digits": (f'{{"a": {"9" * 5_000}}}', f"It has the number {'9' * 59}…, which is beyond 2^53."),
    "half a pair": (r'{"a": "\ud83d"}', "It has half of a surrogate pair, which is not a character."),
    "half a pair as text": ('{"a": "\ud83d"}', "It has half of a surrogate pair, which is not a character."),
    "10,000 lists": ("[" * 10_000 + "]" * 10_000, "It is nested too deeply."),
    "10,000 objects": ('{"a":' * 10_000 + "1" + "}" * 10_000, "It is nested too deeply."),
    "too long": (b" " * (LIMIT + 1), "It is longer than 1 MB."),
    "another object": ("{}", "Its schema is none, but this version reads approval-gate/decision/v1."),
    "another version": (
        '{"schema": "approval-gate/decision/v2"}',
        'Its schema is "approval-gate/decision/v2", but this version reads approval-gate/decision/v1.',
    ),
    "a schema of another type": (
        '{"schema": 1}',
        "Its schema is none, but this version reads approval-gate/decision/v1.",
    ),
    "a schema alone": (
        '{"schema": "approval-gate/decision/v1"}',
        "It is not of the form of a record: inputs: it is missing.",
    ),
}
MISFITS: dict[str, tuple[tuple[str | int, ...], object, str]] = {
    "true as an id": (("issue", "id"), True, "issue.id: True is not of type int"),
    "a text as an id": (("issue", "id"), "7", "issue.id: '7' is not of type int"),
    "a window of 1e12": (
        ("inputs", "rule", "window"),
        10**12,
        "window: 1000000000000 seconds are out of range",
    ),
    "a window before its beginning": (
        ("inputs", "rule", "window"),
        -1,
        "window: -1 seconds are out of range",
    ),
    "a list as an object": (("request",), [], "request: [] is not an object"),
    "an object as a list": (("inputs", "roster"), {}, "inputs.roster: {} is not a list"),
    "a list as details": (("request", "details"), [], "request.details: [] is not an object"),
    "another outcome": (("outcome",), "granted", "outcome: 'granted' is not a valid Outcome"),
    "no outcome": (("outcome",), None, "It states no outcome."),
    "a day": (("ended_at",), "2026-03-02", "ended_at: '2026-03-02' has no time zone"),
    "no time": (("ended_at",), "soon", "ended_at: Invalid isoformat string: 'soon'"),
    "a number as a time": (("ended_at",), 5, "ended_at: fromisoformat: argument must be str"),
    "the year 9999": (
        ("ended_at",),
        "9999-12-31T23:59:59Z",
        "ended_at: '9999-12-31T23:59:59Z' is out of range",
    ),
    "another time zone": (
        ("ended_at",),
        "2026-03-02T15:00:00+01:00",
        "ended_at is not written as a gate writes it.",
    ),
    "a further field": (("approved_by",), "me", "approved_by is not written as a gate writes it."),
    "a comment without a text": (("inputs", "thread", "comments", 0, "revisions"), [], "has no text"),
    "a text for a list": (("inputs", "passing"), "denied", "inputs.passing: 'denied' is not a list"),
    "999 approvals of a role": (
        ("inputs", "rule", "require"),
        [{"any_of": ["lead"], "minimum": 999}],
        "inputs.rule.require.0: 999 approvals from ('lead',) cannot be required",
    ),
    "no digest": (("digest",), None, "digest: None is not of type str"),
}


@pytest.mark.parametrize(("data", "sentence"), OTHER.values(), ids=OTHER)
def test_what_is_not_a_record_is_refused_in_a_sentence(data: bytes | str, sentence: str) -> None:
    with pytest.raises(NotARecordError) as refused:
        parse(data)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(("path", "value", "words"), MISFITS.values(), ids=MISFITS)
def test_a_value_that_cannot_be_there_is_named_with_its_place(
    path: tuple[str | int, ...], value: object, words: str
) -> None:
    document = put(record("approved"), path, value)
    if path == ("digest",):
        document["digest"] = value
    with pytest.raises(NotARecordError) as refused:
        parse(json.dumps(document))
    assert words in str(refused.value)
    (found,) = check(document)
    assert (found.what, found.state, found.detail) == ("form", State.FAILED, str(refused.value))


@pytest.mark.parametrize("key", [*record("approved")])
def test_a_record_without_one_of_its_parts_is_refused(key: str) -> None:
    document = record("approved")
    del document[key]
    with pytest.raises(NotARecordError):
        parse(json.dumps(document))


@pytest.mark.parametrize("indent", [None, 2])
def test_a_record_is_read_as_it_is_written_in_any_layout(indent: int | None) -> None:
    document = record("approved")
    assert parse(json.dumps(document, indent=indent).encode()) == document
    assert parse(canonical(document)) == document


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, ["a.1.b"]),
        ({"a": None}, {}, ["a"]),
        ({}, {"a": None}, ["a"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a"]),
        ({"a": 1, "b": True}, {"a": True, "b": True}, ["a"]),
        ([1], [1], []),
        (1, 2, [""]),
    ],
)
def test_what_differs_is_named_by_its_path(one: object, other: object, paths: list[str]) -> None:
    assert [*differences(one, other)] == paths


def test_numbers_that_json_has_no_room_for_are_read_as_texts() -> None:
    document = record("approved")
    document["inputs"]["rule"]["window"] = "3600.500000"
    document["request"]["run"]["id"] = str(2**70)
    read = record_of(parse(canonical(document)))
    assert read.inputs.rule is not None
    assert read.inputs.rule.window == timedelta(seconds=3600.5)
    assert read.given.request.run is not None
    assert read.given.request.run.id == 2**70
    for small in ("7", str(2**53 - 1)):
        document["request"]["run"]["id"] = small
        with pytest.raises(NotARecordError):
            parse(canonical(document))


def test_values_that_are_too_deep_even_to_be_named_are_refused() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    (found,) = check({**record("approved"), "request": deep})
    assert found.detail == "It is nested too deeply."


def test_a_record_is_read_if_a_jobs_outputs_can_hold_it() -> None:
    document = record("approved")
    document["request"]["details"] = {"Notes": "x" * 900_000}
    assert parse(canonical(document)) == document
    document["request"]["details"] = {"Notes": "x" * 2**20}
    with pytest.raises(NotARecordError, match="It is longer than 1 MB"):
        parse(canonical(document))


def test_what_is_named_in_a_sentence_is_short_and_visible() -> None:
    with pytest.raises(NotARecordError) as refused:
        parse(json.dumps({**record("approved"), "\u202egate\n" * 1_000: 1}))
    assert len(str(refused.value)) < 120
    assert str(refused.value).isprintable()


# Whatever is given -------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.binary() | st.text() | JSON.map(json.dumps))
@settings(max_examples=100, deadline=None)
def test_any_text_is_an_object_or_is_refused(data: bytes | str) -> None:
    try:
        found: Any = read_object(data)
    except NotARecordError as error:
        found = str(error)
    if isinstance(found, str):
        assert found.endswith(".")
    else:
        assert json.loads(canonical(found)) == found
        assert [it.state for it in check(found)] == [State.FAILED]


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_record_with_any_value_anywhere_is_refused_or_checked(data: st.DataObject) -> None:
    document = record(
        data.draw(st.sampled_from(["approved", "denied", "checklist", "outage", "input-error"]))
    )
    places = [path for path, _ in leaves(document)]
    path = data.draw(st.sampled_from(sorted(places, key=str)))
    depth = data.draw(st.integers(1, len(path)))
    document = copy.deepcopy(document)
    place: Any = document
    for key in path[: depth - 1]:
        place = place[key]
    place[path[depth - 1]] = data.draw(JSON)
    try:
        found: Any = parse(json.dumps(document))
    except NotARecordError as error:
        found = str(error)
    assert found.endswith(".") if isinstance(found, str) else check(found)
