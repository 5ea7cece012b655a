"""What the comments after the gate say: when, with which links, and what to do next."""

import pytest

from approval_gate.core.model import Outcome
from approval_gate.core.result import Label, Result, Results
from approval_gate.render.messages import GateMessages
from approval_gate.render.result import ResultMessages
from tests.core.language import OPENED, minute
from tests.golden.situations import RUN_URL, URL, standard

OK, BAD, STOP, SKIP = Result.SUCCESS, Result.FAILURE, Result.CANCELLED, Result.SKIPPED


def written(results: Results, *, attempt: int = 1, kept: tuple[str, ...] = (), after: float = 40) -> str:
    return ResultMessages(4242, RUN_URL, attempt).result(results, minute(after), OPENED, kept)


@pytest.mark.parametrize(
    ("results", "then"),
    [
        (Results(deployment=OK), None),
        (Results(deployment=OK, monitoring=STOP), None),
        (
            Results(deployment=BAD),
            "read the run's log, check what runs now, and roll back if that is needed.",
        ),
        (
            Results(deployment=OK, monitoring=BAD, rollback=BAD),
            "the rollback did not succeed, so check first what runs now.",
        ),
        (Results(deployment=OK, suite=BAD, rollback=STOP), "the rollback did not succeed,"),
        (
            Results(deployment=OK, suite=BAD, rollback=OK),
            "check that the earlier version runs, and read the run's log. When the cause is fixed, trigger",
        ),
        (Results(deployment=SKIP), "to try again, trigger a new deployment."),
    ],
)
def test_a_result_says_what_to_do_next(results: Results, then: str | None) -> None:
    text = written(results)
    assert ("**Next:**" in text) is (then is not None)
    assert f"**Next:** {then or ''}" in text or then is None


def test_a_result_that_an_earlier_one_outlasts_says_so_and_nothing_more() -> None:
    text = written(Results(deployment=SKIP), attempt=2, kept=(Label.DEPLOYED,))
    assert text.endswith("\n\nThe result of an earlier attempt is kept: deployed.\n")
    assert f"[Run 4242]({RUN_URL}), attempt 2\n" in text
    assert "**Next:**" not in text


def test_a_result_has_its_time_and_the_day_if_that_is_another() -> None:
    assert written(Results(deployment=OK)).startswith(
        "### 🚀 Deployed, 09:40 UTC, 40 minutes after the request\n"
    )
    late = written(Results(deployment=OK), after=26 * 60)
    assert late.startswith("### 🚀 Deployed, Tue 3 March, 11:00 UTC, 26 hours after the request\n")


def test_links_are_those_that_were_given() -> None:
    page, other = "https://x.y/release", "https://x.y/rollback?a=1&b=2"
    text = written(Results(deployment=OK, release_url=page, rollback_url=other))
    assert f"[Run 4242]({RUN_URL}), [release]({page}), [rollback](https://x.y/rollback?a=1&amp;b=2)\n" in text


@pytest.mark.parametrize(
    ("status", "heading", "why"),
    [
        (Outcome.DENIED, "❌ Denied", "The gate could not close this issue itself"),
        (Outcome.TIMED_OUT, "⌛ No decision in time", "The gate could not close this issue itself"),
        (Outcome.CANCELLED, "🚫 Cancelled", "The gate did not finish"),
        (Outcome.ERROR, "🚫 Cancelled", "The gate did not finish"),
    ],
)
def test_a_swept_issue_says_how_it_ended_when_and_why_so_late(
    status: Outcome, heading: str, why: str
) -> None:
    text = ResultMessages(4242, RUN_URL, 1).swept(status, minute(4), OPENED)
    assert text.startswith(f"### {heading}, 09:04 UTC, 4 minutes after the request\n{why}")
    assert "Nothing was deployed, and answers given here no longer count." in text


def test_a_replaced_request_leads_to_the_new_one() -> None:
    messages = GateMessages(standard().subject)
    text = messages.replaced(URL, ["ann", "bob"], duplicate=False)
    assert text.startswith("### 🚫 Replaced by a new request\n")
    assert f"[a new request]({URL})" in text
    assert text.endswith("@ann, @bob: please answer there.\n")
    twice = messages.replaced(URL, [], duplicate=True)
    assert twice.startswith("### 🚫 Opened twice\n")
    assert f"[The other one]({URL}) counts" in twice
