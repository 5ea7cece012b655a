"""The reactions, notices, hints and reminders that follow from a decision and from those written before."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_gate.core.conditions.model import Condition, RequiredJob
from approval_gate.core.decision import decide
from approval_gate.core.facts import Facts, Job, Jobs, OpenIssues, Source
from approval_gate.core.model import (
    ChecklistItem,
    Modification,
    Person,
    Requirement,
    Rule,
    Thread,
    Vocabulary,
)
from approval_gate.core.notices import (
    HINTS,
    MENTIONS,
    NOTICES,
    STRANGERS,
    FailedChecks,
    Item,
    Notice,
    OpenItems,
    Reaction,
    answered,
    due,
)
from approval_gate.core.policy.model import Reminder
from approval_gate.core.verdict import Decision, NearMiss, Objection, Vote
from tests.core import language
from tests.core.language import OPENED, minute, roster, talk
from tests.core.scenes import Scene, anything, law

RULE = Rule(minimum=2, window=timedelta(minutes=60))
PEOPLE = "ann bob cy dee(initiator)"


def decision_on(thread: Thread, *, rule: Rule = RULE, who: str = PEOPLE, now: float = 30) -> Decision:
    return decide(rule, roster(who), thread, minute(now))


def items(
    *lines: str,
    rule: Rule = RULE,
    who: str = PEOPLE,
    reminders: Sequence[Reminder] = (),
    minutes: float = 30,
    written: Iterable[Item] = (),
) -> tuple[Item, ...]:
    decision = decision_on(talk(*lines), rule=rule, who=who, now=minutes)
    elapsed = timedelta(minutes=minutes)
    return due(decision, roster(who), reminders, elapsed, {item.key: item for item in written})


def one_after_another(*lines: str, who: str = PEOPLE, rule: Rule = RULE) -> list[Item]:
    """Return all that is written where the gate looks after each line."""
    written: dict[str, Item] = {}
    history: list[Item] = []
    for count in range(len(lines) + 1):
        new = items(*lines[:count], who=who, rule=rule, written=written.values())
        written.update((item.key, item) for item in new)
        history.extend(new)
    return history


def shown(written: Iterable[Item]) -> list[str]:
    """Write items down in short: ``+1 on #1``, ``hint ann: approve?``, ``ann: EDITED``."""
    return [_shown(item) for item in written]


def _shown(item: Item) -> str:
    if isinstance(item, Reaction):
        return f"{item.content or 'nothing'} on #{item.comment_id // 10}"
    who = " ".join(person.login for person in item.people)
    match item.about:
        case NearMiss(line=line):
            return f"hint {who}: {line}"
        case Reminder():
            return f"call {who}"
        case Objection(ground=ground):
            return f"{who}: {ground.name}"
        case Vote(status=status):
            return f"{who}: {status.name}"
        case OpenItems(lacking=lacking):
            return f"{who}: {len(lacking)} open"
        case FailedChecks(blocking=blocking):
            return f"{who}: {', '.join(it.reason for it in blocking)}"


def is_about(item: Item, *kinds: type) -> bool:
    return isinstance(item, Notice) and isinstance(item.about, kinds)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("3 ann: approve",), ["+1 on #1"]),
        (("3 ann: deny - red",), ["-1 on #1"]),
        (("3 dee: deny - red",), ["-1 on #1"]),
        (("3 dee: approve",), ["confused on #1"]),
        (("3 ann: approve", "4 ann: revoke"), ["+1 on #1", "nothing on #1", "+1 on #2"]),
        (("3 ann: approve", "4 ann: approve"), ["+1 on #1", "nothing on #1", "+1 on #2"]),
        (("3 ann: deny", "4 ann edits #1: deny - red"), ["-1 on #1", "ann: NO_REASON"]),
        (("3 ann: approve", "4 ann deletes #1"), ["+1 on #1"]),
        (("3 ghost: approve",), []),
        (("3 gate: approve",), []),
        (("3 ann: hello",), []),
        (("3 ann: approve", "4 ann edits #1: approve - sure"), ["+1 on #1", "confused on #1", "ann: EDITED"]),
    ],
)
def test_a_vote_has_the_reaction_that_shows_whether_it_counts(
    lines: tuple[str, ...], expected: list[str]
) -> None:
    assert shown(one_after_another(*lines)) == expected


def test_a_vote_that_never_showed_a_reaction_has_none_taken_back() -> None:
    assert shown(items("3 ann: approve", "4 ann: revoke")) == ["+1 on #2"]


def test_reactions_come_before_notices_and_notices_before_hints_and_calls() -> None:
    found = items(
        "1 cy: stop",
        "2 bob: aproved",
        "3 ann: approve",
        "4 ann edits #3: approve - sure",
        reminders=[Reminder(after=timedelta(minutes=5), role=None)],
    )
    assert shown(found) == [
        "confused on #3",
        "cy: WORDS",
        "ann: EDITED",
        "hint bob: aproved",
        "call ann bob cy",
    ]


def test_strangers_votes_get_ten_reactions_however_they_come() -> None:
    flood = [f"{n} mallory: approve" for n in range(1, 20)]
    assert len(items(*flood)) == STRANGERS
    assert len(one_after_another(*flood)) == STRANGERS
    assert shown(items(*flood, "25 ann: approve"))[-1] == "+1 on #20"


def test_a_reaction_already_given_to_a_stranger_still_counts_when_the_comment_has_vanished() -> None:
    given_before = items(*(f"{n} mallory: approve" for n in range(1, 20)))
    assert items("25 oscar: approve", written=given_before) == ()


def test_one_person_gets_three_hints_and_all_strangers_together_three() -> None:
    near = [f"{n} {who}: approve?" for n, who in enumerate(["mallory", "oscar", "ann", "bob"] * 4, 1)]
    for found in (items(*near), one_after_another(*near)):
        hints = [item for item in found if is_about(item, NearMiss)]
        given = Counter(hint.people[0].login for hint in hints)
        assert (given["ann"], given["bob"], given["mallory"] + given["oscar"]) == (HINTS, HINTS, HINTS)


@pytest.mark.parametrize(
    ("lines", "hints"),
    [
        (("3 ann: approve?\nplease",), ["hint ann: approve?"]),
        (("3 ann: \n  approve? ",), ["hint ann: approve?"]),
        (("3 mallory: aproved",), ["hint mallory: aproved"]),
        (("3 ann: I had a look at the staging logs, all fine so far",), []),
        (("3 ann: approve?", "4 ann deletes #1"), []),
        (("3 mallory: approve?", "4 mallory deletes #1"), []),
        (("3 ann: approve?", "4 ann edits #1: never mind the logs"), []),
        (("3 ann: hello", "4 ann edits #1: approve?"), ["hint ann: approve?"]),
        (("3 mallory: hello", "4 mallory edits #1: approve?"), ["hint mallory: approve?"]),
        (("3 ann: <lost>",), []),
        (("3 mallory: <lost>",), []),
        (("3 ghost: approve?",), []),
        (("3 robot: approve?",), []),
        (("3 gate: approve?",), []),
    ],
)
def test_a_comment_that_was_probably_meant_as_a_command_gets_a_hint(
    lines: tuple[str, ...], hints: list[str]
) -> None:
    assert [text for text in shown(items(*lines)) if text.startswith("hint")] == hints


def test_a_command_that_does_not_count_gets_no_hint() -> None:
    found = one_after_another("3 ann: approve", "6 ann edits #1: approve?")
    assert not any(is_about(item, NearMiss) for item in found)


def test_in_a_flood_only_the_first_hundred_strangers_comments_are_read_for_a_hint() -> None:
    talked = [f"1 mallory: hello {n}" for n in range(99)]
    assert len(items(*talked, "2 oscar: approve?")) == 1
    assert items(*talked, "2 mallory: hello", "2 oscar: approve?") == ()
    assert len(items(*talked, "2 mallory: hello", "2 ann: approve?")) == 1


def test_one_person_gets_ten_notices_and_others_are_still_told() -> None:
    again = [f"{n} ann: {'revoke' if n % 2 else 'deny'}" for n in range(1, 28)]
    everybody = [*again, "28 ann: approve", "28 bob: approve", "29 dee changes the request"]
    notices = [item for item in one_after_another(*everybody) if is_about(item, Objection, Vote)]
    assert shown(notices) == ["ann: NO_REASON"] * NOTICES + ["bob: BEFORE_CHANGE"]


@pytest.mark.parametrize(
    ("lines", "notices"),
    [
        (("3 cy: No. The migration is broken.",), ["cy: WORDS"]),
        (("3 cy: stop", "4 cy: I said stop!", "5 ann: approve"), ["cy: WORDS"]),
        (("3 cy: stop", "4 cy: revoke", "5 cy: wait"), ["cy: WORDS", "cy: WORDS"]),
        (("3 cy: stop", "4 cy: deny"), ["cy: WORDS", "cy: NO_REASON"]),
        (("3 cy: deny", "4 cy: deny - red"), ["cy: NO_REASON"]),
        (("3 cy: hello", "4 mallory edits #1: stop"), ["cy: EDITED_BY_OTHERS"]),
        (("3 dee deletes an unseen comment of ann",), ["ann: UNREAD"]),
        (("3 ann: approve", "4 mallory edits #1: approve - fine"), ["ann: TAMPERED"]),
        (("3 ann: approve", "4 mallory deletes #1"), ["ann: DELETED"]),
        (("3 ann: approve", "4 ann deletes #1"), []),
        (("3 ann: approve", "4 ann edits #1: approve - fine", "5 bob: hello"), ["ann: EDITED"]),
        (("3 ann: approve", "4 bob: approve", "5 dee changes the request"), ["ann bob: BEFORE_CHANGE"]),
        (("3 bob: is it ours?", "4 ann: yes"), ["ann: ANSWERS_QUESTION"]),
        (("3 ann: approve", "4 dee hides #1"), ["ann: HIDDEN"]),
        (("3 ann through an app: approve",), ["ann: VIA_APP"]),
        (("3 mallory: approve", "4 mallory edits #1: approve - fine"), []),
        (("3 cy: stop", "4 cy through an app: revoke"), ["cy: WORDS", "cy: VIA_APP"]),
        (("3 cy: stop", "4 cy: approve", "5 dee changes the request"), ["cy: WORDS", "cy: BEFORE_CHANGE"]),
        (("3 cy: deny", "4 cy: revoke", "5 dee hides #2"), ["cy: NO_REASON", "cy: HIDDEN"]),
        (("3 cy: stop", "4 cy: revoke", "5 cy deletes #2"), ["cy: WORDS", "cy: DELETED"]),
        (("3 cy: stop", "4 cy through an app: deny - red"), ["cy: WORDS"]),
        (("3 cy: approve", "4 cy edits #1: approve - x", "5 cy: stop"), ["cy: EDITED", "cy: WORDS"]),
    ],
)
def test_people_are_told_once_what_waits_for_them_and_what_no_longer_counts(
    lines: tuple[str, ...], notices: list[str]
) -> None:
    found = one_after_another(*lines, rule=replace(RULE, minimum=3))
    assert shown(item for item in found if is_about(item, Objection, Vote)) == notices


def test_an_approval_given_again_in_time_needs_no_notice() -> None:
    found = items("3 ann: approve", "4 mallory deletes #1", "4 ann: approve")
    assert not any(is_about(item, Objection, Vote) for item in found)


def test_where_a_denial_needs_no_reason_nobody_is_asked_for_one() -> None:
    found = items("3 ann: deny", rule=replace(RULE, denial_needs_reason=False))
    assert shown(found) == ["-1 on #1"]


def test_notices_and_hints_have_separate_limits() -> None:
    near = [f"{n} ann: approve?" for n in range(1, 5)]
    asked = [f"{n} ann: {'revoke' if n % 2 else 'deny'}" for n in range(5, 11)]
    for lines in ((*near, *asked), (*asked, *near)):
        found = shown(one_after_another(*lines))
        assert found.count("hint ann: approve?") == HINTS
        assert found.count("ann: NO_REASON") == 3


def test_an_approval_that_needs_a_reason_is_asked_for_it_until_it_is_given() -> None:
    rule = replace(RULE, justified=("ann",), require=(Requirement(any_of=("bob",), minimum=1),))
    assert shown(items("3 ann: approve", rule=rule)) == ["confused on #1", "ann: UNJUSTIFIED"]
    given_later = items("3 ann: approve", "4 ann: approve - hotfix", rule=rule)
    assert not any(is_about(item, Objection, Vote) for item in given_later)


def test_people_are_called_at_their_time_unless_they_have_answered() -> None:
    reminders = [
        Reminder(after=timedelta(minutes=10), role=None),
        Reminder(after=timedelta(minutes=20), role="bob"),
        Reminder(after=timedelta(minutes=40), role=None),
    ]

    def calls(*lines: str, minutes: float, written: Iterable[Item] = ()) -> list[str]:
        found = items(*lines, reminders=reminders, minutes=minutes, written=written)
        return shown(item for item in found if is_about(item, Reminder))

    assert calls(minutes=9.9) == []
    assert calls(minutes=10) == ["call ann cy"]
    first = items(reminders=reminders, minutes=10)
    assert calls(minutes=20, written=first) == ["call bob"]
    assert calls("15 bob: approve", minutes=20, written=first) == ["call "]


def test_backups_are_called_at_their_time_and_others_alone_are_reminded() -> None:
    reminders = [
        Reminder(after=timedelta(minutes=10), role=None),
        Reminder(after=timedelta(minutes=20), role="cy"),
        Reminder(after=timedelta(minutes=25), role="owner"),
    ]
    assert shown(items(reminders=reminders, who="ann* bob cy", minutes=30)) == [
        "call ann bob",
        "call cy",
        "call ann",
    ]


def test_a_reminder_goes_to_those_who_hold_a_request_that_has_its_approvals() -> None:
    reminders = [
        Reminder(after=timedelta(minutes=10), role=None),
        Reminder(after=timedelta(minutes=20), role="cy"),
    ]
    lines = ("3 ann: approve", "4 bob: approve", "5 cy: stop")
    held = items(*lines, reminders=reminders)
    assert shown(item for item in held if is_about(item, Reminder)) == ["call cy", "call "]
    unreasoned = items("3 ann: approve", "4 bob: approve", "5 cy: deny", reminders=reminders[:1])
    assert shown(unreasoned)[-1] == "call cy"


def test_a_reminder_to_more_people_than_github_notifies_is_written_in_parts_each_once() -> None:
    (ann,) = roster("ann")
    crowd = [replace(ann, person=Person(id=1000 + n, login=f"u{n}")) for n in range(2 * MENTIONS + 1)]
    decision = decide(RULE, crowd, talk(), minute(30))
    reminders = [Reminder(after=timedelta(minutes=10), role=None)]

    def calls(*written: Item) -> tuple[Item, ...]:
        return due(decision, crowd, reminders, timedelta(minutes=30), {item.key: item for item in written})

    parts = calls()
    assert [len(it.people) for it in parts if isinstance(it, Notice)] == [MENTIONS, MENTIONS, 1]
    assert [it.login for part in parts if isinstance(part, Notice) for it in part.people] == [
        member.login for member in crowd
    ]
    assert calls(parts[0]) == parts[1:]
    assert calls(parts[0], parts[1]) == parts[2:]
    assert calls(*parts) == ()
    assert calls(replace(parts[2], key="call-0")) == ()  # written when fewer were left to be reminded


def ticked(*lines: str, items: int = 2) -> Thread:
    """Return a conversation in which the first items of a checklist are ticked."""
    tick = Modification(by=language.PEOPLE["ann"], at=minute(1))
    boxes = [ChecklistItem(there=True, modification=tick if place < items else None) for place in range(3)]
    return replace(talk(*lines), checklist_items=tuple(boxes))


def test_those_who_approved_are_told_once_that_only_the_checklist_is_left() -> None:
    rule = replace(RULE, checklist=("one", "two", "three"))
    reminders = [Reminder(after=timedelta(minutes=10), role=None)]

    def found(thread: Thread, written: Iterable[Item] = ()) -> list[str]:
        decision = decision_on(thread, rule=rule)
        known = {item.key: item for item in written}
        due_now = due(decision, roster(PEOPLE), reminders, timedelta(minutes=9), known)
        return [text for text in shown(due_now) if "on #" not in text]

    assert found(ticked("3 ann: approve")) == []
    assert found(ticked("3 ann: approve", "4 bob: approve")) == ["ann bob: 1 open"]
    assert found(ticked("3 ann: approve", "4 bob: approve", items=3)) == []
    assert found(ticked("3 ann: approve", "4 bob: approve", "5 cy: stop")) == ["cy: WORDS"]
    first = due(
        decision_on(ticked("3 ann: approve", "4 bob: approve"), rule=rule),
        roster(PEOPLE),
        reminders,
        timedelta(minutes=10),
        {},
    )
    assert shown(first)[2:] == ["ann bob: 1 open", "call ann bob"]
    assert found(ticked("3 ann: approve", "4 bob: approve", items=1), first) == []


INCIDENTS = Condition(item="Incidents", required=True, no_open_issues=("incident",))
TESTS = Condition(item="Tests", required=True, jobs=(RequiredJob(name="Test"),))
QUORUM = ("3 ann: approve", "4 bob: approve")


def about_checks(incidents: int, conclusion: str | None, *lines: str) -> list[str]:
    """Return the notices where so many incidents are open and the tests ended like this."""
    source = Source(where="GET /", at=OPENED)
    test = Job(id=1, name="Test", url="", conclusion=conclusion)
    known = Facts(
        issues=(OpenIssues(label="incident", source=source, count=incidents),),
        jobs=Jobs(source=source, listed=(test,)),
    )
    rule = replace(RULE, conditions=(INCIDENTS, TESTS))
    decision = decide(rule, roster(PEOPLE), talk(*lines), minute(30), known)
    return [text for text in shown(due(decision, roster(PEOPLE), (), timedelta(0), {})) if "on #" not in text]


def test_those_who_approved_are_told_once_which_checks_are_all_that_is_left() -> None:
    assert about_checks(1, "success", *QUORUM) == ['ann bob: 1 issue labelled "incident" is open']
    assert about_checks(0, "failure", *QUORUM) == ['ann bob: "Test" failed']
    assert about_checks(0, "success", *QUORUM) == []
    assert about_checks(1, "success", "3 ann: approve") == []
    assert about_checks(1, "success", *QUORUM, "5 cy: stop") == ["cy: WORDS"]


def test_nobody_is_told_of_a_job_that_still_runs_unless_something_else_failed() -> None:
    assert about_checks(0, None, *QUORUM) == []
    assert about_checks(1, None, *QUORUM) == [
        'ann bob: 1 issue labelled "incident" is open, "Test" is still running'
    ]


# Laws ------------------------------------------------------------------------------------


def due_in(scene: Scene, written: Iterable[Item] = ()) -> tuple[Item, ...]:
    reminders = [Reminder(after=timedelta(minutes=5), role=None)]
    known = {item.key: item for item in written}
    return due(scene.decide(), scene.roster, reminders, scene.now - OPENED, known)


@law()
@given(anything())
def test_what_was_written_is_not_due_again(scene: Scene) -> None:
    assert due_in(scene, due_in(scene)) == ()


@law()
@given(anything(), st.integers(0, 8))
def test_what_a_fault_prevented_stays_due_and_nothing_else(scene: Scene, succeeded: int) -> None:
    wanted = due_in(scene)
    assert due_in(scene, wanted[:succeeded]) == wanted[succeeded:]


@law()
@given(anything())
def test_each_item_has_a_key_of_its_own(scene: Scene) -> None:
    wanted = due_in(scene)
    assert len({item.key for item in wanted}) == len(wanted)


@law()
@given(anything(), st.randoms(use_true_random=False))
def test_the_order_of_delivery_does_not_matter(scene: Scene, chance: object) -> None:
    shuffled = list(scene.thread.comments)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert due_in(scene.having(*shuffled)) == due_in(scene)


@law()
@given(anything())
def test_each_person_whose_answer_is_awaited_is_told_by_name(scene: Scene) -> None:
    told = {person for item in due_in(scene) if is_about(item, Objection, Vote) for person in item.people}
    assert {objection.person for objection in scene.decide().holds} <= told | {
        member.person for member in scene.decide().deniers
    }


@law()
@given(anything())
def test_nobody_outside_the_roster_is_told_by_name(scene: Scene) -> None:
    told = {person for item in due_in(scene) if is_about(item, Objection, Vote) for person in item.people}
    assert told <= {member.person for member in scene.roster}


@law()
@given(anything())
def test_a_thumb_up_is_on_the_votes_that_count_and_on_no_other(scene: Scene) -> None:
    given_to = {it.comment_id: it.content for it in due_in(scene) if isinstance(it, Reaction)}
    for vote in scene.decide().votes:
        thumb = given_to.get(vote.comment_id)
        assert (thumb == "+1") is (vote.counts and vote.verb != "deny")


# A request that is replaced ----------------------------------------------------------------


def test_the_listed_people_who_answered_a_replaced_request_are_named_once_and_objectors_apart() -> None:
    said = [
        (language.PEOPLE["ann"], "approve"),
        (language.PEOPLE["ann"], "approve - sure"),
        (language.PEOPLE["bob"], "hello"),
        (language.PEOPLE["cy"], "stop"),
        (language.PEOPLE["dee"], "stop"),
        (language.PEOPLE["dee"], "approve"),
        (language.PEOPLE["mallory"], "approve"),
        (None, "approve"),
    ]
    assert answered(said, roster(PEOPLE), Vocabulary()) == (("ann", "cy", "dee"), ("cy",))


AT_2 = int(minute(2).timestamp())


@pytest.mark.parametrize(
    ("lines", "keys"),
    [
        (("1 ann: stop",), ["objection-10"]),
        (("1 ann: deny",), ["reason-10"]),
        (("1 ann: deny", "2 ann: stop"), ["reason-10"]),
        (
            ("1 ann: approve", "2 bob edits #1: approve it", "3 bob: aprove"),
            [f"tampered-10-{AT_2}", "hint-20"],
        ),
        (("1 ann: approve", "1 bob: approve", "2 dee changes the request"), [f"changed-{AT_2}"]),
    ],
)
def test_a_notice_is_known_again_by_its_cause_and_its_comment(
    lines: Sequence[str], keys: Sequence[str]
) -> None:
    assert [item.key for item in items(*lines) if isinstance(item, Notice)] == list(keys)


def test_an_approval_that_needs_a_justification_is_known_again_by_its_comment() -> None:
    rule = replace(RULE, justified=("ann",), require=(Requirement(any_of=("bob",), minimum=1),))
    found = items("1 ann: approve", rule=rule)
    assert [item.key for item in found if isinstance(item, Notice)] == ["justification-10"]


def test_notices_about_comments_are_in_the_order_of_the_comments_whatever_they_are_about() -> None:
    thread = "1 ann: approve", "2 dee edits #1: approve it", "3 bob: stop", "4 cy through an app: approve"
    keys = [item.key.split("-")[0] for item in items(*thread) if isinstance(item, Notice)]
    assert keys == ["tampered", "objection", "via"]


def test_the_key_of_a_notice_names_the_cause_the_comment_and_when_it_was_changed() -> None:
    tampered, app = (
        item.key
        for item in items("1 ann: approve", "2 dee edits #1: approve it", "4 cy through an app: approve")
        if isinstance(item, Notice)
    )
    assert tampered == f"tampered-10-{minute(2).timestamp():.0f}"
    assert app == "via-app-20"


def test_open_items_are_one_notice_for_the_whole_request() -> None:
    rule = replace(RULE, checklist=("one",))
    (notice,) = (it for it in items("1 ann: approve", "2 bob: approve", rule=rule) if isinstance(it, Notice))
    assert notice.key == "checklist"


def test_every_reminder_whose_time_has_come_is_due_in_whatever_order_they_are() -> None:
    reminders = [Reminder(after=timedelta(minutes=minutes), role=None) for minutes in (40, 10)]
    assert [item.key for item in items(reminders=reminders)] == ["call-1"]


def test_reactions_to_approvers_take_nothing_from_those_to_strangers() -> None:
    often = [f"{number} ann: approve" for number in range(1, STRANGERS + 1)]
    given = one_after_another(*often, "20 mallory: approve")
    assert f"confused on #{STRANGERS + 1}" in shown(given)
