"""A gate's secrets are shown nowhere: not in its files, log, requests or comments, however it ends."""

import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from approval_gate.emulator import Request
from approval_gate.emulator.world import App
from approval_gate.rehearsal.rehearse import rehearse
from approval_gate.rehearsal.scenarios import REPOSITORY, SCENARIOS
from tests.program.test_program import LIMIT, child, when
from tests.text.readers import commands
from tests.whole.keys import pair
from tests.whole.stage import Ended, Stage
from tests.whole.test_app import GRANTED

TOKEN = "ghs_1234_K7q9Zx2LmNpR4tVwY8bC6dFgHjS5aE3u"
SECRET = "github_pat_11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuVwXyZ"
UNKNOWN = "ghp_0000ThisIsTheTokenOfSomebodyElse0000"
CANARY = "what-else-is-in-the-environment"
ISSUES = f"/repos/{REPOSITORY}/issues"

Ends = Callable[[Stage, dict[str, str]], Ended]


def skip_conformance_check(*_: object) -> None:
    """Many of these answers are not in GitHub's documented shape."""


class LogCapture(logging.Handler):
    """Keeps everything that any library logs, at every level."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def captured() -> Iterator[LogCapture]:
    captured, names = LogCapture(), [None, *logging.Logger.manager.loggerDict]
    levels = {logger: logger.level for logger in map(logging.getLogger, names)}
    for logger in levels:
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(captured)
    yield captured
    logging.getLogger().removeHandler(captured)
    for logger, level in levels.items():
        logger.setLevel(level)


@pytest.fixture
def app(stage: Stage) -> App:
    return stage.world.app("gatekeeper", public_key=pair()[1], repos=[REPOSITORY], permissions=GRANTED)


def asks(stage: Stage, who: str) -> dict[str, str]:
    """The gate's credential inputs: an app, a token, or the alias of a token in addition to another token."""
    known = stage.world.tokens["demo-app-token"]
    stage.world.tokens |= {TOKEN: known, SECRET: known}
    if who == "an app":
        made = next(iter(stage.world.apps))
        return {"token": UNKNOWN, "app-id": made, "app-private-key": pair()[0]}
    return {"token": TOKEN} if who == "a token" else {"token": UNKNOWN, "secret": SECRET}


def secrets(stage: Stage) -> list[str]:
    """Everything that must not be visible, including each line of a key but the first and the last."""
    tokens = [value for value in stage.world.tokens if value.startswith("ghs_")]
    return [TOKEN, SECRET, UNKNOWN, *tokens, *[line for line in pair()[0].splitlines()[1:-1] if line]]


# How it can end -------------------------------------------------------------------------------------


def approved(stage: Stage, inputs: dict[str, str]) -> Ended:
    stage.says(70, "ann", "approve")
    stage.says(80, "lea", "approve")
    return stage.run(inputs | {"timeout-minutes": "90"}, GITHUB_ACTIONS="true")


def denied(stage: Stage, inputs: dict[str, str]) -> Ended:
    stage.says(1, "ann", f"deny - is it {CANARY[::-1]}?")
    return stage.run(inputs, GITHUB_ACTIONS="true")


def stopped(stage: Stage, inputs: dict[str, str]) -> Ended:
    stage.stops(1)
    return stage.run(inputs, GITHUB_ACTIONS="true")


def given_an_invalid_input(stage: Stage, inputs: dict[str, str]) -> Ended:
    return stage.run(inputs | {"minimum-approvals": "two"}, GITHUB_ACTIONS="true")


def given_an_invalid_token(stage: Stage, inputs: dict[str, str]) -> Ended:
    given = {
        name: f"{value} {value}" if name in {"token", "secret"} else value for name, value in inputs.items()
    }
    return stage.run(given, GITHUB_ACTIONS="true")


def refused_by_github(stage: Stage, inputs: dict[str, str]) -> Ended:
    for made in stage.world.apps.values():
        made.public_key = pair(2)[1]
    for value in (TOKEN, SECRET):
        stage.world.tokens.pop(value)
    return stage.run(inputs, GITHUB_ACTIONS="true")


def refused_after_a_while(stage: Stage, inputs: dict[str, str]) -> Ended:
    def revoke() -> None:
        for made in stage.world.apps.values():
            made.public_key = pair(2)[1]
        for token in stage.world.tokens.values():
            token.revoked = True

    stage.at(5, revoke)
    return stage.run(inputs, GITHUB_ACTIONS="true")


def without_github(stage: Stage, inputs: dict[str, str]) -> Ended:
    stage.at(5, lambda: stage.fault(path="/", times=None))
    return stage.run(inputs, GITHUB_ACTIONS="true")


def behind_a_proxy_that_echoes_the_token(stage: Stage, inputs: dict[str, str]) -> Ended:
    def echo(request: Request) -> None:
        sent = request.headers.get("authorization", "")
        body = f'{{"message": "Forbidden for {sent}"}}'
        stage.world.faults[:] = [fault for fault in stage.world.faults if fault.path != ISSUES]
        stage.fault(method="POST", path=ISSUES, times=None, status=403, body=body)

    stage.world.script.append(echo)
    return stage.run(inputs, GITHUB_ACTIONS="true")


def without_writable_outputs(stage: Stage, inputs: dict[str, str]) -> Ended:
    folder = stage.folder / "summary-is-a-folder"
    folder.mkdir()
    return stage.run(
        inputs | {"timeout-minutes": "1"}, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(folder)
    )


def answered_in_another_shape(stage: Stage, inputs: dict[str, str]) -> Ended:
    stage.fault(
        method="POST", path=".*/access_tokens$", times=None, status=201, body=f'{{"token": "{TOKEN}"}}'
    )
    stage.fault(method="POST", path=f"{ISSUES}$", times=None, status=201, body='{"x": 1}')
    return stage.run(inputs, GITHUB_ACTIONS="true")


def crashing_in(what: str) -> Ends:
    """A fault of the program itself, in a place that has every secret and raises it."""

    def crashed(stage: Stage, inputs: dict[str, str]) -> Ended:
        def fail(*_: Any, **__: Any) -> None:
            held = " ".join((*secrets(stage), *inputs.values()))
            raise ZeroDivisionError(held) from ValueError(held)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(f"approval_gate.{what}", fail)
            return stage.run(inputs | {"timeout-minutes": "1"}, GITHUB_ACTIONS="true")

    crashed.__name__ = f"crashing_in_{what.rpartition('.')[2]}"
    return crashed


ENDS: dict[str, Ends] = {
    ends.__name__.replace("_", " "): ends
    for ends in (
        approved,
        denied,
        stopped,
        given_an_invalid_input,
        given_an_invalid_token,
        refused_by_github,
        refused_after_a_while,
        without_github,
        behind_a_proxy_that_echoes_the_token,
        without_writable_outputs,
        answered_in_another_shape,
        crashing_in("cli.prepare.prepare"),
        crashing_in("github.issue.ApprovalIssue.poll"),
        crashing_in("render.messages.GateMessages.closing"),
    )
}


def left_behind(stage: Stage, end: Ended) -> Iterator[str]:
    """Everything that a run wrote: files, the log without masks, issues, requests without credentials."""
    yield from (path.read_text(encoding="utf-8") for path in stage.folder.rglob("*") if path.is_file())
    yield from (line for line in end.log.splitlines() if not line.startswith("::add-mask::"))
    for issue in stage.world.issues(REPOSITORY):
        yield from (issue.title, *(str(revision.text) for revision in issue.revisions), *issue.labels)
        yield from (str(revision.text) for c in issue.comments for revision in c.revisions)
    for request in end.requests:
        others = {name: value for name, value in request.headers.items() if name != "authorization"}
        yield f"{request.method} {request.path} {request.query} {request.body} {others}"


def in_the_mask(stage: Stage, who: str) -> list[str]:
    """The values that must be masked, in this order."""
    if who != "an app":
        return [TOKEN if who == "a token" else SECRET]
    made = [value for value in stage.world.tokens if value.startswith("ghs_") and value != TOKEN]
    return [*filter(None, pair()[0].splitlines()), *made]


@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("who", ["a token", "an app"])
def test_no_secret_is_visible_after_a_gate_that_is(
    stage: Stage, app: App, captured: LogCapture, capfd: pytest.CaptureFixture[str], who: str, ends: Ends
) -> None:
    unmasked = []

    def use(request: Request) -> None:
        """A secret is masked before a request is sent with it."""
        used = request.headers.get("authorization", "").partition(" ")[2]
        log = sys.stdout.getvalue()  # type: ignore[attr-defined]
        if f"::add-mask::{used}\n" not in log and used.count(".") < 2:
            unmasked.append(request.path)

    assert app.id
    stage.conforms = skip_conformance_check
    stage.world.script.append(use)
    end = ends(stage, asks(stage, who))
    everything = "\n".join((*left_behind(stage, end), *capfd.readouterr(), *captured.lines))
    for secret in secrets(stage):
        assert secret not in everything
    assert unmasked == []
    masked = [command.data for command in commands(end.log) if command.name == "add-mask"]
    if end.requests:
        assert masked == in_the_mask(stage, who)
        assert end.log.startswith("::add-mask::")
    else:
        assert set(masked) <= set(in_the_mask(stage, who))


def test_the_secret_alias_is_protected_like_the_token(
    stage: Stage, app: App, captured: LogCapture, capfd: pytest.CaptureFixture[str]
) -> None:
    test_no_secret_is_visible_after_a_gate_that_is(
        stage, app, captured, capfd, "the alias", ENDS["behind a proxy that echoes the token"]
    )


@pytest.mark.parametrize("who", ["the alias", "an app"])
@pytest.mark.parametrize("fault", [{}, {"path": "/", "times": None}], ids=["as it should", "without GitHub"])
def test_no_secret_shows_in_the_sweep_or_the_report(
    stage: Stage, app: App, captured: LogCapture, who: str, fault: dict[str, Any]
) -> None:
    assert app.id
    stage.conforms = skip_conformance_check
    inputs = asks(stage, who)
    gate = stage.run({**inputs, "timeout-minutes": "1"})
    if fault:
        stage.fault(**fault)
    swept = stage.sweep(gate, inputs, GITHUB_ACTIONS="true")
    told = stage.report("success", inputs, GITHUB_ACTIONS="true")
    for done in (swept, told):
        rest = [line for line in done.log.splitlines() if not line.startswith("::add-mask::")]
        everything = "\n".join((*rest, *left_behind(stage, gate), *captured.lines))
        assert not [secret for secret in secrets(stage) if secret in everything]
        assert done.log.startswith("::add-mask::")


# Processes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "end", [signal.SIGTERM, signal.SIGABRT, signal.SIGSEGV], ids=lambda number: number.name
)
def test_the_token_is_neither_in_the_process_list_nor_in_a_core_dump(
    tmp_path: Path, end: signal.Signals
) -> None:
    waiting = threading.Event()
    command = ("/bin/sh", "-c", f'ulimit -c 0; exec "{sys.executable}" -X dev -m approval_gate wait')
    script = when(waiting, "/issues/1/comments")
    with child(tmp_path, script=script, command=command, GITHUB_ACTIONS="true", CANARY=CANARY) as gate:
        assert waiting.wait(LIMIT)
        listed = Path(f"/proc/{gate.process.pid}/cmdline").read_bytes().decode()
        gate.stop(end)
        _, out, err = gate.end()
        files = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()]
    token = "demo-app-token"
    assert "approval_gate" in listed
    assert out.startswith(f"::add-mask::{token}\n")
    everything = "".join((listed, out.replace(f"::add-mask::{token}\n", ""), err, *files))
    assert token not in everything
    assert CANARY not in everything
    assert (end is signal.SIGTERM) is ("Fatal Python error" not in err)


@pytest.mark.parametrize("name", ["no-teams", "closed"])
def test_a_rehearsals_transcript_shows_no_token(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    assert rehearse(SCENARIOS[name], lines.append)
    transcript = "\n".join((*lines, *capfd.readouterr()))
    assert "Exit code" in transcript
    for token in ("demo-app-token", "demo-job-token", "add-mask"):
        assert token not in transcript
