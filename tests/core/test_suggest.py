"""What somebody probably meant."""

import pytest

from approval_gate.core.suggest import (
    closest,
    did_you_mean,
    in_unit,
    meant_or_known,
    near,
    repository,
    true_or_false,
    whole_number,
)

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


OPTIONS = (
    *(
        "approvers",
        "approve-alone",
        "minimum-approvals",
        "timeout-minutes",
        "fail-on-timeout",
        "fail-on-denial",
    ),
    *("version", "help", "issue-title", "issue-body", "issue-labels", "issue-number", "deployment-type"),
)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("aprovers", ["approvers"]),
        ("approver", ["approvers"]),
        ("min-approvals", ["minimum-approvals"]),
        ("fail-on-denail", ["fail-on-denial"]),
        ("timeout", ["timeout-minutes", "fail-on-timeout"]),
        ("type", ["deployment-type"]),
        ("v", ["version"]),
        ("a", ["approvers", "approve-alone"]),
        ("issue", ["issue-body"]),
        ("hlp", ["help"]),
        ("environment", []),
        ("nonce", []),
        ("", []),
    ],
)
def test_only_names_that_are_near_are_suggested(written: str, names: list[str]) -> None:
    assert near(written, OPTIONS) == names


def test_several_names_that_are_near_are_all_told() -> None:
    assert did_you_mean("timeout", OPTIONS) == "Did you mean `timeout-minutes` or `fail-on-timeout`?"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("#42", "Write 42."),
        ("https://github.com/acme/shop/issues/42", "Write 42."),
        ("2 people", "Write 2."),
        ("Two", "Write 2."),
        ("50%", ""),
        ("all", ""),
        ("-2", ""),
        ("2 of 3", ""),
    ],
)
def test_a_number_in_words_or_of_an_issue_is_told_in_digits(written: str, said: str) -> None:
    assert whole_number(written) == said


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("https://github.com/acme/shop", "acme/shop"),
        ("https://github.com/acme/shop.git", "acme/shop"),
        ("https://github.com/acme/shop/tree/main", "acme/shop"),
        ("git@github.com:acme/shop.git", "acme/shop"),
        ("github.com/acme/shop/", "acme/shop"),
        ("acme/shop", ""),
        ("shop", ""),
        ("https://github.com/acme", ""),
    ],
)
def test_a_repository_is_found_in_its_address(written: str, found: str) -> None:
    assert repository(written) == found


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
        ("2 weeks", "days", "Write days: 14."),
        ("3months", "days", "Write days: 90."),
        ("90 minuts", "timeout-minutes", "Write minutes: 90."),
    ],
)
def test_a_span_is_told_in_the_unit_of_the_name(written: str, name: str, said: str) -> None:
    assert in_unit(written, name) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Yes", "Write `true`."),
        ("off", "Write `false`."),
        ("ture", "Write `true`."),
        ("fasle", "Write `false`."),
        ("maybe", ""),
    ],
)
def test_a_word_for_yes_or_no_is_told_as_true_or_false(written: str, said: str) -> None:
    assert true_or_false(written) == said
