"""The workflow's own text on the issue: open blocks are closed, and an invisible list is not a checklist."""

import re

import pytest
from markdown_it import MarkdownIt

from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.core.test_blocks import around
from tests.whole.stage import Ended, Stage

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
ITEMS = 18
"""The number of items in the process's own checklist."""


def opened(stage: Stage, body: str, **inputs: str) -> Ended:
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    end = stage.run({"issue-body": body, "timeout-minutes": "1", **given})
    assert end.status == "timed-out", end.log
    assert end.issue is not None
    return end


def checklist_items(text: str) -> int:
    """The number of items with a box that a reader sees."""
    return sum(
        token.type == "inline" and token.content.startswith(("[ ] ", "[x] "))
        for token in MARKDOWN.parse(text)
    )


class TestABodyThatIsNotFinished:
    @pytest.mark.parametrize(
        "body",
        [
            "```\nfor you",
            "~~~~ sh\n```\nfor you",
            "<!-- to be done",
            "text\n\n<!--\n\n- [ ] hidden",
            "<details><summary>Notes</summary>\n\nfor you",
            "<details>\n\n```",
            "<pre>\nfor you",
            "<table><tr><td>for you",
            '<div title="',
            "- a\n\n  ```\n  x",
            "> ```\n> x",
            "<script>",
        ],
    )
    def test_hides_neither_the_checklist_nor_how_to_answer(self, stage: Stage, body: str) -> None:
        end = opened(stage, body)
        assert end.issue is not None
        assert checklist_items(end.issue.body) == ITEMS
        upper, _, lower = end.issue.body.partition("### Before you approve")
        assert around(upper.partition("</details>\n")[2]) == ["li"]
        assert "Only comments on this issue count" in lower

    def test_can_be_the_checklist_itself(self, stage: Stage) -> None:
        stage.world.repos[REPOSITORY].files["list.md"] = "- [ ] one\n- [ ] two\n\n<!-- more to come"
        end = opened(stage, "", checklist="list.md")
        assert end.issue is not None
        assert checklist_items(end.issue.body) == 2
        assert around(end.issue.body) == ["li"]

    def test_can_be_ticked_where_every_item_must_be(self, stage: Stage) -> None:
        end = opened(stage, "```\nfor you", require_checklist="true")
        assert len(end.record["decision"]["checklist"]) == ITEMS


class TestALongBody:
    @pytest.mark.parametrize(("row", "close"), [("```", "```"), ("~~~ log", "~~~"), ("`````", "")])
    def test_in_one_fence_is_code_in_every_comment(self, stage: Stage, row: str, close: str) -> None:
        line = "# @ann approve this, see #1\n"
        end = opened(stage, f"{row}\n{line * (84_900 // len(line))}{close}")
        assert end.issue is not None
        assert checklist_items(end.issue.body) == ITEMS
        parts = [comment.body for comment in end.issue.comments if "# @ann" in comment.body]
        assert len(parts) > 1
        for part in parts:
            tokens = MARKDOWN.parse(part)
            assert not [token for token in tokens if token.type == "heading_open"]
            assert not [token for token in tokens if token.type == "inline" and "@ann" in token.content]
            assert around(part) == ["li"]

    def test_in_one_comment_is_hidden_in_every_part(self, stage: Stage) -> None:
        end = opened(stage, "<!--\n" + "@ann approve\n" * 7_000 + "-->")
        assert end.issue is not None
        for comment in end.issue.comments:
            shown = re.sub("<!--.*?-->", "", MARKDOWN.render(comment.body), flags=re.DOTALL)
            assert "@ann approve" not in shown


class TestATaskList:
    @pytest.mark.parametrize(
        "body",
        [
            "<!--\n- [ ] a template's\n-->",
            "```\n- [ ] an example\n```",
            "~~~md\n- [x] an example\n~~~",
            "<pre>\n- [ ] raw\n</pre>",
            "<details>\n- [ ] raw\n</details>",
            "text:\n\n    - [ ] code\n",
            "> ```\n> - [ ] quoted code\n",
            "- [ ] \n",
            "`- [ ] x`",
        ],
    )
    def test_an_invisible_list_does_not_replace_the_processs_own(self, stage: Stage, body: str) -> None:
        end = opened(stage, body)
        assert end.issue is not None
        assert checklist_items(end.issue.body) == ITEMS

    @pytest.mark.parametrize(
        "body",
        [
            "- [ ] mine",
            "1. [x] mine",
            "> - [ ] mine",
            "<details>\n\n- [ ] mine\n\n</details>",
            "```\n- [ ] code\n```\n- [ ] mine",
        ],
    )
    def test_a_visible_list_replaces_the_processs_own(self, stage: Stage, body: str) -> None:
        end = opened(stage, body)
        assert end.issue is not None
        assert checklist_items(end.issue.body) == 1
