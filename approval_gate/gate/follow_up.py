"""The follow-up that the policy asks for after an emergency: one issue for each run, opened by its report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from approval_gate.core.approval import Approval, PolicyRead
from approval_gate.core.follow_up import FollowUpIssue, title
from approval_gate.core.layout import row
from approval_gate.core.marker import FollowUpMarker
from approval_gate.core.policy.model import EMERGENCY, FollowUp
from approval_gate.errors import GitHubError
from approval_gate.gate.past_issue import PastIssue
from approval_gate.gate.ports import Log

ENTRY = "the-follow-up-is-not-as-the-policy-says"


class FollowUps(Protocol):
    """The follow-ups of the repository of the approval issue. Every call may raise a GitHubError."""

    def of_run(self, run_id: int) -> FollowUpIssue | None: ...
    def open(
        self, marker: FollowUpMarker, title: Callable[[datetime], str], body: str, owner: str
    ) -> FollowUpIssue: ...
    def make_sub_issue(self, number: int, follow_up: FollowUpIssue) -> GitHubError | None: ...


class Files(Protocol):
    """The files of the repository that deploys. Every call may raise a GitHubError."""

    def policy(self, read: PolicyRead) -> tuple[FollowUp | None, str]:
        """Return what a policy asks for after a deployment of this type, and a note for the log.

        Raises:
            PolicyError: the document is gone, or is not a policy.
        """

    def template(self, path: str) -> tuple[str | None, str]:
        """Return a file's text, or what is there instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """Opens follow-ups.

    Attributes:
        text: writes a follow-up's text, given approval, policy, issue and template.
    """

    follow_ups: FollowUps
    files: Files
    text: Callable[[Approval, FollowUp, PastIssue, str | None], str]
    log: Log

    def open(self, issue: PastIssue, approval: Approval) -> FollowUpIssue | None:
        """Open the follow-up that the policy asks for, unless the run has one; None if it asks for none.

        Raises:
            PolicyError: what the policy asks for cannot be read.
            GitHubError: GitHub refused, or has a fault.
        """
        read = approval.policy
        if read is None or read.kind != EMERGENCY:
            return None
        found = self.follow_ups.of_run(issue.marker.run_id)
        if found is not None:
            return found
        rule, note = self.files.policy(read)
        if rule is None:
            return None
        marker = issue.marker
        opened = self.follow_ups.open(
            FollowUpMarker(
                run_id=marker.run_id, run_attempt=marker.run_attempt, nonce=marker.nonce, hours=rule.hours
            ),
            lambda now: title(rule.title, approval.version or issue.url, now + timedelta(hours=rule.hours)),
            self.text(approval, rule, issue, self._template(rule)),
            "" if approval.actor.endswith("[bot]") else approval.actor,
        )
        self.log.say(row("follow-up", opened.url))
        if note:
            self.log.say(row("", note))
        refusal = self.follow_ups.make_sub_issue(issue.number, opened)
        if refusal is not None:
            self.log.say(row("", f"not a sub-issue of the approval issue, only linked: {refusal.problem}"))
        return opened

    def _template(self, rule: FollowUp) -> str | None:
        """Return the text of the policy's template; of one that cannot be read, None and a warning."""
        if rule.template is None:
            return None
        try:
            text, instead = self.files.template(rule.template)
        except GitHubError as error:
            text, instead = None, f"could not be read: {error.line}"
        if text is None:
            instead = instead.rstrip(".")
            self.log.warn(f"The template {rule.template} {instead}. The built-in text is used.", ENTRY)
        return text
