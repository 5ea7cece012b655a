"""What people can do about a check that has failed, and which permission the token lacks for it."""

from datetime import UTC, datetime

import pytest

from approval_gate.core.conditions.model import (
    Assessment,
    Calendar,
    Condition,
    RequiredDeployment,
    RequiredDetail,
    RequiredJob,
    State,
)
from approval_gate.core.conditions.remedies import remedy
from approval_gate.core.conditions.sources import lacking
from approval_gate.core.facts import NO_FACTS, Change, Facts, Jobs, PullRequests, Source

JOBS = Condition(item="Tests", jobs=(RequiredJob(name="Test"),))
REVIEWS = Condition(item="Review", reviews=True)
INCIDENTS = Condition(item="Incidents", no_open_issues=("incident",))
STAGING = Condition(item="Staging", deployed_to=RequiredDeployment(environment="staging"))
TICKET = Condition(item="Ticket", details=RequiredDetail(name="change-ticket"))
CHANGED = Condition(item="Changelog", changed=("CHANGELOG.md",))
HOURS = Condition(item="Hours", hours=Calendar(zone="UTC"))
NOTHING = Condition(item="Nothing")
CONDITIONS = (JOBS, REVIEWS, INCIDENTS, STAGING, TICKET, CHANGED, HOURS)


@pytest.mark.parametrize(
    ("condition", "lasting", "words"),
    [
        (
            JOBS,
            True,
            (
                "Fix what failed and run those jobs again, or start a run that does not skip them. "
                "A name that this run does not have must be corrected in the policy."
            ),
        ),
        (JOBS, False, "It passes by itself once they have succeeded."),
        (
            REVIEWS,
            False,
            "Have the last commit approved by somebody with write access who wrote none of it.",
        ),
        (REVIEWS, True, "Bring such commits in by a pull request that is reviewed."),
        (INCIDENTS, False, "Close every such issue, or take the label off."),
        (STAGING, False, "Deploy this commit there first."),
        (TICKET, True, "State it in the input `details`, in the form that the policy asks for."),
        (CHANGED, True, "Add such a file, and deploy the commit that has it."),
        (HOURS, True, "Start the deployment again then."),
        (HOURS, False, "It passes by itself then."),
    ],
)
def test_every_check_that_failed_has_a_remedy(condition: Condition, *, lasting: bool, words: str) -> None:
    failed = Assessment(condition=condition, state=State.FAILED, reason="it did", lasting=lasting)
    assert remedy(failed) == words


@pytest.mark.parametrize("state", [State.PASSED, State.UNKNOWN])
def test_a_check_that_has_not_failed_has_none(state: State) -> None:
    assert remedy(Assessment(condition=JOBS, state=state, reason="it is")) == ""
    assert remedy(Assessment(condition=NOTHING, state=State.FAILED, reason="it says nothing")) == ""


def read(*grant: str) -> Source:
    return Source(where="GET /", at=datetime(2026, 3, 2, tzinfo=UTC), grant=grant)


@pytest.mark.parametrize(
    ("condition", "facts", "grants"),
    [
        (JOBS, NO_FACTS, ()),
        (CHANGED, NO_FACTS, ()),
        (JOBS, Facts(jobs=Jobs(source=read("actions: read"))), ("actions: read",)),
        (JOBS, Facts(change=Change(source=read("contents: read"))), ()),
        (CHANGED, Facts(change=Change(source=read("contents: read"))), ("contents: read",)),
        (
            REVIEWS,
            Facts(
                change=Change(
                    source=read("a: read", "b: read"),
                    pull_requests=PullRequests(source=read("c: read", "a: read")),
                )
            ),
            ("c: read", "a: read", "b: read"),
        ),
    ],
)
def test_the_permissions_that_a_check_lacks_are_those_of_what_it_rests_on(
    condition: Condition, facts: Facts, grants: tuple[str, ...]
) -> None:
    assert lacking(condition, facts) == grants
