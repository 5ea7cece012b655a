"""Any text that people type is harmless in what the job and the issue show."""

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from approval_gate.core.model import Outcome
from approval_gate.render.ending import REASONS
from approval_gate.render.messages import GateMessages
from approval_gate.render.subject import Subject
from approval_gate.runner.log import Log
from approval_gate.runner.outputs import Outputs
from tests.core.scenes import law
from tests.gate.stage import Stage
from tests.golden.situations import everywhere
from tests.text import counterpart
from tests.text.corpus import FORGED, MARKDOWN, corpus
from tests.text.readers import around, outputs

CORPUS = corpus()
PEOPLE = ("ann", "bob", "cy", "mallory", "p7")
SHAPES = ("{}", "approve - {}", "approve\n{}", "deny - {}", "deny: {}", "revoke - {}", "approve? {}", "> {}")


@dataclass
class Written:
    """Everything that a gate wrote, without the path of its folder."""

    outcome: Outcome
    log: str
    outputs: dict[str, str]
    summary: str
    comments: list[tuple[str, str]]


def play(said: list[tuple[str, str]], folder: Path, roster: str = "ann bob cy") -> Written:
    """Let each of these people comment within a minute, and the gate run to its end."""
    stage = Stage(roster, window=timedelta(minutes=2))
    for number, (who, text) in enumerate(said):
        stage.at(0.6 + number / 1000, lambda who=who, text=text: stage._says(who, text))
    stream = io.StringIO()
    written = Outputs(str(folder / "output"), str(folder / "summary"), str(folder))
    for name in ("output", "summary"):
        (folder / name).unlink(missing_ok=True)
    written.begin("1")
    plan = stage.plan
    stage.texts = GateMessages(
        Subject(request=plan.request, rule=plan.rule, roster=plan.roster, issue_body="", checklist="")
    )  # type: ignore[assignment]
    stage.log = Log(stream)  # type: ignore[assignment]
    stage.outputs = written  # type: ignore[assignment]
    stage.build()
    ending = stage.run()
    pairs = outputs((folder / "output").read_bytes().decode("utf-8"))
    return Written(
        outcome=ending.outcome,
        log=stream.getvalue(),
        outputs=dict(pairs),
        summary=(folder / "summary").read_bytes().decode("utf-8"),
        comments=[
            (str(done.given[0]), str(done.given[1]))
            for done in stage.journal
            if done.what in {"comment", "edit_comment"}
        ],
    )


def has_the_effect_of_its_counterpart(said: list[tuple[str, str]], folder: Path) -> None:
    """Check that a hostile thread leaves the same as its harmless counterpart."""
    same(play(said, folder), play([(who, counterpart.harmless(text)) for who, text in said], folder))


def same(one: Written, other: Written) -> None:
    """Check that two threads left the same, apart from people's own words."""
    assert one.outcome is other.outcome
    assert counterpart.said_to_the_runner(one.log) == counterpart.said_to_the_runner(other.log)
    assert counterpart.log_skeleton(one.log) == counterpart.log_skeleton(other.log)
    assert one.outputs.keys() == other.outputs.keys()
    for name in one.outputs.keys() - {"decision"}:
        assert counterpart.unquoted(one.outputs[name]) == counterpart.unquoted(other.outputs[name])
        assert counterpart.is_one_clean_line(one.outputs[name])
    assert counterpart.replayed(one.outputs["decision"]) in {one.outcome.value, None}
    assert [what for what, _ in one.comments] == [what for what, _ in other.comments]
    texts, others = ([*(t for _, t in w.comments), w.summary] for w in (one, other))
    for text, plain in zip(texts, others, strict=True):
        assert counterpart.skeleton(text) == counterpart.skeleton(plain)
    closing = next(text for what, text in one.comments if what == "closing")
    for text in (closing, one.summary):
        shown = counterpart.record_in(text)
        assert not shown or json.loads(shown) == json.loads(one.outputs["decision"])


pieces = st.sampled_from(list(CORPUS.values())).map(lambda text: text[:300])
free = st.text(st.characters(categories=None), max_size=40)
mutated = st.lists(pieces | free, min_size=1, max_size=3).map("".join)
cut = st.tuples(pieces, st.integers(0, 60), st.integers(0, 60)).map(lambda t: t[0][t[1] :] + t[0][: t[2]])
texts = st.builds(
    lambda shape, text: shape.format(text), st.sampled_from(SHAPES), pieces | free | mutated | cut
)
threads = st.lists(st.tuples(st.sampled_from(PEOPLE), texts), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("job")


@law(60)
@example([("ann", "approve - \u07fe")])  # from right to left
@given(threads)
def test_only_decisions_show_outside_of_code(folder: Path, said: list[tuple[str, str]]) -> None:
    has_the_effect_of_its_counterpart(said, folder)


def test_the_corpus_has_its_expected_size() -> None:
    assert len(set(CORPUS.values())) == len(CORPUS) >= 500


@pytest.mark.parametrize("unit", ["a", "`", "a `", "😀"])
@pytest.mark.parametrize("deniers", [8, 30])
def test_github_accepts_the_closing_comment_however_long_the_reasons_are(
    folder: Path, unit: str, deniers: int
) -> None:
    people = [f"p{number}" for number in range(deniers)]
    end = play([(who, f"deny - {unit * 2000}") for who in people], folder, " ".join(people))
    assert all(len(text) < 65_536 for _, text in end.comments)
    assert counterpart.replayed(end.outputs["decision"]) == "denied"
    assert len(end.outputs["decision"]) < 1024 * 1024
    more = f"{deniers - REASONS} more reasons are not shown." if deniers > REASONS else ""
    assert more in dict(end.comments)["closing"]


def reasons_stand_as_code(texts: Sequence[str], folder: Path) -> None:
    """Check closing comments with hostile reasons against those with harmless ones."""
    people = [f"p{number}" for number in range(REASONS)]
    plain: dict[tuple[str, ...], Written] = {}
    for start in range(0, len(texts), len(people)):
        said = [f"deny - {text}" for text in texts[start : start + len(people)]]
        harmless = tuple(map(counterpart.harmless, said))
        one = play(list(zip(people, said, strict=False)), folder, " ".join(people))
        if harmless not in plain:
            plain[harmless] = play(list(zip(people, harmless, strict=False)), folder, " ".join(people))
        same(one, plain[harmless])
        assert one.outcome is Outcome.DENIED


def test_reasons_are_in_the_closing_comment_as_code(folder: Path) -> None:
    """One in ten of the corpus, which has more than ten texts in each family; tests/scale uses all."""
    reasons_stand_as_code([*CORPUS.values()][::10], folder)


@pytest.mark.parametrize("hostile", [*[*CORPUS.values()][::40], *FORGED.values(), *MARKDOWN.values()])
def test_no_text_of_an_end_shows_what_somebody_typed_outside_of_code(hostile: str) -> None:
    """Versions, environments, roles, answers and errors, each of them hostile."""
    for situation in everywhere(hostile[:400]).values():
        written = situation.texts()
        for name in written.keys() & {"final status", "closing", "summary"}:
            text = counterpart.skeleton(written[name]) if name != "final status" else around(written[name])
            shown = re.sub("<html_inline  </?sub>>", "", "\n".join(text))  # the line about the policy
            assert "html_inline" not in shown
            assert "<image" not in shown
            assert "evil.example" not in shown
            assert "@everyone" not in shown
            assert shown.count("<heading_open") == 1
            assert set(re.findall("href=([^ ]*)", shown)) <= {
                *re.findall("href=(https://github.com/acme/shop/[^ ]*)", shown),
                *re.findall(r"href=(docs/\S*)", shown),
            }
        assert "\x1b" not in written.get("annotation", "")
