"""Each linter that scripts/lint calls checks the files of its kind, without the network."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOW = """\
name: Deploy
on: push
permissions: {}
concurrency: {group: deploy, cancel-in-progress: false}
jobs:
  deploy:
    name: Deploy
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - name: Deploy
        run: ./deploy.sh
"""
ACTION = """\
name: Say
description: Says it.
runs:
  using: composite
  steps:
    - name: Say
      shell: bash
      run: echo said
"""
FORM = """\
name: Bug
description: A defect
body:
  - type: input
    attributes: {label: Version}
"""
CLEAN = {
    ".yamllint": (ROOT / ".yamllint").read_text(encoding="utf-8"),
    ".github/workflows/deploy.yml": WORKFLOW,
    "action.yml": ACTION,
    "inner/action.yml": ACTION,
    "examples/deploy.yml": WORKFLOW,
    "examples/policy.yml": "approvers: [ann]\n",
    "Dockerfile": "FROM scratch\n",
    "run.sh": "#!/usr/bin/env bash\necho said\n",
    ".github/ISSUE_TEMPLATE/bug.yml": FORM,
    ".github/ISSUE_TEMPLATE/config.yml": "blank_issues_enabled: false\n",
    "notes.md": "#!/not/a/shell $unquoted\n",
}


def lint(folder: Path, **files: str) -> tuple[int, str]:
    for path, text in {**CLEAN, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)  # noqa: S607 - the git of this machine
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [ROOT / "scripts/lint"],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": tools},
    )
    return done.returncode, done.stdout + done.stderr


def test_files_without_defects_pass_without_output(tmp_path: Path) -> None:
    assert lint(tmp_path) == (0, "")


DEFECTS = {
    "inner/action.yml": ACTION.replace("echo said", "echo ${{ inputs.said }}"),
    ".github/workflows/deploy.yml": WORKFLOW.replace("run: ./deploy.sh", "uses: a/b@v1"),
    "examples/deploy.yml": WORKFLOW.replace("permissions: {}\n", "").replace("24.04", "4.04"),
    "examples/policy.yml": "approvers:   [ann]\n",
    "Dockerfile": "FROM python\n",
    "run.sh": "#!/usr/bin/env bash\necho $1\n",
    "scripts/run": "#!/bin/sh\necho $2\n",
    # GitHub does not accept these files at all.
    "action.yml": ACTION.replace("      shell: bash\n", ""),
    "odd/action.yml": ACTION.replace("composite", "compost"),
    "examples/odd.yml": WORKFLOW.replace("timeout-minutes: 5", "timeout-minutes: soon"),
    ".github/dependabot.yml": "version: 3\nupdates: []\n",
    ".github/ISSUE_TEMPLATE/bug.yml": FORM.replace("type: input", "type: inputs"),
    ".github/ISSUE_TEMPLATE/config.yml": "blank_issues_enabled: perhaps\n",
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> str:
    readable = {path: DEFECTS[path] for path in list(DEFECTS)[:7]}
    ends = [lint(tmp_path_factory.mktemp("defects"), **files) for files in (readable, DEFECTS)]
    assert [code for code, _ in ends] == [1, 1]
    return re.sub(r"\s+", " ", "".join(output for _, output in ends))


@pytest.mark.parametrize(
    "finding",
    [
        "help[template-injection]: code injection via template expansion --> inner/action.yml",
        "error[unpinned-uses]: unpinned action reference --> .github/workflows/deploy.yml",
        "warning[excessive-permissions]: overly broad permissions --> examples/deploy.yml",
        'label "ubuntu-4.04" is unknown',
        "examples/policy.yml 1:13 error too many spaces",
        "Dockerfile:1 DL3006",
        "In run.sh line 2: echo $1",
        "In scripts/run line 2: echo $2",
        '"shell" is required',
        "odd/action.yml::$.runs",
        "examples/odd.yml::$.jobs.deploy",
        ".github/dependabot.yml::$.version",
        ".github/ISSUE_TEMPLATE/bug.yml::$.body[0]",
        ".github/ISSUE_TEMPLATE/config.yml::$.blank_issues_enabled",
    ],
)
def test_a_defect_is_found_and_named(finding: str, findings: str) -> None:
    assert finding in findings
