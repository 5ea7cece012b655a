"""The notices that mention people: who did what, and what to do next, in short sentences."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from approval_gate.core.conditions.model import Condition
from approval_gate.core.decision import decide
from approval_gate.core.facts import NO_FACTS, Facts, OpenIssue, OpenIssues, Source
from approval_gate.core.model import ChecklistItem, Modification, Requirement, Rule, Thread
from approval_gate.core.notices import Notice, due
from approval_gate.core.policy.model import DeploymentType, Reminder
from approval_gate.core.verdict import NearMiss, VoteStatus
from approval_gate.render.messages import GateMessages
from approval_gate.render.subject import PolicyContext, Subject
from tests.core.language import OPENED, PEOPLE, minute, roster, talk
from tests.gate.stage import REQUEST

URL = "https://github.test/acme/shop/issues/42"
ANN = f"{URL}#issuecomment-10"
RULE = Rule(minimum=3, window=timedelta(minutes=60), email_votes=False)
WHO = "ann bob cy dee(initiator)"
REMIND = Reminder(after=timedelta(minutes=20), role=None)


def notices(
    *lines: str,
    rule: Rule = RULE,
    who: str = WHO,
    now: float = 20,
    reminders: tuple[Reminder, ...] = (),
    emergency: bool = False,
    thread: Thread | None = None,
    facts: Facts = NO_FACTS,
) -> list[str]:
    """Return the notices that a conversation calls for, without their line ends."""
    people = roster(who)
    decision = decide(rule, people, thread or talk(*lines), minute(now), facts)
    terms = None
    if emergency:
        kind = DeploymentType(name="emergency", emergency=True, minimum=1, window=rule.window, approvers=())
        terms = PolicyContext(deployment_type=kind, path="policy.yml", digest="sha256:0", details=())
    subject = Subject(request=REQUEST, rule=rule, roster=people, issue_body="", checklist="", terms=terms)
    items = due(decision, people, reminders, minute(now) - OPENED, {})
    said = [
        GateMessages(subject).notice(item, URL, decision, minute(now))
        for item in items
        if isinstance(item, Notice) and item.people
    ]
    assert all(text.endswith("\n") and text.count("\n") == 1 for text in said)
    return [text.rstrip("\n") for text in said]


ANSWERS = "Comment `deny - your reason` to stop it, `approve` to let it go on, or `revoke` to keep out of it."
CASES = [
    (
        ("3 ann: approve", "4 dee changes the request"),
        (
            f"@ann, your [approval]({ANN}) no longer counts: dee changed [the request]({URL}) at 09:04 UTC. "
            "Read it again and comment `approve` if you still agree."
        ),
    ),
    (
        ("3 ann: approve", "3 bob: approve", "4 dee changes the request"),
        (
            f"@ann, @bob, your approvals no longer count: dee changed [the request]({URL}) at 09:04 UTC. "
            "Read it again and comment `approve` if you still agree."
        ),
    ),
    (
        ("3 ann: approve", "4 ann edits #1: approve - sure"),
        (
            f"@ann, your [approval]({ANN}) no longer counts: you edited it at 09:04 UTC. "
            "Comment `approve` again if you still agree."
        ),
    ),
    (
        ("3 ann: approve", "4 dee edits #1: approve - sure"),
        (
            f"@ann, your [approval]({ANN}) no longer counts: dee edited it at 09:04 UTC. "
            "Comment `approve` again if you still agree."
        ),
    ),
    (
        ("3 ann: approve", "4 someone deletes #1"),
        (
            "@ann, your approval no longer counts: somebody deleted it at 09:04 UTC. "
            "Comment `approve` again if you still agree."
        ),
    ),
    (
        ("3 ann: approve", "4 dee hides #1"),
        (
            f"@ann, your [approval]({ANN}) no longer counts: the comment is hidden now. "
            "Comment `approve` again if you still agree."
        ),
    ),
    (
        ("3 ann through an app: approve",),
        (
            f"@ann, your [approval]({ANN}) does not count: it was written through an app. "
            f"Comment `approve` on [the issue's page]({URL}) instead."
        ),
    ),
    (
        ("3 ann by mail: approve",),
        (
            f"@ann, your [approval]({ANN}) does not count: it came by e-mail. "
            f"Comment `approve` on [the issue's page]({URL}) instead."
        ),
    ),
    (
        ("2 bob: is it ours?", "3 ann: yes"),
        (
            f"@ann, your [approval]({URL}#issuecomment-20) does not count: it may be the answer to the "
            "question just before it. Comment `approve` to approve."
        ),
    ),
    (
        ("3 ann: No. The migration is broken.",),
        f"@ann, I read [this]({ANN}) as an objection, so the deployment waits. {ANSWERS}",
    ),
    (
        ("3 dee: stop",),
        (
            f"@dee, I read [this]({ANN}) as an objection, so the deployment waits. "
            "Comment `deny - your reason` to stop it, or `revoke` to let it go on."
        ),
    ),
    (
        ("3 ann: hello", "4 mallory edits #1: stop"),
        (
            f"@ann, mallory edited [your comment]({ANN}). It reads as an objection now, so the deployment "
            f"waits. {ANSWERS}"
        ),
    ),
    (
        ("3 dee deletes an unseen comment of ann",),
        (
            "@ann, dee deleted a comment of yours before I read it. It may have been an objection, "
            f"so the deployment waits. {ANSWERS}"
        ),
    ),
    (
        ("3 ann: <lost>",),
        (
            f"@ann, an earlier text of [your comment]({ANN}) can no longer be read. It may have been an "
            f"objection, so the deployment waits. {ANSWERS}"
        ),
    ),
    (
        ("3 ann: deny",),
        (
            f"@ann, [your denial]({ANN}) has no reason, so the deployment waits. Comment `deny - your "
            "reason` to stop it, or `revoke` to take the denial back. Without an answer it is "
            "stopped at 10:00 UTC."
        ),
    ),
    (
        ("3 ann: approve?",),
        (
            f"@ann, I cannot read [your comment]({ANN}) as an answer: `approve?`. To approve, comment "
            "exactly `approve` or `approve - your note`; to deny, comment `deny - your reason`."
        ),
    ),
    (
        ("3 dee: approve?",),
        (
            f"@dee, I cannot read [your comment]({ANN}) as an answer: `approve?`. You cannot approve this "
            "request. To object, comment exactly `deny - your reason`."
        ),
    ),
    (
        ("3 mallory: approve?",),
        f"@mallory, [your comment]({ANN}) does not count: only the approvers of this request can answer it.",
    ),
]


@pytest.mark.parametrize(("lines", "said"), CASES)
def test_a_notice_says_who_did_what_and_what_to_do(lines: tuple[str, ...], said: str) -> None:
    assert notices(*lines) == [said]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            ("4 ann by mail: revoke",),
            (
                f"[revocation]({URL}#issuecomment-20) does not count: it came by e-mail. "
                f"Comment `revoke` on [the issue's page]({URL}) instead."
            ),
        ),
        (
            ("4 ann: approve", "5 ann edits #2: approve it"),
            (
                f"[approval]({URL}#issuecomment-20) no longer counts: you edited it at 09:05 UTC. "
                "Comment `approve` again if you still agree."
            ),
        ),
        (
            ("4 ann: revoke", "5 dee deletes #2"),
            "revocation no longer counts: somebody deleted it. Comment `revoke` again.",
        ),
    ],
)
def test_a_person_whose_answer_to_the_question_about_an_objection_does_not_count_is_told(
    answer: tuple[str, ...], said: str
) -> None:
    assert notices("3 ann: stop", *answer)[1:] == [f"@ann, your {said}"]


def test_a_person_who_can_only_hold_the_request_is_told_how_to_let_it_go_on() -> None:
    (said,) = notices("3 eli: stop", who=f"{WHO} eli(no-write)")
    assert said.endswith("You have no write access here, so comment `revoke` to let it go on.")


def test_a_person_who_left_is_told_that_an_objection_still_counts() -> None:
    (said,) = notices("3 eli: approve", who=f"{WHO} eli(left)")
    assert said == (
        f"@eli, your [approval]({ANN}) no longer counts: you have lost your write access, or left the team. "
        "Another person must approve; you can still comment `deny - your reason`."
    )


def test_an_approval_that_needs_a_reason_is_asked_for_it() -> None:
    assert notices("3 ann: approve", rule=replace(RULE, justified=("ann",))) == [
        f"@ann, [your approval]({ANN}) counts only with a reason. Comment `approve - your reason`."
    ]


def test_an_approval_in_a_comment_that_objects_is_told_to_be_given_alone() -> None:
    decision = decide(RULE, roster(WHO), talk("3 ann: approve"), minute(3))
    vote = replace(decision.votes[0], status=VoteStatus.OBJECTS)
    subject = Subject(request=REQUEST, rule=RULE, roster=roster(WHO), issue_body="", checklist="")
    notice = Notice(key="objects-10", people=(PEOPLE["ann"],), about=vote)
    assert GateMessages(subject).notice(notice, URL, decision, minute(3)) == (
        f"@ann, your [approval]({ANN}) does not count: the same comment objects. "
        "Comment `approve` alone, or `deny - your reason`.\n"
    )


def test_a_person_who_objected_before_is_told_that_it_holds_nothing_here() -> None:
    subject = Subject(request=REQUEST, rule=RULE, roster=roster(WHO), issue_body="", checklist="")
    assert GateMessages(subject).objected(URL, ["bob", "cy"]) == (
        f"@bob, @cy, you objected on [the earlier request]({URL}) that this one replaces. "
        "That holds nothing here: comment `deny - your reason` if you still object.\n"
    )


# Reminders ------------------------------------------------------------------------------

BACKUP = Reminder(after=timedelta(minutes=20), role="cy")
CLOSES = "It closes at 10:00 UTC, in 40 minutes."
HOW = "Comment `approve` or `deny - your reason`."


@pytest.mark.parametrize(
    ("reminder", "emergency", "said"),
    [
        (REMIND, False, f"@bob, @cy: this still needs 2 approvals. {CLOSES} {HOW}"),
        (REMIND, True, f"@bob, @cy: this emergency still needs 2 approvals. {CLOSES} {HOW}"),
        (
            BACKUP,
            False,
            f"@cy: you are the backup approver, and this still needs 2 approvals. {CLOSES} {HOW}",
        ),
        (
            BACKUP,
            True,
            f"@cy: you are the backup approver, and this emergency still needs 2 approvals. {CLOSES} {HOW}",
        ),
    ],
)
def test_a_reminder_says_what_is_missing_until_when_and_whether_it_is_an_emergency(
    reminder: Reminder,
    emergency: bool,  # noqa: FBT001 - a column of the table
    said: str,
) -> None:
    assert notices("3 ann: approve", reminders=(reminder,), emergency=emergency) == [said]


def test_a_reminder_names_the_day_and_the_hours_of_a_long_window() -> None:
    (said,) = notices(rule=replace(RULE, window=timedelta(hours=24)), reminders=(REMIND,), now=30)
    assert "It closes at Tue 3 March, 09:00 UTC, in 24 hours." in said


def test_a_reminder_shortly_before_the_end_says_one_minute() -> None:
    assert "in 1 minute." in notices(reminders=(REMIND,), now=59.9)[0]


@pytest.mark.parametrize(
    ("require", "minimum", "said"),
    [
        ((Requirement(any_of=("ann", "bob"), minimum=1),), 1, "1 approval from ann or bob."),
        ((Requirement(any_of=("ann",), minimum=1),), 2, "2 approvals, 1 of them from ann."),
    ],
)
def test_a_reminder_says_which_roles_are_missing(
    require: tuple[Requirement, ...], minimum: int, said: str
) -> None:
    rule = replace(RULE, require=require, minimum=minimum)
    assert f"this still needs {said} " in notices(rule=rule, reminders=(REMIND,))[0]


def test_people_whose_approval_cannot_decide_are_asked_to_reach_others() -> None:
    rule = replace(RULE, require=(Requirement(any_of=("ann",), minimum=1),), minimum=1)
    assert notices(rule=rule, reminders=(BACKUP,)) == [
        (
            f"@cy: you are the backup approver, and this still needs 1 approval from ann. {CLOSES} "
            "Your own approval cannot decide it, so please reach somebody whose approval can."
        )
    ]


def test_people_whose_approval_needs_a_reason_are_told_to_give_it() -> None:
    rule = replace(RULE, require=(Requirement(any_of=("cy",), minimum=1),), minimum=1, justified=("cy",))
    (said,) = notices(rule=rule, reminders=(BACKUP,))
    assert said.endswith("Comment `approve - your reason` or `deny - your reason`.")


def test_once_there_are_enough_approvals_those_who_hold_it_are_reminded() -> None:
    *_, said = notices(
        "3 ann: approve", "4 bob: stop", "5 cy: approve", rule=replace(RULE, minimum=2), reminders=(REMIND,)
    )
    assert (
        said
        == f"@bob: this waits for your answer. {CLOSES} Comment `approve`, `deny - your reason` or `revoke`."
    )


def listed(*ticked_by: str | None) -> Thread:
    """Return a conversation in which two people approved, and who ticked each item."""
    boxes = (
        ChecklistItem(there=True, modification=Modification(by=PEOPLE[who], at=minute(2)) if who else None)
        for who in ticked_by
    )
    return replace(talk("3 ann: approve", "4 bob: approve"), checklist_items=tuple(boxes))


CHECKLIST = replace(RULE, minimum=2, checklist=("one", "two", "three"))
OPEN = f"Tick them in [the request]({URL}) as you check them."


def test_people_whose_approvals_wait_for_the_checklist_are_told_so_once() -> None:
    assert notices(thread=listed("ann", None, None), rule=CHECKLIST) == [
        f"@ann, @bob, this has the approvals that it needs, but 2 of 3 checklist items are still open. {OPEN}"
    ]


def test_a_tick_that_does_not_count_is_explained() -> None:
    (said,) = notices(thread=listed("ann", "bob", "mallory"), rule=CHECKLIST)
    assert said == (
        "@ann, @bob, this has the approvals that it needs, but 1 of 3 checklist items is still open. "
        f"{OPEN} A tick that does not count must be taken off and set again by an approver."
    )


def test_a_reminder_about_open_items_goes_to_those_who_approved() -> None:
    _, said = notices(thread=listed(None, None, None), rule=CHECKLIST, reminders=(REMIND, BACKUP))
    assert said == (
        f"@ann, @bob: this has the approvals that it needs. {CLOSES} "
        f"But 3 of 3 checklist items are still open. {OPEN}"
    )


# Checks that hold it back ----------------------------------------------------------------

INCIDENTS = Condition(item="**No active incidents** - none", required=True, no_open_issues=("incident",))


def about_checks(*items: str) -> str:
    """Return the notice where an incident is open and each of these checks says that none is."""
    down = OpenIssue(number=12, title="Checkout *is* @down", url="https://github.test/acme/shop/issues/12")
    found = OpenIssues(label="incident", source=Source(where="GraphQL", at=OPENED), count=1, first=(down,))
    rule = replace(RULE, minimum=2, conditions=tuple(replace(INCIDENTS, item=item) for item in items))
    (said,) = notices("3 ann: approve", "4 bob: approve", rule=rule, facts=Facts(issues=(found,)))
    return said


def test_people_whose_approvals_wait_for_a_check_are_told_why_and_what_to_do() -> None:
    assert about_checks(INCIDENTS.item) == (
        "@ann, @bob, this has the approvals that it needs, but 1 check holds it back. "
        '❌ **No active incidents**: [#12 "Checkout `*is*` `@down`" is open]'
        "(https://github.test/acme/shop/issues/12). Close every such issue, or take the label off. "
        "Once it passes, the deployment goes on by itself."
    )


def test_of_many_checks_that_hold_it_back_a_few_are_described() -> None:
    said = about_checks("one", "two", "three", "four")
    assert "but 4 checks hold it back. ❌ **one**: " in said
    assert "**four**" not in said
    assert said.endswith("And 1 more. Once they pass, the deployment goes on by itself.")


# What people typed, and many people ------------------------------------------------------


@pytest.mark.parametrize(
    "line", ["approve? @everyone", "approve? `x` [y](https://e.test)", "approve?" + "!" * 2**20, "אישור?"]
)
def test_what_somebody_typed_is_inert_and_short_in_a_hint(line: str) -> None:
    near = NearMiss(comment_id=10, person=PEOPLE["ann"], line=line)
    decision = decide(RULE, roster(WHO), talk(), minute(3))
    subject = Subject(request=REQUEST, rule=RULE, roster=roster(WHO), issue_body="", checklist="")
    said = GateMessages(subject).notice(
        Notice(key="hint-10", people=(PEOPLE["ann"],), about=near), URL, decision, minute(3)
    )
    outside = re.sub(r"(`+).*?\1(?!`)", "", said)
    assert "@everyone" not in outside
    assert "e.test" not in outside
    assert len(said) < 500


def _sentences(text: str) -> list[str]:
    shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.split(r"(?<=[.;:]) ", shown)


def test_no_sentence_of_a_notice_is_longer_than_twenty_five_words() -> None:
    every = [notices(*lines)[0] for lines, _ in CASES]
    every += notices("3 ann: approve", reminders=(REMIND, BACKUP), emergency=True)
    every += notices(thread=listed("ann", "bob", "mallory"), rule=CHECKLIST)
    every += notices("3 eli: approve", who=f"{WHO} eli(left)")
    for said in every:
        for sentence in _sentences(said):
            assert len([word for word in sentence.split() if word.strip("-")]) <= 25, sentence


def test_a_person_whose_approval_needs_a_reason_is_told_the_command_that_counts() -> None:
    rule = replace(RULE, justified=("ann",))
    assert notices("1 ann: hold on", rule=rule) == [
        f"@ann, I read [this]({ANN}) as an objection, so the deployment waits. "
        + ANSWERS.replace("`approve`", "`approve - your reason`")
    ]
    assert notices("1 ann: approve!! please", rule=rule)[0].endswith(
        "To approve, comment exactly `approve - your reason`; to deny, comment `deny - your reason`."
    )
