"""A small language for conversations on an approval issue.

    talk(
        "1 ann: approve",
        "5 bob: deny - tests red",
        "7 ann edits #1: approve - migrations read",
        "8 someone deletes #2",
    )

A line begins with the minutes since the request was opened. Comments are
numbered from 1 in the order in which they are written; their ids are ten times
the number. ``someone`` is an account that GitHub does not name, ``ghost`` an
author whose account is gone, ``<lost>`` a text that can no longer be read.
Other lines are ``ann by mail: approve``, ``ann through an app: approve``, ``dee
hides #1`` and ``one list lacks #1``.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from approval_gate.core.model import (
    Closing,
    Comment,
    Ineligibility,
    Member,
    Modification,
    Person,
    Request,
    Revision,
    Thread,
)

OPENED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GATE = 900
LOST = "<lost>"

PEOPLE = {
    person.login: person
    for person in (
        Person(id=1, login="ann"),
        Person(id=2, login="bob"),
        Person(id=3, login="cy"),
        Person(id=4, login="dee"),
        Person(id=5, login="eli"),
        # The people of the process: ann and bob too.
        Person(id=13, login="cid"),
        Person(id=14, login="lea"),
        Person(id=15, login="max"),
        Person(id=16, login="sue"),
        Person(id=17, login="sam"),
        Person(id=18, login="sid"),
        Person(id=19, login="ayo-anu"),
        Person(id=71, login="mallory"),
        Person(id=72, login="oscar"),
        Person(id=80, login="robot", bot=True),
        Person(id=GATE, login="gate"),
    )
}

BARS = {
    "initiator": Ineligibility.INITIATOR,
    "author": Ineligibility.AUTHOR,
    "no-write": Ineligibility.NO_WRITE,
    "left": Ineligibility.LEFT,
    "own": Ineligibility.OWN_ACCOUNT,
    "bot": Ineligibility.BOT,
}


OWNER = "owner"
"""The role that approves alone."""

REQUEST = Request(
    repository="acme/shop",
    run_id=1,
    run_attempt=1,
    run_url="https://github.test/acme/shop/actions/runs/1",
    job="gate",
    workflow="Deploy",
    actor="dee",
    triggering_actor="dee",
    sha="a" * 40,
    ref_name="v1",
    ref_type="tag",
    environment="production",
    version="v1",
)
"""A request; tests replace what they are about."""


def minute(count: float) -> datetime:
    """Return the time so many minutes after the request was opened."""
    return OPENED + timedelta(minutes=count)


def said(
    identity: int, author: Person | None, text: str | None, at: datetime, *, via_app: bool = False
) -> Comment:
    """Return an unmodified comment."""
    original = Revision(text=text, by=author, at=at)
    return Comment(id=identity, author=author, revisions=(original,), created_at=at, via_app=via_app)


def edited(comment: Comment, text: str | None, by: Person | None, at: datetime) -> Comment:
    """Return a comment with one more edit."""
    return replace(comment, revisions=(*comment.revisions, Revision(text=text, by=by, at=at)))


def roster(names: str) -> tuple[Member, ...]:
    """Read ``ann bob* cy(initiator) dee:lead:sre``.

    bob approves alone, cy asked for the deployment, and dee has these two roles.
    A person without roles has one that is named like the person.
    """
    return tuple(_member(name) for name in names.split())


def _member(name: str) -> Member:
    match = re.fullmatch(r"(?P<login>\w+)(?P<roles>(?::\w+)*)(?P<alone>\*?)(?:\((?P<bar>[\w-]+)\))?", name)
    assert match, name
    return Member(
        person=PEOPLE[match["login"]],
        roles=(*(match["roles"].split(":")[1:] or [match["login"]]), *([OWNER] if match["alone"] else [])),
        ineligibility=BARS[match["bar"]] if match["bar"] else None,
    )


def talk(*lines: str) -> Thread:
    """Read a conversation, one event a line."""
    thread = Thread(opened_at=OPENED, author_id=GATE)
    for line in lines:
        thread = _event(thread, line)
    return thread


_Handler = Callable[[Thread, re.Match[str], datetime], Thread]


def _event(thread: Thread, line: str) -> Thread:
    count, _, rest = line.partition(" ")
    for pattern, handle in _EVENTS:
        match = pattern.fullmatch(rest)
        if match:
            return handle(thread, match, minute(float(count)))
    raise AssertionError(f"not a line of a conversation: {line!r}")


def _says(thread: Thread, match: re.Match[str], at: datetime) -> Thread:
    author = None if match["who"] == "ghost" else PEOPLE[match["who"]]
    comment = said(10 * (len(thread.comments) + 1), author, _text(match["text"]), at)
    comment = replace(
        comment, via_app=match["how"] == " through an app", via_email=match["how"] == " by mail"
    )
    return replace(thread, comments=(*thread.comments, comment))


def _edits(thread: Thread, match: re.Match[str], at: datetime) -> Thread:
    return _change(
        thread, match, lambda comment: edited(comment, _text(match["text"]), _by(match["who"]), at)
    )


def _deletes(thread: Thread, match: re.Match[str], at: datetime) -> Thread:
    return _change(
        thread, match, lambda comment: replace(comment, deletion=Modification(by=_by(match["who"]), at=at))
    )


def _deletes_unseen(thread: Thread, match: re.Match[str], at: datetime) -> Thread:
    author = None if match["of"] == "ghost" else PEOPLE[match["of"]]
    modification = Modification(by=_by(match["who"]), at=at)
    comment = replace(said(0, author, None, at), deletion=modification)
    return replace(thread, comments=(*thread.comments, comment))


def _hides(thread: Thread, match: re.Match[str], _at: datetime) -> Thread:
    return _change(thread, match, lambda comment: replace(comment, hidden=True))


def _lags(thread: Thread, match: re.Match[str], _at: datetime) -> Thread:
    return _change(thread, match, lambda comment: replace(comment, agreed=False))


def _changes(thread: Thread, match: re.Match[str], at: datetime) -> Thread:
    return replace(thread, changed=Modification(by=_by(match["who"]), at=at))


def _closes(thread: Thread, match: re.Match[str], at: datetime) -> Thread:
    by = None if match["who"] == "someone" else PEOPLE[match["who"]]
    return replace(thread, closing=Closing(by=by, at=at))


def _change(thread: Thread, match: re.Match[str], change: Callable[[Comment], Comment]) -> Thread:
    comments = list(thread.comments)
    index = int(match["number"]) - 1
    comments[index] = change(comments[index])
    return replace(thread, comments=tuple(comments))


def _text(written: str) -> str | None:
    return None if written == LOST else written


def _by(who: str) -> Person | None:
    return None if who == "someone" else PEOPLE[who]


_EVENTS: tuple[tuple[re.Pattern[str], _Handler], ...] = (
    (re.compile(r"(?P<who>\w+) edits #(?P<number>\d+): (?P<text>.*)", re.DOTALL), _edits),
    (re.compile(r"(?P<who>\w+) deletes #(?P<number>\d+)"), _deletes),
    (re.compile(r"(?P<who>\w+) deletes an unseen comment of (?P<of>\w+)"), _deletes_unseen),
    (re.compile(r"(?P<who>\w+) hides #(?P<number>\d+)"), _hides),
    (re.compile(r"one list lacks #(?P<number>\d+)"), _lags),
    (re.compile(r"(?P<who>\w+) changes the request"), _changes),
    (re.compile(r"(?P<who>\w+) closes the issue"), _closes),
    (re.compile(r"(?P<who>[\w-]+)(?P<how> through an app| by mail)?: (?P<text>.*)", re.DOTALL), _says),
)


def logins(members: Iterable[Member]) -> str:
    """Return the logins in order, in the form of the tables."""
    return " ".join(member.person.login for member in members)
