"""A YAML block of a document, made into a file that a linter can read."""

import re
import textwrap
from typing import Any

import yaml

from tests.docs.pages import Block

OURS = re.compile(r"\borg/approval-gate(/\w+)?@v1\b")
NEEDED = """\
  {job}:
    runs-on: ubuntu-latest
{outputs}    steps:
      - run: ./{job}.sh
"""
"""A job that a part of a workflow needs and does not show."""
WORKFLOW = """\
on:
  push:
  workflow_dispatch:
    inputs:
{inputs}
permissions: {{}}
jobs:
{jobs}"""
INPUT = "      {name}: {{type: string}}\n"
_JOB = {"runs-on", "steps", "needs", "outputs", "environment", "strategy", "permissions", "if", "concurrency"}
_STEP = {"uses", "run", "with", "id", "env"}


class Kind:
    """The kinds of blocks."""

    WORKFLOW, PART, POLICY, OTHER = "workflow", "part of a workflow", "policy", "other"


def file_of(block: Block) -> tuple[str, str]:
    """Return the kind of a block, and its text as a whole file: parts of workflows get the rest of one."""
    value = yaml.safe_load(block.text)
    if isinstance(value, dict) and {"roles", "deployments"} & set(value):
        return Kind.POLICY, block.text
    if isinstance(value, dict) and "jobs" in value:
        return (Kind.WORKFLOW, block.text) if True in value else (Kind.PART, f"on: push\n{block.text}")
    jobs = _jobs(value, block.text)
    if jobs is None:
        return Kind.OTHER, block.text
    inputs = sorted(set(re.findall(r"\binputs\.(\w+)", block.text))) or ["none"]
    shown = yaml.safe_load(jobs)
    absent = {job for one in shown.values() for job in _needs(one)} - set(shown)
    jobs = textwrap.indent(jobs, "  ") + "".join(_needed(job, block.text) for job in sorted(absent))
    return Kind.PART, WORKFLOW.format(
        inputs="".join(INPUT.format(name=name) for name in inputs).rstrip(), jobs=jobs
    )


def _jobs(value: Any, text: str) -> str | None:
    """Return a part of a workflow as its jobs; None if it is something else."""
    if isinstance(value, list) and all(isinstance(one, dict) and _STEP & set(one) for one in value):
        return f"job:\n  runs-on: ubuntu-latest\n  steps:\n{textwrap.indent(text, '    ')}"
    if not isinstance(value, dict):
        return None
    if value.keys() & _JOB:
        rest = "" if "runs-on" in value else "  runs-on: ubuntu-latest\n"
        rest += "" if "steps" in value else "  steps: [{run: ./do.sh}]\n"
        return f"job:\n{rest}{textwrap.indent(text, '  ')}"
    if value.keys() == {"with"}:
        step = f"- uses: org/approval-gate@v1\n{textwrap.indent(text, '  ')}"
        return _jobs(yaml.safe_load(step), step)
    if all(isinstance(one, dict) and one.keys() & {"runs-on", "uses"} for one in value.values()):
        return text
    return None


def _needed(job: str, text: str) -> str:
    outputs = sorted(set(re.findall(rf"needs\.{job}\.outputs\.([\w-]+)", text)))
    given = ", ".join(f"{name}: x" for name in outputs)
    return NEEDED.format(job=job, outputs=f"    outputs: {{{given}}}\n" if given else "")


def _needs(job: dict[str, Any]) -> list[str]:
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else list(needs)
