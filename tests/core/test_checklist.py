"""How a checklist that must be ticked affects a decision: it holds an approval, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_gate.core.decision import decide
from approval_gate.core.model import ChecklistItem, Code, Modification, Outcome, Rule
from approval_gate.core.record.document import inputs_of, rederived
from approval_gate.core.record.model import DecisionInputs
from approval_gate.core.verdict import Check, Decision, ItemProblem
from tests.core.language import OPENED, PEOPLE, minute, roster, talk
from tests.core.records import recorded
from tests.core.scenes import ROSTER, Scene, approving, law

RULE = Rule(minimum=1, window=timedelta(minutes=60), checklist=("tests", "plan"))
OPEN = ChecklistItem(there=True)
GONE = ChecklistItem(there=False)


def by(login: str | None) -> ChecklistItem:
    return ChecklistItem(
        there=True, modification=Modification(by=PEOPLE[login] if login else None, at=minute(2))
    )


def decided(
    *checklist_items: ChecklistItem, now: float = 30, who: str = "ann bob", says: str = "1 ann: approve"
) -> Decision:
    thread = replace(talk(says), checklist_items=checklist_items)
    return decide(RULE, roster(who), thread, minute(now))


@pytest.mark.parametrize(
    ("box", "who", "problem"),
    [
        (by("ann"), "ann bob", None),
        (by("bob"), "ann bob", None),
        (OPEN, "ann bob", ItemProblem.OPEN),
        (GONE, "ann bob", ItemProblem.GONE),
        (by(None), "ann bob", ItemProblem.UNKNOWN),
        (by("mallory"), "ann bob", ItemProblem.STRANGER),
        (by("gate"), "ann bob", ItemProblem.STRANGER),
        (by("bob"), "ann bob(initiator)", ItemProblem.STRANGER),
        (by("bob"), "ann bob(author)", ItemProblem.STRANGER),
        (by("bob"), "ann bob(left)", ItemProblem.STRANGER),
        (by("bob"), "ann bob(no-write)", ItemProblem.STRANGER),
    ],
)
def test_an_item_counts_if_somebody_who_can_approve_ticked_it(
    box: ChecklistItem, who: str, problem: ItemProblem | None
) -> None:
    decision = decided(by("ann"), box, who=who)
    assert [check.problem for check in decision.checks] == [None, problem]
    assert (decision.outcome is Outcome.APPROVED) == (problem is None)


@pytest.mark.parametrize(("at", "problem"), [(60, None), (60.02, ItemProblem.LATE)])
def test_an_item_must_be_ticked_in_time(at: float, problem: ItemProblem | None) -> None:
    late = ChecklistItem(there=True, modification=Modification(by=PEOPLE["bob"], at=minute(at)))
    decision = decided(by("ann"), late, now=61)
    assert [check.problem for check in decision.checks] == [None, problem]
    assert (decision.outcome is Outcome.APPROVED) == (problem is None)


def test_a_check_names_the_person_and_the_time() -> None:
    ours, theirs = decided(by("ann"), by("mallory")).checks
    assert ours == Check(item="tests", by=PEOPLE["ann"], at=minute(2), problem=None)
    assert theirs == Check(item="plan", by=None, at=minute(2), problem=ItemProblem.STRANGER)


def test_an_item_that_was_not_read_counts_as_not_ticked() -> None:
    assert [check.problem for check in decided().checks] == [ItemProblem.OPEN, ItemProblem.OPEN]
    assert [check.problem for check in decided(by("ann")).checks] == [None, ItemProblem.OPEN]


def test_without_items_nothing_is_checked() -> None:
    thread = replace(talk("1 ann: approve"), checklist_items=(OPEN,))
    assert decide(replace(RULE, checklist=()), roster("ann"), thread, minute(2)).checks == ()


OPEN_ITEM = "1 of 2 checklist items is still open."
OPEN_ITEMS = "2 of 2 checklist items are still open."
SENTENCES = {
    "a quorum": ("1 ann: approve", (OPEN, OPEN), 30, None, OPEN_ITEMS),
    "a quorum, but for one": ("1 ann: approve", (by("ann"), OPEN), 30, None, OPEN_ITEM),
    "no quorum": (
        "1 ann: hello",
        (OPEN, by("ann")),
        30,
        None,
        f"0 of 1 approval, needs 1 from ann or bob. {OPEN_ITEM}",
    ),
    "no quorum and no time": (
        "1 ann: hello",
        (OPEN, OPEN),
        60,
        Outcome.TIMED_OUT,
        "The window closed with 0 of 1 approval. Still to answer: ann and bob.",
    ),
    "a quorum and no time": (
        "1 ann: approve",
        (OPEN, by("ann")),
        60,
        Outcome.TIMED_OUT,
        f"The window closed with 1 of 1 approval, from ann. {OPEN_ITEM}",
    ),
    "a denial": ("1 ann: deny - red", (OPEN, OPEN), 30, Outcome.DENIED, "Denied by ann."),
    "all of it": ("1 ann: approve", (by("ann"), by("bob")), 30, Outcome.APPROVED, "Approved by ann."),
}


@pytest.mark.parametrize(
    ("says", "checklist_items", "now", "outcome", "sentence"), SENTENCES.values(), ids=SENTENCES
)
def test_the_sentence_counts_the_open_items(
    says: str, checklist_items: tuple[ChecklistItem, ...], now: float, outcome: Outcome | None, sentence: str
) -> None:
    decision = decided(*checklist_items, says=says, now=now)
    assert (decision.outcome, decision.reason) == (outcome, sentence)


def test_an_objection_is_mentioned_before_open_items() -> None:
    thread = replace(talk("1 ann: approve", "2 bob: stop"), checklist_items=(OPEN, by("ann")))
    decision = decide(RULE, roster("ann bob"), thread, minute(5))
    assert decision.reason == (f"bob objects; approval waits until bob answers. {OPEN_ITEM}")


BOXES = st.sampled_from(
    [
        OPEN,
        GONE,
        *(
            ChecklistItem(there=True, modification=Modification(by=n, at=OPENED))
            for n in (None, ROSTER[0], PEOPLE["mallory"])
        ),
    ]
)


@law()
@given(scene=approving(), checklist_items=st.lists(BOXES, max_size=2))
def test_an_open_item_holds_an_approval_and_changes_nothing_else(
    scene: Scene, checklist_items: list[ChecklistItem]
) -> None:
    free = scene.decide()
    rule, thread = (
        replace(scene.rule, checklist=("t", "p")),
        replace(scene.thread, checklist_items=tuple(checklist_items)),
    )
    held = decide(rule, scene.roster, thread, scene.now)
    assert (held.votes, held.approvers, held.deniers, held.holds) == (
        free.votes,
        free.approvers,
        free.deniers,
        free.holds,
    )
    if free.outcome is not Outcome.APPROVED or not held.lacking:
        assert (held.outcome, held.code) == (free.outcome, free.code)
    elif scene.now >= held.deadline:
        assert (held.outcome, held.code) == (Outcome.TIMED_OUT, Code.WINDOW_CLOSED)
    else:
        assert held.outcome is None


def test_a_record_with_a_checklist_is_derived_again_from_its_inputs() -> None:
    for checklist_items, outcome in (((by("ann"), by("bob")), "approved"), ((by("ann"), GONE), None)):
        thread = replace(talk("1 ann: approve"), checklist_items=checklist_items)
        given = DecisionInputs(rule=RULE, roster=roster("ann bob"), thread=thread, now=minute(9))
        made = recorded(given)
        assert inputs_of(made).asked == given
        assert rederived(made)["outcome"] == made["outcome"] == outcome
        assert [check["problem"] for check in made["decision"]["checklist"]] == [
            None,
            None if outcome else "gone",
        ]
