from pathlib import Path

import pytest

from tests.action.stage import Stage


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for act, whose tool cache all tests share: the gate's libraries are installed there once."""
    home = tmp_path_factory.mktemp("home")
    (home / ".cache" / "act" / "tool_cache").mkdir(parents=True)
    return home


@pytest.fixture
def stage(tmp_path: Path, home: Path) -> Stage:
    return Stage(tmp_path, home)
