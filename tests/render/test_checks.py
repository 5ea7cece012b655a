"""How messages show a checklist that must be ticked."""

from dataclasses import replace

import pytest

from approval_gate.core.decision import decide
from approval_gate.core.model import ChecklistItem, Modification, Person, Thread
from approval_gate.render.checks import ITEMS
from approval_gate.render.issue import process_checklist
from approval_gate.render.messages import GateMessages
from approval_gate.render.subject import Subject
from approval_gate.render.templating import item_name
from tests.core.language import said
from tests.gate.stage import OPENED, PLAN, REQUEST, URL, member, person

ROSTER = tuple(member(name) for name in ("ann", "bob", "cy"))
OPEN, GONE = ChecklistItem(there=True), ChecklistItem(there=False)


def by(person: Person | None) -> ChecklistItem:
    return ChecklistItem(there=True, modification=Modification(by=person, at=OPENED))


def ticked(login: str) -> ChecklistItem:
    return by(member(login).person)


def status(
    *checked: tuple[str, ChecklistItem], text: str = "", approve: str = "", alone: tuple[str, ...] = ()
) -> str:
    """The status with these items, where some people have approved."""
    rule = replace(PLAN.rule, checklist=tuple(text for text, _ in checked), alone=alone)
    boxes = tuple(box for _, box in checked)
    comments = tuple(
        said(number, member(login).person, "approve", OPENED)
        for number, login in enumerate(approve.split(), 1)
    )
    thread = Thread(opened_at=OPENED, author_id=900, checklist_items=boxes, comments=comments)
    pages = GateMessages(Subject(request=REQUEST, rule=rule, roster=ROSTER, issue_body="", checklist=text))
    return pages.status(decide(rule, ROSTER, thread, OPENED), URL)


def test_progress_shows_who_ticked_and_what_is_open() -> None:
    text = status(
        ("**Tests** - all of them", ticked("ann")),
        ("**Scans** - no CRITICAL", ticked("bob")),
        ("Rollback plan", ticked("ann")),
        ("**Team notified** - in time", OPEN),
        ("Feature flags", OPEN),
    )
    assert (
        "**Checklist: 3 of 5**, ticked by @ann (2) and @bob (1). Still open: Team notified, Feature flags.\n"
        in text
    )


def test_open_items_are_listed_by_the_heading_above_them() -> None:
    technical = "#### Technical checks\n- [ ] **Tests** - all\n- [ ] Scans\n"
    business = "#### Business checks\n- [ ] Peak traffic\n"
    items = ("**Tests** - all", ticked("ann")), ("Scans", OPEN), ("Peak traffic", OPEN), ("x", OPEN)
    shown = status(*items, text=f"{technical}\n{business}")
    assert (
        "**Checklist: 1 of 4**, ticked by @ann (1). Still open:\n"
        "- Technical checks: Scans\n- Business checks: Peak traffic\n- Others: x\n"
    ) in shown


def test_an_approval_that_waits_for_the_checklist_says_so_first() -> None:
    assert status(("Tests", OPEN), ("Scans", OPEN), approve="ann bob").startswith(
        "### ⏳ Approved by 2 of 2, waiting for 2 checklist items\nCloses at **10:00 UTC**.\n"
    )
    assert status(("Tests", OPEN), approve="ann", alone=("ann",)).startswith(
        "### ⏳ Approved by ann alone, waiting for 1 checklist item\nCloses at"
    )
    assert (
        "Needs 1 more from bob or cy. Closes at **10:00 UTC**.\n\n**Checklist: 0 of 1**. Still open: Tests.\n"
        in status(("Tests", OPEN), approve="ann")
    )


def test_a_tick_that_does_not_count_has_a_remedy() -> None:
    text = status(("Tests", by(None)), ("Scans", by(person("mallory"))), ("Plan", GONE))
    assert "**Checklist: 0 of 3**.\n" in text
    assert "- Tests is ticked by an unknown person; untick it and tick it again\n" in text
    assert "- Scans is ticked by somebody who cannot approve; untick it and tick it again\n" in text
    assert "- Plan is no longer in the issue; put it back\n" in text


def test_a_long_list_is_cut_and_says_so() -> None:
    text = status(*((f"Item {'abc'[n % 3]}", OPEN) for n in range(ITEMS + 2)))
    assert text.count("Item ") == ITEMS
    assert "- and 2 more items\n" in text


def test_without_a_checklist_nothing_is_shown() -> None:
    assert "Checklist" not in status()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**All tests passing** - Unit and E2E", "All tests passing"),
        ("PCI-DSS compliance", "PCI-DSS compliance"),
        ("ask @everyone", "`ask @everyone`"),
        ("<img src=x>", "`<img src=x>`"),
        ("a | b", "`a | b`"),
        ("[x](http://evil) - y", "`[x](http://evil)`"),
        ("x\u2028## y", "`x ## y`"),
        ("** - y", "`** - y`"),
        ("a" + "b1" * 60, f"a{'b1' * 39}…"),
    ],
)
def test_an_item_is_named_by_its_first_words(text: str, shown: str) -> None:
    assert item_name(text) == shown


def test_the_processs_own_items_have_plain_names() -> None:
    lines = [line for line in process_checklist().splitlines() if line.startswith("- [ ] ")]
    assert len(lines) == 18
    assert not any("`" in item_name(line.removeprefix("- [ ] ")) for line in lines)
