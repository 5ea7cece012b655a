"""Links between the documents lead somewhere."""

import re

import pytest

from tests.docs.pages import PAGES, ROOT, Page, page


@pytest.mark.parametrize("source", PAGES, ids=str)
def test_every_relative_link_and_anchor_exists(source: Page) -> None:
    broken = []
    for link in source.links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (source.path.parent / path).resolve() if path else source.path
        name = target.relative_to(ROOT).as_posix()
        if not target.exists() or (anchor and anchor not in page(name).anchors):
            broken.append(link)
    assert broken == []


def test_every_picture_is_shown_in_a_document() -> None:
    shown = {link.rpartition("/")[2] for each in PAGES for link in each.links if "pictures/" in link}
    assert {path.name for path in (ROOT / "docs" / "pictures").glob("*.png")} == shown


def test_the_index_has_every_document_once() -> None:
    index = page("docs/README.md")
    documents = {f"{path.name}" for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    linked = [link for link in index.links if "/" not in link]
    assert documents <= set(linked)
    assert len(linked) == len(set(linked))


@pytest.mark.parametrize("source", [one for one in PAGES if one.name != "docs/process.md"], ids=str)
def test_the_process_is_a_link_wherever_it_is_mentioned(source: Page) -> None:
    assert re.findall(r".{0,40}\b[Tt]he process\b.{0,20}", source.unlinked) == []
