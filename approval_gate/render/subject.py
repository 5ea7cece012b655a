"""What the texts of one request are about."""

from dataclasses import dataclass

from approval_gate.core.artifacts import Artifact
from approval_gate.core.conditions.model import Assessment
from approval_gate.core.facts import NO_FACTS, Facts
from approval_gate.core.follow_up import FollowUpIssue
from approval_gate.core.model import Member, Request, Rule
from approval_gate.core.policy.model import DeploymentType, DetailValue


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyContext:
    """What a policy document says of this deployment, in addition to its rule.

    Attributes:
        path: where the document is in the deploying repository.
        waived: the checklist's items that this type leaves out, each one line of Markdown.
        bars_authors: whether the authors of what is new cannot approve it.
    """

    deployment_type: DeploymentType
    path: str
    digest: str
    details: tuple[DetailValue, ...]
    waived: tuple[str, ...] = ()
    bars_authors: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the issue's body is about.

    Attributes:
        issue_body: the workflow author's own Markdown, placed above the checklist.
        checklist: Markdown of the list; empty if there is none, or only the one in the body.
        initiators_known: whether everyone is known who is ineligible for having asked.
        terms: None without a policy document.
        facts: what GitHub said when the request was opened.
        assessments: what those facts say to each condition of the rule.
        artifacts: what is deployed, as far as the workflow names it.
        overdue: the follow-ups that are past their time.
    """

    request: Request
    rule: Rule
    roster: tuple[Member, ...]
    issue_body: str
    checklist: str
    initiators_known: bool = True
    terms: PolicyContext | None = None
    facts: Facts = NO_FACTS
    assessments: tuple[Assessment, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    overdue: tuple[FollowUpIssue, ...] = ()
