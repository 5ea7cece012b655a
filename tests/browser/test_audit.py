"""The audit's page in a browser: it fits, it is accessible, it runs nothing, asks for nothing, and prints."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page

from approval_gate.render.audit_page import as_page
from tests.core.audits import quarter

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
PHONE, DESKTOP = 390, 1000
HOSTILE = (
    "=1+1 <script>document.title='x'</script><img src=x onerror=alert(1)> \u202eevil\u202c '\"&amp; {{7*7}}"
)

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("audit")
    made = {
        "plain": quarter(),
        "short": quarter(60),
        "hostile": quarter(52, hostile=HOSTILE),
        "many": quarter(52, hostile="x" * 300),
    }
    paths = {name: folder / f"{name}.html" for name in made}
    for name, path in paths.items():
        path.write_text(as_page(made[name]), encoding="utf-8")
    return paths


@pytest.fixture
def visit(browser: Any, pages: dict[str, Path]) -> Iterator[Open]:
    """Opens a page from its file, in a window of a width and in a colour scheme, and unfolds it."""
    opened = []

    def view(name: str, *, width: int = DESKTOP, scheme: str = "light", scripts: bool = False) -> Page:
        # Only the test's own script runs: the page's policy would refuse it, as it does any other.
        context = browser.new_context(
            viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=scripts
        )
        opened.append(context)
        page: Page = context.new_page()
        page.goto(pages[name].as_uri())
        page.eval_on_selector_all("details", "all => all.forEach(it => it.open = true)")
        return page

    yield view
    for context in opened:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("name", ["plain", "hostile", "many"])
def test_the_page_fits(visit: Open, name: str, width: int, scheme: str) -> None:
    page = visit(name, width=width, scheme=scheme)
    outside = """() => [...document.querySelectorAll("body *")].filter(it => {
      const box = it.getBoundingClientRect()
      return box.width && !it.closest("thead, title") && (box.right > innerWidth + 0.5 || box.left < -0.5)
    }).map(it => it.outerHTML.slice(0, 120))"""
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(outside) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_axe_finds_nothing(visit: Open, width: int, scheme: str) -> None:
    page = visit("short", width=width, scheme=scheme, scripts=True)
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run()")
    wrong = [(it["id"], it["nodes"][0]["html"][:200]) for it in found["violations"]]
    assert wrong == []
    assert len(found["passes"]) > 15


def test_the_page_asks_for_nothing_and_runs_nothing(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context()
    page: Page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text))
    page.goto(pages["hostile"].as_uri())
    assert asked == [pages["hostile"].as_uri()]
    assert errors == []
    assert page.title() == "Deployment approvals of acme/shop"
    assert page.locator("script, img, iframe, object, form, input").count() == 0
    context.close()


def test_hostile_text_is_shown_as_text(visit: Open) -> None:
    page = visit("hostile")
    shown = page.locator("main").inner_text()
    assert "<script>document.title='x'</script>" in shown
    assert "{{7*7}}" in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize("name", ["plain", "hostile"])
def test_the_page_states_a_strict_policy_that_its_own_style_meets(pages: dict[str, Path], name: str) -> None:
    text = pages[name].read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert policy is not None
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1].split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "base-uri https://github.com",
        "form-action 'none'",
    ]
    assert not re.search(r"(?i)\son\w+=[\"']|href=\"?javascript:|style=\"", re.sub(r"&lt;.*?&gt;", "", text))


def test_it_works_without_scripts_and_links_lead_to_the_issue_and_the_ticket(
    browser: Any, pages: dict[str, Path]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page: Page = context.new_page()
    page.goto(pages["plain"].as_uri())
    page.locator("summary", has_text="January 2026").click()
    row = page.locator("tr:has(a[href='2'])")
    assert row.is_visible()
    links = [it.evaluate("it => it.href") for it in row.get_by_role("link").all()]
    assert links == ["https://github.com/acme/shop/issues/2", "https://tickets.example/browse/CHG-1002"]
    context.close()


def test_everything_is_unfolded_in_print(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context()
    page: Page = context.new_page()
    page.goto(pages["plain"].as_uri())
    row = page.locator("tr:has(a[href='2'])")
    assert not row.is_visible()
    page.emulate_media(media="print")
    assert row.bounding_box()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(page.pdf()) > 20_000
    context.close()


def test_each_weeks_picture_has_a_name_and_numbers(visit: Open) -> None:
    page = visit("plain")
    picture = page.get_by_role("img", name=re.compile("Requests of each week"))
    assert picture.locator("g").count() == 14
    assert picture.locator("g title").first.text_content() == "Week of 29 December 2025: 9 approved"
    heights = picture.locator("rect").evaluate_all("all => all.map(it => +it.getAttribute('height'))")
    assert min(heights) > 0
