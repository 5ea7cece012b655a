"""A request's issue and comments are told apart by their marker alone."""

import pytest

from approval_gate.core.marker import UNMARKED, Marker, read_marker

NONCE = "0123456789abcdef0123456789abcdef"
MARKER = Marker(run_id=77, run_attempt=2, nonce=NONCE)


def test_a_comment_of_the_requests_own_is_known_by_its_name() -> None:
    assert MARKER.tag_of(MARKER.comment("more-1", "text")) == "more-1"


@pytest.mark.parametrize("before", ["x ", "> ", "- ", "`"])
def test_any_other_text_is_not_one_of_its_comments(before: str) -> None:
    line = MARKER.comment("status", "").strip()
    assert MARKER.tag_of(f"text\n{line}") == "status"
    for text in ("", "text", f"text\n{before}{line}", f"{line} text", str(MARKER)):
        assert MARKER.tag_of(text) is None
    assert Marker(run_id=77, run_attempt=2, nonce="f" * 32).tag_of(line) is None


def test_a_text_begins_with_its_words_and_its_marker_is_a_block_of_its_own() -> None:
    assert MARKER.body("Deploy v1?\n") == f"Deploy v1?\n\n{MARKER}\n"
    assert MARKER.comment("status", "0 of 2").startswith("0 of 2\n\n<!--")
    assert read_marker(MARKER.body("Deploy v1?")) == MARKER


def test_the_last_marker_counts_since_what_people_typed_comes_before_it() -> None:
    forged = Marker(run_id=99, run_attempt=1, nonce="f" * 32)
    assert read_marker(MARKER.body(f"{forged}\n{forged}")) == MARKER


def test_what_has_no_marker_is_of_no_run() -> None:
    assert read_marker("Deploy v1") is UNMARKED
    assert read_marker(str(UNMARKED)) is UNMARKED
    assert not MARKER.replaces(UNMARKED)


@pytest.mark.parametrize(
    ("run", "attempt", "nonce", "replaced"),
    [
        (77, 2, NONCE, True),
        (77, 1, "a" * 32, True),
        (77, 2, "a" * 32, False),
        (77, 3, NONCE, False),
        (78, 1, NONCE, False),
        (78, 2, NONCE, False),
    ],
)
def test_a_request_replaces_its_duplicates_and_those_of_earlier_attempts(
    run: int, attempt: int, nonce: str, *, replaced: bool
) -> None:
    assert MARKER.replaces(Marker(run_id=run, run_attempt=attempt, nonce=nonce)) is replaced
