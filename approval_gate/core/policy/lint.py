"""What is wrong with a policy where it is to be used: with its people, its token, its environment.

What GitHub says of them is gathered beforehand and given as facts. A problem is
a path in the document and a sentence.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from approval_gate.core import quorum
from approval_gate.core.model import Ineligibility, Member, Person, Rule, Vocabulary
from approval_gate.core.names import told
from approval_gate.core.policy.model import NAMES, DeploymentType, Policy, Role, rule
from approval_gate.core.roster import Named, absent, assemble
from approval_gate.core.wording import join

Problem = tuple[tuple[str | int, ...], str]
"""Where in the document something is wrong, as its keys and positions, and what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What cannot be had, and what to do about it."""

    problem: str
    remedy: str


class Holder(StrEnum):
    """Whose a token is, which says how long it lives."""

    JOB = "a job, its GITHUB_TOKEN"
    APP = "a GitHub App"
    PERSON = "a person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token.

    Attributes:
        holder: whose it is.
        seen_at: when it was looked at.
        expires_at: when it ends, if GitHub says so, as it does of a person's.
    """

    holder: Holder
    seen_at: datetime
    expires_at: datetime | None = None


class Branches(StrEnum):
    """What an environment may be deployed from."""

    ANY = "any"
    PROTECTED = "protected"
    NAMED = "named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A branch or a tag that an environment takes, or many; the kind is ``branch`` or ``tag``."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What protects an environment.

    Attributes:
        reviewed: whether it has required reviewers.
        wait_minutes: its wait timer.
        branches: what it may be deployed from.
        patterns: the names of those, where it has any.
    """

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
"""What follows a deployment's environment in the name of the rollback's, which has the same secrets."""

GATE = "approval-gate"
"""The environment that holds the gate's token, as the examples name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An environment and its protection; None if there is no such environment."""

    name: str
    protection: Protection | Refusal | None
    purpose: Purpose = Purpose.DEPLOYMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What GitHub says of a policy's people, of the token, and of the environments.

    Attributes:
        repository: ``owner/name``, the one that deploys.
        private: whether not everybody can see it.
        names: each member of each role of :func:`asked`, in the document's order.
        writers: the ids of those who can write to the repository.
        token: the token; None if it cannot be known whose it is.
        own: the account of the token, if it is a person's.
        environments: what is deployed to, and what goes with it.
    """

    repository: str
    private: bool
    names: tuple[Named, ...]
    writers: frozenset[int]
    token: Token | None
    own: Person | None = None
    environments: tuple[Environment, ...] = ()

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody who is named, once."""
        return tuple({person.id: person for named in self.names for person in named.people}.values())


def asked(policy: Policy) -> tuple[Role, ...]:
    """Return the roles whose people the gate can ask for: those of a type that has not too many names."""
    may = {name for kind in policy.deployments if _names(policy, kind) <= NAMES for name in kind.approvers}
    return tuple(role for role in policy.roles if role.name in may)


def problems(policy: Policy, facts: Facts) -> list[Problem]:
    """Tell everything that is wrong, in no order."""
    return [
        *_people(facts),
        *(found for kind in policy.deployments for found in _type(policy, kind, facts)),
        *(found for one in facts.environments for found in _environment(policy, one, facts)),
    ]


def notes(facts: Facts) -> list[str]:
    """Say what is no mistake, and good to know."""
    found = []
    if facts.token is None:
        found.append("whose the token is cannot be known, so no window is held against its life.")
    if facts.own is not None and facts.own in facts.people:
        login = facts.own.login
        found.append(f"the token is {login}'s: a gate that works with it counts no approval of {login}.")
    return found


# People --------------------------------------------------------------------------------


def _people(facts: Facts) -> Iterator[Problem]:
    """Say which names are nobody, and who would be asked in vain; the same remedy is said once."""
    said: set[str] = set()
    for named in facts.names:
        here = ("roles", named.role, "members", named.place)
        members = assemble([named], own_id=None, writers=facts.writers, barred={})
        for wrong in (*named.problems, *absent([named])):
            problem, remedy = told([wrong])
            yield here, problem if remedy in said else f"{problem} {remedy}"
            said.add(remedy)
        for team in named.empty:
            yield here, f"the team `{team}` has no members."
        for ineligibility, why in (
            (Ineligibility.NO_WRITE, f"cannot write to {facts.repository}: no approval of theirs counts."),
            (Ineligibility.BOT, "cannot vote, not being a person."),
        ):
            logins = [member.person.login for member in members if member.ineligibility is ineligibility]
            if logins:
                yield here, f"`{named.member}`: {_several(logins, 'and')} {why}"


# Types of deployment -------------------------------------------------------------------


def _type(policy: Policy, kind: DeploymentType, facts: Facts) -> Iterator[Problem]:
    here = ("deployments", kind.name)
    yield from _window(here, kind, facts.token)
    names = _names(policy, kind)
    if names > NAMES:
        yield (*here, "approvers"), f"these roles have {names} names; the gate takes {NAMES} at the most."
        return
    mine = [named for named in facts.names if named.role in kind.approvers]
    if any(named.problems for named in mine):
        return  # those who cannot be seen can be enough
    roster = assemble(mine, own_id=None, writers=facts.writers, barred={})
    words = Vocabulary()
    needs = rule(policy, kind, roster, vocabulary=words, denial_needs_reason=True, closing_denies=False)
    lacking = quorum.lacking(needs, roster)
    if lacking is not None:
        yield (*here, "minimum-approvals"), f"it is {lacking}."
        return
    missed = _indispensable(needs, roster)
    if missed:
        barred = " or barred by `exclude`" if policy.exclude else ""
        who = _several([member.person.login for member in missed], "or")
        yield here, f"when {who} is away{barred} the others can never meet this."


def _indispensable(needs: Rule, roster: Sequence[Member]) -> list[Member]:
    """Find without whom a rule that these people can meet cannot be met."""
    enough = roster
    while True:  # whoever is missing from some who are enough is dispensable, and most are in one look
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


def _names(policy: Policy, kind: DeploymentType) -> int:
    return sum(len(role.members) for role in policy.voting(kind))


def _window(here: tuple[str, ...], kind: DeploymentType, token: Token | None) -> Iterator[Problem]:
    """Hold a window against the token's life, a part of which is over when the gate begins."""
    life = None if token is None else _life(token)
    if life is not None and kind.window >= life[0]:
        minutes = kind.window.total_seconds() / 60
        yield (*here, "timeout-minutes"), f"{minutes:g} minutes outlast the token: {life[1]}"


def _life(token: Token) -> tuple[timedelta, str] | None:
    """Return how long a token lives at the most, and why; None if it does not end.

    (https://docs.github.com/en/actions/concepts/security/github_token,
    https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app)
    """
    if token.expires_at is None:
        return _LIVES.get(token.holder)
    end = f"{token.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return token.expires_at - token.seen_at, f"it expires at {end}. Take one that lives longer."


_LIVES = {
    Holder.JOB: (
        timedelta(hours=6),
        "a job, and its GITHUB_TOKEN, ends after 6 hours on GitHub's runners. Shorten the window.",
    ),
    Holder.APP: (
        timedelta(hours=1),
        "a GitHub App's lives for an hour. Give the gate app-id and app-private-key; it makes another.",
    ),
}


# The environment -----------------------------------------------------------------------


def _environment(policy: Policy, environment: Environment, facts: Facts) -> Iterator[Problem]:
    """Hold an environment against what the process asks of it (process, Environment Protection)."""
    it = f"the environment `{environment.name}`"
    protection = environment.protection
    if protection is None:
        yield (), f"{facts.repository} has no environment `{environment.name}` that the token can see."
        return
    if isinstance(protection, Refusal):
        yield (), f"{it}: {protection.problem} {protection.remedy}"
        return
    if environment.purpose is Purpose.DEPLOYMENT and not protection.reviewed:
        takes = " A private repository needs GitHub Enterprise for them." if facts.private else ""
        yield (), f"{it} has no required reviewers.{takes}"
    if environment.purpose is not Purpose.DEPLOYMENT and protection.reviewed:
        yield (
            (),
            f"{it} has required reviewers; remove them: {environment.purpose} must start at once.",
        )
    if protection.wait_minutes:
        timer = f"{it} has a wait timer of {protection.wait_minutes} minutes"
        yield (), f"{timer}; make it 0, since the approval handles timing."
    if policy.refs:
        yield from ((("refs",), f"{it} {what}") for what in _refs(policy.refs, protection, "the policy"))
    elif environment.purpose is not Purpose.DEPLOYMENT:
        yield from (((), f"{it} {what}") for what in _companion(environment, protection, facts))


def _companion(environment: Environment, protection: Protection, facts: Facts) -> Iterator[str]:
    """Hold an environment against those of the deployment, where the policy names no refs.

    The rollback's goes with the one that its name begins with, the gate's with all.
    """
    partners = [
        other.protection
        for other in facts.environments
        if other.purpose is Purpose.DEPLOYMENT and isinstance(other.protection, Protection)
        if environment.purpose is Purpose.GATE or environment.name == other.name + ROLLBACK
    ]
    kinds = {partner.branches for partner in partners}
    if kinds == {Branches.NAMED}:
        refs = (f"refs/{_REFS[p.kind]}/{p.name}" for partner in partners for p in partner.patterns)
        yield from _refs(list(dict.fromkeys(refs)), protection, "the deployment's environment")
    elif kinds and Branches.ANY not in kinds and protection.branches is Branches.ANY:
        yield "takes any branch and any tag, which the deployment's environment does not."


_REFS = {"branch": "heads", "tag": "tags"}


def _refs(refs: Sequence[str], protection: Protection, whose: str) -> Iterator[str]:
    """Say how the branches and tags that an environment takes differ from these refs."""
    ours = _several([f"`{ref}`" for ref in refs], "and")
    if protection.branches is Branches.ANY:
        yield f"takes any branch and any tag; let it take {ours} alone."
        return
    if protection.branches is Branches.PROTECTED:
        yield f"takes protected branches, whichever they are; let it take {ours} by name."
        return
    theirs = {(pattern.kind, pattern.name) for pattern in protection.patterns}
    meant = [(ref, _meant(ref)) for ref in refs]
    ours_alone = [f"`{ref}`" for ref, kinds in meant if kinds.isdisjoint(theirs)]
    named = {kind for _, kinds in meant for kind in kinds}
    theirs_alone = [
        f"the {pattern.kind} `{pattern.name}`"
        for pattern in protection.patterns
        if (pattern.kind, pattern.name) not in named
    ]
    if ours_alone:
        yield f"does not take {_several(ours_alone, 'or')}, as {whose} does."
    if theirs_alone:
        yield f"takes {_several(theirs_alone, 'and')}, which {whose} does not."


def _meant(ref: str) -> frozenset[tuple[str, str]]:
    """Return the patterns one of which says the same to an environment; a plain name is either's."""
    if ref.startswith("refs/heads/"):
        return frozenset({("branch", ref.removeprefix("refs/heads/"))})
    if ref.startswith("refs/tags/"):
        return frozenset({("tag", ref.removeprefix("refs/tags/"))})
    return frozenset({("branch", ref), ("tag", ref)})


def _several(words: Iterable[str], conjunction: str) -> str:
    return join(words, conjunction, rest="more")
