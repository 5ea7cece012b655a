"""A request's issue and comments are told apart by their marker alone."""

import pytest

from approval_gate.core.marker import UNMARKED, Marker, read_marker

NONCE = "0123456789abcdef0123456789abcdef"
MARKER = Marker(run_id=77, run_attempt=2, nonce=NONCE)


def test_a_comment_of_the_requests_own_is_known_by_its_name() -> None:
    assert MARKER.tag_of(f"{MARKER.tagged('more-1')}\ntext") == "more-1"


@pytest.mark.parametrize("text", ["", "text", f" {MARKER.tagged('status')}", str(MARKER)])
def test_any_other_text_is_not_one_of_its_comments(text: str) -> None:
    assert MARKER.tag_of(text) is None
    assert Marker(run_id=77, run_attempt=2, nonce="f" * 32).tag_of(MARKER.tagged("status")) is None


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
