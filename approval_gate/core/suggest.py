"""What somebody probably meant who wrote something else: a known name, a number of minutes."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_CLOSE = 0.6
_SPAN = re.compile(r"(?P<number>[0-9]{1,6}(?:\.[0-9]{1,3})?)\s*(?P<unit>[a-z]+)\.?", re.IGNORECASE)
_CLOCK = re.compile(r"(?P<hours>[0-9]{1,3}):(?P<minutes>[0-5][0-9])")
_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
}
_WORDS = {
    **dict.fromkeys(("yes", "y", "on", "1"), "true"),
    **dict.fromkeys(("no", "n", "off", "0"), "false"),
}


def closest(written: str, known: Iterable[str]) -> str:
    """Return the known name that is most like what was written; empty if none is."""
    by_case = {name.lower(): name for name in known}
    close = get_close_matches(written.lower(), by_case, 1, _CLOSE)
    longer = (name for name in by_case if name.startswith(f"{written.lower()}-"))
    return next((by_case[name] for name in (*close, *longer)), "")


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Ask whether the known name that is most like it was meant; empty if none is."""
    name = closest(written, known)
    return f"Did you mean `{name}`?" if name else ""


def meant_or_known(written: str, known: Sequence[str]) -> str:
    """Ask whether the known name that is most like it was meant; if none is, say which names there are."""
    return did_you_mean(written, known) or f"Write {'one of ' if len(known) > 1 else ''}{', '.join(known)}."


def in_unit(written: str, name: str) -> str:
    """Say how a span such as ``1h`` is written where the name of a value has the unit; empty if unknown."""
    unit = next((unit for unit in ("hours", "minutes", "seconds") if name.endswith(unit)), "")
    text = written.strip()
    if clock := _CLOCK.fullmatch(text):
        seconds = int(clock["hours"]) * 3_600.0 + int(clock["minutes"]) * 60
    elif (span := _SPAN.fullmatch(text)) and span["unit"].lower() in _SECONDS:
        seconds = float(span["number"]) * _SECONDS[span["unit"].lower()]
    else:
        return ""
    return f"Write {unit}: {seconds / _SECONDS[unit]:g}." if unit else ""


def true_or_false(written: str) -> str:
    """Say which of the two is meant; empty if it is neither."""
    meant = _WORDS.get(written.strip().lower(), "") or closest(written.strip(), ("true", "false"))
    return f"Write `{meant}`." if meant else ""
