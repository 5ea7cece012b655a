"""The comments that a document gives as examples are read as it says."""

import pytest

from approval_gate.core.commands import Verb, read
from approval_gate.core.model import Vocabulary
from tests.docs.pages import page

KINDS = {"approval", "a hint", "denial", "denial without a reason", "objection", "talk"}
EXAMPLES = [
    (row[0].strip("`"), row[1])
    for table in page("docs/how-a-vote-counts.md").tables
    for row in table
    if row[-1] in KINDS
]


def kind(text: str) -> str:
    reading = read(text, Vocabulary())
    if reading.command is not None and reading.command.verb is Verb.DENY:
        return "denial" if reading.command.note else "denial without a reason"
    if reading.objection is not None:
        return "objection"
    if reading.command is not None:
        return "approval"
    return "a hint" if reading.near else "talk"


@pytest.mark.parametrize(("text", "said"), EXAMPLES)
def test_a_comment_is_read_as_the_document_says(text: str, said: str) -> None:
    assert kind(text) == said


def test_every_kind_of_comment_has_an_example() -> None:
    assert {said for _, said in EXAMPLES} == KINDS
