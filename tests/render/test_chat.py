"""What people typed mentions nobody outside of GitHub."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_gate.render.chat import LIMIT, inert
from tests.text.corpus import corpus

MENTIONS = {
    "Slack, everybody": "<!channel> <!here> <!everyone>",
    "Slack, a person and a group": "<@U024BE7LH> <!subteam^S012345|@devops>",
    "Discord": "@everyone @here <@80351110224678912> <@&165511591545143296> <#103735883630395392>",
    "Teams": "<at>Ann</at> <at id='0'>everyone</at>",
    "Google Chat": "<users/all> <users/123>",
    "Mattermost, Rocket.Chat": "@all @channel @here",
    "Zulip": "@**all** @_**everyone** @*devops*",
    "Webex": "<@all> <@personEmail:ann@example.com>",
    "Lark, Feishu": '<at user_id="all">x</at> <at id=all></at>',
    "WeCom": "<@all>",
    "KOOK": "(met)all(met) (met)here(met) (rol)1(rol)",
    "KOOK, of brackets": "[met]all[met] {rol}1{rol}",
    "QQ": "[CQ:at,qq=all]",
    "Jira": "[~accountid:5b10ac8d] [~ann]",
    "Zoho Cliq": "{@participants} {@123} [Ann](zohoid:1)",
    "Twist": "[Ann](twist-mention://1)",
    "Nextcloud": '@all @"group/devops"',
    "X and Mastodon": "@ann @ann@example.social \uff20ann \ufe6bann",
    "what is between is removed": "@\u200beveryone <\u2060!channel>",
    "wide brackets": "\uff1c!channel\uff1e \ufe64@all\ufe65 \uff3bCQ:at\uff3d \uff5b@all\uff5d",
}


@pytest.mark.parametrize("text", MENTIONS.values(), ids=MENTIONS)
def test_no_services_mention_is_left(text: str) -> None:
    shown = inert(text)
    assert shown
    assert is_inert(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone ship it", "(at)everyone ship it"),
        ("<!channel> p99 < 200 ms", "‹!channel› p99 ‹ 200 ms"),
        ("[INC-1] mail ann@example.com", "(INC-1) mail ann(at)example.com"),
        ("(met)all(met)", "( met)all( met)"),
        ("the migration (see CHG-1) is untested: https://x.y/a_b?c=1&d#e", None),
        ("two\nlines\r\n and\u2028more", "two lines and more"),
        ("", ""),
    ],
)
def test_a_text_is_still_readable(text: str, shown: str | None) -> None:
    assert inert(text) == (text if shown is None else shown)


@pytest.mark.parametrize("text", corpus().values(), ids=corpus())
def test_hostile_texts_mention_nobody_and_are_short(text: str) -> None:
    assert is_inert(inert(text))


@given(st.text(), st.sampled_from(["@", "<", "[", "{", "(met)", "\uff20"]))
def test_no_text_mentions_anybody(text: str, mark: str) -> None:
    assert is_inert(inert(f"{text}{mark}{text}"))


def test_a_long_text_is_cut_after_it_was_made_harmless() -> None:
    assert len(inert("@" * 1000)) == LIMIT
    assert inert("a" * 300) == "a" * 199 + "…"


def is_inert(shown: str) -> bool:
    """Whether a text is one short line without anything that a mention needs."""
    marks = set("@<>[]{}\uff20\ufe6b\uff1c\uff1e\ufe64\ufe65\uff3b\uff3d\uff5b\uff5d")
    tags = any(f"({tag})" in shown for tag in ("met", "rol", "chn"))
    return not (marks & set(shown) or tags or len(shown.splitlines()) > 1 or len(shown) > LIMIT)
