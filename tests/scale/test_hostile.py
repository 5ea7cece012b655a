"""Threads that try to break the gate: in the whole program they have no effect."""

import json
import re
from collections.abc import Iterable
from itertools import cycle

import pytest

from approval_gate.core.record.canonical import compact, indented
from approval_gate.core.record.comments import CONTINUED, joined
from approval_gate.runner.log import LINE
from approval_gate.runner.outputs import OUTPUTS
from tests.text import counterpart
from tests.text.corpus import corpus
from tests.text.readers import outputs, rendered
from tests.whole.stage import Ended, Stage

CORPUS = corpus()
NONCE = "0123456789abcdef" * 2
SEVERAL = ("mallory", "eve", "trudy", "oscar")
NOTES = {*OUTPUTS, "nonce", "finished"}

Said = list[tuple[float, str, str]]


def skip_conformance_check(*_: object) -> None:
    """What people type does not change the shape of the requests, and checking so many is slow."""


def spread(texts: Iterable[str], logins: Iterable[str], minutes: float) -> Said:
    """Spread comments by these people evenly over some minutes."""
    said = list(texts)
    return [
        (1 + minutes * number / len(said), login, text)
        for number, (login, text) in enumerate(zip(cycle(logins), said, strict=False))
    ]


def played(stage: Stage, said: Said, **inputs: str) -> Ended:
    stage.conforms = skip_conformance_check
    for minute, login, text in said:
        stage.says(minute, login, text)
    given = {"polling-interval-seconds": "90"} | {k.replace("_", "-"): v for k, v in inputs.items()}
    return stage.run(given, GITHUB_ACTIONS="true", APPROVAL_GATE_NONCE=NONCE)


def local(text: str) -> str:
    return re.sub(r"http://127\.0\.0\.1:\d+", "http://github.test", text)


def own(end: Ended) -> list[str]:
    """Every text that any of the gate's comments ever had."""
    assert end.issue is not None
    author = end.issue.author
    texts = [r.text or "" for c in end.issue.comments if c.author is author for r in c.revisions]
    return [local(text) for text in (end.issue.body, *texts, end.summary)]


def written(stage: Stage) -> dict[str, str]:
    """The outputs as the runner reads them."""
    file = stage.folder / str(stage.runs) / "output"
    return dict(outputs(file.read_bytes().decode("utf-8")))


SHAPES = ("approve - {}", "{}", "yes\n{}", "approve? {}", "revoke - {}", "> {}")


@pytest.mark.parametrize(
    ("logins", "turn"), [(SEVERAL, 0), (("ann",), 2)], ids=["by readers", "by an approver"]
)
def test_a_hostile_thread_has_the_same_effect_as_its_harmless_counterpart(
    tmp_path_factory: pytest.TempPathFactory, logins: tuple[str, ...], turn: int
) -> None:
    shapes = cycle((*SHAPES[turn:], *SHAPES[:turn]))
    said = [
        *spread(
            (shape.format(text) for shape, text in zip(shapes, CORPUS.values(), strict=False)), logins, 20
        ),
        (30.0, "ann", "revoke"),
        (40.0, "cid", "approve - ::error::x"),
        (50.0, "lea", "approve"),
    ]
    stage, other = (Stage(tmp_path_factory.mktemp("job")) for _ in range(2))
    end = played(stage, said)
    plain = played(other, [(minute, login, counterpart.harmless(text)) for minute, login, text in said])
    assert (end.status, end.code) == (plain.status, plain.code) == ("approved", "quorum")
    assert counterpart.said_to_the_runner(end.log) == counterpart.said_to_the_runner(plain.log)
    assert counterpart.log_skeleton(local(end.log)) == counterpart.log_skeleton(local(plain.log))
    assert list(map(counterpart.skeleton, own(end))) == list(map(counterpart.skeleton, own(plain)))
    values, others = written(stage), written(other)
    assert values.keys() == others.keys() == NOTES
    for name in NOTES - {"decision", "record-path", "subjects-path"}:
        assert local(values[name]) == local(others[name])
    assert counterpart.replayed(values["decision"]) == end.status
    record = json.loads(local(values["decision"]))
    assert json.loads(joined(record_comments(end))) == record
    shown = counterpart.record_in(local(end.summary))
    assert any(text.startswith(shown) for text in (indented(record), compact(record)))
    assert "table_open" not in {token.type for token in rendered(end.summary)}


def record_comments(end: Ended) -> list[str]:
    """The closing comment, and those in which its record goes on; people wrote some that imitate it."""
    assert end.issue is not None
    mine = [local(c.body) for c in end.issue.comments if c.author is end.issue.author]
    return [body for body in mine if " closing nonce=" in body or f"v1 {CONTINUED}" in body]


def test_ten_thousand_comments_cost_one_request_a_page_and_change_nothing(stage: Stage) -> None:
    texts = [shape.format(text) for shape in SHAPES for text in CORPUS.values() if len(text) < 1_000]
    said = [
        *spread((text for text, _ in zip(cycle(texts), range(10_000), strict=False)), SEVERAL, 48),
        (20.0, "cid", "approve"),
        (55.0, "lea", "approve"),
    ]
    end = played(stage, said, polling_interval_seconds="180")
    assert (end.status, end.code, end.outputs["approvers"]) == ("approved", "quorum", "cid,lea")
    pages, looks = 10_000 / 100, 60 / 3
    assert sum(request.charged for request in end.requests) < 4 * pages + 4 * looks
    assert len(end.outputs["decision"]) < 200_000
    assert all(len(text) < 65_536 for text in own(end))
    assert sum(" hint-" in text.partition("\n")[0] for text in own(end)) <= 3
    assert sum(bool(given) for login in SEVERAL for given in end.reactions(login)) <= 10
    assert max(map(len, end.log.splitlines())) <= LINE
