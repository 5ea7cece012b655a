"""Who may approve what, as one value, whether a document says it or a step's inputs do.

A policy names roles and, for each type of deployment, whose approvals it
takes. Nothing behind it knows where it came from. Its rules are the process's
(Approval Requirements, Eligible Approvers, Emergency Deployments).
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from approval_gate.core.model import Member, Requirement, Rule, Vocabulary

WINDOW = timedelta(minutes=60)
"""How long people have, where nothing else is said (process, Approval Timeout)."""

NAMES = 200
"""The most names that the roles of one type of deployment may hold."""


class Exclusion(StrEnum):
    """Whom a policy keeps from approving what they had a hand in."""

    INITIATOR = "workflow-initiator"
    AUTHORS = "commit-authors"
    KNOWN_AUTHORS = "known-commit-authors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """As what somebody may vote.

    Attributes:
        name: what the policy calls it.
        members: users, teams and ``codeowners:`` entries, as they are written.
        source: where they are written, for the message that finds one wrong.
        approves_alone: one approval of this role suffices.
        votes: whether who has this role may vote for that; if not, it marks
            who votes in another.
        backup_after: how long after the opening this role is called in; None
            if it is not a backup.
    """

    name: str
    members: tuple[str, ...]
    source: str
    approves_alone: bool = False
    votes: bool = True
    backup_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What the request must or may say, such as the incident's number.

    Attributes:
        name: what the policy calls it.
        headings: the headings under which it may be given, the first being
            the one that people are shown.
        required: whether nothing is opened without it.
    """

    name: str
    headings: tuple[str, ...]
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailValue:
    """A detail and what the request says of it; None if nothing."""

    heading: str
    value: str | None
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentType:
    """A type of deployment: what it takes.

    Attributes:
        name: what ``deployment-type`` calls it.
        minimum: how many must approve; None for everybody who may.
        window: how long they have.
        approvers: the names of the roles that may vote.
        require: the roles whose approvals must be among them.
        justified: the roles whose approval counts only with a note.
        details: what the request must or may say.
        remind_after: when those who have not answered are mentioned again.
        emergency: whether it is shown as the process's emergency.
    """

    name: str
    minimum: int | None
    window: timedelta
    approvers: tuple[str, ...]
    require: tuple[Requirement, ...] = ()
    justified: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()
    remind_after: timedelta | None = None
    emergency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A part of the checklist: a heading and its items, each Markdown on one line."""

    title: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who may approve what.

    Attributes:
        roles: every role, in the policy's order.
        deployments: every type of deployment.
        refs: which refs may be deployed, as patterns; empty for any.
        exclude: whom it bars.
        checklist: its groups; None for the process's own list.
    """

    roles: tuple[Role, ...]
    deployments: tuple[DeploymentType, ...]
    refs: tuple[str, ...] = ()
    exclude: tuple[Exclusion, ...] = ()
    checklist: tuple[Group, ...] | None = None

    @property
    def excludes_authors(self) -> bool:
        """Whether those may not approve who wrote or committed what is deployed."""
        return not {Exclusion.AUTHORS, Exclusion.KNOWN_AUTHORS}.isdisjoint(self.exclude)

    def deployment(self, name: str) -> DeploymentType | None:
        """Return the type of that name, if there is one."""
        return next((kind for kind in self.deployments if kind.name == name), None)

    def voting(self, kind: DeploymentType) -> tuple[Role, ...]:
        """Return the roles that vote on a type of deployment, in the type's order."""
        by_name = {role.name: role for role in self.roles}
        return tuple(by_name[name] for name in kind.approvers)

    def allows(self, ref: str) -> bool:
        """Tell whether a ref (``refs/tags/v1.2.3``) may be deployed.

        A pattern without ``refs/`` in front names a branch or a tag. ``*``
        stands for anything but a slash and ``**`` for anything, as in GitHub's
        own (https://docs.github.com/en/actions/managing-workflow-runs-and-deployments/managing-deployments/managing-environments-for-deployment#deployment-branches-and-tags).
        """
        return not self.refs or any(_matches(pattern, ref) for pattern in self.refs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """When people are called once more.

    Attributes:
        after: how long after the opening.
        role: the backup that is called in; None for all who have not answered.
    """

    after: timedelta
    role: str | None


def reminders(policy: Policy, kind: DeploymentType) -> tuple[Reminder, ...]:
    """Return when people are called once more, the earliest first."""
    backups = [
        Reminder(after=role.backup_after, role=role.name)
        for role in policy.voting(kind)
        if role.backup_after is not None
    ]
    reminder = [] if kind.remind_after is None else [Reminder(after=kind.remind_after, role=None)]
    return tuple(sorted((*reminder, *backups), key=lambda call: call.after))


def digest(document: str) -> str:
    """Return what a document is told by: ``sha256:<hex>`` of its bytes."""
    return "sha256:" + hashlib.sha256(document.encode()).hexdigest()


def short(digest: str) -> str:
    """Return as much of a digest as tells two documents apart for people."""
    return digest.removeprefix("sha256:")[:12]


def rule(
    policy: Policy,
    kind: DeploymentType,
    roster: Iterable[Member],
    *,
    vocabulary: Vocabulary,
    denial_needs_reason: bool,
    closing_denies: bool,
    email_votes: bool = True,
) -> Rule:
    """Return what a deployment of this type asks of these people."""
    able = sum(member.may_approve for member in roster)
    return Rule(
        minimum=max(1, able) if kind.minimum is None else kind.minimum,
        window=kind.window,
        alone=tuple(role.name for role in policy.voting(kind) if role.approves_alone),
        require=kind.require,
        justified=kind.justified,
        vocabulary=vocabulary,
        denial_needs_reason=denial_needs_reason,
        closing_denies=closing_denies,
        email_votes=email_votes,
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
    """Compile a step's inputs: each name is a role, and there is one type of deployment.

    Without a window it is the process's own (Approval Timeout).
    """
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
    kind = DeploymentType(
        name=deployment_type,
        minimum=minimum,
        window=WINDOW if window is None else window,
        approvers=tuple(role.name for role in roles),
    )
    return Policy(
        roles=tuple(roles),
        deployments=(kind,),
        exclude=(Exclusion.INITIATOR,) if exclude_initiator else (),
    )


def alike(heading: str) -> str:
    """Return a heading as it is compared: ``Root Cause``, ``root-cause`` and ``ROOT_CAUSE`` are one."""
    return re.sub(r"[-_\s]+", " ", heading).strip().casefold()


def _matches(pattern: str, ref: str) -> bool:
    if not pattern.startswith("refs/"):
        return _matches(f"refs/heads/{pattern}", ref) or _matches(f"refs/tags/{pattern}", ref)
    parts = re.split(r"(\*\*|\*|\?)", pattern)
    wild = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return (
        re.fullmatch("".join(wild.get(part, re.escape(part)) for part in parts), ref, re.DOTALL) is not None
    )
