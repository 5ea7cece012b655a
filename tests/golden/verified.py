"""What GitHub says about the gallery's deployments, and a policy whose checks verify themselves on it."""

from dataclasses import replace
from datetime import timedelta

from approval_gate.core.artifacts import Artifact
from approval_gate.core.facts import (
    Author,
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
from approval_gate.core.model import Person
from approval_gate.core.policy.schema import read_policy
from tests.core.language import OPENED, PEOPLE

SHOP = "https://github.com/acme/shop"
RUN_URL = f"{SHOP}/actions/runs/4242/attempts/1"
DEPLOYED = "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"
"""The commit that was deployed last."""

POLICY = read_policy(
    b"""\
version: 1
roles:
  platform-owner: {members: [ayo-anu], approves-alone: true}
  platform-lead: {members: [platform-leads]}
  devops: {members: [devops-team]}
  sre: {members: [sre-team]}
deployments:
  standard:
    minimum-approvals: 2
    timeout-minutes: 60
    remind-after-minutes: 30
    approvers: [platform-owner, platform-lead, devops, sre]
    optional-details: {change-ticket: [Change Ticket]}
  emergency:
    minimum-approvals: 1
    timeout-minutes: 30
    approvers: [platform-owner, platform-lead, devops, sre]
    optional-details: {change-ticket: [Change Ticket], severity: [Severity], impact: [Impact]}
    waive: [All tests passing, Business hours]
checklist:
  Technical checks:
    - item: "**All tests passing** - Unit, integration, and E2E tests successful"
      verify:
        jobs: {Build & Test: [Unit tests], Integration Tests: [Integration tests, End-to-end tests]}
      required: true
    - item: "**Security scans passed** - No CRITICAL or HIGH vulnerabilities"
      verify: {jobs: [Security Scanning]}
    - {item: "**Code review completed** - All PRs reviewed and approved", verify: {reviews: true}}
    - "**Database migrations reviewed** - Migrations tested and backward compatible"
    - "**Rollback plan ready** - Clear rollback procedure documented"
  Operational checks:
    - "**Team notified** - Relevant teams informed of deployment"
    - item: "**No active incidents** - No ongoing P0/P1 incidents"
      verify: {no-open-issues: [incident]}
      required: true
    - item: "**Change management ticket** - Ticket created (if required by org policy)"
      verify: {details: change-ticket, pattern: "CHG-[0-9]+"}
    - item: "**Documentation updated** - CHANGELOG, API docs, runbooks updated"
      verify: {changed: [CHANGELOG.md, "docs/**"]}
  Business checks:
    - item: "**Business hours** - Deployment scheduled appropriately"
      verify: {hours: {zone: Europe/Berlin, days: [monday-friday], between: ["09:00-17:00"]}}
      required: true
    - {item: "**Staging** - Runs there", verify: {deployed-to: staging, within-hours: 24}}
"""
)
"""The example's, in short."""

ARTIFACTS = (
    Artifact(name="shop-api", digest=f"sha256:3f9ac41d77b0{'0' * 52}"),
    Artifact(name="shop-web", digest=f"sha256:77b052c0ffee{'0' * 52}"),
)


def source(where: str = "GET /repos/acme/shop", problem: str = "") -> Source:
    """Return where something was read as the request was opened."""
    return Source(where=where, at=OPENED, problem=problem, lasting=bool(problem))


UNREAD = source(problem="the token cannot read it")


def job(number: int, name: str, conclusion: str | None = "success", *skipped: str, **more: bool) -> Job:
    """Return a job of the run, and its steps that were skipped."""
    steps = tuple(Step(name=step, conclusion="skipped") for step in skipped)
    url = f"{SHOP}/actions/runs/4242/job/{number}"
    return Job(id=number, name=name, url=url, conclusion=conclusion, steps=steps, **more)


def ran(found: Job, *steps: str) -> Job:
    """Return a job in which some steps succeeded that a check names."""
    succeeded = (Step(name=step, conclusion="success") for step in steps)
    return replace(found, steps=(*found.steps, *succeeded))


def pull_request(number: int, author: str, *reviewers: str, title: str = "Retry payments") -> PullRequest:
    """Return a merged pull request, and the people who approved its last commit."""
    head = f"{number:040x}"
    return PullRequest(
        number=number,
        title=title,
        url=f"{SHOP}/pull/{number}",
        author=PEOPLE[author],
        head=head,
        authors=(PEOPLE[author],),
        approvals=tuple(Review(by=PEOPLE[login], commit=head) for login in reviewers),
    )


JOBS = Jobs(
    source=source(),
    listed=(
        job(1, "Security Scanning"),
        ran(job(2, "Build & Test"), "Unit tests"),
        ran(
            job(3, "Integration Tests", "success", "Upload the coverage"),
            "Integration tests",
            "End-to-end tests",
        ),
        job(4, "Build Production Images"),
    ),
)
CHANGE = Change(
    source=source(f"GET /repos/acme/shop/compare/{DEPLOYED[:7]}...a1b2c3d"),
    since=DEPLOYED,
    commits=14,
    authors=(*(PEOPLE[login] for login in ("dee", "eli", "cid", "oscar")), PEOPLE["robot"]),
    unknown=(Author(name="x", commit="a" * 40),),
    files=Files(paths=("CHANGELOG.md", "shop/payments.py"), complete=True),
    pull_requests=PullRequests(
        source=source(),
        merged=(
            *(pull_request(number, "dee", "cid") for number in (225, 226, 228, 229, 230)),
            pull_request(231, "eli"),
        ),
    ),
)
INCIDENTS = OpenIssues(label="incident", source=source())
CHECKOUT_IS_DOWN = replace(
    INCIDENTS,
    count=1,
    first=(OpenIssue(number=12, title="Checkout is down", url=f"{SHOP}/issues/12"),),
)
FACTS = Facts(
    change=CHANGE,
    jobs=JOBS,
    issues=(INCIDENTS,),
    deployed=(
        Deployed(
            environment="staging",
            source=source(),
            at=OPENED - timedelta(hours=3),
            url=f"{SHOP}/actions/runs/4200",
        ),
    ),
    details=(StatedDetail(name="change-ticket", heading="Change Ticket", value="CHG-991"),),
)
"""As usual: everything passed but one review."""

SKIPPED_TESTS = replace(
    FACTS,
    jobs=replace(
        JOBS,
        listed=(
            job(1, "Security Scanning"),
            job(2, "Build & Test", "success", "Unit tests"),
            job(3, "Integration Tests", "success", "Integration tests", "End-to-end tests"),
            job(4, "Build Production Images"),
        ),
    ),
)
INCIDENT = replace(FACTS, issues=(CHECKOUT_IS_DOWN,))
NOTHING_READ = Facts(
    change=Change(source=UNREAD),
    jobs=Jobs(source=UNREAD),
    issues=(replace(INCIDENTS, source=UNREAD),),
    deployed=(Deployed(environment="staging", source=UNREAD),),
    details=FACTS.details,
)


def again(facts: Facts, at: float) -> Facts:
    """Return facts as they are after so many minutes, if what can change was read again."""
    read = replace(source(), at=OPENED + timedelta(minutes=at))
    change, jobs = facts.change, facts.jobs
    assert change is not None
    assert jobs is not None
    assert change.pull_requests is not None
    return replace(
        facts,
        change=replace(change, pull_requests=replace(change.pull_requests, source=read)),
        jobs=replace(jobs, source=read),
        issues=tuple(replace(it, source=read) for it in facts.issues),
        deployed=tuple(replace(it, source=read) for it in facts.deployed),
    )


def crowded() -> Facts:
    """Return the facts of a matrix of 300 jobs, and of 500 commits in 120 pull requests."""
    failing = (job(number, f"Test ({number}, 3.{number % 9 + 5})", "failure") for number in range(30))
    passing = (job(number, f"Test ({number}, 3.{number % 9 + 5})") for number in range(30, 80))
    merged = tuple(
        pull_request(number, "dee", *(["cid"] if number % 10 else [])) for number in range(100, 220)
    )
    return replace(
        FACTS,
        jobs=Jobs(source=source(), listed=(*failing, *passing, job(99, "Late", None)), passed=219),
        change=replace(
            CHANGE,
            commits=500,
            authors=tuple(Person(id=10_000 + number, login=f"author-{number:03}") for number in range(90)),
            pull_requests=PullRequests(
                source=source(), merged=merged, pushed=tuple(f"{number:040x}" for number in range(7))
            ),
        ),
    )


def every_ending() -> Facts:
    """Return the facts of jobs that ended in each way, some of them in an earlier attempt."""
    endings = (
        *(
            "success",
            "skipped",
            "neutral",
            "cancelled",
            "failure",
            "timed_out",
            "action_required",
            "a new one",
        ),
        None,
    )
    listed = (
        *(job(number, f"Job {number}", ending) for number, ending in enumerate(endings, 1)),
        job(20, "Deploy to staging", "success", *(f"Step {number}" for number in range(1, 7))),
        job(21, "Lint", carried_over=True),
        job(22, "Unit", "success", "Slow tests", carried_over=True),
    )
    return replace(FACTS, jobs=Jobs(source=source(), listed=listed))


def hostile(text: str) -> Facts:
    """Return facts in which everything that people name is this text."""
    steps = (Step(name=text, conclusion="skipped"),)
    authors = (Person(id=71, login="mallory"),)
    merged = replace(pull_request(231, "eli", title=text), authors=authors)
    incident = OpenIssue(number=12, title=text, url=f"{SHOP}/issues/12")
    return Facts(
        change=replace(
            CHANGE,
            unknown=(Author(name=text, commit="a" * 40),),
            files=Files(paths=(text,), complete=True),
            pull_requests=PullRequests(source=source(), merged=(merged,), pushed=("b" * 40,)),
        ),
        jobs=Jobs(
            source=source(),
            listed=tuple(
                replace(job(number, text, ending), steps=steps)
                for number, ending in enumerate(("success", "failure", text, None))
            ),
        ),
        issues=(replace(INCIDENTS, count=1, first=(incident,)),),
        deployed=(Deployed(environment="staging", source=source(problem=text)),),
        details=(StatedDetail(name="change-ticket", heading=text, value=text),),
    )
