"""Whether a calendar allows a deployment now, and when it does next."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from approval_gate.core.conditions.found import Found, failed, named, passed, unknown
from approval_gate.core.conditions.model import Calendar, TimeRange, Weekday
from approval_gate.core.wording import join_some

HORIZON = 366
"""How many days ahead an opening is looked for."""

_DAY = 24 * 60
_WEEK = tuple(Weekday)
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*", re.ASCII)
_LOCAL = ("localtime", "posix", "right/", "Factory")
"""What machines have in addition to the database's own names, and not all alike."""


def zone(name: str) -> ZoneInfo | None:
    """Return a time zone of the IANA database; None if it is not there, or there is no database."""
    if not _ZONE.fullmatch(name) or name.startswith(_LOCAL):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def look(calendar: Calendar, now: datetime, until: datetime) -> Found:
    """Look whether the calendar allows a deployment at a moment.

    After the deadline it must have allowed it at the deadline too, so no time that passes then can approve.
    """
    where = zone(calendar.zone)
    if where is None:
        return unknown(f"there is no time zone {named(calendar.zone)} here", lasting=True)
    for moment in (min(now, until), now):
        opening = opens(calendar, where, moment)
        if opening != moment:
            lasting = opening is None or opening > until
            return failed(_closed(calendar, where, moment, opening), lasting=lasting)
    return passed(f"{_open(calendar, now.astimezone(where))} ({calendar.zone})")


def opens(calendar: Calendar, where: ZoneInfo, moment: datetime) -> datetime | None:
    """Return the first allowed moment from this one on, which can be itself; None if a year has none."""
    today = moment.astimezone(where).date()
    for start, end in _spans(calendar, where, _after(today, -1)):
        if start < end and moment < end:
            return max(start, moment)
    return None


def _spans(calendar: Calendar, where: ZoneInfo, first: date) -> Iterator[tuple[datetime, datetime]]:
    """Yield the times that are allowed, in order, each with its end; they can overlap, or be empty."""
    for day in (_after(first, days) for days in range(HORIZON)):
        if not _is_closed(calendar, day):
            midnight = _DAY if _is_frozen(calendar, _after(day, 1)) else 2 * _DAY
            for start, end in _ranges(calendar):
                yield _begins(where, day, start), _begins(where, day, min(end, midnight))


def _ranges(calendar: Calendar) -> list[tuple[int, int]]:
    """Return the parts of a day in order, in minutes from its midnight; the last can end on the next day."""
    return sorted(_bounds(it) for it in calendar.between) or [(0, _DAY)]


def _bounds(part: TimeRange) -> tuple[int, int]:
    start = part.start % _DAY
    return start, start + ((part.end - part.start) % _DAY or _DAY)


def _begins(where: ZoneInfo, day: date, minute: int) -> datetime:
    """Return the first moment when the clocks of a zone show a time or, if they skip it, a later one."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    before, after = (local.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (1, 0))
    if before >= after:
        return after
    # The clocks are put forward between these two, past this time.
    seconds = range(int((after - before).total_seconds()))
    shown = lambda count: (before + timedelta(seconds=count)).astimezone(where).replace(tzinfo=None)  # noqa: E731
    return before + timedelta(seconds=bisect_left(seconds, local, key=shown))


def _after(day: date, days: int) -> date:
    return day + timedelta(days=days)


def _is_closed(calendar: Calendar, day: date) -> bool:
    """Whether nothing starts on a day."""
    return _is_frozen(calendar, day) or not _is_listed(calendar, day)


def _is_listed(calendar: Calendar, day: date) -> bool:
    return not calendar.days or _WEEK[day.weekday()] in calendar.days


def _is_frozen(calendar: Calendar, day: date) -> bool:
    return any(it.first <= day.isoformat() <= it.last for it in calendar.frozen)


# The sentences ---------------------------------------------------------------------------


def _open(calendar: Calendar, local: datetime) -> str:
    if calendar.between:
        return f"within {_hours(calendar)}"
    return f"{local:%A} is allowed" if calendar.days else f"{_date(local)} is not frozen"


def _closed(calendar: Calendar, where: ZoneInfo, moment: datetime, opening: datetime | None) -> str:
    """Say why a moment is not allowed, and which one is next."""
    local = moment.astimezone(where)
    day = _day_of(calendar, local)
    if frozen := next((it for it in (local.date(), day) if _is_frozen(calendar, it)), None):
        said = f"{_date(frozen)} is frozen"
    elif not _is_listed(calendar, day):
        said = f"{day:%A} is not allowed"
    else:
        said = f"outside {_hours(calendar)}"
    if opening is None:
        return f"{said} ({calendar.zone}), with no opening within a year"
    opens_at = opening.astimezone(where)
    far = (opens_at.date() - local.date()).days >= len(_WEEK)
    date_ = f"{_date(opens_at)} " if far else ""
    return f"{said} ({calendar.zone}), opens {opens_at:%a} {date_}{opens_at:%H:%M}"


def _day_of(calendar: Calendar, local: datetime) -> date:
    """Return the day of the range in which a time is: yesterday's, if that went over midnight."""
    minute = local.hour * 60 + local.minute
    ranges = _ranges(calendar)
    over = any(minute + _DAY < end for _, end in ranges) and not any(a <= minute < b for a, b in ranges)
    return _after(local.date(), -over)


def _hours(calendar: Calendar) -> str:
    shown = (f"{_clock(start)}-{_clock(end)}" for start, end in _ranges(calendar))
    return join_some(shown, "or")


def _clock(minute: int) -> str:
    """Show a time of the day: ``09:00``; the end of a day is ``24:00``."""
    minute = minute if minute <= _DAY else minute - _DAY
    return f"{minute // 60:02}:{minute % 60:02}"


def _date(day: date) -> str:
    return f"{day.day} {day:%B}"
