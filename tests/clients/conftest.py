import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def packages() -> Path:
    """Where scripts/clients has installed what npm has."""
    folder = os.environ.get("CLIENTS")
    assert folder, "The packages of npm are missing: run `make test-clients`."
    return Path(folder)
