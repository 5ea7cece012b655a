import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.action.stage import Stage

# Skips the installation: the libraries are already there.
_PYTHON = """\
#!/bin/bash
case "$*" in "-I -m pip "*) ;; *) exec "${0%/*}/python3" "$@" ;; esac
"""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory for act."""
    home = tmp_path_factory.mktemp("home")
    (home / ".cache" / "act" / "tool_cache").mkdir(parents=True)
    return home


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that finds the libraries of this one; each step gets a copy."""
    environment = tmp_path_factory.mktemp("environment") / "python"
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", environment), check=True)
    [packages] = environment.glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    python = environment / "bin" / "python"
    base = python.resolve()
    for name in ("python", "python3"):
        (environment / "bin" / name).unlink()
    (environment / "bin" / "python3").symlink_to(base)
    python.write_text(_PYTHON, encoding="utf-8")
    python.chmod(0o755)
    return environment


@pytest.fixture
def stage(tmp_path: Path, home: Path, environment: Path) -> Stage:
    return Stage(tmp_path, home, environment)
