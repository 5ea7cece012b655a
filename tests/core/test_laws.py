"""The laws of the decision, which hold for every thread."""

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from approval_gate.core.commands import LINE_LIMIT, TEXT_LIMIT, Verb, begins_as_command, parse, read
from approval_gate.core.decision import decide
from approval_gate.core.model import (
    Code,
    Comment,
    Ineligibility,
    Modification,
    Outcome,
    Person,
    Revision,
    Rule,
    Thread,
    Vocabulary,
)
from approval_gate.core.record.canonical import canonical, digest
from approval_gate.core.record.conclude import conclude
from approval_gate.core.record.document import DERIVED, asked, inputs_of, rederived
from approval_gate.core.record.model import DecisionInputs, StopSignal
from approval_gate.core.verdict import Decision
from tests.core.language import OWNER, PEOPLE, edited, minute, said
from tests.core.records import GIVEN, facts, recorded
from tests.core.scenes import (
    OBJECTIONS,
    ROSTER,
    STRANGERS,
    TALK,
    TEXTS,
    VOTES,
    WINDOW,
    WORDS,
    Scene,
    anything,
    approving,
    conversations,
    denying,
    last_event,
    law,
    modifications,
    statistic,
)

DEADLINE = minute(WINDOW)
ANYBODY = st.sampled_from([*ROSTER, *STRANGERS])


def result(decision: Decision) -> tuple[object, ...]:
    """Return the parts of a decision other than the list of votes."""
    return (
        decision.outcome,
        decision.code,
        [member.person.id for member in decision.approvers],
        [member.person.id for member in decision.deniers],
    )


def texts_of(comment: Comment) -> tuple[str | None, ...]:
    return tuple(revision.text for revision in comment.revisions)


def told(decision: Decision) -> None:
    """Have Hypothesis's statistics show the outcomes that a law has seen."""
    event(f"outcome {decision.outcome}")


class TestTheScenes:
    """The laws are tried on threads with every outcome, each of them often."""

    def test_every_outcome_is_reached_often(self) -> None:
        seen: Counter[object] = Counter()

        # A count is a statistic: by chance, some seed falls below any bound.
        @statistic(500)
        @given(anything() | denying())
        def look(scene: Scene) -> None:
            decision = scene.decide()
            seen[decision.outcome] += 1
            seen[decision.code] += 1
            seen["held"] += bool(decision.holds)
            seen["lifted"] += any(
                vote.verb is Verb.DENY and vote.status.name == "SUPERSEDED" for vote in decision.votes
            )

        look()
        assert seen[Outcome.APPROVED] >= 40
        assert seen[Outcome.DENIED] >= 40
        assert seen[Outcome.TIMED_OUT] >= 40
        assert seen[Outcome.CANCELLED] >= 5
        assert seen[Code.DENIED_WITHOUT_REASON] >= 2
        assert seen[None] >= 40
        assert seen[Code.QUORUM] >= 20
        assert seen[Code.APPROVED_ALONE] >= 5
        assert seen["held"] >= 20
        assert seen["lifted"] >= 5


class TestOrder:
    """The thread *as read* decides: the order in which comments were delivered does not matter."""

    @law()
    @given(anything(), st.randoms(use_true_random=False))
    def test_of_comments_does_not_matter(self, scene: Scene, chance: random.Random) -> None:
        told(decision := scene.decide())
        shuffled = list(scene.thread.comments)
        chance.shuffle(shuffled)
        assert scene.having(*shuffled).decide() == decision

    @law(50)
    @given(anything(), st.permutations([0, 1, 2]))
    def test_of_deleted_unread_comments_does_not_matter(self, scene: Scene, order: list[int]) -> None:
        unseen = [
            replace(
                said(0, ROSTER[number], None, minute(number)), deletion=Modification(by=None, at=minute(2))
            )
            for number in range(3)
        ]
        there = scene.having(*scene.thread.comments, *unseen).decide()
        back = scene.having(*(unseen[number] for number in order), *scene.thread.comments).decide()
        assert result(there) == result(back)
        assert set(there.holds) == set(back.holds)


class TestStrangers:
    """Only people on the roster are eligible: nothing that anybody else writes, edits or deletes matters."""

    @law()
    @given(anything(), conversations(), st.data())
    def test_do_not_matter(self, scene: Scene, talk: tuple[Comment, ...], data: st.DataObject) -> None:
        strangers: list[Person | None] = [*STRANGERS, PEOPLE["eli"], None]
        noise = [
            replace(comment, id=comment.id + 5, author=data.draw(st.sampled_from(strangers)))
            for comment in talk
        ]
        told(decision := scene.decide())
        noisy = scene.having(*scene.thread.comments, *noise).decide()
        assert result(noisy) == result(decision)
        assert noisy.reason == decision.reason
        assert noisy.holds == decision.holds
        assert noisy.awaited == decision.awaited


class TestApproval:
    """Only a quorum is approved: different eligible people, or one who approves alone, and no denial."""

    @law(150)
    @given(approving())
    def test_implies_a_quorum_of_distinct_eligible_people(self, scene: Scene) -> None:
        told(decision := scene.decide())
        assume(decision.outcome is Outcome.APPROVED)
        willing = {member.person.id: member for member in scene.roster if self.approves(scene, member.person)}
        assert len(willing) >= scene.rule.minimum or any(OWNER in member.roles for member in willing.values())
        assert {member.person.id for member in decision.approvers} <= willing.keys()

    @staticmethod
    def approves(scene: Scene, person: Person) -> bool:
        """Whether this person gave an approval that is beyond doubt."""
        (ineligibility,) = {member.ineligibility for member in scene.roster if member.person == person}
        changed = scene.thread.changed
        said = [comment for comment in scene.thread.comments if comment.author == person]
        good = [
            comment
            for comment in said
            if not comment.modifications
            and not comment.via_app
            and comment.created_at <= DEADLINE
            and (changed is None or comment.created_at > changed.at)
            and texts_of(comment)[0] in {"approve", "LGTM - fine"}
        ]
        against = [
            comment
            for comment in said
            if {"deny", "deny - red", "revoke", *OBJECTIONS} & {text for text in texts_of(comment) if text}
        ]
        last = max((comment.id for comment in against), default=0)
        return ineligibility is None and any(comment.id > last for comment in good)

    @law(150)
    @given(approving())
    def test_leaves_no_denial_and_no_objection_open(self, scene: Scene) -> None:
        told(decision := scene.decide())
        assume(decision.outcome is Outcome.APPROVED)
        assert scene.thread.closing is None
        assert decision.deniers == ()
        assert decision.holds == ()
        for member in (member for member in scene.roster if member.may_object):
            said = [comment for comment in scene.thread.comments if comment.author == member.person]
            untouched = [
                comment for comment in said if not comment.modifications and comment.created_at <= DEADLINE
            ]
            for number, comment in enumerate(said):
                if any(
                    text and (text.startswith("deny") or text in OBJECTIONS) for text in texts_of(comment)
                ):
                    assert any(later in untouched for later in said[number + 1 :])


class TestDenial:
    """A denial in the thread stops the deployment even if the quorum came first."""

    @law()
    @given(anything(), st.data())
    def test_added_to_anything_is_never_approved(self, scene: Scene, data: st.DataObject) -> None:
        deniers = [member.person for member in scene.roster if member.may_deny]
        assume(deniers)
        late = data.draw(st.integers(0, 20))
        denial = said(
            1000,
            data.draw(st.sampled_from(deniers)),
            data.draw(st.sampled_from(["deny", "deny - red", "/deny red", "Reject: red"])),
            last_event(scene.thread) + timedelta(minutes=late),
            via_app=data.draw(st.booleans()),
        )
        told(scene.decide())
        denied = replace(scene, now=max(scene.now, denial.created_at)).having(*scene.thread.comments, denial)
        assert denied.decide().outcome is not Outcome.APPROVED

    @law()
    @given(denying(), st.data())
    def test_holds_whatever_others_say(self, scene: Scene, data: st.DataObject) -> None:
        told(decision := scene.decide())
        assume(decision.outcome is Outcome.DENIED and decision.code is Code.DENIED)
        deniers = {member.person.id for member in decision.deniers}
        others = [person for person in [*ROSTER, *STRANGERS] if person.id not in deniers]
        more = [
            said(1000 + number, data.draw(st.sampled_from(others)), data.draw(WORDS[VOTES]), scene.now)
            for number in range(data.draw(st.integers(1, 4)))
        ]
        assert scene.having(*scene.thread.comments, *more).decide().outcome is not Outcome.APPROVED


class TestObjection:
    """An objection holds until its author gives a fresh command."""

    @law(150)
    @given(approving(), st.data())
    def test_after_its_authors_last_command_never_approves(self, scene: Scene, data: st.DataObject) -> None:
        person = data.draw(st.sampled_from([member.person for member in scene.roster]))
        commands = [
            it.id for it in scene.thread.comments if it.author == person and texts_of(it) != ("hello",)
        ]
        later = [it for it in scene.thread.comments if it.id >= max(commands, default=0)]
        place = data.draw(st.sampled_from(later)) if later else None
        objection = said(
            (place.id if place else 0) + 1,
            person,
            data.draw(st.sampled_from([*OBJECTIONS, "deny - red", "deny"])),
            place.created_at if place else scene.thread.opened_at,
        )
        objecting = scene.having(*scene.thread.comments, objection)
        told(objecting.decide())
        (member,) = (member for member in scene.roster if member.person == person)
        assume(member.may_object)
        assert objecting.decide().outcome is not Outcome.APPROVED
        left = replace(member, ineligibility=Ineligibility.LEFT)
        roster = tuple(left if it is member else it for it in scene.roster)
        assert replace(objecting, roster=roster).decide().outcome is not Outcome.APPROVED

    @law(150)
    @given(anything(), st.data())
    def test_whatever_is_done_to_it_never_approves(self, scene: Scene, data: st.DataObject) -> None:
        objection = said(1000, ROSTER[1], data.draw(st.sampled_from(OBJECTIONS)), last_event(scene.thread))
        touched = data.draw(modifications(objection, scene.now + timedelta(minutes=9)))
        hidden = replace(touched, hidden=data.draw(st.booleans()), agreed=data.draw(st.booleans()))
        roster = tuple(
            replace(it, ineligibility=None) if it.person == ROSTER[1] else it for it in scene.roster
        )
        assert replace(scene, roster=roster).having(*scene.thread.comments, hidden).decide().outcome is not (
            Outcome.APPROVED
        )

    @law()
    @given(anything(), st.data())
    def test_is_not_made_by_talk(self, scene: Scene, data: st.DataObject) -> None:
        at = last_event(scene.thread)
        authors = st.sampled_from([*ROSTER, *STRANGERS])
        talk = [
            said(1000 + number, data.draw(authors), data.draw(st.sampled_from(TALK)), at)
            for number in range(data.draw(st.integers(1, 4)))
        ]
        told(decision := scene.decide())
        talking = scene.having(*scene.thread.comments, *talk).decide()
        assert result(talking) == result(decision)
        assert talking.reason == decision.reason

    @law()
    @given(anything(), st.data())
    def test_is_not_made_by_modifying_talk(self, scene: Scene, data: st.DataObject) -> None:
        talk = said(1000, data.draw(ANYBODY), data.draw(st.sampled_from(TALK)), last_event(scene.thread))
        by = data.draw(st.sampled_from([talk.author, ROSTER[0], STRANGERS[0], None]))
        deleted = replace(talk, deletion=Modification(by=by, at=scene.now))
        edited_talk = edited(talk, data.draw(st.sampled_from(TALK)), by, scene.now)
        told(decision := scene.decide())
        for touched in (deleted, edited_talk, replace(talk, hidden=True), replace(talk, agreed=False)):
            assert result(scene.having(*scene.thread.comments, touched).decide()) == result(decision)


class TestRevisionsByOthers:
    """A text that somebody else writes in a comment is not an answer of its author."""

    @law(150)
    @given(anything(), st.data())
    def test_never_deny_and_never_approve(self, scene: Scene, data: st.DataObject) -> None:
        comments = list(scene.thread.comments)
        assume(comments)
        index = data.draw(st.integers(0, len(comments) - 1))
        by = data.draw(
            st.sampled_from([it for it in [*ROSTER, *STRANGERS, None] if it != comments[index].author])
        )
        told(decision := scene.decide())
        comments[index] = edited(comments[index], data.draw(st.sampled_from(TEXTS)), by, scene.now)
        after = scene.having(*comments).decide()
        assert after.outcome is not Outcome.APPROVED or decision.outcome is Outcome.APPROVED
        if decision.code is not Code.DENIED:
            before = {it.person for it in decision.objections if it.denies}
            author = comments[index].author
            assert {it.person for it in after.objections if it.denies} <= before | _lifted(decision, author)


def _lifted(decision: Decision, author: Person | None) -> set[Person | None]:
    """The author of a comment, if they denied before: a modified denial holds again."""
    denied = any(vote.person == author and vote.verb is Verb.DENY for vote in decision.votes)
    return {author} if denied else set()


class TestDeadline:
    """Nothing written after the window counts towards approval."""

    @law(250)
    @given(approving(), st.booleans(), st.data())
    def test_nothing_after_it_counts_towards_approval(
        self,
        scene: Scene,
        tampered: bool,  # noqa: FBT001 - drawn
        data: st.DataObject,
    ) -> None:
        if tampered:
            first, *others = scene.thread.comments
            scene = scene.having(data.draw(modifications(first, scene.now)), *others)
        late = [
            said(
                1000 + number,
                data.draw(ANYBODY),
                data.draw(WORDS[VOTES]),
                max(DEADLINE, last_event(scene.thread)) + timedelta(seconds=1 + number),
            )
            for number in range(data.draw(st.integers(1, 4)))
        ]
        after = replace(scene, now=minute(200))
        told(decision := after.decide())
        assume(decision.outcome is not Outcome.APPROVED)
        assert after.having(*scene.thread.comments, *late).decide().outcome is not Outcome.APPROVED

    @law()
    @given(approving())
    def test_an_approval_rests_only_on_comments_in_time(self, scene: Scene) -> None:
        told(decision := scene.decide())
        assume(decision.outcome is Outcome.APPROVED)
        in_time = [comment for comment in scene.thread.comments if comment.created_at <= DEADLINE]
        alone = scene.having(*in_time).decide()
        assert alone.outcome is Outcome.APPROVED
        # A late comment can only have taken an approval back.
        assert set(decision.approvers) <= set(alone.approvers)


class TestRepetition:
    """Each person has one vote, so repeating it changes nothing."""

    @law()
    @given(anything(), st.data())
    def test_changes_nothing(self, scene: Scene, data: st.DataObject) -> None:
        votes = [comment for comment in scene.thread.comments if not comment.modifications]
        assume(votes)
        told(decision := scene.decide())
        again = [
            replace(comment, id=comment.id + 1 + number)
            for comment in data.draw(st.lists(st.sampled_from(votes), min_size=1, unique=True))
            for number in range(data.draw(st.integers(1, 3)))
        ]
        repeated = scene.having(*scene.thread.comments, *again).decide()
        assert result(repeated) == result(decision)
        assert repeated.reason == decision.reason


class TestTampering:
    """**Tampering can only make the outcome worse.**"""

    @law(250)
    @given(anything(), st.data())
    def test_never_approves(self, scene: Scene, data: st.DataObject) -> None:
        comments = list(scene.thread.comments)
        assume(comments)
        told(decision := scene.decide())
        assume(decision.outcome is not Outcome.APPROVED)
        for _ in range(data.draw(st.integers(1, 3))):
            index = data.draw(st.integers(0, len(comments) - 1))
            comments[index] = data.draw(modifications(comments[index], scene.now))
        assert scene.having(*comments).decide().outcome is not Outcome.APPROVED

    @law(150)
    @given(anything(), st.data())
    def test_never_approves_by_making_texts_unreadable(self, scene: Scene, data: st.DataObject) -> None:
        """Until its author answers again, an unreadable text is taken for a denial."""
        comments = list(scene.thread.comments)
        assume(comments)
        told(decision := scene.decide())
        assume(decision.outcome is not Outcome.APPROVED)
        index = data.draw(st.integers(0, len(comments) - 1))
        lost = comments[index]
        by = data.draw(st.sampled_from([*ROSTER[:2], None]))
        unread = replace(lost, revisions=(Revision(text=None, by=lost.author, at=lost.created_at),))
        deletion = Modification(by=by, at=scene.now)
        ways = [edited(unread, "approve", by, scene.now), replace(unread, deletion=deletion)]
        if by is None or by != lost.author:  # a comment that its author deletes unseen holds nothing
            ways.append(replace(unread, id=0, created_at=scene.now, deletion=deletion))
        comments[index] = data.draw(st.sampled_from(ways))
        assert scene.having(*comments).decide().outcome is not Outcome.APPROVED

    @law()
    @given(anything(), st.integers(0, 60))
    def test_a_change_of_the_request_never_approves(self, scene: Scene, at: int) -> None:
        told(decision := scene.decide())
        assume(decision.outcome is not Outcome.APPROVED)
        before = scene.thread.changed
        changed = max(before.at if before else minute(0), minute(at))
        after = replace(scene, thread=replace(scene.thread, changed=Modification(by=None, at=changed)))
        assert after.decide().outcome is not Outcome.APPROVED


PIECES = st.sampled_from(
    [
        *("approve", "Approved", "lgtm", "YES", "deny", "no", "reject", "revoke", "+1"),
        *(" ", "  ", "    ", "\t", "\n", "\r\n", "\r", "\u00a0", "\u2028"),
        *("/", "-", " - ", " – ", " — ", ":", ".", "!", "?", "> ", "**", "x", "it", "а"),
        *("x" * (LINE_LIMIT - 12), " " * LINE_LIMIT, "\n" * (TEXT_LIMIT - 9), " - " + "x" * TEXT_LIMIT),
    ]
)
ANY_TEXT = st.one_of(st.text(), st.lists(PIECES, max_size=6).map("".join))
UNSEEN = st.text(st.characters(categories=["Z", "C", "M"], exclude_characters="\r\n"), max_size=4)
SOME_WORDS = st.builds(
    Vocabulary,
    approve=st.lists(st.text(min_size=1, max_size=4), max_size=2).map(
        lambda words: ("approve", "yes", *words)
    ),
)


class TestAnyText:
    """Any text can be read, and its shortened form gives the same command."""

    @law(250)
    @given(ANY_TEXT, SOME_WORDS)
    def test_can_be_read(self, text: str, words: Vocabulary) -> None:
        reading = read(text, words)
        command = reading.command
        assert command is None or command.verb in Verb
        assert not (reading.near and (command or reading.objection))
        event(f"verb {command and command.verb}")

    @law(250)
    @given(ANY_TEXT, SOME_WORDS)
    def test_has_the_same_command_however_it_is_read(self, text: str, words: Vocabulary) -> None:
        command = read(text, words).command
        assert parse(text, words) == command
        if command and command.verb is Verb.APPROVE:
            assert begins_as_command(text, words)

    @law(150)
    @given(ANY_TEXT | ANY_TEXT.map("approve - x{}".format), st.sampled_from("??？؟⁇⁉‽❓\u037e"), UNSEEN)
    def test_that_ends_in_a_question_mark_never_approves(self, text: str, mark: str, unseen: str) -> None:
        asking = text.replace("\r", " ").replace("\n", " ").lstrip() + mark + unseen
        command = parse(asking, Vocabulary())
        assert command is None or command.verb is not Verb.APPROVE

    @law(150)
    @given(ANY_TEXT)
    def test_yields_only_words_that_it_contains(self, text: str) -> None:
        command = parse(text, Vocabulary())
        if command is not None and command.note is not None:
            assert command.note == command.note.strip()
            assert len(command.note) <= len(text)

    @law(100)
    @given(anything(), st.lists(ANY_TEXT, min_size=4, max_size=4))
    def test_can_be_decided_on(self, scene: Scene, texts: list[str]) -> None:
        comments = [
            said(comment.id, comment.author, text, comment.created_at)
            for comment, text in zip(scene.thread.comments, texts, strict=False)
        ]
        assert scene.having(*comments).decide().reason


class TestRenaming:
    """A person is a numeric id, never a login."""

    @law()
    @given(anything(), st.permutations([*ROSTER, *STRANGERS]), st.booleans())
    def test_changes_no_outcome(self, scene: Scene, shuffled: list[Person], everywhere: bool) -> None:  # noqa: FBT001 - drawn
        names = {
            person.id: other.login for person, other in zip([*ROSTER, *STRANGERS], shuffled, strict=True)
        }

        def renamed(person: Person) -> Person:
            return replace(person, login=names[person.id])

        told(decision := scene.decide())
        comments = [
            comment if comment.author is None else replace(comment, author=renamed(comment.author))
            for comment in scene.thread.comments
        ]
        roster = scene.roster
        if everywhere:
            roster = tuple(replace(member, person=renamed(member.person)) for member in roster)
        assert result(replace(scene, roster=roster).having(*comments).decide()) == result(decision)


class TestTime:
    """For the same thread, the passing of time only removes the chance of approval."""

    @law()
    @given(denying(), st.integers(0, 4000))
    def test_a_denied_request_stays_denied(self, scene: Scene, seconds: int) -> None:
        told(decision := scene.decide())
        assume(decision.outcome is Outcome.DENIED)
        later = replace(scene, now=scene.now + timedelta(seconds=seconds)).decide()
        assert result(later) == result(decision)

    @law()
    @given(anything(), st.integers(0, 4000))
    def test_a_request_that_is_not_approved_is_not_approved_later(self, scene: Scene, seconds: int) -> None:
        told(decision := scene.decide())
        later = replace(scene, now=scene.now + timedelta(seconds=seconds)).decide()
        assert (later.outcome is Outcome.APPROVED) == (decision.outcome is Outcome.APPROVED)

    @law()
    @given(anything())
    def test_nobody_is_awaited_after_the_window(self, scene: Scene) -> None:
        assert replace(scene, now=max(scene.now, DEADLINE)).decide().outcome is not None


class TestRecords:
    """A record contains everything needed to derive it again."""

    @law(150)
    @given(anything())
    def test_come_to_the_outcome_of_the_decision(self, scene: Scene) -> None:
        told(decision := scene.decide())
        written = recorded(case(scene))
        assert written["outcome"] == decision.outcome
        assert written["decision"]["outcome"] == decision.outcome
        assert written["decision"]["reason"] == decision.reason
        self.holds(written)

    @law(100)
    @given(anything())
    def test_without_a_confirmation_are_never_approved(self, scene: Scene) -> None:
        told(scene.decide())
        written = recorded(case(scene), confirmation=None)
        assert written["outcome"] != "approved"
        assert written["decision"]["outcome"] != "approved"
        self.holds(written)

    @law(100)
    @given(anything(), st.integers(0, 4000))
    def test_of_a_stop_are_never_approved(self, scene: Scene, seconds: int) -> None:
        stopped = StopSignal(signal="SIGTERM", elapsed_seconds=seconds)
        written = recorded(case(scene), stopped=stopped)
        assert written["outcome"] not in {None, "approved"}
        assert written["decision"]["approvers"] == []
        self.holds(written)

    @law(100)
    @given(anything())
    def test_are_the_same_when_written_again(self, scene: Scene) -> None:
        first = recorded(case(scene))
        asked = inputs_of(first).asked
        assert asked is not None
        second = recorded(asked)
        same = {"left_out": 0, "digest": ""}
        assert {**second, **same} == {**first, **same}

    @law(40)
    @given(anything(), st.integers(180, 400), st.sampled_from([None, 0, 3599]))
    def test_of_a_flood_come_to_the_same_ending(self, scene: Scene, count: int, stop: int | None) -> None:
        authors, at = [*ROSTER[:2], *STRANGERS], last_event(scene.thread)
        flood = [said(2000 + number, authors[number % 6], TEXTS[number % 5], at) for number in range(count)]
        flood[::7] = [edited(it, it.revisions[0].text, None, scene.now) for it in flood[::7]]
        flooded = case(scene.having(*scene.thread.comments, *flood))
        stopped = None if stop is None else StopSignal(signal="SIGINT", elapsed_seconds=stop)
        whole = conclude(facts(flooded, stopped=stopped), asked(GIVEN))
        written = recorded(flooded, stopped=stopped)
        ending = whole.ending
        stated = [written[key] for key in ("outcome", "reason_code", "reason", "exit_code")]
        assert stated == (
            [ending.outcome, ending.code, ending.reason, ending.exit_code] if ending else [None] * 4
        )
        assert whole.decision is not None
        assert written["decision"]["reason"] == whole.decision.reason
        self.holds(written)

    @staticmethod
    def holds(written: dict[str, Any]) -> None:
        """Check that everything derived follows from the rest, by the canonical form that others read too."""
        assert {key: written[key] for key in DERIVED} == rederived(written)
        text = canonical(written)
        assert json.loads(text) == written
        assert canonical(json.loads(text)) == text
        assert digest(written) == written["digest"]


def case(scene: Scene) -> DecisionInputs:
    return DecisionInputs(rule=scene.rule, roster=scene.roster, thread=scene.thread, now=scene.now)


@pytest.mark.parametrize("minutes", [0, 60])
def test_an_empty_thread_is_never_approved(minutes: int) -> None:
    thread = Thread(opened_at=minute(0), author_id=900)
    scene = Scene(
        rule=Rule(minimum=1, window=timedelta(minutes=60)), roster=(), thread=thread, now=minute(minutes)
    )
    assert decide(scene.rule, scene.roster, scene.thread, scene.now).outcome is not Outcome.APPROVED
