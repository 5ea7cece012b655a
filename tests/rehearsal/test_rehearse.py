"""A rehearsal shows a person what happens, in a screen or two, and all of it if asked."""

import json
import re
from pathlib import Path

from click.testing import CliRunner

from approval_gate.cli import main
from approval_gate.rehearsal.rehearse import rehearse
from approval_gate.rehearsal.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]


def played(name: str, *, full: bool = False) -> list[str]:
    """Play a scenario, which must end as it says, and return the lines."""
    shown: list[str] = []
    assert rehearse(SCENARIOS[name], shown.append, full=full)
    assert f"Exit code: {SCENARIOS[name].exit_code}." in shown[-1]
    return "\n".join(shown).split("\n")


def test_a_rehearsal_shows_the_conversation_the_end_and_the_outputs_in_a_screen_or_two() -> None:
    lines = played("denied")
    text = "\n".join(lines)
    assert len(lines) <= 65
    assert max(map(len, lines)) <= 100
    assert SCENARIOS["denied"].about in "\n".join(lines[:3])
    parts = (
        "── Issue #232: Production Deployment Approval: v1.2.3",
        "     gate  dee wants to deploy",
        "- Change: 14 commits since the last deployment",
        "- Pipeline: run 4242 of Production Deployment Pipeline: ✅",
        "      cid  approve",
        "      bob  deny",
        "     gate  @bob, ",
        "      bob  deny - Database migration needs more testing.",
        "❌ Denied by @bob",
        "── The step's outputs",
        "  approval-status  denied",
        "Exit code: 1. The step fails, and nothing is deployed.",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert not re.search(r"<details>|<!--|\]\(http|^\s*#+ |\*\*", text, re.MULTILINE)


def test_a_rehearsal_in_full_shows_log_texts_summary_requests_and_record() -> None:
    text = "\n".join(played("closed", full=True))
    titles = re.findall(r"^── (.+)", text, re.MULTILINE)
    assert {"The step's log", "The job's summary", "The gate's requests", "The step's outputs"} <= {*titles}
    assert "Issue #232, closed: Production Deployment Approval: v1.2.3" in titles
    assert "  201 POST /repos/acme/shop/issues\n" in text
    (record,) = re.findall(r"^  decision +(.+)", text, re.MULTILINE)
    assert json.loads(record)["outcome"] == "cancelled"


def test_an_emergency_shows_what_was_skipped_and_waived() -> None:
    text = re.sub(r"\s+", " ", "\n".join(played("emergency")))
    assert "✅ Build & Test (1 step skipped: Unit tests)" in text
    assert "1 of 2 checks passed. Not passed, and not required: - ❌ Code review completed: #231" in text
    assert "Waived for an emergency: All tests passing." in text


def test_a_rehearsal_without_an_issue_shows_the_log() -> None:
    text = "\n".join(played("no-teams"))
    assert "── The step's log" in text
    assert "No issue was opened." in text
    assert "── Issue" not in text


def test_the_scenarios_are_listed_each_with_what_happens() -> None:
    done = CliRunner().invoke(main, ["rehearse", "--list"])
    assert [line.split()[0] for line in done.output.splitlines()] == [*SCENARIOS]
    assert all(each.about in done.output for each in SCENARIOS.values())
    assert max(map(len, done.output.splitlines())) <= 80


def test_an_unknown_scenario_is_answered_with_the_known_ones() -> None:
    done = CliRunner().invoke(main, ["rehearse", "nonsense"])
    assert done.exit_code == 2
    assert all(name in done.output for name in SCENARIOS)


def test_make_demo_names_every_scenario() -> None:
    (line,) = re.findall(r'@echo "More: (.+)"', (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert {*SCENARIOS} - {*re.findall(r"[a-z-]+", line)} == {"approved"}


def test_make_says_how_long_the_first_call_takes() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\n$(READY): ")[2]
    assert recipe.index("about a minute") < recipe.index("-m venv") < recipe.index("-m pip install")
