"""The locks of the program and of its tests name all that is needed: nothing else is asked for."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NEEDED = PROJECT["project"]["dependencies"]
REHEARSAL = PROJECT["project"]["optional-dependencies"]["rehearsal"]


@pytest.mark.parametrize(
    ("lock", "asked"), [("run", NEEDED), ("dev", NEEDED + REHEARSAL + PROJECT["dependency-groups"]["dev"])]
)
def test_what_a_lock_names_needs_nothing_that_it_does_not_name(lock: str, asked: list[str]) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    locked = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    assert _needed([Requirement(one) for one in asked]) <= locked


def _needed(asked: list[Requirement]) -> set[str]:
    """Follow what installed packages say that they need here, extras included."""
    seen: set[tuple[str, str]] = set()
    while asked:
        one = asked.pop()
        for extra in ("", *one.extras):
            key = (canonicalize_name(one.name), extra)
            if key not in seen:
                seen.add(key)
                asked += [
                    needed
                    for needed in map(Requirement, requires(one.name) or ())
                    if needed.marker is None or needed.marker.evaluate({"extra": extra})
                ]
    return {name for name, _ in seen}
