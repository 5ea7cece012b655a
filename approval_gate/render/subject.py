"""What the texts of one request are about."""

from dataclasses import dataclass

from approval_gate.core.facts import Change
from approval_gate.core.follow_up import FollowUpIssue
from approval_gate.core.model import Member, Request, Rule
from approval_gate.core.policy.model import DeploymentType, DetailValue


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyContext:
    """What a policy document says of this deployment, in addition to its rule.

    Attributes:
        path: where the document is in the deploying repository.
    """

    deployment_type: DeploymentType
    path: str
    digest: str
    details: tuple[DetailValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the issue's body is about.

    Attributes:
        issue_body: the workflow author's own Markdown, placed above the checklist.
        checklist: Markdown of the list; empty if there is none, or only the one in the body.
        initiators_known: whether everyone is known who is ineligible for having asked.
        terms: None without a policy document.
        change: None if the commits were not compared.
        overdue: the follow-ups that are past their time.
    """

    request: Request
    rule: Rule
    roster: tuple[Member, ...]
    issue_body: str
    checklist: str
    initiators_known: bool = True
    terms: PolicyContext | None = None
    change: Change | None = None
    overdue: tuple[FollowUpIssue, ...] = ()
