"""What a person follows on the terminal: who says what, and what the gate answers."""

import pytest

from approval_gate.emulator import World
from approval_gate.rehearsal.conversation import Conversation, plain, wrapped

REPOSITORY = "acme/shop"
APPROVER = "ann"


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def conversation(lines: list[str]) -> Conversation:
    return Conversation(lines.append)


@pytest.fixture
def world() -> World:
    world = World()
    world.repo(REPOSITORY)
    world.open_issue(
        REPOSITORY,
        "gate[bot]",
        "Deploy?",
        "**dee** asks.\n\n- Fix: x\n\nComment `approve`.\n\n<details><summary>x</summary></details>\n\nmore",
    )
    return world


@pytest.mark.parametrize(
    ("markdown", "visible"),
    [
        ("<!-- a marker -->\n### ✅ Approved\n\nby @cid", ["✅ Approved", "by @cid"]),
        ("**dee** wants [run 4](https://x/4) of `v1`", ["dee wants run 4 of `v1`"]),
        ("[a [b] c](https://x)", ["a [b] c"]),
        (r"a \*star\* &lt;b&gt; c:\d", [r"a *star* <b> c:\d"]),
        ("<details><summary>Record</summary>\n\n```json\n{}\n```\n</details>", ["▸ Record"]),
        ("| who | said |\n|---|---|\n| a | b |\nafter", ["after"]),
        ("<sub>Opened by it.</sub>", ["Opened by it."]),
        ("", []),
    ],
)
def test_markup_is_not_shown(markdown: str, visible: list[str]) -> None:
    assert plain(markdown) == visible


def test_the_request_is_shown_once_to_where_something_is_folded(
    world: World, conversation: Conversation, lines: list[str]
) -> None:
    for _ in range(2):
        conversation.look(world.issue(REPOSITORY, 1))
    assert lines == [
        "\n── Issue #1: Deploy?",
        "     gate  dee asks.",
        "           - Fix: x",
        "           Comment `approve`.",
    ]


def test_of_a_changed_comment_only_new_lines_are_shown_without_its_list(
    world: World, conversation: Conversation, lines: list[str]
) -> None:
    comment = world.comment(REPOSITORY, 1, "gate[bot]", "### 0 of 2\nCloses at 12:00")
    conversation.look(world.issue(REPOSITORY, 1))
    del lines[:]
    world.edit_comment(comment.id, by="gate[bot]", body="### 1 of 2\nCloses at 12:00\n\n- 👍 ann")
    conversation.look(world.issue(REPOSITORY, 1))
    assert lines == ["     gate  1 of 2"]


@pytest.mark.parametrize("together", [True, False])
def test_what_the_status_has_in_common_with_the_closing_comment_is_said_once(
    world: World, conversation: Conversation, lines: list[str], *, together: bool
) -> None:
    status = world.comment(REPOSITORY, 1, "gate[bot]", "### 1 of 2")
    conversation.look(world.issue(REPOSITORY, 1))
    del lines[:]
    world.comment(REPOSITORY, 1, "gate[bot]", "### Approved\nby ann")
    if not together:
        conversation.look(world.issue(REPOSITORY, 1))
    world.edit_comment(status.id, by="gate[bot]", body="### Approved\nPolicy p.yml")
    conversation.look(world.issue(REPOSITORY, 1))
    assert lines == ["     gate  Approved", "           by ann"]


def test_each_reaction_is_shown_once_with_whose_comment_it_is_on(
    world: World, conversation: Conversation, lines: list[str]
) -> None:
    comment = world.comment(REPOSITORY, 1, APPROVER, "approve")
    conversation.look(world.issue(REPOSITORY, 1))
    del lines[:]
    comment.reactions.append((1, world.user("gate[bot]"), "+1"))
    for _ in range(2):
        conversation.look(world.issue(REPOSITORY, 1))
    assert lines == ["     gate  👍 ann"]


def test_a_persons_comment_is_told_by_who_writes_it_and_not_again(
    world: World, conversation: Conversation, lines: list[str]
) -> None:
    world.comment(REPOSITORY, 1, APPROVER, "lgtm")
    conversation.look(world.issue(REPOSITORY, 1))
    assert not any("lgtm" in line for line in lines)


def test_a_long_text_is_broken_at_100_columns_under_its_author(
    conversation: Conversation, lines: list[str]
) -> None:
    conversation.tell(APPROVER, f"{'word ' * 40}\nsecond line")
    assert lines[0].startswith("      ann  word")
    assert all(line.startswith(" " * 11) for line in lines[1:])
    assert max(map(len, lines)) <= 100
    assert lines[-1] == "           second line"


@pytest.mark.parametrize(("columns", "longest"), [("60", 60), ("1", 40), ("500", 100)])
def test_lines_fit_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: str, longest: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = [*wrapped("word " * 100)]
    assert longest - 10 < max(map(len, lines)) <= longest


def test_blank_lines_are_kept() -> None:
    assert [*wrapped("a\n\nb")] == ["a", "", "b"]
