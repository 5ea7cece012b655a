"""SIGKILL at the few requests that matter most; `make test-kill` tries every one."""

import pytest

from approval_gate.emulator import Fault
from tests.kill.killing import at_the, check, kill


@pytest.mark.parametrize(
    ("moment", "verdict", "swept", "flushed"),
    [
        (at_the("POST", "/issues$", effect=True), "approved", False, False),
        (at_the("GET", "/collaborators/platform-leads/permission", effect=True), "denied", True, False),
        (at_the("PATCH", "/issues/2$", effect=False), "denied", False, True),
        (at_the("PATCH", "/issues/2$", effect=False), "approved", True, True),
    ],
    ids=[
        "opened, and the response not received",
        "while people are looked up",
        "decided and not closed",
        "decided and not closed, then swept",
    ],
)
def test_an_issue_left_by_a_kill_is_closed_and_approves_nothing(
    moment: Fault, verdict: str, *, swept: bool, flushed: bool
) -> None:
    check(kill(moment, verdict, swept=swept), verdict, flushed=flushed)
