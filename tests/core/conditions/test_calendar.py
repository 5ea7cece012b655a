"""The hours in which a deployment is allowed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest

from approval_gate.core.conditions.calendar import opens, zone
from approval_gate.core.conditions.model import Calendar, DateRange, TimeRange, Weekday
from tests.core.conditions.language import look, shown

BERLIN = "Europe/Berlin"
WEEKDAYS = tuple(Weekday)[:5]
SATURDAY = (Weekday.SATURDAY,)
LONG = timedelta(days=400)


def times(*ranges: str) -> tuple[TimeRange, ...]:
    """Read ``22:00-04:00`` as a policy document does."""
    return tuple(_times(*map(_minutes, text.split("-"))) for text in ranges)


def _times(start: int, end: int) -> TimeRange:
    return TimeRange(start=start, end=end if end > start else end + 24 * 60)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def frozen(*ranges: str) -> tuple[DateRange, ...]:
    return tuple(DateRange(first=text[:10], last=text[-10:]) for text in ranges)


def at(text: str, name: str = BERLIN) -> datetime:
    """Return the moment when clocks there show a time; ``2026-10-25 02:30 again`` is the second one."""
    where = zone(name)
    assert where is not None
    local = datetime.fromisoformat(text.removesuffix(" again"))
    return local.replace(tzinfo=where, fold=text.endswith(" again")).astimezone(UTC)


def said(now: datetime, *, until: datetime | None = None, name: str = BERLIN, **parts: Any) -> str:
    return shown(look(now=now, until=until or now + timedelta(hours=1), hours=Calendar(zone=name, **parts)))


OFFICE = {"days": WEEKDAYS, "between": times("09:00-17:00")}


class TestHours:
    """Business hours, from the first minute to the last."""

    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            ("2026-03-02 09:00", "passed: within 09:00-17:00 (Europe/Berlin)"),
            ("2026-03-02 16:59:59", "passed: within 09:00-17:00 (Europe/Berlin)"),
            ("2026-03-02 17:00", "failed!: outside 09:00-17:00 (Europe/Berlin), opens Tue 09:00"),
            ("2026-03-02 08:59:59", "failed: outside 09:00-17:00 (Europe/Berlin), opens Mon 09:00"),
            ("2026-03-06 17:00", "failed!: outside 09:00-17:00 (Europe/Berlin), opens Mon 09:00"),
            ("2026-03-07 12:00", "failed!: Saturday is not allowed (Europe/Berlin), opens Mon 09:00"),
        ],
    )
    def test_a_moment_is_within_them_or_opens_later(self, now: str, expected: str) -> None:
        assert said(at(now), **OFFICE) == expected

    def test_they_are_those_of_the_zone(self) -> None:
        noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
        assert said(noon, **OFFICE).startswith("passed")
        assert said(noon, name="Asia/Tokyo", **OFFICE) == (
            "failed!: outside 09:00-17:00 (Asia/Tokyo), opens Tue 09:00"
        )

    @pytest.mark.parametrize(("minutes", "lasting"), [(59, True), (60, False), (61, False)])
    def test_waiting_helps_if_they_open_by_the_deadline(self, minutes: int, lasting: bool) -> None:  # noqa: FBT001 - of the table
        now = at("2026-03-02 08:00")
        shown = said(now, until=now + timedelta(minutes=minutes), **OFFICE)
        assert shown.startswith("failed!" if lasting else "failed:")

    def test_several_ranges_are_tried_in_the_order_of_the_day(self) -> None:
        two = {"between": times("14:00-16:00", "09:00-11:00")}
        assert said(at("2026-03-02 10:00"), **two) == (
            "passed: within 09:00-11:00 or 14:00-16:00 (Europe/Berlin)"
        )
        assert said(at("2026-03-02 12:00"), **two) == (
            "failed!: outside 09:00-11:00 or 14:00-16:00 (Europe/Berlin), opens Mon 14:00"
        )

    def test_without_times_the_whole_day_is_allowed(self) -> None:
        assert said(at("2026-03-02 00:00"), days=WEEKDAYS) == "passed: Monday is allowed (Europe/Berlin)"
        assert said(at("2026-03-01 23:59"), days=WEEKDAYS) == (
            "failed: Sunday is not allowed (Europe/Berlin), opens Mon 00:00"
        )
        assert said(at("2026-03-02 23:59"), between=times("00:00-24:00")) == (
            "passed: within 00:00-24:00 (Europe/Berlin)"
        )

    def test_after_the_deadline_they_must_have_been_open_at_it_too(self) -> None:
        until = at("2026-03-02 08:30")
        assert said(at("2026-03-02 09:30"), until=until, **OFFICE) == (
            "failed!: outside 09:00-17:00 (Europe/Berlin), opens Mon 09:00"
        )
        until = at("2026-03-02 16:59")
        assert said(at("2026-03-02 17:01"), until=until, **OFFICE).startswith("failed!")
        assert said(at("2026-03-02 16:59:30"), until=until, **OFFICE).startswith("passed")


class TestOverMidnight:
    """A range over midnight belongs to the day on which it starts."""

    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            ("2026-03-07 22:00", "passed: within 22:00-04:00 (Europe/Berlin)"),
            ("2026-03-08 03:59", "passed: within 22:00-04:00 (Europe/Berlin)"),
            ("2026-03-08 04:00", "failed!: Sunday is not allowed (Europe/Berlin), opens Sat 22:00"),
            ("2026-03-07 03:00", "failed!: Friday is not allowed (Europe/Berlin), opens Sat 22:00"),
            ("2026-03-07 21:00", "failed: outside 22:00-04:00 (Europe/Berlin), opens Sat 22:00"),
        ],
    )
    def test_it_is_allowed_on_the_next_day_too(self, now: str, expected: str) -> None:
        assert said(at(now), days=SATURDAY, between=times("22:00-04:00")) == expected

    def test_an_hour_that_both_days_have_is_one_of_the_day_itself(self) -> None:
        both = {"days": SATURDAY, "between": times("22:00-04:00", "03:00-05:00")}
        assert said(at("2026-03-06 03:30"), **both).startswith("failed!: Friday is not allowed")

    def test_a_frozen_day_cuts_it_off(self) -> None:
        night = {"between": times("22:00-04:00"), "frozen": frozen("2026-12-24")}
        assert said(at("2026-12-23 23:59"), **night).startswith("passed")
        assert said(at("2026-12-24 00:00"), **night) == (
            "failed!: 24 December is frozen (Europe/Berlin), opens Fri 22:00"
        )
        assert said(at("2026-12-25 01:00"), **night) == (
            "failed!: 24 December is frozen (Europe/Berlin), opens Fri 22:00"
        )


class TestFrozen:
    """Nothing is deployed on some days."""

    def test_the_range_includes_both_its_days(self) -> None:
        holidays = {"frozen": frozen("2026-12-24..2026-12-26", "2027-01-01")}
        assert said(at("2026-12-23 23:59"), **holidays) == (
            "passed: 23 December is not frozen (Europe/Berlin)"
        )
        for day in ("24", "25", "26"):
            assert said(at(f"2026-12-{day} 12:00"), **holidays) == (
                f"failed!: {day} December is frozen (Europe/Berlin), opens Sun 00:00"
            )
        assert said(at("2026-12-27 00:00"), **holidays).startswith("passed")
        assert said(at("2026-12-31 23:59"), **holidays).startswith("passed")
        assert said(at("2027-01-01 00:00"), **holidays).startswith("failed!")

    def test_an_opening_far_away_has_its_date(self) -> None:
        office = {**OFFICE, "frozen": frozen("2026-12-07..2027-01-03")}
        assert said(at("2026-12-07 12:00"), **office) == (
            "failed!: 7 December is frozen (Europe/Berlin), opens Mon 4 January 09:00"
        )

    def test_the_same_day_of_the_next_week_has_its_date(self) -> None:
        assert said(at("2026-03-07 12:00"), days=SATURDAY, between=times("09:00-10:00")) == (
            "failed!: outside 09:00-10:00 (Europe/Berlin), opens Sat 14 March 09:00"
        )

    def test_a_year_without_an_opening_is_told(self) -> None:
        assert said(at("2026-03-02 12:00"), frozen=frozen("2026-01-01..2030-01-01")) == (
            "failed!: 2 March is frozen (Europe/Berlin), with no opening within a year"
        )


class TestClocks:
    """The clocks are put forward on 29 March 2026 at 02:00, and back on 25 October at 03:00."""

    @pytest.mark.parametrize(
        ("now", "between", "opening"),
        [
            # 02:00 to 03:00 does not exist.
            ("2026-03-29 01:59", "02:30-04:00", "2026-03-29 03:00"),
            ("2026-03-29 03:00", "02:30-04:00", "2026-03-29 03:00"),
            ("2026-03-29 01:30", "01:00-02:30", "2026-03-29 01:30"),
            ("2026-03-29 03:00", "01:00-02:30", "2026-03-30 01:00"),
            ("2026-03-29 01:00", "02:00-03:00", "2026-03-30 02:00"),
            ("2026-03-28 23:00", "22:00-04:00", "2026-03-28 23:00"),
            ("2026-03-29 04:00", "22:00-04:00", "2026-03-29 22:00"),
            # 02:00 to 03:00 comes twice: a range is from the first time that its start is shown to the first
            # time that its end is.
            ("2026-10-25 01:00", "02:30-03:30", "2026-10-25 02:30"),
            ("2026-10-25 02:15 again", "02:30-03:30", "2026-10-25 02:15 again"),
            ("2026-10-25 03:30", "02:30-03:30", "2026-10-26 02:30"),
            ("2026-10-25 02:29", "01:00-02:30", "2026-10-25 02:29"),
            ("2026-10-25 02:15 again", "01:00-02:30", "2026-10-26 01:00"),
            ("2026-10-25 03:59", "22:00-04:00", "2026-10-25 03:59"),
        ],
    )
    def test_an_opening_is_found_over_the_change(self, now: str, between: str, opening: str) -> None:
        calendar = Calendar(zone=BERLIN, between=times(between))
        where = zone(BERLIN)
        assert where is not None
        assert opens(calendar, where, at(now)) == at(opening)

    def test_a_day_can_be_missing(self) -> None:
        """Samoa went from 29 to 31 December 2011."""
        apia = "Pacific/Apia"
        friday = {"name": apia, "days": (Weekday.FRIDAY,)}
        eve = at("2011-12-29 23:00", apia)
        assert (
            said(eve, **friday)
            == "failed!: Thursday is not allowed (Pacific/Apia), opens Fri 6 January 00:00"
        )
        night = {"name": apia, "days": (Weekday.THURSDAY,), "between": times("22:00-04:00")}
        assert said(eve, **night).startswith("passed")
        assert said(at("2011-12-31 00:00", apia), **night).startswith("failed!: Friday is not allowed")

    def test_a_change_can_be_half_an_hour(self) -> None:
        lord_howe = "Australia/Lord_Howe"
        calendar = Calendar(zone=lord_howe, between=times("02:15-05:00"))
        where = zone(lord_howe)
        assert where is not None
        assert opens(calendar, where, at("2026-10-04 01:30", lord_howe)) == at("2026-10-04 02:30", lord_howe)


class TestZones:
    """A zone is one of the IANA database, or none."""

    @pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5"])
    def test_one_of_the_database_is_known(self, name: str) -> None:
        assert zone(name) is not None

    @pytest.mark.parametrize(
        "name",
        [
            *("", ".", "..", "/", "Mars/Olympus", "Europe", "Europe/", "/UTC", "../etc/passwd"),
            *("/etc/localtime", "localtime", "posixrules", "posix/UTC", "right/UTC", "Factory"),
            *("zone.tab", "leapseconds", "UTC\0", "UTC\n", "\ud800", "Ünited/States", "x" * 5000),
        ],
    )
    def test_anything_else_is_not(self, name: str) -> None:
        assert zone(name) is None

    def test_a_calendar_of_an_unknown_zone_is_unknown(self) -> None:
        assert said(at("2026-03-02 12:00"), name="Mars/Olympus", **OFFICE) == (
            'unknown!: there is no time zone "Mars/Olympus" here'
        )

    def test_without_a_database_every_zone_is_unknown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(key: str) -> None:
            raise ZoneInfoNotFoundError(key)

        monkeypatch.setattr("approval_gate.core.conditions.calendar.ZoneInfo", missing)
        assert said(datetime(2026, 3, 2, 12, tzinfo=UTC), **OFFICE).startswith("unknown!")


class TestOddCalendars:
    """A record can have any calendar."""

    @pytest.mark.parametrize(
        ("part", "expected"),
        [
            (TimeRange(start=-60, end=60), "passed: within 23:00-01:00 (Europe/Berlin)"),
            (TimeRange(start=1320, end=240), "passed: within 22:00-04:00 (Europe/Berlin)"),
            (TimeRange(start=1410, end=1410), "passed: within 23:30-23:30 (Europe/Berlin)"),
            (
                TimeRange(start=10**9, end=-(10**9)),
                "failed!: outside 10:40-13:20 (Europe/Berlin), opens Tue 10:40",
            ),
        ],
    )
    def test_any_range_is_one_of_a_day(self, part: TimeRange, expected: str) -> None:
        assert said(at("2026-03-02 23:30"), between=(part,)) == expected

    def test_a_calendar_without_rules_allows_everything(self) -> None:
        assert said(at("2026-03-02 12:00")) == "passed: 2 March is not frozen (Europe/Berlin)"

    @pytest.mark.parametrize("now", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
    def test_a_time_at_the_end_of_all_times_is_unknown(self, now: datetime) -> None:
        hours = Calendar(zone=BERLIN, days=WEEKDAYS)
        found = look(now=now, until=now, hours=hours)
        assert shown(found) == "unknown!: it depends on a time that no calendar has"
