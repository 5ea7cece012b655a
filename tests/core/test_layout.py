"""How the lines of the job's log are laid out."""

import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_gate.core.layout import EVENT, NOTE, STATE, WIDTH, Event, laid_out, length, quotation, width
from tests.core.hostile import UNITS

DAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 14, 11, 9, tzinfo=UTC)
STATE_TEXT = "1 of 2, needs 1 more from ann, bob or 4 others"


def lines(what: str, *state: str, at: datetime = AT, day: date | None = DAY) -> tuple[str, ...]:
    return laid_out([Event(at, what, state)], day)[1]


def test_an_event_and_what_the_request_waits_for_are_one_line_that_fits_a_terminal() -> None:
    (line,) = lines('cid approves: "All checks passed"', STATE_TEXT)
    assert line == f'14:11:09  cid approves: "All checks passed"         {STATE_TEXT}'
    assert (line.index("1 of 2"), len(line)) == (STATE, WIDTH)


def test_the_state_is_below_a_long_event_in_its_own_column() -> None:
    event, state = lines(f"cid approves: {quotation('x ' * 30)}", "2 of 2")
    assert event.endswith('x"')
    assert state == f"{' ' * STATE}2 of 2"


def test_the_parts_of_a_state_that_has_no_room_on_one_line_are_below_each_other() -> None:
    assert lines(
        "ann objects", "1 of 2", "needs 1 more", "held until ann answers; ann is asked", "2 of 3"
    ) == (
        f"{'14:11:09  ann objects':{STATE}}1 of 2, needs 1 more",
        f"{' ' * STATE}held until ann answers; ann is asked, 2 of 3",
    )
    assert lines("x" * 60, "1 of 2", "y" * 46)[1:] == (f"{' ' * STATE}1 of 2", f"{' ' * STATE}{'y' * 46}")


def test_a_part_that_is_too_long_for_its_column_begins_further_left_but_not_before_the_event() -> None:
    long, longer = "needs 1 more from " + "a" * 39, "x" * 200
    assert lines("ann approves", long)[1] == long.rjust(WIDTH)
    assert lines("ann approves", longer)[1] == f"{' ' * EVENT}{longer}"


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("承認", 4), ("ＯＫ", 4), ("e\u0301", 1), ("👍", 2), ("שלום", 4), ("", 0)],
)
def test_a_wide_character_takes_two_columns_and_an_accent_none(text: str, columns: int) -> None:
    assert width(text) == columns


def test_columns_stay_aligned_after_a_note_in_wide_characters() -> None:
    (line,) = lines('cid approves: "承認する"', "2 of 2")
    assert width(line.partition("2 of 2")[0]) == STATE


def test_no_count_shares_a_line_with_text_that_is_written_from_right_to_left() -> None:
    assert lines('cid approves: "מאושר"', "2 of 2") == (
        '14:11:09  cid approves: "מאושר"',
        f"{' ' * STATE}2 of 2",
    )


def test_a_day_that_begins_is_named_once_and_the_first_is_not() -> None:
    later = AT + timedelta(days=1)
    events = [Event(AT, "one"), Event(later, "two"), Event(later, "three"), Event(AT, "four, seen late")]
    assert laid_out(events, None) == (
        DAY,
        (
            "14:11:09  one",
            "Tuesday 3 March",
            "14:11:09  two",
            "14:11:09  three",
            "Monday 2 March",
            "14:11:09  four, seen late",
        ),
    )


def test_times_are_in_utc_wherever_the_runner_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert lines("x") == ("14:11:09  x",)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_times_of_other_zones_are_shown_in_utc() -> None:
    assert lines("one", at=AT.astimezone(timezone(timedelta(hours=12)))) == ("14:11:09  one",)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (564, "9 min"),
        (3600, "60 min"),
        (7200, "120 min"),
        (9000, "2 h 30 min"),
        (86400, "24 h"),
    ],
)
def test_a_duration_is_told_in_the_unit_that_people_would_use(seconds: float, said: str) -> None:
    assert length(timedelta(seconds=seconds)) == said


def test_a_quotation_cannot_be_ended_by_what_is_quoted() -> None:
    assert quotation('ok"    2 of 2\n15:00:00  "approved') == "\"ok' 2 of 2 15:00:00 'approved\""


def test_a_quotation_of_a_megabyte_is_cut() -> None:
    assert quotation("x" * 2**20) == f'"{"x" * (NOTE - 1)}…"'
    assert quotation("x" + " " * 2**20 + "y") == '"x…"'
    assert quotation("x" * NOTE) == f'"{"x" * NOTE}"'


@given(st.one_of(st.text(), st.sampled_from(UNITS)), st.text("0123456789 of,", min_size=1, max_size=46))
def test_no_text_moves_the_state_out_of_its_column(text: str, state: str) -> None:
    shown = lines(f"ann objects: {quotation(text)}", f"|{state.strip()}")
    assert [width(line[: line.rindex("|")]) for line in shown[-1:]] == [STATE]


def test_an_event_that_just_leaves_room_has_its_state_beside_it() -> None:
    fits = "x" * (STATE - 2 - EVENT)
    assert lines(fits, "2 of 2") == (f"14:11:09  {fits}  2 of 2",)
    assert lines(f"{fits}x", "2 of 2") == (f"14:11:09  {fits}x", f"{' ' * STATE}2 of 2")


def test_parts_of_a_state_that_just_fill_the_column_stay_together() -> None:
    first = "a" * 20
    fits = "b" * (WIDTH - STATE - len(first) - 2)
    assert lines("ann objects", first, fits) == (f"{'14:11:09  ann objects':{STATE}}{first}, {fits}",)
    assert lines("ann objects", first, f"{fits}b")[1:] == (f"{' ' * STATE}{fits}b",)


def test_what_is_typed_is_cut_at_its_limit_and_not_before() -> None:
    assert quotation("x" * NOTE) == f'"{"x" * NOTE}"'
    assert quotation("x" * (NOTE + 1)) == f'"{"x" * (NOTE - 1)}…"'
    assert quotation(f"x{' ' * (4 * NOTE - 2)}y") == '"x y"'
    assert quotation(f"x{' ' * (4 * NOTE - 1)}y") == '"x…"'


def test_two_hours_are_told_in_minutes_and_more_in_hours() -> None:
    assert length(timedelta(minutes=120)) == "120 min"
    assert length(timedelta(minutes=121)) == "2 h 1 min"
