"""The audit page explains every field of a record, and says which of its commands no test runs."""

import json
import re

from tests.docs.pages import ROOT, page
from tests.docs.test_examples import PREDICATE

FIELD = re.compile(r"`([a-z_.]+)`")


def test_each_field_of_a_record_is_explained() -> None:
    run = (ROOT / "tests" / "golden" / "runs" / "approved.txt").read_text(encoding="utf-8")
    [text] = [it for it in re.findall(r"^\{\n.*?^\}$", run, re.MULTILINE | re.DOTALL) if '\n "schema"' in it]
    [fields] = [table for table in page("docs/audit.md").tables if table[0] == ["field", "content"]]
    explained = {name.partition(".")[0] for row in fields[1:] for name in FIELD.findall(row[0])}
    assert explained == set(json.loads(text))


def test_a_command_that_no_test_runs_says_so() -> None:
    """tests/clients runs every other command with `gh` on this page."""
    blocks = [block for block in page("docs/audit.md").blocks if block.language == "bash"]
    assert [
        str(one) for one in blocks if ("gh attestation" in one.text) != ("tests do not run it" in one.text)
    ] == []
    assert any("gh attestation verify" in one.text for one in blocks)


def test_the_commands_ask_for_the_predicate_of_the_example() -> None:
    text = page("docs/audit.md").text
    assert set(re.findall(r"https://\S+/decision/v1", text)) == {PREDICATE}
