"""Records of whole runs, and what somebody could change in them."""

import copy
import json
import re
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from approval_gate.core.record.canonical import digest
from tests.golden.runs import RUNS
from tests.whole.stage import Ended, Stage

Path_ = tuple[str | int, ...]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@cache
def ended(run: str) -> tuple[Stage, Ended]:
    """Play one of the recorded runs, and return how its gate ended."""
    stage = Stage(Path(tempfile.mkdtemp()))
    ends = [end for end in RUNS[run](stage) if isinstance(end, Ended) and end.outputs.get("decision")]
    return stage, ends[0]


def record(run: str) -> dict[str, Any]:
    """Return the record of a recorded run."""
    parsed: dict[str, Any] = json.loads(ended(run)[1].outputs["decision"])
    return parsed


def leaves(value: object, path: Path_ = ()) -> Iterator[tuple[Path_, object]]:
    """Yield every value that has no parts, with the keys that lead to it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    parts = [*items]
    for key, item in parts:
        yield from leaves(item, (*path, key))
    if not parts:
        yield path, value


def put(document: dict[str, Any], path: Path_, value: object) -> dict[str, Any]:
    """Return a copy with another value in one place, and the digest that it then has."""
    changed = copy.copy(document)
    place: Any = changed
    for key in path[:-1]:
        place[key] = copy.copy(place[key])
        place = place[key]
    place[path[-1]] = value
    return signed(changed)


def signed(document: dict[str, Any]) -> dict[str, Any]:
    """Return a record with the digest that it should have."""
    return {**document, "digest": digest(document)}


def others(value: object) -> list[object]:
    """Return what a liar could write instead: of the same type, and nothing."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, None]
    if isinstance(value, str) and _TIME.fullmatch(value):
        return [value.replace("-03-", "-04-"), value[:-2] + ("1Z" if value[-2] != "1" else "2Z"), None]
    if isinstance(value, str):
        return [f"{value}x", value[:-1] + ("0" if value[-1:] != "0" else "1"), None]
    if value == []:
        return [["x"], [7]]
    return [{"x": "x"}] if value == {} else ["x", 7]


def name(path: Path_) -> str:
    """Return the path with a star for each place in a list: ``decision.approvers.*.login``."""
    return ".".join("*" if isinstance(key, int) else key for key in path)
