"""Whatever a request, a policy or a checklist says, the issue and its status show it and do nothing else."""

import re

import pytest

from tests.golden.situations import URL, everywhere
from tests.text.corpus import MARKDOWN
from tests.text.readers import rendered

CORPUS = dict([*MARKDOWN.items()][::2])
"""Half of the family that is about Markdown; tests/browser has all."""
PEOPLE = {"ann", "bob", "cid", "dee", "lea", "max"}
ADDRESSES = ("https://github.com/acme/shop/", URL)
HTML = re.compile(
    r"</?(?:details|sub)>|<details><summary>(?:Who can approve \(\d+\)|When a deployment is an emergency|"
    r"\d+ more answers? of approvers)</summary>"
)
LINKED = re.compile(r"GH-\d|://|www\.|\$|\b[0-9a-f]{7,40}\b", re.IGNORECASE)
"""What GitHub makes a link or a formula of outside of code."""


@pytest.mark.parametrize("hostile", CORPUS.values(), ids=CORPUS)
def test_a_hostile_value_has_no_effect_in_the_issue_and_in_the_status(hostile: str) -> None:
    for situation in everywhere(hostile).values():
        texts = situation.texts()
        for text in (texts["issue"], texts.get("status", ""), texts.get("final status", "")):
            effects(text)


def effects(text: str) -> None:
    """Check that a text has no effect but its own: its folds, its links, its mentions."""
    linking = False
    for token in rendered(text):
        if token.type in {"html_block", "html_inline"}:
            assert HTML.fullmatch(token.content.strip())
        elif token.type in {"link_open", "link_close"}:
            linking = token.type == "link_open"
            assert not linking or str(token.attrs["href"]).startswith(ADDRESSES)
        elif token.type == "text":
            assert set(re.findall(r"@([\w-]+)", token.content)) <= PEOPLE
            assert linking or not LINKED.search(token.content)
        else:
            assert token.type not in {"image", "fence", "code_block", "table_open", "hr"}
