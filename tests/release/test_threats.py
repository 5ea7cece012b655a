"""The tests that the threat model names exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
TESTS = sorted(
    {
        name
        for row in re.findall(r"^\|.*\|.*\|(.*)\|$", PAGE, re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", row)
    }
)


@pytest.mark.parametrize("name", [name for name in TESTS if re.match(r"(make |[a-z]+(/|$))", name)])
def test_a_test_that_the_threat_model_names_exists(name: str) -> None:
    if name.startswith("make "):
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert re.search(rf"^{name.removeprefix('make ')}: ", makefile, re.MULTILINE)
        return
    path, _, function = name.partition("::")
    assert (ROOT / "tests" / path).exists()
    if function:
        text = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert re.search(rf"^ *def {function}\(", text, re.MULTILINE)


def test_every_attack_in_the_threat_model_names_a_test() -> None:
    rows = re.findall(
        r"^\| (?!attack|who|---)(.*) \|$", PAGE.partition("## What it cannot stop")[0], re.MULTILINE
    )
    assert len(rows) > 25
    assert all("`" in row.split(" | ")[-1] for row in rows)
