"""The items of a task list, ticked or not."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_gate.core.model import ChecklistItem, Modification
from approval_gate.core.tasks import checklist_items, headings, item_name, items, ticked, unticked
from tests.core.language import OPENED
from tests.core.scenes import law

BOXES = ["- ", "* ", "+ ", "1. ", "123456789) ", "  - ", "-   ", "-\t", "> - ", "> > 2. ", ">- "]


@pytest.mark.parametrize("before", BOXES)
def test_an_item_can_be_in_any_list(before: str) -> None:
    body = f"Please check:\n\n{before}[ ] one\n{before}[ ] two"
    assert items(body)
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
def test_other_brackets_are_not_items(text: str) -> None:
    assert not items(text)
    assert unticked(text) == text


@pytest.mark.parametrize(
    ("body", "plain_body"),
    [
        ("- [x] a\n* [X] b\n+ [ ] c", "- [ ] a\n* [ ] b\n+ [ ] c"),
        ("- [x] a\r\n", "- [ ] a"),
        ("one \t\r\n- [x] a  \r\n\r\ntwo", "one\n- [ ] a\n\ntwo"),
        ("  - [x] nested  \n\n\n", "  - [ ] nested"),
        ("- [x] ", "- [ ]"),
    ],
)
def test_a_body_is_unticked(body: str, plain_body: str) -> None:
    assert unticked(body) == plain_body


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("- [ ] a\r\n- [x] b\r\n", ("a", "b")),
        ("- [ ] a\n- [ ] a", ("a", "a")),
        ("- [ ] \n- [ ]\n- [ ] a", ("a",)),
        ("<!--\n- [ ] hidden\n-->\n- [ ] a", ("a",)),
        ("- [ ] a\n<!-- never closed\n- [ ] hidden", ("a",)),
        ("```\n- [ ] code\n```\n- [ ] a", ("a",)),
        ("> ~~~~ sh\n> - [ ] code\n> ~~~\n> ~~~~\n- [ ] a", ("a",)),
        ("> ~~~~ sh\n> - [ ] code\n- [ ] a", ("a",)),
        ("> ~~~~ sh\n> - [ ] code\n~~~\n> ~~~~\n- [ ] code", ()),
        ("1. ```\n   - [ ] code\n- [ ] a", ("a",)),
        ("<details>\n- [ ] raw\n\n- [ ] a\n</details>", ("a",)),
        ("<pre>\n- [ ] raw\n\n- [ ] raw\n</pre>\n- [ ] a", ("a",)),
        ("text\n\n    - [ ] code\n\n- [ ] a", ("a",)),
        ("1. one\n\n    - [ ] a", ("a",)),
        ("```\n- [ ] code", ()),
        ("no list", ()),
    ],
)
def test_items_are_found_in_order(text: str, there: tuple[str, ...]) -> None:
    assert items(text) == there


def test_a_tick_is_recognised() -> None:
    assert ticked(("a", "a", "b", "c"), "- [ ] a\n- [X] a\n- [x] b") == (False, True, True, None)


ANN, BOB = 1, 2
NONE, TESTS, PLAN, BOTH = "- [ ] t\n- [ ] p", "- [x] t\n- [ ] p", "- [ ] t\n- [x] p", "- [x] t\n- [x] p"


def who(texts: Sequence[str | None], *editors: int | None) -> list[str]:
    """Return who ticked ``t`` and ``p``, with a minute between two edits."""
    edits = [Modification(by=by, at=OPENED + timedelta(minutes=n)) for n, by in enumerate(editors, start=1)]
    return [said(box) for box in checklist_items(("t", "p"), texts, edits)]


def said(box: ChecklistItem) -> str:
    if not box.there:
        assert box.modification is None
        assert box.ticked is None
        return "gone"
    assert box.ticked == (box.modification is not None)
    if box.modification is None:
        return "open"
    minute = (box.modification.at - OPENED) // timedelta(minutes=1)
    return f"{box.modification.by or 'somebody'} at {minute}"


PASTS = {
    "never touched": ([NONE], [], ["open", "open"]),
    "nothing is known": ([], [], ["gone", "gone"]),
    "one ticks one": ([NONE, TESTS], [ANN], ["1 at 1", "open"]),
    "one ticks both": ([NONE, BOTH], [ANN], ["1 at 1", "1 at 1"]),
    "each ticks one": ([NONE, TESTS, BOTH], [ANN, BOB], ["1 at 1", "2 at 2"]),
    "an edit of another thing keeps the tick": (
        [NONE, TESTS, f"Hi\n{TESTS}"],
        [ANN, BOB],
        ["1 at 1", "open"],
    ),
    "a tick that is taken away": ([NONE, TESTS, NONE], [ANN, BOB], ["open", "open"]),
    "and set again by another": ([NONE, TESTS, NONE, TESTS], [ANN, BOB, BOB], ["2 at 3", "open"]),
    "one for the other": ([NONE, TESTS, PLAN], [ANN, BOB], ["open", "2 at 2"]),
    "an item that is taken out": ([NONE, BOTH, "- [x] t"], [ANN, BOB], ["1 at 1", "gone"]),
    "and put back, ticked": ([NONE, BOTH, "- [x] t", BOTH], [ANN, BOB, BOB], ["1 at 1", "2 at 3"]),
    "and put back, open": ([NONE, BOTH, "- [x] t", TESTS], [ANN, BOB, BOB], ["1 at 1", "open"]),
    "by somebody unknown": ([NONE, TESTS], [None], ["somebody at 1", "open"]),
    "ticked from the beginning": ([BOTH, TESTS], [ANN], ["somebody at 1", "open"]),
    "a text that is lost before the tick": ([NONE, None, TESTS], [ANN, BOB], ["somebody at 2", "open"]),
    "a text that is lost after the tick": (
        [NONE, TESTS, None, TESTS],
        [ANN, BOB, BOB],
        ["somebody at 3", "open"],
    ),
    "ticked again after the loss": (
        [NONE, None, BOTH, PLAN, BOTH],
        [ANN, BOB, ANN, ANN],
        ["1 at 4", "somebody at 2"],
    ),
    "the last text is lost": ([NONE, BOTH, None], [ANN, BOB], ["gone", "gone"]),
    "the first texts were not read": ([None, TESTS, BOTH], [ANN, BOB], ["somebody at 1", "2 at 2"]),
    "edits whose texts are not known": ([BOTH], [ANN, BOB], ["somebody at 2", "somebody at 2"]),
}


@pytest.mark.parametrize(("texts", "editors", "then"), PASTS.values(), ids=PASTS)
def test_the_author_of_the_edit_ticked_the_item(
    texts: list[str | None], editors: list[int | None], then: list[str]
) -> None:
    assert who(texts, *editors) == then


def test_a_list_of_a_file_with_other_line_ends_is_the_same_list() -> None:
    body = "- [ ] a\n```\n- [ ] code\n```\n<!--\n- [ ] hidden\n-->\n- [x] b"
    assert items(body.replace("\n", "\r\n")) == items(body) == ("a", "b")
    assert ticked(("a", "b"), body.replace("\n", "\r\n")) == (False, True)


def test_items_with_the_same_text_are_ticked_separately() -> None:
    assert ticked(("a", "a", "a", "a"), "- [x] a\n- [ ] a\n- [x] a") == (True, False, True, None)


def test_items_with_the_same_text_are_distinguished() -> None:
    edits = [Modification(by=ANN, at=OPENED)]
    first, second = checklist_items(("a", "a"), ["- [ ] a\n- [ ] a", "- [ ] a\n- [x] a"], edits)
    assert (first.ticked, second.ticked) == (False, True)


@pytest.mark.parametrize("row", ["`", "~"])
def test_a_long_fence_hides_the_rest_and_is_read_once(row: str) -> None:
    texts = [f"- [x] a\n{row * 65_000}\n- [x] b\n"] * 100
    first, second = checklist_items(("a", "b"), texts, [])
    assert (first.there, second.there) == (True, False)


def test_without_items_nothing_is_found() -> None:
    assert checklist_items((), ["- [x] a"], []) == ()


TEXTS = st.sampled_from([NONE, TESTS, PLAN, BOTH, "- [x] t", "", None])


@law()
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=6), editors=st.lists(st.sampled_from([ANN, BOB]), max_size=6)
)
def test_nobody_ticked_an_item_that_their_edit_did_not_tick(
    texts: list[str | None], editors: list[int]
) -> None:
    edits = [Modification(by=by, at=OPENED + timedelta(minutes=n)) for n, by in enumerate(editors)]
    for item, box in zip(("t", "p"), checklist_items(("t", "p"), texts, edits), strict=True):
        assert box.ticked == (None if texts[-1] is None else ticked((item,), texts[-1])[0]) or not edits
        if box.modification is not None and box.modification.by is not None:
            place = edits.index(box.modification) + len(texts) - len(edits)
            before, after = texts[place - 1], texts[place]
            assert before is not None
            assert after is not None
            assert not ticked((item,), before)[0]
            assert ticked((item,), after)[0]


@pytest.mark.parametrize(
    ("text", "above"),
    [
        ("- [ ] a", ("",)),
        (
            "#### Technical checks\n- [ ] a\n- [x] b\n\n## More ##\n- [ ] c",
            ("Technical checks",) * 2 + ("More",),
        ),
        ("**Technical checks**\n- [ ] a\n\ntext\n\n**Others**:\n- [ ] b", ("Technical checks", "Others")),
        ("# A\n```\n# B\n- [ ] not one\n```\n- [ ]\n- [ ] b", ("A",)),
        ("no heading\n#hash\n- [ ] a", ("",)),
    ],
)
def test_an_item_is_under_the_heading_above_it(text: str, above: tuple[str, ...]) -> None:
    assert headings(text) == dict(zip(items(text), above, strict=True))


def test_an_item_that_is_there_twice_is_under_the_last_heading() -> None:
    assert headings("# A\n- [ ] a\n# B\n- [ ] a") == {"a": "B"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("**All tests passing** - Unit, E2E", "All tests passing"),
        ("**PCI - DSS compliance** - No impact", "PCI - DSS compliance"),
        ("__Rollback__ plan - ready", "Rollback"),
        ("No incidents - none", "No incidents"),
        ("*Peak* traffic - not now", "Peak* traffic"),
        ("Rollback plan is **ready** - tested", "Rollback plan is **ready"),
        ("** not bold ** - x", "not bold"),
        ("no explanation", "no explanation"),
        ("-", "-"),
        ("** - x", "** - x"),
        (" - x", "- x"),
        ("**a\u202eb** - x", "ab"),
    ],
)
def test_an_item_s_name_is_what_is_bold_or_precedes_its_explanation(text: str, name: str) -> None:
    assert item_name(text) == name
