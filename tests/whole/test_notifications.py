"""People outside of GitHub are told what matters, and no address of theirs is shown."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest

from approval_gate.notify import sender
from approval_gate.rehearsal.scenarios import REPOSITORY, RUN
from tests.notify.listeners import http, refusing, silent
from tests.text.readers import commands
from tests.whole import test_policy
from tests.whole.stage import Ended, Stage
from tests.whole.test_secrets import crashing_in, left_behind

SECRET = "t0p-s3cret"
FEW = {"timeout-minutes": "5"}


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """Let the end wait longer than it does, so that a busy machine does not matter."""
    with patch.object(sender, "NOTIFY_LAST", 60.0), patch.object(sender, "NOTIFY", 60.0):
        yield


def test_they_are_told_when_people_are_asked_and_how_it_ended(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    stage.says(2, "lea", "deny - broken, @here")
    with http() as service:
        ended = stage.run({"notify-urls": f"http://{service.address}/{SECRET}"})
    assert ended.status == "denied"
    asked, decided = sorted(service.json, key=lambda message: str(message["event"]))
    assert (asked["event"], asked["title"]) == ("asked", "Approval needed: v1.2.3 to production")
    assert (decided["event"], decided["title"]) == ("decided", "Denied: v1.2.3 to production")
    assert decided["text"] == 'Denied by lea: "broken, (at)here"'
    for message in (asked, decided):
        assert message["issue_url"] == ended.outputs["issue-url"]
        assert str(message["run_url"]).endswith(f"/actions/runs/{RUN}/attempts/1")
        assert message["repository"] == "acme/shop"


def test_they_are_reminded_when_people_are(stage: Stage) -> None:
    with http() as service:
        ended = test_policy.run(stage, {"notify-urls": f"http://{service.address}/"})
    assert ended.status == "timed-out"
    events = sorted(str(message["event"]) for message in service.json)
    reminders = ended.texts().count("<!-- approval-gate:v1 call-")
    assert reminders > 0
    assert events == ["asked", "decided", *["reminded"] * reminders]


@pytest.mark.parametrize("result", ["success", "failure"])
def test_they_are_told_the_result_once(stage: Stage, result: str) -> None:
    stage.says(1, "ann", "approve")
    stage.says(1, "lea", "approve")
    stage.run({"keep-issue-open": "true"})
    with http() as service:
        inputs = {"notify-urls": f"http://{service.address}/{SECRET}"}
        done = stage.report(result, inputs, GITHUB_ACTIONS="true")
        assert stage.report(result, inputs).exit_code == done.exit_code == 0
    (message,) = service.json
    assert message["event"] == "result"
    assert (message["environment"], message["version"]) == ("production", "v1.2.3")
    assert str(message["title"]).endswith(": v1.2.3 to production")
    assert message["outcome"] == ("deployed" if result == "success" else "deployment-failed")
    assert SECRET not in "".join(line for line in done.log.splitlines() if "add-mask" not in line)
    assert f"::add-mask::http://{service.address}/{SECRET}" in done.log


def test_the_result_is_told_even_if_the_record_cannot_be_read(stage: Stage) -> None:
    stage.run({"keep-issue-open": "true", **FEW})
    stage.world.issue(REPOSITORY, 1).comments.clear()
    with http() as service:
        assert stage.report("failure", {"notify-urls": f"http://{service.address}/"}).exit_code == 0
    (message,) = service.json
    assert (message["environment"], message["version"]) == (None, None)
    assert message["title"] == "Deployment failed: acme/shop"


def test_a_dead_address_is_a_warning_in_the_gate(stage: Stage) -> None:
    with http(404) as gone:
        ended = stage.run({**FEW, "notify-urls": f"http://{gone.address}/{SECRET}"})
    assert ended.status == "timed-out"
    warning = "Warning: Address 1 of notify-urls did not get a message: it answered with status 404."
    assert ended.log.count(warning) == 1
    assert "a-notification-was-not-sent" in ended.log


def test_a_dead_address_is_a_warning_in_the_report(stage: Stage) -> None:
    stage.run({"keep-issue-open": "true"})
    with silent() as mute, patch.object(sender, "NOTIFY_LAST", 0.2):
        done = stage.report("success", {"notify-urls": f"http://{mute}/{SECRET}"})
    assert done.exit_code == 0
    assert "Warning: Address 1 of notify-urls did not get a message: it did not answer in time." in done.log


def test_an_address_at_which_nobody_listens_is_a_warning(stage: Stage) -> None:
    ended = stage.run({**FEW, "notify-urls": f"http://{refusing()}/{SECRET}"})
    assert ended.status == "timed-out"
    assert "did not get a message: it cannot be reached, or refused it." in ended.log


def test_a_wrong_address_is_an_error_before_the_issue_is_opened(stage: Stage) -> None:
    ended = stage.run({"notify-urls": f"https://a.b/{SECRET}\nfoo://{SECRET}"})
    assert (ended.status, ended.code, ended.exit_code) == ("error", "input", 2)
    assert ended.reason.startswith("notify-urls: no service is known for address 2 of 2.")
    assert ended.sent("POST", "/issues") == []
    assert_hidden(stage, ended)


def test_a_wrong_address_is_an_error_of_the_report_too(stage: Stage) -> None:
    stage.run({"keep-issue-open": "true"})
    done = stage.report("success", {"notify-urls": f"foo://{SECRET}"})
    assert (done.exit_code, done.writes) == (2, [])
    assert "notify-urls: no service is known for address 1 of 1." in done.log


def test_a_gate_that_ends_while_the_addresses_are_checked_leaves_no_process(stage: Stage) -> None:
    started, start = [], sender.subprocess.Popen

    def popen(*given: Any, **named: Any) -> Any:
        started.append(start(*given, **named))
        return started[-1]

    with patch.object(sender.subprocess, "Popen", popen):
        ended = stage.run({"notify-urls": "mailto://a.b?from=c@d.ef&to=g@h.ij", "approvers": "nobody-there"})
    assert ended.code == "unsatisfiable"
    assert [process.poll() is None for process in started] == [False]


def test_a_process_that_cannot_be_started_is_a_warning(stage: Stage) -> None:
    with patch.object(sender.subprocess, "Popen", side_effect=OSError(11, "No process is left")):
        ended = stage.run({**FEW, "notify-urls": "https://a.b/"})
    assert ended.status == "timed-out"
    assert ended.log.count("Warning: No message is sent to notify-urls: No process is left.") == 1


def approved(stage: Stage, inputs: dict[str, str]) -> Ended:
    stage.says(1, "ann", "approve")
    stage.says(1, "lea", "approve")
    return stage.run(inputs, GITHUB_ACTIONS="true")


def stopped(stage: Stage, inputs: dict[str, str]) -> Ended:
    stage.stops(1)
    return stage.run(inputs, GITHUB_ACTIONS="true")


def refused(stage: Stage, inputs: dict[str, str]) -> Ended:
    return stage.run({**inputs, "minimum-approvals": "two"}, GITHUB_ACTIONS="true")


@pytest.mark.parametrize("ends", [approved, stopped, refused, crashing_in("notify.sender.Sender.send")])
def test_an_address_is_shown_nowhere(stage: Stage, ends, capfd: pytest.CaptureFixture[str]) -> None:  # noqa: ANN001 - as in ENDS
    with http() as service:
        ended = ends(stage, {"notify-urls": f"http://{service.address}/{SECRET}\nhttp://[::1]:9/{SECRET}"})
    assert_hidden(stage, ended)
    assert SECRET not in "".join(capfd.readouterr())
    masked = [command.data for command in commands(ended.log) if command.name == "add-mask"]
    if ended.requests:
        assert f"http://{service.address}/{SECRET}" in masked


def assert_hidden(stage: Stage, ended: Ended) -> None:
    assert SECRET not in "\n".join(left_behind(stage, ended))
    assert SECRET not in str(ended.record)
