"""Every time constant of the program, deadlines, and the wait between two polls.

Where GitHub or the runner sets a figure, its source is given; all others are chosen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

# What GitHub shows late --------------------------------------------------------------

LAG = 10.0
"""Seconds for which GitHub's lists and copies can be behind what was written; GitHub documents no figure."""

PERSISTS = 20.0
"""Seconds for which a refusal (401, 403 or 404) can be a passing fault."""

RESOLUTION = timedelta(seconds=1)
"""GitHub's times are whole seconds."""

CARRIED_OVER = timedelta(minutes=1)
"""A job that began this long before it was made was carried over from an earlier attempt of its run."""

# One request -------------------------------------------------------------------------

CONNECT_TIMEOUT, REQUEST_TIMEOUT = 10.0, 15.0
"""Seconds for which a socket can be silent, and in which a request must end."""

SHORT_TIMEOUT = 2.0
"""Both of them after a stop signal, since the process ends :data:`HARD_EXIT` seconds after it."""

RETRY_LIMIT = 90.0
"""Seconds for which a request is retried while nobody waits for its answer: before the issue is opened."""

SHORTEST_BACKOFF, LONGEST_BACKOFF = 0.5, 30.0
"""Seconds between two tries of a request, unless GitHub asks for more."""

SECONDARY_WAIT = 60.0
"""Seconds to wait at least when a limit names no time
(https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api)."""

TOKEN_MARGIN = timedelta(minutes=5)
"""How long before its end an App's token is replaced: time enough for faults to pass."""

TOKEN_RETRY = timedelta(seconds=30)
"""How long an App's old token is used after a new one could not be made, before that is tried again."""

FACTS = 10.0
"""Seconds for which, altogether, the facts are retried before the issue is opened: people can answer without
them, and what a check needs is read again before an approval."""

# While people answer -----------------------------------------------------------------

COURTESY = 2.0
"""Seconds for which a message that nothing depends on is retried: people wait for the next poll."""

WEIGHTY = 30.0
"""Seconds for which, altogether, the rest of the issue's text is retried, or the closing and what follows it:
nobody can do without them, and no answer waits for them."""

COMMENTS_PAUSE = 30.0
"""Seconds without further comments after one could not be written, unless GitHub asks for more."""

OUTAGE_BACKOFF = 60.0
"""Seconds between two polls at most while GitHub has a fault, unless GitHub asks for more."""

LAST_READ = 15.0
"""Seconds past the deadline in which a last full read can still succeed."""

# The confirmation --------------------------------------------------------------------

DECISIVE = 2.0
"""Seconds for which a read that an approval rests on is retried alone; then everything is read again."""

READ_PAUSES = (1.0, 2.0, 3.0)
"""Seconds between two reads while GitHub does not show yet what the gate wrote; the last one is repeated."""

CONFIRM_AGAIN = 60.0
"""Seconds after which an approval that was not confirmed is confirmed again, if nobody has answered since."""

CHECKS_AGAIN = 60.0
"""Seconds between two looks at the checks that hold back an approval: jobs, reviews and incidents change
within minutes, and an hour of looks at one source takes 60 of the 1,000 requests that a GITHUB_TOKEN has
(https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api)."""

# Notifications -----------------------------------------------------------------------

NOTIFY = 20.0
"""Seconds that a message to people outside of GitHub can take while the gate waits for answers anyway."""

NOTIFY_LAST, NOTIFY_STOPPED = 5.0, 1.0
"""Seconds that the end waits for the last message, and after a stop signal."""

NOTIFY_LOOK = 0.1
"""Seconds between two looks whether a stop signal came meanwhile."""

# The runner --------------------------------------------------------------------------

HARD_EXIT = 5.5
"""Seconds from the first stop signal until the process ends in any case: the runner sends SIGTERM 7.5 s after
SIGINT, and SIGKILL 2.5 s later (actions/runner, ProcessInvoker.cs)."""

RETRY_PAUSES = (1.0, 4.0, 10.0)
"""Seconds before each further try of a sweep or a report."""

HOSTED_JOB = timedelta(hours=6)
"""How long a job on a runner of GitHub's, and its GITHUB_TOKEN, can last
(https://docs.github.com/en/actions/reference/limits)."""

APP_TOKEN = timedelta(hours=1)
"""How long the token of an App's installation is valid
(https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app)."""

LONGEST_RUN = timedelta(days=35)
"""How long a workflow's run can last, waits included
(https://docs.github.com/en/actions/reference/limits)."""

LONGEST_WINDOW = 7_200
"""Minutes of the longest window: a job on a self-hosted runner can last 5 days
(https://docs.github.com/en/actions/reference/limits)."""

SHORTEST_WINDOW = 0.01
"""Minutes of the shortest window."""

LONGEST_FOLLOW_UP = 8_760
"""Hours within which a follow-up can be due: a year."""

WINDOW = timedelta(minutes=60)
"""How long people have if nothing else is specified (process, Approval Timeout)."""

LAST_PART = 0.98
"""The part of the window after which a stop signal counts as its end: the step's own limit is as long, and
comes first by a moment."""

# Budget ------------------------------------------------------------------------------

RESERVE = 30
"""Requests kept back for the end: the confirmation, the closing and its comment. Nothing that can wait uses
them."""

FAIR_SHARE = 0.5
"""The part of what is left of the hour that one gate may plan with; other
gates of the same repository draw on the same budget."""

LONGEST = 60.0
"""Seconds between two polls at most, while there is any budget to poll with."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on this machine's clock, in seconds, until which something is tried, or believed to pass."""

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
    """What GitHub's rate-limit headers last said: the requests left, and the seconds until it is full again.

    ``poll_cost`` is how many requests any clients were charged from one poll to
    the next, on average; 0 while all polls are answered with 304.
    """

    remaining: int
    reset_in: float
    poll_cost: float


def interval(shortest: float, window_left: float, budget: Budget | None) -> float:
    """Return the seconds to wait before the next poll.

    A poll that costs nothing waits the shortest time. One that is charged is
    spread so that the polls until the window closes, or until the budget is
    full again, fit in a fair share of what is left. One that would use the
    reserve waits for the reset, as does every one without any budget. The wait
    never goes past the end of the window.
    """
    wait = 0.0
    if budget is not None:
        span = min(window_left, budget.reset_in)
        if budget.remaining <= 0 or (budget.poll_cost and budget.remaining - budget.poll_cost < RESERVE):
            wait = span
        elif budget.remaining <= RESERVE:
            wait = min(span, LONGEST)
        elif budget.poll_cost:
            wait = min(span * budget.poll_cost / (FAIR_SHARE * (budget.remaining - RESERVE)), LONGEST)
    return max(0.0, min(max(wait, shortest), window_left))
