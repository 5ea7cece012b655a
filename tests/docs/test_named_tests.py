"""The tests that documents name exist, and each attack and each part of the process names one."""

import re

import pytest

from tests.docs.pages import PAGES, ROOT


def named(cell: str) -> list[str]:
    """Return the tests that a table's last cell names, as paths under ``tests`` or commands."""
    return re.findall(r"`([^`]+)`", cell)


ROWS = {
    each.name: [row for table in each.tables if table[0][-1] == "test" for row in table[1:]] for each in PAGES
}
"""The rows of the tables whose last column is "test"."""
TESTS = sorted({name for rows in ROWS.values() for row in rows for name in named(row[-1])})
HEADINGS = (ROOT / "tests" / "docs" / "process_headings.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", TESTS)
def test_a_test_that_a_document_names_exists(name: str) -> None:
    if name.startswith("make "):
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert re.search(rf"^{name.removeprefix('make ')}: ", makefile, re.MULTILINE)
        return
    path, _, function = name.partition("::")
    assert (ROOT / "tests" / path).exists()
    if function:
        text = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert re.search(rf"^ *def {function}\(", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["docs/security.md", "docs/process.md"])
def test_every_row_names_a_test(name: str) -> None:
    assert len(ROWS[name]) > 25
    assert [row[0] for row in ROWS[name] if not named(row[-1])] == []


def test_every_heading_of_the_process_has_its_row_in_its_order() -> None:
    assert [row[0] for row in ROWS["docs/process.md"]] == HEADINGS
    assert len(HEADINGS) == 47
