"""The facts in a record: taken on GitHub's word, agreeing with the rest, and never too long."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_gate.core.conditions.model import Condition, RequiredJob
from approval_gate.core.facts import (
    NO_FACTS,
    Author,
    Change,
    Facts,
    Files,
    Jobs,
    OpenIssues,
    PullRequests,
    Review,
    Step,
)
from approval_gate.core.model import Code, Person
from approval_gate.core.record import condensing
from approval_gate.core.record.canonical import canonical
from approval_gate.core.record.checks import Check
from approval_gate.core.record.checks import State as Found
from approval_gate.core.record.conclude import Asked, derived
from approval_gate.core.record.condensing import FEW, FULL_FACTS, condensed
from approval_gate.core.record.document import DERIVED
from approval_gate.core.record.model import Failure, Inputs, StopSignal
from approval_gate.core.record.plain import plain
from approval_gate.core.record.reading import LIMIT, parse
from approval_gate.core.record.trimming import trimmed
from approval_gate.core.record.verification import check
from tests.core.evidence import put, record, signed
from tests.core.records import (
    COMMIT,
    FACTS,
    GIVEN,
    INITIATORS,
    checked,
    facts,
    job,
    pull_request,
    source,
    under_checks,
)
from tests.core.scenes import law

Lie = Callable[[dict[str, Any]], object]
STOP = StopSignal(signal="SIGINT", elapsed_seconds=9)
FAILED = Failure(code=Code.CHECK_FAILED, reason="The tests failed.", exit_code=2)


def found(document: dict[str, Any], what: str) -> list[Check]:
    return [it for it in check(parse(canonical(document))) if it.what == what]


# Verified ----------------------------------------------------------------------------------


def test_an_approval_under_checks_holds_and_says_what_was_taken_on_githubs_word() -> None:
    document = checked()
    assert document["outcome"] == "approved"
    assert {it["state"] for it in document["decision"]["conditions"]} == {"passed"}
    assert [it for it in check(document) if it.state is Found.FAILED] == []
    assert found(document, "decision")[0].detail == (
        "It follows from 2 answers and 7 verified checks by the rule that the record states. "
        "Hours are computed with this machine's time zones."
    )
    assert found(document, "source") == [
        Check("source", Found.UNCHECKED, f"Taken on GitHub's word: {what} on 2026-03-02 at {time} UTC).")
        for what, time in (
            ("the change (GET /repos/acme/shop/compare", "09:00:00"),
            ("its pull requests (GraphQL pull requests", "09:19:00"),
            ("the run's jobs (GET /repos/acme/shop/actions/runs/9/attempts/2/jobs", "09:19:00"),
            ('open issues labelled "incident" and deployments to staging (GraphQL situation', "09:19:00"),
        )
    ]


def test_what_could_not_be_read_is_named_with_its_problem() -> None:
    lacks = source("GraphQL\u202e situation", problem="the token needs issues: read", lasting=True)
    document = checked(
        under_checks(replace(FACTS, issues=(OpenIssues(label="incident", source=lacks),))), stopped=STOP
    )
    assert found(document, "source")[-2].detail == (
        'Not read: open issues labelled "incident"'
        " (GraphQL situation on 2026-03-02 at 09:19:00 UTC): the token needs issues: read."
    )
    assert all(it.detail.isprintable() for it in check(document))


def test_a_record_without_facts_names_no_source() -> None:
    document = checked(under_checks(NO_FACTS, ()))
    assert found(document, "source") == []
    assert found(document, "decision")[0].detail == (
        "It follows from 2 answers by the rule that the record states."
    )


@pytest.mark.parametrize("run", ["checks", "check-failed", "commit-authors"])
def test_no_address_of_an_author_is_in_a_record(run: str) -> None:
    assert re.findall(r"[^\s\"]+@[^\s\"]+\.[a-z]+", canonical(record(run))) == []


def test_only_what_was_read_is_named() -> None:
    change = replace(FACTS.change or Change(source=source("")), pull_requests=None)
    document = checked(under_checks(Facts(change=change), ()))
    assert [it.detail for it in found(document, "source")] == [
        "Taken on GitHub's word: the change (GET /repos/acme/shop/compare on 2026-03-02 at 09:00:00 UTC)."
    ]


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (
            lambda it: it["jobs"]["source"].update(at="2026-03-02T11:00:00Z"),
            "The reading of the run's jobs has an impossible time.",
        ),
        (
            lambda it: it["change"]["source"].update(at="2026-03-02T11:00:00Z"),
            "The reading of the change has an impossible time.",
        ),
        (
            lambda it: it["deployed"][0].update(at="2026-03-02T09:59:00Z"),
            "The deployment to staging has an impossible time.",
        ),
    ],
)
def test_a_fact_from_after_it_was_read_or_the_record_was_written_is_found(lie: Lie, words: str) -> None:
    document = checked()
    lie(document["inputs"]["facts"])
    (times,) = found(signed(document), "times")
    assert times.state is Found.FAILED
    assert words in times.detail


@pytest.mark.parametrize(
    "change",
    [{"value": "CHG-43"}, {"heading": "Ticket"}, {"value": None}],
    ids=str,
)
def test_a_field_that_the_request_does_not_have_is_found(change: dict[str, Any]) -> None:
    document = checked()
    document["inputs"]["facts"]["details"][0].update(change)
    (parts,) = found(signed(document), "parts")
    assert parts.state is Found.FAILED
    assert "is not the one of the request." in parts.detail


def test_an_error_about_a_check_that_passed_is_found() -> None:
    document = checked(error=FAILED)
    (parts,) = found(document, "parts")
    assert (parts.state, parts.detail) == (
        Found.FAILED,
        "A required check is said to have failed, and none of them has.",
    )
    document["inputs"]["facts"]["jobs"]["listed"][0]["conclusion"] = "failure"
    assert found(signed(document), "parts")[0].state is Found.OK
    document["inputs"]["rule"] = None
    assert found(signed(document), "parts")[0].state is Found.OK


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("jobs", "listed", 0, "conclusion"), "failure"),
        (("jobs", "source", "at"), "2026-03-02T09:01:30Z"),
        (("issues", 0, "source", "at"), "2026-03-02T09:01:30Z"),
        (("change", "pull_requests", "source", "at"), "2026-03-02T09:01:30Z"),
        (("jobs", "source", "problem"), "The token lacks `actions: read`."),
        (("issues", 0, "count"), 1),
        (("change", "pull_requests", "pushed"), ["f" * 40]),
        (("change", "pull_requests", "merged", 0, "approvals"), []),
        (("deployed", 0, "at"), None),
        (("details", 0, "value"), "none"),
        (("jobs",), None),
    ],
    ids=str,
)
def test_an_approval_does_not_follow_from_facts_that_do_not_bear_it(
    path: tuple[str | int, ...], value: object
) -> None:
    document = put(checked(), ("inputs", "facts", *path), value)
    assert found(document, "outcome")[0].state is Found.FAILED


# As short as needed ------------------------------------------------------------------------

LONG = "t" * 300
MANY = Facts(
    change=Change(
        source=source("GET /repos/acme/shop/compare", 0),
        commits=1_000,
        authors=tuple(Person(id=1_000 - number, login=f"author{number}") for number in range(1_000)),
        unknown=tuple(Author(name=LONG, commit=f"{number:040x}") for number in range(1_000)),
        files=Files(paths=(*(f"src/{LONG}/{number}" for number in range(299)), "docs/a"), complete=True),
        pull_requests=PullRequests(
            source=source("GraphQL pull requests"),
            merged=tuple(
                pull_request(
                    number,
                    LONG,
                    authors=tuple(Person(id=10_000 + each, login=f"author{each}") for each in range(100)),
                    approvals=(
                        Review(by=Person(id=10_000, login="author0"), commit=f"{number:040x}"),
                        Review(by=Person(id=9, login="old"), commit="0" * 40),
                        *(
                            Review(by=Person(id=30_000 + each, login=f"r{each}"), commit=f"{number:040x}")
                            for each in range(20)
                        ),
                    ),
                )
                for number in range(1, 121)
            ),
            pushed=(),
        ),
    ),
    jobs=Jobs(
        source=source("GET /repos/acme/shop/actions/runs/9/attempts/2/jobs"),
        listed=(
            job("Integration Tests", "success", 1_000),
            *(
                job(
                    f"Build & Test ({number}, {LONG})",
                    "success",
                    number,
                    *(Step(name=f"{LONG}{step}", conclusion="skipped") for step in range(9)),
                    Step(name="Unit tests", conclusion="success"),
                )
                for number in range(300)
            ),
        ),
    ),
    issues=FACTS.issues,
    deployed=FACTS.deployed,
    details=FACTS.details,
)
"""300 jobs of a matrix, 120 pull requests with long titles, 300 files and 1,000 authors: all checks pass."""


def test_facts_of_any_length_fit_in_a_record_and_decide_the_same() -> None:
    whole, document = len(canonical(plain(MANY))), checked(under_checks(MANY))
    assert whole > 2 * LIMIT
    assert len(canonical(document).encode("utf-16-le")) < LIMIT * 0.6
    assert document["outcome"] == "approved"
    assert document["left_out"]["facts"] > 2_000
    again = plain(
        derived(facts(under_checks(MANY)), Asked(commit=COMMIT, issue_url=GIVEN.issue and GIVEN.issue.url))
    )
    assert {key: document[key] for key in DERIVED} == again
    assert [it for it in check(document) if it.state is Found.FAILED] == []


def test_usual_facts_are_kept_whole() -> None:
    assert len(canonical(plain(FACTS))) < FULL_FACTS / 5
    document = checked()
    assert document["inputs"]["facts"] == plain(FACTS)
    assert document["left_out"]["facts"] == 0


def test_what_no_check_names_is_left_out_but_for_the_first_and_the_authors_on_the_roster() -> None:
    known, count = condensed(facts(under_checks(MANY, ())))
    assert known.change is not None
    assert known.change.files is not None
    assert known.change.pull_requests is not None
    assert known.jobs is not None
    lists = (
        known.jobs.listed,
        known.change.pull_requests.merged,
        known.change.files.paths,
        known.change.unknown,
    )
    assert [len(it) for it in lists] == [FEW] * 4
    assert [it.id for it in known.change.authors] == [*range(1_000, 1_000 - FEW, -1), 3, 2, 1]
    assert known.change.files.complete
    assert count > 2_000


def test_the_facts_of_a_run_that_asked_nobody_are_shortened_too() -> None:
    rule = under_checks(MANY).rule
    kept, left_out = trimmed(Inputs(rule=rule, error=FAILED, facts=MANY, initiators=INITIATORS))
    assert left_out.facts > 2_000
    assert len(canonical(plain(kept.facts))) < LIMIT / 3
    assert trimmed(Inputs(error=FAILED, facts=MANY))[1].facts > 2_000
    assert trimmed(Inputs(error=FAILED))[1].facts == 0


def test_entries_that_a_check_would_no_longer_know_are_kept_as_they_are() -> None:
    named = Condition(item="**Built**", required=True, jobs=(RequiredJob(name=LONG),))
    jobs = (*(job(f"{LONG} / {number}", "success", number) for number in range(200)),)
    known = replace(MANY, change=None, jobs=Jobs(source=source("GET jobs"), listed=jobs))
    assert condensed(facts(under_checks(known, (named,)))) == (known, 0)


NAMES = st.sampled_from(
    ["Build & Test", "Build & Test (3.12)", "Scan", "Integration Tests", f"Scan ({LONG})"]
)
CONCLUSIONS = st.sampled_from(["success", "success", "success", "failure", "skipped", None, "odd"])
STEPS = st.lists(
    st.builds(Step, name=st.sampled_from(["Unit tests", "Upload", LONG]), conclusion=CONCLUSIONS), max_size=6
)
WHO = st.sampled_from(
    [
        Person(id=1, login="ann"),
        Person(id=2, login="bob"),
        Person(id=6, login="fay"),
        Person(id=9, login="bot", bot=True),
    ]
)
MOST = st.integers(0, 45)


@st.composite
def known_facts(draw: st.DrawFn) -> Facts:
    """Draw facts of which some are many."""
    listed = [
        replace(job(draw(NAMES), draw(CONCLUSIONS), number), steps=tuple(draw(STEPS)))
        for number in range(draw(MOST))
    ]
    merged = [
        pull_request(
            number,
            LONG[: draw(st.integers(1, 60))],
            authors=tuple(draw(st.lists(WHO, max_size=3))),
            approvals=tuple(
                Review(by=who, commit=f"{draw(st.sampled_from([number, number, 0])):040x}")
                for who in draw(st.lists(WHO, max_size=5))
            ),
            complete=draw(st.sampled_from([True] * 9 + [False])),
        )
        for number in range(1, draw(MOST))
    ]
    pushed = tuple(f"{number:040x}" for number in range(draw(st.sampled_from([0, 0, 1, 30]))))
    paths = tuple(
        draw(st.lists(st.sampled_from([f"src/{n}" for n in range(60)] + ["docs/a", "docs/b"]), max_size=45))
    )
    change = replace(
        FACTS.change or Change(source=source("")),
        commits=len(merged),
        files=Files(paths=paths, complete=draw(st.booleans())),
        pull_requests=PullRequests(source=source("GraphQL"), merged=tuple(merged), pushed=pushed),
    )
    return replace(
        FACTS,
        change=draw(st.sampled_from([change, change, None])),
        jobs=draw(st.sampled_from([Jobs(source=source("GET jobs"), listed=tuple(listed)), None])),
    )


@law(60)
@given(known=known_facts(), few=st.integers(0, 9))
def test_a_record_with_shorter_facts_derives_the_same_as_the_whole(known: Facts, few: int) -> None:
    before = condensing.FULL_FACTS, condensing.FEW
    condensing.FULL_FACTS, condensing.FEW = 0, few
    try:
        kept, _ = trimmed(facts(under_checks(known)))
    finally:
        condensing.FULL_FACTS, condensing.FEW = before
    about = Asked(commit=COMMIT)
    assert derived(replace(kept, thread=under_checks(known).thread), about) == derived(
        facts(under_checks(known)), about
    )
