"""What is wrong with a policy where it is to be used: with its people, its token and its environments.

GitHub's answers are gathered first and given as facts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from approval_gate.core import quorum
from approval_gate.core.model import Ineligibility, Member, Person, Rule
from approval_gate.core.names import Holders, NameProblem, explained, parse
from approval_gate.core.policy import places
from approval_gate.core.policy.findings import Finding, Path
from approval_gate.core.policy.model import NAMES, DeploymentType, Policy, Role, rule
from approval_gate.core.policy.places import NOWHERE, Places
from approval_gate.core.roster import Named, absent, assemble
from approval_gate.core.timing import APP_TOKEN, HOSTED_JOB
from approval_gate.core.wording import join_some, minutes, shortfall


class Holder(StrEnum):
    """The kind of account that a token belongs to, which determines how long the token lives."""

    JOB = "a job, its GITHUB_TOKEN"
    APP = "a GitHub App"
    PERSON = "a person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token, when it was used, and when it expires; GitHub says this only of a person's."""

    holder: Holder
    seen_at: datetime
    expires_at: datetime | None = None


class Branches(StrEnum):
    """The branches and tags from which an environment can be deployed to."""

    ANY = "any"
    PROTECTED = "protected"
    NAMED = "named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A pattern of branches or tags that an environment allows; the kind is ``branch`` or ``tag``."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """An environment's required reviewers, its wait timer, and the branches and tags that it allows."""

    reviewed: bool
    wait_minutes: int
    branches: Branches
    patterns: tuple[Pattern, ...] = ()


class Purpose(StrEnum):
    """What an environment is for."""

    DEPLOYMENT = "the deployment"
    ROLLBACK = "the rollback"
    GATE = "the gate"


ROLLBACK = "-rollback"
"""The suffix of the environment for rollbacks, which has the same secrets as the deployment's environment."""

GATE = "approval-gate"
"""The environment that holds the gate's token, as the examples call it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An environment and its protection; None if there is none, a finding if the token cannot see it."""

    name: str
    protection: Protection | Finding | None
    purpose: Purpose = Purpose.DEPLOYMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What GitHub says about a policy's people, the token and the environments.

    Attributes:
        repository: ``owner/name`` of the repository that deploys.
        names: what each member of the roles of :func:`roles_to_resolve` stands for, in the document's order.
        writers: the ids of the people who can write to the repository.
        token: None if its holder cannot be determined.
        own: the account of the token, if it is a person's.
        environments: those that are deployed to, and their companions.
        places: what the checks can name.
    """

    repository: str
    private: bool
    names: tuple[Named, ...]
    writers: frozenset[int]
    token: Token | None
    own: Person | None = None
    environments: tuple[Environment, ...] = ()
    places: Places = NOWHERE

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody who is named, once."""
        return tuple({person.id: person for named in self.names for person in named.people}.values())

    @property
    def deployed_to(self) -> list[str]:
        """The environments that are deployed to."""
        return [each.name for each in self.environments if each.purpose is Purpose.DEPLOYMENT]


def roles_to_resolve(policy: Policy) -> tuple[Role, ...]:
    """Return the roles whose members can be looked up: those of a type that does not have too many names."""
    names = {
        name
        for deployment_type in policy.deployments
        if _name_count(policy, deployment_type) <= NAMES
        for name in deployment_type.approvers
    }
    return tuple(role for role in policy.roles if role.name in names)


def findings(policy: Policy, facts: Facts) -> list[Finding]:
    """Return everything that is wrong, in no particular order."""
    return [
        *_people(facts),
        *(found for each in policy.deployments for found in _deployment_type(policy, each, facts)),
        *(found for each in facts.environments for found in _environment(policy, each, facts)),
        *places.findings(policy, facts.places, facts.deployed_to),
    ]


def malformed(policy: Policy) -> list[Finding]:
    """Return the members that are not names, whatever GitHub has; each remedy is given once."""
    found: list[Finding] = []
    for role in policy.roles:
        for place, member in enumerate(role.members):
            wrong = parse(member)
            if isinstance(wrong, NameProblem):
                problem, remedy = explained([wrong])
                given = remedy in {each.remedy for each in found}
                here: Path = ("roles", role.name, "members", place)
                found.append(Finding(path=here, problem=problem, remedy="" if given else remedy))
    return found


def notes(facts: Facts) -> list[str]:
    """Return what is worth knowing and not a mistake."""
    found = []
    if facts.token is None:
        found.append("the token's holder cannot be determined, so no window is compared with its lifetime.")
    if facts.own is not None and facts.own in facts.people:
        login = facts.own.login
        found.append(f"the token is {login}'s: a gate that uses it counts no approval of {login}.")
    found += [
        f"the token cannot read all {what} of {facts.repository}, so checks are not compared with them."
        for what in facts.places.unread
    ]
    return found


def _people(facts: Facts) -> Iterator[Finding]:
    """Find names that nobody has and people who cannot approve; each remedy is given once."""
    given: set[str] = set()
    for named in facts.names:
        here: Path = ("roles", named.role, "members", named.place)
        members = assemble([named], own_id=None, writers=facts.writers, barred={})
        for wrong in (*named.problems, *absent([named])):
            problem, remedy = explained([wrong])
            yield Finding(path=here, problem=problem, remedy="" if remedy in given else remedy)
            given.add(remedy)
        for name in named.empty:
            remedy = "Add people to it, or remove it here."
            problem = f"the team `{name}` has no members."
            if isinstance(parse(name), Holders):
                remedy = "Give it to people, or remove it here."
                problem = f"nobody has the role `{name}` in {facts.repository}."
            yield Finding(path=here, problem=problem, remedy=remedy)
        for reason, why, remedy in (
            (
                Ineligibility.NO_WRITE,
                f"cannot write to {facts.repository}, so their approval does not count.",
                "Give write access, or remove the name.",
            ),
            (Ineligibility.BOT, "cannot vote: only people can.", "Remove the name."),
        ):
            logins = [member.login for member in members if member.ineligibility is reason]
            if logins:
                problem = f"`{named.member}`: {join_some(logins, 'and', rest='more')} {why}"
                yield Finding(path=here, problem=problem, remedy=remedy)


def _deployment_type(policy: Policy, deployment_type: DeploymentType, facts: Facts) -> Iterator[Finding]:
    here: Path = ("deployments", deployment_type.name)
    if facts.token is not None:
        yield from _window((*here, "timeout-minutes"), deployment_type, facts.token)
    names = _name_count(policy, deployment_type)
    if names > NAMES:
        problem = f"these roles have {names} names; {NAMES} are allowed."
        remedy = "Name teams instead of their people."
        yield Finding(path=(*here, "approvers"), problem=problem, remedy=remedy)
        return
    mine = [named for named in facts.names if named.role in deployment_type.approvers]
    if any(named.problems for named in mine):
        return  # the people who cannot be seen may be enough
    roster = assemble(mine, own_id=None, writers=facts.writers, barred={})
    needs = rule(policy, deployment_type, roster)
    if (lacking := shortfall(needs, roster)) is not None:
        remedy = "Add approvers, or lower it."
        yield Finding(path=(*here, "minimum-approvals"), problem=f"it is {lacking}.", remedy=remedy)
        return
    indispensable = [member.login for member in _indispensable(needs, roster)]
    if indispensable:
        barred = " or barred by `exclude`" if policy.exclude else ""
        who = join_some(indispensable, "or", rest="more")
        problem = f"when {who} is away{barred}, the others are not enough."
        yield Finding(path=here, problem=problem, remedy="Add an approver.")


def _indispensable(needs: Rule, roster: Sequence[Member]) -> list[Member]:
    """Find the people without whom a rule cannot be met that can be met with them."""
    enough = roster
    while True:  # only a member of every sufficient group is indispensable: halving rules out most at once
        middle = len(enough) // 2
        halves = (enough[:middle], enough[middle:])
        half = next((part for part in halves if middle and quorum.satisfiable(needs, part)), None)
        if half is None:
            break
        enough = half
    return [
        member
        for member in enough
        if not quorum.satisfiable(needs, [other for other in roster if other is not member])
    ]


def _name_count(policy: Policy, deployment_type: DeploymentType) -> int:
    return sum(len(role.members) for role in policy.voting(deployment_type))


def _window(path: Path, deployment_type: DeploymentType, token: Token) -> Iterator[Finding]:
    """Compare a window with the token's lifetime, some of which is over when the gate starts.

    (https://docs.github.com/en/actions/concepts/security/github_token,
    https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app)
    """
    lifetime, why, remedy = _LIFETIMES.get(token.holder, (timedelta.max, "", ""))
    if token.expires_at is not None:
        lifetime = token.expires_at - token.seen_at
        why = f"it expires at {token.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
        remedy = "Use one that lasts longer."
    if deployment_type.window >= lifetime:
        problem = f"{minutes(deployment_type.window)} minutes are longer than the token lasts: {why}"
        yield Finding(path=path, problem=problem, remedy=remedy)


_LIFETIMES = {
    Holder.JOB: (
        HOSTED_JOB,
        "a job on GitHub's runners, and its GITHUB_TOKEN, ends after 6 hours.",
        "Shorten the window.",
    ),
    Holder.APP: (
        APP_TOKEN,
        "a GitHub App's token lasts an hour.",
        "Give the gate app-id and app-private-key, with which it renews the token.",
    ),
}


def _environment(policy: Policy, environment: Environment, facts: Facts) -> Iterator[Finding]:
    """Compare an environment with the process (Environment Protection) and with the policy's refs."""
    it = f"the environment `{environment.name}`"
    protection = environment.protection
    if protection is None:
        problem = f"{facts.repository} has no environment `{environment.name}` that the token can see."
        yield Finding(problem=problem, remedy="Correct the name, or create it in the repository's settings.")
        return
    if isinstance(protection, Finding):
        yield replace(protection, problem=f"{it}: {protection.problem}")
        return
    if environment.purpose is Purpose.DEPLOYMENT and not protection.reviewed:
        remedy = "Add them." + (
            " A private repository needs GitHub Enterprise for them." if facts.private else ""
        )
        yield Finding(problem=f"{it} has no required reviewers.", remedy=remedy)
    if environment.purpose is not Purpose.DEPLOYMENT and protection.reviewed:
        remedy = f"Remove them: {environment.purpose} must start at once."
        yield Finding(problem=f"{it} has required reviewers.", remedy=remedy)
    if protection.wait_minutes:
        problem = f"{it} has a wait timer of {protection.wait_minutes} minutes."
        yield Finding(problem=problem, remedy="Set it to 0, since the approval handles timing.")
    if policy.refs:
        path: Path = ("refs",)
        differences = _differences(policy.refs, protection, "the policy")
    else:
        path, differences = (), _companion(environment, protection, facts)
    for problem, remedy in differences:
        yield Finding(path=path, problem=f"{it} {problem}", remedy=remedy)


def _companion(environment: Environment, protection: Protection, facts: Facts) -> Iterator[tuple[str, str]]:
    """Compare a companion with the deployment's environments, where the policy names no refs.

    The rollback's environment goes with the one whose name it extends, the gate's with all of them.
    """
    partners = [
        other.protection
        for other in facts.environments
        if other.purpose is Purpose.DEPLOYMENT and isinstance(other.protection, Protection)
        if environment.purpose is Purpose.GATE
        or (environment.purpose is Purpose.ROLLBACK and environment.name == other.name + ROLLBACK)
    ]
    allowed = {partner.branches for partner in partners}
    if allowed == {Branches.NAMED}:
        refs = (f"refs/{_REFS[p.kind]}/{p.name}" for partner in partners for p in partner.patterns)
        yield from _differences(list(dict.fromkeys(refs)), protection, "the deployment's environment")
    elif allowed and Branches.ANY not in allowed and protection.branches is Branches.ANY:
        yield (
            "allows any branch and any tag, which the deployment's environment does not.",
            "Make both the same.",
        )


_REFS = {"branch": "heads", "tag": "tags"}


def _differences(refs: Sequence[str], protection: Protection, whose: str) -> Iterator[tuple[str, str]]:
    """Say how the branches and tags that an environment allows differ from these refs, and what to do."""
    ours = join_some((f"`{ref}`" for ref in refs), "and", rest="more")
    if protection.branches is Branches.ANY:
        yield "allows any branch and any tag.", f"Allow only {ours}."
        return
    if protection.branches is Branches.PROTECTED:
        yield "allows every protected branch.", f"Allow {ours} by name."
        return
    meant = {ref: _patterns(ref) for ref in refs}
    ours_alone = [f"`{ref}`" for ref, any_of in meant.items() if any_of.isdisjoint(protection.patterns)]
    others = [pattern for pattern in protection.patterns if not any(pattern in it for it in meant.values())]
    theirs_alone = [f"the {pattern.kind} `{pattern.name}`" for pattern in others]
    if ours_alone:
        yield (
            f"does not allow {join_some(ours_alone, 'or', rest='more')}, as {whose} does.",
            "Make both the same.",
        )
    if theirs_alone:
        yield (
            f"allows {join_some(theirs_alone, 'and', rest='more')}, which {whose} does not.",
            "Make both the same.",
        )


def _patterns(ref: str) -> frozenset[Pattern]:
    """Return the patterns by any of which an environment allows a ref; a plain name is of either kind."""
    kinds = {f"refs/{folder}/": kind for kind, folder in _REFS.items()}
    exact = [Pattern(kind=kind, name=ref.removeprefix(p)) for p, kind in kinds.items() if ref.startswith(p)]
    return frozenset(exact or (Pattern(kind=kind, name=ref) for kind in _REFS))
