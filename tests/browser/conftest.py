import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser.github import page
from tests.browser.shown import Comment

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
]
"""No sandbox, since CI can be root; and no requests of the browser's own."""

Show = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def show(browser: Any) -> Iterator[Show]:
    """Shows some texts on a page, in a window of a width and in a colour scheme."""
    opened = []

    def shown(comments: Iterable[Comment], *, width: int, scheme: str = "light", title: str = "") -> Page:
        view = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
        opened.append(view)
        view.set_content(page(comments, title))
        return view

    yield shown
    for view in opened:
        view.close()
