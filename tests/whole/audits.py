"""The command ``audit`` in this process, on a stage's embedded GitHub."""

import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, StringIO, TextIOWrapper

from approval_gate.cli import main
from approval_gate.cli.audit import AuditCommand
from approval_gate.emulator import Request
from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.whole.direct import sender
from tests.whole.stage import Stage, quick

TOKEN = "auditors"
ACCOUNT = ("--account", "acme-approval-gate[bot]")
"""The account that opens the issues of a stage."""

HERE = ("--repository", REPOSITORY, *ACCOUNT)


class Terminal(StringIO):
    """A terminal's standard error."""

    def isatty(self) -> bool:
        return True


@dataclass
class Audited:
    """How an audit ended."""

    exit_code: int
    out: str
    err: str
    requests: list[Request]


def run_audit(
    stage: Stage,
    *arguments: str,
    where: Sequence[str] = HERE,
    token: str = TOKEN,
    err: StringIO | None = None,
) -> Audited:
    """Audit with the token of a person who can read the repository, unless another is given."""
    if token == TOKEN and TOKEN not in stage.world.tokens:
        stage.world.permit(REPOSITORY, "read", "auditor")
        stage.world.token(TOKEN, login="auditor")
    out, err = TextIOWrapper(BytesIO(), encoding="utf-8", newline=""), err or StringIO()
    before = len(stage.world.requests)
    github = stage.github()
    with quick(), redirect_stdout(out), redirect_stderr(err):
        environ = {"GITHUB_API_URL": github.url}
        command = AuditCommand(environ, stage, stage.tap(sender(github)))
        command.log._stream = sys.stderr
        try:
            main.main(["audit", *where, *arguments, "--token", token], obj=command, standalone_mode=False)
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int)
    stage.conforms(stage.world, before)
    out.flush()
    text = out.buffer.getvalue().decode()  # type: ignore[attr-defined]
    stage.note(f"{text}\n{err.getvalue()}")
    return Audited(code, text, err.getvalue(), stage.world.requests[before:])
