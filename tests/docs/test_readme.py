"""What a stranger reads first is short, and states the contract."""

import re

import pytest

from approval_gate.core.ending import EXIT_CODES
from approval_gate.core.model import Outcome
from tests.docs.pages import PAGES, Page, page

README = page("README.md")


def test_the_readme_has_at_most_200_lines() -> None:
    assert len(README.text.splitlines()) <= 200


def test_no_line_of_code_is_wider_than_100_characters() -> None:
    """Output of a program is shown as it is."""
    long = [
        f"{block}: {line}"
        for each in PAGES
        for block in each.blocks
        for line in block.text.splitlines()
        if block.language != "console" and len(line) > 100
    ]
    assert long == []


def test_the_readme_has_every_outcome_with_its_exit_code() -> None:
    section = README.text.partition("\n## How it ends\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d) \|", section, re.MULTILINE)
    ends = {(outcome.value, str(code)) for outcome, code in EXIT_CODES.items()}
    assert rows == sorted(
        {*ends, (Outcome.ERROR.value, "2"), (Outcome.ERROR.value, "5")}, key=lambda row: row[1]
    )


def test_the_readme_has_three_ready_forms_of_the_gates_job_and_the_job_that_deploys() -> None:
    jobs = [block.text.partition(":")[0] for block in README.blocks if block.language == "yaml"]
    assert jobs == ["approval-gate"] * 3 + ["deploy"]


@pytest.mark.parametrize("each", PAGES, ids=str)
def test_every_column_of_a_table_has_a_header(each: Page) -> None:
    """GitHub shows an empty header as an empty strip. The first column can name what the others are of."""
    assert [table[0] for table in each.tables if not all(table[0][1:])] == []
