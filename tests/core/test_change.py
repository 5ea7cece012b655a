"""Authors who have no account, as they are shown."""

from approval_gate.core.change import UnknownAuthor, show_unknown


def author(name: str, *commits: str) -> UnknownAuthor:
    return UnknownAuthor(name=name, email=f"{name}@x", commits=commits)


def test_an_author_is_shown_with_the_address_and_the_commits() -> None:
    assert show_unknown([author("a", "1" * 40, "2" * 40)]) == "'a <a@x>' in 1111111, 2222222"


def test_many_authors_and_many_commits_are_counted() -> None:
    shown = show_unknown([author(name, *("1" * 40 for _ in range(7))) for name in "abcdefg"])
    assert shown.count("'a <a@x>' in 1111111, 1111111, 1111111, 1111111, 1111111 and 2 more") == 1
    assert shown.endswith("; and 2 more")


def test_what_an_author_typed_is_cut_and_escaped() -> None:
    shown = show_unknown([UnknownAuthor(name="n\n" * 100, email="e" * 200, commits=("1" * 40,))])
    assert "\n" not in shown
    assert len(shown) < 300


def test_nothing_is_counted_as_more_while_all_is_shown_and_one_more_is() -> None:
    five = [author(name, "1" * 40) for name in "abcde"]
    assert "more" not in show_unknown(five)
    assert show_unknown([*five, author("f", "1" * 40)]).endswith("; and 1 more")
    assert "more" not in show_unknown([author("a", *["1" * 40] * 5)])
    assert show_unknown([author("a", *["1" * 40] * 6)]).endswith(" and 1 more")


def test_a_name_is_cut_at_60_characters_and_an_address_at_100() -> None:
    shown = show_unknown([UnknownAuthor(name="n" * 61, email="e" * 101, commits=("1" * 40,))])
    assert shown == f"'{'n' * 60} <{'e' * 100}>' in 1111111"
