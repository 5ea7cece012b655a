"""Policies, the rules they come to, and the policies of a step's inputs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from approval_gate.core.model import Requirement, Rule, Vocabulary
from approval_gate.core.policy import model as policy
from approval_gate.core.policy.model import DeploymentType, Exclusion, Policy, Reminder, Role
from tests.core.language import roster

HOUR = timedelta(minutes=60)
WORDS = Vocabulary(approve=("ship",))


def role(name: str, **how: Any) -> Role:
    return Role(name=name, members=(name,), source=f"roles.{name}.members", **how)


STANDARD = DeploymentType(name="standard", minimum=2, window=HOUR, approvers=("owner", "devops", "sre"))
EMERGENCY = DeploymentType(
    name="emergency",
    minimum=1,
    window=HOUR / 2,
    approvers=("sre", "owner"),
    require=(Requirement(any_of=("owner",), minimum=1),),
    justified=("sre",),
)
POLICY = Policy(
    roles=(
        role("owner", approves_alone=True),
        role("sre"),
        role("devops"),
        role("boss", approves_alone=True),
    ),
    deployments=(STANDARD, EMERGENCY),
)


def asked(of: Policy, kind: DeploymentType, who: str) -> Rule:
    return policy.rule(
        of,
        kind,
        roster(who),
        vocabulary=WORDS,
        denial_needs_reason=False,
        closing_denies=True,
        email_votes=False,
    )


@pytest.mark.parametrize(
    ("name", "kind"), [("standard", STANDARD), ("emergency", EMERGENCY), ("Standard", None), ("", None)]
)
def test_a_type_of_deployment_is_found_by_its_name(name: str, kind: DeploymentType | None) -> None:
    assert POLICY.deployment(name) == kind


def test_the_voting_roles_are_the_types_own_in_its_order() -> None:
    assert [role.name for role in POLICY.voting(STANDARD)] == ["owner", "devops", "sre"]
    assert [role.name for role in POLICY.voting(EMERGENCY)] == ["sre", "owner"]


def test_a_types_rule_has_all_of_the_type_and_the_roles_that_approve_alone() -> None:
    assert asked(POLICY, EMERGENCY, "ann:sre") == Rule(
        minimum=1,
        window=HOUR / 2,
        alone=("owner",),
        require=(Requirement(any_of=("owner",), minimum=1),),
        justified=("sre",),
        vocabulary=WORDS,
        denial_needs_reason=False,
        closing_denies=True,
        email_votes=False,
    )


@pytest.mark.parametrize(
    ("who", "minimum"), [("ann bob cy", 3), ("ann bob(initiator)", 1), ("ann(left)", 1), ("", 1)]
)
def test_without_a_minimum_everybody_who_can_must_approve(who: str, minimum: int) -> None:
    everybody = DeploymentType(name="standard", minimum=None, window=HOUR, approvers=())
    assert asked(POLICY, everybody, who).minimum == minimum


@pytest.mark.parametrize(
    ("refs", "ref", "allowed"),
    [
        ((), "refs/heads/anything", True),
        (("main",), "refs/heads/main", True),
        (("main",), "refs/tags/main", True),
        (("main",), "refs/heads/main2", False),
        (("main",), "refs/heads/x/main", False),
        (("main", "v*"), "refs/tags/v1.2.3", True),
        (("v*",), "refs/tags/w1", False),
        (("v*",), "refs/heads/v1/x", False),
        (("v**",), "refs/heads/v1/x", True),
        (("release/?",), "refs/heads/release/1", True),
        (("release/?",), "refs/heads/release/10", False),
        (("release/?",), "refs/heads/release//", False),
        (("refs/tags/v*",), "refs/tags/v1", True),
        (("refs/tags/v*",), "refs/heads/v1", False),
        (("refs/heads/main",), "refs/tags/main", False),
        (("v1.2",), "refs/tags/v1x2", False),
        (("v[0-9]",), "refs/tags/v1", False),
        (("v[0-9]",), "refs/tags/v[0-9]", True),
        (("main",), "refs/heads/main\n", False),
        (("v**",), "refs/tags/v\n1", True),
        (("main",), "12/merge", False),
    ],
)
def test_a_ref_is_allowed_if_a_pattern_matches_all_of_it(
    refs: Sequence[str],
    ref: str,
    allowed: bool,  # noqa: FBT001 - a table's column
) -> None:
    assert Policy(roles=(), deployments=(), refs=tuple(refs)).allows(ref) is allowed


def test_reminders_are_in_order_of_time() -> None:
    late, early = (timedelta(minutes=count) for count in (40, 20))
    roles = (
        role("owner"),
        role("sre", backup_after=late),
        role("night", backup_after=early),
        role("ops", backup_after=early),
    )
    kind = DeploymentType(
        name="standard",
        minimum=1,
        window=HOUR,
        approvers=("owner", "sre", "night"),
        remind_after=timedelta(minutes=30),
    )
    assert policy.reminders(Policy(roles=roles, deployments=(kind,)), kind) == (
        Reminder(after=early, role="night"),
        Reminder(after=timedelta(minutes=30), role=None),
        Reminder(after=late, role="sre"),
    )
    assert policy.reminders(POLICY, STANDARD) == ()


class TestAStepsInputs:
    """A step's inputs make the same kind of policy as a document."""

    @staticmethod
    def flat(*approvers: str, alone: Sequence[str] = (), exclude: bool = False) -> Policy:
        return policy.flat(
            deployment_type="hotfix",
            approvers=approvers,
            alone=alone,
            minimum=2,
            window=HOUR,
            exclude_initiator=exclude,
        )

    def test_each_name_is_a_role_of_the_one_type(self) -> None:
        assert self.flat("devops-team", "ayo-anu") == Policy(
            roles=(
                Role(name="devops-team", members=("devops-team",), source="approvers"),
                Role(name="ayo-anu", members=("ayo-anu",), source="approvers"),
            ),
            deployments=(
                DeploymentType(
                    name="hotfix",
                    minimum=2,
                    window=HOUR,
                    approvers=("devops-team", "ayo-anu"),
                    remind_after=timedelta(minutes=30),
                ),
            ),
        )

    def test_a_name_that_approves_alone_is_a_role_or_marks_one(self) -> None:
        made = self.flat("devops", "ann", alone=["ann", "bob"])
        assert [(role.name, role.approves_alone, role.votes, role.source) for role in made.roles] == [
            ("devops", False, True, "approvers"),
            ("ann", True, True, "approvers"),
            ("bob", True, False, "approve-alone"),
        ]
        assert [role.members for role in made.roles] == [("devops",), ("ann",), ("bob",)]
        assert made.deployments[0].approvers == ("devops", "ann", "bob")
        assert asked(made, made.deployments[0], "").alone == ("ann", "bob")

    def test_the_initiator_is_barred_on_request(self) -> None:
        assert self.flat("ann").exclude == ()
        assert self.flat("ann", exclude=True).exclude == (Exclusion.INITIATOR,)

    def test_the_default_window_is_an_hour_and_an_inputs_own_takes_precedence(self) -> None:
        def window(given: timedelta | None) -> timedelta:
            made = policy.flat(
                deployment_type="standard",
                approvers=["ann"],
                alone=[],
                minimum=None,
                window=given,
                exclude_initiator=False,
            )
            return made.deployments[0].window

        assert window(None) == HOUR
        assert window(HOUR / 4) == HOUR / 4


def test_a_digest_is_shown_by_its_first_twelve_digits() -> None:
    assert policy.short(f"sha256:{'0123456789abcdef' * 4}") == "0123456789ab"
