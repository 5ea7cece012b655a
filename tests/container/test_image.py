"""The contents of the image."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.container.conftest import Layer
from tests.container.engine import PYTHON, ROOT, build, docker, inspect

MIB = 2**20
LIMIT = 23 * MIB


def test_the_layers_above_the_base_are_at_most_23_mib_compressed(
    image: str, layers: list[Layer], report: list[str]
) -> None:
    compressed = sum(layer.compressed for layer in layers)
    size, base = inspect(image)["Size"], inspect(os.environ["BASE"])["Size"]
    report.append(
        f"Above the base: {compressed / MIB:.1f} MiB compressed, {(size - base) / MIB:.1f} MiB unpacked. "
        f"The whole image: {size / MIB:.1f} MiB unpacked."
    )
    assert 0 < compressed <= LIMIT


def names(layers: list[Layer]) -> list[str]:
    found = []
    for layer in layers:
        with tarfile.open(layer.path) as archive:
            found += archive.getnames()
    return found


def test_the_image_adds_no_installer_no_tests_and_no_rehearsal(layers: list[Layer]) -> None:
    parts = {part for name in names(layers) for part in Path(name).parts}
    assert "approval_gate" in parts
    assert not parts & {"pip", "setuptools", "tests", "test", "rehearsal", "activate", ".gitignore", "build"}


def test_added_files_belong_to_root_and_are_readable_by_everybody(layers: list[Layer]) -> None:
    for layer in layers:
        with tarfile.open(layer.path) as archive:
            for member in archive:
                assert (member.uid, member.gid) == (0, 0), member.name
                assert member.issym() or member.mode & 0o7777 in {0o644, 0o755}, member.name


def test_neither_pip_nor_the_packages_of_the_rehearsal_can_be_imported(image: str) -> None:
    looked_for = ["pip", "setuptools", "pytest", "graphql", "starlette", "uvicorn", "approval_gate.rehearsal"]
    code = f"from importlib.util import find_spec; print([n for n in {looked_for} if find_spec(n)])"
    assert docker("run", "--rm", "--entrypoint", PYTHON, image, "-I", "-c", code) == "[]\n"
    output = docker("run", "--rm", image, "rehearse", fails=True)
    assert "Install `approval-gate[rehearsal]`" in output


def test_no_trace_of_the_package_index_is_left(image: str, layers: list[Layer]) -> None:
    pip = subprocess.run(
        (sys.executable, "-m", "pip", "config", "list"), stdout=subprocess.PIPE, text=True, check=True
    )
    configured = [line.partition("=")[2].strip("'") for line in pip.stdout.splitlines()]
    variables = [v for k, v in os.environ.items() if k.startswith("PIP_") or k.upper().endswith("_PROXY")]
    addresses = {part for value in (*configured, *variables) for part in value.split() if "://" in part}
    traces = {*addresses, os.environ["BUILDER"], "PIP_FIND_LINKS", "PIP_NO_INDEX", "/wheels/"}
    about = json.dumps(inspect(image)) + docker("history", "--no-trunc", image)
    assert not {trace for trace in traces if trace in about}
    for layer in layers:
        content = layer.path.read_bytes()
        assert not {trace for trace in traces if trace.encode() in content}


def test_it_runs_as_an_unprivileged_user_by_default(image: str) -> None:
    user = inspect(image)["Config"]["User"]
    code = "import os; print(os.getuid(), os.getgid())"
    ids = docker("run", "--rm", "--entrypoint", PYTHON, image, "-I", "-c", code)
    assert ids.split() == user.split(":")
    assert "0" not in ids.split()


def test_the_image_of_the_docker_action_differs_only_in_running_as_root(
    image: str, action_image: str
) -> None:
    ours, theirs = inspect(image), inspect(action_image)
    assert theirs["Config"]["User"] == "0:0"
    for about in (ours, theirs):
        about["Config"].pop("Image", None)
        about["Config"].pop("User")
    assert theirs["Config"] == ours["Config"]


def test_its_labels_describe_it(image: str) -> None:
    labels = {
        name.removeprefix("org.opencontainers.image."): value
        for name, value in inspect(image)["Config"]["Labels"].items()
    }
    assert labels.keys() == {"title", "description", "licenses", "source", "version", "revision"}
    assert (labels["title"], labels["licenses"]) == ("approval-gate", "MIT")


@pytest.mark.parametrize("verb", ["wait", "report", "sweep"])
def test_each_verb_has_an_entry_point_without_arguments(image: str, verb: str) -> None:
    entrypoint = f"/opt/approval-gate/bin/{verb}"
    output = docker("run", "--rm", "--entrypoint", entrypoint, image, "--help")
    assert f"Usage: approval-gate {verb} [OPTIONS]" in output


def content(name: str) -> dict[str, object]:
    """Return everything of an image except the time it was made."""
    about = inspect(name)
    config = {key: value for key, value in about["Config"].items() if key != "Image"}
    return {
        "layers": about["RootFS"]["Layers"],
        "config": config,
        "history": docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", name),
        "platform": (about["Os"], about["Architecture"]),
    }


def test_another_build_from_scratch_differs_only_in_the_time_it_was_made(image: str, tmp_path: Path) -> None:
    copy, again = tmp_path / "copy", f"approval-gate:{secrets.token_hex(6)}"
    copy.mkdir()
    for path in ("Dockerfile", ".dockerignore", "container", "approval_gate", "requirements"):
        source = ROOT / path
        # With other file times, and with the stray files of a checkout.
        if source.is_dir():
            shutil.copytree(source, copy / path, copy_function=shutil.copyfile)
            (copy / path / "__pycache__").mkdir(exist_ok=True)
            (copy / path / "__pycache__" / "stray.pyc").touch()
        else:
            shutil.copyfile(source, copy / path)
    (copy / "container" / "verb.py").chmod(0o755)
    build(again, copy, "--target", "gate")
    try:
        assert content(again) == content(image)
    finally:
        docker("image", "rm", again)
