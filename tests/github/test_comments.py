"""What is known of comments, and which deletion is of which: laws of the parts that ask nobody."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from approval_gate.core.model import Modification, Person
from approval_gate.github.thread.comments import Comments, EditHistory, Facts, Known, Listed, disputed
from approval_gate.github.thread.deletions import Deletion, Vanished, explain

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANN = Person(id=1, login="ann")
BOB = Person(id=2, login="bob")
NEVER_EDITED = Facts(hidden=False, via_email=False, edited_at=None)


def at(seconds: int) -> datetime:
    return AT + timedelta(seconds=seconds)


def listed(
    text: str,
    updated: int = 0,
    *,
    number: int = 1,
    author: Person | None = ANN,
    facts: Facts | None = None,
) -> Listed:
    return Listed(
        id=number,
        node_id="IC_1",
        author=author,
        text=text,
        created_at=AT,
        updated_at=at(updated),
        facts=facts,
    )


def known(*lists: Listed, past: EditHistory | None = None) -> Known:
    comments = Comments(frozenset({1}))
    for it in lists:
        comments.take(it)
    if past is not None:
        comments.take_past(lists[-1], past)
    return comments.known[1]


def past(*revisions: tuple[str | None, int]) -> EditHistory:
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
    history = past(*sorted(told, key=lambda one: one[1])) if told else None
    it = known(*(listed(text, when) for text, when in listings), past=history)
    revisions = it.revisions()
    assert {text for text, _ in listings} <= {revision.text for revision in revisions}
    assert revisions[-1].text == listings[-1][0]
    assert (revisions[0].by, revisions[0].at) == (ANN, AT)


@given(LISTINGS)
def test_a_list_that_is_behind_changes_nothing(listings: list[tuple[str, int]]) -> None:
    listings.sort(key=lambda one: one[1])
    lists = [listed(text, when) for text, when in listings]
    behind = [it for it in lists if it.updated_at < lists[-1].updated_at]
    assert known(*lists, *behind).revisions() == known(*lists).revisions()


@given(st.integers(0, 30), st.integers(0, 30))
def test_times_alone_are_not_an_edit_where_graphql_knows_of_none(one: int, other: int) -> None:
    it = known(listed("approve", min(one, other)), listed("approve", max(one, other), facts=NEVER_EDITED))
    assert len(it.revisions()) == 1
    assert not it.doubtful


def test_a_time_that_moved_is_a_modification_by_nobody_knows_whom_until_the_history_is_read() -> None:
    it = known(listed("approve", 5))
    (_, touched) = it.revisions()
    assert (touched.text, touched.by, touched.at, it.doubtful) == ("approve", None, at(5), True)


def test_two_texts_are_an_edit_though_graphql_knows_of_none() -> None:
    it = known(listed("deny"), listed("approve", facts=NEVER_EDITED))
    assert [revision.text for revision in it.revisions()] == ["deny", "approve"]


def test_a_revision_that_is_gone_is_unreadable() -> None:
    assert [r.text for r in known(listed("hi", 5), past=past((None, 0), ("hi", 5))).revisions()] == [
        None,
        "hi",
    ]


def test_a_revision_that_is_gone_is_known_where_it_was_listed() -> None:
    it = known(listed("deny"), listed("hi", 5), past=past((None, 0), ("hi", 5)))
    assert [revision.text for revision in it.revisions()] == ["deny", "hi"]


def test_of_two_revisions_of_one_second_neither_is_taken_for_what_was_listed_then() -> None:
    it = known(listed("hello", 3), listed("ok", 5), past=past(("hello", 0), (None, 3), (None, 3), ("ok", 5)))
    assert [revision.text for revision in it.revisions()].count(None) == 2


def test_fewer_texts_than_edits_leave_the_first_unreadable() -> None:
    history = EditHistory(
        texts=("b",), edits=(Modification(by=BOB, at=at(1)), Modification(by=BOB, at=at(2)))
    )
    assert [r.text for r in known(listed("b", 2), past=history).revisions()] == [None, None, "b"]


@given(st.lists(st.sampled_from(["a", "b"]), max_size=4), st.lists(st.sampled_from(["a", "b"]), max_size=4))
def test_what_the_lists_do_not_say_alike_is_the_same_whichever_comes_first(
    one: list[str], other: list[str]
) -> None:
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
def test_two_lists_agree_on_whose_a_comment_is_and_what_it_says(other: Listed, alike: bool) -> None:  # noqa: FBT001 - a column of the table
    assert listed("a\nb").alike(other) is alike


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
def test_each_deletion_is_of_one_comment_that_was_seen_or_of_one_that_nobody_read(
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
def test_what_vanished_without_an_event_was_deleted_by_its_author(gone: list[Vanished]) -> None:
    modifications, unread = explain(gone, [])
    assert unread == ()
    assert {it.id: modifications[it.id].by for it in gone} == {it.id: it.author for it in gone}


@given(GONE, EVENTS)
def test_an_event_far_from_when_a_comment_vanished_is_not_its(
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
