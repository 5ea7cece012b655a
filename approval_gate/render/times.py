"""Times and durations as people read them."""

from datetime import UTC, datetime, timedelta

from approval_gate.core.wording import at, plural


def moment(time: datetime) -> str:
    """Show a time with its day."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def after(time: datetime, opened: datetime) -> str:
    """Show a time and how long after the request it is: ``14:19 UTC, 20 minutes after the request``."""
    return f"{at(time, opened)}, {span(time - opened)} after the request"


def span(length: timedelta) -> str:
    """Show a duration: ``60 minutes``, ``24 hours``, ``45 seconds``."""
    seconds = max(0, round(length.total_seconds()))
    hour, day = 3600, 86400
    for size, name in ((day, "day"), (hour, "hour"), (60, "minute")):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds // size} {name}s"
    if seconds >= 2 * hour:
        return f"{seconds / hour:.1f} hours"
    return plural(seconds // 60, "minute") if seconds >= 60 else plural(seconds, "second")  # noqa: PLR2004
