"""The audit page explains every field of a record; each command is run, or says that it is not."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, VERSION
from tests.docs.pages import ROOT, Page, page
from tests.docs.test_examples import PREDICATE
from tests.whole.stage import Stage

AUDIT = page("docs/audit.md")
FIELD = re.compile(r"`([a-z_.]+)`")


@cache
def fields() -> set[str]:
    """Return the names of a golden record's fields, and with a dot those of the objects in it."""
    run = (ROOT / "tests" / "golden" / "runs" / "policy.txt").read_text(encoding="utf-8")
    objects = re.findall(r"^\{\n.*?^\}$", run, re.MULTILINE | re.DOTALL)
    [record] = [it for it in map(json.loads, objects) if it.get("schema") == "approval-gate/decision/v1"]
    return {
        name
        for field, value in record.items()
        for name in (field, *(f"{field}.{part}" for part in (value if isinstance(value, dict) else ())))
    }


def named(header: str, column: int, document: Page = AUDIT) -> set[str]:
    """Return the names of fields in a column of a document's table with this header."""
    [rows] = [rows for rows in document.tables if rows[0] == header.split(" | ")]
    return {name for row in rows[1:] for name in FIELD.findall(row[column])}


def test_each_field_of_a_record_is_explained_and_no_other() -> None:
    explained = named("field | content | kind", 0)
    assert explained <= fields()
    parts = {name.partition(".")[0] for name in explained if "." in name}
    assert {name for name in fields() if name.partition(".")[0] not in explained} == (
        {name for name in explained if "." in name} | parts
    )


def test_each_field_that_the_control_map_names_exists() -> None:
    places = named("what is asked for | by | field or place | what it does not show", 2) - {"exclude"}
    result = named("field | what it holds", 0, page("docs/reference.md"))
    assert {name.partition(".")[0] for name in places - fields()} == {"parts", "rolled_back_to", "follow_up"}
    assert {name.partition(".")[0] for name in places - fields()} <= result
    assert named("a year later | where", 1) <= fields() | result


def test_a_command_that_no_test_runs_says_so() -> None:
    """tests/clients runs every other command with `gh` on this page."""
    blocks = [block for block in AUDIT.blocks if block.language == "bash"]
    assert [
        str(one) for one in blocks if ("gh attestation" in one.text) != ("tests do not run it" in one.text)
    ] == []
    assert any("gh attestation verify" in one.text for one in blocks)


def test_the_commands_ask_for_the_predicate_of_the_example() -> None:
    text = AUDIT.text
    assert set(re.findall(r"https://\S+/decision/v1", text)) == {PREDICATE}


COMMANDS = [
    line
    for block in AUDIT.blocks
    if block.language == "sh"
    for line in block.text.replace("\\\n", "").splitlines()
]
"""The commands of `approval-gate` on the page, about a record in `record.json` of the issue 42."""

POLICY = """\
version: 1
roles: {lead: {members: ["user:ann", "user:lea"]}}
deployments: {standard: {minimum-approvals: 2, timeout-minutes: 60, approvers: [lead]}}
"""


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """An auditor's folder and variables, after a deployment that two people approved."""
    folder, path = tmp_path_factory.mktemp("auditor"), ".github/approval-policy.yml"
    stage = Stage(tmp_path_factory.mktemp("runner"))
    stage.world.repos[REPOSITORY].files[path] = POLICY
    stage.says(1, "ann", "approve")
    stage.says(2, "lea", "approve")
    inputs = {"policy-file": path, "approvers": "", "minimum-approvals": "", "timeout-minutes": ""}
    result = {"issue-number": "1", "result": "success", "token": "demo-job-token"}
    stage.world.token("hers", login="ann")
    with stage.served() as github:
        ended = stage.run_on(github, {**inputs, "token": "demo-job-token"})
        assert ended.status == "approved"
        stage.world.deploy(REPOSITORY, "production", COMMIT, "SUCCESS", ref=VERSION)
        assert stage.post_gate_on(github, "report", result).exit_code == 0
        (folder / ".github").mkdir()
        (folder / path).write_text(POLICY, encoding="utf-8")
        (folder / "record.json").write_bytes(Path(ended.outputs["record-path"]).read_bytes())
        yield (
            folder,
            {
                "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
                "GH_TOKEN": "hers",
                "GITHUB_API_URL": github.url,
                "GITHUB_SERVER_URL": github.url,
            },
        )


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_this_page_finds_a_deployment_in_order(
    audited: tuple[Path, Mapping[str, str]], line: str
) -> None:
    folder, variables = audited
    record = (folder / "record.json").read_bytes()
    address = f"{variables['GITHUB_SERVER_URL']}/{REPOSITORY}/issues/1"
    done = subprocess.run(
        ["bash", "-ec", line.replace(f"https://github.com/{REPOSITORY}/issues/42", address)],  # noqa: S607
        cwd=folder,
        env=variables,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    assert "FAILED" not in done.stdout
    assert (folder / "record.json").read_bytes() == record  # also where it was saved from the issue
