"""The approval issue from its opening to its closing, apart from what people are told on it meanwhile."""

from collections.abc import Sequence
from functools import partial

from approval_gate.core.ending import Ending
from approval_gate.core.layout import row
from approval_gate.core.model import Outcome
from approval_gate.core.notices import answered
from approval_gate.core.record.canonical import sha256
from approval_gate.core.record.comments import CONTINUED
from approval_gate.core.record.model import Account, AskedIssue
from approval_gate.core.result import added
from approval_gate.core.timing import Deadline
from approval_gate.core.wording import names
from approval_gate.gate.notify import BestEffort, remind_once
from approval_gate.gate.ports import (
    ApprovalIssue,
    GitHub,
    Log,
    Messages,
    Outputs,
    Plan,
    Runtime,
    StaleIssue,
)


class IssueLifecycle:
    """Opens and closes the issue of one request, and closes the run's other open issues.

    Attributes:
        issue: None before it is open.
        asked: the issue as the record names it.
        left_open: whether an issue may be open. Set before the request that opens
            one: if the response is lost, the issue may exist.
    """

    def __init__(
        self,
        plan: Plan,
        github: GitHub,
        messages: Messages,
        outputs: Outputs,
        log: Log,
        runtime: Runtime,
        best_effort: BestEffort,
    ) -> None:
        self._plan, self._messages = plan, messages
        self._tracker, self._overdue = github.tracker, github.overdue
        self._outputs, self._log, self._runtime = outputs, log, runtime
        self._best_effort = best_effort
        self.issue: ApprovalIssue | None = None
        self.asked: AskedIssue | None = None
        self.left_open = False

    def open(self, body: str) -> ApprovalIssue:
        """Open the issue with this text, and write its address to the outputs."""
        plan = self._plan
        self.left_open = True
        with self._runtime.shielded():
            issue = self._tracker.open(plan.marker, plan.title, body, plan.labels, plan.rule.checklist)
            self.issue = issue
            self.asked = AskedIssue(
                repository=issue.repository,
                number=issue.number,
                id=issue.id,
                url=issue.url,
                title=plan.title,
                body_digest=sha256(plan.marker.body(body)),
                nonce=plan.marker.nonce,
                author=Account(id=issue.author.id, login=issue.author.login),
            )
            self._outputs.set({"issue-number": str(issue.number), "issue-url": issue.url})
        return issue

    def introduce(self, issue: ApprovalIssue) -> None:
        """Set the labels that GitHub dropped, close the run's other issues, assign the approvers.

        The owners of overdue follow-ups are reminded.
        """
        has = {label.lower() for label in issue.labels}
        dropped = [label for label in self._plan.labels if label.lower() not in has]
        if dropped:
            what = f"set the labels {', '.join(dropped)}, which GitHub dropped"
            self._best_effort.do(what, lambda: issue.add_labels(dropped))
        if self._plan.request.run_attempt > 1 or issue.may_have_duplicate:
            self._replace_stale(issue)
        asked = [member.login for member in self._plan.roster if member.may_approve]
        self._best_effort.do("assign the approvers", lambda: self._assign(issue, asked))
        self._remind_owners()

    def _remind_owners(self) -> None:
        """Tell the owners of overdue follow-ups that they are, once ever."""
        for issue, text in self._overdue:
            remind = partial(remind_once, issue, text, self._best_effort.limit())
            self._best_effort.do(f"say on {issue.url} that it is overdue", remind)

    def close(self, issue: ApprovalIssue, ending: Ending, texts: Sequence[str], until: Deadline) -> bool:
        """Close the issue, or label it if it stays open for the result; then write the closing comment.

        The texts after the first continue its record in further comments. Return whether all succeeded.
        """
        approved = ending.outcome is Outcome.APPROVED

        def close() -> None:
            erred = ending.outcome is Outcome.ERROR
            labels = issue.labels if erred else added(issue.labels, ending.outcome.value)
            issue.close(labels, completed=approved, until=until)

        if approved and self._plan.keep_open:
            error = self._best_effort.do(
                "label the issue", lambda: issue.add_labels([Outcome.APPROVED.value])
            )
        else:
            error = self._best_effort.do("close the issue", close)
        self.left_open = error is not None
        for number, text in enumerate(texts, start=1):
            name = "closing" if number == 1 else f"{CONTINUED}{number}"
            untold = self._best_effort.comment(issue, name, "write the closing comment", text, until)
            if untold is not None:
                return False
        return error is None

    def close_duplicates(self, issue: ApprovalIssue, until: Deadline) -> None:
        """Close a duplicate that GitHub's fault opened, since it may have become visible only later."""
        if issue.may_have_duplicate:
            self._replace_stale(issue, until)

    def _assign(self, issue: ApprovalIssue, asked: Sequence[str]) -> None:
        left_out = set(issue.assign(asked))
        if left_out:
            who = names(member for member in self._plan.roster if member.login in left_out)
            self._log.warn(
                f"Not assigned to the issue: {who}. GitHub assigns at most ten people, and none "
                "without access; being mentioned there suffices.",
                "not-assigned-to-the-issue",
            )

    def _replace_stale(self, issue: ApprovalIssue, until: Deadline | None = None) -> None:
        """Close the run's other open issues, except one that was decided: it can be open for its result."""
        found: list[StaleIssue] = []

        def find() -> None:
            # Only what the same account wrote is believed: anybody can write a marker.
            found.extend(
                other
                for other in self._tracker.open_issues(until or self._best_effort.limit())
                if other.number != issue.number
                and other.author_id == issue.author_id
                and issue.marker.replaces(other.marker)
            )

        self._best_effort.do("see whether more of this run is open", find)
        for other in found:
            how = (
                "a fault of GitHub's opened too"
                if other.marker == issue.marker
                else "an earlier attempt left open"
            )
            what = f"close {other.url}, which {how}, and where no answer counts"
            limit = until or self._best_effort.limit()
            self._best_effort.do(what, partial(self._replace, other, issue, how, limit))

    def _replace(self, other: StaleIssue, issue: ApprovalIssue, how: str, until: Deadline) -> None:
        if set(Outcome) & set(other.labels) and other.find_comment("closing", until) is not None:
            return  # anybody who can set labels can set an outcome's, but only its gate writes how it ended
        voters, objectors = answered(other.answers(until), self._plan.roster, self._plan.rule.vocabulary)
        duplicate = other.marker == issue.marker
        other.comment("replaced", self._messages.replaced(issue.url, voters, duplicate=duplicate), until)
        labels = [label for label in other.labels if label not in set(Outcome)]
        other.close([*labels, Outcome.CANCELLED.value], completed=False, until=until)
        self._log.say(row("replaced", f"{other.url}, which {how}"))
        if objectors:
            text = self._messages.objected(other.url, objectors)
            name, what = f"objected-{other.number}", "name those who objected before"
            self._best_effort.comment(issue, name, what, text)
