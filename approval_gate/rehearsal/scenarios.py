"""The scenarios of the demo: an organisation, its people, and their acts while the gate waits.

The names come from the Production Deployment Approval Process ("the process"),
the document that the gate carries out.
"""

import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from approval_gate.emulator.world import Comment, World
from approval_gate.rehearsal.conversation import Conversation

REPOSITORY = "acme/shop"
COMMIT = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"
VERSION = "v1.2.3"
RUN = 4242

STEP: Mapping[str, str] = {
    "approvers": "devops-team,platform-leads,ayo-anu",
    "minimum-approvals": "2",
    "timeout-minutes": "60",
}
"""The inputs of the gate's step (the process, section GitHub Workflow)."""

TEAMS: Mapping[str, tuple[str, ...]] = {
    "devops-team": ("ann", "bob", "cid"),
    "platform-leads": ("lea", "max", "sue"),
    "sre-team": ("sam", "sid"),
}

POLICY = """\
version: 1
roles:
  platform-owner: {members: [ayo-anu], approves-alone: true}
  platform-lead: {members: [platform-leads]}
  devops: {members: [devops-team]}
  sre: {members: [sre-team]}
deployments:
  emergency:
    minimum-approvals: 1
    timeout-minutes: 30
    approvers: [platform-owner, platform-lead, devops, sre]
    require: [{any-of: [platform-lead, platform-owner], minimum: 1}]
    justification-from: [sre]
    details:
      incident: [Incident]
      root-cause: [Root Cause]
      justification: [Justification, Impact]
      post-mortem: [Post-Mortem]
    waive: [All tests passing]
refs: ["refs/tags/v*"]
checklist:
  Technical checks:
    - item: "**All tests passing** - Unit, integration, and E2E tests successful"
      verify: {jobs: {Build & Test: [Unit tests], Integration Tests: [Integration tests, End-to-end tests]}}
      required: true
    - item: "**Security scans passed** - No CRITICAL or HIGH vulnerabilities"
      verify: {jobs: [Security Scanning]}
    - {item: "**Code review completed** - All PRs reviewed and approved", verify: {reviews: true}}
    - "**Rollback plan ready** - Clear rollback procedure documented"
"""
"""The emergency of the process's Approval Authority Matrix, and some of its checklist."""

TEMPLATE = """\
**Incident**: #INC-12345
**Severity**: P0 - Production Outage
**Root Cause**: Database connection pool exhaustion
**Impact**: 100% of users unable to checkout
**Downtime**: 15 minutes so far
**Fix**: Increase connection pool size and add circuit breaker
**Rollback Plan**: Revert to previous version (v1.2.2)
**Estimated Fix Time**: 5 minutes
**Post-Mortem**: Scheduled for tomorrow 10am
**Approver**: @lea
"""
"""The process's Emergency Deployment Template with its example values."""


@dataclass
class Stage:
    """A running rehearsal, on which the people of a scenario act."""

    world: World
    gate: subprocess.Popen[bytes]
    conversation: Conversation
    comments: dict[str, Comment] = field(default_factory=dict)

    def comment(self, login: str, text: str) -> None:
        """Comment on the approval issue."""
        self.conversation.tell(login, text)
        number = self.world.issues(REPOSITORY)[-1].number
        self.comments[login] = self.world.comment(REPOSITORY, number, login, text)

    def edit(self, login: str, text: str) -> None:
        """Edit a person's last comment."""
        self.conversation.tell(login, f"(edits the comment) {text}")
        self.world.edit_comment(self.comments[login].id, by=login, body=text)

    def close(self, login: str) -> None:
        """Close the approval issue."""
        self.conversation.tell(login, "(closes the issue)")
        self.world.close_issue(REPOSITORY, self.world.issues(REPOSITORY)[-1].number, by=login)

    def cancel(self) -> None:
        """Cancel the job: send the runner's first signal."""
        self.conversation.tell("dee", "(cancels the run)")
        self.gate.send_signal(signal.SIGINT)


Act = Callable[[Stage], None]

ANSWER: Act | None = None
"""Among acts: wait until the gate has answered the ones before."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A scripted run of the gate.

    Attributes:
        acts: what people do, in turn; :data:`ANSWER` waits for the gate.
        inputs: overrides of :data:`STEP`.
        own_token: whether to use the job's own token, which cannot read teams.
        tests_skipped: whether the run was started without its tests.
    """

    about: str
    exit_code: int
    acts: tuple[Act | None, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    own_token: bool = False
    tests_skipped: bool = False


def says(login: str, text: str) -> Act:
    """Return the act of commenting."""
    return partial(Stage.comment, login=login, text=text)


SCENARIOS: Mapping[str, Scenario] = {
    "approved": Scenario(
        about="Two people approve; a stranger and an edited comment do not count.",
        exit_code=0,
        acts=(
            says("dee", "v1.2.3 is ready: payment retries, 14 commits."),
            says("mallory", "approve"),
            says("bob", "approve"),
            says("ann", "approve?"),
            ANSWER,
            partial(Stage.edit, login="bob", text="approve - well, if the tests pass"),
            ANSWER,
            says("cid", "approve - All checks passed, migrations tested in staging"),
            ANSWER,
            says("lea", "/approve"),
        ),
    ),
    "denied": Scenario(
        about="One approver denies, at first without a reason.",
        exit_code=1,
        acts=(
            says("cid", "approve"),
            says("bob", "deny"),
            ANSWER,
            says("bob", "deny - Database migration needs more testing. Found issue in staging."),
        ),
    ),
    "emergency": Scenario(
        about="An emergency: an SRE must say why, and a platform lead must approve.",
        exit_code=0,
        tests_skipped=True,
        acts=(
            says("bob", "approve"),
            says("sam", "approve"),
            ANSWER,
            says("sam", "approve - the shop is down, the fix is reviewed"),
            ANSWER,
            says("lea", "approve - I lead the incident"),
        ),
        inputs={
            "approvers": "",
            "minimum-approvals": "",
            "timeout-minutes": "",
            "policy-file": ".github/approval-policy.yml",
            "deployment-type": "emergency",
            "details": TEMPLATE,
        },
    ),
    "timed-out": Scenario(
        about="Only one of two approvals comes before the deadline.",
        exit_code=3,
        acts=(says("cid", "approve"),),
        inputs={"timeout-minutes": "0.1"},
    ),
    "cancelled": Scenario(
        about="The run is cancelled while the gate waits.",
        exit_code=4,
        acts=(says("cid", "approve"), ANSWER, Stage.cancel),
    ),
    "closed": Scenario(
        about="Somebody closes the approval issue.",
        exit_code=4,
        acts=(says("cid", "approve"), ANSWER, partial(Stage.close, login="sue")),
    ),
    "no-teams": Scenario(
        about="The job's own token cannot read teams, so no issue is opened.",
        exit_code=2,
        own_token=True,
    ),
}
"""The scenarios by name."""


def scene() -> World:
    """Build the world of the scenarios: an organisation with its teams, a repository and a tag to deploy."""
    world = World()
    files = {
        ".github/CODEOWNERS": "/deploy/ @ayo-anu @acme/devops-team\n",
        ".github/approval-policy.yml": POLICY,
    }
    repo = world.repo(REPOSITORY, files=files, labels=["incident"])
    for slug, members in TEAMS.items():
        world.team(f"acme/{slug}", members)
        world.permit(repo.full_name, "write", f"acme/{slug}")
    world.permit(repo.full_name, "admin", "ayo-anu")
    world.permit(repo.full_name, "write", "dee")
    world.permit(repo.full_name, "read", "mallory")
    world.branch(repo.full_name, repo.default_branch, COMMIT)
    world.tag(repo.full_name, VERSION, COMMIT)
    world.run(repo.full_name, RUN, ["dee"])
    permissions = {"issues": "write", "contents": "read", "actions": "read", "metadata": "read"}
    world.token(
        "demo-job-token",
        login="github-actions[bot]",
        app="github-actions",
        permissions=permissions,
        repos=[repo.full_name],
        limit=1000,
    )
    world.token(
        "demo-app-token",
        login="acme-approval-gate[bot]",
        app="acme-approval-gate",
        permissions=permissions,
        repos=[repo.full_name],
        org_permissions={"members": "read"},
    )
    return world
