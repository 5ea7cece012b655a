"""The approval issue's text: what it says first, how long it is, and how each fact reads."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from approval_gate.core.model import Requirement, Vocabulary
from approval_gate.core.policy.details import fill
from approval_gate.core.policy.model import short
from approval_gate.render.issue import issue_text
from tests.core.language import OPENED
from tests.golden.situations import ASKED, SITUATIONS, Situation

GFM = MarkdownIt("commonmark", {"html": True})
LIMITS = {
    "standard": 1_200,
    "hotfix": 1_200,
    "facts": 2_100,
    "emergency": 1_900,
    "checks-in-an-emergency": 2_700,
}
"""The most visible characters apart from the checklist."""
WORDS = 25
"""The most words of a sentence."""


def issue(situation: Situation) -> str:
    subject = situation.subject
    return issue_text(subject, OPENED, OPENED + subject.rule.window)[0]


def changed(name: str, **changes: object) -> str:
    """The issue of a situation whose request is another."""
    situation = SITUATIONS[name]
    return issue(replace(situation, subject=replace(situation.subject, **changes)))  # type: ignore[arg-type]


def paragraphs(text: str) -> list[str]:
    """What people see of a text, folded parts included: each paragraph, heading, item and summary."""
    found = []
    for token in GFM.parse(text):
        if token.type == "inline":
            children = token.children or []
            found.append("".join(it.content for it in children if it.type in {"text", "code_inline"}))
        elif token.type == "html_block":
            found += re.findall("<summary>(.*?)</summary>", token.content)
    return [text for text in found if not text.startswith("[ ] ")]


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph, and each of a list that has dots between its parts."""
    return re.split(r"(?<=[.!?:])\s+|\s· ", paragraph)


@pytest.mark.parametrize("name", LIMITS)
def test_the_process_s_issue_is_short(name: str) -> None:
    shown = "\n".join(paragraphs(issue(SITUATIONS[name])))
    assert len(shown) <= LIMITS[name]


@pytest.mark.parametrize("name", SITUATIONS)
def test_no_sentence_to_approvers_is_long(name: str) -> None:
    texts = SITUATIONS[name].texts()
    shown = [part for what in ("issue", "status") for part in paragraphs(texts.get(what, ""))]
    long = [said for part in shown for said in sentences(part) if len(said.split()) > WORDS]
    assert long == []


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_issue_has_no_table_and_names_the_version_once_before_its_facts(name: str) -> None:
    text = issue(SITUATIONS[name])
    assert "\n|" not in text
    assert text.partition("\n\n")[0].count(SITUATIONS[name].subject.request.version) == 1


def facts(text: str) -> Mapping[str, str]:
    return dict(re.findall(r"^- \*\*(.*?)\*\*: (.*)$", text, re.MULTILINE))


def test_a_standard_request_has_no_line_for_what_is_not_given() -> None:
    text = issue(SITUATIONS["standard"])
    assert "not given" not in text.lower()
    assert list(facts(text)) == ["Commit", "Pipeline", "Requested by", "Type"]


@pytest.mark.parametrize(
    ("actor", "said"),
    [("dee", "@dee, who cannot approve this"), ("ann", "@ann"), ("merger[bot]", "`merger[bot]`, a bot")],
)
def test_a_requester_who_cannot_approve_is_said_to_be_unable_to(actor: str, said: str) -> None:
    request = replace(ASKED, actor=actor, triggering_actor=actor)
    assert facts(changed("checklist", request=request))["Requested by"].startswith(said)
    assert ("cannot approve" in facts(changed("checklist", request=request))["Requested by"]) == (
        actor == "dee"
    )


def test_a_detail_is_a_fact_like_the_others() -> None:
    address = "acme.atlassian.net/browse/CHG-991"
    assert facts(issue(SITUATIONS["hotfix"]))["Change Ticket"] == f"[{address}](https://{address})"


def test_the_policy_is_linked_where_its_branch_has_it() -> None:
    terms = SITUATIONS["hotfix"].subject.terms
    assert terms is not None
    assert facts(issue(SITUATIONS["hotfix"]))["Type"] == (
        f"hotfix, by the [policy {short(terms.digest)}]"
        "(https://github.com/acme/shop/blob/HEAD/.github/approval-policy.yml)"
    )


def test_the_approver_that_is_named_is_mentioned_and_not_repeated() -> None:
    text = issue(SITUATIONS["emergency"])
    assert "\n@lea, this request names you as its approver.\n" in text
    assert "Approver" not in facts(text)


def test_an_approver_who_is_named_and_cannot_approve_is_shown_without_a_mention() -> None:
    subject = SITUATIONS["emergency"].subject
    assert subject.terms is not None
    details = fill(subject.terms.deployment_type.details, "**Approver**: @mallory")
    text = changed("emergency", terms=replace(subject.terms, details=details))
    assert facts(text)["Approver"] == "`@mallory`"
    assert "names you" not in text


def test_a_later_attempt_is_named() -> None:
    text = changed("standard", request=replace(SITUATIONS["standard"].subject.request, run_attempt=2))
    assert facts(text)["Pipeline"].endswith(" of Production Deployment Pipeline, attempt 2")


def test_what_is_no_hash_is_not_shown_as_one() -> None:
    text = changed("standard", request=replace(SITUATIONS["standard"].subject.request, sha="[x](y)"))
    assert facts(text)["Commit"].startswith("[`[x](y)`](https://github.com/acme/shop/commit/%5Bx%5D%28y%29)")


@pytest.mark.parametrize(
    ("minimum", "require", "needs"),
    [
        (1, (), "**1 approval** within"),
        (1, (("lead",), 1), "**1 approval** from lead within"),
        (2, (("lead", "owner"), 1), "**2 approvals**, 1 of them from lead or owner, within"),
        (
            3,
            (("lead",), 1, ("sre",), 2),
            "**3 approvals**, 1 of them from lead and 2 of them from sre, within",
        ),
        (1, (("_x_ @all",), 1), "**1 approval** from `_x_ @all` within"),
    ],
)
def test_the_first_line_says_how_many_approvals_are_needed_from_whom(
    minimum: int, require: tuple[object, ...], needs: str
) -> None:
    pairs = zip(require[::2], require[1::2], strict=True)
    seats = tuple(Requirement(any_of=roles, minimum=count) for roles, count in pairs)  # type: ignore[arg-type]
    rule = replace(SITUATIONS["standard"].subject.rule, minimum=minimum, require=seats)
    assert f" It needs {needs} 60 minutes, before **10:00 UTC**.\n" in changed("standard", rule=rule)


def test_words_that_the_workflow_added_are_named() -> None:
    plain = Vocabulary()
    more = Vocabulary(approve=(*plain.approve, "ship it"), deny=(*plain.deny, "halt", "nope"))
    text = changed("standard", rule=replace(SITUATIONS["standard"].subject.rule, vocabulary=more))
    assert (
        "`approve - migrations tested in staging`. `ship it` approves, too; `halt` and `nope` deny, too."
        in text
    )


def test_a_list_in_the_workflows_own_text_is_followed_by_what_to_do_with_it() -> None:
    text = issue(SITUATIONS["checklist"])
    assert re.search(
        r"\n- \[ \] \*\*Team notified\*\*\n+### Before you approve\nTick each box as you check it\.", text
    )
