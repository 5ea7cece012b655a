"""Notices that mention people: one line with what happened and what to do."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from approval_gate.core.model import Ineligibility, Member, Person
from approval_gate.core.verdict import Ground, Objection, Vote, VoteStatus
from approval_gate.core.wording import mentions
from approval_gate.render.times import at

_NEW = "Comment `approve` if you still agree."


def notice_text(
    about: Objection | Vote,
    people: Sequence[Person],
    opened: datetime,
    roster: Iterable[Member],
    issue_url: str,
) -> str:
    """Write a notice; it mentions everybody it is for."""
    who = ", ".join(mentions(people))
    url = f"{issue_url}#issuecomment-{about.comment_id}"
    if isinstance(about, Objection):
        member = next((it for it in roster if it.person == about.person), None)
        return f"{who}, {_objection(about, member, url)}\n"
    return f"{who}, {_vote(about, people, opened, url)}\n"


def _objection(objection: Objection, member: Member | None, url: str) -> str:
    by = _someone(objection.by)
    if objection.ground is Ground.NO_REASON:
        return (
            "your denial holds the deployment. Please say why: comment `deny - your reason`. Without a "
            "reason it stops the deployment when the window closes; `revoke` takes it back."
        )
    if objection.ground is Ground.EDITED_BY_OTHERS:
        what = f"{by} edited [your comment]({url}), which reads as an objection now"
    elif objection.ground is Ground.UNREAD and objection.comment_id == 0:
        what = f"{by} deleted a comment of yours before I could read it, and it may have been an objection"
    elif objection.ground is Ground.UNREAD:
        what = (
            f"an earlier text of [your comment]({url}) can no longer be read; it may have been an objection"
        )
    else:
        what = f"I read [this]({url}) as an objection"
    return f"{what}, so the deployment waits. {_answers(member)}"


def _answers(member: Member | None) -> str:
    """Return the commands that would count from this person."""
    if member is not None and member.ineligibility is Ineligibility.NO_WRITE:
        return "You cannot write to this repository, so comment `revoke` to let it go on."
    if member is None or not member.may_approve:
        return "Comment `deny - your reason` to stop it, or `revoke` to let it go on."
    return (
        "Comment `deny - your reason` to stop it, `approve` to let it go on, or `revoke` to keep out of it."
    )


def _vote(vote: Vote, people: Sequence[Person], opened: datetime, url: str) -> str:
    if vote.status is VoteStatus.UNJUSTIFIED:
        return "an approval of yours counts here only with a reason: comment `approve - your reason`."
    several = len(people) > 1
    there = "approval" if vote.status is VoteStatus.DELETED else f"[approval]({url})"
    yours = "your approvals no longer count" if several else f"your {there} does not count"
    when = f" at {at(vote.cause.at, opened)}" if vote.cause else ""
    did = _someone(vote.cause.by if vote.cause else None)
    did = "you" if vote.cause and vote.cause.by == vote.person else did
    because = {
        VoteStatus.BEFORE_CHANGE: f"{did} changed the request{when}. Read it again. {_NEW}",
        VoteStatus.EDITED: f"{did} edited it{when}. {_NEW}",
        VoteStatus.TAMPERED: f"{did} edited it{when}. {_NEW}",
        VoteStatus.DELETED: f"{did} deleted it{when}. {_NEW}",
        VoteStatus.HIDDEN: f"the comment is hidden now. {_NEW}",
        VoteStatus.VIA_APP: f"it was written through an app. {_NEW}",
        VoteStatus.VIA_EMAIL: f"answers by e-mail are switched off here. {_NEW}",
        VoteStatus.LEFT: "your membership or your write access went while the gate waited.",
        VoteStatus.ANSWERS_QUESTION: "it may have been the answer to the question just before it. "
        "Comment `approve` to approve.",
        VoteStatus.OBJECTS: "the same comment objects. Comment `approve` alone, or `deny - your reason`.",
    }[vote.status]
    return f"{yours}: {because}"


def _someone(person: Person | None) -> str:
    """Name somebody without mentioning them: the notice is for another person."""
    return person.login if person else "somebody"
