"""Conditions on what the request states and on the files of the change."""

import re

import pytest

from approval_gate.core.conditions.model import RequiredDetail
from approval_gate.core.facts import Change, Facts, Files, StatedDetail
from tests.core.conditions.language import FAULT, NOW, READ, look, shown

TICKET = RequiredDetail(name="change-ticket", pattern="CHG-[0-9]+")


def stated(value: str | None) -> Facts:
    return Facts(details=(StatedDetail(name="change-ticket", heading="Change Ticket", value=value),))


class TestDetails:
    """The request must state a detail, in some form."""

    @pytest.mark.parametrize(
        ("value", "said"),
        [
            ("CHG-991", 'passed: "Change Ticket" is "CHG-991"'),
            (" CHG-991\n", 'passed: "Change Ticket" is "CHG-991"'),
            ("chg-991", 'failed!: "Change Ticket" is "chg-991", which does not match "CHG-[0-9]+"'),
            ("see CHG-991", 'failed!: "Change Ticket" is "see CHG-991", which does not match "CHG-[0-9]+"'),
            ("CHG-1\nCHG-2", 'failed!: "Change Ticket" is "CHG-1 CHG-2", which does not match "CHG-[0-9]+"'),
            ("CHG-" + "1" * 196, f'passed: "Change Ticket" is "CHG-{"1" * 55}…"'),
            ("CHG-" + "1" * 197, 'failed!: "Change Ticket" has more than 200 characters'),
            ("", 'failed!: the request does not state "Change Ticket"'),
            (" \n", 'failed!: the request does not state "Change Ticket"'),
            (None, 'failed!: the request does not state "Change Ticket"'),
        ],
    )
    def test_the_whole_value_must_match(self, value: str | None, said: str) -> None:
        assert shown(look(stated(value), details=TICKET)) == said

    def test_without_a_pattern_any_value_passes(self) -> None:
        anything = RequiredDetail(name="change-ticket")
        assert shown(look(stated("soon"), details=anything)) == 'passed: "Change Ticket" is "soon"'
        assert look(stated(" "), details=anything).holds_back

    def test_one_that_was_not_read_is_unknown(self) -> None:
        assert shown(look(stated("x"), details=RequiredDetail(name="incident"))) == (
            "unknown: what it depends on was not read"
        )

    @pytest.mark.parametrize("pattern", ["(x", "(a+)+b", "a?" * 60])
    def test_what_is_not_a_pattern_or_can_be_slow_is_unknown(self, pattern: str) -> None:
        found = look(stated("a" * 200), details=RequiredDetail(name="change-ticket", pattern=pattern))
        assert shown(found).startswith(f'unknown!: "{pattern[:50]}')
        assert shown(found).endswith('" is not a pattern')


def change(*paths: str, complete: bool = True, whole: bool = False) -> Facts:
    return Facts(change=Change(source=READ, whole=whole, files=Files(paths=paths, complete=complete)))


class TestChanged:
    """The change must touch one of some files."""

    @pytest.mark.parametrize(
        ("path", "matches"),
        [("CHANGELOG.md", True), ("docs/a/b.md", True), ("docs", False), ("a/CHANGELOG.md", False)],
    )
    def test_a_path_that_matches_passes(self, path: str, matches: bool) -> None:  # noqa: FBT001 - of the table
        found = look(change("src/a.py", path), changed=("CHANGELOG.md", "docs/**"))
        assert found.holds_back is not matches
        assert found.at == NOW

    def test_it_is_named(self) -> None:
        found = look(change("src/a.py", "docs/x\ny.md"), changed=("CHANGELOG.md", "docs/**"))
        assert shown(found) == 'passed: the change touches "docs/x y.md"'

    def test_without_one_it_fails_for_good(self) -> None:
        found = look(change("src/a.py"), changed=("CHANGELOG.md", "docs/**"))
        assert shown(found) == 'failed!: the change does not touch "CHANGELOG.md" or "docs/**"'
        assert look(change(), changed=("CHANGELOG.md",)).holds_back
        many = look(change("src/a.py"), changed=tuple(f"{number}.md" for number in range(20)))
        assert re.search(r'touch "0.md", "1.md", .* or [0-9]+ others$', many.reason)

    def test_files_that_were_not_all_read_can_only_pass(self) -> None:
        for facts in (change("docs/a.md", complete=False), change("docs/a.md", whole=True)):
            assert not look(facts, changed=("docs/**",)).holds_back
        found = look(change("a.md", complete=False), changed=("docs/**",))
        assert shown(found) == 'unknown!: not all changed files could be read; none of them is "docs/**"'
        found = look(change("a.md", whole=True), changed=("docs/**",))
        assert shown(found) == "unknown!: there is no earlier deployment to compare with"

    def test_what_was_not_read_is_unknown(self) -> None:
        absent = "unknown: what it depends on was not read"
        assert shown(look(changed=("docs/**",))) == absent
        assert shown(look(Facts(change=Change(source=READ)), changed=("docs/**",))) == absent
        fault = Change(source=FAULT, files=Files(paths=("docs/a.md",), complete=True))
        assert shown(look(Facts(change=fault), changed=("docs/**",))) == "unknown: GitHub answered 502"
