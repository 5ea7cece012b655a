import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder in which scripts/clients installed the npm packages."""
    folder = os.environ.get("CLIENTS")
    assert folder, "The npm packages are not installed: run `make test-clients`."
    return Path(folder)
