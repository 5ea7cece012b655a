"""A policy as one value, whether a document gives it or a step's inputs do.

A policy names roles and, for each type of deployment, whose approvals it
needs. Code that uses it cannot tell where it came from. The rules are the
process's (Approval Requirements, Eligible Approvers, Emergency Deployments).
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from approval_gate.core.conditions.model import Condition
from approval_gate.core.globs import matches
from approval_gate.core.model import Member, Requirement, Rule, Vocabulary
from approval_gate.core.tasks import item_name
from approval_gate.core.timing import WINDOW

EMERGENCY = "emergency"
"""The type of deployment that is presented as the process's emergency, and that has a follow-up."""

NAMES = 200
"""The most names that the roles of one type of deployment may list."""


class Exclusion(StrEnum):
    """A group of people that a policy bars from approving their own work."""

    INITIATOR = "workflow-initiator"
    COMMIT_AUTHORS = "commit-authors"
    KNOWN_AUTHORS = "known-commit-authors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role, and who holds it.

    Attributes:
        members: users, teams, paths, environments and rights, as written.
        source: where the members are written, for messages about them.
        votes: whether its members are approvers; if not, the role only marks those who are in another.
        backup_after: how long after the opening this role is called in.
    """

    name: str
    members: tuple[str, ...]
    source: str
    approves_alone: bool = False
    votes: bool = True
    backup_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """Something that a request states under one of the headings; people are shown the first."""

    name: str
    headings: tuple[str, ...]
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailValue:
    """A detail as a request gives it; the value is None if it does not."""

    heading: str
    value: str | None
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentType:
    """A type of deployment, and what it needs.

    Attributes:
        minimum: how many people must approve; None for all who can.
        approvers: the names of the roles that may vote.
        justified: the roles whose approval counts only with a note.
        remind_after: how long after the opening people who have not answered are reminded.
        waive: the names of the checklist's items that it leaves out.
        emergency: whether it is presented as the process's emergency deployment.
    """

    name: str
    minimum: int | None
    window: timedelta
    approvers: tuple[str, ...]
    require: tuple[Requirement, ...] = ()
    justified: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()
    remind_after: timedelta | None = None
    waive: tuple[str, ...] = ()
    emergency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of the checklist: one line of Markdown, and what verifies it; None if people tick it."""

    text: str
    condition: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A section of the checklist: a heading and its items."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """The issue that a report opens after an emergency.

    Attributes:
        hours: how long after its opening it is due.
        template: the path of its text on the default branch; None for the built-in text.
    """

    hours: int
    title: str
    template: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who may approve what.

    Attributes:
        refs: patterns of the refs that may be deployed; empty for any ref.
        checklist: its sections; None for the process's own checklist.
        follow_up: the issue that is opened after an emergency.
        block_on_overdue: the types that are refused while a follow-up is overdue.
    """

    roles: tuple[Role, ...]
    deployments: tuple[DeploymentType, ...]
    refs: tuple[str, ...] = ()
    exclude: tuple[Exclusion, ...] = ()
    checklist: tuple[Group, ...] | None = None
    follow_up: FollowUp | None = None
    block_on_overdue: tuple[str, ...] = ()

    @property
    def excludes_authors(self) -> bool:
        """Whether people who wrote or committed what is deployed are barred from approving it."""
        return not {Exclusion.COMMIT_AUTHORS, Exclusion.KNOWN_AUTHORS}.isdisjoint(self.exclude)

    def deployment(self, name: str) -> DeploymentType | None:
        """Return the type with this name, or None."""
        return next((found for found in self.deployments if found.name == name), None)

    def follow_up_of(self, name: str) -> FollowUp | None:
        """Return the follow-up of a deployment of the type with this name (process, Post-deployment)."""
        found = self.deployment(name)
        return self.follow_up if found is not None and found.emergency else None

    def voting(self, deployment_type: DeploymentType) -> tuple[Role, ...]:
        """Return the roles that vote on a type of deployment, in the type's order."""
        by_name = {role.name: role for role in self.roles}
        return tuple(by_name[name] for name in deployment_type.approvers)

    def allows(self, ref: str) -> bool:
        """Return whether a ref (``refs/tags/v1.2.3``) may be deployed.

        A pattern without a leading ``refs/`` matches a branch or a tag.
        """
        return not self.refs or any(_allows(pattern, ref) for pattern in self.refs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """When, after the opening, to mention a backup role, or (None) everyone who has not answered."""

    after: timedelta
    role: str | None


def reminders(policy: Policy, deployment_type: DeploymentType) -> tuple[Reminder, ...]:
    """Return the reminders of a type of deployment, the earliest first."""
    backups = [
        Reminder(after=role.backup_after, role=role.name)
        for role in policy.voting(deployment_type)
        if role.backup_after is not None
    ]
    remind_after = deployment_type.remind_after
    everyone = [] if remind_after is None else [Reminder(after=remind_after, role=None)]
    return tuple(sorted((*everyone, *backups), key=lambda reminder: reminder.after))


def checklist(policy: Policy, deployment_type: DeploymentType) -> tuple[Group, ...]:
    """Return a policy's checklist without the items that a type of deployment waives."""
    without = set(waived(policy, deployment_type))
    left = (
        replace(group, items=tuple(item for item in group.items if item not in without))
        for group in policy.checklist or ()
    )
    return tuple(group for group in left if group.items)


def waived(policy: Policy, deployment_type: DeploymentType) -> tuple[Item, ...]:
    """Return the items that a type of deployment waives, in the checklist's order."""
    items = (item for group in policy.checklist or () for item in group.items)
    return tuple(item for item in items if item_name(item.text) in deployment_type.waive)


def digest(document: str) -> str:
    """Return the document's digest: ``sha256:<hex>`` of its bytes."""
    return "sha256:" + hashlib.sha256(document.encode()).hexdigest()


def short(digest: str) -> str:
    """Return the first 12 digits of a digest, for people to compare."""
    return digest.removeprefix("sha256:")[:12]


def rule(
    policy: Policy,
    deployment_type: DeploymentType,
    roster: Iterable[Member],
    *,
    vocabulary: Vocabulary = Vocabulary(),  # noqa: B008 - frozen
    denial_needs_reason: bool = True,
    closing_denies: bool = False,
    email_votes: bool = True,
) -> Rule:
    """Return the rule by which these people approve a deployment of this type."""
    able = sum(member.may_approve for member in roster)
    return Rule(
        minimum=max(1, able) if deployment_type.minimum is None else deployment_type.minimum,
        window=deployment_type.window,
        alone=tuple(role.name for role in policy.voting(deployment_type) if role.approves_alone),
        require=deployment_type.require,
        justified=deployment_type.justified,
        vocabulary=vocabulary,
        denial_needs_reason=denial_needs_reason,
        closing_denies=closing_denies,
        email_votes=email_votes,
        conditions=tuple(
            item.condition
            for group in checklist(policy, deployment_type)
            for item in group.items
            if item.condition is not None
        ),
    )


def flat(
    *,
    deployment_type: str,
    approvers: Sequence[str],
    alone: Sequence[str],
    minimum: int | None,
    window: timedelta | None,
    exclude_initiator: bool,
) -> Policy:
    """Make a policy of a step's inputs: each name is a role, and there is one type of deployment.

    The default window is the process's (Approval Timeout). Halfway through it, people are reminded.
    """
    lasts = WINDOW if window is None else window
    roles = [
        *(
            Role(name=name, members=(name,), source="approvers", approves_alone=name in alone)
            for name in approvers
        ),
        *(
            Role(name=name, members=(name,), source="approve-alone", approves_alone=True, votes=False)
            for name in alone
            if name not in approvers
        ),
    ]
    only = DeploymentType(
        name=deployment_type,
        minimum=minimum,
        window=lasts,
        approvers=tuple(role.name for role in roles),
        remind_after=lasts / 2,
    )
    return Policy(
        roles=tuple(roles),
        deployments=(only,),
        exclude=(Exclusion.INITIATOR,) if exclude_initiator else (),
    )


def is_path(text: str) -> bool:
    """Whether a text can be a file's path from the repository's top."""
    return bool(text.strip()) and text.isprintable() and ".." not in text.split("/")


def alike(heading: str) -> str:
    """Return a heading for comparison: ``Root Cause``, ``root-cause`` and ``ROOT_CAUSE`` are the same."""
    return re.sub(r"[-_\s]+", " ", heading).strip().casefold()


def _allows(pattern: str, ref: str) -> bool:
    places = ("",) if pattern.startswith("refs/") else ("refs/heads/", "refs/tags/")
    return any(matches(place + pattern, ref) for place in places)
