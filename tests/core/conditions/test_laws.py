"""The laws of conditions, which hold for all facts and every thread."""

from collections import Counter
from dataclasses import fields, replace
from datetime import datetime, timedelta
from itertools import product

from hypothesis import event, given
from hypothesis import strategies as st

from approval_gate.core.conditions.assess import assess
from approval_gate.core.conditions.model import Condition, RequiredJob, State
from approval_gate.core.decision import decide
from approval_gate.core.facts import NO_FACTS, Facts, Job, Jobs
from approval_gate.core.model import Outcome
from approval_gate.core.policy.model import (
    DeploymentType,
    Group,
    Item,
    Policy,
    checklist,
    rule,
    waived,
)
from approval_gate.core.tasks import item_name
from approval_gate.core.verdict import Decision
from tests.core.conditions.language import READ as READ_NOW
from tests.core.conditions.strategies import ANY_MOMENT, MOMENTS, NAMES, PARTS, READ, conditions, facts
from tests.core.language import OPENED, minute
from tests.core.scenes import Scene, anything, approving, law, statistic

ALL_FACTS = facts()
ANY = conditions()
REQUIRED = st.lists(conditions(required=True), min_size=1, max_size=2)
SPANS = st.timedeltas(timedelta(), timedelta(days=30))


def decided(scene: Scene, found: Facts, *added: Condition) -> Decision:
    rule = replace(scene.rule, conditions=(*scene.rule.conditions, *added))
    return decide(rule, scene.roster, scene.thread, scene.now, found)


class TestTheFacts:
    """The laws are tried on conditions of every kind in each of the states."""

    def test_each_kind_reaches_each_state(self) -> None:
        seen: Counter[tuple[str, State]] = Counter()

        @statistic(300)
        @given(st.tuples(*map(conditions, PARTS)), ALL_FACTS, MOMENTS)
        def look(all_kinds: tuple[Condition, ...], found: Facts, now: datetime) -> None:
            for kind, condition in zip(PARTS, all_kinds, strict=True):
                seen[kind, assess(condition, found, now, now + timedelta(hours=1)).state] += 1

        look()
        assert set(seen) == set(product(PARTS, State))


class TestAssessing:
    """Only what was read and found to hold has passed."""

    @law(200)
    @given(ANY, ALL_FACTS, ANY_MOMENT, ANY_MOMENT)
    def test_has_a_reason_for_everything(
        self, condition: Condition, found: Facts, now: datetime, until: datetime
    ) -> None:
        assessment = assess(condition, found, now, until)
        event(assessment.state)
        assert assessment.condition is condition
        assert 0 < len(assessment.reason) < 1000
        assert assessment.reason.isprintable() or "\u202f" in assessment.reason
        assert not assessment.reason.endswith(".")

    @law()
    @given(conditions(*READ), facts(problems=True), MOMENTS)
    def test_a_source_with_a_problem_never_passes(
        self, condition: Condition, found: Facts, now: datetime
    ) -> None:
        assert assess(condition, found, now, now).state is State.UNKNOWN

    @law()
    @given(conditions(*READ, "details"), MOMENTS)
    def test_an_absent_source_never_passes(self, condition: Condition, now: datetime) -> None:
        assert assess(condition, NO_FACTS, now, now).state is State.UNKNOWN

    @law()
    @given(conditions(*READ, "details"), ALL_FACTS, MOMENTS, st.sampled_from(fields(Facts)))
    def test_less_that_was_read_never_passes_more(
        self, condition: Condition, found: Facts, now: datetime, lost: object
    ) -> None:
        name = getattr(lost, "name", "")
        less = replace(found, **{name: getattr(NO_FACTS, name)})
        if assess(condition, less, now, now).state is State.PASSED:
            assert assess(condition, found, now, now).state is State.PASSED

    @law()
    @given(ALL_FACTS, st.text().filter(lambda text: text != "success"), st.integers(0, 3))
    def test_any_conclusion_but_success_never_passes(self, found: Facts, conclusion: str, place: int) -> None:
        jobs = found.jobs or Jobs(source=READ_NOW)
        job = Job(id=1, name="Test", url="", conclusion=conclusion)
        listed = (*jobs.listed[:place], job, *jobs.listed[place:])
        condition = Condition(item="it", jobs=(RequiredJob(name="Test"),))
        assessed = assess(condition, Facts(jobs=replace(jobs, listed=listed)), OPENED, OPENED)
        assert assessed.state is not State.PASSED

    @law(200)
    @given(ANY, ALL_FACTS, MOMENTS, SPANS, st.lists(st.floats(0, 1), min_size=1, max_size=5))
    def test_what_waiting_cannot_change_does_not_pass_until_the_deadline(
        self, condition: Condition, found: Facts, now: datetime, window: timedelta, parts: list[float]
    ) -> None:
        until = now + window
        if assess(condition, found, now, until).lasting:
            event("lasting")
            for part in (*parts, 1):
                assert assess(condition, found, now + part * window, until).state is not State.PASSED

    @law()
    @given(ANY, ALL_FACTS, MOMENTS, SPANS)
    def test_no_time_after_the_deadline_passes_what_had_not_passed_then(
        self, condition: Condition, found: Facts, until: datetime, late: timedelta
    ) -> None:
        if assess(condition, found, until, until).state is not State.PASSED:
            assert assess(condition, found, until + late, until).state is not State.PASSED


class TestDeciding:
    """Conditions can only hold an approval back."""

    @law(200)
    @given(approving(), REQUIRED, ALL_FACTS)
    def test_a_required_condition_that_has_not_passed_never_approves(
        self, scene: Scene, required: list[Condition], found: Facts
    ) -> None:
        decision = decided(scene, found, *required)
        states = {assess(it, found, scene.now, decision.deadline).state for it in required}
        event(f"{decision.outcome}, {sorted(states)}")
        if states != {State.PASSED}:
            assert decision.outcome is not Outcome.APPROVED
            assert decision.blocking

    @law()
    @given(anything(), REQUIRED, ALL_FACTS)
    def test_more_conditions_never_approve_more(
        self, scene: Scene, required: list[Condition], found: Facts
    ) -> None:
        first, *others = required
        before, after = decided(scene, found, *others), decided(scene, found, first, *others)
        assert after.outcome is not Outcome.APPROVED or before.outcome is Outcome.APPROVED
        # Whatever else they do, they deny nothing and cancel nothing.
        if before.outcome is not Outcome.APPROVED:
            assert (after.outcome, after.code) == (before.outcome, before.code)

    @law()
    @given(anything(), st.lists(conditions(required=False), max_size=2), ALL_FACTS)
    def test_one_that_is_not_required_changes_nothing(
        self, scene: Scene, optional: list[Condition], found: Facts
    ) -> None:
        decision = decided(scene, found, *optional)
        assert replace(decision, assessments=()) == scene.decide()
        assert len(decision.assessments) == len(optional)

    @law()
    @given(approving(), REQUIRED, ALL_FACTS, st.integers(0, 4000))
    def test_no_time_after_the_window_approves(
        self, scene: Scene, required: list[Condition], found: Facts, seconds: int
    ) -> None:
        over = replace(scene, now=max(scene.now, minute(60)))
        if decided(over, found, *required).outcome is not Outcome.APPROVED:
            later = replace(over, now=over.now + timedelta(seconds=seconds))
            assert decided(later, found, *required).outcome is not Outcome.APPROVED


ITEMS = st.lists(
    st.builds(Item, text=NAMES.map("**{}** - it".format), condition=st.none() | conditions()),
    min_size=1,
    max_size=3,
).map(tuple)
GROUPS = st.lists(ITEMS, min_size=1, max_size=2)
WAIVED = st.lists(NAMES.map("**{}**".format).map(item_name), min_size=1, max_size=2).map(tuple)


class TestWaiving:
    """A type of deployment leaves items out by name, and people are told which."""

    @law()
    @given(approving(), GROUPS, WAIVED, ALL_FACTS)
    def test_only_removes(
        self, scene: Scene, groups: list[tuple[Item, ...]], names: tuple[str, ...], found: Facts
    ) -> None:
        policy, kind = policy_of(groups)
        waiving = replace(kind, waive=names)
        everything = rule(policy, kind, ()).conditions
        left = rule(policy, waiving, ()).conditions
        event(f"{len(everything) - len(left)} of {len(everything)} waived")
        assert Counter(left) <= Counter(everything)
        before, after = decided(scene, found, *everything), decided(scene, found, *left)
        assert Counter(after.blocking) <= Counter(before.blocking)
        assert before.outcome is not Outcome.APPROVED or after.outcome is Outcome.APPROVED

    @law()
    @given(GROUPS, WAIVED)
    def test_shows_each_item_either_in_the_list_or_as_waived(
        self, groups: list[tuple[Item, ...]], names: tuple[str, ...]
    ) -> None:
        policy, kind = policy_of(groups)
        waiving = replace(kind, waive=names)
        listed = [item for group in checklist(policy, waiving) for item in group.items]
        gone = waived(policy, waiving)
        assert Counter([*listed, *gone]) == Counter(item for group in groups for item in group)
        assert {item_name(item.text) for item in gone} <= {*names}


def policy_of(groups: list[tuple[Item, ...]]) -> tuple[Policy, DeploymentType]:
    kind = DeploymentType(name="standard", minimum=1, window=timedelta(minutes=60), approvers=())
    sections = tuple(Group(title=f"Section {n}", items=items) for n, items in enumerate(groups))
    return Policy(roles=(), deployments=(kind,), checklist=sections), kind
