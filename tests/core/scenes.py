"""Hypothesis strategies for rosters and threads: people who vote, and all that can be done to a vote."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from approval_gate.core.decision import decide
from approval_gate.core.model import (
    Closing,
    Comment,
    Ineligibility,
    Member,
    Modification,
    Person,
    Rule,
    Thread,
)
from approval_gate.core.verdict import Decision
from tests.core.language import GATE, OPENED, OWNER, PEOPLE, edited, minute, said

ROSTER = [PEOPLE[login] for login in ("ann", "bob", "cy", "dee")]
STRANGERS = [PEOPLE[login] for login in ("mallory", "oscar", "robot", "gate")]
WINDOW = 60

APPROVALS = ("approve",) * 6 + ("LGTM - fine", "revoke", "hello")
DENIALS = ("deny - red",) * 3 + ("deny",) * 3 + ("approve",)
OBJECTIONS = ("stop", "No. The migration is broken.", "approve - but do not deploy yet")
TALK = ("hello", "no problem", "> deny - quoted")
VOTES = ("approve",) * 8 + ("LGTM - fine", "deny - red", "deny", "revoke", "hello", "approve?", "stop")
TEXTS = ["approve", "deny - red", "deny", "revoke", "hello", "lgtm\nfine", *OBJECTIONS]


def law(examples: int = 100) -> Callable[[Any], Any]:
    """Return the settings of a law that tries so many examples in `make scale` and fewer elsewhere."""
    return settings(max_examples=max(1, examples * settings.default.max_examples // 100))


def statistic(examples: int) -> Callable[[Any], Any]:
    """Return the settings of a count, which needs the same examples everywhere and each time."""
    return settings(max_examples=examples, derandomize=True)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The arguments of ``decide``."""

    rule: Rule
    roster: tuple[Member, ...]
    thread: Thread
    now: datetime

    def decide(self) -> Decision:
        """Return the decision."""
        return decide(self.rule, self.roster, self.thread, self.now)

    def having(self, *comments: Comment) -> "Scene":
        """Return the scene with these comments instead."""
        return replace(self, thread=replace(self.thread, comments=comments))


def _often(usual: object, *others: object, times: int = 8) -> st.SearchStrategy[Any]:
    return st.sampled_from([usual] * times + list(others))


def _roster(
    people: Sequence[Person], alone: Person | None, ineligibility: Ineligibility | None, barred: Person
) -> tuple[Member, ...]:
    return tuple(
        Member(
            person=person,
            roles=(person.login, *([OWNER] if person == alone else [])),
            ineligibility=ineligibility if person == barred else None,
        )
        for person in people
    )


# Everything below is built once, since building a strategy costs more than drawing from it.
RULES = st.builds(
    Rule,
    minimum=_often(2, 1, 3, times=2),
    window=st.just(timedelta(minutes=WINDOW)),
    alone=st.just((OWNER,)),
    denial_needs_reason=st.booleans(),
    closing_denies=st.booleans(),
    email_votes=st.booleans(),
)
ROSTERS = st.builds(
    _roster,
    people=st.sampled_from([ROSTER, ROSTER, ROSTER[:3], ROSTER[:2], ROSTER[::-1]]),
    alone=_often(ROSTER[0], ROSTER[1], None, times=2),
    ineligibility=_often(None, *Ineligibility),
    barred=st.sampled_from(ROSTER),
)
GAPS = st.sampled_from([1, 1, 1, 0, 3, 40])
AUTHORS = st.sampled_from([*ROSTER * 4, *STRANGERS, None])
ODDITIES = _often("none", "app", "touch", "touch", times=20)
WORDS = {votes: st.sampled_from(votes) for votes in (VOTES, APPROVALS, DENIALS)}
COUNTS = st.integers(0, 8)
MINUTES = st.integers(0, 90)
BY = st.sampled_from(["author", "author", ROSTER[0], STRANGERS[0], PEOPLE["gate"], None])
NEW_TEXTS = st.sampled_from(TEXTS)
DELETED = st.booleans()
HAPPENINGS = _often("nothing", "change", "closure", times=8)
CLOSERS = st.sampled_from([ROSTER[0], STRANGERS[0], None])
NOWS = st.sampled_from([0, 30, 59, 60, 61, 90])


@st.composite
def modifications(draw: st.DrawFn, comment: Comment, latest: datetime) -> Comment:
    """Edit or delete a comment at some time until the latest; its texts stay on record.

    A deleted comment is left as it is, and each modification is later than the one before.
    """
    if comment.deletion is not None:
        return comment
    by = draw(BY)
    if by == "author":
        by = comment.author
    first = comment.modified_at or comment.created_at
    at = min(first + timedelta(minutes=draw(MINUTES)), max(latest, first))
    if draw(DELETED):
        return replace(comment, deletion=Modification(by=by, at=at))
    return edited(comment, draw(NEW_TEXTS), by, at)


@st.composite
def conversations(draw: st.DrawFn, votes: tuple[str, ...] = VOTES, least: int = 0) -> tuple[Comment, ...]:
    """Draw some comments, in order, by people on the roster and by others."""
    at, comments, words = 0, [], WORDS[votes]
    for number in range(max(least, draw(COUNTS))):
        at += draw(GAPS)
        oddity = draw(ODDITIES)
        comment = said(10 * (number + 1), draw(AUTHORS), draw(words), minute(at), via_app=oddity == "app")
        if oddity == "touch":
            comment = draw(modifications(comment, minute(at + 9)))
        comments.append(comment)
    return tuple(comments)


def last_event(thread: Thread) -> datetime:
    """Return the time of the last event in a thread."""
    times = [thread.opened_at, *(comment.created_at for comment in thread.comments)]
    times += [modification.at for comment in thread.comments for modification in comment.modifications]
    times += [thread.changed.at] if thread.changed else []
    times += [thread.closing.at] if thread.closing else []
    return max(times)


@st.composite
def scenes(draw: st.DrawFn, votes: tuple[str, ...] = VOTES, least: int = 0) -> Scene:
    """Draw a request, a conversation about it, and a later moment."""
    thread = Thread(opened_at=OPENED, author_id=GATE, comments=draw(conversations(votes, least)))
    happening = draw(HAPPENINGS)
    at = min(minute(draw(MINUTES)), last_event(thread))
    if happening == "change":
        thread = replace(thread, changed=Modification(by=STRANGERS[0], at=at))
    if happening == "closure":
        thread = replace(thread, closing=Closing(by=draw(CLOSERS), at=at))
    return Scene(
        rule=draw(RULES),
        roster=draw(ROSTERS),
        thread=thread,
        now=max(last_event(thread), minute(draw(NOWS))),
    )


def approving() -> st.SearchStrategy[Scene]:
    """Draw scenes in which most people approve."""
    return scenes(APPROVALS, 3)


def denying() -> st.SearchStrategy[Scene]:
    """Draw scenes in which somebody denies."""
    return scenes(DENIALS, 1)


def anything() -> st.SearchStrategy[Scene]:
    """Draw scenes with every outcome."""
    return st.one_of(scenes(), approving())
