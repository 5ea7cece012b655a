"""How each cell of the matrix must end: a table of rules, the first that fits.

What must be true of every run, however it ends, is in ``cell.wrong``.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from approval_gate.core.timing import LAST_READ, PERSISTS
from tests.matrix.cell import EVERYTHING, LETTERS, PATIENCE, TIMEOUT, WEIGHTY, Row
from tests.matrix.faults import LIES, WAITS
from tests.matrix.scenes import SCENES

LOOKS = 180.0
"""Seconds to two looks and a pause between them."""

TELLING = frozenset(
    {
        "POST comment",
        "PATCH comment",
        "POST labels",
        "POST assignees",
        "POST reaction",
        "DELETE reaction",
    }
)
"""What the decision does not hang on."""

AT_ANY_TIME = TELLING | {"POST app token", "GET installation"}
"""What is asked whenever it is time for it."""

ABSENT: Mapping[str, set[str]] = {
    "GET repository": {"permission"},
    "GET file": {"policy", "roster", "input"},
    "GET team": {"roster"},
    "GET team right": {"roster"},
    "GET teams": {"roster"},
    "GET user": {"roster"},
    "GET members": {"permission"},
    "GET permission": {"roster", "unsatisfiable"},
    "GET tag": {"permission"},
    "GET tag object": {"permission"},
    "GET installation": {"permission"},
    "POST app token": {"permission"},
    "GraphQL deployments": {"permission"},
    "GET commits": {"permission"},
    "GraphQL authors": {"permission"},
    "GraphQL account": {"permission"},
    "GraphQL trial": {"permission"},
    "POST issue": {"permission"},
    "GET issues": {"permission"},
    EVERYTHING: {"permission"},
}
"""What it is before anybody is asked that something is not found: an answer, which is believed."""

GONE: Mapping[str, set[str]] = {
    "GET tag": {"tampered"},
    "GET file": {"policy-changed"},
    "GraphQL comments": {"permission", "issue-gone"},
    "GraphQL issue": {"permission", "issue-gone"},
    EVERYTHING: {"tampered", "issue-gone"},
}
"""The same once people were asked; of anything else it is believed when it persists."""

RIGHTS = frozenset({"GET permission", "GET team right", "GET members", "GET user"})
"""Where it says that somebody is none of the approvers any more: whose approval then does not count."""


class Cell(NamedTuple):
    """A row, a class of faults, and how many requests have it; None for all that follow."""

    row: Row
    name: str
    times: int | None

    @property
    def own(self) -> str:
        """How the scene ends when nothing fails."""
        return LETTERS[SCENES[self.row.scene].verdict]

    @property
    def lasting(self) -> str:
        """What it is called when it lasts."""
        limited = self.name in {"429+", "429", "2nd", "1st"}
        return f"E:{'rate-limit' if limited else 'unauthenticated' if self.name == '401' else 'outage'}"

    @property
    def waits(self) -> float:
        """For how many seconds these faults keep the gate, before it may try again after the last."""
        if self.times is None:
            return float("inf")
        if self.name in {"401", "404"}:
            return PERSISTS / 2 * self.times
        if self.name == "1st":
            return WAITS[self.name] + 2 * (self.times - 1)
        return (WAITS.get(self.name) or (TIMEOUT if self.name == "hang" else 0.0)) * self.times

    @property
    def opens(self) -> bool:
        """Whether there is no issue yet, or none that the gate knows of."""
        phase, kind = self.row.phase, self.row.kind
        lookup = self.row.scene == "lost" and kind in {"GET issues", "GraphQL account"}
        return phase == "opening" or (phase == "asking" and kind in {"POST issue", EVERYTHING}) or lookup

    @property
    def minted(self) -> bool:
        """Whether an app asks, whose token is made anew when it is refused."""
        signs = {"GET installation", "POST app token", *([EVERYTHING] if self.row.phase == "opening" else [])}
        return SCENES[self.row.scene].by_app and self.row.kind not in signs

    @property
    def renews(self) -> bool:
        """Whether it is the next token of an app, while the one before it serves."""
        return self.row.kind == "POST app token" and self.row.phase != "opening"

    @property
    def tells(self) -> bool:
        """Whether nothing is asked for any more that decides, or not yet."""
        asked_later = self.row.kind in {"GET comments", "GET issue"} and self.times is None
        return (
            self.row.phase == "ending"
            or self.row.kind in TELLING
            or (self.row.phase == "asking" and not asked_later)
        )

    @property
    def doubted(self) -> set[str]:
        """What it is where answers are seen not to fit each other for ever."""
        history = self.row.kind in {"GET comments", "GraphQL comments", "GraphQL issue", EVERYTHING}
        return {"E:outage"} if history and self.name == "stale" else set()

    @property
    def looks_last(self) -> bool:
        """Whether it is the look at the deadline."""
        return self.row.scene == "timed-out" and self.row.phase == "confirming"


class Rule(NamedTuple):
    """Says in a sentence how some cells end."""

    says: str
    when: Callable[[Cell], bool]
    ends: Callable[[Cell], set[str]]


def _errors(codes: set[str]) -> set[str]:
    return {f"E:{code}" for code in codes}


def _own(cell: Cell) -> set[str]:
    return {cell.own}


def _lasting(cell: Cell) -> set[str]:
    return {cell.lasting}


RULES = (
    Rule(
        "What looks like an answer changes no verdict; what is never seen is missing when the window closes.",
        lambda cell: cell.name in LIES,
        lambda cell: {cell.own, "T", *cell.doubted} if cell.times is None else {cell.own},
    ),
    Rule(
        "An issue that was made is found again, whatever became of the answer.",
        lambda cell: cell.row.kind == "POST issue" and cell.name in {"lost", "cut"},
        _own,
    ),
    Rule(
        "Before anybody is asked a refused token ends it, unless another is made.",
        lambda cell: cell.opens and cell.name == "401",
        lambda cell: _own(cell) if cell.minted and cell.times == 1 else _lasting(cell),
    ),
    Rule(
        "Before anybody is asked what is not found is missing, unless it may be.",
        lambda cell: cell.opens and cell.name == "404",
        lambda cell: _errors(ABSENT.get(cell.row.kind, set())) | {cell.own},
    ),
    Rule(
        "Before anybody is asked an answer that means nothing ends it, unless it is asked again.",
        lambda cell: cell.opens and cell.name == "shape",
        lambda cell: (
            {cell.lasting, *({cell.own} if cell.times else ())}
            | ({"E:permission"} if cell.row.kind == "GET team" else set())
        ),
    ),
    Rule(
        "Before anybody is asked a fault is borne with as long as the patience lasts.",
        lambda cell: cell.opens,
        lambda cell: _own(cell) if cell.waits <= PATIENCE else _lasting(cell),
    ),
    Rule(
        "An app's token is made anew early enough for the fault to pass.",
        lambda cell: cell.renews,
        _own,
    ),
    Rule(
        "What is only told changes nothing, nor does anything once the outcome is written.",
        lambda cell: cell.tells,
        _own,
    ),
    Rule(
        "A last look that cannot be had in fifteen seconds is an error, and no silence of people's.",
        lambda cell: cell.looks_last and cell.waits > LAST_READ,
        lambda cell: (
            {cell.lasting, *({cell.own} if cell.times else ())}
            | ({"E:permission", "E:issue-gone"} if cell.name == "404" else set())
        ),
    ),
    Rule(
        "Who is not found among those who may approve is none of them.",
        lambda cell: cell.name == "404" and cell.row.kind in RIGHTS,
        lambda cell: {cell.own, "T"},
    ),
    Rule(
        "What else is not found may be gone.",
        lambda cell: cell.name == "404" and cell.row.kind in GONE,
        lambda cell: _errors(GONE[cell.row.kind]) | {cell.own, *("T" if cell.row.kind == EVERYTHING else ())},
    ),
    Rule(
        "A 404 that lasts means that the issue is gone.",
        lambda cell: cell.name == "404" and cell.times is None,
        lambda _: {"E:issue-gone"},
    ),
    Rule(
        "A fault that passes before the deadline changes nothing.",
        lambda cell: cell.times is not None,
        _own,
    ),
    Rule("One that lasts to the deadline is an error.", lambda _: True, _lasting),
)


def rule_of(cell: Cell) -> Rule:
    """Find the rule that a cell falls under."""
    return next(rule for rule in RULES if rule.when(cell))


def delay(cell: Cell) -> float:
    """For how many seconds a fault may put off what would have been decided without: until the next looks."""
    skew = 600.0 if cell.name in {"+10", "-10"} else 0.0
    return cell.waits + skew + LOOKS


def may_be_left(cell: Cell) -> bool:
    """Tell whether the gate may have left its issue open for the sweep that comes after it.

    It may where GitHub took no closing as long as the end lasts, or where it never heard of the issue.
    One that stays open for the deployment's result may be left without its label, which is set once.
    """
    kind, name = cell.row.kind, cell.name
    if kind == "POST labels":
        return cell.row.phase == "ending"
    closes = kind in {"PATCH issue", EVERYTHING} or (cell.row.phase == "ending" and kind == "GET issue")
    if closes:
        patience = LAST_READ if cell.row.scene == "timed-out" else WEIGHTY
        return cell.times is None or (cell.waits >= patience and name not in {"401", "404"})
    return (
        cell.opens
        and name not in {"stale", "+10", "-10"}
        and cell.row.kind in {"POST issue", "GET issues", "GraphQL account"}
    )
