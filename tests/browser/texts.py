"""The texts that a browser shows: the gallery's, those of recorded runs, and hostile ones in every place."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from approval_gate.emulator import in_process
from tests.browser.shown import Comment
from tests.golden.situations import GALLERY, Texts, everywhere
from tests.golden.test_runs import played
from tests.text.corpus import FORGED, MARKDOWN
from tests.whole.stage import REPOSITORY

RUNS = (
    *("input-error", "policy-wrong", "token-without-teams", "permission-refused", "rate-limit", "outage"),
    *("issue-gone", "policy-changed", "tag-moved"),
)
"""Runs that end with an error's own text."""


def texts() -> list[Comment]:
    """Return each text of the gallery and of the runs once."""
    return _each(*_recorded(), *_gallery())


def hostile_texts() -> list[Comment]:
    """Return each text that has something hostile in every place."""
    return _each(*_hostile())


def _each(*named: tuple[str, str]) -> list[Comment]:
    return [Comment(name=name, text=text) for text, name in {text: name for name, text in named}.items()]


def markdown(its_texts: Texts) -> Iterator[tuple[str, str]]:
    """Return the texts that GitHub shows as Markdown; an annotation is plain text."""
    return ((name, text) for name, text in its_texts.items() if name != "annotation")


def _gallery() -> Iterator[tuple[str, str]]:
    for situation, its_texts in GALLERY.items():
        for name, text in markdown(its_texts()):
            yield f"{situation}: {name}", text


def _hostile() -> Iterator[tuple[str, str]]:
    for what, hostile in (FORGED | MARKDOWN).items():
        for place, situation in everywhere(hostile).items():
            for name, text in markdown(situation.texts()):
                yield f"{what}, {place}: {name}", text


def _recorded() -> Iterator[tuple[str, str]]:
    for run in RUNS:
        with tempfile.TemporaryDirectory() as folder:
            stage, ends = played(run, Path(folder))
        written = [(f"summary {number}", end.summary) for number, end in enumerate(ends, 1)]
        for issue in stage.world.issues(REPOSITORY):
            written += [("issue", issue.body), *(("comment", comment.body) for comment in issue.comments)]
        for name, text in written:
            yield f"run {run}: {name}", text.replace(in_process.URL, "https://github.com")
