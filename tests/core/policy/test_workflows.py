"""Workflow files: the jobs that a run shows, and what a policy's name can mean."""

import pytest

from approval_gate.core.policy.workflows import Job, Name, Step, Workflow, shown

ANY = "${{ matrix.x }}"


@pytest.mark.parametrize(
    ("written", "name", "means"),
    [
        ("Build & Test", "Build & Test", True),
        ("Build & Test", "build-test", False),
        ("Build", "build", False),
        ("Build", "Build & Test", False),
        ("Test (3.12)", "Test", True),
        ("Test / unit", "Test", True),
        ("Test / unit", "Test / unit", True),
        ("Test / unit", "unit", False),
        (f"Test on {ANY}", "Test on linux", True),
        (f"Test on {ANY}", "Test", False),
        (f"Test on {ANY}", "Build", False),
        (f"Test ({ANY})", "Test", True),
        (f"Test ({ANY})", "Test (3.12)", True),
        (f"Test ({ANY})", "Testing", False),
        (f"{ANY} tests", "Unit tests", True),
        (f"{ANY} tests", "anything", True),  # it can be shown as "anything (x) tests"
        (f"Te{ANY}", "Test", True),
        ("Test ${{\n a ||\n b }}", "Test x", True),
        ("Test ${{ a", "Test b", False),
        ("a.c", "abc", False),
    ],
)
def test_a_name_means_a_job_its_matrix_and_the_jobs_that_it_calls(
    written: str,
    name: str,
    means: bool,  # noqa: FBT001
) -> None:
    assert Name(written).is_meant_by(name) is means


def test_an_expression_is_shown_as_an_ellipsis() -> None:
    assert str(Name(f"Test {ANY} on {ANY}")) == "Test … on …"


def test_a_step_is_known_by_its_whole_name() -> None:
    assert Name("Unit tests").can_be("Unit tests")
    assert not Name("Unit tests").can_be("Unit")
    assert Name(f"Test {ANY}").can_be("Test all")


def job(name: str, calls: str = "", steps: tuple[Step, ...] | None = ()) -> Job:
    return Job(id=name.lower(), names=(Name(name),), steps=steps, calls=calls)


def names(workflows: list[Workflow], path: str) -> list[str]:
    return [str(name) for it in shown(workflows)[path] for name in it.names]


def test_a_job_that_calls_a_workflow_is_shown_as_that_workflow_s_jobs() -> None:
    step = Step(name=Name("Unit tests"))
    caller = Workflow(path="a", jobs=(job("Build"), job("Test", calls="./b")))
    called = Workflow(path="b", jobs=(job("unit", steps=(step,)), job("e2e")))
    assert shown([caller, called])["a"] == [
        job("Build"),
        Job(id="test", names=(Name("Test / unit"),), steps=(step,)),
        Job(id="test", names=(Name("Test / e2e"),)),
    ]
    assert names([caller, called], "b") == ["unit", "e2e"]


@pytest.mark.parametrize("calls", ["acme/ci/.github/workflows/test.yml@v1", "./none", "./broken"])
def test_a_called_workflow_that_is_not_read_can_have_any_jobs(calls: str) -> None:
    workflows = [Workflow(path="a", jobs=(job("Test", calls=calls),)), Workflow(path="broken", jobs=None)]
    (found,) = shown(workflows)["a"]
    assert found.steps is None
    assert [str(name) for name in found.names] == ["Test / …"]
    assert found.names[0].is_meant_by("Test")
    assert found.names[0].is_meant_by("Test / unit")
    assert shown(workflows)["broken"] == []


def test_calls_can_be_nested_and_a_circle_ends() -> None:
    chain = [Workflow(path=str(n), jobs=(job(f"J{n}", calls=f"./{n + 1}"),)) for n in range(12)]
    assert names(chain, "10") == ["J10 / J11 / …"]
    assert names(chain, "0") == [" / ".join(f"J{n}" for n in range(10)) + " / …"]
    circle = [Workflow(path="a", jobs=(job("A", calls="./a"),))]
    assert names(circle, "a") == [" / ".join(["A"] * 10) + " / …"]


def test_a_matrix_that_calls_a_workflow_has_each_name_before_each() -> None:
    caller = Job(id="t", names=(Name("T"), Name(f"T ({ANY})")), calls="./b")
    called = Workflow(path="b", jobs=(Job(id="u", names=(Name("U"), Name(f"U ({ANY})"))),))
    assert names([Workflow(path="a", jobs=(caller,)), called], "a") == [
        "T / U",
        "T / U (…)",
        "T (…) / U",
        "T (…) / U (…)",
    ]
