"""A quorum that is not confirmed leaves no approver in any output, record or text."""

import re
from collections.abc import Callable

import pytest

from approval_gate.emulator import Request
from approval_gate.rehearsal.scenarios import POLICY, REPOSITORY, TEMPLATE, VERSION
from tests.whole.stage import Stage

POLICY_FILE = ".github/approval-policy.yml"
EMERGENCY = {
    "approvers": "",
    "minimum-approvals": "",
    "timeout-minutes": "10",
    "policy-file": POLICY_FILE,
    "deployment-type": "emergency",
    "details": TEMPLATE,
}


def _moves(stage: Stage) -> None:
    stage.world.tag(REPOSITORY, VERSION, "f" * 40)


def _goes(stage: Stage) -> None:
    stage.world.tag(REPOSITORY, VERSION, None)


def _changes(stage: Stage) -> None:
    stage.world.repos[REPOSITORY].files[POLICY_FILE] = POLICY + "# another\n"


def _fails(stage: Stage) -> None:
    stage.fault(method="GET", path=f"/repos/{REPOSITORY}/git/ref/tags/", times=None, status=500)


@pytest.mark.parametrize(
    ("happens", "end"),
    [
        (_moves, "error tampered"),
        (_goes, "error tampered"),
        (_changes, "error policy-changed"),
        (_fails, "error outage"),
    ],
)
def test_no_approver_is_named_when_anything_changes_before_the_confirmation(
    stage: Stage, happens: Callable[[Stage], None], end: str
) -> None:
    done: list[bool] = []

    def meanwhile(request: Request) -> None:
        """The gate has seen the quorum once it reads more than the conversation again."""
        asks = request.method == "GET" and "/issues" not in request.path
        if asks and stage.passed >= 60 and not done:
            done.append(True)
            happens(stage)

    stage.world.script.append(meanwhile)
    stage.says(1, "lea", "approve")
    ended = stage.run(EMERGENCY)
    assert (f"{ended.status} {ended.code}", done) == (end, [True])
    assert (ended.outputs["approvers"], ended.counted) == ("", "lea")
    decision = ended.record["decision"]
    assert (decision["outcome"], decision["reason_code"], decision["approvers"]) == (None, None, [])
    assert (ended.record["inputs"]["confirmation"], ended.replayed()) == (None, ended.status)
    words = "pproved"
    assert not re.search(words, ended.outputs["reason"] + decision["reason"])
    told = re.sub(r"```json.*?```", "", ended.closing() + ended.summary, flags=re.DOTALL)
    assert not re.search(words, told)


def test_a_stop_while_it_is_confirmed_names_no_approver(stage: Stage) -> None:
    stage.says(1, "lea", "approve")
    stage.says(1, "ann", "approve")
    stage.at(0.5, lambda: _fails(stage))
    stage.stops(5)
    ended = stage.run({"timeout-minutes": "10"})
    assert (ended.status, ended.outputs["approvers"], ended.replayed()) == ("cancelled", "", "cancelled")
