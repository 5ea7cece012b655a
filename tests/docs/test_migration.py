"""The change that the migration page shows is the one between the two examples."""

import re
import subprocess
from pathlib import Path

from tests.docs.pages import ROOT, page

WORKFLOW = ".github/workflows/deploy.yml"


def example(name: str) -> str:
    """Return an example without the comment that it begins with."""
    text = (ROOT / "examples" / f"manual-approval-{name}.yml").read_text(encoding="utf-8")
    return re.sub(r"\A(#.*\n)+", "", text)


def test_the_shown_change_applied_to_the_old_workflow_gives_the_new_one(tmp_path: Path) -> None:
    [change] = [block.text for block in page("docs/migration.md").blocks if block.language == "diff"]
    workflow = tmp_path / WORKFLOW
    workflow.parent.mkdir(parents=True)
    workflow.write_text(example("before"), encoding="utf-8")
    command = ("git", "apply", "--unidiff-zero", "-")
    subprocess.run(command, cwd=tmp_path, input=change, text=True, check=True)
    assert workflow.read_text(encoding="utf-8") == example("after")
