"""The jobs of an attempt: which are listed, which are counted, and which one is the gate's own."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from approval_gate.core.conditions.model import RequiredJob
from approval_gate.core.facts import Job, Jobs, OwnJob, Step
from approval_gate.core.model import Request
from approval_gate.github import jobs
from tests.github.scene import SHOP, Scene

RUN = 77
JOBS = f"/repos/{SHOP}/actions/runs/{RUN}/attempts/1/jobs"
REQUEST = Request(
    repository=SHOP,
    run_id=RUN,
    run_attempt=1,
    run_url=f"https://github.com/{SHOP}/actions/runs/{RUN}/attempts/1",
    job="gate",
    workflow="Deploy",
    actor="dee",
    triggering_actor="dee",
    sha="a" * 40,
    ref_name="main",
    ref_type="branch",
    environment="production",
    version="v1",
)
UNIT = RequiredJob(name="Build", steps=("Unit tests",))


@pytest.fixture(autouse=True)
def _run(scene: Scene) -> None:
    scene.world.run(SHOP, RUN, ["dee"])
    scene.world.tokens["app"].permissions = {"actions": "read"}


def job(scene: Scene, name: str, conclusion: str | None = "success", **how: Any) -> int:
    return scene.world.job(SHOP, RUN, name, conclusion, **how).id


def read(scene: Scene, *named: RequiredJob, own: OwnJob | None = None, attempt: int = 1) -> Jobs:
    client = scene.client(retry_limit=5)
    client.get("/meta")  # tells the time
    request = replace(REQUEST, run_attempt=attempt)
    return jobs.read_jobs(client, SHOP, request, named, own or OwnJob())


def names(found: Jobs) -> list[str]:
    return [it.name for it in found.listed]


def fault(scene: Scene, body: str | None = None, *, status: int = 200, **how: Any) -> None:
    scene.fault(JOBS, body=body, status=status, **{"times": None} | how)


# What is listed ----------------------------------------------------------------------------


def test_a_run_without_other_jobs_has_none(scene: Scene) -> None:
    gate = job(scene, "gate", None)
    found = read(scene, own=OwnJob(id=gate))
    assert (found.listed, found.passed, found.source.problem) == ((), 0, "")
    assert found.source.where == f"GET {JOBS}"
    assert found.source.at == scene.machine.time()


def test_a_job_has_its_address_and_the_steps_that_were_skipped_or_that_a_condition_names(
    scene: Scene,
) -> None:
    steps = [("Set up job", "success"), ("Unit tests", "success"), ("Lint", "skipped"), ("Pack", "success")]
    number = job(scene, "Build", "failure", steps=steps)
    (found,) = read(scene, UNIT).listed
    url = f"{scene.url}/{SHOP}/actions/runs/{RUN}/job/{number}"
    kept = (Step(name="Unit tests", conclusion="success"), Step(name="Lint", conclusion="skipped"))
    assert found == Job(id=number, name="Build", url=url, conclusion="failure", steps=kept)


def test_the_steps_of_a_named_job_are_kept_in_its_whole_matrix(scene: Scene) -> None:
    for name in ("Build (3.12)", "Build / unit", "Rebuild"):
        job(scene, name, steps=[("Unit tests", "success")])
    assert [len(it.steps) for it in read(scene, UNIT).listed] == [1, 1, 0]


def test_a_job_without_an_end_is_running_and_so_is_a_step(scene: Scene) -> None:
    job(scene, "Build", None, steps=[("Unit tests", None)])
    job(scene, "Later", None, queued=True)
    found = read(scene, UNIT)
    assert [it.conclusion for it in found.listed] == [None, None]
    assert found.listed[0].steps == (Step(name="Unit tests", conclusion=None),)


def test_of_300_jobs_those_that_passed_are_counted_beyond_20(scene: Scene) -> None:
    for number in range(297):
        job(scene, f"Test ({number})")
    job(scene, "Test (297)", "failure")
    job(scene, "Test (298)", "cancelled")
    job(scene, "Test (299)", steps=[("Upload", "skipped")])
    found = read(scene)
    assert found.passed == 277
    assert names(found)[:20] == [f"Test ({number})" for number in range(20)]
    assert names(found)[20:] == ["Test (297)", "Test (298)", "Test (299)"]
    assert len(scene.asked("GET", "/jobs")) == 3


def test_jobs_that_a_condition_names_are_all_listed(scene: Scene) -> None:
    for number in range(30):
        job(scene, f"Test ({number})")
    found = read(scene, RequiredJob(name="Test"))
    assert (len(found.listed), found.passed) == (30, 0)


def test_a_conclusion_that_is_not_known_is_kept_in_githubs_words(scene: Scene) -> None:
    job(scene, "Build", "startled")
    assert read(scene).listed[0].conclusion == "startled"


def test_hostile_names_are_mere_values(scene: Scene) -> None:
    hostile = ["</td><img src=x>", "`a` @acme/team ::error::", "a\nb\r\u2028c", "\u202egate", "", "x" * 5_000]
    for name in hostile:
        job(scene, name, steps=[(name, "skipped")])
    found = read(scene)
    assert names(found) == hostile
    assert [it.steps[0].name for it in found.listed] == hostile


# The gate's own job ------------------------------------------------------------------------


def test_the_gates_own_job_is_left_out_by_its_id_and_not_by_its_name(scene: Scene) -> None:
    other, own = job(scene, "gate", None), job(scene, "gate", None)
    found = read(scene, own=OwnJob(id=own, runner="GHA 1"))
    assert [it.id for it in found.listed] == [other]


def test_the_id_is_that_of_the_check_run_which_need_not_be_the_jobs(scene: Scene) -> None:
    fault(scene, _broken(status="in_progress"))
    assert names(read(scene, own=OwnJob(id=1))) == ["Build"]
    assert names(read(scene, own=OwnJob(id=2))) == []


def test_without_its_id_the_gates_own_job_is_the_one_that_its_runner_runs(scene: Scene) -> None:
    job(scene, "gate", runner="GHA 1")
    job(scene, "gate", None, runner="GHA 1")
    job(scene, "Build", None, runner="GHA 2")
    found = read(scene, own=OwnJob(runner="GHA 1"))
    assert [(it.name, it.conclusion) for it in found.listed] == [("gate", "success"), ("Build", None)]


@pytest.mark.parametrize(
    "own", [OwnJob(), OwnJob(runner="GHA 1"), OwnJob(id=1), OwnJob(id=1, runner="GHA 2")]
)
def test_no_job_is_left_out_if_it_is_not_certain_which_one(scene: Scene, own: OwnJob) -> None:
    job(scene, "gate", None, runner="GHA 1")
    job(scene, "Build", None, runner="GHA 1")
    job(scene, "Unit", None, runner="GHA 2")
    assert len(read(scene, own=own).listed) == 3


def test_a_job_that_has_ended_is_not_the_gates_own(scene: Scene) -> None:
    failed = job(scene, "Build", "failure")
    assert names(read(scene, own=OwnJob(id=failed))) == ["Build"]


# Several with one name, several attempts -----------------------------------------------------


def test_all_jobs_of_an_attempt_with_the_same_name_are_listed(scene: Scene) -> None:
    job(scene, "Test", "failure")
    job(scene, "Test")
    assert [it.conclusion for it in read(scene).listed] == ["failure", "success"]


def test_what_an_earlier_attempt_did_gives_way_to_a_newer_job_of_the_name(scene: Scene) -> None:
    job(scene, "Test", "failure")
    job(scene, "Lint")
    job(scene, "Test")
    scene.world.repos[SHOP].jobs[RUN][2].attempt = 2
    scene.world.run(SHOP, RUN, ["dee", "dee"])
    answer = scene.client().read(JOBS.replace("attempts/1", "attempts/2")).data
    for number, it in enumerate(scene.client().read(JOBS).data["jobs"]):
        answer["jobs"].insert(number, it)
    body = json.dumps(answer | {"total_count": 3})
    scene.fault(JOBS.replace("attempts/1", "attempts/2"), body=body, status=200, times=None)
    found = read(scene, attempt=2)
    assert [(it.name, it.conclusion, it.carried_over) for it in found.listed] == [
        ("Lint", "success", True),
        ("Test", "success", False),
    ]


def test_jobs_that_a_rerun_carries_over_are_marked_and_have_the_steps_of_their_own_attempt(
    scene: Scene,
) -> None:
    job(scene, "Build", steps=[("Unit tests", "success"), ("Lint", "skipped")])
    job(scene, "gate", "failure")
    for _ in range(2):
        scene.machine.seconds += 600
        scene.world.rerun_failed_jobs(SHOP, RUN, "dee")
        job(scene, "gate", "failure")
    (build, _) = read(scene, UNIT, attempt=3).listed
    assert build.carried_over
    assert build.steps == (
        Step(name="Unit tests", conclusion="success"),
        Step(name="Lint", conclusion="skipped"),
    )
    assert [it.path[-6:] for it in scene.asked("GET", "/jobs")] == ["3/jobs", "2/jobs", "1/jobs"]


@pytest.mark.parametrize("conclusions", [("skipped", "success"), ("success", "skipped")])
def test_carried_over_jobs_of_one_name_and_time_have_each_others_steps(
    scene: Scene, conclusions: tuple[str, str]
) -> None:
    for conclusion in conclusions:
        job(scene, "Build", steps=[("Unit tests", conclusion)])
    scene.machine.seconds += 600
    scene.world.rerun_failed_jobs(SHOP, RUN, "dee")
    for it in read(scene, UNIT, attempt=2).listed:
        assert {step.conclusion for step in it.steps} == {"success", "skipped"}


def test_earlier_attempts_are_not_read_if_no_condition_names_a_step(scene: Scene) -> None:
    job(scene, "Build", steps=[("Unit tests", "success")])
    scene.machine.seconds += 600
    scene.world.rerun_failed_jobs(SHOP, RUN, "dee")
    assert read(scene, RequiredJob(name="Build"), attempt=2).listed[0].steps == ()
    assert len(scene.asked("GET", "/jobs")) == 1


def test_steps_that_no_attempt_lists_stay_missing(scene: Scene) -> None:
    job(scene, "Build")
    scene.machine.seconds += 600
    scene.world.rerun_failed_jobs(SHOP, RUN, "dee")
    (build,) = read(scene, UNIT, attempt=2).listed
    assert (build.conclusion, build.steps) == ("success", ())


def test_a_fault_while_an_earlier_attempt_is_read_is_a_problem(scene: Scene) -> None:
    job(scene, "Build", steps=[("Unit tests", "success")])
    scene.machine.seconds += 600
    scene.world.rerun_failed_jobs(SHOP, RUN, "dee")
    fault(scene, status=500)
    found = read(scene, UNIT, attempt=2)
    assert found.listed == ()
    assert "could not be read" in found.source.problem


# Faults ------------------------------------------------------------------------------------


def test_a_token_without_the_permission_is_told_what_it_needs(scene: Scene) -> None:
    job(scene, "Build")
    scene.world.tokens["app"].permissions = {"issues": "write"}
    source = read(scene).source
    assert source.problem == "the token needs actions: read to see the jobs of this run"
    assert (source.grant, source.lasting) == (("actions: read",), True)


def test_a_refusal_that_passes_is_none_if_a_condition_depends_on_it(scene: Scene) -> None:
    job(scene, "Build")
    fault(scene, status=404, times=1)
    assert names(read(scene, UNIT)) == ["Build"]


def test_a_refusal_that_no_condition_depends_on_is_believed_at_once(scene: Scene) -> None:
    fault(scene, status=403)
    assert read(scene).source.lasting
    assert len(scene.asked("GET", "/jobs")) == 1


def _broken(**changes: Any) -> str:
    whole = {
        "id": 1,
        "name": "Build",
        "html_url": "https://github.com/acme/shop/actions/runs/77/job/1",
        "status": "completed",
        "conclusion": "success",
        "started_at": "2026-03-02T09:00:00Z",
        "created_at": "2026-03-02T09:00:00Z",
        "runner_name": None,
        "check_run_url": "https://api.github.com/repos/acme/shop/check-runs/2",
    }
    return json.dumps({"total_count": 1, "jobs": [whole | changes]})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (None, 500),
        ("<html>", 200),
        ("[]", 200),
        ("{}", 200),
        ('{"total_count": 2, "jobs": []}', 200),
        ('{"total_count": 0, "jobs": null}', 200),
        (_broken(name=None), 200),
        (_broken(status=None, name=3), 200),
        (_broken(id="x"), 200),
        (_broken(started_at="yesterday"), 200),
        (_broken(check_run_url=None), 200),
        (_broken(steps=[{"name": None}]), 200),
    ],
)
def test_a_fault_is_a_problem_that_can_pass_and_lists_nothing(
    scene: Scene, body: str | None, status: int
) -> None:
    fault(scene, body, status=status)
    found = read(scene)
    assert (found.listed, found.passed) == ((), 0)
    assert found.source.problem.startswith("the jobs of this run could not be read: GitHub")
    assert (found.source.lasting, found.source.grant) == (False, ())


def test_a_list_that_was_cut_is_a_problem(scene: Scene) -> None:
    for number in range(150):
        job(scene, f"Test ({number})")
    fault(scene, '{"total_count": 150, "jobs": []}', first=2)
    assert "GitHub listed" in read(scene).source.problem


def test_a_list_that_changed_between_its_pages_is_read_again(scene: Scene) -> None:
    job(scene, "Build")
    fault(scene, '{"total_count": 1, "jobs": []}', times=1)
    assert names(read(scene)) == ["Build"]


def test_a_job_that_ended_as_github_does_not_say_is_no_success(scene: Scene) -> None:
    fault(scene, _broken(conclusion=None))
    assert read(scene).listed[0].conclusion == "unknown"


def test_a_server_that_does_not_say_when_a_job_was_made_is_understood(scene: Scene) -> None:
    fault(scene, _broken(created_at=None))
    (found,) = read(scene).listed
    assert (found.name, found.carried_over) == ("Build", False)


def test_an_address_that_is_not_one_is_that_of_the_run(scene: Scene) -> None:
    fault(scene, _broken(html_url="javascript:alert(1)"))
    assert read(scene).listed[0].url == REQUEST.run_url


def test_more_jobs_than_are_read_are_a_problem_that_lasts(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LIMIT", 2)
    for number in range(3):
        job(scene, f"Test ({number})")
    source = read(scene).source
    assert (source.problem, source.lasting) == ("there are more than 2 jobs", True)


def test_times_of_sources_are_whole_seconds_as_githubs(scene: Scene) -> None:
    scene.machine.seconds += 0.7
    assert read(scene).source.at.microsecond == 0
    assert read(scene).source.at < datetime(2030, 1, 1, tzinfo=UTC)
