"""A policy in plain words for a terminal: who can approve what, and the decision on given votes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from approval_gate.core import quorum
from approval_gate.core.model import Member, Person, Rule
from approval_gate.core.names import Holders, Owners, Reviewers, parse
from approval_gate.core.policy.findings import Finding, printable
from approval_gate.core.policy.lint import Facts
from approval_gate.core.policy.model import DeploymentType, Exclusion, Policy, Role, rule
from approval_gate.core.policy.places import conditions
from approval_gate.core.verdict import Decision
from approval_gate.core.wording import join, plural
from approval_gate.render import policy_checks
from approval_gate.render.times import span

_EVERYBODY = 10_000
_ANYBODY = Person(id=1, login="anybody")
_WROTE = "wrote or committed anything since the environment's last successful deployment"
_EXCLUDED = {
    Exclusion.INITIATOR: "asked for the deployment",
    Exclusion.COMMIT_AUTHORS: _WROTE,
    Exclusion.KNOWN_AUTHORS: _WROTE,
}
_STRANGERS = {
    Exclusion.COMMIT_AUTHORS: "If one of its authors has no account, no request is opened.",
    Exclusion.KNOWN_AUTHORS: "Its authors without an account are counted, but cannot be barred.",
}


def explain(policy: Policy) -> str:
    """Say who can approve what: as a table like the process's, then each type in words."""
    lines = [*_table(policy), "", *_kept_elsewhere(policy)]
    for deployment_type in policy.deployments:
        lines += [*_in_words(policy, deployment_type), ""]
    if checks := list(policy_checks.explained(policy)):
        lines += [*checks, ""]
    if policy.refs:
        lines.append(f"Only {join(policy.refs, 'and')} can be deployed.")
    if policy.exclude:
        who = join([_EXCLUDED[exclusion] for exclusion in policy.exclude], "or")
        lines.append(f"A person who {who} cannot approve, but can deny.")
    lines += [_STRANGERS[exclusion] for exclusion in policy.exclude if exclusion in _STRANGERS]
    return "\n".join(lines).rstrip() + "\n"


def notes(policy: Policy) -> list[str]:
    """Report what is allowed but perhaps not meant: refs of either kind, votes that cannot decide."""
    return [
        *(
            f"refs: `{ref}` admits a branch and a tag of that name. "
            f"Write `refs/heads/{ref}` or `refs/tags/{ref}`, whichever is meant."
            for ref in policy.refs
            if not ref.startswith("refs/")
        ),
        *(
            f"deployments.{deployment_type.name}: an approval of {role.name} counts, but cannot decide."
            for deployment_type in policy.deployments
            for role in policy.voting(deployment_type)
            if not quorum.decides(_rule(policy, deployment_type), [role.name])
        ),
        *(
            ["block-on-overdue: nothing opens a follow-up, because there is no `follow-up`."]
            if policy.block_on_overdue and policy.follow_up is None
            else []
        ),
    ]


def looked_at(policy: Policy, facts: Facts) -> str:
    """Say what was checked in the repository, where nothing was found wrong."""
    places = [environment.name for environment in facts.environments]
    seen = [
        plural(len(policy.roles), "role"),
        plural(len(facts.people), "person", "people"),
        f"environment{'' if len(places) == 1 else 's'} {join(places, 'and')}",
    ]
    if checks := sum(1 for _ in conditions(policy)):
        seen.append(plural(checks, "check"))
    return f"Checked in {facts.repository}: {', '.join(seen)}."


def findings(file: str, found: Iterable[Finding]) -> str:
    """List findings, a line each, in the form that compilers use."""
    return "\n".join(
        f"{file}:{finding.line}: {finding.place}{': ' if finding.path else ''}{finding}" for finding in found
    )


def verdict(decision: Decision, said: Sequence[tuple[str, str]]) -> str:
    """Show a decision, and what each comment is: a vote with its status, an objection, or neither."""
    votes = {vote.comment_id: f"{vote.verb}, {vote.status}" for vote in decision.votes}
    holding = {objection.comment_id for objection in decision.holds}
    rows = []
    for number, (login, text) in enumerate(said, start=1):
        other = _HOLDS if number in holding else _NO_ANSWER
        rows.append(f"  {login}: {votes.get(number) or other.format(text=printable(text[:60]))}")
    return "\n".join([f"{decision.outcome or 'pending'}: {decision.reason}", *rows]) + "\n"


_HOLDS = '"{text}" is read as an objection, so approval waits for another answer'
_NO_ANSWER = '"{text}" is not an answer; write `approve`, `deny - reason` or `revoke`'


def _rule(policy: Policy, deployment_type: DeploymentType) -> Rule:
    """Return a type's rule, with a minimum no roster reaches if everybody must approve."""
    return rule(policy, replace(deployment_type, minimum=deployment_type.minimum or _EVERYBODY), ())


def _kept_elsewhere(policy: Policy) -> list[str]:
    """Say who is behind a path, an environment or a role in the repository."""
    lines = []
    for role in policy.roles:
        for member in role.members:
            match parse(member):
                case Owners(path):
                    who = f"the owners of {printable(path)} in CODEOWNERS"
                case Reviewers(environment):
                    who = f"the required reviewers of the environment {printable(environment)}"
                case Holders(right):
                    who = f"everyone who has at least the role {right} in the repository"
                case _:
                    continue
            lines.append(f"{printable(role.name)} {'is' if member == role.name else 'includes'} {who}.")
    return [*lines, ""] if lines else []


def _table(policy: Policy) -> Iterator[str]:
    header = ["", *(deployment_type.name for deployment_type in policy.deployments)]
    rows = [
        [role.name, *(_cell(policy, deployment_type, role) for deployment_type in policy.deployments)]
        for role in policy.roles
    ]
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _cell(policy: Policy, deployment_type: DeploymentType, role: Role) -> str:
    """Say what one approval by a role does for a type of deployment."""
    if role.name not in deployment_type.approvers:
        return "no"
    if not role.votes:
        return "alone, if also an approver"
    asked = _rule(policy, deployment_type)
    if quorum.tally(asked, [Member(person=_ANYBODY, roles=(role.name,))]).met:
        what = "suffices"
    else:
        what = "yes" if quorum.decides(asked, [role.name]) else "cannot decide"
    return f"{what}, with a note" if role.name in deployment_type.justified else what


def _in_words(policy: Policy, deployment_type: DeploymentType) -> Iterator[str]:
    people = plural(deployment_type.minimum, "person", "people") if deployment_type.minimum else "all people"
    roles = policy.voting(deployment_type)
    voting = [role.name for role in roles if role.votes]
    who, window = f"{people} of {join(voting, 'or')}", span(deployment_type.window)
    yield f"{deployment_type.name}: {who} must approve within {window}."
    single = [role.name for role in roles if role.approves_alone and role.votes]
    if single:
        yield f"  {join(single, 'or')} can approve alone."
    marked = [role.name for role in roles if not role.votes]
    if marked:
        yield f"  {join(marked, 'or')} can approve alone, if also an approver."
    for need in deployment_type.require:
        yield f"  Among them must be {need.minimum} of {join(need.any_of, 'or')}."
    if deployment_type.justified:
        yield f"  An approval of {join(deployment_type.justified, 'or')} counts only with a note."
    required = [detail.headings[0] for detail in deployment_type.details if detail.required]
    if required:
        yield f"  The request must say: {join(required, 'and')}."
    if waived := policy_checks.waives(policy, deployment_type):
        yield f"  {waived}"
    follow_up = policy.follow_up_of(deployment_type.name)
    if follow_up is not None:
        title, within = printable(follow_up.title), plural(follow_up.hours, "hour")
        yield f"  Afterwards, `report` opens a follow-up issue ({title}), due within {within}."
    if deployment_type.name in policy.block_on_overdue:
        yield "  It is refused while a follow-up is overdue."
    yield "  Everyone who can approve can also deny, with a reason."
