"""The tests that documents name exist, and each attack and each part of the process names one."""

import re

import pytest

from tests.docs.pages import PAGES, ROOT

_TEST = re.compile(r'\]\(\.\./tests/(?P<path>[^ )]+)(?: "(?P<title>[^"]+)")?\)|`make (?P<target>[a-z-]+)`')


def named_in(cell: str) -> list[tuple[str, str]]:
    """Return the tests that a cell names: a path and a function's name ("" for all), or make and a target."""
    return [
        ("make", found["target"])
        if found["target"]
        else (found["path"], (found["title"] or "").replace(" ", "_"))
        for found in _TEST.finditer(cell)
    ]


ROWS = {
    each.name: [row for table in each.tables if table[0][-1] == "test" for row in table[1:]] for each in PAGES
}
"""The rows of the tables whose last column is "test"."""
TESTS = sorted({test for rows in ROWS.values() for row in rows for test in named_in(row[-1])})
HEADINGS = (ROOT / "tests" / "docs" / "process_headings.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_a_test_that_a_document_names_exists(path: str, name: str) -> None:
    if path == "make":
        assert re.search(rf"^{name}: ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return
    assert (ROOT / "tests" / path).exists()
    if name:
        text = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert re.search(rf"^ *def test_{name}\(", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["docs/security.md", "docs/process.md"])
def test_every_row_names_a_test(name: str) -> None:
    assert len(ROWS[name]) > 25
    assert [row[0] for row in ROWS[name] if not named_in(row[-1])] == []


def test_every_heading_of_the_process_has_its_row_in_its_order() -> None:
    assert [row[0] for row in ROWS["docs/process.md"]] == HEADINGS
    assert len(HEADINGS) == 47
