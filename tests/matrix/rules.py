"""How each cell of the matrix must end: a table of rules, of which the first that matches applies.

The rules for every run, however it ends, are in ``cell.wrong``.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from approval_gate.core.timing import LAST_READ, PERSISTS
from tests.matrix.cell import EVERYTHING, LETTERS, PATIENCE, TIMEOUT, WEIGHTY, Row
from tests.matrix.faults import WAITS, WRONG_ANSWERS
from tests.matrix.scenes import FACTS, SCENES

TWO_POLLS = 180.0
"""Seconds for two polls and a pause between them."""

NOT_DECISIVE = frozenset(
    {
        "POST comment",
        "PATCH comment",
        "POST labels",
        "POST assignees",
        "POST reaction",
        "DELETE reaction",
    }
)
"""Requests that the decision does not depend on."""

AT_ANY_TIME = NOT_DECISIVE | {
    *("POST app token", "GET installation"),
    *("GET compare", "GET commits", "GraphQL authors"),
}
"""Requests that are sent in any phase: for a token, and for a change that could not be read before."""

ABSENT: Mapping[str, set[str]] = {
    "GET repository": {"permission"},
    "GET file": {"policy", "roster", "input"},
    "GET team": {"roster"},
    "GET team right": {"roster"},
    "GET teams": {"roster"},
    "GET user": {"roster"},
    "GET members": {"permission"},
    "GET permission": {"roster", "unsatisfiable"},
    "GET environment": {"roster"},
    "GET collaborators": {"roster"},
    "GET tag": {"permission"},
    "GET tag object": {"permission"},
    "GET installation": {"permission"},
    "POST app token": {"permission"},
    "GraphQL situation": {"permission"},
    "GET commits": {"permission"},
    "GraphQL authors": {"permission"},
    "GraphQL account": {"permission"},
    "GraphQL trial": {"permission"},
    "POST issue": {"permission"},
    "GET issues": {"permission"},
    EVERYTHING: {"permission"},
}
"""The reason codes of a 404 before the issue is opened: it is an answer, which is believed."""

GONE: Mapping[str, set[str]] = {
    "GET tag": {"tampered"},
    "GET file": {"policy-changed"},
    "GraphQL comments": {"permission", "issue-gone"},
    "GraphQL issue": {"permission", "issue-gone"},
    EVERYTHING: {"tampered", "issue-gone"},
}
"""The same after the issue is opened; any other 404 is believed only if it persists."""

RIGHTS = frozenset(
    {"GET permission", "GET team right", "GET members", "GET user", "GET environment", "GET collaborators"}
)
"""Reads in which a 404 means that somebody is no longer an approver, so that the approval does not count."""


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
        """The error of this fault when it lasts."""
        limited = self.name in {"429+", "429", "2nd", "1st"}
        return f"E:{'rate-limit' if limited else 'unauthenticated' if self.name == '401' else 'outage'}"

    @property
    def waits(self) -> float:
        """The seconds until the gate can retry after the last of these faults."""
        if self.times is None:
            return float("inf")
        if self.name in {"401", "404"}:
            return PERSISTS / 2 * self.times
        if self.name == "1st":
            return WAITS[self.name] + 2 * (self.times - 1)
        return (WAITS.get(self.name) or (TIMEOUT if self.name == "hang" else 0.0)) * self.times

    @property
    def opens(self) -> bool:
        """Whether the gate has no issue yet, or does not know of it."""
        phase, kind = self.row.phase, self.row.kind
        lookup = self.row.scene == "lost" and kind in {"GET issues", "GraphQL account"}
        return phase == "opening" or (phase == "asking" and kind in {"POST issue", EVERYTHING}) or lookup

    @property
    def has_renewable_token(self) -> bool:
        """Whether the credential is an app's, whose token is replaced when it is refused."""
        signs = {"GET installation", "POST app token", *([EVERYTHING] if self.row.phase == "opening" else [])}
        return SCENES[self.row.scene].by_app and self.row.kind not in signs

    @property
    def renews(self) -> bool:
        """Whether the request renews an app's token while the old one is still valid."""
        return self.row.kind == "POST app token" and self.row.phase != "opening"

    @property
    def is_not_decisive(self) -> bool:
        """Whether the decision does not depend on the request, or not in this phase."""
        asked_later = self.row.kind in {"GET comments", "GET issue"} and self.times is None
        return (
            self.row.phase == "ending"
            or self.row.kind in NOT_DECISIVE
            or (self.row.phase == "asking" and not asked_later)
        )

    @property
    def is_fact(self) -> bool:
        """Whether it reads a fact that is shown or checked, and not one that the policy bars people by."""
        bars_authors = self.row.scene in {"approved", "lost"} and self.row.kind != "GET jobs"
        return self.row.kind in FACTS and not bars_authors

    @property
    def contradictory(self) -> set[str]:
        """The error of answers that permanently contradict each other.

        A fact of ten minutes ago is older than the approvals that it must have been read after.
        """
        history = self.row.kind in {"GET comments", "GraphQL comments", "GraphQL issue", EVERYTHING}
        old = self.is_fact and self.row.scene == "checks"
        return {"E:outage"} if (history and self.name == "stale") or (old and self.name == "-10") else set()

    @property
    def is_last_poll(self) -> bool:
        """Whether it is the poll at the deadline."""
        return self.row.scene == "timed-out" and self.row.phase == "confirming"


class Rule(NamedTuple):
    """How some cells end, described in a sentence."""

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
        "Wrong answers change no verdict; a vote that is never seen is missing when the window closes.",
        lambda cell: cell.name in WRONG_ANSWERS,
        lambda cell: {cell.own, "T", *cell.contradictory} if cell.times is None else {cell.own},
    ),
    Rule(
        "A fact that is only shown decides nothing.",
        lambda cell: cell.is_fact and cell.row.scene != "checks",
        _own,
    ),
    Rule(
        "A check that needs a fact which GitHub refuses ends the gate before the issue is opened.",
        lambda cell: cell.is_fact and cell.row.phase == "opening" and cell.name == "404" and cell.times != 1,
        lambda _: {"E:check-failed"},
    ),
    Rule(
        "A fact that cannot be read holds an approval until it can.",
        lambda cell: cell.is_fact,
        lambda cell: {cell.own} if cell.times else {"T"},
    ),
    Rule(
        "An issue that was created is found even if the response is lost.",
        lambda cell: cell.row.kind == "POST issue" and cell.name in {"lost", "cut"},
        _own,
    ),
    Rule(
        "Before the issue is opened a refused token ends the gate, unless it is replaced.",
        lambda cell: cell.opens and cell.name == "401",
        lambda cell: _own(cell) if cell.has_renewable_token and cell.times == 1 else _lasting(cell),
    ),
    Rule(
        "Before the issue is opened a 404 means that something is missing, unless it is optional.",
        lambda cell: cell.opens and cell.name == "404",
        lambda cell: _errors(ABSENT.get(cell.row.kind, set())) | {cell.own},
    ),
    Rule(
        "Before the issue is opened an unparsable answer ends the gate, unless the request is retried.",
        lambda cell: cell.opens and cell.name == "shape",
        lambda cell: (
            {cell.lasting, *({cell.own} if cell.times else ())}
            | ({"E:permission"} if cell.row.kind == "GET team" else set())
        ),
    ),
    Rule(
        "Before the issue is opened a fault is retried up to the limit.",
        lambda cell: cell.opens,
        lambda cell: _own(cell) if cell.waits <= PATIENCE else _lasting(cell),
    ),
    Rule(
        "An app's token is renewed early enough for the fault to pass.",
        lambda cell: cell.renews,
        _own,
    ),
    Rule(
        "Messages change nothing, and neither does anything after the outcome is written.",
        lambda cell: cell.is_not_decisive,
        _own,
    ),
    Rule(
        "A last read that fails for fifteen seconds is an error and not a timeout.",
        lambda cell: cell.is_last_poll and cell.waits > LAST_READ,
        lambda cell: (
            {cell.lasting, *({cell.own} if cell.times else ())}
            | ({"E:permission", "E:issue-gone"} if cell.name == "404" else set())
        ),
    ),
    Rule(
        "A person who is not found among the approvers is not an approver.",
        lambda cell: cell.name == "404" and cell.row.kind in RIGHTS,
        lambda cell: {cell.own, "T"},
    ),
    Rule(
        "Anything else that is not found can be gone.",
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
    """Return the first rule that matches a cell."""
    return next(rule for rule in RULES if rule.when(cell))


def delay(cell: Cell) -> float:
    """The seconds by which a fault can delay the decision: until the next polls."""
    skew = 600.0 if cell.name in {"+10", "-10"} else 0.0
    return cell.waits + skew + TWO_POLLS


def can_stay_open(cell: Cell) -> bool:
    """Whether the gate can have left its issue open for the sweep.

    It can if GitHub refused the closing until the limit, or if the gate never learned of the issue.
    An issue that stays open for the deployment's result can lack its label, which is set once.
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
