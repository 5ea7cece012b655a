"""The schema describes every record, and refuses what is not one."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from approval_gate.core.record.document import document
from approval_gate.core.record.model import Given, Inputs, StopSignal
from approval_gate.core.record.schema import json_schema
from tests.core.language import OPENED
from tests.core.records import recorded
from tests.core.scenes import Scene, anything, law
from tests.core.test_laws import case
from tests.golden.runs import RUNS
from tests.golden.test_runs import FOLDER

VALIDATOR = Draft202012Validator(json_schema())


def golden() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each record in the golden files; the two digests are left out there."""
    for name in RUNS:
        text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        for number, found in enumerate(text.split("── record\n")[1:], 1):
            record = json.loads(found.partition("\n\n")[0])
            yield f"{name}-{number}", record


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("record", [pytest.param(record, id=name) for name, record in golden()])
def test_each_golden_record_has_its_form_and_no_other_key(record: dict[str, Any]) -> None:
    record = {**record, "digest": "sha256:" + "0" * 64}
    assert [error.message for error in VALIDATOR.iter_errors(record)] == []
    assert set(record) == set(json_schema()["properties"])


@law(60)
@given(anything())
def test_the_record_of_any_conversation_has_its_form(scene: Scene) -> None:
    record = recorded(case(scene), stopped=StopSignal(signal="SIGINT", elapsed_seconds=4))
    assert [error.message for error in VALIDATOR.iter_errors(record)] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", "approval-gate/decision/v2"),
        ("outcome", "maybe"),
        ("exit_code", True),
        ("exit_code", 2**53),
        ("digest", "sha256:0"),
        ("ended_at", 7),
        ("issue", {}),
        ("inputs", None),
        ("left_out", {"comments": "0", "texts_cut": 0, "facts": 0}),
    ],
)
def test_what_is_not_a_record_is_refused(key: str, value: object) -> None:
    bare = document(
        Given(gate="1.0.0", ended_at=OPENED), Inputs(stopped=StopSignal(signal="", elapsed_seconds=0))
    )
    assert VALIDATOR.is_valid(bare)
    assert not VALIDATOR.is_valid({**bare, key: value})
    del bare[key]
    assert not VALIDATOR.is_valid(bare)
