"""Mutation testing of the core.

    python scripts/mutation.py [--fail-under 95] [MODULE ...]

Runs mutmut on a temporary copy of the tree with its own virtual environment. A
mutant counts as killed when a test fails or times out. mutmut does not mutate code
outside of functions (for example patterns and constants) or properties. It imports
every module once, unmutated; so a survivor in a function that runs on import is tried
again in a new interpreter.

The records and the audit are mutated with all tests of the core and those that verify and
audit whole runs. Everything else is mutated without theirs, which are slow. Takes about an
hour on two processors.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = "mutmut==3.8.1"
KILLED = {1, 3, 36, -24, 24, 152, 255, -26, -9}
"""The codes of tests that fail, or cannot run, or have no end: some of those are only ended by SIGKILL."""

FEW = 2
"""The most tests that call a function of which the rest can run on import."""

RECORDS = ("approval_gate/core/record/*", "approval_gate/core/audit/*")
"""The records and the audit."""

PLAYED = ("--ignore-glob=*/test_audit*.py", "--ignore-glob=*/test_record*.py")
"""Leaves out their tests, which play whole runs and are slow."""

VERIFYING = (
    "tests/program/test_record.py",
    "tests/program/test_verify.py",
    "tests/whole/test_audit.py",
    "tests/whole/test_verify.py",
)
"""Their tests outside of tests/core."""

NEEDED = ("approval_gate", "tests", "docs", "examples", "pyproject.toml", "README.md", "LICENSE")


def main() -> int:
    """Run, report, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "modules",
        nargs="*",
        metavar="MODULE",
        help="for example decision or record/plain; by default the whole core",
    )
    parser.add_argument("--fail-under", type=float, default=95.0, metavar="PERCENT")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    for module in options.modules:
        if not any(ROOT.glob(path_of(module))):
            parser.error(f"{path_of(module)} does not exist")
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        trees = [  # first: later changes do not affect the run
            copy(Path(folder) / f"tree{number}", settings)
            for number, settings in enumerate(groups(options.modules))
        ]
        bin_ = install(Path(folder) / "venv")
        results: dict[str, int | None] = {}
        for tree in trees:
            found = run(bin_, tree, options.children)
            if not found:
                return 1
            print_survivors(bin_, tree, found)
            results |= found
        return report(results, options.fail_under)


def path_of(module: str) -> str:
    """Return where a module of the core is."""
    return f"approval_gate/core/{module.removesuffix('.py')}.py"


def groups(modules: list[str]) -> list[dict[str, list[str]]]:
    """Return mutmut's settings for each run: what to mutate, and with which tests."""
    tests = "pytest_add_cli_args_test_selection"
    every = {tests: ["tests/core", *VERIFYING]}
    if modules:
        return [{"only_mutate": [path_of(module) for module in modules], **every}]
    return [
        {
            "only_mutate": ["approval_gate/core/*"],
            "do_not_mutate": list(RECORDS),
            tests: ["tests/core", *PLAYED],
        },
        {"only_mutate": list(RECORDS), **every},
    ]


def run(bin_: Path, tree: Path, children: int) -> dict[str, int | None]:
    """Run mutmut in a tree, and return each mutant's exit code: none if mutmut did not finish."""
    runner = str(ROOT / "scripts" / "mutmut_in_forks.py")
    command = [str(bin_ / "python"), runner, "run", "--max-children", str(children)]
    run = subprocess.run(  # noqa: S603 - a fixed command
        command, cwd=tree, env=environment(bin_), capture_output=True, text=True, check=False
    )
    results = dict(verdicts(tree))
    if run.returncode or not results or None in results.values():
        print((run.stdout + run.stderr)[-4000:])
        print("mutmut did not finish. Do the tests pass?")
        return {}
    return results | tried_again(bin_, tree, results, children)


def install(folder: Path) -> Path:
    """Create a virtual environment with the locked dependencies and mutmut, and return its bin folder."""
    venv.create(folder, with_pip=True)
    bin_ = folder / "bin"
    pip = [str(bin_ / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    lock = str(ROOT / "requirements" / "dev.txt")
    for what in (["--no-deps", "--requirement", lock], [TOOL]):
        subprocess.run([*pip, *what], check=True)  # noqa: S603 - a fixed command
    return bin_


def copy(tree: Path, settings: Mapping[str, list[str]]) -> Path:
    """Copy the files that tests/core needs, and configure mutmut in pyproject.toml."""
    for name in NEEDED:
        source, target = ROOT / name, tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    every = {
        "source_paths": ["approval_gate"],
        "also_copy": ["docs", "examples"],
        "timeout_multiplier": 4,
        **settings,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in every.items()]
    with (tree / "pyproject.toml").open("a") as pyproject:
        pyproject.write("\n".join(["", "[tool.mutmut]", *lines, ""]))
    return tree


def environment(bin_: Path) -> dict[str, str]:
    """Return an environment in which Hypothesis tries the same examples, and bytecode is kept."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**environ, "CI": "1", "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"}


def verdicts(tree: Path) -> Iterator[tuple[str, int | None]]:
    """Read each mutant's name and the exit code of its tests."""
    for meta in sorted((tree / "mutants" / "approval_gate" / "core").rglob("*.meta")):
        yield from json.loads(meta.read_text())["exit_code_by_key"].items()


def tried_again(
    bin_: Path, tree: Path, results: Mapping[str, int | None], children: int
) -> dict[str, int | None]:
    """Try again the survivors in functions that hardly any test calls: they can run on import instead.

    The tests of the module and of those that import it come first.
    """
    stats = json.loads((tree / "mutants" / "mutmut-stats.json").read_text())
    tests = stats["tests_by_mangled_function_name"]
    rare = [
        name
        for name, code in results.items()
        if code not in KILLED and len(tests.get(name.partition("__mutmut_")[0], ())) <= FEW
    ]

    def again(name: str) -> int:
        command = [str(bin_ / "python"), "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        variables = {**environment(bin_), "MUTANT_UNDER_TEST": name}
        run = subprocess.run(  # noqa: S603 - a fixed command
            [*command, *nearest(module_of(name), tree / "mutants"), "tests/core"],
            cwd=tree / "mutants",
            env=variables,
            capture_output=True,
            check=False,
        )
        return min(run.returncode, 1)  # tests that cannot even be collected fail too

    with ThreadPoolExecutor(children) as pool:
        return dict(zip(rare, pool.map(again, rare), strict=True))


@cache
def nearest(module: str, tree: Path) -> list[str]:
    """Return the test files that a change to a module of the core can break, the nearest importers first."""

    def importing(name: str, folder: Path) -> Iterator[Path]:
        package, _, last = f"approval_gate.core.{name}".rpartition(".")
        pattern = re.compile(rf"^from {package}(\.{last} import| import .*\b{last}\b)", re.MULTILINE)
        return (path for path in folder.rglob("*.py") if pattern.search(path.read_text(encoding="utf-8")))

    core = tree / "approval_gate" / "core"
    modules = [module]
    for name in modules:  # grows, by those that import it
        users = (".".join(path.relative_to(core).with_suffix("").parts) for path in importing(name, core))
        modules += [user for user in users if user not in modules]
    found = (path for name in modules for path in importing(name, tree / "tests" / "core"))
    return [str(path.relative_to(tree)) for path in dict.fromkeys(found) if path.stem.startswith("test_")]


def print_survivors(bin_: Path, tree: Path, results: Mapping[str, int | None]) -> None:
    """Print each survivor with its change."""
    for name in (name for name, code in results.items() if code not in KILLED):
        show = [str(bin_ / "mutmut"), "show", name]
        shown = subprocess.run(show, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603
        print(shown.stdout.strip() or name, end="\n\n", flush=True)


def report(results: Mapping[str, int | None], fail_under: float) -> int:
    """Print a table of modules, and return the exit code."""
    survivors = [name for name, code in results.items() if code not in KILLED]
    every = Counter(module_of(name) for name in results)
    alive = Counter(module_of(name) for name in survivors)
    print(f"{'module':<22}{'mutants':>9}{'killed':>9}{'survived':>10}")
    for module, count in sorted(every.items()):
        print(f"{module:<22}{count:>9}{count - alive[module]:>9}{alive[module]:>10}")
    killed = 100 * (1 - len(survivors) / len(results))
    print(f"{killed:.1f} % of {len(results)} mutants were killed; at least {fail_under:g} % are required.")
    return 0 if killed >= fail_under else 1


def module_of(name: str) -> str:
    """Return ``policy.yaml`` of ``approval_gate.core.policy.yaml.x_read__mutmut_1``."""
    return name.removeprefix("approval_gate.core.").rpartition(".")[0]


if __name__ == "__main__":
    sys.exit(main())
