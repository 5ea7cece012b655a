"""What checks name in a repository and is not there."""

from pathlib import Path
from typing import Any

import pytest

from approval_gate.core.policy.places import Places, findings
from approval_gate.core.policy.schema import read_policy
from approval_gate.core.policy.workflows import Job, Name, Step, Workflow

POLICY = """\
version: 1
roles: {{lead: {{members: [ann]}}}}
deployments: {{standard: {{minimum-approvals: 1, timeout-minutes: 60, approvers: [lead]}}}}
checklist: {{Checks: [box, {{item: x, verify: {verify}}}]}}
"""


def job(id: str, name: str, *steps: str, **how: Any) -> Job:  # noqa: A002 - GitHub's name
    made = tuple(Step(name=Name(step), id=step.lower().replace(" ", "-")) for step in steps)
    return Job(**{"id": id, "names": (Name(name),), "steps": made, **how})


DEPLOY = Workflow(
    path=".github/workflows/deploy.yml",
    jobs=(
        job("build-test", "Build & Test", "Build", "Unit tests"),
        job("e2e", "End-to-end Tests", "Run make e2e"),
        job("matrix", "Test ${{ matrix.os }}", "Test on ${{ matrix.os }}"),
        job("other", "Other", calls="acme/ci/.github/workflows/x.yml@v1"),
    ),
)
CI = Workflow(path=".github/workflows/ci.yml", jobs=(job("build-test", "Build & Test", "Build"),))
THERE = Places(
    branch="main",
    workflows=(DEPLOY, CI),
    labels=("bug", "incident"),
    environments=("production", "staging"),
    paths=("CHANGELOG.md", "docs/api/index.md", "docs/guide.md", "src/app.py", "README.md"),
)


def told(verify: str, places: Places = THERE) -> list[str]:
    policy = read_policy(POLICY.format(verify=verify).encode())
    return [
        f"{it.place}: {it}".removeprefix("checklist.Checks[1].verify.")
        for it in findings(policy, places, ["production"])
    ]


@pytest.mark.parametrize(
    "verify",
    [
        "{jobs: [Build & Test, End-to-end Tests]}",
        "{jobs: {Build & Test: [Unit tests]}}",
        "{jobs: {Test linux: [Test on linux]}}",
        "{jobs: {Other: [Whatever], Other / x: [y]}}",
        "{no-open-issues: [incident, BUG]}",
        "{deployed-to: staging}",
        "{deployed-to: Staging}",
        "{changed: [CHANGELOG.md, 'docs/**', '**/README.md']}",
        "{reviews: true}",
    ],
)
def test_what_is_there_is_not_found(verify: str) -> None:
    assert told(verify) == []


def _golden() -> list[tuple[str, list[str]]]:
    blocks = Path(__file__).with_name("places.txt").read_text(encoding="utf-8").strip().split("\n\n")[1:]
    cases = (block.split("\n") for block in blocks)
    return [(verify, [line.strip() for line in lines]) for verify, *lines in cases]


@pytest.mark.parametrize(("verify", "said"), _golden())
def test_what_is_not_there_is_found_with_what_was_probably_meant(verify: str, said: list[str]) -> None:
    assert told(verify) == said


def test_the_environment_s_label_is_on_every_request_for_it() -> None:
    there = Places(labels=("production",))
    (said,) = told("{no-open-issues: [production]}", there)
    assert said.startswith("no-open-issues[0]: the gate's own issue has the label `production`")


def test_jobs_are_not_looked_for_while_a_workflow_cannot_be_read() -> None:
    broken = Places(branch="main", workflows=(DEPLOY, Workflow(path="x.yml", jobs=None)))
    assert told("{jobs: [zzz]}", broken) == ["jobs: the jobs of `x.yml` cannot be read. Correct the YAML."]


@pytest.mark.parametrize(
    "verify", ["{jobs: [x]}", "{no-open-issues: [x]}", "{deployed-to: x}", "{changed: [x]}"]
)
def test_what_was_not_read_is_not_compared(verify: str) -> None:
    assert told(verify, Places()) == []
