"""Runs the oracle's scenes through the program, and describes where the two disagree."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache, lru_cache
from operator import itemgetter

from approval_gate.core import verdict
from approval_gate.core.conditions.model import Condition
from approval_gate.core.decision import Hearing, decide, hear, judge
from approval_gate.core.facts import NO_FACTS
from approval_gate.core.model import Comment, Modification, Rule, Thread, Vocabulary
from tests.core import oracle
from tests.core.language import GATE, OPENED, OWNER, PEOPLE, edited, minute, roster, said
from tests.core.oracle import Kind, Manner, Moment, Remark, Scene, Terms, Verdict, Who, with_check_open

DEADLINE = 60
ROSTER = roster("ann* bob")
CHECK = Condition(item="a check", required=True, reviews=True)
"""One that has not passed, since no facts were read."""

CAST = {Who.OWNER: PEOPLE["ann"], Who.MEMBER: PEOPLE["bob"], Who.STRANGER: PEOPLE["mallory"]}
ROLES = {person.id: who for who, person in CAST.items()}
ANOTHER = PEOPLE["oscar"]
TEXTS: dict[Kind | None, str] = {
    Kind.APPROVE: "approve",
    Kind.DENY: "deny - tests are red",
    Kind.BARE: "deny",
    Kind.REVOKE: "revoke",
    Kind.OBJECT: "stop",
    Kind.TALK: "looking at it",
}
MINUTE = {Moment.BEFORE: 55, Moment.AT: DEADLINE, Moment.AFTER: 155}
NOW = {moment: minute(at) for moment, at in MINUTE.items()}
LAST = {Moment.BEFORE: 50, Moment.AT: 50, Moment.AFTER: 150}
"""The minute of a change that is not made at once: after every comment, before the thread is read."""


Deciding = Callable[[Scene], verdict.Verdict]


def decided(scene: Scene) -> verdict.Verdict:
    """Return the program's decision."""
    thread = thread_of(scene.remarks, written(scene), LAST[scene.moment])
    return decide(rule(scene.terms), ROSTER, thread, NOW[scene.moment])


def judged(scene: Scene) -> verdict.Verdict:
    """Return the program's verdict, which takes half the time of the decision."""
    thread, hearing = heard(scene.terms, scene.remarks, written(scene), LAST[scene.moment])
    return judge(rule(scene.terms), hearing, ROSTER, thread, NOW[scene.moment], NO_FACTS)


@lru_cache(maxsize=2)
def heard(terms: Terms, remarks: tuple[Remark, ...], first: int, last: int) -> tuple[Thread, Hearing]:
    """Return a thread and what is heard in it, which is the same before the deadline and at it."""
    thread = thread_of(remarks, first, last)
    return thread, hear(rule(terms), ROSTER, thread)


def thread_of(remarks: tuple[Remark, ...], first: int, last: int) -> Thread:
    """Return a thread of comments ten minutes apart; ``last`` is the minute of a late change."""
    comments = [comment(place, remark, first + 10 * place, last) for place, remark in enumerate(remarks)]
    return Thread(opened_at=OPENED, author_id=GATE, comments=tuple(comments))


@cache
def rule(terms: Terms) -> Rule:
    """Return the rule, with only one word for each verb, which is faster to read."""
    return Rule(
        minimum=terms.minimum,
        window=timedelta(minutes=DEADLINE),
        alone=(OWNER,) if terms.owner_alone else (),
        denial_needs_reason=terms.reason_needed,
        email_votes=terms.mail_counts,
        conditions=(CHECK,) if terms.check_open else (),
        vocabulary=Vocabulary(approve=("approve",), deny=("deny",), revoke=("revoke",)),
    )


def written(scene: Scene) -> int:
    """Return the minute in which the first comment is written; the others follow ten minutes apart.

    If the thread is read after the deadline, the last comment in time is written exactly at the deadline.
    """
    in_time = len(scene.remarks) - scene.late
    return DEADLINE - 10 * (in_time - 1) if scene.moment is Moment.AFTER else 10


@cache
def comment(place: int, remark: Remark, at: int, last: int) -> Comment:
    """Return the comment as GitHub would have it."""
    author = CAST[remark.who]
    made = replace(
        said(10 * (place + 1), author, TEXTS[remark.kind], minute(at)),
        via_email=remark.manner is Manner.MAIL,
        hidden=remark.manner is Manner.HIDDEN,
    )
    if remark.change is None:
        return made
    by = author if remark.change.by_author else ANOTHER
    then = minute(at + 5 if remark.change.at_once else last)
    if remark.change.into is None:
        return replace(made, deletion=Modification(by=by, at=then))
    return edited(made, TEXTS[remark.change.into], by, then)


def answer(given: verdict.Verdict) -> Verdict:
    """Convert the program's verdict to one of the oracle's."""
    return Verdict(
        outcome=given.outcome and given.outcome.value,
        code=given.code and given.code.value,
        approvers=tuple([ROLES[member.person.id] for member in given.approvers]),
        deniers=frozenset([ROLES[member.person.id] for member in given.deniers]),
        held=frozenset([ROLES[hold.person.id] for hold in given.holds]),
    )


def disagreements(scene: Scene, deciding: Deciding = decided) -> Iterator[tuple[Verdict, str]]:
    """Compare a scene and, if it approves, the same with a required check that has not passed."""
    right, difference = disagreement(scene, deciding)
    yield right, difference
    if right.outcome == "approved":
        yield disagreement(with_check_open(scene), deciding)


def disagreement(scene: Scene, deciding: Deciding = decided) -> tuple[Verdict, str]:
    """Return the oracle's verdict, and a description of the scene if the program decides otherwise."""
    right = oracle.judge(scene)
    given = answer(deciding(scene))
    return right, "" if given == right else spelled(scene, right, given)


def spelled(scene: Scene, right: Verdict, given: Verdict) -> str:
    """Describe a scene and the two answers."""
    terms = scene.terms
    rules = [f"{terms.minimum} must approve"]
    rules += ["the owner's approval suffices alone"] if terms.owner_alone else []
    rules += ["a denial needs a reason"] if terms.reason_needed else ["a denial needs no reason"]
    rules += [] if terms.mail_counts else ["approvals by mail do not count"]
    rules += ["a required check has not passed"] if terms.check_open else []
    return "\n".join(
        [
            "; ".join(rules),
            *(f"  {at:3}  {what}" for at, what in sorted(events(scene), key=itemgetter(0))),
            f"the design says: {shown(right)}",
            f"decide says:     {shown(given)}",
        ]
    )


def events(scene: Scene) -> list[tuple[int, str]]:
    """Return the events of a scene, each with its minute."""
    told = []
    for place, remark in enumerate(scene.remarks):
        at = written(scene) + 10 * place
        told.append((at, f"#{place + 1} {remark.who}: {remark.kind}, {remark.manner}"))
        if remark.change is not None:
            who = f"{remark.who}" if remark.change.by_author else "somebody else"
            into = remark.change.into
            what = f"deletes #{place + 1}" if into is None else f"edits #{place + 1} into: {into}"
            told.append((at + 5 if remark.change.at_once else LAST[scene.moment], f"{who} {what}"))
    return [
        *told,
        (DEADLINE, "-- the deadline --"),
        (MINUTE[scene.moment], f"the gate polls, {scene.moment}"),
    ]


def shown(verdict: Verdict) -> str:
    """Show a verdict on one line."""
    people = [
        f"{title} {', '.join(who)}"
        for title, who in (
            ("approvers", verdict.approvers),
            ("deniers", sorted(verdict.deniers)),
            ("held by", sorted(verdict.held)),
        )
        if who
    ]
    outcome = f"{verdict.outcome} ({verdict.code})" if verdict.outcome else "waits"
    return "; ".join([outcome, *people])
