"""The audit page explains every field of a record; each command is run, or says that it is not."""

import json
import re
from functools import cache

from tests.docs.pages import ROOT, page
from tests.docs.test_examples import PREDICATE

AUDIT = page("docs/audit.md")
FIELD = re.compile(r"`([a-z_.]+)`")
RESULT = {"parts.rollback", "parts.suite", "rolled_back_to", "follow_up"}
"""Fields of the result record."""


@cache
def fields() -> set[str]:
    """Return the names of a golden record's fields, and with a dot those of the objects in it."""
    run = (ROOT / "tests" / "golden" / "runs" / "policy.txt").read_text(encoding="utf-8")
    objects = re.findall(r"^\{\n.*?^\}$", run, re.MULTILINE | re.DOTALL)
    [record] = [it for it in map(json.loads, objects) if it.get("schema") == "approval-gate/decision/v1"]
    return {
        name
        for field, value in record.items()
        for name in (field, *(f"{field}.{part}" for part in (value if isinstance(value, dict) else ())))
    }


def named(header: str, column: int) -> set[str]:
    """Return the names of fields in a column of the table with this header."""
    [rows] = [rows for rows in AUDIT.tables if rows[0] == header.split(" | ")]
    return {name for row in rows[1:] for name in FIELD.findall(row[column])}


def test_each_field_of_a_record_is_explained_and_no_other() -> None:
    explained = named("field | content | kind", 0)
    assert explained <= fields()
    parts = {name.partition(".")[0] for name in explained if "." in name}
    assert {name for name in fields() if name.partition(".")[0] not in explained} == (
        {name for name in explained if "." in name} | parts
    )


def test_each_field_that_the_control_map_names_exists() -> None:
    places = named("what is asked for | by | field or place | what it does not show", 2) - {"exclude"}
    assert places - fields() == RESULT
    assert named("a year later | where", 1) <= fields() | RESULT | {"result", "parts"}


def test_a_command_that_no_test_runs_says_so() -> None:
    """tests/clients runs every other command with `gh` on this page."""
    blocks = [block for block in AUDIT.blocks if block.language == "bash"]
    assert [
        str(one) for one in blocks if ("gh attestation" in one.text) != ("tests do not run it" in one.text)
    ] == []
    assert any("gh attestation verify" in one.text for one in blocks)


def test_the_commands_ask_for_the_predicate_of_the_example() -> None:
    text = AUDIT.text
    assert set(re.findall(r"https://\S+/decision/v1", text)) == {PREDICATE}
