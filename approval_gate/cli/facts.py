"""Reads the facts about a deployment: all of them before anybody is asked, and again what checks rest on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from approval_gate.core.conditions.model import Condition
from approval_gate.core.conditions.needs import needs
from approval_gate.core.facts import Change, Facts, OwnJob, StatedDetail
from approval_gate.core.model import Request
from approval_gate.core.timing import FACTS, Deadline
from approval_gate.github import deployment_facts
from approval_gate.github.client import Client
from approval_gate.github.repository import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class FactReader:
    """What reads the facts about one request."""

    client: Client
    repository: Repository
    request: Request
    own_job: OwnJob

    def read(
        self, conditions: Sequence[Condition], change: Change | None, details: tuple[StatedDetail, ...]
    ) -> Facts:
        """Read what people are shown and what the conditions rest on."""
        client = self.client.until(Deadline.after(self.client.monotonic, FACTS))
        found = deployment_facts.read_facts(
            client, self.repository, self.request, needs(conditions), self.own_job, change=change
        )
        return replace(found, details=details)

    def read_again(self, facts: Facts, conditions: Iterable[Condition], until: Deadline) -> Facts:
        """Read again what the conditions rest on; each request is retried until then."""
        return deployment_facts.read_again(
            self.client.until(until), facts, self.repository, self.request, needs(conditions), self.own_job
        )
