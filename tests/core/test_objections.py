"""What reads as a no in somebody's own words."""

import json
from pathlib import Path

import pytest

from approval_gate.core.commands import read
from approval_gate.core.model import Vocabulary

PLAIN = Vocabulary()
SENTENCES = Path(__file__).parent / "sentences"


def sentences(name: str) -> list[str]:
    lines = (SENTENCES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [text for text in map(json.loads, lines) if not text.startswith("# ")]


def objects(text: str) -> bool:
    return read(text, PLAIN).objection is not None


@pytest.mark.parametrize("text", sentences("objections"))
def test_objects(text: str) -> None:
    assert objects(text)


@pytest.mark.parametrize("text", sentences("talk"))
def test_is_talk(text: str) -> None:
    assert not objects(text)
