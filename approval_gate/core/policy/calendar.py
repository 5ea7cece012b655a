"""The texts of a policy's calendar: days, times of the day, dates and time zones.

Each function returns what a text means, or raises :class:`~approval_gate.core.suggest.Malformed`.
"""

import re
from datetime import date
from itertools import islice
from zoneinfo import available_timezones

from approval_gate.core.conditions.calendar import zone as zone_of
from approval_gate.core.conditions.model import DateRange, TimeRange, Weekday
from approval_gate.core.policy.findings import literal
from approval_gate.core.suggest import Malformed, meant_or_known, question

DAYS = r"^({0})(-({0}))?$".format("|".join(Weekday))
TIMES = r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
DATES = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(\.\.[0-9]{4}-[0-9]{2}-[0-9]{2})?$"
"""The patterns of what is allowed, for editors."""

DAY = 24 * 60
_WEEK = tuple(Weekday)
_SPANS = {
    **dict.fromkeys(("weekdays", "weekday", "workdays", "working days"), "monday-friday"),
    **dict.fromkeys(("weekend", "weekends"), "saturday-sunday"),
}

_ZONE = "Write a name such as `Europe/Berlin` or `UTC`."
_OFFSET = re.compile(r"[+-][0-9]")

_TIMES = re.compile(r"([0-9]{1,2})[:.]?([0-9]{2})?\s*-\s*([0-9]{1,2})[:.]?([0-9]{2})?")


def days(text: str) -> tuple[Weekday, ...]:
    """Return the days of ``monday`` or ``monday-friday``; a range can go over the end of the week."""
    first, dash, last = text.partition("-")
    for name in (first, last) if dash and last else (text,):
        if name not in _WEEK:
            raise Malformed(f"{literal(name)} is not a day of the week.", _day(name))
    start = _WEEK.index(Weekday(first))
    count = (_WEEK.index(Weekday(last)) - start) % len(_WEEK) + 1 if dash else 1
    return tuple(islice((*_WEEK, *_WEEK), start, start + count))


def _day(name: str) -> str:
    """Say which day is meant; an abbreviation such as ``Mon`` means the day that it begins."""
    text = name.strip(" .-").lower()
    if text in _SPANS:
        return question([_SPANS[text]])
    meant = [day for day in _WEEK if len(text) > 1 and day.startswith(text)]
    return question(meant) if len(meant) == 1 else meant_or_known(text, _WEEK)


def times(text: str) -> TimeRange:
    """Return the range of ``09:00-17:00``; one that ends before it starts ends on the next day."""
    if not re.fullmatch(TIMES, text):
        raise Malformed(f"{literal(text)} is not a range of times.", _range(text))
    start, end = map(_minutes, text.split("-"))
    if start == end:
        problem = f"{literal(text)} ends when it starts."
        raise Malformed(problem, "For the whole day, write `00:00-24:00`.")
    return TimeRange(start=start, end=end if end > start else end + DAY)


def _range(text: str) -> str:
    """Say what ``9-17`` or ``9:00 - 17:00`` means, if it can be meant."""
    found = _TIMES.fullmatch(text.strip())
    if found:
        hours = f"{int(found[1]):02}:{found[2] or '00'}-{int(found[3]):02}:{found[4] or '00'}"
        if re.fullmatch(TIMES, hours):
            return f"Write `{hours}`."
    return "Write hours and minutes from `00:00` to `24:00`, such as `09:00-17:00`."


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def dates(text: str) -> DateRange:
    """Return the days of ``2026-12-24`` or ``2026-12-24..2026-12-26``."""
    if not re.fullmatch(DATES, text):
        remedy = "Write a day such as `2027-01-01`, or two as `2026-12-24..2026-12-26`."
        raise Malformed(f"{literal(text)} is not a date or a range of dates.", remedy)
    first, _, last = text.partition("..")
    for day in (first, last or first):
        try:
            date.fromisoformat(day)
        except ValueError as error:
            raise Malformed(f"there is no day {literal(day)}.", "Correct the date.") from error
    if last and last < first:
        problem = f"{literal(text)} ends before it starts."
        raise Malformed(problem, f"Write `{last}..{first}`.")
    return DateRange(first=first, last=last or first)


def zone(text: str) -> str:
    """Return the name of a time zone of the IANA database."""
    if zone_of(text) is None:
        raise Malformed(f"there is no time zone {literal(text)}.", _zone(text))
    return text


def _zone(text: str) -> str:
    """Say which zone is meant; a city alone means the zone that ends with it, and a continent alone none.

    For an offset no zone is guessed: `Etc/GMT+1` is an hour behind GMT, and most places change their clocks.
    """
    if _OFFSET.search(text):
        return _ZONE
    known = sorted(filter(zone_of, available_timezones()))
    city = text.strip().replace(" ", "_").lower()
    if any(name.lower().startswith(f"{city}/") for name in known):
        return _ZONE
    meant = [name for name in known if city and name.lower().rpartition("/")[2] == city.rpartition("/")[2]]
    if meant:
        return question(meant[:1])
    close = meant_or_known(city, known)
    return close if close.startswith("Did") else _ZONE
