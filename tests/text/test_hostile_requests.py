"""Whatever a request, a policy or a checklist says, the issue and its status show it and do nothing else."""

import re
from urllib.parse import urlsplit

import pytest

from tests.golden.situations import URL, everywhere
from tests.text.corpus import ADDRESSES as HOSTILE
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


@pytest.mark.parametrize("address", HOSTILE.values(), ids=HOSTILE)
def test_an_address_among_the_details_is_a_link_that_shows_where_it_leads_or_only_text(address: str) -> None:
    for situation in everywhere(address).values():
        issue = situation.texts()["issue"]
        for words, target in foreign(issue):
            assert target == address
            host = urlsplit(address).netloc
            assert words.startswith(host)
            assert f"https://{words.removesuffix('…')}" == address[: len(words.removesuffix("…")) + 8]
        effects(issue, address)


def test_the_address_of_a_ticket_is_a_link() -> None:
    issue = everywhere(HOSTILE["a ticket"])["waiting"].texts()["issue"]
    assert foreign(issue) == [("acme.atlassian.net/browse/CHG-991", HOSTILE["a ticket"])]


def foreign(text: str) -> list[tuple[str, str]]:
    """Return the words and the target of each link to elsewhere."""
    found: list[tuple[str, str]] = []
    linking = False
    for token in rendered(text):
        if token.type in {"link_open", "link_close"}:
            target = str(token.attrs.get("href", ""))
            linking = bool(target) and not target.startswith(ADDRESSES)
            if linking:
                found.append(("", target))
        elif linking:
            found[-1] = found[-1][0] + token.content, found[-1][1]
    return found


def effects(text: str, *addresses: str) -> None:
    """Check that a text has no effect but its own: its folds, its links, its mentions."""
    linking = False
    for token in rendered(text):
        if token.type in {"html_block", "html_inline"}:
            assert HTML.fullmatch(token.content.strip())
        elif token.type in {"link_open", "link_close"}:
            linking = token.type == "link_open"
            assert not linking or str(token.attrs["href"]).startswith((*ADDRESSES, *addresses))
        elif token.type == "text":
            assert set(re.findall(r"@([\w-]+)", token.content)) <= PEOPLE
            assert linking or not LINKED.search(token.content)
        else:
            assert token.type not in {"image", "fence", "code_block", "table_open", "hr"}
