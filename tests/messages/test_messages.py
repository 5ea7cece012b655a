"""Every message that the program can print has a situation that prints it, and an entry of the page."""

import re
from pathlib import Path

from approval_gate.cli import _VERBS, _WELCOME
from approval_gate.render import answers
from approval_gate.runner.inputs import Group
from tests.messages.recorded import Recorded
from tests.messages.situations import situations
from tests.messages.templates import PACKAGE, ROOT, Template, templates

PAGE = "docs/troubleshooting.md"
HELP = {*_WELCOME.splitlines(), *_VERBS.values(), *map(str, Group), "a job, its GITHUB_TOKEN"}
"""Texts of help, and a kind of account, which are no messages."""


def played(folder: Path) -> list[str]:
    """Play every situation, and return what each of them printed."""
    found = []
    for number, (_, play) in enumerate(situations()):
        stage = Recorded(folder / str(number))
        stage.folder.mkdir()
        text = play(stage)
        found += [*stage.printed, *([text] if isinstance(text, str) else [])]
    return found


def lines(printed: list[str]) -> set[str]:
    return {" ".join(line.split()) for text in printed for line in text.replace("%0A", "\n").splitlines()}


def test_every_message_is_printed_by_a_situation_and_leads_to_an_entry_of_the_page(tmp_path: Path) -> None:
    printed = played(tmp_path)  # in one test, because a situation is played once
    there = "\n".join([*lines(printed), ""])
    unplayed = [one for one in templates() if one.text not in HELP and not one.is_in(there)]
    assert [f"{one.where}: {one.text}" for one in unplayed] == []
    assert_led(printed)


def test_a_message_without_a_situation_is_found() -> None:
    new = Template("gate/new.py:1", "The gate cannot find the moon \0 today.")
    assert not new.made("The gate cannot find the sun today.")
    assert new.made("The gate cannot find the moon at 10:00 today.")
    assert len(templates()) > 300


def assert_led(printed: list[str]) -> None:
    """Every error and warning leads to an entry of the page."""
    known = entries()
    for text in printed:
        told = re.findall(r"^(?:::)?(?:error title|warning title|Error:|Warning:)", text, re.MULTILINE)
        leads = re.findall(rf"See {re.escape(PAGE)}#([a-z0-9-]+)", text)
        assert len(leads) >= len(told), text
        assert set(leads) <= known, text


def test_every_entry_that_the_code_names_is_on_the_page() -> None:
    launcher = (ROOT / "launch.sh").read_text(encoding="utf-8")
    named = re.findall(r'\bentry ?= ?"([a-z-]+)"', code()) + re.findall(r"\(see ([a-z-]+)\)", launcher)
    assert len(set(named)) > 15
    assert set(named) - entries() == set()


def test_every_entry_of_the_page_is_named_in_the_code_or_the_processs() -> None:
    everything = code() + (ROOT / "launch.sh").read_text(encoding="utf-8")
    assert {entry for entry in entries() - PROCESS if entry not in everything} == set()


def code() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py")))


PROCESS = {
    "approval-not-recognized",
    "approval-timeout",
    "cannot-find-the-approval-issue",
    "wrong-approvers-listed",
    "deployment-failed-after-approval",
}


def test_the_page_answers_each_entry_of_the_processs_list() -> None:
    assert entries() >= PROCESS


def entries() -> set[str]:
    """Return the anchors of the page's entries, as GitHub makes them of headings."""
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    headings = re.findall(r"^### (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_each_reason_why_an_approval_does_not_count_is_on_the_page_in_the_statuss_words() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    table = page.partition("| the status says |")[2].partition("\n\n")[0]
    ineligible = [status.value.partition(":")[0] for status in answers._INELIGIBLE]
    reasons = [re.split(r", so |, which |\.", why)[0] for why, _ in answers._REASONS.values()]
    said = ("Not approvers", *ineligible, *answers._MODIFIED.values(), *reasons)
    assert [one for one in said if one not in table] == []


def test_a_message_has_at_most_three_sentences_a_cause() -> None:
    long = [one for one in templates() if len(re.findall(r"[a-z`)][.?!] +[A-Z]", one.text)) > 2]
    assert [f"{one.where}: {one.text}" for one in long] == []
