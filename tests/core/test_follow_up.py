"""Follow-ups: their marker, their title, and which of them are overdue."""

from datetime import UTC, datetime, timedelta

import pytest

from approval_gate.core import follow_up
from approval_gate.core.follow_up import FollowUpIssue
from approval_gate.core.marker import UNMARKED, FollowUpMarker, read_follow_up, read_marker

NONCE = "0123456789abcdef0123456789abcdef"
MARKER = FollowUpMarker(run_id=77, run_attempt=2, nonce=NONCE, hours=48)
OPENED = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
ISSUE = FollowUpIssue(
    id=900_043,
    number=43,
    url="https://github.com/acme/shop/issues/43",
    title="Post-mortem of v1.2.3, due Wed 4 March 2026, 14:00 UTC",
    owners=("dee",),
    opened_at=OPENED,
    marker=MARKER,
)


def test_a_follow_up_is_known_by_its_marker_and_is_not_an_approval_issue() -> None:
    body = MARKER.body("What happened?")
    assert body.startswith(
        "What happened?\n\n<!-- approval-gate:v1 follow-up run=77 attempt=2 hours=48 nonce="
    )
    assert read_follow_up(body) == MARKER
    assert read_marker(body) is UNMARKED
    assert MARKER.tag_of(body) is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        f"> {MARKER}",
        f"{MARKER} more",
        str(MARKER).replace("48", "1e3"),
        str(MARKER).replace("48", "99999"),
        str(MARKER).replace("hours=48 ", ""),
    ],
)
def test_anything_else_has_no_marker_of_a_follow_up(body: str) -> None:
    assert read_follow_up(body) is None


def test_its_title_says_when_it_is_due_and_holds_whatever_was_typed_on_one_short_line() -> None:
    due = OPENED + timedelta(hours=48)
    assert follow_up.title("Post-mortem", "v1.2.3", due) == ISSUE.title
    hostile = follow_up.title("Post\u202emortem", "v1\n::error::" + "x" * 500, due)
    assert hostile.startswith("Postmortem of v1 ::error::xxx")
    assert hostile.endswith("xx…, due Wed 4 March 2026, 14:00 UTC")
    assert len(follow_up.title("x" * 500, "y" * 500, due)) <= 256


@pytest.mark.parametrize(
    ("title", "name"),
    [
        (ISSUE.title, "Post-mortem of v1.2.3"),
        ("Post-mortem of v1.2.3, due never", "Post-mortem of v1.2.3"),
        ("\u202e`x`\n", "`x`"),
        ("x" * 300, "x" * 99 + "…"),
    ],
)
def test_its_name_is_its_title_without_the_date(title: str, name: str) -> None:
    assert at(OPENED, title=title).name == name


@pytest.mark.parametrize(("late", "found"), [(-1, 0), (0, 0), (1, 1)])
def test_it_is_overdue_from_the_second_after_its_time(late: int, found: int) -> None:
    now = ISSUE.due_at + timedelta(seconds=late)
    assert len(follow_up.overdue([ISSUE], now)) == found


def test_the_longest_overdue_come_first() -> None:
    days = [3, 9, 5]
    late = follow_up.overdue([at(OPENED - timedelta(days=n)) for n in days], OPENED)
    assert [(OPENED - it.opened_at).days for it in late] == [9, 5, 3]


def test_overdue_ones_are_named_with_their_owners_and_the_rest_is_counted() -> None:
    one = f"{ISSUE.url}, due Wed 4 March 2026, 14:00 UTC, assigned to "
    assert follow_up.listed([ISSUE]) == f"{one}dee"
    assert follow_up.listed([at(OPENED, owners=()), at(OPENED, owners=("dee", "ann"))]) == (
        f"{one}nobody; {one}dee and ann"
    )
    assert follow_up.listed([ISSUE] * 6).endswith(f"{one}dee; and 1 other")
    many = follow_up.listed([ISSUE] * 30)
    assert many.count(ISSUE.url) == 5
    assert many.endswith("; and 25 others")


def at(opened: datetime, *, title: str = ISSUE.title, owners: tuple[str, ...] = ("dee",)) -> FollowUpIssue:
    return FollowUpIssue(
        id=1, number=1, url=ISSUE.url, title=title, owners=owners, opened_at=opened, marker=MARKER
    )
