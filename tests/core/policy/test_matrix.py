"""The process's Approval Authority Matrix, cell by cell, on the example policy.

There is one row for each role and one column for each type of deployment, as in
the process's own table; a cell says what one answer of that role does, without
and with a justification.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from approval_gate.core import quorum
from approval_gate.core.decision import decide
from approval_gate.core.model import Code, Member, Outcome, Person, Rule
from approval_gate.core.policy import model as policy
from approval_gate.core.policy import schema
from approval_gate.core.verdict import Decision, VoteStatus
from tests.core.language import PEOPLE, minute, talk

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "approval-policy.yml"
POLICY = schema.read_policy(EXAMPLE.read_bytes())

# ✅ decides, with others · alone: suffices by itself · ○ counts, but cannot decide · ✗ does not count
# stops: the deployment is denied · holds: nothing is approved until the reason is given, or it is denied
MATRIX = """
| Role           | Type      | approve | with a note | deny  | with a reason |
|----------------|-----------|---------|-------------|-------|---------------|
| platform-owner | standard  | alone   | alone       | holds | stops         |
| platform-owner | hotfix    | alone   | alone       | holds | stops         |
| platform-owner | emergency | alone   | alone       | holds | stops         |
| devops         | standard  | ✅      | ✅          | holds | stops         |
| devops         | hotfix    | ✅      | ✅          | holds | stops         |
| devops         | emergency | ○       | ○           | holds | stops         |
| platform-lead  | standard  | ✅      | ✅          | holds | stops         |
| platform-lead  | hotfix    | ✅      | ✅          | holds | stops         |
| platform-lead  | emergency | alone   | alone       | holds | stops         |
| sre            | standard  | ✅      | ✅          | holds | stops         |
| sre            | hotfix    | ✅      | ✅          | holds | stops         |
| sre            | emergency | ✗       | ○           | holds | stops         |
"""
WORDS = ("approve", "approve - the shop is down", "deny", "deny - not tested")
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in MATRIX.split("\n")[3:-1]]
CELLS = [
    (role, kind, word, cell) for role, kind, *cells in ROWS for word, cell in zip(WORDS, cells, strict=True)
]
APPROVALS = [row for row in CELLS if row[2].startswith("approve")]
DENIALS = [row for row in CELLS if row[2].startswith("deny")]
ROLES = [role.name for role in POLICY.roles]
TYPES = [kind.name for kind in POLICY.deployments]


def roster() -> tuple[Member, ...]:
    """Return ann to dee, one for each role, and eli in the same role as ann."""
    people = [PEOPLE[login] for login in ("ann", "bob", "cy", "dee")]
    return tuple(Member(person=person, roles=(role,)) for person, role in zip(people, ROLES, strict=True))


def of(role: str) -> Person:
    """Return the person of a role."""
    return next(member.person for member in roster() if member.roles == (role,))


def rule(kind: str) -> Rule:
    meant = POLICY.deployment(kind)
    assert meant is not None
    return replace(policy.rule(POLICY, meant, roster()), conditions=())


def after(kind: str, *says: str) -> Decision:
    return decide(rule(kind), roster(), talk(*(f"{n} {line}" for n, line in enumerate(says, 1))), minute(20))


def test_the_table_has_every_role_and_every_type() -> None:
    assert {(role, kind) for role, kind, *_ in ROWS} == {(role, kind) for role in ROLES for kind in TYPES}
    assert len(ROWS) == len(ROLES) * len(TYPES)


@pytest.mark.parametrize(("role", "kind", "word", "cell"), APPROVALS)
def test_what_one_approval_of_each_role_does(role: str, kind: str, word: str, cell: str) -> None:
    alone = after(kind, f"{of(role).login}: {word}")
    (vote,) = alone.votes
    assert (alone.outcome is Outcome.APPROVED) is (cell == "alone")
    assert vote.status is {"○": VoteStatus.INDECISIVE, "✗": VoteStatus.UNJUSTIFIED}.get(
        cell, VoteStatus.COUNTS
    )
    assert bool(alone.approvers) is (cell != "✗")


@pytest.mark.parametrize(("role", "kind", "word", "cell"), [row for row in APPROVALS if row[3] != "alone"])
def test_what_a_second_approval_does(role: str, kind: str, word: str, cell: str) -> None:
    other = next(name for name in ("devops", "sre") if name != role)
    both = after(kind, f"{of(other).login}: approve - the shop is down", f"{of(role).login}: {word}")
    assert (both.outcome is Outcome.APPROVED) is (cell == "✅")


@pytest.mark.parametrize(("role", "kind", "word", "cell"), DENIALS)
def test_a_denial_stops_what_everybody_else_approves(role: str, kind: str, word: str, cell: str) -> None:
    others = [member.person.login for member in roster() if member.roles != (role,)]
    said = after(kind, *(f"{login}: approve - fine" for login in others), f"{of(role).login}: {word}")
    ends = {"stops": (Outcome.DENIED, Code.DENIED), "holds": (None, None)}[cell]
    assert (said.outcome, said.code) == ends
    assert [member.person for member in said.deniers] == [of(role)]
    assert said.votes[-1].status is (VoteStatus.NEEDS_REASON if cell == "holds" else VoteStatus.COUNTS)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("role", ROLES)
def test_the_roles_that_approve_alone_are_the_process_s(role: str, kind: str) -> None:
    (member,) = (member for member in roster() if member.roles == (role,))
    assert quorum.alone(rule(kind), member) is (role == "platform-owner")


@pytest.mark.parametrize(
    ("kind", "minutes", "minimum"), [("standard", 60, 2), ("hotfix", 60, 2), ("emergency", 30, 1)]
)
def test_each_type_has_the_process_s_minimum_and_window(kind: str, minutes: int, minimum: int) -> None:
    assert (rule(kind).window, rule(kind).minimum) == (timedelta(minutes=minutes), minimum)


def test_an_emergency_says_whose_approval_it_needs() -> None:
    said = after("emergency", f"{of('devops').login}: approve")
    owner, lead = of("platform-owner").login, of("platform-lead").login
    assert said.reason == (
        f"0 of 1 approval, needs 1 from {owner} or {lead} as platform-lead or platform-owner."
    )
