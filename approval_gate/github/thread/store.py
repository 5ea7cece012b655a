"""What is known of each comment: values in, values out.

A text that was seen once is never forgotten: an edit keeps the text before it, and a comment that is
gone stays known as deleted.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from approval_gate.core.commands import TEXT_LIMIT
from approval_gate.core.marker import CONTINUATION, Marker
from approval_gate.core.model import Comment, Modification, Person, Revision
from approval_gate.core.tasks import unticked
from approval_gate.github.parse import ListedComment
from approval_gate.github.thread.deletions import Deletion, Vanished, explain


@dataclass(frozen=True, slots=True, kw_only=True)
class EditHistory:
    """The revisions of a text, and who made them when.

    Attributes:
        texts: from the first to the last; None for a revision that can no longer be read.
        edits: of as many of the last texts; the text before them is the original.
    """

    texts: tuple[str | None, ...] = ()
    edits: tuple[Modification, ...] = ()

    def content_changes(self) -> tuple[Modification, ...]:
        """Return the edits that changed more than ticks, or may have."""
        texts = self._all_texts()[-len(self.edits) - 1 :]
        return tuple(
            edit
            for before, after, edit in zip(texts, texts[1:], self.edits, strict=False)
            if before is None or after is None or unticked(before) != unticked(after)
        )

    def revisions(self, author: Person | None, created_at: datetime) -> list[Revision]:
        """Return the revisions, the original first; one that cannot be read has no text."""
        texts = self._all_texts()
        originals = [Modification(by=author, at=created_at)] * (len(texts) - len(self.edits))
        made = zip(texts, (*originals, *self.edits), strict=True)
        return [Revision(text=text, by=it.by, at=it.at) for text, it in made]

    def _all_texts(self) -> tuple[str | None, ...]:
        missing = max(0, len(self.edits) + 1 - len(self.texts))
        return (*[None] * missing, *self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedComment:
    """A comment with everything that was ever read of it.

    Attributes:
        listed: as it was listed last.
        tag: which of the request's own comments it is; None for a person's.
        seen: each text that was listed, with the time of its update.
        history: its edits, once they were read.
        history_of: the text, and the time of its update, that the history led to.
        changes: what was done to the text of the issue that goes on in it, except for ticks.
        vanished: set while GitHub's lists do not have it.
        deletion: who deleted it and when, once that was read.
    """

    listed: ListedComment
    tag: str | None = None
    seen: tuple[tuple[str, datetime], ...] = ()
    history: EditHistory | None = None
    history_of: tuple[str, datetime] | None = None
    changes: tuple[Modification, ...] = ()
    vanished: Vanished | None = None
    deletion: Modification | None = None

    @property
    def continues(self) -> bool:
        """Whether the text of the issue goes on in it."""
        return self.tag is not None and self.tag.startswith(CONTINUATION)

    @property
    def doubtful(self) -> bool:
        """Whether its history must be read: it may have been edited since it was last read.

        Hiding a comment moves ``updated_at`` too.
        """
        modified = len(self.seen) > 1 or self.seen[0][1] != self.listed.created_at
        return modified and self.history_of != self.seen[-1]

    def again(self, listed: ListedComment) -> "TrackedComment":
        """Take in the comment as it is listed now; an older state is from a list that is behind."""
        version = listed.text, listed.updated_at
        if self.seen and listed.updated_at < self.seen[-1][1]:
            return replace(self, vanished=None, deletion=None)
        author, facts = listed.author or self.listed.author, listed.facts or self.listed.facts
        via_app = listed.via_app or self.listed.via_app
        # GraphQL knows where a comment was never edited, whatever its times suggest.
        unedited = listed.facts is not None and listed.facts.edited_at is None
        return replace(
            self,
            listed=replace(listed, author=author, facts=facts, via_app=via_app) if self.seen else listed,
            seen=self.seen if self.seen and version == self.seen[-1] else (*self.seen, version),
            history=EditHistory() if unedited else self.history,
            history_of=version if unedited else self.history_of,
            vanished=None,
            deletion=None,
        )

    def with_history(self, history: EditHistory, history_of: tuple[str, datetime]) -> "TrackedComment":
        """Take in its edits."""
        changes = dict.fromkeys((*self.changes, *history.content_changes())) if self.continues else ()
        return replace(self, history=history, history_of=history_of, changes=tuple(changes))

    def gone(self, vanished: Vanished) -> "TrackedComment":
        """Note that the lists no longer have it; text of the issue that went on in it was changed by that."""
        changes = (Modification(by=None, at=vanished.found_at),) if self.continues else ()
        return replace(self, vanished=vanished, changes=(*self.changes, *changes))

    def revisions(self) -> tuple[Revision, ...]:
        """Return its texts from the original on, with the author of each as far as that is known."""
        author, created_at = self.listed.author, self.listed.created_at
        if not (self.history and self.history.edits):
            original, *others = dict.fromkeys(text for text, _ in self.seen)
            first = Revision(text=original, by=author, at=created_at)
            if self.history and not others:
                return (first,)
            changed = self.seen[1:] if self.seen[0][1] == created_at else self.seen
            return (first, *(Revision(text=text, by=None, at=at) for text, at in changed))
        known = self.history.revisions(author, created_at)
        for text, at in self.seen:
            place = max((i for i, it in enumerate(known) if it.at <= at), default=0)
            if known[place].text is None and sum(it.at == at for it in known) <= 1:
                known[place] = replace(known[place], text=text)
            elif text not in {revision.text for revision in known}:
                known.insert(place + 1, Revision(text=text, by=None, at=at))
        if known[-1].text != self.listed.text:
            known.append(Revision(text=self.listed.text, by=None, at=self.listed.updated_at))
        return tuple(known)

    def comment(self) -> Comment:
        """Return it as the core has it."""
        listed, facts = self.listed, self.listed.facts
        missed = Modification(by=None, at=self.vanished.found_at) if self.vanished else None
        return Comment(
            id=listed.id,
            author=listed.author,
            revisions=self.revisions(),
            created_at=listed.created_at,
            deletion=self.deletion or missed,
            via_app=listed.via_app,
            via_email=facts is not None and facts.via_email,
            hidden=facts is not None and facts.hidden,
        )


@dataclass(slots=True)
class CommentStore:
    """Everything that was read of the conversation.

    Attributes:
        own_id: the gate's own account.
        people: the ids of the people on the roster: their texts are kept whole and their history is
            read. Other texts are cut to what can be a command.
        own: prefixes of the names of the gate's own comments to which the same applies.
    """

    own_id: int
    marker: Marker
    people: frozenset[int] = frozenset()
    own: tuple[str, ...] = (CONTINUATION,)
    _tracked: dict[int, TrackedComment] = field(default_factory=dict)
    _unread: tuple[Deletion, ...] = ()
    _comments: dict[int, Comment] = field(default_factory=dict)

    def take(self, listed: ListedComment) -> TrackedComment:
        """Take in a comment that is listed."""
        tag = self._tag(listed)  # read before the text is cut: it is at its end
        listed = self._cut(listed)
        known = self._tracked.get(listed.id) or TrackedComment(listed=listed, tag=tag)
        return self._keep(known.again(listed))

    def take_history(self, listed: ListedComment, history: EditHistory, *, settled: bool = False) -> None:
        """Take in a comment with its edits, from GraphQL.

        If it is settled, they count as those of the comment as it is known, whatever their times.
        """
        it, listed = self.take(listed), self._cut(listed)
        if not self.reads_history_of(listed):
            history = replace(history, texts=tuple(text and text[:TEXT_LIMIT] for text in history.texts))
        self._keep(it.with_history(history, it.seen[-1] if settled else (listed.text, listed.updated_at)))

    def miss(self, listed: Collection[int], after: datetime, found_at: datetime) -> None:
        """Note what the whole list of ``found_at`` no longer has; ``after``, the last one, is when it had."""
        for it in self._present():
            identity, author = it.listed.id, it.listed.author
            if identity not in listed:
                self._keep(it.gone(Vanished(id=identity, author=author, after=after, found_at=found_at)))

    def explain(self, events: Iterable[Deletion]) -> None:
        """Assign the deletion events, and keep those of comments that nobody read."""
        of_people = [it for it in events if it.author is None or it.author.id != self.own_id]
        vanished = [it.vanished for it in self._tracked.values() if it.vanished and it.tag is None]
        deletions, unread = explain(vanished, of_people)
        for identity, deletion in deletions.items():
            self._keep(replace(self._tracked[identity], deletion=deletion))
        self._unread = tuple(event for event in unread if event.author is not None)

    @property
    def unexplained(self) -> bool:
        """Whether a comment vanished of which it matters who deleted it."""
        return any(
            it.vanished and it.deletion is None and it.tag is None and self.reads_history_of(it.listed)
            for it in self._tracked.values()
        )

    def doubtful(self, *, facts: bool) -> dict[str, datetime]:
        """Return the node ids of the comments whose history must be read, with the time of their update.

        With ``facts``, those that lack only GraphQL's facts are among them.
        """
        return {
            it.listed.node_id: it.listed.updated_at
            for it in self._present()
            if (it.doubtful or (facts and it.listed.facts is None and it.tag is None))
            and self.reads_history_of(it.listed)
        }

    def reads_history_of(self, listed: ListedComment) -> bool:
        """Whether a comment's edits matter: it is by a person on the roster, or one of those of the gate."""
        known = self._tracked.get(listed.id)
        tag = known.tag if known else self._tag(listed)
        if tag is not None:
            return tag.startswith(self.own)
        author = listed.author or (known.listed.author if known else None)
        return author is not None and author.id in self.people

    def count(self) -> int:
        """Return how many comments are there, as far as is known."""
        return len(self._present())

    def changes(self) -> list[Modification]:
        """Return what was done to the text of the issue where it goes on in comments."""
        return [change for it in self._tracked.values() for change in it.changes]

    def comments(self, disputed: Collection[int] = ()) -> tuple[Comment, ...]:
        """Return the conversation of people; GitHub's two lists differ about the disputed comments."""
        people = sorted(identity for identity, it in self._tracked.items() if it.tag is None)
        comments = (self._comments[identity] for identity in people)
        return (
            *(_unread(event) for event in self._unread),
            *(replace(it, agreed=False) if it.id in disputed else it for it in comments),
        )

    def named(self, beginnings: tuple[str, ...]) -> tuple[tuple[str, Comment], ...]:
        """Return the gate's own comments whose names begin so, each with its name, in their order."""
        own = [it for it in self._tracked.values() if it.tag is not None and it.tag.startswith(beginnings)]
        return tuple((it.tag or "", self._comments[it.listed.id]) for it in own)

    def _keep(self, it: TrackedComment) -> TrackedComment:
        if self._tracked.get(it.listed.id) != it:
            self._tracked[it.listed.id] = it
            self._comments[it.listed.id] = it.comment()
        return it

    def _present(self) -> list[TrackedComment]:
        return [it for it in self._tracked.values() if not it.vanished]

    def _tag(self, listed: ListedComment) -> str | None:
        """Return the tag of the gate's own comment; people of the same account write without one."""
        return self.marker.tag_of(listed.text) if listed.author and listed.author.id == self.own_id else None

    def _cut(self, listed: ListedComment) -> ListedComment:
        whole = len(listed.text) <= TEXT_LIMIT or self.reads_history_of(listed)
        return listed if whole else replace(listed, text=listed.text[:TEXT_LIMIT])


def disputed(one: Iterable[ListedComment], other: Iterable[ListedComment]) -> frozenset[int]:
    """Return the ids that only one of two lists has, or that they show differently."""
    first, second = ({it.id: it for it in listed} for listed in (one, other))
    both = first.keys() & second.keys()
    differ = {identity for identity in both if not first[identity].agrees_with(second[identity])}
    return frozenset(differ | (first.keys() ^ second.keys()))


def _unread(event: Deletion) -> Comment:
    """Return a comment that was deleted before it was read."""
    return Comment(
        id=0,
        author=event.author,
        revisions=(Revision(text=None, by=event.author, at=event.modification.at),),
        created_at=event.modification.at,
        deletion=event.modification,
    )
