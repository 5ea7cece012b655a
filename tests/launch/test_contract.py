"""The action files, the command line and the examples state the same contract.

`tests/scripts/test_generate.py` covers the parts that are generated from inputs and outputs.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from approval_gate.cli import main
from approval_gate.runner.options import InputOption
from approval_gate.runner.outputs import OUTPUTS
from tests.launch.runner import ROOT

POLICY_PAGE = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
LAUNCHER = {"runtime", "image"}
"""The inputs that launch.sh reads itself."""


def action(name: str = "") -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / name / "action.yml").read_text(encoding="utf-8")))


def declared(verb: str) -> dict[str, InputOption]:
    command = main.get_command(click.Context(main), verb)
    assert command is not None
    return {p.input_name: p for p in command.params if isinstance(p, InputOption)}


@pytest.mark.parametrize(("folder", "verbs"), [("", ["wait", "sweep"]), ("report", ["report"])])
def test_each_input_of_a_command_is_mapped_for_its_step(folder: str, verbs: list[str]) -> None:
    """The runner sets no INPUT_* variables for the steps of a composite action."""
    for verb, step in zip(verbs, action(folder)["runs"]["steps"], strict=True):
        mapped = {name: value for name, value in step["env"].items() if name.startswith("INPUT_")}
        inputs = {*declared(verb), *LAUNCHER}
        assert inputs <= set(action(folder)["inputs"])
        assert mapped == {
            f"INPUT_{name.upper().replace('-', '_')}": f"${{{{ inputs.{name} }}}}" for name in inputs
        }
        assert "${{" not in step["run"]


def test_the_gate_can_fail_the_job_and_its_sweep_cannot() -> None:
    gate, sweep = action()["runs"]["steps"]
    assert "continue-on-error" not in gate
    assert sweep["continue-on-error"] is True


def test_the_image_runs_unprivileged_and_as_root_only_as_a_docker_action() -> None:
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    users = {
        stage.splitlines()[0]: re.findall(r"^USER (\S+)$", stage, flags=re.MULTILINE) for stage in stages
    }
    assert users == {"$BUILDER AS build": [], "$BASE AS gate": ["65532:65532"], "gate AS action": ["0:0"]}
    # Without a target, the runner builds the last stage.
    assert list(users)[-1] == "gate AS action"
    assert action("container")["runs"]["image"] == "../Dockerfile"


def test_the_examples_do_not_store_a_token_that_expires_within_an_hour() -> None:
    for path in (ROOT / "examples").glob("*.yml"):
        for match in re.finditer(r"GitHub App.*", path.read_text(encoding="utf-8")):
            assert "lives for one hour" in match[0], path.name
    example = (ROOT / "examples" / "production-deploy.yml").read_text(encoding="utf-8")
    assert "a machine account's fine-grained token" in " ".join(example.replace("#", "").split())


def steps_of(workflow: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", ())]


EXAMPLES = pytest.mark.parametrize(
    "path",
    sorted(
        path
        for path in (ROOT / "examples").glob("*.yml")
        if path.stem not in {"approval-policy", "manual-approval-before"}
    ),
    ids=lambda path: path.stem,
)
"""Except the workflow that is migrated, which has no gate of ours."""


@EXAMPLES
def test_an_example_uses_only_existing_inputs_and_outputs(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    ours = [step for step in steps_of(workflow) if "approval-gate" in step.get("uses", "")]
    assert ours or any("uses" in job for job in workflow["jobs"].values())  # the called workflow has the gate
    for step in ours:
        folder = "report" if "/report@" in step["uses"] else ""
        assert set(step.get("with", {})) <= set(action(folder)["inputs"])
        if not folder and "id" in step:
            used = set(re.findall(rf"steps\.{step['id']}\.outputs\.([a-z-]+)", text))
            assert used <= set(OUTPUTS)


@EXAMPLES
def test_an_example_deploys_only_on_the_approval_of_this_attempt(path: Path) -> None:
    condition = (
        "needs.approval-gate.outputs.approval-status == 'approved' && "
        "needs.approval-gate.outputs.run-attempt == github.run_attempt"
    )
    jobs = jobs_of(path)
    conditions = [job.get("if", "") for name, job in jobs.items() if name.startswith(("deploy", "apply"))]
    assert conditions == [condition] * ("approval-gate" in jobs and len(jobs) > 1)


def jobs_of(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"])


@EXAMPLES
def test_only_the_jobs_of_the_environment_approval_gate_get_the_gates_token(path: Path) -> None:
    for name, job in jobs_of(path).items():
        if "uses" in job:  # the called workflow has the environment; the secret is passed by name
            continue
        has_token = "secrets.APPROVAL_GATE_TOKEN" in str(job)
        assert (job.get("environment") == "approval-gate") == has_token, name


@EXAMPLES
def test_a_checkout_is_of_the_commit_that_was_approved(path: Path) -> None:
    for step in steps_of(yaml.safe_load(path.read_text(encoding="utf-8"))):
        if step.get("uses", "").startswith("actions/checkout@"):
            # The migrated workflow runs on tags alone, whose checkout is of the run's commit anyway.
            assert step["with"].get("ref", path.stem) in {"${{ github.sha }}", "manual-approval-after"}


@EXAMPLES
def test_an_example_uses_no_expression_in_a_script(path: Path) -> None:
    for step in steps_of(yaml.safe_load(path.read_text(encoding="utf-8"))):
        assert "${{" not in step.get("run", "")


@EXAMPLES
def test_jobs_that_change_an_environment_require_the_approval_of_this_attempt(path: Path) -> None:
    jobs = jobs_of(path)
    before = jobs.get("approval-gate", {}).get("needs", [])
    for name, job in jobs.items():
        if name not in before and str(job.get("environment", "approval-gate")) != "approval-gate":
            assert "needs.approval-gate.outputs.run-attempt == github.run_attempt" in job["if"], name
            assert "needs.approval-gate.outputs.approval-status == 'approved'" in job["if"], name


def test_the_pipelines_dispatch_has_an_input_for_each_line_of_the_emergency_template() -> None:
    workflow = yaml.safe_load((ROOT / "examples" / "production-deploy.yml").read_text(encoding="utf-8"))
    inputs = workflow[True]["workflow_dispatch"]["inputs"]
    assert len(inputs) <= 25  # GitHub's limit
    (gate,) = (step for step in steps_of(workflow) if step.get("id") == "gate")
    lines = re.findall(r"\*\*(.+)\*\*: \$\{\{ inputs\.(\w+) \}\}", gate["with"]["details"])
    policy = yaml.safe_load((ROOT / "examples" / "approval-policy.yml").read_text(encoding="utf-8"))
    emergency = policy["deployments"]["emergency"]
    given = {heading for heading, _ in lines}
    for headings in [*emergency["details"].values(), *emergency["optional-details"].values()]:
        assert given & set(headings)
    assert {name for _, name in lines} == {*inputs} - {"version", "deployment_type", "skip_tests"}
    assert re.findall(r"\*\*(.+)\*\*: \$\{\{ inputs\.(\w+) \}\}", POLICY_PAGE) == lines


def test_the_refs_of_the_examples_are_full_names() -> None:
    policy = yaml.safe_load((ROOT / "examples" / "approval-policy.yml").read_text(encoding="utf-8"))
    assert policy["refs"] == ["refs/heads/main", "refs/tags/v*"]
    assert not re.findall(r"refs: \[(?!refs/)", POLICY_PAGE)
