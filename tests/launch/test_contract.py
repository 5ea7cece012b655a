"""One contract, written in several places: the action files, the command line, the README, the examples."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from approval_gate.cli import main
from approval_gate.core.model import Code, Outcome
from approval_gate.runner.inputs import InputOption
from approval_gate.runner.outputs import NAMES
from tests.launch.runner import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
LAUNCHER = {"runtime", "image"}
"""Inputs that launch.sh reads, before there is a program."""


def action(name: str = "") -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / name / "action.yml").read_text(encoding="utf-8")))


def declared(verb: str) -> dict[str, InputOption]:
    command = main.get_command(click.Context(main), verb)
    assert command is not None
    return {p.input_name: p for p in command.params if isinstance(p, InputOption)}


def default(option: click.Option) -> str:
    """Write an option's default as a workflow does."""
    value = option.default
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}"
    return str(value or "")


FILES = [("", "wait"), ("report", "report"), ("container", "wait")]


@pytest.mark.parametrize(("folder", "verb"), FILES)
def test_an_action_has_the_inputs_of_its_command_in_the_same_words(folder: str, verb: str) -> None:
    inputs = action(folder)["inputs"]
    options = declared(verb)
    launcher = set() if folder == "container" else LAUNCHER
    assert list(inputs) == [*options, *(name for name in inputs if name in launcher)]
    assert launcher <= set(inputs)
    for name, option in options.items():
        assert inputs[name]["description"] == option.help, name
        assert inputs[name]["default"] == ("${{ github.token }}" if name == "token" else default(option)), (
            name
        )


@pytest.mark.parametrize("folder", ["", "report"])
def test_each_input_is_mapped_for_the_step_that_composite_actions_give_none(folder: str) -> None:
    for step in action(folder)["runs"]["steps"]:
        mapped = {name: value for name, value in step["env"].items() if name.startswith("INPUT_")}
        for name, value in mapped.items():
            assert value == f"${{{{ inputs.{name.removeprefix('INPUT_').lower().replace('_', '-')} }}}}"
        assert "${{" not in step["run"]
    first = action(folder)["runs"]["steps"][0]["env"]
    names = {f"INPUT_{name.upper().replace('-', '_')}" for name in action(folder)["inputs"]}
    assert names == {name for name in first if name.startswith("INPUT_")}


def test_the_sweep_has_the_inputs_of_its_command() -> None:
    mapped = {name for name in action()["runs"]["steps"][1]["env"] if name.startswith("INPUT_")}
    names = {*declared("sweep"), *LAUNCHER}
    assert mapped == {f"INPUT_{name.upper().replace('-', '_')}" for name in names}


def test_the_gate_decides_about_the_job_and_its_sweep_never_does() -> None:
    gate, sweep = action()["runs"]["steps"]
    assert "continue-on-error" not in gate
    assert sweep["continue-on-error"] is True


@pytest.mark.parametrize("folder", ["", "container"])
def test_an_action_has_the_programs_outputs(folder: str) -> None:
    outputs = action(folder)["outputs"]
    assert tuple(outputs) == NAMES
    if not folder:
        assert all(
            output["value"] == f"${{{{ steps.gate.outputs.{name} }}}}" for name, output in outputs.items()
        )


def test_the_image_is_nobodys_and_roots_where_the_runner_starts_it_without_a_user() -> None:
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    users = {
        stage.splitlines()[0]: re.findall(r"^USER (\S+)$", stage, flags=re.MULTILINE) for stage in stages
    }
    assert users == {"$BUILDER AS build": [], "$BASE AS gate": ["65532:65532"], "gate AS action": ["0:0"]}
    # The runner builds it without a target: the last stage.
    assert list(users)[-1] == "gate AS action"
    assert action("container")["runs"]["image"] == "../Dockerfile"


def test_the_list_of_variables_is_what_the_code_reads() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "approval_gate").rglob("*.py")
        if "rehearsal" not in path.parts
    )
    read = set(re.findall(r'"((?:GITHUB|RUNNER|APPROVAL_GATE)_[A-Z_]+)"', code))
    listed = (ROOT / "launch.sh").read_text(encoding="utf-8").partition("variables=(")[2].partition(")")[0]
    passed = {name for name in listed.split() if name.startswith(("GITHUB_", "RUNNER_", "APPROVAL_GATE_"))}
    # Where docker actions keep their state, for which a composite has no use; and what `policy check`
    # reads: it is no verb of an action.
    assert passed == read - {"GITHUB_STATE", "GITHUB_TOKEN"}


def table(heading: str) -> dict[str, list[str]]:
    """Read a table of the README: the codes of each row's first cell, and its further cells."""
    section = README.partition(f"\n{heading}\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    rows = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for name in re.findall(r"`([^`]+)`", cells[0]) if cells else ():
            rows[name] = cells[1:]
    return rows


def test_the_readme_lists_the_inputs_with_their_defaults() -> None:
    rows = table("## Inputs")
    inputs: Mapping[str, Any] = action()["inputs"]
    assert set(rows) == set(inputs)
    for name, given in inputs.items():
        value = given["default"]
        if value and "`" in rows[name][0]:
            assert f"`{value}`" in rows[name][0], name
        elif value:
            assert name in {"token", "secret"}, name


def test_the_readme_lists_the_inputs_of_the_report() -> None:
    assert set(table("## The deployment's result")) == set(action("report")["inputs"]) - {
        *("token", "secret", "app-id", "app-private-key", "target-repository", "target-repository-owner"),
        *LAUNCHER,
    }


def test_the_readme_lists_the_outputs_and_every_reason_code() -> None:
    rows = table("## Outputs")
    assert set(rows) == set(NAMES)
    assert set(re.findall(r"`([a-z-]+)`", rows["reason-code"][0])) == {code.value for code in Code}
    assert set(re.findall(r"`([a-z-]+)`", rows["approval-status"][0])) == {o.value for o in Outcome}


def test_the_readme_lists_the_exit_codes() -> None:
    section = README.partition("\n## How it ends\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d) \|", section, re.MULTILINE)
    assert rows == [
        ("approved", "0"),
        ("denied", "1"),
        ("error", "2"),
        ("timed-out", "3"),
        ("cancelled", "4"),
        ("error", "5"),
    ]


def test_the_examples_store_no_token_that_lives_for_an_hour() -> None:
    for path in (ROOT / "examples").glob("*.yml"):
        for match in re.finditer(r"GitHub App.*", path.read_text(encoding="utf-8")):
            assert "lives for one hour" in match[0], path.name
    example = (ROOT / "examples" / "production-deploy.yml").read_text(encoding="utf-8")
    assert "a machine account's fine-grained token" in " ".join(example.replace("#", "").split())


def steps_of(workflow: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", ())]


EXAMPLES = pytest.mark.parametrize(
    "path",
    sorted(path for path in (ROOT / "examples").glob("*.yml") if path.stem != "approval-policy"),
    ids=lambda path: path.stem,
)


@EXAMPLES
def test_an_example_uses_inputs_and_outputs_that_there_are(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    ours = [step for step in steps_of(workflow) if "approval-gate" in step.get("uses", "")]
    assert ours or any("uses" in job for job in workflow["jobs"].values())  # what it calls has the gate
    for step in ours:
        folder = "report" if "/report@" in step["uses"] else ""
        assert set(step.get("with", {})) <= set(action(folder)["inputs"])
        if not folder and "id" in step:
            used = set(re.findall(rf"steps\.{step['id']}\.outputs\.([a-z-]+)", text))
            assert used <= set(NAMES)


@EXAMPLES
def test_an_example_deploys_on_the_answer_to_this_attempt_alone(path: Path) -> None:
    asked = (
        "needs.approval-gate.outputs.approval-status == 'approved' && "
        "needs.approval-gate.outputs.run-attempt == github.run_attempt"
    )
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    asking = [job.get("if", "") for name, job in jobs.items() if name.startswith("deploy")]
    assert asking == [asked] * ("approval-gate" in jobs)
    assert asked in README


def jobs_of(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"])


@EXAMPLES
def test_the_gates_token_is_in_an_environment_of_its_own_and_with_no_other_job(path: Path) -> None:
    for name, job in jobs_of(path).items():
        if "uses" in job:  # what is called has the environment, and is passed the secret by name
            continue
        has_token = "secrets.APPROVAL_GATE_TOKEN" in str(job)
        assert (job.get("environment") == "approval-gate") == has_token, name


@EXAMPLES
def test_a_checkout_is_of_the_commit_that_was_approved(path: Path) -> None:
    for step in steps_of(yaml.safe_load(path.read_text(encoding="utf-8"))):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["ref"] == "${{ github.sha }}"


@EXAMPLES
def test_an_example_splices_nothing_into_a_script(path: Path) -> None:
    for step in steps_of(yaml.safe_load(path.read_text(encoding="utf-8"))):
        assert "${{" not in step.get("run", "")


@EXAMPLES
def test_whatever_changes_what_is_live_is_of_the_attempt_that_was_approved(path: Path) -> None:
    for name, job in jobs_of(path).items():
        if str(job.get("environment", "approval-gate")) != "approval-gate":
            assert "needs.approval-gate.outputs.run-attempt == github.run_attempt" in job["if"], name
            assert "needs.approval-gate.outputs.approval-status == 'approved'" in job["if"], name


def test_the_pipelines_dispatch_takes_the_whole_emergency_template() -> None:
    workflow = yaml.safe_load((ROOT / "examples" / "production-deploy.yml").read_text(encoding="utf-8"))
    inputs = workflow[True]["workflow_dispatch"]["inputs"]
    assert len(inputs) <= 25  # GitHub's limit
    (gate,) = (step for step in steps_of(workflow) if step.get("id") == "gate")
    lines = re.findall(r"\*\*(.+)\*\*: \$\{\{ inputs\.(\w+) \}\}", gate["with"]["details"])
    policy = yaml.safe_load((ROOT / "examples" / "approval-policy.yml").read_text(encoding="utf-8"))
    emergency = policy["deployments"]["emergency"]
    said = {heading for heading, _ in lines}
    for headings in [*emergency["details"].values(), *emergency["optional-details"].values()]:
        assert said & set(headings)
    assert {name for _, name in lines} == {*inputs} - {"version", "deployment_type", "skip_tests"}
    assert re.findall(r"\*\*(.+)\*\*: \$\{\{ inputs\.(\w+) \}\}", README) == lines


def test_the_refs_of_the_examples_say_whether_a_branch_or_a_tag_is_meant() -> None:
    policy = yaml.safe_load((ROOT / "examples" / "approval-policy.yml").read_text(encoding="utf-8"))
    assert policy["refs"] == ["refs/heads/main", "refs/tags/v*"]
    assert not re.findall(r"refs: \[(?!refs/)", README)
