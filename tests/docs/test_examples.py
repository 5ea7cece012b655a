"""Each example can be pasted: it asks for the least, says what to change, and deploys on its own approval."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
import yaml

from tests.docs.pages import ROOT, page
from tests.docs.test_yaml import CONDITION

TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").glob("*.yml"))}
WORKFLOWS = {name: yaml.safe_load(text) for name, text in TEXTS.items() if "\njobs:\n" in text}
GATE = "org/approval-gate@v1"
GATED = [name for name, text in TEXTS.items() if GATE in text]
PREDICATE = "https://github.com/org/approval-gate/decision/v1"
EXPLAINED = "docs/migration.md explains each difference"


def gates(name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each job with a gate, and the gate's step."""
    jobs = WORKFLOWS[name]["jobs"].values()
    return [(job, step) for job in jobs for step in job.get("steps", ()) if step.get("uses") == GATE]


def evidence(job: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of a job that sign the gate's record and keep it as a file."""
    return [step for step in job["steps"] if re.match(r"actions/(attest|upload-artifact)@", step["uses"])]


@pytest.mark.parametrize("name", GATED)
def test_the_record_of_every_outcome_is_the_subject_and_the_predicate_of_its_attestation(name: str) -> None:
    path = "steps.gate.outputs.record-path"
    for job, _ in gates(name):
        for step in evidence(job):
            assert step["if"] == f"always() && {path} != ''"
            paths = {value for key, value in step["with"].items() if key.endswith("path")}
            assert paths == {f"${{{{ {path} }}}}"}
            assert step["with"].get("predicate-type", PREDICATE) == PREDICATE
            subjects = "${{ steps.gate.outputs.subjects-path }}"
            assert step["with"].get("subject-checksums", subjects) == subjects
            assert ("subject-checksums" in step["with"]) == step["uses"].startswith("actions/attest@")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_an_example_says_first_what_it_is_and_what_to_change(name: str) -> None:
    head = TEXTS[name].partition("\nname: ")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert "What you change:" in head or EXPLAINED in " ".join(re.findall(r"^# (.*)$", head, re.MULTILINE))


@pytest.mark.parametrize("name", GATED)
def test_a_gate_asks_for_no_permission_that_it_does_not_use(name: str) -> None:
    for job, step in gates(name):
        given = step["with"]
        needed = {"issues": "write", "contents": "read"}
        if given.get("exclude-workflow-initiator-as-approver"):
            needed["actions"] = "read"
        signing = {"id-token": "write", "attestations": "write"} if evidence(job) else {}
        assert WORKFLOWS[name]["permissions"] == {}
        assert job["permissions"] == signing | ({} if "token" in given else needed)
        assert ("environment" in job) == ("token" in given)


@pytest.mark.parametrize("name", GATED)
def test_in_the_job_of_a_gate_nothing_follows_but_its_attestation_and_its_record(name: str) -> None:
    for job, step in gates(name):
        assert job["steps"] == [step, *evidence(job)]
        assert step["timeout-minutes"] < job["timeout-minutes"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_job_that_changes_something_asks_for_the_approval_of_this_attempt(name: str) -> None:
    for key, job in WORKFLOWS[name]["jobs"].items():
        if re.match(r"deploy|apply", key) and name != "manual-approval-before":
            assert " ".join(job["if"].split()) == CONDITION
            assert "approval-gate" in job["needs"]
            assert job["environment"]


def headings(types: Iterable[dict[str, Any]], key: str) -> set[str]:
    """Return the headings of a policy's details, for each detail the one of the process's template."""
    return {names[-1] for one in types for names in one.get(key, {}).values()}


def test_the_form_of_the_pipeline_has_each_detail_of_the_policy_and_marks_the_required_ones() -> None:
    types = yaml.safe_load(TEXTS["approval-policy"])["deployments"].values()
    form = WORKFLOWS["production-deploy"][True]["workflow_dispatch"]["inputs"]
    [(_, step)] = gates("production-deploy")
    fields = dict(re.findall(r"\*\*(.+)\*\*: \$\{\{ inputs\.(\w+) \}\}", step["with"]["details"]))
    required, optional = headings(types, "details"), headings(types, "optional-details")
    assert set(fields) == required | optional
    marked = {name for name, it in form.items() if "*" in it["description"] and name != "deployment_type"}
    assert marked == {fields[heading] for heading in required}
    assert len(form) <= 25  # as many as github.com allows


def test_the_index_links_every_example() -> None:
    files = {path.name for path in (ROOT / "examples").iterdir()} - {"README.md"}
    assert {link for link in page("examples/README.md").links if "/" not in link} == files
