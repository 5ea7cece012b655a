"""The classes of faults, by the names of the columns."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from tests.whole.stage import BEGAN

RESET = 40.0
"""Seconds from the first fault to the reset of a spent budget."""

_AWAY = "http://elsewhere.example/"


def _status(status: int, **more: Any) -> Callable[[datetime], dict[str, Any]]:
    return lambda _: {"status": status, **more}


def _kind(kind: str, **more: Any) -> Callable[[datetime], dict[str, Any]]:
    return lambda _: {"kind": kind, **more}


def _spent(at: datetime) -> dict[str, Any]:
    reset = str(int((at + timedelta(seconds=RESET)).timestamp()))
    body = '{"message": "API rate limit exceeded for installation."}'
    return {
        "status": 403,
        "headers": {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset},
        "body": body,
    }


_SECONDARY = '{"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}'

CLASSES: Mapping[str, Callable[[datetime], dict[str, Any]]] = MappingProxyType(
    {
        "500": _status(500),
        "502": _status(502, body="<html>Bad Gateway</html>", headers={"content-type": "text/html"}),
        "503": _status(503, headers={"retry-after": "7"}),
        "429+": _status(429, headers={"retry-after": "20"}),
        "429": _status(429),
        "2nd": _status(403, body=_SECONDARY),
        "1st": _spent,
        "401": _status(401, body='{"message": "Bad credentials"}'),
        "404": _status(404, body='{"message": "Not Found"}'),
        "refuse": _kind("refuse"),
        "reset": _kind("reset"),
        "hang": _kind("hang"),
        "cut": _kind("truncate"),
        "shape": _status(200, body='{"hello": 1}'),
        "lost": _kind("after-effect"),
        "301": _status(301, headers={"location": "itself"}),
        "301~": _status(301, headers={"location": _AWAY}),
        "301o": _status(301, headers={"location": "circle"}),
        "307": _status(307, headers={"location": "itself"}),
        "307~": _status(307, headers={"location": _AWAY}),
        "307o": _status(307, headers={"location": "circle"}),
        "stale": _kind("stale"),
        "+10": _kind("skew", skew=timedelta(minutes=10)),
        "-10": _kind("skew", skew=timedelta(minutes=-10)),
    }
)
"""The fault of a class, given the time at which it begins."""

WAITS: Mapping[str, float] = {"503": 7.0, "429+": 20.0, "429": 60.0, "2nd": 60.0, "1st": RESET + 1}
"""The seconds that the gate waits after each of these."""

WRONG_ANSWERS = frozenset({"stale", "+10", "-10"})
"""Wrong answers that look like right ones."""

BEFORE_GITHUB = frozenset({"refuse", "hang"})
"""Faults on the way to GitHub."""


def fault(name: str, at: float) -> dict[str, Any]:
    return CLASSES[name](BEGAN + timedelta(seconds=at))
