"""The launcher's installation of the gate's libraries, which the other tests here skip."""

import os
import sys
from pathlib import Path

from tests.launch.machine import Machine


def test_the_libraries_are_installed_and_the_program_runs_on_them(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    (machine.path / "python3.14").unlink()
    (machine.path / "python3.14").symlink_to(Path(sys.executable).resolve())
    kept = {name: value for name, value in os.environ.items() if name.lower().startswith(("pip_", "http"))}
    machine.variables |= kept
    job = machine.job({"runtime": "python", "approvers": ""})
    code, log, outputs = job.run()
    assert (code, outputs["reason-code"], outputs["finished"]) == (2, "input", "true"), log
    assert f"with {Path(sys.executable).resolve()}." in log
    assert not list(job.folder.glob("approval-gate-launch.*"))
