"""What was deployed before, and what is open: one query, whose parts fail each alone."""

import json
from datetime import timedelta
from typing import Any

import pytest

from approval_gate.core.facts import Deployed, OpenIssues, Source
from approval_gate.emulator import world as embedded
from approval_gate.github.situation import LastDeployment, Situation, read_situation
from tests.github.scene import SHOP, Scene

NEEDED = {"contents": "read", "deployments": "read", "issues": "read"}


@pytest.fixture(autouse=True)
def _permitted(scene: Scene) -> None:
    scene.world.tokens["app"].permissions = dict(NEEDED)


def deploy(scene: Scene, sha: str, *states: str, environment: str = "production", **how: Any) -> None:
    scene.world.deploy(SHOP, environment, sha, *states, **how)


def incident(scene: Scene, title: str, *labels: str) -> int:
    issue = scene.world.open_issue(SHOP, "ann", title, "")
    issue.labels += labels
    return issue.number


def read(scene: Scene, head: str, **what: Any) -> Situation:
    client = scene.client(retry_limit=5)
    client.get("/meta")  # tells the time
    return read_situation(client, SHOP, head, **what)


def fault(scene: Scene, body: str | None = None, *, status: int = 200, **how: Any) -> None:
    how = {"method": "POST", "times": None} | how
    scene.fault("/graphql", body=body, status=status, **how)


def last(scene: Scene, **how: Any) -> LastDeployment:
    found = read(scene, "0" * 40, here="production", **how).last
    assert found is not None
    return found


def staging(scene: Scene, head: str, name: str = "staging") -> Deployed:
    (found,) = read(scene, head, elsewhere=[name]).deployed
    return found


def incidents(scene: Scene, label: str = "incident") -> OpenIssues:
    (found,) = read(scene, "0" * 40, labels=[label]).issues
    return found


def everything(scene: Scene, head: str) -> Situation:
    return read(scene, head, here="production", elsewhere=["staging"], labels=["incident", "freeze"])


def sources(found: Situation) -> list[Source]:
    assert found.last is not None
    return [found.last.source, *(it.source for it in found.deployed), *(it.source for it in found.issues)]


# One query ---------------------------------------------------------------------------------


def test_everything_is_read_in_one_request(scene: Scene) -> None:
    old, head = scene.world.commit(SHOP, "ann"), scene.world.commit(SHOP, "ann")
    deploy(scene, old, "SUCCESS")
    deploy(scene, head, "SUCCESS", environment="staging")
    incident(scene, "Checkout is down", "incident")
    found = everything(scene, head)
    assert found.last is not None
    assert found.last.commit == old
    assert [it.at for it in found.deployed] == [scene.machine.time()]
    assert [(it.label, it.count) for it in found.issues] == [("incident", 1), ("freeze", 0)]
    assert [(it.problem, it.at) for it in sources(found)] == [("", scene.machine.time())] * 4
    assert len(scene.asked("POST", "/graphql")) == 1


def test_nothing_is_asked_if_nothing_is_needed(scene: Scene) -> None:
    assert read(scene, "0" * 40) == Situation()
    assert not scene.asked("POST")


@pytest.mark.parametrize(
    ("missing", "grants"),
    [
        ("issues", [(), (), ("issues: read",), ("issues: read",)]),
        ("contents", [(), ("contents: read", "deployments: read"), (), ()]),
        ("deployments", [("deployments: read",), ("contents: read", "deployments: read"), (), ()]),
    ],
)
def test_a_missing_permission_is_the_problem_of_its_source_alone(
    scene: Scene, missing: str, grants: list[tuple[str, ...]]
) -> None:
    scene.world.tokens["app"].permissions = {name: "read" for name in NEEDED if name != missing}
    found = sources(everything(scene, scene.world.commit(SHOP, "ann")))
    assert [it.grant for it in found] == grants
    assert [it.lasting for it in found] == [bool(grant) for grant in grants]
    assert [it.problem.partition(" to see ")[0] for it in found] == [
        f"the token needs {' and '.join(grant)}" if grant else "" for grant in grants
    ]


def test_a_refusal_is_confirmed_since_it_can_be_a_passing_fault(scene: Scene) -> None:
    fault(scene, status=403, times=1)
    assert last(scene).source.problem == ""


def test_a_repository_that_is_not_found_once_is_looked_for_again(scene: Scene) -> None:
    fault(scene, '{"data": {"here": null}}', times=1)
    assert last(scene).source.problem == ""


def test_a_field_that_this_github_does_not_have_is_a_problem_that_lasts(scene: Scene) -> None:
    error = '{"message": "no such field", "extensions": {"code": "undefinedField"}}'
    fault(scene, f'{{"errors": [{error}]}}')
    source = last(scene).source
    assert (source.lasting, source.grant) == (True, ())
    assert source.problem.endswith("GitHub's GraphQL does not have a field that the gate asks for")


@pytest.mark.parametrize(
    ("how", "lasting"),
    [
        ({"status": 500}, False),
        ({"status": 403}, True),
        ({"body": "<html>"}, False),
        ({"body": "[]"}, False),
        ({"body": '{"data": null}'}, False),
        ({"body": '{"data": {"here": 1, "elsewhere0": 1, "open0": 1, "open1": 1}}'}, False),
        ({"body": '{"data": {"here": {}, "elsewhere0": {}, "open0": {}, "open1": {}}}'}, False),
        ({"body": '{"data": {"here": null, "elsewhere0": null, "open0": null, "open1": null}}'}, True),
        ({"body": '{"data": {}, "errors": [{"message": "Something went wrong"}]}'}, False),
    ],
)
def test_a_fault_is_a_problem_of_every_source_and_finds_nothing(
    scene: Scene, how: dict[str, Any], *, lasting: bool
) -> None:
    head = scene.world.commit(SHOP, "ann")
    deploy(scene, head, "SUCCESS")
    deploy(scene, head, "SUCCESS", environment="staging")
    fault(scene, **how)
    found = everything(scene, head)
    assert all(it.problem for it in sources(found))
    assert [it.lasting for it in sources(found)] == [lasting] * 4
    assert (found.last and found.last.commit, found.deployed[0].at) == (None, None)


# The last deployment -----------------------------------------------------------------------


def test_the_newest_success_counts_though_a_newer_deployment_failed(scene: Scene) -> None:
    first, second, third = (scene.world.commit(SHOP, "ann") for _ in range(3))
    deploy(scene, first, "SUCCESS")
    deploy(scene, second, "IN_PROGRESS", "SUCCESS")
    deploy(scene, third, "FAILURE")
    assert last(scene).commit == second


@pytest.mark.parametrize("failed", ["FAILURE", "ERROR"])
def test_a_deployment_that_failed_after_its_success_did_not_succeed(scene: Scene, failed: str) -> None:
    first, second = scene.world.commit(SHOP, "ann"), scene.world.commit(SHOP, "ann")
    deploy(scene, first, failed, environment="staging")
    report(scene, "SUCCESS")  # a step that was tried again
    deploy(scene, first, "SUCCESS")
    deploy(scene, second, "SUCCESS")
    report(scene, failed)
    deploy(scene, second, "SUCCESS", environment="staging")
    report(scene, failed)
    assert (last(scene).commit, staging(scene, second).at) == (first, None)
    assert staging(scene, first).at is not None


def report(scene: Scene, state: str) -> None:
    """Let the newest deployment have one more status, a minute later."""
    scene.machine.seconds += 60
    newest = scene.world.repos[SHOP].deployments[-1]
    newest.statuses.append(embedded.DeploymentStatus(state, scene.world.now()))


def test_a_job_of_the_same_run_that_has_the_environment_deployed_nothing(scene: Scene) -> None:
    first, second = scene.world.commit(SHOP, "ann"), scene.world.commit(SHOP, "ann")
    url = f"https://github.com/{SHOP}/actions/runs"
    deploy(scene, first, "SUCCESS", log_url=f"{url}/100/job/1")
    deploy(scene, second, "SUCCESS", log_url=f"{url}/10/job/2")
    assert [last(scene, run_id=it).commit for it in (10, 100, 1, None)] == [first, second, second, second]


def test_the_first_deployment_has_none_before_it(scene: Scene) -> None:
    deploy(scene, scene.world.commit(SHOP, "ann"), "SUCCESS", environment="staging")
    found = last(scene)
    assert (found.commit, found.source.problem) == (None, "")


def test_a_success_behind_a_page_of_failures_is_found(scene: Scene) -> None:
    good = scene.world.commit(SHOP, "ann")
    deploy(scene, good, "SUCCESS")
    for _ in range(120):
        deploy(scene, scene.world.commit(SHOP, "ann"), "FAILURE")
    assert everything(scene, good).last == last(scene)
    assert last(scene).commit == good
    assert len(scene.asked("POST", "/graphql")) == 9


def test_a_thousand_deployments_without_a_success_are_a_problem_that_lasts(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("approval_gate.github.situation.DEPLOYMENTS", 100)
    for _ in range(101):
        deploy(scene, scene.world.commit(SHOP, "ann"), "FAILURE")
    found = last(scene)
    assert found.commit is None
    assert found.source.problem == "of the last 100 deployments to this environment none succeeded"
    assert found.source.lasting


def test_a_fault_on_a_later_page_is_a_problem(scene: Scene) -> None:
    for _ in range(60):
        deploy(scene, scene.world.commit(SHOP, "ann"), "FAILURE")
    fault(scene, status=500, first=2)
    assert "could not be read: GitHub has a fault" in last(scene).source.problem


# Other environments ------------------------------------------------------------------------


def test_a_deployment_elsewhere_counts_from_its_success(scene: Scene) -> None:
    head = scene.world.commit(SHOP, "ann")
    made = scene.world.deploy(
        SHOP, "staging", head, "IN_PROGRESS", log_url="https://github.com/acme/shop/actions/runs/1/job/2"
    )
    scene.machine.seconds += 600
    made.statuses.append(type(made.statuses[0])("SUCCESS", scene.machine.time()))
    scene.machine.seconds += 600
    found = staging(scene, head)
    assert found.at == scene.machine.time() - timedelta(seconds=600)
    assert found.url == "https://github.com/acme/shop/actions/runs/1/job/2"


def test_of_two_successes_the_later_one_counts(scene: Scene) -> None:
    head = scene.world.commit(SHOP, "ann")
    deploy(scene, head, "SUCCESS", environment="staging")
    scene.machine.seconds += 60
    deploy(scene, head, "SUCCESS", environment="staging")
    scene.machine.seconds += 60
    deploy(scene, head, "FAILURE", environment="staging")
    assert staging(scene, head).at == scene.machine.time() - timedelta(seconds=60)


def test_another_commit_or_another_environment_does_not_count(scene: Scene) -> None:
    other, head = scene.world.commit(SHOP, "ann"), scene.world.commit(SHOP, "ann")
    deploy(scene, other, "SUCCESS", environment="staging")
    deploy(scene, head, "SUCCESS", environment="canary")
    deploy(scene, head, "FAILURE", environment="staging")
    found = staging(scene, head)
    assert (found.at, found.source.problem) == (None, "")


@pytest.mark.parametrize(("oid", "environment"), [("b" * 40, "staging"), ("a" * 40, "canary")])
def test_a_deployment_that_was_not_asked_for_does_not_count(scene: Scene, oid: str, environment: str) -> None:
    status = {"state": "SUCCESS", "createdAt": "2026-03-02T09:00:00Z", "logUrl": None}
    node = {"commitOid": oid, "environment": environment, "statuses": {"nodes": [status]}}
    part = {"object": {"deployments": {"nodes": [node]}}}
    fault(scene, json.dumps({"data": {"elsewhere0": part}}))
    found = staging(scene, "a" * 40)
    assert (found.at, found.source.problem) == (None, "")


def test_a_commit_that_github_does_not_show_is_a_problem(scene: Scene) -> None:
    found = staging(scene, "e" * 40)
    assert found.at is None
    assert "not of the documented shape" in found.source.problem


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x.example/ <b>", "/relative"])
def test_the_address_of_a_log_that_is_no_web_page_is_left_out(scene: Scene, url: str) -> None:
    head = scene.world.commit(SHOP, "ann")
    deploy(scene, head, "SUCCESS", environment="staging", log_url=url)
    found = staging(scene, head)
    assert found.at is not None
    assert found.url is None


# Issues ------------------------------------------------------------------------------------


def test_all_open_issues_are_counted_and_the_newest_are_named(scene: Scene) -> None:
    numbers = [incident(scene, f"Outage {n}", "Incident", "p1") for n in range(5)]
    scene.world.close_issue(SHOP, incident(scene, "Over", "incident"), by="ann")
    incident(scene, "A wish", "enhancement")
    found = incidents(scene)
    assert found.count == 5
    assert [it.number for it in found.first] == numbers[:1:-1]
    assert found.first[0].title == "Outage 4"
    assert found.first[0].url.endswith(f"/acme/shop/issues/{numbers[-1]}")


def test_a_hostile_label_is_a_mere_value(scene: Scene) -> None:
    label = '"]) { id } } #\n$x 💥'
    scene.world.repos[SHOP].labels.append(label)
    assert incidents(scene, label).count == 0
    incident(scene, "Odd", label)
    assert incidents(scene, label).count == 1


def test_a_label_that_does_not_exist_is_a_problem_since_no_issue_could_have_it(scene: Scene) -> None:
    scene.world.repos[SHOP].labels.remove("incident")
    found = incidents(scene)
    assert found.source.problem == "this repository has no label incident: create it, or correct the policy"
    assert found.source.lasting


def test_a_count_that_does_not_fit_the_issues_is_a_problem(scene: Scene) -> None:
    for issues in ('{"totalCount": 1, "nodes": []}', '{"totalCount": 0, "nodes": [{"number": 1}]}'):
        scene.world.faults.clear()
        fault(scene, f'{{"data": {{"open0": {{"label": {{"name": "incident"}}, "issues": {issues}}}}}}}')
        found = incidents(scene)
        assert found.source.problem
        assert found.count == 0
