"""The run, as the runner's variables describe it."""

import pytest

from approval_gate.core.facts import OwnJob
from approval_gate.errors import InputError
from approval_gate.runner.environment import REQUIRED, read_run_context
from tests.runner.given import SHA, VARIABLES, read


@pytest.mark.parametrize("name", REQUIRED)
def test_a_variable_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(InputError, match=f"^{name} is not set"):
        read_run_context({key: value for key, value in VARIABLES.items() if key != name})


def test_all_variables_that_are_missing_are_named() -> None:
    with pytest.raises(InputError, match=f"^{', '.join(REQUIRED[:-1])} and {REQUIRED[-1]} are not set"):
        read_run_context({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_REPOSITORY", "shop"),
        ("GITHUB_RUN_ID", "x"),
        ("GITHUB_RUN_ATTEMPT", "0"),
        ("GITHUB_ACTOR_ID", "-5"),
        ("GITHUB_SHA", "main"),
        ("GITHUB_API_URL", "ftp://github"),
        ("GITHUB_SERVER_URL", "here"),
    ],
)
def test_a_variable_that_is_malformed_is_named(name: str, value: str) -> None:
    with pytest.raises(InputError, match=f"^{name}: '{value}'"):
        read_run_context({**VARIABLES, name: value})


def test_the_required_variables_describe_a_run() -> None:
    run = read_run_context({name: VARIABLES[name] for name in REQUIRED})
    assert (run.run_attempt, run.ref, run.ref_name, run.ref_type) == (1, SHA[:7], SHA[:7], "commit")
    assert (run.workflow, run.job, run.triggering_actor) == ("a workflow", "a job", "kim")
    assert (run.workspace, run.temp, run.hosted, run.from_fork) == (None, None, None, False)


def test_problems_of_the_run_are_reported_before_those_of_the_inputs() -> None:
    with pytest.raises(InputError, match=r"^GITHUB_SHA: 'main'"):
        read({"version": "v1^0"}, GITHUB_SHA="main")


@pytest.mark.parametrize(
    ("variable", "hosted"),
    [("github-hosted", True), ("self-hosted", False), ("something-new", None), ("", None)],
)
def test_a_runner_is_githubs_own_only_if_it_says_so(variable: str, *, hosted: bool | None) -> None:
    assert read_run_context({**VARIABLES, "RUNNER_ENVIRONMENT": variable}).hosted is hosted


@pytest.mark.parametrize(
    ("given", "runner", "own"),
    [
        ("51725241954", "GitHub Actions 12", OwnJob(id=51725241954, runner="GitHub Actions 12")),
        ("", "GitHub Actions 12", OwnJob(runner="GitHub Actions 12")),
        ("build", "", OwnJob()),
        ("-1", "", OwnJob()),
    ],
)
def test_the_gates_own_job_is_known_by_its_id_or_by_its_runner(given: str, runner: str, own: OwnJob) -> None:
    variables = {**VARIABLES, "APPROVAL_GATE_JOB": given, "RUNNER_NAME": runner}
    assert read_run_context(variables).own_job == own
