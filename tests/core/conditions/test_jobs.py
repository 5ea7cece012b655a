"""Conditions on the other jobs of the run."""

import re

import pytest

from approval_gate.core.conditions.model import RequiredJob
from approval_gate.core.facts import Facts, Job, Jobs, Step
from tests.core.conditions.language import DENIED, FAULT, NOW, READ, look, shown

RUN = "https://github.test/acme/shop/actions/runs/1"


def job(name: str, conclusion: str | None = "success", *steps: Step, carried_over: bool = False) -> Job:
    number = sum(name.encode())
    return Job(
        id=number,
        name=name,
        url=f"{RUN}/job/{number}",
        conclusion=conclusion,
        carried_over=carried_over,
        steps=steps,
    )


def step(name: str, conclusion: str | None = "success") -> Step:
    return Step(name=name, conclusion=conclusion)


def jobs(*listed: Job) -> Facts:
    return Facts(jobs=Jobs(source=READ, listed=listed))


def required(*names: str) -> tuple[RequiredJob, ...]:
    return tuple(RequiredJob(name=name) for name in names)


UNIT = (RequiredJob(name="Test", steps=("Unit tests",)),)


def test_a_job_that_succeeded_passes_and_is_linked() -> None:
    found = look(jobs(job("Test"), job("Lint", "failure")), jobs=required("Test"))
    assert shown(found) == 'passed: "Test" succeeded'
    assert found.url == job("Test").url
    assert found.at == NOW


def test_of_several_jobs_all_must_succeed_and_their_run_is_linked() -> None:
    found = look(jobs(job("Test"), job("Scan")), jobs=required("Test", "Scan"))
    assert shown(found) == 'passed: "Test" and "Scan" succeeded'
    assert found.url == RUN
    found = look(jobs(job("Test"), job("Scan", "failure")), jobs=required("Test", "Scan"))
    assert shown(found) == 'failed!: "Scan" failed'
    assert found.url == job("Scan").url


def test_many_jobs_are_counted() -> None:
    names = [f"Job {number}" for number in range(20)]
    found = look(jobs(*map(job, names)), jobs=required(*names))
    assert found.reason.startswith('"Job 0", "Job 1", ')
    assert re.search(r" and [0-9]+ others succeeded$", found.reason)


@pytest.mark.parametrize(
    ("conclusion", "said"),
    [
        ("action_required", 'failed!: "Test" needs somebody to act'),
        ("cancelled", 'failed!: "Test" was cancelled'),
        ("failure", 'failed!: "Test" failed'),
        ("neutral", 'failed!: "Test" ended as neutral'),
        ("skipped", 'failed!: "Test" was skipped'),
        ("stale", 'failed!: "Test" went stale'),
        ("startup_failure", 'failed!: "Test" could not start'),
        ("timed_out", 'failed!: "Test" timed out'),
        ("Success", 'unknown!: "Test" ended as "Success", which has no known meaning'),
        ("", 'unknown!: "Test" ended as "", which has no known meaning'),
        (None, 'unknown: "Test" is still running'),
    ],
)
def test_only_success_passes_and_the_job_is_linked(conclusion: str | None, said: str) -> None:
    found = look(jobs(job("Test", conclusion)), jobs=required("Test"))
    assert shown(found) == said
    assert (found.url, found.at) == (job("Test").url, NOW)


@pytest.mark.parametrize(
    ("name", "stands"),
    [
        ("Test (3.12)", True),
        ("Test / unit", True),
        ("Test (3.12) / unit", True),
        ("Tests", False),
        ("Test-2", False),
        ("test", False),
        ("Unit Test", False),
        ("Test(3.12)", False),
    ],
)
def test_a_name_also_stands_for_its_matrix_and_for_the_workflow_that_it_calls(
    name: str,
    stands: bool,  # noqa: FBT001 - of the table
) -> None:
    found = look(jobs(job("Test"), job(name, "failure")), jobs=required("Test"))
    assert found.holds_back is stands


def test_all_of_a_matrix_must_succeed() -> None:
    matrix = [job(f"Test ({number})") for number in range(300)]
    found = look(jobs(*matrix), jobs=required("Test"))
    assert shown(found) == 'passed: "Test" (300 jobs) succeeded'
    matrix[7] = job("Test (7)", "cancelled")
    assert shown(look(jobs(*matrix), jobs=required("Test"))) == 'failed!: "Test (7)" was cancelled'
    matrix[200:202] = [job("Test (200)", None), job("Test (201)", "failure")]
    found = look(jobs(*matrix), jobs=required("Test"))
    assert shown(found) == 'failed!: "Test (7)" was cancelled, and 2 more jobs have not succeeded'


def test_a_failure_decides_before_a_job_that_still_runs() -> None:
    found = look(jobs(job("Test (1)", None), job("Test (2)", "failure")), jobs=required("Test"))
    assert shown(found) == 'failed!: "Test (2)" failed, and 1 more job has not succeeded'


def test_a_job_that_is_not_there_can_come_while_another_runs() -> None:
    assert shown(look(jobs(), jobs=required("Test"))) == 'failed!: this run has no job "Test"'
    found = look(jobs(job("Build", None)), jobs=required("Test"))
    assert shown(found) == 'failed: this run has no job "Test" yet'


def test_a_job_that_an_earlier_attempt_did_passes_and_is_told() -> None:
    earlier = job("Test (1)", carried_over=True)
    assert shown(look(jobs(earlier), jobs=required("Test"))) == (
        'passed: "Test" succeeded in an earlier attempt'
    )
    assert shown(look(jobs(earlier, job("Test (2)")), jobs=required("Test"))) == (
        'passed: "Test" (2 jobs) succeeded, 1 of 2 in an earlier attempt'
    )


def test_what_waiting_cannot_change_decides_before_what_it_can() -> None:
    found = look(jobs(job("Test", "odd"), job("Build", None)), jobs=required("Scan", "Test"))
    assert shown(found) == (
        'unknown!: "Test" ended as "odd", which has no known meaning, and 1 more job has not succeeded'
    )


class TestSteps:
    """Some runs of a workflow skip steps, and their job succeeds all the same."""

    def test_one_that_ran_passes(self) -> None:
        found = look(jobs(job("Test", "success", step("Unit tests"), step("Lint", "skipped"))), jobs=UNIT)
        assert shown(found) == 'passed: "Test" succeeded, and 1 required step ran'

    @pytest.mark.parametrize(
        ("steps", "said"),
        [
            ([], 'failed!: "Test" has no step "Unit tests"'),
            ([step("Unit tests", "skipped")], 'failed!: the step "Unit tests" of "Test" was skipped'),
            ([step("Unit tests", "failure")], 'failed!: the step "Unit tests" of "Test" failed'),
            ([step("Unit tests", None)], 'failed!: the step "Unit tests" of "Test" was skipped'),
            (
                [step("Unit tests", "odd")],
                'unknown!: the step "Unit tests" of "Test" ended as "odd", which has no known meaning',
            ),
            (
                [step("Unit tests"), step("Unit tests", "skipped")],
                'failed!: the step "Unit tests" of "Test" was skipped',
            ),
        ],
    )
    def test_any_other_one_does_not(self, steps: list[Step], said: str) -> None:
        found = look(jobs(job("Test", "success", *steps)), jobs=UNIT)
        assert shown(found) == said
        assert (found.url, found.at) == (job("Test").url, NOW)

    def test_they_must_run_in_every_job_of_a_matrix(self) -> None:
        found = look(jobs(job("Test (1)", "success", step("Unit tests")), job("Test (2)")), jobs=UNIT)
        assert shown(found) == 'failed!: "Test (2)" has no step "Unit tests"'

    def test_those_of_a_job_that_runs_are_waited_for(self) -> None:
        assert shown(look(jobs(job("Test", None)), jobs=UNIT)) == 'unknown: "Test" is still running'


def test_jobs_that_were_not_read_are_unknown() -> None:
    assert shown(look(jobs=UNIT)) == "unknown: what it depends on was not read"
    denied = Facts(jobs=Jobs(source=DENIED, listed=(job("Test", "success", step("Unit tests")),)))
    assert shown(look(denied, jobs=UNIT)) == "unknown!: The token lacks `actions: read`"
    assert shown(look(Facts(jobs=Jobs(source=FAULT)), jobs=UNIT)) == "unknown: GitHub answered 502"


def test_a_hostile_name_reads_as_a_name_and_is_cut() -> None:
    name = 'Test" succeeded\n\u202eand' + "x" * 200
    found = look(jobs(job(name, "failure")), jobs=required(name))
    assert found.reason.startswith("\"Test' succeeded andxxx")
    assert found.reason.endswith('…" failed')
    assert len(found.reason) < 80
