"""The lock files of the program and of its tests are complete."""

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
    ("lock", "required"),
    [("run", NEEDED), ("dev", NEEDED + REHEARSAL + PROJECT["dependency-groups"]["dev"])],
)
def test_a_lock_contains_every_direct_and_transitive_dependency(lock: str, required: list[str]) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    locked = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    assert _needed([Requirement(one) for one in required]) <= locked


def _needed(requirements: list[Requirement]) -> set[str]:
    """Return the names of all dependencies by the metadata of installed packages, extras included."""
    seen: set[tuple[str, str]] = set()
    while requirements:
        one = requirements.pop()
        for extra in ("", *one.extras):
            key = (canonicalize_name(one.name), extra)
            if key not in seen:
                seen.add(key)
                requirements += [
                    needed
                    for needed in map(Requirement, requires(one.name) or ())
                    if needed.marker is None or needed.marker.evaluate({"extra": extra})
                ]
    return {name for name, _ in seen}
