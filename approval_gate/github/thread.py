"""The approval issue as it is read, look by look, and remembered.

A look is two conditional requests, free while nothing changed
(https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate).
What was seen once is never forgotten: an edit keeps the text before it, and a
comment that is gone stays in the thread as deleted.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from approval_gate.core.commands import TEXT_LIMIT
from approval_gate.core.model import Box, Closure, Comment, Person, Revision, Thread, Touch
from approval_gate.core.tasks import boxes, ticked, unticked
from approval_gate.errors import (
    LAG,
    PERSISTS,
    GitHubError,
    NotFoundError,
    PermissionDeniedError,
    TamperedError,
    TransientError,
    UnsettledError,
)
from approval_gate.github.client import Answer, Client, items
from approval_gate.github.deletions import Deletion, Vanished, explain
from approval_gate.github.history import IssuePast, Past, comments_past, issue_past, ticks_unknown
from approval_gate.github.reading import person_of, shaped, time_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The approval issue, as GitHub answered when it was made."""

    number: int
    id: int
    node_id: str
    url: str
    author: Person
    opened_at: datetime
    title: str
    body: str
    labels: tuple[str, ...]


@dataclass(slots=True)
class _Seen:
    """A comment and what was seen of it, look by look."""

    comment: Comment
    node_id: str
    updated_at: datetime
    past_read_at: datetime | None = None

    @property
    def doubtful(self) -> bool:
        """Whether its history should be asked for: it changed since that was last read."""
        touched = bool(self.comment.touches)
        return touched and self.comment.deletion is None and self.past_read_at != self.updated_at


@dataclass(frozen=True, slots=True)
class _More:
    """A comment in which the request's own text goes on."""

    node_id: str
    updated_at: datetime
    edited: bool


@dataclass(slots=True)
class _Tags:
    """What to ask with, so that an unchanged answer is free."""

    issue: str | None = None
    comments: str | None = None
    since: str = ""


@dataclass(slots=True)
class ThreadReader:
    """Reads one issue again and again.

    Args:
        repository: ``owner/name`` of the issue's repository.
        tag_of: tells which of the request's own comments a text begins as, ``more-…`` where its
            issue's goes on.
        checklist: the items of the issue's body that must be ticked.
    """

    client: Client
    repository: str
    opened: Opened
    tag_of: Callable[[str], str | None]
    checklist: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    _boxes: tuple[Box, ...] = ()
    _seen: dict[int, _Seen] = field(default_factory=dict)
    _vanished: dict[int, Vanished] = field(default_factory=dict)
    _looked_at: datetime | None = None
    _own: set[int] = field(default_factory=set)
    _more: dict[int, _More] = field(default_factory=dict)
    _unseen: tuple[Comment, ...] = ()
    _tags: _Tags = field(default_factory=_Tags)
    _body: str = ""
    _content: tuple[str, str] = ("", "")
    _changed_at: datetime | None = None
    _closure: Closure | None = None
    _history: bool | None = None
    _refused_at: float | None = None
    _updated_at: datetime | None = None
    _behind_since: float | None = None
    _count: int = 0
    _count_fits: bool = True
    _unexplained: bool = False
    _hidden: int = 0
    _short: tuple[int, float] | None = None

    def __post_init__(self) -> None:
        self.labels = self.opened.labels
        self._body = self.opened.body
        self._boxes = boxes(self.checklist, (self._body,), ())
        self._content = (plain(self.opened.title), unticked(self._body))

    @property
    def history_refused(self) -> bool:
        """Whether GraphQL does not let this token read the edit history."""
        return self._history is False

    def look(self, voters: Collection[int]) -> Thread:
        """Look whether anything changed, and return the thread as it now stands.

        Raises:
            GitHubError: GitHub cannot be asked, or the issue is not what it was.
        """
        now = self.client.now()
        changed = self._look_at_comments()
        changed |= self._look_at_issue()
        if changed and self._count != self._alive():
            self._count_fits = False
        if not self._count_fits:
            self._read_all()
        self._looked_at = now
        self._is_short()
        if self._history is None:
            self._try_history()
        doubted = [seen for seen in self._voices(voters) if seen.doubtful]
        if doubted or self._unexplained or self._ticked_by_whom():
            self._read_history(doubted)
        return self._thread()

    def confirm(self, voters: Collection[int]) -> Thread:
        """Read the issue, the whole conversation and its history anew.

        Raises:
            GitHubError: GitHub cannot be asked, or the issue is not what it was.
        """
        self._take_issue(self.client.get(self._path()))
        self._read_all()
        self._doubt_the_list()
        before = self._last_said(voters)
        self._read_history([seen for seen in self._voices(voters) if seen.comment.deletion is None])
        # The history may take several requests: who says something meanwhile is to be heard.
        if self._look_at_comments() and self._last_said(voters) != before:
            raise UnsettledError("Somebody answered while the approval was being confirmed.")
        return self._thread()

    def _thread(self) -> Thread:
        return Thread(
            opened_at=self.opened.opened_at,
            author_id=self.opened.author.id,
            comments=(*self._unseen, *(self._seen[identity].comment for identity in sorted(self._seen))),
            changed=Touch(by=None, at=self._changed_at) if self._changed_at else None,
            closure=self._closure,
            boxes=self._boxes,
        )

    def _path(self, rest: str = "") -> str:
        return f"/repos/{self.repository}/issues/{self.opened.number}{rest}"

    def _alive(self) -> int:
        """Count the comments that GitHub should count."""
        return len(self._own) + sum(seen.comment.deletion is None for seen in self._seen.values())

    def _doubt_the_list(self) -> None:
        """See that the list has what the issue counts: one that lags may lack a denial.

        Raises:
            UnsettledError: it is to be read again.
        """
        if self._is_short():
            raise UnsettledError("GitHub's list of comments is shorter than its count.")

    def _is_short(self) -> bool:
        """Tell whether the list lacks what it may have yet; then the next look reads all of it again.

        What GitHub hides for good, as it does spam, it may go on counting: each more that is lacking is
        waited for as long as a list may lag.
        """
        lacking, now = self._count - self._alive(), self.client.monotonic()
        if lacking > self._hidden:
            if self._short is None or lacking > self._short[0]:
                self._short = lacking, now
            if now - self._short[1] < LAG:
                self._count_fits = False
                return True
        self._hidden, self._short = max(0, lacking), None
        return False

    def _voices(self, voters: Collection[int]) -> list[_Seen]:
        return [s for s in self._seen.values() if s.comment.author and s.comment.author.id in voters]

    def _last_said(self, voters: Collection[int]) -> list[tuple[int, datetime]]:
        return [(seen.comment.id, seen.updated_at) for seen in self._voices(voters)]

    # The issue -----------------------------------------------------------------------

    def _look_at_issue(self) -> bool:
        answer = self.client.get(self._path(), etag=self._tags.issue)
        if not answer.unchanged:
            self._take_issue(answer)
        return not answer.unchanged

    def _take_issue(self, answer: Answer) -> None:
        identity, title, body, state, count, updated_at = shaped(
            "the approval issue",
            lambda: (
                int(answer.data["id"]),
                str(answer.data["title"]),
                str(answer.data["body"] or ""),
                str(answer.data["state"]),
                int(answer.data["comments"]),
                time_of(answer.data["updated_at"]),
            ),
        )
        if identity != self.opened.id:
            raise TamperedError(
                f"Issue {self.opened.number} is not the approval issue any more: it was transferred.",
                remedy="Start a new deployment.",
            )
        self._body, content = body, (plain(title), unticked(body))
        if content != self._content:
            self._content = content
            # GitHub's own time of the change, should its clock seem slow.
            self._change(max(self.client.now(), updated_at))
        if state == "closed" and self._closure is None:
            self._closure = shaped("the approval issue", partial(_closure_of, answer.data, self.client.now()))
        self.labels = shaped("the approval issue", partial(_labels_of, answer.data))
        self._updated_at = max(updated_at, self._updated_at or updated_at)
        self._count, self._tags.issue = count, answer.etag

    def _change(self, *moments: datetime) -> None:
        """Take in when somebody changed what people answer to."""
        self._changed_at = max([*moments, *([self._changed_at] if self._changed_at else [])], default=None)

    # The comments --------------------------------------------------------------------

    def _look_at_comments(self) -> bool:
        if not self._tags.since:
            self._read_all()
            return True
        parameters: dict[str, str | int] = {"since": self._tags.since}
        since, tags, changed = "", [], False
        for answer in self.client.answers(self._get_if_changed, self._path("/comments"), parameters):
            if answer.unchanged:
                return False
            since = since or self._time()
            tags.append(answer.etag)
            news = [self._take_comment(data)[1] for data in items(answer)]
            changed |= any(news)
        if len(tags) == 1:
            self._tags.comments = tags[0]
        else:
            # The next look begins here: each comment of a flood is read once, not at every look.
            self._tags.since, self._tags.comments = since, None
        return changed

    def _get_if_changed(self, path: str, parameters: Mapping[str, str | int]) -> Answer:
        return self.client.get(path, parameters, etag=self._tags.comments)

    def _time(self) -> str:
        """Return GitHub's time, which ``since`` is compared with."""
        return self.client.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _read_all(self) -> None:
        """Read every page, without conditions; what is not there any more was deleted.

        From the end, lest somebody who deletes a comment meanwhile hide another one: a denial, say.
        """
        since: str | None = None
        listed: set[int] = set()
        for answer in self.client.answers_backwards(self.client.get, self._path("/comments")):
            since = since or self._time()
            for data in items(answer):
                listed.add(self._take_comment(data)[0])
        for identity, seen in self._seen.items():
            gone, known = identity not in listed, seen.comment.deletion is not None
            if gone and not known:
                now, author = self.client.now(), seen.comment.author
                seen.comment = replace(seen.comment, deletion=Touch(by=None, at=now))
                self._vanished[identity] = Vanished(
                    id=identity,
                    author=author,
                    after=self._looked_at or now,
                    found_at=now,
                )
                self._unexplained = True
            elif known and not gone:
                seen.comment = replace(seen.comment, deletion=None)
                self._vanished.pop(identity, None)
        self._own &= listed
        for identity in self._more.keys() - listed:
            del self._more[identity]
            self._change(self.client.now())
        self._count_fits = True
        self._tags.since, self._tags.comments = since or "", None

    def _take_comment(self, data: Mapping[str, Any]) -> tuple[int, bool]:
        """Take in a comment; return its id and whether it says anything new."""
        comment, node_id, updated_at = shaped("a comment", lambda: _comment_of(data))
        if self._is_own(comment):
            new = comment.id not in self._own
            self._own.add(comment.id)
            self._take_more(comment, _More(node_id, updated_at, updated_at != comment.created_at))
            return comment.id, new
        seen = self._seen.get(comment.id)
        if seen is None:
            if updated_at != comment.created_at:
                touched = Revision(text=comment.texts[-1], by=None, at=updated_at)
                comment = replace(comment, revisions=(*comment.revisions, touched))
            self._seen[comment.id] = _Seen(comment, node_id, updated_at)
            return comment.id, True
        if (seen.updated_at, seen.comment.texts[-1:]) == (updated_at, comment.texts):
            return comment.id, False
        touched = Revision(text=comment.texts[-1], by=None, at=updated_at)
        seen.comment = replace(seen.comment, revisions=(*seen.comment.revisions, touched), deletion=None)
        self._vanished.pop(comment.id, None)
        seen.updated_at = updated_at
        return comment.id, True

    def _is_own(self, comment: Comment) -> bool:
        """Tell whether the gate wrote it, not a person of the same account; an edit changes nothing."""
        if comment.id in self._own or comment.id in self._seen:
            return comment.id in self._own
        text = comment.texts[-1] or ""
        by_us = comment.author is not None and comment.author.id == self.opened.author.id
        return by_us and self.tag_of(text) is not None

    def _take_more(self, comment: Comment, more: _More) -> None:
        """Note a comment in which the request's text goes on; what an edit changed, the history says."""
        known = self._more.get(comment.id)
        if known is None and not (self.tag_of(comment.texts[-1] or "") or "").startswith("more-"):
            return
        self._unexplained |= more.edited and known != more
        self._more[comment.id] = more

    # The history ---------------------------------------------------------------------

    def _try_history(self) -> None:
        """Ask GraphQL before anything rests on it: where it answered once, no fault is a refusal later."""
        try:
            self._take_issue_past(issue_past(self.client, self.opened.node_id))
        except (PermissionDeniedError, NotFoundError):
            if self._refusal_lasts() and not self.checklist:
                self._history = False
        except TransientError:
            pass  # the next look asks again
        else:
            self._history = True

    def _read_history(self, doubted: Sequence[_Seen]) -> None:
        """Ask GraphQL for what REST hides; where it refuses, REST's times have to do."""
        if self._history is False:
            self._do_without_history()
            return
        known = [(seen.node_id, seen.updated_at) for seen in doubted]
        known += [(more.node_id, more.updated_at) for more in self._more.values()]
        try:
            told = comments_past(self.client, [node_id for node_id, _ in known])
            issue = issue_past(self.client, self.opened.node_id)
        except (PermissionDeniedError, NotFoundError) as error:
            self._bear_refusal(error)
            self._do_without_history()
            return
        self._history, self._unexplained = True, False
        pasts = {node_id: past for node_id, past in told.items() if past is not None}
        if any(_behind(pasts.get(it), at) for it, at in known) or self._lags(issue):
            self._unexplained = True
            raise UnsettledError("GitHub's edit history is behind the conversation.")
        for seen in doubted:
            seen.comment = with_past(seen.comment, pasts[seen.node_id])
            seen.past_read_at = seen.updated_at
        self._take_issue_past(issue)
        self._change(*(at for it in self._more.values() for at in content_changes(pasts[it.node_id])))

    def _lags(self, past: IssuePast) -> bool:
        """Tell whether the issue's history is behind; what seems so for long is told with other times."""
        if not _behind(past.body, self._updated_at):
            self._behind_since = None
            return False
        now = self.client.monotonic()
        self._behind_since = now if self._behind_since is None else self._behind_since
        return now - self._behind_since < LAG

    def _bear_refusal(self, error: GitHubError) -> None:
        """Believe a refusal that lasts, of a history that never could be read.

        Raises:
            OutageError: it may pass.
            GitHubError: what could be read is refused, which nobody switches off by a fault; or what
                must be known cannot be.
        """
        if self._history:
            raise error
        if not self._refusal_lasts():
            raise UnsettledError("GitHub's GraphQL refuses the edit history.", detail=error.detail) from error
        if self.checklist:
            raise ticks_unknown(error) from error

    def _refusal_lasts(self) -> bool:
        """Note a refusal of what was never read yet, and tell whether it has lasted."""
        now = self.client.monotonic()
        self._refused_at = now if self._refused_at is None else self._refused_at
        return now - self._refused_at >= PERSISTS

    def _do_without_history(self) -> None:
        """Take every edit of the request's further text for a change: times alone tell of no more."""
        self._history, self._unexplained = False, False
        self._change(*(it.updated_at for it in self._more.values() if it.edited))

    def _ticked_by_whom(self) -> bool:
        """Tell whether a box is not as the history that was read has it."""
        known = tuple(box.ticked for box in self._boxes)
        return bool(self.checklist) and ticked(self.checklist, self._body) != known

    def _take_issue_past(self, past: IssuePast) -> None:
        self._change(*past.renamed_at, *content_changes(past.body))
        if past.closures and self._closure is None:
            self._closure = past.closures[0]
        self._unseen = self._explain_deletions(past.deletions)
        self._boxes = boxes(self.checklist, past.body.texts or (self._body,), past.body.edits)

    def _explain_deletions(self, deletions: Sequence[Deletion]) -> tuple[Comment, ...]:
        """Say who deleted the comments that vanished, and return those deleted unseen."""
        touches, unread = explain([*self._vanished.values()], deletions)
        for identity, touch in touches.items():
            seen = self._seen[identity]
            seen.comment = replace(seen.comment, deletion=touch)
        return tuple(
            Comment(
                id=0,
                author=event.author,
                revisions=(Revision(text=None, by=event.author, at=event.touch.at),),
                created_at=event.touch.at,
                deletion=event.touch,
            )
            for event in unread
            if event.author is not None and event.author.id != self.opened.author.id
        )


def with_past(comment: Comment, past: Past) -> Comment:
    """Put together what was seen of a comment and what its history says.

    A history without edits clears a comment that only seemed edited by its
    times, unless two texts of it were seen.
    """
    original, now = comment.revisions[0], comment.revisions[-1]
    if not past.edits and len(set(comment.texts)) == 1:
        return replace(comment, revisions=(original,))
    first = len(past.texts) - len(past.edits)
    texts = [None if text is None else text[:TEXT_LIMIT] for text in past.texts]
    before = [original if text is not None else replace(original, text=None) for text in texts[:first]]
    told = [
        Revision(text=text, by=edit.by, at=edit.at)
        for text, edit in zip(texts[first:], past.edits, strict=False)
    ]
    seen = [it for it in comment.revisions[1:-1] if it.text not in {*texts, now.text}]
    if not told or told[-1].text != now.text:
        told.append(now)
    return replace(comment, revisions=(*(before or [original]), *seen, *told))


def _behind(past: Past | None, updated_at: datetime | None) -> bool:
    """Tell whether a history is older than what was read already, as a copy of GitHub's that lags has it."""
    return past is None or bool(updated_at and past.updated_at and past.updated_at < updated_at)


def plain(title: str) -> str:
    """Return a title without the blanks that GitHub trims."""
    return " ".join(title.split())


def content_changes(body: Past) -> list[datetime]:
    """Find the edits of a body that changed more than ticks."""
    first = len(body.texts) - len(body.edits)
    changes = []
    for position, edit in enumerate(body.edits, start=first):
        before, after = body.texts[position - 1 : position + 1] if position > 0 else (None, None)
        if before is None or after is None or unticked(before) != unticked(after):
            changes.append(edit.at)
    return changes


def _comment_of(data: Mapping[str, Any]) -> tuple[Comment, str, datetime]:
    return (
        Comment(
            id=int(data["id"]),
            author=person_of(data["user"]),
            revisions=(_original(data),),
            created_at=time_of(data["created_at"]),
            via_app=data.get("performed_via_github_app") is not None,
        ),
        str(data["node_id"]),
        time_of(data["updated_at"]),
    )


def _original(data: Mapping[str, Any]) -> Revision:
    text = str(data["body"] or "")[:TEXT_LIMIT]
    return Revision(text=text, by=person_of(data["user"]), at=time_of(data["created_at"]))


def _labels_of(data: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(label["name"]) for label in data["labels"])


def _closure_of(data: Mapping[str, Any], now: datetime) -> Closure:
    closed_at = data.get("closed_at")
    return Closure(by=person_of(data.get("closed_by")), at=time_of(closed_at) if closed_at else now)
