"""Every YAML block of the documents is what GitHub or the gate would accept."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from yamllint import linter as yamllint
from yamllint.config import YamlLintConfig

from approval_gate.core.policy.schema import read_policy
from approval_gate.runner.outputs import OUTPUTS
from tests.docs.pages import BLOCKS, ROOT, Block
from tests.docs.yaml_blocks import OURS, Kind, file_of

YAML = [block for block in BLOCKS if block.language in {"yaml", "yml"}]
FILES = {str(block): file_of(block) for block in YAML}
CONDITION = (
    "needs.approval-gate.outputs.approval-status == 'approved' && "
    "needs.approval-gate.outputs.run-attempt == github.run_attempt"
)


def jobs(text: str) -> dict[str, Any]:
    return dict(yaml.safe_load(text).get("jobs", {}))


def of_kind(kind: str) -> list[str]:
    return [name for name, (found, _) in FILES.items() if found == kind]


ALL = [*of_kind(Kind.WORKFLOW), *of_kind(Kind.PART)]
SETTINGS = (".github/jactionlint.yaml", ".github/zizmor.yml")
ACTIONS = ("action.yml", "report/action.yml", "container/action.yml", "Dockerfile")

IGNORED = ("--ignore=local-action-checkout", r"--ignore=/opt/approval-gate/bin/\w+")
"""What is wrong only here: the actions are used by their path, and the image's files are not in the tree."""


def lint(linter: str, folder: Path, files: dict[str, str], *options: str) -> str:
    """Return the findings of a linter of scripts/lint, with its options and settings."""
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (workflows / f"{re.sub(r'[/:]', '-', name)}.yml").write_text(text, encoding="utf-8")
    for path in SETTINGS:
        shutil.copy(ROOT / path, folder / path)
    for path in ACTIONS:
        (folder / "gate" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / "gate" / path)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)  # noqa: S607 - the git of this machine
    usual = re.search(rf"'{linter} (.+?)'", (ROOT / "scripts" / "lint").read_text(encoding="utf-8"))
    assert usual is not None
    done = subprocess.run(
        [Path(sys.executable).parent / linter, *usual[1].split(), *options, *workflows.iterdir()],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def lint_parts(folder: Path, files: dict[str, str]) -> str:
    """Lint as actionlint does. Actions are used by their path, so inputs and outputs are checked."""
    local = {name: OURS.sub(lambda found: f"./gate{found[1] or ''}", text) for name, text in files.items()}
    return lint("jactionlint", folder, local, "--profile=correctness", *IGNORED)


@pytest.mark.parametrize("block", YAML, ids=str)
def test_a_block_keeps_the_style_of_the_other_yaml_files(block: Block) -> None:
    settings = YamlLintConfig(file=str(ROOT / ".yamllint"))
    assert [str(problem) for problem in yamllint.run(block.text, settings)] == []


@pytest.mark.parametrize("linter", ["jactionlint", "zizmor"])
def test_whole_workflows_have_no_findings(linter: str, tmp_path: Path) -> None:
    assert lint(linter, tmp_path, {name: FILES[name][1] for name in of_kind(Kind.WORKFLOW)}) == ""


def test_workflows_and_their_parts_are_valid(tmp_path: Path) -> None:
    assert lint_parts(tmp_path, {name: FILES[name][1] for name in ALL}) == ""


def test_an_unknown_input_or_output_is_a_finding(tmp_path: Path) -> None:
    text = (
        "- {id: g, uses: org/approval-gate@v1, with: {approver: ann}}\n- run: echo ${{ steps.g.outputs.x }}\n"
    )
    found = lint_parts(tmp_path, {"x": file_of(Block("x.md", "yaml", text, 1))[1]})
    assert 'input "approver" is not defined' in found
    assert 'property "x" is not defined' in found


@pytest.mark.parametrize("name", of_kind(Kind.POLICY))
def test_a_policy_is_accepted(name: str) -> None:
    assert read_policy(FILES[name][1].encode()).deployments


def test_every_block_is_a_workflow_a_part_of_one_or_a_policy() -> None:
    assert of_kind(Kind.OTHER) == []
    assert len(ALL) >= 6


@pytest.mark.parametrize("name", ALL)
def test_a_job_that_deploys_asks_for_the_approval_of_this_attempt(name: str) -> None:
    for job, it in jobs(FILES[name][1]).items():
        if job.startswith("deploy") and "approval-gate" in str(it.get("needs", "")) and "if" in it:
            assert " ".join(str(it["if"]).split()) == CONDITION


@pytest.mark.parametrize("name", ALL)
def test_a_gates_job_gives_what_the_deploying_job_asks_for(name: str) -> None:
    for job, it in jobs(FILES[name][1]).items():
        if job == "approval-gate" and "org/approval-gate@" in str(it["steps"]):
            assert {"approval-status", "run-attempt"} <= set(it["outputs"]) <= set(OUTPUTS)
