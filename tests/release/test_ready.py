"""Version, changelog, tags and what readers are told about releases agree."""

import re
import subprocess
from pathlib import Path

import pytest

from approval_gate import __version__
from scripts.release import UNRELEASED, VERSION, numbers

ROOT = Path(__file__).parents[2]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^## (?!\[Unreleased\]$)(.*)$", CHANGELOG, re.MULTILINE)
READERS = sorted({ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.yml")})
USERS = [path for path in READERS if re.search(r"approval-gate(/\w+)?@v1", path.read_text(encoding="utf-8"))]


RELEASED = [
    version for version, _, date in (one.partition(" - ") for one in SECTIONS) if date != "Unreleased"
]


def git(*arguments: str) -> list[str]:
    done = subprocess.run(
        ["git", *arguments],  # noqa: S607 - the git of this machine
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_the_program_has_the_changelogs_newest_version() -> None:
    assert SECTIONS[0].startswith(f"[{__version__}] - ")


def test_the_changelog_has_each_version_with_its_date_and_only_the_newest_can_be_unreleased() -> None:
    assert re.fullmatch(r"\[\S+\] - (Unreleased|\d{4}-\d\d-\d\d)", SECTIONS[0])
    assert all(re.fullmatch(r"\[\S+\] - \d{4}-\d\d-\d\d", one) for one in SECTIONS[1:])
    versions = [numbers(one.partition("]")[0].removeprefix("[")) for one in SECTIONS]
    assert versions == sorted(versions, reverse=True)


def test_every_released_tag_has_its_section_in_the_changelog() -> None:
    tags = [tag.removeprefix("v") for tag in git("tag", "--list", "v*")]
    assert {f"[{tag}]" for tag in tags if VERSION.fullmatch(tag)} <= set(RELEASED)


@pytest.mark.parametrize("path", USERS, ids=lambda path: path.name)
def test_who_uses_the_major_version_is_told_whether_a_release_exists(path: Path) -> None:
    assert (UNRELEASED in path.read_text(encoding="utf-8")) == (not RELEASED)
