"""How the checks that verify themselves read: in the request, while the gate waits, and at the end."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from approval_gate.core.artifacts import Artifact
from approval_gate.core.conditions.model import Assessment, Condition, State
from approval_gate.core.ending import Asked, Conclusion
from approval_gate.core.policy.model import Group, Item
from approval_gate.render import markdown
from approval_gate.render.conditions import LINES, check, check_asked, explained, summed_up, waited_for
from approval_gate.render.issue import as_list
from approval_gate.render.messages import GateMessages
from tests.core.language import OPENED, minute
from tests.golden.situations import SITUATIONS, TICKED, URL, Situation, standard, verified
from tests.golden.verified import FACTS, INCIDENT, NOTHING_READ, SHOP, again, hostile

PASSED, FAILED, UNKNOWN = State.PASSED, State.FAILED, State.UNKNOWN
ASKS = "Ticking is optional and is not an answer."
BY_ITSELF = (
    "The gate itself checked everything marked ✅, ❌ or ❓ in the list below, when it opened this issue."
)
NO_HOLD = "❌ and ❓ hold nothing back unless the line says so."


def assessed(
    state: State = PASSED,
    reason: str = "it ran",
    url: str | None = None,
    *,
    name: str = "Tests",
    required: bool = False,
) -> Assessment:
    condition = Condition(item=f"**{name}** - all of them", required=required)
    return Assessment(condition=condition, state=state, reason=reason, url=url, at=OPENED)


def listed(*found: Assessment, boxes: Sequence[str] = ()) -> str:
    items = [Item(text=it.condition.item, condition=it.condition) for it in found]
    return as_list([Group(title="Checks", items=(*items, *(Item(text=it) for it in boxes)))], found)


def said_above(*found: Assessment, boxes: Sequence[str] = (), must: bool = False) -> list[str]:
    """What is said above a list of these checks and boxes."""
    subject = standard(after=0).subject
    rule = replace(subject.rule, checklist=tuple(boxes) if must else ())
    text = listed(*found, boxes=boxes) if found or boxes else ""
    return explained(replace(subject, checklist=text, assessments=found, rule=rule))


def status(situation: Situation) -> str:
    return situation.texts()["status"]


def closing(situation: Situation) -> str:
    return situation.texts()["closing"].partition("<details><summary>Decision")[0]


# In the request -------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "sign"), [(PASSED, "✅"), (FAILED, "❌"), (UNKNOWN, "❓")])
def test_a_check_has_a_sign_its_name_and_the_reason(state: State, sign: str) -> None:
    assert check(assessed(state)) == f"{sign} **Tests**: it ran"


def test_the_reason_is_a_link_to_where_it_can_be_seen() -> None:
    found = assessed(FAILED, "#12 @everyone is open", f"{SHOP}/issues/12")
    assert check(found) == f"❌ **Tests**: [#12 `@everyone` is open]({SHOP}/issues/12)"
    assert check(replace(found, url=None)) == "❌ **Tests**: `#12` `@everyone` is open"


def test_a_check_says_that_the_deployment_waits_for_it_only_while_that_is_so() -> None:
    waits = ". The deployment waits for it."
    assert check_asked(assessed(UNKNOWN, required=True)).endswith(waits)
    assert check_asked(assessed(FAILED, required=True)).endswith(waits)
    assert not check_asked(assessed(PASSED, required=True)).endswith(waits)
    assert not check_asked(assessed(FAILED)).endswith(waits)


def test_checks_and_boxes_are_in_the_order_of_the_policy_under_their_headings() -> None:
    found, other = assessed(name="Scans"), assessed(FAILED, name="Hours")
    items = (Item(text=found.condition.item, condition=found.condition), Item(text="**Plan** - ready"))
    groups = [
        Group(title="Technical", items=items),
        Group(title="Business", items=(Item(text=other.condition.item, condition=other.condition),)),
    ]
    assert as_list(groups, [other, found]) == (
        "#### Technical\n- ✅ **Scans**: it ran\n- [ ] **Plan** - ready\n\n"
        "#### Business\n- ❌ **Hours**: it ran\n"
    )
    assert as_list(groups) == "#### Technical\n- [ ] **Plan** - ready\n"


def test_what_is_above_the_list_fits_what_is_in_it() -> None:
    tick = (
        "Tick each box as you check it. The deployment waits until people who can approve have ticked every "
        "one. Ticking is not an answer."
    )
    passed, failed, held = assessed(), assessed(FAILED), assessed(FAILED, required=True)
    itself = "The gate itself checked the list below, when it opened this issue."
    boxes = [f"By approving you confirm the items with a box. {ASKS}"]
    assert said_above() == []
    assert said_above(boxes=["x"]) == [f"By approving you confirm these checks. {ASKS}"]
    assert said_above(boxes=["x"], must=True) == [tick]
    assert said_above(passed) == [itself]
    assert said_above(held) == [itself]
    assert said_above(failed, held) == [itself, NO_HOLD]
    assert said_above(passed, boxes=["x"]) == [BY_ITSELF, *boxes]
    assert said_above(failed, boxes=["x"]) == [BY_ITSELF, NO_HOLD, *boxes]
    assert said_above(held, boxes=["x"], must=True) == [BY_ITSELF, tick]


def test_a_list_without_a_box_is_confirmed_by_approving() -> None:
    subject = standard(checklist="Read the runbook.", after=0).subject
    assert explained(subject) == [f"By approving you confirm these checks. {ASKS}"]


def test_the_issue_says_what_is_waived_and_leaves_it_out() -> None:
    text = SITUATIONS["checks-in-an-emergency"].texts()["issue"]
    assert "\nWaived for an emergency: All tests passing, Business hours.\n" in text
    assert "**All tests passing**" not in text
    terms = verified().subject.terms
    assert terms is not None
    waiving = replace(terms, waived=("**Tests** - all",))
    other = replace(verified().subject, terms=waiving, checklist="", assessments=())
    assert (
        "### Before you approve\n\n\nWaived for standard deployments: Tests.\n"
        in GateMessages(other).issue(OPENED, minute(60))[0]
    )


def test_an_issue_in_which_everything_is_as_long_as_it_can_be_fits() -> None:
    text = "<" * 300
    said = hostile(text)
    assert said.jobs is not None
    jobs = tuple(replace(it, name=text, steps=it.steps * 50) for it in said.jobs.listed * 100)
    checks = tuple(
        assessed(FAILED, text * 9, f"{SHOP}/issues/12", name=f"{number}{text}") for number in range(200)
    )
    situation = verified(
        facts=replace(said, jobs=replace(said.jobs, listed=jobs)),
        artifacts=(Artifact(name=text, digest=text),) * 100,
    )
    subject = replace(
        situation.subject, assessments=checks, checklist=listed(*checks), issue_body="word " * 12_000
    )
    body, further = GateMessages(subject).issue(OPENED, minute(60))
    assert max(map(len, (body, *further))) <= markdown.LIMIT
    assert len(body) < markdown.LIMIT / 2
    assert "The list is in the comments below." in body
    held = replace(situation.decision, assessments=checks)
    assert len(GateMessages(subject).status(held, URL)) < markdown.LIMIT


# While the gate waits -------------------------------------------------------------------

APPROVED = ("3 cid: approve", "9 lea: approve")


def test_an_approval_that_waits_for_a_check_says_so_first() -> None:
    text = status(verified(*APPROVED, after=14, latest=again(INCIDENT, 14)))
    assert text.startswith(
        "### ⏳ Approved by 2 of 2, waiting for 1 check\nCloses at **10:00 UTC**.\n\n"
        "**1 required check has not passed** (last checked at 09:14 UTC):\n"
        f'- ❌ **No active incidents**: [#12 "Checkout is down" is open]({SHOP}/issues/12)\n'
    )


def test_required_checks_are_listed_before_there_are_enough_approvals() -> None:
    text = status(verified(APPROVED[0], after=5, facts=NOTHING_READ))
    assert text.startswith("### ⏳ 1 of 2 approvals\n")
    assert "**2 required checks have not passed** (last checked at 09:00 UTC):\n- ❓ **All tests" in text


def test_a_check_that_nothing_was_read_for_has_no_time() -> None:
    nothing = verified(APPROVED[0], after=5, facts=replace(FACTS, jobs=None))
    assert "**1 required check has not passed**:\n- ❓ **All tests passing**" in status(nothing)


def test_a_check_that_has_changed_since_the_request_is_listed() -> None:
    text = status(verified(APPROVED[0], after=20, facts=INCIDENT, latest=again(FACTS, 20)))
    assert "**Changed since the request**:\n- ✅ **No active incidents**: no issue" in text
    assert text.count("\n- ✅") == 1
    assert "Changed" not in status(verified(APPROVED[0], after=20, latest=again(FACTS, 20)))
    over = verified(*APPROVED, after=20, facts=INCIDENT, latest=again(FACTS, 20)).texts()
    assert not any("Changed" in text for text in over.values())


def test_of_several_checks_the_newest_look_is_told() -> None:
    decision = verified(APPROVED[0]).decision
    checks = [replace(assessed(FAILED, required=True), at=minute(after)) for after in (3, 7, 5)]
    text = GateMessages(verified().subject).status(replace(decision, assessments=tuple(checks)), URL)
    assert "(last checked at 09:07 UTC)" in text


def test_the_reminder_names_the_checks_that_are_waited_for() -> None:
    texts = verified(*APPROVED, after=31, latest=again(INCIDENT, 31)).texts()
    assert texts["call-1"] == (
        "@cid, @lea: this has the approvals that it needs. It closes at 10:00 UTC, in 29 minutes. "
        "It waits for 1 check: No active incidents.\n"
    )
    both = verified(*APPROVED, after=31, ticked=True, latest=again(INCIDENT, 31)).texts()["call-1"]
    assert "It waits for 1 check: No active incidents. But 3 of 3 checklist items are still open." in both


def test_of_many_checks_the_first_are_listed_and_named() -> None:
    decision = verified(APPROVED[0]).decision
    many = tuple(assessed(FAILED, name=f"Check {number}", required=True) for number in range(LINES + 2))
    held = replace(decision, assessments=many)
    text = GateMessages(verified().subject).status(held, URL)
    assert text.count("- ❌") == LINES
    assert "\n- and 2 more\n" in text
    assert waited_for(held).startswith(f"{LINES + 2} checks: Check 0, Check 1, ")
    assert waited_for(held).endswith(f"Check {LINES - 1}, and 2 more")


# At the end -----------------------------------------------------------------------------


def test_an_approval_tells_what_people_confirmed_from_what_the_gate_checked() -> None:
    text = closing(SITUATIONS["approved-with-checks"])
    assert " By approving, cid and lea confirmed the 3 checklist items below.\n" in text
    assert "**7 of 8 checks passed.** Not passed, and not required:\n- ❌ **Code review completed**" in text
    folded = text.partition("<details><summary>7 checks that passed</summary>")[2].partition("</details>")[0]
    assert folded.count("\n- ✅") == 7
    boxes = text.partition("<details><summary>3 checklist items</summary>")[2].partition("</details>")[0]
    assert boxes.split("\n- ")[1:] == [
        "Database migrations reviewed",
        "Rollback plan ready",
        "Team notified\n\n",
    ]


def test_an_approval_of_checks_alone_confirms_no_boxes() -> None:
    situation = verified(*APPROVED, after=10, latest=again(FACTS, 10))
    subject = situation.subject
    checks = replace(situation, subject=replace(subject, checklist=listed(*subject.assessments)))
    assert "confirmed" not in closing(checks)
    assert "**7 of 8 checks passed.**" in closing(checks)


def test_the_end_says_what_was_waived() -> None:
    for text in ("closing", "summary", "final status"):
        shown = SITUATIONS["approved-with-checks-waived"].texts()[text]
        assert "\nWaived for an emergency: All tests passing, Business hours.\n" in shown


def test_a_timeout_names_the_checks_that_it_waited_for() -> None:
    situation = SITUATIONS["timed-out-with-checks"]
    assert closing(situation).startswith("### ⌛ No decision in time: 1 required check had not passed, 10:00")
    for text in ("closing", "summary", "final status"):
        shown = situation.texts()[text]
        assert "**1 required check had not passed** (last checked at 09:59 UTC):\n- ❌ **No act" in shown


def test_a_denial_says_nothing_of_checks() -> None:
    texts = verified("3 bob: deny - red", after=10, latest=again(INCIDENT, 10)).texts()
    assert not any("check" in texts[name].partition("<details>")[0] for name in ("closing", "final status"))


def test_the_logs_last_words_and_the_notification_sum_the_checks_up() -> None:
    situation = SITUATIONS["approved-with-checks-waived"]
    summed = (
        "5 of 6 checks passed; not required: Code review completed. "
        "Waived for an emergency: All tests passing, Business hours."
    )
    assert situation.texts()["annotation"].endswith(f"Approved after 5 minutes by lea.\n{summed}")
    ending = situation._ending()
    assert ending is not None
    asked = Asked(number=42, url=URL, opened_at=OPENED, ended_at=minute(5))
    end = Conclusion(ending=ending, decision=situation.decision, asked=asked)
    assert GateMessages(situation.subject).decided(end, URL).text == f"Approved by lea. {summed}"


def test_without_checks_there_is_nothing_to_sum_up() -> None:
    assert summed_up(standard(*APPROVED).decision, None) == ""
    assert summed_up(None, None) == ""
    assert TICKED not in closing(standard(*APPROVED))
