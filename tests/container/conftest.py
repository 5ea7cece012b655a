"""The image under test; `make test-container` provides an engine for it."""

import gzip
import json
import os
import secrets
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.container.engine import ROOT, build, docker, inspect

REPORT = pytest.StashKey[list[str]]()


@dataclass(frozen=True)
class Layer:
    """One layer of the image above its base.

    Attributes:
        path: of its uncompressed archive.
        compressed: its size in bytes, compressed as in a registry.
    """

    path: Path
    compressed: int


def pytest_configure(config: pytest.Config) -> None:
    config.stash[REPORT] = []
    if not {"BASE", "BUILDER"} <= os.environ.keys():
        raise pytest.UsageError("These tests need a container engine: run make test-container")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    del exitstatus
    for line in config.stash[REPORT]:
        terminalreporter.write_line(line)


@pytest.fixture
def report(request: pytest.FixtureRequest) -> list[str]:
    """Lines to print after the tests."""
    return request.config.stash[REPORT]


@pytest.fixture(scope="session")
def image() -> Iterator[str]:
    """The name of the image: APPROVAL_GATE_IMAGE, or a newly built one."""
    if given := os.environ.get("APPROVAL_GATE_IMAGE"):
        yield given
        return
    name = f"approval-gate:{secrets.token_hex(6)}"
    build(name, ROOT, "--target", "gate")
    yield name
    docker("image", "rm", name)


@pytest.fixture(scope="session")
def action_image() -> Iterator[str]:
    """The name of the image that the runner builds for ``container/action.yml``."""
    name = f"approval-gate:{secrets.token_hex(6)}"
    build(name)
    yield name
    docker("image", "rm", name)


@pytest.fixture(scope="session")
def layers(image: str) -> Iterator[list[Layer]]:
    """The layers of the image above its base."""
    ids = inspect(image)["RootFS"]["Layers"]
    below = len(inspect(os.environ["BASE"])["RootFS"]["Layers"])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        docker("save", "--output", str(folder / "image.tar"), image)
        with tarfile.open(folder / "image.tar") as archive:
            archive.extractall(folder, filter="data")
        paths = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))[0]["Layers"]
        assert len(paths) == len(ids)
        yield [layer(folder / path) for path in paths[below:]]


def layer(path: Path) -> Layer:
    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):  # engines with a content store save layers compressed
        content = gzip.decompress(content)
        path.write_bytes(content)
    return Layer(path, len(gzip.compress(content, 6)))


@pytest.fixture
def waiting() -> threading.Event:
    """Set by a script when the gate waits for people."""
    return threading.Event()
