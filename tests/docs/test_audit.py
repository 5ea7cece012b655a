"""The audit page has every field of a decision record, and no other."""

import json
import re

from tests.docs.pages import ROOT, page

FIELD = re.compile(r"`([a-z_.]+)`")


def test_each_field_of_a_record_is_explained() -> None:
    run = (ROOT / "tests" / "golden" / "runs" / "approved.txt").read_text(encoding="utf-8")
    [text] = [it for it in re.findall(r"^\{\n.*?^\}$", run, re.MULTILINE | re.DOTALL) if '\n "schema"' in it]
    [fields] = [table for table in page("docs/audit.md").tables if table[0] == ["field", "content"]]
    explained = {name.partition(".")[0] for row in fields[1:] for name in FIELD.findall(row[0])}
    assert explained == set(json.loads(text))
