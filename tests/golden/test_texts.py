"""Each text that people read, in each situation, is the one in its golden file.

The files are the gallery in which a change of wording is read: see test_runs.py for how to write them again.
"""

import hashlib
import os
import re
from pathlib import Path

import pytest

from tests.golden.situations import GALLERY, HARD, SITUATIONS, Texts

FOLDER = Path(__file__).parent / "texts"
SHOWN = 1_500
"""How much of each text of a hard situation is shown; of the rest there is the digest."""
GITHUB = 65_536
"""The most characters of an issue or a comment (the 422 of GitHub's API says so)."""

_RECORD = re.compile(r"(```+json\n).*?(\n```+)", re.DOTALL)


def page(name: str, texts: Texts) -> str:
    """Return a situation's texts as one Markdown page: an issue that was just opened, or what is said on it.

    The records are left out: the files of the runs have them.
    """
    shown = SHOWN if name in HARD else GITHUB
    begun = name in SITUATIONS and SITUATIONS[name].after > 0
    parts = []
    for what, text in texts.items():
        if what == "issue" and begun:
            continue
        said = _RECORD.sub(r"\1RECORD\2", text).replace("\r", "␍")  # git would change a line's end
        if len(said) > shown:
            rest = hashlib.sha256(said[shown:].encode("utf-8", "surrogatepass")).hexdigest()[:16]
            said = f"{said[:shown]}\n… and {len(said) - shown} more characters: {rest}\n"
        parts.append(f"[//]: # ({what})\n\n{said}")
    return "\n---\n\n".join(parts)


@pytest.mark.parametrize("name", GALLERY)
def test_the_texts_of_a_situation_are_those_in_its_file_and_github_takes_them(name: str) -> None:
    texts, file = GALLERY[name](), FOLDER / f"{name}.md"
    found = page(name, texts)
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(found, encoding="utf-8", newline="")
    assert found == file.read_bytes().decode()
    assert [what for what, text in texts.items() if what != "summary" and len(text) > GITHUB] == []


def test_every_file_has_a_situation() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(GALLERY)
