"""What somebody probably meant."""

import pytest

from approval_gate.core.suggest import closest, did_you_mean, in_unit, meant_or_known, true_or_false

NAMES = ("approvers", "minimum-approvals", "Timeout")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("aprovers", "approvers"),
        ("Minimum-Approval", "minimum-approvals"),
        ("timeout", "Timeout"),
        ("minimum", "minimum-approvals"),
        ("x", ""),
    ],
)
def test_the_closest_known_name_is_found_whatever_its_case(written: str, name: str) -> None:
    assert closest(written, NAMES) == name
    assert did_you_mean(written, NAMES) == (f"Did you mean `{name}`?" if name else "")


def test_without_a_similar_name_the_known_ones_are_told() -> None:
    assert meant_or_known("aprovers", NAMES) == "Did you mean `approvers`?"
    assert meant_or_known("x", NAMES) == "Write one of approvers, minimum-approvals, Timeout."
    assert meant_or_known("x", ("lead",)) == "Write lead."


@pytest.mark.parametrize(
    ("written", "name", "said"),
    [
        ("1h", "timeout-minutes", "Write minutes: 60."),
        ("90 sec", "timeout-minutes", "Write minutes: 1.5."),
        ("1:40", "timeout-minutes", "Write minutes: 100."),
        ("2 Min.", "polling-interval-seconds", "Write seconds: 120."),
        ("1 day", "remind-after-minutes", "Write minutes: 1440."),
        ("1h", "minimum-approvals", ""),
        ("an hour", "timeout-minutes", ""),
        ("1 parsec", "timeout-minutes", ""),
    ],
)
def test_a_span_is_told_in_the_unit_of_the_name(written: str, name: str, said: str) -> None:
    assert in_unit(written, name) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [("Yes", "Write `true`."), ("off", "Write `false`."), ("ture", "Write `true`."), ("maybe", "")],
)
def test_a_word_for_yes_or_no_is_told_as_true_or_false(written: str, said: str) -> None:
    assert true_or_false(written) == said
