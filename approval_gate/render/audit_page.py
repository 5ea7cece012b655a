"""An audit as one HTML page that needs nothing else: no script, no request, and it prints.

Everything typed by people is escaped by the template engine, put on one line without invisible characters,
and isolated from the direction of the text around it.
"""

import base64
import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from urllib.parse import urlsplit

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from approval_gate import __version__
from approval_gate.core import plain
from approval_gate.core.audit.figures import WAITING, Figures, Week, figures, months, outcome, weeks
from approval_gate.core.audit.model import Audit, Finding, FollowUp, Kind
from approval_gate.core.plain import cut, visible
from approval_gate.core.wording import join, join_some, plural
from approval_gate.render.templating import source
from approval_gate.render.times import moment

MOST_LISTED = 100
"""How many findings of a kind are listed."""

_LONGEST_ADDRESS = 2_000

_ENDED: Mapping[str, tuple[str, frozenset[str]]] = {
    "approved": ("Approved", frozenset({"approved"})),
    "denied": ("Denied", frozenset({"denied"})),
    "undecided": ("No decision", frozenset({"timed-out", "cancelled", WAITING})),
    "unclear": ("Error or unknown", frozenset({"error", "unknown"})),
}
"""The parts of a week's bar: the class, its name, and the outcomes."""

_KINDS: Mapping[Kind, tuple[str, str]] = {
    Kind.FORGED: ("Forged records", "Each contradicts itself or its issue, or another account wrote it."),
    Kind.TOUCHED: (
        "Records that were edited",
        "Each was edited after it was written, by someone who can write there.",
    ),
    Kind.MISSING: ("Requests without a record", "The gate left no record, or it was deleted."),
    Kind.UNAPPROVED: ("Deployments without an approval", "GitHub has them on record as successful."),
    Kind.NO_RESULT: (
        "Approvals without a result",
        "Neither a report nor a deployment of the commit is on record.",
    ),
    Kind.RESULT: ("Doubtful results", "The report's comment is not as it was written."),
    Kind.OVERDUE: ("Overdue follow-ups", "Each was due, and its issue is still open."),
    Kind.UNREAD: ("Repositories that could not be read", "What happened there is unknown."),
    Kind.SELF_APPROVED: ("Self-approved", "A remark: the policy decides whether this is allowed."),
    Kind.LOGS: (
        "Logs kept for a shorter time",
        "A remark: these runs' logs are kept for fewer days than are audited.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    """A week's bar in the picture: its parts from the bottom, and the same in words and numbers."""

    place: int
    monday: date
    bars: tuple[tuple[str, str, str], ...]
    counts: tuple[int, ...]
    looks: int
    said: str


def as_page(audit: Audit) -> str:
    """Return the page."""
    style = source("audit.css")
    base = _base([it.url for it in audit.requests])
    every, scope = weeks(audit), audit.scope
    top = max((it.requests for it in every), default=0)
    named = {it.environment for it in audit.requests if it.environment}
    return (
        _environment(base, len(scope.repositories) > 1)
        .get_template("audit.html")
        .render(
            where=visible(scope.organization or join_some([it.name for it in scope.repositories], "and")),
            scope=scope,
            version=__version__,
            style=Markup(style),  # noqa: S704 - the program's own
            base=base,
            base_origin=base and "{0.scheme}://{0.netloc}".format(urlsplit(base)),
            style_hash=_hash(style),
            findings=audit.findings,
            tiles=[*_tiles(audit, figures(audit))],
            groups=[*_groups([*audit.findings, *audit.remarks])],
            scope_lines=audit.out_of_reach,
            weeks=[_bar(place, week, top) for place, week in enumerate(every)],
            top=top,
            key=[(kind, name, sum(_count(it, kind) for it in every)) for kind, (name, _) in _ENDED.items()],
            months=months(audit),
            several=len(named) > 1,
            accounts=join(map(visible, scope.accounts), "and"),
            environments=join(map(visible, scope.environments), "and") or "no environment",
        )
        + "\n"
    )


def address(text: str) -> str:
    """Return an address of GitHub's if a link can lead to it; a server of one's own can have http."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return ""
    printable = text.isascii() and text.isprintable() and not set(text) & set(" \"'<>`\\")
    fits = parts.scheme in {"https", "http"} and printable and len(text) <= _LONGEST_ADDRESS
    return text if host and fits else ""


def _hash(style: str) -> str:
    """Return the style sheet's hash for the page's policy (https://www.w3.org/TR/CSP3/#grammardef-hash-source)."""
    digest = hashlib.sha256(style.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _base(addresses: Sequence[str]) -> str:
    """Return the folder that all addresses are in, so that no row repeats it; empty if there are several."""
    folders = {f"{it.rpartition('/')[0]}/" for it in addresses}
    return address(folders.pop()) if len(folders) == 1 else ""


def _environment(base: str, several: bool) -> Environment:  # noqa: FBT001 - always given in this order
    """Compile the template; requests are named with their repository if there are several."""
    made = Environment(
        loader=FunctionLoader(source),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    made.filters.update(
        typed=typed,
        address=address,
        link=partial(_link, base),
        detail=detail,
        follow_up=_follow_up,
        outcome=outcome,
        reference=(lambda it: visible(it.reference)) if several else (lambda it: f"#{it.number}"),
        plural=plural,
        moment=moment,
        date=_date,
        minute=_minute,
    )
    return made


def typed(text: str, limit: int = 100) -> Markup:
    """Show hostile text: escaped, and isolated if it is written from right to left."""
    shown = cut(visible(text), limit)
    turned = any(unicodedata.bidirectional(char) in {"R", "AL", "AN"} for char in shown)
    return Markup("<bdi>{}</bdi>").format(shown) if turned else escape(shown)


def detail(value: str) -> Markup:
    """Show a field of a request; an https address is a link, named as in the issue."""
    words = plain.address(value.strip())
    return Markup('<a href="{}">{}</a>').format(value.strip(), words) if words else typed(value, 200)


def _follow_up(due: FollowUp) -> Markup:
    name, when = f"#{due.number}", f", due {_date(due.due_at)}" if due.due_at else ""
    target = address(due.url)
    linked = Markup('<a href="{}">{}</a>').format(target, name) if target else escape(name)
    return linked + when


def _link(base: str, text: str) -> str:
    """Return the address of a request, relative to the page's base if it can be."""
    rest = text.removeprefix(base)
    return rest if base and rest.isalnum() else address(text)


def _minute(time: datetime) -> str:
    time = time.astimezone(UTC)
    return f"{time.day} {time:%b %H:%M}"


def _date(day: date) -> str:
    """Show a day; of a moment, that in UTC."""
    day = day.astimezone(UTC) if isinstance(day, datetime) else day
    return f"{day.day} {day:%B %Y}"


def _tiles(audit: Audit, count: Figures) -> Iterator[tuple[str, str, str]]:
    approved, deployed = count.outcomes.get("approved", 0), count.deployments - count.unapproved
    yield "Requests", f"{count.requests:,}", f"{approved:,} approved"
    yield "Median time to approve", "none" if count.minutes is None else f"{count.minutes} min", ""
    yield "Successful deployments", f"{count.deployments:,}", f"{deployed:,} with an approval"
    yield "Rolled back", f"{count.rolled_back:,}", ""
    yield "Records ok", f"{count.records:,}", f"of {count.requests:,}"
    yield "Findings", f"{len(audit.findings):,}", plural(len(audit.remarks), "remark")


def _groups(found: list[Finding]) -> Iterator[tuple[str, str, list[Finding], int]]:
    for kind, (title, about) in _KINDS.items():
        of_kind = [it for it in found if it.kind is kind]
        if of_kind:
            yield title, about, of_kind[:MOST_LISTED], max(0, len(of_kind) - MOST_LISTED)


def _count(week: Week, kind: str) -> int:
    return sum(week.outcomes.get(how, 0) for how in _ENDED[kind][1])


def _bar(place: int, week: Week, top: int) -> _Bar:
    """Lay out a week's bar, in percent of the most requests of any week."""
    counts = {kind: _count(week, kind) for kind in _ENDED}
    bars, base = [], 0
    for kind, count in counts.items():
        base += count
        if count:
            bars.append((kind, f"{100 - 100 * base / top:.4g}", f"{100 * count / top:.4g}"))
    said = [f"{count} {_ENDED[kind][0].lower()}" for kind, count in counts.items() if count]
    looks = [f"{week.looks} to look at"] if week.looks else []
    return _Bar(
        place=place,
        monday=week.monday,
        bars=tuple(bars),
        counts=tuple(counts.values()),
        looks=week.looks,
        said=", ".join([*said, *looks]) or "no request",
    )
