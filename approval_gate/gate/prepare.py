"""A request before it is opened: what GitHub says about it, gathered beforehand, is judged here.

Each function returns a value, or raises the error that ends the gate before any issue is opened.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from approval_gate.core import roster
from approval_gate.core.change import UnknownAuthor, show_unknown
from approval_gate.core.follow_up import FollowUpIssue, listed
from approval_gate.core.model import Code, Ineligibility, Member, Person, Request, Rule
from approval_gate.core.names import NameProblem, explained
from approval_gate.core.policy.model import (
    NAMES,
    DeploymentType,
    DetailValue,
    Exclusion,
    Policy,
    Role,
    checklist,
)
from approval_gate.core.record.model import Account, Initiators, Requested
from approval_gate.core.request_facts import RequestFacts
from approval_gate.core.roster import Named
from approval_gate.core.suggest import closest, did_you_mean
from approval_gate.core.tasks import item_name
from approval_gate.core.timing import HOSTED_JOB
from approval_gate.core.wording import are, join, minutes, plural
from approval_gate.errors import (
    InputError,
    PermissionDeniedError,
    PolicyError,
    RosterError,
    UnsatisfiableError,
)
from approval_gate.gate.confirmation import moved

_UNCHECKED = "the-token-cannot-see-something"
_AUTHORS = "authors-cannot-be-barred"
_DETAILS = "details-are-missing"
_NAMES = "a-name-among-the-approvers-cannot-be-used"
_NOT_ALLOWED = "the-policy-does-not-allow-this-deployment"

_LABEL_LIMIT = 50
"""Characters of a label (https://github.com/github/docs/pull/32156)."""


def deployment_type(policy: Policy, name: str, ref: str, window: timedelta | None) -> DeploymentType:
    """Return the type of this deployment, with a shorter window if the workflow gives one."""
    deployment_type = policy.deployment(name)
    types = [each.name for each in policy.deployments]
    if deployment_type is None:
        raise PolicyError(
            f"deployment-type: the policy has no type {name[:100]!r}; it has {join(types, 'and')}.",
            remedy=did_you_mean(name, types) or "Write one of those, or add the type to the policy.",
            entry=_NOT_ALLOWED,
        )
    if not policy.allows(ref):
        raise PolicyError(
            f"The policy does not allow deployments of {ref}: its refs are {', '.join(policy.refs)}.",
            remedy="Start the run from one of those, or add this ref to the policy.",
            entry=_NOT_ALLOWED,
        )
    if window is None:
        return deployment_type
    if window > deployment_type.window:
        raise InputError(
            f"timeout-minutes: {minutes(window)} is longer than the policy's window of "
            f"{minutes(deployment_type.window)} minutes for {name}, which it can only shorten.",
            remedy="Leave it out, or lengthen the window in the policy.",
            entry=_NOT_ALLOWED,
        )
    return replace(deployment_type, window=window)


def check_overdue(policy: Policy, deployment_type: DeploymentType, overdue: Sequence[FollowUpIssue]) -> None:
    """Refuse a type of deployment that waits for overdue follow-ups."""
    if overdue and deployment_type.name in policy.block_on_overdue:
        raise PolicyError(
            f"deployment-type: {deployment_type.name} is refused while a follow-up is overdue: "
            f"{listed(overdue)}.",
            remedy="Close each of these issues once its work is done, then run this again.",
            entry="a-follow-up-is-overdue",
        )


def details(deployment_type: DeploymentType, text: str) -> tuple[DetailValue, ...]:
    """Read what the request says about itself, and check that it has what the type requires."""
    if not deployment_type.details and not text:
        return ()
    # Only a request with details waits for their parser.
    from approval_gate.core.policy.details import fill, missing  # noqa: PLC0415

    try:
        filled = fill(deployment_type.details, text)
    except ValueError as error:
        raise InputError(f"details: {error}", entry=_DETAILS) from error
    lacking = missing(filled)
    if lacking:
        others = [detail.heading for detail in filled if not detail.required]
        meant = {closest(heading, others): heading for heading in lacking}
        written, heading = next(((a, b) for a, b in meant.items() if a), ("", lacking[0]))
        instead = f", where you wrote `{written}`" if written else ""
        raise InputError(
            f"details: {join(lacking, 'and')} {are(len(lacking))} missing, "
            f"which the policy requires for {deployment_type.name}.",
            remedy=f"Write a line `**{heading}**: …`{instead}.",
            entry=_DETAILS,
        )
    return filled


def check_askable(policy: Policy, deployment_type: DeploymentType, environment: str | None) -> None:
    """Check that there are approvers, not too many, and an environment if what is new there matters."""
    roles = policy.voting(deployment_type)
    source = roles[0].source if roles else "approvers"
    count = sum(len(role.members) for role in roles)
    if policy.excludes_authors and environment is None:
        raise InputError(
            "environment: it is not given, and the policy bars the authors of what is new there.",
            remedy="Write `environment: production`, or what else is deployed to.",
        )
    conditions = [it.condition for group in checklist(policy, deployment_type) for it in group.items]
    new = [it for it in conditions if it is not None and it.required and (it.reviews or it.changed)]
    if new and environment is None:
        raise InputError(
            f"environment: it is not given, and a required check is about what is new there: "
            f"{item_name(new[0].item)}.",
            remedy="Write `environment: production`, or what else is deployed to.",
        )
    if not count:
        raise InputError(
            f"{source}: no names are given.",
            remedy="Name users, teams (`team`, `org/team`), `codeowners:/path/`, `environment:production` or "
            "`role:maintain`, separated by commas. "
            "A variable or a secret that is not set is empty.",
            entry=_NAMES,
        )
    if count > NAMES:
        raise InputError(
            f"{source}: {count} names are given; it takes 1 to {NAMES}.",
            remedy="Name teams instead of their people.",
            entry=_NAMES,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Voters:
    """Who may vote, on which rule, and a warning about people who are listed and cannot approve."""

    roster: tuple[Member, ...]
    rule: Rule
    unable: str


def voters(
    policy: Policy,
    deployment_type: DeploymentType,
    request: Request,
    facts: RequestFacts,
    rule: Callable[[Sequence[Member]], Rule],
) -> Voters:
    """Return who may vote, on the rule for these people.

    Raises:
        PolicyError: an author without an account would have to be barred.
        InputError: a name is malformed, or someone who approves alone is not an approver.
        RosterError: a name is not a visible account or team, or could be two.
        UnsatisfiableError: these people can never give what is required.
    """
    _check_authors(policy, facts.unknown_authors)
    roles, names = policy.voting(deployment_type), facts.names
    _check_names(roles, names)
    members = _members(policy, request, facts)
    check_alone(roles, members)
    unable = roster.unable(names, members)
    problem, remedy = explained(unable)
    if deployment_type.minimum is None and unable:
        raise RosterError(
            f"{roles[0].source}: {problem}",
            remedy=f"{remedy} Without minimum-approvals everybody who is listed must approve.",
        )
    required = rule(members)
    short = roster.short(required, names, members)
    if short is not None:
        of = "" if roles[0].source == "approvers" else f" of {deployment_type.name}"
        raise UnsatisfiableError(
            f"minimum-approvals{of} is {short[0]}",
            remedy=short[1],
            detail=f"approvers: {', '.join(member.login for member in members)}" if members else "",
        )
    warning = f"Not everybody who is listed can approve: {problem} {remedy}" if unable else ""
    return Voters(roster=members, rule=required, unable=warning)


def _check_names(roles: Sequence[Role], names: Sequence[Named]) -> None:
    sources = {role.name: role.source for role in roles}
    problems: dict[str, list[NameProblem]] = {}
    for named in names:
        if named.problems:
            problems.setdefault(sources[named.role], []).extend(named.problems)
    every = [problem for some in problems.values() for problem in some]
    if every:
        malformed = any(problem.code is Code.INPUT for problem in every)
        raise (InputError if malformed else RosterError)(
            " ".join(f"{source}: {explained(some)[0]}" for source, some in problems.items()),
            remedy=explained(every)[1],
            entry=_NAMES,
        )


def _members(policy: Policy, request: Request, facts: RequestFacts) -> tuple[Member, ...]:
    """Put the roster together. Initiators are barred by id, and by login if GitHub did not find them."""
    authors = facts.change.authors if facts.change and policy.excludes_authors else ()
    barred = {person.id: Ineligibility.AUTHOR for person in authors}
    logins = set()
    if Exclusion.INITIATOR in policy.exclude:
        barred.update({person.id: Ineligibility.INITIATOR for person in facts.initiators})
        logins = {request.actor.lower(), request.triggering_actor.lower()}
    own_id = facts.own.id if facts.own else None
    members = roster.assemble(facts.names, own_id=own_id, writers=facts.writers, barred=barred)
    return tuple(
        replace(member, ineligibility=Ineligibility.INITIATOR)
        if member.ineligibility is None and member.login.lower() in logins
        else member
        for member in members
    )


def check_alone(roles: Sequence[Role], members: Sequence[Member]) -> None:
    """Check that everybody who may approve alone is among the approvers."""
    voting = {role.name for role in roles if role.votes}
    sources = {role.name: role.source for role in roles}
    others = [member for member in members if voting.isdisjoint(member.roles)]
    if others:
        who = ", ".join(f"{member.login} ({member.roles[0]})" for member in others)
        raise InputError(
            f"{sources[others[0].roles[0]]}: {who} {are(len(others))} not among the approvers.",
            remedy="Add them to the approvers, or remove them here: only an approver can approve alone.",
            entry=_NAMES,
        )


def _check_authors(policy: Policy, unknown: Sequence[UnknownAuthor]) -> None:
    if unknown and Exclusion.COMMIT_AUTHORS in policy.exclude:
        authors = plural(len(unknown), "author")
        raise PolicyError(
            f"exclude: commit-authors cannot bar {authors} of what is new, because they have no account.",
            remedy="Have them add the address to their account, or write known-commit-authors, which bars "
            "only those who have one.",
            detail=show_unknown(unknown),
            entry=_AUTHORS,
        )


def identified(requested: Requested, initiators: Iterable[Person]) -> Requested:
    """Add the ids of the actors, as far as GitHub gave them."""
    ids = {person.login.casefold(): person.id for person in initiators}

    def known(account: Account | None) -> Account | None:
        if account is None or account.id is not None:
            return account
        return replace(account, id=ids.get(account.login.casefold()))

    return replace(
        requested,
        actor=known(requested.actor),
        triggering_actor=known(requested.triggering_actor),
    )


def initiators_record(requested: Requested, facts: RequestFacts) -> Initiators:
    """Return who started the run, as the record has it: by the runner, and by GitHub."""
    runners = filter(None, (requested.actor, requested.triggering_actor))
    found = (Account(id=person.id, login=person.login) for person in facts.initiators)
    people = {person.id or person.login: person for person in (*found, *runners)}
    return Initiators(people=tuple(people.values()), complete=facts.initiators_complete)


def tags(request: Request, facts: RequestFacts) -> tuple[str, ...]:
    """Return the deployed tags, which must keep naming the run's commit: the ref, and the version.

    Raises:
        PermissionDeniedError: the ref is a tag, and this token cannot see what it names.
        TamperedError: the ref names another commit than when the run began.
        InputError: ``version`` names another commit than the run's.
    """
    ref, sha = facts.ref, request.sha
    if ref is not None and ref.commit is None:
        raise PermissionDeniedError(
            f"The token cannot read the tag {ref.name}, so the gate would not notice if it moved.",
            remedy="Grant the token `contents: read`. If somebody deleted the tag, start a new deployment.",
            detail=ref.refusal or "GitHub finds no such tag.",
        )
    if ref is not None and ref.commit != sha:
        raise moved(ref.name, ref.commit, sha)
    named = [found for found in facts.version or () if found.commit is not None]
    for found in named:
        if found.commit != sha:
            other = f"the {found.kind} {found.name} is commit {str(found.commit)[:7]}"
            raise InputError(
                f"version: {other}, but this run is of {sha[:7]}.",
                remedy=_STARTS[found.kind],
                entry="version-names-another-commit",
            )
    return tuple(found.name for found in (ref, *named) if found is not None and found.kind == "tag")


_STARTS = {
    "tag": 'Start the run from the tag: "Run workflow" offers tags as well as branches.',
    "branch": "Start the run from that branch, or write the version of what this run deploys.",
    "hash": "Start the run from that commit, or write the version of what this run deploys.",
}


def labels(given: Iterable[str]) -> tuple[str, ...]:
    """Cut labels to what GitHub accepts; two that are then the same are one."""
    return tuple(dict.fromkeys(label[:_LABEL_LIMIT].rstrip() for label in given))


def warnings(
    voters: Voters, facts: RequestFacts, given_labels: Iterable[str], *, hosted: bool | None
) -> Iterator[tuple[str, str]]:
    """Yield warnings about a request that can be opened all the same, each with its entry."""
    if voters.unable:
        yield voters.unable, "not-everybody-who-is-listed-can-approve"
    if not facts.initiators_known:
        yield (
            (
                "The token cannot see who started the earlier attempts of this run, so they are not "
                "barred from approving. Grant it `actions: read`."
            ),
            _UNCHECKED,
        )
    if facts.version is None:
        yield (
            (
                "The token cannot read tags and branches, so it is not checked which commit `version` names. "
                "Grant it `contents: read`."
            ),
            _UNCHECKED,
        )
    for label in given_labels:
        if len(label) > _LABEL_LIMIT:
            yield (
                f"The label {label[:100]!r} is cut to {_LABEL_LIMIT} characters, GitHub's limit.",
                "a-label-is-cut",
            )
    window = voters.rule.window
    if window > HOSTED_JOB and hosted is not False:
        yield (
            (
                f"The window of {minutes(window)} minutes is longer than the 360 minutes that a job on a "
                "GitHub-hosted runner can last: GitHub ends the job first, and nothing is approved. Shorten "
                "the window, or run the gate's job on a self-hosted runner, with as long a `timeout-minutes`."
            ),
            "the-window-is-longer-than-the-job",
        )
    if facts.unknown_authors:
        some = (
            f"{plural(len(facts.unknown_authors), 'author')} of what is new cannot be barred from approving"
        )
        yield f"{some}, because they have no account: {show_unknown(facts.unknown_authors)}.", _AUTHORS
