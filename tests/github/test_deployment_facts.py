"""All facts about a deployment: in few requests, and without an error whatever GitHub answers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approval_gate.core.conditions.assess import assess
from approval_gate.core.conditions.model import Condition, RequiredDeployment, RequiredJob, State
from approval_gate.core.conditions.needs import Needs, needs
from approval_gate.core.conditions.sources import lacking_anywhere
from approval_gate.core.facts import Change, Facts, OwnJob, StatedDetail
from approval_gate.core.timing import RETRY_LIMIT, Deadline
from approval_gate.github.deployment_facts import read_again, read_facts
from tests.github.scene import SHOP, Scene
from tests.github.test_jobs import REQUEST, RUN

PERMISSIONS = ("actions", "contents", "deployments", "issues", "pull_requests")
CONDITIONS = (
    Condition(item="Tests", jobs=(RequiredJob(name="Build", steps=("Unit tests",)),)),
    Condition(item="Quiet", no_open_issues=("incident",)),
    Condition(item="Staging", deployed_to=RequiredDeployment(environment="staging")),
    Condition(item="Reviewed", reviews=True),
    Condition(item="Documented", changed=("docs/**",)),
)
EVERYTHING = needs(CONDITIONS)


@pytest.fixture(autouse=True)
def _granted(scene: Scene) -> None:
    scene.world.tokens["app"].permissions = dict.fromkeys(PERMISSIONS, "read")


class Deployment:
    """A merged pull request with a review and documents, whose job passed and that is in staging already."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        world = scene.world
        world.run(SHOP, RUN, ["dee"])
        self.old = world.commit(SHOP, "ann")
        world.deploy(SHOP, "production", self.old, "SUCCESS")
        own = [world.commit(SHOP, "bob", parents=[self.old], files=["docs/a.md"])]
        request = world.pull_request(SHOP, "bob", own)
        world.review(request, "ann")
        head = world.merge(SHOP, request, "ann", self.old)
        world.deploy(SHOP, "staging", head, "SUCCESS")
        world.job(SHOP, RUN, "Build", steps=[("Unit tests", "success")])
        self.own = OwnJob(id=world.job(SHOP, RUN, "gate", None).id)
        self.request = replace(REQUEST, sha=head)
        self.client = scene.client(retry_limit=5)
        self.client.get("/meta")  # tells the time

    def read(self, wanted: Needs = EVERYTHING, change: Change | None = None) -> Facts:
        return read_facts(self.client, self.scene.shop(), self.request, wanted, self.own, change=change)

    def again(self, facts: Facts, wanted: Needs = EVERYTHING) -> Facts:
        shop = self.scene.shop()
        return read_again(self.client, facts, shop, self.request, wanted, self.own)

    def cost(self, call: Callable[[], object]) -> int:
        """Return how many requests a call makes."""
        before = len(self.scene.world.requests)
        call()
        return len(self.scene.world.requests) - before

    def states(self, facts: Facts) -> list[State]:
        now = self.scene.machine.time()
        return [assess(it, facts, now, now + timedelta(hours=1)).state for it in CONDITIONS]


@pytest.fixture
def deployment(scene: Scene) -> Deployment:
    return Deployment(scene)


def test_all_facts_of_a_deployment_are_read(deployment: Deployment) -> None:
    facts = deployment.read()
    assert facts.jobs is not None
    assert [it.name for it in facts.jobs.listed] == ["Build"]
    assert [(it.label, it.count) for it in facts.issues] == [("incident", 0)]
    assert [(it.environment, it.at is not None) for it in facts.deployed] == [("staging", True)]
    assert facts.change is not None
    assert (facts.change.since, facts.change.commits) == (deployment.old, 2)
    assert deployment.states(facts) == [State.PASSED] * 5


def test_all_facts_of_a_usual_change_take_five_requests_and_half_a_second_more_at_100_ms(
    deployment: Deployment,
) -> None:
    assert deployment.cost(deployment.read) == 5


def test_without_a_document_the_change_and_the_jobs_are_read_all_the_same(deployment: Deployment) -> None:
    found: list[Facts] = []
    assert deployment.cost(lambda: found.append(deployment.read(Needs()))) == 5
    assert found[0].change is not None
    assert found[0].jobs is not None


def test_without_an_environment_there_is_no_change(deployment: Deployment) -> None:
    deployment.request = replace(deployment.request, environment=None)
    facts = deployment.read(Needs())
    assert facts.change is None
    assert deployment.again(facts, needs(CONDITIONS)).change is None


def test_a_change_that_was_read_already_is_not_read_again(deployment: Deployment) -> None:
    known = deployment.read().change
    assert deployment.cost(lambda: deployment.read(Needs(), known)) == 1
    assert deployment.read(Needs(), known).change is known


def test_what_conditions_use_is_read_again_in_three_requests(deployment: Deployment) -> None:
    facts = replace(deployment.read(), details=(StatedDetail(name="a", heading="A", value="1"),))
    deployment.scene.machine.seconds += 60
    deployment.scene.world.open_issue(SHOP, "ann", "Checkout is down", "").labels.append("incident")
    found: list[Facts] = []
    assert deployment.cost(lambda: found.append(deployment.again(facts))) == 3
    assert found[0].details == facts.details
    assert deployment.states(found[0]) == [State.PASSED, State.FAILED, *[State.PASSED] * 3]
    assert found[0].issues[0].source.at > facts.issues[0].source.at


def test_nothing_is_read_again_if_no_condition_uses_it(deployment: Deployment) -> None:
    facts = deployment.read(Needs())
    assert deployment.cost(lambda: deployment.again(facts, Needs())) == 0


@pytest.mark.parametrize("status", [403, 404, 422, 500, 502])
def test_whatever_github_answers_nothing_is_raised_and_nothing_passes(
    deployment: Deployment, status: int
) -> None:
    good = deployment.read()
    deployment.scene.fault("/", method="", status=status, times=None)
    for facts in (deployment.read(), deployment.again(good)):
        assert State.PASSED not in deployment.states(facts)[:4]
    assert State.PASSED not in deployment.states(deployment.read())


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", '{"data": {}}', '{"total_count": "x"}', "\x00"])
def test_what_is_not_of_the_documented_shape_passes_nothing(deployment: Deployment, body: str) -> None:
    good = deployment.read()
    deployment.scene.fault("/", method="", status=200, body=body, times=None)
    for facts in (deployment.read(), deployment.again(good)):
        assert State.PASSED not in deployment.states(facts)[:4]
    assert State.PASSED not in deployment.states(deployment.read())


@pytest.mark.parametrize("kind", ["reset", "truncate"])
def test_a_broken_connection_passes_nothing(deployment: Deployment, kind: Any) -> None:
    good = deployment.read()
    deployment.scene.fault("/", method="", kind=kind, times=None)
    assert State.PASSED not in deployment.states(deployment.again(good))[:4]


def test_an_outage_delays_the_facts_no_longer_than_the_deadline(deployment: Deployment) -> None:
    client = deployment.client.limited(RETRY_LIMIT)
    deployment.client = client.until(Deadline.after(client.monotonic, 10))
    began = deployment.scene.machine.seconds
    deployment.scene.fault("/", method="", status=502, times=None)
    deployment.read()
    assert deployment.scene.machine.seconds - began <= 10


def test_what_the_conditions_do_not_use_stays_as_it_was(deployment: Deployment) -> None:
    facts = deployment.read()
    only = needs([CONDITIONS[1]])
    deployment.scene.machine.seconds += 60
    found: list[Facts] = []
    assert deployment.cost(lambda: found.append(deployment.again(facts, only))) == 1
    assert replace(found[0], issues=facts.issues) == facts
    assert found[0].issues != facts.issues


def test_a_review_that_is_given_later_is_seen(deployment: Deployment) -> None:
    reviews = deployment.scene.world.repos[SHOP].pull_requests[1].reviews
    (given,) = reviews
    reviews.clear()
    facts = deployment.read()
    assert deployment.states(facts)[3] is State.FAILED
    reviews.append(given)
    assert deployment.states(deployment.again(facts))[3] is State.PASSED


def test_files_that_could_not_be_read_are_read_again_and_others_are_not(deployment: Deployment) -> None:
    only = needs([CONDITIONS[4]])
    assert deployment.cost(lambda: deployment.again(deployment.read(only), only)) == 5
    deployment.scene.fault(f"/repos/{SHOP}/compare", status=500, times=None)
    facts = deployment.read(only)
    deployment.scene.world.faults.clear()
    assert deployment.states(facts)[4] is State.UNKNOWN
    assert deployment.states(deployment.again(facts, only))[4] is State.PASSED


def test_a_fault_that_passes_leaves_no_trace(deployment: Deployment) -> None:
    good = deployment.read()
    deployment.scene.fault("/", method="", status=502, times=1)
    assert deployment.states(deployment.again(good)) == [State.PASSED] * 5


def test_what_a_token_may_not_see_costs_two_requests_if_nothing_depends_on_it(deployment: Deployment) -> None:
    deployment.scene.world.tokens["app"].permissions = {"issues": "write"}
    found: list[Facts] = []
    assert deployment.cost(lambda: found.append(deployment.read(Needs()))) == 2
    assert lacking_anywhere(found[0]) == ("contents: read", "deployments: read", "actions: read")


def test_the_permissions_that_the_token_lacks_are_named_each_once(deployment: Deployment) -> None:
    token = deployment.scene.world.tokens["app"]
    assert lacking_anywhere(deployment.read()) == ()
    token.permissions = {"contents": "read", "pull_requests": "read"}
    assert set(lacking_anywhere(deployment.read())) >= {"actions: read", "deployments: read", "issues: read"}
    assert len(lacking_anywhere(deployment.read())) == len(set(lacking_anywhere(deployment.read())))
