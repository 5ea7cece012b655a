"""Compare the decision with an oracle, which was written from the design only, on every small scene.

    python -m scripts.small_scope [--processes N]

A scene has three people (owner, member, stranger) and up to four comments;
tests/core/oracle.py defines scenes and the expected decisions. The comparison covers
the outcome, its code, the approvers, the deniers and the people whose objection
blocks an approval. Each scene that is approved is compared again with a required check
that has not passed. Sets that would take more than five minutes on two processors are
sampled, always with the same seed; the table shows which. Sampled scenes are also
explained. Exits with 1 at the first disagreement and prints it.
"""

import argparse
import gc
import multiprocessing
import os
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from types import ModuleType

from approval_gate.core import quorum, statements
from approval_gate.core.model import Comment, Member
from tests.core.oracle import (
    Remark,
    Scene,
    Terms,
    all_changes,
    every_manner,
    everybody,
    one_of_each,
    scenes,
    untouched,
)
from tests.core.small_scope import decided, disagreements, judged

SEED = 20260302
REMEMBERED = 200_000
"""How many results of a function are remembered at most."""
CHUNK = 500
OUTCOMES = ("approved", "denied", "timed-out", None)

OWNER_ALONE = Terms(minimum=2, owner_alone=True, reason_needed=True)
OTHERS = (
    Terms(minimum=1, owner_alone=False, reason_needed=True),
    Terms(minimum=2, owner_alone=False, reason_needed=True),
    Terms(minimum=2, owner_alone=True, reason_needed=False),
)
NO_MAIL = Terms(minimum=1, owner_alone=False, reason_needed=True, mail_counts=False)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A set of threads, all of them or a sample.

    Attributes:
        comments: the number of comments in a thread.
        what: describes the remarks, for the table.
        remarks: the comments to choose from.
        terms: the rules to try; a sampled thread is tried with one of them, any other with each.
        sample: the number of threads to sample; 0 for all. Half of the sampled comments are untouched.
    """

    comments: int
    what: str
    remarks: tuple[Remark, ...]
    terms: tuple[Terms, ...]
    sample: int = 0

    @property
    def threads(self) -> int:
        """The number of threads in the set, sampled or not."""
        return len(self.remarks) ** self.comments * len(self.terms)

    @property
    def units(self) -> int:
        """The number of units of work."""
        if self.sample:
            return -(-self.sample // CHUNK)
        return len(self.remarks) if self.comments else 1

    def scenes(self, unit: int) -> Iterator[Scene]:
        """The scenes of one unit of work."""
        if self.sample:
            yield from self._sampled(unit)
            return
        first = [self.remarks[unit : unit + 1]] if self.comments else []
        rest = [self.remarks] * (self.comments - 1)
        for thread, terms in product(product(*first, *rest), self.terms):
            yield from scenes(terms, thread)

    def _sampled(self, unit: int) -> Iterator[Scene]:
        rng = random.Random(f"{SEED} {self.comments} {unit}")  # noqa: S311 - not for cryptography
        fresh = sum(remark.change is None for remark in self.remarks)
        touched = len(self.remarks) - fresh
        weights = [touched if remark.change is None else fresh for remark in self.remarks]
        for _ in range(min(CHUNK, self.sample - unit * CHUNK)):
            yield from scenes(
                rng.choice(self.terms), tuple(rng.choices(self.remarks, weights, k=self.comments))
            )


def parts() -> Iterator[Part]:
    """The sets to compare, smallest scenes first."""
    everything = (*everybody(all_changes), *every_manner())
    for comments in (0, 1):
        yield Part(
            comments=comments, what="every change", remarks=everything, terms=(OWNER_ALONE, NO_MAIL, *OTHERS)
        )
    yield Part(comments=2, what="every change", remarks=everything, terms=(OWNER_ALONE,))
    for at_once in (True, False):
        each = everybody(partial(one_of_each, at_once=at_once))
        when = "at once" if at_once else "at last"
        yield Part(comments=2, what=f"one change of each sort, {when}", remarks=each, terms=OTHERS)
        yield Part(comments=3, what=f"one change of each sort, {when}", remarks=each, terms=(OWNER_ALONE,))
    yield Part(comments=3, what="untouched", remarks=everybody(untouched), terms=OTHERS)
    yield Part(
        comments=3, what="by hand, by mail, hidden", remarks=every_manner(), terms=(OWNER_ALONE, NO_MAIL)
    )
    yield Part(comments=4, what="untouched", remarks=everybody(untouched), terms=(OWNER_ALONE,))
    for comments in (3, 4):
        yield Part(
            comments=comments,
            what="every change",
            remarks=everything,
            terms=(OWNER_ALONE, NO_MAIL, *OTHERS),
            sample=20_000,
        )


PARTS = tuple(parts())


def prepare() -> None:
    """Let a worker remember how comments and approvals were read, and search for no reference cycles.

    Each is in a great many scenes, and scenes have no cycles.
    """
    gc.disable()
    remember(statements, "statement_of", _of_a_comment)
    remember(quorum, "tally", lambda rule, approvers: (id(rule), *map(id, approvers)))


def remember(module: ModuleType, name: str, key: Callable[..., tuple[object, ...]]) -> None:
    """Have a function compute once for each key, which has every argument on which its result depends.

    Those by identity are never freed here.
    """
    compute, known = getattr(module, name), dict[tuple[object, ...], object]()

    def remembered(*given: object) -> object:
        place = key(*given)
        if (found := known.get(place)) is None:
            if len(known) == REMEMBERED:
                known.clear()
            found = known[place] = compute(*given)
        return found

    setattr(module, name, remembered)


def _of_a_comment(
    terms: statements.ThreadTerms, member: Member, comment: Comment, before: Comment | None
) -> tuple[object, ...]:
    given = (terms.opener, terms.changed, terms.deadline)
    return (id(terms.rule), *given, id(member), id(comment), id(before))


def compare(task: tuple[int, int]) -> tuple[int, Counter[str | None], str]:
    """Compare one unit of one part; return the part's number, the outcomes and the first disagreement."""
    number, unit = task
    outcomes: Counter[str | None] = Counter()
    part = PARTS[number]
    deciding = decided if part.sample else judged
    for scene in part.scenes(unit):
        for expected, difference in disagreements(scene, deciding):
            if difference:
                return number, outcomes, difference
            outcomes[expected.outcome] += 1
    return number, outcomes, ""


def main() -> int:
    """Compare, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    begun = time.monotonic()
    tasks = [(number, unit) for number, part in enumerate(PARTS) for unit in range(part.units)]
    found: list[Counter[str | None]] = [Counter() for _ in PARTS]
    with multiprocessing.Pool(options.processes, initializer=prepare) as pool:
        for number, outcomes, difference in pool.imap(compare, tasks):
            found[number] += outcomes
            if difference:
                agreed = sum(each.total() for each in found)
                print(f"Disagreement, after {agreed:,} scenes that agree:\n{difference}")
                return 1
        pool.close()
        pool.join()
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    print(table(found))
    print(
        f"{sum(each.total() for each in found):,} scenes, no disagreement; {time.monotonic() - begun:.0f} s "
        f"in {options.processes} processes, {spent:.0f} s of processor time"
    )
    return 0


def table(found: list[Counter[str | None]]) -> str:
    """Format the results as a table with a line for each part."""
    head = (
        "comments",
        "changes to them",
        "terms",
        "threads",
        *(name or "waits" for name in OUTCOMES),
        "scenes",
    )
    rows = [head]
    for part, outcomes in zip(PARTS, found, strict=True):
        threads = f"all {part.threads:,}"
        if part.sample:
            threads = f"{part.sample:,} of {part.threads:,}, seed {SEED}"
        counts = (f"{outcomes[name]:,}" for name in OUTCOMES)
        rows.append(
            (str(part.comments), part.what, str(len(part.terms)), threads, *counts, f"{outcomes.total():,}")
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in {1, 3} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


if __name__ == "__main__":
    sys.exit(main())
