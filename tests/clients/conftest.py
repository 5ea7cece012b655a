import os
from pathlib import Path

import pytest

from tests.golden.runs import RUNS
from tests.golden.test_runs import played


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder in which scripts/clients installed the npm packages."""
    folder = os.environ.get("CLIENTS")
    assert folder, "The npm packages are not installed: run `make test-clients`."
    return Path(folder)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the files of each golden run that left a record, in a folder for each output."""
    folder = tmp_path_factory.mktemp("written")
    for output in ("record-path", "subjects-path"):
        (folder / output).mkdir()
    for name in RUNS:
        _, ends = played(name, tmp_path_factory.mktemp(name))
        for number, end in enumerate(ends, 1):
            for kept in folder.iterdir():
                if path := getattr(end, "outputs", {}).get(kept.name):
                    (kept / f"{name}-{number}.json").write_bytes(Path(path).read_bytes())
    return folder


@pytest.fixture(scope="session")
def records(written: Path) -> Path:
    """A folder with the record of each golden run, as the gate writes it to `record-path`."""
    return written / "record-path"


@pytest.fixture(scope="session")
def subjects(written: Path) -> Path:
    """A folder with what an attestation of each record is about, in a file named as the record."""
    return written / "subjects-path"
