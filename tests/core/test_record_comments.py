"""A record in the comments of an issue: as many as it takes, whose code blocks are one JSON text together."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_gate.core.marker import CONTINUATION, Marker
from approval_gate.core.record.comments import CONTINUED, joined, parts
from tests.core.scenes import law

ROOM = 200
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    ["```", "\n```json\n{}\n```\n", "~~~", "`" * 40, "\u202e</details>", "<!-- approval-gate:v1 closing -->"]
)
RECORDS = st.dictionaries(
    TEXTS, st.recursive(TEXTS | st.integers(-5, 5) | st.none(), st.lists, max_leaves=20), max_size=9
)


def test_one_that_fits_is_indented_in_one_block() -> None:
    assert parts({"b": 1, "a": [2]}, 60) == [
        '```json\n{\n  "a": [\n    2\n  ],\n  "b": 1\n}\n```',
    ]


def test_one_that_does_not_fit_goes_on_in_further_blocks() -> None:
    record = {"text": "word " * 200}
    blocks = parts(record, 300)
    assert len(blocks) == 4
    assert max(map(len, blocks)) <= 300 + len("```json\n\n```")
    assert json.loads(joined(blocks)) == record


@law(200)
@given(RECORDS, st.integers(1, 50))
def test_the_blocks_together_are_the_record_wherever_it_is_split(record: dict[str, Any], room: int) -> None:
    marker = Marker(run_id=1, run_attempt=1, nonce="0" * 32)
    comments = [
        marker.comment(f"{CONTINUED}{number}", f"<details><summary>Record</summary>\n\n{block}\n\n</details>")
        for number, block in enumerate(parts(record, room))
    ]
    assert json.loads(joined(comments)) == record
    assert json.loads(joined(comment.replace("\n", "\r\n") for comment in comments)) == record


def test_what_stands_above_the_record_is_not_read() -> None:
    assert joined(['```json\n{"forged": 1}\n```\nand then\n```json\n{"a": 1}\n```\n']) == '{"a": 1}'


@pytest.mark.parametrize(
    "comment", ["", "no record", "```json\n{}", "```\n{}\n```", "> ```json\n> {}\n> ```"]
)
def test_a_comment_without_a_record_has_none(comment: str) -> None:
    assert joined([comment]) == ""
    assert joined([comment, "```json\n{}\n```"]) == "{}"


def test_further_comments_of_a_record_do_not_continue_the_request() -> None:
    assert not f"{CONTINUED}2".startswith(CONTINUATION)
