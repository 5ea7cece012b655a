"""Takes pictures: those that the documents show, from runs of the gate; and of every text, for review.

    make pictures             docs/pictures, and build/pictures for review
    make pictures DIR=there   the same, with those for review in another folder

Look at them before a change of wording lands.
"""

import io
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from approval_gate.emulator import in_process
from approval_gate.rehearsal.scenarios import TEMPLATE
from tests.browser.conftest import ARGUMENTS
from tests.browser.github import Comment, page
from tests.browser.texts import markdown
from tests.golden.record import SteadyStage
from tests.golden.situations import GALLERY, HARD, TEXT
from tests.whole.stage import REPOSITORY

DOCS = Path(__file__).parents[2] / "docs" / "pictures"
PHONE, SUMMARY, DESKTOP = 390, 640, 1000
SCREEN = 844
TALLEST = 8_000
"""The most pixels of a text for review: some are 60,000 characters long."""

STEP: Mapping[str, str] = {}
EMERGENCY = {
    "policy-file": ".github/policy.yml",
    "approvers": "",
    "minimum-approvals": "",
    "timeout-minutes": "",
    "deployment-type": "emergency",
    "details": TEMPLATE,
}
DEPLOYMENT = (
    (1, "dee", "v1.2.3 is ready: payment retries, 14 commits."),
    (4, "cid", "approve - All checks passed, migrations tested in staging"),
    (6, "mallory", "approve"),
    (12, "bob", "No. The migration is broken."),
    (20, "bob", "approve - was another service, sorry"),
)

_REACTIONS = {"+1": "👍", "-1": "👎", "confused": "😕"}


def main(folder: str) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=ARGUMENTS)
        for_documents(browser)
        for_review(browser, Path(folder))


def for_documents(browser: Browser) -> None:
    """Take the pictures of a deployment that is held and then approved, and of an emergency."""
    DOCS.mkdir(exist_ok=True)
    deployment = played(STEP, DEPLOYMENT, (5, 14))
    emergency = played(EMERGENCY, [], (1,))
    begun, held, closed = deployment.seen
    for scheme in ("light", "dark"):
        _take(browser, DOCS / f"issue-{scheme}.png", begun, scheme=scheme, title=deployment.title)
    _take(browser, DOCS / "emergency-light.png", emergency.seen[0], title=emergency.title)
    _take(browser, DOCS / "status-light.png", held[1:])
    _take(browser, DOCS / "closing-light.png", [it for it in closed if " closing " in it.text])
    _take(browser, DOCS / "summary-light.png", [deployment.summary], width=SUMMARY)


def for_review(browser: Browser, folder: Path) -> None:
    """Take pictures of every text, on a phone and a desktop, light and dark; the hard ones on a phone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, texts in GALLERY.items():
        comments = [Comment(name=what, text=text, when=what) for what, text in markdown(texts())]
        for width, scheme in ((PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")):
            if name not in HARD or (width, scheme) == (PHONE, "light"):
                to = folder / f"{name}-{width}-{scheme}.png"
                _take(browser, to, comments, width=width, scheme=scheme, tallest=TALLEST, scale=1)


@dataclass(frozen=True)
class Played:
    """A run of the gate: its issue at some minutes and at the end, and the job's summary."""

    title: str
    seen: tuple[Sequence[Comment], ...]
    summary: Comment


def played(
    inputs: Mapping[str, str], said: Sequence[tuple[float, str, str]], minutes: Sequence[float]
) -> Played:
    """Run the gate while people say something."""
    seen: list[Sequence[Comment]] = []
    with tempfile.TemporaryDirectory() as folder:
        stage = SteadyStage(Path(folder))

        def look() -> None:
            issue = stage.world.issue(REPOSITORY, 1)
            seen.append([_comment(it) for it in (issue, *issue.comments)])

        stage.world.repos[REPOSITORY].files[".github/policy.yml"] = TEXT
        for minute, login, text in said:
            stage.says(minute, login, text)
        for minute in minutes:
            stage.at(minute, look)
        end = stage.run(inputs, APPROVAL_GATE_NONCE="0" * 32)
        look()
        return Played(
            f"{stage.world.issue(REPOSITORY, 1).title} #1",
            tuple(seen),
            Comment(name="summary", text=_public(end.summary), author="approval-gate summary", bot=False),
        )


def _comment(it: Any) -> Comment:
    """Return an issue or a comment of the embedded GitHub."""
    return Comment(
        name="comment",
        text=_public(it.body),
        author=it.author.login.removesuffix("[bot]"),
        bot=it.author.login.endswith("[bot]"),
        when=f"{it.created_at:%H:%M}",
        reaction=next((_REACTIONS[content] for _, _, content in getattr(it, "reactions", ())), ""),
    )


def _public(text: str) -> str:
    return text.replace(in_process.URL, "https://github.com")


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
