"""What GitHub says about a deployment."""

from dataclasses import replace

import pytest

from approval_gate.core.facts import PullRequest, Review
from approval_gate.core.model import Person
from tests.core.language import PEOPLE

ANN, BOB, ROBOT = PEOPLE["ann"], PEOPLE["bob"], PEOPLE["robot"]
HEAD = "b" * 40
PULL_REQUEST = PullRequest(
    number=231,
    title="Retry payments",
    url="https://github.test/acme/shop/pull/231",
    author=ANN,
    head=HEAD,
    authors=(ANN,),
    approvals=(),
)


def approved(by: Person, commit: str = HEAD) -> PullRequest:
    return replace(PULL_REQUEST, approvals=(Review(by=by, commit=commit),))


@pytest.mark.parametrize(
    ("pull_request", "reviewed"),
    [
        (PULL_REQUEST, False),
        (approved(BOB), True),
        (approved(BOB, "a" * 40), False),
        (approved(ANN), False),
        (replace(approved(BOB), authors=(ANN, BOB)), False),
        (replace(approved(BOB), author=BOB), False),
        (replace(approved(BOB), author=None, authors=()), True),
        (approved(ROBOT), False),
    ],
)
def test_a_pull_request_is_reviewed_if_somebody_who_wrote_none_of_it_approved_its_last_commit(
    pull_request: PullRequest, *, reviewed: bool
) -> None:
    assert pull_request.reviewed == reviewed
