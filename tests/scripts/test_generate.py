"""Everything that lists inputs and outputs is generated from their definitions."""

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from approval_gate.runner.inputs import Group, WaitInputs, inputs_of
from scripts.generate import FILES, INPUTS, ROOT, WHOLE, generate


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedInputs(WaitInputs):
    """The inputs of ``wait`` with an additional one."""

    weather: float | None = field(
        default=18.5,
        metadata={
            "group": Group.WAITING,
            "description": "Degrees below which nobody: `deploys` | or {so}.",
            "least": 1,
            "most": 40,
        },
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (*FILES, *WHOLE):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_generated_parts_are_current(folder: Path) -> None:
    assert generate(folder) == []


def test_a_new_input_needs_only_its_declaration(folder: Path) -> None:
    changed = generate(folder, {**INPUTS, "wait": inputs_of(ExtendedInputs)})
    assert changed == ["action.yml", "container/action.yml", "docs/reference.md"]
    for name in ("action.yml", "container/action.yml"):
        action = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
        assert action["inputs"]["weather"] == {
            "description": "Degrees below which nobody: `deploys` | or {so}.",
            "default": "18.5",
        }
    steps = yaml.safe_load((folder / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    assert steps[0]["env"]["INPUT_WEATHER"] == "${{ inputs.weather }}"
    assert "INPUT_WEATHER" not in steps[1]["env"]
    row = "| `weather` | `18.5` | Degrees below which nobody: `deploys` \\| or {so}. |"
    assert row in (folder / "docs/reference.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", FILES)
def test_text_outside_of_the_blocks_is_kept(folder: Path, name: str) -> None:
    file = folder / name
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{before}# by hand\n", encoding="utf-8")
    generate(folder)
    assert file.read_text(encoding="utf-8") == f"{before}# by hand\n"


def test_a_block_with_an_unknown_name_is_an_error(folder: Path) -> None:
    (folder / "launch.sh").write_text("# generated: nonsense\n# generated: end\n", encoding="utf-8")
    with pytest.raises(KeyError, match="nonsense"):
        generate(folder)


def test_every_file_that_answers_a_maintainers_question_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("\n## Where is it decided …\n")[2].partition("\n## ")[0]
    files = re.findall(r"^\| … .+\? \| \[(\S+)\]\(approval_gate/(\S+)\) \|$", section, re.MULTILINE)
    assert len(files) == section.count("\n| … ") > 0
    for shown, file in files:
        assert shown == file
        assert (ROOT / "approval_gate" / file).is_file(), file
