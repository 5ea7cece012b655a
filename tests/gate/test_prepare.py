"""The facts that GitHub has about a request, judged before the issue is opened."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from approval_gate.core.change import UnknownAuthor
from approval_gate.core.facts import Change, Source
from approval_gate.core.model import Code, Ineligibility, Member, Person, Rule, Vocabulary
from approval_gate.core.names import NameProblem
from approval_gate.core.policy.model import Exclusion, Policy, flat, rule
from approval_gate.core.request_facts import NamedCommit, RequestFacts
from approval_gate.core.roster import Named
from approval_gate.errors import (
    GateError,
    InputError,
    PermissionDeniedError,
    PolicyError,
    RosterError,
    TamperedError,
    UnsatisfiableError,
)
from approval_gate.gate import prepare
from tests.core import language

SHA, OTHER = "a" * 40, "b" * 40
ANN, BOB, KIM = (Person(id=number, login=login) for number, login in enumerate(("ann", "bob", "kim"), 1))
REQUEST = replace(
    language.REQUEST,
    run_url="https://github.com/acme/shop/actions/runs/1/attempts/1",
    actor="kim",
    triggering_actor="kim",
    sha=SHA,
    ref_name="main",
    ref_type="branch",
    version="7",
)
NOTHING_NEW = Change(source=Source(where="GitHub", at=language.OPENED), since=OTHER, commits=1)
GHOST = UnknownAuthor(name="A", email="a@x", commits=(SHA,))


def policy(
    *approvers: str,
    alone: Sequence[str] = (),
    minimum: int | None = 1,
    exclude: Sequence[Exclusion] = (),
) -> Policy:
    made = flat(
        deployment_type="standard",
        approvers=approvers,
        alone=alone,
        minimum=minimum,
        window=None,
        exclude_initiator=False,
    )
    return replace(made, exclude=tuple(exclude))


def facts(
    *people: Person,
    names: Sequence[Named] = (),
    own: Person | None = None,
    writers: frozenset[int] | None = None,
    initiators: Sequence[Person] = (),
    known: bool = True,
    change: Change | None = None,
    unknown: Sequence[UnknownAuthor] = (),
    ref: NamedCommit | None = None,
    version: tuple[NamedCommit, ...] | None = (),
) -> RequestFacts:
    """GitHub's facts where each of these people is listed by login, with the given differences."""
    named = (
        Named(role=person.login, place=0, member=person.login, people=(person,), listed=(person,))
        for person in people
    )
    return RequestFacts(
        names=(*named, *names),
        own=own,
        writers=writers,
        initiators=tuple(initiators),
        initiators_known=known,
        initiators_complete=known,
        change=change,
        unknown_authors=tuple(unknown),
        checklist=None,
        ref=ref,
        version=version,
    )


def judged(of: Policy, found: RequestFacts) -> prepare.Voters:
    kind = of.deployments[0]
    required = partial(rule, of, kind)
    return prepare.voters(of, kind, REQUEST, found, required)


def refusal(error: type[GateError], of: Policy, found: RequestFacts) -> str:
    with pytest.raises(error) as raised:
        judged(of, found)
    return str(raised.value)


class TestAPolicy:
    """Its rules for this deployment, before GitHub is asked about people."""

    def test_has_the_deployment_type_that_is_named(self) -> None:
        assert prepare.deployment_type(policy("ann"), "standard", "refs/heads/main", None).name == "standard"

    def test_without_that_deployment_type_names_those_it_has(self) -> None:
        with pytest.raises(PolicyError, match="has no type 'nightly'; it has standard"):
            prepare.deployment_type(policy("ann"), "nightly", "refs/heads/main", None)

    def test_that_does_not_allow_the_ref_names_the_refs_it_allows(self) -> None:
        limited = replace(policy("ann"), refs=("refs/heads/main",))
        with pytest.raises(PolicyError, match="its refs are refs/heads/main"):
            prepare.deployment_type(limited, "standard", "refs/tags/v1", None)

    def test_can_have_its_window_shortened_and_not_lengthened(self) -> None:
        short, long = timedelta(minutes=5), timedelta(minutes=90)
        made, ref = policy("ann"), "refs/heads/main"
        assert prepare.deployment_type(made, "standard", ref, short).window == short
        with pytest.raises(InputError, match="timeout-minutes: 90 is longer than the policy's window of 60"):
            prepare.deployment_type(made, "standard", ref, long)

    @pytest.mark.parametrize("approvers", [(), tuple(f"u{number}" for number in range(201))])
    def test_names_one_to_two_hundred_approvers(self, approvers: tuple[str, ...]) -> None:
        made = policy(*approvers)
        with pytest.raises(
            InputError, match=r"^approvers: (no names are given|201 names are given; it takes 1 to 200)\."
        ):
            prepare.check_askable(made, made.deployments[0], "production")

    def test_that_excludes_authors_needs_an_environment(self) -> None:
        excluding = policy("ann", exclude=[Exclusion.KNOWN_AUTHORS])
        kind = excluding.deployments[0]
        prepare.check_askable(excluding, kind, "production")
        prepare.check_askable(policy("ann"), kind, None)
        with pytest.raises(InputError, match="environment: it is not given"):
            prepare.check_askable(excluding, kind, None)


class TestTheVoters:
    def test_are_all_listed_people(self) -> None:
        voters = judged(policy("ann", "bob", minimum=2), facts(ANN, BOB))
        assert [member.person for member in voters.roster] == [ANN, BOB]
        assert (voters.rule.minimum, voters.unable) == (2, "")

    def test_are_not_known_while_a_name_is_a_problem_and_all_problems_are_reported_at_once(self) -> None:
        wrong = [
            Named(role="a", place=0, member="a", problems=(NameProblem("a", "gone", "Remove it."),)),
            Named(role="b", place=0, member="b", problems=(NameProblem("b", "odd", "Write `c`."),)),
        ]
        said = refusal(RosterError, policy("a", alone=["b"]), facts(names=wrong))
        assert 'approvers: "a" is gone.' in said
        assert 'approve-alone: "b" is odd.' in said
        assert "Remove it. Write `c`." in said

    def test_with_a_malformed_name_are_an_invalid_input(self) -> None:
        problem = NameProblem("a b", "not a name", "Write one.", code=Code.INPUT)
        found = facts(names=[Named(role="a b", place=0, member="a b", problems=(problem,))])
        assert 'approvers: "a b" is not a name.' in refusal(InputError, policy("a b"), found)

    def test_include_everybody_who_can_approve_alone(self) -> None:
        said = refusal(InputError, policy("ann", alone=["bob"]), facts(ANN, BOB))
        assert "approve-alone: bob (bob) is not among the approvers." in said

    def test_who_cannot_write_are_a_warning_while_the_others_are_enough(self) -> None:
        voters = judged(policy("ann", "bob"), facts(ANN, BOB, writers=frozenset({ANN.id})))
        assert voters.unable.startswith('Not everybody who is listed can approve: "bob" is without write')

    def test_who_cannot_write_are_an_error_where_everybody_must_approve(self) -> None:
        found = facts(ANN, BOB, writers=frozenset({ANN.id}))
        said = refusal(RosterError, policy("ann", "bob", minimum=None), found)
        assert "Without minimum-approvals everybody who is listed must approve." in said

    def test_who_are_too_few_can_never_meet_the_rule(self) -> None:
        said = refusal(UnsatisfiableError, policy("ann", minimum=2), facts(ANN))
        assert "minimum-approvals is 2" in said
        assert "approvers: ann" in said

    @pytest.mark.parametrize("found", [{"initiators": [KIM]}, {}])
    def test_cannot_approve_their_own_request_even_where_github_did_not_find_them(
        self, found: dict[str, list[Person]]
    ) -> None:
        excluding = policy("ann", "kim", exclude=[Exclusion.INITIATOR])
        roster = judged(excluding, facts(ANN, KIM, initiators=found.get("initiators", ()))).roster
        assert [member.ineligibility for member in roster] == [None, Ineligibility.INITIATOR]

    def test_who_are_renamed_cannot_approve_their_own_request(self) -> None:
        renamed = Person(id=KIM.id, login="kimberly")
        excluding = policy("ann", "kimberly", exclude=[Exclusion.INITIATOR])
        roster = judged(excluding, facts(ANN, renamed, initiators=[KIM])).roster
        assert roster[1].ineligibility is Ineligibility.INITIATOR

    def test_cannot_approve_their_own_commits(self) -> None:
        change = replace(NOTHING_NEW, authors=(BOB,))
        assert judged(policy("ann", "bob"), facts(ANN, BOB, change=change)).roster[1].may_approve
        excluding = policy("ann", "bob", exclude=[Exclusion.COMMIT_AUTHORS])
        roster = judged(excluding, facts(ANN, BOB, change=change)).roster
        assert roster[1].ineligibility is Ineligibility.AUTHOR

    def test_do_not_include_the_gates_own_account(self) -> None:
        roster = judged(policy("ann", "bob"), facts(ANN, BOB, own=BOB)).roster
        assert roster[1].ineligibility is Ineligibility.OWN_ACCOUNT

    def test_are_not_known_while_an_author_has_no_account(self) -> None:
        excluding = policy("ann", exclude=[Exclusion.COMMIT_AUTHORS])
        assert "cannot bar 1 author of what is new" in refusal(
            PolicyError, excluding, facts(ANN, unknown=(GHOST,))
        )
        tolerant = policy("ann", exclude=[Exclusion.KNOWN_AUTHORS])
        assert judged(tolerant, facts(ANN, unknown=(GHOST,))).roster


TAG = NamedCommit(kind="tag", name="v1", commit=SHA)


class TestATag:
    def test_of_the_run_and_the_tag_of_its_version_must_both_keep_naming_the_commit(self) -> None:
        found = facts(ref=TAG, version=(replace(TAG, name="v1.0"), replace(TAG, kind="branch", name="x")))
        assert prepare.tags(REQUEST, found) == ("v1", "v1.0")

    def test_is_not_held_for_a_version_that_is_unknown_to_git(self) -> None:
        assert prepare.tags(REQUEST, facts(version=(replace(TAG, commit=None),))) == ()

    @pytest.mark.parametrize(("refusal", "told"), [("", "finds no such tag"), ("403: no", "403: no")])
    def test_of_the_run_that_cannot_be_seen_could_move_unseen(self, refusal: str, told: str) -> None:
        with pytest.raises(PermissionDeniedError, match="cannot read the tag v1") as error:
            prepare.tags(REQUEST, facts(ref=replace(TAG, commit=None, refusal=refusal)))
        assert told in error.value.detail

    def test_of_the_run_that_names_another_commit_was_moved(self) -> None:
        with pytest.raises(TamperedError, match="v1 names bbbbbbb now"):
            prepare.tags(REQUEST, facts(ref=replace(TAG, commit=OTHER)))

    @pytest.mark.parametrize("kind", ["tag", "branch", "hash"])
    def test_a_branch_or_a_hash_of_another_commit_is_not_a_version_of_this_one(self, kind: str) -> None:
        other = NamedCommit(kind=kind, name="x", commit=OTHER)  # type: ignore[arg-type]
        words = f"version: the {kind} x is commit bbbbbbb, but this run is of aaaaaaa"
        with pytest.raises(InputError, match=words):
            prepare.tags(REQUEST, facts(ref=TAG, version=(other,)))


def test_labels_are_cut_to_what_github_accepts() -> None:
    assert prepare.labels(["deploy", f"{'x' * 49} y", "x" * 49, "e" * 51]) == ("deploy", "x" * 49, "e" * 50)


class TestAWarning:
    def of(self, found: RequestFacts, *labels: str, minutes: int = 60, hosted: bool | None = None) -> str:
        asked = Rule(minimum=1, window=timedelta(minutes=minutes), vocabulary=Vocabulary())
        voters = prepare.Voters(roster=(Member(person=ANN, roles=("a",)),), rule=asked, unable="")
        return "\n".join(said for said, _ in prepare.warnings(voters, found, labels, hosted=hosted))

    def test_is_not_given_without_a_reason(self) -> None:
        assert self.of(facts(ANN), "deploy") == ""

    def test_names_everything_the_token_cannot_see(self) -> None:
        assert "Grant it `actions: read`" in self.of(facts(known=False))
        assert "Grant it `contents: read`" in self.of(facts(version=None))

    def test_names_a_label_that_is_cut(self) -> None:
        assert "xxx' is cut to 50 characters" in self.of(facts(), "x" * 51)

    def test_counts_the_authors_who_cannot_be_excluded(self) -> None:
        said = self.of(facts(unknown=(GHOST, GHOST)))
        assert said.startswith("2 authors of what is new cannot be barred from approving")
        assert "'A <a@x>' in aaaaaaa" in said

    @pytest.mark.parametrize(
        ("minutes", "hosted", "warned"),
        [(361, True, True), (1440, None, True), (1440, False, False), (360, True, False)],
    )
    def test_says_that_the_job_ends_before_the_window(
        self, minutes: int, *, hosted: bool | None, warned: bool
    ) -> None:
        said = self.of(facts(), minutes=minutes, hosted=hosted)
        assert (f"The window of {minutes} minutes is longer than the 360 minutes" in said) is warned
