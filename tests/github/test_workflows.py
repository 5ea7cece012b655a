"""What the checks of a policy name is read in two requests, and nothing that no check names."""

from collections.abc import Iterator

import pytest

from approval_gate.core.policy.places import Places
from approval_gate.core.policy.schema import read_policy
from approval_gate.core.policy.workflows import Job, Name, Step, Workflow
from approval_gate.emulator import payloads
from approval_gate.github.workflows import read_places, workflow_of
from tests.emulator.conformance import check_all
from tests.github.scene import EVERYTHING, SHOP, Scene

POLICY = """\
version: 1
roles: {{lead: {{members: [ann]}}}}
deployments: {{standard: {{minimum-approvals: 1, timeout-minutes: 60, approvers: [lead]}}}}
checklist: {{Checks: [box, {items}]}}
"""
EVERY = (
    "{jobs: {Build: [Unit tests]}}",
    "{no-open-issues: [incident]}",
    "{deployed-to: staging}",
    "{changed: ['docs/**']}",
    "{reviews: true}",
)
BUILD = """\
name: CI
on: [push]
jobs:
  build:
    name: Build
    steps:
      - uses: actions/checkout@v4
      - {name: Unit tests, id: unit, run: make test}
"""


@pytest.fixture(autouse=True)
def described(scene: Scene) -> Iterator[None]:
    yield
    check_all(scene.world)


def read(scene: Scene, *verify: str, token: str = "app") -> Places:
    items = ", ".join(f"{{item: x, verify: {each}}}" for each in verify)
    policy = read_policy(POLICY.format(items=items or "y").encode())
    return read_places(scene.client(token), scene.shop(), policy)


def furnish(scene: Scene) -> None:
    repo = scene.world.repos[SHOP]
    repo.files |= {
        ".github/workflows/ci.yml": BUILD,
        ".github/workflows/README.md": "x",
        ".github/workflows/old/ci.yml": BUILD,
        "docs/a.md": "x",
        "logo.png": b"\xff",
    }
    repo.labels[:] = ["bug", "Incident"]
    scene.world.environment(SHOP, "staging")


def test_everything_that_checks_name_is_read_in_two_requests(scene: Scene) -> None:
    furnish(scene)
    assert read(scene, *EVERY) == Places(
        branch="main",
        workflows=(
            Workflow(
                path=".github/workflows/ci.yml",
                jobs=(
                    Job(
                        id="build",
                        names=(Name("Build"),),
                        steps=(
                            Step(name=Name("Run actions/checkout@v4")),
                            Step(name=Name("Unit tests"), id="unit"),
                        ),
                    ),
                ),
            ),
        ),
        labels=("bug", "Incident"),
        environments=("staging",),
        paths=(
            ".github/workflows/README.md",
            ".github/workflows/ci.yml",
            ".github/workflows/old/ci.yml",
            "docs/a.md",
            "logo.png",
        ),
    )
    assert [it.path for it in scene.world.requests] == ["/graphql", f"/repos/{SHOP}/git/trees/HEAD"]


@pytest.mark.parametrize(
    ("verify", "requests", "there"),
    [
        ((), [], set()),
        (("{reviews: true}",), [], set()),
        (("{jobs: [Build]}",), ["/graphql"], {"workflows"}),
        (("{no-open-issues: [x]}",), ["/graphql"], {"labels"}),
        (("{deployed-to: staging}",), ["/graphql"], {"environments"}),
        (("{changed: [x]}",), [f"/repos/{SHOP}/git/trees/HEAD"], {"paths"}),
    ],
)
def test_nothing_is_read_that_no_check_names(
    scene: Scene, verify: tuple[str, ...], requests: list[str], there: set[str]
) -> None:
    furnish(scene)
    found = read(scene, *verify)
    assert [it.path for it in scene.world.requests] == requests
    read_ = {
        name for name in ("workflows", "labels", "environments", "paths") if getattr(found, name) is not None
    }
    assert read_ == there
    assert found.unread == ()


def test_a_label_beyond_the_first_hundred_is_known_by_its_name(scene: Scene) -> None:
    scene.world.repos[SHOP].labels += [f"label-{number}" for number in range(150)]
    found = read(scene, "{no-open-issues: [label-149, label-200, LABEL-120]}")
    assert found.labels is not None
    assert found.labels[100:] == ("label-149", "label-120")


def test_more_than_a_hundred_environments_are_not_compared(scene: Scene) -> None:
    for number in range(101):
        scene.world.environment(SHOP, f"e{number}")
    found = read(scene, "{deployed-to: staging}")
    assert (found.environments, found.unread) == (None, ("environments",))


def test_more_files_than_github_lists_are_not_compared(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish(scene)
    monkeypatch.setattr(payloads, "ENTRIES", 3)
    found = read(scene, "{changed: [x]}")
    assert (found.paths, found.unread) == (None, ("files",))


def test_a_repository_without_workflows_and_files_has_none(scene: Scene) -> None:
    found = read(scene, "{jobs: [Build]}", "{changed: [x]}")
    assert (found.workflows, found.paths, found.unread) == ((), None, ("files",))


@pytest.mark.parametrize(
    ("permission", "unread"),
    [("contents", ("workflows", "files")), ("issues", ("labels",)), ("actions", ("environments",))],
)
def test_what_the_token_cannot_read_takes_nothing_else_with_it(
    scene: Scene, permission: str, unread: tuple[str, ...]
) -> None:
    furnish(scene)
    permissions = {name: level for name, level in EVERYTHING.items() if name != permission}
    scene.world.token("less", login="less[bot]", app="less", permissions=permissions, repos=[SHOP])
    assert read(scene, *EVERY, token="less").unread == unread


def test_a_token_that_cannot_ask_graphql_reads_the_files_and_is_refused_once(scene: Scene) -> None:
    furnish(scene)
    scene.world.tokens["app"].graphql = False
    assert read(scene, *EVERY).unread == ("workflows", "labels", "environments")
    assert [request.path for request in scene.world.requests].count("/graphql") == 1


# Files ---------------------------------------------------------------------------------


def jobs(text: str) -> tuple[Job, ...] | None:
    return workflow_of("x.yml", text).jobs


@pytest.mark.parametrize(
    ("job", "names"),
    [
        ("{}", ["build"]),
        ("{name: Build & Test}", ["Build & Test"]),
        ("{name: ''}", ["build"]),
        ("{strategy: {matrix: {v: [1, 2]}}}", ["build", "build (…)"]),
        ("{name: Test, strategy: {matrix: '${{ fromJson(x) }}'}}", ["Test", "Test (…)"]),
        ("{name: 'Test ${{ matrix.v }}', strategy: {matrix: {v: [1, 2]}}}", ["Test …"]),
        ("{strategy: {fail-fast: false}}", ["build"]),
        ("{name: on}", ["on"]),
        ("{name: 1.10}", ["1.10"]),
        ("text", ["build"]),
    ],
)
def test_a_job_is_shown_by_its_name_or_id_and_a_matrix_by_its_values(job: str, names: list[str]) -> None:
    (found,) = jobs(f"jobs: {{build: {job}}}") or ()
    assert [str(name) for name in found.names] == names
    assert found.id == "build"


@pytest.mark.parametrize(
    ("step", "name"),
    [
        ("{name: Unit tests, run: make}", "Unit tests"),
        ("{uses: actions/checkout@v4}", "Run actions/checkout@v4"),
        ('{run: "make a\\nmake b"}', "Run make a"),
        ('{run: "\\n  make a\\n"}', "Run make a"),
        ("{run: 'echo ${{ x }}'}", "Run echo …"),
        ("text", "Run "),
    ],
)
def test_a_step_is_shown_by_its_name_or_by_what_it_runs(step: str, name: str) -> None:
    (found,) = jobs(f"jobs: {{build: {{steps: [{step}]}}}}") or ()
    assert [str(it.name) for it in found.steps or ()] == [name]


def test_a_job_can_call_a_workflow() -> None:
    (found,) = jobs("jobs: {test: {uses: ./.github/workflows/test.yml}}") or ()
    assert found.calls == "./.github/workflows/test.yml"


@pytest.mark.parametrize("text", ["a: b: c", "[" * 5000, "a: \x00"])
def test_a_file_that_is_not_yaml_has_unknown_jobs(text: str) -> None:
    assert jobs(text) is None


@pytest.mark.parametrize("text", ["", "on: push", "- x", "jobs: [x]", "jobs:", "x"])
def test_a_file_without_jobs_has_none(text: str) -> None:
    assert jobs(text) == ()


def test_a_binary_or_very_long_file_has_unknown_jobs(scene: Scene) -> None:
    scene.world.repos[SHOP].files[".github/workflows/x.yml"] = b"\xff"
    found = read(scene, "{jobs: [Build]}")
    assert found.workflows == (Workflow(path=".github/workflows/x.yml", jobs=None),)
