"""Every text that people read, in a browser as GitHub shows it: nothing is too wide, and no markup shows."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Show
from tests.browser.shown import Comment
from tests.browser.texts import hostile_texts, texts
from tests.golden.situations import SITUATIONS

FLAWS = (Path(__file__).parent / "flaws.js").read_text(encoding="utf-8")
PHONE, DESKTOP = 390, 1000
SCREEN = 844
SITES_BAR = 64
"""The height of GitHub's own bar, which is above an issue's title."""
BOTTOM = """text => {
  const walker = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode, at = node.data.indexOf(text)
    if (at < 0) continue
    const range = document.createRange()
    range.setStart(node, at)
    range.setEnd(node, at + text.length)
    const box = range.getBoundingClientRect()
    if (box.height && node.parentElement.checkVisibility()) return box.bottom
  }
  return null
}"""
"""Returns where the first visible occurrence of a text ends; null if there is none."""


@pytest.fixture(scope="module")
def every_text() -> list[Comment]:
    return texts()


def flaws(view: Page) -> list[str]:
    """Return what is wrong on a page with everything unfolded."""
    view.eval_on_selector_all("details", "all => all.forEach(it => it.open = true)")
    return [": ".join(flaw) for flaw in view.evaluate(FLAWS)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_every_text_fits_and_shows_no_markup(
    every_text: list[Comment], show: Show, width: int, scheme: str
) -> None:
    assert flaws(show(every_text, width=width, scheme=scheme)) == []


def test_hostile_texts_fit_and_have_no_effect(show: Show) -> None:
    assert flaws(show(hostile_texts(), width=PHONE)) == []


@pytest.mark.parametrize(
    ("markdown", "flaw"),
    [
        ("| a | b |\n|---|---|\n| " + "x" * 30 + " | " + "y" * 30 + " |", "scrolls sideways"),
        ("| | |\n|---|---|\n| a | b |", "has an empty header"),
        ("| a |\n|---|\n| " + "x" * 60 + " |", "is wider than the page"),
        ("```\n" + "x" * 60 + "\n```", "scrolls sideways"),
        ("not **bold **", "shows markup"),
        ("1 | 2\n | --- |", "shows markup"),
        ("a [link](<x y z", "shows markup"),
        ("\\- [ ] box", "shows markup"),
        ("&lt;details>", "shows markup"),
        ("&lt;!-- a marker -->", "shows markup"),
        ("## ", "is empty"),
        ("<img src=x>", "does not belong here"),
        ("https://evil.example", "leads elsewhere"),
        ("[acme.example/CHG-991](https://evil.example/CHG-991)", "leads elsewhere"),
        ("@acme/devops-team", "calls a crowd"),
        ("`שלום` is not a name", "is turned around"),
    ],
)
def test_a_flaw_is_found(show: Show, markdown: str, flaw: str) -> None:
    found = flaws(show([Comment(name="text", text=markdown)], width=PHONE))
    assert flaw in {it.split(": ")[1] for it in found}


def test_a_clean_text_has_no_flaw(show: Show) -> None:
    text = (
        "### ✅ *a* **b** `**c** <details>`\n- [x] d\n- e\n\n@ann\n<details><summary>f</summary>\n\n"
        f"```json\n{'x' * 99}\n```\n</details> <!-- g -->\n\n| h | i |\n|---|---|\n| {'j ' * 99}| k |"
    )
    assert flaws(show([Comment(name="text", text=text)], width=PHONE)) == []


ALWAYS = ("dee", "v1.2.3", "production", "approve", "deny - your reason")
STANDARD = (*ALWAYS, "2 approvals", "60 minutes", "10:00 UTC")
FACTS = ("P0 - Production Outage", "100% of users unable to checkout", "Increase connection pool size")
EMERGENCY = (*ALWAYS, "1 approval", "30 minutes", "09:30 UTC", *FACTS)


@pytest.mark.parametrize(
    ("situation", "needed"),
    [
        ("standard", STANDARD),
        ("hotfix", STANDARD),
        ("facts", STANDARD),
        ("emergency", EMERGENCY),
        ("checks-in-an-emergency", EMERGENCY),
    ],
)
def test_a_phones_first_screen_says_who_what_how_many_until_when_and_how_to_answer(
    show: Show, situation: str, needed: tuple[str, ...]
) -> None:
    issue = Comment(name="issue", text=SITUATIONS[situation].texts()["issue"])
    view = show([issue], width=PHONE, title="🚨 Production Deployment Approval: v1.2.3 #42")
    below = {text: view.evaluate(BOTTOM, text) for text in needed}
    assert {text: end for text, end in below.items() if end is None or end > SCREEN - SITES_BAR} == {}


def test_what_is_folded_is_not_on_the_screen(show: Show) -> None:
    text = "seen\n\n<details><summary>more</summary>\n\nfolded\n\n</details>"
    view = show([Comment(name="issue", text=text)], width=PHONE)
    assert view.evaluate(BOTTOM, "seen") is not None
    assert view.evaluate(BOTTOM, "folded") is None
