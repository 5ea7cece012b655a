"""A time names its day exactly if that is another day than the request's."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from approval_gate.core.wording import at

OPENED = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (0, "23:30 UTC"),
        (29, "23:59 UTC"),
        (30, "Tue 3 March, 00:00 UTC"),
        (60, "Tue 3 March, 00:30 UTC"),
        (3 * 24 * 60, "Thu 5 March, 23:30 UTC"),
        (-24 * 60, "Sun 1 March, 23:30 UTC"),
    ],
)
def test_the_day_is_named_where_it_is_not_the_requests(minutes: int, shown: str) -> None:
    assert at(OPENED + timedelta(minutes=minutes), OPENED) == shown


def test_days_are_those_of_utc() -> None:
    there = timezone(timedelta(hours=-5))
    time = OPENED + timedelta(minutes=40)
    assert at(time.astimezone(there), OPENED.astimezone(there)) == "Tue 3 March, 00:10 UTC"
