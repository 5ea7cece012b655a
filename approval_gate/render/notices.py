"""Notices that mention people: on one line who did what, and what to do next."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from approval_gate.core import quorum
from approval_gate.core.commands import Verb
from approval_gate.core.conditions.model import Assessment
from approval_gate.core.conditions.remedies import remedy
from approval_gate.core.model import Ineligibility, Member, Person, Rule
from approval_gate.core.notices import FailedChecks, Notice, OpenItems
from approval_gate.core.policy.model import Reminder
from approval_gate.core.quorum import Tally
from approval_gate.core.verdict import (
    Check,
    Decision,
    Ground,
    ItemProblem,
    NearMiss,
    Objection,
    Vote,
    VoteStatus,
)
from approval_gate.core.wording import are, at, join_some, mentions, plural
from approval_gate.render import markdown
from approval_gate.render.answers import approval
from approval_gate.render.conditions import check, waited_for
from approval_gate.render.subject import Subject
from approval_gate.render.times import span

_CHECKS = 3
"""How many checks a notice describes."""

_LIFTED = {
    VoteStatus.BEFORE_CHANGE,
    VoteStatus.EDITED,
    VoteStatus.TAMPERED,
    VoteStatus.DELETED,
    VoteStatus.HIDDEN,
    VoteStatus.LEFT,
}
"""The statuses of approvals that counted before."""


def notice_text(notice: Notice, decision: Decision, subject: Subject, issue_url: str, now: datetime) -> str:
    """Write a notice; it mentions everybody it is for."""
    who, about = ", ".join(mentions(notice.people)), notice.about
    if isinstance(about, Reminder):
        return f"{who}: {_reminder(about, notice.people, decision, subject, issue_url, now)}\n"
    if isinstance(about, OpenItems):
        items = _items(about.lacking, len(decision.checks), issue_url)
        return f"{who}, this has the approvals that it needs, but {items}\n"
    if isinstance(about, FailedChecks):
        return f"{who}, {_failed(about.blocking)}\n"
    url = f"{issue_url}#issuecomment-{about.comment_id}"
    member = next((it for it in subject.roster if it.person == notice.people[0]), None)
    if isinstance(about, NearMiss):
        return f"{who}, {_hint(about.line, member, subject.rule, url)}\n"
    if isinstance(about, Objection):
        until = at(decision.deadline, decision.opened_at)
        return f"{who}, {_objection(about, member, subject.rule, url, until)}\n"
    return f"{who}, {_vote(about, len(notice.people), decision.opened_at, url, issue_url)}\n"


def objected(logins: Sequence[str], url: str) -> str:
    """Mention people on this request who objected on an earlier one of the run."""
    who = ", ".join(f"@{login}" for login in logins)
    return (
        f"{who}, you objected on [the earlier request]({url}) that this one replaces. "
        "That holds nothing here: comment `deny - your reason` if you still object.\n"
    )


# Reminders ------------------------------------------------------------------------------


def _reminder(
    reminder: Reminder,
    people: Sequence[Person],
    decision: Decision,
    subject: Subject,
    issue_url: str,
    now: datetime,
) -> str:
    emergency = subject.terms is not None and subject.terms.deployment_type.emergency
    this = "this emergency" if emergency else "this"
    if reminder.role:
        this = f"you are the backup {'approver' if len(people) == 1 else 'approvers'}, and {this}"
    minutes = max(1, round((decision.deadline - now).total_seconds() / 60))
    left = timedelta(minutes=minutes) if minutes < 120 else timedelta(hours=round(minutes / 60))  # noqa: PLR2004
    closes = f"It closes at {at(decision.deadline, decision.opened_at)}, in {span(left)}."
    if not decision.tally.met:
        return f"{this} still needs {_missing(decision.tally)}. {closes} {_how(people, decision, subject)}"
    if decision.objections:
        return f"{this} waits for your answer. {closes} Comment `approve`, `deny - your reason` or `revoke`."
    waits = [f"It waits for {checks}."] if (checks := waited_for(decision)) else []
    if decision.lacking:
        waits.append(f"But {_items(decision.lacking, len(decision.checks), issue_url)}")
    return " ".join([f"{this} has the approvals that it needs. {closes}", *waits])


def _missing(tally: Tally) -> str:
    """Say how many approvals are missing, and from which roles: ``1 approval from lead or owner``."""
    number, counts = plural(tally.missing, "approval"), Counter(tally.vacant)
    whose = [
        f"{'' if count == tally.missing else f', {count} of them'} from {join_some(seat, 'or')}"
        for seat, count in counts.items()
    ]
    return f"{number}{''.join(whose)}"


def _how(people: Sequence[Person], decision: Decision, subject: Subject) -> str:
    """Say how to answer; where no approval of the people who are called can decide, to reach others."""
    rule, called = subject.rule, [member for member in decision.awaited if member.person in people]
    if not any(quorum.decides(rule, member.roles) for member in called):
        return "Your own approval cannot decide it, so please reach somebody whose approval can."
    noted = not any(quorum.decides(rule, quorum.acting(rule, member, None).roles) for member in called)
    return f"Comment `approve{' - your reason' if noted else ''}` or `deny - your reason`."


def _items(lacking: Sequence[Check], of: int, issue_url: str) -> str:
    """Say how many items are open, and what to do about those whose ticks do not count."""
    number = len(lacking)
    text = (
        f"{number} of {plural(of, 'checklist item')} {are(number)} still open. "
        f"Tick them in [the request]({issue_url}) as you check them."
    )
    if any(check.problem in {ItemProblem.STRANGER, ItemProblem.UNKNOWN} for check in lacking):
        text += " A tick that does not count must be taken off and set again by an approver."
    return text


def _failed(blocking: Sequence[Assessment]) -> str:
    """Say which checks hold an approval back, and what to do about each."""
    number = len(blocking)
    holds, pass_ = ("holds", "it passes") if number == 1 else ("hold", "they pass")
    said = [f"{check(it)}. {remedy(it)}".rstrip() for it in blocking[:_CHECKS]]
    more = [f"And {number - _CHECKS} more."] if number > _CHECKS else []
    return (
        f"this has the approvals that it needs, but {plural(number, 'check')} {holds} it back. "
        f"{' '.join([*said, *more])} Once {pass_}, the deployment goes on by itself."
    )


# Hints, objections and votes ------------------------------------------------------------


def _hint(line: str, member: Member | None, rule: Rule, url: str) -> str:
    if member is None:
        return f"[your comment]({url}) does not count: only the approvers of this request can answer it."
    what = f"I cannot read [your comment]({url}) as an answer: {markdown.code(line, 80)}."
    if not member.may_approve:
        return f"{what} You cannot approve this request. To object, comment exactly `deny - your reason`."
    approve = approval(rule, member)
    note = " or `approve - your note`" if approve == "approve" else ""
    return f"{what} To approve, comment exactly `{approve}`{note}; to deny, comment `deny - your reason`."


def _objection(objection: Objection, member: Member | None, rule: Rule, url: str, deadline: str) -> str:
    by = _someone(objection.by)
    if objection.ground is Ground.NO_REASON:
        return (
            f"[your denial]({url}) has no reason, so the deployment waits. Comment `deny - your reason` to "
            f"stop it, or `revoke` to take the denial back. Without an answer it is stopped at {deadline}."
        )
    if objection.ground is Ground.EDITED_BY_OTHERS:
        what = f"{by} edited [your comment]({url}). It reads as an objection now"
    elif objection.ground is Ground.UNREAD and objection.comment_id == 0:
        what = f"{by} deleted a comment of yours before I read it. It may have been an objection"
    elif objection.ground is Ground.UNREAD:
        lost = f"an earlier text of [your comment]({url}) can no longer be read"
        what = f"{lost}. It may have been an objection"
    else:
        what = f"I read [this]({url}) as an objection"
    return f"{what}, so the deployment waits. {_answers(member, rule)}"


def _answers(member: Member | None, rule: Rule) -> str:
    """Return the commands that would count from this person."""
    if member is not None and member.ineligibility is Ineligibility.NO_WRITE:
        return "You have no write access here, so comment `revoke` to let it go on."
    if member is None or not member.may_approve:
        return "Comment `deny - your reason` to stop it, or `revoke` to let it go on."
    go_on = f"`{approval(rule, member)}` to let it go on, or `revoke` to keep out of it"
    return f"Comment `deny - your reason` to stop it, {go_on}."


def _vote(vote: Vote, people: int, opened: datetime, url: str, issue_url: str) -> str:
    if vote.status is VoteStatus.UNJUSTIFIED:
        return f"[your approval]({url}) counts only with a reason. Comment `approve - your reason`."
    several, revokes = people > 1, vote.verb is Verb.REVOKE
    what, command = ("revocation", "revoke") if revokes else ("approval", "approve")
    there = what if vote.status is VoteStatus.DELETED else f"[{what}]({url})"
    count = "count" if several else "counts"
    counts = f"no longer {count}" if vote.status in _LIFTED else "does not count"
    when = f" at {at(vote.cause.at, opened)}" if vote.cause else ""
    did = _someone(vote.cause.by if vote.cause else None)
    did = "you" if vote.cause and vote.cause.by == vote.person else did
    again = f"Comment `{command}` again{'' if revokes else ' if you still agree'}."
    page = f"Comment `{command}` on [the issue's page]({issue_url}) instead."
    because = {
        VoteStatus.BEFORE_CHANGE: f"{did} changed [the request]({issue_url}){when}. "
        "Read it again and comment `approve` if you still agree.",
        VoteStatus.EDITED: f"{did} edited it{when}. {again}",
        VoteStatus.TAMPERED: f"{did} edited it{when}. {again}",
        VoteStatus.DELETED: f"{did} deleted it{when}. {again}",
        VoteStatus.HIDDEN: f"the comment is hidden now. {again}",
        VoteStatus.VIA_APP: f"it was written through an app. {page}",
        VoteStatus.VIA_EMAIL: f"it came by e-mail. {page}",
        VoteStatus.LEFT: "you have lost your write access, or left the team. "
        "Another person must approve; you can still comment `deny - your reason`.",
        VoteStatus.ANSWERS_QUESTION: "it may be the answer to the question just before it. "
        "Comment `approve` to approve.",
        VoteStatus.OBJECTS: "the same comment objects. Comment `approve` alone, or `deny - your reason`.",
    }[vote.status]
    return f"your {'approvals' if several else there} {counts}: {because}"


def _someone(person: Person | None) -> str:
    """Name somebody without mentioning them: the notice is for another person."""
    return person.login if person else "somebody"
