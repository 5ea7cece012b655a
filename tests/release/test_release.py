import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from scripts import release

BASE = "sha256:" + "b" * 64
HOME = "https://github.com/acme/approval-gate"
DIGEST = "sha256:" + "d" * 64
REFERENCE = f"ghcr.io/acme/approval-gate@{DIGEST}"
ACTION = f"ghcr.io/acme/approval-gate@sha256:{'a' * 64}"
FILES = {
    "approval_gate/__init__.py": '"""The gate."""\n\n__version__ = "1.2.3"\n',
    "approval_gate/troubleshooting_page": "docs/troubleshooting.md\n",
    "approval_gate/gate/loop.py": "OPEN = False\n",
    "approval_gate/emulator/world.py": "people = []\n",
    ".dockerignore": "*\n!approval_gate\napproval_gate/emulator\n",
    "CHANGELOG.md": "## Unreleased\n\n## [1.2.3] - 2026-05-04\n\n- Waits.\n\n## 1.2.2\n\n- Older.\n",
    "Dockerfile": "# Reasons.\nARG BASE=python:3.13-slim\nFROM ${BASE} AS build\n",
    "image.lock": "# The image of this release.\n",
    "container/action.yml": "runs:\n  using: docker\n  image: docker://ghcr.io/acme/old\n  args: [wait]\n",
    ".github/workflows/release.yml": "name: Release\n",
}


def git(*arguments: str) -> str:
    people = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", "Ann"), ("EMAIL", "ann@example.org"), ("DATE", "1767225600 +0200"))
    }
    done = subprocess.run(
        ["git", *arguments],  # noqa: S607 - the git of this machine
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **people},
    )
    return done.stdout.strip()


def commit(message: str = "Work", **files: str | None) -> str:
    for path, text in files.items():
        if text is None:
            Path(path).unlink()
        else:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(text, encoding="utf-8")
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", message)
    return git("rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def tagged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Change to a repository whose main can be released as 1.2.3; return its head."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    git("init", "--quiet", "--initial-branch", "main")
    tip = commit(**FILES)
    git("update-ref", "refs/remotes/origin/main", tip)
    return tip


def refusal(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert release.main(list(arguments)) == 1
    output = capsys.readouterr()
    assert output.out == ""
    return output.err


def answer(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert release.main(list(arguments)) == 0
    return capsys.readouterr().out


def test_a_merged_commit_of_that_version_can_be_released(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer("check", "release/v1.2.3", capsys=capsys) == "1.2.3\n"


@pytest.mark.parametrize(
    "tag",
    [
        "v1.2.3",
        "release/1.2.3",
        "release/v1.2",
        "release/v1.2.3.4",
        "release/v01.2.3",
        "release/v1.2.3-rc1",
        "release/v1.2.3 ",
        "release/v1.2.3\n",
        "release/v١.2.3",
        "release/v1.2.3;id",
        "",
    ],
)
def test_any_other_tag_is_refused(tag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is not a tag of the form release/vX.Y.Z" in refusal("check", tag, capsys=capsys)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"approval_gate/__init__.py": '__version__ = "1.2.4"\n'}, "a commit whose version is 1.2.4"),
        ({"approval_gate/__init__.py": "version = '1.2.3'\n"}, "states no __version__"),
        ({"CHANGELOG.md": "## Unreleased\n\n- Waits.\n"}, "says nothing about 1.2.3"),
        ({"CHANGELOG.md": "## 1.2.3\n\n## 1.2.2\n\n- Older.\n"}, "says nothing about 1.2.3"),
        ({"CHANGELOG.md": "## [1.2.3] - Unreleased\n\n- Waits.\n"}, "CHANGELOG.md has no date for 1.2.3"),
        ({"CHANGELOG.md": "## 1.2.3\n\n- Waits.\n"}, "run `scripts/release.py ready 1.2.3 <date>`"),
        ({"README.md": "No release exists yet.\n"}, "README.md says that no release exists"),
        ({"examples/one.yml": "# No release exists yet.\n"}, "examples/one.yml says that no release exists"),
        ({"CHANGELOG.md": "## 1.2.30\n\n- Other.\n\n## 1x2.3\n\n- Other.\n"}, "says nothing about 1.2.3"),
    ],
)
def test_a_commit_that_is_not_that_version_is_refused(
    change: dict[str, str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    git("update-ref", "refs/remotes/origin/main", commit(**change))
    assert why in refusal("check", "release/v1.2.3", capsys=capsys)


def test_a_released_version_is_not_released_again(capsys: pytest.CaptureFixture[str]) -> None:
    git("tag", "v1.2.3")
    assert "v1.2.3 exists" in refusal("check", "release/v1.2.3", capsys=capsys)


def test_a_commit_that_was_not_merged_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    commit("Not merged")
    assert "is not on origin/main" in refusal("check", "release/v1.2.3", capsys=capsys)


def test_a_commit_whose_workflows_differ_from_main_is_refused(
    tagged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = commit(**{".github/workflows/release.yml": "name: Another\n"})
    git("update-ref", "refs/remotes/origin/main", newer)
    git("checkout", "--quiet", tagged)
    assert "tag a newer commit of origin/main" in refusal("check", "release/v1.2.3", capsys=capsys)


def test_an_older_commit_of_main_can_be_released(tagged: str, capsys: pytest.CaptureFixture[str]) -> None:
    git("update-ref", "refs/remotes/origin/main", commit("Newer"))
    git("checkout", "--quiet", tagged)
    assert answer("check", "release/v1.2.3", capsys=capsys) == "1.2.3\n"


def test_a_release_without_main_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    git("update-ref", "-d", "refs/remotes/origin/main")
    assert "origin/main" in refusal("check", "release/v1.2.3", capsys=capsys)


def test_the_notes_are_the_changelogs_section(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer("notes", "1.2.3", capsys=capsys) == "- Waits.\n"
    assert answer("notes", "1.2.2", capsys=capsys) == "- Older.\n"


UNRELEASED = {
    "CHANGELOG.md": "# Changelog\n\nNo release exists yet.\n\n## [1.2.3] - Unreleased\n\n- Waits.\n",
    "README.md": "# Gate\n\nNo release exists yet, so `@v1` does not work.\n\nIt waits.\n",
    "docs/start.md": "It waits.\n\nNo release exists yet.\n",
    "examples/one.yml": "# Waits.\n# No release exists yet.\non: push\n",
}


def test_a_version_is_made_ready_by_its_date_and_without_the_lines_that_say_there_is_no_release(
    capsys: pytest.CaptureFixture[str],
) -> None:
    commit(**UNRELEASED)
    changed = answer("ready", "1.2.3", "2026-05-04", capsys=capsys).split()
    assert sorted(changed) == sorted(UNRELEASED)
    assert {path: Path(path).read_text(encoding="utf-8") for path in UNRELEASED} == {
        "CHANGELOG.md": "# Changelog\n\n## [1.2.3] - 2026-05-04\n\n- Waits.\n",
        "README.md": "# Gate\n\nIt waits.\n",
        "docs/start.md": "It waits.\n",
        "examples/one.yml": "# Waits.\non: push\n",
    }
    git("update-ref", "refs/remotes/origin/main", commit("Ready"))
    assert answer("check", "release/v1.2.3", capsys=capsys) == "1.2.3\n"


@pytest.mark.parametrize("date", ["", "today", "2026-13-01", "2026-05-04\n", "04.05.2026"])
def test_an_invalid_date_changes_nothing(date: str, capsys: pytest.CaptureFixture[str]) -> None:
    commit(**UNRELEASED)
    assert "is not a date of the form YYYY-MM-DD" in refusal("ready", "1.2.3", date, capsys=capsys)
    assert git("status", "--porcelain") == ""


def test_a_version_that_the_changelog_does_not_have_is_not_made_ready(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "says nothing about 1.2.4" in refusal("ready", "1.2.4", "2026-05-04", capsys=capsys)
    assert git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("tags", "version", "moving"),
    [
        ([], "1.2.3", "v1"),
        (["v1.2.3"], "1.2.3", "v1"),
        (["v1.2.2", "v2.0.0", "v0.9.9"], "1.2.3", "v1"),
        (["v1.3.0"], "1.2.3", ""),
        (["v1.2.10"], "1.2.9", ""),
        (["v1.2.9"], "1.2.10", "v1"),
        (["v1.2.4-rc1", "v1", "v1.2.x"], "1.2.3", "v1"),
        (["v10.0.0"], "1.2.3", "v1"),
    ],
)
def test_the_tag_of_the_major_version_only_moves_forward(
    tags: list[str], version: str, moving: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for tag in tags:
        git("tag", tag)
    assert answer("major", version, capsys=capsys).strip() == moving


def test_an_invalid_version_has_no_major(capsys: pytest.CaptureFixture[str]) -> None:
    assert "not a version of the form X.Y.Z" in refusal("major", "1.2", capsys=capsys)


def test_the_source_is_the_tagged_commit_with_the_base_pinned_to_a_digest(
    tagged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer("base", capsys=capsys) == "python:3.13-slim\n"
    source = answer("write-base", BASE, HOME, capsys=capsys).strip()
    assert git("rev-parse", "HEAD", "HEAD^") == f"{source}\n{tagged}"
    assert git("diff", "--name-only", tagged, source) == "Dockerfile\napproval_gate/troubleshooting_page"
    page = Path("approval_gate/troubleshooting_page").read_text(encoding="utf-8")
    assert page == f"{HOME}/blob/v1.2.3/docs/troubleshooting.md\n"
    assert f"# Reasons.\nARG BASE=python:3.13-slim@{BASE}\nFROM" in Path("Dockerfile").read_text(
        encoding="utf-8"
    )
    assert git("status", "--porcelain") == ""


@pytest.mark.parametrize("home", ["", "acme/gate", "https://github.com/acme", f"{HOME}\n", f"{HOME}/x y"])
def test_messages_lead_to_the_pages_of_no_other_address(
    home: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "is not the address of a repository" in refusal("write-base", BASE, home, capsys=capsys)


def test_a_digest_replaces_an_older_one(capsys: pytest.CaptureFixture[str]) -> None:
    commit(Dockerfile=f"ARG BASE=python:3.13-slim@sha256:{'0' * 64}\nFROM ${{BASE}}\n")
    assert answer("base", capsys=capsys) == "python:3.13-slim\n"
    answer("write-base", BASE, HOME, capsys=capsys)
    assert (
        Path("Dockerfile").read_text(encoding="utf-8").splitlines()[0] == f"ARG BASE=python:3.13-slim@{BASE}"
    )


def test_a_base_that_is_already_pinned_still_makes_a_source(
    tagged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first = answer("write-base", BASE, HOME, capsys=capsys).strip()
    again = answer("write-base", BASE, HOME, capsys=capsys).strip()
    assert git("rev-list", f"{tagged}..HEAD").split() == [again, first]


def test_every_machine_makes_the_same_commits(tagged: str, capsys: pytest.CaptureFixture[str]) -> None:
    def cut() -> list[str]:
        git("checkout", "--quiet", tagged)
        return [
            answer("write-base", BASE, HOME, capsys=capsys),
            answer("write-lock", REFERENCE, ACTION, capsys=capsys),
        ]

    first = cut()
    git("config", "user.name", "Bob")
    git("config", "user.email", "bob@example.org")
    assert cut() == first


@pytest.mark.parametrize(
    "digest", ["", "b" * 64, "sha256:" + "B" * 64, "sha256:" + "b" * 63, f"{BASE}\nRUN id", f"{BASE} "]
)
def test_an_invalid_digest_is_refused(digest: str, tagged: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is not a digest" in refusal("write-base", digest, HOME, capsys=capsys)
    assert git("rev-parse", "HEAD") == tagged


@pytest.mark.parametrize(
    "dockerfile",
    ["FROM python:3.13-slim\n", "ARG BASE\n", " ARG BASE=x\n", "ARG BASE=a\nARG BASE=b\n", "ARG BASE=a b\n"],
)
def test_a_dockerfile_without_one_base_is_refused(
    dockerfile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(Dockerfile=dockerfile)
    assert "it must" in refusal("base", capsys=capsys)
    assert "it must have one" in refusal("write-base", BASE, HOME, capsys=capsys)


def test_the_release_is_the_source_and_the_digests_of_its_images(capsys: pytest.CaptureFixture[str]) -> None:
    source = answer("write-base", BASE, HOME, capsys=capsys).strip()
    released = answer("write-lock", REFERENCE, ACTION, capsys=capsys).strip()
    assert git("diff", "--name-only", source, released).split() == ["container/action.yml", "image.lock"]
    assert Path("image.lock").read_text(encoding="utf-8") == f"# The image of this release.\n{REFERENCE}\n"
    assert f"  image: docker://{ACTION}\n  args" in Path("container/action.yml").read_text(encoding="utf-8")
    assert "the digests of its images" in answer("check-source", source, released, capsys=capsys)


@pytest.mark.parametrize(
    "reference",
    [
        "",
        DIGEST,
        "ghcr.io/acme/approval-gate",
        "ghcr.io/acme/approval-gate:v1",
        f"ghcr.io/Acme/approval-gate@{DIGEST}",
        f"ghcr.io/acme/approval-gate:v1@{DIGEST}",
        f"docker://{REFERENCE}",
        f"{REFERENCE}0",
        f"{REFERENCE}\n",
        f"{REFERENCE} # x",
        rf"ghcr.io/acme/\g<key>@{DIGEST}",
    ],
)
def test_a_reference_without_a_digest_is_refused(
    reference: str, tagged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for references in ((reference, ACTION), (REFERENCE, reference)):
        assert "is not an image pinned to a digest" in refusal("write-lock", *references, capsys=capsys)
    assert git("rev-parse", "HEAD") == tagged


def test_a_container_action_without_one_image_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    commit(**{"container/action.yml": "runs:\n  using: docker\n"})
    assert "container/action.yml has 0 lines" in refusal("write-lock", REFERENCE, ACTION, capsys=capsys)


CONTAINER = FILES["container/action.yml"].replace("docker://ghcr.io/acme/old", f"docker://{ACTION}")
RELEASED = {"image.lock": f"{FILES['image.lock']}{REFERENCE}\n", "container/action.yml": CONTAINER}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"approval_gate/gate/loop.py": "OPEN = True\n"}, "changes approval_gate/gate/loop.py"),
        ({"Dockerfile": "FROM scratch\n"}, "changes Dockerfile"),
        ({"launch.sh": "exit 0\n"}, "changes launch.sh"),
        ({"approval_gate/gate/loop.py": None}, "changes approval_gate/gate/loop.py"),
        ({"container/action.yml": CONTAINER.replace("wait", "--help")}, "container/action.yml of"),
        ({"container/action.yml": CONTAINER.replace("docker://", "")}, "container/action.yml of"),
        ({"container/action.yml": FILES["container/action.yml"]}, "is not an image pinned to a digest"),
        ({"container/action.yml": "runs:\n  using: docker\n"}, "must name one image"),
        ({"image.lock": f"{REFERENCE}\n"}, "image.lock of"),
        ({"image.lock": f"{RELEASED['image.lock']}{REFERENCE}\n"}, "must name one image"),
        ({"image.lock": FILES["image.lock"]}, "must name one image"),
        ({"image.lock": "ghcr.io/acme/approval-gate:v1\n"}, "is not an image pinned to a digest"),
    ],
)
def test_a_release_that_changes_more_than_the_lock_is_refused(
    change: dict[str, str | None], why: str, tagged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    released = commit(**{**RELEASED, **change})
    assert why in refusal("check-source", tagged, released, capsys=capsys)


def test_a_release_that_makes_the_lock_a_link_or_a_program_is_refused(
    tagged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(**RELEASED)
    git("update-index", "--chmod=+x", "image.lock")
    git("commit", "--quiet", "--amend", "--no-edit")
    assert "changes image.lock" in refusal("check-source", tagged, "HEAD", capsys=capsys)


def test_a_release_that_does_not_follow_its_source_is_refused(
    tagged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    commit("Between")
    released = commit(**RELEASED)
    assert "does not follow" in refusal("check-source", tagged, released, capsys=capsys)


def inspected(**revisions: str | None) -> str:
    images = {
        platform.replace("_", "/"): {"config": {"Labels": {release.REVISION: revision} if revision else None}}
        for platform, revision in revisions.items()
    }
    Path("image.json").write_text(json.dumps(images), encoding="utf-8")
    return "image.json"


def test_an_image_passes_if_every_platform_names_the_source(
    capsys: pytest.CaptureFixture[str],
) -> None:
    image = inspected(linux_amd64="abc", linux_arm64="abc")
    assert "built from abc" in answer("check-labels", "abc", image, capsys=capsys)


@pytest.mark.parametrize(
    ("revisions", "why"),
    [
        ({"linux_amd64": "abc", "linux_arm64": "other"}, "linux/arm64 was built from other"),
        ({"linux_amd64": None, "linux_arm64": "abc"}, "linux/amd64 was built from None"),
        ({"linux_amd64": "abc"}, "must be for"),
        ({"linux_amd64": "abc", "linux_arm64": "abc", "linux_s390x": "abc"}, "must be for"),
        ({}, "must be for"),
    ],
)
def test_an_image_that_names_another_source_is_refused(
    revisions: dict[str, str | None], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert why in refusal("check-labels", "abc", inspected(**revisions), capsys=capsys)


def exported(**files: str) -> str:
    with tarfile.open("image.tar", "w") as archive:
        for name in ("usr/local/lib/python3.13/site-packages/approval_gate", "etc"):
            directory = tarfile.TarInfo(name)
            directory.type = tarfile.DIRTYPE
            archive.addfile(directory)
        for path, text in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return "image.tar"


LIBRARY = "usr/local/lib/python3.13/site-packages/"
INSTALLED = {
    LIBRARY + "approval_gate/__init__.py": FILES["approval_gate/__init__.py"],
    LIBRARY + "approval_gate/gate/loop.py": FILES["approval_gate/gate/loop.py"],
    LIBRARY + "approval_gate/troubleshooting_page": FILES["approval_gate/troubleshooting_page"],
}
OTHER_FILES = {
    LIBRARY + "approval_gate/__pycache__/gate.cpython-313.pyc": "compiled",
    LIBRARY + "click/core.py": "another package",
    "etc/passwd": "root",
}


def test_an_image_passes_if_it_holds_the_package_of_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds the 3 files" in answer(
        "check-files", "HEAD", exported(**INSTALLED, **OTHER_FILES), capsys=capsys
    )


@pytest.mark.parametrize(
    "files",
    [
        {**INSTALLED, LIBRARY + "approval_gate/gate/loop.py": "OPEN = True\n"},
        {**INSTALLED, LIBRARY + "approval_gate/extra.py": "OPEN = True\n"},
        {
            **INSTALLED,
            LIBRARY + "approval_gate/emulator/world.py": FILES["approval_gate/emulator/world.py"],
        },
        {LIBRARY + "approval_gate/__init__.py": FILES["approval_gate/__init__.py"]},
        {**INSTALLED, "opt/lib/site-packages/approval_gate/gate/loop.py": "OPEN = True\n"},
        OTHER_FILES,
    ],
)
def test_an_image_with_another_package_is_refused(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "approval_gate/" in refusal("check-files", "HEAD", exported(**files), capsys=capsys)


@pytest.mark.parametrize(
    "arguments", [[], ["publish"], ["check"], ["base", "more"], ["check-source", "HEAD"]]
)
def test_an_unknown_step_or_wrong_arguments_print_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert release.main(arguments) == 2
    assert "check-source source release" in capsys.readouterr().err
