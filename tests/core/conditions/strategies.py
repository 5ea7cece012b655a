"""Hypothesis strategies for conditions and facts: what a policy requires, and what GitHub or a record says.

Names are drawn from few, so that they meet, and some are hostile.
"""

from datetime import UTC, date, timedelta
from typing import Any

from hypothesis import strategies as st

from approval_gate.core.conditions.model import (
    Calendar,
    Condition,
    DateRange,
    RequiredDeployment,
    RequiredDetail,
    RequiredJob,
    TimeRange,
    Weekday,
)
from approval_gate.core.facts import (
    Change,
    Deployed,
    Facts,
    Files,
    Job,
    Jobs,
    OpenIssue,
    OpenIssues,
    PullRequest,
    PullRequests,
    Review,
    Source,
    StatedDetail,
    Step,
)
from tests.core.language import OPENED, PEOPLE, minute

HOSTILE = ('a" succeeded\n## Approved', "\u202e\u0300" * 40, "`|<!--@ann", "\ud800", "x" * 5000, "")
NAMES = st.sampled_from(("Test",) * 40 + ("Test (1)", "Test / unit", "Scan", "staging", *HOSTILE))
SOME_NAMES = st.lists(NAMES, min_size=1, max_size=2).map(tuple)
CONCLUSIONS = st.sampled_from(
    ("success",) * 16 + ("failure", "skipped", "cancelled", "neutral", "Success", "", None)
)
COMMITS = st.sampled_from(("a" * 40, "b" * 40))
PERSONS = st.sampled_from([PEOPLE[login] for login in ("ann", "bob", "cy", "robot")])
ZONES = st.sampled_from(
    (
        "Europe/Berlin",
        "UTC",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/St_Johns",
        "Mars/Olympus",
        *HOSTILE,
    )
)
MOMENTS = st.timedeltas(timedelta(days=-9999), timedelta(days=9999)).map(OPENED.__add__)
ANY_MOMENT = st.datetimes(timezones=st.just(UTC)) | MOMENTS
"""Any time at all, even one of which no zone can have the day before."""

_DAYS = st.dates(date(2026, 2, 27), date(2026, 3, 6)).map(str)
_CALENDARS = st.builds(
    Calendar,
    zone=ZONES,
    days=st.lists(st.sampled_from(Weekday), max_size=5).map(tuple),
    between=st.lists(
        st.builds(TimeRange, start=st.integers(0, 1439), end=st.integers(1, 2880) | st.integers()), max_size=2
    ).map(tuple),
    frozen=st.lists(st.builds(DateRange, first=_DAYS, last=_DAYS | NAMES), max_size=2).map(tuple),
)
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "jobs": st.lists(
        st.builds(RequiredJob, name=NAMES, steps=st.sampled_from(((), (), (), ("Test",)))),
        min_size=1,
        max_size=2,
    ).map(tuple),
    "reviews": st.just(True),
    "no_open_issues": SOME_NAMES,
    "deployed_to": st.builds(
        RequiredDeployment,
        environment=NAMES,
        within=st.none() | st.timedeltas(timedelta(), timedelta(days=9)),
    ),
    "details": st.builds(
        RequiredDetail,
        name=NAMES,
        pattern=st.sampled_from((None, "CHG-[0-9]+", ".*", "(", "(a+)+$", "[" * 200)),
    ),
    "changed": st.lists(st.sampled_from(("Scan", "Scan", "S*", "T*", "**")), min_size=1, max_size=2).map(
        tuple
    ),
    "hours": _CALENDARS,
}
READ = tuple(kind for kind in PARTS if kind not in {"details", "hours"})
"""The parts that depend on what was read from GitHub."""

_ITEMS = NAMES.map("**{}** - it".format)


def conditions(*kinds: str, required: bool | None = None) -> st.SearchStrategy[Condition]:
    """Draw a condition of one of some kinds; of none, too, or of several, if none is given."""
    needed = st.booleans() if required is None else st.just(required)
    one_each = [
        st.builds(Condition, item=_ITEMS, required=needed, **{kind: PARTS[kind]}) for kind in kinds or PARTS
    ]
    if kinds:
        return st.one_of(one_each)
    several = st.fixed_dictionaries({}, optional=PARTS).flatmap(
        lambda parts: st.builds(
            Condition, item=_ITEMS, required=needed, **{k: st.just(v) for k, v in parts.items()}
        )
    )
    return st.one_of(*one_each, several)


def _mostly(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from((value,) * 5 + (st.none(),)).flatmap(lambda it: it)


def facts(*, problems: bool | None = None) -> st.SearchStrategy[Facts]:
    """Draw facts; with problems, every source has one, and otherwise some have."""
    problem = st.sampled_from(("It was refused.", "\n", "x" * 999))
    said = {True: problem, None: st.sampled_from(("", "", "", "It was refused."))}.get(problems, st.just(""))
    source = st.builds(
        Source, where=st.just("GET /here"), at=st.just(OPENED), problem=said, lasting=st.booleans()
    )
    job = st.builds(
        Job,
        id=st.integers(1, 9),
        name=NAMES,
        url=st.sampled_from(("https://github.test/acme/shop/actions/runs/1/job/2", "javascript:", "")),
        conclusion=CONCLUSIONS,
        carried_over=st.booleans(),
        steps=st.lists(st.builds(Step, name=NAMES, conclusion=CONCLUSIONS), max_size=2).map(tuple),
    )
    pull = st.builds(
        PullRequest,
        number=st.integers(),
        title=NAMES,
        url=st.just("https://github.test/acme/shop/pull/1"),
        author=st.none() | PERSONS,
        head=COMMITS,
        authors=st.lists(PERSONS, max_size=2).map(tuple),
        approvals=st.lists(st.builds(Review, by=PERSONS, commit=COMMITS), max_size=3).map(tuple),
        complete=st.sampled_from((True, True, False)),
    )
    pulls = st.builds(
        PullRequests,
        source=source,
        merged=st.lists(pull, max_size=2).map(tuple),
        pushed=st.lists(COMMITS | NAMES, max_size=1).map(tuple),
    )
    change = st.builds(
        Change,
        source=source,
        whole=st.sampled_from((False, False, False, True)),
        commits=st.integers(0, 3),
        files=_mostly(st.builds(Files, paths=st.lists(NAMES, max_size=2).map(tuple), complete=st.booleans())),
        pull_requests=_mostly(pulls),
    )
    issue = st.builds(OpenIssue, number=st.integers(), title=NAMES, url=st.just("https://github.test/1"))
    issues = st.builds(
        OpenIssues,
        label=NAMES,
        source=source,
        count=st.integers(-1, 3) | st.just(0),
        first=st.lists(issue, max_size=1).map(tuple),
    )
    deployed = st.builds(
        Deployed,
        environment=NAMES,
        source=source,
        at=st.none() | MOMENTS | st.just(minute(-5)),
        url=st.none(),
    )
    detail = st.builds(
        StatedDetail,
        name=NAMES,
        heading=NAMES,
        value=st.none() | NAMES | st.just("CHG-1") | st.just("a" * 199),
    )
    return st.builds(
        Facts,
        change=_mostly(change),
        jobs=_mostly(
            st.builds(
                Jobs,
                source=source,
                listed=st.lists(job, min_size=1, max_size=3).map(tuple),
                passed=st.integers(0, 9),
            )
        ),
        issues=st.lists(issues, max_size=2).map(tuple),
        deployed=st.lists(deployed, max_size=2).map(tuple),
        details=st.lists(detail, max_size=2).map(tuple),
    )
