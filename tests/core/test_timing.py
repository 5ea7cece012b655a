"""How long to wait before the next look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_gate.core.timing import FAIR_SHARE, LONGEST, RESERVE, Budget, Deadline, interval
from tests.core.scenes import law

SHORTEST, WINDOW = 3.0, 3600.0


@pytest.mark.parametrize(
    ("shortest", "window_left", "budget", "seconds"),
    [
        # nothing is known, or looks cost nothing
        (3, 3600, None, 3),
        (3, 2, None, 2),
        (3, 0, None, 0),
        (3, -5, None, 0),
        (3, 3600, Budget(5000, 3600, 0), 3),
        (3, 3600, Budget(31, 3600, 0), 3),
        (10, 3600, Budget(5000, 3600, 0), 10),
        # what is charged fits in half of what is left beside the reserve
        (3, 3600, Budget(1030, 3600, 1), 7.2),
        (3, 3600, Budget(1030, 3600, 2), 14.4),
        (3, 3600, Budget(530, 3600, 1), 14.4),
        (3, 3600, Budget(530, 1800, 1), 7.2),
        (3, 1800, Budget(530, 3600, 1), 7.2),
        (3, 3600, Budget(5000, 3600, 0.5), 3),
        (20, 3600, Budget(1030, 3600, 1), 20),
        # but a look a minute there is, while there is a budget beside the reserve, or it costs nothing
        (3, 3600, Budget(40, 3600, 2), 60),
        (3, 3600, Budget(31, 3600, 1), 60),
        (3, 3600, Budget(30, 3600, 0), 60),
        (3, 3600, Budget(1, 3600, 0), 60),
        # the reserve is for the end
        (3, 3600, Budget(30, 3600, 1), 3600),
        (3, 3600, Budget(31, 3600, 1.5), 3600),
        (3, 3600, Budget(90, 1200, 61), 1200),
        (3, 600, Budget(1, 3600, 0.1), 600),
        (3, 3600, Budget(30, 20, 1), 20),
        (90, 3600, Budget(31, 3600, 1), 90),
        (90, 3600, Budget(30, 3600, 0), 90),
        # without any, the next look waits for the reset
        (3, 3600, Budget(0, 1200, 1), 1200),
        (3, 3600, Budget(0, 1200, 0), 1200),
        (3, 600, Budget(0, 1200, 1), 600),
        (3, 3600, Budget(0, 0, 1), 3),
        (3, 3600, Budget(0, -7, 1), 3),
        (0.5, 3600, Budget(0, 0, 1), 0.5),
        (0.5, 3600, Budget(0, -7, 1), 0.5),
        # never past the end of the window
        (3, 10, Budget(31, 3600, 1), 10),
        (90, 10, Budget(0, 3600, 1), 10),
    ],
)
def test_the_wait(shortest: float, window_left: float, budget: Budget | None, seconds: float) -> None:
    assert interval(shortest, window_left, budget) == pytest.approx(seconds)


budgets = st.builds(
    Budget,
    remaining=st.integers(0, 5000),
    reset_in=st.floats(-10, 3600),
    poll_cost=st.floats(0, 4),
)


class TestLaws:
    @law()
    @given(st.floats(0.1, 120), st.floats(-10, 7200), st.none() | budgets)
    def test_never_past_the_end_of_the_window(
        self, shortest: float, left: float, budget: Budget | None
    ) -> None:
        assert 0 <= interval(shortest, left, budget) <= max(0, left)

    @law()
    @given(st.floats(0.1, 120), st.none() | budgets)
    def test_never_shorter_than_asked_for(self, shortest: float, budget: Budget | None) -> None:
        assert interval(shortest, WINDOW, budget) >= shortest

    @law()
    @given(budgets)
    def test_the_looks_fit_in_the_fair_share(self, budget: Budget) -> None:
        wait = interval(SHORTEST, WINDOW, budget)
        # A wait to the reset is paid by the next hour.
        if SHORTEST <= wait < min(LONGEST, budget.reset_in) and budget.remaining > RESERVE:
            looks = budget.reset_in / wait
            assert looks * budget.poll_cost <= (budget.remaining - RESERVE) * FAIR_SHARE * (1 + 1e-9)

    @law()
    @given(budgets)
    def test_no_look_that_costs_draws_on_the_reserve_before_the_reset(self, budget: Budget) -> None:
        wait = interval(SHORTEST, WINDOW, budget)
        if budget.poll_cost and wait < budget.reset_in and wait > SHORTEST:
            assert budget.remaining - budget.poll_cost >= RESERVE

    @law()
    @given(budgets, st.integers(1, 500))
    def test_less_budget_never_means_more_looks(self, budget: Budget, fewer: int) -> None:
        poorer = Budget(max(0, budget.remaining - fewer), budget.reset_in, budget.poll_cost)
        if budget.reset_in >= LONGEST:
            assert interval(SHORTEST, WINDOW, poorer) >= interval(SHORTEST, WINDOW, budget)


# Deadlines ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "left", "passed", "allows"),
    [
        (100.0, 10.0, False, True),
        (107.0, 3.0, False, True),
        (108.0, 2.0, False, False),
        (110.0, 0.0, True, False),
    ],
)
def test_a_deadline_has_time_left_until_it_has_passed(
    now: float, left: float, *, passed: bool, allows: bool
) -> None:
    time = [100.0]
    deadline = Deadline.after(lambda: time[0], 10)
    time[0] = now
    assert (deadline.left, deadline.passed, deadline.allows(3)) == (left, passed, allows)


@pytest.mark.parametrize(("seconds", "left"), [(4, 4), (10, 10), (30, 10)])
def test_a_deadline_is_only_ever_brought_forward(seconds: float, left: float) -> None:
    assert Deadline.after(lambda: 100.0, 10).within(seconds).left == left
