"""The process's own step and the policy document decide alike wherever both apply."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import event, given

from approval_gate.core.decision import decide
from approval_gate.core.model import Code, Member, Outcome, Rule, Thread
from approval_gate.core.policy import model as policy
from approval_gate.core.policy import schema
from approval_gate.core.policy.model import Policy
from approval_gate.core.verdict import Decision
from tests.core.language import PEOPLE, minute, talk
from tests.core.scenes import Scene, anything, law

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "approval-policy.yml"
DOCUMENT = schema.read_policy(EXAMPLE.read_bytes())
STEP = policy.flat(
    deployment_type="standard",
    approvers=["devops-team", "platform-leads", "ayo-anu"],
    alone=[],
    minimum=2,
    window=timedelta(minutes=60),
    exclude_initiator=False,
)
TEAMS = {"ann": "devops-team", "bob": "devops-team", "cy": "platform-leads", "dee": "platform-leads"}
OWNER = "eli"  # stands for ayo-anu


def role_of(made: Policy, member_of: str) -> str:
    """Return the role that a team or a person has in a policy."""
    return next(role.name for role in made.roles if member_of in role.members)


def rule(made: Policy) -> Rule:
    return replace(policy.rule(made, made.deployments[0], ()), conditions=())


def roster(made: Policy) -> list[Member]:
    people = {**TEAMS, OWNER: "ayo-anu"}
    return [Member(person=PEOPLE[login], roles=(role_of(made, group),)) for login, group in people.items()]


def under(made: Policy, thread: Thread, now: float = 59) -> Decision:
    return decide(rule(made), roster(made), thread, minute(now))


def apart_from_the_roles(decision: Decision) -> Decision:
    """Return a decision without the names of roles, which differ between the two policies."""
    parts = {
        name: tuple(replace(member, roles=()) for member in getattr(decision, name))
        for name in ("approvers", "deniers", "awaited")
    }
    return replace(decision, **parts)


@law(300)
@given(anything())
def test_the_document_and_the_step_decide_alike_whatever_the_teams_say(scene: Scene) -> None:
    # The owner stays silent: the two differ in whether an approval of the owner suffices.
    one, other = (
        decide(rule(made), [m for m in roster(made) if m.person.login != OWNER], scene.thread, scene.now)
        for made in (STEP, DOCUMENT)
    )
    event(f"outcome {one.outcome}")
    assert apart_from_the_roles(one) == apart_from_the_roles(other)


@pytest.mark.parametrize(
    ("says", "step", "by_document"),
    [
        # "Its workflow step names neither SREs nor who approves alone."
        (("1 eli: approve",), None, (Outcome.APPROVED, Code.APPROVED_ALONE)),
        (
            ("1 eli: approve", "2 ann: approve"),
            (Outcome.APPROVED, Code.QUORUM),
            (Outcome.APPROVED, Code.QUORUM),
        ),
        (("1 eli: deny - no",), (Outcome.DENIED, Code.DENIED), (Outcome.DENIED, Code.DENIED)),
    ],
)
def test_the_owner_needs_a_second_person_under_the_step_alone(
    says: tuple[str, ...],
    step: tuple[Outcome, Code] | None,
    by_document: tuple[Outcome, Code],
) -> None:
    ends = [under(made, talk(*says)) for made in (STEP, DOCUMENT)]
    assert [(end.outcome, end.code) for end in ends] == [step or (None, None), by_document]


def test_the_step_does_not_list_the_sres() -> None:
    assert [role.name for role in STEP.roles] == ["devops-team", "platform-leads", "ayo-anu"]
    with pytest.raises(StopIteration):
        role_of(STEP, "sre-team")
    assert role_of(DOCUMENT, "sre-team") == "sre"


def test_the_document_and_the_step_have_the_same_minimum_and_window() -> None:
    step, by_document = rule(STEP), rule(DOCUMENT)
    assert replace(step, alone=by_document.alone) == by_document
