"""What a box of a task list is, ticked or not."""

import pytest

from approval_gate.core.tasks import has_tasks, unticked

BOXES = ["- ", "* ", "+ ", "1. ", "123456789) ", "  - ", "-   ", "-\t", "> - ", "> > 2. ", ">- "]


@pytest.mark.parametrize("before", BOXES)
def test_a_box_may_stand_in_any_list(before: str) -> None:
    body = f"Please check:\n\n{before}[ ] one\n{before}[ ] two"
    assert has_tasks(body)
    assert unticked(body.replace("[ ] one", "[x] one")) == body
    assert unticked(body.replace("[ ] two", "[X] two")) == body


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[x] a",
        "not - [x] a box",
        "- [y] a",
        "- [x](https://example.com)",
        "- [x]a",
        "-[x] a",
        "1 [x] a",
        "1234567890. [x] a",
        "-\n[x] a",
        "- a [x] b",
    ],
)
def test_other_brackets_are_none(text: str) -> None:
    assert not has_tasks(text)
    assert unticked(text) == text


@pytest.mark.parametrize(
    ("body", "plain_body"),
    [
        ("- [x] a\n* [X] b\n+ [ ] c", "- [ ] a\n* [ ] b\n+ [ ] c"),
        ("- [x] a\r\n", "- [ ] a"),
        ("  - [x] nested  \n\n\n", "  - [ ] nested"),
        ("- [x] ", "- [ ]"),
    ],
)
def test_a_body_without_ticks(body: str, plain_body: str) -> None:
    assert unticked(body) == plain_body
