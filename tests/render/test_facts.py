"""How the rows of the issue show what changed, what is deployed, and what the run's other jobs did."""

from dataclasses import replace

import pytest

from approval_gate.core.artifacts import Artifact
from approval_gate.core.facts import Change, Facts, Job, Jobs, PullRequest, PullRequests
from approval_gate.core.model import Person
from approval_gate.render.facts import ARTIFACTS
from approval_gate.render.pipeline import JOBS as NAMED
from approval_gate.render.pipeline import pipeline
from tests.golden.situations import standard
from tests.golden.verified import (
    CHANGE,
    DEPLOYED,
    JOBS,
    NOTHING_READ,
    SHOP,
    UNREAD,
    job,
    pull_request,
    ran,
    source,
)
from tests.render.test_issue import facts as rows
from tests.render.test_issue import issue

HEAD = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"
COMPARED = f"{SHOP}/compare/{DEPLOYED}...{HEAD}"
BOT = Person(id=80, login="robot", bot=True)


def change(*merged: PullRequest, pushed: tuple[str, ...] = (), **more: object) -> str:
    """The row of a change with these pull requests."""
    through = PullRequests(source=source(), merged=merged, pushed=pushed)
    new = replace(CHANGE, authors=(), unknown=(), pull_requests=through, **more)  # type: ignore[arg-type]
    return rows(issue(standard(facts=Facts(change=new), after=0)))["Change"]


def ended(*listed: Job, passed: int = 0) -> list[str]:
    """The parts of the row of these jobs, without their links and unbroken blanks."""
    shown = pipeline(Jobs(source=source(), listed=listed, passed=passed))
    plain = shown.replace("\xa0", " ").replace(f"({SHOP}/actions/runs/4242/job/", "(")
    return plain.split(" · ")


def test_a_change_says_how_much_is_new_and_links_to_it() -> None:
    assert change(commits=1) == f"[1 commit]({COMPARED}) since the last deployment"
    assert change(commits=0) == f"[nothing new]({COMPARED}) since the last deployment"


@pytest.mark.parametrize(
    ("people", "bots", "unknown", "said"),
    [
        (1, 0, 0, "by 1 person"),
        (4, 1, 1, "by 4 people, 1 bot and 1 author without an account"),
        (0, 2, 0, "by 2 bots"),
        (0, 0, 2, "by 2 authors without an account"),
    ],
)
def test_people_bots_and_authors_without_an_account_are_counted_apart(
    people: int, bots: int, unknown: int, said: str
) -> None:
    authors = (*(Person(id=it, login=f"p{it}") for it in range(people)), *[BOT] * bots)
    new = replace(CHANGE, authors=authors, unknown=CHANGE.unknown * unknown, pull_requests=None)
    row = rows(issue(standard(facts=Facts(change=new), after=0)))["Change"]
    assert row == f"[14 commits]({COMPARED}) since the last deployment, {said}"


def test_pull_requests_without_a_review_of_their_last_commit_are_linked() -> None:
    reviewed, other, more = pull_request(1, "dee", "cid"), pull_request(2, "dee"), pull_request(3, "eli")
    assert change(reviewed).endswith(", in 1 pull request, reviewed by somebody else")
    assert change(reviewed, reviewed).endswith(", in 2 pull requests, both reviewed by somebody else")
    assert change(*[reviewed] * 3).endswith(", in 3 pull requests, all reviewed by somebody else")
    assert change(reviewed, other).endswith(
        f", in 2 pull requests. [#2]({SHOP}/pull/2) was merged without a review of its last commit."
    )
    assert change(other, more).endswith(
        f"[#2]({SHOP}/pull/2) and [#3]({SHOP}/pull/3) were merged without a review of their last commit."
    )


def test_of_many_pull_requests_the_first_are_named() -> None:
    row = change(*(pull_request(number, "dee") for number in range(1, 10)))
    assert f"[#4]({SHOP}/pull/4) and 5 others were merged without a review" in row
    assert "#5" not in row


def test_a_pull_request_of_which_not_all_was_read_counts_neither_as_reviewed_nor_as_unreviewed() -> None:
    part = replace(pull_request(2, "dee", "cid"), complete=False)
    row = change(part)
    assert row.endswith(f"The reviews of [#2]({SHOP}/pull/2) could not be read in full.")
    assert "somebody else" not in row
    assert "merged" not in change(replace(pull_request(2, "dee"), complete=False))


def test_commits_that_came_without_a_pull_request_are_counted_and_linked() -> None:
    assert change(pushed=("b" * 40,)).endswith(
        f"1 commit was pushed without a pull request ([bbbbbbb]({SHOP}/commit/{'b' * 40}))."
    )
    many = change(pushed=tuple(f"{number:040x}" for number in range(7)))
    assert "7 commits were pushed without a pull request" in many
    assert many.count("/commit/") == 5
    assert many.endswith(", …).")


def test_the_first_deployment_is_of_the_whole_history() -> None:
    history = f"{SHOP}/commits/{HEAD}"
    assert change(whole=True, since=None, commits=3) == (
        f"[all 3 commits]({history}) (no earlier deployment of production is on record)"
    )
    assert change(whole=True, since=None, commits=2).startswith(f"[both commits]({history})")
    assert change(whole=True, commits=1) == (
        f"[the only commit]({history}) (it cannot be compared with `9f8e7d6`, which was deployed last)"
    )


def test_what_cannot_be_read_has_no_row() -> None:
    shown = rows(issue(standard(facts=NOTHING_READ, after=0)))
    assert "Change" not in shown
    assert shown["Pipeline"].endswith(" of Production Deployment Pipeline")
    unread = PullRequests(source=UNREAD)
    row = rows(issue(standard(facts=Facts(change=replace(CHANGE, pull_requests=unread)), after=0)))["Change"]
    assert "pull request" not in row


def test_an_author_is_said_to_be_barred_only_where_the_policy_bars_authors() -> None:
    row = rows(issue(standard(facts=Facts(change=CHANGE), after=0)))["Change"]
    assert "barred" not in row


def test_an_artifact_is_named_with_the_beginning_of_its_digest() -> None:
    some = (Artifact(name="shop-api", digest=f"sha256:{'3f9ac41d77b0' + '1' * 52}"),)
    assert rows(issue(standard(artifacts=some, after=0)))["Artifacts"] == "shop-api `sha256:3f9ac41d77b0…`"
    many = rows(issue(standard(artifacts=some * (ARTIFACTS + 3), after=0)))["Artifacts"]
    assert many.count("shop-api") == ARTIFACTS
    assert many.endswith(", and 3 more")


def test_jobs_are_linked_the_gravest_first() -> None:
    endings = ("success", "skipped", "neutral", "cancelled", "timed_out", "failure", None)
    jobs = [job(number, f"J{number}", ending) for number, ending in enumerate(endings)]
    assert ended(*jobs, job(7, "S", "success", "Slow")) == [
        *("❌ [J4](4) (timed out)", "❌ [J5](5)", "🚫 [J3](3)", "❓ [J2](2) (neutral)", "⏭️ [J1](1)"),
        *("✅ [S](7) (1 step skipped: Slow)", "✅ [J0](0)", "⏳ 1 still running"),
    ]


def test_the_steps_that_were_skipped_in_a_job_that_passed_are_named() -> None:
    assert ended(job(1, "Test", "success", *"abcd")) == ["✅ [Test](1) (4 steps skipped: a, b, c, …)"]
    assert ended(ran(job(1, "Test"), "Unit tests")) == ["✅ [Test](1)"]
    assert ended(job(1, "Test", "failure", "Upload")) == ["❌ [Test](1)"]


def test_a_job_of_an_earlier_attempt_says_so() -> None:
    assert ended(job(1, "Lint", carried_over=True)) == ["✅ [Lint](1) (from an earlier attempt)"]


@pytest.mark.parametrize(
    ("failed", "well", "more", "rest"),
    [
        (NAMED, 1, 0, "and 1 more passed"),
        (NAMED + 2, 0, 0, "and 2 more failed"),
        (NAMED + 2, 3, 4, "and 9 more: 2 failed, 7 passed"),
        (0, 1, 279, "and 279 more passed"),
        (0, 0, 280, "✅ 280 jobs passed"),
    ],
)
def test_many_jobs_are_counted(failed: int, well: int, more: int, rest: str) -> None:
    jobs = [job(number, f"J{number}", "failure") for number in range(failed)]
    shown = ended(*jobs, *(job(900 + number, f"P{number}") for number in range(well)), passed=more)
    assert shown[-1] == rest
    assert len(shown) <= NAMED + 1


def test_without_another_job_the_row_names_the_run_alone() -> None:
    row = rows(issue(standard(facts=Facts(jobs=replace(JOBS, listed=())), after=0)))["Pipeline"]
    assert row.endswith(" of Production Deployment Pipeline")


def test_a_request_of_nothing_new_says_so() -> None:
    new = Change(source=source(), since=HEAD)
    assert rows(issue(standard(facts=Facts(change=new), after=0)))["Change"].startswith("[nothing new](")
