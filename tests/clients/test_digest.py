"""The digest of every golden record, computed as the audit page says with jq, Node and Python."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from approval_gate.core.record.canonical import LARGEST, canonical, digest
from tests.docs.pages import page

BLOCKS = page("docs/audit.md").blocks
TOOLS = {"js": ("digest.mjs", "node"), "python": ("digest.py", sys.executable)}
"""For each language of a recipe, the file that it is saved in and what runs it."""


@pytest.fixture(params=["jq", *TOOLS])
def recipe(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A command line that computes the digest of `record.json`."""
    if request.param == "jq":
        [block] = [block for block in BLOCKS if block.text.startswith("jq ")]
        return block.text
    [block] = [block for block in BLOCKS if block.language == request.param]
    name, program = TOOLS[request.param]
    (tmp_path / name).write_text(block.text, encoding="utf-8")
    return f"{program} {tmp_path / name} record.json"


ODD = {
    "keys": {"10": [], "9": {}, "é": None, "Z": True, "a b": False},
    "text": "".join(map(chr, [*range(0x7F), *range(0x80, 0x100)])) + "\u2028\u2029\ufeff\U0001f600",
    "numbers": [0, -1, 3000000001, LARGEST],
}


def digests(recipe: str, records: Path) -> Iterator[tuple[str, str]]:
    """Yield the computed digest of each record, and the one that it states."""
    for path in records.iterdir():
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", recipe.replace("record.json", str(path))],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        yield "sha256:" + done.stdout.split()[0], json.loads(path.read_bytes())["digest"]


def test_a_recipe_gives_the_digest_of_every_record(recipe: str, records: Path) -> None:
    computed = list(digests(recipe, records))
    assert len(computed) > 20
    assert [pair for pair in computed if pair[0] != pair[1]] == []


def test_a_recipe_gives_the_digest_of_odd_keys_texts_and_numbers(recipe: str, tmp_path: Path) -> None:
    odd = tmp_path / "odd"
    odd.mkdir()
    (odd / "record.json").write_text(canonical({**ODD, "digest": digest(ODD)}), encoding="utf-8")
    [(computed, stated)] = digests(recipe, odd)
    assert computed == stated
