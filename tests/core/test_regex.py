"""Patterns of details: the usual ones are accepted, and no value makes one slow."""

import re
import time

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from approval_gate.core.conditions import regex
from approval_gate.core.suggest import Malformed


@pytest.mark.parametrize(
    "pattern",
    [
        "CHG-[0-9]+",
        "(CHG|INC|RFC)-[0-9]{4,8}",
        r"https://jira\.example\.com/browse/[A-Z]{2,10}-\d+",
        "(?:CHG-)?[0-9]{7}",
        r"[]^\]+*?({|-]+",
        "[^]x]{,20}",
        r"\(x\)+\{2\}",
        "P[0-4]( - .*)?",
        "a*b+c*d?",
        "a{0,200}b{,200}c{0,999}d?",
        "a{200,}" * 20,
        "a{199,}" * 23,
        "a{3}" * 40,
    ],
)
def test_usual_patterns_are_accepted(pattern: str) -> None:
    assert regex.compiled(pattern).pattern == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a|a)*b",
        "(a){1,9}",
        r"(a*)\1",
        "(?P<x>a)",
        "(?=a*)b",
        "(?#x)a",
        "(?x)(a+) *b",
        "a" * 201,
        "a*a*a*a*b",
        "a?" * 25,
        "a*b+c*d?e?",
        "a{0,200}b{,200}c{0,999}d?e?",
        "a{199,}" * 24,
    ],
)
def test_patterns_that_can_be_slow_are_refused(pattern: str) -> None:
    with pytest.raises(Malformed):
        regex.compiled(pattern)


SLOW = st.lists(st.sampled_from(["a", "a?", "a*", ".+", "|", "(a|a)", "(a*)?", "a{0,9}", "(?:a|aa)", "b"]))


@settings(max_examples=25, deadline=None)
@given(pattern=SLOW.map("".join).filter(lambda text: len(text) <= regex.LONGEST))
@example(pattern="a?" * 23 + "a" * 23 + "b")
@example(pattern=".*.*.*" + "a" * 150 + "b")
@example(pattern="(?:a|a)" * 23 + "b")
def test_an_accepted_pattern_is_quick_for_every_value(pattern: str) -> None:
    try:
        regex.compiled(pattern)
    except Malformed:
        assume(False)
    for value in ("a" * regex.LONGEST, "a" * (regex.LONGEST - 1) + "c", "ab" * (regex.LONGEST // 2)):
        began = time.process_time()
        re.fullmatch(pattern, value)
        assert time.process_time() - began < 5
