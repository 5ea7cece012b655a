"""How long to wait before the next look, so that the budget lasts to the end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

RESERVE = 30
"""Requests kept back for the end: confirming, closing, saying so. Nothing that can wait draws on them."""

FAIR_SHARE = 0.5
"""The part of what is left of the hour that one gate may plan with; other
gates of the same repository draw on the same budget."""

LONGEST = 60.0
"""Seconds between two looks while there is any budget to look with."""


HOSTED_JOB = timedelta(hours=6)
"""How long a job on GitHub's own runners can last (https://docs.github.com/en/actions/reference/limits)."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on this machine's clock until which something is tried, or believed to pass.

    Attributes:
        monotonic: returns the seconds since some fixed moment.
        at: the moment, in the same seconds.
    """

    monotonic: Callable[[], float]
    at: float

    @classmethod
    def after(cls, monotonic: Callable[[], float], seconds: float) -> "Deadline":
        """Return the deadline that is so many seconds from now."""
        return cls(monotonic, monotonic() + seconds)

    @property
    def left(self) -> float:
        """The seconds until then; 0 once it has passed."""
        return max(0.0, self.at - self.monotonic())

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return self.monotonic() >= self.at

    def allows(self, pause: float) -> bool:
        """Whether there is time for another try after so many seconds."""
        return self.monotonic() + pause <= self.at

    def within(self, seconds: float) -> "Deadline":
        """Return this deadline, or the one so many seconds from now if that is earlier."""
        return Deadline(self.monotonic, min(self.at, self.monotonic() + seconds))


@dataclass(frozen=True, slots=True)
class Budget:
    """What GitHub's rate-limit headers last said.

    Attributes:
        remaining: requests left until the reset.
        reset_in: seconds until the budget is full again.
        look_cost: requests that were charged of late from one look to the next, on
            average, whoever made them; 0 while all looks answer 304.
    """

    remaining: int
    reset_in: float
    look_cost: float


def interval(shortest: float, window_left: float, budget: Budget | None) -> float:
    """Return the seconds to wait before the next look.

    A look that costs nothing waits the shortest time. One that is charged is
    spread so that the looks until the window closes, or until the budget is
    full again, fit in a fair share of what is left. One that would draw on the
    reserve waits for the reset, as does every one without any budget. Never
    past the end of the window.
    """
    wait = shortest
    if budget is not None:
        span = max(0.0, min(window_left, budget.reset_in))
        spendable = (budget.remaining - RESERVE) * FAIR_SHARE
        if budget.remaining <= 0 or (budget.look_cost and budget.remaining - budget.look_cost < RESERVE):
            wait = max(shortest, span)
        elif budget.remaining <= RESERVE:
            wait = max(shortest, min(span, LONGEST))
        elif budget.look_cost:
            wait = max(shortest, min(span * budget.look_cost / spendable, max(shortest, LONGEST)))
    return max(0.0, min(wait, window_left))
