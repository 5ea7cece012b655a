"""Who may vote on a request: the names become a roster that can give what is asked for, or an error."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from approval_gate.core import roster
from approval_gate.core.change import Change
from approval_gate.core.model import Code, Ineligibility, Member, Person, Rule
from approval_gate.core.names import NameProblem, explained
from approval_gate.core.policy.model import NAMES, DeploymentType, Exclusion, Policy, Role, rule
from approval_gate.core.roster import Named
from approval_gate.errors import InputError, RosterError, UnsatisfiableError
from approval_gate.github.client import Client
from approval_gate.github.people import People
from approval_gate.github.repository import triggering_actors
from approval_gate.runner.checks import Inputs
from approval_gate.runner.environment import RunContext

_UNOPENED = "No issue was opened."


class Voters(NamedTuple):
    """Who may vote, on what terms.

    Attributes:
        roster: everybody who is listed.
        rule: what is asked of them.
        initiators_known: whether everybody who asked for this is known.
        warning: of whom an approval cannot count though they are listed; empty if there is nobody.
    """

    roster: tuple[Member, ...]
    rule: Rule
    initiators_known: bool
    warning: str


def find_voters(
    client: Client,
    people: People,
    policy: Policy,
    kind: DeploymentType,
    inputs: Inputs,
    environment: RunContext,
    change: Change | None,
) -> Voters:
    """Resolve who may vote; everything that is wrong with the names is reported at once.

    Raises:
        InputError: a name is malformed, or there are too many or none.
        RosterError: a name is nobody's who can be seen, or could be two.
        UnsatisfiableError: these people can never give what is asked for.
        GitHubError: GitHub refused, or has a fault.
    """
    roles = policy.voting(kind)
    _check_count(roles)
    names = people.find(roles)
    _check_names(roles, names)
    barred, logins, known = _barred(client, people, policy, environment, change)
    own = people.own_account()
    members = roster.assemble(
        names, own_id=own.id if own else None, writers=people.writers(names), barred=barred
    )
    # By name too: whom GitHub did not find for a moment would not be barred.
    members = tuple(
        replace(member, ineligibility=Ineligibility.INITIATOR)
        if member.ineligibility is None and member.person.login.lower() in logins
        else member
        for member in members
    )
    _check_alone(roles, members)
    unable = roster.unable(names, members)
    if kind.minimum is None and unable:
        problem, remedy = explained(unable)
        raise RosterError(
            f"{roles[0].source}: {problem}",
            remedy=f"{remedy} Everybody who is listed must approve where no minimum-approvals is given. "
            f"{_UNOPENED}",
        )
    asked = _rule(policy, kind, inputs, names, members)
    problem, remedy = explained(unable)
    warning = f"Not everybody who is listed can approve: {problem} {remedy}" if unable else ""
    return Voters(members, asked, known, warning)


def _check_count(roles: Sequence[Role]) -> None:
    source = roles[0].source if roles else "approvers"
    count = sum(len(role.members) for role in roles)
    if not count:
        raise InputError(
            f"{source}: no names are given; it takes 1 to {NAMES}.",
            remedy="A secret or a variable that is not set is empty. Name users, teams (`team`, `org/team`) "
            f"or `codeowners:/path/`, separated by commas. {_UNOPENED}",
        )
    if count > NAMES:
        raise InputError(
            f"{source}: {count} names are given; it takes 1 to {NAMES}.",
            remedy=f"Name teams instead of their people. {_UNOPENED}",
        )


def _check_names(roles: Sequence[Role], names: Sequence[Named]) -> None:
    sources = {role.name: role.source for role in roles}
    problems: dict[str, list[NameProblem]] = {}
    for named in names:
        if named.problems:
            problems.setdefault(sources[named.role], []).extend(named.problems)
    if not problems:
        return
    every = [problem for some in problems.values() for problem in some]
    malformed = any(problem.code is Code.INPUT for problem in every)
    error = InputError if malformed else RosterError
    raise error(
        " ".join(f"{source}: {explained(some)[0]}" for source, some in problems.items()),
        remedy=f"{explained(every)[1]} {_UNOPENED}",
    )


def _check_alone(roles: Sequence[Role], members: Sequence[Member]) -> None:
    """See that who may approve alone is among the approvers."""
    voting = {role.name for role in roles if role.votes}
    sources = {role.name: role.source for role in roles}
    others = [member for member in members if voting.isdisjoint(member.roles)]
    if others:
        who = ", ".join(f"{member.person.login} ({member.roles[0]})" for member in others)
        raise InputError(
            f"{sources[others[0].roles[0]]}: {who} {'is' if len(others) == 1 else 'are'} "
            "not among the approvers.",
            remedy=f"Only who is in `approvers` can approve alone. {_UNOPENED}",
        )


def _barred(
    client: Client, people: People, policy: Policy, environment: RunContext, change: Change | None
) -> tuple[dict[int, Ineligibility], set[str], bool]:
    """Find who had a hand in this: by id, the initiators by login too, and whether all of those are known."""
    barred = {person.id: Ineligibility.AUTHOR for person in change.people} if change else {}
    if Exclusion.INITIATOR not in policy.exclude:
        return barred, set(), True
    initiators, known = _initiators(client, people, environment)
    barred.update({person.id: Ineligibility.INITIATOR for person in initiators})
    return barred, {environment.actor.lower(), environment.triggering_actor.lower()}, known


def _initiators(client: Client, people: People, environment: RunContext) -> tuple[list[Person], bool]:
    """Find who asked for the deployment: the actor, and whoever started any attempt.

    GitHub tells the attempts' by their numbers, this one's too: who renamed
    the account since is not to be found by the name that the runner has.
    """
    logins = dict.fromkeys((environment.actor, environment.triggering_actor))
    found = [person for login in logins if (person := people.user(login)) is not None]
    if environment.actor_id is not None:
        found.append(Person(id=environment.actor_id, login=environment.actor))
    if environment.run_attempt == 1:
        return found, True
    started = triggering_actors(client, environment.repository, environment.run_id, environment.run_attempt)
    return [*found, *(started or ())], started is not None


def _rule(
    policy: Policy, kind: DeploymentType, inputs: Inputs, names: Sequence[Named], members: Sequence[Member]
) -> Rule:
    asked = rule(
        policy,
        kind,
        members,
        vocabulary=inputs.vocabulary,
        denial_needs_reason=inputs.given.require_denial_reason,
        closing_denies=inputs.given.close_issue_means_denial,
        email_votes=inputs.given.allow_email_votes,
    )
    short = roster.short(asked, names, members)
    if short is None:
        return asked
    lacking, remedy = short
    where = "minimum-approvals" if inputs.policy_file is None else f"minimum-approvals of {kind.name}"
    raise UnsatisfiableError(
        f"{where} is {lacking}",
        remedy=f"{remedy} {_UNOPENED}",
        detail=f"approvers: {', '.join(member.person.login for member in members)}" if members else "",
    )
