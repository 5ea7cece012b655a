"""The approval issue, read again and again: by REST at every look, by both APIs to confirm.

A look is two conditional requests, free while nothing changed
(https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate).
GraphQL is asked at a look only about what changed.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from approval_gate.core.model import Thread
from approval_gate.errors import (
    LAG,
    PERSISTS,
    NotFoundError,
    OutageError,
    PermissionDeniedError,
    UnsettledError,
)
from approval_gate.github.client import Answer, Client, items
from approval_gate.github.parse import person_of, shaped, time_of
from approval_gate.github.thread.comments import Comments, EditHistory, Listed, disputed
from approval_gate.github.thread.history import Barrier, IssuePast, comments_past, issue_past
from approval_gate.github.thread.issue import IssueState, Opened, content_changes, read_issue


@dataclass(slots=True)
class _PollState:
    """What to ask with, so that an unchanged answer is free."""

    issue: str | None = None
    comments: str | None = None
    since: str = ""


@dataclass(slots=True)
class _Doubt:
    """Something that does not fit together yet: GitHub's lists and copies follow within seconds."""

    monotonic: Callable[[], float]
    patience: float = LAG
    since: float | None = None

    def open(self, *, doubtful: bool) -> bool:
        """Whether to wait for GitHub's copies; what does not fit for long is taken as it is."""
        now = self.monotonic()
        began = now if self.since is None else self.since
        self.since = began if doubtful and now - began < self.patience else None
        return self.since is not None


@dataclass(slots=True)
class ThreadReader:
    """Reads one issue.

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
    _issue: IssueState = field(init=False)
    _comments: Comments = field(default_factory=lambda: Comments(frozenset()))
    _own: dict[int, Listed] = field(default_factory=dict)
    _more: set[int] = field(default_factory=set)
    _tags: _PollState = field(default_factory=_PollState)
    _looked_at: datetime | None = None
    _unexplained: bool = False
    _accepted: int = 0
    _incomplete: _Doubt = field(init=False)
    _behind: _Doubt = field(init=False)
    _refused: _Doubt = field(init=False)

    def __post_init__(self) -> None:
        self._issue = IssueState(self.opened, self.checklist)
        monotonic = self.client.monotonic
        self._incomplete, self._behind = _Doubt(monotonic), _Doubt(monotonic)
        self._refused = _Doubt(monotonic, PERSISTS)
        self._looked_at = self.opened.opened_at

    @property
    def labels(self) -> tuple[str, ...]:
        """The issue's labels, as they were read last."""
        return self._issue.labels

    @labels.setter
    def labels(self, labels: tuple[str, ...]) -> None:
        self._issue.labels = labels

    # Looking -------------------------------------------------------------------------

    def look(self, people: Collection[int], *, facts: bool = False) -> Thread:
        """Look whether anything changed, and return the thread as it is now.

        Args:
            people: who is listed; of their comments the history is read.
            facts: whether it must be known at once which of their comments came by mail.

        Raises:
            GitHubError: GitHub cannot be asked, or the issue is not what it was.
        """
        self._comments.people = frozenset(people)
        now = self.client.now()
        self._look_at_comments()
        self._look_at_issue()
        if self._excess() > self._accepted:
            self._read_all()
            if not self._incomplete.open(doubtful=self._excess() > 0):
                self._accepted = max(0, self._excess())
        self._looked_at = now
        self._read_history(people, facts=facts)
        return self._thread()

    def _look_at_issue(self) -> None:
        answer = self.client.get(self._path(), etag=self._tags.issue)
        if not answer.unchanged:
            self._take_issue(answer)

    def _take_issue(self, answer: Answer) -> None:
        now = self.client.now()
        listed = shaped("the approval issue", partial(read_issue, answer.data, now))
        self._issue.take(listed, now, self._before())
        self._tags.issue = answer.etag

    def _look_at_comments(self) -> None:
        """Read the comments that are new or changed since the last whole list."""
        if not self._tags.since:
            self._read_all()
            return
        parameters: dict[str, str | int] = {"since": self._tags.since}
        since, tags = "", []
        for answer in self.client.answers(self._get_if_changed, self._path("/comments"), parameters):
            if answer.unchanged:
                return
            since = since or self._time()
            tags.append(answer.etag)
            for listed in self._listed(answer):
                self._take(listed)
        if len(tags) == 1:
            self._tags.comments = tags[0]
        else:
            # The next look begins here: each comment of a flood is read once, not at every look.
            self._tags.since, self._tags.comments = since, None

    def _get_if_changed(self, path: str, parameters: Mapping[str, str | int]) -> Answer:
        return self.client.get(path, parameters, etag=self._tags.comments)

    def _time(self) -> str:
        """Return the time to ask ``since``: a comment may be listed late."""
        return (self.client.now() - timedelta(seconds=LAG)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _read_all(self) -> None:
        """Read the whole list; what is not there any more was deleted."""
        listed = self._whole_list()
        for it in listed:
            self._take(it)
        self._miss({it.id for it in listed})

    def _whole_list(self) -> list[Listed]:
        """Read every page, without conditions.

        From the end, lest somebody who deletes a comment meanwhile hide another one: a denial, for example.
        """
        since: str | None = None
        listed: list[Listed] = []
        for answer in self.client.answers_backwards(self.client.get, self._path("/comments")):
            since = since or self._time()
            listed += self._listed(answer)
        self._tags.since, self._tags.comments = since or "", None
        return listed

    @staticmethod
    def _listed(answer: Answer) -> list[Listed]:
        return [shaped("a comment", partial(_listed, data)) for data in items(answer)]

    # Taking in -----------------------------------------------------------------------

    def _take(self, listed: Listed) -> None:
        """Take in a comment."""
        if not self._is_own(listed):
            self._comments.take(listed)
            return
        before = self._own.get(listed.id)
        self._own[listed.id] = listed
        if before is None and (self.tag_of(listed.text) or "").startswith("more-"):
            self._more.add(listed.id)
        edited = listed.updated_at != listed.created_at if before is None else before != listed
        self._unexplained |= edited and listed.id in self._more

    def _is_own(self, listed: Listed) -> bool:
        """Tell whether the gate wrote it, not a person of the same account; an edit changes nothing."""
        if listed.id in self._own or listed.id in self._comments.known:
            return listed.id in self._own
        by_us = listed.author is not None and listed.author.id == self.opened.author.id
        return by_us and self.tag_of(listed.text) is not None

    def _miss(self, listed: Collection[int]) -> None:
        """Note what is gone."""
        now = self.client.now()
        gone = self._comments.miss(listed, self._before(), now)
        if any(author.id in self._comments.people for author in gone):
            self._unexplained = True
        for identity in self._own.keys() - listed:
            del self._own[identity]
            if identity in self._more:
                self._more.remove(identity)
                self._issue.notice(now, self._before())

    def _excess(self) -> int:
        """Return how many comments more are known than the issue counts: they were deleted."""
        return len(self._own) + len(self._comments.present()) - self._issue.count

    def _before(self) -> datetime:
        """Return when everything was last as it was known."""
        return self._looked_at or self.opened.opened_at

    # The history ---------------------------------------------------------------------

    def _read_history(self, people: Collection[int], *, facts: bool) -> None:
        """Ask GraphQL what REST only hints at: who edited or deleted what, and what is hidden now.

        Raises:
            UnsettledError: GraphQL does not have yet what REST has.
        """
        doubted = [
            it for it in self._comments.of(people) if it.doubtful or (facts and it.listed.facts is None)
        ]
        unexplained = self._unexplained or self._issue.unexplained
        if not doubted and not unexplained:
            return
        asked = {it.listed.node_id: it.listed for it in doubted}
        if unexplained:
            asked |= {self._own[it].node_id: self._own[it] for it in self._more}
        with self._asking():
            told = comments_past(self.client, list(asked))
            issue = issue_past(self.client, self.opened.node_id) if unexplained else None
        behind = any(it is None or it[0].updated_at < asked[node].updated_at for node, it in told.items())
        if issue is not None and self._issue.updated_at is not None:
            behind |= issue.updated_at < self._issue.updated_at
        if self._behind.open(doubtful=behind):
            raise UnsettledError("GitHub's edit history is behind the conversation.")
        revised = [(it, past) for it, past in filter(None, told.values())]
        for it, past in revised:
            if it.id not in self._own:
                self._comments.take_past(it, past, settled=True)
        if issue is not None:
            self._take_past(issue, [past for it, past in revised if it.id in self._more])

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Take a refusal of GraphQL's for a fault: it answered before the issue was opened.

        Raises:
            OutageError: it refused.
            GitHubError: the refusal has lasted; or another fault.
        """
        try:
            yield
        except (PermissionDeniedError, NotFoundError) as error:
            if self._refused.open(doubtful=True):
                raise OutageError("GitHub's GraphQL refuses this token.", detail=error.detail) from error
            raise PermissionDeniedError(
                "This token can no longer read by GitHub's GraphQL who edited or deleted a comment.",
                remedy="Start a new deployment with a token that can.",
                detail=error.detail,
            ) from error
        self._refused.open(doubtful=False)

    def _take_past(self, issue: IssuePast, more: Sequence[EditHistory]) -> None:
        changes = [*issue.renamed, *(modification for past in more for modification in content_changes(past))]
        self._issue.take_past(issue.body, changes, issue.closures)
        own = self.opened.author.id
        self._comments.explain([it for it in issue.deletions if it.author is None or it.author.id != own])
        self._unexplained = False

    # Confirming ----------------------------------------------------------------------

    def confirm(self, people: Collection[int], barrier: Barrier | None = None) -> Thread:
        """Read the whole conversation by both APIs, without conditions, and the issue with its history.

        A comment of which the two do not say the same is marked as not agreed.

        Args:
            people: who is listed.
            barrier: an edit that each read must show, or it is not believed.

        Raises:
            UnsettledError: a read is older than the barrier.
            GitHubError: GitHub cannot be asked, or the issue is not what it was.
        """
        self._comments.people = frozenset(people)
        if barrier is None:
            # With a barrier the issue was looked at a moment ago, and GraphQL tells of it, too.
            self._take_issue(self.client.get(self._path()))
        with self._asking():
            issue = issue_past(self.client, self.opened.node_id, barrier, comments=True)
            revised = self._revised(issue.comments, barrier)
        # Last, so that it has what was said while the others were read.
        listed = self._whole_list()
        own = next((it for it in listed if barrier and it.id == barrier.comment_id), None)
        if barrier and not (own and barrier.shown_by(own.updated_at, own.text)):
            raise UnsettledError("GitHub's list of comments does not show yet what the gate wrote last.")
        for it in (*issue.comments, *listed):
            self._take(it)
        for it, past in revised:
            if it.id not in self._own:
                self._comments.take_past(it, past)
        self._miss({it.id for it in (*issue.comments, *listed)})
        self._take_past(issue, [past for it, past in revised if it.id in self._more])
        self._looked_at = self.client.now()
        return self._thread(disputed(issue.comments, listed))

    def _revised(self, listed: Sequence[Listed], barrier: Barrier | None) -> list[tuple[Listed, EditHistory]]:
        """Read the revisions of what listed people wrote and somebody edited, and of the request's text."""
        edited = [
            it.node_id
            for it in listed
            if it.facts and it.facts.edited_at and (it.id in self._more or self._is_listed_persons(it))
        ]
        told = comments_past(self.client, edited, barrier)
        if None in told.values():
            raise UnsettledError("A comment went while the approval was being confirmed.")
        return [it for it in told.values() if it is not None]

    def _is_listed_persons(self, listed: Listed) -> bool:
        known = self._comments.known.get(listed.id)
        author = listed.author or (known.listed.author if known else None)
        return author is not None and author.id in self._comments.people

    # ---------------------------------------------------------------------------------

    def _thread(self, differing: Collection[int] = ()) -> Thread:
        return Thread(
            opened_at=self.opened.opened_at,
            author_id=self.opened.author.id,
            comments=self._comments.read(differing),
            changed=self._issue.changed,
            closing=self._issue.closing,
            checklist_items=self._issue.checklist_items,
        )

    def _path(self, rest: str = "") -> str:
        return f"/repos/{self.repository}/issues/{self.opened.number}{rest}"


def _listed(data: Mapping[str, Any]) -> Listed:
    created_at, untouched = time_of(data["created_at"]), data["updated_at"] == data["created_at"]
    return Listed(
        id=int(data["id"]),
        node_id=str(data["node_id"]),
        author=person_of(data["user"]),
        text=str(data["body"] or ""),
        created_at=created_at,
        updated_at=created_at if untouched else time_of(data["updated_at"]),
        via_app=data.get("performed_via_github_app") is not None,
    )
