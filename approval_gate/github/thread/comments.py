"""What is known of each comment: values in, values out.

What was seen once is never forgotten: an edit keeps the text before it, and a
comment that is gone stays known as deleted.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from approval_gate.core.commands import TEXT_LIMIT
from approval_gate.core.model import Comment, Modification, Person, Revision
from approval_gate.github.thread.deletions import Deletion, Vanished, explain


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What GraphQL alone tells of a comment; ``edited_at`` is None if it was never edited."""

    hidden: bool
    via_email: bool
    edited_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A comment as one of GitHub's two lists has it."""

    id: int
    node_id: str
    author: Person | None
    text: str
    created_at: datetime
    updated_at: datetime
    via_app: bool = False
    facts: Facts | None = None

    def alike(self, other: "Listed") -> bool:
        """Whether two lists agree on whose it is and what it says; logins of bots differ between them."""
        mine, theirs = (it.author.id if it.author else None for it in (self, other))
        return mine == theirs and self.text.splitlines() == other.text.splitlines()


@dataclass(frozen=True, slots=True, kw_only=True)
class EditHistory:
    """A text's revisions: what it said from the first on, and who changed it when.

    ``texts`` holds None for a revision that can no longer be read. The last
    ``edits`` texts are the edits'; the one before them is the original.
    """

    texts: tuple[str | None, ...]
    edits: tuple[Modification, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A comment with all that was ever read of it.

    Attributes:
        listed: as it was listed last.
        seen: each text that was listed, and when it was said to be updated.
        past: its revisions, once they were read.
        past_of: the text, and when it was updated, that they led to when they were read.
    """

    listed: Listed
    seen: tuple[tuple[str, datetime], ...]
    past: EditHistory | None = None
    past_of: tuple[str, datetime] | None = None

    @classmethod
    def first(cls, listed: Listed) -> "Known":
        """Take in a comment that was not known."""
        return cls(listed=listed, seen=((listed.text, listed.updated_at),)).told(listed.facts)

    @property
    def touched(self) -> bool:
        """Whether it may have been edited: hiding a comment moves ``updated_at`` too."""
        first = self.seen[0]
        return len(self.seen) > 1 or first[1] != self.listed.created_at

    @property
    def doubtful(self) -> bool:
        """Whether its revisions should be asked for: it was touched since they were last read."""
        return self.touched and self.past_of != self.seen[-1]

    def again(self, listed: Listed) -> "Known":
        """Take in the comment as it is listed now."""
        author = listed.author or self.listed.author
        facts = listed.facts or self.listed.facts
        via_app = listed.via_app or self.listed.via_app
        now = replace(listed, author=author, facts=facts, via_app=via_app)
        told = (listed.text, listed.updated_at)
        if listed.updated_at < self.seen[-1][1]:
            return self  # an older state, from a list that is behind
        seen = self.seen if told == self.seen[-1] else (*self.seen, told)
        return replace(self, listed=now, seen=seen).told(listed.facts)

    def told(self, facts: Facts | None) -> "Known":
        """Take GraphQL's word that a comment was never edited, whatever its times seem to say."""
        if facts is None or facts.edited_at is not None:
            return self
        return replace(self, past=EditHistory(texts=(), edits=()), past_of=self.seen[-1])

    def revisions(self) -> tuple[Revision, ...]:
        """Return its texts from the original on, by whom each is as far as that is known."""
        author, created_at = self.listed.author, self.listed.created_at
        texts = list(dict.fromkeys(text for text, _ in self.seen))
        original = Revision(text=texts[0], by=author, at=created_at)
        if self.past is None or (not self.past.edits and len(texts) > 1):
            changed = self.seen[1:] if self.seen[0][1] == created_at else self.seen
            return (original, *(Revision(text=text, by=None, at=at) for text, at in changed))
        if not self.past.edits:
            return (original,)
        told = _told(self.past, author, created_at)
        for text, at in self.seen:
            place = max((i for i, it in enumerate(told) if it.at <= at), default=0)
            if told[place].text is None and sum(it.at == at for it in told) <= 1:
                told[place] = replace(told[place], text=text)
            elif text not in {revision.text for revision in told}:
                told.insert(place + 1, Revision(text=text, by=None, at=at))
        if told[-1].text != self.listed.text:
            told.append(Revision(text=self.listed.text, by=None, at=self.listed.updated_at))
        return tuple(told)


def _told(past: EditHistory, author: Person | None, created_at: datetime) -> list[Revision]:
    """Return what the history tells, the original first; one that it does not have cannot be read."""
    first = len(past.texts) - len(past.edits)
    edited = past.texts[first:] if first >= 0 else (*[None] * -first, *past.texts)
    before = past.texts[:first] if first > 0 else (None,)
    originals = [Revision(text=text, by=author, at=created_at) for text in before]
    edits = [
        Revision(text=text, by=edit.by, at=edit.at) for text, edit in zip(edited, past.edits, strict=True)
    ]
    return [*originals, *edits]


@dataclass(slots=True)
class Comments:
    """Everything that was read of the conversation.

    Args:
        people: whose texts are kept whole; those of others are cut to what can be a command.
    """

    people: frozenset[int]
    known: dict[int, Known] = field(default_factory=dict)
    vanished: dict[int, Vanished] = field(default_factory=dict)
    deletions: dict[int, Modification] = field(default_factory=dict)
    unread: tuple[Deletion, ...] = ()
    authors: dict[Person, Person] = field(default_factory=dict)
    _built: dict[int, tuple[tuple[Known, Modification | None, bool], Comment]] = field(default_factory=dict)

    def take(self, listed: Listed) -> None:
        """Take in a comment that is listed."""
        listed = self._cut(listed)
        before = self.known.get(listed.id)
        self.vanished.pop(listed.id, None)
        self.deletions.pop(listed.id, None)
        self.known[listed.id] = before.again(listed) if before else Known.first(listed)

    def take_past(self, listed: Listed, past: EditHistory, *, settled: bool = False) -> None:
        """Take in a comment's revisions, and what GraphQL tells of it beside them.

        Args:
            listed: the comment, as it was told with its revisions.
            past: the revisions.
            settled: whether they are those of the comment as it is known, whatever their times say.
        """
        listed = self._cut(listed)
        self.take(listed)
        it = self.known[listed.id]
        told = it.seen[-1] if settled else (listed.text, listed.updated_at)
        self.known[listed.id] = replace(it, past=self._cut_past(it, past), past_of=told)

    def miss(self, listed: Collection[int], after: datetime, found_at: datetime) -> list[Person]:
        """Note which comments a whole list has no more; return whose they were.

        Args:
            listed: the ids that it has.
            after: when it was last known to be whole.
            found_at: when it was read.
        """
        gone = [it for it in self.present() if it.listed.id not in listed]
        for it in gone:
            author = it.listed.author
            self.vanished[it.listed.id] = Vanished(
                id=it.listed.id, author=author, after=after, found_at=found_at
            )
            self.deletions[it.listed.id] = Modification(by=None, at=found_at)
        return [it.listed.author for it in gone if it.listed.author]

    def explain(self, events: Sequence[Deletion]) -> None:
        """Say who deleted what vanished, and keep the events of what nobody read."""
        self.deletions, unread = explain([*self.vanished.values()], events)
        self.unread = tuple(event for event in unread if event.author is not None)

    def present(self) -> list[Known]:
        """Return those that are not deleted, as far as is known."""
        return [it for it in self.known.values() if it.listed.id not in self.vanished]

    def of(self, people: Collection[int]) -> list[Known]:
        """Return those of some people that are not deleted."""
        return [it for it in self.present() if it.listed.author and it.listed.author.id in people]

    def read(self, disputed: Collection[int] = ()) -> tuple[Comment, ...]:
        """Return the conversation.

        Args:
            disputed: the ids of which GitHub's lists do not say the same.
        """
        return (
            *(_unread(event) for event in self.unread),
            *(self._comment(self.known[identity], disputed) for identity in sorted(self.known)),
        )

    def _comment(self, it: Known, disputed: Collection[int]) -> Comment:
        """Return a comment, as it was built the last time if nothing of it changed."""
        identity = it.listed.id
        what = it, self.deletions.get(identity), identity not in disputed
        built = self._built.get(identity)
        if built is None or built[0] != what:
            built = self._built[identity] = what, self._build(it, disputed)
        return built[1]

    def _build(self, it: Known, disputed: Collection[int]) -> Comment:
        listed, facts = it.listed, it.listed.facts
        return Comment(
            id=listed.id,
            author=listed.author,
            revisions=it.revisions(),
            created_at=listed.created_at,
            deletion=self.deletions.get(listed.id),
            via_app=listed.via_app,
            via_email=facts is not None and facts.via_email,
            hidden=facts is not None and facts.hidden,
            agreed=listed.id not in disputed,
        )

    def _cut(self, listed: Listed) -> Listed:
        author = listed.author
        whole = author is not None and author.id in self.people
        # One account has one value, however many comments: those of a flood are kept, too.
        author = author and self.authors.setdefault(author, author)
        return replace(listed, author=author, text=listed.text if whole else listed.text[:TEXT_LIMIT])

    def _cut_past(self, it: Known, past: EditHistory) -> EditHistory:
        if it.listed.author is not None and it.listed.author.id in self.people:
            return past
        return replace(past, texts=tuple(text and text[:TEXT_LIMIT] for text in past.texts))


def disputed(one: Iterable[Listed], other: Iterable[Listed]) -> frozenset[int]:
    """Return the ids that only one of two lists has, or that they have differently."""
    first: Mapping[int, Listed] = {it.id: it for it in one}
    second: Mapping[int, Listed] = {it.id: it for it in other}
    differ = {
        identity for identity in first.keys() & second.keys() if not first[identity].alike(second[identity])
    }
    return frozenset(differ | (first.keys() ^ second.keys()))


def _unread(event: Deletion) -> Comment:
    """Return a comment that was deleted before anybody read it."""
    return Comment(
        id=0,
        author=event.author,
        revisions=(Revision(text=None, by=event.author, at=event.modification.at),),
        created_at=event.modification.at,
        deletion=event.modification,
    )
