"""Takes pictures: those that the documents show, from runs of the gate; and of every text, for review.

    make pictures             docs/pictures, and build/pictures for review
    make pictures DIR=there   the same, with those for review in another folder

Look at them before a change of wording lands.
"""

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import ARGUMENTS
from tests.browser.github import page
from tests.browser.shown import DOCS, PHONE, TEXTS, Comment, digests, pictures
from tests.browser.texts import markdown
from tests.golden.situations import GALLERY, HARD

DESKTOP = 1000
SCREEN = 844
TALLEST = 8_000
"""The most pixels of a text for review: some are 60,000 characters long."""


def main(folder: str) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=ARGUMENTS)
        for_documents(browser)
        for_review(browser, Path(folder))


def for_documents(browser: Browser) -> None:
    """Take the pictures of the documents, and note of which texts they were taken."""
    DOCS.mkdir(exist_ok=True)
    shown = pictures()
    for it in shown:
        to = DOCS / f"{it.name}.png"
        _take(browser, to, it.comments, width=it.width, scheme=it.scheme, title=it.title)
    TEXTS.write_text(digests(shown), encoding="utf-8")


def for_review(browser: Browser, folder: Path) -> None:
    """Take pictures of every text, on a phone and a desktop, light and dark; the hard ones on a phone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, texts in GALLERY.items():
        comments = [Comment(name=what, text=text, when=what) for what, text in markdown(texts())]
        for width, scheme in ((PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")):
            if name not in HARD or (width, scheme) == (PHONE, "light"):
                to = folder / f"{name}-{width}-{scheme}.png"
                _take(browser, to, comments, width=width, scheme=scheme, tallest=TALLEST, scale=1)


def _take(
    browser: Browser,
    to: Path,
    comments: Sequence[Comment],
    *,
    width: int = PHONE,
    scheme: str = "light",
    tallest: int = SCREEN,
    scale: int = 2,
    title: str = "",
) -> None:
    """Write a picture of a page with some texts, down to a height."""
    view = browser.new_page(
        viewport={"width": width, "height": 100}, color_scheme=scheme, device_scale_factor=scale
    )
    view.set_content(page(comments, title))
    height = min(tallest, view.evaluate("document.documentElement.scrollHeight"))
    view.set_viewport_size({"width": width, "height": height})
    shot = view.screenshot()
    view.close()
    if scale == 1:
        to.write_bytes(shot)
    else:
        few = Image.open(io.BytesIO(shot)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.save(to, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
