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
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the record of each golden run that left one, as the gate writes it to `record-path`."""
    folder = tmp_path_factory.mktemp("records")
    for name in RUNS:
        _, ends = played(name, tmp_path_factory.mktemp(name))
        for number, end in enumerate(ends, 1):
            if path := getattr(end, "outputs", {}).get("record-path"):
                (folder / f"{name}-{number}.json").write_bytes(Path(path).read_bytes())
    return folder
