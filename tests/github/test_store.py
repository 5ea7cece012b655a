"""What is known of comments, and which deletion belongs to which: values in, values out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from approval_gate.core.commands import TEXT_LIMIT
from approval_gate.core.model import Modification, Person
from approval_gate.github.issue import Marker
from approval_gate.github.parse import CommentFacts, ListedComment
from approval_gate.github.thread.deletions import Deletion, Vanished, explain
from approval_gate.github.thread.store import CommentStore, EditHistory, TrackedComment, disputed
from tests.github.scene import versions

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANN = Person(id=1, login="ann")
BOB = Person(id=2, login="bob")
NEVER_EDITED = CommentFacts(hidden=False, via_email=False, edited_at=None)


def at(seconds: int) -> datetime:
    return AT + timedelta(seconds=seconds)


def listed(
    text: str,
    updated: int = 0,
    *,
    number: int = 1,
    author: Person | None = ANN,
    facts: CommentFacts | None = None,
) -> ListedComment:
    return ListedComment(
        id=number,
        node_id="IC_1",
        author=author,
        text=text,
        created_at=AT,
        updated_at=at(updated),
        facts=facts,
    )


def tracked(*lists: ListedComment, history: EditHistory | None = None) -> TrackedComment:
    it = TrackedComment(listed=lists[0])
    for one in lists:
        it = it.again(one)
    return it if history is None else it.with_history(history, (lists[-1].text, lists[-1].updated_at))


def history(*revisions: tuple[str | None, int]) -> EditHistory:
    texts = tuple(text for text, _ in revisions)
    return EditHistory(
        texts=texts, edits=tuple(Modification(by=BOB, at=at(when)) for _, when in revisions[1:])
    )


TEXTS = st.sampled_from(["deny", "approve", "hello", ""])
LISTINGS = st.lists(st.tuples(TEXTS, st.integers(0, 5)), min_size=1, max_size=6)
PASTS = st.none() | st.lists(st.tuples(st.none() | TEXTS, st.integers(0, 5)), min_size=1, max_size=5)


@given(LISTINGS, PASTS)
@example([("deny", 0), ("approve", 0), ("deny", 0)], None)
def test_every_text_that_was_listed_stays_among_the_revisions(
    listings: list[tuple[str, int]], told: list[tuple[str | None, int]] | None
) -> None:
    listings.sort(key=lambda one: one[1])
    edits = history(*sorted(told, key=lambda one: one[1])) if told else None
    it = tracked(*(listed(text, when) for text, when in listings), history=edits)
    revisions = it.revisions()
    assert {text for text, _ in listings} <= {revision.text for revision in revisions}
    assert revisions[-1].text == listings[-1][0]
    assert (revisions[0].by, revisions[0].at) == (ANN, AT)


@given(LISTINGS)
def test_a_list_that_is_behind_changes_nothing(listings: list[tuple[str, int]]) -> None:
    listings.sort(key=lambda one: one[1])
    lists = [listed(text, when) for text, when in listings]
    behind = [it for it in lists if it.updated_at < lists[-1].updated_at]
    assert tracked(*lists, *behind).revisions() == tracked(*lists).revisions()


@given(st.integers(0, 30), st.integers(0, 30))
def test_update_times_alone_are_not_an_edit_where_graphql_has_none(one: int, other: int) -> None:
    it = tracked(listed("approve", min(one, other)), listed("approve", max(one, other), facts=NEVER_EDITED))
    assert len(it.revisions()) == 1
    assert not it.doubtful


def test_a_changed_update_time_is_an_edit_by_an_unknown_user_until_the_history_is_read() -> None:
    it = tracked(listed("approve", 5))
    (_, touched) = it.revisions()
    assert (touched.text, touched.by, touched.at, it.doubtful) == ("approve", None, at(5), True)


def test_two_texts_are_an_edit_even_if_graphql_has_none() -> None:
    it = tracked(listed("deny"), listed("approve", facts=NEVER_EDITED))
    assert [revision.text for revision in it.revisions()] == ["deny", "approve"]


def test_a_revision_that_is_gone_is_unreadable() -> None:
    assert [r.text for r in tracked(listed("hi", 5), history=history((None, 0), ("hi", 5))).revisions()] == [
        None,
        "hi",
    ]


def test_a_revision_that_is_gone_is_known_if_it_was_listed() -> None:
    it = tracked(listed("deny"), listed("hi", 5), history=history((None, 0), ("hi", 5)))
    assert [revision.text for revision in it.revisions()] == ["deny", "hi"]


def test_of_two_revisions_in_the_same_second_neither_is_assumed_to_be_the_listed_one() -> None:
    it = tracked(
        listed("hello", 3), listed("ok", 5), history=history(("hello", 0), (None, 3), (None, 3), ("ok", 5))
    )
    assert [revision.text for revision in it.revisions()].count(None) == 2


def test_fewer_texts_than_edits_leave_the_first_unreadable() -> None:
    edits = EditHistory(texts=("b",), edits=(Modification(by=BOB, at=at(1)), Modification(by=BOB, at=at(2))))
    assert [r.text for r in tracked(listed("b", 2), history=edits).revisions()] == [None, None, "b"]


@given(st.lists(st.sampled_from(["a", "b"]), max_size=4), st.lists(st.sampled_from(["a", "b"]), max_size=4))
def test_the_differences_of_two_lists_do_not_depend_on_their_order(one: list[str], other: list[str]) -> None:
    first = [listed(text, number=number) for number, text in enumerate(one)]
    second = [listed(text, number=number) for number, text in enumerate(other)]
    differing = disputed(first, second)
    assert differing == disputed(second, first)
    both = min(len(one), len(other))
    expected = {n for n in range(both) if one[n] != other[n]} | set(range(both, max(len(one), len(other))))
    assert differing == expected


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (listed("a\r\nb"), True),
        (listed("a\nb", 9), True),
        (listed("a\nb", author=Person(id=1, login="ann[bot]", bot=True)), True),
        (listed("a\nb", author=BOB), False),
        (listed("a\nb", author=None), False),
        (listed("a\nc"), False),
    ],
)
def test_two_lists_agree_where_author_and_text_are_the_same(other: ListedComment, alike: bool) -> None:  # noqa: FBT001 - a column of the table
    assert listed("a\nb").agrees_with(other) is alike


# Edits of continuation comments -------------------------------------------


@pytest.mark.parametrize(
    ("texts", "changes"),
    [
        (("- [ ] a", "- [x] a"), []),
        (("- [ ] a", "- [ ] b"), [1]),
        (("- [ ] a", "- [ ] b", "- [ ] a"), [1, 2]),
        (("- [ ] a", None, "- [x] a"), [1, 2]),
        (("- [ ] a", "- [x] a", "- [x] b"), [2]),
    ],
)
def test_edits_that_change_more_than_ticks(texts: tuple[str | None, ...], changes: list[int]) -> None:
    edits = history(*((text, second) for second, text in enumerate(texts)))
    assert [change.at for change in edits.content_changes()] == [at(second) for second in changes]


@pytest.mark.parametrize("texts", [("a",), ()])
def test_an_edit_of_an_unknown_text_is_a_change(texts: tuple[str, ...]) -> None:
    edit = Modification(by=BOB, at=at(1))
    assert EditHistory(texts=texts, edits=(edit,)).content_changes() == (edit,)


# The store ----------------------------------------------------------------------------

GATE = Person(id=9, login="gate[bot]", bot=True)
MALLORY = Person(id=66, login="mallory")
MARKER = Marker(run_id=77, run_attempt=2, nonce="0123456789abcdef" * 2)


def own(tag: str, text: str = "") -> str:
    return MARKER.comment(tag, text)


def store(*lists: ListedComment) -> CommentStore:
    """The store of a conversation with ann and bob on the roster."""
    comments = CommentStore(GATE.id, MARKER, frozenset({ANN.id, BOB.id}))
    for it in lists:
        comments.take(it)
    return comments


def deletion(author: Person | None, by: Person | None, when: int) -> Deletion:
    return Deletion(author=author, modification=Modification(by=by, at=at(when)))


def missing(*gone: ListedComment, found: int = 60) -> CommentStore:
    """A store whose comments are missing from the list that was read in second ``found``."""
    comments = store(*gone)
    comments.miss((), at(found - 60), at(found))
    return comments


def deletions(comments: CommentStore) -> dict[int, Modification | None]:
    return {it.id: it.deletion for it in comments.comments()}


def test_a_roster_members_text_is_kept_whole_and_a_strangers_is_cut() -> None:
    text = "x" * 60_000
    comments = store(listed(text), listed(text, number=2, author=MALLORY))
    assert [versions(it) for it in comments.comments()] == [(text,), (text[:TEXT_LIMIT],)]


def test_a_roster_members_earlier_text_is_kept_whole_and_a_strangers_is_cut() -> None:
    text = "x" * 10_000
    edits = history((text, 0), ("y", 5))
    comments = store()
    comments.take_history(listed("y", 5), edits)
    comments.take_history(listed("y", 5, number=2, author=MALLORY), edits)
    assert [versions(it) for it in comments.comments()] == [(text, "y"), (text[:TEXT_LIMIT], "y")]


def test_the_gates_own_comment_is_recognized_however_long_it_is() -> None:
    comments = store(listed(own("closing", "x" * 60_000), author=GATE), listed("hello", number=2))
    assert [it.id for it in comments.comments()] == [2]


def test_the_gates_own_comments_are_counted_and_are_not_in_the_conversation() -> None:
    comments = store(listed(own("status"), author=GATE), listed("hello", number=2))
    assert (comments.count(), [it.id for it in comments.comments()]) == (2, [2])


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("deny - by hand", GATE),
        (replace(MARKER, nonce="f" * 32).comment("status", "of another request"), GATE),
        ("\n".join(f"> {line}" for line in own("status", "deny").splitlines()), GATE),
        (own("status", "copied"), ANN),
    ],
)
def test_a_persons_comment_with_the_gates_account_or_marker_is_in_the_conversation(
    text: str, author: Person
) -> None:
    assert [it.author for it in store(listed(text, author=author)).comments()] == [author]


def test_an_edit_does_not_change_a_comments_author() -> None:
    ours, theirs = listed(own("status"), author=GATE), listed("deny", number=2, author=GATE)
    comments = store(ours, theirs, replace(ours, text="approve"), replace(theirs, text=own("status")))
    assert [it.id for it in comments.comments()] == [2]


def test_the_author_stays_known_when_the_account_is_deleted() -> None:
    (comment,) = store(listed("deny"), listed("deny", author=None)).comments()
    assert comment.author == ANN


def test_a_roster_members_text_is_kept_whole_even_if_the_account_was_deleted() -> None:
    text = "x" * 60_000
    (comment,) = store(listed(text), listed(text, 5, author=None)).comments()
    assert set(versions(comment)) == {text}


def test_an_unchanged_comment_is_not_built_again() -> None:
    comments = store(listed("deny"))
    (before,) = comments.comments()
    comments.take(listed("deny"))
    assert comments.comments()[0] is before


def test_comments_that_the_lists_show_differently_do_not_agree() -> None:
    comments = store(listed("deny"), listed("hi", number=2))
    assert [it.agreed for it in comments.comments({2})] == [True, False]
    assert [it.agreed for it in comments.comments()] == [True, True]


def test_the_history_is_read_for_members_edited_comments_and_for_continuation_comments() -> None:
    edited = [
        replace(listed("x", 5, number=number, author=author), node_id=node)
        for number, author, node in ((1, ANN, "roster"), (2, MALLORY, "stranger"), (3, None, "deleted"))
    ]
    further = replace(listed(own("more-0"), 7, number=4, author=GATE), node_id="further")
    status = replace(listed(own("status"), 7, number=5, author=GATE), node_id="status")
    comments = store(*edited, further, status, listed("untouched", number=6))
    assert comments.doubtful(facts=False) == {"roster": at(5), "further": at(7)}


def test_a_history_that_was_read_is_read_again_only_after_another_edit() -> None:
    comments = store(listed("b", 5))
    comments.take_history(listed("b", 5), history(("a", 0), ("b", 5)))
    assert comments.doubtful(facts=False) == {}
    comments.take(listed("c", 9))
    assert comments.doubtful(facts=False) == {"IC_1": at(9)}


@pytest.mark.parametrize("settled", [True, False])
def test_a_history_that_is_behind_resolves_a_doubt_only_where_it_is_accepted(*, settled: bool) -> None:
    comments = store(listed("b", 5))
    comments.take_history(listed("a", 0), history(("a", 0)), settled=settled)
    assert (comments.doubtful(facts=False) == {}) is settled


def test_missing_facts_are_read_where_they_matter() -> None:
    comments = store(listed("approve"), listed(own("more-0"), number=2, author=GATE))
    assert comments.doubtful(facts=False) == {}
    assert comments.doubtful(facts=True) == {"IC_1": AT}
    comments.take(listed("approve", facts=NEVER_EDITED))
    assert comments.doubtful(facts=True) == {}


def test_facts_are_remembered_when_a_list_lacks_them() -> None:
    facts = CommentFacts(hidden=True, via_email=True, edited_at=None)
    (comment,) = store(listed("approve", facts=facts), listed("approve")).comments()
    assert (comment.hidden, comment.via_email) == (True, True)


def test_a_comment_by_an_app_stays_one_when_a_list_lacks_the_app() -> None:
    (comment,) = store(replace(listed("approve"), via_app=True), listed("approve")).comments()
    assert comment.via_app


# Continuation comments ---------------------------------------------------------------


def test_in_continuation_comments_ticks_are_not_a_change_and_other_edits_are() -> None:
    texts = [own("more-0", text) for text in ("- [ ] a", "- [x] a", "- [x] b")]
    further = listed(texts[0], author=GATE)
    comments = store(further)
    comments.take_history(replace(further, text=texts[1]), history((texts[0], 0), (texts[1], 5)))
    assert comments.changes() == []
    comments.take_history(further, history(*zip(texts, (0, 5, 9), strict=True)))
    assert comments.changes() == [Modification(by=BOB, at=at(9))]


def test_a_deleted_continuation_comment_is_a_change_even_if_a_list_shows_it_again() -> None:
    further = listed(own("more-0"), author=GATE)
    comments = missing(further)
    assert (comments.changes(), comments.count()) == ([Modification(by=None, at=at(60))], 0)
    assert missing(listed(own("status"), author=GATE), listed("hello", number=2)).changes() == []
    comments.take(further)
    assert (comments.changes(), comments.count()) == ([Modification(by=None, at=at(60))], 1)


# Comments that vanished -----------------------------------------------------------------


def test_a_deleted_comment_stays_known_and_a_later_list_can_bring_it_back() -> None:
    comments = missing(listed("deny"))
    (gone,) = comments.comments()
    assert (versions(gone), gone.deletion) == (("deny",), Modification(by=None, at=at(60)))
    assert comments.count() == 0
    comments.take(listed("deny"))
    assert (comments.comments()[0].deletion, comments.count()) == (None, 1)


@pytest.mark.parametrize(
    ("text", "author", "matters"),
    [("deny", ANN, True), ("deny", MALLORY, False), ("deny", None, False), (own("status"), GATE, False)],
)
def test_the_deleter_matters_only_for_members_comments(
    text: str,
    author: Person | None,
    matters: bool,  # noqa: FBT001 - a column of the table
) -> None:
    comments = missing(listed(text, author=author))
    assert comments.unexplained is matters
    comments.explain([])
    assert comments.unexplained is False


def test_a_deletion_is_attributed_by_its_event_and_without_one_to_the_author() -> None:
    comments = missing(listed("deny"), listed("deny", number=2, author=BOB))
    comments.explain([deletion(ANN, BOB, 30)])
    assert deletions(comments) == {1: Modification(by=BOB, at=at(30)), 2: Modification(by=BOB, at=at(60))}


def test_where_several_people_deleted_comments_it_is_unknown_who_deleted_which() -> None:
    comments = missing(listed("one"), listed("two", number=2))
    comments.explain([deletion(ANN, MALLORY, 30), deletion(ANN, BOB, 40)])
    assert {identity: it and it.by for identity, it in deletions(comments).items() if identity} == {
        1: None,
        2: None,
    }


def test_where_a_read_and_an_unread_comment_were_deleted_both_events_are_unread_texts() -> None:
    comments = missing(listed("hello"))
    comments.explain([deletion(ANN, BOB, 30), deletion(ANN, BOB, 40)])
    assert [it.id for it in comments.comments()] == [0, 0, 1]
    assert {it.deletion and it.deletion.by for it in comments.comments()} == {BOB}


def test_the_deletion_of_a_deleted_accounts_comment_is_known() -> None:
    comments = missing(listed("approve", author=MALLORY))
    comments.explain([deletion(None, BOB, 30)])
    assert deletions(comments) == {1: Modification(by=BOB, at=at(30))}


def test_the_deletion_of_an_unread_comment_is_an_unread_text_of_its_author() -> None:
    comments = store()
    comments.explain([deletion(ANN, BOB, 30), deletion(None, BOB, 30), deletion(GATE, BOB, 30)])
    (unread,) = comments.comments()
    assert (unread.id, unread.author, versions(unread)) == (0, ANN, (None,))
    assert unread.deletion == Modification(by=BOB, at=at(30))


# Deletions ---------------------------------------------------------------------------

PEOPLE = st.sampled_from([ANN, BOB])
EVENTS = st.lists(
    st.builds(
        lambda author, by, when: Deletion(author=author, modification=Modification(by=by, at=at(when))),
        st.none() | PEOPLE,
        st.none() | PEOPLE,
        st.integers(0, 200),
    ),
    max_size=4,
)
GONE = st.lists(
    st.builds(
        lambda author, after, lasted: (author, after, after + lasted),
        st.none() | PEOPLE,
        st.integers(0, 200),
        st.integers(0, 40),
    ),
    max_size=4,
).map(
    lambda some: [
        Vanished(id=number, author=author, after=at(after), found_at=at(found))
        for number, (author, after, found) in enumerate(some, start=1)
    ]
)


@given(GONE, EVENTS)
def test_each_deletion_event_belongs_to_one_comment_read_or_unread(
    gone: list[Vanished], events: list[Deletion]
) -> None:
    modifications, unread = explain(gone, events)
    assert set(modifications) == {it.id for it in gone}
    assigned = len(events) - len(unread)
    assert 0 <= assigned <= len(gone)
    for event in unread:
        rivals = [it for it in gone if it.may_be(event)]
        assert len(rivals) != 1 or sum(rivals[0].may_be(other) for other in events) > 1


@given(GONE)
def test_a_comment_that_vanished_without_an_event_was_deleted_by_its_author(gone: list[Vanished]) -> None:
    modifications, unread = explain(gone, [])
    assert unread == ()
    assert {it.id: modifications[it.id].by for it in gone} == {it.id: it.author for it in gone}


@pytest.mark.parametrize(("second", "belongs"), [(-11, False), (-10, True), (61, True), (62, False)])
def test_an_event_can_be_earlier_by_the_lag_of_lists_and_later_by_a_second(
    second: int,
    belongs: bool,  # noqa: FBT001 - a column of the table
) -> None:
    gone = Vanished(id=1, author=ANN, after=AT, found_at=at(60))
    assert gone.may_be(deletion(ANN, BOB, second)) is belongs


@given(GONE, EVENTS)
def test_an_event_long_after_a_comment_vanished_belongs_to_another(
    gone: list[Vanished], events: list[Deletion]
) -> None:
    far = [
        Deletion(
            author=e.author,
            modification=Modification(by=e.modification.by, at=e.modification.at + timedelta(hours=1)),
        )
        for e in events
    ]
    assert explain(gone, far)[1] == tuple(far)
