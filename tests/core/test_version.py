"""What the name of a version can mean to Git, and what a reader cannot see in it."""

import sys
import unicodedata

import pytest

from approval_gate.core.version import branch_names, described_commit, is_expression, is_hash, unseen


@pytest.mark.parametrize(
    "char",
    [
        *("\u200b", "\u202e", "\u00ad", "\u3164"),  # the field's own
        *("\u200d", "\u2066", "\ufeff", "\u061c", "\u180e", "\U000e0041"),  # format characters
        *("\ue000", "\U0010fffd"),  # private use
        *("\u0378", "\ufff0", "\uffff"),  # unassigned
        *("\u115f", "\u1160", "\uffa0", "\u034f", "\u17b4", "\ufe0f", "\u180b", "\U000e0100"),  # ignorable
        *("\u00a0", "\u2003", "\u3000", "\u2028", "\u2029", "\u1680", "\u2800", "\t", "\n", "\x85"),  # blanks
        *("\udc80", "\ud800"),  # lone surrogates
        *("\x00", "\x1b", "\x7f"),
    ],
    ids=ascii,
)
def test_an_invisible_character_is_found_anywhere(char: str) -> None:
    for text in (f"v1.2.3{char}", f"{char}v1.2.3", f"v1{char}{char}.2"):
        assert unseen(text) == (char,)


@pytest.mark.parametrize(
    "text", ["", "v1.2.3", "eu west 1", "größer", "リリース-3", "v1.2.3+build_7", "🚀", "é"]
)
def test_a_visible_character_is_not_found(text: str) -> None:
    assert unseen(text) == ()
    assert unseen(unicodedata.normalize("NFD", text)) == ()


def test_every_character_is_visible_or_invisible() -> None:
    hidden = sum(bool(unseen(chr(code))) for code in range(0x3100))
    assert 100 < hidden < 0x3100 / 2
    assert unseen(chr(sys.maxunicode)) == (chr(sys.maxunicode),)


@pytest.mark.parametrize(
    "version",
    [
        *("v1.2.3^0", "v1.2.3~0", "v1.2.3@{0}"),  # the field's own
        *("v1.2.3^", "v1^{}", "v1^{commit}", "v1~", "v1~1~2", "v1~1^2", "main@{yesterday}", "@{-1}", "@"),
        *("v1..v2", "v1...v2", ":/fix", "HEAD^{/fix}", "v1^!"),
    ],
)
def test_a_version_from_which_git_computes_a_commit_is_an_expression(version: str) -> None:
    assert is_expression(version)


@pytest.mark.parametrize(
    "version",
    [
        "v1.2.3",
        "1.0~rc1",
        "1.2.3~beta2-1",
        "shop:1.2.3",
        "release/7",
        "a.b",
        "team@2",
        "v1-@",
        "2026-11-29",
        "",
    ],
)
def test_a_plain_name_is_not_an_expression(version: str) -> None:
    assert not is_expression(version)


@pytest.mark.parametrize(
    ("version", "commit"),
    [
        ("v1.2.3-0-gbbbbbbb", "bbbbbbb"),
        ("v1.2.3-14-gA1B2C3D", "a1b2c3d"),
        ("1-2-gabcd", "abcd"),
        ("v1.2.3-gbbbbbbb", "bbbbbbb"),
        ("v1.2.3", None),
        ("v1-green", None),
        ("app-gadded", None),
        ("v1-0-gbbb", None),
        ("v1-0-gbbbbbbb-dirty", None),
        ("gbbbbbbb", None),
    ],
)
def test_the_hash_in_git_describes_output_is_found(version: str, commit: str | None) -> None:
    assert described_commit(version) == commit


@pytest.mark.parametrize(
    ("version", "may_be"),
    [("bbbbbbb", True), ("B" * 40, True), ("c" * 64, True), ("20261129", True), ("bbbbbb", False)],
)
def test_seven_hexadecimal_digits_can_be_a_commits(version: str, *, may_be: bool) -> None:
    assert is_hash(version) is may_be
    assert not is_hash(f"v{version}")
    assert not is_hash("b" * 65)


@pytest.mark.parametrize(
    ("version", "names"),
    [
        ("release", ("release",)),
        ("heads/release", ("heads/release", "release")),
        ("refs/heads/release", ("refs/heads/release", "release")),
        ("origin/release", ("origin/release", "release")),
        ("remotes/origin/a/b", ("remotes/origin/a/b", "a/b")),
        ("refs/remotes/origin/a", ("refs/remotes/origin/a", "a")),
        ("my/heads/release", ("my/heads/release",)),
    ],
)
def test_a_branch_has_every_name_that_git_takes_for_it(version: str, names: tuple[str, ...]) -> None:
    assert branch_names(version) == names
