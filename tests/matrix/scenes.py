"""The scenes of the matrix without faults: the request, and what people do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from approval_gate.core.follow_up import LABEL
from approval_gate.core.marker import FollowUpMarker, Marker
from approval_gate.emulator import Fault, Request, World
from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, RUN, VERSION
from tests.matrix.wire import of_kind
from tests.whole.keys import pair
from tests.whole.stage import Stage

APPROVALS = "acme/approvals"
POLICY = """\
version: 1
roles:
  owner: {members: [ayo-anu], approves-alone: true}
  lead: {members: [platform-leads]}
  sre: {members: [sre-team], backup-after-minutes: 2}
deployments:
  emergency:
    minimum-approvals: 2
    timeout-minutes: 14
    approvers: [owner, lead, sre]
    require: [{any-of: [lead, owner], minimum: 1}]
    justification-from: [sre]
    details: {incident: [Incident]}
refs: ["refs/tags/v*"]
checklist: {Checks: ["Tests are green", "Rollback plan"]}
exclude: [commit-authors]
follow-up: {hours: 48}
"""
CHECKED = """\
version: 1
roles:
  owner: {members: ["role:admin"]}
  lead: {members: ["environment:production"]}
deployments:
  standard: {minimum-approvals: 2, timeout-minutes: 9, approvers: [owner, lead]}
checklist:
  Checks:
    - {item: "**Tests**", verify: {jobs: [Build]}, required: true}
    - {item: "**Reviews**", verify: {reviews: true}, required: true}
    - {item: "**No incident**", verify: {no-open-issues: [incident]}, required: true}
    - {item: "**Staging**", verify: {deployed-to: staging}, required: true}
"""
HELD = 2.6
"""How many minutes after the opening the checks pass at last."""

LIFETIME = timedelta(minutes=6.5)
"""The lifetime of an app's token, so short that it is renewed during the wait."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A request, and what people do about it.

    Attributes:
        verdict: the end when nothing fails.
        window: in minutes.
        people: their acts, from the opening of the issue on.
        earlier: prepares the world, if anything is needed.
        voters: the people who can approve.
        deciding: people of whom one must approve; all voters if empty.
        reasoned: people whose approval counts only with a reason.
        repository: of the issue.
        lost: faults that are part of the scene.
        varies: whether it differs from another scene in only a few requests.
        about: the kinds of requests of which it has rows; all if empty.
        held: the minutes for which a required check has not passed.
    """

    verdict: str
    window: float
    people: Callable[["People"], None]
    inputs: Mapping[str, str]
    voters: frozenset[str]
    minimum: int = 2
    deciding: frozenset[str] = frozenset()
    reasoned: frozenset[str] = frozenset()
    repository: str = REPOSITORY
    variables: Mapping[str, str] = field(default_factory=dict)
    lost: Callable[[], list[Fault]] = list
    earlier: Callable[[World], None] = lambda _: None
    varies: bool = False
    about: frozenset[str] = frozenset()
    held: float = 0.0

    def set_up(self, stage: Stage) -> None:
        """Schedule the acts of people from the opening of the issue on."""
        world = stage.world
        self.earlier(world)
        before = len(world.issues(self.repository))

        def begin(_: Request) -> None:
            issues = world.issues(self.repository)
            if len(issues) > before:
                world.script.remove(begin)
                self.people(People(stage, self.repository, issues[before].number, stage.passed / 60))

        world.script.append(begin)

    @property
    def keeps_open(self) -> bool:
        return self.inputs.get("keep-issue-open") == "true"

    @property
    def by_app(self) -> bool:
        return "app-id" in self.inputs

    def quorum(self, issue: Issue, until: datetime) -> bool:
        """Count independently, from only the comments and the rule in plain words."""
        if until < issue.created_at + timedelta(minutes=self.held):
            return False
        standing: dict[str, bool] = {}
        for comment in issue.comments:
            login = comment.author.login if comment.author else ""
            verb, _, note = comment.body.partition(" - ")
            if (
                login not in self.voters
                or verb not in {"approve", "revoke", "deny"}
                or comment.created_at > until
            ):
                continue
            if verb == "deny":
                return False
            edited = len(comment.revisions) > 1
            unreasoned = login in self.reasoned and not note
            standing[login] = verb == "approve" and not edited and not unreasoned
        given = {login for login, counts in standing.items() if counts}
        return len(given) >= self.minimum and bool(given & (self.deciding or self.voters))


@dataclass(frozen=True)
class People:
    """People, who act this many minutes after the issue was opened."""

    stage: Stage
    repository: str
    number: int
    opened: float

    def at(self, minute: float, act: Callable[[], object]) -> None:
        self.stage.at(self.opened + minute, act)

    def say(self, minute: float, login: str, text: str) -> None:
        self.at(minute, lambda: self.stage.world.comment(self.repository, self.number, login, text))

    def last(self, login: str) -> int:
        comments = self.stage.world.issue(self.repository, self.number).comments
        return next(c.id for c in reversed(comments) if c.author and c.author.login == login)

    def edit(self, minute: float, login: str, text: str) -> None:
        self.at(minute, lambda: self.stage.world.edit_comment(self.last(login), by=login, body=text))

    def delete(self, minute: float, login: str) -> None:
        self.at(minute, lambda: self.stage.world.delete_comment(self.last(login), by=login))

    def tick(self, minute: float, login: str) -> None:
        def tick() -> None:
            body = self.stage.world.issue(self.repository, self.number).body.replace("[ ]", "[x]")
            self.stage.world.edit_issue(self.repository, self.number, by=login, body=body)

        self.at(minute, tick)


def small_organisation() -> World:
    """A small organisation: few people need few requests."""
    world = World()
    files = {
        ".github/policy.yml": POLICY,
        ".github/checked.yml": CHECKED,
        ".github/CODEOWNERS": "/deploy/ @ayo-anu @acme/sre-team\n",
        "checks.md": "- [ ] Tests are green\n",
    }
    repo = world.repo(REPOSITORY, files=files, private=False, labels=["incident"])
    world.repo(APPROVALS)
    world.team("acme/platform-leads", ["lea", "max"])
    world.team("acme/sre-team", ["sam"])
    world.team("acme/keepers", ["keeper"])
    world.permit(repo.full_name, "write", "acme/platform-leads", "acme/sre-team", "cid", "dee", "gil")
    world.permit(repo.full_name, "admin", "ayo-anu")
    world.permit(repo.full_name, "read", "mallory", "keeper", "reader")
    world.tag(repo.full_name, VERSION, COMMIT, annotated=True)
    world.tag(repo.full_name, "v1", COMMIT)
    world.run(repo.full_name, RUN, ["dee", "gil"])
    world.token(
        "demo-app-token",
        login="acme-approval-gate[bot]",
        app="acme-approval-gate",
        permissions={"issues": "write", "contents": "read", "actions": "read", "metadata": "read"},
        repos=[REPOSITORY, APPROVALS],
        org_permissions={"members": "read"},
    )
    world.token("keepers-token", login="keeper")
    world.app(
        "gatekeeper",
        public_key=pair()[1],
        repos=[REPOSITORY],
        permissions={
            "issues": "write",
            **dict.fromkeys(("metadata", "contents", "deployments", "members"), "read"),
            **dict.fromkeys(("actions", "pull_requests"), "read"),
        },
        lifetime=LIFETIME,
    )
    before = world.commit(REPOSITORY, "cid")
    world.deploy(REPOSITORY, "production", before, "SUCCESS")
    world.commit(REPOSITORY, "dee", sha=COMMIT)
    return world


def _two_approve(people: People) -> None:
    """Two people approve in the end, after a hint, a missing reason and a revocation."""
    people.say(0.5, "max", "approve")
    people.tick(0.6, "max")
    people.say(0.7, "sam", "approve")
    people.say(0.8, "lea", "approve?")
    people.say(1.5, "max", "revoke")
    people.say(2.5, "sam", "approve - the shop is down")
    people.say(2.6, "lea", "approve")


def _one_denies(people: People) -> None:
    """A quorum is reached between a denial and its reason."""
    people.say(0.5, "lea", "deny")
    people.say(0.6, "mallory", "approve")
    people.say(1.5, "max", "approve")
    people.say(1.6, "sam", "approve")
    people.say(1.7, "mallory", "lgtm?")
    people.say(2.5, "lea", "deny - the migration is untested")


def _one_counts(people: People) -> None:
    """One approval counts; others are edited, revoked or ineligible: a quorum is never reached."""
    people.stage.world.permit(
        REPOSITORY, "write", "keeper"
    )  # the account that opened the issue without write access, and without labels
    people.say(0.3, "max", "approve")
    people.edit(0.5, "max", "approve - edited")
    people.say(0.6, "dee", "approve")
    people.say(0.7, "mallory", "approve")
    people.say(1.3, "cid", "approve")
    people.say(1.6, "cid", "revoke")
    people.say(1.7, "gil", "nothing much")
    people.say(2.3, "lea", "approve")
    people.delete(2.6, "gil")


def _two_lose_their_rights(people: People) -> None:
    """Two people approve but cannot at the confirmation: a team lost write access, one person was renamed."""
    world = people.stage.world
    people.say(0.5, "sam", "approve")
    people.at(0.6, lambda: world.permit(REPOSITORY, "none", "acme/sre-team"))
    people.at(0.7, lambda: world.rename_user("cid", "sidney"))
    people.say(1.5, "sidney", "approve")
    people.say(3.5, "lea", "approve")
    people.say(3.6, "max", "approve")


def _owner_approves(people: People) -> None:
    people.say(1.5, "ayo-anu", "approve")


def _checks_pass_late(people: People) -> None:
    """Two people approve, and then the job ends, a review is given, an incident is closed, staging has it."""
    world = people.stage.world
    people.say(0.5, "max", "approve")
    people.say(1.5, "lea", "approve")
    people.at(HELD, lambda: _pass(world))


def _pass(world: World) -> None:
    repo = world.repos[REPOSITORY]
    job, *_ = repo.jobs[RUN]
    job.conclusion, job.completed_at = "success", world.now()
    for merged in repo.pull_requests.values():
        world.review(merged, "gil")
    for issue in world.issues(REPOSITORY):
        if "incident" in issue.labels:
            world.close_issue(REPOSITORY, issue.number, by="gil")
    world.deploy(REPOSITORY, "staging", COMMIT, "SUCCESS")


def _held_back(world: World) -> None:
    """A job runs, a pull request has no review, an incident is open, and nothing was deployed to staging."""
    world.environment(REPOSITORY, "production", reviewers=["acme/platform-leads"])
    world.job(REPOSITORY, RUN, "Build", None)
    world.open_issue(REPOSITORY, "gil", "Earlier", "").labels = ["incident"]
    repo = world.repos[REPOSITORY]
    before, _ = repo.commits
    merged = world.pull_request(REPOSITORY, "dee", [COMMIT])
    world.merge(REPOSITORY, merged, "dee", before, "push")


def _left_open(world: World) -> None:
    """An earlier attempt of the run left its issue open, with an approval on it."""
    body = Marker(run_id=RUN, run_attempt=1, nonce="e" * 32).body("earlier")
    left = world.open_issue(APPROVALS, "acme-approval-gate[bot]", "Earlier", body)
    world.comment(APPROVALS, left.number, "max", "approve")


def _overdue(world: World) -> None:
    """An earlier emergency left a follow-up that is overdue."""
    marker = FollowUpMarker(run_id=1, run_attempt=1, nonce="e" * 32, hours=1)
    late = world.open_issue(REPOSITORY, "gatekeeper[bot]", "Earlier", marker.body("What happened?"))
    late.labels, late.created_at = [LABEL], late.created_at - timedelta(hours=2)


def _never_deployed(world: World) -> None:
    """There is no deployment yet: every commit of the history is new."""
    world.repos[REPOSITORY].deployments.clear()


def _private(world: World) -> None:
    world.repos[REPOSITORY].private = True


def _lost_responses() -> list[Fault]:
    """The responses to creating the issue, to the first and the last comment and to the closing are lost."""
    comment, patch = of_kind["POST comment"], of_kind["PATCH issue"]
    return [
        of_kind["POST issue"](kind="after-effect"),
        comment(kind="after-effect"),
        Fault(method="POST", body_pattern="v1 closing nonce", kind="after-effect"),
        patch(kind="after-effect"),
    ]


def _lost_response_of_the_earlier_closing() -> list[Fault]:
    """The response to the closing of the earlier attempt's issue is lost."""
    return [of_kind["PATCH issue"](kind="after-effect")]


def _refusing_at_first() -> list[Fault]:
    """The issue is opened at the second try, and the status cannot be written before the first poll."""
    return [
        of_kind["POST issue"](status=502),
        Fault(method="POST", body_pattern="v1 status nonce", status=500, times=3),
    ]


APP = {"app-id": next(iter(small_organisation().apps)), "app-private-key": pair()[0]}
UNDER_POLICY = {
    **APP,
    "approvers": "",
    "minimum-approvals": "",
    "timeout-minutes": "",
    "policy-file": ".github/policy.yml",
    "deployment-type": "emergency",
    "details": "**Incident**: #INC-12345",
    "require-checklist": "true",
    "polling-interval-seconds": "60",
}
UNDER_CHECKS = {
    **UNDER_POLICY,
    "policy-file": ".github/checked.yml",
    "deployment-type": "standard",
    "details": "",
    "require-checklist": "false",
}
FACTS = frozenset(
    {
        "GET jobs",
        "GraphQL situation",
        "GET compare",
        "GET commits",
        "GraphQL authors",
        "GraphQL pull requests",
    }
)
"""The requests for facts. They decide only where a check needs them, or where authors are barred."""

ABOUT_CHECKS = FACTS | {"GET environment", "GET collaborators", "POST comment checks"}
_LEADS = frozenset({"lea", "max", "ayo-anu"})

_APPROVED: dict[str, Any] = {
    "verdict": "approved",
    "window": 14,
    "people": _two_approve,
    "inputs": UNDER_POLICY,
    "voters": _LEADS | {"sam"},
    "deciding": _LEADS,
    "reasoned": frozenset({"sam"}),
}

SCENES: Mapping[str, Scene] = {
    "approved": Scene(**_APPROVED, earlier=_overdue),
    "denied": Scene(
        verdict="denied",
        window=14,
        people=_one_denies,
        inputs={
            "approvers": "reader,gone,platform-leads,codeowners:/deploy/",
            "timeout-minutes": "14",
            "checklist": "checks.md",
            "target-repository": "approvals",
            "target-repository-owner": "acme",
            "exclude-workflow-initiator-as-approver": "true",
            "polling-interval-seconds": "60",
        },
        voters=_LEADS | {"sam"},
        repository=APPROVALS,
        variables={"GITHUB_RUN_ATTEMPT": "2", "GITHUB_REF_NAME": "main", "GITHUB_REF_TYPE": "branch"},
        earlier=_left_open,
        lost=_lost_response_of_the_earlier_closing,
    ),
    "timed-out": Scene(
        verdict="timed-out",
        window=5,
        people=_one_counts,
        earlier=_private,
        inputs={
            "token": "keepers-token",
            "approvers": "user:lea,user:max,user:cid,user:dee",
            "timeout-minutes": "5",
            "checklist": "none",
            "version": "v1",
            "exclude-workflow-initiator-as-approver": "true",
            "polling-interval-seconds": "60",
        },
        voters=frozenset({"lea", "max", "cid"}),
        variables={"GITHUB_REF_NAME": "main", "GITHUB_REF_TYPE": "branch"},
    ),
    "checks": Scene(
        verdict="approved",
        window=9,
        people=_checks_pass_late,
        inputs={**UNDER_CHECKS},
        voters=_LEADS,
        earlier=_held_back,
        variables={"GITHUB_RUN_ATTEMPT": "2"},
        about=ABOUT_CHECKS,
        held=HELD,
    ),
    "lost": Scene(**_APPROVED, earlier=_never_deployed, lost=_lost_responses, varies=True),
    "left": Scene(
        verdict="approved",
        window=14,
        people=_two_lose_their_rights,
        inputs={
            "approvers": "platform-leads,sre-team,user:cid",
            "timeout-minutes": "14",
            "checklist": "none",
            "polling-interval-seconds": "60",
        },
        voters=frozenset({"lea", "max"}),
        varies=True,
    ),
    "kept": Scene(
        verdict="approved",
        window=14,
        people=_owner_approves,
        inputs={
            "approvers": "user:ayo-anu",
            "minimum-approvals": "1",
            "timeout-minutes": "14",
            "checklist": "none",
            "keep-issue-open": "true",
            "polling-interval-seconds": "60",
        },
        voters=frozenset({"ayo-anu"}),
        minimum=1,
        lost=_refusing_at_first,
        varies=True,
    ),
}
"""Every scene, by its name."""
