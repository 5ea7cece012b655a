"""Runs a gate with every class of faults in every request, and prints how each cell ends.

``python -m tests.matrix [--jobs N] [--scene NAME] [--row WORDS] [--fault NAME] [--log]``
"""

import argparse
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from typing import NamedTuple

from tests.matrix import faults, post_gate
from tests.matrix.cell import TIMES, Row, decided, failing, play, rows, wrong
from tests.matrix.rules import AT_ANY_TIME, Cell, can_stay_open, delay, rule_of
from tests.matrix.scenes import FACTS, SCENES

SHORT = {
    "outage": "o",
    "rate-limit": "l",
    "unauthenticated": "u",
    "permission": "p",
    "issue-gone": "g",
    "roster": "r",
    "unsatisfiable": "n",
    "policy": "y",
    "policy-changed": "c",
    "tampered": "t",
    "input": "i",
    "check-failed": "k",
}
"""An error's letter in the table, by its reason-code."""


class Outcome(NamedTuple):
    """How a run ended, when it was decided, and which of the rules for every run it breaks."""

    end: str
    swept: bool
    decided: float
    broken: list[str]
    log: str
    asked: frozenset[tuple[str, str]]


class Played(NamedTuple):
    """A row with a class of faults once, three times and permanently, and the number of runs that took."""

    row: Row
    name: str
    outcomes: tuple[Outcome, ...]
    runs: int


def all_rows(scenes: Sequence[str] = tuple(SCENES)) -> list[Row]:
    """The rows of the matrix; of a scene that varies another, only the requests it adds.

    Facts that are only shown need no more rows than one scene has.
    """
    known = {row.key for row in rows("approved")}
    found: list[Row] = []
    for name in scenes:
        scene = SCENES[name]
        new = [
            row
            for row in rows(name)
            if (row.key[1] in scene.about if scene.about else name == "approved" or row.key not in known)
            or not (scene.about or scene.varies or row.kind in FACTS)
        ]
        known |= {row.key for row in new}
        found += new
    return found


def unknown_requests(asked: Iterable[tuple[str, str]], known: Sequence[Row]) -> list[str]:
    """Find the requests without a row; for some kinds one row in any phase is enough."""
    keys = {row.key for row in known}
    told = {row.key[1] for row in known if row.kind in AT_ANY_TIME}
    strange = {(phase, what) for phase, what in asked if (phase, what) not in keys and what not in told}
    return sorted(f"{what} while {phase}" for phase, what in strange)


def play_cell(cell: Cell) -> tuple[Outcome, int]:
    """Play one cell; also return how many requests had the fault."""
    row = cell.row
    try:
        played = play(SCENES[row.scene], failing=failing(row, cell.name, cell.times))
        broken = wrong(played, name=cell.name)
    except Exception:  # noqa: BLE001 - a cell that cannot be played is one that offends
        return Outcome("?", False, 0.0, ["it cannot be played"], traceback.format_exc(), frozenset()), 0
    asked = frozenset(sent.key for sent in played.wire.sent)
    return Outcome(played.letter, played.left, played.concluded, broken, played.end.log, asked), played.hits


def offences(cell: Cell, outcome: Outcome) -> list[str]:
    """Check a cell's end against its rule."""
    found = list(outcome.broken)
    rule = rule_of(cell)
    allowed = rule.ends(cell)
    if outcome.end not in allowed:
        found.append(f"ends as {outcome.end}, not {' or '.join(sorted(allowed))}: {rule.says}")
    if outcome.swept and not can_stay_open(cell):
        found.append("the gate left its issue open for the sweep")
    late = outcome.decided - decided(cell.row.scene) - delay(cell)
    if outcome.end == cell.own and late > 0:
        found.append(f"decided {late:.0f} s later than the fault explains")
    return found


def play_all_times(work: tuple[Row, str]) -> Played:
    """Play a row with a class of faults, the permanent fault first.

    If no more requests had it than the shorter fault affects, the run is the same and is not repeated.
    """
    row, name = work
    ever, hits = play_cell(Cell(row, name, None))
    fewer = [times for times in TIMES if times is not None]
    found = [play_cell(Cell(row, name, times))[0] if hits > times else ever for times in fewer]
    return Played(row, name, (*found, ever), 1 + sum(hits > times for times in fewer))


def shown(played: Played) -> str:
    """A cell of the table."""
    letters = [SHORT.get(o.end.removeprefix("E:"), o.end) + "*" * o.swept for o in played.outcomes]
    own = Cell(played.row, played.name, 1).own
    return "·" if set(letters) == {own} else letters[0] if len(set(letters)) == 1 else "".join(letters)


def table(cells: Sequence[Played], names: Sequence[str]) -> str:
    """Draw the table."""
    by_row = groupby(cells, key=lambda played: played.row)
    lines = []
    scene = ""
    for row, of_row in by_row:
        found = {played.name: shown(played) for played in of_row}
        if row.scene != scene:
            scene = row.scene
            lines += ["", f"{scene:34}" + "".join(f"{name:7}" for name in names)]
        lines.append(f"  {row!s:32}" + "".join(f"{found[name]:7}" for name in names).rstrip())
    return "\n".join(lines)


def legend() -> str:
    """Explain the letters."""
    errors = ", ".join(f"{letter} {code}" for code, letter in SHORT.items())
    return (
        "A cell: how it ends when one, three, and all requests from there on have the fault; one letter\n"
        "if all end alike, · if as the scene does without. A approved, D denied, T timed out,\n"
        f"* closed by the sweep; errors: {errors}."
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scene", choices=SCENES, action="append")
    parser.add_argument("--row", default="", help="words of the rows to play")
    parser.add_argument("--fault", choices=faults.CLASSES, action="append")
    parser.add_argument("--log", action="store_true", help="show the log of each cell that offends")
    return parser.parse_args()


def main() -> int:
    """Play and print; return 1 if any cell offends."""
    given = _arguments()
    began = time.monotonic()
    names = given.fault or list(faults.CLASSES)
    chosen = [row for row in all_rows(given.scene or tuple(SCENES)) if given.row in str(row)]
    with ProcessPoolExecutor(given.jobs) as pool:
        cells = list(pool.map(play_all_times, [(r, n) for r in chosen for n in names], chunksize=8))
    print(table(cells, names), legend(), sep="\n\n")
    ends = Counter(o.end + " (swept)" * o.swept for played in cells for o in played.outcomes)
    took, spent = time.monotonic() - began, sum(os.times()[2:4])
    runs = sum(played.runs for played in cells)
    print(f"\n{sum(ends.values())} cells by {runs} runs in {took:.0f} s, {spent:.0f} s of processors:")
    print(", ".join(f"{count} {end}" for end, count in ends.most_common()))
    found = _report(cells, given)
    return found if given.scene or given.row or given.fault else _play_post_gate(given) or found


def _play_post_gate(given: argparse.Namespace) -> int:
    """Play the commands after a gate; return 1 if any cell offends."""
    cells = post_gate.cells()
    with ProcessPoolExecutor(given.jobs) as pool:
        found = dict(zip(cells, pool.map(post_gate.offences, cells, chunksize=8), strict=True))
    offending = {cell: offences for cell, offences in found.items() if offences}
    print(f"\nWhat comes after a gate, sweep and report: {len(found)} cells, {len(offending)} offend")
    print("".join(f"{cell}: {'; '.join(offences)}\n" for cell, offences in offending.items()), end="")
    return 1 if offending else 0


def _report(cells: Sequence[Played], given: argparse.Namespace) -> int:
    """Print the cells that offend, and the requests without a row."""
    offending = 0
    for played in cells:
        row = played.row
        for times, outcome in zip(TIMES, played.outcomes, strict=True):
            found = offences(Cell(row, played.name, times), outcome)
            if found:
                offending += 1
                how_long = f"{times} times" if times else "permanently"
                print(f"\n{row.scene}, {row}, {played.name} {how_long}: {outcome.end}")
                print("".join(f"  {text}\n" for text in found), end="")
                chosen = f"--scene {row.scene} --row '{row}' --fault={played.name}"
                print(f"  again: python -m tests.matrix {chosen} --log")
                if given.log:
                    print(outcome.log)
    unknown = unknown_requests({k for played in cells for o in played.outcomes for k in o.asked}, all_rows())
    for what in unknown:
        print(f"\n{what} is asked in some cell, and has no row")
    if offending or unknown:
        print(f"\n{offending} cells offend", file=sys.stderr)
    return 1 if offending or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
