"""What is wrong with a policy where it is to be used."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from approval_gate.core import quorum
from approval_gate.core.model import Member, Person, Requirement
from approval_gate.core.names import NameProblem
from approval_gate.core.policy import lint
from approval_gate.core.policy.findings import Finding
from approval_gate.core.policy.lint import (
    Branches,
    Environment,
    Facts,
    Holder,
    Pattern,
    Protection,
    Purpose,
    Token,
)
from approval_gate.core.policy.model import NAMES, DeploymentType, Exclusion, Policy, Role
from approval_gate.core.roster import Named
from tests.core.language import PEOPLE

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
STANDARD = DeploymentType(name="standard", minimum=2, window=HOUR, approvers=("lead", "devops"))
GUARDED = Protection(
    reviewed=True,
    wait_minutes=0,
    branches=Branches.NAMED,
    patterns=(Pattern(kind="branch", name="main"), Pattern(kind="tag", name="v*")),
)

NO_WRITE = (
    "cannot write to acme/shop, so their approval does not count. Give write access, or remove the name."
)
BOT = "cannot vote: only people can. Remove the name."
ADD = "Add approvers, or lower it."
AWAY = "the others are not enough. Add an approver."
TEAMS = "Name teams instead of their people."
UNSEEN = "that the token can see. Correct the name, or create it in the repository's settings."
EMPTY = "Add people to it, or remove it here."
LONGER = "are longer than the token lasts"


def role(name: str, *members: str, **how: Any) -> Role:
    return Role(name=name, members=members or (name,), source=f"roles.{name}.members", **how)


def policy(*kinds: DeploymentType, refs: Sequence[str] = (), **how: Any) -> Policy:
    roles = how.pop("roles", (role("lead"), role("devops")))
    return Policy(roles=roles, deployments=kinds or (STANDARD,), refs=tuple(refs), **how)


def named(line: str, **how: Any) -> Named:
    """Read ``devops: ann bob``: a role with one member of the same name, which stands for these people."""
    name, _, people = line.partition(": ")
    return Named(
        role=name, place=0, member=name, people=tuple(PEOPLE[login] for login in people.split()), **how
    )


def facts(*lines: str | Named, cannot_write: str = "", **how: Any) -> Facts:
    names = tuple(named(line) if isinstance(line, str) else line for line in lines)
    barred = {PEOPLE[login].id for login in cannot_write.split()}
    return Facts(
        repository="acme/shop",
        private=how.pop("private", False),
        names=names,
        writers=frozenset(person.id for one in names for person in one.people) - barred,
        token=how.pop("token", Token(holder=Holder.PERSON, seen_at=NOW)),
        **how,
    )


PLENTY = ("lead: ann bob", "devops: cy dee")


def told(of: Policy, found: Facts) -> list[str]:
    return [f"{'.'.join(str(part) for part in each.path)}: {each}" for each in lint.findings(of, found)]


def test_a_policy_in_order_has_no_findings() -> None:
    assert told(policy(), facts(*PLENTY)) == []


# People --------------------------------------------------------------------------------


def test_a_name_that_cannot_be_used_is_found_in_its_place_and_each_remedy_is_given_once() -> None:
    first, second = (NameProblem(name, "nobody", "Name people.") for name in ("x", "y"))
    other = NameProblem("z", "not a name", "Write `<0>`.", ("zed",))
    found = facts(named("lead: ann", problems=(first,)), named("devops: cy", problems=(second, other)))
    assert told(policy(), found) == [
        'roles.lead.members.0: "x" is nobody. Name people.',
        'roles.devops.members.0: "y" is nobody.',
        'roles.devops.members.0: "z" is not a name. Write `zed`.',
    ]


def test_a_name_without_an_account_is_found_in_its_place() -> None:
    found = facts(*PLENTY, Named(role="devops", place=2, member="gone", absent=("gone",)))
    (line,) = told(policy(), found)
    assert line.startswith('roles.devops.members.2: "gone" is not an account on GitHub. Correct ')


def test_each_team_without_members_is_found() -> None:
    found = facts(
        *PLENTY, Named(role="devops", place=3, member="codeowners:/x", empty=("@acme/a", "@acme/b"))
    )
    assert told(policy(), found) == [
        f"roles.devops.members.3: the team `@acme/a` has no members. {EMPTY}",
        f"roles.devops.members.3: the team `@acme/b` has no members. {EMPTY}",
    ]


def test_a_role_in_the_repository_that_nobody_has_is_found() -> None:
    found = facts(*PLENTY, Named(role="devops", place=3, member="role:admin", empty=("role:admin",)))
    assert told(policy(), found) == [
        (
            "roles.devops.members.3: nobody has the role `role:admin` in acme/shop. "
            "Give it to people, or remove it here."
        )
    ]


def test_people_who_cannot_write_are_named_with_the_member_that_brought_them_in() -> None:
    found = facts("lead: ann bob dee", "devops: cy dee", cannot_write="bob dee")
    assert told(policy(), found) == [
        f"roles.lead.members.0: `lead`: bob and dee {NO_WRITE}",
        f"roles.devops.members.0: `devops`: dee {NO_WRITE}",
        f"deployments.standard: when ann or cy is away, {AWAY}",
    ]


def test_a_bot_is_found_whether_it_can_write_or_not() -> None:
    found = facts("lead: ann bob robot", "devops: cy", cannot_write="robot")
    assert told(policy(), found) == [f"roles.lead.members.0: `lead`: robot {BOT}"]
    assert told(policy(), facts("lead: ann bob robot", "devops: cy")) == told(policy(), found)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "p1 cannot"),
        (2, "p1 and p2 cannot"),
        (6, "p1, p2, p3, p4, p5 and p6 cannot"),
        (7, "p1, p2, p3, p4, p5 and 2 more cannot"),
        (90, "p1, p2, p3, p4, p5 and 85 more cannot"),
    ],
)
def test_only_the_first_of_many_people_are_named(count: int, said: str) -> None:
    people = tuple(Person(id=1000 + number, login=f"p{number}") for number in range(1, count + 1))
    crowd = Named(role="devops", place=1, member="all", people=people)
    found = replace(facts(*PLENTY, crowd), writers=facts(*PLENTY).writers)
    assert told(policy(), found)[0].startswith(f"roles.devops.members.1: `all`: {said} write to ")


def test_everybody_is_counted_once() -> None:
    assert facts("lead: ann bob", "devops: bob cy").people == tuple(PEOPLE[p] for p in ("ann", "bob", "cy"))


# How many ------------------------------------------------------------------------------


EMERGENCY = DeploymentType(
    name="emergency",
    minimum=1,
    window=HOUR,
    approvers=("lead", "devops"),
    require=(Requirement(any_of=("lead",), minimum=1),),
)


@pytest.mark.parametrize(
    ("kind", "lines", "cannot_write", "problem"),
    [
        (STANDARD, ("lead: ann", "devops: ann"), "", f"it is 2, but only 1 person can approve. {ADD}"),
        (STANDARD, ("lead: ann", "devops: robot"), "", f"it is 2, but only 1 person can approve. {ADD}"),
        (STANDARD, ("lead: ann", "devops: bob"), "bob", f"it is 2, but only 1 person can approve. {ADD}"),
        (STANDARD, ("lead: ", "devops: "), "", f"it is 2, but nobody can approve. {ADD}"),
        (
            EMERGENCY,
            ("lead: ", "devops: cy dee"),
            "",
            f"it is 1, but nobody can approve as lead. {ADD}",
        ),
    ],
)
def test_a_rule_that_these_people_can_never_meet_is_found(
    kind: DeploymentType, lines: Sequence[str], cannot_write: str, problem: str
) -> None:
    found = facts(*lines, cannot_write=cannot_write)
    assert told(policy(kind), found)[-1] == f"deployments.{kind.name}.minimum-approvals: {problem}"


@pytest.mark.parametrize(
    ("kind", "lines", "who"),
    [
        (STANDARD, ("lead: ann", "devops: bob"), "ann or bob"),
        (STANDARD, ("lead: ann", "devops: bob cy"), None),
        (STANDARD, ("lead: ann bob", "devops: ann"), "ann or bob"),
        (EMERGENCY, ("lead: ann", "devops: cy dee"), "ann"),
        (EMERGENCY, ("lead: ann bob", "devops: cy"), None),
        (replace(STANDARD, minimum=3), ("lead: ann bob", "devops: cy"), "ann, bob or cy"),
        (replace(EMERGENCY, minimum=3), ("lead: bob", "devops: ann cy dee"), "bob"),
        (replace(EMERGENCY, minimum=3), ("lead: bob ann", "devops: ann cy"), "bob, ann or cy"),
    ],
)
def test_people_without_whom_the_others_are_not_enough_are_found(
    kind: DeploymentType, lines: Sequence[str], who: str | None
) -> None:
    expected = [f"deployments.{kind.name}: when {who} is away, {AWAY}"] if who else []
    assert told(policy(kind), facts(*lines)) == expected


def test_being_barred_is_mentioned_beside_being_away() -> None:
    barring = policy(exclude=(Exclusion.INITIATOR,))
    assert told(barring, facts("lead: ann", "devops: bob")) == [
        f"deployments.standard: when ann or bob is away or barred by `exclude`, {AWAY}"
    ]


def test_a_person_who_approves_alone_is_dispensable_if_the_others_are_enough() -> None:
    owner = (role("lead", approves_alone=True), role("devops"))
    assert told(policy(roles=owner), facts("lead: ann", "devops: bob cy")) == []
    assert told(policy(roles=owner), facts("lead: ann", "devops: bob")) == [
        f"deployments.standard: when ann is away, {AWAY}"
    ]


def test_only_the_types_own_roles_count() -> None:
    alone = replace(STANDARD, approvers=("devops",))
    assert told(policy(alone), facts("lead: ann bob", "devops: cy")) == [
        f"deployments.standard.minimum-approvals: it is 2, but only 1 person can approve. {ADD}"
    ]


def test_people_are_not_counted_while_a_name_cannot_be_resolved() -> None:
    hidden = named("lead: ", problems=(NameProblem("x", "hidden", "Look."),))
    found = facts(hidden, "devops: cy")
    other = replace(STANDARD, name="other", approvers=("devops",))
    assert told(policy(STANDARD, other), found) == [
        'roles.lead.members.0: "x" is hidden. Look.',
        f"deployments.other.minimum-approvals: it is 2, but only 1 person can approve. {ADD}",
    ]


def test_too_many_names_are_found_and_not_resolved() -> None:
    crowd = role("lead", *["ann"] * NAMES)
    alone = replace(STANDARD, name="alone", approvers=("devops",))
    crowded = policy(STANDARD, alone, roles=(crowd, role("devops")))
    assert [r.name for r in lint.roles_to_resolve(crowded)] == ["devops"]
    assert told(crowded, facts("devops: ann bob cy")) == [
        f"deployments.standard.approvers: these roles have 201 names; 200 are allowed. {TEAMS}"
    ]
    just = policy(replace(STANDARD, approvers=("lead",)), roles=(crowd, role("devops")))
    assert [r.name for r in lint.roles_to_resolve(just)] == ["lead"]
    assert told(just, facts("lead: ann bob cy")) == []


def test_the_indispensable_people_are_found_for_any_rule() -> None:
    people = [PEOPLE[login] for login in ("ann", "bob", "cy", "dee", "eli")]
    ways = [("lead",), ("devops",), ("lead", "devops")]
    for number in range(3**5):
        roster = [
            Member(person=person, roles=ways[number // 3**place % 3]) for place, person in enumerate(people)
        ]
        for minimum, leads in ((1, 1), (3, 2), (5, 1), (4, 4)):
            kind = replace(
                EMERGENCY, minimum=minimum, require=(Requirement(any_of=("lead",), minimum=leads),)
            )
            found = facts(
                *(
                    f"{name}: {' '.join(m.person.login for m in roster if name in m.roles)}"
                    for name in kind.approvers
                )
            )
            needs = lint.rule(policy(kind), kind, roster)
            if not quorum.satisfiable(needs, roster):
                continue
            missed = {
                m.person.login
                for m in roster
                if not quorum.satisfiable(needs, [o for o in roster if o is not m])
            }
            said = "".join(told(policy(kind), found)).partition(" when ")[2].partition(" is away")[0]
            assert set(said.replace(" or ", ", ").split(", ")) - {""} == missed


# The token -----------------------------------------------------------------------------


def token(holder: Holder, minutes: float | None = None) -> Token:
    ends = None if minutes is None else NOW + timedelta(minutes=minutes)
    return Token(holder=holder, seen_at=NOW, expires_at=ends)


@pytest.mark.parametrize(
    ("whose", "minutes", "why"),
    [
        (token(Holder.APP), 59.9, None),
        (
            token(Holder.APP),
            60,
            (
                "a GitHub App's token lasts an hour. "
                "Give the gate app-id and app-private-key, with which it renews the token."
            ),
        ),
        (token(Holder.JOB), 359, None),
        (
            token(Holder.JOB),
            360,
            "a job on GitHub's runners, and its GITHUB_TOKEN, ends after 6 hours. Shorten the window.",
        ),
        (token(Holder.PERSON), 7200, None),
        (token(Holder.PERSON, 61), 60, None),
        (
            token(Holder.PERSON, 60),
            60,
            "it expires at 2026-03-02 10:00 UTC. Use one that lasts longer.",
        ),
        (None, 7200, None),
    ],
)
def test_a_window_must_end_before_the_token_expires(
    whose: Token | None, minutes: float, why: str | None
) -> None:
    kind = replace(STANDARD, window=timedelta(minutes=minutes))
    expected = [f"deployments.standard.timeout-minutes: {minutes:g} minutes {LONGER}: {why}"] if why else []
    assert told(policy(kind), facts(*PLENTY, token=whose)) == expected


def test_a_tokens_expiry_is_given_in_utc() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=2)))
    ended = Token(holder=Holder.PERSON, seen_at=NOW, expires_at=there)
    assert "it expires at 2026-03-02 09:00 UTC." in told(policy(), facts(*PLENTY, token=ended))[0]


def test_the_window_of_every_type_is_compared_with_the_tokens_lifetime() -> None:
    kinds = (STANDARD, replace(STANDARD, name="quick", window=HOUR / 2), replace(STANDARD, name="slow"))
    said = told(policy(*kinds), facts(*PLENTY, token=token(Holder.APP)))
    assert [line.partition(": ")[0] for line in said] == [
        "deployments.standard.timeout-minutes",
        "deployments.slow.timeout-minutes",
    ]


# The environment -----------------------------------------------------------------------


def environment(protection: Protection | Finding | None = GUARDED, **how: Any) -> Facts:
    return facts(*PLENTY, environments=(Environment(name="production", protection=protection),), **how)


def test_the_processs_own_protection_is_in_order() -> None:
    for refs in ((), ["main", "v*"], ["refs/heads/main", "refs/tags/v*"], ["v*", "refs/heads/main"]):
        assert told(policy(refs=refs), environment()) == []


def test_a_missing_environment_is_found() -> None:
    assert told(policy(refs=["main"]), environment(None)) == [
        f": acme/shop has no environment `production` {UNSEEN}"
    ]


def test_an_environment_that_cannot_be_read_is_found_with_the_remedy() -> None:
    refused = Finding(problem="the token cannot read it.", remedy="Grant it.")
    assert told(policy(refs=["main"]), environment(refused)) == [
        ": the environment `production`: the token cannot read it. Grant it."
    ]


@pytest.mark.parametrize(
    ("private", "more"), [(False, ""), (True, " A private repository needs GitHub Enterprise for them.")]
)
def test_an_environment_without_reviewers_is_found(private: bool, more: str) -> None:  # noqa: FBT001 - a column
    bare = replace(GUARDED, reviewed=False)
    assert told(policy(), environment(bare, private=private)) == [
        f": the environment `production` has no required reviewers. Add them.{more}"
    ]


def test_a_wait_timer_is_found() -> None:
    (problem,) = told(policy(), environment(replace(GUARDED, wait_minutes=30)))
    assert problem.startswith(": the environment `production` has a wait timer of 30 minutes. Set it to 0, ")


MAIN, TAGS = Pattern(kind="branch", name="main"), Pattern(kind="tag", name="v*")


SAME_AGAIN = "Make both the same."
EIGHT = [f"refs/heads/{n}" for n in range(8)]


def _five(form: str) -> str:
    return ", ".join(form.format(n) for n in range(5))


@pytest.mark.parametrize(
    ("refs", "taken", "problems"),
    [
        (["main", "v*"], Branches.ANY, ["allows any branch and any tag. Allow only `main` and `v*`."]),
        (
            ["main"],
            Branches.PROTECTED,
            ["allows every protected branch. Allow `main` by name."],
        ),
        (["main", "v*"], (MAIN,), ["does not allow `v*`, as the policy does. Make both the same."]),
        (["main"], (MAIN, TAGS), ["allows the tag `v*`, which the policy does not. Make both the same."]),
        (
            ["main", "release/*"],
            (TAGS, Pattern(kind="branch", name="dev")),
            [
                "does not allow `main` or `release/*`, as the policy does. Make both the same.",
                "allows the tag `v*` and the branch `dev`, which the policy does not. Make both the same.",
            ],
        ),
        (
            ["refs/tags/main"],
            (MAIN,),
            [
                "does not allow `refs/tags/main`, as the policy does. Make both the same.",
                "allows the branch `main`, which the policy does not. Make both the same.",
            ],
        ),
        (
            ["refs/heads/v*"],
            (TAGS,),
            [
                "does not allow `refs/heads/v*`, as the policy does. Make both the same.",
                "allows the tag `v*`, which the policy does not. Make both the same.",
            ],
        ),
        (["main"], (MAIN, Pattern(kind="tag", name="main")), []),
        (["refs/pull/*/merge"], (Pattern(kind="branch", name="refs/pull/*/merge"),), []),
        (["main"], (), ["does not allow `main`, as the policy does. Make both the same."]),
        (
            EIGHT,
            tuple(Pattern(kind="branch", name=f"b{n}") for n in range(8)),
            [
                f"does not allow {_five('`refs/heads/{}`')} or 3 more, as the policy does. {SAME_AGAIN}",
                f"allows {_five('the branch `b{}`')} and 3 more, which the policy does not. {SAME_AGAIN}",
            ],
        ),
        (
            EIGHT,
            Branches.PROTECTED,
            [f"allows every protected branch. Allow {_five('`refs/heads/{}`')} and 3 more by name."],
        ),
        ([], Branches.ANY, []),
        ([], Branches.PROTECTED, []),
        ([], (MAIN,), []),
    ],
)
def test_an_environment_must_allow_exactly_the_policys_refs(
    refs: Sequence[str], taken: Branches | tuple[Pattern, ...], problems: Sequence[str]
) -> None:
    it = (
        replace(GUARDED, branches=taken, patterns=())
        if isinstance(taken, Branches)
        else replace(GUARDED, patterns=taken)
    )
    expected = [f"refs: the environment `production` {problem}" for problem in problems]
    assert told(policy(refs=refs), environment(it)) == expected


# Its companions ------------------------------------------------------------------------

OPEN = Protection(reviewed=False, wait_minutes=0, branches=Branches.ANY)
PROTECTED = replace(OPEN, branches=Branches.PROTECTED)
SAME = replace(GUARDED, reviewed=False)
COMPANIONS = pytest.mark.parametrize(
    ("name", "purpose"), [("production-rollback", Purpose.ROLLBACK), ("approval-gate", Purpose.GATE)]
)


def with_companion(name: str, purpose: Purpose, protection: Protection, *deployed: Protection) -> Facts:
    """Return the facts about a companion environment of production, or of several environments."""
    names = ("production", "staging", "test")
    return facts(
        *PLENTY,
        environments=(
            *(Environment(name=n, protection=p) for n, p in zip(names, deployed or (GUARDED,), strict=False)),
            Environment(name=name, protection=protection, purpose=purpose),
        ),
    )


@COMPANIONS
def test_companion_environments_must_allow_the_same_refs_and_have_no_reviewers(
    name: str, purpose: Purpose
) -> None:
    for refs in ([], ["refs/heads/main", "refs/tags/v*"]):
        assert told(policy(refs=refs), with_companion(name, purpose, SAME)) == []
    assert told(policy(refs=["refs/heads/main", "refs/tags/v*"]), with_companion(name, purpose, OPEN)) == [
        (
            f"refs: the environment `{name}` allows any branch and any tag. "
            "Allow only `refs/heads/main` and `refs/tags/v*`."
        )
    ]
    held = replace(SAME, reviewed=True, wait_minutes=5)
    assert told(policy(), with_companion(name, purpose, held)) == [
        (f": the environment `{name}` has required reviewers. Remove them: {purpose} must start at once."),
        (
            f": the environment `{name}` has a wait timer of 5 minutes. Set it to 0, "
            "since the approval handles timing."
        ),
    ]


@COMPANIONS
@pytest.mark.parametrize(
    ("deployed", "companion", "problem"),
    [
        (
            GUARDED,
            OPEN,
            "allows any branch and any tag. Allow only `refs/heads/main` and `refs/tags/v*`.",
        ),
        (
            GUARDED,
            PROTECTED,
            ("allows every protected branch. Allow `refs/heads/main` and `refs/tags/v*` by name."),
        ),
        (
            GUARDED,
            replace(SAME, patterns=(MAIN,)),
            "does not allow `refs/tags/v*`, as the deployment's environment does. Make both the same.",
        ),
        (
            GUARDED,
            replace(SAME, patterns=(MAIN, TAGS, Pattern(kind="branch", name="dev"))),
            "allows the branch `dev`, which the deployment's environment does not. Make both the same.",
        ),
        (
            replace(PROTECTED, reviewed=True),
            OPEN,
            "allows any branch and any tag, which the deployment's environment does not. Make both the same.",
        ),
        (replace(PROTECTED, reviewed=True), PROTECTED, ""),
        (replace(PROTECTED, reviewed=True), SAME, ""),
        (replace(OPEN, reviewed=True), OPEN, ""),
        (replace(OPEN, reviewed=True), SAME, ""),
    ],
)
def test_without_refs_in_the_policy_a_companion_is_compared_with_the_deployments_environment(
    name: str, purpose: Purpose, deployed: Protection, companion: Protection, problem: str
) -> None:
    expected = [f": the environment `{name}` {problem}"] if problem else []
    assert told(policy(), with_companion(name, purpose, companion, deployed)) == expected


def test_a_rollbacks_environment_is_compared_with_its_own_deployments_and_the_gates_with_all() -> None:
    staging = replace(GUARDED, patterns=(Pattern(kind="branch", name="dev"),))
    one = with_companion("staging-rollback", Purpose.ROLLBACK, SAME, GUARDED, staging)
    assert told(policy(), one) == [
        (
            ": the environment `staging-rollback` does not allow `refs/heads/dev`, "
            "as the deployment's environment does. Make both the same."
        ),
        (
            ": the environment `staging-rollback` allows the branch `main` and the tag `v*`, "
            "which the deployment's environment does not. Make both the same."
        ),
    ]
    both = replace(SAME, patterns=(MAIN, TAGS, Pattern(kind="branch", name="dev")))
    assert told(policy(), with_companion("approval-gate", Purpose.GATE, both, GUARDED, staging)) == []


def test_no_environment_is_compared_with_one_that_cannot_be_read() -> None:
    found = facts(
        *PLENTY,
        environments=(
            Environment(name="production", protection=None),
            Environment(name="approval-gate", protection=OPEN, purpose=Purpose.GATE),
        ),
    )
    assert told(policy(), found) == [f": acme/shop has no environment `production` {UNSEEN}"]


# Notes ---------------------------------------------------------------------------------


def test_things_that_are_not_mistakes_are_notes() -> None:
    assert lint.notes(facts(*PLENTY)) == []
    assert lint.notes(facts(*PLENTY, own=PEOPLE["eli"])) == []
    assert lint.notes(facts(*PLENTY, token=None)) == [
        "the token's holder cannot be determined, so no window is compared with its lifetime."
    ]
    assert lint.notes(facts(*PLENTY, own=PEOPLE["ann"])) == [
        "the token is ann's: a gate that uses it counts no approval of ann."
    ]


def test_a_member_that_is_not_a_name_is_found_without_asking_github() -> None:
    fine = ("ann", "acme/devops", "CodeOwners:/path/", "environment:eu 1", "role:maintain")
    members = ("usr:ann", *fine, "a/b/c", "x/y/z", "ent:ops", "role:owner")
    found = lint.malformed(
        policy(roles=(role("lead"), Role(name="devops", members=members, source="devops")))
    )
    assert [(finding.place, str(finding)) for finding in found] == [
        ("roles.devops.members[0]", '"usr:ann" is not a name. Did you mean `user:ann`?'),
        (
            "roles.devops.members[6]",
            (
                '"a/b/c" is not a name. Write `ann`, `team`, `org/team`, `user:ann`, `codeowners:/path/`, '
                "`environment:production` or `role:maintain`."
            ),
        ),
        ("roles.devops.members[7]", '"x/y/z" is not a name.'),
        (
            "roles.devops.members[8]",
            (
                '"ent:ops" is an enterprise team, which a repository\'s token cannot read. '
                "Name its people, or a team of the organisation."
            ),
        ),
        (
            "roles.devops.members[9]",
            '"role:owner" is not a right on a repository. Did you mean `role:admin`?',
        ),
    ]
