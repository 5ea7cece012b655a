"""Each recorded run does, sends and writes exactly what its golden file says.

A difference is a change of behaviour or wording. If it is intended, write the files again with

    make golden        # UPDATE_GOLDEN=1 pytest tests/golden

and read the difference (`git diff tests/golden`) before you commit it.
"""

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from approval_gate.core.record.canonical import canonical, digest
from approval_gate.core.record.document import DERIVED, rederived
from tests.golden.record import SteadyStage, pretty, queries, recorded
from tests.golden.runs import RUNS

HERE = Path(__file__).parent
FOLDER, QUERIES = HERE / "runs", HERE / "queries.txt"
ALL_QUERIES = ("approved", "checklist", "emergency", "swept")
"""Runs that together send every query of GraphQL."""


def played(name: str, folder: Path) -> tuple[SteadyStage, list[Any]]:
    random.seed(0)
    stage = SteadyStage(folder)
    return stage, list(RUNS[name](stage))


def compare(found: str, file: Path) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RUNS)
def test_a_run_matches_its_golden_file(name: str, tmp_path: Path) -> None:
    stage, ends = played(name, tmp_path)
    for end in ends:
        if text := getattr(end, "outputs", {}).get("decision"):
            holds(text)
    compare(recorded(stage, ends), FOLDER / f"{name}.txt")


def holds(text: str) -> None:
    """Check that a record is canonical, and that all that is derived follows from the rest of it."""
    record = json.loads(text)
    assert canonical(record) == text
    assert digest(record) == record["digest"]
    assert {key: record[key] for key in DERIVED} == rederived(record)
    if record["outcome"] == "approved":
        record["inputs"]["confirmation"] = None
        assert rederived(record)["outcome"] is None


def test_the_queries_match_their_golden_file(tmp_path: Path) -> None:
    found = set()
    for name in ALL_QUERIES:
        (tmp_path / name).mkdir()
        for end in played(name, tmp_path / name)[1]:
            found |= queries(end.requests)
    compare("\n\n".join(pretty(query) for query in sorted(found)) + "\n", QUERIES)


def test_every_file_has_a_run() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(RUNS)
