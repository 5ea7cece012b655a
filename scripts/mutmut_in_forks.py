"""mutmut with a quicker runner: it collects the tests once, and forks for each mutant.

    python scripts/mutmut_in_forks.py run [--max-children N]

mutmut itself starts pytest again for each mutant, which takes longer than most tests, and
names the tests on its command line, where names with some characters are not found. Runs
with mutmut 3.8, in the tree that scripts/mutation.py prepares.
"""

import signal
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter

import mutmut.__main__
import pytest
from _pytest.config import _prepareconfig
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.utils.file_utils import change_cwd
from mutmut.workers.isolation import ForkRunner, run_in_fork, run_in_fork_with_result

OPTIONS = ("--rootdir=.", "--tb=no", "-q", "-s", "-p", "no:cacheprovider", "-p", "no:unraisableexception")
"""No warning about what is left over from the process that forks, which would count as a failure."""

SPARE = 3.0
"""The seconds of processor time that a test can take besides twenty times what it takes without a mutant."""

SUSPICIOUS = 35
"""mutmut's exit code of a mutant whose tests did not run; it does not count as killed."""


class CollectedTests(PytestRunner):  # type: ignore[misc]
    """Tests that were collected in this process, which itself runs none of them."""

    def __init__(self) -> None:
        super().__init__()
        with change_cwd("mutants"):
            config = _prepareconfig([*OPTIONS, *self._pytest_add_cli_args_test_selection])
            config._do_configure()  # noqa: SLF001 - what pytest.main does, without the end
            session = pytest.Session.from_config(config)
            config.hook.pytest_sessionstart(session=session)
            config.hook.pytest_collection(session=session)
        self.items = {item.nodeid: item for item in session.items}

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        """Run these tests until one fails, and return mutmut's exit code.

        Those that failed with other mutants of the function come first.
        """
        noted = Path("killers", str(mutant_name).partition("__mutmut_")[0]).resolve()
        try:
            killers = noted.read_text(encoding="utf-8").splitlines() if noted.exists() else []
            with change_cwd("mutants"):
                found = next(
                    (name for name in dict.fromkeys([*killers, *tests]) if self._fails_in_time(name)), None
                )
            if found and found not in killers:
                noted.parent.mkdir(exist_ok=True)
                noted.write_text("\n".join([found, *killers]), encoding="utf-8")
            return int(found is not None)
        except BaseException:  # noqa: BLE001 - the caller would go on as a second parent
            return SUSPICIOUS

    def _fails_in_time(self, name: str) -> bool:
        """Run a test; one that takes too long ends the process with SIGVTALRM."""
        signal.setitimer(signal.ITIMER_VIRTUAL, SPARE + 20 * state().duration_by_test[name])
        return self._fails(name)

    def measure(self) -> tuple[dict[str, float], dict[str, set[str]]]:
        """Run every test, and return the seconds that each took, and the tests that call each function."""
        durations: dict[str, float] = {}
        callers: dict[str, set[str]] = {}
        with change_cwd("mutants"):
            for name in self.items:
                state()._stats.clear()  # noqa: SLF001 - mutmut notes the functions there
                begun = perf_counter()
                if self._fails(name):
                    raise AssertionError(f"{name} fails without a mutant")
                durations[name] = perf_counter() - begun
                for function in state()._stats:  # noqa: SLF001
                    callers.setdefault(function, set()).add(name)
        return durations, callers

    def _fails(self, name: str) -> bool:
        item = self.items[name]
        item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        return bool(item.session.testsfailed)


class CollectedRunner(ForkRunner):  # type: ignore[misc]
    """Forks the process that has collected the tests."""

    def collect_stats(self, tests: Iterable[str] | None) -> int:  # noqa: ARG002 - always all
        """Note what each test calls and takes."""
        durations, callers = run_in_fork_with_result(self.test_runner.measure)
        state().duration_by_test.update(durations)
        state().tests_by_mangled_function_name.update(callers)
        return 0

    def run_clean_tests(self, tests: Iterable[str]) -> int:  # noqa: ARG002
        """Return 0: they passed when they were measured."""
        return 0

    def run_forced_fail(self) -> int:
        """Run the tests with mutmut's mutant that always fails."""
        every = list(self.test_runner.items)
        return run_in_fork(self.test_runner.run_tests, mutant_name="fail", tests=every)


if __name__ == "__main__":
    mutmut.__main__.get_mutant_runner = lambda children: CollectedRunner(children, CollectedTests())
    mutmut.__main__.cli()
