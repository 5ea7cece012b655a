"""The text of the issue's body: from an input, or from a file that cannot hold a secret."""

import os
from pathlib import Path

import pytest

from approval_gate.errors import InputError
from tests.runner.given import read

SECRET = "c2VjcmV0"
REFUSED = {
    "a file that does not exist": ("nope.md", "issue-body-file-path: 'nope.md'"),
    "a file outside of the workspace": ("/etc/passwd", "is not under the workspace"),
    "a path with `..` to the outside": ("../../etc/passwd", "is not under the workspace"),
    "a folder": ("folder", "is a folder"),
    "a pipe": ("pipe", "is not a regular file"),
    "a link to the outside": ("link", "is a link, or leads over one"),
    "a link into the Git folder": ("notes.md", "is a link, or leads over one"),
    "a path through a linked folder": ("docs/body.md", "is a link, or leads over one"),
    "a path through a link to the Git folder": ("docs/git/config", "is a link, or leads over one"),
    "a file in the Git folder": (".git/config", "is under `.git`"),
    "a file in the Git folder by another path": ("folder/../.git/./config", "is under `.git`"),
    "a file in the Git folder in capitals": (".GIT/config", "is under `.git`"),
    "a file in the Git folder of a submodule": ("vendor/.git/config", "is under `.git`"),
    "a checkout's token": ("git-credentials-1b2c.config", "is where a checkout keeps its token"),
    "a link that leads nowhere": ("dangling", "is a link, or leads over one"),
    "a link to itself": ("circle", "issue-body-file-path: 'circle'"),
    "a name with a null": ("a\0b", "issue-body-file-path:"),
    "a name that is too long": ("x" * 300, "cannot be read as text (OSError)"),
    "a file that is not text": ("binary", "cannot be read as text (UnicodeDecodeError)"),
    "a file of more than 1 MiB": ("book", "has 1048577 bytes; at most 1 MiB is read"),
}


def furnish(folder: Path) -> Path:
    """Make a workspace of files that must not be read, and one that can."""
    place = folder / "workspace"
    (place / "folder").mkdir(parents=True)
    os.mkfifo(place / "pipe")
    (place / "link").symlink_to("/etc/passwd")
    (place / "binary").write_bytes(b"\xff\xfe\x00")
    (place / "book").write_bytes(b"x" * (1024 * 1024 + 1))
    (place / "body.md").write_text("From a *file*.", encoding="utf-8")
    (place / ".git").mkdir()
    (place / ".git" / "config").write_text(f"AUTHORIZATION: basic {SECRET}", encoding="utf-8")
    (place / "notes.md").symlink_to(".git/config")
    (place / "real").mkdir()
    (place / "real" / "body.md").write_text("x", encoding="utf-8")
    (place / "real" / "git").symlink_to("../.git")
    (place / "docs").symlink_to("real")
    (place / "dangling").symlink_to("nowhere")
    (place / "circle").symlink_to("circle")
    return place


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return furnish(tmp_path)


@pytest.mark.parametrize(("path", "words"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_can_hold_a_secret_or_is_not_text_is_refused(
    workspace: Path, path: str, words: str
) -> None:
    with pytest.raises(InputError) as error:
        read({"issue-body-file-path": path}, GITHUB_WORKSPACE=str(workspace))
    assert words in str(error.value)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("path", ["body.md", "./folder/../body.md", "{workspace}/body.md"])
@pytest.mark.parametrize("link", [False, True])
def test_a_file_can_be_named_by_any_path_without_a_link(
    workspace: Path, tmp_path: Path, path: str, *, link: bool
) -> None:
    named = workspace
    if link:  # the folder that the runner names can be a link itself
        named = tmp_path / "work"
        named.symlink_to(workspace)
    inputs = read({"issue-body-file-path": path.format(workspace=named)}, GITHUB_WORKSPACE=str(named))
    assert inputs.issue_body == "From a *file*."


def test_a_file_can_be_in_the_runners_temporary_folder(tmp_path: Path) -> None:
    (tmp_path / "body.md").write_text("Made by a *step*.", encoding="utf-8")
    inputs = read({"issue-body-file-path": str(tmp_path / "body.md")}, RUNNER_TEMP=str(tmp_path))
    assert inputs.issue_body == "Made by a *step*."


def test_a_text_and_a_file_contradict_each_other() -> None:
    with pytest.raises(InputError, match="issue-body and issue-body-file-path are both given"):
        read({"issue-body": "x", "issue-body-file-path": "y"})
