"""The program as the runner starts it: a child process, real signals, real files."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from approval_gate.core.timing import HARD_EXIT
from approval_gate.emulator import Fault, Request, Server, serve
from approval_gate.rehearsal.rehearse import outputs_of, runner_environment
from approval_gate.rehearsal.scenarios import REPOSITORY, Scenario, scene
from approval_gate.runner.log import harmless

TOKEN = "demo-app-token"
LIMIT = 30
SOON = HARD_EXIT
"""Seconds before which a gate that nothing holds up ends; on an idle machine it takes less than one."""

IN_TIME = 7.5
"""Seconds until the runner's second signal."""


@dataclass
class Child:
    process: subprocess.Popen[str]
    github: Server
    output: Path
    summary: Path

    def outputs(self) -> dict[str, str]:
        return dict(outputs_of(self.output.read_text(encoding="utf-8")))

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, out, err

    def stop(self, number: signal.Signals) -> float:
        """Send a signal, and return the seconds until the process has ended."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(LIMIT)
        return time.monotonic() - began


@contextmanager
def child(
    folder: Path,
    *,
    script: Callable[[Request], None] | None = None,
    command: tuple[str, ...] = (sys.executable, "-m", "approval_gate", "wait"),
    **variables: str,
) -> Iterator[Child]:
    world = scene()
    if script is not None:
        world.script.append(script)
    output, summary = folder / "output", folder / "summary"
    output.touch()
    with serve(world) as github:
        environment = runner_environment(
            github, Scenario(about="", exit_code=0), str(folder), output, summary
        )
        environment |= {"INPUT_POLLING_INTERVAL_SECONDS": "0.2", **variables}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            yield Child(process, github, output, summary)
        finally:
            process.kill()
            process.communicate()
        assert not world.unknown


def when(event: threading.Event, path: str, method: str = "GET") -> Callable[[Request], None]:
    """Return an observer that sets the event when this request arrives."""

    def notice(request: Request) -> None:
        if request.method == method and re.search(path, request.path):
            event.set()

    return notice


@pytest.fixture
def waiting() -> threading.Event:
    return threading.Event()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_the_issue_and_ends_the_gate_soon(
    tmp_path: Path, waiting: threading.Event, number: signal.Signals
) -> None:
    with child(tmp_path, script=when(waiting, "/issues/1/comments")) as gate:
        assert waiting.wait(LIMIT)
        seconds = gate.stop(number)
        issue = gate.github.world.issue(REPOSITORY, 1)
        assert gate.process.returncode == 4
        assert seconds < SOON
        assert (issue.state, issue.labels[-1]) == ("closed", "cancelled")
        assert gate.outputs()["approval-status"] == "cancelled"
        assert gate.outputs()["issue-number"] == "1"


def test_the_runners_two_signals_end_the_gate_once(tmp_path: Path, waiting: threading.Event) -> None:
    with child(tmp_path, script=when(waiting, "/issues/1/comments")) as gate:
        assert waiting.wait(LIMIT)
        gate.process.send_signal(signal.SIGINT)
        assert gate.stop(signal.SIGTERM) < SOON
        code, out, err = gate.end()
        assert (code, err) == (4, "")
        assert out.count("Error:") == 1


def test_a_signal_in_the_last_moments_of_the_window_is_the_timeout(
    tmp_path: Path, waiting: threading.Event
) -> None:
    started = str(time.time() - 59 * 60)
    with child(tmp_path, script=when(waiting, "/issues/1/comments"), APPROVAL_GATE_STARTED=started) as gate:
        assert waiting.wait(LIMIT)
        gate.stop(signal.SIGINT)
        assert gate.process.returncode == 3
        assert gate.outputs()["approval-status"] == "timed-out"
        assert gate.github.world.issue(REPOSITORY, 1).labels[-1] == "timed-out"


@pytest.mark.parametrize(
    "fault", [{"status": 502}, {"status": 403, "headers": {"retry-after": "20"}}], ids=["502", "a limit"]
)
def test_a_signal_while_a_comment_is_retried_still_closes_the_issue(
    tmp_path: Path, waiting: threading.Event, fault: dict[str, Any]
) -> None:
    with child(tmp_path, script=when(waiting, "/issues/1/comments", "POST")) as gate:
        comments = f"/repos/{REPOSITORY}/issues/1/comments"
        gate.github.world.faults.append(Fault(method="POST", path=comments, times=None, **fault))
        assert waiting.wait(LIMIT)
        seconds = gate.stop(signal.SIGINT)
        issue = gate.github.world.issue(REPOSITORY, 1)
        assert (gate.process.returncode, gate.outputs()["approval-status"]) == (4, "cancelled")
        assert seconds < SOON
        assert (issue.state, issue.labels[-1]) == ("closed", "cancelled")


def test_a_signal_after_the_outcome_does_not_wait_for_the_closing_comment(
    tmp_path: Path, waiting: threading.Event
) -> None:
    script = when(waiting, "/issues/1$", "PATCH")
    with child(tmp_path, script=script, INPUT_TIMEOUT_MINUTES="0.05") as gate:
        comments = f"/repos/{REPOSITORY}/issues/1/comments"
        gate.github.world.faults.append(Fault(method="POST", path=comments, first=2, times=None))
        assert waiting.wait(LIMIT)
        assert gate.stop(signal.SIGINT) < SOON
        assert gate.process.returncode == 3
        assert gate.outputs()["approval-status"] == "timed-out"
        assert gate.summary.exists()


def test_a_signal_while_github_hangs_ends_the_gate_before_the_second_signal(
    tmp_path: Path, waiting: threading.Event
) -> None:
    with child(tmp_path, script=when(waiting, "/issues/1/comments")) as gate:
        assert waiting.wait(LIMIT)
        for method in ("GET", "POST", "PATCH"):
            gate.github.world.faults.append(Fault(method=method, kind="hang", times=None))
        seconds = gate.stop(signal.SIGINT)
        assert seconds < IN_TIME
        assert gate.process.returncode == 4
        assert gate.outputs()["approval-status"] == "cancelled"


def test_a_signal_while_the_issue_is_created_and_github_hangs_ends_the_gate(
    tmp_path: Path, waiting: threading.Event
) -> None:
    with child(tmp_path, script=when(waiting, "/git/ref/tags/")) as gate:
        gate.github.world.faults.append(Fault(method="POST", kind="hang", times=None))
        assert waiting.wait(LIMIT)
        time_limit = time.monotonic() + LIMIT
        while not any(f.met for f in gate.github.world.faults):
            assert time.monotonic() < time_limit
        assert gate.stop(signal.SIGINT) < IN_TIME
        assert gate.process.returncode == 4
        assert gate.outputs()["approval-status"] == "cancelled"


def test_a_killed_gate_never_looks_approved(tmp_path: Path, waiting: threading.Event) -> None:
    with child(tmp_path, script=when(waiting, "/issues/1/comments")) as gate:
        assert waiting.wait(LIMIT)
        gate.stop(signal.SIGKILL)
        outputs = gate.outputs()
        assert (outputs["approval-status"], outputs["reason-code"]) == ("error", "internal")
        assert outputs["issue-number"] == "1"
        assert f" nonce={outputs['nonce']} -->" in gate.github.world.issue(REPOSITORY, 1).body
        assert "finished" not in outputs


def test_a_gate_started_by_exec_in_bash_gets_the_signal(tmp_path: Path, waiting: threading.Event) -> None:
    command = ("bash", "-c", f'exec "{sys.executable}" -m approval_gate wait')
    with child(tmp_path, script=when(waiting, "/issues/1/comments"), command=command) as gate:
        assert waiting.wait(LIMIT)
        assert gate.stop(signal.SIGINT) < SOON
        assert gate.process.returncode == 4


HOSTILE = (
    "approve - ::set-output name=approval-status::approved",
    "approve\n::error::forged\r##[error]forged\u2028::add-mask::approved\x85##[set-output name=x;]y",
    "approve - ##[command]rm \x1b[31m ::stop-commands::x",
    "approve - ghadelimiter\n::debug::\ud83d x <<EOF\nEOF\napproval-status=approved",
    "::warning::approve",
)


def commands_in(text: str) -> list[str]:
    """Find what the runner would treat as a command (actions/runner, ActionCommand.cs)."""
    lines = re.split("\r\n|\r|\n", text)
    old = [line for line in lines if re.search(r"##\[[^\]]*\]", line)]
    return old + [line for line in lines if re.match(r"\s*::[a-zA-Z-]+[^:]*::", line)]


def test_text_that_people_type_cannot_give_the_runner_a_command(tmp_path: Path) -> None:
    def people(request: Request) -> None:
        if request.method == "POST" and request.path.endswith("/issues/1/comments") and not said:
            said.append(1)
            for login in ("mallory", "ann"):
                for text in HOSTILE:
                    world.comment(
                        REPOSITORY,
                        1,
                        login,
                        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
                    )
            world.comment(REPOSITORY, 1, "bob", "deny - ::error::no\r\n##[error]no")

    said: list[int] = []
    with child(tmp_path, GITHUB_ACTIONS="true") as gate:
        world = gate.github.world
        world.script.append(people)
        code, out, err = gate.end()
        kinds = {line.split("::")[1].split(" ")[0] for line in commands_in(out)}
        assert (code, err) == (1, "")
        assert kinds == {"add-mask", "error"}
        title = "::error title=Approval gate%3A v1.2.3 → production::"
        assert commands_in(out)[-1].startswith(f"{title}Denied by bob")
        assert gate.outputs()["approval-status"] == "denied"
        assert set(gate.outputs()) == {
            *("approval-status", "reason-code", "reason", "issue-number", "issue-url", "approvers"),
            *("denied-by", "run-attempt", "decision", "record-path", "subjects-path", "nonce", "finished"),
        }
        issue = world.issue(REPOSITORY, 1)
        own = (comment.body for comment in issue.comments if comment.author is issue.author)
        status = next(body for body in own if " status nonce=" in body)
        rows = [line for line in status.splitlines() if re.match(r"\s*([-*+#>|]|\d+\.)", line)]
        assert [re.split(r"[\[,(`]", row)[0].strip() for row in rows] == [
            "### ❌ Denied by @bob",
            "- 👍 @ann",
            "- 👎 @bob",
            *["- ↩️ @ann"] * 3,
            "- 😕 Not approvers:",
        ]


def test_the_token_is_only_in_its_mask(tmp_path: Path) -> None:
    with child(tmp_path, GITHUB_ACTIONS="true", INPUT_TIMEOUT_MINUTES="0.02") as gate:
        _, out, err = gate.end()
        issue = gate.github.world.issue(REPOSITORY, 1)
        files = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()]
        texts = [issue.title, issue.body, *(comment.body for comment in issue.comments)]
    assert f"::add-mask::{TOKEN}\n" in out
    assert TOKEN not in out.replace(f"::add-mask::{TOKEN}\n", "") + err + "".join(files + texts)


def test_a_gate_that_opened_no_issue_leaves_a_summary_and_a_record(tmp_path: Path) -> None:
    with child(tmp_path, INPUT_APPROVERS="<b>@ann</b>\n### hi") as gate:
        code, _, err = gate.end()
    summary = gate.summary.read_text(encoding="utf-8")
    assert (code, err) == (2, "")
    assert summary.startswith("### ⚠️ v1.2.3 to production: the gate failed\n")
    assert 'approvers: "`<b>@ann</b>`" is' in summary
    assert "\n### hi" not in summary
    assert "Write `ann`, `team`, `org/team`" in summary
    record = Path(gate.outputs()["record-path"])
    assert record.name == "approval-gate-4242-1.json"
    assert record.read_text(encoding="utf-8") == gate.outputs()["decision"]


@pytest.mark.parametrize("run_id", ["../../x", "", "x" * 300])
def test_the_record_of_a_run_without_a_number_stays_in_the_folder_of_records(
    tmp_path: Path, run_id: str
) -> None:
    with child(tmp_path, GITHUB_RUN_ID=run_id) as gate:
        code, _, err = gate.end()
    assert (code, err) == (2, "")
    assert Path(gate.outputs()["record-path"]) == tmp_path / "approval-gate" / "approval-gate-1.json"


def test_a_summary_that_cannot_be_written_does_not_change_an_early_ending(tmp_path: Path) -> None:
    (tmp_path / "summary").mkdir()
    (tmp_path / "approval-gate").touch()
    with child(tmp_path, INPUT_TOKEN="") as gate:
        code, out, err = gate.end()
    assert (code, err) == (2, "")
    assert "could not write the job's summary: Is a directory" in out
    assert "could not write the record to a file: File exists" in out
    values = gate.outputs()
    assert (values["reason-code"], values["record-path"], values["subjects-path"]) == ("input", "", "")


def test_a_signal_before_the_issue_is_opened_is_in_the_summary_too(
    tmp_path: Path, waiting: threading.Event
) -> None:
    with child(tmp_path, script=when(waiting, f"/repos/{REPOSITORY}$")) as gate:
        gate.github.world.faults.append(Fault(path="/orgs/", times=None))
        assert waiting.wait(LIMIT)
        gate.stop(signal.SIGINT)
        assert gate.process.returncode == 4
    summary = gate.summary.read_text(encoding="utf-8")
    why = "The job was stopped (SIGINT) before anybody was asked. No issue was opened."
    assert summary.startswith(f"### 🚫 v1.2.3 to production: cancelled\n{why}\n")
    assert gate.outputs()["reason"] == why
    assert gate.outputs()["record-path"]


def test_outside_of_actions_not_even_a_mask_shows_the_token(tmp_path: Path) -> None:
    with child(tmp_path, INPUT_TIMEOUT_MINUTES="0.02") as gate:
        _, out, err = gate.end()
    assert TOKEN not in out + err
    assert "::" not in out


def test_a_terminal_without_unicode_does_not_stop_the_gate(tmp_path: Path) -> None:
    with child(tmp_path, INPUT_TIMEOUT_MINUTES="0.02", PYTHONIOENCODING="ascii", LANG="C") as gate:
        code, out, err = gate.end()
    assert (code, err) == (3, "")
    assert "Approval gate for v1.2.3 ? production" in out


def test_harmless_leaves_words_alone() -> None:
    assert harmless("All checks passed: 3 of 3 [ok] #4") == "All checks passed: 3 of 3 [ok] #4"


def verb(folder: Path, github: Server, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command after the gate, as the runner starts it."""
    environment = runner_environment(
        github, Scenario(about="", exit_code=0), str(folder), folder / "none", folder / "none"
    )
    command = (sys.executable, "-m", "approval_gate", name)
    done = subprocess.run(
        command, env=environment | variables, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert (done.stderr, "Traceback" in done.stdout) == ("", False)
    assert not (folder / "none").exists()
    return done


def test_a_killed_gate_is_swept_and_its_deployment_reported(tmp_path: Path, waiting: threading.Event) -> None:
    with child(tmp_path, script=when(waiting, "/issues/1/comments")) as gate:
        assert waiting.wait(LIMIT)
        gate.stop(signal.SIGKILL)
        nonce, number = gate.outputs()["nonce"], gate.outputs()["issue-number"]
        issue = gate.github.world.issue(REPOSITORY, 1)
        swept = verb(tmp_path, gate.github, "sweep", APPROVAL_GATE_NONCE=nonce, GITHUB_ACTIONS="true")
        assert (swept.returncode, issue.state, issue.labels[-1]) == (0, "closed", "cancelled")
        told = verb(tmp_path, gate.github, "report", INPUT_ISSUE_NUMBER=number, INPUT_RESULT="skipped")
        assert (told.returncode, issue.labels[-2:]) == (0, ["cancelled", "not-deployed"])
        assert TOKEN not in swept.stdout.replace(f"::add-mask::{TOKEN}\n", "") + told.stdout


@pytest.mark.parametrize(
    ("name", "variables", "code", "words"),
    [
        ("sweep", {}, 0, "the sweep does nothing"),
        ("sweep", {"APPROVAL_GATE_NONCE": "a" * 32, "INPUT_TOKEN": ""}, 2, "token: it is empty"),
        ("report", {}, 0, "nothing is reported"),
        ("report", {"INPUT_ISSUE_NUMBER": "x"}, 2, "issue-number: 'x' is not a whole number"),
        ("report", {"INPUT_ISSUE_NUMBER": "9", "INPUT_RESULT": "success"}, 2, "there is no issue 9 there"),
    ],
)
def test_the_sweep_and_the_report_exit_as_documented(
    tmp_path: Path, name: str, variables: dict[str, str], code: int, words: str
) -> None:
    with serve(scene()) as github:
        done = verb(tmp_path, github, name, **variables)
    assert done.returncode == code
    assert words in done.stdout


@pytest.mark.parametrize("name", ["sweep", "report"])
def test_help_lists_the_exit_codes(name: str) -> None:
    command = (sys.executable, "-m", "approval_gate", name, "--help")
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Exits with 0 if" in done.stdout
