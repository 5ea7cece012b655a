"""Before an approval is given, everything that it rests on is read again.

The people, the tag, the policy, what the verified checks rest on, and last the conversation, by reads that
are known not to be older than an edit of the gate's own.
"""

from collections.abc import Callable, Collection, Hashable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, repeat

from approval_gate.core.model import Outcome, Thread
from approval_gate.core.policy.model import short
from approval_gate.core.record import model as facts
from approval_gate.core.record.conclude import is_current, rests_on
from approval_gate.core.record.model import ConfirmedPerson, ConfirmedPolicy, ConfirmedTag
from approval_gate.core.timing import CONFIRM_AGAIN, DECISIVE, LAG, READ_PAUSES, Deadline
from approval_gate.core.verdict import Decision
from approval_gate.core.wording import names, plural
from approval_gate.errors import PolicyChangedError, TamperedError, UnsettledError
from approval_gate.gate.facts import LatestFacts
from approval_gate.gate.notify import Notifier
from approval_gate.gate.ports import ApprovalIssue, Plan, Runtime, Sources


@dataclass(frozen=True, slots=True)
class _Refuted:
    """An approval that was not confirmed: what the polls showed, when to try again, and what was read."""

    heard: Hashable
    until: Deadline
    thread: Thread


class Confirmation:
    """Confirms the approvals of one request.

    ``now`` is by GitHub's clock; ``left`` returns the seconds for which anything can still be retried.

    Attributes:
        roster: everybody on the roster, with those who have lost their rights meanwhile.
        facts: what was read again, once everything was found as people were asked about it.
    """

    def __init__(
        self,
        plan: Plan,
        sources: Sources,
        checked: LatestFacts,
        notifier: Notifier,
        runtime: Runtime,
        decide: Callable[[Thread], Decision],
        now: Callable[[], datetime],
        left: Callable[[], float],
    ) -> None:
        self._plan, self._sources, self._notifier, self._runtime = plan, sources, notifier, runtime
        self._checked = checked
        self._decide, self._now, self._left = decide, now, left
        self._refuted: _Refuted | None = None
        self._people: dict[int, ConfirmedPerson] = {}
        self.roster = plan.roster
        self.facts: facts.Confirmation | None = None

    def confirm(self, issue: ApprovalIssue, decision: Decision, thread: Thread, *, last: bool) -> Decision:
        """Read again what an approval rests on, or decide again on what was read shortly before.

        At the ``last`` poll it is always read again, since there is no later one.

        Raises:
            GitHubError: GitHub cannot be asked, or something is not what it was.
        """
        people = [member.person.id for member in self.roster if member.may_object]
        heard = _heard(thread, people)
        known = self._refuted
        if known is not None and known.heard == heard and not known.until.passed and not last:
            again = self._decide(known.thread)
            if again.outcome is not Outcome.APPROVED:
                return again
        found, read = self._ask(issue, decision, people)
        if found.outcome is not Outcome.APPROVED:
            # A comment that only one of GitHub's lists shows is in both within seconds.
            wait = 0.0 if self._decide(agreed(read)).outcome is Outcome.APPROVED else CONFIRM_AGAIN
            found = self._decide(read)
            self._refuted = _Refuted(heard, self._runtime.deadline(wait), read)
        return found

    def _ask(
        self, issue: ApprovalIssue, decision: Decision, people: Collection[int]
    ) -> tuple[Decision, Thread]:
        checked: set[int] = set()
        while True:
            unchecked = rests_on(decision) - checked
            self._recheck(unchecked)
            checked |= unchecked
            tags, policy = self._check_tags(), self._check_policy()
            # After the poll that showed the quorum, and before the conversation, so that an objection
            # that comes meanwhile is still heard.
            self._checked.confirm()
            thread = self._read(issue, decision, people)
            decision = self._decide(thread)
            approved = decision.outcome is Outcome.APPROVED
            if approved and not is_current(decision, self._checked.known):
                raise UnsettledError("The last approval came while the checks were being read.")
            if not approved or rests_on(decision) <= checked:
                who = [self._people[identity] for identity in sorted(rests_on(decision))] if approved else []
                found = facts.Confirmation(at=self._now(), people=tuple(who), tags=tags, policy=policy)
                self.facts = found if approved else None
                return decision, thread

    def _recheck(self, people: Collection[int]) -> None:
        asked = [member for member in self.roster if member.person.id in people]
        found = self._sources.recheck(asked, self._limit())
        self.roster = tuple(
            found[member.person.id].member if member.person.id in found else member for member in self.roster
        )
        for identity, now in found.items():
            self._people[identity] = ConfirmedPerson(
                id=identity,
                login=now.member.login,
                at=self._now(),
                write=now.write,
                membership=now.membership,
            )

    def _read(self, issue: ApprovalIssue, decision: Decision, people: Collection[int]) -> Thread:
        """Read the conversation as it is now, or later."""
        edited = self._notifier.write_barrier(issue, decision)
        if edited is None:
            return self._read_twice(issue, people)
        until = self._runtime.deadline(min(LAG, self._left()))
        for pause in chain(READ_PAUSES, repeat(READ_PAUSES[-1])):
            if until.passed:
                break
            with suppress(UnsettledError):
                return issue.confirm(people, edited)
            self._runtime.sleep(min(pause, until.left))
        return issue.confirm(people, edited)

    def _read_twice(self, issue: ApprovalIssue, people: Collection[int]) -> Thread:
        """Read twice, as far apart as a list can be behind, where no read can show how old it is.

        Raises:
            UnsettledError: somebody on the roster wrote something in between.
        """
        before = issue.confirm(people)
        self._runtime.sleep(LAG)
        thread = issue.confirm(people)
        if _heard(thread, people) != _heard(before, people):
            raise UnsettledError("The conversation changed while the approval was being confirmed.")
        return thread

    def _limit(self) -> Deadline:
        """Return the deadline of a read that an approval rests on."""
        return self._runtime.deadline(min(DECISIVE, self._left()))

    def _check_tags(self) -> tuple[ConfirmedTag, ...]:
        """Read again what the tags name; a name that was not a tag can have become one of the same commit."""
        found, sha = [], self._plan.request.sha
        for tag in filter(None, (*self._plan.tags, self._plan.named)):
            commit = self._sources.commit_of_tag(tag)
            if commit is None and tag == self._plan.named:
                continue
            if commit != sha:
                raise moved(tag, commit, sha)
            found.append(ConfirmedTag(name=tag, commit=sha, at=self._now()))
        return tuple(found)

    def _check_policy(self) -> ConfirmedPolicy | None:
        policy = self._plan.policy
        if policy is None:
            return None
        now = self._sources.policy_digest(policy.path, self._limit())
        if now != policy.digest:
            became = f"is {short(now)} now" if now else "is gone"
            raise PolicyChangedError(
                f"The policy {policy.path} {became}; people were asked under {short(policy.digest)}.",
                remedy="Start a new deployment; it is asked for under the new policy.",
            )
        return ConfirmedPolicy(digest=now, at=self._now())

    def sentence(self, decision: Decision) -> str:
        """Say what was confirmed."""
        votes = plural(len(decision.approvers), "vote")
        tags = "".join(f", {tag} is still {self._plan.request.sha[:7]}" for tag in self._plan.tags)
        number = len(decision.approvers)
        who = {1: names(decision.approvers), 2: "both"}.get(number, f"all {number}")
        return f"confirmed: {votes} unedited, {who} can still approve{tags}"


def agreed(thread: Thread) -> Thread:
    """Return a thread as if GitHub's lists agreed about every comment."""
    return replace(thread, comments=tuple(replace(comment, agreed=True) for comment in thread.comments))


def moved(tag: str, commit: str | None, asked: str) -> TamperedError:
    """Return the error of a tag that names another commit than people are asked about."""
    now = f"names {commit[:7]} now" if commit else "is gone"
    return TamperedError(
        f"The tag {tag} {now}; this deployment is of {asked[:7]}.",
        remedy="Start a new deployment of what the tag names.",
    )


def _heard(thread: Thread, people: Collection[int]) -> Hashable:
    """Return what a decision depends on: what the roster wrote, and what was done to the request."""
    said = tuple(it for it in thread.comments if it.author is not None and it.author.id in people)
    return said, thread.changed, thread.closing, thread.checklist_items
